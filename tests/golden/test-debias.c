/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directions, equalising and erasing beside independent implementations in double. The
 * provenance of each figure stands in the JSON files. */
#include "golden-tables.h"

#include "bias/umk-equalize-private.h"
#include "bias/umk-erasure-private.h"
#include "linalg/umk-dense-private.h"

#include <string.h>

typedef struct {
    JsonNode *root;
    JsonObject *given, *expected;
    double tolerance;
} Golden;

static gboolean
open_golden(Golden *self, const char *file, guint i)
{
    self->root = golden_json(file);
    if (self->root == NULL)
        return FALSE;
    self->tolerance = golden_table_tolerance(self->root);
    self->given = golden_table_case(self->root, i);
    self->expected = json_object_get_object_member(self->given, "expected");
    return TRUE;
}

static void
compare(Golden *self, const char *member, const double *got, gsize n)
{
    gsize n_expected;
    g_autofree double *expected =
        golden_table_numbers(self->expected, member, &n_expected);

    g_assert_cmpuint(n_expected, >=, n);
    golden_table_compare(member, got, expected, n, self->tolerance);
}

/* (2P, d) pairs into x (P, d) and y (P, d). */
static void
split_pairs(const double *pairs, gsize n, gsize d, double *x, double *y)
{
    for (gsize i = 0; i < n; i++) {
        memcpy(x + i * d, pairs + 2 * i * d, d * sizeof *x);
        memcpy(y + i * d, pairs + (2 * i + 1) * d, d * sizeof *y);
    }
}

static void
compare_biases(Golden *self, const UmkDirection *g, const double *neutral, gsize n)
{
    JsonObject *direct = json_object_get_object_member(self->expected, "direct_bias");
    JsonArray *indirect = json_object_get_array_member(self->expected, "indirect_bias");
    static const char *const powers[] = {"0.5", "1", "2"};

    for (gsize i = 0; i < G_N_ELEMENTS(powers); i++) {
        double expected = json_object_get_double_member(direct, powers[i]);
        double got =
            _umk_direction_direct_bias(g, neutral, n, g_ascii_strtod(powers[i], NULL));

        golden_table_compare("direct_bias", &got, &expected, 1, self->tolerance);
    }
    g_assert_cmpuint(json_array_get_length(indirect), ==, 3);
    for (guint k = 0; k < json_array_get_length(indirect); k++) {
        JsonObject *one = json_array_get_object_element(indirect, k);
        gsize i = (gsize) json_object_get_int_member(one, "i");
        gsize j = (gsize) json_object_get_int_member(one, "j");
        double expected = json_object_get_double_member(one, "beta");
        const char *undefined;
        double got = _umk_direction_indirect_bias(g, neutral + i * g->d,
                                                  neutral + j * g->d, &undefined);

        g_assert_null(undefined);
        golden_table_compare("beta", &got, &expected, 1, self->tolerance);
    }
}

static void
compare_ways(Golden *self, const double *x, const double *y, gsize n, gsize d)
{
    g_auto(UmkDirection) pair = {0}, mean = {0};

    g_assert_true(_umk_direction_find(&pair, UMK_DIRECTION_PAIR, x, n, y, n, d, 0, NULL));
    compare(self, "direction_single_pair", pair.vector, d);
    g_assert_true(_umk_direction_find(&mean, UMK_DIRECTION_MEAN, x, n, y, n, d, 0, NULL));
    compare(self, "direction_mean_difference", mean.vector, d);
}

static void
test_direction(void)
{
    Golden golden;
    g_autofree double *pairs = NULL, *neutral = NULL, *equal = NULL, *x = NULL, *y = NULL;
    g_auto(UmkDirection) g = {0};
    gsize n_numbers, d = 8, n, n_neutral;
    double projection[64];

    if (!open_golden(&golden, "direction_hard_debias.json", 0))
        return;
    pairs = golden_table_numbers(golden.given, "pairs", &n_numbers);
    n = n_numbers / d / 2;
    x = g_new(double, n *d);
    y = g_new(double, n *d);
    split_pairs(pairs, n, d, x, y);
    g_assert_true(_umk_direction_find(&g, UMK_DIRECTION_PCA, x, n, y, n, d, 0, NULL));
    compare(&golden, "direction", g.vector, d);
    compare(&golden, "explained_variance_ratio", g.ratios, g.n_ratios);
    compare_ways(&golden, x, y, n, d);
    neutral = golden_table_numbers(golden.given, "neutral", &n_numbers);
    n_neutral = n_numbers / d;
    for (gsize i = 0; i < n_neutral; i++)
        projection[i] = _umk_dot(neutral + i * d, g.vector, d);
    compare(&golden, "projection", projection, n_neutral);
    compare_biases(&golden, &g, neutral, n_neutral);
    for (gsize i = 0; i < n_neutral; i++) {
        _umk_neutralize(neutral + i * d, g.vector, 1, d, neutral + i * d);
        _umk_make_unit(neutral + i * d, d);
    }
    compare(&golden, "neutralized_renormalized", neutral, n_neutral * d);
    equal = golden_table_numbers(golden.given, "equalize_pairs", &n_numbers);
    for (gsize i = 0; i < n_numbers / d / 2; i++)
        _umk_equalize(equal + 2 * i * d, 2, g.vector, 1, d);
    compare(&golden, "equalized", equal, n_numbers);
    json_node_unref(golden.root);
}

static void
test_multiclass(void)
{
    Golden golden;
    g_autofree double *sets = NULL, *neutral = NULL, *equal = NULL, *rows = NULL;
    g_autofree double *subspace = NULL;
    gsize n_numbers, d = 8, n_sets, k = 2;
    double projector[64], explained;

    if (!open_golden(&golden, "multiclass_hard_debias.json", 0))
        return;
    sets = golden_table_numbers(golden.given, "defining_sets", &n_numbers);
    n_sets = n_numbers / d / 3;
    rows = g_new(double, n_numbers);
    for (gsize i = 0; i < n_sets; i++)
        for (gsize g = 0; g < 3; g++)
            memcpy(rows + (g * n_sets + i) * d, sets + (i * 3 + g) * d, d * sizeof *rows);
    g_assert_true(
        _umk_find_subspace(rows, n_sets, 3, d, &k, &subspace, &explained, NULL));
    g_assert_cmpuint(k, ==, 2);
    for (gsize i = 0; i < d; i++)
        for (gsize j = 0; j < d; j++)
            projector[i * d + j] =
                subspace[i] * subspace[j] + subspace[d + i] * subspace[d + j];
    compare(&golden, "projector", projector, d * d);
    neutral = golden_table_numbers(golden.given, "neutral", &n_numbers);
    for (gsize i = 0; i < n_numbers / d; i++) {
        _umk_neutralize(neutral + i * d, subspace, 2, d, neutral + i * d);
        _umk_make_unit(neutral + i * d, d);
    }
    compare(&golden, "neutralized_renormalized", neutral, n_numbers);
    equal = golden_table_numbers(golden.given, "equality_set", &n_numbers);
    _umk_equalize(equal, n_numbers / d, subspace, 2, d);
    compare(&golden, "equalized", equal, n_numbers);
    json_node_unref(golden.root);
}

static void
apply_to_unit_vectors(const UmkErasure *erasure, double *p)
{
    gsize d = erasure->d;

    /* Both maps are symmetric, so images of the unit vectors are rows as well. */
    for (gsize i = 0; i < d; i++) {
        memset(p + i * d, 0, d * sizeof *p);
        p[i * d + i] = 1.0;
        _umk_erasure_apply(erasure, p + i * d, p + i * d);
    }
}

/* The plain projector off the left singular vectors of the covariance of x with the
 * groups: they span what its columns span, so it is the projector of INLP at those. */
static void
compare_orthogonal(Golden *golden, const UmkGroups *groups)
{
    double columns[3 * 6] = {0}, means[6] = {0}, p[36];
    g_auto(UmkErasure) erasure = {0};

    for (gsize i = 0; i < groups->n; i++)
        for (gsize j = 0; j < 6; j++)
            means[j] += groups->rows[i * 6 + j] / (double) groups->n;
    for (gsize i = 0; i < groups->n; i++)
        for (gsize j = 0; j < 6; j++)
            columns[groups->groups[i] * 6 + j] += groups->rows[i * 6 + j] - means[j];
    g_assert_true(_umk_erase_span(&erasure, columns, 3, 6, NULL));
    g_assert_cmpuint(erasure.rank, ==, 2); /* the columns add up to 0 */
    apply_to_unit_vectors(&erasure, p);
    compare(golden, "P_orthogonal", p, 36);
}

static void
test_leace(void)
{
    Golden golden;
    g_autofree double *p = NULL, *z = NULL, *rows = NULL;
    g_auto(UmkErasure) erasure = {0};
    UmkGroups groups = {.d = 6, .n_groups = 3};
    gsize n_numbers;

    if (!open_golden(&golden, "linear_erasure.json", 0))
        return;
    groups.rows = golden_table_numbers(golden.given, "X", &n_numbers);
    z = golden_table_numbers(golden.given, "z", &groups.n);
    g_assert_cmpuint(n_numbers, ==, groups.n * groups.d);
    groups.groups = g_new(guint8, groups.n);
    for (gsize i = 0; i < groups.n; i++)
        groups.groups[i] = (guint8) z[i];
    g_assert_true(_umk_leace(&erasure, &groups, NULL, FALSE, NULL, NULL));
    g_assert_cmpuint(erasure.rank, ==, 2);
    p = g_new0(double, 36);
    for (gsize i = 0; i < 6; i++)
        for (gsize j = 0; j < 6; j++) {
            p[i * 6 + j] = i == j ? 1.0 : 0.0;
            for (gsize r = 0; r < erasure.rank; r++)
                p[i * 6 + j] -= erasure.left[r * 6 + i] * erasure.right[r * 6 + j];
        }
    compare(&golden, "P", p, 36);
    rows = g_memdup2(groups.rows, 30 * sizeof(double));
    for (gsize i = 0; i < 5; i++)
        _umk_erasure_apply(&erasure, rows + i * 6, rows + i * 6);
    compare(&golden, "X_erased_first5", rows, 30);
    compare_orthogonal(&golden, &groups);
    _umk_groups_clear(&groups);
    json_node_unref(golden.root);
}

static void
test_null_space(void)
{
    Golden golden;
    g_autofree double *rows = NULL;
    g_auto(UmkErasure) erasure = {0};
    double p[36];

    if (!open_golden(&golden, "linear_erasure.json", 1))
        return;
    rows = golden_table_numbers(golden.given, "rows", NULL);
    g_assert_true(_umk_erase_span(&erasure, rows, 3, 6, NULL));
    g_assert_cmpuint(erasure.rank, ==, 3);
    apply_to_unit_vectors(&erasure, p);
    compare(&golden, "P", p, 36);
    json_node_unref(golden.root);
}

/* The weights of the regression are not kept, only the map that they make. D has full
 * rank, so what was taken out is D W of one W alone: D'D W = D' (N - debiased). */
static void
compare_weights(Golden *golden,
                const double *rows,
                const double *words,
                const double *got)
{
    double products[16] = {0}, weights[3 * 4] = {0}, by_rows[12];

    for (gsize k = 0; k < 4; k++) {
        for (gsize l = 0; l < 4; l++)
            for (gsize i = 0; i < 10; i++)
                products[k * 4 + l] += rows[k * 10 + i] * rows[l * 10 + i];
        for (gsize w = 0; w < 3; w++)
            for (gsize i = 0; i < 10; i++)
                weights[w * 4 + k] +=
                    rows[k * 10 + i] * (words[i * 3 + w] - got[i * 3 + w]);
    }
    g_assert_true(_umk_dense_solve_positive(products, 4, weights, 3, NULL));
    for (gsize k = 0; k < 4; k++)
        for (gsize w = 0; w < 3; w++)
            by_rows[k * 3 + w] = weights[w * 4 + k];
    compare(golden, "W", by_rows, 12);
}

static void
test_half_sibling(void)
{
    Golden golden;
    g_autofree double *by_columns = NULL, *words = NULL;
    g_auto(UmkErasure) erasure = {0};
    double rows[40], got[30], row[10];

    if (!open_golden(&golden, "linear_erasure.json", 2))
        return;
    by_columns = golden_table_numbers(golden.given, "D", NULL);
    words = golden_table_numbers(golden.given, "N", NULL);
    for (gsize i = 0; i < 10; i++)
        for (gsize k = 0; k < 4; k++)
            rows[k * 10 + i] = by_columns[i * 4 + k];
    g_assert_true(_umk_half_sibling(&erasure, rows, 4, 10,
                                    json_object_get_double_member(golden.given, "alpha"),
                                    NULL));
    for (gsize k = 0; k < 3; k++) {
        for (gsize i = 0; i < 10; i++)
            row[i] = words[i * 3 + k];
        _umk_erasure_apply(&erasure, row, row);
        for (gsize i = 0; i < 10; i++)
            got[i * 3 + k] = row[i];
    }
    compare(&golden, "debiased", got, 30);
    compare_weights(&golden, rows, words, got);
    json_node_unref(golden.root);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/debias/direction", test_direction);
    g_test_add_func("/debias/multiclass", test_multiclass);
    g_test_add_func("/debias/leace", test_leace);
    g_test_add_func("/debias/null-space", test_null_space);
    g_test_add_func("/debias/half-sibling", test_half_sibling);
    return g_test_run();
}
