/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies over the points of the map and what a hand can do there: tools, the algebra
 * of the selection, names, pictures, lines, the minimap, dragging out. */
#include "fixture.h"

#include "umk-app-application.h"
#include "umk-app-edges.h"
#include "umk-app-map-parts.h"
#include "umk-app-naming.h"
#include "umk-app-row.h"
#include "umk-app-truth.h"
#include "umk-app-window-parts.h"

#include <glib/gstdio.h>
#include <string.h>

#define PATIENCE 60.0 /* seconds */
#define N_NODES  40u
#define DIMS     32u

static GtkApplication *application;
static char *folder;

static void
spin(double seconds)
{
    g_autoptr(GTimer) timer = g_timer_new();

    while (g_timer_elapsed(timer, NULL) < seconds)
        if (!g_main_context_iteration(NULL, FALSE))
            g_usleep(2000);
}

#define WAIT_FOR(condition)                                                              \
    G_STMT_START                                                                         \
    {                                                                                    \
        g_autoptr(GTimer) timer_ = g_timer_new();                                        \
        while (!(condition) && g_timer_elapsed(timer_, NULL) < PATIENCE)                 \
            if (!g_main_context_iteration(NULL, FALSE))                                  \
                g_usleep(2000);                                                          \
        g_assert_true(condition);                                                        \
    }                                                                                    \
    G_STMT_END

static UmkAppWindow *
open_window(void)
{
    g_autofree char *path = g_build_filename(folder, "fixture.ume", NULL);
    UmkAppWindow *window = umk_app_window_new(application);

    gtk_window_present(GTK_WINDOW(window));
    umk_app_window_open_path(window, path);
    WAIT_FOR(window->source != NULL && umk_app_map_get_n_frames(window->map) > 0);
    return window;
}

static void
close_window(UmkAppWindow *window)
{
    gtk_window_close(GTK_WINDOW(window));
    WAIT_FOR(gtk_application_get_windows(application) == NULL);
    spin(0.05);
}

static void
act(UmkAppWindow *window, const char *name, GVariant *parameter)
{
    GActionGroup *group = umk_app_map_get_actions(window->map);

    g_assert_true(g_action_group_get_action_enabled(group, name));
    g_action_group_activate_action(group, name, parameter);
}

static void
set_look(UmkAppWindow *window, const char *name, gboolean on)
{
    g_action_group_change_action_state(umk_app_map_get_actions(window->map), name,
                                       g_variant_new_boolean(on));
}

static gsize
n_chosen(UmkAppWindow *window)
{
    return umk_app_rows_get_n_chosen(umk_app_scene_get_selection(window->scene));
}

/* Whether a part of the description that people hear is this. */
static gboolean
tells(GtkWidget *widget, const char *words)
{
    g_autofree char *text = gtk_test_accessible_check_property(
        GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "?");

    return text != NULL && strstr(text, words) != NULL;
}

/* Draws about a part of the map, as a drag would. */
static void
draw(UmkAppWindow *window,
     UmkAppTool tool,
     double left,
     double top,
     double right,
     double bottom,
     GdkModifierType keys)
{
    UmkAppMap *map = window->map;
    double w = map->view.width, h = map->view.height;

    umk_app_map_set_tool(map, tool);
    _umk_app_map_tool_begin(map, left * w, top * h, keys);
    if (tool == UMK_APP_TOOL_LASSO) {
        _umk_app_map_tool_update(map, right * w, top * h);
        _umk_app_map_tool_update(map, right * w, bottom * h);
        _umk_app_map_tool_update(map, left * w, bottom * h);
    } else {
        _umk_app_map_tool_update(map, right * w, bottom * h);
    }
    spin(0.05);
    _umk_app_map_tool_end(map, keys);
    _umk_app_map_tool_cancel(map);
}

static void
test_tools(void)
{
    UmkAppWindow *window = open_window();
    gsize all = window->map->points->n_points, left, right;

    g_assert_cmpint(umk_app_map_get_tool(window->map), ==, UMK_APP_TOOL_PAN);
    g_assert_false(gtk_widget_get_visible(window->chosen));
    draw(window, UMK_APP_TOOL_LASSO, 0, 0, 1, 1, 0);
    g_assert_cmpuint(n_chosen(window), ==, all);
    g_assert_true(gtk_widget_get_visible(window->chosen));
    draw(window, UMK_APP_TOOL_BOX, 0, 0, 0.5, 1, 0);
    left = n_chosen(window);
    g_assert_cmpuint(left, >, 0);
    g_assert_cmpuint(left, <, all);
    draw(window, UMK_APP_TOOL_BOX, 0.5, 0, 1, 1, 0);
    right = n_chosen(window);
    g_assert_cmpuint(left + right, ==, all);
    draw(window, UMK_APP_TOOL_LASSO, 0, 0, 0.5, 1, GDK_SHIFT_MASK);
    g_assert_cmpuint(n_chosen(window), ==, all);
    draw(window, UMK_APP_TOOL_BOX, 0, 0, 0.5, 1, GDK_CONTROL_MASK);
    g_assert_cmpuint(n_chosen(window), ==, right);
    draw(window, UMK_APP_TOOL_BOX, 0, 0, 0.5, 1, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
    g_assert_cmpuint(n_chosen(window), ==, 0);
    /* what the button says holds where no key is held */
    act(window, "combine", g_variant_new_string("add"));
    draw(window, UMK_APP_TOOL_BOX, 0, 0, 0.5, 1, 0);
    draw(window, UMK_APP_TOOL_BOX, 0.5, 0, 1, 1, 0);
    g_assert_cmpuint(n_chosen(window), ==, all);
    act(window, "tool", g_variant_new_string("pan"));
    g_assert_cmpint(umk_app_map_get_tool(window->map), ==, UMK_APP_TOOL_PAN);
    g_assert_cmpuint(window->map->outline->len, ==, 0);
    close_window(window);
}

/* A stroke with the brush: shown while it is drawn, one step when it ends. */
static void
stroke(UmkAppWindow *window, double from, double to, GdkModifierType keys)
{
    double w = window->map->view.width, h = window->map->view.height;

    _umk_app_map_tool_begin(window->map, from * w, h / 2, keys);
    for (guint i = 1; i <= 8; i++)
        _umk_app_map_tool_update(window->map, (from + (to - from) * i / 8) * w, h / 2);
    spin(0.02);
}

static void
end_stroke(UmkAppWindow *window)
{
    _umk_app_map_tool_end(window->map, 0);
    _umk_app_map_tool_cancel(window->map);
}

static void
test_brush(void)
{
    UmkAppWindow *window = open_window();
    UmkAppMap *map = window->map;
    gsize all = map->points->n_points, left;

    act(window, "tool", g_variant_new_string("brush"));
    g_assert_cmpint(umk_app_map_get_combine(map), ==, UMK_APP_COMBINE_ADD);
    umk_app_map_set_brush_size(map, 1000);
    g_assert_cmpfloat(umk_app_map_get_brush_size(map), ==, 200);
    stroke(window, 0, 0.3, 0);
    /* nobody but the map knows yet */
    g_assert_nonnull(map->painted);
    g_assert_cmpuint(n_chosen(window), ==, 0);
    g_assert_cmpuint(map->looks->n_marked, ==, umk_app_rows_get_n_chosen(map->painted));
    end_stroke(window);
    left = n_chosen(window);
    g_assert_cmpuint(left, >, 0);
    g_assert_cmpuint(left, <, all);
    /* it adds, and each stroke is a step of its own, however soon it follows */
    map->brush_size = map->view.height; /* over everything */
    stroke(window, 0, 1, 0);
    end_stroke(window);
    g_assert_cmpuint(n_chosen(window), ==, all);
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_chosen(window), ==, left);
    umk_app_scene_redo(window->scene);
    map->brush_size = 200;
    stroke(window, 0, 0.3, GDK_CONTROL_MASK);
    end_stroke(window);
    g_assert_cmpuint(n_chosen(window), ==, all - left);
    stroke(window, 0, 0.3, GDK_CONTROL_MASK | GDK_SHIFT_MASK);
    end_stroke(window);
    g_assert_cmpuint(n_chosen(window), ==, 0);
    /* let go in the middle of it: nothing was chosen, and the map shows so */
    stroke(window, 0, 1, 0);
    _umk_app_map_tool_cancel(map);
    g_assert_null(map->painted);
    g_assert_cmpuint(n_chosen(window), ==, 0);
    g_assert_cmpuint(map->looks->n_marked, ==, 0);
    /* the other tools have their own way */
    act(window, "tool", g_variant_new_string("lasso"));
    g_assert_cmpint(umk_app_map_get_combine(map), ==, UMK_APP_COMBINE_REPLACE);
    close_window(window);
}

/* By keys: a dab about the cursor, and another size. */
static void
test_brush_keys(void)
{
    UmkAppWindow *window = open_window();
    UmkAppMap *map = window->map;
    GActionGroup *group = umk_app_map_get_actions(map);
    g_autoptr(GVariant) size = NULL;

    act(window, "tool", g_variant_new_string("brush"));
    g_action_group_change_action_state(group, "brush-size", g_variant_new_double(60));
    g_assert_cmpfloat(umk_app_map_get_brush_size(map), ==, 60);
    g_assert_false(_umk_app_map_brush_dab(map)); /* the cursor is nowhere */
    _umk_app_map_set_cursor(map, 3);
    g_assert_true(_umk_app_map_brush_dab(map));
    g_assert_true(umk_app_rows_contains(umk_app_scene_get_selection(window->scene), 3));
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_chosen(window), ==, 0);
    umk_app_map_set_brush_size(map, 1);
    size = g_action_group_get_action_state(group, "brush-size");
    g_assert_cmpfloat(g_variant_get_double(size), ==, 4);
    /* another collection in the middle of a stroke */
    umk_app_map_set_brush_size(map, 200);
    stroke(window, 0, 1, 0);
    umk_app_scene_set_source(window->scene, NULL);
    g_assert_null(map->stroke);
    end_stroke(window);
    close_window(window);
}

/* Every change is a step back, and only what is drawn and kept can be chosen. */
static void
test_algebra(void)
{
    UmkAppWindow *window = open_window();
    gsize all = window->map->points->n_points,
          n = umk_app_source_get_n_items(window->source);
    const guint32 some[] = {0, 7, 14};
    g_autoptr(UmkAppRows) kept = umk_app_rows_new(n, some, G_N_ELEMENTS(some));
    g_autoptr(UmkAppFilter) filter =
        umk_app_filter_with(umk_app_scene_get_filter(window->scene), "layer", NULL, kept);

    g_assert_false(g_action_group_get_action_enabled(umk_app_map_get_actions(window->map),
                                                     "select-none"));
    umk_app_map_select(window->map, some, 2, UMK_APP_COMBINE_REPLACE, "Select");
    act(window, "select-invert", NULL);
    g_assert_cmpuint(n_chosen(window), ==, all - 2);
    act(window, "select-all", NULL);
    g_assert_cmpuint(n_chosen(window), ==, all);
    act(window, "select-none", NULL);
    g_assert_cmpuint(n_chosen(window), ==, 0);
    for (gsize back = 0; back < 3; back++)
        umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_chosen(window), ==, 2);
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_chosen(window), ==, 0);
    umk_app_scene_redo(window->scene);
    g_assert_cmpuint(n_chosen(window), ==, 2);
    umk_app_scene_set_filter(window->scene, filter, NULL);
    act(window, "select-all", NULL);
    g_assert_cmpuint(n_chosen(window), ==, 3);
    draw(window, UMK_APP_TOOL_LASSO, 0, 0, 1, 1, 0);
    g_assert_cmpuint(n_chosen(window), ==, 3);
    close_window(window);
}

static void
test_grow(void)
{
    UmkAppWindow *window = open_window();
    const guint32 one[] = {3};

    umk_app_map_select(window->map, one, 1, UMK_APP_COMBINE_REPLACE, "Select");
    act(window, "select-grow", NULL);
    g_assert_cmpuint(umk_app_job_bar_get_n_jobs(window->jobs), >=, 1);
    WAIT_FOR(window->map->growing == NULL);
    WAIT_FOR(umk_app_job_bar_get_n_jobs(window->jobs) == 0);
    g_assert_cmpuint(n_chosen(window), >, 3);
    g_assert_true(
        umk_app_rows_contains(umk_app_scene_get_selection(window->scene), one[0]));
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_chosen(window), ==, 1);
    /* closing in the middle of it */
    act(window, "select-all", NULL);
    act(window, "select-grow", NULL);
    close_window(window);
}

static void
test_keyboard(void)
{
    UmkAppWindow *window = open_window();
    UmkAppMap *map = window->map;
    guint32 first;

    g_assert_true(_umk_app_map_extend(map, UMK_APP_RIGHT));
    first = umk_app_map_get_cursor(map);
    g_assert_cmpuint(n_chosen(window), ==, 1);
    g_assert_true(_umk_app_map_extend(map, UMK_APP_UP));
    g_assert_cmpuint(n_chosen(window), ==, 2);
    g_assert_true(_umk_app_map_extend(map, UMK_APP_UP));
    g_assert_cmpuint(n_chosen(window), ==, 3);
    _umk_app_map_select_clicked(map, first, UMK_APP_COMBINE_REMOVE);
    g_assert_cmpuint(n_chosen(window), ==, 2);
    _umk_app_map_select_clicked(map, first, UMK_APP_COMBINE_REMOVE);
    g_assert_cmpuint(n_chosen(window), ==, 3);
    g_assert_true(tells(GTK_WIDGET(map), "3 items are selected"));
    close_window(window);
}

/* By a plain search over all. */
static guint32
find_nearest(const UmkAppPoints *points, guint32 from)
{
    double x, y, z, best = G_MAXDOUBLE;
    guint32 found = UMK_APP_NO_ROW;

    umk_app_points_get(points, points->by_row[from], &x, &y, &z);
    for (gsize i = 0; i < points->n_points; i++) {
        double px, py, d;

        umk_app_points_get(points, i, &px, &py, &z);
        d = (px - x) * (px - x) + (py - y) * (py - y);
        if (points->row[i] != from && d < best) {
            best = d;
            found = points->row[i];
        }
    }
    return found;
}

/* What lies about the cursor can be read as a list. */
static void
test_near(void)
{
    UmkAppWindow *window = open_window();
    g_autoptr(GListStore) rows = NULL;
    g_autoptr(GListStore) all = NULL;

    umk_app_map_move_cursor(window->map, UMK_APP_RIGHT);
    rows = umk_app_map_list_near(window->map, 30);
    g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(rows)), ==, 30);
    for (guint i = 0; i < 2; i++) {
        g_autoptr(UmkAppRow) row = g_list_model_get_item(G_LIST_MODEL(rows), i);
        guint32 cursor = umk_app_map_get_cursor(window->map);

        g_assert_cmpuint(umk_app_row_get_row(row), ==,
                         i == 0 ? cursor : find_nearest(window->map->points, cursor));
    }
    all = umk_app_map_list_near(window->map, 100000);
    g_assert_cmpuint(g_list_model_get_n_items(G_LIST_MODEL(all)), ==,
                     window->map->points->n_points);
    g_action_group_activate_action(G_ACTION_GROUP(window), "list-near", NULL);
    WAIT_FOR(gtk_widget_get_mapped(window->near));
    spin(0.3);
    gtk_popover_popdown(GTK_POPOVER(window->near));
    close_window(window);
}

/* Neighbours of one item, nearest first, and back to it. */
static void
test_walk(void)
{
    UmkAppWindow *window = open_window();
    UmkAppMap *map = window->map;
    guint32 second;

    g_assert_false(_umk_app_map_walk(map, 1));
    _umk_app_window_inspect(window, 5);
    g_assert_false(_umk_app_map_walk(map, -1));
    g_assert_true(_umk_app_map_walk(map, 1));
    WAIT_FOR(map->asking_ring == NULL);
    second = umk_app_map_get_selected(map);
    g_assert_cmpuint(second, !=, 5);
    g_assert_true(_umk_app_map_walk(map, 1));
    g_assert_cmpuint(umk_app_map_get_selected(map), !=, second);
    g_assert_true(_umk_app_map_walk(map, -1));
    g_assert_cmpuint(umk_app_map_get_selected(map), ==, second);
    g_assert_true(_umk_app_map_walk(map, -1));
    g_assert_cmpuint(umk_app_map_get_selected(map), ==, 5);
    g_assert_false(_umk_app_map_walk(map, -1));
    close_window(window);
}

static void
test_context(void)
{
    UmkAppWindow *window = open_window();
    const guint32 some[] = {0, 7, 14};
    gsize all = window->map->points->n_points;

    umk_app_map_select(window->map, some, 3, UMK_APP_COMBINE_REPLACE, "Select");
    g_assert_cmpuint(window->map->looks->n_hidden, ==, 0);
    set_look(window, "look-context", FALSE);
    g_assert_cmpuint(window->map->looks->n_hidden, ==, all - 3);
    act(window, "select-none", NULL);
    g_assert_cmpuint(window->map->looks->n_hidden, ==, 0);
    umk_app_scene_undo(window->scene);
    umk_app_scene_undo(window->scene);
    g_assert_true(umk_app_scene_get_look(window->scene)->context);
    g_assert_cmpuint(window->map->looks->n_hidden, ==, 0);
    close_window(window);
}

/* ---- names ---------------------------------------------------------------------------
 */

static void
assert_apart(const GArray *boxes)
{
    for (guint i = 0; i < boxes->len; i++)
        for (guint k = i + 1; k < boxes->len; k++)
            g_assert_false(graphene_rect_intersection(
                &g_array_index(boxes, graphene_rect_t, i),
                &g_array_index(boxes, graphene_rect_t, k), NULL));
}

static void
test_names(void)
{
    UmkAppWindow *window = open_window();
    UmkAppMap *map = window->map;
    UmkAppMapSpots *names = _umk_app_map_names_get_spots(map->names);
    g_autoptr(UmkAppLayout) before = NULL, other = NULL;
    guint coarse;

    WAIT_FOR(_umk_app_map_spots_get_n(names, 1) > 0);
    WAIT_FOR(_umk_app_map_spots_get_shown(names)->len > 0);
    WAIT_FOR(_umk_app_map_spots_get_n(names, 0) >= 3);
    WAIT_FOR(_umk_app_map_spots_get_n(names, 1) > _umk_app_map_spots_get_n(names, 0));
    spin(0.6);
    coarse = _umk_app_map_spots_get_shown(names)->len;
    g_assert_cmpuint(coarse, >, 0);
    g_assert_cmpuint(coarse, <=, _umk_app_map_spots_get_n(names, 0));
    assert_apart(_umk_app_map_spots_get_shown(names));
    umk_app_map_zoom(map, 4);
    spin(0.6);
    WAIT_FOR(_umk_app_map_spots_get_shown(names)->len > 0);
    assert_apart(_umk_app_map_spots_get_shown(names));
    umk_app_map_fit(map);
    spin(0.6);
    WAIT_FOR(_umk_app_map_spots_get_shown(names)->len == coarse);
    set_look(window, "look-labels", FALSE);
    WAIT_FOR(_umk_app_map_spots_get_shown(names)->len == 0);
    umk_app_scene_undo(window->scene);
    spin(0.6);
    WAIT_FOR(_umk_app_map_spots_get_shown(names)->len == coarse);
    /* names of one layout are not seen on another, and come back with theirs */
    before = umk_app_layout_ref(umk_app_scene_get_layout(window->scene));
    other = umk_app_layout_new("columns", "Columns", before->coords, before->rows,
                               umk_app_source_get_n_items(window->source));
    umk_app_scene_set_layout(window->scene, other, NULL);
    g_assert_cmpuint(_umk_app_map_spots_get_n(names, 0), ==, 0);
    umk_app_scene_set_layout(window->scene, before, NULL);
    g_assert_cmpuint(_umk_app_map_spots_get_n(names, 0), >=, coarse);
    close_window(window);
}

static void
keep_result(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    g_assert_no_error(error);
    g_object_set_data(owner, "result", result);
}

static guint
count_japanese(UmkAppWindow *window, const char *language)
{
    g_autoptr(UmkAppNaming) naming = NULL;
    g_autoptr(GTimer) timer = g_timer_new();
    g_autoptr(UmkAppJob) job =
        umk_app_naming_find(window->source, umk_app_scene_get_layout(window->scene),
                            language, keep_result, G_OBJECT(window));
    guint n = 0;

    WAIT_FOR(g_object_get_data(G_OBJECT(window), "result") != NULL);
    naming = g_object_steal_data(G_OBJECT(window), "result");
    g_test_message("named in %.2f s", g_timer_elapsed(timer, NULL));
    for (guint i = 0; i < naming->levels[1]->len; i++) {
        const char *text = g_array_index(naming->levels[1], UmkAppCrowd, i).text;

        for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
            if (g_utf8_get_char(p) >= 0x3041) {
                n++;
                break;
            }
    }
    g_assert_cmpuint(naming->levels[1]->len, >, 5);
    return 100 * n / naming->levels[1]->len;
}

/* Crowds of words in both scripts are named in the reader's. */
static void
test_language(void)
{
    UmkAppWindow *window = open_window();

    g_assert_cmpuint(count_japanese(window, "ja_JP"), >, 50);
    g_assert_cmpuint(count_japanese(window, "en"), <, 30);
    close_window(window);
}

/* ---- pictures, lines, minimap --------------------------------------------------------
 */

static void
test_pictures(void)
{
    UmkAppWindow *window = open_window();
    UmkAppMap *map = window->map;
    guint32 row = 0;
    float x, y;

    while (umk_app_source_get_modality(window->source, row) != UMK_MODALITY_IMAGE)
        row++;
    g_assert_cmpuint(_umk_app_map_pictures_get_n_shown(map->pictures), ==, 0);
    g_assert_true(umk_app_points_find(map->points, row, &x, &y));
    umk_app_map_zoom(map, 30);
    umk_app_map_centre_on(map, (double) x, (double) y);
    WAIT_FOR(_umk_app_map_pictures_get_n_shown(map->pictures) > 0);
    set_look(window, "look-thumbnails", FALSE);
    WAIT_FOR(_umk_app_map_pictures_get_n_shown(map->pictures) == 0);
    umk_app_scene_undo(window->scene);
    WAIT_FOR(_umk_app_map_pictures_get_n_shown(map->pictures) > 0);
    close_window(window);
}

/* The nodes g#0, g#1, … are a ring. */
static void
test_edges(void)
{
    UmkAppWindow *window = open_window();
    UmkAppMap *map = window->map;
    UmkCollection *collection = umk_app_source_get_collection(window->source);
    guint32 rows[3];

    for (guint i = 0; i < 3; i++) {
        g_autofree char *id = g_strdup_printf("g#%u", i);
        gsize row;

        g_assert_true(umk_collection_find(collection, id, &row));
        rows[i] = (guint32) row;
    }
    g_assert_cmpuint(_umk_app_map_links_get_n_edges(map->links), ==, 0);
    umk_app_map_select(map, rows, 1, UMK_APP_COMBINE_REPLACE, "Select");
    WAIT_FOR(_umk_app_map_links_get_n_edges(map->links) > 0);
    g_assert_cmpuint(_umk_app_map_links_get_n_edges(map->links), ==, 2);
    umk_app_map_select(map, rows, 3, UMK_APP_COMBINE_ADD, "Select");
    g_assert_cmpuint(_umk_app_map_links_get_n_edges(map->links), ==, 4);
    set_look(window, "look-edges", FALSE);
    g_assert_cmpuint(_umk_app_map_links_get_n_edges(map->links), ==, 0);
    close_window(window);
}

/* By a plain count over all points. */
static gboolean
is_kept(const UmkAppPoints *points, guint32 from, guint32 to, guint k)
{
    guint nearer = 0;
    double x, y, z, tx, ty, limit;

    umk_app_points_get(points, points->by_row[from], &x, &y, &z);
    umk_app_points_get(points, points->by_row[to], &tx, &ty, &z);
    limit = (tx - x) * (tx - x) + (ty - y) * (ty - y);
    for (gsize i = 0; i < points->n_points; i++) {
        double px, py, d;

        umk_app_points_get(points, i, &px, &py, &z);
        d = (px - x) * (px - x) + (py - y) * (py - y);
        nearer += d < limit && points->row[i] != from;
    }
    return nearer < k;
}

static void
test_truth(void)
{
    UmkAppWindow *window = open_window();
    UmkAppMap *map = window->map;
    guint n_lost, n_kept = 0;

    for (guint32 to = 1; to < map->points->n_rows; to++) {
        gboolean kept = umk_app_truth_is_kept(map->points, 0, to, 10);

        g_assert_cmpint(kept, ==, is_kept(map->points, 0, to, 10));
        n_kept += kept;
    }
    g_assert_cmpuint(n_kept, >=, 10);
    set_look(window, "look-truth", TRUE);
    g_assert_cmpuint(_umk_app_map_links_get_n_true(map->links, &n_lost), ==, 0);
    _umk_app_window_inspect(window, 0);
    WAIT_FOR(_umk_app_map_links_get_n_true(map->links, &n_lost) == 10);
    spin(0.1);
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(_umk_app_map_links_get_n_true(map->links, &n_lost), ==, 0);
    close_window(window);
}

static void
test_minimap(void)
{
    UmkAppWindow *window = open_window();
    GtkWidget *minimap = GTK_WIDGET(window->minimap);
    double x;

    g_assert_false(gtk_widget_get_visible(minimap));
    set_look(window, "look-minimap", TRUE);
    g_assert_true(gtk_widget_get_visible(minimap));
    umk_app_map_zoom(window->map, 4);
    x = umk_app_map_get_view(window->map)->x;
    spin(0.2);
    umk_app_map_centre_on(window->map, x + 0.3, 0);
    WAIT_FOR(umk_app_map_get_view(window->map)->x > x);
    WAIT_FOR(tells(minimap, "% of the map"));
    close_window(window);
}

static void
table_written(GObject *content, GAsyncResult *result, gpointer done)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(gdk_content_provider_write_mime_type_finish(
        GDK_CONTENT_PROVIDER(content), result, &error));
    g_assert_no_error(error);
    *(gboolean *) done = TRUE;
}

/* A head and a line an item. */
static void
check_table(GdkContentProvider *content, guint n_items)
{
    g_autoptr(GOutputStream) stream = g_memory_output_stream_new_resizable();
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    gboolean done = FALSE;

    gdk_content_provider_write_mime_type_async(
        content, "text/csv", stream, G_PRIORITY_DEFAULT, NULL, table_written, &done);
    WAIT_FOR(done);
    g_output_stream_write(stream, "", 1, NULL, NULL);
    text = g_strdup(g_memory_output_stream_get_data(G_MEMORY_OUTPUT_STREAM(stream)));
    lines = g_strsplit(g_strstrip(text), "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), ==, n_items + 1);
}

/* ---- out of the map ------------------------------------------------------------------
 */

static void
test_drag(void)
{
    UmkAppWindow *window = open_window();
    const guint32 some[] = {0, 1, 2, 3};
    g_autoptr(GdkContentProvider) content = NULL;
    g_autoptr(GdkContentFormats) formats = NULL;
    g_auto(GValue) value = G_VALUE_INIT;
    g_autoptr(GError) error = NULL;
    UmkAppAuditSet *set = umk_app_audit_view_get_set(window->audit, 1);

    umk_app_map_select(window->map, some, 4, UMK_APP_COMBINE_REPLACE, "Select");
    content = _umk_app_map_make_content(window->map);
    formats = gdk_content_provider_ref_formats(content);
    g_assert_true(gdk_content_formats_contain_gtype(formats, G_TYPE_LIST_STORE));
    g_assert_true(gdk_content_formats_contain_gtype(formats, GDK_TYPE_FILE_LIST));
    g_assert_true(gdk_content_formats_contain_mime_type(formats, "text/csv"));
    check_table(content, 4);
    g_value_init(&value, G_TYPE_STRING);
    g_assert_true(gdk_content_provider_get_value(content, &value, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(strlen(g_value_get_string(&value)), >, 8);
    /* the key and the button do what the drop does */
    g_assert_true(
        g_action_group_get_action_enabled(G_ACTION_GROUP(window), "add-to-audit"));
    g_action_group_activate_action(G_ACTION_GROUP(window), "add-to-audit",
                                   g_variant_new_int32(1));
    g_assert_cmpuint(umk_app_audit_set_get_n_items(set), ==, 4);
    close_window(window);
}

/* From right to left the tools are at the right, the map itself stays as it is. */
static void
test_direction(void)
{
    UmkAppWindow *window;
    graphene_rect_t tools, zoom;
    guint n;

    gtk_widget_set_default_direction(GTK_TEXT_DIR_RTL);
    window = open_window();
    set_look(window, "look-minimap", TRUE);
    draw(window, UMK_APP_TOOL_BOX, 0, 0, 0.5, 1, 0);
    spin(1);
    g_assert_true(gtk_widget_compute_bounds(GTK_WIDGET(window->toolbar),
                                            GTK_WIDGET(window->map), &tools));
    g_assert_true(
        gtk_widget_compute_bounds(window->map_tools, GTK_WIDGET(window->map), &zoom));
    g_assert_cmpfloat(tools.origin.x, >, zoom.origin.x);
    n = (guint) n_chosen(window);
    close_window(window);
    gtk_widget_set_default_direction(GTK_TEXT_DIR_LTR);
    window = open_window();
    draw(window, UMK_APP_TOOL_BOX, 0, 0, 0.5, 1, 0);
    g_assert_cmpuint(n_chosen(window), ==, n);
    close_window(window);
}

/* In any order: no warning, no crash. */
static void
test_random(void)
{
    static const char *const names[] = {"select-all", "select-none", "select-invert",
                                        "select-grow"};
    static const char *const looks[] = {"look-labels",  "look-thumbnails", "look-edges",
                                        "look-truth",   "look-context",    "look-minimap",
                                        "look-density", "look-points"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261126);
    UmkAppWindow *window = open_window();
    gint n = (gint) umk_app_source_get_n_items(window->source);

    for (guint step = 0; step < 150; step++) {
        gint what = g_rand_int_range(rand, 0, 10);
        double a = g_rand_double(rand), b = g_rand_double(rand);

        if (what < 2)
            g_action_group_activate_action(
                umk_app_map_get_actions(window->map),
                names[g_rand_int_range(rand, 0, G_N_ELEMENTS(names))], NULL);
        else if (what < 4)
            set_look(window, looks[g_rand_int_range(rand, 0, G_N_ELEMENTS(looks))],
                     a < 0.5);
        else if (what < 6)
            draw(window, a < 0.5 ? UMK_APP_TOOL_LASSO : UMK_APP_TOOL_BOX, a, b,
                 g_rand_double(rand), g_rand_double(rand),
                 (GdkModifierType) g_rand_int_range(rand, 0, 8));
        else if (what == 6)
            umk_app_map_zoom(window->map, 0.3 + 2 * a);
        else if (what == 7)
            a < 0.5 ? umk_app_scene_undo(window->scene)
                    : umk_app_scene_redo(window->scene);
        else if (what == 8)
            _umk_app_window_inspect(window, (guint32) g_rand_int_range(rand, 0, n));
        else
            _umk_app_map_walk(window->map, a < 0.5 ? -1 : 1);
        spin(g_rand_double_range(rand, 0, 0.03));
    }
    close_window(window);
}

/* ---- the collection ------------------------------------------------------------------
 */

/* Nodes on a ring, their graph in a file that the provenance names. */
static void
add_ring(const char *path)
{
    g_autofree char *graph = g_build_filename(folder, "ring.edgelist", NULL);
    g_autofree char *provenance = g_strdup_printf(
        "{\"method\":\"node2vec\",\"graph\":\"%s\",\"params\":{\"directed\":false}}",
        graph);
    g_autoptr(UmkCollection) collection = umk_collection_open(path, UMK_OPEN_WRITE, NULL);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    g_autoptr(UmkMatrix) matrix = NULL;
    float vectors[N_NODES * DIMS];
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < N_NODES; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);
        g_autofree char *id = g_strdup_printf("g#%u", i);
        g_autoptr(UmkItem) item = umk_item_new_for_node(name);

        umk_item_set_id(item, id);
        umk_items_append(items, item);
        g_string_append_printf(lines, "%u\t%u\n", i, (i + 1) % N_NODES);
        for (guint d = 0; d < DIMS; d++)
            vectors[i * DIMS + d] = (float) g_rand_double_range(rand, -1, 1);
    }
    g_assert_true(g_file_set_contents(graph, lines->str, -1, NULL));
    matrix = umk_matrix_new_from_data(N_NODES, DIMS, vectors, NULL);
    g_assert_true(
        umk_collection_add_model(collection, "node2vec:g", "fixture", DIMS, provenance,
                                 &error) &&
        umk_collection_append(collection, "node2vec:g", items, matrix, &error) &&
        umk_collection_commit(collection, &error));
    g_assert_no_error(error);
}

static void
activate(GtkApplication *unused)
{
}

int
main(int argc, char **argv)
{
    g_autofree char *garden = NULL;
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    int result;

    g_setenv("GTK_A11Y", "test", TRUE);
    umk_app_application_set_locale();
    gtk_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-map-XXXXXX", NULL);
    path = g_build_filename(folder, "fixture.ume", NULL);
    garden = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    if (!fixture_make(path, garden, 1, &error))
        g_error("%s", error->message);
    add_ring(path);
    application = GTK_APPLICATION(umk_app_application_new(G_APPLICATION_NON_UNIQUE));
    g_signal_connect(application, "activate", G_CALLBACK(activate), NULL);
    g_application_set_default(G_APPLICATION(application));
    if (!g_application_register(G_APPLICATION(application), NULL, &error))
        g_error("%s", error->message);
    g_application_hold(G_APPLICATION(application));
    g_test_add_func("/map/tools", test_tools);
    g_test_add_func("/map/brush", test_brush);
    g_test_add_func("/map/brush-keys", test_brush_keys);
    g_test_add_func("/map/algebra", test_algebra);
    g_test_add_func("/map/grow", test_grow);
    g_test_add_func("/map/keyboard", test_keyboard);
    g_test_add_func("/map/near", test_near);
    g_test_add_func("/map/walk", test_walk);
    g_test_add_func("/map/context", test_context);
    g_test_add_func("/map/names", test_names);
    g_test_add_func("/map/language", test_language);
    g_test_add_func("/map/pictures", test_pictures);
    g_test_add_func("/map/edges", test_edges);
    g_test_add_func("/map/truth", test_truth);
    g_test_add_func("/map/minimap", test_minimap);
    g_test_add_func("/map/drag", test_drag);
    g_test_add_func("/map/direction", test_direction);
    g_test_add_func("/map/random", test_random);
    result = g_test_run();
    g_application_release(G_APPLICATION(application));
    g_object_unref(application);
    return result;
}
