/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the search box understands its text: the mode beside it, the place where a formula
 * or a pattern goes wrong, an input method at work, and pictures, sounds and vectors that
 * are pasted or dropped on it. */
#include "umk-app-window-parts.h"

#include "umk-app-intake.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

/* ---- the mode and the problem --------------------------------------------------------
 */

static GtkText *
get_text(UmkAppWindow *self)
{
    return GTK_TEXT(gtk_editable_get_delegate(GTK_EDITABLE(self->search)));
}

/* A wavy line under the character, or under the last one if something is missing there.
 */
static void
underline(UmkAppWindow *self, guint column)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->search));
    glong n = g_utf8_strlen(text, -1), at = MIN((glong) column - 1, n - 1);
    g_autoptr(PangoAttrList) attributes = pango_attr_list_new();
    PangoAttribute *wave;

    if (column > 0 && at >= 0) {
        wave = pango_attr_underline_new(PANGO_UNDERLINE_ERROR);
        wave->start_index = (guint) (g_utf8_offset_to_pointer(text, at) - text);
        wave->end_index = (guint) (g_utf8_offset_to_pointer(text, at + 1) - text);
        pango_attr_list_insert(attributes, wave);
    }
    gtk_text_set_attributes(get_text(self), attributes);
}

static void
point_at(UmkAppWindow *self, guint column)
{
    GtkText *text = get_text(self);
    glong n = g_utf8_strlen(gtk_editable_get_text(GTK_EDITABLE(text)), -1);
    graphene_rect_t cursor;
    double x, y;
    GdkRectangle place;

    gtk_text_compute_cursor_extents(text, (gsize) MIN((glong) MAX(column, 1) - 1, n),
                                    &cursor, NULL);
    gtk_widget_translate_coordinates(GTK_WIDGET(text), GTK_WIDGET(self->search),
                                     (double) cursor.origin.x, (double) cursor.origin.y,
                                     &x, &y);
    place =
        (GdkRectangle){(int) CLAMP(x, 0, gtk_widget_get_width(GTK_WIDGET(self->search))),
                       0, 1, gtk_widget_get_height(GTK_WIDGET(self->search))};
    gtk_popover_set_pointing_to(self->ask_popover, &place);
}

static void
point_out(UmkAppWindow *self)
{
    if (!gtk_widget_get_mapped(GTK_WIDGET(self->search)))
        return;
    point_at(self, self->ask_column);
    gtk_popover_popup(self->ask_popover);
}

static void
show_problem(UmkAppWindow *self, const UmkAppQuestion *asked)
{
    GtkAccessible *entry = GTK_ACCESSIBLE(self->search);

    self->ask_wrong = asked != NULL && asked->problem != NULL;
    if (!self->ask_wrong) {
        gtk_popover_popdown(self->ask_popover);
        underline(self, 0);
        gtk_widget_remove_css_class(GTK_WIDGET(self->search), "error");
        gtk_accessible_reset_property(entry, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
        gtk_accessible_reset_state(entry, GTK_ACCESSIBLE_STATE_INVALID);
        return;
    }
    gtk_label_set_label(self->ask_problem, asked->problem);
    underline(self, asked->column);
    gtk_widget_add_css_class(GTK_WIDGET(self->search), "error");
    gtk_accessible_update_property(entry, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   asked->problem, -1);
    gtk_accessible_update_state(entry, GTK_ACCESSIBLE_STATE_INVALID,
                                GTK_ACCESSIBLE_INVALID_TRUE, -1);
    self->ask_column = asked->column;
    point_out(self);
}

/* asked: NULL for nothing, or a file. */
void
_umk_app_window_show_asked(UmkAppWindow *self, const UmkAppQuestion *asked)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->search));
    UmkAppAsk ask = asked != NULL && *text != '\0' ? asked->ask : self->ask_mode;
    const char *title = umk_app_ask_get_title(ask);
    /* Translators: Meaning, Words, Pattern, Item, Formula, Vector or Automatic */
    g_autofree char *spoken = g_strdup_printf(_("Search mode: %s"), title);

    gtk_label_set_label(self->ask_label, title);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->ask_button),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
    show_problem(self, asked);
}

static void
mode_changed(GSimpleAction *action, GVariant *state, gpointer window)
{
    UmkAppWindow *self = window;

    self->ask_mode = umk_app_ask_from_name(g_variant_get_string(state, NULL));
    g_simple_action_set_state(action,
                              g_variant_new_string(umk_app_ask_get_name(self->ask_mode)));
    _umk_app_window_ask_box(self);
    if (self->source == NULL)
        _umk_app_window_show_asked(self, NULL);
    gtk_widget_grab_focus(GTK_WIDGET(self->search));
    gtk_editable_set_position(GTK_EDITABLE(self->search), -1);
}

/* ---- an input method -----------------------------------------------------------------
 */

/* While one composes, what stands in the box is half a word. */
static void
preedit_changed(GtkText *text, const char *preedit, UmkAppWindow *self)
{
    gboolean was = self->composing;

    self->composing = *preedit != '\0';
    if (was && !self->composing && *gtk_editable_get_text(GTK_EDITABLE(text)) != '\0')
        g_signal_emit_by_name(self->search, "search-changed");
}

/* ---- pictures and sounds -------------------------------------------------------------
 */

static void
forget_pasted(UmkAppWindow *self)
{
    if (self->pasted != NULL)
        g_unlink(self->pasted);
    g_clear_pointer(&self->pasted, g_free);
}

static void
write_picture(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;
    g_autoptr(GBytes) png = gdk_texture_save_to_png_bytes(data);
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("umekomi-XXXXXX.png", &path, &error);
    gsize size;
    const char *bytes = g_bytes_get_data(png, &size);

    if (file < 0) {
        g_task_return_error(task, error);
        return;
    }
    g_close(file, NULL);
    if (g_file_set_contents_full(path, bytes, (gssize) size, G_FILE_SET_CONTENTS_NONE,
                                 0600, &error))
        g_task_return_pointer(task, g_steal_pointer(&path), g_free);
    else
        g_task_return_error(task, error);
}

static void
picture_written(GObject *object, GAsyncResult *result, gpointer window)
{
    g_autoptr(UmkAppWindow) self = window;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkItem) item = NULL;
    char *path = g_task_propagate_pointer(G_TASK(result), &error);

    if (path == NULL) {
        _umk_app_window_toast(self, error->message);
        return;
    }
    forget_pasted(self);
    self->pasted = path;
    if (self->source == NULL)
        return;
    item = umk_item_new_for_file(UMK_MODALITY_IMAGE, path);
    umk_item_set_caption(item, _("Pasted picture"));
    _umk_app_window_ask_item(self, item);
}

/* A picture without a file: it gets one for as long as it is asked with. */
void
_umk_app_window_ask_texture(UmkAppWindow *self, GdkTexture *texture)
{
    /* not its source: a task may go in its worker, and a window must not */
    g_autoptr(GTask) task = g_task_new(NULL, NULL, picture_written, g_object_ref(self));

    g_task_set_task_data(task, g_object_ref(texture), g_object_unref);
    g_task_run_in_thread(task, write_picture);
}

static gboolean
ask_files(UmkAppWindow *self, GSList *files)
{
    g_autofree char *path = files != NULL ? g_file_get_path(files->data) : NULL;
    UmkModality modality;

    if (self->source != NULL && path != NULL && umk_app_intake_is_vectors(path)) {
        _umk_app_window_ask_vector(self, path);
        return TRUE;
    }
    if (self->source == NULL || path == NULL ||
        !umk_app_query_guess_modality(path, &modality)) {
        _umk_app_window_toast(
            self, _("Only pictures, sounds and vectors can be searched with"));
        return FALSE;
    }
    _umk_app_window_ask_file(self, path, modality);
    return TRUE;
}

static void
files_read(GObject *clipboard, GAsyncResult *result, gpointer window)
{
    g_autoptr(UmkAppWindow) self = window;
    const GValue *value =
        gdk_clipboard_read_value_finish(GDK_CLIPBOARD(clipboard), result, NULL);

    if (value != NULL)
        ask_files(self, g_value_get_boxed(value));
}

static void
texture_read(GObject *clipboard, GAsyncResult *result, gpointer window)
{
    g_autoptr(UmkAppWindow) self = window;
    g_autoptr(GdkTexture) texture =
        gdk_clipboard_read_texture_finish(GDK_CLIPBOARD(clipboard), result, NULL);

    if (texture != NULL)
        _umk_app_window_ask_texture(self, texture);
}

/* FALSE where the clipboard has nothing but text. */
static gboolean
paste(UmkAppWindow *self)
{
    GdkClipboard *clipboard = gtk_widget_get_clipboard(GTK_WIDGET(self));
    GdkContentFormats *formats = gdk_clipboard_get_formats(clipboard);
    gboolean picture = gdk_content_formats_contain_gtype(formats, GDK_TYPE_TEXTURE) ||
                       gdk_content_formats_contain_mime_type(formats, "image/png");

    if (self->source == NULL)
        return FALSE;
    if (gdk_content_formats_contain_gtype(formats, GDK_TYPE_FILE_LIST) ||
        gdk_content_formats_contain_mime_type(formats, "text/uri-list"))
        gdk_clipboard_read_value_async(clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT,
                                       NULL, files_read, g_object_ref(self));
    else if (picture)
        gdk_clipboard_read_texture_async(clipboard, NULL, texture_read,
                                         g_object_ref(self));
    else
        return FALSE;
    return TRUE;
}

static void
text_pasted(GtkText *text, UmkAppWindow *self)
{
    if (paste(self))
        g_signal_stop_emission_by_name(text, "paste-clipboard");
}

/* Without an entry about: text that is pasted is searched for. */
static void
paste_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;

    if (self->source == NULL || paste(self))
        return;
    gtk_widget_grab_focus(GTK_WIDGET(self->search));
    g_signal_emit_by_name(get_text(self), "paste-clipboard");
}

static gboolean
dropped(
    GtkDropTarget *target, const GValue *value, double x, double y, UmkAppWindow *self)
{
    _umk_app_window_end_drop(self);
    if (self->source == NULL)
        return FALSE;
    if (G_VALUE_HOLDS(value, GDK_TYPE_TEXTURE))
        _umk_app_window_ask_texture(self, g_value_get_object(value));
    else
        return ask_files(self, g_value_get_boxed(value));
    return TRUE;
}

static void
add_drop_target(UmkAppWindow *self)
{
    GType types[] = {GDK_TYPE_FILE_LIST, GDK_TYPE_TEXTURE};
    GtkDropTarget *box = gtk_drop_target_new(G_TYPE_INVALID, GDK_ACTION_COPY);
    GtkDropTarget *whole = gtk_drop_target_new(GDK_TYPE_TEXTURE, GDK_ACTION_COPY);

    gtk_drop_target_set_gtypes(box, types, G_N_ELEMENTS(types));
    g_signal_connect_object(box, "drop", G_CALLBACK(dropped), self, 0);
    g_signal_connect_object(whole, "drop", G_CALLBACK(dropped), self, 0);
    gtk_event_controller_set_propagation_phase(GTK_EVENT_CONTROLLER(box),
                                               GTK_PHASE_CAPTURE);
    gtk_widget_add_controller(GTK_WIDGET(self->search), GTK_EVENT_CONTROLLER(box));
    gtk_widget_add_controller(GTK_WIDGET(self->toasts), GTK_EVENT_CONTROLLER(whole));
}

/* ---- life -----------------------------------------------------------------------------
 */

/* What the box says of its text is for who is at it: it goes when people turn to
 * something else or the window is arranged anew, and comes back with them. */
void
_umk_app_window_hide_problem(UmkAppWindow *self)
{
    if (self->ask_popover != NULL)
        gtk_popover_popdown(self->ask_popover);
}

static void
box_entered(GtkEventControllerFocus *focus, UmkAppWindow *self)
{
    if (self->ask_popover != NULL && self->ask_wrong)
        point_out(self);
}

static void
follow_focus(UmkAppWindow *self)
{
    GtkEventController *focus = gtk_event_controller_focus_new();

    g_signal_connect_object(focus, "enter", G_CALLBACK(box_entered), self, 0);
    g_signal_connect_object(focus, "leave", G_CALLBACK(_umk_app_window_hide_problem),
                            self, G_CONNECT_SWAPPED);
    gtk_widget_add_controller(GTK_WIDGET(self->search), focus);
    g_signal_connect(self, "notify::default-width",
                     G_CALLBACK(_umk_app_window_hide_problem), NULL);
}

static void
make_popover(UmkAppWindow *self)
{
    GtkWidget *label = gtk_label_new(NULL);

    self->ask_problem = GTK_LABEL(label);
    gtk_label_set_wrap(self->ask_problem, TRUE);
    gtk_label_set_max_width_chars(self->ask_problem, 40);
    gtk_widget_add_css_class(label, "ask-problem");
    self->ask_popover = GTK_POPOVER(gtk_popover_new());
    gtk_popover_set_autohide(self->ask_popover, FALSE);
    gtk_popover_set_position(self->ask_popover, GTK_POS_BOTTOM);
    gtk_popover_set_child(self->ask_popover, label);
    gtk_widget_set_can_focus(GTK_WIDGET(self->ask_popover), FALSE);
    gtk_widget_set_parent(GTK_WIDGET(self->ask_popover), GTK_WIDGET(self->search));
}

void
_umk_app_window_init_ask(UmkAppWindow *self)
{
    GtkEventController *keys = gtk_shortcut_controller_new();
    g_autoptr(GSimpleAction) mode = g_simple_action_new_stateful(
        "search-mode", G_VARIANT_TYPE_STRING, g_variant_new_string("any"));
    g_autoptr(GSimpleAction) pasting = g_simple_action_new("paste", NULL);

    make_popover(self);
    follow_focus(self);
    g_signal_connect_object(mode, "change-state", G_CALLBACK(mode_changed), self, 0);
    g_action_map_add_action(G_ACTION_MAP(self), G_ACTION(mode));
    g_signal_connect_object(pasting, "activate", G_CALLBACK(paste_action), self, 0);
    g_action_map_add_action(G_ACTION_MAP(self), G_ACTION(pasting));
    gtk_shortcut_controller_add_shortcut(
        GTK_SHORTCUT_CONTROLLER(keys),
        gtk_shortcut_new(gtk_shortcut_trigger_parse_string("<Control>v"),
                         gtk_named_action_new("win.paste")));
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
    g_signal_connect_object(get_text(self), "preedit-changed",
                            G_CALLBACK(preedit_changed), self, 0);
    g_signal_connect_object(get_text(self), "paste-clipboard", G_CALLBACK(text_pasted),
                            self, 0);
    add_drop_target(self);
    _umk_app_window_show_asked(self, NULL);
}

void
_umk_app_window_drop_ask(UmkAppWindow *self)
{
    g_clear_handle_id(&self->emptied, g_source_remove);
    forget_pasted(self);
    g_clear_pointer(&self->asked, umk_app_question_free);
    if (self->ask_popover != NULL)
        gtk_widget_unparent(GTK_WIDGET(self->ask_popover));
    self->ask_popover = NULL;
}
