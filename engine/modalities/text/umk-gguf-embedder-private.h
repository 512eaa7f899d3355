/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the embedder "gguf". */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_gguf_embedder;
