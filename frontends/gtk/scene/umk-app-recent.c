/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps and reads the recent collections; those that are gone are left out. */
#include "umk-app-recent.h"

#include <umekomi/umekomi.h>

#define MIME    "application/x-umekomi-collection"
#define PROGRAM "umekomi-explorer"

void
umk_app_recent_add(const char *path)
{
    g_autofree char *uri = g_filename_to_uri(path, NULL, NULL);
    GtkRecentData data = {.mime_type = (char *) MIME,
                          .app_name = (char *) PROGRAM,
                          .app_exec = (char *) PROGRAM " %u"};

    if (uri != NULL)
        gtk_recent_manager_add_full(gtk_recent_manager_get_default(), uri, &data);
}

static int
newest_first(gconstpointer a, gconstpointer b)
{
    return -g_date_time_compare(gtk_recent_info_get_modified((GtkRecentInfo *) a),
                                gtk_recent_info_get_modified((GtkRecentInfo *) b));
}

static void
recent_free(gpointer data)
{
    UmkAppRecent *recent = data;

    g_free(recent->path);
    g_date_time_unref(recent->time);
    g_free(recent);
}

/* UmkAppRecent, the newest first. */
GPtrArray *
umk_app_recent_dup_all(guint most)
{
    GList *all = g_list_sort(
        gtk_recent_manager_get_items(gtk_recent_manager_get_default()), newest_first);
    GPtrArray *recent = g_ptr_array_new_with_free_func(recent_free);

    for (GList *link = all; link != NULL && recent->len < most; link = link->next) {
        GtkRecentInfo *info = link->data;
        g_autofree char *path =
            g_filename_from_uri(gtk_recent_info_get_uri(info), NULL, NULL);
        UmkAppRecent *one;

        if (path == NULL || !gtk_recent_info_has_application(info, PROGRAM) ||
            !umk_collection_probe(path))
            continue;
        one = g_new0(UmkAppRecent, 1);
        one->path = g_steal_pointer(&path);
        one->time = g_date_time_to_local(gtk_recent_info_get_modified(info));
        g_ptr_array_add(recent, one);
    }
    g_list_free_full(all, (GDestroyNotify) gtk_recent_info_unref);
    return recent;
}

/* Paths, the newest first. */
char **
umk_app_recent_list(guint most)
{
    g_autoptr(GPtrArray) recent = umk_app_recent_dup_all(most);
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

    for (guint i = 0; i < recent->len; i++)
        g_strv_builder_add(paths, ((UmkAppRecent *) recent->pdata[i])->path);
    return g_strv_builder_end(paths);
}

GMenuModel *
umk_app_recent_make_menu(void)
{
    g_auto(GStrv) paths = umk_app_recent_list(10);
    GMenu *menu = g_menu_new();

    for (gsize i = 0; paths[i] != NULL; i++) {
        g_autofree char *name = g_filename_display_basename(paths[i]);
        g_autoptr(GMenuItem) item = g_menu_item_new(name, NULL);

        g_menu_item_set_action_and_target(item, "win.open-path", "s", paths[i]);
        g_menu_append_item(menu, item);
    }
    return G_MENU_MODEL(menu);
}
