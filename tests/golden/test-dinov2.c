/* SPDX-License-Identifier: GPL-3.0-or-later */
/* DINOv2, plain and with registers, against transformers in double precision
 * (golden_models/models/dinov2, dinov2_registers). The pictures of both are those of the
 * first. */
#include "golden-images.h"

#include "umk-image-plugin-private.h"

static UmkVit *
load(const char *folder, const char *pooling)
{
    static const UmkParamSpec spec = {"pooling", UMK_PARAM_STRING, "", "", 0, 0, 0, NULL};
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_autoptr(UmkParams) params = umk_params_new(&spec, 1);
    g_autoptr(GError) error = NULL;
    UmkVit *model;

    g_assert_true(umk_params_set(params, "pooling", pooling, &error));
    model = _umk_dinov2_embedder.model_load(path, params, NULL, &error);
    g_assert_no_error(error);
    return model;
}

static void
check_hidden(const UmkVit *model,
             const char *folder,
             const char *pixels_folder,
             const char *pixels_name,
             const char *hidden_name)
{
    GoldenArray pixels = golden_read(pixels_folder, pixels_name);
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
test_dinov2(gconstpointer data)
{
    g_autofree char *folder = golden_case("golden_models/models", data);
    g_autofree char *other =
        folder ? golden_path("golden_models/models", "dinov2") : NULL;
    UmkVit *model;

    if (!folder)
        return;
    model = load(folder, "auto");
    golden_check_encoder_within(folder, &model->base, other, "pixel_values.npy",
                                "cls_raw.npy", 2e-5);
    golden_check_encoder_within(folder, &model->base, other, "pixel_values_rect.npy",
                                "rect_cls_raw.npy", 2e-5);
    check_hidden(model, folder, other, "pixel_values.npy", "last_hidden_state_item0.npy");
    check_hidden(model, folder, other, "pixel_values_rect.npy",
                 "rect_last_hidden_state_item0.npy");
    if (strcmp(data, "dinov2") == 0)
        golden_check_pixels(folder, &model->base.preprocess);
    _umk_vit_free(model);
    model = load(folder, "cls+mean");
    golden_check_encoder_within(folder, &model->base, other, "pixel_values.npy",
                                "cls_plus_mean_patches_raw.npy", 2e-5);
    _umk_vit_free(model);
    golden_check_files(folder, "dinov2", "cls_l2.npy");
    golden_check_precisions(folder, "cls_l2.npy");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/golden/dinov2/plain", "dinov2", test_dinov2);
    g_test_add_data_func("/golden/dinov2/registers", "dinov2_registers", test_dinov2);
    return g_test_run();
}
