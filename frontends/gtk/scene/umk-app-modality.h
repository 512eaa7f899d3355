/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What people are told of a modality: its name, its picture. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

const char *umk_app_modality_get_title(UmkModality modality);
const char *umk_app_modality_get_plural(UmkModality modality);
const char *umk_app_modality_get_icon(UmkModality modality);
char *umk_app_text_hold_together(const char *text);
char *umk_app_item_dup_title(UmkItem *item);
char *umk_app_item_dup_subtitle(UmkItem *item);
char *umk_app_text_tidy(const char *text, gsize max_chars);

G_END_DECLS
