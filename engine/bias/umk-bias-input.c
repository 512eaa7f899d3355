/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sets, columns and surrounding rows that a measure looks at. Everything a measure
 * may rely on is checked here: one dimension throughout, finite numbers, one name a row.
 */
#include "bias/umk-bias-input-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

G_DEFINE_BOXED_TYPE(UmkBiasInput,
                    umk_bias_input,
                    umk_bias_input_ref,
                    umk_bias_input_unref)

static void
set_free(gpointer data)
{
    UmkBiasSet *set = data;

    g_free(set->role);
    g_free(set->title);
    umk_matrix_unref(set->rows);
    g_strfreev(set->names);
    g_free(set->modalities);
    g_free(set->values);
    g_free(set);
}

/**
 * umk_bias_input_new: (skip)
 * @background: (nullable): all rows of the source, finite; what controls are drawn from
 * and neighbours are looked for in
 * @names: (nullable) (array zero-terminated=1): a name for each row of @background
 *
 * Returns: (transfer full): an input without sets
 */
UmkBiasInput *
umk_bias_input_new(UmkMatrix *background, const char *const *names)
{
    UmkBiasInput *self = g_new0(UmkBiasInput, 1);

    g_atomic_ref_count_init(&self->refs);
    self->background = background != NULL ? umk_matrix_ref(background) : NULL;
    self->names = g_strdupv((char **) names);
    self->sets = g_ptr_array_new_with_free_func(set_free);
    self->columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_strfreev);
    return self;
}

/**
 * umk_bias_input_ref:
 * @self: an input
 *
 * Returns: (transfer full): @self
 */
UmkBiasInput *
umk_bias_input_ref(UmkBiasInput *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_bias_input_unref:
 * @self: (transfer full): an input
 *
 * Gives up one reference.
 */
void
umk_bias_input_unref(UmkBiasInput *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_clear_pointer(&self->background, umk_matrix_unref);
    g_clear_pointer(&self->debias, umk_debias_unref);
    g_strfreev(self->names);
    g_ptr_array_unref(self->sets);
    g_hash_table_unref(self->columns);
    g_free(self);
}

static gsize
dimension_of(const UmkBiasInput *self)
{
    if (self->background != NULL)
        return umk_matrix_get_n_cols(self->background);
    if (self->sets->len > 0)
        return ((const UmkBiasSet *) self->sets->pdata[0])->d;
    return 0;
}

/**
 * umk_bias_input_add_set:
 * @self: an input
 * @role: what the measure calls the set: “x”, “y”, “a”, “b” …; one set a role
 * @title: (nullable): what people call it
 * @vectors: one row an item, finite, in the dimension of the other sets; need not be of
 *   length 1
 * @names: (array zero-terminated=1): a name for each row
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_DIMENSION when sizes do not fit, %UMK_ERROR_INVALID_DATA when a
 * number is not finite, %UMK_ERROR_PARAM when the role is taken.
 *
 * Returns: %TRUE when the set was added
 */
gboolean
umk_bias_input_add_set(UmkBiasInput *self,
                       const char *role,
                       const char *title,
                       UmkMatrix *vectors,
                       const char *const *names,
                       GError **error)
{
    UmkBiasSet *set;
    gsize d;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(role != NULL, FALSE);
    g_return_val_if_fail(vectors != NULL, FALSE);
    g_return_val_if_fail(names != NULL, FALSE);
    title = title != NULL ? title : role;
    if (_umk_bias_input_get_set(self, role) != NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("There is a set “%s” already; each role takes one set"), role);
        return FALSE;
    }
    if (g_strv_length((char **) names) != umk_matrix_get_n_rows(vectors)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The set “%s” has %zu vectors and %u names"), title,
                    umk_matrix_get_n_rows(vectors), g_strv_length((char **) names));
        return FALSE;
    }
    d = dimension_of(self);
    if (d != 0 && umk_matrix_get_n_cols(vectors) != d) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The set “%s” has %zu dimensions, the others have %zu"), title,
                    umk_matrix_get_n_cols(vectors), d);
        return FALSE;
    }
    if (!umk_matrix_check_finite(vectors, error)) {
        g_prefix_error(error, _("The set “%s”: "), title);
        return FALSE;
    }
    set = g_new0(UmkBiasSet, 1);
    set->role = g_strdup(role);
    set->title = g_strdup(title);
    set->rows = umk_matrix_ref(vectors);
    set->names = g_strdupv((char **) names);
    set->n = umk_matrix_get_n_rows(vectors);
    set->d = umk_matrix_get_n_cols(vectors);
    g_ptr_array_add(self->sets, set);
    return TRUE;
}

static UmkBiasSet *
find_set(const UmkBiasInput *self, const char *role)
{
    for (guint i = 0; i < self->sets->len; i++) {
        UmkBiasSet *set = self->sets->pdata[i];

        if (strcmp(set->role, role) == 0)
            return set;
    }
    return NULL;
}

static UmkBiasSet *
find_set_of(const UmkBiasInput *self, const char *role, gsize n, GError **error)
{
    UmkBiasSet *set = find_set(self, role);

    if (set == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no set “%s”; add it first"), role);
        return NULL;
    }
    if (set->n != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The set “%s” has %zu items, %zu were given"), set->title, set->n,
                    n);
        return NULL;
    }
    return set;
}

/**
 * umk_bias_input_set_modalities: (skip)
 * @self: an input
 * @role: a set that was added
 * @modalities: (array length=n_modalities): the modality of each item
 * @n_modalities: how many items the set has
 * @error: return location for an error
 *
 * Without it all items are texts.
 *
 * Returns: %TRUE when it was set
 */
gboolean
umk_bias_input_set_modalities(UmkBiasInput *self,
                              const char *role,
                              const UmkModality *modalities,
                              gsize n_modalities,
                              GError **error)
{
    UmkBiasSet *set;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(role != NULL, FALSE);
    set = find_set_of(self, role, n_modalities, error);
    if (set == NULL)
        return FALSE;
    g_free(set->modalities);
    set->modalities = g_memdup2(modalities, n_modalities * sizeof *modalities);
    return TRUE;
}

/**
 * umk_bias_input_set_values:
 * @self: an input
 * @role: a set that was added
 * @values: (array length=n_values): a finite figure from outside for each item, as the
 * share of women in an occupation
 * @n_values: how many items the set has
 * @error: return location for an error
 *
 * Returns: %TRUE when it was set
 */
gboolean
umk_bias_input_set_values(UmkBiasInput *self,
                          const char *role,
                          const double *values,
                          gsize n_values,
                          GError **error)
{
    UmkBiasSet *set;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(role != NULL, FALSE);
    set = find_set_of(self, role, n_values, error);
    if (set == NULL)
        return FALSE;
    for (gsize i = 0; i < n_values; i++)
        if (!isfinite(values[i])) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The figure of “%s” in the set “%s” is not a finite number"),
                        set->names[i], set->title);
            return FALSE;
        }
    g_free(set->values);
    set->values = g_memdup2(values, n_values * sizeof *values);
    return TRUE;
}

/**
 * umk_bias_input_set_column:
 * @self: an input with a background
 * @column: “group”, “identity” …: what the measure calls it
 * @labels: (array length=n_labels): a label for each row of the background; empty: none
 * @n_labels: rows of the background
 * @error: return location for an error
 *
 * Returns: %TRUE when it was set
 */
gboolean
umk_bias_input_set_column(UmkBiasInput *self,
                          const char *column,
                          const char *const *labels,
                          gsize n_labels,
                          GError **error)
{
    char **copy;
    gsize n;

    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(column != NULL, FALSE);
    n = self->background != NULL ? umk_matrix_get_n_rows(self->background) : 0;
    if (n_labels != n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The column “%s” has %zu labels, the source has %zu rows"), column,
                    n_labels, n);
        return FALSE;
    }
    copy = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++)
        copy[i] = g_strdup(labels[i] != NULL ? labels[i] : "");
    g_hash_table_replace(self->columns, g_strdup(column), copy);
    return TRUE;
}

/**
 * umk_bias_input_set_debias:
 * @self: an input, whose vectors are as they are stored
 * @debias: (nullable): a debias, or %NULL for none
 * @error: return location for an error
 *
 * What remains of a bias is told by measures (“cluster-bias”, “neighbour-bias”,
 * “probe-bias”) that find the direction in the vectors as they are and look at those
 * behind the debias. Other measures do not look at it: give them debiased vectors.
 *
 * Fails with %UMK_ERROR_DIMENSION when its dimension is not that of the input.
 *
 * Returns: %TRUE when it was set
 */
gboolean
umk_bias_input_set_debias(UmkBiasInput *self, UmkDebias *debias, GError **error)
{
    gsize d;

    g_return_val_if_fail(self != NULL, FALSE);
    d = dimension_of(self);
    if (debias != NULL && d != 0 && umk_debias_get_n_dims(debias) != d) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The debias was fitted in %zu dimensions, the vectors have %zu"),
                    umk_debias_get_n_dims(debias), d);
        return FALSE;
    }
    if (debias != NULL)
        umk_debias_ref(debias);
    g_clear_pointer(&self->debias, umk_debias_unref);
    self->debias = debias;
    return TRUE;
}

const UmkBiasSet *
_umk_bias_input_get_set(const UmkBiasInput *self, const char *role)
{
    return find_set(self, role);
}

const char *const *
_umk_bias_input_get_column(const UmkBiasInput *self, const char *column)
{
    return g_hash_table_lookup(self->columns, column);
}

double *
_umk_bias_set_dup_unit_rows(const UmkBiasSet *self)
{
    double *unit = g_new(double, self->n * self->d + 1);

    for (gsize i = 0; i < self->n; i++) {
        const float *from = umk_matrix_get_row(self->rows, i, NULL);
        double *to = unit + i * self->d, squared = 0.0, scale;

        for (gsize j = 0; j < self->d; j++)
            squared += (double) from[j] * (double) from[j];
        scale = squared > 0.0 ? 1.0 / sqrt(squared) : 0.0;
        for (gsize j = 0; j < self->d; j++)
            to[j] = (double) from[j] * scale;
    }
    return unit;
}
