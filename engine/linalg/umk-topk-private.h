/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The k best of a stream of (score, row) pairs.
 *
 * Order everywhere: higher score first, equal scores by lower row. It is total, so the
 * outcome does not depend on the order of pushes nor on how the stream was cut. A NaN
 * score counts as minus infinity. The caller owns the two arrays of k entries. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    float *scores; /* (k), a heap with the worst kept pair on top */
    guint64 *rows; /* (k) */
    guint k;
    guint n;
} UmkTopK;

void _umk_topk_init(UmkTopK *self, float *scores, guint64 *rows, guint k);
void _umk_topk_push(UmkTopK *self, float score, guint64 row);
/* Pushes first_row + i with scores[i], for i < n; rows come in ascending order. */
void _umk_topk_push_run(UmkTopK *self, const float *scores, gsize n, guint64 first_row);
/* Leaves the arrays in final order; entries past n are untouched. */
void _umk_topk_sort(UmkTopK *self);

G_END_DECLS
