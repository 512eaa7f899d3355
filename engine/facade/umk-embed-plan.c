/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts a batch into pieces for the threads: large ones first, and smaller ones as less is
 * left, so that all threads end at about the same time (guided self-scheduling,
 * Polychronopoulos and Kuck 1987). Vectors do not depend on the pieces, so they may
 * follow the number of threads. */
#include "facade/umk-embed-private.h"

#include <string.h>

#define PIECE 512 /* tokens, about; an item of unknown cost is PIECE / hint of them */
#define LEAST 48  /* fewer tokens than this are not worth a thread */

/* Tokens, about: a quarter of the bytes of European text, a third of the bytes of
 * Japanese. */
static guint64
cost_of(UmkItem *item, gsize hint)
{
    const char *text = umk_item_get_text(item);

    if (text == NULL || umk_item_get_modality(item) != UMK_MODALITY_TEXT)
        return MAX(PIECE / hint, 1);
    return 2 + strlen(text) / 4;
}

static int
compare_pieces(gconstpointer a, gconstpointer b)
{
    const UmkEmbedPiece *x = a, *y = b;

    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

GArray *
_umk_embed_plan(UmkItem *const *items, gsize n_items, gsize hint, guint n_threads)
{
    GArray *pieces = g_array_new(FALSE, FALSE, sizeof(UmkEmbedPiece));
    UmkEmbedPiece piece = {0};
    guint64 left = 0, least;

    for (gsize i = 0; i < n_items; i++)
        left += cost_of(items[i], hint);
    least = n_items > 0 && umk_item_get_modality(items[0]) == UMK_MODALITY_TEXT
                ? LEAST
                : MAX(PIECE / hint, 1);
    for (gsize i = 0; i < n_items; i++) {
        guint64 target = n_threads > 1 ? left / (2 * n_threads) + 1 : PIECE;

        target = CLAMP(target, least, PIECE);
        piece.cost += cost_of(items[i], hint);
        piece.end = i + 1;
        if (piece.cost < target && piece.end - piece.begin < hint && i + 1 < n_items)
            continue;
        g_array_append_val(pieces, piece);
        left -= piece.cost;
        piece = (UmkEmbedPiece){i + 1, i + 1, 0};
    }
    g_array_sort(pieces, compare_pieces);
    return pieces;
}
