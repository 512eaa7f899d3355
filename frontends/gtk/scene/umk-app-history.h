/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a walk has been: rows in order, and a place among them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    GArray *rows; /* guint32 */
    guint at;     /* of the present one; rows->len == 0: nowhere yet */
} UmkAppHistory;

void umk_app_history_init(UmkAppHistory *self);
void umk_app_history_clear(UmkAppHistory *self);
void umk_app_history_reset(UmkAppHistory *self);
void umk_app_history_visit(UmkAppHistory *self, guint32 row);
gboolean umk_app_history_can_step(const UmkAppHistory *self, int step);
guint32 umk_app_history_step(UmkAppHistory *self, int step);

G_END_DECLS
