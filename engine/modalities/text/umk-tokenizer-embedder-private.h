/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_tokenizer_embedder;
