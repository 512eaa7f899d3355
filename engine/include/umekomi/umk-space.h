/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A shared space: a dimension, a metric, and one aligner for each frame that joins it. */
#ifndef UMK_SPACE_H
#define UMK_SPACE_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>
#include <umekomi/umk-params.h>

G_BEGIN_DECLS

#define UMK_TYPE_SPACE (umk_space_get_type())
GType umk_space_get_type(void) G_GNUC_CONST;

UmkSpace *umk_space_new(const char *name, gsize n_dims, UmkMetric metric);
UmkSpace *umk_space_new_from_bytes(GBytes *bytes, GError **error);
GBytes *umk_space_to_bytes(UmkSpace *self);
UmkSpace *umk_space_ref(UmkSpace *self);
void umk_space_unref(UmkSpace *self);
const char *umk_space_get_name(UmkSpace *self);
gsize umk_space_get_n_dims(UmkSpace *self);
UmkMetric umk_space_get_metric(UmkSpace *self);
char **umk_space_list_frames(UmkSpace *self);
gboolean umk_space_has_frame(UmkSpace *self, const char *frame);
gboolean umk_space_is_identity(UmkSpace *self, const char *frame);
gboolean umk_space_join(UmkSpace *self, const char *frame, gsize n_dims, GError **error);
const UmkParamSpec *umk_space_get_align_params(gsize *n_specs);
gboolean umk_space_align(UmkSpace *self,
                         const char *frame,
                         UmkMatrix *from,
                         UmkMatrix *to,
                         UmkParams *params,
                         GCancellable *cancellable,
                         GError **error);
gboolean
umk_space_align_head(UmkSpace *self, const char *frame, GBytes *head, GError **error);
UmkMatrix *
umk_space_map(UmkSpace *self, const char *frame, UmkMatrix *vectors, GError **error);
char *umk_space_dup_report(UmkSpace *self, const char *frame);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkSpace, umk_space_unref)

G_END_DECLS

#endif
