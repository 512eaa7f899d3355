/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random splits of many lists at once. The shuffles are those of a single list, in the
 * same streams, of places instead of values; then each list adds up its own values at the
 * places of the head, in the same order, so that its counts are the same to the bit. Some
 * splits are shuffled ahead and lists are looked at some at a time: both stay in the
 * cache, and the sums in registers. */
#include "bias/umk-partition-private.h"

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <string.h>

#define CHUNK 4096 /* splits, as of a single list */
#define AHEAD 64   /* splits that are shuffled before they are added up */
#define WIDE  16   /* lists that are added up together */

/* Compiled for plain x86-64, AVX2 and AVX-512; contraction is off, so the bits agree. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define UMK_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define UMK_CLONES
#endif

typedef struct {
    const UmkPartitionSums *sums;
    gsize n_lists, n_blocks, n, k;
    double sign;
    guint64 n_samples, seed, stream;
    double *values;             /* (n_blocks, n, WIDE) */
    UmkPartitionCounts *counts; /* (n chunks at once, n_lists) */
    gsize first_chunk;
} Sampling;

static void
shuffle_head(guint32 *places, gsize n, gsize k, UmkRng *rng)
{
    guint64 drawn = 0;

    for (gsize i = 0; i < k; i++) {
        guint64 left = n - i;
        guint32 place;
        gsize j;

        drawn = i % 2 == 0 ? _umk_rng_next_u64(rng) : drawn << 32;
        j = i + (gsize) (((drawn >> 32) * left) >> 32);
        place = places[j];
        places[j] = places[i];
        places[i] = place;
    }
}

UMK_CLONES static void
add_up(const double *values, const guint32 *places, gsize k, double *sums)
{
    double own[WIDE] = {0};

    for (gsize i = 0; i < k; i++) {
        const double *row = values + (gsize) places[i] * WIDE;

        for (gsize list = 0; list < WIDE; list++)
            own[list] += row[list];
    }
    memcpy(sums, own, sizeof own);
}

/* heads (n_splits, k) */
static void
count_splits(const Sampling *self,
             const guint32 *heads,
             gsize n_splits,
             UmkPartitionCounts *counts)
{
    double sums[WIDE];

    for (gsize block = 0; block < self->n_blocks; block++) {
        gsize first = block * WIDE, n_own = MIN(WIDE, self->n_lists - first);

        for (gsize split = 0; split < n_splits; split++) {
            add_up(self->values + block * self->n * WIDE, heads + split * self->k,
                   self->k, sums);
            for (gsize list = 0; list < n_own; list++)
                _umk_partition_count(&self->sums[first + list], self->sign * sums[list],
                                     &counts[first + list]);
        }
    }
}

static void
sample_chunks(gsize begin, gsize end, guint worker, gpointer data)
{
    const Sampling *self = data;
    g_autofree guint32 *places = g_new(guint32, self->n + 1);
    g_autofree guint32 *heads = g_new(guint32, AHEAD * self->k + 1);

    (void) worker;
    for (gsize at = begin; at < end; at++) {
        UmkPartitionCounts *counts = self->counts + at * self->n_lists;
        guint64 done = (guint64) (self->first_chunk + at) * CHUNK;
        gsize n = (gsize) MIN(CHUNK, self->n_samples - done);
        UmkRng rng;

        for (gsize i = 0; i < self->n; i++)
            places[i] = (guint32) i;
        for (gsize list = 0; list < self->n_lists; list++)
            counts[list] = (UmkPartitionCounts){.n = n};
        _umk_rng_init(&rng, self->seed, self->stream + self->first_chunk + at);
        for (gsize split = 0; split < n; split += AHEAD) {
            gsize n_splits = MIN(AHEAD, n - split);

            for (gsize i = 0; i < n_splits; i++) {
                shuffle_head(places, self->n, self->k, &rng);
                memcpy(heads + i * self->k, places, self->k * sizeof *places);
            }
            count_splits(self, heads, n_splits, counts);
        }
    }
}

/* Blocks of WIDE lists side by side; the last is filled up with zeros. */
static double *
dup_blocks(const Sampling *self)
{
    double *values = g_new0(double, self->n_blocks * self->n * WIDE + 1);

    for (gsize list = 0; list < self->n_lists; list++)
        for (gsize i = 0; i < self->n; i++)
            values[(list / WIDE * self->n + i) * WIDE + list % WIDE] =
                self->sums[list].values[i];
    return values;
}

gboolean
_umk_partition_count_samples_many(const UmkPartitionSums *sums,
                                  gsize n_lists,
                                  guint64 n_samples,
                                  guint64 seed,
                                  guint64 stream,
                                  UmkPartitionCounts *counts,
                                  UmkRun *run,
                                  GError **error)
{
    gsize n_chunks = (gsize) ((n_samples + CHUNK - 1) / CHUNK), slab = 8;
    gsize n_first = sums->n_first, n = sums->n;
    Sampling self = {.sums = sums,
                     .n_lists = n_lists,
                     .n_blocks = (n_lists + WIDE - 1) / WIDE,
                     .n = n,
                     .k = MIN(n_first, n - n_first),
                     .sign = n_first <= n - n_first ? 1.0 : -1.0,
                     .n_samples = n_samples,
                     .seed = seed,
                     .stream = stream};
    g_autofree double *values = dup_blocks(&self);
    g_autofree UmkPartitionCounts *parts = g_new(UmkPartitionCounts, slab * n_lists + 1);

    self.values = values;
    self.counts = parts;
    for (; self.first_chunk < n_chunks; self.first_chunk += slab) {
        gsize n_now = MIN(slab, n_chunks - self.first_chunk);

        if (!umk_run_check(run, error))
            return FALSE;
        umk_run_report(run, NULL, (double) self.first_chunk / (double) n_chunks);
        _umk_parallel_for(n_now, 1, sample_chunks, &self);
        for (gsize i = 0; i < n_now * n_lists; i++)
            _umk_partition_counts_add(&counts[i % n_lists], &parts[i]);
    }
    return TRUE;
}
