/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree of merges, which hierarchical clustering and HDBSCAN both grow. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Node numbers as in SciPy: 0 .. n-1 are rows, n + i is what the i-th merge made. */
typedef struct {
    guint32 a;
    guint32 b; /* a < b */
    double height;
    guint32 size; /* rows below it */
} UmkMerge;

/* a and b are any two rows of the clusters that merge; sorts the n - 1 merges by height,
 * the earlier one first among equals, and gives nodes their numbers. */
void _umk_merges_number(UmkMerge *merges, gsize n);

G_END_DECLS
