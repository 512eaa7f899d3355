/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loops of the splatter. Every strip looks at the runs of points that were found in
 * view and draws what falls into its rows; a stamp that crosses the border of two strips
 * is stamped in both, cut. Nothing is shared while drawing. */
#include "umk-app-splat.h"

#include "umk-app-blend.h"
#include "umk-app-parallel.h"

#include <math.h>
#include <string.h>

#define FEW 20000u /* points that one thread draws sooner than two can start */

typedef struct {
    UmkAppSums sums[UMK_APP_N_BRUSHES]; /* of the strip at hand */
    guint32 *row;
} Scratch;

typedef struct {
    const UmkAppSplat *splat;
    const UmkAppSight *sight;
    UmkAppCanvas *canvas;
    Scratch scratch[UMK_APP_MAX_THREADS];
} Frame;

static gboolean
is_cancelled(const UmkAppSplat *splat)
{
    return splat->cancelled != NULL && g_atomic_int_get(splat->cancelled);
}

/* ---- stamps
 * ------------------------------------------------------------------------------- */

/* Of what fits an int; floor() is a call where processors of before 2008 are served. */
static inline int
floor_of(double v)
{
    int whole = (int) v;

    return whole - (v < whole);
}

static inline void
stamp(const UmkAppCanvas *canvas,
      const UmkAppStamps *stamps,
      guint kind,
      guint level,
      int qx,
      int qy,
      int top,
      int bottom)
{
    int x = (qx >> 2) - (int) stamps->origin, y = (qy >> 2) - (int) stamps->origin;
    int first = MAX(top - y, 0), last = MIN(bottom - y, (int) stamps->size);
    gsize phase = ((guint) qy & 3) * 4 + ((guint) qx & 3);
    const guint32 *src =
        stamps->pixels + (kind * 16 + phase) * stamps->size * stamps->stride;

    if (level > 0) {
        for (int j = first; j < last; j++)
            _umk_app_blend_faint(umk_app_canvas_row(canvas, (guint) (y + j)) + x,
                                 src + (guint) j * stamps->stride, stamps->stride,
                                 UMK_APP_N_FAINT - level);
        return;
    }
    for (int j = first; j < last; j++)
        _umk_app_blend(umk_app_canvas_row(canvas, (guint) (y + j)) + x,
                       src + (guint) j * stamps->stride, stamps->stride);
}

static guint
stamp_size(const UmkAppBrush *brush)
{
    guint size = 0;

    for (guint d = 0; d < UMK_APP_N_DEPTHS; d++)
        if (brush->stamps[d] != NULL)
            size = MAX(size, brush->stamps[d]->size);
    return size;
}

/* Points of one run into the rows [top, bottom). */
static void
stamp_run(
    const Frame *frame, const UmkAppBrush *brush, gsize run, guint top, guint bottom)
{
    const UmkAppPoints *p = frame->sight->points;
    const UmkAppLooks *looks = frame->sight->looks;
    gsize first = run * UMK_APP_RUN, n = umk_app_points_of_run(p, run);
    int size = (int) stamp_size(brush);
    double left = -size, right = (double) frame->canvas->width + size;
    double above = (double) top - size, below = (double) bottom + size;
    UmkAppLens lens;

    n = (n + frame->sight->sample - 1) / frame->sight->sample;
    umk_app_lens_init(&lens, p, &frame->sight->turn, &frame->sight->view, run);
    for (gsize i = first; i < first + n; i++) {
        const UmkAppStamps *stamps = brush->stamps[0];
        double x, y;

        umk_app_lens_project(&lens, p, i, &x, &y);
        if (!(y >= above) || !(y < below) || !(x >= left) || !(x < right) ||
            !(brush->kinds >> (looks->flags[i] & UMK_APP_LOOK_FLAGS) & 1))
            continue;
        if (p->qz != NULL)
            stamps = brush->stamps[umk_app_sight_depth(frame->sight,
                                                       umk_app_lens_depth(&lens, p, i))];
        guint kind = MIN(looks->colour[i], stamps->n_colours - 1) * UMK_APP_N_SHAPES +
                     umk_app_looks_get_shape(looks, i);
        int qx = floor_of(x * 4), qy = floor_of(y * 4); /* quarters of a pixel */

        stamp(frame->canvas, stamps, kind, umk_app_looks_get_level(looks, i), qx, qy,
              (int) top, (int) bottom);
    }
}

static void
stamp_strip(const Frame *frame, const UmkAppBrush *brush, guint top, guint bottom)
{
    double size = (double) stamp_size(brush);

    for (gsize i = 0; i < frame->sight->seen.n_runs; i++) {
        const UmkAppSeenRun *run = &frame->sight->seen.runs[i];

        if ((double) run->bottom >= top - size && (double) run->top <= bottom + size)
            stamp_run(frame, brush, run->run, top, bottom);
    }
}

/* ---- strips
 * ------------------------------------------------------------------------------- */

static void
ink_strip(Frame *frame, guint b, guint top, guint bottom, Scratch *scratch)
{
    const UmkAppBrush *brush = &frame->splat->brushes[b];
    UmkAppSums *sums = &scratch->sums[b];

    if (sums->cells == NULL)
        umk_app_sums_init(sums, frame->canvas->width, UMK_APP_STRIP, brush->ink->reach);
    if (scratch->row == NULL)
        scratch->row = g_new0(guint32, frame->canvas->width + 4);
    umk_app_sums_fill(sums, frame->sight, &brush->ink->paint, brush->kinds, top,
                      bottom - top, 1);
    for (guint y = top; y < bottom; y++) {
        umk_app_ink_row(brush->ink, sums, y - top, scratch->row);
        _umk_app_blend(umk_app_canvas_row(frame->canvas, y), scratch->row,
                       (frame->canvas->width + 3) & ~3u);
    }
}

static void
clear_row(UmkAppCanvas *canvas, guint y, guint32 ground)
{
    guint32 *row = umk_app_canvas_row(canvas, y);

    memset(canvas->data + y * canvas->stride, 0, canvas->stride);
    for (guint x = 0; ground != 0 && x < canvas->width; x++)
        row[x] = ground;
}

static void
draw_strip(gpointer data, guint strip, guint worker)
{
    Frame *frame = data;
    const UmkAppSplat *splat = frame->splat;
    guint top = strip * UMK_APP_STRIP, width = frame->canvas->width;
    guint bottom = MIN(top + UMK_APP_STRIP, frame->canvas->height);

    if (is_cancelled(splat))
        return;
    for (guint y = top; y < bottom; y++) {
        clear_row(frame->canvas, y, splat->ground);
        if (splat->under != NULL)
            splat->under(splat->under_data, y, umk_app_canvas_row(frame->canvas, y),
                         width);
    }
    for (guint b = 0; b < UMK_APP_N_BRUSHES; b++) {
        if (splat->brushes[b].ink != NULL)
            ink_strip(frame, b, top, bottom, &frame->scratch[worker]);
        else if (splat->brushes[b].stamps[0] != NULL)
            stamp_strip(frame, &splat->brushes[b], top, bottom);
    }
    for (guint y = top; splat->over != NULL && y < bottom; y++)
        splat->over(splat->over_data, y, umk_app_canvas_row(frame->canvas, y), width);
}

gboolean
umk_app_splat_draw(const UmkAppSplat *self,
                   const UmkAppSight *sight,
                   UmkAppCanvas *canvas)
{
    g_autofree Frame *frame = g_new0(Frame, 1);
    guint n_threads = sight->seen.n_points < FEW ? 1 : self->n_threads;

    *frame = (Frame){.splat = self, .sight = sight, .canvas = canvas};
    umk_app_parallel((canvas->height + UMK_APP_STRIP - 1) / UMK_APP_STRIP, n_threads,
                     draw_strip, frame);
    for (guint t = 0; t < UMK_APP_MAX_THREADS; t++) {
        for (guint b = 0; b < UMK_APP_N_BRUSHES; b++)
            umk_app_sums_clear(&frame->scratch[t].sums[b]);
        g_free(frame->scratch[t].row);
    }
    return !is_cancelled(self);
}

void
umk_app_splat(UmkAppCanvas *canvas,
              const UmkAppPoints *points,
              const UmkAppLooks *looks,
              const UmkAppView *view,
              const UmkAppStamps *plain,
              const UmkAppStamps *marked,
              guint n_threads)
{
    guint size = MAX(plain ? plain->size : 0, marked ? marked->size : 0);
    UmkAppSplat splat = {.n_threads = n_threads};
    UmkAppSight sight;

    splat.brushes[0].kinds = 1u << 0;
    splat.brushes[1].kinds = 1u << UMK_APP_LOOK_MARKED;
    for (guint d = 0; d < UMK_APP_N_DEPTHS; d++) {
        splat.brushes[0].stamps[d] = plain;
        splat.brushes[1].stamps[d] = looks->n_marked > 0 ? marked : NULL;
    }
    umk_app_sight_init(&sight, points, looks, view, size, 1);
    umk_app_splat_draw(&splat, &sight, canvas);
    umk_app_sight_clear(&sight);
}

/* Fewer points for the same area are larger, so that both a garden and a million read. */
UmkAppStyle
umk_app_splat_style(gsize n_in_view, double area, double pixel_ratio)
{
    double share = sqrt(area / (double) MAX(n_in_view, 1)) / pixel_ratio;
    double radius = CLAMP(0.24 * share, 1.1, 6.0);
    UmkAppStyle style = {.radius = (float) (radius * pixel_ratio)};

    style.shapes = radius >= 2.2;
    style.rim_width = style.shapes ? (float) (pixel_ratio * 0.8) : 0.0f;
    return style;
}
