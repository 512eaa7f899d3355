/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a table looks like, from its beginning. A guess: the person has the last word. */
#pragma once

#include "umk-app-table.h"

G_BEGIN_DECLS

const char *umk_app_table_guess_encoding(const char *data, gsize size);
char umk_app_table_guess_separator(const char *path, const char *text, gsize n);
gboolean umk_app_table_guess_header(const char *text, gsize n, char separator);
/* n_columns of them. */
UmkAppRole *umk_app_table_guess_roles(const UmkAppTable *table);

G_END_DECLS
