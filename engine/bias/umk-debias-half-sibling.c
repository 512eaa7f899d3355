/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Half-sibling regression (Yang and Feng 2020): what the words of the concept explain of
 * another word, by ridge regression over the coordinates, is taken out of it:
 * N - D (D'D + aI)^-1 D'N, one linear map. The words of the concept keep their vectors.
 * As published, vectors are not brought to length 1. */
#include "bias/umk-equalize-private.h"
#include "bias/umk-erasure-private.h"

#include <glib/gi18n-lib.h>

static const UmkBiasRole roles[] = {
    UMK_GROUP_ROLES,
    {"keep", N_("Items that keep their vectors"), FALSE},
};

static const UmkParamSpec specs[] = {
    {.name = "ridge",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Ridge"),
     .help = N_("The larger, the less is taken out"),
     .min = 1e-6,
     .max = 1e9,
     .def = 60},
    UMK_GROUP_PARAM_UNIT,
};

static gboolean
half_sibling_fit(const UmkBiasInput *input,
                 UmkParams *params,
                 guint64 seed,
                 UmkDebias *result,
                 UmkRun *run,
                 GError **error)
{
    gboolean unit = umk_params_get_bool(params, "unit");
    g_auto(UmkGroups) groups = {0};
    g_auto(UmkErasure) erasure = {0};

    _umk_groups_take(&groups, input, unit);
    if (!umk_run_check(run, error) ||
        !_umk_half_sibling(&erasure, groups.rows, groups.n, groups.d,
                           umk_params_get_double(params, "ridge"), error))
        return FALSE;
    if (unit)
        result->flags = UMK_DEBIAS_UNIT_FIRST;
    for (gsize g = 0; g < UMK_MAX_GROUPS; g++)
        _umk_debias_exempt_set(result,
                               _umk_bias_input_get_set(input, _umk_group_roles[g]));
    _umk_debias_exempt_set(result, _umk_bias_input_get_set(input, "keep"));
    _umk_debias_add_fact(result, "n-exempt", (double) result->exempt->len);
    _umk_erasure_give(&erasure, result);
    return TRUE;
}

const UmkDebiasOps _umk_debias_half_sibling = {
    .id = "half-sibling",
    .title = N_("Half-sibling regression"),
    .help = N_("Takes out of every other vector what those of the groups explain of it"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .fit = half_sibling_fit,
};
