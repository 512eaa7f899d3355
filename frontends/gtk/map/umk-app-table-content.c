/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table goes through a file of its own that is deleted again: whoever writes tables
 * writes them whole to a path. Two tasks: the one in a thread may end its life there, and
 * so does not hold what is asked for. */
#include "umk-app-table-content.h"

#include "umk-app-items-file.h"

#include <glib/gstdio.h>

#define CSV "text/csv"

struct _UmkAppTableContent {
    GdkContentProvider parent_instance;
    UmkAppItemsFile *items; /* as they are when the drag begins */
};

G_DEFINE_FINAL_TYPE(UmkAppTableContent, umk_app_table_content, GDK_TYPE_CONTENT_PROVIDER)

static GdkContentFormats *
ref_formats(GdkContentProvider *provider)
{
    static const char *const types[] = {CSV};

    return gdk_content_formats_new((const char **) types, G_N_ELEMENTS(types));
}

static gboolean
write_table(UmkAppTableContent *self,
            GOutputStream *stream,
            GCancellable *cancellable,
            GError **error)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-drag-XXXXXX", error);
    g_autofree char *path = folder ? g_build_filename(folder, "items.csv", NULL) : NULL;
    g_autofree char *text = NULL;
    gsize length, n_written;
    gboolean good =
        path != NULL &&
        umk_app_items_file_write(self->items, path, &n_written, cancellable, NULL, NULL,
                                 error) &&
        g_file_get_contents(path, &text, &length, error) &&
        g_output_stream_write_all(stream, text, length, NULL, cancellable, error);

    if (path != NULL)
        g_unlink(path);
    if (folder != NULL)
        g_rmdir(folder);
    return good;
}

static void
write_in_thread(GTask *task, gpointer none, gpointer asked, GCancellable *cancellable)
{
    UmkAppTableContent *self = g_task_get_source_object(asked);
    GError *error = NULL;

    if (write_table(self, g_task_get_task_data(asked), cancellable, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void
written(GObject *none, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) asked = data;
    GError *error = NULL;

    if (g_task_propagate_boolean(G_TASK(result), &error))
        g_task_return_boolean(asked, TRUE);
    else
        g_task_return_error(asked, error);
}

static void
write_async(GdkContentProvider *provider,
            const char *type,
            GOutputStream *stream,
            int priority,
            GCancellable *cancellable,
            GAsyncReadyCallback done,
            gpointer user_data)
{
    g_autoptr(GTask) asked = g_task_new(provider, cancellable, done, user_data);
    g_autoptr(GTask) task = NULL;

    g_task_set_task_data(asked, g_object_ref(stream), g_object_unref);
    if (g_strcmp0(type, CSV) != 0) {
        g_task_return_new_error(asked, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s", type);
        return;
    }
    task = g_task_new(NULL, cancellable, written, g_object_ref(asked));
    g_task_set_priority(task, priority);
    g_task_set_task_data(task, asked, NULL);
    g_task_run_in_thread(task, write_in_thread);
}

static gboolean
write_finish(GdkContentProvider *provider, GAsyncResult *result, GError **error)
{
    return g_task_propagate_boolean(G_TASK(result), error);
}

static void
umk_app_table_content_finalize(GObject *object)
{
    umk_app_items_file_free(UMK_APP_TABLE_CONTENT(object)->items);
    G_OBJECT_CLASS(umk_app_table_content_parent_class)->finalize(object);
}

static void
umk_app_table_content_class_init(UmkAppTableContentClass *klass)
{
    GdkContentProviderClass *provider = GDK_CONTENT_PROVIDER_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = umk_app_table_content_finalize;
    provider->ref_formats = ref_formats;
    provider->write_mime_type_async = write_async;
    provider->write_mime_type_finish = write_finish;
}

static void
umk_app_table_content_init(UmkAppTableContent *self)
{
}

GdkContentProvider *
umk_app_table_content_new(UmkAppScene *scene)
{
    static const UmkAppItemsStyle style = {.places = TRUE, .guarded = TRUE};
    UmkAppTableContent *self = g_object_new(UMK_APP_TYPE_TABLE_CONTENT, NULL);

    self->items = umk_app_items_file_new(scene, &style);
    return GDK_CONTENT_PROVIDER(self);
}
