/* SPDX-License-Identifier: GPL-3.0-or-later */
/* wav2vec 2.0, HuBERT and WavLM against transformers in double precision
 * (golden_models/models/…). They share the clips of the first case. */
#include "golden-audio.h"

#include "umk-speech-encoder-private.h"

typedef struct {
    const char *name;
    const UmkEmbedderOps *ops;
} Case;

static const Case cases[] = {
    {"wav2vec2_base", &_umk_wav2vec2_embedder},
    {"wav2vec2_large", &_umk_wav2vec2_embedder},
    {"hubert", &_umk_hubert_embedder},
    {"wavlm", &_umk_wavlm_embedder},
};

/* What the network hears of clip 1, and what its convolutions make of it. */
static void
check_stem(const UmkSpeechEncoder *model, const char *folder, const char *sounds)
{
    GoldenArray input = golden_read(sounds, "input_values_item1.npy");
    GoldenArray want = golden_read(folder, "conv_features_item1.npy");
    gsize n = input.n_rows * input.n_cols, n_samples;
    g_autoptr(UmkItem) item = golden_clip(sounds, 1);
    g_autoptr(GError) error = NULL;
    g_autofree float *samples =
        _umk_speech_encoder_samples(model, item, NULL, &n_samples, &error);
    g_autofree float *got = g_new(float, want.n_rows *want.n_cols);
    UmkArena arena = {0};
    float *scratch;

    g_assert_no_error(error);
    g_assert_cmpuint(n_samples, ==, n);
    golden_check_values("samples", samples, input.f, n, 1e-4);
    g_assert_cmpuint(_umk_wave_stem_n_frames(&model->stem, n), ==, want.n_rows);
    g_assert_cmpuint(_umk_wave_stem_n_channels(&model->stem), ==, want.n_cols);
    scratch = _umk_arena_reserve(&arena, _umk_wave_stem_scratch_size(&model->stem), NULL);
    _umk_wave_stem_forward(&model->stem, input.f, n, scratch, got);
    _umk_arena_clear(&arena);
    golden_check_values("features", got, want.f, want.n_rows * want.n_cols, 1e-4);
    golden_clear(&input);
    golden_clear(&want);
}

static void
check_states(const UmkSpeechEncoder *model,
             const char *folder,
             const char *sounds,
             gsize i,
             UmkArena *arena)
{
    g_autofree char *name = g_strdup_printf("last_hidden_state_item%zu.npy", i);
    GoldenArray want = golden_read(folder, name);
    GoldenArray pooled = golden_read(folder, "pooled_mean_raw.npy");
    gsize d = pooled.n_cols, n_samples, n_frames;
    g_autoptr(UmkItem) item = golden_clip(sounds, i);
    g_autofree float *samples =
        _umk_speech_encoder_samples(model, item, NULL, &n_samples, NULL);
    g_autofree float *mean = g_new(float, d);
    const float *hidden;

    hidden =
        _umk_speech_encoder_forward(model, samples, n_samples, arena, &n_frames, NULL);
    g_assert_cmpuint(n_frames, ==, want.n_rows);
    g_assert_cmpuint(d, ==, want.n_cols);
    golden_check_values("states", hidden, want.f, n_frames * d, 1e-4);
    _umk_audio_mean(hidden, n_frames, d, mean);
    golden_check_vector("mean", mean, pooled.f + i * d, d);
    golden_clear(&want);
    golden_clear(&pooled);
}

static void
test_network(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *folder = golden_case(GOLDEN_MODELS, c->name);
    g_autofree char *sounds = golden_path(GOLDEN_MODELS, "wav2vec2_base");
    UmkArena arena = {0};
    UmkSpeechEncoder *model;

    if (folder == NULL)
        return;
    model = golden_load(c->ops, folder);
    check_stem(model, folder, sounds);
    check_states(model, folder, sounds, 0, &arena);
    check_states(model, folder, sounds, 1, &arena);
    _umk_arena_clear(&arena);
    c->ops->model_free(model);
}

static void
test_files(gconstpointer data)
{
    const Case *c = data;
    g_autofree char *folder = golden_case(GOLDEN_MODELS, c->name);
    g_autofree char *sounds = golden_path(GOLDEN_MODELS, "wav2vec2_base");

    if (folder != NULL)
        golden_check_files(folder, sounds, "pooled_mean_l2.npy");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *network = g_strdup_printf("/golden/%s/network", cases[i].name);
        g_autofree char *files = g_strdup_printf("/golden/%s/files", cases[i].name);

        g_test_add_data_func(network, &cases[i], test_network);
        g_test_add_data_func(files, &cases[i], test_files);
    }
    return g_test_run();
}
