/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The figures of a test with all their intervals, and its p-values. */
#include "umk-report-parts.h"

#include <math.h>

static char *
value_of(UmkReportMaker *maker, JsonObject *figure)
{
    const char *reason = _umk_report_json_code(figure, "undefined");
    g_autofree char *words = NULL;
    double value;

    if (_umk_report_json_number(figure, "value", &value))
        return _umk_report_json_flag(figure, "count") && value == round(value)
                   ? _umk_report_count(value)
                   : _umk_report_number(value);
    words = reason != NULL ? _umk_report_words(maker, reason) : NULL;
    return words != NULL ? _umk_report_fill(maker, N_("undefined: {1}"), words, NULL)
                         : g_strdup(_umk_report_tr(maker, N_("undefined")));
}

static char *
interval_of(UmkReportMaker *maker, JsonObject *interval)
{
    double low, high;

    if (_umk_report_json_number(interval, "low", &low) &&
        _umk_report_json_number(interval, "high", &high))
        return _umk_report_range(low, high);
    return g_strdup(_umk_report_tr(maker, N_("undefined")));
}

/* "95 %, targets drawn anew; percentile bootstrap, 10,000 replicates" */
static char *
kind_of(UmkReportMaker *maker, JsonObject *interval)
{
    const char *over = _umk_report_json_code(interval, "over");
    const char *method = _umk_report_json_code(interval, "method");
    g_autofree char *over_words = over ? _umk_report_words(maker, over) : g_strdup("–");
    g_autofree char *method_words =
        method ? _umk_report_words(maker, method) : g_strdup("–");
    g_autofree char *share = NULL, *times = NULL;
    double level = 0.95, n = 0;

    _umk_report_json_number(interval, "level", &level);
    share = _umk_report_percent(level);
    if (!_umk_report_json_number(interval, "replicates", &n) || n <= 0)
        return _umk_report_fill(maker, N_("{1}, {2}; {3}"), share, over_words,
                                method_words, NULL);
    times = _umk_report_count(n);
    return _umk_report_fill(maker, N_("{1}, {2}; {3}, {4} replicates"), share, over_words,
                            method_words, times, NULL);
}

static void
add_figure(UmkReportMaker *maker, UmkReportBlock *table, JsonObject *figure)
{
    JsonArray *intervals = _umk_report_json_array(figure, "intervals");
    const char *id = _umk_report_json_code(figure, "id");
    g_autofree char *title = id ? _umk_report_title_words(maker, id) : g_strdup("–");
    g_autofree char *value = value_of(maker, figure);
    g_autofree char *neutral = NULL;
    double level;
    guint n = _umk_report_json_n(intervals);

    if (_umk_report_json_number(figure, "neutral", &level))
        neutral = level == round(level) ? _umk_report_number_plain(level)
                                        : _umk_report_number(level);
    for (guint i = 0; i < MAX(n, 1); i++) {
        JsonObject *interval = _umk_report_json_object_at(intervals, i);
        g_autofree char *range = interval ? interval_of(maker, interval) : g_strdup("–");
        g_autofree char *kind = interval ? kind_of(maker, interval) : NULL;

        if (_umk_report_json_flag(figure, "count"))
            kind = g_strdup(_umk_report_tr(maker, N_("counted or set, not estimated")));

        _umk_report_table_row(table);
        _umk_report_table_cell(table,
                               _umk_report_json_flag(figure, "headline")
                                   ? UMK_REPORT_STRONG
                                   : UMK_REPORT_PLAIN,
                               i == 0 ? title : NULL);
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, i == 0 ? value : NULL);
        _umk_report_table_cell(table, UMK_REPORT_FAINT,
                               i > 0             ? NULL
                               : neutral != NULL ? neutral
                                                 : "–");
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, range);
        _umk_report_table_cell(table, UMK_REPORT_PLAIN, kind);
    }
}

/* How a p-value came about: method, number, its own interval. */
static char *
way_of(UmkReportMaker *maker, JsonObject *test)
{
    const char *method = _umk_report_json_code(test, "method");
    g_autofree char *words = method ? _umk_report_words(maker, method) : g_strdup("–");
    g_autofree char *own =
        _umk_report_range_of(_umk_report_json_array(test, "p_interval"));
    g_autofree char *count = NULL;
    double n = 0;

    _umk_report_json_number(test, "n", &n);
    count = _umk_report_count(n);
    if (own != NULL)
        return _umk_report_fill(maker, N_("{1}: {2}; p itself lies in {3}"), words, count,
                                own, NULL);
    if (n > 0)
        return _umk_report_fill(maker, N_("{1}: {2}"), words, count, NULL);
    return g_steal_pointer(&words);
}

static void
add_p_row(UmkReportMaker *maker, UmkReportBlock *table, JsonObject *test)
{
    const char *of = _umk_report_json_code(test, "of");
    const char *alternative = _umk_report_json_code(test, "alternative");
    const char *reason = _umk_report_json_code(test, "undefined");
    g_autofree char *title = of ? _umk_report_title_words(maker, of) : g_strdup("–");
    g_autofree char *side =
        alternative ? _umk_report_words(maker, alternative) : g_strdup("–");
    g_autofree char *way =
        reason != NULL ? _umk_report_words(maker, reason) : way_of(maker, test);
    g_autofree char *text = NULL;
    double p;

    if (_umk_report_json_number(test, "p", &p))
        text = _umk_report_p(p);
    else
        text = g_strdup(_umk_report_tr(maker, N_("undefined")));
    _umk_report_table_row(table);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, title);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, side);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, text);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, way);
}

static void
add_p_values(UmkReportMaker *maker, const UmkReportTest *test)
{
    JsonArray *tests = _umk_report_json_array(test->result, "tests");
    UmkReportBlock *table;

    if (_umk_report_json_n(tests) == 0)
        return;
    table = _umk_report_document_add(maker->document, UMK_REPORT_TABLE);
    _umk_report_column(maker, table, N_("p-value of"), FALSE);
    _umk_report_column(maker, table, N_("Alternative"), FALSE);
    _umk_report_column(maker, table, N_("p"), TRUE);
    _umk_report_column(maker, table, N_("How"), FALSE);
    for (guint i = 0; i < _umk_report_json_n(tests); i++)
        add_p_row(maker, table, _umk_report_json_object_at(tests, i));
    _umk_report_table_finish(table);
}

void
_umk_report_add_test_figures(UmkReportMaker *maker, const UmkReportTest *test)
{
    JsonArray *figures = _umk_report_json_array(test->result, "figures");
    UmkReportBlock *table;

    if (_umk_report_json_n(figures) == 0) {
        _umk_report_say(maker, UMK_REPORT_PLAIN, N_("It gave no figures."));
        return;
    }
    table = _umk_report_document_add(maker->document, UMK_REPORT_TABLE);
    _umk_report_column(maker, table, N_("Figure"), FALSE);
    _umk_report_column(maker, table, N_("Value"), FALSE);
    _umk_report_column(maker, table, N_("Neutral"), TRUE);
    _umk_report_column(maker, table, N_("Interval"), TRUE);
    _umk_report_column(maker, table, N_("of what kind"), FALSE);
    for (guint i = 0; i < _umk_report_json_n(figures); i++)
        add_figure(maker, table, _umk_report_json_object_at(figures, i));
    _umk_report_table_finish(table);
    add_p_values(maker, test);
}
