/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each change of how the table is written reads its beginning again; columns keep the
 * roles that were chosen where their names are still there. */
#include "umk-app-table-form.h"

#include "umk-app-modality.h"

#include <glib/gi18n.h>
#include <string.h>

#define SHOWN_COLUMNS 12u
#define SHOWN_CHARS   28

static const char separators[] = {',', '\t', ';', '|'};

struct _UmkAppTableForm {
    GtkWidget parent_instance;
    GtkWidget *box, *header_row;
    AdwComboRow *text, *path, *label, *id, *separator, *encoding;
    GtkSwitch *header;
    GtkLabel *problem;
    GtkGrid *preview;
    UmkAppTable *table;
    gboolean filling; /* the rows are being set, nobody has chosen */
};

G_DEFINE_FINAL_TYPE(UmkAppTableForm, umk_app_table_form, GTK_TYPE_WIDGET)

/* ---- preview -------------------------------------------------------------------------
 */

static const char *
role_name(UmkAppRole role)
{
    switch (role) {
    case UMK_APP_ROLE_TEXT:
        return _("Text");
    case UMK_APP_ROLE_PATH:
        return _("File");
    case UMK_APP_ROLE_LABEL:
        return _("Label");
    case UMK_APP_ROLE_ID:
        return _("Id");
    case UMK_APP_ROLE_FIELD:
    default:
        return "";
    }
}

static void
attach(
    UmkAppTableForm *self, const char *text, guint column, guint row, const char *style)
{
    g_autofree char *tidy = umk_app_text_tidy(text, SHOWN_CHARS);
    GtkWidget *label = gtk_label_new(tidy);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    if (style != NULL)
        gtk_widget_add_css_class(label, style);
    gtk_grid_attach(self->preview, label, (int) column, (int) row, 1, 1);
}

static void
show_preview(UmkAppTableForm *self)
{
    const UmkAppTable *table = self->table;
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(GTK_WIDGET(self->preview))) != NULL)
        gtk_grid_remove(self->preview, child);
    for (guint c = 0; c < MIN(table->n_columns, SHOWN_COLUMNS); c++) {
        attach(self, table->columns[c], c, 0, "heading");
        attach(self, role_name(table->roles[c]), c, 1, "accent");
        for (guint r = 0; r < table->rows->len; r++)
            attach(self, ((char **) table->rows->pdata[r])[c], c, r + 2, NULL);
    }
}

/* ---- rows ----------------------------------------------------------------------------
 */

static void
fill_combo(UmkAppTableForm *self, AdwComboRow *row, UmkAppRole role)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);
    guint chosen = 0;

    /* Translators: no column of the table has this role */
    gtk_string_list_append(names, _("None"));
    for (guint c = 0; c < self->table->n_columns; c++) {
        g_autofree char *tidy = umk_app_text_tidy(self->table->columns[c], 40);

        gtk_string_list_append(names, tidy);
        if (self->table->roles[c] == role && chosen == 0)
            chosen = c + 1;
    }
    adw_combo_row_set_model(row, G_LIST_MODEL(names));
    adw_combo_row_set_selected(row, chosen);
}

static void
show_all(UmkAppTableForm *self)
{
    const UmkAppTableFormat *format = &self->table->format;
    const char *const *encodings = umk_app_table_list_encodings();
    const char *at = format->separator
                         ? memchr(separators, format->separator, sizeof separators)
                         : NULL;

    self->filling = TRUE;
    fill_combo(self, self->text, UMK_APP_ROLE_TEXT);
    fill_combo(self, self->path, UMK_APP_ROLE_PATH);
    fill_combo(self, self->label, UMK_APP_ROLE_LABEL);
    fill_combo(self, self->id, UMK_APP_ROLE_ID);
    gtk_switch_set_active(self->header, format->header);
    adw_combo_row_set_selected(self->separator, at ? (guint) (at - separators) : 0);
    for (guint i = 0; encodings[i] != NULL; i++)
        if (g_str_equal(encodings[i], format->encoding))
            adw_combo_row_set_selected(self->encoding, i);
    gtk_widget_set_visible(GTK_WIDGET(self->separator), format->separator != '\0');
    gtk_widget_set_visible(self->header_row, format->separator != '\0');
    self->filling = FALSE;
    show_preview(self);
}

/* ---- choices -------------------------------------------------------------------------
 */

static void
changed(UmkAppTableForm *self)
{
    g_signal_emit_by_name(self, "changed");
}

static void
column_chosen(UmkAppTableForm *self)
{
    AdwComboRow *const rows[] = {self->text, self->path, self->label, self->id};
    static const UmkAppRole roles[] = {UMK_APP_ROLE_TEXT, UMK_APP_ROLE_PATH,
                                       UMK_APP_ROLE_LABEL, UMK_APP_ROLE_ID};

    if (self->filling || self->table == NULL)
        return;
    memset(self->table->roles, 0, self->table->n_columns * sizeof *self->table->roles);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guint chosen = adw_combo_row_get_selected(rows[i]);

        if (chosen > 0 && chosen <= self->table->n_columns &&
            self->table->roles[chosen - 1] == UMK_APP_ROLE_FIELD)
            self->table->roles[chosen - 1] = roles[i];
    }
    show_preview(self);
    changed(self);
}

/* The new reading takes the old one's place, so that who holds the table sees it. */
static void
format_chosen(UmkAppTableForm *self)
{
    const char *const *encodings = umk_app_table_list_encodings();
    guint separator = adw_combo_row_get_selected(self->separator);
    guint encoding = adw_combo_row_get_selected(self->encoding);
    UmkAppTableFormat format;
    g_autoptr(UmkAppTable) again = NULL;
    g_autoptr(GError) error = NULL;
    UmkAppTable swap;

    if (self->filling || self->table == NULL)
        return;
    format.header = gtk_switch_get_active(self->header);
    format.encoding = encodings[encoding];
    format.separator = self->table->format.separator == '\0'
                           ? '\0'
                           : separators[MIN(separator, sizeof separators - 1)];
    again = umk_app_table_preview(self->table->path, &format, &error);
    gtk_label_set_label(self->problem, error != NULL ? error->message : "");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), error != NULL);
    if (again == NULL)
        return;
    swap = *self->table;
    *self->table = *again;
    *again = swap;
    show_all(self);
    changed(self);
}

gboolean
umk_app_table_form_is_complete(UmkAppTableForm *self)
{
    for (guint c = 0; self->table != NULL && c < self->table->n_columns; c++)
        if (self->table->roles[c] == UMK_APP_ROLE_TEXT ||
            self->table->roles[c] == UMK_APP_ROLE_PATH)
            return TRUE;
    return FALSE;
}

void
umk_app_table_form_set_table(UmkAppTableForm *self, UmkAppTable *table)
{
    self->table = table;
    if (table != NULL)
        show_all(self);
}

/* ---- object --------------------------------------------------------------------------
 */

static void
umk_app_table_form_dispose(GObject *object)
{
    g_clear_pointer(&UMK_APP_TABLE_FORM(object)->box, gtk_widget_unparent);
    G_OBJECT_CLASS(umk_app_table_form_parent_class)->dispose(object);
}

static void
umk_app_table_form_class_init(UmkAppTableFormClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = umk_app_table_form_dispose;
    g_signal_new("changed", UMK_APP_TYPE_TABLE_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                 NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-table-form.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, box);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, header_row);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, text);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, path);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, label);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, id);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, separator);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, encoding);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, header);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, problem);
    gtk_widget_class_bind_template_child(widget_class, UmkAppTableForm, preview);
}

static void
umk_app_table_form_init(UmkAppTableForm *self)
{
    g_autoptr(GtkStringList) encodings = NULL;
    AdwComboRow *columns[4];

    gtk_widget_init_template(GTK_WIDGET(self));
    encodings = gtk_string_list_new(umk_app_table_list_encodings());
    adw_combo_row_set_model(self->encoding, G_LIST_MODEL(encodings));
    columns[0] = self->text;
    columns[1] = self->path;
    columns[2] = self->label;
    columns[3] = self->id;
    for (guint i = 0; i < G_N_ELEMENTS(columns); i++)
        g_signal_connect_object(columns[i], "notify::selected", G_CALLBACK(column_chosen),
                                self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->header, "notify::active", G_CALLBACK(format_chosen),
                            self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->separator, "notify::selected",
                            G_CALLBACK(format_chosen), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->encoding, "notify::selected", G_CALLBACK(format_chosen),
                            self, G_CONNECT_SWAPPED);
}
