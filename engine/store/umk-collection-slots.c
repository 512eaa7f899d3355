/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The slots of the one frame that is a collection's space, and which of them are items.
 */
#include "store/umk-slots-private.h"

#include "core/umk-alloc-private.h"
#include "store/umk-collection-private.h"

#include <glib/gi18n-lib.h>

#include <inttypes.h>
#include <string.h>

void
_umk_slots_clear(UmkSlots *slots)
{
    g_clear_pointer(&slots->vectors, umk_matrix_unref);
    g_clear_pointer(&slots->rows, g_bytes_unref);
}

/* The only frame with slots, if it is the space's own. */
static UmkFrame *
find_only_frame(UmkCollection *self)
{
    UmkFrame *only = NULL;

    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];

        if (_umk_vector_file_get_n_slots(frame->vectors) == 0)
            continue;
        if (only != NULL)
            return NULL;
        only = frame;
    }
    if (only == NULL || !umk_space_has_frame(self->space, only->name) ||
        !umk_space_is_identity(self->space, only->name) ||
        only->n_dims != umk_space_get_n_dims(self->space))
        return NULL;
    return only;
}

static gboolean
read_rows(UmkCollection *self, guint64 *rows, gsize n_slots, GError **error)
{
    g_autoptr(sqlite3_stmt) items =
        _umk_meta_prepare(self->db, "SELECT slot FROM items ORDER BY item", error);
    GError *failure = NULL;
    guint64 row = 0;

    if (items == NULL)
        return FALSE;
    while (_umk_meta_next(items, &failure)) {
        guint64 slot = (guint64) sqlite3_column_int64(items, 0);

        if (slot >= n_slots) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” is damaged: row %" PRIu64 " points to slot %" PRIu64
                          ", which is not there"),
                        self->path, row, slot);
            return FALSE;
        }
        rows[slot] = row++;
    }
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

static GBytes *
find_rows(UmkCollection *self, gsize n_slots, GError **error)
{
    g_autofree guint64 *rows =
        _umk_alloc(n_slots, sizeof *rows, _("The list of rows"), error);

    if (rows == NULL)
        return NULL;
    memset(rows, 0xff, n_slots * sizeof *rows);
    if (!read_rows(self, rows, n_slots, error))
        return NULL;
    return g_bytes_new_take(g_steal_pointer(&rows), n_slots * sizeof *rows);
}

static gboolean
get_slots(UmkCollection *self,
          UmkSlots *slots,
          UmkSlotsFunc known,
          gpointer data,
          GError **error)
{
    UmkFrame *frame = self->in_transaction ? NULL : find_only_frame(self);
    g_autoptr(GBytes) bytes = NULL, rows = NULL;
    gint64 compacted;
    gsize n_slots;

    if (frame == NULL)
        return TRUE;
    slots->n_slots = n_slots = _umk_vector_file_get_n_slots(frame->vectors);
    memcpy(slots->uuid, self->uuid_bytes, sizeof slots->uuid);
    slots->sequence = (guint64) self->sequence;
    slots->frame = frame->key;
    if (_umk_meta_get_int(self->db, "compacted", &compacted, NULL))
        slots->compacted = (guint64) compacted;
    if (known != NULL && n_slots > 0)
        known(slots, data);
    if (!_umk_collection_is_dense(self)) {
        rows = find_rows(self, n_slots, error);
        if (rows == NULL)
            return FALSE;
    }
    bytes = _umk_vector_file_map(frame->vectors, error);
    if (bytes == NULL)
        return FALSE;
    slots->vectors = umk_matrix_new_from_bytes(n_slots, frame->n_dims, bytes, error);
    if (slots->vectors == NULL)
        return FALSE;
    slots->rows = g_steal_pointer(&rows);
    return TRUE;
}

gboolean
_umk_collection_get_slots(UmkCollection *self,
                          UmkSlots *slots,
                          UmkSlotsFunc known,
                          gpointer data,
                          GError **error)
{
    gboolean done;

    *slots = (UmkSlots){0};
    g_mutex_lock(&self->lock);
    done = get_slots(self, slots, known, data, error);
    g_mutex_unlock(&self->lock);
    return done;
}

static gboolean
read_buried(
    UmkCollection *self, gint64 frame, guint64 since, GArray *buried, GError **error)
{
    g_autoptr(sqlite3_stmt) rows =
        _umk_meta_prepare(self->db,
                          "SELECT slot FROM tombstones WHERE frame = ? AND sequence > ?"
                          " ORDER BY slot",
                          error);
    GError *failure = NULL;

    if (rows == NULL)
        return FALSE;
    sqlite3_bind_int64(rows, 1, frame);
    sqlite3_bind_int64(rows, 2, (gint64) since);
    while (_umk_meta_next(rows, &failure)) {
        guint64 slot = (guint64) sqlite3_column_int64(rows, 0);

        g_array_append_val(buried, slot);
    }
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

GArray *
_umk_collection_list_buried(UmkCollection *self,
                            gint64 frame,
                            guint64 since,
                            GError **error)
{
    g_autoptr(GArray) buried = g_array_new(FALSE, FALSE, sizeof(guint64));
    gboolean done;

    g_mutex_lock(&self->lock);
    done = read_buried(self, frame, since, buried, error);
    g_mutex_unlock(&self->lock);
    return done ? g_steal_pointer(&buried) : NULL;
}

/* ---- kept ------------------------------------------------------------------------- */

gpointer
_umk_collection_get_kept(UmkCollection *self, gpointer (*ref)(gpointer))
{
    gpointer kept;

    g_mutex_lock(&self->lock);
    kept = self->kept != NULL ? ref(self->kept) : NULL;
    g_mutex_unlock(&self->lock);
    return kept;
}

void
_umk_collection_keep(UmkCollection *self,
                     guint64 sequence,
                     gpointer kept,
                     GDestroyNotify unref)
{
    g_mutex_lock(&self->lock);
    if ((guint64) self->sequence == sequence && !self->in_transaction &&
        self->kept == NULL) {
        self->kept = kept;
        self->kept_unref = unref;
        kept = NULL;
    }
    g_mutex_unlock(&self->lock);
    if (kept != NULL)
        unref(kept);
}
