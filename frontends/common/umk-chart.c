/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a map: title, panel with the points and their names, legend, caption. */
#include "umk-chart-page.h"

#include <math.h>

#define MARGIN  36.0
#define TOP     92.0
#define BOTTOM  64.0
#define LEGEND  196.0
#define INSIDE  34.0 /* between the panel's edge and the outermost points */
#define VECTORS 4000 /* more points than this are an image in a vector file */
#define STAMPS  20000

void
umk_chart_place(const UmkChartPage *page, double at_x, double at_y, double *x, double *y)
{
    *x = page->panel.x + page->panel.width / 2 + (at_x - page->x0) * page->scale;
    *y = page->panel.y + page->panel.height / 2 - (at_y - page->y0) * page->scale;
}

double
umk_chart_width(const UmkChart *chart)
{
    return chart->width > 0 ? chart->width : UMK_CHART_WIDTH;
}

double
umk_chart_height(const UmkChart *chart)
{
    return chart->height > 0 ? chart->height : UMK_CHART_HEIGHT;
}

static void
fit_points(UmkChartPage *page)
{
    UmkMatrix *coords = page->chart->coords;
    gsize n = umk_matrix_get_n_rows(coords);
    double min[2] = {INFINITY, INFINITY}, max[2] = {-INFINITY, -INFINITY};
    double width = page->panel.width - 2 * INSIDE,
           height = page->panel.height - 2 * INSIDE;

    for (gsize i = 0; page->chart->window == NULL && i < n; i++) {
        const float *row = umk_matrix_get_row(coords, i, NULL);

        for (int d = 0; d < 2; d++) {
            min[d] = fmin(min[d], (double) row[d]);
            max[d] = fmax(max[d], (double) row[d]);
        }
    }
    for (int d = 0; page->chart->window != NULL && d < 2; d++) {
        min[d] = page->chart->window[d];
        max[d] = page->chart->window[d + 2];
        width = page->panel.width; /* what is not shown is cut off at the edge */
        height = page->panel.height;
    }
    if (n == 0 && page->chart->window == NULL)
        min[0] = min[1] = max[0] = max[1] = 0;
    page->scale =
        fmin(width / fmax(max[0] - min[0], 1e-30), height / fmax(max[1] - min[1], 1e-30));
    if (!(page->scale < 1e20)) /* one place for all */
        page->scale = 1;
    page->x0 = (min[0] + max[0]) / 2;
    page->y0 = (min[1] + max[1]) / 2;
}

static void
fit_values(UmkChartPage *page)
{
    gsize n = umk_matrix_get_n_rows(page->chart->coords);

    page->low = INFINITY;
    page->high = -INFINITY;
    for (gsize i = 0; page->chart->values != NULL && i < n; i++) {
        if (!isfinite(page->chart->values[i]))
            continue;
        page->low = fmin(page->low, page->chart->values[i]);
        page->high = fmax(page->high, page->chart->values[i]);
    }
    if (!(page->low <= page->high))
        page->low = page->high = 0;
}

/* Small and thin where there are many, so that a crowd shows where it is densest. */
static void
fit_ink(UmkChartPage *page)
{
    double n = (double) umk_matrix_get_n_rows(page->chart->coords);
    double size = log10(fmax(n, 10));

    page->radius = CLAMP(8.6 - 1.75 * size, 1.15, 5.4);
    page->alpha = CLAMP(1.25 - 0.18 * size, 0.16, 0.9);
}

static void
rounded(cairo_t *cr, UmkChartBox box, double r)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, box.x + box.width - r, box.y + r, r, -G_PI / 2, 0);
    cairo_arc(cr, box.x + box.width - r, box.y + box.height - r, r, 0, G_PI / 2);
    cairo_arc(cr, box.x + r, box.y + box.height - r, r, G_PI / 2, G_PI);
    cairo_arc(cr, box.x + r, box.y + r, r, G_PI, 3 * G_PI / 2);
    cairo_close_path(cr);
}

static void
draw_panel(const UmkChartPage *page)
{
    rounded(page->cr, page->panel, 8);
    umk_chart_set_color(page->cr, page->theme->panel, 1);
    cairo_fill_preserve(page->cr);
    umk_chart_set_color(page->cr, page->theme->frame, 1);
    cairo_set_line_width(page->cr, 1);
    cairo_stroke(page->cr);
}

static void
draw_axes(const UmkChartPage *page)
{
    UmkChartTextStyle style = {10, FALSE, 300, 1, UMK_CHART_TEXT_LEFT};
    const UmkChartBox *panel = &page->panel;
    double width, height;

    umk_chart_set_color(page->cr, page->theme->muted, 0.9);
    if (page->chart->axes[0] != NULL) {
        umk_chart_text_size(page->cr, page->chart->axes[0], &style, &width, &height);
        umk_chart_text_show(page->cr, page->chart->axes[0], &style,
                            panel->x + panel->width - width - 12,
                            panel->y + panel->height - height - 8);
    }
    if (page->chart->axes[1] != NULL) {
        umk_chart_text_size(page->cr, page->chart->axes[1], &style, &width, &height);
        cairo_save(page->cr);
        cairo_translate(page->cr, panel->x + 9, panel->y + 12 + width);
        cairo_rotate(page->cr, -G_PI / 2);
        umk_chart_text_show(page->cr, page->chart->axes[1], &style, 0, 0);
        cairo_restore(page->cr);
    }
}

static void
draw_words(const UmkChartPage *page)
{
    UmkChartTextStyle title = {24, TRUE, page->width - 2 * MARGIN, 1,
                               UMK_CHART_TEXT_LEFT};
    UmkChartTextStyle subtitle = {13, FALSE, page->width - 2 * MARGIN, 1,
                                  UMK_CHART_TEXT_LEFT};
    UmkChartTextStyle caption = {11, FALSE, page->width - 2 * MARGIN, 2,
                                 UMK_CHART_TEXT_LEFT};

    umk_chart_set_color(page->cr, page->theme->ink, 1);
    umk_chart_text_show(page->cr, page->chart->title, &title, MARGIN, 22);
    umk_chart_set_color(page->cr, page->theme->muted, 1);
    umk_chart_text_show(page->cr, page->chart->subtitle, &subtitle, MARGIN, 58);
    if (page->chart->caption != NULL)
        umk_chart_text_show(page->cr, page->chart->caption, &caption, MARGIN,
                            page->height - BOTTOM + 16);
}

void
umk_chart_draw_page(cairo_t *cr, const UmkChart *chart, gboolean vector)
{
    gboolean legend = umk_chart_has_legend(chart);
    gsize n = umk_matrix_get_n_rows(chart->coords);
    UmkChartPage page = {
        .cr = cr,
        .chart = chart,
        .theme = umk_chart_theme(chart->dark),
        .panel = {MARGIN, TOP,
                  umk_chart_width(chart) - 2 * MARGIN - (legend ? LEGEND + 24 : 0),
                  umk_chart_height(chart) - TOP - BOTTOM},
        .width = umk_chart_width(chart),
        .height = umk_chart_height(chart),
        .raster = n > (vector ? VECTORS : STAMPS),
    };

    umk_chart_set_color(cr, page.theme->page, 1);
    cairo_paint(cr);
    fit_points(&page);
    fit_values(&page);
    fit_ink(&page);
    draw_panel(&page);
    draw_axes(&page);
    cairo_save(cr);
    if (chart->window != NULL) {
        rounded(cr, page.panel, 8);
        cairo_clip(cr);
    }
    umk_chart_draw_points(&page);
    cairo_restore(cr);
    umk_chart_draw_labels(&page);
    if (legend)
        umk_chart_draw_legend(&page, (UmkChartBox){page.panel.x + page.panel.width + 24,
                                                   TOP, LEGEND, page.panel.height});
    draw_words(&page);
}
