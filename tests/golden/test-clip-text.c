/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CLIP's text tower beside Hugging Face transformers (shared/golden_models/README.md),
 * from the token ids that come with the cases: hidden states after the final norm,
 * projected vectors. Tolerance: hidden states 2e-4, normalised vectors 2e-5 (case.json).
 */
#include "golden-npy.h"

#include "linalg/umk-kernels-private.h"
#include "modalities/text/umk-clip-text-private.h"
#include "modalities/text/umk-sentence-modules-private.h"

#define TOLERANCE_HIDDEN 2e-4
#define TOLERANCE_VECTOR 2e-5

static UmkClipText *
load(const char *folder, UmkWeights **weights)
{
    g_autofree char *model = g_build_filename(folder, "model", NULL);
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *config;
    GError *error = NULL;
    UmkClipText *clip;

    parser = _umk_read_json_file(model, "config.json", &config, &error);
    g_assert_no_error(error);
    *weights = _umk_weights_open_folder(model, &error);
    g_assert_no_error(error);
    clip = _umk_clip_text_new(config, *weights, &error);
    g_assert_no_error(error);
    return clip;
}

static void
check_hidden(const char *folder, gsize item, const float *hidden, gsize n_tokens)
{
    g_autofree char *name =
        g_strdup_printf("text_last_hidden_state_item%" G_GSIZE_FORMAT ".npy", item);
    GoldenArray expected;

    if (!golden_exists(folder, name))
        return;
    expected = golden_read(folder, name);
    g_assert_cmpuint(expected.n_rows, ==, n_tokens);
    g_assert_cmpfloat(
        golden_max_difference(hidden, expected.f, expected.n_rows * expected.n_cols), <=,
        TOLERANCE_HIDDEN);
    golden_clear(&expected);
}

static void
test_case(gconstpointer data)
{
    g_autofree char *folder = golden_case("golden_models/models", data);
    g_autoptr(UmkWeights) weights = NULL;
    GoldenArray ids, mask, raw, normalized;
    UmkClipText *clip;
    UmkArena arena = {0};
    GError *error = NULL;
    double most_raw = 0, most = 0;

    if (folder == NULL)
        return;
    clip = load(folder, &weights);
    ids = golden_read(folder, "input_ids.npy");
    mask = golden_read(folder, "attention_mask.npy");
    raw = golden_read(folder, "text_embeds_raw.npy");
    normalized = golden_read(folder, "text_embeds_l2.npy");
    for (gsize i = 0; i < ids.n_rows; i++) {
        guint32 row[1024], offsets[2] = {0, 0};
        float vector[1024];
        const float *hidden;

        g_assert_cmpuint(ids.n_cols, <=, G_N_ELEMENTS(row));
        for (gsize j = 0; j < ids.n_cols; j++)
            if (mask.i[i * ids.n_cols + j] != 0)
                row[offsets[1]++] = (guint32) ids.i[i * ids.n_cols + j];
        hidden = _umk_clip_text_forward(clip, row, offsets, 1, &arena, &error);
        g_assert_no_error(error);
        check_hidden(folder, i, hidden, offsets[1]);
        _umk_clip_text_project(clip, row, hidden, offsets[1], vector);
        most_raw = MAX(most_raw,
                       golden_max_difference(vector, raw.f + i * raw.n_cols, raw.n_cols));
        _umk_kernel_normalize(vector, raw.n_cols);
        most = MAX(most, golden_max_difference(vector, normalized.f + i * raw.n_cols,
                                               raw.n_cols));
    }
    g_test_message("largest difference: raw %.3g, normalised %.3g", most_raw, most);
    g_assert_cmpfloat(most_raw, <=, TOLERANCE_HIDDEN);
    g_assert_cmpfloat(most, <=, TOLERANCE_VECTOR);
    golden_clear(&ids);
    golden_clear(&mask);
    golden_clear(&raw);
    golden_clear(&normalized);
    _umk_arena_clear(&arena);
    _umk_clip_text_free(clip);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/golden/clip_gelu/text-network", "clip_gelu", test_case);
    g_test_add_data_func("/golden/clip_quick_gelu/text-network", "clip_quick_gelu",
                         test_case);
    return g_test_run();
}
