/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a way of clustering implements. To add one: a file with a constant UmkClusterOps,
 * a line in meson.build, a line in the table of umk-cluster.c. */
#pragma once

#include <umekomi/umk-cluster.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-run-private.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Under UMK_METRIC_COSINE rows are of length 1, or zero where they were zero. */
typedef struct {
    UmkMatrix *matrix;
    const float *rows; /* (n, d), finite */
    gsize n;           /* at least 1 */
    gsize d;
    UmkMetric metric; /* cosine (1 - cos) or Euclidean */
    guint64 seed;
    UmkParams *params;
} UmkClusterInput;

typedef struct {
    const char *id;    /* lower case, words joined by '-' */
    const char *title; /* for people, translatable */
    const UmkParamSpec *params;
    gsize n_params;
    /* Fills labels (n), numbers from 0 in any order or -1 for noise, and may lower
     * probabilities (n), which are 1. Adds members to the open object of facts. */
    gboolean (*fit)(const UmkClusterInput *input,
                    gint32 *labels,
                    float *probabilities,
                    JsonBuilder *facts,
                    UmkRun *run,
                    GError **error);
} UmkClusterOps;

extern const UmkClusterOps _umk_cluster_hdbscan, _umk_cluster_hierarchical,
    _umk_cluster_kmeans;

/* The row of every table of options that says what distance is. */
extern const char *const _umk_cluster_metrics[];
#define UMK_CLUSTER_PARAM_METRIC                                                         \
    {                                                                                    \
        .name = "metric", .type = UMK_PARAM_CHOICE, .title = N_("Distance"),             \
        .help = N_("Distance between vectors"), .choices = _umk_cluster_metrics          \
    }

void _umk_cluster_add_fact(JsonBuilder *facts, const char *name, double value);

G_END_DECLS
