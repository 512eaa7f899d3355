/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every debias and every measure of what remains must do whatever the vectors:
 * erasure is exact and idempotent, hard debiasing leaves no direct bias, null-space
 * projection leaves a classifier at chance, soft debiasing stands where the slope is
 * zero, bytes do not depend on threads, and bad input has an answer. */
#include <umekomi/umekomi.h>

#include "bias/umk-logistic-private.h"
#include "bias/umk-debias-private.h"
#include "bias/umk-erasure-private.h"
#include "core/umk-rng-private.h"

#include <json-glib/json-glib.h>

#include <math.h>
#include <string.h>

#define D 12

static const char *const all_methods[] = {"hard", "soft",  "multiclass",  "double-hard",
                                          "inlp", "leace", "half-sibling"};

/* n rows whose group (i mod n_groups) shows in the first coordinates. */
static UmkMatrix *
make_rows(gsize n, gsize d, gsize n_groups, double gap, guint64 seed)
{
    g_autofree float *x = g_new(float, n *d + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++)
            x[i * d + j] =
                (float) (_umk_rng_normal(&rng) + (j == i % n_groups ? gap : 0.0) +
                         0.3 * (double) (j == 5));
    return umk_matrix_new_from_data(n, d, x, NULL);
}

static char **
make_names(const char *prefix, gsize n)
{
    char **names = g_new0(char *, n + 1);

    for (gsize i = 0; i < n; i++)
        names[i] = g_strdup_printf("%s%zu", prefix, i);
    return names;
}

static void
add_set(UmkBiasInput *input, const char *role, UmkMatrix *rows)
{
    g_auto(GStrv) names = make_names(role, umk_matrix_get_n_rows(rows));
    g_autoptr(GError) error = NULL;

    umk_bias_input_add_set(input, role, NULL, rows, (const char *const *) names, &error);
    g_assert_no_error(error);
}

static UmkMatrix *
take_rows(UmkMatrix *matrix, gsize first, gsize step, gsize n)
{
    gsize d = umk_matrix_get_n_cols(matrix);
    g_autofree float *x = g_new(float, n *d + 1);

    for (gsize i = 0; i < n; i++)
        memcpy(x + i * d, umk_matrix_get_row(matrix, first + i * step, NULL),
               d * sizeof *x);
    return umk_matrix_new_from_data(n, d, x, NULL);
}

/* Background w0…: rows of x and y by turns, the pairs among the first 2 n_pairs. */
static UmkBiasInput *
make_input(gsize n, gsize n_pairs, gsize n_groups)
{
    static const char *const roles[] = {"x", "y", "z"};
    g_autoptr(UmkMatrix) background = make_rows(n, D, n_groups, 1.5, 7);
    g_auto(GStrv) names = make_names("w", n);
    UmkBiasInput *input = umk_bias_input_new(background, (const char *const *) names);

    for (gsize g = 0; g < n_groups; g++) {
        g_autoptr(UmkMatrix) rows = take_rows(background, g, n_groups, n_pairs);

        add_set(input, roles[g], rows);
    }
    return input;
}

static UmkDebias *
try_fit(const char *method, UmkBiasInput *input, const char *options, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_debias_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) local = NULL;

    umk_params_parse(params, options, &local);
    g_assert_no_error(local);
    return umk_debias_fit(method, input, params, 42, NULL, NULL, NULL, error);
}

static UmkDebias *
fit(const char *method, UmkBiasInput *input, const char *options)
{
    g_autoptr(GError) error = NULL;
    UmkDebias *debias = try_fit(method, input, options, &error);

    g_assert_no_error(error);
    return debias;
}

static JsonObject *
measure(const char *id, UmkBiasInput *input, const char *options, JsonNode **root)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(id, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) error = NULL;
    g_autofree char *json = NULL;

    umk_params_parse(params, options, &error);
    g_assert_no_error(error);
    json = umk_bias_measure(id, input, params, 42, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_null(strstr(json, "nan"));
    g_assert_null(strstr(json, "inf"));
    *root = json_from_string(json, &error);
    g_assert_no_error(error);
    return json_node_get_object(*root);
}

static JsonObject *
find_figure(JsonObject *result, const char *id)
{
    JsonArray *figures = json_object_get_array_member(result, "figures");

    for (guint i = 0; i < json_array_get_length(figures); i++) {
        JsonObject *figure = json_array_get_object_element(figures, i);

        if (strcmp(json_object_get_string_member(figure, "id"), id) == 0)
            return figure;
    }
    return NULL;
}

static double
value_of(JsonObject *result, const char *id)
{
    JsonObject *figure = find_figure(result, id);

    g_assert_nonnull(figure);
    return json_object_get_null_member(figure, "value")
               ? (double) NAN
               : json_object_get_double_member(figure, "value");
}

static const char *
reason_of(JsonObject *result, const char *id)
{
    JsonObject *figure = find_figure(result, id);

    g_assert_true(json_object_get_null_member(figure, "value"));
    return json_object_get_string_member(figure, "undefined");
}

/* ---- erasure ---------------------------------------------------------------------- */

static double
most_cross(const UmkErasure *erasure, const UmkGroups *groups)
{
    gsize d = groups->d, n = groups->n;
    double most = 0.0, share = 0.0;
    g_autofree double *rows = g_new(double, n *d), *mean = g_new0(double, d);

    for (gsize i = 0; i < n; i++) {
        _umk_erasure_apply(erasure, groups->rows + i * d, rows + i * d);
        share += groups->groups[i] / (double) n;
        for (gsize j = 0; j < d; j++)
            mean[j] += rows[i * d + j] / (double) n;
    }
    for (gsize j = 0; j < d; j++) {
        double sum = 0.0;

        for (gsize i = 0; i < n; i++)
            sum += (groups->groups[i] - share) * (rows[i * d + j] - mean[j]);
        most = MAX(most, fabs(sum / (double) n));
    }
    return most;
}

static void
check_leace(const UmkGroups *groups, UmkMatrix *background)
{
    g_auto(UmkErasure) erasure = {0};
    g_autofree double *once = g_new(double, groups->d), *twice = g_new(double, groups->d);
    g_autoptr(GError) error = NULL;

    _umk_leace(&erasure, groups, background, FALSE, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(erasure.rank, ==, groups->n_groups - 1);
    g_assert_cmpfloat(most_cross(&erasure, groups), <, 1e-10);
    for (gsize i = 0; i < groups->n; i++) {
        _umk_erasure_apply(&erasure, groups->rows + i * groups->d, once);
        _umk_erasure_apply(&erasure, once, twice);
        for (gsize j = 0; j < groups->d; j++)
            g_assert_cmpfloat(fabs(once[j] - twice[j]), <, 1e-10);
    }
}

static void
test_leace(void)
{
    for (gsize n_pairs = 3; n_pairs <= 40; n_pairs += 37)
        for (gsize n_groups = 2; n_groups <= 3; n_groups++) {
            g_autoptr(UmkBiasInput) input = make_input(400, n_pairs, n_groups);
            g_auto(UmkGroups) groups = {0};

            _umk_groups_take(&groups, input, FALSE);
            check_leace(&groups, NULL);
            check_leace(&groups, input->background);
        }
}

/* Groups that do not differ: nothing is taken out, and that is said. */
static void
test_leace_nothing(void)
{
    g_autoptr(UmkMatrix) rows = make_rows(10, D, 2, 1.0, 3);
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(NULL, NULL);
    g_autoptr(UmkDebias) debias = NULL;
    g_autofree char *json = NULL;

    add_set(input, "x", rows);
    add_set(input, "y", rows);
    debias = fit("leace", input, "");
    g_assert_cmpuint(debias->rank, ==, 0);
    json = umk_debias_to_json(debias);
    g_assert_nonnull(strstr(json, "no-difference"));
}

/* At the least loss its slopes are 0: w = C sum of (t - p) x, and the (t - p) add up to
 * 0. From the products of the rows where they are few, from the rows where they are many.
 */
static void
test_logistic(void)
{
    static const gsize sizes[] = {6, D - 1, D, 300};

    for (gsize s = 0; s < G_N_ELEMENTS(sizes); s++) {
        gsize n = sizes[s];
        double strength = s % 2 == 0 ? 1.0 : 0.3, intercept, misses = 0.0;
        g_autofree double *rows = g_new(double, n *D), *weights = g_new(double, D);
        g_autofree double *slopes = g_new0(double, D);
        g_autofree guint8 *positive = g_new0(guint8, n);
        UmkRng rng;

        _umk_rng_init(&rng, 17, s);
        for (gsize i = 0; i < n; i++) {
            positive[i] = i % 3 == 0;
            for (gsize j = 0; j < D; j++)
                rows[i * D + j] =
                    _umk_rng_normal(&rng) + (j == 0 && positive[i] ? 1.0 : 0.0);
        }
        g_assert_true(_umk_logistic_fit_rows(rows, positive, n, D, strength, weights,
                                             &intercept, NULL));
        for (gsize i = 0; i < n; i++) {
            double score = _umk_dot(rows + i * D, weights, D) + intercept;
            double miss = positive[i] - 1.0 / (1.0 + exp(-score));

            misses += miss;
            for (gsize j = 0; j < D; j++)
                slopes[j] += strength * miss * rows[i * D + j];
        }
        g_assert_cmpfloat(fabs(misses), <, 1e-10);
        for (gsize j = 0; j < D; j++)
            g_assert_cmpfloat(fabs(weights[j] - slopes[j]), <, 1e-10);
    }
}

static void
test_inlp_at_chance(void)
{
    g_autoptr(UmkBiasInput) input = make_input(600, 300, 2);
    g_autoptr(UmkDebias) debias = fit("inlp", input, "held-out=0,margin=0.02");
    g_auto(UmkGroups) groups = {0};
    g_autofree double *rows = NULL, *weights = g_new(double, D);
    g_autofree guint8 *positive = NULL;
    double intercept, n_right = 0;

    _umk_groups_take(&groups, input, FALSE);
    rows = g_new(double, groups.n *D);
    positive = g_new(guint8, groups.n);
    for (gsize i = 0; i < groups.n; i++) {
        _umk_debias_map_row(debias, NULL, groups.rows + i * D, rows + i * D);
        positive[i] = groups.groups[i] == 0;
    }
    g_assert_true(_umk_logistic_fit_rows(rows, positive, groups.n, D, 1.0, weights,
                                         &intercept, NULL));
    for (gsize i = 0; i < groups.n; i++)
        n_right += (_umk_dot(rows + i * D, weights, D) + intercept > 0.0) == positive[i];
    g_assert_cmpfloat(n_right / (double) groups.n, <=, 0.52 + 1e-9);
    g_assert_cmpuint(debias->rank, >=, 1);
    g_assert_cmpuint(debias->rank, <, D);
}

/* ---- hard and soft ---------------------------------------------------------------- */

static void
test_hard_leaves_no_direct_bias(void)
{
    g_autoptr(UmkBiasInput) input = make_input(200, 12, 2);
    g_autoptr(UmkDebias) debias = fit("hard", input, "");
    double row[D], out[D], most = 0.0;

    for (gsize i = 0; i < 200; i++) {
        const float *from = umk_matrix_get_row(input->background, i, NULL);

        for (gsize j = 0; j < D; j++)
            row[j] = (double) from[j];
        _umk_debias_map_row(debias, NULL, row, out);
        most = MAX(most, fabs(_umk_dot(out, debias->right, D)));
        g_assert_cmpfloat(fabs(_umk_dot(out, out, D) - 1.0), <, 1e-12);
    }
    g_assert_cmpfloat(most, <, 1e-12);
}

/* Both members of an equalised pair are as near to any neutral item. */
static void
test_hard_equalizes(void)
{
    g_autoptr(UmkBiasInput) input = make_input(200, 12, 2);
    g_autoptr(UmkDebias) debias = fit("hard", input, "");
    g_autoptr(UmkMatrix) all = NULL;
    static const char *const pair[] = {"x3", "y3", "w150", "w151", NULL};
    g_autoptr(UmkMatrix) four = take_rows(input->background, 0, 1, 4);
    const float *a, *b, *w;
    double to_a = 0.0, to_b = 0.0;

    all = umk_debias_apply(debias, four, pair, NULL, NULL);
    a = umk_matrix_get_row(all, 0, NULL);
    b = umk_matrix_get_row(all, 1, NULL);
    w = umk_matrix_get_row(all, 2, NULL);
    for (gsize j = 0; j < D; j++) {
        to_a += (double) a[j] * (double) w[j];
        to_b += (double) b[j] * (double) w[j];
    }
    g_assert_cmpfloat(fabs(to_a - to_b), <, 1e-6);
    g_assert_cmpfloat(fabs((double) a[0] - (double) b[0]), >, 1e-3);
}

/* C (G - I) C + lambda/2 (A G gg' + gg' G A) is the slope in the symmetric G, in the
 * coordinates as they are; the solution must be inside the cone for it to vanish. */
static double
soft_slope(UmkBiasInput *input, const UmkDebias *debias, double lambda)
{
    g_autofree double *c = g_new0(double, D *D), *a = g_new0(double, D *D);
    g_autofree double *g2 = g_new0(double, D *D), *left = g_new0(double, D *D);
    g_autofree double *slope = g_new0(double, D *D);
    g_auto(UmkDirection) direction = {0};
    g_autofree double *x =
        _umk_bias_set_dup_unit_rows(_umk_bias_input_get_set(input, "x"));
    g_autofree double *y =
        _umk_bias_set_dup_unit_rows(_umk_bias_input_get_set(input, "y"));
    gsize n = _umk_bias_input_get_set(input, "x")->n;
    g_autofree double *rows = _umk_dup_rows(input->background, TRUE, NULL);
    double image[D], along[D], most = 0.0, size = 0.0;

    g_assert_true(
        _umk_direction_find(&direction, UMK_DIRECTION_PCA, x, n, y, n, D, 0, NULL));
    for (gsize r = 0; r < umk_matrix_get_n_rows(input->background); r++)
        for (gsize i = 0; i < D; i++)
            for (gsize j = 0; j < D; j++)
                c[i * D + j] += rows[r * D + i] * rows[r * D + j];
    memcpy(a, c, D * D * sizeof *a);
    for (gsize i = 0; i < D; i++)
        for (gsize j = 0; j < D; j++)
            for (gsize k = 0; k < D; k++)
                g2[i * D + j] += debias->full[k * D + i] * debias->full[k * D + j];
    for (gsize i = 0; i < D; i++) {
        image[i] = _umk_dot(g2 + i * D, direction.vector, D);
        g2[i * D + i] -= 1.0;
    }
    for (gsize i = 0; i < D; i++)
        along[i] = _umk_dot(a + i * D, image, D);
    for (gsize i = 0; i < D; i++)
        for (gsize j = 0; j < D; j++)
            for (gsize k = 0; k < D; k++)
                left[i * D + j] += c[i * D + k] * g2[k * D + j];
    for (gsize i = 0; i < D; i++)
        for (gsize j = 0; j < D; j++) {
            double sum = 0.0;

            for (gsize k = 0; k < D; k++)
                sum += left[i * D + k] * c[k * D + j];
            size = MAX(size, fabs(sum));
            most = MAX(most, fabs(sum + 0.5 * lambda *
                                            (along[i] * direction.vector[j] +
                                             direction.vector[i] * along[j])));
        }
    g_assert_cmpfloat(size, >, 0.0);
    return most / size;
}

static void
test_soft_slope(void)
{
    g_autoptr(UmkBiasInput) input = make_input(200, 12, 2);
    g_autoptr(UmkDebias) light = fit("soft", input, "");
    g_autoptr(UmkDebias) heavy = fit("soft", input, "lambda=20");

    g_assert_cmpfloat(soft_slope(input, light, 0.2), <, 1e-9);
    g_assert_cmpfloat(soft_slope(input, heavy, 20.0), <, 1e-9);
}

/* A weight so large that the constraint counts: the solver's own measure of the distance
 * to the least, and the direction shrinks with the weight. */
static void
test_soft_constraint(void)
{
    g_autoptr(UmkBiasInput) input = make_input(200, 12, 2);
    double before = 2.0;

    for (double lambda = 1.0; lambda < 1e7; lambda *= 100.0) {
        g_autofree char *options = g_strdup_printf("lambda=%g,iterations=20000", lambda);
        g_autoptr(UmkDebias) debias = fit("soft", input, options);
        double kept = g_array_index(debias->fact_values, double, 1);
        double optimality = g_array_index(debias->fact_values, double, 2);

        g_assert_cmpstr(debias->facts->pdata[1], ==, "direction-kept");
        g_assert_cmpstr(debias->facts->pdata[2], ==, "optimality");
        g_assert_cmpfloat(optimality, <, 1e-8);
        g_assert_cmpfloat(kept, <, before);
        before = kept;
    }
    g_assert_cmpfloat(before, <, 0.1);
}

/* ---- all methods ------------------------------------------------------------------ */

static void
test_bytes(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(all_methods); i++) {
        g_autoptr(UmkBiasInput) input = make_input(300, 12, 2);
        g_autoptr(UmkDebias) one = NULL, two = NULL, again = NULL;
        g_autoptr(GBytes) one_bytes = NULL, two_bytes = NULL, again_bytes = NULL;
        g_autoptr(UmkMatrix) a = NULL, b = NULL, half = NULL, half_out = NULL;
        g_autofree char *json = NULL, *again_json = NULL;
        GBytes *a_bytes, *b_bytes;
        g_autoptr(GError) error = NULL;
        gsize size;

        umk_set_n_threads(1);
        one = fit(all_methods[i], input, "");
        a = umk_debias_apply(one, input->background, NULL, NULL, &error);
        umk_set_n_threads(2);
        two = fit(all_methods[i], input, "");
        one_bytes = umk_debias_to_bytes(one);
        two_bytes = umk_debias_to_bytes(two);
        g_assert_true(g_bytes_equal(one_bytes, two_bytes));
        again = umk_debias_from_bytes(one_bytes, &error);
        g_assert_no_error(error);
        again_bytes = umk_debias_to_bytes(again);
        g_assert_true(g_bytes_equal(one_bytes, again_bytes));
        b = umk_debias_apply(again, input->background, NULL, NULL, &error);
        g_assert_no_error(error);
        a_bytes = umk_matrix_get_bytes(a);
        b_bytes = umk_matrix_get_bytes(b);
        g_assert_true(g_bytes_equal(a_bytes, b_bytes));
        half = take_rows(input->background, 150, 1, 150);
        half_out = umk_debias_apply(one, half, NULL, NULL, &error);
        g_assert_cmpmem(umk_matrix_get_row(half_out, 0, NULL), 150 * D * sizeof(float),
                        umk_matrix_get_row(a, 150, NULL), 150 * D * sizeof(float));
        json = umk_debias_to_json(one);
        again_json = umk_debias_to_json(again);
        g_assert_cmpstr(json, ==, again_json);
        g_assert_nonnull(strstr(json, "\"digest\":\"sha256:"));
        g_assert_nonnull(g_bytes_get_data(one_bytes, &size));
        g_assert_cmpuint(size, <, 20000);
    }
}

static void
test_damage(void)
{
    g_autoptr(UmkBiasInput) input = make_input(100, 5, 2);
    g_autoptr(UmkDebias) debias = fit("hard", input, "");
    g_autoptr(GBytes) bytes = umk_debias_to_bytes(debias);
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);

    for (gsize i = 0; i < size; i += 7) {
        g_autofree guint8 *copy = g_memdup2(data, size);
        g_autoptr(GBytes) damaged = NULL, shorter = g_bytes_new(data, i);
        g_autoptr(GError) error = NULL, other = NULL;

        copy[i] ^= 0x10;
        damaged = g_bytes_new(copy, size);
        g_assert_null(umk_debias_from_bytes(damaged, &error));
        g_assert_nonnull(error);
        g_assert_null(umk_debias_from_bytes(shorter, &other));
        g_assert_error(other, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
}

/* Zero rows stay zero, wrong dimensions and missing sets are errors. */
static void
test_bad_input(void)
{
    g_autoptr(UmkBiasInput) input = make_input(100, 5, 2), empty = NULL, alone = NULL;
    float zeros[2 * D] = {0};
    g_autoptr(UmkMatrix) zero = umk_matrix_new_from_data(2, D, zeros, NULL);
    g_autoptr(UmkMatrix) narrow = umk_matrix_new_from_data(2, D - 1, zeros, NULL);
    g_autoptr(UmkMatrix) none = umk_matrix_new_from_data(0, D, NULL, NULL);

    empty = umk_bias_input_new(input->background, NULL);
    alone = umk_bias_input_new(input->background, NULL);
    add_set(alone, "x", zero);
    add_set(empty, "x", none);
    add_set(empty, "y", none);
    for (gsize i = 0; i < G_N_ELEMENTS(all_methods); i++) {
        g_autoptr(UmkDebias) debias = fit(all_methods[i], input, "");
        g_autoptr(UmkMatrix) out = umk_debias_apply(debias, zero, NULL, NULL, NULL);
        g_autoptr(GError) error = NULL, missing = NULL, no_items = NULL;

        for (gsize j = 0; j < 2 * D; j++)
            g_assert_true(isfinite(umk_matrix_get_row(out, 0, NULL)[j]));
        g_assert_null(umk_debias_apply(debias, narrow, NULL, NULL, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
        g_assert_null(try_fit(all_methods[i], alone, "", &missing));
        g_assert_error(missing, UMK_ERROR, UMK_ERROR_PARAM);
        g_assert_null(try_fit(all_methods[i], empty, "", &no_items));
        g_assert_error(no_items, UMK_ERROR, UMK_ERROR_PARAM);
    }
}

/* Equal sets have no direction; groups of unequal sizes have one, and no pairs. */
static void
test_unequal(void)
{
    g_autoptr(UmkMatrix) background = make_rows(100, D, 2, 1.0, 5);
    g_autoptr(UmkMatrix) few = take_rows(background, 0, 2, 3);
    g_autoptr(UmkMatrix) many = take_rows(background, 1, 2, 7);
    g_autoptr(UmkBiasInput) same = umk_bias_input_new(NULL, NULL);
    g_autoptr(UmkBiasInput) unequal = umk_bias_input_new(background, NULL);
    g_autoptr(UmkDebias) debias = NULL;
    g_autoptr(GError) error = NULL, pairs = NULL, sets = NULL;
    g_autofree char *json = NULL;

    add_set(same, "x", few);
    add_set(same, "y", few);
    g_assert_null(try_fit("hard", same, "", &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    add_set(unequal, "x", few);
    add_set(unequal, "y", many);
    debias = fit("hard", unequal, "");
    json = umk_debias_to_json(debias);
    g_assert_nonnull(strstr(json, "not-equalized"));
    g_assert_null(try_fit("hard", unequal, "way=pca", &pairs));
    g_assert_error(pairs, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_assert_null(try_fit("multiclass", unequal, "", &sets));
    g_assert_error(sets, UMK_ERROR, UMK_ERROR_DIMENSION);
}

/* A set of one on either side, the same item in both, and vectors that are all equal: a
 * map that stays finite, or an error that says what is wrong. */
static void
test_degenerate(void)
{
    g_autoptr(UmkMatrix) background = make_rows(60, D, 2, 1.0, 8);
    g_autoptr(UmkMatrix) one = take_rows(background, 0, 1, 1);
    g_autoptr(UmkMatrix) other = take_rows(background, 1, 1, 1);
    g_autoptr(UmkMatrix) three = take_rows(background, 0, 1, 3);
    g_autoptr(UmkMatrix) overlap = take_rows(background, 2, 1, 3);
    g_autoptr(UmkMatrix) equal = take_rows(background, 4, 0, 5);
    UmkMatrix *pairs[][2] = {{one, other}, {three, overlap}, {equal, equal}};

    for (gsize p = 0; p < G_N_ELEMENTS(pairs); p++)
        for (gsize i = 0; i < G_N_ELEMENTS(all_methods); i++) {
            g_autoptr(UmkBiasInput) input =
                umk_bias_input_new(p == 2 ? equal : background, NULL);
            g_autoptr(UmkDebias) debias = NULL;
            g_autoptr(UmkMatrix) out = NULL;
            g_autoptr(GError) error = NULL;

            add_set(input, "x", pairs[p][0]);
            add_set(input, "y", pairs[p][1]);
            debias = try_fit(all_methods[i], input, "", &error);
            g_assert_true((debias == NULL) == (error != NULL));
            if (debias == NULL) {
                g_assert_cmpuint(p, ==, 2);
                g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
                continue;
            }
            out = umk_debias_apply(debias, background, NULL, NULL, &error);
            g_assert_no_error(error);
            g_assert_true(umk_matrix_check_finite(out, NULL));
        }
}

/* ---- measures --------------------------------------------------------------------- */

static void
test_direction_measure(void)
{
    static const char *const ways[] = {"auto", "pca",        "mean",
                                       "pair", "classifier", "two-means"};
    g_autoptr(UmkBiasInput) input = make_input(300, 20, 2);
    g_autoptr(UmkMatrix) neutral = take_rows(input->background, 100, 1, 50);

    add_set(input, "neutral", neutral);
    for (gsize i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *options = g_strdup_printf("replicates=200,way=%s", ways[i]);
        g_autoptr(JsonNode) root = NULL;
        JsonObject *result = measure("direction", input, options, &root);
        double bias = value_of(result, "direct-bias");
        JsonArray *intervals =
            json_object_get_array_member(find_figure(result, "direct-bias"), "intervals");
        JsonObject *interval = json_array_get_object_element(intervals, 0);

        g_assert_cmpfloat(bias, >, 0.05);
        g_assert_cmpfloat(json_object_get_double_member(interval, "low"), <, bias);
        g_assert_cmpfloat(json_object_get_double_member(interval, "high"), >, bias);
        g_assert_cmpfloat(value_of(result, "group-gap"), >, 0.1);
        g_assert_cmpuint(
            json_array_get_length(json_object_get_array_member(result, "items")), ==, 90);
    }
}

static void
test_direction_undefined(void)
{
    g_autoptr(UmkMatrix) rows = make_rows(4, D, 2, 1.0, 9);
    g_autoptr(UmkBiasInput) input = umk_bias_input_new(NULL, NULL);
    g_autoptr(JsonNode) root = NULL;
    JsonObject *result;

    add_set(input, "x", rows);
    add_set(input, "y", rows);
    add_set(input, "neutral", rows);
    result = measure("direction", input, "", &root);
    g_assert_cmpstr(reason_of(result, "direct-bias"), ==, "no-direction");
    g_assert_cmpstr(reason_of(result, "explained-variance"), ==, "no-direction");
}

static void
test_indirect(void)
{
    g_autoptr(UmkBiasInput) input = make_input(300, 20, 2);
    float unit[3 * D] = {0};
    g_autoptr(UmkMatrix) a = NULL, b = take_rows(input->background, 60, 1, 4);
    g_autoptr(JsonNode) root = NULL;
    JsonObject *result;

    unit[0] = unit[D + 3] = 1.0f;
    a = umk_matrix_new_from_data(3, D, unit, NULL); /* the last is zero */
    add_set(input, "a", a);
    add_set(input, "b", b);
    result = measure("indirect-bias", input, "replicates=100", &root);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(result, "rows")),
                     ==, 12);
    g_assert_cmpfloat(value_of(result, "pairs-undefined"), >=, 4);
    g_assert_true(isfinite(value_of(result, "indirect-bias")));
}

/* Items in two clusters by their side, on two axes: taking the direction out leaves the
 * other axis, and all three measures must see it. */
static UmkBiasInput *
make_lipstick(gsize n)
{
    g_autofree float *x = g_new(float, n *D);
    g_auto(GStrv) names = make_names("w", n);
    g_autoptr(UmkMatrix) rows = NULL, left = NULL, right = NULL;
    UmkBiasInput *input;
    UmkRng rng;

    _umk_rng_init(&rng, 11, 0);
    for (gsize i = 0; i < n; i++) {
        double side = i % 2 ? 1.0 : -1.0;

        for (gsize j = 0; j < D; j++)
            x[i * D + j] = (float) (0.4 * _umk_rng_normal(&rng));
        x[i * D] += (float) side;
        x[i * D + 1] += (float) (i < 20 ? 0.0 : 2.0 * side);
    }
    rows = umk_matrix_new_from_data(n, D, x, NULL);
    left = take_rows(rows, 1, 2, 10);
    right = take_rows(rows, 0, 2, 10);
    input = umk_bias_input_new(rows, (const char *const *) names);
    add_set(input, "x", left);
    add_set(input, "y", right);
    return input;
}

static void
test_residual(void)
{
    static const char *const measures[][3] = {
        {"cluster-bias", "cluster-accuracy", "words=100"},
        {"neighbour-bias", "neighbour-correlation",
         "words=100,neighbours=20,replicates=100"},
        {"probe-bias", "probe-accuracy", "words=150"},
    };
    g_autoptr(UmkBiasInput) input = make_lipstick(600);
    g_autoptr(UmkDebias) debias = fit("hard", input, "");

    umk_bias_input_set_debias(input, debias, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(measures); i++) {
        g_autoptr(JsonNode) root = NULL;
        g_autofree char *before = g_strconcat(measures[i][1], "-before", NULL);
        JsonObject *result = measure(measures[i][0], input, measures[i][2], &root);

        g_assert_cmpfloat(value_of(result, before), >, 0.9);
        g_assert_cmpfloat(value_of(result, measures[i][1]), >, 0.8);
    }
}

/* Noise: no measure may find anything once the direction is gone. */
static void
test_residual_of_noise(void)
{
    g_autoptr(UmkBiasInput) input = make_input(2000, 20, 2);
    g_autoptr(UmkDebias) debias = NULL;
    g_autoptr(UmkBiasInput) noise = NULL;
    g_autoptr(UmkMatrix) background = make_rows(2000, D, 1, 0.0, 21);
    g_auto(GStrv) names = make_names("v", 2000);
    g_autoptr(UmkMatrix) x = take_rows(input->background, 0, 2, 20);
    g_autoptr(UmkMatrix) y = take_rows(input->background, 1, 2, 20);
    g_autoptr(JsonNode) probe = NULL, cluster = NULL;

    noise = umk_bias_input_new(background, (const char *const *) names);
    add_set(noise, "x", x);
    add_set(noise, "y", y);
    debias = fit("hard", noise, "");
    umk_bias_input_set_debias(noise, debias, NULL);
    g_assert_cmpfloat(
        value_of(measure("probe-bias", noise, "words=500", &probe), "probe-accuracy"), <,
        0.57);
    g_assert_cmpfloat(
        value_of(measure("cluster-bias", noise, "", &cluster), "cluster-accuracy"), <,
        0.6);
}

static void
test_residual_bad_input(void)
{
    static const char *const measures[][2] = {{"cluster-bias", "cluster-accuracy"},
                                              {"neighbour-bias", "neighbour-correlation"},
                                              {"probe-bias", "probe-accuracy"}};
    g_autoptr(UmkMatrix) rows = make_rows(3, D, 2, 1.0, 2);
    g_autoptr(UmkMatrix) other = make_rows(3, D, 2, 1.0, 3);
    g_autofree float *ones = g_new(float, 40 * D);
    g_autoptr(UmkMatrix) equal = NULL;

    for (gsize i = 0; i < 40 * D; i++)
        ones[i] = 1.0f;
    equal = umk_matrix_new_from_data(40, D, ones, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(measures); i++) {
        g_autoptr(UmkBiasInput) bare = umk_bias_input_new(NULL, NULL);
        g_autoptr(UmkBiasInput) same = umk_bias_input_new(equal, NULL);
        g_autoptr(UmkBiasInput) flat = umk_bias_input_new(equal, NULL);
        g_autoptr(JsonNode) same_root = NULL, flat_root = NULL;
        g_autoptr(GError) error = NULL;

        add_set(bare, "x", rows);
        add_set(bare, "y", other);
        g_assert_null(
            umk_bias_measure(measures[i][0], bare, NULL, 1, NULL, NULL, NULL, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
        add_set(same, "x", rows);
        add_set(same, "y", rows);
        g_assert_cmpstr(
            reason_of(measure(measures[i][0], same, "", &same_root), measures[i][1]), ==,
            "no-direction");
        add_set(flat, "x", rows);
        add_set(flat, "y", other);
        g_assert_nonnull(
            reason_of(measure(measures[i][0], flat, "", &flat_root), measures[i][1]));
    }
}

static void
test_measure_threads(void)
{
    static const char *const measures[] = {"direction", "cluster-bias", "neighbour-bias",
                                           "probe-bias"};
    g_autoptr(UmkBiasInput) input = make_input(700, 20, 2);
    g_autoptr(UmkDebias) debias = fit("leace", input, "");

    umk_bias_input_set_debias(input, debias, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(measures); i++) {
        g_autofree char *one = NULL, *two = NULL;

        umk_set_n_threads(1);
        one = umk_bias_measure(measures[i], input, NULL, 5, NULL, NULL, NULL, NULL);
        umk_set_n_threads(2);
        two = umk_bias_measure(measures[i], input, NULL, 5, NULL, NULL, NULL, NULL);
        g_assert_nonnull(one);
        g_assert_cmpstr(one, ==, two);
    }
}

/* Every code that is written has words. */
static void
test_words(void)
{
    static const char *const codes[] = {
        "direct-bias",     "weak-direction", "no-direction",     "cluster-accuracy",
        "probe-accuracy",  "not-equalized",  "direction-kept",   "rank-removed",
        "accuracy-last",   "component",      "fewer-components", "nearly-unchanged",
        "covariance-rank", "too-few-items",  "wilson",           "items",
        "neighbours-used"};

    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
        g_assert_cmpstr(umk_bias_describe(codes[i]), !=, codes[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/debias/leace", test_leace);
    g_test_add_func("/debias/leace/nothing", test_leace_nothing);
    g_test_add_func("/debias/logistic", test_logistic);
    g_test_add_func("/debias/inlp-at-chance", test_inlp_at_chance);
    g_test_add_func("/debias/hard/no-direct-bias", test_hard_leaves_no_direct_bias);
    g_test_add_func("/debias/hard/equalizes", test_hard_equalizes);
    g_test_add_func("/debias/soft/slope", test_soft_slope);
    g_test_add_func("/debias/soft/constraint", test_soft_constraint);
    g_test_add_func("/debias/bytes", test_bytes);
    g_test_add_func("/debias/damage", test_damage);
    g_test_add_func("/debias/bad-input", test_bad_input);
    g_test_add_func("/debias/unequal", test_unequal);
    g_test_add_func("/debias/degenerate", test_degenerate);
    g_test_add_func("/bias/direction", test_direction_measure);
    g_test_add_func("/bias/direction/undefined", test_direction_undefined);
    g_test_add_func("/bias/indirect", test_indirect);
    g_test_add_func("/bias/residual", test_residual);
    g_test_add_func("/bias/residual/noise", test_residual_of_noise);
    g_test_add_func("/bias/residual/bad-input", test_residual_bad_input);
    g_test_add_func("/bias/threads", test_measure_threads);
    g_test_add_func("/bias/words", test_words);
    return g_test_run();
}
