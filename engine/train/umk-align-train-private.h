/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trains a head on pairs of vectors. Takes numbers and gives numbers; files are for the
 * caller. */
#pragma once

#include "core/umk-run-private.h"
#include "train/umk-align-split-private.h"
#include "train/umk-head-private.h"

G_BEGIN_DECLS

typedef struct {
    const UmkHeadOps *head;
    UmkHeadShape shape;
    UmkMetric metric;
    gsize batch;      /* pairs */
    guint accumulate; /* batches a step */
    guint n_epochs;   /* at most */
    guint patience;   /* epochs without a better validation loss; 0: never stop early */
    double rate, decay, warmup; /* warmup is the share of all steps */
    double temperature; /* 0: the one with the least validation loss at the start */
    gboolean learn_temperature;
    guint64 seed;
} UmkAlignSettings;

typedef struct {
    gsize n;
    const float *x;      /* (n, n_in), of length 1 if so wanted */
    const float *y;      /* (n, n_out), of length 1 under the cosine */
    const guint32 *from; /* (n) which source */
    const guint32 *to;   /* (n) which target */
    const guint8 *parts; /* (n) UmkPart */
} UmkAlignPairs;

/* One row an epoch; row 0 is the start, before any step. */
typedef struct {
    guint64 step;
    double rate;       /* of the epoch's last step */
    double train;      /* mean loss over the epoch's batches; NaN at the start */
    double validation; /* mean loss over validation pairs */
} UmkAlignEpoch;

typedef struct {
    float *weights; /* the best ones */
    gsize n_weights;
    guint start;      /* which of the head's starts was taken */
    guint best_epoch; /* row of the curve */
    gboolean stopped; /* early */
    double temperature;
    GArray *curve; /* UmkAlignEpoch */
} UmkAlignResult;

void _umk_align_result_clear(UmkAlignResult *self);

/* Where a long training leaves its state, and where it finds it again. */
typedef struct {
    gboolean (*save)(gpointer data, GBytes *state, GError **error);
    gpointer data;
    GBytes *state; /* an earlier one to go on from, or NULL */
} UmkAlignCheckpoint;

/* On cancelling the state of the last whole epoch is saved first. A training that went on
 * from a state gives the bytes it would have given in one go. */
gboolean _umk_align_train(const UmkAlignSettings *settings,
                          const UmkAlignPairs *pairs,
                          const UmkAlignCheckpoint *checkpoint,
                          UmkRun *run,
                          UmkAlignResult *result,
                          GError **error);

/* The rows of x through the head: out (n, n_out). */
void _umk_align_map(const UmkAlignSettings *settings,
                    const float *weights,
                    const float *x,
                    gsize n,
                    float *out);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkAlignResult, _umk_align_result_clear)

G_END_DECLS
