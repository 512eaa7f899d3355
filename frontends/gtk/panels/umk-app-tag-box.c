/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chips are made anew whenever tags or the selection change: there are few. */
#include "umk-app-tag-box.h"

#include <glib/gi18n.h>

#define MOST_CHIPS 60u

struct _UmkAppTagBox {
    GtkWidget parent_instance;
    GtkWidget *box, *entry, *chips;
    UmkAppScene *scene;
    guint n_chips;
};

G_DEFINE_FINAL_TYPE(UmkAppTagBox, umk_app_tag_box, GTK_TYPE_WIDGET)

gboolean
umk_app_tag_box_add(UmkAppTagBox *self, const char *name)
{
    UmkAppRows *selection = umk_app_scene_get_selection(self->scene);
    UmkAppTags *tags = umk_app_scene_get_tags(self->scene);
    g_autofree char *tidy = umk_app_tag_tidy(name);
    g_autoptr(UmkAppTags) changed = NULL;

    if (selection == NULL || tags == NULL || tidy == NULL)
        return FALSE;
    changed = umk_app_tags_with(tags, tidy, selection);
    umk_app_scene_set_tags(self->scene, changed, _("Add Tag"));
    return TRUE;
}

void
umk_app_tag_box_remove(UmkAppTagBox *self, const char *name)
{
    UmkAppRows *selection = umk_app_scene_get_selection(self->scene);
    UmkAppTags *tags = umk_app_scene_get_tags(self->scene);
    g_autoptr(UmkAppTags) changed = NULL;

    if (selection == NULL || tags == NULL)
        return;
    changed = umk_app_tags_without(tags, name, selection);
    umk_app_scene_set_tags(self->scene, changed, _("Remove Tag"));
}

static void
entered(GtkEntry *entry, UmkAppTagBox *self)
{
    if (umk_app_tag_box_add(self, gtk_editable_get_text(GTK_EDITABLE(entry))))
        gtk_editable_set_text(GTK_EDITABLE(entry), "");
}

static void
remove_clicked(GtkButton *button, UmkAppTagBox *self)
{
    g_autofree char *name = g_strdup(g_object_get_data(G_OBJECT(button), "umk-tag"));

    umk_app_tag_box_remove(self, name);
    gtk_widget_grab_focus(self->entry);
}

static void
chip_clicked(GtkButton *button, UmkAppTagBox *self)
{
    const char *name = g_object_get_data(G_OBJECT(button), "umk-tag");
    UmkAppTags *tags = umk_app_scene_get_tags(self->scene);
    UmkAppRows *tagged = tags != NULL ? umk_app_tags_get_rows(tags, name) : NULL;
    g_autoptr(UmkAppRows) both =
        tagged != NULL
            ? umk_app_rows_intersect(umk_app_scene_get_selection(self->scene), tagged)
            : NULL;

    if (both != NULL)
        umk_app_scene_set_selection(self->scene, both, _("Narrow Selection"));
}

static void
add_chip(UmkAppTagBox *self, const char *name, gsize n)
{
    GtkWidget *chip = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 0);
    /* Translators: a tag, how many of the selected items have it */
    g_autofree char *text = g_strdup_printf(_("%s · %'zu"), name, n);
    g_autofree char *only =
        g_strdup_printf(_("Select only those with the tag “%s”"), name);
    g_autofree char *off = g_strdup_printf(_("Take the tag “%s” off"), name);
    GtkWidget *label = gtk_label_new(text), *narrow = gtk_button_new();
    GtkWidget *remove = gtk_button_new_from_icon_name("window-close-symbolic");

    gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
    gtk_label_set_max_width_chars(GTK_LABEL(label), 22);
    gtk_button_set_child(GTK_BUTTON(narrow), label);
    gtk_widget_set_tooltip_text(narrow, only);
    gtk_widget_set_tooltip_text(remove, off);
    gtk_accessible_update_property(GTK_ACCESSIBLE(remove), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   off, -1);
    gtk_widget_add_css_class(chip, "linked");
    gtk_widget_add_css_class(narrow, "chip");
    gtk_widget_add_css_class(remove, "chip");
    g_object_set_data_full(G_OBJECT(narrow), "umk-tag", g_strdup(name), g_free);
    g_object_set_data_full(G_OBJECT(remove), "umk-tag", g_strdup(name), g_free);
    g_signal_connect(narrow, "clicked", G_CALLBACK(chip_clicked), self);
    g_signal_connect(remove, "clicked", G_CALLBACK(remove_clicked), self);
    gtk_box_append(GTK_BOX(chip), narrow);
    gtk_box_append(GTK_BOX(chip), remove);
    gtk_widget_set_halign(chip, GTK_ALIGN_START);
    gtk_flow_box_insert(GTK_FLOW_BOX(self->chips), chip, -1);
    gtk_widget_set_focusable(gtk_widget_get_parent(chip), FALSE);
    self->n_chips++;
}

/* After a change of the selection or of tags. */
void
umk_app_tag_box_update(UmkAppTagBox *self)
{
    UmkAppRows *selection = umk_app_scene_get_selection(self->scene);
    UmkAppTags *tags = umk_app_scene_get_tags(self->scene);
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(self->chips)) != NULL)
        gtk_flow_box_remove(GTK_FLOW_BOX(self->chips), child);
    self->n_chips = 0;
    gtk_widget_set_sensitive(self->entry, selection != NULL && tags != NULL);
    for (guint t = 0; selection != NULL && tags != NULL &&
                      t < umk_app_tags_get_n_tags(tags) && self->n_chips < MOST_CHIPS;
         t++) {
        const char *name = umk_app_tags_get_name(tags, t);
        g_autoptr(UmkAppRows) both =
            umk_app_rows_intersect(selection, umk_app_tags_get_rows(tags, name));
        gsize n = both != NULL ? umk_app_rows_get_n_chosen(both) : 0;

        if (n > 0)
            add_chip(self, name, n);
    }
    gtk_widget_set_visible(self->chips, self->n_chips > 0);
}

guint
umk_app_tag_box_get_n_chips(UmkAppTagBox *self)
{
    return self->n_chips;
}

static void
umk_app_tag_box_dispose(GObject *object)
{
    UmkAppTagBox *self = UMK_APP_TAG_BOX(object);

    g_clear_pointer(&self->box, gtk_widget_unparent);
    g_clear_object(&self->scene);
    G_OBJECT_CLASS(umk_app_tag_box_parent_class)->dispose(object);
}

static gboolean
umk_app_tag_box_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(UMK_APP_TAG_BOX(widget)->entry);
}

static void
umk_app_tag_box_class_init(UmkAppTagBoxClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    widget_class->grab_focus = umk_app_tag_box_grab_focus;
    G_OBJECT_CLASS(klass)->dispose = umk_app_tag_box_dispose;
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_css_name(widget_class, "tagbox");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_tag_box_init(UmkAppTagBox *self)
{
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 8);
    self->entry = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(self->entry), _("Add a tag"));
    gtk_entry_set_icon_from_icon_name(GTK_ENTRY(self->entry), GTK_ENTRY_ICON_SECONDARY,
                                      "list-add-symbolic");
    gtk_entry_set_icon_tooltip_text(GTK_ENTRY(self->entry), GTK_ENTRY_ICON_SECONDARY,
                                    _("Add the tag to all that is selected"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->entry),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL, _("Add a tag"), -1);
    g_signal_connect(self->entry, "activate", G_CALLBACK(entered), self);
    g_signal_connect_swapped(self->entry, "icon-press", G_CALLBACK(gtk_widget_activate),
                             self->entry);
    self->chips = gtk_flow_box_new();
    gtk_flow_box_set_selection_mode(GTK_FLOW_BOX(self->chips), GTK_SELECTION_NONE);
    gtk_flow_box_set_max_children_per_line(GTK_FLOW_BOX(self->chips), 6);
    gtk_flow_box_set_row_spacing(GTK_FLOW_BOX(self->chips), 4);
    gtk_flow_box_set_column_spacing(GTK_FLOW_BOX(self->chips), 4);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->chips),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Tags of what is selected"), -1);
    gtk_box_append(GTK_BOX(self->box), self->entry);
    gtk_box_append(GTK_BOX(self->box), self->chips);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

void
umk_app_tag_box_set_scene(UmkAppTagBox *self, UmkAppScene *scene)
{
    g_set_object(&self->scene, scene);
    umk_app_tag_box_update(self);
}
