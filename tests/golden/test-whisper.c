/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whisper's encoder against transformers' WhisperEncoder in double precision
 * (golden_models/models/whisper). */
#include "golden-audio.h"

#include "umk-whisper-private.h"

/* The first frames of the case's log-mel, then its value for silence. */
static float *
read_mel(const UmkWhisper *model, const char *folder, gsize item, gsize *n_given)
{
    g_autofree char *name = g_strdup_printf("log_mel_item%zu.npy", item);
    GoldenArray given = golden_read(folder, name);
    GoldenArray tail = golden_read(folder, "log_mel_item0_tail_value.npy");
    float *mel = g_new(float, model->n_frames * model->n_mels);

    g_assert_cmpuint(given.n_rows, ==, model->n_mels); /* (mels, frames) */
    *n_given = given.n_cols;
    for (gsize t = 0; t < model->n_frames; t++)
        for (gsize m = 0; m < model->n_mels; m++)
            mel[t * model->n_mels + m] =
                t < given.n_cols ? given.f[m * given.n_cols + t] : tail.f[m];
    golden_clear(&given);
    golden_clear(&tail);
    return mel;
}

static void
test_mel(void)
{
    g_autofree char *folder = golden_case(GOLDEN_MODELS, "whisper");
    UmkWhisper *model;

    if (folder == NULL)
        return;
    model = golden_load(&_umk_whisper_embedder, folder);
    for (gsize i = 0; i < 4; i++) {
        gsize n_given, n_frames;
        g_autofree float *want = read_mel(model, folder, i, &n_given);
        g_autoptr(UmkItem) item = golden_clip(folder, i);
        g_autoptr(GError) error = NULL;
        g_autofree float *got = _umk_audio_compute_head(
            item, model->frontend, model->n_samples, TRUE, NULL, &n_frames, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(n_frames, ==, model->n_frames);
        golden_check_values("log-mel", got, want,
                            (i == 0 ? n_frames : n_given) * model->n_mels, 1e-4);
    }
    _umk_whisper_embedder.model_free(model);
}

static void
test_encoder(void)
{
    static const gsize rows[] = {0,   1,   2,   50,  117,  118,  119,
                                 200, 748, 749, 750, 1000, 1498, 1499};
    g_autofree char *folder = golden_case(GOLDEN_MODELS, "whisper");
    UmkArena arena = {0};
    UmkWhisper *model;
    gsize n_given, d;

    if (folder == NULL)
        return;
    model = golden_load(&_umk_whisper_embedder, folder);
    GoldenArray want = golden_read(folder, "encoder_last_hidden_state_item0_rows.npy");
    GoldenArray mean = golden_read(folder, "encoder_mean_raw.npy");
    g_autofree float *mel = read_mel(model, folder, 0, &n_given);
    g_autofree float *got = NULL;
    const float *hidden = _umk_whisper_forward(model, mel, &arena, NULL);

    d = model->base.n_full;
    g_assert_cmpuint(want.n_rows, ==, G_N_ELEMENTS(rows));
    g_assert_cmpuint(want.n_cols, ==, d);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
        golden_check_values("state", hidden + rows[i] * d, want.f + i * d, d, 1e-4);
    got = g_new(float, d);
    _umk_audio_mean(hidden, model->n_positions, d, got);
    golden_check_vector("mean", got, mean.f, d);
    golden_clear(&want);
    golden_clear(&mean);
    _umk_arena_clear(&arena);
    _umk_whisper_embedder.model_free(model);
}

static void
test_files(void)
{
    g_autofree char *folder = golden_case(GOLDEN_MODELS, "whisper");

    if (folder != NULL)
        golden_check_files(folder, folder, "encoder_mean_l2.npy");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/golden/whisper/log-mel", test_mel);
    g_test_add_func("/golden/whisper/encoder", test_encoder);
    g_test_add_func("/golden/whisper/files", test_files);
    return g_test_run();
}
