/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "An Image is Worth 16x16 Words" (Dosovitskiy et al. 2021) up to the last block. A patch
 * embedding is a convolution whose stride is its kernel. Pictures of another size than
 * the trained one get interpolated position embeddings. */
#include "umk-patch-encoder-private.h"

#include "umk-image-model-private.h"
#include "umk-positions-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <umekomi/umekomi.h>

static gboolean
bind_extra(UmkPatchEncoder *self,
           const UmkPatchEncoderNames *names,
           const UmkTensors *tensors,
           GError **error)
{
    gsize d = self->config.encoder.n_dims;
    gsize shape[3] = {1, 1, 1};

    shape[names->extra_axes - 1] = d;
    while (names->extra[self->n_extra])
        self->n_extra++;
    self->extra = g_new(float, self->n_extra *d);
    for (gsize i = 0; i < self->n_extra; i++) {
        const float *token =
            _umk_tensors_get(tensors, names->extra[i], shape, names->extra_axes, error);

        if (!token)
            return FALSE;
        memcpy(self->extra + i * d, token, d * sizeof *token);
        _umk_tensors_release(tensors, token);
    }
    return TRUE;
}

static gboolean
bind_positions(UmkPatchEncoder *self,
               const UmkPatchEncoderNames *names,
               const UmkTensors *tensors,
               GError **error)
{
    gsize d = self->config.encoder.n_dims;
    gsize n = self->n_extra + self->grid * self->grid;
    const gsize shape[3] = {1, n, d};
    const float *positions =
        _umk_tensors_get(tensors, names->positions, shape + 3 - names->position_axes,
                         names->position_axes, error);

    if (!positions)
        return FALSE;
    self->positions = g_memdup2(positions, n * d * sizeof *positions);
    _umk_tensors_release(tensors, positions);
    return TRUE;
}

static gboolean
check_sizes(const UmkPatchEncoderConfig *config, GError **error)
{
    gsize grid = config->patch_size ? config->image_size / config->patch_size : 0;

    if (grid >= 1 && grid * grid <= UMK_IMAGE_MAX_TOKENS)
        return _umk_encoder_config_check(&config->encoder, error);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("An image size of %zu pixels does not go with a patch size of %zu"),
                config->image_size, config->patch_size);
    return FALSE;
}

gboolean
_umk_patch_encoder_bind(UmkPatchEncoder *self,
                        const UmkPatchEncoderConfig *config,
                        const UmkPatchEncoderNames *names,
                        const UmkTensors *tensors,
                        GError **error)
{
    gsize d = config->encoder.n_dims;

    self->config = *config;
    if (!check_sizes(config, error))
        return FALSE;
    self->grid = config->image_size / config->patch_size;
    self->patch.kernel[0] = self->patch.kernel[1] = config->patch_size;
    self->patch.stride[0] = self->patch.stride[1] = config->patch_size;
    if (!_umk_conv_bind(&self->patch, tensors, names->patch, d, 3, config->patch_bias,
                        error) ||
        !bind_extra(self, names, tensors, error) ||
        !bind_positions(self, names, tensors, error))
        return FALSE;
    if (names->norm_before) {
        self->has_norm_before = TRUE;
        if (!_umk_norm_bind(&self->norm_before, tensors, names->norm_before, d,
                            config->encoder.eps, error))
            return FALSE;
    }
    self->encoder = _umk_encoder_new(&config->encoder, names->blocks, tensors, error);
    return self->encoder != NULL;
}

void
_umk_patch_encoder_clear(UmkPatchEncoder *self)
{
    _umk_conv_clear(&self->patch);
    g_clear_pointer(&self->extra, g_free);
    g_clear_pointer(&self->positions, g_free);
    _umk_norm_clear(&self->norm_before);
    g_clear_pointer(&self->encoder, _umk_encoder_free);
}

/* tokens (n_extra + rows * columns, d): everything but the patches, and the positions. */
static void
add_tokens_and_positions(
    const UmkPatchEncoder *self, float *tokens, gsize rows, gsize columns, float *scratch)
{
    gsize d = self->config.encoder.n_dims, n_before = self->n_extra * d;
    const float *positions = self->positions + n_before;

    memcpy(tokens, self->extra, n_before * sizeof *tokens);
    _umk_kernel_add(tokens, self->positions, n_before);
    if (rows != self->grid || columns != self->grid) {
        _umk_positions_interpolate(positions, self->grid, self->grid, scratch, rows,
                                   columns, d);
        positions = scratch;
    }
    _umk_kernel_add(tokens + n_before, positions, rows * columns * d);
}

float *
_umk_patch_encoder_forward(const UmkPatchEncoder *self,
                           const float *pixels,
                           gsize height,
                           gsize width,
                           UmkArena *arena,
                           gsize *n_tokens,
                           GError **error)
{
    gsize d = self->config.encoder.n_dims;
    gsize rows = _umk_conv_out_size(&self->patch, 0, height);
    gsize columns = _umk_conv_out_size(&self->patch, 1, width);
    gsize n, kept, work;
    guint32 offsets[2] = {0};
    float *tokens, *scratch;

    if (rows == 0 || columns == 0 || rows > UMK_IMAGE_MAX_TOKENS / columns) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_DIMENSION,
            _("The model cannot cut an image of %zux%zu pixels in patches of %zu"), width,
            height, self->config.patch_size);
        return NULL;
    }
    n = self->n_extra + rows * columns;
    kept = _umk_arena_round(n * d);
    work = _umk_conv_scratch_size(&self->patch, height, width);
    work = MAX(work, _umk_encoder_scratch_size(self->encoder, n, n));
    work = MAX(work, rows * columns * d);
    tokens = _umk_arena_reserve(arena, kept + work, error);
    if (!tokens)
        return NULL;
    scratch = tokens + kept;
    _umk_conv_forward(&self->patch, pixels, height, width, UMK_ACTIVATION_NONE, scratch,
                      tokens + self->n_extra * d);
    add_tokens_and_positions(self, tokens, rows, columns, scratch);
    if (self->has_norm_before)
        _umk_norm_forward(&self->norm_before, tokens, n, tokens);
    offsets[1] = (guint32) n;
    _umk_encoder_forward(self->encoder, tokens, offsets, 1, scratch);
    *n_tokens = n;
    return tokens;
}
