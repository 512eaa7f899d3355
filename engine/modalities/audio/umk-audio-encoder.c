/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Umekomi's own audio tower. The log-mel of the whole sound is normalised, cut in windows
 * of a fixed number of frames, each window encoded on its own, and their unit vectors are
 * averaged; a sound of any length gets one vector, and always the same one.
 *
 * config.json: the encoder as CLIP writes it, `stem`, `projection_dim`, `n_mels`,
 * `window_frames`, `window_hop_frames`. */
#include "umk-audio-encoder-private.h"

#include "umk-audio-features-private.h"
#include "umk-audio-preprocess-private.h"

#include "io/umk-json-private.h"
#include "io/umk-weights-private.h"
#include "nn/umk-stem-encoder-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#define MAX_CONFIG_BYTES (4u << 20)
#define WINDOWS_AT_ONCE  4

typedef struct {
    UmkFrontend *frontend;
    UmkStemEncoder *encoder;
    gsize n_mels;
    gsize n_frames; /* of a window */
    gsize n_hop;
    gsize n_dims;
    gsize n_kept; /* of the vectors given out */
    gboolean normalize;
} Model;

typedef struct {
    const Model *model;
    UmkArena arena;
} Session;

/* ---- loading ---------------------------------------------------------------------- */

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    JsonObject *root;
    g_autoptr(JsonParser) parser = NULL;
    const char *type;

    if (config == NULL || config_len > MAX_CONFIG_BYTES)
        return 0;
    parser = _umk_json_parse((const char *) config, config_len, &root, NULL);
    if (parser == NULL || !_umk_json_get_string(root, "model_type", "", &type, NULL))
        return 0;
    return g_str_equal(type, "umekomi_audio") ? 100 : 0;
}

static void
model_free(gpointer model)
{
    Model *self = model;

    _umk_frontend_unref(self->frontend);
    _umk_stem_encoder_free(self->encoder);
    g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

/* A number for both axes, or a list of one for each. */
static gboolean
read_pair(JsonObject *step, const char *key, gsize fallback, gsize *pair, GError **error)
{
    JsonNode *node = json_object_get_member(step, key);

    if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node)) {
        if (!_umk_json_get_size(step, key, fallback, G_MAXUINT16, &pair[0], error))
            return FALSE;
        pair[1] = pair[0];
        return TRUE;
    }
    JsonArray *array = json_node_get_array(node);
    for (guint i = 0; json_array_get_length(array) == 2; i++) {
        JsonNode *element = json_array_get_element(array, i);
        gint64 value = JSON_NODE_HOLDS_VALUE(element) ? json_node_get_int(element) : -1;

        if (value < 0 || value > G_MAXUINT16)
            break;
        pair[i] = (gsize) value;
        if (i == 1)
            return TRUE;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("“%s” of a stem layer is not one or two whole numbers"), key);
    return FALSE;
}

static gboolean
read_stem(JsonObject *root, UmkStemEncoderConfig *config, GError **error)
{
    JsonNode *node = json_object_get_member(root, "stem");
    JsonArray *stem =
        node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    guint n = stem != NULL ? json_array_get_length(stem) : 0;

    if (n == 0 || n > UMK_STEM_MAX_STEPS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“stem” is not a list of 1 to %d layers"), UMK_STEM_MAX_STEPS);
        return FALSE;
    }
    config->n_steps = n;
    for (guint i = 0; i < n; i++) {
        JsonNode *element = json_array_get_element(stem, i);
        UmkStemStep *step = &config->steps[i];

        if (!JSON_NODE_HOLDS_OBJECT(element)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Stem layer %u is not an object"), i);
            return FALSE;
        }
        JsonObject *object = json_node_get_object(element);
        if (!_umk_json_get_size(object, "out", 0, G_MAXUINT16, &step->out_channels,
                                error) ||
            !read_pair(object, "kernel", 3, step->kernel, error) ||
            !read_pair(object, "stride", 1, step->stride, error) ||
            !read_pair(object, "padding", 0, step->padding, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
read_encoder(JsonObject *root, UmkEncoderConfig *encoder, GError **error)
{
    const char *activation;
    double eps;

    if (!_umk_json_get_size(root, "hidden_size", 0, G_MAXINT32, &encoder->n_dims,
                            error) ||
        !_umk_json_get_size(root, "num_hidden_layers", 0, G_MAXINT32, &encoder->n_layers,
                            error) ||
        !_umk_json_get_size(root, "num_attention_heads", 0, G_MAXINT32, &encoder->n_heads,
                            error) ||
        !_umk_json_get_size(root, "intermediate_size", 4 * encoder->n_dims, G_MAXINT32,
                            &encoder->n_ffn, error) ||
        !_umk_json_get_string(root, "hidden_act", "gelu", &activation, error) ||
        !_umk_json_get_number(root, "layer_norm_eps", 1e-5, &eps, error) ||
        !_umk_activation_parse(activation, &encoder->activation, error))
        return FALSE;
    encoder->eps = (float) eps;
    encoder->pre_norm = TRUE;
    encoder->bias = UMK_BIAS_REQUIRED;
    return TRUE;
}

static gboolean
read_config(Model *self, JsonObject *root, UmkStemEncoderConfig *config, GError **error)
{
    gsize n_mels = _umk_frontend_get_n_coeffs(self->frontend);

    if (!read_encoder(root, &config->encoder, error) || !read_stem(root, config, error) ||
        !_umk_json_get_size(root, "projection_dim", config->encoder.n_dims, G_MAXUINT16,
                            &config->n_out, error) ||
        !_umk_json_get_size(root, "head_size", 0, G_MAXUINT16, &config->n_head, error) ||
        !_umk_json_get_size(root, "n_mels", n_mels, G_MAXUINT16, &config->height,
                            error) ||
        !_umk_json_get_size(root, "window_frames", 0, G_MAXUINT16, &config->width,
                            error) ||
        !_umk_json_get_size(root, "window_hop_frames", config->width, G_MAXUINT16,
                            &self->n_hop, error))
        return FALSE;
    config->in_channels = 1;
    if (config->height != n_mels) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model takes %zu mel bands and its preprocessor gives %zu"),
                    config->height, n_mels);
        return FALSE;
    }
    if (config->width < 1 || self->n_hop < 1 || self->n_hop > config->width) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Windows of %zu frames every %zu leave gaps or nothing"),
                    config->width, self->n_hop);
        return FALSE;
    }
    self->n_mels = config->height;
    self->n_frames = config->width;
    self->n_dims = config->n_out;
    return TRUE;
}

/* Fewer dimensions only where the model says that its first ones suffice. */
static gboolean
read_params(Model *self, JsonObject *root, UmkParams *params, GError **error)
{
    gint64 dims = 0;
    gboolean declared = FALSE;

    self->normalize = TRUE;
    self->n_kept = self->n_dims;
    if (params != NULL && umk_params_has(params, "normalize"))
        self->normalize = umk_params_get_bool(params, "normalize");
    if (params != NULL && umk_params_has(params, "dims"))
        dims = umk_params_get_int(params, "dims");
    if (dims <= 0 || (gsize) dims == self->n_dims)
        return TRUE;
    JsonNode *node = json_object_get_member(root, "matryoshka_dimensions");
    if (node != NULL && JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);

        for (guint i = 0; i < json_array_get_length(array); i++) {
            JsonNode *element = json_array_get_element(array, i);

            declared = declared || (JSON_NODE_HOLDS_VALUE(element) &&
                                    json_node_get_int(element) == dims);
        }
    }
    if (!declared || (gsize) dims > self->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model's vectors of %zu numbers cannot be cut to %" PRId64),
                    self->n_dims, dims);
        return FALSE;
    }
    self->n_kept = (gsize) dims;
    return TRUE;
}

static char *
read_file(const char *folder, const char *name, gsize *length, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *data = NULL;

    if (!g_file_get_contents(path, &data, length, error))
        return NULL;
    if (*length > MAX_CONFIG_BYTES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("“%s” is too large"), path);
        return NULL;
    }
    return g_steal_pointer(&data);
}

static gboolean
read_preprocess(Model *self, const char *folder, GError **error)
{
    gsize length;
    g_autofree char *data = read_file(folder, "preprocessor_config.json", &length, error);

    if (data == NULL)
        return FALSE;
    UmkFeatureConfig features;
    if (_umk_audio_preprocess_parse(&features, (const guint8 *) data, length, error)) {
        self->frontend = _umk_frontend_new(&features);
        return TRUE;
    }
    g_prefix_error(error, "%s/preprocessor_config.json: ", folder);
    return FALSE;
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    g_autoptr(Model) self = g_new0(Model, 1);
    g_autoptr(UmkWeights) weights = NULL;
    g_autoptr(JsonParser) parser = NULL;
    g_autofree char *data = NULL;
    UmkStemEncoderConfig config = {0};
    JsonObject *root;
    gsize length;

    if (!read_preprocess(self, path, error))
        return NULL;
    data = read_file(path, "config.json", &length, error);
    if (data == NULL)
        return NULL;
    parser = _umk_json_parse(data, length, &root, error);
    if (parser == NULL || !read_config(self, root, &config, error) ||
        !read_params(self, root, params, error)) {
        g_prefix_error(error, "%s/config.json: ", path);
        return NULL;
    }
    weights = _umk_weights_open_folder(path, error);
    if (weights == NULL)
        return NULL;
    UmkTensors tensors = {.source = weights,
                          .prefix = "",
                          .has = _umk_weights_has,
                          .get = _umk_weights_get,
                          .release = _umk_weights_release};
    _umk_tensors_set_params(&tensors, params);
    self->encoder = _umk_stem_encoder_new(&config, &tensors, error);
    if (self->encoder == NULL) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    return g_steal_pointer(&self);
}

static gsize
model_n_dims(gconstpointer model)
{
    return ((const Model *) model)->n_kept;
}

/* ---- embedding -------------------------------------------------------------------- */

static gpointer
session_new(gconstpointer model, GError **error)
{
    Session *self = g_new0(Session, 1);

    self->model = model;
    return self;
}

static void
session_free(gpointer session)
{
    Session *self = session;

    _umk_arena_clear(&self->arena);
    g_free(self);
}

/* Frames begin … of rows (n_rows, n_mels) as one map (n_mels, n_frames); what lies beyond
 * the end is 0, the mean of the normalised clip. */
static void
cut_window(const Model *self, const float *rows, gsize n_rows, gsize begin, float *map)
{
    gsize n = MIN(self->n_frames, n_rows - begin);

    memset(map, 0, self->n_mels * self->n_frames * sizeof *map);
    for (gsize t = 0; t < n; t++)
        for (gsize m = 0; m < self->n_mels; m++)
            map[m * self->n_frames + t] = rows[(begin + t) * self->n_mels + m];
}

/* sum (n_dims): the mean of the windows' unit vectors; norm: of their lengths before. */
static gboolean
embed_rows(Session *session,
           const float *rows,
           gsize n_rows,
           double *sum,
           double *norm,
           UmkRun *run,
           GError **error)
{
    const Model *self = session->model;
    gsize map_size = self->n_mels * self->n_frames;
    gsize n_windows = n_rows <= self->n_frames
                          ? 1
                          : 1 + (n_rows - self->n_frames + self->n_hop - 1) / self->n_hop;
    gsize most = MIN(n_windows, WINDOWS_AT_ONCE);
    gsize n_maps = _umk_arena_round(most * map_size);
    gsize n_vectors = _umk_arena_round(most * self->n_dims);
    float *maps = _umk_arena_reserve(
        &session->arena,
        n_maps + n_vectors + _umk_stem_encoder_scratch_size(self->encoder, most), error);

    if (maps == NULL)
        return FALSE;
    float *vectors = maps + n_maps;
    for (gsize at = 0; at < n_windows; at += most) {
        gsize n = MIN(most, n_windows - at);

        if (!umk_run_check(run, error))
            return FALSE;
        for (gsize i = 0; i < n; i++)
            cut_window(self, rows, n_rows, (at + i) * self->n_hop, maps + i * map_size);
        _umk_stem_encoder_forward(self->encoder, maps, n, vectors + n_vectors, vectors);
        for (gsize i = 0; i < n; i++) {
            float *vector = vectors + i * self->n_dims;

            *norm += _umk_kernel_norm(vector, self->n_dims);
            _umk_kernel_normalize(vector, self->n_dims);
            for (gsize j = 0; j < self->n_dims; j++)
                sum[j] += (double) vector[j];
        }
    }
    for (gsize j = 0; j < self->n_dims; j++)
        sum[j] /= (double) n_windows;
    *norm /= (double) n_windows;
    return TRUE;
}

static gboolean
embed_sound(Session *session,
            UmkItem *item,
            double *sum,
            double *norm,
            UmkRun *run,
            GError **error)
{
    const Model *self = session->model;
    gsize n_rows;
    g_autofree float *rows =
        _umk_audio_compute(item, self->frontend, run, &n_rows, error);

    memset(sum, 0, self->n_dims * sizeof *sum);
    *norm = 0.0;
    return rows != NULL && embed_rows(session, rows, n_rows, sum, norm, run, error);
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
    const Model *self = ((Session *) session)->model;
    g_autofree double *sum = g_new(double, self->n_dims);
    double norm;

    for (gsize i = 0; i < n_items; i++, out += out_stride) {
        if (!embed_sound(session, items[i], sum, &norm, run, error))
            return FALSE;
        for (gsize j = 0; j < self->n_kept; j++)
            out[j] = (float) sum[j];
        if (self->normalize)
            _umk_kernel_normalize(out, self->n_kept);
    }
    return TRUE;
}

static gboolean
session_measure_norms(gpointer session,
                      UmkItem *const *items,
                      gsize n_items,
                      float *norms,
                      UmkRun *run,
                      GError **error)
{
    const Model *self = ((Session *) session)->model;
    g_autofree double *sum = g_new(double, self->n_dims);

    for (gsize i = 0; i < n_items; i++) {
        double norm;

        if (!embed_sound(session, items[i], sum, &norm, run, error))
            return FALSE;
        norms[i] = (float) norm;
    }
    return TRUE;
}

const UmkEmbedderOps _umk_audio_encoder_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "umekomi-audio",
    .title = N_("Umekomi's own audio tower"),
    .modality = UMK_MODALITY_AUDIO,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = model_n_dims,
    .session_new = session_new,
    .session_free = session_free,
    .session_embed = session_embed,
    .batch_hint = 2,
    .session_measure_norms = session_measure_norms,
};
