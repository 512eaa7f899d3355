/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report as PDF: A4, an outline of its headings, numbered pages. Drawn twice, the
 * first time to count the pages. The only date inside is that of the audit, so that equal
 * reports are equal files. */
#include "umk-report-writers.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <string.h>

#define SIGNATURE 52.0 /* points that a line to sign on takes */

static cairo_status_t
append(void *closure, const unsigned char *data, unsigned int length)
{
    g_byte_array_append(closure, data, length);
    return CAIRO_STATUS_SUCCESS;
}

/* ---- pages ---------------------------------------------------------------------------
 */

static void
draw_foot(UmkReportPages *pages)
{
    UmkReportFont font = {.size = 7.5};
    g_autofree char *number = g_strdup_printf("%u", pages->page);
    g_autofree char *total = g_strdup_printf("%u", pages->n_pages);
    g_autoptr(GString) label = g_string_new(pages->document->page_label);
    g_autofree char *title =
        _umk_report_shorten(pages->document->title, 7.5, UMK_REPORT_CONTENT_WIDTH - 90);
    PangoLayout *layout;

    g_string_replace(label, "{1}", number, 1);
    g_string_replace(label, "{2}", total, 1);
    _umk_report_set_paint(pages->cr, UMK_REPORT_MUTED);
    layout = _umk_report_layout(pages->cr, pages->document, &font, title, -1);
    cairo_move_to(pages->cr, UMK_REPORT_MARGIN, UMK_REPORT_PAGE_HEIGHT - 42);
    pango_cairo_show_layout(pages->cr, layout);
    g_object_unref(layout);
    layout = _umk_report_layout(pages->cr, pages->document, &font, label->str,
                                UMK_REPORT_CONTENT_WIDTH);
    pango_layout_set_alignment(layout, PANGO_ALIGN_RIGHT);
    cairo_move_to(pages->cr, UMK_REPORT_MARGIN, UMK_REPORT_PAGE_HEIGHT - 42);
    pango_cairo_show_layout(pages->cr, layout);
    g_object_unref(layout);
}

static void
begin_page(UmkReportPages *pages)
{
    pages->page++;
    pages->y = UMK_REPORT_TOP;
    draw_foot(pages);
}

void
_umk_report_pages_next(UmkReportPages *pages)
{
    cairo_show_page(pages->cr);
    begin_page(pages);
}

void
_umk_report_pages_need(UmkReportPages *pages, double height)
{
    if (pages->y + height > UMK_REPORT_BOTTOM && pages->y > UMK_REPORT_TOP + 1)
        _umk_report_pages_next(pages);
}

/* ---- blocks --------------------------------------------------------------------------
 */

/* Line by line, so that a long text goes on over the page. */
static void
flow(UmkReportPages *pages, PangoLayout *layout, double x, UmkReportTone tone)
{
    PangoLayoutIter *iter = pango_layout_get_iter(layout);
    double top = -1;

    do {
        PangoRectangle box;
        int y0, y1;
        double height;

        pango_layout_iter_get_line_extents(iter, NULL, &box);
        pango_layout_iter_get_line_yrange(iter, &y0, &y1);
        height = (double) (y1 - y0) / PANGO_SCALE;
        if (top < 0 || pages->y + height > UMK_REPORT_BOTTOM) {
            _umk_report_pages_need(pages, height);
            top = (double) y0 / PANGO_SCALE;
        }
        _umk_report_set_tone(pages->cr, tone);
        cairo_move_to(pages->cr, x + (double) box.x / PANGO_SCALE,
                      pages->y + (double) (pango_layout_iter_get_baseline(iter) - y0) /
                                     PANGO_SCALE);
        pango_cairo_show_layout_line(pages->cr,
                                     pango_layout_iter_get_line_readonly(iter));
        pages->y += height;
    } while (pango_layout_iter_next_line(iter));
    pango_layout_iter_free(iter);
}

static void
draw_text(UmkReportPages *pages,
          const UmkReportFont *font,
          UmkReportTone tone,
          const char *text,
          double indent)
{
    PangoLayout *layout = _umk_report_layout(pages->cr, pages->document, font, text,
                                             UMK_REPORT_CONTENT_WIDTH - indent);

    flow(pages, layout, UMK_REPORT_MARGIN + indent, tone);
    g_object_unref(layout);
}

/* The title and the sections lie side by side, the rest below its section. */
static void
add_outline(UmkReportPages *pages, const char *text, guint level)
{
    char y[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *where =
        g_strdup_printf("page=%u pos=[%d %s]", pages->page, (int) UMK_REPORT_MARGIN,
                        g_ascii_formatd(y, sizeof y, "%.1f", pages->y));
    int id = cairo_pdf_surface_add_outline(
        pages->surface, level > 2 ? pages->section : CAIRO_PDF_OUTLINE_ROOT, text, where,
        0);

    if (level == 2)
        pages->section = id;
}

static void
draw_heading(UmkReportPages *pages, const UmkReportBlock *block)
{
    static const double sizes[] = {0, 20, 14, 10.5};
    static const double above[] = {0, 0, 16, 10};
    guint level = CLAMP(block->level, 1, 3);
    UmkReportFont font = {.size = sizes[level], .bold = TRUE};

    if (pages->y > UMK_REPORT_TOP + 1)
        pages->y += above[level];
    _umk_report_pages_need(pages, sizes[level] * 2 + 60);
    add_outline(pages, block->text, level);
    draw_text(pages, &font, UMK_REPORT_PLAIN, block->text, 0);
    pages->y += level == 3 ? 3 : 6;
}

static void
draw_side_bar(UmkReportPages *pages, double top, guint page)
{
    if (page != pages->page)
        top = UMK_REPORT_TOP;
    cairo_set_source_rgb(pages->cr, 0.85, 0.66, 0.23);
    cairo_rectangle(pages->cr, UMK_REPORT_MARGIN, top, 2.5, pages->y - top);
    cairo_fill(pages->cr);
}

static void
draw_paragraph(UmkReportPages *pages, const UmkReportBlock *block)
{
    UmkReportFont font = {.size = 9.5};
    double top = pages->y;
    guint page = pages->page;
    gboolean caution = block->tone == UMK_REPORT_CAUTION;

    if (block->tone == UMK_REPORT_LEAD)
        font.size = 11.5;
    if (block->tone == UMK_REPORT_SMALL || block->tone == UMK_REPORT_CODE)
        font.size = 8;
    font.mono = block->tone == UMK_REPORT_CODE;
    font.bold = block->tone >= UMK_REPORT_STRONG;
    draw_text(pages, &font, block->tone, block->text, caution ? 10 : 0);
    if (caution)
        draw_side_bar(pages, top, page);
    pages->y += 6;
}

static void
draw_list(UmkReportPages *pages, const UmkReportBlock *block)
{
    UmkReportFont font = {.size = 9.5};

    for (guint i = 0; i < block->texts->len; i++) {
        _umk_report_pages_need(pages, 14);
        _umk_report_set_paint(pages->cr, UMK_REPORT_MUTED);
        cairo_new_path(pages->cr);
        cairo_arc(pages->cr, UMK_REPORT_MARGIN + 4, pages->y + 6.6, 1.4, 0, 2 * G_PI);
        cairo_fill(pages->cr);
        draw_text(pages, &font, UMK_REPORT_PLAIN, g_ptr_array_index(block->texts, i), 12);
        pages->y += 2.5;
    }
    pages->y += 5;
}

static void
draw_terms(UmkReportPages *pages, const UmkReportBlock *block)
{
    const double indent = 128;
    UmkReportFont font = {.size = 9};

    for (guint i = 0; i + 1 < block->texts->len; i += 2) {
        PangoLayout *term =
            _umk_report_layout(pages->cr, pages->document, &font,
                               g_ptr_array_index(block->texts, i), indent - 12);
        double height = _umk_report_layout_height(term), top;
        guint page;

        _umk_report_pages_need(pages, MAX(height, 14));
        top = pages->y;
        page = pages->page;
        _umk_report_set_tone(pages->cr, UMK_REPORT_SMALL);
        cairo_move_to(pages->cr, UMK_REPORT_MARGIN, top);
        pango_cairo_show_layout(pages->cr, term);
        g_object_unref(term);
        draw_text(pages, &font, UMK_REPORT_PLAIN, g_ptr_array_index(block->texts, i + 1),
                  indent);
        if (page == pages->page)
            pages->y = MAX(pages->y, top + height);
        pages->y += 3;
    }
    pages->y += 6;
}

static void
draw_chart(UmkReportPages *pages, const UmkReportBlock *block)
{
    UmkReportFont font = {.size = 7.8};
    PangoLayout *caption = _umk_report_layout(pages->cr, pages->document, &font,
                                              block->text, UMK_REPORT_CONTENT_WIDTH);
    double scale = UMK_REPORT_CONTENT_WIDTH / UMK_REPORT_PICTURE_WIDTH;

    _umk_report_pages_need(pages, block->picture->height * scale +
                                      MIN(_umk_report_layout_height(caption), 60) + 8);
    pages->y += 4;
    _umk_report_pages_picture(pages, block->picture);
    pages->y += 3;
    flow(pages, caption, UMK_REPORT_MARGIN, UMK_REPORT_SMALL);
    pages->y += 10;
    g_object_unref(caption);
}

static void
draw_signature(UmkReportPages *pages, const UmkReportBlock *block)
{
    const double width = (UMK_REPORT_CONTENT_WIDTH - 24) / 2;
    UmkReportFont font = {.size = 8};

    for (guint i = 0; i < block->texts->len; i++) {
        double x = UMK_REPORT_MARGIN + (i % 2) * (width + 24);
        PangoLayout *layout;

        if (i % 2 == 0) {
            _umk_report_pages_need(pages, SIGNATURE);
            pages->y += 34;
        }
        _umk_report_set_paint(pages->cr, UMK_REPORT_INK);
        cairo_set_line_width(pages->cr, 0.6);
        cairo_move_to(pages->cr, x, pages->y);
        cairo_rel_line_to(pages->cr, width, 0);
        cairo_stroke(pages->cr);
        layout = _umk_report_layout(pages->cr, pages->document, &font,
                                    g_ptr_array_index(block->texts, i), width);
        _umk_report_set_tone(pages->cr, UMK_REPORT_SMALL);
        cairo_move_to(pages->cr, x, pages->y + 2);
        pango_cairo_show_layout(pages->cr, layout);
        g_object_unref(layout);
        if (i % 2 == 1)
            pages->y += 16;
    }
}

static void
draw_block(UmkReportPages *pages, const UmkReportBlock *block)
{
    switch (block->kind) {
    case UMK_REPORT_HEADING:
        draw_heading(pages, block);
        break;
    case UMK_REPORT_PARAGRAPH:
        draw_paragraph(pages, block);
        break;
    case UMK_REPORT_LIST:
        draw_list(pages, block);
        break;
    case UMK_REPORT_TERMS:
        draw_terms(pages, block);
        break;
    case UMK_REPORT_TABLE:
        _umk_report_pages_table(pages, block);
        break;
    case UMK_REPORT_CHART:
        draw_chart(pages, block);
        break;
    case UMK_REPORT_SIGNATURE:
        draw_signature(pages, block);
        break;
    case UMK_REPORT_PAGE_BREAK:
        if (pages->y > UMK_REPORT_TOP + 1)
            _umk_report_pages_next(pages);
        break;
    }
}

/* The lines to sign on stay on one page with their heading. */
static double
height_to_keep(const UmkReportDocument *document, guint i)
{
    const UmkReportBlock *next;

    if (i + 1 >= document->blocks->len)
        return 0;
    next = g_ptr_array_index(document->blocks, i + 1);
    return next->kind == UMK_REPORT_SIGNATURE ? 50 + SIGNATURE * next->texts->len / 2 : 0;
}

/* ---- the file ------------------------------------------------------------------------
 */

static void
set_metadata(cairo_surface_t *surface, const UmkReportDocument *document)
{
    g_autofree char *date = g_strdup_printf(
        "%sT00:00:00Z", document->date != NULL ? document->date : "2000-01-01");

    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, document->title);
    if (document->author != NULL)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR,
                                       document->author);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT,
                                   document->subject);
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Umekomi");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

static guint
draw(const UmkReportDocument *document,
     guint n_pages,
     GByteArray *bytes,
     cairo_status_t *status)
{
    cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(
        append, bytes, UMK_REPORT_PAGE_WIDTH, UMK_REPORT_PAGE_HEIGHT);
    cairo_t *cr = cairo_create(surface);
    UmkReportPages pages = {
        .cr = cr, .surface = surface, .document = document, .n_pages = n_pages};

    set_metadata(surface, document);
    begin_page(&pages);
    for (guint i = 0; i < document->blocks->len; i++) {
        _umk_report_pages_need(&pages, height_to_keep(document, i));
        draw_block(&pages, g_ptr_array_index(document->blocks, i));
    }
    cairo_show_page(cr);
    *status = cairo_status(cr);
    cairo_destroy(cr);
    cairo_surface_finish(surface);
    if (*status == CAIRO_STATUS_SUCCESS)
        *status = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    return pages.page;
}

/* NULL sets @problem, in the words of cairo. */
GBytes *
_umk_report_pdf(const UmkReportDocument *document, const char **problem)
{
    g_autoptr(GByteArray) counted = g_byte_array_new(), bytes = g_byte_array_new();
    cairo_status_t status;
    guint n_pages = draw(document, 0, counted, &status);

    if (status == CAIRO_STATUS_SUCCESS)
        draw(document, n_pages, bytes, &status);
    if (status != CAIRO_STATUS_SUCCESS) {
        *problem = cairo_status_to_string(status);
        return NULL;
    }
    return g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
}
