/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a GGUF file of an embedding model says of its network, in the form in which
 * authors publish it: the config.json of its family. */
#pragma once

#include <json-glib/json-glib.h>

#include "io/umk-gguf-weights-private.h"

/* A family of files by their "general.architecture". */
typedef struct {
    const char *architecture;
    const UmkGgufName *names;
    gboolean (*configure)(const UmkGguf *gguf, JsonObject *config, GError **error);
} UmkGgufArchitecture;

/* NULL and an error that names the known ones. */
const UmkGgufArchitecture *_umk_gguf_architecture_find(const UmkGguf *gguf,
                                                       GError **error);
JsonObject *_umk_gguf_make_config(const UmkGgufArchitecture *architecture,
                                  const UmkGguf *gguf,
                                  GError **error);
/* Name of a way of pooling (umk-pooling-private.h); "mean" where the file does not say.
 */
gboolean _umk_gguf_get_pooling(const UmkGguf *gguf, const char **pooling, GError **error);
/* The longest text the file speaks of, 0 if of none. */
gboolean _umk_gguf_get_context(const UmkGguf *gguf, gsize *n_tokens, GError **error);
