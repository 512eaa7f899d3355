/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Unigram model, made from pieces of whatever file. */
#pragma once

#include "modalities/text/umk-tokenizer-stages-private.h"

/* The kinds of SentencePiece. Control, unknown and byte pieces are never found in a
 * text. */
typedef enum {
    UMK_PIECE_NORMAL = 1,
    UMK_PIECE_UNKNOWN,
    UMK_PIECE_CONTROL,
    UMK_PIECE_USER_DEFINED,
    UMK_PIECE_UNUSED,
    UMK_PIECE_BYTE
} UmkPieceKind;

typedef struct {
    const char *bytes; /* lent */
    gsize length;
    double score;
    UmkPieceKind kind;
    guint32 id;
} UmkPieceSpec;

typedef struct {
    guint32 unknown;        /* id, or UMK_VOCAB_NONE: unknown characters vanish */
    gboolean byte_fallback; /* unknown characters as <0x00> pieces, where all are there */
    gboolean is_single;     /* sums in single precision, as SentencePiece does */
} UmkUnigramOptions;

/* For the ops of _umk_unigram_token_model. */
gpointer _umk_unigram_new(const UmkPieceSpec *pieces,
                          gsize n_pieces,
                          const UmkUnigramOptions *options,
                          GError **error);

extern const UmkTokenModelOps _umk_unigram_token_model;
