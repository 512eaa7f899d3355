/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the embedder "clip-text". */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_clip_text_embedder;
