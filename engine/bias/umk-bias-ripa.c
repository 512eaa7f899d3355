/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relational inner product association (Ethayarajh, Duvenaud and Hirst 2019): the product
 * of an attribute with the direction from y to x of each pair, of length 1. The attribute
 * keeps its own length: it is no cosine. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-set-metrics-private.h"
#include "bias/umk-shuffle-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>

static const UmkParamSpec specs[] = {UMK_BIAS_PARAM_PERMUTATIONS(1e5),
                                     UMK_BIAS_PARAM_REPLICATES, UMK_BIAS_PARAM_LEVEL,
                                     UMK_BIAS_PARAM_CONTROLS, UMK_BIAS_PARAMS_DETECTABLE};

static const UmkBiasRole roles[] = {{"x", N_("first item of each pair"), TRUE},
                                    {"y", N_("second item of each pair"), TRUE},
                                    {"a", N_("attributes"), TRUE}};

/* ---- the figures ------------------------------------------------------------------- */

void
_umk_ripa_init(UmkRipa *self, const UmkBiasSets *sets)
{
    gsize d = sets->d;
    g_autofree double *direction = g_new(double, d + 1);

    self->n_pairs = sets->sizes[UMK_SET_X];
    self->n_attributes = sets->sizes[UMK_SET_A];
    self->products = g_new(double, self->n_pairs * self->n_attributes + 1);
    for (gsize p = 0; p < self->n_pairs; p++) {
        double length;

        for (gsize j = 0; j < d; j++)
            direction[j] =
                sets->rows[UMK_SET_X][p * d + j] - sets->rows[UMK_SET_Y][p * d + j];
        length = sqrt(_umk_dot_in_double(direction, direction, d));
        for (gsize a = 0; a < self->n_attributes; a++)
            self->products[a * self->n_pairs + p] =
                length > 0.0
                    ? _umk_dot_in_double(sets->rows[UMK_SET_A] + a * d, direction, d) /
                          length
                    : (double) NAN;
    }
}

void
_umk_ripa_clear(UmkRipa *self)
{
    g_clear_pointer(&self->products, g_free);
}

void
_umk_ripa_of_attribute(const UmkRipa *self,
                       gsize attribute,
                       double *mean,
                       double *deviation)
{
    const double *products = self->products + attribute * self->n_pairs;
    double sum = 0.0, squares = 0.0, n = 0.0;

    for (gsize p = 0; p < self->n_pairs; p++)
        if (!isnan(products[p])) {
            sum += products[p];
            n += 1.0;
        }
    *mean = sum / n;
    for (gsize p = 0; p < self->n_pairs; p++)
        if (!isnan(products[p]))
            squares += (products[p] - *mean) * (products[p] - *mean);
    *deviation = sqrt(squares / n);
}

static void
ripa_figures(const UmkResample *what,
             const UmkPicks *picks,
             double *scratch,
             double *values)
{
    const UmkRipa *self = what->data;
    double sum = 0.0, n = 0.0;

    (void) scratch;
    for (gsize a = 0; a < picks->n[1]; a++) {
        const double *products = self->products + picks->items[1][a] * self->n_pairs;

        for (gsize p = 0; p < picks->n[0]; p++)
            if (!isnan(products[picks->items[0][p]])) {
                sum += products[picks->items[0][p]];
                n += 1.0;
            }
    }
    values[0] = n > 0.0 ? sum / n : (double) NAN;
}

UmkResample
_umk_ripa_resample(const UmkRipa *self)
{
    return (UmkResample){.n_groups = 2,
                         .sizes = {self->n_pairs, self->n_attributes},
                         .n_figures = 1,
                         .figures = ripa_figures,
                         .data = self};
}

/* ---- the measure ------------------------------------------------------------------- */

/* (n_pairs) means over the attributes */
static double *
dup_pair_means(const UmkRipa *self)
{
    double *means = g_new0(double, self->n_pairs + 1);

    for (gsize p = 0; p < self->n_pairs; p++)
        for (gsize a = 0; a < self->n_attributes; a++)
            means[p] +=
                self->products[a * self->n_pairs + p] / (double) self->n_attributes;
    return means;
}

/* Chance would turn any pair round. */
static gboolean
add_tests(JsonBuilder *result,
          const UmkRipa *self,
          UmkParams *params,
          guint64 seed,
          const char *empty,
          UmkBiasNull *signs,
          UmkRun *run,
          GError **error)
{
    g_autofree double *means = dup_pair_means(self);
    const char *undefined = empty != NULL ? empty : "no-spread";
    gsize n_pairs = empty != NULL ? 0 : self->n_pairs;
    UmkBiasTest tests[2];

    if (!_umk_sign_tests("ripa", means, n_pairs,
                         (gsize) umk_params_get_int(params, "permutations"),
                         umk_params_get_double(params, "level"), seed, undefined, tests,
                         &signs->values, &signs->n, run, error))
        return FALSE;
    _umk_bias_begin(result, "tests");
    for (gsize i = 0; i < 2; i++)
        _umk_bias_add_test(result, &tests[i]);
    _umk_bias_end(result);
    return TRUE;
}

/* Pairs first, named by both of their items. */
static void
add_items(JsonBuilder *result,
          const UmkBiasSets *sets,
          const UmkRipa *self,
          const UmkResampled *resampled)
{
    g_autofree double *means = dup_pair_means(self);

    _umk_bias_begin(result, "items");
    for (gsize p = 0; p < self->n_pairs; p++) {
        g_autofree char *name = g_strdup_printf(
            "%s – %s", sets->sets[UMK_SET_X]->names[p], sets->sets[UMK_SET_Y]->names[p]);

        _umk_bias_add_item(result, "pairs", name, means[p], resampled->without[p]);
    }
    for (gsize a = 0; a < self->n_attributes; a++) {
        double mean, deviation;

        _umk_ripa_of_attribute(self, a, &mean, &deviation);
        _umk_bias_add_item(result, "a", sets->sets[UMK_SET_A]->names[a], mean,
                           resampled->without[self->n_pairs + a]);
    }
    _umk_bias_end(result);
}

static void
add_rows(JsonBuilder *result, const UmkBiasSet *attributes, const UmkRipa *self)
{
    static const char *const columns[] = {"pair-mean", "pair-sd", NULL};

    _umk_bias_add_columns(result, columns);
    _umk_bias_begin(result, "rows");
    for (gsize a = 0; a < attributes->n; a++) {
        double mean, deviation;

        _umk_ripa_of_attribute(self, a, &mean, &deviation);
        json_builder_begin_object(result);
        _umk_bias_add_string(result, "label", attributes->names[a]);
        _umk_bias_add_number(result, columns[0], mean);
        _umk_bias_add_number(result, columns[1], deviation);
        json_builder_end_object(result);
    }
    _umk_bias_end(result);
}

static gboolean
has_same_pair(const UmkRipa *self)
{
    for (gsize p = 0; p < self->n_pairs && self->n_attributes > 0; p++)
        if (isnan(self->products[p]))
            return TRUE;
    return FALSE;
}

/* Pairs of random items, the same attributes. */
static gboolean
add_control(JsonBuilder *result,
            const UmkBiasInput *input,
            const UmkBiasSets *sets,
            double found,
            UmkParams *params,
            guint64 seed,
            UmkRun *run,
            GError **error)
{
    g_auto(UmkBiasNull) null = {
        .of = "ripa", .kind = "random-pairs", .alternative = "two-sided", .found = found};
    gsize wanted[UMK_RESAMPLE_GROUPS] = {sets->sizes[UMK_SET_X]};
    g_auto(UmkBiasSets) random = {0};
    g_auto(UmkRipa) ripa = {0};

    if (_umk_bias_null_begin(&null, &random, sets, input, params,
                             2 * sets->sizes[UMK_SET_X], seed)) {
        UmkResample what;

        _umk_bias_sets_pair_random(&random);
        _umk_ripa_init(&ripa, &random);
        what = _umk_ripa_resample(&ripa);
        if (!_umk_bias_null_draw(&null, &what, 0, 1u, wanted, seed, run, error))
            return FALSE;
    }
    _umk_bias_add_control(result, &null, umk_params_get_double(params, "level"));
    return TRUE;
}

static const UmkResampleWay ways[] = {{"pairs", 1u}, {"pairs-and-attributes", 3u}};

static gboolean
ripa_measure(const UmkBiasInput *input,
             UmkParams *params,
             guint64 seed,
             JsonBuilder *result,
             UmkRun *run,
             GError **error)
{
    static const char *const own_roles[UMK_N_SETS] = {"x", "y", "a", NULL};
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    g_auto(UmkResampled) resampled = {0};
    g_auto(UmkBiasSets) sets = {0};
    g_auto(UmkRipa) ripa = {0};
    g_auto(UmkBiasNull) signs = {.of = "ripa", .alternative = "two-sided"};
    const char *empty;
    UmkResample what;

    _umk_bias_sets_init_raw(&sets, input, own_roles);
    if (sets.sizes[UMK_SET_X] != sets.sizes[UMK_SET_Y]) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("ripa looks at pairs, but “%s” has %zu items and “%s” has %zu"),
                    sets.sets[UMK_SET_X]->title, sets.sizes[UMK_SET_X],
                    sets.sets[UMK_SET_Y]->title, sets.sizes[UMK_SET_Y]);
        return FALSE;
    }
    _umk_ripa_init(&ripa, &sets);
    what = _umk_ripa_resample(&ripa);
    if (!_umk_bias_resample(&what, ways, G_N_ELEMENTS(ways), params, seed, &resampled,
                            run, error))
        return FALSE;
    _umk_bias_forget_if_empty(&resampled, &sets);
    empty = _umk_bias_sets_find_empty(&sets);
    _umk_bias_begin(result, "figures");
    _umk_bias_add_resampled(
        result, &resampled, 0,
        (UmkBiasFigure){.id = "ripa",
                        .undefined = empty != NULL ? empty : "no-spread",
                        .headline = TRUE,
                        .least = NAN,
                        .most = NAN});
    _umk_bias_end(result);
    signs.undefined = empty != NULL ? empty : "no-spread";
    if (!add_tests(result, &ripa, params, seed, empty, &signs, run, error) ||
        !add_control(result, input, &sets, resampled.values[0], params, seed, run, error))
        return FALSE;
    _umk_bias_add_detectable_by(result, params, &signs, "signs",
                                _umk_resampled_deviation(&resampled, 0), NAN);
    add_items(result, &sets, &ripa, &resampled);
    add_rows(result, sets.sets[UMK_SET_A], &ripa);
    _umk_bias_note_sets(notes, &sets);
    if (has_same_pair(&ripa))
        _umk_bias_note(notes, "pair-without-difference");
    _umk_bias_note_resampled(notes, &resampled);
    _umk_bias_add_notes(result, notes);
    return TRUE;
}

static const UmkBiasWord words[] = {
    {"ripa", N_("mean product of the attributes with the directions of the pairs")},
    {"pair-mean", N_("mean over the pairs")},
    {"pair-sd", N_("standard deviation over the pairs (n)")},
    {"pair-without-difference",
     N_("the two items of a pair are the same vector; the pair "
        "has no direction and does not count")},
};

const UmkBiasMeasureOps _umk_bias_ripa = {
    .id = "ripa",
    .title = N_("Relational inner product (RIPA)"),
    .help = N_("How far attributes go along the direction of pairs"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = ripa_measure,
};
