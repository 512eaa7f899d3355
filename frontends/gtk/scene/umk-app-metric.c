/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row for each metric of the engine, in its order. */
#include "umk-app-metric.h"

#include "umk-app-titles.h"

#include <glib/gi18n.h>

static const struct {
    const char *title, *help;
} metrics[UMK_APP_N_METRICS] = {
    [UMK_METRIC_COSINE] = {N_("Cosine"), N_("Cosine of the angle; larger is nearer")},
    [UMK_METRIC_DOT] = {N_("Inner product"), N_("Inner product; larger is nearer")},
    [UMK_METRIC_EUCLIDEAN] = {N_("Euclidean distance"),
                              N_("Euclidean distance; smaller is nearer")},
};

const char *
umk_app_metric_get_title(UmkMetric metric)
{
    return _(metrics[MIN((guint) metric, UMK_APP_N_METRICS - 1)].title);
}

const char *
umk_app_metric_get_help(UmkMetric metric)
{
    return _(metrics[MIN((guint) metric, UMK_APP_N_METRICS - 1)].help);
}

char *
umk_app_metric_dup_text(UmkMetric metric, float score)
{
    double number = metric == UMK_METRIC_EUCLIDEAN ? -(double) score : (double) score;

    return umk_app_text_set_minus(g_strdup_printf("%.3f", number));
}
