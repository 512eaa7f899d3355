/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One row of a table a sample: what it is called, which model makes its vectors, which
 * files it is made of, and of which shipped collection it is all or a part. */
#include "umk-app-samples.h"

#include "umk-app-import.h"
#include "umk-app-transplant.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define MOST_FILES 5
#define MADE_IN    "/usr/share/umekomi" /* where shipped collections were made */

typedef struct {
    UmkAppSample sample;
    const char *model;             /* NULL: the built-in one */
    const char *folder;            /* of the assets, that has to be there */
    const char *files[MOST_FILES]; /* in that folder or, with '/', in the assets */
    const char *shipped;           /* a collection of the assets, or NULL */
    int only;                      /* its items of this modality; -1: all */
} Recipe;

static const Recipe recipes[] = {
    {{"garden", "umk-plum-symbolic", N_("The Garden"),
      N_("Words in two languages, pictures, sounds and a graph")},
     NULL,
     "garden",
     {"words.tsv", "pictures", "sounds", "graph.edgelist"},
     "garden.ume",
     -1},
    {{"words", "umk-text-symbolic", N_("Words in Two Languages"),
      N_("English and Japanese in one space, by meaning")},
     "words",
     "words",
     {"/garden/words.tsv"},
     NULL,
     -1},
    {{"pictures", "umk-picture-symbolic", N_("Little Pictures"),
      N_("Animals, plants and things, by what they look like")},
     NULL,
     "garden",
     {"pictures"},
     "garden.ume",
     UMK_MODALITY_IMAGE},
    {{"sounds", "umk-sound-symbolic", N_("Little Sounds"),
      N_("Words as they are spoken and noises, by what they mean")},
     NULL,
     "garden",
     {"sounds"},
     "garden.ume",
     UMK_MODALITY_AUDIO},
    {{"graph", "umk-node-symbolic", N_("A Graph of Ideas"),
      N_("What is a kind of what, from WordNet, as nodes and edges")},
     NULL,
     "garden",
     {"graph.edgelist"},
     "garden.ume",
     UMK_MODALITY_GRAPH},
};

static char *
asset_path(const char *name)
{
    const char *folder = g_getenv("UMEKOMI_ASSET_PATH");

    return g_build_filename(folder ? folder : UMK_APP_ASSET_DIR, name, NULL);
}

static gboolean
is_here(const Recipe *recipe)
{
    g_autofree char *folder = asset_path(recipe->folder);

    return g_file_test(folder, G_FILE_TEST_IS_DIR);
}

const UmkAppSample **
umk_app_samples_list(void)
{
    const UmkAppSample **list = g_new0(const UmkAppSample *, G_N_ELEMENTS(recipes) + 1);
    gsize n = 0;

    for (gsize i = 0; i < G_N_ELEMENTS(recipes); i++)
        if (is_here(&recipes[i]))
            list[n++] = &recipes[i].sample;
    return list;
}

static char **
list_files(const Recipe *recipe)
{
    g_autoptr(GStrvBuilder) files = g_strv_builder_new();

    for (gsize i = 0; i < MOST_FILES && recipe->files[i] != NULL; i++) {
        const char *file = recipe->files[i];
        g_autofree char *inner = *file == '/'
                                     ? g_strdup(file + 1)
                                     : g_build_filename(recipe->folder, file, NULL);
        g_autofree char *path = asset_path(inner);

        g_strv_builder_add(files, path);
    }
    return g_strv_builder_end(files);
}

static gboolean
make(const Recipe *recipe,
     const char *path,
     GCancellable *cancellable,
     UmkProgressFunc progress,
     gpointer progress_data,
     GError **error)
{
    g_auto(GStrv) files = list_files(recipe);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkIngestReport) report = NULL;
    gsize n_specs;
    const UmkParamSpec *specs = umk_ingest_get_params(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    if (!is_here(recipe)) {
        g_autofree char *folder = asset_path(recipe->folder);

        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("The sample is not installed: there is no folder “%s”"), folder);
        return FALSE;
    }
    if (recipe->model != NULL) {
        g_autofree char *choice = g_strconcat("model=", recipe->model, NULL);

        if (!umk_params_parse(params, choice, error))
            return FALSE;
    }
    collection = umk_app_import_create(path, recipe->model, cancellable, error);
    if (collection == NULL)
        return FALSE;
    report = umk_collection_ingest(collection, umk_registry_get_default(),
                                   (const char *const *) files, params, cancellable,
                                   progress, progress_data, error);
    return report != NULL;
}

static const Recipe *
find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(recipes); i++)
        if (g_str_equal(recipes[i].sample.name, name))
            return &recipes[i];
    return NULL;
}

char *
umk_app_sample_prepare(const char *name,
                       GCancellable *cancellable,
                       UmkProgressFunc progress,
                       gpointer progress_data,
                       GError **error)
{
    const Recipe *recipe = find(name);
    g_autofree char *file = g_strconcat(name, ".ume", NULL);
    g_autofree char *assets = asset_path("");
    g_autofree char *folder = g_build_filename(g_get_user_data_dir(), "umekomi", NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autofree char *half = g_strconcat(path, ".part", NULL);
    g_autofree char *shipped = NULL;

    if (recipe == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("There is no sample “%s”"),
                    name);
        return NULL;
    }
    if (umk_collection_probe(path))
        return g_steal_pointer(&path);
    g_mkdir_with_parents(folder, 0755);
    umk_app_import_remove(half);
    /* what is shipped is there at once; its files lie where this program's are */
    if (recipe->shipped != NULL)
        shipped = asset_path(recipe->shipped);
    if (shipped != NULL && umk_collection_probe(shipped) &&
        !umk_app_transplant(shipped, half, MADE_IN, assets, recipe->only, cancellable,
                            error)) {
        umk_app_import_remove(half);
        return NULL;
    }
    if (!umk_collection_probe(half) &&
        !make(recipe, half, cancellable, progress, progress_data, error)) {
        umk_app_import_remove(half);
        return NULL;
    }
    if (g_rename(half, path) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                    _("Cannot make “%s”: %s"), path, g_strerror(errno));
        return NULL;
    }
    return g_steal_pointer(&path);
}
