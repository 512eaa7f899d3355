/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of a list: an item of an open collection, read when it is first shown, and the
 * score it was found with. */
#pragma once

#include "umk-app-source.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_ROW (umk_app_row_get_type())
G_DECLARE_FINAL_TYPE(UmkAppRow, umk_app_row, UMK_APP, ROW, GObject)

UmkAppRow *umk_app_row_new(UmkAppSource *source, guint32 row, float score);
UmkAppSource *umk_app_row_get_source(UmkAppRow *self);
guint32 umk_app_row_get_row(UmkAppRow *self);
float umk_app_row_get_score(UmkAppRow *self);
/* Whether a neighbour is near on the map too: 1, 0, or -1 where that is not known. Told
 * before anybody else has the row. */
void umk_app_row_set_kept(UmkAppRow *self, int kept);
int umk_app_row_get_kept(UmkAppRow *self);
/* By what the score was found, a UmkMetric, or -1: it is another kind of score. Told
 * likewise. */
void umk_app_row_set_metric(UmkAppRow *self, int metric);
int umk_app_row_get_metric(UmkAppRow *self);
UmkItem *umk_app_row_get_item(UmkAppRow *self);

/* A UmkAppRow for every item, made when asked for: the whole collection as a list. */
#define UMK_APP_TYPE_COLLECTION_MODEL (umk_app_collection_model_get_type())
G_DECLARE_FINAL_TYPE(
    UmkAppCollectionModel, umk_app_collection_model, UMK_APP, COLLECTION_MODEL, GObject)

GListModel *umk_app_collection_model_new(UmkAppSource *source);

G_END_DECLS
