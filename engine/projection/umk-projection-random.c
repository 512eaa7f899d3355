/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random projection: coordinates are sums of the vectors' with random weights, which
 * keeps distances within a factor 1 ± ε when there are enough of them (Johnson and
 * Lindenstrauss 1984; the bound of Dasgupta and Gupta 2003). Weights are Gaussian, or
 * sparse: 0 but for a share 1 / √d of ±1 (Li, Hastie and Church, "Very sparse random
 * projections", 2006). For two dimensions it is a cheap first look, for more a way to
 * shorten vectors. */
#include "projection/umk-projection-ops-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-gemm-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define ROW_CHUNK 256

typedef struct {
    UmkPacked *weights; /* (n_components, n_dims) */
    gsize n_rows, n_dims, n_components;
    gboolean sparse;
} RandomFit;

static const char *const kinds[] = {"gaussian", "sparse", NULL};
static const char *const kind_titles[] = {N_("Normal"), N_("Sparse"), NULL};

static const UmkParamSpec specs[] = {
    {.name = "dims",
     .type = UMK_PARAM_INT,
     .title = N_("Dimensions"),
     .help = N_("How many coordinates each item gets: 2 or 3 for a map, more to shorten "
                "vectors"),
     .min = 2,
     .max = 8192,
     .def = 2},
    {.name = "weights",
     .plain = TRUE,
     .type = UMK_PARAM_CHOICE,
     .title = N_("Weights"),
     .help = N_("How the weights are drawn"),
     .max = 1,
     .choices = kinds,
     .choice_titles = kind_titles},
    UMK_PROJECTION_SEED,
};

static void
random_free(gpointer data)
{
    RandomFit *fit = data;

    _umk_packed_free(fit->weights);
    g_free(fit);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RandomFit, random_free)

/* One generator a component. Scaled so that squared lengths are kept on average. */
static gboolean
draw_weights(RandomFit *fit, guint64 seed, GError **error)
{
    gsize d = fit->n_dims, k = fit->n_components, count;
    double one_in = sqrt(MAX((double) d, 1.0));
    double scale = 1.0 / sqrt((double) k);
    g_autofree float *weights = NULL;

    if (!_umk_size_mul(d, k, &count))
        count = G_MAXSIZE / sizeof(float);
    weights = _umk_alloc(count + 1, sizeof *weights, _("The random weights"), error);
    if (weights == NULL)
        return FALSE;
    for (gsize c = 0; c < k; c++) {
        UmkRng rng;

        _umk_rng_init(&rng, seed, c);
        for (gsize j = 0; j < d; j++) {
            double u = fit->sparse ? _umk_rng_uniform(&rng) * one_in : 0.0;
            double w = !fit->sparse ? _umk_rng_normal(&rng)
                       : u < 0.5    ? sqrt(one_in)
                       : u < 1.0    ? -sqrt(one_in)
                                    : 0.0;

            weights[c * d + j] = (float) (w * scale);
        }
    }
    fit->weights = _umk_packed_new(weights, k, d);
    if (fit->weights != NULL)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("There is no memory for the random weights"));
    return FALSE;
}

typedef struct {
    const RandomFit *fit;
    const float *rows;
    float *out;
} PlaceWork;

static void
place_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    PlaceWork *work = data;

    _umk_gemm_packed(
        work->rows + begin * work->fit->n_dims, end - begin, work->fit->weights, NULL,
        work->out + begin * work->fit->n_components, work->fit->n_components);
}

static UmkMatrix *
random_transform(gconstpointer data, UmkMatrix *vectors, GError **error)
{
    const RandomFit *fit = data;
    gsize n = umk_matrix_get_n_rows(vectors), count;
    g_autoptr(GBytes) bytes = NULL;
    PlaceWork work = {.fit = fit};

    if (!_umk_size_mul(n, fit->n_components, &count))
        count = G_MAXSIZE / sizeof(float);
    work.out = _umk_alloc_aligned(count, sizeof(float), _("The layout"), error);
    if (work.out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(work.out, count * sizeof(float));
    if (n > 0)
        work.rows = umk_matrix_get_row(vectors, 0, NULL);
    _umk_parallel_for(n, ROW_CHUNK, place_rows, &work);
    return umk_matrix_new_from_bytes(n, fit->n_components, bytes, error);
}

static gpointer
random_fit(UmkMatrix *vectors,
           UmkParams *params,
           UmkMatrix **coords,
           UmkRun *run,
           GError **error)
{
    g_autoptr(RandomFit) fit = g_new0(RandomFit, 1);

    fit->n_rows = umk_matrix_get_n_rows(vectors);
    fit->n_dims = umk_matrix_get_n_cols(vectors);
    fit->n_components = (gsize) umk_params_get_int(params, "dims");
    fit->sparse = umk_params_get_int(params, "weights") == 1;
    if (!umk_run_check(run, error) ||
        !draw_weights(fit, (guint64) umk_params_get_int(params, "seed"), error))
        return NULL;
    *coords = random_transform(fit, vectors, error);
    umk_run_report(run, _("Projecting"), 1.0);
    return *coords != NULL ? g_steal_pointer(&fit) : NULL;
}

/* The least ε for which 4 ln n / (ε² / 2 - ε³ / 3) components are enough for all pairs of
 * n rows, by halving; 1 where even that is not promised. */
static double
distortion(gsize n, gsize n_components)
{
    double low = 0.0, high = 1.0, wanted;

    wanted = 4.0 * log(MAX((double) n, 2.0)) / (double) n_components;
    if (wanted > 1.0 / 6.0)
        return 1.0;
    for (guint turn = 0; turn < 60; turn++) {
        double e = (low + high) / 2.0;

        if (e * e / 2.0 - e * e * e / 3.0 < wanted)
            low = e;
        else
            high = e;
    }
    return high;
}

static void
random_describe(gconstpointer data, JsonBuilder *builder)
{
    const RandomFit *fit = data;

    json_builder_set_member_name(builder, "n_items");
    json_builder_add_int_value(builder, (gint64) fit->n_rows);
    json_builder_set_member_name(builder, "n_dims");
    json_builder_add_int_value(builder, (gint64) fit->n_dims);
    json_builder_set_member_name(builder, "distortion");
    json_builder_add_double_value(builder, distortion(fit->n_rows, fit->n_components));
}

const UmkProjectionOps _umk_projection_random = {
    .id = "random",
    .title = N_("Random projection"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .align = UMK_PROJECTION_ALIGN_TURN,
    .fit = random_fit,
    .free = random_free,
    .transform = random_transform,
    .describe = random_describe,
};
