/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports of audits: what they hold and in which order, that HTML and PDF say the same,
 * that nothing a name holds gets out, the same bytes twice, and catalogues of any bytes.
 */
#include "umk-report-catalog.h"
#include "umk-report.h"

#include <umekomi/umekomi.h>

#include <glib/gstdio.h>
#include <libintl.h>
#include <locale.h>
#include <string.h>

static const char *const audits[] = {"gender", "japanese", "hostile"};

static char *
load(const char *name, gsize *length)
{
    g_autofree char *file = g_strdup_printf("%s.audit.json", name);
    g_autofree char *path =
        g_test_build_filename(G_TEST_DIST, "unit", "audit", file, NULL);
    g_autoptr(GError) error = NULL;
    char *json = NULL;

    g_file_get_contents(path, &json, length, &error);
    g_assert_no_error(error);
    return json;
}

static char *
make_html(const char *name, const char *language)
{
    g_autoptr(GError) error = NULL;
    gsize length;
    g_autofree char *json = load(name, &length);
    char *html = umk_report_to_html(json, length, language, &error);

    g_assert_no_error(error);
    return html;
}

/* In this order, each after the one before. */
static void
assert_order(const char *html, const char *const *parts)
{
    for (const char *at = html; *parts != NULL; parts++) {
        at = strstr(at, *parts);
        if (at == NULL)
            g_test_message("“%s” is missing or not in its place", *parts);
        g_assert_nonnull(at);
        at += strlen(*parts);
    }
}

static void
test_structure(void)
{
    static const char *const parts[] = {
        "<h1", ">Gender in GoogleNews word2vec<", "A. Auditor, Example Ltd.",
        "2026-11-26", "Do these vectors associate men with work", ">Verdict<",
        "A clear association was found in 1 of 3 tests.", ">What it means<",
        /* worst first, although the audit has them the other way round */
        "Names of men and women", "class=\"clear\">Clear<", "1.89", "[1.74, 1.92]",
        "0.000078", "0.00023", "Mathematics and arts", "class=\"fragile\">Fragile<",
        "Mental and physical disease", "class=\"none-seen\">None seen<",
        "less than 1.42 away from", "<svg", "<nav", ">Scope and limits<",
        "Languages of the sets: en.", ">The data<", "3,000,000", ">The sets<",
        "John, Paul, Mike", "7 of 8 (87.5 %); missing: sculpture",
        ">More than once in the list<", "she", ">The tests<", "Does “Male names” stand",
        "1.8899", "[1.8100, 1.9300]", "[1.7400, 1.9200]", "exact, all divisions: 12,870",
        "<svg", "Association of each item", "(grey), and what was observed: 1.8899",
        "The result without single items",
        "1,000 times the same was measured with random items in place of the targets",
        "The limit is by the t-test", "p itself lies in",
        ">Correction for the number of tests<", ">Change since an earlier audit<",
        ">grew<", ">no change seen: the difference was judged item by item<",
        "not comparable: the sets hold other items; the figure was undefined",
        ">Methods and formulas<", "sample standard deviation", ">How to make it again<",
        "umekomi audit GoogleNews-vectors.bin --test weat-6", ">Glossary<", ">Signature<",
        "</html>", NULL};
    g_autofree char *html = make_html("gender", "en");

    assert_order(html, parts);
    g_assert_null(strstr(html, "Debias: before"));
    g_assert_null(strstr(html, ">Groups and their"));
}

static void
test_debias_and_groups(void)
{
    static const char *const parts[] = {
        "社内検索に使う日本語埋め込みの偏り監査",
        "監査 花子（品質保証部）",
        "Occupations said to be women&#39;s",
        "missing: 図書館情報学を専門とする大学図書館の主任司書",
        "ﾊﾟｲﾛｯﾄ as パイロット",
        "a control: no difference is",
        ">In opposed sets, left out<",
        "司書",
        "漁師",
        "総務省 2020",
        ">Two-sided p, Holm’s",
        ">Debias: before and after<",
        "class=\"caution\">Removing a direction does not",
        "84.2 %",
        "0.7120",
        "0.7090",
        ">What remains<",
        "0.8420",
        "[0.8100, 0.8700]",
        ">Groups and their intersections<",
        "<td>女性 × 20代</td>",
        "<td class=\"faint\">女性 × 60代以上</td>",
        "<td class=\"faint\">男性 × 60代以上",
        "fewer than 10 items",
        NULL};
    g_autofree char *html = make_html("japanese", "en");

    assert_order(html, parts);
}

/* Every tag is one that we write, so no name made one. */
static void
assert_tags(const char *html)
{
    static const char *const known[] = {
        "html",    "head", "meta",       "title",  "style", "body",    "main",  "h1",
        "h2",      "h3",   "p",          "ul",     "li",    "dl",      "dt",    "dd",
        "nav",     "ol",   "a",          "div",    "table", "caption", "thead", "tbody",
        "tr",      "th",   "td",         "figure", "svg",   "line",    "rect",  "circle",
        "polygon", "text", "figcaption", NULL};

    for (const char *p = strchr(html, '<'); p != NULL; p = strchr(p + 1, '<')) {
        const char *name = p[1] == '/' ? p + 2 : p + 1;
        g_autofree char *tag =
            g_strndup(name, strspn(name, "abcdefghijklmnopqrstuvwxyz123"));

        if (!g_str_has_prefix(p, "<!DOCTYPE") && !g_strv_contains(known, tag))
            g_error("unexpected tag <%s", tag);
    }
}

static void
test_escaping(void)
{
    g_autofree char *html = make_html("hostile", "en");

    assert_tags(html);
    g_assert_null(strstr(html, "<script"));
    g_assert_null(strstr(html, "<svg onload"));
    g_assert_nonnull(strstr(html, "&lt;script&gt;alert(&#39;title&#39;)&lt;/script&gt;"));
    g_assert_nonnull(strstr(html, "\\u202eright-to-left override\\u202c"));
    g_assert_nonnull(strstr(html, "tab\\x09here"));
    g_assert_nonnull(strstr(html, "\u2068שלום\u2069"));
    g_assert_nonnull(strstr(html, "%s%n{1}"));
    g_assert_nonnull(strstr(html, "default-src 'none'"));
    for (const char *p = html; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        g_assert_false((c < 0x20 && c != '\n') || (c >= 0x202a && c <= 0x202e));
    }
}

/* What is not defined is said to be so; no number that is none. */
static void
test_undefined(void)
{
    g_autofree char *html = make_html("hostile", "en");
    const char *body = strstr(html, "</style>");

    g_assert_nonnull(strstr(body, "undefined: all items associate alike"));
    g_assert_nonnull(strstr(body, "weat needs a set in the role “a”"));
    g_assert_false(g_regex_match_simple("[^a-z]nan[^a-z]", body, 0, 0));
    g_assert_null(strstr(body, "\"inf"));
    g_assert_null(strstr(body, "-inf"));
    g_assert_null(strstr(body, "(null)"));
}

static void
test_twice(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(audits); i++) {
        g_autofree char *one = make_html(audits[i], "en");
        g_autofree char *other = make_html(audits[i], "en");
        g_autoptr(GBytes) pdf = NULL, again = NULL;
        gsize length;
        g_autofree char *json = load(audits[i], &length);

        g_assert_cmpstr(one, ==, other);
        pdf = umk_report_to_pdf(json, length, "en", NULL);
        again = umk_report_to_pdf(json, length, "en", NULL);
        g_assert_nonnull(pdf);
        g_assert_true(g_bytes_equal(pdf, again));
    }
}

/* ---- HTML and PDF --------------------------------------------------------------------
 */

static char *
text_of_pdf(const char *path)
{
    const char *command[] = {"pdftotext", "-raw", path, "-", NULL};
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    int status;

    g_spawn_sync(NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text,
                 NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_true(g_spawn_check_wait_status(status, NULL));
    return text;
}

/* The figures in table cells and captions, as "−0.4400". */
static GPtrArray *
list_numbers(const char *html)
{
    g_autoptr(GRegex) cells =
        g_regex_new("<(td|figcaption)[^>]*>([^<]*)<", G_REGEX_OPTIMIZE, 0, NULL);
    g_autoptr(GRegex) numbers = g_regex_new("−?\\d+\\.\\d{2,}", 0, 0, NULL);
    g_autoptr(GMatchInfo) cell = NULL;
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);

    g_regex_match(cells, html, 0, &cell);
    for (; g_match_info_matches(cell); g_match_info_next(cell, NULL)) {
        g_autofree char *text = g_match_info_fetch(cell, 2);
        g_autoptr(GMatchInfo) number = NULL;

        g_regex_match(numbers, text, 0, &number);
        for (; g_match_info_matches(number); g_match_info_next(number, NULL))
            g_ptr_array_add(list, g_match_info_fetch(number, 0));
    }
    return list;
}

static void
test_pdf(void)
{
    g_autofree char *folder = g_dir_make_tmp("umk-report-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "report.pdf", NULL);

    if (g_find_program_in_path("pdftotext") == NULL) {
        g_test_skip("pdftotext is not installed");
        g_rmdir(folder);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(audits); i++) {
        g_autofree char *html = make_html(audits[i], "en"), *text = NULL;
        g_autoptr(GPtrArray) numbers = list_numbers(html);
        g_autoptr(GError) error = NULL;
        gsize length;
        g_autofree char *json = load(audits[i], &length);

        umk_report_write(json, length, path, "en", &error);
        g_assert_no_error(error);
        text = text_of_pdf(path);
        g_assert_cmpuint(numbers->len, >, 10);
        for (guint k = 0; k < numbers->len; k++)
            if (strstr(text, numbers->pdata[k]) == NULL)
                g_error("%s: %s is not in the PDF", audits[i],
                        (const char *) numbers->pdata[k]);
        g_assert_nonnull(strstr(text, "Scope and limits"));
        g_assert_nonnull(strstr(text, "Page 2 of "));
    }
    g_unlink(path);
    g_rmdir(folder);
}

static void
test_write(void)
{
    g_autofree char *folder = g_dir_make_tmp("umk-report-XXXXXX", NULL);
    g_autofree char *html = g_build_filename(folder, "a.HTML", NULL);
    g_autofree char *copy = g_build_filename(folder, "a.json", NULL);
    g_autofree char *other = g_build_filename(folder, "a.docx", NULL);
    g_autofree char *json = NULL, *written = NULL, *expected = make_html("gender", "en");
    g_autoptr(GError) error = NULL;
    gsize length;

    json = load("gender", &length);
    g_assert_true(umk_report_write(json, length, html, "en", &error));
    g_assert_true(g_file_get_contents(html, &written, NULL, NULL));
    g_assert_cmpstr(written, ==, expected);
    g_free(written);
    g_assert_true(umk_report_write(json, length, copy, "en", &error));
    g_assert_true(g_file_get_contents(copy, &written, NULL, NULL));
    g_assert_cmpstr(written, ==, json);
    g_assert_false(umk_report_write(json, length, other, "en", &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    g_assert_false(g_file_test(other, G_FILE_TEST_EXISTS));
    g_unlink(html);
    g_unlink(copy);
    g_rmdir(folder);
}

static void
test_no_audit(void)
{
    static const char *const wrong[] = {
        "", "{", "[]", "3", "{}", "{\"schema\": 1}", "{\"schema\": \"umekomi-audit/2\"}"};
    static const char least[] = "{\"schema\": \"umekomi-audit/1\"}";
    g_autofree char *html = NULL;
    g_autoptr(GBytes) pdf = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(umk_report_to_html(wrong[i], strlen(wrong[i]), "en", &error));
        g_assert_nonnull(error);
    }
    html = umk_report_to_html(least, strlen(least), "en", NULL);
    pdf = umk_report_to_pdf(least, strlen(least), "en", NULL);
    g_assert_nonnull(strstr(html, "This audit holds no test."));
    g_assert_nonnull(pdf);
}

/* ---- languages -----------------------------------------------------------------------
 */

static void
put(GByteArray *out, guint32 value, gboolean swapped)
{
    guint32 word = swapped ? GUINT32_TO_BE(value) : GUINT32_TO_LE(value);

    g_byte_array_append(out, (const guint8 *) &word, 4);
}

/* A catalogue of pairs, in either byte order. */
static GByteArray *
make_catalog(const char *const *pairs, guint n, gboolean swapped)
{
    GByteArray *out = g_byte_array_new();
    guint32 at = 28 + 16 * n;
    const guint32 head[] = {0x950412de, 0, n, 28, 28 + 8 * n, 0, 0};

    for (gsize i = 0; i < G_N_ELEMENTS(head); i++)
        put(out, head[i], swapped);
    for (guint side = 0; side < 2; side++)
        for (guint i = 0; i < n; i++) {
            put(out, (guint32) strlen(pairs[2 * i + side]), swapped);
            put(out, at, swapped);
            at += (guint32) strlen(pairs[2 * i + side]) + 1;
        }
    for (guint side = 0; side < 2; side++)
        for (guint i = 0; i < n; i++)
            g_byte_array_append(out, (const guint8 *) pairs[2 * i + side],
                                (guint) strlen(pairs[2 * i + side]) + 1);
    return out;
}

static const char *const pairs[] = {"Verdict",
                                    "判定",
                                    "Clear",
                                    "明確",
                                    "all items associate alike, so there is no spread to "
                                    "measure by",
                                    "すべての項目が同じように結びつき、測る幅がない",
                                    "Page {1} of {2}",
                                    "{2} ページ中 {1} ページ",
                                    "broken",
                                    "\xff\xfe",
                                    "{1} of {2}",
                                    "%n{9}{1}"};

static void
test_catalog(void)
{
    for (guint swapped = 0; swapped < 2; swapped++) {
        g_autoptr(GByteArray) bytes = make_catalog(pairs, 6, swapped);
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkReportCatalog) catalog =
            _umk_report_catalog_parse(bytes->data, bytes->len, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(_umk_report_catalog_get_n_texts(catalog), ==, 5);
        g_assert_cmpstr(_umk_report_catalog_get(catalog, "Clear"), ==, "明確");
        g_assert_cmpstr(_umk_report_catalog_get(catalog, "broken"), ==, "broken");
        g_assert_cmpstr(_umk_report_catalog_get(catalog, "absent"), ==, "absent");
    }
}

/* Cut at every length, and every byte turned: an error or a catalogue, nothing else. */
static void
test_catalog_damage(void)
{
    g_autoptr(GByteArray) bytes = make_catalog(pairs, 6, FALSE);

    for (guint n = 0; n < bytes->len; n++) {
        g_autofree guint8 *part = g_memdup2(bytes->data, n);
        g_autoptr(UmkReportCatalog) catalog = _umk_report_catalog_parse(part, n, NULL);

        g_assert_null(catalog);
    }
    for (guint n = 0; n < bytes->len; n++)
        for (guint bit = 0; bit < 8; bit++) {
            g_autoptr(UmkReportCatalog) catalog = NULL;
            g_autofree guint8 *copy = g_memdup2(bytes->data, bytes->len);
            g_autoptr(GError) error = NULL;

            copy[n] ^= (guint8) (1u << bit);
            catalog = _umk_report_catalog_parse(copy, bytes->len, &error);
            g_assert_true((catalog == NULL) == (error != NULL));
        }
}

static char *
write_catalog(const char *folder, const char *language, const char *const *texts, guint n)
{
    g_autofree char *deep = g_build_filename(folder, language, "LC_MESSAGES", NULL);
    char *path = g_build_filename(deep, "umekomi.mo", NULL);
    g_autoptr(GByteArray) bytes = make_catalog(texts, n, FALSE);

    g_assert_cmpint(g_mkdir_with_parents(deep, 0777), ==, 0);
    g_assert_true(
        g_file_set_contents(path, (const char *) bytes->data, bytes->len, NULL));
    return path;
}

static void
remove_catalog(const char *path)
{
    g_autofree char *deep = g_path_get_dirname(path);
    g_autofree char *language = g_path_get_dirname(deep);

    g_unlink(path);
    g_rmdir(deep);
    g_rmdir(language);
}

/* The program speaks Japanese, the report another language, for which the machine has no
 * locale at all. */
static void
assert_other_locale(const char *folder, const char *html)
{
    static const char *const japanese[] = {
        "", "Content-Type: text/plain; charset=UTF-8\n",
        "all items associate alike, so there is no spread to measure by", "日本語の文"};
    g_autofree char *path = write_catalog(folder, "ja", japanese, 2);
    g_autofree char *locale = g_strdup(setlocale(LC_ALL, NULL)), *again = NULL;

    if (setlocale(LC_ALL, "ja_JP.UTF-8") != NULL) {
        bindtextdomain("umekomi", folder);
        bind_textdomain_codeset("umekomi", "UTF-8");
        g_assert_cmpstr(umk_bias_describe("no-spread"), ==, "日本語の文");
        again = make_html("hostile", "xx");
        g_assert_cmpstr(again, ==, html);
        g_assert_cmpstr(umk_bias_describe("no-spread"), ==, "日本語の文");
    }
    setlocale(LC_ALL, locale);
    remove_catalog(path);
}

static void
test_languages(void)
{
    g_autofree char *folder = g_dir_make_tmp("umk-report-XXXXXX", NULL);
    g_autofree char *path = write_catalog(folder, "xx", pairs, G_N_ELEMENTS(pairs) / 2);
    g_autofree char *before = g_strdup(g_getenv("UMEKOMI_LOCALE_PATH"));
    g_autofree char *html = NULL, *none = NULL, *english = NULL;

    g_setenv("UMEKOMI_LOCALE_PATH", folder, TRUE);
    html = make_html("hostile", "xx_YY.UTF-8");
    none = make_html("hostile", "../xx");
    english = make_html("hostile", "en");
    g_assert_true(umk_report_has_language("xx"));
    g_assert_false(umk_report_has_language("yy"));
    g_assert_nonnull(strstr(html, "<html lang=\"xx\">"));
    g_assert_nonnull(strstr(html, ">判定<"));
    g_assert_nonnull(strstr(html, "undefined: すべての項目が同じように"));
    g_assert_null(strstr(html, ">Verdict<"));
    g_assert_cmpstr(none, ==, english);
    assert_other_locale(folder, html);
    if (before != NULL)
        g_setenv("UMEKOMI_LOCALE_PATH", before, TRUE);
    remove_catalog(path);
    g_rmdir(folder);
}

/* The catalogue of this build. */
static void
test_japanese(void)
{
    g_autofree char *html = NULL;

    if (!umk_report_has_language("ja")) {
        g_test_skip("the Japanese catalogue is not built");
        return;
    }
    html = make_html("japanese", "ja");
    assert_tags(html);
    g_assert_nonnull(strstr(html, "<html lang=\"ja\">"));
    g_assert_nonnull(strstr(html, "1.2100"));
}

int
main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/report/structure", test_structure);
    g_test_add_func("/report/debias-and-groups", test_debias_and_groups);
    g_test_add_func("/report/escaping", test_escaping);
    g_test_add_func("/report/undefined", test_undefined);
    g_test_add_func("/report/twice", test_twice);
    g_test_add_func("/report/pdf", test_pdf);
    g_test_add_func("/report/write", test_write);
    g_test_add_func("/report/no-audit", test_no_audit);
    g_test_add_func("/report/catalog", test_catalog);
    g_test_add_func("/report/catalog-damage", test_catalog_damage);
    g_test_add_func("/report/languages", test_languages);
    g_test_add_func("/report/japanese", test_japanese);
    return g_test_run();
}
