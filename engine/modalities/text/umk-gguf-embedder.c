/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "gguf": a GGUF file of an encoder, as llama.cpp's converters write it. The
 * file's metadata become the config.json of its family, its tensors get their published
 * names, and the network is the same as for the author's own folder. */
#include "modalities/text/umk-gguf-embedder-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "modalities/text/umk-gguf-model-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-text-families-private.h"
#include "modalities/text/umk-text-model-private.h"
#include "modalities/text/umk-tokenizer-build-private.h"
#include "modalities/text/umk-word-model-private.h"

typedef struct {
    UmkTextModel text; /* first */
    GBytes *bytes;     /* the file, mapped */
    UmkGguf *gguf;
    UmkGgufWeights *weights;
    UmkTextNetwork *network;
    UmkSentenceModules modules; /* pooling only */
} Model;

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

static gboolean
open_file(Model *self, const char *path, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);

    if (file == NULL)
        return FALSE;
    self->bytes = g_mapped_file_get_bytes(file);
    self->gguf = _umk_gguf_new(self->bytes, error);
    return self->gguf != NULL;
}

/* Whether there is a network to run; *vocabulary says whether there are tokens. */
static gboolean
look_into(const char *path, gboolean *vocabulary, GError **error)
{
    Model self = {0};
    gboolean good =
        open_file(&self, path, error) && _umk_gguf_architecture_find(self.gguf, error);

    if (good && _umk_gguf_get_n_tensors(self.gguf) == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The GGUF file holds a vocabulary and no network"));
        good = FALSE;
    }
    *vocabulary =
        self.gguf != NULL && _umk_gguf_find(self.gguf, "tokenizer.ggml.tokens") != NULL;
    g_clear_pointer(&self.gguf, _umk_gguf_free);
    g_clear_pointer(&self.bytes, g_bytes_unref);
    return good;
}

gboolean
_umk_gguf_embedder_check(const char *path, GError **error)
{
    gboolean vocabulary;

    return look_into(path, &vocabulary, error);
}

/* Hardly sure where there is a vocabulary but no network: the tokenizer alone is of use.
 */
static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autoptr(GBytes) head = _umk_word_model_read_head(path);
    gsize length;
    const guint8 *data = head != NULL ? g_bytes_get_data(head, &length) : NULL;
    gboolean vocabulary;

    if (data == NULL || length < 4 || memcmp(data, "GGUF", 4) != 0)
        return 0;
    return look_into(path, &vocabulary, NULL) || !vocabulary ? 90 : 1;
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_text_model_clear(&self->text);
    _umk_sentence_modules_clear(&self->modules);
    _umk_text_network_free(self->network);
    _umk_gguf_weights_free(self->weights);
    _umk_gguf_free(self->gguf);
    g_clear_pointer(&self->bytes, g_bytes_unref);
    g_free(self);
}

static const char *
get_option(UmkParams *params, const char *name)
{
    const char *value = params != NULL && umk_params_has(params, name)
                            ? umk_params_get_string(params, name)
                            : NULL;

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static gboolean
load_network(Model *self, UmkParams *params, GError **error)
{
    const UmkGgufArchitecture *architecture =
        _umk_gguf_architecture_find(self->gguf, error);
    g_autoptr(JsonObject) config = NULL;
    const UmkTextFamily *family;
    UmkTensors tensors = {.prefix = "",
                          .has = _umk_gguf_weights_has,
                          .get = _umk_gguf_weights_get,
                          .release = _umk_gguf_weights_release};

    if (architecture == NULL)
        return FALSE;
    config = _umk_gguf_make_config(architecture, self->gguf, error);
    if (config == NULL)
        return FALSE;
    family = _umk_text_family_find(config);
    if (family == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The network of “%s” is not known here"),
                    architecture->architecture);
        return FALSE;
    }
    _umk_tensors_set_params(&tensors, params);
    tensors.source = self->weights =
        _umk_gguf_weights_new(self->gguf, self->bytes, architecture->names);
    self->network = _umk_text_network_new(family, config, &tensors, error);
    return self->network != NULL;
}

/* The file has no modules: one way of pooling, which an option may override. */
static gboolean
set_modules(Model *self, UmkParams *params, GError **error)
{
    UmkSentenceModules *modules = &self->modules;
    const char *own, *pooling = get_option(params, "pooling");

    modules->n_hidden = modules->n_out = modules->n_widest =
        _umk_text_network_get_n_dims(self->network);
    modules->pooling.include_prompt = TRUE;
    modules->prompts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!_umk_gguf_get_pooling(self->gguf, &own, error))
        return FALSE;
    if (pooling == NULL || strcmp(pooling, "auto") == 0)
        pooling = own;
    return _umk_pooling_from_name(&modules->pooling, pooling, error);
}

static gboolean
load(Model *self, const char *path, UmkParams *params, GError **error)
{
    const char *prompt;
    gsize n_context;

    if (!open_file(self, path, error) || !load_network(self, params, error) ||
        !set_modules(self, params, error) ||
        !_umk_gguf_get_context(self->gguf, &n_context, error))
        return FALSE;
    prompt = _umk_sentence_modules_get_prompt(&self->modules,
                                              get_option(params, "prompt"), error);
    if (prompt == NULL)
        return FALSE;
    self->text.encode = encode;
    self->text.n_full = self->modules.n_out;
    self->text.max_tokens = _umk_text_network_get_max_tokens(self->network);
    if (n_context > 0)
        self->text.max_tokens = MIN(self->text.max_tokens, n_context);
    self->text.tokenizer = _umk_tokenizer_new_from_gguf(self->gguf, error);
    return self->text.tokenizer != NULL &&
           _umk_text_model_init(&self->text, path, params, prompt, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    Model *self = g_new0(Model, 1);

    if (load(self, path, params, error))
        return self;
    _umk_text_prefix_error(error, path);
    model_free(self);
    return NULL;
}

const UmkEmbedderOps _umk_gguf_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "gguf",
    .title = N_("GGUF file of an encoder"),
    .modality = UMK_MODALITY_TEXT,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_text_model_n_dims,
    .session_new = _umk_text_session_new,
    .session_free = _umk_text_session_free,
    .session_embed = _umk_text_session_embed,
    .batch_hint = 16,
    .tokenize = _umk_text_model_tokenize,
};
