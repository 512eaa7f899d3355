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
UmkProjection *umk_projection_ref(UmkProjection *self);
void umk_projection_unref(UmkProjection *self);
const char *umk_projection_get_method(UmkProjection *self);
UmkMatrix *umk_projection_get_coords(UmkProjection *self);
const double *umk_projection_get_explained(UmkProjection *self, gsize *n_components);
UmkMatrix *
umk_projection_transform(UmkProjection *self, UmkMatrix *vectors, GError **error);
char *umk_projection_to_json(UmkProjection *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkProjection, umk_projection_unref)

G_END_DECLS

#endif
