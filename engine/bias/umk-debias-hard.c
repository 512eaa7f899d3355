/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hard debiasing (Bolukbasi et al., "Man is to computer programmer as woman is to
 * homemaker? Debiasing word embeddings", 2016, section 6): every row of length 1 loses
 * its part along the direction and is brought to length 1 again; the words that define
 * the direction keep theirs; pairs are equalised. It is not one linear map: the rows are
 * divided by their lengths, and equalised items are stored one by one. */
#include "bias/umk-equalize-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

static const UmkBiasRole roles[] = {
    {"x", N_("First members of the defining pairs, or the first group"), TRUE},
    {"y", N_("Second members, or the second group"), TRUE},
    UMK_EQUALIZE_ROLES,
};

static const UmkParamSpec specs[] = {
    UMK_DIRECTION_PARAM_WAY,
    UMK_DIRECTION_PARAM_PAIR,
    UMK_EQUALIZE_PARAM,
};

static const UmkBiasWord words[] = {
    {"not-equalized", N_("the groups are of unequal sizes, so no pairs were equalised")},
    {"explained-variance",
     N_("share of the variance of the pairs that lies along the direction")},
    {"n-equalized", N_("equalised items")},
    {"n-exempt", N_("items that kept their vectors")},
    {"weak-direction", N_("less than half of what tells the pairs apart lies along the "
                          "direction, so it stands for them badly")},
};

static gboolean
hard_fit(const UmkBiasInput *input,
         UmkParams *params,
         guint64 seed,
         UmkDebias *result,
         UmkRun *run,
         GError **error)
{
    const UmkBiasSet *x = _umk_bias_input_get_set(input, "x");
    const UmkBiasSet *y = _umk_bias_input_get_set(input, "y");
    gsize d = result->n_dims;
    g_auto(UmkDirection) direction = {0};

    if (!_umk_direction_find_for_input(&direction, input, params, error) ||
        !_umk_direction_require(&direction, x, y, error) || !umk_run_check(run, error))
        return FALSE;
    result->flags = UMK_DEBIAS_UNIT_FIRST | UMK_DEBIAS_UNIT_AFTER;
    _umk_debias_take_low_rank(result, 1, g_memdup2(direction.vector, d * sizeof(double)),
                              g_memdup2(direction.vector, d * sizeof(double)));
    if (!_umk_equalize_pairs(result, input, params, direction.vector, NULL, NULL, error))
        return FALSE;
    _umk_debias_exempt_set(result, x);
    _umk_debias_exempt_set(result, y);
    _umk_debias_exempt_set(result, _umk_bias_input_get_set(input, "keep"));
    if (direction.n_ratios > 0)
        _umk_debias_add_fact(result, "explained-variance", direction.ratios[0]);
    if (_umk_direction_is_weak(&direction))
        _umk_debias_add_note(result, "weak-direction");
    _umk_debias_add_fact(result, "n-equalized", (double) result->row_names->len);
    _umk_debias_add_fact(result, "n-exempt", (double) result->exempt->len);
    return TRUE;
}

const UmkDebiasOps _umk_debias_hard = {
    .id = "hard",
    .title = N_("Hard debiasing"),
    .help = N_("Takes the direction out of every vector but those of the defining items, "
               "makes pairs equal, and brings vectors to length 1"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .fit = hard_fit,
};
