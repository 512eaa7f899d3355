/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the map draws a multitude with, against plain loops: sums and ink, the turn of a
 * turntable, outlines, density and its lines; the same bytes from any number of threads;
 * and what nobody expects: nothing, one point, all at one place, no numbers, 10 million.
 */
#include "umk-app-stroke.h"
#include "umk-app-lasso.h"
#include "umk-app-lens.h"
#include "umk-app-pick.h"
#include "umk-app-picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const UmkAppColour colours[5] = {{0.9f, 0.6f, 0, 1},
                                        {0.3f, 0.7f, 0.9f, 1},
                                        {0, 0.6f, 0.5f, 1},
                                        {1, 1, 1, 1},
                                        {0.1f, 0, 0.2f, 1}};

static UmkAppPoints *
make_points(gsize n, guint n_dims, guint32 seed, UmkAppLooks **looks)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
    g_autofree float *coords = g_new(float, 3 * n + 1);
    g_autofree guint8 *bytes = g_new(guint8, n + 1);
    g_autofree guint64 *shown = g_new(guint64, n / 64 + 1);
    g_autofree guint32 *marked = g_new(guint32, n / 7 + 1);
    UmkAppPoints *points;

    for (gsize i = 0; i < n; i++) {
        double wide = g_rand_boolean(rand) ? 0.1 : 1.0;

        for (guint d = 0; d < 3; d++)
            coords[3 * i + d] = (float) (g_rand_double_range(rand, -3, 3) * wide);
        bytes[i] = (guint8) (i % 5);
        if (i % 101 == 50)
            coords[3 * i + i % n_dims] = i % 2 ? NAN : INFINITY;
    }
    points = umk_app_points_new_full(coords, n, 3, n_dims, NULL, n);
    *looks = umk_app_looks_new(points);
    umk_app_looks_set_colours(*looks, points, bytes);
    umk_app_looks_set_shapes(*looks, points, bytes);
    for (gsize i = 0; i < n / 7; i++)
        marked[i] = (guint32) (7 * i);
    umk_app_looks_mark(*looks, points, marked, n / 7);
    memset(shown, 0xfb, (n / 64 + 1) * sizeof *shown);
    umk_app_looks_show(*looks, points, shown, n / 64 + 1);
    return points;
}

static UmkAppPicture
make_picture(guint n_threads)
{
    return (UmkAppPicture){.palette = {colours, colours, colours},
                           .n_colours = 5,
                           .rim = {1, 1, 1, 1},
                           .line = {0, 0, 0, 0.5f},
                           .opacity = 1,
                           .pixel_ratio = 1,
                           .points = TRUE,
                           .sample = 1,
                           .n_threads = n_threads};
}

/* ---- places
 * ------------------------------------------------------------------------------- */

static void
test_places(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);
    g_autofree float *coords = g_new(float, 3 * 20000);
    g_autoptr(UmkAppPoints) points = NULL;
    double middle[3], half = 0;

    for (gsize i = 0; i < 60000; i++)
        coords[i] = (float) g_rand_double_range(rand, -4, 9);
    points = umk_app_points_new_full(coords, 20000, 3, 3, NULL, 20000);
    g_assert_cmpfloat((double) umk_app_points_get_memory(points) / 20000 + 2, <=, 16.25);
    for (guint d = 0; d < 3; d++) {
        double low = INFINITY, high = -INFINITY;

        for (gsize i = 0; i < 20000; i++) {
            low = MIN(low, (double) coords[3 * i + d]);
            high = MAX(high, (double) coords[3 * i + d]);
        }
        middle[d] = (low + high) / 2;
        half = MAX(half, (high - low) / 2);
    }
    for (gsize at = 0; at < 20000; at++) {
        const UmkAppBox *box = &points->boxes[at / UMK_APP_RUN];
        const float *from = coords + 3 * (gsize) points->row[at];
        double place[3],
            side[3] = {(double) (box->x1 - box->x0), (double) (box->y1 - box->y0),
                       (double) (box->z1 - box->z0)};

        g_assert_cmpuint(points->by_row[points->row[at]], ==, at);
        umk_app_points_get(points, at, &place[0], &place[1], &place[2]);
        for (guint d = 0; d < 3; d++)
            g_assert_cmpfloat_with_epsilon(
                place[d], ((double) from[d] - middle[d]) / half, side[d] / 65535 + 1e-6);
    }
}

/* The first eighth of every run lies all over it. */
static void
test_sample(void)
{
    UmkAppLooks *looks;
    g_autoptr(UmkAppPoints) points = make_points(50000, 2, 3, &looks);

    for (gsize run = 0; run + 1 < points->n_runs; run++) {
        guint quarters[4] = {0};

        for (gsize i = 0; i < UMK_APP_RUN / 8; i++) {
            gsize rank = 0, at = run * UMK_APP_RUN + i;

            for (gsize k = 0; k < UMK_APP_RUN; k++)
                rank += points->qx[run * UMK_APP_RUN + k] < points->qx[at];
            quarters[MIN(rank / (UMK_APP_RUN / 4), 3)]++;
        }
        for (guint q = 0; q < 4; q++)
            g_assert_cmpuint(quarters[q], >=, 1);
    }
    umk_app_looks_free(looks);
}

static void
test_turn(void)
{
    UmkAppLooks *looks;
    g_autoptr(UmkAppPoints) points = make_points(3000, 3, 4, &looks);

    for (guint round = 0; round < 20; round++) {
        UmkAppView view = {0.1, -0.2, 300, 800, 600, round * 0.7 - 5, round * 0.15 - 1.5};
        UmkAppTurn turn = umk_app_turn(points, &view);

        for (gsize at = 0; at < points->n_points; at++) {
            double x, y, z, u, v, sx, sy, seen[2], sides[4];
            UmkAppLens lens;

            umk_app_points_get(points, at, &x, &y, &z);
            u = x * cos(view.yaw) + z * sin(view.yaw);
            v = z * cos(view.yaw) - x * sin(view.yaw);
            umk_app_view_to_screen(&view, u, y * cos(view.pitch) - v * sin(view.pitch),
                                   &sx, &sy);
            umk_app_lens_init(&lens, points, &turn, &view, at / UMK_APP_RUN);
            umk_app_lens_project(&lens, points, at, &seen[0], &seen[1]);
            g_assert_cmpfloat_with_epsilon(seen[0], sx, 1e-6);
            g_assert_cmpfloat_with_epsilon(seen[1], sy, 1e-6);
            g_assert_cmpfloat_with_epsilon(umk_app_lens_depth(&lens, points, at),
                                           y * sin(view.pitch) + v * cos(view.pitch),
                                           1e-9);
            umk_app_turn_box(&turn, &view, &points->boxes[at / UMK_APP_RUN], sides);
            g_assert_true(sx >= sides[0] - 1e-3 && sx <= sides[2] + 1e-3);
            g_assert_true(sy >= sides[1] - 1e-3 && sy <= sides[3] + 1e-3);
        }
    }
    umk_app_looks_free(looks);
}

static void
test_pick_turned(void)
{
    UmkAppLooks *looks;
    g_autoptr(UmkAppPoints) points = make_points(40000, 3, 5, &looks);
    UmkAppView view = {0, 0, 280, 800, 600, 0.9, -0.4};
    UmkAppTurn turn = umk_app_turn(points, &view);
    g_autoptr(GRand) rand = g_rand_new_with_seed(6);

    for (guint round = 0; round < 100; round++) {
        double sx = g_rand_double_range(rand, 0, 800), best[2] = {64, 64};
        double sy = g_rand_double_range(rand, 0, 600);
        guint32 found[2] = {G_MAXUINT32, G_MAXUINT32}, row = 0;

        for (gsize at = 0; at < points->n_points; at++) {
            guint kind = looks->flags[at] & UMK_APP_LOOK_MARKED;
            UmkAppLens lens;
            double x, y;

            umk_app_lens_init(&lens, points, &turn, &view, at / UMK_APP_RUN);
            umk_app_lens_project(&lens, points, at, &x, &y);
            x = (x - sx) * (x - sx) + (y - sy) * (y - sy);
            if (!(looks->flags[at] & UMK_APP_LOOK_HIDDEN) && x < best[kind]) {
                best[kind] = x;
                found[kind] = points->row[at];
            }
        }
        if (found[1] == G_MAXUINT32)
            found[1] = found[0];
        g_assert_true(umk_app_pick_at(points, looks, &view, sx, sy, 8, &row) ==
                      (found[1] != G_MAXUINT32));
        g_assert_cmpuint(row, ==, found[1]);
    }
    umk_app_looks_free(looks);
}

/* ---- outlines
 * ------------------------------------------------------------------------------- */

static gboolean
contains_plainly(const double *c, gsize n, double x, double y)
{
    gboolean in = FALSE;

    for (gsize i = 0; i < n; i++) {
        const double *a = c + 2 * i, *b = c + 2 * ((i + 1) % n);

        if ((a[1] > y) != (b[1] > y) &&
            x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0])
            in = !in;
    }
    return in;
}

static void
check_lasso(const UmkAppPoints *points,
            const UmkAppLooks *looks,
            const UmkAppView *view,
            const double *corners,
            gsize n)
{
    UmkAppTurn turn = umk_app_turn(points, view);
    gsize n_found = 0, n_expected = 0;
    g_autofree guint32 *found =
        umk_app_lasso_find(points, looks, view, corners, n, &n_found);
    g_autofree guint8 *expected = g_malloc0(points->n_rows + 1);

    for (gsize at = 0; at < points->n_points; at++) {
        UmkAppLens lens;
        double x, y;

        umk_app_lens_init(&lens, points, &turn, view, at / UMK_APP_RUN);
        umk_app_lens_project(&lens, points, at, &x, &y);
        if (!(looks->flags[at] & UMK_APP_LOOK_HIDDEN) &&
            contains_plainly(corners, n, x, y)) {
            expected[points->row[at]] = 1;
            n_expected++;
        }
    }
    g_assert_cmpuint(n_found, ==, n_expected);
    for (gsize i = 0; i < n_found; i++) {
        g_assert_true(expected[found[i]]);
        g_assert_true(i == 0 || found[i] > found[i - 1]);
    }
}

static void
test_lasso(void)
{
    static const gsize counts[] = {3, 4, 5, 64, 700};
    UmkAppLooks *looks[2];
    g_autoptr(UmkAppPoints) flat = make_points(20000, 2, 7, &looks[0]);
    g_autoptr(UmkAppPoints) deep = make_points(20000, 3, 8, &looks[1]);
    g_autoptr(GRand) rand = g_rand_new_with_seed(9);

    for (guint round = 0; round < 60; round++) {
        gsize n = counts[round % G_N_ELEMENTS(counts)];
        g_autofree double *corners = g_new(double, 2 * n);
        double size = round % 4 == 0 ? 5000 : round % 4 == 1 ? 30 : 500;
        UmkAppView view = {0.1, 0, round % 7 ? 350 : 9000, 900, 700, 0.3 * round, 0.5};

        for (gsize i = 0; i < n; i++) { /* crossing itself at will, or a star */
            double turn = 2 * G_PI * (double) i / (double) n;
            double reach = round % 3 ? g_rand_double(rand) : 0.6 + 0.4 * (double) (i % 2);

            corners[2 * i] = 450 + size * reach * cos(turn * (1 + round % 2 * 2));
            corners[2 * i + 1] = 350 + size * reach * sin(turn * (1 + round % 2 * 2));
            if (round % 5 == 0) { /* whole pixels: flat and upright edges, ties */
                corners[2 * i] = rint(corners[2 * i]);
                corners[2 * i + 1] = rint(corners[2 * i + 1] / 8) * 8;
            }
        }
        check_lasso(flat, looks[0], &view, corners, n);
        check_lasso(deep, looks[1], &view, corners, n);
    }
    umk_app_looks_free(looks[0]);
    umk_app_looks_free(looks[1]);
}

/* How far a place is from the way of a piece, found by small steps along the way: the
 * plain answer, to within a step. */
static double
plain_distance(const UmkAppDab *dab, double x, double y)
{
    double best = INFINITY;

    for (guint i = 0; i <= 500; i++) {
        double t = i / 500.0;

        best = MIN(best, hypot(dab->x0 + t * (dab->x1 - dab->x0) - x,
                               dab->y0 + t * (dab->y1 - dab->y0) - y));
    }
    return best;
}

/* Every row that is surely under a piece is gathered, and none that is surely not. */
static void
check_stroke(const UmkAppPoints *points,
             const UmkAppLooks *looks,
             const UmkAppView *view,
             const UmkAppDab *dabs,
             guint n_dabs)
{
    g_autoptr(UmkAppStroke) brush = umk_app_stroke_new(points->n_rows);
    UmkAppTurn turn = umk_app_turn(points, view);
    const guint64 *words;
    gsize n_words;

    for (guint k = 0; k < n_dabs; k++)
        umk_app_stroke_paint(brush, points, looks, view, &dabs[k]);
    /* the same way again brings nothing new */
    for (guint k = 0; k < n_dabs; k++)
        g_assert_false(umk_app_stroke_paint(brush, points, looks, view, &dabs[k]));
    words = umk_app_stroke_get_words(brush, &n_words);
    for (gsize at = 0; at < points->n_points; at++) {
        guint32 row = points->row[at];
        gboolean has = words[row / 64] >> row % 64 & 1, sure = FALSE, near = FALSE;
        UmkAppLens lens;
        double x, y;

        umk_app_lens_init(&lens, points, &turn, view, at / UMK_APP_RUN);
        umk_app_lens_project(&lens, points, at, &x, &y);
        for (guint k = 0; k < n_dabs && !sure; k++) {
            double d = plain_distance(&dabs[k], x, y) - dabs[k].radius;

            /* half a step of the plain way is at most 1.15 pixels here */
            sure |= d < 0;
            near |= d < 1.2;
        }
        if (looks->flags[at] & UMK_APP_LOOK_HIDDEN)
            sure = near = FALSE;
        g_assert_true(has || !sure);
        g_assert_true(near || !has);
    }
}

static void
test_brush(void)
{
    UmkAppLooks *looks[2];
    g_autoptr(UmkAppPoints) flat = make_points(3000, 2, 7, &looks[0]);
    g_autoptr(UmkAppPoints) deep = make_points(3000, 3, 8, &looks[1]);
    g_autoptr(GRand) rand = g_rand_new_with_seed(9);

    for (guint round = 0; round < 6; round++) {
        UmkAppView view = {0.1, 0, round % 3 ? 350 : 2000, 900, 700, 0.3 * round, 0.5};
        UmkAppDab dabs[3];

        for (guint k = 0; k < 3; k++) {
            dabs[k].x0 = k > 0 ? dabs[k - 1].x1 : g_rand_double_range(rand, 0, 900);
            dabs[k].y0 = k > 0 ? dabs[k - 1].y1 : g_rand_double_range(rand, 0, 700);
            dabs[k].x1 = round == 0 ? dabs[k].x0 : g_rand_double_range(rand, 0, 900);
            dabs[k].y1 = round == 0 ? dabs[k].y0 : g_rand_double_range(rand, 0, 700);
            dabs[k].radius = round % 2 ? 200 : 12;
        }
        check_stroke(flat, looks[0], &view, dabs, 3);
        check_stroke(deep, looks[1], &view, dabs, 3);
    }
    umk_app_looks_free(looks[0]);
    umk_app_looks_free(looks[1]);
}

/* Places that are no numbers, no points at all, and points that moved meanwhile. */
static void
test_brush_odd(void)
{
    UmkAppLooks *looks[2];
    g_autoptr(UmkAppPoints) points = make_points(5000, 2, 3, &looks[0]);
    g_autoptr(UmkAppPoints) none = make_points(0, 2, 3, &looks[1]);
    g_autoptr(UmkAppStroke) brush = umk_app_stroke_new(5000);
    UmkAppView view = {0, 0, 300, 900, 700, 0, 0};
    UmkAppDab lost = {NAN, 1, 2, INFINITY, 20}, all = {450, 350, 450, 350, 1e9};
    gsize n_words, n = 0;
    const guint64 *words;

    g_assert_false(umk_app_stroke_paint(brush, points, NULL, &view, &lost));
    g_assert_false(umk_app_stroke_paint(brush, none, NULL, &view, &all));
    umk_app_stroke_forget_places(brush);
    g_assert_true(umk_app_stroke_paint(brush, points, NULL, &view, &all));
    words = umk_app_stroke_get_words(brush, &n_words);
    for (gsize w = 0; w < n_words; w++)
        n += (gsize) __builtin_popcountll(words[w]);
    g_assert_cmpuint(n, ==, points->n_points);
    umk_app_looks_free(looks[0]);
    umk_app_looks_free(looks[1]);
}

static void
test_lasso_odd(void)
{
    static const double nothing[] = {NAN, 1, 2, INFINITY, 3, NAN};
    static const double line[] = {0, 0, 900, 700, 0, 0};
    static const double all[] = {-1e300, -1e300, 1e300, -1e300, 1e300,
                                 1e300,  -1e300, 1e300, NAN,    3};
    UmkAppLooks *looks;
    g_autoptr(UmkAppPoints) points = make_points(5000, 2, 10, &looks);
    g_autoptr(UmkAppPoints) none = umk_app_points_new(NULL, 0, 2, NULL, 0);
    UmkAppView view = {0, 0, 300, 900, 700, 0, 0};
    gsize n = 99;

    g_free(umk_app_lasso_find(points, looks, &view, NULL, 0, &n));
    g_assert_cmpuint(n, ==, 0);
    g_free(umk_app_lasso_find(points, looks, &view, nothing, 3, &n));
    g_assert_cmpuint(n, ==, 0);
    g_free(umk_app_lasso_find(points, looks, &view, line, 3, &n));
    g_assert_cmpuint(n, ==, 0);
    g_free(umk_app_lasso_find(points, looks, &view, all, 5, &n));
    g_assert_cmpuint(n, ==, points->n_points - looks->n_hidden);
    g_free(umk_app_lasso_find(points, NULL, &view, all, 5, &n));
    g_assert_cmpuint(n, ==, points->n_points);
    g_free(umk_app_lasso_find(none, NULL, &view, all, 5, &n));
    g_assert_cmpuint(n, ==, 0);
    g_assert_true(umk_app_lasso_contains(all, 5, 3, 4));
    g_assert_false(umk_app_lasso_contains(line, 3, 3, 4));
    umk_app_looks_free(looks);
}

/* ---- sums and ink
 * --------------------------------------------------------------------------- */

static void
test_sums(void)
{
    for (guint n_dims = 2; n_dims <= 3; n_dims++) {
        UmkAppLooks *looks;
        g_autoptr(UmkAppPoints) points = make_points(30000, n_dims, 11, &looks);
        UmkAppView view = {0.02, 0.01, 110, 203, 97, 0.4, 0.2};
        UmkAppInk *ink = g_aligned_alloc(1, sizeof *ink, 16);
        g_autofree guint32 *fast = g_new0(guint32, 208), *plain = g_new0(guint32, 208);
        UmkAppSight sight;
        UmkAppSums sums;
        guint64 weight = 0, expected = 0;

        umk_app_ink_init(ink, colours, 5, 1.1, 0.3, 1, points->n_points, n_dims == 3);
        umk_app_sight_init(&sight, points, looks, &view, 4, 1);
        umk_app_sums_init(&sums, 203, 97, ink->reach);
        umk_app_sums_fill(&sums, &sight, &ink->paint, 1u, 0, 97, 1);
        for (gsize at = 0; at < points->n_points; at++) {
            UmkAppLens lens;
            double x, y;
            guint near = 0;

            umk_app_lens_init(&lens, points, &sight.turn, &view, at / UMK_APP_RUN);
            umk_app_lens_project(&lens, points, at, &x, &y);
            if (n_dims == 3)
                near = umk_app_sight_depth(&sight, umk_app_lens_depth(&lens, points, at));
            if ((looks->flags[at] & UMK_APP_LOOK_FLAGS) == 0 && x >= 0 && x < 203 &&
                y >= 0 && y < 97)
                expected += ink->paint.of[near][looks->colour[at]][3];
        }
        for (int y = 0; y < 97; y++)
            for (int x = 0; x < 203; x++)
                weight += (*umk_app_sums_at(&sums, x, y))[3];
        /* places are rounded to a float, some of them across a border */
        g_assert_cmpfloat(fabs((double) weight - (double) expected), <,
                          (double) expected * 2e-3);
        for (guint y = 0; y < 97; y++) {
            umk_app_ink_row(ink, &sums, y, fast);
            umk_app_ink_row_plain(ink, &sums, y, plain);
            g_assert_cmpmem(fast, 203 * 4, plain, 203 * 4);
        }
        umk_app_sums_clear(&sums);
        umk_app_sight_clear(&sight);
        g_aligned_free(ink);
        umk_app_looks_free(looks);
    }
}

static void
test_ink_sizes(void)
{
    UmkAppLooks *looks;
    g_autoptr(UmkAppPoints) points = make_points(9000, 2, 12, &looks);
    UmkAppView view = {0, 0, 60, 128, 64, 0, 0};
    UmkAppInk *ink = g_aligned_alloc(1, sizeof *ink, 16);
    UmkAppSight sight;
    guint32 fast[128], plain[128];

    for (double radius = 1; radius < 5; radius += 0.5) {
        UmkAppSums sums;

        umk_app_ink_init(ink, colours, 5, radius, 0.2, 4, points->n_points, FALSE);
        umk_app_sight_init(&sight, points, looks, &view, 16, 4);
        umk_app_sums_init(&sums, 128, 64, ink->reach);
        umk_app_sums_fill(&sums, &sight, &ink->paint, 3, 0, 64, 1);
        for (guint y = 0; y < 64; y++) {
            umk_app_ink_row(ink, &sums, y, fast);
            umk_app_ink_row_plain(ink, &sums, y, plain);
            g_assert_cmpmem(fast, sizeof fast, plain, sizeof plain);
            for (guint x = 0; x < 128; x++) /* no colour beyond its alpha */
                g_assert_cmpuint(
                    MAX(MAX(fast[x] & 255, fast[x] >> 8 & 255), fast[x] >> 16 & 255), <=,
                    fast[x] >> 24);
        }
        umk_app_sums_clear(&sums);
        umk_app_sight_clear(&sight);
    }
    g_aligned_free(ink);
    umk_app_looks_free(looks);
}

/* ---- pictures
 * ------------------------------------------------------------------------------- */

static void
test_threads(void)
{
    for (guint kind = 0; kind < 24; kind++) {
        UmkAppLooks *looks;
        g_autoptr(UmkAppPoints) points =
            make_points(kind % 2 ? 120000 : 4000, kind % 4 < 2 ? 2 : 3, kind, &looks);
        UmkAppView view = {0.01, 0, 130, 301, 203, 0.5, 0.3};
        UmkAppPicture picture = make_picture(1);
        UmkAppCanvas one, many;

        picture.density = kind % 3 != 0;
        picture.contours = kind % 3 == 2;
        picture.sample = kind < 12 ? 1 : 8;
        picture.ground = kind % 5 ? colours[3] : (UmkAppColour){0, 0, 0, 0};
        picture.pixel_ratio = kind % 7 ? 1 : 2;
        g_assert_true(umk_app_canvas_init(&one, 301, 203));
        g_assert_true(umk_app_canvas_init(&many, 301, 203));
        g_assert_true(umk_app_picture_draw(&picture, points, looks, &view, &one));
        for (picture.n_threads = 2; picture.n_threads < 5; picture.n_threads++) {
            g_assert_true(umk_app_picture_draw(&picture, points, looks, &view, &many));
            for (guint y = 0; y < 203; y++)
                g_assert_cmpmem(umk_app_canvas_row(&one, y), 301 * 4,
                                umk_app_canvas_row(&many, y), 301 * 4);
        }
        umk_app_canvas_clear(&one);
        umk_app_canvas_clear(&many);
        umk_app_looks_free(looks);
    }
}

/* What is drawn beyond the edges changes nothing within them: the same bytes where points
 * are stamped; summed, the unit of the sums depends on how many points there are. */
static void
test_margin(void)
{
    const guint margin = 48, width = 300, height = 200;

    for (guint kind = 0; kind < 8; kind++) {
        UmkAppLooks *looks;
        g_autoptr(UmkAppPoints) points =
            make_points(kind % 2 ? 120000 : 4000, kind < 4 ? 2 : 3, kind, &looks);
        UmkAppView view = {0.01, 0, 256, width, height, 0.5, 0.3}, wide = view;
        UmkAppPicture picture = make_picture(2);
        UmkAppCanvas plain, wider;
        guint64 apart = 0;

        picture.pixel_ratio = kind & 2 ? 2 : 1;
        wide.width += 2 * margin;
        wide.height += 2 * margin;
        g_assert_true(umk_app_canvas_init(&plain, width, height));
        g_assert_true(
            umk_app_canvas_init(&wider, width + 2 * margin, height + 2 * margin));
        g_assert_true(umk_app_picture_draw(&picture, points, looks, &view, &plain));
        picture.margin = margin;
        g_assert_true(umk_app_picture_draw(&picture, points, looks, &wide, &wider));
        for (guint y = 0; y < height; y++)
            for (guint x = 0; x < width; x++) {
                guint32 a = umk_app_canvas_row(&plain, y)[x];
                guint32 b = umk_app_canvas_row(&wider, y + margin)[x + margin];

                for (guint bits = 0; bits < 32; bits += 8)
                    apart +=
                        (guint64) abs((int) (a >> bits & 255) - (int) (b >> bits & 255));
            }
        if (kind % 2 == 0)
            g_assert_cmpuint(apart, ==, 0);
        else
            g_assert_cmpuint(apart, <, 4 * width * height / 100);
        umk_app_canvas_clear(&plain);
        umk_app_canvas_clear(&wider);
        umk_app_looks_free(looks);
    }
}

static double
darkness(const UmkAppCanvas *canvas)
{
    double sum = 0;

    for (guint y = 0; y < canvas->height; y++)
        for (guint x = 0; x < canvas->width; x++)
            sum += umk_app_canvas_row(canvas, y)[x] >> 24;
    return sum / 255;
}

/* Where stamps give way to sums, and a sample to all, the picture is about as dark. */
static void
test_likeness(void)
{
    double dark[4];

    for (guint kind = 0; kind < 4; kind++) {
        UmkAppLooks *looks;
        gsize n = (gsize) (0.25 * 400 * 300 * (kind == 0 ? 0.97 : 1.08));
        g_autoptr(UmkAppPoints) points = make_points(n, 2, 13, &looks);
        UmkAppView view = {0, 0, 140, 400, 300, 0, 0};
        UmkAppPicture picture = make_picture(1);
        UmkAppCanvas canvas;

        umk_app_looks_mark(looks, points, NULL, 0);
        umk_app_looks_show(looks, points, NULL, 0);
        picture.sample = kind == 2 ? 2 : 1;
        picture.opacity = kind == 3 ? 0.5 : 1;
        g_assert_true(umk_app_canvas_init(&canvas, 400, 300));
        g_assert_true(umk_app_picture_draw(&picture, points, looks, &view, &canvas));
        dark[kind] = darkness(&canvas);
        umk_app_canvas_clear(&canvas);
        umk_app_looks_free(looks);
    }
    g_assert_cmpfloat(fabs(dark[0] / dark[1] - 1), <, 0.2);
    g_assert_cmpfloat(fabs(dark[2] / dark[1] - 1), <, 0.35);
    g_assert_cmpfloat(dark[3], <, dark[1] * 0.8);
}

/* Points of a faint layer weigh less, stamped as well as summed, in two dimensions as in
 * three, on any number of threads; and nothing is left of it when it is faint no more. */
static void
test_levels(void)
{
    for (guint kind = 0; kind < 4; kind++) {
        UmkAppLooks *looks;
        gsize n = kind % 2 == 0 ? 6000 : 60000; /* stamps; sums */
        g_autoptr(UmkAppPoints) points = make_points(n, 2 + kind / 2, 15, &looks);
        g_autofree guint8 *levels = g_new(guint8, n);
        UmkAppView view = {0, 0, 140, 400, 300, 0.3, 0.1};
        UmkAppCanvas pictures[4];

        for (gsize i = 0; i < n; i++)
            levels[i] = i % 5 == 2 ? 0 : 12;
        for (guint round = 0; round < 4; round++) {
            UmkAppPicture picture = make_picture(round == 2 ? 3 : 1);

            if (round == 1)
                umk_app_looks_set_levels(looks, points, levels);
            else if (round == 3)
                umk_app_looks_set_levels(looks, points, NULL);
            g_assert_true(umk_app_canvas_init(&pictures[round], 400, 300));
            g_assert_true(
                umk_app_picture_draw(&picture, points, looks, &view, &pictures[round]));
        }
        g_assert_cmpuint(looks->n_faded, ==, 0);
        /* four fifths of the points keep a quarter of their weight: 0.4 of it is left,
         * more of the darkness where they lie over one another */
        g_assert_cmpfloat(darkness(&pictures[1]), <, 0.8 * darkness(&pictures[0]));
        g_assert_cmpfloat(darkness(&pictures[1]), >, 0.3 * darkness(&pictures[0]));
        g_assert_cmpmem(pictures[1].data, pictures[1].size, pictures[2].data,
                        pictures[2].size);
        g_assert_cmpmem(pictures[0].data, pictures[0].size, pictures[3].data,
                        pictures[3].size);
        for (guint round = 0; round < 4; round++)
            umk_app_canvas_clear(&pictures[round]);
        umk_app_looks_free(looks);
    }
}

static void
test_cancel(void)
{
    UmkAppLooks *looks;
    g_autoptr(UmkAppPoints) points = make_points(1000, 2, 14, &looks);
    UmkAppView view = {0, 0, 40, 100, 100, 0, 0};
    UmkAppPicture picture = make_picture(2);
    UmkAppCanvas canvas;
    gint cancelled = 1;

    picture.cancelled = &cancelled;
    g_assert_true(umk_app_canvas_init(&canvas, 100, 100));
    g_assert_false(umk_app_picture_draw(&picture, points, looks, &view, &canvas));
    cancelled = 0;
    g_assert_true(umk_app_picture_draw(&picture, points, looks, &view, &canvas));
    umk_app_canvas_clear(&canvas);
    umk_app_looks_free(looks);
}

/* Hidden points are seen only where there is a palette for context. */
static void
test_layers(void)
{
    UmkAppLooks *looks;
    g_autoptr(UmkAppPoints) points = make_points(2000, 2, 15, &looks);
    UmkAppView view = {0, 0, 90, 200, 200, 0, 0};
    UmkAppPicture picture = make_picture(1);
    UmkAppCanvas canvas;
    double dark[3];

    umk_app_looks_show(looks, points, (const guint64[1]){0}, 1);
    g_assert_cmpuint(looks->n_hidden, ==, points->n_points);
    g_assert_true(umk_app_canvas_init(&canvas, 200, 200));
    for (guint kind = 0; kind < 3; kind++) {
        picture.palette[UMK_APP_LAYER_CONTEXT] = kind == 0 ? NULL : colours;
        if (kind == 2)
            picture.points = FALSE;
        g_assert_true(umk_app_picture_draw(&picture, points, looks, &view, &canvas));
        dark[kind] = darkness(&canvas);
    }
    g_assert_cmpfloat(dark[0], ==, 0);
    g_assert_cmpfloat(dark[1], >, 100);
    g_assert_cmpfloat(dark[2], ==, 0);
    umk_app_canvas_clear(&canvas);
    umk_app_looks_free(looks);
}

/* ---- density
 * ------------------------------------------------------------------------------- */

static void
test_density(void)
{
    UmkAppLooks *looks;
    g_autoptr(UmkAppPoints) points = make_points(20000, 2, 17, &looks);
    UmkAppView view = {0, 0, 60, 400, 300, 0, 0};
    g_autoptr(UmkAppDensity) density = umk_app_density_new(points, looks, &view, 20);
    g_autoptr(UmkAppContours) lines = umk_app_contours_new(density, 5);
    double sum = 0;

    for (guint i = 0; i < density->width * density->height; i++)
        sum += (double) density->values[i] * density->cell * density->cell;
    /* all that is shown, and hardly any of it smoothed out of view */
    g_assert_cmpfloat(sum, <=, (double) (points->n_points - looks->n_hidden) * 1.001);
    g_assert_cmpfloat(sum, >, (double) (points->n_points - looks->n_hidden) * 0.97);
    g_assert_cmpuint(lines->n_levels, ==, 5);
    g_assert_cmpuint(lines->n_lines, >=, 5);
    for (gsize i = 0; i < lines->n_lines; i++) {
        const UmkAppContour *line = &lines->lines[i];
        float level = lines->levels[line->level];

        g_assert_true(i == 0 || line->level >= lines->lines[i - 1].level);
        g_assert_cmpuint(line->n_corners, >=, 2);
        for (gsize k = 0; k < line->n_corners; k++) {
            double x = (double) line->corners[2 * k] / density->cell - 0.5;
            double y = (double) line->corners[2 * k + 1] / density->cell - 0.5;
            gsize at = (gsize) y * density->width + (gsize) x;
            gsize right = at + (x > floor(x) + 1e-4);
            gsize below = at + (y > floor(y) + 1e-4) * density->width;
            float a = density->values[at],
                  b = density->values[right != at ? right : below];

            /* between the two cells whose middles it lies between */
            g_assert_true(level >= MIN(a, b) - density->peak * 1e-3f &&
                          level <= MAX(a, b) + density->peak * 1e-3f);
        }
    }
    umk_app_looks_free(looks);
}

/* One heap: one ring a level, each within the one before. */
static void
test_rings(void)
{
    static const float spots[] = {0, 0, -1, -1, 1, 1};
    g_autofree float *coords = g_new(float, 2 * 1002);
    g_autoptr(UmkAppPoints) points = NULL;
    UmkAppView view = {0, 0, 100, 300, 300, 0, 0};

    for (guint i = 0; i < 1002; i++)
        memcpy(coords + 2 * i, spots + 2 * (i < 1000 ? 0 : i - 999), 2 * sizeof *coords);
    points = umk_app_points_new(coords, 1002, 2, NULL, 1002);
    g_autoptr(UmkAppDensity) density = umk_app_density_new(points, NULL, &view, 0);
    g_autoptr(UmkAppContours) lines = umk_app_contours_new(density, 4);

    g_assert_cmpuint(lines->n_lines, ==, 4);
    for (guint i = 0; i < 4; i++) {
        g_assert_true(lines->lines[i].closed);
        g_assert_cmpuint(lines->lines[i].level, ==, i);
        g_assert_true(i == 0 || fabsf(lines->lines[i].corners[0] - 150) <
                                    fabsf(lines->lines[i - 1].corners[0] - 150) + 20);
    }
}

/* ---- what nobody expects
 * ------------------------------------------------------------------- */

static void
draw_everything(const UmkAppPoints *points)
{
    g_autoptr(UmkAppLooks) looks = umk_app_looks_new(points);
    UmkAppView views[] = {{0, 0, 50, 120, 90, 0, 0},
                          {0.3, -9, 1e7, 120, 90, 1, 1},
                          {1e9, 0, 1e-9, 120, 90, 0, 0},
                          {0, 0, 50, 1, 1, 0, 0}};
    UmkAppPicture picture = make_picture(2);

    picture.density = picture.contours = TRUE;
    for (guint v = 0; v < G_N_ELEMENTS(views); v++) {
        UmkAppCanvas canvas;
        double corners[] = {0, 0, 120, 0, 120, 90};
        gsize n;
        guint32 row;

        g_assert_true(umk_app_canvas_init(&canvas, (guint) views[v].width,
                                          (guint) views[v].height));
        g_assert_true(umk_app_picture_draw(&picture, points, looks, &views[v], &canvas));
        umk_app_canvas_clear(&canvas);
        umk_app_pick_at(points, looks, &views[v], 3, 3, 9, &row);
        umk_app_pick_toward_seen(points, looks, &views[v], 0, UMK_APP_UP, &row);
        g_free(umk_app_lasso_find(points, looks, &views[v], corners, 3, &n));
        g_assert_cmpuint(umk_app_picture_choose_sample(points, &views[v], 1, 2), >=, 1);
    }
}

static void
test_odd(void)
{
    static const float values[] = {0, 1, -3e38f, 3e38f, NAN, INFINITY, 1e-40f};
    static const gsize sizes[] = {0, 1, 2, 255, 256, 257, 3000};

    for (guint kind = 0; kind < 4 * G_N_ELEMENTS(sizes) * G_N_ELEMENTS(values); kind++) {
        gsize n = sizes[kind / 4 % G_N_ELEMENTS(sizes)];
        float value = values[kind / 4 / G_N_ELEMENTS(sizes)];
        g_autofree float *coords = g_new(float, 3 * n + 1);
        g_autoptr(UmkAppPoints) points = NULL;

        for (gsize i = 0; i < 3 * n; i++) /* all alike, or one alike among others */
            coords[i] = kind % 4 < 2 || i == 4 ? value : (float) (i % 17) - 8;
        points = umk_app_points_new_full(coords, n, 3, kind % 2 ? 3 : 2, NULL, n);
        draw_everything(points);
    }
}

/* All at one place, a sum that nothing may overflow; and spread. */
static void
test_ten_million(void)
{
    gsize n = 10000000;
    g_autofree float *coords = g_new(float, 2 * n);

    for (guint kind = 0; kind < 2; kind++) {
        g_autoptr(UmkAppPoints) points = NULL;
        g_autoptr(UmkAppLooks) looks = NULL;
        UmkAppView view = {0, 0, 50, 120, 90, 0, 0};
        UmkAppPicture picture = make_picture(2);
        UmkAppCanvas canvas;
        guint32 state = 1, pixel;

        for (gsize i = 0; i < 2 * n; i++) {
            state = state * 1664525u + 1013904223u;
            coords[i] = kind == 0 ? 7 : (float) (state >> 8) / 16777216.0f;
        }
        points = umk_app_points_new(coords, n, 2, NULL, n);
        g_assert_cmpuint(points->n_points, ==, n);
        g_assert_cmpfloat((double) umk_app_points_get_memory(points) / (double) n + 2, <=,
                          16);
        looks = umk_app_looks_new(points);
        g_assert_true(umk_app_canvas_init(&canvas, 120, 90));
        g_assert_true(umk_app_picture_draw(&picture, points, looks, &view, &canvas));
        pixel = umk_app_canvas_row(&canvas, 45)[60];
        g_assert_cmpuint(pixel >> 24, >, 200);
        /* of the colour of all, a shade or two off at most */
        g_assert_cmpint(
            abs((int) (pixel >> 16 & 255) - (int) (0.9 * (double) (pixel >> 24))), <=, 4);
        umk_app_canvas_clear(&canvas);
    }
}

static void
test_looks_shared(void)
{
    UmkAppLooks *looks, *held;
    g_autoptr(UmkAppPoints) points = make_points(500, 2, 18, &looks);
    guint32 row = 3;

    g_assert_true(umk_app_looks_make_writable(looks) == looks);
    held = umk_app_looks_ref(looks);
    looks = umk_app_looks_make_writable(looks);
    g_assert_true(looks != held);
    g_assert_cmpmem(looks->flags, 495, held->flags, 495);
    umk_app_looks_mark(looks, points, &row, 1);
    g_assert_cmpuint(looks->n_marked, ==, 1);
    g_assert_cmpuint(held->n_marked, >, 1);
    umk_app_looks_free(held);
    umk_app_looks_free(looks);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/draw/places", test_places);
    g_test_add_func("/draw/sample", test_sample);
    g_test_add_func("/draw/turn", test_turn);
    g_test_add_func("/draw/pick-turned", test_pick_turned);
    g_test_add_func("/draw/lasso", test_lasso);
    g_test_add_func("/draw/brush", test_brush);
    g_test_add_func("/draw/brush-odd", test_brush_odd);
    g_test_add_func("/draw/lasso-odd", test_lasso_odd);
    g_test_add_func("/draw/sums", test_sums);
    g_test_add_func("/draw/ink-sizes", test_ink_sizes);
    g_test_add_func("/draw/levels", test_levels);
    g_test_add_func("/draw/threads", test_threads);
    g_test_add_func("/draw/margin", test_margin);
    g_test_add_func("/draw/likeness", test_likeness);
    g_test_add_func("/draw/cancel", test_cancel);
    g_test_add_func("/draw/layers", test_layers);
    g_test_add_func("/draw/density", test_density);
    g_test_add_func("/draw/rings", test_rings);
    g_test_add_func("/draw/odd", test_odd);
    g_test_add_func("/draw/ten-million", test_ten_million);
    g_test_add_func("/draw/looks-shared", test_looks_shared);
    return g_test_run();
}
