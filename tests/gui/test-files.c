/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes out of the window and comes into it: pictures, items, drops, sessions. */
#include "flow.h"

#include <glib/gstdio.h>
#include <string.h>

static char *
read_file(const char *path, gsize *size)
{
    char *text = NULL;
    GError *error = NULL;

    g_file_get_contents(path, &text, size, &error);
    g_assert_no_error(error);
    return text;
}

static gboolean
holds(const char *data, gsize size, const char *text)
{
    return memmem(data, size, text, strlen(text)) != NULL;
}

static gboolean
is_idle(UmkAppWindow *window)
{
    return umk_app_job_bar_get_n_jobs(window->jobs) == 0;
}

static void
select_rows(UmkAppWindow *window, guint32 n)
{
    g_autofree guint32 *rows = g_new(guint32, n + 1);
    g_autoptr(UmkAppRows) chosen = NULL;

    for (guint32 i = 0; i < n; i++)
        rows[i] = i * 3;
    chosen = umk_app_rows_new(umk_app_source_get_n_items(window->source), rows, n);
    umk_app_scene_set_selection(window->scene, chosen, "Select");
}

/* ---- out -----------------------------------------------------------------------------
 */

static char *
write_picture(UmkAppWindow *window,
              const char *name,
              const UmkAppFigureStyle *style,
              gsize *size)
{
    g_autofree char *path = flow_path(name);

    _umk_app_window_write_picture(window, path, style);
    WAIT_FOR(is_idle(window));
    return read_file(path, size);
}

/* Each format, with the recipe where its readers look for it, the same bytes each time.
 */
static void
test_picture(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    static const struct {
        const char *name, *magic, *recipe;
    } cases[] = {
        {"a.png", "\211PNG", "tEXtDescription"},
        {"a.svg", "<?xml", "<metadata>"},
        {"a.pdf", "%PDF", "/Subject"},
    };

    select_rows(window, 60);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        UmkAppFigureStyle style = {.width = 900, .height = 700, .names = TRUE};
        gsize size = 0, again = 0;
        g_autofree char *first = write_picture(window, cases[i].name, &style, &size);
        g_autofree char *second = write_picture(window, cases[i].name, &style, &again);

        g_assert_true(holds(first, size, cases[i].magic));
        g_assert_true(holds(first, size, cases[i].recipe));
        g_assert_cmpmem(first, size, second, again);
        if (i < 2)
            g_assert_true(holds(first, size, "umekomi-explorer"));
        style.dark = TRUE;
        g_clear_pointer(&second, g_free);
        second = write_picture(window, cases[i].name, &style, &again);
        g_assert_false(size == again && memcmp(first, second, size) == 0);
    }
    flow_close(window);
}

/* What is on the screen is not the whole. */
static void
test_picture_window(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    UmkAppFigureStyle style = {.windowed = TRUE};
    gsize all_size, part_size;
    g_autofree char *all = NULL, *part = NULL;

    WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
    all = write_picture(window, "all.svg", &style, &all_size);
    for (guint i = 0; i < 6; i++)
        flow_act(window, "zoom-in", NULL);
    flow_spin(0.2);
    part = write_picture(window, "part.svg", &style, &part_size);
    g_assert_true(holds(part, part_size, "&quot;window&quot;:["));
    g_assert_false(all_size == part_size && memcmp(all, part, all_size) == 0);
    flow_close(window);
}

static char **
write_items(UmkAppWindow *window, const char *name, const UmkAppItemsStyle *style)
{
    g_autofree char *path = flow_path(name);
    g_autofree char *text = NULL;
    gsize size;

    _umk_app_window_write_items(window, path, style);
    WAIT_FOR(is_idle(window));
    text = read_file(path, &size);
    return g_strsplit(text, "\n", -1);
}

static void
test_items(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    UmkAppItemsStyle style = {.places = TRUE, .guarded = TRUE};
    gsize n = umk_app_source_get_n_items(window->source);
    g_autofree char *npy = flow_path("some.npy");
    g_autofree char *csv = flow_path("some.csv");
    g_auto(GStrv) lines = NULL, names = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;

    select_rows(window, 40);
    lines = write_items(window, "some.csv", &style);
    g_assert_cmpuint(g_strv_length(lines), ==, 42); /* head, items, end */
    g_assert_true(
        g_str_has_prefix(lines[0], "id,modality,caption,label,path,text,model,added,"));
    g_assert_true(g_str_has_suffix(lines[0], ",map_x,map_y"));
    g_clear_pointer(&lines, g_strfreev);
    style.everything = TRUE;
    style.vectors = TRUE;
    lines = write_items(window, "all.jsonl", &style);
    g_assert_cmpuint(g_strv_length(lines), ==, n + 1);
    g_assert_nonnull(strstr(lines[0], "\"vector\":["));
    g_clear_pointer(&lines, g_strfreev);
    style.everything = FALSE;
    _umk_app_window_write_items(window, npy, &style);
    WAIT_FOR(is_idle(window));
    matrix = umk_vectors_read(npy, NULL, NULL);
    g_assert_nonnull(matrix);
    g_assert_cmpuint(umk_matrix_get_n_rows(matrix), ==, 40);
    names = write_items(window, "some.tsv", &style);
    g_assert_cmpuint(g_strv_length(names), ==, 42);
    flow_close(window);
}

/* A place that cannot be written: one sentence, no half file. A cancelled one: the file
 * of before. */
static void
test_items_refused(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    UmkAppItemsStyle style = {.everything = TRUE};
    g_autofree char *path = flow_path("kept.csv");
    g_autofree char *text = NULL;
    gsize size;

    _umk_app_window_write_items(window, "/nowhere/at/all.csv", &style);
    WAIT_FOR(is_idle(window));
    g_assert_true(g_file_set_contents(path, "before", -1, NULL));
    _umk_app_window_write_items(window, path, &style);
    umk_app_job_bar_cancel_all(window->jobs);
    WAIT_FOR(is_idle(window));
    text = read_file(path, &size);
    g_assert_true(g_str_equal(text, "before") || g_str_has_prefix(text, "id,"));
    flow_close(window);
}

static GtkWindow *
find_dialog(UmkAppWindow *window)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWindow) one = g_list_model_get_item(windows, i);

        if (gtk_window_get_transient_for(one) == GTK_WINDOW(window))
            return one;
    }
    return NULL;
}

static void
test_export_dialogs(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    static const char *const actions[] = {"export-picture", "export-items"};

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++) {
        GtkWindow *dialog;

        flow_act(window, actions[i], NULL);
        flow_spin(0.3);
        dialog = find_dialog(window);
        g_assert_nonnull(dialog);
        gtk_window_close(dialog);
        flow_spin(0.1);
    }
    flow_close(window);
}

int
main(int argc, char **argv)
{
    flow_start(&argc, &argv);
    g_test_add_func("/files/picture", test_picture);
    g_test_add_func("/files/picture-window", test_picture_window);
    g_test_add_func("/files/items", test_items);
    g_test_add_func("/files/items-refused", test_items_refused);
    g_test_add_func("/files/export-dialogs", test_export_dialogs);
    return flow_run();
}
