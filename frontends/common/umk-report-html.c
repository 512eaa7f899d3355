/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report as one HTML file that needs nothing else: no script, no font, no picture
 * from elsewhere, which its content policy also forbids. Light or dark as the reader
 * has it, black on white on paper. */
#include "umk-report-writers.h"

#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--pap:#fff;--ink:#1c1e21;--mut:#5b6168;--grd:#d5d9de;"
    "--bnd:#e9ecf0;--acc:#1a5fb4;--wrm:#b34a12;--col:#1a5fb4;--red:#a51d2d;--amb:#855800;"
    "--blu:#2d5680;--cau:#fdf3dc;--cab:#d9a93a;--sft:#f5f6f8}\n"
    "@media (prefers-color-scheme:dark){:root{--pap:#1b1d20;--ink:#e8eaed;--mut:#a4abb3;"
    "--grd:#41464d;--bnd:#30343a;--acc:#78aeed;--wrm:#f0955c;--col:#78aeed;--red:#ff8a8f;"
    "--amb:#f0c05a;--blu:#9cc1e8;--cau:#362d18;--cab:#8f7128;--sft:#24272b}}\n"
    "@media print{:root{color-scheme:light;--pap:#fff;--ink:#000;--mut:#444;--grd:#bbb;"
    "--bnd:#e6e6e6;--acc:#1a5fb4;--wrm:#b34a12;--col:#1a5fb4;--red:#a51d2d;--amb:#855800;"
    "--blu:#2d5680;--cau:#fff;--cab:#d9a93a;--sft:#f5f5f5}}\n"
    "@page{size:A4;margin:18mm 16mm}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--pap);color:var(--ink);font:16px/1.55 system-ui,"
    "\"Noto Sans\",\"Segoe UI\",\"Hiragino Sans\",\"Noto Sans CJK JP\",\"Noto Sans JP\","
    "\"Yu Gothic\",sans-serif;-webkit-text-size-adjust:100%}\n"
    "main{max-width:54rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}\n"
    "h1{font-size:1.9rem;line-height:1.25;margin:0 0 1rem}\n"
    "h2{font-size:1.35rem;line-height:1.3;margin:2.8rem 0 .8rem;padding-top:.9rem;"
    "border-top:1px solid var(--grd)}\n"
    "h3{font-size:1.08rem;line-height:1.35;margin:1.9rem 0 .5rem}\n"
    "h1,h2,h3,p,li,dd,dt,figcaption,nav{overflow-wrap:anywhere}td,th{overflow-wrap:"
    "break-word}td.clear,td.fragile,td.none-seen,td.undefined{white-space:nowrap}\n"
    "p{margin:.6rem 0}\n"
    ".lead{font-size:1.15rem;line-height:1.5}\n"
    ".small{font-size:.875rem;color:var(--mut)}\n"
    ".code{font-family:ui-monospace,\"Noto Sans Mono\",\"DejaVu Sans Mono\",monospace;"
    "font-size:.86rem;background:var(--sft);padding:.7rem .9rem;border-radius:6px;"
    "white-space:pre-wrap}\n"
    ".caution{background:var(--cau);border-left:4px solid var(--cab);padding:.7rem 1rem;"
    "border-radius:0 6px 6px 0}\n"
    "ul{margin:.5rem 0;padding-left:1.3rem}li{margin:.25rem 0}\n"
    "dl{display:grid;grid-template-columns:minmax(8rem,13rem) 1fr;gap:.35rem 1.2rem;"
    "margin:.8rem 0}dt{color:var(--mut)}dd{margin:0}\n"
    "nav{font-size:.9rem;margin:1.4rem 0;padding:.7rem 1rem;background:var(--sft);"
    "border-radius:6px}nav ol{margin:.3rem 0 0;padding-left:1.6rem;columns:2}\n"
    "a{color:var(--acc)}\n"
    ".wide{overflow-x:auto;margin:.9rem 0}\n"
    "table{border-collapse:collapse;width:100%;font-size:.875rem;line-height:1.42}\n"
    "caption{caption-side:top;text-align:left;color:var(--mut);padding-bottom:.3rem}\n"
    "th{text-align:left;font-weight:600;color:var(--mut);border-bottom:2px solid "
    "var(--grd)}th,td{padding:.35rem .55rem;vertical-align:top}\n"
    "th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child"
    "{padding-right:0}\n"
    "td{border-bottom:1px solid "
    "var(--grd)}td:not(.n){min-width:5rem}td:last-child:not(.n){min-width:13rem}\n"
    ".n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\n"
    ".faint{color:var(--mut);opacity:.72}.strong,.clear,.fragile,.none-seen,.undefined"
    "{font-weight:600}\n"
    ".clear{color:var(--red)}.fragile{color:var(--amb)}.none-seen{color:var(--blu)}"
    ".undefined{color:var(--mut)}\n"
    "figure{margin:1.1rem 0}svg{display:block;width:100%;height:auto;overflow:visible}\n"
    "figcaption{font-size:.83rem;color:var(--mut);margin-top:.3rem}\n"
    "svg text{font-family:inherit}.name{paint-order:stroke;stroke:var(--pap);"
    "stroke-width:3px;stroke-linejoin:round}"
    ".f.ink{fill:var(--ink)}.f.mut{fill:var(--mut)}.f.grd{fill:var(--grd)}"
    ".f.bnd{fill:var(--bnd)}.f.acc{fill:var(--acc)}.f.wrm{fill:var(--wrm)}"
    ".f.col{fill:var(--col)}.f.pap{fill:var(--pap)}\n"
    ".s{fill:none}.s.ink{stroke:var(--ink)}.s.mut{stroke:var(--mut)}"
    ".s.grd{stroke:var(--grd)}.s.bnd{stroke:var(--bnd)}.s.acc{stroke:var(--acc)}"
    ".s.wrm{stroke:var(--wrm)}.s.col{stroke:var(--col)}.s.pap{stroke:var(--pap)}\n"
    ".sign{display:grid;grid-template-columns:1fr 1fr;gap:2.6rem 2rem;margin:2.6rem 0 0}"
    ".sign div{border-top:1px solid var(--ink);padding-top:.25rem;font-size:.83rem;"
    "color:var(--mut)}\n"
    "@media (max-width:34rem){nav ol{columns:1}dl{grid-template-columns:1fr;gap:.1rem}"
    "dd{margin-bottom:.5rem}.sign{grid-template-columns:1fr}}\n"
    "@media print{body{font-size:10.5pt}main{max-width:none;padding:0}nav{display:none}"
    "h2,h3{break-after:avoid}figure,tr,.caution{break-inside:avoid}"
    "thead{display:table-header-group}.wide{overflow:visible}"
    ".break{break-before:page}}\n";

static const char *const tone_classes[UMK_REPORT_N_TONES] = {
    [UMK_REPORT_PLAIN] = NULL,
    [UMK_REPORT_LEAD] = "lead",
    [UMK_REPORT_SMALL] = "small",
    [UMK_REPORT_CODE] = "code",
    [UMK_REPORT_CAUTION] = "caution",
    [UMK_REPORT_FAINT] = "faint",
    [UMK_REPORT_STRONG] = "strong",
    [UMK_REPORT_CLEAR] = "clear",
    [UMK_REPORT_FRAGILE] = "fragile",
    [UMK_REPORT_NONE_SEEN] = "none-seen",
    [UMK_REPORT_UNDEFINED] = "undefined",
};

void
_umk_report_append_escaped(GString *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            g_string_append(out, "&amp;");
            break;
        case '<':
            g_string_append(out, "&lt;");
            break;
        case '>':
            g_string_append(out, "&gt;");
            break;
        case '"':
            g_string_append(out, "&quot;");
            break;
        case '\'':
            g_string_append(out, "&#39;");
            break;
        default:
            g_string_append_c(out, *p);
        }
    }
}

static void
append_element(GString *out, const char *name, const char *classes, const char *text)
{
    g_string_append_printf(out, "<%s", name);
    if (classes != NULL)
        g_string_append_printf(out, " class=\"%s\"", classes);
    g_string_append_c(out, '>');
    _umk_report_append_escaped(out, text);
    g_string_append_printf(out, "</%s>\n", name);
}

static void
append_cell(GString *out, const UmkReportBlock *table, guint row, guint column)
{
    const UmkReportCell *cell = _umk_report_table_get(table, row, column);
    gboolean number = g_array_index(table->columns, UmkReportColumn, column).number;
    const char *tone = tone_classes[cell->tone];
    g_autofree char *classes =
        number && tone ? g_strconcat("n ", tone, NULL) : g_strdup(number ? "n" : tone);

    append_element(out, "td", classes, cell->text);
}

static void
append_table(GString *out, const UmkReportBlock *table)
{
    g_string_append(out, "<div class=\"wide\" tabindex=\"0\"><table>\n");
    if (table->text != NULL)
        append_element(out, "caption", NULL, table->text);
    g_string_append(out, "<thead><tr>\n");
    for (guint c = 0; c < table->columns->len; c++) {
        const UmkReportColumn *column =
            &g_array_index(table->columns, UmkReportColumn, c);

        g_string_append_printf(out, "<th scope=\"col\"%s>",
                               column->number ? " class=\"n\"" : "");
        _umk_report_append_escaped(out, column->title);
        g_string_append(out, "</th>\n");
    }
    g_string_append(out, "</tr></thead>\n<tbody>\n");
    for (guint r = 0; r < table->rows->len; r++) {
        g_string_append(out, "<tr>");
        for (guint c = 0; c < table->columns->len; c++)
            append_cell(out, table, r, c);
        g_string_append(out, "</tr>\n");
    }
    g_string_append(out, "</tbody></table></div>\n");
}

static void
append_chart(GString *out, const UmkReportBlock *block, guint number)
{
    g_autofree char *id = g_strdup_printf("c%u", number);

    g_string_append(out, "<figure>\n");
    _umk_report_append_svg(out, block->picture, id);
    g_string_append_printf(out, "<figcaption id=\"%s\">", id);
    _umk_report_append_escaped(out, block->text);
    g_string_append(out, "</figcaption>\n</figure>\n");
}

static void
append_texts(GString *out, const UmkReportBlock *block)
{
    static const struct {
        const char *open, *first, *second, *close;
    } forms[] = {{"<ul>\n", "li", "li", "</ul>\n"},
                 {"<dl>\n", "dt", "dd", "</dl>\n"},
                 {"<div class=\"sign\">\n", "div", "div", "</div>\n"}};
    guint form = block->kind == UMK_REPORT_LIST    ? 0
                 : block->kind == UMK_REPORT_TERMS ? 1
                                                   : 2;

    g_string_append(out, forms[form].open);
    for (guint i = 0; i < block->texts->len; i++)
        append_element(out, i % 2 == 0 ? forms[form].first : forms[form].second, NULL,
                       g_ptr_array_index(block->texts, i));
    g_string_append(out, forms[form].close);
}

static void
append_heading(GString *out, const UmkReportBlock *block, gboolean breaks)
{
    guint level = CLAMP(block->level, 1, 3);

    g_string_append_printf(out, "<h%u id=\"%s\"%s>", level, block->anchor,
                           breaks ? " class=\"break\"" : "");
    _umk_report_append_escaped(out, block->text);
    g_string_append_printf(out, "</h%u>\n", level);
}

static void
append_contents(GString *out, const UmkReportDocument *document)
{
    g_string_append(out, "<nav>");
    _umk_report_append_escaped(out, document->contents_label);
    g_string_append(out, "<ol>\n");
    for (guint i = 0; i < document->blocks->len; i++) {
        const UmkReportBlock *block = g_ptr_array_index(document->blocks, i);

        if (block->kind != UMK_REPORT_HEADING || block->level != 2)
            continue;
        g_string_append_printf(out, "<li><a href=\"#%s\">", block->anchor);
        _umk_report_append_escaped(out, block->text);
        g_string_append(out, "</a></li>\n");
    }
    g_string_append(out, "</ol></nav>\n");
}

static void
append_block(GString *out, const UmkReportDocument *document, guint i)
{
    const UmkReportBlock *block = g_ptr_array_index(document->blocks, i);
    const UmkReportBlock *before =
        i > 0 ? g_ptr_array_index(document->blocks, i - 1) : NULL;

    switch (block->kind) {
    case UMK_REPORT_HEADING:
        append_heading(out, block, before && before->kind == UMK_REPORT_PAGE_BREAK);
        break;
    case UMK_REPORT_PARAGRAPH:
        append_element(out, "p", tone_classes[block->tone], block->text);
        break;
    case UMK_REPORT_LIST:
    case UMK_REPORT_TERMS:
    case UMK_REPORT_SIGNATURE:
        append_texts(out, block);
        break;
    case UMK_REPORT_TABLE:
        append_table(out, block);
        break;
    case UMK_REPORT_CHART:
        append_chart(out, block, i);
        break;
    case UMK_REPORT_PAGE_BREAK:
        if (g_strcmp0(block->text, "contents") == 0)
            append_contents(out, document);
        break;
    }
}

static void
append_meta(GString *out, const char *name, const char *content)
{
    if (content == NULL)
        return;
    g_string_append_printf(out, "<meta name=\"%s\" content=\"", name);
    _umk_report_append_escaped(out, content);
    g_string_append(out, "\">\n");
}

char *
_umk_report_html(const UmkReportDocument *document)
{
    GString *out = g_string_new("<!DOCTYPE html>\n<html lang=\"");

    _umk_report_append_escaped(out, document->language);
    g_string_append(out, "\">\n<head>\n<meta charset=\"utf-8\">\n"
                         "<meta http-equiv=\"Content-Security-Policy\" content=\""
                         "default-src 'none'; style-src 'unsafe-inline'\">\n"
                         "<meta name=\"viewport\" content=\"width=device-width, "
                         "initial-scale=1\">\n");
    append_meta(out, "author", document->author);
    append_meta(out, "description", document->subject);
    append_meta(out, "date", document->date);
    append_element(out, "title", NULL, document->title);
    g_string_append_printf(out, "<style>\n%s</style>\n</head>\n<body>\n<main>\n", style);
    for (guint i = 0; i < document->blocks->len; i++)
        append_block(out, document, i);
    g_string_append(out, "</main>\n</body>\n</html>\n");
    return g_string_free(out, FALSE);
}
