/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of text that somebody else made: which separator, encoding and header it has,
 * what its first rows look like, which column is likely to be what, and all of its rows
 * one by one. The engine reads tables that are in order; this one asks first. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    UMK_APP_ROLE_FIELD, /* kept under its name */
    UMK_APP_ROLE_TEXT,  /* what is embedded */
    UMK_APP_ROLE_PATH,  /* of a picture, a sound or a text, seen from the table */
    UMK_APP_ROLE_LABEL,
    UMK_APP_ROLE_ID
} UmkAppRole;

typedef struct {
    char separator; /* '\0': JSON lines */
    gboolean header;
    const char *encoding; /* static, as iconv names it */
} UmkAppTableFormat;

#define UMK_APP_TABLE_ROWS 8u /* of a preview */

typedef struct {
    char *path;
    UmkAppTableFormat format;
    guint n_columns;
    char **columns;    /* names */
    UmkAppRole *roles; /* as guessed */
    GPtrArray *rows;   /* char **, n_columns cells each, of the first rows */
    gsize n_rows;      /* of the file, guessed from its size where it is long */
} UmkAppTable;

/* format: NULL to guess. Reads the beginning of the file only. */
UmkAppTable *
umk_app_table_preview(const char *path, const UmkAppTableFormat *format, GError **error);
void umk_app_table_free(UmkAppTable *self);
const char *const *umk_app_table_list_encodings(void);

/* cells: n_columns, none NULL. FALSE stops the reading. */
typedef gboolean (*UmkAppTableFunc)(
    char **cells, gsize row, double fraction, gpointer data, GError **error);
gboolean umk_app_table_each(const UmkAppTable *self,
                            UmkAppTableFunc func,
                            gpointer data,
                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppTable, umk_app_table_free)

G_END_DECLS
