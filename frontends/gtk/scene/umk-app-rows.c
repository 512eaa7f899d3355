/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of 64 rows; bits past the last row are always 0, so that counts and comparisons
 * need not look at them. */
#include "umk-app-rows.h"

#include <string.h>

struct _UmkAppRows {
    gatomicrefcount references;
    gsize n_rows, n_chosen, n_words;
    guint64 words[];
};

static UmkAppRows *
make(gsize n_rows)
{
    gsize n_words = (n_rows + 63) / 64;
    UmkAppRows *self = g_malloc0(sizeof *self + n_words * sizeof(guint64));

    g_atomic_ref_count_init(&self->references);
    self->n_rows = n_rows;
    self->n_words = n_words;
    return self;
}

static UmkAppRows *
count(UmkAppRows *self)
{
    for (gsize w = 0; w < self->n_words; w++)
        self->n_chosen += (gsize) __builtin_popcountll(self->words[w]);
    return self;
}

UmkAppRows *
umk_app_rows_new(gsize n_rows, const guint32 *rows, gsize n_chosen)
{
    UmkAppRows *self = make(n_rows);

    for (gsize i = 0; i < n_chosen; i++)
        if (rows[i] < n_rows)
            self->words[rows[i] / 64] |= G_GUINT64_CONSTANT(1) << rows[i] % 64;
    return count(self);
}

UmkAppRows *
umk_app_rows_new_from_mask(gsize n_rows, const guint8 *keep)
{
    UmkAppRows *self = make(n_rows);

    for (gsize r = 0; r < n_rows; r++)
        self->words[r / 64] |= (guint64) (keep[r] != 0) << r % 64;
    return count(self);
}

UmkAppRows *
umk_app_rows_new_from_words(gsize n_rows, const guint64 *words)
{
    UmkAppRows *self = make(n_rows);

    memcpy(self->words, words, self->n_words * sizeof *words);
    if (n_rows % 64 != 0)
        self->words[self->n_words - 1] &= (G_GUINT64_CONSTANT(1) << n_rows % 64) - 1;
    return count(self);
}

UmkAppRows *
umk_app_rows_ref(UmkAppRows *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_rows_unref(UmkAppRows *self)
{
    if (self != NULL && g_atomic_ref_count_dec(&self->references))
        g_free(self);
}

UmkAppRows *
umk_app_rows_unite(UmkAppRows *a, UmkAppRows *b)
{
    UmkAppRows *self;

    if (a == NULL || b == NULL)
        return a != NULL ? umk_app_rows_ref(a) : b != NULL ? umk_app_rows_ref(b) : NULL;
    g_return_val_if_fail(a->n_rows == b->n_rows, NULL);
    self = make(a->n_rows);
    for (gsize w = 0; w < self->n_words; w++)
        self->words[w] = a->words[w] | b->words[w];
    return count(self);
}

UmkAppRows *
umk_app_rows_intersect(UmkAppRows *a, UmkAppRows *b)
{
    UmkAppRows *self;

    if (a == NULL || b == NULL)
        return NULL;
    g_return_val_if_fail(a->n_rows == b->n_rows, NULL);
    self = make(a->n_rows);
    for (gsize w = 0; w < self->n_words; w++)
        self->words[w] = a->words[w] & b->words[w];
    return count(self);
}

UmkAppRows *
umk_app_rows_subtract(UmkAppRows *a, UmkAppRows *b)
{
    UmkAppRows *self;

    if (a == NULL || b == NULL)
        return a != NULL ? umk_app_rows_ref(a) : NULL;
    g_return_val_if_fail(a->n_rows == b->n_rows, NULL);
    self = make(a->n_rows);
    for (gsize w = 0; w < self->n_words; w++)
        self->words[w] = a->words[w] & ~b->words[w];
    return count(self);
}

UmkAppRows *
umk_app_rows_invert(UmkAppRows *self)
{
    UmkAppRows *other = make(self->n_rows);

    for (gsize w = 0; w < self->n_words; w++)
        other->words[w] = ~self->words[w];
    if (self->n_rows % 64 != 0)
        other->words[self->n_words - 1] &=
            (G_GUINT64_CONSTANT(1) << self->n_rows % 64) - 1;
    return count(other);
}

gboolean
umk_app_rows_equal(UmkAppRows *a, UmkAppRows *b)
{
    if (a == b)
        return TRUE;
    if (a == NULL || b == NULL)
        return (a != NULL ? a : b)->n_chosen == 0;
    return a->n_rows == b->n_rows && a->n_chosen == b->n_chosen &&
           memcmp(a->words, b->words, a->n_words * sizeof *a->words) == 0;
}

gsize
umk_app_rows_get_n_rows(UmkAppRows *self)
{
    return self->n_rows;
}

/* 0 for NULL. */
gsize
umk_app_rows_get_n_chosen(UmkAppRows *self)
{
    return self != NULL ? self->n_chosen : 0;
}

gboolean
umk_app_rows_contains(UmkAppRows *self, gsize row)
{
    return self != NULL && row < self->n_rows && (self->words[row / 64] >> row % 64 & 1);
}

guint32 *
umk_app_rows_list(UmkAppRows *self, gsize *n_chosen)
{
    guint32 *rows = g_new(guint32, umk_app_rows_get_n_chosen(self) + 1);
    gsize n = 0;

    for (gsize w = 0; self != NULL && w < self->n_words; w++)
        for (guint64 left = self->words[w]; left != 0; left &= left - 1)
            rows[n++] = (guint32) (w * 64 + (gsize) __builtin_ctzll(left));
    *n_chosen = n;
    return rows;
}

const guint64 *
umk_app_rows_get_words(UmkAppRows *self, gsize *n_words)
{
    if (n_words != NULL)
        *n_words = self->n_words;
    return self->words;
}
