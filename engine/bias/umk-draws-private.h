/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Percentile intervals of a figure over one list of items: the items are drawn anew, with
 * replacement, one stream of the seed a replicate. */
#pragma once

#include "bias/umk-bias-ops-private.h"
#include "bias/umk-bias-options-private.h"

G_BEGIN_DECLS

/* The figure over the items drawn (n); NaN where it is undefined. */
typedef double (*UmkDrawFunc)(const guint32 *drawn, gsize n, gconstpointer data);

typedef struct {
    gsize n_replicates;
    double level;
    guint64 seed;
    const char *over; /* CODE of what is drawn anew */
} UmkDraws;

/* By the options "replicates" and "level". */
UmkDraws _umk_draws_new(UmkParams *params, guint64 seed, const char *over);
/* FALSE, and no interval, where there are fewer than two items, no replicates, or fewer
 * than half of them have the figure. */
gboolean _umk_draws_interval(const UmkDraws *self,
                             UmkDrawFunc func,
                             gconstpointer data,
                             gsize n,
                             UmkBiasInterval *interval);
/* Figures to draw for: the mean of data (n) double, NaN left out; the correlation of the
 * UmkDrawnPairs. */
double _umk_drawn_mean(const guint32 *drawn, gsize n, gconstpointer values);
typedef struct {
    const double *a, *b; /* (n) */
} UmkDrawnPairs;
double _umk_drawn_correlation(const guint32 *drawn, gsize n, gconstpointer pairs);

/* For the larger of a share and its rest, of which k of n is one: what the fold
 * at one half makes of Wilson's interval of the share. It covers at least as often. */
UmkBiasInterval
_umk_folded_share_interval(guint64 k, guint64 n, double level, const char *over);
/* Wilson's interval of k of n. */
UmkBiasInterval _umk_share_interval(guint64 k, guint64 n, double level, const char *over);

void _umk_bias_open(JsonBuilder *result, const char *member);
void _umk_bias_close(JsonBuilder *result);
void _umk_bias_add_codes(JsonBuilder *result, const char *member, const GPtrArray *codes);

extern const UmkBiasMeasureOps _umk_bias_direction, _umk_bias_indirect, _umk_bias_cluster,
    _umk_bias_neighbour, _umk_bias_probe;

G_END_DECLS
