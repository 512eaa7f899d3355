/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Soft debiasing (Bolukbasi et al. 2016, section 6): the T that minimises
 * |(TW)'(TW) - W'W|² + lambda |(TN)'(Tg)|² over W all rows, N the neutral ones, g the
 * direction. It depends on G = T'T alone, in which it is convex, so it is solved to the
 * end: with WW' = U S² U' and K = S U'GU S it is
 *
 *   |K - S²|² + lambda |n' K c|²,  n = S^-1 U'N, c = S^-1 U'g,  K not negative
 *
 * whose unconstrained solution is one linear system; where that has a negative eigenvalue
 * the constraint is met by alternating directions (Boyd et al. 2011). T is the symmetric
 * root of G. Directions in which no row of W lies are left alone. Other programs stop
 * after ten gradient steps from a random start, far from here. Rows are of length 1
 * before and after, so it is not one linear map of the rows as given. */
#include "bias/umk-equalize-private.h"
#include "bias/umk-soft-private.h"

#include "linalg/umk-dense-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

#define BLOCK          1024
#define NEARLY_SAME    0.99
#define TOLERANCE_TOLD 1e-7

static const char *const balances[] = {"sums", "means", NULL};

static const UmkBiasRole roles[] = {
    {"x", N_("First members of the defining pairs, or the first group"), TRUE},
    {"y", N_("Second members, or the second group"), TRUE},
    {"neutral", N_("Items that are to lie beside the direction; all others if absent"),
     FALSE},
};

static const UmkParamSpec specs[] = {
    UMK_DIRECTION_PARAM_WAY,
    UMK_DIRECTION_PARAM_PAIR,
    {.name = "lambda",
     .type = UMK_PARAM_DOUBLE,
     .title = N_("Weight"),
     .help = N_("How much the direction counts against what vectors are like"),
     .min = 1e-6,
     .max = 1e9,
     .def = 0.2},
    {.name = "balance",
     .type = UMK_PARAM_CHOICE,
     .title = N_("Balance"),
     .help = N_("Weigh sums, as published, or means, which does not depend on how many "
                "vectors there are"),
     .choices = balances},
    {.name = "iterations",
     .type = UMK_PARAM_INT,
     .title = N_("Iterations"),
     .help = N_("Stop after so many steps at the latest, where there is no closed form"),
     .min = 1,
     .max = 100000,
     .def = 2000},
};

static const UmkBiasWord words[] = {
    {"direction-kept", N_("length of the direction after the map; 1 means nothing was "
                          "taken out")},
    {"optimality", N_("how far the solution is from the least, as a share")},
    {"n-vectors", N_("vectors whose likeness was to be kept")},
    {"n-neutral", N_("neutral vectors")},
    {"nearly-unchanged", N_("the map is nearly the identity: with so many vectors the "
                            "published weight hardly counts")},
    {"not-converged", N_("the solution was not reached in so many steps")},
};

/* gram (d, d), upper half, += the products of rows of length 1. */
static void
add_gram(UmkMatrix *matrix, const char *const *names, GHashTable *without, double *gram)
{
    gsize n = umk_matrix_get_n_rows(matrix), d = umk_matrix_get_n_cols(matrix);
    g_autofree double *block = g_new(double, MIN(n, BLOCK) * d + 1);

    for (gsize first = 0; first < n; first += BLOCK) {
        gsize count = 0;

        for (gsize row = first; row < MIN(first + BLOCK, n); row++) {
            const float *from = umk_matrix_get_row(matrix, row, NULL);

            if (names != NULL && without != NULL &&
                g_hash_table_contains(without, names[row]))
                continue;
            for (gsize j = 0; j < d; j++)
                block[count * d + j] = (double) from[j];
            _umk_make_unit(block + count * d, d);
            count++;
        }
        cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, (int) d, (int) count, 1.0,
                    block, (int) d, 1.0, gram, (int) d);
    }
}

static void
fill_lower(double *square, gsize d)
{
    for (gsize i = 0; i < d; i++)
        for (gsize j = 0; j < i; j++)
            square[i * d + j] = square[j * d + i];
}

typedef struct {
    double *all, *neutral; /* (d, d) */
    gsize n_all, n_neutral;
} Grams;

static void
find_grams(const UmkBiasInput *input, Grams *self, gsize d)
{
    const UmkBiasSet *x = _umk_bias_input_get_set(input, "x");
    const UmkBiasSet *y = _umk_bias_input_get_set(input, "y");
    const UmkBiasSet *neutral = _umk_bias_input_get_set(input, "neutral");
    g_autoptr(GHashTable) defining = g_hash_table_new(g_str_hash, g_str_equal);

    for (gsize i = 0; i < x->n; i++)
        g_hash_table_add(defining, x->names[i]);
    for (gsize i = 0; i < y->n; i++)
        g_hash_table_add(defining, y->names[i]);
    if (input->background != NULL) {
        add_gram(input->background, NULL, NULL, self->all);
        self->n_all = umk_matrix_get_n_rows(input->background);
    } else {
        add_gram(x->rows, NULL, NULL, self->all);
        add_gram(y->rows, NULL, NULL, self->all);
        self->n_all = x->n + y->n;
        if (neutral != NULL) {
            add_gram(neutral->rows, NULL, NULL, self->all);
            self->n_all += neutral->n;
        }
    }
    if (neutral != NULL) {
        add_gram(neutral->rows, NULL, NULL, self->neutral);
        self->n_neutral = neutral->n;
    } else if (input->background != NULL) {
        add_gram(input->background, (const char *const *) input->names, defining,
                 self->neutral);
        for (gsize i = 0; i < self->n_all; i++)
            self->n_neutral +=
                input->names == NULL || !g_hash_table_contains(defining, input->names[i]);
    }
    fill_lower(self->all, d);
    fill_lower(self->neutral, d);
}

static void
tell(UmkDebias *result,
     const Grams *grams,
     const UmkDirection *direction,
     const double *root,
     double optimality)
{
    gsize d = result->n_dims;
    double kept = 0.0;

    for (gsize i = 0; i < d; i++)
        kept += pow(_umk_dot(root + i * d, direction->vector, d), 2.0);
    kept = sqrt(kept);
    if (direction->n_ratios > 0)
        _umk_debias_add_fact(result, "explained-variance", direction->ratios[0]);
    if (_umk_direction_is_weak(direction))
        _umk_debias_add_note(result, "weak-direction");
    _umk_debias_add_fact(result, "direction-kept", kept);
    _umk_debias_add_fact(result, "optimality", optimality);
    _umk_debias_add_fact(result, "n-vectors", (double) grams->n_all);
    _umk_debias_add_fact(result, "n-neutral", (double) grams->n_neutral);
    if (kept > NEARLY_SAME)
        _umk_debias_add_note(result, "nearly-unchanged");
    if (optimality > TOLERANCE_TOLD)
        _umk_debias_add_note(result, "not-converged");
}

static gboolean
soft_fit(const UmkBiasInput *input,
         UmkParams *params,
         guint64 seed,
         UmkDebias *result,
         UmkRun *run,
         GError **error)
{
    gsize d = result->n_dims;
    g_autofree double *all = g_new0(double, d *d), *neutral = g_new0(double, d *d);
    g_autofree double *root = g_new0(double, d *d);
    g_auto(UmkDirection) direction = {0};
    Grams grams = {.all = all, .neutral = neutral};
    UmkSoft problem = {.d = d, .all = all, .neutral = neutral};
    double optimality = 0.0;

    if (!_umk_direction_find_for_input(&direction, input, params, error) ||
        !_umk_direction_require(&direction, _umk_bias_input_get_set(input, "x"),
                                _umk_bias_input_get_set(input, "y"), error) ||
        !umk_run_check(run, error))
        return FALSE;
    find_grams(input, &grams, d);
    if (grams.n_neutral == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("soft needs neutral items: a set in the role “neutral”, or the "
                      "surrounding vectors"));
        return FALSE;
    }
    problem.direction = direction.vector;
    problem.lambda = umk_params_get_double(params, "lambda");
    problem.max_iterations = (guint) umk_params_get_int(params, "iterations");
    if (g_strcmp0(umk_params_get_string(params, "balance"), "means") == 0)
        problem.lambda *=
            (double) grams.n_all * (double) grams.n_all / (double) grams.n_neutral;
    if (!_umk_soft_solve(&problem, root, &optimality, run, error))
        return FALSE;
    tell(result, &grams, &direction, root, optimality);
    result->flags = UMK_DEBIAS_UNIT_FIRST | UMK_DEBIAS_UNIT_AFTER;
    _umk_debias_take_full(result, g_steal_pointer(&root));
    return TRUE;
}

const UmkDebiasOps _umk_debias_soft = {
    .id = "soft",
    .title = N_("Soft debiasing"),
    .help = N_("Turns neutral vectors away from the direction while keeping what all "
               "vectors are like to each other, and brings them to length 1"),
    .roles = roles,
    .n_roles = G_N_ELEMENTS(roles),
    .params = specs,
    .n_params = G_N_ELEMENTS(specs),
    .words = words,
    .n_words = G_N_ELEMENTS(words),
    .fit = soft_fit,
};
