/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The direction in which two groups of vectors differ, and what lies along it. Rows are
 * of length 1, in double; the sign is such that the first of x lies on the positive side
 * of the first of y.
 *
 *   pair         u(x_i - y_i) of one pair
 *   mean         u(Σ (x_i - y_i))                               pairs
 *   pca          first component of the 2P rows minus their pair's middle; Bolukbasi et
 *                al., "Man is to computer programmer as woman is to homemaker?", 2016
 *   classifier   the normal of a logistic regression of x against y (C = 1)
 *   two-means    u(mean of x - mean of y)                       groups of any sizes
 *
 * Pairs need sets of equal sizes; auto is pca where they are equal and two-means where
 * not. Where the groups do not differ there is no direction, and a reason instead. */
#pragma once

#include "bias/umk-bias-ops-private.h"

G_BEGIN_DECLS

typedef enum {
    UMK_DIRECTION_AUTO,
    UMK_DIRECTION_PCA,
    UMK_DIRECTION_MEAN,
    UMK_DIRECTION_PAIR,
    UMK_DIRECTION_CLASSIFIER,
    UMK_DIRECTION_TWO_MEANS
} UmkDirectionWay;

typedef struct {
    gsize d;
    UmkDirectionWay way; /* never auto */
    double *vector;      /* (d), of length 1; NULL when undefined */
    double *ratios;      /* (n_ratios) explained variance, descending; pca alone */
    gsize n_ratios;
    const char *undefined; /* CODE */
} UmkDirection;

extern const char *const _umk_direction_ways[];

/* Rows of a table of options that choose the way. */
#define UMK_DIRECTION_PARAM_WAY                                                          \
    {                                                                                    \
        .name = "way", .type = UMK_PARAM_CHOICE, .title = N_("Direction"),               \
        .help = N_("How the direction is found; auto is pca for pairs, two-means for "   \
                   "groups of unequal sizes"),                                           \
        .choices = _umk_direction_ways                                                   \
    }
#define UMK_DIRECTION_PARAM_PAIR                                                         \
    {                                                                                    \
        .name = "pair", .type = UMK_PARAM_INT, .title = N_("Pair"),                      \
        .help = N_("Which pair, counted from 1, when the direction is that of one"),     \
        .min = 1, .max = 1e6, .def = 1                                                   \
    }

UmkDirectionWay _umk_direction_way_from_name(const char *name);

#define UMK_DIRECTION_WEAK 0.5 /* explained variance below which a note is made */

gboolean _umk_direction_find(UmkDirection *self,
                             UmkDirectionWay way,
                             const double *x, /* (n_x, d), of length 1 or 0 */
                             gsize n_x,
                             const double *y, /* (n_y, d) */
                             gsize n_y,
                             gsize d,
                             gsize pair, /* from 0 */
                             GError **error);
/* Of the sets x and y by the options "way" and "pair". */
gboolean _umk_direction_find_for_input(UmkDirection *self,
                                       const UmkBiasInput *input,
                                       UmkParams *params,
                                       GError **error);
/* An error where there is no direction. */
gboolean _umk_direction_require(const UmkDirection *self,
                                const UmkBiasSet *x,
                                const UmkBiasSet *y,
                                GError **error);
void _umk_direction_clear(UmkDirection *self);
gboolean _umk_direction_is_weak(const UmkDirection *self);

/* In one fixed order of eight sums, which a compiler can make vectors of. */
double _umk_dot(const double *a, const double *b, gsize d);
/* a (d) to length 1; FALSE and untouched when it is zero. */
gboolean _umk_make_unit(double *a, gsize d);

/* mean |cos(w, g)|^c over the rows that are not zero; NaN without any. */
double _umk_direction_direct_bias(const UmkDirection *self,
                                  const double *rows,
                                  gsize n,
                                  double strictness);
/* [w.v - cos(w⊥, v⊥)] / w.v of rows of length 1: the share of their likeness that is owed
 * to the direction (Bolukbasi et al. 2016). NaN and a reason below |w.v| = 0.05, where
 * the quotient says nothing, or when one of them lies in the direction. */
double _umk_direction_indirect_bias(const UmkDirection *self,
                                    const double *w,
                                    const double *v,
                                    const char **undefined);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkDirection, _umk_direction_clear)

G_END_DECLS
