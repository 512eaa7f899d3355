/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pairs of rows that a verification is measured on, scored by their cosine, highest
 * first. All pairs where there are few enough, else a seeded draw of them that weighs as
 * much as all. */
#pragma once

#include "bias/umk-bias-labels-private.h"
#include "bias/umk-trials-private.h"
#include "core/umk-run-private.h"

G_BEGIN_DECLS

typedef struct {
    double score, weight;
    guint32 a, b; /* rows */
    gint32 group; /* -1: of two groups */
    gboolean target;
} UmkTrialPair;

typedef struct {
    const UmkBiasLabels *identities, *groups;
    UmkTrialPair *pairs; /* (n) */
    gsize n;
    gsize n_left_out; /* rows without a label or a direction */
    gboolean is_sampled;
    gboolean has_straddler; /* an identity in two groups */
    gint32 *group_of;       /* (identities) that of its first row; -1: none */
    gsize *rows_of;         /* (groups) rows that were used */
} UmkTrialPairs;

/* With is_open, pairs of two groups that do not belong together are made as well. */
gboolean _umk_trial_pairs_init(UmkTrialPairs *self,
                               UmkMatrix *rows,
                               const UmkBiasLabels *identities,
                               const UmkBiasLabels *groups,
                               gboolean is_open,
                               gsize limit,
                               guint64 seed,
                               UmkRun *run,
                               GError **error);
void _umk_trial_pairs_clear(UmkTrialPairs *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkTrialPairs, _umk_trial_pairs_clear)

G_END_DECLS
