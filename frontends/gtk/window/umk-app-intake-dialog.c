/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measuring runs in a job of the dialog's own, and stops with it. */
#include "umk-app-intake-dialog.h"

#include "umk-app-estimate.h"
#include "umk-app-job.h"
#include "umk-app-table-form.h"

#include <glib/gi18n.h>

struct _UmkAppIntakeDialog {
    AdwWindow parent_instance;
    GtkWidget *start, *place, *choose, *measuring;
    AdwActionRow *found, *estimate, *folder;
    AdwComboRow *array;
    GtkEditable *name;
    UmkAppTableForm *form;

    UmkAppIntake *intake;
    char *target; /* NULL: a new collection in … */
    char *directory;
    UmkAppJob *job;
    UmkAppImport *agreed;
    GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE(UmkAppIntakeDialog, umk_app_intake_dialog, ADW_TYPE_WINDOW)

/* ---- estimate ------------------------------------------------------------------------
 */

/* What is measured: a copy, since the dialog's own may change meanwhile. */
typedef struct {
    char **paths;
    char *target;
} Order;

static void
order_free(gpointer data)
{
    Order *order = data;

    g_strfreev(order->paths);
    g_free(order->target);
    g_free(order);
}

static gpointer
estimate_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;
    g_autoptr(UmkAppIntake) intake =
        umk_app_intake_new((const char *const *) order->paths, cancellable, error);

    return intake != NULL
               ? umk_app_estimate_new(intake, order->target, cancellable, error)
               : NULL;
}

static void
estimated(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppIntakeDialog *self = owner;
    g_autofree UmkAppEstimate *estimate = result;
    g_autofree char *text = NULL;

    if (job != self->job)
        return;
    g_clear_object(&self->job);
    gtk_widget_set_visible(self->measuring, FALSE);
    if (estimate == NULL)
        text = g_markup_escape_text(error->message, -1);
    else
        text = umk_app_estimate_describe(estimate);
    adw_action_row_set_subtitle(self->estimate, text);
}

static void
start_measuring(UmkAppIntakeDialog *self)
{
    Order *order = g_new0(Order, 1);

    order->paths = g_strdupv(self->intake->paths);
    order->target = g_strdup(self->target);
    self->job = umk_app_job_start(_("Measuring"), estimate_work, order, order_free,
                                  g_free, estimated, G_OBJECT(self));
}

/* ---- choices -------------------------------------------------------------------------
 */

static void
update(UmkAppIntakeDialog *self)
{
    g_autofree char *name = g_strdup(gtk_editable_get_text(self->name));
    gboolean ready = self->target != NULL || *g_strstrip(name) != '\0';

    if (self->intake != NULL && self->intake->table != NULL)
        ready = ready && umk_app_table_form_is_complete(self->form);
    gtk_widget_set_sensitive(self->start, ready);
}

static void
show_directory(UmkAppIntakeDialog *self)
{
    g_autofree char *shown = g_filename_display_name(self->directory);
    g_autofree char *safe = g_markup_escape_text(shown, -1);

    adw_action_row_set_subtitle(self->folder, safe);
}

static void
folder_chosen(GtkNativeDialog *dialog, int response, UmkAppIntakeDialog *self)
{
    g_autoptr(GFile) file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
    char *path = response == GTK_RESPONSE_ACCEPT && file ? g_file_get_path(file) : NULL;

    g_clear_object(&self->chooser);
    if (path == NULL)
        return;
    g_free(self->directory);
    self->directory = path;
    show_directory(self);
}

static void
choose_clicked(UmkAppIntakeDialog *self)
{
    g_clear_object(&self->chooser);
    self->chooser = gtk_file_chooser_native_new(
        _("Where the Collection Goes"), GTK_WINDOW(self),
        GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, _("_Choose"), NULL);
    gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(self->chooser), TRUE);
    g_signal_connect_object(self->chooser, "response", G_CALLBACK(folder_chosen), self,
                            0);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(self->chooser));
}

static void
start_clicked(UmkAppIntakeDialog *self)
{
    g_autofree char *name = g_strdup(gtk_editable_get_text(self->name));
    g_autofree char *target =
        self->target != NULL
            ? g_strdup(self->target)
            : umk_app_import_make_path(self->directory, g_strstrip(name));

    if (self->job != NULL)
        umk_app_job_cancel(self->job);
    umk_app_table_form_set_table(self->form, NULL);
    self->agreed = umk_app_import_new(g_steal_pointer(&self->intake), target);
    g_signal_emit_by_name(self, "start");
    gtk_window_close(GTK_WINDOW(self));
}

/* Of a file with several. */
static void
show_arrays(UmkAppIntakeDialog *self)
{
    g_autoptr(GtkStringList) names =
        gtk_string_list_new((const char *const *) self->intake->arrays);

    gtk_widget_set_visible(GTK_WIDGET(self->array), self->intake->arrays != NULL);
    adw_combo_row_set_model(self->array, G_LIST_MODEL(names));
}

static void
array_chosen(AdwComboRow *row, GParamSpec *property, UmkAppIntakeDialog *self)
{
    guint at = adw_combo_row_get_selected(row);

    if (self->intake == NULL || self->intake->arrays == NULL ||
        at >= g_strv_length(self->intake->arrays))
        return;
    g_free(self->intake->array);
    self->intake->array = g_strdup(self->intake->arrays[at]);
}

/* ---- object --------------------------------------------------------------------------
 */

static void
umk_app_intake_dialog_dispose(GObject *object)
{
    UmkAppIntakeDialog *self = UMK_APP_INTAKE_DIALOG(object);

    if (self->job != NULL)
        umk_app_job_cancel(self->job);
    g_clear_object(&self->job);
    g_clear_object(&self->chooser);
    if (self->form != NULL)
        umk_app_table_form_set_table(self->form, NULL);
    g_clear_pointer(&self->intake, umk_app_intake_free);
    g_clear_pointer(&self->agreed, umk_app_import_free);
    g_clear_pointer(&self->target, g_free);
    g_clear_pointer(&self->directory, g_free);
    G_OBJECT_CLASS(umk_app_intake_dialog_parent_class)->dispose(object);
}

static void
umk_app_intake_dialog_class_init(UmkAppIntakeDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    g_type_ensure(UMK_APP_TYPE_TABLE_FORM);
    G_OBJECT_CLASS(klass)->dispose = umk_app_intake_dialog_dispose;
    g_signal_new("start", UMK_APP_TYPE_INTAKE_DIALOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                 NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(
        widget_class, "/io/github/umekomi/Umekomi/umk-app-intake-dialog.ui");
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, start);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, place);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, choose);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, measuring);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, found);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, array);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, estimate);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, folder);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, name);
    gtk_widget_class_bind_template_child(widget_class, UmkAppIntakeDialog, form);
}

static void
umk_app_intake_dialog_init(UmkAppIntakeDialog *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    gtk_window_set_default_widget(GTK_WINDOW(self), self->start);
    self->directory = g_build_filename(g_get_user_data_dir(), "umekomi", NULL);
    show_directory(self);
    g_signal_connect_object(self->start, "clicked", G_CALLBACK(start_clicked), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->choose, "clicked", G_CALLBACK(choose_clicked), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->name, "changed", G_CALLBACK(update), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->array, "notify::selected", G_CALLBACK(array_chosen),
                            self, 0);
    g_signal_connect_object(self->form, "changed", G_CALLBACK(update), self,
                            G_CONNECT_SWAPPED);
}

UmkAppIntakeDialog *
umk_app_intake_dialog_new(GtkWindow *parent, UmkAppIntake *intake, const char *target)
{
    UmkAppIntakeDialog *self =
        g_object_new(UMK_APP_TYPE_INTAKE_DIALOG, "transient-for", parent, NULL);
    g_autofree char *found = umk_app_intake_describe(intake);
    g_autofree char *safe = g_markup_escape_text(found, -1);

    self->intake = intake;
    /* vectors that are made already have a space of their own */
    self->target = intake->kind == UMK_APP_INTAKE_VECTORS ? NULL : g_strdup(target);
    gtk_window_set_title(GTK_WINDOW(self), self->target != NULL
                                               ? _("Add to the Collection?")
                                               : _("Make a Collection?"));
    gtk_widget_set_visible(self->place, self->target == NULL);
    gtk_widget_set_visible(GTK_WIDGET(self->form), intake->table != NULL);
    show_arrays(self);
    gtk_editable_set_text(self->name, intake->name);
    adw_action_row_set_subtitle(self->found, safe);
    if (intake->table != NULL) {
        umk_app_table_form_set_table(self->form, intake->table);
        gtk_window_set_default_size(GTK_WINDOW(self), 640, 720);
    }
    start_measuring(self);
    update(self);
    return self;
}

UmkAppImport *
umk_app_intake_dialog_steal_import(UmkAppIntakeDialog *self)
{
    return g_steal_pointer(&self->agreed);
}

gboolean
umk_app_intake_dialog_is_measured(UmkAppIntakeDialog *self)
{
    return self->job == NULL;
}

void
umk_app_intake_dialog_choose_array(UmkAppIntakeDialog *self, guint at)
{
    adw_combo_row_set_selected(self->array, at);
}

UmkAppIntake *
umk_app_intake_dialog_get_intake(UmkAppIntakeDialog *self)
{
    return self->intake;
}
