/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of wav2vec 2.0, HuBERT and WavLM. A clip is heard whole and is never
 * padded: the base models were trained without a mask, and zeros after the clip would
 * change every frame of it. Attention grows with the square of the length, so clips are
 * limited. */
#include "umk-speech-encoder-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define MAX_MINUTES 10
#define MAX_GROUPS  4096

const UmkEncoderNames _umk_speech_encoder_names = {UMK_SPEECH_ENCODER_NAMES};

const UmkExtractorConfig _umk_speech_extractor = {
    .rate = 16000,
    .feature_size = 1,
    .normalize = TRUE,
};

typedef struct {
    UmkEncoderConfig encoder;
    UmkWaveStemConfig stem;
    gsize position_kernel;
    gsize position_groups;
    gboolean norm_features;
} Config;

/* ---- config.json ------------------------------------------------------------------ */

/* A list of whole numbers; where it is absent, that of the base models. */
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
    *n = array != NULL ? json_array_get_length(array) : 7;
    for (gsize i = 0; i < *n && i < UMK_WAVE_MAX_STEPS; i++) {
        JsonNode *node = array != NULL ? json_array_get_element(array, (guint) i) : NULL;
        gint64 value = array == NULL                 ? (gint64) fallback[i]
                       : JSON_NODE_HOLDS_VALUE(node) ? json_node_get_int(node)
                                                     : 0;

        values[i] = value > 0 && value <= G_MAXUINT16 ? (gsize) value : 0;
    }
    return TRUE;
}

static gboolean
read_stem(JsonObject *o, Config *c, GError **error)
{
    static const gsize channels[] = {512, 512, 512, 512, 512, 512, 512};
    static const gsize strides[] = {5, 2, 2, 2, 2, 2, 2};
    static const gsize kernels[] = {10, 3, 3, 3, 3, 2, 2};
    UmkWaveStemConfig *stem = &c->stem;
    gsize n_strides, n_kernels;
    const char *norm, *activation;

    if (!read_list(o, "conv_dim", channels, stem->channels, &stem->n_steps, error) ||
        !read_list(o, "conv_stride", strides, stem->stride, &n_strides, error) ||
        !read_list(o, "conv_kernel", kernels, stem->kernel, &n_kernels, error) ||
        !_umk_json_get_boolean(o, "conv_bias", FALSE, &stem->bias, error) ||
        !_umk_json_get_string(o, "feat_extract_norm", "group", &norm, error) ||
        !_umk_json_get_string(o, "feat_extract_activation", "gelu", &activation, error) ||
        !_umk_activation_parse(activation, &stem->activation, error))
        return FALSE;
    if (n_strides != stem->n_steps || n_kernels != stem->n_steps) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“conv_dim”, “conv_stride” and “conv_kernel” have %zu, %zu and %zu "
                      "values, expected as many in each"),
                    stem->n_steps, n_strides, n_kernels);
        return FALSE;
    }
    stem->layer_norm = g_strcmp0(norm, "layer") == 0;
    if (!stem->layer_norm && g_strcmp0(norm, "group") != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("“%s” is “%s”, which this version does not know"),
                    "feat_extract_norm", norm);
        return FALSE;
    }
    return TRUE;
}

/* Parts that some folders have and this network has not. */
static gboolean
refuse_unknown(JsonObject *o, GError **error)
{
    static const char *const parts[] = {"add_adapter", "conv_pos_batch_norm"};
    JsonNode *node = json_object_get_member(o, "adapter_attn_dim");

    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        gboolean has;

        if (!_umk_json_get_boolean(o, parts[i], FALSE, &has, error))
            return FALSE;
        if (has) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                        _("The model has a part that this version cannot run: “%s”"),
                        parts[i]);
            return FALSE;
        }
    }
    if (node == NULL || json_node_is_null(node))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("The model has a part that this version cannot run: “%s”"),
                "adapter_attn_dim");
    return FALSE;
}

static gboolean
read_config(JsonObject *o, Config *c, GError **error)
{
    c->encoder = (UmkEncoderConfig){
        .n_dims = 768,
        .n_layers = 12,
        .n_heads = 12,
        .n_ffn = 3072,
        .eps = 1e-5f,
        .bias = UMK_BIAS_REQUIRED,
    };
    return refuse_unknown(o, error) && read_stem(o, c, error) &&
           _umk_audio_read_encoder(&c->encoder, o, &_umk_audio_keys_bert, error) &&
           _umk_json_get_boolean(o, "do_stable_layer_norm", FALSE, &c->encoder.pre_norm,
                                 error) &&
           _umk_json_get_boolean(o, "feat_proj_layer_norm", TRUE, &c->norm_features,
                                 error) &&
           _umk_json_get_size(o, "num_conv_pos_embeddings", 128, G_MAXUINT16,
                              &c->position_kernel, error) &&
           _umk_json_get_size(o, "num_conv_pos_embedding_groups", 16, MAX_GROUPS,
                              &c->position_groups, error);
}

/* ---- weights ---------------------------------------------------------------------- */

#define POSITIONS "encoder.pos_conv_embed.conv"

/* A weight kept as length and direction (Salimans and Kingma 2016), one length for each
 * place in the kernel: weight = direction * length / |direction|. */
static void
apply_weight_norm(
    const float *length, const float *direction, gsize n_rows, gsize n, float *weight)
{
    for (gsize k = 0; k < n; k++) {
        double squares = 0, factor;

        for (gsize i = 0; i < n_rows; i++)
            squares += (double) direction[i * n + k] * (double) direction[i * n + k];
        factor = squares > 0 ? (double) length[k] / sqrt(squares) : 0;
        for (gsize i = 0; i < n_rows; i++)
            weight[i * n + k] = (float) ((double) direction[i * n + k] * factor);
    }
}

static gboolean
bind_normed_weight(UmkSpeechEncoder *self,
                   const UmkTensors *tensors,
                   const char *length_name,
                   const char *direction_name,
                   gsize d,
                   GError **error)
{
    gsize kernel = self->positions.kernel[1], n_in = d / self->positions.groups;
    const gsize lengths[3] = {1, 1, kernel}, directions[3] = {d, n_in, kernel};
    const float *length, *direction = NULL;
    g_autofree float *weight = NULL;
    g_autofree float *bias = NULL;
    gboolean good = FALSE;

    length = _umk_tensors_get(tensors, length_name, lengths, 3, error);
    if (length != NULL)
        direction = _umk_tensors_get(tensors, direction_name, directions, 3, error);
    if (direction != NULL)
        bias = _umk_tensors_dup_vector(tensors, POSITIONS ".bias", d, error);
    if (bias != NULL) {
        weight = g_new(float, d *n_in *kernel);
        apply_weight_norm(length, direction, d * n_in, kernel, weight);
        good = _umk_conv_set(&self->positions, weight, bias, d, d, error);
    }
    _umk_tensors_release(tensors, length);
    _umk_tensors_release(tensors, direction);
    return good;
}

/* Old and new PyTorch write the two parts under different names; a folder that was
 * folded has the plain weight. */
static gboolean
bind_positions(UmkSpeechEncoder *self,
               const Config *c,
               const UmkTensors *tensors,
               GError **error)
{
    static const char *const names[][2] = {
        {POSITIONS ".weight_g", POSITIONS ".weight_v"},
        {POSITIONS ".parametrizations.weight.original0",
         POSITIONS ".parametrizations.weight.original1"},
    };
    gsize d = c->encoder.n_dims;

    self->positions = (UmkConv){
        .kernel = {1, c->position_kernel},
        .stride = {1, 1},
        .padding = {0, c->position_kernel / 2},
        .groups = c->position_groups,
        .is_1d = TRUE,
    };
    if (c->position_kernel == 0 || c->position_groups == 0 ||
        d % c->position_groups != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model’s positions have a kernel of %zu and %zu groups for %zu "
                      "dimensions, which is not possible"),
                    c->position_kernel, c->position_groups, d);
        return FALSE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        if (_umk_tensors_has(tensors, names[i][0]))
            return bind_normed_weight(self, tensors, names[i][0], names[i][1], d, error);
    return _umk_conv_bind(&self->positions, tensors, POSITIONS, d, d, UMK_BIAS_REQUIRED,
                          error);
}

/* Heads that listen to all blocks weigh them by a softmax; the weights stand beside the
 * network, not in it. */
static gboolean
bind_shares(UmkSpeechEncoder *self, UmkAudioFolder *folder, GError **error)
{
    gsize n = _umk_encoder_get_config(self->encoder)->n_layers + 1;
    gboolean weighted;

    if (!_umk_json_get_boolean(folder->config, "use_weighted_layer_sum", FALSE, &weighted,
                               error))
        return FALSE;
    if (!weighted || !_umk_tensors_has(&folder->tensors, "layer_weights"))
        return TRUE;
    self->shares = _umk_tensors_dup_vector(&folder->tensors, "layer_weights", n, error);
    if (self->shares == NULL)
        return FALSE;
    _umk_kernel_softmax(self->shares, n, 1.0f);
    return TRUE;
}

gboolean
_umk_speech_encoder_load(UmkSpeechEncoder *self,
                         const UmkSpeechFamily *family,
                         UmkAudioFolder *folder,
                         GError **error)
{
    g_autofree char *prefix = g_strconcat(family->model_type, ".", NULL);
    const char *const prefixes[] = {prefix, "", NULL};
    UmkTensors own;
    const UmkTensors *tensors = &own;
    gsize n_channels, d;
    Config c;

    _umk_audio_folder_find_prefix(folder, "encoder.layer_norm.weight", prefixes);
    own = folder->tensors;
    folder->tensors.prefix = "";
    if (!read_config(folder->config, &c, error) ||
        !_umk_wave_stem_bind(&self->stem, &c.stem, tensors, error))
        return FALSE;
    self->base.encode = _umk_speech_encoder_encode;
    self->base.n_full = d = c.encoder.n_dims;
    self->rate = folder->extractor.rate;
    self->normalize = folder->extractor.normalize;
    self->has_norm_features = c.norm_features;
    n_channels = _umk_wave_stem_n_channels(&self->stem);
    if ((c.norm_features &&
         !_umk_norm_bind(&self->norm_features, tensors, "feature_projection.layer_norm",
                         n_channels, c.encoder.eps, error)) ||
        !_umk_linear_bind(&self->projection, tensors, "feature_projection.projection", d,
                          n_channels, UMK_BIAS_REQUIRED, error) ||
        !bind_positions(self, &c, tensors, error) ||
        !_umk_norm_bind(&self->norm, tensors, "encoder.layer_norm", d, c.encoder.eps,
                        error))
        return FALSE;
    self->encoder = _umk_encoder_new(&c.encoder, family->names, tensors, error);
    return self->encoder != NULL &&
           (family->bind == NULL || family->bind(self, folder->config, tensors, error)) &&
           bind_shares(self, folder, error);
}

gsize
_umk_speech_encoder_n_dims(const UmkSpeechEncoder *self)
{
    return _umk_encoder_get_config(self->encoder)->n_dims;
}

void
_umk_speech_encoder_clear(UmkSpeechEncoder *self)
{
    _umk_wave_stem_clear(&self->stem);
    _umk_norm_clear(&self->norm_features);
    _umk_linear_clear(&self->projection);
    _umk_conv_clear(&self->positions);
    _umk_norm_clear(&self->norm);
    g_clear_pointer(&self->encoder, _umk_encoder_free);
    g_clear_pointer(&self->shares, g_free);
}

void
_umk_speech_encoder_free(gpointer self)
{
    _umk_speech_encoder_clear(self);
    g_free(self);
}

/* ---- embedding -------------------------------------------------------------------- */

static void
normalize_samples(float *x, gsize n)
{
    double sum = 0, squares = 0, mean, factor;

    for (gsize i = 0; i < n; i++)
        sum += (double) x[i];
    mean = sum / (double) n;
    for (gsize i = 0; i < n; i++)
        squares += ((double) x[i] - mean) * ((double) x[i] - mean);
    factor = 1.0 / sqrt(squares / (double) n + 1e-7);
    for (gsize i = 0; i < n; i++)
        x[i] = (float) (((double) x[i] - mean) * factor);
}

float *
_umk_speech_encoder_samples(const UmkSpeechEncoder *self,
                            UmkItem *item,
                            UmkRun *run,
                            gsize *n_samples,
                            GError **error)
{
    g_autofree float *samples =
        _umk_audio_decode_within(item, self->rate, MAX_MINUTES, run, n_samples, error);

    if (samples == NULL)
        return NULL;
    if (_umk_wave_stem_n_frames(&self->stem, *n_samples) == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The sound is too short: it has %zu samples at %d a second and the "
                      "model needs %zu"),
                    *n_samples, self->rate, _umk_wave_stem_n_needed(&self->stem));
        return NULL;
    }
    if (self->normalize)
        normalize_samples(samples, *n_samples);
    return g_steal_pointer(&samples);
}

/* hidden (n, d) plus what the convolution over its neighbours makes of it. With an even
 * kernel there is one frame too many, which is left out. */
static void
add_positions(const UmkSpeechEncoder *self, float *hidden, gsize n, float *scratch)
{
    gsize d = _umk_speech_encoder_n_dims(self);
    gsize n_out = _umk_conv_out_size(&self->positions, 1, n);
    float *positions = scratch;

    _umk_conv_forward(&self->positions, hidden, 1, n, self->stem.config.activation,
                      scratch + _umk_arena_round(n_out * d), positions);
    _umk_kernel_add(hidden, positions, n * d);
}

/* sum += share * x */
static void
add_share(float *sum, const float *x, float share, gsize n)
{
    for (gsize i = 0; i < n; i++)
        sum[i] += share * x[i];
}

/* hidden becomes the states behind the last block, or the weighted sum of all. A pre-LN
 * network's last states are normed, those between its blocks are not. */
static void
run_blocks(const UmkSpeechEncoder *self, float *hidden, gsize n, float *scratch)
{
    const UmkEncoderConfig *c = _umk_encoder_get_config(self->encoder);
    const guint32 offsets[2] = {0, (guint32) n};
    gsize size = n * c->n_dims;
    float *sum = scratch;

    if (!c->pre_norm)
        _umk_norm_forward(&self->norm, hidden, n, hidden);
    if (self->shares == NULL) {
        _umk_encoder_forward(self->encoder, hidden, offsets, 1, scratch);
        if (c->pre_norm)
            _umk_norm_forward(&self->norm, hidden, n, hidden);
        return;
    }
    memset(sum, 0, size * sizeof *sum);
    add_share(sum, hidden, self->shares[0], size);
    for (gsize i = 0; i < c->n_layers; i++) {
        _umk_encoder_forward_layers(self->encoder, i, 1, hidden, offsets, 1,
                                    sum + _umk_arena_round(size));
        if (c->pre_norm && i + 1 == c->n_layers)
            _umk_norm_forward(&self->norm, hidden, n, hidden);
        add_share(sum, hidden, self->shares[i + 1], size);
    }
    memcpy(hidden, sum, size * sizeof *sum);
}

float *
_umk_speech_encoder_forward(const UmkSpeechEncoder *self,
                            const float *samples,
                            gsize n_samples,
                            UmkArena *arena,
                            gsize *n_frames,
                            GError **error)
{
    gsize n = _umk_wave_stem_n_frames(&self->stem, n_samples);
    gsize d = _umk_speech_encoder_n_dims(self);
    gsize channels = _umk_wave_stem_n_channels(&self->stem);
    gsize n_hidden = _umk_arena_round(n * d), n_features = _umk_arena_round(n * channels);
    gsize stem = n_features + _umk_wave_stem_scratch_size(&self->stem);
    gsize positions = _umk_arena_round(_umk_conv_out_size(&self->positions, 1, n) * d) +
                      _umk_conv_scratch_size(&self->positions, 1, n);
    gsize work = MAX(stem, positions);
    float *hidden, *features;

    work = MAX(work, _umk_encoder_scratch_size(self->encoder, n, n) +
                         (self->shares != NULL ? n_hidden : 0));
    hidden = _umk_arena_reserve(arena, n_hidden + work, error);
    if (hidden == NULL)
        return NULL;
    features = hidden + n_hidden;
    _umk_wave_stem_forward(&self->stem, samples, n_samples, features + n_features,
                           features);
    if (self->has_norm_features)
        _umk_norm_forward(&self->norm_features, features, n, features);
    _umk_linear_forward(&self->projection, features, n, UMK_ACTIVATION_NONE, hidden);
    add_positions(self, hidden, n, features);
    run_blocks(self, hidden, n, features);
    *n_frames = n;
    return hidden;
}

gboolean
_umk_speech_encoder_encode(const UmkAudioModel *model,
                           UmkItem *item,
                           UmkArena *arena,
                           float *out,
                           UmkRun *run,
                           GError **error)
{
    const UmkSpeechEncoder *self = (const UmkSpeechEncoder *) model;
    gsize n_samples, n_frames;
    g_autofree float *samples =
        _umk_speech_encoder_samples(self, item, run, &n_samples, error);
    const float *hidden;

    if (samples == NULL)
        return FALSE;
    hidden =
        _umk_speech_encoder_forward(self, samples, n_samples, arena, &n_frames, error);
    if (hidden == NULL)
        return FALSE;
    _umk_audio_mean(hidden, n_frames, model->n_full, out);
    return TRUE;
}
