/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedders of checkpoint folders: any text network, with the sentence-transformers
 * files beside it if there are any. */
#include "modalities/text/umk-sentence-embedder-private.h"

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-text-families-private.h"
#include "modalities/text/umk-text-model-private.h"

typedef struct {
    UmkTextModel text; /* first */
    UmkWeights *weights;
    UmkTextNetwork *network;
    UmkSentenceModules modules;
} Model;

const UmkTextFamily *
_umk_text_family_find(JsonObject *config)
{
#define FAMILY(name) &_umk_##name##_family,
    static const UmkTextFamily *const families[] = {UMK_TEXT_FAMILIES(FAMILY)};
#undef FAMILY

    for (gsize i = 0; i < G_N_ELEMENTS(families); i++)
        if (_umk_text_family_matches(families[i], config))
            return families[i];
    return NULL;
}

static gboolean
encode(const UmkTextModel *text,
       const guint32 *ids,
       const guint32 *offsets,
       gsize n_texts,
       float *out,
       UmkArena *arena,
       GError **error)
{
    const Model *self = (const Model *) text;
    const UmkTextBatch batch = {ids, NULL, offsets, n_texts};
    gsize n_dims = self->modules.n_hidden;
    float *scratch;
    const float *hidden = _umk_text_network_forward(
        self->network, &batch, 2 * self->modules.n_widest, &scratch, arena, error);

    if (hidden == NULL)
        return FALSE;
    for (gsize i = 0; i < n_texts; i++)
        _umk_sentence_modules_apply(&self->modules, hidden + offsets[i] * n_dims,
                                    offsets[i + 1] - offsets[i], self->text.n_prompt,
                                    scratch, out + i * text->n_full);
    return TRUE;
}

guint
_umk_sentence_probe(const UmkTextFamily *family,
                    const char *path,
                    const guint8 *config,
                    gsize config_len)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser =
        _umk_json_parse((const char *) config, config_len, &root, NULL);

    if (parser == NULL || !_umk_text_family_matches(family, root))
        return 0;
    return _umk_text_probe(path, config, config_len, family->model_types);
}

void
_umk_sentence_model_free(gpointer model)
{
    Model *self = model;

    _umk_text_model_clear(&self->text);
    _umk_sentence_modules_clear(&self->modules);
    _umk_text_network_free(self->network);
    _umk_weights_free(self->weights);
    g_free(self);
}

static const char *
get_option(UmkParams *params, const char *name)
{
    return params != NULL && umk_params_has(params, name)
               ? umk_params_get_string(params, name)
               : NULL;
}

static gboolean
load_network(Model *self,
             const UmkTextFamily *family,
             const char *path,
             UmkParams *params,
             GError **error)
{
    JsonObject *config;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(path, "config.json", &config, error);
    UmkTensors tensors;

    if (parser == NULL ||
        !_umk_text_open_tensors(path, params, &self->weights, &tensors, error))
        return FALSE;
    self->network = _umk_text_network_new(family, config, &tensors, error);
    return self->network != NULL;
}

/* Without a sentence_bert_config.json the tokenizer's limit holds; one of 1e30 says that
 * there is none. */
static gboolean
read_tokenizer_limit(const char *path, gsize *limit, GError **error)
{
    g_autofree char *file = g_build_filename(path, "tokenizer_config.json", NULL);
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *config;
    double value;

    *limit = 0;
    if (!g_file_test(file, G_FILE_TEST_EXISTS))
        return TRUE;
    parser = _umk_read_json_file(path, "tokenizer_config.json", &config, error);
    if (parser == NULL ||
        !_umk_json_get_number(config, "model_max_length", 0, &value, error))
        return FALSE;
    if (value >= 1 && value <= UMK_TEXT_MAX_POSITIONS)
        *limit = (gsize) value;
    return TRUE;
}

static gboolean
set_limit(Model *self, const char *path, GError **error)
{
    gsize limit = self->modules.max_seq_length;

    if (limit == 0 && !read_tokenizer_limit(path, &limit, error))
        return FALSE;
    self->text.max_tokens = _umk_text_network_get_max_tokens(self->network);
    if (limit > 0)
        self->text.max_tokens = MIN(self->text.max_tokens, limit);
    return TRUE;
}

static gboolean
load(Model *self,
     const UmkTextFamily *family,
     const char *path,
     UmkParams *params,
     GError **error)
{
    const char *pooling = get_option(params, "pooling"), *prompt;

    if (!load_network(self, family, path, params, error))
        return FALSE;
    if (g_strcmp0(pooling, "auto") == 0)
        pooling = NULL;
    if (!_umk_sentence_modules_load(&self->modules, path,
                                    _umk_text_network_get_n_dims(self->network), pooling,
                                    error))
        return FALSE;
    prompt = _umk_sentence_modules_get_prompt(&self->modules,
                                              get_option(params, "prompt"), error);
    if (prompt == NULL)
        return FALSE;
    self->text.encode = encode;
    self->text.n_full = self->modules.n_out;
    self->text.lower_case = self->modules.do_lower_case;
    if (!set_limit(self, path, error))
        return FALSE;
    return _umk_text_model_init(&self->text, path, params, prompt, error);
}

gpointer
_umk_sentence_model_load(const UmkTextFamily *family,
                         const char *path,
                         UmkParams *params,
                         GError **error)
{
    Model *self = g_new0(Model, 1);

    if (load(self, family, path, params, error))
        return self;
    _umk_text_prefix_error(error, path);
    _umk_sentence_model_free(self);
    return NULL;
}
