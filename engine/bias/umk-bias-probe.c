/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probe bias (Gonen and Goldberg 2019): can a classifier that learns the side of some
 * items tell that of others after the direction was taken out? The classifier is ridge
 * regression of ±1 in the space of a Gaussian kernel: after a linear erasure a linear one
 * is at chance by construction, so only one that is not linear can find what remains, and
 * this one has a closed form, neither a start nor a stopping rule. Its width is that of
 * scikit-learn's "scale", 1 / (d · variance). Rows are brought to length 1. p is that of
 * the binomial distribution; the control has the sides dealt anew to all items before the
 * classifier learns them. */
#include "bias/umk-bias-control-private.h"
#include "bias/umk-residual-private.h"

#include "core/umk-rng-private.h"
#include "linalg/umk-dense-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

static const UmkBiasRole roles[] = {UMK_RESIDUAL_ROLES};

static const UmkParamSpec specs[] = {
    UMK_DIRECTION_PARAM_WAY,
    UMK_DIRECTION_PARAM_PAIR,
    UMK_RESIDUAL_PARAM_WORDS(2500),
    {.name = "train",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Training share"),
     .help = N_("Share of the items that trains the classifier"),
     .min = 0.01,
     .max = 0.99,
     .def = 0.2},
    {.name = "ridge",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Ridge"),
     .help = N_("The larger, the less single items count"),
     .min = 1e-6,
     .max = 1e6,
     .def = 1},
    UMK_BIAS_PARAM_LEVEL,
    UMK_BIAS_PARAM_CONTROLS_OF(
        200, N_("Deal the sides of the items anew and learn them so many times")),
    UMK_BIAS_PARAMS_DETECTABLE,
};

static const UmkBiasWord words[] = {
    {"probe-accuracy", N_("share of the tested items whose side was told right")},
    {"probe-accuracy-before", N_("the same before the debias")},
    {"majority-rate", N_("accuracy of always naming the largest group")},
    {"items-trained", N_("items that trained the classifier")},
    {"binomial", N_("the binomial distribution")},
    {"items-tested", N_("items that it was tested on")},
};

typedef struct {
    const UmkProjected *projected;
    guint32 *rows; /* (n_train + n_test), those that train first */
    double *sides; /* ±1 */
    gsize n_train, n_test;
    double ridge, level;
    guint64 seed;
    const char *undefined;
} Probe;

/* Draws the same share of both ends; each keeps at least one for either part. */
static void
split(Probe *self, const guint32 *rows, gsize n, double share, guint64 seed)
{
    gsize n_train = MIN(MAX((gsize) (share * (double) n), 1), n - 1), train = 0;
    gsize test = 2 * n_train;

    self->n_train = 2 * n_train;
    self->n_test = 2 * (n - n_train);
    self->rows = g_new(guint32, 2 * n);
    self->sides = g_new(double, 2 * n);
    for (gsize side = 0; side < 2; side++) {
        g_autofree guint32 *shuffled = g_memdup2(rows + side * n, n * sizeof *rows);
        UmkRng rng;

        _umk_rng_init(&rng, seed, side);
        for (gsize i = 0; i < n; i++) {
            gsize j = i + _umk_rng_below(&rng, n - i);
            guint32 row = shuffled[j];
            gsize at = i < n_train ? train++ : test++;

            shuffled[j] = shuffled[i];
            self->rows[at] = row;
            self->sides[at] = side == 0 ? 1.0 : -1.0;
        }
    }
}

static double
find_width(const double *rows, gsize n, gsize d)
{
    double sum = 0.0, squares = 0.0, count = (double) n * (double) d, mean;

    for (gsize i = 0; i < n * d; i++)
        sum += rows[i];
    mean = sum / count;
    for (gsize i = 0; i < n * d; i++)
        squares += (rows[i] - mean) * (rows[i] - mean);
    return squares > 1e-24 * count ? count / squares / (double) d : (double) NAN;
}

/* kernel (n, m) of rows of length 1 or 0. */
static void
fill_kernel(const double *a,
            gsize n,
            const double *b,
            gsize m,
            gsize d,
            double width,
            double *kernel)
{
    g_autofree double *a_squares = g_new(double, n + 1),
                      *b_squares = g_new(double, m + 1);

    for (gsize i = 0; i < n; i++)
        a_squares[i] = _umk_dot(a + i * d, a + i * d, d);
    for (gsize j = 0; j < m; j++)
        b_squares[j] = _umk_dot(b + j * d, b + j * d, d);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int) n, (int) m, (int) d, 1.0,
                a, (int) d, b, (int) d, 0.0, kernel, (int) m);
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < m; j++) {
            double squared = a_squares[i] + b_squares[j] - 2.0 * kernel[i * m + j];

            kernel[i * m + j] = exp(-width * MAX(squared, 0.0));
        }
}

/* (n_dealt + 1, n_train + n_test): the sides, then n_dealt times the same dealt anew. */
static double *
deal_sides(const Probe *self, gsize n_dealt)
{
    gsize n = self->n_train + self->n_test;
    double *sides = g_new(double, (n_dealt + 1) * n);

    memcpy(sides, self->sides, n * sizeof *sides);
    for (gsize r = 1; r <= n_dealt; r++) {
        double *dealt = sides + r * n;
        UmkRng rng;

        _umk_rng_init(&rng, self->seed, UMK_STREAM_CONTROLS + r);
        memcpy(dealt, self->sides, n * sizeof *dealt);
        for (gsize i = n; i > 1; i--) {
            gsize j = _umk_rng_below(&rng, i);
            double kept = dealt[i - 1];

            dealt[i - 1] = dealt[j];
            dealt[j] = kept;
        }
    }
    return sides;
}

/* (k, n_train) of (k, n_train + n_test) */
static double *
dup_trained(const Probe *self, const double *sides, gsize k)
{
    gsize n = self->n_train;
    double *trained = g_new(double, k *n + 1);

    for (gsize r = 0; r < k; r++)
        memcpy(trained + r * n, sides + r * (n + self->n_test), n * sizeof *trained);
    return trained;
}

/* n_right (n_dealt + 1): how many of the tested rows are told right, by the sides and by
 * sides dealt anew; G_MAXSIZE where no rows differ. */
static gboolean
count_right(const Probe *self,
            const UmkDebias *debias,
            gsize n_dealt,
            gsize *n_right,
            GError **error)
{
    gsize d = self->projected->d, n = self->n_train, m = self->n_test, k = n_dealt + 1;
    g_autofree double *rows =
        _umk_projected_dup_rows(self->projected, debias, self->rows, n + m);
    g_autofree double *kernel = g_new(double, n *MAX(n, m));
    g_autofree double *sides = deal_sides(self, n_dealt);
    g_autofree double *weights = dup_trained(self, sides, k);
    g_autofree double *scores = g_new(double, k *m + 1);
    double width = find_width(rows, n, d);

    for (gsize r = 0; r < k; r++)
        n_right[r] = G_MAXSIZE;
    if (!isfinite(width))
        return TRUE;
    fill_kernel(rows, n, rows, n, d, width, kernel);
    for (gsize i = 0; i < n; i++)
        kernel[i * n + i] += self->ridge;
    if (!_umk_dense_solve_positive(kernel, n, weights, k, error))
        return FALSE;
    fill_kernel(rows, n, rows + n * d, m, d, width, kernel);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) k, (int) m, (int) n, 1.0,
                weights, (int) n, kernel, (int) m, 0.0, scores, (int) m);
    for (gsize r = 0; r < k; r++) {
        n_right[r] = 0;
        for (gsize j = 0; j < m; j++)
            n_right[r] += (scores[r * m + j] > 0.0) == (sides[r * (n + m) + n + j] > 0.0);
    }
    return TRUE;
}

/* P(at least k of n) when each is right with chance one half. */
static double
chance_tail(gsize k, gsize n)
{
    double sum = 0.0;

    for (gsize i = n + 1; i-- > k;)
        sum += exp(lgamma((double) n + 1) - lgamma((double) i + 1) -
                   lgamma((double) (n - i) + 1) - (double) n * G_LN2);
    return MIN(sum, 1.0);
}

static gboolean
add_accuracy(JsonBuilder *result,
             const Probe *self,
             const UmkDebias *debias,
             const char *id,
             gboolean headline,
             gsize n_dealt,
             gsize *n_right,
             GError **error)
{
    UmkBiasInterval interval;
    UmkBiasFigure figure = {.id = id,
                            .value = NAN,
                            .undefined = self->undefined,
                            .headline = headline,
                            .neutral = 0.5,
                            .least = 0,
                            .most = 1,
                            .intervals = &interval};

    *n_right = G_MAXSIZE;
    if (figure.undefined == NULL) {
        if (!count_right(self, debias, n_dealt, n_right, error))
            return FALSE;
        figure.undefined = "no-spread";
    }
    if (*n_right != G_MAXSIZE) {
        figure.value = (double) *n_right / (double) self->n_test;
        interval = _umk_share_interval(*n_right, self->n_test, self->level, "items");
        figure.n_intervals = 1;
    }
    _umk_bias_add_figure(result, &figure);
    return TRUE;
}

static void
add_count(JsonBuilder *result, const char *id, double value, double most)
{
    UmkBiasFigure figure = {.id = id,
                            .value = value,
                            .is_count = TRUE,
                            .neutral = NAN,
                            .least = 0,
                            .most = most};

    _umk_bias_add_figure(result, &figure);
}

/* n_right (n_dealt + 1), as count_right() has it. */
static void
add_control(JsonBuilder *result,
            const Probe *self,
            const char *undefined,
            gsize n_dealt,
            const gsize *n_right)
{
    gboolean defined = n_right[0] != G_MAXSIZE;
    double n_test = (double) self->n_test;
    g_auto(UmkBiasNull) null = {.of = "probe-accuracy",
                                .kind = "sides-dealt",
                                .alternative = "greater",
                                .neutral = 0.5,
                                .n = defined ? n_dealt : 0,
                                .undefined = defined ? "not-asked-for" : undefined};

    null.values = g_new(double, null.n + 1);
    null.found = defined ? (double) n_right[0] / n_test : (double) NAN;
    for (gsize r = 0; r < null.n; r++)
        null.values[r] = (double) n_right[r + 1] / n_test;
    _umk_bias_add_control(result, &null, self->level);
}

/* The least share that the test calls significant, and the deviation of a share. */
static void
add_detectable(JsonBuilder *result,
               const Probe *self,
               UmkParams *params,
               const char *undefined)
{
    double alpha = umk_params_get_double(params, "alpha"), limit = NAN;
    gsize n = self->n_test;

    for (gsize k = n / 2; undefined == NULL && k <= n && isnan(limit); k++)
        if (chance_tail(k, n) <= alpha)
            limit = (double) k / (double) n - 0.5;
    _umk_bias_add_detectable(result, params, "probe-accuracy", "binomial", limit,
                             sqrt(0.25 / (double) n), 0.5,
                             undefined != NULL ? undefined : "too-few-items");
}

static gboolean
add_results(JsonBuilder *result,
            const Probe *self,
            const UmkDebias *debias,
            UmkParams *params,
            GError **error)
{
    gsize n_dealt = (gsize) umk_params_get_int(params, "controls"), n_before;
    g_autofree gsize *n_right = g_new(gsize, n_dealt + 1);
    UmkBiasTest test = {.of = "probe-accuracy",
                        .alternative = "greater",
                        .p = NAN,
                        .undefined = self->undefined ? self->undefined : "no-spread",
                        .method = "exact",
                        .n = self->n_test,
                        .p_low = NAN,
                        .p_high = NAN};

    _umk_bias_open(result, "figures");
    if (!add_accuracy(result, self, debias, "probe-accuracy", TRUE, n_dealt, n_right,
                      error) ||
        (debias != NULL && !add_accuracy(result, self, NULL, "probe-accuracy-before",
                                         FALSE, 0, &n_before, error)))
        return FALSE;
    if (self->undefined == NULL)
        add_count(result, "majority-rate", 0.5, 1);
    add_count(result, "items-trained", (double) self->n_train, NAN);
    add_count(result, "items-tested", (double) self->n_test, NAN);
    _umk_bias_close(result);
    if (n_right[0] != G_MAXSIZE)
        test.p = chance_tail(n_right[0], self->n_test);
    _umk_bias_open(result, "tests");
    _umk_bias_add_test(result, &test);
    _umk_bias_close(result);
    add_control(result, self, test.undefined, n_dealt, n_right);
    add_detectable(result, self, params, n_right[0] != G_MAXSIZE ? NULL : test.undefined);
    return TRUE;
}

static gboolean
probe_measure(const UmkBiasInput *input,
              UmkParams *params,
              guint64 seed,
              JsonBuilder *result,
              UmkRun *run,
              GError **error)
{
    gsize n_wanted = (gsize) umk_params_get_int(params, "words"), n = n_wanted;
    UmkProjected projected;
    g_autofree guint32 *rows = NULL;
    Probe probe = {.projected = &projected,
                   .ridge = umk_params_get_double(params, "ridge"),
                   .level = umk_params_get_double(params, "level"),
                   .seed = seed};
    gboolean done;

    done = _umk_projected_find(&projected, input, TRUE, params, run, error);
    if (done) {
        rows = _umk_projected_take(&projected, &n);
        probe.undefined = projected.undefined;
        if (probe.undefined == NULL && n < 2)
            probe.undefined = "too-few-items";
        if (probe.undefined == NULL)
            split(&probe, rows, n, umk_params_get_double(params, "train"), seed);
        done = add_results(result, &probe, input->debias, params, error);
    }
    if (done) {
        _umk_residual_add_items(result, &projected, rows, n);
        _umk_residual_add_notes(result, &projected, n_wanted, n);
    }
    g_free(probe.rows);
    g_free(probe.sides);
    _umk_projected_clear(&projected);
    return done && umk_run_check(run, error);
}

const UmkBiasMeasureOps _umk_bias_probe = {
    .id = "probe-bias",
    .title = N_("Probe bias"),
    .help = N_("Whether a classifier can learn from some items on which side of the "
               "direction others lay"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .measure = probe_measure,
};
