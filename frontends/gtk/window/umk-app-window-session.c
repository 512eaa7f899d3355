/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window shows is kept a moment after it changes, in a thread; the first page
 * offers it again, after a stop that nobody wanted as well. A window has a file of its
 * own while it lives, and leaves it as the last one when it closes. */
#include "umk-app-window-parts.h"

#include "umk-app-session.h"

#include <glib/gi18n.h>
#include <string.h>

#define QUIET 2  /* seconds after the last change */
#define LOOK  15 /* seconds between looks at what tells nobody: the view */

struct _UmkAppWindowSession {
    char *file;  /* the window's own */
    char *found; /* what can be come back to, or NULL */
    guint timeout, look;
    UmkAppJob *saving;
    gboolean again; /* something has changed while it was saved */
    UmkAppView saved_view;
    UmkAppSession *waiting; /* applied when its collection is open */
};

/* ---- saving --------------------------------------------------------------------------
 */

typedef struct {
    UmkAppSession *session;
    char *file, *last; /* last: NULL while the window lives */
} Order;

static void
order_free(gpointer data)
{
    Order *order = data;

    umk_app_session_free(order->session);
    g_free(order->file);
    g_free(order->last);
    g_free(order);
}

static gpointer
save_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const Order *order = data;

    umk_app_session_save(order->session, order->last ? order->last : order->file, error);
    if (order->last != NULL)
        umk_app_session_remove(order->file);
    return NULL;
}

UmkAppSession *
_umk_app_window_take_session(UmkAppWindow *self)
{
    UmkAppSession *session = umk_app_session_new(self->scene);
    const UmkAppView *view = umk_app_map_get_view(self->map);
    guint32 row = umk_app_map_get_selected(self->map);

    if (session == NULL)
        return NULL;
    session->view[0] = view->x;
    session->view[1] = view->y;
    session->view[2] = view->scale / MAX(1, MIN(view->width, view->height));
    session->search = g_strdup(gtk_editable_get_text(GTK_EDITABLE(self->search)));
    session->metric = (int) umk_app_neighbours_get_metric(self->neighbours);
    session->left = adw_flap_get_reveal_flap(self->left);
    session->right = adw_flap_get_reveal_flap(self->right);
    if (row != UMK_APP_NO_ROW)
        session->item =
            umk_collection_dup_id(umk_app_source_get_collection(self->source), row);
    return session;
}

static Order *
take(UmkAppWindow *self)
{
    UmkAppSession *session = _umk_app_window_take_session(self);
    Order *order;

    if (session == NULL)
        return NULL;
    self->session->saved_view = *umk_app_map_get_view(self->map);
    order = g_new0(Order, 1);
    order->session = session;
    order->file = g_strdup(self->session->file);
    return order;
}

static void start_saving(UmkAppWindow *self);

static void
saved(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;

    if (error != NULL)
        g_message("%s", error->message);
    if (self->session == NULL || job != self->session->saving)
        return;
    g_clear_object(&self->session->saving);
    if (self->session->again)
        start_saving(self);
}

static void
start_saving(UmkAppWindow *self)
{
    UmkAppWindowSession *own = self->session;
    Order *order;

    own->again = own->saving != NULL;
    if (own->again)
        return;
    order = take(self);
    if (order != NULL)
        own->saving = umk_app_job_start(_("Keeping the session"), save_work, order,
                                        order_free, NULL, saved, G_OBJECT(self));
}

static gboolean
quiet(gpointer data)
{
    UmkAppWindow *self = data;

    self->session->timeout = 0;
    start_saving(self);
    return G_SOURCE_REMOVE;
}

static void
save_soon(UmkAppWindow *self)
{
    UmkAppWindowSession *own = self->session;

    g_clear_handle_id(&own->timeout, g_source_remove);
    if (self->source != NULL)
        own->timeout = g_timeout_add_seconds(QUIET, quiet, self);
}

static gboolean
look(gpointer data)
{
    UmkAppWindow *self = data;
    UmkAppView view;

    view = *umk_app_map_get_view(self->map);
    if (self->source != NULL && !umk_app_view_equal(&view, &self->session->saved_view))
        save_soon(self);
    return G_SOURCE_CONTINUE;
}

/* ---- coming back ---------------------------------------------------------------------
 */

static gpointer
load_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    return umk_app_session_load(data, error);
}

/* The map has a size, and so a scale, only when it has been shown. */
static gboolean
show_view(GtkWidget *map, GdkFrameClock *clock, gpointer data)
{
    const double *wanted = data;
    UmkAppView view;
    double scale;

    view = *umk_app_map_get_view(UMK_APP_MAP(map));
    if (view.width < 1 || view.height < 1)
        return G_SOURCE_CONTINUE;
    scale = wanted[2] * MIN(view.width, view.height);
    if (scale > 1e-6 && scale < 1e12)
        umk_app_map_set_view(UMK_APP_MAP(map), wanted[0], wanted[1], scale);
    return G_SOURCE_REMOVE;
}

/* What does not belong to the collection any more is left out. deed: NULL makes no step.
 */
gboolean
_umk_app_window_show_session(UmkAppWindow *self,
                             const UmkAppSession *session,
                             const char *deed)
{
    umk_app_session_apply(session, self->scene, deed);
    if (!umk_app_session_fits(session, self->source)) {
        _umk_app_window_toast(self, _("The collection has changed since; its filters and "
                                      "selection were not brought back"));
        return FALSE;
    }
    gtk_widget_add_tick_callback(GTK_WIDGET(self->map), show_view,
                                 g_memdup2(session->view, sizeof session->view), g_free);
    return TRUE;
}

/* When the collection is open. */
void
_umk_app_window_apply_session(UmkAppWindow *self)
{
    g_autoptr(UmkAppSession) session = g_steal_pointer(&self->session->waiting);
    gsize row;

    /* something else may have been opened meanwhile */
    if (session == NULL ||
        g_strcmp0(session->path, umk_app_source_get_path(self->source)) != 0 ||
        !_umk_app_window_show_session(self, session, NULL))
        return;
    if (session->metric >= 0)
        umk_app_neighbours_set_metric(self->neighbours, (UmkMetric) session->metric);
    if (session->item != NULL &&
        umk_collection_find(umk_app_source_get_collection(self->source), session->item,
                            &row))
        _umk_app_window_inspect(self, (guint32) row);
    if (session->search != NULL && *session->search != '\0')
        gtk_editable_set_text(GTK_EDITABLE(self->search), session->search);
}

static void
loaded(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    UmkAppSession *session = result;

    umk_app_job_bar_remove(self->jobs, job);
    if (session == NULL) {
        _umk_app_window_toast(self, error->message);
        umk_app_welcome_set_last(self->welcome, NULL, FALSE);
        return;
    }
    g_clear_pointer(&self->session->waiting, umk_app_session_free);
    umk_app_window_open_path(self, session->path);
    self->session->waiting = session;
    /* behind the page that waits, where they need not move */
    _umk_app_window_reveal(self->left, session->left);
    _umk_app_window_reveal(self->right, session->right);
}

static void
reopen_action(GSimpleAction *action, GVariant *parameter, gpointer window)
{
    UmkAppWindow *self = window;
    g_autoptr(UmkAppJob) job = NULL;

    if (self->session->found == NULL)
        return;
    job =
        umk_app_job_start(_("Opening"), load_work, g_strdup(self->session->found), g_free,
                          (GDestroyNotify) umk_app_session_free, loaded, G_OBJECT(self));
    umk_app_job_bar_add(self->jobs, job);
}

/* ---- what there is to come back to ---------------------------------------------------
 */

typedef struct {
    char *file, *name;
    gboolean crashed;
} Found;

static void
found_free(gpointer data)
{
    Found *found = data;

    g_free(found->file);
    g_free(found->name);
    g_free(found);
}

/* A file that cannot be read is passed over, and so is a collection that is gone. */
static gpointer
find_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Found *found = g_new0(Found, 1);
    g_autoptr(UmkAppSession) session = NULL;
    g_autofree char *base = NULL;

    found->file = umk_app_session_find(&found->crashed);
    session = found->file != NULL ? umk_app_session_load(found->file, NULL) : NULL;
    if (session == NULL || !umk_collection_probe(session->path)) {
        found_free(found);
        return NULL;
    }
    base = g_path_get_basename(session->path);
    if (g_str_has_suffix(base, ".ume") && base[4] != '\0')
        base[strlen(base) - 4] = '\0';
    found->name = g_filename_display_name(base);
    return found;
}

static void
found_one(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppWindow *self = owner;
    Found *found = result;
    GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), "reopen-last");

    if (found == NULL)
        return;
    g_free(self->session->found);
    self->session->found = g_steal_pointer(&found->file);
    g_simple_action_set_enabled(G_SIMPLE_ACTION(action), TRUE);
    umk_app_welcome_set_last(self->welcome, found->name, found->crashed);
    found_free(found);
}

/* ---- life ----------------------------------------------------------------------------
 */

static void
scene_changed(UmkAppScene *scene, guint changes, UmkAppWindow *self)
{
    if (self->session != NULL && (changes & ~(guint) UMK_APP_CHANGED_HISTORY))
        save_soon(self);
}

static void
metric_chosen(UmkAppNeighbours *neighbours, UmkAppWindow *self)
{
    if (self->session != NULL)
        save_soon(self);
}

void
_umk_app_window_init_session(UmkAppWindow *self)
{
    static const GActionEntry entries[] = {{"reopen-last", reopen_action}};
    g_autoptr(UmkAppJob) job = NULL;

    self->session = g_new0(UmkAppWindowSession, 1);
    self->session->file = umk_app_session_make_own_file();
    g_action_map_add_action_entries(G_ACTION_MAP(self), entries, G_N_ELEMENTS(entries),
                                    self);
    g_simple_action_set_enabled(
        G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(self), "reopen-last")),
        FALSE);
    g_signal_connect_object(self->scene, "changed", G_CALLBACK(scene_changed), self, 0);
    g_signal_connect_object(self->neighbours, "metric-chosen", G_CALLBACK(metric_chosen),
                            self, 0);
    self->session->look = g_timeout_add_seconds(LOOK, look, self);
    job = umk_app_job_start(_("Opening"), find_work, NULL, NULL, found_free, found_one,
                            G_OBJECT(self));
}

/* The window closes in order: what it showed becomes the last session. */
void
_umk_app_window_end_session(UmkAppWindow *self)
{
    Order *order = self->session != NULL ? take(self) : NULL;
    g_autoptr(UmkAppJob) job = NULL;

    if (order == NULL)
        return;
    g_clear_handle_id(&self->session->timeout, g_source_remove);
    self->session->again = FALSE;
    order->last = umk_app_session_dup_last_file();
    job = umk_app_job_start(_("Keeping the session"), save_work, order, order_free, NULL,
                            NULL, G_OBJECT(self));
}

void
_umk_app_window_free_session(UmkAppWindow *self)
{
    UmkAppWindowSession *own = g_steal_pointer(&self->session);

    if (own == NULL)
        return;
    g_clear_handle_id(&own->timeout, g_source_remove);
    g_clear_handle_id(&own->look, g_source_remove);
    g_clear_object(&own->saving);
    g_clear_pointer(&own->waiting, umk_app_session_free);
    g_free(own->file);
    g_free(own->found);
    g_free(own);
}
