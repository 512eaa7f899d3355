/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens a collection for reading and asks the engine for all that the window needs at
 * once. A collection that cannot be drawn (nothing in it, one item, no joined frame)
 * still opens: it has a list, and a sentence in place of the map. */
#include "umk-app-source.h"

#include "umk-app-stored.h"

#include <glib/gi18n.h>

#include <string.h>

struct _UmkAppSource {
    GObject parent_instance;
    UmkCollection *collection;
    gsize n_items;
    GBytes *modalities; /* guint8 a row */
    GBytes *labels;     /* gint32 a row */
    char **names;
    guint n_labels;
    gsize n_modality[UMK_N_MODALITIES];
    UmkAppLayout *layout; /* the first to be shown; of no points if there is none */
    gboolean stored;      /* it was kept with the collection */
    char *map_problem;
    GMutex lock; /* for models, and for what follows */
    guint64 own; /* state that the window itself has made of it; 0: none */
    UmkModel *models[UMK_N_MODALITIES];
};

G_DEFINE_FINAL_TYPE(UmkAppSource, umk_app_source, G_TYPE_OBJECT)

static void
umk_app_source_finalize(GObject *object)
{
    UmkAppSource *self = UMK_APP_SOURCE(object);

    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        g_clear_pointer(&self->models[m], umk_model_unref);
    g_clear_pointer(&self->layout, umk_app_layout_unref);
    g_clear_pointer(&self->modalities, g_bytes_unref);
    g_clear_pointer(&self->labels, g_bytes_unref);
    g_clear_pointer(&self->collection, umk_collection_unref);
    g_strfreev(self->names);
    g_free(self->map_problem);
    g_mutex_clear(&self->lock);
    G_OBJECT_CLASS(umk_app_source_parent_class)->finalize(object);
}

static void
umk_app_source_class_init(UmkAppSourceClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = umk_app_source_finalize;
}

static void
umk_app_source_init(UmkAppSource *self)
{
    g_mutex_init(&self->lock);
}

/* ---- loading, in a job
 * ------------------------------------------------------------------- */

#define MANY 50000u /* items from which a thread is worth its handle */

/* Labels are half of what is read of the items. For many items they are read by a thread
 * with a handle of its own, while this one reads the layout. */
typedef struct {
    UmkAppSource *source;
    GThread *thread; /* or NULL */
    UmkCollection *collection;
    GError *error;
} Labels;

static gpointer
read_labels(gpointer data)
{
    Labels *self = data;

    self->source->labels =
        umk_collection_dup_labels(self->collection, &self->source->names, &self->error);
    return NULL;
}

static void
begin_labels(Labels *self, UmkAppSource *source)
{
    self->source = source;
    if (umk_collection_get_n_items(source->collection) >= MANY)
        self->collection = umk_app_source_open_again(source, NULL);
    if (self->collection != NULL)
        self->thread = g_thread_new("umk-labels", read_labels, self);
    else
        self->collection = umk_collection_ref(source->collection);
}

static gboolean
end_labels(Labels *self, GError **error)
{
    UmkAppSource *source = self->source;

    if (self->thread != NULL)
        g_thread_join(self->thread);
    else
        read_labels(self);
    umk_collection_unref(self->collection);
    if (source->labels == NULL) {
        g_propagate_error(error, self->error);
        return FALSE;
    }
    source->n_labels = g_strv_length(source->names);
    return TRUE;
}

static gboolean
load_modalities(UmkAppSource *self, GError **error)
{
    const guint8 *of;

    self->n_items = umk_collection_get_n_items(self->collection);
    self->modalities = umk_collection_dup_modalities(self->collection, error);
    if (self->modalities == NULL)
        return FALSE;
    self->n_items = MIN(self->n_items, g_bytes_get_size(self->modalities));
    of = g_bytes_get_data(self->modalities, NULL);
    for (gsize i = 0; i < self->n_items; i++)
        self->n_modality[of[i] % UMK_N_MODALITIES]++;
    return TRUE;
}

static gboolean
fit_map(UmkAppSource *self,
        GCancellable *cancellable,
        UmkProgressFunc progress,
        gpointer progress_data,
        GError **error)
{
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(UmkProjection) fitted = NULL;
    g_autoptr(GBytes) rows = NULL;

    self->layout = umk_app_stored_load(self->collection, NULL);
    self->stored = self->layout != NULL;
    if (self->stored)
        return TRUE;
    vectors = umk_collection_get_vectors(self->collection, &rows, cancellable, error);
    if (vectors == NULL)
        return FALSE;
    if (umk_matrix_get_n_rows(vectors) < 2 || umk_matrix_get_n_cols(vectors) < 2) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                            _("A map needs at least two items that share a space"));
        return FALSE;
    }
    fitted = umk_projection_fit("pca", vectors, NULL, cancellable, progress,
                                progress_data, error);
    if (fitted == NULL)
        return FALSE;
    self->layout = umk_app_layout_new_from_projection(fitted, rows, self->n_items);
    return TRUE;
}

/* So that whoever draws need not ask whether there is anything. */
static UmkAppLayout *
make_empty_layout(UmkAppSource *self)
{
    g_autoptr(UmkMatrix) nothing = umk_matrix_new_from_data(0, 2, NULL, NULL);
    g_autoptr(GBytes) rows = g_bytes_new(NULL, 0);

    return umk_app_layout_new("none", "", nothing, rows, self->n_items);
}

UmkAppSource *
umk_app_source_load(const char *path,
                    GCancellable *cancellable,
                    UmkProgressFunc progress,
                    gpointer progress_data,
                    GError **error)
{
    g_autoptr(UmkAppSource) self = g_object_new(UMK_APP_TYPE_SOURCE, NULL);
    g_autoptr(GError) failure = NULL;
    Labels labels = {0};
    gboolean good;

    self->collection = umk_collection_open(path, UMK_OPEN_READ, error);
    if (self->collection == NULL)
        return NULL;
    begin_labels(&labels, self);
    good = load_modalities(self, error);
    if (good && self->n_items == 0)
        self->map_problem = g_strdup(_("This collection is empty"));
    else if (good && !fit_map(self, cancellable, progress, progress_data, &failure)) {
        good = !g_error_matches(failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        if (good)
            self->map_problem = g_strdup(failure->message);
        else
            g_propagate_error(error, g_steal_pointer(&failure));
    }
    if (!end_labels(&labels, good ? error : NULL) || !good)
        return NULL;
    if (self->layout == NULL)
        self->layout = make_empty_layout(self);
    return g_steal_pointer(&self);
}

/* The model that asks questions of a modality, loaded once; not for the main thread. */
UmkModel *
umk_app_source_get_model(UmkAppSource *self,
                         UmkModality modality,
                         GCancellable *cancellable,
                         GError **error)
{
    UmkModel *model;

    g_mutex_lock(&self->lock);
    if (self->models[modality] == NULL)
        self->models[modality] = umk_collection_load_model(
            self->collection, umk_registry_get_default(), modality, cancellable, error);
    model = self->models[modality];
    g_mutex_unlock(&self->lock);
    return model;
}

/* ---- reading
 * ------------------------------------------------------------------------------ */

UmkCollection *
umk_app_source_get_collection(UmkAppSource *self)
{
    return self->collection;
}

/* Whether that state has the rows of the one that is shown. */
static gboolean
is_known(UmkAppSource *self, guint64 sequence)
{
    gboolean own;

    g_mutex_lock(&self->lock);
    own = self->own != 0 && sequence == self->own;
    g_mutex_unlock(&self->lock);
    return own || sequence == umk_collection_get_sequence(self->collection);
}

void
umk_app_source_take_state(UmkAppSource *self, guint64 from, guint64 to)
{
    if (!is_known(self, from))
        return;
    g_mutex_lock(&self->lock);
    self->own = to;
    g_mutex_unlock(&self->lock);
}

UmkCollection *
umk_app_source_open_again(UmkAppSource *self, GError **error)
{
    g_autoptr(UmkCollection) again =
        umk_collection_open(umk_app_source_get_path(self), UMK_OPEN_READ, error);

    if (again == NULL)
        return NULL;
    if (!is_known(self, umk_collection_get_sequence(again)) ||
        g_strcmp0(umk_collection_get_uuid(again),
                  umk_collection_get_uuid(self->collection)) != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                    _("“%s” has changed since it was opened; open it again"),
                    umk_app_source_get_path(self));
        return NULL;
    }
    return g_steal_pointer(&again);
}

UmkCollection *
umk_app_source_dup_reader(UmkAppSource *self)
{
    UmkCollection *reader = umk_app_source_open_again(self, NULL);

    return reader != NULL ? reader : umk_collection_ref(self->collection);
}

const char *
umk_app_source_get_path(UmkAppSource *self)
{
    return umk_collection_get_path(self->collection);
}

/* The folder's name without ".ume". */
char *
umk_app_source_dup_name(UmkAppSource *self)
{
    g_autofree char *base = g_path_get_basename(umk_app_source_get_path(self));
    char *name;

    if (g_str_has_suffix(base, ".ume") && base[4] != '\0')
        base[strlen(base) - 4] = '\0';
    name = g_filename_display_name(base);
    return name;
}

gsize
umk_app_source_get_n_items(UmkAppSource *self)
{
    return self->n_items;
}

gsize
umk_app_source_get_n_modality(UmkAppSource *self, UmkModality modality)
{
    return self->n_modality[modality];
}

const guint8 *
umk_app_source_get_modalities(UmkAppSource *self)
{
    return g_bytes_get_data(self->modalities, NULL);
}

UmkModality
umk_app_source_get_modality(UmkAppSource *self, gsize row)
{
    return (UmkModality) umk_app_source_get_modalities(self)[row];
}

const gint32 *
umk_app_source_get_labels(UmkAppSource *self)
{
    return g_bytes_get_data(self->labels, NULL);
}

const char *const *
umk_app_source_get_label_names(UmkAppSource *self)
{
    return (const char *const *) self->names;
}

guint
umk_app_source_get_n_labels(UmkAppSource *self)
{
    return self->n_labels;
}

/* Why there is no map, or NULL. */
const char *
umk_app_source_get_map_problem(UmkAppSource *self)
{
    return self->map_problem;
}

UmkAppLayout *
umk_app_source_get_layout(UmkAppSource *self)
{
    return self->layout;
}

/* Whether the first layout was kept with the collection, or was made just now. */
gboolean
umk_app_source_is_stored(UmkAppSource *self)
{
    return self->stored;
}

/* NULL only for a damaged collection. */
UmkItem *
umk_app_source_dup_item(UmkAppSource *self, gsize row)
{
    g_autoptr(GError) error = NULL;
    UmkItem *item = umk_collection_dup_item(self->collection, row, &error);

    if (item == NULL)
        g_message("%s", error->message);
    return item;
}
