/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the embedder "gguf". */
#pragma once

#include <umekomi/umk-plugin.h>

extern const UmkEmbedderOps _umk_gguf_embedder;

/* Whether the file holds a network that can be run; the error says why not. */
gboolean _umk_gguf_embedder_check(const char *path, GError **error);
