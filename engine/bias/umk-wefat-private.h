/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How associations go together with figures from outside. */
#pragma once

#include "bias/umk-item-effects-private.h"

G_BEGIN_DECLS

enum { UMK_WEFAT_PEARSON, UMK_WEFAT_SPEARMAN, UMK_WEFAT_N_FIGURES };

typedef struct {
    const UmkCosineTable *table;
    const double *outside; /* (n_targets) */
    gboolean by_place; /* outside belongs to the places of picks, whichever they are */
    UmkItemEffects items;
} UmkWefat;

void _umk_wefat_init(UmkWefat *self, const UmkCosineTable *table, const double *outside);
void _umk_wefat_clear(UmkWefat *self);
/* Groups: items, a, b. */
UmkResample _umk_wefat_resample(const UmkWefat *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkWefat, _umk_wefat_clear)

G_END_DECLS
