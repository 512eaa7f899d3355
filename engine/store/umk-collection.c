/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A collection from creation to closing: the folder, the writer's lock, what is loaded
 * when it opens, and the order of rows. Opening reads no item and no vector. */
#include "store/umk-collection-private.h"

#include "store/umk-words-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

G_DEFINE_BOXED_TYPE(UmkCollection,
                    umk_collection,
                    umk_collection_ref,
                    umk_collection_unref)

static void
frame_free(gpointer data)
{
    UmkFrame *frame = data;

    _umk_vector_file_free(frame->vectors);
    g_free(frame->name);
    g_free(frame->file);
    g_free(frame);
}

static void
model_free(gpointer data)
{
    UmkStoredModel *model = data;

    g_free(model->id);
    g_free(model->provenance);
    g_free(model);
}

/* ---- create ----------------------------------------------------------------------- */

gboolean
_umk_store_write_space(sqlite3 *db, UmkSpace *space, GError **error)
{
    g_autoptr(GBytes) bytes = umk_space_to_bytes(space);

    /* The first three are for people with an SQLite shell; the bytes are what is read. */
    return _umk_meta_set_text(db, "space_name", umk_space_get_name(space), error) &&
           _umk_meta_set_int(db, "space_n_dims", (gint64) umk_space_get_n_dims(space),
                             error) &&
           _umk_meta_set_text(db, "space_metric",
                              umk_metric_get_name(umk_space_get_metric(space)), error) &&
           _umk_meta_set_blob(db, "space", bytes, error);
}

static gboolean
write_first_state(const char *folder, UmkSpace *space, GError **error)
{
    g_autofree char *uuid = g_uuid_string_random();
    g_autoptr(sqlite3) db = _umk_meta_open(folder, TRUE, error);

    return db != NULL && _umk_meta_exec(db, "BEGIN IMMEDIATE", error) &&
           _umk_meta_set_text(db, "uuid", uuid, error) &&
           _umk_meta_set_int(db, "sequence", 0, error) &&
           _umk_meta_set_int(db, "n_items", 0, error) &&
           _umk_meta_set_int(db, "next_item", 1, error) &&
           _umk_store_write_space(db, space, error) &&
           _umk_meta_exec(db, "COMMIT", error);
}

static gboolean
make_folder(const char *parent, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(parent, name, NULL);

    return g_mkdir(path, 0777) == 0 ||
           _umk_file_set_error(error, errno, _("Cannot create"), path);
}

static void
remove_attempt(const char *folder)
{
    static const char *const names[] = {"meta.sqlite", "meta.sqlite-wal",
                                        "meta.sqlite-shm", "meta.sqlite-journal"};
    static const char *const folders[] = {"vectors", "derived"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_unlink(path);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(folder, folders[i], NULL);

        g_rmdir(path);
    }
    g_rmdir(folder);
}

/**
 * umk_collection_create:
 * @path: (type filename): where; nothing, or an empty folder, may be there
 * @space: the shared space of what will be in it
 * @error: return location for an error
 *
 * Makes a new collection, as a whole or not at all.
 *
 * Returns: (transfer full): the collection, open for writing
 */
UmkCollection *
umk_collection_create(const char *path, UmkSpace *space, GError **error)
{
    g_autofree char *given = NULL, *whole = NULL, *parent = NULL, *attempt = NULL;
    gboolean done;

    g_return_val_if_fail(path != NULL, NULL);
    g_return_val_if_fail(space != NULL, NULL);
    whole = g_canonicalize_filename(path, NULL);
    parent = g_path_get_dirname(whole);
    attempt = g_strconcat(whole, ".XXXXXX", NULL);
    if (umk_collection_probe(path)) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
                    _("There is already a collection “%s”"), path);
        return NULL;
    }
    if (g_mkdtemp_full(attempt, 0777) == NULL) {
        _umk_file_set_error(error, errno, _("Cannot create"), path);
        return NULL;
    }
    done = make_folder(attempt, "vectors", error) &&
           make_folder(attempt, "derived", error) && _umk_meta_create(attempt, error) &&
           write_first_state(attempt, space, error) &&
           _umk_file_sync_folder(&_umk_file_ops_system, attempt, error);
    /* Renaming onto an empty folder replaces it; onto anything else it fails. */
    if (done && g_rename(attempt, whole) < 0)
        done = _umk_file_set_error(error, errno == ENOTEMPTY ? EEXIST : errno,
                                   _("Cannot create"), path);
    if (!done) {
        remove_attempt(attempt);
        return NULL;
    }
    if (!_umk_file_sync_folder(&_umk_file_ops_system, parent, error))
        return NULL;
    return umk_collection_open(path, UMK_OPEN_WRITE, error);
}

/* ---- open ------------------------------------------------------------------------- */

/**
 * umk_collection_probe:
 * @path: (type filename): a path
 *
 * Returns: whether a collection seems to be there; opening it may still fail
 */
gboolean
umk_collection_probe(const char *path)
{
    g_autofree char *meta = NULL;

    g_return_val_if_fail(path != NULL, FALSE);
    meta = g_build_filename(path, UMK_META_FILE, NULL);
    return g_file_test(meta, G_FILE_TEST_IS_REGULAR);
}

static gboolean
parse_uuid(UmkCollection *self, GError **error)
{
    guint n = 0;

    for (const char *at = self->uuid; *at != '\0' && n < 32; at++) {
        int digit = g_ascii_xdigit_value(*at);

        if (*at == '-')
            continue;
        if (digit < 0)
            break;
        self->uuid_bytes[n / 2] = (guint8) (self->uuid_bytes[n / 2] << 4 | digit);
        n++;
    }
    if (n == 32)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("“%s” is damaged: its UUID cannot be read"), self->path);
    return FALSE;
}

void
_umk_collection_replace_space(UmkCollection *self, UmkSpace *space)
{
    if (self->space != NULL)
        g_ptr_array_add(self->old_spaces, self->space);
    self->space = space;
}

static gboolean
load_keys(UmkCollection *self, GError **error)
{
    g_autoptr(GBytes) uuid = NULL, space = NULL;
    UmkSpace *loaded;

    if (!_umk_meta_get_blob(self->db, "uuid", &uuid, error) ||
        !_umk_meta_get_int(self->db, "sequence", &self->sequence, error) ||
        !_umk_meta_get_int(self->db, "n_items", &self->n_items, error) ||
        !_umk_meta_get_int(self->db, "next_item", &self->next_item, error) ||
        !_umk_meta_get_blob(self->db, "space", &space, error))
        return FALSE;
    g_free(self->uuid);
    self->uuid = g_strndup(g_bytes_get_data(uuid, NULL), g_bytes_get_size(uuid));
    if (!parse_uuid(self, error))
        return FALSE;
    if (self->sequence < 0 || self->n_items < 0 || self->next_item < 1 ||
        self->n_items >= self->next_item) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: it counts %" PRId64
                      " items, the next one being %" PRId64),
                    self->path, self->n_items, self->next_item);
        return FALSE;
    }
    loaded = umk_space_new_from_bytes(space, error);
    if (loaded == NULL) {
        g_prefix_error(error, "“%s”: ", self->path);
        return FALSE;
    }
    _umk_collection_replace_space(self, loaded);
    return TRUE;
}

char *
_umk_collection_vector_path(UmkCollection *self, const char *file)
{
    return g_build_filename(self->path, "vectors", file, NULL);
}

static gboolean
load_frame(UmkCollection *self, sqlite3_stmt *row, GError **error)
{
    UmkFrame *frame = g_new0(UmkFrame, 1);
    gint64 n_dims = sqlite3_column_int64(row, 2), n_slots = sqlite3_column_int64(row, 4);
    g_autofree char *path = NULL;

    g_ptr_array_add(self->frames, frame);
    frame->key = sqlite3_column_int64(row, 0);
    frame->name = g_strdup(_umk_meta_text(row, 1));
    frame->file = g_strdup(_umk_meta_text(row, 3));
    if (n_dims < 1 || n_dims > UMK_MAX_DIMS || n_slots < 0 ||
        strchr(frame->file, G_DIR_SEPARATOR) != NULL || *frame->file == '\0') {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: frame “%s” has %" PRId64
                      " dimensions and %" PRId64 " slots in file “%s”"),
                    self->path, frame->name, n_dims, n_slots, frame->file);
        return FALSE;
    }
    frame->n_dims = (gsize) n_dims;
    frame->n_committed = (guint64) n_slots;
    path = _umk_collection_vector_path(self, frame->file);
    frame->vectors = _umk_vector_file_open(
        self->ops, path, self->uuid_bytes, (guint32) frame->key, frame->n_dims,
        frame->n_committed, self->mode == UMK_OPEN_WRITE, error);
    return frame->vectors != NULL;
}

static gboolean
load_frames(UmkCollection *self, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    GError *failure = NULL;

    g_ptr_array_set_size(self->models, 0);
    g_ptr_array_set_size(self->frames, 0);
    rows = _umk_meta_prepare(
        self->db, "SELECT frame, name, n_dims, file, n_slots FROM frames ORDER BY frame",
        error);
    if (rows == NULL)
        return FALSE;
    while (_umk_meta_next(rows, &failure))
        if (!load_frame(self, rows, error))
            return FALSE;
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    return TRUE;
}

static gboolean
load_models(UmkCollection *self, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    GError *failure = NULL;

    rows = _umk_meta_prepare(
        self->db, "SELECT model, id, frame, provenance FROM models ORDER BY model",
        error);
    if (rows == NULL)
        return FALSE;
    while (_umk_meta_next(rows, &failure)) {
        UmkStoredModel *model = g_new0(UmkStoredModel, 1);

        g_ptr_array_add(self->models, model);
        model->key = sqlite3_column_int64(rows, 0);
        model->id = g_strdup(_umk_meta_text(rows, 1));
        model->frame =
            _umk_collection_find_frame_key(self, sqlite3_column_int64(rows, 2));
        model->provenance = g_strdup(_umk_meta_text(rows, 3));
        if (model->frame == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” is damaged: model “%s” has no frame"), self->path,
                        model->id);
            return FALSE;
        }
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    return TRUE;
}

gboolean
_umk_collection_reload(UmkCollection *self, GError **error)
{
    _umk_collection_drop_caches(self);
    return load_keys(self, error) && load_frames(self, error) && load_models(self, error);
}

static gboolean
take_lock(UmkCollection *self, GError **error)
{
    g_autofree char *path = g_build_filename(self->path, "writer.lock", NULL);

    self->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (self->lock_fd < 0)
        return _umk_file_set_error(error, errno,
                                   _("Cannot write to the collection: open"), path);
    if (flock(self->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return TRUE;
    if (errno != EWOULDBLOCK)
        return _umk_file_set_error(error, errno, _("Cannot lock"), path);
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY,
                _("Another program is writing to “%s”; only one can at a time"),
                self->path);
    return FALSE;
}

/* Files a killed compaction or rolled-back frame left behind. */
static void
remove_orphans(UmkCollection *self)
{
    g_autofree char *folder = g_build_filename(self->path, "vectors", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        gboolean known = !g_str_has_suffix(name, ".umv");

        for (guint i = 0; i < self->frames->len && !known; i++)
            known = strcmp(((UmkFrame *) self->frames->pdata[i])->file, name) == 0;
        if (!known) {
            g_autofree char *path = g_build_filename(folder, name, NULL);

            g_unlink(path);
        }
    }
}

UmkCollection *
_umk_collection_open_with(const char *path,
                          UmkOpenMode mode,
                          const UmkFileOps *ops,
                          GError **error)
{
    g_autoptr(UmkCollection) self = g_new0(UmkCollection, 1);
    gboolean writing = mode == UMK_OPEN_WRITE;

    g_atomic_ref_count_init(&self->refs);
    g_mutex_init(&self->lock);
    self->path = g_canonicalize_filename(path, NULL);
    self->mode = mode;
    self->ops = ops != NULL ? ops : &_umk_file_ops_system;
    self->lock_fd = -1;
    self->frames = g_ptr_array_new_with_free_func(frame_free);
    self->models = g_ptr_array_new_with_free_func(model_free);
    self->old_spaces = g_ptr_array_new_with_free_func((GDestroyNotify) umk_space_unref);
    if (writing && umk_collection_probe(path) && !take_lock(self, error))
        return NULL;
    self->db = _umk_meta_open(self->path, writing, error);
    if (self->db == NULL || !_umk_collection_reload(self, error))
        return NULL;
    if (writing)
        remove_orphans(self);
    return g_steal_pointer(&self);
}

/**
 * umk_collection_open:
 * @path: (type filename): the folder
 * @mode: what for
 * @error: return location for an error
 *
 * A reader sees the state of this moment for as long as it is open, whatever a writer
 * does meanwhile; it opens read-only folders and media too. A second writer is refused
 * with %G_IO_ERROR_BUSY. The time does not grow with the number of items.
 *
 * Every function of a collection may be called from any thread.
 *
 * Returns: (transfer full): the collection
 */
UmkCollection *
umk_collection_open(const char *path, UmkOpenMode mode, GError **error)
{
    g_return_val_if_fail(path != NULL, NULL);
    return _umk_collection_open_with(path, mode, NULL, error);
}

/**
 * umk_collection_ref:
 * @self: a collection
 *
 * Returns: (transfer full): @self
 */
UmkCollection *
umk_collection_ref(UmkCollection *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

void
_umk_collection_finalize_statements(UmkCollection *self)
{
    g_clear_pointer(&self->insert_item, sqlite3_finalize);
    g_clear_pointer(&self->update_item, sqlite3_finalize);
    g_clear_pointer(&self->find_item, sqlite3_finalize);
    g_clear_pointer(&self->bury_slot, sqlite3_finalize);
}

/**
 * umk_collection_unref:
 * @self: (transfer full): a collection
 *
 * Closing gives up whatever was not committed.
 */
void
umk_collection_unref(UmkCollection *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    _umk_collection_drop_caches(self);
    _umk_collection_finalize_statements(self);
    if (self->in_transaction)
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];

        if (frame->vectors != NULL)
            _umk_vector_file_rewind(frame->vectors, frame->n_committed);
    }
    g_ptr_array_unref(self->models);
    g_ptr_array_unref(self->frames);
    if (self->db != NULL && self->mode == UMK_OPEN_READ)
        _umk_meta_close_reader(self->db);
    else
        _umk_meta_close(self->db);
    g_clear_pointer(&self->space, umk_space_unref);
    g_ptr_array_unref(self->old_spaces);
    /* Last, so that the next writer finds everything put away. */
    if (self->lock_fd >= 0)
        close(self->lock_fd);
    g_free(self->uuid);
    g_free(self->path);
    g_mutex_clear(&self->lock);
    g_free(self);
}

/* ---- what it is ------------------------------------------------------------------- */

/**
 * umk_collection_get_path:
 * @self: a collection
 *
 * Returns: (type filename) (transfer none): its folder, absolute
 */
const char *
umk_collection_get_path(UmkCollection *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->path;
}

/**
 * umk_collection_get_uuid:
 * @self: a collection
 *
 * Returns: (transfer none): what tells it from every other collection
 */
const char *
umk_collection_get_uuid(UmkCollection *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->uuid;
}

/**
 * umk_collection_get_sequence:
 * @self: a collection
 *
 * Returns: how many commits it has seen; what is derived from it is stamped with this
 */
guint64
umk_collection_get_sequence(UmkCollection *self)
{
    guint64 sequence;

    g_return_val_if_fail(self != NULL, 0);
    g_mutex_lock(&self->lock);
    sequence = (guint64) self->sequence;
    g_mutex_unlock(&self->lock);
    return sequence;
}

/**
 * umk_collection_get_space:
 * @self: a collection
 *
 * Returns: (transfer none): its shared space, valid while @self lives
 */
UmkSpace *
umk_collection_get_space(UmkCollection *self)
{
    UmkSpace *space;

    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    space = self->space;
    g_mutex_unlock(&self->lock);
    return space;
}

/**
 * umk_collection_get_n_items:
 * @self: a collection
 *
 * Returns: how many items, those appended but not yet committed by this writer included
 */
gsize
umk_collection_get_n_items(UmkCollection *self)
{
    gsize n_items;

    g_return_val_if_fail(self != NULL, 0);
    g_mutex_lock(&self->lock);
    n_items = (gsize) self->n_items;
    g_mutex_unlock(&self->lock);
    return n_items;
}

UmkFrame *
_umk_collection_find_frame(UmkCollection *self, const char *name)
{
    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];

        if (strcmp(frame->name, name) == 0)
            return frame;
    }
    return NULL;
}

UmkFrame *
_umk_collection_find_frame_key(UmkCollection *self, gint64 key)
{
    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];

        if (frame->key == key)
            return frame;
    }
    return NULL;
}

UmkStoredModel *
_umk_collection_find_model(UmkCollection *self, const char *id)
{
    for (guint i = 0; i < self->models->len; i++) {
        UmkStoredModel *model = self->models->pdata[i];

        if (strcmp(model->id, id) == 0)
            return model;
    }
    return NULL;
}

/**
 * umk_collection_list_models:
 * @self: a collection
 *
 * Returns: (transfer full) (array zero-terminated=1): ids of the models vectors came from
 */
char **
umk_collection_list_models(UmkCollection *self)
{
    g_autoptr(GStrvBuilder) builder = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    builder = g_strv_builder_new();
    g_mutex_lock(&self->lock);
    for (guint i = 0; i < self->models->len; i++)
        g_strv_builder_add(builder, ((UmkStoredModel *) self->models->pdata[i])->id);
    g_mutex_unlock(&self->lock);
    return g_strv_builder_end(builder);
}

/**
 * umk_collection_dup_model_provenance:
 * @self: a collection
 * @model_id: one of its models
 *
 * Returns: (nullable) (transfer full): the JSON object given to
 *   umk_collection_add_model(), or %NULL if there is no such model
 */
char *
umk_collection_dup_model_provenance(UmkCollection *self, const char *model_id)
{
    UmkStoredModel *model;
    char *copy;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(model_id != NULL, NULL);
    g_mutex_lock(&self->lock);
    model = _umk_collection_find_model(self, model_id);
    copy = model != NULL ? g_strdup(model->provenance) : NULL;
    g_mutex_unlock(&self->lock);
    return copy;
}

/**
 * umk_collection_dup_model_frame:
 * @self: a collection
 * @model_id: one of its models
 *
 * Returns: (nullable) (transfer full): the coordinate system its vectors are in, or %NULL
 *   if there is no such model
 */
char *
umk_collection_dup_model_frame(UmkCollection *self, const char *model_id)
{
    UmkStoredModel *model;
    char *copy;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(model_id != NULL, NULL);
    g_mutex_lock(&self->lock);
    model = _umk_collection_find_model(self, model_id);
    copy = model != NULL ? g_strdup(model->frame->name) : NULL;
    g_mutex_unlock(&self->lock);
    return copy;
}

/* ---- rows ------------------------------------------------------------------------- */

void
_umk_collection_drop_caches(UmkCollection *self)
{
    g_clear_pointer(&self->row_items, g_array_unref);
    g_clear_pointer(&self->space_matrix, umk_matrix_unref);
    g_clear_pointer(&self->space_rows, g_bytes_unref);
    g_clear_pointer(&self->modalities, g_bytes_unref);
    g_clear_pointer(&self->matches, g_hash_table_unref);
    g_clear_pointer(&self->words, _umk_words_unref);
    g_clear_pointer(&self->kept, self->kept_unref);
}

gboolean
_umk_collection_is_dense(UmkCollection *self)
{
    guint64 n_slots = 0, n_items = (guint64) self->n_items;
    guint n_used = 0;

    /* Slots are taken in the order of items, one each; an update or a removal leaves a
     * slot more than items or an item number unused, and that shows in the counts. */
    for (guint i = 0; i < self->frames->len; i++) {
        guint64 n =
            _umk_vector_file_get_n_slots(((UmkFrame *) self->frames->pdata[i])->vectors);

        n_slots += n;
        n_used += n > 0;
    }
    return n_used <= 1 && n_slots == n_items && self->next_item == self->n_items + 1;
}

gboolean
_umk_collection_load_rows(UmkCollection *self, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    g_autoptr(GArray) items = NULL;
    GError *failure = NULL;

    if (self->row_items != NULL || self->next_item == self->n_items + 1)
        return TRUE;
    rows = _umk_meta_prepare(self->db, "SELECT item FROM items ORDER BY item", error);
    if (rows == NULL)
        return FALSE;
    items = g_array_sized_new(FALSE, FALSE, sizeof(gint64), (guint) self->n_items);
    while (_umk_meta_next(rows, &failure)) {
        gint64 item = sqlite3_column_int64(rows, 0);

        g_array_append_val(items, item);
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    if (items->len != (guint64) self->n_items) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: it counts %" PRId64 " items but has %u"),
                    self->path, self->n_items, items->len);
        return FALSE;
    }
    self->row_items = g_steal_pointer(&items);
    return TRUE;
}

gint64
_umk_collection_item_at(UmkCollection *self, gsize row)
{
    return self->row_items != NULL ? g_array_index(self->row_items, gint64, row)
                                   : (gint64) row + 1;
}

gboolean
_umk_collection_row_of(UmkCollection *self, gint64 item, gsize *row)
{
    gsize low = 0, high = (gsize) self->n_items;

    while (low < high) {
        gsize middle = low + (high - low) / 2;

        if (_umk_collection_item_at(self, middle) < item)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == (gsize) self->n_items || _umk_collection_item_at(self, low) != item)
        return FALSE;
    *row = low;
    return TRUE;
}
