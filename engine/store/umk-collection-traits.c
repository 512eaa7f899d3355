/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a map's colours need of all items at once: their modality and their label. Read
 * from the database, which takes a second for a few million; or from a derived file that
 * is kept with the layouts of large collections and holds both as they stand in memory.
 */
#include "store/umk-collection-private.h"

#include "store/umk-derived-private.h"

#include <glib/gi18n-lib.h>

#include <inttypes.h>
#include <string.h>

#define MANY      20000     /* items from which the file is worth its place */
#define MAX_NAMES (1 << 24) /* bytes of all labels in it */

/* ---- from the database --------------------------------------------------------------
 */

static GBytes *
read_modalities(UmkCollection *self, GError **error)
{
    g_autoptr(sqlite3_stmt) rows = NULL;
    g_autoptr(GByteArray) column = g_byte_array_sized_new((guint) self->n_items);
    GError *failure = NULL;

    rows = _umk_meta_prepare(self->db, "SELECT modality FROM items ORDER BY item", error);
    if (rows == NULL)
        return NULL;
    while (_umk_meta_next(rows, &failure)) {
        int modality = sqlite3_column_int(rows, 0);
        guint8 byte = (guint8) CLAMP(modality, 0, UMK_N_MODALITIES - 1);

        g_byte_array_append(column, &byte, 1);
    }
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return NULL;
    }
    if (column->len != (guint64) self->n_items) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: it counts %" PRId64 " items but has %u"),
                    self->path, self->n_items, column->len);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&column));
}

typedef struct {
    GArray *column;      /* gint32 */
    GHashTable *numbers; /* name -> its number */
    GPtrArray *names;
} Labels;

static gint32
number_of(Labels *self, const char *label)
{
    gpointer number;

    if (label == NULL || *label == '\0')
        return -1;
    if (!g_hash_table_lookup_extended(self->numbers, label, NULL, &number)) {
        char *name = g_strdup(label);

        number = GINT_TO_POINTER((int) self->names->len);
        g_ptr_array_add(self->names, name);
        g_hash_table_insert(self->numbers, name, number);
    }
    return GPOINTER_TO_INT(number);
}

static gboolean
fill_labels(UmkCollection *self, Labels *labels, GError **error)
{
    g_autoptr(sqlite3_stmt) rows =
        _umk_meta_prepare(self->db, "SELECT label FROM items ORDER BY item", error);
    GError *failure = NULL;

    if (rows == NULL)
        return FALSE;
    while (_umk_meta_next(rows, &failure)) {
        gint32 number = number_of(labels, _umk_meta_text_or_null(rows, 0));

        g_array_append_val(labels->column, number);
    }
    if (failure == NULL && labels->column->len != (guint64) self->n_items)
        g_set_error(&failure, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is damaged: it counts %zu items but has %u"), self->path,
                    (gsize) self->n_items, labels->column->len);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

static GBytes *
read_labels(UmkCollection *self, char ***names, GError **error)
{
    g_autoptr(GArray) column = g_array_new(FALSE, FALSE, sizeof(gint32));
    g_autoptr(GHashTable) numbers = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
    Labels labels = {column, numbers, found};
    gsize size;

    if (!fill_labels(self, &labels, error))
        return NULL;
    g_ptr_array_add(found, NULL);
    *names = (char **) g_ptr_array_steal(found, NULL);
    size = column->len * sizeof(gint32);
    return g_bytes_new_take(g_array_steal(column, NULL), size);
}

/* ---- from the file ------------------------------------------------------------------
 *
 * One row an item, in it the number of its label as a gint32 in place of a float. Then a
 * byte an item, its modality; then the labels in the order of their numbers, each with a
 * zero behind it. */

typedef struct {
    GBytes *labels, *modalities; /* NULL: there is no such file */
    char **names;
} Traits;

static void
traits_clear(Traits *self)
{
    g_clear_pointer(&self->labels, g_bytes_unref);
    g_clear_pointer(&self->modalities, g_bytes_unref);
    g_clear_pointer(&self->names, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Traits, traits_clear)

static char *
traits_path(UmkCollection *self)
{
    return g_build_filename(self->path, "derived", "traits.umd", NULL);
}

static char **
split_names(const char *at, gsize size)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (gsize i = 0; i < size; i += strlen(at + i) + 1)
        g_ptr_array_add(names, g_strdup(at + i));
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_steal(names, NULL);
}

static gboolean
check_traits(const Traits *self, gsize n)
{
    const gint32 *labels = g_bytes_get_data(self->labels, NULL);
    const guint8 *modalities = g_bytes_get_data(self->modalities, NULL);
    gint32 n_names = (gint32) g_strv_length(self->names);

    for (gsize i = 0; i < n; i++)
        if (labels[i] < -1 || labels[i] >= n_names || modalities[i] >= UMK_N_MODALITIES)
            return FALSE;
    return TRUE;
}

/* Nothing if the file is not there, not of this state or not whole. */
static gboolean
load_traits(UmkCollection *self, Traits *traits)
{
    g_autofree char *path = traits_path(self), *data = NULL;
    g_autoptr(GBytes) bytes = NULL, labels = NULL, extra = NULL;
    gsize n = (gsize) self->n_items, size, n_rows, n_cols, n_extra;
    const char *rest;

    if (self->in_transaction || n < MANY ||
        !g_file_get_contents(path, &data, &size, NULL))
        return FALSE;
    bytes = g_bytes_new_take(g_steal_pointer(&data), size);
    if (!_umk_derived_parse(bytes, self->uuid_bytes, (guint64) self->sequence, &n_rows,
                            &n_cols, &labels, &extra, NULL))
        return FALSE;
    rest = g_bytes_get_data(extra, &n_extra);
    if (n_rows != n || n_cols != 1 || n_extra < n ||
        (n_extra > n && rest[n_extra - 1] != '\0'))
        return FALSE;
    traits->labels = g_steal_pointer(&labels);
    traits->modalities = g_bytes_new_from_bytes(extra, 0, n);
    traits->names = split_names(rest + n, n_extra - n);
    return check_traits(traits, n);
}

static GBytes *
pack(GBytes *modalities, char **names)
{
    g_autoptr(GByteArray) extra = g_byte_array_new();
    gsize size;
    const guint8 *of = g_bytes_get_data(modalities, &size);

    g_byte_array_append(extra, of, (guint) size);
    for (gsize i = 0; names[i] != NULL; i++) {
        if (extra->len > size + MAX_NAMES)
            return NULL;
        g_byte_array_append(extra, (const guint8 *) names[i],
                            (guint) strlen(names[i]) + 1);
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&extra));
}

void
_umk_collection_keep_traits(UmkCollection *self)
{
    g_autofree char *path = traits_path(self);
    g_autoptr(GBytes) modalities = NULL, labels = NULL, extra = NULL;
    g_auto(Traits) there = {NULL, NULL, NULL};
    g_auto(GStrv) names = NULL;

    if (self->n_items < MANY || load_traits(self, &there))
        return;
    modalities = read_modalities(self, NULL);
    labels = read_labels(self, &names, NULL);
    if (modalities != NULL && labels != NULL)
        extra = pack(modalities, names);
    if (extra != NULL)
        _umk_derived_write(self->ops, path, self->uuid_bytes, (guint64) self->sequence,
                           (gsize) self->n_items, 1, g_bytes_get_data(labels, NULL),
                           extra, NULL);
}

/* ---- either -------------------------------------------------------------------------
 */

static GBytes *
load_modalities(UmkCollection *self, GError **error)
{
    g_auto(Traits) traits = {NULL, NULL, NULL};

    return load_traits(self, &traits) ? g_steal_pointer(&traits.modalities)
                                      : read_modalities(self, error);
}

/**
 * umk_collection_dup_modalities:
 * @self: a collection
 * @error: return location for an error
 *
 * Read once and kept until the collection changes.
 *
 * Returns: (transfer full): one byte a row, the number of its #UmkModality
 */
GBytes *
umk_collection_dup_modalities(UmkCollection *self, GError **error)
{
    GBytes *modalities = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    if (self->modalities == NULL)
        self->modalities = load_modalities(self, error);
    if (self->modalities != NULL)
        modalities = g_bytes_ref(self->modalities);
    g_mutex_unlock(&self->lock);
    return modalities;
}

/**
 * umk_collection_dup_labels:
 * @self: a collection
 * @names: (out) (optional) (transfer full) (array zero-terminated=1): the labels, in the
 *   order they are first met
 * @error: return location for an error
 *
 * Returns: (transfer full): one native gint32 a row, a position in @names, or -1 for an
 *   item without a label
 */
GBytes *
umk_collection_dup_labels(UmkCollection *self, char ***names, GError **error)
{
    g_auto(Traits) traits = {NULL, NULL, NULL};
    GBytes *labels;

    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    if (load_traits(self, &traits)) {
        labels = g_steal_pointer(&traits.labels);
    } else {
        traits_clear(&traits);
        labels = read_labels(self, &traits.names, error);
    }
    g_mutex_unlock(&self->lock);
    if (labels != NULL && names != NULL)
        *names = g_steal_pointer(&traits.names);
    return labels;
}
