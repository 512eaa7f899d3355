/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Audio Spectrogram Transformer against transformers' ASTModel in double precision
 * (golden_models/models/ast). */
#include "golden-audio.h"

#include "umk-ast-private.h"

/* The given rows; all later ones are equal to the last. */
static float *
read_features(const UmkAst *model, const char *folder, gsize item)
{
    g_autofree char *name = g_strdup_printf("fbank_item%zu.npy", item);
    GoldenArray given = golden_read(folder, name);
    gsize n = model->n_mels;
    float *features = g_new(float, model->n_frames *n);

    g_assert_cmpuint(given.n_cols, ==, n);
    for (gsize t = 0; t < model->n_frames; t++)
        memcpy(features + t * n, given.f + MIN(t, given.n_rows - 1) * n,
               n * sizeof *features);
    golden_clear(&given);
    return features;
}

static void
test_features(void)
{
    g_autofree char *folder = golden_case(GOLDEN_MODELS, "ast");
    UmkAst *model;

    if (folder == NULL)
        return;
    model = golden_load(&_umk_ast_embedder, folder);
    for (gsize i = 0; i < 2; i++) {
        g_autofree float *want = read_features(model, folder, i);
        g_autoptr(UmkItem) item = golden_clip(folder, i);
        g_autoptr(GError) error = NULL;
        g_autofree float *got = _umk_ast_features(model, item, NULL, &error);

        g_assert_no_error(error);
        golden_check_values("fbank", got, want, model->n_frames * model->n_mels, 5e-3);
    }
    _umk_ast_embedder.model_free(model);
}

static void
test_encoder(void)
{
    g_autofree char *folder = golden_case(GOLDEN_MODELS, "ast");
    UmkArena arena = {0};
    UmkAst *model;
    gsize d;

    if (folder == NULL)
        return;
    model = golden_load(&_umk_ast_embedder, folder);
    GoldenArray states = golden_read(folder, "last_hidden_state_item0_first300.npy");
    GoldenArray pooled = golden_read(folder, "pooled_raw.npy");
    GoldenArray cls = golden_read(folder, "cls_raw.npy");
    d = model->base.n_full;
    for (gsize i = 0; i < 2; i++) {
        g_autofree float *features = read_features(model, folder, i);
        g_autofree float *got = g_new(float, d);
        const float *hidden = _umk_ast_forward(model, features, &arena, NULL);

        if (i == 0)
            golden_check_values("states", hidden, states.f, states.n_rows * d, 1e-4);
        golden_check_vector("cls", hidden, cls.f + i * d, d);
        _umk_audio_mean(hidden, UMK_AST_N_EXTRA, d, got);
        golden_check_vector("pooled", got, pooled.f + i * d, d);
    }
    golden_clear(&states);
    golden_clear(&pooled);
    golden_clear(&cls);
    _umk_arena_clear(&arena);
    _umk_ast_embedder.model_free(model);
}

static void
test_files(void)
{
    g_autofree char *folder = golden_case(GOLDEN_MODELS, "ast");

    if (folder != NULL)
        golden_check_files(folder, folder, "pooled_l2.npy");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/ast/features", test_features);
    g_test_add_func("/golden/ast/encoder", test_encoder);
    g_test_add_func("/golden/ast/files", test_files);
    return g_test_run();
}
