/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets as rows of length 1, with the mean of each modality taken out where asked for. */
#include "bias/umk-bias-association-private.h"

#include <umekomi/umk-matrix.h>

#include <math.h>
#include <string.h>

const char *const _umk_bias_four_roles[UMK_N_SETS] = {"x", "y", "a", "b"};

static UmkModality
modality_of(const UmkBiasSet *set, gsize item)
{
    return set->modalities != NULL ? set->modalities[item] : UMK_MODALITY_TEXT;
}

static gboolean
find_mixed(const UmkBiasSets *self)
{
    guint seen = 0;

    for (gsize s = 0; s < UMK_N_SETS; s++)
        for (gsize i = 0; i < self->sizes[s]; i++)
            seen |= 1u << modality_of(self->sets[s], i);
    return (seen & (seen - 1)) != 0;
}

static void
take_means(UmkBiasSets *self)
{
    gsize counts[UMK_N_MODALITIES] = {0};

    self->means = g_new0(double, UMK_N_MODALITIES * self->d + 1);
    for (gsize s = 0; s < UMK_N_SETS; s++)
        for (gsize i = 0; i < self->sizes[s]; i++) {
            UmkModality modality = modality_of(self->sets[s], i);

            counts[modality]++;
            for (gsize j = 0; j < self->d; j++)
                self->means[modality * self->d + j] += self->rows[s][i * self->d + j];
        }
    for (gsize m = 0; m < UMK_N_MODALITIES; m++)
        for (gsize j = 0; counts[m] > 0 && j < self->d; j++)
            self->means[m * self->d + j] /= (double) counts[m];
}

/* Rows are of length 1 before and after, so lengths given do not matter. */
static void
center(UmkBiasSets *self)
{
    take_means(self);
    for (gsize s = 0; s < UMK_N_SETS; s++)
        for (gsize i = 0; i < self->sizes[s]; i++) {
            const double *mean = self->means + modality_of(self->sets[s], i) * self->d;
            double *row = self->rows[s] + i * self->d, length;

            for (gsize j = 0; j < self->d; j++)
                row[j] -= mean[j];
            length = sqrt(_umk_dot_in_double(row, row, self->d));
            for (gsize j = 0; j < self->d; j++)
                row[j] = length > UMK_NO_SPREAD ? row[j] / length : 0.0;
        }
}

static double *
dup_rows(const UmkBiasSet *set)
{
    double *rows = g_new(double, set->n * set->d + 1);

    for (gsize i = 0; i < set->n; i++) {
        const float *row = umk_matrix_get_row(set->rows, i, NULL);

        for (gsize j = 0; j < set->d; j++)
            rows[i * set->d + j] = (double) row[j];
    }
    return rows;
}

static void
find_sets(UmkBiasSets *self,
          const UmkBiasInput *input,
          const char *const roles[UMK_N_SETS],
          double *(*dup)(const UmkBiasSet *set))
{
    for (gsize s = 0; s < UMK_N_SETS; s++) {
        const UmkBiasSet *set =
            roles[s] != NULL ? _umk_bias_input_get_set(input, roles[s]) : NULL;

        if (set == NULL)
            continue;
        self->sets[s] = set;
        self->rows[s] = dup(set);
        self->sizes[s] = set->n;
        self->d = set->d;
    }
    self->mixed = find_mixed(self);
}

void
_umk_bias_sets_init(UmkBiasSets *self,
                    const UmkBiasInput *input,
                    const char *const roles[UMK_N_SETS],
                    gboolean centred)
{
    *self = (UmkBiasSets){.centred = centred};
    find_sets(self, input, roles, _umk_bias_set_dup_unit_rows);
    if (centred)
        center(self);
}

void
_umk_bias_sets_init_raw(UmkBiasSets *self,
                        const UmkBiasInput *input,
                        const char *const roles[UMK_N_SETS])
{
    *self = (UmkBiasSets){.raw = TRUE};
    find_sets(self, input, roles, dup_rows);
}

void
_umk_bias_sets_clear(UmkBiasSets *self)
{
    for (gsize s = 0; s < UMK_N_SETS; s++)
        g_clear_pointer(&self->rows[s], g_free);
    g_clear_pointer(&self->means, g_free);
}

double *
_umk_bias_sets_dup_pooled(const UmkBiasSets *self, gsize first, gsize second)
{
    gsize n1 = self->sizes[first] * self->d, n2 = self->sizes[second] * self->d;
    double *rows = g_new(double, n1 + n2 + 1);

    if (n1 > 0)
        memcpy(rows, self->rows[first], n1 * sizeof *rows);
    if (n2 > 0)
        memcpy(rows + n1, self->rows[second], n2 * sizeof *rows);
    return rows;
}

/* The reason why nothing can be measured, or NULL. */
const char *
_umk_bias_sets_find_empty(const UmkBiasSets *self)
{
    for (gsize s = 0; s < UMK_N_SETS; s++)
        if (self->sets[s] != NULL && self->sizes[s] == 0)
            return "empty-set";
    return NULL;
}

gboolean
_umk_bias_resample(const UmkResample *what,
                   const UmkResampleWay *ways,
                   gsize n_ways,
                   UmkParams *params,
                   guint64 seed,
                   UmkResampled *resampled,
                   UmkRun *run,
                   GError **error)
{
    return _umk_resample_all(
        what, ways, n_ways, (gsize) umk_params_get_int(params, "replicates"),
        umk_params_get_double(params, "level"), seed, resampled, run, error);
}

void
_umk_bias_forget_if_empty(UmkResampled *resampled, const UmkBiasSets *sets)
{
    if (_umk_bias_sets_find_empty(sets) == NULL)
        return;
    for (gsize i = 0; i < resampled->n_figures; i++) {
        resampled->values[i] = NAN;
        resampled->n_intervals[i] = 0;
    }
    for (gsize i = 0; i < resampled->n_figures * resampled->n_items; i++)
        resampled->without[i] = NAN;
}
