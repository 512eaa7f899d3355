/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An audio model's preprocessor_config.json as a front-end configuration. */
#pragma once

#include "umk-feature-config-private.h"

/* Keys that are absent keep the values of the built-in model. Unknown words for a window,
 * a scale and so on are errors: guessing would change every vector a little. */
gboolean _umk_audio_preprocess_parse(UmkFeatureConfig *config,
                                     const guint8 *data,
                                     gsize length,
                                     GError **error);
