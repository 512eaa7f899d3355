/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items and vectors are read one by one and appended in runs of one model, in their
 * order; space, models and where each vector comes from go along. */
#include "umk-app-transplant.h"

#include <string.h>

#define BATCH 256u

typedef struct {
    UmkCollection *from, *to;
    const char *old_root, *new_root;
    int only; /* modality, or -1 */
    UmkItems *items;
    GArray *numbers; /* float */
    gsize n_dims;
    char *model;
} Move;

static char *
move_path(const Move *move, const char *path)
{
    return path != NULL && g_str_has_prefix(path, move->old_root)
               ? g_build_filename(move->new_root, path + strlen(move->old_root), NULL)
               : NULL;
}

static UmkItem *
move_item(const Move *move, UmkItem *item)
{
    g_autofree char *path = move_path(move, umk_item_get_path(item));
    UmkItem *moved = path != NULL
                         ? umk_item_new_for_file(umk_item_get_modality(item), path)
                         : umk_item_ref(item);
    g_auto(GStrv) fields = umk_item_list_fields(item);

    for (gsize i = 0; fields != NULL && fields[i] != NULL; i++) {
        const char *value = umk_item_get_field(item, fields[i]);
        g_autofree char *other = move_path(move, value);

        umk_item_set_field(moved, fields[i], other != NULL ? other : value);
    }
    if (moved != item) {
        umk_item_set_id(moved, umk_item_get_id(item));
        umk_item_set_caption(moved, umk_item_get_caption(item));
        umk_item_set_label(moved, umk_item_get_label(item));
    }
    return moved;
}

static gboolean
flush(Move *move, GError **error)
{
    gsize n = umk_items_get_n_items(move->items);
    g_autoptr(UmkMatrix) matrix = NULL;

    if (n == 0)
        return TRUE;
    matrix = umk_matrix_new_from_data(
        n, move->n_dims, (const float *) (gpointer) move->numbers->data, error);
    if (matrix == NULL ||
        !umk_collection_append(move->to, move->model, move->items, matrix, error))
        return FALSE;
    umk_items_unref(move->items);
    move->items = umk_items_new();
    g_array_set_size(move->numbers, 0);
    return TRUE;
}

static gboolean
take(Move *move, gsize row, GError **error)
{
    g_autoptr(UmkItem) item = umk_collection_dup_item(move->from, row, error);
    g_autoptr(UmkItem) moved = NULL;
    g_autoptr(UmkMatrix) vector = NULL;
    g_autofree char *frame = NULL;
    g_autofree char *model = umk_collection_dup_item_model(move->from, row);

    if (item == NULL)
        return FALSE;
    if (move->only >= 0 && (int) umk_item_get_modality(item) != move->only)
        return TRUE;
    vector = umk_collection_dup_item_vector(move->from, row, &frame, error);
    if (vector == NULL)
        return FALSE;
    if (g_strcmp0(model, move->model) != 0 ||
        umk_items_get_n_items(move->items) == BATCH) {
        if (!flush(move, error))
            return FALSE;
        g_free(move->model);
        move->model = g_steal_pointer(&model);
        move->n_dims = umk_matrix_get_n_cols(vector);
    }
    moved = move_item(move, item);
    umk_items_append(move->items, moved);
    g_array_append_vals(move->numbers, umk_matrix_get_row(vector, 0, NULL),
                        (guint) move->n_dims);
    return TRUE;
}

/* What a model was and where its graph lies, as JSON. */
static char *
move_text(const Move *move, const char *text)
{
    g_autofree char *root = g_strdup(move->new_root);
    g_auto(GStrv) parts = g_strsplit(text, move->old_root, -1);

    if (g_str_has_suffix(root, G_DIR_SEPARATOR_S))
        root[strlen(root) - 1] = '\0';
    return g_strjoinv(root, parts);
}

/* Whether an item that is taken has its vector from the model. */
static gboolean
is_used(const Move *move, const char *model, GError **error)
{
    for (gsize row = 0; row < umk_collection_get_n_items(move->from); row++) {
        g_autofree char *its = umk_collection_dup_item_model(move->from, row);
        g_autoptr(UmkItem) item = NULL;

        if (g_strcmp0(its, model) != 0)
            continue;
        if (move->only < 0)
            return TRUE;
        item = umk_collection_dup_item(move->from, row, error);
        if (item == NULL || (int) umk_item_get_modality(item) == move->only)
            return item != NULL;
    }
    return FALSE;
}

static gboolean
add_models(Move *move, GError **error)
{
    g_auto(GStrv) models = umk_collection_list_models(move->from);

    for (gsize i = 0; models[i] != NULL; i++) {
        g_autoptr(GError) problem = NULL;

        if (!is_used(move, models[i], &problem)) {
            if (problem == NULL)
                continue;
            g_propagate_error(error, g_steal_pointer(&problem));
            return FALSE;
        }
        g_autofree char *frame = umk_collection_dup_model_frame(move->from, models[i]);
        g_autofree char *told =
            umk_collection_dup_model_provenance(move->from, models[i]);
        g_autofree char *json = move_text(move, told != NULL ? told : "{}");
        g_autoptr(GBytes) rows = NULL;
        g_autoptr(UmkMatrix) vectors =
            umk_collection_get_frame_vectors(move->from, frame, &rows, NULL, error);

        if (vectors == NULL ||
            !umk_collection_add_model(move->to, models[i], frame,
                                      umk_matrix_get_n_cols(vectors), json, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
umk_app_transplant(const char *from,
                   const char *to,
                   const char *old_root,
                   const char *new_root,
                   int only,
                   GCancellable *cancellable,
                   GError **error)
{
    g_autoptr(UmkCollection) source = umk_collection_open(from, UMK_OPEN_READ, error);
    g_autoptr(UmkCollection) target =
        source != NULL
            ? umk_collection_create(to, umk_collection_get_space(source), error)
            : NULL;
    Move move = {.from = source,
                 .to = target,
                 .old_root = old_root,
                 .new_root = new_root,
                 .only = only};
    gboolean ok = target != NULL;

    if (!ok)
        return FALSE;
    move.items = umk_items_new();
    move.numbers = g_array_new(FALSE, FALSE, sizeof(float));
    ok = add_models(&move, error);
    for (gsize row = 0; ok && row < umk_collection_get_n_items(source); row++)
        ok = !g_cancellable_set_error_if_cancelled(cancellable, error) &&
             take(&move, row, error);
    ok = ok && flush(&move, error) && umk_collection_commit(target, error);
    umk_items_unref(move.items);
    g_array_unref(move.numbers);
    g_free(move.model);
    return ok;
}
