/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Double-hard debiasing (Wang et al., "Double-hard debias", 2020): among the first
 * components of all rows is one that carries word frequency and blurs the direction. Each
 * is taken out on trial, the direction is found anew and taken out, and the items
 * farthest along the original direction are clustered in two; the component whose
 * clusters agree least with their sides is taken out for good. Rows are of length 1
 * first, the mean of all of them is taken out, and they are brought to length 1 in the
 * end. */
#include "bias/umk-equalize-private.h"
#include "bias/umk-groups-private.h"
#include "bias/umk-residual-private.h"

#include "linalg/umk-dense-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

#define BLOCK 1024

static const UmkBiasRole roles[] = {
    {"x", N_("First members of the defining pairs, or the first group"), TRUE},
    {"y", N_("Second members, or the second group"), TRUE},
    UMK_EQUALIZE_ROLES,
};

static const UmkParamSpec specs[] = {
    UMK_DIRECTION_PARAM_WAY,
    UMK_DIRECTION_PARAM_PAIR,
    {.name = "components",
     .type = UMK_PARAM_INT,
     .title = N_("Components"),
     .help = N_("Try so many of the first components"),
     .min = 1,
     .max = 64,
     .def = 4},
    UMK_RESIDUAL_PARAM_WORDS(1000),
    UMK_EQUALIZE_PARAM,
};

static const UmkBiasWord words[] = {
    {"component", N_("which component was taken out, counted from 1")},
    {"cluster-accuracy-chosen", N_("cluster accuracy without that component")},
    {"cluster-accuracy-worst", N_("the highest cluster accuracy among those tried")},
};

typedef struct {
    const UmkBiasSet *x, *y;
    gsize d;
    double *mean;       /* (d) of all rows of length 1 */
    double *components; /* (n_components, d) */
    gsize n_components;
    UmkDirectionWay way;
    gsize pair;
} DoubleHard;

static gboolean
find_components(
    DoubleHard *self, UmkMatrix *background, gsize wanted, UmkRun *run, GError **error)
{
    gsize d = self->d, n = umk_matrix_get_n_rows(background);
    g_autofree double *block = g_new(double, MIN(n, BLOCK) * d + 1);
    g_autofree double *square = g_new0(double, d *d), *values = g_new(double, d);

    for (gsize turn = 0; turn < 2; turn++)
        for (gsize first = 0; first < n; first += BLOCK) {
            gsize count = MIN(n - first, BLOCK);

            if (!umk_run_check(run, error))
                return FALSE;
            for (gsize i = 0; i < count; i++) {
                const float *from = umk_matrix_get_row(background, first + i, NULL);
                double *to = block + i * d;

                for (gsize j = 0; j < d; j++)
                    to[j] = (double) from[j];
                _umk_make_unit(to, d);
                for (gsize j = 0; j < d && turn == 0; j++)
                    self->mean[j] += to[j] / (double) n;
                for (gsize j = 0; j < d && turn == 1; j++)
                    to[j] -= self->mean[j];
            }
            if (turn == 1)
                cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int) d, (int) count,
                            1.0, block, (int) d, 1.0, square, (int) d);
        }
    if (!_umk_dense_eigen(square, d, values, error))
        return FALSE;
    self->n_components = MIN(wanted, d);
    for (gsize i = 0; i < self->n_components; i++)
        memcpy(self->components + i * d, square + (d - 1 - i) * d, d * sizeof *square);
    return TRUE;
}

/* What a row of length 1 is before the direction is taken out. */
typedef struct {
    const double *mean, *component;
    gsize d;
} Centred;

static void
centre(const double *row, double *out, gpointer data)
{
    const Centred *self = data;
    double along;

    for (gsize j = 0; j < self->d; j++)
        out[j] = row[j] - self->mean[j];
    along = _umk_dot(out, self->component, self->d);
    for (gsize j = 0; j < self->d; j++)
        out[j] -= along * self->component[j];
}

/* The same, and of length 1 again, as equalising needs it. */
static void
centre_unit(const double *row, double *out, gpointer data)
{
    const Centred *self = data;

    centre(row, out, data);
    _umk_make_unit(out, self->d);
}

static double *
dup_centred(const UmkBiasSet *set, Centred *centred)
{
    double *rows = _umk_bias_set_dup_unit_rows(set);
    g_autofree double *out = g_new(double, set->d + 1);

    for (gsize i = 0; i < set->n; i++) {
        centre_unit(rows + i * set->d, out, centred);
        memcpy(rows + i * set->d, out, set->d * sizeof *out);
    }
    return rows;
}

static gboolean
find_direction(const DoubleHard *self, gsize c, UmkDirection *direction, GError **error)
{
    Centred centred = {self->mean, self->components + c * self->d, self->d};
    g_autofree double *x = dup_centred(self->x, &centred);
    g_autofree double *y = dup_centred(self->y, &centred);

    return _umk_direction_find(direction, self->way, x, self->x->n, y, self->y->n,
                               self->d, self->pair, error) &&
           _umk_direction_require(direction, self->x, self->y, error);
}

/* rows (2n, d) of length 1; NaN where they are all the same in the end. */
static double
try_component(const DoubleHard *self,
              gsize c,
              const UmkDirection *direction,
              const double *rows,
              gsize n,
              guint64 seed)
{
    gsize d = self->d;
    Centred centred = {self->mean, self->components + c * d, d};
    g_autofree double *tried = g_new(double, 2 * n * d + 1);
    g_autofree guint8 *labels = g_new(guint8, 2 * n + 1);

    for (gsize i = 0; i < 2 * n; i++) {
        centre(rows + i * d, tried + i * d, &centred);
        _umk_neutralize(tried + i * d, direction->vector, 1, d, tried + i * d);
        _umk_make_unit(tried + i * d, d);
    }
    if (!_umk_two_clusters(tried, 2 * n, d, 10, seed, labels))
        return NAN;
    return (double) _umk_count_agreeing(labels, n) / (double) (2 * n);
}

static gboolean
choose_component(DoubleHard *self,
                 const UmkProjected *projected,
                 gsize n_words,
                 guint64 seed,
                 gsize *chosen,
                 UmkDebias *result,
                 UmkRun *run,
                 GError **error)
{
    g_autofree guint32 *rows = _umk_projected_take(projected, &n_words);
    g_autofree double *unit = NULL;
    double best = INFINITY, worst = -INFINITY;

    *chosen = 0;
    if (projected->undefined != NULL) {
        UmkDirection none = {0};

        return _umk_direction_require(&none, self->x, self->y, error);
    }
    if (rows == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("double-hard needs at least two surrounding items beside those of "
                      "the sets"));
        return FALSE;
    }
    unit = _umk_projected_dup_rows(projected, NULL, rows, 2 * n_words);
    for (gsize c = 0; c < self->n_components; c++) {
        g_auto(UmkDirection) direction = {0};
        double accuracy;

        if (!umk_run_check(run, error) || !find_direction(self, c, &direction, error))
            return FALSE;
        umk_run_report(run, _("Components"), (double) c / (double) self->n_components);
        accuracy = try_component(self, c, &direction, unit, n_words, seed);
        worst = isfinite(accuracy) ? MAX(worst, accuracy) : worst;
        if (accuracy < best) {
            best = accuracy;
            *chosen = c;
        }
    }
    _umk_debias_add_fact(result, "component", (double) *chosen + 1.0);
    _umk_debias_add_fact(result, "cluster-accuracy-chosen", best);
    _umk_debias_add_fact(result, "cluster-accuracy-worst", worst);
    return TRUE;
}

/* x - m - u(u·(x - m)) - g(g·…) as one map of rank 2 on x - m. */
static void
take_map(const DoubleHard *self,
         gsize c,
         const UmkDirection *direction,
         UmkDebias *result)
{
    gsize d = self->d;
    const double *u = self->components + c * d, *g = direction->vector;
    double *left = g_new(double, 2 * d), *right = g_new(double, 2 * d);
    double both = _umk_dot(g, u, d);

    for (gsize j = 0; j < d; j++) {
        left[j] = u[j];
        left[d + j] = g[j];
        right[j] = u[j];
        right[d + j] = g[j] - both * u[j];
    }
    memcpy(result->shift, self->mean, d * sizeof(double));
    _umk_debias_take_low_rank(result, 2, left, right);
}

/* Items that keep their part along the direction are centred all the same, so that they
 * can be compared with the others; those that were equalised are stored already. */
static void
keep_centred(UmkDebias *result, const UmkBiasSet *set, Centred *centred)
{
    g_autofree double *rows = set != NULL ? dup_centred(set, centred) : NULL;

    for (gsize i = 0; set != NULL && i < set->n; i++)
        _umk_debias_add_row(result, set->names[i], rows + i * set->d);
}

static gboolean
fit_with(DoubleHard *self,
         const UmkBiasInput *input,
         UmkParams *params,
         guint64 seed,
         UmkDebias *result,
         UmkProjected *projected,
         UmkRun *run,
         GError **error)
{
    g_auto(UmkDirection) direction = {0};
    Centred centred = {.mean = self->mean, .d = self->d};
    gsize chosen;

    if (!_umk_projected_find(projected, input, FALSE, params, run, error) ||
        !find_components(self, input->background,
                         (gsize) umk_params_get_int(params, "components"), run, error) ||
        !choose_component(self, projected, (gsize) umk_params_get_int(params, "words"),
                          seed, &chosen, result, run, error) ||
        !find_direction(self, chosen, &direction, error))
        return FALSE;
    take_map(self, chosen, &direction, result);
    centred.component = self->components + chosen * self->d;
    if (!_umk_equalize_pairs(result, input, params, direction.vector, centre_unit,
                             &centred, error))
        return FALSE;
    _umk_debias_add_fact(result, "n-equalized", (double) result->row_names->len);
    keep_centred(result, self->x, &centred);
    keep_centred(result, self->y, &centred);
    keep_centred(result, _umk_bias_input_get_set(input, "keep"), &centred);
    if (direction.n_ratios > 0)
        _umk_debias_add_fact(result, "explained-variance", direction.ratios[0]);
    if (_umk_direction_is_weak(&direction))
        _umk_debias_add_note(result, "weak-direction");
    return TRUE;
}

static gboolean
double_hard_fit(const UmkBiasInput *input,
                UmkParams *params,
                guint64 seed,
                UmkDebias *result,
                UmkRun *run,
                GError **error)
{
    gsize d = result->n_dims;
    gsize room = (gsize) umk_params_get_int(params, "components") * d;
    g_autofree double *mean = g_new0(double, d), *components = g_new0(double, room);
    UmkProjected projected = {0};
    DoubleHard self = {
        .x = _umk_bias_input_get_set(input, "x"),
        .y = _umk_bias_input_get_set(input, "y"),
        .d = d,
        .mean = mean,
        .components = components,
        .way = _umk_direction_way_from_name(umk_params_get_string(params, "way")),
        .pair = (gsize) umk_params_get_int(params, "pair") - 1};
    gboolean done = fit_with(&self, input, params, seed, result, &projected, run, error);

    _umk_projected_clear(&projected);
    if (!done)
        return FALSE;
    result->flags = UMK_DEBIAS_UNIT_FIRST | UMK_DEBIAS_UNIT_AFTER;
    return TRUE;
}

const UmkDebiasOps _umk_debias_double_hard = {
    .id = "double-hard",
    .title = N_("Double-hard debiasing"),
    .help =
        N_("Takes out the component of all vectors that blurs the direction most, then "
           "the direction, makes pairs equal, and brings vectors to length 1"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .needs_background = TRUE,
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .fit = double_hard_fit,
};
