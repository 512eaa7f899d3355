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

/* Fewer rows make slow products: a picture of 50 tokens is better not alone. */
#define GOOD_ROWS 256

/* Appends n rows of a tensor to the tokens before the patches. */
static gboolean
add_extra(UmkPatchEncoder *self,
          const char *name,
          gsize n,
          guint n_axes,
          const UmkTensors *tensors,
          GError **error)
{
    gsize d = self->config.encoder.n_dims;
    const gsize shape[3] = {1, n, d};
    const float *rows =
        _umk_tensors_get(tensors, name, shape + 3 - n_axes, n_axes, error);

    if (!rows)
        return FALSE;
    self->extra = g_renew(float, self->extra, (self->n_extra + n) * d);
    memcpy(self->extra + self->n_extra * d, rows, n * d * sizeof *rows);
    self->n_extra += n;
    _umk_tensors_release(tensors, rows);
    return TRUE;
}

/* Of the tokens before the patches too, but for the registers, which follow later. */
static gboolean
bind_positions(UmkPatchEncoder *self,
               const UmkPatchEncoderNames *names,
               const UmkTensors *tensors,
               GError **error)
{
    gsize d = self->config.encoder.n_dims, n_patches = self->grid * self->grid;
    gsize n = self->n_extra + n_patches;
    const gsize shape[3] = {1, n, d};
    const float *positions =
        _umk_tensors_get(tensors, names->positions, shape + 3 - names->position_axes,
                         names->position_axes, error);

    if (!positions)
        return FALSE;
    if (self->n_extra > 0)
        _umk_kernel_add(self->extra, positions, self->n_extra * d);
    self->positions =
        g_memdup2(positions + self->n_extra * d, n_patches * d * sizeof *positions);
    _umk_tensors_release(tensors, positions);
    return TRUE;
}

static gboolean
bind_tokens(UmkPatchEncoder *self,
            const UmkPatchEncoderNames *names,
            const UmkTensors *tensors,
            GError **error)
{
    for (guint i = 0; names->extra && names->extra[i]; i++) {
        if (!add_extra(self, names->extra[i], 1, names->extra_axes, tensors, error))
            return FALSE;
    }
    return bind_positions(self, names, tensors, error) &&
           (self->config.n_registers == 0 ||
            add_extra(self, names->registers, self->config.n_registers, 3, tensors,
                      error));
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
        !bind_tokens(self, names, tensors, error))
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
    g_clear_pointer(&self->usual, g_free);
    _umk_norm_clear(&self->norm_before);
    g_clear_pointer(&self->encoder, _umk_encoder_free);
}

void
_umk_patch_encoder_expect(UmkPatchEncoder *self, gsize height, gsize width)
{
    gsize d = self->config.encoder.n_dims;
    gsize rows = _umk_conv_out_size(&self->patch, 0, height);
    gsize columns = _umk_conv_out_size(&self->patch, 1, width);

    if (rows == 0 || columns == 0 || rows > UMK_IMAGE_MAX_TOKENS / columns ||
        (rows == self->grid && columns == self->grid))
        return;
    g_free(self->usual);
    self->usual = g_try_new(float, rows *columns *d);
    if (!self->usual)
        return;
    self->usual_rows = rows;
    self->usual_columns = columns;
    _umk_positions_interpolate(self->positions, self->grid, self->grid, self->usual, rows,
                               columns, d, self->config.antialias);
}

gsize
_umk_patch_encoder_n_tokens(const UmkPatchEncoder *self,
                            gsize height,
                            gsize width,
                            GError **error)
{
    gsize rows = _umk_conv_out_size(&self->patch, 0, height);
    gsize columns = _umk_conv_out_size(&self->patch, 1, width);

    if (rows > 0 && columns > 0 && rows <= UMK_IMAGE_MAX_TOKENS / columns)
        return self->n_extra + rows * columns;
    g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                _("The model cannot cut an image of %zux%zu pixels in patches of %zu"),
                width, height, self->config.patch_size);
    return 0;
}

gsize
_umk_patch_encoder_batch(gsize n_tokens)
{
    return MAX(GOOD_ROWS / n_tokens, 1);
}

/* The positions of a grid: stored, or worked out into scratch. */
static const float *
positions_of(const UmkPatchEncoder *self, gsize rows, gsize columns, float *scratch)
{
    if (rows == self->grid && columns == self->grid)
        return self->positions;
    if (self->usual && rows == self->usual_rows && columns == self->usual_columns)
        return self->usual;
    _umk_positions_interpolate(self->positions, self->grid, self->grid, scratch, rows,
                               columns, self->config.encoder.n_dims,
                               self->config.antialias);
    return scratch;
}

/* Patches, the tokens before them, positions. scratch holds work of the convolution
 * behind room for the positions. */
static void
make_tokens(const UmkPatchEncoder *self,
            const float *const *pixels,
            gsize n_images,
            gsize height,
            gsize width,
            float *scratch,
            float *tokens)
{
    gsize d = self->config.encoder.n_dims;
    gsize rows = _umk_conv_out_size(&self->patch, 0, height);
    gsize columns = _umk_conv_out_size(&self->patch, 1, width);
    gsize n_before = self->n_extra * d, n_patches = rows * columns * d;
    const float *positions = positions_of(self, rows, columns, scratch);

    for (gsize i = 0; i < n_images; i++, tokens += n_before + n_patches) {
        if (n_before > 0)
            memcpy(tokens, self->extra, n_before * sizeof *tokens);
        _umk_conv_forward(&self->patch, pixels[i], height, width, UMK_ACTIVATION_NONE,
                          scratch + _umk_arena_round(n_patches), tokens + n_before);
        _umk_kernel_add(tokens + n_before, positions, n_patches);
    }
}

static float *
forward(const UmkPatchEncoder *self,
        gboolean class_only,
        const float *const *pixels,
        gsize n_images,
        gsize height,
        gsize width,
        UmkArena *arena,
        gsize n_work,
        gsize *n_tokens,
        float **work,
        GError **error)
{
    gsize d = self->config.encoder.n_dims;
    gsize n = _umk_patch_encoder_n_tokens(self, height, width, error), kept, needed;
    g_autofree guint32 *offsets = NULL;
    float *tokens, *scratch;

    if (n == 0)
        return NULL;
    kept = _umk_arena_round(n_images * n * d);
    needed =
        _umk_arena_round(n * d) + _umk_conv_scratch_size(&self->patch, height, width);
    needed = MAX(needed, _umk_encoder_scratch_size(self->encoder, n_images * n, n));
    needed = MAX(needed, n_work);
    tokens = _umk_arena_reserve(arena, kept + needed, error);
    if (!tokens)
        return NULL;
    scratch = tokens + kept;
    make_tokens(self, pixels, n_images, height, width, scratch, tokens);
    if (self->has_norm_before)
        _umk_norm_forward(&self->norm_before, tokens, n_images * n, tokens);
    offsets = g_new(guint32, n_images + 1);
    for (gsize i = 0; i <= n_images; i++)
        offsets[i] = (guint32) (i * n);
    if (class_only)
        _umk_encoder_forward_some(self->encoder, tokens, offsets, n_images, offsets,
                                  n_images, scratch);
    else
        _umk_encoder_forward(self->encoder, tokens, offsets, n_images, scratch);
    *n_tokens = class_only ? 1 : n;
    if (work)
        *work = scratch;
    return tokens;
}

float *
_umk_patch_encoder_forward(const UmkPatchEncoder *self,
                           const float *const *pixels,
                           gsize n_images,
                           gsize height,
                           gsize width,
                           UmkArena *arena,
                           gsize n_work,
                           gsize *n_tokens,
                           float **work,
                           GError **error)
{
    return forward(self, FALSE, pixels, n_images, height, width, arena, n_work, n_tokens,
                   work, error);
}

float *
_umk_patch_encoder_forward_class(const UmkPatchEncoder *self,
                                 const float *const *pixels,
                                 gsize n_images,
                                 gsize height,
                                 gsize width,
                                 UmkArena *arena,
                                 gsize n_work,
                                 float **work,
                                 GError **error)
{
    gsize n_tokens;

    return forward(self, TRUE, pixels, n_images, height, width, arena, n_work, &n_tokens,
                   work, error);
}
