/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text tower of CLIP (Radford et al. 2021): pre-LN blocks under a causal mask, the
 * vector of the end-of-text token, a projection into the space shared with the images. */
#pragma once

#include <json-glib/json-glib.h>

#include "io/umk-weights-private.h"
#include "nn/umk-encoder-private.h"

typedef struct _UmkClipText UmkClipText;

/* config: the whole config.json. The weights are borrowed. */
UmkClipText *_umk_clip_text_new(JsonObject *config, UmkWeights *weights, GError **error);
void _umk_clip_text_free(UmkClipText *self);
gsize _umk_clip_text_get_n_hidden(const UmkClipText *self);
gsize _umk_clip_text_get_n_dims(const UmkClipText *self);
gsize _umk_clip_text_get_n_positions(const UmkClipText *self);
/* Hidden states after the final norm (n_tokens, n_hidden), in the arena. */
const float *_umk_clip_text_forward(const UmkClipText *self,
                                    const guint32 *ids,
                                    const guint32 *offsets, /* (n_texts + 1) */
                                    gsize n_texts,
                                    UmkArena *arena,
                                    GError **error);
/* One text's projected vector out of its n hidden states. */
void _umk_clip_text_project(const UmkClipText *self,
                            const guint32 *ids,
                            const float *hidden,
                            gsize n,
                            float *out);
