/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line is a button that goes there; with the pen it becomes an entry for its name. All
 * lines are made anew when the list changes: there are few. */
#include "umk-app-bookmark-list.h"

#include <glib/gi18n.h>

#define WIDE 300
#define TALL 360

struct _UmkAppBookmarkList {
    GtkPopover parent_instance;
    UmkAppBookmarks *bookmarks;
    GtkWidget *lines, *scroller, *nothing, *entry;
    char *renaming; /* id of the one whose name is an entry now, or NULL */
};

enum { ADD, REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppBookmarkList, umk_app_bookmark_list, GTK_TYPE_POPOVER)

static void update(UmkAppBookmarkList *self);

static const char *
id_of(gpointer widget)
{
    return g_object_get_data(G_OBJECT(widget), "umk-id");
}

static void
go_clicked(GtkButton *button, UmkAppBookmarkList *self)
{
    g_autofree char *id = g_strdup(id_of(button));

    gtk_popover_popdown(GTK_POPOVER(self));
    umk_app_bookmarks_load(self->bookmarks, id);
}

static void
rename_clicked(GtkButton *button, UmkAppBookmarkList *self)
{
    char *id = g_strdup(id_of(button));

    g_free(self->renaming);
    self->renaming = id;
    update(self);
}

static void
renamed(GtkEntry *entry, UmkAppBookmarkList *self)
{
    g_autofree char *id = g_steal_pointer(&self->renaming);
    g_autofree char *name = g_strdup(gtk_editable_get_text(GTK_EDITABLE(entry)));

    if (id == NULL || !umk_app_bookmarks_rename(self->bookmarks, id, name))
        update(self);
    gtk_widget_grab_focus(self->entry);
}

static void
remove_clicked(GtkButton *button, UmkAppBookmarkList *self)
{
    g_autofree char *id = g_strdup(id_of(button));
    g_autofree char *name = g_strdup(g_object_get_data(G_OBJECT(button), "umk-name"));

    gtk_widget_grab_focus(self->entry);
    umk_app_bookmarks_remove(self->bookmarks, id);
    g_signal_emit(self, signals[REMOVED], 0, id, name);
}

static GtkWidget *
make_button(UmkAppBookmarkList *self,
            const char *icon,
            const char *words,
            guint position,
            GCallback clicked)
{
    const char *name = umk_app_bookmarks_get_name(self->bookmarks, position);
    GtkWidget *button = icon != NULL ? gtk_button_new_from_icon_name(icon)
                                     : gtk_button_new_with_label(name);

    gtk_widget_add_css_class(button, "flat");
    gtk_widget_set_tooltip_text(button, words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   words, -1);
    g_object_set_data_full(G_OBJECT(button), "umk-id",
                           g_strdup(umk_app_bookmarks_get_id(self->bookmarks, position)),
                           g_free);
    g_object_set_data_full(G_OBJECT(button), "umk-name", g_strdup(name), g_free);
    g_signal_connect(button, "clicked", clicked, self);
    return button;
}

static GtkWidget *
make_entry(UmkAppBookmarkList *self, const char *name)
{
    GtkWidget *entry = gtk_entry_new();

    gtk_editable_set_text(GTK_EDITABLE(entry), name);
    gtk_widget_set_hexpand(entry, TRUE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Name of the bookmark"), -1);
    g_signal_connect(entry, "activate", G_CALLBACK(renamed), self);
    return entry;
}

static void
add_line(UmkAppBookmarkList *self, guint position)
{
    const char *id = umk_app_bookmarks_get_id(self->bookmarks, position);
    const char *name = umk_app_bookmarks_get_name(self->bookmarks, position);
    g_autofree char *go = g_strdup_printf(_("Go to “%s”"), name);
    g_autofree char *pen = g_strdup_printf(_("Rename “%s”"), name);
    g_autofree char *away = g_strdup_printf(_("Remove “%s”"), name);
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 2), *first, *label;

    if (g_strcmp0(id, self->renaming) == 0) {
        first = make_entry(self, name);
    } else {
        first = make_button(self, NULL, go, position, G_CALLBACK(go_clicked));
        label = gtk_button_get_child(GTK_BUTTON(first));
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
        gtk_widget_set_hexpand(first, TRUE);
    }
    gtk_box_append(GTK_BOX(line), first);
    gtk_box_append(GTK_BOX(line), make_button(self, "document-edit-symbolic", pen,
                                              position, G_CALLBACK(rename_clicked)));
    gtk_box_append(GTK_BOX(line), make_button(self, "user-trash-symbolic", away, position,
                                              G_CALLBACK(remove_clicked)));
    gtk_box_append(GTK_BOX(self->lines), line);
    if (GTK_IS_ENTRY(first))
        gtk_widget_grab_focus(first);
}

static void
update(UmkAppBookmarkList *self)
{
    guint n = umk_app_bookmarks_get_n(self->bookmarks);
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(self->lines)) != NULL)
        gtk_box_remove(GTK_BOX(self->lines), child);
    for (guint i = 0; i < n; i++)
        add_line(self, i);
    gtk_widget_set_visible(self->scroller, n > 0);
    gtk_widget_set_visible(self->nothing, n == 0);
}

static void
entered(UmkAppBookmarkList *self)
{
    g_autofree char *name = g_strdup(gtk_editable_get_text(GTK_EDITABLE(self->entry)));

    gtk_editable_set_text(GTK_EDITABLE(self->entry), "");
    g_signal_emit(self, signals[ADD], 0, name);
}

/* ---- life ----------------------------------------------------------------------------
 */

static void
umk_app_bookmark_list_dispose(GObject *object)
{
    UmkAppBookmarkList *self = UMK_APP_BOOKMARK_LIST(object);

    g_clear_object(&self->bookmarks);
    g_clear_pointer(&self->renaming, g_free);
    G_OBJECT_CLASS(umk_app_bookmark_list_parent_class)->dispose(object);
}

static void
umk_app_bookmark_list_class_init(UmkAppBookmarkListClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = umk_app_bookmark_list_dispose;
    signals[ADD] = g_signal_new("add", UMK_APP_TYPE_BOOKMARK_LIST, G_SIGNAL_RUN_LAST, 0,
                                NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
    signals[REMOVED] =
        g_signal_new("removed", UMK_APP_TYPE_BOOKMARK_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                     NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static GtkWidget *
make_text(const char *words, const char *class)
{
    GtkWidget *label = gtk_label_new(words);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 34);
    gtk_widget_add_css_class(label, class);
    return label;
}

static GtkWidget *
make_adder(UmkAppBookmarkList *self)
{
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *button = gtk_button_new_with_mnemonic(_("_Add"));

    self->entry = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(self->entry), _("Name of this view"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->entry),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, _("Name of this view"),
                                   -1);
    gtk_widget_set_hexpand(self->entry, TRUE);
    g_signal_connect_swapped(self->entry, "activate", G_CALLBACK(entered), self);
    g_signal_connect_swapped(button, "clicked", G_CALLBACK(entered), self);
    gtk_box_append(GTK_BOX(line), self->entry);
    gtk_box_append(GTK_BOX(line), button);
    return line;
}

static void
umk_app_bookmark_list_init(UmkAppBookmarkList *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);

    gtk_widget_set_size_request(box, WIDE, -1);
    for (guint side = 0; side < 4; side++)
        (side == 0   ? gtk_widget_set_margin_top
         : side == 1 ? gtk_widget_set_margin_bottom
         : side == 2 ? gtk_widget_set_margin_start
                     : gtk_widget_set_margin_end)(box, 6);
    self->lines = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    self->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(self->scroller),
                                                     TRUE);
    gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(self->scroller), TALL);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), self->lines);
    self->nothing = make_text(_("A bookmark keeps the map as it is now: its layout, what "
                                "is in sight, colours, filters and selection. Give it a "
                                "name to come back to it."),
                              "dim-label");
    gtk_box_append(GTK_BOX(box), make_text(_("Bookmarks"), "heading"));
    gtk_box_append(GTK_BOX(box), self->nothing);
    gtk_box_append(GTK_BOX(box), self->scroller);
    gtk_box_append(GTK_BOX(box), make_adder(self));
    gtk_popover_set_child(GTK_POPOVER(self), box);
}

GtkWidget *
umk_app_bookmark_list_new(UmkAppBookmarks *bookmarks)
{
    UmkAppBookmarkList *self = g_object_new(UMK_APP_TYPE_BOOKMARK_LIST, NULL);

    self->bookmarks = g_object_ref(bookmarks);
    g_signal_connect_object(bookmarks, "changed", G_CALLBACK(update), self,
                            G_CONNECT_SWAPPED);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Bookmarks"), -1);
    update(self);
    return GTK_WIDGET(self);
}
