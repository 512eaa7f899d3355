/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fills the table of cosines and takes associations from it. Attributes are its rows, so
 * that what is added over attributes runs along all targets at once. */
#include "bias/umk-cosine-table-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <math.h>
#include <string.h>

#define CHUNK 8 /* attributes */

double
_umk_dot_in_double(const double *a, const double *b, gsize d)
{
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    gsize i = 0;

    for (; i + 4 <= d; i += 4) {
        s0 += a[i] * b[i];
        s1 += a[i + 1] * b[i + 1];
        s2 += a[i + 2] * b[i + 2];
        s3 += a[i + 3] * b[i + 3];
    }
    for (; i < d; i++)
        s0 += a[i] * b[i];
    return (s0 + s1) + (s2 + s3);
}

typedef struct {
    UmkCosineTable *table;
    const double *const *rows;
    gsize d;
} Filling;

static void
fill(gsize begin, gsize end, guint worker, gpointer data)
{
    const Filling *filling = data;
    const UmkCosineTable *table = filling->table;
    gsize d = filling->d, n_x = table->sizes[UMK_SET_X], n_a = table->sizes[UMK_SET_A];

    (void) worker;
    for (gsize i = begin; i < end; i++) {
        const double *attribute = i < n_a ? filling->rows[UMK_SET_A] + i * d
                                          : filling->rows[UMK_SET_B] + (i - n_a) * d;
        double *to = table->cosines + i * table->n_targets;

        for (gsize t = 0; t < table->n_targets; t++)
            to[t] = _umk_dot_in_double(t < n_x ? filling->rows[UMK_SET_X] + t * d
                                               : filling->rows[UMK_SET_Y] + (t - n_x) * d,
                                       attribute, d);
    }
}

gboolean
_umk_cosine_table_init(UmkCosineTable *self,
                       const double *const rows[UMK_N_SETS],
                       const gsize sizes[UMK_N_SETS],
                       gsize d,
                       GError **error)
{
    Filling filling = {self, rows, d};
    gsize n;

    *self = (UmkCosineTable){0};
    memcpy(self->sizes, sizes, sizeof self->sizes);
    self->n_targets = sizes[UMK_SET_X] + sizes[UMK_SET_Y];
    self->n_attributes = sizes[UMK_SET_A] + sizes[UMK_SET_B];
    if (!_umk_size_mul(self->n_targets, self->n_attributes, &n))
        n = G_MAXSIZE / 2; /* the allocation says so */
    self->cosines = _umk_alloc(n + 1, sizeof *self->cosines, "the cosines", error);
    if (self->cosines == NULL)
        return FALSE;
    _umk_parallel_for(self->n_attributes, CHUNK, fill, &filling);
    for (gsize i = 0; i < n; i++)
        self->most = fmax(self->most, fabs(self->cosines[i]));
    return TRUE;
}

void
_umk_cosine_table_clear(UmkCosineTable *self)
{
    g_clear_pointer(&self->cosines, g_free);
}

void
_umk_cosine_table_associate(const UmkCosineTable *self, double *associations)
{
    gsize n = self->n_targets, n_a = self->sizes[UMK_SET_A];

    for (gsize t = 0; t < n; t++)
        associations[t] = 0.0;
    for (gsize i = 0; i < self->n_attributes; i++) {
        const double *row = self->cosines + i * n;
        double share =
            i < n_a ? 1.0 / (double) n_a : -1.0 / (double) self->sizes[UMK_SET_B];

        for (gsize t = 0; t < n; t++)
            associations[t] += share * row[t];
    }
}

void
_umk_cosine_table_associate_back(const UmkCosineTable *self, double *associations)
{
    gsize n = self->n_targets, n_x = self->sizes[UMK_SET_X];

    for (gsize i = 0; i < self->n_attributes; i++) {
        const double *row = self->cosines + i * n;
        double with_x = 0.0, with_y = 0.0;

        for (gsize t = 0; t < n_x; t++)
            with_x += row[t];
        for (gsize t = n_x; t < n; t++)
            with_y += row[t];
        associations[i] = (n_x > 0 ? with_x / (double) n_x : 0.0) -
                          (n > n_x ? with_y / (double) (n - n_x) : 0.0);
    }
}
