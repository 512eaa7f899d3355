/* SPDX-License-Identifier: GPL-3.0-or-later */
/* x-vectors, plain and on top of a speech transformer, against plain loops in double
 * precision. */
#include "audio-speech-folder.h"

#include "umk-audio-features-private.h"
#include "umk-xvector-private.h"

typedef struct {
    gsize n_layers;
    gsize channels[4];
    gsize kernel[4];
    gsize dilation[4];
} Plan;

static const Plan plan = {3, {6, 8, 10}, {5, 3, 1}, {1, 2, 1}};
#define PLAN_JSON                                                                        \
    "\"tdnn_dim\": [6, 8, 10], \"tdnn_kernel\": [5, 3, 1], \"tdnn_dilation\": [1, 2, 1]"

/* The weight for output o, input c, tap k in one of the two layouts. */
static double
tap(const Weights *self, gsize layer, gsize o, gsize c, gsize k, gsize n_in)
{
    g_autofree char *conv = g_strdup_printf("tdnn.%zu.conv.weight", layer);
    g_autofree char *flat = g_strdup_printf("tdnn.%zu.kernel.weight", layer);
    gsize kernel = plan.kernel[layer];

    if (g_hash_table_contains(self->tensors, conv))
        return (double) weight(self, conv)[(o * n_in + c) * kernel + k];
    return (double) weight(self, flat)[o * kernel * n_in + k * n_in + c];
}

static double *
plain_layer(const Weights *self, gsize layer, const double *x, gsize *n, gsize n_in)
{
    g_autofree char *conv = g_strdup_printf("tdnn.%zu.conv.bias", layer);
    g_autofree char *flat = g_strdup_printf("tdnn.%zu.kernel.bias", layer);
    g_autofree char *norm = g_strdup_printf("tdnn.%zu.norm.", layer);
    gboolean folded = g_hash_table_contains(self->tensors, conv);
    const float *bias = weight(self, folded ? conv : flat);
    gsize n_out = plan.channels[layer], reach = plan.dilation[layer];
    gsize length = *n - (plan.kernel[layer] - 1) * reach;
    double *out = g_new(double, length *n_out);

    for (gsize o = 0; o < n_out; o++)
        for (gsize t = 0; t < length; t++) {
            double sum = (double) bias[o];

            for (gsize k = 0; k < plan.kernel[layer]; k++)
                for (gsize c = 0; c < n_in; c++)
                    sum +=
                        tap(self, layer, o, c, k, n_in) * x[(t + k * reach) * n_in + c];
            out[t * n_out + o] = MAX(sum, 0);
        }
    if (folded) {
        const float *p[4];
        static const char *const parts[] = {"running_mean", "running_var", "weight",
                                            "bias"};

        for (gsize i = 0; i < 4; i++) {
            g_autofree char *name = g_strconcat(norm, parts[i], NULL);

            p[i] = weight(self, name);
        }
        for (gsize t = 0; t < length; t++)
            for (gsize o = 0; o < n_out; o++)
                out[t * n_out + o] = (out[t * n_out + o] - (double) p[0][o]) /
                                         sqrt((double) p[1][o] + 1e-5) *
                                         (double) p[2][o] +
                                     (double) p[3][o];
    }
    *n = length;
    return out;
}

/* rows (n, n_in) through the layers and the pooling: means, then deviations. */
static double *
plain_statistics(const Weights *self, const float *rows, gsize n, gsize n_in)
{
    double *x = g_new(double, n *n_in), *statistics;
    gsize channels = n_in;

    for (gsize i = 0; i < n * n_in; i++)
        x[i] = (double) rows[i];
    for (gsize i = 0; i < plan.n_layers; i++) {
        double *next = plain_layer(self, i, x, &n, channels);

        g_free(x);
        x = next;
        channels = plan.channels[i];
    }
    statistics = g_new0(double, 2 * channels);
    for (gsize c = 0; c < channels; c++) {
        for (gsize t = 0; t < n; t++)
            statistics[c] += x[t * channels + c] / (double) n;
        for (gsize t = 0; t < n; t++)
            statistics[channels + c] += pow(x[t * channels + c] - statistics[c], 2);
        statistics[channels + c] = sqrt(statistics[channels + c] / (double) (n - 1));
    }
    g_free(x);
    return statistics;
}

static Weights *
make_xvector(void)
{
    Weights *w = weights_new();
    gsize n_in = 12;

    for (gsize i = 0; i < plan.n_layers; i++) {
        static const char *const parts[] = {"running_mean", "running_var", "weight",
                                            "bias"};
        g_autofree char *conv = g_strdup_printf("tdnn.%zu.conv.weight", i);
        g_autofree char *bias = g_strdup_printf("tdnn.%zu.conv.bias", i);
        g_autofree char *shape =
            g_strdup_printf("%zu,%zu,%zu", plan.channels[i], n_in, plan.kernel[i]);
        g_autofree char *flat = g_strdup_printf("%zu", plan.channels[i]);

        put_random(w, conv, shape, 1 / sqrt((double) (n_in * plan.kernel[i])));
        put_random(w, bias, flat, 0.3);
        for (gsize p = 0; p < 4; p++) {
            g_autofree char *name = g_strdup_printf("tdnn.%zu.norm.%s", i, parts[p]);
            float *data = draw_many(plan.channels[i], 0.4);

            for (gsize c = 0; p == 1 && c < plan.channels[i]; c++)
                data[c] += 0.6f; /* a variance */
            put_tensor(w, name, flat, data);
        }
        n_in = plan.channels[i];
    }
    put_linear(w, "embedding", 9, 2 * n_in);
    return w;
}

#define XVECTOR_CONFIG                                                                   \
    "{\"model_type\": \"x-vector\", \"xvector_output_dim\": 9, " PLAN_JSON "}"
#define XVECTOR_FRONTEND                                                                 \
    "{\"preset\": \"kaldi\", \"feature\": \"mfcc\", \"sampling_rate\": 8000,"            \
    " \"n_mels\": 20, \"n_mfcc\": 12, \"f_max\": 3700, \"normalize\": "                  \
    "\"per_coefficient\"}"

static void
test_xvector(void)
{
    g_autoptr(Weights) w = make_xvector();
    g_autoptr(GError) error = NULL;
    UmkXvector *model;
    gsize n_rows;

    write_folder(w, XVECTOR_CONFIG, XVECTOR_FRONTEND);
    model = load(&_umk_xvector_embedder);
    g_autoptr(UmkItem) item = make_clip("voice.wav", 12000, 8000);
    g_autofree float *rows =
        _umk_audio_compute(item, model->frontend, NULL, &n_rows, NULL);
    g_assert_cmpuint(n_rows, ==, 1 + (12000 - 200) / 80);
    g_assert_cmpuint(_umk_frontend_get_n_coeffs(model->frontend), ==, 12);
    g_autofree double *statistics = plain_statistics(w, rows, n_rows, 12);
    g_autofree double *want = apply_linear(w, "embedding", statistics, 9, 20);
    g_autofree float *got = embed(&_umk_xvector_embedder, model, item, &error);

    g_assert_no_error(error);
    to_unit(want, 9);
    g_test_message("x-vector: largest difference %.2e", worst_of(got, want, 9));
    g_assert_cmpfloat(worst_of(got, want, 9), <=, 2e-6);

    g_autoptr(UmkItem) brief = make_clip("brief.wav", 700, 8000);
    g_assert_null(embed(&_umk_xvector_embedder, model, brief, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    _umk_xvector_embedder.model_free(model);
}

static void
test_xvector_refusals(void)
{
    g_autoptr(Weights) w = make_xvector();

    write_folder(w,
                 "{\"model_type\": \"x-vector\", \"tdnn_dim\": [6, 8],"
                 " \"tdnn_kernel\": [5], \"tdnn_dilation\": [1, 2]}",
                 XVECTOR_FRONTEND);
    expect_refusal(&_umk_xvector_embedder, UMK_ERROR_INVALID_DATA, "tdnn_kernel");
    write_folder(w,
                 "{\"model_type\": \"x-vector\", \"tdnn_dim\": [6],"
                 " \"tdnn_kernel\": [5], \"tdnn_dilation\": [99999]}",
                 XVECTOR_FRONTEND);
    expect_refusal(&_umk_xvector_embedder, UMK_ERROR_INVALID_DATA, "tdnn_dilation");
    write_folder(w,
                 "{\"model_type\": \"x-vector\", \"tdnn_dim\": [16384],"
                 " \"tdnn_kernel\": [5], \"tdnn_dilation\": [1]}",
                 XVECTOR_FRONTEND);
    expect_refusal(&_umk_xvector_embedder, UMK_ERROR_INVALID_DATA, "tdnn.0.conv.weight");
    write_folder(w, XVECTOR_CONFIG, "{\"preset\": \"kaldi\", \"feature\": \"plp\"}");
    expect_refusal(&_umk_xvector_embedder, UMK_ERROR_NOT_SUPPORTED, "plp");
}

/* A folder with the head; shares of the layers as logits. */
static void
write_speech_xvector(Weights *w, const char *type, const float *logits, const char *more)
{
    g_autofree char *config = g_strdup_printf(
        "{\"model_type\": \"%s\", \"architectures\": [\"SomeForXVector\"],"
        " \"num_hidden_layers\": 2, \"xvector_output_dim\": 9, %s " PLAN_JSON
        ", " STEM_JSON "}",
        type, more);
    gsize n_in = 6;

    put_linear(w, "projector", 6, 8);
    for (gsize i = 0; i < plan.n_layers; i++) {
        g_autofree char *name = g_strdup_printf("tdnn.%zu.kernel", i);

        put_linear(w, name, plan.channels[i], plan.kernel[i] * n_in);
        n_in = plan.channels[i];
    }
    put_linear(w, "feature_extractor", 9, 2 * n_in);
    put_linear(w, "classifier", 9, 9);
    put_tensor(w, "layer_weights", "3", g_memdup2(logits, 3 * sizeof *logits));
    write_folder(w, config, NULL);
}

static void
test_speech_xvector(void)
{
    const float logits[3] = {0.3f, -1, 1};
    g_autoptr(Weights) w = make_speech("wav2vec2.", 2, OLD_NAMES);
    g_autoptr(UmkItem) item = make_clip("speech.wav", 6000, 16000);
    g_autoptr(GError) error = NULL;
    UmkSpeechXvector *model;
    gsize n;

    write_speech_xvector(w, "wav2vec2", logits, "\"use_weighted_layer_sum\": true,");
    g_autofree char *config = NULL;
    g_autofree char *path = g_build_filename(folder, "config.json", NULL);
    gsize length;
    g_assert_true(g_file_get_contents(path, &config, &length, NULL));
    g_assert_cmpuint(
        _umk_speech_xvector_embedder.probe(folder, (const guint8 *) config, length), >,
        _umk_wav2vec2_embedder.probe(folder, (const guint8 *) config, length));
    model = load(&_umk_speech_xvector_embedder);
    g_autofree float *states = speech_states(&model->speech, item, &n);
    g_autofree float *projected = g_new(float, n * 6);
    for (gsize t = 0; t < n; t++) {
        double row[8];
        g_autofree double *out = NULL;

        for (gsize i = 0; i < 8; i++)
            row[i] = (double) states[t * 8 + i];
        out = apply_linear(w, "projector", row, 6, 8);
        for (gsize i = 0; i < 6; i++)
            projected[t * 6 + i] = (float) out[i];
    }
    g_autofree double *statistics = plain_statistics(w, projected, n, 6);
    g_autofree double *want = apply_linear(w, "feature_extractor", statistics, 9, 20);
    g_autofree float *got = embed(&_umk_speech_xvector_embedder, model, item, &error);
    g_assert_no_error(error);
    to_unit(want, 9);
    g_test_message("x-vector head: largest difference %.2e", worst_of(got, want, 9));
    g_assert_cmpfloat(worst_of(got, want, 9), <=, 5e-6);
    _umk_speech_xvector_embedder.model_free(model);
}

/* The sum over the blocks: each alone, as the last block of a network that ends there. */
static void
test_layer_shares(void)
{
    g_autoptr(UmkItem) item = make_clip("speech.wav", 6000, 16000);
    const float logits[3] = {0.3f, -1, 1};
    g_autofree float *mixed = NULL;
    g_autofree double *want = NULL;
    double total = 0, worst;
    gsize n = 0;

    for (gsize i = 0; i < 3; i++)
        total += exp((double) logits[i]);
    for (gsize only = 0; only < 3; only++) {
        float sharp[3] = {-100, -100, -100};
        g_autoptr(Weights) w = make_speech("wav2vec2.", 2, OLD_NAMES);
        g_autofree float *states = NULL;
        UmkSpeechXvector *model;

        sharp[only] = 100;
        write_speech_xvector(w, "wav2vec2", sharp, "\"use_weighted_layer_sum\": true,");
        model = load(&_umk_speech_xvector_embedder);
        states = speech_states(&model->speech, item, &n);
        _umk_speech_xvector_embedder.model_free(model);
        if (only == 2) { /* all on the last: the same as without a sum */
            g_autofree float *last = NULL;
            g_autoptr(Weights) again = make_speech("wav2vec2.", 2, OLD_NAMES);

            write_speech_xvector(again, "wav2vec2", sharp, "");
            model = load(&_umk_speech_xvector_embedder);
            last = speech_states(&model->speech, item, &n);
            _umk_speech_xvector_embedder.model_free(model);
            g_assert_cmpmem(last, n * 8 * sizeof *last, states, n * 8 * sizeof *last);
        }
        if (want == NULL)
            want = g_new0(double, n * 8);
        for (gsize i = 0; i < n * 8; i++)
            want[i] += exp((double) logits[only]) / total * (double) states[i];
    }
    g_autoptr(Weights) w = make_speech("wav2vec2.", 2, OLD_NAMES);
    write_speech_xvector(w, "wav2vec2", logits, "\"use_weighted_layer_sum\": true,");
    UmkSpeechXvector *model = load(&_umk_speech_xvector_embedder);
    mixed = speech_states(&model->speech, item, &n);
    worst = worst_of(mixed, want, n * 8);
    g_assert_cmpfloat(worst, <=, 2e-6);
    _umk_speech_xvector_embedder.model_free(model);
}

/* A folder of WavLM, whose blocks share the table of the first. */
static Weights *
make_wavlm(void)
{
    Weights *w = make_speech("wavlm.", 2, OLD_NAMES);

    put_random(w, "wavlm.encoder.layers.0.attention.rel_attn_embed.weight", "8,2", 1);
    for (gsize i = 0; i < 2; i++) {
        g_autofree char *linear =
            g_strdup_printf("wavlm.encoder.layers.%zu.attention.gru_rel_pos_linear", i);
        g_autofree char *constant =
            g_strdup_printf("wavlm.encoder.layers.%zu.attention.gru_rel_pos_const", i);

        put_linear(w, linear, 8, 4);
        put_random(w, constant, "1,2,1,1", 1);
    }
    return w;
}

/* Block by block the same bits as all at once. */
static void
test_wavlm_blocks(void)
{
    const float sharp[3] = {-100, -100, 100};
    static const char *const sums[] = {"", "\"use_weighted_layer_sum\": true,"};
    g_autoptr(UmkItem) item = make_clip("speech.wav", 6000, 16000);
    float *states[2];
    gsize n = 0;

    for (gsize i = 0; i < 2; i++) {
        g_autoptr(Weights) w = make_wavlm();
        g_autofree char *more = g_strconcat(
            sums[i], "\"num_buckets\": 8, \"max_bucket_distance\": 20,", NULL);
        UmkSpeechXvector *model;

        write_speech_xvector(w, "wavlm", sharp, more);
        model = load(&_umk_speech_xvector_embedder);
        states[i] = speech_states(&model->speech, item, &n);
        _umk_speech_xvector_embedder.model_free(model);
    }
    g_assert_cmpmem(states[0], n * 8 * sizeof(float), states[1], n * 8 * sizeof(float));
    g_free(states[0]);
    g_free(states[1]);
}

int
main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    folder_make();
    g_test_add_func("/x-vector", test_xvector);
    g_test_add_func("/x-vector/refusals", test_xvector_refusals);
    g_test_add_func("/x-vector/speech", test_speech_xvector);
    g_test_add_func("/x-vector/layer-shares", test_layer_shares);
    g_test_add_func("/x-vector/wavlm-blocks", test_wavlm_blocks);
    result = g_test_run();
    folder_remove();
    return result;
}
