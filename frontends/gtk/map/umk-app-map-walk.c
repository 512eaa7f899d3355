/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A walk through the neighbours of one item, nearest first: the item that is looked at
 * changes, the one whose neighbours they are does not, until another is chosen. */
#include "umk-app-map-parts.h"

#include "umk-app-query.h"
#include "umk-app-row.h"

#define RING 20u /* neighbours */

void
_umk_app_map_drop_walk(UmkAppMap *self)
{
    if (self->asking_ring != NULL)
        umk_app_job_cancel(self->asking_ring);
    g_clear_object(&self->asking_ring);
    g_clear_object(&self->ring);
    self->ring_from = UMK_APP_NO_ROW;
    self->ring_at = -1;
}

static guint32
row_at(UmkAppMap *self, int at)
{
    g_autoptr(UmkAppRow) row =
        at >= 0 ? g_list_model_get_item(self->ring, (guint) at) : NULL;

    return row != NULL ? umk_app_row_get_row(row) : self->ring_from;
}

static gboolean
step_to(UmkAppMap *self, int at)
{
    if (at < -1 || at >= (int) g_list_model_get_n_items(self->ring))
        return FALSE;
    self->ring_at = at;
    _umk_app_map_inspect(self, row_at(self, at));
    return TRUE;
}

static void
found(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppMap *self = owner;
    g_autoptr(GListModel) rows = result;

    if (job != self->asking_ring)
        return;
    g_clear_object(&self->asking_ring);
    g_set_object(&self->ring, rows);
    if (rows == NULL || !step_to(self, 0))
        gtk_widget_error_bell(GTK_WIDGET(self));
}

/* To the next nearer or further neighbour; FALSE: there is none. */
gboolean
_umk_app_map_walk(UmkAppMap *self, int step)
{
    guint32 here = self->cursor != UMK_APP_NO_ROW ? self->cursor : self->selected;

    if (here == UMK_APP_NO_ROW || self->source == NULL)
        return FALSE;
    if (self->asking_ring != NULL)
        return TRUE;
    if (self->ring != NULL && row_at(self, self->ring_at) == here)
        return step_to(self, self->ring_at + step);
    if (step < 0)
        return FALSE;
    _umk_app_map_drop_walk(self);
    self->ring_from = here;
    self->asking_ring = umk_app_query_row(self->source, here, RING, UMK_MODALITY_ALL,
                                          found, G_OBJECT(self));
    return TRUE;
}
