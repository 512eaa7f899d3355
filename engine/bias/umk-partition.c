/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chooses how splits are counted and turns counts into p-values. A split counts when it
 * is as large as the one that was found (>=, up to rounding), which itself is always
 * among them: p is never 0. With values centred on their mean, the difference of means is
 * the first group's sum times (1/n1 + 1/n2), so only that sum is followed. */
#include "bias/umk-partition-private.h"

#include "core/umk-pool-private.h"

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

static void
test_init(UmkPartitionTest *test, const UmkPartitionInput *input, guint64 n_all)
{
    *test = (UmkPartitionTest){.greater = NAN,
                               .two_sided = NAN,
                               .greater_range = {NAN, NAN},
                               .two_sided_range = {NAN, NAN}};
    test->exact = n_all <= _umk_n_partitions(input->exact_items, input->exact_items / 2);
}

/* FALSE where nothing can be split or nothing is to be looked at. */
static gboolean
has_splits(const UmkPartitionInput *input, const UmkPartitionTest *test)
{
    return input->n_first > 0 && input->n_first < input->n &&
           (test->exact || input->n_samples > 0);
}

static double
largest_difference(const UmkPartitionInput *input, const UmkPartitionSums *sums)
{
    return sums->most *
           (1.0 / (double) input->n_first + 1.0 / (double) (input->n - input->n_first));
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

    test_init(test, input, n_all);
    if (!has_splits(input, test))
        return TRUE;
    prepare(input, centred, &sums);
    test->most = largest_difference(input, &sums);
    if (!count(input, &sums, n_all, &counts, run, error))
        return FALSE;
    finish(input, &counts, test);
    return TRUE;
}

/* ---- many lists -------------------------------------------------------------------- */

typedef struct {
    const UmkPartitionInput *input;
    gsize n_lists;
    UmkPartitionTest *tests;
    UmkRun *run;
} Lists;

/* (n) of the values of one list */
static double *
dup_list(const UmkPartitionInput *input, gsize n_lists, gsize list)
{
    double *values = g_new(double, input->n + 1);

    for (gsize i = 0; i < input->n; i++)
        values[i] = input->values[i * n_lists + list];
    return values;
}

static void
test_lists(gsize begin, gsize end, guint worker, gpointer data)
{
    const Lists *lists = data;

    (void) worker;
    for (gsize list = begin; list < end; list++) {
        UmkPartitionInput input = *lists->input;
        g_autofree double *values = dup_list(lists->input, lists->n_lists, list);

        input.values = values;
        if (!_umk_partition_test(&input, &lists->tests[list], lists->run, NULL))
            lists->tests[list].greater = lists->tests[list].two_sided = NAN;
    }
}

static gboolean
sample_lists(const Lists *lists, UmkRun *run, GError **error)
{
    const UmkPartitionInput *input = lists->input;
    g_autofree UmkPartitionSums *sums = g_new(UmkPartitionSums, lists->n_lists + 1);
    g_autofree UmkPartitionCounts *counts =
        g_new0(UmkPartitionCounts, lists->n_lists + 1);
    g_autofree double *centred = g_new(double, lists->n_lists * input->n + 1);

    for (gsize list = 0; list < lists->n_lists; list++) {
        UmkPartitionInput own = *input;
        g_autofree double *values = dup_list(input, lists->n_lists, list);

        own.values = values;
        prepare(&own, centred + list * input->n, &sums[list]);
    }
    if (!_umk_partition_count_samples_many(sums, lists->n_lists, input->n_samples,
                                           input->seed, input->stream, counts, run,
                                           error))
        return FALSE;
    for (gsize list = 0; list < lists->n_lists; list++) {
        lists->tests[list].most = largest_difference(input, &sums[list]);
        finish(input, &counts[list], &lists->tests[list]);
    }
    return TRUE;
}

gboolean
_umk_partition_test_many(const UmkPartitionInput *input,
                         gsize n_lists,
                         UmkPartitionTest *tests,
                         UmkRun *run,
                         GError **error)
{
    guint64 n_all = _umk_n_partitions(input->n, input->n_first);
    Lists lists = {input, n_lists, tests, run};

    for (gsize list = 0; list < n_lists; list++)
        test_init(&tests[list], input, n_all);
    if (n_lists == 0 || !has_splits(input, &tests[0]))
        return TRUE;
    if (!is_exact(input, n_all))
        return sample_lists(&lists, run, error);
    _umk_parallel_for(n_lists, 1, test_lists, &lists);
    return umk_run_check(run, error);
}
