/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the tokens of a vision transformer become one vector. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

typedef enum {
    UMK_TOKEN_POOLING_CLS,      /* the class token */
    UMK_TOKEN_POOLING_MEAN,     /* the mean of the patches */
    UMK_TOKEN_POOLING_CLS_MEAN, /* both, one behind the other */
} UmkTokenPooling;

/* The option "pooling": auto, cls, mean or cls+mean. Parts that are not these are
 * refused. */
gboolean
_umk_token_pooling_read(UmkTokenPooling *self, UmkParams *params, GError **error);
/* Numbers it makes of tokens of n_dims numbers. */
gsize _umk_token_pooling_n_out(UmkTokenPooling self, gsize n_dims);
/* tokens (n_tokens, n_dims), the class token first, n_extra before the first patch. */
void _umk_token_pooling_apply(UmkTokenPooling self,
                              const float *tokens,
                              gsize n_tokens,
                              gsize n_extra,
                              gsize n_dims,
                              float *out);

G_END_DECLS
