/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crossed groupings: which row is in which cell, and figures over the means of cells.
 * What a cell has beyond its groups one by one is its mean less the additive fit of the
 * marginal means: mean - sum of (marginal mean - overall mean) - overall mean. */
#include "bias/umk-group-cells-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-cosine-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_CELLS 4096

static gboolean
read_groupings(UmkGroupCells *self, const UmkBiasInput *input, GError **error)
{
    static const char *const columns[UMK_GROUP_MAX_GROUPINGS] = {"group", "group-2",
                                                                 "group-3", "group-4"};

    self->n_cells = 1;
    for (gsize i = 0; i < UMK_GROUP_MAX_GROUPINGS; i++) {
        if (i > 0 && _umk_bias_input_get_column(input, columns[i]) == NULL)
            break;
        if (!_umk_bias_labels_read(&self->groupings[i], input, "groups", columns[i],
                                   error))
            return FALSE;
        self->n_groupings++;
        self->n_cells *= self->groupings[i].n;
        if (self->n_cells > MAX_CELLS) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("Crossing “%s” with the groupings before it gives more than "
                          "%d cells"),
                        columns[i], MAX_CELLS);
            return FALSE;
        }
    }
    return TRUE;
}

/* -1 when a label is missing. */
static gssize
cell_of(const UmkGroupCells *self, gsize row)
{
    gsize cell = 0;

    for (gsize i = 0; i < self->n_groupings; i++) {
        if (self->groupings[i].codes[row] < 0)
            return -1;
        cell = cell * self->groupings[i].n + (gsize) self->groupings[i].codes[row];
    }
    return (gssize) cell;
}

/* The label of a cell in one grouping. */
static gsize
part_of(const UmkGroupCells *self, gsize cell, gsize grouping)
{
    for (gsize i = self->n_groupings; i-- > grouping + 1;)
        cell /= self->groupings[i].n;
    return cell % self->groupings[grouping].n;
}

static void
sort_rows(UmkGroupCells *self, const double *scales, gsize n)
{
    g_autofree gssize *cells = g_new(gssize, n + 1);
    g_autofree gsize *next = g_new0(gsize, self->n_cells + 1);

    self->sizes = g_new0(gsize, self->n_cells + 1);
    self->begins = g_new0(gsize, self->n_cells + 1);
    for (gsize row = 0; row < n; row++) {
        cells[row] = scales[row] > 0.0 ? cell_of(self, row) : -1;
        if (cells[row] >= 0)
            self->sizes[cells[row]]++;
        else
            self->n_left_out++;
    }
    for (gsize cell = 0; cell < self->n_cells; cell++)
        next[cell + 1] = self->begins[cell + 1] = self->begins[cell] + self->sizes[cell];
    self->n_rows = n - self->n_left_out;
    self->rows = g_new(guint32, self->n_rows + 1);
    self->values = g_new0(double, self->n_rows + 1);
    for (gsize row = 0; row < n; row++)
        if (cells[row] >= 0)
            self->rows[next[cells[row]]++] = (guint32) row;
}

gboolean
_umk_group_cells_init(UmkGroupCells *self,
                      const UmkBiasInput *input,
                      gsize least,
                      GError **error)
{
    g_autofree double *scales = NULL;
    gsize n;

    self->least = least;
    if (!read_groupings(self, input, error))
        return FALSE;
    n = umk_matrix_get_n_rows(input->background);
    if (n > G_MAXUINT32) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("groups takes up to %u rows, there are %zu"), G_MAXUINT32, n);
        return FALSE;
    }
    scales = _umk_cosine_new_scales(input->background);
    sort_rows(self, scales, n);
    return TRUE;
}

void
_umk_group_cells_clear(UmkGroupCells *self)
{
    for (gsize i = 0; i < UMK_GROUP_MAX_GROUPINGS; i++)
        _umk_bias_labels_clear(&self->groupings[i]);
    g_clear_pointer(&self->rows, g_free);
    g_clear_pointer(&self->begins, g_free);
    g_clear_pointer(&self->sizes, g_free);
    g_clear_pointer(&self->values, g_free);
}

char *
_umk_group_cells_dup_label(const UmkGroupCells *self, gsize cell)
{
    GString *label = g_string_new(NULL);

    for (gsize i = 0; i < self->n_groupings; i++) {
        if (i > 0)
            g_string_append(label, " × ");
        g_string_append(label, self->groupings[i].names[part_of(self, cell, i)]);
    }
    return g_string_free(label, FALSE);
}

/* ---- figures ------------------------------------------------------------------------
 */

static double
mean_of(const double *values, gsize n)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += values[i];
    return n > 0 ? sum / (double) n : (double) NAN;
}

/* The mean of all rows of one label of one grouping. */
static double
marginal_mean(const UmkGroupCells *cells, const double *means, gsize grouping, gsize part)
{
    double sum = 0.0, n = 0.0;

    for (gsize cell = 0; cell < cells->n_cells; cell++) {
        if (cells->sizes[cell] == 0 || part_of(cells, cell, grouping) != part)
            continue;
        sum += means[cell] * (double) cells->sizes[cell];
        n += (double) cells->sizes[cell];
    }
    return sum / n;
}

static double
overall_mean(const UmkGroupCells *cells, const double *means)
{
    double sum = 0.0;

    for (gsize cell = 0; cell < cells->n_cells; cell++)
        if (cells->sizes[cell] > 0)
            sum += means[cell] * (double) cells->sizes[cell];
    return cells->n_rows > 0 ? sum / (double) cells->n_rows : (double) NAN;
}

/* beyond (n_cells) */
static void
compare_with_marginals(const UmkGroupCells *cells,
                       const double *means,
                       double overall,
                       double *beyond)
{
    for (gsize cell = 0; cell < cells->n_cells; cell++)
        beyond[cell] = cells->sizes[cell] > 0 ? means[cell] - overall : (double) NAN;
    for (gsize i = 0; i < cells->n_groupings; i++)
        for (gsize part = 0; part < cells->groupings[i].n; part++) {
            double own = marginal_mean(cells, means, i, part) - overall;

            for (gsize cell = 0; cell < cells->n_cells; cell++)
                if (part_of(cells, cell, i) == part)
                    beyond[cell] -= own;
        }
}

/* Returns the cell that is farthest from the mean of all; n_cells: none. */
static gsize
summarise(const UmkGroupCells *cells,
          const double *means,
          double *beyond,
          double values[UMK_GROUP_N_FIGURES])
{
    double least = (double) INFINITY, most = (double) -INFINITY, interaction = 0.0;
    double overall = overall_mean(cells, means);
    gsize worst = cells->n_cells, n_compared = 0;

    if (cells->n_groupings > 1)
        compare_with_marginals(cells, means, overall, beyond);
    for (gsize cell = 0; cell < cells->n_cells; cell++) {
        if (cells->sizes[cell] < cells->least)
            continue;
        n_compared++;
        least = MIN(least, means[cell]);
        most = MAX(most, means[cell]);
        if (worst == cells->n_cells ||
            fabs(means[cell] - overall) > fabs(means[worst] - overall))
            worst = cell;
        if (cells->n_groupings > 1)
            interaction = MAX(interaction, fabs(beyond[cell]));
    }
    for (gsize f = 0; f < UMK_GROUP_N_FIGURES; f++)
        values[f] = (double) NAN;
    values[UMK_GROUP_MEAN] = overall;
    if (n_compared < 2)
        return cells->n_cells;
    values[UMK_GROUP_MAX_GAP] = most - least;
    values[UMK_GROUP_WORST] = means[worst] - overall;
    if (cells->n_groupings > 1)
        values[UMK_GROUP_INTERACTION] = interaction;
    return worst;
}

void
_umk_group_figures_init(UmkGroupFigures *self, const UmkGroupCells *cells)
{
    self->means = g_new(double, cells->n_cells + 1);
    self->deviations = g_new(double, cells->n_cells + 1);
    self->beyond = g_new0(double, cells->n_cells + 1);
    for (gsize cell = 0; cell < cells->n_cells; cell++) {
        const double *values = cells->values + cells->begins[cell];
        gsize n = cells->sizes[cell];
        double squares = 0.0;

        self->means[cell] = mean_of(values, n);
        for (gsize i = 0; i < n; i++)
            squares += (values[i] - self->means[cell]) * (values[i] - self->means[cell]);
        self->deviations[cell] = n > 1 ? sqrt(squares / (double) (n - 1)) : (double) NAN;
    }
    self->worst = summarise(cells, self->means, self->beyond, self->values);
}

void
_umk_group_figures_clear(UmkGroupFigures *self)
{
    g_clear_pointer(&self->means, g_free);
    g_clear_pointer(&self->deviations, g_free);
    g_clear_pointer(&self->beyond, g_free);
}

/* ---- resampling ---------------------------------------------------------------------
 */

typedef struct {
    const UmkGroupCells *cells;
    guint64 seed;
    double *out;
} Draws;

static void
draw_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Draws *draws = data;
    const UmkGroupCells *cells = draws->cells;
    gsize size = UMK_GROUP_N_FIGURES + cells->n_cells;
    g_autofree double *beyond = g_new0(double, cells->n_cells + 1);

    for (gsize r = begin; r < end; r++) {
        double *out = draws->out + r * size, *means = out + UMK_GROUP_N_FIGURES;
        UmkRng rng;

        _umk_rng_init(&rng, draws->seed, r);
        for (gsize cell = 0; cell < cells->n_cells; cell++) {
            const double *values = cells->values + cells->begins[cell];
            gsize n = cells->sizes[cell];
            double sum = 0.0;

            for (gsize i = 0; i < n; i++)
                sum += values[_umk_rng_below(&rng, n)];
            means[cell] = n > 0 ? sum / (double) n : (double) NAN;
        }
        summarise(cells, means, beyond, out);
    }
}

double *
_umk_group_bootstrap(const UmkGroupCells *cells, gsize n_replicates, guint64 seed)
{
    Draws draws = {cells, seed, NULL};

    draws.out = g_new(double, n_replicates *(UMK_GROUP_N_FIGURES + cells->n_cells) + 1);
    _umk_parallel_for(n_replicates, 16, draw_rows, &draws);
    return draws.out;
}

static void
deal_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Draws *draws = data;
    const UmkGroupCells *cells = draws->cells;
    gsize n = cells->n_rows;
    g_autofree double *order = g_new(double, n + 1);

    for (gsize r = begin; r < end; r++) {
        double least = (double) INFINITY, most = (double) -INFINITY;
        UmkRng rng;

        _umk_rng_init(&rng, draws->seed, r);
        memcpy(order, cells->values, n * sizeof *order);
        for (gsize i = n; i > 1; i--) {
            gsize j = _umk_rng_below(&rng, i);
            double kept = order[i - 1];

            order[i - 1] = order[j];
            order[j] = kept;
        }
        for (gsize cell = 0; cell < cells->n_cells; cell++) {
            double mean;

            if (cells->sizes[cell] < cells->least)
                continue;
            mean = mean_of(order + cells->begins[cell], cells->sizes[cell]);
            least = MIN(least, mean);
            most = MAX(most, mean);
        }
        draws->out[r] = most - least;
    }
}

double *
_umk_group_permute(const UmkGroupCells *cells, gsize n_replicates, guint64 seed)
{
    Draws draws = {cells, seed, NULL};

    draws.out = g_new(double, n_replicates + 1);
    _umk_parallel_for(n_replicates, 16, deal_rows, &draws);
    return draws.out;
}
