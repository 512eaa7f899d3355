/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the measure "verification" found, and how it is written. */
#pragma once

#include "bias/umk-bias-ops-private.h"
#include "bias/umk-verification-figures-private.h"

G_BEGIN_DECLS

typedef struct {
    UmkTrialPairs pairs;
    UmkVerification verification;
    double *summary, *boot, *permuted;
    gsize n_boot, n_permuted, size;
    double level;
    gsize n_targets, n_others;
} UmkVerificationResult;

void _umk_verification_count(const UmkTrials *trials, gsize *n_targets, gsize *n_others);
/* With is_open, impostors are of all groups. */
void _umk_verification_write(JsonBuilder *result,
                             const UmkVerificationResult *work,
                             UmkParams *params,
                             gboolean is_open);

G_END_DECLS
