/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the embedder "bert". */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_bert_embedder;
