/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What outlives what: work that ends after its window has gone, parts of a window that
 * are still held, and which thread the last hand belongs to. */
#include "flow.h"

#include "umk-app-map-parts.h"
#include "umk-app-spectrogram.h"

#define ROUNDS 4000u /* one task in some hundreds goes in its worker, if it may */

/* ---- the thread in which things go ---------------------------------------------------
 */

static GThread *main_thread;
static int n_freed, n_elsewhere; /* atomic */

static void
note_free(gpointer data)
{
    g_atomic_int_inc(&n_freed);
    if (g_thread_self() != main_thread)
        g_atomic_int_inc(&n_elsewhere);
    g_free(data);
}

static void
note_gone(gpointer unused, GObject *gone)
{
    g_atomic_int_inc(&n_freed);
    if (g_thread_self() != main_thread)
        g_atomic_int_inc(&n_elsewhere);
}

static void
wait_for_all(guint n)
{
    WAIT_FOR((guint) g_atomic_int_get(&n_freed) == n);
    g_assert_cmpint(g_atomic_int_get(&n_elsewhere), ==, 0);
    g_atomic_int_set(&n_freed, 0);
}

static gpointer
do_nothing(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    return NULL;
}

/* What a job was given may hold a window's things. */
static void
test_jobs(void)
{
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(UmkAppJob) job = umk_app_job_start(
            "Nothing", do_nothing, g_new0(int, 1), note_free, NULL, NULL, NULL);

        g_object_weak_ref(G_OBJECT(job), note_gone, NULL);
        if (i % 16 == 0)
            flow_spin(0.0005);
    }
    wait_for_all(2 * ROUNDS);
}

/* A widget that goes in another thread than the toolkit's ends the program, later. */
static void
test_spectrogram(void)
{
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, "/nowhere.wav");

    for (guint i = 0; i < ROUNDS; i++) {
        GtkWidget *widget = g_object_new(UMK_APP_TYPE_SPECTROGRAM, NULL);

        g_object_ref_sink(widget);
        g_object_weak_ref(G_OBJECT(widget), note_gone, NULL);
        umk_app_spectrogram_set_item(UMK_APP_SPECTROGRAM(widget), item, 1);
        g_object_unref(widget);
        if (i % 16 == 0)
            flow_spin(0.0005);
    }
    wait_for_all(ROUNDS);
}

static void
test_player(void)
{
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, "/nowhere.wav");

    for (guint i = 0; i < ROUNDS / 8; i++) {
        UmkAppPlayer *player = umk_app_player_new(umk_app_output_get_silent());

        g_object_weak_ref(G_OBJECT(player), note_gone, NULL);
        umk_app_player_play(player, item);
        g_object_unref(player);
        if (i % 16 == 0)
            flow_spin(0.0005);
    }
    wait_for_all(ROUNDS / 8);
}

/* ---- parts that are held when their window goes ---------------------------------------
 */

static void
hold_all(GtkWidget *widget, GPtrArray *held)
{
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child)) {
        g_autoptr(GListModel) controllers = gtk_widget_observe_controllers(child);

        for (guint i = 0; i < g_list_model_get_n_items(controllers); i++)
            g_ptr_array_add(held, g_list_model_get_item(controllers, i));
        g_ptr_array_add(held, g_object_ref(child));
        hold_all(child, held);
    }
}

/* An event on its way or a picture being read holds a part of the window: nothing that
 * it still says may reach the window, which is gone. */
static void
test_held(void)
{
    UmkAppWindow *window = flow_open("fixture.ume"), *gone = window;
    g_autoptr(GPtrArray) held = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(UmkAppScene) scene = g_object_ref(window->scene);
    UmkAppMap *map = window->map;

    flow_spin(0.3);
    hold_all(GTK_WIDGET(window), held);
    g_ptr_array_add(held, g_object_ref(scene));
    g_ptr_array_add(held, g_object_ref(window->player));
    g_ptr_array_add(held, g_object_ref(window->fields));
    g_object_add_weak_pointer(G_OBJECT(window), (gpointer *) &window);
    flow_close(window);
    WAIT_FOR(window == NULL);
    for (guint i = 0; i < held->len; i++)
        if (g_signal_handler_find(held->pdata[i], G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL,
                                  gone) != 0) {
            g_test_message("%s still speaks to its window",
                           G_OBJECT_TYPE_NAME(held->pdata[i]));
            g_test_fail();
        }
    umk_app_map_select_all(map);
    _umk_app_map_inspect(map, 0);
    umk_app_scene_set_selection(scene, NULL, NULL);
    flow_spin(0.05);
}

/* As when a thumbnail is being read while the map's names are in the making. */
static void
test_map_goes_last(void)
{
    UmkAppWindow *window = flow_open("fixture.ume");
    g_autoptr(UmkAppMap) map = g_object_ref(window->map);
    g_autoptr(UmkAppJob) job =
        umk_app_job_start("Nothing", do_nothing, NULL, NULL, NULL, NULL, NULL);

    _umk_app_map_tell_job(map, job, TRUE);
    g_object_add_weak_pointer(G_OBJECT(window), (gpointer *) &window);
    flow_close(window);
    WAIT_FOR(window == NULL);
    _umk_app_map_tell_job(map, job, FALSE);
    flow_spin(0.05);
}

/* A picture is put in a file while the window closes. */
static void
test_pasted(void)
{
    static const guint8 pixels[3] = {200, 40, 90};
    g_autoptr(GBytes) bytes = g_bytes_new_static(pixels, sizeof pixels);
    g_autoptr(GdkTexture) texture =
        gdk_memory_texture_new(1, 1, GDK_MEMORY_R8G8B8, bytes, 3);

    for (guint i = 0; i < 12; i++) {
        UmkAppWindow *window = flow_make_window();

        g_object_weak_ref(G_OBJECT(window), note_gone, NULL);
        _umk_app_window_ask_texture(window, texture);
        flow_close(window);
    }
    wait_for_all(12);
}

int
main(int argc, char **argv)
{
    main_thread = g_thread_self();
    flow_start(&argc, &argv);
    g_test_add_func("/life/jobs", test_jobs);
    g_test_add_func("/life/spectrogram", test_spectrogram);
    g_test_add_func("/life/player", test_player);
    g_test_add_func("/life/held", test_held);
    g_test_add_func("/life/map-goes-last", test_map_goes_last);
    g_test_add_func("/life/pasted", test_pasted);
    return flow_run();
}
