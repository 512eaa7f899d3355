/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph formats this engine reads: one table, one row a format. */
#pragma once

#include "io/umk-graph-private.h"

G_BEGIN_DECLS

typedef struct {
    const char *name;
    guint (*probe)(const guint8 *head, gsize length); /* 0..100 */
    /* directed is a wish: a format that says itself whether edges have a direction
     * ignores it. */
    UmkGraph *(*parse)(const char *data, gsize length, gboolean directed, GError **error);
} UmkGraphFormat;

/* Terminated by a row without a name. */
const UmkGraphFormat *_umk_graph_get_formats(void);
/* Reads with the format whose probe answers highest. */
UmkGraph *
_umk_graph_parse(const char *data, gsize length, gboolean directed, GError **error);

G_END_DECLS
