/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indirect bias (Bolukbasi et al. 2016, section 5.2): the share of two items' likeness
 * that is owed to the direction, [w.v - cos(w⊥, v⊥)] / w.v. Where |w.v| is below 0.05 the
 * quotient is noise, and it is undefined. The p-value is our own: whether as many items
 * drawn at random from the source, compared with the same others, owe as much. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-direction-private.h"
#include "bias/umk-draws-private.h"
#include "bias/umk-shuffle-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_PAIRS 1000000
#define MAX_ROWS  2000 /* pairs that are told one by one */

static const char *const matches[] = {"all", "each", NULL};

static const UmkBiasRole roles[] = {
    {"x", N_("First members of the pairs, or the first group"), TRUE},
    {"y", N_("Second members, or the second group"), TRUE},
    {"a", N_("Items whose likeness is looked at"), TRUE},
    {"b", N_("Items that they are compared with"), TRUE},
};

static const UmkParamSpec specs[] = {
    UMK_DIRECTION_PARAM_WAY,
    UMK_DIRECTION_PARAM_PAIR,
    {.name = "match",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Compare"),
     .help = N_("Each item with all of the others, or each with the one in its place"),
     .choices = matches},
    UMK_BIAS_PARAM_REPLICATES,
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAM_CONTROLS_OF(
        1000, N_("Draw so many sets of random items to look at; 0 for none")),
    UMK_BIAS_PARAMS_DETECTABLE,
};

static const UmkBiasWord words[] = {
    {"indirect-bias", N_("share of the likeness that is owed to the direction")},
    {"pairs-undefined", N_("pairs whose likeness is too small to be shared out")},
    {"cosine", N_("cosine of the two")},
    {"too-unlike", N_("the cosine is below 0.05, so its share says nothing")},
    {"along-direction", N_("an item lies wholly along the direction")},
    {"no-defined-pair", N_("no pair has a likeness that can be shared out")},
    {"more-rows", N_("only the first 2000 pairs are told one by one")},
};

typedef struct {
    const UmkBiasSet *a, *b;
    double *a_rows, *b_rows;
    gboolean each;
    double *means; /* (n of a) over b */
    gsize n_undefined, n_pairs;
    GPtrArray *notes;
} Likeness;

static void
measure_pairs(Likeness *self, const UmkDirection *direction, JsonBuilder *result)
{
    gsize d = self->a->d, n_rows = 0;

    for (gsize i = 0; i < self->a->n; i++) {
        double sum = 0.0;
        gsize n_used = 0;

        for (gsize j = self->each ? i : 0; j < (self->each ? i + 1 : self->b->n); j++) {
            const double *w = self->a_rows + i * d, *v = self->b_rows + j * d;
            const char *undefined = "no-direction";
            double share = NAN;

            if (direction->vector != NULL)
                share = _umk_direction_indirect_bias(direction, w, v, &undefined);
            self->n_pairs++;
            self->n_undefined += !isfinite(share);
            if (isfinite(share)) {
                sum += share;
                n_used++;
            }
            if (n_rows++ < MAX_ROWS) {
                g_autofree char *label =
                    g_strconcat(self->a->names[i], " · ", self->b->names[j], NULL);

                json_builder_begin_object(result);
                json_builder_set_member_name(result, "label");
                json_builder_add_string_value(result, label);
                _umk_bias_add_number(result, "cosine", _umk_dot(w, v, d));
                _umk_bias_add_number(result, "indirect-bias", share);
                json_builder_end_object(result);
            }
        }
        self->means[i] = n_used > 0 ? sum / (double) n_used : (double) NAN;
    }
    if (n_rows > MAX_ROWS)
        g_ptr_array_add(self->notes, (gpointer) "more-rows");
}

/* Returns the figure, with its interval's deviation. */
static double
add_figures(const Likeness *self,
            const UmkDirection *direction,
            const UmkDraws *draws,
            double *deviation,
            JsonBuilder *result)
{
    g_autofree guint32 *all = g_new(guint32, self->a->n + 1);
    UmkBiasInterval interval = {.deviation = NAN};
    UmkBiasFigure figure = {.id = "indirect-bias",
                            .undefined = direction->undefined,
                            .headline = TRUE,
                            .neutral = 0,
                            .least = NAN,
                            .most = NAN,
                            .intervals = &interval};
    UmkBiasFigure count = {.id = "pairs-undefined",
                           .value = (double) self->n_undefined,
                           .is_count = TRUE,
                           .neutral = NAN,
                           .least = 0,
                           .most = NAN};

    for (gsize i = 0; i < self->a->n; i++)
        all[i] = (guint32) i;
    figure.value = _umk_drawn_mean(all, self->a->n, self->means);
    if (figure.undefined == NULL)
        figure.undefined = self->n_pairs == 0 ? "empty-set" : "no-defined-pair";
    if (isfinite(figure.value) &&
        _umk_draws_interval(draws, _umk_drawn_mean, self->means, self->a->n, &interval))
        figure.n_intervals = 1;
    _umk_bias_open(result, "figures");
    _umk_bias_add_figure(result, &figure);
    _umk_bias_add_figure(result, &count);
    _umk_bias_close(result);
    _umk_bias_open(result, "items");
    for (gsize i = 0; i < self->a->n; i++)
        _umk_bias_add_item(result, "a", self->a->names[i], self->means[i], NAN);
    _umk_bias_close(result);
    *deviation = interval.deviation;
    return figure.value;
}

/* ---- random items ------------------------------------------------------------------ */

typedef struct {
    double *shares; /* (n of the pool, n_b): of each row of the pool with each of b */
    gsize n_b;
    gboolean each;
} Random;

/* As of the items themselves: the mean over what is defined. */
static double
random_share(const guint32 *drawn, gsize n, gconstpointer data)
{
    const Random *random = data;
    double sum = 0.0;
    gsize n_used = 0;

    for (gsize i = 0; i < n; i++) {
        const double *shares = random->shares + drawn[i] * random->n_b;
        double own = 0.0;
        gsize n_own = 0;

        for (gsize j = random->each ? i : 0; j < (random->each ? i + 1 : random->n_b);
             j++)
            if (isfinite(shares[j])) {
                own += shares[j];
                n_own++;
            }
        if (n_own == 0)
            continue;
        sum += own / (double) n_own;
        n_used++;
    }
    return n_used > 0 ? sum / (double) n_used : (double) NAN;
}

static void
share_pool(const Likeness *self,
           const UmkDirection *direction,
           const UmkBiasPool *pool,
           Random *random)
{
    g_autofree double *rows = _umk_bias_pool_dup_unit_rows(pool);
    gsize d = self->a->d;

    *random = (Random){g_new(double, pool->n * self->b->n + 1), self->b->n, self->each};
    for (gsize i = 0; i < pool->n; i++)
        for (gsize j = 0; j < self->b->n; j++) {
            const char *undefined;

            random->shares[i * self->b->n + j] = _umk_direction_indirect_bias(
                direction, rows + i * d, self->b_rows + j * d, &undefined);
        }
}

static gboolean
add_control(JsonBuilder *result,
            const UmkBiasInput *input,
            const Likeness *self,
            const UmkDirection *direction,
            UmkParams *params,
            guint64 seed,
            double found,
            double deviation,
            UmkRun *run,
            GError **error)
{
    gsize n = (gsize) umk_params_get_int(params, "controls");
    double level = umk_params_get_double(params, "level");
    gsize most = MAX_PAIRS / MAX(self->b->n, 1);
    g_auto(UmkBiasNull) null = {.of = "indirect-bias",
                                .kind = "random-items",
                                .alternative = "two-sided",
                                .found = found};
    g_auto(UmkBiasPool) pool = {0};
    UmkBiasTest test;

    null.undefined = _umk_bias_pool_init_like(
        &pool, input, self->a, n, MIN(UMK_POOL, MAX(most, 3 * self->a->n)), seed);
    if (direction->vector == NULL)
        null.undefined = direction->undefined;
    else if (null.undefined == NULL && self->b->n == 0)
        null.undefined = "empty-set";
    if (null.undefined == NULL) {
        g_autofree double *shares = NULL;
        gboolean done;
        Random random;

        share_pool(self, direction, &pool, &random);
        shares = random.shares;
        null.n = n;
        done = _umk_bias_null_draw_list(&null, random_share, &random, pool.n, self->a->n,
                                        seed, run, error);
        if (!done)
            return FALSE;
    }
    test = _umk_shuffle_test("indirect-bias", "two-sided", found, null.values, null.n,
                             level, null.undefined);
    _umk_bias_begin(result, "tests");
    _umk_bias_add_test(result, &test);
    _umk_bias_end(result);
    _umk_bias_add_control(result, &null, level);
    _umk_bias_add_detectable_by(result, params, &null, "controls", deviation, NAN);
    return TRUE;
}

static gboolean
check_sizes(const Likeness *self, GError **error)
{
    if (self->each && self->a->n != self->b->n) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_DIMENSION,
            _("The sets “%s” and “%s” are compared item by item, and have %zu and "
              "%zu items"),
            self->a->title, self->b->title, self->a->n, self->b->n);
        return FALSE;
    }
    if (self->a->n > 0 && self->b->n > MAX_PAIRS / self->a->n) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("%zu × %zu pairs are more than can be compared (%d)"), self->a->n,
                    self->b->n, MAX_PAIRS);
        return FALSE;
    }
    return TRUE;
}

static gboolean
indirect_measure(const UmkBiasInput *input,
                 UmkParams *params,
                 guint64 seed,
                 JsonBuilder *result,
                 UmkRun *run,
                 GError **error)
{
    UmkDraws draws = _umk_draws_new(params, seed, "items");
    g_auto(UmkDirection) direction = {0};
    g_autofree double *a_rows = NULL, *b_rows = NULL, *means = NULL;
    g_autoptr(GPtrArray) notes = g_ptr_array_new();
    double found, deviation;
    Likeness self = {.a = _umk_bias_input_get_set(input, "a"),
                     .b = _umk_bias_input_get_set(input, "b"),
                     .each =
                         g_strcmp0(umk_params_get_string(params, "match"), "each") == 0,
                     .notes = notes};

    if (!check_sizes(&self, error) ||
        !_umk_direction_find_for_input(&direction, input, params, error))
        return FALSE;
    self.a_rows = a_rows = _umk_bias_set_dup_unit_rows(self.a);
    self.b_rows = b_rows = _umk_bias_set_dup_unit_rows(self.b);
    self.means = means = g_new(double, self.a->n + 1);
    _umk_bias_open(result, "columns");
    json_builder_add_string_value(result, "cosine");
    json_builder_add_string_value(result, "indirect-bias");
    _umk_bias_close(result);
    _umk_bias_open(result, "rows");
    measure_pairs(&self, &direction, result);
    _umk_bias_close(result);
    found = add_figures(&self, &direction, &draws, &deviation, result);
    if (!add_control(result, input, &self, &direction, params, seed, found, deviation,
                     run, error))
        return FALSE;
    if (_umk_direction_is_weak(&direction))
        g_ptr_array_add(notes, (gpointer) "weak-direction");
    _umk_bias_add_codes(result, "notes", notes);
    return umk_run_check(run, error);
}

const UmkBiasMeasureOps _umk_bias_indirect = {
    .id = "indirect-bias",
    .title = N_("Indirect bias"),
    .help = N_("How much of the likeness of items is owed to the direction in which two "
               "groups differ"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = indirect_measure,
};
