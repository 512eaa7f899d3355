/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocked dot products and squared distances with run-time dispatch; the summation order
 * and why it is fixed is told in the header. Kernels only: nothing here allocates. */

#include "linalg/umk-distance-private.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#define UMK_DISTANCE_X86 1
#include <immintrin.h>
#else
#define UMK_DISTANCE_X86 0
#endif

#define N_LANES       16
#define ALWAYS_INLINE static inline __attribute__((always_inline))

UmkDistanceLevel
_umk_distance_best_level(void)
{
#if UMK_DISTANCE_X86
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return UMK_DISTANCE_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return UMK_DISTANCE_AVX2;
#endif
    return UMK_DISTANCE_PLAIN;
}

/* ---- plain ------------------------------------------------------------------------ */

static void
plain_step(UmkDistanceKind kind, const float *a, const float *b, float *lanes)
{
    for (int i = 0; i < N_LANES; i++) {
        float difference = a[i] - b[i];

        lanes[i] = kind == UMK_DISTANCE_DOT ? fmaf(a[i], b[i], lanes[i])
                                            : fmaf(difference, difference, lanes[i]);
    }
}

static float
plain_pair(UmkDistanceKind kind, const float *a, const float *b, gsize n_dims)
{
    float lanes[N_LANES] = {0.0f};
    gsize i = 0;

    for (; i + N_LANES <= n_dims; i += N_LANES)
        plain_step(kind, a + i, b + i, lanes);
    if (i < n_dims) {
        float tail_a[N_LANES] = {0.0f}, tail_b[N_LANES] = {0.0f};

        memcpy(tail_a, a + i, (n_dims - i) * sizeof(float));
        memcpy(tail_b, b + i, (n_dims - i) * sizeof(float));
        plain_step(kind, tail_a, tail_b, lanes);
    }
    for (int width = N_LANES / 2; width > 0; width /= 2)
        for (int lane = 0; lane < width; lane++)
            lanes[lane] += lanes[lane + width];
    return lanes[0];
}

static void
plain_block(UmkDistanceKind kind,
            const float *queries,
            gsize query_stride,
            gsize n_queries,
            const float *rows,
            gsize row_stride,
            gsize n_rows,
            gsize n_dims,
            float *out,
            gsize out_stride)
{
    for (gsize q = 0; q < n_queries; q++)
        for (gsize r = 0; r < n_rows; r++)
            out[q * out_stride + r] = plain_pair(kind, queries + q * query_stride,
                                                 rows + r * row_stride, n_dims);
}

#if UMK_DISTANCE_X86

/* ---- AVX2: one pair is two registers of eight lanes ------------------------------- */

#define TARGET_AVX2 __attribute__((target("avx2,fma")))

TARGET_AVX2 ALWAYS_INLINE float
avx2_reduce(__m256 low, __m256 high)
{
    __m256 eight = _mm256_add_ps(low, high);
    __m128 four =
        _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

TARGET_AVX2 ALWAYS_INLINE __m256
avx2_step(UmkDistanceKind kind, __m256 a, __m256 b, __m256 sum)
{
    if (kind == UMK_DISTANCE_DOT)
        return _mm256_fmadd_ps(a, b, sum);

    __m256 difference = _mm256_sub_ps(a, b);

    return _mm256_fmadd_ps(difference, difference, sum);
}

TARGET_AVX2 ALWAYS_INLINE __m256i
avx2_mask(gsize n_left)
{
    static const gint32 edge[16] = {-1, -1, -1, -1, -1, -1, -1, -1,
                                    0,  0,  0,  0,  0,  0,  0,  0};

    return _mm256_loadu_si256((const __m256i *) (edge + 8 - MIN(n_left, 8)));
}

/* A tile of nq queries by nr rows, both known when compiled. */
TARGET_AVX2 ALWAYS_INLINE void
avx2_tile(UmkDistanceKind kind,
          int nq,
          int nr,
          const float *queries,
          gsize query_stride,
          const float *rows,
          gsize row_stride,
          gsize n_dims,
          float *out,
          gsize out_stride)
{
    __m256 sums[2][2][4];
    gsize i = 0;

#pragma GCC unroll 2
    for (int half = 0; half < 2; half++)
#pragma GCC unroll 2
        for (int q = 0; q < nq; q++)
#pragma GCC unroll 4
            for (int r = 0; r < nr; r++)
                sums[half][q][r] = _mm256_setzero_ps();

    for (; i + N_LANES <= n_dims; i += N_LANES) {
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            __m256 a[2];

#pragma GCC unroll 2
            for (int q = 0; q < nq; q++)
                a[q] = _mm256_loadu_ps(queries + (gsize) q * query_stride + i + half * 8);
#pragma GCC unroll 4
            for (int r = 0; r < nr; r++) {
                __m256 b = _mm256_loadu_ps(rows + (gsize) r * row_stride + i + half * 8);

#pragma GCC unroll 2
                for (int q = 0; q < nq; q++)
                    sums[half][q][r] = avx2_step(kind, a[q], b, sums[half][q][r]);
            }
        }
    }
    if (i < n_dims) {
        gsize n_left = n_dims - i;
        __m256i masks[2] = {avx2_mask(n_left), avx2_mask(n_left > 8 ? n_left - 8 : 0)};

        for (int half = 0; half < 2; half++)
            for (int q = 0; q < nq; q++)
                for (int r = 0; r < nr; r++) {
                    gsize at = i + (gsize) half * 8;
                    const float *from_q = queries + (gsize) q * query_stride;
                    const float *from_r = rows + (gsize) r * row_stride;
                    __m256 a = half && n_left <= 8
                                   ? _mm256_setzero_ps()
                                   : _mm256_maskload_ps(from_q + at, masks[half]);
                    __m256 b = half && n_left <= 8
                                   ? _mm256_setzero_ps()
                                   : _mm256_maskload_ps(from_r + at, masks[half]);

                    sums[half][q][r] = avx2_step(kind, a, b, sums[half][q][r]);
                }
    }
#pragma GCC unroll 2
    for (int q = 0; q < nq; q++)
#pragma GCC unroll 4
        for (int r = 0; r < nr; r++)
            out[(gsize) q * out_stride + (gsize) r] =
                avx2_reduce(sums[0][q][r], sums[1][q][r]);
}

TARGET_AVX2 ALWAYS_INLINE void
avx2_block(UmkDistanceKind kind,
           const float *queries,
           gsize query_stride,
           gsize n_queries,
           const float *rows,
           gsize row_stride,
           gsize n_rows,
           gsize n_dims,
           float *out,
           gsize out_stride)
{
    gsize r = 0;

    for (; r + 3 <= n_rows; r += 3) {
        const float *tile = rows + r * row_stride;
        gsize q = 0;

        for (; q + 2 <= n_queries; q += 2)
            avx2_tile(kind, 2, 3, queries + q * query_stride, query_stride, tile,
                      row_stride, n_dims, out + q * out_stride + r, out_stride);
        for (; q < n_queries; q++)
            avx2_tile(kind, 1, 3, queries + q * query_stride, query_stride, tile,
                      row_stride, n_dims, out + q * out_stride + r, out_stride);
    }
    for (; r < n_rows; r++)
        for (gsize q = 0; q < n_queries; q++)
            avx2_tile(kind, 1, 1, queries + q * query_stride, query_stride,
                      rows + r * row_stride, row_stride, n_dims, out + q * out_stride + r,
                      out_stride);
}

/* Rows with themselves: one load feeds both factors. */
TARGET_AVX2 ALWAYS_INLINE void
avx2_self_tile(int nr, const float *rows, gsize row_stride, gsize n_dims, float *out)
{
    __m256 sums[2][4];
    gsize i = 0;

#pragma GCC unroll 4
    for (int r = 0; r < nr; r++)
        sums[0][r] = sums[1][r] = _mm256_setzero_ps();
    for (; i + N_LANES <= n_dims; i += N_LANES) {
#pragma GCC unroll 4
        for (int r = 0; r < nr; r++) {
            __m256 low = _mm256_loadu_ps(rows + (gsize) r * row_stride + i);
            __m256 high = _mm256_loadu_ps(rows + (gsize) r * row_stride + i + 8);

            sums[0][r] = _mm256_fmadd_ps(low, low, sums[0][r]);
            sums[1][r] = _mm256_fmadd_ps(high, high, sums[1][r]);
        }
    }
    if (i < n_dims) {
        gsize n_left = n_dims - i;

        for (int r = 0; r < nr; r++) {
            const float *from = rows + (gsize) r * row_stride + i;
            __m256 low = _mm256_maskload_ps(from, avx2_mask(n_left)), high;

            sums[0][r] = _mm256_fmadd_ps(low, low, sums[0][r]);
            if (n_left > 8) {
                high = _mm256_maskload_ps(from + 8, avx2_mask(n_left - 8));
                sums[1][r] = _mm256_fmadd_ps(high, high, sums[1][r]);
            }
        }
    }
#pragma GCC unroll 4
    for (int r = 0; r < nr; r++)
        out[r] = avx2_reduce(sums[0][r], sums[1][r]);
}

TARGET_AVX2 static void
avx2_self(const float *rows, gsize row_stride, gsize n_rows, gsize n_dims, float *out)
{
    gsize r = 0;

    for (; r + 4 <= n_rows; r += 4)
        avx2_self_tile(4, rows + r * row_stride, row_stride, n_dims, out + r);
    for (; r < n_rows; r++)
        avx2_self_tile(1, rows + r * row_stride, row_stride, n_dims, out + r);
}

/* ---- AVX-512: one pair is one register -------------------------------------------- */

#define TARGET_AVX512 __attribute__((target("avx512f,avx512dq,avx2,fma")))

TARGET_AVX512 ALWAYS_INLINE __m512
avx512_step(UmkDistanceKind kind, __m512 a, __m512 b, __m512 sum)
{
    if (kind == UMK_DISTANCE_DOT)
        return _mm512_fmadd_ps(a, b, sum);

    __m512 difference = _mm512_sub_ps(a, b);

    return _mm512_fmadd_ps(difference, difference, sum);
}

TARGET_AVX512 ALWAYS_INLINE float
avx512_reduce(__m512 sum)
{
    __m256 eight =
        _mm256_add_ps(_mm512_castps512_ps256(sum), _mm512_extractf32x8_ps(sum, 1));
    __m128 four =
        _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));

    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

TARGET_AVX512 ALWAYS_INLINE void
avx512_tile(UmkDistanceKind kind,
            int nq,
            int nr,
            const float *queries,
            gsize query_stride,
            const float *rows,
            gsize row_stride,
            gsize n_dims,
            float *out,
            gsize out_stride)
{
    __m512 sums[4][4];
    gsize i = 0;

#pragma GCC unroll 4
    for (int q = 0; q < nq; q++)
#pragma GCC unroll 4
        for (int r = 0; r < nr; r++)
            sums[q][r] = _mm512_setzero_ps();

    for (; i + N_LANES <= n_dims; i += N_LANES) {
        __m512 a[4];

#pragma GCC unroll 4
        for (int q = 0; q < nq; q++)
            a[q] = _mm512_loadu_ps(queries + (gsize) q * query_stride + i);
#pragma GCC unroll 4
        for (int r = 0; r < nr; r++) {
            __m512 b = _mm512_loadu_ps(rows + (gsize) r * row_stride + i);

#pragma GCC unroll 4
            for (int q = 0; q < nq; q++)
                sums[q][r] = avx512_step(kind, a[q], b, sums[q][r]);
        }
    }
    if (i < n_dims) {
        __mmask16 mask = (__mmask16) ((1u << (n_dims - i)) - 1u);

        for (int q = 0; q < nq; q++)
            for (int r = 0; r < nr; r++)
                sums[q][r] = avx512_step(
                    kind,
                    _mm512_maskz_loadu_ps(mask, queries + (gsize) q * query_stride + i),
                    _mm512_maskz_loadu_ps(mask, rows + (gsize) r * row_stride + i),
                    sums[q][r]);
    }
#pragma GCC unroll 4
    for (int q = 0; q < nq; q++)
#pragma GCC unroll 4
        for (int r = 0; r < nr; r++)
            out[(gsize) q * out_stride + (gsize) r] = avx512_reduce(sums[q][r]);
}

TARGET_AVX512 ALWAYS_INLINE void
avx512_block(UmkDistanceKind kind,
             const float *queries,
             gsize query_stride,
             gsize n_queries,
             const float *rows,
             gsize row_stride,
             gsize n_rows,
             gsize n_dims,
             float *out,
             gsize out_stride)
{
    gsize r = 0;

    for (; r + 4 <= n_rows; r += 4) {
        const float *tile = rows + r * row_stride;
        gsize q = 0;

        for (; q + 4 <= n_queries; q += 4)
            avx512_tile(kind, 4, 4, queries + q * query_stride, query_stride, tile,
                        row_stride, n_dims, out + q * out_stride + r, out_stride);
        for (; q < n_queries; q++)
            avx512_tile(kind, 1, 4, queries + q * query_stride, query_stride, tile,
                        row_stride, n_dims, out + q * out_stride + r, out_stride);
    }
    for (; r < n_rows; r++)
        for (gsize q = 0; q < n_queries; q++)
            avx512_tile(kind, 1, 1, queries + q * query_stride, query_stride,
                        rows + r * row_stride, row_stride, n_dims,
                        out + q * out_stride + r, out_stride);
}

TARGET_AVX512 ALWAYS_INLINE void
avx512_self_tile(int nr, const float *rows, gsize row_stride, gsize n_dims, float *out)
{
    __m512 sums[8];
    gsize i = 0;

#pragma GCC unroll 8
    for (int r = 0; r < nr; r++)
        sums[r] = _mm512_setzero_ps();
    for (; i + N_LANES <= n_dims; i += N_LANES) {
#pragma GCC unroll 8
        for (int r = 0; r < nr; r++) {
            __m512 row = _mm512_loadu_ps(rows + (gsize) r * row_stride + i);

            sums[r] = _mm512_fmadd_ps(row, row, sums[r]);
        }
    }
    if (i < n_dims) {
        __mmask16 mask = (__mmask16) ((1u << (n_dims - i)) - 1u);

        for (int r = 0; r < nr; r++) {
            __m512 row = _mm512_maskz_loadu_ps(mask, rows + (gsize) r * row_stride + i);

            sums[r] = _mm512_fmadd_ps(row, row, sums[r]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < nr; r++)
        out[r] = avx512_reduce(sums[r]);
}

TARGET_AVX512 static void
avx512_self(const float *rows, gsize row_stride, gsize n_rows, gsize n_dims, float *out)
{
    gsize r = 0;

    for (; r + 8 <= n_rows; r += 8)
        avx512_self_tile(8, rows + r * row_stride, row_stride, n_dims, out + r);
    for (; r < n_rows; r++)
        avx512_self_tile(1, rows + r * row_stride, row_stride, n_dims, out + r);
}

/* The kind is constant in each of these, so the tiles hold no test of it. */
#define DEFINE_BLOCKS(isa, TARGET)                                                       \
    TARGET static void isa##_dot(                                                        \
        const float *queries, gsize query_stride, gsize n_queries, const float *rows,    \
        gsize row_stride, gsize n_rows, gsize n_dims, float *out, gsize out_stride)      \
    {                                                                                    \
        isa##_block(UMK_DISTANCE_DOT, queries, query_stride, n_queries, rows,            \
                    row_stride, n_rows, n_dims, out, out_stride);                        \
    }                                                                                    \
    TARGET static void isa##_squared(                                                    \
        const float *queries, gsize query_stride, gsize n_queries, const float *rows,    \
        gsize row_stride, gsize n_rows, gsize n_dims, float *out, gsize out_stride)      \
    {                                                                                    \
        isa##_block(UMK_DISTANCE_SQUARED, queries, query_stride, n_queries, rows,        \
                    row_stride, n_rows, n_dims, out, out_stride);                        \
    }

DEFINE_BLOCKS(avx2, TARGET_AVX2)
DEFINE_BLOCKS(avx512, TARGET_AVX512)

#endif /* UMK_DISTANCE_X86 */

void
_umk_distance_block(UmkDistanceLevel level,
                    UmkDistanceKind kind,
                    const float *queries,
                    gsize query_stride,
                    gsize n_queries,
                    const float *rows,
                    gsize row_stride,
                    gsize n_rows,
                    gsize n_dims,
                    float *out,
                    gsize out_stride)
{
#if UMK_DISTANCE_X86
    if (level != UMK_DISTANCE_PLAIN) {
        gboolean wide = level == UMK_DISTANCE_AVX512;

        if (kind == UMK_DISTANCE_DOT)
            (wide ? avx512_dot : avx2_dot)(queries, query_stride, n_queries, rows,
                                           row_stride, n_rows, n_dims, out, out_stride);
        else
            (wide ? avx512_squared : avx2_squared)(queries, query_stride, n_queries, rows,
                                                   row_stride, n_rows, n_dims, out,
                                                   out_stride);
        return;
    }
#endif
    plain_block(kind, queries, query_stride, n_queries, rows, row_stride, n_rows, n_dims,
                out, out_stride);
}

void
_umk_distance_self(UmkDistanceLevel level,
                   const float *rows,
                   gsize row_stride,
                   gsize n_rows,
                   gsize n_dims,
                   float *out)
{
#if UMK_DISTANCE_X86
    if (level != UMK_DISTANCE_PLAIN) {
        (level == UMK_DISTANCE_AVX512 ? avx512_self : avx2_self)(rows, row_stride, n_rows,
                                                                 n_dims, out);
        return;
    }
#endif
    for (gsize r = 0; r < n_rows; r++)
        out[r] = plain_pair(UMK_DISTANCE_DOT, rows + r * row_stride,
                            rows + r * row_stride, n_dims);
}

float
_umk_distance_dot(const float *a, const float *b, gsize n_dims)
{
    float result;

    _umk_distance_block(_umk_distance_best_level(), UMK_DISTANCE_DOT, a, n_dims, 1, b,
                        n_dims, 1, n_dims, &result, 1);
    return result;
}

gboolean
_umk_all_finite(const float *values, gsize n)
{
    guint32 bad = 0;

    for (gsize i = 0; i < n; i++) {
        guint32 bits;

        memcpy(&bits, values + i, sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return bad == 0;
}
