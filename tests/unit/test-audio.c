/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio modality from the inside: mel scales, framing against a plain-loop version,
 * streaming, reading of good and bad sounds, peaks, and timbre vectors. */
#include "umk-audio-decode-private.h"
#include "umk-audio-features-private.h"
#include "umk-frontend-private.h"
#include "umk-mel-private.h"

#include <math.h>
#include <sndfile.h>
#include <string.h>
#include <unistd.h>

static char *folder;

/* A tone with a little deterministic noise. */
static float *
make_signal(gsize n, int rate, double hz)
{
    float *x = g_new(float, MAX(n, 1));
    guint32 state = 1;

    for (gsize i = 0; i < n; i++) {
        state = state * 1664525u + 1013904223u;
        x[i] = (float) (0.4 * sin(2 * G_PI * hz * (double) i / rate) +
                        0.01 * ((double) (state >> 8) / 8388608.0 - 1.0));
    }
    return x;
}

static char *
write_sound(const char *name, const float *x, gsize n, int rate, int channels, int format)
{
    char *path = g_build_filename(folder, name, NULL);
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);

    g_assert_nonnull(file);
    if (n > 0)
        g_assert_cmpint(sf_writef_float(file, x, (sf_count_t) n), ==, n);
    sf_close(file);
    return path;
}

static char *
write_bytes(const char *name, const void *data, gsize n)
{
    char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, data, (gssize) n, NULL));
    return path;
}

static float *
decode(const char *path, int rate, gsize *n, int *out_rate, GError **error)
{
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);

    return _umk_audio_decode(item, rate, 0, NULL, n, out_rate, error);
}

static void
assert_refused(const char *path, int code, const char *words)
{
    g_autoptr(GError) error = NULL;
    gsize n;
    int rate;
    float *samples = decode(path, 16000, &n, &rate, &error);

    g_assert_null(samples);
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    g_assert_cmpint(error->code, ==, code);
    g_assert_nonnull(strstr(error->message, words));
    g_assert_null(strchr(error->message, '\n'));
}

static void
test_mel(void)
{
    g_assert_cmpfloat_with_epsilon(_umk_mel_from_hz(UMK_MEL_HTK, 1000), 1000.0, 0.02);
    g_assert_cmpfloat_with_epsilon(_umk_mel_from_hz(UMK_MEL_SLANEY, 1000), 15.0, 1e-12);
    for (double hz = 0; hz <= 20000; hz += 333.25) {
        for (int scale = UMK_MEL_SLANEY; scale <= UMK_MEL_HTK; scale++) {
            double mel = _umk_mel_from_hz(scale, hz);

            g_assert_cmpfloat_with_epsilon(_umk_mel_to_hz(scale, mel), hz, 1e-8);
        }
    }
}

static void
load_config(UmkFeatureConfig *c, const char *preset, gboolean cepstrum, int rate)
{
    g_autoptr(GError) error = NULL;

    _umk_feature_config_from_preset(c, preset, cepstrum, &error);
    g_assert_no_error(error);
    _umk_feature_config_resolve(c, rate, &error);
    g_assert_no_error(error);
}

/* A band of norm "area" sums to the bins in a hertz, whatever its width. */
static void
test_mel_area(void)
{
    UmkFeatureConfig c;

    load_config(&c, "librosa", FALSE, 16000);
    UmkMelBank *bank = _umk_mel_bank_new(&c);
    for (gsize m = 64; m < bank->n_bands; m++) {
        double sum = 0;

        for (guint32 k = 0; k < bank->count[m]; k++)
            sum += (double) bank->weights[bank->start[m] + k];
        g_assert_cmpfloat_with_epsilon(sum * 16000 / 2048, 1.0, 0.05);
    }
    _umk_mel_bank_free(bank);
}

static float *
run_pieces(
    const UmkFeatureConfig *c, const float *x, gsize n, gsize piece, gsize *n_frames)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkFrontend) frontend = _umk_frontend_new(c);
    g_autoptr(UmkFrontendStream) stream = _umk_frontend_stream_new(frontend);

    for (gsize at = 0; at < n; at += piece) {
        _umk_frontend_stream_push(stream, x + at, MIN(piece, n - at), &error);
        g_assert_no_error(error);
    }
    float *rows = _umk_frontend_stream_finish(stream, n_frames, &error);
    g_assert_no_error(error);
    return rows;
}

/* However the samples come in, the rows are the same bits. */
static void
test_streaming(void)
{
    static const gsize pieces[] = {1, 7, 160, 4096, 1000000};
    gsize n = 9001;
    g_autofree float *x = make_signal(n, 16000, 440);

    for (gsize p = 0; _umk_feature_preset_names[p] != NULL; p++) {
        UmkFeatureConfig c;
        gsize n_first, n_frames;

        load_config(&c, _umk_feature_preset_names[p], TRUE, 48000);
        g_autofree float *first = run_pieces(&c, x, n, n, &n_first);
        for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++) {
            g_autofree float *rows = run_pieces(&c, x, n, pieces[i], &n_frames);

            g_assert_cmpuint(n_frames, ==, n_first);
            g_assert_cmpmem(rows, n_frames * sizeof(float), first,
                            n_first * sizeof(float));
        }
    }
}

/* Bands by the definition: a full discrete Fourier sum for each bin of each frame. */
static void
plain_bands(
    const UmkFeatureConfig *c, const float *x, gint64 n, gint64 frame, double *out)
{
    UmkMelBank *bank = _umk_mel_bank_new(c);
    gint64 start = frame * c->hop_length - c->n_fft / 2;

    for (gsize m = 0; m < bank->n_bands; m++) {
        out[m] = 0;
        for (guint32 k = 0; k < bank->count[m]; k++) {
            double re = 0, im = 0, bin = bank->first[m] + k;

            for (gint64 i = 0; i < c->n_fft; i++) {
                gint64 at = start + i;

                while (n > 1 && (at < 0 || at >= n))
                    at = at < 0 ? -at : 2 * (n - 1) - at;
                at = n == 1 ? 0 : at;
                double w = 0.5 - 0.5 * cos(2 * G_PI * (double) i / c->n_fft);
                double angle = 2 * G_PI * bin * (double) i / c->n_fft;

                re += w * (double) x[at] * cos(angle);
                im -= w * (double) x[at] * sin(angle);
            }
            out[m] += (double) bank->weights[bank->start[m] + k] * (re * re + im * im);
        }
    }
    _umk_mel_bank_free(bank);
}

static void
test_against_plain(void)
{
    static const gsize lengths[] = {1, 2, 5, 31, 64, 65, 500};

    for (gsize l = 0; l < G_N_ELEMENTS(lengths); l++) {
        UmkFeatureConfig c;
        gsize n = lengths[l], n_frames;
        g_autofree float *x = make_signal(n, 8000, 700);

        g_assert_true(_umk_feature_config_from_preset(&c, "starter", FALSE, NULL));
        c.rate = 8000;
        c.f_max = 4000;
        c.n_fft = 64;
        c.hop_length = 20;
        c.n_mels = 9;
        c.normalize = UMK_NORMALIZE_NONE;
        c.pad_short = FALSE;
        g_assert_true(_umk_feature_config_resolve(&c, 8000, NULL));
        g_autofree float *rows = run_pieces(&c, x, n, 13, &n_frames);
        g_assert_cmpuint(n_frames, ==, 1 + n / 20);
        for (gsize t = 0; t < n_frames; t++) {
            double want[9];

            plain_bands(&c, x, (gint64) n, (gint64) t, want);
            for (gsize m = 0; m < 9; m++)
                g_assert_cmpfloat_with_epsilon(rows[t * 9 + m],
                                               log10(MAX(want[m], 1e-10)), 1e-4);
        }
    }
}

static void
test_params(void)
{
    static const struct {
        const char *preset, *params, *words;
    } bad[] = {
        {"librosa", "f-max=9000", "do not fit"},
        {"librosa", "f-min=5000,f-max=4000", "do not fit"},
        {"librosa", "n-fft=256,frame-length=400", "cannot hold"},
        {"librosa", "n-mels=10", "cannot give"},
        {"htk", "n-mels=12", "cannot give"},
        {"librosa", "hop-length=0", "must be 1"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkParams) params =
            umk_params_new(_umk_feature_specs, UMK_FEATURE_N_SPECS);
        UmkFeatureConfig c;

        g_assert_true(umk_params_parse(params, bad[i].params, NULL));
        g_assert_true(_umk_feature_config_from_preset(&c, bad[i].preset, TRUE, NULL));
        g_assert_true(_umk_feature_config_apply(&c, params, NULL));
        g_assert_false(_umk_feature_config_resolve(&c, 16000, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
        g_assert_nonnull(strstr(error->message, bad[i].words));
    }
    UmkFeatureConfig c;
    g_autoptr(GError) error = NULL;
    g_assert_false(_umk_feature_config_from_preset(&c, "sphinx", TRUE, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
}

/* Each option, set to the preset's own value by name, leaves the result alone. */
static void
test_param_table(void)
{
    for (gsize i = 0; i < UMK_FEATURE_N_SPECS; i++) {
        const UmkParamSpec *spec = &_umk_feature_specs[i];

        g_assert_nonnull(spec->name);
        g_assert_nonnull(spec->title);
        g_assert_nonnull(spec->help);
        g_assert_true((spec->type == UMK_PARAM_CHOICE) == (spec->choices != NULL));
    }
    UmkFeatureConfig plain, set;
    g_autoptr(UmkParams) params = umk_params_new(_umk_feature_specs, UMK_FEATURE_N_SPECS);
    for (gsize i = 0; i < UMK_FEATURE_N_SPECS; i++) {
        const UmkParamSpec *spec = &_umk_feature_specs[i];
        g_autoptr(GError) error = NULL;
        g_autofree char *number = g_strdup_printf("%.17g", spec->def);

        umk_params_set(params, spec->name,
                       spec->choices ? spec->choices[(gsize) spec->def] : number, &error);
        g_assert_no_error(error);
    }
    g_assert_true(_umk_feature_config_from_preset(&plain, "librosa", TRUE, NULL));
    set = plain;
    g_assert_true(_umk_feature_config_apply(&set, params, NULL));
    g_assert_cmpmem(&plain, sizeof plain, &set, sizeof set);
}

static void
test_formats(void)
{
    static const struct {
        const char *name;
        int format;
        double tolerance;
    } formats[] = {
        {"a.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 1e-4},
        {"f.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 0},
        {"a.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 1e-6},
        {"a.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 1e-4},
        {"a.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 0.2},
        {"a.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 0.5},
        {"a.mp3", SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III, -1},
    };
    gsize n = 48000;
    g_autofree float *x = make_signal(n, 48000, 330);

    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autofree char *path =
            write_sound(formats[i].name, x, n, 48000, 1, formats[i].format);
        g_autofree char *file = NULL;
        g_autoptr(GError) error = NULL;
        gsize got, got_bytes, length;
        int rate;

        g_autofree float *samples = decode(path, 0, &got, &rate, &error);
        g_assert_no_error(error);
        g_assert_cmpint(rate, ==, 48000);
        if (formats[i].tolerance >= 0)
            g_assert_cmpuint(got, ==, n);
        for (gsize j = 4000; formats[i].tolerance >= 0 && j < n - 4000; j++)
            g_assert_cmpfloat_with_epsilon(samples[j], x[j], formats[i].tolerance + 1e-9);

        g_assert_true(g_file_get_contents(path, &file, &length, NULL));
        g_autoptr(GBytes) bytes = g_bytes_new(file, length);
        g_autoptr(UmkItem) item = umk_item_new_for_bytes(UMK_MODALITY_AUDIO, bytes);
        g_autofree float *again =
            _umk_audio_decode(item, 0, 0, NULL, &got_bytes, &rate, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(samples, got * sizeof(float), again, got_bytes * sizeof(float));
    }
}

/* A stereo pair mixes to its mean, and a tone survives a change of rate. */
static void
test_mix_and_resample(void)
{
    gsize n = 44100, got;
    int rate;
    g_autofree float *x = make_signal(n, 44100, 440);
    g_autofree float *pair = g_new(float, 2 * n);
    g_autoptr(GError) error = NULL;

    for (gsize i = 0; i < n; i++) {
        pair[2 * i] = 2 * x[i];
        pair[2 * i + 1] = 0;
    }
    g_autofree char *path =
        write_sound("pair.wav", pair, n, 44100, 2, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    g_autofree float *mixed = decode(path, 0, &got, &rate, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(got, ==, n);
    for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat_with_epsilon(mixed[i], x[i], 1e-6);

    g_autofree float *slow = decode(path, 16000, &got, &rate, &error);
    g_assert_no_error(error);
    g_assert_cmpint(rate, ==, 16000);
    g_assert_cmpint(ABS((gint64) got - 16000), <=, 1);
    for (gsize i = 1000; i < 15000; i++)
        g_assert_cmpfloat_with_epsilon(
            slow[i], 0.4 * sin(2 * G_PI * 440 * (double) i / 16000), 0.02);
    g_autofree float *again = decode(path, 16000, &n, &rate, &error);
    g_assert_cmpmem(slow, got * sizeof(float), again, n * sizeof(float));
}

static void
test_bad_sounds(void)
{
    gsize n = 8000, length;
    g_autofree float *x = make_signal(n, 16000, 440);
    g_autofree char *wav =
        write_sound("g.wav", x, n, 16000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    g_autofree char *flac =
        write_sound("g.flac", x, n, 16000, 1, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    g_autofree char *data = NULL;
    g_autofree char *flac_data = NULL;

    g_assert_true(g_file_get_contents(wav, &data, &length, NULL));
    g_autofree char *cut = write_bytes("cut.wav", data, length / 2);
    assert_refused(cut, UMK_ERROR_INVALID_DATA, "truncated");
    g_autofree char *stub = write_bytes("stub.wav", data, 20);
    assert_refused(stub, UMK_ERROR_INVALID_DATA, "stub.wav");
    /* Streams leave the length open; what is there is read. */
    memset(data + 40, 0xff, 4);
    memset(data + 4, 0xff, 4);
    g_autofree char *open_ended = write_bytes("open.wav", data, length);
    g_autoptr(GError) error = NULL;
    gsize got;
    int rate;
    g_autofree float *samples = decode(open_ended, 0, &got, &rate, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(got, ==, n);

    g_assert_true(g_file_get_contents(flac, &flac_data, &length, NULL));
    g_autofree char *cut_flac = write_bytes("cut.flac", flac_data, length / 2);
    assert_refused(cut_flac, UMK_ERROR_INVALID_DATA, "damaged");

    g_autofree char *empty = write_bytes("empty.wav", "", 0);
    assert_refused(empty, UMK_ERROR_INVALID_DATA, "empty");
    g_autofree char *silent =
        write_sound("none.wav", x, 0, 16000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    assert_refused(silent, UMK_ERROR_INVALID_DATA, "empty");
    g_autofree char *text = write_bytes("text.wav", "not a sound at all, sorry", 25);
    assert_refused(text, UMK_ERROR_INVALID_DATA, "text.wav");
    g_autofree char *absent = g_build_filename(folder, "absent.wav", NULL);
    assert_refused(absent, G_IO_ERROR_NOT_FOUND, "absent.wav");
    assert_refused(folder, G_IO_ERROR_NOT_REGULAR_FILE, "not a file");

    x[1234] = NAN;
    g_autofree char *nan_path =
        write_sound("nan.wav", x, n, 16000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    assert_refused(nan_path, UMK_ERROR_INVALID_DATA, "1234");
    x[1234] = -INFINITY;
    g_autofree char *inf_path =
        write_sound("inf.wav", x, n, 16000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    assert_refused(inf_path, UMK_ERROR_INVALID_DATA, "1234");
}

static void
test_too_short(void)
{
    g_autofree float *x = make_signal(100, 16000, 440);
    g_autofree char *path =
        write_sound("short.wav", x, 100, 16000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
    g_autoptr(GError) error = NULL;
    UmkFeatureConfig c;
    gsize n_frames;

    load_config(&c, "kaldi", TRUE, 16000);
    g_autoptr(UmkFrontend) kaldi = _umk_frontend_new(&c);
    g_assert_null(_umk_audio_compute(item, kaldi, NULL, &n_frames, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    load_config(&c, "starter", FALSE, 16000);
    g_autoptr(UmkFrontend) starter = _umk_frontend_new(&c);
    g_autofree float *rows = _umk_audio_compute(item, starter, NULL, &n_frames, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(n_frames, ==, 3); /* zeros up to one FFT */
}

static void
test_waveform(void)
{
    gsize n = 1000;
    g_autofree float *x = g_new0(float, n);
    g_autoptr(GError) error = NULL;

    x[0] = 0.25f;
    x[99] = -0.5f;
    x[999] = 0.75f;
    g_autofree char *path =
        write_sound("peaks.wav", x, n, 1000, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
    g_autoptr(UmkPreview) preview =
        umk_preview_new_for_item(umk_registry_get_default(), item, 10, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_preview_get_n_columns(preview), ==, 10);
    g_assert_cmpfloat_with_epsilon(umk_preview_get_seconds(preview), 1.0, 1e-9);
    const float *peaks = g_bytes_get_data(umk_preview_get_min_max(preview), NULL);
    g_assert_cmpfloat(peaks[0], ==, -0.5f);
    g_assert_cmpfloat(peaks[1], ==, 0.25f);
    g_assert_cmpfloat(peaks[2], ==, 0);
    g_assert_cmpfloat(peaks[3], ==, 0);
    g_assert_cmpfloat(peaks[19], ==, 0.75f);
}

static UmkMatrix *
embed_tones(guint n_threads)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkItems) items = umk_items_new();

    umk_set_n_threads(n_threads);
    for (guint i = 0; i < 9; i++) {
        g_autofree char *name = g_strdup_printf("tone%u.wav", i);
        g_autofree float *x = make_signal(4000 + 777 * i, 16000, 200 + 150 * i);
        g_autofree char *path = write_sound(name, x, 4000 + 777 * i, 16000, 1,
                                            SF_FORMAT_WAV | SF_FORMAT_FLOAT);
        g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);

        umk_items_append(items, item);
    }
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), "mfcc-stats", NULL, NULL, &error);
    g_assert_no_error(error);
    UmkMatrix *vectors = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    return vectors;
}

static void
test_timbre(void)
{
    g_autoptr(UmkMatrix) one = embed_tones(1);
    g_autoptr(UmkMatrix) two = embed_tones(2);

    g_assert_cmpuint(umk_matrix_get_n_rows(one), ==, 9);
    g_assert_cmpuint(umk_matrix_get_n_cols(one), ==, 40);
    g_assert_true(g_bytes_equal(umk_matrix_get_bytes(one), umk_matrix_get_bytes(two)));
    for (gsize i = 0; i < 9; i++) {
        const float *row = umk_matrix_get_row(one, i, NULL);
        double squares = 0;

        for (gsize j = 0; j < 40; j++)
            squares += (double) row[j] * (double) row[j];
        g_assert_cmpfloat_with_epsilon(squares, 1.0, 1e-5);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-audio-XXXXXX", NULL);
    g_test_add_func("/audio/mel", test_mel);
    g_test_add_func("/audio/mel-area", test_mel_area);
    g_test_add_func("/audio/streaming", test_streaming);
    g_test_add_func("/audio/against-plain", test_against_plain);
    g_test_add_func("/audio/params", test_params);
    g_test_add_func("/audio/param-table", test_param_table);
    g_test_add_func("/audio/formats", test_formats);
    g_test_add_func("/audio/mix-and-resample", test_mix_and_resample);
    g_test_add_func("/audio/bad-sounds", test_bad_sounds);
    g_test_add_func("/audio/too-short", test_too_short);
    g_test_add_func("/audio/waveform", test_waveform);
    g_test_add_func("/audio/timbre", test_timbre);
    int status = g_test_run();
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        unlink(path);
    }
    g_dir_close(dir);
    rmdir(folder);
    g_free(folder);
    return status;
}
