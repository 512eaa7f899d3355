/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The embedder "clap-text": the text half of a CLAP folder. */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_clap_text_embedder;
