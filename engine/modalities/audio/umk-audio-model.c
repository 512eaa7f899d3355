/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders, options and sessions of the published audio families. One sound is encoded at
 * a time: clips differ in length, and the layers are wide enough to keep a core busy with
 * one, so nothing would be won by a batch, and nothing can depend on it. */
#include "umk-audio-model-private.h"

#include "umk-audio-decode-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#define MAX_CONFIG_BYTES (4u << 20)
#define MAX_SIZE         (1 << 20)

typedef struct {
    const UmkAudioModel *model;
    UmkArena arena;
    float *vector; /* (n_full) */
} Session;

const UmkAudioEncoderKeys _umk_audio_keys_bert = {
    .n_dims = "hidden_size",
    .n_layers = "num_hidden_layers",
    .n_heads = "num_attention_heads",
    .n_ffn = "intermediate_size",
    .activation = "hidden_act",
};

/* ---- loading ---------------------------------------------------------------------- */

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
read_extractor(UmkAudioFolder *self, GError **error)
{
    g_autofree char *data = NULL;
    GError *problem = NULL;
    gsize length;

    data = read_file(self->path, "preprocessor_config.json", &length, &problem);
    if (g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_error_free(problem);
        return TRUE;
    }
    if (data == NULL) {
        g_propagate_error(error, problem);
        return FALSE;
    }
    if (_umk_extractor_config_parse(&self->extractor, (const guint8 *) data, length,
                                    error))
        return TRUE;
    g_prefix_error(error, "%s/preprocessor_config.json: ", self->path);
    return FALSE;
}

static gboolean
folder_open(UmkAudioFolder *self,
            const char *path,
            const UmkExtractorConfig *defaults,
            GError **error)
{
    g_autofree char *data = NULL;
    gsize length;

    self->path = path;
    self->extractor = *defaults;
    data = read_file(path, "config.json", &length, error);
    if (data == NULL)
        return FALSE;
    self->parser = _umk_json_parse(data, length, &self->config, error);
    if (self->parser == NULL) {
        g_prefix_error(error, "%s/config.json: ", path);
        return FALSE;
    }
    if (!read_extractor(self, error))
        return FALSE;
    self->weights = _umk_weights_open_folder(path, error);
    if (self->weights == NULL)
        return FALSE;
    self->tensors = (UmkTensors){.source = self->weights,
                                 .prefix = "",
                                 .has = _umk_weights_has,
                                 .get = _umk_weights_get,
                                 .release = _umk_weights_release};
    return TRUE;
}

static void
folder_close(UmkAudioFolder *self)
{
    g_clear_object(&self->parser);
    g_clear_pointer(&self->weights, _umk_weights_free);
}

gpointer
_umk_audio_load(const char *path,
                UmkParams *params,
                const UmkExtractorConfig *defaults,
                gpointer model,
                UmkAudioLoadFunc load,
                GDestroyNotify model_free,
                GError **error)
{
    UmkAudioFolder folder = {0};
    gboolean good = folder_open(&folder, path, defaults, error);

    _umk_tensors_set_params(&folder.tensors, params);
    if (good && !load(model, &folder, params, error)) {
        g_prefix_error(error, "%s: ", path);
        good = FALSE;
    }
    folder_close(&folder);
    if (good)
        return model;
    model_free(model);
    return NULL;
}

void
_umk_audio_folder_find_prefix(UmkAudioFolder *self,
                              const char *name,
                              const char *const *prefixes)
{
    for (gsize i = 0; prefixes[i] != NULL; i++) {
        self->tensors.prefix = prefixes[i];
        if (_umk_tensors_has(&self->tensors, name))
            return;
    }
}

static gboolean
may_be_cut(JsonObject *config, gint64 dims)
{
    JsonArray *array;

    if (!_umk_json_get_array(config, "matryoshka_dimensions", &array, NULL) ||
        array == NULL)
        return FALSE;
    for (guint i = 0; i < json_array_get_length(array); i++) {
        JsonNode *element = json_array_get_element(array, i);

        if (JSON_NODE_HOLDS_VALUE(element) && json_node_get_int(element) == dims)
            return TRUE;
    }
    return FALSE;
}

gboolean
_umk_audio_model_init(UmkAudioModel *self,
                      JsonObject *config,
                      UmkParams *params,
                      GError **error)
{
    gint64 dims = 0;

    self->normalize = TRUE;
    self->n_dims = self->n_full;
    if (params != NULL && umk_params_has(params, "normalize"))
        self->normalize = umk_params_get_bool(params, "normalize");
    if (params != NULL && umk_params_has(params, "dims"))
        dims = umk_params_get_int(params, "dims");
    if (dims <= 0 || (gsize) dims == self->n_full)
        return TRUE;
    if ((gsize) dims > self->n_full || !may_be_cut(config, dims)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("The model's vectors of %zu numbers cannot be cut to %" PRId64),
                    self->n_full, dims);
        return FALSE;
    }
    self->n_dims = (gsize) dims;
    return TRUE;
}

gboolean
_umk_audio_read_encoder(UmkEncoderConfig *config,
                        JsonObject *object,
                        const UmkAudioEncoderKeys *keys,
                        GError **error)
{
    const char *activation;
    double eps;

    if (!_umk_json_get_size(object, keys->n_dims, config->n_dims, MAX_SIZE,
                            &config->n_dims, error) ||
        !_umk_json_get_size(object, keys->n_layers, config->n_layers, MAX_SIZE,
                            &config->n_layers, error) ||
        !_umk_json_get_size(object, keys->n_heads, config->n_heads, MAX_SIZE,
                            &config->n_heads, error) ||
        !_umk_json_get_size(object, keys->n_ffn, config->n_ffn, MAX_SIZE, &config->n_ffn,
                            error) ||
        !_umk_json_get_string(object, keys->activation, "gelu", &activation, error) ||
        !_umk_json_get_number(object, "layer_norm_eps", (double) config->eps, &eps,
                              error) ||
        !_umk_activation_parse(activation, &config->activation, error))
        return FALSE;
    config->eps = (float) eps;
    return _umk_encoder_config_check(config, error);
}

guint
_umk_audio_probe(const guint8 *config, gsize length, const char *const *types)
{
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *root;
    const char *type;

    if (config == NULL || length > MAX_CONFIG_BYTES)
        return 0;
    parser = _umk_json_parse((const char *) config, length, &root, NULL);
    if (parser == NULL || !_umk_json_get_string(root, "model_type", "", &type, NULL))
        return 0;
    return g_strv_contains(types, type) ? 90 : 0;
}

gsize
_umk_audio_model_n_dims(gconstpointer model)
{
    return ((const UmkAudioModel *) model)->n_dims;
}

/* ---- embedding -------------------------------------------------------------------- */

float *
_umk_audio_compute_head(UmkItem *item,
                        UmkFrontend *frontend,
                        gsize n_samples,
                        gboolean pad,
                        UmkRun *run,
                        gsize *n_frames,
                        GError **error)
{
    int rate = _umk_frontend_get_rate(frontend);
    g_autoptr(UmkFrontendStream) stream = _umk_frontend_stream_new(frontend);
    g_autofree float *samples = NULL;
    g_autofree float *zeros = NULL;
    gsize n, n_zeros;

    samples = _umk_audio_decode(item, rate, (double) (n_samples + 1) / rate, run, &n,
                                &rate, error);
    if (samples == NULL)
        return NULL;
    n = MIN(n, n_samples);
    n_zeros = pad ? n_samples - n : 0;
    zeros = g_new0(float, n_zeros + 1);
    if (!_umk_frontend_stream_push(stream, samples, n, error) ||
        !_umk_frontend_stream_push(stream, zeros, n_zeros, error))
        return NULL;
    return _umk_frontend_stream_finish(stream, n_frames, error);
}

void
_umk_audio_mean(const float *rows, gsize n, gsize d, float *out)
{
    for (gsize j = 0; j < d; j++) {
        double sum = 0;

        for (gsize t = 0; t < n; t++)
            sum += (double) rows[t * d + j];
        out[j] = (float) (sum / (double) n);
    }
}

gpointer
_umk_audio_session_new(gconstpointer model, GError **error)
{
    Session *self = g_new0(Session, 1);

    self->model = model;
    self->vector = g_new(float, self->model->n_full);
    return self;
}

void
_umk_audio_session_free(gpointer session)
{
    Session *self = session;

    _umk_arena_clear(&self->arena);
    g_free(self->vector);
    g_free(self);
}

gboolean
_umk_audio_session_embed(gpointer session,
                         UmkItem *const *items,
                         gsize n_items,
                         float *out,
                         gsize out_stride,
                         UmkRun *run,
                         GError **error)
{
    Session *self = session;
    const UmkAudioModel *model = self->model;

    for (gsize i = 0; i < n_items; i++, out += out_stride) {
        if (!umk_run_check(run, error) ||
            !model->encode(model, items[i], &self->arena, self->vector, run, error))
            return FALSE;
        memcpy(out, self->vector, model->n_dims * sizeof *out);
        if (model->normalize)
            _umk_kernel_normalize(out, model->n_dims);
    }
    return TRUE;
}
