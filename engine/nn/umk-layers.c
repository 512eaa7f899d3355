/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding by name, scratch memory, linear maps and layer norms. */
#include "nn/umk-layers-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

gboolean
_umk_tensors_has(const UmkTensors *self, const char *name)
{
    g_autofree char *full = g_strconcat(self->prefix, name, NULL);

    return self->has(self->source, full);
}

const float *
_umk_tensors_get(const UmkTensors *self,
                 const char *name,
                 const gsize *shape,
                 guint n_axes,
                 GError **error)
{
    g_autofree char *full = g_strconcat(self->prefix, name, NULL);

    return self->get(self->source, full, shape, n_axes, error);
}

void
_umk_tensors_release(const UmkTensors *self, const float *data)
{
    if (self->release != NULL && data != NULL)
        self->release(self->source, data);
}

float *
_umk_tensors_dup_vector(const UmkTensors *self, const char *name, gsize n, GError **error)
{
    const float *data = _umk_tensors_get(self, name, &n, 1, error);
    float *copy;

    if (data == NULL)
        return NULL;
    copy = _umk_alloc(n, sizeof(float), name, error);
    if (copy != NULL)
        memcpy(copy, data, n * sizeof(float));
    _umk_tensors_release(self, data);
    return copy;
}

float *
_umk_arena_reserve(UmkArena *self, gsize n_floats, GError **error)
{
    float *data;

    if (n_floats <= self->n_floats)
        return self->data;
    data = _umk_alloc_aligned(n_floats, sizeof(float), _("The working memory"), error);
    if (data == NULL)
        return NULL;
    _umk_free_aligned(self->data);
    self->data = data;
    self->n_floats = n_floats;
    self->n_grown++;
    return data;
}

void
_umk_arena_clear(UmkArena *self)
{
    _umk_free_aligned(self->data);
    memset(self, 0, sizeof *self);
}

gsize
_umk_arena_round(gsize n_floats)
{
    const gsize unit = UMK_ALIGN / sizeof(float);

    return (n_floats + unit - 1) / unit * unit;
}

gboolean
_umk_activation_parse(const char *name, UmkActivation *activation, GError **error)
{
    static const struct {
        const char *name;
        UmkActivation activation;
    } table[] = {
        {"gelu", UMK_ACTIVATION_GELU},
        {"gelu_python", UMK_ACTIVATION_GELU},
        {"gelu_new", UMK_ACTIVATION_GELU_TANH},
        {"gelu_fast", UMK_ACTIVATION_GELU_TANH},
        {"gelu_pytorch_tanh", UMK_ACTIVATION_GELU_TANH},
        {"gelu_tanh", UMK_ACTIVATION_GELU_TANH},
        {"quick_gelu", UMK_ACTIVATION_QUICK_GELU},
        {"relu", UMK_ACTIVATION_RELU},
        {"silu", UMK_ACTIVATION_SILU},
        {"swish", UMK_ACTIVATION_SILU},
        {"tanh", UMK_ACTIVATION_TANH},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        if (g_strcmp0(name, table[i].name) == 0) {
            *activation = table[i].activation;
            return TRUE;
        }
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("The activation function “%s” is not supported"), name ? name : "");
    return FALSE;
}

/* TRUE with *bias NULL when an optional bias is absent. */
static gboolean
bind_bias(const UmkTensors *tensors,
          const char *name,
          gsize n,
          UmkBias kind,
          float *into,
          gboolean *found,
          GError **error)
{
    g_autofree char *full = g_strconcat(name, ".bias", NULL);
    const float *data;

    *found = FALSE;
    if (kind == UMK_BIAS_NONE ||
        (kind == UMK_BIAS_OPTIONAL && !_umk_tensors_has(tensors, full)))
        return TRUE;
    data = _umk_tensors_get(tensors, full, &n, 1, error);
    if (data == NULL)
        return FALSE;
    memcpy(into, data, n * sizeof(float));
    _umk_tensors_release(tensors, data);
    *found = TRUE;
    return TRUE;
}

static gboolean
linear_allocate(UmkLinear *self, gsize n_out, gsize n_in, GError **error)
{
    memset(self, 0, sizeof *self);
    self->n_in = n_in;
    self->n_out = n_out;
    self->weight = _umk_packed_new_empty(n_out, n_in);
    self->bias = g_try_new0(float, MAX(n_out, 1));
    if (self->weight != NULL && self->bias != NULL)
        return TRUE;
    _umk_linear_clear(self);
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("A layer of %zu × %zu weights needs more memory than there is"), n_out,
                n_in);
    return FALSE;
}

/* Rows first … first + n_out - 1 of the packed weight from name.weight. */
static gboolean
fill_weight(UmkLinear *self,
            const UmkTensors *tensors,
            const char *name,
            gsize first,
            gsize n_out,
            gsize n_total,
            gsize n_in,
            GError **error)
{
    g_autofree char *full = g_strconcat(name, ".weight", NULL);
    const gsize shape[2] = {tensors->transposed ? n_in : n_out,
                            tensors->transposed ? n_out : n_in};
    const float *weight = _umk_tensors_get(tensors, full, shape, 2, error);
    g_autofree float *row = NULL;

    /* Only now that a tensor of this size is there: a config may claim any size. */
    if (weight == NULL ||
        (self->weight == NULL && !linear_allocate(self, n_total, n_in, error)))
        return FALSE;
    if (!tensors->transposed) {
        _umk_packed_fill(self->weight, first, weight, n_out);
    } else {
        row = g_new(float, n_in);
        for (gsize o = 0; o < n_out; o++) {
            for (gsize i = 0; i < n_in; i++)
                row[i] = weight[i * n_out + o];
            _umk_packed_fill(self->weight, first + o, row, 1);
        }
    }
    _umk_tensors_release(tensors, weight);
    return TRUE;
}

gboolean
_umk_linear_bind_joined(UmkLinear *self,
                        const UmkTensors *tensors,
                        const char *const *names,
                        const gsize *n_outs,
                        gsize n_in,
                        UmkBias bias,
                        GError **error)
{
    gsize n_total = 0, first = 0;
    gboolean any = FALSE;

    memset(self, 0, sizeof *self);
    for (gsize i = 0; names[i] != NULL; i++)
        n_total += n_outs[i];
    for (gsize i = 0; names[i] != NULL; first += n_outs[i++]) {
        gboolean found;

        if (!fill_weight(self, tensors, names[i], first, n_outs[i], n_total, n_in,
                         error) ||
            !bind_bias(tensors, names[i], n_outs[i], bias, self->bias + first, &found,
                       error)) {
            _umk_linear_clear(self);
            return FALSE;
        }
        any = any || found;
    }
    if (!any)
        g_clear_pointer(&self->bias, g_free);
    return TRUE;
}

gboolean
_umk_linear_bind(UmkLinear *self,
                 const UmkTensors *tensors,
                 const char *name,
                 gsize n_out,
                 gsize n_in,
                 UmkBias bias,
                 GError **error)
{
    const char *const names[] = {name, NULL};

    return _umk_linear_bind_joined(self, tensors, names, &n_out, n_in, bias, error);
}

gboolean
_umk_linear_set(UmkLinear *self,
                const float *weight,
                const float *bias,
                gsize n_out,
                gsize n_in,
                GError **error)
{
    if (!linear_allocate(self, n_out, n_in, error))
        return FALSE;
    _umk_packed_fill(self->weight, 0, weight, n_out);
    if (bias != NULL)
        memcpy(self->bias, bias, n_out * sizeof(float));
    else
        g_clear_pointer(&self->bias, g_free);
    return TRUE;
}

void
_umk_linear_clear(UmkLinear *self)
{
    g_clear_pointer(&self->weight, _umk_packed_free);
    g_clear_pointer(&self->bias, g_free);
}

void
_umk_linear_forward(
    const UmkLinear *self, const float *x, gsize m, UmkActivation activation, float *out)
{
    const gsize rows = 96; /* so the activation finds its rows in the cache */

    for (gsize row = 0; row < m; row += rows) {
        gsize here = MIN(rows, m - row);

        _umk_gemm_packed(x + row * self->n_in, here, self->weight, self->bias,
                         out + row * self->n_out, self->n_out);
        _umk_kernel_activate(activation, out + row * self->n_out, here * self->n_out);
    }
}

gboolean
_umk_norm_bind_kind(UmkNorm *self,
                    UmkNormKind kind,
                    const UmkTensors *tensors,
                    const char *name,
                    gsize n,
                    float eps,
                    GError **error)
{
    g_autofree char *weight = g_strconcat(name, ".weight", NULL);
    g_autofree char *bias = g_strconcat(name, ".bias", NULL);
    g_autofree char *gamma = g_strconcat(name, ".gamma", NULL);
    g_autofree char *beta = g_strconcat(name, ".beta", NULL);
    gboolean old = !_umk_tensors_has(tensors, weight) && _umk_tensors_has(tensors, gamma);

    memset(self, 0, sizeof *self);
    self->kind = kind;
    self->n = n;
    self->eps = eps;
    self->weight = _umk_tensors_dup_vector(tensors, old ? gamma : weight, n, error);
    if (self->weight == NULL)
        return FALSE;
    if (kind != UMK_NORM_LAYER)
        return TRUE;
    self->bias = _umk_tensors_dup_vector(tensors, old ? beta : bias, n, error);
    if (self->bias == NULL) {
        _umk_norm_clear(self);
        return FALSE;
    }
    return TRUE;
}

gboolean
_umk_norm_bind(UmkNorm *self,
               const UmkTensors *tensors,
               const char *name,
               gsize n,
               float eps,
               GError **error)
{
    return _umk_norm_bind_kind(self, UMK_NORM_LAYER, tensors, name, n, eps, error);
}

void
_umk_norm_clear(UmkNorm *self)
{
    g_clear_pointer(&self->weight, g_free);
    g_clear_pointer(&self->bias, g_free);
}

void
_umk_norm_forward(const UmkNorm *self, const float *x, gsize m, float *out)
{
    if (self->kind == UMK_NORM_RMS)
        _umk_kernel_rms_norm(x, m, self->n, self->weight, self->eps, out);
    else
        _umk_kernel_layer_norm(x, m, self->n, self->weight, self->bias, self->eps, out);
}
