/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a figure is where there is nothing to find, and how large it must be to be told
 * from that. Random sets: the measure again with rows of the background, which are in no
 * set, in place of its targets; the measure's own function of picks is asked, so that any
 * measure that can be drawn anew has its controls for nothing. Where a measure has no
 * targets to replace, its groups, sides or identities are dealt anew instead. */
#pragma once

#include "bias/umk-bias-association-private.h"
#include "bias/umk-draws-private.h"

G_BEGIN_DECLS

/* ---- rows that stand in for targets ------------------------------------------------ */

#define UMK_POOL 2048 /* rows; more would not change a figure */

typedef struct {
    const UmkBiasInput *input;
    gsize *rows; /* (n) of the background, by chance; in no set, not zero */
    gsize n;
} UmkBiasPool;

/* Rows of this modality where the background says which rows are. */
void _umk_bias_pool_init(UmkBiasPool *self,
                         const UmkBiasInput *input,
                         UmkModality modality,
                         gsize most,
                         guint64 seed);
/* For as many as a set holds, of its modality. Returns why there is none (a CODE) or
 * NULL; with n == 0 it was not asked for. */
const char *_umk_bias_pool_init_like(UmkBiasPool *self,
                                     const UmkBiasInput *input,
                                     const UmkBiasSet *set,
                                     gsize n,
                                     gsize most,
                                     guint64 seed);
void _umk_bias_pool_clear(UmkBiasPool *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkBiasPool, _umk_bias_pool_clear)
/* (n, d) in double, of length 1. Free with g_free(). */
double *_umk_bias_pool_dup_unit_rows(const UmkBiasPool *self);

/* The sets with all of a pool in place of x, and of y where there is one; a and b are
 * copies. Returns why there is none (a CODE) or NULL. */
const char *_umk_bias_sets_init_random(UmkBiasSets *self,
                                       const UmkBiasSets *sets,
                                       const UmkBiasInput *input,
                                       gsize n_wanted,
                                       guint64 seed);
/* In pairs no row is its own partner: y begins half way through the pool. */
void _umk_bias_sets_pair_random(UmkBiasSets *self);

/* ---- the figure of random sets ----------------------------------------------------- */

typedef struct {
    const char *of;          /* id of a figure */
    const char *kind;        /* CODE of what is left to chance */
    const char *alternative; /* which way is more: "greater", "less", "two-sided" */
    double found, neutral;
    double *values;        /* (n) of the figure; NaN: not defined */
    gsize n;               /* 0: none */
    const char *undefined; /* CODE why not */
} UmkBiasNull;

void _umk_bias_null_clear(UmkBiasNull *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkBiasNull, _umk_bias_null_clear)

/* As many random sets as the option "controls" says, of so many rows in all. FALSE, with
 * the reason in self, where there are none. */
gboolean _umk_bias_null_begin(UmkBiasNull *self,
                              UmkBiasSets *random,
                              const UmkBiasSets *sets,
                              const UmkBiasInput *input,
                              UmkParams *params,
                              gsize n_wanted,
                              guint64 seed);
/* self->n times the figure of this number, with wanted[g] items of each group g that is
 * in the mask, no item twice; each time has its own stream of the seed. The groups drawn
 * from hold the same items. */
gboolean _umk_bias_null_draw(UmkBiasNull *self,
                             const UmkResample *what,
                             gsize figure,
                             guint groups,
                             const gsize wanted[UMK_RESAMPLE_GROUPS],
                             guint64 seed,
                             UmkRun *run,
                             GError **error);

/* The figure over items by their places, as _umk_draws_interval() has it, of n_wanted of
 * the n_items of a pool. */
gboolean _umk_bias_null_draw_list(UmkBiasNull *self,
                                  UmkDrawFunc func,
                                  gconstpointer data,
                                  gsize n_items,
                                  gsize n_wanted,
                                  guint64 seed,
                                  UmkRun *run,
                                  GError **error);

/* ---- writing ----------------------------------------------------------------------- */

/* The member "control". */
void _umk_bias_add_control(JsonBuilder *result, const UmkBiasNull *null, double level);

/* How far from neutral a figure must be to be as rare as alpha among the values; not a
 * number where none of them is that rare. */
double _umk_bias_critical(const UmkBiasNull *null, double alpha);
/* The member "detectable": the limit and, for the power, as many standard deviations of
 * the bootstrap as a normal figure needs to come out beyond it; none where no figure is
 * farther from neutral than bound (NaN: no bound). from: a CODE of what the limit is of.
 * The options "power" and "alpha" are read. */
void _umk_bias_add_detectable(JsonBuilder *result,
                              UmkParams *params,
                              const char *of,
                              const char *from,
                              double limit,
                              double deviation,
                              double bound,
                              const char *undefined);
/* The same from the values of null. */
void _umk_bias_add_detectable_by(JsonBuilder *result,
                                 UmkParams *params,
                                 const UmkBiasNull *null,
                                 const char *from,
                                 double deviation,
                                 double bound);
/* Of the widest interval that replicates gave; not a number without any. */
double _umk_bias_deviation(const UmkBiasInterval *intervals, gsize n);
double _umk_resampled_deviation(const UmkResampled *resampled, gsize figure);

G_END_DECLS
