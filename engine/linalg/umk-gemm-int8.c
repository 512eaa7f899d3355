/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Choice of kernel, blocking and endings of the quantised matrix product, and its plain
 * kernel. A block of input rows is quantised once and multiplied with panel after panel.
 */
#include "linalg/umk-gemm-int8-private.h"

#include <math.h>
#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-int8-kernels-private.h"

#if UMK_GEMM_X86
#include <cpuid.h>
#endif

#define BLOCK    (384 * 1024) /* bytes of quantised rows, on the stack */
#define MAX_ROWS 192          /* of a block */
#define APART    64           /* bytes between rows, lest they share their cache lines */
#define WIDTH    128          /* columns after which an activation is done */

/* The steps and zero points of a block's rows. */
typedef struct {
    float steps[MAX_ROWS];
    gint32 zeros[MAX_ROWS];
} Rows;

/* How many whole steps a number is; the fastest rounding there is is that of the current
 * mode, to the nearest and to even. */
static void
quantize_to(const float *x, gsize k, gint32 top, guint8 *to, float *step, gint32 *zero)
{
    float low = 0, high = 0, check = 0, inverse;

    for (gsize i = 0; i < k; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
        check += x[i] * 0.0f;
    }
    inverse = _umk_int8_find_step(low, high, check, top, step, zero);
    for (gsize i = 0; i < (k + 3) / 4 * 4; i++) {
        /* A row that is not finite has no step: NaN would have no whole number. */
        gint32 q = *zero + (i < k && inverse > 0 ? (gint32) rintf(x[i] * inverse) : 0);

        to[i] = (guint8) CLAMP(q, 0, top);
    }
}

static void
quantize_plain(const float *x, gsize k, guint8 *to, float *step, gint32 *zero)
{
    quantize_to(x, k, 255, to, step, zero);
}

static void
finish_plain(const gint32 *sums,
             gsize sums_stride,
             gsize rows,
             gsize columns,
             const UmkInt8End *end,
             float *out,
             gsize out_stride)
{
    for (gsize row = 0; row < rows; row++) {
        float *to = out + row * out_stride;

        for (gsize j = 0; j < columns; j++) {
            gint32 sum =
                sums[row * sums_stride + j] - end->zeros[row] * end->weight_sums[j];
            float v = (float) sum * (end->scales[j] * end->steps[row]);

            if (end->bias != NULL)
                v += end->bias[j];
            to[j] = end->add ? to[j] + v : v;
        }
    }
}

/* A kernel: tile and ending one after the other for one panel, or both in one for two. */
typedef struct {
    const char *name;
    UmkInt8Quantize quantize;
    gint32 top; /* of the quantised input numbers */
    UmkInt8Tile tile;
    UmkInt8Finish finish;
    UmkInt8Product product;
} Kernel;

static const Kernel kernels[] = {
    [UMK_GEMM_INT8_PLAIN] = {.name = "plain",
                             .quantize = quantize_plain,
                             .top = 255,
                             .tile = _umk_int8_tile_plain,
                             .finish = finish_plain},
#if UMK_GEMM_X86
    [UMK_GEMM_INT8_AVX2] = {.name = "avx2",
                            .quantize = _umk_int8_quantize_7_bits_avx2,
                            .top = 127,
                            .tile = _umk_int8_tile_avx2,
                            .finish = _umk_int8_finish_avx2},
    [UMK_GEMM_INT8_AVX_VNNI] = {.name = "avx-vnni",
                                .quantize = _umk_int8_quantize_avx2,
                                .top = 255,
                                .tile = _umk_int8_tile_avx_vnni,
                                .finish = _umk_int8_finish_avx2},
    [UMK_GEMM_INT8_AVX512_VNNI] = {.name = "avx512-vnni",
                                   .quantize = _umk_int8_quantize_avx512,
                                   .top = 255,
                                   .product = _umk_int8_product_avx512_vnni},
#endif
};

static const Kernel *chosen = &kernels[UMK_GEMM_INT8_PLAIN];

#if UMK_GEMM_X86
/* gcc 12 has no name for it: leaf 7, subleaf 1, EAX bit 4; and the system must keep the
 * wide registers, which it does where AVX2 counts as supported. */
static gboolean
has_avx_vnni(void)
{
    guint a, b, c, d;

    if (!__builtin_cpu_supports("avx2") || !__get_cpuid_count(7, 0, &a, &b, &c, &d) ||
        a < 1 || !__get_cpuid_count(7, 1, &a, &b, &c, &d))
        return FALSE;
    return (a & (1u << 4)) != 0;
}
#endif

gboolean
_umk_gemm_int8_supports(UmkGemmInt8Kind kind)
{
#if UMK_GEMM_X86
    __builtin_cpu_init();
    if (kind == UMK_GEMM_INT8_AVX512_VNNI)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512vnni") != 0;
    if (kind == UMK_GEMM_INT8_AVX_VNNI)
        return has_avx_vnni();
    if (kind == UMK_GEMM_INT8_AVX2)
        return __builtin_cpu_supports("avx2") != 0;
#endif
    return kind == UMK_GEMM_INT8_PLAIN;
}

void
_umk_gemm_int8_set_kind(UmkGemmInt8Kind kind)
{
    g_assert(_umk_gemm_int8_supports(kind));
    chosen = &kernels[kind];
}

/* Chosen once, before main, as in umk-gemm.c. */
static void __attribute__((constructor)) choose_kernel(void)
{
    for (guint kind = UMK_GEMM_INT8_AVX512_VNNI; kind > UMK_GEMM_INT8_PLAIN; kind--) {
        if (_umk_gemm_int8_supports(kind)) {
            _umk_gemm_int8_set_kind(kind);
            return;
        }
    }
}

UmkGemmInt8Kind
_umk_gemm_int8_get_kind(void)
{
    return (UmkGemmInt8Kind) (chosen - kernels);
}

gint32
_umk_gemm_int8_get_top(void)
{
    return chosen->top;
}

const char *
_umk_gemm_int8_kind_name(UmkGemmInt8Kind kind)
{
    static const char *const names[] = {"plain", "avx2", "avx-vnni", "avx512-vnni"};

    return names[kind];
}

void
_umk_quantize_row(
    const float *x, gsize k, gint32 top, guint8 *q, float *step, gint32 *zero)
{
    quantize_to(x, k, top, q, step, zero);
}

void
_umk_int8_tile_plain(
    const UmkInt8Operands *in, gsize rows, gsize columns, gint32 *sums, gsize sums_stride)
{
    for (gsize row = 0; row < rows; row++, sums += sums_stride) {
        const guint8 *a = in->a + row * in->a_stride;

        memset(sums, 0, columns * sizeof *sums);
        for (gsize i = 0; i < in->quads; i++) {
            const gint8 *w = in->w + i * UMK_GEMM_COLUMNS * 4;
            const guint8 *u = a + 4 * (in->order != NULL ? in->order[i] : i);

            for (gsize j = 0; j < columns; j++, w += 4)
                sums[j] += u[0] * w[0] + u[1] * w[1] + u[2] * w[2] + u[3] * w[3];
        }
    }
}

/* Quantised rows and their scales. */
typedef struct {
    const guint8 *data;
    gsize row_stride;
    gsize rows;
    const Rows *scales;
} Block;

/* Less than a panel: by way of a whole one. */
static void
finish_edge(const Kernel *kernel,
            const gint32 *sums,
            gsize rows,
            gsize width,
            const UmkInt8End *whole,
            float *out,
            gsize out_stride)
{
    float edge[UMK_GEMM_COLUMNS] = {0}, bias[UMK_GEMM_COLUMNS] = {0};
    UmkInt8End end = *whole;

    if (end.bias != NULL) {
        memcpy(bias, end.bias, width * sizeof(float));
        end.bias = bias;
    }
    for (gsize row = 0; row < rows; row++, out += out_stride, end.steps++, end.zeros++) {
        if (end.add)
            memcpy(edge, out, width * sizeof(float));
        kernel->finish(sums + row * UMK_GEMM_COLUMNS, UMK_GEMM_COLUMNS, 1,
                       UMK_GEMM_COLUMNS, &end, edge, UMK_GEMM_COLUMNS);
        memcpy(out, edge, width * sizeof(float));
    }
}

/* The outputs of one panel or two for a block of rows. */
static void
multiply_panels(const Kernel *kernel,
                const Block *block,
                const UmkPackedInt8 *w,
                gsize column,
                gsize width,
                const UmkGemmEnd *end,
                float *out,
                gsize out_stride)
{
    gint32 sums[MAX_ROWS * UMK_GEMM_COLUMNS] __attribute__((aligned(UMK_ALIGN)));
    gsize panel = column / UMK_GEMM_COLUMNS, w_stride = w->quads * UMK_GEMM_COLUMNS * 4;
    const UmkInt8Operands in = {
        .a = block->data,
        .a_stride = block->row_stride,
        .w = w->data + panel * w_stride,
        .w_stride = w_stride,
        .order = w->order != NULL ? w->order + panel * w->quads : NULL,
        .n_fours = w->n_fours[panel],
        .n_paired = w->n_paired[panel],
        .quads = w->quads,
        .next = column + width < w->n ? w->data + (panel + 2) * w_stride : NULL,
    };
    const UmkInt8End ending = {
        .steps = block->scales->steps,
        .zeros = block->scales->zeros,
        .scales = w->scales + column,
        .weight_sums = w->sums + column,
        .bias = end->bias != NULL ? end->bias + column : NULL,
        .add = end->add,
    };

    out += column;
    if (kernel->product != NULL) {
        kernel->product(&in, block->rows, width, &ending, out, out_stride);
        return;
    }
    kernel->tile(&in, block->rows, width, sums, UMK_GEMM_COLUMNS);
    if (width < UMK_GEMM_COLUMNS)
        finish_edge(kernel, sums, block->rows, width, &ending, out, out_stride);
    else
        kernel->finish(sums, UMK_GEMM_COLUMNS, block->rows, width, &ending, out,
                       out_stride);
}

void
_umk_gemm_int8_part(const float *a,
                    gsize a_stride,
                    gsize m,
                    const UmkPackedInt8 *w,
                    gsize first,
                    gsize n,
                    const UmkGemmEnd *end,
                    float *out,
                    gsize out_stride)
{
    guint8 data[BLOCK] __attribute__((aligned(UMK_ALIGN)));
    const Kernel *kernel = &kernels[w->kind];
    gsize row_stride = w->quads * 4 + APART;
    gsize block_rows = MIN(BLOCK / row_stride / UMK_GEMM_ROWS * UMK_GEMM_ROWS, MAX_ROWS);
    gsize step = kernel->product != NULL ? 2 * UMK_GEMM_COLUMNS : UMK_GEMM_COLUMNS;

    g_assert(first % UMK_GEMM_SPLIT == 0 && first + n <= w->n);
    for (gsize row = 0; row < m; row += block_rows) {
        Rows scales;
        Block block = {
            .data = data,
            .row_stride = row_stride,
            .rows = MIN(block_rows, m - row),
            .scales = &scales,
        };
        float *to = out + row * out_stride;

        for (gsize r = 0; r < block.rows; r++)
            kernel->quantize(a + (row + r) * a_stride, w->k, data + r * row_stride,
                             &scales.steps[r], &scales.zeros[r]);
        for (gsize column = first, from = first; column < first + n; column += step) {
            gsize width = MIN(step, first + n - column), done = column + width;

            multiply_panels(kernel, &block, w, column, width, end, to, out_stride);
            if (end->activation != UMK_ACTIVATION_NONE &&
                (done - from >= WIDTH || done == first + n)) {
                _umk_kernel_activate_rows(end->activation, to + from, out_stride,
                                          block.rows, done - from);
                from = done;
            }
        }
    }
}

void
_umk_gemm_int8(const float *a,
               gsize a_stride,
               gsize m,
               const UmkPackedInt8 *w,
               const UmkGemmEnd *end,
               float *out,
               gsize out_stride)
{
    _umk_gemm_int8_part(a, a_stride, m, w, 0, w->n, end, out, out_stride);
}
