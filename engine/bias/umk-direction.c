/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Five ways to find one direction; what they are stands in the header. */
#include "bias/umk-direction-private.h"

#include "bias/umk-logistic-private.h"
#include "linalg/umk-dense-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define LEAST_COSINE 0.05  /* below it the indirect bias is undefined */
#define NOTHING      1e-12 /* a difference of unit rows that is shorter is none */

const char *const _umk_direction_ways[] = {"auto",       "pca",       "mean", "pair",
                                           "classifier", "two-means", NULL};

UmkDirectionWay
_umk_direction_way_from_name(const char *name)
{
    for (guint i = 0; _umk_direction_ways[i] != NULL; i++)
        if (g_strcmp0(_umk_direction_ways[i], name) == 0)
            return (UmkDirectionWay) i;
    return UMK_DIRECTION_AUTO;
}

double
_umk_dot(const double *a, const double *b, gsize d)
{
    double sums[8] = {0}, sum = 0.0;
    gsize j = 0;

    for (; j + 8 <= d; j += 8)
        for (gsize k = 0; k < 8; k++)
            sums[k] += a[j + k] * b[j + k];
    for (; j < d; j++)
        sum += a[j] * b[j];
    for (gsize k = 0; k < 8; k++)
        sum += sums[k];
    return sum;
}

gboolean
_umk_make_unit(double *a, gsize d)
{
    double squared = _umk_dot(a, a, d), scale;

    if (!(squared > 0.0))
        return FALSE;
    scale = 1.0 / sqrt(squared);
    for (gsize j = 0; j < d; j++)
        a[j] *= scale;
    return TRUE;
}

void
_umk_direction_clear(UmkDirection *self)
{
    g_clear_pointer(&self->vector, g_free);
    g_clear_pointer(&self->ratios, g_free);
}

gboolean
_umk_direction_is_weak(const UmkDirection *self)
{
    return self->n_ratios > 0 && self->ratios[0] < UMK_DIRECTION_WEAK;
}

static void
add_scaled(double *to, double factor, const double *row, gsize d)
{
    for (gsize j = 0; j < d; j++)
        to[j] += factor * row[j];
}

/* The rows minus their pair's middle are ±(x - y) / 2, so 2P of them have the components
 * of P differences; the ratios are told of the 2P rows all the same. */
static gboolean
find_component(
    UmkDirection *self, const double *x, const double *y, gsize n, GError **error)
{
    gsize d = self->d, rows = 2 * n, k = MIN(rows, d);
    g_autofree double *centred = g_new(double, rows *d), *s = g_new(double, k);
    g_autofree double *vt = g_new(double, k *d);
    double total = 0.0;

    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < d; j++) {
            double half = 0.5 * (x[i * d + j] - y[i * d + j]);

            centred[2 * i * d + j] = half;
            centred[(2 * i + 1) * d + j] = -half;
        }
    if (!_umk_dense_svd(centred, rows, d, s, NULL, vt, error))
        return FALSE;
    for (gsize i = 0; i < k; i++)
        total += s[i] * s[i];
    if (!(total > NOTHING * NOTHING))
        return TRUE; /* no direction */
    self->ratios = g_new(double, k);
    self->n_ratios = k;
    for (gsize i = 0; i < k; i++)
        self->ratios[i] = s[i] * s[i] / total;
    memcpy(self->vector, vt, d * sizeof *vt);
    return TRUE;
}

static gboolean
find_normal(UmkDirection *self,
            const double *x,
            gsize n_x,
            const double *y,
            gsize n_y,
            GError **error)
{
    gsize d = self->d;
    g_autofree double *rows = g_new(double, (n_x + n_y) * d);
    g_autofree guint8 *positive = g_new0(guint8, n_x + n_y);
    double intercept;

    memcpy(rows, x, n_x * d * sizeof *rows);
    memcpy(rows + n_x * d, y, n_y * d * sizeof *rows);
    memset(positive, 1, n_x);
    return _umk_logistic_fit_rows(rows, positive, n_x + n_y, d, 1.0, self->vector,
                                  &intercept, error);
}

static void
find_difference(
    UmkDirection *self, const double *x, gsize n_x, const double *y, gsize n_y)
{
    for (gsize i = 0; i < n_x; i++)
        add_scaled(self->vector, 1.0 / (double) n_x, x + i * self->d, self->d);
    for (gsize i = 0; i < n_y; i++)
        add_scaled(self->vector, -1.0 / (double) n_y, y + i * self->d, self->d);
}

/* By the first pair; where that does not tell, by the means. */
static void
fix_sign(UmkDirection *self, const double *x, gsize n_x, const double *y, gsize n_y)
{
    gsize d = self->d;
    double side = _umk_dot(x, self->vector, d) - _umk_dot(y, self->vector, d);

    if (fabs(side) < NOTHING) {
        side = 0.0;
        for (gsize i = 0; i < n_x; i++)
            side += _umk_dot(x + i * d, self->vector, d) / (double) n_x;
        for (gsize i = 0; i < n_y; i++)
            side -= _umk_dot(y + i * d, self->vector, d) / (double) n_y;
    }
    for (gsize j = 0; j < d && side < 0.0; j++)
        self->vector[j] = -self->vector[j];
}

static gboolean
check_pairs(UmkDirectionWay way, gsize n_x, gsize n_y, gsize pair, GError **error)
{
    if (way == UMK_DIRECTION_CLASSIFIER || way == UMK_DIRECTION_TWO_MEANS)
        return TRUE;
    if (n_x != n_y) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The direction “%s” is found from pairs, and the sets have %zu and "
                      "%zu items; choose two-means or classifier for groups"),
                    _umk_direction_ways[way], n_x, n_y);
        return FALSE;
    }
    if (way == UMK_DIRECTION_PAIR && n_x > 0 && pair >= n_x) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("There is no pair %zu; the sets have %zu"), pair + 1, n_x);
        return FALSE;
    }
    return TRUE;
}

static gboolean
find_way(UmkDirection *self,
         const double *x,
         gsize n_x,
         const double *y,
         gsize n_y,
         gsize pair,
         GError **error)
{
    switch (self->way) {
    case UMK_DIRECTION_PAIR:
        find_difference(self, x + pair * self->d, 1, y + pair * self->d, 1);
        return TRUE;
    case UMK_DIRECTION_PCA:
        return find_component(self, x, y, n_x, error);
    case UMK_DIRECTION_CLASSIFIER:
        return find_normal(self, x, n_x, y, n_y, error);
    case UMK_DIRECTION_AUTO:
    case UMK_DIRECTION_MEAN:
    case UMK_DIRECTION_TWO_MEANS:
    default:
        find_difference(self, x, n_x, y, n_y);
        return TRUE;
    }
}

gboolean
_umk_direction_find(UmkDirection *self,
                    UmkDirectionWay way,
                    const double *x,
                    gsize n_x,
                    const double *y,
                    gsize n_y,
                    gsize d,
                    gsize pair,
                    GError **error)
{
    *self = (UmkDirection){.d = d, .way = way};
    if (way == UMK_DIRECTION_AUTO)
        self->way = n_x == n_y ? UMK_DIRECTION_PCA : UMK_DIRECTION_TWO_MEANS;
    if (!check_pairs(self->way, n_x, n_y, pair, error))
        return FALSE;
    if (n_x == 0 || n_y == 0) {
        self->undefined = "empty-set";
        return TRUE;
    }
    self->vector = g_new0(double, d + 1);
    if (!find_way(self, x, n_x, y, n_y, pair, error)) {
        _umk_direction_clear(self);
        return FALSE;
    }
    if (_umk_dot(self->vector, self->vector, d) < NOTHING * NOTHING) {
        _umk_direction_clear(self);
        self->n_ratios = 0;
        self->undefined = "no-direction";
        return TRUE;
    }
    _umk_make_unit(self->vector, d);
    fix_sign(self, x, n_x, y, n_y);
    return TRUE;
}

gboolean
_umk_direction_find_for_input(UmkDirection *self,
                              const UmkBiasInput *input,
                              UmkParams *params,
                              GError **error)
{
    const UmkBiasSet *x = _umk_bias_input_get_set(input, "x");
    const UmkBiasSet *y = _umk_bias_input_get_set(input, "y");
    g_autofree double *x_rows = _umk_bias_set_dup_unit_rows(x);
    g_autofree double *y_rows = _umk_bias_set_dup_unit_rows(y);
    UmkDirectionWay way =
        _umk_direction_way_from_name(umk_params_get_string(params, "way"));

    return _umk_direction_find(self, way, x_rows, x->n, y_rows, y->n, x->d,
                               (gsize) umk_params_get_int(params, "pair") - 1, error);
}

gboolean
_umk_direction_require(const UmkDirection *self,
                       const UmkBiasSet *x,
                       const UmkBiasSet *y,
                       GError **error)
{
    if (self->vector != NULL)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The sets “%s” and “%s” do not differ, so there is no direction"),
                x->title, y->title);
    return FALSE;
}

/* ---- what lies along it ----------------------------------------------------------- */

double
_umk_direction_direct_bias(const UmkDirection *self,
                           const double *rows,
                           gsize n,
                           double strictness)
{
    double sum = 0.0;
    gsize n_used = 0;

    for (gsize i = 0; i < n; i++) {
        const double *row = rows + i * self->d;

        if (!(_umk_dot(row, row, self->d) > 0.0))
            continue;
        sum += pow(fabs(_umk_dot(row, self->vector, self->d)), strictness);
        n_used++;
    }
    return n_used > 0 ? sum / (double) n_used : (double) NAN;
}

double
_umk_direction_indirect_bias(const UmkDirection *self,
                             const double *w,
                             const double *v,
                             const char **undefined)
{
    gsize d = self->d;
    double likeness = _umk_dot(w, v, d);
    double along_w = _umk_dot(w, self->vector, d), along_v = _umk_dot(v, self->vector, d);
    double rest_w = 1.0 - along_w * along_w, rest_v = 1.0 - along_v * along_v;

    *undefined = NULL;
    if (!(_umk_dot(w, w, d) > 0.0) || !(_umk_dot(v, v, d) > 0.0))
        *undefined = "zero-vector";
    else if (fabs(likeness) < LEAST_COSINE)
        *undefined = "too-unlike";
    else if (rest_w < NOTHING || rest_v < NOTHING)
        *undefined = "along-direction";
    if (*undefined != NULL)
        return NAN;
    return (likeness - (likeness - along_w * along_v) / sqrt(rest_w * rest_v)) / likeness;
}
