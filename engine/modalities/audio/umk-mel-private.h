/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mel bands as sparse rows over the bins of a spectrum. */
#pragma once

#include "umk-feature-config-private.h"

/* Band m weighs bins first[m] .. first[m] + count[m] - 1 with the floats that start at
 * weights[start[m]]. A band may be empty. */
typedef struct {
    gsize n_bands;
    guint32 *first;
    guint32 *count;
    guint32 *start;
    float *weights;
} UmkMelBank;

double _umk_mel_from_hz(int scale, double hz);
double _umk_mel_to_hz(int scale, double mel);
UmkMelBank *_umk_mel_bank_new(const UmkFeatureConfig *config);
void _umk_mel_bank_free(UmkMelBank *self);
