/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of the enumerations, the error domain and the version. */
#include <umekomi/umk-types.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-version.h>

#include "umk-config.h"

G_DEFINE_QUARK(umk - error - quark, umk_error)

static const char *const modality_names[] = {"text", "image", "audio", "graph"};
static const char *const metric_names[] = {"cosine", "dot", "euclidean"};

/**
 * umk_get_version:
 *
 * Returns: version of the library in use, for example "0.1.0"
 */
const char *
umk_get_version(void)
{
    return UMK_VERSION_STRING;
}

/**
 * umk_modality_get_name:
 * @modality: a modality
 *
 * Returns: its name as files and flags write it, for example "image"
 */
const char *
umk_modality_get_name(UmkModality modality)
{
    g_return_val_if_fail((guint) modality < G_N_ELEMENTS(modality_names), NULL);
    return modality_names[modality];
}

static gboolean
find_name(const char *const *names, guint n_names, const char *name, guint *found)
{
    for (guint i = 0; i < n_names; i++) {
        if (g_str_equal(names[i], name)) {
            *found = i;
            return TRUE;
        }
    }
    return FALSE;
}

/**
 * umk_modality_from_name:
 * @name: a name as umk_modality_get_name() gives it
 * @modality: (out): where to put it
 *
 * Returns: %FALSE if there is no such modality
 */
gboolean
umk_modality_from_name(const char *name, UmkModality *modality)
{
    guint found;

    g_return_val_if_fail(name != NULL && modality != NULL, FALSE);
    if (!find_name(modality_names, G_N_ELEMENTS(modality_names), name, &found))
        return FALSE;
    *modality = (UmkModality) found;
    return TRUE;
}

/**
 * umk_metric_get_name:
 * @metric: a metric
 *
 * Returns: its name as files and flags write it, for example "cosine"
 */
const char *
umk_metric_get_name(UmkMetric metric)
{
    g_return_val_if_fail((guint) metric < G_N_ELEMENTS(metric_names), NULL);
    return metric_names[metric];
}

/**
 * umk_metric_from_name:
 * @name: a name as umk_metric_get_name() gives it
 * @metric: (out): where to put it
 *
 * Returns: %FALSE if there is no such metric
 */
gboolean
umk_metric_from_name(const char *name, UmkMetric *metric)
{
    guint found;

    g_return_val_if_fail(name != NULL && metric != NULL, FALSE);
    if (!find_name(metric_names, G_N_ELEMENTS(metric_names), name, &found))
        return FALSE;
    *metric = (UmkMetric) found;
    return TRUE;
}
