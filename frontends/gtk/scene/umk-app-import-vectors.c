/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names come with the file, from a file beside it, or are numbers. Words that a model can
 * be made of keep that model's name, so that the collection can be searched by meaning.
 */
#include "umk-app-import-vectors.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define CHUNK  4096u
#define COMMIT 16u /* chunks between commits */

static char **
read_lines(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autofree char *valid = NULL;
    char **lines;
    gsize size;
    guint n;

    if (!g_file_get_contents(path, &text, &size, error))
        return NULL;
    valid = g_utf8_make_valid(text, (gssize) size);
    lines = g_strsplit(valid, "\n", -1);
    n = g_strv_length(lines);
    if (n > 0 && *lines[n - 1] == '\0')
        g_clear_pointer(&lines[n - 1], g_free);
    for (guint i = 0; lines[i] != NULL; i++)
        g_strchomp(lines[i]);
    return lines;
}

static gboolean
check_count(const char *path, gsize n_names, gsize n_rows, GError **error)
{
    g_autofree char *shown = g_filename_display_basename(path);

    if (n_names == n_rows)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                _("“%s” names %zu rows, but there are %zu vectors"), shown, n_names,
                n_rows);
    return FALSE;
}

/* What is known of each row; NULL with no error: nothing but the names, which may be
 * NULL.
 */
static gboolean
read_names(const UmkAppIntake *intake,
           gsize n_rows,
           char ***names,
           UmkItems **items,
           GError **error)
{
    if (intake->names_path == NULL || *names != NULL)
        return TRUE;
    if (umk_app_intake_is_table(intake->names_path)) {
        *items = umk_vectors_read_metadata(intake->names_path, n_rows, error);
        return *items != NULL;
    }
    *names = read_lines(intake->names_path, error);
    return *names != NULL &&
           check_count(intake->names_path, g_strv_length(*names), n_rows, error);
}

/* Ids are told apart; what an item is called stays as it is. */
static UmkItem *
make_item(char **names, UmkItems *known, GHashTable *taken, gsize row)
{
    g_autofree char *id = NULL;
    UmkItem *item;

    if (known != NULL) {
        item = umk_item_ref(umk_items_get(known, row));
        if (umk_item_get_id(item) != NULL && *umk_item_get_id(item) != '\0')
            id = g_strdup(umk_item_get_id(item));
    } else {
        const char *name = names != NULL && *names[row] != '\0' ? names[row] : NULL;
        g_autofree char *made =
            name != NULL ? g_strdup(name) : g_strdup_printf(_("row %zu"), row + 1);

        item = umk_item_new_for_text(made);
        id = g_strdup(name);
    }
    if (id == NULL || !g_hash_table_add(taken, g_strdup(id))) {
        g_free(id);
        id = g_strdup_printf("row-%zu", row + 1);
        g_hash_table_add(taken, g_strdup(id));
    }
    umk_item_set_id(item, id);
    return item;
}

typedef struct {
    char *model, *frame, *json;
} Maker;

static void
maker_clear(Maker *maker)
{
    g_free(maker->model);
    g_free(maker->frame);
    g_free(maker->json);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Maker, maker_clear)

static void
find_maker(Maker *maker, const UmkAppIntake *intake, gsize n_dims, gboolean words)
{
    g_autoptr(UmkModel) model = words ? umk_model_load(umk_registry_get_default(),
                                                       intake->paths[0], NULL, NULL, NULL)
                                      : NULL;
    g_autoptr(JsonBuilder) builder = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *path = umk_app_intake_dup_vectors_path(intake);
    g_autofree char *file = g_filename_display_basename(path);

    if (model != NULL && umk_model_get_n_dims(model) == n_dims) {
        maker->model = g_strdup(umk_model_get_id(model));
        maker->frame = g_strdup(umk_model_get_frame(model));
        maker->json = umk_model_to_json(model);
        return;
    }
    builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "method");
    json_builder_add_string_value(builder, "imported");
    json_builder_set_member_name(builder, "file");
    json_builder_add_string_value(builder, file);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    maker->model = g_strdup(intake->name);
    maker->frame = g_strdup(intake->name);
    maker->json = json_to_string(root, FALSE);
}

static UmkCollection *
create(const char *path, const Maker *maker, gsize n_dims, GError **error)
{
    g_autoptr(UmkSpace) space = umk_space_new(maker->frame, n_dims, UMK_METRIC_COSINE);
    g_autoptr(UmkCollection) collection = NULL;

    if (!umk_space_join(space, maker->frame, n_dims, error))
        return NULL;
    collection = umk_collection_create(path, space, error);
    if (collection == NULL ||
        !umk_collection_add_model(collection, maker->model, maker->frame, n_dims,
                                  maker->json, error))
        return NULL;
    return g_steal_pointer(&collection);
}

static gboolean
append_chunk(UmkCollection *collection,
             const char *model,
             UmkItems *items,
             UmkMatrix *all,
             gsize first,
             GError **error)
{
    gsize n = umk_items_get_n_items(items);
    g_autofree guint64 *rows = g_new(guint64, n + 1);
    g_autoptr(UmkMatrix) some = NULL;

    for (gsize i = 0; i < n; i++)
        rows[i] = first + i;
    some = umk_matrix_select_rows(all, rows, n, error);
    return some != NULL && umk_collection_append(collection, model, items, some, error);
}

gboolean
umk_app_import_vectors(const UmkAppIntake *intake,
                       const char *path,
                       gsize *n_added,
                       GCancellable *cancellable,
                       UmkProgressFunc progress,
                       gpointer progress_data,
                       GError **error)
{
    g_auto(GStrv) names = NULL;
    g_autoptr(UmkItems) known = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(GHashTable) taken =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(Maker) maker = {0};
    g_autofree char *path_in = NULL;
    gsize n, n_dims;

    if (progress != NULL)
        progress(_("Reading vectors"), -1, progress_data);
    path_in = umk_app_intake_dup_vectors_path(intake);
    vectors = umk_vectors_read(path_in, &names, error);
    if (vectors == NULL)
        return FALSE;
    n = umk_matrix_get_n_rows(vectors);
    n_dims = umk_matrix_get_n_cols(vectors);
    find_maker(&maker, intake, n_dims, names != NULL);
    if (!read_names(intake, n, &names, &known, error))
        return FALSE;
    collection = create(path, &maker, n_dims, error);
    if (collection == NULL)
        return FALSE;
    for (gsize i = 0; i < n; i += CHUNK) {
        g_autoptr(UmkItems) items = umk_items_new();

        for (gsize k = i; k < MIN(n, i + CHUNK); k++) {
            g_autoptr(UmkItem) item = make_item(names, known, taken, k);

            umk_items_append(items, item);
        }
        if (g_cancellable_set_error_if_cancelled(cancellable, error) ||
            !append_chunk(collection, maker.model, items, vectors, i, error) ||
            (i / CHUNK % COMMIT == COMMIT - 1 &&
             !umk_collection_commit(collection, error)))
            return FALSE;
        if (progress != NULL)
            progress(_("Writing the collection"), (double) i / (double) n, progress_data);
    }
    *n_added = n;
    return umk_collection_commit(collection, error);
}
