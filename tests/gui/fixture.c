/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads concepts.tsv of the garden; a vector is its label's direction, its concept's own
 * and a little of its modality's, from one seed. */
#include "fixture.h"

#include <math.h>
#include <string.h>

#define DIMS 32

static void
add_direction(float *vector, const char *name, double weight)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(g_str_hash(name));

    for (guint d = 0; d < DIMS; d++)
        vector[d] += (float) (weight * g_rand_double_range(rand, -1, 1));
}

static void
add_item(UmkItems *items,
         GArray *vectors,
         UmkItem *item,
         const char *concept,
         const char *label,
         const char *kind,
         guint copy)
{
    float vector[DIMS] = {0}, norm = 0;
    g_autofree char *id = g_strdup_printf("%s/%s/%u", kind, concept, copy);

    add_direction(vector, label, 1);
    add_direction(vector, concept, 0.6);
    add_direction(vector, kind, 0.25);
    add_direction(vector, id, 0.12);
    for (guint d = 0; d < DIMS; d++)
        norm += vector[d] * vector[d];
    for (guint d = 0; d < DIMS; d++)
        vector[d] /= sqrtf(norm);
    umk_item_set_id(item, id);
    umk_item_set_label(item, label);
    umk_item_set_field(item, "concept", concept);
    umk_items_append(items, item);
    umk_item_unref(item);
    g_array_append_vals(vectors, vector, DIMS);
}

gboolean
fixture_add(const char *path, const char *model, guint n, GError **error)
{
    g_autoptr(UmkCollection) collection =
        umk_collection_open(path, UMK_OPEN_WRITE, error);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GArray) vectors = g_array_new(FALSE, FALSE, sizeof(float));
    g_autoptr(UmkMatrix) matrix = NULL;
    g_auto(GStrv) names = NULL;
    g_autoptr(GBytes) labels = NULL;

    if (collection == NULL)
        return FALSE;
    labels = umk_collection_dup_labels(collection, &names, error);
    for (guint i = 0; labels != NULL && i < n; i++) {
        g_autofree char *name = g_strdup_printf("%s %u", model, i);

        add_item(items, vectors, umk_item_new_for_text(name), name,
                 names[i % g_strv_length(names)], "added", i);
    }
    matrix = umk_matrix_new_from_data(n, DIMS, (const float *) (gpointer) vectors->data,
                                      error);
    return labels != NULL && matrix != NULL &&
           (g_str_equal(model, "fixture") ||
            umk_collection_add_model(collection, model, "fixture", DIMS,
                                     "{\"version\": \"1\", \"method\": \"made up\"}",
                                     error)) &&
           umk_collection_append(collection, model, items, matrix, error) &&
           umk_collection_commit(collection, error);
}

static void
add_concept(
    UmkItems *items, GArray *vectors, char **cells, const char *garden, guint copy)
{
    g_autofree char *picture = g_build_filename(garden, cells[4], NULL);
    g_autofree char *sound = g_build_filename(garden, cells[5], NULL);

    add_item(items, vectors, umk_item_new_for_text(cells[1]), cells[0], cells[3], "en",
             copy);
    add_item(items, vectors, umk_item_new_for_text(cells[2]), cells[0], cells[3], "ja",
             copy);
    add_item(items, vectors, umk_item_new_for_file(UMK_MODALITY_IMAGE, picture), cells[0],
             cells[3], "picture", copy);
    add_item(items, vectors, umk_item_new_for_file(UMK_MODALITY_AUDIO, sound), cells[0],
             cells[3], "sound", copy);
    add_item(items, vectors, umk_item_new_for_node(cells[0]), cells[0], cells[3], "node",
             copy);
}

gboolean
fixture_make(const char *path, const char *garden, guint copies, GError **error)
{
    g_autofree char *table = g_build_filename(garden, "concepts.tsv", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GArray) vectors = g_array_new(FALSE, FALSE, sizeof(float));
    g_autoptr(UmkSpace) space = umk_space_new("fixture", DIMS, UMK_METRIC_COSINE);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;

    if (!g_file_get_contents(table, &text, NULL, error) ||
        !umk_space_join(space, "fixture", DIMS, error))
        return FALSE;
    lines = g_strsplit(text, "\n", -1);
    for (guint copy = 0; copy < copies; copy++)
        for (gsize i = 1; lines[i] != NULL; i++) {
            g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);

            if (g_strv_length(cells) >= 6)
                add_concept(items, vectors, cells, garden, copy);
        }
    collection = umk_collection_create(path, space, error);
    matrix = umk_matrix_new_from_data(vectors->len / DIMS, DIMS,
                                      (const float *) (gpointer) vectors->data, error);
    return collection != NULL && matrix != NULL &&
           umk_collection_add_model(collection, "fixture", "fixture", DIMS,
                                    "{\"version\": \"1\", \"method\": \"made up\"}",
                                    error) &&
           umk_collection_append(collection, "fixture", items, matrix, error) &&
           umk_collection_commit(collection, error);
}
