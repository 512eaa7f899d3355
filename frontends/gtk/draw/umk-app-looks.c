/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the columns of looks from what is known row by row. */
#include "umk-app-looks.h"

#include "umk-app-parallel.h"

#define MOST  4u      /* threads */
#define MANY  500000u /* points that are worth several */
#define PIECE 65536u  /* points a thread fills at once */

UmkAppLooks *
umk_app_looks_new(const UmkAppPoints *points)
{
    UmkAppLooks *self = g_new0(UmkAppLooks, 1);

    g_atomic_ref_count_init(&self->references);
    self->n_points = points->n_points;
    self->colour = g_malloc0(points->n_points + 1);
    self->flags = g_malloc0(points->n_points + 1);
    return self;
}

UmkAppLooks *
umk_app_looks_ref(UmkAppLooks *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_looks_free(UmkAppLooks *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    g_free(self->colour);
    g_free(self->flags);
    g_free(self);
}

UmkAppLooks *
umk_app_looks_make_writable(UmkAppLooks *self)
{
    UmkAppLooks *copy;

    if (g_atomic_ref_count_compare(&self->references, 1))
        return self;
    copy = g_new0(UmkAppLooks, 1);
    *copy = *self;
    g_atomic_ref_count_init(&copy->references);
    copy->colour = g_memdup2(self->colour, self->n_points + 1);
    copy->flags = g_memdup2(self->flags, self->n_points + 1);
    umk_app_looks_free(self);
    return copy;
}

/* ---- from rows to points
 * -------------------------------------------------------------------- */

typedef struct {
    UmkAppLooks *looks;
    const guint32 *row;
    const guint8 *of_row; /* shapes, colours or levels */
    const guint64 *words; /* or bits */
    gsize n_words;
    gsize n_hidden[UMK_APP_MAX_THREADS], n_marked[UMK_APP_MAX_THREADS];
    gsize n_faded[UMK_APP_MAX_THREADS];
} Filling;

/* In threads if there are many: rows lie anywhere, and memory is slow to answer. */
static void
fill(Filling *filling, UmkAppPieceFunc func)
{
    gsize n = filling->looks->n_points;

    /* a thread may be drawing with them: umk_app_looks_make_writable() */
    g_return_if_fail(g_atomic_ref_count_compare(&filling->looks->references, 1));
    umk_app_parallel((guint) ((n + PIECE - 1) / PIECE),
                     n < MANY ? 1 : MIN(g_get_num_processors(), MOST), func, filling);
}

static gsize
end_of(const Filling *filling, guint piece)
{
    return MIN(filling->looks->n_points, ((gsize) piece + 1) * PIECE);
}

static gboolean
has_bit(const Filling *filling, guint32 row)
{
    return row / 64 < filling->n_words && (filling->words[row / 64] >> row % 64 & 1);
}

static void
fill_shapes(gpointer data, guint piece, guint worker)
{
    Filling *f = data;
    guint8 *flags = f->looks->flags;

    for (gsize i = (gsize) piece * PIECE; i < end_of(f, piece); i++)
        flags[i] = (guint8) ((flags[i] & ~UMK_APP_LOOK_SHAPES) |
                             (f->of_row[f->row[i]] % UMK_APP_N_SHAPES) << 2);
}

static void
fill_levels(gpointer data, guint piece, guint worker)
{
    Filling *f = data;
    guint8 *flags = f->looks->flags;

    for (gsize i = (gsize) piece * PIECE; i < end_of(f, piece); i++) {
        guint level = f->of_row != NULL ? f->of_row[f->row[i]] % UMK_APP_N_FAINT : 0;

        flags[i] = (guint8) ((flags[i] & 15u) | level << 4);
        f->n_faded[worker] += level > 0;
    }
}

static void
fill_colours(gpointer data, guint piece, guint worker)
{
    Filling *f = data;

    for (gsize i = (gsize) piece * PIECE; i < end_of(f, piece); i++)
        f->looks->colour[i] = f->of_row[f->row[i]];
}

static void
fill_hidden(gpointer data, guint piece, guint worker)
{
    Filling *f = data;
    guint8 *flags = f->looks->flags;

    for (gsize i = (gsize) piece * PIECE; i < end_of(f, piece); i++) {
        gboolean hidden = f->words != NULL && !has_bit(f, f->row[i]);

        flags[i] = (guint8) ((flags[i] & ~UMK_APP_LOOK_HIDDEN) |
                             (hidden ? UMK_APP_LOOK_HIDDEN : 0));
        f->n_hidden[worker] += hidden;
    }
}

static void
fill_marked(gpointer data, guint piece, guint worker)
{
    Filling *f = data;
    guint8 *flags = f->looks->flags;

    for (gsize i = (gsize) piece * PIECE; i < end_of(f, piece); i++) {
        gboolean marked = has_bit(f, f->row[i]);

        flags[i] = (guint8) ((flags[i] & ~UMK_APP_LOOK_MARKED) |
                             (marked ? UMK_APP_LOOK_MARKED : 0));
        f->n_marked[worker] += marked;
    }
}

static gsize
add_up(const gsize counts[UMK_APP_MAX_THREADS])
{
    gsize sum = 0;

    for (guint t = 0; t < UMK_APP_MAX_THREADS; t++)
        sum += counts[t];
    return sum;
}

void
umk_app_looks_set_shapes(UmkAppLooks *self,
                         const UmkAppPoints *points,
                         const guint8 *shape_of_row)
{
    Filling filling = {self, points->row, shape_of_row, NULL, 0};

    fill(&filling, fill_shapes);
}

void
umk_app_looks_set_colours(UmkAppLooks *self,
                          const UmkAppPoints *points,
                          const guint8 *colour_of_row)
{
    Filling filling = {self, points->row, colour_of_row, NULL, 0};

    fill(&filling, fill_colours);
}

void
umk_app_looks_set_levels(UmkAppLooks *self,
                         const UmkAppPoints *points,
                         const guint8 *level_of_row)
{
    Filling filling = {self, points->row, level_of_row, NULL, 0};

    if (level_of_row == NULL && self->n_faded == 0)
        return;
    fill(&filling, fill_levels);
    self->n_faded = add_up(filling.n_faded);
}

void
umk_app_looks_mark(UmkAppLooks *self,
                   const UmkAppPoints *points,
                   const guint32 *rows,
                   gsize n_rows)
{
    gsize n_words = points->n_rows / 64 + 1;
    g_autofree guint64 *words = NULL;
    Filling filling = {self, points->row, NULL, NULL, n_words};

    if (n_rows == 0 && self->n_marked == 0)
        return;
    words = g_new0(guint64, n_words);
    for (gsize i = 0; i < n_rows; i++)
        if (rows[i] < points->n_rows)
            words[rows[i] / 64] |= (guint64) 1 << rows[i] % 64;
    filling.words = words;
    fill(&filling, fill_marked);
    self->n_marked = add_up(filling.n_marked);
}

void
umk_app_looks_show(UmkAppLooks *self,
                   const UmkAppPoints *points,
                   const guint64 *words,
                   gsize n_words)
{
    Filling filling = {self, points->row, NULL, words, n_words};

    if (words == NULL && self->n_hidden == 0)
        return;
    fill(&filling, fill_hidden);
    self->n_hidden = add_up(filling.n_hidden);
}
