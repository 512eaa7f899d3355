/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signal features by name, from whichever plugin offers them. */
#include <umekomi/umk-features.h>
#include <umekomi/umk-error.h>

#include "core/umk-run-private.h"
#include "facade/umk-registry-private.h"

#include <glib/gi18n-lib.h>

static const UmkFeatureOps *
find(UmkRegistry *registry, const char *feature, GError **error)
{
    const UmkFeatureOps *ops = _umk_registry_get_feature(registry, feature);

    if (ops == NULL) {
        g_auto(GStrv) names = _umk_registry_list_features(registry);
        g_autofree char *all = g_strjoinv(", ", names);

        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no feature “%s”; there are: %s"), feature, all);
    }
    return ops;
}

/**
 * umk_features_list:
 * @registry: a registry
 *
 * Returns: (transfer full) (array zero-terminated=1): names of the features it offers
 */
char **
umk_features_list(UmkRegistry *registry)
{
    g_return_val_if_fail(registry != NULL, NULL);
    return _umk_registry_list_features(registry);
}

/**
 * umk_features_list_presets:
 * @registry: a registry
 * @feature: a name from umk_features_list()
 *
 * Returns: (transfer full) (array zero-terminated=1) (nullable): its named conventions,
 * the default first; %NULL if there is no such feature
 */
char **
umk_features_list_presets(UmkRegistry *registry, const char *feature)
{
    const UmkFeatureOps *ops;

    g_return_val_if_fail(registry != NULL && feature != NULL, NULL);
    ops = _umk_registry_get_feature(registry, feature);
    return ops ? g_strdupv((char **) ops->presets) : NULL;
}

/**
 * umk_features_get_params: (skip)
 * @registry: a registry
 * @feature: a name from umk_features_list()
 * @n_specs: (out): rows in the table
 *
 * Returns: (nullable): options that override the preset where they are set
 */
const UmkParamSpec *
umk_features_get_params(UmkRegistry *registry, const char *feature, gsize *n_specs)
{
    const UmkFeatureOps *ops;

    g_return_val_if_fail(registry != NULL && feature != NULL && n_specs != NULL, NULL);
    ops = _umk_registry_get_feature(registry, feature);
    *n_specs = ops ? ops->n_params : 0;
    return ops ? ops->params : NULL;
}

/**
 * umk_features_compute:
 * @registry: a registry
 * @feature: a name from umk_features_list()
 * @preset: (nullable): a named convention; %NULL for the first
 * @item: what to read
 * @params: (nullable): overrides, from umk_features_get_params()
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * Returns: (transfer full): (n_frames, n_coefficients)
 */
UmkMatrix *
umk_features_compute(UmkRegistry *registry,
                     const char *feature,
                     const char *preset,
                     UmkItem *item,
                     UmkParams *params,
                     GCancellable *cancellable,
                     GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(UmkParams) own = NULL;
    const UmkFeatureOps *ops;

    g_return_val_if_fail(registry != NULL && feature != NULL && item != NULL, NULL);
    _umk_run_init(&run, cancellable, NULL, NULL);
    ops = find(registry, feature, error);
    if (ops == NULL)
        return NULL;
    if (preset != NULL && !g_strv_contains(ops->presets, preset)) {
        g_autofree char *all = g_strjoinv(", ", (char **) ops->presets);

        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("There is no preset “%s” of %s; there are: %s"), preset, feature,
                    all);
        return NULL;
    }
    if (umk_item_get_modality(item) != ops->modality) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s reads items of modality %s, not %s"), feature,
                    umk_modality_get_name(ops->modality),
                    umk_modality_get_name(umk_item_get_modality(item)));
        return NULL;
    }
    if (params == NULL)
        params = own = umk_params_new(ops->params, ops->n_params);
    return ops->compute(item, preset ? preset : ops->presets[0], params, &run, error);
}
