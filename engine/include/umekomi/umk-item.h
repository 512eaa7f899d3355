/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One input to embed, with the fields a collection keeps about it. */
#ifndef UMK_ITEM_H
#define UMK_ITEM_H

#if !defined(UMK_INSIDE_UMEKOMI_H) && !defined(UMK_COMPILATION)
#error "Include <umekomi/umekomi.h> instead."
#endif

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

#define UMK_TYPE_ITEM (umk_item_get_type())
GType umk_item_get_type(void) G_GNUC_CONST;
#define UMK_TYPE_ITEMS (umk_items_get_type())
GType umk_items_get_type(void) G_GNUC_CONST;

UmkItem *umk_item_new_for_text(const char *text);
UmkItem *umk_item_new_for_file(UmkModality modality, const char *path);
UmkItem *umk_item_new_for_bytes(UmkModality modality, GBytes *bytes);
UmkItem *umk_item_new_for_node(const char *name);
UmkItem *umk_item_ref(UmkItem *self);
void umk_item_unref(UmkItem *self);

UmkModality umk_item_get_modality(UmkItem *self);
const char *umk_item_get_text(UmkItem *self);
const char *umk_item_get_path(UmkItem *self);
GBytes *umk_item_get_bytes(UmkItem *self);
const char *umk_item_get_id(UmkItem *self);
void umk_item_set_id(UmkItem *self, const char *id);
const char *umk_item_get_caption(UmkItem *self);
void umk_item_set_caption(UmkItem *self, const char *caption);
const char *umk_item_get_label(UmkItem *self);
void umk_item_set_label(UmkItem *self, const char *label);
const char *umk_item_get_field(UmkItem *self, const char *name);
void umk_item_set_field(UmkItem *self, const char *name, const char *value);
char **umk_item_list_fields(UmkItem *self);

UmkItems *umk_items_new(void);
UmkItems *umk_items_ref(UmkItems *self);
void umk_items_unref(UmkItems *self);
void umk_items_append(UmkItems *self, UmkItem *item);
gsize umk_items_get_n_items(UmkItems *self);
UmkItem *umk_items_get(UmkItems *self, gsize position);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkItem, umk_item_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkItems, umk_items_unref)

G_END_DECLS

#endif
