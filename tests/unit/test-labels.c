/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agreement of labels against golden/clustering.json: scikit-learn 1.2.1, tolerance as
 * that file says. */
#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>
#include <math.h>

static JsonNode *
read_golden(void)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *path =
        g_build_filename(shared ? shared : "", "golden", "clustering.json", NULL);
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) ? json_from_string(text, NULL)
                                                        : NULL;
}

static gint32 *
to_labels(JsonArray *array)
{
    guint n = json_array_get_length(array);
    gint32 *labels = g_new(gint32, n + 1);

    for (guint i = 0; i < n; i++)
        labels[i] = (gint32) json_array_get_int_element(array, i);
    return labels;
}

static void
check_case(JsonObject *one)
{
    JsonObject *expected = json_object_get_object_member(one, "expected");
    JsonArray *truth_array = json_object_get_array_member(one, "truth");
    g_autofree gint32 *truth = to_labels(truth_array);
    g_autofree gint32 *found = to_labels(json_object_get_array_member(one, "pred"));
    g_autoptr(GError) error = NULL;
    UmkLabelAgreement a;

    umk_eval_labels(truth, found, json_array_get_length(truth_array), &a, &error);
    g_assert_no_error(error);
    {
        const struct {
            const char *name;
            double value;
        } figures[] = {{"ari", a.adjusted_rand},
                       {"rand", a.rand},
                       {"nmi_arithmetic", a.normalized_information},
                       {"ami_arithmetic", a.adjusted_information},
                       {"homogeneity", a.homogeneity},
                       {"completeness", a.completeness},
                       {"v_measure", a.v_measure},
                       {"fowlkes_mallows", a.fowlkes_mallows},
                       {"purity", a.purity}};

        for (gsize i = 0; i < G_N_ELEMENTS(figures); i++) {
            double wanted = json_object_get_double_member(expected, figures[i].name);

            if (fabs(wanted - figures[i].value) > 1e-10)
                g_error("%s: %s is %.15g, expected %.15g",
                        json_object_get_string_member(one, "name"), figures[i].name,
                        figures[i].value, wanted);
        }
    }
}

static void
test_golden(void)
{
    g_autoptr(JsonNode) root = read_golden();
    JsonArray *cases;

    if (root == NULL) {
        g_test_skip("the shared data are absent");
        return;
    }
    cases = json_object_get_array_member(json_node_get_object(root), "cases");
    g_assert_cmpuint(json_array_get_length(cases), >=, 7);
    for (guint i = 0; i < json_array_get_length(cases); i++)
        check_case(json_array_get_object_element(cases, i));
}

static void
test_missing(void)
{
    static const gint32 truth[] = {0, 0, 7, 7, -1}, found[] = {3, 3, 9, 9, 3};
    static const gint32 none[] = {-1, -1, -1, -1, -1};
    g_autoptr(GError) error = NULL;
    UmkLabelAgreement a;

    g_assert_true(umk_eval_labels(truth, found, 5, &a, NULL));
    g_assert_cmpuint(a.n_rows, ==, 4);
    g_assert_cmpfloat(a.adjusted_rand, ==, 1.0);
    g_assert_false(umk_eval_labels(truth, none, 5, &a, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/labels/golden", test_golden);
    g_test_add_func("/labels/missing", test_missing);
    return g_test_run();
}
