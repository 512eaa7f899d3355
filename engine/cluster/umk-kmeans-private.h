/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of k-means: the start, Lloyd's iterations, mini-batches. Centres are kept
 * minus the mean of all rows, since products of rows far from the origin lose digits. */
#pragma once

#include "core/umk-rng-private.h"
#include "core/umk-run-private.h"

G_BEGIN_DECLS

#define UMK_KMEANS_CHUNK 1024 /* rows of one task */

typedef struct {
    const float *rows; /* (n, d), finite */
    gsize n;
    gsize d;
    gsize k;
    float *mean;      /* (d) */
    double variance;  /* mean over the columns; the unit of the tolerance */
    gboolean try_all; /* no bounds: for tests, which compare the two */
    guint max_iterations;
    double tolerance;
    UmkRun *run;
} UmkKmeans;

typedef struct {
    gsize k;         /* centres that could be had: at most the number of distinct rows */
    float *centers;  /* (k, d), minus the mean */
    guint32 *labels; /* (n) */
    double inertia;  /* sum of squared distances to the centres */
    guint n_iterations;
    gboolean converged;
    guint64 n_products; /* of a row and a centre: what the bounds have left over */
} UmkKmeansFit;

gboolean _umk_kmeans_init(UmkKmeans *self,
                          const float *rows,
                          gsize n,
                          gsize d,
                          gsize k,
                          UmkRun *run,
                          GError **error);
void _umk_kmeans_clear(UmkKmeans *self);
/* Rows to choose the start from, ascending; NULL: so few that all of them are. */
guint32 *_umk_kmeans_draw(const UmkKmeans *self, UmkRng *rng, gsize *n_sample);
/* Greedy k-means++; fit->k and fit->centers. */
gboolean _umk_kmeans_choose(const UmkKmeans *self,
                            const guint32 *among, /* rows to choose from, or NULL */
                            gsize n_among,
                            UmkRng *rng,
                            UmkKmeansFit *fit,
                            GError **error);
/* From fit->centers on. */
gboolean _umk_kmeans_lloyd(const UmkKmeans *self, UmkKmeansFit *fit, GError **error);
gboolean _umk_kmeans_batches(
    const UmkKmeans *self, gsize batch, UmkRng *rng, UmkKmeansFit *fit, GError **error);
void _umk_kmeans_fit_clear(UmkKmeansFit *fit);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkKmeansFit, _umk_kmeans_fit_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkKmeans, _umk_kmeans_clear)

G_END_DECLS
