/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text and colours of the PDF: Pango layouts in any script, kanji in their Japanese
 * shapes wherever kana or kanji stand in a Latin report. */
#include "umk-report-writers.h"

#include <pango/pangocairo.h>
#include <string.h>

#define FAMILIES                                                                         \
    "Inter, Source Sans 3, Noto Sans, Cantarell, Liberation Sans, Noto Sans CJK JP, "    \
    "Noto Sans JP, IPAexGothic, Sans"
#define JAPANESE "Noto Sans CJK JP, Noto Sans JP, IPAexGothic, Sans"
#define MONO     "Noto Sans Mono, DejaVu Sans Mono, Noto Sans Mono CJK JP, Monospace"

static const double colors[UMK_REPORT_N_PAINTS][3] = {
    [UMK_REPORT_INK] = {0.08, 0.09, 0.10},    [UMK_REPORT_MUTED] = {0.34, 0.37, 0.40},
    [UMK_REPORT_GRID] = {0.80, 0.82, 0.85},   [UMK_REPORT_BAND] = {0.91, 0.92, 0.94},
    [UMK_REPORT_ACCENT] = {0.10, 0.37, 0.71}, [UMK_REPORT_WARM] = {0.70, 0.29, 0.07},
    [UMK_REPORT_COOL] = {0.10, 0.37, 0.71},   [UMK_REPORT_PAPER] = {1, 1, 1},
};

static const double tones[UMK_REPORT_N_TONES][3] = {
    [UMK_REPORT_PLAIN] = {0.08, 0.09, 0.10},
    [UMK_REPORT_LEAD] = {0.08, 0.09, 0.10},
    [UMK_REPORT_SMALL] = {0.34, 0.37, 0.40},
    [UMK_REPORT_CODE] = {0.08, 0.09, 0.10},
    [UMK_REPORT_CAUTION] = {0.08, 0.09, 0.10},
    [UMK_REPORT_FAINT] = {0.55, 0.57, 0.60},
    [UMK_REPORT_STRONG] = {0.08, 0.09, 0.10},
    [UMK_REPORT_CLEAR] = {0.65, 0.11, 0.18},
    [UMK_REPORT_FRAGILE] = {0.52, 0.35, 0.00},
    [UMK_REPORT_NONE_SEEN] = {0.18, 0.34, 0.50},
    [UMK_REPORT_UNDEFINED] = {0.34, 0.37, 0.40},
};

void
_umk_report_set_paint(cairo_t *cr, UmkReportPaint paint)
{
    cairo_set_source_rgb(cr, colors[paint][0], colors[paint][1], colors[paint][2]);
}

void
_umk_report_set_tone(cairo_t *cr, UmkReportTone tone)
{
    cairo_set_source_rgb(cr, tones[tone][0], tones[tone][1], tones[tone][2]);
}

static gboolean
has_japanese(const char *text)
{
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if ((c >= 0x3040 && c <= 0x30ff) || (c >= 0x4e00 && c <= 0x9fff))
            return TRUE;
    }
    return FALSE;
}

static void
set_font(PangoLayout *layout, const UmkReportFont *font, gboolean japanese)
{
    PangoFontDescription *description =
        pango_font_description_from_string(font->mono ? MONO
                                           : japanese ? JAPANESE
                                                      : FAMILIES);

    pango_font_description_set_absolute_size(description, font->size * PANGO_SCALE);
    if (font->bold)
        pango_font_description_set_weight(description, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, description);
    pango_font_description_free(description);
}

/* @width below 0: one line. Free with g_object_unref(). */
PangoLayout *
_umk_report_layout(cairo_t *cr,
                   const UmkReportDocument *document,
                   const UmkReportFont *font,
                   const char *text,
                   double width)
{
    PangoLayout *layout = pango_cairo_create_layout(cr);
    PangoContext *context = pango_layout_get_context(layout);
    cairo_font_options_t *options = cairo_font_options_create();
    PangoAttrList *attributes = pango_attr_list_new();
    gboolean japanese = g_str_has_prefix(document->language, "ja");

    /* A name or a digest that is broken must not gain a hyphen. */
    pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context, options);
    cairo_font_options_destroy(options);
    pango_cairo_context_set_resolution(context, 72);
    pango_context_set_round_glyph_positions(context, FALSE);
    pango_context_set_base_dir(context, PANGO_DIRECTION_LTR);
    pango_context_set_language(
        context,
        pango_language_from_string(japanese || has_japanese(text) ? "ja" : "en"));
    pango_layout_set_auto_dir(layout, FALSE);
    set_font(layout, font, japanese);
    pango_layout_set_line_spacing(layout, japanese && !font->mono ? 1.0f : 1.22f);
    if (width >= 0) {
        pango_layout_set_width(layout, (int) (width * PANGO_SCALE));
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    }
    pango_layout_set_text(layout, text, -1);
    pango_layout_set_attributes(layout, attributes);
    pango_attr_list_unref(attributes);
    return layout;
}

double
_umk_report_layout_height(PangoLayout *layout)
{
    int height;

    pango_layout_get_size(layout, NULL, &height);
    return (double) height / PANGO_SCALE;
}
