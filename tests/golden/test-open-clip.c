/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two CLIP cases, laid out anew as open_clip publishes its models, must give the same
 * bits as in the layout of transformers. */
#include "golden-images.h"

#include <glib/gstdio.h>

#include "io/umk-open-clip-private.h"

#include "umk-image-plugin-private.h"

typedef struct {
    GString *header;
    GByteArray *body;
    UmkWeights *weights;
} Writer;

static void
put(Writer *w, const char *name, const float *data, const gsize *shape, guint n_axes)
{
    gsize n = 1, begin = w->body->len;

    g_string_append_printf(w->header, "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[",
                           w->header->len > 1 ? "," : "", name);
    for (guint i = 0; i < n_axes; i++) {
        g_string_append_printf(w->header, "%s%zu", i > 0 ? "," : "", shape[i]);
        n *= shape[i];
    }
    g_byte_array_append(w->body, (const guint8 *) data, (guint) (n * sizeof *data));
    g_string_append_printf(w->header, "],\"data_offsets\":[%zu,%u]}", begin,
                           w->body->len);
}

static const float *
get(Writer *w, const char *name, gsize *shape, guint *n_axes)
{
    const float *data;

    g_assert_true(_umk_weights_get_shape(w->weights, name, shape, n_axes));
    data = _umk_weights_get(w->weights, name, NULL, 0, NULL);
    g_assert_nonnull(data);
    return data;
}

static void
copy(Writer *w, const char *to, const char *from)
{
    gsize shape[8];
    guint n_axes;
    const float *data = get(w, from, shape, &n_axes);

    put(w, to, data, shape, n_axes);
}

static void
copy_both(Writer *w, const char *to, const char *from)
{
    for (guint i = 0; i < 2; i++) {
        const char *suffix = i == 0 ? ".weight" : ".bias";
        g_autofree char *target = g_strconcat(to, suffix, NULL);
        g_autofree char *source = g_strconcat(from, suffix, NULL);

        copy(w, target, source);
    }
}

static void
copy_transposed(Writer *w, const char *to, const char *from)
{
    gsize shape[8], turned[2];
    guint n_axes;
    const float *data = get(w, from, shape, &n_axes);
    g_autofree float *out = g_new(float, shape[0] * shape[1]);

    for (gsize i = 0; i < shape[0]; i++)
        for (gsize j = 0; j < shape[1]; j++)
            out[j * shape[0] + i] = data[i * shape[1] + j];
    turned[0] = shape[1];
    turned[1] = shape[0];
    put(w, to, out, turned, 2);
}

/* Query, key and value of one block under one name. */
static void
copy_joined(Writer *w, const char *to, const char *from, const char *kind)
{
    g_autoptr(GByteArray) all = g_byte_array_new();
    gsize shape[8];
    guint n_axes = 0;

    for (guint i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("%s.%c_proj.%s", from, "qkv"[i], kind);
        const float *data = get(w, name, shape, &n_axes);
        gsize n = shape[0] * (n_axes == 2 ? shape[1] : 1);

        g_byte_array_append(all, (const guint8 *) data, (guint) (n * sizeof *data));
    }
    shape[0] *= 3;
    put(w, to, (const float *) (gconstpointer) all->data, shape, n_axes);
}

static void
copy_blocks(Writer *w, const char *to, const char *from)
{
    for (guint i = 0;; i++) {
        g_autofree char *b = g_strdup_printf("%s.%u", from, i);
        g_autofree char *t = g_strdup_printf("%s.%u", to, i);
        const char *const pairs[][2] = {{".ln_1", ".layer_norm1"},
                                        {".ln_2", ".layer_norm2"},
                                        {".attn.out_proj", ".self_attn.out_proj"},
                                        {".mlp.c_fc", ".mlp.fc1"},
                                        {".mlp.c_proj", ".mlp.fc2"}};
        g_autofree char *first = g_strconcat(b, ".layer_norm1.weight", NULL);
        g_autofree char *attention = g_strconcat(b, ".self_attn", NULL);
        g_autofree char *weight = g_strconcat(t, ".attn.in_proj_weight", NULL);
        g_autofree char *bias = g_strconcat(t, ".attn.in_proj_bias", NULL);

        if (!_umk_weights_has(w->weights, first))
            return;
        for (guint j = 0; j < G_N_ELEMENTS(pairs); j++) {
            g_autofree char *target = g_strconcat(t, pairs[j][0], NULL);
            g_autofree char *source = g_strconcat(b, pairs[j][1], NULL);

            copy_both(w, target, source);
        }
        copy_joined(w, weight, attention, "weight");
        copy_joined(w, bias, attention, "bias");
    }
}

static void
write_weights(const char *from, const char *to)
{
    Writer w = {g_string_new("{"), g_byte_array_new(),
                _umk_weights_open_folder(from, NULL)};
    g_autofree char *path = g_build_filename(to, "open_clip_model.safetensors", NULL);
    g_autoptr(GByteArray) file = g_byte_array_new();
    guint64 length;

    copy(&w, "visual.class_embedding", "vision_model.embeddings.class_embedding");
    copy(&w, "visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight");
    copy(&w, "visual.positional_embedding",
         "vision_model.embeddings.position_embedding.weight");
    copy_both(&w, "visual.ln_pre", "vision_model.pre_layrnorm");
    copy_both(&w, "visual.ln_post", "vision_model.post_layernorm");
    copy_transposed(&w, "visual.proj", "visual_projection.weight");
    copy_blocks(&w, "visual.transformer.resblocks", "vision_model.encoder.layers");
    copy(&w, "token_embedding.weight", "text_model.embeddings.token_embedding.weight");
    copy(&w, "positional_embedding", "text_model.embeddings.position_embedding.weight");
    copy_both(&w, "ln_final", "text_model.final_layer_norm");
    copy_transposed(&w, "text_projection", "text_projection.weight");
    copy_blocks(&w, "transformer.resblocks", "text_model.encoder.layers");
    while (w.header->len % 4 != 3)
        g_string_append_c(w.header, ' ');
    g_string_append_c(w.header, '}');
    length = GUINT64_TO_LE(w.header->len);
    g_byte_array_append(file, (const guint8 *) &length, 8);
    g_byte_array_append(file, (const guint8 *) w.header->str, (guint) w.header->len);
    g_byte_array_append(file, w.body->data, w.body->len);
    g_assert_true(g_file_set_contents(path, (char *) file->data, file->len, NULL));
    g_string_free(w.header, TRUE);
    g_byte_array_unref(w.body);
    _umk_weights_free(w.weights);
}

static void
copy_file(const char *from, const char *to, const char *name)
{
    g_autofree char *source = g_build_filename(from, name, NULL);
    g_autofree char *target = g_build_filename(to, name, NULL);
    g_autofree char *data = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(source, &data, &length, NULL));
    g_assert_true(g_file_set_contents(target, data, (gssize) length, NULL));
}

static UmkMatrix *
embed(const char *path, UmkItems *items)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    UmkMatrix *matrix;

    g_assert_no_error(error);
    matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return matrix;
}

static void
compare(const char *a, const char *b, UmkItems *items)
{
    g_autoptr(UmkMatrix) want = embed(a, items), got = embed(b, items);
    gsize n;

    g_assert_cmpuint(umk_matrix_get_n_rows(want), >, 1);
    for (gsize i = 0; i < umk_matrix_get_n_rows(want); i++) {
        const float *row = umk_matrix_get_row(want, i, &n);

        g_assert_cmpmem(row, n * sizeof *row, umk_matrix_get_row(got, i, NULL),
                        n * sizeof *row);
    }
}

static void
compare_towers(const char *folder, const char *model, const char *made)
{
    static const char *const texts[] = {"a photo of a cat", "Two dogs!", "犬"};
    g_autoptr(UmkItems) pictures = umk_items_new(), words = umk_items_new();

    for (gsize i = 0; i < 3; i++) {
        g_autofree char *image = golden_image(folder, i);
        g_autoptr(UmkItem) picture = umk_item_new_for_file(UMK_MODALITY_IMAGE, image);
        g_autoptr(UmkItem) text = umk_item_new_for_text(texts[i]);

        umk_items_append(pictures, picture);
        umk_items_append(words, text);
    }
    compare(model, made, pictures);
    compare(model, made, words);
}

typedef struct {
    const char *name, *config;
} Case;

/* Sizes as in the config.json of the case. */
#define CONFIG(quick, image, patch, vocabulary)                                          \
    "{\"model_cfg\": {\"embed_dim\": 32, \"quick_gelu\": " quick                         \
    ", \"vision_cfg\": {\"image_size\": " image ", \"layers\": 2, \"width\": 56, "       \
    "\"head_width\": 14, \"mlp_ratio\": 2, \"patch_size\": " patch                       \
    "}, \"text_cfg\": {\"context_length\": 77, \"vocab_size\": " vocabulary              \
    ", \"width\": 48, \"heads\": 4, \"layers\": 2, \"mlp_ratio\": 2}}, "                 \
    "\"preprocess_cfg\": {\"interpolation\": \"bicubic\", \"resize_mode\": "             \
    "\"shortest\"}}"

static const Case cases[] = {
    {"clip_gelu", CONFIG("false", "56", "14", "914")},
    {"clip_quick_gelu", CONFIG("true", "48", "8", "1314")},
};

/* What open_clip_config.json alone says about pictures. */
static void
check_preprocess(const char *folder)
{
    g_autoptr(GError) error = NULL;
    UmkVit *model = _umk_clip_vision_embedder.model_load(folder, NULL, NULL, &error);
    const UmkPreprocess *p;

    g_assert_no_error(error);
    p = &model->base.preprocess;
    g_assert_cmpint(p->rule, ==, UMK_RESIZE_SHORTEST);
    g_assert_cmpint(p->filter, ==, UMK_RESAMPLE_BICUBIC);
    g_assert_cmpuint(p->edge, ==, model->encoder.config.image_size);
    g_assert_cmpuint(p->crop_width, ==, p->edge);
    g_assert_cmpfloat_with_epsilon(p->mean[1], 0.4578275f, 1e-7);
    g_assert_cmpfloat_with_epsilon(p->std[2], 0.27577711f, 1e-7);
    _umk_vit_free(model);
}

static void
test_case(gconstpointer data)
{
    static const char *const files[] = {"open_clip_model.safetensors",
                                        "open_clip_config.json", "tokenizer.json",
                                        "preprocessor_config.json"};
    const Case *c = data;
    g_autofree char *folder = golden_case("golden_models/models", c->name);
    g_autofree char *model = NULL, *made = NULL, *config = NULL;

    if (!folder)
        return;
    model = g_build_filename(folder, "model", NULL);
    made = g_dir_make_tmp("umk-open-clip-XXXXXX", NULL);
    config = g_build_filename(made, files[1], NULL);
    write_weights(model, made);
    copy_file(model, made, files[2]);
    g_assert_true(g_file_set_contents(config, c->config, -1, NULL));
    check_preprocess(made);
    copy_file(model, made,
              files[3]); /* its crops are those of transformers, to compare */
    compare_towers(folder, model, made);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(made, files[i], NULL);

        g_unlink(path);
    }
    g_rmdir(made);
}

/* Towers that are something else are named, not misread. */
static void
test_refused(void)
{
    static const char *const bad[] = {
        "{\"model_cfg\": {\"vision_cfg\": {\"timm_model_name\": \"vit\"}, \"text_cfg\": "
        "{}}}",
        "{\"model_cfg\": {\"vision_cfg\": {\"layers\": [3, 4, 6, 3]}, \"text_cfg\": {}}}",
        "{\"model_cfg\": {\"vision_cfg\": {}, \"text_cfg\": {\"hf_model_name\": "
        "\"roberta\"}}}",
        "{\"model_cfg\": {\"vision_cfg\": {}, \"text_cfg\": {}, \"custom_text\": true}}",
        "{\"model_cfg\": {\"vision_cfg\": {}}}",
        "[]",
        "",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(_umk_open_clip_translate_config(bad[i], strlen(bad[i]), &error));
        g_assert_nonnull(error);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/golden/open-clip/gelu", &cases[0], test_case);
    g_test_add_data_func("/golden/open-clip/quick-gelu", &cases[1], test_case);
    g_test_add_func("/golden/open-clip/refused", test_refused);
    return g_test_run();
}
