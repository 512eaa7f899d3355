/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The true neighbours of an item, those among the vectors, and which of them the map
 * keeps near it. */
#pragma once

#include "umk-app-job.h"
#include "umk-app-source.h"

G_BEGIN_DECLS

typedef struct {
    guint32 row;
    gboolean kept; /* it is as near on the map */
} UmkAppTrueNeighbour;

/* Result: GArray of UmkAppTrueNeighbour, the nearest first. */
UmkAppJob *umk_app_truth_find(UmkAppSource *source,
                              UmkAppLayout *layout,
                              guint32 row,
                              guint k,
                              UmkAppJobDone done,
                              GObject *owner);
/* Whether fewer than k other points are nearer to one row than another is. */
gboolean
umk_app_truth_is_kept(const UmkAppPoints *points, guint32 from, guint32 to, guint k);

G_END_DECLS
