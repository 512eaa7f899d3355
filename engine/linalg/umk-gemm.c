/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packing, blocking and choice of kernel for the matrix product; the plain kernel.
 * The weights lie in panels of 32 columns, k outermost, so a kernel reads them in one
 * straight line. A block of rows of the left operand is copied so that the rows of a tile
 * lie side by side. Blocks are sized for the second-level cache. No threads here: callers
 * spread whole texts or images over threads and keep every product on one. */
#include "linalg/umk-gemm-private.h"

#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-kernels-private.h"

#define BLOCK_FLOATS 49152 /* packed rows of the left operand: 192 KiB of stack */
#define BLOCK_K      384
#define WIDEN_K      1024 /* the same where weights are widened: 128 KiB of stack */

struct _UmkPacked {
    gsize n;
    gsize k;
    float *data; /* (ceil(n / 32), k, 32) */
};

static UmkGemmTile tile_func = _umk_gemm_tile_plain;
static UmkGemmKind tile_kind = UMK_GEMM_PLAIN;

gboolean
_umk_gemm_supports(UmkGemmKind kind)
{
#if UMK_GEMM_X86
    __builtin_cpu_init();
    if (kind == UMK_GEMM_AVX512)
        return __builtin_cpu_supports("avx512f") != 0;
    if (kind == UMK_GEMM_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kind == UMK_GEMM_PLAIN;
}

void
_umk_gemm_set_kind(UmkGemmKind kind)
{
    g_assert(_umk_gemm_supports(kind));
    tile_kind = kind;
    tile_func = _umk_gemm_tile_plain;
#if UMK_GEMM_X86
    if (kind == UMK_GEMM_AVX512)
        tile_func = _umk_gemm_tile_avx512;
    else if (kind == UMK_GEMM_AVX2)
        tile_func = _umk_gemm_tile_avx2;
#endif
}

/* Chosen once, before main: there is no moment at which two threads could race for it. */
static void __attribute__((constructor)) choose_kernel(void)
{
    if (_umk_gemm_supports(UMK_GEMM_AVX512))
        _umk_gemm_set_kind(UMK_GEMM_AVX512);
    else if (_umk_gemm_supports(UMK_GEMM_AVX2))
        _umk_gemm_set_kind(UMK_GEMM_AVX2);
}

UmkGemmKind
_umk_gemm_get_kind(void)
{
    return tile_kind;
}

const char *
_umk_gemm_kind_name(UmkGemmKind kind)
{
    return kind == UMK_GEMM_AVX512 ? "avx512" : kind == UMK_GEMM_AVX2 ? "avx2" : "plain";
}

gsize
_umk_gemm_pack_size(gsize n, gsize k)
{
    return (n + UMK_GEMM_PANEL - 1) / UMK_GEMM_PANEL * UMK_GEMM_PANEL * k;
}

typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));

/* Four rows of src to four neighbouring columns of dst. */
static inline void
transpose_four(const float *src, gsize src_stride, gsize k, float *dst, gsize dst_stride)
{
    const float *r0 = src, *r1 = r0 + src_stride, *r2 = r1 + src_stride,
                *r3 = r2 + src_stride;
    gsize i = 0;

    for (; i + 4 <= k; i += 4, dst += 4 * dst_stride) {
        Four a = *(const Four *) (r0 + i), b = *(const Four *) (r1 + i);
        Four c = *(const Four *) (r2 + i), d = *(const Four *) (r3 + i);
        Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
        Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
        Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);

        *(Four *) dst = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
        *(Four *) (dst + dst_stride) =
            __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
        *(Four *) (dst + 2 * dst_stride) =
            __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
        *(Four *) (dst + 3 * dst_stride) =
            __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
    }
    for (; i < k; i++, dst += dst_stride) {
        dst[0] = r0[i];
        dst[1] = r1[i];
        dst[2] = r2[i];
        dst[3] = r3[i];
    }
}

void
_umk_gemm_pack_rows(const float *src, gsize src_stride, gsize n, gsize k, float *dst)
{
    for (gsize first = 0; first < n; first += UMK_GEMM_PANEL, dst += UMK_GEMM_PANEL * k) {
        gsize width = MIN(n - first, UMK_GEMM_PANEL);

        if (width < UMK_GEMM_PANEL)
            memset(dst, 0, UMK_GEMM_PANEL * k * sizeof(float));
        for (gsize column = 0; column < width; column++) {
            const float *row = src + (first + column) * src_stride;

            if (column % 4 == 0 && column + 4 <= width) {
                transpose_four(row, src_stride, k, dst + column, UMK_GEMM_PANEL);
                column += 3;
                continue;
            }
            for (gsize i = 0; i < k; i++)
                dst[i * UMK_GEMM_PANEL + column] = row[i];
        }
    }
}

void
_umk_gemm_pack_columns(const float *src, gsize src_stride, gsize n, gsize k, float *dst)
{
    for (gsize first = 0; first < n; first += UMK_GEMM_PANEL) {
        gsize width = MIN(n - first, UMK_GEMM_PANEL);

        for (gsize i = 0; i < k; i++, dst += UMK_GEMM_PANEL) {
            memcpy(dst, src + i * src_stride + first, width * sizeof(float));
            if (width < UMK_GEMM_PANEL)
                memset(dst + width, 0, (UMK_GEMM_PANEL - width) * sizeof(float));
        }
    }
}

/* NULL when the memory is not there. */
UmkPacked *
_umk_packed_new_empty(gsize n, gsize k)
{
    UmkPacked *self;
    gsize padded = (n + UMK_GEMM_PANEL - 1) / UMK_GEMM_PANEL * UMK_GEMM_PANEL, size;
    float *data;

    if (!_umk_size_mul(padded, MAX(k, 1), &size))
        return NULL;
    data = _umk_alloc_aligned(MAX(size, 1), sizeof(float), "packed weights", NULL);
    if (data == NULL)
        return NULL;
    memset(data, 0, MAX(size, 1) * sizeof(float));
    self = g_new0(UmkPacked, 1);
    self->n = n;
    self->k = k;
    self->data = data;
    return self;
}

void
_umk_packed_fill(UmkPacked *self, gsize first, const float *w, gsize n_rows)
{
    gsize k = self->k;

    g_assert(first + n_rows <= self->n);
    for (gsize row = 0; row < n_rows;) {
        gsize panel = (first + row) / UMK_GEMM_PANEL,
              column = (first + row) % UMK_GEMM_PANEL;
        float *dst = self->data + panel * UMK_GEMM_PANEL * k + column;

        if (column % 4 == 0 && row + 4 <= n_rows) {
            transpose_four(w + row * k, k, k, dst, UMK_GEMM_PANEL);
            row += 4;
            continue;
        }
        for (gsize i = 0; i < k; i++)
            dst[i * UMK_GEMM_PANEL] = w[row * k + i];
        row++;
    }
}

UmkPacked *
_umk_packed_new(const float *w, gsize n, gsize k)
{
    UmkPacked *self = _umk_packed_new_empty(n, k);

    if (self != NULL)
        _umk_packed_fill(self, 0, w, n);
    return self;
}

void
_umk_packed_free(UmkPacked *self)
{
    if (self == NULL)
        return;
    _umk_free_aligned(self->data);
    g_free(self);
}

gsize
_umk_packed_get_n(const UmkPacked *self)
{
    return self->n;
}

gsize
_umk_packed_get_k(const UmkPacked *self)
{
    return self->k;
}

void
_umk_gemm_tile_plain(const float *a,
                     const float *w,
                     gsize k,
                     gsize rows,
                     gsize columns,
                     const float *bias,
                     UmkGemmMode mode,
                     float *out,
                     gsize out_stride)
{
    for (gsize row = 0; row < rows; row++) {
        float sum[UMK_GEMM_PANEL] = {0};
        float *to = out + row * out_stride;

        if (mode == UMK_GEMM_RESUME)
            memcpy(sum, to, columns * sizeof(float));
        for (gsize i = 0; i < k; i++) {
            float factor = a[i * UMK_GEMM_ROWS + row];
            const float *column = w + i * UMK_GEMM_PANEL;

            for (gsize j = 0; j < UMK_GEMM_PANEL; j++) {
#ifdef __FP_FAST_FMAF
                sum[j] = __builtin_fmaf(factor, column[j], sum[j]);
#else
                sum[j] += factor * column[j];
#endif
            }
        }
        for (gsize j = 0; j < columns; j++) {
            float value = bias != NULL ? sum[j] + bias[j] : sum[j];

            to[j] = mode == UMK_GEMM_ADD ? to[j] + value : value;
        }
    }
}

/* Copies the rows of a tile so that they lie side by side for each k. Places of missing
 * rows keep what they held; no kernel looks at them. */
static void
pack_tile(const float *a, gsize a_stride, gsize rows, gsize k, float *dst)
{
    gsize row = 0;

    for (; row + 4 <= rows; row += 4)
        transpose_four(a + row * a_stride, a_stride, k, dst + row, UMK_GEMM_ROWS);
    for (; row < rows; row++) {
        const float *src = a + row * a_stride;

        for (gsize i = 0; i < k; i++)
            dst[i * UMK_GEMM_ROWS + row] = src[i];
    }
}

/* The weights of a product: packed floats, or another form and how to widen it. */
typedef struct {
    const float *packed;
    UmkGemmWiden widen;
    gconstpointer data;
    gsize n;
    gsize k;
} Weights;

/* All of n for one block of rows and one stretch of k; scratch is for widened panels. */
static void
multiply_block(const float *block,
               gsize tile_rows,
               gsize m,
               const Weights *w,
               float *scratch,
               gsize k_from,
               gsize k_here,
               const UmkGemmEnd *end,
               float *out,
               gsize out_stride)
{
    gboolean first = k_from == 0, last = k_from + k_here == w->k;
    UmkGemmMode mode = UMK_GEMM_SET;

    if (!first || (end->add && !last))
        mode = UMK_GEMM_RESUME;
    else if (end->add)
        mode = UMK_GEMM_ADD;
    for (gsize column = 0; column < w->n; column += UMK_GEMM_PANEL) {
        const float *panel = w->packed + column * w->k + k_from * UMK_GEMM_PANEL;
        const float *tile = block, *bias = last && end->bias ? end->bias + column : NULL;
        gsize width = MIN(w->n - column, UMK_GEMM_PANEL);

        if (w->widen != NULL) {
            w->widen(w->data, column, k_from, k_here, scratch);
            panel = scratch;
        }
        for (gsize row = 0; row < m; row += tile_rows, tile += UMK_GEMM_ROWS * k_here)
            tile_func(tile, panel, k_here, MIN(tile_rows, m - row), width, bias, mode,
                      out + row * out_stride + column, out_stride);
        if (last && end->activation != UMK_ACTIVATION_NONE)
            for (gsize row = 0; row < m; row++)
                _umk_kernel_activate(end->activation, out + row * out_stride + column,
                                     width);
    }
}

static void
multiply(const float *a,
         gsize a_stride,
         gsize m,
         const Weights *w,
         gsize k_block,
         float *scratch,
         const UmkGemmEnd *end,
         float *out,
         gsize out_stride)
{
    float block[BLOCK_FLOATS] __attribute__((aligned(UMK_ALIGN)));
    gsize block_rows, tile_rows, n_tiles;

    if (m == 0 || w->n == 0)
        return;
    k_block = MIN(k_block, w->k);
    block_rows = BLOCK_FLOATS / (UMK_GEMM_ROWS * MAX(k_block, 1)) * UMK_GEMM_ROWS;
    block_rows = MIN(block_rows, 16 * UMK_GEMM_ROWS);
    for (gsize row = 0; row < m; row += block_rows) {
        gsize rows = MIN(block_rows, m - row), k_from = 0;

        /* Even tiles: 16 rows run as 8 + 8, not as 12 + 4; AVX2 takes 6 at a time. */
        n_tiles = (rows + UMK_GEMM_ROWS - 1) / UMK_GEMM_ROWS;
        tile_rows =
            tile_kind == UMK_GEMM_AVX2 ? UMK_GEMM_ROWS : (rows + n_tiles - 1) / n_tiles;
        do {
            gsize k_here = MIN(k_block, w->k - k_from);
            const float *from = a + row * a_stride + k_from;
            float *tile = block;

            for (gsize r = 0; r < rows; r += tile_rows, tile += UMK_GEMM_ROWS * k_here)
                pack_tile(from + r * a_stride, a_stride, MIN(tile_rows, rows - r), k_here,
                          tile);
            multiply_block(block, tile_rows, rows, w, scratch, k_from, k_here, end,
                           out + row * out_stride, out_stride);
            k_from += k_here;
        } while (k_from < w->k);
    }
}

/* Sums that are made in several stretches need a place of their own until they are
 * finished; one tile of rows and some columns at a time. */
static void
multiply_long_and_add(const float *a,
                      gsize a_stride,
                      gsize m,
                      const UmkPacked *w,
                      const UmkGemmEnd *end,
                      float *out,
                      gsize out_stride)
{
    enum { WIDTH = 512 };
    float sums[UMK_GEMM_ROWS * WIDTH] __attribute__((aligned(UMK_ALIGN)));

    for (gsize column = 0; column < w->n; column += WIDTH) {
        gsize width = MIN(w->n - column, WIDTH);
        const UmkGemmEnd inner = {.bias = end->bias ? end->bias + column : NULL};
        const Weights part = {.packed = w->data + column * w->k, .n = width, .k = w->k};

        for (gsize row = 0; row < m; row += UMK_GEMM_ROWS) {
            gsize rows = MIN(m - row, UMK_GEMM_ROWS);

            multiply(a + row * a_stride, a_stride, rows, &part, BLOCK_K, NULL, &inner,
                     sums, WIDTH);
            for (gsize r = 0; r < rows; r++)
                _umk_kernel_add(out + (row + r) * out_stride + column, sums + r * WIDTH,
                                width);
        }
    }
}

void
_umk_gemm_packed_end(const float *a,
                     gsize a_stride,
                     gsize m,
                     const UmkPacked *w,
                     const UmkGemmEnd *end,
                     float *out,
                     gsize out_stride)
{
    const Weights all = {.packed = w->data, .n = w->n, .k = w->k};

    if (end->add && w->k > BLOCK_K)
        multiply_long_and_add(a, a_stride, m, w, end, out, out_stride);
    else
        multiply(a, a_stride, m, &all, BLOCK_K, NULL, end, out, out_stride);
}

void
_umk_gemm_raw(const float *a,
              gsize a_stride,
              gsize m,
              const float *packed,
              gsize n,
              gsize k,
              const float *bias_or_null,
              float *out,
              gsize out_stride)
{
    const UmkGemmEnd end = {.bias = bias_or_null};
    const Weights w = {.packed = packed, .n = n, .k = k};

    multiply(a, a_stride, m, &w, BLOCK_K, NULL, &end, out, out_stride);
}

/* Sums in several stretches begin with what they are added to: the error of rounded
 * weights is far above that of the order. */
void
_umk_gemm_widened(const float *a,
                  gsize a_stride,
                  gsize m,
                  UmkGemmWiden widen,
                  gconstpointer data,
                  gsize n,
                  gsize k,
                  const UmkGemmEnd *end,
                  float *out,
                  gsize out_stride)
{
    float scratch[WIDEN_K * UMK_GEMM_PANEL] __attribute__((aligned(UMK_ALIGN)));
    const Weights w = {.widen = widen, .data = data, .n = n, .k = k};

    multiply(a, a_stride, m, &w, WIDEN_K, scratch, end, out, out_stride);
}

void
_umk_gemm_packed_strided(const float *a,
                         gsize a_stride,
                         gsize m,
                         const UmkPacked *w,
                         const float *bias_or_null,
                         float *out,
                         gsize out_stride)
{
    _umk_gemm_raw(a, a_stride, m, w->data, w->n, w->k, bias_or_null, out, out_stride);
}

void
_umk_gemm_packed(const float *a,
                 gsize m,
                 const UmkPacked *w,
                 const float *bias_or_null,
                 float *out,
                 gsize out_stride)
{
    _umk_gemm_raw(a, w->k, m, w->data, w->n, w->k, bias_or_null, out, out_stride);
}
