/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How single items associate with two sets of attributes, many items at once. */
#pragma once

#include "bias/umk-cosine-table-private.h"
#include "bias/umk-resample-private.h"

G_BEGIN_DECLS

typedef struct {
    const UmkCosineTable *table;
    double *means;  /* (n_targets) of an item's cosines: what squares are taken from */
    gsize first, n; /* the items looked at */
    double *associations, *effects; /* (n_targets) with all attributes */
} UmkItemEffects;

/* All items of the table. */
void _umk_item_effects_init(UmkItemEffects *self, const UmkCosineTable *table);
void _umk_item_effects_clear(UmkItemEffects *self);
/* scratch (3 n); associations and effects (n) from the attributes picked in group, which
 * are of a, and in the next one, which are of b. */
void _umk_item_effects_find(const UmkItemEffects *self,
                            const UmkPicks *picks,
                            gsize group,
                            double *scratch,
                            double *associations,
                            double *effects);
/* One figure an item; groups: a, b. */
UmkResample _umk_item_effects_resample(const UmkItemEffects *self);

/* The means over items; groups: items, a, b. */
enum { UMK_ITEMS_ASSOCIATION, UMK_ITEMS_EFFECT, UMK_ITEMS_N_FIGURES };
UmkResample _umk_item_effects_resample_mean(const UmkItemEffects *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkItemEffects, _umk_item_effects_clear)

G_END_DECLS
