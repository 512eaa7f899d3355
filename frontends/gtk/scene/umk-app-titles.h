/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What fields and their values are called where people read them. Names that the program
 * gives are translated, those that people gave stay as they are. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Lent: of the program or of the caller. */
const char *umk_app_title_of_field(const char *name);
/* A value as it is read alone: of a path only its end. */
char *umk_app_title_of_value(const char *value);
/* How many bytes all of them begin with that are folders: 0 if not all are paths. What
 * comes after tells them apart. */
gsize umk_app_titles_count_shared(const char *const *values, gsize n);
/* Takes a text with numbers and gives it back with the sign that minus has, and without
 * it before a zero. */
char *umk_app_text_set_minus(char *text);
/* Whether any of it is written in kana or kanji. */
gboolean umk_app_text_is_japanese(const char *text);
/* Takes a list of words and gives it back with the commas of its script. */
char *umk_app_text_set_commas(char *text);

G_END_DECLS
