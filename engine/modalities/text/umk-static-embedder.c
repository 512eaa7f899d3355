/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "static": folders that are a table of token vectors, in three layouts:
 * model2vec (config.json says so), sentence-transformers (modules.json begins with a
 * StaticEmbedding), and that module's folder alone.
 *
 * The first and the last follow model2vec: no special tokens; the unknown token is
 * dropped; of a text only as many characters are read as 512 tokens of the vocabulary's
 * median length have, and of the tokens the first 512. sentence-transformers has neither
 * rule. */
#include "modalities/text/umk-static-embedder-private.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-static-table-private.h"
#include "modalities/text/umk-text-model-private.h"
#include "modalities/text/umk-tokenizer-vocab-private.h"

#define MODEL2VEC_TOKENS 512

typedef struct {
    UmkTextModel text; /* first */
    UmkWeights *weights;
    UmkStaticTable table;
    UmkSentenceModules modules; /* what follows the table */
    guint32 skip;
    gsize most; /* tokens */
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
    gsize n_table = _umk_arena_round(_umk_static_table_scratch_size(&self->table));
    gsize n_mean = _umk_arena_round(self->table.n_dims);
    float *scratch =
        _umk_arena_reserve(arena, n_table + n_mean + 2 * self->modules.n_widest, error);
    float *mean = scratch != NULL ? scratch + n_table : NULL;

    if (scratch == NULL)
        return FALSE;
    for (gsize i = 0; i < n_texts; i++) {
        if (_umk_static_table_mean(&self->table, ids + offsets[i],
                                   offsets[i + 1] - offsets[i], self->skip, self->most,
                                   scratch, mean) == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("The text has no token that the model knows"));
            return FALSE;
        }
        _umk_sentence_modules_apply(&self->modules, mean, 1, 0, mean + n_mean,
                                    out + i * text->n_full);
    }
    return TRUE;
}

/* The folder of the StaticEmbedding that modules.json begins with, or NULL. */
static char *
find_module(const char *folder)
{
    g_autofree char *file = g_build_filename(folder, "modules.json", NULL);
    g_autofree char *text = NULL;
    g_autoptr(JsonParser) parser = NULL;
    JsonArray *root;
    JsonNode *node;
    const char *type, *path;
    gsize length;

    if (!g_file_get_contents(file, &text, &length, NULL))
        return NULL;
    parser = _umk_json_parse_array(text, length, &root, NULL);
    if (parser == NULL || json_array_get_length(root) == 0)
        return NULL;
    node = json_array_get_element(root, 0);
    if (!JSON_NODE_HOLDS_OBJECT(node) ||
        !_umk_json_get_string(json_node_get_object(node), "type", "", &type, NULL) ||
        !_umk_json_get_string(json_node_get_object(node), "path", "", &path, NULL) ||
        !g_str_has_suffix(type, ".StaticEmbedding") || path[0] == '/' ||
        strstr(path, "..") != NULL)
        return NULL;
    return path[0] == '\0' || strcmp(path, ".") == 0
               ? g_strdup(folder)
               : g_build_filename(folder, path, NULL);
}

static gboolean
is_model2vec(const guint8 *config, gsize length)
{
    static const char *const types[] = {"model2vec", NULL};

    return length > 0 && _umk_text_config_has_type(config, length, types);
}

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autofree char *module = NULL;
    g_autoptr(UmkWeights) weights = NULL;

    if (is_model2vec(config, config_len))
        return _umk_text_has_weights(path) ? 95 : 1;
    module = find_module(path);
    if (module != NULL)
        return _umk_text_has_weights(module) ? 95 : 1;
    if (config_len > 0 || !_umk_text_has_weights(path))
        return 0;
    weights = _umk_weights_open_folder(path, NULL);
    return weights != NULL && _umk_static_table_probe(weights) ? 80 : 0;
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_text_model_clear(&self->text);
    _umk_sentence_modules_clear(&self->modules);
    _umk_weights_free(self->weights);
    g_free(self);
}

static int
compare_lengths(const void *a, const void *b)
{
    guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;

    return (x > y) - (x < y);
}

/* Characters of the piece in the middle; of an even number the mean of two, rounded
 * down. */
static gsize
get_median_length(UmkTokenizer *tokenizer)
{
    guint32 n_ids = _umk_tokenizer_get_vocab_size(tokenizer);
    g_autoptr(GArray) lengths = g_array_new(FALSE, FALSE, sizeof(guint32));
    const guint32 *sorted;

    for (guint32 id = 0; id < n_ids; id++) {
        const char *piece = _umk_tokenizer_get_piece(tokenizer, id);
        guint32 length = piece != NULL ? (guint32) g_utf8_strlen(piece, -1) : 0;

        if (piece != NULL)
            g_array_append_val(lengths, length);
    }
    if (lengths->len == 0)
        return 0;
    g_array_sort(lengths, compare_lengths);
    sorted = (const guint32 *) (gconstpointer) lengths->data;
    return ((gsize) sorted[(lengths->len - 1) / 2] + sorted[lengths->len / 2]) / 2;
}

/* "normalize" of config.json or config_sentence_transformers.json, TRUE if neither says.
 */
static gboolean
read_normalize(const char *folder, gboolean *normalize, GError **error)
{
    static const char *const files[] = {"config_sentence_transformers.json",
                                        "config.json"};

    *normalize = TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);
        g_autoptr(JsonParser) parser = NULL;
        JsonObject *root;

        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            continue;
        parser = _umk_read_json_file(folder, files[i], &root, error);
        if (parser == NULL ||
            !_umk_json_get_boolean(root, "normalize", *normalize, normalize, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
check_vocabulary(const Model *self, GError **error)
{
    guint32 n = _umk_tokenizer_get_vocab_size(self->text.tokenizer);

    if (n <= self->table.n_tokens)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The tokenizer knows %u tokens, but the table only %zu"), n,
                self->table.n_tokens);
    return FALSE;
}

static gboolean
init_text(Model *self,
          const char *folder,
          UmkParams *params,
          gboolean model2vec,
          GError **error)
{
    const char *name = params != NULL && umk_params_has(params, "prompt")
                           ? umk_params_get_string(params, "prompt")
                           : NULL;
    const char *prompt = _umk_sentence_modules_get_prompt(&self->modules, name, error);

    self->text.encode = encode;
    self->text.bare = TRUE;
    self->text.n_full = self->modules.n_out;
    if (prompt == NULL ||
        !_umk_text_model_init(&self->text, folder, params, prompt, error) ||
        !check_vocabulary(self, error))
        return FALSE;
    self->skip = UMK_VOCAB_NONE;
    self->most = G_MAXSIZE;
    if (!model2vec)
        return TRUE;
    _umk_tokenizer_get_unknown(self->text.tokenizer, &self->skip);
    self->most = MODEL2VEC_TOKENS;
    self->text.max_chars = MODEL2VEC_TOKENS * get_median_length(self->text.tokenizer);
    return TRUE;
}

static gboolean
load(Model *self, const char *path, UmkParams *params, GError **error)
{
    g_autofree char *module = find_module(path);
    const char *folder = module != NULL ? module : path;
    g_autofree char *file = g_build_filename(path, "config.json", NULL);
    g_autofree char *config = NULL;
    gboolean normalize, model2vec = TRUE;
    gsize length = 0;

    if (g_file_get_contents(file, &config, &length, NULL) || module != NULL)
        model2vec = is_model2vec((const guint8 *) config, length);
    self->weights = _umk_weights_open_folder(folder, error);
    if (self->weights == NULL ||
        !_umk_static_table_bind(&self->table, self->weights, error) ||
        !_umk_sentence_modules_load(&self->modules, path, self->table.n_dims, NULL,
                                    error) ||
        !read_normalize(path, &normalize, error) ||
        !init_text(self, folder, params, model2vec, error))
        return FALSE;
    if (params == NULL || !umk_params_is_set(params, "normalize"))
        self->text.normalize = normalize;
    return TRUE;
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

const UmkEmbedderOps _umk_static_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "static",
    .title = N_("Table of token vectors: model2vec, StaticEmbedding"),
    .modality = UMK_MODALITY_TEXT,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_text_model_n_dims,
    .session_new = _umk_text_session_new,
    .session_free = _umk_text_session_free,
    .session_embed = _umk_text_session_embed,
    .batch_hint = 64,
    .tokenize = _umk_text_model_tokenize,
    .session_get_counts = _umk_text_session_get_counts,
    .describe = _umk_text_model_describe,
};
