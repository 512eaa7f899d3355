/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finds model folders and other assets by name. Looks in the folders of the environment
 * first (developers, tests), then in the user's own, then in what is installed, then in
 * the cache of the Hugging Face client. */
#include "hub/umk-model-folders-private.h"
#include "hub/umk-hf-cache-private.h"

#include <umekomi/umk-error.h>

#include "umk-config.h"

#include <glib/gi18n-lib.h>

#include <string.h>

char *
_umk_model_store_folder(void)
{
    return g_build_filename(g_get_user_data_dir(), "umekomi", "models", NULL);
}

static GPtrArray *
search_path(void)
{
    GPtrArray *folders = g_ptr_array_new_with_free_func(g_free);
    static const char *const variables[] = {"UMEKOMI_MODEL_PATH", "UMEKOMI_ASSET_PATH"};

    for (gsize i = 0; i < G_N_ELEMENTS(variables); i++) {
        const char *value = g_getenv(variables[i]);
        g_auto(GStrv) parts =
            g_strsplit(value ? value : "", G_SEARCHPATH_SEPARATOR_S, -1);

        for (gsize j = 0; parts[j] != NULL; j++)
            if (parts[j][0] != '\0')
                g_ptr_array_add(folders, g_strdup(parts[j]));
    }
    g_ptr_array_add(folders, _umk_model_store_folder());
    g_ptr_array_add(folders, g_strdup(UMK_ASSET_DIR));
    return folders;
}

/* Whether a folder looks like a model at all: cheap, no weights are read. */
gboolean
_umk_model_folder_probe(const char *path)
{
    static const char *const marks[] = {"umekomi-model.json", "config.json",
                                        "modules.json",       "tokenizer.json",
                                        "vocab.txt",          "vocab.json",
                                        "model.safetensors",  "open_clip_config.json"};

    for (gsize i = 0; i < G_N_ELEMENTS(marks); i++) {
        g_autofree char *file = g_build_filename(path, marks[i], NULL);

        if (g_file_test(file, G_FILE_TEST_IS_REGULAR))
            return TRUE;
    }
    return FALSE;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

static gboolean
has_name(GPtrArray *names, const char *name)
{
    for (guint i = 0; i < names->len; i++)
        if (g_str_equal(names->pdata[i], name))
            return TRUE;
    return FALSE;
}

/* A model of one file, such as word vectors or GGUF, is known by its place alone: the
 * user's store holds nothing but models. */
static gboolean
is_file_of_store(const char *folder, const char *path)
{
    g_autofree char *store = _umk_model_store_folder();

    return g_str_equal(folder, store) && g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* Names of all models that can be had by name, sorted. */
char **
_umk_model_folders_list(void)
{
    g_autoptr(GPtrArray) folders = search_path();
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; i < folders->len; i++) {
        g_autoptr(GDir) dir = g_dir_open(folders->pdata[i], 0, NULL);
        const char *name;

        while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
            g_autofree char *path = g_build_filename(folders->pdata[i], name, NULL);

            if (name[0] != '.' && !has_name(names, name) &&
                (_umk_model_folder_probe(path) ||
                 is_file_of_store(folders->pdata[i], path)))
                g_ptr_array_add(names, g_strdup(name));
        }
    }
    _umk_hf_cache_list(names);
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_free(names, FALSE);
}

/* A file or folder that ships with the program, or NULL. */
char *
_umk_asset_find(const char *name)
{
    g_autoptr(GPtrArray) folders = search_path();

    for (guint i = 0; i < folders->len; i++) {
        g_autofree char *path = g_build_filename(folders->pdata[i], name, NULL);

        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return g_steal_pointer(&path);
    }
    return NULL;
}

gboolean
_umk_model_folder_check(const char *path, GError **error)
{
    if (!g_file_test(path, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no folder or file “%s”"), path);
        return FALSE;
    }
    if (_umk_model_folder_probe(path))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("“%s” is not a model folder: it has neither config.json nor "
                  "umekomi-model.json"),
                path);
    return FALSE;
}

/* A model of one of the folders that are searched. */
static char *
find_by_name(const char *name)
{
    g_autoptr(GPtrArray) folders = search_path();

    for (guint i = 0; i < folders->len && name[0] != '.'; i++) {
        g_autofree char *path = g_build_filename(folders->pdata[i], name, NULL);

        if (_umk_model_folder_probe(path) || is_file_of_store(folders->pdata[i], path))
            return g_steal_pointer(&path);
    }
    return NULL;
}

/* The folder of a model given by path, by name, or as "org/name" of the Hugging Face
 * cache. */
char *
_umk_model_folders_find(const char *name, GError **error)
{
    g_autofree char *found = NULL;
    g_autofree char *all = NULL;
    g_auto(GStrv) names = NULL;

    if (g_file_test(name, G_FILE_TEST_IS_DIR) && _umk_model_folder_probe(name))
        return g_strdup(name);
    found = strchr(name, G_DIR_SEPARATOR) == NULL ? find_by_name(name)
                                                  : _umk_hf_cache_find(name);
    if (found != NULL)
        return g_steal_pointer(&found);
    if (g_file_test(name, G_FILE_TEST_IS_REGULAR)) /* word vectors, GGUF */
        return g_strdup(name);
    if (g_file_test(name, G_FILE_TEST_IS_DIR)) {
        _umk_model_folder_check(name, error);
        return NULL;
    }
    names = _umk_model_folders_list();
    all = g_strjoinv(", ", names);
    g_set_error(
        error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
        _("There is no model “%s”; give a model folder, or one of these names: %s"), name,
        all[0] != '\0' ? all : _("(none is installed)"));
    return NULL;
}
