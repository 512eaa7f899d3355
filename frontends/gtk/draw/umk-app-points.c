/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the columns of the drawn points: scales them, sorts them along a Morton curve by
 * a radix sort (stable, so equal points keep their order), cuts the curve in runs, deals
 * each run so that its first half, quarter, eighth lie all over it, and boxes it. */
#include "umk-app-points.h"

#include <math.h>
#include <string.h>

#define STEPS 65535.0 /* across a box */

typedef struct {
    guint32 key, from;
} Entry;

typedef struct {
    const float *coords;
    gsize n, stride;
    guint n_dims;
    double middle[3], shrink;
} Plan;

/* Bits of v, n_dims apart. */
static guint32
spread(guint32 v, guint n_dims)
{
    if (n_dims == 3) {
        v = (v | v << 16) & 0x030000ffu;
        v = (v | v << 8) & 0x0300f00fu;
        v = (v | v << 4) & 0x030c30c3u;
        return (v | v << 2) & 0x09249249u;
    }
    v = (v | v << 8) & 0x00ff00ffu;
    v = (v | v << 4) & 0x0f0f0f0fu;
    v = (v | v << 2) & 0x33333333u;
    return (v | v << 1) & 0x55555555u;
}

static void
radix_sort(Entry *entries, Entry *scratch, gsize n)
{
    for (guint shift = 0; shift < 32; shift += 8) {
        gsize count[257] = {0};

        for (gsize i = 0; i < n; i++)
            count[(entries[i].key >> shift & 0xff) + 1]++;
        for (guint d = 0; d < 256; d++)
            count[d + 1] += count[d];
        for (gsize i = 0; i < n; i++)
            scratch[count[entries[i].key >> shift & 0xff]++] = entries[i];
        Entry *swap = entries;
        entries = scratch;
        scratch = swap;
    }
}

static gboolean
is_finite(const Plan *plan, gsize i)
{
    const float *c = plan->coords + i * plan->stride;

    return isfinite(c[0]) && isfinite(c[1]) && (plan->n_dims < 3 || isfinite(c[2]));
}

/* The middle, the scale and the number of points that lie anywhere. */
static gsize
measure(Plan *plan, double half[3])
{
    float low[3] = {INFINITY, INFINITY, INFINITY}, high[3];
    gsize finite = 0;
    double widest = 0;

    for (guint d = 0; d < 3; d++)
        high[d] = -INFINITY;
    for (gsize i = 0; i < plan->n; i++) {
        const float *c = plan->coords + i * plan->stride;

        if (!is_finite(plan, i))
            continue;
        finite++;
        for (guint d = 0; d < plan->n_dims; d++) {
            low[d] = MIN(low[d], c[d]);
            high[d] = MAX(high[d], c[d]);
        }
    }
    for (guint d = 0; d < plan->n_dims && finite > 0; d++) {
        half[d] = ((double) high[d] - (double) low[d]) / 2;
        plan->middle[d] = ((double) low[d] + (double) high[d]) / 2;
        widest = MAX(widest, half[d]);
    }
    plan->shrink = widest > 0 ? 1 / widest : 1;
    for (guint d = 0; d < 3; d++)
        half[d] *= plan->shrink;
    return finite;
}

static double
scaled(const Plan *plan, gsize i, guint d)
{
    return ((double) plan->coords[i * plan->stride + d] - plan->middle[d]) * plan->shrink;
}

/* From the middle. */
static double
farthest(const Plan *plan)
{
    double most = 0;

    for (gsize i = 0; i < plan->n; i++) {
        double x = scaled(plan, i, 0), y = scaled(plan, i, 1), z = scaled(plan, i, 2);

        if (is_finite(plan, i))
            most = MAX(most, x * x + y * y + z * z);
    }
    return sqrt(most);
}

static Entry *
sort(const Plan *plan, gsize n)
{
    Entry *entries = g_new(Entry, n + 1);
    g_autofree Entry *scratch = g_new(Entry, n + 1);
    double cells = plan->n_dims == 3 ? 511.5 : 32767.5;
    gsize k = 0;

    for (gsize i = 0; i < plan->n; i++) {
        guint32 key = 0;

        if (!is_finite(plan, i))
            continue;
        for (guint d = 0; d < plan->n_dims; d++)
            key |= spread((guint32) CLAMP((scaled(plan, i, d) + 1) * cells, 0, 2 * cells),
                          plan->n_dims)
                   << d;
        entries[k++] = (Entry){key, (guint32) i};
    }
    radix_sort(entries, scratch, k); /* an even number of passes ends where it began */
    return entries;
}

static guint16
step_of(double v, float low, float high)
{
    double width = (double) high - (double) low;

    return width > 0
               ? (guint16) CLAMP(lrint((v - (double) low) / width * STEPS), 0, 65535)
               : 0;
}

/* The order in which a run's points are taken: by the mirrored bits of their number. */
static gsize
deal(gsize n, guint8 order[UMK_APP_RUN])
{
    gsize k = 0;

    for (guint i = 0; i < UMK_APP_RUN; i++) {
        guint mirrored = 0;

        for (guint bit = 0; bit < 8; bit++)
            mirrored |= (i >> bit & 1) << (7 - bit);
        if (mirrored < n)
            order[k++] = (guint8) mirrored;
    }
    return k;
}

static void
fill_run(UmkAppPoints *self,
         const Plan *plan,
         const Entry *entries,
         gsize run,
         const guint32 *rows)
{
    gsize first = run * UMK_APP_RUN, n = umk_app_points_of_run(self, run);
    guint16 *columns[3] = {self->qx, self->qy, self->qz};
    UmkAppBox *box = &self->boxes[run];
    guint8 order[UMK_APP_RUN];
    float side[3][2];

    for (guint d = 0; d < 3; d++)
        side[d][0] = side[d][1] = 0;
    deal(n, order);
    for (guint d = 0; d < plan->n_dims; d++) {
        side[d][0] = INFINITY;
        side[d][1] = -INFINITY;
        for (gsize i = 0; i < n; i++) {
            float v = (float) scaled(plan, entries[first + i].from, d);

            side[d][0] = MIN(side[d][0], v);
            side[d][1] = MAX(side[d][1], v);
        }
        for (gsize i = 0; i < n; i++)
            columns[d][first + i] = step_of(
                scaled(plan, entries[first + order[i]].from, d), side[d][0], side[d][1]);
    }
    *box = (UmkAppBox){side[0][0], side[1][0], side[0][1],
                       side[1][1], side[2][0], side[2][1]};
    for (gsize i = 0; i < n; i++) {
        guint32 from = entries[first + order[i]].from;
        guint32 row = self->row[first + i] = rows != NULL ? rows[from] : from;

        if (row < self->n_rows)
            self->by_row[row] = (guint32) (first + i);
    }
}

static void
box_groups(UmkAppPoints *self)
{
    self->n_groups = (self->n_runs + UMK_APP_GROUP - 1) / UMK_APP_GROUP;
    self->groups = g_new(UmkAppBox, self->n_groups + 1);
    for (gsize run = 0; run < self->n_runs; run++) {
        UmkAppBox *group = &self->groups[run / UMK_APP_GROUP];
        const UmkAppBox *box = &self->boxes[run];

        if (run % UMK_APP_GROUP == 0)
            *group = *box;
        group->x0 = MIN(group->x0, box->x0);
        group->y0 = MIN(group->y0, box->y0);
        group->z0 = MIN(group->z0, box->z0);
        group->x1 = MAX(group->x1, box->x1);
        group->y1 = MAX(group->y1, box->y1);
        group->z1 = MAX(group->z1, box->z1);
    }
}

/* coords: n_points × stride, the first n_dims of each taken; rows: what each stands for,
 * below n_rows, or NULL for 0, 1, 2, ... */
UmkAppPoints *
umk_app_points_new_full(const float *coords,
                        gsize n_points,
                        gsize stride,
                        guint n_dims,
                        const guint32 *rows,
                        gsize n_rows)
{
    UmkAppPoints *self = g_new0(UmkAppPoints, 1);
    Plan plan = {coords, n_points, stride, n_dims == 3 ? 3 : 2, {0, 0, 0}, 1};
    g_autofree Entry *entries = NULL;
    double half[3] = {0, 0, 0};

    self->n_points = measure(&plan, half);
    self->n_rows = n_rows;
    self->qx = g_new(guint16, self->n_points + 1);
    self->qy = g_new(guint16, self->n_points + 1);
    if (plan.n_dims == 3)
        self->qz = g_new(guint16, self->n_points + 1);
    self->row = g_new(guint32, self->n_points + 1);
    self->by_row = g_new(guint32, n_rows + 1);
    memset(self->by_row, 0xff, (n_rows + 1) * sizeof *self->by_row);
    self->n_runs = (self->n_points + UMK_APP_RUN - 1) / UMK_APP_RUN;
    self->boxes = g_new(UmkAppBox, self->n_runs + 1);
    if (self->n_points > 0)
        entries = sort(&plan, self->n_points);
    for (gsize run = 0; run < self->n_runs; run++)
        fill_run(self, &plan, entries, run, rows);
    box_groups(self);
    if (self->qz != NULL) /* a ball about all: turning leaves it where it is */
        half[0] = half[1] = farthest(&plan);
    self->bounds[2] = (float) half[0];
    self->bounds[3] = (float) half[1];
    self->bounds[0] = -self->bounds[2];
    self->bounds[1] = -self->bounds[3];
    return self;
}

UmkAppPoints *
umk_app_points_new(
    const float *coords, gsize n_points, gsize stride, const guint32 *rows, gsize n_rows)
{
    return umk_app_points_new_full(coords, n_points, stride, 2, rows, n_rows);
}

void
umk_app_points_free(UmkAppPoints *self)
{
    if (self == NULL)
        return;
    g_free(self->qx);
    g_free(self->qy);
    g_free(self->qz);
    g_free(self->row);
    g_free(self->boxes);
    g_free(self->groups);
    g_free(self->by_row);
    g_free(self);
}

void
umk_app_points_get(const UmkAppPoints *self, gsize at, double *x, double *y, double *z)
{
    const UmkAppBox *box = &self->boxes[at / UMK_APP_RUN];

    *x =
        (double) box->x0 + self->qx[at] * (((double) box->x1 - (double) box->x0) / STEPS);
    *y =
        (double) box->y0 + self->qy[at] * (((double) box->y1 - (double) box->y0) / STEPS);
    *z = self->qz == NULL
             ? 0
             : (double) box->z0 +
                   self->qz[at] * (((double) box->z1 - (double) box->z0) / STEPS);
}

gboolean
umk_app_points_find(const UmkAppPoints *self, guint32 row, float *x, float *y)
{
    guint32 at = row < self->n_rows ? self->by_row[row] : G_MAXUINT32;
    double px, py, pz;

    if (at == G_MAXUINT32)
        return FALSE;
    umk_app_points_get(self, at, &px, &py, &pz);
    *x = (float) px;
    *y = (float) py;
    return TRUE;
}

/* Bytes of all columns and boxes. */
gsize
umk_app_points_get_memory(const UmkAppPoints *self)
{
    return self->n_points *
               (sizeof *self->qx * (self->qz != NULL ? 3 : 2) + sizeof *self->row) +
           self->n_rows * sizeof *self->by_row +
           (self->n_runs + self->n_groups) * sizeof *self->boxes;
}
