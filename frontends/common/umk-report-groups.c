/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables by group and by groups of groups. What rests on few items is greyed, and the
 * number says so. */
#include "umk-report-parts.h"

#define FEW         10
#define MAX_COLUMNS 16

static gboolean
is_count(const char *column)
{
    return g_str_equal(column, "n") || g_str_equal(column, "count") ||
           g_str_equal(column, "items");
}

/* Written as a whole number: something was counted. */
static gboolean
is_whole(JsonObject *row, const char *column)
{
    JsonNode *node = json_object_get_member(row, column);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
           json_node_get_value_type(node) == G_TYPE_INT64;
}

static char *
cell_of(const UmkReportMaker *maker, JsonObject *row, const char *column)
{
    double value;
    g_autofree char *text = _umk_report_json_dup_text(row, column);

    if (text != NULL)
        return g_steal_pointer(&text);
    if (!_umk_report_json_number(row, column, &value))
        return g_strdup("–");
    if (g_str_equal(column, "small-cell"))
        return g_strdup(value > 0 ? _umk_report_tr(maker, N_("yes")) : "–");
    return is_count(column) || is_whole(row, column) ? _umk_report_count(value)
                                                     : _umk_report_number(value);
}

static UmkReportTone
tone_of(JsonObject *row, GPtrArray *columns)
{
    double n;

    for (guint c = 0; c < columns->len; c++)
        if (is_count(columns->pdata[c]) &&
            _umk_report_json_number(row, columns->pdata[c], &n) && n < FEW)
            return UMK_REPORT_FAINT;
    return UMK_REPORT_PLAIN;
}

/* The codes of the columns, without the label, which comes first. */
static GPtrArray *
list_columns(JsonObject *result)
{
    JsonArray *codes = _umk_report_json_array(result, "columns");
    GPtrArray *columns = g_ptr_array_new();

    for (guint i = 0; i < _umk_report_json_n(codes) && columns->len < MAX_COLUMNS; i++) {
        const char *code = _umk_report_json_code_at(codes, i);

        if (code != NULL && !g_str_equal(code, "label"))
            g_ptr_array_add(columns, (gpointer) code);
    }
    return columns;
}

gboolean
_umk_report_test_has_groups(const UmkReportTest *test)
{
    g_autoptr(GPtrArray) columns = list_columns(test->result);

    for (guint c = 0; c < columns->len; c++)
        if (is_count(columns->pdata[c]))
            return _umk_report_json_n(_umk_report_json_array(test->result, "rows")) > 0;
    return FALSE;
}

gboolean
_umk_report_add_rows(UmkReportMaker *maker, const UmkReportTest *test)
{
    JsonArray *rows = _umk_report_json_array(test->result, "rows");
    g_autoptr(GPtrArray) columns = list_columns(test->result);
    UmkReportBlock *table;
    gboolean small = FALSE;

    if (_umk_report_json_n(rows) == 0)
        return FALSE;
    table = _umk_report_document_add(maker->document, UMK_REPORT_TABLE);
    _umk_report_table_column(table, "", FALSE);
    for (guint c = 0; c < columns->len; c++) {
        g_autofree char *title = _umk_report_title_words(maker, columns->pdata[c]);

        _umk_report_table_column(table, title, TRUE);
    }
    for (guint r = 0; r < _umk_report_json_n(rows); r++) {
        JsonObject *row = _umk_report_json_object_at(rows, r);
        g_autofree char *label = _umk_report_json_dup_text(row, "label");
        UmkReportTone tone = tone_of(row, columns);

        small |= tone == UMK_REPORT_FAINT;
        _umk_report_table_row(table);
        _umk_report_table_cell(table, tone, label != NULL ? label : "–");
        for (guint c = 0; c < columns->len; c++) {
            g_autofree char *text = cell_of(maker, row, columns->pdata[c]);

            _umk_report_table_cell(table, tone, text);
        }
    }
    _umk_report_table_finish(table);
    return small;
}

void
_umk_report_add_groups(UmkReportMaker *maker)
{
    JsonArray *all = _umk_report_json_array(maker->audit, "tests");
    g_autoptr(GPtrArray) tests = _umk_report_sort_tests(maker, all);
    gboolean any = FALSE, small = FALSE;

    for (guint i = 0; i < tests->len; i++) {
        g_auto(UmkReportTest) test = {0};

        _umk_report_test_init(&test, maker, tests->pdata[i]);
        if (!_umk_report_test_has_groups(&test))
            continue;
        if (!any)
            _umk_report_section(maker, N_("Groups and their intersections"));
        any = TRUE;
        _umk_report_document_heading(maker->document, 3, test.title);
        small |= _umk_report_add_rows(maker, &test);
    }
    if (small)
        _umk_report_say(maker, UMK_REPORT_SMALL,
                        N_("Grey rows rest on fewer than 10 items; their figures say "
                           "little by themselves."));
}
