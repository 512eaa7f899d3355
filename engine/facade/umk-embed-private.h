/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Embedding in parts: which items are alike, what the cache knows, how the rest is cut
 * into pieces of work. */
#pragma once

#include "facade/umk-model-private.h"

/* ---- work ---- */

typedef struct {
    gsize begin, end;
    guint64 cost;
} UmkEmbedPiece;

/* Cuts items of one modality into pieces of about equal cost, the dearest first: enough
 * of them for every thread to stay busy, none so small that waking a thread costs more.
 * hint: no piece has more items. */
GArray *
_umk_embed_plan(UmkItem *const *items, gsize n_items, gsize hint, guint n_threads);

/* ---- alike ---- */

/* For each item the position of the first one like it: same modality, same text or path.
 */
gsize *_umk_embed_find_repeats(UmkItems *items);

/* ---- cache ---- */

/* What all keys of one call begin with; NULL where the model cannot be digested. */
GBytes *
_umk_embed_key_start(UmkModel *self, const UmkTower *tower, UmkVectorCache *cache);
/* FALSE for an item that cannot be read. */
gboolean _umk_embed_key(GBytes *start, UmkItem *item, guint8 *key);
