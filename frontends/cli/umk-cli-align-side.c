/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One side of a file of pairs: a model embeds its cells, a collection or a file of
 * vectors has them by name. */
#include "umk-cli-align.h"

#include <string.h>

gboolean
umk_cli_side_open(
    UmkCli *cli, const char *name, const char *modality, UmkCliSide *side, GError **error)
{
    side->name = name;
    if (modality != NULL) {
        if (!umk_modality_from_name(modality, &side->modality)) {
            g_set_error(
                error, UMK_ERROR, UMK_ERROR_PARAM,
                _("“%s” is not a modality; they are text, image, audio and graph"),
                modality);
            return FALSE;
        }
        side->has_modality = TRUE;
    }
    if (umk_collection_probe(name)) {
        side->collection = umk_collection_open(name, UMK_OPEN_WRITE, error);
        side->frame =
            side->collection
                ? g_strdup(umk_space_get_name(umk_collection_get_space(side->collection)))
                : NULL;
        return side->collection != NULL;
    }
    if (umk_cli_source_is_file(name) && umk_vectors_probe(name)) {
        if (!umk_cli_source_open(cli, name, NULL, &side->source, error))
            return FALSE;
        side->frame = g_path_get_basename(name);
        return TRUE;
    }
    side->model =
        umk_model_load(umk_registry_get_default(), name, NULL, cli->cancellable, error);
    if (side->model == NULL)
        return FALSE;
    side->frame = g_strdup(umk_model_get_frame(side->model));
    return TRUE;
}

void
umk_cli_side_clear(UmkCliSide *side)
{
    g_clear_pointer(&side->model, umk_model_unref);
    g_clear_pointer(&side->collection, umk_collection_unref);
    umk_cli_source_clear(&side->source);
    g_clear_pointer(&side->frame, g_free);
}

/* A cell that looks like a file is one; paths are as the current folder has them. */
static UmkItem *
make_item(const UmkCliSide *side, const char *cell, char **why)
{
    UmkModality modality = UMK_MODALITY_TEXT;
    gboolean is_file = FALSE;

    if (side->has_modality) {
        modality = side->modality;
        is_file = modality == UMK_MODALITY_IMAGE || modality == UMK_MODALITY_AUDIO;
    } else if (umk_modality_of_file(cell, &modality) &&
               (modality == UMK_MODALITY_IMAGE || modality == UMK_MODALITY_AUDIO)) {
        is_file = TRUE;
    } else {
        modality = UMK_MODALITY_TEXT;
    }
    if (is_file && !g_file_test(cell, G_FILE_TEST_IS_REGULAR)) {
        *why = g_strdup_printf(_("there is no file “%s”"), cell);
        return NULL;
    }
    if (is_file)
        return umk_item_new_for_file(modality, cell);
    return modality == UMK_MODALITY_GRAPH ? umk_item_new_for_node(cell)
                                          : umk_item_new_for_text(cell);
}

static void
take_failures(GPtrArray *failures, gsize *rows, char **why)
{
    for (guint i = 0; i < failures->len; i++) {
        if (failures->pdata[i] != NULL && why[rows[i]] == NULL)
            why[rows[i]] = g_strdup(failures->pdata[i]);
    }
}

static UmkMatrix *
embed_cells(
    UmkCli *cli, UmkCliSide *side, char **cells, gsize n, char **why, GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autofree gsize *rows = g_new(gsize, MAX(n, 1));
    g_autofree guint64 *places = g_new0(guint64, MAX(n, 1));
    g_autoptr(UmkMatrix) vectors = NULL;
    gsize n_items = 0;

    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkItem) item = make_item(side, cells[i], &why[i]);

        if (item == NULL)
            continue;
        places[i] = n_items;
        rows[n_items++] = i;
        umk_items_append(items, item);
    }
    if (n_items == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("%s: none of the pairs has its item; %s"), side->name, why[0]);
        return NULL;
    }
    vectors = umk_model_embed_each(side->model, items, failures, cli->cancellable,
                                   umk_cli_progress, cli, error);
    if (vectors == NULL)
        return NULL;
    take_failures(failures, rows, why);
    return umk_matrix_select_rows(vectors, places, n, error);
}

static UmkMatrix *
find_cells(
    UmkMatrix *vectors, char **names, char **cells, gsize n, char **why, GError **error)
{
    g_autoptr(GHashTable) rows = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree guint64 *places = g_new0(guint64, MAX(n, 1));
    gsize n_found = 0;

    for (gsize i = 0; names[i] != NULL; i++)
        g_hash_table_insert(rows, names[i], GSIZE_TO_POINTER(i + 1));
    for (gsize i = 0; i < n; i++) {
        gsize found = GPOINTER_TO_SIZE(g_hash_table_lookup(rows, cells[i]));

        if (found == 0)
            why[i] = g_strdup_printf(_("there is no item “%s”"), cells[i]);
        else
            places[i] = found - 1;
        n_found += found > 0;
    }
    if (n_found > 0)
        return umk_matrix_select_rows(vectors, places, n, error);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("None of the pairs has its item; %s"), why[0]);
    return NULL;
}

static UmkMatrix *
find_in_collection(
    UmkCli *cli, UmkCliSide *side, char **cells, gsize n, char **why, GError **error)
{
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(UmkMatrix) vectors =
        umk_collection_get_vectors(side->collection, &rows, cli->cancellable, error);
    g_auto(GStrv) names = NULL;
    const guint64 *at;
    gsize n_rows;

    if (vectors == NULL)
        return NULL;
    n_rows = umk_matrix_get_n_rows(vectors);
    at = g_bytes_get_data(rows, NULL);
    names = g_new0(char *, n_rows + 1);
    for (gsize i = 0; i < n_rows; i++)
        names[i] = umk_collection_dup_id(side->collection, at[i]);
    return find_cells(vectors, names, cells, n, why, error);
}

UmkMatrix *
umk_cli_side_embed(
    UmkCli *cli, UmkCliSide *side, char **cells, gsize n, char **why, GError **error)
{
    UmkMatrix *found;

    if (side->model != NULL)
        return embed_cells(cli, side, cells, n, why, error);
    if (side->collection != NULL)
        found = find_in_collection(cli, side, cells, n, why, error);
    else
        found =
            find_cells(side->source.vectors, side->source.names, cells, n, why, error);
    if (found == NULL)
        g_prefix_error(error, "%s: ", side->name);
    return found;
}

static void
add_string(JsonBuilder *builder, const char *key, const char *value)
{
    json_builder_set_member_name(builder, key);
    json_builder_add_string_value(builder, value ? value : "");
}

void
umk_cli_side_describe(const UmkCliSide *side, JsonBuilder *builder)
{
    json_builder_begin_object(builder);
    add_string(builder, "kind",
               side->model        ? "model"
               : side->collection ? "collection"
                                  : "vectors");
    add_string(builder, "name", side->model ? umk_model_get_id(side->model) : side->name);
    add_string(builder, "frame", side->frame);
    if (side->model != NULL) {
        g_autofree char *digest = umk_model_dup_digest(side->model, NULL);

        add_string(builder, "version", umk_model_get_version(side->model));
        add_string(builder, "license", umk_model_get_license(side->model));
        add_string(builder, "digest", digest);
    }
    json_builder_end_object(builder);
}
