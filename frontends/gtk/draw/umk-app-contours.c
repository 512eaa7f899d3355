/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of equal density by marching squares: every square of four neighbouring cells
 * joins the sides that the line crosses; the joints are then walked from end to end. */
#include "umk-app-density.h"

#include <string.h>

#define NOWHERE G_MAXUINT32

/* Sides are numbered 2 (y × width + x), those to the right of a cell's middle, and the
 * same + 1, those below it. */
typedef struct {
    const UmkAppDensity *density;
    float level;
    guint32 (*joints)[2]; /* the sides a side is joined with; a walk undoes them */
    GArray *sides;        /* guint32: those joined at this level */
} Tracer;

static void
join(Tracer *t, guint32 a, guint32 b)
{
    if (t->joints[a][0] == NOWHERE)
        g_array_append_val(t->sides, a);
    if (t->joints[b][0] == NOWHERE)
        g_array_append_val(t->sides, b);
    t->joints[a][t->joints[a][0] != NOWHERE] = b;
    t->joints[b][t->joints[b][0] != NOWHERE] = a;
}

static void
march(Tracer *t, guint32 x, guint32 y)
{
    const float *v = t->density->values;
    guint32 w = t->density->width, at = y * w + x;
    guint32 top = 2 * at, left = 2 * at + 1, bottom = 2 * (at + w), right = 2 * at + 3;
    float a = v[at], b = v[at + 1], c = v[at + w], d = v[at + w + 1];
    guint kind = (a >= t->level) | (b >= t->level) << 1 | (c >= t->level) << 2 |
                 (d >= t->level) << 3;
    gboolean middle = a + b + c + d >= 4 * t->level;

    if (kind > 7) { /* the same lines, inside out */
        kind = 15 - kind;
        middle = !middle;
    }
    switch (kind) {
    case 1:
        join(t, left, top);
        break;
    case 2:
        join(t, top, right);
        break;
    case 3:
        join(t, left, right);
        break;
    case 4:
        join(t, left, bottom);
        break;
    case 5:
        join(t, top, bottom);
        break;
    case 6: /* two opposite corners: the middle says which way */
        join(t, top, middle ? left : right);
        join(t, bottom, middle ? right : left);
        break;
    case 7:
        join(t, bottom, right);
        break;
    default:
        break;
    }
}

static void
place(const Tracer *t, guint32 side, float out[2])
{
    const UmkAppDensity *d = t->density;
    guint32 at = side / 2, x = at % d->width, y = at / d->width;
    float a = d->values[at], b = d->values[side & 1 ? at + d->width : at + 1];
    float along = b != a ? (t->level - a) / (b - a) : 0.5f;

    out[0] = ((float) x + 0.5f + (side & 1 ? 0 : along)) * (float) d->cell;
    out[1] = ((float) y + 0.5f + (side & 1 ? along : 0)) * (float) d->cell;
}

static guint32
step(Tracer *t, guint32 from)
{
    guint32 to = t->joints[from][0] != NOWHERE ? t->joints[from][0] : t->joints[from][1];

    if (to == NOWHERE)
        return to;
    t->joints[from][t->joints[from][0] != to] = NOWHERE;
    t->joints[to][t->joints[to][0] != from] = NOWHERE;
    return to;
}

static void
walk(Tracer *t, guint32 start, guint level, GArray *lines)
{
    g_autoptr(GArray) corners = g_array_new(FALSE, FALSE, 2 * sizeof(float));
    UmkAppContour line = {.level = level};
    guint32 at = start;
    float corner[2];

    do {
        place(t, at, corner);
        g_array_append_vals(corners, corner, 1);
        at = step(t, at);
    } while (at != NOWHERE && at != start);
    line.closed = at == start;
    line.n_corners = corners->len;
    line.corners = (float *) (gpointer) g_array_free(g_steal_pointer(&corners), FALSE);
    g_array_append_val(lines, line);
}

static void
trace(Tracer *t, guint level, GArray *lines)
{
    guint32 w = t->density->width, h = t->density->height;

    g_array_set_size(t->sides, 0);
    for (guint32 y = 0; y + 1 < h; y++)
        for (guint32 x = 0; x + 1 < w; x++)
            march(t, x, y);
    for (guint32 i = 0; i < t->sides->len; i++) { /* lines that leave the view */
        guint32 side = g_array_index(t->sides, guint32, i);

        if ((t->joints[side][0] != NOWHERE) != (t->joints[side][1] != NOWHERE))
            walk(t, side, level, lines);
    }
    for (guint32 i = 0; i < t->sides->len; i++) { /* rings */
        guint32 side = g_array_index(t->sides, guint32, i);

        if (t->joints[side][0] != NOWHERE)
            walk(t, side, level, lines);
    }
}

UmkAppContours *
umk_app_contours_new(const UmkAppDensity *density, guint n_levels)
{
    UmkAppContours *self = g_new0(UmkAppContours, 1);
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(UmkAppContour));
    Tracer t = {.density = density};

    n_levels = MIN(n_levels, 24);
    self->levels = g_new0(float, n_levels + 1);
    if (density->width < 2 || density->height < 2 || !(density->peak > 0))
        return self;
    self->n_levels = n_levels;
    t.joints = g_malloc(sizeof *t.joints * 2 * density->width * density->height);
    memset(t.joints, 0xff, sizeof *t.joints * 2 * density->width * density->height);
    t.sides = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (guint i = 0; i < n_levels; i++) {
        t.level = self->levels[i] =
            density->peak * 0.75f / (float) (1u << (n_levels - 1 - i));
        trace(&t, i, lines);
    }
    g_free(t.joints);
    g_array_unref(t.sides);
    self->n_lines = lines->len;
    self->lines =
        (UmkAppContour *) (gpointer) g_array_free(g_steal_pointer(&lines), FALSE);
    return self;
}

void
umk_app_contours_free(UmkAppContours *self)
{
    if (self == NULL)
        return;
    for (gsize i = 0; i < self->n_lines; i++)
        g_free(self->lines[i].corners);
    g_free(self->lines);
    g_free(self->levels);
    g_free(self);
}
