/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The legend: what colours and shapes of the map stand for, and how many there are of
 * each. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-classes.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_LEGEND (umk_app_legend_get_type())
G_DECLARE_FINAL_TYPE(UmkAppLegend, umk_app_legend, UMK_APP, LEGEND, GtkWidget)

void umk_app_legend_set_classes(UmkAppLegend *self, const UmkAppClasses *classes);

G_END_DECLS
