/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two loops a run: where its points fall, which compilers do four at a time, and the
 * additions, which they do not. Points that fall outside are added to the border, so
 * that there is no branch in either. */
#include "umk-app-sums.h"

#include <string.h>

#define NO_CELL 0u /* the first of the border */

void
umk_app_sight_init(UmkAppSight *sight,
                   const UmkAppPoints *points,
                   const UmkAppLooks *looks,
                   const UmkAppView *view,
                   double margin,
                   guint sample)
{
    memset(sight, 0, sizeof *sight);
    sight->points = points;
    sight->looks = looks;
    sight->view = *view;
    sight->turn = umk_app_turn(points, view);
    sight->sample = CLAMP(sample, 1, UMK_APP_RUN);
    umk_app_seen_init(&sight->seen, points, view, margin);
}

void
umk_app_sight_clear(UmkAppSight *sight)
{
    umk_app_seen_clear(&sight->seen);
}

static float
depth_scale(const UmkAppPoints *points)
{
    return points->bounds[2] > 0 ? (float) UMK_APP_N_DEPTHS / (2 * points->bounds[2]) : 0;
}

guint
umk_app_sight_depth(const UmkAppSight *sight, double depth)
{
    float level = (float) depth * depth_scale(sight->points) + UMK_APP_N_DEPTHS / 2.0f;

    return (guint) CLAMP(level, 0, UMK_APP_N_DEPTHS - 1);
}

gboolean
umk_app_sums_init(UmkAppSums *self, guint width, guint max_height, guint reach)
{
    memset(self, 0, sizeof *self);
    self->width = width;
    self->height = max_height;
    self->reach = reach;
    self->stride = width + 2 * (gsize) reach + 2;
    self->cells = g_aligned_alloc0(
        self->stride, (max_height + 2 * (gsize) reach + 2) * sizeof(UmkAppSum), 64);
    return TRUE;
}

void
umk_app_sums_clear(UmkAppSums *self)
{
    g_clear_pointer(&self->cells, g_aligned_free);
}

typedef struct {
    float x, xx, xz, y, yx, yy, yz;
    float depth, dx, dy, dz;
    float last_x, last_y, stride;
} Grid;

/* The strip's cells as a further turn of the lens. */
static void
lay_grid(Grid *grid,
         const UmkAppSums *sums,
         const UmkAppSight *sight,
         const UmkAppLens *lens,
         guint top,
         double cell)
{
    double margin = sums->reach + 1.0, fine = 1 / cell;
    double deep = (double) depth_scale(sight->points);

    *grid = (Grid){
        .x = (float) (lens->x * fine + margin),
        .xx = (float) (lens->xx * fine),
        .xz = (float) (lens->xz * fine),
        .y = (float) (lens->y * fine - top + margin),
        .yx = (float) (lens->yx * fine),
        .yy = (float) (lens->yy * fine),
        .yz = (float) (lens->yz * fine),
        .depth = (float) (lens->depth * deep + UMK_APP_N_DEPTHS / 2.0),
        .dx = (float) (lens->dx * deep),
        .dy = (float) (lens->dy * deep),
        .dz = (float) (lens->dz * deep),
        .last_x = (float) (sums->width + 2 * sums->reach + 1),
        .last_y = (float) (sums->height + 2 * sums->reach + 1),
        .stride = (float) sums->stride,
    };
}

static inline float
within(float v, float last)
{
    v = v > 0 ? v : 0;
    return v < last ? v : last;
}

/* cells of the points; columns are whole numbers that a float holds exactly */
static void
locate(const Grid *g, const guint16 *x, const guint16 *y, gsize n, gint32 *cells)
{
    for (gsize i = 0; i < n; i++) {
        gint32 cx = (gint32) within(g->x + g->xx * (float) x[i], g->last_x);
        gint32 cy = (gint32) within(g->y + g->yy * (float) y[i], g->last_y);

        cells[i] = (gint32) ((float) cy * g->stride + (float) cx);
    }
}

static void
locate_turned(const Grid *g,
              const guint16 *x,
              const guint16 *y,
              const guint16 *z,
              gsize n,
              gint32 *cells,
              gint32 *depths)
{
    for (gsize i = 0; i < n; i++) {
        float fx = (float) x[i], fy = (float) y[i], fz = (float) z[i];
        gint32 cx = (gint32) within(g->x + g->xx * fx + g->xz * fz, g->last_x);
        gint32 cy =
            (gint32) within(g->y + g->yx * fx + g->yy * fy + g->yz * fz, g->last_y);

        cells[i] = (gint32) ((float) cy * g->stride + (float) cx);
        depths[i] = (gint32) within(g->depth + g->dx * fx + g->dy * fy + g->dz * fz,
                                    UMK_APP_N_DEPTHS - 1.0f);
    }
}

/* Of a point that is faint: so much less of everything. */
static inline UmkAppSum
weigh(UmkAppSum sum, guint8 flags)
{
    return (sum * (UMK_APP_N_FAINT - (guint32) (flags >> 4)) + UMK_APP_N_FAINT / 2) /
           UMK_APP_N_FAINT;
}

static void
add_faded(UmkAppSum *out,
          const UmkAppPaint *paint,
          const UmkAppLooks *looks,
          gsize first,
          gsize n,
          const gint32 *cells,
          const gint32 *depths)
{
    for (gsize i = 0; i < n; i++)
        out[cells[i]] +=
            weigh(paint->of[depths != NULL ? depths[i] : 0][looks->colour[first + i]],
                  looks->flags[first + i]);
}

static void
add_run(UmkAppSums *sums,
        const UmkAppSight *sight,
        const UmkAppPaint *paint,
        guint kinds,
        gsize run,
        guint top,
        double cell)
{
    const UmkAppPoints *points = sight->points;
    const UmkAppLooks *looks = sight->looks;
    gsize first = run * UMK_APP_RUN, n = umk_app_points_of_run(points, run);
    gint32 cells[UMK_APP_RUN], depths[UMK_APP_RUN];
    UmkAppSum *out = sums->cells;
    UmkAppLens lens;
    Grid grid;

    n = (n + sight->sample - 1) / sight->sample;
    umk_app_lens_init(&lens, points, &sight->turn, &sight->view, run);
    lay_grid(&grid, sums, sight, &lens, top, cell);
    if (points->qz == NULL)
        locate(&grid, points->qx + first, points->qy + first, n, cells);
    else
        locate_turned(&grid, points->qx + first, points->qy + first, points->qz + first,
                      n, cells, depths);
    if (looks == NULL) {
        for (gsize i = 0; i < n; i++)
            out[cells[i]] += paint->of[0][0];
        return;
    }
    if (looks->n_marked + looks->n_hidden > 0 || !(kinds & 1))
        for (gsize i = 0; i < n; i++)
            if (!(kinds >> (looks->flags[first + i] & UMK_APP_LOOK_FLAGS) & 1))
                cells[i] = NO_CELL;
    if (looks->n_faded > 0)
        add_faded(out, paint, looks, first, n, cells, points->qz != NULL ? depths : NULL);
    else if (points->qz == NULL)
        for (gsize i = 0; i < n; i++)
            out[cells[i]] += paint->of[0][looks->colour[first + i]];
    else
        for (gsize i = 0; i < n; i++)
            out[cells[i]] += paint->of[depths[i]][looks->colour[first + i]];
}

void
umk_app_sums_fill(UmkAppSums *self,
                  const UmkAppSight *sight,
                  const UmkAppPaint *paint,
                  guint kinds,
                  guint top,
                  guint height,
                  double cell)
{
    double above = ((double) top - self->reach - 1) * cell;
    double below = ((double) top + height + self->reach + 1) * cell;

    self->height = height;
    memset(self->cells, 0,
           (height + 2 * (gsize) self->reach + 2) * self->stride * sizeof *self->cells);
    for (gsize i = 0; i < sight->seen.n_runs; i++) {
        const UmkAppSeenRun *run = &sight->seen.runs[i];

        if ((double) run->bottom >= above && (double) run->top <= below)
            add_run(self, sight, paint, kinds, run->run, top, cell);
    }
}
