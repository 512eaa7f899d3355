/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact rankings in double precision. A row that bears the name of the query is the query
 * itself and never stands in its own list. */
#include "bias/umk-ranking-lists-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-pool-private.h"
#include "linalg/umk-cosine-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

typedef struct {
    UmkRankingLists *lists;
    UmkMatrix *background;
    const double *scales;        /* (n) of the background */
    const double *queries;       /* (n_queries, d), of length 1 */
    const char *const *relevant; /* (n) or NULL */
    UmkRun *run;
} Job;

static gboolean
comes_before(const double *scores, gsize a, gsize b)
{
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
}

/* Keeps the k best in order by insertion; few rows of a long list ever get in. */
static void
choose(const double *scores, gsize n, guint32 *top, gsize k)
{
    gsize n_kept = 0;

    for (gsize i = 0; i < n; i++) {
        gsize at;

        if (n_kept == k && !comes_before(scores, i, top[k - 1]))
            continue;
        at = n_kept < k ? n_kept++ : k - 1;
        for (; at > 0 && comes_before(scores, i, top[at - 1]); at--)
            top[at] = top[at - 1];
        top[at] = (guint32) i;
    }
}

/* The label names the query, or several of them joined by '|'. */
static gboolean
names_query(const char *label, const char *query)
{
    gsize length = strlen(query);

    if (*label == '\0')
        return FALSE;
    if (strcmp(label, query) == 0)
        return TRUE;
    for (const char *at = label; at != NULL; at = strchr(at, '|')) {
        at += *at == '|';
        if (strncmp(at, query, length) == 0 && (at[length] == '|' || at[length] == '\0'))
            return TRUE;
    }
    return FALSE;
}

static void
rank_answers(const Job *job, gsize query, const double *scores)
{
    const UmkRankingLists *lists = job->lists;
    GArray *answers = lists->answers[query];

    for (gsize c = 0; c < lists->n_candidates; c++) {
        UmkRankedAnswer answer = {(guint32) c, 1};

        if ((gint64) c == lists->own[query] ||
            !names_query(job->relevant[lists->rows[c]], lists->queries->names[query]))
            continue;
        for (gsize i = 0; i < lists->n_candidates; i++)
            answer.rank += i != c && comes_before(scores, i, c);
        g_array_append_val(answers, answer);
    }
}

static void
rank_queries(gsize begin, gsize end, guint worker, gpointer data)
{
    Job *job = data;
    UmkRankingLists *lists = job->lists;
    gsize d = umk_matrix_get_n_cols(job->background);
    g_autofree double *scores = g_new(double, lists->n_candidates);

    for (gsize q = begin; q < end; q++) {
        if (!umk_run_check(job->run, NULL))
            return;
        for (gsize c = 0; c < lists->n_candidates; c++)
            scores[c] =
                _umk_cosine_dot(job->queries + q * d,
                                umk_matrix_get_row(job->background, lists->rows[c], NULL),
                                d) *
                job->scales[lists->rows[c]];
        if (lists->own[q] >= 0)
            scores[lists->own[q]] = (double) -INFINITY;
        choose(scores, lists->n_candidates, lists->top + q * lists->k, lists->k);
        if (lists->answers != NULL)
            rank_answers(job, q, scores);
    }
}

static void
gather(UmkRankingLists *self, const UmkBiasLabels *groups, const double *scales, gsize n)
{
    self->rows = g_new(guint64, n + 1);
    self->groups = g_new(gint32, n + 1);
    self->sizes = g_new0(gsize, groups->n + 1);
    for (gsize row = 0; row < n; row++) {
        if (groups->codes[row] < 0 || scales[row] == 0.0) {
            self->n_left_out++;
            continue;
        }
        self->rows[self->n_candidates] = row;
        self->groups[self->n_candidates++] = groups->codes[row];
        self->sizes[groups->codes[row]]++;
    }
}

static void
find_own(UmkRankingLists *self, char **names)
{
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);

    for (gsize c = 0; names != NULL && c < self->n_candidates; c++)
        g_hash_table_insert(known, names[self->rows[c]], GSIZE_TO_POINTER(c + 1));
    for (gsize q = 0; q < self->n_queries; q++)
        self->own[q] = (gint64) GPOINTER_TO_SIZE(
                           g_hash_table_lookup(known, self->queries->names[q])) -
                       1;
}

static gboolean
check_candidates(const UmkRankingLists *self, GError **error)
{
    if (self->n_candidates < G_MAXUINT32 && self->n_candidates >= 2)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("ranking needs from 2 to %u rows that have a group and a direction, "
                  "there are %zu"),
                G_MAXUINT32, self->n_candidates);
    return FALSE;
}

static void
prepare_answers(UmkRankingLists *self)
{
    self->answers = g_new0(GArray *, self->n_queries + 1);
    for (gsize q = 0; q < self->n_queries; q++)
        self->answers[q] = g_array_new(FALSE, FALSE, sizeof(UmkRankedAnswer));
}

gboolean
_umk_ranking_lists_init(UmkRankingLists *self,
                        const UmkBiasInput *input,
                        const UmkBiasSet *queries,
                        const UmkBiasLabels *groups,
                        gsize k,
                        UmkRun *run,
                        GError **error)
{
    g_autofree double *scales = _umk_cosine_new_scales(input->background);
    g_autofree double *unit = _umk_bias_set_dup_unit_rows(queries);
    g_autofree double *lengths = _umk_cosine_new_scales(queries->rows);
    Job job = {self, input->background, scales, unit, NULL, run};

    job.relevant = _umk_bias_input_get_column(input, "relevant");
    self->queries = queries;
    self->n_queries = queries->n;
    self->n_groups = groups->n;
    for (gsize q = 0; q < queries->n; q++)
        self->has_zero_query |= lengths[q] == 0.0;
    gather(self, groups, scales, umk_matrix_get_n_rows(input->background));
    if (!check_candidates(self, error))
        return FALSE;
    self->own = g_new(gint64, queries->n + 1);
    find_own(self, input->names);
    self->k = MIN(k, self->n_candidates);
    self->top = g_new(guint32, queries->n * self->k + 1);
    if (job.relevant != NULL)
        prepare_answers(self);
    _umk_parallel_for(queries->n, 1, rank_queries, &job);
    return umk_run_check(run, error);
}

void
_umk_ranking_lists_clear(UmkRankingLists *self)
{
    for (gsize q = 0; self->answers != NULL && q < self->n_queries; q++)
        g_array_unref(self->answers[q]);
    g_clear_pointer(&self->answers, g_free);
    g_clear_pointer(&self->rows, g_free);
    g_clear_pointer(&self->groups, g_free);
    g_clear_pointer(&self->sizes, g_free);
    g_clear_pointer(&self->top, g_free);
    g_clear_pointer(&self->own, g_free);
}

gboolean
_umk_ranking_lists_is_whole(const UmkRankingLists *self)
{
    for (gsize q = 0; q < self->n_queries; q++)
        if (self->k + (self->own[q] >= 0) >= self->n_candidates)
            return TRUE;
    return FALSE;
}
