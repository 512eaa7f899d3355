/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How small the window can be: as narrow as a telephone, whatever its panels show, in
 * twice the text and from right to left; and that panels make room and come back. */
#include "flow.h"

#define NARROWEST 360

/* What is widest inside, so that a failure says where to look. */
static void
name_widest(GtkWidget *widget, int limit)
{
    int minimum;

    gtk_widget_measure(widget, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                       NULL);
    if (!gtk_widget_get_visible(widget) || minimum <= limit)
        return;
    g_test_message("%s %s is %d wide", G_OBJECT_TYPE_NAME(widget),
                   GTK_IS_LABEL(widget) ? gtk_label_get_text(GTK_LABEL(widget)) : "",
                   minimum);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        name_widest(child, limit);
}

static void
check_width(UmkAppWindow *window, const char *where)
{
    int minimum;

    gtk_widget_measure(GTK_WIDGET(window), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL,
                       NULL, NULL);
    if (minimum > NARROWEST) {
        g_test_message("%s: %d", where, minimum);
        name_widest(GTK_WIDGET(window), 320);
    }
    g_assert_cmpint(minimum, <=, NARROWEST);
}

static void
check_pages(UmkAppWindow *window)
{
    static const char *const left[] = {"drawn", "items"};
    static const char *const right[] = {"item", "neighbours", "selection"};

    for (gsize i = 0; i < G_N_ELEMENTS(left); i++) {
        gtk_stack_set_visible_child_name(window->left_pages, left[i]);
        flow_spin(0.1);
        check_width(window, left[i]);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(right); i++) {
        gtk_stack_set_visible_child_name(window->right_pages, right[i]);
        flow_spin(0.1);
        check_width(window, right[i]);
    }
}

static void
check_all(void)
{
    UmkAppWindow *window = flow_make_window();
    g_autofree char *path = flow_path("fixture.ume");
    g_autoptr(UmkAppRows) rows = NULL;
    static const guint32 few[] = {1, 2, 3, 5, 8};

    flow_spin(0.2);
    check_width(window, "welcome");
    flow_close(window);
    window = flow_make_window();
    umk_app_window_open_path(window, path);
    for (guint i = 0; i < 300; i++) {
        check_width(window, "opening");
        flow_spin(0.005);
    }
    WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
    check_pages(window);
    rows = umk_app_rows_new(umk_app_source_get_n_items(window->source), few,
                            G_N_ELEMENTS(few));
    umk_app_scene_set_selection(window->scene, rows, NULL);
    gtk_editable_set_text(GTK_EDITABLE(window->search), "/a/");
    for (guint32 row = 0; row < 5; row++) {
        _umk_app_window_inspect(window, row);
        flow_spin(0.6);
        check_pages(window);
    }
    umk_app_projector_set_method(window->projector, "axes");
    flow_spin(0.2);
    check_width(window, "axes");
    flow_act(window, "audit", NULL);
    flow_spin(0.3);
    check_width(window, "audit");
    flow_close(window);
}

static void
test_narrow(void)
{
    check_all();
}

static void
test_large_text(void)
{
    int dpi;

    g_object_get(gtk_settings_get_default(), "gtk-xft-dpi", &dpi, NULL);
    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 2 * 96 * 1024, NULL);
    check_all();
    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", dpi, NULL);
}

static void
test_right_to_left(void)
{
    gtk_widget_set_default_direction(GTK_TEXT_DIR_RTL);
    check_all();
    gtk_widget_set_default_direction(GTK_TEXT_DIR_LTR);
}

static GtkWidget *
find_flow_box(GtkWidget *widget)
{
    GtkWidget *found = GTK_IS_FLOW_BOX(widget) ? widget : NULL;

    for (GtkWidget *child = gtk_widget_get_first_child(widget);
         child != NULL && found == NULL; child = gtk_widget_get_next_sibling(child))
        found = find_flow_box(child);
    return found;
}

static void
resize(UmkAppWindow *window, int width)
{
    gtk_window_set_default_size(GTK_WINDOW(window), width, 700);
    WAIT_FOR(ABS(gtk_widget_get_width(GTK_WIDGET(window)) - width) < 40);
    flow_spin(0.4);
}

/* In a narrow window a panel lies over the map, and goes when the window narrows. */
static void
test_panels(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    g_autoptr(UmkAppRow) first = NULL;

    resize(window, 1300);
    g_assert_true(adw_flap_get_reveal_flap(window->left));
    g_assert_true(adw_flap_get_reveal_flap(window->right));
    g_assert_cmpint(gtk_widget_get_width(adw_flap_get_flap(window->left)), <=, 300);
    g_assert_cmpint(gtk_widget_get_width(adw_flap_get_flap(window->right)), <=, 340);
    resize(window, NARROWEST);
    g_assert_true(adw_flap_get_folded(window->left));
    g_assert_false(adw_flap_get_reveal_flap(window->left));
    g_assert_false(adw_flap_get_reveal_flap(window->right));
    flow_act(window, "toggle-right", NULL);
    g_assert_true(adw_flap_get_reveal_flap(window->right));
    flow_act(window, "toggle-right", NULL);
    g_assert_false(adw_flap_get_reveal_flap(window->right));
    /* what is chosen in the list is seen, where only one of them has room */
    flow_act(window, "toggle-left", NULL);
    g_assert_true(gtk_widget_is_ancestor(gtk_window_get_focus(GTK_WINDOW(window)),
                                         adw_flap_get_flap(window->left)));
    first = g_list_model_get_item(window->all_items, 0);
    g_signal_emit_by_name(window->list, "chosen", first);
    g_assert_false(adw_flap_get_reveal_flap(window->left));
    g_assert_true(adw_flap_get_reveal_flap(window->right));
    g_assert_cmpuint(umk_app_map_get_selected(window->map), ==, 0);
    flow_act(window, "toggle-right", NULL);
    resize(window, 1300);
    g_assert_true(adw_flap_get_reveal_flap(window->left));
    g_assert_true(adw_flap_get_reveal_flap(window->right));
    flow_close(window);
}

/* No label that is seen below the widget is cut. */
static void
check_whole(GtkWidget *widget)
{
    if (GTK_IS_LABEL(widget) && gtk_widget_get_mapped(widget)) {
        PangoLayout *layout = gtk_label_get_layout(GTK_LABEL(widget));
        int height;

        pango_layout_get_pixel_size(layout, NULL, &height);
        if (pango_layout_is_ellipsized(layout) || gtk_widget_get_height(widget) < height)
            g_test_message("%s is cut: %d by %d", gtk_label_get_text(GTK_LABEL(widget)),
                           gtk_widget_get_width(widget), gtk_widget_get_height(widget));
        g_assert_false(pango_layout_is_ellipsized(layout));
        g_assert_cmpint(gtk_widget_get_height(widget), >=, height);
    }
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        check_whole(child);
}

/* In twice the text the pages of a panel are named whole, and the line below the map has
 * the room that it takes. */
static void
test_large_labels(void)
{
    UmkAppWindow *window;

    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 2 * 96 * 1024, NULL);
    window = flow_open("fixture.ume");
    resize(window, 1300);
    WAIT_FOR(umk_app_status_get_truth(window->status_line) != NULL);
    flow_spin(0.4);
    check_whole(gtk_widget_get_parent(window->right_stacked));
    check_whole(gtk_widget_get_parent(window->left_stacked));
    check_whole(GTK_WIDGET(window->status));
    flow_close(window);
    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 96 * 1024, NULL);
}

/* The two buttons of the first page stand side by side where there is room. */
static void
test_welcome(void)
{
    static const int widths[] = {900, NARROWEST};

    for (gsize i = 0; i < G_N_ELEMENTS(widths); i++) {
        UmkAppWindow *window = flow_make_window();
        GtkWidget *box, *second;
        graphene_rect_t a, b;

        resize(window, widths[i]);
        box = find_flow_box(GTK_WIDGET(window->welcome));
        g_assert_nonnull(box);
        second = GTK_WIDGET(gtk_flow_box_get_child_at_index(GTK_FLOW_BOX(box), 1));
        g_assert_true(gtk_widget_compute_bounds(
            GTK_WIDGET(gtk_flow_box_get_child_at_index(GTK_FLOW_BOX(box), 0)), box, &a));
        g_assert_true(gtk_widget_compute_bounds(second, box, &b));
        g_assert_true((a.origin.y == b.origin.y) == (i == 0));
        flow_close(window);
    }
}

/* However fast the buttons are pressed, with panels that slide: no width that is no
 * number, which would be a warning. */
static void
test_quick_toggles(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");

    for (guint i = 0; i < 60; i++) {
        g_signal_emit_by_name(i % 3 ? window->left_button : window->right_button,
                              "clicked");
        flow_spin(i % 5 * 0.004);
    }
    g_assert_true(gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(window->left_button)) ==
                  adw_flap_get_reveal_flap(window->left));
    flow_spin(0.3);
    flow_close(window);
}

/* Every page of the keys, in small and in large: a warning if there are too many. */
static void
test_keys(void)
{
    static const char *const sections[] = {"shortcuts", "search", "map", "audit"};

    for (guint size = 1; size <= 2; size++) {
        UmkAppWindow *window = flow_make_window();
        GtkShortcutsWindow *keys;

        g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", (int) size * 96 * 1024,
                     NULL);
        gtk_window_set_default_size(GTK_WINDOW(window), 500, 400);
        flow_act(window, "show-help-overlay", NULL);
        keys = gtk_application_window_get_help_overlay(GTK_APPLICATION_WINDOW(window));
        g_assert_nonnull(keys);
        for (gsize i = 0; i < G_N_ELEMENTS(sections); i++) {
            g_object_set(keys, "section-name", sections[i], NULL);
            flow_spin(0.4);
        }
        gtk_window_close(GTK_WINDOW(keys));
        flow_close(window);
    }
    g_object_set(gtk_settings_get_default(), "gtk-xft-dpi", 96 * 1024, NULL);
}

int
main(int argc, char **argv)
{
    flow_start(&argc, &argv);
    g_test_add_func("/sizes/narrow", test_narrow);
    g_test_add_func("/sizes/large-text", test_large_text);
    g_test_add_func("/sizes/right-to-left", test_right_to_left);
    g_test_add_func("/sizes/panels", test_panels);
    g_test_add_func("/sizes/large-labels", test_large_labels);
    g_test_add_func("/sizes/welcome", test_welcome);
    g_test_add_func("/sizes/quick-toggles", test_quick_toggles);
    g_test_add_func("/sizes/keys", test_keys);
    return flow_run();
}
