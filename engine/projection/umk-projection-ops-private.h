/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a projection implements. To add one: a file with a constant UmkProjectionOps, a
 * line in meson.build, a line in the table of umk-projection.c. */
#pragma once

#include <umekomi/umk-matrix.h>
#include <umekomi/umk-projection.h>

#include "core/umk-run-private.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What may be done to a layout to lay it over another. */
typedef enum {
    UMK_PROJECTION_ALIGN_NOT,   /* its axes mean something */
    UMK_PROJECTION_ALIGN_SIGNS, /* its axes are ranked, their direction is chance */
    UMK_PROJECTION_ALIGN_TURN   /* only distances mean something */
} UmkProjectionAlign;

typedef struct {
    const char *id;    /* lower case, words joined by '-' */
    const char *title; /* for people, translatable */
    const UmkParamSpec *params;
    gsize n_params;
    UmkProjectionAlign align;
    gboolean by_distance; /* takes distances in float: too large numbers are refused */
    gboolean takes_start; /* fit_live goes on from a layout that is handed in */
    /* vectors are finite; params fit the table. Returns the fitted state and in *coords
     * the rows' places, (n_rows, n_components). One of the two: fit_live is for methods
     * that go in epochs and hand out layouts; fitting may be NULL. */
    gpointer (*fit)(UmkMatrix *vectors,
                    UmkParams *params,
                    UmkMatrix **coords,
                    UmkRun *run,
                    GError **error);
    gpointer (*fit_live)(UmkMatrix *vectors,
                         UmkParams *params,
                         UmkFitting *fitting,
                         UmkMatrix **coords,
                         UmkRun *run,
                         GError **error);
    /* Optional. The fitted state of a finished layout, as far as new rows need it, for a
     * method whose layout takes much longer than that. coords: (n_rows, n_components),
     * n_rows > 1. */
    gpointer (*restore)(UmkMatrix *vectors,
                        UmkParams *params,
                        UmkMatrix *coords,
                        UmkRun *run,
                        GError **error);
    void (*free)(gpointer fitted);
    /* Optional. New rows, finite and of the dimension of the fit. */
    UmkMatrix *(*transform)(gconstpointer fitted, UmkMatrix *vectors, GError **error);
    /* Optional. Share of the variance each component explains, owned by fitted. */
    const double *(*get_explained)(gconstpointer fitted, gsize *n_components);
    /* Optional. Adds members to the open object. */
    void (*describe)(gconstpointer fitted, JsonBuilder *builder);
} UmkProjectionOps;

/* The last line of the table of a method that draws at random; the largest whole number
 * that a double holds exactly is the largest seed. */
#define UMK_PROJECTION_SEED                                                              \
    {                                                                                    \
        .name = "seed", .type = UMK_PARAM_INT, .title = N_("Seed"),                      \
        .help = N_("Of everything random; the same seed gives the same map"),            \
        .max = 9007199254740991.0, .def = 42, .plain = TRUE                              \
    }

extern const UmkProjectionOps _umk_projection_pca;
extern const UmkProjectionOps _umk_projection_tsne;
extern const UmkProjectionOps _umk_projection_pacmap;
extern const UmkProjectionOps _umk_projection_mds;
extern const UmkProjectionOps _umk_projection_random;
extern const UmkProjectionOps _umk_projection_axes;
extern const UmkProjectionOps _umk_projection_columns;
extern const UmkProjectionOps _umk_projection_umap;

G_END_DECLS
