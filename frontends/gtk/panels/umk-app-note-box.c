/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A text view that grows with its text, to a height. While nothing is written its place
 * says what it is for. */
#include "umk-app-note-box.h"

#include <glib/gi18n.h>

#define PAUSE   1500 /* ms after the last key */
#define TALLEST 180  /* pixels */
#define NO_ROW  G_MAXUINT32

struct _UmkAppNoteBox {
    GtkWidget parent_instance;
    GtkWidget *box, *title, *view, *hint;
    GtkTextBuffer *buffer;
    UmkAppScene *scene;
    guint32 row;
    gboolean showing; /* the text changes, and nobody has typed it */
    guint pause;
};

G_DEFINE_FINAL_TYPE(UmkAppNoteBox, umk_app_note_box, GTK_TYPE_WIDGET)

char *
umk_app_note_box_dup_text(UmkAppNoteBox *self)
{
    GtkTextIter start, end;

    gtk_text_buffer_get_bounds(self->buffer, &start, &end);
    return gtk_text_buffer_get_text(self->buffer, &start, &end, FALSE);
}

void
umk_app_note_box_keep(UmkAppNoteBox *self)
{
    UmkAppNotes *notes =
        self->scene != NULL ? umk_app_scene_get_notes(self->scene) : NULL;
    g_autofree char *text = NULL;
    g_autofree char *tidy = NULL;
    g_autoptr(UmkAppNotes) changed = NULL;

    if (self->pause == 0)
        return;
    g_clear_handle_id(&self->pause, g_source_remove);
    if (notes == NULL || self->row == NO_ROW)
        return;
    text = umk_app_note_box_dup_text(self);
    tidy = umk_app_note_tidy(text);
    if (g_strcmp0(tidy, umk_app_notes_get(notes, self->row)) == 0)
        return;
    changed = umk_app_notes_with(notes, self->row, tidy);
    umk_app_scene_set_notes(self->scene, changed,
                            tidy != NULL ? _("Write a Note") : _("Remove the Note"));
}

static gboolean
paused(gpointer data)
{
    umk_app_note_box_keep(data);
    return G_SOURCE_REMOVE;
}

static void
show_hint(UmkAppNoteBox *self)
{
    gtk_widget_set_visible(self->hint, gtk_text_buffer_get_char_count(self->buffer) == 0);
}

static void
typed(GtkTextBuffer *buffer, UmkAppNoteBox *self)
{
    show_hint(self);
    if (self->showing)
        return;
    g_clear_handle_id(&self->pause, g_source_remove);
    self->pause = g_timeout_add(PAUSE, paused, self);
}

void
umk_app_note_box_set_text(UmkAppNoteBox *self, const char *text)
{
    gtk_text_buffer_set_text(self->buffer, text, -1);
}

/* The note as the scene has it, unless just that stands there already. */
static void
show_note(UmkAppNoteBox *self)
{
    UmkAppNotes *notes =
        self->scene != NULL ? umk_app_scene_get_notes(self->scene) : NULL;
    const char *note =
        notes != NULL && self->row != NO_ROW ? umk_app_notes_get(notes, self->row) : NULL;
    g_autofree char *text = umk_app_note_box_dup_text(self);
    g_autofree char *tidy = umk_app_note_tidy(text);

    gtk_widget_set_sensitive(self->view, notes != NULL && self->row != NO_ROW);
    if (g_strcmp0(tidy, note) == 0)
        return;
    self->showing = TRUE;
    /* a step back in the text view must not lead to another item's note */
    gtk_text_buffer_begin_irreversible_action(self->buffer);
    gtk_text_buffer_set_text(self->buffer, note != NULL ? note : "", -1);
    gtk_text_buffer_end_irreversible_action(self->buffer);
    self->showing = FALSE;
}

void
umk_app_note_box_show(UmkAppNoteBox *self, guint32 row)
{
    umk_app_note_box_keep(self);
    if (row != self->row && self->scene != NULL)
        umk_app_scene_end_step(self->scene);
    self->row = row;
    show_note(self);
}

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppNoteBox *self)
{
    if (changes & UMK_APP_CHANGED_SOURCE) {
        g_clear_handle_id(&self->pause, g_source_remove);
        self->row = NO_ROW;
    }
    /* what is being typed has the last word */
    if (changes & (UMK_APP_CHANGED_NOTES | UMK_APP_CHANGED_SOURCE) && self->pause == 0)
        show_note(self);
}

void
umk_app_note_box_set_scene(UmkAppNoteBox *self, UmkAppScene *scene)
{
    g_set_object(&self->scene, scene);
    g_signal_connect_object(scene, "changed", G_CALLBACK(scene_changed), self, 0);
    show_note(self);
}

/* ---- life ----------------------------------------------------------------------------
 */

static void
umk_app_note_box_dispose(GObject *object)
{
    UmkAppNoteBox *self = UMK_APP_NOTE_BOX(object);

    g_clear_handle_id(&self->pause, g_source_remove);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_object(&self->scene);
    G_OBJECT_CLASS(umk_app_note_box_parent_class)->dispose(object);
}

static void
umk_app_note_box_class_init(UmkAppNoteBoxClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_note_box_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "notebox");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static GtkWidget *
make_view(UmkAppNoteBox *self)
{
    GtkWidget *scroller = gtk_scrolled_window_new(), *over = gtk_overlay_new();
    GtkEventController *focus = gtk_event_controller_focus_new();

    self->view = gtk_text_view_new();
    self->buffer = gtk_text_view_get_buffer(GTK_TEXT_VIEW(self->view));
    gtk_text_view_set_wrap_mode(GTK_TEXT_VIEW(self->view), GTK_WRAP_WORD_CHAR);
    gtk_text_view_set_accepts_tab(GTK_TEXT_VIEW(self->view), FALSE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->view),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, _("Note"), -1);
    g_signal_connect_swapped(focus, "leave", G_CALLBACK(umk_app_note_box_keep), self);
    gtk_widget_add_controller(self->view, focus);
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_propagate_natural_height(GTK_SCROLLED_WINDOW(scroller), TRUE);
    gtk_scrolled_window_set_max_content_height(GTK_SCROLLED_WINDOW(scroller), TALLEST);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), self->view);
    self->hint = gtk_label_new(_("Write about this item"));
    gtk_label_set_xalign(GTK_LABEL(self->hint), 0);
    gtk_label_set_ellipsize(GTK_LABEL(self->hint), PANGO_ELLIPSIZE_END);
    gtk_widget_set_can_target(self->hint, FALSE);
    gtk_widget_set_valign(self->hint, GTK_ALIGN_START);
    gtk_widget_add_css_class(self->hint, "dim-label");
    gtk_widget_add_css_class(self->hint, "note-hint");
    gtk_overlay_set_child(GTK_OVERLAY(over), scroller);
    gtk_overlay_add_overlay(GTK_OVERLAY(over), self->hint);
    gtk_widget_add_css_class(over, "card");
    return over;
}

static void
umk_app_note_box_init(UmkAppNoteBox *self)
{
    self->row = NO_ROW;
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    self->title = gtk_label_new(_("Note"));
    gtk_label_set_xalign(GTK_LABEL(self->title), 0);
    gtk_widget_add_css_class(self->title, "heading");
    gtk_box_append(GTK_BOX(self->box), self->title);
    gtk_box_append(GTK_BOX(self->box), make_view(self));
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    g_signal_connect(self->buffer, "changed", G_CALLBACK(typed), self);
    show_hint(self);
}
