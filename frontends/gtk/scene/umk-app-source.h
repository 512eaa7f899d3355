/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open collection with the columns the window draws from: modality and label of every
 * item, and a first layout. Immutable once loaded; loading is work for a job. */
#pragma once

#include <umekomi/umekomi.h>

#include "umk-app-layout.h"

G_BEGIN_DECLS

#define UMK_APP_TYPE_SOURCE (umk_app_source_get_type())
G_DECLARE_FINAL_TYPE(UmkAppSource, umk_app_source, UMK_APP, SOURCE, GObject)

UmkAppSource *umk_app_source_load(const char *path,
                                  GCancellable *cancellable,
                                  UmkProgressFunc progress,
                                  gpointer progress_data,
                                  GError **error);
UmkCollection *umk_app_source_get_collection(UmkAppSource *self);
/* A handle of one's own for what takes long: a collection does one thing at a time, and
 * the main thread must not wait for it. Fails if the collection has changed since. */
UmkCollection *umk_app_source_open_again(UmkAppSource *self, GError **error);
/* The window has made another state of the collection, with fields of the same rows: it
 * is as good as the one that was opened, if that was what it was made from. */
void umk_app_source_take_state(UmkAppSource *self, guint64 from, guint64 to);
/* The same, or the window's own where another cannot be had or has changed since. */
UmkCollection *umk_app_source_dup_reader(UmkAppSource *self);
const char *umk_app_source_get_path(UmkAppSource *self);
char *umk_app_source_dup_name(UmkAppSource *self);
gsize umk_app_source_get_n_items(UmkAppSource *self);
gsize umk_app_source_get_n_modality(UmkAppSource *self, UmkModality modality);
UmkModality umk_app_source_get_modality(UmkAppSource *self, gsize row);
const guint8 *umk_app_source_get_modalities(UmkAppSource *self);
const gint32 *umk_app_source_get_labels(UmkAppSource *self);
const char *const *umk_app_source_get_label_names(UmkAppSource *self);
guint umk_app_source_get_n_labels(UmkAppSource *self);
const char *umk_app_source_get_map_problem(UmkAppSource *self);
UmkAppLayout *umk_app_source_get_layout(UmkAppSource *self);
gboolean umk_app_source_is_stored(UmkAppSource *self);
UmkItem *umk_app_source_dup_item(UmkAppSource *self, gsize row);
UmkModel *umk_app_source_get_model(UmkAppSource *self,
                                   UmkModality modality,
                                   GCancellable *cancellable,
                                   GError **error);

G_END_DECLS
