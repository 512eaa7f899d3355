/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "cross-encoder": a text network of any family with a classification head
 * of one label. It reads query and text together and gives one score; it has no vectors,
 * so it embeds nothing. Where heads differ is which tensors there are. */
#include "modalities/text/umk-cross-encoder-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-text-families-private.h"
#include "modalities/text/umk-text-model-private.h"

#define GROUP_TOKENS 512
#define MAX_LENGTH   (1 << 30)

/* The first token's vector goes through dense, an activation and out. */
typedef struct {
    const char *dense; /* NULL: straight to out */
    UmkActivation activation;
    const char *out;
} Head;

static const Head heads[] = {
    {"pooler.dense", UMK_ACTIVATION_TANH, "classifier"},              /* BERT */
    {"bert.pooler.dense", UMK_ACTIVATION_TANH, "classifier"},         /* the same */
    {"classifier.dense", UMK_ACTIVATION_TANH, "classifier.out_proj"}, /* RoBERTa, XLM-R */
    {"pre_classifier", UMK_ACTIVATION_RELU, "classifier"},            /* DistilBERT */
    {NULL, UMK_ACTIVATION_NONE, "classifier"},
};

typedef struct {
    UmkWeights *weights;
    UmkTextNetwork *network;
    UmkTokenizer *tokenizer;
    UmkLinear dense, out;
    UmkActivation activation; /* of dense; unused without it */
    gboolean has_dense, has_types, sigmoid;
    gsize n_dims;
    gsize max_tokens;
    char *folder;
} Model;

typedef struct {
    const Model *model;
    UmkArena arena;
    GArray *ids, *types; /* guint32 */
    GArray *offsets;     /* guint32, one more than pairs */
    GByteArray *kinds;   /* the types as the network takes them */
    float *hidden;       /* (n_dims) */
} Session;

/* Scores */

static float
get_score(Session *self, const float *first)
{
    const Model *model = self->model;
    float logit;

    if (model->has_dense) {
        _umk_linear_forward(&model->dense, first, 1, model->activation, self->hidden);
        first = self->hidden;
    }
    _umk_linear_forward(&model->out, first, 1, UMK_ACTIVATION_NONE, &logit);
    return model->sigmoid ? (float) (1.0 / (1.0 + exp(-(double) logit))) : logit;
}

static void
start_group(Session *self)
{
    const guint32 zero = 0;

    g_array_set_size(self->ids, 0);
    g_array_set_size(self->types, 0);
    g_array_set_size(self->offsets, 0);
    g_array_append_val(self->offsets, zero);
}

static gboolean
score_group(Session *self, float *scores, GError **error)
{
    const Model *model = self->model;
    const guint32 *offsets = (const guint32 *) (gconstpointer) self->offsets->data;
    UmkTextBatch batch = {(const guint32 *) (gconstpointer) self->ids->data, NULL,
                          offsets, self->offsets->len - 1};
    const float *hidden;

    if (model->has_types) {
        g_byte_array_set_size(self->kinds, self->types->len);
        for (guint i = 0; i < self->types->len; i++)
            self->kinds->data[i] = (guint8) g_array_index(self->types, guint32, i);
        batch.types = self->kinds->data;
    }
    hidden =
        _umk_text_network_forward(model->network, &batch, 0, NULL, &self->arena, error);
    if (hidden == NULL)
        return FALSE;
    for (gsize i = 0; i < batch.n_texts; i++)
        scores[i] = get_score(self, hidden + offsets[i] * model->n_dims);
    return TRUE;
}

static gboolean
session_rank(gpointer session,
             const char *query,
             UmkItem *const *items,
             gsize n_items,
             float *scores,
             UmkRun *run,
             GError **error)
{
    Session *self = session;
    const Model *model = self->model;
    gsize first = 0;

    start_group(self);
    for (gsize i = 0; i < n_items; i++) {
        g_autofree char *owned = NULL;
        const char *text = _umk_text_get(items[i], &owned, error);

        if (text == NULL || !_umk_tokenizer_encode_pair(
                                model->tokenizer, query, text, model->max_tokens,
                                UMK_TRUNCATE_RIGHT, self->ids, self->types, NULL, error))
            return FALSE;
        g_array_append_val(self->offsets, self->ids->len);
        if (self->ids->len < GROUP_TOKENS && i + 1 < n_items)
            continue;
        if (!umk_run_check(run, error) || !score_group(self, scores + first, error))
            return FALSE;
        first = i + 1;
        start_group(self);
    }
    return TRUE;
}

static gboolean
session_embed(gpointer session,
              UmkItem *const *items,
              gsize n_items,
              float *out,
              gsize out_stride,
              UmkRun *run,
              GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("%s: this is a cross-encoder, which scores pairs of texts and has no "
                  "vectors; rerank with it"),
                ((Session *) session)->model->folder);
    return FALSE;
}

static gpointer
session_new(gconstpointer model, GError **error)
{
    Session *self = g_new0(Session, 1);

    self->model = model;
    self->ids = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->types = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->offsets = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->kinds = g_byte_array_new();
    self->hidden = g_new(float, self->model->n_dims);
    return self;
}

static void
session_free(gpointer session)
{
    Session *self = session;

    _umk_arena_clear(&self->arena);
    g_array_unref(self->ids);
    g_array_unref(self->types);
    g_array_unref(self->offsets);
    g_byte_array_unref(self->kinds);
    g_free(self->hidden);
    g_free(self);
}

/* Loading */

static gboolean
has_architecture(JsonObject *config)
{
    JsonArray *names = NULL;

    if (!_umk_json_get_array(config, "architectures", &names, NULL) || names == NULL)
        return FALSE;
    for (guint i = 0; i < json_array_get_length(names); i++) {
        JsonNode *node = json_array_get_element(names, i);

        if (JSON_NODE_HOLDS_VALUE(node) &&
            json_node_get_value_type(node) == G_TYPE_STRING &&
            g_str_has_suffix(json_node_get_string(node), "ForSequenceClassification"))
            return TRUE;
    }
    return FALSE;
}

/* Transformers write the names of the labels, and nothing for two. */
static gboolean
has_one_label(JsonObject *config)
{
    JsonObject *labels = NULL;
    gsize n = 2;

    if (!_umk_json_get_object(config, "id2label", &labels, NULL) ||
        !_umk_json_get_size(config, "num_labels", n, G_MAXINT32, &n, NULL))
        return FALSE;
    return labels != NULL ? json_object_get_size(labels) == 1 : n == 1;
}

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    g_autofree char *modules = g_build_filename(path, "modules.json", NULL);
    JsonObject *root;
    g_autoptr(JsonParser) parser =
        _umk_json_parse((const char *) config, config_len, &root, NULL);

    if (parser == NULL || !has_architecture(root) || !has_one_label(root) ||
        _umk_text_family_find(root) == NULL || !_umk_text_has_weights(path) ||
        g_file_test(modules, G_FILE_TEST_EXISTS))
        return 0;
    return 95;
}

/* sentence-transformers: the activation that config.json names, else the sigmoid. */
static gboolean
read_activation(Model *self, JsonObject *config, GError **error)
{
    JsonObject *own = NULL;
    const char *name = NULL, *last;

    if (!_umk_json_get_object(config, "sentence_transformers", &own, error) ||
        (own != NULL &&
         !_umk_json_get_string(own, "activation_fn", NULL, &name, error)) ||
        (name == NULL &&
         !_umk_json_get_string(config, "sbert_ce_default_activation_function",
                               "torch.nn.modules.activation.Sigmoid", &name, error)))
        return FALSE;
    last = strrchr(name, '.');
    last = last != NULL ? last + 1 : name;
    self->sigmoid = strcmp(last, "Sigmoid") == 0;
    if (self->sigmoid || strcmp(last, "Identity") == 0)
        return TRUE;
    g_set_error(
        error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
        _("config.json: the scores go through “%s”, but only Sigmoid and Identity "
          "are known"),
        name);
    return FALSE;
}

static gboolean
has_tensor(const UmkTensors *tensors, const char *name)
{
    g_autofree char *full = g_strconcat(name, ".weight", NULL);

    return _umk_tensors_has(tensors, full);
}

static gboolean
bind_head(Model *self, const UmkTensors *tensors, GError **error)
{
    const Head *head = heads;

    while (head < heads + G_N_ELEMENTS(heads) - 1 &&
           !(has_tensor(tensors, head->dense) && has_tensor(tensors, head->out)))
        head++;
    self->has_dense = head->dense != NULL;
    self->activation = head->activation;
    if (self->has_dense &&
        !_umk_linear_bind(&self->dense, tensors, head->dense, self->n_dims, self->n_dims,
                          UMK_BIAS_REQUIRED, error))
        return FALSE;
    return _umk_linear_bind(&self->out, tensors, head->out, 1, self->n_dims,
                            UMK_BIAS_REQUIRED, error);
}

/* "model_max_length" of tokenizer_config.json; a huge number means none. */
static gboolean
read_max_tokens(Model *self, const char *path, GError **error)
{
    g_autofree char *file = g_build_filename(path, "tokenizer_config.json", NULL);
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *root;
    double length = MAX_LENGTH;

    self->max_tokens = _umk_text_network_get_max_tokens(self->network);
    if (!g_file_test(file, G_FILE_TEST_EXISTS))
        return TRUE;
    parser = _umk_read_json_file(path, "tokenizer_config.json", &root, error);
    if (parser == NULL ||
        !_umk_json_get_number(root, "model_max_length", length, &length, error))
        return FALSE;
    if (length >= 1 && length < (double) self->max_tokens)
        self->max_tokens = (gsize) length;
    return TRUE;
}

static gboolean
load(Model *self, const char *path, GError **error)
{
    JsonObject *config;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(path, "config.json", &config, error);
    UmkTensors tensors = {NULL, "", _umk_weights_has, _umk_weights_get,
                          _umk_weights_release};
    gsize n_types;

    if (parser == NULL || !read_activation(self, config, error) ||
        !_umk_json_get_size(config, "type_vocab_size", 2, G_MAXINT32, &n_types, error))
        return FALSE;
    self->has_types = n_types > 1;
    tensors.source = self->weights = _umk_weights_open_folder(path, error);
    if (self->weights == NULL)
        return FALSE;
    self->network =
        _umk_text_network_new(_umk_text_family_find(config), config, &tensors, error);
    if (self->network == NULL)
        return FALSE;
    self->n_dims = _umk_text_network_get_n_dims(self->network);
    self->tokenizer = _umk_tokenizer_open_folder(path, error);
    return self->tokenizer != NULL && bind_head(self, &tensors, error) &&
           read_max_tokens(self, path, error);
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_linear_clear(&self->dense);
    _umk_linear_clear(&self->out);
    g_clear_pointer(&self->tokenizer, _umk_tokenizer_unref);
    _umk_text_network_free(self->network);
    _umk_weights_free(self->weights);
    g_free(self->folder);
    g_free(self);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    Model *self = g_new0(Model, 1);

    self->folder = g_strdup(path);
    if (load(self, path, error))
        return self;
    _umk_text_prefix_error(error, path);
    model_free(self);
    return NULL;
}

static gsize
model_n_dims(gconstpointer model)
{
    return 0;
}

static gboolean
tokenize(
    gconstpointer model, const char *text, GArray *ids, GPtrArray *pieces, GError **error)
{
    UmkTokenizer *tokenizer = ((const Model *) model)->tokenizer;

    if (!_umk_tokenizer_encode(tokenizer, text, -1, 0, ids, NULL, error))
        return FALSE;
    for (guint i = 0; pieces != NULL && i < ids->len; i++) {
        const char *piece =
            _umk_tokenizer_get_piece(tokenizer, g_array_index(ids, guint32, i));

        g_ptr_array_add(pieces, g_strdup(piece != NULL ? piece : ""));
    }
    return TRUE;
}

const UmkEmbedderOps _umk_cross_encoder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "cross-encoder",
    .title = N_("Cross-encoder for reranking"),
    .modality = UMK_MODALITY_TEXT,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = model_n_dims,
    .session_new = session_new,
    .session_free = session_free,
    .session_embed = session_embed,
    .batch_hint = 8,
    .tokenize = tokenize,
    .session_rank = session_rank,
};
