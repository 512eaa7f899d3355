/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work itself, each function one call or two of the engine. A sample collection is
 * made beside its place and moved there when it is whole, so a half one is never opened.
 */
#include "umk-app-tasks.h"

#include "umk-app-import.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include <errno.h>

typedef struct {
    char *path;
    char **files;
} Order;

static void
order_free(gpointer data)
{
    Order *order = data;

    g_free(order->path);
    g_strfreev(order->files);
    g_free(order);
}

static Order *
order_new(const char *path, const char *const *files)
{
    Order *order = g_new0(Order, 1);

    order->path = g_strdup(path);
    order->files = g_strdupv((char **) files);
    return order;
}

/* ---- open
 * ------------------------------------------------------------------------------------ */

static gpointer
open_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;

    return umk_app_source_load(order->path, cancellable, umk_app_job_progress, job,
                               error);
}

UmkAppJob *
umk_app_task_open(const char *path, UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Opening"), open_work, order_new(path, NULL), order_free,
                             g_object_unref, done, owner);
}

/* ---- make
 * ------------------------------------------------------------------------------------ */

static gpointer
create_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    g_autoptr(UmkCollection) made =
        umk_app_import_create(order->path, NULL, cancellable, error);

    return made ? g_strdup(order->path) : NULL;
}

UmkAppJob *
umk_app_task_create(const char *path, UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Making a collection"), create_work, order_new(path, NULL),
                             order_free, g_free, done, owner);
}

/* ---- fill
 * ------------------------------------------------------------------------------------ */

static gpointer
add_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    g_autoptr(UmkCollection) collection =
        umk_collection_open(order->path, UMK_OPEN_WRITE, error);

    if (collection == NULL)
        return NULL;
    return umk_collection_ingest(collection, umk_registry_get_default(),
                                 (const char *const *) order->files, NULL, cancellable,
                                 umk_app_job_progress, job, error);
}

UmkAppJob *
umk_app_task_add(const char *path,
                 const char *const *files,
                 UmkAppJobDone done,
                 GObject *owner)
{
    return umk_app_job_start(_("Adding to the collection"), add_work,
                             order_new(path, files), order_free,
                             (GDestroyNotify) umk_ingest_report_unref, done, owner);
}

/* ---- the sample
 * ------------------------------------------------------------------------------ */

static char *
asset_path(const char *name)
{
    const char *folder = g_getenv("UMEKOMI_ASSET_PATH");

    return g_build_filename(folder ? folder : UMK_APP_ASSET_DIR, name, NULL);
}

static void
remove_folder(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        if (g_file_test(inner, G_FILE_TEST_IS_DIR) &&
            !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
            remove_folder(inner);
        else
            g_unlink(inner);
    }
    g_rmdir(path);
}

static gboolean
make_sample(UmkAppJob *job, const char *path, GCancellable *cancellable, GError **error)
{
    g_autofree char *garden = asset_path("garden");
    g_autofree char *words = g_build_filename(garden, "words.tsv", NULL);
    g_autofree char *pictures = g_build_filename(garden, "pictures", NULL);
    g_autofree char *sounds = g_build_filename(garden, "sounds", NULL);
    g_autofree char *graph = g_build_filename(garden, "graph.edgelist", NULL);
    const char *const paths[] = {words, pictures, sounds, graph, NULL};
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkIngestReport) report = NULL;

    if (!g_file_test(garden, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("The sample is not installed: there is no folder “%s”"), garden);
        return FALSE;
    }
    collection = umk_app_import_create(path, NULL, cancellable, error);
    if (collection == NULL)
        return FALSE;
    report = umk_collection_ingest(collection, umk_registry_get_default(), paths, NULL,
                                   cancellable, umk_app_job_progress, job, error);
    return report != NULL;
}

static gpointer
sample_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    g_autofree char *shipped = asset_path("garden.ume");
    g_autofree char *folder = g_build_filename(g_get_user_data_dir(), "umekomi", NULL);
    g_autofree char *path = g_build_filename(folder, "garden.ume", NULL);
    g_autofree char *half = g_build_filename(folder, "garden.ume.part", NULL);

    if (umk_collection_probe(path))
        return g_steal_pointer(&path);
    if (umk_collection_probe(shipped))
        return g_steal_pointer(&shipped);
    g_mkdir_with_parents(folder, 0755);
    remove_folder(half);
    if (!make_sample(job, half, cancellable, error)) {
        remove_folder(half);
        return NULL;
    }
    if (g_rename(half, path) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                    _("Cannot make “%s”: %s"), path, g_strerror(errno));
        return NULL;
    }
    return g_steal_pointer(&path);
}

UmkAppJob *
umk_app_task_sample(UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Preparing the sample garden"), sample_work,
                             order_new(NULL, NULL), order_free, g_free, done, owner);
}
