/* SPDX-License-Identifier: GPL-3.0-or-later */
/* As in a web browser: a visit forgets what lay ahead. */
#include "umk-app-history.h"

#define MOST 1000u

void
umk_app_history_init(UmkAppHistory *self)
{
    self->rows = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->at = 0;
}

void
umk_app_history_clear(UmkAppHistory *self)
{
    g_clear_pointer(&self->rows, g_array_unref);
}

void
umk_app_history_reset(UmkAppHistory *self)
{
    g_array_set_size(self->rows, 0);
    self->at = 0;
}

void
umk_app_history_visit(UmkAppHistory *self, guint32 row)
{
    if (self->rows->len > 0 && g_array_index(self->rows, guint32, self->at) == row)
        return;
    if (self->rows->len > 0)
        g_array_set_size(self->rows, self->at + 1);
    if (self->rows->len == MOST)
        g_array_remove_index(self->rows, 0);
    g_array_append_val(self->rows, row);
    self->at = self->rows->len - 1;
}

gboolean
umk_app_history_can_step(const UmkAppHistory *self, int step)
{
    gint64 to = (gint64) self->at + step;

    return self->rows->len > 0 && to >= 0 && to < self->rows->len;
}

/* Only where umk_app_history_can_step() says so. */
guint32
umk_app_history_step(UmkAppHistory *self, int step)
{
    self->at = (guint) ((gint64) self->at + step);
    return g_array_index(self->rows, guint32, self->at);
}
