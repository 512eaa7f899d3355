/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The effect size of each item by itself: the mean cosine with A minus that with B, in
 * standard deviations of all its cosines (n - 1). Sums run along all items at once, with
 * each item's mean taken out first so that squares lose nothing. */
#include "bias/umk-item-effects-private.h"

#include <math.h>
#include <string.h>

/* Compiled for plain x86-64, AVX2 and AVX-512; contraction is off, so the bits agree. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define UMK_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define UMK_CLONES
#endif

#define WIDE 8 /* items whose sums stay in registers */

UMK_CLONES static void
add_group(const UmkItemEffects *self,
          gsize first_row,
          const guint32 *picks,
          gsize n,
          double *sums,
          double *squares)
{
    gsize n_targets = self->table->n_targets, t = 0;
    const double *rows = self->table->cosines + first_row * n_targets + self->first;
    const double *means = self->means + self->first;

    for (; t + WIDE <= self->n; t += WIDE) {
        double sum[WIDE] = {0}, square[WIDE], mean[WIDE];

        memcpy(square, squares + t, sizeof square);
        memcpy(mean, means + t, sizeof mean);
        for (gsize i = 0; i < n; i++) {
            const double *row = rows + picks[i] * n_targets + t;

            for (gsize j = 0; j < WIDE; j++) {
                double away = row[j] - mean[j];

                sum[j] += away;
                square[j] += away * away;
            }
        }
        memcpy(sums + t, sum, sizeof sum);
        memcpy(squares + t, square, sizeof square);
    }
    for (gsize i = 0; i < n; i++)
        for (gsize j = t; j < self->n; j++) {
            double away = rows[picks[i] * n_targets + j] - means[j];

            sums[j] += away;
            squares[j] += away * away;
        }
}

void
_umk_item_effects_find(const UmkItemEffects *self,
                       const UmkPicks *picks,
                       gsize group,
                       double *scratch,
                       double *associations,
                       double *effects)
{
    double *with_a = scratch, *with_b = scratch + self->n;
    double *squares = scratch + 2 * self->n;
    double n_a = (double) picks->n[group], n_b = (double) picks->n[group + 1];
    double n = n_a + n_b, least = UMK_NO_SPREAD * self->table->most;

    for (gsize t = 0; t < 3 * self->n; t++)
        scratch[t] = 0.0;
    add_group(self, 0, picks->items[group], picks->n[group], with_a, squares);
    add_group(self, self->table->sizes[UMK_SET_A], picks->items[group + 1],
              picks->n[group + 1], with_b, squares);
    for (gsize t = 0; t < self->n; t++) {
        double sum = with_a[t] + with_b[t];
        double spread = fmax(squares[t] - sum * sum / n, 0.0);

        associations[t] = with_a[t] / n_a - with_b[t] / n_b;
        effects[t] = NAN;
        if (sqrt(spread / n) > least)
            effects[t] = associations[t] / sqrt(spread / (n - 1.0));
    }
}

void
_umk_item_effects_init(UmkItemEffects *self, const UmkCosineTable *table)
{
    gsize n = table->n_targets;
    g_autofree double *scratch = g_new(double, 3 * n + 1);
    g_autofree guint32 *in_order = g_new(guint32, table->n_attributes + 1);
    UmkPicks all = {.items = {in_order, in_order},
                    .n = {table->sizes[UMK_SET_A], table->sizes[UMK_SET_B]}};

    *self = (UmkItemEffects){table, g_new0(double, n + 1), 0,
                             n,     g_new(double, n + 1),  g_new(double, n + 1)};
    for (gsize i = 0; i < table->n_attributes; i++) {
        in_order[i] = (guint32) i;
        for (gsize t = 0; t < n; t++)
            self->means[t] += table->cosines[i * n + t] / (double) table->n_attributes;
    }
    _umk_item_effects_find(self, &all, 0, scratch, self->associations, self->effects);
}

void
_umk_item_effects_clear(UmkItemEffects *self)
{
    g_clear_pointer(&self->means, g_free);
    g_clear_pointer(&self->associations, g_free);
    g_clear_pointer(&self->effects, g_free);
}

static void
item_figures(const UmkResample *what,
             const UmkPicks *picks,
             double *scratch,
             double *values)
{
    const UmkItemEffects *self = what->data;

    _umk_item_effects_find(self, picks, 0, scratch, scratch + 3 * self->n, values);
}

UmkResample
_umk_item_effects_resample(const UmkItemEffects *self)
{
    const gsize *sizes = self->table->sizes;

    return (UmkResample){.n_groups = 2,
                         .sizes = {sizes[UMK_SET_A], sizes[UMK_SET_B]},
                         .n_figures = self->n,
                         .n_scratch = 4 * self->n,
                         .figures = item_figures,
                         .data = self};
}

static void
mean_figures(const UmkResample *what,
             const UmkPicks *picks,
             double *scratch,
             double *values)
{
    const UmkItemEffects *self = what->data;
    const double *associations = self->associations, *effects = self->effects;
    gsize n = picks->n[0];

    if (!picks->whole[1] || !picks->whole[2]) {
        _umk_item_effects_find(self, picks, 1, scratch, scratch + 3 * self->n,
                               scratch + 4 * self->n);
        associations = scratch + 3 * self->n;
        effects = scratch + 4 * self->n;
    }
    values[UMK_ITEMS_ASSOCIATION] = values[UMK_ITEMS_EFFECT] = 0.0;
    for (gsize i = 0; i < n; i++) {
        values[UMK_ITEMS_ASSOCIATION] += associations[picks->items[0][i]] / (double) n;
        values[UMK_ITEMS_EFFECT] += effects[picks->items[0][i]] / (double) n;
    }
}

UmkResample
_umk_item_effects_resample_mean(const UmkItemEffects *self)
{
    const gsize *sizes = self->table->sizes;

    return (UmkResample){.n_groups = 3,
                         .sizes = {self->n, sizes[UMK_SET_A], sizes[UMK_SET_B]},
                         .n_figures = UMK_ITEMS_N_FIGURES,
                         .n_scratch = 5 * self->n,
                         .figures = mean_figures,
                         .data = self};
}
