/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the embedder "word-vectors". */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_word_table_embedder;
