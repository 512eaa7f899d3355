/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bootstrap and the jackknife of figures that depend on groups of items. */
#pragma once

#include "bias/umk-bias-ops-private.h"

G_BEGIN_DECLS

#define UMK_RESAMPLE_GROUPS 4

/* Which items of each group a figure is to be computed from. */
typedef struct {
    const guint32 *items[UMK_RESAMPLE_GROUPS];
    gsize n[UMK_RESAMPLE_GROUPS];
    gboolean whole[UMK_RESAMPLE_GROUPS]; /* each item once, in order */
} UmkPicks;

typedef struct _UmkResample UmkResample;
struct _UmkResample {
    gsize n_groups;
    gsize sizes[UMK_RESAMPLE_GROUPS];
    gsize n_figures;
    gsize n_scratch; /* doubles that figures() may write on */
    /* Writes n_figures numbers; NaN: not defined for these picks. */
    void (*figures)(const UmkResample *self,
                    const UmkPicks *picks,
                    double *scratch,
                    double *values);
    gconstpointer data;
};

/* (n_figures, n_replicates) with the groups of the mask drawn anew with replacement; each
 * replicate has its own stream. Free with g_free(). */
double *_umk_resample_draw(const UmkResample *self,
                           guint groups,
                           gsize n_replicates,
                           guint64 seed,
                           guint64 stream,
                           UmkRun *run,
                           GError **error);
/* (n_figures, n of all items) without each item, group after group. Free with g_free().
 */
double *_umk_resample_leave_out(const UmkResample *self, UmkRun *run, GError **error);
/* The figures of all items. */
void _umk_resample_whole(const UmkResample *self, double *values);

/* ---- intervals of all figures ------------------------------------------------------ */

typedef struct {
    const char *over; /* "targets" … */
    guint groups;     /* mask of those drawn anew */
    gsize most;       /* replicates that are enough where one costs much; 0: no limit */
} UmkResampleWay;

typedef struct {
    gsize n_figures;
    double *values;  /* (n_figures) */
    double *without; /* (n_figures, n_items) */
    gsize n_items;
    UmkBiasInterval *intervals; /* (n_figures, n_per_figure at most) */
    gsize *n_intervals;         /* (n_figures) */
    gsize n_per_figure;
    gsize left_out;   /* most replicates that had no value */
    gboolean too_few; /* a group of one cannot be drawn anew */
    gboolean no_bca;  /* a BCa interval could not be had */
} UmkResampled;

void _umk_resampled_clear(UmkResampled *self);
/* Percentile and BCa for each way in which every group drawn has two items or more. */
gboolean _umk_resample_all(const UmkResample *self,
                           const UmkResampleWay *ways,
                           gsize n_ways,
                           gsize n_replicates,
                           double level,
                           guint64 seed,
                           UmkResampled *resampled,
                           UmkRun *run,
                           GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkResampled, _umk_resampled_clear)

G_END_DECLS
