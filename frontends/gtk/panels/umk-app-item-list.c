/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A GtkListView in a scrolled window, its line: thumbnail, title over subtitle, score.
 * The toolkit makes two hundred lines at once for a new model, whatever is seen of them,
 * which is a stall of 150 ms; so it is given a slice that grows while there is time. And
 * it binds two hundred when one jumps, of which those that are seen are filled first. */
#include "umk-app-item-list.h"

#include "umk-app-item-menu.h"
#include "umk-app-metric.h"
#include "umk-app-modality.h"
#include "umk-app-previews.h"
#include "umk-app-titles.h"

#include <glib/gi18n.h>

#include <math.h>

struct _UmkAppItemList {
    GtkWidget parent_instance;
    GtkWidget *scroller;
    GtkListView *list;
    GListModel *rows;
    GtkSliceListModel *slice; /* as many of them as the view has heard of */
    guint growing;            /* idle */
    guint wanted;             /* line to jump to when it has grown; NOWHERE */
    GPtrArray *unfilled;      /* GtkListItem that are bound and say nothing yet */
    guint filling;            /* idle */
    guint at_once;            /* lines that may yet be filled as they are bound */
};

#define STEP    10u  /* lines that are made, or filled, at once */
#define MADE    220u /* above what the toolkit makes; more cost nothing */
#define NOWHERE G_MAXUINT

enum { CHOSEN, SELECTED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppItemList, umk_app_item_list, GTK_TYPE_WIDGET)

static GtkWidget *
line_label(const char *css)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    if (css != NULL) {
        gtk_widget_add_css_class(label, css);
        gtk_widget_add_css_class(label, "caption");
    }
    return label;
}

/* A line can be dragged, for example into a set of an audit; of several selected lines
 * all go along. */
static GdkContentProvider *
prepare_drag(GtkDragSource *drag, double x, double y, GtkListItem *line)
{
    GtkWidget *box = gtk_list_item_get_child(line);
    UmkAppItemList *self =
        UMK_APP_ITEM_LIST(gtk_widget_get_ancestor(box, UMK_APP_TYPE_ITEM_LIST));
    UmkAppRow *row = gtk_list_item_get_item(line);
    g_autoptr(GListStore) selected = NULL;

    if (row == NULL || self == NULL)
        return NULL;
    if (!gtk_list_item_get_selected(line) || umk_app_item_list_get_n_selected(self) < 2)
        return gdk_content_provider_new_typed(UMK_APP_TYPE_ROW, row);
    selected = umk_app_item_list_dup_selected(self);
    return gdk_content_provider_new_typed(G_TYPE_LIST_STORE, selected);
}

/* A plain click chooses; one with Control or Shift selects, which the list does. */
static void
line_clicked(GtkGestureClick *click, int n_press, double x, double y, GtkListItem *line)
{
    GdkModifierType modifiers =
        gtk_event_controller_get_current_event_state(GTK_EVENT_CONTROLLER(click));
    GtkWidget *widget = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(click));
    GtkWidget *self = gtk_widget_get_ancestor(widget, UMK_APP_TYPE_ITEM_LIST);
    UmkAppRow *row = gtk_list_item_get_item(line);

    if (n_press == 1 && row != NULL && self != NULL &&
        (modifiers & (GDK_CONTROL_MASK | GDK_SHIFT_MASK)) == 0)
        g_signal_emit(self, signals[CHOSEN], 0, row);
}

static void
setup_line(GtkSignalListItemFactory *factory, GtkListItem *line, gpointer data)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
    GtkWidget *words = gtk_box_new(GTK_ORIENTATION_VERTICAL, 1);
    GtkWidget *thumbnail = umk_app_thumbnail_new();
    GtkWidget *title = line_label(NULL), *subtitle = line_label("dim-label");
    GtkWidget *score = line_label("dim-label"), *kept = gtk_image_new();
    GtkDragSource *drag = gtk_drag_source_new();
    GtkGesture *click = gtk_gesture_click_new();

    g_signal_connect(drag, "prepare", G_CALLBACK(prepare_drag), line);
    g_signal_connect(click, "released", G_CALLBACK(line_clicked), line);
    umk_app_item_menu_attach(box, line);
    gtk_widget_add_controller(box, GTK_EVENT_CONTROLLER(drag));
    gtk_widget_add_controller(box, GTK_EVENT_CONTROLLER(click));
    gtk_widget_add_css_class(box, "item-line");
    gtk_widget_set_valign(words, GTK_ALIGN_CENTER);
    gtk_widget_set_hexpand(words, TRUE);
    gtk_widget_add_css_class(score, "numeric");
    gtk_box_append(GTK_BOX(words), title);
    gtk_box_append(GTK_BOX(words), subtitle);
    gtk_box_append(GTK_BOX(box), thumbnail);
    gtk_box_append(GTK_BOX(box), words);
    gtk_box_append(GTK_BOX(box), score);
    gtk_image_set_pixel_size(GTK_IMAGE(kept), 12);
    gtk_box_append(GTK_BOX(box), kept);
    g_object_set_data(G_OBJECT(line), "thumbnail", thumbnail);
    g_object_set_data(G_OBJECT(line), "title", title);
    g_object_set_data(G_OBJECT(line), "subtitle", subtitle);
    g_object_set_data(G_OBJECT(line), "score", score);
    g_object_set_data(G_OBJECT(line), "kept", kept);
    gtk_list_item_set_child(line, box);
}

/* A full circle: near on the map too; an empty one: far there. */
static void
show_kept(GtkWidget *image, int kept)
{
    const char *text = kept > 0 ? _("Near on this map too") : _("Far on this map");

    gtk_widget_set_visible(image, kept >= 0);
    if (kept < 0)
        return;
    gtk_image_set_from_icon_name(GTK_IMAGE(image),
                                 kept > 0 ? "radio-checked-symbolic" : "radio-symbolic");
    gtk_widget_set_tooltip_text(image, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(image), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   text, -1);
}

static void
fill_line(GtkListItem *line)
{
    UmkAppRow *row = gtk_list_item_get_item(line);
    UmkItem *item = umk_app_row_get_item(row);
    float score = umk_app_row_get_score(row);
    g_autofree char *title =
        item ? umk_app_item_dup_title(item) : g_strdup(_("Unreadable item"));
    g_autofree char *subtitle = item ? umk_app_item_dup_subtitle(item) : g_strdup("");
    int metric = umk_app_row_get_metric(row);
    g_autofree char *number =
        isnan(score)  ? g_strdup("")
        : metric >= 0 ? umk_app_metric_dup_text((UmkMetric) metric, score)
                      : umk_app_text_set_minus(g_strdup_printf("%.3f", (double) score));

    umk_app_thumbnail_set_item(g_object_get_data(G_OBJECT(line), "thumbnail"), item);
    gtk_label_set_label(g_object_get_data(G_OBJECT(line), "title"), title);
    gtk_label_set_label(g_object_get_data(G_OBJECT(line), "subtitle"), subtitle);
    gtk_label_set_label(g_object_get_data(G_OBJECT(line), "score"), number);
    gtk_widget_set_tooltip_text(g_object_get_data(G_OBJECT(line), "score"),
                                isnan(score) ? NULL
                                : metric >= 0
                                    ? umk_app_metric_get_help((UmkMetric) metric)
                                    : _("Similarity; larger is nearer"));
    show_kept(g_object_get_data(G_OBJECT(line), "kept"), umk_app_row_get_kept(row));
    gtk_widget_set_opacity(gtk_list_item_get_child(line), 1);
}

/* ---- filling -------------------------------------------------------------------------
 */

static gboolean
is_seen(UmkAppItemList *self, GtkListItem *line)
{
    GtkWidget *box = gtk_list_item_get_child(line);
    double x, y;

    return gtk_widget_get_mapped(box) &&
           gtk_widget_translate_coordinates(box, self->scroller, 0, 0, &x, &y) &&
           y + gtk_widget_get_height(box) > 0 &&
           y < gtk_widget_get_height(self->scroller);
}

static gboolean
fill_some(gpointer data)
{
    UmkAppItemList *self = data;
    guint n = 0;

    self->at_once = STEP;
    for (guint pass = 0; pass < 2; pass++) /* those that are seen, then the rest */
        for (guint i = self->unfilled->len; i-- > 0 && n < STEP;) {
            GtkListItem *line = self->unfilled->pdata[i];

            if (pass == 0 && !is_seen(self, line))
                continue;
            g_ptr_array_remove_index(self->unfilled, i);
            fill_line(line);
            n++;
        }
    if (self->unfilled->len > 0)
        return G_SOURCE_CONTINUE;
    self->filling = 0;
    return G_SOURCE_REMOVE;
}

static void
bind_line(GtkSignalListItemFactory *factory, GtkListItem *line, UmkAppItemList *self)
{
    if (self->at_once > 0) {
        self->at_once--;
        fill_line(line);
    } else { /* what it says is of another item */
        gtk_widget_set_opacity(gtk_list_item_get_child(line), 0);
        g_ptr_array_add(self->unfilled, line);
    }
    if (self->filling == 0)
        self->filling = g_idle_add_full(GDK_PRIORITY_REDRAW + 10, fill_some, self, NULL);
}

static void
unbind_line(GtkSignalListItemFactory *factory, GtkListItem *line, UmkAppItemList *self)
{
    if (self->unfilled != NULL)
        g_ptr_array_remove_fast(self->unfilled, line);
    umk_app_thumbnail_stop(g_object_get_data(G_OBJECT(line), "thumbnail"));
}

static void
line_activated(GtkListView *list, guint position, UmkAppItemList *self)
{
    g_autoptr(UmkAppRow) row =
        self->rows ? g_list_model_get_item(self->rows, position) : NULL;

    if (row != NULL)
        g_signal_emit(self, signals[CHOSEN], 0, row);
}

/* ---- growing -------------------------------------------------------------------------
 */

static void
jump(UmkAppItemList *self, guint position)
{
    gtk_selection_model_select_item(gtk_list_view_get_model(self->list), position, TRUE);
    gtk_widget_activate_action(GTK_WIDGET(self->list), "list.scroll-to-item", "u",
                               position);
}

static gboolean
grow(gpointer data)
{
    UmkAppItemList *self = data;
    guint wanted = self->wanted;
    guint size = gtk_slice_list_model_get_size(self->slice) + STEP;

    if (size >= MADE || size >= g_list_model_get_n_items(self->rows))
        size = G_MAXUINT;
    gtk_slice_list_model_set_size(self->slice, size);
    if (size < G_MAXUINT)
        return G_SOURCE_CONTINUE;
    self->growing = 0;
    self->wanted = NOWHERE;
    if (wanted < g_list_model_get_n_items(self->rows))
        jump(self, wanted);
    return G_SOURCE_REMOVE;
}

/* A list that nobody sees can wait. Pictures of the window come first. */
static void
go_on_growing(UmkAppItemList *self)
{
    if (self->growing == 0 && self->slice != NULL &&
        gtk_widget_get_mapped(GTK_WIDGET(self)) &&
        gtk_slice_list_model_get_size(self->slice) < G_MAXUINT)
        self->growing = g_idle_add_full(GDK_PRIORITY_REDRAW + 20, grow, self, NULL);
}

static void
stop_growing(UmkAppItemList *self)
{
    g_clear_handle_id(&self->growing, g_source_remove);
}

static void
umk_app_item_list_map(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(umk_app_item_list_parent_class)->map(widget);
    go_on_growing(UMK_APP_ITEM_LIST(widget));
}

static void
umk_app_item_list_unmap(GtkWidget *widget)
{
    stop_growing(UMK_APP_ITEM_LIST(widget));
    GTK_WIDGET_CLASS(umk_app_item_list_parent_class)->unmap(widget);
}

static void
umk_app_item_list_dispose(GObject *object)
{
    UmkAppItemList *self = UMK_APP_ITEM_LIST(object);

    stop_growing(self);
    if (self->scroller != NULL) /* the view may live on, held by an event under way */
        gtk_list_view_set_model(self->list, NULL);
    g_clear_handle_id(&self->filling, g_source_remove);
    g_clear_pointer(&self->scroller, gtk_widget_unparent);
    g_clear_pointer(&self->unfilled, g_ptr_array_unref);
    g_clear_object(&self->slice);
    g_clear_object(&self->rows);
    G_OBJECT_CLASS(umk_app_item_list_parent_class)->dispose(object);
}

static gboolean
umk_app_item_list_grab_focus(GtkWidget *widget)
{
    GtkWidget *list = GTK_WIDGET(UMK_APP_ITEM_LIST(widget)->list);

    /* a line of it, so that the next key goes on from there */
    return gtk_widget_get_focus_child(list) != NULL ||
           gtk_widget_child_focus(list, GTK_DIR_TAB_FORWARD) ||
           gtk_widget_grab_focus(list);
}

static void
umk_app_item_list_class_init(UmkAppItemListClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_item_list_dispose;
    widget_class->grab_focus = umk_app_item_list_grab_focus;
    widget_class->map = umk_app_item_list_map;
    widget_class->unmap = umk_app_item_list_unmap;
    signals[CHOSEN] = g_signal_new("chosen", UMK_APP_TYPE_ITEM_LIST, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, UMK_APP_TYPE_ROW);
    signals[SELECTED] =
        g_signal_new("selected", UMK_APP_TYPE_ITEM_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                     NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "item-list");
}

static gboolean
menu_key(GtkWidget *widget, GVariant *arguments, gpointer data)
{
    return umk_app_item_menu_popup_focused(widget);
}

static void
add_menu_keys(UmkAppItemList *self)
{
    static const char *const triggers[] = {"Menu", "<Shift>F10"};
    GtkEventController *keys = gtk_shortcut_controller_new();

    for (guint i = 0; i < G_N_ELEMENTS(triggers); i++)
        gtk_shortcut_controller_add_shortcut(
            GTK_SHORTCUT_CONTROLLER(keys),
            gtk_shortcut_new(gtk_shortcut_trigger_parse_string(triggers[i]),
                             gtk_callback_action_new(menu_key, NULL, NULL)));
    gtk_widget_add_controller(GTK_WIDGET(self->list), keys);
}

static void
umk_app_item_list_init(UmkAppItemList *self)
{
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new();

    self->unfilled = g_ptr_array_new();
    self->at_once = STEP;
    self->wanted = NOWHERE;
    g_signal_connect(factory, "setup", G_CALLBACK(setup_line), NULL);
    g_signal_connect_object(factory, "bind", G_CALLBACK(bind_line), self, 0);
    g_signal_connect_object(factory, "unbind", G_CALLBACK(unbind_line), self, 0);
    self->list = GTK_LIST_VIEW(gtk_list_view_new(NULL, factory));
    gtk_list_view_set_enable_rubberband(self->list, FALSE);
    gtk_widget_add_css_class(GTK_WIDGET(self->list), "navigation-sidebar");
    g_signal_connect_object(self->list, "activate", G_CALLBACK(line_activated), self, 0);
    add_menu_keys(self);
    self->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_AUTOMATIC);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller),
                                  GTK_WIDGET(self->list));
    gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
}

static void
selection_changed(UmkAppItemList *self)
{
    g_signal_emit(self, signals[SELECTED], 0);
}

/* rows: of UmkAppRow; NULL empties the list. */
void
umk_app_item_list_set_model(UmkAppItemList *self, GListModel *rows)
{
    g_autoptr(GtkSelectionModel) selection = NULL;

    stop_growing(self);
    self->wanted = NOWHERE;
    g_set_object(&self->rows, rows);
    g_clear_object(&self->slice);
    if (rows != NULL) {
        guint size = g_list_model_get_n_items(rows) <= STEP ? G_MAXUINT : STEP;

        self->slice = gtk_slice_list_model_new(g_object_ref(rows), 0, size);
        selection = GTK_SELECTION_MODEL(
            gtk_multi_selection_new(G_LIST_MODEL(g_object_ref(self->slice))));
    }
    if (selection != NULL)
        g_signal_connect_object(selection, "selection-changed",
                                G_CALLBACK(selection_changed), self, G_CONNECT_SWAPPED);
    gtk_list_view_set_model(self->list, selection);
    go_on_growing(self);
    selection_changed(self);
}

GListModel *
umk_app_item_list_get_model(UmkAppItemList *self)
{
    return self->rows;
}

guint64
umk_app_item_list_get_n_selected(UmkAppItemList *self)
{
    GtkSelectionModel *selection = gtk_list_view_get_model(self->list);
    g_autoptr(GtkBitset) bits =
        selection != NULL ? gtk_selection_model_get_selection(selection) : NULL;

    return bits != NULL ? gtk_bitset_get_size(bits) : 0;
}

GListStore *
umk_app_item_list_dup_selected(UmkAppItemList *self)
{
    GListStore *store = g_list_store_new(UMK_APP_TYPE_ROW);
    GtkSelectionModel *selection = gtk_list_view_get_model(self->list);
    g_autoptr(GtkBitset) bits =
        selection != NULL ? gtk_selection_model_get_selection(selection) : NULL;
    GtkBitsetIter iter;
    guint at;

    if (bits != NULL && gtk_bitset_iter_init_first(&iter, bits, &at))
        do {
            g_autoptr(UmkAppRow) row = g_list_model_get_item(self->rows, at);

            g_list_store_append(store, row);
        } while (gtk_bitset_iter_next(&iter, &at) &&
                 g_list_model_get_n_items(G_LIST_MODEL(store)) < UMK_APP_MOST_SELECTED);
    return store;
}

/* Scrolls to a line and selects it; to one that the view has not heard of yet, when it
 * has. */
void
umk_app_item_list_reveal(UmkAppItemList *self, guint position)
{
    GtkSelectionModel *selection = gtk_list_view_get_model(self->list);

    if (selection == NULL || position >= g_list_model_get_n_items(self->rows))
        return;
    self->wanted = NOWHERE;
    if (position >= gtk_slice_list_model_get_size(self->slice))
        self->wanted = position;
    else
        jump(self, position);
}
