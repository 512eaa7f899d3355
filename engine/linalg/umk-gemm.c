/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Packing, blocking and choice of kernel for the matrix product; the plain kernel.
 * The weights lie in panels of 16 columns, k outermost, so a kernel reads them in one
 * straight line and a stretch of a panel stays in the first-level cache while the rows
 * pass by. Blocks of rows are sized for the second-level cache. No threads here: callers
 * spread whole texts or images over threads and keep every product on one. */
#include "linalg/umk-gemm-private.h"

#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-kernels-private.h"

#define BLOCK_ROWS 192  /* rows of the left operand in work at a time */
#define WIDEN_K    1024 /* k in one go where weights are widened: 64 KiB of stack */
#define WIDTH      128  /* columns after which an activation is done */

/* A kernel and how it wants to be fed. */
typedef struct {
    UmkGemmTile tile;
    gsize rows;    /* of the largest tile, or of a block where it cuts them itself */
    gsize columns; /* likewise: one panel or two */
    gsize block_k; /* k in one go */
} Kernel;

struct _UmkPacked {
    gsize n;
    gsize k;
    float *data; /* (ceil(n / 16), k, 16) */
};

static const Kernel plain_kernel = {_umk_gemm_tile_plain, UMK_GEMM_ROWS, UMK_GEMM_COLUMNS,
                                    384};
#if UMK_GEMM_X86
static const Kernel avx2_kernel = {_umk_gemm_tile_avx2, BLOCK_ROWS, UMK_GEMM_COLUMNS,
                                   768};
static const Kernel avx512_kernel = {_umk_gemm_tile_avx512, BLOCK_ROWS,
                                     2 * UMK_GEMM_COLUMNS, 768};
#endif

static const Kernel *kernel = &plain_kernel;
static UmkGemmKind kernel_kind = UMK_GEMM_PLAIN;

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
    kernel_kind = kind;
    kernel = &plain_kernel;
#if UMK_GEMM_X86
    if (kind == UMK_GEMM_AVX512)
        kernel = &avx512_kernel;
    else if (kind == UMK_GEMM_AVX2)
        kernel = &avx2_kernel;
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
    return kernel_kind;
}

const char *
_umk_gemm_kind_name(UmkGemmKind kind)
{
    return kind == UMK_GEMM_AVX512 ? "avx512" : kind == UMK_GEMM_AVX2 ? "avx2" : "plain";
}

gsize
_umk_gemm_pack_size(gsize n, gsize k)
{
    return _umk_gemm_whole_panels(n) * k;
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
    for (gsize first = 0; first < n;
         first += UMK_GEMM_COLUMNS, dst += UMK_GEMM_COLUMNS * k) {
        gsize width = MIN(n - first, UMK_GEMM_COLUMNS);

        if (width < UMK_GEMM_COLUMNS)
            memset(dst, 0, UMK_GEMM_COLUMNS * k * sizeof(float));
        for (gsize column = 0; column < width; column++) {
            const float *row = src + (first + column) * src_stride;

            if (column % 4 == 0 && column + 4 <= width) {
                transpose_four(row, src_stride, k, dst + column, UMK_GEMM_COLUMNS);
                column += 3;
                continue;
            }
            for (gsize i = 0; i < k; i++)
                dst[i * UMK_GEMM_COLUMNS + column] = row[i];
        }
    }
}

void
_umk_gemm_pack_columns(const float *src, gsize src_stride, gsize n, gsize k, float *dst)
{
    for (gsize first = 0; first < n; first += UMK_GEMM_COLUMNS) {
        gsize width = MIN(n - first, UMK_GEMM_COLUMNS);

        for (gsize i = 0; i < k; i++, dst += UMK_GEMM_COLUMNS) {
            const float *from = src + i * src_stride + first;

            if (width == UMK_GEMM_COLUMNS) { /* of a constant size: no call */
                memcpy(dst, from, UMK_GEMM_COLUMNS * sizeof(float));
                continue;
            }
            memcpy(dst, from, width * sizeof(float));
            memset(dst + width, 0, (UMK_GEMM_COLUMNS - width) * sizeof(float));
        }
    }
}

/* NULL when the memory is not there. */
UmkPacked *
_umk_packed_new_empty(gsize n, gsize k)
{
    UmkPacked *self;
    gsize padded = _umk_gemm_whole_panels(n), size;
    float *data;

    if (!_umk_size_mul(padded, MAX(k, 1), &size))
        return NULL;
    data = _umk_alloc_lasting(MAX(size, 1), sizeof(float), "packed weights", NULL);
    if (data == NULL)
        return NULL;
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
        gsize panel = (first + row) / UMK_GEMM_COLUMNS,
              column = (first + row) % UMK_GEMM_COLUMNS;
        float *dst = self->data + panel * UMK_GEMM_COLUMNS * k + column;

        if (column % 4 == 0 && row + 4 <= n_rows) {
            transpose_four(w + row * k, k, k, dst, UMK_GEMM_COLUMNS);
            row += 4;
            continue;
        }
        for (gsize i = 0; i < k; i++)
            dst[i * UMK_GEMM_COLUMNS] = w[row * k + i];
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
    _umk_free_lasting(self->data);
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
_umk_gemm_tile_plain(const UmkGemmOperands *in,
                     gsize rows,
                     gsize columns,
                     const float *bias,
                     UmkGemmMode mode,
                     float *out,
                     gsize out_stride)
{
    for (gsize row = 0; row < rows; row++) {
        const float *a = in->a + row * in->a_stride;
        float sum[UMK_GEMM_COLUMNS] = {0};
        float *to = out + row * out_stride;

        if (mode == UMK_GEMM_RESUME)
            memcpy(sum, to, columns * sizeof(float));
        for (gsize i = 0; i < in->k; i++) {
            const float *column = in->w + i * UMK_GEMM_COLUMNS;

            for (gsize j = 0; j < UMK_GEMM_COLUMNS; j++) {
#ifdef __FP_FAST_FMAF
                sum[j] = __builtin_fmaf(a[i], column[j], sum[j]);
#else
                sum[j] += a[i] * column[j];
#endif
            }
        }
        for (gsize j = 0; j < columns; j++) {
            float value = bias != NULL ? sum[j] + bias[j] : sum[j];

            to[j] = mode == UMK_GEMM_ADD ? to[j] + value : value;
        }
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

/* Some rows of the left operand and one stretch of k. */
typedef struct {
    const float *a;
    gsize a_stride;
    gsize rows;
    gsize k_from;
    gsize k_here;
} Block;

static void
multiply_panels(const Block *block,
                const float *panel,
                gsize panel_stride,
                gsize width,
                const float *next,
                const float *bias,
                UmkGemmMode mode,
                float *out,
                gsize out_stride)
{
    UmkGemmOperands in = {.a = block->a,
                          .a_stride = block->a_stride,
                          .w = panel,
                          .w_stride = panel_stride,
                          .k = block->k_here,
                          .next = next};

    for (gsize row = 0; row < block->rows; row += kernel->rows) {
        kernel->tile(&in, MIN(kernel->rows, block->rows - row), width, bias, mode,
                     out + row * out_stride, out_stride);
        in.a += kernel->rows * block->a_stride;
    }
}

/* All of n for one block; scratch is for widened panels. */
static void
multiply_block(const Block *block,
               const Weights *w,
               float *scratch,
               const UmkGemmEnd *end,
               float *out,
               gsize out_stride)
{
    gboolean first = block->k_from == 0, last = block->k_from + block->k_here == w->k;
    gsize step = w->widen != NULL ? UMK_GEMM_COLUMNS : kernel->columns;
    UmkGemmMode mode = UMK_GEMM_SET;

    if (!first || (end->add && !last))
        mode = UMK_GEMM_RESUME;
    else if (end->add)
        mode = UMK_GEMM_ADD;
    for (gsize column = 0; column < w->n; column += step) {
        const float *panel = w->packed + column * w->k + block->k_from * UMK_GEMM_COLUMNS;
        gsize width = MIN(w->n - column, step), done = column + width;

        if (w->widen != NULL) {
            w->widen(w->data, column, block->k_from, block->k_here, scratch);
            panel = scratch;
        }
        multiply_panels(block, panel, w->k * UMK_GEMM_COLUMNS, width,
                        done < w->n && w->widen == NULL ? panel + step * w->k : NULL,
                        last && end->bias ? end->bias + column : NULL, mode, out + column,
                        out_stride);
        if (last && end->activation != UMK_ACTIVATION_NONE &&
            (done % WIDTH == 0 || done == w->n)) {
            gsize from = (done - 1) / WIDTH * WIDTH;

            _umk_kernel_activate_rows(end->activation, out + from, out_stride,
                                      block->rows, done - from);
        }
    }
}

static void
multiply(const float *a,
         gsize a_stride,
         gsize m,
         const Weights *w,
         gsize block_k,
         float *scratch,
         const UmkGemmEnd *end,
         float *out,
         gsize out_stride)
{
    if (m == 0 || w->n == 0)
        return;
    block_k = MIN(block_k, w->k);
    for (gsize row = 0; row < m; row += BLOCK_ROWS) {
        Block block = {.a_stride = a_stride, .rows = MIN(BLOCK_ROWS, m - row)};

        do {
            block.k_here = MIN(block_k, w->k - block.k_from);
            block.a = a + row * a_stride + block.k_from;
            multiply_block(&block, w, scratch, end, out + row * out_stride, out_stride);
            block.k_from += block.k_here;
        } while (block.k_from < w->k);
    }
}

/* Sums that are made in several stretches need a place of their own until they are
 * finished; some rows and columns at a time. */
static void
multiply_long_and_add(const float *a,
                      gsize a_stride,
                      gsize m,
                      const Weights *w,
                      const UmkGemmEnd *end,
                      float *out,
                      gsize out_stride)
{
    enum { ROWS = BLOCK_ROWS / 2, COLUMNS = 512 };
    float sums[ROWS * COLUMNS] __attribute__((aligned(UMK_ALIGN)));

    for (gsize row = 0; row < m; row += ROWS) {
        gsize rows = MIN(m - row, ROWS);

        for (gsize column = 0; column < w->n; column += COLUMNS) {
            gsize width = MIN(w->n - column, COLUMNS);
            const UmkGemmEnd inner = {.bias = end->bias ? end->bias + column : NULL};
            const Weights part = {
                .packed = w->packed + column * w->k, .n = width, .k = w->k};

            multiply(a + row * a_stride, a_stride, rows, &part, kernel->block_k, NULL,
                     &inner, sums, COLUMNS);
            for (gsize r = 0; r < rows; r++)
                _umk_kernel_add(out + (row + r) * out_stride + column, sums + r * COLUMNS,
                                width);
        }
    }
}

void
_umk_gemm_packed_part(const float *a,
                      gsize a_stride,
                      gsize m,
                      const UmkPacked *w,
                      gsize first,
                      gsize n,
                      const UmkGemmEnd *end,
                      float *out,
                      gsize out_stride)
{
    const Weights part = {.packed = w->data + first * w->k, .n = n, .k = w->k};
    UmkGemmEnd here = *end;

    g_assert(first % UMK_GEMM_SPLIT == 0 && first + n <= w->n);
    if (here.bias != NULL)
        here.bias += first;
    if (end->add && w->k > kernel->block_k)
        multiply_long_and_add(a, a_stride, m, &part, &here, out + first, out_stride);
    else
        multiply(a, a_stride, m, &part, kernel->block_k, NULL, &here, out + first,
                 out_stride);
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
    _umk_gemm_packed_part(a, a_stride, m, w, 0, w->n, end, out, out_stride);
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

    multiply(a, a_stride, m, &w, kernel->block_k, NULL, &end, out, out_stride);
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
    float scratch[WIDEN_K * UMK_GEMM_COLUMNS] __attribute__((aligned(UMK_ALIGN)));
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
