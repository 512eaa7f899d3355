/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compaction: live vectors into new files in row order, items renumbered to match, one
 * commit that switches over, old files removed afterwards. A crash at any point leaves
 * the old state or the new one and at most an orphan that the next writer removes. */
#include "store/umk-collection-private.h"

#include "core/umk-run-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <inttypes.h>
#include <string.h>

#define COPY_ROWS 1024

typedef struct {
    guint64 old_item;
    guint64 new_item;
    guint64 slot;
} Move;

/* frame.umv, frame.2.umv, frame.3.umv, … */
static char *
next_file_name(const char *file)
{
    g_autofree char *base = g_strndup(file, strlen(file) - strlen(".umv"));
    char *dot = strrchr(base, '.');
    guint64 generation = 1;

    if (dot != NULL &&
        g_ascii_string_to_unsigned(dot + 1, 10, 1, G_MAXUINT32, &generation, NULL))
        *dot = '\0';
    return g_strdup_printf("%s.%" PRIu64 ".umv", base, generation + 1);
}

static GArray *
load_moves(UmkCollection *self, gint64 frame, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    g_autoptr(GArray) moves = g_array_new(FALSE, FALSE, sizeof(Move));
    GError *failure = NULL;
    guint64 number = 0;

    rows = _umk_meta_prepare(self->db,
                             "SELECT item, frame, slot FROM items ORDER BY item", error);
    if (rows == NULL)
        return NULL;
    while (_umk_meta_next(rows, &failure)) {
        Move move = {.old_item = (guint64) sqlite3_column_int64(rows, 0),
                     .new_item = ++number,
                     .slot = (guint64) sqlite3_column_int64(rows, 2)};

        if (sqlite3_column_int64(rows, 1) == frame)
            g_array_append_val(moves, move);
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return NULL;
    }
    return g_steal_pointer(&moves);
}

/* A damaged vector is not given a fresh checksum: that would hide it for good. */
static gboolean
copy_vectors(UmkCollection *self,
             UmkFrame *frame,
             UmkVectorFile *to,
             GArray *moves,
             UmkRun *run,
             GError **error)
{
    g_autofree float *rows = g_new(float, COPY_ROWS * frame->n_dims);
    guint64 numbers[COPY_ROWS];

    for (gsize first = 0; first < moves->len; first += COPY_ROWS) {
        gsize n = MIN(COPY_ROWS, moves->len - first);

        if (!umk_run_check(run, error))
            return FALSE;
        umk_run_report(run, _("Copying vectors"), (double) first / moves->len);
        for (gsize i = 0; i < n; i++) {
            const Move *move = &g_array_index(moves, Move, first + i);
            const char *wrong = NULL;
            guint64 item = 0;

            if (move->slot >= _umk_vector_file_get_n_slots(frame->vectors))
                wrong = _("is not there");
            else if (!_umk_vector_file_check_rows(frame->vectors, move->slot, 1,
                                                  rows + i * frame->n_dims, &item, &wrong,
                                                  error))
                return FALSE;
            if (wrong == NULL && item != move->old_item)
                wrong = _("belongs to another item");
            if (wrong != NULL) {
                g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("“%s” is damaged: slot %" PRIu64 " of frame “%s” %s"),
                            self->path, move->slot, frame->name, wrong);
                return FALSE;
            }
            numbers[i] = move->new_item;
        }
        if (!_umk_vector_file_write_rows(to, rows, n, error) ||
            !_umk_vector_file_append(to, rows, numbers, (guint64) self->sequence + 1, n,
                                     error))
            return FALSE;
    }
    return _umk_vector_file_sync(to, error);
}

static gboolean
move_items(UmkCollection *self, GArray *moves, GError **error)
{
    g_autoptr(sqlite3_stmt) update = NULL;

    /* New numbers never exceed old ones, and they are unique once all frames are done:
     * going through negative numbers keeps them so in between. */
    update = _umk_meta_prepare(
        self->db, "UPDATE items SET item = ?, slot = ? WHERE item = ?", error);
    if (update == NULL)
        return FALSE;
    for (guint i = 0; i < moves->len; i++) {
        const Move *move = &g_array_index(moves, Move, i);

        sqlite3_bind_int64(update, 1, -(gint64) move->new_item);
        sqlite3_bind_int64(update, 2, i);
        sqlite3_bind_int64(update, 3, (gint64) move->old_item);
        if (!_umk_meta_run(update, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
switch_frame(UmkCollection *self,
             UmkFrame *frame,
             const char *file,
             guint64 n_slots,
             GError **error)
{
    g_autoptr(sqlite3_stmt) update = NULL;

    update = _umk_meta_prepare(
        self->db, "UPDATE frames SET file = ?, n_slots = ? WHERE frame = ?", error);
    if (update == NULL)
        return FALSE;
    sqlite3_bind_text(update, 1, file, -1, SQLITE_STATIC);
    sqlite3_bind_int64(update, 2, (gint64) n_slots);
    sqlite3_bind_int64(update, 3, frame->key);
    return _umk_meta_run(update, error);
}

static gboolean
rewrite_frame(UmkCollection *self,
              UmkFrame *frame,
              const char *file,
              GArray *moves,
              UmkRun *run,
              GError **error)
{
    g_autofree char *path = _umk_collection_vector_path(self, file);
    g_autoptr(UmkVectorFile) to = NULL;

    to = _umk_vector_file_create(self->ops, path, self->uuid_bytes, (guint32) frame->key,
                                 frame->n_dims, error);
    return to != NULL && copy_vectors(self, frame, to, moves, run, error) &&
           switch_frame(self, frame, file, moves->len, error);
}

static gboolean
finish(UmkCollection *self, GError **error)
{
    return _umk_meta_exec(self->db, "UPDATE items SET item = -item", error) &&
           _umk_meta_exec(self->db, "DELETE FROM tombstones", error) &&
           _umk_meta_set_int(self->db, "sequence", self->sequence + 1, error) &&
           _umk_meta_set_int(self->db, "next_item", self->n_items + 1, error) &&
           /* What was derived before this must not be brought up to date from here. */
           _umk_meta_set_int(self->db, "compacted", self->sequence + 1, error) &&
           _umk_meta_exec(self->db, "COMMIT", error);
}

/* Frames first, items after: reading one frame's moves must not see another's
 * renumbering. */
static gboolean
rewrite(UmkCollection *self, GPtrArray *files, UmkRun *run, GError **error)
{
    g_autoptr(GPtrArray) all =
        g_ptr_array_new_with_free_func((GDestroyNotify) g_array_unref);

    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];
        char *file = next_file_name(frame->file);
        GArray *moves = load_moves(self, frame->key, error);
        g_auto(UmkRun) stage = {0};

        _umk_run_init_stage(&stage, run, i / (double) self->frames->len,
                            (i + 1) / (double) self->frames->len);
        g_ptr_array_add(files, file);
        if (moves == NULL)
            return FALSE;
        g_ptr_array_add(all, moves);
        if (!rewrite_frame(self, frame, file, moves, &stage, error))
            return FALSE;
    }
    for (guint i = 0; i < all->len; i++)
        if (!move_items(self, all->pdata[i], error))
            return FALSE;
    return finish(self, error);
}

static void
unlink_files(UmkCollection *self, GPtrArray *files)
{
    for (guint i = 0; i < files->len; i++) {
        g_autofree char *path = _umk_collection_vector_path(self, files->pdata[i]);

        g_unlink(path);
    }
}

static void
empty_derived(UmkCollection *self)
{
    g_autofree char *folder = g_build_filename(self->path, "derived", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
}

static gboolean
compact(UmkCollection *self, UmkRun *run, GError **error)
{
    g_autoptr(GPtrArray) old_files = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) new_files = g_ptr_array_new_with_free_func(g_free);

    if (self->in_transaction) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                    _("“%s” can be compacted once its changes are committed"),
                    self->path);
        return FALSE;
    }
    if (!_umk_collection_begin(self, error))
        return FALSE;
    for (guint i = 0; i < self->frames->len; i++)
        g_ptr_array_add(old_files, g_strdup(((UmkFrame *) self->frames->pdata[i])->file));
    if (!rewrite(self, new_files, run, error)) {
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
        self->in_transaction = FALSE;
        unlink_files(self, new_files);
        return FALSE;
    }
    self->in_transaction = FALSE;
    unlink_files(self, old_files);
    empty_derived(self);
    /* The rest only saves room: failing here loses nothing. */
    sqlite3_exec(self->db, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    return _umk_collection_reload(self, error);
}

/**
 * umk_collection_compact:
 * @self: a collection open for writing, nothing uncommitted
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Gives back the room of removed and replaced items. Rows keep their order. While it
 * runs the collection needs room for its live vectors a second time.
 *
 * Returns: whether it was done; if not, nothing has changed
 */
gboolean
umk_collection_compact(UmkCollection *self,
                       GCancellable *cancellable,
                       UmkProgressFunc progress,
                       gpointer progress_data,
                       GError **error)
{
    g_auto(UmkRun) run = {0};
    gboolean done;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(self != NULL, FALSE);
    g_mutex_lock(&self->lock);
    done = compact(self, &run, error);
    g_mutex_unlock(&self->lock);
    return done;
}
