/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a finished head is measured by, and how that is written down. */
#pragma once

#include "train/umk-align-train-private.h"

#include <umekomi/umk-retrieval.h>

/* Both directions, among the held-out pairs alone and among all different vectors. */
#define UMK_ALIGN_MEASURES 4

typedef struct {
    gboolean backwards; /* space to frame */
    gboolean among_all;
    gboolean has_before; /* the two sides are as long, so they can be compared unmapped */
    UmkRecall before, after;
} UmkAlignMeasure;

typedef struct {
    const char *frame;
    const char *space;
    const UmkAlignSettings *settings;
    const UmkAlignPairs *pairs;
    const UmkAlignResult *result;
    gsize n_from, n_to; /* different vectors on either side */
    gboolean normalize;
    double held_out, validation;
    UmkAlignMeasure measures[UMK_ALIGN_MEASURES];
} UmkAlignOutcome;

/* All of it, as umk_train_align() hands it out. */
char *_umk_align_report(const UmkAlignOutcome *outcome);
/* What goes with the aligner into the file of the space. */
char *_umk_align_summary(const UmkAlignOutcome *outcome);
