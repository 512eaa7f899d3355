/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of token vectors that is a whole model (model2vec, StaticEmbedding): the vector
 * of a text is the mean of the rows of its tokens. Rows are read where they lie in the
 * mapped weights, whatever their number type; nothing is copied while loading.
 *
 * The vocabulary-quantised form of model2vec has fewer rows than tokens: "mapping" says
 * which row a token has, "weights" by how much it is multiplied. */
#pragma once

#include "io/umk-weights-private.h"
#include "nn/umk-layers-private.h"

typedef struct {
    UmkTensorView rows;    /* (n_rows, n_dims) */
    UmkTensorView mapping; /* (n_tokens); data NULL: token i has row i */
    UmkTensorView weights; /* (n_tokens); data NULL: all 1 */
    gsize n_tokens;
    gsize n_dims;
} UmkStaticTable;

/* Whether the weights hold such a table. */
gboolean _umk_static_table_probe(UmkWeights *weights);
/* The weights must outlive it. */
gboolean
_umk_static_table_bind(UmkStaticTable *self, UmkWeights *weights, GError **error);
/* Sums in double precision, in the order of the tokens. skip is passed over and does not
 * count; nor do tokens from most counted ones on. Returns how many counted; none gives
 * zeros. scratch has _umk_static_table_scratch_size() floats on a 64-byte border. */
gsize _umk_static_table_mean(const UmkStaticTable *self,
                             const guint32 *ids,
                             gsize n_ids,
                             guint32 skip,
                             gsize most,
                             float *scratch,
                             float *out);
gsize _umk_static_table_scratch_size(const UmkStaticTable *self);
