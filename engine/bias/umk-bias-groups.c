/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The measure "groups": how far the rows of each group, or of each crossing of two and
 * more groupings, lean towards what a set or an axis stands for. A cell is one
 * combination of labels; cells with few rows are shown but take no part in comparisons.
 */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-bias-labels-private.h"
#include "bias/umk-bias-replicates-private.h"
#include "bias/umk-group-cells-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include "linalg/umk-cosine-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_DEALT 1000000000 /* rows, over all permutations; the result says how many */

static const UmkBiasRole roles[] = {
    {"a", N_("what rows may be near to"), FALSE},
    {"b", N_("its opposite"), FALSE},
    {"x", N_("one end of an axis"), FALSE},
    {"y", N_("the other end of the axis"), FALSE},
};

static const UmkParamSpec specs[] = {
    {.name = "least",
     .type = UMK_PARAM_INT,
     .title = N_("Least rows"),
     .help = N_("Cells with fewer rows are marked and not compared"),
     .min = 2,
     .max = 1e6,
     .def = 10},
    UMK_BIAS_PARAM_REPLICATES_OF(
        2000, N_("How often the rows of each cell are drawn anew for the intervals")),
    UMK_BIAS_PARAM_PERMUTATIONS_OF(
        10000, N_("How often the rows are dealt anew to the cells for the p-value")),
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAMS_DETECTABLE,
};

static const UmkBiasWord words[] = {
    {"max-gap", N_("largest difference between the means of two cells")},
    {"worst-deviation", N_("mean of the cell that is farthest from the mean of all, "
                           "less that mean")},
    {"interaction", N_("largest part of a cell's mean that its groups one by one do "
                       "not explain")},
    {"overall-mean", N_("mean of all rows")},
    {"mean", N_("mean of the rows")},
    {"sd", N_("standard deviation")},
    {"deviation", N_("less the mean of all rows")},
    {"beyond-marginals", N_("beyond what its groups one by one explain")},
    {"small-cell", N_("a cell has too few rows to be compared")},
    {"empty-cell", N_("no row has this combination")},
    {"too-few-cells", N_("fewer than two cells have enough rows")},
    {"one-grouping", N_("there is only one grouping, so that nothing is crossed")},
    {"cosine-to-set", N_("the figure of a row is its mean cosine to the set")},
    {"difference-of-cosines",
     N_("the figure of a row is its mean cosine to the set less that to its opposite")},
    {"cosine-to-axis", N_("the figure of a row is its cosine to the axis")},
    {"rows", N_("rows drawn anew")},
    {"crossed", N_("cells cross several groupings")},
};

/* ---- the figure of a row ------------------------------------------------------------
 */

/* to (d) += factor * mean of the unit rows; FALSE for a set without rows. */
static gboolean
add_mean(const UmkBiasSet *set, double factor, double *to)
{
    g_autofree double *unit = _umk_bias_set_dup_unit_rows(set);

    for (gsize i = 0; i < set->n; i++)
        for (gsize j = 0; j < set->d; j++)
            to[j] += factor * unit[i * set->d + j] / (double) set->n;
    return set->n > 0;
}

/* The mean cosine to a set is the dot product with the mean of its unit rows; so every
 * form is one vector. NULL with the reason in *code. */
static double *
make_probe(const UmkBiasInput *input, gsize d, const char **code, const char **note)
{
    const UmkBiasSet *a = _umk_bias_input_get_set(input, "a");
    const UmkBiasSet *b = _umk_bias_input_get_set(input, "b");
    const UmkBiasSet *x = _umk_bias_input_get_set(input, "x");
    const UmkBiasSet *y = _umk_bias_input_get_set(input, "y");
    g_autofree double *probe = g_new0(double, d + 1);
    gboolean is_axis = a == NULL;
    double length = 0.0;

    *note = is_axis     ? "cosine-to-axis"
            : b != NULL ? "difference-of-cosines"
                        : "cosine-to-set";
    *code = "empty-set";
    if (!add_mean(is_axis ? x : a, 1.0, probe))
        return NULL;
    if (is_axis ? !add_mean(y, -1.0, probe) : b != NULL && !add_mean(b, -1.0, probe))
        return NULL;
    for (gsize j = 0; j < d; j++)
        length += probe[j] * probe[j];
    *code = "zero-vector";
    if (length < 1e-24)
        return NULL;
    for (gsize j = 0; is_axis && j < d; j++)
        probe[j] /= sqrt(length);
    return g_steal_pointer(&probe);
}

static gboolean
check_roles(const UmkBiasInput *input, GError **error)
{
    if (_umk_bias_input_get_set(input, "a") != NULL ||
        (_umk_bias_input_get_set(input, "x") != NULL &&
         _umk_bias_input_get_set(input, "y") != NULL))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("groups needs a set in the role “a”, or both ends of an axis in “x” "
                  "and “y”"));
    return FALSE;
}

static void
rate_rows(UmkGroupCells *cells, UmkMatrix *rows, const double *probe)
{
    gsize d = umk_matrix_get_n_cols(rows);
    g_autofree double *scales = _umk_cosine_new_scales(rows);

    for (gsize i = 0; i < cells->n_rows; i++)
        cells->values[i] =
            _umk_cosine_dot(probe, umk_matrix_get_row(rows, cells->rows[i], NULL), d) *
            scales[cells->rows[i]];
}

/* ---- writing ------------------------------------------------------------------------
 */

typedef struct {
    UmkGroupCells cells;
    UmkGroupFigures figures;
    double *boot;     /* (n_boot, size) or NULL */
    double *permuted; /* (n_permuted) of the gap, or NULL */
    gsize n_boot, n_permuted;
    double level;
    const char *note;
} Work;

static void
work_clear(Work *self)
{
    _umk_group_cells_clear(&self->cells);
    _umk_group_figures_clear(&self->figures);
    g_clear_pointer(&self->boot, g_free);
    g_clear_pointer(&self->permuted, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Work, work_clear)

/* at: a figure, or UMK_GROUP_N_FIGURES + cell for its mean. */
static gboolean
get_interval(const Work *work, gsize at, UmkBiasInterval *interval)
{
    gsize size = UMK_GROUP_N_FIGURES + work->cells.n_cells;
    g_autofree double *values = g_new(double, work->n_boot + 1);

    if (work->boot == NULL)
        return FALSE;
    for (gsize r = 0; r < work->n_boot; r++)
        values[r] = work->boot[r * size + at];
    return _umk_bias_percentiles(values, work->n_boot, work->level, "rows", interval);
}

static const struct {
    const char *id;
    double neutral, least;
} shapes[UMK_GROUP_N_FIGURES] = {
    [UMK_GROUP_MAX_GAP] = {"max-gap", 0, 0},
    [UMK_GROUP_WORST] = {"worst-deviation", 0, (double) NAN},
    [UMK_GROUP_INTERACTION] = {"interaction", 0, 0},
    [UMK_GROUP_MEAN] = {"overall-mean", (double) NAN, (double) NAN},
};

static void
add_figures(JsonBuilder *result, const Work *work, const char *obstacle)
{
    json_builder_set_member_name(result, "figures");
    json_builder_begin_array(result);
    for (gsize f = 0; f < UMK_GROUP_N_FIGURES; f++) {
        UmkBiasInterval interval;
        UmkBiasFigure figure = {.id = shapes[f].id,
                                .value = (double) NAN,
                                .undefined = "too-few-cells",
                                .headline = f == UMK_GROUP_MAX_GAP,
                                .neutral = shapes[f].neutral,
                                .least = shapes[f].least,
                                .most = (double) NAN,
                                .intervals = &interval};

        if (obstacle != NULL) {
            figure.undefined = obstacle;
        } else {
            figure.value = work->figures.values[f];
            if (f == UMK_GROUP_MAX_GAP && work->permuted != NULL)
                figure.neutral = _umk_bias_chance_mean(work->permuted, work->n_permuted);
            if (f == UMK_GROUP_INTERACTION && work->cells.n_groupings < 2)
                figure.undefined = "one-grouping";
            if (isfinite(figure.value))
                figure.n_intervals = get_interval(work, f, &interval);
        }
        _umk_bias_add_figure(result, &figure);
    }
    json_builder_end_array(result);
}

static void
add_chance(JsonBuilder *result, const Work *work, UmkParams *params)
{
    gboolean defined = isfinite(work->figures.values[UMK_GROUP_MAX_GAP]);
    UmkBiasInterval interval = {.deviation = (double) NAN};
    UmkBiasNull null = {.of = "max-gap",
                        .kind = "rows-dealt",
                        .alternative = "greater",
                        .found = work->figures.values[UMK_GROUP_MAX_GAP],
                        .neutral = 0.0,
                        .values = work->permuted,
                        .n = work->permuted != NULL ? work->n_permuted : 0,
                        .undefined = defined ? "not-asked-for" : "too-few-cells"};

    if (work->permuted != NULL)
        null.neutral = _umk_bias_chance_mean(work->permuted, work->n_permuted);
    if (defined)
        get_interval(work, UMK_GROUP_MAX_GAP, &interval);
    _umk_bias_add_control(result, &null, work->level);
    _umk_bias_add_detectable_by(result, params, &null, "permutations", interval.deviation,
                                (double) NAN);
}

static void
add_tests(JsonBuilder *result, Work *work)
{
    double gap = work->figures.values[UMK_GROUP_MAX_GAP];
    UmkBiasTest test;

    json_builder_set_member_name(result, "tests");
    json_builder_begin_array(result);
    if (work->permuted != NULL) {
        _umk_bias_sampled_test(work->permuted, work->n_permuted, gap, "max-gap",
                               work->level, &test);
        _umk_bias_add_test(result, &test);
    }
    json_builder_end_array(result);
}

static void
add_row(JsonBuilder *result, const Work *work, gsize cell)
{
    const UmkGroupCells *cells = &work->cells;
    const UmkGroupFigures *figures = &work->figures;
    UmkBiasInterval interval = {.low = (double) NAN, .high = (double) NAN};
    g_autofree char *label = _umk_group_cells_dup_label(cells, cell);

    if (cells->sizes[cell] > 1)
        get_interval(work, UMK_GROUP_N_FIGURES + cell, &interval);
    json_builder_begin_object(result);
    _umk_bias_add_text(result, "label", label);
    _umk_bias_add_count(result, "n", cells->sizes[cell]);
    _umk_bias_add_number(result, "mean", figures->means[cell]);
    _umk_bias_add_number(result, "low", interval.low);
    _umk_bias_add_number(result, "high", interval.high);
    _umk_bias_add_number(result, "sd", figures->deviations[cell]);
    _umk_bias_add_number(result, "deviation",
                         figures->means[cell] - figures->values[UMK_GROUP_MEAN]);
    if (cells->n_groupings > 1)
        _umk_bias_add_number(result, "beyond-marginals", figures->beyond[cell]);
    _umk_bias_add_count(result, "small-cell", cells->sizes[cell] < cells->least);
    if (cells->sizes[cell] == 0)
        _umk_bias_add_text(result, "undefined", "empty-cell");
    json_builder_end_object(result);
}

static void
add_rows(JsonBuilder *result, const Work *work)
{
    static const char *const columns[] = {"n", "mean", "low", "high", "sd", "deviation"};

    json_builder_set_member_name(result, "columns");
    json_builder_begin_array(result);
    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++)
        json_builder_add_string_value(result, columns[i]);
    if (work->cells.n_groupings > 1)
        json_builder_add_string_value(result, "beyond-marginals");
    json_builder_add_string_value(result, "small-cell");
    json_builder_end_array(result);
    json_builder_set_member_name(result, "rows");
    json_builder_begin_array(result);
    for (gsize cell = 0; cell < work->cells.n_cells; cell++)
        add_row(result, work, cell);
    json_builder_end_array(result);
    if (work->figures.worst < work->cells.n_cells) {
        g_autofree char *label =
            _umk_group_cells_dup_label(&work->cells, work->figures.worst);

        _umk_bias_add_text(result, "worst-cell", label);
    }
}

static void
add_notes(JsonBuilder *result, const Work *work)
{
    gboolean is_small = FALSE, is_empty = FALSE;

    for (gsize cell = 0; cell < work->cells.n_cells; cell++) {
        is_small |= work->cells.sizes[cell] < work->cells.least;
        is_empty |= work->cells.sizes[cell] == 0;
    }
    json_builder_set_member_name(result, "notes");
    json_builder_begin_array(result);
    json_builder_add_string_value(result, work->note);
    if (work->permuted != NULL)
        json_builder_add_string_value(result, "neutral-by-chance");
    if (work->cells.n_groupings > 1)
        json_builder_add_string_value(result, "crossed");
    if (is_small)
        json_builder_add_string_value(result, "small-cell");
    if (is_empty)
        json_builder_add_string_value(result, "empty-cell");
    if (work->cells.n_left_out > 0)
        json_builder_add_string_value(result, "left-out-without-group");
    json_builder_end_array(result);
}

static void
resample(Work *work, UmkParams *params, guint64 seed)
{
    _umk_group_figures_init(&work->figures, &work->cells);
    work->n_boot = (gsize) umk_params_get_int(params, "replicates");
    if (work->n_boot > 0)
        work->boot = _umk_group_bootstrap(&work->cells, work->n_boot, seed);
    work->n_permuted = (gsize) umk_params_get_int(params, "permutations");
    work->n_permuted = MIN(work->n_permuted, MAX_DEALT / MAX(work->cells.n_rows, 1));
    if (work->n_permuted > 0 && isfinite(work->figures.values[UMK_GROUP_MAX_GAP]))
        work->permuted =
            _umk_group_permute(&work->cells, work->n_permuted, seed ^ 0x5ca1ab1eULL);
}

static gboolean
measure(const UmkBiasInput *input,
        UmkParams *params,
        guint64 seed,
        JsonBuilder *result,
        UmkRun *run,
        GError **error)
{
    g_auto(Work) work = {.level = umk_params_get_double(params, "level")};
    g_autofree double *probe = NULL;
    const char *obstacle;

    if (!check_roles(input, error) ||
        !_umk_group_cells_init(&work.cells, input,
                               (gsize) umk_params_get_int(params, "least"), error))
        return FALSE;
    probe = make_probe(input, umk_matrix_get_n_cols(input->background), &obstacle,
                       &work.note);
    if (probe == NULL) {
        add_figures(result, &work, obstacle);
        add_notes(result, &work);
        return TRUE;
    }
    rate_rows(&work.cells, input->background, probe);
    resample(&work, params, seed);
    if (!umk_run_check(run, error))
        return FALSE;
    add_figures(result, &work, NULL);
    add_tests(result, &work);
    add_chance(result, &work, params);
    add_rows(result, &work);
    add_notes(result, &work);
    return TRUE;
}

const UmkBiasMeasureOps _umk_bias_groups = {
    .id = "groups",
    .title = N_("Groups and their crossings"),
    .help = N_("How far the rows of each group, or of each crossing of groups, lean "
               "towards a set or along an axis"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = measure,
};
