/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening, making and filling collections from the window: starts the jobs, shows their
 * progress and what came of them. */
#include "umk-app-window-parts.h"

#include "umk-app-tasks.h"

#include <glib/gi18n.h>

static gboolean
was_cancelled(const GError *error)
{
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static const char *
failure_title(const GError *error)
{
    if (g_error_matches(error, UMK_ERROR, UMK_ERROR_TOO_LARGE))
        return _("Too Large for This Machine");
    if (g_error_matches(error, UMK_ERROR, UMK_ERROR_NOT_FOUND) ||
        g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return _("There Is Nothing Here");
    return _("This Did Not Open");
}

/* What went wrong, and what can be done about it. */
static char *
describe_failure(const GError *error)
{
    if (!g_error_matches(error, UMK_ERROR, UMK_ERROR_TOO_LARGE))
        return g_strdup(error->message);
    return g_strdup_printf(
        "%s\n%s", error->message,
        _("Close what else is open, or take a part of it: fewer items, or vectors of "
          "fewer dimensions"));
}

void
_umk_app_window_show_failure(UmkAppWindow *self, const GError *error)
{
    g_autofree char *text = describe_failure(error);
    g_autofree char *safe = g_markup_escape_text(text, -1);

    if (self->source != NULL) {
        gtk_stack_set_visible_child_name(self->stack, "collection");
        if (!was_cancelled(error))
            _umk_app_window_toast(self, text);
        return;
    }
    adw_status_page_set_title(self->failed, failure_title(error));
    adw_status_page_set_description(self->failed, safe);
    gtk_stack_set_visible_child_name(self->stack,
                                     was_cancelled(error) ? "welcome" : "failed");
}

/* ---- open
 * ----------------------------------------------------------------------------------- */

/* The same collection with more in it: rows have not moved, so the place is kept. */
static void
show_again(UmkAppWindow *self, UmkAppSource *source)
{
    guint32 selected = umk_app_map_get_selected(self->map);
    g_autoptr(UmkItem) question = self->question ? umk_item_ref(self->question) : NULL;
    gboolean by_vector = self->asked != NULL && self->asked->path != NULL;

    _umk_app_window_show_source(self, source);
    if (by_vector)
        _umk_app_window_ask_vector(self, umk_item_get_path(question));
    else if (question != NULL && umk_item_get_path(question) != NULL)
        _umk_app_window_ask_file(self, umk_item_get_path(question),
                                 umk_item_get_modality(question));
    else if (question != NULL)
        gtk_editable_set_text(GTK_EDITABLE(self->search), umk_item_get_text(question));
    if (selected != UMK_APP_NO_ROW)
        _umk_app_window_inspect(self, selected);
}

static void
opened(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    g_autoptr(UmkAppSource) source = result;

    umk_app_job_bar_remove(self->jobs, job);
    if (job != self->opening)
        return;
    g_clear_object(&self->opening);
    if (source != NULL && self->reopening)
        show_again(self, source);
    else if (source != NULL)
        _umk_app_window_show_source(self, source);
    else
        _umk_app_window_show_failure(self, error);
    if (source != NULL)
        _umk_app_window_apply_session(self);
    self->reopening = FALSE;
}

/* What the page that waits shows of the job. */
static void
loading_progressed(UmkAppJob *job, GParamSpec *property, UmkAppWindow *self)
{
    g_autofree char *stage = NULL, *text = NULL;
    g_autofree char *left = umk_app_job_time_text(umk_app_job_get_time_left(job));
    double fraction;

    if (job != self->opening)
        return;
    g_object_get(job, "fraction", &fraction, "stage", &stage, NULL);
    if (g_strcmp0(stage, gtk_label_get_label(self->loading_label)) == 0)
        g_clear_pointer(&stage, g_free);
    text = stage != NULL && *stage != '\0' && left != NULL
               ? g_strdup_printf("%s · %s", stage, left)
               : g_strdup(stage != NULL && *stage != '\0' ? stage
                          : left != NULL                  ? left
                                                          : "");
    gtk_label_set_label(self->loading_stage, text);
    if (fraction >= 0)
        gtk_progress_bar_set_fraction(self->loading_bar, fraction);
    else
        gtk_progress_bar_pulse(self->loading_bar);
}

void
_umk_app_window_cancel_opening(UmkAppWindow *self)
{
    if (self->opening != NULL)
        umk_app_job_cancel(self->opening);
}

/* Takes the job: the page that waits shows it until it is done; or the line at the foot,
 * where the collection stays in sight. */
void
_umk_app_window_wait_for(UmkAppWindow *self, UmkAppJob *job, const char *text)
{
    if (self->opening != NULL)
        umk_app_job_cancel(self->opening);
    g_clear_object(&self->opening);
    self->opening = job;
    if (self->reopening) {
        umk_app_job_bar_add(self->jobs, job);
        return;
    }
    gtk_label_set_label(self->loading_label, text);
    gtk_label_set_label(self->loading_stage, "");
    gtk_progress_bar_set_fraction(self->loading_bar, 0);
    g_signal_connect_object(job, "notify::fraction", G_CALLBACK(loading_progressed), self,
                            0);
    _umk_app_window_close_menus(self);
    gtk_stack_set_visible_child_name(self->stack, "loading");
}

/* A collection's folder, or anything else: then the window says what is wrong with it. */
void
umk_app_window_open_path(UmkAppWindow *self, const char *path)
{
    g_autofree char *name = g_filename_display_basename(path);
    g_autofree char *text = g_strdup_printf(_("Opening “%s”"), name);

    self->reopening =
        self->source != NULL && g_str_equal(path, umk_app_source_get_path(self->source));
    _umk_app_window_wait_for(self, umk_app_task_open(path, opened, G_OBJECT(self)), text);
}

/* ---- make
 * ----------------------------------------------------------------------------------- */

/* A job whose result is the path of a collection to open. */
static void
path_ready(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    g_autofree char *path = result;

    umk_app_job_bar_remove(self->jobs, job);
    if (job != self->opening)
        return;
    g_clear_object(&self->opening);
    if (path != NULL)
        umk_app_window_open_path(self, path);
    else
        _umk_app_window_show_failure(self, error);
}

void
_umk_app_window_open_sample(UmkAppWindow *self, const char *name)
{
    self->reopening = FALSE;
    _umk_app_window_wait_for(self, umk_app_task_sample(name, path_ready, G_OBJECT(self)),
                             _("Preparing the sample"));
}

void
_umk_app_window_create(UmkAppWindow *self, const char *path)
{
    g_autofree char *full =
        g_str_has_suffix(path, ".ume") ? g_strdup(path) : g_strconcat(path, ".ume", NULL);

    self->reopening = FALSE;
    _umk_app_window_wait_for(self, umk_app_task_create(full, path_ready, G_OBJECT(self)),
                             _("Making a collection"));
}

/* ---- fill
 * ----------------------------------------------------------------------------------- */

/* failures: what, why, what, why, … */
static void
show_failures(UmkAppWindow *self, const char *const *failures, gsize n)
{
    g_autoptr(GString) text = g_string_new(NULL);
    GtkWidget *dialog, *label, *scroller;

    for (gsize i = 0; i < MIN(n, 200); i++)
        g_string_append_printf(text, "%s\n%s\n\n", failures[2 * i], failures[2 * i + 1]);
    dialog = adw_message_dialog_new(GTK_WINDOW(self), _("These Were Not Added"), NULL);
    label = gtk_label_new(text->str);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_selectable(GTK_LABEL(label), TRUE);
    scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(scroller), label);
    gtk_scrolled_window_set_min_content_height(GTK_SCROLLED_WINDOW(scroller), 220);
    gtk_scrolled_window_set_min_content_width(GTK_SCROLLED_WINDOW(scroller), 420);
    adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), scroller);
    adw_message_dialog_add_response(ADW_MESSAGE_DIALOG(dialog), "close", _("_Close"));
    gtk_window_present(GTK_WINDOW(dialog));
}

/* failures: what, why, what, why, …; n_failed pairs. */
void
_umk_app_window_report_added(UmkAppWindow *self,
                             gsize n_added,
                             const char *const *failures,
                             gsize n_failed)
{
    g_autofree char *good =
        g_strdup_printf(ngettext("%zu item added", "%zu items added", n_added), n_added);

    if (n_failed == 0) {
        _umk_app_window_toast(self, good);
    } else {
        g_autofree char *failed = g_strdup_printf(
            ngettext("%zu file failed", "%zu files failed", n_failed), n_failed);
        g_autofree char *both = g_strdup_printf("%s, %s", good, failed);

        _umk_app_window_toast(self, both);
        show_failures(self, failures, n_failed);
    }
}

static void
report_added(UmkAppWindow *self, UmkIngestReport *report)
{
    gsize n = 0, bad = umk_ingest_report_get_n_failures(report);
    g_autofree const char **failures = g_new0(const char *, 2 * bad + 1);

    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        n += umk_ingest_report_get_n_added(report, (UmkModality) m);
    for (gsize i = 0; i < bad; i++) {
        const char *path = NULL;

        failures[2 * i + 1] = umk_ingest_report_get_failure(report, i, &path);
        failures[2 * i] = path != NULL ? path : "";
    }
    _umk_app_window_report_added(self, n, failures, bad);
}

static void
added(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    g_autoptr(UmkIngestReport) report = result;
    const char *path = g_object_get_data(G_OBJECT(job), "umk-path");

    umk_app_job_bar_remove(self->jobs, job);
    if (report != NULL)
        report_added(self, report);
    else if (!was_cancelled(error))
        _umk_app_window_toast(self, error->message);
    /* What was committed before a cancel or a failure is there as well. */
    if (self->source != NULL &&
        g_strcmp0(path, umk_app_source_get_path(self->source)) == 0) {
        umk_app_window_open_path(self, path);
    }
}

void
_umk_app_window_add(UmkAppWindow *self, const char *const *files)
{
    g_autoptr(UmkAppJob) job = NULL;
    const char *path;

    if (self->source == NULL || files[0] == NULL)
        return;
    path = umk_app_source_get_path(self->source);
    job = umk_app_task_add(path, files, added, G_OBJECT(self));
    g_object_set_data_full(G_OBJECT(job), "umk-path", g_strdup(path), g_free);
    umk_app_job_bar_add(self->jobs, job);
}
