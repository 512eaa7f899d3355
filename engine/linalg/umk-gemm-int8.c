/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Quantising, packing, blocking and the endings of the quantised matrix product, and its
 * plain kernel. Weights lie in panels of 32 outputs, four neighbouring k side by side, as
 * the dot product instructions want them. A block of input rows is quantised straight
 * into the layout of the tiles. What is not a whole number is computed on vectors of 16
 * floats, compiled once for each kind of processor, without fused operations. */
#include "linalg/umk-gemm-int8-private.h"

#include <math.h>
#include <string.h>

#include "core/umk-alloc-private.h"
#include "linalg/umk-gemm-int8-kernels-private.h"

#if UMK_GEMM_X86
#include <cpuid.h>
#endif

/* Vectors are passed only between functions that are inlined into one another. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define LANES 16
#define BODY  static inline __attribute__((always_inline))
#define BLOCK ((gsize) UMK_GEMM_ROWS * UMK_GEMM_INT8_MAX_K) /* bytes of stack */
#define TINY  1e-30f /* a range below this is one point */

typedef float V __attribute__((vector_size(64), aligned(4), may_alias));
typedef gint32 I __attribute__((vector_size(64), aligned(4), may_alias));
typedef guint8 Bytes __attribute__((vector_size(16), aligned(1), may_alias));
typedef gint16 Words __attribute__((vector_size(32), aligned(2), may_alias));

struct _UmkPackedInt8 {
    gsize n;
    gsize k;
    gsize quads;   /* ceil(k / 4) */
    gint8 *data;   /* (panels, quads, UMK_GEMM_PANEL, 4) */
    float *scales; /* (panels * UMK_GEMM_PANEL) */
    gint32 *sums;  /* of each output's whole numbers */
};

/* What a step of a block leaves for its end: one entry a row. */
typedef struct {
    float steps[16 * UMK_GEMM_ROWS];
    gint32 zeros[16 * UMK_GEMM_ROWS];
} Rows;

BODY V
load(const float *x, gsize n)
{
    V v = {0};

    if (G_LIKELY(n >= LANES))
        memcpy(&v, x, sizeof v);
    else
        memcpy(&v, x, n * sizeof(float));
    return v;
}

BODY V
choose(I mask, V yes, V no)
{
    return (V) ((mask & (I) yes) | (~mask & (I) no));
}

/* Smallest and largest number of a row, 0 among them; both NaN unless all are finite. */
BODY void
find_range(const float *x, gsize k, float *low, float *high)
{
    V least = {0}, most = {0}, check = {0};
    float wrong = 0;

    for (gsize i = 0; i < k; i += LANES) {
        V v = load(x + i, k - i);

        least = choose(v < least, v, least);
        most = choose(v > most, v, most);
        check += v * 0.0f;
    }
    *low = *high = 0;
    for (guint i = 0; i < LANES; i++) {
        *low = MIN(*low, least[i]);
        *high = MAX(*high, most[i]);
        wrong += check[i];
    }
    *low += wrong;
    *high += wrong;
}

/* width bytes for each number, quads lying pitch bytes apart. */
BODY void
quantize_row(const float *x,
             gsize k,
             const gsize width,
             gsize pitch,
             guint8 *to,
             float *step,
             gint32 *zero)
{
    const float magic = 0x1.8p23f; /* adding it rounds to the nearest even whole number */
    const I bits = (I) ((V){0} + magic);
    float low, high, range, inverse;
    I offset;

    find_range(x, k, &low, &high);
    range = high - low;
    inverse = range > TINY && range < INFINITY ? 255.0f / range : 0.0f;
    *step =
        inverse > 0 ? range / 255.0f : range * 0.0f; /* NaN if something is not finite */
    *zero = inverse > 0 ? (gint32) rintf(-low * inverse) : 0;
    offset = (I){0} + *zero;
    for (gsize i = 0; i < k; i += LANES) {
        I q = (I) (load(x + i, k - i) * inverse + magic) - bits + offset;
        gsize n_quads = MIN((k - i + 3) / 4, LANES / 4);

        q = (q & (q <= 255)) | ((q > 255) & 255); /* both ends may have rounded up */
        if (width == 1) {
            Bytes bytes = __builtin_convertvector(q, Bytes);

            for (gsize quad = 0; quad < n_quads; quad++, to += pitch)
                memcpy(to, (const guint8 *) &bytes + 4 * quad, 4);
        } else {
            Words words = __builtin_convertvector(q, Words);

            for (gsize quad = 0; quad < n_quads; quad++, to += pitch)
                memcpy(to, (const guint8 *) &words + 8 * quad, 8);
        }
    }
}

/* rows of a tile, one after another; rows lie side by side in a quad */
BODY void
pack_rows(const float *a,
          gsize a_stride,
          gsize rows,
          gsize k,
          const gsize width,
          guint8 *tile,
          float *steps,
          gint32 *zeros)
{
    for (gsize row = 0; row < rows; row++)
        quantize_row(a + row * a_stride, k, width, UMK_GEMM_ROWS * 4 * width,
                     tile + row * 4 * width, &steps[row], &zeros[row]);
}

/* A tile's whole numbers to floats. */
BODY void
finish_tile(const gint32 *sums,
            gsize rows,
            gsize columns,
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
        for (gsize j = 0; j < columns; j += LANES) {
            gsize width = MIN(columns - j, LANES);
            float *to = out + row * out_stride + j;
            I sum, weights;
            V scale, v;

            memcpy(&sum, sums + row * UMK_GEMM_PANEL + j, sizeof sum);
            memcpy(&weights, weight_sums + j, sizeof weights);
            memcpy(&scale, scales + j, sizeof scale);
            v = __builtin_convertvector(sum - weights * zeros[row], V) *
                (scale * steps[row]);
            if (bias != NULL)
                v += load(bias + j, width);
            if (add)
                v = load(to, width) + v;
            memcpy(to, &v, width * sizeof(float));
        }
    }
}

/* The copies for each kind of processor. */
typedef struct {
    void (*pack)(const float *a,
                 gsize a_stride,
                 gsize rows,
                 gsize k,
                 gsize width,
                 guint8 *tile,
                 float *steps,
                 gint32 *zeros);
    void (*finish)(const gint32 *sums,
                   gsize rows,
                   gsize columns,
                   const float *steps,
                   const gint32 *zeros,
                   const float *scales,
                   const gint32 *weight_sums,
                   const float *bias,
                   gboolean add,
                   float *out,
                   gsize out_stride);
} Ends;

#define COPY(suffix, attribute)                                                          \
    attribute static void pack_##suffix(const float *a, gsize a_stride, gsize rows,      \
                                        gsize k, gsize width, guint8 *tile,              \
                                        float *steps, gint32 *zeros)                     \
    {                                                                                    \
        if (width == 1)                                                                  \
            pack_rows(a, a_stride, rows, k, 1, tile, steps, zeros);                      \
        else                                                                             \
            pack_rows(a, a_stride, rows, k, 2, tile, steps, zeros);                      \
    }                                                                                    \
    attribute static void finish_##suffix(                                               \
        const gint32 *sums, gsize rows, gsize columns, const float *steps,               \
        const gint32 *zeros, const float *scales, const gint32 *weight_sums,             \
        const float *bias, gboolean add, float *out, gsize out_stride)                   \
    {                                                                                    \
        finish_tile(sums, rows, columns, steps, zeros, scales, weight_sums, bias, add,   \
                    out, out_stride);                                                    \
    }                                                                                    \
    static const Ends ends_##suffix = {pack_##suffix, finish_##suffix}

COPY(plain, );
#if UMK_GEMM_X86
COPY(avx2, __attribute__((target("avx2"))));
COPY(avx512, __attribute__((target("avx512f,avx512bw,avx512vl"))));
#endif

typedef struct {
    const char *name;
    UmkInt8Tile tile;
    const Ends *ends;
    gsize width; /* bytes of one quantised input number */
} Kernel;

static const Kernel kernels[] = {
    [UMK_GEMM_INT8_PLAIN] = {"plain", _umk_int8_tile_plain, &ends_plain, 1},
#if UMK_GEMM_X86
    [UMK_GEMM_INT8_AVX2] = {"avx2", _umk_int8_tile_avx2, &ends_avx2, 2},
    [UMK_GEMM_INT8_AVX_VNNI] = {"avx-vnni", _umk_int8_tile_avx_vnni, &ends_avx2, 1},
    [UMK_GEMM_INT8_AVX512_VNNI] = {"avx512-vnni", _umk_int8_tile_avx512_vnni,
                                   &ends_avx512, 1},
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
    for (gsize i = 0; i < k; i++)
        q[i] = (gint8) rintf(w[i] * inverse);
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
_umk_quantize_row(const float *x, gsize k, guint8 *q, float *step, gint32 *zero)
{
    quantize_row(x, k, 1, 4, q, step, zero);
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
    gsize tile_size = w->quads * UMK_GEMM_ROWS * 4 * kernel->width;

    for (gsize row = 0; row < m; row += tile_rows, block += tile_size) {
        gsize here = MIN(tile_rows, m - row);

        kernel->tile(block, panel, w->quads, here, width, sums);
        kernel->ends->finish(sums, here, width, rows->steps + row, rows->zeros + row,
                             w->scales + column, w->sums + column,
                             end->bias != NULL ? end->bias + column : NULL, end->add,
                             out + row * out_stride + column, out_stride);
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
    guint8 block[BLOCK * 2] __attribute__((aligned(UMK_ALIGN)));
    gsize tile_size = w->quads * UMK_GEMM_ROWS * 4 * kernel->width, n_fit;

    n_fit = MIN(sizeof block / MAX(tile_size, 1), 16);
    for (gsize row = 0; row < m; row += n_fit * UMK_GEMM_ROWS) {
        gsize rows = MIN(n_fit * UMK_GEMM_ROWS, m - row);
        gsize n_tiles = (rows + UMK_GEMM_ROWS - 1) / UMK_GEMM_ROWS;
        gsize tile_rows = (rows + n_tiles - 1) / n_tiles, at = 0;
        Rows scales;

        for (guint8 *tile = block; at < rows; at += tile_rows, tile += tile_size)
            kernel->ends->pack(a + (row + at) * a_stride, a_stride,
                               MIN(tile_rows, rows - at), w->k, kernel->width, tile,
                               scales.steps + at, scales.zeros + at);
        for (gsize column = 0; column < w->n; column += UMK_GEMM_PANEL)
            multiply_panel(block, tile_rows, rows, w, column, &scales, end,
                           out + row * out_stride, out_stride);
    }
}
