/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SigLIP's image tower against transformers' SiglipModel in double precision
 * (golden_models/models/siglip). */
#include "golden-images.h"

#include "umk-image-plugin-private.h"
#include "umk-siglip-vision-private.h"

static void
test_siglip(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "siglip");
    g_autofree char *path = folder ? g_build_filename(folder, "model", NULL) : NULL;
    g_autofree float *given = NULL;
    g_autoptr(GError) error = NULL;
    GoldenArray pixels, want;
    UmkArena arena = {0};
    UmkSiglipVision *model;
    gsize n_tokens;
    float *hidden;

    if (!folder)
        return;
    model = _umk_siglip_vision_embedder.model_load(path, NULL, NULL, &error);
    g_assert_no_error(error);
    golden_check_pixels(folder, &model->base.preprocess);
    golden_check_encoder(folder, &model->base, "pixel_values.npy",
                         "image_embeds_raw.npy");
    pixels = golden_read(folder, "pixel_values.npy");
    want = golden_read(folder, "vision_last_hidden_state_item0.npy");
    given = golden_channels_last(pixels.f, pixels.shape[2], pixels.shape[3]);
    hidden = _umk_patch_encoder_forward(&model->encoder, (const float *const *) &given, 1,
                                        pixels.shape[2], pixels.shape[3], &arena, 0,
                                        &n_tokens, NULL, NULL);
    _umk_norm_forward(&model->norm_after, hidden, n_tokens, hidden);
    g_assert_cmpuint(n_tokens, ==, want.shape[0]);
    g_assert_cmpfloat(golden_max_difference(hidden, want.f, want.n_rows * want.n_cols),
                      <=, 1e-4);
    _umk_arena_clear(&arena);
    golden_clear(&pixels);
    golden_clear(&want);
    _umk_siglip_vision_embedder.model_free(model);
}

static void
test_siglip_files(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "siglip");

    if (!folder)
        return;
    golden_check_files(folder, "siglip-image", "image_embeds_l2.npy");
    golden_check_precisions(folder, "image_embeds_l2.npy");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/siglip-vision/encoder", test_siglip);
    g_test_add_func("/golden/siglip-vision/files", test_siglip_files);
    return g_test_run();
}
