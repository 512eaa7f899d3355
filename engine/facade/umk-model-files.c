/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens the files of a model folder for those who describe and check it. */
#include "facade/umk-model-files-private.h"
#include "io/umk-json-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_JSON (64u << 20)

char **
_umk_model_list_folders(UmkModel *self)
{
    g_autoptr(GPtrArray) folders = g_ptr_array_new();

    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        const char *folder = _umk_model_get_folder(self, (UmkModality) m);
        gboolean known = folder == NULL;

        for (guint i = 0; i < folders->len && !known; i++)
            known = g_str_equal(folders->pdata[i], folder);
        if (!known)
            g_ptr_array_add(folders, g_strdup(folder));
    }
    g_ptr_array_add(folders, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&folders), FALSE);
}

JsonParser *
_umk_model_read_json(const char *folder, const char *name, JsonObject **root)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GMappedFile) map = g_mapped_file_new(path, FALSE, NULL);

    if (map == NULL || g_mapped_file_get_length(map) > MAX_JSON)
        return NULL;
    return _umk_json_parse(g_mapped_file_get_contents(map), g_mapped_file_get_length(map),
                           root, NULL);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

static void
add_weights(GPtrArray *paths, const char *folder, guint depth)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (name[0] == '.')
            continue;
        if (g_str_has_suffix(name, ".safetensors"))
            g_ptr_array_add(paths, g_steal_pointer(&path));
        else if (depth > 0 && g_file_test(path, G_FILE_TEST_IS_DIR))
            add_weights(paths, path, depth - 1);
    }
}

char **
_umk_model_list_weights(const char *folder)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();

    add_weights(paths, folder, 1);
    g_ptr_array_sort(paths, compare_names);
    g_ptr_array_add(paths, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}

gboolean
_umk_weights_file_open(UmkWeightsFile *self, const char *path, GError **error)
{
    self->map = g_mapped_file_new(path, FALSE, error);
    if (self->map == NULL)
        return FALSE;
    self->path = g_strdup(path);
    self->tensors =
        _umk_safetensors_parse((const guint8 *) g_mapped_file_get_contents(self->map),
                               g_mapped_file_get_length(self->map), error);
    if (self->tensors == NULL)
        g_prefix_error(error, "%s: ", path);
    return self->tensors != NULL;
}

void
_umk_weights_file_close(UmkWeightsFile *self)
{
    g_clear_pointer(&self->tensors, g_ptr_array_unref);
    g_clear_pointer(&self->map, g_mapped_file_unref);
    g_clear_pointer(&self->path, g_free);
}

const guint8 *
_umk_weights_file_data(const UmkWeightsFile *self, const UmkTensor *tensor)
{
    const guint8 *data = (const guint8 *) g_mapped_file_get_contents(self->map);
    guint64 header;

    /* the parser has checked all of this */
    memcpy(&header, data, sizeof header);
    return data + 8 + GUINT64_FROM_LE(header) + tensor->begin;
}
