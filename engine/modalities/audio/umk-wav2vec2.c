/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wav2vec 2.0 (Baevski et al. 2020): mean of the last hidden states. Heads for
 * recognition or pretraining are not read. */
#include "umk-speech-encoder-private.h"

#include <glib/gi18n-lib.h>

const UmkSpeechFamily _umk_wav2vec2_family = {
    .model_type = "wav2vec2",
    .names = &_umk_speech_encoder_names,
};

UMK_DEFINE_SPEECH_EMBEDDER(wav2vec2, "wav2vec2", N_("wav2vec 2.0"))
