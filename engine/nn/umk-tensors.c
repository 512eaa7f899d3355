/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tensors looked up by name under a prefix, and the precision asked for. */
#include "nn/umk-tensors-private.h"

#include <string.h>

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

gboolean
_umk_tensors_get_stored(const UmkTensors *self,
                        const char *name,
                        const gsize shape[2],
                        UmkStoredRows *rows)
{
    g_autofree char *full = g_strconcat(self->prefix, name, NULL);

    return self->get_stored != NULL && self->get_stored(self->source, full, shape, rows);
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

void
_umk_tensors_set_params(UmkTensors *self, UmkParams *params)
{
    const char *precision;

    if (params == NULL || !umk_params_has(params, "precision"))
        return;
    precision = umk_params_get_string(params, "precision");
    if (g_strcmp0(precision, "int8") == 0)
        self->precision = UMK_PRECISION_INT8;
    else if (g_strcmp0(precision, "bf16") == 0)
        self->precision = UMK_PRECISION_BF16;
    if (umk_params_has(params, "f32-layers"))
        self->f32_layers = umk_params_get_string(params, "f32-layers");
}

UmkPrecision
_umk_tensors_get_precision(const UmkTensors *self, const char *name)
{
    g_autofree char *full = g_strconcat(self->prefix, name, NULL);
    gsize length = strlen(full);

    for (const char *at = self->f32_layers; at != NULL && *at != '\0';) {
        gsize here = strcspn(at, ",");

        if (here == length && memcmp(at, full, length) == 0)
            return UMK_PRECISION_F32;
        at += here + (at[here] == ',');
    }
    return self->precision;
}
