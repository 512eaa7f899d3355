/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The window in every style, drawn twice and compared: light, dark, high contrast,
 * Japanese, right to left, twice the text, narrow. Pictures are kept for looking at in
 * the folder UMEKOMI_SCREENS. And what an assistive tool is told: everything that can be
 * used has a name, and the tree is that of the golden file (UMEKOMI_GOLDEN_WRITE=1 writes
 * it). */
#include "flow.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    const char *environment[3][2];
    gboolean right_to_left;
    int text_scale;
    int width; /* 0: as it comes */
} Style;

static const Style styles[] = {
    {.name = "light"},
    {.name = "dark", .environment = {{"ADW_DEBUG_COLOR_SCHEME", "prefer-dark"}}},
    {.name = "high-contrast", .environment = {{"ADW_DEBUG_HIGH_CONTRAST", "1"}}},
    {.name = "japanese", .environment = {{"LANGUAGE", "ja"}, {"LC_ALL", "C.UTF-8"}}},
    {.name = "right-to-left", .right_to_left = TRUE},
    {.name = "large-text", .text_scale = 200},
    {.name = "middle", .width = 700},
    {.name = "narrow", .width = 360},
    {.name = "narrow-large-text", .width = 360, .text_scale = 200},
};

static const char *program;

/* ---- in the child: one style, some pages ---------------------------------------------
 */

/* NULL while the window has yet to be laid out. */
static GskRenderNode *
draw_window(UmkAppWindow *window, int width, int height)
{
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(GTK_WIDGET(window));
    GtkSnapshot *snapshot = gtk_snapshot_new();

    gdk_paintable_snapshot(paintable, snapshot, width, height);
    return gtk_snapshot_free_to_node(snapshot);
}

static void
save_picture(UmkAppWindow *window, const char *prefix, const char *page)
{
    int width = gtk_widget_get_width(GTK_WIDGET(window)),
        height = gtk_widget_get_height(GTK_WIDGET(window));
    g_autoptr(GskRenderNode) node = NULL;
    g_autoptr(GdkTexture) texture = NULL;
    g_autofree char *path = g_strdup_printf("%s-%s.png", prefix, page);

    WAIT_FOR(node != NULL || (node = draw_window(window, width, height)) != NULL);
    texture = gsk_renderer_render_texture(
        gtk_native_get_renderer(GTK_NATIVE(window)), node,
        &GRAPHENE_RECT_INIT(0, 0, (float) width, (float) height));
    g_assert_true(gdk_texture_save_to_png(texture, path));
}

static int
draw_style(const char *name, const char *prefix)
{
    const Style *style = NULL;
    UmkAppWindow *window;

    for (gsize i = 0; i < G_N_ELEMENTS(styles); i++)
        if (g_str_equal(styles[i].name, name))
            style = &styles[i];
    g_assert_nonnull(style);
    g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, NULL);
    if (style->right_to_left)
        gtk_widget_set_default_direction(GTK_TEXT_DIR_RTL);
    if (style->text_scale > 0)
        g_object_set(gtk_settings_get_default(), "gtk-xft-dpi",
                     96 * 1024 * style->text_scale / 100, NULL);
    window = flow_make_window();
    if (style->width > 0)
        gtk_window_set_default_size(GTK_WINDOW(window), style->width, 720);
    flow_spin(1);
    save_picture(window, prefix, "welcome");
    flow_close(window);
    window = flow_open("fixture.ume");
    if (style->width > 0)
        gtk_window_set_default_size(GTK_WINDOW(window), style->width, 720);
    WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
    _umk_app_window_inspect(window, 2);
    WAIT_FOR(umk_app_status_get_truth(window->status_line) != NULL);
    WAIT_FOR(umk_app_job_bar_get_n_jobs(window->jobs) == 0); /* names are found */
    flow_spin(2);
    save_picture(window, prefix, "collection");
    if (!adw_flap_get_reveal_flap(window->right))
        flow_act(window, "toggle-right", NULL);
    gtk_stack_set_visible_child_name(window->right_pages, "neighbours");
    flow_spin(0.7);
    save_picture(window, prefix, "neighbours");
    flow_close(window);
    return 0;
}

/* ---- comparing -----------------------------------------------------------------------
 */

static gboolean
run_child(const Style *style, const char *prefix)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
    g_autoptr(GSubprocess) child = NULL;
    g_autofree char *home = g_dir_make_tmp("umekomi-home-XXXXXX", NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(style->environment); i++)
        if (style->environment[i][0] != NULL)
            g_subprocess_launcher_setenv(launcher, style->environment[i][0],
                                         style->environment[i][1], TRUE);
    /* nothing is recent, nothing was open last */
    g_subprocess_launcher_setenv(launcher, "XDG_DATA_HOME", home, TRUE);
    g_subprocess_launcher_setenv(launcher, "XDG_STATE_HOME", home, TRUE);
    child = g_subprocess_launcher_spawn(launcher, NULL, program, "--draw", style->name,
                                        prefix, NULL);
    return child != NULL && g_subprocess_wait_check(child, NULL, NULL);
}

static guint8 *
load_picture(const char *path, gsize *size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GdkTexture) texture = gdk_texture_new_from_filename(path, &error);
    int width, height;
    guint8 *data;

    g_assert_no_error(error);
    width = gdk_texture_get_width(texture);
    height = gdk_texture_get_height(texture);
    *size = (gsize) width * (gsize) height * 4;
    data = g_malloc(*size);
    gdk_texture_download(texture, data, (gsize) width * 4);
    return data;
}

/* The share of pixels that differ by more than a rounding. */
static double
compare(const char *a, const char *b)
{
    gsize size_a, size_b, n = 0;
    g_autofree guint8 *one = load_picture(a, &size_a);
    g_autofree guint8 *two = load_picture(b, &size_b);

    g_assert_cmpuint(size_a, ==, size_b);
    for (gsize i = 0; i < size_a; i += 4)
        n += abs(one[i] - two[i]) > 8 || abs(one[i + 1] - two[i + 1]) > 8 ||
             abs(one[i + 2] - two[i + 2]) > 8;
    return (double) n * 4 / (double) size_a;
}

/* A cursor that blinks and a spinner are less than that; a page that is another is more.
 */
#define TOLERANCE 0.01

static void
test_style(gconstpointer data)
{
    static const char *const pages[] = {"welcome", "collection", "neighbours"};
    const Style *style = data;
    const char *kept = g_getenv("UMEKOMI_SCREENS");
    g_autofree char *folder = kept ? g_strdup(kept) : flow_path("screens");
    g_autofree char *first = g_build_filename(folder, style->name, NULL);
    g_autofree char *second = g_strconcat(first, "-again", NULL);

    g_mkdir_with_parents(folder, 0755);
    g_assert_true(run_child(style, first));
    g_assert_true(run_child(style, second));
    for (gsize i = 0; i < G_N_ELEMENTS(pages); i++) {
        g_autofree char *a = g_strdup_printf("%s-%s.png", first, pages[i]);
        g_autofree char *b = g_strdup_printf("%s-%s.png", second, pages[i]);
        double share = compare(a, b);

        g_test_message("%s, %s: %.3f %% of the pixels differ", style->name, pages[i],
                       share * 100);
        g_assert_cmpfloat(share, <, TOLERANCE);
        g_unlink(b);
    }
}

/* ---- what assistive tools are told ---------------------------------------------------
 */

/* The toolkit tells a property only by saying that it is not another; texts come in
 * quotes, and "" stands for none. */
static char *
dup_label(GtkWidget *widget)
{
    char *actual = gtk_test_accessible_check_property(
        GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, "\001", NULL);

    if (actual != NULL && (*actual == '\0' || g_str_equal(actual, "undefined")))
        g_clear_pointer(&actual, g_free);
    return actual;
}

static const char *
inner_text(GtkWidget *widget)
{
    const char *text = NULL;

    if (GTK_IS_LABEL(widget))
        return gtk_label_get_text(GTK_LABEL(widget));
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child && text == NULL;
         child = gtk_widget_get_next_sibling(child))
        text = inner_text(child);
    return text != NULL && *text != '\0' ? text : NULL;
}

static char *
dup_name(GtkWidget *widget)
{
    char *label = dup_label(widget);

    if (label == NULL && gtk_test_accessible_has_relation(
                             GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY))
        label = g_strdup("(labelled)");
    if (label == NULL)
        label = g_strdup(inner_text(widget));
    if (label == NULL && gtk_widget_get_tooltip_text(widget) != NULL)
        label = g_strdup(gtk_widget_get_tooltip_text(widget));
    return label;
}

static gboolean
is_used(GtkWidget *widget)
{
    static const GtkAccessibleRole roles[] = {
        GTK_ACCESSIBLE_ROLE_BUTTON,       GTK_ACCESSIBLE_ROLE_CHECKBOX,
        GTK_ACCESSIBLE_ROLE_SWITCH,       GTK_ACCESSIBLE_ROLE_SEARCH_BOX,
        GTK_ACCESSIBLE_ROLE_TEXT_BOX,     GTK_ACCESSIBLE_ROLE_COMBO_BOX,
        GTK_ACCESSIBLE_ROLE_SLIDER,       GTK_ACCESSIBLE_ROLE_SPIN_BUTTON,
        GTK_ACCESSIBLE_ROLE_PROGRESS_BAR, GTK_ACCESSIBLE_ROLE_IMG};
    GtkAccessibleRole role = gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(widget));

    for (gsize i = 0; i < G_N_ELEMENTS(roles); i++)
        if (roles[i] == role)
            return gtk_widget_get_focusable(widget);
    return FALSE;
}

static void
dump(GtkWidget *widget, guint depth, GString *out, guint *n_unnamed)
{
    GtkAccessibleRole role = gtk_accessible_get_accessible_role(GTK_ACCESSIBLE(widget));
    g_autoptr(GEnumClass) roles = g_type_class_ref(GTK_TYPE_ACCESSIBLE_ROLE);
    g_autofree char *name = NULL;
    gboolean told;

    if (!gtk_widget_get_mapped(widget))
        return;
    told = role != GTK_ACCESSIBLE_ROLE_GENERIC && role != GTK_ACCESSIBLE_ROLE_NONE &&
           role != GTK_ACCESSIBLE_ROLE_WIDGET && role != GTK_ACCESSIBLE_ROLE_GROUP &&
           role != GTK_ACCESSIBLE_ROLE_PRESENTATION;
    if (told) {
        name = dup_name(widget);
        g_string_append_printf(out, "%*s%s%s%s\n", (int) (2 * depth), "",
                               g_enum_get_value(roles, (int) role)->value_nick,
                               name != NULL ? ": " : "", name != NULL ? name : "");
        if (is_used(widget) && name == NULL) {
            g_test_message("no name: %s", G_OBJECT_TYPE_NAME(widget));
            (*n_unnamed)++;
        }
    }
    /* lines of lists are made of what is in them, not of the window */
    if (role == GTK_ACCESSIBLE_ROLE_LIST && depth > 0 && GTK_IS_LIST_VIEW(widget))
        return;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
         child = gtk_widget_get_next_sibling(child))
        dump(child, depth + (told ? 1 : 0), out, n_unnamed);
}

static void
check_tree(UmkAppWindow *window, const char *page)
{
    const char *folder = g_getenv("UMEKOMI_GOLDEN");
    g_autofree char *file = g_strdup_printf("tree-%s.txt", page);
    g_autofree char *path = folder ? g_build_filename(folder, file, NULL) : NULL;
    g_autofree char *golden = NULL;
    g_autoptr(GString) tree = g_string_new(NULL);
    guint n_unnamed = 0;

    dump(GTK_WIDGET(window), 0, tree, &n_unnamed);
    g_assert_cmpuint(n_unnamed, ==, 0);
    if (path == NULL)
        return;
    if (g_getenv("UMEKOMI_GOLDEN_WRITE") != NULL)
        g_assert_true(g_file_set_contents(path, tree->str, -1, NULL));
    g_assert_true(g_file_get_contents(path, &golden, NULL, NULL));
    if (!g_str_equal(golden, tree->str))
        g_test_message("the tree is now:\n%s", tree->str);
    g_assert_true(g_str_equal(golden, tree->str));
}

static void
test_tree(void)
{
    UmkAppWindow *window = flow_make_window();

    flow_spin(0.5);
    check_tree(window, "welcome");
    flow_close(window);
    window = flow_open("fixture.ume");
    WAIT_FOR(umk_app_map_get_n_frames(window->map) > 0);
    _umk_app_window_inspect(window, 0);
    flow_spin(1.5);
    WAIT_FOR(umk_app_status_get_truth(window->status_line) != NULL);
    check_tree(window, "collection");
    flow_close(window);
}

int
main(int argc, char **argv)
{
    program = argv[0];
    flow_start(&argc, &argv);
    if (argc == 4 && g_str_equal(argv[1], "--draw"))
        return draw_style(argv[2], argv[3]);
    g_test_add_func("/screens/tree", test_tree);
    for (gsize i = 0; i < G_N_ELEMENTS(styles); i++) {
        g_autofree char *name = g_strconcat("/screens/", styles[i].name, NULL);

        g_test_add_data_func(name, &styles[i], test_style);
    }
    return flow_run();
}
