/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "mfcc-stats": timbre without a model. */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_mfcc_stats_embedder;
