/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One frame of the map, 1600 × 1000, as the window draws it: 100 thousand and 1 million
 * points in 40 clusters, with 1 and 2 threads; and the search for the point under the
 * pointer. The best of several runs, as JSON lines. */
#include "umk-app-pick.h"
#include "umk-app-splat.h"

#include <math.h>
#include <stdio.h>

static double
gauss(GRand *rand)
{
    double u = 1 - g_rand_double(rand), v = g_rand_double(rand);

    return sqrt(-2 * log(u)) * cos(2 * G_PI * v);
}

static UmkAppPoints *
make_points(gsize n, UmkAppLooks **looks)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    g_autofree float *coords = g_new(float, 2 * n);
    g_autofree guint8 *colours = g_new(guint8, n);
    double middles[40][2];
    UmkAppPoints *points;
    gint64 start;

    for (guint c = 0; c < 40; c++) {
        middles[c][0] = g_rand_double_range(rand, -1.6, 1.6);
        middles[c][1] = g_rand_double_range(rand, -1, 1);
    }
    for (gsize i = 0; i < n; i++) {
        guint c = (guint) g_rand_int_range(rand, 0, 40);

        coords[2 * i] = (float) (middles[c][0] + 0.12 * gauss(rand));
        coords[2 * i + 1] = (float) (middles[c][1] + 0.12 * gauss(rand));
        colours[i] = (guint8) (c % 8);
    }
    start = g_get_monotonic_time();
    points = umk_app_points_new(coords, n, 2, NULL, n);
    printf("{\"bench\": \"points-sort\", \"n_points\": %zu, \"ms\": %.2f}\n", n,
           (double) (g_get_monotonic_time() - start) / 1000);
    *looks = umk_app_looks_new(points);
    umk_app_looks_set_colours(*looks, points, colours);
    return points;
}

static void
measure(UmkAppPoints *points, UmkAppLooks *looks, guint n_threads)
{
    UmkAppView view = {0, 0, 1, 1600, 1000};
    UmkAppColour palette[8];
    UmkAppCanvas canvas;
    double best = INFINITY, total = 0;
    guint32 row;
    gint64 start;

    for (guint c = 0; c < 8; c++)
        palette[c] = (UmkAppColour){(float) c / 8, 0.5f, 0.7f, 0.6f};
    umk_app_view_fit(&view, points->bounds, 40);
    UmkAppStyle style =
        umk_app_splat_style(umk_app_pick_count(points, &view), 1600 * 1000, 1);
    g_autoptr(UmkAppStamps) stamps = umk_app_stamps_new(&style, palette, 8);

    for (guint round = 0; round < 12; round++) {
        start = g_get_monotonic_time();
        umk_app_canvas_init(&canvas, 1600, 1000);
        umk_app_splat(&canvas, points, looks, &view, stamps, NULL, n_threads);
        double ms = (double) (g_get_monotonic_time() - start) / 1000;
        umk_app_canvas_clear(&canvas);
        best = MIN(best, ms);
        total += ms;
    }
    printf("{\"bench\": \"map-frame\", \"n_points\": %zu, \"threads\": %u, \"radius\": "
           "%.2f, "
           "\"ms_best\": %.2f, \"ms_mean\": %.2f}\n",
           points->n_points, n_threads, (double) style.radius, best, total / 12);
    start = g_get_monotonic_time();
    for (guint round = 0; round < 100; round++)
        umk_app_pick_at(points, looks, &view, 16.0 * round, 10.0 * round, 12, &row);
    printf("{\"bench\": \"map-pick\", \"n_points\": %zu, \"ms\": %.4f}\n",
           points->n_points, (double) (g_get_monotonic_time() - start) / 1e5);
}

int
main(void)
{
    static const gsize sizes[] = {100000, 1000000};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autoptr(UmkAppLooks) looks = NULL;
        g_autoptr(UmkAppPoints) points = make_points(sizes[i], &looks);

        measure(points, looks, 1);
        measure(points, looks, 2);
    }
    return 0;
}
