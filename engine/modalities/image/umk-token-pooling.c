/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Class token, mean of the patches, or both. Neither the class token nor register tokens
 * count for the mean. */
#include "umk-token-pooling-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "nn/umk-conv-private.h"

gboolean
_umk_token_pooling_read(UmkTokenPooling *self, UmkParams *params, GError **error)
{
    static const struct {
        const char *name;
        UmkTokenPooling pooling;
    } table[] = {
        {"", UMK_TOKEN_POOLING_CLS},
        {"auto", UMK_TOKEN_POOLING_CLS},
        {"cls", UMK_TOKEN_POOLING_CLS},
        {"mean", UMK_TOKEN_POOLING_MEAN},
        {"cls+mean", UMK_TOKEN_POOLING_CLS_MEAN},
    };
    const char *name = NULL;

    *self = UMK_TOKEN_POOLING_CLS;
    if (params && umk_params_has(params, "pooling"))
        name = umk_params_get_string(params, "pooling");
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strcmp(table[i].name, name ? name : "") == 0) {
            *self = table[i].pooling;
            return TRUE;
        }
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("The pooling “%s” is not one of this model's: auto, cls, mean, "
                  "cls+mean"),
                name);
    return FALSE;
}

gsize
_umk_token_pooling_n_out(UmkTokenPooling self, gsize n_dims)
{
    return self == UMK_TOKEN_POOLING_CLS_MEAN ? 2 * n_dims : n_dims;
}

void
_umk_token_pooling_apply(UmkTokenPooling self,
                         const float *tokens,
                         gsize n_tokens,
                         gsize n_extra,
                         gsize n_dims,
                         float *out)
{
    if (self != UMK_TOKEN_POOLING_MEAN) {
        memcpy(out, tokens, n_dims * sizeof *out);
        out += n_dims;
    }
    if (self != UMK_TOKEN_POOLING_CLS)
        _umk_conv_pool_adaptive(tokens + n_extra * n_dims, 1, n_tokens - n_extra, n_dims,
                                1, 1, out);
}
