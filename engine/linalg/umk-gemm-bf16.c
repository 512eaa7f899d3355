/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packing of bfloat16 weights, and their product: by the processor's own instructions, or
 * by way of float. Weights lie in panels of 16 outputs, two neighbouring k side by side.
 */
#include "linalg/umk-gemm-bf16-private.h"

#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-bf16-kernels-private.h"

struct _UmkPackedBf16 {
    gsize n;
    gsize k;
    gsize pairs;   /* ceil(k / 2) */
    guint32 *data; /* (panels, pairs, UMK_GEMM_COLUMNS), the even k in the low half */
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
    gsize padded = (n + UMK_GEMM_COLUMNS - 1) / UMK_GEMM_COLUMNS * UMK_GEMM_COLUMNS, size;
    gsize pairs = (k + 1) / 2;
    UmkPackedBf16 *self;
    guint32 *data;

    if (!_umk_size_mul(padded, MAX(pairs, 1), &size))
        return NULL;
    data = _umk_alloc_lasting(MAX(size, 1), sizeof *data, "packed weights", NULL);
    if (data == NULL)
        return NULL;
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
    _umk_free_lasting(self->data);
    g_free(self);
}

void
_umk_packed_bf16_fill(UmkPackedBf16 *self, gsize first, const float *w, gsize n_rows)
{
    g_assert(first + n_rows <= self->n);
    for (gsize row = 0; row < n_rows; row++, w += self->k) {
        gsize at = first + row, panel = at / UMK_GEMM_COLUMNS,
              column = at % UMK_GEMM_COLUMNS;
        guint32 *to = self->data + panel * self->pairs * UMK_GEMM_COLUMNS + column;

        for (gsize i = 0; i < self->k; i += 2, to += UMK_GEMM_COLUMNS) {
            guint32 odd = i + 1 < self->k ? _umk_bf16_from_float(w[i + 1]) : 0;

            *to = _umk_bf16_from_float(w[i]) | odd << 16;
        }
    }
}

/* k_here numbers of a panel, from an even k_from, as floats (k_here, UMK_GEMM_COLUMNS).
 */
static void
widen(gconstpointer data, gsize column, gsize k_from, gsize k_here, float *panel)
{
    const UmkPackedBf16 *self = data;
    const guint32 *from =
        self->data + column * self->pairs + k_from / 2 * UMK_GEMM_COLUMNS;
    guint32 *to = (guint32 *) (gpointer) panel;

    for (gsize i = 0; i < k_here; i += 2, from += UMK_GEMM_COLUMNS) {
        for (gsize j = 0; j < UMK_GEMM_COLUMNS; j++)
            to[i * UMK_GEMM_COLUMNS + j] = from[j] << 16;
        for (gsize j = 0; i + 1 < k_here && j < UMK_GEMM_COLUMNS; j++)
            to[(i + 1) * UMK_GEMM_COLUMNS + j] = from[j] & 0xffff0000;
    }
}

#if UMK_GEMM_X86
#define BLOCK_PAIRS 49152 /* of narrowed rows: 192 KiB of stack */
#define MAX_ROWS    192   /* of a block */
#define WIDTH       (2 * UMK_GEMM_COLUMNS)

/* Sums of a tile to where they belong: bias, activation, residual. */
static void
finish_tile(const float *sums,
            gsize rows,
            gsize column,
            gsize width,
            const UmkGemmEnd *end,
            float *out,
            gsize out_stride)
{
    for (gsize row = 0; row < rows; row++, sums += WIDTH) {
        float *to = out + row * out_stride + column;

        for (gsize j = 0; j < width; j++) {
            float v = end->bias != NULL ? sums[j] + end->bias[column + j] : sums[j];

            to[j] = end->add ? to[j] + v : v;
        }
    }
    _umk_kernel_activate_rows(end->activation, out + column, out_stride, rows, width);
}

/* From row to row of narrowed input: no two of a tile share their cache lines. */
static gsize
pairs_stride(gsize pairs)
{
    return _umk_gemm_row_stride(pairs);
}

/* For rows that fit: longer ones go by way of float. */
static void
multiply_native(const float *a,
                gsize a_stride,
                gsize m,
                const UmkPackedBf16 *w,
                const UmkGemmEnd *end,
                float *out,
                gsize out_stride)
{
    guint32 block[BLOCK_PAIRS] __attribute__((aligned(UMK_ALIGN)));
    float sums[MAX_ROWS * WIDTH] __attribute__((aligned(UMK_ALIGN)));
    gsize stride = pairs_stride(w->pairs), w_stride = w->pairs * UMK_GEMM_COLUMNS;
    gsize block_rows = MIN(BLOCK_PAIRS / stride, MAX_ROWS);

    for (gsize first = 0; first < m; first += block_rows) {
        gsize rows = MIN(m - first, block_rows);

        _umk_bf16_narrow_avx512(a + first * a_stride, a_stride, rows, w->k, block,
                                stride);
        for (gsize column = 0; column < w->n; column += WIDTH) {
            const UmkBf16Operands in = {block, stride, w->data + column * w->pairs,
                                        w_stride, w->pairs};
            gsize width = MIN(w->n - column, WIDTH);

            _umk_bf16_tile_avx512(&in, rows, width, sums, WIDTH);
            finish_tile(sums, rows, column, width, end, out + first * out_stride,
                        out_stride);
        }
    }
}
#endif

static gboolean is_native;

/* Chosen once, before main, as in umk-gemm.c. */
static void __attribute__((constructor)) choose_kernel(void)
{
#if UMK_GEMM_X86
    __builtin_cpu_init();
    is_native = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16");
#endif
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
#if UMK_GEMM_X86
    if (is_native && pairs_stride(w->pairs) * UMK_GEMM_ROWS <= BLOCK_PAIRS) {
        multiply_native(a, a_stride, m, w, end, out, out_stride);
        return;
    }
#endif
    _umk_gemm_widened(a, a_stride, m, widen, w, w->n, w->k, end, out, out_stride);
}

gboolean
_umk_gemm_bf16_is_native(void)
{
    return is_native;
}

void
_umk_bf16_narrow(
    const float *x, gsize x_stride, gsize m, gsize k, guint32 *to, gsize to_stride)
{
    g_assert(is_native);
#if UMK_GEMM_X86
    _umk_bf16_narrow_avx512(x, x_stride, m, k, to, to_stride);
#else
    (void) x, (void) x_stride, (void) m, (void) k, (void) to, (void) to_stride;
#endif
}

/* A pair moves as a float would. */
void
_umk_bf16_pack_rows(
    const guint32 *src, gsize src_stride, gsize n, gsize pairs, guint32 *dst)
{
    _umk_gemm_pack_rows((const float *) (gconstpointer) src, src_stride, n, pairs,
                        (float *) (gpointer) dst);
}

void
_umk_bf16_pack_columns(const float *src, gsize src_stride, gsize n, gsize k, guint32 *dst)
{
    g_assert(is_native);
#if UMK_GEMM_X86
    _umk_bf16_pack_columns_avx512(src, src_stride, n, k, dst);
#else
    (void) src, (void) src_stride, (void) n, (void) k, (void) dst;
#endif
}

void
_umk_gemm_bf16_pairs(const guint32 *a,
                     gsize a_stride,
                     gsize m,
                     const guint32 *w,
                     gsize w_stride,
                     gsize n,
                     gsize pairs,
                     float *out,
                     gsize out_stride)
{
    g_assert(is_native);
#if UMK_GEMM_X86
    for (gsize column = 0; column < n; column += WIDTH) {
        const UmkBf16Operands in = {a, a_stride, w + column / UMK_GEMM_COLUMNS * w_stride,
                                    w_stride, pairs};

        _umk_bf16_tile_avx512(&in, m, MIN(n - column, WIDTH), out + column, out_stride);
    }
#else
    (void) a, (void) a_stride, (void) m, (void) w, (void) w_stride, (void) n;
    (void) pairs, (void) out, (void) out_stride;
#endif
}
