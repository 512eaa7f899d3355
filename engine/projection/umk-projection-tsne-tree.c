/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repulsion of t-SNE in three dimensions by an octree (Barnes and Hut, "A hierarchical
 * O(N log N) force-calculation algorithm", 1986; van der Maaten, "Accelerating t-SNE
 * using tree-based algorithms", 2014): a cell that is small beside its distance counts as
 * all its points at their middle. A grid would need as many nodes as the map has room.
 *
 * Points are sorted along a Morton curve, so a cell is a run of them and the tree is one
 * array in the order of a walk, in which every cell knows where the next one begins that
 * is not inside it. Every sum has one order, whatever the number of threads. */
#include "projection/umk-projection-tsne-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define DIMS       3
#define OPENING    0.5f /* side of a cell beside its distance, above which it is opened */
#define LEAF       8    /* points that are not cut further */
#define LEVELS     16   /* bits of a coordinate */
#define DIGIT      12   /* bits that are sorted by at a time */
#define N_DIGITS   (DIMS * LEVELS / DIGIT)
#define MAX_EXTENT 1e6f /* no map is so wide that its steps were not too large */

typedef struct {
    float middle[DIMS];
    float mass;   /* points */
    float reach;  /* squared distance from which the middle stands for all of them */
    guint32 skip; /* the next cell that is not inside this one */
    guint32 first;
    guint32 n_points; /* of a leaf; 0: cells follow */
} Cell;

typedef struct {
    guint64 key;
    guint32 row;
} Point;

struct _UmkTsneTree {
    gsize n;
    gsize room;
    Cell *cells; /* (2 room), those inside a cell behind it */
    gsize n_cells;
    Point *points, *other; /* (room) in Morton order; and to sort with */
    float *places;         /* (room, DIMS) in that order */
    float origin[DIMS], extent;
};

UmkTsneTree *
_umk_tsne_tree_new(void)
{
    return g_new0(UmkTsneTree, 1);
}

void
_umk_tsne_tree_free(UmkTsneTree *self)
{
    if (self == NULL)
        return;
    g_free(self->cells);
    g_free(self->points);
    g_free(self->other);
    g_free(self->places);
    g_free(self);
}

static gboolean
need_room(UmkTsneTree *self, gsize n, GError **error)
{
    const char *what = _("The tree of points");

    if (n <= self->room)
        return TRUE;
    g_clear_pointer(&self->cells, g_free);
    g_clear_pointer(&self->points, g_free);
    g_clear_pointer(&self->other, g_free);
    g_clear_pointer(&self->places, g_free);
    self->room = 0;
    if ((self->cells = _umk_alloc(n, 2 * sizeof(Cell), what, error)) == NULL ||
        (self->points = _umk_alloc(n, sizeof(Point), what, error)) == NULL ||
        (self->other = _umk_alloc(n, sizeof(Point), what, error)) == NULL ||
        (self->places = _umk_alloc(n, DIMS * sizeof(float), what, error)) == NULL)
        return FALSE;
    self->room = n;
    return TRUE;
}

/* ---- the order -------------------------------------------------------------------- */

/* Sixteen bits with two zeros between one and the next. */
static guint64
spread_bits(guint64 x)
{
    x = (x | x << 16) & 0x0000ff0000ffull;
    x = (x | x << 8) & 0x00f00f00f00full;
    x = (x | x << 4) & 0x0c30c30c30c3ull;
    return (x | x << 2) & 0x249249249249ull;
}

static gboolean
find_extent(UmkTsneTree *self, const float *y, gsize n, GError **error)
{
    float low[DIMS], high[DIMS];

    for (guint c = 0; c < DIMS; c++)
        low[c] = high[c] = y[c];
    self->extent = 0.0f;
    for (guint c = 0; c < DIMS; c++) {
        for (gsize i = 1; i < n; i++) {
            low[c] = MIN(low[c], y[i * DIMS + c]);
            high[c] = MAX(high[c], y[i * DIMS + c]);
        }
        self->origin[c] = low[c];
        self->extent = MAX(self->extent, high[c] - low[c]);
        if (!(high[c] - low[c] <= MAX_EXTENT)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                        _("The map flew apart; try a lower learning rate"));
            return FALSE;
        }
    }
    return TRUE;
}

static guint64
key_of(const UmkTsneTree *self, const float *place)
{
    const guint32 last = (1u << LEVELS) - 1;
    float scale = self->extent > 0.0f ? (float) last / self->extent : 0.0f;
    guint64 key = 0;

    for (guint c = 0; c < DIMS; c++) {
        float at = (place[c] - self->origin[c]) * scale;
        guint32 cell = at > 0.0f ? (guint32) MIN(at, (float) last) : 0;

        key |= spread_bits(cell) << c;
    }
    return key;
}

/* By the key, then by the row: digit by digit, each time keeping the order of before. */
static void
sort_points(UmkTsneTree *self)
{
    const guint64 mask = (1u << DIGIT) - 1;
    gsize at[1u << DIGIT];

    for (guint digit = 0; digit < N_DIGITS; digit++) {
        guint shift = digit * DIGIT;
        Point *sorted = self->other;
        gsize sum = 0;

        memset(at, 0, sizeof at);
        for (gsize i = 0; i < self->n; i++)
            at[self->points[i].key >> shift & mask]++;
        for (gsize value = 0; value <= mask; value++) {
            gsize count = at[value];

            at[value] = sum;
            sum += count;
        }
        for (gsize i = 0; i < self->n; i++)
            sorted[at[self->points[i].key >> shift & mask]++] = self->points[i];
        self->other = self->points;
        self->points = sorted;
    }
}

/* ---- the tree --------------------------------------------------------------------- */

static void
add_points(const UmkTsneTree *self, gsize first, gsize end, double *sums)
{
    for (gsize i = first; i < end; i++)
        for (guint c = 0; c < DIMS; c++)
            sums[c] += (double) self->places[i * DIMS + c];
}

static guint
octant(const UmkTsneTree *self, gsize at, guint level)
{
    return (guint) (self->points[at].key >> DIMS * (LEVELS - 1 - level) & 7);
}

/* The points first ... end - 1, which share all levels above this one. sums: of their
 * coordinates. */
static void
grow(UmkTsneTree *self, gsize first, gsize end, guint level, double *sums)
{
    guint32 at = (guint32) self->n_cells++;
    Cell *cell = self->cells + at;
    float side;

    while (level < LEVELS && octant(self, first, level) == octant(self, end - 1, level))
        level++;
    for (guint c = 0; c < DIMS; c++)
        sums[c] = 0.0;
    if (end - first <= LEAF || level == LEVELS) {
        add_points(self, first, end, sums);
        cell->n_points = (guint32) (end - first);
    } else {
        for (gsize from = first, to; from < end; from = to) {
            double inside[DIMS];

            for (to = from + 1;
                 to < end && octant(self, to, level) == octant(self, from, level); to++)
                ;
            grow(self, from, to, level + 1, inside);
            for (guint c = 0; c < DIMS; c++)
                sums[c] += inside[c];
        }
        cell->n_points = 0;
    }
    side = ldexpf(self->extent, -(int) level) / OPENING;
    /* Any number of points in one place are never looked at one by one. */
    cell->reach = cell->n_points > LEAF ? -1.0f : side * side;
    cell->first = (guint32) first;
    cell->skip = (guint32) self->n_cells;
    cell->mass = (float) (end - first);
    for (guint c = 0; c < DIMS; c++)
        cell->middle[c] = (float) (sums[c] / (double) (end - first));
}

gboolean
_umk_tsne_tree_update(
    UmkTsneTree *self, const float *y, gsize n, UmkRun *run, GError **error)
{
    double sums[DIMS];

    if (!umk_run_check(run, error) || !need_room(self, n, error))
        return FALSE;
    self->n = n;
    self->n_cells = 0;
    if (n == 0)
        return TRUE;
    if (!find_extent(self, y, n, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        self->points[i] = (Point){key_of(self, y + i * DIMS), (guint32) i};
    sort_points(self);
    if (!umk_run_check(run, error))
        return FALSE;
    for (gsize i = 0; i < n; i++)
        memcpy(self->places + i * DIMS, y + (gsize) self->points[i].row * DIMS,
               DIMS * sizeof(float));
    grow(self, 0, n, 0, sums);
    return umk_run_check(run, error);
}

gsize
_umk_tsne_tree_row(const UmkTsneTree *self, gsize at)
{
    return self->points[at].row;
}

/* ---- reading ---------------------------------------------------------------------- */

static inline float
add_force(const float *place, const float *other, float mass, float squared, float *out)
{
    float q = 1.0f / (1.0f + squared), weight = mass * q * q;

    for (guint c = 0; c < DIMS; c++)
        out[c + 1] += weight * (place[c] - other[c]);
    return mass * q;
}

static inline float
distance(const float *a, const float *b)
{
    float x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];

    return x * x + y * y + z * z;
}

void
_umk_tsne_tree_read(const UmkTsneTree *self, const float *place, float *out)
{
    float sums[DIMS + 1] = {0};

    for (gsize at = 0; at < self->n_cells;) {
        const Cell *cell = self->cells + at;
        float squared = distance(place, cell->middle);

        if (squared > cell->reach) {
            sums[0] += add_force(place, cell->middle, cell->mass, squared, sums);
        } else if (cell->n_points > 0) {
            const float *other = self->places + (gsize) cell->first * DIMS;

            for (guint32 i = 0; i < cell->n_points; i++, other += DIMS)
                sums[0] += add_force(place, other, 1.0f, distance(place, other), sums);
        } else {
            at++;
            continue;
        }
        at = cell->skip;
    }
    memcpy(out, sums, sizeof sums);
}
