/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One body in GCC vector types, compiled for three instruction sets and chosen at run
 * time. A pair's dot products with its centre and negatives are taken together, so that
 * their latencies overlap and one vector logistic serves them all; the logistic is exact
 * to float rounding and has no table and no dead zone. This file alone is compiled with
 * fused multiply-add allowed: the shape of each sum is fixed by the source, and which
 * machine runs it is part of what "the same result" means for a trained vector. */
#include "train/umk-sgns-kernel-private.h"

#include "train/umk-sgns-private.h"

#include <math.h>
#include <string.h>

#define LANES       16
#define MAX_VECTORS (UMK_SGNS_MAX_DIMS / LANES)
#define LOSS_EVERY  64
#define INLINE      static inline __attribute__((always_inline))

typedef float v16 __attribute__((vector_size(64)));
typedef float v8 __attribute__((vector_size(32)));
typedef float v4 __attribute__((vector_size(16)));
typedef gint32 v16i __attribute__((vector_size(64)));

INLINE float
sum_lanes(const v16 *x)
{
    v8 a = __builtin_shufflevector(*x, *x, 0, 1, 2, 3, 4, 5, 6, 7) +
           __builtin_shufflevector(*x, *x, 8, 9, 10, 11, 12, 13, 14, 15);
    v4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) +
           __builtin_shufflevector(a, a, 4, 5, 6, 7);

    return (b[0] + b[2]) + (b[1] + b[3]);
}

/* max(x, least), lane by lane. Macro, since a vector may not be passed by value here. */
#define CLAMP_BELOW(x, least)                                                            \
    ((v16) ((((x) < (least)) & (v16i) ((v16){0} + (least))) |                            \
            (~((x) < (least)) & (v16i) (x))))

/* 1 / (1 + exp(-x)) by 2^n * 2^f, |f| <= 1/2, the latter by its Taylor series to f^6. */
INLINE void
logistic(v16 *x)
{
    const float magic = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    v16 y = *x;
    v16 whole, f, power;
    v16i bits;

    y = CLAMP_BELOW(y, -30.0f);
    y = -CLAMP_BELOW(-y, -30.0f);
    y = y * -1.44269504f;
    whole = (y + magic) - magic;
    f = y - whole;
    power = f * 1.54035304e-4f + 1.33335581e-3f;
    power = power * f + 9.61812911e-3f;
    power = power * f + 5.55041087e-2f;
    power = power * f + 2.40226507e-1f;
    power = power * f + 6.93147181e-1f;
    power = power * f + 1.0f;
    bits = __builtin_convertvector(whole, v16i) << 23;
    power = (v16) ((v16i) power + bits);
    *x = 1.0f / (1.0f + power);
}

INLINE void
draw(UmkSgnsBlock *block, const UmkSgnsPair *pair, guint32 *rows, guint n_negatives)
{
    rows[0] = pair->output;
    for (guint k = 1; k <= n_negatives; k++) {
        guint64 bits = _umk_rng_next_u64(&block->rng);
        guint32 row = (guint32) (((bits >> 32) * block->n_noise) >> 32);

        rows[k] = (guint32) bits < block->noise[row].keep ? row : block->noise[row].alias;
    }
}

INLINE void
prefetch(const UmkSgnsBlock *block,
         const UmkSgnsPair *pair,
         const guint32 *rows,
         guint n_rows,
         gsize n_vectors)
{
    for (guint k = 0; k < n_rows; k++)
        for (gsize v = 0; v < n_vectors; v++)
            __builtin_prefetch(block->outputs + rows[k] * block->stride + v * LANES, 1);
    for (gsize v = 0; v < n_vectors; v++)
        __builtin_prefetch(block->inputs + pair->input * block->stride + v * LANES, 1);
}

static __attribute__((noinline)) void
add_loss(UmkSgnsBlock *block, const float *sigma, const guint32 *rows, guint n_rows)
{
    double loss = 0.0;

    for (guint k = 0; k < n_rows; k++)
        if (k == 0 || rows[k] != rows[0])
            loss -= log(MAX((double) (k == 0 ? sigma[k] : 1.0f - sigma[k]), 1e-12));
    block->loss += loss;
    block->n_loss++;
}

INLINE void
train_one(UmkSgnsBlock *block,
          guint32 input,
          const guint32 *rows,
          float rate,
          gboolean want_loss,
          gsize n_vectors,
          guint n_rows)
{
    float *in = __builtin_assume_aligned(block->inputs + input * block->stride, 64);
    v16 x[MAX_VECTORS];
    v16 score = {0};

    for (gsize v = 0; v < n_vectors; v++)
        memcpy(&x[v], in + v * LANES, sizeof(v16));
    for (guint k = 0; k < n_rows; k++) {
        const float *out =
            __builtin_assume_aligned(block->outputs + rows[k] * block->stride, 64);
        v16 dot = {0};

        for (gsize v = 0; v < n_vectors; v++)
            dot += x[v] * *(const v16 *) (out + v * LANES);
        score[k] = sum_lanes(&dot);
    }
    logistic(&score);
    if (G_UNLIKELY(want_loss))
        add_loss(block, (const float *) &score, rows, n_rows);
    score = score * -rate;
    score[0] += rate;
    for (guint k = 1; k < n_rows; k++)
        score[k] = rows[k] == rows[0] ? 0.0f : score[k];
    for (gsize v = 0; v < n_vectors; v++) {
        v16 change = {0};

        for (guint k = 0; k < n_rows; k++) {
            v16 *out = (v16 *) (block->outputs + rows[k] * block->stride + v * LANES);
            v16 old = *out;

            change += score[k] * old;
            *out = old + score[k] * x[v];
        }
        x[v] += change;
        memcpy(in + v * LANES, &x[v], sizeof(v16));
    }
}

INLINE void
train_pairs(UmkSgnsBlock *block,
            const UmkSgnsPair *pairs,
            gsize n_pairs,
            float rate_from,
            float rate_to,
            gsize n_vectors,
            guint n_rows)
{
    guint32 rows[2][UMK_SGNS_MAX_NEGATIVES + 1];
    float slope = (rate_to - rate_from) / (float) MAX(n_pairs, 1);

    if (n_pairs > 0)
        draw(block, &pairs[0], rows[0], n_rows - 1);
    for (gsize i = 0; i < n_pairs; i++) {
        if (i + 1 < n_pairs) {
            draw(block, &pairs[i + 1], rows[(i + 1) & 1], n_rows - 1);
            prefetch(block, &pairs[i + 1], rows[(i + 1) & 1], n_rows, n_vectors);
        }
        train_one(block, pairs[i].input, rows[i & 1], rate_from + slope * (float) i,
                  i % LOSS_EVERY == 0, n_vectors, n_rows);
    }
}

/* The shapes people use get loops of known length. */
INLINE void
train_any(UmkSgnsBlock *block,
          const UmkSgnsPair *pairs,
          gsize n_pairs,
          float rate_from,
          float rate_to)
{
    gsize n_vectors = block->stride / LANES;
    guint n_rows = block->n_negatives + 1;

    if (n_vectors == 8 && n_rows == 6)
        train_pairs(block, pairs, n_pairs, rate_from, rate_to, 8, 6);
    else if (n_vectors == 4 && n_rows == 6)
        train_pairs(block, pairs, n_pairs, rate_from, rate_to, 4, 6);
    else if (n_vectors == 16 && n_rows == 6)
        train_pairs(block, pairs, n_pairs, rate_from, rate_to, 16, 6);
    else if (n_rows == 6)
        train_pairs(block, pairs, n_pairs, rate_from, rate_to, n_vectors, 6);
    else
        train_pairs(block, pairs, n_pairs, rate_from, rate_to, n_vectors, n_rows);
}

static void
kernel_plain(UmkSgnsBlock *block,
             const UmkSgnsPair *pairs,
             gsize n_pairs,
             float rate_from,
             float rate_to)
{
    train_any(block, pairs, n_pairs, rate_from, rate_to);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void
kernel_avx2(UmkSgnsBlock *block,
            const UmkSgnsPair *pairs,
            gsize n_pairs,
            float rate_from,
            float rate_to)
{
    train_any(block, pairs, n_pairs, rate_from, rate_to);
}

__attribute__((
    target("avx512f,avx512vl,avx512dq,avx2,fma,prefer-vector-width=512"))) static void
kernel_avx512(UmkSgnsBlock *block,
              const UmkSgnsPair *pairs,
              gsize n_pairs,
              float rate_from,
              float rate_to)
{
    train_any(block, pairs, n_pairs, rate_from, rate_to);
}
#endif

UmkSgnsKernel
_umk_sgns_kernel_get(const char *name)
{
#if defined(__x86_64__)
    gboolean has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    gboolean has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") &&
                          __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq");

    if (has_avx512 && (name == NULL || strcmp(name, "avx512") == 0))
        return kernel_avx512;
    if (has_avx2 && (name == NULL || strcmp(name, "avx2") == 0))
        return kernel_avx2;
#endif
    return name == NULL || strcmp(name, "plain") == 0 ? kernel_plain : NULL;
}
