/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dragging what is chosen out of the map: rows for the sets of an audit, files for a file
 * manager, a table for a spreadsheet, names for anything that takes text. */
#include "umk-app-map-parts.h"

#include "umk-app-modality.h"
#include "umk-app-row.h"
#include "umk-app-table-content.h"

#include <glib/gi18n.h>

#include <math.h>

#define REACH 12.0 /* pixels */
#define MOST  1000u

gboolean
_umk_app_map_is_on_selection(UmkAppMap *self, double x, double y)
{
    guint32 row;

    return self->points != NULL && self->tool != UMK_APP_TOOL_BRUSH &&
           umk_app_scene_get_selection(self->scene) != NULL &&
           umk_app_pick_at(self->points, self->looks, &self->view, x, y, REACH, &row) &&
           umk_app_rows_contains(umk_app_scene_get_selection(self->scene), row);
}

GListStore *
umk_app_map_dup_selected(UmkAppMap *self)
{
    GListStore *store = g_list_store_new(UMK_APP_TYPE_ROW);
    gsize n;
    g_autofree guint32 *rows =
        umk_app_rows_list(umk_app_scene_get_selection(self->scene), &n);

    for (gsize i = 0; i < MIN(n, MOST); i++) {
        g_autoptr(UmkAppRow) row = umk_app_row_new(self->source, rows[i], NAN);

        g_list_store_append(store, row);
    }
    return store;
}

/* Forms of one thing; who takes it takes the one he knows. */
GdkContentProvider *
_umk_app_map_make_content(UmkAppMap *self)
{
    g_autoptr(GListStore) store = umk_app_map_dup_selected(self);
    guint n = g_list_model_get_n_items(G_LIST_MODEL(store));
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_object_unref);
    GdkContentProvider *parts[4];
    guint n_parts = 0;

    for (guint i = 0; i < n; i++) {
        g_autoptr(UmkAppRow) row = g_list_model_get_item(G_LIST_MODEL(store), i);
        UmkItem *item = umk_app_row_get_item(row);
        g_autofree char *title = item != NULL ? umk_app_item_dup_title(item) : NULL;
        const char *path = item != NULL ? umk_item_get_path(item) : NULL;

        if (title != NULL)
            g_string_append_printf(names, "%s\n", title);
        if (path != NULL)
            g_ptr_array_add(files, g_file_new_for_path(path));
    }
    parts[n_parts++] = gdk_content_provider_new_typed(G_TYPE_LIST_STORE, store);
    if (files->len > 0) {
        GdkFileList *list =
            gdk_file_list_new_from_array((GFile **) files->pdata, files->len);

        parts[n_parts++] = gdk_content_provider_new_typed(GDK_TYPE_FILE_LIST, list);
        g_boxed_free(GDK_TYPE_FILE_LIST, list);
    }
    parts[n_parts++] = umk_app_table_content_new(self->scene);
    parts[n_parts++] = gdk_content_provider_new_typed(G_TYPE_STRING, names->str);
    return gdk_content_provider_new_union(parts, n_parts);
}

static GdkContentProvider *
prepare(GtkDragSource *drag, double x, double y, UmkAppMap *self)
{
    return _umk_app_map_is_on_selection(self, x, y) ? _umk_app_map_make_content(self)
                                                    : NULL;
}

static void
begin(GtkDragSource *source, GdkDrag *drag, UmkAppMap *self)
{
    gsize n = umk_app_rows_get_n_chosen(umk_app_scene_get_selection(self->scene));
    g_autofree char *text = g_strdup_printf(ngettext("%zu item", "%zu items", n), n);
    GtkWidget *label = gtk_label_new(text);

    gtk_widget_add_css_class(label, "drag-count");
    gtk_drag_icon_set_child(GTK_DRAG_ICON(gtk_drag_icon_get_for_drag(drag)), label);
}

void
_umk_app_map_init_drag(UmkAppMap *self)
{
    GtkDragSource *source = gtk_drag_source_new();

    gtk_drag_source_set_actions(source, GDK_ACTION_COPY);
    g_signal_connect_object(source, "prepare", G_CALLBACK(prepare), self, 0);
    g_signal_connect_object(source, "drag-begin", G_CALLBACK(begin), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(source));
}
