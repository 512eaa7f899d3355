/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens, creates and speaks to `meta.sqlite`. Write-ahead logging with synchronous=FULL:
 * one sync a commit, and a commit that returned is on disk. */

#include "store/umk-meta-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <string.h>

#define APPLICATION_ID 0x554d4b43 /* "UMKC" */

static const char schema[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
    "CREATE TABLE frames (frame INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
    " n_dims INTEGER NOT NULL, file TEXT NOT NULL, n_slots INTEGER NOT NULL);"
    "CREATE TABLE models (model INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " frame INTEGER NOT NULL REFERENCES frames, provenance TEXT NOT NULL,"
    " added TEXT NOT NULL);"
    /* The short columns first: a scan of them does not read on into long texts. */
    "CREATE TABLE items (item INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " frame INTEGER NOT NULL REFERENCES frames, slot INTEGER NOT NULL,"
    " model INTEGER NOT NULL REFERENCES models, modality INTEGER NOT NULL,"
    " added TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),"
    " label TEXT, caption TEXT, path TEXT, text TEXT, fields TEXT);"
    "CREATE TABLE tombstones (frame INTEGER NOT NULL, slot INTEGER NOT NULL,"
    " item INTEGER NOT NULL, sequence INTEGER NOT NULL,"
    " PRIMARY KEY (frame, slot)) WITHOUT ROWID;";

static int
error_code(int sqlite_code, GQuark *domain)
{
    *domain = G_IO_ERROR;
    switch (sqlite_code & 0xff) {
    case SQLITE_FULL:
        return G_IO_ERROR_NO_SPACE;
    case SQLITE_READONLY:
        return G_IO_ERROR_READ_ONLY;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return G_IO_ERROR_BUSY;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return G_IO_ERROR_PERMISSION_DENIED;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        return G_IO_ERROR_FAILED;
    default:
        break;
    }
    *domain = UMK_ERROR;
    switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* a table or column is missing */
        return UMK_ERROR_INVALID_DATA;
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
        return UMK_ERROR_TOO_LARGE;
    default:
        return UMK_ERROR_FAILED;
    }
}

gboolean
_umk_meta_set_error(sqlite3 *db, GError **error)
{
    const char *path = sqlite3_db_filename(db, "main");
    GQuark domain;
    int code = error_code(sqlite3_errcode(db), &domain);

    g_set_error(error, domain, code, "“%s”: %s",
                path != NULL && *path != '\0' ? path : UMK_META_FILE, sqlite3_errmsg(db));
    return FALSE;
}

gboolean
_umk_meta_exec(sqlite3 *db, const char *sql, GError **error)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           _umk_meta_set_error(db, error);
}

sqlite3_stmt *
_umk_meta_prepare(sqlite3 *db, const char *sql, GError **error)
{
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) {
        _umk_meta_set_error(db, error);
        return NULL;
    }
    return statement;
}

gboolean
_umk_meta_run(sqlite3_stmt *statement, GError **error)
{
    gboolean done = sqlite3_step(statement) == SQLITE_DONE ||
                    _umk_meta_set_error(sqlite3_db_handle(statement), error);

    sqlite3_reset(statement);
    return done;
}

gboolean
_umk_meta_next(sqlite3_stmt *statement, GError **error)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return TRUE;
    case SQLITE_DONE:
        return FALSE;
    default:
        return _umk_meta_set_error(sqlite3_db_handle(statement), error);
    }
}

const char *
_umk_meta_text_or_null(sqlite3_stmt *statement, int column)
{
    return (const char *) sqlite3_column_text(statement, column);
}

const char *
_umk_meta_text(sqlite3_stmt *statement, int column)
{
    const char *text = _umk_meta_text_or_null(statement, column);

    return text != NULL ? text : "";
}

/* ---- keys ------------------------------------------------------------------------- */

static sqlite3_stmt *
find_key(sqlite3 *db, const char *key, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    GError *failure = NULL;

    statement = _umk_meta_prepare(db, "SELECT value FROM meta WHERE key = ?", error);
    if (statement == NULL)
        return NULL;
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    if (_umk_meta_next(statement, &failure))
        return g_steal_pointer(&statement);
    if (failure != NULL)
        g_propagate_error(error, failure);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("“%s” has no entry “%s”"),
                    sqlite3_db_filename(db, "main"), key);
    return NULL;
}

gboolean
_umk_meta_get_int(sqlite3 *db, const char *key, gint64 *value, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = find_key(db, key, error);

    if (statement == NULL)
        return FALSE;
    *value = sqlite3_column_int64(statement, 0);
    return TRUE;
}

gboolean
_umk_meta_get_blob(sqlite3 *db, const char *key, GBytes **value, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = find_key(db, key, error);
    gconstpointer data;

    if (statement == NULL)
        return FALSE;
    data = sqlite3_column_blob(statement, 0);
    *value = g_bytes_new(data, (gsize) sqlite3_column_bytes(statement, 0));
    return TRUE;
}

static sqlite3_stmt *
set_key(sqlite3 *db, const char *key, GError **error)
{
    sqlite3_stmt *statement;

    statement = _umk_meta_prepare(db,
                                  "INSERT INTO meta (key, value) VALUES (?1, ?2)"
                                  " ON CONFLICT (key) DO UPDATE SET value = ?2",
                                  error);
    if (statement != NULL)
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    return statement;
}

gboolean
_umk_meta_set_int(sqlite3 *db, const char *key, gint64 value, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = set_key(db, key, error);

    return statement != NULL && sqlite3_bind_int64(statement, 2, value) == SQLITE_OK &&
           _umk_meta_run(statement, error);
}

gboolean
_umk_meta_set_text(sqlite3 *db, const char *key, const char *value, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = set_key(db, key, error);

    return statement != NULL &&
           sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC) == SQLITE_OK &&
           _umk_meta_run(statement, error);
}

gboolean
_umk_meta_set_blob(sqlite3 *db, const char *key, GBytes *value, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = set_key(db, key, error);
    gsize size;
    gconstpointer data = g_bytes_get_data(value, &size);

    return statement != NULL &&
           sqlite3_bind_blob64(statement, 2, size > 0 ? data : "", size, SQLITE_STATIC) ==
               SQLITE_OK &&
           _umk_meta_run(statement, error);
}

/* ---- opening ---------------------------------------------------------------------- */

void
_umk_meta_close(sqlite3 *db)
{
    if (db != NULL)
        sqlite3_close_v2(db);
}

static sqlite3 *
open_raw(const char *name, int flags, GError **error)
{
    sqlite3 *db = NULL;

    /* The collection has a lock of its own. */
    if (sqlite3_open_v2(name, &db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        if (db != NULL)
            _umk_meta_set_error(db, error);
        else
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE, _("Out of memory"));
        _umk_meta_close(db);
        return NULL;
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, 5000);
    return db;
}

void
_umk_meta_close_reader(sqlite3 *db)
{
    g_autofree char *path = g_strdup(sqlite3_db_filename(db, "main"));
    g_autofree char *log = g_strconcat(path, "-wal", NULL);
    GStatBuf info;
    sqlite3 *last;

    _umk_meta_close(db);
    if (g_stat(log, &info) < 0 || info.st_size > 0)
        return;
    /* The last connection that may write removes the log when it closes; SQLite's locks
     * know whether this one is the last. */
    last = open_raw(path, SQLITE_OPEN_READWRITE, NULL);
    if (last != NULL)
        sqlite3_exec(last, "SELECT count(*) FROM meta", NULL, NULL, NULL);
    _umk_meta_close(last);
}

gboolean
_umk_meta_create(const char *folder, GError **error)
{
    g_autofree char *path = g_build_filename(folder, UMK_META_FILE, NULL);
    g_autofree char *marks = g_strdup_printf("PRAGMA application_id = %d;"
                                             "PRAGMA user_version = %d;",
                                             APPLICATION_ID, UMK_META_VERSION);
    g_autoptr(sqlite3) db = NULL;

    db = open_raw(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
    return db != NULL &&
           _umk_meta_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
                          error) &&
           _umk_meta_exec(db, "BEGIN", error) && _umk_meta_exec(db, schema, error) &&
           _umk_meta_exec(db, marks, error) && _umk_meta_exec(db, "COMMIT", error);
}

static gboolean
get_pragma(sqlite3 *db, const char *sql, int *value, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = _umk_meta_prepare(db, sql, error);

    if (statement == NULL)
        return FALSE;
    if (sqlite3_step(statement) != SQLITE_ROW)
        return _umk_meta_set_error(db, error);
    *value = sqlite3_column_int(statement, 0);
    return TRUE;
}

static gboolean
check_identity(sqlite3 *db, const char *folder, GError **error)
{
    int application = 0, version = 0;

    if (!get_pragma(db, "PRAGMA application_id", &application, error) ||
        !get_pragma(db, "PRAGMA user_version", &version, error))
        return FALSE;
    if (application != APPLICATION_ID) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is not a collection: its %s was made by another program"),
                    folder, UMK_META_FILE);
        return FALSE;
    }
    if (version > UMK_META_VERSION) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_VERSION,
            _("“%s” has collection version %d, this program reads up to %d: update it"),
            folder, version, UMK_META_VERSION);
        return FALSE;
    }
    return TRUE;
}

static sqlite3 *
open_write(const char *path, const char *folder, GError **error)
{
    g_autoptr(sqlite3) db = open_raw(path, SQLITE_OPEN_READWRITE, error);

    if (db == NULL || !check_identity(db, folder, error) ||
        !_umk_meta_exec(db,
                        "PRAGMA journal_mode = WAL;"
                        "PRAGMA synchronous = FULL;"
                        "PRAGMA wal_autocheckpoint = 8000;"
                        "PRAGMA cache_size = -65536;",
                        error))
        return NULL;
    return g_steal_pointer(&db);
}

static sqlite3 *
open_snapshot(const char *name, int flags, const char *folder, GError **error)
{
    g_autoptr(sqlite3) db = open_raw(name, SQLITE_OPEN_READONLY | flags, error);

    /* The read transaction is kept: what this reader sees does not move under it. */
    if (db == NULL || !_umk_meta_exec(db, "BEGIN", error) ||
        !check_identity(db, folder, error) ||
        !_umk_meta_exec(db, "SELECT count(*) FROM meta", error))
        return NULL;
    return g_steal_pointer(&db);
}

/* A writer was killed and the folder was then made read-only: the log beside the database
 * holds acknowledged commits, so read both from a copy that SQLite can recover. */
static sqlite3 *
open_recovered_copy(const char *path, const char *log, const char *folder, GError **error)
{
    g_autofree char *temporary = g_dir_make_tmp("umekomi-XXXXXX", error);
    g_autofree char *copy = NULL, *copy_log = NULL, *copy_index = NULL;
    g_autoptr(GFile) from = g_file_new_for_path(path),
                     from_log = g_file_new_for_path(log);
    g_autoptr(GFile) to = NULL, to_log = NULL;
    sqlite3 *db = NULL;

    if (temporary == NULL)
        return NULL;
    copy = g_build_filename(temporary, UMK_META_FILE, NULL);
    copy_log = g_strconcat(copy, "-wal", NULL);
    copy_index = g_strconcat(copy, "-shm", NULL);
    to = g_file_new_for_path(copy);
    to_log = g_file_new_for_path(copy_log);
    if (g_file_copy(from, to, G_FILE_COPY_TARGET_DEFAULT_PERMS, NULL, NULL, NULL,
                    error) &&
        g_file_copy(from_log, to_log, G_FILE_COPY_TARGET_DEFAULT_PERMS, NULL, NULL, NULL,
                    error))
        db = open_snapshot(copy, 0, folder, error);
    /* The open descriptors keep the copies alive as long as they are needed. */
    g_unlink(copy);
    g_unlink(copy_log);
    g_unlink(copy_index);
    g_rmdir(temporary);
    return db;
}

static sqlite3 *
open_read(const char *path, const char *folder, GError **error)
{
    g_autofree char *log = g_strconcat(path, "-wal", NULL);
    g_autoptr(GError) failure = NULL;
    GStatBuf info;
    sqlite3 *db;

    if (g_access(folder, W_OK) == 0) {
        db = open_snapshot(path, 0, folder, &failure);
        if (db != NULL || !(g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_FAILED) ||
                            g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_READ_ONLY))) {
            if (db == NULL)
                g_propagate_error(error, g_steal_pointer(&failure));
            return db;
        }
    }
    if (g_stat(log, &info) == 0 && info.st_size > 0)
        return open_recovered_copy(path, log, folder, error);
    {
        g_autofree char *uri = g_filename_to_uri(path, NULL, error);
        g_autofree char *name =
            uri != NULL ? g_strconcat(uri, "?immutable=1", NULL) : NULL;

        return name != NULL ? open_snapshot(name, SQLITE_OPEN_URI, folder, error) : NULL;
    }
}

sqlite3 *
_umk_meta_open(const char *folder, gboolean write, GError **error)
{
    g_autofree char *given = g_build_filename(folder, UMK_META_FILE, NULL);
    g_autofree char *path = g_canonicalize_filename(given, NULL);

    if (!g_file_test(folder, G_FILE_TEST_EXISTS)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, _("There is no “%s”"),
                    folder);
        return NULL;
    }
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is not a collection: it has no %s"), folder, UMK_META_FILE);
        return NULL;
    }
    return write ? open_write(path, folder, error) : open_read(path, folder, error);
}
