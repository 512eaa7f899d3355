/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of an input as one block of doubles. */
#include "bias/umk-groups-private.h"

#include "core/umk-alloc-private.h"

#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <string.h>

const char *const _umk_group_roles[UMK_MAX_GROUPS] = {"x", "y", "z", "w"};

static void
take_row(const float *from, gsize d, gboolean unit, double *to)
{
    for (gsize j = 0; j < d; j++)
        to[j] = (double) from[j];
    if (unit)
        _umk_make_unit(to, d);
}

void
_umk_groups_take(UmkGroups *self, const UmkBiasInput *input, gboolean unit)
{
    gsize at = 0;

    *self = (UmkGroups){0};
    for (gsize g = 0; g < UMK_MAX_GROUPS; g++) {
        const UmkBiasSet *set = _umk_bias_input_get_set(input, _umk_group_roles[g]);

        if (set == NULL)
            continue;
        self->n += set->n;
        self->d = set->d;
    }
    self->rows = g_new(double, self->n * self->d + 1);
    self->groups = g_new(guint8, self->n + 1);
    for (gsize g = 0; g < UMK_MAX_GROUPS; g++) {
        const UmkBiasSet *set = _umk_bias_input_get_set(input, _umk_group_roles[g]);

        if (set == NULL || set->n == 0)
            continue;
        for (gsize i = 0; i < set->n; i++, at++) {
            take_row(umk_matrix_get_row(set->rows, i, NULL), self->d, unit,
                     self->rows + at * self->d);
            self->groups[at] = (guint8) self->n_groups;
        }
        self->n_groups++;
    }
}

void
_umk_groups_clear(UmkGroups *self)
{
    g_clear_pointer(&self->rows, g_free);
    g_clear_pointer(&self->groups, g_free);
}

double *
_umk_dup_rows(UmkMatrix *matrix, gboolean unit, GError **error)
{
    gsize n = umk_matrix_get_n_rows(matrix), d = umk_matrix_get_n_cols(matrix);
    double *rows = _umk_alloc(n, d * sizeof(double), _("The surrounding vectors"), error);

    for (gsize i = 0; rows != NULL && i < n; i++)
        take_row(umk_matrix_get_row(matrix, i, NULL), d, unit, rows + i * d);
    return rows;
}
