/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One SQLite file: key (SHA-256), vector (float32, little-endian), its CRC-32C, and the
 * day it was last used. Write-ahead logging lets several processes share it. It holds
 * nothing that cannot be made again, so a file that is damaged is deleted and begun anew,
 * a row whose checksum is wrong is a miss, and a disk that is full only means that
 * nothing is added. When the file has grown past its limit, the rows that were not used
 * for longest go first. */
#include "store/umk-vector-cache-private.h"
#include "store/umk-crc32c-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <sqlite3.h>

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define APPLICATION_ID 0x554d4b56 /* "UMKV" */
#define FORMAT         1
#define DEFAULT_SIZE   ((guint64) 1 << 30)
#define BUSY_TIMEOUT   5000 /* milliseconds */

struct _UmkVectorCache {
    gatomicrefcount refs;
    GMutex lock; /* of everything below */
    sqlite3 *db; /* NULL once the file was given up */
    sqlite3_stmt *get, *put, *touch;
    char *path;
    guint64 max_size;
    gint64 today;
    gboolean inside; /* between begin and end */
};

G_DEFINE_BOXED_TYPE(UmkVectorCache,
                    umk_vector_cache,
                    umk_vector_cache_ref,
                    umk_vector_cache_unref)

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, crc INTEGER NOT NULL,"
    " used INTEGER NOT NULL, vector BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS vectors_used ON vectors (used);";

static void
close_db(UmkVectorCache *self)
{
    g_clear_pointer(&self->get, sqlite3_finalize);
    g_clear_pointer(&self->put, sqlite3_finalize);
    g_clear_pointer(&self->touch, sqlite3_finalize);
    g_clear_pointer(&self->db, sqlite3_close);
}

static gint64
get_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    gint64 number = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

static int
prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL);
}

/* An empty file becomes a cache; one that is something else is not touched but refused
 * with SQLITE_NOTADB. */
static int
set_up(sqlite3 *db)
{
    g_autofree char *stamp = g_strdup_printf(
        "PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION_ID, FORMAT);
    gint64 n_pages = get_number(db, "PRAGMA page_count");
    int code;

    if (n_pages < 0)
        return sqlite3_errcode(db) != SQLITE_OK ? sqlite3_errcode(db) : SQLITE_NOTADB;
    if (n_pages > 0 && (get_number(db, "PRAGMA application_id") != APPLICATION_ID ||
                        get_number(db, "PRAGMA user_version") != FORMAT))
        return SQLITE_NOTADB;
    if (n_pages > 0)
        return SQLITE_OK;
    /* Two processes may come here at once: the second finds the tables made. */
    code = sqlite3_exec(db, "PRAGMA auto_vacuum = INCREMENTAL; BEGIN IMMEDIATE;", NULL,
                        NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, schema, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, stamp, NULL, NULL, NULL);
    return code == SQLITE_OK ? sqlite3_exec(db, "COMMIT;", NULL, NULL, NULL) : code;
}

static int
open_db(UmkVectorCache *self)
{
    int code = sqlite3_open_v2(
        self->path, &self->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);

    if (code != SQLITE_OK)
        return code;
    sqlite3_busy_timeout(self->db, BUSY_TIMEOUT);
    code = sqlite3_exec(self->db,
                        "PRAGMA trusted_schema = OFF; PRAGMA synchronous = NORMAL;", NULL,
                        NULL, NULL);
    if (code == SQLITE_OK)
        code = set_up(self->db);
    if (code == SQLITE_OK)
        code = sqlite3_exec(self->db, "PRAGMA journal_mode = WAL;", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = prepare(self->db, "SELECT vector, crc, used FROM vectors WHERE key = ?1",
                       &self->get);
    if (code == SQLITE_OK)
        code = prepare(self->db,
                       "INSERT OR REPLACE INTO vectors (key, vector, crc, used)"
                       " VALUES (?1, ?2, ?3, ?4)",
                       &self->put);
    if (code == SQLITE_OK)
        code = prepare(self->db, "UPDATE vectors SET used = ?2 WHERE key = ?1",
                       &self->touch);
    return code;
}

static void
delete_files(const char *path)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *file = g_strconcat(path, ends[i], NULL);

        g_unlink(file);
    }
}

static gboolean
is_damage(int code)
{
    code &= 0xff;
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || code == SQLITE_ERROR ||
           code == SQLITE_FORMAT;
}

/* After a call that failed: a damaged file is begun anew, with anything else the cache is
 * silent from now on. Another process that has the old file open goes on with it
 * undisturbed. */
static void
give_up(UmkVectorCache *self, int code)
{
    close_db(self);
    self->inside = FALSE;
    if (!is_damage(code))
        return;
    delete_files(self->path);
    if (open_db(self) != SQLITE_OK)
        close_db(self);
}

/**
 * umk_vector_cache_open:
 * @path: (nullable) (type filename): a file, made if it is not there; %NULL for
 *   `umekomi/vectors.sqlite` in the user's cache directory
 * @max_size: bytes the file may grow to before rows are dropped; 0 for 1 GiB
 * @error: return location for an error
 *
 * A damaged file, or one of another version, is replaced by an empty one. Processes may
 * share the file.
 *
 * Returns: (transfer full): the cache; %NULL where the file cannot be made at all
 */
UmkVectorCache *
umk_vector_cache_open(const char *path, guint64 max_size, GError **error)
{
    g_autoptr(UmkVectorCache) self = g_new0(UmkVectorCache, 1);
    g_autofree char *folder = NULL;
    int code;

    g_atomic_ref_count_init(&self->refs);
    g_mutex_init(&self->lock);
    self->path = path ? g_strdup(path)
                      : g_build_filename(g_get_user_cache_dir(), "umekomi",
                                         "vectors.sqlite", NULL);
    self->max_size = max_size > 0 ? max_size : DEFAULT_SIZE;
    self->today = g_get_real_time() / G_TIME_SPAN_DAY;
    folder = g_path_get_dirname(self->path);
    if (g_mkdir_with_parents(folder, 0700) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", folder,
                    g_strerror(errno));
        return NULL;
    }
    code = open_db(self);
    if (code != SQLITE_OK)
        give_up(self, code);
    if (self->db == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                    _("%s: the cache of vectors cannot be opened (%s)"), self->path,
                    sqlite3_errstr(code));
        return NULL;
    }
    return g_steal_pointer(&self);
}

/**
 * umk_vector_cache_ref:
 * @self: a cache
 *
 * Returns: (transfer full): @self
 */
UmkVectorCache *
umk_vector_cache_ref(UmkVectorCache *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_vector_cache_unref:
 * @self: (transfer full): a cache
 */
void
umk_vector_cache_unref(UmkVectorCache *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    close_db(self);
    g_mutex_clear(&self->lock);
    g_free(self->path);
    g_free(self);
}

/**
 * umk_vector_cache_get_path:
 * @self: a cache
 *
 * Returns: (transfer none) (type filename): its file
 */
const char *
umk_vector_cache_get_path(UmkVectorCache *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->path;
}

void
_umk_vector_cache_begin(UmkVectorCache *self)
{
    int code = SQLITE_OK;

    g_mutex_lock(&self->lock);
    if (self->db != NULL)
        code = sqlite3_exec(self->db, "BEGIN IMMEDIATE;", NULL, NULL, NULL);
    if (code == SQLITE_OK)
        self->inside = self->db != NULL;
    else if (is_damage(code))
        give_up(self, code); /* one that is busy is used without a transaction */
    g_mutex_unlock(&self->lock);
}

/* Drops the rows used least lately until the file is a tenth below its limit. */
static int
evict(UmkVectorCache *self)
{
    gint64 size = get_number(self->db, "PRAGMA page_size");
    gint64 n_pages = get_number(self->db, "PRAGMA page_count");
    gint64 n_rows;
    double share;
    g_autofree char *sql = NULL;

    if (size < 0 || n_pages < 0 || (guint64) size * (guint64) n_pages <= self->max_size)
        return SQLITE_OK;
    n_rows = get_number(self->db, "SELECT count(*) FROM vectors");
    share = 1.0 - 0.9 * (double) self->max_size / ((double) size * (double) n_pages);
    sql = g_strdup_printf("DELETE FROM vectors WHERE rowid IN (SELECT rowid FROM vectors"
                          " ORDER BY used, rowid LIMIT %" PRId64 ");"
                          "PRAGMA incremental_vacuum;",
                          (gint64) ((double) MAX(n_rows, 0) * share) + 1);
    return sqlite3_exec(self->db, sql, NULL, NULL, NULL);
}

void
_umk_vector_cache_end(UmkVectorCache *self)
{
    int code = SQLITE_OK;

    g_mutex_lock(&self->lock);
    if (self->db != NULL && self->inside)
        code = sqlite3_exec(self->db, "COMMIT;", NULL, NULL, NULL);
    self->inside = FALSE;
    if (code == SQLITE_OK && self->db != NULL)
        code = evict(self);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
        give_up(self, code);
    g_mutex_unlock(&self->lock);
}

/* The row in hand, if it is whole. */
static gboolean
read_row(UmkVectorCache *self, gsize n_dims, float *vector)
{
    const void *blob = sqlite3_column_blob(self->get, 0);
    gsize size = (gsize) sqlite3_column_bytes(self->get, 0);

    if (blob == NULL || size != n_dims * sizeof *vector ||
        _umk_crc32c(0, blob, size) != (guint32) sqlite3_column_int64(self->get, 1))
        return FALSE;
    memcpy(vector, blob, size);
    return TRUE;
}

gboolean
_umk_vector_cache_get(UmkVectorCache *self,
                      const guint8 *key,
                      gsize n_dims,
                      float *vector)
{
    gboolean found = FALSE, old = FALSE;
    int code;

    g_mutex_lock(&self->lock);
    if (self->db != NULL) {
        sqlite3_bind_blob(self->get, 1, key, UMK_VECTOR_CACHE_KEY, SQLITE_STATIC);
        code = sqlite3_step(self->get);
        if (code == SQLITE_ROW) {
            found = read_row(self, n_dims, vector);
            old = sqlite3_column_int64(self->get, 2) != self->today;
        }
        sqlite3_reset(self->get);
        if (code != SQLITE_ROW && code != SQLITE_DONE && (code & 0xff) != SQLITE_BUSY)
            give_up(self, code);
    }
    if (found && old && self->inside) {
        sqlite3_bind_blob(self->touch, 1, key, UMK_VECTOR_CACHE_KEY, SQLITE_STATIC);
        sqlite3_bind_int64(self->touch, 2, self->today);
        sqlite3_step(self->touch);
        sqlite3_reset(self->touch);
    }
    g_mutex_unlock(&self->lock);
    return found;
}

void
_umk_vector_cache_put(UmkVectorCache *self,
                      const guint8 *key,
                      gsize n_dims,
                      const float *vector)
{
    gsize size = n_dims * sizeof *vector;
    int code;

    g_mutex_lock(&self->lock);
    if (self->db != NULL && size <= G_MAXINT) {
        sqlite3_bind_blob(self->put, 1, key, UMK_VECTOR_CACHE_KEY, SQLITE_STATIC);
        sqlite3_bind_blob(self->put, 2, vector, (int) size, SQLITE_STATIC);
        sqlite3_bind_int64(self->put, 3, _umk_crc32c(0, vector, size));
        sqlite3_bind_int64(self->put, 4, self->today);
        code = sqlite3_step(self->put);
        sqlite3_reset(self->put);
        sqlite3_clear_bindings(self->put);
        if (code != SQLITE_DONE && (code & 0xff) != SQLITE_BUSY)
            give_up(self, code);
    }
    g_mutex_unlock(&self->lock);
}
