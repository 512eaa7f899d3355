/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One section a test: what it asks, what came out, and how much that hangs on. */
#include "umk-report-parts.h"

static void
say_question(UmkReportMaker *maker, const UmkReportTest *test)
{
    g_autofree char *x = _umk_report_test_role(maker, test, "x");
    g_autofree char *y = _umk_report_test_role(maker, test, "y");
    g_autofree char *a = _umk_report_test_role(maker, test, "a");
    g_autofree char *b = _umk_report_test_role(maker, test, "b");
    const char *help = _umk_report_measure_help(maker, test->measure);
    g_autofree char *text = NULL;

    if (x != NULL && y != NULL && a != NULL && b != NULL)
        text = _umk_report_fill(maker,
                                N_("Does “{1}” stand nearer to “{3}” than to “{4}”, "
                                   "compared with “{2}”?"),
                                x, y, a, b, NULL);
    _umk_report_document_paragraph(maker->document, UMK_REPORT_PLAIN,
                                   text != NULL ? text : help);
}

static void
add_names(UmkReportMaker *maker,
          UmkReportBlock *terms,
          const char *term,
          const UmkReportTest *test,
          const char *member)
{
    g_autofree char *names =
        _umk_report_join(maker, _umk_report_json_array(test->test, member));

    _umk_report_term(maker, terms, term, names);
}

/* What a reader should know of the items of this test. */
static void
add_circumstances(UmkReportMaker *maker, UmkReportBlock *terms, const UmkReportTest *test)
{
    g_autofree char *reference = _umk_report_json_dup_text(test->test, "reference");

    add_names(maker, terms, N_("In opposed sets, left out"), test, "overlap");
    add_names(maker, terms, N_("In several sets, kept"), test, "shared");
    add_names(maker, terms, N_("Without a partner, left out"), test, "unpaired");
    _umk_report_term(maker, terms, N_("Source"), reference);
    if (_umk_report_json_flag(test->test, "control"))
        _umk_report_term(maker, terms, N_("Role"),
                         _umk_report_tr(maker, N_("a control: no difference is "
                                                  "expected")));
}

/* Roles and options, as they were given. */
static void
add_setting(UmkReportMaker *maker, const UmkReportTest *test)
{
    JsonObject *roles = _umk_report_json_object(test->test, "roles");
    UmkReportBlock *terms = _umk_report_document_add(maker->document, UMK_REPORT_TERMS);
    const char *title = _umk_report_measure_title(maker, test->measure);
    g_autofree char *id =
        test->measure != NULL ? _umk_report_safe_text(test->measure) : NULL;
    g_autoptr(GList) members = roles != NULL ? json_object_get_members(roles) : NULL;

    _umk_report_term(maker, terms, N_("Measure"), title != NULL ? title : id);
    for (GList *l = members; l != NULL; l = l->next) {
        g_autofree char *set = _umk_report_test_role(maker, test, l->data);
        const char *name = l->data; /* "x" is X; "queries" is a word */
        g_autofree char *role =
            name[1] == '\0' ? g_ascii_strup(name, -1) : g_strdup(name);
        g_autofree char *safe = _umk_report_safe_text(role);
        g_autofree char *term = _umk_report_fill(maker, N_("Set {1}"), safe, NULL);

        _umk_report_term(maker, terms, term, set);
    }
    add_circumstances(maker, terms, test);
}

static void
say_verdict(UmkReportMaker *maker, const UmkReportTest *test)
{
    g_autofree char *meaning = _umk_report_test_meaning(maker, test);
    g_autofree char *text = _umk_report_fill(
        maker, N_("{1}. {2}"), _umk_report_verdict_word(maker, test->verdict),
        meaning != NULL ? meaning : "", NULL);
    JsonArray *reasons =
        _umk_report_json_array(_umk_report_json_object(test->test, "verdict"), "reasons");
    UmkReportBlock *list;

    _umk_report_document_paragraph(maker->document,
                                   _umk_report_verdict_tone(test->verdict), text);
    if (_umk_report_json_n(reasons) == 0)
        return;
    _umk_report_say(maker, UMK_REPORT_PLAIN, N_("The verdict rests on this:"));
    list = _umk_report_document_add(maker->document, UMK_REPORT_LIST);
    for (guint i = 0; i < _umk_report_json_n(reasons); i++) {
        const char *code = _umk_report_json_code_at(reasons, i);

        if (code != NULL)
            g_ptr_array_add(list->texts, _umk_report_title_words(maker, code));
    }
}

static char *
say_control(UmkReportMaker *maker, JsonObject *control)
{
    const char *undefined = _umk_report_json_code(control, "undefined");
    const char *kind = _umk_report_json_code(control, "kind");
    g_autofree char *chance =
        _umk_report_words(maker, kind != NULL ? kind : "random-targets");
    g_autofree char *low = _umk_report_number_of(control, "low");
    g_autofree char *high = _umk_report_number_of(control, "high");
    g_autofree char *mean = _umk_report_number_of(control, "mean");
    g_autofree char *sd = _umk_report_number_of(control, "sd");
    g_autofree char *count = NULL, *share = NULL;
    double n = 0, as_large;

    if (undefined != NULL) {
        g_autofree char *words = _umk_report_words(maker, undefined);

        return _umk_report_fill(maker, N_("Control sets: undefined, {1}."), words, NULL);
    }
    if (!_umk_report_json_number(control, "as_large", &as_large))
        return NULL;
    _umk_report_json_number(control, "n", &n);
    count = _umk_report_count(n);
    share = _umk_report_percent(as_large);
    return _umk_report_fill(
        maker,
        N_("Control: {1} times the same was measured with {7}. Mean {2}, standard "
           "deviation {3}, most between {4} and {5}; as far from neutral as here in {6} "
           "of them."),
        count, mean, sd, low, high, share, chance, NULL);
}

static char *
say_detectable(UmkReportMaker *maker, JsonObject *detectable)
{
    const char *undefined = _umk_report_json_code(detectable, "undefined");
    const char *from = _umk_report_json_code(detectable, "from");
    g_autofree char *by = _umk_report_words(maker, from != NULL ? from : "t-test");
    g_autofree char *reason = undefined ? _umk_report_words(maker, undefined) : NULL;
    double effect, power = 0.8, level = 0.05;
    g_autofree char *size = NULL, *chance = NULL, *alpha = NULL;

    if (reason != NULL)
        return _umk_report_fill(
            maker, N_("The least effect that sets of this size show: undefined, {1}."),
            reason, NULL);
    if (!_umk_report_json_number(detectable, "effect", &effect))
        return NULL;
    _umk_report_json_number(detectable, "power", &power);
    _umk_report_json_number(detectable, "level", &level);
    size = _umk_report_number(effect);
    chance = _umk_report_percent(power);
    alpha = _umk_report_percent(level);
    return _umk_report_fill(maker,
                            N_("The least distance from neutral that sets of this size "
                               "show in {2} of audits, at the level {3}: {1}. The limit "
                               "is by {4}."),
                            size, chance, alpha, by, NULL);
}

static void
add_remarks(UmkReportMaker *maker, const UmkReportTest *test)
{
    JsonArray *notes = _umk_report_json_array(test->result, "notes");
    char *control = say_control(maker, _umk_report_json_object(test->result, "control"));
    char *detectable =
        say_detectable(maker, _umk_report_json_object(test->result, "detectable"));
    UmkReportBlock *list = _umk_report_document_add(maker->document, UMK_REPORT_LIST);

    if (control != NULL)
        g_ptr_array_add(list->texts, control);
    if (detectable != NULL)
        g_ptr_array_add(list->texts, detectable);
    for (guint i = 0; i < _umk_report_json_n(notes); i++) {
        const char *code = _umk_report_json_code_at(notes, i);

        if (code != NULL)
            g_ptr_array_add(list->texts, _umk_report_title_words(maker, code));
    }
    if (_umk_report_test_has_groups(test))
        g_ptr_array_add(list->texts,
                        g_strdup(_umk_report_tr(
                            maker, N_("Its table stands in the section on groups."))));
}

static void
add_test(UmkReportMaker *maker, const UmkReportTest *test)
{
    _umk_report_document_heading(maker->document, 3, test->title);
    say_question(maker, test);
    say_verdict(maker, test);
    add_setting(maker, test);
    _umk_report_add_test_figures(maker, test);
    _umk_report_chart_interval(maker, test);
    _umk_report_chart_strip(maker, test);
    _umk_report_chart_series(maker, test);
    _umk_report_chart_influence(maker, test);
    if (!_umk_report_test_has_groups(test))
        _umk_report_add_rows(maker, test);
    add_remarks(maker, test);
}

void
_umk_report_add_tests(UmkReportMaker *maker)
{
    JsonArray *all = _umk_report_json_array(maker->audit, "tests");
    g_autoptr(GPtrArray) tests = _umk_report_sort_tests(maker, all);

    _umk_report_section(maker, N_("The tests"));
    for (guint i = 0; i < tests->len; i++) {
        g_auto(UmkReportTest) test = {0};

        _umk_report_test_init(&test, maker, tests->pdata[i]);
        add_test(maker, &test);
    }
}
