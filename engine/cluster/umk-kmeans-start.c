/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where k-means begins: k-means++ (Arthur and Vassilvitskii 2007), greedy: of 2 + ln k
 * rows drawn with probability proportional to D², the one that lowers the sum most is
 * taken. A row is looked at only if a candidate lies nearer to the row's centre than
 * twice the row does; the others cannot gain, by the triangle inequality. */
#include "cluster/umk-kmeans-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_TRIALS 16
#define RUN_ROWS   32
#define SLACK      4.001f /* (2 D)², and room for rounding */

typedef struct {
    const UmkKmeans *problem;
    const float *rows; /* (n, d) */
    float *sample;     /* what rows points to where not all rows are candidates */
    gsize n;
    UmkDistanceLevel level;
    guint n_trials;
    float *squared;   /* (n) to the nearest centre so far */
    guint32 *nearest; /* (n) */
    float *trials;    /* (n_trials, d) rows that stand for election */
    float *spread;    /* (n_trials, centres so far) squared distances */
    gsize spread_stride;
    float *reach;    /* (n, n_trials) squared distances, where looked at */
    guint8 *touched; /* (n) */
    double *gains;   /* (n_chunks, n_trials) */
    double *sums;    /* (n_chunks) of squared */
    guint winner;
    guint32 center; /* the number it gets */
} Start;

static const float *
row_of(const Start *self, gsize i)
{
    return self->rows + i * self->problem->d;
}

static void
measure_run(const Start *self, gsize first, gsize n, double *gains)
{
    gsize d = self->problem->d;
    float *reach = self->reach + first * self->n_trials;

    _umk_distance_block(self->level, UMK_DISTANCE_SQUARED, row_of(self, first), d, n,
                        self->trials, d, self->n_trials, d, reach, self->n_trials);
    for (gsize i = 0; i < n; i++)
        for (guint t = 0; t < self->n_trials; t++) {
            float gain = self->squared[first + i] - reach[i * self->n_trials + t];

            gains[t] += gain > 0.0f ? (double) gain : 0.0;
        }
}

static gboolean
can_gain(const Start *self, gsize i)
{
    float limit = SLACK * self->squared[i];

    for (guint t = 0; t < self->n_trials; t++)
        if (self->spread[t * self->spread_stride + self->nearest[i]] < limit)
            return TRUE;
    return FALSE;
}

static void
measure_chunks(gsize begin, gsize end, guint worker, gpointer data)
{
    Start *self = data;
    double *gains = self->gains + begin / UMK_KMEANS_CHUNK * self->n_trials;

    memset(gains, 0, self->n_trials * sizeof *gains);
    if (!umk_run_check(self->problem->run, NULL))
        return;
    for (gsize i = begin; i < end; i++)
        self->touched[i] = can_gain(self, i);
    for (gsize i = begin; i < end;) {
        gsize n = 0;

        while (i + n < end && n < RUN_ROWS && self->touched[i + n])
            n++;
        if (n > 0)
            measure_run(self, i, n, gains);
        i += MAX(n, 1);
    }
}

static void
settle_chunks(gsize begin, gsize end, guint worker, gpointer data)
{
    Start *self = data;
    double sum = 0.0;

    for (gsize i = begin; i < end; i++) {
        float reach =
            self->touched[i] ? self->reach[i * self->n_trials + self->winner] : INFINITY;

        if (reach < self->squared[i]) {
            self->squared[i] = reach;
            self->nearest[i] = self->center;
        }
        sum += (double) self->squared[i];
    }
    self->sums[begin / UMK_KMEANS_CHUNK] = sum;
}

/* A row with probability proportional to its squared distance; total > 0. */
static gsize
draw(const Start *self, double total, UmkRng *rng)
{
    double left = _umk_rng_uniform(rng) * total;
    gsize last = 0;

    for (gsize begin = 0; begin < self->n; begin += UMK_KMEANS_CHUNK) {
        double sum = self->sums[begin / UMK_KMEANS_CHUNK];

        if (left >= sum && begin + UMK_KMEANS_CHUNK < self->n) {
            left -= sum;
            continue;
        }
        for (gsize i = begin; i < MIN(self->n, begin + UMK_KMEANS_CHUNK); i++) {
            if (self->squared[i] > 0.0f)
                last = i;
            left -= (double) self->squared[i];
            if (left < 0.0 && self->squared[i] > 0.0f)
                return i;
        }
    }
    if (self->squared[last] > 0.0f)
        return last;
    while (last < self->n - 1 && self->squared[last] <= 0.0f)
        last++;
    return last;
}

static double
total_of(const Start *self)
{
    double total = 0.0;

    for (gsize chunk = 0; chunk * UMK_KMEANS_CHUNK < self->n; chunk++)
        total += self->sums[chunk];
    return total;
}

/* Lets the trials stand, takes the best and gives it the next number. */
static void
elect(Start *self, float *centers)
{
    gsize d = self->problem->d;
    double best[MAX_TRIALS] = {0};

    _umk_distance_block(self->level, UMK_DISTANCE_SQUARED, self->trials, d,
                        self->n_trials, centers, d, self->center, d, self->spread,
                        self->spread_stride);
    _umk_parallel_for(self->n, UMK_KMEANS_CHUNK, measure_chunks, self);
    for (gsize chunk = 0; chunk * UMK_KMEANS_CHUNK < self->n; chunk++)
        for (guint t = 0; t < self->n_trials; t++)
            best[t] += self->gains[chunk * self->n_trials + t];
    self->winner = 0;
    for (guint t = 1; t < self->n_trials; t++)
        if (best[t] > best[self->winner])
            self->winner = t;
    memcpy(centers + self->center * d, self->trials + self->winner * d,
           d * sizeof(float));
    _umk_parallel_for(self->n, UMK_KMEANS_CHUNK, settle_chunks, self);
}

static void
start_clear(Start *self)
{
    _umk_free_aligned(self->sample);
    g_free(self->squared);
    g_free(self->nearest);
    g_free(self->trials);
    g_free(self->spread);
    g_free(self->reach);
    g_free(self->touched);
    g_free(self->gains);
    g_free(self->sums);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Start, start_clear)

static gboolean
start_alloc(Start *self, GError **error)
{
    const char *what = _("The start of k-means");
    gsize n_chunks = self->n / UMK_KMEANS_CHUNK + 1, d = self->problem->d;

    self->squared = _umk_alloc(self->n, sizeof(float), what, error);
    if (self->squared == NULL)
        return FALSE;
    self->nearest = _umk_alloc(self->n, sizeof(guint32), what, error);
    if (self->nearest == NULL)
        return FALSE;
    self->reach = _umk_alloc(self->n, self->n_trials * sizeof(float), what, error);
    if (self->reach == NULL)
        return FALSE;
    self->touched = _umk_alloc(self->n, 1, what, error);
    if (self->touched == NULL)
        return FALSE;
    self->trials = g_new(float, self->n_trials *d + 1);
    self->spread_stride = self->problem->k;
    self->spread = g_new(float, self->n_trials * self->spread_stride);
    self->gains = g_new0(double, n_chunks * self->n_trials);
    self->sums = g_new0(double, n_chunks);
    return TRUE;
}

static gboolean
gather(Start *self, const guint32 *among, GError **error)
{
    gsize d = self->problem->d;

    self->sample = _umk_alloc_aligned(self->n, MAX(d, 1) * sizeof(float),
                                      _("The start of k-means"), error);
    for (gsize i = 0; self->sample != NULL && i < self->n; i++)
        memcpy(self->sample + i * d, self->problem->rows + among[i] * d,
               d * sizeof(float));
    self->rows = self->sample;
    return self->sample != NULL;
}

/* The first centre is any row: an election with one trial that everybody wins by. */
static void
begin_with(Start *self, gsize row, float *centers)
{
    guint n_trials = self->n_trials;

    for (gsize i = 0; i < self->n; i++)
        self->squared[i] = FLT_MAX;
    self->n_trials = 1;
    memcpy(self->trials, row_of(self, row), self->problem->d * sizeof(float));
    memset(self->spread, 0, sizeof(float)); /* "nearer than twice": every row looks */
    self->center = 0;
    elect(self, centers);
    self->n_trials = n_trials;
}

gboolean
_umk_kmeans_choose(const UmkKmeans *problem,
                   const guint32 *among,
                   gsize n_among,
                   UmkRng *rng,
                   UmkKmeansFit *fit,
                   GError **error)
{
    gsize d = problem->d, k = problem->k;
    g_auto(Start) self = {.problem = problem,
                          .rows = problem->rows,
                          .n = among != NULL ? n_among : problem->n,
                          .level = _umk_distance_best_level()};

    self.n_trials = (guint) MIN(2 + (gsize) log((double) k), MAX_TRIALS);
    fit->centers = _umk_alloc(k, MAX(d, 1) * sizeof(float), _("The centers"), error);
    if (fit->centers == NULL || !start_alloc(&self, error) ||
        (among != NULL && !gather(&self, among, error)))
        return FALSE;
    begin_with(&self, _umk_rng_below(rng, self.n), fit->centers);
    for (fit->k = 1; fit->k < k; fit->k++) {
        double total = total_of(&self);

        if (!umk_run_check(problem->run, error))
            return FALSE;
        umk_run_report(problem->run, _("Choosing centers"), (double) fit->k / (double) k);
        if (!(total > 0.0)) /* every different row is a centre already */
            break;
        for (guint t = 0; t < self.n_trials; t++)
            memcpy(self.trials + t * d, row_of(&self, draw(&self, total, rng)),
                   d * sizeof(float));
        self.center = (guint32) fit->k;
        elect(&self, fit->centers);
    }
    for (gsize c = 0; c < fit->k; c++)
        for (gsize j = 0; j < d; j++)
            fit->centers[c * d + j] -= problem->mean[j];
    return umk_run_check(problem->run, error);
}
