/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random splits: each is the head of a shuffle, so no value is drawn twice. A chunk of
 * splits has a stream of its own and goes on shuffling the same values; counts are whole
 * numbers, so their sum does not depend on the order of the chunks. */
#include "bias/umk-partition-private.h"

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#define CHUNK 4096 /* splits */
#define SLAB  256  /* chunks between two looks at the clock */

typedef struct {
    const UmkPartitionSums *sums;
    guint64 n_samples, seed, stream;
    gsize first_chunk;
    UmkPartitionCounts *counts; /* (SLAB) */
} Sampling;

/* Swaps a random one of the last n - i values into place i, two a number drawn. */
static double
shuffle_head(double *values, gsize n, gsize k, UmkRng *rng)
{
    double sum = 0.0;
    guint64 drawn = 0;

    for (gsize i = 0; i < k; i++) {
        guint64 left = n - i;
        gsize j;
        double value;

        drawn = i % 2 == 0 ? _umk_rng_next_u64(rng) : drawn << 32;
        j = i + (gsize) (((drawn >> 32) * left) >> 32);
        value = values[j];
        values[j] = values[i];
        values[i] = value;
        sum += value;
    }
    return sum;
}

static void
sample_chunk(const Sampling *sampling, gsize chunk, UmkPartitionCounts *counts)
{
    const UmkPartitionSums *sums = sampling->sums;
    gsize n = sums->n, k = MIN(sums->n_first, n - sums->n_first);
    double sign = k == sums->n_first ? 1.0 : -1.0;
    g_autofree double *values = g_memdup2(sums->values, n * sizeof *values);
    guint64 done = (guint64) chunk * CHUNK;
    UmkRng rng;

    *counts = (UmkPartitionCounts){.n = MIN(CHUNK, sampling->n_samples - done)};
    _umk_rng_init(&rng, sampling->seed, sampling->stream + chunk);
    for (guint64 i = 0; i < counts->n; i++)
        _umk_partition_count(sums, sign * shuffle_head(values, n, k, &rng), counts);
}

static void
sample_chunks(gsize begin, gsize end, guint worker, gpointer data)
{
    const Sampling *sampling = data;

    (void) worker;
    for (gsize i = begin; i < end; i++)
        sample_chunk(sampling, sampling->first_chunk + i, &sampling->counts[i]);
}

gboolean
_umk_partition_count_samples(const UmkPartitionSums *sums,
                             guint64 n_samples,
                             guint64 seed,
                             guint64 stream,
                             UmkPartitionCounts *counts,
                             UmkRun *run,
                             GError **error)
{
    gsize n_chunks = (gsize) ((n_samples + CHUNK - 1) / CHUNK);
    g_autofree UmkPartitionCounts *parts = g_new(UmkPartitionCounts, SLAB);
    Sampling sampling = {sums, n_samples, seed, stream, 0, parts};

    for (; sampling.first_chunk < n_chunks; sampling.first_chunk += SLAB) {
        gsize n = MIN(SLAB, n_chunks - sampling.first_chunk);

        if (!umk_run_check(run, error))
            return FALSE;
        _umk_parallel_for(n, 1, sample_chunks, &sampling);
        for (gsize i = 0; i < n; i++)
            _umk_partition_counts_add(counts, &parts[i]);
    }
    return TRUE;
}
