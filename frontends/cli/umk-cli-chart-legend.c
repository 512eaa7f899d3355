/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The legend: what the shapes, the colours and the ramp mean, with how many items each.
 */
#include "umk-cli-chart.h"

#include <math.h>
#include <string.h>

#define ROW      21.0
#define TEXT     11.5
#define INDENT   20.0
#define MAX_ROWS 26

static gsize
count_shape(const UmkCliChart *chart, guint8 shape)
{
    gsize n = umk_matrix_get_n_rows(chart->coords), count = 0;

    for (gsize i = 0; i < n; i++)
        count += chart->shapes[i] == shape;
    return count;
}

static guint
count_shapes(const UmkCliChart *chart)
{
    guint n = 0;

    for (guint8 m = 0; chart->shapes != NULL && m < UMK_N_MODALITIES; m++)
        n += count_shape(chart, m) > 0;
    return n;
}

gboolean
umk_cli_chart_has_legend(const UmkCliChart *chart)
{
    return count_shapes(chart) > 1 || chart->category_names != NULL ||
           chart->values != NULL;
}

static double
draw_heading(const UmkCliPage *page, const char *text, UmkCliBox box, double y)
{
    UmkCliTextStyle style = {TEXT, TRUE, box.width, 1, UMK_CLI_TEXT_LEFT};

    umk_cli_chart_set_color(page->cr, page->theme->ink, 1);
    umk_cli_chart_text_show(page->cr, text, &style, box.x, y);
    return y + ROW + 3;
}

static double
draw_row(const UmkCliPage *page,
         guint8 shape,
         UmkCliColor color,
         const char *name,
         gsize count,
         UmkCliBox box,
         double y)
{
    g_autofree char *number = umk_cli_chart_count(count);
    UmkCliTextStyle style = {TEXT, FALSE, box.width - INDENT - 48, 1, UMK_CLI_TEXT_LEFT};
    UmkCliTextStyle small = {TEXT - 1.5, FALSE, 0, 1, UMK_CLI_TEXT_LEFT};
    double width, height;

    umk_cli_chart_shape_path(page->cr, shape, box.x + 6, y + 8, 4.8);
    umk_cli_chart_set_color(page->cr, color, 1);
    cairo_fill(page->cr);
    umk_cli_chart_set_color(page->cr, page->theme->ink, 1);
    umk_cli_chart_text_show(page->cr, name, &style, box.x + INDENT, y);
    umk_cli_chart_text_size(page->cr, number, &small, &width, &height);
    umk_cli_chart_set_color(page->cr, page->theme->muted, 1);
    umk_cli_chart_text_show(page->cr, number, &small, box.x + box.width - width, y + 1);
    return y + ROW;
}

static double
draw_shapes(const UmkCliPage *page, UmkCliBox box, double y)
{
    y = draw_heading(page, _("Modality"), box, y);
    for (guint8 m = 0; m < UMK_N_MODALITIES; m++) {
        gsize count = count_shape(page->chart, m);

        if (count > 0)
            y = draw_row(page, m, page->theme->muted,
                         umk_modality_get_name((UmkModality) m), count, box, y);
    }
    return y + 14;
}

static gsize *
count_categories(const UmkCliChart *chart, guint n_categories)
{
    gsize n = umk_matrix_get_n_rows(chart->coords), *counts = g_new0(gsize, n_categories);

    for (gsize i = 0; i < n; i++)
        counts[MIN(chart->categories[i], n_categories - 1)]++;
    return counts;
}

/* Colours that are shapes too need one list only. */
static gboolean
colors_are_shapes(const UmkCliChart *chart)
{
    gsize n = umk_matrix_get_n_rows(chart->coords);

    if (chart->shapes == NULL || chart->categories == NULL)
        return FALSE;
    for (gsize i = 0; i < n; i++)
        if (strcmp(chart->category_names[chart->categories[i]],
                   umk_modality_get_name((UmkModality) chart->shapes[i])) != 0)
            return FALSE;
    return TRUE;
}

static void
draw_categories(const UmkCliPage *page, UmkCliBox box, double y)
{
    const UmkCliChart *chart = page->chart;
    guint n = g_strv_length(chart->category_names), n_shown;
    g_autofree gsize *counts = n > 0 ? count_categories(chart, n) : NULL;
    guint room = (guint) ((box.y + box.height - y) / ROW) - 1;
    gboolean same = colors_are_shapes(chart);
    gsize rest = 0;

    n_shown = MIN(MIN(n, UMK_CLI_CHART_COLORS), MIN(room, MAX_ROWS));
    if (n > n_shown && n_shown == room)
        n_shown--;
    y = draw_heading(page, chart->color_name, box, y);
    for (guint c = 0; c < n; c++) {
        UmkModality modality = UMK_MODALITY_TEXT;

        if (c >= n_shown) {
            rest += counts[c];
            continue;
        }
        if (same)
            umk_modality_from_name(chart->category_names[c], &modality);
        y = draw_row(page, (guint8) modality, umk_cli_chart_category_color(page, c),
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
draw_tick(const UmkCliPage *page, double value, double step, double x, double y)
{
    UmkCliTextStyle style = {TEXT - 1, FALSE, 0, 1, UMK_CLI_TEXT_LEFT};
    g_autofree char *text =
        fabs(value) >= 1e6 || (value != 0 && fabs(step) < 1e-4)
            ? g_strdup_printf("%.3g", value)
            : g_strdup_printf("%.*f", step < 1 ? (int) ceil(-log10(step) - 1e-9) : 0,
                              value);

    cairo_move_to(page->cr, x, y);
    cairo_line_to(page->cr, x + 5, y);
    cairo_set_line_width(page->cr, 0.8);
    umk_cli_chart_set_color(page->cr, page->theme->muted, 1);
    cairo_stroke(page->cr);
    umk_cli_chart_text_show(page->cr, text, &style, x + 9, y - 7.5);
}

static void
draw_ramp(const UmkCliPage *page, UmkCliBox box, double y)
{
    const double width = 16, height = MIN(220, box.y + box.height - y - 60);
    cairo_pattern_t *ramp;
    double range = page->high - page->low, step = range > 0 ? tick_step(range) : 1;
    gsize n = umk_matrix_get_n_rows(page->chart->coords), n_missing = 0;

    y = draw_heading(page, page->chart->color_name, box, y) + 4;
    ramp = cairo_pattern_create_linear(0, y + height, 0, y);
    for (int i = 0; i <= 20; i++) {
        UmkCliColor color = umk_cli_chart_ramp(page, i / 20.0);

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
umk_cli_chart_draw_legend(const UmkCliPage *page, UmkCliBox box)
{
    const UmkCliChart *chart = page->chart;
    double y = box.y + 6;

    if (count_shapes(chart) > 1 && !colors_are_shapes(chart))
        y = draw_shapes(page, box, y);
    if (chart->values != NULL)
        draw_ramp(page, box, y);
    else if (chart->category_names != NULL && chart->categories != NULL)
        draw_categories(page, box, y);
}
