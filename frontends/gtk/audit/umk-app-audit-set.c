/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chips are buttons in a flow box: a press or Delete takes the item out. A set stays a
 * known one until an item comes or goes. */
#include "umk-app-audit-set.h"

#include "umk-app-modality.h"
#include "umk-app-row.h"

#include <glib/gi18n.h>
#include <string.h>

#define MAX_ITEMS 1000
#define SHORT     8 /* characters that every chip has room for */

struct _UmkAppAuditSet {
    GtkWidget parent_instance;
    GtkWidget *box;
    GtkLabel *letter, *count;
    GtkText *title;
    GtkWidget *add, *lists, *clear;
    GtkPopover *popover;
    GtkListBox *list;
    GtkFlowBox *chips;
    GtkEntry *entry;
    const UmkAppAuditLibrary *library; /* lent by the view */
    GPtrArray *names;                  /* in the order of the chips */
    GHashTable *titles;                /* name -> what people read */
    char *known;
    gboolean filling;
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppAuditSet, umk_app_audit_set, GTK_TYPE_WIDGET)

static void
changed(UmkAppAuditSet *self)
{
    g_autofree char *count = g_strdup_printf("%u", self->names->len);

    gtk_label_set_label(self->count, self->names->len > 0 ? count : "");
    gtk_widget_set_sensitive(self->clear, self->names->len > 0);
    gtk_widget_set_visible(GTK_WIDGET(self->chips), self->names->len > 0);
    if (!self->filling)
        g_signal_emit(self, signals[CHANGED], 0);
}

static void
touched(UmkAppAuditSet *self)
{
    if (!self->filling)
        g_clear_pointer(&self->known, g_free);
    changed(self);
}

/* ---- chips ---------------------------------------------------------------------------
 */

static GtkWidget *
find_chip(UmkAppAuditSet *self, guint at)
{
    return GTK_WIDGET(gtk_flow_box_get_child_at_index(self->chips, (int) at));
}

static gboolean
find_name(UmkAppAuditSet *self, const char *name, guint *at)
{
    return g_ptr_array_find_with_equal_func(self->names, name, g_str_equal, at);
}

gboolean
umk_app_audit_set_remove(UmkAppAuditSet *self, const char *name)
{
    GtkWidget *chip, *next;
    guint at;

    if (!find_name(self, name, &at))
        return FALSE;
    chip = find_chip(self, at);
    next = at + 1 < self->names->len ? find_chip(self, at + 1)
           : at > 0                  ? find_chip(self, at - 1)
                                     : NULL;
    if (gtk_widget_get_focus_child(GTK_WIDGET(self->chips)) == chip)
        gtk_widget_grab_focus(next != NULL
                                  ? gtk_flow_box_child_get_child(GTK_FLOW_BOX_CHILD(next))
                                  : GTK_WIDGET(self->entry));
    gtk_flow_box_remove(self->chips, chip);
    g_hash_table_remove(self->titles, name);
    g_ptr_array_remove_index(self->names, at);
    touched(self);
    return TRUE;
}

static void
chip_clicked(GtkButton *button, UmkAppAuditSet *self)
{
    g_autofree char *name = g_strdup(g_object_get_data(G_OBJECT(button), "umk-name"));

    umk_app_audit_set_remove(self, name);
}

static gboolean
chip_key(GtkEventControllerKey *controller,
         guint key,
         guint code,
         GdkModifierType modifiers,
         UmkAppAuditSet *self)
{
    GtkWidget *button = gtk_event_controller_get_widget(GTK_EVENT_CONTROLLER(controller));

    if (key != GDK_KEY_Delete && key != GDK_KEY_BackSpace)
        return FALSE;
    chip_clicked(GTK_BUTTON(button), self);
    return TRUE;
}

/* What the chip may have no room for. */
static const char *
tooltip_of(const char *title)
{
    return g_utf8_strlen(title, -1) > SHORT ? title : NULL;
}

static GtkWidget *
make_chip(UmkAppAuditSet *self, const char *name, const char *title)
{
    GtkWidget *button = gtk_button_new(),
              *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 4);
    GtkWidget *label = gtk_label_new(title);
    GtkWidget *cross = gtk_image_new_from_icon_name("window-close-symbolic");
    GtkEventController *keys = gtk_event_controller_key_new();
    g_autofree char *words = g_strdup_printf(_("%s, remove"), title);

    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 24);
    gtk_image_set_pixel_size(GTK_IMAGE(cross), 12);
    gtk_box_append(GTK_BOX(line), label);
    gtk_box_append(GTK_BOX(line), cross);
    gtk_button_set_child(GTK_BUTTON(button), line);
    gtk_widget_add_css_class(button, "chip");
    gtk_widget_set_tooltip_text(button, tooltip_of(title));
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   words, -1);
    g_object_set_data_full(G_OBJECT(button), "umk-name", g_strdup(name), g_free);
    g_signal_connect_object(button, "clicked", G_CALLBACK(chip_clicked), self, 0);
    g_signal_connect_object(keys, "key-pressed", G_CALLBACK(chip_key), self, 0);
    gtk_widget_add_controller(button, keys);
    return button;
}

void
umk_app_audit_set_add(UmkAppAuditSet *self, const char *name, const char *title)
{
    g_autofree char *shown = umk_app_text_tidy(title != NULL ? title : name, 120);
    GtkWidget *child;

    if (*name == '\0' || self->names->len >= MAX_ITEMS || find_name(self, name, NULL))
        return;
    gtk_flow_box_insert(self->chips, make_chip(self, name, shown), -1);
    child = find_chip(self, self->names->len);
    gtk_widget_set_focusable(child, FALSE); /* the button in it has the focus */
    g_ptr_array_add(self->names, g_strdup(name));
    g_hash_table_replace(self->titles, g_strdup(name), g_strdup(shown));
    touched(self);
}

void
umk_app_audit_set_add_item(UmkAppAuditSet *self, UmkItem *item)
{
    g_autofree char *title = umk_app_item_dup_title(item);

    umk_app_audit_set_add(self, umk_item_get_id(item) ?: title, title);
}

void
umk_app_audit_set_add_rows(UmkAppAuditSet *self, GListModel *rows)
{
    guint before = self->names->len, n = MIN(g_list_model_get_n_items(rows), MAX_ITEMS);
    gboolean filling = self->filling;

    self->filling = TRUE; /* tell once */
    for (guint i = 0; i < n; i++) {
        g_autoptr(UmkAppRow) row = g_list_model_get_item(rows, i);
        UmkItem *item = umk_app_row_get_item(row);

        if (item != NULL)
            umk_app_audit_set_add_item(self, item);
    }
    self->filling = filling;
    if (self->names->len > before)
        touched(self);
}

void
umk_app_audit_set_add_words(UmkAppAuditSet *self, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_auto(GStrv) words = NULL;
    gboolean filling = self->filling, any = FALSE;

    /* Japanese commas part words as well. */
    words = g_regex_split_simple("[,;\\n\\r\\t、，；]+", valid, 0, 0);
    self->filling = TRUE; /* tell once */
    for (gsize i = 0; words[i] != NULL; i++) {
        g_strstrip(words[i]);
        any |= *words[i] != '\0' && !find_name(self, words[i], NULL);
        umk_app_audit_set_add(self, words[i], NULL);
    }
    self->filling = filling;
    if (any)
        touched(self);
}

static void
drop_all(UmkAppAuditSet *self)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self->chips))) != NULL)
        gtk_flow_box_remove(self->chips, child);
    g_ptr_array_set_size(self->names, 0);
    g_hash_table_remove_all(self->titles);
}

void
umk_app_audit_set_clear(UmkAppAuditSet *self)
{
    drop_all(self);
    gtk_editable_set_text(GTK_EDITABLE(self->title), "");
    touched(self);
}

void
umk_app_audit_set_fill(UmkAppAuditSet *self, const UmkAppAuditKnownSet *set)
{
    self->filling = TRUE;
    drop_all(self);
    gtk_editable_set_text(GTK_EDITABLE(self->title), set->title);
    for (gsize i = 0; set->items[i] != NULL; i++)
        umk_app_audit_set_add(self, set->items[i], NULL);
    self->filling = FALSE;
    g_free(self->known);
    self->known = g_strdup(set->id);
    changed(self);
}

void
umk_app_audit_set_mark_missing(UmkAppAuditSet *self, const char *const *names)
{
    for (guint i = 0; i < self->names->len; i++) {
        const char *name = self->names->pdata[i];
        GtkWidget *button =
            gtk_flow_box_child_get_child(GTK_FLOW_BOX_CHILD(find_chip(self, i)));
        const char *title = umk_app_audit_set_get_item_title(self, name);
        gboolean missing = names != NULL && g_strv_contains(names, name);
        g_autofree char *words =
            missing ? g_strdup_printf(_("%s is not among the vectors"), title)
                    : g_strdup(title);

        if (missing)
            gtk_widget_add_css_class(button, "missing");
        else
            gtk_widget_remove_css_class(button, "missing");
        gtk_widget_set_tooltip_text(button, missing ? words : tooltip_of(title));
        gtk_accessible_update_property(GTK_ACCESSIBLE(button),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
    }
}

/* ---- what comes in -------------------------------------------------------------------
 */

static void
entry_activated(GtkEntry *entry, UmkAppAuditSet *self)
{
    umk_app_audit_set_add_words(self, gtk_editable_get_text(GTK_EDITABLE(entry)));
    gtk_editable_set_text(GTK_EDITABLE(entry), "");
}

/* A comma ends a word, as Enter does. */
static void
entry_changed(GtkEditable *entry, UmkAppAuditSet *self)
{
    const char *text = gtk_editable_get_text(entry);

    if (g_str_has_suffix(text, ",") || g_str_has_suffix(text, "、") ||
        strchr(text, '\n') != NULL)
        entry_activated(GTK_ENTRY(entry), self);
}

static gboolean
dropped(
    GtkDropTarget *target, const GValue *value, double x, double y, UmkAppAuditSet *self)
{
    if (G_VALUE_HOLDS_STRING(value)) {
        umk_app_audit_set_add_words(self, g_value_get_string(value));
        return TRUE;
    }
    if (G_VALUE_HOLDS(value, G_TYPE_LIST_STORE)) {
        umk_app_audit_set_add_rows(self, g_value_get_object(value));
        return TRUE;
    }
    if (G_VALUE_HOLDS(value, UMK_APP_TYPE_ROW)) {
        UmkItem *item = umk_app_row_get_item(g_value_get_object(value));

        if (item != NULL)
            umk_app_audit_set_add_item(self, item);
        return item != NULL;
    }
    return FALSE;
}

static void
list_chosen(GtkListBox *list, GtkListBoxRow *row, UmkAppAuditSet *self)
{
    guint at = (guint) gtk_list_box_row_get_index(row);

    gtk_popover_popdown(self->popover);
    if (self->library != NULL && at < self->library->sets->len)
        umk_app_audit_set_fill(self, self->library->sets->pdata[at]);
}

void
umk_app_audit_set_set_library(UmkAppAuditSet *self, const UmkAppAuditLibrary *library)
{
    GtkWidget *row;

    self->library = library;
    while ((row = gtk_widget_get_first_child(GTK_WIDGET(self->list))) != NULL)
        gtk_list_box_remove(self->list, row);
    for (guint i = 0; library != NULL && i < library->sets->len; i++) {
        const UmkAppAuditKnownSet *set = library->sets->pdata[i];
        /* Translators: title, language and size of a word list */
        g_autofree char *text =
            g_strdup_printf(_("%s (%s, %u)"), set->title, set->language ?: "–",
                            g_strv_length(set->items));
        GtkWidget *label = gtk_label_new(text);

        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_list_box_append(self->list, label);
    }
    gtk_widget_set_sensitive(self->lists, library != NULL && library->sets->len > 0);
}

/* ---- life ----------------------------------------------------------------------------
 */

/* A long name is cut where the card is narrow. */
static void
show_title(UmkAppAuditSet *self)
{
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->title),
                                umk_app_audit_set_get_title(self));
}

static void
title_changed(GtkEditable *title, UmkAppAuditSet *self)
{
    show_title(self);
    if (!self->filling)
        g_clear_pointer(&self->known, g_free);
}

static void
title_done(UmkAppAuditSet *self)
{
    changed(self);
}

static void
umk_app_audit_set_dispose(GObject *object)
{
    UmkAppAuditSet *self = UMK_APP_AUDIT_SET(object);

    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_pointer(&self->names, g_ptr_array_unref);
    g_clear_pointer(&self->titles, g_hash_table_unref);
    g_clear_pointer(&self->known, g_free);
    G_OBJECT_CLASS(umk_app_audit_set_parent_class)->dispose(object);
}

static gboolean
umk_app_audit_set_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(GTK_WIDGET(UMK_APP_AUDIT_SET(widget)->entry));
}

static void
umk_app_audit_set_class_init(UmkAppAuditSetClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_audit_set_dispose;
    widget_class->grab_focus = umk_app_audit_set_grab_focus;
    signals[CHANGED] = g_signal_new("changed", UMK_APP_TYPE_AUDIT_SET, G_SIGNAL_RUN_LAST,
                                    0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-audit-set.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, box);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, letter);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, count);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, title);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, add);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, lists);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, clear);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, popover);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, list);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, chips);
    gtk_widget_class_bind_template_child(widget_class, UmkAppAuditSet, entry);
    gtk_widget_class_set_css_name(widget_class, "auditset");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_audit_set_init(UmkAppAuditSet *self)
{
    GType types[] = {UMK_APP_TYPE_ROW, G_TYPE_LIST_STORE, G_TYPE_STRING};
    GtkDropTarget *target = gtk_drop_target_new(G_TYPE_INVALID, GDK_ACTION_COPY);

    gtk_widget_init_template(GTK_WIDGET(self));
    self->names = g_ptr_array_new_with_free_func(g_free);
    self->titles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    gtk_drop_target_set_gtypes(target, types, G_N_ELEMENTS(types));
    g_signal_connect_object(target, "drop", G_CALLBACK(dropped), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self), GTK_EVENT_CONTROLLER(target));
    g_signal_connect_object(self->entry, "activate", G_CALLBACK(entry_activated), self,
                            0);
    g_signal_connect_object(self->entry, "changed", G_CALLBACK(entry_changed), self, 0);
    g_signal_connect_object(self->title, "changed", G_CALLBACK(title_changed), self, 0);
    g_signal_connect_object(self->title, "activate", G_CALLBACK(title_done), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->clear, "clicked", G_CALLBACK(umk_app_audit_set_clear),
                            self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->list, "row-activated", G_CALLBACK(list_chosen), self,
                            0);
    self->filling = TRUE;
    changed(self);
    self->filling = FALSE;
}

void
umk_app_audit_set_describe(UmkAppAuditSet *self,
                           const char *letter,
                           const char *hint,
                           guint number)
{
    /* Translators: the letter of a set, then a digit of a key */
    g_autofree char *words =
        g_strdup_printf(_("Add What Is Selected to %s (Control+%u)"), letter, number + 1);

    gtk_actionable_set_action_target(GTK_ACTIONABLE(self->add), "i", (gint32) number);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(self->add), "win.add-to-audit");
    gtk_widget_set_tooltip_text(self->add, words);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->add),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
    gtk_label_set_label(self->letter, letter);
    gtk_text_set_placeholder_text(self->title, hint);
    show_title(self);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   hint, -1);
}

const char *
umk_app_audit_set_get_title(UmkAppAuditSet *self)
{
    const char *title = gtk_editable_get_text(GTK_EDITABLE(self->title));

    return *title != '\0' ? title : gtk_text_get_placeholder_text(self->title);
}

guint
umk_app_audit_set_get_n_items(UmkAppAuditSet *self)
{
    return self->names->len;
}

char **
umk_app_audit_set_dup_items(UmkAppAuditSet *self)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (guint i = 0; i < self->names->len; i++)
        g_strv_builder_add(builder, self->names->pdata[i]);
    return g_strv_builder_end(builder);
}

const char *
umk_app_audit_set_get_item_title(UmkAppAuditSet *self, const char *name)
{
    return g_hash_table_lookup(self->titles, name);
}

const char *
umk_app_audit_set_get_known(UmkAppAuditSet *self)
{
    return self->known;
}
