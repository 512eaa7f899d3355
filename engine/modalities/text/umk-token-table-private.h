/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables a text encoder starts from: a vector for each token and each position, and
 * for some families one more for the kind of text. Lends the weights, owns nothing. */
#pragma once

#include <umekomi/umk-types.h>

typedef struct {
    const float *words;     /* (n_vocabulary, n_dims) */
    const float *type;      /* (n_dims), or NULL */
    const float *positions; /* (n_positions, n_dims) */
    gsize n_vocabulary, n_positions, n_dims;
} UmkTokenTable;

/* Sums word, type and position of each token of packed texts into hidden (n_tokens,
 * n_dims). offsets has n_texts + 1 entries. An id or a length out of range is an error.
 */
gboolean _umk_token_table_look_up(const UmkTokenTable *self,
                                  const guint32 *ids,
                                  const guint32 *offsets,
                                  gsize n_texts,
                                  float *hidden,
                                  GError **error);
