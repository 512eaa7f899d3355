/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scratch memory, names of activations and layer norms. */
#include "nn/umk-layers-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

float *
_umk_arena_reserve(UmkArena *self, gsize n_floats, GError **error)
{
    float *data;

    if (n_floats <= self->n_floats)
        return self->data;
    data = _umk_alloc_unset(n_floats, sizeof(float), _("The working memory"), error);
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
