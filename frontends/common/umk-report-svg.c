/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chart as an inline SVG whose colours are classes of the page around it. */
#include "umk-report-writers.h"

#include <string.h>

static const char *const paint_classes[UMK_REPORT_N_PAINTS] = {
    [UMK_REPORT_INK] = "ink",  [UMK_REPORT_MUTED] = "mut",  [UMK_REPORT_GRID] = "grd",
    [UMK_REPORT_BAND] = "bnd", [UMK_REPORT_ACCENT] = "acc", [UMK_REPORT_WARM] = "wrm",
    [UMK_REPORT_COOL] = "col", [UMK_REPORT_PAPER] = "pap",
};

/* Two digits, a point in every locale. */
static void
append_number(GString *out, const char *name, double value)
{
    char digits[G_ASCII_DTOSTR_BUF_SIZE];
    char *end;

    g_ascii_formatd(digits, sizeof digits, "%.2f", value);
    for (end = digits + strlen(digits); end[-1] == '0'; end--)
        end[-1] = '\0';
    if (end[-1] == '.')
        end[-1] = '\0';
    g_string_append_printf(out, " %s=\"%s\"", name,
                           g_str_equal(digits, "-0") ? "0" : digits);
}

static void
append_line(GString *out, const UmkReportShape *shape)
{
    g_string_append_printf(out, "<line class=\"s %s\"", paint_classes[shape->paint]);
    append_number(out, "x1", shape->x);
    append_number(out, "y1", shape->y);
    append_number(out, "x2", shape->x2);
    append_number(out, "y2", shape->y2);
    append_number(out, "stroke-width", shape->size);
    g_string_append(
        out, shape->kind == UMK_REPORT_DASHES ? " stroke-dasharray=\"3 3\"/>\n" : "/>\n");
}

static void
append_box(GString *out, const UmkReportShape *shape)
{
    g_string_append_printf(out, "<rect class=\"f %s\"", paint_classes[shape->paint]);
    append_number(out, "x", shape->x);
    append_number(out, "y", shape->y);
    append_number(out, "width", MAX(shape->x2, 0));
    append_number(out, "height", MAX(shape->y2, 0));
    g_string_append(out, "/>\n");
}

/* A square that stands on its corner. */
static void
append_diamond(GString *out, const UmkReportShape *shape)
{
    static const int corners[4][2] = {{0, -1}, {1, 0}, {0, 1}, {-1, 0}};
    const double r = shape->x2 * 1.35;

    g_string_append_printf(out, "<polygon class=\"f %s\" points=\"",
                           paint_classes[shape->paint]);
    for (guint i = 0; i < G_N_ELEMENTS(corners); i++) {
        char x[G_ASCII_DTOSTR_BUF_SIZE], y[G_ASCII_DTOSTR_BUF_SIZE];

        g_ascii_formatd(x, sizeof x, "%.2f", shape->x + r * corners[i][0]);
        g_ascii_formatd(y, sizeof y, "%.2f", shape->y + r * corners[i][1]);
        g_string_append_printf(out, "%s%s,%s", i > 0 ? " " : "", x, y);
    }
    g_string_append(out, "\"/>\n");
}

static void
append_mark(GString *out, const UmkReportShape *shape)
{
    gboolean ring = shape->kind == UMK_REPORT_RING;

    g_string_append_printf(out, "<circle class=\"%s %s\"", ring ? "s" : "f",
                           paint_classes[shape->paint]);
    append_number(out, "cx", shape->x);
    append_number(out, "cy", shape->y);
    append_number(out, "r", shape->x2);
    if (ring)
        append_number(out, "stroke-width", 1.6);
    if (shape->text == NULL) {
        g_string_append(out, "/>\n");
        return;
    }
    g_string_append(out, "><title>");
    _umk_report_append_escaped(out, shape->text);
    g_string_append(out, "</title></circle>\n");
}

static void
append_label(GString *out, const UmkReportShape *shape)
{
    static const char *const anchors[] = {"", " text-anchor=\"middle\"",
                                          " text-anchor=\"end\""};

    g_string_append_printf(out, "<text class=\"f %s%s\"", paint_classes[shape->paint],
                           shape->kind == UMK_REPORT_NAME ? " name" : "");
    append_number(out, "x", shape->x);
    append_number(out, "y", shape->y);
    append_number(out, "font-size", shape->size);
    g_string_append_printf(out, "%s>", anchors[shape->align]);
    _umk_report_append_escaped(out, shape->text);
    g_string_append(out, "</text>\n");
}

static void
append_shape(GString *out, const UmkReportShape *shape)
{
    switch (shape->kind) {
    case UMK_REPORT_LINE:
    case UMK_REPORT_DASHES:
        append_line(out, shape);
        break;
    case UMK_REPORT_BOX:
        append_box(out, shape);
        break;
    case UMK_REPORT_DIAMOND:
        append_diamond(out, shape);
        break;
    case UMK_REPORT_DOT:
    case UMK_REPORT_RING:
        append_mark(out, shape);
        break;
    case UMK_REPORT_LABEL:
    case UMK_REPORT_NAME:
        append_label(out, shape);
        break;
    }
}

/* @title_id: of the element that says the same in words. */
void
_umk_report_append_svg(GString *out,
                       const UmkReportPicture *picture,
                       const char *title_id)
{
    g_string_append_printf(out, "<svg role=\"img\" aria-labelledby=\"%s\"", title_id);
    g_string_append_printf(out, " viewBox=\"0 0 %d %d\">\n",
                           (int) UMK_REPORT_PICTURE_WIDTH, (int) picture->height);
    for (guint i = 0; i < picture->shapes->len; i++)
        append_shape(out, &g_array_index(picture->shapes, UmkReportShape, i));
    g_string_append(out, "</svg>\n");
}
