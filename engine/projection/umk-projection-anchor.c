/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The turn is the orthogonal one that brings the common items nearest (Schönemann 1966,
 * by _umk_procrustes_solve(), whose factor is left out so that places keep their
 * distances); a method whose axes are ranked may only be mirrored along them. */
#include "projection/umk-projection-anchor-private.h"

#include <umekomi/umk-error.h>

#include "linalg/umk-solve-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

/* The rows that both have, packed. */
typedef struct {
    gsize n, d;
    float *x, *y;
} Common;

static void
common_clear(Common *common)
{
    g_free(common->x);
    g_free(common->y);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Common, common_clear)

static gboolean
is_known(const float *row, gsize d)
{
    for (gsize j = 0; j < d; j++)
        if (isnan(row[j]))
            return FALSE;
    return TRUE;
}

static gboolean
collect(UmkMatrix *coords, UmkMatrix *anchor, Common *common, GError **error)
{
    gsize n = umk_matrix_get_n_rows(coords), d = umk_matrix_get_n_cols(coords);

    if (umk_matrix_get_n_rows(anchor) != n || umk_matrix_get_n_cols(anchor) != d) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The map to align to is %zu × %zu, it should be %zu × %zu"),
                    umk_matrix_get_n_rows(anchor), umk_matrix_get_n_cols(anchor), n, d);
        return FALSE;
    }
    common->d = d;
    common->x = g_new(float, n *d + 1);
    common->y = g_new(float, n *d + 1);
    for (gsize i = 0; i < n; i++) {
        const float *to = umk_matrix_get_row(anchor, i, NULL);

        if (!is_known(to, d))
            continue;
        memcpy(common->x + common->n * d, umk_matrix_get_row(coords, i, NULL),
               d * sizeof(float));
        memcpy(common->y + common->n * d, to, d * sizeof(float));
        common->n++;
    }
    if (common->n >= 2)
        return TRUE;
    g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("The map to align to has fewer than two of these items"));
    return FALSE;
}

static void
find_mean(const float *rows, gsize n, gsize d, double *mean)
{
    for (gsize j = 0; j < d; j++) {
        mean[j] = 0.0;
        for (gsize i = 0; i < n; i++)
            mean[j] += (double) rows[i * d + j];
        mean[j] /= (double) n;
    }
}

static gboolean
is_one_place(const float *rows, gsize n, gsize d)
{
    for (gsize i = 1; i < n; i++)
        if (memcmp(rows, rows + i * d, d * sizeof(float)) != 0)
            return FALSE;
    return TRUE;
}

/* ---- the turn ------------------------------------------------------------------------
 */

static void
mirror_only(const Common *common, UmkProjectionTurn *turn)
{
    gsize d = common->d;
    double from[UMK_TURN_MAX_DIMS], to[UMK_TURN_MAX_DIMS];

    find_mean(common->x, common->n, d, from);
    find_mean(common->y, common->n, d, to);
    for (gsize j = 0; j < d; j++) {
        double sum = 0.0;

        for (gsize i = 0; i < common->n; i++)
            sum += ((double) common->x[i * d + j] - from[j]) *
                   ((double) common->y[i * d + j] - to[j]);
        turn->turn[j * d + j] = sum < 0.0 ? -1.0 : 1.0;
    }
}

static gboolean
turn_freely(const Common *common, UmkProjectionTurn *turn, GError **error)
{
    gsize d = common->d;
    float map[UMK_TURN_MAX_DIMS * UMK_TURN_MAX_DIMS], bias[UMK_TURN_MAX_DIMS];
    double from[UMK_TURN_MAX_DIMS], to[UMK_TURN_MAX_DIMS], squares = 0.0;

    for (gsize j = 0; j < d; j++)
        turn->turn[j * d + j] = 1.0;
    if (!is_one_place(common->x, common->n, d) &&
        !is_one_place(common->y, common->n, d)) {
        if (!_umk_procrustes_solve(common->x, common->y, common->n, d, d, map, bias,
                                   error))
            return FALSE;
        for (gsize i = 0; i < d * d; i++)
            squares += (double) map[i] * (double) map[i];
        for (gsize i = 0; squares > 0.0 && i < d * d; i++)
            turn->turn[i] = (double) map[i] / sqrt(squares / (double) d);
    }
    find_mean(common->x, common->n, d, from);
    find_mean(common->y, common->n, d, to);
    for (gsize j = 0; j < d; j++) {
        turn->shift[j] = to[j];
        for (gsize l = 0; l < d; l++)
            turn->shift[j] -= from[l] * turn->turn[l * d + j];
    }
    return TRUE;
}

/* Share of the anchor's scatter that no turn and factor explain (Gower 1975). */
static gboolean
measure(const Common *common, double *difference, GError **error)
{
    gsize n = common->n, d = common->d;
    float map[UMK_TURN_MAX_DIMS * UMK_TURN_MAX_DIMS], bias[UMK_TURN_MAX_DIMS];
    double mean[UMK_TURN_MAX_DIMS], left = 0.0, all = 0.0;

    *difference = 1.0;
    if (is_one_place(common->x, n, d) || is_one_place(common->y, n, d))
        return TRUE;
    if (!_umk_procrustes_solve(common->x, common->y, n, d, d, map, bias, error))
        return FALSE;
    find_mean(common->y, n, d, mean);
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++) {
            double y = (double) common->y[i * d + j], off = y - (double) bias[j];

            for (gsize l = 0; l < d; l++)
                off -= (double) common->x[i * d + l] * (double) map[l * d + j];
            left += off * off;
            all += (y - mean[j]) * (y - mean[j]);
        }
    *difference = CLAMP(left / all, 0.0, 1.0);
    return TRUE;
}

gboolean
_umk_anchor_find_turn(UmkMatrix *coords,
                      UmkMatrix *anchor,
                      UmkProjectionAlign align,
                      UmkProjectionTurn *turn,
                      GError **error)
{
    g_auto(Common) common = {0};

    memset(turn, 0, sizeof *turn);
    if (!collect(coords, anchor, &common, error))
        return FALSE;
    turn->n_dims = common.d;
    turn->n_known = common.n;
    if (align == UMK_PROJECTION_ALIGN_SIGNS)
        mirror_only(&common, turn);
    else if (!turn_freely(&common, turn, error))
        return FALSE;
    return measure(&common, &turn->difference, error);
}

UmkMatrix *
_umk_anchor_turn(const UmkProjectionTurn *turn, UmkMatrix *coords, GError **error)
{
    gsize n = umk_matrix_get_n_rows(coords), d = turn->n_dims;
    g_autofree float *places = g_new(float, n *d + 1);

    for (gsize i = 0; i < n; i++) {
        const float *x = umk_matrix_get_row(coords, i, NULL);

        for (gsize j = 0; j < d; j++) {
            double y = turn->shift[j];

            for (gsize l = 0; l < d; l++)
                y += (double) x[l] * turn->turn[l * d + j];
            places[i * d + j] = (float) y;
        }
    }
    return umk_matrix_new_from_data(n, d, places, error);
}

/* ---- the start -----------------------------------------------------------------------
 */

static UmkMatrix *
fit_plane(UmkMatrix *vectors, gsize d, UmkRun *run, GError **error)
{
    g_autoptr(UmkParams) params =
        umk_params_new(_umk_projection_pca.params, _umk_projection_pca.n_params);
    UmkMatrix *coords = NULL;
    gpointer fitted;

    if (!umk_params_set_double(params, "dims", (double) d, error))
        return NULL;
    fitted = _umk_projection_pca.fit(vectors, params, &coords, run, error);
    if (fitted != NULL)
        _umk_projection_pca.free(fitted);
    return coords;
}

UmkMatrix *
_umk_anchor_make_start(UmkMatrix *vectors, UmkMatrix *anchor, UmkRun *run, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(anchor);
    g_autofree float *places = g_new(float, n *d + 1);
    g_autoptr(UmkMatrix) plane = NULL;
    g_auto(Common) common = {0};
    float map[UMK_TURN_MAX_DIMS * UMK_TURN_MAX_DIMS], bias[UMK_TURN_MAX_DIMS];

    if (d != 2 && d != 3) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The map to align to has %zu dimensions, it should have 2 or 3"),
                    d);
        return NULL;
    }
    plane = fit_plane(vectors, d, run, error);
    if (plane == NULL || !collect(plane, anchor, &common, error) ||
        !_umk_procrustes_solve(common.x, common.y, common.n, d, d, map, bias, error))
        return NULL;
    for (gsize i = 0; i < n; i++) {
        const float *known = umk_matrix_get_row(anchor, i, NULL);
        const float *x = umk_matrix_get_row(plane, i, NULL);

        for (gsize j = 0; j < d; j++) {
            float y = bias[j];

            for (gsize l = 0; l < d; l++)
                y += x[l] * map[l * d + j];
            places[i * d + j] = is_known(known, d) ? known[j] : y;
        }
    }
    return umk_matrix_new_from_data(n, d, places, error);
}
