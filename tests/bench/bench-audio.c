/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many seconds of sound a second of one thread takes in: decoding, features by
 * preset, timbre vectors and, where the built-in model is there, its audio tower. One
 * JSON line each, processor time, the best of several rounds. */
#include "umk-audio-decode-private.h"
#include "umk-frontend-private.h"

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 60
#define ROUNDS  15

static float *
make_speechlike(gsize n, int rate)
{
    float *x = g_new(float, n);
    guint32 state = 7;
    double phase = 0;

    for (gsize i = 0; i < n; i++) {
        double t = (double) i / rate;
        double pitch = 140 + 40 * sin(2 * G_PI * 0.7 * t);
        double loud = 0.5 + 0.5 * sin(2 * G_PI * 3.1 * t);

        state = state * 1664525u + 1013904223u;
        phase += 2 * G_PI * pitch / rate;
        x[i] = (float) (loud * (0.2 * sin(phase) + 0.1 * sin(5 * phase) +
                                0.05 * sin(13 * phase)) +
                        0.01 * ((double) (state >> 8) / 8388608.0 - 1.0));
    }
    return x;
}

/* Of the whole process: what a busy machine does beside us does not count. */
static double
cpu_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec + 1e-9 * (double) now.tv_nsec;
}

static void
report(const char *what, const char *detail, double seconds)
{
    printf("{\"bench\": \"audio\", \"what\": \"%s\", \"detail\": \"%s\", \"threads\": 1, "
           "\"cpu_seconds\": %.6f, \"x_real_time\": %.0f}\n",
           what, detail, seconds, SECONDS / seconds);
    fflush(stdout);
}

static void
bench_frontend(const float *x,
               gsize n,
               const char *detail,
               const char *preset,
               gboolean cepstrum,
               const char *assignments)
{
    UmkFeatureConfig c;
    g_autoptr(UmkParams) params = umk_params_new(_umk_feature_specs, UMK_FEATURE_N_SPECS);
    double best = G_MAXDOUBLE;

    g_assert_true(umk_params_parse(params, assignments, NULL));
    g_assert_true(_umk_feature_config_from_preset(&c, preset, cepstrum, NULL));
    g_assert_true(_umk_feature_config_apply(&c, params, NULL));
    g_assert_true(_umk_feature_config_resolve(&c, 16000, NULL));
    g_autoptr(UmkFrontend) frontend = _umk_frontend_new(&c);
    for (guint round = 0; round < ROUNDS; round++) {
        double start = cpu_time();
        g_autoptr(UmkFrontendStream) stream = _umk_frontend_stream_new(frontend);
        gsize n_frames;

        _umk_frontend_stream_push(stream, x, n, NULL);
        g_free(_umk_frontend_stream_finish(stream, &n_frames, NULL));
        best = MIN(best, cpu_time() - start);
    }
    report(cepstrum ? "mfcc" : "logmel", detail, best);
}

static void
bench_file(const char *path, const char *detail, const char *preset)
{
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
    double best = G_MAXDOUBLE;

    for (guint round = 0; round < ROUNDS; round++) {
        double start = cpu_time();
        g_autoptr(GError) error = NULL;

        if (preset != NULL) {
            g_autoptr(UmkMatrix) rows = umk_features_compute(
                umk_registry_get_default(), "mfcc", preset, item, NULL, NULL, &error);
            g_assert_no_error(error);
        } else {
            gsize n;
            int rate;
            g_autofree float *x =
                _umk_audio_decode(item, 16000, 0, NULL, &n, &rate, &error);
            g_assert_no_error(error);
        }
        best = MIN(best, cpu_time() - start);
    }
    report(preset != NULL ? "file to mfcc" : "decode", detail, best);
}

static void
bench_model(const char *name, const char *detail, const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), name, NULL, NULL, &error);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
    double best = G_MAXDOUBLE;

    if (model == NULL)
        return;
    umk_items_append(items, item);
    for (guint round = 0; round < 3; round++) {
        double start = cpu_time();
        g_autoptr(UmkMatrix) vectors =
            umk_model_embed(model, items, NULL, NULL, NULL, &error);

        if (vectors == NULL)
            return;
        best = MIN(best, cpu_time() - start);
    }
    report("embed", detail, best);
}

static char *
write_wav(const char *folder, const char *name, int rate, int channels, int format)
{
    char *path = g_build_filename(folder, name, NULL);
    gsize n = (gsize) (SECONDS * rate);
    g_autofree float *x = make_speechlike(n, rate);
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);

    g_assert_nonnull(file);
    for (gsize i = 0; i < n; i++) {
        float frame[2] = {x[i], x[i]};

        sf_writef_float(file, frame, 1);
    }
    sf_close(file);
    return path;
}

int
main(void)
{
    gsize n = SECONDS * 16000;
    g_autofree float *x = make_speechlike(n, 16000);
    g_autofree char *folder = g_dir_make_tmp("umekomi-bench-XXXXXX", NULL);
    g_autofree char *plain =
        write_wav(folder, "a.wav", 16000, 1, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    g_autofree char *stereo =
        write_wav(folder, "b.wav", 44100, 2, SF_FORMAT_WAV | SF_FORMAT_PCM_16);
    g_autofree char *flac =
        write_wav(folder, "c.flac", 44100, 2, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    const char *assets = g_getenv("UMEKOMI_ASSET_PATH");
    g_autofree char *starter = g_build_filename(assets ? assets : ".", "starter", NULL);

    umk_set_n_threads(1);
    bench_frontend(x, n, "librosa 13 of 40", "librosa", TRUE,
                   "n-fft=400,hop-length=160,n-mels=40,n-mfcc=13");
    bench_frontend(x, n, "librosa 40 of 80", "librosa", TRUE,
                   "n-fft=400,hop-length=160,n-mels=80,n-mfcc=40");
    bench_frontend(x, n, "torchaudio 13 of 40", "torchaudio", TRUE,
                   "hop-length=160,n-mels=40,n-mfcc=13");
    bench_frontend(x, n, "kaldi", "kaldi", TRUE, "");
    bench_frontend(x, n, "htk with deltas", "htk", TRUE, "deltas=2");
    bench_frontend(x, n, "whisper", "whisper", FALSE, "");
    bench_frontend(x, n, "starter", "starter", FALSE, "");
    bench_file(plain, "wav 16 kHz", NULL);
    bench_file(stereo, "wav 44.1 kHz stereo to 16 kHz", NULL);
    bench_file(flac, "flac 44.1 kHz stereo to 16 kHz", NULL);
    bench_file(plain, "wav 16 kHz, kaldi", "kaldi");
    bench_model("mfcc-stats", "mfcc-stats", plain);
    bench_model(starter, "starter", plain);
    unlink(plain);
    unlink(stereo);
    unlink(flac);
    rmdir(folder);
    return 0;
}
