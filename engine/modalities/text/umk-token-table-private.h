/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables a text encoder starts from: a vector for each token and, for some families,
 * for each position and each kind of text. Lends the weights, owns nothing. */
#pragma once

#include "io/umk-safetensors-private.h"

typedef struct {
    const float *words;     /* (n_vocabulary, n_dims), or NULL: stored */
    UmkStoredRows stored;   /* the same as the file holds it */
    const float *types;     /* (n_types, n_dims), or NULL */
    const float *positions; /* (n_positions, n_dims), or NULL */
    gsize n_vocabulary, n_types, n_positions, n_dims;
    gsize max_tokens; /* of one text */
    /* RoBERTa's way: the first token has this row of positions, and the token pad, should
     * a text hold one, has the row before and is not counted. 0: no such way. */
    gsize first_position;
    guint32 pad;
} UmkTokenTable;

/* Sums word, type and position of each token of packed texts into hidden (n_tokens,
 * n_dims). offsets has n_texts + 1 entries. types is NULL where every token is of type
 * 0. An id, a type or a length out of range is an error. */
gboolean _umk_token_table_look_up(const UmkTokenTable *self,
                                  const guint32 *ids,
                                  const guint8 *types,
                                  const guint32 *offsets,
                                  gsize n_texts,
                                  float *hidden,
                                  GError **error);
