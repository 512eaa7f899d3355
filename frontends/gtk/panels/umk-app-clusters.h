/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How good the clusters are that the colours show: a sentence, the figures, and a line
 * for each cluster that leads to its most typical item. There while colours stand for
 * clusters. Signals: "chosen" with a row, "job". */
#pragma once

#include <gtk/gtk.h>

#include "umk-app-groups.h"
#include "umk-app-scene.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_CLUSTERS (umk_app_clusters_get_type())
G_DECLARE_FINAL_TYPE(UmkAppClusters, umk_app_clusters, UMK_APP, CLUSTERS, GtkWidget)

/* Set once. */
void umk_app_clusters_set_scene(UmkAppClusters *self, UmkAppScene *scene);
void umk_app_clusters_cancel(UmkAppClusters *self);
/* NULL while nothing was measured. */
const UmkAppGroups *umk_app_clusters_get_groups(UmkAppClusters *self);

G_END_DECLS
