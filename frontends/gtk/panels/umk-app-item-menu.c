/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The menu is made when it is opened and goes when it closes: a list has many lines. */
#include "umk-app-item-menu.h"

#include "umk-app-row.h"

#include <glib/gi18n.h>

static GMenuModel *
make_menu(guint32 row)
{
    static const struct {
        const char *label, *action;
    } entries[] = {
        {N_("Find _Similar"), "win.find-similar"},
        {N_("_Add to Selection"), "win.add-to-selection"},
        {N_("_Copy Name"), "win.copy-name"},
    };
    GMenu *menu = g_menu_new();

    for (guint i = 0; i < G_N_ELEMENTS(entries); i++) {
        g_autoptr(GMenuItem) item = g_menu_item_new(_(entries[i].label), NULL);

        g_menu_item_set_action_and_target_value(item, entries[i].action,
                                                g_variant_new_uint32(row));
        g_menu_append_item(menu, item);
    }
    return G_MENU_MODEL(menu);
}

static gboolean
unparent(gpointer popover)
{
    gtk_widget_unparent(popover);
    return G_SOURCE_REMOVE;
}

/* Not at once: the command is started after the menu has closed. */
static void
closed(GtkPopover *popover)
{
    if (gtk_widget_get_parent(GTK_WIDGET(popover)) != NULL)
        g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, unparent, g_object_ref(popover),
                        g_object_unref);
}

static void
popup(GtkWidget *box, GtkListItem *line, double x, double y)
{
    UmkAppRow *row = gtk_list_item_get_item(line);
    g_autoptr(GMenuModel) menu = NULL;
    GtkWidget *popover;

    if (row == NULL)
        return;
    menu = make_menu(umk_app_row_get_row(row));
    popover = gtk_popover_menu_new_from_model(menu);
    gtk_popover_set_has_arrow(GTK_POPOVER(popover), FALSE);
    gtk_widget_set_halign(popover, GTK_ALIGN_START);
    gtk_popover_set_pointing_to(GTK_POPOVER(popover),
                                &(GdkRectangle){(int) x, (int) y, 1, 1});
    gtk_widget_set_parent(popover, box);
    g_signal_connect(popover, "closed", G_CALLBACK(closed), NULL);
    gtk_popover_popup(GTK_POPOVER(popover));
}

static void
pressed(GtkGestureClick *click, int n, double x, double y, GtkListItem *line)
{
    popup(gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(click)), line, x, y);
    gtk_gesture_set_state(GTK_GESTURE(click), GTK_EVENT_SEQUENCE_CLAIMED);
}

static void
drop_popovers(GtkWidget *box)
{
    GtkWidget *child = gtk_widget_get_first_child(box), *next;

    for (; child != NULL; child = next) {
        next = gtk_widget_get_next_sibling(child);
        if (GTK_IS_POPOVER(child))
            gtk_widget_unparent(child);
    }
}

void
umk_app_item_menu_attach(GtkWidget *box, GtkListItem *line)
{
    GtkGesture *click = gtk_gesture_click_new();

    gtk_gesture_single_set_button(GTK_GESTURE_SINGLE(click), GDK_BUTTON_SECONDARY);
    g_signal_connect(click, "pressed", G_CALLBACK(pressed), line);
    gtk_widget_add_controller(box, GTK_EVENT_CONTROLLER(click));
    g_object_set_data(G_OBJECT(box), "umk-line", line);
    g_signal_connect(box, "destroy", G_CALLBACK(drop_popovers), NULL);
}

gboolean
umk_app_item_menu_popup_focused(GtkWidget *list)
{
    GtkRoot *root = gtk_widget_get_root(list);
    GtkWidget *focus = root != NULL ? gtk_root_get_focus(root) : NULL;
    GtkWidget *box = focus != NULL && gtk_widget_is_ancestor(focus, list)
                         ? gtk_widget_get_first_child(focus)
                         : NULL;
    GtkListItem *line = box != NULL ? g_object_get_data(G_OBJECT(box), "umk-line") : NULL;

    if (line == NULL)
        return FALSE;
    popup(box, line, gtk_widget_get_width(box) / 2.0, gtk_widget_get_height(box) / 2.0);
    return TRUE;
}
