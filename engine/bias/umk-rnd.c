/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of relative norm distance: how much nearer attributes are to one mean than
 * to the other, from the rows themselves or, for replicates, from their products. */
#include "bias/umk-set-metrics-private.h"

#include <math.h>

static void
mean_of(const double *rows, const guint32 *picks, gsize n, gsize d, double *mean)
{
    for (gsize j = 0; j < d; j++)
        mean[j] = 0.0;
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++)
            mean[j] += rows[picks[i] * d + j];
    for (gsize j = 0; j < d; j++)
        mean[j] /= (double) n;
}

double
_umk_rnd_distance(const double *a, const double *b, gsize d)
{
    double sum = 0.0;

    for (gsize j = 0; j < d; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(sum);
}

static double
cosine(const double *a, const double *b, gsize d)
{
    double lengths =
        sqrt(_umk_dot_in_double(a, a, d)) * sqrt(_umk_dot_in_double(b, b, d));

    if (!(lengths > 0.0))
        return NAN;
    return _umk_dot_in_double(a, b, d) / lengths;
}

static void
compare(const double *row, const double *x, const double *y, gsize d, double *values)
{
    values[UMK_RND_EUCLIDEAN] =
        _umk_rnd_distance(row, x, d) - _umk_rnd_distance(row, y, d);
    values[UMK_RND_COSINE] = cosine(row, x, d) - cosine(row, y, d);
}

/* By adding rows up: exact, and all that can be done for many targets. */
static void
figures_from_rows(const UmkSetProducts *self, const UmkPicks *picks, double *values)
{
    const UmkBiasSets *sets = self->sets;
    gsize d = sets->d, n = picks->n[UMK_SET_A];
    g_autofree double *means = g_new(double, 2 * d + 1);
    double one[UMK_RND_N_FIGURES];

    mean_of(sets->rows[UMK_SET_X], picks->items[UMK_SET_X], picks->n[UMK_SET_X], d,
            means);
    mean_of(sets->rows[UMK_SET_Y], picks->items[UMK_SET_Y], picks->n[UMK_SET_Y], d,
            means + d);
    for (gsize i = 0; i < n; i++) {
        compare(sets->rows[UMK_SET_A] + picks->items[UMK_SET_A][i] * d, means, means + d,
                d, one);
        for (gsize f = 0; f < UMK_RND_N_FIGURES; f++)
            values[f] += one[f] / (double) n;
    }
}

/* The squared length of the mean of the targets picked; counted from first. */
static double
square_of_mean(const UmkSetProducts *self, const guint32 *items, gsize n, gsize first)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++) {
        const double *row = self->within + (first + items[i]) * self->n_targets + first;

        for (gsize j = 0; j < n; j++)
            sum += row[items[j]];
    }
    return sum / ((double) n * (double) n);
}

/* |a - m|^2 = |a|^2 - 2 a m + |m|^2: right to 1e-8 of a length at the very worst, where a
 * is the mean itself. */
static void
figures_from_products(const UmkSetProducts *self, const UmkPicks *picks, double *values)
{
    gsize n = picks->n[UMK_SET_A];

    for (gsize s = UMK_SET_X; s <= UMK_SET_Y; s++) {
        const guint32 *items = picks->items[s];
        gsize first = s == UMK_SET_Y && !self->dealt ? self->sets->sizes[UMK_SET_X] : 0;
        double square = square_of_mean(self, items, picks->n[s], first);
        double sign = (s == UMK_SET_X ? 1.0 : -1.0) / (double) n;

        for (gsize i = 0; i < n; i++) {
            gsize a = picks->items[UMK_SET_A][i];
            const double *row = self->across + a * self->n_targets + first;
            double product = 0.0, length = self->lengths[a];

            for (gsize j = 0; j < picks->n[s]; j++)
                product += row[items[j]] / (double) picks->n[s];
            values[UMK_RND_EUCLIDEAN] +=
                sign * sqrt(fmax(length * length - 2.0 * product + square, 0.0));
            values[UMK_RND_COSINE] += sign * product / (length * sqrt(square));
        }
    }
}

static void
rnd_figures(const UmkResample *what,
            const UmkPicks *picks,
            double *scratch,
            double *values)
{
    const UmkSetProducts *self = what->data;
    gboolean whole = picks->whole[UMK_SET_X] && picks->whole[UMK_SET_Y];

    (void) scratch;
    values[UMK_RND_EUCLIDEAN] = values[UMK_RND_COSINE] = 0.0;
    if (whole || self->within == NULL)
        figures_from_rows(self, picks, values);
    else
        figures_from_products(self, picks, values);
    for (gsize f = 0; f < UMK_RND_N_FIGURES; f++)
        if (!isfinite(values[f]))
            values[f] = NAN;
}

UmkResample
_umk_rnd_resample(const UmkSetProducts *products)
{
    const gsize *sizes = products->sets->sizes;

    return (UmkResample){.n_groups = 3,
                         .sizes = {sizes[0], sizes[1], sizes[2]},
                         .n_figures = UMK_RND_N_FIGURES,
                         .figures = rnd_figures,
                         .data = products};
}

void
_umk_rnd_per_attribute(const UmkBiasSets *sets, double *values)
{
    gsize d = sets->d, n = sets->sizes[UMK_SET_A];
    gsize most = MAX(sets->sizes[UMK_SET_X], sets->sizes[UMK_SET_Y]);
    g_autofree guint32 *in_order = g_new(guint32, most + 1);
    g_autofree double *means = g_new(double, 2 * d + 1);

    for (gsize i = 0; i < most; i++)
        in_order[i] = (guint32) i;
    for (gsize s = 0; s < 2; s++)
        mean_of(sets->rows[s], in_order, sets->sizes[s], d, means + s * d);
    for (gsize i = 0; i < n; i++) {
        double one[UMK_RND_N_FIGURES];

        compare(sets->rows[UMK_SET_A] + i * d, means, means + d, d, one);
        for (gsize f = 0; f < UMK_RND_N_FIGURES; f++)
            values[f * n + i] = one[f];
    }
}
