/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One field as a chart that filters: a histogram of numbers, bars of categories or words.
 * It owns the filter's condition "field:NAME". */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-field.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_FACET (umk_app_facet_get_type())
G_DECLARE_FINAL_TYPE(UmkAppFacet, umk_app_facet, UMK_APP, FACET, GtkWidget)

GtkWidget *umk_app_facet_new(UmkAppScene *scene, UmkAppField *field);
UmkAppField *umk_app_facet_get_field(UmkAppFacet *self);
/* The name of its condition. */
const char *umk_app_facet_get_condition(UmkAppFacet *self);
void umk_app_facet_set_counts(UmkAppFacet *self, const gsize *counts);
/* Shows what the scene's filter says of it. */
void umk_app_facet_follow(UmkAppFacet *self);
/* As by hand; n 0 takes the condition off. */
void umk_app_facet_choose(UmkAppFacet *self, const guint *groups, gsize n);
gsize umk_app_facet_get_count(UmkAppFacet *self, guint group);

G_END_DECLS
