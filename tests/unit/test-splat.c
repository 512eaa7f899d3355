/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The splatter against a plain loop over all points, one thread against several, the fast
 * row against the plain row, and the pointer and direction searches against linear scans.
 */
#include "umk-app-lens.h"
#include "umk-app-pick.h"
#include "umk-app-splat.h"

#include <math.h>
#include <string.h>

static UmkAppPoints *
make_points(gsize n, guint32 seed, gboolean bad, UmkAppLooks **looks)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    g_autofree float *coords = g_new(float, 2 * n + 1);
    g_autofree guint8 *bytes = g_new(guint8, n + 1);
    UmkAppPoints *points;

    for (gsize i = 0; i < n; i++) {
        double spread = g_rand_boolean(rand) ? 0.1 : 1.0;

        coords[2 * i] = (float) (g_rand_double_range(rand, -3, 3) * spread);
        coords[2 * i + 1] = (float) (g_rand_double_range(rand, -2, 2) * spread);
        if (bad && i % 97 == 0)
            coords[2 * i + i % 2] = NAN;
    }
    points = umk_app_points_new(coords, n, 2, NULL, n);
    for (gsize i = 0; i < n; i++)
        bytes[i] = (guint8) (i % 5);
    *looks = umk_app_looks_new(points);
    umk_app_looks_set_colours(*looks, points, bytes);
    umk_app_looks_set_shapes(*looks, points, bytes);
    return points;
}

static UmkAppStamps *
make_stamps(float radius)
{
    static const UmkAppColour palette[5] = {{0.9f, 0.6f, 0, 0.5f},
                                            {0.3f, 0.7f, 0.9f, 0.7f},
                                            {0, 0.6f, 0.5f, 1},
                                            {1, 1, 1, 0.25f},
                                            {0, 0, 0, 0.9f}};
    UmkAppStyle style = {radius, radius > 3 ? 1.0f : 0.0f, {1, 1, 1, 0.8f}, radius > 2};

    return umk_app_stamps_new(&style, palette, 5);
}

static UmkAppView
make_view(guint width, guint height, double scale)
{
    return (UmkAppView){0.05, -0.02, scale, width, height, 0, 0};
}

static void
splat_plainly(guint32 *picture,
              const UmkAppPoints *p,
              const UmkAppLooks *looks,
              const UmkAppView *v,
              const UmkAppStamps *stamps[2])
{
    int width = (int) v->width, height = (int) v->height;

    for (guint layer = 0; layer < 2; layer++)
        for (gsize i = 0; i < p->n_points; i++) {
            const UmkAppStamps *s = stamps[layer];
            UmkAppTurn turn = umk_app_turn(p, v);
            UmkAppLens lens;
            double fx, fy;

            umk_app_lens_init(&lens, p, &turn, v, i / UMK_APP_RUN);
            umk_app_lens_project(&lens, p, i, &fx, &fy);
            if ((looks->flags[i] & UMK_APP_LOOK_FLAGS) != layer || fabs(fx) > 1e6 ||
                fabs(fy) > 1e6)
                continue;
            int qx = (int) floor(fx * 4), qy = (int) floor(fy * 4);
            const guint32 *stamp =
                umk_app_stamps_get(s, looks->colour[i], umk_app_looks_get_shape(looks, i),
                                   (guint) qx & 3, (guint) qy & 3);

            for (int j = 0; j < (int) s->size; j++)
                for (int k = 0; k < (int) s->size; k++) {
                    int x = (qx >> 2) - (int) s->origin + k,
                        y = (qy >> 2) - (int) s->origin + j;

                    if (x >= 0 && x < width && y >= 0 && y < height)
                        umk_app_blend_row_plain(&picture[y * width + x],
                                                &stamp[j * (int) s->stride + k], 1);
                }
        }
}

static void
test_against_plain(void)
{
    static const gsize sizes[] = {0, 1, 3, 255, 256, 257, 5000, 30001};
    static const guint sides[][2] = {{1, 1}, {33, 31}, {200, 97}, {301, 160}};

    for (guint k = 0; k < G_N_ELEMENTS(sizes); k++)
        for (guint s = 0; s < G_N_ELEMENTS(sides); s++) {
            g_autoptr(UmkAppLooks) looks = NULL;
            g_autoptr(UmkAppPoints) points = make_points(sizes[k], k + 1, TRUE, &looks);
            g_autoptr(UmkAppStamps) plain = make_stamps(1.1f + 1.7f * (float) s);
            g_autoptr(UmkAppStamps) marked = make_stamps(5.0f);
            guint w = sides[s][0], h = sides[s][1];
            UmkAppView view = make_view(w, h, s == 3 ? 900 : 0.45 * w);
            g_autofree guint32 *expected = g_new0(guint32, w * h);
            guint32 rows[] = {1, 2, 50, 51};
            UmkAppCanvas canvas;

            umk_app_looks_mark(looks, points, rows, G_N_ELEMENTS(rows));
            splat_plainly(expected, points, looks, &view,
                          (const UmkAppStamps *[2]){plain, marked});
            g_assert_true(umk_app_canvas_init(&canvas, w, h));
            umk_app_splat(&canvas, points, looks, &view, plain, marked, 2);
            for (guint y = 0; y < h; y++)
                g_assert_cmpmem(canvas.data + canvas.offset + y * canvas.stride, w * 4,
                                expected + y * w, w * 4);
            umk_app_canvas_clear(&canvas);
        }
}

static void
test_threads(void)
{
    g_autoptr(UmkAppLooks) looks = NULL;
    g_autoptr(UmkAppPoints) points = make_points(100000, 7, FALSE, &looks);
    g_autoptr(UmkAppStamps) stamps = make_stamps(2.0f);
    UmkAppView view = make_view(640, 401, 300);
    UmkAppCanvas one, many;

    g_assert_true(umk_app_canvas_init(&one, 640, 401));
    umk_app_splat(&one, points, looks, &view, stamps, NULL, 1);
    for (guint n = 2; n <= 5; n++) {
        g_assert_true(umk_app_canvas_init(&many, 640, 401));
        umk_app_splat(&many, points, looks, &view, stamps, NULL, n);
        g_assert_cmpmem(one.data, one.size, many.data, many.size);
        umk_app_canvas_clear(&many);
    }
    umk_app_canvas_clear(&one);
}

static void
test_blend(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);

    for (guint round = 0; round < 2000; round++) {
        guint32 src[8], fast[8], plain[8];

        for (guint i = 0; i < 8; i++) {
            guint a = round % 3 == 0 ? (round & 1) * 255u
                                     : (guint) g_rand_int_range(rand, 0, 256);

            src[i] = a << 24 | (guint) g_rand_int_range(rand, 0, (gint) a + 1) << 16 |
                     (guint) g_rand_int_range(rand, 0, (gint) a + 1) << 8 |
                     (guint) g_rand_int_range(rand, 0, (gint) a + 1);
            fast[i] = plain[i] = g_rand_int(rand);
        }
        umk_app_blend_row(fast, src, 8);
        umk_app_blend_row_plain(plain, src, 8);
        g_assert_cmpmem(fast, sizeof fast, plain, sizeof plain);
        umk_app_blend_faint_row(fast, src, 8, 1 + round % 16);
        umk_app_blend_faint_row_plain(plain, src, 8, 1 + round % 16);
        g_assert_cmpmem(fast, sizeof fast, plain, sizeof plain);
        umk_app_blend_faint_row(fast, src, 8, 16); /* all of it */
        umk_app_blend_row(plain, src, 8);
        g_assert_cmpmem(fast, sizeof fast, plain, sizeof plain);
    }
}

static void
test_canvas_limits(void)
{
    UmkAppCanvas canvas;

    g_assert_false(umk_app_canvas_init(&canvas, 0, 10));
    g_assert_false(umk_app_canvas_init(&canvas, 10, 0));
    g_assert_false(umk_app_canvas_init(&canvas, 1u << 20, 10));
}

static void
test_view(void)
{
    UmkAppView view = {0, 0, 1, 800, 600, 0, 0};
    float bounds[4] = {-1, -0.5f, 1, 0.5f};
    double x, y, sx, sy;

    umk_app_view_fit(&view, bounds, 40);
    g_assert_cmpfloat_with_epsilon(view.scale, 360, 1e-9);
    umk_app_view_to_plane(&view, 123, 456, &x, &y);
    umk_app_view_zoom(&view, 7.5, 123, 456, 1, 1e6);
    umk_app_view_to_screen(&view, x, y, &sx, &sy);
    g_assert_cmpfloat_with_epsilon(sx, 123, 1e-6);
    g_assert_cmpfloat_with_epsilon(sy, 456, 1e-6);
    umk_app_view_pan(&view, 10, -20);
    umk_app_view_to_screen(&view, x, y, &sx, &sy);
    g_assert_cmpfloat_with_epsilon(sx, 133, 1e-6);
    g_assert_cmpfloat_with_epsilon(sy, 436, 1e-6);
    umk_app_view_zoom(&view, 1e30, 0, 0, 1, 1e6);
    g_assert_cmpfloat(view.scale, ==, 1e6);
}

static void
test_pick(void)
{
    g_autoptr(UmkAppLooks) looks = NULL;
    g_autoptr(UmkAppPoints) p = make_points(4000, 5, TRUE, &looks);
    UmkAppView view = make_view(800, 600, 390);
    g_autoptr(GRand) rand = g_rand_new_with_seed(9);

    for (guint round = 0; round < 200; round++) {
        double sx = g_rand_double_range(rand, 0, 800),
               sy = g_rand_double_range(rand, 0, 600);
        double best = 12.0 * 12.0;
        guint32 expected = G_MAXUINT32, row = 0;

        for (gsize i = 0; i < p->n_points; i++) {
            double x, y, z;

            umk_app_points_get(p, i, &x, &y, &z);
            umk_app_view_to_screen(&view, x, y, &x, &y);
            x = (x - sx) * (x - sx) + (y - sy) * (y - sy);
            if (x < best) {
                best = x;
                expected = p->row[i];
            }
        }
        g_assert_true(umk_app_pick_at(p, looks, &view, sx, sy, 12, &row) ==
                      (expected != G_MAXUINT32));
        if (expected != G_MAXUINT32)
            g_assert_cmpuint(row, ==, expected);
    }
}

static void
test_toward(void)
{
    static const float coords[] = {0, 0, 1, 0.2f, 3, 0, 0, 2, -1, 0, 0.1f, -1, 1, 0.2f};
    g_autoptr(UmkAppPoints) p = umk_app_points_new(coords, 7, 2, NULL, 7);
    guint32 row = 99;

    g_assert_true(umk_app_pick_toward(p, NULL, 0, UMK_APP_RIGHT, &row));
    g_assert_cmpuint(row, ==, 1);
    g_assert_true(umk_app_pick_toward(p, NULL, 0, UMK_APP_UP, &row));
    g_assert_cmpuint(row, ==, 3);
    g_assert_true(umk_app_pick_toward(p, NULL, 0, UMK_APP_LEFT, &row));
    g_assert_cmpuint(row, ==, 4);
    g_assert_true(umk_app_pick_toward(p, NULL, 0, UMK_APP_DOWN, &row));
    g_assert_cmpuint(row, ==, 5);
    g_assert_false(umk_app_pick_toward(p, NULL, 2, UMK_APP_RIGHT, &row));
    g_assert_false(umk_app_pick_toward(p, NULL, 77, UMK_APP_RIGHT, &row));
}

static void
test_odd_points(void)
{
    static const float same[] = {2, 2, 2, 2, 2, 2};
    g_autoptr(UmkAppPoints) all = umk_app_points_new(same, 3, 2, NULL, 3);
    static const float none[] = {NAN, 1, INFINITY, 2};
    g_autoptr(UmkAppPoints) nothing = umk_app_points_new(none, 2, 2, NULL, 2);
    guint32 rows[] = {5, 9, 5}, marks[] = {5, 5, 700};
    g_autoptr(UmkAppPoints) named = umk_app_points_new(same, 3, 2, rows, 10);
    g_autoptr(UmkAppLooks) looks = NULL;
    UmkAppView view = {0, 0, 1, 100, 100, 0, 0};
    float x, y;

    umk_app_view_fit(&view, all->bounds, 10);
    g_assert_true(isfinite(view.scale));
    g_assert_cmpuint(all->n_points, ==, 3);
    g_assert_cmpuint(nothing->n_points, ==, 0);
    g_assert_false(umk_app_points_find(nothing, 0, &x, &y));
    g_assert_true(umk_app_points_find(named, 9, &x, &y));
    looks = umk_app_looks_new(named);
    umk_app_looks_mark(looks, named, marks, 3);
    g_assert_cmpuint(looks->n_marked, ==, 2); /* both points of row 5 */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/splat/against-plain-loop", test_against_plain);
    g_test_add_func("/splat/threads", test_threads);
    g_test_add_func("/splat/blend-row", test_blend);
    g_test_add_func("/splat/canvas-limits", test_canvas_limits);
    g_test_add_func("/splat/view", test_view);
    g_test_add_func("/splat/pick", test_pick);
    g_test_add_func("/splat/toward", test_toward);
    g_test_add_func("/splat/odd-points", test_odd_points);
    return g_test_run();
}
