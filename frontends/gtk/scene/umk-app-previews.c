/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loads previews in a thread and keeps the last few hundred small ones. Beside it the
 * small widget that shows one: an icon first, the picture when it has come. */
#include "umk-app-previews.h"

#include "umk-app-modality.h"

#include <string.h>

#define KEEP 600u

typedef struct {
    UmkItem *item;
    guint size;
    char *key; /* NULL: not to be kept */
} Request;

static GHashTable *kept; /* key -> UmkPreview; main thread only */
static GQueue order = G_QUEUE_INIT;

static void
request_free(gpointer data)
{
    Request *request = data;

    umk_item_unref(request->item);
    g_free(request->key);
    g_free(request);
}

static void
load_in_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Request *request = data;
    GError *error = NULL;
    UmkPreview *preview;

    if (g_task_return_error_if_cancelled(task))
        return;
    preview = umk_preview_new_for_item(umk_registry_get_default(), request->item,
                                       request->size, cancellable, &error);
    if (preview == NULL)
        g_task_return_error(task, error);
    else
        g_task_return_pointer(task, preview, (GDestroyNotify) umk_preview_unref);
}

static void
keep(const char *key, UmkPreview *preview)
{
    if (kept == NULL)
        kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                     (GDestroyNotify) umk_preview_unref);
    if (g_hash_table_contains(kept, key))
        return;
    char *own = g_strdup(key);
    g_hash_table_insert(kept, own, umk_preview_ref(preview));
    g_queue_push_tail(&order, own);
    if (g_queue_get_length(&order) > KEEP)
        g_hash_table_remove(kept, g_queue_pop_head(&order));
}

/* size: pixels of the longer side, or columns of a waveform. Only items with a file have
 * a preview; done is called for others with an error. */
void
umk_app_previews_load(UmkItem *item,
                      guint size,
                      GCancellable *cancellable,
                      GAsyncReadyCallback done,
                      gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(NULL, cancellable, done, user_data);
    Request *request = g_new0(Request, 1);
    UmkPreview *preview;

    request->item = umk_item_ref(item);
    request->size = size;
    if (size <= UMK_APP_THUMBNAIL && umk_item_get_path(item) != NULL)
        request->key = g_strdup_printf("%u:%s", size, umk_item_get_path(item));
    g_task_set_task_data(task, request, request_free);
    preview = request->key && kept ? g_hash_table_lookup(kept, request->key) : NULL;
    if (preview != NULL)
        g_task_return_pointer(task, umk_preview_ref(preview),
                              (GDestroyNotify) umk_preview_unref);
    else
        g_task_run_in_thread(task, load_in_thread);
}

UmkPreview *
umk_app_previews_finish(GAsyncResult *result, GError **error)
{
    Request *request = g_task_get_task_data(G_TASK(result));
    UmkPreview *preview = g_task_propagate_pointer(G_TASK(result), error);

    if (preview != NULL && request->key != NULL)
        keep(request->key, preview);
    return preview;
}

/* NULL for a waveform. */
GdkTexture *
umk_app_previews_to_texture(UmkPreview *preview)
{
    GBytes *rgba = umk_preview_get_rgba(preview);
    guint width = umk_preview_get_width(preview);

    if (rgba == NULL || width == 0)
        return NULL;
    return gdk_memory_texture_new((int) width, (int) umk_preview_get_height(preview),
                                  GDK_MEMORY_R8G8B8A8, rgba, (gsize) width * 4);
}

/* ---- the small widget
 * ---------------------------------------------------------------------- */

static void
thumbnail_loaded(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(GtkWidget) image = data;
    g_autoptr(UmkPreview) preview = umk_app_previews_finish(result, NULL);
    g_autoptr(GdkTexture) texture = preview ? umk_app_previews_to_texture(preview) : NULL;

    if (texture == NULL || g_object_get_data(G_OBJECT(image), "umk-wanted") !=
                               g_task_get_cancellable(G_TASK(result)))
        return;
    gtk_image_set_from_paintable(GTK_IMAGE(image), GDK_PAINTABLE(texture));
    gtk_widget_remove_css_class(image, "glyph");
}

GtkWidget *
umk_app_thumbnail_new(void)
{
    GtkWidget *image = gtk_image_new();

    gtk_widget_add_css_class(image, "thumbnail");
    gtk_widget_set_overflow(image, GTK_OVERFLOW_HIDDEN);
    gtk_widget_set_valign(image, GTK_ALIGN_CENTER);
    gtk_image_set_pixel_size(GTK_IMAGE(image), 36);
    g_object_set(image, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
    return image;
}

/* What is on its way to it is wanted no more; it keeps what it shows. */
void
umk_app_thumbnail_stop(GtkWidget *thumbnail)
{
    GCancellable *wanted = g_object_get_data(G_OBJECT(thumbnail), "umk-wanted");

    if (wanted != NULL)
        g_cancellable_cancel(wanted);
    g_object_set_data(G_OBJECT(thumbnail), "umk-wanted", NULL);
}

/* item NULL empties it; what was still on its way is forgotten. */
void
umk_app_thumbnail_set_item(GtkWidget *thumbnail, UmkItem *item)
{
    static const char *const classes[] = {"text", "image", "audio", "graph"};
    GCancellable *wanted;
    UmkModality modality;

    umk_app_thumbnail_stop(thumbnail);
    for (guint m = 0; m < G_N_ELEMENTS(classes); m++)
        gtk_widget_remove_css_class(thumbnail, classes[m]);
    gtk_image_clear(GTK_IMAGE(thumbnail));
    if (item == NULL)
        return;
    modality = umk_item_get_modality(item);
    gtk_widget_add_css_class(thumbnail, "glyph");
    gtk_widget_add_css_class(thumbnail, classes[modality]);
    gtk_image_set_from_icon_name(GTK_IMAGE(thumbnail),
                                 umk_app_modality_get_icon(modality));
    if (modality != UMK_MODALITY_IMAGE)
        return;
    wanted = g_cancellable_new();
    g_object_set_data_full(G_OBJECT(thumbnail), "umk-wanted", wanted, g_object_unref);
    umk_app_previews_load(item, UMK_APP_THUMBNAIL, wanted, thumbnail_loaded,
                          g_object_ref(thumbnail));
}
