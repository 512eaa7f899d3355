/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Layouts in two or three dimensions. */
#ifndef UMK_PROJECTION_H
#define UMK_PROJECTION_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

#define UMK_TYPE_PROJECTION (umk_projection_get_type())
GType umk_projection_get_type(void) G_GNUC_CONST;

/**
 * UmkFitting:
 *
 * A fit in progress: what it starts from, the layouts it hands out, pause.
 */
typedef struct _UmkFitting UmkFitting;

/**
 * UmkLayoutFunc:
 * @layout: (transfer none): the places so far, one row an item
 * @epoch: how many epochs are behind it
 * @n_epochs: how many there will be
 * @user_data: what the caller gave
 *
 * Called by the thread that fits; what takes long belongs elsewhere.
 */
typedef void (*UmkLayoutFunc)(UmkMatrix *layout,
                              guint epoch,
                              guint n_epochs,
                              gpointer user_data);

#define UMK_TYPE_FITTING (umk_fitting_get_type())
GType umk_fitting_get_type(void) G_GNUC_CONST;

/**
 * UmkCheckpointFunc:
 * @checkpoint: (transfer none): all that the fit needs to go on
 * @user_data: what the caller gave
 *
 * Called by the thread that fits.
 */
typedef void (*UmkCheckpointFunc)(GBytes *checkpoint, gpointer user_data);

UmkFitting *umk_fitting_new(void);
UmkFitting *umk_fitting_ref(UmkFitting *self);
void umk_fitting_unref(UmkFitting *self);
void umk_fitting_set_start(UmkFitting *self, UmkMatrix *start, guint first_epoch);
void umk_fitting_set_anchor(UmkFitting *self, UmkMatrix *anchor);
void umk_fitting_set_labels(UmkFitting *self, GBytes *labels);
void umk_fitting_set_groups(UmkFitting *self, GBytes *groups);
void umk_fitting_set_layout_func(UmkFitting *self,
                                 UmkLayoutFunc func,
                                 gpointer data,
                                 GDestroyNotify destroy);
gboolean umk_fitting_set_checkpoint(UmkFitting *self, GBytes *checkpoint, GError **error);
void umk_fitting_set_checkpoint_func(UmkFitting *self,
                                     guint interval,
                                     UmkCheckpointFunc func,
                                     gpointer data,
                                     GDestroyNotify destroy);
void umk_fitting_pause(UmkFitting *self);
void umk_fitting_resume(UmkFitting *self);
UmkMatrix *umk_fitting_dup_layout(UmkFitting *self, guint *epoch, guint *n_epochs);

char **umk_projection_list_methods(void);
const char *umk_projection_get_title(const char *method);
const UmkParamSpec *umk_projection_get_params(const char *method, gsize *n_specs);
UmkProjection *umk_projection_fit(const char *method,
                                  UmkMatrix *vectors,
                                  UmkParams *params,
                                  GCancellable *cancellable,
                                  UmkProgressFunc progress,
                                  gpointer progress_data,
                                  GError **error);
UmkProjection *umk_projection_fit_live(const char *method,
                                       UmkMatrix *vectors,
                                       UmkParams *params,
                                       UmkFitting *fitting,
                                       GCancellable *cancellable,
                                       UmkProgressFunc progress,
                                       gpointer progress_data,
                                       GError **error);
UmkProjection *umk_projection_restore(const char *method,
                                      UmkMatrix *vectors,
                                      UmkMatrix *layout,
                                      UmkParams *params,
                                      GCancellable *cancellable,
                                      UmkProgressFunc progress,
                                      gpointer progress_data,
                                      GError **error);
UmkProjection *umk_projection_ref(UmkProjection *self);
void umk_projection_unref(UmkProjection *self);
const char *umk_projection_get_method(UmkProjection *self);
UmkMatrix *umk_projection_get_coords(UmkProjection *self);
const double *umk_projection_get_explained(UmkProjection *self, gsize *n_components);
UmkMatrix *
umk_projection_transform(UmkProjection *self, UmkMatrix *vectors, GError **error);
UmkMatrix *umk_projection_transform_grouped(UmkProjection *self,
                                            UmkMatrix *vectors,
                                            GBytes *groups,
                                            GError **error);
UmkMatrix *umk_projection_get_means(UmkProjection *self, GBytes **groups);
UmkMatrix *umk_projection_center(UmkMatrix *vectors,
                                 GBytes *groups,
                                 UmkMatrix *means,
                                 GBytes *mean_groups,
                                 GError **error);
char *umk_projection_to_json(UmkProjection *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFitting, umk_fitting_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkProjection, umk_projection_unref)

G_END_DECLS

#endif
