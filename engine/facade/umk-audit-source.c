/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vectors of an audit: a file that was read, a collection, or a model alone. */
#include "facade/umk-audit-private.h"

#include <umekomi/umk-collection.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-registry.h>

#include <glib/gi18n-lib.h>

#include <string.h>

G_DEFINE_BOXED_TYPE(UmkAuditSource,
                    umk_audit_source,
                    umk_audit_source_ref,
                    umk_audit_source_unref)

static UmkAuditSource *
new_source(const char *kind, const char *path)
{
    UmkAuditSource *self = g_new0(UmkAuditSource, 1);

    g_atomic_ref_count_init(&self->refs);
    self->kind = kind;
    self->path = g_strdup(path);
    return self;
}

/**
 * umk_audit_source_ref:
 * @self: a source
 *
 * Returns: (transfer full): @self
 */
UmkAuditSource *
umk_audit_source_ref(UmkAuditSource *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_audit_source_unref:
 * @self: (transfer full): a source
 *
 * Gives up one reference.
 */
void
umk_audit_source_unref(UmkAuditSource *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_free(self->path);
    g_clear_pointer(&self->vectors, umk_matrix_unref);
    g_strfreev(self->names);
    g_free(self->modalities);
    g_clear_pointer(&self->metadata, umk_items_unref);
    g_clear_pointer(&self->collection, umk_collection_unref);
    g_clear_pointer(&self->registry, umk_registry_unref);
    g_clear_pointer(&self->model, umk_model_unref);
    g_clear_pointer(&self->rows, g_bytes_unref);
    g_free(self);
}

/**
 * umk_audit_source_new_for_vectors:
 * @vectors: one row a name, finite
 * @names: (array zero-terminated=1): a name for each row
 * @path: (nullable): what the report calls it
 * @error: return location for an error
 *
 * A word is the row of just that name; else the first one that is the same in lower case
 * and composed characters (NFC), which the report says; else it is missing.
 *
 * Returns: (transfer full): a source
 */
UmkAuditSource *
umk_audit_source_new_for_vectors(UmkMatrix *vectors,
                                 const char *const *names,
                                 const char *path,
                                 GError **error)
{
    UmkAuditSource *self;

    g_return_val_if_fail(vectors != NULL && names != NULL, NULL);
    if (g_strv_length((char **) names) != umk_matrix_get_n_rows(vectors)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu vectors and %u names"),
                    umk_matrix_get_n_rows(vectors), g_strv_length((char **) names));
        return NULL;
    }
    if (!umk_matrix_check_finite(vectors, error))
        return NULL;
    self = new_source("vectors", path);
    self->vectors = umk_matrix_ref(vectors);
    self->names = g_strdupv((char **) names);
    return self;
}

/* What people call the rows of a collection: its caption, else its text, else its id. */
static void
name_rows(UmkAuditSource *self)
{
    gsize n = umk_matrix_get_n_rows(self->vectors);
    const guint64 *rows = g_bytes_get_data(self->rows, NULL);
    g_auto(GStrv) captions = umk_collection_dup_column(self->collection, "caption", NULL);
    g_auto(GStrv) texts = umk_collection_dup_column(self->collection, "text", NULL);

    self->names = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++) {
        const char *name = captions != NULL ? captions[rows[i]] : "";

        if (name[0] == '\0' && texts != NULL)
            name = texts[rows[i]];
        self->names[i] = name[0] != '\0'
                             ? g_strdup(name)
                             : umk_collection_dup_id(self->collection, rows[i]);
    }
}

static gboolean
read_modalities(UmkAuditSource *self, GError **error)
{
    g_autoptr(GBytes) all = umk_collection_dup_modalities(self->collection, error);
    gsize n = umk_matrix_get_n_rows(self->vectors);
    const guint64 *rows = g_bytes_get_data(self->rows, NULL);
    const guint8 *codes;

    if (all == NULL)
        return FALSE;
    codes = g_bytes_get_data(all, NULL);
    self->modalities = g_new0(UmkModality, n + 1);
    for (gsize i = 0; i < n; i++)
        self->modalities[i] = (UmkModality) codes[rows[i]];
    return TRUE;
}

/**
 * umk_audit_source_new_for_collection:
 * @collection: a collection
 * @registry: where its models are found
 * @cancellable: (nullable): to stop it
 * @error: return location for an error
 *
 * An item of a set is the item with that id; else the first whose text, caption or file
 * name it is; else one that is the same in lower case. What is no item is embedded by the
 * collection's model of texts, where there is one on this machine.
 *
 * Returns: (transfer full): a source
 */
UmkAuditSource *
umk_audit_source_new_for_collection(UmkCollection *collection,
                                    UmkRegistry *registry,
                                    GCancellable *cancellable,
                                    GError **error)
{
    g_autoptr(UmkAuditSource) self = NULL;

    g_return_val_if_fail(collection != NULL && registry != NULL, NULL);
    self = new_source("collection", umk_collection_get_path(collection));
    self->collection = umk_collection_ref(collection);
    self->registry = umk_registry_ref(registry);
    self->vectors =
        umk_collection_get_vectors(collection, &self->rows, cancellable, error);
    if (self->vectors == NULL || !read_modalities(self, error))
        return NULL;
    name_rows(self);
    return g_steal_pointer(&self);
}

/**
 * umk_audit_source_new_for_model:
 * @model: a model
 *
 * Every word, picture and sound is embedded.
 *
 * Returns: (transfer full): a source
 */
UmkAuditSource *
umk_audit_source_new_for_model(UmkModel *model)
{
    UmkAuditSource *self;

    g_return_val_if_fail(model != NULL, NULL);
    self = new_source("model", umk_model_get_id(model));
    self->model = umk_model_ref(model);
    return self;
}

/**
 * umk_audit_source_set_metadata:
 * @self: a source of vectors
 * @metadata: an item for each row, see umk_vectors_read_metadata()
 * @error: return location for an error
 *
 * Fields of the rows, for the columns that a spec names.
 *
 * Returns: %FALSE with %UMK_ERROR_DIMENSION if their number differs
 */
gboolean
umk_audit_source_set_metadata(UmkAuditSource *self, UmkItems *metadata, GError **error)
{
    gsize n;

    g_return_val_if_fail(self != NULL && metadata != NULL, FALSE);
    n = self->vectors != NULL ? umk_matrix_get_n_rows(self->vectors) : 0;
    if (umk_items_get_n_items(metadata) != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("There are %zu rows and %zu items that describe them"), n,
                    umk_items_get_n_items(metadata));
        return FALSE;
    }
    g_clear_pointer(&self->metadata, umk_items_unref);
    self->metadata = umk_items_ref(metadata);
    return TRUE;
}

static char **
metadata_column(UmkAuditSource *self, const char *column, GError **error)
{
    gsize n = umk_items_get_n_items(self->metadata);
    g_auto(GStrv) labels = g_new0(char *, n + 1);
    gboolean seen = FALSE;

    for (gsize i = 0; i < n; i++) {
        UmkItem *item = umk_items_get(self->metadata, i);
        const char *label = strcmp(column, "label") == 0
                                ? umk_item_get_label(item)
                                : umk_item_get_field(item, column);

        seen |= label != NULL;
        labels[i] = g_strdup(label != NULL ? label : "");
    }
    if (seen)
        return g_steal_pointer(&labels);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("No row has a field “%s”"),
                column);
    return NULL;
}

char **
_umk_audit_source_dup_column(UmkAuditSource *self, const char *column, GError **error)
{
    g_auto(GStrv) all = NULL;
    const guint64 *rows;
    char **labels;
    gsize n;

    if (self->metadata != NULL)
        return metadata_column(self, column, error);
    if (self->collection == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no column “%s”: the source is neither a collection nor "
                      "vectors with a table of their items"),
                    column);
        return NULL;
    }
    all = umk_collection_dup_column(self->collection, column, error);
    if (all == NULL)
        return NULL;
    n = umk_matrix_get_n_rows(self->vectors);
    rows = g_bytes_get_data(self->rows, NULL);
    labels = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++)
        labels[i] = g_strdup(all[rows[i]]);
    return labels;
}

/* Of what is looked at, not of the file: names and numbers, or the model's files. */
char *
_umk_audit_source_dup_digest(UmkAuditSource *self, GError **error)
{
    g_autoptr(GChecksum) checksum = NULL;
    gconstpointer data;
    gsize size, n;

    if (self->vectors == NULL) {
        g_autofree char *digest = umk_model_dup_digest(self->model, error);

        if (digest == NULL || g_str_has_prefix(digest, "sha256:"))
            return g_steal_pointer(&digest);
        return g_strconcat("sha256:", digest, NULL);
    }
    checksum = g_checksum_new(G_CHECKSUM_SHA256);
    n = umk_matrix_get_n_rows(self->vectors);
    data = g_bytes_get_data(umk_matrix_get_bytes(self->vectors), &size);
    for (gsize i = 0; i < n; i++) /* with the zero at the end of each */
        g_checksum_update(checksum, (const guchar *) self->names[i],
                          (gssize) strlen(self->names[i]) + 1);
    g_checksum_update(checksum, data, (gssize) size);
    return g_strconcat("sha256:", g_checksum_get_string(checksum), NULL);
}
