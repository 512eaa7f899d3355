/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CLIP's image tower against transformers' CLIPModel in double precision: both kinds of
 * GELU, both styles of preprocessor_config.json (golden_models/models/clip_*). */
#include "golden-images.h"

#include "umk-image-plugin-private.h"

static void
test_clip(gconstpointer data)
{
    g_autofree char *folder = golden_folder(data);
    g_autofree char *path = folder ? g_build_filename(folder, "model", NULL) : NULL;
    g_autoptr(GError) error = NULL;
    UmkVit *model;

    if (!folder)
        return;
    model = _umk_clip_vision_embedder.model_load(path, NULL, NULL, &error);
    g_assert_no_error(error);
    golden_check_pixels(folder, &model->base.preprocess);
    golden_check_encoder(folder, &model->base, "pixel_values.npy",
                         "image_embeds_raw.npy");
    _umk_clip_vision_embedder.model_free(model);
    golden_check_files(folder, "clip-image", "image_embeds_l2.npy");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/golden/clip-vision/gelu", "golden_models/models/clip_gelu",
                         test_clip);
    g_test_add_data_func("/golden/clip-vision/quick-gelu",
                         "golden_models/models/clip_quick_gelu", test_clip);
    return g_test_run();
}
