/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart for each field. What one chooses the others count: a chart shows what is left
 * by all conditions but its own. */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-facet.h"
#include "umk-app-fields.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_FACETS (umk_app_facets_get_type())
G_DECLARE_FINAL_TYPE(UmkAppFacets, umk_app_facets, UMK_APP, FACETS, GtkWidget)

/* Set once. */
void
umk_app_facets_set_scene(UmkAppFacets *self, UmkAppScene *scene, UmkAppFields *fields);
/* NULL: there is no chart of that field. */
UmkAppFacet *umk_app_facets_find(UmkAppFacets *self, const char *field);
/* Takes all conditions of all charts off. */
void umk_app_facets_clear(UmkAppFacets *self);
gboolean umk_app_facets_is_counting(UmkAppFacets *self);

G_END_DECLS
