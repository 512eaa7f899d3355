/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The state of a training between two epochs, as bytes (little-endian):
 *
 *   8 bytes   "UMKALGN1"
 *   32 bytes  SHA-256 of everything that decides the outcome: settings, pairs, parts
 *   u64       n_weights, the scale of the temperature not counted
 *   u64       n_epochs rows of the curve that follow, at least 1
 *   u64       step, steps taken
 *   u64       start, best_epoch
 *   f64       log_scale, its two moments, log_scale of the best weights
 *   f64       n_epochs × (step, rate, train, validation)
 *   f32       weights, mean, square, best weights: n_weights each
 *
 * Nothing in a state is believed before it is checked; the length must be exact. */
#pragma once

#include "train/umk-align-train-private.h"

G_BEGIN_DECLS

#define UMK_ALIGN_DIGEST_SIZE 32

typedef struct {
    guint8 digest[UMK_ALIGN_DIGEST_SIZE];
    gsize n_weights;
    guint64 step, start, best_epoch;
    double log_scale, scale_mean, scale_square, best_log_scale;
    GArray *curve; /* UmkAlignEpoch */
    float *weights, *mean, *square, *best;
} UmkAlignState;

void _umk_align_state_clear(UmkAlignState *self);
gboolean _umk_align_state_alloc(UmkAlignState *self, gsize n_weights, GError **error);
GBytes *_umk_align_state_to_bytes(const UmkAlignState *self);
/* Fills an empty state. */
gboolean _umk_align_state_parse(UmkAlignState *self,
                                const guint8 *data,
                                gsize length,
                                GError **error);
void _umk_align_state_digest(const UmkAlignSettings *settings,
                             const UmkAlignPairs *pairs,
                             guint8 *digest);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkAlignState, _umk_align_state_clear)

G_END_DECLS
