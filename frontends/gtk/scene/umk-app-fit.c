/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread that fits makes the layouts that are shown as well: sorting their points is
 * work. At most one waits to be shown, and making them takes at most a quarter of the
 * time, so that a large fit is not held up by being looked at. */
#include "umk-app-fit.h"

#include "umk-app-recipe.h"
#include "umk-app-stored.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#define INTERVAL (G_USEC_PER_SEC / 10)

typedef struct {
    gatomicrefcount references;
    UmkAppSource *source;
    char *method;
    UmkParams *params;
    UmkAppAxes *axes;
    gboolean anew, supervised, centred;
    UmkFitting *fitting;
    UmkAppFitLive live;
    UmkAppJobDone done;

    GBytes *rows; /* of the fit under way */
    gint64 next;  /* when another layout may be shown */

    GMutex lock;
    UmkAppLayout *waiting; /* to be shown */
    UmkAppJob *job;
    GWeakRef owner;
    gboolean over;
} Fit;

static Fit *
fit_ref(Fit *fit)
{
    g_atomic_ref_count_inc(&fit->references);
    return fit;
}

static void
fit_unref(gpointer data)
{
    Fit *fit = data;

    if (!g_atomic_ref_count_dec(&fit->references))
        return;
    g_object_unref(fit->source);
    g_free(fit->method);
    g_clear_pointer(&fit->params, umk_params_unref);
    umk_app_axes_free(fit->axes);
    umk_fitting_unref(fit->fitting);
    umk_app_layout_unref(fit->waiting);
    g_clear_pointer(&fit->rows, g_bytes_unref);
    g_weak_ref_clear(&fit->owner);
    g_mutex_clear(&fit->lock);
    g_free(fit);
}

/* ---- while it settles ----------------------------------------------------------------
 */

static gboolean
show_waiting(gpointer data)
{
    Fit *fit = data;
    g_autoptr(UmkAppLayout) layout = NULL;
    g_autoptr(GObject) owner = g_weak_ref_get(&fit->owner);

    g_mutex_lock(&fit->lock);
    layout = g_steal_pointer(&fit->waiting);
    g_mutex_unlock(&fit->lock);
    if (layout != NULL && owner != NULL && !fit->over &&
        !umk_app_job_is_cancelled(fit->job))
        fit->live(fit->job, layout, owner);
    return G_SOURCE_REMOVE;
}

/* A UmkLayoutFunc; the thread that fits. */
static void
take_layout(UmkMatrix *coords, guint epoch, guint n_epochs, gpointer data)
{
    Fit *fit = data;
    gint64 start = g_get_monotonic_time();
    UmkAppLayout *layout;
    gboolean busy;

    g_mutex_lock(&fit->lock);
    busy = fit->waiting != NULL;
    g_mutex_unlock(&fit->lock);
    if (epoch >= n_epochs || busy || start < fit->next)
        return;
    layout =
        umk_app_layout_new(fit->method, umk_projection_get_title(fit->method), coords,
                           fit->rows, umk_app_source_get_n_items(fit->source));
    layout->epoch = epoch;
    layout->n_epochs = n_epochs;
    fit->next = start + MAX(INTERVAL, 4 * (g_get_monotonic_time() - start));
    g_mutex_lock(&fit->lock);
    fit->waiting = layout;
    g_mutex_unlock(&fit->lock);
    g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, show_waiting, fit_ref(fit), fit_unref);
}

/* ---- the fit -------------------------------------------------------------------------
 */

static char *
dup_params(const char *recipe)
{
    g_autoptr(JsonNode) root = recipe ? json_from_string(recipe, NULL) : NULL;
    JsonNode *params = root != NULL && JSON_NODE_HOLDS_OBJECT(root)
                           ? json_object_get_member(json_node_get_object(root), "params")
                           : NULL;

    return params != NULL ? json_to_string(params, FALSE) : NULL;
}

gboolean
umk_app_fit_is_alike(const UmkAppLayout *layout, const char *method, UmkParams *params)
{
    g_autofree char *json = umk_params_to_json(params);
    g_autofree char *wrapped = g_strdup_printf("{\"params\": %s}", json);
    g_autofree char *theirs = dup_params(layout->recipe), *ours = dup_params(wrapped);

    return g_strcmp0(layout->method, method) == 0 && layout->n_placed == 0 &&
           theirs != NULL && g_strcmp0(theirs, ours) == 0;
}

/* The labels of the vectors' rows. */
static GBytes *
pick_labels(Fit *fit, gsize n)
{
    const gint32 *of = umk_app_source_get_labels(fit->source);
    const guint64 *rows = g_bytes_get_data(fit->rows, NULL);
    gint32 *labels = g_new(gint32, n + 1);

    for (gsize i = 0; i < n; i++)
        labels[i] = of[rows[i]];
    return g_bytes_new_take(labels, n * sizeof *labels);
}

/* The kinds of the vectors' rows. */
static GBytes *
pick_kinds(Fit *fit, gsize n)
{
    const guint8 *of = umk_app_source_get_modalities(fit->source);
    const guint64 *rows = g_bytes_get_data(fit->rows, NULL);
    guint8 *kinds = g_new(guint8, n + 1);

    for (gsize i = 0; i < n; i++)
        kinds[i] = of[rows[i]];
    return g_bytes_new_take(kinds, n);
}

static UmkAppLayout *
fit_vectors(Fit *fit, UmkAppJob *job, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkMatrix) vectors = umk_collection_get_vectors(
        umk_app_source_get_collection(fit->source), &fit->rows, cancellable, error);
    g_autoptr(UmkProjection) found = NULL;

    if (vectors == NULL)
        return NULL;
    if (fit->supervised) {
        g_autoptr(GBytes) labels = pick_labels(fit, umk_matrix_get_n_rows(vectors));

        umk_fitting_set_labels(fit->fitting, labels);
    }
    if (fit->centred) {
        g_autoptr(GBytes) kinds = pick_kinds(fit, umk_matrix_get_n_rows(vectors));

        umk_fitting_set_groups(fit->fitting, kinds);
    }
    found = umk_projection_fit_live(fit->method, vectors, fit->params, fit->fitting,
                                    cancellable, umk_app_job_progress, job, error);
    return found != NULL ? umk_app_layout_new_from_projection(
                               found, fit->rows, umk_app_source_get_n_items(fit->source))
                         : NULL;
}

static gpointer
fit_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Fit *fit = data;
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkAppLayout) layout = NULL;
    g_autoptr(GError) failure = NULL;

    if (fit->axes == NULL && !fit->anew && !fit->supervised) {
        collection = umk_app_source_open_again(fit->source, error);
        if (collection == NULL)
            return NULL;
        layout = umk_app_stored_load_whole(collection, fit->method);
        if (layout != NULL && umk_app_fit_is_alike(layout, fit->method, fit->params) &&
            umk_app_recipe_is_centred(layout->recipe) == fit->centred &&
            (layout->means != NULL) == fit->centred)
            return g_steal_pointer(&layout);
        g_clear_pointer(&layout, umk_app_layout_unref);
    }
    layout = fit->axes != NULL
                 ? umk_app_axes_lay_out(fit->axes, fit->source, cancellable, error)
                 : fit_vectors(fit, job, cancellable, error);
    if (layout != NULL &&
        !umk_app_stored_save(umk_app_source_get_path(fit->source), layout, &failure))
        g_message("%s", failure->message);
    return g_steal_pointer(&layout);
}

static void
set_paused(gpointer data, gboolean paused)
{
    Fit *fit = data;

    if (paused)
        umk_fitting_pause(fit->fitting);
    else
        umk_fitting_resume(fit->fitting);
}

static void
finished(UmkAppJob *job, Fit *fit)
{
    fit->over = TRUE;
}

UmkAppJob *
umk_app_fit_start(const UmkAppFitOrder *order,
                  UmkAppFitLive live,
                  UmkAppJobDone done,
                  GObject *owner)
{
    Fit *fit = g_new0(Fit, 1);
    /* Translators: the name of a method, as "PCA" */
    g_autofree char *title =
        g_strdup_printf(_("Laying out: %s"), umk_projection_get_title(order->method));

    g_atomic_ref_count_init(&fit->references);
    g_mutex_init(&fit->lock);
    g_weak_ref_init(&fit->owner, owner);
    fit->source = g_object_ref(order->source);
    fit->method = g_strdup(order->method);
    fit->params = order->params != NULL ? umk_params_ref(order->params) : NULL;
    fit->axes = order->axes;
    fit->anew = order->anew;
    fit->supervised = order->supervised;
    fit->centred = order->centred;
    fit->live = live;
    fit->fitting = umk_fitting_new();
    umk_fitting_set_layout_func(fit->fitting, take_layout, fit, NULL);
    fit->job = umk_app_job_start(title, fit_work, fit_ref(fit), fit_unref,
                                 (GDestroyNotify) umk_app_layout_unref, done, owner);
    if (order->axes == NULL)
        umk_app_job_set_pause(fit->job, set_paused, fit_ref(fit), fit_unref);
    g_signal_connect_data(fit->job, "finished", G_CALLBACK(finished), fit,
                          (GClosureNotify) (void (*)(void)) fit_unref, 0);
    return fit->job;
}
