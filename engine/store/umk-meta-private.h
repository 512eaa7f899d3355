/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `meta.sqlite`: its schema, how it is opened for reading and for writing, and SQLite's
 * failures as one sentence. Knows tables, not vectors. */
#pragma once

#include <gio/gio.h>
#include <sqlite3.h>

G_BEGIN_DECLS

#define UMK_META_FILE    "meta.sqlite"
#define UMK_META_VERSION 1

/* A new, closed database with the tables of the present schema. */
gboolean _umk_meta_create(const char *folder, GError **error);
/* Opens and checks that this is ours and of a version we know. A reader holds one
 * snapshot for as long as it is open; read-only folders and media open too. */
sqlite3 *_umk_meta_open(const char *folder, gboolean write, GError **error);
void _umk_meta_close(sqlite3 *db);
/* As above, and takes away the empty log that SQLite leaves beside what it only read. */
void _umk_meta_close_reader(sqlite3 *db);

/* The next five return FALSE or NULL with an error that names the file. */
gboolean _umk_meta_exec(sqlite3 *db, const char *sql, GError **error);
sqlite3_stmt *_umk_meta_prepare(sqlite3 *db, const char *sql, GError **error);
gboolean _umk_meta_set_error(sqlite3 *db, GError **error);
/* One step that gives no row; resets the statement. */
gboolean _umk_meta_run(sqlite3_stmt *statement, GError **error);
/* TRUE: a row is there. FALSE: the end, or an error; at the end *error stays NULL. */
gboolean _umk_meta_next(sqlite3_stmt *statement, GError **error);

gboolean _umk_meta_get_int(sqlite3 *db, const char *key, gint64 *value, GError **error);
gboolean _umk_meta_get_blob(sqlite3 *db, const char *key, GBytes **value, GError **error);
gboolean _umk_meta_set_int(sqlite3 *db, const char *key, gint64 value, GError **error);
gboolean
_umk_meta_set_text(sqlite3 *db, const char *key, const char *value, GError **error);
gboolean _umk_meta_set_blob(sqlite3 *db, const char *key, GBytes *value, GError **error);

/* Column as text that is never NULL, and as text that may be. */
const char *_umk_meta_text(sqlite3_stmt *statement, int column);
const char *_umk_meta_text_or_null(sqlite3_stmt *statement, int column);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3, _umk_meta_close)

G_END_DECLS
