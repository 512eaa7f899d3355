/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart on a page of the PDF, scaled to the width of the text. */
#include "umk-report-writers.h"

#include <math.h>
#include <pango/pangocairo.h>

static void
draw_line(cairo_t *cr, const UmkReportShape *shape)
{
    static const double dashes[] = {3, 3};

    cairo_set_dash(cr, dashes, shape->kind == UMK_REPORT_DASHES ? 2 : 0, 0);
    cairo_set_line_width(cr, shape->size);
    cairo_move_to(cr, shape->x, shape->y);
    cairo_line_to(cr, shape->x2, shape->y2);
    cairo_stroke(cr);
}

static void
draw_mark(cairo_t *cr, const UmkReportShape *shape)
{
    double r = shape->x2;

    cairo_new_path(cr);
    if (shape->kind == UMK_REPORT_DIAMOND) {
        r *= 1.35;
        cairo_move_to(cr, shape->x, shape->y - r);
        cairo_line_to(cr, shape->x + r, shape->y);
        cairo_line_to(cr, shape->x, shape->y + r);
        cairo_line_to(cr, shape->x - r, shape->y);
        cairo_close_path(cr);
    } else {
        cairo_arc(cr, shape->x, shape->y, r, 0, 2 * G_PI);
    }
    if (shape->kind == UMK_REPORT_RING) {
        cairo_set_dash(cr, NULL, 0, 0);
        cairo_set_line_width(cr, 1.6);
        cairo_stroke(cr);
    } else {
        cairo_fill(cr);
    }
}

static void
draw_label(UmkReportPages *pages, const UmkReportShape *shape)
{
    UmkReportFont font = {.size = shape->size};
    PangoLayout *layout =
        _umk_report_layout(pages->cr, pages->document, &font, shape->text, -1);
    int width, baseline = pango_layout_get_baseline(layout);
    double left = shape->x;

    pango_layout_get_size(layout, &width, NULL);
    if (shape->align == UMK_REPORT_MIDDLE)
        left -= (double) width / PANGO_SCALE / 2;
    if (shape->align == UMK_REPORT_END)
        left -= (double) width / PANGO_SCALE;
    if (shape->kind == UMK_REPORT_NAME) {
        _umk_report_set_paint(pages->cr, UMK_REPORT_PAPER);
        cairo_rectangle(pages->cr, left - 1, shape->y - shape->size * 0.85,
                        (double) width / PANGO_SCALE + 2, shape->size * 1.1);
        cairo_fill(pages->cr);
        _umk_report_set_paint(pages->cr, shape->paint);
    }
    cairo_move_to(pages->cr, left, shape->y - (double) baseline / PANGO_SCALE);
    pango_cairo_show_layout(pages->cr, layout);
    g_object_unref(layout);
}

static void
draw_shape(UmkReportPages *pages, const UmkReportShape *shape)
{
    _umk_report_set_paint(pages->cr, shape->paint);
    switch (shape->kind) {
    case UMK_REPORT_LINE:
    case UMK_REPORT_DASHES:
        draw_line(pages->cr, shape);
        break;
    case UMK_REPORT_BOX:
        cairo_rectangle(pages->cr, shape->x, shape->y, MAX(shape->x2, 0),
                        MAX(shape->y2, 0));
        cairo_fill(pages->cr);
        break;
    case UMK_REPORT_DOT:
    case UMK_REPORT_RING:
    case UMK_REPORT_DIAMOND:
        draw_mark(pages->cr, shape);
        break;
    case UMK_REPORT_LABEL:
    case UMK_REPORT_NAME:
        draw_label(pages, shape);
        break;
    }
}

void
_umk_report_pages_picture(UmkReportPages *pages, const UmkReportPicture *picture)
{
    const double scale = UMK_REPORT_CONTENT_WIDTH / UMK_REPORT_PICTURE_WIDTH;

    cairo_save(pages->cr);
    cairo_translate(pages->cr, UMK_REPORT_MARGIN, pages->y);
    cairo_scale(pages->cr, scale, scale);
    for (guint i = 0; i < picture->shapes->len; i++)
        draw_shape(pages, &g_array_index(picture->shapes, UmkReportShape, i));
    cairo_restore(pages->cr);
    pages->y += picture->height * scale;
}
