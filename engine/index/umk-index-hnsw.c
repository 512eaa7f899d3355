/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Approximate search by the graph of umk-hnsw-private.h: the plan of a query, the second
 * look in float32, and the measuring of recall on the index's own rows.
 *
 * The plan follows from what each way would cost. A few thousand rows, or a recall of 1,
 * are scanned. Where few rows are allowed, those are compared one by one; where many are,
 * the graph is walked through all nodes and the effort raised by the share that does not
 * count. A query that still comes home with too little is scanned. */
#include "index/umk-hnsw-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-topk-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define DEFAULT_EF  64
#define FEW_ROWS    1000 /* scanned unless an effort is asked for */
#define N_SAMPLES   200  /* rows looked for when recall is measured */
#define LINK_COST   10.0 /* nanoseconds of one candidate's share of a walk, per link */
#define ROW_COST    0.25 /* nanoseconds of one float of a row compared alone */
#define QUERY_CHUNK 4

static const guint efforts[UMK_HNSW_EFFORTS] = {16,  24,  32,  48,  64,  96,
                                                128, 192, 256, 384, 512, 768};

/* ---- options ---------------------------------------------------------------------- */

static const UmkParamSpec hnsw_params[] = {
    {.name = "m",
     .type = UMK_PARAM_INT,
     .title = N_("Links"),
     .help = N_("Links a node makes when it is put in; twice as many lead to it"),
     .min = 4,
     .max = 64,
     .def = 16},
    {.name = "ef-construction",
     .type = UMK_PARAM_INT,
     .title = N_("Building effort"),
     .help = N_("Candidates looked at for each node; more builds slower and finds more"),
     .min = 8,
     .max = 2000,
     .def = 200},
    {.name = "recall",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Recall"),
     .help =
         N_("Share of the true neighbours to reach; measured after building, 0 leaves "
            "it unmeasured"),
     .min = 0,
     .max = 1,
     .def = 0},
    {.name = "seed",
     .type = UMK_PARAM_INT,
     .title = N_("Seed"),
     .help = N_("Decides the levels of the nodes"),
     .min = 0,
     .max = 2147483647,
     .def = 42},
};

/* ---- one query -------------------------------------------------------------------- */

typedef struct {
    UmkHnsw *self;
    const UmkIndexQuery *query;
    UmkIndexAnswer *answer;
    const guint8 *allowed; /* NULL: every row of the graph may be hit */
    gsize n_wanted;        /* rows each query has to come home with, at most k */
    guint ef;
    const guint32 *skips;   /* (n_queries) rows not to be found; NULL: none */
    const guint32 *skipped; /* (n_queries) where they lie */
    UmkRun *run;
    gint cancelled;
} Walk;

/* How many of the candidates are scored again; the codes err by little. */
static guint
n_rescored(guint k)
{
    return 2 * k + 8;
}

static gboolean
may_be_hit(const Walk *walk, guint32 row, guint32 skip)
{
    return row != skip && row < walk->self->vectors->n_rows &&
           (walk->allowed == NULL || walk->allowed[row]);
}

/* The rows of one node, itself and its chain, with their true scores. Most in a chain are
 * the very same vector, which has one score. */
static guint
push_rows(const Walk *walk,
          const float *query,
          double scale,
          guint32 place,
          guint32 skip,
          UmkTopK *best)
{
    const UmkHnsw *self = walk->self;
    UmkDistanceLevel level = _umk_distance_best_level();
    const float *last = NULL;
    float score = 0;
    guint n = 0;

    for (gsize guard = 0; place < self->n_nodes && guard <= self->n_nodes; guard++) {
        guint32 row = _umk_hnsw_row_at(self, place);

        if (may_be_hit(walk, row, skip)) {
            const float *x = _umk_index_rows_get(self->vectors, row);

            if (last == NULL || memcmp(x, last, self->n_dims * sizeof *x) != 0)
                score = _umk_index_score_row(self->metric, level, query, scale, x,
                                             self->n_dims);
            _umk_topk_push(best, score, row);
            last = x;
            n++;
        }
        place = self->same != NULL ? self->same[place] : UMK_HNSW_NONE;
    }
    return n;
}

/* The vectors that will be looked at, where they may still have to be read. */
static void
ask_for_rows(const UmkHnsw *self, const UmkHnswScratch *scratch, guint limit)
{
    const UmkIndexRows *rows = self->vectors;

    for (guint i = 0; i < MIN(scratch->n_pool, limit); i++) {
        guint32 row = _umk_hnsw_row_at(self, scratch->pool[i].node);
        const float *x = row < rows->n_base ? _umk_index_rows_get(rows, row) : NULL;

        if (x >= rows->base_data && x < rows->base_data + rows->n_base * rows->n_dims)
            _umk_ahead(self->vectors_ahead, x, rows->n_dims * sizeof *x);
    }
}

static void
prefetch_row(const UmkHnsw *self, guint32 place)
{
    guint32 row = _umk_hnsw_row_at(self, place);
    const char *x;

    if (row >= self->vectors->n_rows)
        return;
    x = (const char *) _umk_index_rows_get(self->vectors, row);

    for (gsize at = 0; at < MIN(self->n_dims * sizeof(float), 1024); at += 64)
        __builtin_prefetch(x + at);
}

/* A file whose order is damaged may have a row in two places; it has one score, so the
 * two stand side by side. */
static guint
drop_twins(UmkTopK *best)
{
    guint n = MIN(best->n, 1);

    for (guint i = 1; i < best->n; i++)
        if (best->rows[i] != best->rows[n - 1]) {
            best->scores[n] = best->scores[i];
            best->rows[n++] = best->rows[i];
        }
    return n;
}

static void
walk_one(const Walk *walk, gsize at, UmkHnswScratch *scratch)
{
    UmkHnsw *self = walk->self;
    guint k = walk->query->k, limit = n_rescored(k), n = 0;
    const float *query = walk->query->queries + at * self->n_dims;
    guint32 skip = walk->skips != NULL ? walk->skips[at] : UMK_HNSW_NONE, start;
    guint32 skipped = walk->skips != NULL ? walk->skipped[at] : UMK_HNSW_NONE;
    double scale =
        _umk_index_query_scale(_umk_distance_best_level(), query, self->n_dims);
    UmkHnswTerm term;
    UmkTopK best;

    _umk_hnsw_encode(self, query, TRUE, scratch->work, scratch->code, &term);
    start = _umk_hnsw_descend(self, scratch, scratch->code, term, 0);
    _umk_hnsw_beam(self, scratch, scratch->code, term, 0, start, walk->ef, skipped);
    _umk_topk_init(&best, walk->answer->scores + at * k, walk->answer->rows + at * k, k);
    if (self->vectors_ahead != NULL)
        ask_for_rows(self, scratch, limit);
    for (guint i = 0; i < scratch->n_pool && n < limit; i++) {
        if (i + 2 < scratch->n_pool)
            prefetch_row(self, scratch->pool[i + 2].node);
        n += push_rows(walk, query, scale, scratch->pool[i].node, skip, &best);
    }
    _umk_topk_sort(&best);
    walk->answer->counts[at] = self->order != NULL ? drop_twins(&best) : best.n;
}

static void
walk_some(gsize begin, gsize end, guint worker, gpointer data)
{
    Walk *walk = data;
    UmkHnswScratch *scratch = _umk_hnsw_take_scratch(walk->self);

    for (gsize at = begin; at < end; at++) {
        if (g_atomic_int_get(&walk->cancelled))
            break;
        if (!umk_run_check(walk->run, NULL)) {
            g_atomic_int_set(&walk->cancelled, TRUE);
            break;
        }
        walk_one(walk, at, scratch);
    }
    _umk_hnsw_give_scratch(walk->self, scratch);
}

/* ---- the plan --------------------------------------------------------------------- */

typedef struct {
    guint ef;        /* 0: scan */
    gboolean filter; /* the allowed rows are fewer than the live ones */
} Plan;

static double
recall_at(const UmkHnsw *self, guint ef)
{
    double recall = -1;

    for (guint i = 0; i < self->n_efforts; i++)
        if (recall < 0 || self->efforts[i].ef <= ef)
            recall = (double) self->efforts[i].recall;
    return recall;
}

static guint
effort_for(const UmkHnsw *self, double recall)
{
    for (guint i = 0; i < self->n_efforts; i++)
        if ((double) self->efforts[i].recall >= recall)
            return self->efforts[i].ef;
    return 0;
}

static Plan
make_plan(const UmkHnsw *self, const UmkIndexQuery *query)
{
    gsize n_live = self->vectors->n_live;
    Plan plan = {.ef = query->ef, .filter = query->n_allowed < n_live};
    double share = (double) query->n_allowed / (double) MAX(n_live, 1), walk, scan;

    if (query->recall >= 1 || (query->ef == 0 && n_live <= FEW_ROWS))
        return (Plan){0};
    if (plan.ef == 0 && query->recall > 0)
        plan.ef = effort_for(self, query->recall);
    else if (plan.ef == 0)
        plan.ef = DEFAULT_EF;
    if (plan.ef == 0)
        return plan;
    plan.ef = MAX(plan.ef, query->k + query->k / 4);
    if (plan.filter)
        plan.ef = (guint) MIN((double) plan.ef / share, 1e9);
    walk = plan.ef * LINK_COST * 2 * self->m;
    scan = (double) query->n_allowed * (double) MAX(self->n_dims, 16) * ROW_COST;
    if ((query->ef == 0 || plan.filter) && walk > scan)
        plan.ef = 0;
    plan.ef = (guint) MIN((gsize) plan.ef, MAX(self->n_graph, 1));
    return plan;
}

/* Queries that the graph left short; filters and islands do that. */
static gboolean
scan_short(const Walk *walk, UmkRun *run, GError **error)
{
    const UmkIndexQuery *query = walk->query;
    gsize n_dims = walk->self->n_dims;
    UmkIndexAnswer *answer = walk->answer;

    for (gsize at = 0; at < query->n_queries; at++) {
        UmkIndexQuery one = *query;
        UmkIndexAnswer part = {answer->counts + at, answer->rows + at * query->k,
                               answer->scores + at * query->k, NULL, 1};
        gboolean done;

        if (answer->counts[at] >= walk->n_wanted)
            continue;
        one.queries += at * n_dims;
        one.n_queries = 1;
        done = _umk_index_scan(walk->self->vectors, walk->self->metric, &one, &part, run,
                               error);
        g_free(part.plan);
        if (!done)
            return FALSE;
    }
    return TRUE;
}

static gboolean
hnsw_search(gconstpointer data,
            const UmkIndexQuery *query,
            UmkIndexAnswer *answer,
            UmkRun *run,
            GError **error)
{
    UmkHnsw *self = (UmkHnsw *) data; /* its scratch is shared under a lock */
    Plan plan = make_plan(self, query);
    Walk walk = {.self = self,
                 .query = query,
                 .answer = answer,
                 .allowed = plan.filter ? query->allowed : NULL,
                 .n_wanted = MIN((gsize) query->k, query->n_allowed),
                 .ef = plan.ef,
                 .run = run};

    if (plan.ef == 0 || self->entry == UMK_HNSW_NONE)
        return _umk_index_scan(self->vectors, self->metric, query, answer, run, error);
    _umk_parallel_for(query->n_queries, QUERY_CHUNK, walk_some, &walk);
    if (walk.cancelled)
        return umk_run_check(run, error);
    answer->plan = plan.filter ? g_strdup_printf("graph ef=%u filtered=%zu", plan.ef,
                                                 query->n_allowed)
                               : g_strdup_printf("graph ef=%u", plan.ef);
    answer->recall = recall_at(self, query->ef > 0 ? query->ef : plan.ef);
    return scan_short(&walk, run, error);
}

/* ---- measuring -------------------------------------------------------------------- */

typedef struct {
    guint n;
    guint k;
    guint32 *rows;   /* (n) that are looked for as if they were not there */
    guint32 *places; /* (n) where they lie */
    float *queries;  /* (n, n_dims) */
    float *worst;    /* (n), score of the k-th true neighbour */
    guint32 *n_true; /* (n) */
} Sample;

static void
sample_clear(Sample *sample)
{
    g_free(sample->rows);
    g_free(sample->places);
    g_free(sample->queries);
    g_free(sample->worst);
    g_free(sample->n_true);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

/* Nodes of the lowest level, so that the descent does not begin at what is sought. */
static void
draw_sample(const UmkHnsw *self, const guint32 *places, guint k, Sample *sample)
{
    UmkRng rng;

    _umk_rng_init(&rng, self->seed, G_MAXUINT32);
    sample->k = k;
    sample->rows = g_new(guint32, N_SAMPLES);
    sample->places = g_new(guint32, N_SAMPLES);
    sample->queries = g_new(float, N_SAMPLES * self->n_dims + 1);
    sample->worst = g_new0(float, N_SAMPLES);
    sample->n_true = g_new0(guint32, N_SAMPLES);
    for (guint turn = 0; turn < 20 * N_SAMPLES && sample->n < N_SAMPLES; turn++) {
        guint32 row = (guint32) _umk_rng_below(&rng, MAX(self->n_nodes, 1));
        guint32 place = places != NULL && row < self->n_nodes ? places[row] : row;
        gboolean alone = place < self->n_nodes && self->levels[place] == 0 &&
                         (self->same == NULL || self->same[place] == UMK_HNSW_NONE);

        if (!alone || !_umk_index_rows_is_live(self->vectors, row))
            continue;
        memcpy(sample->queries + sample->n * self->n_dims,
               _umk_index_rows_get(self->vectors, row), self->n_dims * sizeof(float));
        sample->places[sample->n] = place;
        sample->rows[sample->n++] = row;
    }
}

static gboolean
find_truth(UmkHnsw *self, Sample *sample, UmkRun *run, GError **error)
{
    guint k = (guint) MIN((gsize) sample->k + 1, self->vectors->n_rows);
    g_autofree guint32 *counts = g_new0(guint32, sample->n + 1);
    g_autofree guint64 *rows = g_new0(guint64, sample->n * k + 1);
    g_autofree float *scores = g_new0(float, sample->n *k + 1);
    UmkIndexQuery query = {.queries = sample->queries,
                           .n_queries = sample->n,
                           .k = k,
                           .allowed = self->vectors->live,
                           .n_allowed = self->vectors->n_live};
    UmkIndexAnswer answer = {counts, rows, scores, NULL, 1};
    gboolean done =
        _umk_index_scan(self->vectors, self->metric, &query, &answer, run, error);

    g_free(answer.plan);
    for (guint at = 0; done && at < sample->n; at++) {
        guint n = 0;

        for (guint i = 0; i < counts[at] && n < sample->k; i++)
            if (rows[at * k + i] != sample->rows[at]) {
                sample->worst[at] = scores[at * k + i];
                n++;
            }
        sample->n_true[at] = n;
    }
    return done;
}

static gboolean
measure_effort(UmkHnsw *self, const Sample *sample, guint ef, float *recall, UmkRun *run)
{
    g_autofree guint32 *counts = g_new0(guint32, sample->n + 1);
    g_autofree guint64 *rows = g_new0(guint64, sample->n * sample->k + 1);
    g_autofree float *scores = g_new0(float, sample->n * sample->k + 1);
    UmkIndexQuery query = {
        .queries = sample->queries, .n_queries = sample->n, .k = sample->k};
    UmkIndexAnswer answer = {counts, rows, scores, NULL, 1};
    Walk walk = {.self = self,
                 .query = &query,
                 .answer = &answer,
                 .ef = MAX(ef, sample->k),
                 .skips = sample->rows,
                 .skipped = sample->places,
                 .run = run};
    gsize n_true = 0, n_found = 0;

    _umk_parallel_for(sample->n, QUERY_CHUNK, walk_some, &walk);
    for (guint at = 0; at < sample->n; at++) {
        n_true += sample->n_true[at];
        for (guint i = 0; i < MIN(counts[at], sample->n_true[at]); i++)
            n_found += scores[at * sample->k + i] >= sample->worst[at];
    }
    *recall = n_true > 0 ? (float) n_found / (float) n_true : 1.0f;
    return !walk.cancelled;
}

static gboolean
hnsw_measure(gpointer data, guint k, UmkRun *run, GError **error)
{
    UmkHnsw *self = data;
    g_auto(Sample) sample = {0};
    g_autofree guint32 *places = NULL;
    UmkHnswEffort found[UMK_HNSW_EFFORTS];
    guint n = 0;

    if (self->keep != NULL && self->order != NULL &&
        !_umk_hnsw_reserve(self, self->n_nodes, error))
        return FALSE;
    if (self->order != NULL) {
        places = _umk_hnsw_invert_order(self);
        if (places == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("There is no memory for a graph of %zu nodes"), self->n_nodes);
            return FALSE;
        }
    }
    draw_sample(self, places, k, &sample);
    if (!find_truth(self, &sample, run, error))
        return FALSE;
    for (; n < UMK_HNSW_EFFORTS && (n == 0 || found[n - 1].recall < 1.0f); n++) {
        found[n].ef = efforts[n];
        if (!measure_effort(self, &sample, efforts[n], &found[n].recall, run))
            return umk_run_check(run, error);
        umk_run_report(run, _("Measuring the recall"),
                       (double) (n + 1) / UMK_HNSW_EFFORTS);
    }
    memcpy(self->efforts, found, n * sizeof *found);
    self->n_efforts = n;
    self->measured_k = k;
    return TRUE;
}

static double
hnsw_get_recall(gconstpointer data, guint ef)
{
    return recall_at(data, ef > 0 ? ef : DEFAULT_EF);
}

static guint
hnsw_get_ef(gconstpointer data, double recall)
{
    return effort_for(data, recall);
}

/* ---- life ------------------------------------------------------------------------- */

static gboolean
insert_all(UmkHnsw *self, UmkRun *run, GError **error)
{
    gsize n = self->vectors->n_rows;
    g_autofree guint32 *rows = g_try_new(guint32, n + 1);

    for (gsize row = 0; rows != NULL && row < n; row++)
        rows[row] = (guint32) row;
    if (rows == NULL || n >= UMK_HNSW_NONE / 2) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("A graph of %zu nodes is more than this index can hold"), n);
        return FALSE;
    }
    return _umk_hnsw_insert(self, rows, n, run, error);
}

static gpointer
hnsw_build(const UmkIndexSource *source, UmkRun *run, GError **error)
{
    UmkParams *params = source->params;
    double recall = umk_params_get_double(params, "recall");
    g_auto(UmkRun) building = {0};
    g_auto(UmkRun) measuring = {0};
    UmkHnsw *self;

    if (!umk_matrix_check_finite(source->rows->base, error))
        return NULL;
    self = _umk_hnsw_new(source, (guint) umk_params_get_int(params, "m"),
                         (guint) umk_params_get_int(params, "ef-construction"),
                         (guint64) umk_params_get_int(params, "seed"));
    _umk_run_init_stage(&building, run, 0, recall > 0 ? 0.9 : 1);
    _umk_run_init_stage(&measuring, run, 0.9, 1);
    if (_umk_hnsw_learn_space(self, run, error) && insert_all(self, &building, error)) {
        _umk_hnsw_make_order(self);
        if (recall <= 0 || hnsw_measure(self, 10, &measuring, error))
            return self;
    }
    _umk_hnsw_free(self);
    return NULL;
}

static void
hnsw_free(gpointer data)
{
    _umk_hnsw_free(data);
}

static gboolean
hnsw_insert(gpointer data, const guint32 *rows, gsize n, UmkRun *run, GError **error)
{
    if (!_umk_hnsw_insert(data, rows, n, run, error))
        return FALSE;
    _umk_hnsw_renew_order(data);
    return TRUE;
}

static void
hnsw_remove(gpointer data, const guint32 *rows, gsize n)
{
    _umk_hnsw_remove(data, rows, n);
}

static gsize
hnsw_get_memory(gconstpointer data)
{
    return _umk_hnsw_memory(data);
}

const UmkIndexOps _umk_index_hnsw = {
    .id = "hnsw",
    .title = N_("Graph (approximate, fast for many items)"),
    .params = hnsw_params,
    .n_params = G_N_ELEMENTS(hnsw_params),
    .build = hnsw_build,
    .free = hnsw_free,
    .search = hnsw_search,
    .insert = hnsw_insert,
    .remove = hnsw_remove,
    .measure = hnsw_measure,
    .get_recall = hnsw_get_recall,
    .get_ef = hnsw_get_ef,
    .get_memory = hnsw_get_memory,
    .save = _umk_hnsw_save,
    .open = _umk_hnsw_open,
};
