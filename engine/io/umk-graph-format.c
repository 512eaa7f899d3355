/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Picks the reader of a graph by the first bytes. */
#include "io/umk-graph-format-private.h"

#include "io/umk-edge-list-private.h"
#include "io/umk-graphml-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#define HEAD_BYTES 4096

static UmkGraph *
parse_graphml(const char *data, gsize length, gboolean directed, GError **error)
{
    return _umk_graphml_parse(data, length, error);
}

static const UmkGraphFormat formats[] = {
    {"graphml", _umk_graphml_probe, parse_graphml},
    {"edge-list", _umk_edge_list_probe, _umk_edge_list_parse},
    {NULL, NULL, NULL},
};

const UmkGraphFormat *
_umk_graph_get_formats(void)
{
    return formats;
}

UmkGraph *
_umk_graph_parse(const char *data, gsize length, gboolean directed, GError **error)
{
    const UmkGraphFormat *best = NULL;
    guint best_score = 0;

    for (const UmkGraphFormat *format = formats; format->name != NULL; format++) {
        guint score = format->probe((const guint8 *) data, MIN(length, HEAD_BYTES));

        if (score > best_score) {
            best = format;
            best_score = score;
        }
    }
    /* An edge list of one column looks like nothing; its reader names the line. */
    if (best == NULL)
        return _umk_edge_list_parse(data, length, directed, error);
    return best->parse(data, length, directed, error);
}
