/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Relative norm distance (Garg, Schiebinger, Jurafsky and Zou 2018): how much nearer the
 * attributes lie to the mean of one set than to that of the other. In distances, positive
 * is nearer to Y; in cosines, positive is nearer to X. Distances depend on the lengths of
 * the rows, so the figure is told of the rows as they are and of rows of length 1. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-set-metrics-private.h"
#include "bias/umk-shuffle-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define UNIT 1e-4 /* lengths this close to 1 are 1 */

static const UmkParamSpec specs[] = {UMK_BIAS_PARAM_PERMUTATIONS(1e4),
                                     UMK_BIAS_PARAM_REPLICATES, UMK_BIAS_PARAM_LEVEL,
                                     UMK_BIAS_PARAM_CONTROLS, UMK_BIAS_PARAMS_DETECTABLE};

static const UmkBiasRole roles[] = {
    UMK_BIAS_ROLE_X, UMK_BIAS_ROLE_Y, {"a", N_("attributes"), TRUE}};

/* ---- the measure ------------------------------------------------------------------- */

typedef struct {
    UmkBiasSets sets[2]; /* as they are, of length 1 */
    UmkSetProducts products[2];
    UmkResampled resampled[2]; /* likewise */
} Both;

static void
both_clear(Both *both)
{
    for (gsize i = 0; i < 2; i++) {
        _umk_set_products_clear(&both->products[i]);
        _umk_bias_sets_clear(&both->sets[i]);
        _umk_resampled_clear(&both->resampled[i]);
    }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Both, both_clear)

static gboolean
are_unit(const UmkBiasSets *sets)
{
    for (gsize s = 0; s < UMK_N_SETS; s++)
        for (gsize i = 0; i < sets->sizes[s]; i++) {
            const double *row = sets->rows[s] + i * sets->d;

            if (fabs(sqrt(_umk_dot_in_double(row, row, sets->d)) - 1.0) > UNIT)
                return FALSE;
        }
    return TRUE;
}

static void
add_figures(JsonBuilder *result, const Both *both)
{
    static const char *const ids[2][UMK_RND_N_FIGURES] = {
        {"rnd", "rnd-cosine"}, {"rnd-unit", "rnd-cosine-unit"}};
    const char *empty = _umk_bias_sets_find_empty(&both->sets[0]);

    _umk_bias_begin(result, "figures");
    for (gsize i = 0; i < 2; i++)
        for (gsize f = 0; f < UMK_RND_N_FIGURES; f++) {
            double bound = f == UMK_RND_COSINE || i == 1 ? 2.0 : (double) NAN;

            _umk_bias_add_resampled(
                result, &both->resampled[i], f,
                (UmkBiasFigure){.id = ids[i][f],
                                .undefined = empty ? empty : "zero-vector",
                                .headline = i == 0 && f == 0,
                                .least = -bound,
                                .most = bound});
        }
    _umk_bias_end(result);
}

/* Chance would deal the targets to either set. */
static gboolean
add_tests(JsonBuilder *result,
          const Both *both,
          UmkParams *params,
          guint64 seed,
          UmkRun *run,
          GError **error)
{
    static const char *const alternatives[] = {"greater", "two-sided"};
    const char *empty = _umk_bias_sets_find_empty(&both->sets[0]);
    gsize n = empty == NULL ? (gsize) umk_params_get_int(params, "permutations") : 0;
    g_autofree double *rows =
        _umk_bias_sets_dup_pooled(&both->sets[0], UMK_SET_X, UMK_SET_Y);
    g_autofree double *values = NULL;
    UmkBiasSets pooled = both->sets[0];
    UmkBiasNull null = {.of = "rnd", .alternative = "two-sided"};
    UmkSetProducts products = both->products[0];
    UmkResample what;

    pooled.rows[UMK_SET_X] = pooled.rows[UMK_SET_Y] = rows;
    products.sets = &pooled;
    products.dealt = TRUE;
    what = _umk_rnd_resample(&products);
    values = _umk_shuffle(&what, UMK_SET_X, n, seed, run, error);
    if (values == NULL)
        return FALSE;
    _umk_bias_begin(result, "tests");
    for (gsize i = 0; i < G_N_ELEMENTS(alternatives); i++) {
        UmkBiasTest test = _umk_shuffle_test(
            "rnd", alternatives[i], both->resampled[0].values[UMK_RND_EUCLIDEAN], values,
            n, umk_params_get_double(params, "level"), empty ? empty : "not-asked-for");

        _umk_bias_add_test(result, &test);
    }
    _umk_bias_end(result);
    null.values = values;
    null.n = n;
    null.undefined = empty != NULL ? empty : "not-asked-for";
    _umk_bias_add_detectable_by(result, params, &null, "permutations",
                                _umk_resampled_deviation(&both->resampled[0], 0), NAN);
    return TRUE;
}

static gboolean
add_control(JsonBuilder *result,
            const UmkBiasInput *input,
            const Both *both,
            UmkParams *params,
            guint64 seed,
            UmkRun *run,
            GError **error)
{
    g_auto(UmkBiasNull) null = {.of = "rnd",
                                .kind = "random-targets",
                                .alternative = "two-sided",
                                .found = both->resampled[0].values[UMK_RND_EUCLIDEAN]};
    const gsize *sizes = both->sets[0].sizes;
    g_auto(UmkSetProducts) products = {0};
    g_auto(UmkBiasSets) random = {0};

    if (_umk_bias_null_begin(&null, &random, &both->sets[0], input, params,
                             sizes[UMK_SET_X] + sizes[UMK_SET_Y], seed)) {
        UmkResample what;

        if (!_umk_set_products_init(&products, &random, error))
            return FALSE;
        what = _umk_rnd_resample(&products);
        if (!_umk_bias_null_draw(&null, &what, UMK_RND_EUCLIDEAN, 3u, sizes, seed, run,
                                 error))
            return FALSE;
    }
    _umk_bias_add_control(result, &null, umk_params_get_double(params, "level"));
    return TRUE;
}

/* A target's value is its mean distance from the attributes. */
static void
add_items(JsonBuilder *result, const Both *both, const double *per_attribute)
{
    const UmkBiasSets *sets = &both->sets[0];
    gsize n = sets->sizes[UMK_SET_A], at = 0;
    g_autofree double *values =
        g_new0(double, sets->sizes[UMK_SET_X] + sets->sizes[UMK_SET_Y] + n + 1);

    for (gsize s = UMK_SET_X; s <= UMK_SET_Y; s++)
        for (gsize i = 0; i < sets->sizes[s]; i++, at++)
            for (gsize a = 0; a < n; a++)
                values[at] +=
                    _umk_rnd_distance(sets->rows[s] + i * sets->d,
                                      sets->rows[UMK_SET_A] + a * sets->d, sets->d) /
                    (double) n;
    for (gsize a = 0; a < n; a++)
        values[at + a] = per_attribute[a];
    _umk_bias_add_influence(result, sets, values, &both->resampled[0], 0);
}

static void
add_rows(JsonBuilder *result,
         const UmkBiasSet *attributes,
         const double *raw,
         const double *unit)
{
    static const char *const columns[] = {"rnd", "rnd-cosine", "rnd-unit",
                                          "rnd-cosine-unit", NULL};
    gsize n = attributes->n;

    _umk_bias_add_columns(result, columns);
    _umk_bias_begin(result, "rows");
    for (gsize i = 0; i < n; i++) {
        json_builder_begin_object(result);
        _umk_bias_add_string(result, "label", attributes->names[i]);
        for (gsize c = 0; columns[c] != NULL; c++)
            _umk_bias_add_number(result, columns[c],
                                 c < 2 ? raw[c * n + i] : unit[(c - 2) * n + i]);
        json_builder_end_object(result);
    }
    _umk_bias_end(result);
}

static void
add_notes(JsonBuilder *result, const Both *both)
{
    g_autoptr(GPtrArray) notes = g_ptr_array_new();

    _umk_bias_note_sets(notes, &both->sets[1]);
    if (are_unit(&both->sets[0]))
        _umk_bias_note(notes, "rows-of-length-one");
    else if (both->resampled[0].values[0] * both->resampled[1].values[0] < 0.0)
        _umk_bias_note(notes, "sign-depends-on-lengths");
    for (gsize i = 0; i < 2; i++)
        _umk_bias_note_resampled(notes, &both->resampled[i]);
    _umk_bias_add_notes(result, notes);
}

static const UmkResampleWay ways[] = {{"targets", 3u}, {"targets-and-attributes", 7u}};

static gboolean
rnd_measure(const UmkBiasInput *input,
            UmkParams *params,
            guint64 seed,
            JsonBuilder *result,
            UmkRun *run,
            GError **error)
{
    static const char *const own_roles[UMK_N_SETS] = {"x", "y", "a", NULL};
    g_autofree double *raw = NULL, *unit = NULL;
    g_auto(Both) both = {0};
    gsize n;

    _umk_bias_sets_init_raw(&both.sets[0], input, own_roles);
    _umk_bias_sets_init(&both.sets[1], input, own_roles, FALSE);
    for (gsize i = 0; i < 2; i++) {
        UmkResample what;

        if (!_umk_set_products_init(&both.products[i], &both.sets[i], error))
            return FALSE;
        what = _umk_rnd_resample(&both.products[i]);
        if (!_umk_bias_resample(&what, ways, G_N_ELEMENTS(ways), params, seed,
                                &both.resampled[i], run, error))
            return FALSE;
        _umk_bias_forget_if_empty(&both.resampled[i], &both.sets[i]);
    }
    n = both.sets[0].sizes[UMK_SET_A];
    raw = g_new(double, UMK_RND_N_FIGURES *n + 1);
    unit = g_new(double, UMK_RND_N_FIGURES *n + 1);
    _umk_rnd_per_attribute(&both.sets[0], raw);
    _umk_rnd_per_attribute(&both.sets[1], unit);
    add_figures(result, &both);
    if (!add_tests(result, &both, params, seed, run, error) ||
        !add_control(result, input, &both, params, seed, run, error))
        return FALSE;
    add_items(result, &both, raw);
    add_rows(result, both.sets[0].sets[UMK_SET_A], raw, unit);
    add_notes(result, &both);
    return TRUE;
}

static const UmkBiasWord words[] = {
    {"rnd", N_("distance from the mean of the first set minus distance from that of the "
               "second; positive is nearer to the second")},
    {"rnd-cosine", N_("cosine with the mean of the first set minus cosine with that of "
                      "the second; positive is nearer to the first")},
    {"rnd-unit", N_("the same distances with all vectors of length 1")},
    {"rnd-cosine-unit", N_("the same cosines with all vectors of length 1")},
    {"rows-of-length-one", N_("all vectors are of length 1")},
    {"sign-depends-on-lengths",
     N_("the figure changes its sign when all vectors are made "
        "of length 1")},
};

const UmkBiasMeasureOps _umk_bias_rnd = {
    .id = "rnd",
    .title = N_("Relative norm distance (RND)"),
    .help = N_("Whether attributes lie nearer to the mean of one set than to that of the "
               "other"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = rnd_measure,
};
