/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CLIP's image tower against transformers' CLIPModel in double precision: both kinds of
 * GELU, both styles of preprocessor_config.json (golden_models/models/clip_*). */
#include "golden-images.h"

#include "umk-image-plugin-private.h"

static void
test_clip(gconstpointer data)
{
    g_autofree char *folder = golden_case("golden_models/models", data);
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
    golden_check_precisions(folder, "image_embeds_l2.npy");
}

/* Both towers of one folder, through the public interface. */
static UmkMatrix *
embed_texts(UmkModel *model, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "texts.jsonl", NULL);
    g_autofree char *data = NULL;
    g_auto(GStrv) lines = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GError) error = NULL;
    UmkMatrix *matrix;

    g_assert_true(g_file_get_contents(path, &data, NULL, NULL));
    lines = g_strsplit(g_strchomp(data), "\n", -1);
    for (gsize i = 0; lines[i]; i++) {
        JsonObject *object;
        const char *text;
        g_autoptr(JsonParser) parser =
            _umk_json_parse(lines[i], strlen(lines[i]), &object, &error);
        g_autoptr(UmkItem) item = NULL;

        g_assert_no_error(error);
        g_assert_true(_umk_json_get_string(object, "text", "", &text, &error));
        item = umk_item_new_for_text(text);
        umk_items_append(items, item);
    }
    matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return matrix;
}

/* logits_per_image = exp(logit_scale) · image vectors · text vectors, from the image
 * files and the texts themselves. */
static void
test_logits(gconstpointer data)
{
    g_autofree char *folder = golden_case("golden_models/models", data);
    g_autofree char *path = folder ? g_build_filename(folder, "model", NULL) : NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkWeights) weights = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) texts = NULL;
    GoldenArray want;
    double scale, worst = 0.0;

    if (!folder)
        return;
    weights = _umk_weights_open_folder(path, &error);
    g_assert_no_error(error);
    scale = exp((double) *_umk_weights_get(weights, "logit_scale", NULL, 0, &error));
    g_assert_no_error(error);
    model = umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    g_assert_no_error(error);
    texts = embed_texts(model, folder);
    want = golden_read(folder, "logits_per_image.npy");
    g_assert_cmpuint(want.n_cols, ==, umk_matrix_get_n_rows(texts));
    for (gsize i = 0; i < want.n_rows; i++) {
        g_autofree char *image = golden_image(folder, i);
        g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_IMAGE, image);
        g_autoptr(UmkItems) items = umk_items_new();
        g_autoptr(UmkMatrix) got = NULL;
        const float *row;

        umk_items_append(items, item);
        got = umk_model_embed(model, items, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        row = umk_matrix_get_row(got, 0, NULL);
        for (gsize j = 0; j < want.n_cols; j++) {
            gsize n_dims;
            const float *text = umk_matrix_get_row(texts, j, &n_dims);
            double sum = 0.0;

            for (gsize k = 0; k < n_dims; k++)
                sum += (double) row[k] * (double) text[k];
            worst = fmax(worst, fabs(scale * sum - (double) want.f[i * want.n_cols + j]));
        }
    }
    g_test_message("logits_per_image: largest difference %g", worst);
    g_assert_cmpfloat(worst, <=, 1e-4);
    golden_clear(&want);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/golden/clip-vision/gelu", "clip_gelu", test_clip);
    g_test_add_data_func("/golden/clip-vision/quick-gelu", "clip_quick_gelu", test_clip);
    g_test_add_data_func("/golden/clip-vision/gelu-logits", "clip_gelu", test_logits);
    g_test_add_data_func("/golden/clip-vision/quick-gelu-logits", "clip_quick_gelu",
                         test_logits);
    return g_test_run();
}
