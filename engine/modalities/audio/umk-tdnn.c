/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames in, statistics out. The deviation is that of a sample (divided by n - 1), as
 * PyTorch computes it; of a single frame it is 0. */
#include "umk-tdnn-private.h"

#include "io/umk-json-private.h"
#include "nn/umk-channel-norm-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <umekomi/umk-error.h>

#define MAX_CHANNELS 16384
#define MAX_REACH    1024
#define EPS          1e-5

/* ---- loading ---------------------------------------------------------------------- */

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
    *n = array != NULL ? json_array_get_length(array) : 5;
    for (gsize i = 0; i < *n && i < UMK_TDNN_MAX_LAYERS; i++) {
        JsonNode *node = array != NULL ? json_array_get_element(array, (guint) i) : NULL;
        gint64 value = array == NULL                 ? (gint64) fallback[i]
                       : JSON_NODE_HOLDS_VALUE(node) ? json_node_get_int(node)
                                                     : 0;

        values[i] = value > 0 && value <= MAX_CHANNELS ? (gsize) value : 0;
    }
    return TRUE;
}

gboolean
_umk_tdnn_read_config(UmkTdnnConfig *self, JsonObject *object, GError **error)
{
    static const gsize channels[] = {512, 512, 512, 512, 1500};
    static const gsize kernels[] = {5, 3, 3, 1, 1};
    static const gsize dilations[] = {1, 2, 3, 1, 1};
    gsize n_kernels, n_dilations;
    gboolean good;

    if (!read_list(object, "tdnn_dim", channels, self->channels, &self->n_layers,
                   error) ||
        !read_list(object, "tdnn_kernel", kernels, self->kernel, &n_kernels, error) ||
        !read_list(object, "tdnn_dilation", dilations, self->dilation, &n_dilations,
                   error))
        return FALSE;
    good = self->n_layers >= 1 && self->n_layers <= UMK_TDNN_MAX_LAYERS &&
           n_kernels == self->n_layers && n_dilations == self->n_layers;
    for (gsize i = 0; good && i < self->n_layers; i++)
        good = self->channels[i] > 0 && self->kernel[i] > 0 && self->dilation[i] > 0 &&
               self->kernel[i] <= MAX_REACH / self->dilation[i];
    if (!good)
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("“tdnn_dim”, “tdnn_kernel” and “tdnn_dilation” are not "
                              "equally long, or hold an impossible size"));
    return good;
}

/* A linear map over the frames under the kernel, one after another, is the convolution
 * with its axes in another order. */
static gboolean
bind_unfolded(UmkTdnn *self,
              gsize layer,
              const char *name,
              gsize n_in,
              const UmkTensors *tensors,
              GError **error)
{
    gsize n_out = self->config.channels[layer], kernel = self->config.kernel[layer];
    g_autofree char *weight_name = g_strconcat(name, ".weight", NULL);
    g_autofree char *bias_name = g_strconcat(name, ".bias", NULL);
    const gsize shape[2] = {n_out, kernel * n_in};
    const float *rows = _umk_tensors_get(tensors, weight_name, shape, 2, error);
    g_autofree float *weight = NULL;
    g_autofree float *bias = NULL;

    if (rows == NULL)
        return FALSE;
    weight = g_new(float, n_out *kernel *n_in);
    for (gsize o = 0; o < n_out; o++)
        _umk_channels_last(rows + o * kernel * n_in, kernel, n_in,
                           weight + o * kernel * n_in);
    _umk_tensors_release(tensors, rows);
    bias = _umk_tensors_dup_vector(tensors, bias_name, n_out, error);
    return bias != NULL &&
           _umk_conv_set(&self->conv[layer], weight, bias, n_out, n_in, error);
}

static gboolean
bind_norm(UmkTdnn *self, gsize layer, const UmkTensors *tensors, GError **error)
{
    static const char *const names[] = {"running_mean", "running_var", "weight", "bias"};
    gsize n = self->config.channels[layer];
    g_autofree char *prefix = g_strdup_printf("%stdnn.%zu.norm.", tensors->prefix, layer);
    g_autofree double *moments = g_new(double, 2 * n);
    float *parts[4] = {NULL};
    UmkTensors own = *tensors;
    gboolean good = TRUE;

    own.prefix = prefix;
    if (!_umk_tensors_has(&own, names[0]))
        return TRUE;
    for (gsize i = 0; good && i < 4; i++) {
        parts[i] = _umk_tensors_dup_vector(&own, names[i], n, error);
        good = parts[i] != NULL;
    }
    if (good) {
        for (gsize c = 0; c < n; c++) {
            moments[c] = (double) parts[0][c];
            moments[n + c] = (double) parts[1][c];
        }
        self->scale[layer] = g_new(float, n);
        self->shift[layer] = g_new(float, n);
        _umk_channel_norm_make(moments, moments + n, parts[2], parts[3], EPS, n,
                               self->scale[layer], self->shift[layer]);
    }
    for (gsize i = 0; i < 4; i++)
        g_free(parts[i]);
    return good;
}

gboolean
_umk_tdnn_bind(UmkTdnn *self,
               const UmkTdnnConfig *config,
               gsize n_in,
               const UmkTensors *tensors,
               GError **error)
{
    self->config = *config;
    self->n_in = n_in;
    for (gsize i = 0; i < config->n_layers; i++) {
        g_autofree char *unfolded = g_strdup_printf("tdnn.%zu.kernel", i);
        g_autofree char *weight = g_strdup_printf("tdnn.%zu.kernel.weight", i);
        g_autofree char *name = g_strdup_printf("tdnn.%zu.conv", i);
        gsize n = i == 0 ? n_in : config->channels[i - 1];
        gboolean good;

        self->conv[i] = (UmkConv){.kernel = {1, config->kernel[i]},
                                  .stride = {1, 1},
                                  .dilation = {1, config->dilation[i]},
                                  .is_1d = TRUE};
        good = _umk_tensors_has(tensors, weight)
                   ? bind_unfolded(self, i, unfolded, n, tensors, error)
                   : _umk_conv_bind(&self->conv[i], tensors, name, config->channels[i], n,
                                    UMK_BIAS_REQUIRED, error);
        if (!good || !bind_norm(self, i, tensors, error))
            return FALSE;
    }
    return TRUE;
}

void
_umk_tdnn_clear(UmkTdnn *self)
{
    for (gsize i = 0; i < UMK_TDNN_MAX_LAYERS; i++) {
        _umk_conv_clear(&self->conv[i]);
        g_clear_pointer(&self->scale[i], g_free);
        g_clear_pointer(&self->shift[i], g_free);
    }
}

/* ---- forward ---------------------------------------------------------------------- */

gsize
_umk_tdnn_n_needed(const UmkTdnn *self)
{
    gsize n = 1;

    for (gsize i = 0; i < self->config.n_layers; i++)
        n += (self->config.kernel[i] - 1) * self->config.dilation[i];
    return n;
}

gsize
_umk_tdnn_n_out(const UmkTdnn *self)
{
    return 2 * self->config.channels[self->config.n_layers - 1];
}

/* The parts of the scratch memory: two maps, work of a convolution, moments. */
static gsize
scratch_layout(const UmkTdnn *self, gsize n_frames, gsize *map, gsize *work)
{
    gsize n = n_frames;

    *map = *work = 0;
    for (gsize i = 0; i < self->config.n_layers; i++) {
        *work = MAX(*work, _umk_conv_scratch_size(&self->conv[i], 1, n));
        n = _umk_conv_out_size(&self->conv[i], 1, n);
        *map = MAX(*map, n * self->config.channels[i]);
    }
    *map = _umk_arena_round(*map);
    *work = _umk_arena_round(*work);
    return 2 * *map + *work + 2 * _umk_arena_round(_umk_tdnn_n_out(self));
}

gsize
_umk_tdnn_scratch_size(const UmkTdnn *self, gsize n_frames)
{
    gsize map, work;

    return scratch_layout(self, n_frames, &map, &work);
}

static void
pool(const float *x, gsize n_frames, gsize n, double *moments, float *out)
{
    double *squares = moments + n;

    memset(moments, 0, 2 * n * sizeof *moments);
    _umk_channel_moments_add(x, n_frames, n, moments, squares);
    _umk_channel_moments_finish(moments, squares, n_frames, n, n_frames - 1);
    for (gsize c = 0; c < n; c++) {
        out[c] = (float) moments[c];
        out[n + c] = n_frames > 1 ? (float) sqrt(squares[c]) : 0.0f;
    }
}

void
_umk_tdnn_forward(
    const UmkTdnn *self, const float *x, gsize n_frames, float *scratch, float *out)
{
    gsize map, work, n = n_frames, channels = 0;
    float *maps[2], *at_work;

    scratch_layout(self, n_frames, &map, &work);
    maps[0] = scratch;
    maps[1] = scratch + map;
    at_work = scratch + 2 * map;
    for (gsize i = 0; i < self->config.n_layers; i++) {
        float *to = maps[i % 2];

        _umk_conv_forward(&self->conv[i], x, 1, n, UMK_ACTIVATION_RELU, at_work, to);
        n = _umk_conv_out_size(&self->conv[i], 1, n);
        channels = self->config.channels[i];
        if (self->scale[i] != NULL)
            _umk_channel_norm_apply(to, n, channels, self->scale[i], self->shift[i]);
        x = to;
    }
    pool(x, n, channels, (double *) (gpointer) (at_work + work), out);
}
