/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adds a model folder to the user's store by a link or a copy, with the digests of its
 * files, and removes it again. A copy is made under another name and renamed, so that a
 * model is there whole or not at all. */
#include "hub/umk-model-store-private.h"
#include "core/umk-run-private.h"
#include "hub/umk-digests-private.h"
#include "hub/umk-model-folders-private.h"
#include "hub/umk-model-record-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

gboolean
_umk_model_name_check(const char *name, GError **error)
{
    gboolean good = name[0] != '\0' && name[0] != '.' && name[0] != '-' &&
                    strlen(name) <= 128 && g_utf8_validate(name, -1, NULL);

    for (const char *p = name; good && *p != '\0'; p++)
        good = (guchar) *p >= 0x20 && *p != 0x7f && *p != '/' && *p != '\\';
    if (good)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("“%s” cannot be the name of a model: it should not be empty, begin "
                  "with a dot or a dash, or hold a slash; give one with --name"),
                name);
    return FALSE;
}

static char *
store_path(const char *name)
{
    g_autofree char *store = _umk_model_store_folder();

    return g_build_filename(store, name, NULL);
}

/* A link that leads nowhere counts as there. */
static gboolean
exists(const char *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS) ||
           g_file_test(path, G_FILE_TEST_IS_SYMLINK);
}

gboolean
_umk_model_name_is_free(const char *name, GError **error)
{
    g_autofree char *path = store_path(name);

    if (!exists(path))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("The store has a model “%s” already; remove it, or give another name"),
                name);
    return FALSE;
}

static gboolean
set_errno(const char *path, GError **error)
{
    int saved = errno;

    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "%s: %s", path,
                g_strerror(saved));
    return FALSE;
}

gboolean
_umk_delete_tree(const char *path, GError **error)
{
    const char *name;
    GDir *dir;

    if (!exists(path))
        return TRUE;
    if (g_file_test(path, G_FILE_TEST_IS_SYMLINK) ||
        !g_file_test(path, G_FILE_TEST_IS_DIR))
        return g_unlink(path) == 0 || set_errno(path, error);
    dir = g_dir_open(path, 0, error);
    if (dir == NULL)
        return FALSE;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);

        if (!_umk_delete_tree(below, error)) {
            g_dir_close(dir);
            return FALSE;
        }
    }
    g_dir_close(dir);
    return g_rmdir(path) == 0 || set_errno(path, error);
}

static void
report_bytes(goffset done, goffset total, gpointer data)
{
    umk_run_report(data, _("Copying"), total > 0 ? (double) done / (double) total : -1);
}

static gboolean
copy_file(const char *from, const char *to, UmkRun *run, GError **error)
{
    g_autoptr(GFile) source = g_file_new_for_path(from);
    g_autoptr(GFile) target = g_file_new_for_path(to);
    g_autofree char *folder = g_path_get_dirname(to);

    if (g_mkdir_with_parents(folder, 0755) != 0)
        return set_errno(folder, error);
    return g_file_copy(source, target, G_FILE_COPY_NONE, run->cancellable, report_bytes,
                       run, error);
}

static gboolean
copy_model(
    const char *from, const char *to, const GPtrArray *files, UmkRun *run, GError **error)
{
    g_autofree char *store = g_path_get_dirname(to);
    g_autofree char *name = g_path_get_basename(to);
    g_autofree char *hidden = g_strconcat(".copying-", name, NULL);
    g_autofree char *partial = g_build_filename(store, hidden, NULL);
    gboolean single = !g_file_test(from, G_FILE_TEST_IS_DIR);
    gboolean good = _umk_delete_tree(partial, error);

    if (good && single)
        good = copy_file(from, partial, run, error);
    for (guint i = 0; good && !single && i < files->len; i++) {
        const UmkFileDigest *file = files->pdata[i];
        g_autofree char *source = g_build_filename(from, file->name, NULL);
        g_autofree char *target = g_build_filename(partial, file->name, NULL);

        good = copy_file(source, target, run, error);
    }
    if (good && g_rename(partial, to) != 0)
        good = set_errno(to, error);
    if (!good)
        _umk_delete_tree(partial, NULL);
    return good;
}

static gboolean
place(const char *from,
      const char *to,
      const GPtrArray *files,
      UmkHubFlags flags,
      UmkRun *run,
      GError **error)
{
    g_autofree char *store = _umk_model_store_folder();

    if (g_mkdir_with_parents(store, 0755) != 0)
        return set_errno(store, error);
    if ((flags & UMK_HUB_COPY) != 0)
        return copy_model(from, to, files, run, error);
    return symlink(from, to) == 0 || set_errno(to, error);
}

/**
 * umk_hub_get_folder:
 *
 * Returns: (transfer full) (type filename): the folder of the user's store of models; it
 *   need not exist yet
 */
char *
umk_hub_get_folder(void)
{
    return _umk_model_store_folder();
}

/**
 * umk_hub_add:
 * @path: (type filename): a model folder, or a model of one file such as word vectors
 * @name: (nullable): what to call it; %NULL takes the name it has
 * @flags: whether to copy it; a link is made otherwise
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Makes a folder known by name to every program of this user, and notes the SHA-256
 * digest of each of its files for umk_model_check().
 *
 * Returns: (transfer full): the name it has now
 */
char *
umk_hub_add(const char *path,
            const char *name,
            UmkHubFlags flags,
            GCancellable *cancellable,
            UmkProgressFunc progress,
            gpointer progress_data,
            GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autofree char *from = NULL;
    g_autofree char *chosen = NULL;
    g_autofree char *to = NULL;
    g_autoptr(GPtrArray) files = NULL;
    g_autoptr(UmkModelRecord) record = NULL;

    g_return_val_if_fail(path != NULL, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    from = g_canonicalize_filename(path, NULL);
    chosen = name ? g_strdup(name) : g_path_get_basename(from);
    if ((!g_file_test(path, G_FILE_TEST_IS_REGULAR) &&
         !_umk_model_folder_check(path, error)) ||
        !_umk_model_name_check(chosen, error) || !_umk_model_name_is_free(chosen, error))
        return NULL;
    files = _umk_digests_of_folder(from, &run, error);
    if (files == NULL)
        return NULL;
    to = store_path(chosen);
    if (!place(from, to, files, flags, &run, error))
        return NULL;
    record = _umk_model_record_new(from, files);
    if (!_umk_model_record_write(record, chosen, error)) {
        _umk_delete_tree(to, NULL);
        return NULL;
    }
    return g_steal_pointer(&chosen);
}

/**
 * umk_hub_remove:
 * @name: a model of the user's store
 * @error: return location for an error
 *
 * Deletes a copied or downloaded model; of a linked one only the link goes. Models that
 * are not in the user's store are left alone: that is an error.
 *
 * Returns: whether it is gone
 */
gboolean
umk_hub_remove(const char *name, GError **error)
{
    g_autofree char *path = NULL;
    g_autofree char *record = NULL;

    g_return_val_if_fail(name != NULL, FALSE);
    if (!_umk_model_name_check(name, error))
        return FALSE;
    path = store_path(name);
    if (!exists(path)) {
        g_autofree char *store = _umk_model_store_folder();

        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no model “%s” in %s; others are not Umekomi's to remove"),
                    name, store);
        return FALSE;
    }
    if (!_umk_delete_tree(path, error))
        return FALSE;
    record = _umk_model_record_path(name);
    g_unlink(record);
    return TRUE;
}

/**
 * umk_hub_dup_source:
 * @name: a model of the user's store
 *
 * Returns: (nullable) (transfer full): where it came from: a path, an address, or
 *   "org/name@commit"; %NULL if that was not noted
 */
char *
umk_hub_dup_source(const char *name)
{
    g_autoptr(UmkModelRecord) record = NULL;

    g_return_val_if_fail(name != NULL, NULL);
    if (!_umk_model_name_check(name, NULL))
        return NULL;
    record = _umk_model_record_read(name, NULL);
    return record ? g_strdup(record->source) : NULL;
}
