/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The direction in which two groups differ, how well one direction stands for it, and the
 * direct bias of neutral items along it: DB_c = mean |cos(w, g)|^c (Bolukbasi et al.
 * 2016, section 5.2; c = 1 weighs every cosine by itself, larger c large ones more). */
#include "bias/umk-direction-private.h"
#include "bias/umk-draws-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

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

static void
add_direct_bias(JsonBuilder *result,
                const Projected *neutral,
                const double *powers,
                const char *undefined,
                const UmkDraws *draws)
{
    UmkBiasInterval interval;
    UmkBiasFigure figure = {.id = "direct-bias",
                            .value = NAN,
                            .undefined = undefined,
                            .headline = TRUE,
                            .neutral = 0,
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
          const Projected *y)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    gboolean zero = FALSE, both = FALSE;

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
    Projected x, y, neutral;
    UmkBiasFigure figure = {.neutral = NAN, .least = 0, .most = 1};

    if (!_umk_direction_find_for_input(&direction, input, params, error))
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
    add_direct_bias(result, &neutral, powers, direction.undefined, &draws);
    if (direction.way == UMK_DIRECTION_PCA) {
        figure.id = "explained-variance";
        figure.value = direction.n_ratios > 0 ? direction.ratios[0] : (double) NAN;
        figure.undefined = direction.undefined;
        _umk_bias_add_figure(result, &figure);
    }
    figure.id = "group-gap";
    figure.most = 2;
    figure.neutral = 0;
    figure.value = mean_of(x.values, x.set->n) - mean_of(y.values, y.set->n);
    figure.undefined = direction.undefined != NULL ? direction.undefined : "zero-vector";
    _umk_bias_add_figure(result, &figure);
    _umk_bias_close(result);
    _umk_bias_open(result, "items");
    add_items(result, "x", &x, NULL);
    add_items(result, "y", &y, NULL);
    add_items(result, "neutral", &neutral, powers);
    _umk_bias_close(result);
    add_ratios(result, &direction);
    add_notes(result, &direction, &x, &y);
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
