/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well a map shows the vectors it was made from: gathers the figures that the other
 * files of this room compute. Rank figures compare a sample with itself; neighbour
 * figures look each sampled row's neighbours up among all rows. */
#include <umekomi/umk-eval.h>

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-rng-private.h"
#include "eval/umk-eval-map-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-solve-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define SAMPLE     10000
#define N_TRIPLETS 200000

/* ---- samples ---------------------------------------------------------------------- */

guint64 *
_umk_eval_sample(gsize n, gsize n_sample, guint64 seed)
{
    guint64 *rows = g_new(guint64, MIN(n, n_sample) + 1);
    gsize taken = 0;
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    /* Selection sampling (Knuth, volume 2, algorithm 3.4.2 S) keeps the order. */
    for (gsize row = 0; row < n && taken < n_sample; row++)
        if (n <= n_sample || _umk_rng_below(&rng, n - row) < n_sample - taken)
            rows[taken++] = row;
    return rows;
}

UmkMatrix *
_umk_eval_pick(
    UmkMatrix *matrix, const guint64 *rows, gsize n_rows, gboolean unit, GError **error)
{
    gsize n_dims = umk_matrix_get_n_cols(matrix), count;
    g_autoptr(GBytes) bytes = NULL;
    float *out;

    if (!_umk_size_mul(n_rows, n_dims, &count))
        count = G_MAXSIZE / sizeof(float);
    out = _umk_alloc_aligned(count, sizeof(float), _("The sample"), error);
    if (out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(out, count * sizeof(float));
    for (gsize i = 0; i < n_rows; i++) {
        const float *row = umk_matrix_get_row(matrix, rows[i], NULL);
        double scale = 1.0, length = 0.0;

        for (gsize j = 0; unit && j < n_dims; j++)
            length += (double) row[j] * (double) row[j];
        if (length > 0.0)
            scale = 1.0 / sqrt(length);
        for (gsize j = 0; j < n_dims; j++)
            out[i * n_dims + j] = (float) ((double) row[j] * scale);
    }
    return umk_matrix_new_from_bytes(n_rows, n_dims, bytes, error);
}

/* ---- checks ----------------------------------------------------------------------- */

static gboolean
check_pair(UmkMatrix *vectors, UmkMatrix *coords, GError **error)
{
    if (umk_matrix_get_n_rows(vectors) != umk_matrix_get_n_rows(coords)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu vectors and %zu places on the map"),
                    umk_matrix_get_n_rows(vectors), umk_matrix_get_n_rows(coords));
        return FALSE;
    }
    return umk_matrix_check_finite(vectors, error) &&
           umk_matrix_check_finite(coords, error);
}

static gboolean
check_metric(UmkMetric metric, GError **error)
{
    if (metric != UMK_METRIC_DOT)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("A map is judged by cosine or Euclidean distance, not by dot product"));
    return FALSE;
}

static gboolean
check_k(guint k, gsize n, GError **error)
{
    if (k > 0 && (gsize) k * 2 < n)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("Neighbourhoods of %u need more than %zu items, there are %zu"), k,
                (gsize) k * 2, n);
    return FALSE;
}

/* ---- the figures ------------------------------------------------------------------ */

typedef struct {
    UmkMatrix *vectors, *coords;
    UmkMetric metric;
    guint k;
    const gint32 *labels; /* or NULL */
    guint64 *rows;        /* the sample, (n_sample) */
    gsize n_sample;
} Question;

/* Trustworthiness, continuity and silhouette, among the sample. */
static gboolean
ask_sample(const Question *q, UmkMapQuality *quality, UmkRun *run, GError **error)
{
    g_autoptr(UmkMatrix) high = _umk_eval_pick(q->vectors, q->rows, q->n_sample,
                                               q->metric == UMK_METRIC_COSINE, error);
    g_autoptr(UmkMatrix) low =
        high ? _umk_eval_pick(q->coords, q->rows, q->n_sample, FALSE, error) : NULL;
    g_autofree gint32 *labels = g_new(gint32, q->n_sample + 1);

    if (low == NULL || !_umk_eval_ranks(high, low, q->k, &quality->trustworthiness,
                                        &quality->continuity, run, error))
        return FALSE;
    for (gsize i = 0; q->labels != NULL && i < q->n_sample; i++)
        labels[i] = q->labels[q->rows[i]];
    return q->labels == NULL ||
           _umk_eval_silhouette(low, labels, &quality->silhouette, run, error);
}

/* Preservation and label accuracy, the sample's neighbours among all. */
static gboolean
ask_neighbours(const Question *q, UmkMapQuality *quality, UmkRun *run, GError **error)
{
    g_autofree guint32 *high = _umk_eval_neighbours(q->vectors, q->metric, q->rows,
                                                    q->n_sample, q->k, run, error);
    g_autofree guint32 *low =
        high ? _umk_eval_neighbours(q->coords, UMK_METRIC_EUCLIDEAN, q->rows, q->n_sample,
                                    q->k, NULL, error)
             : NULL;
    g_autofree float *shares = g_new(float, q->n_sample + 1);
    double sum = 0.0;

    if (low == NULL)
        return FALSE;
    _umk_eval_overlap(high, low, q->n_sample, q->k, shares);
    for (gsize i = 0; i < q->n_sample; i++)
        sum += (double) shares[i];
    quality->preservation = sum / (double) q->n_sample;
    if (q->labels != NULL)
        quality->label_accuracy =
            _umk_eval_label_accuracy(low, q->rows, q->n_sample, q->k, q->labels);
    return umk_run_check(run, error);
}

/**
 * umk_eval_map:
 * @vectors: one row an item, finite
 * @coords: the items' places on the map, as many rows, finite
 * @metric: %UMK_METRIC_EUCLIDEAN or %UMK_METRIC_COSINE: what counts as near among the
 *   vectors; on the map it is always the Euclidean distance
 * @k: size of the neighbourhoods, less than half the rows; 15 is usual
 * @labels: (nullable): one native gint32 a row, -1 for an item without a label, as
 *   umk_collection_dup_labels() gives
 * @seed: of the sample and the triplets
 * @quality: (out caller-allocates): the figures
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Up to 10,000 rows every row counts; above, a random sample of so many: trustworthiness,
 * continuity (Venna and Kaski 2001) and silhouette (Rousseeuw 1987) are taken within the
 * sample, preservation and label accuracy look the sample's neighbours up among all rows.
 * Triplets are 200,000 random ones of all rows (Wang and others 2021). The figures do not
 * depend on the number of threads.
 *
 * Returns: %FALSE with %UMK_ERROR_DIMENSION, %UMK_ERROR_PARAM or another error
 */
gboolean
umk_eval_map(UmkMatrix *vectors,
             UmkMatrix *coords,
             UmkMetric metric,
             guint k,
             GBytes *labels,
             guint64 seed,
             UmkMapQuality *quality,
             GCancellable *cancellable,
             UmkProgressFunc progress,
             gpointer progress_data,
             GError **error)
{
    g_auto(UmkRun) run = {0}, first = {0}, second = {0};
    g_autofree guint64 *rows = NULL;
    UmkMapQuality found = {.silhouette = (double) NAN, .label_accuracy = (double) NAN};
    Question q = {.vectors = vectors, .coords = coords, .metric = metric, .k = k};

    _umk_run_init(&run, cancellable, progress, progress_data);
    _umk_run_init_stage(&first, &run, 0.0, 0.5);
    _umk_run_init_stage(&second, &run, 0.5, 1.0);
    g_return_val_if_fail(vectors != NULL && coords != NULL && quality != NULL, FALSE);
    found.n_rows = umk_matrix_get_n_rows(vectors);
    found.k = k;
    if (!check_pair(vectors, coords, error) || !check_metric(metric, error) ||
        !check_k(k, MIN(found.n_rows, SAMPLE), error))
        return FALSE;
    if (labels != NULL && g_bytes_get_size(labels) != found.n_rows * sizeof(gint32)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu labels for %zu vectors"),
                    g_bytes_get_size(labels) / sizeof(gint32), found.n_rows);
        return FALSE;
    }
    q.labels = labels != NULL ? g_bytes_get_data(labels, NULL) : NULL;
    q.n_sample = found.n_sample = MIN(found.n_rows, SAMPLE);
    q.rows = rows = _umk_eval_sample(found.n_rows, SAMPLE, seed);
    if (!umk_run_check(&run, error) || !ask_sample(&q, &found, &first, error) ||
        !ask_neighbours(&q, &found, &second, error))
        return FALSE;
    found.triplets = _umk_eval_triplets(vectors, coords, metric == UMK_METRIC_COSINE,
                                        N_TRIPLETS, seed);
    *quality = found;
    return TRUE;
}

/**
 * umk_eval_map_points:
 * @vectors: one row an item, finite
 * @coords: the items' places on the map, as many rows, finite
 * @metric: %UMK_METRIC_EUCLIDEAN or %UMK_METRIC_COSINE
 * @k: size of the neighbourhoods, less than half the rows
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Which places can be believed: for each row the share of its k nearest vectors that are
 * among its k nearest on the map. Every row's neighbours are looked up exactly, so the
 * time grows with the square of the rows.
 *
 * Returns: (transfer full): one share a row, 0 to 1, (n_rows, 1)
 */
UmkMatrix *
umk_eval_map_points(UmkMatrix *vectors,
                    UmkMatrix *coords,
                    UmkMetric metric,
                    guint k,
                    GCancellable *cancellable,
                    UmkProgressFunc progress,
                    gpointer progress_data,
                    GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autofree guint64 *rows = NULL;
    g_autofree guint32 *high = NULL, *low = NULL;
    g_autofree float *shares = NULL;
    gsize n;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(vectors != NULL && coords != NULL, NULL);
    n = umk_matrix_get_n_rows(vectors);
    if (!check_pair(vectors, coords, error) || !check_metric(metric, error) ||
        !check_k(k, n, error))
        return NULL;
    rows = _umk_eval_sample(n, n, 0);
    high = _umk_eval_neighbours(vectors, metric, rows, n, k, &run, error);
    if (high == NULL)
        return NULL;
    low = _umk_eval_neighbours(coords, UMK_METRIC_EUCLIDEAN, rows, n, k, &run, error);
    if (low == NULL)
        return NULL;
    shares = g_new(float, n + 1);
    _umk_eval_overlap(high, low, n, k, shares);
    return umk_matrix_new_from_data(n, 1, shares, error);
}

/* ---- two maps --------------------------------------------------------------------- */

/* Sum of squares about the mean. */
static double
scatter(const float *rows, gsize n, gsize d)
{
    double sum = 0.0;

    for (gsize j = 0; j < d; j++) {
        double mean = 0.0;

        for (gsize i = 0; i < n; i++)
            mean += (double) rows[i * d + j];
        mean /= (double) n;
        for (gsize i = 0; i < n; i++) {
            double off = (double) rows[i * d + j] - mean;

            sum += off * off;
        }
    }
    return sum;
}

/* Sum of squares of y - (x weight + bias). */
static double
residual(const float *x, const float *y, gsize n, gsize d, const float *map)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++) {
            double off = (double) y[i * d + j] - (double) map[d * d + j];

            for (gsize l = 0; l < d; l++)
                off -= (double) x[i * d + l] * (double) map[l * d + j];
            sum += off * off;
        }
    return sum;
}

/**
 * umk_eval_map_difference:
 * @a: places on one map, at least two rows, finite
 * @b: the same items' places on another, of the same shape, finite
 * @error: return location for an error
 *
 * What is left of @b's scatter when @a has been moved, turned, mirrored and scaled onto
 * it as well as it goes (Gower 1975): 0 when both show the same picture, 1 when they
 * share nothing. The mean over pairs of seeds tells how stable a method's picture is. A
 * map with all rows in one place differs from another by 1, from its like by 0.
 *
 * Returns: the difference, 0 to 1, or -1 with @error set
 */
double
umk_eval_map_difference(UmkMatrix *a, UmkMatrix *b, GError **error)
{
    gsize n, d;
    g_autofree float *map = NULL;
    const float *x, *y;
    double from, to;

    g_return_val_if_fail(a != NULL && b != NULL, -1);
    n = umk_matrix_get_n_rows(a);
    d = umk_matrix_get_n_cols(a);
    if (n != umk_matrix_get_n_rows(b) || d != umk_matrix_get_n_cols(b) || n < 2 ||
        d == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("Maps of %zu × %zu and %zu × %zu numbers cannot be compared"), n, d,
                    umk_matrix_get_n_rows(b), umk_matrix_get_n_cols(b));
        return -1;
    }
    if (!umk_matrix_check_finite(a, error) || !umk_matrix_check_finite(b, error))
        return -1;
    x = umk_matrix_get_row(a, 0, NULL);
    y = umk_matrix_get_row(b, 0, NULL);
    from = scatter(x, n, d);
    to = scatter(y, n, d);
    if (!(from > 0.0) || !(to > 0.0))
        return from == to ? 0.0 : 1.0;
    map = g_new(float, d *d + d);
    if (!_umk_procrustes_solve(x, y, n, d, d, map, map + d * d, error))
        return -1;
    return CLAMP(residual(x, y, n, d, map) / to, 0.0, 1.0);
}
