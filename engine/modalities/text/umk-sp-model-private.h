/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a SentencePiece model says, from whichever file: a ".model" is a protocol buffer
 * of pieces (field 1: text 1, score 2, kind 3), trainer settings (field 2: model type 3,
 * blanks behind 24, byte fallback 35) and normalizer settings (field 3: character map 2,
 * dummy prefix 3, extra blanks removed 4, blanks escaped 5). */
#pragma once

#include "modalities/text/umk-tokenizer-build-private.h"
#include "modalities/text/umk-unigram-private.h"

typedef enum {
    UMK_SP_UNIGRAM = 1,
    UMK_SP_BPE = 2,
    UMK_SP_WORD = 3,
    UMK_SP_CHAR = 4
} UmkSpType;

typedef struct {
    UmkPieceSpec *pieces; /* their bytes are lent from the data */
    gsize n_pieces;
    UmkSpType type;
    gboolean byte_fallback, whitespace_as_suffix;
    gboolean add_dummy_prefix, remove_extra_whitespaces, escape_whitespaces;
    const guint8 *charsmap; /* lent; NULL: the text stays as it is */
    gsize n_charsmap;
    guint32 unknown; /* id, or UMK_VOCAB_NONE */
} UmkSpModel;

UmkSpModel *_umk_sp_model_parse(const guint8 *data, gsize length, GError **error);
void _umk_sp_model_free(UmkSpModel *self);

/* The stages that such a model asks for. */
gboolean _umk_sp_normalizer_new(const UmkSpModel *model,
                                UmkNormalizer *normalizer,
                                GError **error);
gpointer _umk_sp_bpe_new(const UmkSpModel *model, GError **error);
/* Sets the normalizer and the token model. */
gboolean
_umk_sp_model_build(const UmkSpModel *self, UmkTokenizerParts *parts, GError **error);

extern const UmkNormalizerOps _umk_sp_normalizer;
extern const UmkTokenModelOps _umk_sp_bpe_token_model;

/* The blank as a character that can be seen. */
#define UMK_SP_SPACE   "\xe2\x96\x81"
#define UMK_SP_N_SPACE 3

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkSpModel, _umk_sp_model_free)
