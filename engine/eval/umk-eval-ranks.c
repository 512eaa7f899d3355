/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trustworthiness and continuity (Venna and Kaski, "Neighborhood preservation in
 * nonlinear projection methods", 2001, equations 1 and 2).
 *
 * With r(i, j) the rank of j among i's neighbours in one space, the penalty of the other
 * space is the sum of r(i, j) - k over those of its k nearest that are not among the k
 * nearest of the first, and the figure 1 - 2 / (n k (2 n - 3 k - 1)) of that sum. Equal
 * distances rank by row. */
#include "eval/umk-eval-map-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define GROUP       8            /* rows of one task */
#define BLOCK_BYTES (256 * 1024) /* rows compared at once */

typedef struct {
    const float *rows;
    gsize n_dims;
} Space;

typedef struct {
    Space high, low;
    gsize n;
    guint k;
    UmkDistanceLevel level;
    guint64 *penalties; /* (n, 2): trustworthiness, continuity */
    UmkRun *run;
    gint failed; /* out of memory */
    gint stopped;
} Work;

typedef struct {
    float *distances; /* (GROUP, n) */
    guint64 *nearest; /* (k) */
    float *scores;    /* (k) */
} Side;

/* How many come before j in order of distance, then row; self lies at infinity. */
static gsize
rank_of(const float *distances, gsize n, gsize j)
{
    float d = distances[j];
    gsize before = 0;
    guint count = 0;

    for (gsize i = 0; i < j; i++)
        count += distances[i] <= d;
    before += count;
    count = 0;
    for (gsize i = j + 1; i < n; i++)
        count += distances[i] < d;
    return before + count + 1;
}

/* Distances of a group of rows to all, block by block while the block is in cache. */
static void
measure(const Work *work, const Space *space, gsize begin, gsize end, Side *side)
{
    gsize block = CLAMP(BLOCK_BYTES / (space->n_dims * sizeof(float) + 1), 8, 1024);

    for (gsize first = 0; first < work->n; first += block)
        _umk_distance_block(work->level, UMK_DISTANCE_SQUARED,
                            space->rows + begin * space->n_dims, space->n_dims,
                            end - begin, space->rows + first * space->n_dims,
                            space->n_dims, MIN(block, work->n - first), space->n_dims,
                            side->distances + first, work->n);
    for (gsize row = begin; row < end; row++)
        side->distances[(row - begin) * work->n + row] = INFINITY;
}

static void
find_nearest(const Work *work, const float *distances, gsize row, Side *side)
{
    UmkTopK best;

    _umk_topk_init(&best, side->scores, side->nearest, work->k);
    for (gsize j = 0; j < work->n; j++)
        if (j != row && (best.n < best.k || -distances[j] >= best.scores[0]))
            _umk_topk_push(&best, -distances[j], j);
}

static guint64
penalty(const Work *work, const guint64 *nearest, const float *distances)
{
    guint64 sum = 0;

    for (guint i = 0; i < work->k; i++) {
        gsize rank = rank_of(distances, work->n, nearest[i]);

        sum += rank > work->k ? rank - work->k : 0;
    }
    return sum;
}

static void
side_free(Side *side)
{
    _umk_free_aligned(side->distances);
    g_free(side->nearest);
    g_free(side->scores);
}

static void
side_init(Side *side, gsize n, guint k)
{
    side->distances = _umk_alloc_aligned(GROUP * n, sizeof(float), "distances", NULL);
    side->nearest = g_new(guint64, k);
    side->scores = g_new(float, k);
}

static void
rank_group(Work *work, gsize begin, gsize end, Side *high, Side *low)
{
    measure(work, &work->high, begin, end, high);
    measure(work, &work->low, begin, end, low);
    for (gsize row = begin; row < end; row++) {
        const float *d_high = high->distances + (row - begin) * work->n;
        const float *d_low = low->distances + (row - begin) * work->n;

        find_nearest(work, d_high, row, high);
        find_nearest(work, d_low, row, low);
        work->penalties[2 * row] = penalty(work, low->nearest, d_high);
        work->penalties[2 * row + 1] = penalty(work, high->nearest, d_low);
    }
}

static void
rank_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    Side high, low;

    if (g_atomic_int_get(&work->stopped) || !umk_run_check(work->run, NULL)) {
        g_atomic_int_set(&work->stopped, TRUE);
        return;
    }
    side_init(&high, work->n, work->k);
    side_init(&low, work->n, work->k);
    if (high.distances != NULL && low.distances != NULL)
        rank_group(work, begin, end, &high, &low);
    else
        g_atomic_int_set(&work->failed, TRUE);
    side_free(&high);
    side_free(&low);
    umk_run_report(work->run, _("Comparing neighbourhoods"),
                   (double) end / (double) work->n);
}

gboolean
_umk_eval_ranks(UmkMatrix *high,
                UmkMatrix *low,
                guint k,
                double *trustworthiness,
                double *continuity,
                UmkRun *run,
                GError **error)
{
    gsize n = umk_matrix_get_n_rows(high);
    Work work = {.high = {umk_matrix_get_row(high, 0, NULL), umk_matrix_get_n_cols(high)},
                 .low = {umk_matrix_get_row(low, 0, NULL), umk_matrix_get_n_cols(low)},
                 .n = n,
                 .k = k,
                 .level = _umk_distance_best_level(),
                 .run = run};
    g_autofree guint64 *penalties = g_new0(guint64, 2 * n);
    double scale = 2.0 / ((double) n * k * (2.0 * (double) n - 3.0 * k - 1.0));
    guint64 sums[2] = {0, 0};

    work.penalties = penalties;
    _umk_parallel_for(n, GROUP, rank_rows, &work);
    if (!umk_run_check(run, error))
        return FALSE;
    if (work.failed) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("Out of memory"));
        return FALSE;
    }
    for (gsize i = 0; i < n; i++) {
        sums[0] += penalties[2 * i];
        sums[1] += penalties[2 * i + 1];
    }
    *trustworthiness = 1.0 - scale * (double) sums[0];
    *continuity = 1.0 - scale * (double) sums[1];
    return TRUE;
}
