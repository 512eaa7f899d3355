/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conditions on what is known of items: `modality = "image" and year >= 2020`. */
#ifndef UMK_FILTER_H
#define UMK_FILTER_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

#define UMK_TYPE_FILTER (umk_filter_get_type())
GType umk_filter_get_type(void) G_GNUC_CONST;

UmkFilter *umk_filter_new(const char *text, GError **error);
UmkFilter *umk_filter_ref(UmkFilter *self);
void umk_filter_unref(UmkFilter *self);
char *umk_filter_to_string(UmkFilter *self);
char **umk_filter_list_fields(UmkFilter *self);
GBytes *umk_filter_match(UmkFilter *self, UmkItems *items, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFilter, umk_filter_unref)

G_END_DECLS

#endif
