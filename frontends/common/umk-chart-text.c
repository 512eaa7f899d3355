/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text of the chart, by Pango: any script, with the Japanese shapes of kanji where kana
 * or kanji stand. */
#include "umk-chart-page.h"

#include <pango/pangocairo.h>
#include <string.h>

#define FAMILIES                                                                         \
    "Inter, Source Sans 3, Noto Sans, Cantarell, Liberation Sans, Noto Sans CJK JP, "    \
    "Sans"
#define EDGE    3.2
#define LONGEST 600 /* characters; no line of a chart shows more */

/* A name may have ten megabytes; laying them all out would take minutes. */
static glong
fitting(const char *text)
{
    glong n = 0;

    for (const char *p = text; *p != '\0' && n < LONGEST; p = g_utf8_next_char(p))
        n++;
    return n;
}

static gboolean
is_japanese(const char *text)
{
    const char *end = g_utf8_offset_to_pointer(text, fitting(text));

    for (const char *p = text; p < end; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if ((c >= 0x3040 && c <= 0x30ff) || (c >= 0x4e00 && c <= 0x9fff))
            return TRUE;
    }
    return FALSE;
}

static PangoLayout *
make_layout(cairo_t *cr, const char *text, const UmkChartTextStyle *style)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoFontDescription *font = pango_font_description_from_string(FAMILIES);

    if (is_japanese(text))
        pango_context_set_language(pango_layout_get_context(layout),
                                   pango_language_from_string("ja"));
    pango_font_description_set_absolute_size(font, style->size * PANGO_SCALE);
    if (style->bold)
        pango_font_description_set_weight(font, PANGO_WEIGHT_SEMIBOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_alignment(layout, style->align == UMK_CHART_TEXT_CENTER
                                           ? PANGO_ALIGN_CENTER
                                           : PANGO_ALIGN_LEFT);
    pango_layout_set_text(layout, text,
                          (int) (g_utf8_offset_to_pointer(text, fitting(text)) - text));
    if (style->width > 0) {
        int width;

        /* A box as wide as the text needs, so that boxes do not collide for nothing. */
        pango_layout_get_size(layout, &width, NULL);
        if (width > style->width * PANGO_SCALE) {
            pango_layout_set_width(layout, (int) (style->width * PANGO_SCALE));
            pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
            pango_layout_set_height(layout, -MAX(style->lines, 1));
            pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        }
    }
    return layout;
}

/* The ink's width where a wrapped text leaves room at its sides. */
void
umk_chart_text_size(cairo_t *cr,
                    const char *text,
                    const UmkChartTextStyle *style,
                    double *width,
                    double *height)
{
    PangoLayout *layout = make_layout(cr, text, style);
    PangoRectangle box;

    pango_layout_get_extents(layout, NULL, &box);
    *width = (double) box.width / PANGO_SCALE;
    *height = (double) box.height / PANGO_SCALE;
    g_object_unref(layout);
}

static PangoLayout *
move_to(cairo_t *cr, const char *text, const UmkChartTextStyle *style, double x, double y)
{
    PangoLayout *layout = make_layout(cr, text, style);
    PangoRectangle box;

    pango_layout_get_extents(layout, NULL, &box);
    cairo_move_to(cr, x - (double) box.x / PANGO_SCALE, y);
    return layout;
}

void
umk_chart_text_show(
    cairo_t *cr, const char *text, const UmkChartTextStyle *style, double x, double y)
{
    PangoLayout *layout = move_to(cr, text, style, x, y);

    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
}

void
umk_chart_text_show_edged(const UmkChartPage *page,
                          const char *text,
                          const UmkChartTextStyle *style,
                          double x,
                          double y)
{
    cairo_t *cr = page->cr;
    PangoLayout *layout = move_to(cr, text, style, x, y);

    pango_cairo_layout_path(cr, layout);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_width(cr, EDGE);
    umk_chart_set_color(cr, page->theme->panel, 0.88);
    cairo_stroke(cr);
    g_object_unref(layout);
    layout = move_to(cr, text, style, x, y);
    umk_chart_set_color(cr, page->theme->ink, 1);
    pango_cairo_show_layout(cr, layout);
    g_object_unref(layout);
}

/* 1,234,567 */
char *
umk_chart_count(gsize n)
{
    g_autofree char *digits = g_strdup_printf("%zu", n);
    GString *out = g_string_new(NULL);
    gsize length = strlen(digits);

    for (gsize i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            g_string_append_c(out, ',');
        g_string_append_c(out, digits[i]);
    }
    return g_string_free(out, FALSE);
}

/* A text safe for a line: control characters as \xNN, no line breaks, nothing that
 * turns the direction of what follows. */
char *
umk_chart_escape(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text ? text : "", -1);
    GString *out = g_string_new(NULL);

    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            g_string_append_printf(out, "\\x%02x", c);
        else if (c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) ||
                 (c >= 0x2066 && c <= 0x2069))
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}
