/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths into a collection: walks folders, asks the table of kinds what each file is,
 * embeds in batches and commits each, so that a long ingest can be stopped at any moment
 * and keeps what it has done. A bad file is recorded and passed over. */
#include "facade/umk-ingest-private.h"

#include <umekomi/umk-collection.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-item.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-search.h>
#include <umekomi/umk-space.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define BATCH     256 /* items embedded and committed at a time */
#define MAX_DEPTH 64

typedef struct {
    char *path;
    char *message;
} Failure;

struct _UmkIngestReport {
    gatomicrefcount refs;
    gsize n_added[UMK_N_MODALITIES];
    gsize n_skipped;
    GArray *failures; /* Failure */
    GPtrArray *notes;
};

G_DEFINE_BOXED_TYPE(UmkIngestReport,
                    umk_ingest_report,
                    umk_ingest_report_ref,
                    umk_ingest_report_unref)

static const UmkParamSpec specs[] = {
    {"model", UMK_PARAM_STRING, N_("Model"),
     N_("Model folder or name; empty takes the collection's own"), 0, 0, 0, NULL},
    {"text-column", UMK_PARAM_STRING, N_("Text column"),
     N_("Column of a table that is embedded; empty takes “text” or the first that reads "
        "like "
        "text"),
     0, 0, 0, NULL},
    {"label-column", UMK_PARAM_STRING, N_("Label column"),
     N_("Column of a table that is the category; empty takes “label” if it is there"), 0,
     0, 0, NULL},
    {"id-column", UMK_PARAM_STRING, N_("Id column"),
     N_("Column of a table that names the row; empty takes “id” if it is there"), 0, 0, 0,
     NULL},
};

/**
 * umk_ingest_get_params: (skip)
 * @n_specs: (out): rows in the table
 *
 * Returns: (array length=n_specs) (transfer none): options of umk_collection_ingest()
 */
const UmkParamSpec *
umk_ingest_get_params(gsize *n_specs)
{
    g_return_val_if_fail(n_specs != NULL, NULL);
    *n_specs = G_N_ELEMENTS(specs);
    return specs;
}

static void
failure_clear(gpointer data)
{
    Failure *failure = data;

    g_free(failure->path);
    g_free(failure->message);
}

static UmkIngestReport *
report_new(void)
{
    UmkIngestReport *self = g_new0(UmkIngestReport, 1);

    g_atomic_ref_count_init(&self->refs);
    self->failures = g_array_new(FALSE, FALSE, sizeof(Failure));
    g_array_set_clear_func(self->failures, failure_clear);
    self->notes = g_ptr_array_new_with_free_func(g_free);
    return self;
}

void
_umk_ingest_fail(UmkIngest *ingest, const char *path, const char *message)
{
    Failure failure = {g_strdup(path), g_strdup(message)};

    g_array_append_val(ingest->report->failures, failure);
}

void
_umk_ingest_note(UmkIngest *ingest, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(ingest->report->notes, g_strdup_vprintf(format, args));
    va_end(args);
}

/* Vectors of two models under one name could not be told apart later. */
static gboolean
same_model(UmkIngest *ingest, GError **error)
{
    const char *id = umk_model_get_id(ingest->model);
    g_autofree char *recorded =
        umk_collection_dup_model_provenance(ingest->collection, id);
    g_autofree char *digest = umk_model_dup_digest(ingest->model, error);

    if (digest == NULL)
        return FALSE;
    if (recorded == NULL || strstr(recorded, digest) != NULL ||
        umk_collection_get_n_items(ingest->collection) == 0)
        return TRUE;
    g_set_error(
        error, UMK_ERROR, UMK_ERROR_VERSION,
        _("The model “%s” is not the one this collection was made with: its files have "
          "changed; make a new collection with it"),
        id);
    return FALSE;
}

/* The model that embeds what is not a graph, loaded once: the one that was asked for, or
 * the collection's own that serves what is pending first (texts, for the names of nodes).
 */
UmkModel *
_umk_ingest_get_model(UmkIngest *ingest, GError **error)
{
    UmkModality first = umk_items_get_n_items(ingest->pending) > 0
                            ? umk_item_get_modality(umk_items_get(ingest->pending, 0))
                            : UMK_MODALITY_TEXT;
    const char *name = umk_params_get_string(ingest->params, "model");
    UmkSpace *space = umk_collection_get_space(ingest->collection);
    g_autofree char *json = NULL;

    if (ingest->model != NULL)
        return ingest->model;
    if (name[0] != '\0')
        ingest->model =
            umk_model_load(ingest->registry, name, NULL, ingest->run->cancellable, error);
    else
        ingest->model = umk_collection_load_model(ingest->collection, ingest->registry,
                                                  first, ingest->run->cancellable, error);
    if (ingest->model == NULL)
        return NULL;
    if (!umk_space_has_frame(space, umk_model_get_frame(ingest->model)))
        _umk_ingest_note(
            ingest,
            _("Model “%s” is not joined to the space “%s”: its items are found "
              "among themselves only"),
            umk_model_get_id(ingest->model), umk_space_get_name(space));
    json = umk_model_to_json(ingest->model);
    if (!same_model(ingest, error)) {
        g_clear_pointer(&ingest->model, umk_model_unref);
        return NULL;
    }
    if (!umk_collection_add_model(ingest->collection, umk_model_get_id(ingest->model),
                                  umk_model_get_frame(ingest->model),
                                  umk_model_get_n_dims(ingest->model), json, error))
        g_clear_pointer(&ingest->model, umk_model_unref);
    return ingest->model;
}

/* Stores what went well of a batch and records what did not. */
static gboolean
store_batch(UmkIngest *ingest, UmkMatrix *matrix, GPtrArray *failures, GError **error)
{
    gsize n = umk_items_get_n_items(ingest->pending), n_good = 0;
    g_autoptr(UmkItems) good = umk_items_new();
    g_autofree guint64 *rows = g_new(guint64, n + 1);
    g_autoptr(UmkMatrix) vectors = NULL;

    for (gsize i = 0; i < n; i++) {
        UmkItem *item = umk_items_get(ingest->pending, i);

        if (failures->pdata[i] != NULL) {
            const char *path = umk_item_get_path(item);

            _umk_ingest_fail(ingest, path ? path : umk_item_get_id(item),
                             failures->pdata[i]);
            continue;
        }
        umk_items_append(good, item);
        rows[n_good++] = i;
    }
    if (n_good == 0)
        return TRUE;
    vectors = umk_matrix_select_rows(matrix, rows, n_good, error);
    if (vectors == NULL ||
        !umk_collection_append(ingest->collection, umk_model_get_id(ingest->model), good,
                               vectors, error) ||
        !umk_collection_commit(ingest->collection, error))
        return FALSE;
    for (gsize i = 0; i < n_good; i++)
        ingest->report->n_added[umk_item_get_modality(umk_items_get(good, i))]++;
    return TRUE;
}

/* Items whose modality the model lacks fail one by one, the others go on. */
static void
drop_unservable(UmkIngest *ingest)
{
    g_autoptr(UmkItems) kept = umk_items_new();

    for (gsize i = 0; i < umk_items_get_n_items(ingest->pending); i++) {
        UmkItem *item = umk_items_get(ingest->pending, i);
        UmkModality modality = umk_item_get_modality(item);
        g_autofree char *message = NULL;

        if (umk_model_has_modality(ingest->model, modality)) {
            umk_items_append(kept, item);
            continue;
        }
        message = g_strdup_printf(_("Model “%s” cannot embed items of modality %s"),
                                  umk_model_get_id(ingest->model),
                                  umk_modality_get_name(modality));
        _umk_ingest_fail(ingest, umk_item_get_id(item), message);
    }
    umk_items_unref(ingest->pending);
    ingest->pending = g_steal_pointer(&kept);
}

static gboolean
flush(UmkIngest *ingest, GError **error)
{
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkMatrix) matrix = NULL;
    gboolean ok = TRUE;

    if (umk_items_get_n_items(ingest->pending) == 0)
        return TRUE;
    if (_umk_ingest_get_model(ingest, error) == NULL)
        return FALSE;
    drop_unservable(ingest);
    if (umk_items_get_n_items(ingest->pending) > 0) {
        matrix = umk_model_embed_each(ingest->model, ingest->pending, failures,
                                      ingest->run->cancellable, NULL, NULL, error);
        ok = matrix != NULL && store_batch(ingest, matrix, failures, error);
    }
    umk_items_unref(ingest->pending);
    ingest->pending = umk_items_new();
    return ok;
}

/* Takes an item that a reader made. The label of a file defaults to its folder's name. */
void
_umk_ingest_add(UmkIngest *ingest, UmkItem *item, const char *id, const char *source)
{
    umk_item_set_id(item, id);
    if (umk_item_get_label(item) == NULL && umk_item_get_path(item) != NULL) {
        g_autofree char *folder = g_path_get_dirname(source);
        g_autofree char *name = g_path_get_basename(folder);
        g_autofree char *shown = g_filename_display_name(name);

        umk_item_set_label(item, shown);
    }
    if (umk_item_get_path(item) == NULL)
        umk_item_set_field(item, "source", source);
    umk_items_append(ingest->pending, item);
}

typedef struct {
    char *path;
    char *id;
    gboolean named; /* given by the user, not met in a folder */
} File;

static void
file_clear(gpointer data)
{
    File *file = data;

    g_free(file->path);
    g_free(file->id);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

/* Files of a folder in the order of their names, hidden ones left out; links to folders
 * are not followed, so a walk always ends. */
static void
walk(UmkIngest *ingest, const char *folder, const char *id, GArray *files, guint depth)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(folder, 0, &error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    if (dir == NULL) {
        _umk_ingest_fail(ingest, folder, error->message);
        return;
    }
    while ((name = g_dir_read_name(dir)) != NULL)
        if (name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);
        g_autofree char *shown = g_filename_display_name(names->pdata[i]);
        g_autofree char *inner = g_strdup_printf("%s/%s", id, shown);

        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK) && depth < MAX_DEPTH &&
                !umk_collection_probe(path))
                walk(ingest, path, inner, files, depth + 1);
        } else {
            File file = {g_steal_pointer(&path), g_steal_pointer(&inner), FALSE};

            g_array_append_val(files, file);
        }
    }
}

static void
gather(UmkIngest *ingest, const char *const *paths, GArray *files)
{
    for (gsize i = 0; paths[i] != NULL; i++) {
        g_autofree char *path = g_canonicalize_filename(paths[i], NULL);
        g_autofree char *name = g_path_get_basename(path);
        g_autofree char *shown = g_filename_display_name(name);

        if (g_file_test(path, G_FILE_TEST_IS_DIR)) {
            walk(ingest, path, shown, files, 0);
        } else if (g_file_test(path, G_FILE_TEST_EXISTS)) {
            File file = {g_steal_pointer(&path), g_steal_pointer(&shown), TRUE};

            g_array_append_val(files, file);
        } else {
            _umk_ingest_fail(ingest, paths[i], _("There is no such file or folder"));
        }
    }
}

gboolean
_umk_ingest_flush_full(UmkIngest *ingest, GError **error)
{
    if (umk_items_get_n_items(ingest->pending) < BATCH)
        return TRUE;
    ingest->fatal = !flush(ingest, error);
    return !ingest->fatal;
}

/* A file that cannot be read is recorded; only what concerns the whole is an error. */
static gboolean
scan_file(UmkIngest *ingest, File *file, GError **error)
{
    const UmkKind *kind = _umk_kind_of(file->path);
    g_autoptr(GError) local = NULL;

    if (kind == NULL && file->named)
        _umk_ingest_fail(ingest, file->path, _("Its name does not tell what it is"));
    else if (kind == NULL)
        ingest->report->n_skipped++;
    else if (!kind->scan(ingest, file->path, file->id, &local)) {
        if (ingest->fatal || g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
            g_propagate_error(error, g_steal_pointer(&local));
            return FALSE;
        }
        _umk_ingest_fail(ingest, file->path, local->message);
    }
    return _umk_ingest_flush_full(ingest, error);
}

static gboolean
add_graphs(UmkIngest *ingest, GError **error)
{
    for (guint i = 0; i < ingest->graphs->len; i += 2) {
        const char *path = ingest->graphs->pdata[i], *id = ingest->graphs->pdata[i + 1];
        g_autoptr(GError) local = NULL;

        if (!umk_run_check(ingest->run, error))
            return FALSE;
        if (_umk_ingest_train_graph(ingest, path, id, &local)) {
            ingest->report->n_added[UMK_MODALITY_GRAPH] += ingest->n_nodes;
            continue;
        }
        if (g_error_matches(local, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
            g_propagate_error(error, g_steal_pointer(&local));
            return FALSE;
        }
        _umk_ingest_fail(ingest, path, local->message);
    }
    return TRUE;
}

static gboolean
ingest_all(UmkIngest *ingest, const char *const *paths, GError **error)
{
    g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(File));

    g_array_set_clear_func(files, file_clear);
    gather(ingest, paths, files);
    for (guint i = 0; i < files->len; i++) {
        umk_run_report(ingest->run, _("Adding"), (double) i / files->len);
        if (!umk_run_check(ingest->run, error))
            return FALSE;
        if (!scan_file(ingest, &g_array_index(files, File, i), error))
            return FALSE;
    }
    return flush(ingest, error) && add_graphs(ingest, error);
}

/**
 * umk_collection_ingest:
 * @collection: a collection open for writing
 * @registry: a registry
 * @paths: (array zero-terminated=1): files and folders
 * @params: (nullable): options from umk_ingest_get_params()
 * @cancellable: (nullable): to stop it; what is committed stays
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error that ends the whole
 *
 * Folders are walked; files go to the embedder of their modality; rows of CSV, TSV and
 * JSON lines become items with the other columns as fields; the nodes of a graph become
 * items with node2vec vectors. A metadata.csv, .tsv or .jsonl with a column “file_name”
 * gives the files of its folder labels, captions and fields. An item that is there
 * already under the same id is replaced.
 *
 * Returns: (transfer full): what was added and what could not be
 */
UmkIngestReport *
umk_collection_ingest(UmkCollection *collection,
                      UmkRegistry *registry,
                      const char *const *paths,
                      UmkParams *params,
                      GCancellable *cancellable,
                      UmkProgressFunc progress,
                      gpointer progress_data,
                      GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autoptr(UmkIngestReport) report = report_new();
    UmkIngest ingest = {
        .collection = collection, .registry = registry, .report = report, .run = &run};
    gboolean ok;

    g_return_val_if_fail(collection != NULL && registry != NULL && paths != NULL, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    ingest.params =
        params ? umk_params_ref(params) : umk_params_new(specs, G_N_ELEMENTS(specs));
    ingest.pending = umk_items_new();
    ingest.graphs = g_ptr_array_new_with_free_func(g_free);
    ok = ingest_all(&ingest, paths, error);
    umk_params_unref(ingest.params);
    umk_items_unref(ingest.pending);
    g_ptr_array_unref(ingest.graphs);
    g_clear_pointer(&ingest.model, umk_model_unref);
    g_clear_pointer(&ingest.sidecar, _umk_sidecar_free);
    umk_run_report(&run, _("Adding"), 1.0);
    return ok ? g_steal_pointer(&report) : NULL;
}

/**
 * umk_ingest_report_ref:
 * @self: a report
 *
 * Returns: (transfer full): @self
 */
UmkIngestReport *
umk_ingest_report_ref(UmkIngestReport *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_ingest_report_unref:
 * @self: (transfer full): a report
 */
void
umk_ingest_report_unref(UmkIngestReport *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_array_unref(self->failures);
    g_ptr_array_unref(self->notes);
    g_free(self);
}

/**
 * umk_ingest_report_get_n_added:
 * @self: a report
 * @modality: a modality
 *
 * Returns: how many items of it were added or replaced
 */
gsize
umk_ingest_report_get_n_added(UmkIngestReport *self, UmkModality modality)
{
    g_return_val_if_fail(self != NULL && (guint) modality < UMK_N_MODALITIES, 0);
    return self->n_added[modality];
}

/**
 * umk_ingest_report_get_n_skipped:
 * @self: a report
 *
 * Returns: how many files met in folders are of no known kind
 */
gsize
umk_ingest_report_get_n_skipped(UmkIngestReport *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_skipped;
}

/**
 * umk_ingest_report_get_n_failures:
 * @self: a report
 *
 * Returns: how many files or items could not be added
 */
gsize
umk_ingest_report_get_n_failures(UmkIngestReport *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->failures->len;
}

/**
 * umk_ingest_report_get_failure:
 * @self: a report
 * @position: which, from 0
 * @path: (out) (optional) (transfer none): the file or item
 *
 * Returns: (transfer none): why it could not be added
 */
const char *
umk_ingest_report_get_failure(UmkIngestReport *self, gsize position, const char **path)
{
    g_return_val_if_fail(self != NULL && position < self->failures->len, NULL);
    if (path != NULL)
        *path = g_array_index(self->failures, Failure, position).path;
    return g_array_index(self->failures, Failure, position).message;
}

/**
 * umk_ingest_report_list_notes:
 * @self: a report
 *
 * Returns: (transfer full) (array zero-terminated=1): things worth knowing that are no
 * errors
 */
char **
umk_ingest_report_list_notes(UmkIngestReport *self)
{
    g_autoptr(GStrvBuilder) notes = g_strv_builder_new();

    g_return_val_if_fail(self != NULL, NULL);
    for (guint i = 0; i < self->notes->len; i++)
        g_strv_builder_add(notes, self->notes->pdata[i]);
    return g_strv_builder_end(notes);
}
