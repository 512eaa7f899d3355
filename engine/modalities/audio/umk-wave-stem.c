/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutions over the samples of a clip (Baevski et al. 2020, section 2). The group
 * norm of the first step has a group for each channel and needs that step's output over
 * the whole clip: it is computed twice, once for its moments. It is the cheapest step by
 * far.
 */
#include "umk-wave-stem-private.h"

#include "nn/umk-channel-norm-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <umekomi/umk-error.h>

#define MAX_CHANNELS 8192
#define MAX_KERNEL   1024
#define BLOCK_FRAMES 64   /* of the last step */
#define FIRST_FRAMES 4096 /* of the first step, while its moments are gathered */
#define MAX_MAP      ((gsize) 1 << 26)
#define EPS          1e-5f

/* First and past-the-last frame of a step's input that frames begin … end of its output
 * are made of. */
static void
widen(const UmkWaveStem *self, gsize step, gsize *begin, gsize *end)
{
    *begin *= self->config.stride[step];
    *end = (*end - 1) * self->config.stride[step] + self->config.kernel[step];
}

static gboolean
check_config(const UmkWaveStemConfig *c, GError **error)
{
    gboolean good = c->n_steps >= 1 && c->n_steps <= UMK_WAVE_MAX_STEPS;

    for (gsize i = 0; good && i < c->n_steps; i++)
        good = c->channels[i] >= 1 && c->channels[i] <= MAX_CHANNELS &&
               c->kernel[i] >= 1 && c->kernel[i] <= MAX_KERNEL && c->stride[i] >= 1 &&
               c->stride[i] <= MAX_KERNEL;
    if (!good)
        g_set_error_literal(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("“conv_dim”, “conv_kernel” or “conv_stride” holds an impossible size"));
    return good;
}

/* Sizes of a block at every step, before anything is allocated. */
static gboolean
measure(UmkWaveStem *self, GError **error)
{
    gsize begin = 0, end = BLOCK_FRAMES;

    for (gsize i = self->config.n_steps; i-- > 0;) {
        self->map_size = MAX(self->map_size, (end - begin) * self->config.channels[i]);
        widen(self, i, &begin, &end);
        if (self->map_size > MAX_MAP || end - begin > MAX_MAP) {
            g_set_error_literal(
                error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("“conv_dim”, “conv_kernel” or “conv_stride” holds an impossible size"));
            return FALSE;
        }
    }
    self->map_size = MAX(self->map_size, FIRST_FRAMES * self->config.channels[0]);
    return TRUE;
}

static gboolean
bind_step(UmkWaveStem *self, gsize step, const UmkTensors *tensors, GError **error)
{
    const UmkWaveStemConfig *c = &self->config;
    UmkConv *conv = &self->conv[step];
    g_autofree char *name =
        g_strdup_printf("feature_extractor.conv_layers.%zu.conv", step);
    g_autofree char *norm =
        g_strdup_printf("feature_extractor.conv_layers.%zu.layer_norm", step);
    gsize n_in = step == 0 ? 1 : c->channels[step - 1];

    *conv = (UmkConv){
        .kernel = {1, c->kernel[step]}, .stride = {1, c->stride[step]}, .is_1d = TRUE};
    return _umk_conv_bind(conv, tensors, name, c->channels[step], n_in,
                          c->bias ? UMK_BIAS_REQUIRED : UMK_BIAS_NONE, error) &&
           ((step > 0 && !c->layer_norm) ||
            _umk_norm_bind(&self->norm[step], tensors, norm, c->channels[step], EPS,
                           error));
}

gboolean
_umk_wave_stem_bind(UmkWaveStem *self,
                    const UmkWaveStemConfig *config,
                    const UmkTensors *tensors,
                    GError **error)
{
    gsize begin = 0, end = BLOCK_FRAMES;

    if (!check_config(config, error))
        return FALSE;
    self->config = *config;
    if (!measure(self, error))
        return FALSE;
    for (gsize i = 0; i < config->n_steps; i++)
        if (!bind_step(self, i, tensors, error))
            return FALSE;
    for (gsize i = config->n_steps; i-- > 0;) {
        widen(self, i, &begin, &end);
        self->work_size =
            MAX(self->work_size, _umk_conv_scratch_size(&self->conv[i], 1, end - begin));
    }
    end = FIRST_FRAMES;
    widen(self, 0, &begin, &end);
    self->work_size =
        MAX(self->work_size, _umk_conv_scratch_size(&self->conv[0], 1, end));
    return TRUE;
}

void
_umk_wave_stem_clear(UmkWaveStem *self)
{
    for (gsize i = 0; i < UMK_WAVE_MAX_STEPS; i++) {
        _umk_conv_clear(&self->conv[i]);
        _umk_norm_clear(&self->norm[i]);
    }
}

gsize
_umk_wave_stem_n_frames(const UmkWaveStem *self, gsize n_samples)
{
    gsize n = n_samples;

    for (gsize i = 0; i < self->config.n_steps && n > 0; i++)
        n = _umk_conv_out_size(&self->conv[i], 1, n);
    return n;
}

gsize
_umk_wave_stem_n_needed(const UmkWaveStem *self)
{
    gsize begin = 0, end = 1;

    for (gsize i = self->config.n_steps; i-- > 0;)
        widen(self, i, &begin, &end);
    return end;
}

gsize
_umk_wave_stem_n_channels(const UmkWaveStem *self)
{
    return self->config.channels[self->config.n_steps - 1];
}

/* The parts of the scratch memory. */
typedef struct {
    float *maps[2];
    float *work;
    double *sum; /* of the first step's channels, like the three that follow */
    double *squares;
    float *scale;
    float *shift;
} Scratch;

static gsize
scratch_layout(const UmkWaveStem *self, float *base, Scratch *s)
{
    gsize map = _umk_arena_round(self->map_size);
    gsize work = _umk_arena_round(self->work_size);
    gsize channels = _umk_arena_round(self->config.channels[0]);

    if (base != NULL) {
        s->maps[0] = base;
        s->maps[1] = base + map;
        s->work = base + 2 * map;
        s->sum = (double *) (gpointer) (s->work + work);
        s->squares = s->sum + channels;
        s->scale = s->work + work + 4 * channels;
        s->shift = s->scale + channels;
    }
    return 2 * map + work + 6 * channels;
}

gsize
_umk_wave_stem_scratch_size(const UmkWaveStem *self)
{
    Scratch unused;

    return scratch_layout(self, NULL, &unused);
}

/* Mean and deviation of every channel of the first step over the clip. */
static void
measure_first(const UmkWaveStem *self, const float *samples, gsize n_samples, Scratch *s)
{
    gsize channels = self->config.channels[0];
    gsize n = _umk_conv_out_size(&self->conv[0], 1, n_samples);

    memset(s->sum, 0, channels * sizeof *s->sum);
    memset(s->squares, 0, channels * sizeof *s->squares);
    for (gsize at = 0; at < n; at += FIRST_FRAMES) {
        gsize begin = at, end = MIN(at + FIRST_FRAMES, n), n_here = end - begin;

        widen(self, 0, &begin, &end);
        _umk_conv_forward(&self->conv[0], samples + begin, 1, end - begin,
                          UMK_ACTIVATION_NONE, s->work, s->maps[0]);
        _umk_channel_moments_add(s->maps[0], n_here, channels, s->sum, s->squares);
    }
    _umk_channel_moments_finish(s->sum, s->squares, n, channels, n);
    _umk_channel_norm_make(s->sum, s->squares, self->norm[0].weight, self->norm[0].bias,
                           (double) EPS, channels, s->scale, s->shift);
}

/* x (1, width) through a step to out, which has n frames. */
static void
run_step(const UmkWaveStem *self,
         gsize step,
         const float *x,
         gsize width,
         gsize n,
         const Scratch *s,
         float *out)
{
    const UmkWaveStemConfig *c = &self->config;
    gsize channels = c->channels[step];
    gboolean normed = c->layer_norm || step == 0;

    _umk_conv_forward(&self->conv[step], x, 1, width,
                      normed ? UMK_ACTIVATION_NONE : c->activation, s->work, out);
    if (!normed)
        return;
    if (c->layer_norm)
        _umk_norm_forward(&self->norm[step], out, n, out);
    else
        _umk_channel_norm_apply(out, n, channels, s->scale, s->shift);
    _umk_kernel_activate(c->activation, out, n * channels);
}

static void
run_block(const UmkWaveStem *self,
          const float *samples,
          gsize first,
          gsize n,
          const Scratch *s,
          float *out)
{
    gsize n_steps = self->config.n_steps;
    gsize begins[UMK_WAVE_MAX_STEPS + 1], ends[UMK_WAVE_MAX_STEPS + 1];
    const float *x;

    begins[n_steps] = first;
    ends[n_steps] = first + n;
    for (gsize i = n_steps; i-- > 0;) {
        begins[i] = begins[i + 1];
        ends[i] = ends[i + 1];
        widen(self, i, &begins[i], &ends[i]);
    }
    x = samples + begins[0];
    for (gsize i = 0; i < n_steps; i++) {
        float *to = i + 1 == n_steps ? out : s->maps[i % 2];

        run_step(self, i, x, ends[i] - begins[i], ends[i + 1] - begins[i + 1], s, to);
        x = to;
    }
}

void
_umk_wave_stem_forward(const UmkWaveStem *self,
                       const float *samples,
                       gsize n_samples,
                       float *scratch,
                       float *out)
{
    gsize n = _umk_wave_stem_n_frames(self, n_samples);
    gsize channels = _umk_wave_stem_n_channels(self);
    Scratch s = {0};

    scratch_layout(self, scratch, &s);
    if (!self->config.layer_norm)
        measure_first(self, samples, n_samples, &s);
    for (gsize at = 0; at < n; at += BLOCK_FRAMES)
        run_block(self, samples, at, MIN(BLOCK_FRAMES, n - at), &s, out + at * channels);
}
