/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Boxes of runs first: those wholly in or out need no look at their points. Rows are
 * gathered as bits and read off in order, which sorts any number of them. */
#include "umk-app-lasso.h"

#include "umk-app-lasso-mask.h"

#include <math.h>

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

static UmkAppCell
judge_run(const UmkAppLassoMask *mask, const UmkAppView *view, const UmkAppBox *box)
{
    double x0, y0, x1, y1;

    umk_app_view_to_screen(view, (double) box->x0, (double) box->y1, &x0, &y0);
    umk_app_view_to_screen(view, (double) box->x1, (double) box->y0, &x1, &y1);
    return umk_app_lasso_mask_area(mask, x0, y0, x1, y1);
}

static guint32 *
read_off(const guint64 *bits, gsize n_words, gsize n_rows)
{
    guint32 *rows = g_new(guint32, n_rows + 1), *out = rows;

    for (gsize w = 0; w < n_words; w++)
        for (guint64 word = bits[w]; word != 0; word &= word - 1)
            *out++ = (guint32) (w * 64 + (guint) __builtin_ctzll(word));
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
    gsize n_words = points->n_rows / 64 + 1, n = 0;
    g_autofree guint64 *bits = g_new0(guint64, n_words);
    UmkAppLassoMask mask;

    umk_app_lasso_mask_init(&mask, corners, n_corners);
    for (gsize run = 0; run < points->n_runs && mask.width > 0; run++) {
        gsize end = MIN(points->n_points, (run + 1) * UMK_APP_RUN);
        UmkAppCell cell = judge_run(&mask, view, &points->boxes[run]);

        if (cell == UMK_APP_CELL_OUT)
            continue;
        for (gsize i = run * UMK_APP_RUN; i < end; i++) {
            double x, y;

            if (looks != NULL && looks->flags[i] & UMK_APP_LOOK_HIDDEN)
                continue;
            umk_app_view_to_screen(view, (double) points->x[i], (double) points->y[i], &x,
                                   &y);
            if (cell != UMK_APP_CELL_IN && !umk_app_lasso_mask_contains(&mask, x, y))
                continue;
            guint32 row = points->row[i];
            if (row >= points->n_rows || (bits[row / 64] >> row % 64 & 1))
                continue;
            bits[row / 64] |= (guint64) 1 << row % 64;
            n++;
        }
    }
    umk_app_lasso_mask_clear(&mask);
    *n_found = n;
    return read_off(bits, n_words, n);
}
