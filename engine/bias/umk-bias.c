/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public face of all measures: the table, and the checks that every measure can then
 * rely on. */
#include <umekomi/umk-bias.h>

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "bias/umk-bias-ops-private.h"
#include "bias/umk-debias-private.h"
#include "bias/umk-draws-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

static const UmkBiasMeasureOps *const measures[] = {
    &_umk_bias_weat,     &_umk_bias_sc_weat,      &_umk_bias_wefat,
    &_umk_bias_rnd,      &_umk_bias_rnsb,         &_umk_bias_mac,
    &_umk_bias_ect,      &_umk_bias_ripa,         &_umk_bias_groups,
    &_umk_bias_ranking,  &_umk_bias_verification, &_umk_bias_direction,
    &_umk_bias_indirect, &_umk_bias_cluster,      &_umk_bias_neighbour,
    &_umk_bias_probe,
};

static const UmkBiasMeasureOps *
find_measure(const char *measure)
{
    for (gsize i = 0; i < G_N_ELEMENTS(measures); i++)
        if (strcmp(measures[i]->id, measure) == 0)
            return measures[i];
    return NULL;
}

/**
 * umk_bias_list_measures:
 *
 * Returns: (transfer full) (array zero-terminated=1): names for umk_bias_measure()
 */
char **
umk_bias_list_measures(void)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (gsize i = 0; i < G_N_ELEMENTS(measures); i++)
        g_strv_builder_add(builder, measures[i]->id);
    return g_strv_builder_end(builder);
}

/**
 * umk_bias_get_title:
 * @measure: a name from umk_bias_list_measures()
 *
 * Returns: (nullable) (transfer none): the measure's name for people, translated
 */
const char *
umk_bias_get_title(const char *measure)
{
    const UmkBiasMeasureOps *ops;

    g_return_val_if_fail(measure != NULL, NULL);
    ops = find_measure(measure);
    return ops != NULL ? _(ops->title) : NULL;
}

/**
 * umk_bias_get_help:
 * @measure: a name from umk_bias_list_measures()
 *
 * Returns: (nullable) (transfer none): what the measure says, in one sentence, translated
 */
const char *
umk_bias_get_help(const char *measure)
{
    const UmkBiasMeasureOps *ops;

    g_return_val_if_fail(measure != NULL, NULL);
    ops = find_measure(measure);
    return ops != NULL ? _(ops->help) : NULL;
}

/**
 * umk_bias_list_roles:
 * @measure: a name from umk_bias_list_measures()
 * @required_only: leave out the sets that a measure can do without
 *
 * Returns: (nullable) (transfer full) (array zero-terminated=1): the roles of the sets
 * that the measure looks at; %NULL if it does not exist
 */
char **
umk_bias_list_roles(const char *measure, gboolean required_only)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    const UmkBiasMeasureOps *ops;

    g_return_val_if_fail(measure != NULL, NULL);
    ops = find_measure(measure);
    if (ops == NULL)
        return NULL;
    for (gsize i = 0; i < ops->n_roles; i++)
        if (ops->roles[i].required || !required_only)
            g_strv_builder_add(builder, ops->roles[i].role);
    return g_strv_builder_end(builder);
}

/**
 * umk_bias_get_params:
 * @measure: a name from umk_bias_list_measures()
 * @n_specs: (out): how many options
 *
 * Returns: (nullable) (array length=n_specs) (transfer none): the measure's options;
 * %NULL if it has none or does not exist
 */
const UmkParamSpec *
umk_bias_get_params(const char *measure, gsize *n_specs)
{
    const UmkBiasMeasureOps *ops;

    g_return_val_if_fail(measure != NULL, NULL);
    g_return_val_if_fail(n_specs != NULL, NULL);
    ops = find_measure(measure);
    *n_specs = ops != NULL ? ops->n_params : 0;
    return ops != NULL ? ops->params : NULL;
}

/* What more than one measure says. */
static const UmkBiasWord common_words[] = {
    {"neutral-by-chance", N_("figures that chance alone moves away from equal are "
                             "compared with what chance gives on average")},
    {"empty-set", N_("a set is empty")},
    {"no-spread", N_("all items associate alike, so there is no spread to measure by")},
    {"zero-vector", N_("a vector is zero and has no direction")},
    {"random-targets", N_("random items in place of the targets")},
    {"random-pairs", N_("random pairs in place of the pairs")},
    {"random-neutral", N_("random items in place of the neutral ones")},
    {"random-items", N_("random items in place of those looked at")},
    {"sides-dealt", N_("the sides dealt anew to the items")},
    {"leanings-dealt", N_("the items’ leanings dealt anew to them")},
    {"rows-dealt", N_("the rows dealt anew to the groups")},
    {"groups-dealt", N_("the groups dealt anew to the rows")},
    {"identities-dealt", N_("the identities dealt anew to the groups")},
    {"t-test", N_("the t-test")},
    {"permutations", N_("dealing anew")},
    {"signs", N_("random signs")},
    {"controls", N_("random sets")},
    {"beyond-bound", N_("the figure cannot be that large; sets of this size show nothing "
                        "with this power")},
    {"no-deviation", N_("there are no replicates to know the spread of the figure from")},
    {"not-asked-for", N_("it was not asked for")},
    {"no-background", N_("nothing is there to draw random sets from")},
    {"too-few-background-rows", N_("the source has too few rows outside the sets to draw "
                                   "random sets from")},
    {"too-few-partitions", N_("these sets can be split in so few ways that no p can be "
                              "as small as the level")},
};

const UmkBiasWord *
_umk_bias_get_words(const char *measure, gsize *n_words)
{
    const UmkBiasMeasureOps *ops = measure != NULL ? find_measure(measure) : NULL;

    *n_words = G_N_ELEMENTS(common_words);
    if (measure != NULL)
        *n_words = ops != NULL ? ops->n_words : 0;
    return ops != NULL ? ops->words : common_words;
}

static const char *
look_up(const UmkBiasWord *words, gsize n, const char *code)
{
    for (gsize i = 0; i < n; i++)
        if (strcmp(words[i].code, code) == 0)
            return _(words[i].words);
    return NULL;
}

/**
 * umk_bias_describe:
 * @code: the id of a figure, a reason or a note, as it stands in a result
 *
 * Returns: (transfer none): what it means, translated; @code itself where nothing is
 * known
 */
const char *
umk_bias_describe(const char *code)
{
    const char *found;

    g_return_val_if_fail(code != NULL, NULL);
    found = look_up(common_words, G_N_ELEMENTS(common_words), code);
    for (gsize i = 0; found == NULL && i < G_N_ELEMENTS(measures); i++)
        found = look_up(measures[i]->words, measures[i]->n_words, code);
    if (found == NULL)
        found = _umk_debias_look_up(code);
    return found != NULL ? found : code;
}

static gboolean
check_roles(const UmkBiasMeasureOps *ops, UmkBiasInput *input, GError **error)
{
    for (gsize i = 0; i < ops->n_roles; i++)
        if (ops->roles[i].required &&
            _umk_bias_input_get_set(input, ops->roles[i].role) == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("%s needs a set in the role “%s” (%s)"), ops->id,
                        ops->roles[i].role, _(ops->roles[i].title));
            return FALSE;
        }
    return TRUE;
}

/**
 * umk_bias_measure:
 * @measure: a name from umk_bias_list_measures()
 * @input: the sets that the measure asks for
 * @params: (nullable): options of the measure, or %NULL for its defaults
 * @seed: of what is random
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Measures, in double precision. What is not defined (a set of one, no spread) is no
 * error: the figure is null in the result and says why. The same input, options and seed
 * give the same bytes on any number of threads.
 *
 * Returns: (transfer full): the result as a JSON object: figures with intervals, tests,
 *   items, controls, notes; its members are described in the chapter on audits
 */
char *
umk_bias_measure(const char *measure,
                 UmkBiasInput *input,
                 UmkParams *params,
                 guint64 seed,
                 GCancellable *cancellable,
                 UmkProgressFunc progress,
                 gpointer progress_data,
                 GError **error)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    g_autoptr(UmkParams) used = NULL;
    g_auto(UmkRun) run = {0};
    const UmkBiasMeasureOps *ops;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(measure != NULL, NULL);
    g_return_val_if_fail(input != NULL, NULL);
    ops = find_measure(measure);
    if (ops == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("There is no measure “%s”"),
                    measure);
        return NULL;
    }
    if (!check_roles(ops, input, error))
        return NULL;
    used = params != NULL ? umk_params_ref(params)
                          : umk_params_new(ops->params, ops->n_params);
    json_builder_begin_object(builder);
    if (!ops->measure(input, used, seed, builder, &run, error))
        return NULL;
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}
