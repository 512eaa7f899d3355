/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantising, packing, blocking and the endings of the quantised matrix product, and its
 * plain kernel. Weights lie in panels of 32 outputs, four neighbouring k side by side, as
 * the dot product instructions want them. A block of input rows is quantised straight
 * into the layout of the tiles. */
#include "linalg/umk-gemm-int8-private.h"

#include <math.h>
#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-int8-kernels-private.h"

#if UMK_GEMM_X86
#include <cpuid.h>
#endif

#define BLOCK    ((gsize) UMK_GEMM_ROWS * UMK_GEMM_INT8_MAX_K * 2) /* bytes of stack */
#define TINY     1e-30f                       /* a row of weights below this is zero */
#define MAX_ROWS ((gsize) 16 * UMK_GEMM_ROWS) /* of a block */

struct _UmkPackedInt8 {
    gsize n;
    gsize k;
    gsize quads;   /* ceil(k / 4) */
    gint8 *data;   /* (panels, quads, UMK_GEMM_PANEL, 4) */
    float *scales; /* (panels * UMK_GEMM_PANEL) */
    gint32 *sums;  /* of each output's whole numbers */
};

/* The steps and zero points of a block's rows. */
typedef struct {
    float steps[16 * UMK_GEMM_ROWS];
    gint32 zeros[16 * UMK_GEMM_ROWS];
} Rows;

/* How many whole steps a number is; the fastest rounding there is is that of the current
 * mode, to the nearest and to even. */
static void
quantize_to(const float *x,
            gsize k,
            gint32 top,
            gsize pitch,
            guint8 *to,
            float *step,
            gint32 *zero)
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

        to[i / 4 * pitch + i % 4] = (guint8) CLAMP(q, 0, top);
    }
}

static void
quantize_plain(
    const float *x, gsize k, gsize pitch, guint8 *to, float *step, gint32 *zero)
{
    quantize_to(x, k, 255, pitch, to, step, zero);
}

static void
finish_plain(const gint32 *sums,
             gsize rows,
             const float *steps,
             const gint32 *zeros,
             const float *scales,
             const gint32 *weight_sums,
             const float *bias,
             gboolean add,
             float *out,
             gsize out_stride)
{
    for (gsize row = 0; row < rows; row++) {
        for (gsize j = 0; j < UMK_GEMM_PANEL; j++) {
            gint32 sum = sums[row * UMK_GEMM_PANEL + j] - zeros[row] * weight_sums[j];
            float v = (float) sum * (scales[j] * steps[row]),
                  *to = out + row * out_stride;

            if (bias != NULL)
                v += bias[j];
            to[j] = add ? to[j] + v : v;
        }
    }
}

typedef struct {
    const char *name;
    UmkInt8Tile tile;
    UmkInt8Quantize quantize;
    UmkInt8Finish finish;
    gint32 top;      /* of the quantised input numbers */
    gsize n_abreast; /* rows its tile takes at a time */
} Kernel;

static const Kernel kernels[] = {
    [UMK_GEMM_INT8_PLAIN] = {"plain", _umk_int8_tile_plain, quantize_plain, finish_plain,
                             255, UMK_GEMM_ROWS},
#if UMK_GEMM_X86
    [UMK_GEMM_INT8_AVX2] = {"avx2", _umk_int8_tile_avx2, _umk_int8_quantize_7_bits_avx2,
                            _umk_int8_finish_avx2, 127, 6},
    [UMK_GEMM_INT8_AVX_VNNI] = {"avx-vnni", _umk_int8_tile_avx_vnni,
                                _umk_int8_quantize_avx2, _umk_int8_finish_avx2, 255, 6},
    [UMK_GEMM_INT8_AVX512_VNNI] = {"avx512-vnni", _umk_int8_tile_avx512_vnni,
                                   _umk_int8_quantize_avx512, _umk_int8_finish_avx512,
                                   255, UMK_GEMM_ROWS},
#endif
};

static const Kernel *kernel = &kernels[UMK_GEMM_INT8_PLAIN];

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
    kernel = &kernels[kind];
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
    return (UmkGemmInt8Kind) (kernel - kernels);
}

gint32
_umk_gemm_int8_get_top(void)
{
    return kernel->top;
}

const char *
_umk_gemm_int8_kind_name(UmkGemmInt8Kind kind)
{
    static const char *const names[] = {"plain", "avx2", "avx-vnni", "avx512-vnni"};

    return names[kind];
}

UmkPackedInt8 *
_umk_packed_int8_new_empty(gsize n, gsize k)
{
    gsize padded = (n + UMK_GEMM_PANEL - 1) / UMK_GEMM_PANEL * UMK_GEMM_PANEL, size;
    gsize quads = (k + 3) / 4;
    UmkPackedInt8 *self;

    g_assert(k <= UMK_GEMM_INT8_MAX_K);
    padded = MAX(padded, UMK_GEMM_PANEL);
    if (!_umk_size_mul(padded, MAX(4 * quads, 4), &size))
        return NULL;
    self = g_new0(UmkPackedInt8, 1);
    self->n = n;
    self->k = k;
    self->quads = quads;
    self->data = _umk_alloc_aligned(size, 1, "packed weights", NULL);
    self->scales = _umk_alloc_aligned(padded, sizeof(float), "scales", NULL);
    self->sums = _umk_alloc_aligned(padded, sizeof(gint32), "sums of weights", NULL);
    if (self->data == NULL || self->scales == NULL || self->sums == NULL) {
        _umk_packed_int8_free(self);
        return NULL;
    }
    memset(self->data, 0, size);
    memset(self->scales, 0, padded * sizeof(float));
    memset(self->sums, 0, padded * sizeof(gint32));
    return self;
}

void
_umk_packed_int8_free(UmkPackedInt8 *self)
{
    if (self == NULL)
        return;
    _umk_free_aligned(self->data);
    _umk_free_aligned(self->scales);
    _umk_free_aligned(self->sums);
    g_free(self);
}

float
_umk_quantize_weights(const float *w, gsize k, gint8 *q)
{
    float most = 0, check = 0, inverse;

    for (gsize i = 0; i < k; i++) {
        most = MAX(most, fabsf(w[i]));
        check += w[i] * 0.0f;
    }
    most += check;
    if (!(most > TINY)) {
        memset(q, 0, k);
        return most * 0.0f;
    }
    inverse = 127.0f / most;
    for (gsize i = 0; i < k; i++) {
        /* What is added here rounds as rintf() does, and leaves the whole number in the
         * low bits. */
        float moved = w[i] * inverse + 0x1.8p23f;
        guint32 bits;

        memcpy(&bits, &moved, sizeof bits);
        q[i] = (gint8) (bits & 0xff);
    }
    return most / 127.0f;
}

void
_umk_packed_int8_fill(UmkPackedInt8 *self, gsize first, const float *w, gsize n_rows)
{
    gint8 q[UMK_GEMM_INT8_MAX_K + 4] = {0};

    g_assert(first + n_rows <= self->n);
    for (gsize row = 0; row < n_rows; row++) {
        gsize at = first + row, panel = at / UMK_GEMM_PANEL, column = at % UMK_GEMM_PANEL;
        gint8 *to = self->data + (panel * self->quads * UMK_GEMM_PANEL + column) * 4;
        gint32 sum = 0;

        self->scales[at] = _umk_quantize_weights(w + row * self->k, self->k, q);
        for (gsize quad = 0; quad < self->quads; quad++)
            memcpy(to + quad * UMK_GEMM_PANEL * 4, q + 4 * quad, 4);
        for (gsize i = 0; i < self->k; i++)
            sum += q[i];
        self->sums[at] = sum;
    }
}

void
_umk_quantize_row(
    const float *x, gsize k, gint32 top, guint8 *q, float *step, gint32 *zero)
{
    quantize_to(x, k, top, 4, q, step, zero);
}

void
_umk_int8_tile_plain(
    gconstpointer a, const gint8 *w, gsize quads, gsize rows, gsize columns, gint32 *sums)
{
    const guint8 *from = a;

    memset(sums, 0, rows * UMK_GEMM_PANEL * sizeof *sums);
    for (gsize quad = 0; quad < quads; quad++) {
        for (gsize row = 0; row < rows; row++) {
            const guint8 *u = from + (quad * UMK_GEMM_ROWS + row) * 4;

            for (gsize j = 0; j < columns; j++) {
                const gint8 *q = w + (quad * UMK_GEMM_PANEL + j) * 4;

                sums[row * UMK_GEMM_PANEL + j] +=
                    u[0] * q[0] + u[1] * q[1] + u[2] * q[2] + u[3] * q[3];
            }
        }
    }
}

/* Floats of one tile at the right edge, where a panel is not full. */
static void
finish_edge(const gint32 *sums,
            gsize rows,
            gsize width,
            const Rows *all,
            gsize row,
            const UmkPackedInt8 *w,
            gsize column,
            const UmkGemmEnd *end,
            float *out,
            gsize out_stride)
{
    float edge[UMK_GEMM_ROWS * UMK_GEMM_PANEL] = {0}, bias[UMK_GEMM_PANEL] = {0};

    if (end->bias != NULL)
        memcpy(bias, end->bias + column, width * sizeof(float));
    for (gsize r = 0; end->add && r < rows; r++)
        memcpy(edge + r * UMK_GEMM_PANEL, out + r * out_stride, width * sizeof(float));
    kernel->finish(sums, rows, all->steps + row, all->zeros + row, w->scales + column,
                   w->sums + column, end->bias != NULL ? bias : NULL, end->add, edge,
                   UMK_GEMM_PANEL);
    for (gsize r = 0; r < rows; r++)
        memcpy(out + r * out_stride, edge + r * UMK_GEMM_PANEL, width * sizeof(float));
}

/* One panel of outputs for a block of rows. */
static void
multiply_panel(const guint8 *block,
               gsize tile_rows,
               gsize m,
               const UmkPackedInt8 *w,
               gsize column,
               const Rows *rows,
               const UmkGemmEnd *end,
               float *out,
               gsize out_stride)
{
    gint32 sums[UMK_GEMM_ROWS * UMK_GEMM_PANEL] __attribute__((aligned(UMK_ALIGN)));
    const gint8 *panel = w->data + column * w->quads * 4;
    gsize width = MIN(w->n - column, UMK_GEMM_PANEL);
    gsize tile_size = w->quads * UMK_GEMM_ROWS * 4;

    for (gsize row = 0; row < m; row += tile_rows, block += tile_size) {
        gsize here = MIN(tile_rows, m - row);
        float *to = out + row * out_stride + column;

        kernel->tile(block, panel, w->quads, here, width, sums);
        if (width < UMK_GEMM_PANEL)
            finish_edge(sums, here, width, rows, row, w, column, end, to, out_stride);
        else
            kernel->finish(sums, here, rows->steps + row, rows->zeros + row,
                           w->scales + column, w->sums + column,
                           end->bias != NULL ? end->bias + column : NULL, end->add, to,
                           out_stride);
    }
    if (end->activation != UMK_ACTIVATION_NONE)
        for (gsize row = 0; row < m; row++)
            _umk_kernel_activate(end->activation, out + row * out_stride + column, width);
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
    guint8 block[BLOCK] __attribute__((aligned(UMK_ALIGN)));
    gsize pitch = UMK_GEMM_ROWS * 4, tile_size = w->quads * pitch;
    gsize block_rows = MIN(sizeof block / MAX(tile_size, 1) * UMK_GEMM_ROWS, MAX_ROWS);

    for (gsize row = 0; row < m; row += block_rows) {
        gsize rows = MIN(block_rows, m - row);
        gsize n_tiles = (rows + UMK_GEMM_ROWS - 1) / UMK_GEMM_ROWS;
        gsize tile_rows = kernel->n_abreast < UMK_GEMM_ROWS
                              ? UMK_GEMM_ROWS
                              : (rows + n_tiles - 1) / n_tiles;
        Rows scales;

        for (gsize r = 0; r < rows; r++)
            kernel->quantize(a + (row + r) * a_stride, w->k, pitch,
                             block + r / tile_rows * tile_size + r % tile_rows * 4,
                             &scales.steps[r], &scales.zeros[r]);
        for (gsize column = 0; column < w->n; column += UMK_GEMM_PANEL)
            multiply_panel(block, tile_rows, rows, w, column, &scales, end,
                           out + row * out_stride, out_stride);
    }
}
