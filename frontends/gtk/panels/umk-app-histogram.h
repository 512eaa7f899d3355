/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small histogram: all items in the back, those that the other conditions leave in
 * front. A range is dragged, or set with the arrow keys. Signal "chosen" (first bin, last
 * bin; -1, -1: none). */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-field.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_HISTOGRAM (umk_app_histogram_get_type())
G_DECLARE_FINAL_TYPE(UmkAppHistogram, umk_app_histogram, UMK_APP, HISTOGRAM, GtkWidget)

GtkWidget *umk_app_histogram_new(UmkAppField *field);
/* counts: of the bins; copied. */
void umk_app_histogram_set_counts(UmkAppHistogram *self, const gsize *counts);
/* from > to: none. */
void umk_app_histogram_set_range(UmkAppHistogram *self, int from, int to);
/* As by hand. */
void umk_app_histogram_choose(UmkAppHistogram *self, int from, int to);

G_END_DECLS
