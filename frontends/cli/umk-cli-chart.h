/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chart of `map`: what is drawn, and what its files share. */
#pragma once

#include "umk-cli.h"

#include <cairo.h>

/* Clusters of clusters, clusters, items: placed in this order. */
typedef enum {
    UMK_CLI_LABEL_REGION,
    UMK_CLI_LABEL_CLUSTER,
    UMK_CLI_LABEL_ITEM
} UmkCliLabelLevel;

typedef struct {
    char *text;
    double x, y; /* data */
    double weight;
    UmkCliLabelLevel level;
} UmkCliLabel;

typedef struct {
    UmkMatrix *coords;         /* (n, 2 or more) */
    const guint8 *shapes;      /* (n) modality, or NULL */
    const guint32 *categories; /* (n) rank of the category by size, or NULL */
    guint32 missing;           /* rank of what has no value, or G_MAXUINT32 */
    char **category_names;     /* by rank */
    const double *values;      /* (n) numbers to colour by, NaN: none; or NULL */
    const char *color_name;    /* what the colours tell */
    GArray *labels;            /* UmkCliLabel, by level, then weight; or NULL */
    char *axes[2];             /* what the axes are, or NULL */
    const char *title, *subtitle, *caption, *provenance;
    gboolean dark;
} UmkCliChart;

#define UMK_CLI_CHART_COLORS 24 /* categories with a colour of their own */

typedef struct {
    double r, g, b;
} UmkCliColor;

typedef struct {
    UmkCliColor page, panel, frame, ink, muted, rest;
} UmkCliTheme;

typedef struct {
    double x, y, width, height;
} UmkCliBox;

typedef struct {
    cairo_t *cr;
    const UmkCliChart *chart;
    const UmkCliTheme *theme;
    UmkCliBox panel;
    double x0, y0, scale; /* one scale, so that distances keep their ratio */
    double radius, alpha; /* of points */
    double low, high;     /* of the values */
    gboolean raster;      /* the cloud is an image in a vector file */
} UmkCliPage;

/* umk-cli-chart-file.c: draws to path, whole or not at all; the suffix is the format. */
gboolean umk_cli_chart_draw(const UmkCliChart *chart, const char *path, GError **error);
/* umk-cli-chart.c */
#define UMK_CLI_CHART_WIDTH  1200.0
#define UMK_CLI_CHART_HEIGHT 900.0
void umk_cli_chart_draw_page(cairo_t *cr, const UmkCliChart *chart, gboolean vector);
void umk_cli_chart_place(
    const UmkCliPage *page, double at_x, double at_y, double *x, double *y);
/* umk-cli-chart-color.c */
const UmkCliTheme *umk_cli_chart_theme(gboolean dark);
UmkCliColor umk_cli_chart_category_color(const UmkCliPage *page, guint32 rank);
UmkCliColor umk_cli_chart_ramp(const UmkCliPage *page, double share);
UmkCliColor umk_cli_chart_point_color(const UmkCliPage *page, gsize row);
void umk_cli_chart_set_color(cairo_t *cr, UmkCliColor color, double alpha);
/* umk-cli-chart-points.c */
void umk_cli_chart_draw_points(const UmkCliPage *page);
void
umk_cli_chart_shape_path(cairo_t *cr, guint8 shape, double x, double y, double radius);
/* umk-cli-chart-labels.c */
void umk_cli_chart_draw_labels(const UmkCliPage *page);
/* umk-cli-chart-legend.c */
gboolean umk_cli_chart_has_legend(const UmkCliChart *chart);
void umk_cli_chart_draw_legend(const UmkCliPage *page, UmkCliBox box);
/* umk-cli-chart-text.c: a size is in points of the page; width 0: no limit */
typedef enum {
    UMK_CLI_TEXT_LEFT,
    UMK_CLI_TEXT_CENTER,
} UmkCliTextAlign;
typedef struct {
    double size;
    gboolean bold;
    double width;
    int lines;
    UmkCliTextAlign align;
} UmkCliTextStyle;
void umk_cli_chart_text_size(cairo_t *cr,
                             const char *text,
                             const UmkCliTextStyle *style,
                             double *width,
                             double *height);
void umk_cli_chart_text_show(
    cairo_t *cr, const char *text, const UmkCliTextStyle *style, double x, double y);
/* With an edge in the source colour of edge, so that it can be read on points. */
void umk_cli_chart_text_show_edged(const UmkCliPage *page,
                                   const char *text,
                                   const UmkCliTextStyle *style,
                                   double x,
                                   double y);
char *umk_cli_chart_count(gsize n);
