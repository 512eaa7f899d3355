/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ViT against transformers' ViTModel in double precision (golden_models/models/vit). */
#include "golden-images.h"

#include "umk-image-plugin-private.h"

static gpointer
load(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_autoptr(GError) error = NULL;
    gpointer model = _umk_vit_embedder.model_load(path, NULL, NULL, &error);

    g_assert_no_error(error);
    return model;
}

static void
check_hidden(const UmkVit *model,
             const char *folder,
             const char *pixels_name,
             const char *hidden_name)
{
    GoldenArray pixels = golden_read(folder, pixels_name);
    GoldenArray want = golden_read(folder, hidden_name);
    g_autofree float *given =
        golden_channels_last(pixels.f, pixels.shape[2], pixels.shape[3]);
    UmkArena arena = {0};
    gsize n_tokens = 0;
    float *hidden = _umk_patch_encoder_forward(
        &model->encoder, (const float *const *) &given, 1, pixels.shape[2],
        pixels.shape[3], &arena, 0, &n_tokens, NULL, NULL);
    double worst;

    g_assert_cmpuint(n_tokens, ==, want.shape[0]);
    _umk_norm_forward(&model->norm_after, hidden, n_tokens, hidden);
    worst = golden_max_difference(hidden, want.f, want.n_rows * want.n_cols);
    g_test_message("%s: largest difference %g", hidden_name, worst);
    g_assert_cmpfloat(worst, <=, 1e-4);
    _umk_arena_clear(&arena);
    golden_clear(&pixels);
    golden_clear(&want);
}

static void
test_vit(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "vit");
    UmkVit *model;

    if (!folder)
        return;
    model = load(folder);
    golden_check_pixels(folder, &model->base.preprocess);
    golden_check_encoder(folder, &model->base, "pixel_values.npy", "cls_raw.npy");
    golden_check_encoder(folder, &model->base, "pixel_values_interp.npy",
                         "interp_cls_raw.npy");
    check_hidden(model, folder, "pixel_values.npy", "last_hidden_state_item0.npy");
    check_hidden(model, folder, "pixel_values_interp.npy",
                 "interp_last_hidden_state_item0.npy");
    model->pooling = UMK_TOKEN_POOLING_MEAN;
    golden_check_encoder(folder, &model->base, "pixel_values.npy",
                         "mean_patches_raw.npy");
    _umk_vit_embedder.model_free(model);
}

static void
test_vit_files(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "vit");

    if (!folder)
        return;
    golden_check_files(folder, "vit", "cls_l2.npy");
    golden_check_precisions(folder, "cls_l2.npy");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/vit/encoder", test_vit);
    g_test_add_func("/golden/vit/files", test_vit_files);
    return g_test_run();
}
