/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two forms of a report. Equal documents give equal bytes. */
#pragma once

#include "umk-report-document.h"

#include <cairo.h>
#include <pango/pango.h>

G_BEGIN_DECLS

char *_umk_report_html(const UmkReportDocument *document);
void _umk_report_append_escaped(GString *out, const char *text);
void _umk_report_append_svg(GString *out,
                            const UmkReportPicture *picture,
                            const char *title_id);

GBytes *_umk_report_pdf(const UmkReportDocument *document, const char **problem);

/* ---- the pieces of the PDF writer ---------------------------------------------------
 */

typedef struct {
    double size;
    gboolean bold, mono;
    UmkReportPaint paint;
} UmkReportFont;

typedef struct {
    cairo_t *cr;
    cairo_surface_t *surface;
    const UmkReportDocument *document;
    double y;
    guint page, n_pages; /* n_pages is 0 while they are counted */
    int section;         /* the open entry of the outline */
} UmkReportPages;

#define UMK_REPORT_PAGE_WIDTH    595.276
#define UMK_REPORT_PAGE_HEIGHT   841.89
#define UMK_REPORT_MARGIN        54.0
#define UMK_REPORT_TOP           54.0
#define UMK_REPORT_BOTTOM        (UMK_REPORT_PAGE_HEIGHT - 62.0)
#define UMK_REPORT_CONTENT_WIDTH (UMK_REPORT_PAGE_WIDTH - 2 * UMK_REPORT_MARGIN)

PangoLayout *_umk_report_layout(cairo_t *cr,
                                const UmkReportDocument *document,
                                const UmkReportFont *font,
                                const char *text,
                                double width);
double _umk_report_layout_height(PangoLayout *layout);
void _umk_report_set_paint(cairo_t *cr, UmkReportPaint paint);
void _umk_report_set_tone(cairo_t *cr, UmkReportTone tone);
void _umk_report_pages_next(UmkReportPages *pages);
/* A new page where @height does not fit and would on an empty one. */
void _umk_report_pages_need(UmkReportPages *pages, double height);
void _umk_report_pages_table(UmkReportPages *pages, const UmkReportBlock *table);
void _umk_report_pages_picture(UmkReportPages *pages, const UmkReportPicture *picture);

G_END_DECLS
