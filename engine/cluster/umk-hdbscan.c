/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HDBSCAN (Campello, Moulavi and Sander, "Density-based clustering based on hierarchical
 * density estimates", 2013): options and order of the parts. */
#include "cluster/umk-hdbscan-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

static const char *const selections[] = {"eom", "leaf", NULL};

static const UmkParamSpec specs[] = {
    {.name = "min-cluster-size",
     .type = UMK_PARAM_INT,
     .title = N_("Smallest cluster"),
     .help = N_("Fewer items than this are no cluster"),
     .min = 2,
     .max = 1e6,
     .def = 5},
    {.name = "min-samples",
     .type = UMK_PARAM_INT,
     .title = N_("Minimum samples"),
     .help = N_("Neighbors that make a place dense; more call more items noise; 0: as "
                "the smallest cluster"),
     .min = 0,
     .max = 1000,
     .def = 0},
    UMK_CLUSTER_PARAM_METRIC,
    {.name = "selection",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Selection method"),
     .help = N_("The most stable clusters (eom), or the smallest ones (leaf)"),
     .choices = selections},
};

static gboolean
hdbscan_fit(const UmkClusterInput *input,
            gint32 *labels,
            float *probabilities,
            JsonBuilder *facts,
            UmkRun *run,
            GError **error)
{
    guint min_size = (guint) umk_params_get_int(input->params, "min-cluster-size");
    guint min_samples = (guint) umk_params_get_int(input->params, "min-samples");
    UmkHdbscanChoice choice = {
        .min_cluster_size = min_size,
        .leaves = strcmp(umk_params_get_string(input->params, "selection"), "leaf") == 0,
    };
    g_autofree UmkMerge *merges = NULL;

    merges =
        _umk_hdbscan_merges(input, min_samples > 0 ? min_samples : min_size, run, error);
    if (merges == NULL)
        return FALSE;
    json_builder_set_member_name(facts, "exact");
    json_builder_add_boolean_value(facts, input->n <= UMK_HDBSCAN_EXACT_LIMIT);
    if (input->n > 1)
        _umk_hdbscan_choose(merges, input->n, &choice, labels, probabilities);
    return TRUE;
}

const UmkClusterOps _umk_cluster_hdbscan = {
    .id = "hdbscan",
    .title = N_("HDBSCAN"),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .fit = hdbscan_fit,
};
