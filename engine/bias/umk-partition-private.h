/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The permutation test of two groups: how often a random split of all values into groups
 * of the same sizes differs as much as the split that was found. */
#pragma once

#include "core/umk-run-private.h"
#include "stats/umk-intervals-private.h"

#include <math.h>

G_BEGIN_DECLS

#define UMK_PARTITION_BINS  41
#define UMK_PARTITION_ITEMS 44 /* more would need gigabytes to be counted exactly */

typedef struct {
    const double *values; /* (n) the first group, then the second */
    gsize n, n_first;
    double tolerance;  /* differences of means closer than this are equal */
    guint exact_items; /* exact while there are no more splits than halves of so many */
    guint64 n_samples; /* else so many; 0: no p then */
    guint64 seed, stream; /* streams from here on are this test's own */
    double level;         /* of the interval of a sampled p */
} UmkPartitionInput;

typedef struct {
    gboolean exact;
    guint64 n;                               /* splits that were looked at */
    double greater, two_sided;               /* NaN: undefined */
    UmkRange greater_range, two_sided_range; /* of a sampled p, else NaN */
    double most;                       /* difference of means that no split exceeds */
    double shares[UMK_PARTITION_BINS]; /* of the splits, from -most to most */
} UmkPartitionTest;

gboolean _umk_partition_test(const UmkPartitionInput *input,
                             UmkPartitionTest *test,
                             UmkRun *run,
                             GError **error);
/* The same of many lists at once, values (n, n_lists): each list's test is the one it has
 * by itself. Random splits are drawn once for all of them, which costs a shuffle a split
 * rather than one a list. */
gboolean _umk_partition_test_many(const UmkPartitionInput *input,
                                  gsize n_lists,
                                  UmkPartitionTest *tests, /* (n_lists) */
                                  UmkRun *run,
                                  GError **error);
/* G_MAXUINT64 when it is more. */
guint64 _umk_n_partitions(gsize n, gsize n_first);

/* ---- the parts: all in sums of the first group's centred values
 * ------------------------ */

typedef struct {
    const double *values; /* (n) centred: they add up to 0 */
    gsize n, n_first;
    double limit;     /* a sum from here on is as large as the one that was found */
    double magnitude; /* from here on it is so on either side */
    double most;      /* no sum exceeds it */
} UmkPartitionSums;

typedef struct {
    guint64 n, greater, either;
    guint64 bins[UMK_PARTITION_BINS];
} UmkPartitionCounts;

static inline void
_umk_partition_counts_add(UmkPartitionCounts *to, const UmkPartitionCounts *from)
{
    to->n += from->n;
    to->greater += from->greater;
    to->either += from->either;
    for (gsize i = 0; i < UMK_PARTITION_BINS; i++)
        to->bins[i] += from->bins[i];
}

/* Up to UMK_PARTITION_ITEMS values. */
gboolean _umk_partition_count_halves(const UmkPartitionSums *sums,
                                     UmkPartitionCounts *counts,
                                     GError **error);
gboolean _umk_partition_count_one_by_one(const UmkPartitionSums *sums,
                                         UmkPartitionCounts *counts,
                                         UmkRun *run,
                                         GError **error);
gboolean _umk_partition_count_samples(const UmkPartitionSums *sums,
                                      guint64 n_samples,
                                      guint64 seed,
                                      guint64 stream,
                                      UmkPartitionCounts *counts,
                                      UmkRun *run,
                                      GError **error);

/* counts (n_lists), of lists of one size that are split alike. */
gboolean _umk_partition_count_samples_many(const UmkPartitionSums *sums,
                                           gsize n_lists,
                                           guint64 n_samples,
                                           guint64 seed,
                                           guint64 stream,
                                           UmkPartitionCounts *counts,
                                           UmkRun *run,
                                           GError **error);

static inline void
_umk_partition_count(const UmkPartitionSums *sums, double sum, UmkPartitionCounts *counts)
{
    double at = 0.5 * (sum / sums->most + 1.0) * UMK_PARTITION_BINS;

    counts->greater += sum >= sums->limit;
    counts->either += fabs(sum) >= sums->magnitude;
    counts->bins[(gsize) CLAMP(at, 0.0, UMK_PARTITION_BINS - 0.5)]++;
}

G_END_DECLS
