/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two panels beside the map: they come and go by key and button, lie over the map
 * where the window is narrow, and stand beside it again where it is wide. */
#include "umk-app-window-parts.h"

/* A panel comes and goes at once. One that slides and is sent back before it has gone
 * far moves by next to nothing, and the toolkit's spring divides by that (libadwaita
 * 1.2): the panel then gets a width that is no number. */
void
_umk_app_window_reveal(AdwFlap *flap, gboolean reveal)
{
    GtkSettings *settings = gtk_widget_get_settings(GTK_WIDGET(flap));
    gboolean slides = TRUE;

    if (adw_flap_get_reveal_flap(flap) == reveal)
        return;
    g_object_get(settings, "gtk-enable-animations", &slides, NULL);
    if (slides)
        g_object_set(settings, "gtk-enable-animations", FALSE, NULL);
    adw_flap_set_reveal_flap(flap, reveal);
    if (slides)
        g_object_set(settings, "gtk-enable-animations", TRUE, NULL);
}

static void
toggle_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    gboolean left = g_str_equal(g_action_get_name(G_ACTION(action)), "toggle-left");
    AdwFlap *flap = left ? self->left : self->right;

    _umk_app_window_close_menus(self);
    _umk_app_window_reveal(flap, !adw_flap_get_reveal_flap(flap));
    if (adw_flap_get_reveal_flap(flap) && adw_flap_get_folded(flap))
        gtk_widget_child_focus(adw_flap_get_flap(flap), GTK_DIR_TAB_FORWARD);
    else if (gtk_window_get_focus(GTK_WINDOW(self)) == NULL)
        gtk_widget_grab_focus(GTK_WIDGET(self->map));
}

/* Where the panels lie over the map, the one with the list makes way for the item that
 * was chosen in it. */
void
_umk_app_window_make_way(UmkAppWindow *self)
{
    if (!adw_flap_get_folded(self->left) || !adw_flap_get_reveal_flap(self->left))
        return;
    _umk_app_window_reveal(self->left, FALSE);
    _umk_app_window_reveal(self->right, TRUE);
    gtk_widget_child_focus(adw_flap_get_flap(self->right), GTK_DIR_TAB_FORWARD);
}

static void
show_state(UmkAppWindow *self, AdwFlap *flap)
{
    const char *name = flap == self->left ? "toggle-left" : "toggle-right";
    GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), name);

    g_simple_action_set_state(G_SIMPLE_ACTION(action),
                              g_variant_new_boolean(adw_flap_get_reveal_flap(flap)));
}

static void
reveal_changed(AdwFlap *flap, GParamSpec *unused, UmkAppWindow *self)
{
    show_state(self, flap);
}

/* What the map would lie under goes, and comes back when there is room for both. */
static void
fold_changed(AdwFlap *flap, GParamSpec *unused, UmkAppWindow *self)
{
    gboolean *wanted = flap == self->left ? &self->left_wanted : &self->right_wanted;

    if (adw_flap_get_folded(flap)) {
        *wanted = adw_flap_get_reveal_flap(flap);
        _umk_app_window_reveal(flap, FALSE);
    } else if (*wanted)
        _umk_app_window_reveal(flap, TRUE);
}

/* A switch of pages is no wider than its panel, however large the text. */
static void
cut_labels(GtkWidget *widget)
{
    if (GTK_IS_LABEL(widget))
        gtk_label_set_ellipsize(GTK_LABEL(widget), PANGO_ELLIPSIZE_END);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        cut_labels(child);
}

/* What a button or a heading says goes on two lines before it widens its panel; a choice
 * that is shown is cut. */
static void
wrap_labels(GtkWidget *widget, gboolean button)
{
    if (GTK_IS_DROP_DOWN(widget))
        cut_labels(gtk_widget_get_first_child(widget));
    if (GTK_IS_DROP_DOWN(widget) || GTK_IS_TOGGLE_BUTTON(widget))
        return;
    button |= GTK_IS_BUTTON(widget) || GTK_IS_CHECK_BUTTON(widget) ||
              GTK_IS_EXPANDER(widget) || ADW_IS_STATUS_PAGE(widget) ||
              gtk_widget_has_css_class(widget, "heading");
    if (button && GTK_IS_LABEL(widget) &&
        gtk_label_get_ellipsize(GTK_LABEL(widget)) == PANGO_ELLIPSIZE_NONE) {
        gtk_label_set_wrap(GTK_LABEL(widget), TRUE);
        if (GTK_IS_BUTTON(gtk_widget_get_parent(widget)))
            gtk_label_set_justify(GTK_LABEL(widget), GTK_JUSTIFY_CENTER);
    }
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        wrap_labels(child, button);
}

/* Large text gets what the narrowest window can give. */
static void
set_widths(UmkAppWindow *self)
{
    int dpi = -1;
    gboolean large;

    g_object_get(gtk_widget_get_settings(GTK_WIDGET(self)), "gtk-xft-dpi", &dpi, NULL);
    large = dpi > 1.25 * 96 * 1024;
    gtk_widget_set_size_request(adw_flap_get_flap(self->left), large ? 330 : 290, -1);
    gtk_widget_set_size_request(adw_flap_get_flap(self->right), 330, -1);
}

void
_umk_app_window_init_flaps(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {
        {"toggle-left", toggle_action, NULL, "true"},
        {"toggle-right", toggle_action, NULL, "true"},
    };
    AdwFlap *const flaps[] = {self->left, self->right};

    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    for (guint i = 0; i < G_N_ELEMENTS(flaps); i++) {
        g_signal_connect_object(flaps[i], "notify::reveal-flap",
                                G_CALLBACK(reveal_changed), self, 0);
        g_signal_connect_object(flaps[i], "notify::folded", G_CALLBACK(fold_changed),
                                self, 0);
        show_state(self, flaps[i]);
    }
    set_widths(self);
    g_signal_connect_object(gtk_widget_get_settings(GTK_WIDGET(self)),
                            "notify::gtk-xft-dpi", G_CALLBACK(set_widths), self,
                            G_CONNECT_SWAPPED);
    cut_labels(self->left_stacked);
    cut_labels(self->right_stacked);
    wrap_labels(GTK_WIDGET(self->stack), FALSE);
}
