/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets as rows of length 1, with the mean of each modality taken out where asked for. */
#include "bias/umk-bias-association-private.h"

#include <math.h>

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

void
_umk_bias_sets_init(UmkBiasSets *self,
                    const UmkBiasInput *input,
                    const char *const roles[UMK_N_SETS],
                    gboolean centred)
{
    *self = (UmkBiasSets){.centred = centred};
    for (gsize s = 0; s < UMK_N_SETS; s++) {
        const UmkBiasSet *set =
            roles[s] != NULL ? _umk_bias_input_get_set(input, roles[s]) : NULL;

        if (set == NULL)
            continue;
        self->sets[s] = set;
        self->rows[s] = _umk_bias_set_dup_unit_rows(set);
        self->sizes[s] = set->n;
        self->d = set->d;
    }
    self->mixed = find_mixed(self);
    if (centred)
        center(self);
}

void
_umk_bias_sets_clear(UmkBiasSets *self)
{
    for (gsize s = 0; s < UMK_N_SETS; s++)
        g_clear_pointer(&self->rows[s], g_free);
    g_clear_pointer(&self->means, g_free);
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
