/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A choice of kind, and below it a page for each kind. */
#include "umk-app-axis-editor.h"

#include <glib/gi18n.h>

struct _UmkAppAxisEditor {
    GtkWidget parent_instance;
    UmkAppScene *scene;
    UmkAppFields *fields;
    GtkWidget *box, *kind, *stack;
    GtkWidget *ends[2]; /* buttons: minus, plus */
    GtkWidget *formula, *component, *field;
    UmkAppRows *sets[2];
    gboolean filling;
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppAxisEditor, umk_app_axis_editor, GTK_TYPE_WIDGET)

static const char *const pages[] = {"sets", "formula", "component", "field"};

static void
umk_app_axis_editor_dispose(GObject *object)
{
    UmkAppAxisEditor *self = UMK_APP_AXIS_EDITOR(object);

    g_clear_pointer(&self->sets[0], umk_app_rows_unref);
    g_clear_pointer(&self->sets[1], umk_app_rows_unref);
    g_clear_object(&self->scene);
    g_clear_object(&self->fields);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_axis_editor_parent_class)->dispose(object);
}

static void
umk_app_axis_editor_class_init(UmkAppAxisEditorClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_axis_editor_dispose;
    signals[CHANGED] =
        g_signal_new("changed", UMK_APP_TYPE_AXIS_EDITOR, G_SIGNAL_RUN_LAST, 0, NULL,
                     NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_axis_editor_init(UmkAppAxisEditor *self)
{
}

static void
changed(UmkAppAxisEditor *self)
{
    if (!self->filling)
        g_signal_emit(self, signals[CHANGED], 0);
}

/* ---- sets ----------------------------------------------------------------------------
 */

static void
show_end(UmkAppAxisEditor *self, guint end)
{
    UmkAppSource *source = umk_app_scene_get_source(self->scene);
    g_autofree char *name = self->sets[end] != NULL && source != NULL
                                ? umk_app_axis_name_end(source, self->sets[end])
                                : NULL;
    GtkWidget *label = gtk_button_get_child(GTK_BUTTON(self->ends[end]));
    /* Translators: − and + are the ends of an axis */
    g_autofree char *text = g_strdup_printf(
        end == 0 ? "−  %s" : "+  %s", name != NULL ? name : _("Take the Selection"));

    gtk_label_set_label(GTK_LABEL(label), text);
}

void
umk_app_axis_editor_take_selection(UmkAppAxisEditor *self, gboolean plus)
{
    UmkAppRows *selection = umk_app_scene_get_selection(self->scene);
    guint end = plus ? 1 : 0;

    g_clear_pointer(&self->sets[end], umk_app_rows_unref);
    if (selection != NULL)
        self->sets[end] = umk_app_rows_ref(selection);
    show_end(self, end);
    changed(self);
}

static void
end_clicked(GtkButton *button, UmkAppAxisEditor *self)
{
    umk_app_axis_editor_take_selection(self, GTK_WIDGET(button) == self->ends[1]);
}

static GtkWidget *
make_sets(UmkAppAxisEditor *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);

    for (guint end = 0; end < 2; end++) {
        GtkWidget *label = gtk_label_new(NULL);

        self->ends[end] = gtk_button_new();
        gtk_label_set_ellipsize(GTK_LABEL(label), PANGO_ELLIPSIZE_END);
        gtk_label_set_xalign(GTK_LABEL(label), 0);
        gtk_button_set_child(GTK_BUTTON(self->ends[end]), label);
        gtk_widget_set_tooltip_text(
            self->ends[end],
            end == 0 ? _("What is chosen on the map becomes the minus end; nothing "
                         "chosen: the end is empty")
                     : _("What is chosen on the map becomes the plus end"));
        g_signal_connect(self->ends[end], "clicked", G_CALLBACK(end_clicked), self);
        gtk_box_append(GTK_BOX(box), self->ends[end]);
        show_end(self, end);
    }
    return box;
}

/* ---- the other kinds -----------------------------------------------------------------
 */

/* A pointer at what is wrong, while it is typed. */
static void
formula_changed(UmkAppAxisEditor *self)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->formula));
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkFormula) formula = *text != '\0' ? umk_formula_new(text, &error) : NULL;

    if (error != NULL)
        gtk_widget_add_css_class(self->formula, "error");
    else
        gtk_widget_remove_css_class(self->formula, "error");
    gtk_widget_set_tooltip_text(
        self->formula, error != NULL ? error->message
                                     : _("Names of items with + and - between them, such "
                                         "as: king - man + woman"));
}

static GtkWidget *
make_formula(UmkAppAxisEditor *self)
{
    self->formula = gtk_entry_new();
    gtk_entry_set_placeholder_text(GTK_ENTRY(self->formula), _("good - bad"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->formula),
                                   GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Formula of the axis"), -1);
    g_signal_connect_swapped(self->formula, "changed", G_CALLBACK(formula_changed), self);
    g_signal_connect_swapped(self->formula, "activate", G_CALLBACK(changed), self);
    formula_changed(self);
    return self->formula;
}

static void
fields_changed(UmkAppFields *fields, UmkAppAxisEditor *self)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    for (guint i = 0; i < umk_app_fields_get_n(fields); i++)
        if (umk_app_fields_get(fields, i)->values != NULL)
            gtk_string_list_append(names, umk_app_fields_get(fields, i)->name);
    self->filling = TRUE;
    gtk_drop_down_set_model(GTK_DROP_DOWN(self->field), G_LIST_MODEL(names));
    self->filling = FALSE;
    gtk_widget_set_sensitive(self->field,
                             g_list_model_get_n_items(G_LIST_MODEL(names)) > 0);
}

static void
kind_changed(UmkAppAxisEditor *self)
{
    gtk_stack_set_visible_child_name(
        GTK_STACK(self->stack),
        pages[MIN(gtk_drop_down_get_selected(GTK_DROP_DOWN(self->kind)),
                  G_N_ELEMENTS(pages) - 1)]);
    changed(self);
}

static void
label_it(GtkWidget *widget, const char *text)
{
    gtk_widget_set_tooltip_text(widget, text);
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   text, -1);
}

static void
build(UmkAppAxisEditor *self, const char *title)
{
    const char *const kinds[] = {_("Sets of Items"), _("Formula"), _("Component"),
                                 _("Field"), NULL};
    GtkWidget *line = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *label = gtk_label_new(title);

    self->kind = gtk_drop_down_new_from_strings(kinds);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_widget_set_hexpand(label, TRUE);
    gtk_accessible_update_relation(GTK_ACCESSIBLE(self->kind),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, label, NULL, -1);
    gtk_box_append(GTK_BOX(line), label);
    gtk_box_append(GTK_BOX(line), self->kind);
    self->component = gtk_spin_button_new_with_range(0, 100000, 1);
    label_it(self->component, _("Number of the component, from 0"));
    self->field = gtk_drop_down_new_from_strings(NULL);
    label_it(self->field, _("Field of numbers"));
    self->stack = gtk_stack_new();
    gtk_stack_set_vhomogeneous(GTK_STACK(self->stack), FALSE);
    gtk_stack_add_named(GTK_STACK(self->stack), make_sets(self), pages[0]);
    gtk_stack_add_named(GTK_STACK(self->stack), make_formula(self), pages[1]);
    gtk_stack_add_named(GTK_STACK(self->stack), self->component, pages[2]);
    gtk_stack_add_named(GTK_STACK(self->stack), self->field, pages[3]);
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 4);
    gtk_box_append(GTK_BOX(self->box), line);
    gtk_box_append(GTK_BOX(self->box), self->stack);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
    g_signal_connect_swapped(self->kind, "notify::selected", G_CALLBACK(kind_changed),
                             self);
    g_signal_connect_swapped(self->component, "value-changed", G_CALLBACK(changed), self);
    g_signal_connect_swapped(self->field, "notify::selected", G_CALLBACK(changed), self);
}

GtkWidget *
umk_app_axis_editor_new(guint number, UmkAppScene *scene, UmkAppFields *fields)
{
    UmkAppAxisEditor *self = g_object_new(UMK_APP_TYPE_AXIS_EDITOR, NULL);
    const char *const titles[] = {_("Across"), _("Up"), _("Depth")};

    self->scene = g_object_ref(scene);
    self->fields = g_object_ref(fields);
    self->filling = TRUE;
    build(self, titles[number % 3]);
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(self->component), number);
    g_signal_connect_object(fields, "changed", G_CALLBACK(fields_changed), self, 0);
    fields_changed(fields, self);
    self->filling = FALSE;
    return GTK_WIDGET(self);
}

void
umk_app_axis_editor_set_kind(UmkAppAxisEditor *self, UmkAppAxisKind kind)
{
    self->filling = TRUE;
    gtk_drop_down_set_selected(GTK_DROP_DOWN(self->kind), (guint) kind);
    self->filling = FALSE;
}

UmkAppAxisKind
umk_app_axis_editor_get_kind(UmkAppAxisEditor *self)
{
    return (UmkAppAxisKind) gtk_drop_down_get_selected(GTK_DROP_DOWN(self->kind));
}

void
umk_app_axis_editor_set_formula(UmkAppAxisEditor *self, const char *formula)
{
    gtk_editable_set_text(GTK_EDITABLE(self->formula), formula);
}

void
umk_app_axis_editor_set_component(UmkAppAxisEditor *self, guint component)
{
    self->filling = TRUE;
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(self->component), component);
    self->filling = FALSE;
}

void
umk_app_axis_editor_reset(UmkAppAxisEditor *self)
{
    for (guint end = 0; end < 2; end++) {
        g_clear_pointer(&self->sets[end], umk_app_rows_unref);
        show_end(self, end);
    }
}

gboolean
umk_app_axis_editor_read(UmkAppAxisEditor *self, UmkAppAxis *axis)
{
    const char *text = gtk_editable_get_text(GTK_EDITABLE(self->formula));
    GtkStringObject *name;

    axis->kind = umk_app_axis_editor_get_kind(self);
    switch (axis->kind) {
    case UMK_APP_AXIS_SETS:
        axis->minus = self->sets[0] != NULL ? umk_app_rows_ref(self->sets[0]) : NULL;
        axis->plus = self->sets[1] != NULL ? umk_app_rows_ref(self->sets[1]) : NULL;
        return axis->plus != NULL;
    case UMK_APP_AXIS_FORMULA:
        axis->formula = g_strdup(text);
        return *text != '\0';
    case UMK_APP_AXIS_COMPONENT:
        axis->component =
            (guint) gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(self->component));
        return TRUE;
    case UMK_APP_AXIS_FIELD:
    default:
        name = gtk_drop_down_get_selected_item(GTK_DROP_DOWN(self->field));
        axis->field =
            name != NULL
                ? umk_app_fields_find(self->fields, gtk_string_object_get_string(name))
                : NULL;
        if (axis->field != NULL)
            umk_app_field_ref(axis->field);
        return axis->field != NULL;
    }
}
