/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes of runs first: those wholly in or out need no look at their points. Rows are
 * gathered as bits and read off in order, which sorts any number of them. */
#include "umk-app-lasso.h"

#include "umk-app-lasso-mask.h"
#include "umk-app-lens.h"
#include "umk-app-parallel.h"

#define MOST  4u      /* threads */
#define MANY  500000u /* points that are worth several */
#define PIECE 16u     /* groups of runs that a thread searches at once */

gboolean
umk_app_lasso_contains(const double *corners, gsize n_corners, double x, double y)
{
    UmkAppLassoMask mask;
    gboolean in;

    umk_app_lasso_mask_init(&mask, corners, n_corners);
    in = umk_app_lasso_mask_contains(&mask, x, y);
    umk_app_lasso_mask_clear(&mask);
    return in;
}

typedef struct {
    const UmkAppPoints *points;
    const UmkAppLooks *looks;
    const UmkAppView *view;
    UmkAppTurn turn;
    UmkAppLassoMask mask;
    gsize n_words;
    guint64 *bits[MOST]; /* of every thread, as rows lie anywhere */
} Search;

static UmkAppCell
judge(const Search *s, const UmkAppBox *box)
{
    double sides[4];

    umk_app_turn_box(&s->turn, s->view, box, sides);
    return umk_app_lasso_mask_area(&s->mask, sides[0], sides[1], sides[2], sides[3]);
}

static void
search_run(const Search *s, gsize run, UmkAppCell cell, guint64 *bits)
{
    const UmkAppPoints *points = s->points;
    gsize first = run * UMK_APP_RUN, end = first + umk_app_points_of_run(points, run);
    gboolean hides = s->looks != NULL && s->looks->n_hidden > 0;
    UmkAppLens lens;

    if (cell == UMK_APP_CELL_EDGE)
        cell = judge(s, &points->boxes[run]);
    if (cell == UMK_APP_CELL_OUT)
        return;
    umk_app_lens_init(&lens, points, &s->turn, s->view, run);
    for (gsize i = first; i < end; i++) {
        guint32 row = points->row[i];
        double x, y;

        if (row >= points->n_rows || (hides && s->looks->flags[i] & UMK_APP_LOOK_HIDDEN))
            continue;
        if (cell == UMK_APP_CELL_EDGE) {
            umk_app_lens_project(&lens, points, i, &x, &y);
            if (!umk_app_lasso_mask_contains(&s->mask, x, y))
                continue;
        }
        bits[row / 64] |= (guint64) 1 << row % 64;
    }
}

static void
search_piece(gpointer data, guint piece, guint worker)
{
    Search *s = data;
    gsize last = MIN((piece + 1) * PIECE, s->points->n_groups);

    if (s->bits[worker] == NULL)
        s->bits[worker] = g_new0(guint64, s->n_words);
    for (gsize group = piece * PIECE; group < last; group++) {
        gsize end = MIN((group + 1) * UMK_APP_GROUP, s->points->n_runs);
        UmkAppCell cell = judge(s, &s->points->groups[group]);

        for (gsize run = group * UMK_APP_GROUP; run < end && cell != UMK_APP_CELL_OUT;
             run++)
            search_run(s, run, cell, s->bits[worker]);
    }
}

static guint32 *
read_off(const guint64 *bits, gsize n_words, gsize *n_found)
{
    guint32 *rows, *out;
    gsize n = 0;

    for (gsize w = 0; w < n_words; w++)
        n += (gsize) __builtin_popcountll(bits[w]);
    rows = out = g_new(guint32, n + 1);
    for (gsize w = 0; w < n_words; w++)
        for (guint64 word = bits[w]; word != 0; word &= word - 1)
            *out++ = (guint32) (w * 64 + (guint) __builtin_ctzll(word));
    *n_found = n;
    return rows;
}

guint32 *
umk_app_lasso_find(const UmkAppPoints *points,
                   const UmkAppLooks *looks,
                   const UmkAppView *view,
                   const double *corners,
                   gsize n_corners,
                   gsize *n_found)
{
    guint n_threads = points->n_points < MANY ? 1 : MIN(g_get_num_processors(), MOST);
    Search s = {points, looks, view, umk_app_turn(points, view)};
    guint32 *rows;

    s.n_words = points->n_rows / 64 + 1;
    s.bits[0] = g_new0(guint64, s.n_words);
    umk_app_lasso_mask_init(&s.mask, corners, n_corners);
    if (s.mask.width > 0)
        umk_app_parallel((guint) ((points->n_groups + PIECE - 1) / PIECE), n_threads,
                         search_piece, &s);
    umk_app_lasso_mask_clear(&s.mask);
    for (guint t = 1; t < MOST; t++) {
        for (gsize w = 0; s.bits[t] != NULL && w < s.n_words; w++)
            s.bits[0][w] |= s.bits[t][w];
        g_free(s.bits[t]);
    }
    rows = read_off(s.bits[0], s.n_words, n_found);
    g_free(s.bits[0]);
    return rows;
}
