/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lloyd's iterations (1982) that skip products whose outcome is known. The centres stand
 * in groups of one packed panel; a row keeps an upper bound of the distance to its own
 * centre and, for each group, a lower bound of the distance to the others (Yinyang
 * k-means, Ding et al. 2015). Both move with the centres. What the bounds leave open is
 * gathered and multiplied panel by panel. They are widened by the worst rounding that a
 * product can have, so that the labels are those of the full computation, bit for bit. */
#include "cluster/umk-kmeans-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-gemm-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define BLOCK_ROWS 192 /* gathered at once: 288 KiB at 384 dimensions */
#define SLICE      32  /* columns of one task when sums are made */
#define GROUP      (2 * UMK_GEMM_COLUMNS)
#define MANY       0.6 /* share of products above which all are made at once */
#define ROUND      2.4e-7f
#define AHEAD      2 /* rows that are on their way while one is looked at */

typedef struct {
    const UmkKmeans *problem;
    UmkKmeansFit *fit;
    gsize n_groups;
    float *squares;     /* (n) |x|²                                   */
    float *upper;       /* (n) at most this far from its own centre   */
    float *lower;       /* (n, n_groups) at least this far from others */
    guint32 *before;    /* (n) labels of the iteration before         */
    float *packed;      /* -centres, in panels                        */
    float *half;        /* (k) |c|² / 2                               */
    float *moved;       /* (k) how far in the last step               */
    float *group_moved; /* (n_groups) the farthest                    */
    double *sums;       /* (k, d)                                     */
    gsize *counts;      /* (k)                                        */
    guint32 *changes;   /* rows whose label changed                   */
    gsize n_changes;
    double longest;          /* of the centres, |c|                        */
    struct Scratch *scratch; /* one a worker                            */
    guint64 *products;       /* one a worker                               */
} Lloyd;

typedef struct Scratch {
    float *rows;    /* (BLOCK_ROWS, d), minus the mean */
    float *picked;  /* (BLOCK_ROWS, d), those that a group needs */
    float *scores;  /* (BLOCK_ROWS, k): |c|² / 2 - x c */
    float *slack;   /* (BLOCK_ROWS) rounding of a squared distance */
    guint32 *which; /* (BLOCK_ROWS) rows of the data */
    guint8 *needs;  /* (BLOCK_ROWS, n_groups) */
} Scratch;

/* ---- one block of rows ------------------------------------------------------------ */

/* Rows lie apart, so no processor guesses the next one. */
static void
bring_near(const float *values, gsize n)
{
    for (gsize j = 0; j < n; j += 16)
        __builtin_prefetch(values + j);
}

static void
gather(const Lloyd *self, const Scratch *scratch, gsize n)
{
    gsize d = self->problem->d;
    const float *mean = self->problem->mean;

    for (gsize i = 0; i < n; i++) {
        const float *from = self->problem->rows + scratch->which[i] * d;
        float *to = scratch->rows + i * d;

        if (i + AHEAD < n)
            bring_near(self->problem->rows + scratch->which[i + AHEAD] * d, d);
        for (gsize j = 0; j < d; j++)
            to[j] = from[j] - mean[j];
    }
}

/* Twice the bound of a sum of d fused products, gamma_d |x||c|, and a little for the
 * additions after it (Higham 2002, 3.1). */
static float
rounding(const Lloyd *self, float square)
{
    double length = sqrt((double) square), d = (double) self->problem->d;
    double products = length * self->longest;

    return (float) (1.01 * 0x1p-23 * (d + 4) * products +
                    0x1p-21 * ((double) square + self->longest * self->longest));
}

static gboolean
find_needs(const Lloyd *self, gsize row, float slack, guint8 *needs)
{
    const float *lower = self->lower + row * self->n_groups;
    float upper = self->upper[row];
    float limit = sqrtf(upper * upper + 2.0f * slack) * (1.0f + ROUND);
    gboolean any = FALSE;

    for (gsize g = 0; g < self->n_groups; g++) {
        needs[g] = !(lower[g] > limit);
        any |= needs[g];
    }
    return any;
}

/* The true distance to the own centre often settles it. */
static void
tighten(const Lloyd *self, const Scratch *scratch, gsize i)
{
    guint32 row = scratch->which[i], label = self->fit->labels[row];
    gsize d = self->problem->d;
    float dot =
        _umk_distance_dot(scratch->rows + i * d, self->fit->centers + label * d, d);
    float squared = self->squares[row] + 2.0f * (self->half[label] - dot);

    self->upper[row] = sqrtf(fmaxf(squared, 0.0f) + scratch->slack[i]) * (1.0f + ROUND);
}

typedef struct {
    float best;
    float second;
    guint32 at;
} Least;

static void
add_least(Least *least, float best, float second, guint32 at)
{
    gboolean nearer = best < least->best || (best == least->best && at < least->at);

    least->second = fminf(least->second, fminf(second, fmaxf(best, least->best)));
    if (nearer) {
        least->best = best;
        least->at = at;
    }
}

typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));
typedef gint32 FourInts __attribute__((vector_size(16)));

static inline Four
choose(FourInts which, Four yes, Four no)
{
    return (Four) ((which & (FourInts) yes) | (~which & (FourInts) no));
}

/* The least, of equals the first, and the second. Every fourth score has a least of its
 * own; then those are compared. */
static Least
find_least(const float *scores, gsize n, guint32 first)
{
    Four best = {INFINITY, INFINITY, INFINITY, INFINITY}, second = best;
    FourInts at = {0, 0, 0, 0};
    Least least = {INFINITY, INFINITY, first};
    gsize j = 0;

    for (; j + 4 <= n; j += 4) {
        Four score = *(const Four *) (scores + j);
        FourInts nearer = score < best;
        Four farther = choose(nearer, best, score);
        FourInts here = at * 0 + (gint32) j;

        second = choose(farther < second, farther, second);
        best = choose(nearer, score, best);
        at = (nearer & here) | (~nearer & at);
    }
    for (gsize lane = 0; lane < 4 && lane < n; lane++)
        add_least(&least, best[lane], second[lane],
                  first + (guint32) at[lane] + (guint32) lane);
    for (; j < n; j++)
        add_least(&least, scores[j], INFINITY, first + (guint32) j);
    return least;
}

static float
at_least(float square, float score, float slack)
{
    return sqrtf(fmaxf(square + 2.0f * score - slack, 0.0f)) * (1.0f - ROUND);
}

static void
settle_row(const Lloyd *self, const Scratch *scratch, gsize i)
{
    gsize k = self->fit->k, row = scratch->which[i], home = 0;
    const guint8 *needs = scratch->needs + i * self->n_groups;
    const float *scores = scratch->scores + i * k;
    float square = self->squares[row], slack = scratch->slack[i];
    float *lower = self->lower + row * self->n_groups;
    Least winner = {INFINITY, INFINITY, 0};

    for (gsize g = 0; g < self->n_groups; g++) {
        gsize first = g * GROUP;
        Least least;

        if (!needs[g])
            continue;
        least = find_least(scores + first, MIN(GROUP, k - first), (guint32) first);
        lower[g] = at_least(square, least.best, slack);
        if (least.best < winner.best) {
            winner = least;
            home = g;
        }
    }
    lower[home] = at_least(square, winner.second, slack);
    self->fit->labels[row] = winner.at;
    self->upper[row] =
        sqrtf(fmaxf(square + 2.0f * winner.best, 0.0f) + slack) * (1.0f + ROUND);
}

/* Rows that need a group lie apart; they are brought together for the product. */
static guint64
multiply_group(const Lloyd *self, const Scratch *scratch, gsize n, gsize group)
{
    gsize d = self->problem->d, k = self->fit->k, first = group * GROUP, n_picked = 0;
    gsize width = MIN(GROUP, k - first);
    float products[BLOCK_ROWS * GROUP];

    for (gsize i = 0; i < n; i++)
        if (scratch->needs[i * self->n_groups + group])
            memcpy(scratch->picked + n_picked++ * d, scratch->rows + i * d,
                   d * sizeof(float));
    _umk_gemm_raw(scratch->picked, d, n_picked, self->packed + first * d, width, d,
                  self->half + first, products, GROUP);
    n_picked = 0;
    for (gsize i = 0; i < n; i++)
        if (scratch->needs[i * self->n_groups + group])
            memcpy(scratch->scores + i * k + first, products + n_picked++ * GROUP,
                   width * sizeof(float));
    return n_picked * width;
}

static guint64
multiply(const Lloyd *self, const Scratch *scratch, gsize n)
{
    gsize d = self->problem->d, k = self->fit->k, n_needs = 0;
    gsize n_all = n * self->n_groups;
    guint64 n_products = 0;

    for (gsize i = 0; i < n_all; i++)
        n_needs += scratch->needs[i];
    if ((double) n_needs >= MANY * (double) n_all) {
        memset(scratch->needs, TRUE, n_all);
        _umk_gemm_raw(scratch->rows, d, n, self->packed, k, d, self->half,
                      scratch->scores, k);
        return n * k;
    }
    for (gsize g = 0; g < self->n_groups; g++)
        n_products += multiply_group(self, scratch, n, g);
    return n_products;
}

static void
settle_block(const Lloyd *self, const Scratch *scratch, gsize n, guint worker)
{
    gsize n_open = 0, d = self->problem->d;
    gboolean first = self->fit->n_iterations == 0;

    gather(self, scratch, n);
    for (gsize i = 0; i < n; i++) {
        guint32 row = scratch->which[i];
        guint8 *needs = scratch->needs + n_open * self->n_groups;

        if (first)
            self->squares[row] =
                _umk_distance_dot(scratch->rows + i * d, scratch->rows + i * d, d);
        scratch->slack[i] = rounding(self, self->squares[row]);
        if (first || self->problem->try_all || !isfinite(self->upper[row])) {
            memset(needs, TRUE, self->n_groups);
        } else {
            tighten(self, scratch, i);
            if (!find_needs(self, row, scratch->slack[i], needs))
                continue;
            needs[self->fit->labels[row] / GROUP] = TRUE;
        }
        if (n_open < i)
            memcpy(scratch->rows + n_open * d, scratch->rows + i * d, d * sizeof(float));
        scratch->slack[n_open] = scratch->slack[i];
        scratch->which[n_open++] = row;
    }
    self->products[worker] += multiply(self, scratch, n_open);
    for (gsize i = 0; i < n_open; i++)
        settle_row(self, scratch, i);
}

static void
move_bounds(const Lloyd *self, gsize row)
{
    float *lower = self->lower + row * self->n_groups;

    self->upper[row] =
        (self->upper[row] + self->moved[self->fit->labels[row]]) * (1.0f + ROUND);
    for (gsize g = 0; g < self->n_groups; g++)
        lower[g] -= self->group_moved[g] + lower[g] * ROUND;
}

static void
settle_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const Lloyd *self = data;
    const Scratch *scratch = self->scratch + worker;
    gboolean all = self->fit->n_iterations == 0 || self->problem->try_all;
    gsize n = 0;

    if (!umk_run_check(self->problem->run, NULL))
        return;
    for (gsize row = begin; row < end; row++) {
        if (!all) {
            move_bounds(self, row);
            if (isfinite(self->upper[row]) &&
                !find_needs(self, row, rounding(self, self->squares[row]),
                            scratch->needs + n * self->n_groups))
                continue;
        }
        scratch->which[n++] = (guint32) row;
        if (n == BLOCK_ROWS) {
            settle_block(self, scratch, n, worker);
            n = 0;
        }
    }
    if (n > 0)
        settle_block(self, scratch, n, worker);
}

/* ---- the centres ------------------------------------------------------------------ */

static void
sum_slice(gsize begin, gsize end, guint worker, gpointer data)
{
    const Lloyd *self = data;
    gsize d = self->problem->d;

    for (gsize c = 0; c < self->n_changes; c++) {
        guint32 row = self->changes[c], to = self->fit->labels[row];
        const float *values = self->problem->rows + row * d;
        double *gain = self->sums + to * d;
        double *loss =
            self->before[row] != G_MAXUINT32 ? self->sums + self->before[row] * d : NULL;

        if (c + 4 * AHEAD < self->n_changes)
            bring_near(self->problem->rows + self->changes[c + 4 * AHEAD] * d + begin,
                       end - begin);
        for (gsize j = begin; j < end; j++)
            gain[j] += (double) values[j];
        for (gsize j = begin; loss != NULL && j < end; j++)
            loss[j] -= (double) values[j];
    }
}

static void
find_changes(Lloyd *self)
{
    self->n_changes = 0;
    for (gsize row = 0; row < self->problem->n; row++) {
        guint32 from = self->before[row], to = self->fit->labels[row];

        if (from == to)
            continue;
        self->changes[self->n_changes++] = (guint32) row;
        self->counts[to]++;
        if (from != G_MAXUINT32)
            self->counts[from]--;
    }
}

/* An empty cluster takes the row that lies farthest from its own centre, the first of
 * equals; with several, each takes another. */
static void
fill_empty(Lloyd *self)
{
    gsize d = self->problem->d, k = self->fit->k;

    for (gsize c = 0; c < k; c++) {
        float farthest = 0.0f;
        gsize row = G_MAXSIZE;

        for (gsize i = 0; self->counts[c] == 0 && i < self->problem->n; i++) {
            const float *center = self->fit->centers + self->fit->labels[i] * d;
            const float *values = self->problem->rows + i * d;
            float sum = 0.0f;

            for (gsize j = 0; j < d; j++) {
                float difference = values[j] - self->problem->mean[j] - center[j];

                sum += difference * difference;
            }
            if (sum > farthest && self->counts[self->fit->labels[i]] > 1) {
                farthest = sum;
                row = i;
            }
        }
        if (row == G_MAXSIZE)
            continue;
        if (self->before[row] == self->fit->labels[row])
            self->changes[self->n_changes++] = (guint32) row;
        self->counts[self->fit->labels[row]]--;
        self->counts[c]++;
        self->fit->labels[row] = (guint32) c;
        self->upper[row] = INFINITY;
    }
}

static double
move_center(Lloyd *self, gsize c)
{
    gsize d = self->problem->d;
    float *center = self->fit->centers + c * d;
    double shift = 0.0;

    if (self->counts[c] == 0) /* nothing to take: it stays where it is */
        return 0.0;
    for (gsize j = 0; j < d; j++) {
        double mean = self->sums[c * d + j] / (double) self->counts[c];
        float place = (float) (mean - (double) self->problem->mean[j]);
        double difference = (double) place - (double) center[j];

        shift += difference * difference;
        center[j] = place;
    }
    return shift;
}

static void
pack_centers(Lloyd *self)
{
    gsize d = self->problem->d, k = self->fit->k, n_values = _umk_gemm_pack_size(k, d);

    self->longest = 0.0;
    for (gsize c = 0; c < k; c++) {
        const float *center = self->fit->centers + c * d;
        double square = 0.0;

        for (gsize j = 0; j < d; j++)
            square += (double) center[j] * (double) center[j];
        self->half[c] = (float) (square / 2.0);
        self->longest = fmax(self->longest, sqrt(square));
    }
    _umk_gemm_pack_rows(self->fit->centers, d, k, d, self->packed);
    for (gsize i = 0; i < n_values; i++)
        self->packed[i] = -self->packed[i];
}

/* Returns the sum of the squared steps. */
static double
move_centers(Lloyd *self)
{
    double total = 0.0;

    memset(self->group_moved, 0, self->n_groups * sizeof *self->group_moved);
    for (gsize c = 0; c < self->fit->k; c++) {
        double shift = move_center(self, c);

        total += shift;
        self->moved[c] = (float) (sqrt(shift) * (1.0 + 1e-6));
        self->group_moved[c / GROUP] =
            fmaxf(self->group_moved[c / GROUP], self->moved[c]);
    }
    pack_centers(self);
    return total;
}

/* Centres that lie together come into one group: from the first that has none, the
 * nearest ones. */
static void
sort_centers(const UmkKmeans *problem, UmkKmeansFit *fit)
{
    gsize d = problem->d, k = fit->k;
    float *centers = fit->centers;

    for (gsize first = 0; first + GROUP < k; first += GROUP) {
        for (gsize place = first + 1; place < first + GROUP; place++) {
            gsize nearest = place;
            float least = INFINITY;

            for (gsize c = place; c < k; c++) {
                float squared;

                _umk_distance_block(_umk_distance_best_level(), UMK_DISTANCE_SQUARED,
                                    centers + first * d, d, 1, centers + c * d, d, 1, d,
                                    &squared, 1);
                if (squared < least) {
                    least = squared;
                    nearest = c;
                }
            }
            for (gsize j = 0; nearest != place && j < d; j++) {
                float swap = centers[place * d + j];

                centers[place * d + j] = centers[nearest * d + j];
                centers[nearest * d + j] = swap;
            }
        }
    }
}

/* ---- memory, and the loop --------------------------------------------------------- */

static void
lloyd_clear(Lloyd *self)
{
    g_free(self->squares);
    g_free(self->upper);
    g_free(self->lower);
    g_free(self->before);
    _umk_free_aligned(self->packed);
    g_free(self->half);
    g_free(self->moved);
    g_free(self->group_moved);
    g_free(self->sums);
    g_free(self->counts);
    g_free(self->changes);
    for (guint w = 0; self->scratch != NULL && w < _umk_pool_n_threads(); w++) {
        _umk_free_aligned(self->scratch[w].rows);
        _umk_free_aligned(self->scratch[w].picked);
        _umk_free_aligned(self->scratch[w].scores);
        g_free(self->scratch[w].slack);
        g_free(self->scratch[w].which);
        g_free(self->scratch[w].needs);
    }
    g_free(self->scratch);
    g_free(self->products);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lloyd, lloyd_clear)

static gboolean
scratch_alloc(Lloyd *self, GError **error)
{
    const char *what = _("k-means");
    gsize d = MAX(self->problem->d, 1), k = self->fit->k;

    self->scratch = g_new0(Scratch, _umk_pool_n_threads());
    self->products = g_new0(guint64, _umk_pool_n_threads());
    for (guint w = 0; w < _umk_pool_n_threads(); w++) {
        Scratch *scratch = self->scratch + w;

        scratch->rows = _umk_alloc_aligned(BLOCK_ROWS * d, sizeof(float), what, error);
        if (scratch->rows == NULL)
            return FALSE;
        scratch->picked = _umk_alloc_aligned(BLOCK_ROWS * d, sizeof(float), what, error);
        if (scratch->picked == NULL)
            return FALSE;
        scratch->scores = _umk_alloc_aligned(BLOCK_ROWS * k, sizeof(float), what, error);
        if (scratch->scores == NULL)
            return FALSE;
        scratch->slack = g_new(float, BLOCK_ROWS);
        scratch->which = g_new(guint32, BLOCK_ROWS);
        scratch->needs = g_new(guint8, (BLOCK_ROWS + 1) * self->n_groups);
    }
    return TRUE;
}

static gboolean
lloyd_alloc(Lloyd *self, GError **error)
{
    const char *what = _("k-means");
    gsize n = self->problem->n, d = MAX(self->problem->d, 1), k = self->fit->k;

    self->n_groups = (k + GROUP - 1) / GROUP;
    self->lower = _umk_alloc(n, self->n_groups * sizeof(float), what, error);
    if (self->lower == NULL)
        return FALSE;
    self->sums = _umk_alloc(k, d * sizeof(double), what, error);
    if (self->sums == NULL)
        return FALSE;
    self->squares = _umk_alloc(n, sizeof(float), what, error);
    if (self->squares == NULL)
        return FALSE;
    self->upper = _umk_alloc(n, sizeof(float), what, error);
    if (self->upper == NULL)
        return FALSE;
    self->before = _umk_alloc(n, sizeof(guint32), what, error);
    if (self->before == NULL)
        return FALSE;
    self->changes = _umk_alloc(n, sizeof(guint32), what, error);
    if (self->changes == NULL)
        return FALSE;
    self->packed =
        _umk_alloc_aligned(_umk_gemm_pack_size(k, d), sizeof(float), what, error);
    if (self->packed == NULL)
        return FALSE;
    self->half = g_new0(float, k);
    self->moved = g_new0(float, k);
    self->group_moved = g_new0(float, self->n_groups);
    self->counts = g_new0(gsize, k);
    return scratch_alloc(self, error);
}

typedef struct {
    const UmkKmeans *problem;
    const UmkKmeansFit *fit;
    double *sums;
} Inertia;

static void
sum_inertia(gsize begin, gsize end, guint worker, gpointer data)
{
    const Inertia *self = data;
    gsize d = self->problem->d;
    double sum = 0.0;

    for (gsize row = begin; row < end; row++) {
        const float *values = self->problem->rows + row * d;
        const float *center = self->fit->centers + self->fit->labels[row] * d;

        for (gsize j = 0; j < d; j++) {
            double difference =
                (double) values[j] - (double) self->problem->mean[j] - (double) center[j];

            sum += difference * difference;
        }
    }
    self->sums[begin / UMK_KMEANS_CHUNK] = sum;
}

static double
find_inertia(const UmkKmeans *problem, const UmkKmeansFit *fit)
{
    gsize n_chunks = problem->n / UMK_KMEANS_CHUNK + 1;
    g_autofree double *sums = g_new0(double, n_chunks);
    Inertia work = {problem, fit, sums};
    double sum = 0.0;

    _umk_parallel_for(problem->n, UMK_KMEANS_CHUNK, sum_inertia, &work);
    for (gsize chunk = 0; chunk < n_chunks; chunk++)
        sum += sums[chunk];
    return sum;
}

static gboolean
assign(Lloyd *self, GError **error)
{
    memcpy(self->before, self->fit->labels, self->problem->n * sizeof *self->before);
    _umk_parallel_for(self->problem->n, UMK_KMEANS_CHUNK, settle_chunk, self);
    return umk_run_check(self->problem->run, error);
}

gboolean
_umk_kmeans_lloyd(const UmkKmeans *problem, UmkKmeansFit *fit, GError **error)
{
    g_auto(Lloyd) self = {.problem = problem, .fit = fit};
    double limit = problem->tolerance * problem->variance;

    fit->labels = _umk_alloc(problem->n, sizeof(guint32), _("The labels"), error);
    if (fit->labels == NULL || !lloyd_alloc(&self, error))
        return FALSE;
    memset(fit->labels, 0xff, problem->n * sizeof *fit->labels);
    sort_centers(problem, fit);
    pack_centers(&self);
    fit->converged = FALSE;
    for (fit->n_iterations = 0; !fit->converged;) {
        double shift;

        umk_run_report(problem->run, _("Moving centers"),
                       (double) fit->n_iterations / problem->max_iterations);
        if (!assign(&self, error))
            return FALSE;
        if (fit->n_iterations == problem->max_iterations)
            break;
        find_changes(&self);
        fill_empty(&self);
        fit->n_iterations++;
        fit->converged = self.n_changes == 0;
        if (fit->converged)
            break;
        _umk_parallel_for(problem->d, SLICE, sum_slice, &self);
        shift = move_centers(&self);
        if (shift <= limit) { /* the labels follow the last step */
            fit->converged = TRUE;
            if (!assign(&self, error))
                return FALSE;
        }
    }
    for (guint w = 0; w < _umk_pool_n_threads(); w++)
        fit->n_products += self.products[w];
    fit->inertia = find_inertia(problem, fit);
    return TRUE;
}
