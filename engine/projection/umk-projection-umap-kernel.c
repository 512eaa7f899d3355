/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of UMAP's layout (section 4.2 of the paper) on vectors of eight floats, compiled
 * once an instruction set. An event draws the two ends of an edge together and pushes its
 * head from some far points, each part cut to 4 a coordinate. log2 and exp2 are
 * polynomials fitted here by least squares reweighted towards the largest error: 4e-6 and
 * 3e-6. A far point that is the head itself is 0 away and pushes by 0. */
#include "projection/umk-projection-umap-kernel-private.h"

#include <string.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

/* Vectors are passed only between functions that are inlined into one another. */
#pragma GCC diagnostic ignored "-Wpsabi"

#define BODY static inline __attribute__((always_inline))

typedef float V __attribute__((vector_size(32), aligned(4), may_alias));
typedef gint32 I __attribute__((vector_size(32), aligned(4), may_alias));
typedef guint32 U __attribute__((vector_size(32), aligned(4), may_alias));
typedef double D __attribute__((vector_size(32), aligned(8), may_alias));
typedef float F4 __attribute__((vector_size(16), aligned(4), may_alias));
typedef float F2 __attribute__((vector_size(8), aligned(4), may_alias));
typedef double Pair __attribute__((aligned(4), may_alias)); /* two floats moved as one */

BODY V
splat(float value)
{
    return value - (V){0};
}

BODY V
lesser(V x, V y)
{
#if defined(__AVX2__)
    return (V) _mm256_min_ps((__m256) x, (__m256) y);
#else
    I mask = x < y;

    return (V) ((mask & (I) x) | (~mask & (I) y));
#endif
}

BODY V
greater(V x, V y)
{
#if defined(__AVX2__)
    return (V) _mm256_max_ps((__m256) x, (__m256) y);
#else
    I mask = x > y;

    return (V) ((mask & (I) x) | (~mask & (I) y));
#endif
}

BODY V
clip(V x)
{
    return lesser(greater(x, splat(-4.0f)), splat(4.0f));
}

/* x is normal and positive. */
BODY V
log2_of(V x)
{
    I bits = (I) x, exponent = (bits - 0x3f3504f3) >> 23;
    V t = (V) (bits - (exponent << 23)) - 1.0f, sum;

    sum = splat(-0.21153521537780762f);
    sum = sum * t + 0.31982770562171936f;
    sum = sum * t - 0.3658550977706909f;
    sum = sum * t + 0.4796711206436157f;
    sum = sum * t - 0.7212235331535339f;
    sum = sum * t + 1.4427030086517334f;
#if defined(__AVX2__)
    return (V) _mm256_cvtepi32_ps((__m256i) exponent) + sum * t;
#else
    return __builtin_convertvector(exponent, V) + sum * t;
#endif
}

/* Adding 1.5 * 2^23 leaves the nearest whole number in the low bits. */
BODY V
exp2_of(V x)
{
    V limited = lesser(greater(x, splat(-126.0f)), splat(126.0f));
    V shifted = limited + 12582912.0f, f = limited - (shifted - 12582912.0f), sum;

    sum = splat(0.009685710072517395f);
    sum = sum * f + 0.055922023952007294f;
    sum = sum * f + 0.2402186542749405f;
    sum = sum * f + 0.6931210160255432f;
    sum = sum * f + 1.0000001192092896f;
    return (V) ((I) sum + ((I) shifted << 23));
}

/* ---- places of eight points ------------------------------------------------------- */

typedef struct {
    V x, y, z;
} Points;

BODY V
join(F4 low, F4 high)
{
    return (V){low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3]};
}

/* Rows of four floats to columns. */
BODY void
gather_rows(const float *rows, const guint32 *ids, V *x, V *y, V *z)
{
    V r0 = join(*(const F4 *) (rows + (gsize) ids[0] * 4),
                *(const F4 *) (rows + (gsize) ids[4] * 4));
    V r1 = join(*(const F4 *) (rows + (gsize) ids[1] * 4),
                *(const F4 *) (rows + (gsize) ids[5] * 4));
    V r2 = join(*(const F4 *) (rows + (gsize) ids[2] * 4),
                *(const F4 *) (rows + (gsize) ids[6] * 4));
    V r3 = join(*(const F4 *) (rows + (gsize) ids[3] * 4),
                *(const F4 *) (rows + (gsize) ids[7] * 4));
    V low01 = __builtin_shuffle(r0, r1, (I){0, 8, 1, 9, 4, 12, 5, 13});
    V low23 = __builtin_shuffle(r2, r3, (I){0, 8, 1, 9, 4, 12, 5, 13});
    V high01 = __builtin_shuffle(r0, r1, (I){2, 10, 3, 11, 6, 14, 7, 15});
    V high23 = __builtin_shuffle(r2, r3, (I){2, 10, 3, 11, 6, 14, 7, 15});

    *x = __builtin_shuffle(low01, low23, (I){0, 1, 8, 9, 4, 5, 12, 13});
    *y = __builtin_shuffle(low01, low23, (I){2, 3, 10, 11, 6, 7, 14, 15});
    *z = __builtin_shuffle(high01, high23, (I){0, 1, 8, 9, 4, 5, 12, 13});
}

BODY Points
gather(const float *places, const guint32 *ids, int n_dims)
{
    Points points = {0};

    if (n_dims == 3) {
        gather_rows(places, ids, &points.x, &points.y, &points.z);
    } else {
        const Pair *pairs = (const Pair *) places;
        D low = {pairs[ids[0]], pairs[ids[1]], pairs[ids[4]], pairs[ids[5]]};
        D high = {pairs[ids[2]], pairs[ids[3]], pairs[ids[6]], pairs[ids[7]]};

        points.x = __builtin_shuffle((V) low, (V) high, (I){0, 2, 8, 10, 4, 6, 12, 14});
        points.y = __builtin_shuffle((V) low, (V) high, (I){1, 3, 9, 11, 5, 7, 13, 15});
    }
    return points;
}

/* Where lane l lies in what spread() writes. */
static const guint8 slot[UMK_UMAP_LANES] = {0, 1, 4, 5, 2, 3, 6, 7};

BODY void
spread(Points p, float *out, int n_dims)
{
    if (n_dims == 2) {
        *(V *) out = __builtin_shuffle(p.x, p.y, (I){0, 8, 1, 9, 4, 12, 5, 13});
        *(V *) (out + 8) = __builtin_shuffle(p.x, p.y, (I){2, 10, 3, 11, 6, 14, 7, 15});
        return;
    }
    for (int lane = 0; lane < UMK_UMAP_LANES; lane++) {
        float *row = out + slot[lane] * 4;

        row[0] = p.x[lane];
        row[1] = p.y[lane];
        row[2] = p.z[lane];
        row[3] = 0.0f;
    }
}

BODY void
move(float *place, const float *by, int n_dims)
{
    if (n_dims == 2)
        *(F2 *) place += *(const F2 *) by;
    else
        *(F4 *) place += *(const F4 *) by;
}

/* ---- forces ----------------------------------------------------------------------- */

BODY Points
minus(Points p, Points q, int n_dims)
{
    Points difference = {.x = p.x - q.x, .y = p.y - q.y};

    if (n_dims == 3)
        difference.z = p.z - q.z;
    return difference;
}

BODY V
squared(Points p, int n_dims)
{
    V sum = p.x * p.x + p.y * p.y;

    if (n_dims == 3)
        sum += p.z * p.z;
    return sum;
}

BODY void
add_force(Points *sum, Points difference, V force, int n_dims)
{
    sum->x += clip(force * difference.x);
    sum->y += clip(force * difference.y);
    if (n_dims == 3)
        sum->z += clip(force * difference.z);
}

/* a d^2b and what divides by 1 + a d^2b is built from it. */
BODY V
power_of(V d2, const UmkUmapStep *step)
{
    return exp2_of(step->b * log2_of(greater(d2, splat(1e-12f))));
}

/* What densMAP adds for the edges of one group; phi = 1 / (1 + a d^2b). */
BODY V
density_force(const UmkUmapStep *step,
              const guint32 *heads,
              const guint32 *tails,
              const guint32 *events,
              gsize apart,
              V d2,
              V power)
{
    const UmkUmapDensity *density = step->density;
    V head_weight, head_inverse, head_q, tail_weight, tail_inverse, tail_q, weights;
    V phi = 1.0f / (1.0f + step->a * power);
    V slope = (step->a * step->b) * power * phi / greater(d2, splat(1e-12f));
    V inner = 1.0f - step->b * (1.0f - phi), by_tail, by_head;

    for (int lane = 0; lane < UMK_UMAP_LANES; lane++)
        weights[lane] = density->weights[events[(gsize) lane * apart]];
    gather_rows(density->vertices, heads, &head_weight, &head_inverse, &head_q);
    gather_rows(density->vertices, tails, &tail_weight, &tail_inverse, &tail_q);
    by_tail = phi * tail_q * (inner * tail_inverse + slope);
    by_head = phi * head_q * (inner * head_inverse + slope);
    return density->scale * (tail_weight * by_tail + head_weight * by_head) / weights;
}

BODY U
next_random(U s)
{
    s ^= s << 13;
    s ^= s >> 17;
    s ^= s << 5;
    return s;
}

/* Events number 0, apart, 2 apart, … of the list: neighbours in it often share a head. */
BODY void
step_group(const UmkUmapStep *step,
           const guint32 *events,
           gsize apart,
           guint n_valid,
           U *state,
           guint n_negatives,
           gboolean dense,
           int n_dims)
{
    gsize stride = UMK_UMAP_STRIDE(n_dims);
    float to_head[UMK_UMAP_LANES * 4], to_tail[UMK_UMAP_LANES * 4];
    guint32 heads[UMK_UMAP_LANES], tails[UMK_UMAP_LANES];
    Points head, difference, sum = {0}, drawn;
    V d2, power, force;

    for (int lane = 0; lane < UMK_UMAP_LANES; lane++) {
        guint32 edge = events[(gsize) lane * apart];

        heads[lane] = step->heads[edge];
        tails[lane] = step->tails[edge];
    }
    head = gather(step->places, heads, n_dims);
    difference = minus(head, gather(step->places, tails, n_dims), n_dims);
    d2 = squared(difference, n_dims);
    power = power_of(d2, step);
    force = (-2.0f * step->a * step->b) * power /
            (greater(d2, splat(1e-12f)) * (step->a * power + 1.0f));
    add_force(&sum, difference, force, n_dims);
    if (dense)
        add_force(&sum, difference,
                  density_force(step, heads, tails, events, apart, d2, power), n_dims);
    drawn = sum;
    for (guint i = 0; i < n_negatives; i++) {
        guint32 others[UMK_UMAP_LANES];

        *state = next_random(*state);
        *(U *) others = step->other_first + (((*state >> 16) * step->other_count) >> 16);
        difference = minus(head, gather(step->places, others, n_dims), n_dims);
        d2 = squared(difference, n_dims);
        power = power_of(d2, step);
        force = (2.0f * step->repulsion * step->b) /
                ((d2 + 0.001f) * (step->a * power + 1.0f));
        add_force(&sum, difference, force, n_dims);
    }
    sum.x *= step->rate;
    sum.y *= step->rate;
    drawn.x *= -step->rate;
    drawn.y *= -step->rate;
    if (n_dims == 3) {
        sum.z *= step->rate;
        drawn.z *= -step->rate;
    }
    spread(sum, to_head, n_dims);
    spread(drawn, to_tail, n_dims);
    for (guint lane = 0; lane < n_valid; lane++) {
        gsize at = slot[lane] * stride;

        move(step->places + heads[lane] * stride, to_head + at, n_dims);
        move(step->places + tails[lane] * stride, to_tail + at, n_dims);
    }
}

BODY void
run_step(const UmkUmapStep *step, guint n_negatives, gboolean dense, int n_dims)
{
    gsize apart = (step->n_events + UMK_UMAP_LANES - 1) / UMK_UMAP_LANES;
    gsize n_full = step->n_events - MIN(step->n_events, (UMK_UMAP_LANES - 1) * apart);
    U state = *(const U *) step->state;

    if (step->one_by_one) {
        for (gsize i = 0; i < step->n_events; i++)
            step_group(step, step->events + i, 0, 1, &state, n_negatives, dense, n_dims);
        return;
    }
    for (gsize row = 0; row < n_full; row++)
        step_group(step, step->events + row, apart, UMK_UMAP_LANES, &state, n_negatives,
                   dense, n_dims);
    for (gsize row = n_full; row < apart; row++) {
        guint n_valid = 0;

        while (n_valid * apart + row < step->n_events)
            n_valid++;
        step_group(step, step->events + row, apart, n_valid, &state, n_negatives, dense,
                   n_dims);
    }
}

static void
step_2d(const UmkUmapStep *step)
{
    if (step->density != NULL)
        run_step(step, step->n_negatives, TRUE, 2);
    else if (step->n_negatives == 5)
        run_step(step, 5, FALSE, 2);
    else
        run_step(step, step->n_negatives, FALSE, 2);
}

static void
step_3d(const UmkUmapStep *step)
{
    run_step(step, step->n_negatives, step->density != NULL, 3);
}

static gsize
collect(const guint32 *increments, gsize n, guint32 epoch, guint32 first, guint32 *events)
{
    const guint32 golden = 0x9e3779b9u;
    U phase = (first + (U){0, 1, 2, 3, 4, 5, 6, 7}) * golden;
    gsize n_events = 0, i = 0;

    for (; i + UMK_UMAP_LANES <= n; i += UMK_UMAP_LANES) {
        U increment = *(const U *) (increments + i);
        U due = (U) (increment * epoch + phase < increment);

        phase += golden * UMK_UMAP_LANES;
        for (guint lane = 0; lane < UMK_UMAP_LANES; lane++) {
            events[n_events] = (guint32) i + lane;
            n_events -= (gsize) (gint32) due[lane];
        }
    }
    for (; i < n; i++) {
        events[n_events] = (guint32) i;
        n_events +=
            increments[i] * epoch + (first + (guint32) i) * golden < increments[i];
    }
    return n_events;
}

const UmkUmapKernels UMK_UMAP_KERNELS = {
    .collect = collect,
    .step_2d = step_2d,
    .step_3d = step_3d,
};
