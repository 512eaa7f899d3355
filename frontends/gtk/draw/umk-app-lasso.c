/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes of runs first: those wholly in or out need no look at their points. Rows are
 * gathered as bits and read off in order, which sorts any number of them. */
#include "umk-app-lasso.h"

#include "umk-app-lasso-mask.h"
#include "umk-app-lens.h"

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
    guint64 *bits;
} Search;

static UmkAppCell
judge(const Search *s, const UmkAppBox *box)
{
    double sides[4];

    umk_app_turn_box(&s->turn, s->view, box, sides);
    return umk_app_lasso_mask_area(&s->mask, sides[0], sides[1], sides[2], sides[3]);
}

static void
search_run(Search *s, gsize run, UmkAppCell cell)
{
    const UmkAppPoints *points = s->points;
    gsize first = run * UMK_APP_RUN, end = first + umk_app_points_of_run(points, run);
    UmkAppLens lens;

    if (cell == UMK_APP_CELL_EDGE)
        cell = judge(s, &points->boxes[run]);
    if (cell == UMK_APP_CELL_OUT)
        return;
    umk_app_lens_init(&lens, points, &s->turn, s->view, run);
    for (gsize i = first; i < end; i++) {
        guint32 row = points->row[i];
        double x, y;

        if ((s->looks != NULL && s->looks->flags[i] & UMK_APP_LOOK_HIDDEN) ||
            row >= points->n_rows)
            continue;
        if (cell == UMK_APP_CELL_EDGE) {
            umk_app_lens_project(&lens, points, i, &x, &y);
            if (!umk_app_lasso_mask_contains(&s->mask, x, y))
                continue;
        }
        s->bits[row / 64] |= (guint64) 1 << row % 64;
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
    gsize n_words = points->n_rows / 64 + 1;
    g_autofree guint64 *bits = g_new0(guint64, n_words);
    Search s = {points, looks, view, umk_app_turn(points, view), .bits = bits};

    umk_app_lasso_mask_init(&s.mask, corners, n_corners);
    for (gsize group = 0; group < points->n_groups && s.mask.width > 0; group++) {
        gsize end = MIN((group + 1) * UMK_APP_GROUP, points->n_runs);
        UmkAppCell cell = judge(&s, &points->groups[group]);

        for (gsize run = group * UMK_APP_GROUP; run < end && cell != UMK_APP_CELL_OUT;
             run++)
            search_run(&s, run, cell);
    }
    umk_app_lasso_mask_clear(&s.mask);
    return read_off(bits, n_words, n_found);
}
