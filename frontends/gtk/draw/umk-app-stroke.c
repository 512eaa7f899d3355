/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of a round brush is a capsule: what is no further from a line than its radius.
 * A capsule is convex, so a box whose corners are in it is in it. */
#include "umk-app-stroke.h"

#include "umk-app-lens.h"

struct _UmkAppStroke {
    gsize n_rows, n_words;
    guint64 *words; /* of rows */
    gsize n_runs;
    guint8 *full; /* of a run: all its points are gathered; NULL: not known of any */
};

typedef struct {
    UmkAppStroke *stroke;
    const UmkAppPoints *points;
    const UmkAppLooks *looks;
    const UmkAppView *view;
    const UmkAppDab *dab;
    UmkAppTurn turn;
    double dx, dy, over_square; /* along the piece, and 1 / its length squared */
    gboolean any;               /* new rows */
} Pass;

typedef enum { OUTSIDE, PARTLY, INSIDE } Place;

UmkAppStroke *
umk_app_stroke_new(gsize n_rows)
{
    UmkAppStroke *self = g_new0(UmkAppStroke, 1);

    self->n_rows = n_rows;
    self->n_words = (n_rows + 63) / 64;
    self->words = g_new0(guint64, self->n_words + 1);
    return self;
}

void
umk_app_stroke_free(UmkAppStroke *self)
{
    if (self == NULL)
        return;
    g_free(self->words);
    g_free(self->full);
    g_free(self);
}

/* The points lie elsewhere from now on, or another filter hides some. */
void
umk_app_stroke_forget_places(UmkAppStroke *self)
{
    g_clear_pointer(&self->full, g_free);
}

const guint64 *
umk_app_stroke_get_words(UmkAppStroke *self, gsize *n_words)
{
    *n_words = self->n_words;
    return self->words;
}

/* Whether a place of the screen is under the piece. */
static inline gboolean
is_under(const Pass *s, double x, double y)
{
    double px = x - s->dab->x0, py = y - s->dab->y0;
    double along = (px * s->dx + py * s->dy) * s->over_square;

    along = CLAMP(along, 0, 1);
    px -= along * s->dx;
    py -= along * s->dy;
    return px * px + py * py <= s->dab->radius * s->dab->radius;
}

static Place
judge(const Pass *s, const UmkAppBox *box)
{
    double sides[4], r = s->dab->radius + 1e-6; /* boxes and points are rounded apart */

    umk_app_turn_box(&s->turn, s->view, box, sides);
    if (sides[0] > MAX(s->dab->x0, s->dab->x1) + r ||
        sides[2] < MIN(s->dab->x0, s->dab->x1) - r ||
        sides[1] > MAX(s->dab->y0, s->dab->y1) + r ||
        sides[3] < MIN(s->dab->y0, s->dab->y1) - r)
        return OUTSIDE;
    return is_under(s, sides[0], sides[1]) && is_under(s, sides[2], sides[1]) &&
                   is_under(s, sides[0], sides[3]) && is_under(s, sides[2], sides[3])
               ? INSIDE
               : PARTLY;
}

static void
gather(Pass *s, gsize at)
{
    guint32 row = s->points->row[at];
    guint64 bit = G_GUINT64_CONSTANT(1) << row % 64, *word;

    if (row >= s->stroke->n_rows ||
        (s->looks != NULL && s->looks->flags[at] & UMK_APP_LOOK_HIDDEN))
        return;
    word = &s->stroke->words[row / 64];
    s->any |= (*word & bit) == 0;
    *word |= bit;
}

static void
paint_run(Pass *s, gsize run, gboolean inside)
{
    gsize first = run * UMK_APP_RUN;
    gsize end = first + umk_app_points_of_run(s->points, run);
    UmkAppLens lens;

    if (s->stroke->full[run])
        return;
    if (!inside) {
        Place place = judge(s, &s->points->boxes[run]);

        if (place == OUTSIDE)
            return;
        inside = place == INSIDE;
    }
    s->stroke->full[run] = inside;
    umk_app_lens_init(&lens, s->points, &s->turn, s->view, run);
    for (gsize i = first; i < end; i++) {
        double x, y;

        if (!inside) {
            umk_app_lens_project(&lens, s->points, i, &x, &y);
            if (!is_under(s, x, y))
                continue;
        }
        gather(s, i);
    }
}

gboolean
umk_app_stroke_paint(UmkAppStroke *self,
                     const UmkAppPoints *points,
                     const UmkAppLooks *looks,
                     const UmkAppView *view,
                     const UmkAppDab *dab)
{
    Pass s = {self, points, looks, view, dab, umk_app_turn(points, view)};
    double square;

    s.dx = dab->x1 - dab->x0;
    s.dy = dab->y1 - dab->y0;
    square = s.dx * s.dx + s.dy * s.dy;
    s.over_square = square > 0 ? 1 / square : 0;
    if (self->full == NULL || self->n_runs != points->n_runs) {
        g_free(self->full);
        self->n_runs = points->n_runs;
        self->full = g_new0(guint8, points->n_runs + 1);
    }
    for (gsize group = 0; group < points->n_groups; group++) {
        gsize end = MIN((group + 1) * UMK_APP_GROUP, points->n_runs);
        Place place = judge(&s, &points->groups[group]);

        for (gsize run = group * UMK_APP_GROUP; run < end && place != OUTSIDE; run++)
            paint_run(&s, run, place == INSIDE);
    }
    return s.any;
}
