/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Binding of linear maps by name, in the precision asked for, and their products. */
#include "nn/umk-linear-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "core/umk-pool-private.h"

#define WORTH_SHARING 1000000 /* multiplications: below it the waking costs more */

gboolean
_umk_linear_allocate(
    UmkLinear *self, gsize n_out, gsize n_in, UmkPrecision precision, GError **error)
{
    memset(self, 0, sizeof *self);
    self->n_in = n_in;
    self->n_out = n_out;
    /* Sums over more inputs than this would not fit into 32 bits. */
    if (precision == UMK_PRECISION_INT8 && n_in <= UMK_GEMM_INT8_MAX_K)
        self->int8 = _umk_packed_int8_new_empty(n_out, n_in);
    else if (precision == UMK_PRECISION_BF16)
        self->bf16 = _umk_packed_bf16_new_empty(n_out, n_in);
    else
        self->weight = _umk_packed_new_empty(n_out, n_in);
    self->bias = g_try_new0(float, MAX(n_out, 1));
    if ((self->weight != NULL || self->bf16 != NULL || self->int8 != NULL) &&
        self->bias != NULL)
        return TRUE;
    _umk_linear_clear(self);
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("A layer of %zu × %zu weights needs more memory than there is"), n_out,
                n_in);
    return FALSE;
}

void
_umk_linear_fill(UmkLinear *self, gsize first, const float *w, gsize n_rows)
{
    if (self->int8 != NULL)
        _umk_packed_int8_fill(self->int8, first, w, n_rows);
    else if (self->bf16 != NULL)
        _umk_packed_bf16_fill(self->bf16, first, w, n_rows);
    else
        _umk_packed_fill(self->weight, first, w, n_rows);
}

/* TRUE with *found FALSE when an optional bias is absent. */
gboolean
_umk_linear_bind_bias(UmkLinear *self,
                      const UmkTensors *tensors,
                      const char *name,
                      gsize first,
                      gsize n,
                      UmkBias kind,
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
    memcpy(self->bias + first, data, n * sizeof(float));
    _umk_tensors_release(tensors, data);
    *found = TRUE;
    return TRUE;
}

static UmkPrecision
joined_precision(const UmkTensors *tensors, const char *const *names)
{
    for (; *names != NULL; names++)
        if (_umk_tensors_get_precision(tensors, *names) == UMK_PRECISION_F32)
            return UMK_PRECISION_F32;
    return tensors->precision;
}

/* Rows first … first + n_out - 1 from a weight stored either way. */
static void
fill_rows(
    UmkLinear *self, const float *weight, gboolean transposed, gsize first, gsize n_out)
{
    g_autofree float *row = NULL;

    if (!transposed) {
        _umk_linear_fill(self, first, weight, n_out);
        return;
    }
    row = g_new(float, self->n_in);
    for (gsize o = 0; o < n_out; o++) {
        for (gsize i = 0; i < self->n_in; i++)
            row[i] = weight[i * n_out + o];
        _umk_linear_fill(self, first + o, row, 1);
    }
}

/* The weight of names[at]; the first one found brings the memory for all n_total. */
static gboolean
bind_weight(UmkLinear *self,
            const UmkTensors *tensors,
            const char *const *names,
            gsize at,
            gsize first,
            gsize n_out,
            gsize n_total,
            gsize n_in,
            GError **error)
{
    g_autofree char *full = g_strconcat(names[at], ".weight", NULL);
    const gsize shape[2] = {tensors->transposed ? n_in : n_out,
                            tensors->transposed ? n_out : n_in};
    const float *weight = _umk_tensors_get(tensors, full, shape, 2, error);

    /* Only now that a tensor of this size is there: a config may claim any size. */
    if (weight == NULL ||
        (at == 0 && !_umk_linear_allocate(self, n_total, n_in,
                                          joined_precision(tensors, names), error)))
        return FALSE;
    fill_rows(self, weight, tensors->transposed, first, n_out);
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

        if (!bind_weight(self, tensors, names, i, first, n_outs[i], n_total, n_in,
                         error) ||
            !_umk_linear_bind_bias(self, tensors, names[i], first, n_outs[i], bias,
                                   &found, error)) {
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
    if (!_umk_linear_allocate(self, n_out, n_in, UMK_PRECISION_F32, error))
        return FALSE;
    _umk_linear_fill(self, 0, weight, n_out);
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
    g_clear_pointer(&self->bf16, _umk_packed_bf16_free);
    g_clear_pointer(&self->int8, _umk_packed_int8_free);
    g_clear_pointer(&self->bias, g_free);
}

UmkPrecision
_umk_linear_get_precision(const UmkLinear *self)
{
    return self->int8 != NULL   ? UMK_PRECISION_INT8
           : self->bf16 != NULL ? UMK_PRECISION_BF16
                                : UMK_PRECISION_F32;
}

typedef struct {
    const UmkLinear *linear;
    const float *x;
    gsize x_stride;
    gsize m;
    const UmkGemmEnd *end;
    float *out;
    gsize out_stride;
} Product;

/* The outputs first … end - 1. */
static void
multiply_part(gsize first, gsize end, guint worker G_GNUC_UNUSED, gpointer data)
{
    const Product *p = data;
    const UmkLinear *self = p->linear;

    if (self->int8 != NULL)
        _umk_gemm_int8_part(p->x, p->x_stride, p->m, self->int8, first, end - first,
                            p->end, p->out, p->out_stride);
    else
        _umk_gemm_packed_part(p->x, p->x_stride, p->m, self->weight, first, end - first,
                              p->end, p->out, p->out_stride);
}

/* Where no other text or picture keeps the threads busy, they share the outputs: each has
 * its own chain of additions, so how they are cut changes no bit. */
static void
forward(const UmkLinear *self,
        const float *x,
        gsize x_stride,
        gsize m,
        const UmkGemmEnd *end,
        float *out,
        gsize out_stride)
{
    Product product = {self, x, x_stride, m, end, out, out_stride};
    gsize n_parts =
        m * self->n_in * self->n_out >= WORTH_SHARING ? _umk_pool_n_idle() : 1;
    gsize part = (self->n_out + n_parts - 1) / n_parts;

    if (self->bf16 != NULL)
        _umk_gemm_bf16(x, x_stride, m, self->bf16, end, out, out_stride);
    else
        _umk_parallel_for(self->n_out,
                          (part + UMK_GEMM_SPLIT - 1) / UMK_GEMM_SPLIT * UMK_GEMM_SPLIT,
                          multiply_part, &product);
}

void
_umk_linear_forward_rows(const UmkLinear *self,
                         const float *x,
                         gsize x_stride,
                         gsize m,
                         UmkActivation activation,
                         float *out,
                         gsize out_stride)
{
    const UmkGemmEnd end = {.bias = self->bias, .activation = activation};

    forward(self, x, x_stride, m, &end, out, out_stride);
}

void
_umk_linear_forward(
    const UmkLinear *self, const float *x, gsize m, UmkActivation activation, float *out)
{
    _umk_linear_forward_rows(self, x, self->n_in, m, activation, out, self->n_out);
}

void
_umk_linear_forward_add(
    const UmkLinear *self, const float *x, gsize x_stride, gsize m, float *inout)
{
    const UmkGemmEnd end = {.bias = self->bias, .add = TRUE};

    forward(self, x, x_stride, m, &end, inout, self->n_out);
}
