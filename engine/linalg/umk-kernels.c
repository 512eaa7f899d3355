/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels of umk-kernels-private.h, written once on vectors of 16 floats; the
 * compiler makes a copy for AVX-512, one for AVX2 and one for the baseline. GELU uses
 * erfc(z) = exp(-z^2) t P(t), t = 1 / (1 + 0.42 z), P of degree 9 fitted at Chebyshev
 * nodes over 0 <= z <= 9.5 (relative error 4e-9), so the tails keep their accuracy. */
#include "linalg/umk-kernels-private.h"

#include <math.h>
#include <string.h>

/* Vectors are passed only between functions that are inlined into one another. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define LANES 16
#define BODY  static inline __attribute__((always_inline))

typedef float V __attribute__((vector_size(64), aligned(4), may_alias));
typedef gint32 I __attribute__((vector_size(64), aligned(4), may_alias));

/* A vector at the end of a row: what is missing reads as fill. */
BODY V
load(const float *x, gsize n, float fill)
{
    V v;

    if (G_LIKELY(n >= LANES)) {
        memcpy(&v, x, sizeof v);
    } else {
        for (gsize i = 0; i < LANES; i++)
            v[i] = fill;
        memcpy(&v, x, n * sizeof(float));
    }
    return v;
}

BODY void
store(float *x, gsize n, V v)
{
    memcpy(x, &v, MIN(n, LANES) * sizeof(float));
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

/* Below -87 the result is 0, above 88 it stays at exp(88). */
BODY V
vector_exp(V x)
{
    const float magic = 0x1.8p23f;
    I tiny = x < splat(-87.0f);
    V n, r, p;

    x = choose(tiny, splat(-87.0f), x);
    x = choose(x > splat(88.0f), splat(88.0f), x);
    n = x * 1.44269504f + magic;
    r = (x - (n - magic) * 0.693359375f) - (n - magic) * -2.12194440e-4f;
    p = r * (1.0f / 5040.0f) + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    p = (V) ((I) p + (((I) n - (I) splat(magic)) << 23));
    return choose(tiny, splat(0.0f), p);
}

BODY V
vector_gelu(V x)
{
    I negative = x < splat(0.0f);
    V size = choose(negative, -x, x), t = 1.0f / (1.0f + size * 0.296984848f), p, tail;

    p = t * -0.04184887247074858f + 0.23461298554936388f;
    p = p * t - 0.49592672705084856f;
    p = p * t + 0.44964034475282716f;
    p = p * t - 0.20778870941924232f;
    p = p * t + 0.21937184465877982f;
    p = p * t + 0.1480893618294749f;
    p = p * t + 0.22031154788091828f;
    p = p * t + 0.2365623638289765f;
    p = p * t + 0.23697585774502458f;
    tail = x * (p * t * 0.5f * vector_exp(size * size * -0.5f));
    return choose(negative, tail, x - tail);
}

BODY V
vector_sigmoid(V x)
{
    return 1.0f / (1.0f + vector_exp(-x));
}

/* Lane i of the result is lane i + n of v; lanes past the end do not count any more. */
#define LANE(n, i) ((n) + (i) < LANES ? (n) + (i) : 0)
#define UPPER(v, n)                                                                      \
    __builtin_shufflevector(v, v, LANE(n, 0), LANE(n, 1), LANE(n, 2), LANE(n, 3),        \
                            LANE(n, 4), LANE(n, 5), LANE(n, 6), LANE(n, 7), 0, 0, 0, 0,  \
                            0, 0, 0, 0)

/* ((v0 + v8) + (v4 + v12)) + … : the upper half onto the lower, until one is left */
BODY float
fold_sum(V v)
{
    v += UPPER(v, 8);
    v += UPPER(v, 4);
    v += UPPER(v, 2);
    v += UPPER(v, 1);
    return v[0];
}

BODY V
larger(V a, V b)
{
    return choose(a > b, a, b);
}

BODY float
fold_max(V v)
{
    v = larger(UPPER(v, 8), v);
    v = larger(UPPER(v, 4), v);
    v = larger(UPPER(v, 2), v);
    v = larger(UPPER(v, 1), v);
    return v[0];
}

BODY void
activate(const UmkActivation activation, float *x, gsize n)
{
    for (gsize i = 0; i < n; i += LANES) {
        V v = load(x + i, n - i, 0.0f);

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
        store(x + i, n - i, v);
    }
}

BODY void
activate_body(UmkActivation activation, float *x, gsize n)
{
    switch (activation) {
    case UMK_ACTIVATION_NONE:
        break;
    case UMK_ACTIVATION_GELU:
        activate(UMK_ACTIVATION_GELU, x, n);
        break;
    case UMK_ACTIVATION_GELU_TANH:
        activate(UMK_ACTIVATION_GELU_TANH, x, n);
        break;
    case UMK_ACTIVATION_QUICK_GELU:
        activate(UMK_ACTIVATION_QUICK_GELU, x, n);
        break;
    case UMK_ACTIVATION_RELU:
        activate(UMK_ACTIVATION_RELU, x, n);
        break;
    case UMK_ACTIVATION_SILU:
        activate(UMK_ACTIVATION_SILU, x, n);
        break;
    case UMK_ACTIVATION_TANH: /* heads only, never in an inner layer */
        for (gsize i = 0; i < n; i++)
            x[i] = tanhf(x[i]);
        break;
    }
}

BODY void
exp_body(float *x, gsize n)
{
    for (gsize i = 0; i < n; i += LANES)
        store(x + i, n - i, vector_exp(load(x + i, n - i, 0.0f)));
}

BODY float
exp_parts_body(float *x, gsize n, float scale)
{
    V most = splat(-INFINITY), total = splat(0.0f);
    float top;

    for (gsize i = 0; i < n; i += LANES) {
        most = larger(load(x + i, n - i, -INFINITY), most);
    }
    top = fold_max(most);
    for (gsize i = 0; i < n; i += LANES) {
        V v = vector_exp((load(x + i, n - i, -INFINITY) - top) * scale);

        total += v;
        store(x + i, n - i, v);
    }
    return 1.0f / fold_sum(total);
}

BODY void
norm_row(const float *x,
         gsize n,
         const float *weight,
         const float *bias,
         float eps,
         float *out)
{
    V total = splat(0.0f), squares = splat(0.0f);
    float mean, factor;

    for (gsize i = 0; i < n; i += LANES)
        total += load(x + i, n - i, 0.0f);
    mean = fold_sum(total) / (float) n;
    for (gsize i = 0; i < n; i += LANES) {
        V v = load(x + i, n - i, mean) - mean;

        squares += v * v;
    }
    factor = 1.0f / sqrtf(fold_sum(squares) / (float) n + eps);
    for (gsize i = 0; i < n; i += LANES) {
        V v = (load(x + i, n - i, 0.0f) - mean) * factor;

        if (weight != NULL)
            v *= load(weight + i, n - i, 0.0f);
        if (bias != NULL)
            v += load(bias + i, n - i, 0.0f);
        store(out + i, n - i, v);
    }
}

BODY void
layer_norm_body(const float *x,
                gsize m,
                gsize n,
                const float *weight,
                const float *bias,
                float eps,
                float *out)
{
    for (gsize row = 0; row < m; row++)
        norm_row(x + row * n, n, weight, bias, eps, out + row * n);
}

BODY void
rms_norm_body(
    const float *x, gsize m, gsize n, const float *weight, float eps, float *out)
{
    for (gsize row = 0; row < m; row++, x += n, out += n) {
        V squares = splat(0.0f);
        float factor;

        for (gsize i = 0; i < n; i += LANES) {
            V v = load(x + i, n - i, 0.0f);

            squares += v * v;
        }
        factor = 1.0f / sqrtf(fold_sum(squares) / (float) n + eps);
        for (gsize i = 0; i < n; i += LANES)
            store(out + i, n - i,
                  load(x + i, n - i, 0.0f) * factor * load(weight + i, n - i, 0.0f));
    }
}

BODY void
multiply_body(float *x, const float *y, gsize n)
{
    for (gsize i = 0; i < n; i += LANES)
        store(x + i, n - i, load(x + i, n - i, 0.0f) * load(y + i, n - i, 0.0f));
}

BODY void
scale_add_body(float *x, gsize n, float scale, const float *y, float factor)
{
    for (gsize i = 0; i < n; i += LANES)
        store(x + i, n - i,
              load(x + i, n - i, 0.0f) * scale + load(y + i, n - i, 0.0f) * factor);
}

BODY void
add_scaled_body(float *x, const float *y, const float *weight, gsize n)
{
    for (gsize i = 0; i < n; i += LANES) {
        V v = load(y + i, n - i, 0.0f);

        if (weight != NULL)
            v *= load(weight + i, n - i, 0.0f);
        store(x + i, n - i, load(x + i, n - i, 0.0f) + v);
    }
}

typedef struct {
    void (*activate)(UmkActivation activation, float *x, gsize n);
    void (*exp)(float *x, gsize n);
    float (*exp_parts)(float *x, gsize n, float scale);
    void (*layer_norm)(const float *x,
                       gsize m,
                       gsize n,
                       const float *weight,
                       const float *bias,
                       float eps,
                       float *out);
    void (*rms_norm)(
        const float *x, gsize m, gsize n, const float *weight, float eps, float *out);
    void (*multiply)(float *x, const float *y, gsize n);
    void (*scale_add)(float *x, gsize n, float scale, const float *y, float factor);
    void (*add_scaled)(float *x, const float *y, const float *weight, gsize n);
} Kernels;

/* One copy of the wide kernels for a processor, and the table that names them. */
#define COPY(suffix, attribute)                                                          \
    attribute static void activate_##suffix(UmkActivation activation, float *x, gsize n) \
    {                                                                                    \
        activate_body(activation, x, n);                                                 \
    }                                                                                    \
    attribute static void exp_##suffix(float *x, gsize n)                                \
    {                                                                                    \
        exp_body(x, n);                                                                  \
    }                                                                                    \
    attribute static float exp_parts_##suffix(float *x, gsize n, float scale)            \
    {                                                                                    \
        return exp_parts_body(x, n, scale);                                              \
    }                                                                                    \
    attribute static void layer_norm_##suffix(const float *x, gsize m, gsize n,          \
                                              const float *weight, const float *bias,    \
                                              float eps, float *out)                     \
    {                                                                                    \
        layer_norm_body(x, m, n, weight, bias, eps, out);                                \
    }                                                                                    \
    attribute static void rms_norm_##suffix(const float *x, gsize m, gsize n,            \
                                            const float *weight, float eps, float *out)  \
    {                                                                                    \
        rms_norm_body(x, m, n, weight, eps, out);                                        \
    }                                                                                    \
    attribute static void multiply_##suffix(float *x, const float *y, gsize n)           \
    {                                                                                    \
        multiply_body(x, y, n);                                                          \
    }                                                                                    \
    attribute static void scale_add_##suffix(float *x, gsize n, float scale,             \
                                             const float *y, float factor)               \
    {                                                                                    \
        scale_add_body(x, n, scale, y, factor);                                          \
    }                                                                                    \
    attribute static void add_scaled_##suffix(float *x, const float *y,                  \
                                              const float *weight, gsize n)              \
    {                                                                                    \
        add_scaled_body(x, y, weight, n);                                                \
    }                                                                                    \
    static const Kernels kernels_##suffix = {                                            \
        activate_##suffix, exp_##suffix,      exp_parts_##suffix, layer_norm_##suffix,   \
        rms_norm_##suffix, multiply_##suffix, scale_add_##suffix, add_scaled_##suffix}

COPY(plain, );
#if defined(__x86_64__) && defined(__GNUC__)
COPY(avx2, __attribute__((target("avx2"))));
COPY(avx512, __attribute__((target("avx512f,avx512dq"))));
#endif

static const Kernels *kernels = &kernels_plain;

static void __attribute__((constructor)) choose_kernels(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        kernels = &kernels_avx512;
    else if (__builtin_cpu_supports("avx2"))
        kernels = &kernels_avx2;
#endif
}

void
_umk_kernel_activate(UmkActivation activation, float *x, gsize n)
{
    kernels->activate(activation, x, n);
}

void
_umk_kernel_exp(float *x, gsize n)
{
    kernels->exp(x, n);
}

float
_umk_kernel_exp_parts(float *x, gsize n, float scale)
{
    return kernels->exp_parts(x, n, scale);
}

void
_umk_kernel_softmax(float *x, gsize n, float scale)
{
    _umk_kernel_scale(x, n, kernels->exp_parts(x, n, scale));
}

void
_umk_kernel_layer_norm(const float *x,
                       gsize m,
                       gsize n,
                       const float *weight,
                       const float *bias,
                       float eps,
                       float *out)
{
    kernels->layer_norm(x, m, n, weight, bias, eps, out);
}

void
_umk_kernel_rms_norm(
    const float *x, gsize m, gsize n, const float *weight, float eps, float *out)
{
    kernels->rms_norm(x, m, n, weight, eps, out);
}

void
_umk_kernel_gate(UmkActivation activation, float *x, gsize m, gsize n, float *out)
{
    for (gsize row = 0; row < m; row++, x += 2 * n) {
        kernels->activate(activation, x, n);
        kernels->multiply(x, x + n, n);
        memmove(out + row * n, x, n * sizeof(float));
    }
}

void
_umk_kernel_add(float *x, const float *y, gsize n)
{
    kernels->add_scaled(x, y, NULL, n);
}

void
_umk_kernel_add_scaled(float *x, const float *y, const float *weight, gsize m, gsize n)
{
    for (gsize row = 0; row < m; row++)
        kernels->add_scaled(x + row * n, y + row * n, weight, n);
}

void
_umk_kernel_scale_add(float *x, gsize n, float scale, const float *y, float factor)
{
    kernels->scale_add(x, n, scale, y, factor);
}

void
_umk_kernel_scale(float *x, gsize n, float factor)
{
    for (gsize i = 0; i < n; i++)
        x[i] *= factor;
}

void
_umk_kernel_max(float *x, const float *y, gsize n)
{
    for (gsize i = 0; i < n; i++)
        x[i] = MAX(x[i], y[i]);
}

double
_umk_kernel_norm(const float *x, gsize n)
{
    double sum = 0;

    for (gsize i = 0; i < n; i++)
        sum += (double) x[i] * (double) x[i];
    return sqrt(sum);
}

gboolean
_umk_kernel_normalize(float *x, gsize n)
{
    double norm = _umk_kernel_norm(x, n);

    if (!(norm > 0))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        x[i] = (float) ((double) x[i] / norm);
    return TRUE;
}
