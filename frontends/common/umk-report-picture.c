/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Collects the shapes of a chart and guesses the width of its labels. */
#include "umk-report-picture.h"

#define NARROW 0.61 /* of the height of letters; on the safe side for most fonts */
#define WIDE   1.04

static void
clear_shape(gpointer data)
{
    g_free(((UmkReportShape *) data)->text);
}

UmkReportPicture *
_umk_report_picture_new(double height)
{
    UmkReportPicture *self = g_new0(UmkReportPicture, 1);

    self->height = height;
    self->shapes = g_array_new(FALSE, TRUE, sizeof(UmkReportShape));
    g_array_set_clear_func(self->shapes, clear_shape);
    return self;
}

void
_umk_report_picture_free(UmkReportPicture *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->shapes);
    g_free(self);
}

static void
add(UmkReportPicture *self, UmkReportShape shape)
{
    g_array_append_val(self->shapes, shape);
}

void
_umk_report_picture_line(UmkReportPicture *self,
                         UmkReportPaint paint,
                         double width,
                         double x,
                         double y,
                         double x2,
                         double y2)
{
    add(self, (UmkReportShape){.kind = UMK_REPORT_LINE,
                               .paint = paint,
                               .size = width,
                               .x = x,
                               .y = y,
                               .x2 = x2,
                               .y2 = y2});
}

void
_umk_report_picture_dashes(UmkReportPicture *self,
                           UmkReportPaint paint,
                           double x,
                           double y,
                           double x2,
                           double y2)
{
    _umk_report_picture_line(self, paint, 1, x, y, x2, y2);
    g_array_index(self->shapes, UmkReportShape, self->shapes->len - 1).kind =
        UMK_REPORT_DASHES;
}

void
_umk_report_picture_box(UmkReportPicture *self,
                        UmkReportPaint paint,
                        double x,
                        double y,
                        double width,
                        double height)
{
    add(self, (UmkReportShape){.kind = UMK_REPORT_BOX,
                               .paint = paint,
                               .x = x,
                               .y = y,
                               .x2 = width,
                               .y2 = height});
}

void
_umk_report_picture_mark(UmkReportPicture *self,
                         UmkReportShapeKind kind,
                         UmkReportPaint paint,
                         double x,
                         double y,
                         double radius,
                         const char *text)
{
    add(self, (UmkReportShape){.kind = kind,
                               .paint = paint,
                               .x = x,
                               .y = y,
                               .x2 = radius,
                               .text = g_strdup(text)});
}

void
_umk_report_picture_label(UmkReportPicture *self,
                          UmkReportPaint paint,
                          UmkReportAlign align,
                          double size,
                          double x,
                          double y,
                          const char *text)
{
    add(self, (UmkReportShape){.kind = UMK_REPORT_LABEL,
                               .paint = paint,
                               .align = align,
                               .size = size,
                               .x = x,
                               .y = y,
                               .text = g_strdup(text)});
}

static double
width_of(gunichar c, double size)
{
    if (g_unichar_iszerowidth(c) || (c >= 0x2066 && c <= 0x2069))
        return 0;
    return size * (g_unichar_iswide(c) ? WIDE : NARROW);
}

double
_umk_report_text_width(const char *text, double size)
{
    double width = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        width += width_of(g_utf8_get_char(p), size);
    return width;
}

/* Ends in "…" where it is longer than @width; a fence around a text stays whole. */
char *
_umk_report_shorten(const char *text, double size, double width)
{
    gboolean fenced = g_str_has_prefix(text, "\u2068");
    double used = width_of(0x2026, size);
    GString *out;

    if (_umk_report_text_width(text, size) <= width)
        return g_strdup(text);
    out = g_string_new(NULL);
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        used += width_of(g_utf8_get_char(p), size);
        if (used > width)
            break;
        g_string_append_unichar(out, g_utf8_get_char(p));
    }
    g_string_append(out, fenced ? "…\u2069" : "…");
    return g_string_free(out, FALSE);
}
