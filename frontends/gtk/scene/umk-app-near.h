/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies about one item, each a job: its nearest in the space and which of them a
 * layout keeps near, how often it is a neighbour itself, the edges of a node. */
#pragma once

#include "umk-app-job.h"
#include "umk-app-layout.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_HUB_AMONG 100u /* nearest items that are asked */
#define UMK_APP_HUB_LISTS 10u  /* for their own so many nearest */

typedef struct {
    GListModel *rows; /* UmkAppRow, nearest first, told whether it is kept */
    guint n_placed;   /* of them are on the map at all */
    guint n_kept;     /* and among the k nearest there */
} UmkAppNear;

void umk_app_near_free(UmkAppNear *self);

typedef struct {
    UmkAppSource *source;
    UmkAppLayout *layout; /* NULL without a map */
    guint32 row;
    guint k, mask; /* how many, of which modalities */
    UmkMetric metric;
} UmkAppNearOrder;

/* Result: UmkAppNear. What the order points at is held as long as it is needed. */
UmkAppJob *
umk_app_near_start(const UmkAppNearOrder *order, UmkAppJobDone done, GObject *owner);
/* Result: GListModel of UmkAppRow, by weight. */
UmkAppJob *umk_app_near_start_edges(UmkAppSource *source,
                                    guint32 row,
                                    UmkAppJobDone done,
                                    GObject *owner);

/* How many of the item's nearest have it among their own nearest (its k-occurrence,
 * Radovanović, Nanopoulos and Ivanović 2010, "Hubs in Space", counted where it can be
 * high). Result: guint *, two: how many, of how many. */
UmkAppJob *umk_app_near_start_hub(UmkAppSource *source,
                                  guint32 row,
                                  UmkMetric metric,
                                  UmkAppJobDone done,
                                  GObject *owner);

/* For tests: which of these rows are among the k nearest of row in a layout, of those
 * that the mask allows; kept: n of them, -1 where a row is not on the map. */
void umk_app_near_check(UmkAppSource *source,
                        const UmkAppLayout *layout,
                        guint32 row,
                        const guint32 *rows,
                        gsize n,
                        guint k,
                        guint mask,
                        gint8 *kept);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppNear, umk_app_near_free)

G_END_DECLS
