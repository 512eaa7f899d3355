/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counts all splits without visiting them. The values are cut into two halves (Horowitz
 * and Sahni 1974): all sums of k values of a half are kept in ascending order, made by
 * merging as values are added one by one. A split takes k values of one half and the
 * others of the other half, so how many reach a limit is counted by two pointers that run
 * through two lists in opposite directions: 2^(n/2) steps instead of 2^n. Where few
 * values go into one group there are few splits, and they are visited one by one. */
#include "bias/umk-partition-private.h"

#include "core/umk-alloc-private.h"

#include <math.h>

#define MAX_HALF   (UMK_PARTITION_ITEMS / 2)
#define CHECK_EACH 65536 /* splits */

typedef struct {
    double *sums[MAX_HALF + 1]; /* [k]: ascending, of all choices of k values */
    gsize n[MAX_HALF + 1];
    gsize n_values;
} Half;

static void
half_clear(Half *half)
{
    for (gsize k = 0; k <= MAX_HALF; k++)
        g_clear_pointer(&half->sums[k], g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Half, half_clear)

/* sums (n) and other (n_other) + value, both ascending, become sums; from behind, so that
 * nothing is overwritten before it is read. */
static void
merge(double *sums, gsize n, const double *other, gsize n_other, double value)
{
    while (n_other > 0) {
        double candidate = other[n_other - 1] + value;

        if (n > 0 && sums[n - 1] > candidate) {
            sums[n + n_other - 1] = sums[n - 1];
            n--;
        } else {
            sums[n + n_other - 1] = candidate;
            n_other--;
        }
    }
}

static gboolean
half_init(Half *half, const double *values, gsize n, GError **error)
{
    half->n_values = n;
    for (gsize k = 0; k <= n; k++) {
        half->sums[k] = _umk_alloc((gsize) _umk_n_partitions(n, k), sizeof(double),
                                   "the sums of a half", error);
        if (half->sums[k] == NULL)
            return FALSE;
    }
    half->n[0] = 1;
    for (gsize i = 0; i < n; i++)
        for (gsize k = i + 1; k > 0; k--) {
            merge(half->sums[k], half->n[k], half->sums[k - 1], half->n[k - 1],
                  values[i]);
            half->n[k] += half->n[k - 1];
        }
    return TRUE;
}

static guint64
count_pairs(const double *a, gsize n_a, const double *b, gsize n_b, double limit)
{
    guint64 count = 0;
    gsize from = n_b; /* of b that reach the limit with a[i] */

    for (gsize i = 0; i < n_a; i++) {
        while (from > 0 && a[i] + b[from - 1] >= limit)
            from--;
        count += n_b - from;
    }
    return count;
}

/* How many splits have a sum of at least limit. */
static guint64
count_from(const Half *one, const Half *two, gsize n_first, double limit)
{
    guint64 count = 0;

    for (gsize k = 0; k <= MIN(one->n_values, n_first); k++)
        if (n_first - k <= two->n_values)
            count += count_pairs(one->sums[k], one->n[k], two->sums[n_first - k],
                                 two->n[n_first - k], limit);
    return count;
}

gboolean
_umk_partition_count_halves(const UmkPartitionSums *sums,
                            UmkPartitionCounts *counts,
                            GError **error)
{
    g_auto(Half) one = {0}, two = {0};
    gsize half = sums->n / 2, k = sums->n_first;
    guint64 above;

    if (!half_init(&one, sums->values, half, error) ||
        !half_init(&two, sums->values + half, sums->n - half, error))
        return FALSE;
    counts->n = above = _umk_n_partitions(sums->n, k);
    counts->greater = count_from(&one, &two, k, sums->limit);
    counts->either = counts->n;
    if (sums->magnitude > 0.0)
        counts->either = count_from(&one, &two, k, sums->magnitude) + counts->n -
                         count_from(&one, &two, k, nextafter(-sums->magnitude, INFINITY));
    for (gsize i = 0; i < UMK_PARTITION_BINS; i++) {
        double edge = (2.0 * (double) (i + 1) / UMK_PARTITION_BINS - 1.0) * sums->most;
        guint64 left = i + 1 < UMK_PARTITION_BINS ? count_from(&one, &two, k, edge) : 0;

        counts->bins[i] = above - left;
        above = left;
    }
    return TRUE;
}

/* The smaller group is chosen in ascending order of places; partial[i] is the sum of its
 * first i values. */
gboolean
_umk_partition_count_one_by_one(const UmkPartitionSums *sums,
                                UmkPartitionCounts *counts,
                                UmkRun *run,
                                GError **error)
{
    gsize n = sums->n, k = MIN(sums->n_first, n - sums->n_first);
    double sign = k == sums->n_first ? 1.0 : -1.0;
    g_autofree gsize *places = g_new(gsize, k);
    g_autofree double *partial = g_new0(double, k + 1);

    for (gsize i = 0; i < k; i++) {
        places[i] = i;
        partial[i + 1] = partial[i] + sums->values[i];
    }
    for (;;) {
        gsize i = k;

        if (counts->n++ % CHECK_EACH == 0 && !umk_run_check(run, error))
            return FALSE;
        _umk_partition_count(sums, sign * partial[k], counts);
        while (i > 0 && places[i - 1] == n - k + i - 1)
            i--;
        if (i == 0)
            return TRUE;
        places[i - 1]++;
        for (gsize j = i - 1; j < k; j++) {
            places[j] = j < i ? places[j] : places[j - 1] + 1;
            partial[j + 1] = partial[j] + sums->values[places[j]];
        }
    }
}
