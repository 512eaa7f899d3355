/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fit in progress as others see it: what it starts from, the newest layout, pause. One
 * thread fits; any thread may look, pause and go on. */
#include "projection/umk-fitting-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define SHOW_EVERY 10000 /* microseconds; with the epochs between, some 60 a second */

struct _UmkFitting {
    gatomicrefcount refs;
    GMutex lock;
    UmkMatrix *start;
    UmkMatrix *anchor;
    guint first_epoch;
    GBytes *labels, *groups;
    const UmkKnnGraph *neighbors;
    UmkLayoutFunc func;
    gpointer func_data;
    GDestroyNotify func_destroy;
    GBytes *checkpoint; /* to go on from */
    UmkCheckpointFunc keep;
    gpointer keep_data;
    GDestroyNotify keep_destroy;
    gint64 keep_every, last_kept; /* microseconds */
    guint8 stamp[UMK_CHECKPOINT_STAMP];
    gint paused; /* atomic */
    gint64 last_shown;
    UmkMatrix *layout;
    guint epoch;
    guint n_epochs;
};

G_DEFINE_BOXED_TYPE(UmkFitting, umk_fitting, umk_fitting_ref, umk_fitting_unref)

/**
 * umk_fitting_new:
 *
 * For one call of umk_projection_fit_live().
 *
 * Returns: (transfer full): a fit that starts from nothing and that nobody looks at
 */
UmkFitting *
umk_fitting_new(void)
{
    UmkFitting *self = g_new0(UmkFitting, 1);

    g_atomic_ref_count_init(&self->refs);
    g_mutex_init(&self->lock);
    return self;
}

/**
 * umk_fitting_ref:
 * @self: a fit
 *
 * Returns: (transfer full): @self
 */
UmkFitting *
umk_fitting_ref(UmkFitting *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_fitting_unref:
 * @self: (transfer full): a fit
 */
void
umk_fitting_unref(UmkFitting *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    if (self->func_destroy != NULL)
        self->func_destroy(self->func_data);
    if (self->keep_destroy != NULL)
        self->keep_destroy(self->keep_data);
    g_clear_pointer(&self->checkpoint, g_bytes_unref);
    g_clear_pointer(&self->start, umk_matrix_unref);
    g_clear_pointer(&self->anchor, umk_matrix_unref);
    g_clear_pointer(&self->labels, g_bytes_unref);
    g_clear_pointer(&self->groups, g_bytes_unref);
    g_clear_pointer(&self->layout, umk_matrix_unref);
    g_mutex_clear(&self->lock);
    g_free(self);
}

/**
 * umk_fitting_set_start:
 * @self: a fit that has not begun
 * @start: (nullable): the places to start from, (n_rows, dimensions of the layout),
 * finite
 * @first_epoch: epochs that @start has behind it, 0 for a layout of another kind
 *
 * A layout that was handed out goes on as if it had not been stopped: with the same
 * vectors and options, and the epoch that was told with it, the end is the same bytes.
 */
void
umk_fitting_set_start(UmkFitting *self, UmkMatrix *start, guint first_epoch)
{
    g_return_if_fail(self != NULL);
    g_clear_pointer(&self->start, umk_matrix_unref);
    self->start = start != NULL ? umk_matrix_ref(start) : NULL;
    self->first_epoch = start != NULL ? first_epoch : 0;
}

/**
 * umk_fitting_set_anchor:
 * @self: a fit that has not begun
 * @anchor: (nullable): the items' places on another map, shape (n_rows, dimensions of the
 *   layout); NaN in the rows of items that it does not have
 *
 * Maps of several models for the eye to compare: a method that goes in epochs starts from
 * these places unless it has a start of its own, and the finished layout is turned,
 * mirrored and moved onto them, never scaled (a method whose axes are ranked is only
 * mirrored along them). Layouts that are handed out before the end are not turned yet.
 * The fit fails with %UMK_ERROR_NOT_SUPPORTED if the axes of the method mean something of
 * their own, with %UMK_ERROR_NOT_FOUND if fewer than two items are known.
 */
void
umk_fitting_set_anchor(UmkFitting *self, UmkMatrix *anchor)
{
    g_return_if_fail(self != NULL);
    g_clear_pointer(&self->anchor, umk_matrix_unref);
    self->anchor = anchor != NULL ? umk_matrix_ref(anchor) : NULL;
}

/**
 * umk_fitting_set_labels:
 * @self: a fit that has not begun
 * @labels: (nullable): one native gint32 a row, negative where the label is not known, as
 *   umk_collection_dup_labels() gives
 *
 * Items of one label are drawn together.
 */
void
umk_fitting_set_labels(UmkFitting *self, GBytes *labels)
{
    g_return_if_fail(self != NULL);
    g_clear_pointer(&self->labels, g_bytes_unref);
    self->labels = labels != NULL ? g_bytes_ref(labels) : NULL;
}

/**
 * umk_fitting_set_groups:
 * @self: a fit that has not begun
 * @groups: (nullable): one byte a row, as umk_collection_dup_modalities() gives
 *
 * The mean of its group is taken off each row before anything else, so that pictures and
 * texts of one model do not lie in regions of their own for a constant that sets them
 * apart. New rows are placed with their groups, umk_projection_transform_grouped(). The
 * fit fails with %UMK_ERROR_NOT_SUPPORTED if the axes of the method mean something of
 * their own.
 */
void
umk_fitting_set_groups(UmkFitting *self, GBytes *groups)
{
    g_return_if_fail(self != NULL);
    g_clear_pointer(&self->groups, g_bytes_unref);
    self->groups = groups != NULL ? g_bytes_ref(groups) : NULL;
}

/**
 * umk_fitting_set_layout_func:
 * @self: a fit that has not begun
 * @func: (nullable) (scope notified) (closure data) (destroy destroy): called with each
 *   layout that is handed out, in the thread that fits
 * @data: for @func
 * @destroy: (nullable): releases @data
 *
 * Some sixty times a second, and with the last layout.
 */
void
umk_fitting_set_layout_func(UmkFitting *self,
                            UmkLayoutFunc func,
                            gpointer data,
                            GDestroyNotify destroy)
{
    g_return_if_fail(self != NULL);
    if (self->func_destroy != NULL)
        self->func_destroy(self->func_data);
    self->func = func;
    self->func_data = data;
    self->func_destroy = destroy;
}

/**
 * umk_fitting_set_checkpoint:
 * @self: a fit that has not begun
 * @checkpoint: (nullable): what a #UmkCheckpointFunc was given
 * @error: return location for an error
 *
 * The fit goes on from there: with the same vectors, options, labels and anchor the end
 * is the same bytes as without the interruption; with others, or another version of the
 * library, the fit fails with %UMK_ERROR_PARAM. Neighbours are found anew.
 *
 * Returns: %FALSE with @error if it is damaged
 */
gboolean
umk_fitting_set_checkpoint(UmkFitting *self, GBytes *checkpoint, GError **error)
{
    g_return_val_if_fail(self != NULL, FALSE);
    if (checkpoint != NULL && !_umk_checkpoint_check(checkpoint, error))
        return FALSE;
    g_clear_pointer(&self->checkpoint, g_bytes_unref);
    self->checkpoint = checkpoint != NULL ? g_bytes_ref(checkpoint) : NULL;
    return TRUE;
}

/**
 * umk_fitting_set_checkpoint_func:
 * @self: a fit that has not begun
 * @interval: seconds between checkpoints; 0 makes as many as can be
 * @func: (nullable) (scope notified) (closure data) (destroy destroy): called with each,
 *   in the thread that fits
 * @data: for @func
 * @destroy: (nullable): releases @data
 *
 * Methods that go in epochs keep checkpoints; the others are done before one is due.
 */
void
umk_fitting_set_checkpoint_func(UmkFitting *self,
                                guint interval,
                                UmkCheckpointFunc func,
                                gpointer data,
                                GDestroyNotify destroy)
{
    g_return_if_fail(self != NULL);
    if (self->keep_destroy != NULL)
        self->keep_destroy(self->keep_data);
    self->keep = func;
    self->keep_data = data;
    self->keep_destroy = destroy;
    self->keep_every = (gint64) interval * G_USEC_PER_SEC;
}

/**
 * umk_fitting_pause:
 * @self: a fit
 *
 * From any thread. The work stands still within some milliseconds, whatever the stage,
 * and can still be cancelled.
 */
void
umk_fitting_pause(UmkFitting *self)
{
    g_return_if_fail(self != NULL);
    g_atomic_int_set(&self->paused, TRUE);
}

/**
 * umk_fitting_resume:
 * @self: a fit
 *
 * From any thread. Does nothing to a fit that is not paused.
 */
void
umk_fitting_resume(UmkFitting *self)
{
    g_return_if_fail(self != NULL);
    g_atomic_int_set(&self->paused, FALSE);
}

/**
 * umk_fitting_dup_layout:
 * @self: a fit
 * @epoch: (out) (optional): epochs behind it
 * @n_epochs: (out) (optional): epochs in all
 *
 * From any thread; never waits for the one that fits.
 *
 * Returns: (transfer full) (nullable): the newest layout, %NULL before the first
 */
UmkMatrix *
umk_fitting_dup_layout(UmkFitting *self, guint *epoch, guint *n_epochs)
{
    UmkMatrix *layout;

    g_return_val_if_fail(self != NULL, NULL);
    g_mutex_lock(&self->lock);
    layout = self->layout != NULL ? umk_matrix_ref(self->layout) : NULL;
    if (epoch != NULL)
        *epoch = self->epoch;
    if (n_epochs != NULL)
        *n_epochs = self->n_epochs;
    g_mutex_unlock(&self->lock);
    return layout;
}

/* ---- for the methods -------------------------------------------------------------- */

UmkMatrix *
_umk_fitting_get_start(UmkFitting *self, guint *first_epoch)
{
    *first_epoch = self != NULL ? self->first_epoch : 0;
    return self != NULL ? self->start : NULL;
}

UmkMatrix *
_umk_fitting_get_anchor(UmkFitting *self)
{
    return self != NULL ? self->anchor : NULL;
}

const gint32 *
_umk_fitting_get_labels(UmkFitting *self, gsize *n)
{
    gsize size = 0;
    const gint32 *labels = self != NULL && self->labels != NULL
                               ? g_bytes_get_data(self->labels, &size)
                               : NULL;

    *n = size / sizeof *labels;
    return labels;
}

GBytes *
_umk_fitting_get_groups(UmkFitting *self)
{
    return self != NULL ? self->groups : NULL;
}

const UmkKnnGraph *
_umk_fitting_get_neighbors(UmkFitting *self)
{
    return self != NULL ? self->neighbors : NULL;
}

void
_umk_fitting_set_neighbors(UmkFitting *self, const UmkKnnGraph *graph)
{
    self->neighbors = graph;
}

gboolean
_umk_fitting_has_input(UmkFitting *self)
{
    return self != NULL &&
           (self->start != NULL || self->labels != NULL || self->neighbors != NULL);
}

gboolean
_umk_fitting_begin(UmkFitting *self,
                   const char *method,
                   UmkMatrix *vectors,
                   UmkParams *params,
                   GError **error)
{
    gsize n_labels;
    const gint32 *labels = _umk_fitting_get_labels(self, &n_labels);

    if (self == NULL || (self->keep == NULL && self->checkpoint == NULL))
        return TRUE;
    self->last_kept = g_get_monotonic_time();
    _umk_checkpoint_stamp(method, vectors, params, labels, n_labels, self->anchor,
                          self->stamp);
    return self->checkpoint == NULL ||
           _umk_checkpoint_is_of(self->checkpoint, self->stamp, error);
}

gboolean
_umk_fitting_has_checkpoint(UmkFitting *self)
{
    return self != NULL && self->checkpoint != NULL;
}

gboolean
_umk_fitting_restore(UmkFitting *self, guint array, float *out, gsize count, guint *epoch)
{
    gconstpointer from = _umk_fitting_has_checkpoint(self)
                             ? _umk_checkpoint_read(self->checkpoint, array, count, epoch)
                             : NULL;

    if (from != NULL)
        memcpy(out, from, count * sizeof *out);
    return from != NULL;
}

gboolean
_umk_fitting_wants_checkpoint(UmkFitting *self)
{
    return self != NULL && self->keep != NULL &&
           g_get_monotonic_time() - self->last_kept >= self->keep_every;
}

void
_umk_fitting_keep(UmkFitting *self,
                  guint epoch,
                  const float *const *arrays,
                  guint n_arrays,
                  gsize count)
{
    g_autoptr(GBytes) checkpoint =
        _umk_checkpoint_write(self->stamp, epoch, arrays, n_arrays, count);

    if (checkpoint != NULL)
        self->keep(checkpoint, self->keep_data);
    self->last_kept = g_get_monotonic_time();
}

void
_umk_fitting_attach(UmkFitting *self, UmkRun *run)
{
    if (self != NULL)
        run->paused = &self->paused;
}

gboolean
_umk_fitting_wants_layout(UmkFitting *self)
{
    return self != NULL && g_get_monotonic_time() - self->last_shown >= SHOW_EVERY;
}

void
_umk_fitting_show(UmkFitting *self,
                  const float *places,
                  gsize n,
                  gsize n_dims,
                  guint epoch,
                  guint n_epochs)
{
    UmkMatrix *layout, *old;

    if (self == NULL)
        return;
    layout = umk_matrix_new_from_data(n, n_dims, places, NULL);
    if (layout == NULL)
        return;
    g_mutex_lock(&self->lock);
    old = self->layout;
    self->layout = layout;
    self->epoch = epoch;
    self->n_epochs = n_epochs;
    g_mutex_unlock(&self->lock);
    g_clear_pointer(&old, umk_matrix_unref);
    if (self->func != NULL)
        self->func(layout, epoch, n_epochs, self->func_data);
    self->last_shown = g_get_monotonic_time();
}
