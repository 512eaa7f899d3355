/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text half of SigLIP and SigLIP 2: a pre-LN encoder without mask over a text that is
 * always padded to the full length, read at its last position. */
#pragma once

#include "modalities/text/umk-text-network-private.h"

typedef struct _UmkSiglipText UmkSiglipText;

/* The weights are borrowed and must outlive it. */
UmkSiglipText *
_umk_siglip_text_new(JsonObject *config, const UmkTensors *tensors, GError **error);
void _umk_siglip_text_free(UmkSiglipText *self);
gsize _umk_siglip_text_get_n_dims(const UmkSiglipText *self);
/* Tokens of every text, padding counted. */
gsize _umk_siglip_text_get_length(const UmkSiglipText *self);
/* Texts of at most that length; pad stands behind each for what is missing. out
 * (n_texts, n_dims), not normalised. */
gboolean _umk_siglip_text_encode(const UmkSiglipText *self,
                                 const guint32 *ids,
                                 const guint32 *offsets, /* (n_texts + 1) */
                                 gsize n_texts,
                                 guint32 pad,
                                 float *out,
                                 UmkArena *arena,
                                 GError **error);
/* The same up to the last norm: (length, n_hidden) of each text, in the arena. */
const float *_umk_siglip_text_forward(const UmkSiglipText *self,
                                      const guint32 *ids,
                                      const guint32 *offsets,
                                      gsize n_texts,
                                      guint32 pad,
                                      UmkArena *arena,
                                      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkSiglipText, _umk_siglip_text_free)
