/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multiclass hard debiasing (Manzini et al., "Black is to criminal as Caucasian is to
 * police", 2019): item i of x, y, z … is one defining set; the subspace is spanned by the
 * first components of the rows minus their set's mean; every row of length 1 loses its
 * part in it and is brought to length 1 again; sets are equalised to upsilon +
 * sqrt(1 - |upsilon|²) u(w_V - mu_V). As with the hard form it is not one linear map. */
#include "bias/umk-equalize-private.h"
#include "bias/umk-groups-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

static const UmkBiasRole roles[] = {
    {"x", N_("First members of the defining sets"), TRUE},
    {"y", N_("Second members"), TRUE},
    {"z", N_("Third members"), FALSE},
    {"w", N_("Fourth members"), FALSE},
    {"keep", N_("Items that keep their vectors"), FALSE},
};

static const UmkParamSpec specs[] = {
    {.name = "components",
     .type = UMK_PARAM_INT,
     .title = N_("Components"),
     .help = N_("Dimensions of the subspace that is taken out"),
     .min = 1,
     .max = 64,
     .def = 2},
    UMK_EQUALIZE_PARAM,
};

static const UmkBiasWord words[] = {
    {"fewer-components", N_("the sets differ in fewer dimensions than were to be taken "
                            "out")},
};

static gboolean
check_sizes(const UmkBiasInput *input, GError **error)
{
    const UmkBiasSet *x = _umk_bias_input_get_set(input, "x");

    for (gsize g = 1; g < UMK_MAX_GROUPS; g++) {
        const UmkBiasSet *set = _umk_bias_input_get_set(input, _umk_group_roles[g]);

        if (set == NULL || set->n == x->n)
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("Defining sets take one item of each group: “%s” has %zu items, "
                      "“%s” has %zu"),
                    x->title, x->n, set->title, set->n);
        return FALSE;
    }
    return TRUE;
}

static gboolean
equalize(UmkDebias *result,
         const UmkBiasInput *input,
         const double *subspace,
         gsize k,
         GError **error)
{
    const char *used[UMK_MAX_GROUPS];
    gsize n_used = 0;

    for (gsize g = 0; g < UMK_MAX_GROUPS; g++)
        if (_umk_bias_input_get_set(input, _umk_group_roles[g]) != NULL)
            used[n_used++] = _umk_group_roles[g];
    return _umk_equalize_input(result, input, used, n_used, subspace, k, NULL, NULL,
                               error);
}

static gboolean
multiclass_fit(const UmkBiasInput *input,
               UmkParams *params,
               guint64 seed,
               UmkDebias *result,
               UmkRun *run,
               GError **error)
{
    gsize wanted = (gsize) umk_params_get_int(params, "components"), k = wanted;
    gsize d = result->n_dims;
    g_auto(UmkGroups) groups = {0};
    g_autofree double *subspace = NULL;
    double explained;

    if (!check_sizes(input, error) || !umk_run_check(run, error))
        return FALSE;
    _umk_groups_take(&groups, input, TRUE);
    if (!_umk_find_subspace(groups.rows, groups.n / groups.n_groups, groups.n_groups, d,
                            &k, &subspace, &explained, error))
        return FALSE;
    if (k == 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("The members of the sets do not differ, so there is nothing to take "
              "out"));
        return FALSE;
    }
    result->flags = UMK_DEBIAS_UNIT_FIRST | UMK_DEBIAS_UNIT_AFTER;
    _umk_debias_take_low_rank(result, k, g_memdup2(subspace, k * d * sizeof(double)),
                              g_memdup2(subspace, k * d * sizeof(double)));
    if (umk_params_get_bool(params, "equalize") &&
        !equalize(result, input, subspace, k, error))
        return FALSE;
    for (gsize g = 0; g < UMK_MAX_GROUPS; g++)
        _umk_debias_exempt_set(result,
                               _umk_bias_input_get_set(input, _umk_group_roles[g]));
    _umk_debias_exempt_set(result, _umk_bias_input_get_set(input, "keep"));
    if (k < wanted)
        _umk_debias_add_note(result, "fewer-components");
    _umk_debias_add_fact(result, "explained-variance", explained);
    _umk_debias_add_fact(result, "rank-removed", (double) k);
    _umk_debias_add_fact(result, "n-equalized", (double) result->row_names->len);
    _umk_debias_add_fact(result, "n-exempt", (double) result->exempt->len);
    return TRUE;
}

const UmkDebiasOps _umk_debias_multiclass = {
    .id = "multiclass",
    .title = N_("Multiclass hard debiasing"),
    .help = N_("Takes out the subspace in which the members of defining sets of three or "
               "more groups differ, makes sets equal, and brings vectors to length 1"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .fit = multiclass_fit,
};
