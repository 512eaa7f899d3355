/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Neutralising and equalising, and which items of an input they are for. */
#include "bias/umk-equalize-private.h"

#include "linalg/umk-dense-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define NOTHING 1e-12

void
_umk_neutralize(const double *w, const double *subspace, gsize k, gsize d, double *out)
{
    g_autofree double *along = g_new(double, k + 1);

    for (gsize i = 0; i < k; i++)
        along[i] = _umk_dot(w, subspace + i * d, d);
    memmove(out, w, d * sizeof *out);
    for (gsize i = 0; i < k; i++)
        for (gsize j = 0; j < d; j++)
            out[j] -= along[i] * subspace[i * d + j];
}

void
_umk_equalize(double *rows, gsize n, const double *subspace, gsize k, gsize d)
{
    g_autofree double *middle = g_new0(double, d + 1), *common = g_new(double, d + 1);
    g_autofree double *inside = g_new(double, d + 1);
    double length;

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++)
            middle[j] += rows[i * d + j] / (double) n;
    _umk_neutralize(middle, subspace, k, d, common);
    /* The mean of rows of length 1 is no longer than 1, but for rounding. */
    length = sqrt(fmax(0.0, 1.0 - _umk_dot(common, common, d)));
    for (gsize i = 0; i < n; i++) {
        double *row = rows + i * d;

        _umk_neutralize(row, subspace, k, d, inside);
        for (gsize j = 0; j < d; j++)
            inside[j] = row[j] - inside[j] - (middle[j] - common[j]);
        if (_umk_dot(inside, inside, d) < NOTHING * NOTHING)
            memset(inside, 0, d * sizeof *inside);
        else
            _umk_make_unit(inside, d);
        for (gsize j = 0; j < d; j++)
            row[j] = common[j] + length * inside[j];
    }
}

gboolean
_umk_find_subspace(const double *rows,
                   gsize n_sets,
                   gsize n_groups,
                   gsize d,
                   gsize *k,
                   double **subspace,
                   double *explained,
                   GError **error)
{
    gsize n = n_sets * n_groups, most = MIN(n, d), used = 0;
    g_autofree double *centred = g_memdup2(rows, n * d * sizeof *rows);
    g_autofree double *s = g_new0(double, most + 1);
    double total = 0.0, within = 0.0;

    for (gsize item = 0; item < n_sets; item++)
        for (gsize j = 0; j < d; j++) {
            double mean = 0.0;

            for (gsize g = 0; g < n_groups; g++)
                mean += centred[(g * n_sets + item) * d + j] / (double) n_groups;
            for (gsize g = 0; g < n_groups; g++)
                centred[(g * n_sets + item) * d + j] -= mean;
        }
    *subspace = g_new(double, most *d + 1);
    if (!_umk_dense_svd(centred, n, d, s, NULL, *subspace, error))
        return FALSE;
    for (gsize i = 0; i < most; i++)
        total += s[i] * s[i];
    for (; used < MIN(*k, most) && s[used] > NOTHING && s[used] > 1e-10 * s[0]; used++)
        within += s[used] * s[used];
    *k = used;
    *explained = total > 0.0 ? within / total : 0.0;
    return TRUE;
}

gboolean
_umk_equalize_input(UmkDebias *self,
                    const UmkBiasInput *input,
                    const char *const *roles,
                    gsize n_roles,
                    const double *subspace,
                    gsize k,
                    void (*before)(const double *row, double *out, gpointer data),
                    gpointer data,
                    GError **error)
{
    g_autofree const UmkBiasSet **sets = g_new0(const UmkBiasSet *, n_roles + 1);
    g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func(g_free);
    gsize d = self->n_dims;
    g_autofree double *rows = g_new(double, n_roles *d + 1);

    for (gsize i = 0; i < n_roles; i++) {
        sets[i] = _umk_bias_input_get_set(input, roles[i]);
        if (sets[i]->n != sets[0]->n) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                        _("The sets “%s” and “%s” are to be equalised item by item, and "
                          "have %zu and %zu items"),
                        sets[0]->title, sets[i]->title, sets[0]->n, sets[i]->n);
            return FALSE;
        }
        g_ptr_array_add(units, _umk_bias_set_dup_unit_rows(sets[i]));
    }
    for (gsize item = 0; n_roles > 0 && item < sets[0]->n; item++) {
        for (gsize i = 0; i < n_roles; i++) {
            const double *unit = (const double *) units->pdata[i] + item * d;

            if (before != NULL)
                before(unit, rows + i * d, data);
            else
                memcpy(rows + i * d, unit, d * sizeof *rows);
        }
        _umk_equalize(rows, n_roles, subspace, k, d);
        for (gsize i = 0; i < n_roles; i++)
            _umk_debias_add_row(self, sets[i]->names[item], rows + i * d);
    }
    return TRUE;
}

void
_umk_debias_exempt_set(UmkDebias *self, const UmkBiasSet *set)
{
    for (gsize i = 0; set != NULL && i < set->n; i++)
        _umk_debias_add_exempt(self, set->names[i]);
}

gboolean
_umk_equalize_pairs(UmkDebias *self,
                    const UmkBiasInput *input,
                    UmkParams *params,
                    const double *direction,
                    void (*before)(const double *row, double *out, gpointer data),
                    gpointer data,
                    GError **error)
{
    static const char *const own[] = {"x", "y"}, *const others[] = {"equalize-x",
                                                                    "equalize-y"};
    gboolean has_x = _umk_bias_input_get_set(input, others[0]) != NULL;
    gboolean has_y = _umk_bias_input_get_set(input, others[1]) != NULL;

    if (!umk_params_get_bool(params, "equalize"))
        return TRUE;
    if (has_x != has_y) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("Pairs to equalise need both sets, “%s” and “%s”"), others[0],
                    others[1]);
        return FALSE;
    }
    if (has_x)
        return _umk_equalize_input(self, input, others, 2, direction, 1, before, data,
                                   error);
    if (_umk_bias_input_get_set(input, "x")->n !=
        _umk_bias_input_get_set(input, "y")->n) {
        _umk_debias_add_note(self, "not-equalized");
        return TRUE;
    }
    return _umk_equalize_input(self, input, own, 2, direction, 1, before, data, error);
}
