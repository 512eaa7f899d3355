/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of a report, and its first page: the one that is read by people who read one
 * page. */
#include "umk-report-build.h"
#include "umk-report-parts.h"

#include <math.h>

void
_umk_report_section(UmkReportMaker *maker, const char *title)
{
    _umk_report_document_heading(maker->document, 2, _umk_report_tr(maker, title));
}

void
_umk_report_say(UmkReportMaker *maker, UmkReportTone tone, const char *text)
{
    _umk_report_document_paragraph(maker->document, tone, _umk_report_tr(maker, text));
}

void
_umk_report_column(UmkReportMaker *maker,
                   UmkReportBlock *table,
                   const char *title,
                   gboolean number)
{
    _umk_report_table_column(table, _umk_report_tr(maker, title), number);
}

/* Nothing where there is no text. */
void
_umk_report_term(UmkReportMaker *maker,
                 UmkReportBlock *terms,
                 const char *term,
                 const char *text)
{
    if (text == NULL)
        return;
    g_ptr_array_add(terms->texts, g_strdup(_umk_report_tr(maker, term)));
    g_ptr_array_add(terms->texts, g_strdup(text));
}

/* ---- front ---------------------------------------------------------------------------
 */

void
_umk_report_add_front(UmkReportMaker *maker)
{
    UmkReportDocument *document = maker->document;
    JsonObject *source = _umk_report_json_object(maker->audit, "source");
    g_autofree char *question = _umk_report_json_dup_text(maker->audit, "question");
    g_autofree char *date = _umk_report_json_dup_text(maker->audit, "date");
    g_autofree char *path = _umk_report_json_dup_text(source, "path");
    UmkReportBlock *terms;

    _umk_report_document_heading(document, 1, document->title);
    terms = _umk_report_document_add(document, UMK_REPORT_TERMS);
    _umk_report_term(maker, terms, N_("Auditor"),
                     document->author != NULL ? document->author
                                              : _umk_report_tr(maker, N_("not named")));
    _umk_report_term(maker, terms, N_("Date"), date);
    _umk_report_term(maker, terms, N_("Audited"), path);
    _umk_report_term(
        maker, terms, N_("Question"),
        question != NULL ? question : _umk_report_tr(maker, N_("none was written down")));
}

/* ---- verdict -------------------------------------------------------------------------
 */

static guint
count_verdicts(UmkReportMaker *maker, GPtrArray *tests, const char *verdict)
{
    guint n = 0;

    for (guint i = 0; i < tests->len; i++) {
        g_auto(UmkReportTest) test = {0};

        _umk_report_test_init(&test, maker, tests->pdata[i]);
        n += g_strcmp0(test.verdict, verdict) == 0;
    }
    return n;
}

static void
say_first(UmkReportMaker *maker, guint n_tests, guint n_clear, guint n_fragile)
{
    g_autofree char *total = _umk_report_count(n_tests);
    g_autofree char *clear = _umk_report_count(n_clear);
    g_autofree char *fragile = _umk_report_count(n_fragile);
    g_autofree char *text = NULL;

    if (n_clear > 0)
        text = _umk_report_fill(maker,
                                N_("A clear association was found in {1} of {2} "
                                   "tests."),
                                clear, total, NULL);
    else if (n_fragile > 0)
        text = _umk_report_fill(maker,
                                N_("No association was clear. In {1} of {2} tests there "
                                   "was a fragile one."),
                                fragile, total, NULL);
    else
        text = _umk_report_fill(maker,
                                N_("No association was seen (tests: {1}). That does not "
                                   "show that there is none."),
                                total, NULL);
    _umk_report_document_paragraph(maker->document, UMK_REPORT_LEAD, text);
}

static void
say_counts(UmkReportMaker *maker, GPtrArray *tests)
{
    guint n_clear = count_verdicts(maker, tests, "clear");
    guint n_fragile = count_verdicts(maker, tests, "fragile");
    g_autofree char *total = _umk_report_count(tests->len);
    g_autofree char *clear = _umk_report_count(n_clear);
    g_autofree char *fragile = _umk_report_count(n_fragile);
    g_autofree char *none = _umk_report_count(count_verdicts(maker, tests, "none-seen"));
    g_autofree char *undefined =
        _umk_report_count(count_verdicts(maker, tests, "undefined"));
    g_autofree char *text = NULL;

    say_first(maker, tests->len, n_clear, n_fragile);
    text = _umk_report_fill(maker,
                            N_("Tests: {1}. Clear: {2}. Fragile: {3}. None seen: {4}. "
                               "Undefined: {5}."),
                            total, clear, fragile, none, undefined, NULL);
    _umk_report_document_paragraph(maker->document, UMK_REPORT_PLAIN, text);
}

static void
add_summary_row(UmkReportMaker *maker, UmkReportBlock *table, const UmkReportTest *test)
{
    g_autofree char *value =
        test->defined ? _umk_report_number_short(test->value) : g_strdup("–");
    g_autofree char *interval = _umk_report_test_interval_short(test);
    g_autofree char *meaning = _umk_report_test_meaning(maker, test);
    g_autofree char *p_text = NULL, *adjusted_text = NULL;
    g_autofree char *title = _umk_report_shorten(test->title, 1, 90);
    double p;

    p_text = _umk_report_test_p_text(maker, test);
    if (_umk_report_test_adjusted(test, _umk_report_correction(maker), &p))
        adjusted_text = _umk_report_p(p);
    _umk_report_table_row(table);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, title);
    _umk_report_table_cell(table, _umk_report_verdict_tone(test->verdict),
                           _umk_report_verdict_word(maker, test->verdict));
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, value);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, interval);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, p_text);
    _umk_report_table_cell(table, UMK_REPORT_PLAIN,
                           adjusted_text != NULL ? adjusted_text : "–");
    _umk_report_table_cell(table, UMK_REPORT_PLAIN, meaning);
}

static void
add_summary(UmkReportMaker *maker, GPtrArray *tests)
{
    UmkReportBlock *table = _umk_report_document_add(maker->document, UMK_REPORT_TABLE);
    const char *code = _umk_report_correction(maker);
    g_autofree char *method = _umk_report_words(maker, code);
    g_autofree char *adjusted =
        g_str_equal(code, "p") ? g_strdup(_umk_report_tr(maker, N_("not corrected")))
                               : _umk_report_fill(maker, N_("p after {1}"), method, NULL);

    _umk_report_column(maker, table, N_("Test"), FALSE);
    _umk_report_column(maker, table, N_("Verdict"), FALSE);
    _umk_report_column(maker, table, N_("Effect"), TRUE);
    _umk_report_column(maker, table, N_("Interval"), TRUE);
    _umk_report_column(maker, table, N_("p"), TRUE);
    _umk_report_table_column(table, adjusted, TRUE);
    _umk_report_column(maker, table, N_("What it means"), FALSE);
    for (guint i = 0; i < tests->len; i++) {
        g_auto(UmkReportTest) test = {0};

        _umk_report_test_init(&test, maker, tests->pdata[i]);
        add_summary_row(maker, table, &test);
    }
    _umk_report_table_finish(table);
}

/* Effects side by side, of the tests that share the unit of the first. */
static void
add_overview(UmkReportMaker *maker, GPtrArray *tests)
{
    g_autoptr(GArray) rows = _umk_report_rows_new();
    const char *unit = NULL;
    g_autofree char *words = NULL, *caption = NULL;
    double neutral = 0;
    gboolean has_neutral = FALSE;

    for (guint i = 0; i < tests->len; i++) {
        g_auto(UmkReportTest) test = {0};
        UmkReportRow row = {.low = 1, .high = 0, .before = (double) NAN};
        const char *id;

        _umk_report_test_init(&test, maker, tests->pdata[i]);
        id = _umk_report_json_code(test.headline, "id");
        if (!test.defined || id == NULL || (unit != NULL && !g_str_equal(unit, id)))
            continue;
        if (unit == NULL) {
            unit = id;
            neutral = test.neutral;
            has_neutral = test.has_neutral;
        }
        row.label = g_strdup(test.title);
        row.value = test.value;
        row.paint =
            g_strcmp0(test.verdict, "clear") == 0 ? UMK_REPORT_WARM : UMK_REPORT_ACCENT;
        _umk_report_json_number(test.wide, "low", &row.low);
        _umk_report_json_number(test.wide, "high", &row.high);
        _umk_report_rows_add(rows, &row);
    }
    if (rows->len < 2)
        return;
    words = _umk_report_short_words(maker, unit);
    caption = _umk_report_fill(maker,
                               N_("{1} of each test, worst first, with the interval that "
                                  "stands in the table. The dashed line is neutral."),
                               words, NULL);
    _umk_report_document_chart(
        maker->document, _umk_report_draw_rows(rows, has_neutral, neutral), caption);
}

void
_umk_report_add_verdict(UmkReportMaker *maker)
{
    JsonArray *all = _umk_report_json_array(maker->audit, "tests");
    g_autoptr(GPtrArray) tests = _umk_report_sort_tests(maker, all);

    _umk_report_section(maker, N_("Verdict"));
    if (tests->len == 0) {
        _umk_report_say(maker, UMK_REPORT_LEAD, N_("This audit holds no test."));
        return;
    }
    say_counts(maker, tests);
    add_summary(maker, tests);
    add_overview(maker, tests);
    _umk_report_say(
        maker, UMK_REPORT_SMALL,
        N_("“Clear”: seen, and it stood every check of this audit. “Fragile”: "
           "seen, but not under every check. “None seen”: these items, and "
           "this many of them, showed nothing; that is not the same as free "
           "of bias. “Undefined”: could not be measured. An association in "
           "vectors says what stands near what, not what a system that uses "
           "them will do."));
}

/* ---- the whole -----------------------------------------------------------------------
 */

/* "2026-11-26" or NULL. */
static char *
dup_date(JsonObject *audit)
{
    const char *date = _umk_report_json_code(audit, "date");

    return date != NULL && g_regex_match_simple(
                               "^\\d{4}-(0\\d|1[0-2])-([0-2]\\d|3[01])\\z", date, 0, 0)
               ? g_strdup(date)
               : NULL;
}

static void
set_head(UmkReportMaker *maker)
{
    UmkReportDocument *document = maker->document;
    JsonObject *umekomi = _umk_report_json_object(maker->audit, "umekomi");
    JsonObject *source = _umk_report_json_object(maker->audit, "source");
    g_autofree char *version = _umk_report_json_dup_text(umekomi, "version");
    g_autofree char *path = _umk_report_json_dup_text(source, "path");

    document->title = _umk_report_json_dup_text(maker->audit, "title");
    if (document->title == NULL || g_strcmp0(document->title, path) == 0) {
        g_autofree char *base = g_path_get_basename(path != NULL ? path : "–");

        g_free(document->title);
        document->title = _umk_report_fill(maker, N_("Bias audit of {1}"), base, NULL);
    }
    document->author = _umk_report_json_dup_text(maker->audit, "auditor");
    document->date = dup_date(maker->audit);
    document->language = g_strdup(_umk_report_catalog_get_language(maker->catalog));
    document->subject = _umk_report_fill(
        maker, N_("Bias audit of {1}, made with Umekomi {2}"), path != NULL ? path : "–",
        version != NULL ? version : "–", NULL);
    document->page_label = g_strdup(_umk_report_tr(maker, N_("Page {1} of {2}")));
    document->contents_label = g_strdup(_umk_report_tr(maker, N_("Contents")));
}

static void
add_contents(UmkReportMaker *maker)
{
    UmkReportBlock *block =
        _umk_report_document_add(maker->document, UMK_REPORT_PAGE_BREAK);

    block->text = g_strdup("contents");
}

UmkReportDocument *
_umk_report_build(JsonObject *audit, const UmkReportCatalog *catalog)
{
    g_autoptr(UmkReportDocument) document = _umk_report_document_new();
    UmkReportMaker maker = {document, audit, catalog};

    set_head(&maker);
    _umk_report_add_front(&maker);
    _umk_report_add_verdict(&maker);
    add_contents(&maker);
    _umk_report_add_limits(&maker);
    _umk_report_add_data(&maker);
    _umk_report_add_sets(&maker);
    _umk_report_add_tests(&maker);
    _umk_report_add_correction(&maker);
    _umk_report_add_debias(&maker);
    _umk_report_add_against(&maker);
    _umk_report_add_groups(&maker);
    _umk_report_add_methods(&maker);
    _umk_report_add_reproduce(&maker);
    _umk_report_add_glossary(&maker);
    _umk_report_add_signature(&maker);
    return g_steal_pointer(&document);
}
