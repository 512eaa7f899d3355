/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound through the reader and the front end, for the features and the embedders. */
#pragma once

#include "umk-feature-config-private.h"

#include <umekomi/umk-plugin.h>

/* (n_frames, n_coeffs), to be freed by the caller. config need not be resolved. */
float *_umk_audio_compute(UmkItem *item,
                          const UmkFeatureConfig *config,
                          UmkRun *run,
                          gsize *n_frames,
                          gsize *n_coeffs,
                          GError **error);

extern const UmkFeatureOps _umk_feature_mfcc;
extern const UmkFeatureOps _umk_feature_logmel;
