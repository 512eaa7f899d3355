/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "umekomi-audio": a transformer over log-mel frames. */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_audio_encoder_embedder;
