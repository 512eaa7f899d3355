/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of the rows of sets with each other: what a mean of picked rows is to another
 * row is then a mean of products, whatever the dimension. */
#include "bias/umk-set-metrics-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <math.h>

#define MOST_WITHIN 1500 /* targets; beyond, adding rows up is no dearer */

static const double *
target(const UmkBiasSets *sets, gsize i)
{
    gsize n_x = sets->sizes[UMK_SET_X];

    return i < n_x ? sets->rows[UMK_SET_X] + i * sets->d
                   : sets->rows[UMK_SET_Y] + (i - n_x) * sets->d;
}

static void
fill_across(gsize begin, gsize end, guint worker, gpointer data)
{
    const UmkSetProducts *self = data;
    gsize d = self->sets->d;

    (void) worker;
    for (gsize a = begin; a < end; a++) {
        const double *row = self->sets->rows[UMK_SET_A] + a * d;

        self->lengths[a] = sqrt(_umk_dot_in_double(row, row, d));
        for (gsize t = 0; t < self->n_targets; t++)
            self->across[a * self->n_targets + t] =
                _umk_dot_in_double(row, target(self->sets, t), d);
    }
}

static void
fill_within(gsize begin, gsize end, guint worker, gpointer data)
{
    const UmkSetProducts *self = data;

    (void) worker;
    for (gsize i = begin; i < end; i++)
        for (gsize j = 0; j < self->n_targets; j++)
            self->within[i * self->n_targets + j] = _umk_dot_in_double(
                target(self->sets, i), target(self->sets, j), self->sets->d);
}

gboolean
_umk_set_products_init(UmkSetProducts *self, const UmkBiasSets *sets, GError **error)
{
    gsize n_a = sets->sizes[UMK_SET_A], n;

    *self = (UmkSetProducts){
        .sets = sets, .n_targets = sets->sizes[UMK_SET_X] + sets->sizes[UMK_SET_Y]};
    if (!_umk_size_mul(self->n_targets, n_a, &n))
        n = G_MAXSIZE / 2; /* the allocation says so */
    self->across = _umk_alloc(n, sizeof(double), "the products", error);
    if (self->across == NULL)
        return FALSE;
    self->lengths = g_new(double, n_a + 1);
    _umk_parallel_for(n_a, 8, fill_across, self);
    if (self->n_targets > MOST_WITHIN)
        return TRUE;
    self->within = _umk_alloc(self->n_targets * self->n_targets, sizeof(double),
                              "the products", error);
    if (self->within == NULL)
        return FALSE;
    _umk_parallel_for(self->n_targets, 8, fill_within, self);
    return TRUE;
}

void
_umk_set_products_clear(UmkSetProducts *self)
{
    g_clear_pointer(&self->across, g_free);
    g_clear_pointer(&self->within, g_free);
    g_clear_pointer(&self->lengths, g_free);
}
