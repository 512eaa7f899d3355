/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can embed, compute or show what. Built-in plugins are listed at once; a module is
 * known by its manifest and loaded when something of its modality is asked for. Tables
 * are copied to full size, so that a plugin built against a shorter struct reads as
 * zeros. */
#include "facade/umk-registry-private.h"
#include "facade/umk-builtin-private.h"
#include "hub/umk-model-folders-private.h"

#include <umekomi/umk-error.h>

#include "umk-config.h"

#include <glib/gi18n-lib.h>
#include <gmodule.h>

#include <string.h>

typedef struct {
    char *manifest;
    char *module;
    UmkModality modality;
    gboolean in_tree;
    gboolean tried;
} Module;

struct _UmkRegistry {
    gatomicrefcount refs;
    GRecMutex lock;       /* guards the arrays; tables in them never change */
    GPtrArray *embedders; /* UmkEmbedderOps, full-size copies */
    GPtrArray *features;  /* UmkFeatureOps */
    GPtrArray *previews;  /* UmkPreviewOps */
    GPtrArray *modules;   /* Module */
};

G_DEFINE_BOXED_TYPE(UmkRegistry, umk_registry, umk_registry_ref, umk_registry_unref)

static void
module_free(gpointer data)
{
    Module *module = data;

    g_free(module->manifest);
    g_free(module->module);
    g_free(module);
}

/* The part of a table that every plugin of this ABI has had from the start. */
#define EMBEDDER_LEAST G_STRUCT_OFFSET(UmkEmbedderOps, batch_hint)

static gboolean
size_fits(const char *plugin, const char *what, guint32 size, gsize least, gsize most)
{
    if (size >= least && size <= most)
        return TRUE;
    g_warning(_("Plugin “%s”: a table (%s) of %u bytes was refused, from %zu to %zu were "
                "expected; build it against this version"),
              plugin, what, size, least, most);
    return FALSE;
}

static const UmkEmbedderOps *
find_embedder(UmkRegistry *self, const char *id)
{
    for (guint i = 0; i < self->embedders->len; i++) {
        const UmkEmbedderOps *ops = self->embedders->pdata[i];

        if (g_str_equal(ops->id, id))
            return ops;
    }
    return NULL;
}

static const UmkFeatureOps *
find_feature(UmkRegistry *self, const char *id)
{
    for (guint i = 0; i < self->features->len; i++) {
        const UmkFeatureOps *ops = self->features->pdata[i];

        if (g_str_equal(ops->id, id))
            return ops;
    }
    return NULL;
}

static void
add_embedder(UmkRegistry *self, const char *plugin, const UmkEmbedderOps *given)
{
    UmkEmbedderOps *ops;

    if (!size_fits(plugin, "embedder", given->struct_size, EMBEDDER_LEAST, sizeof *ops))
        return;
    if (given->id == NULL || given->title == NULL ||
        (guint) given->modality >= UMK_N_MODALITIES || !given->model_load ||
        !given->model_free || !given->model_n_dims || !given->session_new ||
        !given->session_free || !given->session_embed) {
        g_warning(_("Plugin “%s”: an embedder (%s) lacks a required slot"), plugin,
                  given->id ? given->id : "?");
        return;
    }
    if (find_embedder(self, given->id) != NULL) {
        g_warning(_("Plugin “%s”: the embedder “%s” is there already"), plugin,
                  given->id);
        return;
    }
    ops = g_new0(UmkEmbedderOps, 1);
    memcpy(ops, given, given->struct_size);
    g_ptr_array_add(self->embedders, ops);
}

static void
add_feature(UmkRegistry *self, const char *plugin, const UmkFeatureOps *given)
{
    UmkFeatureOps *ops;

    if (!size_fits(plugin, "feature", given->struct_size, sizeof *ops, sizeof *ops))
        return;
    if (given->id == NULL || given->presets == NULL || given->compute == NULL) {
        g_warning(_("Plugin “%s”: a feature (%s) lacks a required slot"), plugin,
                  given->id ? given->id : "?");
        return;
    }
    if (find_feature(self, given->id) != NULL) {
        g_warning(_("Plugin “%s”: the feature “%s” is there already"), plugin, given->id);
        return;
    }
    ops = g_new0(UmkFeatureOps, 1);
    memcpy(ops, given, given->struct_size);
    g_ptr_array_add(self->features, ops);
}

static void
add_preview(UmkRegistry *self, const char *plugin, const UmkPreviewOps *given)
{
    UmkPreviewOps *ops;

    if (!size_fits(plugin, "preview", given->struct_size, sizeof *ops, sizeof *ops))
        return;
    if (given->preview == NULL) {
        g_warning(_("Plugin “%s”: a preview lacks a required slot"), plugin);
        return;
    }
    ops = g_new0(UmkPreviewOps, 1);
    memcpy(ops, given, given->struct_size);
    g_ptr_array_add(self->previews, ops);
}

/* Takes over the tables of one plugin; whatever is wrong costs one warning and is left
 * out. */
gboolean
_umk_registry_add_plugin(UmkRegistry *self, const UmkPlugin *plugin, gboolean in_tree)
{
    if (plugin == NULL || plugin->abi != UMK_PLUGIN_ABI) {
        g_warning(_("A plugin was refused: it has ABI %u, this version takes %u"),
                  plugin ? plugin->abi : 0u, UMK_PLUGIN_ABI);
        return FALSE;
    }
    if (!size_fits(plugin->name ? plugin->name : "?", "plugin", plugin->struct_size,
                   sizeof *plugin, sizeof *plugin))
        return FALSE;
    if (plugin->name == NULL || plugin->version == NULL || plugin->license == NULL) {
        g_warning(_("A plugin was refused: it lacks a name, a version or a licence"));
        return FALSE;
    }
    if (in_tree && !g_str_equal(plugin->version, UMK_VERSION_STRING)) {
        g_warning(
            _("Plugin “%s” is of version %s, the library of version %s; they must be "
              "the same"),
            plugin->name, plugin->version, UMK_VERSION_STRING);
        return FALSE;
    }
    for (gsize i = 0; plugin->embedders && plugin->embedders[i]; i++)
        add_embedder(self, plugin->name, plugin->embedders[i]);
    for (gsize i = 0; plugin->features && plugin->features[i]; i++)
        add_feature(self, plugin->name, plugin->features[i]);
    for (gsize i = 0; plugin->previews && plugin->previews[i]; i++)
        add_preview(self, plugin->name, plugin->previews[i]);
    return TRUE;
}

/**
 * umk_registry_new:
 *
 * Returns: (transfer full): a registry with the built-in plugins only
 */
UmkRegistry *
umk_registry_new(void)
{
    UmkRegistry *self = g_new0(UmkRegistry, 1);

    g_atomic_ref_count_init(&self->refs);
    g_rec_mutex_init(&self->lock);
    self->embedders = g_ptr_array_new_with_free_func(g_free);
    self->features = g_ptr_array_new_with_free_func(g_free);
    self->previews = g_ptr_array_new_with_free_func(g_free);
    self->modules = g_ptr_array_new_with_free_func(module_free);
    for (gsize i = 0; _umk_builtin_plugins[i] != NULL; i++)
        _umk_registry_add_plugin(self, _umk_builtin_plugins[i](), TRUE);
    return self;
}

static UmkRegistry *
make_default(void)
{
    UmkRegistry *self = umk_registry_new();
#ifdef UMK_EXTERNAL_PLUGINS
    const char *value = g_getenv("UMEKOMI_PLUGIN_PATH");
    g_auto(GStrv) parts = g_strsplit(value ? value : "", G_SEARCHPATH_SEPARATOR_S, -1);

    for (gsize i = 0; parts[i] != NULL; i++)
        if (parts[i][0] != '\0')
            umk_registry_add_directory(self, parts[i], NULL);
#endif
    if (g_file_test(UMK_PLUGIN_DIR, G_FILE_TEST_IS_DIR))
        umk_registry_add_directory(self, UMK_PLUGIN_DIR, NULL);
    return self;
}

/**
 * umk_registry_get_default:
 *
 * The built-in plugins, those of the folders in UMEKOMI_PLUGIN_PATH, and the installed
 * ones.
 *
 * Returns: (transfer none): the registry every program uses unless it makes its own
 */
UmkRegistry *
umk_registry_get_default(void)
{
    static UmkRegistry *registry;

    if (g_once_init_enter(&registry))
        g_once_init_leave(&registry, make_default());
    return registry;
}

/**
 * umk_registry_ref:
 * @self: a registry
 *
 * Returns: (transfer full): @self
 */
UmkRegistry *
umk_registry_ref(UmkRegistry *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_registry_unref:
 * @self: (transfer full): a registry
 */
void
umk_registry_unref(UmkRegistry *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_ptr_array_unref(self->embedders);
    g_ptr_array_unref(self->features);
    g_ptr_array_unref(self->previews);
    g_ptr_array_unref(self->modules);
    g_rec_mutex_clear(&self->lock);
    g_free(self);
}

static gboolean
knows_module(UmkRegistry *self, const char *path)
{
    for (guint i = 0; i < self->modules->len; i++)
        if (g_str_equal(((Module *) self->modules->pdata[i])->module, path))
            return TRUE;
    return FALSE;
}

static void
add_manifest(UmkRegistry *self, const char *folder, const char *path)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *name = NULL;
    g_autofree char *modality = NULL;
    Module *module;

    if (!g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, &error)) {
        g_warning(_("Cannot read the plugin manifest “%s”: %s"), path, error->message);
        return;
    }
    name = g_key_file_get_string(file, "Plugin", "Module", NULL);
    modality = g_key_file_get_string(file, "Plugin", "Modality", NULL);
    if (name == NULL || strchr(name, G_DIR_SEPARATOR) != NULL || modality == NULL) {
        g_warning(_("The plugin manifest “%s” needs Module= (a file name) and Modality="),
                  path);
        return;
    }
    if (g_key_file_get_integer(file, "Plugin", "ABI", NULL) != (int) UMK_PLUGIN_ABI) {
        g_warning(_("The plugin “%s” is for another ABI; this version takes %u"), path,
                  UMK_PLUGIN_ABI);
        return;
    }
    module = g_new0(Module, 1);
    module->manifest = g_strdup(path);
    module->module = g_build_filename(folder, name, NULL);
    module->in_tree = g_key_file_get_boolean(file, "Plugin", "InTree", NULL);
    if (!umk_modality_from_name(modality, &module->modality) ||
        knows_module(self, module->module)) {
        if (!knows_module(self, module->module))
            g_warning(_("The plugin manifest “%s” names no known modality (“%s”)"), path,
                      modality);
        module_free(module);
        return;
    }
    g_ptr_array_add(self->modules, module);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

static void
scan(UmkRegistry *self, const char *folder, GDir *dir, gboolean deeper)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while ((name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = g_build_filename(folder, names->pdata[i], NULL);

        if (g_str_has_suffix(path, ".plugin"))
            add_manifest(self, folder, path);
        else if (deeper && g_file_test(path, G_FILE_TEST_IS_DIR)) {
            g_autoptr(GDir) inner = g_dir_open(path, 0, NULL);

            if (inner != NULL)
                scan(self, path, inner, FALSE);
        }
    }
}

/**
 * umk_registry_add_directory:
 * @self: a registry
 * @path: (type filename): a folder with plugin manifests, or with one folder a plugin
 * @error: return location for an error
 *
 * Reads the manifests; no module is loaded yet. A bad manifest costs a warning.
 *
 * Returns: %FALSE if the folder cannot be read
 */
gboolean
umk_registry_add_directory(UmkRegistry *self, const char *path, GError **error)
{
    g_autoptr(GDir) dir = NULL;

    g_return_val_if_fail(self != NULL && path != NULL, FALSE);
    dir = g_dir_open(path, 0, error);
    if (dir == NULL)
        return FALSE;
    g_rec_mutex_lock(&self->lock);
    scan(self, path, dir, TRUE);
    g_rec_mutex_unlock(&self->lock);
    return TRUE;
}

/* Loaded modules stay: their code may be on somebody's stack. */
static void
load_module(UmkRegistry *self, Module *module)
{
    UmkPluginQueryFunc query = NULL;
    GModule *handle;

    module->tried = TRUE;
    handle = g_module_open(module->module, G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL);
    if (handle == NULL) {
        g_warning(_("Cannot load the plugin “%s”: %s"), module->module, g_module_error());
        return;
    }
    g_module_make_resident(handle);
    if (!g_module_symbol(handle, "umk_plugin_query", (gpointer *) &query) ||
        query == NULL) {
        g_warning(_("“%s” is not a plugin: it has no umk_plugin_query"), module->module);
        return;
    }
    _umk_registry_add_plugin(self, query(), module->in_tree);
}

static void
load_modules(UmkRegistry *self, guint modality_mask)
{
    for (guint i = 0; i < self->modules->len; i++) {
        Module *module = self->modules->pdata[i];

        if (!module->tried && (modality_mask & (1u << module->modality)) != 0)
            load_module(self, module);
    }
}

/* The embedder of a modality that is surest of a model folder, or NULL. Of two that are
 * equally sure the first registered wins. */
const UmkEmbedderOps *
_umk_registry_probe_embedder(UmkRegistry *self,
                             UmkModality modality,
                             const char *folder,
                             const guint8 *config,
                             gsize config_len)
{
    const UmkEmbedderOps *best = NULL;
    guint best_score = 0;

    g_rec_mutex_lock(&self->lock);
    load_modules(self, 1u << modality);
    for (guint i = 0; i < self->embedders->len; i++) {
        const UmkEmbedderOps *ops = self->embedders->pdata[i];
        guint score;

        if (ops->modality != modality || ops->probe == NULL)
            continue;
        score = ops->probe(folder, config, config_len);
        if (score > best_score) {
            best_score = score;
            best = ops;
        }
    }
    g_rec_mutex_unlock(&self->lock);
    return best;
}

const UmkEmbedderOps *
_umk_registry_get_embedder(UmkRegistry *self, const char *id)
{
    const UmkEmbedderOps *ops;

    g_rec_mutex_lock(&self->lock);
    load_modules(self, UMK_MODALITY_ALL);
    ops = find_embedder(self, id);
    g_rec_mutex_unlock(&self->lock);
    return ops;
}

const UmkFeatureOps *
_umk_registry_get_feature(UmkRegistry *self, const char *id)
{
    const UmkFeatureOps *ops;

    g_rec_mutex_lock(&self->lock);
    ops = find_feature(self, id);
    if (ops == NULL) {
        load_modules(self, UMK_MODALITY_ALL);
        ops = find_feature(self, id);
    }
    g_rec_mutex_unlock(&self->lock);
    return ops;
}

const UmkPreviewOps *
_umk_registry_get_preview(UmkRegistry *self, UmkModality modality)
{
    const UmkPreviewOps *found = NULL;

    g_rec_mutex_lock(&self->lock);
    load_modules(self, 1u << modality);
    for (guint i = 0; i < self->previews->len && found == NULL; i++) {
        const UmkPreviewOps *ops = self->previews->pdata[i];

        if (ops->modality == modality)
            found = ops;
    }
    g_rec_mutex_unlock(&self->lock);
    return found;
}

char **
_umk_registry_list_features(UmkRegistry *self)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    g_rec_mutex_lock(&self->lock);
    load_modules(self, UMK_MODALITY_ALL);
    for (guint i = 0; i < self->features->len; i++)
        g_strv_builder_add(names, ((const UmkFeatureOps *) self->features->pdata[i])->id);
    g_rec_mutex_unlock(&self->lock);
    return g_strv_builder_end(names);
}

/**
 * umk_registry_list_embedders:
 * @self: a registry
 *
 * Loads every module.
 *
 * Returns: (transfer full) (array zero-terminated=1): ids of all embedders
 */
char **
umk_registry_list_embedders(UmkRegistry *self)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    g_return_val_if_fail(self != NULL, NULL);
    g_rec_mutex_lock(&self->lock);
    load_modules(self, UMK_MODALITY_ALL);
    for (guint i = 0; i < self->embedders->len; i++)
        g_strv_builder_add(names,
                           ((const UmkEmbedderOps *) self->embedders->pdata[i])->id);
    g_rec_mutex_unlock(&self->lock);
    return g_strv_builder_end(names);
}

/**
 * umk_registry_get_embedder_title:
 * @self: a registry
 * @id: an embedder
 *
 * Returns: (nullable) (transfer none): its name for people, or %NULL if there is none
 */
const char *
umk_registry_get_embedder_title(UmkRegistry *self, const char *id)
{
    const UmkEmbedderOps *ops;

    g_return_val_if_fail(self != NULL && id != NULL, NULL);
    ops = _umk_registry_get_embedder(self, id);
    return ops ? ops->title : NULL;
}

/**
 * umk_registry_get_embedder_modality:
 * @self: a registry
 * @id: an embedder
 * @modality: (out): what it embeds
 *
 * Returns: %FALSE if there is no such embedder
 */
gboolean
umk_registry_get_embedder_modality(UmkRegistry *self,
                                   const char *id,
                                   UmkModality *modality)
{
    const UmkEmbedderOps *ops;

    g_return_val_if_fail(self != NULL && id != NULL && modality != NULL, FALSE);
    ops = _umk_registry_get_embedder(self, id);
    if (ops == NULL)
        return FALSE;
    *modality = ops->modality;
    return TRUE;
}

/**
 * umk_registry_list_models:
 * @self: a registry
 *
 * Returns: (transfer full) (array zero-terminated=1): names of the model folders on this
 *   machine
 */
char **
umk_registry_list_models(UmkRegistry *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return _umk_model_folders_list();
}

/**
 * umk_registry_find_model:
 * @self: a registry
 * @name: a name from umk_registry_list_models(), or a folder
 * @error: return location for an error
 *
 * Returns: (transfer full) (type filename): the model's folder
 */
char *
umk_registry_find_model(UmkRegistry *self, const char *name, GError **error)
{
    g_return_val_if_fail(self != NULL && name != NULL, NULL);
    return _umk_model_folders_find(name, error);
}
