/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums of vectors by name, as analogies are asked for: each vector at unit length times
 * its weight (3CosAdd; Mikolov, Yih and Zweig 2013, Linguistic Regularities in Continuous
 * Space Word Representations; Levy and Goldberg 2014, eq. 3). */
#include "facade/umk-formula-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

struct _UmkFormula {
    gatomicrefcount refs;
    GArray *terms; /* UmkFormulaTerm */
};

G_DEFINE_BOXED_TYPE(UmkFormula, umk_formula, umk_formula_ref, umk_formula_unref)

/**
 * umk_formula_new:
 * @text: a sum of names, for example `king - man + woman`
 * @error: return location for an error
 *
 * Names may have weights (`2*red`, `0.5 red`, `red / 2`), stand in brackets, and stand in
 * quotes when they hold blanks or signs: `"New York" - "U.S." + Japan`. A minus without
 * blanks between two letters belongs to the name. A name that is met twice is one term.
 *
 * An error names the column, in characters from 1.
 *
 * Returns: (transfer full): the formula
 */
UmkFormula *
umk_formula_new(const char *text, GError **error)
{
    GArray *terms;
    UmkFormula *self;

    g_return_val_if_fail(text != NULL, NULL);
    terms = _umk_formula_parse(text, strlen(text), NULL, error);
    if (terms == NULL)
        return NULL;
    self = g_new0(UmkFormula, 1);
    g_atomic_ref_count_init(&self->refs);
    self->terms = terms;
    return self;
}

/**
 * umk_formula_check:
 * @text: what may be a formula
 * @column: (out) (optional): where it goes wrong, in characters from 1; 0 if it does not
 * @error: return location for an error
 *
 * As umk_formula_new(), for an entry that points at the place of the error.
 *
 * Returns: whether @text is a formula
 */
gboolean
umk_formula_check(const char *text, guint *column, GError **error)
{
    g_autoptr(GArray) terms = NULL;
    guint bad = 0;

    g_return_val_if_fail(text != NULL, FALSE);
    terms = _umk_formula_parse(text, strlen(text), &bad, error);
    if (column != NULL)
        *column = terms != NULL ? 0 : bad;
    return terms != NULL;
}

/**
 * umk_formula_ref:
 * @self: a formula
 *
 * Returns: (transfer full): @self
 */
UmkFormula *
umk_formula_ref(UmkFormula *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_formula_unref:
 * @self: (transfer full): a formula
 */
void
umk_formula_unref(UmkFormula *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_array_unref(self->terms);
    g_free(self);
}

/**
 * umk_formula_get_n_terms:
 * @self: a formula
 *
 * Returns: how many different names it has
 */
gsize
umk_formula_get_n_terms(UmkFormula *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->terms->len;
}

/**
 * umk_formula_get_term:
 * @self: a formula
 * @position: which name
 * @weight: (out) (optional): what its vector is multiplied with
 *
 * Returns: (transfer none): the name
 */
const char *
umk_formula_get_term(UmkFormula *self, gsize position, double *weight)
{
    const UmkFormulaTerm *term;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(position < self->terms->len, NULL);
    term = &g_array_index(self->terms, UmkFormulaTerm, position);
    if (weight != NULL)
        *weight = term->weight;
    return term->name;
}

/**
 * umk_formula_get_column:
 * @self: a formula
 * @position: which name
 *
 * Returns: where in the text it is first met, in characters from 1
 */
guint
umk_formula_get_column(UmkFormula *self, gsize position)
{
    g_return_val_if_fail(self != NULL, 0);
    g_return_val_if_fail(position < self->terms->len, 0);
    return g_array_index(self->terms, UmkFormulaTerm, position).column;
}

static double
length_of(const float *row, gsize n)
{
    double sum = 0;

    for (gsize i = 0; i < n; i++)
        sum += (double) row[i] * (double) row[i];
    return sqrt(sum);
}

/**
 * umk_formula_combine:
 * @self: a formula
 * @vectors: one row a name, in the order of umk_formula_get_term()
 * @error: return location for an error
 *
 * Each vector is brought to unit length and multiplied with its weight; the sum is not
 * brought to any length. Fails with %UMK_ERROR_INVALID_DATA for a vector of length 0 and
 * for a sum that is 0.
 *
 * Returns: (transfer full): (1, d)
 */
UmkMatrix *
umk_formula_combine(UmkFormula *self, UmkMatrix *vectors, GError **error)
{
    g_autofree double *sum = NULL;
    g_autofree float *row = NULL;
    gsize d, n;
    double total = 0;

    g_return_val_if_fail(self != NULL && vectors != NULL, NULL);
    n = self->terms->len;
    g_return_val_if_fail(umk_matrix_get_n_rows(vectors) == n, NULL);
    d = umk_matrix_get_n_cols(vectors);
    sum = g_new0(double, d + 1);
    row = g_new(float, d + 1);
    for (gsize i = 0; i < n; i++) {
        const UmkFormulaTerm *term = &g_array_index(self->terms, UmkFormulaTerm, i);
        const float *vector = umk_matrix_get_row(vectors, i, NULL);
        double length = length_of(vector, d);

        if (!(length > 0) || !isfinite(length)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The vector of “%s” has no direction"), term->name);
            return NULL;
        }
        for (gsize j = 0; j < d; j++)
            sum[j] += term->weight * ((double) vector[j] / length);
    }
    for (gsize j = 0; j < d; j++) {
        row[j] = (float) sum[j];
        total = MAX(total, fabs(sum[j]));
    }
    /* Unit vectors that cancel leave rounding errors, which have a direction too. */
    if (!(total > 1e-9) || !isfinite(total)) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("The formula comes to nothing: its vectors cancel"));
        return NULL;
    }
    return umk_matrix_new_from_data(1, d, row, error);
}
