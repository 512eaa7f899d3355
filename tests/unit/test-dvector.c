/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LSTM layers and the speaker encoder made of them against plain loops in double
 * precision, the d-vector from the samples on. */
#include "audio-folder.h"

#include "umk-dvector-private.h"

/* One layer over one sequence: x (n, n_in) -> states (n, h). */
static double *
plain_lstm(const Weights *self,
           const char *prefix,
           gsize layer,
           const double *x,
           gsize n,
           gsize n_in,
           gsize h)
{
    g_autofree char *wi_name = g_strdup_printf("%sweight_ih_l%zu", prefix, layer);
    g_autofree char *wh_name = g_strdup_printf("%sweight_hh_l%zu", prefix, layer);
    g_autofree char *bi_name = g_strdup_printf("%sbias_ih_l%zu", prefix, layer);
    g_autofree char *bh_name = g_strdup_printf("%sbias_hh_l%zu", prefix, layer);
    const float *wi = weight(self, wi_name), *wh = weight(self, wh_name);
    const float *bi = weight(self, bi_name), *bh = weight(self, bh_name);
    g_autofree double *cell = g_new0(double, h);
    g_autofree double *gates = g_new(double, 4 * h);
    double *states = g_new(double, n *h);

    for (gsize t = 0; t < n; t++) {
        for (gsize g = 0; g < 4 * h; g++) {
            gates[g] = (double) bi[g] + (double) bh[g];
            for (gsize i = 0; i < n_in; i++)
                gates[g] += (double) wi[g * n_in + i] * x[t * n_in + i];
            for (gsize i = 0; t > 0 && i < h; i++)
                gates[g] += (double) wh[g * h + i] * states[(t - 1) * h + i];
        }
        for (gsize i = 0; i < h; i++) {
            double input = 1 / (1 + exp(-gates[i]));
            double forget = 1 / (1 + exp(-gates[h + i]));
            double output = 1 / (1 + exp(-gates[3 * h + i]));

            cell[i] = forget * cell[i] + input * tanh(gates[2 * h + i]);
            states[t * h + i] = output * tanh(cell[i]);
        }
    }
    return states;
}

static void
put_lstm(Weights *self, const char *prefix, gsize layer, gsize n_in, gsize h)
{
    static const char *const names[] = {"weight_ih_l", "weight_hh_l", "bias_ih_l",
                                        "bias_hh_l"};

    for (gsize i = 0; i < 4; i++) {
        g_autofree char *name = g_strdup_printf("%s%s%zu", prefix, names[i], layer);
        g_autofree char *shape = i < 2 ? g_strdup_printf("%zu,%zu", 4 * h, i ? h : n_in)
                                       : g_strdup_printf("%zu", 4 * h);

        put_random(self, name, shape, i < 2 ? 2 / sqrt((double) (i ? h : n_in)) : 0.5);
    }
}

static void
test_lstm(void)
{
    const gsize n_in = 7, h = 12, n = 40, m = 3;
    g_autoptr(Weights) w = weights_new();
    g_autoptr(UmkWeights) file = NULL;
    g_autoptr(GError) error = NULL;
    UmkArena arena = {0};
    UmkLstm lstm = {0};

    put_lstm(w, "", 0, n_in, h);
    write_folder(w, "{}", NULL);
    file = _umk_weights_open_folder(folder, &error);
    g_assert_no_error(error);
    UmkTensors tensors = {.source = file,
                          .prefix = "",
                          .has = _umk_weights_has,
                          .get = _umk_weights_get,
                          .release = _umk_weights_release};
    g_assert_true(_umk_lstm_bind(&lstm, &tensors, 0, n_in, h, &error));
    g_assert_no_error(error);
    g_autofree float *x = draw_many(n * m * n_in, 2);
    g_autofree float *got = g_new(float, n *m *h), *alone = g_new(float, n *h);
    g_autofree float *one = g_new(float, n *n_in);
    g_autofree double *plain = g_new(double, n *n_in);
    float *scratch =
        _umk_arena_reserve(&arena, _umk_lstm_scratch_size(&lstm, n, m), NULL);

    _umk_lstm_forward(&lstm, x, n, m, scratch, got);
    for (gsize s = 0; s < m; s++) {
        g_autofree double *want = NULL;
        double worst = 0;

        for (gsize t = 0; t < n; t++)
            for (gsize i = 0; i < n_in; i++) {
                one[t * n_in + i] = x[(t * m + s) * n_in + i];
                plain[t * n_in + i] = (double) one[t * n_in + i];
            }
        want = plain_lstm(w, "", 0, plain, n, n_in, h);
        _umk_lstm_forward(&lstm, one, n, 1, scratch, alone);
        for (gsize t = 0; t < n; t++) {
            const float *row = got + (t * m + s) * h;

            worst = fmax(worst, worst_of(row, want + t * h, h));
            g_assert_cmpmem(row, h * sizeof *row, alone + t * h, h * sizeof *row);
        }
        g_test_message("LSTM: largest difference %.2e", worst);
        g_assert_cmpfloat(worst, <=, 2e-6);
    }
    _umk_lstm_clear(&lstm);
    _umk_arena_clear(&arena);
}

/* Mel power of frame f in double precision: librosa's conventions from their
 * descriptions, the transform as a plain sum. */
static void
plain_mel(const double *x, gsize n, gsize frame, gsize n_mels, double *out)
{
    const gsize n_fft = 400, hop = 160, n_bins = n_fft / 2 + 1;
    double power[201], edges[64];
    static double turns[400]; /* cosines; sines lie a quarter back */

    for (gsize i = 0; turns[0] == 0 && i < n_fft; i++)
        turns[n_fft - 1 - i] = cos(2 * G_PI * (double) (n_fft - 1 - i) / (double) n_fft);

    for (gsize k = 0; k < n_bins; k++) {
        double re = 0, im = 0;

        for (gsize i = 0; i < n_fft; i++) {
            gssize at = (gssize) (frame * hop + i) - (gssize) n_fft / 2;
            double hann = 0.5 - 0.5 * turns[i];
            double sample = at >= 0 && at < (gssize) n ? x[at] : 0;

            re += sample * hann * turns[k * i % n_fft];
            im -= sample * hann * turns[(k * i + 3 * n_fft / 4) % n_fft];
        }
        power[k] = re * re + im * im;
    }
    for (gsize m = 0; m < n_mels + 2; m++) {
        double top = 15 + log(8.0) / (log(6.4) / 27);
        double mel = top * (double) m / (double) (n_mels + 1);

        edges[m] = mel < 15 ? mel * 200 / 3 : 1000 * exp((mel - 15) * log(6.4) / 27);
    }
    for (gsize m = 0; m < n_mels; m++) {
        out[m] = 0;
        for (gsize k = 0; k < n_bins; k++) {
            double hz = 40 * (double) k;
            double up = (hz - edges[m]) / (edges[m + 1] - edges[m]);
            double down = (edges[m + 2] - hz) / (edges[m + 2] - edges[m + 1]);

            out[m] += power[k] * MAX(MIN(up, down), 0) * 2 / (edges[m + 2] - edges[m]);
        }
    }
}

static Weights *
make_dvector(void)
{
    Weights *w = weights_new();

    put_lstm(w, "lstm.", 0, 10, 12);
    put_lstm(w, "lstm.", 1, 12, 12);
    put_random(w, "linear.weight", "8,12", 0.5);
    float *bias = draw_many(8, 0.3);
    for (gsize i = 0; i < 8; i++)
        bias[i] += 0.2f; /* so that ReLU leaves most of them */
    put_tensor(w, "linear.bias", "8", bias);
    return w;
}

#define DVECTOR_CONFIG                                                                   \
    "{\"model_type\": \"d-vector\", \"hidden_size\": 12, \"num_hidden_layers\": 2,"      \
    " \"embedding_size\": 8, \"partial_frames\": 30, \"partial_step\": 13}"
#define DVECTOR_FRONTEND "{\"feature_size\": 10}"

/* The clip's vector: starts of the partial utterances are given, so that the rule which
 * finds them is checked too. */
static void
plain_dvector(const Weights *w,
              const double *x,
              gsize n,
              const gsize *starts,
              gsize n_starts,
              double *out)
{
    memset(out, 0, 8 * sizeof *out);
    for (gsize s = 0; s < n_starts; s++) {
        double bands[30 * 10];
        g_autofree double *first = NULL, *second = NULL, *vector = NULL;

        for (gsize t = 0; t < 30; t++)
            plain_mel(x, n, starts[s] + t, 10, bands + t * 10);
        first = plain_lstm(w, "lstm.", 0, bands, 30, 10, 12);
        second = plain_lstm(w, "lstm.", 1, first, 30, 12, 12);
        vector = apply_linear(w, "linear", second + 29 * 12, 8, 12);
        for (gsize j = 0; j < 8; j++)
            vector[j] = MAX(vector[j], 0);
        to_unit(vector, 8);
        for (gsize j = 0; j < 8; j++)
            out[j] += vector[j] / (double) n_starts;
    }
    to_unit(out, 8);
}

static void
check_dvector(gsize n, const gsize *starts, gsize n_starts)
{
    g_autoptr(Weights) w = make_dvector();
    g_autoptr(GError) error = NULL;
    gpointer model;
    double want[8], squares = 0;
    gsize n_read;

    write_folder(w, DVECTOR_CONFIG, DVECTOR_FRONTEND);
    model = load(&_umk_dvector_embedder);
    g_autoptr(UmkItem) item = make_clip("utterance.wav", n, 16000);
    g_autofree float *samples =
        _umk_audio_decode_within(item, 16000, 1, NULL, &n_read, &error);
    g_autofree double *x = g_new(double, n);
    g_assert_no_error(error);
    g_assert_cmpuint(n_read, ==, n);
    for (gsize i = 0; i < n; i++)
        squares += (double) samples[i] * (double) samples[i];
    for (gsize i = 0; i < n; i++)
        x[i] = (double) samples[i];
    g_assert_cmpfloat(10 * log10(squares / (double) n), >, -30); /* stays as it is */
    plain_dvector(w, x, n, starts, n_starts, want);
    g_autofree float *got = embed(&_umk_dvector_embedder, model, item, &error);
    g_assert_no_error(error);
    gsize n_alive = 0;
    for (gsize i = 0; i < 8; i++)
        n_alive += want[i] > 0.01;
    g_assert_cmpuint(n_alive, >=, 3);
    g_test_message("d-vector of %zu samples: largest difference %.2e", n,
                   worst_of(got, want, 8));
    g_assert_cmpfloat(worst_of(got, want, 8), <=, 1e-5);
    _umk_dvector_embedder.model_free(model);
}

static void
test_dvector(void)
{
    static const gsize one[] = {0}, three[] = {0, 13, 26},
                       many[] = {0,   13,  26,  39,  52,  65,  78,  91,  104,
                                 117, 130, 143, 156, 169, 182, 195, 208, 221};

    check_dvector(1000, one, 1); /* shorter than a partial utterance */
    check_dvector(56 * 160, three, 3);
    check_dvector(46 * 160, three, 2);  /* the third would be mostly silence */
    check_dvector(251 * 160, many, 18); /* more than are run at once */
}

/* Quiet clips are raised, so a clip and its quiet copy have the same vector. */
static void
test_dvector_volume(void)
{
    g_autoptr(Weights) w = make_dvector();
    gpointer model;
    UmkItem *items[2];
    float *vectors[2];

    write_folder(w, DVECTOR_CONFIG, DVECTOR_FRONTEND);
    model = load(&_umk_dvector_embedder);
    for (int i = 0; i < 2; i++) {
        float x[8000];

        for (gsize t = 0; t < 8000; t++)
            x[t] = (i ? 0.001f : 0.01f) * (float) sin(0.2 * (double) t);
        items[i] = write_clip(i ? "soft.wav" : "loud.wav", x, 8000, 16000);
        vectors[i] = embed(&_umk_dvector_embedder, model, items[i], NULL);
    }
    for (gsize j = 0; j < 8; j++)
        g_assert_cmpfloat_with_epsilon(vectors[0][j], vectors[1][j], 1e-5);
    for (int i = 0; i < 2; i++) {
        g_free(vectors[i]);
        umk_item_unref(items[i]);
    }
    _umk_dvector_embedder.model_free(model);
}

static void
test_dvector_refusals(void)
{
    g_autoptr(Weights) w = make_dvector();

    write_folder(w, "{\"model_type\": \"d-vector\", \"hidden_size\": 4096}", NULL);
    expect_refusal(&_umk_dvector_embedder, UMK_ERROR_INVALID_DATA, "lstm.bias_ih_l0");
    write_folder(w, "{\"model_type\": \"d-vector\", \"partial_step\": 0}", NULL);
    expect_refusal(&_umk_dvector_embedder, UMK_ERROR_INVALID_DATA, "partial_step");
    write_folder(w, DVECTOR_CONFIG, "{\"feature_size\": 0}");
    expect_refusal(&_umk_dvector_embedder, UMK_ERROR_INVALID_DATA, "feature_size");
}

int
main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    folder_make();
    g_test_add_func("/lstm", test_lstm);
    g_test_add_func("/d-vector", test_dvector);
    g_test_add_func("/d-vector/volume", test_dvector_volume);
    g_test_add_func("/d-vector/refusals", test_dvector_refusals);
    result = g_test_run();
    folder_remove();
    return result;
}
