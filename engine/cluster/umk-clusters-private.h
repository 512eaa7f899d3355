/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The result of clustering while it is made; afterwards nobody changes it. */
#pragma once

#include <umekomi/umk-cluster.h>

#include "core/umk-run-private.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

struct _UmkClusters {
    gatomicrefcount refs;
    const char *method;
    UmkParams *params;
    guint64 seed;
    JsonNode *facts;
    gsize n_rows;
    gint32 *labels;       /* (n_rows) */
    float *probabilities; /* (n_rows) */
    guint n_clusters;
    gsize n_noise;
    guint64 *sizes;     /* (n_clusters) */
    guint64 *medoids;   /* (n_clusters) */
    UmkMatrix *centers; /* (n_clusters, d) */
    double *squared;    /* (n_rows) distance to the center of what was clustered */
};

UmkClusters *_umk_clusters_new(const char *method, UmkParams *params, guint64 seed);
/* Labels of noise and probabilities of 1. */
gboolean _umk_clusters_alloc(UmkClusters *self, gsize n_rows, GError **error);
/* Renumbers the labels, counts, and finds centres (means of vectors) and medoids (the
 * member nearest to the mean of its cluster's rows of used). */
gboolean _umk_clusters_finish(
    UmkClusters *self, UmkMatrix *vectors, UmkMatrix *used, UmkRun *run, GError **error);

G_END_DECLS
