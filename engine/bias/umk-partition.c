/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses how splits are counted and turns counts into p-values. A split counts when it
 * is as large as the one that was found (>=, up to rounding), which itself is always
 * among them: p is never 0. With values centred on their mean, the difference of means is
 * the first group's sum times (1/n1 + 1/n2), so only that sum is followed. */
#include "bias/umk-partition-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define VISITED (1u << 24) /* splits: a fifth of a second */

guint64
_umk_n_partitions(gsize n, gsize n_first)
{
    unsigned __int128 count = 1;
    gsize k = MIN(n_first, n - n_first);

    for (gsize i = 1; i <= k; i++) {
        count = count * (n - k + i) / i;
        if (count > G_MAXINT64)
            return G_MAXUINT64;
    }
    return (guint64) count;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

/* The largest magnitude that a sum of n_first of the values can have. */
static double
largest_sum(const double *values, gsize n, gsize n_first)
{
    g_autofree double *sorted = g_memdup2(values, n * sizeof *values);
    double least = 0.0, most = 0.0;

    qsort(sorted, n, sizeof *sorted, compare_doubles);
    for (gsize i = 0; i < n_first; i++) {
        least += sorted[i];
        most += sorted[n - 1 - i];
    }
    return fmax(most, -least);
}

static void
finish(const UmkPartitionInput *input,
       const UmkPartitionCounts *counts,
       UmkPartitionTest *test)
{
    double n = (double) counts->n;

    test->n = counts->n;
    for (gsize i = 0; i < UMK_PARTITION_BINS; i++)
        test->shares[i] = (double) counts->bins[i] / n;
    if (test->exact) {
        test->greater = (double) counts->greater / n;
        test->two_sided = (double) counts->either / n;
        return;
    }
    test->greater = (1.0 + (double) counts->greater) / (1.0 + n);
    test->two_sided = (1.0 + (double) counts->either) / (1.0 + n);
    test->greater_range =
        _umk_interval_clopper_pearson(counts->greater, counts->n, input->level);
    test->two_sided_range =
        _umk_interval_clopper_pearson(counts->either, counts->n, input->level);
}

/* Centres the values and says where the split that was found stands. */
static void
prepare(const UmkPartitionInput *input, double *centred, UmkPartitionSums *sums)
{
    double n1 = (double) input->n_first, n2 = (double) input->n - n1;
    double unit = 1.0 / n1 + 1.0 / n2, mean = 0.0, found = 0.0;
    double tolerance = input->tolerance / unit;

    for (gsize i = 0; i < input->n; i++)
        mean += input->values[i] / (double) input->n;
    for (gsize i = 0; i < input->n; i++) {
        centred[i] = input->values[i] - mean;
        found += i < input->n_first ? centred[i] : 0.0;
    }
    *sums = (UmkPartitionSums){
        .values = centred,
        .n = input->n,
        .n_first = input->n_first,
        .limit = found - tolerance,
        .magnitude = fabs(found) - tolerance,
        .most = fmax(largest_sum(centred, input->n, input->n_first), 1e-300),
    };
}

/* Visiting is cheaper than halves while there are few splits; the halves' own work, for
 * all bins, is some dozens of times 2^(n/2). */
static gboolean
is_cheap_one_by_one(gsize n, guint64 n_all)
{
    return n_all <= (n <= UMK_PARTITION_ITEMS ? (guint64) 8 << (n / 2) : VISITED);
}

static gboolean
is_exact(const UmkPartitionInput *input, guint64 n_all)
{
    return n_all <= _umk_n_partitions(input->exact_items, input->exact_items / 2) &&
           (input->n <= UMK_PARTITION_ITEMS || is_cheap_one_by_one(input->n, n_all));
}

static gboolean
count(const UmkPartitionInput *input,
      const UmkPartitionSums *sums,
      guint64 n_all,
      UmkPartitionCounts *counts,
      UmkRun *run,
      GError **error)
{
    if (!is_exact(input, n_all))
        return _umk_partition_count_samples(sums, input->n_samples, input->seed,
                                            input->stream, counts, run, error);
    if (is_cheap_one_by_one(input->n, n_all))
        return _umk_partition_count_one_by_one(sums, counts, run, error);
    return _umk_partition_count_halves(sums, counts, error);
}

gboolean
_umk_partition_test(const UmkPartitionInput *input,
                    UmkPartitionTest *test,
                    UmkRun *run,
                    GError **error)
{
    g_autofree double *centred = g_new(double, input->n + 1);
    guint64 n_all = _umk_n_partitions(input->n, input->n_first);
    UmkPartitionCounts counts = {0};
    UmkPartitionSums sums;

    *test = (UmkPartitionTest){.greater = NAN,
                               .two_sided = NAN,
                               .greater_range = {NAN, NAN},
                               .two_sided_range = {NAN, NAN}};
    test->exact = n_all <= _umk_n_partitions(input->exact_items, input->exact_items / 2);
    if (input->n_first == 0 || input->n_first >= input->n ||
        (!test->exact && input->n_samples == 0))
        return TRUE;
    prepare(input, centred, &sums);
    test->most = sums.most * (1.0 / (double) input->n_first +
                              1.0 / (double) (input->n - input->n_first));
    if (!count(input, &sums, n_all, &counts, run, error))
        return FALSE;
    finish(input, &counts, test);
    return TRUE;
}
