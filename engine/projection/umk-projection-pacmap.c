/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PaCMAP: Wang, Huang, Rudin and Shaposhnik, "Understanding how dimension reduction tools
 * work", 2021. Three kinds of pairs pull and push: near ones (nearest by a distance
 * scaled to each row's surroundings, section 4.1), mid-near ones (the second nearest of
 * six at random) and further ones (at random, not near); their weights change in three
 * phases so that the whole picture forms first. The loss is the same at every step, so
 * Adam with the authors' settings is deterministic; each row sums its own pairs in one
 * order.
 *
 * The pairs are in umk-projection-pacmap-pairs.c. As the authors do, vectors of more than
 * a hundred dimensions are brought to a hundred by PCA first and the map starts from the
 * first components times 0.01. New rows go where their near pairs and random further
 * ones, drawn from a hash of the vector, hold them on the finished map. */
#include "projection/umk-fitting-private.h"
#include "projection/umk-projection-ops-private.h"
#include "projection/umk-projection-pacmap-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-index.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-pca-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define PCA_DIMS    100
#define START_SCALE 0.01
#define CHUNK       256
#define BETA1       0.9
#define BETA2       0.999
#define EPSILON     1e-7
#define MAX_DIMS    3
#define NEW_STEPS   200
#define NEW_RATE    0.05f

typedef struct {
    UmkPca *pca; /* of the vectors; brings them to n_reduced dimensions, or NULL */
    gsize n_reduced;
    UmkIndex *index; /* of the reduced rows */
    UmkMatrix *coords;
    guint n_dims, n_near, n_mid, n_far;
} PacmapFit;

static const UmkParamSpec specs[] = {
    {.name = "dims",
     .type = UMK_PARAM_INT,
     .title = N_("Dimensions"),
     .help = N_("How many coordinates each item gets, 2 or 3"),
     .min = 2,
     .max = 3,
     .def = 2},
    {.name = "neighbors",
     .plain = TRUE,
     .automatic = TRUE,
     .type = UMK_PARAM_INT,
     .title = N_("Neighbours"),
     .help =
         N_("Near items that pull each item; 0 takes 10, and more above 10,000 items"),
     .max = 200},
    {.name = "mid-near",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Mid-near pairs"),
     .help = N_("Items not quite near that pull as well, for each neighbour"),
     .max = 20,
     .def = 0.5},
    {.name = "further",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Further pairs"),
     .help = N_("Distant items that push, for each neighbour"),
     .min = 0.1,
     .max = 20,
     .def = 2},
    {.name = "iterations",
     .type = UMK_PARAM_INT,
     .title = N_("Iterations"),
     .help = N_("Steps of the last phase, after the 200 of the first two"),
     .max = 100000,
     .def = 250},
    {.name = "learning-rate",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Learning rate"),
     .help = N_("Size of a step"),
     .min = 1e-3,
     .max = 100,
     .def = 1},
    UMK_PROJECTION_SEED,
};

static void
pacmap_free(gpointer data)
{
    PacmapFit *fit = data;

    _umk_pca_free(fit->pca);
    g_clear_pointer(&fit->index, umk_index_unref);
    g_clear_pointer(&fit->coords, umk_matrix_unref);
    g_free(fit);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PacmapFit, pacmap_free)

/* ---- what comes before ------------------------------------------------------------ */

static UmkMatrix *
apply_pca(const UmkPca *pca, UmkMatrix *vectors, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), k = pca->n_components, count;
    g_autoptr(GBytes) bytes = NULL;
    float *out;

    if (!_umk_size_mul(n, k, &count))
        count = G_MAXSIZE / sizeof(float);
    out = _umk_alloc_aligned(count, sizeof(float), _("The shortened vectors"), error);
    if (out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(out, count * sizeof(float));
    if (n > 0)
        _umk_pca_transform(pca, umk_matrix_get_row(vectors, 0, NULL), pca->n_dims, n, out,
                           k);
    return umk_matrix_new_from_bytes(n, k, bytes, error);
}

/* Components enough for the start, or for the pairs too where vectors are long. */
static UmkMatrix *
reduce(PacmapFit *fit, UmkMatrix *vectors, UmkRun *run, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);

    fit->n_reduced = d > PCA_DIMS ? PCA_DIMS : d;
    fit->pca = _umk_pca_fit(umk_matrix_get_row(vectors, 0, NULL), d, n, d,
                            d > PCA_DIMS ? PCA_DIMS : fit->n_dims, FALSE, run, error);
    if (fit->pca == NULL)
        return NULL;
    return d > PCA_DIMS ? apply_pca(fit->pca, vectors, error) : umk_matrix_ref(vectors);
}

/* Short vectors count as if all their numbers lay between 0 and 1, long ones as they are:
 * so do the authors. */
static double
start_scale(UmkMatrix *vectors)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(vectors);
    const float *values = umk_matrix_get_row(vectors, 0, NULL);
    float low = INFINITY, high = -INFINITY;

    if (d > PCA_DIMS)
        return START_SCALE;
    for (gsize i = 0; i < n * d; i++) {
        low = MIN(low, values[i]);
        high = MAX(high, values[i]);
    }
    return high > low ? START_SCALE / ((double) high - (double) low) : START_SCALE;
}

static float *
make_start(const PacmapFit *fit, UmkMatrix *vectors, UmkMatrix *reduced, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = fit->n_dims;
    g_autoptr(UmkMatrix) first = fit->n_reduced < umk_matrix_get_n_cols(vectors)
                                     ? umk_matrix_ref(reduced)
                                     : apply_pca(fit->pca, vectors, error);
    double scale = start_scale(vectors);
    float *start;

    if (first == NULL)
        return NULL;
    start = _umk_alloc(n * d + 1, sizeof *start, _("The map"), error);
    for (gsize i = 0; start != NULL && i < n; i++)
        for (gsize c = 0; c < d; c++)
            start[i * d + c] =
                (float) (scale * (double) umk_matrix_get_row(first, i, NULL)[c]);
    return start;
}

/* ---- descent ---------------------------------------------------------------------- */

typedef struct {
    double near, mid, far;
} Weights;

/* Section 4.3 of the paper, as the authors' program has it. */
static Weights
phase(gsize step)
{
    if (step < 100) {
        double t = (double) step / 100.0;

        return (Weights){2.0, (1.0 - t) * 1000.0 + t * 3.0, 1.0};
    }
    return step < 200 ? (Weights){3.0, 3.0, 1.0} : (Weights){1.0, 0.0, 1.0};
}

typedef struct {
    const UmkPacmapPairs *pairs;
    guint d;
    float *y, *next, *first, *second; /* (n, d): places, Adam's two moments */
    float weights[UMK_PACMAP_N_KINDS];
    float rate;    /* with Adam's corrections */
    float epsilon; /* likewise */
    UmkRun *run;
} Descent;

static void
descent_clear(Descent *self)
{
    if (self->y != NULL)
        _umk_free_aligned(MIN(self->y, self->next));
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Descent, descent_clear)

/* The derivative of a pair's loss by its squared distance, halved: near pairs
 * d / (10 + d), mid-near ones d / (10000 + d), further ones 1 / (1 + d), d = 1 + |…|². */
static inline float
force(guint kind, float d)
{
    switch (kind) {
    case UMK_PACMAP_NEAR:
        return 20.0f / ((10.0f + d) * (10.0f + d));
    case UMK_PACMAP_MID:
        return 20000.0f / ((10000.0f + d) * (10000.0f + d));
    default:
        return -2.0f / ((1.0f + d) * (1.0f + d));
    }
}

static void
add_forces(const Descent *self, guint kind, gsize row, float *gradient)
{
    const UmkPacmapList *list = &self->pairs->lists[kind];
    const float *at = self->y + row * self->d;

    for (gsize j = list->offsets[row]; j < list->offsets[row + 1]; j++) {
        const float *other = self->y + (gsize) list->ids[j] * self->d;
        float squared = 1.0f, f;

        for (guint c = 0; c < self->d; c++)
            squared += (at[c] - other[c]) * (at[c] - other[c]);
        f = self->weights[kind] * force(kind, squared);
        for (guint c = 0; c < self->d; c++)
            gradient[c] += f * (at[c] - other[c]);
    }
}

static void
step_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Descent *self = data;

    if (!umk_run_check(self->run, NULL))
        return;
    for (gsize row = begin; row < end; row++) {
        float gradient[MAX_DIMS] = {0.0f, 0.0f, 0.0f};

        for (guint kind = 0; kind < UMK_PACMAP_N_KINDS; kind++)
            if (self->weights[kind] > 0.0f)
                add_forces(self, kind, row, gradient);
        for (guint c = 0; c < self->d; c++) {
            gsize at = row * self->d + c;

            self->first[at] += (float) (1.0 - BETA1) * (gradient[c] - self->first[at]);
            self->second[at] +=
                (float) (1.0 - BETA2) * (gradient[c] * gradient[c] - self->second[at]);
            self->next[at] = self->y[at] - self->rate * self->first[at] /
                                               (sqrtf(self->second[at]) + self->epsilon);
        }
    }
}

static void
step(Descent *self, gsize number, double learning_rate)
{
    Weights w = phase(number);
    double t = (double) number + 1.0, correction = sqrt(1.0 - pow(BETA2, t));
    float *old = self->y;

    self->weights[UMK_PACMAP_NEAR] = (float) w.near;
    self->weights[UMK_PACMAP_MID] = (float) w.mid;
    self->weights[UMK_PACMAP_FAR] = (float) w.far;
    self->rate = (float) (learning_rate * correction / (1.0 - pow(BETA1, t)));
    self->epsilon = (float) (EPSILON * correction);
    _umk_parallel_for(self->pairs->n, CHUNK, step_rows, self);
    self->y = self->next;
    self->next = old;
}

static gboolean
descent_init(Descent *self,
             const UmkPacmapPairs *pairs,
             const float *start,
             guint d,
             UmkRun *run,
             GError **error)
{
    gsize count = pairs->n * d;

    *self = (Descent){.pairs = pairs, .d = d, .run = run};
    self->y = _umk_alloc_aligned(4 * count, sizeof(float), _("The map"), error);
    if (self->y == NULL)
        return FALSE;
    self->next = self->y + count;
    self->first = self->next + count;
    self->second = self->first + count;
    memcpy(self->y, start, count * sizeof(float));
    memset(self->first, 0, 2 * count * sizeof(float));
    return TRUE;
}

/* The checkpoint's, or 0. */
static gsize
first_step(Descent *descent, UmkFitting *fitting)
{
    gsize count = descent->pairs->n * descent->d;
    guint epoch = 0;

    if (!_umk_fitting_restore(fitting, 0, descent->y, count, &epoch) ||
        !_umk_fitting_restore(fitting, 1, descent->first, count, &epoch) ||
        !_umk_fitting_restore(fitting, 2, descent->second, count, &epoch))
        return 0;
    return epoch;
}

static void
keep_descent(const Descent *descent, UmkFitting *fitting, guint epoch)
{
    const float *arrays[3] = {descent->y, descent->first, descent->second};

    _umk_fitting_keep(fitting, epoch, arrays, 3, descent->pairs->n * descent->d);
}

static gboolean
descend(PacmapFit *fit,
        const UmkPacmapPairs *pairs,
        const float *start,
        UmkParams *params,
        UmkFitting *fitting,
        UmkRun *run,
        GError **error)
{
    gsize n_steps = 200 + (gsize) umk_params_get_int(params, "iterations");
    double rate = umk_params_get_double(params, "learning-rate");
    g_auto(Descent) descent = {0};

    if (!descent_init(&descent, pairs, start, fit->n_dims, run, error))
        return FALSE;
    for (gsize i = first_step(&descent, fitting); i < n_steps; i++) {
        step(&descent, i, rate);
        if (!umk_run_check(run, error))
            return FALSE;
        if (i + 1 == n_steps || _umk_fitting_wants_layout(fitting))
            _umk_fitting_show(fitting, descent.y, pairs->n, fit->n_dims, (guint) i + 1,
                              (guint) n_steps);
        if (_umk_fitting_wants_checkpoint(fitting))
            keep_descent(&descent, fitting, (guint) i + 1);
        umk_run_report(run, _("Arranging the map"), (double) (i + 1) / (double) n_steps);
    }
    fit->coords = umk_matrix_new_from_data(pairs->n, fit->n_dims, descent.y, error);
    return fit->coords != NULL && umk_matrix_check_finite(fit->coords, error);
}

/* ---- fitting ---------------------------------------------------------------------- */

static void
count_pairs(PacmapFit *fit, UmkParams *params, gsize n)
{
    double near = umk_params_get_double(params, "neighbors");

    if (!(near > 0.0))
        near = n > 10000 ? round(10.0 + 15.0 * (log10((double) n) - 4.0)) : 10.0;
    fit->n_near = (guint) MIN(near, (double) n - 1.0);
    fit->n_mid = (guint) round(near * umk_params_get_double(params, "mid-near"));
    fit->n_far = (guint) round(near * umk_params_get_double(params, "further"));
}

static gboolean
lay_out(PacmapFit *fit,
        UmkMatrix *vectors,
        UmkParams *params,
        UmkFitting *fitting,
        UmkRun *run,
        GError **error)
{
    g_auto(UmkRun) first = {0}, second = {0}, third = {0};
    g_autoptr(UmkMatrix) reduced = NULL;
    g_autoptr(UmkPacmapPairs) pairs = NULL;
    g_autofree float *start = NULL;

    _umk_run_init_stage(&first, run, 0.0, 0.1);
    _umk_run_init_stage(&second, run, 0.1, 0.5);
    _umk_run_init_stage(&third, run, 0.5, 1.0);
    reduced = reduce(fit, vectors, &first, error);
    if (reduced == NULL)
        return FALSE;
    count_pairs(fit, params, umk_matrix_get_n_rows(vectors));
    pairs = _umk_pacmap_pairs_new(reduced, fit->n_near, fit->n_mid, fit->n_far,
                                  (guint64) umk_params_get_int(params, "seed"), &second,
                                  error);
    start = pairs != NULL ? make_start(fit, vectors, reduced, error) : NULL;
    if (start == NULL || !descend(fit, pairs, start, params, fitting, &third, error))
        return FALSE;
    fit->index = umk_index_build("exact", reduced, UMK_METRIC_EUCLIDEAN, NULL, NULL, NULL,
                                 NULL, error);
    return fit->index != NULL;
}

static gboolean
check_input(UmkFitting *fitting, GError **error)
{
    if (!_umk_fitting_has_input(fitting))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("PaCMAP takes no labels and no start of the layout"));
    return FALSE;
}

static gpointer
pacmap_fit(UmkMatrix *vectors,
           UmkParams *params,
           UmkFitting *fitting,
           UmkMatrix **coords,
           UmkRun *run,
           GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autoptr(PacmapFit) fit = g_new0(PacmapFit, 1);
    static const float origin[MAX_DIMS];

    fit->n_dims = (guint) umk_params_get_int(params, "dims");
    if (!umk_run_check(run, error) || !check_input(fitting, error))
        return NULL;
    if (n < 2)
        fit->coords = umk_matrix_new_from_data(n, fit->n_dims, origin, error);
    else if (!lay_out(fit, vectors, params, fitting, run, error))
        return NULL;
    *coords = fit->coords != NULL ? umk_matrix_ref(fit->coords) : NULL;
    return *coords != NULL ? g_steal_pointer(&fit) : NULL;
}

/* What new rows need of a finished map. */
static gpointer
pacmap_restore(
    UmkMatrix *vectors, UmkParams *params, UmkMatrix *coords, UmkRun *run, GError **error)
{
    g_autoptr(PacmapFit) fit = g_new0(PacmapFit, 1);
    g_autoptr(UmkMatrix) reduced = NULL;

    fit->n_dims = (guint) umk_params_get_int(params, "dims");
    if (umk_matrix_get_n_cols(coords) != fit->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The layout has %zu dimensions, its options say %zu"),
                    umk_matrix_get_n_cols(coords), (gsize) fit->n_dims);
        return NULL;
    }
    fit->coords = umk_matrix_ref(coords);
    reduced = reduce(fit, vectors, run, error);
    if (reduced == NULL)
        return NULL;
    count_pairs(fit, params, umk_matrix_get_n_rows(vectors));
    fit->index = umk_index_build("exact", reduced, UMK_METRIC_EUCLIDEAN, NULL, NULL, NULL,
                                 NULL, error);
    return fit->index != NULL ? g_steal_pointer(&fit) : NULL;
}

/* ---- new rows --------------------------------------------------------------------- */

typedef struct {
    const PacmapFit *fit;
    UmkMatrix *reduced;
    UmkHits *hits;
    float *coords; /* (n, n_dims) */
} PlaceWork;

static guint64
hash_row(UmkMatrix *matrix, gsize row)
{
    gsize n;
    const float *values = umk_matrix_get_row(matrix, row, &n);
    guint64 hash = 0xcbf29ce484222325;

    for (gsize j = 0; j < n; j++) {
        guint32 bits;

        memcpy(&bits, &values[j], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3;
    }
    return hash;
}

static void
pull(const PacmapFit *fit, guint kind, gsize row, const float *place, float *gradient)
{
    const float *other = umk_matrix_get_row(fit->coords, row, NULL);
    float squared = 1.0f, f;

    for (guint c = 0; c < fit->n_dims; c++)
        squared += (place[c] - other[c]) * (place[c] - other[c]);
    f = force(kind, squared);
    for (guint c = 0; c < fit->n_dims; c++)
        gradient[c] += f * (place[c] - other[c]);
}

static void
place_one(const PlaceWork *work, gsize row, gsize *far, float *place)
{
    const PacmapFit *fit = work->fit;
    gsize n = umk_matrix_get_n_rows(fit->coords);
    guint n_hits = umk_hits_get_n_hits(work->hits, row);
    UmkRng rng;

    memset(place, 0, fit->n_dims * sizeof *place);
    for (guint j = 0; j < n_hits; j++) {
        gsize hit = umk_hits_get(work->hits, row, j, NULL);

        for (guint c = 0; c < fit->n_dims; c++)
            place[c] += umk_matrix_get_row(fit->coords, hit, NULL)[c] / (float) n_hits;
    }
    _umk_rng_init(&rng, hash_row(work->reduced, row), 0);
    for (guint j = 0; j < fit->n_far; j++)
        far[j] = (gsize) _umk_rng_below(&rng, n);
    for (guint turn = 0; n > 1 && turn < NEW_STEPS; turn++) {
        float gradient[MAX_DIMS] = {0.0f, 0.0f, 0.0f};

        for (guint j = 0; j < n_hits; j++)
            pull(fit, UMK_PACMAP_NEAR, umk_hits_get(work->hits, row, j, NULL), place,
                 gradient);
        for (guint j = 0; j < fit->n_far; j++)
            pull(fit, UMK_PACMAP_FAR, far[j], place, gradient);
        for (guint c = 0; c < fit->n_dims; c++)
            place[c] -= NEW_RATE * gradient[c];
    }
}

static void
place_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    PlaceWork *work = data;
    g_autofree gsize *far = g_new(gsize, work->fit->n_far + 1);

    for (gsize row = begin; row < end; row++)
        place_one(work, row, far, work->coords + row * work->fit->n_dims);
}

static UmkMatrix *
pacmap_transform(gconstpointer data, UmkMatrix *vectors, GError **error)
{
    const PacmapFit *fit = data;
    gsize n = umk_matrix_get_n_rows(vectors);
    g_autoptr(UmkMatrix) reduced = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autofree float *coords =
        _umk_alloc(n * fit->n_dims + 1, sizeof *coords, _("The layout"), error);
    PlaceWork work = {.fit = fit, .coords = coords};

    if (coords == NULL)
        return NULL;
    memset(coords, 0, n * fit->n_dims * sizeof *coords);
    if (fit->index != NULL) {
        reduced = fit->n_reduced < umk_matrix_get_n_cols(vectors)
                      ? apply_pca(fit->pca, vectors, error)
                      : umk_matrix_ref(vectors);
        hits = reduced
                   ? umk_index_search(fit->index, reduced, fit->n_near, NULL, NULL, error)
                   : NULL;
        if (hits == NULL)
            return NULL;
        work.reduced = reduced;
        work.hits = hits;
        _umk_parallel_for(n, CHUNK, place_rows, &work);
    }
    return umk_matrix_new_from_data(n, fit->n_dims, coords, error);
}

static void
pacmap_describe(gconstpointer data, JsonBuilder *builder)
{
    const PacmapFit *fit = data;

    json_builder_set_member_name(builder, "n_items");
    json_builder_add_int_value(builder, (gint64) umk_matrix_get_n_rows(fit->coords));
    json_builder_set_member_name(builder, "n_near");
    json_builder_add_int_value(builder, fit->n_near);
    json_builder_set_member_name(builder, "n_mid_near");
    json_builder_add_int_value(builder, fit->n_mid);
    json_builder_set_member_name(builder, "n_further");
    json_builder_add_int_value(builder, fit->n_far);
}

const UmkProjectionOps _umk_projection_pacmap = {
    .id = "pacmap",
    .title = N_("PaCMAP"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .align = UMK_PROJECTION_ALIGN_TURN,
    .by_distance = TRUE,
    .fit_live = pacmap_fit,
    .restore = pacmap_restore,
    .free = pacmap_free,
    .transform = pacmap_transform,
    .describe = pacmap_describe,
};
