/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From edges or joined pairs to a numbered tree, by a forest of parents with path
 * halving. */
#include "cluster/umk-merges-private.h"

static int
compare_merges(const void *a, const void *b, gpointer data)
{
    const UmkMerge *x = a, *y = b;

    return x->height < y->height ? -1 : x->height > y->height;
}

static guint32
find_root(guint32 *parents, guint32 node)
{
    while (parents[node] != node) {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    return node;
}

void
_umk_merges_number(UmkMerge *merges, gsize n)
{
    g_autofree guint32 *parents = g_new(guint32, 2 * n);
    g_autofree guint32 *sizes = g_new(guint32, 2 * n);

    if (n < 2)
        return;
    g_qsort_with_data(merges, (gint) (n - 1), sizeof *merges, compare_merges, NULL);
    for (guint32 i = 0; i < 2 * n; i++) {
        parents[i] = i;
        sizes[i] = 1;
    }
    for (guint32 i = 0; i + 1 < n; i++) {
        guint32 a = find_root(parents, merges[i].a), b = find_root(parents, merges[i].b);
        guint32 made = (guint32) n + i;

        merges[i].a = MIN(a, b);
        merges[i].b = MAX(a, b);
        merges[i].size = sizes[made] = sizes[a] + sizes[b];
        parents[a] = parents[b] = made;
    }
}
