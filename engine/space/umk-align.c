/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fits aligners to anchor pairs and measures them on pairs they have not seen: 5-fold
 * cross-validation with a fixed seed, where pairs with the same target stay in one fold,
 * so that a twin in the training part cannot help. The ridge penalty is the one with the
 * best held-out R² on those same folds, of ten a decade apart; the figures in the report
 * are those of the choice. Recall ranks a held-out pair's true target among all different
 * targets, which is harder than among its fold. */
#include "space/umk-space-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-solve-private.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <math.h>
#include <string.h>

#define N_FOLDS        5
#define FOLD_SEED      42
#define MIN_ANCHORS    3
#define MAX_CANDIDATES 4096
#define N_LAMBDAS      10
#define LEAST_LAMBDA   1e-6

enum { METHOD_RIDGE, METHOD_PROCRUSTES, METHOD_IDENTITY };

static const char *const methods[] = {"ridge", "procrustes", "identity", NULL};

const UmkParamSpec _umk_align_params[] = {
    {"method", UMK_PARAM_CHOICE, N_("Method"),
     N_("Ridge bends freely and needs many anchors; Procrustes only turns and needs few"),
     0, 2, METHOD_RIDGE, methods},
    {"lambda", UMK_PARAM_STRING, N_("Penalty"),
     N_("Ridge penalty in units of the mean variance; “auto” or empty takes the one that "
        "does best on held-out anchors"),
     0, 0, 0, NULL},
    {"normalize", UMK_PARAM_BOOL, N_("Normalise"),
     N_("Bring vectors to length 1 before they are mapped"), 0, 1, 1, NULL},
};
const gsize _umk_align_n_params = G_N_ELEMENTS(_umk_align_params);

typedef struct {
    gsize n, n_in, n_out, n_folds;
    UmkMetric metric;
    int method;
    double lambda;    /* relative; 0 until chosen */
    float *x;         /* (n, n_in) */
    float *y;         /* (n, n_out) */
    float *predicted; /* (n, n_out) by the fit that has not seen the row */
    guint32 *groups;  /* (n) rows with equal y are one group */
    guint32 *order;   /* (n_groups) shuffled */
    guint32 *places;  /* (n_groups) the reverse of order */
    gsize n_groups;
    double sse, sst;
    gsize n_candidates, n_queries;
    double recall_1, recall_10;
} UmkFit;

static void
fit_clear(UmkFit *self)
{
    g_free(self->x);
    g_free(self->y);
    g_free(self->predicted);
    g_free(self->groups);
    g_free(self->order);
    g_free(self->places);
}

static gboolean
read_lambda(const char *text, double *lambda, GError **error)
{
    char *end;

    *lambda = 0.0;
    if (*text == '\0' || g_str_equal(text, "auto"))
        return TRUE;
    *lambda = g_ascii_strtod(text, &end);
    if (*end == '\0' && *lambda > 0.0 && *lambda <= 1e12)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("Option “lambda” is “auto” or a number above 0, not “%s”"), text);
    return FALSE;
}

static float *
copy_rows(UmkMatrix *matrix, gboolean normalize, GError **error)
{
    gsize n = umk_matrix_get_n_rows(matrix), d = umk_matrix_get_n_cols(matrix);
    float *copy = _umk_alloc(n, d * sizeof(float), _("A set of anchors"), error);

    for (gsize i = 0; copy != NULL && i < n; i++) {
        memcpy(copy + i * d, umk_matrix_get_row(matrix, i, NULL), d * sizeof(float));
        if (normalize)
            _umk_normalize_row(copy + i * d, d);
    }
    return copy;
}

/* Numbers the different targets and shuffles the numbers. */
static void
group_rows(UmkFit *self)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(
        g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
    UmkRng rng;

    self->groups = g_new(guint32, self->n);
    for (gsize i = 0; i < self->n; i++) {
        GBytes *key =
            g_bytes_new_static(self->y + i * self->n_out, self->n_out * sizeof(float));
        gpointer found = g_hash_table_lookup(seen, key);

        if (found == NULL) {
            found = GSIZE_TO_POINTER(++self->n_groups);
            g_hash_table_insert(seen, g_bytes_ref(key), found);
        }
        self->groups[i] = (guint32) (GPOINTER_TO_SIZE(found) - 1);
        g_bytes_unref(key);
    }
    self->order = g_new(guint32, self->n_groups);
    self->places = g_new(guint32, self->n_groups);
    _umk_rng_init(&rng, FOLD_SEED, 0);
    for (gsize i = 0; i < self->n_groups; i++) {
        gsize j = (gsize) _umk_rng_below(&rng, i + 1);

        self->order[i] = self->order[j];
        self->order[j] = (guint32) i;
    }
    for (gsize i = 0; i < self->n_groups; i++)
        self->places[self->order[i]] = (guint32) i;
    self->n_folds = MIN(self->n_groups, N_FOLDS);
}

static inline gsize
fold_of(const UmkFit *self, gsize row)
{
    return self->places[self->groups[row]] % self->n_folds;
}

static gboolean
fit_init(UmkFit *self,
         UmkSpace *space,
         UmkMatrix *from,
         UmkMatrix *to,
         UmkParams *params,
         GError **error)
{
    self->n = umk_matrix_get_n_rows(from);
    self->n_in = umk_matrix_get_n_cols(from);
    self->n_out = space->n_dims;
    self->metric = space->metric;
    self->method = (int) umk_params_get_int(params, "method");
    if (!read_lambda(umk_params_get_string(params, "lambda"), &self->lambda, error))
        return FALSE;
    if (umk_matrix_get_n_rows(to) != self->n ||
        umk_matrix_get_n_cols(to) != self->n_out || self->n_in == 0 ||
        self->n_in > UMK_SPACE_MAX_DIMS ||
        (self->method == METHOD_IDENTITY && self->n_in != self->n_out)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("Anchors of %zu × %zu and %zu × %zu do not pair up in a space of "
                      "%zu dimensions"),
                    self->n, self->n_in, umk_matrix_get_n_rows(to),
                    umk_matrix_get_n_cols(to), self->n_out);
        return FALSE;
    }
    if (!umk_matrix_check_finite(from, error) || !umk_matrix_check_finite(to, error))
        return FALSE;
    self->x = copy_rows(from, umk_params_get_bool(params, "normalize"), error);
    self->y = self->x ? copy_rows(to, self->metric == UMK_METRIC_COSINE, error) : NULL;
    self->predicted =
        self->y ? _umk_alloc(self->n, self->n_out * sizeof(float), _("A fit"), error)
                : NULL;
    if (self->predicted == NULL)
        return FALSE;
    group_rows(self);
    if (self->n_groups < MIN_ANCHORS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("An aligner needs at least %d different anchor pairs; there are "
                      "%zu"),
                    MIN_ANCHORS, self->n_groups);
        return FALSE;
    }
    return TRUE;
}

/* The rows outside a fold, packed; returns how many. */
static gsize
gather_training(const UmkFit *self, gsize fold, float *x, float *y)
{
    gsize n = 0;

    for (gsize i = 0; i < self->n; i++) {
        if (fold_of(self, i) == fold)
            continue;
        memcpy(x + n * self->n_in, self->x + i * self->n_in, self->n_in * sizeof(float));
        memcpy(y + n * self->n_out, self->y + i * self->n_out,
               self->n_out * sizeof(float));
        n++;
    }
    return n;
}

/* Maps the rows of a fold into predicted; returns the squared error over them. */
static double
predict_fold(UmkFit *self, gsize fold, float *weight, float *bias)
{
    UmkAligner aligner = {
        .n_dims = self->n_in, .weight = weight, .bias = bias, .identity = weight == NULL};
    double sse = 0.0;

    for (gsize i = 0; i < self->n; i++) {
        float *out = self->predicted + i * self->n_out;

        if (fold_of(self, i) != fold)
            continue;
        _umk_aligner_apply(&aligner, self->x + i * self->n_in, self->n_out, NULL, out);
        for (gsize j = 0; j < self->n_out; j++) {
            double miss = (double) out[j] - (double) self->y[i * self->n_out + j];

            sse += miss * miss;
        }
    }
    return sse;
}

/* Squared distance of a fold's targets from the mean of the others. */
static double
spread_of_fold(const UmkFit *self, gsize fold)
{
    g_autofree double *mean = g_new0(double, self->n_out);
    double sst = 0.0, n = 0.0;

    for (gsize i = 0; i < self->n; i++) {
        if (fold_of(self, i) == fold)
            continue;
        n += 1.0;
        for (gsize j = 0; j < self->n_out; j++)
            mean[j] += (double) self->y[i * self->n_out + j];
    }
    for (gsize i = 0; i < self->n; i++) {
        if (fold_of(self, i) != fold)
            continue;
        for (gsize j = 0; j < self->n_out; j++) {
            double away = (double) self->y[i * self->n_out + j] - mean[j] / MAX(n, 1.0);

            sst += away * away;
        }
    }
    return sst;
}

/* Ridge on all folds: chooses lambda unless given, then leaves its predictions. */
static gboolean
validate_ridge(UmkFit *self,
               float *x,
               float *y,
               float *weight,
               float *bias,
               GCancellable *c,
               GError **e)
{
    UmkRidge *fits[N_FOLDS] = {NULL};
    double sse[N_LAMBDAS] = {0};
    gsize n_lambdas = self->lambda > 0.0 ? 0 : N_LAMBDAS, best = 0;
    gboolean good = TRUE;

    for (gsize f = 0; good && f < self->n_folds; f++) {
        gsize n = gather_training(self, f, x, y);

        good = !g_cancellable_set_error_if_cancelled(c, e) &&
               (fits[f] = _umk_ridge_new(x, y, n, self->n_in, self->n_out, e)) != NULL;
        for (gsize l = 0; good && l < n_lambdas; l++) {
            double lambda = LEAST_LAMBDA * pow(10.0, (double) l);

            good = _umk_ridge_solve(fits[f], lambda * _umk_ridge_get_scale(fits[f]),
                                    weight, bias, e);
            sse[l] += good ? predict_fold(self, f, weight, bias) : 0.0;
        }
    }
    for (gsize l = 1; l < n_lambdas; l++)
        if (sse[l] < sse[best])
            best = l;
    if (n_lambdas > 0)
        self->lambda = LEAST_LAMBDA * pow(10.0, (double) best);
    for (gsize f = 0; good && f < self->n_folds; f++) {
        good = _umk_ridge_solve(fits[f], self->lambda * _umk_ridge_get_scale(fits[f]),
                                weight, bias, e);
        self->sse += good ? predict_fold(self, f, weight, bias) : 0.0;
    }
    for (gsize f = 0; f < self->n_folds; f++)
        _umk_ridge_free(fits[f]);
    return good;
}

static gboolean
validate(
    UmkFit *self, float *weight, float *bias, GCancellable *cancellable, GError **error)
{
    g_autofree float *x =
        _umk_alloc(self->n, self->n_in * sizeof(float), _("A fit"), error);
    g_autofree float *y =
        x ? _umk_alloc(self->n, self->n_out * sizeof(float), _("A fit"), error) : NULL;

    if (y == NULL)
        return FALSE;
    for (gsize f = 0; f < self->n_folds; f++)
        self->sst += spread_of_fold(self, f);
    if (self->method == METHOD_RIDGE)
        return validate_ridge(self, x, y, weight, bias, cancellable, error);
    for (gsize f = 0; f < self->n_folds; f++) {
        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return FALSE;
        if (self->method == METHOD_PROCRUSTES &&
            !_umk_procrustes_solve(x, y, gather_training(self, f, x, y), self->n_in,
                                   self->n_out, weight, bias, error))
            return FALSE;
        self->sse +=
            predict_fold(self, f, self->method == METHOD_IDENTITY ? NULL : weight, bias);
    }
    return TRUE;
}

/* ---- recall ---------------------------------------------------------------------- */

typedef struct {
    UmkFit *fit;
    const float *candidates; /* (n_candidates, n_out) */
    guint8 *ranks;           /* (n) 1 within the first, 2 within ten, 0 neither */
} UmkRankJob;

static double
score(const UmkFit *self, const float *a, const float *b)
{
    double dot = 0.0, square = 0.0, away = 0.0;

    for (gsize j = 0; j < self->n_out; j++) {
        dot += (double) a[j] * (double) b[j];
        square += (double) b[j] * (double) b[j];
        away += ((double) a[j] - (double) b[j]) * ((double) a[j] - (double) b[j]);
    }
    if (self->metric == UMK_METRIC_EUCLIDEAN)
        return -away;
    return self->metric == UMK_METRIC_COSINE ? dot / sqrt(MAX(square, 1e-30)) : dot;
}

static void
rank_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkRankJob *job = data;
    const UmkFit *fit = job->fit;

    for (gsize i = begin; i < end; i++) {
        const float *guess = fit->predicted + i * fit->n_out;
        gsize place = fit->places[fit->groups[i]], n_better = 0;
        double own;

        if (place >= fit->n_candidates)
            continue;
        own = score(fit, guess, job->candidates + place * fit->n_out);
        for (gsize c = 0; c < fit->n_candidates && n_better < 10; c++)
            n_better +=
                c != place && score(fit, guess, job->candidates + c * fit->n_out) > own;
        job->ranks[i] = n_better == 0 ? 1 : n_better < 10 ? 2 : 3;
    }
}

static gboolean
measure_recall(UmkFit *self, GError **error)
{
    g_autofree float *candidates = NULL;
    g_autofree guint8 *ranks = g_new0(guint8, self->n);
    UmkRankJob job = {self, NULL, ranks};
    gsize n_1 = 0, n_10 = 0;

    self->n_candidates = MIN(self->n_groups, MAX_CANDIDATES);
    candidates =
        _umk_alloc(self->n_candidates, self->n_out * sizeof(float), _("Targets"), error);
    if (candidates == NULL)
        return FALSE;
    for (gsize i = 0; i < self->n; i++) {
        gsize place = self->places[self->groups[i]];

        if (place < self->n_candidates)
            memcpy(candidates + place * self->n_out, self->y + i * self->n_out,
                   self->n_out * sizeof(float));
    }
    job.candidates = candidates;
    _umk_parallel_for(self->n, 16, rank_rows, &job);
    for (gsize i = 0; i < self->n; i++) {
        self->n_queries += ranks[i] != 0;
        n_1 += ranks[i] == 1;
        n_10 += ranks[i] == 1 || ranks[i] == 2;
    }
    self->recall_1 = (double) n_1 / (double) self->n_queries;
    self->recall_10 = (double) n_10 / (double) self->n_queries;
    return TRUE;
}

/* ---- the whole ------------------------------------------------------------------- */

static void
add_number(JsonBuilder *builder, const char *name, double value)
{
    json_builder_set_member_name(builder, name);
    if (isfinite(value))
        json_builder_add_double_value(builder, value);
    else
        json_builder_add_null_value(builder);
}

static void
add_count(JsonBuilder *builder, const char *name, gsize value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_int_value(builder, (gint64) value);
}

static char *
write_report(const UmkFit *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "method");
    json_builder_add_string_value(builder, methods[self->method]);
    if (self->method == METHOD_RIDGE)
        add_number(builder, "lambda", self->lambda);
    add_count(builder, "n_anchors", self->n);
    add_count(builder, "n_different_targets", self->n_groups);
    add_count(builder, "n_folds", self->n_folds);
    add_count(builder, "seed", FOLD_SEED);
    add_number(builder, "r2",
               self->sst > 0.0 ? 1.0 - self->sse / self->sst : (double) NAN);
    add_count(builder, "n_candidates", self->n_candidates);
    add_count(builder, "n_queries", self->n_queries);
    add_number(builder, "recall_at_1", self->recall_1);
    add_number(builder, "chance_at_1", 1.0 / (double) self->n_candidates);
    add_number(builder, "recall_at_10", self->recall_10);
    add_number(builder, "chance_at_10",
               (double) MIN(self->n_candidates, 10) / (double) self->n_candidates);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

/* The map that goes into use: fitted to all pairs. */
static gboolean
solve_all(const UmkFit *self, float *weight, float *bias, GError **error)
{
    g_autoptr(UmkRidge) ridge = NULL;

    if (self->method == METHOD_PROCRUSTES)
        return _umk_procrustes_solve(self->x, self->y, self->n, self->n_in, self->n_out,
                                     weight, bias, error);
    if (self->method == METHOD_IDENTITY)
        return TRUE;
    ridge = _umk_ridge_new(self->x, self->y, self->n, self->n_in, self->n_out, error);
    return ridge != NULL &&
           _umk_ridge_solve(ridge, self->lambda * _umk_ridge_get_scale(ridge), weight,
                            bias, error);
}

static UmkAligner *
fit(UmkFit *self, UmkParams *params, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkAligner) aligner = g_new0(UmkAligner, 1);

    aligner->n_dims = self->n_in;
    aligner->identity = self->method == METHOD_IDENTITY;
    aligner->weight =
        _umk_alloc(self->n_in, self->n_out * sizeof(float), _("An aligner"), error);
    aligner->bias = aligner->weight
                        ? _umk_alloc(self->n_out, sizeof(float), _("An aligner"), error)
                        : NULL;
    if (aligner->bias == NULL ||
        !validate(self, aligner->weight, aligner->bias, cancellable, error) ||
        !measure_recall(self, error) ||
        !solve_all(self, aligner->weight, aligner->bias, error))
        return NULL;
    if (aligner->identity) {
        g_clear_pointer(&aligner->weight, g_free);
        g_clear_pointer(&aligner->bias, g_free);
    } else {
        aligner->normalize = umk_params_get_bool(params, "normalize");
    }
    aligner->report = write_report(self);
    return g_steal_pointer(&aligner);
}

UmkAligner *
_umk_aligner_fit(UmkSpace *space,
                 const char *frame,
                 UmkMatrix *from,
                 UmkMatrix *to,
                 UmkParams *params,
                 GCancellable *cancellable,
                 GError **error)
{
    UmkFit self = {0};
    UmkAligner *aligner = NULL;

    if (fit_init(&self, space, from, to, params, error))
        aligner = fit(&self, params, cancellable, error);
    if (aligner != NULL)
        aligner->frame = g_strdup(frame);
    fit_clear(&self);
    return aligner;
}
