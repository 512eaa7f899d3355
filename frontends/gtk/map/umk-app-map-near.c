/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies about the cursor as a list, for those who do not see the map. */
#include "umk-app-map-parts.h"

#include "umk-app-lens.h"
#include "umk-app-row.h"

#include <math.h>

#define FIRST_REACH 24.0 /* pixels about the cursor that are looked at first */

typedef struct {
    guint32 row;
    double distance;
} Near;

static int
compare_near(gconstpointer a, gconstpointer b)
{
    const Near *x = a, *y = b;

    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* All within so many units of the plane. */
static void
collect(UmkAppMap *self, const UmkAppView *view, double reach, GArray *found)
{
    const UmkAppPoints *points = self->points;
    UmkAppSeen seen;

    g_array_set_size(found, 0);
    umk_app_seen_init(&seen, points, view, 0);
    for (gsize r = 0; r < seen.n_runs; r++) {
        gsize first = (gsize) seen.runs[r].run * UMK_APP_RUN;
        gsize end = MIN(points->n_points, first + UMK_APP_RUN);

        for (gsize i = first; i < end; i++) {
            Near near = {points->row[i], 0};
            double x, y;

            if (self->looks->flags[i] & UMK_APP_LOOK_HIDDEN ||
                !umk_app_points_see(points, view, near.row, &x, &y))
                continue;
            near.distance = hypot(x - view->x, y - view->y);
            if (near.distance <= reach)
                g_array_append_val(found, near);
        }
    }
    umk_app_seen_clear(&seen);
}

GListStore *
umk_app_map_list_near(UmkAppMap *self, guint most)
{
    GListStore *store = g_list_store_new(UMK_APP_TYPE_ROW);
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Near));
    UmkAppView view = self->view;
    gsize n_shown;

    if (self->points == NULL || self->points->n_points == 0)
        return store;
    n_shown = self->points->n_points - self->looks->n_hidden;
    if (self->cursor != UMK_APP_NO_ROW)
        umk_app_points_see(self->points, &self->view, self->cursor, &view.x, &view.y);
    /* a disc that grows until it holds enough; the whole map lies within a few units */
    for (double reach = FIRST_REACH / view.scale; reach < 16; reach *= 2) {
        view.width = view.height = 2 * reach * view.scale;
        collect(self, &view, reach, found);
        if (found->len >= MIN(most, n_shown))
            break;
    }
    g_array_sort(found, compare_near);
    for (guint i = 0; i < MIN(found->len, most); i++) {
        g_autoptr(UmkAppRow) row =
            umk_app_row_new(self->source, g_array_index(found, Near, i).row, NAN);

        g_list_store_append(store, row);
    }
    return store;
}
