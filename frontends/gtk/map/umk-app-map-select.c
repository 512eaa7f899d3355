/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The algebra of the selection. Only what the filter keeps and the map draws can be
 * chosen; every change is a step that can be undone. */
#include "umk-app-map-parts.h"

#include "umk-app-grow.h"

#include <glib/gi18n.h>

/* What can be chosen: drawn and kept by the filter. */
static UmkAppRows *
dup_choosable(UmkAppMap *self)
{
    UmkAppRows *kept = umk_app_filter_get_rows(umk_app_scene_get_filter(self->scene));
    g_autoptr(UmkAppRows) drawn =
        umk_app_rows_new(self->points->n_rows, self->points->row, self->points->n_points);

    return kept != NULL ? umk_app_rows_intersect(drawn, kept) : g_steal_pointer(&drawn);
}

static UmkAppRows *
combine(UmkAppRows *old, UmkAppRows *rows, UmkAppCombine how)
{
    switch (how) {
    case UMK_APP_COMBINE_ADD:
        return umk_app_rows_unite(old, rows);
    case UMK_APP_COMBINE_REMOVE:
        return umk_app_rows_subtract(old, rows);
    case UMK_APP_COMBINE_INTERSECT:
        return umk_app_rows_intersect(old, rows);
    case UMK_APP_COMBINE_REPLACE:
    default:
        return umk_app_rows_ref(rows);
    }
}

/* What the selection becomes: given rows that the filter keeps, and that of before. */
UmkAppRows *
_umk_app_map_combine(UmkAppMap *self, UmkAppRows *given, UmkAppCombine how)
{
    UmkAppRows *kept = umk_app_filter_get_rows(umk_app_scene_get_filter(self->scene));
    g_autoptr(UmkAppRows) wanted =
        kept != NULL ? umk_app_rows_intersect(given, kept) : umk_app_rows_ref(given);

    return combine(umk_app_scene_get_selection(self->scene), wanted, how);
}

void
umk_app_map_select(UmkAppMap *self,
                   const guint32 *rows,
                   gsize n_rows,
                   UmkAppCombine how,
                   const char *deed)
{
    g_autoptr(UmkAppRows) given = NULL;
    g_autoptr(UmkAppRows) result = NULL;

    if (self->points == NULL)
        return;
    given = umk_app_rows_new(self->points->n_rows, rows, n_rows);
    result = _umk_app_map_combine(self, given, how);
    umk_app_scene_set_selection(self->scene, result, deed);
}

void
umk_app_map_select_all(UmkAppMap *self)
{
    g_autoptr(UmkAppRows) all = self->points != NULL ? dup_choosable(self) : NULL;

    if (all != NULL)
        umk_app_scene_set_selection(self->scene, all, _("Select All"));
}

void
umk_app_map_select_none(UmkAppMap *self)
{
    umk_app_scene_set_selection(self->scene, NULL, _("Select None"));
}

void
umk_app_map_select_invert(UmkAppMap *self)
{
    UmkAppRows *old = umk_app_scene_get_selection(self->scene);
    g_autoptr(UmkAppRows) all = self->points != NULL ? dup_choosable(self) : NULL;
    g_autoptr(UmkAppRows) rest = umk_app_rows_subtract(all, old);

    if (all != NULL)
        umk_app_scene_set_selection(self->scene, rest, _("Invert the Selection"));
}

/* One item by the pointer or the keyboard; taking away what is not there adds it. */
void
_umk_app_map_select_clicked(UmkAppMap *self, guint32 row, UmkAppCombine how)
{
    if (how == UMK_APP_COMBINE_REMOVE &&
        !umk_app_rows_contains(umk_app_scene_get_selection(self->scene), row))
        how = UMK_APP_COMBINE_ADD;
    umk_app_map_select(self, &row, 1, how, _("Select"));
    _umk_app_map_set_cursor(self, row);
}

/* The cursor's item and the next one that way join the selection. */
gboolean
_umk_app_map_extend(UmkAppMap *self, UmkAppDirection way)
{
    guint32 rows[2] = {self->cursor, UMK_APP_NO_ROW};

    umk_app_map_move_cursor(self, way);
    rows[1] = self->cursor;
    if (rows[1] == UMK_APP_NO_ROW)
        return FALSE;
    umk_app_map_select(self, rows[0] == UMK_APP_NO_ROW ? &rows[1] : rows,
                       rows[0] == UMK_APP_NO_ROW ? 1 : 2, UMK_APP_COMBINE_ADD,
                       _("Extend the Selection"));
    return TRUE;
}

/* ---- growing -------------------------------------------------------------------------
 */

static void
grown(UmkAppJob *job, gpointer result, const GError *error, gpointer owner)
{
    UmkAppMap *self = owner;
    g_autoptr(UmkAppRows) found = result;
    g_autofree guint32 *rows = NULL;
    gsize n;

    if (error != NULL)
        _umk_app_map_tell_problem(self, job, error);
    else
        _umk_app_map_tell_job(self, job, FALSE);
    if (job != self->growing)
        return;
    g_clear_object(&self->growing);
    _umk_app_map_update_actions(self);
    if (found == NULL || self->points == NULL ||
        umk_app_rows_get_n_rows(found) != self->points->n_rows)
        return;
    rows = umk_app_rows_list(found, &n);
    umk_app_map_select(self, rows, n, UMK_APP_COMBINE_ADD, _("Grow to Neighbours"));
}

void
umk_app_map_select_grow(UmkAppMap *self)
{
    UmkAppRows *from = umk_app_scene_get_selection(self->scene);

    if (self->growing != NULL || self->source == NULL || from == NULL)
        return;
    self->growing = umk_app_grow(self->source, from, grown, G_OBJECT(self));
    _umk_app_map_tell_job(self, self->growing, TRUE);
    _umk_app_map_update_actions(self);
}
