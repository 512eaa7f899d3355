/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the inspector from one item. Pictures and waveforms come later from a thread;
 * what was asked for an item that is not shown any more is thrown away. */
#include "umk-app-inspector.h"

#include "umk-app-item-list.h"
#include "umk-app-modality.h"
#include "umk-app-near.h"
#include "umk-app-note-box.h"
#include "umk-app-zoom-picture.h"
#include "umk-app-previews.h"
#include "umk-app-provenance.h"
#include "umk-app-sound.h"
#include "umk-app-titles.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include <string.h>

#define PICTURE 512u /* pixels, and columns of a waveform */

struct _UmkAppInspector {
    GtkWidget parent_instance;
    GtkStack *stack, *preview;
    GtkScrolledWindow *scroller;
    UmkAppZoomPicture *picture;
    UmkAppSound *sound;
    GtkLabel *text, *title, *subtitle;
    GtkImage *glyph;
    GtkGrid *fields, *provenance;
    UmkAppNoteBox *note;
    GtkExpander *origin;
    GtkWidget *edges;
    GtkLabel *edges_title;
    UmkAppItemList *edges_list;
    GCancellable *loading;
    UmkAppJob *reading; /* edges */
    UmkModality modality;
    UmkItem *item;
};

enum { CHOSEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppInspector, umk_app_inspector, GTK_TYPE_WIDGET)

static void
stop_loading(UmkAppInspector *self)
{
    if (self->loading != NULL)
        g_cancellable_cancel(self->loading);
    g_clear_object(&self->loading);
    if (self->reading != NULL)
        umk_app_job_cancel(self->reading);
    g_clear_object(&self->reading);
}

static void
umk_app_inspector_dispose(GObject *object)
{
    UmkAppInspector *self = UMK_APP_INSPECTOR(object);

    stop_loading(self);
    g_clear_pointer(&self->item, umk_item_unref);
    if (self->stack != NULL)
        gtk_widget_unparent(GTK_WIDGET(self->stack));
    self->stack = NULL;
    G_OBJECT_CLASS(umk_app_inspector_parent_class)->dispose(object);
}

static void
umk_app_inspector_class_init(UmkAppInspectorClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(UMK_APP_TYPE_SOUND);
    g_type_ensure(UMK_APP_TYPE_ZOOM_PICTURE);
    g_type_ensure(UMK_APP_TYPE_ITEM_LIST);
    g_type_ensure(UMK_APP_TYPE_NOTE_BOX);
    signals[CHOSEN] = g_signal_new("chosen", UMK_APP_TYPE_INSPECTOR, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, UMK_APP_TYPE_ROW);
    G_OBJECT_CLASS(klass)->dispose = umk_app_inspector_dispose;
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-inspector.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, stack);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, preview);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, scroller);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, picture);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, sound);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, text);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, title);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, subtitle);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, glyph);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, fields);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, provenance);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, note);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, origin);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, edges);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, edges_title);
    gtk_widget_class_bind_template_child(widget_class, UmkAppInspector, edges_list);
    gtk_widget_class_set_css_name(widget_class, "inspector");
}

static void
edge_chosen(UmkAppItemList *list, UmkAppRow *row, UmkAppInspector *self)
{
    g_signal_emit(self, signals[CHOSEN], 0, row);
}

static void
umk_app_inspector_init(UmkAppInspector *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    g_signal_connect(self->edges_list, "chosen", G_CALLBACK(edge_chosen), self);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(self->edges_list),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, self->edges_title,
                                   NULL, -1);
}

/* ---- lines of name and value
 * --------------------------------------------------------------- */

static void
clear_grid(GtkGrid *grid)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(grid))) != NULL)
        gtk_grid_remove(grid, child);
}

static void
add_line(GtkGrid *grid, int *line, const char *name, const char *value)
{
    GtkWidget *left = gtk_label_new(name), *right;
    g_autofree char *tidy = NULL;

    if (value == NULL || *value == '\0') {
        g_object_ref_sink(left);
        g_object_unref(left);
        return;
    }
    tidy = umk_app_text_tidy(value, 400);
    right = gtk_label_new(tidy);
    gtk_widget_add_css_class(left, "dim-label");
    gtk_widget_add_css_class(left, "caption");
    gtk_widget_add_css_class(right, "caption");
    gtk_label_set_xalign(GTK_LABEL(left), 0);
    gtk_widget_set_valign(left, GTK_ALIGN_START);
    gtk_label_set_ellipsize(GTK_LABEL(left), PANGO_ELLIPSIZE_END);
    gtk_label_set_max_width_chars(GTK_LABEL(left), 16);
    gtk_label_set_xalign(GTK_LABEL(right), 0);
    gtk_label_set_wrap(GTK_LABEL(right), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(right), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_selectable(GTK_LABEL(right), TRUE);
    gtk_widget_set_focusable(right, FALSE);
    gtk_widget_set_hexpand(right, TRUE);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(right),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, left, NULL, -1);
    gtk_grid_attach(grid, left, 0, *line, 1, 1);
    gtk_grid_attach(grid, right, 1, *line, 1, 1);
    (*line)++;
}

static void
show_fields(UmkAppInspector *self, UmkItem *item)
{
    g_auto(GStrv) names = umk_item_list_fields(item);
    int line = 0;

    clear_grid(self->fields);
    add_line(self->fields, &line, _("Name"), umk_item_get_id(item));
    add_line(self->fields, &line, _("Label"), umk_item_get_label(item));
    add_line(self->fields, &line, _("File"), umk_item_get_path(item));
    for (gsize i = 0; names != NULL && names[i] != NULL; i++)
        if (!g_str_equal(names[i], UMK_APP_NOTES_COLUMN)) /* it has a place of its own */
            add_line(self->fields, &line, umk_app_title_of_field(names[i]),
                     umk_item_get_field(item, names[i]));
}

static void
show_provenance(UmkAppInspector *self, UmkAppSource *source, guint32 row)
{
    g_autoptr(GPtrArray) pairs = umk_app_provenance_of(source, row);
    int line = 0;

    clear_grid(self->provenance);
    for (guint i = 0; i + 1 < pairs->len; i += 2)
        add_line(self->provenance, &line, pairs->pdata[i], pairs->pdata[i + 1]);
    gtk_widget_set_visible(GTK_WIDGET(self->origin), line > 0);
}

/* ---- the large preview
 * ----------------------------------------------------------------------- */

static void
preview_loaded(GObject *object, GAsyncResult *result, gpointer data)
{
    g_autoptr(UmkAppInspector) self = data;
    g_autoptr(UmkPreview) preview = umk_app_previews_finish(result, NULL);
    g_autoptr(GdkTexture) texture = NULL;

    if (g_task_get_cancellable(G_TASK(result)) != self->loading || self->stack == NULL)
        return;
    if (preview == NULL) {
        if (self->modality == UMK_MODALITY_IMAGE)
            gtk_stack_set_visible_child_name(self->preview, "glyph");
        return;
    }
    if (self->modality == UMK_MODALITY_AUDIO) {
        umk_app_sound_set_preview(self->sound, preview);
        return;
    }
    texture = umk_app_previews_to_texture(preview);
    if (texture != NULL)
        umk_app_zoom_picture_show(self->picture, self->item, texture, PICTURE, NULL);
}

static void
show_preview(UmkAppInspector *self, UmkItem *item, const char *title)
{
    static const char *const pages[] = {"text", "picture", "sound", "glyph"};
    const char *text = umk_item_get_text(item);
    g_autofree char *head =
        text ? g_utf8_make_valid(text, (gssize) strnlen(text, 4000)) : NULL;

    stop_loading(self);
    self->modality = umk_item_get_modality(item);
    umk_app_zoom_picture_show(self->picture, NULL, NULL, 0, title);
    gtk_label_set_label(self->text, head ? head : title);
    gtk_image_set_from_icon_name(self->glyph, umk_app_modality_get_icon(self->modality));
    umk_app_sound_set_item(self->sound,
                           self->modality == UMK_MODALITY_AUDIO ? item : NULL);
    gtk_stack_set_visible_child_name(self->preview, pages[self->modality]);
    if (self->modality != UMK_MODALITY_IMAGE && self->modality != UMK_MODALITY_AUDIO)
        return;
    self->loading = g_cancellable_new();
    umk_app_previews_load(item, PICTURE, self->loading, preview_loaded,
                          g_object_ref(self));
}

static void
edges_read(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppInspector *self = owner;
    g_autoptr(GListModel) rows = result;
    guint n = rows != NULL ? g_list_model_get_n_items(rows) : 0;
    g_autofree char *title = NULL;

    if (job != self->reading)
        return;
    g_clear_object(&self->reading);
    title = error != NULL ? g_strdup(error->message)
                          : g_strdup_printf(ngettext("%u Edge", "%u Edges", n), n);
    gtk_label_set_label(self->edges_title, title);
    umk_app_item_list_set_model(self->edges_list, rows);
    gtk_widget_set_visible(GTK_WIDGET(self->edges_list), n > 0);
    gtk_widget_set_size_request(GTK_WIDGET(self->edges_list), -1,
                                (int) MIN(n, 5) * 48 + 12);
    gtk_widget_set_visible(self->edges, TRUE);
}

/* Of a node, what it is joined to in its graph. */
static void
show_edges(UmkAppInspector *self, UmkAppSource *source, guint32 row)
{
    gtk_widget_set_visible(self->edges, FALSE);
    umk_app_item_list_set_model(self->edges_list, NULL);
    if (self->modality == UMK_MODALITY_GRAPH)
        self->reading = umk_app_near_start_edges(source, row, edges_read, G_OBJECT(self));
}

void
umk_app_inspector_show_row(UmkAppInspector *self, UmkAppSource *source, guint32 row)
{
    g_autoptr(UmkItem) item = umk_app_source_dup_item(source, row);
    g_autofree char *title = NULL, *subtitle = NULL;

    if (item == NULL) {
        umk_app_inspector_clear(self);
        return;
    }
    title = umk_app_item_dup_title(item);
    subtitle = umk_app_item_dup_subtitle(item);
    g_clear_pointer(&self->item, umk_item_unref);
    self->item = umk_item_ref(item);
    show_preview(self, item, title);
    show_edges(self, source, row);
    gtk_label_set_label(self->title, title);
    gtk_widget_set_visible(GTK_WIDGET(self->title), self->modality != UMK_MODALITY_TEXT);
    gtk_label_set_label(self->subtitle, subtitle);
    show_fields(self, item);
    umk_app_note_box_show(self->note, row);
    show_provenance(self, source, row);
    gtk_adjustment_set_value(gtk_scrolled_window_get_vadjustment(self->scroller), 0);
    gtk_stack_set_visible_child_name(self->stack, "item");
}

void
umk_app_inspector_clear(UmkAppInspector *self)
{
    stop_loading(self);
    g_clear_pointer(&self->item, umk_item_unref);
    umk_app_note_box_show(self->note, G_MAXUINT32);
    umk_app_sound_set_item(self->sound, NULL);
    gtk_stack_set_visible_child_name(self->stack, "nothing");
}

void
umk_app_inspector_set_scene(UmkAppInspector *self, UmkAppScene *scene)
{
    umk_app_note_box_set_scene(self->note, scene);
}

UmkAppNoteBox *
umk_app_inspector_get_note_box(UmkAppInspector *self)
{
    return self->note;
}

void
umk_app_inspector_set_player(UmkAppInspector *self, UmkAppPlayer *player)
{
    umk_app_sound_set_player(self->sound, player);
}

UmkItem *
umk_app_inspector_get_item(UmkAppInspector *self)
{
    return self->item;
}

/* Plays or pauses; FALSE if what is shown is no sound. */
gboolean
umk_app_inspector_play(UmkAppInspector *self)
{
    if (self->modality != UMK_MODALITY_AUDIO ||
        g_strcmp0(gtk_stack_get_visible_child_name(self->stack), "item") != 0)
        return FALSE;
    umk_app_sound_toggle(self->sound);
    return TRUE;
}
