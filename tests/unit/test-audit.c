/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Specs, verdicts, gates and comparisons of audits, and audits of small sources. */
#include "facade/umk-audit-private.h"

#include "bias/umk-debias-private.h"
#include "core/umk-rng-private.h"

#include <umekomi/umekomi.h>

#include <math.h>
#include <string.h>

/* ---- specs ------------------------------------------------------------------------ */

static void
check_refused(const char *json, UmkError code, const char *part)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkAuditSpec) spec =
        umk_audit_spec_new_from_data(json, strlen(json), &error);

    g_assert_null(spec);
    g_assert_error(error, UMK_ERROR, (int) code);
    if (strstr(error->message, part) == NULL)
        g_error("“%s” does not say “%s”", error->message, part);
}

static void
test_typos(void)
{
    check_refused("{\"testz\": []}", UMK_ERROR_INVALID_DATA,
                  "“testz”; did you mean “tests”");
    check_refused("{\"sets\": [{\"id\": \"a\", \"items\": [\"b\"]}, {\"id\": \"c\", "
                  "\"itmes\": [\"d\"]}]}",
                  UMK_ERROR_INVALID_DATA,
                  "sets[1]: there is no key “itmes”; did you mean “items”");
    check_refused("{\"tests\": [{\"id\": \"t\", \"mesure\": \"weat\"}]}",
                  UMK_ERROR_INVALID_DATA,
                  "tests[0]: there is no key “mesure”; did you "
                  "mean “measure”");
    check_refused("{\"options\": {\"alfa\": 1}}", UMK_ERROR_INVALID_DATA,
                  "options: there is no key “alfa”; did you mean “alpha”");
    check_refused("{\"tests\": [\"weat6\"]}", UMK_ERROR_NOT_FOUND,
                  "did you mean “weat-6”");
    check_refused("{\"debias\": {\"metod\": \"hard\"}}", UMK_ERROR_INVALID_DATA,
                  "did you mean “method”");
    check_refused("{\"frobnicate\": 1}", UMK_ERROR_INVALID_DATA,
                  "there is no key “frobnicate”");
}

static void
test_refused(void)
{
    check_refused("[]", UMK_ERROR_INVALID_DATA, "not an object");
    check_refused("{\"options\": {\"alpha\": 2}}", UMK_ERROR_PARAM,
                  "“alpha” takes a number");
    check_refused("{\"options\": {\"correction\": \"hlom\"}}", UMK_ERROR_PARAM,
                  "holm, bh or none");
    check_refused("{\"sets\": [{\"id\": \"a\"}]}", UMK_ERROR_INVALID_DATA,
                  "needs one of “items”, “files” and “where”");
    check_refused("{\"sets\": [{\"id\": \"a\", \"items\": [\"b\", \"\"]}]}",
                  UMK_ERROR_INVALID_DATA, "item 2");
    check_refused("{\"sets\": [{\"id\": \"a\", \"items\": [\"b\"], \"values\": [1, 2]}]}",
                  UMK_ERROR_INVALID_DATA, "2 values and 1 items");
    check_refused("{\"sets\": [{\"id\": \"a\", \"items\": [\"b\"]}, {\"id\": \"a\", "
                  "\"items\": [\"c\"]}]}",
                  UMK_ERROR_PARAM, "two sets with the id “a”");
    check_refused(
        "{\"sets\": [{\"id\": \"a\", \"items\": [\"b\"], \"template\": \"%d\"}]}",
        UMK_ERROR_INVALID_DATA, "%s once");
    check_refused("{\"sets\": [{\"id\": \"a\", \"items\": [\"b\"], \"modality\": "
                  "\"smell\"}]}",
                  UMK_ERROR_INVALID_DATA, "“smell” is not a modality");
}

static void
test_tables(void)
{
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"set,item\nm,he\nm,him\nf,she\nf,her\n", NULL},
        {"set\titem\tvalue\nm\the\t1\nm\thim\t2.5\n", NULL},
        {"set,item,value\nm,he,1\nm,him,\n", "have a value and some have none"},
        {"set,item,value\nm,he,much\n", "“much” is not a number"},
        {"set,item,modality\nm,he,smell\n", "“smell” is not a modality"},
        {"set,item,language\nm,he,en\nm,彼,ja\n", "one modality and one language"},
        {"group,word\nm,he\n", "“set” and “item”"},
        {"set,item\nm,\n", "line 2"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkAuditSpec) spec = umk_audit_spec_new();
        g_autoptr(GError) error = NULL;
        gboolean added = umk_audit_spec_add_sets_from_data(spec, cases[i].text,
                                                           strlen(cases[i].text), &error);

        if (cases[i].problem == NULL)
            g_assert_no_error(error);
        g_assert_true(added == (cases[i].problem == NULL));
        if (!added && strstr(error->message, cases[i].problem) == NULL)
            g_error("“%s” does not say “%s”", error->message, cases[i].problem);
    }
}

static void
test_round_trip(void)
{
    g_autoptr(UmkAuditSpec) spec = umk_audit_spec_new(), again = NULL;
    const char *const items[] = {"a", "b", NULL};
    g_autofree char *json = NULL, *second = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(umk_audit_spec_set(spec, "title", "題", NULL));
    g_assert_true(umk_audit_spec_set(spec, "alpha", "0.01", NULL));
    g_assert_true(umk_audit_spec_set(spec, "sentences", "yes", NULL));
    g_assert_false(umk_audit_spec_set(spec, "alpha", "0", NULL));
    g_assert_true(umk_audit_spec_add_set(spec, "s", "S", "en", items, NULL));
    g_assert_true(umk_audit_spec_add_test(spec, "t", "weat", "x=s y=family a=s b=career",
                                          "level=0.9", NULL));
    g_assert_true(umk_audit_spec_add_known_test(spec, "weat-6", NULL));
    g_assert_true(
        umk_audit_spec_set_debias(spec, "leace", "x=s y=family", "unit=yes", NULL));
    g_assert_true(umk_audit_spec_set_column(spec, "group", "sex", NULL));
    g_assert_false(umk_audit_spec_set_column(spec, "group", "age", NULL));
    json = umk_audit_spec_to_json(spec);
    again = umk_audit_spec_new_from_data(json, strlen(json), &error);
    g_assert_no_error(error);
    second = umk_audit_spec_to_json(again);
    g_assert_cmpstr(json, ==, second);
    g_assert_cmpuint(umk_audit_spec_get_n_tests(again), ==, 2);
    g_assert_cmpstr(umk_audit_spec_get(again, "title"), ==, "題");
}

/* ---- verdicts --------------------------------------------------------------------- */

#define RESULT(value, low, high, control, without)                                       \
    "{\"figures\": [{\"id\": \"e\", \"value\": " value                                   \
    ", \"undefined\": \"no-spread\", \"headline\": true, \"neutral\": 0, "               \
    "\"intervals\": [{\"over\": \"targets\", \"level\": 0.95, \"low\": 1, \"high\": 2}," \
    "{\"over\": \"targets-and-attributes\", \"level\": 0.95, \"low\": " low              \
    ", \"high\": " high "}]}], \"control\": " control                                    \
    ", \"items\": [{\"role\": \"x\", \"name\": \"n\", \"value\": 1, "                    \
    "\"without\": " without "}], \"detectable\": {\"effect\": 1.1}}"

static void
test_verdicts(void)
{
    static const struct {
        const char *result;
        double p, holm;
        const char *verdict, *reasons;
    } cases[] = {
        {RESULT("1.5", "0.9", "1.8", "{\"as_large\": 0}", "1.4"), 0.001, 0.01, "clear",
         ""},
        {RESULT("-1.5", "-1.8", "-0.9", "{\"as_large\": 0.01}", "-1.4"), 0.001, 0.01,
         "clear", ""},
        {RESULT("1.5", "0.9", "1.8", "{\"as_large\": 0}", "1.4"), 0.03, 0.06, "fragile",
         "not-after-correction"},
        {RESULT("1.5", "-0.1", "1.8", "{\"as_large\": 0}", "1.4"), 0.001, 0.01, "fragile",
         "interval-includes-neutral"},
        {RESULT("1.5", "0.9", "1.8", "{\"as_large\": 0.2}", "1.4"), 0.001, 0.01,
         "fragile", "not-larger-than-controls"},
        {RESULT("1.5", "0.9", "1.8", "{\"undefined\": \"x\"}", "1.4"), 0.001, 0.01,
         "fragile", "control-undefined"},
        {RESULT("1.5", "0.9", "1.8", "{\"as_large\": 0}", "-0.1"), 0.001, 0.01, "fragile",
         "hangs-on-one-item"},
        {RESULT("1.5", "-0.1", "1.8", "{\"as_large\": 0.9}", "1.4"), 0.04, 0.1, "fragile",
         "not-after-correction interval-includes-neutral not-larger-than-controls"},
        {RESULT("0.2", "-0.9", "1", "{\"as_large\": 0.6}", "0.1"), 0.5, 1, "none-seen",
         "p-not-small smaller-not-detectable"},
        {RESULT("0.2", "0.1", "1", "{\"as_large\": 0.6}", "0.1"), 0.06, 1, "none-seen",
         "p-not-small interval-disagrees smaller-not-detectable"},
        {RESULT("null", "null", "null", "null", "null"), (double) NAN, (double) NAN,
         "undefined", "no-spread"},
        {RESULT("1.5", "0.9", "1.8", "{\"as_large\": 0}", "1.4"), (double) NAN,
         (double) NAN, "fragile", "untested"},
        {RESULT("1.5", "-0.9", "1.8", "{\"as_large\": 0}", "1.4"), (double) NAN,
         (double) NAN, "none-seen", "interval-includes-neutral smaller-not-detectable"},
        {"{\"figures\": [{\"id\": \"e\", \"value\": 3, \"headline\": true}]}",
         (double) NAN, (double) NAN, "undefined", "no-neutral"},
        {"{\"figures\": [{\"id\": \"e\", \"value\": 3, \"neutral\": 0}]}", 0.001, 0.002,
         "fragile", "no-interval"},
        {"{\"figures\": []}", (double) NAN, (double) NAN, "undefined", "no-figure"},
    };
    UmkAuditOptions options = {
        .alpha = 0.05, .level = 0.95, .correction = (char *) "holm"};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        UmkAuditOutcome *outcome = _umk_audit_outcome_new(NULL);
        g_autofree char *reasons = NULL;

        outcome->result = json_from_string(cases[i].result, NULL);
        g_assert_nonnull(outcome->result);
        outcome->p = cases[i].p;
        outcome->holm = outcome->bh = cases[i].holm;
        _umk_audit_judge_outcome(outcome, &options);
        g_ptr_array_add(outcome->reasons, NULL);
        reasons = g_strjoinv(" ", (char **) outcome->reasons->pdata);
        g_assert_cmpstr(outcome->verdict, ==, cases[i].verdict);
        g_assert_cmpstr(reasons, ==, cases[i].reasons);
        g_ptr_array_set_size(outcome->reasons, 0);
        _umk_audit_outcome_free(outcome);
    }
}

static void
test_correction(void)
{
    static const double p[] = {0.01, (double) NAN, 0.04, 0.03, 0.005};
    static const double holm[] = {0.03, (double) NAN, 0.06, 0.06, 0.02};
    static const double bh[] = {0.02, (double) NAN, 0.04, 0.04, 0.02};
    g_autoptr(GPtrArray) outcomes =
        g_ptr_array_new_with_free_func((GDestroyNotify) _umk_audit_outcome_free);

    for (gsize i = 0; i < G_N_ELEMENTS(p); i++) {
        UmkAuditOutcome *outcome = _umk_audit_outcome_new(NULL);

        outcome->p = p[i];
        g_ptr_array_add(outcomes, outcome);
    }
    _umk_audit_correct(outcomes);
    for (gsize i = 0; i < G_N_ELEMENTS(p); i++) {
        const UmkAuditOutcome *outcome = outcomes->pdata[i];

        g_assert_true(isnan(p[i]) == isnan(outcome->holm));
        if (!isnan(p[i])) {
            g_assert_cmpfloat_with_epsilon(outcome->holm, holm[i], 1e-12);
            g_assert_cmpfloat_with_epsilon(outcome->bh, bh[i], 1e-12);
        }
    }
}

/* ---- gates and comparisons -------------------------------------------------------- */

/* An audit of one test; influences differ from the value by what is given. */
static UmkAudit *
make_audit(double value, const double *without, gsize n, const char *missing)
{
    g_autoptr(GString) items = g_string_new(NULL);
    g_autofree char *text = NULL;
    UmkAudit *audit;
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; i < n; i++)
        g_string_append_printf(
            items, "%s{\"role\":\"x\",\"name\":\"w%zu\",\"value\":0,\"without\":%.17g}",
            i > 0 ? "," : "", i, value + without[i]);
    text = g_strdup_printf(
        "{\"schema\":\"umekomi-audit/"
        "1\",\"source\":{},\"seed\":1,\"date\":\"2026-01-01\","
        "\"options\":{\"alpha\":0.05,\"level\":0.95},\"sets\":[{\"id\":\"s\",\"digest\":"
        "\"d\",\"missing\":[%s]}],\"tests\":[{\"id\":\"t\",\"measure\":\"weat\","
        "\"roles\":"
        "{\"x\":\"s\"},\"params\":{},\"result\":{\"figures\":[{\"id\":\"effect-size\","
        "\"value\":%.17g,\"headline\":true,\"neutral\":0,\"intervals\":[{\"over\":"
        "\"targets\",\"level\":0.95,\"low\":%.17g,\"high\":%.17g}]}],\"items\":[%s]},"
        "\"adjusted\":{\"p\":0.01,\"holm\":null},\"verdict\":{\"code\":\"clear\","
        "\"reasons\":[]}}],\"against\":null}",
        missing, value, value - 0.5, value + 0.5, items->str);
    audit = umk_audit_new_from_data(text, strlen(text), &error);
    g_assert_no_error(error);
    return audit;
}

static JsonObject *
compare(UmkAudit *now, UmkAudit *then, JsonNode **root)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkAudit) both = umk_audit_compare(now, then, "old.json", &error);
    JsonObject *against;

    g_assert_no_error(error);
    *root = json_from_string(umk_audit_get_json(both, NULL), &error);
    g_assert_no_error(error);
    against = json_object_get_object_member(json_node_get_object(*root), "against");
    return json_array_get_object_element(json_object_get_array_member(against, "tests"),
                                         0);
}

static void
check_change(UmkAudit *now, UmkAudit *then, const char *changed, const char *reason)
{
    g_autoptr(JsonNode) root = NULL;
    JsonObject *change = compare(now, then, &root);
    JsonArray *reasons = json_object_get_array_member(change, "reasons");

    g_assert_cmpstr(json_object_get_string_member(change, "changed"), ==, changed);
    g_assert_cmpstr(json_array_get_string_element(reasons, 0), ==, reason);
}

static void
test_compare(void)
{
    static const double same[] = {0.1, -0.1, 0.05, -0.05, 0.02, -0.02};
    static const double other[] = {0.11, -0.1, 0.05, -0.06, 0.02, -0.02};
    g_autoptr(UmkAudit) old = make_audit(1.0, same, 6, "");
    g_autoptr(UmkAudit) grown = make_audit(1.2, other, 6, "");
    g_autoptr(UmkAudit) turned = make_audit(-1.4, other, 6, "");
    g_autoptr(UmkAudit) shrunk = make_audit(0.1, other, 6, "");
    g_autoptr(UmkAudit) unpaired = make_audit(1.2, other, 5, "");
    g_autoptr(UmkAudit) elsewhere = make_audit(1.2, other, 6, "\"w9\"");
    g_autoptr(JsonNode) root = NULL;
    JsonObject *change = compare(grown, old, &root);
    /* differences of what is left out: 0.21, 0.2, 0.2, 0.19, 0.2, 0.2 */
    double expected = sqrt(5.0 / 6 * 2e-4);
    JsonArray *interval = json_object_get_array_member(change, "interval");

    g_assert_cmpfloat_with_epsilon(json_object_get_double_member(change, "difference"),
                                   0.2, 1e-12);
    g_assert_cmpfloat_with_epsilon(json_array_get_double_element(interval, 0),
                                   0.2 - 1.959963984540054 * expected, 1e-9);
    g_assert_cmpfloat_with_epsilon(json_object_get_double_member(change, "p"),
                                   erfc(0.2 / expected / G_SQRT2), 1e-12);
    check_change(grown, old, "grew", "paired-items");
    check_change(turned, old, "grew", "paired-items");
    check_change(shrunk, old, "shrank", "paired-items");
    check_change(old, old, "no-change-seen", "paired-items");
    check_change(unpaired, old, "no-change-seen", "unpaired-intervals");
    check_change(elsewhere, old, "not-comparable", "coverage-differs");
}

static void
test_judge(void)
{
    static const struct {
        const char *condition;
        int holds; /* -1: cannot be judged */
    } cases[] = {
        {"t.effect-size > 0.5", 1},   {"t.effect-size>1.5", 0},
        {"t.effect-size <= 1.25", 1}, {"t.p < 0.05", 1},
        {"t.verdict = clear", 1},     {"t.verdict != clear", 0},
        {"t.holm < 0.05", -1},        {"u.effect-size > 0", -1},
        {"t.effect > 0", -1},         {"t.effect-size", -1},
        {"t.effect-size > much", -1}, {"t.verdict > clear", -1},
        {"t.verdict = very", -1},     {"", -1},
    };
    static const double none[] = {0};
    g_autoptr(UmkAudit) audit = make_audit(1.25, none, 0, "");

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        gboolean holds = FALSE;
        gboolean judged =
            umk_audit_judge(audit, cases[i].condition, &holds, NULL, &error);

        g_assert_true(judged == (cases[i].holds >= 0));
        g_assert_true(judged == (error == NULL));
        if (judged)
            g_assert_cmpint(holds, ==, cases[i].holds);
    }
}

/* ---- audits of small sources ------------------------------------------------------ */

#define N_DIMS 6

static const char *const words[] = {"he",    "him",   "man",   "boy",  "she",   "her",
                                    "woman", "girl",  "work",  "pay",  "Boss",  "job",
                                    "home",  "child", "house", "love", "spare", NULL};

/* Two groups that lie apart on the first axis, with noise. */
static UmkAuditSource *
make_source(gboolean constant)
{
    gsize n = G_N_ELEMENTS(words) - 1;
    g_autofree float *rows = g_new0(float, n *N_DIMS);
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(GError) error = NULL;
    UmkAuditSource *source;
    UmkRng rng;

    _umk_rng_init(&rng, 7, 0);
    for (gsize i = 0; i < n; i++) {
        for (gsize j = 0; j < N_DIMS; j++)
            rows[i * N_DIMS + j] = constant ? 1 : (float) (0.4 * _umk_rng_normal(&rng));
        if (!constant)
            rows[i * N_DIMS] += (i / 4) % 2 == 0 ? 1 : -1;
    }
    matrix = umk_matrix_new_from_data(n, N_DIMS, rows, &error);
    g_assert_no_error(error);
    source = umk_audit_source_new_for_vectors(matrix, words, "small.vec", &error);
    g_assert_no_error(error);
    return source;
}

static const char spec_text[] =
    "{\"title\": \"Small\", \"date\": \"2026-11-26\", \"sets\": ["
    "{\"id\": \"m\", \"items\": [\"he\", \"him\", \"man\", \"boy\", \"he\", \"hi\"]},"
    "{\"id\": \"f\", \"items\": [\"she\", \"her\", \"woman\", \"girl\"]},"
    "{\"id\": \"w\", \"items\": [\"work\", \"pay\", \"boss\", \"job\"]},"
    "{\"id\": \"h\", \"items\": [\"home\", \"child\", \"house\", \"love\"]},"
    "{\"id\": \"o\", \"items\": [\"her\", \"man\", \"boy\", \"him\"]},"
    "{\"id\": \"one\", \"items\": [\"he\", \"nobody\"]}],"
    "\"tests\": ["
    "{\"id\": \"t\", \"measure\": \"weat\", \"roles\": {\"x\": \"m\", \"y\": \"f\", "
    "\"a\": \"w\", \"b\": \"h\"}},"
    "{\"id\": \"over\", \"measure\": \"weat\", \"roles\": {\"x\": \"o\", \"y\": \"f\", "
    "\"a\": \"w\", \"b\": \"h\"}},"
    "{\"id\": \"same\", \"measure\": \"weat\", \"roles\": {\"x\": \"m\", \"y\": \"m\", "
    "\"a\": \"w\", \"b\": \"h\"}},"
    "{\"id\": \"few\", \"measure\": \"weat\", \"roles\": {\"x\": \"one\", \"y\": \"f\", "
    "\"a\": \"w\", \"b\": \"h\"}}],"
    "\"options\": {\"replicates\": 200}}";

static UmkAudit *
run(gboolean constant)
{
    g_autoptr(UmkAuditSource) source = make_source(constant);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkAuditSpec) spec =
        umk_audit_spec_new_from_data(spec_text, strlen(spec_text), &error);
    UmkAudit *audit;

    g_assert_no_error(error);
    audit = umk_audit_run(spec, source, 42, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return audit;
}

/* The scores are mean cosines, by hand; what both sets hold is left out of both. */
static void
test_axis(void)
{
    g_autoptr(UmkAuditSource) source = make_source(FALSE);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkAuditSpec) spec =
        umk_audit_spec_new_from_data(spec_text, strlen(spec_text), &error);
    g_autoptr(UmkMatrix) scores =
        umk_audit_score_axis(spec, source, "w", "h", NULL, NULL, &error);
    const char *const sides[2][4] = {{"work", "pay", "Boss", "job"},
                                     {"home", "child", "house", "love"}};
    UmkMatrix *vectors = source->vectors;

    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_rows(scores), ==, umk_matrix_get_n_rows(vectors));
    for (gsize i = 0; i < umk_matrix_get_n_rows(vectors); i++) {
        double expected = 0;

        for (guint side = 0; side < 2; side++)
            for (guint k = 0; k < 4; k++) {
                const float *u = umk_matrix_get_row(vectors, i, NULL), *v = NULL;
                double dot = 0, uu = 0, vv = 0;

                for (gsize r = 0; source->names[r] != NULL && v == NULL; r++)
                    if (g_str_equal(source->names[r], sides[side][k]))
                        v = umk_matrix_get_row(vectors, r, NULL);
                g_assert_nonnull(v);
                for (gsize j = 0; j < N_DIMS; j++) {
                    dot += (double) u[j] * (double) v[j];
                    uu += (double) u[j] * (double) u[j];
                    vv += (double) v[j] * (double) v[j];
                }
                expected += (side == 0 ? 0.25 : -0.25) * dot / sqrt(uu * vv);
            }
        g_assert_cmpfloat_with_epsilon((double) *umk_matrix_get_row(scores, i, NULL),
                                       expected, 1e-6);
    }
    g_clear_pointer(&scores, umk_matrix_unref);
    scores = umk_audit_score_axis(spec, source, "m", "m", NULL, NULL, &error);
    g_assert_null(scores);
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_null(umk_audit_score_axis(spec, source, "w", "hh", NULL, NULL, &error));
    g_assert_nonnull(error);
}

static gboolean
needs_weat(void)
{
    if (umk_bias_get_title("weat") != NULL)
        return FALSE;
    g_test_skip("there is no measure “weat”");
    return TRUE;
}

static JsonObject *
get_test(JsonNode *root, guint i)
{
    return json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(root), "tests"), i);
}

static void
check_verdict(JsonNode *root, guint i, const char *code, const char *reason)
{
    JsonObject *verdict = json_object_get_object_member(get_test(root, i), "verdict");
    JsonArray *reasons = json_object_get_array_member(verdict, "reasons");

    g_assert_cmpstr(json_object_get_string_member(verdict, "code"), ==, code);
    if (reason != NULL)
        g_assert_cmpstr(json_array_get_string_element(reasons, 0), ==, reason);
}

static void
test_run(void)
{
    g_autoptr(UmkAudit) audit = NULL, again = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autoptr(GError) error = NULL;
    JsonObject *set;
    gsize length, same;

    if (needs_weat())
        return;
    audit = run(FALSE);
    root = json_from_string(umk_audit_get_json(audit, &length), &error);
    g_assert_no_error(error);
    set = json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(root), "sets"), 0);
    g_assert_cmpstr(
        json_array_get_string_element(json_object_get_array_member(set, "missing"), 0),
        ==, "hi");
    g_assert_cmpstr(
        json_array_get_string_element(json_object_get_array_member(set, "duplicates"), 0),
        ==, "he");
    set = json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(root), "sets"), 2);
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(set, "matched")),
                     ==, 1);
    g_assert_cmpfloat(
        _umk_audit_number(json_object_get_object_member(get_test(root, 0), "adjusted"),
                          "p"),
        <, 0.05);
    g_assert_cmpstr(json_array_get_string_element(
                        json_object_get_array_member(get_test(root, 1), "overlap"), 0),
                    ==, "her");
    check_verdict(root, 2, "undefined", "set-used-up");
    check_verdict(root, 3, "undefined", "set-too-small");
    again = umk_audit_new_from_data(umk_audit_get_json(audit, NULL), length, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(umk_audit_get_json(again, &same), ==,
                    umk_audit_get_json(audit, NULL));
    g_assert_cmpuint(same, ==, length);
}

/* ---- a model that does not fit ---------------------------------------------------- */

/* The words in a space that is called what the model's frame is called, but which takes
 * the vectors of another frame alone. */
static UmkCollection *
make_misfit(const char *path, const char *frame)
{
    g_autoptr(UmkAuditSource) small = make_source(FALSE);
    g_autoptr(UmkSpace) space = umk_space_new(frame, N_DIMS, UMK_METRIC_COSINE);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; words[i] != NULL; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(words[i]);

        umk_item_set_id(item, words[i]);
        umk_items_append(items, item);
    }
    g_assert_true(umk_space_join(space, "other", N_DIMS, &error));
    collection = umk_collection_create(path, space, &error);
    g_assert_no_error(error);
    g_assert_true(
        umk_collection_add_model(collection, "other", "other", N_DIMS,
                                 "{\"version\": \"1\"}", &error) &&
        umk_collection_append(collection, "other", items, small->vectors, &error) &&
        umk_collection_commit(collection, &error));
    return g_steal_pointer(&collection);
}

static gboolean
has_string(JsonArray *array, const char *text)
{
    for (guint i = 0; i < json_array_get_length(array); i++)
        if (g_str_equal(json_array_get_string_element(array, i), text))
            return TRUE;
    return FALSE;
}

/* Words that such a model would have to embed are missing, with the reason; the rest is
 * measured. */
static void
test_misfit(void)
{
    UmkRegistry *registry = umk_registry_get_default();
    g_autoptr(UmkModel) model = umk_model_load(registry, "starter", NULL, NULL, NULL);
    g_autofree char *folder = g_dir_make_tmp("umekomi-audit-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "misfit.ume", NULL);
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkAuditSource) source = NULL;
    g_autoptr(UmkAuditSpec) spec = NULL;
    g_autoptr(UmkAudit) audit = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autoptr(GError) error = NULL;
    JsonObject *report;

    if (needs_weat())
        return;
    if (model == NULL) {
        g_test_skip("the model that comes with the program is absent");
        return;
    }
    collection = make_misfit(path, umk_model_get_frame(model));
    source = umk_audit_source_new_for_collection(collection, registry, NULL, &error);
    g_assert_no_error(error);
    spec = umk_audit_spec_new_from_data(spec_text, strlen(spec_text), &error);
    g_assert_no_error(error);
    audit = umk_audit_run(spec, source, 42, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    root = json_from_string(umk_audit_get_json(audit, NULL), &error);
    g_assert_no_error(error);
    report = json_node_get_object(root);
    g_assert_true(
        has_string(json_object_get_array_member(report, "limits"), "model-not-joined"));
    g_assert_false(
        has_string(json_object_get_array_member(report, "limits"), "no-text-model"));
    g_assert_true(has_string(
        json_object_get_array_member(json_array_get_object_element(
                                         json_object_get_array_member(report, "sets"), 0),
                                     "missing"),
        "hi"));
    g_assert_true(json_object_has_member(get_test(root, 0), "result") &&
                  !json_object_get_null_member(get_test(root, 0), "result"));
}

static void
test_threads(void)
{
    g_autoptr(UmkAudit) one = NULL, two = NULL;

    if (needs_weat())
        return;
    umk_set_n_threads(1);
    one = run(FALSE);
    umk_set_n_threads(2);
    two = run(FALSE);
    g_assert_cmpstr(umk_audit_get_json(one, NULL), ==, umk_audit_get_json(two, NULL));
}

static void
test_constant(void)
{
    g_autoptr(UmkAudit) audit = NULL;
    g_autoptr(JsonNode) root = NULL;

    if (needs_weat())
        return;
    audit = run(TRUE);
    root = json_from_string(umk_audit_get_json(audit, NULL), NULL);
    check_verdict(root, 0, "undefined", NULL);
    g_assert_null(strstr(umk_audit_get_json(audit, NULL), "nan"));
}

/* The tests run again on changed vectors; what was measured before is not touched. */
static void
test_debias(void)
{
    g_autoptr(UmkAuditSource) source = make_source(FALSE);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkAuditSpec) spec =
        umk_audit_spec_new_from_data(spec_text, strlen(spec_text), &error);
    g_autoptr(UmkAudit) plain = NULL, changed = NULL;
    g_autoptr(JsonNode) root = NULL, first = NULL;
    JsonObject *debias, *again, *own;

    if (needs_weat())
        return;
    g_assert_true(umk_audit_spec_set_debias(spec, "leace", "x=m y=f", NULL, &error));
    changed = umk_audit_run(spec, source, 42, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    plain = run(FALSE);
    root = json_from_string(umk_audit_get_json(changed, NULL), NULL);
    first = json_from_string(umk_audit_get_json(plain, NULL), NULL);
    own = get_test(root, 0);
    g_assert_true(json_node_equal(json_object_get_member(own, "result"),
                                  json_object_get_member(get_test(first, 0), "result")));
    debias = json_object_get_object_member(json_node_get_object(root), "debias");
    again =
        json_array_get_object_element(json_object_get_array_member(debias, "tests"), 0);
    /* LEACE leaves no difference of the means, so none of the associations either */
    g_assert_cmpfloat(
        fabs(_umk_audit_figure_value(json_object_get_member(again, "result"),
                                     "mean-difference")),
        <,
        0.5 * fabs(_umk_audit_figure_value(json_object_get_member(own, "result"),
                                           "mean-difference")));
    g_assert_cmpuint(json_array_get_length(json_object_get_array_member(debias, "costs")),
                     ==, 2);
}

/* What remains, asked by a test of its own: direction and items of the vectors as they
 * were, whatever the debias made of them. */
static void
test_remains(void)
{
    g_autoptr(UmkAuditSource) source = make_source(FALSE);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkAuditSpec) spec =
        umk_audit_spec_new_from_data(spec_text, strlen(spec_text), &error);
    g_autoptr(UmkAudit) audit = NULL;
    g_autoptr(JsonNode) root = NULL;
    JsonObject *debias, *rest;
    JsonNode *after;
    guint at = umk_audit_spec_get_n_tests(spec);

    if (needs_weat())
        return;
    g_assert_true(
        umk_audit_spec_add_test(spec, "c", "cluster-bias", "x=m y=f", "words=5", &error));
    g_assert_true(umk_audit_spec_set_debias(spec, "leace", "x=m y=f", NULL, &error));
    audit = umk_audit_run(spec, source, 42, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    root = json_from_string(umk_audit_get_json(audit, NULL), NULL);
    debias = json_object_get_object_member(json_node_get_object(root), "debias");
    after = json_object_get_member(
        json_array_get_object_element(json_object_get_array_member(debias, "tests"), at),
        "result");
    g_assert_cmpfloat(
        _umk_audit_figure_value(after, "cluster-accuracy-before"), ==,
        _umk_audit_figure_value(json_object_get_member(get_test(root, at), "result"),
                                "cluster-accuracy"));
    rest =
        json_array_get_object_element(json_object_get_array_member(debias, "remains"), 0);
    g_assert_cmpstr(json_object_get_string_member(rest, "id"), ==, "cluster-accuracy");
    g_assert_nonnull(strstr(umk_audit_get_json(audit, NULL), "\"remains-few\""));
}

static void
test_wrong_runs(void)
{
    g_autoptr(UmkAuditSource) source = make_source(FALSE);
    g_autoptr(UmkAuditSpec) none = umk_audit_spec_new();
    g_autoptr(UmkAuditSpec) measure = umk_audit_spec_new();
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    g_assert_null(umk_audit_run(none, source, 1, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_clear_error(&error);
    umk_audit_spec_add_test(measure, "t", "waet", "x=flowers", NULL, NULL);
    g_assert_null(umk_audit_run(measure, source, 1, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    if (needs_weat())
        return;
    g_assert_true(umk_audit_spec_add_known_test(none, "weat-6", &error));
    g_cancellable_cancel(cancellable);
    g_assert_null(umk_audit_run(none, source, 1, cancellable, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_words(void)
{
    static const char *const codes[] = {"clear",     "fragile",       "none-seen",
                                        "undefined", "set-too-small", "small-sets",
                                        "grew"};

    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
        g_assert_nonnull(umk_audit_describe(codes[i]));
    g_assert_cmpstr(umk_audit_describe("set-too-small"), !=, "set-too-small");
    g_assert_cmpstr(umk_audit_describe("no-such-code"), ==, "no-such-code");
}

static void
check_words(const UmkBiasWord *table, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        g_assert_cmpstr(umk_bias_describe(table[i].code), ==, table[i].words);
        g_assert_cmpstr(umk_audit_describe(table[i].code), ==, table[i].words);
    }
}

/* The first table that knows a code answers, so no two may say different things of it. */
static void
test_one_meaning(void)
{
    g_auto(GStrv) measures = umk_bias_list_measures();
    g_auto(GStrv) methods = umk_debias_list_methods();
    gsize n, n_seen = 0;
    const UmkBiasWord *table = _umk_bias_get_words(NULL, &n);

    check_words(table, n);
    for (gsize i = 0; measures[i] != NULL; i++, n_seen += n) {
        table = _umk_bias_get_words(measures[i], &n);
        check_words(table, n);
    }
    for (gsize i = 0; methods[i] != NULL; i++, n_seen += n) {
        table = _umk_debias_get_words(methods[i], &n);
        check_words(table, n);
    }
    g_assert_cmpuint(n_seen, >, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/audit/typos", test_typos);
    g_test_add_func("/audit/refused", test_refused);
    g_test_add_func("/audit/tables", test_tables);
    g_test_add_func("/audit/round-trip", test_round_trip);
    g_test_add_func("/audit/verdicts", test_verdicts);
    g_test_add_func("/audit/correction", test_correction);
    g_test_add_func("/audit/compare", test_compare);
    g_test_add_func("/audit/judge", test_judge);
    g_test_add_func("/audit/run", test_run);
    g_test_add_func("/audit/axis", test_axis);
    g_test_add_func("/audit/threads", test_threads);
    g_test_add_func("/audit/misfit", test_misfit);
    g_test_add_func("/audit/constant", test_constant);
    g_test_add_func("/audit/debias", test_debias);
    g_test_add_func("/audit/remains", test_remains);
    g_test_add_func("/audit/wrong-runs", test_wrong_runs);
    g_test_add_func("/audit/words", test_words);
    g_test_add_func("/audit/one-meaning", test_one_meaning);
    return g_test_run();
}
