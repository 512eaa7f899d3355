/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Searches the points by their boxes, on the screen, so that what is turned is found
 * where it is seen. Equal distances go to the lower row, so that the answer does not
 * depend on the order of drawing. */
#include "umk-app-pick.h"

#include "umk-app-lens.h"

#include <math.h>

typedef struct {
    const UmkAppPoints *points;
    const UmkAppLooks *looks;
    const UmkAppView *view;
    UmkAppTurn turn;
    double x, y;    /* from here, pixels */
    int wx, wy;     /* that way; 0, 0: any */
    double best[2]; /* square distance, of those not marked and of those marked */
    guint32 found[2];
} Search;

/* Whether a box may hold something nearer than what was found. */
static gboolean
may_hold(const Search *s, const UmkAppBox *box)
{
    double sides[4], dx, dy;

    umk_app_turn_box(&s->turn, s->view, box, sides);
    if ((s->wx < 0 && sides[0] >= s->x) || (s->wx > 0 && sides[2] <= s->x) ||
        (s->wy < 0 && sides[1] >= s->y) || (s->wy > 0 && sides[3] <= s->y))
        return FALSE;
    dx = MAX(MAX(sides[0] - s->x, s->x - sides[2]), 0);
    dy = MAX(MAX(sides[1] - s->y, s->y - sides[3]), 0);
    /* a hair of slack: a box and its points are not rounded alike */
    return dx * dx + dy * dy <= MAX(s->best[0], s->best[1]) * (1 + 1e-9) + 1e-9;
}

static void
search_run(Search *s, gsize run)
{
    const UmkAppPoints *points = s->points;
    gsize first = run * UMK_APP_RUN, end = first + umk_app_points_of_run(points, run);
    UmkAppLens lens;

    umk_app_lens_init(&lens, points, &s->turn, s->view, run);
    for (gsize i = first; i < end; i++) {
        guint8 flags = s->looks != NULL ? s->looks->flags[i] : 0;
        guint kind = s->wx == 0 && s->wy == 0 ? flags & UMK_APP_LOOK_MARKED : 0;
        double dx, dy, along, d;

        umk_app_lens_project(&lens, points, i, &dx, &dy);
        dx -= s->x;
        dy -= s->y;
        d = dx * dx + dy * dy;
        if (d > s->best[kind] || flags & UMK_APP_LOOK_HIDDEN)
            continue;
        along = dx * s->wx + dy * s->wy;
        if ((s->wx != 0 || s->wy != 0) &&
            (along <= 0 || fabs(dx * s->wy) + fabs(dy * s->wx) > along))
            continue;
        if (d < s->best[kind] || points->row[i] < s->found[kind]) {
            s->best[kind] = d;
            s->found[kind] = points->row[i];
        }
    }
}

static void
search_group(Search *s, gsize group)
{
    gsize end = MIN((group + 1) * UMK_APP_GROUP, s->points->n_runs);

    if (!may_hold(s, &s->points->groups[group]))
        return;
    for (gsize run = group * UMK_APP_GROUP; run < end; run++)
        if (may_hold(s, &s->points->boxes[run]))
            search_run(s, run);
}

/* The nearest point within radius pixels; marked ones win over others. */
gboolean
umk_app_pick_at(const UmkAppPoints *points,
                const UmkAppLooks *looks,
                const UmkAppView *view,
                double sx,
                double sy,
                double radius,
                guint32 *row)
{
    Search s = {points,
                looks,
                view,
                umk_app_turn(points, view),
                sx,
                sy,
                0,
                0,
                {radius * radius, radius * radius},
                {G_MAXUINT32, G_MAXUINT32}};

    for (gsize group = 0; group < points->n_groups; group++)
        search_group(&s, group);
    *row = s.found[1] != G_MAXUINT32 ? s.found[1] : s.found[0];
    return *row != G_MAXUINT32;
}

/* The nearest point in the quarter of the screen that lies that way. */
gboolean
umk_app_pick_toward_seen(const UmkAppPoints *points,
                         const UmkAppLooks *looks,
                         const UmkAppView *view,
                         guint32 from,
                         UmkAppDirection way,
                         guint32 *row)
{
    static const int ways[4][2] = {{-1, 0}, {1, 0}, {0, -1}, {0, 1}};
    guint32 at = from < points->n_rows ? points->by_row[from] : G_MAXUINT32;
    Search s = {
        points,       looks,        view,          umk_app_turn(points, view), 0, 0,
        ways[way][0], ways[way][1], {INFINITY, 0}, {G_MAXUINT32, G_MAXUINT32}};
    UmkAppLens lens;

    if (at == G_MAXUINT32)
        return FALSE;
    umk_app_lens_init(&lens, points, &s.turn, view, at / UMK_APP_RUN);
    umk_app_lens_project(&lens, points, at, &s.x, &s.y);
    /* its own surroundings first: what they hold rules out most of the rest */
    search_group(&s, at / UMK_APP_RUN / UMK_APP_GROUP);
    for (gsize group = 0; group < points->n_groups; group++)
        search_group(&s, group);
    if (s.found[0] != G_MAXUINT32)
        *row = s.found[0];
    return s.found[0] != G_MAXUINT32;
}

gboolean
umk_app_pick_toward(const UmkAppPoints *points,
                    const UmkAppLooks *looks,
                    guint32 from,
                    UmkAppDirection way,
                    guint32 *row)
{
    UmkAppView plane = {0, 0, 1, 0, 0, 0, 0};

    return umk_app_pick_toward_seen(points, looks, &plane, from, way, row);
}

/* About how many points are in view: those whose boxes touch it. */
gsize
umk_app_pick_count(const UmkAppPoints *points, const UmkAppView *view)
{
    UmkAppSeen seen;
    gsize n;

    umk_app_seen_init(&seen, points, view, 0);
    n = seen.n_points;
    umk_app_seen_clear(&seen);
    return n;
}
