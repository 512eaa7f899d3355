/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of stages by type, and the words passed between them. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

static const UmkNormalizerOps *const normalizers[] = {
    &_umk_bert_normalizer,        &_umk_byte_level_normalizer,
    &_umk_lowercase_normalizer,   &_umk_nfc_normalizer,
    &_umk_nfd_normalizer,         &_umk_nfkc_normalizer,
    &_umk_nfkd_normalizer,        &_umk_nmt_normalizer,
    &_umk_precompiled_normalizer, &_umk_prepend_normalizer,
    &_umk_replace_normalizer,     &_umk_sequence_normalizer,
    &_umk_strip_normalizer,       &_umk_strip_accents_normalizer,
};

static const UmkPreTokenizerOps *const pre_tokenizers[] = {
    &_umk_bert_pre_tokenizer,        &_umk_byte_level_pre_tokenizer,
    &_umk_delimiter_pre_tokenizer,   &_umk_digits_pre_tokenizer,
    &_umk_mecab_pre_tokenizer,       &_umk_metaspace_pre_tokenizer,
    &_umk_punctuation_pre_tokenizer, &_umk_scripts_pre_tokenizer,
    &_umk_sequence_pre_tokenizer,    &_umk_split_pre_tokenizer,
    &_umk_whitespace_pre_tokenizer,  &_umk_whitespace_split_pre_tokenizer,
};

static const UmkTokenModelOps *const models[] = {
    &_umk_bpe_token_model,       &_umk_character_token_model, &_umk_unigram_token_model,
    &_umk_wordlevel_token_model, &_umk_wordpiece_token_model,
};

static const UmkPostProcessorOps *const post_processors[] = {
    &_umk_bert_post_processor,     &_umk_byte_level_post_processor,
    &_umk_roberta_post_processor,  &_umk_sequence_post_processor,
    &_umk_template_post_processor,
};

void
_umk_tokenizer_words_init(UmkTokenizerWords *self)
{
    self->bytes = g_string_new(NULL);
    self->ends = g_array_new(FALSE, FALSE, sizeof(gsize));
    self->at_start = FALSE;
}

void
_umk_tokenizer_words_clear(UmkTokenizerWords *self)
{
    g_string_free(self->bytes, TRUE);
    g_array_unref(self->ends);
}

/* Every ops struct begins with its type. */
static gconstpointer
find_type(
    gconstpointer table, gsize n, JsonObject *config, const char *stage, GError **error)
{
    const char *const *const *ops = table;
    g_autoptr(GString) known = g_string_new(NULL);
    const char *type = NULL;

    if (!_umk_json_get_string(config, "type", type, &type, error))
        return NULL;
    for (gsize i = 0; i < n; i++) {
        if (g_strcmp0(type, *ops[i]) == 0)
            return ops[i];
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", *ops[i]);
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("No %s is called “%.60s”; there are: %s"), stage, type ? type : "",
                known->str);
    return NULL;
}

gboolean
_umk_normalizer_load(UmkNormalizer *self, JsonObject *config, GError **error)
{
    self->ops =
        find_type(normalizers, G_N_ELEMENTS(normalizers), config, _("normalizer"), error);
    if (self->ops == NULL)
        return FALSE;
    self->self = self->ops->load(config, error);
    if (self->self != NULL)
        return TRUE;
    g_prefix_error(error, "%s: ", self->ops->type);
    self->ops = NULL;
    return FALSE;
}

void
_umk_normalizer_clear(UmkNormalizer *self)
{
    if (self->ops != NULL && self->ops->free != NULL)
        self->ops->free(self->self);
    self->ops = NULL;
}

gboolean
_umk_pre_tokenizer_load(UmkPreTokenizer *self, JsonObject *config, GError **error)
{
    self->ops = find_type(pre_tokenizers, G_N_ELEMENTS(pre_tokenizers), config,
                          _("pre-tokenizer"), error);
    if (self->ops == NULL)
        return FALSE;
    self->self = self->ops->load(config, error);
    if (self->self != NULL)
        return TRUE;
    g_prefix_error(error, "%s: ", self->ops->type);
    self->ops = NULL;
    return FALSE;
}

void
_umk_pre_tokenizer_clear(UmkPreTokenizer *self)
{
    if (self->ops != NULL && self->ops->free != NULL)
        self->ops->free(self->self);
    self->ops = NULL;
}

const UmkTokenModelOps *
_umk_token_model_find(JsonObject *config, GError **error)
{
    return find_type(models, G_N_ELEMENTS(models), config, _("token model"), error);
}

gboolean
_umk_post_processor_load(JsonObject *config, UmkTokenFrame *frame, GError **error)
{
    static const UmkFramePart plain[] = {{UMK_FRAME_FIRST, 0, 0},
                                         {UMK_FRAME_SECOND, 0, 1}};
    const UmkPostProcessorOps *ops;

    if (frame->pair->len == 0)
        g_array_append_vals(frame->pair, plain, G_N_ELEMENTS(plain));
    if (config == NULL)
        return TRUE;
    ops = find_type(post_processors, G_N_ELEMENTS(post_processors), config,
                    _("post-processor"), error);
    if (ops == NULL)
        return FALSE;
    if (ops->load(config, frame, error))
        return TRUE;
    g_prefix_error(error, "%s: ", ops->type);
    return FALSE;
}
