/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and runs the module chain of sentence-transformers. */
#include "modalities/text/umk-sentence-modules-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "io/umk-json-private.h"
#include "io/umk-weights-private.h"

#define MAX_FEATURES   65536
#define MAX_SEQ_LENGTH (1 << 20)

static GBytes *
read_file(const char *folder, const char *name, char **path, GError **error)
{
    g_autoptr(GMappedFile) file = NULL;

    *path = g_build_filename(folder, name, NULL);
    file = g_mapped_file_new(*path, FALSE, error);
    return file != NULL ? g_mapped_file_get_bytes(file) : NULL;
}

JsonParser *
_umk_read_json_file(const char *folder,
                    const char *name,
                    JsonObject **root,
                    GError **error)
{
    g_autofree char *path = NULL;
    g_autoptr(GBytes) bytes = read_file(folder, name, &path, error);
    JsonParser *parser;
    gsize length;
    const char *data;

    if (bytes == NULL)
        return NULL;
    data = g_bytes_get_data(bytes, &length);
    parser = _umk_json_parse(data, length, root, error);
    if (parser == NULL)
        g_prefix_error(error, "%s: ", path);
    return parser;
}

static gboolean
has_file(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static gboolean
load_pooling(UmkSentenceModules *self, const char *folder, GError **error)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(folder, "config.json", &root, error);

    if (parser == NULL)
        return FALSE;
    if (!_umk_pooling_read(&self->pooling, root, error)) {
        g_prefix_error(error, "%s/config.json: ", folder);
        return FALSE;
    }
    return TRUE;
}

/* Activations of torch that no encoder here has, with torch's default constants. */
static float
sigmoid(float x)
{
    return 1.0f / (1.0f + expf(-x));
}

static float
leaky_relu(float x)
{
    return x < 0 ? 0.01f * x : x;
}

static float
elu(float x)
{
    return x < 0 ? expm1f(x) : x;
}

static float
softplus(float x)
{
    return x > 20 ? x : log1pf(expf(x));
}

static float
mish(float x)
{
    return x * tanhf(softplus(x));
}

static float
softsign(float x)
{
    return x / (1.0f + fabsf(x));
}

static float
relu6(float x)
{
    return fminf(fmaxf(x, 0), 6);
}

/* "torch.nn.modules.activation.Tanh" and its like, by their last word. */
static gboolean
parse_torch_activation(const char *name, UmkSentenceStage *stage, GError **error)
{
    static const struct {
        const char *name;
        float (*shape)(float x);
    } shapes[] = {
        {"sigmoid", sigmoid}, {"leakyrelu", leaky_relu},
        {"elu", elu},         {"softplus", softplus},
        {"mish", mish},       {"softsign", softsign},
        {"relu6", relu6},     {"identity", NULL},
    };
    const char *dot = strrchr(name, '.');
    g_autofree char *lower = g_ascii_strdown(dot != NULL ? dot + 1 : name, -1);

    stage->activation = UMK_ACTIVATION_NONE;
    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        if (strcmp(lower, shapes[i].name) == 0) {
            stage->shape = shapes[i].shape;
            return TRUE;
        }
    }
    return _umk_activation_parse(lower, &stage->activation, error);
}

static gboolean
read_dense_config(const char *folder,
                  UmkSentenceStage *stage,
                  gsize *n_in,
                  gsize *n_out,
                  gboolean *bias,
                  GError **error)
{
    JsonObject *root;
    const char *name;
    g_autoptr(JsonParser) parser =
        _umk_read_json_file(folder, "config.json", &root, error);

    if (parser == NULL)
        return FALSE;
    if (_umk_json_get_size(root, "in_features", 0, MAX_FEATURES, n_in, error) &&
        _umk_json_get_size(root, "out_features", 0, MAX_FEATURES, n_out, error) &&
        _umk_json_get_boolean(root, "bias", TRUE, bias, error) &&
        _umk_json_get_string(root, "activation_function", "Tanh", &name, error) &&
        parse_torch_activation(name, stage, error))
        return TRUE;
    g_prefix_error(error, "%s/config.json: ", folder);
    return FALSE;
}

static gboolean
load_dense(UmkSentenceModules *self,
           const char *folder,
           UmkSentenceStage *stage,
           GError **error)
{
    g_autoptr(UmkWeights) weights = NULL;
    UmkTensors tensors = {NULL, "", _umk_weights_has, _umk_weights_get,
                          _umk_weights_release};
    gsize n_in, n_out;
    gboolean bias;

    if (!read_dense_config(folder, stage, &n_in, &n_out, &bias, error))
        return FALSE;
    if (n_in != self->n_out || n_out == 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_DIMENSION,
            _("%s/config.json: the layer maps %zu to %zu numbers, but it gets %zu"),
            folder, n_in, n_out, self->n_out);
        return FALSE;
    }
    weights = _umk_weights_open_folder(folder, error);
    if (weights == NULL)
        return FALSE;
    tensors.source = weights;
    if (!_umk_linear_bind(&stage->dense, &tensors, "linear", n_out, n_in,
                          bias ? UMK_BIAS_REQUIRED : UMK_BIAS_NONE, error))
        return FALSE;
    self->n_out = n_out;
    return TRUE;
}

static gboolean
load_layer_norm(UmkSentenceModules *self,
                const char *folder,
                UmkSentenceStage *stage,
                GError **error)
{
    g_autoptr(UmkWeights) weights = _umk_weights_open_folder(folder, error);
    const UmkTensors tensors = {weights, "", _umk_weights_has, _umk_weights_get,
                                _umk_weights_release};

    if (weights != NULL &&
        _umk_norm_bind(&stage->norm, &tensors, "norm", self->n_out, 1e-5f, error))
        return TRUE;
    g_prefix_error(error, "%s: ", folder);
    return FALSE;
}

/* One entry of modules.json after the transformer. */
static gboolean
load_module(UmkSentenceModules *self,
            const char *folder,
            const char *type,
            const char *path,
            GError **error)
{
    static const struct {
        const char *name;
        UmkSentenceKind kind;
        gboolean (*load)(UmkSentenceModules *self,
                         const char *folder,
                         UmkSentenceStage *stage,
                         GError **error);
    } kinds[] = {
        {"Dense", UMK_SENTENCE_DENSE, load_dense},
        {"LayerNorm", UMK_SENTENCE_LAYER_NORM, load_layer_norm},
        {"Normalize", UMK_SENTENCE_NORMALIZE, NULL},
    };
    const char *dot = strrchr(type, '.'), *kind = dot != NULL ? dot + 1 : type;
    g_autofree char *sub = g_build_filename(folder, path, NULL);
    UmkSentenceStage *stage;

    if (path[0] == '/' || strstr(path, "..") != NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The module path “%s” leaves the model’s folder"), path);
        return FALSE;
    }
    if (strcmp(kind, "Pooling") == 0 && self->n_stages == 0) {
        if (!load_pooling(self, sub, error))
            return FALSE;
        self->n_out = _umk_pooling_n_out(&self->pooling, self->n_hidden);
        return TRUE;
    }
    if (strcmp(kind, "Dropout") == 0) /* acts in training only */
        return TRUE;
    for (gsize i = 0; self->n_stages < UMK_SENTENCE_MAX_STAGES && i < G_N_ELEMENTS(kinds);
         i++) {
        if (strcmp(kind, kinds[i].name) != 0)
            continue;
        stage = &self->stages[self->n_stages++];
        stage->kind = kinds[i].kind;
        return kinds[i].load == NULL || kinds[i].load(self, sub, stage, error);
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("The module “%s” is not supported at this place"), type);
    return FALSE;
}

static gboolean
load_modules_json(UmkSentenceModules *self, const char *folder, GError **error)
{
    g_autofree char *file = NULL;
    g_autoptr(GBytes) bytes = read_file(folder, "modules.json", &file, error);
    g_autoptr(JsonParser) parser = NULL;
    JsonArray *root;
    gsize length;
    const char *data;

    if (bytes == NULL)
        return FALSE;
    data = g_bytes_get_data(bytes, &length);
    parser = _umk_json_parse_array(data, length, &root, error);
    for (guint i = 0; parser != NULL && i < json_array_get_length(root); i++) {
        JsonNode *node = json_array_get_element(root, i);
        const char *type = NULL, *path = NULL;

        if (!JSON_NODE_HOLDS_OBJECT(node)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("%s: module %u is not an object"), file, i);
            return FALSE;
        }
        if (!_umk_json_get_string(json_node_get_object(node), "type", "", &type, error) ||
            !_umk_json_get_string(json_node_get_object(node), "path", "", &path, error)) {
            g_prefix_error(error, "%s: ", file);
            return FALSE;
        }
        if (i == 0 && ((g_str_has_suffix(type, "Transformer") && path[0] == '\0') ||
                       g_str_has_suffix(type, ".StaticEmbedding")))
            continue;
        if (!load_module(self, folder, type, path, error)) {
            g_prefix_error(error, "%s: ", file);
            return FALSE;
        }
    }
    if (parser == NULL)
        g_prefix_error(error, "%s: ", file);
    return parser != NULL;
}

static gboolean
load_limits(UmkSentenceModules *self, const char *folder, GError **error)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser = NULL;

    if (!has_file(folder, "sentence_bert_config.json"))
        return TRUE;
    parser = _umk_read_json_file(folder, "sentence_bert_config.json", &root, error);
    if (parser == NULL)
        return FALSE;
    if (_umk_json_get_size(root, "max_seq_length", 0, MAX_SEQ_LENGTH,
                           &self->max_seq_length, error) &&
        _umk_json_get_boolean(root, "do_lower_case", FALSE, &self->do_lower_case, error))
        return TRUE;
    g_prefix_error(error, "%s/sentence_bert_config.json: ", folder);
    return FALSE;
}

static gboolean
read_prompts(UmkSentenceModules *self, JsonObject *root, GError **error)
{
    JsonObject *prompts;
    const char *name, *text;
    g_autoptr(GList) names = NULL;

    if (!_umk_json_get_object(root, "prompts", &prompts, error) ||
        !_umk_json_get_string(root, "default_prompt_name", NULL, &name, error))
        return FALSE;
    self->default_prompt = g_strdup(name);
    names = prompts != NULL ? json_object_get_members(prompts) : NULL;
    for (GList *at = names; at != NULL; at = at->next) {
        if (!_umk_json_get_string(prompts, at->data, "", &text, error))
            return FALSE;
        g_hash_table_replace(self->prompts, g_strdup(at->data), g_strdup(text));
    }
    return TRUE;
}

static gboolean
load_prompts(UmkSentenceModules *self, const char *folder, GError **error)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser = NULL;

    self->prompts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (!has_file(folder, "config_sentence_transformers.json"))
        return TRUE;
    parser =
        _umk_read_json_file(folder, "config_sentence_transformers.json", &root, error);
    if (parser == NULL)
        return FALSE;
    if (read_prompts(self, root, error))
        return TRUE;
    g_prefix_error(error, "%s/config_sentence_transformers.json: ", folder);
    return FALSE;
}

static gboolean
load_chain(UmkSentenceModules *self, const char *folder, GError **error)
{
    g_autofree char *pooling = g_build_filename(folder, "1_Pooling", NULL);

    if (has_file(folder, "modules.json"))
        return load_modules_json(self, folder, error);
    if (!has_file(pooling, "config.json"))
        return TRUE;
    if (!load_pooling(self, pooling, error))
        return FALSE;
    self->n_out = _umk_pooling_n_out(&self->pooling, self->n_hidden);
    return TRUE;
}

static gboolean
override_pooling(UmkSentenceModules *self, const char *name, GError **error)
{
    gsize before = _umk_pooling_n_out(&self->pooling, self->n_hidden);

    gsize after;

    if (!_umk_pooling_from_name(&self->pooling, name, error))
        return FALSE;
    after = _umk_pooling_n_out(&self->pooling, self->n_hidden);
    if (before == after)
        return TRUE;
    for (gsize i = 0; i < self->n_stages; i++) {
        if (self->stages[i].kind != UMK_SENTENCE_NORMALIZE) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("Pooling “%s” gives %zu numbers, but the model’s next layer "
                          "takes %zu"),
                        name, after, before);
            return FALSE;
        }
    }
    self->n_out = after;
    return TRUE;
}

gboolean
_umk_sentence_modules_load(UmkSentenceModules *self,
                           const char *folder,
                           gsize n_hidden,
                           const char *pooling,
                           GError **error)
{
    memset(self, 0, sizeof *self);
    self->n_hidden = self->n_out = n_hidden;
    self->pooling = (UmkPooling){UMK_POOLING_MEAN, TRUE};
    if (!load_prompts(self, folder, error) || !load_limits(self, folder, error) ||
        !load_chain(self, folder, error) ||
        (pooling != NULL && pooling[0] != '\0' && strcmp(pooling, "auto") != 0 &&
         !override_pooling(self, pooling, error))) {
        _umk_sentence_modules_clear(self);
        return FALSE;
    }
    if (self->n_stages > 0 &&
        self->stages[self->n_stages - 1].kind == UMK_SENTENCE_NORMALIZE) {
        self->n_stages--;
        self->ends_normalized = TRUE;
    }
    self->n_widest = MAX(_umk_pooling_n_out(&self->pooling, n_hidden), n_hidden);
    for (gsize i = 0; i < self->n_stages; i++)
        self->n_widest = MAX(self->n_widest, self->stages[i].dense.n_out);
    return TRUE;
}

void
_umk_sentence_modules_clear(UmkSentenceModules *self)
{
    for (gsize i = 0; i < UMK_SENTENCE_MAX_STAGES; i++) {
        _umk_linear_clear(&self->stages[i].dense);
        _umk_norm_clear(&self->stages[i].norm);
    }
    g_clear_pointer(&self->prompts, g_hash_table_unref);
    g_clear_pointer(&self->default_prompt, g_free);
}

const char *
_umk_sentence_modules_get_prompt(const UmkSentenceModules *self,
                                 const char *name,
                                 GError **error)
{
    const char *text;
    g_autofree const char **known = NULL;
    g_autofree char *list = NULL;

    if (name == NULL || name[0] == '\0')
        name = self->default_prompt;
    if (name == NULL)
        return "";
    text = g_hash_table_lookup(self->prompts, name);
    if (text != NULL)
        return text;
    known = (const char **) g_hash_table_get_keys_as_array(self->prompts, NULL);
    list = g_strjoinv(", ", (char **) known);
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("The model has no prompt “%s”; its prompts are: %s"), name,
                list[0] != '\0' ? list : _("none"));
    return NULL;
}

void
_umk_sentence_modules_apply(const UmkSentenceModules *self,
                            const float *hidden,
                            gsize n_tokens,
                            gsize n_prompt,
                            float *scratch,
                            float *out)
{
    float *now = scratch, *next = scratch + self->n_widest;
    gsize n = _umk_pooling_n_out(&self->pooling, self->n_hidden);

    _umk_pooling_apply(&self->pooling, hidden, n_tokens, self->n_hidden, n_prompt, now);
    for (gsize i = 0; i < self->n_stages; i++) {
        const UmkSentenceStage *stage = &self->stages[i];
        float *result = next;

        switch (stage->kind) {
        case UMK_SENTENCE_NORMALIZE:
            _umk_kernel_normalize(now, n);
            break;
        case UMK_SENTENCE_LAYER_NORM:
            _umk_norm_forward(&stage->norm, now, 1, now);
            break;
        case UMK_SENTENCE_DENSE:
            _umk_linear_forward(&stage->dense, now, 1, stage->activation, result);
            next = now;
            now = result;
            n = stage->dense.n_out;
            for (gsize d = 0; stage->shape != NULL && d < n; d++)
                now[d] = stage->shape(now[d]);
            break;
        }
    }
    memcpy(out, now, n * sizeof(float));
}
