/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The language of the report: texts of this folder and of the engine, and numbers that
 * look the same in every locale. */
#include "umk-report-parts.h"

#include <math.h>
#include <string.h>

static const struct {
    const char *code, *words;
} own_words[] = {
    {"none", N_("none")},
    {"text", N_("text")},
    {"image", N_("pictures")},
    {"audio", N_("sounds")},
    {"graph", N_("nodes of graphs")},
    {"mixed", N_("several kinds of items")},
    {"vectors", N_("a file of vectors")},
    {"collection", N_("a collection")},
    {"model", N_("an embedding model")},
    {"holm", N_("Holm")},
    {"bh", N_("Benjamini–Hochberg")},
    {"by", N_("Benjamini–Yekutieli")},
    {"bonferroni", N_("Bonferroni")},
    {"hochberg", N_("Hochberg")},
    {"sidak", N_("Šidák")},
    {"basic", N_("basic bootstrap")},
    {"wilson", N_("Wilson")},
    {"clopper-pearson", N_("Clopper–Pearson")},
    {"exact", N_("exact, all divisions")},
    {"sampled", N_("sampled divisions")},
    {"analytic", N_("by formula")},
    {"greater", N_("greater")},
    {"less", N_("less")},
    {"two-sided", N_("two-sided")},
    {"n", N_("items")},
};

const char *
_umk_report_tr(const UmkReportMaker *maker, const char *text)
{
    return _umk_report_catalog_get(maker->catalog, text);
}

static void
replace_marks(GString *out, const char *text, GPtrArray *values)
{
    for (const char *p = text; *p != '\0'; p++) {
        guint i = p[0] == '{' && g_ascii_isdigit(p[1]) && p[2] == '}'
                      ? (guint) (p[1] - '1')
                      : G_MAXUINT;

        if (i < values->len) {
            g_string_append(out, g_ptr_array_index(values, i));
            p += 2;
        } else {
            g_string_append_c(out, *p);
        }
    }
}

char *
_umk_report_fill(const UmkReportMaker *maker, const char *text, ...)
{
    g_autoptr(GPtrArray) values = g_ptr_array_new();
    GString *out = g_string_new(NULL);
    const char *value;
    va_list args;

    va_start(args, text);
    while ((value = va_arg(args, const char *)) != NULL)
        g_ptr_array_add(values, (gpointer) value);
    va_end(args);
    replace_marks(out, _umk_report_tr(maker, text), values);
    return g_string_free(out, FALSE);
}

/* Those of the engine first, own ones where it has none. They are asked for while this
 * thread speaks "C" (see umk-report.c), so they come as they stand in the sources, which
 * is what the catalogue knows. */
char *
_umk_report_words(const UmkReportMaker *maker, const char *code)
{
    const char *words = umk_audit_describe(code);

    for (gsize i = 0; words == code && i < G_N_ELEMENTS(own_words); i++)
        if (strcmp(own_words[i].code, code) == 0)
            words = own_words[i].words;
    if (words != code)
        return g_strdup(_umk_report_tr(maker, words));
    return g_strdelimit(_umk_report_safe_text(code), "-", ' ');
}

char *
_umk_report_short_words(const UmkReportMaker *maker, const char *code)
{
    static const char *const ends[] = {": ", "; ", "：", "；", ", "};
    char *words = _umk_report_title_words(maker, code);

    for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
        if (strstr(words, ends[i]) != NULL)
            *strstr(words, ends[i]) = '\0';
    return words;
}

char *
_umk_report_local_text(const UmkReportMaker *maker,
                       JsonObject *object,
                       const char *member,
                       const char *members)
{
    const char *language = _umk_report_catalog_get_language(maker->catalog);
    char *text =
        _umk_report_json_dup_text(_umk_report_json_object(object, members), language);

    return text != NULL ? text : _umk_report_json_dup_text(object, member);
}

char *
_umk_report_title_words(const UmkReportMaker *maker, const char *code)
{
    g_autofree char *words = _umk_report_words(maker, code);
    GString *out = g_string_new(NULL);

    /* "nDCG" is no word and keeps its small letter */
    if (*words != '\0' && g_unichar_isupper(g_utf8_get_char(g_utf8_next_char(words)))) {
        g_string_append(out, words);
    } else if (*words != '\0') {
        g_string_append_unichar(out, g_unichar_totitle(g_utf8_get_char(words)));
        g_string_append(out, g_utf8_next_char(words));
    }
    return g_string_free(out, FALSE);
}

/* NULL for a measure that this version does not have. */
const char *
_umk_report_measure_title(const UmkReportMaker *maker, const char *measure)
{
    const char *title = measure != NULL ? umk_bias_get_title(measure) : NULL;

    return title != NULL ? _umk_report_tr(maker, title) : NULL;
}

const char *
_umk_report_measure_help(const UmkReportMaker *maker, const char *measure)
{
    const char *help = measure != NULL ? umk_bias_get_help(measure) : NULL;

    return help != NULL ? _umk_report_tr(maker, help) : NULL;
}

static const struct {
    const char *code, *word;
    UmkReportTone tone;
} verdicts[] = {
    {"clear", N_("Clear"), UMK_REPORT_CLEAR},
    {"fragile", N_("Fragile"), UMK_REPORT_FRAGILE},
    {"none-seen", N_("None seen"), UMK_REPORT_NONE_SEEN},
    {"undefined", N_("Undefined"), UMK_REPORT_UNDEFINED},
};

const char *
_umk_report_verdict_word(const UmkReportMaker *maker, const char *verdict)
{
    for (gsize i = 0; i < G_N_ELEMENTS(verdicts); i++)
        if (g_strcmp0(verdicts[i].code, verdict) == 0)
            return _umk_report_tr(maker, verdicts[i].word);
    return "–";
}

UmkReportTone
_umk_report_verdict_tone(const char *verdict)
{
    for (gsize i = 0; i < G_N_ELEMENTS(verdicts); i++)
        if (g_strcmp0(verdicts[i].code, verdict) == 0)
            return verdicts[i].tone;
    return UMK_REPORT_PLAIN;
}

/* ---- numbers -------------------------------------------------------------------------
 */

/* A minus sign in place of the hyphen; no sign before zeros alone. */
static char *
format(const char *pattern, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    GString *out;

    g_ascii_formatd(digits, sizeof digits, pattern, value);
    out = g_string_new(digits);
    if (out->str[0] == '-' && strspn(out->str + 1, "0.") == out->len - 1)
        g_string_erase(out, 0, 1);
    g_string_replace(out, "-", "−", 0);
    return g_string_free(out, FALSE);
}

char *
_umk_report_number(double value)
{
    double size = fabs(value);

    if (size >= 1e6 || (size > 0 && size < 5e-4))
        return format("%.3e", value);
    return format(size >= 1000 ? "%.1f" : "%.4f", value);
}

char *
_umk_report_number_short(double value)
{
    double size = fabs(value);

    if (size >= 1e6 || (size > 0 && size < 5e-3))
        return format("%.1e", value);
    return format("%.2f", value);
}

char *
_umk_report_number_plain(double value)
{
    return format("%.6g", value);
}

char *
_umk_report_p(double p)
{
    g_autofree char *pattern = NULL;

    if (p >= 0.001)
        return format("%.4f", p);
    if (p < 5e-8)
        return g_strdup("< 0.0000001");
    pattern = g_strdup_printf("%%.%df", (int) (1 - floor(log10(p))));
    return format(pattern, p);
}

char *
_umk_report_count(double n)
{
    g_autofree char *digits = format("%.0f", n);
    GString *out = g_string_new(NULL);
    gsize length = strlen(digits);

    for (gsize i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0 && g_ascii_isdigit(digits[i - 1]))
            g_string_append_c(out, ',');
        g_string_append_c(out, digits[i]);
    }
    return g_string_free(out, FALSE);
}

char *
_umk_report_percent(double share)
{
    g_autofree char *digits = format("%.4g", share * 100);

    return g_strconcat(digits, " %", NULL);
}

char *
_umk_report_range(double low, double high)
{
    g_autofree char *from = _umk_report_number(low), *to = _umk_report_number(high);

    return g_strdup_printf("[%s, %s]", from, to);
}

char *
_umk_report_number_of(JsonObject *object, const char *member)
{
    double value;

    return _umk_report_json_number(object, member, &value) ? _umk_report_number(value)
                                                           : g_strdup("–");
}

char *
_umk_report_range_of(JsonArray *pair)
{
    double low, high;

    if (!_umk_report_json_number_at(pair, 0, &low) ||
        !_umk_report_json_number_at(pair, 1, &high))
        return NULL;
    return _umk_report_range(low, high);
}

/* NULL when there are none. */
char *
_umk_report_join(const UmkReportMaker *maker, JsonArray *names)
{
    /* Translators: what stands between the names of a list, e.g. "John, Paul" */
    const char *comma = _umk_report_tr(maker, N_(", "));
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < _umk_report_json_n(names); i++) {
        const char *name = _umk_report_json_code_at(names, i);
        g_autofree char *safe = name != NULL ? _umk_report_safe_text(name) : NULL;

        if (safe == NULL)
            continue;
        if (out->len > 0)
            g_string_append(out, comma);
        g_string_append(out, *safe != '\0' ? safe : "“”");
    }
    return out->len > 0 ? g_string_free(out, FALSE)
                        : (g_string_free(out, TRUE), (char *) NULL);
}
