/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LEACE (Belrose et al. 2023): one affine map after which no linear classifier tells the
 * groups apart better than chance, in least squares, on the rows that were given. The
 * choice of covariance is ours: with few rows in many dimensions the groups' own has no
 * variance in most directions, and the map would stretch the few it has; that of the
 * surrounding rows keeps the change small for the whole source. Vectors are not brought
 * to length 1 unless asked to; doing so afterwards loses the guarantee. */
#include "bias/umk-erasure-private.h"

#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

static const char *const covariances[] = {"auto", "groups", "background", NULL};

static const UmkBiasRole roles[] = {UMK_GROUP_ROLES};

static const UmkParamSpec specs[] = {
    {.name = "covariance",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Covariance"),
     .help = N_("Whose spread says what a small change is; auto takes the surrounding "
                "vectors where there are more of them than dimensions"),
     .choices = covariances},
    UMK_GROUP_PARAM_UNIT,
};

static const UmkBiasWord words[] = {
    {"rank-removed", N_("dimensions taken out")},
    {"covariance-rows", N_("vectors whose spread was used")},
    {"covariance-rank", N_("directions in which those vectors vary")},
    {"few-rows",
     N_("there are fewer vectors than dimensions, so the map fits these groups "
        "and may change other vectors much")},
    {"no-difference", N_("the groups do not differ, so nothing was taken out")},
};

static gboolean
use_background(const UmkBiasInput *input, UmkParams *params, gsize d)
{
    const char *choice = umk_params_get_string(params, "covariance");

    if (input->background == NULL || g_strcmp0(choice, "groups") == 0)
        return FALSE;
    return g_strcmp0(choice, "background") == 0 ||
           umk_matrix_get_n_rows(input->background) > d;
}

static gboolean
leace_fit(const UmkBiasInput *input,
          UmkParams *params,
          guint64 seed,
          UmkDebias *result,
          UmkRun *run,
          GError **error)
{
    gboolean unit = umk_params_get_bool(params, "unit");
    UmkMatrix *background =
        use_background(input, params, result->n_dims) ? input->background : NULL;
    g_auto(UmkGroups) groups = {0};
    g_auto(UmkErasure) erasure = {0};
    gsize n_rows;

    _umk_groups_take(&groups, input, unit);
    n_rows = groups.n + (background != NULL ? umk_matrix_get_n_rows(background) : 0);
    if (!_umk_leace(&erasure, &groups, background, unit, run, error))
        return FALSE;
    if (unit)
        result->flags = UMK_DEBIAS_UNIT_FIRST;
    _umk_debias_add_fact(result, "rank-removed", (double) erasure.rank);
    _umk_debias_add_fact(result, "covariance-rows", (double) n_rows);
    _umk_debias_add_fact(result, "covariance-rank", (double) erasure.covariance_rank);
    if (erasure.rank == 0)
        _umk_debias_add_note(result, "no-difference");
    if (n_rows <= groups.d)
        _umk_debias_add_note(result, "few-rows");
    _umk_erasure_give(&erasure, result);
    return TRUE;
}

const UmkDebiasOps _umk_debias_leace = {
    .id = "leace",
    .title = N_("LEACE"),
    .help = N_("The least change after which no linear function tells the groups apart"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .fit = leace_fit,
};
