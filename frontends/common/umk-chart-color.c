/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours: those of Okabe and Ito (2008) that the colour-blind tell apart, for the first
 * eight categories; the same hues darker, then lighter (on dark ground the other way
 * round), for the next two times eight; grey for the rest. Numbers by viridis (van der
 * Walt and Smith 2015), whose steps look even and which grows lighter all the way. */
#include "umk-chart-page.h"

#include <math.h>

static const UmkChartColor okabe_ito[] = {
    {0.00, 0.45, 0.70}, {0.90, 0.62, 0.00}, {0.00, 0.62, 0.45}, {0.80, 0.47, 0.65},
    {0.84, 0.37, 0.00}, {0.34, 0.71, 0.91}, {0.94, 0.89, 0.26}, {0.25, 0.25, 0.27},
};

static const UmkChartColor viridis[] = {
    {0.267, 0.005, 0.329}, {0.283, 0.141, 0.458}, {0.254, 0.265, 0.530},
    {0.207, 0.372, 0.553}, {0.164, 0.471, 0.558}, {0.128, 0.567, 0.551},
    {0.135, 0.659, 0.518}, {0.267, 0.749, 0.441}, {0.478, 0.821, 0.318},
    {0.741, 0.873, 0.150}, {0.993, 0.906, 0.144},
};

static const UmkChartTheme light = {
    .page = {1, 1, 1},
    .panel = {0.976, 0.976, 0.972},
    .frame = {0.88, 0.88, 0.87},
    .ink = {0.11, 0.12, 0.14},
    .muted = {0.40, 0.41, 0.44},
    .rest = {0.66, 0.66, 0.67},
};

static const UmkChartTheme dark = {
    .page = {0.078, 0.086, 0.106},
    .panel = {0.106, 0.118, 0.145},
    .frame = {0.20, 0.22, 0.26},
    .ink = {0.93, 0.94, 0.95},
    .muted = {0.63, 0.65, 0.69},
    .rest = {0.44, 0.46, 0.50},
};

const UmkChartTheme *
umk_chart_theme(gboolean is_dark)
{
    return is_dark ? &dark : &light;
}

void
umk_chart_set_color(cairo_t *cr, UmkChartColor color, double alpha)
{
    cairo_set_source_rgba(cr, color.r, color.g, color.b, alpha);
}

static UmkChartColor
mix(UmkChartColor a, UmkChartColor b, double share)
{
    return (UmkChartColor){a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share,
                           a.b + (b.b - a.b) * share};
}

gboolean
umk_chart_is_rest(const UmkChart *chart, guint32 rank)
{
    guint n = chart->colors != NULL ? chart->n_colors : UMK_CHART_COLORS;

    return rank >= n || rank == chart->missing;
}

UmkChartColor
umk_chart_category_color(const UmkChartPage *page, guint32 rank)
{
    const guint n = G_N_ELEMENTS(okabe_ito);
    UmkChartColor base = okabe_ito[rank % n], black = {0, 0, 0}, white = {1, 1, 1};

    if (umk_chart_is_rest(page->chart, rank))
        return page->theme->rest;
    if (page->chart->colors != NULL)
        return page->chart->colors[rank];
    if (rank % n == n - 1 && page->chart->dark) /* black is not seen on black */
        base = (UmkChartColor){0.82, 0.82, 0.84};
    if (rank < n)
        return base;
    /* First away from the ground, then towards it. */
    return (rank / n == 1) == page->chart->dark ? mix(base, white, 0.5)
                                                : mix(base, black, 0.42);
}

/* On dark ground the ramp begins where it can be seen. */
UmkChartColor
umk_chart_ramp(const UmkChartPage *page, double share)
{
    double from = page->chart->dark ? 0.18 : 0.0, to = page->chart->dark ? 1.0 : 0.95;
    double at = (from + CLAMP(share, 0, 1) * (to - from)) * (G_N_ELEMENTS(viridis) - 1);
    gsize step = MIN((gsize) at, G_N_ELEMENTS(viridis) - 2);

    return mix(viridis[step], viridis[step + 1], at - (double) step);
}

UmkChartColor
umk_chart_point_color(const UmkChartPage *page, gsize row)
{
    const UmkChart *chart = page->chart;

    if (chart->faint != NULL && chart->faint[row])
        return page->theme->rest;
    if (chart->values != NULL) {
        double range = page->high - page->low;

        if (!isfinite(chart->values[row]))
            return page->theme->rest;
        return umk_chart_ramp(page,
                              range > 0 ? (chart->values[row] - page->low) / range : 0.5);
    }
    return umk_chart_category_color(page, chart->categories ? chart->categories[row] : 0);
}
