/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Precision, recall, reciprocal rank, nDCG (Järvelin and Kekäläinen 2002) and average
 * precision of one list, in the order its caller chose. How ties are broken is never
 * decided here but in _umk_ranking_order(). */
#include "eval/umk-ranking-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const double *scores;
    const char *const *ids;
    int sign;
} Order;

static int
compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const Order *order = data;
    gsize i = *(const gsize *) a, j = *(const gsize *) b;
    double x = isnan(order->scores[i]) ? (double) -INFINITY : order->scores[i];
    double y = isnan(order->scores[j]) ? (double) -INFINITY : order->scores[j];

    if (x != y)
        return x > y ? -1 : 1;
    return order->sign * strcmp(order->ids[i], order->ids[j]);
}

void
_umk_ranking_order(
    const double *scores, const char *const *ids, gsize n, UmkTies ties, gsize *order)
{
    Order how = {scores, ids, ties == UMK_TIES_ID_ASCENDING ? 1 : -1};

    for (gsize i = 0; i < n; i++)
        order[i] = i;
    g_qsort_with_data(order, (gint) n, sizeof *order, compare, &how);
}

static gsize
cut(const UmkRanking *self, gsize k)
{
    return k == 0 ? self->n_ranked : MIN(k, self->n_ranked);
}

static gsize
count_relevant(const UmkRanking *self)
{
    gsize n = 0;

    for (gsize i = 0; i < self->n_judged; i++)
        n += self->judged[i] > 0.0;
    return n;
}

static gsize
count_found(const UmkRanking *self, gsize k)
{
    gsize n = 0;

    for (gsize i = 0; i < cut(self, k); i++)
        n += self->grades[i] > 0.0;
    return n;
}

double
_umk_ranking_precision(const UmkRanking *self, gsize k)
{
    gsize n = k == 0 ? self->n_ranked : k;

    return n > 0 ? (double) count_found(self, k) / (double) n : 0.0;
}

double
_umk_ranking_recall(const UmkRanking *self, gsize k)
{
    gsize n = count_relevant(self);

    return n > 0 ? (double) count_found(self, k) / (double) n : 0.0;
}

double
_umk_ranking_hit(const UmkRanking *self, gsize k)
{
    return count_found(self, k) > 0 ? 1.0 : 0.0;
}

double
_umk_ranking_reciprocal(const UmkRanking *self, gsize k)
{
    for (gsize i = 0; i < cut(self, k); i++)
        if (self->grades[i] > 0.0)
            return 1.0 / (double) (i + 1);
    return 0.0;
}

static double
get_gain(double grade, UmkGain gain)
{
    if (grade <= 0.0)
        return 0.0;
    return gain == UMK_GAIN_LINEAR ? grade : exp2(grade) - 1.0;
}

static int
compare_grades(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x < y) - (x > y);
}

double
_umk_ranking_ndcg(const UmkRanking *self, gsize k, UmkGain gain)
{
    g_autofree double *ideal = g_memdup2(self->judged, self->n_judged * sizeof(double));
    gsize n_ideal = k == 0 ? self->n_judged : MIN(k, self->n_judged);
    double sum = 0.0, best = 0.0;

    if (self->n_judged == 0)
        return 0.0;
    qsort(ideal, self->n_judged, sizeof *ideal, compare_grades);
    for (gsize i = 0; i < n_ideal; i++)
        best += get_gain(ideal[i], gain) / log2((double) i + 2.0);
    for (gsize i = 0; i < cut(self, k); i++)
        sum += get_gain(self->grades[i], gain) / log2((double) i + 2.0);
    return best > 0.0 ? sum / best : 0.0;
}

double
_umk_ranking_average_precision(const UmkRanking *self, gsize k)
{
    gsize n_found = 0, n = count_relevant(self);
    double sum = 0.0;

    for (gsize i = 0; i < cut(self, k); i++)
        if (self->grades[i] > 0.0)
            sum += (double) ++n_found / (double) (i + 1);
    return n > 0 ? sum / (double) n : 0.0;
}

double
_umk_ranking_r_precision(const UmkRanking *self)
{
    gsize n = count_relevant(self);

    return n > 0 ? (double) count_found(self, n) / (double) n : 0.0;
}
