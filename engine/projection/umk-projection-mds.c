/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classical multidimensional scaling (Torgerson 1952): coordinates whose straight
 * distances are as near to the given ones as linear algebra gets them, and, for many
 * rows, its landmark form (de Silva and Tenenbaum, "Sparse multidimensional scaling using
 * landmark points", 2004): the landmarks are scaled, every other row is placed by its
 * distances to them. With all rows as landmarks both are the same. New rows are placed
 * likewise.
 *
 * Landmarks are taken by max-min among ten times as many rows, spread evenly over all:
 * the first at random, each next one farthest from those taken. Signs follow the first
 * largest coordinate, as for PCA. */
#include "projection/umk-projection-ops-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-distance-private.h"
#include "linalg/umk-pca-parts-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define ROW_CHUNK  64
#define CANDIDATES 10    /* rows looked at for each landmark taken */
#define NO_SHARE   1e-10 /* of the largest eigenvalue: below, a direction is rounding */

typedef struct {
    gsize n_rows, n_dims, n_components, n_landmarks;
    gboolean cosine;
    float *landmarks; /* (n_landmarks, n_dims); of length 1 with cosine */
    double *means;    /* (n_landmarks): mean squared distance to the landmarks */
    double *axes;     /* (n_components, n_landmarks): eigenvectors / √eigenvalue */
    double *values;   /* (n_components) */
    double positive;  /* sum of the positive eigenvalues */
} MdsFit;

static const char *const metrics[] = {"euclidean", "cosine", NULL};
static const char *const metric_titles[] = {N_("Euclidean"), N_("Cosine"), NULL};

static const UmkParamSpec specs[] = {
    {.name = "dims",
     .type = UMK_PARAM_INT,
     .title = N_("Dimensions"),
     .help = N_("How many coordinates each item gets, 2 or 3"),
     .min = 2,
     .max = 3,
     .def = 2},
    {.name = "metric",
     .plain = TRUE,
     .type = UMK_PARAM_CHOICE,
     .title = N_("Metric"),
     .help = N_("What counts as near"),
     .max = 1,
     .choices = metrics,
     .choice_titles = metric_titles},
    {.name = "landmarks",
     .type = UMK_PARAM_INT,
     .title = N_("Landmarks"),
     .help = N_("Items whose distances to one another are kept; the others are placed by "
                "their distances to these"),
     .min = 4,
     .max = 2048,
     .def = 500},
    UMK_PROJECTION_SEED,
};

static void
mds_free(gpointer data)
{
    MdsFit *fit = data;

    _umk_free_aligned(fit->landmarks);
    g_free(fit->means);
    g_free(fit->axes);
    g_free(fit->values);
    g_free(fit);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MdsFit, mds_free)

/* ---- distances -------------------------------------------------------------------- */

/* With cosine rows are brought to length 1; half their squared distance is 1 - cos, and
 * the distance that is scaled is the straight one, which has a picture. */
static void
copy_row(const MdsFit *fit, const float *row, float *out)
{
    double squared = 0.0, scale = 1.0;

    for (gsize j = 0; fit->cosine && j < fit->n_dims; j++)
        squared += (double) row[j] * (double) row[j];
    if (squared > 0.0)
        scale = 1.0 / sqrt(squared);
    for (gsize j = 0; j < fit->n_dims; j++)
        out[j] = (float) ((double) row[j] * scale);
}

static void
measure(const MdsFit *fit, const float *row, const float *others, gsize n, float *squared)
{
    _umk_distance_block(_umk_distance_best_level(), UMK_DISTANCE_SQUARED, row,
                        fit->n_dims, 1, others, fit->n_dims, n, fit->n_dims, squared, n);
}

typedef struct {
    const MdsFit *fit;
    UmkMatrix *vectors;
    gsize n; /* candidates */
    const float *landmark;
    float *nearest; /* (n): squared distance to the landmarks so far */
} SpreadWork;

static const float *
candidate(const SpreadWork *work, gsize i)
{
    gsize row = (gsize) ((double) i * (double) work->fit->n_rows / (double) work->n);

    return umk_matrix_get_row(work->vectors, MIN(row, work->fit->n_rows - 1), NULL);
}

static void
spread_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    SpreadWork *work = data;
    g_autofree float *row = g_new(float, work->fit->n_dims + 1);

    for (gsize i = begin; i < end; i++) {
        float squared;

        copy_row(work->fit, candidate(work, i), row);
        measure(work->fit, row, work->landmark, 1, &squared);
        work->nearest[i] = MIN(work->nearest[i], squared);
    }
}

static gboolean
take_landmarks(MdsFit *fit, UmkMatrix *vectors, guint64 seed, UmkRun *run, GError **error)
{
    gsize n = MIN(fit->n_rows, fit->n_landmarks * CANDIDATES), taken;
    g_autofree float *nearest = g_new(float, n + 1);
    SpreadWork work = {.fit = fit, .vectors = vectors, .n = n, .nearest = nearest};
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    taken = (gsize) _umk_rng_below(&rng, n);
    for (gsize i = 0; i < n; i++)
        nearest[i] = INFINITY;
    for (gsize l = 0; l < fit->n_landmarks; l++) {
        float *landmark = fit->landmarks + l * fit->n_dims;

        copy_row(fit, candidate(&work, taken), landmark);
        work.landmark = landmark;
        _umk_parallel_for(n, 256, spread_rows, &work);
        nearest[taken] = -1.0f;
        for (gsize i = 0; i < n; i++)
            if (nearest[i] > nearest[taken])
                taken = i;
        umk_run_report(run, _("Choosing landmarks"),
                       0.5 * (double) (l + 1) / (double) fit->n_landmarks);
        if (!umk_run_check(run, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- scaling ---------------------------------------------------------------------- */

/* square = -½ J D J with D the squared distances and J = I - 1/n. */
static void
centre_distances(MdsFit *fit, double *square)
{
    gsize n = fit->n_landmarks;
    double mean = 0.0;

    for (gsize i = 0; i < n; i++) {
        for (gsize j = 0; j < n; j++)
            fit->means[i] += square[i * n + j];
        fit->means[i] /= (double) n;
        mean += fit->means[i] / (double) n;
    }
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < n; j++)
            square[i * n + j] =
                -0.5 * (square[i * n + j] - fit->means[i] - fit->means[j] + mean);
}

static void
settle_sign(double *vector, gsize n)
{
    double largest = 0.0;
    gsize at = 0;

    for (gsize i = 0; i < n; i++)
        largest = MAX(largest, fabs(vector[i]));
    while (at < n && fabs(vector[at]) < largest * (1.0 - 1e-6))
        at++;
    for (gsize i = 0; at < n && vector[at] < 0.0 && i < n; i++)
        if (i != at)
            vector[i] = -vector[i];
    if (at < n)
        vector[at] = fabs(vector[at]);
}

static gboolean
scale_landmarks(MdsFit *fit, UmkRun *run, GError **error)
{
    gsize n = fit->n_landmarks, k = MIN(fit->n_components, n);
    g_autofree float *squared = g_new(float, n + 1);
    double *square = _umk_alloc_aligned(n * n, sizeof(double), _("Distances"), error);
    gboolean done;

    if (square == NULL)
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        measure(fit, fit->landmarks + i * fit->n_dims, fit->landmarks, n, squared);
        for (gsize j = 0; j < n; j++)
            square[i * n + j] = (double) squared[j];
    }
    centre_distances(fit, square);
    for (gsize i = 0; i < n; i++)
        fit->positive += square[i * n + i];
    done = _umk_pca_eigen(square, n, k, fit->values, fit->axes, run, error);
    for (gsize c = 0; done && c < k; c++) {
        double *axis = fit->axes + c * n;

        settle_sign(axis, n);
        if (!(fit->values[c] > NO_SHARE * fit->values[0])) {
            fit->values[c] = 0.0;
            memset(axis, 0, n * sizeof *axis);
        }
        for (gsize i = 0; i < n && fit->values[c] > 0.0; i++)
            axis[i] /= sqrt(fit->values[c]);
    }
    _umk_free_aligned(square);
    return done;
}

/* ---- places ----------------------------------------------------------------------- */

typedef struct {
    const MdsFit *fit;
    UmkMatrix *vectors;
    float *coords;
} PlaceWork;

/* -½ axis · (squared distances - their means at the landmarks) */
static void
place_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    PlaceWork *work = data;
    const MdsFit *fit = work->fit;
    gsize n = fit->n_landmarks;
    g_autofree float *row = g_new(float, fit->n_dims + 1);
    g_autofree float *squared = g_new(float, n + 1);

    for (gsize i = begin; i < end; i++) {
        copy_row(fit, umk_matrix_get_row(work->vectors, i, NULL), row);
        measure(fit, row, fit->landmarks, n, squared);
        for (gsize c = 0; c < fit->n_components; c++) {
            double sum = 0.0;

            for (gsize l = 0; l < n; l++)
                sum += fit->axes[c * n + l] * (fit->means[l] - (double) squared[l]);
            work->coords[i * fit->n_components + c] = (float) (0.5 * sum);
        }
    }
}

static UmkMatrix *
mds_transform(gconstpointer data, UmkMatrix *vectors, GError **error)
{
    const MdsFit *fit = data;
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autofree float *coords =
        _umk_alloc(n * fit->n_components + 1, sizeof *coords, _("The layout"), error);
    PlaceWork work = {fit, vectors, coords};

    if (coords == NULL)
        return NULL;
    _umk_parallel_for(n, ROW_CHUNK, place_rows, &work);
    return umk_matrix_new_from_data(n, fit->n_components, coords, error);
}

static gpointer
mds_fit(UmkMatrix *vectors,
        UmkParams *params,
        UmkMatrix **coords,
        UmkRun *run,
        GError **error)
{
    g_autoptr(MdsFit) fit = g_new0(MdsFit, 1);

    fit->n_rows = umk_matrix_get_n_rows(vectors);
    fit->n_dims = umk_matrix_get_n_cols(vectors);
    fit->n_components = (gsize) umk_params_get_int(params, "dims");
    fit->cosine = umk_params_get_int(params, "metric") == 1;
    fit->n_landmarks = MIN(fit->n_rows, (gsize) umk_params_get_int(params, "landmarks"));
    fit->means = g_new0(double, fit->n_landmarks + 1);
    fit->axes = g_new0(double, fit->n_components * fit->n_landmarks + 1);
    fit->values = g_new0(double, fit->n_components);
    fit->landmarks = _umk_alloc_aligned(fit->n_landmarks * fit->n_dims, sizeof(float),
                                        _("The landmarks"), error);
    if (fit->landmarks == NULL || !umk_run_check(run, error))
        return NULL;
    if (fit->n_rows > 0 &&
        (!take_landmarks(fit, vectors, (guint64) umk_params_get_int(params, "seed"), run,
                         error) ||
         !scale_landmarks(fit, run, error)))
        return NULL;
    *coords = mds_transform(fit, vectors, error);
    umk_run_report(run, _("Placing items"), 1.0);
    return *coords != NULL ? g_steal_pointer(&fit) : NULL;
}

static void
mds_describe(gconstpointer data, JsonBuilder *builder)
{
    const MdsFit *fit = data;

    json_builder_set_member_name(builder, "n_items");
    json_builder_add_int_value(builder, (gint64) fit->n_rows);
    json_builder_set_member_name(builder, "n_landmarks");
    json_builder_add_int_value(builder, (gint64) fit->n_landmarks);
    json_builder_set_member_name(builder, "eigenvalue_shares");
    json_builder_begin_array(builder);
    for (gsize c = 0; c < fit->n_components; c++)
        json_builder_add_double_value(
            builder, fit->positive > 0.0 ? fit->values[c] / fit->positive : 0.0);
    json_builder_end_array(builder);
}

const UmkProjectionOps _umk_projection_mds = {
    .id = "mds",
    .title = N_("Classical scaling (MDS)"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .align = UMK_PROJECTION_ALIGN_TURN,
    .by_distance = TRUE,
    .fit = mds_fit,
    .free = mds_free,
    .transform = mds_transform,
    .describe = mds_describe,
};
