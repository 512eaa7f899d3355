/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Image model folders, good and bad. Tiny models are written by the test itself; whether
 * their vectors are the right ones is the golden tests' business. */
#include "umk-image-plugin-private.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>
#include <vips/vips.h>

#define D 8

typedef struct {
    const char *name;
    gsize shape[4];
    guint n_axes;
} Tensor;

#define LINEAR(name, out, in)                                                            \
    {name ".weight", {out, in}, 2},                                                      \
    {                                                                                    \
        name ".bias", {out}, 1                                                           \
    }
#define NORM(name)                                                                       \
    {name ".weight", {D}, 1},                                                            \
    {                                                                                    \
        name ".bias", {D}, 1                                                             \
    }

/* clang-format off */
static const Tensor vit_tensors[] = {
    {"embeddings.cls_token", {1, 1, D}, 3},
    {"embeddings.position_embeddings", {1, 5, D}, 3},
    {"embeddings.patch_embeddings.projection.weight", {D, 3, 4, 4}, 4},
    {"embeddings.patch_embeddings.projection.bias", {D}, 1},
    LINEAR("encoder.layer.0.attention.attention.query", D, D),
    LINEAR("encoder.layer.0.attention.attention.key", D, D),
    LINEAR("encoder.layer.0.attention.attention.value", D, D),
    LINEAR("encoder.layer.0.attention.output.dense", D, D),
    LINEAR("encoder.layer.0.intermediate.dense", 2 * D, D),
    LINEAR("encoder.layer.0.output.dense", D, 2 * D),
    NORM("encoder.layer.0.layernorm_before"), NORM("encoder.layer.0.layernorm_after"),
    NORM("layernorm"),
    {NULL, {0}, 0},
};

static const Tensor own_tensors[] = {
    {"stem.0.weight", {4, 3, 3, 3}, 4}, {"stem.0.bias", {4}, 1},
    LINEAR("stem_proj", D, 4),
    {"position_embedding.weight", {16, D}, 2},
    LINEAR("encoder.layers.0.self_attn.q_proj", D, D),
    LINEAR("encoder.layers.0.self_attn.k_proj", D, D),
    LINEAR("encoder.layers.0.self_attn.v_proj", D, D),
    LINEAR("encoder.layers.0.self_attn.out_proj", D, D),
    LINEAR("encoder.layers.0.mlp.fc1", 2 * D, D),
    LINEAR("encoder.layers.0.mlp.fc2", D, 2 * D),
    NORM("encoder.layers.0.layer_norm1"), NORM("encoder.layers.0.layer_norm2"),
    NORM("post_layernorm"),
    {"projection.weight", {6, D}, 2},
    {NULL, {0}, 0},
};
/* clang-format on */

#define VIT_CONFIG                                                                       \
    "{\"model_type\": \"vit\", \"hidden_size\": 8, \"num_hidden_layers\": 1,"            \
    " \"num_attention_heads\": 2, \"intermediate_size\": 16, \"image_size\": 8,"         \
    " \"patch_size\": 4}"
#define OWN_CONFIG                                                                       \
    "{\"model_type\": \"umekomi_vit\", \"hidden_size\": 8, \"num_hidden_layers\": 1,"    \
    " \"num_attention_heads\": 2, \"intermediate_size\": 16, \"image_size\": 8,"         \
    " \"projection_dim\": 6, \"stem\": [{\"out\": 4, \"kernel\": 3, \"stride\": [2, 2]," \
    " \"padding\": 1}], \"matryoshka_dimensions\": [4]}"

/* ---- model folders ---------------------------------------------------------------- */

static char *folder;

static void
put(const char *name, const void *data, gsize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_unlink(path); /* GLib 2.74 would not cut a longer file */
    g_assert_true(g_file_set_contents_full(path, data, (gssize) length,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* All the tensors but `without`; `other` gets one more number on its first axis. */
static void
write_weights(const Tensor *tensors, const char *without, const char *other)
{
    g_autoptr(GString) header = g_string_new("{");
    g_autoptr(GByteArray) body = g_byte_array_new();
    g_autoptr(GByteArray) file = g_byte_array_new();
    guint32 noise = 7;
    guint64 length;

    for (; tensors->name; tensors++) {
        gsize begin = body->len, n = 1;
        gboolean grown = g_strcmp0(tensors->name, other) == 0;

        if (g_strcmp0(tensors->name, without) == 0)
            continue;
        g_string_append_printf(header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[",
                               header->len > 1 ? "," : "", tensors->name);
        for (guint a = 0; a < tensors->n_axes; a++) {
            gsize size = tensors->shape[a] + (grown && a == 0);

            g_string_append_printf(header, "%s%zu", a ? "," : "", size);
            n *= size;
        }
        for (gsize i = 0; i < n; i++) {
            float value;

            noise = noise * 1664525u + 1013904223u;
            value = (float) (noise >> 8) / 16777216.0f - 0.5f;
            g_byte_array_append(body, (const guint8 *) &value, sizeof value);
        }
        g_string_append_printf(header, "],\"data_offsets\":[%zu,%u]}", begin, body->len);
    }
    g_string_append_c(header, '}');
    length = GUINT64_TO_LE((guint64) header->len);
    g_byte_array_append(file, (const guint8 *) &length, sizeof length);
    g_byte_array_append(file, (const guint8 *) header->str, (guint) header->len);
    g_byte_array_append(file, body->data, body->len);
    put("model.safetensors", file->data, file->len);
}

static void
write_model(const char *config, const char *preprocessor, const Tensor *tensors)
{
    put("config.json", config, strlen(config));
    put("preprocessor_config.json", preprocessor, strlen(preprocessor));
    write_weights(tensors, NULL, NULL);
}

static void
expect_failure(const UmkEmbedderOps *ops)
{
    g_autoptr(GError) error = NULL;
    gpointer model = ops->model_load(folder, NULL, NULL, &error);

    g_assert_null(model);
    g_assert_nonnull(error);
    g_assert_null(strchr(error->message, '\n'));
}

/* ---- vectors ---------------------------------------------------------------------- */

static UmkItem *
picture_item(int width, int height, guint32 noise)
{
    gsize n = (gsize) width * (gsize) height * 3;
    g_autofree guint8 *pixels = g_malloc(n);
    VipsImage *image;
    void *data;
    size_t length;
    g_autoptr(GBytes) bytes = NULL;

    for (gsize i = 0; i < n; i++) {
        noise = noise * 1664525u + 1013904223u;
        pixels[i] = (guint8) (noise >> 24);
    }
    image = vips_image_new_from_memory(pixels, n, width, height, 3, VIPS_FORMAT_UCHAR);
    image->Type = VIPS_INTERPRETATION_sRGB;
    g_assert_cmpint(vips_image_write_to_buffer(image, ".png", &data, &length, NULL), ==,
                    0);
    g_object_unref(image);
    bytes = g_bytes_new_take(data, length);
    return umk_item_new_for_bytes(UMK_MODALITY_IMAGE, bytes);
}

static void
embed(UmkItems *items, UmkParams *params, float *out, gsize n_dims)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), folder, params, NULL, &error);
    g_autoptr(UmkMatrix) matrix = NULL;

    g_assert_no_error(error);
    matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_cols(matrix), ==, n_dims);
    for (gsize i = 0; i < umk_items_get_n_items(items); i++)
        memcpy(out + i * n_dims, umk_matrix_get_row(matrix, i, NULL),
               n_dims * sizeof *out);
}

static UmkParams *
params_new(const char *assignments)
{
    gsize n;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n);
    UmkParams *params = umk_params_new(specs, n);
    g_autoptr(GError) error = NULL;

    umk_params_parse(params, assignments, &error);
    g_assert_no_error(error);
    return params;
}

static void
test_vectors(void)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkParams) short_params = params_new("dims=4");
    g_autoptr(UmkParams) raw_params = params_new("normalize=false");
    float whole[3 * 6], cut[3 * 4], raw[3 * 6];

    for (int i = 0; i < 3; i++) {
        g_autoptr(UmkItem) item = picture_item(9 + i, 20 - i, 5);

        umk_items_append(items, item);
    }
    write_model(OWN_CONFIG,
                "{\"size\": {\"height\": 8, \"width\": 8}, \"do_center_crop\": false}",
                own_tensors);
    embed(items, NULL, whole, 6);
    embed(items, short_params, cut, 4);
    embed(items, raw_params, raw, 6);
    for (gsize i = 0; i < 3; i++) {
        double norm = 0.0, of_raw = 0.0, of_four = 0.0;

        for (gsize k = 0; k < 6; k++) {
            norm += (double) whole[i * 6 + k] * (double) whole[i * 6 + k];
            of_raw += (double) raw[i * 6 + k] * (double) raw[i * 6 + k];
            of_four += k < 4 ? (double) raw[i * 6 + k] * (double) raw[i * 6 + k] : 0.0;
        }
        g_assert_cmpfloat_with_epsilon(norm, 1.0, 1e-5);
        for (gsize k = 0; k < 6; k++)
            g_assert_cmpfloat_with_epsilon((double) raw[i * 6 + k] / sqrt(of_raw),
                                           (double) whole[i * 6 + k], 1e-5);
        for (gsize k = 0; k < 4; k++)
            g_assert_cmpfloat_with_epsilon((double) raw[i * 6 + k] / sqrt(of_four),
                                           (double) cut[i * 4 + k], 1e-5);
    }
}

/* One picture that is none costs its own row and no other. */
static void
test_bad_item(void)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GBytes) nonsense = g_bytes_new_static("nonsense", 8);
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(GError) error = NULL;

    write_model(VIT_CONFIG, "{\"size\": 8}", vit_tensors);
    for (guint i = 0; i < 5; i++) {
        g_autoptr(UmkItem) item =
            i == 2 ? umk_item_new_for_bytes(UMK_MODALITY_IMAGE, nonsense)
                   : picture_item(30, 30, i);

        umk_items_append(items, item);
    }
    model = umk_model_load(umk_registry_get_default(), folder, NULL, NULL, &error);
    g_assert_no_error(error);
    matrix = umk_model_embed_each(model, items, failures, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < 5; i++)
        g_assert_true((failures->pdata[i] != NULL) == (i == 2));
}

/* Another size than the trained one: positions are interpolated, the way is the same. */
static void
test_other_size(void)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = picture_item(30, 20, 1);
    float row[D];

    umk_items_append(items, item);
    write_model(VIT_CONFIG, "{\"size\": {\"height\": 13, \"width\": 20}}", vit_tensors);
    embed(items, NULL, row, D);
    g_assert_true(isfinite(row[0]));
}

/* ---- refusals --------------------------------------------------------------------- */

static void
test_bad_weights(void)
{
    static const struct {
        const UmkEmbedderOps *ops;
        const char *config;
        const Tensor *tensors;
    } models[] = {
        {&_umk_vit_embedder, VIT_CONFIG, vit_tensors},
        {&_umk_umekomi_vit_embedder, OWN_CONFIG, own_tensors},
    };

    for (gsize m = 0; m < G_N_ELEMENTS(models); m++) {
        gpointer model;

        write_model(models[m].config, "{}", models[m].tensors);
        model = models[m].ops->model_load(folder, NULL, NULL, NULL);
        g_assert_nonnull(model);
        models[m].ops->model_free(model);
        for (const Tensor *t = models[m].tensors; t->name; t++) {
            write_weights(models[m].tensors, t->name, NULL);
            expect_failure(models[m].ops);
            write_weights(models[m].tensors, NULL, t->name);
            expect_failure(models[m].ops);
        }
    }
}

static void
test_bad_configs(void)
{
    static const char *const vit[] = {
        "",
        "[]",
        "{\"model_type\": \"vit\", \"hidden_size\": 0}",
        "{\"model_type\": \"vit\", \"hidden_size\": 1e18}",
        "{\"model_type\": \"vit\", \"hidden_size\": -8}",
        "{\"model_type\": \"vit\", \"hidden_size\": 8, \"num_attention_heads\": 3}",
        "{\"model_type\": \"vit\", \"hidden_size\": 8, \"num_attention_heads\": 2,"
        " \"patch_size\": 0}",
        "{\"model_type\": \"vit\", \"hidden_size\": 8, \"num_attention_heads\": 2,"
        " \"image_size\": 4, \"patch_size\": 8}",
        "{\"model_type\": \"vit\", \"hidden_size\": 8, \"num_attention_heads\": 2,"
        " \"image_size\": [8, 8]}",
        "{\"model_type\": \"vit\", \"hidden_size\": 8, \"num_attention_heads\": 2,"
        " \"hidden_act\": \"mish\"}",
        "{\"model_type\": \"vit\", \"hidden_size\": 8, \"num_attention_heads\": 2,"
        " \"layer_norm_eps\": \"x\"}",
    };
    static const char *const stems[] = {
        "3",
        "[]",
        "[3]",
        "[{}]",
        "[{\"out\": 4, \"kernel\": 0}]",
        "[{\"out\": 4, \"kernel\": 3, \"stride\": 0}]",
        "[{\"out\": 4, \"kernel\": 3, \"stride\": [2]}]",
        "[{\"out\": 4, \"kernel\": 3, \"stride\": [2, -1]}]",
        "[{\"out\": 4, \"kernel\": 3, \"stride\": [2, \"2\"]}]",
        "[{\"out\": 4, \"kernel\": 30, \"stride\": 2, \"padding\": 1}]",
        "[{\"out\": 1e9, \"kernel\": 3}]",
    };

    write_model(VIT_CONFIG, "{}", vit_tensors);
    for (gsize i = 0; i < G_N_ELEMENTS(vit); i++) {
        put("config.json", vit[i], strlen(vit[i]));
        expect_failure(&_umk_vit_embedder);
    }
    write_model(VIT_CONFIG, "{\"size\": 0}", vit_tensors);
    expect_failure(&_umk_vit_embedder);
    write_model(OWN_CONFIG, "{}", own_tensors);
    for (gsize i = 0; i < G_N_ELEMENTS(stems); i++) {
        g_autofree char *config = g_strdup_printf(
            "{\"model_type\": \"umekomi_vit\", \"hidden_size\": 8, "
            "\"num_hidden_layers\": 1,"
            " \"num_attention_heads\": 2, \"intermediate_size\": 16, \"image_size\": 8,"
            " \"projection_dim\": 6, \"stem\": %s}",
            stems[i]);

        put("config.json", config, strlen(config));
        expect_failure(&_umk_umekomi_vit_embedder);
    }
}

static void
test_bad_params(void)
{
    static const char *const dims[] = {"dims=3", "dims=7", "dims=60000"};

    write_model(OWN_CONFIG, "{}", own_tensors);
    for (gsize i = 0; i < G_N_ELEMENTS(dims); i++) {
        g_autoptr(UmkParams) params = params_new(dims[i]);
        g_autoptr(GError) error = NULL;

        g_assert_null(_umk_umekomi_vit_embedder.model_load(folder, params, NULL, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    }
}

static void
test_preview(void)
{
    g_autoptr(UmkItem) item = picture_item(80, 40, 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkPreview) preview =
        umk_preview_new_for_item(umk_registry_get_default(), item, 20, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(umk_preview_get_width(preview), ==, 20);
    g_assert_cmpuint(umk_preview_get_height(preview), ==, 10);
    g_assert_cmpuint(g_bytes_get_size(umk_preview_get_rgba(preview)), ==, 800);
}

static void
clean_up(void)
{
    static const char *const names[] = {"config.json", "preprocessor_config.json",
                                        "model.safetensors"};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

int
main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(VIPS_INIT(argv[0]), ==, 0);
    folder = g_dir_make_tmp("umekomi-XXXXXX", NULL);
    g_assert_nonnull(folder);
    g_test_add_func("/image-models/vectors", test_vectors);
    g_test_add_func("/image-models/bad-item", test_bad_item);
    g_test_add_func("/image-models/other-size", test_other_size);
    g_test_add_func("/image-models/bad-weights", test_bad_weights);
    g_test_add_func("/image-models/bad-configs", test_bad_configs);
    g_test_add_func("/image-models/bad-params", test_bad_params);
    g_test_add_func("/image-models/preview", test_preview);
    result = g_test_run();
    clean_up();
    return result;
}
