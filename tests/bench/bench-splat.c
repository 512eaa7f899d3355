/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One frame of the map, 1600 × 1000, as the window draws it: 100 thousand to 10 million
 * points in 40 clusters, flat and turned, whole and sampled; an outline of 64 corners;
 * the point under the pointer. JSON lines: "cpu_ms" is the time of all processors
 * together, "ms" what a clock shows; of each the best of several runs.
 * usage: bench-splat [MOST-POINTS] */
#include "umk-app-stroke.h"
#include "umk-app-lasso.h"
#include "umk-app-pick.h"
#include "umk-app-picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 12

static double
gauss(GRand *rand)
{
    double u = 1 - g_rand_double(rand), v = g_rand_double(rand);

    return sqrt(-2 * log(u)) * cos(2 * G_PI * v);
}

static double
cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec * 1e3 + (double) now.tv_nsec / 1e6;
}

static double
wall_ms(void)
{
    return (double) g_get_monotonic_time() / 1000;
}

static UmkAppPoints *
make_points(gsize n, guint n_dims, UmkAppLooks **looks)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    g_autofree float *coords = g_new(float, 3 * n);
    g_autofree guint8 *colours = g_new(guint8, n);
    double middles[40][3], start;
    UmkAppPoints *points;

    for (guint c = 0; c < 40; c++) {
        middles[c][0] = g_rand_double_range(rand, -1.6, 1.6);
        middles[c][1] = g_rand_double_range(rand, -1, 1);
        middles[c][2] = g_rand_double_range(rand, -1, 1);
    }
    for (gsize i = 0; i < n; i++) {
        guint c = (guint) g_rand_int_range(rand, 0, 40);

        for (guint d = 0; d < n_dims; d++)
            coords[3 * i + d] = (float) (middles[c][d] + 0.12 * gauss(rand));
        colours[i] = (guint8) (c % 8);
    }
    start = cpu_ms();
    points = umk_app_points_new_full(coords, n, 3, n_dims, NULL, n);
    printf("{\"bench\": \"points-sort\", \"n_points\": %zu, \"dims\": %u, \"cpu_ms\": "
           "%.1f, \"bytes_a_point\": %.2f}\n",
           n, n_dims, cpu_ms() - start,
           (double) umk_app_points_get_memory(points) / (double) n + 2);
    *looks = umk_app_looks_new(points);
    start = cpu_ms();
    umk_app_looks_set_colours(*looks, points, colours);
    printf("{\"bench\": \"looks-colour\", \"n_points\": %zu, \"cpu_ms\": %.2f}\n", n,
           cpu_ms() - start);
    return points;
}

static void
measure_frame(const UmkAppPoints *points,
              const UmkAppLooks *looks,
              const UmkAppView *view,
              const UmkAppPicture *picture,
              const char *what)
{
    double best[2] = {INFINITY, INFINITY};
    UmkAppCanvas canvas;

    umk_app_canvas_init(&canvas, 1600, 1000);
    for (guint round = 0; round < ROUNDS; round++) {
        double wall = wall_ms(), cpu = cpu_ms();

        umk_app_picture_draw(picture, points, looks, view, &canvas);
        best[0] = MIN(best[0], cpu_ms() - cpu);
        best[1] = MIN(best[1], wall_ms() - wall);
    }
    umk_app_canvas_clear(&canvas);
    printf("{\"bench\": \"map-frame\", \"what\": \"%s\", \"n_points\": %zu, \"threads\": "
           "%u, \"sample\": %u, \"cpu_ms\": %.2f, \"ms\": %.2f}\n",
           what, points->n_points, picture->n_threads, picture->sample, best[0], best[1]);
}

static void
measure_frames(const UmkAppPoints *points, const UmkAppLooks *looks)
{
    UmkAppView view = {0, 0, 1, 1600, 1000, 0, 0}, near;
    UmkAppColour palette[8];
    UmkAppPicture picture = {
        .n_colours = 8, .opacity = 1, .pixel_ratio = 1, .points = TRUE, .sample = 1};

    for (guint c = 0; c < 8; c++)
        palette[c] = (UmkAppColour){(float) c / 8, 0.5f, 0.7f, 1};
    picture.palette[UMK_APP_LAYER_PLAIN] = palette;
    umk_app_view_fit(&view, points->bounds, 40);
    near = view;
    near.scale *= 8;
    if (points->qz != NULL) {
        view.yaw = 0.6;
        view.pitch = 0.3;
    }
    for (picture.n_threads = 1; picture.n_threads <= 2; picture.n_threads++)
        measure_frame(points, looks, &view, &picture, points->qz ? "turned" : "whole");
    picture.n_threads = 2;
    if (points->qz == NULL)
        measure_frame(points, looks, &near, &picture, "zoomed 8 times");
    picture.sample = umk_app_picture_choose_sample(points, &view, picture.pixel_ratio, 2);
    measure_frame(points, looks, &view, &picture, "in motion");
    picture.sample = 1;
    picture.density = picture.contours = TRUE;
    measure_frame(points, looks, &view, &picture, "with density and contours");
}

static void
measure_searches(const UmkAppPoints *points, const UmkAppLooks *looks)
{
    UmkAppView view = {0, 0, 1, 1600, 1000, 0, 0};
    double corners[128], best = INFINITY, shown = INFINITY, start, began;
    gsize n_found = 0;
    guint32 row;

    umk_app_view_fit(&view, points->bounds, 40);
    for (guint i = 0; i < 64; i++) {
        double r = i % 2 == 0 ? 1 : 0.8;

        corners[2 * i] = 800 + 520 * r * cos(i * G_PI / 32);
        corners[2 * i + 1] = 500 + 420 * r * sin(i * G_PI / 32);
    }
    for (guint round = 0; round < ROUNDS; round++) {
        start = cpu_ms();
        began = wall_ms();
        g_free(umk_app_lasso_find(points, looks, &view, corners, 64, &n_found));
        best = MIN(best, cpu_ms() - start);
        shown = MIN(shown, wall_ms() - began);
    }
    printf("{\"bench\": \"map-lasso\", \"n_points\": %zu, \"n_found\": %zu, \"cpu_ms\": "
           "%.2f, \"ms\": %.2f}\n",
           points->n_points, n_found, best, shown);
    best = 0;
    for (guint round = 0; round < 100; round++) {
        start = cpu_ms();
        umk_app_pick_at(points, looks, &view, 16.0 * round, 10.0 * round, 12, &row);
        best = MAX(best, cpu_ms() - start);
    }
    printf("{\"bench\": \"map-pick\", \"n_points\": %zu, \"cpu_ms_worst\": %.4f}\n",
           points->n_points, best);
}

/* A stroke across the map and back with the largest brush: what its worst piece costs. */
static void
measure_brush(const UmkAppPoints *points, const UmkAppLooks *looks)
{
    UmkAppView view = {0, 0, 1, 1600, 1000, 0, 0};
    g_autoptr(UmkAppStroke) brush = umk_app_stroke_new(points->n_rows);
    double worst = 0, sum = 0;

    umk_app_view_fit(&view, points->bounds, 40);
    for (guint i = 0; i < 200; i++) {
        double from = 8.0 * (i < 100 ? 2 * i : 400 - 2 * i);
        double to = 8.0 * (i < 100 ? 2 * i + 2 : 398 - 2 * i);
        UmkAppDab dab = {from, 300 + 0.25 * from, to, 300 + 0.25 * to, 200};
        double start = cpu_ms();

        umk_app_stroke_paint(brush, points, looks, &view, &dab);
        start = cpu_ms() - start;
        worst = MAX(worst, start);
        sum += start;
    }
    printf("{\"bench\": \"map-brush\", \"n_points\": %zu, \"cpu_ms_worst\": %.3f, "
           "\"cpu_ms_mean\": %.3f}\n",
           points->n_points, worst, sum / 200);
}

int
main(int argc, char **argv)
{
    static const gsize sizes[] = {100000, 1000000, 5000000, 10000000};
    gsize most = argc > 1 ? (gsize) strtoull(argv[1], NULL, 10) : G_MAXSIZE;

    for (guint i = 0; i < G_N_ELEMENTS(sizes) && sizes[i] <= most; i++)
        for (guint n_dims = 2; n_dims <= (sizes[i] <= 1000000 ? 3 : 2); n_dims++) {
            g_autoptr(UmkAppLooks) looks = NULL;
            g_autoptr(UmkAppPoints) points = make_points(sizes[i], n_dims, &looks);

            measure_frames(points, looks);
            measure_searches(points, looks);
            measure_brush(points, looks);
        }
    return 0;
}
