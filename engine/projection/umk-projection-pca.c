/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PCA as a projection; the mathematics is in linalg/umk-pca.c. */
#include "projection/umk-projection-ops-private.h"

#include "core/umk-alloc-private.h"
#include "linalg/umk-pca-private.h"

#include <glib/gi18n-lib.h>

typedef struct {
    UmkPca *pca;
    gsize n_rows;
    double *explained; /* (n_components) */
} PcaFit;

/* in the order of UmkPcaSolver */
static const char *const solvers[] = {"auto", "exact", "randomised", NULL};
static const char *const solver_titles[] = {N_("Automatic"), N_("Exact"), N_("Sampled"),
                                            NULL};

static const UmkParamSpec specs[] = {
    {.name = "dims",
     .type = UMK_PARAM_INT,
     .title = N_("Dimensions"),
     .help = N_("How many coordinates each item gets: 2 or 3 for a map, more to shorten "
                "vectors"),
     .min = 2,
     .max = 1024,
     .def = 2},
    {.name = "unit-length",
     .plain = TRUE,
     .type = UMK_PARAM_BOOL,
     .title = N_("Unit length"),
     .help = N_("Bring every vector to length 1 first, so that only directions count"),
     .min = 0,
     .max = 1,
     .def = 0},
    {.name = "whiten",
     .type = UMK_PARAM_BOOL,
     .title = N_("Whiten"),
     .help = N_("Give every axis variance 1, so that small differences show as well"),
     .min = 0,
     .max = 1,
     .def = 0},
    {.name = "solver",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Solver"),
     .help = N_("Exact, or randomised for many rows of thousands of dimensions"),
     .max = 2,
     .def = 0,
     .choices = solvers,
     .choice_titles = solver_titles},
};

static UmkMatrix *
place_rows(const UmkPca *pca, UmkMatrix *vectors, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), count;
    g_autoptr(GBytes) bytes = NULL;
    float *coords;

    if (!_umk_size_mul(n, pca->n_components, &count))
        count = G_MAXSIZE / sizeof(float);
    coords = _umk_alloc_aligned(count, sizeof(float), _("The layout"), error);
    if (coords == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(coords, count * sizeof(float));
    if (n > 0)
        _umk_pca_transform(pca, umk_matrix_get_row(vectors, 0, NULL), pca->n_dims, n,
                           coords, pca->n_components);
    return umk_matrix_new_from_bytes(n, pca->n_components, bytes, error);
}

static void
pca_free(gpointer data)
{
    PcaFit *fit = data;

    _umk_pca_free(fit->pca);
    g_free(fit->explained);
    g_free(fit);
}

static gpointer
pca_fit(UmkMatrix *vectors,
        UmkParams *params,
        UmkMatrix **coords,
        UmkRun *run,
        GError **error)
{
    gsize n_components = (gsize) umk_params_get_int(params, "dims");
    gsize n_dims = umk_matrix_get_n_cols(vectors);
    PcaFit *fit = g_new0(PcaFit, 1);

    *coords = NULL;
    fit->n_rows = umk_matrix_get_n_rows(vectors);
    fit->pca = _umk_pca_fit_by((UmkPcaSolver) umk_params_get_int(params, "solver"),
                               umk_matrix_get_row(vectors, 0, NULL), n_dims, fit->n_rows,
                               n_dims, n_components,
                               umk_params_get_bool(params, "unit-length"), run, error);
    if (fit->pca != NULL &&
        (!umk_params_get_bool(params, "whiten") || _umk_pca_whiten(fit->pca, error)))
        *coords = place_rows(fit->pca, vectors, error);
    if (*coords == NULL) {
        pca_free(fit);
        return NULL;
    }
    fit->explained = g_new0(double, n_components);
    for (gsize i = 0; i < n_components && fit->pca->total > 0.0; i++)
        fit->explained[i] = fit->pca->variance[i] / fit->pca->total;
    return fit;
}

static UmkMatrix *
pca_transform(gconstpointer data, UmkMatrix *vectors, GError **error)
{
    const PcaFit *fit = data;

    return place_rows(fit->pca, vectors, error);
}

static const double *
pca_get_explained(gconstpointer data, gsize *n_components)
{
    const PcaFit *fit = data;

    *n_components = fit->pca->n_components;
    return fit->explained;
}

static void
add_numbers(JsonBuilder *builder, const char *name, const double *values, gsize n)
{
    json_builder_set_member_name(builder, name);
    json_builder_begin_array(builder);
    for (gsize i = 0; i < n; i++)
        json_builder_add_double_value(builder, values[i]);
    json_builder_end_array(builder);
}

static void
pca_describe(gconstpointer data, JsonBuilder *builder)
{
    const PcaFit *fit = data;

    json_builder_set_member_name(builder, "n_items");
    json_builder_add_int_value(builder, (gint64) fit->n_rows);
    json_builder_set_member_name(builder, "n_dims");
    json_builder_add_int_value(builder, (gint64) fit->pca->n_dims);
    add_numbers(builder, "explained_variance", fit->pca->variance,
                fit->pca->n_components);
    add_numbers(builder, "explained_variance_ratio", fit->explained,
                fit->pca->n_components);
    json_builder_set_member_name(builder, "solver");
    json_builder_add_string_value(builder, fit->pca->randomised ? "randomised" : "exact");
    json_builder_set_member_name(builder, "total_variance");
    json_builder_add_double_value(builder, fit->pca->total);
}

const UmkProjectionOps _umk_projection_pca = {
    .id = "pca",
    .title = N_("PCA"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .align = UMK_PROJECTION_ALIGN_SIGNS,
    .fit = pca_fit,
    .free = pca_free,
    .transform = pca_transform,
    .get_explained = pca_get_explained,
    .describe = pca_describe,
};
