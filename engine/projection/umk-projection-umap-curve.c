/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curve 1 / (1 + a d^2b) nearest to what min_dist and spread ask for: 1 up to
 * min_dist, then exp(-(d - min_dist) / spread) (section 4.1 of the paper). Least squares
 * over 300 points by Levenberg's damped Gauss-Newton steps, to the end. */
#include "projection/umk-projection-umap-private.h"

#include "projection/umk-projection-umap-math-private.h"

#include <math.h>

#define N_POINTS 300
#define N_STEPS  200

typedef struct {
    double x[N_POINTS];
    double y[N_POINTS];
} Target;

typedef struct {
    double aa, ab, bb; /* J^T J */
    double ga, gb;     /* J^T residual */
    double error;      /* sum of squares */
} Normal;

static void
make_target(double spread, double min_dist, Target *target)
{
    for (int i = 0; i < N_POINTS; i++) {
        double x = 3.0 * spread * i / (N_POINTS - 1);

        target->x[i] = x;
        target->y[i] = x < min_dist ? 1.0 : _umk_umap_exp(-(x - min_dist) / spread);
    }
}

static Normal
linearise(const Target *target, UmkUmapCurve curve)
{
    Normal normal = {0};

    for (int i = 1; i < N_POINTS; i++) {
        double log_x = _umk_umap_log(target->x[i]);
        double power = _umk_umap_exp(2.0 * curve.b * log_x);
        double f = 1.0 / (1.0 + curve.a * power), slope = f * f * power;
        double by_a = -slope, by_b = -2.0 * curve.a * log_x * slope;
        double residual = target->y[i] - f;

        normal.aa += by_a * by_a;
        normal.ab += by_a * by_b;
        normal.bb += by_b * by_b;
        normal.ga += by_a * residual;
        normal.gb += by_b * residual;
        normal.error += residual * residual;
    }
    return normal;
}

UmkUmapCurve
_umk_umap_fit_curve(double spread, double min_dist)
{
    UmkUmapCurve curve = {.a = 1.0, .b = 1.0};
    Target target;
    Normal normal;
    double damping = 1e-3;

    make_target(spread, min_dist, &target);
    normal = linearise(&target, curve);
    for (int step = 0; step < N_STEPS; step++) {
        double aa = normal.aa * (1.0 + damping), bb = normal.bb * (1.0 + damping);
        double det = aa * bb - normal.ab * normal.ab;
        UmkUmapCurve next = curve;
        Normal there;

        if (!(det > 0.0))
            break;
        next.a += (bb * normal.ga - normal.ab * normal.gb) / det;
        next.b += (aa * normal.gb - normal.ab * normal.ga) / det;
        if (!(next.a > 0.0) || !(next.b > 0.0)) {
            damping *= 10.0;
            continue;
        }
        there = linearise(&target, next);
        if (there.error > normal.error) {
            damping *= 10.0;
            if (damping > 1e12)
                break;
            continue;
        }
        if (fabs(next.a - curve.a) <= 1e-13 * curve.a &&
            fabs(next.b - curve.b) <= 1e-13 * curve.b)
            step = N_STEPS;
        curve = next;
        normal = there;
        damping *= 0.1;
    }
    return curve;
}
