/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several rankings into one by ranks alone, so that their scores need not be comparable.
 * A row's terms are added in the order of the lists. */
#include "facade/umk-search-private.h"

static gint
compare(gconstpointer a, gconstpointer b)
{
    const UmkRanked *left = a, *right = b;

    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    return left->row < right->row ? -1 : left->row > right->row;
}

GArray *
_umk_fuse_ranks(const guint64 *const *lists, const gsize *lengths, gsize n_lists)
{
    GArray *fused = g_array_new(FALSE, FALSE, sizeof(UmkRanked));
    g_autoptr(GHashTable) places = g_hash_table_new(g_int64_hash, g_int64_equal);

    for (gsize i = 0; i < n_lists; i++) {
        for (gsize rank = 0; rank < lengths[i]; rank++) {
            gpointer place;
            double term = 1 / (UMK_RANK_CONSTANT + (double) (rank + 1));

            if (g_hash_table_lookup_extended(places, &lists[i][rank], NULL, &place)) {
                g_array_index(fused, UmkRanked, GPOINTER_TO_SIZE(place)).score += term;
            } else {
                UmkRanked ranked = {.row = lists[i][rank], .score = term};

                g_hash_table_insert(places, (gpointer) &lists[i][rank],
                                    GSIZE_TO_POINTER((gsize) fused->len));
                g_array_append_val(fused, ranked);
            }
        }
    }
    g_array_sort(fused, compare);
    return fused;
}
