/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is dropped on the window: a collection is opened, one picture, sound or vector is
 * searched with, anything else is recognised and asked about, then added to the
 * collection or made into a new one. Nothing that is wrong with it costs more than a
 * sentence. */
#include "umk-app-window-parts.h"

#include "umk-app-intake-dialog.h"
#include "umk-app-query.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#define MOST_OF_ONE (1 << 20) /* bytes of a file that may hold one vector */

static void
toast_error(UmkAppWindow *self, const GError *error)
{
    if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        _umk_app_window_toast(self, error->message);
}

/* ---- adding --------------------------------------------------------------------------
 */

static gpointer
import_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    return umk_app_import_run(data, cancellable, umk_app_job_progress, job, error);
}

static void
imported(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    g_autoptr(UmkAppImportReport) report = result;
    const char *target = g_object_get_data(G_OBJECT(job), "umk-target");
    gboolean was_waiting = job == self->opening;

    umk_app_job_bar_remove(self->jobs, job);
    if (was_waiting)
        g_clear_object(&self->opening);
    if (report != NULL)
        _umk_app_window_report_added(self, report->n_added,
                                     (const char *const *) report->failures->pdata,
                                     report->failures->len / 2);
    else if (!was_waiting)
        toast_error(self, error);
    if (report == NULL && was_waiting) {
        _umk_app_window_show_failure(self, error);
        return;
    }
    /* what was committed before a cancel or a failure is there as well */
    if (was_waiting || (self->source != NULL &&
                        g_str_equal(target, umk_app_source_get_path(self->source))))
        umk_app_window_open_path(self, target);
}

/* Takes the import. */
void
_umk_app_window_import(UmkAppWindow *self, UmkAppImport *import)
{
    g_autofree char *target = g_strdup(import->target);
    gboolean is_new = !umk_collection_probe(target);
    UmkAppJob *job = umk_app_job_start(
        is_new ? _("Making a collection") : _("Adding to the collection"), import_work,
        import, (GDestroyNotify) umk_app_import_free,
        (GDestroyNotify) umk_app_import_report_free, imported, G_OBJECT(self));

    g_object_set_data_full(G_OBJECT(job), "umk-target", g_strdup(target), g_free);
    if (is_new)
        _umk_app_window_wait_for(self, job, _("Making a collection"));
    else
        umk_app_job_bar_add(self->jobs, job);
    if (!is_new)
        g_object_unref(job);
}

static void
dialog_started(UmkAppIntakeDialog *dialog, UmkAppWindow *self)
{
    UmkAppImport *import = umk_app_intake_dialog_steal_import(dialog);

    if (import != NULL)
        _umk_app_window_import(self, import);
}

/* ---- recognising ---------------------------------------------------------------------
 */

static gpointer
look_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    return umk_app_intake_new(data, cancellable, error);
}

static void
looked(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    UmkAppIntake *intake = result;
    UmkAppIntakeDialog *dialog;

    umk_app_job_bar_remove(self->jobs, job);
    if (intake == NULL) {
        toast_error(self, error);
        return;
    }
    if (intake->kind == UMK_APP_INTAKE_COLLECTION) {
        umk_app_window_open_path(self, intake->paths[0]);
        umk_app_intake_free(intake);
        return;
    }
    dialog = umk_app_intake_dialog_new(
        GTK_WINDOW(self), intake,
        self->source != NULL ? umk_app_source_get_path(self->source) : NULL);
    g_signal_connect_object(dialog, "start", G_CALLBACK(dialog_started), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* Recognises what is to be added and asks how; paths are those of files and folders. */
void
_umk_app_window_offer(UmkAppWindow *self, const char *const *paths)
{
    g_autoptr(UmkAppJob) job = NULL;

    if (paths[0] == NULL)
        return;
    job = umk_app_job_start(_("Looking at what was dropped"), look_work,
                            g_strdupv((char **) paths), (GDestroyNotify) g_strfreev,
                            (GDestroyNotify) umk_app_intake_free, looked, G_OBJECT(self));
    umk_app_job_bar_add(self->jobs, job);
}

/* A file that holds one vector is no collection, but something to ask with. */
static gboolean
is_one_vector(const char *path)
{
    g_autoptr(UmkMatrix) rows = NULL;
    GStatBuf info;

    if (!umk_app_intake_is_vectors(path) || g_stat(path, &info) != 0 ||
        info.st_size > MOST_OF_ONE)
        return FALSE;
    rows = umk_vectors_read(path, NULL, NULL);
    return rows != NULL && umk_matrix_get_n_rows(rows) == 1;
}

/* What was let go on the window: one picture, sound or vector is a question to what is
 * open. */
void
_umk_app_window_take(UmkAppWindow *self, const char *const *paths)
{
    UmkModality modality;

    if (paths[0] == NULL)
        return;
    if (paths[1] == NULL && self->source != NULL &&
        g_file_test(paths[0], G_FILE_TEST_IS_REGULAR) &&
        umk_app_query_guess_modality(paths[0], &modality)) {
        _umk_app_window_ask_file(self, paths[0], modality);
        return;
    }
    if (paths[1] == NULL && self->source != NULL && is_one_vector(paths[0])) {
        _umk_app_window_ask_vector(self, paths[0]);
        return;
    }
    _umk_app_window_offer(self, paths);
}

void
umk_app_window_open_any(UmkAppWindow *self, const char *path)
{
    const char *const paths[] = {path, NULL};

    if (umk_collection_probe(path) || !g_file_test(path, G_FILE_TEST_EXISTS))
        umk_app_window_open_path(self, path);
    else
        _umk_app_window_offer(self, paths);
}

/* ---- dropping ------------------------------------------------------------------------
 */

/* What was let go has left nothing behind: no target is told so. */
void
_umk_app_window_end_drop(UmkAppWindow *self)
{
    gtk_widget_remove_css_class(GTK_WIDGET(self->toasts), "drop-here");
}

/* What was dragged out of this very window is in the collection already. */
static gboolean
is_own(GtkDropTarget *target)
{
    GdkDrop *drop = gtk_drop_target_get_current_drop(target);

    return drop != NULL && gdk_drop_get_drag(drop) != NULL;
}

static gboolean
dropped(
    GtkDropTarget *target, const GValue *value, double x, double y, UmkAppWindow *self)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) paths = NULL;

    _umk_app_window_end_drop(self);
    if (is_own(target))
        return FALSE;
    for (GSList *link = g_value_get_boxed(value); link != NULL; link = link->next) {
        g_autofree char *path = g_file_get_path(link->data);

        if (path != NULL)
            g_strv_builder_add(builder, path);
    }
    paths = g_strv_builder_end(builder);
    if (paths[0] == NULL)
        _umk_app_window_toast(self, _("Only files of this machine can be dropped here"));
    else
        _umk_app_window_take(self, (const char *const *) paths);
    return paths[0] != NULL;
}

static GdkDragAction
entered(GtkDropTarget *target, double x, double y, UmkAppWindow *self)
{
    if (is_own(target))
        return 0;
    gtk_widget_add_css_class(GTK_WIDGET(self->toasts), "drop-here");
    return GDK_ACTION_COPY;
}

static void
left(GtkDropTarget *target, UmkAppWindow *self)
{
    _umk_app_window_end_drop(self);
}

void
_umk_app_window_init_drop(UmkAppWindow *self)
{
    GtkDropTarget *target = gtk_drop_target_new(GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

    g_signal_connect_object(target, "drop", G_CALLBACK(dropped), self, 0);
    g_signal_connect_object(target, "enter", G_CALLBACK(entered), self, 0);
    g_signal_connect_object(target, "leave", G_CALLBACK(left), self, 0);
    gtk_widget_add_controller(GTK_WIDGET(self->toasts), GTK_EVENT_CONTROLLER(target));
}
