/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GraphML of any bytes: a graph with a name for each node, or an error. */
#include "io/umk-graphml-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkGraph) graph = _umk_graphml_parse((const char *) data, size, &error);

    g_assert((graph == NULL) == (error != NULL));
    (void) _umk_graphml_probe(data, size);
    for (guint32 v = 0; graph != NULL && v < graph->n_nodes; v++)
        g_assert(graph->names[v] != NULL && _umk_graph_get_label(graph, v) != NULL);
    return 0;
}
