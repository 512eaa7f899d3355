/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The legend: what the shapes, the colours and the ramp mean, with how many items each.
 */
#include "umk-chart-page.h"

#include <math.h>
#include <string.h>

#define ROW      21.0
#define TEXT     11.5
#define INDENT   20.0
#define MAX_ROWS 26

static gsize
count_shape(const UmkChart *chart, guint8 shape)
{
    gsize n = umk_matrix_get_n_rows(chart->coords), count = 0;

    for (gsize i = 0; i < n; i++)
        count += chart->shapes[i] == shape;
    return count;
}

static guint
count_shapes(const UmkChart *chart)
{
    guint n = 0;

    for (guint8 m = 0; chart->shapes != NULL && m < UMK_N_MODALITIES; m++)
        n += count_shape(chart, m) > 0;
    return n;
}

gboolean
umk_chart_has_legend(const UmkChart *chart)
{
    return count_shapes(chart) > 1 || chart->category_names != NULL ||
           chart->values != NULL;
}

static double
draw_heading(const UmkChartPage *page, const char *text, UmkChartBox box, double y)
{
    UmkChartTextStyle style = {TEXT, TRUE, box.width, 1, UMK_CHART_TEXT_LEFT};

    umk_chart_set_color(page->cr, page->theme->ink, 1);
    umk_chart_text_show(page->cr, text, &style, box.x, y);
    return y + ROW + 3;
}

static double
draw_row(const UmkChartPage *page,
         guint8 shape,
         UmkChartColor color,
         const char *name,
         gsize count,
         UmkChartBox box,
         double y)
{
    g_autofree char *number = umk_chart_count(count);
    UmkChartTextStyle style = {TEXT, FALSE, box.width - INDENT - 48, 1,
                               UMK_CHART_TEXT_LEFT};
    UmkChartTextStyle small = {TEXT - 1.5, FALSE, 0, 1, UMK_CHART_TEXT_LEFT};
    double width, height;

    umk_chart_shape_path(page->cr, shape, box.x + 6, y + 8, 4.8);
    umk_chart_set_color(page->cr, color, 1);
    cairo_fill(page->cr);
    umk_chart_set_color(page->cr, page->theme->ink, 1);
    umk_chart_text_show(page->cr, name, &style, box.x + INDENT, y);
    umk_chart_text_size(page->cr, number, &small, &width, &height);
    umk_chart_set_color(page->cr, page->theme->muted, 1);
    umk_chart_text_show(page->cr, number, &small, box.x + box.width - width, y + 1);
    return y + ROW;
}

static double
draw_shapes(const UmkChartPage *page, UmkChartBox box, double y)
{
    y = draw_heading(page, _("Modality"), box, y);
    for (guint8 m = 0; m < UMK_N_MODALITIES; m++) {
        gsize count = count_shape(page->chart, m);

        if (count > 0)
            y = draw_row(page, m, page->theme->muted,
                         page->chart->shape_names != NULL
                             ? page->chart->shape_names[m]
                             : umk_modality_get_name((UmkModality) m),
                         count, box, y);
    }
    return y + 14;
}

static gsize *
count_categories(const UmkChart *chart, guint n_categories)
{
    gsize n = umk_matrix_get_n_rows(chart->coords), *counts = g_new0(gsize, n_categories);

    for (gsize i = 0; i < n; i++)
        counts[MIN(chart->categories[i], n_categories - 1)]++;
    return counts;
}

/* Colours that are shapes too need one list only. */
static gboolean
colors_are_shapes(const UmkChart *chart)
{
    gsize n = umk_matrix_get_n_rows(chart->coords);

    if (chart->shapes == NULL || chart->categories == NULL)
        return FALSE;
    if (chart->category_shapes != NULL)
        return TRUE;
    for (gsize i = 0; i < n; i++)
        if (strcmp(chart->category_names[chart->categories[i]],
                   umk_modality_get_name((UmkModality) chart->shapes[i])) != 0)
            return FALSE;
    return TRUE;
}

static void
draw_categories(const UmkChartPage *page, UmkChartBox box, double y)
{
    const UmkChart *chart = page->chart;
    guint n = g_strv_length(chart->category_names), n_shown;
    g_autofree gsize *counts = n > 0 ? count_categories(chart, n) : NULL;
    guint room = (guint) ((box.y + box.height - y) / ROW) - 1;
    gboolean same = colors_are_shapes(chart);
    gsize rest = 0;

    n_shown = MIN(MIN(n, chart->colors ? chart->n_colors : UMK_CHART_COLORS),
                  MIN(room, MAX_ROWS));
    if (n > n_shown && n_shown == room)
        n_shown--;
    y = draw_heading(page, chart->color_name, box, y);
    for (guint c = 0; c < n; c++) {
        UmkModality modality = UMK_MODALITY_TEXT;

        if (c >= n_shown) {
            rest += counts[c];
            continue;
        }
        if (same && chart->category_shapes != NULL)
            modality = (UmkModality) chart->category_shapes[c];
        else if (same)
            umk_modality_from_name(chart->category_names[c], &modality);
        y = draw_row(page, (guint8) modality, umk_chart_category_color(page, c),
                     chart->category_names[c], counts[c], box, y);
    }
    if (rest > 0) {
        g_autofree char *others = g_strdup_printf(_("%u others"), n - n_shown);

        draw_row(page, UMK_MODALITY_TEXT, page->theme->rest, others, rest, box, y);
    }
}

/* ---- the ramp --------------------------------------------------------------------- */

/* 1, 2 or 5 times a power of ten, so that three to six ticks fit. */
static double
tick_step(double range)
{
    double step = pow(10, floor(log10(range)));

    if (range / step < 2)
        return step / 5;
    return range / step < 5 ? step / 2 : step;
}

static void
draw_tick(const UmkChartPage *page, double value, double step, double x, double y)
{
    UmkChartTextStyle style = {TEXT - 1, FALSE, 0, 1, UMK_CHART_TEXT_LEFT};
    g_autofree char *text =
        fabs(value) >= 1e6 || (value != 0 && fabs(step) < 1e-4)
            ? g_strdup_printf("%.3g", value)
            : g_strdup_printf("%.*f", step < 1 ? (int) ceil(-log10(step) - 1e-9) : 0,
                              value);

    cairo_move_to(page->cr, x, y);
    cairo_line_to(page->cr, x + 5, y);
    cairo_set_line_width(page->cr, 0.8);
    umk_chart_set_color(page->cr, page->theme->muted, 1);
    cairo_stroke(page->cr);
    umk_chart_text_show(page->cr, text, &style, x + 9, y - 7.5);
}

static void
draw_ramp(const UmkChartPage *page, UmkChartBox box, double y)
{
    const double width = 16, height = MIN(220, box.y + box.height - y - 60);
    cairo_pattern_t *ramp;
    double range = page->high - page->low, step = range > 0 ? tick_step(range) : 1;
    gsize n = umk_matrix_get_n_rows(page->chart->coords), n_missing = 0;

    y = draw_heading(page, page->chart->color_name, box, y) + 4;
    ramp = cairo_pattern_create_linear(0, y + height, 0, y);
    for (int i = 0; i <= 20; i++) {
        UmkChartColor color = umk_chart_ramp(page, i / 20.0);

        cairo_pattern_add_color_stop_rgb(ramp, i / 20.0, color.r, color.g, color.b);
    }
    cairo_rectangle(page->cr, box.x, y, width, height);
    cairo_set_source(page->cr, ramp);
    cairo_fill(page->cr);
    cairo_pattern_destroy(ramp);
    if (!(range > 0))
        draw_tick(page, page->low, 1, box.x + width, y + height / 2);
    for (double t = ceil(page->low / step) * step;
         range > 0 && t <= page->high + step * 1e-9; t += step)
        draw_tick(page, fabs(t) < step * 1e-9 ? 0 : t, step, box.x + width,
                  y + height * (1 - (t - page->low) / range));
    for (gsize i = 0; i < n; i++)
        n_missing += !isfinite(page->chart->values[i]);
    if (n_missing > 0)
        draw_row(page, UMK_MODALITY_TEXT, page->theme->rest, _("no value"), n_missing,
                 box, y + height + 16);
}

void
umk_chart_draw_legend(const UmkChartPage *page, UmkChartBox box)
{
    const UmkChart *chart = page->chart;
    double y = box.y + 6;

    if (count_shapes(chart) > 1 && !colors_are_shapes(chart))
        y = draw_shapes(page, box, y);
    if (chart->values != NULL)
        draw_ramp(page, box, y);
    else if (chart->category_names != NULL && chart->categories != NULL)
        draw_categories(page, box, y);
}
