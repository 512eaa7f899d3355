/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Caliskan, Bryson and Narayanan, "Semantics derived automatically from language corpora
 * contain human-like biases", 2017. With s(w) the mean cosine of w with A minus that with
 * B: the statistic is the sum of s over X minus that over Y; the effect size is the
 * difference of the means of s by the standard deviation of s over X and Y. The deviation
 * has n - 1, which gives the published table; the form with n stands beside it. */
#include "bias/umk-weat-private.h"

#include <math.h>

void
_umk_weat_init(UmkWeat *self, const UmkCosineTable *table)
{
    self->table = table;
    self->associations = g_new0(double, table->n_targets + 1);
    _umk_cosine_table_associate(table, self->associations);
}

void
_umk_weat_clear(UmkWeat *self)
{
    g_clear_pointer(&self->associations, g_free);
}

/* items (n) are places in values, or NULL for the first n. */
static double
sum_of(const double *values, const guint32 *items, gsize n)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += values[items != NULL ? items[i] : i];
    return sum;
}

static double
squares_of(const double *values, const guint32 *items, gsize n, double mean)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++) {
        double away = values[items != NULL ? items[i] : i] - mean;

        sum += away * away;
    }
    return sum;
}

static void
figures_of(const double *x,
           const guint32 *items_x,
           gsize n_x,
           const double *y,
           const guint32 *items_y,
           gsize n_y,
           double most,
           double *figures)
{
    double sum_x = sum_of(x, items_x, n_x), sum_y = sum_of(y, items_y, n_y);
    double n = (double) (n_x + n_y), mean = (sum_x + sum_y) / n, squares;

    for (gsize i = 0; i < UMK_WEAT_N_FIGURES; i++)
        figures[i] = NAN;
    if (n_x == 0 || n_y == 0)
        return;
    figures[UMK_WEAT_DIFFERENCE] = sum_x / (double) n_x - sum_y / (double) n_y;
    figures[UMK_WEAT_STATISTIC] = sum_x - sum_y;
    squares = squares_of(x, items_x, n_x, mean) + squares_of(y, items_y, n_y, mean);
    if (sqrt(squares / n) <= UMK_NO_SPREAD * most)
        return;
    figures[UMK_WEAT_EFFECT] = figures[UMK_WEAT_DIFFERENCE] / sqrt(squares / (n - 1.0));
    figures[UMK_WEAT_EFFECT_POPULATION] =
        figures[UMK_WEAT_DIFFERENCE] / sqrt(squares / n);
}

void
_umk_weat_figures(const double *associations,
                  gsize n_x,
                  gsize n_y,
                  double most,
                  double figures[UMK_WEAT_N_FIGURES])
{
    figures_of(associations, NULL, n_x, associations + n_x, NULL, n_y, most, figures);
}

static void
add_rows(const UmkCosineTable *table,
         gsize first,
         const guint32 *items,
         gsize n,
         double share,
         double *associations)
{
    for (gsize i = 0; i < n; i++) {
        const double *row = table->cosines + (first + items[i]) * table->n_targets;

        for (gsize t = 0; t < table->n_targets; t++)
            associations[t] += share * row[t];
    }
}

static const double *
associate(const UmkWeat *self, const UmkPicks *picks, double *scratch)
{
    const UmkCosineTable *table = self->table;

    if (picks->whole[UMK_SET_A] && picks->whole[UMK_SET_B])
        return self->associations;
    for (gsize t = 0; t < table->n_targets; t++)
        scratch[t] = 0.0;
    add_rows(table, 0, picks->items[UMK_SET_A], picks->n[UMK_SET_A],
             1.0 / (double) picks->n[UMK_SET_A], scratch);
    add_rows(table, table->sizes[UMK_SET_A], picks->items[UMK_SET_B], picks->n[UMK_SET_B],
             -1.0 / (double) picks->n[UMK_SET_B], scratch);
    return scratch;
}

static void
resampled_figures(const UmkResample *what,
                  const UmkPicks *picks,
                  double *scratch,
                  double *values)
{
    const UmkWeat *self = what->data;
    const double *associations = associate(self, picks, scratch);

    figures_of(associations, picks->items[UMK_SET_X], picks->n[UMK_SET_X],
               associations + self->table->sizes[UMK_SET_X], picks->items[UMK_SET_Y],
               picks->n[UMK_SET_Y], self->table->most, values);
}

UmkResample
_umk_weat_resample(const UmkWeat *self)
{
    UmkResample what = {.n_groups = UMK_N_SETS,
                        .n_figures = UMK_WEAT_N_FIGURES,
                        .n_scratch = self->table->n_targets,
                        .figures = resampled_figures,
                        .data = self};

    for (gsize g = 0; g < UMK_N_SETS; g++)
        what.sizes[g] = self->table->sizes[g];
    return what;
}

/* Both sets without spread of their own: d = D / sqrt(n1 n2 D^2 / N / (N - 1)). */
double
_umk_weat_bound(gsize n_x, gsize n_y)
{
    double n = (double) (n_x + n_y);

    if (n_x == 0 || n_y == 0)
        return NAN;
    return sqrt(n * (n - 1.0) / ((double) n_x * (double) n_y));
}
