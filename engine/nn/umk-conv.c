/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolution as a product of matrices. The windows of some output positions are laid
 * out as rows; where the kernel is one row high they overlap in place, so nothing is laid
 * out at all. With one channel a group there is no matrix: the taps are summed. */
#include "nn/umk-conv-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "nn/umk-conv-taps-private.h"

#define MAX_ROWS     192    /* output positions at a time */
#define MIN_ROWS     16     /* even where a window is large */
#define CHUNK_FLOATS 262144 /* of windows laid out at a time: 1 MiB */
#define MAX_KERNEL   65536

static gsize
n_groups(const UmkConv *self)
{
    return MAX(self->groups, 1);
}

static gsize
step(const UmkConv *self, guint axis)
{
    return MAX(self->dilation[axis], 1);
}

/* What the kernel covers from its first to its last tap. */
static gsize
reach(const UmkConv *self, guint axis)
{
    return (self->kernel[axis] - 1) * step(self, axis) + 1;
}

/* ---- binding ---------------------------------------------------------------------- */

static gboolean
check_sizes(UmkConv *self, gsize out_channels, gsize in_channels, GError **error)
{
    gsize groups = n_groups(self);
    gboolean good = in_channels > 0 && out_channels > 0 && in_channels % groups == 0 &&
                    out_channels % groups == 0;

    for (guint axis = 0; axis < 2; axis++)
        good = good && self->kernel[axis] >= 1 && self->kernel[axis] <= MAX_KERNEL &&
               self->stride[axis] >= 1 && self->stride[axis] <= MAX_KERNEL &&
               self->padding[axis] <= MAX_KERNEL && self->extra[axis] <= MAX_KERNEL &&
               self->dilation[axis] <= MAX_KERNEL;
    if (!good || (self->is_1d && self->kernel[0] != 1)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("There is no convolution from %zu to %zu channels in %zu groups, "
                      "with a kernel of %zu × %zu and a stride of %zu × %zu"),
                    in_channels, out_channels, groups, self->kernel[0], self->kernel[1],
                    self->stride[0], self->stride[1]);
        return FALSE;
    }
    self->in_channels = in_channels;
    self->out_channels = out_channels;
    self->n_window = in_channels / groups * self->kernel[0] * self->kernel[1];
    return TRUE;
}

static gboolean
no_memory(UmkConv *self, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("A layer of %zu × %zu weights needs more memory than there is"),
                self->out_channels, self->n_window);
    _umk_conv_clear(self);
    return FALSE;
}

/* (channels, 1, kh, kw) to (kh, kw, channels) */
static gboolean
set_taps(UmkConv *self, const float *weight, GError **error)
{
    gsize n;

    if (!_umk_size_mul(self->out_channels, self->n_window, &n) ||
        (self->taps = g_try_new(float, n)) == NULL)
        return no_memory(self, error);
    _umk_channels_last(weight, self->out_channels, self->n_window, self->taps);
    return TRUE;
}

/* (in, kh, kw) to (kh, kw, in), each output of each group */
static gboolean
set_matrices(UmkConv *self, const float *weight, GError **error)
{
    gsize groups = n_groups(self), n_in = self->in_channels / groups,
          n_out = self->out_channels / groups;
    g_autofree float *row = g_try_new(float, self->n_window);

    self->weights = g_new0(UmkPacked *, groups);
    for (gsize g = 0; g < groups; g++) {
        self->weights[g] = _umk_packed_new_empty(n_out, self->n_window);
        if (self->weights[g] == NULL || row == NULL)
            return no_memory(self, error);
        for (gsize o = 0; o < n_out; o++, weight += self->n_window) {
            _umk_channels_last(weight, n_in, self->kernel[0] * self->kernel[1], row);
            _umk_packed_fill(self->weights[g], o, row, 1);
        }
    }
    return TRUE;
}

gboolean
_umk_conv_set(UmkConv *self,
              const float *weight,
              const float *bias,
              gsize out_channels,
              gsize in_channels,
              GError **error)
{
    gsize groups = n_groups(self);

    if (!check_sizes(self, out_channels, in_channels, error))
        return FALSE;
    if (groups > 1 && groups == in_channels && groups == out_channels &&
        self->n_window <= UMK_CONV_MAX_TAPS) {
        if (!set_taps(self, weight, error))
            return FALSE;
    } else if (!set_matrices(self, weight, error)) {
        return FALSE;
    }
    if (bias != NULL)
        self->bias = g_memdup2(bias, out_channels * sizeof(float));
    return TRUE;
}

static const float *
get_weight(UmkConv *self,
           const UmkTensors *tensors,
           const char *name,
           gsize out_channels,
           gsize in_channels,
           GError **error)
{
    g_autofree char *full = g_strconcat(name, ".weight", NULL);
    const gsize shape[4] = {out_channels, in_channels / n_groups(self), self->kernel[0],
                            self->kernel[1]};
    const gsize flat[3] = {shape[0], shape[1], shape[3]};

    if (!check_sizes(self, out_channels, in_channels, error))
        return NULL;
    return self->is_1d ? _umk_tensors_get(tensors, full, flat, 3, error)
                       : _umk_tensors_get(tensors, full, shape, 4, error);
}

/* *bias stays NULL where there is none and none is asked for. */
static gboolean
get_bias(const UmkTensors *tensors,
         const char *name,
         gsize n,
         UmkBias kind,
         float **bias,
         GError **error)
{
    g_autofree char *full = g_strconcat(name, ".bias", NULL);

    if (kind == UMK_BIAS_NONE ||
        (kind == UMK_BIAS_OPTIONAL && !_umk_tensors_has(tensors, full)))
        return TRUE;
    *bias = _umk_tensors_dup_vector(tensors, full, n, error);
    return *bias != NULL;
}

gboolean
_umk_conv_bind(UmkConv *self,
               const UmkTensors *tensors,
               const char *name,
               gsize out_channels,
               gsize in_channels,
               UmkBias bias,
               GError **error)
{
    g_autofree float *values = NULL;
    const float *weight =
        get_weight(self, tensors, name, out_channels, in_channels, error);
    gboolean good;

    if (weight == NULL)
        return FALSE;
    good = get_bias(tensors, name, out_channels, bias, &values, error) &&
           _umk_conv_set(self, weight, values, out_channels, in_channels, error);
    _umk_tensors_release(tensors, weight);
    return good;
}

/* Scales the rows of weight and makes the bias of a batch norm; bias holds that of the
 * convolution, or zeros. */
static gboolean
fold_norm(const UmkTensors *tensors,
          const char *norm,
          double eps,
          gsize n_rows,
          gsize n_row,
          float *weight,
          float *bias,
          GError **error)
{
    static const char *const parts[] = {".weight", ".bias", ".running_mean",
                                        ".running_var"};
    float *values[G_N_ELEMENTS(parts)] = {NULL};
    gboolean good = TRUE;

    for (gsize i = 0; good && i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *name = g_strconcat(norm, parts[i], NULL);

        values[i] = _umk_tensors_dup_vector(tensors, name, n_rows, error);
        good = values[i] != NULL;
    }
    for (gsize o = 0; good && o < n_rows; o++) {
        double factor = (double) values[0][o] / sqrt((double) values[3][o] + eps);

        for (gsize i = 0; i < n_row; i++)
            weight[o * n_row + i] = (float) ((double) weight[o * n_row + i] * factor);
        bias[o] = (float) (((double) bias[o] - (double) values[2][o]) * factor +
                           (double) values[1][o]);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        g_free(values[i]);
    return good;
}

gboolean
_umk_conv_bind_normed(UmkConv *self,
                      const UmkTensors *tensors,
                      const char *name,
                      const char *norm,
                      gsize out_channels,
                      gsize in_channels,
                      double eps,
                      GError **error)
{
    g_autofree float *scaled = NULL, *bias = NULL;
    const float *weight =
        get_weight(self, tensors, name, out_channels, in_channels, error);
    gsize n;

    if (weight == NULL)
        return FALSE;
    if (_umk_size_mul(out_channels, self->n_window, &n))
        scaled = _umk_alloc(n, sizeof(float), name, error);
    if (scaled != NULL)
        memcpy(scaled, weight, n * sizeof(float));
    _umk_tensors_release(tensors, weight);
    if (scaled == NULL ||
        !get_bias(tensors, name, out_channels, UMK_BIAS_OPTIONAL, &bias, error))
        return FALSE;
    if (bias == NULL)
        bias = g_new0(float, out_channels);
    return fold_norm(tensors, norm, eps, out_channels, self->n_window, scaled, bias,
                     error) &&
           _umk_conv_set(self, scaled, bias, out_channels, in_channels, error);
}

void
_umk_conv_clear(UmkConv *self)
{
    for (gsize g = 0; self->weights != NULL && g < n_groups(self); g++)
        _umk_packed_free(self->weights[g]);
    g_clear_pointer(&self->weights, g_free);
    g_clear_pointer(&self->taps, g_free);
    g_clear_pointer(&self->bias, g_free);
}

/* ---- geometry --------------------------------------------------------------------- */

/* Zeros before the map and in all. */
static void
zeros(const UmkConv *self, guint axis, gsize in_size, gsize *before, gsize *all)
{
    gsize span, last;

    if (!self->same) {
        *before = self->padding[axis];
        *all = 2 * self->padding[axis] + self->extra[axis];
        return;
    }
    span = reach(self, axis);
    last = in_size > 0 ? (in_size - 1) / self->stride[axis] * self->stride[axis] : 0;
    *all = last + span > in_size ? last + span - in_size : 0;
    *before = *all / 2;
}

gsize
_umk_conv_out_size(const UmkConv *self, guint axis, gsize in_size)
{
    gsize before, all;

    if (self->kernel[axis] == 0 || self->stride[axis] == 0)
        return 0;
    zeros(self, axis, in_size, &before, &all);
    if (in_size + all < reach(self, axis))
        return 0;
    return (in_size + all - reach(self, axis)) / self->stride[axis] + 1;
}

static gboolean
is_line(const UmkConv *self)
{
    return self->kernel[0] == 1 && step(self, 1) == 1;
}

/* Every pixel for itself: the map may be read as one line. */
static gboolean
is_pointwise(const UmkConv *self)
{
    return is_line(self) && self->kernel[1] == 1 && self->stride[0] == 1 &&
           self->stride[1] == 1 && self->padding[0] == 0 && self->padding[1] == 0 &&
           self->extra[0] == 0 && self->extra[1] == 0;
}

static gsize
chunk_rows(const UmkConv *self)
{
    return CLAMP(CHUNK_FLOATS / self->n_window, MIN_ROWS, MAX_ROWS);
}

gsize
_umk_conv_scratch_size(const UmkConv *self, gsize height, gsize width)
{
    gsize out_height = _umk_conv_out_size(self, 0, height);
    gsize out_width = _umk_conv_out_size(self, 1, width);

    if (self->taps != NULL || out_height == 0 || out_width == 0)
        return 0;
    if (is_line(self))
        return _umk_arena_round(
            ((MIN(out_width, MAX_ROWS) - 1) * self->stride[1] + self->kernel[1]) *
            (self->in_channels / n_groups(self)));
    return _umk_arena_round(MIN(out_height * out_width, chunk_rows(self)) *
                            self->n_window);
}

/* ---- forward ---------------------------------------------------------------------- */

/* A map and where its zeros begin. */
typedef struct {
    const float *x;
    gsize height, width, channels;
    gsize top, left;
} Map;

/* Pixel of the map with its border of zeros; NULL in the border. */
static const float *
pixel_at(const Map *map, gsize y, gsize x)
{
    if (y < map->top || y - map->top >= map->height || x < map->left ||
        x - map->left >= map->width)
        return NULL;
    return map->x + ((y - map->top) * map->width + x - map->left) * map->channels;
}

/* Numbers first … first + n - 1 of the pixels x … x + n_pixels - 1 of a row. */
static void
copy_row(
    const Map *map, gsize y, gsize x, gsize n_pixels, gsize first, gsize n, float *to)
{
    for (gsize i = 0; i < n_pixels; i++, to += n) {
        const float *pixel = pixel_at(map, y, x + i);

        if (pixel != NULL && n == map->channels) {
            gsize run = MIN(n_pixels - i, map->left + map->width - x - i);

            memcpy(to, pixel, run * n * sizeof(float));
            i += run - 1;
            to += (run - 1) * n;
        } else if (pixel != NULL) {
            memcpy(to, pixel + first, n * sizeof(float));
        } else {
            memset(to, 0, n * sizeof(float));
        }
    }
}

static void
multiply(const UmkConv *self,
         const float *rows,
         gsize stride,
         gsize n_rows,
         gsize group,
         float *out)
{
    gsize n_out = self->out_channels / n_groups(self);

    _umk_gemm_packed_strided(rows, stride, n_rows, self->weights[group],
                             self->bias ? self->bias + group * n_out : NULL,
                             out + group * n_out, self->out_channels);
}

static void
forward_line(const UmkConv *self,
             const Map *map,
             gsize out_height,
             gsize out_width,
             UmkActivation activation,
             float *scratch,
             float *out)
{
    gsize groups = n_groups(self), n_in = self->in_channels / groups;
    gsize stride = self->stride[1];

    for (gsize i = 0; i < out_height * out_width;) {
        gsize y = i / out_width * self->stride[0], first = i % out_width;
        gsize n = MIN(MAX_ROWS, out_width - first);
        gsize span = (n - 1) * stride + self->kernel[1];
        const float *begin = pixel_at(map, y, first * stride);
        gboolean inside = groups == 1 && begin != NULL &&
                          pixel_at(map, y, first * stride + span - 1) != NULL;

        for (gsize g = 0; g < groups; g++) {
            if (!inside)
                copy_row(map, y, first * stride, span, g * n_in, n_in, scratch);
            multiply(self, inside ? begin : scratch, stride * n_in, n, g, out);
        }
        _umk_kernel_activate(activation, out, n * self->out_channels);
        out += n * self->out_channels;
        i += n;
    }
}

/* The windows of one group as rows. */
static void
lay_out(const UmkConv *self,
        const Map *map,
        gsize out_width,
        gsize first,
        gsize n,
        gsize group,
        float *to)
{
    gsize n_in = self->in_channels / n_groups(self);

    for (gsize i = first; i < first + n; i++) {
        gsize y = i / out_width * self->stride[0], x = i % out_width * self->stride[1];

        for (gsize ky = 0; ky < self->kernel[0]; ky++) {
            gsize row = y + ky * step(self, 0);

            if (step(self, 1) == 1) {
                copy_row(map, row, x, self->kernel[1], group * n_in, n_in, to);
                to += self->kernel[1] * n_in;
                continue;
            }
            for (gsize kx = 0; kx < self->kernel[1]; kx++, to += n_in)
                copy_row(map, row, x + kx * step(self, 1), 1, group * n_in, n_in, to);
        }
    }
}

static void
forward_windows(const UmkConv *self,
                const Map *map,
                gsize out_height,
                gsize out_width,
                UmkActivation activation,
                float *scratch,
                float *out)
{
    gsize n = out_height * out_width, rows = chunk_rows(self);

    for (gsize first = 0; first < n; first += rows) {
        gsize here = MIN(rows, n - first);

        for (gsize g = 0; g < n_groups(self); g++) {
            lay_out(self, map, out_width, first, here, g, scratch);
            multiply(self, scratch, self->n_window, here, g, out);
        }
        _umk_kernel_activate(activation, out, here * self->out_channels);
        out += here * self->out_channels;
    }
}

static void
forward_taps(const UmkConv *self,
             const Map *map,
             gsize out_height,
             gsize out_width,
             UmkActivation activation,
             float *out)
{
    for (gsize oy = 0; oy < out_height; oy++) {
        float *row = out;

        for (gsize ox = 0; ox < out_width; ox++, out += self->out_channels) {
            const float *pixels[UMK_CONV_MAX_TAPS];
            gsize n = 0;

            for (gsize ky = 0; ky < self->kernel[0]; ky++)
                for (gsize kx = 0; kx < self->kernel[1]; kx++)
                    pixels[n++] = pixel_at(map, oy * self->stride[0] + ky * step(self, 0),
                                           ox * self->stride[1] + kx * step(self, 1));
            _umk_conv_taps_sum(pixels, n, self->taps, self->bias, self->out_channels,
                               out);
        }
        _umk_kernel_activate(activation, row, out_width * self->out_channels);
    }
}

void
_umk_conv_forward(const UmkConv *self,
                  const float *x,
                  gsize height,
                  gsize width,
                  UmkActivation activation,
                  float *scratch,
                  float *out)
{
    Map map = {.x = x, .height = height, .width = width, .channels = self->in_channels};
    gsize out_height, out_width, all;

    if (is_pointwise(self) && self->taps == NULL) {
        map.width = height * width;
        map.height = 1;
    }
    zeros(self, 0, map.height, &map.top, &all);
    zeros(self, 1, map.width, &map.left, &all);
    out_height = _umk_conv_out_size(self, 0, map.height);
    out_width = _umk_conv_out_size(self, 1, map.width);
    if (self->taps != NULL)
        forward_taps(self, &map, out_height, out_width, activation, out);
    else if (is_line(self))
        forward_line(self, &map, out_height, out_width, activation, scratch, out);
    else
        forward_windows(self, &map, out_height, out_width, activation, scratch, out);
}

void
_umk_channels_last(const float *x, gsize channels, gsize n, float *out)
{
    for (gsize c = 0; c < channels; c++)
        for (gsize i = 0; i < n; i++)
            out[i * channels + c] = x[c * n + i];
}
