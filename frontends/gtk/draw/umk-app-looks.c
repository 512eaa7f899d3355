/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the columns of looks from what is known row by row. */
#include "umk-app-looks.h"

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

void
umk_app_looks_set_shapes(UmkAppLooks *self,
                         const UmkAppPoints *points,
                         const guint8 *shape_of_row)
{
    for (gsize i = 0; i < self->n_points; i++)
        self->flags[i] =
            (guint8) ((self->flags[i] & UMK_APP_LOOK_FLAGS) |
                      (shape_of_row[points->row[i]] % UMK_APP_N_SHAPES) << 2);
}

void
umk_app_looks_set_colours(UmkAppLooks *self,
                          const UmkAppPoints *points,
                          const guint8 *colour_of_row)
{
    for (gsize i = 0; i < self->n_points; i++)
        self->colour[i] = colour_of_row[points->row[i]];
}

void
umk_app_looks_mark(UmkAppLooks *self,
                   const UmkAppPoints *points,
                   const guint32 *rows,
                   gsize n_rows)
{
    if (self->n_marked > 0)
        for (gsize i = 0; i < self->n_points; i++)
            self->flags[i] &= (guint8) ~UMK_APP_LOOK_MARKED;
    self->n_marked = 0;
    for (gsize i = 0; i < n_rows; i++) {
        guint32 at = rows[i] < points->n_rows ? points->by_row[rows[i]] : G_MAXUINT32;

        if (at == G_MAXUINT32 || (self->flags[at] & UMK_APP_LOOK_MARKED))
            continue;
        self->flags[at] |= UMK_APP_LOOK_MARKED;
        self->n_marked++;
    }
}

void
umk_app_looks_show(UmkAppLooks *self,
                   const UmkAppPoints *points,
                   const guint64 *words,
                   gsize n_words)
{
    self->n_hidden = 0;
    for (gsize i = 0; i < self->n_points; i++) {
        gsize word = points->row[i] / 64;
        gboolean shown =
            words == NULL || (word < n_words && (words[word] >> points->row[i] % 64 & 1));

        self->flags[i] = shown ? (guint8) (self->flags[i] & ~UMK_APP_LOOK_HIDDEN)
                               : (guint8) (self->flags[i] | UMK_APP_LOOK_HIDDEN);
        self->n_hidden += !shown;
    }
}
