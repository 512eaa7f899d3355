/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that changes a collection: models, appended batches, removals and the commit
 * that makes them durable. A failed batch leaves what was before it in place; a failed
 * commit leaves the state of the last one. */
#include "store/umk-collection-private.h"

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <string.h>

gboolean
_umk_collection_begin(UmkCollection *self, GError **error)
{
    if (self->mode != UMK_OPEN_WRITE) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_READ_ONLY,
                    _("“%s” was opened for reading"), self->path);
        return FALSE;
    }
    if (self->in_transaction)
        return TRUE;
    self->in_transaction = _umk_meta_exec(self->db, "BEGIN IMMEDIATE", error);
    return self->in_transaction;
}

/* ---- models ----------------------------------------------------------------------- */

/* A name for the frame's file that any file system takes and no other frame has. */
static char *
file_name_for(UmkCollection *self, const char *frame)
{
    g_autofree char *base = g_strndup(frame, 80);

    g_strcanon(base, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_", '_');
    for (guint try = 0;; try++) {
        char *name = try == 0 ? g_strconcat(base, ".umv", NULL)
                              : g_strdup_printf("%s-%u.umv", base, try);
        gboolean taken = FALSE;

        for (guint i = 0; i < self->frames->len && !taken; i++)
            taken = g_ascii_strcasecmp(((UmkFrame *) self->frames->pdata[i])->file,
                                       name) == 0;
        if (!taken)
            return name;
        g_free(name);
    }
}

static UmkFrame *
add_frame(UmkCollection *self, const char *name, gsize n_dims, GError **error)
{
    g_autoptr(sqlite3_stmt) insert = NULL;
    g_autofree char *file = file_name_for(self, name), *path = NULL;
    UmkVectorFile *vectors;
    UmkFrame *frame;
    gint64 key = 1;

    for (guint i = 0; i < self->frames->len; i++)
        key = MAX(key, ((UmkFrame *) self->frames->pdata[i])->key + 1);
    insert =
        _umk_meta_prepare(self->db, "INSERT INTO frames VALUES (?, ?, ?, ?, 0)", error);
    if (insert == NULL)
        return NULL;
    path = _umk_collection_vector_path(self, file);
    vectors = _umk_vector_file_create(self->ops, path, self->uuid_bytes, (guint32) key,
                                      n_dims, error);
    if (vectors == NULL)
        return NULL;
    sqlite3_bind_int64(insert, 1, key);
    sqlite3_bind_text(insert, 2, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 3, (gint64) n_dims);
    sqlite3_bind_text(insert, 4, file, -1, SQLITE_STATIC);
    if (!_umk_meta_run(insert, error)) {
        _umk_vector_file_free(vectors);
        return NULL;
    }
    frame = g_new0(UmkFrame, 1);
    frame->key = key;
    frame->name = g_strdup(name);
    frame->n_dims = n_dims;
    frame->file = g_steal_pointer(&file);
    frame->vectors = vectors;
    g_ptr_array_add(self->frames, frame);
    return frame;
}

static gboolean
store_model(UmkCollection *self,
            gint64 key,
            const char *model_id,
            UmkFrame *frame,
            const char *provenance,
            GError **error)
{
    g_autoptr(sqlite3_stmt) insert = NULL;
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *added = g_date_time_format_iso8601(now);

    insert = _umk_meta_prepare(self->db,
                               "INSERT INTO models VALUES (?1, ?2, ?3, ?4, ?5)"
                               " ON CONFLICT (model) DO UPDATE SET provenance = ?4",
                               error);
    if (insert == NULL)
        return FALSE;
    sqlite3_bind_int64(insert, 1, key);
    sqlite3_bind_text(insert, 2, model_id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(insert, 3, frame->key);
    sqlite3_bind_text(insert, 4, provenance, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 5, added, -1, SQLITE_STATIC);
    return _umk_meta_run(insert, error);
}

static gboolean
add_model(UmkCollection *self,
          const char *model_id,
          const char *frame_name,
          gsize n_dims,
          const char *provenance,
          GError **error)
{
    UmkStoredModel *model = _umk_collection_find_model(self, model_id);
    UmkFrame *frame = _umk_collection_find_frame(self, frame_name);
    gint64 key = 1;

    if (frame != NULL && frame->n_dims != n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("Frame “%s” has %zu dimensions, model “%s” makes %zu"), frame_name,
                    frame->n_dims, model_id, n_dims);
        return FALSE;
    }
    if (model != NULL && model->frame != frame) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Model “%s” is already in this collection with frame “%s”"),
                    model_id, model->frame->name);
        return FALSE;
    }
    if (model != NULL && strcmp(model->provenance, provenance) == 0)
        return TRUE;
    if (!_umk_collection_begin(self, error))
        return FALSE;
    if (frame == NULL)
        frame = add_frame(self, frame_name, n_dims, error);
    if (frame == NULL)
        return FALSE;
    for (guint i = 0; i < self->models->len; i++)
        key = MAX(key, ((UmkStoredModel *) self->models->pdata[i])->key + 1);
    if (!store_model(self, model != NULL ? model->key : key, model_id, frame, provenance,
                     error))
        return FALSE;
    if (model == NULL) {
        model = g_new0(UmkStoredModel, 1);
        model->key = key;
        model->id = g_strdup(model_id);
        model->frame = frame;
        g_ptr_array_add(self->models, model);
    }
    g_free(model->provenance);
    model->provenance = g_strdup(provenance);
    return TRUE;
}

/**
 * umk_collection_add_model:
 * @self: a collection open for writing
 * @model_id: name under which items will be appended
 * @frame: the coordinate system of its vectors; models that share one are comparable
 * @n_dims: length of its vectors
 * @provenance_json: (nullable): a JSON object telling version, digest, preprocessing,
 *   parameters and whatever else makes the vectors repeatable
 * @error: return location for an error
 *
 * Makes a model known before its first items. Adding one again updates its provenance;
 * its frame and dimension are fixed.
 *
 * Returns: whether it is known now
 */
gboolean
umk_collection_add_model(UmkCollection *self,
                         const char *model_id,
                         const char *frame,
                         gsize n_dims,
                         const char *provenance_json,
                         GError **error)
{
    gboolean done;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(model_id != NULL && frame != NULL, FALSE);
    if (n_dims == 0 || n_dims > UMK_MAX_DIMS) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_DIMENSION,
            _("Model “%s” makes vectors of %zu dimensions; a collection takes 1 to %d"),
            model_id, n_dims, UMK_MAX_DIMS);
        return FALSE;
    }
    g_mutex_lock(&self->lock);
    done = add_model(self, model_id, frame, n_dims,
                     provenance_json != NULL ? provenance_json : "{}", error);
    g_mutex_unlock(&self->lock);
    return done;
}

/**
 * umk_collection_set_space:
 * @self: a collection open for writing
 * @space: the same space, usually with one more aligner
 * @error: return location for an error
 *
 * Takes effect with the next commit.
 *
 * Returns: whether the space was replaced
 */
gboolean
umk_collection_set_space(UmkCollection *self, UmkSpace *space, GError **error)
{
    gboolean done;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(space != NULL, FALSE);
    g_mutex_lock(&self->lock);
    done = _umk_collection_begin(self, error) &&
           _umk_store_write_space(self->db, space, error);
    if (done) {
        _umk_collection_replace_space(self, umk_space_ref(space));
        _umk_collection_drop_caches(self);
    }
    g_mutex_unlock(&self->lock);
    return done;
}

/* ---- appending -------------------------------------------------------------------- */

static char *
fields_to_json(UmkItem *item)
{
    g_auto(GStrv) names = umk_item_list_fields(item);
    g_autoptr(JsonBuilder) builder = NULL;
    g_autoptr(JsonNode) root = NULL;

    if (names == NULL || names[0] == NULL)
        return NULL;
    builder = json_builder_new();
    json_builder_begin_object(builder);
    for (char **name = names; *name != NULL; name++) {
        const char *value = umk_item_get_field(item, *name);

        json_builder_set_member_name(builder, *name);
        json_builder_add_string_value(builder, value != NULL ? value : "");
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

static gboolean
prepare_statements(UmkCollection *self, GError **error)
{
    if (self->insert_item == NULL)
        self->insert_item = _umk_meta_prepare(
            self->db,
            "INSERT INTO items (item, id, frame, slot, model, modality, label, caption,"
            " path, text, fields) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO NOTHING",
            error);
    if (self->insert_item != NULL && self->update_item == NULL)
        self->update_item = _umk_meta_prepare(self->db,
                                              "UPDATE items SET frame = ?3, slot = ?4, "
                                              "model = ?5, modality = ?6, label = ?7,"
                                              " caption = ?8, path = ?9, text = ?10, "
                                              "fields = ?11, added = strftime("
                                              "'%Y-%m-%dT%H:%M:%SZ', 'now')"
                                              " WHERE item = ?1 AND id = ?2",
                                              error);
    if (self->update_item != NULL && self->find_item == NULL)
        self->find_item = _umk_meta_prepare(
            self->db, "SELECT item, frame, slot FROM items WHERE id = ?", error);
    if (self->find_item != NULL && self->bury_slot == NULL)
        self->bury_slot =
            _umk_meta_prepare(self->db,
                              "INSERT INTO tombstones (item, frame, slot, sequence)"
                              " VALUES (?, ?, ?, ?)",
                              error);
    return self->bury_slot != NULL;
}

static gboolean
bury(UmkCollection *self, gint64 item, gint64 frame, gint64 slot, GError **error)
{
    sqlite3_bind_int64(self->bury_slot, 1, item);
    sqlite3_bind_int64(self->bury_slot, 2, frame);
    sqlite3_bind_int64(self->bury_slot, 3, slot);
    sqlite3_bind_int64(self->bury_slot, 4, self->sequence + 1);
    return _umk_meta_run(self->bury_slot, error);
}

static void
bind_item(sqlite3_stmt *statement,
          gint64 number,
          UmkItem *item,
          UmkStoredModel *model,
          guint64 slot,
          const char *fields)
{
    sqlite3_bind_int64(statement, 1, number);
    sqlite3_bind_text(statement, 2, umk_item_get_id(item), -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, model->frame->key);
    sqlite3_bind_int64(statement, 4, (gint64) slot);
    sqlite3_bind_int64(statement, 5, model->key);
    sqlite3_bind_int(statement, 6, (int) umk_item_get_modality(item));
    sqlite3_bind_text(statement, 7, umk_item_get_label(item), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 8, umk_item_get_caption(item), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 9, umk_item_get_path(item), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 10, umk_item_get_text(item), -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 11, fields, -1, SQLITE_STATIC);
}

/* Where the id stood until now, for it moves to a new slot; the old one is buried. */
static gboolean
displace(
    UmkCollection *self, const char *id, gint64 *item, gboolean *found, GError **error)
{
    GError *failure = NULL;
    gint64 frame = 0, slot = 0;

    sqlite3_bind_text(self->find_item, 1, id, -1, SQLITE_STATIC);
    *found = _umk_meta_next(self->find_item, &failure);
    if (*found) {
        *item = sqlite3_column_int64(self->find_item, 0);
        frame = sqlite3_column_int64(self->find_item, 1);
        slot = sqlite3_column_int64(self->find_item, 2);
    }
    sqlite3_reset(self->find_item);
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    return !*found || bury(self, *item, frame, slot, error);
}

static gboolean
store_item(UmkCollection *self,
           UmkItem *item,
           UmkStoredModel *model,
           guint64 slot,
           gint64 *number,
           GError **error)
{
    g_autofree char *fields = fields_to_json(item);
    gboolean found;

    bind_item(self->insert_item, self->next_item, item, model, slot, fields);
    if (!_umk_meta_run(self->insert_item, error))
        return FALSE;
    if (sqlite3_changes(self->db) > 0) {
        *number = self->next_item++;
        self->n_items++;
        return TRUE;
    }
    if (!displace(self, umk_item_get_id(item), number, &found, error))
        return FALSE;
    bind_item(self->update_item, *number, item, model, slot, fields);
    return _umk_meta_run(self->update_item, error);
}

static gboolean
store_batch(UmkCollection *self,
            UmkStoredModel *model,
            UmkItems *items,
            UmkMatrix *vectors,
            GError **error)
{
    gsize n = umk_items_get_n_items(items);
    guint64 slot = _umk_vector_file_get_n_slots(model->frame->vectors);
    g_autofree guint64 *numbers = g_new(guint64, n);

    if (!_umk_vector_file_write_rows(model->frame->vectors,
                                     umk_matrix_get_row(vectors, 0, NULL), n, error))
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        gint64 number = 0;

        if (!store_item(self, umk_items_get(items, i), model, slot + i, &number, error))
            return FALSE;
        numbers[i] = (guint64) number;
    }
    return _umk_vector_file_append(model->frame->vectors,
                                   umk_matrix_get_row(vectors, 0, NULL), numbers,
                                   (guint64) self->sequence + 1, n, error);
}

static gboolean
check_batch(UmkStoredModel *model, UmkItems *items, UmkMatrix *vectors, GError **error)
{
    gsize n = umk_items_get_n_items(items), n_dims = umk_matrix_get_n_cols(vectors);

    if (umk_matrix_get_n_rows(vectors) != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%zu items came with %zu vectors"), n,
                    umk_matrix_get_n_rows(vectors));
        return FALSE;
    }
    if (n > 0 && n_dims != model->frame->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("Model “%s” makes vectors of %zu dimensions, these have %zu"),
                    model->id, model->frame->n_dims, n_dims);
        return FALSE;
    }
    for (gsize i = 0; i < n; i++) {
        const char *id = umk_item_get_id(umk_items_get(items, i));

        if (id == NULL || *id == '\0') {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("Item %zu of the batch has no id"), i);
            return FALSE;
        }
    }
    return umk_matrix_check_finite(vectors, error);
}

static gboolean
append(UmkCollection *self,
       const char *model_id,
       UmkItems *items,
       UmkMatrix *vectors,
       GError **error)
{
    UmkStoredModel *model = _umk_collection_find_model(self, model_id);
    gint64 n_items = self->n_items, next_item = self->next_item;
    guint64 n_slots;

    if (model == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("“%s” does not know a model “%s”"), self->path, model_id);
        return FALSE;
    }
    if (!check_batch(model, items, vectors, error) ||
        !_umk_collection_begin(self, error) || !prepare_statements(self, error) ||
        !_umk_meta_exec(self->db, "SAVEPOINT batch", error))
        return FALSE;
    n_slots = _umk_vector_file_get_n_slots(model->frame->vectors);
    _umk_collection_drop_caches(self);
    if (store_batch(self, model, items, vectors, error) &&
        _umk_meta_exec(self->db, "RELEASE batch", error)) {
        model->frame->dirty = TRUE;
        return TRUE;
    }
    /* SQLite may have rolled everything back by itself, for example on a full disk. */
    _umk_vector_file_rewind(model->frame->vectors, n_slots);
    self->n_items = n_items;
    self->next_item = next_item;
    if (sqlite3_get_autocommit(self->db))
        self->in_transaction = FALSE;
    else
        sqlite3_exec(self->db, "ROLLBACK TO batch; RELEASE batch", NULL, NULL, NULL);
    return FALSE;
}

static gboolean
roll_back(UmkCollection *self)
{
    _umk_collection_finalize_statements(self);
    if (!sqlite3_get_autocommit(self->db))
        sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    self->in_transaction = FALSE;
    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];

        if (frame->vectors != NULL)
            _umk_vector_file_rewind(frame->vectors, frame->n_committed);
    }
    return _umk_collection_reload(self, NULL);
}

/**
 * umk_collection_append:
 * @self: a collection open for writing
 * @model_id: a model made known by umk_collection_add_model()
 * @items: items with ids
 * @vectors: one row for each item, finite, of the model's dimension
 * @error: return location for an error
 *
 * Adds a batch; an item whose id is already there replaces it and keeps its row. The
 * batch is taken as a whole or not at all, and is durable after umk_collection_commit().
 *
 * Returns: whether the batch was taken
 */
gboolean
umk_collection_append(UmkCollection *self,
                      const char *model_id,
                      UmkItems *items,
                      UmkMatrix *vectors,
                      GError **error)
{
    gboolean was_open, done;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(model_id != NULL && items != NULL && vectors != NULL, FALSE);
    g_mutex_lock(&self->lock);
    was_open = self->in_transaction;
    done = append(self, model_id, items, vectors, error);
    /* SQLite gave up the whole transaction: what was pending before is gone as well. */
    if (!done && was_open && !self->in_transaction)
        roll_back(self);
    g_mutex_unlock(&self->lock);
    return done;
}

/**
 * umk_collection_remove:
 * @self: a collection open for writing
 * @id: an item's id
 * @error: return location for an error
 *
 * The item is gone after the next commit, its bytes after umk_collection_compact().
 * Fails with %UMK_ERROR_NOT_FOUND if there is no such item.
 *
 * Returns: whether it was removed
 */
gboolean
umk_collection_remove(UmkCollection *self, const char *id, GError **error)
{
    g_autoptr(sqlite3_stmt) remove = NULL;
    gboolean found = FALSE, done;
    gint64 item = 0;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(id != NULL, FALSE);
    g_mutex_lock(&self->lock);
    done = _umk_collection_begin(self, error) && prepare_statements(self, error) &&
           displace(self, id, &item, &found, error);
    if (done && !found) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("“%s” has no item “%s”"),
                    self->path, id);
        done = FALSE;
    }
    if (done) {
        remove = _umk_meta_prepare(self->db, "DELETE FROM items WHERE item = ?", error);
        done = remove != NULL && sqlite3_bind_int64(remove, 1, item) == SQLITE_OK &&
               _umk_meta_run(remove, error);
    }
    if (done) {
        self->n_items--;
        _umk_collection_drop_caches(self);
    }
    g_clear_pointer(&remove, sqlite3_finalize);
    g_mutex_unlock(&self->lock);
    return done;
}

/* ---- commit ----------------------------------------------------------------------- */

static gboolean
sync_frames(UmkCollection *self, GError **error)
{
    g_autoptr(sqlite3_stmt) update = NULL;

    update = _umk_meta_prepare(self->db, "UPDATE frames SET n_slots = ? WHERE frame = ?",
                               error);
    if (update == NULL)
        return FALSE;
    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];

        if (!frame->dirty)
            continue;
        sqlite3_bind_int64(update, 1,
                           (gint64) _umk_vector_file_get_n_slots(frame->vectors));
        sqlite3_bind_int64(update, 2, frame->key);
        if (!_umk_vector_file_sync(frame->vectors, error) ||
            !_umk_meta_run(update, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
commit(UmkCollection *self, GError **error)
{
    if (!sync_frames(self, error) ||
        !_umk_meta_set_int(self->db, "sequence", self->sequence + 1, error) ||
        !_umk_meta_set_int(self->db, "n_items", self->n_items, error) ||
        !_umk_meta_set_int(self->db, "next_item", self->next_item, error) ||
        !_umk_meta_exec(self->db, "COMMIT", error)) {
        roll_back(self);
        return FALSE;
    }
    self->in_transaction = FALSE;
    self->sequence++;
    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];

        frame->n_committed = _umk_vector_file_get_n_slots(frame->vectors);
        frame->dirty = FALSE;
    }
    return TRUE;
}

/**
 * umk_collection_commit:
 * @self: a collection open for writing
 * @error: return location for an error
 *
 * After %TRUE everything done so far survives a killed process and a power cut. After
 * %FALSE the collection is as the last commit left it.
 *
 * Returns: whether it is durable
 */
gboolean
umk_collection_commit(UmkCollection *self, GError **error)
{
    gboolean done;

    g_return_val_if_fail(self != NULL, FALSE);
    g_mutex_lock(&self->lock);
    /* Nothing pending: nothing to do, but a reader is told that it is one. */
    done = self->in_transaction
               ? commit(self, error)
               : self->mode == UMK_OPEN_WRITE || _umk_collection_begin(self, error);
    g_mutex_unlock(&self->lock);
    return done;
}
