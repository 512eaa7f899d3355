/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokenizers from other files than a tokenizer.json: their members are put together here
 * as if they came from one. tokenizer_config.json (or NULL) says how the model was
 * trained. */
#pragma once

#include "io/umk-gguf-private.h"
#include "modalities/text/umk-tokenizer-added-private.h"
#include "modalities/text/umk-tokenizer-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <json-glib/json-glib.h>

/* A tokenizer that is being put together from stages; what is not set is left out, but
 * the model must be. */
typedef struct {
    UmkNormalizer normalizer;
    UmkPreTokenizer pre_tokenizer;
    const UmkTokenModelOps *model_ops;
    gpointer model;
    UmkTokenFrame frame;
    GArray *added; /* UmkAddedToken, looked for in the text as it came; owns contents */
} UmkTokenizerParts;

void _umk_tokenizer_parts_init(UmkTokenizerParts *self);
void _umk_tokenizer_parts_clear(UmkTokenizerParts *self);
/* Appends a copy of the token; one that is there already is not added again. */
void _umk_tokenizer_parts_add_token(UmkTokenizerParts *self,
                                    const char *content,
                                    guint32 id,
                                    gboolean strip_left,
                                    gboolean strip_right);
/* What stands around a text and around two: f is the first text, s the second, b and e
 * the tokens begin and end. typed: the second text and what follows have type 1. */
void _umk_tokenizer_parts_set_frame(UmkTokenizerParts *self,
                                    const char *single,
                                    const char *pair,
                                    guint32 begin,
                                    guint32 end,
                                    gboolean typed);
/* Takes the stages over; what is left is to be cleared all the same. */
UmkTokenizer *_umk_tokenizer_new_from_parts(UmkTokenizerParts *parts, GError **error);

UmkTokenizer *_umk_tokenizer_build(JsonObject *config, GError **error);
/* vocab.txt: one piece a line, its id the number of the line from 0. */
UmkTokenizer *_umk_tokenizer_new_from_vocab(const char *vocab,
                                            gsize length,
                                            const char *config,
                                            gsize config_length,
                                            GError **error);
/* vocab.json and merges.txt of CLIP, GPT-2 or RoBERTa. */
UmkTokenizer *_umk_tokenizer_new_from_merges(const char *vocab,
                                             gsize length,
                                             const char *merges,
                                             gsize merges_length,
                                             const char *config,
                                             gsize config_length,
                                             GError **error);
/* A SentencePiece model. tokenizer_class names the class that the model was used with
 * (its special tokens and ids), NULL or "" is the model alone; config is
 * tokenizer_config.json or NULL. */
UmkTokenizer *_umk_tokenizer_new_from_sentencepiece(const char *data,
                                                    gsize length,
                                                    const char *tokenizer_class,
                                                    const char *config,
                                                    gsize config_length,
                                                    GError **error);
/* Sets the stages of a BertJapaneseTokenizer by its tokenizer_config.json; the model has
 * its vocabulary already. */
gboolean
_umk_tokenizer_set_japanese(JsonObject *tokenizer, JsonObject *settings, GError **error);
/* The vocabulary in the metadata of a GGUF file. */
UmkTokenizer *_umk_tokenizer_new_from_gguf(const UmkGguf *gguf, GError **error);
/* The class that models of a type (of config.json) are used with; NULL: not known. */
const char *_umk_tokenizer_guess_class(const char *model_type);
/* tokenizer_config.json, and what it says of a token: a string or an object with
 * "content". */
JsonParser *_umk_tokenizer_parse_config(const char *config,
                                        gsize length,
                                        JsonObject **settings,
                                        GError **error);
const char *
_umk_tokenizer_get_token(JsonObject *settings, const char *name, const char *otherwise);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkTokenizerParts, _umk_tokenizer_parts_clear)
