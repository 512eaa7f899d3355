/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vectors out of a collection: of one frame as stored, of all items as the shared space
 * has them, of one item. Where the file already is the matrix asked for, it is mapped;
 * elsewhere rows are gathered, and the result kept in `derived/`. */
#include "store/umk-collection-private.h"

#include "core/umk-alloc-private.h"
#include "store/umk-derived-private.h"

#include <glib/gi18n-lib.h>

#include <inttypes.h>
#include <string.h>

#define MAP_CHUNK  4096      /* rows that go through an aligner at once */
#define KEEP_BYTES (1 << 20) /* a smaller space matrix is made faster than found */

typedef struct {
    guint64 row;  /* of the collection */
    guint64 slot; /* in its frame's file */
    guint64 at;   /* row of the matrix being made */
} Place;

/* Where the items of the wanted frames are; wanted NULL means those joined to the space.
 */
typedef struct {
    GPtrArray *by_frame; /* GArray of Place, beside self->frames */
    GArray *rows;        /* guint64, row of the collection for each matrix row */
} Places;

static void
places_clear(Places *places)
{
    g_clear_pointer(&places->by_frame, g_ptr_array_unref);
    g_clear_pointer(&places->rows, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Places, places_clear)

static guint
frame_position(UmkCollection *self, gint64 key)
{
    for (guint i = 0; i < self->frames->len; i++)
        if (((UmkFrame *) self->frames->pdata[i])->key == key)
            return i;
    return G_MAXUINT;
}

static gboolean
add_place(UmkCollection *self,
          Places *places,
          const gboolean *wanted,
          sqlite3_stmt *row,
          guint64 number,
          GError **error)
{
    guint position = frame_position(self, sqlite3_column_int64(row, 0));
    Place place = {.row = number, .slot = (guint64) sqlite3_column_int64(row, 1)};

    if (position == G_MAXUINT ||
        place.slot >= _umk_vector_file_get_n_slots(
                          ((UmkFrame *) self->frames->pdata[position])->vectors)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: row %" PRIu64 " points to slot %" PRIu64
                      ", which is not there"),
                    self->path, number, place.slot);
        return FALSE;
    }
    if (!wanted[position])
        return TRUE;
    place.at = places->rows->len;
    g_array_append_val((GArray *) places->by_frame->pdata[position], place);
    g_array_append_val(places->rows, number);
    return TRUE;
}

static gboolean
load_places(UmkCollection *self, const gboolean *wanted, Places *places, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    GError *failure = NULL;
    guint64 number = 0;

    places->by_frame = g_ptr_array_new_with_free_func((GDestroyNotify) g_array_unref);
    places->rows = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint i = 0; i < self->frames->len; i++)
        g_ptr_array_add(places->by_frame, g_array_new(FALSE, FALSE, sizeof(Place)));
    rows =
        _umk_meta_prepare(self->db, "SELECT frame, slot FROM items ORDER BY item", error);
    if (rows == NULL)
        return FALSE;
    while (_umk_meta_next(rows, &failure))
        if (!add_place(self, places, wanted, rows, number++, error))
            return FALSE;
    if (failure == NULL && number != (guint64) self->n_items)
        g_set_error(&failure, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: it counts %" PRId64 " items but has %" PRIu64),
                    self->path, self->n_items, number);
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    return TRUE;
}

static GBytes *
identity_rows(gsize n)
{
    guint64 *rows = g_new(guint64, n + 1);

    for (gsize i = 0; i < n; i++)
        rows[i] = i;
    return g_bytes_new_take(rows, n * sizeof *rows);
}

static GBytes *
steal_rows(Places *places)
{
    gsize size = places->rows->len * sizeof(guint64);

    return g_bytes_new_take(g_array_steal(places->rows, NULL), size);
}

static float *
alloc_matrix(gsize n_rows, gsize n_cols, GBytes **bytes, GError **error)
{
    gsize count;
    float *data;

    if (!_umk_size_mul(n_rows, n_cols, &count))
        count = G_MAXSIZE / sizeof(float);
    data = _umk_alloc_aligned(count, sizeof(float), _("A matrix"), error);
    if (data != NULL)
        *bytes = _umk_bytes_new_aligned(data, count * sizeof(float));
    return data;
}

/* ---- one frame -------------------------------------------------------------------- */

static gboolean
slots_in_order(const GArray *places, guint64 n_slots)
{
    if (places->len != n_slots)
        return FALSE;
    for (guint i = 0; i < places->len; i++)
        if (g_array_index(places, Place, i).slot != i)
            return FALSE;
    return TRUE;
}

static UmkMatrix *
map_frame(UmkFrame *frame, GError **error)
{
    g_autoptr(GBytes) bytes = _umk_vector_file_map(frame->vectors, error);

    if (bytes == NULL)
        return NULL;
    return umk_matrix_new_from_bytes(_umk_vector_file_get_n_slots(frame->vectors),
                                     frame->n_dims, bytes, error);
}

static UmkMatrix *
frame_matrix(UmkCollection *self, UmkFrame *frame, GBytes **rows, GError **error)
{
    g_autofree gboolean *wanted = g_new0(gboolean, self->frames->len);
    g_auto(Places) places = {0};
    g_autoptr(UmkMatrix) all = NULL;
    g_autoptr(GBytes) bytes = NULL;
    guint position = frame_position(self, frame->key);
    GArray *own;
    float *out;

    if (_umk_collection_is_dense(self) &&
        _umk_vector_file_get_n_slots(frame->vectors) == (guint64) self->n_items) {
        UmkMatrix *matrix = map_frame(frame, error);

        if (matrix != NULL && rows != NULL)
            *rows = identity_rows((gsize) self->n_items);
        return matrix;
    }
    wanted[position] = TRUE;
    if (!load_places(self, wanted, &places, error))
        return NULL;
    own = places.by_frame->pdata[position];
    all = map_frame(frame, error);
    if (all == NULL)
        return NULL;
    if (slots_in_order(own, umk_matrix_get_n_rows(all))) {
        if (rows != NULL)
            *rows = steal_rows(&places);
        return g_steal_pointer(&all);
    }
    out = alloc_matrix(own->len, frame->n_dims, &bytes, error);
    if (out == NULL)
        return NULL;
    for (guint i = 0; i < own->len; i++)
        memcpy(out + i * frame->n_dims,
               umk_matrix_get_row(all, g_array_index(own, Place, i).slot, NULL),
               frame->n_dims * sizeof(float));
    if (rows != NULL)
        *rows = steal_rows(&places);
    return umk_matrix_new_from_bytes(own->len, frame->n_dims, bytes, error);
}

/**
 * umk_collection_get_frame_vectors:
 * @self: a collection
 * @frame: name of a coordinate system
 * @rows: (out) (optional) (transfer full): native guint64, the item's row in the
 *   collection for each row of the matrix, ascending
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * The vectors of the items of one frame, as their model made them. Usually a mapping of
 * the file, so nothing is read before it is looked at. The matrix stays what it is when
 * the collection changes.
 *
 * Returns: (transfer full): the vectors
 */
UmkMatrix *
umk_collection_get_frame_vectors(UmkCollection *self,
                                 const char *frame,
                                 GBytes **rows,
                                 GCancellable *cancellable,
                                 GError **error)
{
    UmkMatrix *matrix = NULL;
    UmkFrame *found;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(frame != NULL, NULL);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    g_mutex_lock(&self->lock);
    found = _umk_collection_find_frame(self, frame);
    if (found != NULL)
        matrix = frame_matrix(self, found, rows, error);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("“%s” has no frame “%s”"),
                    self->path, frame);
    g_mutex_unlock(&self->lock);
    return matrix;
}

/* ---- the space -------------------------------------------------------------------- */

static gboolean
check_space_dims(UmkCollection *self, UmkFrame *frame, gsize n_dims, GError **error)
{
    if (n_dims == umk_space_get_n_dims(self->space))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                _("Frame “%s” comes to %zu dimensions, space “%s” has %zu"), frame->name,
                n_dims, umk_space_get_name(self->space),
                umk_space_get_n_dims(self->space));
    return FALSE;
}

static gboolean
fill_identity(
    UmkCollection *self, UmkFrame *frame, GArray *places, float *out, GError **error)
{
    g_autoptr(UmkMatrix) all = NULL;

    if (!check_space_dims(self, frame, frame->n_dims, error))
        return FALSE;
    all = map_frame(frame, error);
    if (all == NULL)
        return FALSE;
    for (guint i = 0; i < places->len; i++) {
        const Place *place = &g_array_index(places, Place, i);

        memcpy(out + place->at * frame->n_dims,
               umk_matrix_get_row(all, place->slot, NULL), frame->n_dims * sizeof(float));
    }
    return TRUE;
}

static gboolean
fill_aligned(UmkCollection *self,
             UmkFrame *frame,
             GArray *places,
             float *out,
             GCancellable *cancellable,
             GError **error)
{
    gsize n_dims = umk_space_get_n_dims(self->space);
    g_autoptr(UmkMatrix) all = map_frame(frame, error);
    g_autofree guint64 *slots = g_new(guint64, MAP_CHUNK);

    if (all == NULL)
        return FALSE;
    for (gsize first = 0; first < places->len; first += MAP_CHUNK) {
        gsize n = MIN(MAP_CHUNK, places->len - first);
        g_autoptr(UmkMatrix) own = NULL, mapped = NULL;

        if (g_cancellable_set_error_if_cancelled(cancellable, error))
            return FALSE;
        for (gsize i = 0; i < n; i++)
            slots[i] = g_array_index(places, Place, first + i).slot;
        own = umk_matrix_select_rows(all, slots, n, error);
        mapped = own != NULL ? umk_space_map(self->space, frame->name, own, error) : NULL;
        if (mapped == NULL ||
            !check_space_dims(self, frame, umk_matrix_get_n_cols(mapped), error))
            return FALSE;
        for (gsize i = 0; i < n; i++)
            memcpy(out + g_array_index(places, Place, first + i).at * n_dims,
                   umk_matrix_get_row(mapped, i, NULL), n_dims * sizeof(float));
    }
    return TRUE;
}

static char *
space_path(UmkCollection *self)
{
    return g_build_filename(self->path, "derived", "space.umd", NULL);
}

static UmkMatrix *
load_kept_space(UmkCollection *self, GBytes **rows)
{
    g_autofree char *path = space_path(self);
    g_autoptr(GMappedFile) file = NULL;
    g_autoptr(GBytes) bytes = NULL, floats = NULL, extra = NULL;
    g_autoptr(GError) reason = NULL;
    gsize n_rows, n_cols;
    UmkMatrix *matrix;

    if (self->in_transaction)
        return NULL;
    file = g_mapped_file_new(path, FALSE, NULL);
    if (file == NULL)
        return NULL;
    bytes = g_mapped_file_get_bytes(file);
    if (!_umk_derived_parse(bytes, self->uuid_bytes, (guint64) self->sequence, &n_rows,
                            &n_cols, &floats, &extra, &reason)) {
        g_debug("%s: %s", path, reason->message);
        return NULL;
    }
    if (n_cols != umk_space_get_n_dims(self->space) ||
        g_bytes_get_size(extra) != n_rows * sizeof(guint64))
        return NULL;
    matrix = umk_matrix_new_from_bytes(n_rows, n_cols, floats, NULL);
    if (matrix != NULL)
        *rows = g_steal_pointer(&extra);
    return matrix;
}

static void
keep_space(UmkCollection *self, UmkMatrix *matrix, GBytes *rows)
{
    g_autofree char *path = NULL;
    g_autoptr(GError) reason = NULL;
    gsize n_rows = umk_matrix_get_n_rows(matrix), n_cols = umk_matrix_get_n_cols(matrix);

    if (self->mode != UMK_OPEN_WRITE || self->in_transaction ||
        n_rows * n_cols * sizeof(float) < KEEP_BYTES)
        return;
    path = space_path(self);
    if (!_umk_derived_write(self->ops, path, self->uuid_bytes, (guint64) self->sequence,
                            n_rows, n_cols, umk_matrix_get_row(matrix, 0, NULL), rows,
                            &reason))
        g_debug("%s: %s", path, reason->message);
}

static UmkMatrix *
make_space_matrix(UmkCollection *self,
                  const gboolean *joined,
                  GBytes **rows,
                  GCancellable *cancellable,
                  GError **error)
{
    g_auto(Places) places = {0};
    g_autoptr(GBytes) bytes = NULL;
    gsize n_dims = umk_space_get_n_dims(self->space), n_rows;
    UmkMatrix *matrix;
    float *out;

    if (!load_places(self, joined, &places, error))
        return NULL;
    n_rows = places.rows->len;
    out = alloc_matrix(n_rows, n_dims, &bytes, error);
    if (out == NULL)
        return NULL;
    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];
        GArray *own = places.by_frame->pdata[i];
        gboolean done = TRUE;

        if (own->len == 0)
            continue;
        done = umk_space_is_identity(self->space, frame->name)
                   ? fill_identity(self, frame, own, out, error)
                   : fill_aligned(self, frame, own, out, cancellable, error);
        if (!done)
            return NULL;
    }
    matrix = umk_matrix_new_from_bytes(n_rows, n_dims, bytes, error);
    if (matrix != NULL)
        *rows = steal_rows(&places);
    return matrix;
}

/* The one frame whose file is the space's matrix as it stands, or NULL. */
static UmkFrame *
frame_that_is_space(UmkCollection *self, const gboolean *joined)
{
    if (self->n_items == 0 || !_umk_collection_is_dense(self))
        return NULL;
    for (guint i = 0; i < self->frames->len; i++) {
        UmkFrame *frame = self->frames->pdata[i];

        if (_umk_vector_file_get_n_slots(frame->vectors) == (guint64) self->n_items)
            return joined[i] && umk_space_is_identity(self->space, frame->name) &&
                           frame->n_dims == umk_space_get_n_dims(self->space)
                       ? frame
                       : NULL;
    }
    return NULL;
}

static gboolean
load_space_matrix(UmkCollection *self, GCancellable *cancellable, GError **error)
{
    g_autofree gboolean *joined = g_new0(gboolean, self->frames->len + 1);
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(GBytes) rows = NULL;
    UmkFrame *whole;

    if (self->space_matrix != NULL)
        return TRUE;
    for (guint i = 0; i < self->frames->len; i++)
        joined[i] =
            umk_space_has_frame(self->space, ((UmkFrame *) self->frames->pdata[i])->name);
    whole = frame_that_is_space(self, joined);
    if (whole != NULL) {
        matrix = map_frame(whole, error);
        if (matrix == NULL)
            return FALSE;
    } else {
        matrix = load_kept_space(self, &rows);
        if (matrix == NULL) {
            matrix = make_space_matrix(self, joined, &rows, cancellable, error);
            if (matrix == NULL)
                return FALSE;
            keep_space(self, matrix, rows);
        }
    }
    self->space_matrix = g_steal_pointer(&matrix);
    self->space_rows = g_steal_pointer(&rows);
    return TRUE;
}

/**
 * umk_collection_get_vectors:
 * @self: a collection
 * @rows: (out) (optional) (transfer full): native guint64, the item's row in the
 *   collection for each row of the matrix, ascending
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * The vectors of all items whose frame is joined to the space, in the space. Items of
 * other frames are left out. Where every item has one frame that is the space's own, this
 * is a mapping of the file. The matrix stays what it is when the collection changes.
 *
 * Returns: (transfer full): (at most n_items, n_dims of the space)
 */
UmkMatrix *
umk_collection_get_vectors(UmkCollection *self,
                           GBytes **rows,
                           GCancellable *cancellable,
                           GError **error)
{
    UmkMatrix *matrix = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    if (g_cancellable_set_error_if_cancelled(cancellable, error))
        return NULL;
    g_mutex_lock(&self->lock);
    if (load_space_matrix(self, cancellable, error)) {
        matrix = umk_matrix_ref(self->space_matrix);
        if (rows != NULL && self->space_rows == NULL)
            self->space_rows = identity_rows(umk_matrix_get_n_rows(matrix));
        if (rows != NULL)
            *rows = g_bytes_ref(self->space_rows);
    }
    g_mutex_unlock(&self->lock);
    return matrix;
}

/* ---- one item --------------------------------------------------------------------- */

static UmkMatrix *
read_vector(
    UmkCollection *self, UmkFrame *frame, guint64 slot, guint64 item, GError **error)
{
    g_autofree float *values = g_new(float, frame->n_dims);
    guint64 found;
    const char *wrong;

    if (!_umk_vector_file_check_rows(frame->vectors, slot, 1, values, &found, &wrong,
                                     error))
        return NULL;
    if (wrong == NULL && found != item)
        wrong = _("belongs to another item");
    if (wrong != NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: slot %" PRIu64 " of frame “%s” %s"), self->path,
                    slot, frame->name, wrong);
        return NULL;
    }
    return umk_matrix_new_from_data(1, frame->n_dims, values, error);
}

static UmkMatrix *
dup_item_vector(UmkCollection *self, gsize row, char **frame_name, GError **error)
{
    g_autoptr(sqlite3_stmt) statement = NULL;
    UmkFrame *frame = NULL;
    guint64 slot = 0;
    gint64 item;
    UmkMatrix *vector;

    if (!_umk_collection_load_rows(self, error))
        return NULL;
    statement = _umk_meta_prepare(self->db,
                                  "SELECT frame, slot FROM items WHERE item = ?", error);
    if (statement == NULL)
        return NULL;
    item = row < (gsize) self->n_items ? _umk_collection_item_at(self, row) : 0;
    sqlite3_bind_int64(statement, 1, item);
    if (_umk_meta_next(statement, NULL)) {
        frame = _umk_collection_find_frame_key(self, sqlite3_column_int64(statement, 0));
        slot = (guint64) sqlite3_column_int64(statement, 1);
    }
    if (frame == NULL || slot >= _umk_vector_file_get_n_slots(frame->vectors)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("“%s” has no vector for row %zu"), self->path, row);
        return NULL;
    }
    vector = read_vector(self, frame, slot, (guint64) item, error);
    if (vector != NULL && frame_name != NULL)
        *frame_name = g_strdup(frame->name);
    return vector;
}

/**
 * umk_collection_dup_item_vector:
 * @self: a collection
 * @row: the item's row
 * @frame: (out) (optional) (transfer full): the coordinate system it is in
 * @error: return location for an error
 *
 * One vector as its model made it, its checksum looked at.
 *
 * Returns: (transfer full): a matrix of one row
 */
UmkMatrix *
umk_collection_dup_item_vector(UmkCollection *self,
                               gsize row,
                               char **frame,
                               GError **error)
{
    UmkMatrix *vector;

    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    vector = dup_item_vector(self, row, frame, error);
    g_mutex_unlock(&self->lock);
    return vector;
}
