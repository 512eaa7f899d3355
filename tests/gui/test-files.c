/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What goes out of the window and comes into it: pictures, items, drops, sessions. */
#include "flow.h"

#include "umk-app-estimate.h"
#include "umk-app-intake-dialog.h"
#include "umk-app-session.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

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

static GtkWindow *
find_dialog(UmkAppWindow *window)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWindow) one = g_list_model_get_item(windows, i);

        if (gtk_window_get_transient_for(one) == GTK_WINDOW(window) &&
            gtk_widget_get_visible(GTK_WIDGET(one)))
            return one;
    }
    return NULL;
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
    flow_spin(0.2); /* the view moves at once; frames follow */
    part = write_picture(window, "part.svg", &style, &part_size);
    g_assert_true(holds(part, part_size, "&quot;window&quot;:["));
    g_assert_false(all_size == part_size && memcmp(all, part, all_size) == 0);
    flow_close(window);
}

/* A layer that is faint on the map is faint in its picture, which says so. */
static void
test_picture_fade(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    UmkAppFigureStyle style = {0};
    UmkAppLook look = *umk_app_scene_get_look(window->scene);
    gsize plain_size, faint_size;
    g_autofree char *plain = NULL, *faint = NULL;

    select_rows(window, 60); /* few enough to be shapes in the file */
    look.context = FALSE;
    umk_app_scene_set_look(window->scene, &look, NULL);
    plain = write_picture(window, "plain.svg", &style, &plain_size);
    gtk_range_set_value(umk_app_layers_get_slider(window->layers, 0), 0.5);
    faint = write_picture(window, "faint.svg", &style, &faint_size);
    g_assert_true(holds(faint, faint_size, "&quot;opacity&quot;:{&quot;m0&quot;:0.5}"));
    g_assert_false(holds(plain, plain_size, "&quot;opacity&quot;"));
    /* half of the 0.75 that a point's edge has */
    g_assert_true(holds(faint, faint_size, "stroke-opacity:0.375"));
    g_assert_false(holds(plain, plain_size, "stroke-opacity:0.375"));
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

static void
test_export_dialogs(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    static const char *const actions[] = {"export-picture", "export-items"};

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++) {
        GtkWindow *dialog;

        flow_act(window, actions[i], NULL);
        WAIT_FOR((dialog = find_dialog(window)) != NULL);
        gtk_window_close(dialog);
        flow_spin(0.1);
    }
    flow_close(window);
}

/* ---- in ------------------------------------------------------------------------------
 */

static void
drop(UmkAppWindow *window, const char *first, const char *second)
{
    const char *const paths[] = {first, second, NULL};

    _umk_app_window_take(window, paths);
    WAIT_FOR(is_idle(window));
    flow_spin(0.1);
}

/* Says yes to the dialog that a drop has brought up. */
static void
agree(UmkAppWindow *window)
{
    GtkWindow *dialog = find_dialog(window);

    g_assert_nonnull(dialog);
    g_assert_true(UMK_APP_IS_INTAKE_DIALOG(dialog));
    WAIT_FOR(umk_app_intake_dialog_is_measured(UMK_APP_INTAKE_DIALOG(dialog)));
    g_assert_true(gtk_widget_activate(gtk_window_get_default_widget(dialog)));
    WAIT_FOR(is_idle(window) && window->opening == NULL &&
             !UMK_APP_IS_INTAKE_DIALOG(find_dialog(window)));
}

static char *
write_text(const char *name, const char *text)
{
    char *path = flow_path(name);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    return path;
}

/* On the first page: npy with names becomes a collection, nothing is embedded. */
static void
test_drop_vectors(void)
{
    UmkAppWindow *window = flow_make_window();
    g_autofree char *npy = flow_path("made.npy");
    g_autofree char *names = flow_path("made.ids.txt");
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autofree float *numbers = g_new(float, 50 * 6);
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(UmkItem) item = NULL;

    for (guint i = 0; i < 50 * 6; i++)
        numbers[i] = (float) ((i * 37) % 101) / 50 - 1;
    for (guint i = 0; i < 50; i++)
        g_string_append_printf(lines, "thing %u\n", i % 49); /* one name comes twice */
    matrix = umk_matrix_new_from_data(50, 6, numbers, NULL);
    g_assert_true(umk_vectors_write(npy, matrix, NULL, "f32", NULL));
    g_assert_true(g_file_set_contents(names, lines->str, -1, NULL));
    drop(window, npy, NULL);
    agree(window);
    g_assert_nonnull(window->source);
    g_assert_cmpuint(umk_app_source_get_n_items(window->source), ==, 50);
    g_assert_cmpuint(umk_app_scene_get_layout(window->scene)->points->n_points, ==, 50);
    item = umk_app_source_dup_item(window->source, 7);
    g_assert_cmpstr(umk_item_get_text(item), ==, "thing 7");
    flow_close(window);
}

/* An archive that NumPy wrote: names are inside; of several arrays one is chosen. */
static void
test_drop_archive(void)
{
    UmkAppWindow *window = flow_make_window();
    UmkAppIntakeDialog *dialog;
    g_autofree char *model = NULL;
    g_auto(GStrv) models = NULL;
    const char *assets = g_getenv("UMEKOMI_ASSET_PATH");
    g_autofree char *folder = g_build_filename(assets, "../tests/fuzz/seeds/npz", NULL);
    g_autofree char *named = g_build_filename(folder, "stored.npz", NULL);
    g_autofree char *two = g_build_filename(folder, "two.npz", NULL);
    g_autoptr(UmkItem) item = NULL;

    if (!g_file_test(named, G_FILE_TEST_EXISTS)) {
        g_test_skip("the assets do not lie beside the tests");
        flow_close(window);
        return;
    }
    drop(window, named, NULL);
    agree(window);
    g_assert_nonnull(window->source);
    g_assert_cmpuint(umk_app_source_get_n_items(window->source), ==, 3);
    item = umk_app_source_dup_item(window->source, 1);
    g_assert_cmpstr(umk_item_get_text(item), ==, "梅");
    flow_close(window);

    window = flow_make_window();
    drop(window, two, NULL);
    dialog = UMK_APP_INTAKE_DIALOG(find_dialog(window));
    g_assert_cmpstr(umk_app_intake_dialog_get_intake(dialog)->array, ==, "a");
    umk_app_intake_dialog_choose_array(dialog, 1);
    g_assert_cmpstr(umk_app_intake_dialog_get_intake(dialog)->array, ==, "b");
    agree(window);
    g_assert_cmpuint(umk_app_source_get_n_items(window->source), ==, 3);
    models = umk_collection_list_models(umk_app_source_get_collection(window->source));
    model = umk_collection_dup_model_provenance(
        umk_app_source_get_collection(window->source), models[0]);
    g_assert_nonnull(strstr(model, "two.npz:b"));
    flow_close(window);
}

static void
test_drop_words(void)
{
    UmkAppWindow *window = flow_make_window();
    g_autofree char *path =
        write_text("few.vec", "4 3\ncat 1 0.1 0\ndog 1 0 0.1\nred 0 1 0\nblue 0.1 1 0\n");

    drop(window, path, NULL);
    agree(window);
    g_assert_cmpuint(umk_app_source_get_n_items(window->source), ==, 4);
    flow_close(window);
}

/* Semicolons, an old Japanese encoding, no header: guessed, and embedded by the model. */
static void
test_drop_table(void)
{
    UmkAppWindow *window = flow_make_window();
    g_autofree char *path = flow_path("old.csv");
    g_autofree char *text = g_convert(
        "1;犬がいます;動物\n2;ねこがねている;動物\n3;これは赤いリンゴです;果物\n", -1,
        "CP932", "UTF-8", NULL, NULL, NULL);
    UmkAppIntake *intake;
    g_autoptr(UmkItem) item = NULL;

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
    drop(window, path, NULL);
    intake = umk_app_intake_dialog_get_intake(UMK_APP_INTAKE_DIALOG(find_dialog(window)));
    g_assert_cmpint(intake->kind, ==, UMK_APP_INTAKE_TABLE);
    g_assert_cmpstr(intake->table->format.encoding, ==, "CP932");
    g_assert_cmpint(intake->table->format.separator, ==, ';');
    g_assert_false(intake->table->format.header);
    g_assert_cmpint(intake->table->roles[1], ==, UMK_APP_ROLE_TEXT);
    intake->table->roles[2] = UMK_APP_ROLE_LABEL;
    agree(window);
    g_assert_cmpuint(umk_app_source_get_n_items(window->source), ==, 3);
    item = umk_app_source_dup_item(window->source, 1);
    g_assert_cmpstr(umk_item_get_label(item), ==, "動物");
    flow_close(window);
}

/* A column of paths: pictures with labels. */
static void
test_drop_paths(void)
{
    UmkAppWindow *window = flow_make_window();
    const char *assets = g_getenv("UMEKOMI_ASSET_PATH");
    g_autofree char *text =
        g_strdup_printf("file,kind\n%s/garden/pictures/dog.png,animal\n%s/garden/"
                        "pictures/cat.png,animal\n"
                        "%s/garden/pictures/none.png,gone\n",
                        assets, assets, assets);
    g_autofree char *path = write_text("pictures.csv", text);
    GtkWindow *failures;

    drop(window, path, NULL);
    agree(window);
    g_assert_cmpuint(umk_app_source_get_n_items(window->source), ==, 2);
    g_assert_cmpuint(umk_app_source_get_n_modality(window->source, UMK_MODALITY_IMAGE),
                     ==, 2);
    failures = find_dialog(window); /* the third is told of */
    if (failures != NULL)
        gtk_window_close(failures);
    flow_close(window);
}

/* A folder onto an open collection: added to it. */
static void
test_drop_folder(void)
{
    UmkAppWindow *window = flow_make_window();
    g_autofree char *folder = flow_path("notes");
    g_autofree char *collection = flow_path("notes.ume");
    g_autofree char *one = g_build_filename(folder, "one.txt", NULL);
    g_autofree char *two = g_build_filename(folder, "two.md", NULL);

    g_assert_cmpint(g_mkdir(folder, 0755), ==, 0);
    g_assert_true(g_file_set_contents(one, "a dog runs", -1, NULL));
    g_assert_true(g_file_set_contents(two, "apples and pears", -1, NULL));
    _umk_app_window_create(window, collection);
    WAIT_FOR(window->source != NULL && window->opening == NULL);
    drop(window, folder, NULL);
    agree(window);
    WAIT_FOR(umk_app_source_get_n_items(window->source) == 2);
    flow_close(window);
}

/* An array of which the last numbers are missing; what is said names the file, what it
 * promises and what is there. */
static char *
write_cut(const char *name)
{
    g_autofree float *numbers = g_new0(float, 400);
    g_autoptr(UmkMatrix) matrix = umk_matrix_new_from_data(100, 4, numbers, NULL);
    g_autoptr(UmkAppIntake) intake = NULL;
    g_autoptr(GError) error = NULL;
    char *path = flow_path(name);
    const char *const paths[] = {path, NULL};

    g_assert_true(umk_vectors_write(path, matrix, NULL, "f32", NULL));
    intake = umk_app_intake_new(paths, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(truncate(path, 128 + 1000), ==, 0);
    g_clear_pointer(&intake, umk_app_intake_free);
    intake = umk_app_intake_new(paths, NULL, &error);
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_null(intake);
    g_assert_nonnull(strstr(error->message, name));
    g_assert_nonnull(strstr(error->message, "100 × 4"));
    g_assert_nonnull(strstr(error->message, "1000"));
    return path;
}

/* More than there is: how much, and what to do. */
static void
test_too_large(void)
{
    UmkAppEstimate small = {.seconds = 3, .memory = 2000000, .room = 4000000};
    UmkAppEstimate large = {.seconds = 3, .memory = 4000000000, .room = 2000000};
    g_autofree char *fits = umk_app_estimate_describe(&small);
    g_autofree char *too_large = umk_app_estimate_describe(&large);
    UmkAppWindow *window = flow_make_window();
    g_autoptr(GError) error =
        g_error_new_literal(UMK_ERROR, UMK_ERROR_TOO_LARGE, "It needs 4 GB");
    const char *said;

    g_assert_null(strstr(fits, "free"));
    g_assert_nonnull(strstr(too_large, "4.0"));
    g_assert_nonnull(strstr(too_large, "fewer items"));
    _umk_app_window_show_failure(window, error);
    said = adw_status_page_get_description(window->failed);
    g_assert_nonnull(strstr(said, "It needs 4 GB"));
    g_assert_nonnull(strstr(said, "fewer items"));
    flow_close(window);
}

/* Whatever is wrong costs a sentence and nothing else. */
static void
test_drop_bad(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    g_autofree char *broken = write_text("broken.vec", "two words\nand no numbers\n");
    g_autofree char *cut = write_cut("cut.npy");
    g_autofree char *strange = write_text("strange.xyz", "???");
    g_autofree char *empty = write_text("empty.csv", "");
    g_autofree char *nothing = flow_path("nothing-there.png");
    const char *const bad[] = {strange, empty, nothing, cut};
    UmkAppSource *before = window->source;
    GtkWindow *dialog;

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        drop(window, strange, NULL);
        drop(window, bad[i], NULL);
        g_assert_null(find_dialog(window));
    }
    drop(window, broken, NULL);
    dialog = find_dialog(window);
    g_assert_nonnull(dialog);
    agree(window);
    g_assert_true(window->source == before);
    g_assert_cmpstr(gtk_stack_get_visible_child_name(window->stack), ==, "collection");
    flow_close(window);
}

/* ---- from one day to the next --------------------------------------------------------
 */

static gboolean
can(UmkAppWindow *window, const char *action)
{
    return g_action_group_get_action_enabled(G_ACTION_GROUP(window), action);
}

static void
test_session(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    g_autofree char *last = umk_app_session_dup_last_file();
    g_autoptr(UmkAppClasses) by_label = umk_app_classes_new_by_label(window->source);
    g_autoptr(UmkAppRows) rows = NULL;
    g_autoptr(UmkAppLayout) layout = NULL;
    UmkAppLayout *first = umk_app_scene_get_layout(window->scene);
    UmkAppLook look = *umk_app_scene_get_look(window->scene);
    UmkAppView before;

    WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
    select_rows(window, 25);
    rows = umk_app_rows_ref(umk_app_scene_get_selection(window->scene));
    look.density = TRUE;
    look.opacity = 0.5;
    umk_app_scene_set_look(window->scene, &look, NULL);
    gtk_range_set_value(umk_app_layers_get_slider(window->layers, 1), 0.25);
    umk_app_scene_set_classes(window->scene, by_label, NULL);
    layout = umk_app_layout_new("umap", "UMAP", first->coords, first->rows,
                                umk_app_source_get_n_items(window->source));
    layout->recipe = g_strdup("{\"method\":\"umap\"}");
    umk_app_scene_set_layout(window->scene, layout, NULL);
    flow_act(window, "zoom-in", NULL);
    flow_act(window, "zoom-in", NULL);
    _umk_app_window_inspect(window, 11);
    umk_app_neighbours_set_metric(window->neighbours, UMK_METRIC_EUCLIDEAN);
    before = *umk_app_map_get_view(window->map);
    g_unlink(last);
    flow_close(window);
    WAIT_FOR(g_file_test(last, G_FILE_TEST_EXISTS));

    window = flow_make_window();
    WAIT_FOR(can(window, "reopen-last"));
    flow_act(window, "reopen-last", NULL);
    WAIT_FOR(window->source != NULL && window->opening == NULL);
    WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
    g_assert_true(umk_app_rows_equal(rows, umk_app_scene_get_selection(window->scene)));
    g_assert_true(umk_app_scene_get_look(window->scene)->density);
    g_assert_cmpfloat(gtk_range_get_value(umk_app_layers_get_slider(window->layers, 1)),
                      ==, 0.25);
    for (gsize i = 0; i < umk_app_source_get_n_items(window->source); i++)
        g_assert_cmpuint(
            umk_app_scene_get_fade(window->scene)->levels[i], ==,
            umk_app_source_get_modality(window->source, i) == UMK_MODALITY_IMAGE ? 12
                                                                                 : 0);
    g_assert_cmpstr(umk_app_scene_get_classes(window->scene)->key, ==, "label");
    g_assert_cmpstr(umk_app_scene_get_layout(window->scene)->method, ==, "umap");
    g_assert_cmpstr(umk_app_scene_get_layout(window->scene)->recipe, ==,
                    "{\"method\":\"umap\"}");
    g_assert_cmpuint(umk_app_map_get_selected(window->map), ==, 11);
    g_assert_cmpuint(umk_app_neighbours_get_metric(window->neighbours), ==,
                     UMK_METRIC_EUCLIDEAN);
    WAIT_FOR(fabs(umk_app_map_get_view(window->map)->scale - before.scale) <
             before.scale * 0.01);
    flow_close(window);
}

/* A file of a process that is gone is what a crash leaves; a broken one is nothing. */
static void
test_session_crash(void)
{
    g_autofree char *last = umk_app_session_dup_last_file();
    g_autofree char *folder = g_path_get_dirname(last);
    g_autofree char *orphan = g_build_filename(folder, "window.99999999.ab.json", NULL);
    g_autofree char *found = NULL;
    gboolean crashed = FALSE;
    UmkAppWindow *window;

    g_mkdir_with_parents(folder, 0700);
    g_assert_true(g_file_set_contents(orphan, "{\"version\": 1, \"path\": 7", -1, NULL));
    found = umk_app_session_find(&crashed);
    g_assert_cmpstr(found, ==, orphan);
    g_assert_true(crashed);
    window = flow_make_window();
    flow_spin(0.5);
    g_assert_false(can(window, "reopen-last"));
    flow_close(window);
    umk_app_session_remove(orphan);
    g_assert_false(g_file_test(orphan, G_FILE_TEST_EXISTS));
}

/* Another program adds to what is shown, then takes it away. */
static void
test_changed(void)
{
    g_autofree char *path = flow_path("shared.ume");
    g_autofree char *away = flow_path("away.ume");
    g_autofree char *garden =
        g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    g_autoptr(UmkCollection) other = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text("newcomer");
    g_autoptr(UmkMatrix) matrix = NULL;
    float vector[32] = {1};
    UmkAppWindow *window;
    gsize n;

    g_assert_true(fixture_make(path, garden, 1, NULL));
    window = flow_open("shared.ume");
    n = umk_app_source_get_n_items(window->source);
    g_assert_false(gtk_info_bar_get_revealed(window->notice));
    flow_spin(1.5);
    g_assert_false(gtk_info_bar_get_revealed(window->notice));
    umk_item_set_id(item, "newcomer");
    umk_items_append(items, item);
    other = umk_collection_open(path, UMK_OPEN_WRITE, NULL);
    matrix = umk_matrix_new_from_data(1, 32, vector, NULL);
    g_assert_true(umk_collection_append(other, "fixture", items, matrix, NULL));
    g_assert_true(umk_collection_commit(other, NULL));
    g_clear_pointer(&other, umk_collection_unref);
    WAIT_FOR(gtk_info_bar_get_revealed(window->notice));
    g_assert_true(gtk_widget_get_visible(window->notice_reload));
    flow_act(window, "reload", NULL);
    WAIT_FOR(umk_app_source_get_n_items(window->source) == n + 1);
    g_assert_false(gtk_info_bar_get_revealed(window->notice));
    g_assert_cmpint(g_rename(path, away), ==, 0);
    WAIT_FOR(gtk_info_bar_get_revealed(window->notice));
    g_assert_false(gtk_widget_get_visible(window->notice_reload));
    flow_act(window, "zoom-in", NULL);
    flow_spin(0.2);
    flow_close(window);
}

/* One click, and the garden is there: shipped vectors, files where they lie here. */
static void
test_sample(void)
{
    UmkAppWindow *window = flow_make_window();
    g_autoptr(GTimer) timer = g_timer_new();
    g_autoptr(UmkItem) item = NULL;
    gsize row = 0;

    flow_act(window, "open-sample", NULL);
    WAIT_FOR(window->source != NULL && window->opening == NULL);
    g_test_message("the garden was there after %.2f s", g_timer_elapsed(timer, NULL));
    g_assert_cmpuint(umk_app_source_get_n_items(window->source), >, 1600);
    while (umk_app_source_get_modality(window->source, row) != UMK_MODALITY_IMAGE)
        row++;
    item = umk_app_source_dup_item(window->source, row);
    g_assert_true(
        g_str_has_prefix(umk_item_get_path(item), g_getenv("UMEKOMI_ASSET_PATH")));
    g_assert_true(g_file_test(umk_item_get_path(item), G_FILE_TEST_EXISTS));
    flow_close(window);
}

static gboolean
has_model(void)
{
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), "starter", NULL, NULL, NULL);

    return model != NULL;
}

int
main(int argc, char **argv)
{
    flow_start(&argc, &argv);
    g_test_add_func("/files/picture", test_picture);
    g_test_add_func("/files/picture-window", test_picture_window);
    g_test_add_func("/files/picture-fade", test_picture_fade);
    g_test_add_func("/files/items", test_items);
    g_test_add_func("/files/items-refused", test_items_refused);
    g_test_add_func("/files/export-dialogs", test_export_dialogs);
    if (has_model()) {
        g_test_add_func("/files/drop-table", test_drop_table);
        g_test_add_func("/files/drop-paths", test_drop_paths);
        g_test_add_func("/files/drop-folder", test_drop_folder);
    }
    g_test_add_func("/files/drop-vectors", test_drop_vectors);
    g_test_add_func("/files/drop-archive", test_drop_archive);
    g_test_add_func("/files/drop-words", test_drop_words);
    g_test_add_func("/files/drop-bad", test_drop_bad);
    g_test_add_func("/files/too-large", test_too_large);
    g_test_add_func("/files/sample", test_sample);
    g_test_add_func("/files/session", test_session);
    g_test_add_func("/files/session-crash", test_session_crash);
    g_test_add_func("/files/changed", test_changed);
    return flow_run();
}
