/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file of pairs: lines of cells parted by tabs, without quoting. A first line that has
 * both "from" and "to" among its cells says which columns those are; without it every
 * line has exactly two cells. Blank lines are passed over. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    GPtrArray *from;     /* (element-type utf8) */
    GPtrArray *to;       /* (element-type utf8), as many */
    GArray *lines;       /* guint64, as many: the line of each */
    GPtrArray *problems; /* (element-type utf8): "line N: why" of what was left out */
} UmkPairs;

/* An error only when there is no pair at all. */
UmkPairs *_umk_pairs_parse(const char *data, gsize length, GError **error);
void _umk_pairs_free(UmkPairs *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkPairs, _umk_pairs_free)
