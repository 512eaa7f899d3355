/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wide kernels of umk-kernels-private.h, written once on vectors of UMK_LANES floats.
 * This file is compiled once an instruction set with vectors of its size: compilers cut
 * comparisons of wider ones into single numbers. Sums keep sixteen partial sums whatever
 * the width of a vector, so all copies that fuse multiplication and addition give the
 * same bits; the plain one rounds twice. */
#include "linalg/umk-row-kernels-private.h"

#include <math.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/* Vectors are passed only between functions that are inlined into one another. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define LANES UMK_LANES
#define PARTS (16 / LANES) /* vectors that hold the partial sums */
#define BODY  static inline __attribute__((always_inline))

typedef float V __attribute__((vector_size(LANES * 4), aligned(4), may_alias));
typedef gint32 I __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

/* A vector at the end of a row: what is missing reads as fill. Whole vectors never touch
 * a variable in memory: writing one in halves and reading it whole would stall. */
BODY V
load(const float *x, gsize n, float fill)
{
    float tail[LANES];

    if (G_LIKELY(n >= LANES))
        return *(const V *) x;
    for (gsize i = 0; i < LANES; i++)
        tail[i] = i < n ? x[i] : fill;
    return *(const V *) tail;
}

BODY void
store(float *x, gsize n, V v)
{
    if (G_LIKELY(n >= LANES))
        *(V *) x = v;
    else
        for (gsize i = 0; i < n; i++)
            x[i] = v[i];
}

BODY V
splat(float value)
{
    return value - (V){0};
}

BODY V
choose(I mask, V yes, V no)
{
    return (V) ((mask & (I) yes) | (~mask & (I) no));
}

BODY V
larger(V a, V b)
{
#if defined(__AVX512F__) && LANES == 16
    return (V) _mm512_max_ps((__m512) a, (__m512) b);
#elif defined(__AVX__) && LANES == 8
    return (V) _mm256_max_ps((__m256) a, (__m256) b);
#elif defined(__SSE2__) && LANES == 4
    return (V) _mm_max_ps((__m128) a, (__m128) b);
#else
    return choose(a > b, a, b);
#endif
}

BODY V
smaller(V a, V b)
{
#if defined(__AVX512F__) && LANES == 16
    return (V) _mm512_min_ps((__m512) a, (__m512) b);
#elif defined(__AVX__) && LANES == 8
    return (V) _mm256_min_ps((__m256) a, (__m256) b);
#elif defined(__SSE2__) && LANES == 4
    return (V) _mm_min_ps((__m128) a, (__m128) b);
#else
    return choose(a < b, a, b);
#endif
}

/* x y + z, rounded once where the processor can: half the instructions of a polynomial.
 */
BODY V
fused(V x, V y, V z)
{
#ifdef UMK_ROW_FUSED
    for (gsize i = 0; i < LANES; i++)
        z[i] = fmaf(x[i], y[i], z[i]);
    return z;
#elif defined(__AVX512F__) && LANES == 16
    return (V) _mm512_fmadd_ps((__m512) x, (__m512) y, (__m512) z);
#elif defined(__FMA__) && LANES == 8
    return (V) _mm256_fmadd_ps((__m256) x, (__m256) y, (__m256) z);
#else
    return x * y + z;
#endif
}

/* exp for -87 < x < 88: x = n ln 2 + r, exp r = 1 + r + r^2 Q(r). Q of degree 4 makes the
 * largest relative error over |r| <= ln 2 / 2 least, 3e-9; single precision adds 9e-8.
 * Adding the magic number rounds to a whole one and leaves it in the lowest bits. */
BODY V
exp_inside(V x)
{
    const float magic = 0x1.8p23f;
    V n = fused(x, splat(1.44269504f), splat(magic)), whole = n - magic, r, p;

    r = fused(whole, splat(2.12194440e-4f), fused(whole, splat(-0.693359375f), x));
    p = fused(r, splat(0.0013814539f), splat(0.0083687454f));
    p = fused(p, r, splat(0.041668389f));
    p = fused(p, r, splat(0.16666521f));
    p = fused(p, r, splat(0.49999994f));
    p = fused(fused(p, r, splat(1.0f)), r, splat(1.0f));
    return (V) ((I) p + ((I) n << 23));
}

/* Below -87 the result is 0, above 88 it stays at exp(88). */
BODY V
vector_exp(V x)
{
    I tiny = x < splat(-87.0f);

    x = larger(splat(-87.0f), x);
    x = choose(x > splat(88.0f), splat(88.0f), x);
    return choose(tiny, splat(0.0f), exp_inside(x));
}

/* For x <= 0 where exp(-80), 2e-35, is as good as less. */
BODY V
exp_of_negative(V x)
{
    return exp_inside(larger(splat(-80.0f), x));
}

/* 2 to the power of x for -126 <= x <= 0, as exp_inside() does it: 2^r = 1 + r Q(r), Q of
 * degree 5, relative error 2e-9 over |r| <= 1/2. Here and below the even and the odd
 * powers are two chains side by side: one would wait for itself. */
BODY V
exp2_inside(V x)
{
    const float magic = 0x1.8p23f;
    V n = x + magic, r = x - (n - magic), r2 = r * r, even, odd;

    odd = fused(r2, splat(1.3398880837485194e-3f), splat(0.055503323674201965f));
    even = fused(r2, splat(1.5353380877058953e-4f), splat(9.61843691766262e-3f));
    odd = fused(odd, r2, splat(0.6931471824645996f));
    even = fused(even, r2, splat(0.24022647738456726f));
    even = fused(even, r2, splat(1.0f));
    return (V) ((I) fused(odd, r, even) + ((I) n << 23));
}

/* x Phi(x) = max(x, 0) - |x| Phi(-|x|), the last one as 2 to the power of a polynomial
 * P(|x|) that makes the largest error of the product least, 9e-9. Beyond 10 the product
 * is 1e-30 and less. */
BODY V
vector_gelu(V x)
{
    V size = smaller(splat(10.0f), larger(-x, x)), s2 = size * size, even, odd;

    even = fused(s2, splat(-1.9051036588280112e-6f), splat(-1.3157595822121948e-4f));
    odd = fused(s2, splat(2.8088890758226626e-5f), splat(-2.7209045947529376e-4f));
    even = fused(even, s2, splat(7.246223744004965e-3f));
    odd = fused(odd, s2, splat(-0.05262952297925949f));
    even = fused(even, s2, splat(-0.459160178899765f));
    odd = fused(odd, s2, splat(-1.1511119604110718f));
    even = fused(even, s2, splat(-0.9999998211860657f));
    return fused(-size, exp2_inside(fused(odd, size, even)), larger(splat(0.0f), x));
}

BODY V
vector_sigmoid(V x)
{
    return 1.0f / (1.0f + vector_exp(-x));
}

/* Lane i of the result is lane i + n of v; lanes past the end do not count any more. */
#define LANE(n, i) ((n) + (i) < LANES ? (n) + (i) : 0)
#if LANES == 16
#define UPPER(v, n)                                                                      \
    __builtin_shufflevector(v, v, LANE(n, 0), LANE(n, 1), LANE(n, 2), LANE(n, 3),        \
                            LANE(n, 4), LANE(n, 5), LANE(n, 6), LANE(n, 7), 0, 0, 0, 0,  \
                            0, 0, 0, 0)
#elif LANES == 8
#define UPPER(v, n)                                                                      \
    __builtin_shufflevector(v, v, LANE(n, 0), LANE(n, 1), LANE(n, 2), LANE(n, 3), 0, 0,  \
                            0, 0)
#else
#define UPPER(v, n) __builtin_shufflevector(v, v, LANE(n, 0), LANE(n, 1), 0, 0)
#endif

/* ((v0 + v8) + (v4 + v12)) + … : the upper half onto the lower, until one is left */
#define FOLD(parts, combine)                                                             \
    for (gsize half = PARTS / 2; half > 0; half /= 2)                                    \
        for (gsize i = 0; i < half; i++)                                                 \
            parts[i] = combine(parts[i + half], parts[i]);                               \
    for (gsize half = 0; half < 1; half++) {                                             \
        V v = parts[0];                                                                  \
                                                                                         \
        if (LANES > 8)                                                                   \
            v = combine(UPPER(v, 8), v);                                                 \
        if (LANES > 4)                                                                   \
            v = combine(UPPER(v, 4), v);                                                 \
        v = combine(UPPER(v, 2), v);                                                     \
        v = combine(UPPER(v, 1), v);                                                     \
        parts[0] = v;                                                                    \
    }

BODY V
plus(V a, V b)
{
    return b + a;
}

BODY float
fold_sum(V *parts)
{
    FOLD(parts, plus);
    return parts[0][0];
}

BODY float
fold_max(V *parts)
{
    FOLD(parts, larger);
    return parts[0][0];
}

/* Runs body for every vector of a row of n and the part it belongs to. Parts are spelt
 * out so that each is a register of its own; whole vectors need no look at the row's end.
 */
#define EACH(n, body)                                                                    \
    {                                                                                    \
        const gsize n_row = (n);                                                         \
        gsize first = 0;                                                                 \
                                                                                         \
        for (; first + 16 <= n_row; first += 16) {                                       \
            ONE(0, TRUE, LANES, body)                                                    \
            ONE(1, TRUE, LANES, body)                                                    \
            ONE(2, TRUE, LANES, body)                                                    \
            ONE(3, TRUE, LANES, body)                                                    \
        }                                                                                \
        ONE(0, i < n_row, n_row - i, body)                                               \
        ONE(1, i < n_row, n_row - i, body)                                               \
        ONE(2, i < n_row, n_row - i, body)                                               \
        ONE(3, i < n_row, n_row - i, body)                                               \
    }
#define ONE(number, there, rest, body)                                                   \
    if (PARTS > number) {                                                                \
        enum { part = PARTS > number ? number : 0 };                                     \
        const gsize i = first + part * LANES;                                            \
                                                                                         \
        if (there) {                                                                     \
            const gsize left = (rest);                                                   \
                                                                                         \
            body;                                                                        \
        }                                                                                \
    }

/* Runs body for each row of a group, their number being a constant. The additions of one
 * row wait for one another: those of a group fill the time. */
#define GROUP 4
#define EACH_ROW(rows, body)                                                             \
    ROW(0, rows, body) ROW(1, rows, body) ROW(2, rows, body) ROW(3, rows, body)
#define ROW(number, rows, body)                                                          \
    if ((rows) > number) {                                                               \
        enum { row = number };                                                           \
                                                                                         \
        body;                                                                            \
    }

/* Runs body for every vector of a row of n. The last one, which may be cut short, has its
 * own copy: whole ones need no look at the row's end. */
#define ALONG(n, body)                                                                   \
    {                                                                                    \
        const gsize n_along = (n);                                                       \
        gsize i = 0;                                                                     \
                                                                                         \
        for (; i + LANES <= n_along; i += LANES) {                                       \
            const gsize left = LANES;                                                    \
                                                                                         \
            body;                                                                        \
        }                                                                                \
        if (i < n_along) {                                                               \
            const gsize left = n_along - i;                                              \
                                                                                         \
            body;                                                                        \
        }                                                                                \
    }

/* activation is a constant wherever this is called */
BODY void
activate_rows(const UmkActivation activation, float *x, gsize stride, gsize m, gsize n)
{
    for (gsize row = 0; row < m; row++, x += stride)
        ALONG(n, {
            V v = load(x + i, left, 0.0f);

            if (activation == UMK_ACTIVATION_GELU)
                v = vector_gelu(v);
            else if (activation == UMK_ACTIVATION_GELU_TANH)
                v = v * vector_sigmoid(1.5957691216f * (v + 0.044715f * v * v * v));
            else if (activation == UMK_ACTIVATION_QUICK_GELU)
                v = v * vector_sigmoid(1.702f * v);
            else if (activation == UMK_ACTIVATION_RELU)
                v = choose(v > splat(0.0f), v, splat(0.0f));
            else
                v = v * vector_sigmoid(v);
            store(x + i, left, v);
        });
}

static void
activate(UmkActivation activation, float *x, gsize stride, gsize m, gsize n)
{
    switch (activation) {
    case UMK_ACTIVATION_NONE:
        break;
    case UMK_ACTIVATION_GELU:
        activate_rows(UMK_ACTIVATION_GELU, x, stride, m, n);
        break;
    case UMK_ACTIVATION_GELU_TANH:
        activate_rows(UMK_ACTIVATION_GELU_TANH, x, stride, m, n);
        break;
    case UMK_ACTIVATION_QUICK_GELU:
        activate_rows(UMK_ACTIVATION_QUICK_GELU, x, stride, m, n);
        break;
    case UMK_ACTIVATION_RELU:
        activate_rows(UMK_ACTIVATION_RELU, x, stride, m, n);
        break;
    case UMK_ACTIVATION_SILU:
        activate_rows(UMK_ACTIVATION_SILU, x, stride, m, n);
        break;
    case UMK_ACTIVATION_TANH: /* heads only, never in an inner layer */
        for (gsize row = 0; row < m; row++, x += stride)
            for (gsize i = 0; i < n; i++)
                x[i] = tanhf(x[i]);
        break;
    }
}

static void
exp_row(float *x, gsize n)
{
    ALONG(n, store(x + i, left, vector_exp(load(x + i, left, 0.0f))));
}

/* Each row becomes exp(scale (x - its largest)), and inverse 1 / its sum. */
BODY void
exp_group(float *x, gsize stride, const gsize rows, gsize n, float scale, float *inverse)
{
    V parts[GROUP][PARTS], shift[GROUP], factor = splat(scale);

    for (gsize row = 0; row < rows; row++)
        for (gsize part = 0; part < PARTS; part++)
            parts[row][part] = splat(-INFINITY);
    EACH(n, EACH_ROW(rows, {
             V v = load(x + row * stride + i, left, -INFINITY);

             parts[row][part] = larger(v, parts[row][part]);
         }));
    EACH_ROW(rows, shift[row] = splat(-fold_max(parts[row]) * scale));
    memset(parts, 0, sizeof parts);
    EACH(n, EACH_ROW(rows, {
             float *at = x + row * stride + i;
             V v = exp_of_negative(fused(load(at, left, -INFINITY), factor, shift[row]));

             parts[row][part] += v;
             store(at, left, v);
         }));
    EACH_ROW(rows, inverse[row] = 1.0f / fold_sum(parts[row]));
}

static void
exp_rows(float *x, gsize stride, gsize m, gsize n, float scale, float *inverse)
{
    for (; m >= GROUP; m -= GROUP, x += GROUP * stride, inverse += GROUP)
        exp_group(x, stride, GROUP, n, scale, inverse);
    for (; m > 0; m--, x += stride, inverse++)
        exp_group(x, stride, 1, n, scale, inverse);
}

/* Sum of (x - mean)^2 of each row */
BODY void
sum_squares(const float *x, const gsize rows, gsize n, const V *means, float *sums)
{
    V total[GROUP][PARTS] = {{{0}}};

    EACH(n, EACH_ROW(rows, {
             V v = load(x + row * n + i, left, means[row][0]) - means[row];

             total[row][part] += v * v;
         }));
    EACH_ROW(rows, sums[row] = fold_sum(total[row]));
}

BODY void
norm_group(const float *x,
           const gsize rows,
           gsize n,
           const float *weight,
           const float *bias,
           float eps,
           float *out)
{
    V total[GROUP][PARTS] = {{{0}}}, means[GROUP], factors[GROUP];
    float squares[GROUP];

    EACH(n, EACH_ROW(rows, total[row][part] += load(x + row * n + i, left, 0.0f)));
    EACH_ROW(rows, means[row] = splat(fold_sum(total[row]) / (float) n));
    sum_squares(x, rows, n, means, squares);
    EACH_ROW(rows, factors[row] = splat(1.0f / sqrtf(squares[row] / (float) n + eps)));
    ALONG(n, EACH_ROW(rows, {
              V v = (load(x + row * n + i, left, 0.0f) - means[row]) * factors[row];

              if (weight != NULL)
                  v *= load(weight + i, left, 0.0f);
              if (bias != NULL)
                  v += load(bias + i, left, 0.0f);
              store(out + row * n + i, left, v);
          }));
}

static void
layer_norm(const float *x,
           gsize m,
           gsize n,
           const float *weight,
           const float *bias,
           float eps,
           float *out)
{
    for (; m >= GROUP; m -= GROUP, x += GROUP * n, out += GROUP * n)
        norm_group(x, GROUP, n, weight, bias, eps, out);
    for (; m > 0; m--, x += n, out += n)
        norm_group(x, 1, n, weight, bias, eps, out);
}

static void
rms_norm(const float *x, gsize m, gsize n, const float *weight, float eps, float *out)
{
    const V zero = {0};

    for (gsize row = 0; row < m; row++, x += n, out += n) {
        float sum, factor;

        sum_squares(x, 1, n, &zero, &sum);
        factor = 1.0f / sqrtf(sum / (float) n + eps);
        ALONG(n, store(out + i, left,
                       load(x + i, left, 0.0f) * factor * load(weight + i, left, 0.0f)));
    }
}

static void
multiply(float *x, const float *y, gsize n)
{
    ALONG(n, store(x + i, left, load(x + i, left, 0.0f) * load(y + i, left, 0.0f)));
}

static void
scale_add(float *x, gsize n, float scale, const float *y, float factor)
{
    ALONG(n, store(x + i, left,
                   load(x + i, left, 0.0f) * scale + load(y + i, left, 0.0f) * factor));
}

static void
add_scaled(float *x, const float *y, const float *weight, gsize n)
{
    ALONG(n, {
        V v = load(y + i, left, 0.0f);

        if (weight != NULL)
            v *= load(weight + i, left, 0.0f);
        store(x + i, left, load(x + i, left, 0.0f) + v);
    });
}

/* Each row by its own factor. */
static void
scale_rows(float *x, gsize stride, gsize m, gsize n, const float *factors)
{
    for (gsize row = 0; row < m; row++, x += stride)
        ALONG(n, store(x + i, left, load(x + i, left, 0.0f) * factors[row]));
}

const UmkRowKernels UMK_ROW_KERNELS = {
    .activate = activate,
    .exp = exp_row,
    .exp_parts = exp_rows,
    .layer_norm = layer_norm,
    .rms_norm = rms_norm,
    .multiply = multiply,
    .scale = scale_rows,
    .scale_add = scale_add,
    .add_scaled = add_scaled,
};
