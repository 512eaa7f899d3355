/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of audio models against plain loops in double precision: the norm over time, the
 * blocks of the wave stem, the ways to write a weight norm; and what is refused. */
#include "audio-speech-folder.h"

#include "umk-clap-private.h"
#include "umk-whisper-private.h"

#include "nn/umk-channel-norm-private.h"

static void
test_channel_norm(void)
{
    const gsize n = 5, n_rows = 1000;
    g_autofree float *x = draw_many(n * n_rows, 2), *got = g_memdup2(x, 5000 * sizeof *x);
    g_autofree float *w = draw_many(n, 1), *b = draw_many(n, 1);
    double sum[5] = {0}, squares[5] = {0}, other[5] = {0}, more[5] = {0};
    float scale[5], shift[5];

    for (gsize i = 0; i < n * n_rows; i++)
        got[i] = x[i] += 3; /* so that the mean matters */
    _umk_channel_moments_add(x, n_rows, n, sum, squares);
    _umk_channel_moments_add(x, 300, n, other, more);
    _umk_channel_moments_add(x + 300 * n, n_rows - 300, n, other, more);
    g_assert_cmpmem(sum, sizeof sum, other, sizeof other);
    g_assert_cmpmem(squares, sizeof squares, more, sizeof more);
    _umk_channel_moments_finish(sum, squares, n_rows, n, n_rows);
    _umk_channel_norm_make(sum, squares, w, b, 1e-5, n, scale, shift);
    _umk_channel_norm_apply(got, n_rows, n, scale, shift);
    for (gsize c = 0; c < n; c++) {
        double mean = 0, variance = 0, worst = 0;

        for (gsize t = 0; t < n_rows; t++)
            mean += (double) x[t * n + c] / (double) n_rows;
        for (gsize t = 0; t < n_rows; t++)
            variance += pow((double) x[t * n + c] - mean, 2) / (double) n_rows;
        for (gsize t = 0; t < n_rows; t++) {
            double want =
                ((double) x[t * n + c] - mean) / sqrt(variance + 1e-5) * (double) w[c] +
                (double) b[c];

            worst = fmax(worst, fabs((double) got[t * n + c] - want));
        }
        g_assert_cmpfloat(worst, <=, 2e-6);
    }
}

static void
test_weight_norm(void)
{
    g_autoptr(UmkItem) item = make_clip("speech.wav", 4000, 16000);
    float *states[3];
    gsize n = 0;

    for (gsize naming = OLD_NAMES; naming <= FOLDED; naming++) {
        g_autoptr(Weights) w =
            make_speech(naming == NEW_NAMES ? "wav2vec2." : "", 1, (Naming) naming);
        gpointer model;

        write_folder(
            w, "{\"model_type\": \"wav2vec2\", \"num_hidden_layers\": 1, " STEM_JSON "}",
            NULL);
        model = load(&_umk_wav2vec2_embedder);
        states[naming] = speech_states(model, item, &n);
        _umk_wav2vec2_embedder.model_free(model);
    }
    g_assert_cmpmem(states[0], n * 8 * sizeof(float), states[1], n * 8 * sizeof(float));
    for (gsize i = 0; i < n * 8; i++)
        g_assert_cmpfloat_with_epsilon(states[0][i], states[2][i], 1e-4);
    for (gsize i = 0; i < 3; i++)
        g_free(states[i]);
}

/* Blocks of frames against the whole clip through the same convolutions at once. */
static void
test_wave_stem(void)
{
    g_autoptr(Weights) w = make_speech("", 1, OLD_NAMES);
    g_autoptr(UmkItem) item = make_clip("speech.wav", 9000, 16000);
    UmkArena arena = {0};
    UmkSpeechEncoder *model;
    gsize n, n_first, n_frames;

    write_folder(
        w, "{\"model_type\": \"wav2vec2\", \"num_hidden_layers\": 1, " STEM_JSON "}",
        NULL);
    model = load(&_umk_wav2vec2_embedder);
    const UmkWaveStem *stem = &model->stem;
    g_autofree float *x = _umk_speech_encoder_samples(model, item, NULL, &n, NULL);
    n_first = (n - 10) / 5 + 1;
    n_frames = (n_first - 8) / 4 + 1;
    g_assert_cmpuint(_umk_wave_stem_n_frames(stem, n), ==, n_frames);
    g_assert_cmpuint(_umk_wave_stem_n_needed(stem), ==, 45);
    g_assert_cmpuint(_umk_wave_stem_n_frames(stem, 44), ==, 0);
    g_assert_cmpuint(_umk_wave_stem_n_frames(stem, 45), ==, 1);
    g_autofree float *got = g_new(float, n_frames * 6);
    _umk_wave_stem_forward(
        stem, x, n, _umk_arena_reserve(&arena, _umk_wave_stem_scratch_size(stem), NULL),
        got);

    const float *w0 = weight(w, "feature_extractor.conv_layers.0.conv.weight");
    const float *w1 = weight(w, "feature_extractor.conv_layers.1.conv.weight");
    const float *g = weight(w, "feature_extractor.conv_layers.0.layer_norm.weight");
    const float *b = weight(w, "feature_extractor.conv_layers.0.layer_norm.bias");
    g_autofree double *first = g_new0(double, n_first * 5);
    double worst = 0;
    for (gsize c = 0; c < 5; c++) {
        double mean = 0, variance = 0;

        for (gsize t = 0; t < n_first; t++) {
            for (gsize k = 0; k < 10; k++)
                first[t * 5 + c] += (double) w0[c * 10 + k] * (double) x[t * 5 + k];
            mean += first[t * 5 + c] / (double) n_first;
        }
        for (gsize t = 0; t < n_first; t++)
            variance += pow(first[t * 5 + c] - mean, 2) / (double) n_first;
        for (gsize t = 0; t < n_first; t++) {
            double v = (first[t * 5 + c] - mean) / sqrt(variance + 1e-5) * (double) g[c] +
                       (double) b[c];

            first[t * 5 + c] = 0.5 * v * (1 + erf(v / G_SQRT2));
        }
    }
    for (gsize t = 0; t < n_frames; t++)
        for (gsize o = 0; o < 6; o++) {
            double v = 0;

            for (gsize c = 0; c < 5; c++)
                for (gsize k = 0; k < 8; k++)
                    v += (double) w1[(o * 5 + c) * 8 + k] * first[(t * 4 + k) * 5 + c];
            v = 0.5 * v * (1 + erf(v / G_SQRT2));
            worst = fmax(worst, fabs(v - (double) got[t * 6 + o]));
        }
    g_test_message("wave stem over %zu frames: largest difference %.2e", n_frames, worst);
    g_assert_cmpuint(n_frames, >, 3 * 64);
    g_assert_cmpfloat(worst, <=, 1e-5);
    _umk_arena_clear(&arena);
    _umk_wav2vec2_embedder.model_free(model);
}

static void
test_speech_refusals(void)
{
    g_autoptr(Weights) w = make_speech("", 1, OLD_NAMES);
    g_autoptr(UmkItem) brief = make_clip("blip.wav", 40, 16000);
    g_autoptr(GError) error = NULL;
    gpointer model;

    write_folder(
        w, "{\"model_type\": \"wav2vec2\", \"add_adapter\": true, " STEM_JSON "}", NULL);
    expect_refusal(&_umk_wav2vec2_embedder, UMK_ERROR_NOT_SUPPORTED, "add_adapter");
    write_folder(w, "{\"model_type\": \"wav2vec2\", \"conv_dim\": [1, 2]}", NULL);
    expect_refusal(&_umk_wav2vec2_embedder, UMK_ERROR_INVALID_DATA, "conv_stride");
    write_folder(w, "{\"model_type\": \"wav2vec2\", \"conv_dim\": [0,1,1,1,1,1,1]}",
                 NULL);
    expect_refusal(&_umk_wav2vec2_embedder, UMK_ERROR_INVALID_DATA, "conv_dim");
    write_folder(w, "{\"model_type\": \"wav2vec2\"}", NULL);
    expect_refusal(&_umk_wav2vec2_embedder, UMK_ERROR_INVALID_DATA,
                   "feature_extractor.conv_layers.0.conv.weight");
    write_folder(
        w, "{\"model_type\": \"wav2vec2\", \"num_hidden_layers\": 1, " STEM_JSON "}",
        NULL);
    model = load(&_umk_wav2vec2_embedder);
    g_assert_null(embed(&_umk_wav2vec2_embedder, model, brief, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    _umk_wav2vec2_embedder.model_free(model);
}

/* ---- windows ---------------------------------------------------------------------- */

/* The vector of the first n_head samples is that of all n, and not that of fewer. */
static void
check_head(const UmkEmbedderOps *ops, gsize n, gsize n_head, int rate)
{
    gpointer model = load(ops);
    gsize d = ops->model_n_dims(model);
    g_autoptr(UmkItem) whole = make_clip("whole.wav", n, rate);
    g_autoptr(UmkItem) head = make_clip("head.wav", n_head, rate);
    g_autoptr(UmkItem) less = make_clip("less.wav", n_head / 2, rate);
    g_autofree float *a = embed(ops, model, whole, NULL);
    g_autofree float *b = embed(ops, model, head, NULL);
    g_autofree float *c = embed(ops, model, less, NULL);

    g_assert_cmpmem(a, d * sizeof *a, b, d * sizeof *b);
    g_assert_true(memcmp(a, c, d * sizeof *a) != 0);
    ops->model_free(model);
}

/* A recogniser of one second, 128 bands, whose encoder stands alone in the file. */
static void
test_whisper_window(void)
{
    static const char *const linears[] = {"self_attn.q_proj", "self_attn.v_proj",
                                          "self_attn.out_proj", "fc1", "fc2"};
    g_autoptr(Weights) w = weights_new();

    put_random(w, "encoder.conv1.weight", "8,128,3", 0.2);
    put_random(w, "encoder.conv1.bias", "8", 0.2);
    put_random(w, "encoder.conv2.weight", "8,8,3", 0.2);
    put_random(w, "encoder.conv2.bias", "8", 0.2);
    put_random(w, "encoder.embed_positions.weight", "50,8", 0.2);
    put_random(w, "encoder.layers.0.self_attn.k_proj.weight", "8,8", 0.3);
    for (gsize i = 0; i < G_N_ELEMENTS(linears); i++) {
        g_autofree char *name = g_strconcat("encoder.layers.0.", linears[i], NULL);

        put_linear(w, name, 8, 8);
    }
    put_norm(w, "encoder.layers.0.self_attn_layer_norm", 8);
    put_norm(w, "encoder.layers.0.final_layer_norm", 8);
    put_norm(w, "encoder.layer_norm", 8);
    write_folder(w,
                 "{\"model_type\": \"whisper\", \"d_model\": 8, \"encoder_layers\": 1,"
                 " \"encoder_attention_heads\": 2, \"encoder_ffn_dim\": 8,"
                 " \"num_mel_bins\": 128, \"max_source_positions\": 50}",
                 "{\"feature_size\": 128, \"chunk_length\": 1}");
    check_head(&_umk_whisper_embedder, 25000, 16000, 16000);
}

/* A tower of one stage over a picture of 16 by 16. */
static Weights *
make_clap(void)
{
    Weights *w = weights_new();
    const char *at = "audio_model.audio_encoder.";
    static const char *const linears[] = {
        "attention.self.query",   "attention.self.key", "attention.self.value",
        "attention.output.dense", "intermediate.dense", "output.dense"};
    static const char *const norms[] = {"norm", "patch_embed.norm",
                                        "layers.0.blocks.0.layernorm_before",
                                        "layers.0.blocks.0.layernorm_after"};
    g_autofree char *batch_norm = g_strconcat(at, "batch_norm", NULL);
    g_autofree char *mean = g_strconcat(batch_norm, ".running_mean", NULL);
    g_autofree char *variance = g_strconcat(batch_norm, ".running_var", NULL);
    g_autofree char *patch = g_strconcat(at, "patch_embed.proj.weight", NULL);
    g_autofree char *patch_bias = g_strconcat(at, "patch_embed.proj.bias", NULL);
    g_autofree char *table = g_strconcat(
        at, "layers.0.blocks.0.attention.self.relative_position_bias_table", NULL);
    float *ones = g_new(float, 16);

    for (gsize i = 0; i < 16; i++)
        ones[i] = 400.0f; /* decibels squared */
    put_norm(w, batch_norm, 16);
    put_random(w, mean, "16", 5);
    put_tensor(w, variance, "16", ones);
    put_random(w, patch, "8,1,4,4", 0.3);
    put_random(w, patch_bias, "8", 0.2);
    put_random(w, table, "49,2", 0.5);
    for (gsize i = 0; i < G_N_ELEMENTS(norms); i++) {
        g_autofree char *name = g_strconcat(at, norms[i], NULL);

        put_norm(w, name, 8);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(linears); i++) {
        g_autofree char *name = g_strconcat(at, "layers.0.blocks.0.", linears[i], NULL);

        put_linear(w, name, i == 4 ? 16 : 8, i == 5 ? 16 : 8);
    }
    put_linear(w, "audio_projection.linear1", 6, 8);
    put_linear(w, "audio_projection.linear2", 6, 6);
    return w;
}

#define CLAP_CONFIG                                                                      \
    "{\"model_type\": \"clap\", \"projection_dim\": 6, \"audio_config\": {"              \
    "\"spec_size\": 16, \"num_mel_bins\": 16, \"window_size\": 4, \"patch_size\": 4,"    \
    "\"patch_stride\": [4, 4], \"patch_embeds_hidden_size\": 8, \"depths\": [1],"        \
    "\"num_attention_heads\": [2], \"mlp_ratio\": 2}}"
#define CLAP_FRONTEND "\"feature_size\": 16, \"max_length_s\": 0.1, \"frequency_min\": 50"

static void
test_clap_window(void)
{
    g_autoptr(Weights) w = make_clap();

    write_folder(w, CLAP_CONFIG, "{" CLAP_FRONTEND "}");
    check_head(&_umk_clap_embedder, 9000, 4800, 48000);
}

/* What is put behind a clip of 2000 of 4800 samples, written out by hand. */
static void
test_clap_padding(void)
{
    static const struct {
        const char *name;
        gsize n_repeated;
    } paddings[] = {{"repeatpad", 4000}, {"repeat", 4800}, {"pad", 2000}};
    g_autoptr(Weights) w = make_clap();
    g_autofree float *x = make_samples(4800);
    float *vectors[3];

    for (gsize i = 0; i < 3; i++) {
        g_autofree char *frontend =
            g_strdup_printf("{\"padding\": \"%s\", " CLAP_FRONTEND "}", paddings[i].name);
        gpointer model;

        write_folder(w, CLAP_CONFIG, frontend);
        model = load(&_umk_clap_embedder);
        g_autoptr(UmkItem) brief = write_clip("brief.wav", x, 2000, 48000);
        g_autofree float *filled = g_new0(float, 4800);
        for (gsize k = 0; k < paddings[i].n_repeated; k++)
            filled[k] = x[k % 2000];
        g_autoptr(UmkItem) whole = write_clip("whole.wav", filled, 4800, 48000);
        g_autofree float *want = embed(&_umk_clap_embedder, model, whole, NULL);
        vectors[i] = embed(&_umk_clap_embedder, model, brief, NULL);
        g_assert_cmpmem(vectors[i], 6 * sizeof *want, want, 6 * sizeof *want);
        _umk_clap_embedder.model_free(model);
    }
    g_assert_true(memcmp(vectors[0], vectors[1], 6 * sizeof(float)) != 0);
    g_assert_true(memcmp(vectors[0], vectors[2], 6 * sizeof(float)) != 0);
    for (gsize i = 0; i < 3; i++)
        g_free(vectors[i]);
    write_folder(w, CLAP_CONFIG, "{\"padding\": \"mirror\", " CLAP_FRONTEND "}");
    expect_refusal(&_umk_clap_embedder, UMK_ERROR_NOT_SUPPORTED, "mirror");
}

static void
test_other_refusals(void)
{
    g_autoptr(Weights) w = weights_new();

    put_random(w, "x", "1", 1);
    write_folder(
        w, "{\"model_type\": \"clap\", \"audio_config\": {\"enable_fusion\": true}}",
        NULL);
    expect_refusal(&_umk_clap_embedder, UMK_ERROR_NOT_SUPPORTED, "enable_fusion");
    write_folder(w, "{\"model_type\": \"clap\", \"audio_config\": {\"window_size\": 7}}",
                 NULL);
    expect_refusal(&_umk_clap_embedder, UMK_ERROR_NOT_FOUND, "batch_norm");
    write_folder(w,
                 "{\"model_type\": \"whisper\", \"d_model\": 8, \"encoder_layers\": 1,"
                 "\"encoder_attention_heads\": 2, \"encoder_ffn_dim\": 8,"
                 "\"num_mel_bins\": 128}",
                 NULL);
    expect_refusal(&_umk_whisper_embedder, UMK_ERROR_INVALID_DATA, "128");
}

int
main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    folder_make();
    g_test_add_func("/audio-models/channel-norm", test_channel_norm);
    g_test_add_func("/audio-models/weight-norm", test_weight_norm);
    g_test_add_func("/audio-models/wave-stem", test_wave_stem);
    g_test_add_func("/audio-models/speech-refusals", test_speech_refusals);
    g_test_add_func("/audio-models/refusals", test_other_refusals);
    g_test_add_func("/audio-models/whisper-window", test_whisper_window);
    g_test_add_func("/audio-models/clap-window", test_clap_window);
    g_test_add_func("/audio-models/clap-padding", test_clap_padding);
    result = g_test_run();
    folder_remove();
    return result;
}
