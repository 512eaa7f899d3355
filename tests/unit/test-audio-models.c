/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts and families of audio models against plain loops in double precision, on folders
 * with random weights: norms over time, LSTM, statistics pooling, the blocks of the wave
 * stem, d-vectors, x-vectors, and what is refused. */
#include "umk-audio-features-private.h"
#include "umk-audio-preprocess-private.h"
#include "umk-clap-private.h"
#include "umk-dvector-private.h"
#include "umk-whisper-private.h"
#include "umk-xvector-private.h"

#include "nn/umk-channel-norm-private.h"

#include <glib/gstdio.h>
#include <math.h>
#include <sndfile.h>
#include <string.h>

/* ---- folders with random weights -------------------------------------------------- */

static char *folder;
static guint32 noise;

static double
draw(void)
{
    noise = noise * 1664525u + 1013904223u;
    return (double) (noise >> 8) / 8388608.0 - 1.0;
}

static float *
draw_many(gsize n, double size)
{
    float *x = g_new(float, n);

    for (gsize i = 0; i < n; i++)
        x[i] = (float) (size * draw());
    return x;
}

typedef struct {
    gsize n;
    float *data;
} Tensor;

static void
tensor_free(gpointer data)
{
    g_free(((Tensor *) data)->data);
    g_free(data);
}

/* The tensors of one folder, by name, for the loops that check. */
typedef struct {
    GHashTable *tensors;
    GString *header;
    GByteArray *body;
} Weights;

static Weights *
weights_new(void)
{
    Weights *self = g_new0(Weights, 1);

    noise = 7;
    self->tensors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, tensor_free);
    self->header = g_string_new("{");
    self->body = g_byte_array_new();
    return self;
}

static void
weights_free(Weights *self)
{
    g_hash_table_unref(self->tensors);
    g_string_free(self->header, TRUE);
    g_byte_array_unref(self->body);
    g_free(self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Weights, weights_free)

static const float *
weight(const Weights *self, const char *name)
{
    Tensor *tensor = g_hash_table_lookup(self->tensors, name);

    if (tensor == NULL)
        g_error("no tensor “%s”", name);
    return tensor->data;
}

/* data is taken; shape as JSON writes it, "2,3". */
static void
put_tensor(Weights *self, const char *name, const char *shape, float *data)
{
    g_auto(GStrv) axes = g_strsplit(shape, ",", -1);
    Tensor *tensor = g_new(Tensor, 1);
    guint begin = self->body->len;

    tensor->n = 1;
    for (gsize i = 0; axes[i] != NULL; i++)
        tensor->n *= g_ascii_strtoull(axes[i], NULL, 10);
    tensor->data = data;
    g_byte_array_append(self->body, (const guint8 *) data,
                        (guint) (tensor->n * sizeof *data));
    g_string_append_printf(self->header,
                           "%s\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],"
                           "\"data_offsets\":[%u,%u]}",
                           self->header->len > 1 ? "," : "", name, shape, begin,
                           self->body->len);
    g_hash_table_replace(self->tensors, g_strdup(name), tensor);
}

static void
put_random(Weights *self, const char *name, const char *shape, double size)
{
    g_auto(GStrv) axes = g_strsplit(shape, ",", -1);
    gsize n = 1;

    for (gsize i = 0; axes[i] != NULL; i++)
        n *= g_ascii_strtoull(axes[i], NULL, 10);
    put_tensor(self, name, shape, draw_many(n, size));
}

static void
put_linear(Weights *self, const char *name, gsize n_out, gsize n_in)
{
    g_autofree char *w = g_strconcat(name, ".weight", NULL);
    g_autofree char *b = g_strconcat(name, ".bias", NULL);
    g_autofree char *shape = g_strdup_printf("%zu,%zu", n_out, n_in);
    g_autofree char *flat = g_strdup_printf("%zu", n_out);

    put_random(self, w, shape, 1.5 / sqrt((double) n_in));
    put_random(self, b, flat, 0.2);
}

static void
put_file(const char *name, const void *data, gsize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_unlink(path);
    g_assert_true(g_file_set_contents(path, data, (gssize) length, NULL));
}

static void
write_folder(Weights *self, const char *config, const char *preprocessor)
{
    g_autoptr(GByteArray) file = g_byte_array_new();
    g_autofree char *header = g_strconcat(self->header->str, "}", NULL);
    guint64 length = GUINT64_TO_LE((guint64) strlen(header));
    g_autofree char *path = g_build_filename(folder, "preprocessor_config.json", NULL);

    g_byte_array_append(file, (const guint8 *) &length, sizeof length);
    g_byte_array_append(file, (const guint8 *) header, (guint) strlen(header));
    g_byte_array_append(file, self->body->data, self->body->len);
    put_file("model.safetensors", file->data, file->len);
    put_file("config.json", config, strlen(config));
    g_unlink(path);
    if (preprocessor != NULL)
        put_file("preprocessor_config.json", preprocessor, strlen(preprocessor));
}

static gpointer
load(const UmkEmbedderOps *ops)
{
    g_autoptr(GError) error = NULL;
    gpointer model = ops->model_load(folder, NULL, NULL, &error);

    g_assert_no_error(error);
    return model;
}

static void
expect_refusal(const UmkEmbedderOps *ops, int code, const char *part)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ops->model_load(folder, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, code);
    if (strstr(error->message, part) == NULL)
        g_error("“%s” does not say “%s”", error->message, part);
}

/* A tone that rises and falls, with noise. */
static UmkItem *
make_clip(const char *name, gsize n, int rate)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree float *x = g_new(float, n);
    SF_INFO info = {
        .samplerate = rate, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);

    noise = 3;
    for (gsize i = 0; i < n; i++)
        x[i] = (float) (0.3 * sin(0.1 * (double) i + 20 * sin(0.0005 * (double) i)) +
                        0.05 * draw());
    g_assert_nonnull(file);
    g_assert_cmpint(sf_writef_float(file, x, (sf_count_t) n), ==, n);
    sf_close(file);
    return umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
}

static float *
embed(const UmkEmbedderOps *ops, gconstpointer model, UmkItem *item, GError **error)
{
    gpointer session = ops->session_new(model, NULL);
    float *out = g_new(float, ops->model_n_dims(model));

    if (!ops->session_embed(session, &item, 1, out, ops->model_n_dims(model), NULL,
                            error))
        g_clear_pointer(&out, g_free);
    ops->session_free(session);
    return out;
}

static double
worst_of(const float *got, const double *want, gsize n)
{
    double worst = 0;

    for (gsize i = 0; i < n; i++) {
        double difference = fabs((double) got[i] - want[i]);

        if (!(difference <= worst))
            worst = difference;
    }
    return worst;
}

static void
to_unit(double *x, gsize n)
{
    double squares = 0;

    for (gsize i = 0; i < n; i++)
        squares += x[i] * x[i];
    for (gsize i = 0; squares > 0 && i < n; i++)
        x[i] /= sqrt(squares);
}

/* out = w x + b in double precision */
static double *
apply_linear(const Weights *self, const char *name, const double *x, gsize n_out, gsize n)
{
    g_autofree char *w_name = g_strconcat(name, ".weight", NULL);
    g_autofree char *b_name = g_strconcat(name, ".bias", NULL);
    const float *w = weight(self, w_name), *b = weight(self, b_name);
    double *out = g_new(double, n_out);

    for (gsize o = 0; o < n_out; o++) {
        out[o] = (double) b[o];
        for (gsize i = 0; i < n; i++)
            out[o] += (double) w[o * n + i] * x[i];
    }
    return out;
}

/* ---- parts ------------------------------------------------------------------------ */

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

/* ---- time-delay networks ---------------------------------------------------------- */

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

/* ---- d-vectors -------------------------------------------------------------------- */

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
        g_autofree char *path = g_build_filename(folder, i ? "soft" : "loud", NULL);
        float x[8000];
        SF_INFO info = {.samplerate = 16000,
                        .channels = 1,
                        .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
        SNDFILE *file = sf_open(path, SFM_WRITE, &info);

        for (gsize t = 0; t < 8000; t++)
            x[t] = (i ? 0.001f : 0.01f) * (float) sin(0.2 * (double) t);
        sf_writef_float(file, x, 8000);
        sf_close(file);
        items[i] = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
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

/* ---- speech transformers ---------------------------------------------------------- */

/* Which names the positions' weight has. */
typedef enum { OLD_NAMES, NEW_NAMES, FOLDED } Naming;

static void
put_norm(Weights *w, const char *name, gsize n)
{
    g_autofree char *weight_name = g_strconcat(name, ".weight", NULL);
    g_autofree char *bias_name = g_strconcat(name, ".bias", NULL);
    g_autofree char *shape = g_strdup_printf("%zu", n);
    float *data = draw_many(n, 0.3);

    for (gsize i = 0; i < n; i++)
        data[i] += 1;
    put_tensor(w, weight_name, shape, data);
    put_random(w, bias_name, shape, 0.3);
}

/* Kernel of 4 places over 2 groups of 4 channels. */
static void
put_positions(Weights *w, const char *prefix, Naming naming)
{
    static const char *const names[][2] = {
        {"weight_g", "weight_v"},
        {"parametrizations.weight.original0", "parametrizations.weight.original1"}};
    g_autofree char *conv = g_strconcat(prefix, "encoder.pos_conv_embed.conv.", NULL);
    g_autofree char *bias = g_strconcat(conv, "bias", NULL);
    g_autofree char *plain = g_strconcat(conv, "weight", NULL);
    float *length = draw_many(4, 1), *direction = draw_many(8 * 4 * 4, 1);

    put_random(w, bias, "8", 0.3);
    if (naming != FOLDED) {
        g_autofree char *g = g_strconcat(conv, names[naming][0], NULL);
        g_autofree char *v = g_strconcat(conv, names[naming][1], NULL);

        put_tensor(w, g, "1,1,4", length);
        put_tensor(w, v, "8,4,4", direction);
        return;
    }
    for (gsize k = 0; k < 4; k++) {
        double squares = 0;

        for (gsize i = 0; i < 32; i++)
            squares += pow((double) direction[i * 4 + k], 2);
        for (gsize i = 0; i < 32; i++)
            direction[i * 4 + k] = (float) ((double) direction[i * 4 + k] *
                                            (double) length[k] / sqrt(squares));
    }
    put_tensor(w, plain, "8,4,4", direction);
    g_free(length);
}

#define STEM_JSON                                                                        \
    "\"conv_dim\": [5, 6], \"conv_stride\": [5, 4], \"conv_kernel\": [10, 8],"           \
    " \"num_conv_pos_embeddings\": 4, \"num_conv_pos_embedding_groups\": 2,"             \
    " \"hidden_size\": 8, \"num_attention_heads\": 2, \"intermediate_size\": 12"

static Weights *
make_speech(const char *prefix, gsize n_layers, Naming naming)
{
    Weights *w = weights_new();
#define NAME(text) g_autofree char *text##_name = g_strconcat(prefix, text, NULL)
    static const char *const linears[] = {"attention.q_proj", "attention.k_proj",
                                          "attention.v_proj", "attention.out_proj"};
    const char *stem0 = "feature_extractor.conv_layers.0.conv.weight";
    const char *stem1 = "feature_extractor.conv_layers.1.conv.weight";
    const char *stem_norm = "feature_extractor.conv_layers.0.layer_norm";
    const char *feature_norm = "feature_projection.layer_norm";
    const char *projection = "feature_projection.projection";
    const char *norm = "encoder.layer_norm";
    NAME(stem0);
    NAME(stem1);
    NAME(stem_norm);
    NAME(feature_norm);
    NAME(projection);
    NAME(norm);
#undef NAME

    put_random(w, stem0_name, "5,1,10", 0.5);
    put_random(w, stem1_name, "6,5,8", 0.3);
    put_norm(w, stem_norm_name, 5);
    put_norm(w, feature_norm_name, 6);
    put_linear(w, projection_name, 8, 6);
    put_positions(w, prefix, naming);
    put_norm(w, norm_name, 8);
    for (gsize i = 0; i < n_layers; i++) {
        g_autofree char *layer = g_strdup_printf("%sencoder.layers.%zu.", prefix, i);
        g_autofree char *up = g_strconcat(layer, "feed_forward.intermediate_dense", NULL);
        g_autofree char *down = g_strconcat(layer, "feed_forward.output_dense", NULL);
        g_autofree char *first = g_strconcat(layer, "layer_norm", NULL);
        g_autofree char *last = g_strconcat(layer, "final_layer_norm", NULL);

        for (gsize k = 0; k < G_N_ELEMENTS(linears); k++) {
            g_autofree char *name = g_strconcat(layer, linears[k], NULL);

            put_linear(w, name, 8, 8);
        }
        put_norm(w, first, 8);
        put_linear(w, up, 12, 8);
        put_linear(w, down, 8, 12);
        put_norm(w, last, 8);
    }
    return w;
}

/* The states of a clip under a folder of one of the layouts. */
static float *
speech_states(const UmkSpeechEncoder *model, UmkItem *item, gsize *n_frames)
{
    UmkArena arena = {0};
    g_autoptr(GError) error = NULL;
    gsize n;
    g_autofree float *samples =
        _umk_speech_encoder_samples(model, item, NULL, &n, &error);
    const float *states =
        _umk_speech_encoder_forward(model, samples, n, &arena, n_frames, &error);
    float *copy;

    g_assert_no_error(error);
    copy = g_memdup2(states, *n_frames * 8 * sizeof *states);
    _umk_arena_clear(&arena);
    return copy;
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

/* A folder with the head; shares of the layers as logits. */
static void
write_speech_xvector(Weights *w, const float *logits, const char *more)
{
    g_autofree char *config = g_strdup_printf(
        "{\"model_type\": \"wav2vec2\", \"architectures\": [\"Wav2Vec2ForXVector\"],"
        " \"num_hidden_layers\": 2, \"xvector_output_dim\": 9, %s " PLAN_JSON
        ", " STEM_JSON "}",
        more);
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

    write_speech_xvector(w, logits, "\"use_weighted_layer_sum\": true,");
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
        write_speech_xvector(w, sharp, "\"use_weighted_layer_sum\": true,");
        model = load(&_umk_speech_xvector_embedder);
        states = speech_states(&model->speech, item, &n);
        _umk_speech_xvector_embedder.model_free(model);
        if (only == 2) { /* all on the last: the same as without a sum */
            g_autofree float *last = NULL;
            g_autoptr(Weights) again = make_speech("wav2vec2.", 2, OLD_NAMES);

            write_speech_xvector(again, sharp, "");
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
    write_speech_xvector(w, logits, "\"use_weighted_layer_sum\": true,");
    UmkSpeechXvector *model = load(&_umk_speech_xvector_embedder);
    mixed = speech_states(&model->speech, item, &n);
    worst = worst_of(mixed, want, n * 8);
    g_assert_cmpfloat(worst, <=, 2e-6);
    _umk_speech_xvector_embedder.model_free(model);
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
    folder = g_dir_make_tmp("umk-audio-models-XXXXXX", NULL);
    g_test_add_func("/audio-models/channel-norm", test_channel_norm);
    g_test_add_func("/audio-models/lstm", test_lstm);
    g_test_add_func("/audio-models/x-vector", test_xvector);
    g_test_add_func("/audio-models/x-vector/refusals", test_xvector_refusals);
    g_test_add_func("/audio-models/d-vector", test_dvector);
    g_test_add_func("/audio-models/d-vector/volume", test_dvector_volume);
    g_test_add_func("/audio-models/d-vector/refusals", test_dvector_refusals);
    g_test_add_func("/audio-models/speech/weight-norm", test_weight_norm);
    g_test_add_func("/audio-models/speech/wave-stem", test_wave_stem);
    g_test_add_func("/audio-models/speech/x-vector", test_speech_xvector);
    g_test_add_func("/audio-models/speech/layer-shares", test_layer_shares);
    g_test_add_func("/audio-models/speech/refusals", test_speech_refusals);
    g_test_add_func("/audio-models/refusals", test_other_refusals);
    result = g_test_run();
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
    return result;
}
