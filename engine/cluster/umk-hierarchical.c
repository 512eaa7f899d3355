/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hierarchical clustering: the tree of umk-hierarchical-tree.c, cut into so many clusters
 * or at a distance. */
#include "cluster/umk-hierarchical-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

static const char *const linkages[] = {"ward", "average", "complete", "single", NULL};

static const UmkParamSpec specs[] = {
    {.name = "clusters",
     .type = UMK_PARAM_INT,
     .title = N_("Clusters"),
     .help = N_("How many clusters"),
     .min = 1,
     .max = 65536,
     .def = 8},
    UMK_CLUSTER_PARAM_METRIC,
    {.name = "linkage",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Linkage"),
     .help = N_("How far two clusters are from each other"),
     .choices = linkages},
    {.name = "distance",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Distance of the cut"),
     .help = N_("Join clusters up to this distance, however many remain; 0: until there "
                "are as many as wanted"),
     .min = 0,
     .max = 1e30,
     .def = 0},
};

static UmkLinkage
get_linkage(UmkParams *params)
{
    const char *name = umk_params_get_string(params, "linkage");

    for (guint i = 0; linkages[i] != NULL; i++)
        if (strcmp(linkages[i], name) == 0)
            return (UmkLinkage) i;
    return UMK_LINKAGE_WARD;
}

/* The first n_used merges are made; what hangs together has one label. */
static void
label_rows(const UmkMerge *merges, gsize n, gsize n_used, gint32 *labels)
{
    g_autofree gint32 *of_node = g_new(gint32, 2 * n);
    gint32 next = 0;

    for (gsize i = 0; i < 2 * n; i++)
        of_node[i] = -1;
    for (gsize i = n_used; i-- > 0;) {
        if (of_node[n + i] < 0)
            of_node[n + i] = next++;
        of_node[merges[i].a] = of_node[merges[i].b] = of_node[n + i];
    }
    for (gsize i = 0; i < n; i++)
        labels[i] = of_node[i] >= 0 ? of_node[i] : next++;
}

static gboolean
hierarchical_fit(const UmkClusterInput *input,
                 gint32 *labels,
                 float *probabilities,
                 JsonBuilder *facts,
                 UmkRun *run,
                 GError **error)
{
    gsize n = input->n, k = (gsize) umk_params_get_int(input->params, "clusters");
    double cut = umk_params_get_double(input->params, "distance");
    g_autofree UmkMerge *merges = NULL;
    gsize n_used;

    if (cut <= 0 && k > n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("%zu clusters cannot be made of %zu items"), k, n);
        return FALSE;
    }
    merges = _umk_hierarchical_merges(input, get_linkage(input->params), run, error);
    if (merges == NULL)
        return FALSE;
    n_used = cut > 0 ? 0 : n - k;
    while (cut > 0 && n_used + 1 < n && merges[n_used].height <= cut)
        n_used++;
    label_rows(merges, n, n_used, labels);
    if (n_used > 0)
        _umk_cluster_add_fact(facts, "last_joined_at", merges[n_used - 1].height);
    if (n_used + 1 < n)
        _umk_cluster_add_fact(facts, "next_joined_at", merges[n_used].height);
    return TRUE;
}

const UmkClusterOps _umk_cluster_hierarchical = {
    .id = "hierarchical",
    .title = N_("Hierarchical"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .fit = hierarchical_fit,
};
