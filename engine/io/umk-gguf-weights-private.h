/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tensors of a GGUF file under the names of the published checkpoints, as float
 * arrays. F32 tensors are used in place in the mapped file, the others become float when
 * they are asked for. As with UmkWeights, looking up belongs to loading and is for one
 * thread. */
#pragma once

#include "io/umk-gguf-private.h"

/* "encoder.layer.#.output.dense" is called "blk.#.ffn_down" in the file; # stands for the
 * digits of a layer. With second set, the rows of both tensors are one behind the other;
 * an entry counts only where the file has all of its tensors. The first that fits wins.
 */
typedef struct {
    const char *name;
    const char *gguf;
    const char *second; /* or NULL */
} UmkGgufName;

typedef struct _UmkGgufWeights UmkGgufWeights;

/* Both are borrowed; names ends with a NULL name. */
UmkGgufWeights *
_umk_gguf_weights_new(const UmkGguf *gguf, GBytes *bytes, const UmkGgufName *names);
void _umk_gguf_weights_free(UmkGgufWeights *self);

/* These take gpointer so that they fit into UmkTensors (nn/umk-layers-private.h). */
gboolean _umk_gguf_weights_has(gpointer self, const char *name);
const float *_umk_gguf_weights_get(
    gpointer self, const char *name, const gsize *shape, guint n_axes, GError **error);
void _umk_gguf_weights_release(gpointer self, const float *data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkGgufWeights, _umk_gguf_weights_free)
