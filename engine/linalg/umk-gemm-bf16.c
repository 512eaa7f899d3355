/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packing of bfloat16 weights, and their product by way of float. Weights lie in panels
 * of 32 outputs, two neighbouring k side by side. */
#include "linalg/umk-gemm-bf16-private.h"

#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-kernels-private.h"

struct _UmkPackedBf16 {
    gsize n;
    gsize k;
    gsize pairs;   /* ceil(k / 2) */
    guint32 *data; /* (panels, pairs, UMK_GEMM_PANEL), the even k in the low half */
};

guint16
_umk_bf16_from_float(float x)
{
    guint32 bits;

    memcpy(&bits, &x, sizeof bits);
    if ((bits & 0x7fffffff) > 0x7f800000)
        return (guint16) (bits >> 16 | 0x40);
    return (guint16) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

UmkPackedBf16 *
_umk_packed_bf16_new_empty(gsize n, gsize k)
{
    gsize padded = (n + UMK_GEMM_PANEL - 1) / UMK_GEMM_PANEL * UMK_GEMM_PANEL, size;
    gsize pairs = (k + 1) / 2;
    UmkPackedBf16 *self;
    guint32 *data;

    if (!_umk_size_mul(padded, MAX(pairs, 1), &size))
        return NULL;
    data = _umk_alloc_aligned(MAX(size, 1), sizeof *data, "packed weights", NULL);
    if (data == NULL)
        return NULL;
    memset(data, 0, MAX(size, 1) * sizeof *data);
    self = g_new0(UmkPackedBf16, 1);
    self->n = n;
    self->k = k;
    self->pairs = pairs;
    self->data = data;
    return self;
}

void
_umk_packed_bf16_free(UmkPackedBf16 *self)
{
    if (self == NULL)
        return;
    _umk_free_aligned(self->data);
    g_free(self);
}

void
_umk_packed_bf16_fill(UmkPackedBf16 *self, gsize first, const float *w, gsize n_rows)
{
    g_assert(first + n_rows <= self->n);
    for (gsize row = 0; row < n_rows; row++, w += self->k) {
        gsize at = first + row, panel = at / UMK_GEMM_PANEL, column = at % UMK_GEMM_PANEL;
        guint32 *to = self->data + panel * self->pairs * UMK_GEMM_PANEL + column;

        for (gsize i = 0; i < self->k; i += 2, to += UMK_GEMM_PANEL) {
            guint32 odd = i + 1 < self->k ? _umk_bf16_from_float(w[i + 1]) : 0;

            *to = _umk_bf16_from_float(w[i]) | odd << 16;
        }
    }
}

/* k_here numbers of a panel, from an even k_from, as floats (k_here, UMK_GEMM_PANEL). */
static void
widen(gconstpointer data, gsize column, gsize k_from, gsize k_here, float *panel)
{
    const UmkPackedBf16 *self = data;
    const guint32 *from = self->data + column * self->pairs + k_from / 2 * UMK_GEMM_PANEL;
    guint32 *to = (guint32 *) (gpointer) panel;

    for (gsize i = 0; i < k_here; i += 2, from += UMK_GEMM_PANEL) {
        for (gsize j = 0; j < UMK_GEMM_PANEL; j++)
            to[i * UMK_GEMM_PANEL + j] = from[j] << 16;
        for (gsize j = 0; i + 1 < k_here && j < UMK_GEMM_PANEL; j++)
            to[(i + 1) * UMK_GEMM_PANEL + j] = from[j] & 0xffff0000;
    }
}

void
_umk_gemm_bf16(const float *a,
               gsize a_stride,
               gsize m,
               const UmkPackedBf16 *w,
               const UmkGemmEnd *end,
               float *out,
               gsize out_stride)
{
    _umk_gemm_widened(a, a_stride, m, widen, w, w->n, w->k, end, out, out_stride);
}

gboolean
_umk_gemm_bf16_is_native(void)
{
    return FALSE;
}
