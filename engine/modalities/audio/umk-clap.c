/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio tower of CLAP (Wu et al. 2023): HTSAT (Chen et al. 2022), a window
 * transformer over the log-mel bands folded to a square picture, and two layers to the
 * space shared with the text tower of the same folder (clap-text).
 *
 * A clip shorter than the model's 10 seconds is repeated as often as it fits and followed
 * by zeros. Of a longer one the reference takes a random piece; a vector must not depend
 * on chance, so here it is always the first 10 seconds. Checkpoints with feature fusion
 * hear long clips through a further network, and their reference treats one clip of each
 * batch, chosen at random, as long: they are refused. */
#include "umk-clap-private.h"

#include "umk-audio-decode-private.h"

#include "nn/umk-channel-norm-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define MAX_SIDE 4096
#define MAX_DIMS 65536
#define EPS      1e-5

static const UmkExtractorConfig extractor = {
    .rate = 48000,
    .feature_size = 64,
    .n_fft = 1024,
    .hop_length = 480,
    .max_seconds = 10,
    .f_min = 0,
    .f_max = 14000,
    .truncation = "rand_trunc",
    .padding = "repeatpad",
};

typedef struct {
    UmkSwinConfig swin;
    gsize spec_size;
    gsize patch;
    gsize n_mels;
    gboolean patch_norm;
    UmkActivation projection;
} Config;

static guint
probe(const char *path, const guint8 *config, gsize config_len)
{
    static const char *const types[] = {"clap", NULL};

    return _umk_audio_probe(config, config_len, types);
}

static void
model_free(gpointer model)
{
    UmkClap *self = model;

    _umk_frontend_unref(self->frontend);
    g_free(self->scale);
    g_free(self->shift);
    _umk_conv_clear(&self->patch);
    _umk_norm_clear(&self->patch_norm);
    _umk_swin_free(self->swin);
    _umk_linear_clear(&self->projection[0]);
    _umk_linear_clear(&self->projection[1]);
    g_free(self);
}

/* ---- loading ---------------------------------------------------------------------- */

static gboolean
make_frontend(UmkClap *self, const UmkExtractorConfig *e, GError **error)
{
    static const struct {
        const char *name;
        UmkClapPadding padding;
    } paddings[] = {
        {"repeatpad", UMK_CLAP_REPEAT_WHOLE},
        {"repeat", UMK_CLAP_REPEAT},
        {"pad", UMK_CLAP_ZEROS},
    };
    UmkFeatureConfig features;
    gsize i = 0;

    while (i < G_N_ELEMENTS(paddings) && !g_str_equal(e->padding, paddings[i].name))
        i++;
    if (i == G_N_ELEMENTS(paddings)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is “%s”, which this version does not know"), "padding",
                    e->padding);
        return FALSE;
    }
    self->padding = paddings[i].padding;
    if (!_umk_feature_config_from_preset(&features, "clap", FALSE, error))
        return FALSE;
    features.rate = e->rate;
    features.n_mels = e->feature_size;
    features.n_fft = e->n_fft;
    features.hop_length = e->hop_length;
    features.f_min = e->f_min;
    features.f_max = e->f_max;
    if (!_umk_feature_config_resolve(&features, e->rate, error) ||
        !_umk_audio_check_window(e, &self->n_samples, error))
        return FALSE;
    self->frontend = _umk_frontend_new(&features);
    self->n_mels = (gsize) e->feature_size;
    self->n_frames = self->n_samples / (gsize) e->hop_length + 1;
    return TRUE;
}

static gboolean
refuse_fusion(JsonObject *audio, const UmkExtractorConfig *e, GError **error)
{
    gboolean fusion;

    if (!_umk_json_get_boolean(audio, "enable_fusion", FALSE, &fusion, error))
        return FALSE;
    if (!fusion && !g_str_equal(e->truncation, "fusion"))
        return TRUE;
    g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                        _("CLAP models with feature fusion (“enable_fusion”) cannot be "
                          "run; take one without, like laion/clap-htsat-unfused"));
    return FALSE;
}

static gboolean
read_list(JsonObject *object,
          const char *key,
          const gsize *fallback,
          gsize *values,
          gsize *n,
          GError **error)
{
    JsonArray *array;

    if (!_umk_json_get_array(object, key, &array, error))
        return FALSE;
    *n = array != NULL ? json_array_get_length(array) : 4;
    for (gsize i = 0; i < *n && i < UMK_SWIN_MAX_STAGES; i++) {
        JsonNode *node = array != NULL ? json_array_get_element(array, (guint) i) : NULL;
        gint64 value = array == NULL                 ? (gint64) fallback[i]
                       : JSON_NODE_HOLDS_VALUE(node) ? json_node_get_int(node)
                                                     : 0;

        values[i] = value > 0 && value <= G_MAXUINT16 ? (gsize) value : 0;
    }
    return TRUE;
}

/* A number, or the same number for both axes. */
static gboolean
check_stride(JsonObject *audio, gsize patch, GError **error)
{
    JsonNode *node = json_object_get_member(audio, "patch_stride");
    gsize stride[2] = {patch, patch}, n = 2;

    if (node == NULL)
        return TRUE;
    if (!JSON_NODE_HOLDS_ARRAY(node)) {
        if (!_umk_json_get_size(audio, "patch_stride", patch, MAX_SIDE, &stride[0],
                                error))
            return FALSE;
        stride[1] = stride[0];
    } else if (!read_list(audio, "patch_stride", stride, stride, &n, error)) {
        return FALSE;
    }
    if (n == 2 && stride[0] == patch && stride[1] == patch)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("Patches of %zu that overlap or leave gaps (“patch_stride”) cannot be "
                  "run"),
                patch);
    return FALSE;
}

static gboolean
read_config(Config *c, JsonObject *root, JsonObject *audio, gsize *n_out, GError **error)
{
    static const gsize depths[] = {2, 2, 6, 2}, heads[] = {4, 8, 16, 32};
    const char *activation, *projection;
    gboolean qkv_bias;
    gsize n_heads;
    double eps;

    if (!_umk_json_get_size(audio, "spec_size", 256, MAX_SIDE, &c->spec_size, error) ||
        !_umk_json_get_size(audio, "patch_size", 4, MAX_SIDE, &c->patch, error) ||
        !_umk_json_get_size(audio, "num_mel_bins", 64, MAX_SIDE, &c->n_mels, error) ||
        !_umk_json_get_size(audio, "window_size", 8, MAX_SIDE, &c->swin.window, error) ||
        !_umk_json_get_size(audio, "patch_embeds_hidden_size", 96, MAX_DIMS,
                            &c->swin.n_dims, error) ||
        !read_list(audio, "depths", depths, c->swin.depths, &c->swin.n_stages, error) ||
        !read_list(audio, "num_attention_heads", heads, c->swin.n_heads, &n_heads,
                   error) ||
        !_umk_json_get_number(audio, "mlp_ratio", 4, &c->swin.mlp_ratio, error) ||
        !_umk_json_get_number(audio, "layer_norm_eps", 1e-5, &eps, error) ||
        !_umk_json_get_boolean(audio, "qkv_bias", TRUE, &qkv_bias, error) ||
        !_umk_json_get_boolean(audio, "enable_patch_layer_norm", TRUE, &c->patch_norm,
                               error) ||
        !_umk_json_get_string(audio, "hidden_act", "gelu", &activation, error) ||
        !_umk_json_get_string(root, "projection_hidden_act", "relu", &projection,
                              error) ||
        !_umk_json_get_string(audio, "projection_hidden_act", projection, &projection,
                              error) ||
        !_umk_json_get_size(root, "projection_dim", 512, MAX_DIMS, n_out, error) ||
        !_umk_json_get_size(audio, "projection_dim", *n_out, MAX_DIMS, n_out, error) ||
        !_umk_activation_parse(activation, &c->swin.activation, error) ||
        !_umk_activation_parse(projection, &c->projection, error) ||
        !check_stride(audio, c->patch, error))
        return FALSE;
    c->swin.eps = (float) eps;
    c->swin.qkv_bias = qkv_bias ? UMK_BIAS_REQUIRED : UMK_BIAS_NONE;
    if (n_heads != c->swin.n_stages || c->patch == 0 || *n_out == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("“depths” and “num_attention_heads” are not equally long, "
                              "or “patch_size” or “projection_dim” is 0"));
        return FALSE;
    }
    c->swin.side = c->spec_size / c->patch;
    return TRUE;
}

/* The picture is spec_size high and wide: the bands of one part of the clip above those
 * of the next. */
static gboolean
measure(UmkClap *self, const Config *c, GError **error)
{
    gsize n_parts = c->n_mels > 0 ? c->spec_size / c->n_mels : 0;

    if (c->n_mels != self->n_mels || n_parts == 0 || c->spec_size % c->n_mels != 0 ||
        c->spec_size % c->patch != 0 || self->n_frames > c->spec_size * n_parts) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%zu frames of %zu mel bands do not go into a picture of %zu by "
                      "%zu with patches of %zu and %zu bands"),
                    self->n_frames, self->n_mels, c->spec_size, c->spec_size, c->patch,
                    c->n_mels);
        return FALSE;
    }
    self->side = c->spec_size;
    self->across = c->spec_size * n_parts;
    self->patch.kernel[0] = self->patch.kernel[1] = c->patch;
    self->patch.stride[0] = self->patch.stride[1] = c->patch;
    self->has_patch_norm = c->patch_norm;
    self->activation = c->projection;
    return TRUE;
}

static gboolean
bind_batch_norm(UmkClap *self, const UmkTensors *tensors, GError **error)
{
    static const char *const names[] = {
        "batch_norm.running_mean",
        "batch_norm.running_var",
        "batch_norm.weight",
        "batch_norm.bias",
    };
    float *parts[4] = {NULL};
    g_autofree double *moments = NULL;
    gsize n = self->n_mels;
    gboolean good = TRUE;

    for (gsize i = 0; good && i < 4; i++) {
        parts[i] = _umk_tensors_dup_vector(tensors, names[i], n, error);
        good = parts[i] != NULL;
    }
    if (good) {
        moments = g_new(double, 2 * n);
        for (gsize m = 0; m < n; m++) {
            moments[m] = (double) parts[0][m];
            moments[n + m] = (double) parts[1][m];
        }
        self->scale = g_new(float, n);
        self->shift = g_new(float, n);
        _umk_channel_norm_make(moments, moments + n, parts[2], parts[3], EPS, n,
                               self->scale, self->shift);
    }
    for (gsize i = 0; i < 4; i++)
        g_free(parts[i]);
    return good;
}

static gboolean
bind(UmkClap *self, const Config *c, UmkTensors *tensors, GError **error)
{
    gsize d = c->swin.n_dims, n_hidden;

    tensors->prefix = "audio_model.audio_encoder.";
    if (!bind_batch_norm(self, tensors, error) ||
        !_umk_conv_bind(&self->patch, tensors, "patch_embed.proj", d, 1,
                        UMK_BIAS_REQUIRED, error) ||
        (c->patch_norm && !_umk_norm_bind(&self->patch_norm, tensors, "patch_embed.norm",
                                          d, (float) EPS, error)))
        return FALSE;
    self->swin = _umk_swin_new(&c->swin, tensors, error);
    if (self->swin == NULL)
        return FALSE;
    n_hidden = _umk_swin_n_dims(self->swin);
    tensors->prefix = "audio_projection.";
    return _umk_linear_bind(&self->projection[0], tensors, "linear1", self->base.n_full,
                            n_hidden, UMK_BIAS_REQUIRED, error) &&
           _umk_linear_bind(&self->projection[1], tensors, "linear2", self->base.n_full,
                            self->base.n_full, UMK_BIAS_REQUIRED, error);
}

/* ---- forward ---------------------------------------------------------------------- */

/* samples hold n of the clip and have room for the window. */
static void
fill_window(const UmkClap *self, float *samples, gsize n)
{
    gsize whole = self->n_samples / n * n;
    gsize end = self->padding == UMK_CLAP_ZEROS          ? n
                : self->padding == UMK_CLAP_REPEAT_WHOLE ? whole
                                                         : self->n_samples;

    for (gsize i = n; i < end; i++)
        samples[i] = samples[i - n];
    memset(samples + end, 0, (self->n_samples - end) * sizeof *samples);
}

float *
_umk_clap_features(const UmkClap *self, UmkItem *item, UmkRun *run, GError **error)
{
    int rate = _umk_frontend_get_rate(self->frontend);
    g_autoptr(UmkFrontendStream) stream = _umk_frontend_stream_new(self->frontend);
    g_autofree float *window = NULL;
    g_autofree float *samples = NULL;
    gsize n, n_frames;

    samples = _umk_audio_decode(item, rate, (double) (self->n_samples + 1) / rate, run,
                                &n, &rate, error);
    if (samples == NULL)
        return NULL;
    window = g_new(float, self->n_samples);
    n = MIN(n, self->n_samples);
    memcpy(window, samples, n * sizeof *window);
    fill_window(self, window, n);
    if (!_umk_frontend_stream_push(stream, window, self->n_samples, error))
        return NULL;
    return _umk_frontend_stream_finish(stream, &n_frames, error);
}

/* The convolution kernel of Keys (1981) with a = -0.75. */
static double
cubic(double x)
{
    const double a = -0.75;

    x = fabs(x);
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/* features to the picture: bands normed, frames stretched so that the first and the last
 * stay in their places, parts put above one another. */
static void
make_picture(const UmkClap *self, const float *features, float *normed, float *picture)
{
    gsize n = self->n_mels, n_in = self->n_frames, n_out = self->across;
    double step = n_out > 1 ? (double) (n_in - 1) / (double) (n_out - 1) : 0;

    memcpy(normed, features, n_in * n * sizeof *normed);
    _umk_channel_norm_apply(normed, n_in, n, self->scale, self->shift);
    for (gsize t = 0; t < n_out; t++) {
        double at = (double) t * step, first = floor(at);
        float *to = picture + t / self->side * n * self->side + t % self->side;
        const float *rows[4];
        double weights[4];

        for (int k = 0; k < 4; k++) {
            double place = CLAMP(first + k - 1, 0, (double) (n_in - 1));

            rows[k] = normed + (gsize) place * n;
            weights[k] = cubic(at - (first + k - 1));
        }
        for (gsize m = 0; m < n; m++)
            to[m * self->side] = (float) (weights[0] * (double) rows[0][m] +
                                          weights[1] * (double) rows[1][m] +
                                          weights[2] * (double) rows[2][m] +
                                          weights[3] * (double) rows[3][m]);
    }
}

float *
_umk_clap_forward(const UmkClap *self,
                  const float *features,
                  UmkArena *arena,
                  GError **error)
{
    gsize side = self->side, rows = _umk_conv_out_size(&self->patch, 0, side);
    gsize n_tokens = _umk_arena_round(rows * rows * self->patch.out_channels);
    gsize n_picture = _umk_arena_round(side * side);
    gsize n_normed = _umk_arena_round(self->n_frames * self->n_mels);
    gsize conv = _umk_conv_scratch_size(&self->patch, side, side);
    gsize work = MAX(n_picture + MAX(n_normed, conv), _umk_swin_scratch_size(self->swin));
    float *tokens = _umk_arena_reserve(arena, n_tokens + work, error);
    float *picture;

    if (tokens == NULL)
        return NULL;
    picture = tokens + n_tokens;
    make_picture(self, features, picture + n_picture, picture);
    _umk_conv_forward(&self->patch, picture, side, side, UMK_ACTIVATION_NONE,
                      picture + n_picture, tokens);
    if (self->has_patch_norm)
        _umk_norm_forward(&self->patch_norm, tokens, rows * rows, tokens);
    _umk_swin_forward(self->swin, tokens, tokens + n_tokens);
    return tokens;
}

void
_umk_clap_project(const UmkClap *self, const float *mean, float *hidden, float *out)
{
    _umk_linear_forward(&self->projection[0], mean, 1, self->activation, hidden);
    _umk_linear_forward(&self->projection[1], hidden, 1, UMK_ACTIVATION_NONE, out);
}

static gboolean
encode(const UmkAudioModel *model,
       UmkItem *item,
       UmkArena *arena,
       float *out,
       UmkRun *run,
       GError **error)
{
    const UmkClap *self = (const UmkClap *) model;
    g_autofree float *features = _umk_clap_features(self, item, run, error);
    g_autofree float *mean = NULL;
    g_autofree float *hidden = NULL;
    const float *tokens;
    gsize d = _umk_swin_n_dims(self->swin);

    if (features == NULL)
        return FALSE;
    tokens = _umk_clap_forward(self, features, arena, error);
    if (tokens == NULL)
        return FALSE;
    mean = g_new(float, d);
    hidden = g_new(float, model->n_full);
    _umk_audio_mean(tokens, _umk_swin_n_tokens(self->swin), d, mean);
    _umk_clap_project(self, mean, hidden, out);
    return TRUE;
}

static gboolean
load(gpointer model, UmkAudioFolder *folder, UmkParams *params, GError **error)
{
    UmkClap *self = model;
    JsonObject *audio;
    Config config = {0};

    self->base.encode = encode;
    if (!_umk_json_get_object(folder->config, "audio_config", &audio, error))
        return FALSE;
    if (audio == NULL)
        audio = folder->config;
    return refuse_fusion(audio, &folder->extractor, error) &&
           make_frontend(self, &folder->extractor, error) &&
           read_config(&config, folder->config, audio, &self->base.n_full, error) &&
           measure(self, &config, error) &&
           bind(self, &config, &folder->tensors, error) &&
           _umk_audio_model_init(&self->base, folder->config, params, error);
}

static gpointer
model_load(const char *path, UmkParams *params, UmkRun *run, GError **error)
{
    return _umk_audio_load(path, params, &extractor, g_new0(UmkClap, 1), load, model_free,
                           error);
}

const UmkEmbedderOps _umk_clap_embedder = {
    .struct_size = sizeof(UmkEmbedderOps),
    .id = "clap-audio",
    .title = N_("CLAP, audio tower"),
    .modality = UMK_MODALITY_AUDIO,
    .probe = probe,
    .model_load = model_load,
    .model_free = model_free,
    .model_n_dims = _umk_audio_model_n_dims,
    .session_new = _umk_audio_session_new,
    .session_free = _umk_audio_session_free,
    .session_embed = _umk_audio_session_embed,
    .batch_hint = 1,
};
