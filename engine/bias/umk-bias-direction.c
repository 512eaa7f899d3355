/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The direction in which two groups differ, how well one direction stands for it, and the
 * direct bias of neutral items along it: DB_c = mean |cos(w, g)|^c (Bolukbasi et al.
 * 2016, section 5.2; c = 1 weighs every cosine by itself, larger c large ones more). Its
 * p-value is our own: whether as many items drawn at random from the source have as large
 * a mean. The direction is found anew for each draw of the pairs. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-bias-replicates-private.h"
#include "bias/umk-direction-private.h"
#include "bias/umk-draws-private.h"
#include "bias/umk-shuffle-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

static const UmkBiasRole roles[] = {
    {"x", N_("First members of the pairs, or the first group"), TRUE},
    {"y", N_("Second members, or the second group"), TRUE},
    {"neutral", N_("Items that ought to lie beside the direction"), FALSE},
};

static const UmkParamSpec specs[] = {
    UMK_DIRECTION_PARAM_WAY,
    UMK_DIRECTION_PARAM_PAIR,
    {.name = "strictness",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Strictness"),
     .help =
         N_("The power c of the direct bias: the lower, the more small cosines count"),
     .min = 0.01,
     .max = 10,
     .def = 1},
    UMK_BIAS_PARAM_REPLICATES,
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAM_CONTROLS_OF(
        1000, N_("Draw so many sets of random items as neutral ones; 0 for none")),
    UMK_BIAS_PARAMS_DETECTABLE,
};

static const UmkBiasWord words[] = {
    {"direct-bias", N_("direct bias: mean of |cosine with the direction|^c")},
    {"explained-variance", N_("share of the variance of the pairs that lies along the "
                              "direction")},
    {"group-gap", N_("distance of the two groups’ means along the direction")},
    {"projection", N_("cosine with the direction")},
    {"no-neutral-items", N_("no neutral items were given")},
    {"no-direction", N_("the groups do not differ, so there is no direction")},
    {"weak-direction", N_("less than half of what tells the pairs apart lies along the "
                          "direction, so it stands for them badly")},
    {"items", N_("items drawn anew")},
    {"percentile", N_("percentile bootstrap")},
    {"groups-drawn", N_("items of both groups drawn anew")},
    {"overlapping-groups", N_("an item is in both groups; it pulls them together")},
};

typedef struct {
    const UmkBiasSet *set;
    double *values; /* (n) cosine with the direction; NaN: none */
} Projected;

static Projected
project(const UmkBiasInput *input, const char *role, const UmkDirection *direction)
{
    Projected self = {.set = _umk_bias_input_get_set(input, role)};
    g_autofree double *rows = NULL;

    if (self.set == NULL)
        return self;
    rows = _umk_bias_set_dup_unit_rows(self.set);
    self.values = g_new(double, self.set->n + 1);
    for (gsize i = 0; i < self.set->n; i++) {
        const double *row = rows + i * self.set->d;

        self.values[i] =
            direction->vector != NULL && _umk_dot(row, row, self.set->d) > 0.0
                ? _umk_dot(row, direction->vector, self.set->d)
                : (double) NAN;
    }
    return self;
}

static double
mean_of(const double *values, gsize n)
{
    double sum = 0.0;
    gsize n_used = 0;

    for (gsize i = 0; i < n; i++)
        if (isfinite(values[i])) {
            sum += values[i];
            n_used++;
        }
    return n_used > 0 ? sum / (double) n_used : (double) NAN;
}

/* Returns the figure, with its interval's deviation. */
static double
add_direct_bias(JsonBuilder *result,
                const Projected *neutral,
                const double *powers,
                const char *undefined,
                const UmkDraws *draws,
                double neutral_by_chance,
                double *deviation)
{
    UmkBiasInterval interval = {.deviation = NAN};
    UmkBiasFigure figure = {.id = "direct-bias",
                            .value = NAN,
                            .undefined = undefined,
                            .headline = TRUE,
                            .neutral = neutral_by_chance,
                            .least = 0,
                            .most = 1,
                            .intervals = &interval};

    if (undefined == NULL && neutral->set == NULL)
        figure.undefined = "no-neutral-items";
    if (figure.undefined == NULL && neutral->set->n == 0)
        figure.undefined = "empty-set";
    if (figure.undefined == NULL) {
        figure.value = mean_of(powers, neutral->set->n);
        figure.undefined = "zero-vector";
        if (_umk_draws_interval(draws, _umk_drawn_mean, powers, neutral->set->n,
                                &interval))
            figure.n_intervals = 1;
    }
    _umk_bias_add_figure(result, &figure);
    *deviation = interval.deviation;
    return figure.value;
}

/* ---- the direction of pairs drawn anew --------------------------------------------- */

enum { EXPLAINED, GAP, N_REFITTED };
#define MOST_REFITTED  1000 /* replicates; the dearer a direction, the fewer */
#define LEAST_REFITTED 100
#define WORK           4e9 /* products */

typedef struct {
    UmkDirectionWay way;
    const double *x, *y; /* rows of length 1 */
    gsize d;
    gboolean pairs;      /* picks of x are picks of y as well */
    const double *fixed; /* (d) a direction that no draw changes, or NULL */
} Refit;

static void
copy_rows(const double *rows, const guint32 *items, gsize n, gsize d, double *to)
{
    for (gsize i = 0; i < n; i++)
        memcpy(to + i * d, rows + items[i] * d, d * sizeof *to);
}

static double
mean_along(const double *rows, gsize n, gsize d, const double *vector)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += _umk_dot(rows + i * d, vector, d);
    return sum / (double) n;
}

static void
refit(const UmkResample *what, const UmkPicks *picks, double *scratch, double *values)
{
    const Refit *self = what->data;
    gsize n_x = picks->n[0], y = self->pairs ? 0 : 1, n_y = picks->n[y], d = self->d;
    double *to_y = scratch + n_x * d;
    const double *vector = self->fixed;
    g_auto(UmkDirection) direction = {0};

    values[EXPLAINED] = values[GAP] = NAN;
    copy_rows(self->x, picks->items[0], n_x, d, scratch);
    copy_rows(self->y, picks->items[y], n_y, d, to_y);
    if (vector == NULL) {
        if (!_umk_direction_find(&direction, self->way, scratch, n_x, to_y, n_y, d, 0,
                                 NULL))
            return;
        vector = direction.vector;
    }
    if (direction.n_ratios > 0)
        values[EXPLAINED] = direction.ratios[0];
    if (vector != NULL) /* the sign hangs on which pair was drawn first */
        values[GAP] =
            fabs(mean_along(scratch, n_x, d, vector) - mean_along(to_y, n_y, d, vector));
}

static gboolean
resample_direction(UmkResampled *resampled,
                   const UmkBiasInput *input,
                   const UmkDirection *direction,
                   UmkParams *params,
                   guint64 seed,
                   UmkRun *run,
                   GError **error)
{
    const UmkBiasSet *x = _umk_bias_input_get_set(input, "x");
    const UmkBiasSet *y = _umk_bias_input_get_set(input, "y");
    g_autofree double *x_rows = _umk_bias_set_dup_unit_rows(x);
    g_autofree double *y_rows = _umk_bias_set_dup_unit_rows(y);
    gboolean pairs =
        direction->way == UMK_DIRECTION_PCA || direction->way == UMK_DIRECTION_MEAN;
    Refit self = {.way = direction->way,
                  .x = x_rows,
                  .y = y_rows,
                  .d = direction->d,
                  .pairs = pairs,
                  .fixed =
                      direction->way == UMK_DIRECTION_PAIR ? direction->vector : NULL};
    double n = (double) (x->n + y->n);
    double work = n * n * ((double) self.d + 30.0 * n);
    UmkResampleWay way = {pairs ? "pairs" : "groups-drawn", pairs ? 1u : 3u,
                          (gsize) CLAMP(WORK / work, LEAST_REFITTED, MOST_REFITTED)};
    UmkResample what = {.n_groups = pairs ? 1 : 2,
                        .sizes = {x->n, y->n},
                        .n_figures = N_REFITTED,
                        .n_scratch = (x->n + y->n) * self.d,
                        .figures = refit,
                        .data = &self};

    return _umk_bias_resample(&what, &way, 1, params, seed, resampled, run, error);
}

/* ---- random items ------------------------------------------------------------------ */

/* |cosine|^c of each row of the pool. */
static double *
dup_pool_powers(const UmkBiasPool *pool, const UmkDirection *direction, double strictness)
{
    g_autofree double *rows = _umk_bias_pool_dup_unit_rows(pool);
    double *powers = g_new(double, pool->n + 1);

    for (gsize i = 0; i < pool->n; i++)
        powers[i] =
            pow(fabs(_umk_dot(rows + i * direction->d, direction->vector, direction->d)),
                strictness);
    return powers;
}

static gboolean
draw_null(UmkBiasNull *null,
          const UmkBiasInput *input,
          const UmkBiasSet *neutral,
          const UmkDirection *direction,
          UmkParams *params,
          guint64 seed,
          UmkRun *run,
          GError **error)
{
    gsize n = (gsize) umk_params_get_int(params, "controls");
    g_auto(UmkBiasPool) pool = {0};
    g_autofree double *powers = NULL;

    null->undefined = _umk_bias_pool_init_like(&pool, input, neutral, n, UMK_POOL, seed);
    if (direction->vector == NULL)
        null->undefined = direction->undefined;
    if (null->undefined != NULL)
        return TRUE;
    powers =
        dup_pool_powers(&pool, direction, umk_params_get_double(params, "strictness"));
    null->n = n;
    if (!_umk_bias_null_draw_list(null, _umk_drawn_mean, powers, pool.n, neutral->n, seed,
                                  run, error))
        return FALSE;
    null->neutral = _umk_bias_chance_mean(null->values, null->n);
    return TRUE;
}

static void
add_chance(JsonBuilder *result,
           const UmkBiasNull *null,
           UmkParams *params,
           double deviation)
{
    double level = umk_params_get_double(params, "level");
    UmkBiasTest test = _umk_shuffle_test(null->of, null->alternative, null->found,
                                         null->values, null->n, level, null->undefined);

    _umk_bias_begin(result, "tests");
    _umk_bias_add_test(result, &test);
    _umk_bias_end(result);
    _umk_bias_add_control(result, null, level);
    _umk_bias_add_detectable_by(result, params, null, "controls", deviation, 1.0);
}

static void
add_items(JsonBuilder *result,
          const char *role,
          const Projected *set,
          const double *powers)
{
    double mean = powers != NULL ? mean_of(powers, set->set->n) : (double) NAN;
    gsize n = 0;

    for (gsize i = 0; powers != NULL && i < set->set->n; i++)
        n += isfinite(powers[i]) != 0;
    for (gsize i = 0; set->set != NULL && i < set->set->n; i++) {
        double without = NAN;

        if (powers != NULL && n > 1 && isfinite(powers[i]))
            without = (mean * (double) n - powers[i]) / (double) (n - 1);
        _umk_bias_add_item(result, role, set->set->names[i], set->values[i], without);
    }
}

static void
add_ratios(JsonBuilder *result, const UmkDirection *direction)
{
    _umk_bias_open(result, "series");
    if (direction->n_ratios > 0) {
        json_builder_begin_object(result);
        json_builder_set_member_name(result, "id");
        json_builder_add_string_value(result, "explained-variance");
        _umk_bias_open(result, "x");
        for (gsize i = 0; i < direction->n_ratios; i++)
            json_builder_add_int_value(result, (gint64) i + 1);
        _umk_bias_close(result);
        _umk_bias_open(result, "y");
        for (gsize i = 0; i < direction->n_ratios; i++)
            json_builder_add_double_value(result, direction->ratios[i]);
        _umk_bias_close(result);
        json_builder_end_object(result);
    }
    _umk_bias_close(result);
}

static void
add_notes(JsonBuilder *result,
          const UmkDirection *direction,
          const Projected *x,
          const Projected *y,
          gboolean by_chance)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    gboolean zero = FALSE, both = FALSE;

    if (by_chance)
        g_ptr_array_add(notes, (gpointer) "neutral-by-chance");
    if (_umk_direction_is_weak(direction))
        g_ptr_array_add(notes, (gpointer) "weak-direction");
    for (gsize i = 0; i < x->set->n; i++) {
        zero |= direction->vector != NULL && !isfinite(x->values[i]);
        both |= g_strv_contains((const char *const *) y->set->names, x->set->names[i]);
    }
    for (gsize i = 0; i < y->set->n; i++)
        zero |= direction->vector != NULL && !isfinite(y->values[i]);
    if (zero)
        g_ptr_array_add(notes, (gpointer) "zero-vector");
    if (both)
        g_ptr_array_add(notes, (gpointer) "overlapping-groups");
    _umk_bias_add_codes(result, "notes", notes);
}

static void
add_refitted(JsonBuilder *result,
             UmkBiasFigure *figure,
             const UmkResampled *resampled,
             gsize i)
{
    figure->intervals = resampled->intervals + i * resampled->n_per_figure;
    figure->n_intervals = isfinite(figure->value) ? resampled->n_intervals[i] : 0;
    _umk_bias_add_figure(result, figure);
}

static gboolean
direction_measure(const UmkBiasInput *input,
                  UmkParams *params,
                  guint64 seed,
                  JsonBuilder *result,
                  UmkRun *run,
                  GError **error)
{
    UmkDraws draws = _umk_draws_new(params, seed, "items");
    double strictness = umk_params_get_double(params, "strictness");
    g_auto(UmkDirection) direction = {0};
    g_autofree double *powers = NULL;
    g_auto(UmkResampled) resampled = {0};
    g_auto(UmkBiasNull)
        null = {.of = "direct-bias", .kind = "random-neutral", .alternative = "greater"};
    double deviation;
    Projected x, y, neutral;
    UmkBiasFigure figure = {.neutral = NAN, .least = 0, .most = 1};

    if (!_umk_direction_find_for_input(&direction, input, params, error) ||
        !resample_direction(&resampled, input, &direction, params, seed, run, error) ||
        !draw_null(&null, input, _umk_bias_input_get_set(input, "neutral"), &direction,
                   params, seed, run, error))
        return FALSE;
    x = project(input, "x", &direction);
    y = project(input, "y", &direction);
    neutral = project(input, "neutral", &direction);
    if (neutral.set != NULL) {
        powers = g_new(double, neutral.set->n + 1);
        for (gsize i = 0; i < neutral.set->n; i++)
            powers[i] = pow(fabs(neutral.values[i]), strictness);
    }
    _umk_bias_open(result, "figures");
    null.found = add_direct_bias(result, &neutral, powers, direction.undefined, &draws,
                                 null.neutral, &deviation);
    if (direction.way == UMK_DIRECTION_PCA) {
        figure.id = "explained-variance";
        figure.value = direction.n_ratios > 0 ? direction.ratios[0] : (double) NAN;
        figure.undefined = direction.undefined;
        add_refitted(result, &figure, &resampled, EXPLAINED);
    }
    figure.id = "group-gap";
    figure.most = 2;
    figure.neutral = 0;
    figure.value = mean_of(x.values, x.set->n) - mean_of(y.values, y.set->n);
    figure.undefined = direction.undefined != NULL ? direction.undefined : "zero-vector";
    add_refitted(result, &figure, &resampled, GAP);
    _umk_bias_close(result);
    add_chance(result, &null, params, deviation);
    _umk_bias_open(result, "items");
    add_items(result, "x", &x, NULL);
    add_items(result, "y", &y, NULL);
    add_items(result, "neutral", &neutral, powers);
    _umk_bias_close(result);
    add_ratios(result, &direction);
    add_notes(result, &direction, &x, &y, null.n > 0);
    g_free(x.values);
    g_free(y.values);
    g_free(neutral.values);
    return umk_run_check(run, error);
}

const UmkBiasMeasureOps _umk_bias_direction = {
    .id = "direction",
    .title = N_("Direction and direct bias"),
    .help = N_("How far neutral items lie along the direction in which two groups "
               "differ"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = direction_measure,
};
