/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The left panel's page "Map", the legend, the line below the map and the job bar, driven
 * as a person drives them, with every warning fatal. */
#include "fixture.h"

#include "umk-app-application.h"
#include "umk-app-map-parts.h"
#include "umk-app-palette.h"
#include "umk-app-place.h"
#include "umk-app-projector-parts.h"
#include "umk-app-recipe.h"
#include "umk-app-stored.h"
#include "umk-app-window-parts.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define PATIENCE 60.0 /* seconds */

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

/* colour: what is remembered from the last time. */
static UmkAppWindow *
open_coloured(const char *name, const char *colour)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    UmkAppWindow *window = umk_app_window_new(application);

    umk_app_colouring_prefer(window->colouring, colour);
    gtk_window_present(GTK_WINDOW(window));
    WAIT_FOR(gtk_widget_get_mapped(GTK_WIDGET(window)));
    umk_app_window_open_path(window, path);
    WAIT_FOR(window->source != NULL);
    WAIT_FOR(!umk_app_fields_is_reading(window->fields));
    return window;
}

static UmkAppWindow *
open_window(const char *name)
{
    return open_coloured(name, "modality");
}

static void
close_window(UmkAppWindow *window)
{
    gtk_window_close(GTK_WINDOW(window));
    WAIT_FOR(gtk_application_get_windows(application) == NULL);
    spin(0.05);
}

static void
add(const char *name, const char *model, guint n)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;

    if (!fixture_add(path, model, n, &error))
        g_error("%s", error->message);
}

static void
act(UmkAppWindow *window, const char *name, const char *text)
{
    g_assert_true(g_action_group_get_action_enabled(G_ACTION_GROUP(window), name));
    g_action_group_activate_action(G_ACTION_GROUP(window), name,
                                   text != NULL ? g_variant_new_string(text) : NULL);
}

static UmkAppLayout *
layout_of(UmkAppWindow *window)
{
    return umk_app_scene_get_layout(window->scene);
}

static gsize
n_kept(UmkAppWindow *window)
{
    UmkAppRows *rows = umk_app_filter_get_rows(umk_app_scene_get_filter(window->scene));

    return rows != NULL ? umk_app_rows_get_n_chosen(rows)
                        : umk_app_source_get_n_items(window->source);
}

static void
select_first(UmkAppWindow *window, guint32 first, guint32 n)
{
    g_autofree guint32 *rows = g_new(guint32, n);
    g_autoptr(UmkAppRows) selection = NULL;

    for (guint32 i = 0; i < n; i++)
        rows[i] = first + i;
    selection = umk_app_rows_new(umk_app_source_get_n_items(window->source), rows, n);
    umk_app_scene_set_selection(window->scene, selection, NULL);
}

/* ---- projection ----------------------------------------------------------------------
 */

/* UMAP settles, is one step, is kept, and is there at once the next time. */
static void
test_umap(void)
{
    UmkAppWindow *window = open_window("umap.ume");
    UmkAppLayout *before = layout_of(window);
    g_autoptr(UmkAppLayout) made = NULL;
    guint n_jobs;

    g_assert_cmpstr(before->method, ==, "pca");
    g_assert_false(umk_app_source_is_stored(window->source));
    g_assert_true(umk_app_projector_offers_umap(window->projector));
    /* on a slow machine the names of the map before are still sought, and shown too */
    n_jobs = umk_app_job_bar_get_n_jobs(window->jobs);
    act(window, "lay-out", "umap");
    g_assert_nonnull(umk_app_projector_get_job(window->projector));
    g_assert_cmpuint(umk_app_job_bar_get_n_jobs(window->jobs), ==, n_jobs + 1);
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    g_assert_cmpstr(layout_of(window)->method, ==, "umap");
    g_assert_true(umk_app_layout_is_settled(layout_of(window)));
    WAIT_FOR(umk_app_job_bar_get_n_jobs(window->jobs) == 0);
    made = umk_app_layout_ref(layout_of(window));
    umk_app_scene_undo(window->scene);
    g_assert_true(layout_of(window) == before);
    g_assert_cmpstr(umk_app_projector_get_method(window->projector), ==, "pca");
    umk_app_scene_redo(window->scene);
    g_assert_true(layout_of(window) == made);
    g_assert_cmpstr(umk_app_projector_get_method(window->projector), ==, "umap");
    close_window(window);

    window = open_window("umap.ume");
    g_assert_true(umk_app_source_is_stored(window->source));
    g_assert_cmpstr(layout_of(window)->method, ==, "umap");
    g_assert_cmpmem(layout_of(window)->points->qx,
                    made->points->n_points * sizeof *made->points->qx, made->points->qx,
                    made->points->n_points * sizeof *made->points->qx);
    g_assert_cmpstr(layout_of(window)->recipe, ==, made->recipe);
    close_window(window);
}

static double
far_between(const UmkAppLayout *layout, guint32 a, guint32 b)
{
    float here[2], there[2];

    g_assert_true(umk_app_points_find(layout->points, a, &here[0], &here[1]));
    g_assert_true(umk_app_points_find(layout->points, b, &there[0], &there[1]));
    return hypot((double) (here[0] - there[0]), (double) (here[1] - there[1]));
}

/* Added items have the direction of a label in their vectors: on the map they come nearer
 * to the items of that label than these are to all others. */
static void
check_places(UmkAppWindow *window, guint32 n_old)
{
    UmkAppLayout *layout = layout_of(window);
    const gint32 *labels = umk_app_source_get_labels(window->source);
    double own = 0, all = 0;
    gsize n_own = 0, n_all = 0;

    for (guint32 i = n_old; i < umk_app_source_get_n_items(window->source); i++)
        for (guint32 j = 0; j < n_old; j += 7) {
            double far = far_between(layout, i, j);

            all += far;
            n_all++;
            if (labels[i] == labels[j]) {
                own += far;
                n_own++;
            }
        }
    g_assert_cmpfloat(own / (double) n_own, <, 0.5 * all / (double) n_all);
}

static gboolean
can(UmkAppWindow *window, const char *action)
{
    return g_action_group_get_action_enabled(G_ACTION_GROUP(window), action);
}

/* Items that come after a map was kept: the old map opens and says how many it lacks;
 * they are placed on it, nobody else moves, it is a step, and it is kept. */
static void
test_place(void)
{
    UmkAppWindow *window = open_window("place.ume");
    guint32 n_old = (guint32) umk_app_source_get_n_items(window->source);
    g_autoptr(UmkAppLayout) before = NULL;
    g_autofree char *command = NULL;
    guint n_jobs;

    umk_app_projector_set_method(window->projector, "umap");
    umk_app_form_set(umk_app_projector_get_form(window->projector), "epochs", "60");
    act(window, "lay-out", "");
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->missing)));
    g_assert_false(can(window, "place-items"));
    close_window(window);

    add("place.ume", "fixture", 25);
    window = open_window("place.ume");
    g_assert_cmpstr(layout_of(window)->method, ==, "umap");
    g_assert_cmpuint(layout_of(window)->points->n_points, ==, n_old);
    g_assert_true(gtk_info_bar_get_revealed(window->missing));
    g_assert_cmpstr(gtk_label_get_label(window->missing_label), ==,
                    "25 new items are not on this map");
    before = umk_app_layout_ref(layout_of(window));
    n_jobs = umk_app_job_bar_get_n_jobs(window->jobs);
    act(window, "place-items", NULL);
    g_assert_false(can(window, "place-items"));
    g_assert_cmpuint(umk_app_job_bar_get_n_jobs(window->jobs), ==, n_jobs + 1);
    WAIT_FOR(layout_of(window) != before);
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->missing)));
    g_assert_cmpuint(layout_of(window)->points->n_points, ==, n_old + 25);
    g_assert_cmpuint(layout_of(window)->n_placed, ==, 25);
    for (gsize i = 0; i < n_old; i++)
        g_assert_cmpmem(umk_matrix_get_row(layout_of(window)->coords, i, NULL), 8,
                        umk_matrix_get_row(before->coords, i, NULL), 8);
    check_places(window, n_old);
    command = umk_app_status_dup_command(window->status_line);
    g_assert_null(command); /* no command line does this */
    umk_app_scene_undo(window->scene);
    g_assert_true(layout_of(window) == before);
    g_assert_true(can(window, "place-items"));
    umk_app_scene_redo(window->scene);
    g_assert_false(can(window, "lay-out-again"));
    close_window(window);

    window = open_window("place.ume");
    g_assert_cmpuint(layout_of(window)->points->n_points, ==, n_old + 25);
    g_assert_cmpuint(layout_of(window)->n_placed, ==, 25);
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->missing)));
    close_window(window);

    /* all of them anew; and closed while new ones are placed */
    add("place.ume", "again", 5);
    window = open_window("place.ume");
    g_assert_cmpuint(layout_of(window)->n_missing, ==, 5);
    act(window, "lay-out-again", NULL);
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    g_assert_cmpuint(layout_of(window)->points->n_points, ==, n_old + 30);
    g_assert_cmpuint(layout_of(window)->n_placed, ==, 0);
    umk_app_scene_undo(window->scene);
    act(window, "place-items", NULL);
    close_window(window);
}

static void
keep_error(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    umk_app_layout_unref(result);
    g_object_set_data_full(owner, "umk-said",
                           g_strdup(error != NULL ? error->message : "nothing"), g_free);
}

/* New items of a map whose kinds were centred go without the mean of their kind, that of
 * the map's own items; the means come back with the map. A kind without one is refused in
 * a sentence. */
static void
test_place_centred(void)
{
    UmkAppWindow *window = open_window("centred.ume");
    guint32 n_old = (guint32) umk_app_source_get_n_items(window->source);
    g_autoptr(UmkAppLayout) before = NULL, blind = NULL;
    g_autoptr(UmkAppJob) job = NULL;
    g_autofree char *means = NULL, *recipe = NULL;

    umk_app_projector_set_method(window->projector, "umap");
    umk_app_form_set(umk_app_projector_get_form(window->projector), "epochs", "60");
    gtk_check_button_set_active(GTK_CHECK_BUTTON(window->projector->centre), TRUE);
    umk_app_projector_lay_out(window->projector, FALSE);
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    means = g_strdup(layout_of(window)->means);
    g_assert_nonnull(strstr(means, "text:"));
    recipe = umk_app_recipe_to_json(layout_of(window), window->source);
    g_assert_null(strstr(recipe, "text:")); /* no one reads thousands of numbers */
    close_window(window);

    add("centred.ume", "fixture", 25);
    window = open_window("centred.ume");
    g_assert_cmpuint(layout_of(window)->n_missing, ==, 25);
    g_assert_cmpstr(layout_of(window)->means, ==, means);
    g_assert_true(can(window, "place-items"));
    before = umk_app_layout_ref(layout_of(window));
    act(window, "place-items", NULL);
    WAIT_FOR(layout_of(window) != before);
    g_assert_cmpuint(layout_of(window)->n_placed, ==, 25);
    g_assert_cmpstr(layout_of(window)->means, ==, means);
    check_places(window, n_old);

    /* the map as it would be if it had seen no text */
    blind = umk_app_layout_new(before->method, before->title, before->coords,
                               before->rows, n_old + 25);
    blind->recipe = g_strdup(before->recipe);
    blind->means = g_strdup(strchr(means, ' ') + 1);
    blind->n_missing = 25;
    job = umk_app_place_start(window->source, blind, keep_error, G_OBJECT(window));
    WAIT_FOR(g_object_get_data(G_OBJECT(window), "umk-said") != NULL);
    g_assert_true(g_str_has_prefix(g_object_get_data(G_OBJECT(window), "umk-said"),
                                   "Texts were not there"));
    close_window(window);
}

/* A fit that moves, waits, goes on, and is given up: the map is as before. */
static void
test_cancel(void)
{
    UmkAppWindow *window = open_window("large.ume");
    UmkAppLayout *before = layout_of(window);
    UmkAppJob *job;
    guint epoch;

    umk_app_projector_set_method(window->projector, "umap");
    umk_app_form_set(umk_app_projector_get_form(window->projector), "epochs", "20000");
    act(window, "lay-out", "");
    job = umk_app_projector_get_job(window->projector);
    g_assert_true(umk_app_job_can_pause(job));
    WAIT_FOR(umk_app_scene_is_live(window->scene));
    g_assert_false(umk_app_layout_is_settled(layout_of(window)));
    g_assert_cmpstr(umk_app_scene_get_undo_deed(window->scene), ==, NULL);
    act(window, "pause-layout", NULL);
    spin(0.5);
    epoch = layout_of(window)->epoch;
    spin(0.5);
    g_assert_cmpuint(layout_of(window)->epoch, ==, epoch);
    g_assert_true(umk_app_job_is_paused(job));
    act(window, "pause-layout", NULL);
    WAIT_FOR(layout_of(window)->epoch > epoch);
    /* a step beside it neither stops it nor keeps what moves */
    select_first(window, 0, 3);
    umk_app_scene_set_selection(window->scene, NULL, "Select");
    umk_app_scene_undo(window->scene);
    g_assert_nonnull(umk_app_projector_get_job(window->projector));
    act(window, "cancel-layout", NULL);
    g_assert_true(layout_of(window) == before);
    g_assert_false(umk_app_scene_is_live(window->scene));
    WAIT_FOR(umk_app_job_bar_get_n_jobs(window->jobs) == 0);
    g_assert_true(layout_of(window) == before);
    /* another layout while one is under way: that one is given up */
    act(window, "lay-out", "");
    WAIT_FOR(umk_app_scene_is_live(window->scene));
    umk_app_scene_set_layout(window->scene, before, NULL);
    g_assert_null(umk_app_projector_get_job(window->projector));
    g_assert_true(layout_of(window) == before);
    /* and closed in the middle, held still */
    act(window, "lay-out", "umap");
    WAIT_FOR(umk_app_scene_is_live(window->scene));
    act(window, "pause-layout", NULL);
    close_window(window);
    spin(0.5);
}

/* Every method of the engine, in two and three dimensions. */
static void
test_methods(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    UmkAppForm *form = umk_app_projector_get_form(window->projector);
    g_auto(GStrv) methods = umk_projection_list_methods();

    for (gsize i = 0; methods[i] != NULL; i++)
        for (guint dims = 2; dims <= 3; dims++) {
            if (g_str_equal(methods[i], "axes"))
                continue;
            umk_app_projector_set_method(window->projector, methods[i]);
            umk_app_projector_set_n_dims(window->projector, dims);
            umk_app_form_set(form, "iterations", "40"); /* where there are such */
            umk_app_form_set(form, "early-iterations", "10");
            umk_app_projector_lay_out(window->projector, FALSE);
            WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
            g_test_message("%s in %u dimensions", methods[i], dims);
            g_assert_cmpstr(layout_of(window)->method, ==, methods[i]);
            g_assert_cmpuint(umk_matrix_get_n_cols(layout_of(window)->coords), ==, dims);
        }
    close_window(window);
}

/* Each kind by its mean first: told in the recipe and the command line, another map than
 * without, and followed when stepping back. */
static void
test_centre(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    GtkCheckButton *centre = GTK_CHECK_BUTTON(window->projector->centre);
    g_autofree char *plain = NULL, *centred = NULL;

    umk_app_projector_set_method(window->projector, "columns");
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(centre)));
    umk_app_projector_set_method(window->projector, "random");
    g_assert_true(gtk_widget_get_visible(GTK_WIDGET(centre)));
    for (guint i = 0; i < 2; i++) {
        gtk_check_button_set_active(centre, i == 1);
        umk_app_projector_lay_out(window->projector, FALSE);
        WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
        g_assert_cmpint(umk_app_recipe_is_centred(layout_of(window)->recipe), ==, i);
        g_assert_true(umk_app_place_can(layout_of(window)));
        g_assert_cmpint(layout_of(window)->means != NULL, ==, i);
        g_free(centred);
        centred = umk_app_status_dup_command(window->status_line);
        if (i == 0)
            plain = g_strdup(centred);
        spin(1.2); /* two layouts at once would be one step */
    }
    g_assert_null(strstr(plain, "--center-modalities"));
    g_assert_nonnull(strstr(centred, " --center-modalities"));
    umk_app_scene_undo(window->scene);
    g_assert_false(gtk_check_button_get_active(centre));
    umk_app_scene_redo(window->scene);
    g_assert_true(gtk_check_button_get_active(centre));
    close_window(window);
}

static void
test_live_form(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    UmkAppForm *form = umk_app_projector_get_form(window->projector);
    g_autoptr(UmkParams) params = NULL;
    guint n_folded;

    umk_app_projector_set_method(window->projector, "umap");
    g_assert_cmpuint(umk_app_form_get_n_rows(form, &n_folded), >=, 4);
    g_assert_cmpuint(n_folded, >=, 5);
    g_assert_true(umk_app_form_set(form, "neighbors", "7"));
    g_assert_true(umk_app_form_set(form, "metric", "cosine"));
    g_assert_true(umk_app_form_set(form, "min-dist", "0.35"));
    g_assert_false(umk_app_form_set(form, "nonsense", "1"));
    g_assert_false(umk_app_form_set(form, "neighbors", "many"));
    params = umk_app_form_make_params(form);
    g_assert_cmpint(umk_params_get_int(params, "neighbors"), ==, 7);
    g_assert_cmpstr(umk_params_get_string(params, "metric"), ==, "cosine");
    g_assert_cmpfloat(umk_params_get_double(params, "min-dist"), ==, 0.35);
    close_window(window);
}

/* ---- axes ----------------------------------------------------------------------------
 */

/* Rows 0 to 4 are one concept, 5 to 9 another: they lie at the two ends. */
static void
test_axes(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    UmkAppAxisEditor *x = umk_app_projector_get_axis(window->projector, 0);
    UmkAppAxisEditor *y = umk_app_projector_get_axis(window->projector, 1);
    g_autofree char *command = NULL;
    float left, right, at;

    umk_app_projector_set_method(window->projector, "axes");
    umk_app_projector_set_n_dims(window->projector, 2);
    umk_app_projector_lay_out(window->projector, FALSE);
    g_assert_null(umk_app_projector_get_job(window->projector)); /* no ends yet */
    select_first(window, 0, 5);
    umk_app_axis_editor_take_selection(x, FALSE);
    select_first(window, 5, 5);
    umk_app_axis_editor_take_selection(x, TRUE);
    umk_app_axis_editor_set_kind(y, UMK_APP_AXIS_FORMULA);
    umk_app_axis_editor_set_formula(y, "\"en/cat/0\" - \"en/dog/0\"");
    umk_app_projector_lay_out(window->projector, FALSE);
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    g_assert_cmpstr(layout_of(window)->method, ==, "axes");
    g_assert_true(umk_app_points_find(layout_of(window)->points, 1, &left, &at));
    g_assert_true(umk_app_points_find(layout_of(window)->points, 6, &right, &at));
    g_assert_cmpfloat(left, <, layout_of(window)->zero);
    g_assert_cmpfloat(right, >, layout_of(window)->zero);
    g_assert_nonnull(strstr(layout_of(window)->right, "(5)"));
    g_assert_cmpstr(layout_of(window)->top, ==, "en/cat/0");
    g_assert_cmpstr(layout_of(window)->bottom, ==, "en/dog/0");
    command = umk_app_status_dup_command(window->status_line);
    g_assert_nonnull(strstr(command, "--method axes"));
    g_assert_nonnull(strstr(command, "en/cat/0"));
    spin(0.2);
    /* weights, as the search has them; in the command line as well */
    g_clear_pointer(&command, g_free);
    umk_app_axis_editor_set_formula(y, "0.5 \"en/cat/0\" - \"en/dog/0\"");
    umk_app_projector_lay_out(window->projector, FALSE);
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    g_assert_cmpstr(layout_of(window)->top, ==, "0.5 en/cat/0");
    command = umk_app_status_dup_command(window->status_line);
    g_assert_nonnull(strstr(command, "0.5 * en/cat/0 - en/dog/0"));
    /* a component beside a semantic axis: possible, but not by the command line */
    umk_app_axis_editor_set_kind(y, UMK_APP_AXIS_COMPONENT);
    umk_app_axis_editor_set_component(y, 3);
    umk_app_projector_lay_out(window->projector, FALSE);
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    g_assert_cmpstr(layout_of(window)->method, ==, "mixed");
    g_assert_null(umk_app_status_dup_command(window->status_line));
    /* a formula that is none, of an item that is none */
    umk_app_axis_editor_set_kind(y, UMK_APP_AXIS_FORMULA);
    umk_app_axis_editor_set_formula(y, "cat + + dog");
    umk_app_projector_lay_out(window->projector, FALSE);
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    g_assert_cmpstr(layout_of(window)->method, ==, "mixed");
    umk_app_axis_editor_set_formula(y, "no-such-item");
    umk_app_projector_lay_out(window->projector, FALSE);
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    g_assert_cmpstr(layout_of(window)->method, ==, "mixed");
    close_window(window);
}

/* ---- colour, legend ------------------------------------------------------------------
 */

/* By its label or tooltip. */
static GtkWidget *
find_button(GtkWidget *widget, const char *named)
{
    GtkWidget *found = NULL;

    if (GTK_IS_BUTTON(widget) &&
        (g_strcmp0(gtk_widget_get_tooltip_text(widget), named) == 0 ||
         g_strcmp0(gtk_button_get_label(GTK_BUTTON(widget)), named) == 0))
        return widget;
    for (GtkWidget *child = gtk_widget_get_first_child(widget);
         child != NULL && found == NULL; child = gtk_widget_get_next_sibling(child))
        found = find_button(child, named);
    return found;
}

/* What an expander holds is there only when it is open. */
static void
open_expanders(GtkWidget *widget)
{
    if (GTK_IS_EXPANDER(widget))
        gtk_expander_set_expanded(GTK_EXPANDER(widget), TRUE);
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        open_expanders(child);
}

static void
stop_job(UmkAppClusters *clusters, UmkAppJob *job, gpointer unused)
{
    umk_app_job_cancel(job);
}

/* While colours stand for clusters their figures are there, and a line leads to what is
 * most typical; what is in no cluster counts as such. */
static void
test_clusters(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    const UmkAppGroups *groups;
    const UmkAppClasses *classes;
    gsize n = umk_app_source_get_n_items(window->source), in_groups = 0;
    g_autoptr(UmkAppClasses) noisy = NULL;
    double figure;
    GtkWidget *line;

    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->clusters)));
    act(window, "colour-by", "cluster");
    WAIT_FOR(umk_app_clusters_get_groups(window->clusters) != NULL);
    g_assert_true(gtk_widget_get_visible(GTK_WIDGET(window->clusters)));
    groups = umk_app_clusters_get_groups(window->clusters);
    classes = umk_app_scene_get_classes(window->scene);
    g_assert_cmpuint(groups->groups->len, >=, 2);
    g_assert_cmpfloat(groups->silhouette, >=, -1);
    g_assert_cmpfloat(groups->silhouette, <=, 1);
    g_assert_cmpuint(groups->n_sample, ==, MIN(groups->n_rows, UMK_APP_GROUPS_SAMPLE));
    g_assert_cmpuint(groups->n_outside, ==, 0);
    figure = groups->silhouette;
    for (guint g = 0; g < groups->groups->len; g++) {
        const UmkAppGroup *group = &g_array_index(groups->groups, UmkAppGroup, g);

        g_assert_cmpuint(group->typical, <, n);
        g_assert_cmpstr(group->name, ==,
                        g_array_index(classes->classes, UmkAppClass, g).name);
        g_assert_cmpuint(classes->colour_of_row[group->typical], ==,
                         g_array_index(classes->classes, UmkAppClass, g).colour);
        in_groups += group->n_items;
    }
    g_assert_cmpuint(in_groups, ==, groups->n_rows);
    open_expanders(GTK_WIDGET(window->clusters));
    line = find_button(GTK_WIDGET(window->clusters), "Go to its most typical item");
    g_assert_nonnull(line);
    g_signal_emit_by_name(line, "clicked");
    g_assert_cmpuint(umk_app_map_get_selected(window->map), ==,
                     g_array_index(groups->groups, UmkAppGroup, 0).typical);
    /* other colours, and the same again: the same figures */
    umk_app_scene_undo(window->scene);
    g_assert_false(gtk_widget_get_visible(GTK_WIDGET(window->clusters)));
    g_assert_null(umk_app_clusters_get_groups(window->clusters));
    umk_app_scene_redo(window->scene);
    WAIT_FOR(umk_app_clusters_get_groups(window->clusters) != NULL);
    g_assert_cmpfloat(umk_app_clusters_get_groups(window->clusters)->silhouette, ==,
                      figure);
    /* two groups by number, every third item in none of them */
    noisy = umk_app_classes_new("cluster", n);
    umk_app_classes_add(noisy, g_strdup("even"), n / 3, 0, 0);
    umk_app_classes_add(noisy, g_strdup("odd"), n / 3, 1, 0);
    for (gsize i = 0; i < n; i++)
        noisy->colour_of_row[i] = i % 3 == 2 ? UMK_APP_NO_LABEL : (guint8) (i % 3 == 0);
    umk_app_scene_set_classes(window->scene, noisy, "Colour");
    WAIT_FOR(umk_app_clusters_get_groups(window->clusters) != NULL);
    groups = umk_app_clusters_get_groups(window->clusters);
    g_assert_cmpuint(groups->groups->len, ==, 2);
    g_assert_cmpuint(groups->n_outside, >, groups->n_rows / 4);
    g_assert_cmpfloat(groups->silhouette, <, figure);
    g_assert_cmpstr(umk_app_groups_tell(0.9), !=, umk_app_groups_tell(0.3));
    g_assert_cmpstr(umk_app_groups_tell(0.3), !=, umk_app_groups_tell(-0.3));
    g_assert_cmpstr(umk_app_groups_tell((double) NAN), !=, umk_app_groups_tell(-0.3));
    /* stopped: it says so, and can be begun again */
    line = find_button(GTK_WIDGET(window->clusters), "_Measure");
    g_assert_false(gtk_widget_get_visible(line));
    g_signal_connect(window->clusters, "job", G_CALLBACK(stop_job), NULL);
    umk_app_scene_undo(window->scene);
    WAIT_FOR(gtk_widget_get_visible(line));
    g_assert_null(umk_app_clusters_get_groups(window->clusters));
    g_signal_handlers_disconnect_by_func(window->clusters, stop_job, NULL);
    g_signal_emit_by_name(line, "clicked");
    WAIT_FOR(umk_app_clusters_get_groups(window->clusters) != NULL);
    g_assert_false(gtk_widget_get_visible(line));
    /* closing in the middle of it */
    umk_app_scene_redo(window->scene);
    close_window(window);
}

static void
test_colours(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    const UmkAppClasses *classes;

    act(window, "colour-by", "year");
    classes = umk_app_scene_get_classes(window->scene);
    g_assert_cmpstr(classes->key, ==, "year");
    g_assert_true(classes->is_scale);
    g_assert_cmpuint(classes->colour_of_row[0], >=, UMK_APP_SCALE);
    act(window, "colour-by", "concept");
    classes = umk_app_scene_get_classes(window->scene);
    g_assert_cmpstr(classes->key, ==, "concept");
    g_assert_cmpuint(classes->classes->len, ==, UMK_APP_N_CATEGORIES + 1);
    act(window, "colour-by", "cluster");
    WAIT_FOR(g_str_equal(umk_app_scene_get_classes(window->scene)->key, "cluster"));
    act(window, "colour-by", "trust");
    WAIT_FOR(g_str_equal(umk_app_scene_get_classes(window->scene)->key, "trust"));
    g_assert_true(umk_app_scene_get_classes(window->scene)->is_scale);
    for (guint steps = 0; steps < 4; steps++)
        umk_app_scene_undo(window->scene);
    g_assert_cmpstr(umk_app_scene_get_classes(window->scene)->key, ==, "modality");
    g_assert_cmpuint(gtk_drop_down_get_selected(window->colour), ==, 0);
    umk_app_scene_redo(window->scene);
    g_assert_cmpstr(umk_app_colouring_get_chosen(window->colouring), ==, "year");
    act(window, "colour-by", "label");
    spin(0.2);
    if (window->settings != NULL) {
        g_autofree char *kept = g_settings_get_string(window->settings, "colour-by");

        g_assert_cmpstr(kept, ==, "label");
    }
    close_window(window);
    /* as soon as the field is read; one that is not there is no harm */
    window = open_coloured("fixture.ume", "year");
    g_assert_cmpstr(umk_app_scene_get_classes(window->scene)->key, ==, "year");
    g_assert_null(umk_app_scene_get_undo_deed(window->scene));
    close_window(window);
    window = open_coloured("fixture.ume", "no such field");
    g_assert_cmpstr(umk_app_scene_get_classes(window->scene)->key, ==, "modality");
    close_window(window);
}

static void
test_legend(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    gsize all = umk_app_source_get_n_items(window->source);
    gsize texts = umk_app_source_get_n_modality(window->source, UMK_MODALITY_TEXT);

    g_assert_cmpuint(n_kept(window), ==, all);
    umk_app_legend_toggle(window->legend, 0);
    g_assert_cmpuint(n_kept(window), ==, all - texts);
    umk_app_legend_toggle(window->legend, 0);
    g_assert_cmpuint(n_kept(window), ==, all);
    umk_app_legend_solo(window->legend, 0);
    g_assert_cmpuint(n_kept(window), ==, texts);
    g_assert_cmpuint(window->map->looks->n_hidden, ==, all - texts);
    umk_app_legend_solo(window->legend, 0);
    g_assert_cmpuint(n_kept(window), ==, all);
    spin(1.1);
    umk_app_legend_toggle(window->legend, 1);
    /* hidden classes of other colours mean nothing */
    act(window, "colour-by", "label");
    g_assert_cmpuint(n_kept(window), ==, all);
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_kept(window), <, all);
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_kept(window), ==, all);
    umk_app_legend_toggle(window->legend, 99);
    g_assert_cmpuint(n_kept(window), ==, all);
    close_window(window);
}

static void
test_layers(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    gsize all = umk_app_source_get_n_items(window->source);
    gsize texts = umk_app_source_get_n_modality(window->source, UMK_MODALITY_TEXT);
    GtkCheckButton *first;

    g_assert_cmpuint(umk_app_layers_get_n(window->layers), ==, UMK_N_MODALITIES);
    first = GTK_CHECK_BUTTON(umk_app_layers_get_switch(window->layers, 0));
    gtk_check_button_set_active(first, FALSE);
    g_assert_cmpuint(n_kept(window), ==, all - texts);
    umk_app_legend_toggle(window->legend, 1);
    g_assert_cmpuint(n_kept(window), <, all - texts);
    umk_app_scene_undo(window->scene);
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_kept(window), ==, all);
    g_assert_true(gtk_check_button_get_active(first));
    close_window(window);
}

/* Two models: their lines have sliders too, and an item is as faint as both its layers
 * make it. */
static void
test_fade(void)
{
    UmkAppWindow *window = open_window("models.ume");
    guint n = umk_app_layers_get_n(window->layers);
    UmkAppField *models;
    UmkAppFade *fade;
    gsize faint = 0;

    WAIT_FOR(umk_app_layers_get_n(window->layers) > UMK_N_MODALITIES);
    n = umk_app_layers_get_n(window->layers);
    g_assert_cmpuint(n, ==, UMK_N_MODALITIES + 2);
    g_assert_null(umk_app_scene_get_fade(window->scene));
    gtk_range_set_value(umk_app_layers_get_slider(window->layers, 0), 0.5); /* texts */
    spin(1.1); /* or the two would be one step */
    gtk_range_set_value(umk_app_layers_get_slider(window->layers, n - 1), 0.5);
    fade = umk_app_scene_get_fade(window->scene);
    g_assert_nonnull(fade);
    models = umk_app_fields_find(window->fields, "model");
    for (gsize i = 0; i < fade->n_rows; i++) {
        gboolean text =
            umk_app_source_get_modality(window->source, i) == UMK_MODALITY_TEXT;
        double opacity = (text ? 0.5 : 1) * (models->group[i] == 1 ? 0.5 : 1);

        g_assert_cmpuint(fade->levels[i], ==, umk_app_fade_level(opacity));
        faint += opacity < 0.5;
    }
    g_assert_cmpuint(faint, >, 0);
    WAIT_FOR(window->map->looks->n_faded > faint);
    umk_app_scene_undo(window->scene);
    g_assert_cmpfloat(
        gtk_range_get_value(umk_app_layers_get_slider(window->layers, n - 1)), ==, 1);
    g_assert_cmpfloat(gtk_range_get_value(umk_app_layers_get_slider(window->layers, 0)),
                      ==, 0.5);
    umk_app_scene_undo(window->scene);
    g_assert_null(umk_app_scene_get_fade(window->scene));
    WAIT_FOR(window->map->looks->n_faded == 0);
    close_window(window);
}

/* ---- charts --------------------------------------------------------------------------
 */

static void
test_facets(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    UmkAppFacet *year = umk_app_facets_find(window->facets, "year");
    UmkAppFacet *label = umk_app_facets_find(window->facets, "label");
    gsize all = umk_app_source_get_n_items(window->source), in_label, in_year = 0;
    const guint first[] = {0}, low[] = {0, 1, 2, 3, 4, 5};
    gsize sum = 0;

    g_assert_nonnull(year);
    g_assert_nonnull(label);
    g_assert_cmpint(umk_app_facet_get_field(year)->kind, ==, UMK_APP_FIELD_NUMBER);
    in_label = umk_app_facet_get_count(label, 0);
    umk_app_facet_choose(label, first, 1);
    g_assert_cmpuint(n_kept(window), ==, in_label);
    /* the other chart counts what is left, its own all that there is */
    for (guint g = 0; g < umk_app_facet_get_field(year)->n_groups; g++)
        sum += umk_app_facet_get_count(year, g);
    g_assert_cmpuint(sum, ==, in_label);
    g_assert_cmpuint(umk_app_facet_get_count(label, 0), ==, in_label);
    g_assert_cmpuint(umk_app_facet_get_count(label, 1), >, 0);
    for (guint i = 0; i < G_N_ELEMENTS(low); i++)
        in_year += umk_app_facet_get_count(year, i);
    umk_app_facet_choose(year, low, G_N_ELEMENTS(low));
    g_assert_cmpuint(n_kept(window), ==, in_year);
    g_assert_cmpuint(in_year, <, in_label);
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_kept(window), ==, in_label);
    umk_app_scene_redo(window->scene);
    g_assert_nonnull(strstr(gtk_label_get_label(window->status), " of "));
    act(window, "clear-filter", NULL);
    g_assert_cmpuint(n_kept(window), ==, all);
    umk_app_scene_undo(window->scene);
    g_assert_cmpuint(n_kept(window), ==, in_year);
    spin(0.2);
    close_window(window);
}

/* ---- the line below ------------------------------------------------------------------
 */

static void
test_status(void)
{
    UmkAppWindow *window = open_window("fixture.ume");
    const UmkAppTruth *truth;
    g_autofree char *command = NULL;

    act(window, "lay-out", "pca");
    WAIT_FOR(umk_app_projector_get_job(window->projector) == NULL);
    WAIT_FOR(umk_app_status_get_truth(window->status_line) != NULL);
    truth = umk_app_status_get_truth(window->status_line);
    g_assert_cmpuint(truth->k, ==, UMK_APP_TRUST_K);
    g_assert_cmpfloat(truth->trustworthiness, >, 0.5);
    g_assert_cmpfloat(truth->trustworthiness, <=, 1);
    g_assert_nonnull(strstr(gtk_label_get_label(window->status), "trustworthiness"));
    select_first(window, 0, 4);
    g_assert_nonnull(strstr(gtk_label_get_label(window->status), "4 chosen"));
    command = umk_app_status_dup_command(window->status_line);
    g_assert_true(g_str_has_prefix(command, "umekomi map "));
    act(window, "recipe", NULL);
    spin(0.5);
    close_window(window);
}

/* ---- nothing, and anything -----------------------------------------------------------
 */

static void
test_empty(void)
{
    g_autofree char *path = g_build_filename(folder, "empty.ume", NULL);
    g_autoptr(UmkSpace) space = umk_space_new("small", 4, UMK_METRIC_COSINE);
    g_autoptr(UmkCollection) collection = umk_collection_create(path, space, NULL);
    UmkAppWindow *window;

    g_clear_pointer(&collection, umk_collection_unref);
    window = open_window("empty.ume");
    act(window, "lay-out", "umap");
    g_assert_null(umk_app_projector_get_job(window->projector));
    act(window, "colour-by", "cluster");
    act(window, "colour-by", "trust");
    act(window, "clear-filter", NULL);
    act(window, "cancel-layout", NULL);
    umk_app_legend_solo(window->legend, 0);
    spin(0.3);
    close_window(window);
}

/* As many items as let the fields wait, on a line; with a layout that was kept. */
static void
make_many(const char *path)
{
    const gsize n = 100000;
    g_autoptr(UmkSpace) space = umk_space_new("many", 2, UMK_METRIC_EUCLIDEAN);
    g_autofree float *values = g_new(float, 2 * n);
    g_autofree guint64 *numbers = g_new(guint64, n);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GBytes) rows = NULL;
    g_autoptr(UmkAppLayout) layout = NULL;

    for (gsize i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("item %zu", i);
        g_autoptr(UmkItem) item = umk_item_new_for_text(name);

        umk_item_set_id(item, name);
        umk_items_append(items, item);
        numbers[i] = i;
        values[2 * i] = (float) i;
        values[2 * i + 1] = (float) (i % 7);
    }
    umk_space_join(space, "many", 2, NULL);
    collection = umk_collection_create(path, space, NULL);
    umk_collection_add_model(collection, "many", "many", 2, "{}", NULL);
    vectors = umk_matrix_new_from_data(n, 2, values, NULL);
    g_assert_true(umk_collection_append(collection, "many", items, vectors, NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
    g_clear_pointer(&collection, umk_collection_unref);
    rows = g_bytes_new(numbers, n * sizeof *numbers);
    layout = umk_app_layout_new("columns", "Columns", vectors, rows, n);
    g_assert_true(umk_app_stored_save(path, layout, NULL));
}

/* Of many items the map comes first, and what is read beside it when it is seen; or soon
 * after, where it is out of sight. */
static void
test_seen(void)
{
    g_autofree char *path = g_build_filename(folder, "many.ume", NULL);

    make_many(path);
    for (guint hidden = 0; hidden < 2; hidden++) {
        UmkAppWindow *window = umk_app_window_new(application);

        gtk_window_present(GTK_WINDOW(window));
        WAIT_FOR(gtk_widget_get_mapped(GTK_WIDGET(window)));
        gtk_widget_set_visible(GTK_WIDGET(window->map), hidden == 0);
        umk_app_window_open_path(window, path);
        WAIT_FOR(window->source != NULL);
        g_assert_true(umk_app_source_is_stored(window->source));
        g_assert_false(umk_app_scene_is_seen(window->scene));
        g_assert_true(umk_app_fields_is_reading(window->fields));
        g_assert_cmpuint(umk_app_fields_get_n(window->fields), ==, 0);
        WAIT_FOR(umk_app_scene_is_seen(window->scene));
        if (hidden)
            g_assert_cmpuint(umk_app_map_get_n_frames(window->map), ==, 0);
        else
            WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
        WAIT_FOR(!umk_app_fields_is_reading(window->fields));
        g_assert_nonnull(umk_app_fields_find(window->fields, "modality"));
        close_window(window);
    }
}

/* Whatever is done in whatever order, another collection in the middle included. */
static void
test_random(void)
{
    static const char *const methods[] = {"pca",     "umap",   "random",
                                          "columns", "pacmap", "mds"};
    static const char *const colours[] = {"modality", "label",   "year",
                                          "concept",  "cluster", "trust"};
    static const char *const names[] = {"fixture.ume", "umap.ume", "empty.ume"};
    g_autoptr(GRand) rand = g_rand_new_with_seed(20261126);
    UmkAppWindow *window = open_window("fixture.ume");

    for (guint step = 0; step < 150; step++) {
        gint what = g_rand_int_range(rand, 0, 12);
        guint pick = g_rand_int_range(rand, 0, 6);

        if (what < 2)
            act(window, "lay-out", methods[pick]);
        else if (what == 2)
            act(window, "cancel-layout", NULL);
        else if (what == 3)
            act(window, "pause-layout", NULL);
        else if (what == 4)
            act(window, "colour-by", colours[pick]);
        else if (what == 5)
            umk_app_legend_toggle(window->legend, pick);
        else if (what == 6)
            umk_app_legend_solo(window->legend, pick);
        else if (what == 7)
            umk_app_scene_undo(window->scene);
        else if (what == 8)
            umk_app_scene_redo(window->scene);
        else if (what == 9 && umk_app_facets_find(window->facets, "label") != NULL)
            umk_app_facet_choose(umk_app_facets_find(window->facets, "label"), &pick,
                                 pick % 2);
        else if (what == 10)
            umk_app_projector_set_n_dims(window->projector, 2 + pick % 2);
        else if (pick == 0) {
            g_autofree char *path = g_build_filename(
                folder, names[g_rand_int_range(rand, 0, G_N_ELEMENTS(names))], NULL);

            umk_app_window_open_path(window, path);
        }
        spin(g_rand_double_range(rand, 0, 0.06));
    }
    close_window(window);
    spin(0.5);
}

static void
activate(GtkApplication *unused)
{
}

/* The fixture with a field of numbers more. */
static void
make(const char *name, const char *garden, guint copies)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(GPtrArray) years = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;

    if (!fixture_make(path, garden, copies, &error))
        g_error("%s", error->message);
    collection = umk_collection_open(path, UMK_OPEN_WRITE, &error);
    for (gsize i = 0; i < umk_collection_get_n_items(collection); i++)
        g_ptr_array_add(years, g_strdup_printf("%u", 1900 + (guint) (i * 37 % 120)));
    if (!umk_collection_set_column(collection, "year", (const char *const *) years->pdata,
                                   years->len, &error) ||
        !umk_collection_commit(collection, &error))
        g_error("%s", error->message);
}

int
main(int argc, char **argv)
{
    g_autofree char *garden = NULL;
    g_autoptr(GError) error = NULL;
    int result;

    umk_app_application_set_locale();
    gtk_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-panel-XXXXXX", NULL);
    garden = g_build_filename(g_getenv("UMEKOMI_ASSET_PATH"), "garden", NULL);
    make("fixture.ume", garden, 1);
    make("umap.ume", garden, 1);
    make("place.ume", garden, 1);
    make("centred.ume", garden, 1);
    make("models.ume", garden, 1);
    add("models.ume", "second", 40);
    make("large.ume", garden, 8);
    application = GTK_APPLICATION(umk_app_application_new(G_APPLICATION_NON_UNIQUE));
    g_signal_connect(application, "activate", G_CALLBACK(activate), NULL);
    g_application_set_default(G_APPLICATION(application));
    if (!g_application_register(G_APPLICATION(application), NULL, &error))
        g_error("%s", error->message);
    g_application_hold(G_APPLICATION(application));
    g_test_add_func("/panel/umap", test_umap);
    g_test_add_func("/panel/place", test_place);
    g_test_add_func("/panel/place-centred", test_place_centred);
    g_test_add_func("/panel/cancel", test_cancel);
    g_test_add_func("/panel/methods", test_methods);
    g_test_add_func("/panel/centre", test_centre);
    g_test_add_func("/panel/form", test_live_form);
    g_test_add_func("/panel/axes", test_axes);
    g_test_add_func("/panel/clusters", test_clusters);
    g_test_add_func("/panel/colours", test_colours);
    g_test_add_func("/panel/legend", test_legend);
    g_test_add_func("/panel/layers", test_layers);
    g_test_add_func("/panel/fade", test_fade);
    g_test_add_func("/panel/facets", test_facets);
    g_test_add_func("/panel/status", test_status);
    g_test_add_func("/panel/empty", test_empty);
    g_test_add_func("/panel/seen", test_seen);
    g_test_add_func("/panel/random", test_random);
    result = g_test_run();
    g_application_release(G_APPLICATION(application));
    g_object_unref(application);
    return result;
}
