/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact search. Without options nothing is built, the index is the matrix. With codes a
 * single query looks at those first (umk-flat-kind-private.h says when the answer is then
 * still exact); batches are scanned. */
#include "index/umk-flat-codes-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MOST_QUERIES 8   /* more are a batch, and scanned */
#define LEAST_SHARE  8   /* fewer allowed than one in this many: listed and scanned */
#define N_SAMPLES    100 /* rows looked for when the recall is measured */

typedef struct {
    UmkIndexRows *rows;
    UmkMetric metric;
    UmkFlatCodes *codes; /* NULL: none */
    double recall;       /* of the codes: 1, or as measured, or negative */
} ExactIndex;

static const UmkParamSpec exact_params[] = {
    {.name = "codes",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Codes"),
     .help = N_(
         "What single queries look at first: f16 and int8 keep the answer exact, binary "
         "is faster and misses a few"),
     .choices = _umk_flat_names},
    {.name = "dims",
     .type = UMK_PARAM_INT,
     .title = N_("Coded dimensions"),
     .help = N_("Code only the first dimensions, for vectors trained to be cut; 0 codes "
                "all"),
     .min = 0,
     .max = 65536,
     .def = 0},
    {.name = "rescore",
     .type = UMK_PARAM_INT,
     .title = N_("Rows scored again"),
     .help = N_("How many rows are scored in full after the codes; 0 leaves it to the "
                "method"),
     .min = 0,
     .max = 1000000,
     .def = 0},
};

static gboolean
search_codes(const ExactIndex *index,
             const UmkIndexQuery *query,
             UmkIndexAnswer *answer,
             UmkRun *run,
             GError **error)
{
    gsize n_dims = index->rows->n_dims;

    for (gsize at = 0; at < query->n_queries; at++) {
        UmkIndexQuery one = *query;
        UmkIndexAnswer part = {answer->counts + at, answer->rows + at * query->k,
                               answer->scores + at * query->k, NULL, index->recall};
        GError *local = NULL;
        gboolean done;

        one.queries += at * n_dims;
        one.n_queries = 1;
        done = _umk_flat_codes_search(index->codes, &one, &part, run, &local);
        if (!done && local == NULL)
            done = _umk_index_scan(index->rows, index->metric, &one, &part, run, &local);
        g_free(answer->plan);
        answer->plan = part.plan;
        answer->recall = MIN(answer->recall, part.recall);
        if (!done) {
            g_propagate_error(error, local);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
exact_search(gconstpointer data,
             const UmkIndexQuery *query,
             UmkIndexAnswer *answer,
             UmkRun *run,
             GError **error)
{
    const ExactIndex *index = data;
    gboolean good = index->recall >= query->recall || query->recall == 0;

    if (index->codes != NULL && query->n_queries <= MOST_QUERIES && good &&
        query->n_allowed >= index->rows->n_rows / LEAST_SHARE)
        return search_codes(index, query, answer, run, error);
    return _umk_index_scan(index->rows, index->metric, query, answer, run, error);
}

/* Rows spread over the index are looked for by codes and by scan; what was found of the
 * true hits besides the row itself. */
static gboolean
exact_measure(gpointer data, guint k, UmkRun *run, GError **error)
{
    ExactIndex *index = data;
    gsize n = index->rows->n_rows, n_true = 0, n_found = 0;
    guint n_hits = (guint) MIN((gsize) k + 1, n);
    g_autofree guint64 *rows = g_new(guint64, 2 * (gsize) n_hits + 1);
    g_autofree float *scores = g_new(float, 2 * (gsize) n_hits + 1);

    if (index->codes == NULL || _umk_flat_codes_is_exact(index->codes))
        return TRUE;
    for (gsize i = 0; i < MIN(n, N_SAMPLES); i++) {
        guint32 counts[2] = {0};
        UmkIndexQuery query = {
            .queries = _umk_index_rows_get(index->rows, i * n / MIN(n, N_SAMPLES)),
            .n_queries = 1,
            .k = n_hits,
            .allowed = index->rows->live,
            .n_allowed = index->rows->n_live};
        UmkIndexAnswer fast = {counts, rows, scores, NULL, -1};
        UmkIndexAnswer full = {counts + 1, rows + n_hits, scores + n_hits, NULL, 1};
        gboolean done =
            search_codes(index, &query, &fast, run, error) &&
            _umk_index_scan(index->rows, index->metric, &query, &full, run, error);

        g_free(fast.plan);
        g_free(full.plan);
        if (!done)
            return FALSE;
        /* The row itself is found by any code and counts for nothing. */
        n_true += counts[1] - 1;
        for (guint j = 1; j < MIN(counts[0], counts[1]); j++)
            n_found += scores[j] >= scores[n_hits + counts[1] - 1];
        umk_run_report(run, _("Measuring the recall"), (double) i / N_SAMPLES);
    }
    index->recall = n_true > 0 ? (double) n_found / (double) n_true : 1;
    return TRUE;
}

static double
exact_get_recall(gconstpointer data, guint ef)
{
    const ExactIndex *index = data;

    return index->codes == NULL ? 1 : index->recall;
}

static void
exact_free(gpointer data)
{
    ExactIndex *index = data;

    g_clear_pointer(&index->codes, _umk_flat_codes_free);
    g_free(index);
}

static ExactIndex *
exact_new(const UmkIndexSource *source)
{
    ExactIndex *index = g_new0(ExactIndex, 1);

    *index = (ExactIndex){source->rows, source->metric, NULL, 1};
    return index;
}

static gpointer
exact_build(const UmkIndexSource *source, UmkRun *run, GError **error)
{
    const char *codes = umk_params_get_string(source->params, "codes");
    gsize dims = (gsize) umk_params_get_int(source->params, "dims");
    guint again = (guint) umk_params_get_int(source->params, "rescore");
    ExactIndex *index;

    if (strcmp(codes, _umk_flat_names[0]) == 0)
        return exact_new(source);
    if (!umk_matrix_check_finite(source->rows->base, error))
        return NULL;
    index = exact_new(source);
    index->codes =
        _umk_flat_codes_new(source->rows, source->metric, codes, dims, again, run, error);
    if (index->codes == NULL)
        g_clear_pointer(&index, exact_free);
    else if (!_umk_flat_codes_is_exact(index->codes))
        index->recall = -1;
    return index;
}

static gboolean
exact_insert(gpointer data, const guint32 *rows, gsize n, UmkRun *run, GError **error)
{
    ExactIndex *index = data;

    return index->codes == NULL ||
           _umk_flat_codes_take(index->codes, rows, n, run, error);
}

static gsize
exact_get_memory(gconstpointer data)
{
    const ExactIndex *index = data;

    return index->codes != NULL ? _umk_flat_codes_memory(index->codes) : 0;
}

static gpointer
exact_open(const UmkIndexSource *source,
           const UmkIndexSection *sections,
           gsize n_sections,
           GBytes *keep,
           GError **error)
{
    return exact_new(source);
}

const UmkIndexOps _umk_index_exact = {
    .id = "exact",
    .title = N_("Exact (every item is compared)"),
    .params = exact_params,
    .n_params = G_N_ELEMENTS(exact_params),
    .build = exact_build,
    .free = exact_free,
    .search = exact_search,
    .insert = exact_insert,
    .measure = exact_measure,
    .get_recall = exact_get_recall,
    .get_memory = exact_get_memory,
    .open = exact_open,
};
