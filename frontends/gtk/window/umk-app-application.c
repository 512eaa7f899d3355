/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Command line, keys, and the actions that belong to no window. */
#include "umk-app-application.h"

#include "umk-app-settings.h"
#include "umk-app-window.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <umekomi/umekomi.h>

struct _UmkAppApplication {
    AdwApplication parent_instance;
};

G_DEFINE_FINAL_TYPE(UmkAppApplication, umk_app_application, ADW_TYPE_APPLICATION)

static void
umk_app_application_activate(GApplication *application)
{
    GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(application));

    if (window == NULL)
        window = GTK_WINDOW(umk_app_window_new(GTK_APPLICATION(application)));
    gtk_window_present(window);
}

static void
umk_app_application_open(GApplication *application,
                         GFile **files,
                         int n_files,
                         const char *hint)
{
    GtkApplication *gtk = GTK_APPLICATION(application);

    for (int i = 0; i < n_files; i++) {
        GtkWindow *active = gtk_application_get_active_window(gtk);
        g_autofree char *path = g_file_get_path(files[i]);
        UmkAppWindow *window = active && UMK_APP_IS_WINDOW(active) &&
                                       umk_app_window_is_empty(UMK_APP_WINDOW(active))
                                   ? UMK_APP_WINDOW(active)
                                   : umk_app_window_new(gtk);

        gtk_window_present(GTK_WINDOW(window));
        umk_app_window_open_any(window, path ? path : "");
    }
}

static void
new_window(GSimpleAction *action, GVariant *parameter, gpointer application)
{
    gtk_window_present(GTK_WINDOW(umk_app_window_new(GTK_APPLICATION(application))));
}

static void
about(GSimpleAction *action, GVariant *parameter, gpointer application)
{
    static const char *const developers[] = {"The Umekomi developers", NULL};
    GtkWindow *parent = gtk_application_get_active_window(GTK_APPLICATION(application));

    adw_show_about_window(
        parent, "application-name", "Umekomi", "application-icon", UMK_APP_ID, "version",
        UMK_APP_VERSION, "developer-name", _("The Umekomi developers"), "developers",
        developers, "comments",
        _("See, hear and search what embeddings make of words, pictures, sounds "
          "and graphs."),
        "license-type", GTK_LICENSE_GPL_3_0, "translator-credits",
        /* Translators: your names, one a line */
        _("translator-credits"), NULL);
}

static void
quit(GSimpleAction *action, GVariant *parameter, gpointer application)
{
    GList *windows;

    while ((windows = gtk_application_get_windows(GTK_APPLICATION(application))) !=
           NULL) {
        GtkWindow *window = windows->data;

        gtk_window_close(window);
        if (gtk_application_get_windows(GTK_APPLICATION(application)) == windows &&
            windows->data == window)
            break;
    }
}

static void
set_keys(GtkApplication *application)
{
    static const char *const keys[][4] = {
        {"app.new-window", "<Control>n"},
        {"app.quit", "<Control>q"},
        {"window.close", "<Control>w"},
        {"win.open", "<Control>o"},
        {"win.new-collection", "<Control><Shift>n"},
        {"win.add-files", "<Control>i"},
        {"win.add-folder", "<Control><Shift>i"},
        {"win.search", "<Control>f"},
        {"win.search-file", "<Control><Shift>f"},
        {"win.clear-search", "<Control>BackSpace"},
        {"win.back", "<Alt>Left"},
        {"win.forward", "<Alt>Right"},
        {"win.fit", "<Control>0"},
        {"win.zoom-in", "<Control>plus", "<Control>equal"},
        {"win.zoom-out", "<Control>minus"},
        {"win.play", "<Control>p"},
        {"win.mute", "<Control><Shift>m"},
        {"win.loop-sound", "<Control><Shift>p"},
        {"win.swap-sound", "<Control>d"},
        {"win.show-selection", "<Control>j"},
        {"win.add-bookmark", "<Control><Shift>d"},
        {"win.bookmarks", "<Control><Shift>b"},
        {"win.focus-map", "<Control>m"},
        {"win.focus-list", "<Control>l"},
        {"win.list-near", "<Control><Shift>l"},
        {"win.neighbours", "<Control>k"},
        {"win.audit", "<Control>b"},
        {"win.open-file", "<Control><Shift>o"},
        {"win.reload", "<Control>r"},
        {"win.export-picture", "<Control>e"},
        {"win.export-items", "<Control><Shift>e"},
        {"win.save-report", "<Control><Shift>s"},
        {"win.add-to-audit(0)", "<Control>1"},
        {"win.add-to-audit(1)", "<Control>2"},
        {"win.add-to-audit(2)", "<Control>3"},
        {"win.add-to-audit(3)", "<Control>4"},
        {"win.toggle-left", "F9"},
        {"win.toggle-right", "<Shift>F9"},
        {"win.show-help-overlay", "<Control>question", "F1"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        gtk_application_set_accels_for_action(application, keys[i][0], &keys[i][1]);
}

static void
umk_app_application_startup(GApplication *application)
{
    static const GActionEntry entries[] = {
        {"new-window", new_window}, {"about", about}, {"quit", quit}};

    G_APPLICATION_CLASS(umk_app_application_parent_class)->startup(application);
    gtk_window_set_default_icon_name(UMK_APP_ID);
    g_action_map_add_action_entries(G_ACTION_MAP(application), entries,
                                    G_N_ELEMENTS(entries), application);
    set_keys(GTK_APPLICATION(application));
}

static gint
umk_app_application_options(GApplication *application, GVariantDict *options)
{
    if (!g_variant_dict_contains(options, "version"))
        return -1;
    g_print("umekomi-explorer %s\n", UMK_APP_VERSION);
    return 0;
}

static void
umk_app_application_class_init(UmkAppApplicationClass *klass)
{
    GApplicationClass *application_class = G_APPLICATION_CLASS(klass);

    application_class->activate = umk_app_application_activate;
    application_class->open = umk_app_application_open;
    application_class->startup = umk_app_application_startup;
    application_class->handle_local_options = umk_app_application_options;
}

static void
umk_app_application_init(UmkAppApplication *self)
{
    GApplication *application = G_APPLICATION(self);

    g_application_add_main_option(application, "version", 0, 0, G_OPTION_ARG_NONE,
                                  _("Print the version and end"), NULL);
    g_application_set_option_context_parameter_string(application, _("[COLLECTION…]"));
    g_application_set_option_context_summary(
        application,
        _("Shows collections of words, pictures, sounds and graph nodes as a map."));
}

/* flags: beside those that opening files needs. */
UmkAppApplication *
umk_app_application_new(GApplicationFlags flags)
{
    return g_object_new(UMK_APP_TYPE_APPLICATION, "application-id", UMK_APP_ID, "flags",
                        G_APPLICATION_HANDLES_OPEN | flags, "resource-base-path",
                        "/io/github/umekomi/Umekomi", NULL);
}

/* Before anything is translated. */
void
umk_app_application_set_locale(void)
{
    const char *folder = g_getenv("UMEKOMI_LOCALE_PATH");

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, folder ? folder : UMK_APP_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
}
