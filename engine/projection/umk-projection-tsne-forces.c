/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forces of t-SNE between single rows. In two dimensions attraction runs in eight lanes,
 * lane i taking the neighbours i, i + 8, …; multiplication and addition are rounded
 * separately and the lanes are folded pairwise, so both variants give the same bits. */
#include "projection/umk-projection-tsne-private.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define UMK_TSNE_X86 1
#include <immintrin.h>
#else
#define UMK_TSNE_X86 0
#endif

#define LANES 8

typedef struct {
    float x[LANES], y[LANES];
} Sums;

static inline void
attract_one(const float *p,
            const guint32 *cols,
            gsize j,
            const float *y,
            const float *at,
            guint lane,
            Sums *sums)
{
    float dx = at[0] - y[2 * (gsize) cols[j]], dy = at[1] - y[2 * (gsize) cols[j] + 1];
    float force = p[j] / ((dx * dx + dy * dy) + 1.0f);

    sums->x[lane] += force * dx;
    sums->y[lane] += force * dy;
}

static float
fold(const float *lanes)
{
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
           ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

static void
attract_plain(const float *p,
              const guint32 *cols,
              gsize n,
              const float *y,
              const float *at,
              Sums *s)
{
    for (gsize j = 0; j < n; j++)
        attract_one(p, cols, j, y, at, (guint) (j % LANES), s);
}

#if UMK_TSNE_X86
__attribute__((target("avx2"))) static void
attract_avx2(const float *p,
             const guint32 *cols,
             gsize n,
             const float *y,
             const float *at,
             Sums *s)
{
    __m256 sum_x = _mm256_setzero_ps(), sum_y = _mm256_setzero_ps();
    __m256 at_x = _mm256_set1_ps(at[0]), at_y = _mm256_set1_ps(at[1]);
    gsize j = 0;

    for (; j + LANES <= n; j += LANES) {
        /* Two rows' places are one 64-bit load each; then x and y are taken apart. */
        __m128i first = _mm_loadu_si128((const __m128i *) (gconstpointer) (cols + j));
        __m128i second =
            _mm_loadu_si128((const __m128i *) (gconstpointer) (cols + j + 4));
        __m256 a = _mm256_castpd_ps(
            _mm256_i32gather_pd((const double *) (gconstpointer) y, first, 8));
        __m256 b = _mm256_castpd_ps(
            _mm256_i32gather_pd((const double *) (gconstpointer) y, second, 8));
        /* lanes 0 1 4 5 2 3 6 7 -> 0 … 7 */
        __m256 xs = _mm256_castpd_ps(
            _mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(a, b, 0x88)), 0xd8));
        __m256 ys = _mm256_castpd_ps(
            _mm256_permute4x64_pd(_mm256_castps_pd(_mm256_shuffle_ps(a, b, 0xdd)), 0xd8));
        __m256 dx = _mm256_sub_ps(at_x, xs), dy = _mm256_sub_ps(at_y, ys);
        __m256 squared = _mm256_add_ps(_mm256_mul_ps(dx, dx), _mm256_mul_ps(dy, dy));
        __m256 force = _mm256_div_ps(_mm256_loadu_ps(p + j),
                                     _mm256_add_ps(squared, _mm256_set1_ps(1.0f)));

        sum_x = _mm256_add_ps(sum_x, _mm256_mul_ps(force, dx));
        sum_y = _mm256_add_ps(sum_y, _mm256_mul_ps(force, dy));
    }
    _mm256_storeu_ps(s->x, sum_x);
    _mm256_storeu_ps(s->y, sum_y);
    for (; j < n; j++)
        attract_one(p, cols, j, y, at, (guint) (j % LANES), s);
}
#endif

static void
attract_any(
    const UmkTsneAffinity *affinity, const float *y, guint n_dims, gsize row, float *out)
{
    for (guint c = 0; c < n_dims; c++)
        out[c] = 0.0f;
    for (gsize j = affinity->offsets[row]; j < affinity->offsets[row + 1]; j++) {
        const float *other = y + (gsize) affinity->cols[j] * n_dims;
        float squared = 0.0f, force;

        for (guint c = 0; c < n_dims; c++) {
            float d = y[row * n_dims + c] - other[c];

            squared += d * d;
        }
        force = affinity->p[j] / (1.0f + squared);
        for (guint c = 0; c < n_dims; c++)
            out[c] += force * (y[row * n_dims + c] - other[c]);
    }
}

void
_umk_tsne_attract_by(gboolean fast,
                     const UmkTsneAffinity *affinity,
                     const float *y,
                     guint n_dims,
                     gsize row,
                     float *out)
{
    gsize first = affinity->offsets[row], n = affinity->offsets[row + 1] - first;
    const float *p = affinity->p + first;
    const guint32 *cols = affinity->cols + first;
    Sums sums = {{0}, {0}};

    if (n_dims != 2) {
        attract_any(affinity, y, n_dims, row, out);
        return;
    }
#if UMK_TSNE_X86
    if (fast && __builtin_cpu_supports("avx2"))
        attract_avx2(p, cols, n, y, y + 2 * row, &sums);
    else
#endif
        attract_plain(p, cols, n, y, y + 2 * row, &sums);
    out[0] = fold(sums.x);
    out[1] = fold(sums.y);
}

void
_umk_tsne_attract(
    const UmkTsneAffinity *affinity, const float *y, guint n_dims, gsize row, float *out)
{
    _umk_tsne_attract_by(TRUE, affinity, y, n_dims, row, out);
}

void
_umk_tsne_repel_exact(
    const float *y, gsize n, guint n_dims, const float *place, double *out)
{
    for (guint c = 0; c <= n_dims; c++)
        out[c] = 0.0;
    for (gsize j = 0; j < n; j++) {
        const float *other = y + j * n_dims;
        double squared = 0.0, q;

        for (guint c = 0; c < n_dims; c++) {
            double d = (double) place[c] - (double) other[c];

            squared += d * d;
        }
        q = 1.0 / (1.0 + squared);
        out[0] += q;
        for (guint c = 0; c < n_dims; c++)
            out[c + 1] += q * q * ((double) place[c] - (double) other[c]);
    }
}
