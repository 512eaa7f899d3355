/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and folders go to the engine's own ingest; rows of a table are read here, since
 * the person has said what its columns are, and are embedded in batches that are each
 * committed: what is there when the work is stopped stays. */
#include "umk-app-import.h"

#include "umk-app-import-vectors.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define MODEL   "starter"
#define BATCH   128u
#define CAPTION 120

UmkAppImport *
umk_app_import_new(UmkAppIntake *intake, const char *target)
{
    UmkAppImport *self = g_new0(UmkAppImport, 1);

    self->intake = intake;
    self->target = g_strdup(target);
    if (intake->table != NULL)
        self->roles = g_memdup2(intake->table->roles,
                                intake->table->n_columns * sizeof *self->roles);
    return self;
}

void
umk_app_import_free(UmkAppImport *self)
{
    if (self == NULL)
        return;
    umk_app_intake_free(self->intake);
    g_free(self->target);
    g_free(self->roles);
    g_free(self);
}

void
umk_app_import_report_free(UmkAppImportReport *report)
{
    if (report == NULL)
        return;
    g_free(report->path);
    g_ptr_array_unref(report->failures);
    g_free(report);
}

char *
umk_app_import_make_path(const char *folder, const char *name)
{
    g_autofree char *safe = g_strdup(name);
    g_autofree char *path = NULL;

    g_strdelimit(safe, G_DIR_SEPARATOR_S, '-');
    for (guint i = 1;; i++) {
        g_autofree char *file = i == 1 ? g_strdup_printf("%s.ume", safe)
                                       : g_strdup_printf("%s %u.ume", safe, i);

        g_free(path);
        path = g_build_filename(folder, file, NULL);
        if (!g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
}

UmkCollection *
umk_app_import_create(const char *path,
                      const char *model_name,
                      GCancellable *cancellable,
                      GError **error)
{
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), model_name ? model_name : MODEL, NULL,
                       cancellable, error);
    g_autoptr(UmkSpace) space = NULL;
    const char *frame;

    if (model == NULL)
        return NULL;
    frame = umk_model_get_frame(model);
    space = umk_space_new(frame, umk_model_get_n_dims(model), UMK_METRIC_COSINE);
    if (!umk_space_join(space, frame, umk_model_get_n_dims(model), error))
        return NULL;
    return umk_collection_create(path, space, error);
}

/* ---- a table -------------------------------------------------------------------------
 */

typedef struct {
    const UmkAppImport *import;
    UmkCollection *collection;
    UmkModel *model;
    UmkItems *pending;
    UmkAppImportReport *report;
    GCancellable *cancellable;
    UmkProgressFunc progress;
    gpointer progress_data;
} Filling;

static void
fail(UmkAppImportReport *report, const char *what, const char *why)
{
    g_ptr_array_add(report->failures, g_strdup(what != NULL ? what : ""));
    g_ptr_array_add(report->failures, g_strdup(why));
}

static const char *
find_cell(const UmkAppTable *table,
          const UmkAppRole *roles,
          char **cells,
          UmkAppRole role)
{
    for (guint c = 0; c < table->n_columns; c++)
        if (roles[c] == role && *cells[c] != '\0')
            return cells[c];
    return NULL;
}

UmkItem *
umk_app_import_make_item(const UmkAppTable *table,
                         const UmkAppRole *roles,
                         char **cells,
                         gsize row)
{
    const char *file = find_cell(table, roles, cells, UMK_APP_ROLE_PATH);
    const char *text = find_cell(table, roles, cells, UMK_APP_ROLE_TEXT);
    const char *label = find_cell(table, roles, cells, UMK_APP_ROLE_LABEL);
    const char *id = find_cell(table, roles, cells, UMK_APP_ROLE_ID);
    g_autofree char *folder = g_path_get_dirname(table->path);
    g_autofree char *base = g_path_get_basename(table->path);
    g_autofree char *valid = g_utf8_make_valid(text != NULL ? text : "", -1);
    g_autofree char *own = NULL;
    UmkModality modality;
    UmkItem *item;

    if (file != NULL && umk_modality_of_file(file, &modality)) {
        g_autofree char *path = g_path_is_absolute(file)
                                    ? g_strdup(file)
                                    : g_build_filename(folder, file, NULL);

        item = umk_item_new_for_file(modality, path);
    } else if (valid[strspn(valid, " \t\r\n")] != '\0') {
        item = umk_item_new_for_text(valid);
    } else {
        return NULL;
    }
    own = id != NULL ? g_strdup_printf("%s#%s", base, id)
                     : g_strdup_printf("%s#%zu", base, row + 1);
    umk_item_set_id(item, own);
    if (*valid != '\0') {
        g_autofree char *caption = g_utf8_strlen(valid, -1) > CAPTION
                                       ? g_utf8_substring(valid, 0, CAPTION)
                                       : g_strdup(valid);

        umk_item_set_caption(item, g_strdelimit(caption, "\r\n\t", ' '));
    }
    if (label != NULL)
        umk_item_set_label(item, label);
    for (guint c = 0; c < table->n_columns; c++)
        if (roles[c] == UMK_APP_ROLE_FIELD && *cells[c] != '\0') {
            g_autofree char *value = g_utf8_make_valid(cells[c], -1);

            umk_item_set_field(item, table->columns[c], value);
        }
    return item;
}

static gboolean
store(Filling *filling, UmkMatrix *matrix, GPtrArray *failures, GError **error)
{
    gsize n = umk_items_get_n_items(filling->pending), n_good = 0;
    g_autoptr(UmkItems) good = umk_items_new();
    g_autofree guint64 *rows = g_new(guint64, n + 1);
    g_autoptr(UmkMatrix) vectors = NULL;

    for (gsize i = 0; i < n; i++) {
        UmkItem *item = umk_items_get(filling->pending, i);

        if (failures->pdata[i] != NULL) {
            fail(filling->report, umk_item_get_id(item), failures->pdata[i]);
            continue;
        }
        umk_items_append(good, item);
        rows[n_good++] = i;
    }
    if (n_good == 0)
        return TRUE;
    vectors = umk_matrix_select_rows(matrix, rows, n_good, error);
    if (vectors == NULL ||
        !umk_collection_append(filling->collection, umk_model_get_id(filling->model),
                               good, vectors, error) ||
        !umk_collection_commit(filling->collection, error))
        return FALSE;
    filling->report->n_added += n_good;
    return TRUE;
}

static gboolean
flush(Filling *filling, GError **error)
{
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkMatrix) matrix = NULL;

    if (umk_items_get_n_items(filling->pending) == 0)
        return TRUE;
    matrix = umk_model_embed_each(filling->model, filling->pending, failures,
                                  filling->cancellable, NULL, NULL, error);
    if (matrix == NULL || !store(filling, matrix, failures, error))
        return FALSE;
    umk_items_unref(filling->pending);
    filling->pending = umk_items_new();
    return TRUE;
}

static gboolean
take_row(char **cells, gsize row, double fraction, gpointer data, GError **error)
{
    Filling *filling = data;
    const UmkAppTable *table = filling->import->intake->table;
    g_autoptr(UmkItem) item =
        umk_app_import_make_item(table, filling->import->roles, cells, row);

    if (g_cancellable_set_error_if_cancelled(filling->cancellable, error))
        return FALSE;
    if (item == NULL) {
        g_autofree char *where = g_strdup_printf(_("row %zu"), row + 1);

        fail(filling->report, where, _("It names neither a text nor a file"));
        return TRUE;
    }
    umk_items_append(filling->pending, item);
    if (umk_items_get_n_items(filling->pending) < BATCH)
        return TRUE;
    if (filling->progress != NULL)
        filling->progress(_("Embedding"), fraction, filling->progress_data);
    return flush(filling, error);
}

static gboolean
fill_from_table(UmkAppImport *self,
                UmkCollection *collection,
                UmkAppImportReport *report,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_autoptr(UmkModel) model = umk_collection_load_model(
        collection, umk_registry_get_default(), UMK_MODALITY_TEXT, cancellable, error);
    g_autofree char *json = NULL;
    Filling filling = {self,   collection,  model,    NULL,
                       report, cancellable, progress, progress_data};
    gboolean ok;

    if (model == NULL)
        return FALSE;
    json = umk_model_to_json(model);
    if (!umk_collection_add_model(collection, umk_model_get_id(model),
                                  umk_model_get_frame(model), umk_model_get_n_dims(model),
                                  json, error))
        return FALSE;
    filling.pending = umk_items_new();
    ok = umk_app_table_each(self->intake->table, take_row, &filling, error) &&
         flush(&filling, error);
    umk_items_unref(filling.pending);
    return ok;
}

/* ---- files ---------------------------------------------------------------------------
 */

static gboolean
fill_from_files(UmkAppImport *self,
                UmkCollection *collection,
                UmkAppImportReport *report,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_autoptr(UmkIngestReport) done = umk_collection_ingest(
        collection, umk_registry_get_default(), (const char *const *) self->intake->paths,
        NULL, cancellable, progress, progress_data, error);

    if (done == NULL)
        return FALSE;
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        report->n_added += umk_ingest_report_get_n_added(done, (UmkModality) m);
    for (gsize i = 0; i < umk_ingest_report_get_n_failures(done); i++) {
        const char *path = NULL;
        const char *why = umk_ingest_report_get_failure(done, i, &path);

        fail(report, path, why);
    }
    return TRUE;
}

/* ---- together ------------------------------------------------------------------------
 */

void
umk_app_import_remove(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        if (g_file_test(inner, G_FILE_TEST_IS_DIR) &&
            !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
            umk_app_import_remove(inner);
        else
            g_unlink(inner);
    }
    g_rmdir(path);
}

static gboolean
fill(UmkAppImport *self,
     const char *path,
     gboolean is_new,
     UmkAppImportReport *report,
     GCancellable *cancellable,
     UmkProgressFunc progress,
     gpointer progress_data,
     GError **error)
{
    g_autoptr(UmkCollection) collection = NULL;

    if (self->intake->kind == UMK_APP_INTAKE_VECTORS)
        return umk_app_import_vectors(self->intake, path, &report->n_added, cancellable,
                                      progress, progress_data, error);
    collection = is_new ? umk_app_import_create(path, NULL, cancellable, error)
                        : umk_collection_open(path, UMK_OPEN_WRITE, error);
    if (collection == NULL)
        return FALSE;
    return self->intake->kind == UMK_APP_INTAKE_TABLE
               ? fill_from_table(self, collection, report, cancellable, progress,
                                 progress_data, error)
               : fill_from_files(self, collection, report, cancellable, progress,
                                 progress_data, error);
}

static gboolean
take_name(const char *half, const char *path, GError **error)
{
    if (g_rename(half, path) == 0)
        return TRUE;
    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                _("Cannot make “%s”: %s"), path, g_strerror(errno));
    return FALSE;
}

UmkAppImportReport *
umk_app_import_run(UmkAppImport *self,
                   GCancellable *cancellable,
                   UmkProgressFunc progress,
                   gpointer progress_data,
                   GError **error)
{
    g_autoptr(UmkAppImportReport) report = g_new0(UmkAppImportReport, 1);
    gboolean is_new = !umk_collection_probe(self->target);
    g_autofree char *half = g_strconcat(self->target, ".part", NULL);
    g_autofree char *folder = g_path_get_dirname(self->target);
    GError *failure = NULL;

    report->path = g_strdup(self->target);
    report->failures = g_ptr_array_new_with_free_func(g_free);
    if (is_new) {
        g_mkdir_with_parents(folder, 0755);
        umk_app_import_remove(half);
    }
    if (!fill(self, is_new ? half : self->target, is_new, report, cancellable, progress,
              progress_data, &failure) ||
        (is_new && report->n_added > 0 && !take_name(half, self->target, &failure)) ||
        (is_new && report->n_added == 0)) {
        if (is_new)
            umk_app_import_remove(half);
        if (failure == NULL)
            g_set_error(&failure, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Nothing in it could be read: %s"),
                        report->failures->len > 1 ? (char *) report->failures->pdata[1]
                                                  : _("it is empty"));
        g_propagate_error(error, failure);
        return NULL;
    }
    return g_steal_pointer(&report);
}
