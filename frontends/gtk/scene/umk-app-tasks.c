/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The work itself, each function one call or two of the engine. A sample collection is
 * made beside its place and moved there when it is whole, so a half one is never opened.
 */
#include "umk-app-tasks.h"

#include "umk-app-import.h"
#include "umk-app-samples.h"

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

/* ---- the samples
 * ------------------------------------------------------------------------------ */

static gpointer
sample_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;

    return umk_app_sample_prepare(order->path, cancellable, umk_app_job_progress, job,
                                  error);
}

UmkAppJob *
umk_app_task_sample(const char *name, UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Preparing the sample"), sample_work,
                             order_new(name, NULL), order_free, g_free, done, owner);
}
