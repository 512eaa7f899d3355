/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix tiles for AVX2 with FMA and for AVX-512. Each function carries its own target,
 * so the library as a whole still runs on any x86-64. A tile keeps all its sums in
 * registers: 12 rows by two panels for AVX-512, 6 rows by one panel for AVX2. Both read
 * the rows where they are: a line of each stays in the first-level cache, and a copy in
 * which they lie side by side would cost more than it brings. The number of rows is a
 * constant in each copy the compiler makes. */
#include "linalg/umk-gemm-kernels-private.h"

#if UMK_GEMM_X86

#ifndef UMK_GEMM_EMULATED
#include <immintrin.h>
#endif

#define TARGET_AVX512 UMK_GEMM_TARGET("avx512f")
#define TARGET_AVX2   UMK_GEMM_TARGET("avx2,fma")
#define INLINE        static inline __attribute__((always_inline))

/* Keeps the compiler from working out the address of every number from one pointer: it
 * runs out of registers and reads addresses from the stack. */
#ifdef UMK_GEMM_EMULATED
#define OWN_REGISTER(pointer) ((void) 0)
#else
#define OWN_REGISTER(pointer) __asm__("" : "+r"(pointer))
#endif

/* Columns that a tile of one panel or two has. */
TARGET_AVX512 INLINE __mmask16
mask_of(gsize columns)
{
    return columns >= 16 ? 0xffff : (__mmask16) ((1u << columns) - 1);
}

/* One k of a tile. The rows lie s bytes apart, the first, fourth, … at those of at. */
TARGET_AVX512 INLINE void
step_avx512(const char *const at[4],
            gsize s,
            gsize k,
            const float *w,
            const float *w_right,
            const gsize rows,
            __m512 sum[UMK_GEMM_ROWS][2])
{
    __m512 w0 = _mm512_loadu_ps(w), w1 = _mm512_loadu_ps(w_right);

#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        const char *from = at[r / 3] + r % 3 * s + k * sizeof(float);
        __m512 factor = _mm512_set1_ps(*(const float *) (gconstpointer) from);

        sum[r][0] = _mm512_fmadd_ps(factor, w0, sum[r][0]);
        sum[r][1] = _mm512_fmadd_ps(factor, w1, sum[r][1]);
    }
}

/* Weights to be brought near: so many k every stretch, of two panels that lie apart. */
typedef struct {
    const float *next;
    gsize n;
    gsize right;
} Ahead;

TARGET_AVX512 INLINE void
tile_avx512(const UmkGemmOperands *in,
            const float *a,
            const Ahead *ahead,
            const gsize rows,
            gsize columns,
            const float *bias,
            UmkGemmMode mode,
            float *out,
            gsize out_stride)
{
    const __mmask16 left = mask_of(columns);
    const __mmask16 right = columns > 16 ? mask_of(columns - 16) : 0;
    const float *w = in->w, *w_right = columns > 16 ? w + in->w_stride : w;
    const float *next = ahead->next;
    gsize k = in->k, i = 0, s = in->a_stride * sizeof(float);
    const char *at[4];
    __m512 sum[UMK_GEMM_ROWS][2];

#pragma GCC unroll 4
    for (gsize r = 0; r < 4; r++) {
        at[r] = (const char *) a + (3 * r < rows ? 3 * r : 0) * s;
        OWN_REGISTER(at[r]);
    }
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        const float *from = out + r * out_stride;

        if (mode == UMK_GEMM_ADD) { /* to be at hand when the sums are */
            __builtin_prefetch(from);
            __builtin_prefetch(from + 16);
        }
        sum[r][0] = mode == UMK_GEMM_RESUME ? _mm512_maskz_loadu_ps(left, from)
                                            : _mm512_setzero_ps();
        sum[r][1] = mode == UMK_GEMM_RESUME ? _mm512_maskz_loadu_ps(right, from + 16)
                                            : _mm512_setzero_ps();
    }
    for (; i + UMK_GEMM_AHEAD <= k; i += UMK_GEMM_AHEAD) {
        for (gsize j = 0; j < ahead->n; j++, next += UMK_GEMM_COLUMNS) {
            _mm_prefetch(next, _MM_HINT_T1);
            _mm_prefetch(next + ahead->right, _MM_HINT_T1);
        }
#pragma GCC unroll 8
        for (gsize j = 0; j < UMK_GEMM_AHEAD; j++)
            step_avx512(at, s, j, w + j * UMK_GEMM_COLUMNS,
                        w_right + j * UMK_GEMM_COLUMNS, rows, sum);
        w += UMK_GEMM_AHEAD * UMK_GEMM_COLUMNS;
        w_right += UMK_GEMM_AHEAD * UMK_GEMM_COLUMNS;
#pragma GCC unroll 4
        for (gsize r = 0; r < 4; r++)
            at[r] += UMK_GEMM_AHEAD * sizeof(float);
    }
    for (gsize j = 0; i < k; i++, j++, w += UMK_GEMM_COLUMNS, w_right += UMK_GEMM_COLUMNS)
        step_avx512(at, s, j, w, w_right, rows, sum);
    if (bias != NULL) {
        __m512 b0 = _mm512_maskz_loadu_ps(left, bias);
        __m512 b1 = _mm512_maskz_loadu_ps(right, bias + 16);

#pragma GCC unroll 12
        for (gsize r = 0; r < rows; r++) {
            sum[r][0] = _mm512_add_ps(sum[r][0], b0);
            sum[r][1] = _mm512_add_ps(sum[r][1], b1);
        }
    }
#pragma GCC unroll 12
    for (gsize r = 0; r < rows; r++) {
        float *to = out + r * out_stride;

        if (mode == UMK_GEMM_ADD) {
            sum[r][0] = _mm512_add_ps(_mm512_maskz_loadu_ps(left, to), sum[r][0]);
            sum[r][1] = _mm512_add_ps(_mm512_maskz_loadu_ps(right, to + 16), sum[r][1]);
        }
        _mm512_mask_storeu_ps(to, left, sum[r][0]);
        _mm512_mask_storeu_ps(to + 16, right, sum[r][1]);
    }
}

/* One function for each number of rows, so that all sums stay in registers. */
typedef void (*Tile512)(const UmkGemmOperands *in,
                        const float *a,
                        const Ahead *ahead,
                        gsize columns,
                        const float *bias,
                        UmkGemmMode mode,
                        float *out,
                        gsize out_stride);

#define ROWS(n)                                                                          \
    TARGET_AVX512 static __attribute__((noinline)) void tile_avx512_##n(                 \
        const UmkGemmOperands *in, const float *a, const Ahead *ahead, gsize columns,    \
        const float *bias, UmkGemmMode mode, float *out, gsize out_stride)               \
    {                                                                                    \
        tile_avx512(in, a, ahead, n, columns, bias, mode, out, out_stride);              \
    }
UMK_GEMM_EACH_ROWS(ROWS)
#undef ROWS

/* Any number of rows, cut into even tiles (16 run as 8 + 8), and one panel or two.
 * Meanwhile the panels after these come nearer, all of them by the last tile. */
void
_umk_gemm_tile_avx512(const UmkGemmOperands *in,
                      gsize rows,
                      gsize columns,
                      const float *bias,
                      UmkGemmMode mode,
                      float *out,
                      gsize out_stride)
{
    static const Tile512 tiles[] = {
        NULL,           tile_avx512_1,  tile_avx512_2, tile_avx512_3, tile_avx512_4,
        tile_avx512_5,  tile_avx512_6,  tile_avx512_7, tile_avx512_8, tile_avx512_9,
        tile_avx512_10, tile_avx512_11, tile_avx512_12};
    const gsize n_tiles = (rows + UMK_GEMM_ROWS - 1) / UMK_GEMM_ROWS;
    const gsize each = (rows + n_tiles - 1) / n_tiles, stretches = in->k / UMK_GEMM_AHEAD;
    const gsize n_ahead = (UMK_GEMM_AHEAD + n_tiles - 1) / n_tiles;
    Ahead ahead = {.next = in->next, .right = in->w_stride};

    for (gsize row = 0, before = 0; row < rows; row += each) {
        ahead.n = in->next != NULL && before < in->k ? n_ahead : 0;
        tiles[MIN(rows - row, each)](in, in->a + row * in->a_stride, &ahead, columns,
                                     bias, mode, out + row * out_stride, out_stride);
        ahead.next += stretches * ahead.n * UMK_GEMM_COLUMNS;
        before += stretches * ahead.n;
    }
}

/* One k of a tile. */
TARGET_AVX2 INLINE void
step_avx2(
    const float *const *row, gsize i, const float *w, const gsize rows, __m256 sum[6][2])
{
    __m256 w0 = _mm256_loadu_ps(w), w1 = _mm256_loadu_ps(w + 8);

#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        __m256 factor = _mm256_broadcast_ss(row[r] + i);

        sum[r][0] = _mm256_fmadd_ps(factor, w0, sum[r][0]);
        sum[r][1] = _mm256_fmadd_ps(factor, w1, sum[r][1]);
    }
}

#ifdef UMK_GEMM_EMULATED
#define HAS_STRETCH(rows)                        FALSE
#define stretch_avx2(p, q, stride, w, rows, sum) (void) (p), (void) (q), (void) (stride)
#else
/* Eight k of the tiles that nearly all work is done in, as they are to be: compilers copy
 * sums between registers, and every instruction counts where another thread shares the
 * core. p is the first row, q the fourth, s from row to row in bytes. */
#define HAS_STRETCH(rows) ((rows) >= 4)
#define W(j)                                                                             \
    "vmovups " #j "*64(%[w]), %%ymm12\n\t"                                               \
    "vmovups " #j "*64+32(%[w]), %%ymm13\n\t"
#define ROW(j, at, left, right)                                                          \
    "vbroadcastss " #j "*4(" at "), %%ymm14\n\t"                                         \
    "vfmadd231ps %%ymm12, %%ymm14, " left "\n\t"                                         \
    "vfmadd231ps %%ymm13, %%ymm14, " right "\n\t"
#define FOUR(j)                                                                          \
    W(j)                                                                                 \
    ROW(j, "%[p]", "%0", "%1")                                                           \
    ROW(j, "%[p],%[s]", "%2", "%3")                                                      \
    ROW(j, "%[p],%[s],2", "%4", "%5")                                                    \
    ROW(j, "%[q]", "%6", "%7")
#define FIVE(j)       FOUR(j) ROW(j, "%[q],%[s]", "%8", "%9")
#define SIX(j)        FIVE(j) ROW(j, "%[q],%[s],2", "%10", "%11")
#define STRETCH(step) step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7)
#define SUMS(r)       "+x"(sum[r][0]), "+x"(sum[r][1])
#define RUN(step, ...)                                                                   \
    __asm__(STRETCH(step)                                                                \
            : __VA_ARGS__                                                                \
            : [p] "r"(p), [q] "r"(q), [s] "r"(stride), [w] "r"(w)                        \
            : "xmm12", "xmm13", "xmm14", "memory")

TARGET_AVX2 INLINE void
stretch_avx2(const float *p,
             const float *q,
             gsize stride,
             const float *w,
             const gsize rows,
             __m256 sum[6][2])
{
    if (rows == 4)
        RUN(FOUR, SUMS(0), SUMS(1), SUMS(2), SUMS(3));
    else if (rows == 5)
        RUN(FIVE, SUMS(0), SUMS(1), SUMS(2), SUMS(3), SUMS(4));
    else
        RUN(SIX, SUMS(0), SUMS(1), SUMS(2), SUMS(3), SUMS(4), SUMS(5));
}
#endif

TARGET_AVX2 INLINE void
tile_avx2(const UmkGemmOperands *in,
          const float *a,
          const float *next,
          gsize next_step,
          const gsize rows,
          const float *bias,
          UmkGemmMode mode,
          float *out,
          gsize out_stride)
{
    const float *w = in->w, *row[6], *p = a;
    const float *q = p + 3 * in->a_stride;
    gsize k = in->k, i = 0;
    gsize stride = in->a_stride * sizeof(float);
    __m256 sum[6][2];

#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        const float *from = out + r * out_stride;

        row[r] = a + r * in->a_stride;
        OWN_REGISTER(row[r]);
        sum[r][0] = mode == UMK_GEMM_RESUME ? _mm256_loadu_ps(from) : _mm256_setzero_ps();
        sum[r][1] =
            mode == UMK_GEMM_RESUME ? _mm256_loadu_ps(from + 8) : _mm256_setzero_ps();
    }
    for (; i + UMK_GEMM_AHEAD <= k; i += UMK_GEMM_AHEAD) {
        _mm_prefetch(next, _MM_HINT_T1);
        next += next_step;
        if (HAS_STRETCH(rows)) {
            stretch_avx2(p + i, q + i, stride, w, rows, sum);
            w += UMK_GEMM_AHEAD * UMK_GEMM_COLUMNS;
            continue;
        }
#pragma GCC unroll 8
        for (gsize j = 0; j < UMK_GEMM_AHEAD; j++, w += UMK_GEMM_COLUMNS)
            step_avx2(row, i + j, w, rows, sum);
    }
    for (; i < k; i++, w += UMK_GEMM_COLUMNS)
        step_avx2(row, i, w, rows, sum);
#pragma GCC unroll 6
    for (gsize r = 0; r < rows; r++) {
        float *to = out + r * out_stride;

        if (bias != NULL) {
            sum[r][0] = _mm256_add_ps(sum[r][0], _mm256_loadu_ps(bias));
            sum[r][1] = _mm256_add_ps(sum[r][1], _mm256_loadu_ps(bias + 8));
        }
        if (mode == UMK_GEMM_ADD) {
            sum[r][0] = _mm256_add_ps(_mm256_loadu_ps(to), sum[r][0]);
            sum[r][1] = _mm256_add_ps(_mm256_loadu_ps(to + 8), sum[r][1]);
        }
        _mm256_storeu_ps(to, sum[r][0]);
        _mm256_storeu_ps(to + 8, sum[r][1]);
    }
}

/* One function for each number of rows: together in one, the compiler runs out of
 * registers and keeps sums on the stack. n_tiles lie one below the other; meanwhile the
 * panel after this one is brought near, from stretch n_before of it on. */
#define ROWS(n)                                                                          \
    TARGET_AVX2 static __attribute__((noinline)) void tiles_avx2_##n(                    \
        const UmkGemmOperands *in, gsize n_tiles, gsize n_before, const float *bias,     \
        UmkGemmMode mode, float *out, gsize out_stride)                                  \
    {                                                                                    \
        const float *a = in->a;                                                          \
        const gsize n_here = in->k / UMK_GEMM_AHEAD;                                     \
                                                                                         \
        for (gsize tile = 0; tile < n_tiles; tile++, a += n * in->a_stride) {            \
            gboolean brings = in->next != NULL && n_before < in->k;                      \
                                                                                         \
            tile_avx2(in, a, brings ? in->next + n_before *UMK_GEMM_COLUMNS : in->w,     \
                      brings ? UMK_GEMM_COLUMNS : 0, n, bias, mode, out, out_stride);    \
            n_before += n_here;                                                          \
            out += n * out_stride;                                                       \
        }                                                                                \
    }
ROWS(1)
ROWS(2)
ROWS(3)
ROWS(4)
ROWS(5)
ROWS(6)
#undef ROWS

typedef void (*WholeTiles)(const UmkGemmOperands *in,
                           gsize n_tiles,
                           gsize n_before,
                           const float *bias,
                           UmkGemmMode mode,
                           float *out,
                           gsize out_stride);

static const WholeTiles whole_tiles[] = {NULL,         tiles_avx2_1, tiles_avx2_2,
                                         tiles_avx2_3, tiles_avx2_4, tiles_avx2_5,
                                         tiles_avx2_6};

/* Rows of the next tile: six, the last two sharing evenly what a full one and a rest of
 * few would have, whose sums would wait for one another. */
static void
whole_panel_avx2(const UmkGemmOperands *in,
                 gsize rows,
                 const float *bias,
                 UmkGemmMode mode,
                 float *out,
                 gsize out_stride)
{
    const gsize n_full = rows % 6 == 0 ? rows / 6 : rows < 6 ? 0 : rows / 6 - 1;
    UmkGemmOperands here = *in;
    gsize n_before = n_full * (in->k / UMK_GEMM_AHEAD);

    whole_tiles[6](&here, n_full, 0, bias, mode, out, out_stride);
    for (gsize row = 6 * n_full, n; row < rows; row += n) {
        n = rows - row > 6 ? (rows - row + 1) / 2 : rows - row;
        here.a = in->a + row * in->a_stride;
        whole_tiles[n](&here, 1, n_before, bias, mode, out + row * out_stride,
                       out_stride);
        n_before += in->k / UMK_GEMM_AHEAD;
    }
}

/* Less than a panel: by way of a whole one. */
static void
narrow_panel_avx2(const UmkGemmOperands *in,
                  gsize rows,
                  gsize columns,
                  const float *bias,
                  UmkGemmMode mode,
                  float *out,
                  gsize out_stride)
{
    float edge[6 * UMK_GEMM_COLUMNS] = {0}, edge_bias[UMK_GEMM_COLUMNS] = {0};
    UmkGemmOperands here = *in;

    here.next = NULL;
    for (gsize j = 0; bias != NULL && j < columns; j++)
        edge_bias[j] = bias[j];
    for (gsize row = 0; row < rows; row += 6, out += 6 * out_stride) {
        const gsize n = MIN(rows - row, 6);

        for (gsize r = 0; mode != UMK_GEMM_SET && r < n; r++)
            for (gsize j = 0; j < columns; j++)
                edge[r * UMK_GEMM_COLUMNS + j] = out[r * out_stride + j];
        here.a = in->a + row * in->a_stride;
        whole_tiles[n](&here, 1, 0, bias != NULL ? edge_bias : NULL, mode, edge,
                       UMK_GEMM_COLUMNS);
        for (gsize r = 0; r < n; r++)
            for (gsize j = 0; j < columns; j++)
                out[r * out_stride + j] = edge[r * UMK_GEMM_COLUMNS + j];
    }
}

/* Any number of rows and one panel. */
void
_umk_gemm_tile_avx2(const UmkGemmOperands *in,
                    gsize rows,
                    gsize columns,
                    const float *bias,
                    UmkGemmMode mode,
                    float *out,
                    gsize out_stride)
{
    if (columns == UMK_GEMM_COLUMNS)
        whole_panel_avx2(in, rows, bias, mode, out, out_stride);
    else
        narrow_panel_avx2(in, rows, columns, bias, mode, out, out_stride);
}

#else

typedef int UmkGemmNoX86; /* a file may not be empty */

#endif
