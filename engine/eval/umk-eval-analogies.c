/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Analogies over rows of length 1: 3CosAdd, cos(x, b) - cos(x, a) + cos(x, c) (Mikolov,
 * Yih and Zweig 2013), and 3CosMul, cos(x, b) cos(x, c) / (cos(x, a) + eps) with every
 * cosine moved to (cos + 1) / 2 and eps = 1e-3 (Levy and Goldberg 2014). The three given
 * items are left out as answers; with them allowed, few analogies hold, which is told as
 * well (Nissim, van Noord and van der Goot, "Fair is better than sensational", 2020). */
#include "eval/umk-analogies-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-pool-private.h"
#include "core/umk-run-private.h"
#include "linalg/umk-cosine-private.h"
#include "stats/umk-intervals-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define EPS        1e-3
#define LEVEL      0.95
#define CHUNK      8 /* questions that go through the rows together */
#define PER_REPORT 512

typedef struct {
    double *probes; /* (3, d) of length 1; for 3CosAdd the first is their sum */
    gsize d;
} Probe;

static void
fill_probe(const UmkAnalogySolver *self, const gsize question[3], Probe *probe)
{
    static const double signs[3] = {-1.0, 1.0, 1.0};
    gsize d = probe->d;

    for (gsize i = 0; i < 3; i++)
        _umk_cosine_unit_row(self->vectors, question[i], probe->probes + i * d);
    if (self->method == UMK_ANALOGY_MUL)
        return;
    for (gsize j = 0; j < d; j++) {
        double sum = 0.0;

        for (gsize i = 0; i < 3; i++)
            sum += signs[i] * probe->probes[i * d + j];
        probe->probes[j] = sum;
    }
}

static inline double
score_row(const UmkAnalogySolver *self, const Probe *probe, gsize row)
{
    const float *vector = umk_matrix_get_row(self->vectors, row, NULL);
    double scale = self->scales[row], moved[3];

    if (self->method == UMK_ANALOGY_ADD)
        return _umk_cosine_dot(probe->probes, vector, probe->d) * scale;
    for (gsize i = 0; i < 3; i++)
        moved[i] =
            (_umk_cosine_dot(probe->probes + i * probe->d, vector, probe->d) * scale +
             1.0) /
            2.0;
    return moved[1] * moved[2] / (moved[0] + EPS);
}

static gboolean
is_input(const gsize question[3], gsize row)
{
    return row == question[0] || row == question[1] || row == question[2];
}

gsize
_umk_analogy_solve(const UmkAnalogySolver *self,
                   const gsize question[3],
                   gboolean exclude_inputs,
                   gsize k,
                   gsize *rows,
                   double *scores)
{
    Probe probe = {NULL, umk_matrix_get_n_cols(self->vectors)};
    g_autofree double *room = g_new(double, 3 * probe.d + 1);
    gsize n = 0;

    probe.probes = room;
    fill_probe(self, question, &probe);
    for (gsize row = 0; row < umk_matrix_get_n_rows(self->vectors); row++) {
        double score;
        gsize at;

        if ((exclude_inputs && is_input(question, row)) || self->scales[row] == 0.0)
            continue;
        score = score_row(self, &probe, row);
        if (n == k && score <= scores[k - 1])
            continue;
        for (at = n < k ? n++ : k - 1; at > 0 && score > scores[at - 1]; at--) {
            scores[at] = scores[at - 1];
            rows[at] = rows[at - 1];
        }
        scores[at] = score;
        rows[at] = row;
    }
    return n;
}

/* ---- many questions -----------------------------------------------------------------
 */

typedef struct {
    UmkAnalogySolver solver;
    const gint64 *questions; /* (n, 4) */
    const gsize *covered;    /* those that can be asked */
    guint8 *outcomes;        /* (n) bits of UmkAnalogyOutcome */
    UmkRun *run;
} Job;

/* Best with and without the inputs in one walk over the rows, question by question of a
 * chunk, so that a row is read once. */
static void
answer(gsize begin, gsize end, guint worker, gpointer data)
{
    Job *job = data;
    gsize d = umk_matrix_get_n_cols(job->solver.vectors), n = end - begin;
    gsize questions[CHUNK][3], best[CHUNK], open[CHUNK];
    double best_score[CHUNK], open_score[CHUNK];
    g_autofree double *room = g_new(double, CHUNK * 3 * d + 1);
    Probe probes[CHUNK];

    if (!umk_run_check(job->run, NULL))
        return;
    for (gsize q = 0; q < n; q++) {
        for (gsize i = 0; i < 3; i++)
            questions[q][i] = (gsize) job->questions[job->covered[begin + q] * 4 + i];
        probes[q] = (Probe){room + q * 3 * d, d};
        fill_probe(&job->solver, questions[q], &probes[q]);
        best_score[q] = open_score[q] = (double) -INFINITY;
        best[q] = open[q] = G_MAXSIZE;
    }
    for (gsize row = 0; row < umk_matrix_get_n_rows(job->solver.vectors); row++) {
        if (job->solver.scales[row] == 0.0)
            continue;
        for (gsize q = 0; q < n; q++) {
            double score = score_row(&job->solver, &probes[q], row);

            if (score > open_score[q]) {
                open_score[q] = score;
                open[q] = row;
            }
            if (score > best_score[q] && !is_input(questions[q], row)) {
                best_score[q] = score;
                best[q] = row;
            }
        }
    }
    for (gsize q = 0; q < n; q++) {
        gsize at = job->covered[begin + q], wanted = (gsize) job->questions[at * 4 + 3];

        job->outcomes[at] =
            (guint8) (UMK_ANALOGY_ASKED | (best[q] == wanted ? UMK_ANALOGY_RIGHT : 0) |
                      (open[q] == wanted ? UMK_ANALOGY_RIGHT_OPEN : 0));
    }
}

/* Questions whose four items all have a direction. */
static gsize *
find_covered(const gint64 *questions,
             gsize n,
             const double *scales,
             gsize n_rows,
             gsize *n_covered)
{
    gsize *covered = g_new(gsize, n + 1);

    *n_covered = 0;
    for (gsize q = 0; q < n; q++) {
        gboolean is_covered = TRUE;

        for (gsize i = 0; i < 4; i++) {
            gint64 row = questions[q * 4 + i];

            is_covered &= row >= 0 && (guint64) row < n_rows && scales[row] > 0.0;
        }
        if (is_covered)
            covered[(*n_covered)++] = q;
    }
    return covered;
}

/**
 * umk_eval_analogies:
 * @vectors: shape (n × d), finite
 * @questions: (array): four rows a question, “a is to b as c is to d”, @n_questions ×
 *   4 numbers; less than 0: it has no vector
 * @n_questions: how many
 * @method: how the answer is found
 * @result: (out caller-allocates): the figures
 * @outcomes: (out caller-allocates) (optional) (array length=n_questions): what became of
 *   each question, bits of #UmkAnalogyOutcome
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Asks each question of which all four items have a vector, among all rows. Equal scores
 * go to the lower row. The figures do not depend on the number of threads.
 *
 * Returns: %FALSE with %UMK_ERROR_INVALID_DATA when numbers are not finite, or when it
 *   was cancelled
 */
gboolean
umk_eval_analogies(UmkMatrix *vectors,
                   const gint64 *questions,
                   gsize n_questions,
                   UmkAnalogyMethod method,
                   UmkAnalogies *result,
                   guint8 *outcomes,
                   GCancellable *cancellable,
                   UmkProgressFunc progress,
                   gpointer progress_data,
                   GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autofree double *scales = NULL;
    g_autofree gsize *covered = NULL;
    g_autofree guint8 *own = NULL;
    Job job = {.solver = {vectors, NULL, method}, .questions = questions, .run = &run};
    UmkRange range;
    gsize n_covered;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(vectors != NULL && result != NULL, FALSE);
    g_return_val_if_fail(questions != NULL || n_questions == 0, FALSE);
    if (!umk_matrix_check_finite(vectors, error))
        return FALSE;
    job.solver.scales = scales = _umk_cosine_new_scales(vectors);
    job.covered = covered = find_covered(questions, n_questions, scales,
                                         umk_matrix_get_n_rows(vectors), &n_covered);
    if (outcomes == NULL)
        outcomes = own = g_new(guint8, n_questions + 1);
    memset(outcomes, 0, n_questions);
    job.outcomes = outcomes;
    for (gsize first = 0; first < n_covered; first += PER_REPORT) {
        job.covered = covered + first;
        umk_run_report(&run, _("Asking analogies"), (double) first / (double) n_covered);
        _umk_parallel_for(MIN(PER_REPORT, n_covered - first), CHUNK, answer, &job);
        if (!umk_run_check(&run, error))
            return FALSE;
    }
    *result = (UmkAnalogies){.n_questions = n_questions, .n_covered = n_covered};
    for (gsize q = 0; q < n_questions; q++) {
        result->n_right += (outcomes[q] & UMK_ANALOGY_RIGHT) != 0;
        result->n_right_open += (outcomes[q] & UMK_ANALOGY_RIGHT_OPEN) != 0;
    }
    range = _umk_interval_wilson(result->n_right, n_covered, LEVEL);
    result->low = range.low;
    result->high = range.high;
    return TRUE;
}
