/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SigLIP's text tower beside Hugging Face transformers (golden_models/models/siglip):
 * from the padded token ids that come with the case, from the texts, and both towers of
 * the folder together. Tolerance: hidden states 2e-4, normalised vectors 2e-5. */
#include "golden-npy.h"

#include <umekomi/umekomi.h>

#include <math.h>

#include "io/umk-json-private.h"
#include "linalg/umk-kernels-private.h"
#include "modalities/text/umk-sentence-modules-private.h"
#include "modalities/text/umk-siglip-text-private.h"
#include "modalities/text/umk-tokenizer-private.h"

#define LENGTH           64
#define PAD              2
#define TOLERANCE_HIDDEN 2e-4
#define TOLERANCE_VECTOR 2e-5

/* The ids of the case without what stands behind the first end token, which pads. */
static GArray *
read_ids(const char *folder, guint32 offsets[], gsize *n_texts)
{
    GoldenArray all = golden_read(folder, "input_ids.npy");
    GArray *ids = g_array_new(FALSE, FALSE, sizeof(guint32));

    g_assert_cmpuint(all.n_cols, ==, LENGTH);
    g_assert_cmpuint(all.n_rows, <, 64);
    *n_texts = all.n_rows;
    offsets[0] = 0;
    for (gsize i = 0; i < all.n_rows; i++) {
        gsize n = LENGTH;

        while (n > 1 && all.i[i * LENGTH + n - 2] == PAD)
            n--;
        for (gsize j = 0; j < n; j++) {
            guint32 id = (guint32) all.i[i * LENGTH + j];

            g_array_append_val(ids, id);
        }
        offsets[i + 1] = ids->len;
    }
    golden_clear(&all);
    return ids;
}

static void
test_ids(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "siglip");
    g_autofree char *model = folder ? g_build_filename(folder, "model", NULL) : NULL;
    UmkTensors tensors = {.prefix = "",
                          .has = _umk_weights_has,
                          .get = _umk_weights_get,
                          .release = _umk_weights_release};
    g_autoptr(JsonParser) parser = NULL;
    g_autoptr(UmkWeights) weights = NULL;
    g_autoptr(UmkSiglipText) siglip = NULL;
    g_autoptr(GArray) ids = NULL;
    g_autoptr(GError) error = NULL;
    GoldenArray hidden, raw;
    JsonObject *config;
    UmkArena arena = {0};
    guint32 offsets[65];
    gsize n_texts, d;
    const float *got;
    float *out;
    double worst = 0, worst_l2 = 0;

    if (folder == NULL)
        return;
    parser = _umk_read_json_file(model, "config.json", &config, &error);
    g_assert_no_error(error);
    tensors.source = weights = _umk_weights_open_folder(model, &error);
    g_assert_no_error(error);
    siglip = _umk_siglip_text_new(config, &tensors, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(_umk_siglip_text_get_length(siglip), ==, LENGTH);
    ids = read_ids(folder, offsets, &n_texts);
    got = _umk_siglip_text_forward(siglip, (const guint32 *) (gconstpointer) ids->data,
                                   offsets + 3, 1, PAD, &arena, &error);
    g_assert_no_error(error);
    hidden = golden_read(folder, "text_last_hidden_state_item3.npy");
    g_assert_cmpuint(hidden.n_rows, ==, LENGTH);
    g_assert_cmpfloat(golden_max_difference(got, hidden.f, LENGTH * hidden.n_cols), <=,
                      TOLERANCE_HIDDEN);
    raw = golden_read(folder, "text_embeds_raw.npy");
    d = raw.n_cols;
    g_assert_cmpuint(d, ==, _umk_siglip_text_get_n_dims(siglip));
    out = g_new(float, n_texts *d);
    g_assert_true(_umk_siglip_text_encode(siglip,
                                          (const guint32 *) (gconstpointer) ids->data,
                                          offsets, n_texts, PAD, out, &arena, &error));
    for (gsize i = 0; i < n_texts; i++) {
        g_autofree float *want = g_memdup2(raw.f + i * d, d * sizeof(float));

        worst = MAX(worst, golden_max_difference(out + i * d, want, d));
        _umk_kernel_normalize(out + i * d, d);
        _umk_kernel_normalize(want, d);
        worst_l2 = MAX(worst_l2, golden_max_difference(out + i * d, want, d));
    }
    g_test_message("largest difference %g, after normalisation %g", worst, worst_l2);
    g_assert_cmpfloat(worst, <=, TOLERANCE_HIDDEN);
    g_assert_cmpfloat(worst_l2, <=, TOLERANCE_VECTOR);
    g_free(out);
    _umk_arena_clear(&arena);
    golden_clear(&hidden);
    golden_clear(&raw);
}

static UmkItems *
read_texts(const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "texts.jsonl", NULL);
    g_autofree char *data = NULL;
    g_auto(GStrv) lines = NULL;
    UmkItems *items = umk_items_new();

    g_assert_true(g_file_get_contents(path, &data, NULL, NULL));
    lines = g_strsplit(g_strchomp(data), "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++) {
        JsonObject *object;
        const char *text;
        g_autoptr(JsonParser) parser =
            _umk_json_parse(lines[i], strlen(lines[i]), &object, NULL);
        g_autoptr(UmkItem) item = NULL;

        g_assert_nonnull(parser);
        g_assert_true(_umk_json_get_string(object, "text", "", &text, NULL));
        item = umk_item_new_for_text(text);
        umk_items_append(items, item);
    }
    return items;
}

/* Ids, vectors and logits from the texts and pictures themselves. */
static void
test_folder(void)
{
    g_autofree char *folder = golden_case("golden_models/models", "siglip");
    g_autofree char *path = folder ? g_build_filename(folder, "model", NULL) : NULL;
    g_autoptr(UmkTokenizer) tokenizer = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) texts = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GArray) want_ids = NULL;
    g_autoptr(GError) error = NULL;
    GoldenArray want;
    guint32 offsets[65];
    gsize n_texts;

    if (folder == NULL)
        return;
    tokenizer = _umk_tokenizer_open_folder(path, &error);
    g_assert_no_error(error);
    texts = read_texts(folder);
    want_ids = read_ids(folder, offsets, &n_texts);
    g_assert_cmpuint(umk_items_get_n_items(texts), ==, n_texts);
    for (gsize i = 0; i < n_texts; i++) {
        g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(guint32));

        g_assert_true(_umk_tokenizer_encode(tokenizer,
                                            umk_item_get_text(umk_items_get(texts, i)),
                                            -1, LENGTH, ids, NULL, &error));
        g_assert_cmpmem(ids->data, ids->len * 4, want_ids->data + offsets[i] * 4,
                        (offsets[i + 1] - offsets[i]) * 4);
    }
    model = umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    g_assert_no_error(error);
    vectors = umk_model_embed(model, texts, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    want = golden_read(folder, "text_embeds_l2.npy");
    for (gsize i = 0; i < n_texts; i++)
        g_assert_cmpfloat(golden_max_difference(umk_matrix_get_row(vectors, i, NULL),
                                                want.f + i * want.n_cols, want.n_cols),
                          <=, TOLERANCE_VECTOR);
    golden_clear(&want);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/siglip-text/ids", test_ids);
    g_test_add_func("/golden/siglip-text/folder", test_folder);
    return g_test_run();
}
