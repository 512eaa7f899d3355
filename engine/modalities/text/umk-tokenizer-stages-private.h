/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The four stages of a tokenizer. A stage is one ops table, found by the "type" that a
 * tokenizer.json gives it; a new one is one file and one line in umk-tokenizer-stages.c.
 * What load returns is immutable and may be used by many threads at once. Text between
 * stages is well-formed UTF-8, may hold NUL and is not NUL-terminated. */
#pragma once

#include "modalities/text/umk-tokenizer-bulk-private.h"
#include "modalities/text/umk-tokenizer-vocab-private.h"

#include <json-glib/json-glib.h>

/* Words cut from a text, one behind the other. */
typedef struct {
    GString *bytes;
    GArray *ends;      /* gsize; word i is bytes[ends[i - 1] .. ends[i]) */
    gboolean at_start; /* what is cut next begins where the whole text does */
} UmkTokenizerWords;

void _umk_tokenizer_words_init(UmkTokenizerWords *self);
void _umk_tokenizer_words_clear(UmkTokenizerWords *self);

/* Empty words are not words. */
static inline void
_umk_tokenizer_words_add(UmkTokenizerWords *self, const char *word, gsize length)
{
    if (length == 0)
        return;
    g_string_append_len(self->bytes, word, (gssize) length);
    g_array_append_val(self->ends, self->bytes->len);
}

static inline const char *
_umk_tokenizer_words_get(const UmkTokenizerWords *self, gsize i, gsize *length)
{
    gsize begin = i > 0 ? g_array_index(self->ends, gsize, i - 1) : 0;

    *length = g_array_index(self->ends, gsize, i) - begin;
    return self->bytes->str + begin;
}

/* Text to text, before anything is cut. Appends to out. */
typedef struct {
    const char *type;
    gpointer (*load)(JsonObject *config, GError **error);
    void (*free)(gpointer self);
    void (*normalize)(gconstpointer self, const char *text, gsize length, GString *out);
} UmkNormalizerOps;

/* Text to words. */
typedef struct {
    const char *type;
    gpointer (*load)(JsonObject *config, GError **error);
    void (*free)(gpointer self);
    void (*split)(gconstpointer self,
                  const char *text,
                  gsize length,
                  UmkTokenizerWords *out);
} UmkPreTokenizerOps;

/* A word to ids. A cache is for one thread at a time and may only make it faster. bulk
 * (may be NULL) is in place of the members of config that it holds. */
typedef struct {
    const char *type;
    gpointer (*load)(JsonObject *config, const UmkTokenBulk *bulk, GError **error);
    void (*free)(gpointer self);
    const UmkVocab *(*get_vocab)(gconstpointer self);
    gpointer (*cache_new)(gconstpointer self); /* may be NULL, then cache is NULL */
    void (*cache_free)(gpointer cache);
    void (*tokenize)(gconstpointer self,
                     gpointer cache,
                     const char *word,
                     gsize length,
                     GArray *ids_out);
    /* may be NULL; UMK_VOCAB_NONE: there is none */
    guint32 (*get_unknown)(gconstpointer self);
    /* Steps taken since the cache was made, to check that a long text takes no more than
     * its share; may be NULL. */
    guint64 (*get_work)(gconstpointer cache);
} UmkTokenModelOps;

/* One part of a pair of texts: a text, or a special token. */
typedef enum { UMK_FRAME_TOKEN, UMK_FRAME_FIRST, UMK_FRAME_SECOND } UmkFramePartKind;

typedef struct {
    UmkFramePartKind kind;
    guint32 id;   /* of a token */
    guint32 type; /* token type of the whole part */
} UmkFramePart;

/* Special tokens around the ids. */
typedef struct {
    GArray *before, *after; /* guint32, around a single text */
    GArray *pair;           /* UmkFramePart; empty: a pair cannot be made */
} UmkTokenFrame;

typedef struct {
    const char *type;
    gboolean (*load)(JsonObject *config, UmkTokenFrame *frame, GError **error);
} UmkPostProcessorOps;

typedef struct {
    const UmkNormalizerOps *ops;
    gpointer self;
} UmkNormalizer;

typedef struct {
    const UmkPreTokenizerOps *ops;
    gpointer self;
} UmkPreTokenizer;

/* Looked up by config["type"]; a type that is not there is an error that names the known
 * ones. */
gboolean _umk_normalizer_load(UmkNormalizer *self, JsonObject *config, GError **error);
void _umk_normalizer_clear(UmkNormalizer *self);
/* One that runs the parts in their order, and takes them over. */
void _umk_normalizer_join(UmkNormalizer *self, const UmkNormalizer *parts, guint n_parts);
gboolean
_umk_pre_tokenizer_load(UmkPreTokenizer *self, JsonObject *config, GError **error);
void _umk_pre_tokenizer_clear(UmkPreTokenizer *self);
const UmkTokenModelOps *_umk_token_model_find(JsonObject *config, GError **error);
/* Adds to frame, outside what stands there already; a pair is framed by the last that
 * frames one. config NULL: no special tokens. */
gboolean
_umk_post_processor_load(JsonObject *config, UmkTokenFrame *frame, GError **error);

extern const UmkNormalizerOps _umk_bert_normalizer, _umk_byte_level_normalizer,
    _umk_lowercase_normalizer, _umk_nfc_normalizer, _umk_nfd_normalizer,
    _umk_nfkc_normalizer, _umk_nfkd_normalizer, _umk_nmt_normalizer,
    _umk_precompiled_normalizer, _umk_prepend_normalizer, _umk_replace_normalizer,
    _umk_sequence_normalizer, _umk_strip_accents_normalizer, _umk_strip_normalizer;
extern const UmkPreTokenizerOps _umk_bert_pre_tokenizer, _umk_byte_level_pre_tokenizer,
    _umk_delimiter_pre_tokenizer, _umk_digits_pre_tokenizer, _umk_mecab_pre_tokenizer,
    _umk_metaspace_pre_tokenizer, _umk_punctuation_pre_tokenizer,
    _umk_scripts_pre_tokenizer, _umk_sequence_pre_tokenizer, _umk_split_pre_tokenizer,
    _umk_whitespace_pre_tokenizer, _umk_whitespace_split_pre_tokenizer;
extern const UmkTokenModelOps _umk_bpe_token_model, _umk_character_token_model,
    _umk_unigram_token_model, _umk_wordlevel_token_model, _umk_wordpiece_token_model;
extern const UmkPostProcessorOps _umk_bert_post_processor, _umk_byte_level_post_processor,
    _umk_roberta_post_processor, _umk_sequence_post_processor,
    _umk_template_post_processor;
