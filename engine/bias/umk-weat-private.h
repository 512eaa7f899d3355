/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of the word embedding association test, from a table of cosines. */
#pragma once

#include "bias/umk-cosine-table-private.h"
#include "bias/umk-resample-private.h"

G_BEGIN_DECLS

enum {
    UMK_WEAT_EFFECT,            /* by the deviation with n - 1 */
    UMK_WEAT_EFFECT_POPULATION, /* with n */
    UMK_WEAT_DIFFERENCE,        /* of the mean associations */
    UMK_WEAT_STATISTIC,         /* of their sums */
    UMK_WEAT_N_FIGURES
};

typedef struct {
    const UmkCosineTable *table;
    double *associations; /* (n_targets) */
} UmkWeat;

void _umk_weat_init(UmkWeat *self, const UmkCosineTable *table);
void _umk_weat_clear(UmkWeat *self);
/* Of the associations of x, then y. */
void _umk_weat_figures(const double *associations,
                       gsize n_x,
                       gsize n_y,
                       double most,
                       double figures[UMK_WEAT_N_FIGURES]);
/* What the bootstrap and the jackknife look at: four groups. */
UmkResample _umk_weat_resample(const UmkWeat *self);
/* The largest effect size that sets of these sizes can have. */
double _umk_weat_bound(gsize n_x, gsize n_y);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkWeat, _umk_weat_clear)

G_END_DECLS
