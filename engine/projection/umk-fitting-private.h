/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a projection asks of a fit in progress. All take NULL for a fit that nobody looks
 * at. */
#pragma once

#include <umekomi/umk-projection.h>

#include "core/umk-run-private.h"
#include "index/umk-knn-graph-private.h"

G_BEGIN_DECLS

/* Lent; NULL when there is none. first_epoch is where the layout goes on. */
UmkMatrix *_umk_fitting_get_start(UmkFitting *self, guint *first_epoch);
/* Lent; NULL when the layout need not lie over another. */
UmkMatrix *_umk_fitting_get_anchor(UmkFitting *self);
/* One label an item, -1 where there is none; NULL when there are no labels. */
const gint32 *_umk_fitting_get_labels(UmkFitting *self, gsize *n);
/* Lent; NULL when the rows are of one kind. */
GBytes *_umk_fitting_get_groups(UmkFitting *self);
const UmkKnnGraph *_umk_fitting_get_neighbors(UmkFitting *self);
/* Neighbours made before, for the engine's own use; lent until the fit ends. */
void _umk_fitting_set_neighbors(UmkFitting *self, const UmkKnnGraph *graph);
gboolean _umk_fitting_has_input(UmkFitting *self);
/* Before the fit: what it is a fit of. Fails if the checkpoint is of something else. */
gboolean _umk_fitting_begin(UmkFitting *self,
                            const char *method,
                            UmkMatrix *vectors,
                            UmkParams *params,
                            GError **error);
gboolean _umk_fitting_has_checkpoint(UmkFitting *self);
/* Copies one array of count floats out of the checkpoint, FALSE where there is none. */
gboolean _umk_fitting_restore(
    UmkFitting *self, guint array, float *out, gsize count, guint *epoch);
/* TRUE when one should be kept now. */
gboolean _umk_fitting_wants_checkpoint(UmkFitting *self);
void _umk_fitting_keep(UmkFitting *self,
                       guint epoch,
                       const float *const *arrays,
                       guint n_arrays,
                       gsize count);

/* ---- umk-fitting-checkpoint.c ---- */

#define UMK_CHECKPOINT_STAMP 32
void _umk_checkpoint_stamp(const char *method,
                           UmkMatrix *vectors,
                           UmkParams *params,
                           const gint32 *labels,
                           gsize n_labels,
                           UmkMatrix *anchor,
                           guint8 *stamp);
/* NULL: no memory. */
GBytes *_umk_checkpoint_write(const guint8 *stamp,
                              guint epoch,
                              const float *const *arrays,
                              guint n_arrays,
                              gsize count);
gboolean _umk_checkpoint_check(GBytes *checkpoint, GError **error);
gboolean _umk_checkpoint_is_of(GBytes *checkpoint, const guint8 *stamp, GError **error);
gconstpointer
_umk_checkpoint_read(GBytes *checkpoint, guint array, gsize count, guint *epoch);

/* Lets a run wait while the fit is paused. */
void _umk_fitting_attach(UmkFitting *self, UmkRun *run);
/* TRUE when a layout should be handed out now: some sixty times a second. */
gboolean _umk_fitting_wants_layout(UmkFitting *self);
/* Copies places (n, n_dims) and tells whoever wants to know. */
void _umk_fitting_show(UmkFitting *self,
                       const float *places,
                       gsize n,
                       gsize n_dims,
                       guint epoch,
                       guint n_epochs);

G_END_DECLS
