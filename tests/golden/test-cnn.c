/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolutional networks against transformers and torchvision in double precision
 * (golden_models/models/resnet, resnet_torchvision, efficientnet). */
#include "golden-images.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "umk-efficientnet-private.h"
#include "umk-image-plugin-private.h"
#include "umk-resnet-private.h"

static gpointer
load(const UmkEmbedderOps *ops, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_autoptr(GError) error = NULL;
    gpointer model = ops->model_load(path, NULL, NULL, &error);

    g_assert_no_error(error);
    return model;
}

/* got (height, width, channels) beside (channels, height, width) or (1, channels, …);
 * differences in units of the map's largest number. */
static void
check_map(const UmkMap *got, const char *folder, const char *name, double tolerance)
{
    GoldenArray want = golden_read(folder, name);
    const gsize *shape = want.shape + (want.n_axes - 3);
    gsize n = got->height * got->width;
    double worst = 0.0, largest = 0.0;

    g_assert_cmpuint(shape[0], ==, got->channels);
    g_assert_cmpuint(shape[1], ==, got->height);
    g_assert_cmpuint(shape[2], ==, got->width);
    for (gsize i = 0; i < n; i++) {
        for (gsize c = 0; c < got->channels; c++) {
            double value = (double) want.f[c * n + i];

            worst = fmax(worst, fabs((double) got->data[i * got->channels + c] - value));
            largest = fmax(largest, fabs(value));
        }
    }
    g_test_message("%s: largest difference %g of %g", name, worst, largest);
    g_assert_cmpfloat(worst, <=, tolerance * largest);
    golden_clear(&want);
}

static void
check_resnet(const char *name, const char *pixels_name, const char *map_name)
{
    g_autofree char *folder = golden_case("golden_models/models", name);
    g_autofree char *other =
        folder ? golden_path("golden_models/models", "resnet") : NULL;
    g_autofree float *given = NULL;
    GoldenArray pixels;
    UmkArena arena = {0};
    UmkResnet *model;
    UmkMap map;

    if (!folder)
        return;
    model = load(&_umk_resnet_embedder, folder);
    golden_check_encoder_within(folder, &model->base, other, "pixel_values.npy",
                                "pooled_raw.npy", 2e-5);
    pixels = golden_read(other, pixels_name);
    given = golden_channels_last(pixels.f, pixels.shape[2], pixels.shape[3]);
    g_assert_true(_umk_resnet_features(model, given, pixels.shape[2], pixels.shape[3],
                                       &arena, &map, NULL));
    check_map(&map, folder, map_name, 1e-5);
    golden_clear(&pixels);
    _umk_arena_clear(&arena);
    if (strcmp(name, "resnet") == 0)
        golden_check_pixels(folder, &model->base.preprocess);
    _umk_resnet_embedder.model_free(model);
}

static void
test_resnet(void)
{
    check_resnet("resnet", "pixel_values.npy", "last_hidden_state_item0.npy");
}

static void
test_resnet_files(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "resnet");

    if (folder)
        golden_check_files(folder, "resnet", "pooled_l2.npy");
}

static void
test_torchvision(void)
{
    check_resnet("resnet_torchvision", "pixel_values.npy", "feature_map_item0.npy");
}

/* No file says what to do with a picture: 256, centre 224, as torchvision does. */
static void
test_torchvision_files(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "resnet_torchvision");
    g_autofree char *path = folder ? g_build_filename(folder, "model", NULL) : NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = NULL;
    g_autoptr(UmkItem) item = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autofree char *other = NULL, *image = NULL;
    UmkResnet *direct;

    if (!folder)
        return;
    direct = load(&_umk_resnet_embedder, folder);
    g_assert_cmpuint(direct->base.preprocess.edge, ==, 256);
    g_assert_cmpuint(direct->base.preprocess.crop_width, ==, 224);
    g_assert_cmpint(direct->base.preprocess.filter, ==, UMK_RESAMPLE_BILINEAR);
    _umk_resnet_embedder.model_free(direct);
    model = umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(umk_model_get_embedder(model, UMK_MODALITY_IMAGE), ==, "resnet");
    other = golden_path("golden_models/models", "resnet");
    image = golden_image(other, 0);
    item = umk_item_new_for_file(UMK_MODALITY_IMAGE, image);
    items = umk_items_new();
    umk_items_append(items, item);
    matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_cols(matrix), ==, 64);
}

/* As timm publishes ResNets: torchvision's names, and a config.json that says what to do
 * with pictures, here the same as in the case. */
static void
test_timm(void)
{
    static const char config[] =
        "{\"architecture\": \"resnet18\", \"num_classes\": 10, \"pretrained_cfg\": "
        "{\"input_size\": [3, 56, 56], \"interpolation\": \"bicubic\", \"crop_pct\": "
        "0.875, \"mean\": [0.5, 0.5, 0.5], \"std\": [0.5, 0.5, 0.5]}}";
    g_autofree char *folder = golden_case("golden_models/models", "resnet_torchvision");
    g_autofree char *weights = NULL, *made = NULL, *link = NULL, *file = NULL;
    g_autofree char *other = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model = NULL;
    GoldenArray want;

    if (!folder)
        return;
    weights = g_build_filename(folder, "model", "model.safetensors", NULL);
    made = g_dir_make_tmp("umk-timm-XXXXXX", NULL);
    link = g_build_filename(made, "model.safetensors", NULL);
    file = g_build_filename(made, "config.json", NULL);
    g_assert_cmpint(symlink(weights, link), ==, 0);
    g_assert_true(g_file_set_contents(file, config, -1, NULL));
    model = umk_model_load(umk_registry_get_default(), made, NULL, NULL, &error);
    g_assert_no_error(error);
    want = golden_read(folder, "pooled_l2.npy");
    other = golden_path("golden_models/models", "resnet");
    for (gsize i = 0; i < want.n_rows; i++) {
        g_autofree char *image = golden_image(other, i);
        g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_IMAGE, image);
        g_autoptr(UmkItems) items = umk_items_new();
        g_autoptr(UmkMatrix) got = NULL;

        umk_items_append(items, item);
        got = umk_model_embed(model, items, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpfloat(golden_cosine(umk_matrix_get_row(got, 0, NULL),
                                        want.f + i * want.n_cols, want.n_cols),
                          >=, 0.99999);
    }
    golden_clear(&want);
    g_unlink(link);
    g_unlink(file);
    g_rmdir(made);
}

static void
test_efficientnet(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "efficientnet");
    g_autofree float *given = NULL;
    UmkEfficientnet *model;
    GoldenArray pixels;
    UmkArena arena = {0};
    UmkMap map;

    if (!folder)
        return;
    model = load(&_umk_efficientnet_embedder, folder);
    golden_check_pixels(folder, &model->base.preprocess);
    golden_check_encoder_within(folder, &model->base, folder, "pixel_values.npy",
                                "pooled_raw.npy", 1e-4);
    pixels = golden_read(folder, "pixel_values.npy");
    given = golden_channels_last(pixels.f, pixels.shape[2], pixels.shape[3]);
    g_assert_true(_umk_efficientnet_features(model, given, pixels.shape[2],
                                             pixels.shape[3], &arena, &map, NULL));
    check_map(&map, folder, "last_hidden_state_item0.npy", 1e-4);
    golden_clear(&pixels);
    _umk_arena_clear(&arena);
    _umk_efficientnet_embedder.model_free(model);
}

static void
test_efficientnet_files(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "efficientnet");

    if (folder)
        golden_check_files_within(folder, "efficientnet", "pooled_l2.npy", 1e-4);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/cnn/resnet", test_resnet);
    g_test_add_func("/golden/cnn/resnet-files", test_resnet_files);
    g_test_add_func("/golden/cnn/torchvision", test_torchvision);
    g_test_add_func("/golden/cnn/torchvision-files", test_torchvision_files);
    g_test_add_func("/golden/cnn/timm", test_timm);
    g_test_add_func("/golden/cnn/efficientnet", test_efficientnet);
    g_test_add_func("/golden/cnn/efficientnet-files", test_efficientnet_files);
    return g_test_run();
}
