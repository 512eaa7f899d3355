/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vocabulary and the merges of a tokenizer.json, which are nearly all of it. They are
 * read straight from the text; a tree of JSON values would take twenty times as long and
 * many times the room. */
#pragma once

#include "modalities/text/umk-tokenizer-vocab-private.h"

/* Values as they stand in the text; NULL where there is none. */
typedef struct {
    const char *vocab, *vocab_end;
    const char *merges, *merges_end;
} UmkTokenBulk;

/* Finds them and gives the text with null in their place. FALSE where the text is not as
 * expected; then it is to be read as any other. */
gboolean
_umk_token_bulk_find(const char *data, gsize length, UmkTokenBulk *bulk, GString *rest);

/* {"piece": id, …}; self NULL: the member "vocab" of config, which must be there. */
UmkVocab *
_umk_token_bulk_read_vocab(const UmkTokenBulk *self, JsonObject *config, GError **error);
/* [["piece", score], …]; the bytes are lent to the call. FALSE ends the reading. */
typedef gboolean (*UmkBulkPieceFunc)(
    const char *piece, gsize length, double score, gpointer data, GError **error);
gboolean _umk_token_bulk_read_scores(const UmkTokenBulk *self,
                                     UmkBulkPieceFunc call,
                                     gpointer data,
                                     GError **error);
/* ["a b", …] or [["a", "b"], …] */
typedef gboolean (*UmkBulkMergeFunc)(const char *left,
                                     gsize n_left,
                                     const char *right,
                                     gsize n_right,
                                     gpointer data,
                                     GError **error);
gboolean _umk_token_bulk_read_merges(const UmkTokenBulk *self,
                                     UmkBulkMergeFunc call,
                                     gpointer data,
                                     GError **error);
