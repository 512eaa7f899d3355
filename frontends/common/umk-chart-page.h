/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that draw a chart share: the page with its scales and its theme. */
#pragma once

#include "umk-chart.h"

#include <cairo.h>
#include <glib/gi18n.h>

typedef struct {
    UmkChartColor page, panel, frame, ink, muted, rest;
} UmkChartTheme;

typedef struct {
    double x, y, width, height;
} UmkChartBox;

typedef struct {
    cairo_t *cr;
    const UmkChart *chart;
    const UmkChartTheme *theme;
    double width, height;
    UmkChartBox panel;
    double x0, y0, scale; /* one scale, so that distances keep their ratio */
    double radius, alpha; /* of points */
    double low, high;     /* of the values */
    gboolean raster;      /* the cloud is an image in a vector file */
} UmkChartPage;

/* umk-chart.c */
double umk_chart_width(const UmkChart *chart);
double umk_chart_height(const UmkChart *chart);
void umk_chart_draw_page(cairo_t *cr, const UmkChart *chart, gboolean vector);
void
umk_chart_place(const UmkChartPage *page, double at_x, double at_y, double *x, double *y);
/* umk-chart-color.c */
const UmkChartTheme *umk_chart_theme(gboolean dark);
UmkChartColor umk_chart_category_color(const UmkChartPage *page, guint32 rank);
UmkChartColor umk_chart_ramp(const UmkChartPage *page, double share);
UmkChartColor umk_chart_point_color(const UmkChartPage *page, gsize row);
void umk_chart_set_color(cairo_t *cr, UmkChartColor color, double alpha);
gboolean umk_chart_is_rest(const UmkChart *chart, guint32 rank);
/* umk-chart-points.c */
void umk_chart_draw_points(const UmkChartPage *page);
void umk_chart_shape_path(cairo_t *cr, guint8 shape, double x, double y, double radius);
/* umk-chart-labels.c */
void umk_chart_draw_labels(const UmkChartPage *page);
/* umk-chart-legend.c */
gboolean umk_chart_has_legend(const UmkChart *chart);
void umk_chart_draw_legend(const UmkChartPage *page, UmkChartBox box);
/* umk-chart-text.c: a size is in points of the page; width 0: no limit */
typedef enum {
    UMK_CHART_TEXT_LEFT,
    UMK_CHART_TEXT_CENTER,
} UmkChartTextAlign;
typedef struct {
    double size;
    gboolean bold;
    double width;
    int lines;
    UmkChartTextAlign align;
} UmkChartTextStyle;
void umk_chart_text_size(cairo_t *cr,
                         const char *text,
                         const UmkChartTextStyle *style,
                         double *width,
                         double *height);
void umk_chart_text_show(
    cairo_t *cr, const char *text, const UmkChartTextStyle *style, double x, double y);
/* With an edge in the colour of the panel, so that it can be read on points. */
void umk_chart_text_show_edged(const UmkChartPage *page,
                               const char *text,
                               const UmkChartTextStyle *style,
                               double x,
                               double y);
