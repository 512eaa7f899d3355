/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a quantised copy of a model folder: the same files, but the linear maps of
 * model.safetensors as I8 with a tensor NAME.scale of one number a row, and
 * umekomi-quantization.json, which says what stayed f32 and how good the vectors are:
 *
 *   {"precision": "int8", "f32_layers": [name, ...], "cosine_mean": x, "cosine_min": x}
 *
 * The folder appears under its name when all is written. */
#include <umekomi/umk-error.h>
#include <umekomi/umk-model.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>

#include "facade/umk-bundle-private.h"
#include "facade/umk-model-private.h"
#include "facade/umk-quantize-private.h"
#include "io/umk-weights-private.h"
#include "linalg/umk-gemm-int8-private.h"

#define MAX_DEPTH 3

/* One tensor of the new file. */
typedef struct {
    const char *name; /* in the old file */
    gboolean int8;
    gboolean scale; /* of an int8 tensor */
} Part;

static gboolean
write_bytes(FILE *file, gconstpointer data, gsize n, GError **error)
{
    if (fwrite(data, 1, n, file) == n)
        return TRUE;
    g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno),
                _("Cannot write the weights: %s"), g_strerror(errno));
    return FALSE;
}

/* A map of two axes that is bound as it is stored and did not have to stay f32. */
static gboolean
becomes_int8(UmkWeights *weights, const UmkQuantization *found, const char *name)
{
    const guint8 *data;
    const UmkTensor *tensor = _umk_weights_get_stored(weights, name, &data);
    g_autofree char *layer = g_strdup(name);
    gpointer transposed;

    if (!g_str_has_suffix(layer, ".weight") || tensor->n_axes != 2 ||
        tensor->dtype == UMK_DTYPE_I8)
        return FALSE;
    layer[strlen(layer) - strlen(".weight")] = '\0';
    return g_hash_table_lookup_extended(found->names, layer, NULL, &transposed) &&
           !GPOINTER_TO_INT(transposed) &&
           !g_ptr_array_find_with_equal_func(found->f32_layers, layer, g_str_equal, NULL);
}

/* Whole numbers last, so that what comes before them stays on its border. */
static GArray *
plan_parts(UmkWeights *weights,
           const UmkQuantization *found,
           const char *const *names,
           gsize n_names)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(Part));

    for (guint pass = 0; pass < 3; pass++) {
        for (gsize i = 0; i < n_names; i++) {
            gboolean int8 = becomes_int8(weights, found, names[i]);
            const Part part = {names[i], int8, int8 && pass == 1};

            if (int8 == (pass > 0))
                g_array_append_val(parts, part);
        }
    }
    return parts;
}

static gsize
part_size(UmkWeights *weights, const Part *part)
{
    const guint8 *data;
    const UmkTensor *tensor = _umk_weights_get_stored(weights, part->name, &data);

    return part->scale  ? tensor->shape[0] * sizeof(float)
           : part->int8 ? tensor->n_elements
                        : tensor->size;
}

static char *
make_header(UmkWeights *weights, const GArray *parts)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;
    gsize at = 0;

    json_builder_begin_object(builder);
    for (guint i = 0; i < parts->len; i++) {
        const Part *part = &g_array_index(parts, Part, i);
        const guint8 *data;
        const UmkTensor *tensor = _umk_weights_get_stored(weights, part->name, &data);
        g_autofree char *name =
            g_strconcat(part->name, part->scale ? ".scale" : "", NULL);
        guint n_axes = part->scale ? 1 : tensor->n_axes;
        gsize size = part_size(weights, part);

        json_builder_set_member_name(builder, name);
        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "dtype");
        json_builder_add_string_value(builder, part->scale  ? "F32"
                                               : part->int8 ? "I8"
                                                            : tensor->dtype_name);
        json_builder_set_member_name(builder, "shape");
        json_builder_begin_array(builder);
        for (guint axis = 0; axis < n_axes; axis++)
            json_builder_add_int_value(builder, (gint64) tensor->shape[axis]);
        json_builder_end_array(builder);
        json_builder_set_member_name(builder, "data_offsets");
        json_builder_begin_array(builder);
        json_builder_add_int_value(builder, (gint64) at);
        json_builder_add_int_value(builder, (gint64) (at + size));
        json_builder_end_array(builder);
        json_builder_end_object(builder);
        at += size;
    }
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}

static gboolean
write_part(FILE *file, UmkWeights *weights, const Part *part, GError **error)
{
    const guint8 *stored;
    const UmkTensor *tensor = _umk_weights_get_stored(weights, part->name, &stored);
    gsize n_rows = tensor->shape[0], width = n_rows > 0 ? tensor->n_elements / n_rows : 0;
    g_autofree gint8 *q = NULL;
    const float *data;
    gboolean done = TRUE;

    if (!part->int8)
        return write_bytes(file, stored, tensor->size, error);
    data = _umk_weights_get(weights, part->name, NULL, 0, error);
    if (data == NULL)
        return FALSE;
    q = g_malloc(MAX(width, 1));
    for (gsize row = 0; done && row < n_rows; row++) {
        float scale = _umk_quantize_weights(data + row * width, width, q);

        done = part->scale ? write_bytes(file, &scale, sizeof scale, error)
                           : write_bytes(file, q, width, error);
    }
    _umk_weights_release(weights, data);
    return done;
}

static gboolean
write_weights(const char *folder,
              const UmkQuantization *found,
              const char *path,
              GError **error)
{
    g_autoptr(UmkWeights) weights = _umk_weights_open_folder(folder, error);
    g_autofree const char **names = NULL;
    g_autoptr(GArray) parts = NULL;
    g_autofree char *header = NULL;
    gsize n_names;
    guint64 length;
    gboolean done;
    FILE *file;

    if (weights == NULL)
        return FALSE;
    names = _umk_weights_list(weights, &n_names);
    parts = plan_parts(weights, found, names, n_names);
    header = make_header(weights, parts);
    while (strlen(header) % 8 != 0) { /* blanks: the tensors begin on a border */
        char *longer = g_strconcat(header, " ", NULL);

        g_free(header);
        header = longer;
    }
    length = GUINT64_TO_LE((guint64) strlen(header));
    file = g_fopen(path, "wb");
    if (file == NULL) {
        g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s",
                    path, g_strerror(errno));
        return FALSE;
    }
    done = write_bytes(file, &length, sizeof length, error) &&
           write_bytes(file, header, strlen(header), error);
    for (guint i = 0; done && i < parts->len; i++)
        done = write_part(file, weights, &g_array_index(parts, Part, i), error);
    if (fclose(file) != 0 && done) {
        g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s",
                    path, g_strerror(errno));
        done = FALSE;
    }
    return done;
}

/* All but the weights. */
static gboolean
copy_rest(const char *from, const char *to, guint depth, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(from, 0, error);
    const char *name;

    if (dir == NULL)
        return FALSE;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *source = g_build_filename(from, name, NULL);
        g_autofree char *target = g_build_filename(to, name, NULL);
        g_autoptr(GFile) source_file = g_file_new_for_path(source);
        g_autoptr(GFile) target_file = g_file_new_for_path(target);

        if (g_file_test(source, G_FILE_TEST_IS_DIR)) {
            if (depth < MAX_DEPTH && (g_mkdir(target, 0777) != 0 ||
                                      !copy_rest(source, target, depth + 1, error))) {
                if (error != NULL && *error == NULL)
                    g_set_error(error, G_FILE_ERROR,
                                (gint) g_file_error_from_errno(errno), "%s: %s", target,
                                g_strerror(errno));
                return FALSE;
            }
            continue;
        }
        if (g_str_equal(name, UMK_QUANTIZATION_FILE) ||
            (depth == 0 && (g_str_has_suffix(name, ".safetensors") ||
                            g_str_has_suffix(name, ".safetensors.index.json"))))
            continue;
        if (!g_file_copy(source_file, target_file, G_FILE_COPY_TARGET_DEFAULT_PERMS, NULL,
                         NULL, NULL, error))
            return FALSE;
    }
    return TRUE;
}

static char *
report_to_json(const UmkQuantization *found)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "precision");
    json_builder_add_string_value(builder, "int8");
    json_builder_set_member_name(builder, "f32_layers");
    json_builder_begin_array(builder);
    for (guint i = 0; i < found->f32_layers->len; i++)
        json_builder_add_string_value(builder, found->f32_layers->pdata[i]);
    json_builder_end_array(builder);
    json_builder_set_member_name(builder, "cosine_mean");
    json_builder_add_double_value(builder, found->cosine_mean);
    json_builder_set_member_name(builder, "cosine_min");
    json_builder_add_double_value(builder, found->cosine_min);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, TRUE);
}

/* The other tower's findings, where one folder serves two modalities. */
static void
merge(UmkQuantization *into, const UmkQuantization *from)
{
    GHashTableIter iter;
    gpointer name, transposed;

    g_hash_table_iter_init(&iter, from->names);
    while (g_hash_table_iter_next(&iter, &name, &transposed))
        g_hash_table_insert(into->names, g_strdup(name), transposed);
    for (guint i = 0; i < from->f32_layers->len; i++)
        g_ptr_array_add(into->f32_layers, g_strdup(from->f32_layers->pdata[i]));
    into->cosine_mean = MIN(into->cosine_mean, from->cosine_mean);
    into->cosine_min = MIN(into->cosine_min, from->cosine_min);
}

/* Every tower that reads this folder. */
static gboolean
find_for_folder(UmkModel *model,
                const char *folder,
                UmkQuantization *all,
                UmkRun *run,
                GError **error)
{
    gboolean any = FALSE;

    all->f32_layers = g_ptr_array_new_with_free_func(g_free);
    all->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    all->cosine_mean = all->cosine_min = 1;
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        const char *own = _umk_model_get_tower_folder(model, (UmkModality) m);
        g_auto(UmkQuantization) found = {0};
        const UmkTower *tower;

        if (own == NULL || !g_str_equal(own, folder) ||
            !umk_model_has_modality(model, (UmkModality) m))
            continue;
        tower = _umk_model_get_tower(model, (UmkModality) m, run, error);
        if (tower == NULL ||
            !_umk_quantization_find(&found, tower->ops, folder,
                                    _umk_model_get_params(model), TRUE, run, error))
            return FALSE;
        merge(all, &found);
        any = TRUE;
    }
    if (!any)
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s: there is no network here that could be quantised"), folder);
    return any;
}

static gboolean
write_folder(const char *from,
             const char *to,
             const UmkQuantization *found,
             const char *report,
             GError **error)
{
    g_autofree char *weights = g_build_filename(to, "model.safetensors", NULL);
    g_autofree char *file = g_build_filename(to, UMK_QUANTIZATION_FILE, NULL);

    return copy_rest(from, to, 0, error) && write_weights(from, found, weights, error) &&
           g_file_set_contents(file, report, -1, error);
}

/* Removes what an error left behind; a folder made here holds nothing else. */
static void
remove_folder(const char *path, guint depth)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR) &&
            !g_file_test(child, G_FILE_TEST_IS_SYMLINK) && depth <= MAX_DEPTH)
            remove_folder(child, depth + 1);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

/**
 * umk_model_quantize:
 * @self: a model read from one folder (a bundle is quantised tower by tower)
 * @folder: (type filename): where to write; nothing may be there yet
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Writes a copy of the model whose linear maps are stored in eight bits. Maps without
 * which the vectors of a fixed set of items would differ too much from those in f32 (mean
 * cosine below 0.999, or any below 0.995) are left as they are. The copy is a model
 * folder like any other; loaded with precision int8 it is computed as it was judged.
 *
 * Returns: (transfer full): a JSON object with "precision", "f32_layers" (an array of
 *   names), "cosine_mean" and "cosine_min"
 */
char *
umk_model_quantize(UmkModel *self,
                   const char *folder,
                   GCancellable *cancellable,
                   UmkProgressFunc progress,
                   gpointer progress_data,
                   GError **error)
{
    g_auto(UmkRun) run = {0};
    g_auto(UmkQuantization) found = {0};
    g_autofree char *partial = NULL, *report = NULL;
    const char *source;

    g_return_val_if_fail(self != NULL && folder != NULL, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    source = umk_model_get_path(self);
    if (source == NULL || g_file_test(folder, G_FILE_TEST_EXISTS)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    source == NULL
                        ? _("%s has no folder whose weights could be quantised")
                        : _("%s is there already"),
                    source == NULL ? umk_model_get_id(self) : folder);
        return NULL;
    }
    if (!find_for_folder(self, source, &found, &run, error))
        return NULL;
    report = report_to_json(&found);
    partial = g_strconcat(folder, ".partial", NULL);
    if (g_mkdir(partial, 0777) != 0) {
        g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s",
                    partial, g_strerror(errno));
        return NULL;
    }
    if (!write_folder(source, partial, &found, report, error)) {
        remove_folder(partial, 0);
        return NULL;
    }
    if (g_rename(partial, folder) != 0) {
        g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s",
                    folder, g_strerror(errno));
        remove_folder(partial, 0);
        return NULL;
    }
    umk_run_report(&run, _("Quantising"), 1.0);
    return g_steal_pointer(&report);
}
