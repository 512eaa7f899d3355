/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Edge lists of any bytes: a graph whose rows hold together, or an error. */
#include "io/umk-edge-list-private.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkGraph) graph =
        _umk_edge_list_parse((const char *) data, size, size % 2 == 0, &error);

    g_assert((graph == NULL) == (error != NULL));
    (void) _umk_edge_list_probe(data, size);
    for (guint32 v = 0; graph != NULL && v < graph->n_nodes; v++)
        for (guint32 i = graph->offsets[v]; i < graph->offsets[v + 1]; i++)
            g_assert(graph->targets[i] < graph->n_nodes &&
                     _umk_graph_find_arc(graph, v, graph->targets[i]) == (gint64) i);
    return 0;
}
