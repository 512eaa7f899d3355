/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of the PDF: columns as wide as their texts ask for where the page allows it,
 * numbers never broken, the head again on each page. */
#include "umk-report-writers.h"

#include <pango/pangocairo.h>

#define SIZE        8.0
#define GAP         9.0
#define PAD         3.2
#define LEAST       34.0 /* of a column of text */
#define MAX_COLUMNS 24

static UmkReportFont
font_of(UmkReportTone tone)
{
    return (UmkReportFont){
        .size = SIZE, .mono = tone == UMK_REPORT_CODE, .bold = tone >= UMK_REPORT_STRONG};
}

static void
measure(UmkReportPages *pages,
        const UmkReportFont *font,
        const char *text,
        gboolean number,
        double *least,
        double *natural)
{
    PangoLayout *layout = _umk_report_layout(pages->cr, pages->document, font, text, -1);
    int width;
    double wide, narrow;

    pango_layout_get_size(layout, &width, NULL);
    wide = (double) width / PANGO_SCALE + 0.5;
    narrow = wide;
    if (!number) {
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD);
        pango_layout_set_width(layout, 0);
        pango_layout_get_size(layout, &width, NULL);
        narrow =
            CLAMP((double) width / PANGO_SCALE + 0.5, MIN(LEAST, wide), MIN(90.0, wide));
    }
    *least = MAX(*least, narrow);
    *natural = MAX(*natural, wide);
    g_object_unref(layout);
}

/* Shares the page: each its least width, the rest by what is still asked for. */
static void
share(guint n, const double *least, const double *natural, double *widths)
{
    double room = UMK_REPORT_CONTENT_WIDTH - GAP * (n - 1), needed = 0, wanted = 0;

    for (guint c = 0; c < n; c++) {
        needed += least[c];
        wanted += natural[c] - least[c];
    }
    for (guint c = 0; c < n; c++) {
        double extra = wanted > 0 ? (natural[c] - least[c]) / wanted : 1.0 / n;

        if (needed > room)
            widths[c] = least[c] * room / needed;
        else if (needed + wanted <= room) /* a little air, the same for all */
            widths[c] = natural[c] + MIN((room - needed - wanted) / n, 14.0);
        else
            widths[c] = least[c] + (room - needed) * extra;
    }
}

static void
find_widths(UmkReportPages *pages, const UmkReportBlock *table, guint n, double *widths)
{
    double least[MAX_COLUMNS] = {0}, natural[MAX_COLUMNS] = {0};
    UmkReportFont head = {.size = SIZE, .bold = TRUE};

    for (guint c = 0; c < n; c++) {
        const UmkReportColumn *column =
            &g_array_index(table->columns, UmkReportColumn, c);

        measure(pages, &head, column->title, FALSE, &least[c], &natural[c]);
        for (guint r = 0; r < table->rows->len; r++) {
            const UmkReportCell *cell = _umk_report_table_get(table, r, c);
            UmkReportFont font = font_of(cell->tone);

            measure(pages, &font, cell->text, column->number, &least[c], &natural[c]);
        }
    }
    share(n, least, natural, widths);
}

/* One row of layouts; their height. */
static double
lay_out(UmkReportPages *pages,
        const UmkReportBlock *table,
        int row,
        guint n,
        const double *widths,
        PangoLayout **layouts)
{
    double height = 0;

    for (guint c = 0; c < n; c++) {
        const UmkReportColumn *column =
            &g_array_index(table->columns, UmkReportColumn, c);
        const UmkReportCell *cell =
            row >= 0 ? _umk_report_table_get(table, (guint) row, c) : NULL;
        UmkReportFont font = font_of(cell != NULL ? cell->tone : UMK_REPORT_STRONG);

        layouts[c] =
            _umk_report_layout(pages->cr, pages->document, &font,
                               cell != NULL ? cell->text : column->title, widths[c]);
        if (column->number)
            pango_layout_set_alignment(layouts[c], PANGO_ALIGN_RIGHT);
        height = MAX(height, _umk_report_layout_height(layouts[c]));
    }
    return height;
}

static void
draw_rule(UmkReportPages *pages, double width)
{
    _umk_report_set_paint(pages->cr, UMK_REPORT_GRID);
    cairo_set_dash(pages->cr, NULL, 0, 0);
    cairo_set_line_width(pages->cr, width);
    cairo_move_to(pages->cr, UMK_REPORT_MARGIN, pages->y);
    cairo_rel_line_to(pages->cr, UMK_REPORT_CONTENT_WIDTH, 0);
    cairo_stroke(pages->cr);
}

static void
draw_row(UmkReportPages *pages,
         const UmkReportBlock *table,
         int row,
         guint n,
         const double *widths,
         PangoLayout **layouts,
         double height)
{
    double x = UMK_REPORT_MARGIN;

    pages->y += PAD;
    for (guint c = 0; c < n; c++) {
        _umk_report_set_tone(pages->cr,
                             row >= 0 ? _umk_report_table_get(table, (guint) row, c)->tone
                                      : UMK_REPORT_SMALL);
        cairo_move_to(pages->cr, x, pages->y);
        pango_cairo_show_layout(pages->cr, layouts[c]);
        g_object_unref(layouts[c]);
        x += widths[c] + GAP;
    }
    pages->y += height + PAD;
    draw_rule(pages, row < 0 ? 1.2 : 0.5);
}

static void
draw_head(UmkReportPages *pages,
          const UmkReportBlock *table,
          guint n,
          const double *widths)
{
    PangoLayout *layouts[MAX_COLUMNS];
    double height = lay_out(pages, table, -1, n, widths, layouts);

    draw_row(pages, table, -1, n, widths, layouts, height);
}

void
_umk_report_pages_table(UmkReportPages *pages, const UmkReportBlock *table)
{
    guint n = MIN(table->columns->len, MAX_COLUMNS);
    double widths[MAX_COLUMNS];

    find_widths(pages, table, n, widths);
    _umk_report_pages_need(pages, 64);
    draw_head(pages, table, n, widths);
    for (guint r = 0; r < table->rows->len; r++) {
        PangoLayout *layouts[MAX_COLUMNS];
        double height = lay_out(pages, table, (int) r, n, widths, layouts);

        if (pages->y + height + 2 * PAD > UMK_REPORT_BOTTOM) {
            _umk_report_pages_next(pages);
            draw_head(pages, table, n, widths);
        }
        draw_row(pages, table, (int) r, n, widths, layouts, height);
    }
    pages->y += 10;
}
