/* SPDX-License-Identifier: GPL-3.0-or-later */
/* MFCC and log-mel beside librosa 0.10.1, torchaudio 0.13 with its Kaldi functions, and
 * HTK's own HCopy (shared/golden/README.md), through the public calls.
 *
 * Tolerance 1e-3, HTK 2e-2. The chirp's Kaldi files need more: a pure tone leaves most
 * bands empty but for rounding, and those files were made in single precision, so what
 * stands in their quiet bands is the noise of that transform (with +-32768 samples up to
 * 0.8 in natural log units). There the bands within 1e8 of the frame's loudest are held
 * to the tolerance and the others only to `noise`. */
#include <umekomi/umekomi.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE     1e-3
#define TOLERANCE_HTK 2e-2

typedef struct {
    const char *file;
    const char *feature;
    const char *preset;
    const char *params;
    double noise;
} Case;

static const Case cases[] = {
    {"librosa_mfcc13_nfft400_hop160_mel40", "mfcc", "librosa",
     "n-fft=400,hop-length=160,n-mels=40,n-mfcc=13", 0},
    {"librosa_mfcc20_default", "mfcc", "librosa", "", 0},
    {"librosa_mfcc13_htk_nonorm", "mfcc", "librosa",
     "n-fft=400,hop-length=160,n-mels=40,n-mfcc=13,mel-scale=htk", 0},
    {"librosa_logmel80_db", "logmel", "librosa", "n-fft=400,hop-length=160,n-mels=80", 0},
    {"whisper_like_logmel80", "logmel", "whisper-raw", "", 0},
    {"torchaudio_mfcc40_default", "mfcc", "torchaudio", "", 0},
    {"torchaudio_mfcc13_nfft400_hop160_mel40", "mfcc", "torchaudio",
     "hop-length=160,n-mels=40,n-mfcc=13", 0},
    {"torchaudio_mfcc13_logmels", "mfcc", "torchaudio-logmels",
     "hop-length=160,n-mels=40,n-mfcc=13", 0},
    {"kaldi_mfcc13_default_float1", "mfcc", "kaldi-unit", "", 0.03},
    {"kaldi_mfcc13_default_int16scale", "mfcc", "kaldi", "", 0.8},
    {"kaldi_fbank80_int16scale", "logmel", "kaldi", "n-mels=80", 0.8},
    {"ast_fbank128", "logmel", "ast", "", 0.02},
};

typedef struct {
    const char *file;
    const char *feature;
    const char *params;
} HtkCase;

/* The configurations that lie beside the files. */
#define HTK_BANDS "spectrum=power,preemphasis=0,n-mels=23,"
#define HTK_CEPS  "spectrum=power,deltas=2,n-mels=23,"
static const HtkCase htk_cases[] = {
    {"fbank_htk.1", "logmel", HTK_BANDS "f-min=0,f-max=8000"},
    {"fbank_htk.2", "logmel", HTK_BANDS "f-min=25,f-max=8000"},
    {"fbank_htk.3", "logmel", HTK_BANDS "f-min=25,f-max=8000,warp=0.9"},
    {"fbank_htk.4", "logmel", HTK_BANDS "f-min=25,f-max=8000,warp=1.1"},
    {"fea_htk.1", "mfcc", HTK_CEPS "preemphasis=0,f-min=0"},
    {"fea_htk.2", "mfcc", HTK_CEPS "preemphasis=0,f-min=0,zeroth=energy-last"},
    {"fea_htk.3", "mfcc", HTK_CEPS "preemphasis=0,f-min=20,zeroth=energy-last"},
    {"fea_htk.4", "mfcc", HTK_CEPS "f-min=0,zeroth=energy-last"},
    {"fea_htk.5", "mfcc", HTK_CEPS "f-min=0,zeroth=energy-last,warp=1.1"},
    {"fea_htk.6", "mfcc",
     "spectrum=power,deltas=2,n-mels=24,f-min=125,f-max=7800,zeroth=last"},
};

static char *
shared_path(const char *name)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");

    return g_build_filename(shared ? shared : "../shared", "golden", name, NULL);
}

static char *
read_shared(const char *name, gsize *length)
{
    g_autofree char *path = shared_path(name);
    char *data;

    if (!g_file_get_contents(path, &data, length, NULL)) {
        g_test_skip("the shared golden data are absent");
        return NULL;
    }
    return data;
}

/* float32 NPY of (n_coeffs, n_frames), in either order, as (n_frames, n_coeffs). */
static float *
read_npy(const char *name, gsize *n_frames, gsize *n_coeffs)
{
    gsize length;
    g_autofree char *data = read_shared(name, &length);
    guint16 n_header;
    const char *shape;
    char *end;

    if (data == NULL)
        return NULL;
    g_assert_cmpuint(length, >, 10);
    memcpy(&n_header, data + 8, 2);
    n_header = GUINT16_FROM_LE(n_header);
    g_autofree char *header = g_strndup(data + 10, n_header);
    g_assert_nonnull(strstr(header, "'<f4'"));
    shape = strstr(header, "'shape': (");
    g_assert_nonnull(shape);
    *n_coeffs = strtoul(shape + 10, &end, 10);
    *n_frames = strtoul(end + 1, NULL, 10);
    gboolean fortran = strstr(header, "'fortran_order': True") != NULL;
    gsize rows = *n_frames, cols = *n_coeffs;
    g_assert_cmpuint(length, ==, 10 + n_header + rows * cols * sizeof(float));
    float *out = g_new(float, rows *cols);
    for (gsize t = 0; t < rows; t++)
        for (gsize j = 0; j < cols; j++)
            memcpy(&out[t * cols + j],
                   data + 10 + n_header +
                       (fortran ? t * cols + j : j * rows + t) * sizeof(float),
                   sizeof(float));
    return out;
}

static UmkMatrix *
compute(const char *wav, const char *feature, const char *preset, const char *assignments)
{
    UmkRegistry *registry = umk_registry_get_default();
    g_autofree char *path = shared_path(wav);
    g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
    g_autoptr(GError) error = NULL;
    gsize n_specs;
    const UmkParamSpec *specs = umk_features_get_params(registry, feature, &n_specs);

    g_assert_nonnull(specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    umk_params_parse(params, assignments, &error);
    g_assert_no_error(error);
    UmkMatrix *matrix =
        umk_features_compute(registry, feature, preset, item, params, NULL, &error);
    g_assert_no_error(error);
    return matrix;
}

static void
check_rows(UmkMatrix *matrix,
           const float *expected,
           gsize n_frames,
           gsize n_coeffs,
           double tolerance,
           double noise,
           gboolean bands)
{
    double worst = 0;

    g_assert_cmpuint(umk_matrix_get_n_rows(matrix), ==, n_frames);
    g_assert_cmpuint(umk_matrix_get_n_cols(matrix), ==, n_coeffs);
    for (gsize t = 0; t < n_frames; t++) {
        const float *row = umk_matrix_get_row(matrix, t, NULL);
        const float *want = expected + t * n_coeffs;
        double loudest = -G_MAXDOUBLE;

        for (gsize j = 0; j < n_coeffs; j++)
            loudest = MAX(loudest, (double) want[j]);
        for (gsize j = 0; j < n_coeffs; j++) {
            double allowed = tolerance,
                   difference = fabs((double) row[j] - (double) want[j]);

            if (noise > 0 && (!bands || (double) want[j] < loudest - log(1e8)))
                allowed = noise;
            else
                worst = MAX(worst, difference);
            if (!(difference <= allowed))
                g_error("frame %" G_GSIZE_FORMAT ", coefficient %" G_GSIZE_FORMAT
                        ": %g, expected %g",
                        t, j, (double) row[j], (double) want[j]);
        }
    }
    g_test_message("largest difference %.2e", worst);
}

static void
test_case(gconstpointer data)
{
    const Case *c = data;
    static const char *const signals[] = {"speech", "chirp"};

    for (gsize i = 0; i < G_N_ELEMENTS(signals); i++) {
        g_autofree char *npy = g_strdup_printf("%s_%s.npy", signals[i], c->file);
        g_autofree char *wav = g_strdup_printf("%s16k.wav", signals[i]);
        gsize n_frames, n_coeffs;
        g_autofree float *expected = read_npy(npy, &n_frames, &n_coeffs);

        if (expected == NULL)
            return;
        g_autoptr(UmkMatrix) matrix = compute(wav, c->feature, c->preset, c->params);
        check_rows(matrix, expected, n_frames, n_coeffs, TOLERANCE, i == 1 ? c->noise : 0,
                   g_str_equal(c->feature, "logmel"));
    }
}

/* Big-endian: samples, period, bytes a sample, kind, then the floats. */
static void
test_htk(gconstpointer data)
{
    const HtkCase *c = data;
    g_autofree char *name = g_strdup_printf("htk/test.wav.%s", c->file);
    gsize length;
    g_autofree char *file = read_shared(name, &length);
    guint32 n_frames;
    guint16 n_bytes;

    if (file == NULL)
        return;
    memcpy(&n_frames, file, 4);
    memcpy(&n_bytes, file + 8, 2);
    n_frames = GUINT32_FROM_BE(n_frames);
    gsize n_coeffs = GUINT16_FROM_BE(n_bytes) / sizeof(float);
    g_assert_cmpuint(length, ==, 12 + n_frames * n_coeffs * sizeof(float));
    g_autofree float *expected = g_new(float, n_frames *n_coeffs);
    for (gsize i = 0; i < n_frames * n_coeffs; i++) {
        guint32 bits;

        memcpy(&bits, file + 12 + 4 * i, 4);
        bits = GUINT32_FROM_BE(bits);
        memcpy(&expected[i], &bits, 4);
    }
    g_autoptr(UmkMatrix) matrix = compute("htk/test.wav", c->feature, "htk", c->params);
    check_rows(matrix, expected, n_frames, n_coeffs, TOLERANCE_HTK, 0, FALSE);
}

/* Whisper's own clamp and scale, applied by hand to the raw bands. */
static void
test_whisper(void)
{
    gsize n_frames, n_coeffs;
    g_autofree float *raw =
        read_npy("speech_whisper_like_logmel80.npy", &n_frames, &n_coeffs);
    float loudest = -G_MAXFLOAT;

    if (raw == NULL)
        return;
    for (gsize i = 0; i < n_frames * n_coeffs; i++)
        loudest = MAX(loudest, raw[i]);
    for (gsize i = 0; i < n_frames * n_coeffs; i++)
        raw[i] = (MAX(raw[i], loudest - 8.0f) + 4.0f) / 4.0f;
    g_autoptr(UmkMatrix) matrix = compute("speech16k.wav", "logmel", "whisper", "");
    check_rows(matrix, raw, n_frames, n_coeffs, 1e-5, 0, FALSE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("/features/%s", cases[i].file);

        g_test_add_data_func(name, &cases[i], test_case);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(htk_cases); i++) {
        g_autofree char *name = g_strdup_printf("/features/htk/%s", htk_cases[i].file);

        g_test_add_data_func(name, &htk_cases[i], test_htk);
    }
    g_test_add_func("/features/whisper", test_whisper);
    return g_test_run();
}
