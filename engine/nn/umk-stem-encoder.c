/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutional stem, transformer blocks, mean, residual MLP, projection. Batch norms are
 * folded into the convolutions when the weights are written, so there is none here. */
#include "nn/umk-stem-encoder-private.h"

#include "nn/umk-conv-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#define MAX_SIDE       65536
#define MAX_CHANNELS   8192
#define MAX_KERNEL     64
#define MAX_TOKENS     65536
#define MAX_OUT        65536
#define MAX_HEAD       65536
#define MAX_MAP_FLOATS ((gsize) 1 << 26)

struct _UmkStemEncoder {
    UmkStemEncoderConfig config;
    UmkConv stem[UMK_STEM_MAX_STEPS];
    gsize n_tokens;   /* of one map */
    gsize map_size;   /* floats of the largest map between two steps */
    gsize conv_size;  /* floats of scratch of the neediest step */
    gboolean widened; /* stem_proj is there */
    UmkLinear stem_projection;
    float *positions; /* (n_tokens, d) */
    UmkEncoder *encoder;
    UmkNorm norm_after;
    UmkLinear head[2];
    UmkLinear projection;
};

void
_umk_stem_encoder_free(UmkStemEncoder *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < self->config.n_steps; i++)
        _umk_conv_clear(&self->stem[i]);
    _umk_linear_clear(&self->stem_projection);
    g_free(self->positions);
    g_clear_pointer(&self->encoder, _umk_encoder_free);
    _umk_norm_clear(&self->norm_after);
    _umk_linear_clear(&self->head[0]);
    _umk_linear_clear(&self->head[1]);
    _umk_linear_clear(&self->projection);
    g_free(self);
}

static gboolean
check_step(const UmkStemStep *step, guint number, GError **error)
{
    gboolean good = step->out_channels >= 1 && step->out_channels <= MAX_CHANNELS;

    for (guint axis = 0; axis < 2; axis++)
        good = good && step->kernel[axis] >= 1 && step->kernel[axis] <= MAX_KERNEL &&
               step->stride[axis] >= 1 && step->stride[axis] <= MAX_KERNEL &&
               step->padding[axis] <= MAX_KERNEL;
    if (!good)
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Stem layer %u has an impossible size"), number);
    return good;
}

static gboolean
check_config(const UmkStemEncoderConfig *config, GError **error)
{
    if (config->n_steps < 1 || config->n_steps > UMK_STEM_MAX_STEPS ||
        config->height < 1 || config->height > MAX_SIDE || config->width < 1 ||
        config->width > MAX_SIDE || config->in_channels < 1 ||
        config->in_channels > MAX_CHANNELS || config->n_out < 1 ||
        config->n_out > MAX_OUT || config->n_head > MAX_HEAD ||
        config->height * config->width * config->in_channels > MAX_MAP_FLOATS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model takes maps of %zu by %zu through %u stem layers to %zu "
                      "numbers, which is not possible"),
                    config->height, config->width, config->n_steps, config->n_out);
        return FALSE;
    }
    for (guint i = 0; i < config->n_steps; i++)
        if (!check_step(&config->steps[i], i, error))
            return FALSE;
    return _umk_encoder_config_check(&config->encoder, error);
}

/* Sizes first, for all steps, so that nothing is allocated for an absurd stem. */
static gboolean
measure(UmkStemEncoder *self, GError **error)
{
    gsize size[2] = {self->config.height, self->config.width};

    for (guint i = 0; i < self->config.n_steps; i++) {
        const UmkStemStep *step = &self->config.steps[i];
        UmkConv *conv = &self->stem[i];

        memcpy(conv->kernel, step->kernel, sizeof conv->kernel);
        memcpy(conv->stride, step->stride, sizeof conv->stride);
        memcpy(conv->padding, step->padding, sizeof conv->padding);
        conv->in_channels =
            i == 0 ? self->config.in_channels : self->config.steps[i - 1].out_channels;
        conv->out_channels = step->out_channels;
        size[0] = _umk_conv_out_size(conv, 0, size[0]);
        size[1] = _umk_conv_out_size(conv, 1, size[1]);
        if (size[0] == 0 || size[1] == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Stem layer %u leaves nothing of the map"), i);
            return FALSE;
        }
        self->map_size = MAX(self->map_size, size[0] * size[1] * step->out_channels);
        if (self->map_size > MAX_MAP_FLOATS) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("Stem layer %u makes too large a map"), i);
            return FALSE;
        }
    }
    self->n_tokens = size[0] * size[1];
    if (self->n_tokens > MAX_TOKENS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The stem makes %zu tokens, at most %d can be used"),
                    self->n_tokens, MAX_TOKENS);
        return FALSE;
    }
    return TRUE;
}

static gboolean
bind_head(UmkStemEncoder *self, const UmkTensors *tensors, GError **error)
{
    gsize d = self->config.encoder.n_dims, n = self->config.n_head;

    return n == 0 || (_umk_linear_bind(&self->head[0], tensors, "head.fc1", n, d,
                                       UMK_BIAS_REQUIRED, error) &&
                      _umk_linear_bind(&self->head[1], tensors, "head.fc2", d, n,
                                       UMK_BIAS_REQUIRED, error));
}

static gboolean
bind(UmkStemEncoder *self, const UmkTensors *tensors, GError **error)
{
    const UmkStemEncoderConfig *c = &self->config;
    gsize d = c->encoder.n_dims, channels = c->in_channels;
    gsize size[2] = {c->height, c->width};
    const gsize shape[2] = {self->n_tokens, d};
    const float *positions;

    for (guint i = 0; i < c->n_steps; i++) {
        g_autofree char *name = g_strdup_printf("stem.%u", i);

        if (!_umk_conv_bind(&self->stem[i], tensors, name, c->steps[i].out_channels,
                            channels, UMK_BIAS_REQUIRED, error))
            return FALSE;
        channels = c->steps[i].out_channels;
        self->conv_size = MAX(self->conv_size,
                              _umk_conv_scratch_size(&self->stem[i], size[0], size[1]));
        size[0] = _umk_conv_out_size(&self->stem[i], 0, size[0]);
        size[1] = _umk_conv_out_size(&self->stem[i], 1, size[1]);
    }
    self->widened = channels != d;
    if (self->widened && !_umk_linear_bind(&self->stem_projection, tensors, "stem_proj",
                                           d, channels, UMK_BIAS_REQUIRED, error))
        return FALSE;
    positions = _umk_tensors_get(tensors, "position_embedding.weight", shape, 2, error);
    if (positions == NULL)
        return FALSE;
    self->positions = g_memdup2(positions, self->n_tokens * d * sizeof *positions);
    _umk_tensors_release(tensors, positions);
    self->encoder =
        _umk_encoder_new(&c->encoder, &_umk_encoder_names_clip, tensors, error);
    return self->encoder != NULL &&
           _umk_norm_bind(&self->norm_after, tensors, "post_layernorm", d, c->encoder.eps,
                          error) &&
           bind_head(self, tensors, error) &&
           _umk_linear_bind(&self->projection, tensors, "projection", c->n_out, d,
                            UMK_BIAS_NONE, error);
}

UmkStemEncoder *
_umk_stem_encoder_new(const UmkStemEncoderConfig *config,
                      const UmkTensors *tensors,
                      GError **error)
{
    g_autoptr(UmkStemEncoder) self = NULL;

    if (!check_config(config, error))
        return NULL;
    self = g_new0(UmkStemEncoder, 1);
    self->config = *config;
    if (!measure(self, error) || !bind(self, tensors, error))
        return NULL;
    return g_steal_pointer(&self);
}

/* Scratch: all tokens, the offsets, then what either the stem or the blocks need. */
static gsize
stem_scratch_size(const UmkStemEncoder *self)
{
    return 2 * _umk_arena_round(self->map_size) + _umk_arena_round(self->conv_size);
}

gsize
_umk_stem_encoder_scratch_size(const UmkStemEncoder *self, gsize n_maps)
{
    gsize n = n_maps * self->n_tokens;
    gsize stem = stem_scratch_size(self);
    gsize blocks = _umk_encoder_scratch_size(self->encoder, n, self->n_tokens);

    return _umk_arena_round(n * self->config.encoder.n_dims) +
           _umk_arena_round(n_maps + 1) +
           MAX(MAX(stem, blocks),
               _umk_arena_round(self->config.encoder.n_dims) + self->config.n_head);
}

/* One map to its tokens (n_tokens, d). */
static void
run_stem(const UmkStemEncoder *self, const float *map, float *scratch, float *tokens)
{
    gsize height = self->config.height, width = self->config.width;
    gsize d = self->config.encoder.n_dims;
    float *a = scratch, *b = a + _umk_arena_round(self->map_size);
    float *work = b + _umk_arena_round(self->map_size);

    for (guint i = 0; i < self->config.n_steps; i++) {
        const UmkConv *conv = &self->stem[i];
        float *swap = a;

        _umk_conv_forward(conv, map, height, width, UMK_ACTIVATION_GELU, work, a);
        height = _umk_conv_out_size(conv, 0, height);
        width = _umk_conv_out_size(conv, 1, width);
        map = a;
        a = b;
        b = swap;
    }
    if (self->widened)
        _umk_linear_forward(&self->stem_projection, map, self->n_tokens,
                            UMK_ACTIVATION_NONE, tokens);
    else
        memcpy(tokens, map, self->n_tokens * d * sizeof *tokens);
    _umk_kernel_add(tokens, self->positions, self->n_tokens * d);
}

void
_umk_stem_encoder_forward(const UmkStemEncoder *self,
                          const float *maps,
                          gsize n_maps,
                          float *scratch,
                          float *out)
{
    const UmkStemEncoderConfig *c = &self->config;
    gsize d = c->encoder.n_dims, n = self->n_tokens;
    float *tokens = scratch;
    guint32 *offsets;

    scratch += _umk_arena_round(n_maps * n * d);
    offsets = (guint32 *) (gpointer) scratch;
    scratch += _umk_arena_round(n_maps + 1);
    for (gsize i = 0; i <= n_maps; i++)
        offsets[i] = (guint32) (i * n);
    for (gsize i = 0; i < n_maps; i++)
        run_stem(self, maps + i * c->height * c->width * c->in_channels, scratch,
                 tokens + i * n * d);
    _umk_encoder_forward(self->encoder, tokens, offsets, n_maps, scratch);
    _umk_norm_forward(&self->norm_after, tokens, n_maps * n, tokens);
    for (gsize i = 0; i < n_maps; i++) {
        const float *rows = tokens + i * n * d;

        memcpy(scratch, rows, d * sizeof *scratch);
        for (gsize t = 1; t < n; t++)
            _umk_kernel_add(scratch, rows + t * d, d);
        _umk_kernel_scale(scratch, d, 1.0f / (float) n);
        if (c->n_head > 0) {
            float *hidden = scratch + _umk_arena_round(d);

            _umk_linear_forward(&self->head[0], scratch, 1, UMK_ACTIVATION_GELU, hidden);
            _umk_linear_forward_add(&self->head[1], hidden, self->head[1].n_in, 1,
                                    scratch);
        }
        _umk_linear_forward(&self->projection, scratch, 1, UMK_ACTIVATION_NONE,
                            out + i * c->n_out);
    }
}
