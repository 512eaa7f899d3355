/* SPDX-License-Identifier: GPL-3.0-or-later */
/* HuBERT (Hsu et al. 2021), whose network is that of wav2vec 2.0. */
#include "umk-speech-encoder-private.h"

#include <glib/gi18n-lib.h>

const UmkSpeechFamily _umk_hubert_family = {
    .model_type = "hubert",
    .names = &_umk_speech_encoder_names,
};

UMK_DEFINE_SPEECH_EMBEDDER(hubert, "hubert", N_("HuBERT"))
