/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an item looks like: a thumbnail or a waveform. */
#ifndef UMK_PREVIEW_H
#define UMK_PREVIEW_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

typedef struct _UmkPreview UmkPreview; /* pixels or a waveform, immutable */

#define UMK_TYPE_PREVIEW (umk_preview_get_type())
GType umk_preview_get_type(void) G_GNUC_CONST;

UmkPreview *umk_preview_new_for_item(UmkRegistry *registry,
                                     UmkItem *item,
                                     guint size,
                                     GCancellable *cancellable,
                                     GError **error);
UmkPreview *umk_preview_new_pixels(guint width, guint height, GBytes *rgba);
UmkPreview *umk_preview_new_waveform(guint n_columns, GBytes *min_max, double seconds);
UmkPreview *umk_preview_ref(UmkPreview *self);
void umk_preview_unref(UmkPreview *self);
guint umk_preview_get_width(UmkPreview *self);
guint umk_preview_get_height(UmkPreview *self);
GBytes *umk_preview_get_rgba(UmkPreview *self);
guint umk_preview_get_n_columns(UmkPreview *self);
GBytes *umk_preview_get_min_max(UmkPreview *self);
double umk_preview_get_seconds(UmkPreview *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkPreview, umk_preview_unref)

G_END_DECLS

#endif
