/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound through the reader and the front end, for the features and the embedders. */
#pragma once

#include "umk-frontend-private.h"

#include <umekomi/umk-plugin.h>

/* (n_frames, coefficients of the front end), to be freed by the caller. */
float *_umk_audio_compute(
    UmkItem *item, UmkFrontend *frontend, UmkRun *run, gsize *n_frames, GError **error);

extern const UmkFeatureOps _umk_feature_mfcc;
extern const UmkFeatureOps _umk_feature_logmel;
extern const UmkFeatureOps _umk_feature_samples;
