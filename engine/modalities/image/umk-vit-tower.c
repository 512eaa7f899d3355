/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The common end of the vision transformers, and the batches that go through them. */
#include "umk-vit-private.h"

#include <string.h>

/* tokens of one picture -> out */
static void
finish(const UmkVit *self, float *tokens, gsize n_tokens, float *work, float *out)
{
    gsize d = self->encoder.config.encoder.n_dims;
    gboolean all = self->pooling != UMK_TOKEN_POOLING_CLS;

    _umk_norm_forward(&self->norm_after, tokens, all ? n_tokens : 1, tokens);
    _umk_token_pooling_apply(self->pooling, tokens, n_tokens, self->encoder.n_extra, d,
                             self->has_projection ? work : out);
    if (self->has_projection)
        _umk_linear_forward(&self->projection, work, 1, UMK_ACTIVATION_NONE, out);
}

gboolean
_umk_vit_encode(const UmkImageModel *base,
                const float *const *pixels,
                gsize n_images,
                gsize height,
                gsize width,
                UmkArena *arena,
                float *out,
                GError **error)
{
    const UmkVit *self = (const UmkVit *) base;
    gsize n = _umk_patch_encoder_n_tokens(&self->encoder, height, width, error);
    gsize batch = n > 0 ? _umk_patch_encoder_batch(n) : 0;
    gsize d = self->encoder.config.encoder.n_dims;
    gboolean class_only = self->pooling == UMK_TOKEN_POOLING_CLS;

    for (gsize first = 0; first < n_images; first += batch) {
        gsize here = MIN(batch, n_images - first);
        float *tokens, *work;

        if (n == 0)
            return FALSE;
        tokens =
            class_only
                ? _umk_patch_encoder_forward_class(&self->encoder, pixels + first, here,
                                                   height, width, arena, 2 * d, &work,
                                                   error)
                : _umk_patch_encoder_forward(&self->encoder, pixels + first, here, height,
                                             width, arena, 2 * d, &n, &work, error);
        if (!tokens)
            return FALSE;
        if (class_only)
            n = 1;
        for (gsize i = 0; i < here; i++, out += base->n_dims)
            finish(self, tokens + i * n * d, n, work, out);
    }
    return TRUE;
}

gboolean
_umk_vit_init(UmkVit *self,
              const UmkImageFolder *folder,
              const char *family,
              gsize usual_side,
              UmkParams *params,
              GError **error)
{
    gsize width, height;

    self->base.encode = _umk_vit_encode;
    if (!_umk_image_model_init(&self->base, folder, family, usual_side, params, error))
        return FALSE;
    if (_umk_preprocess_fixed_size(&self->base.preprocess, &width, &height))
        _umk_patch_encoder_expect(&self->encoder, height, width);
    return TRUE;
}

gboolean
_umk_vit_bind(UmkVit *self,
              const UmkImageFolder *folder,
              const UmkPatchEncoderConfig *config,
              const UmkPatchEncoderNames *names,
              gsize usual_side,
              UmkParams *params,
              GError **error)
{
    gsize d = config->encoder.n_dims;

    if (!_umk_token_pooling_read(&self->pooling, params, error) ||
        !_umk_patch_encoder_bind(&self->encoder, config, names, &folder->tensors,
                                 error) ||
        !_umk_norm_bind(&self->norm_after, &folder->tensors, "layernorm", d,
                        config->encoder.eps, error))
        return FALSE;
    self->base.n_dims = _umk_token_pooling_n_out(self->pooling, d);
    return _umk_vit_init(self, folder, folder->type, usual_side, params, error);
}

void
_umk_vit_free(gpointer model)
{
    UmkVit *self = model;

    if (!self)
        return;
    _umk_patch_encoder_clear(&self->encoder);
    _umk_norm_clear(&self->norm_after);
    _umk_linear_clear(&self->projection);
    g_free(self);
}
