/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line a row: the title, and a control for its type. The control keeps its number in
 * the table, so reading the form is one loop. */
#include "umk-app-form.h"

#include "umk-app-expander.h"
#include "umk-app-option-words.h"

#include <glib/gi18n.h>

#include <math.h>

struct _UmkAppForm {
    GtkWidget parent_instance;
    GtkWidget *box, *rows, *expander, *more;
    const UmkParamSpec *specs;
    gsize n_specs;
    GtkWidget **controls; /* one a spec; NULL where hidden */
    char **values;        /* of those without a control */
    guint n_plain, n_folded;
    gboolean filling;
};

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(UmkAppForm, umk_app_form, GTK_TYPE_WIDGET)

static void
forget(UmkAppForm *self)
{
    for (gsize i = 0; self->values != NULL && i < self->n_specs; i++)
        g_free(self->values[i]);
    g_clear_pointer(&self->values, g_free);
    g_clear_pointer(&self->controls, g_free);
    self->specs = NULL;
    self->n_specs = 0;
}

static void
umk_app_form_dispose(GObject *object)
{
    UmkAppForm *self = UMK_APP_FORM(object);

    forget(self);
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_form_parent_class)->dispose(object);
}

static void
umk_app_form_class_init(UmkAppFormClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_form_dispose;
    signals[CHANGED] = g_signal_new("changed", UMK_APP_TYPE_FORM, G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
umk_app_form_init(UmkAppForm *self)
{
    self->box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    self->rows = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    self->more = gtk_box_new(GTK_ORIENTATION_VERTICAL, 6);
    gtk_widget_set_margin_top(self->more, 6);
    self->expander = umk_app_expander_new(_("More _Options"), self->more);
    gtk_box_append(GTK_BOX(self->box), self->rows);
    gtk_box_append(GTK_BOX(self->box), self->expander);
    gtk_widget_set_parent(self->box, GTK_WIDGET(self));
}

GtkWidget *
umk_app_form_new(void)
{
    return g_object_new(UMK_APP_TYPE_FORM, NULL);
}

static void
changed(UmkAppForm *self)
{
    if (!self->filling)
        g_signal_emit(self, signals[CHANGED], 0);
}

/* ---- controls ------------------------------------------------------------------------
 */

static GtkWidget *
make_spin(UmkAppForm *self, const UmkParamSpec *spec)
{
    gboolean whole = spec->type == UMK_PARAM_INT;
    double range = spec->max - spec->min;
    double step = whole ? 1 : range <= 2 ? 0.05 : range <= 20 ? 0.1 : 1;
    GtkWidget *spin = gtk_spin_button_new_with_range(spec->min, spec->max, step);

    gtk_spin_button_set_digits(GTK_SPIN_BUTTON(spin), whole ? 0 : 3);
    gtk_spin_button_set_numeric(GTK_SPIN_BUTTON(spin), TRUE);
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(spin), spec->def);
    gtk_editable_set_width_chars(GTK_EDITABLE(spin), 5);
    gtk_editable_set_max_width_chars(GTK_EDITABLE(spin), 6);
    g_signal_connect_swapped(spin, "value-changed", G_CALLBACK(changed), self);
    return spin;
}

static GtkWidget *
make_choice(UmkAppForm *self, const UmkParamSpec *spec)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_auto(GStrv) shown = NULL;
    GtkWidget *choice;

    for (guint c = 0; spec->choices[c] != NULL; c++)
        g_strv_builder_add(words, umk_app_option_get_choice(spec, c));
    shown = g_strv_builder_end(words);
    choice = gtk_drop_down_new_from_strings((const char *const *) shown);
    gtk_drop_down_set_selected(GTK_DROP_DOWN(choice), (guint) spec->def);
    g_signal_connect_swapped(choice, "notify::selected", G_CALLBACK(changed), self);
    return choice;
}

static GtkWidget *
make_control(UmkAppForm *self, const UmkParamSpec *spec)
{
    GtkWidget *control;

    switch (spec->type) {
    case UMK_PARAM_BOOL:
        control = gtk_switch_new();
        gtk_switch_set_active(GTK_SWITCH(control), spec->def != 0);
        g_signal_connect_swapped(control, "notify::active", G_CALLBACK(changed), self);
        break;
    case UMK_PARAM_CHOICE:
        control = make_choice(self, spec);
        break;
    case UMK_PARAM_STRING:
        control = gtk_entry_new();
        gtk_editable_set_width_chars(GTK_EDITABLE(control), 10);
        g_signal_connect_swapped(control, "activate", G_CALLBACK(changed), self);
        break;
    case UMK_PARAM_INT:
    case UMK_PARAM_DOUBLE:
    default:
        control = make_spin(self, spec);
    }
    gtk_widget_set_valign(control, GTK_ALIGN_CENTER);
    return control;
}

static void
add_row(UmkAppForm *self, gsize i)
{
    const UmkParamSpec *spec = &self->specs[i];
    GtkWidget *row = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 8);
    GtkWidget *title = gtk_label_new(g_dgettext("umekomi", spec->title));
    GtkWidget *control = make_control(self, spec);
    gboolean plain = spec->plain;

    gtk_label_set_xalign(GTK_LABEL(title), 0);
    gtk_label_set_wrap(GTK_LABEL(title), TRUE);
    gtk_widget_set_hexpand(title, TRUE);
    gtk_widget_set_tooltip_text(row, g_dgettext("umekomi", spec->help));
    gtk_accessible_update_relation(GTK_ACCESSIBLE(control),
                                   GTK_ACCESSIBLE_RELATION_LABELLED_BY, title, NULL, -1);
    gtk_accessible_update_property(GTK_ACCESSIBLE(control),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   g_dgettext("umekomi", spec->help), -1);
    gtk_box_append(GTK_BOX(row), title);
    gtk_box_append(GTK_BOX(row), control);
    gtk_box_append(GTK_BOX(plain ? self->rows : self->more), row);
    self->controls[i] = control;
    self->n_plain += plain;
    self->n_folded += !plain;
}

static void
clear_box(GtkWidget *box)
{
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(box)) != NULL)
        gtk_box_remove(GTK_BOX(box), child);
}

void
umk_app_form_set_specs(UmkAppForm *self,
                       const UmkParamSpec *specs,
                       gsize n_specs,
                       const char *const *hidden)
{
    clear_box(self->rows);
    clear_box(self->more);
    forget(self);
    self->specs = specs;
    self->n_specs = n_specs;
    self->controls = g_new0(GtkWidget *, n_specs + 1);
    self->values = g_new0(char *, n_specs + 1);
    self->n_plain = self->n_folded = 0;
    for (gsize i = 0; i < n_specs; i++)
        if (hidden == NULL || !g_strv_contains(hidden, specs[i].name))
            add_row(self, i);
    gtk_widget_set_visible(self->rows, self->n_plain > 0);
    gtk_widget_set_visible(self->expander, self->n_folded > 0);
    gtk_widget_set_visible(GTK_WIDGET(self), self->n_plain + self->n_folded > 0);
}

/* ---- values --------------------------------------------------------------------------
 */

static gboolean
set_choice(GtkWidget *control, const UmkParamSpec *spec, const char *value)
{
    for (guint c = 0; spec->choices[c] != NULL; c++)
        if (g_str_equal(spec->choices[c], value)) {
            gtk_drop_down_set_selected(GTK_DROP_DOWN(control), c);
            return TRUE;
        }
    return FALSE;
}

static gboolean
set_control(GtkWidget *control, const UmkParamSpec *spec, const char *value)
{
    char *end;
    double number;

    switch (spec->type) {
    case UMK_PARAM_BOOL:
        gtk_switch_set_active(GTK_SWITCH(control), g_str_equal(value, "yes"));
        return TRUE;
    case UMK_PARAM_CHOICE:
        return set_choice(control, spec, value);
    case UMK_PARAM_STRING:
        gtk_editable_set_text(GTK_EDITABLE(control), value);
        return TRUE;
    case UMK_PARAM_INT:
    case UMK_PARAM_DOUBLE:
    default:
        number = g_ascii_strtod(value, &end);
        if (end == value || !isfinite(number))
            return FALSE;
        gtk_spin_button_set_value(GTK_SPIN_BUTTON(control), number);
        return TRUE;
    }
}

gboolean
umk_app_form_set(UmkAppForm *self, const char *name, const char *value)
{
    for (gsize i = 0; i < self->n_specs; i++) {
        gboolean done = TRUE;

        if (!g_str_equal(self->specs[i].name, name))
            continue;
        self->filling = TRUE;
        if (self->controls[i] != NULL) {
            done = set_control(self->controls[i], &self->specs[i], value);
        } else {
            g_free(self->values[i]);
            self->values[i] = g_strdup(value);
        }
        self->filling = FALSE;
        return done;
    }
    return FALSE;
}

static char *
read_control(GtkWidget *control, const UmkParamSpec *spec)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    switch (spec->type) {
    case UMK_PARAM_BOOL:
        return g_strdup(gtk_switch_get_active(GTK_SWITCH(control)) ? "yes" : "no");
    case UMK_PARAM_CHOICE:
        return g_strdup(
            spec->choices[gtk_drop_down_get_selected(GTK_DROP_DOWN(control))]);
    case UMK_PARAM_STRING:
        return g_strdup(gtk_editable_get_text(GTK_EDITABLE(control)));
    case UMK_PARAM_INT:
    case UMK_PARAM_DOUBLE:
    default:
        gtk_spin_button_update(GTK_SPIN_BUTTON(control));
        return g_strdup(
            g_ascii_formatd(buffer, sizeof buffer, "%.10g",
                            gtk_spin_button_get_value(GTK_SPIN_BUTTON(control))));
    }
}

UmkParams *
umk_app_form_make_params(UmkAppForm *self)
{
    UmkParams *params = umk_params_new(self->specs, self->n_specs);

    for (gsize i = 0; i < self->n_specs; i++) {
        g_autofree char *value = self->controls[i] != NULL
                                     ? read_control(self->controls[i], &self->specs[i])
                                     : g_strdup(self->values[i]);
        g_autoptr(GError) error = NULL;

        /* a control holds nothing that its own table refuses, but for a rounded end */
        if (value != NULL && !umk_params_set(params, self->specs[i].name, value, &error))
            g_message("%s", error->message);
    }
    return params;
}

guint
umk_app_form_get_n_rows(UmkAppForm *self, guint *n_folded)
{
    *n_folded = self->n_folded;
    return self->n_plain;
}
