/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds between tests and over time: the correction for having run many, a debias
 * before and after, an earlier audit. */
#include "umk-report-parts.h"

#include <math.h>

#define STILL_THERE 0.7 /* cluster accuracy above which bias is said to remain */

/* ---- correction ----------------------------------------------------------------------
 */

/* The family: figures without a test are none of it. */
static gsize
count_tested(const UmkReportMaker *maker, GPtrArray *tests)
{
    gsize n = 0;

    for (guint i = 0; i < tests->len; i++) {
        g_auto(UmkReportTest) test = {0};
        double p;

        _umk_report_test_init(&test, maker, tests->pdata[i]);
        n += _umk_report_test_p(&test, &p);
    }
    return n;
}

static void
add_p(UmkReportBlock *table, const UmkReportTest *test, const char *method)
{
    g_autofree char *text = NULL;
    double p;

    if (_umk_report_test_adjusted(test, method, &p))
        text = _umk_report_p(p);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, text != NULL ? text : "–");
}

void
_umk_report_add_correction(UmkReportMaker *maker)
{
    JsonArray *all = _umk_report_json_array(maker->audit, "tests");
    g_autoptr(GPtrArray) tests = _umk_report_sort_tests(maker, all);
    JsonObject *options = _umk_report_json_object(maker->audit, "options");
    g_autofree char *n = _umk_report_count(count_tested(maker, tests)), *alpha = NULL,
                    *text = NULL;
    g_autofree char *method = _umk_report_words(maker, _umk_report_correction(maker));
    UmkReportBlock *table;
    double level = 0.05;

    if (tests->len == 0)
        return;
    _umk_report_json_number(options, "alpha", &level);
    alpha = _umk_report_number_short(level);
    _umk_report_section(maker, N_("Correction for the number of tests"));
    text = _umk_report_fill(
        maker,
        g_str_equal(_umk_report_correction(maker), "p")
            ? N_("p-values in this audit: {1}; a figure without a test is none. The more "
                 "there are, the more small p-values "
                 "come "
                 "by chance. The verdicts were not corrected for that; their level is "
                 "{3}.")
            : N_("p-values in this audit: {1}; a figure without a test is none. The more "
                 "there are, the more small p-values "
                 "come "
                 "by chance. The verdicts use the correction of {2} at the level {3}; "
                 "Holm "
                 "bounds the chance of even one false alarm, Benjamini–Hochberg the "
                 "share "
                 "of false alarms."),
        n, method, alpha, NULL);
    _umk_report_document_paragraph(maker->document, UMK_REPORT_PLAIN, text);
    table = _umk_report_document_add(maker->document, UMK_REPORT_TABLE);
    _umk_report_column(maker, table, N_("Test"), FALSE);
    _umk_report_column(maker, table, N_("p"), TRUE);
    _umk_report_column(maker, table, N_("Holm"), TRUE);
    _umk_report_column(maker, table, N_("Benjamini–Hochberg"), TRUE);
    for (guint i = 0; i < tests->len; i++) {
        g_auto(UmkReportTest) test = {0};
        g_autofree char *p = NULL;

        _umk_report_test_init(&test, maker, tests->pdata[i]);
        _umk_report_table_row(table);
        p = _umk_report_test_p_text(maker, &test);
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, test.title);
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, p);
        add_p(table, &test, "holm");
        add_p(table, &test, "bh");
    }
    _umk_report_table_finish(table);
}

/* ---- debias --------------------------------------------------------------------------
 */

static JsonObject *
find_test(JsonArray *tests, const char *id)
{
    for (guint i = 0; i < _umk_report_json_n(tests); i++) {
        JsonObject *test = _umk_report_json_object_at(tests, i);

        if (id != NULL && g_strcmp0(_umk_report_json_code(test, "id"), id) == 0)
            return test;
    }
    return NULL;
}

static void
add_pair(UmkReportBlock *table,
         GArray *rows,
         const UmkReportTest *before,
         const UmkReportTest *after)
{
    g_autofree char *value =
        before->defined ? _umk_report_number(before->value) : g_strdup("–");
    g_autofree char *new_value =
        after->defined ? _umk_report_number(after->value) : g_strdup("–");
    g_autofree char *interval = _umk_report_test_interval(before);
    g_autofree char *new_interval = _umk_report_test_interval(after);
    UmkReportRow row = {.before = before->defined ? before->value : (double) NAN,
                        .low = 1,
                        .high = 0,
                        .value = after->value,
                        .paint = UMK_REPORT_ACCENT};

    _umk_report_table_row(table);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, after->title);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, value);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, interval);
    _umk_report_table_cell(table, UMK_REPORT_STRONG, new_value);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, new_interval);
    add_p(table, after, "p");
    if (!after->defined)
        return;
    row.label = g_strdup(after->title);
    _umk_report_json_number(after->wide, "low", &row.low);
    _umk_report_json_number(after->wide, "high", &row.high);
    _umk_report_rows_add(rows, &row);
}

static void
add_pairs(UmkReportMaker *maker, JsonArray *after)
{
    JsonArray *before = _umk_report_json_array(maker->audit, "tests");
    g_autoptr(GArray) rows = _umk_report_rows_new();
    UmkReportBlock *table = _umk_report_document_add(maker->document, UMK_REPORT_TABLE);
    UmkReportPicture *picture;

    _umk_report_column(maker, table, N_("Test"), FALSE);
    _umk_report_column(maker, table, N_("Before"), TRUE);
    _umk_report_column(maker, table, N_("Interval"), TRUE);
    _umk_report_column(maker, table, N_("After"), TRUE);
    _umk_report_column(maker, table, N_("Interval"), TRUE);
    _umk_report_column(maker, table, N_("p after"), TRUE);
    for (guint i = 0; i < _umk_report_json_n(after); i++) {
        JsonObject *object = _umk_report_json_object_at(after, i);
        g_auto(UmkReportTest) new = {0}, old = {0};

        if (object == NULL)
            continue;
        _umk_report_test_init(&new, maker, object);
        _umk_report_test_init(&old, maker, find_test(before, new.id));
        add_pair(table, rows, &old, &new);
    }
    _umk_report_table_finish(table);
    picture = _umk_report_draw_rows(rows, TRUE, 0);
    if (picture != NULL)
        _umk_report_document_chart(
            maker->document, picture,
            _umk_report_tr(maker, N_("Each test before (ring) and after (dot, with its "
                                     "interval); the dashed line is 0.")));
}

static void
add_meters(UmkReportMaker *maker, JsonArray *meters, const char *title)
{
    UmkReportBlock *table;

    if (_umk_report_json_n(meters) == 0)
        return;
    table = _umk_report_document_add(maker->document, UMK_REPORT_TABLE);
    _umk_report_column(maker, table, title, FALSE);
    _umk_report_column(maker, table, N_("Before"), TRUE);
    _umk_report_column(maker, table, N_("After"), TRUE);
    _umk_report_column(maker, table, N_("Interval"), TRUE);
    for (guint i = 0; i < _umk_report_json_n(meters); i++) {
        JsonObject *meter = _umk_report_json_object_at(meters, i);
        const char *id = _umk_report_json_code(meter, "id");
        g_autofree char *words = _umk_report_title_words(maker, id != NULL ? id : "–");
        g_autofree char *before = _umk_report_number_of(meter, "before");
        g_autofree char *after = _umk_report_number_of(meter, "after");
        g_autofree char *range =
            _umk_report_range_of(_umk_report_json_array(meter, "interval"));

        _umk_report_table_row(table);
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, words);
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, before);
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, after);
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, range != NULL ? range : "–");
    }
    _umk_report_table_finish(table);
}

static void
warn_of_rest(UmkReportMaker *maker, JsonArray *remains)
{
    for (guint i = 0; i < _umk_report_json_n(remains); i++) {
        JsonObject *meter = _umk_report_json_object_at(remains, i);
        g_autofree char *share = NULL, *text = NULL;
        double after;

        if (g_strcmp0(_umk_report_json_code(meter, "id"), "cluster-accuracy") != 0 ||
            !_umk_report_json_number(meter, "after", &after) || after <= STILL_THERE)
            continue;
        share = _umk_report_percent(after);
        text = _umk_report_fill(maker,
                                N_("Removing a direction does not remove bias: after it, "
                                   "clustering still tells the two groups apart in {1} "
                                   "of cases, where half is chance."),
                                share, NULL);
        _umk_report_document_paragraph(maker->document, UMK_REPORT_CAUTION, text);
    }
}

void
_umk_report_add_debias(UmkReportMaker *maker)
{
    JsonObject *debias = _umk_report_json_object(maker->audit, "debias");
    JsonArray *remains = _umk_report_json_array(debias, "remains");
    g_autofree char *method = NULL, *text = NULL;

    if (debias == NULL)
        return;
    method = _umk_report_json_dup_text(debias, "method");
    text =
        _umk_report_fill(maker,
                         N_("The same tests with the debias “{1}” put over the vectors "
                            "as a view. The stored vectors were not changed."),
                         method != NULL ? method : "–", NULL);
    _umk_report_section(maker, N_("Debias: before and after"));
    warn_of_rest(maker, remains);
    _umk_report_document_paragraph(maker->document, UMK_REPORT_PLAIN, text);
    add_pairs(maker, _umk_report_json_array(debias, "tests"));
    add_meters(maker, _umk_report_json_array(debias, "costs"), N_("What it costs"));
    add_meters(maker, remains, N_("What remains"));
}

/* ---- an earlier audit ----------------------------------------------------------------
 */

/* "not comparable: the measure is another" */
static char *
say_change(UmkReportMaker *maker, JsonObject *change, const char *code)
{
    JsonArray *reasons = _umk_report_json_array(change, "reasons");
    g_autofree char *words =
        code != NULL ? _umk_report_words(maker, code) : g_strdup("–");
    g_autoptr(GString) why = g_string_new(NULL);

    for (guint i = 0; i < _umk_report_json_n(reasons); i++) {
        const char *reason = _umk_report_json_code_at(reasons, i);
        g_autofree char *text = reason != NULL ? _umk_report_words(maker, reason) : NULL;

        if (text != NULL)
            g_string_append_printf(
                why, "%s%s", why->len > 0 ? _umk_report_tr(maker, N_("; ")) : "", text);
    }
    if (why->len == 0)
        return g_steal_pointer(&words);
    return _umk_report_fill(maker, N_("{1}: {2}"), words, why->str, NULL);
}

static void
add_change(UmkReportMaker *maker, UmkReportBlock *table, JsonObject *change)
{
    const char *id = _umk_report_json_code(change, "id");
    const char *code = _umk_report_json_code(change, "changed");
    JsonArray *all = _umk_report_json_array(maker->audit, "tests");
    g_auto(UmkReportTest) test = {0};
    g_autofree char *safe = id != NULL ? _umk_report_safe_text(id) : g_strdup("–");
    g_autofree char *before = _umk_report_number_of(change, "before");
    g_autofree char *after = _umk_report_number_of(change, "after");
    g_autofree char *difference = _umk_report_number_of(change, "difference");
    g_autofree char *range =
        _umk_report_range_of(_umk_report_json_array(change, "interval"));
    g_autofree char *words = say_change(maker, change, code);
    g_autofree char *text = NULL;
    double p;

    _umk_report_test_init(&test, maker, find_test(all, id));
    if (_umk_report_json_number(change, "p", &p))
        text = _umk_report_p(p);
    _umk_report_table_row(table);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN,
                           test.test != NULL ? test.title : safe);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, before);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, after);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, difference);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, range != NULL ? range : "–");
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, text != NULL ? text : "–");
    _umk_report_table_cell(
        table, g_strcmp0(code, "grew") == 0 ? UMK_REPORT_CLEAR : UMK_REPORT_STRONG,
        words != NULL ? words : "–");
}

static void
say_comparable(UmkReportMaker *maker, JsonObject *against)
{
    JsonArray *reasons = _umk_report_json_array(against, "reasons");
    UmkReportBlock *list;

    if (!_umk_report_json_flag(against, "comparable"))
        _umk_report_say(maker, UMK_REPORT_CAUTION,
                        N_("The two audits did not measure the same thing in the same "
                           "way, so differences may come from that."));
    if (_umk_report_json_n(reasons) == 0)
        return;
    list = _umk_report_document_add(maker->document, UMK_REPORT_LIST);
    for (guint i = 0; i < _umk_report_json_n(reasons); i++)
        if (_umk_report_json_code_at(reasons, i) != NULL)
            g_ptr_array_add(
                list->texts,
                _umk_report_title_words(maker, _umk_report_json_code_at(reasons, i)));
}

void
_umk_report_add_against(UmkReportMaker *maker)
{
    JsonObject *against = _umk_report_json_object(maker->audit, "against");
    JsonArray *changes = _umk_report_json_array(against, "tests");
    g_autofree char *path = NULL, *date = NULL, *digest = NULL;
    UmkReportBlock *terms, *table;

    if (against == NULL)
        return;
    path = _umk_report_json_dup_text(against, "path");
    date = _umk_report_json_dup_text(against, "date");
    digest = _umk_report_json_dup_text(against, "digest");
    _umk_report_section(maker, N_("Change since an earlier audit"));
    terms = _umk_report_document_add(maker->document, UMK_REPORT_TERMS);
    _umk_report_term(maker, terms, N_("Earlier audit"), path);
    _umk_report_term(maker, terms, N_("Its date"), date);
    _umk_report_term(maker, terms, N_("Digest"), digest);
    say_comparable(maker, against);
    table = _umk_report_document_add(maker->document, UMK_REPORT_TABLE);
    _umk_report_column(maker, table, N_("Test"), FALSE);
    _umk_report_column(maker, table, N_("Before"), TRUE);
    _umk_report_column(maker, table, N_("Now"), TRUE);
    _umk_report_column(maker, table, N_("Difference"), TRUE);
    _umk_report_column(maker, table, N_("Interval"), TRUE);
    _umk_report_column(maker, table, N_("p"), TRUE);
    _umk_report_column(maker, table, N_("Change"), FALSE);
    for (guint i = 0; i < _umk_report_json_n(changes); i++)
        add_change(maker, table, _umk_report_json_object_at(changes, i));
    _umk_report_table_finish(table);
}
