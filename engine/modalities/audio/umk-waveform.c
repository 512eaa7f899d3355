/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peaks of a sound for drawing. One pass over the file; the length it announces decides
 * where a column ends, and one that announces none is decoded whole. */
#include "umk-waveform-private.h"

#include "umk-audio-decode-private.h"

#include <string.h>

#define BLOCK_SAMPLES 8192

typedef struct {
    float *peaks; /* (n_columns, 2) */
    guint n_columns;
    guint64 n_total;
    guint64 n_seen;
} Peaks;

static void
add_samples(Peaks *self, const float *samples, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        guint64 at = MIN(self->n_seen, self->n_total - 1);
        guint column = (guint) (at * self->n_columns / self->n_total);
        /* The samples up to the first one of the next column. */
        guint64 next = ((guint64) (column + 1) * self->n_total + self->n_columns - 1) /
                       self->n_columns;
        gsize run = (gsize) MIN((guint64) (n - i), next > at ? next - at : 1);
        float low = self->peaks[2 * column], high = self->peaks[2 * column + 1];
        for (gsize j = i; j < i + run; j++) {
            low = MIN(low, samples[j]);
            high = MAX(high, samples[j]);
        }
        self->peaks[2 * column] = low;
        self->peaks[2 * column + 1] = high;
        self->n_seen += run;
        i += run - 1;
    }
}

static UmkPreview *
waveform(UmkItem *item, guint size, UmkRun *run, GError **error)
{
    g_autoptr(UmkAudioReader) reader = _umk_audio_reader_new_for_item(item, 0, error);
    if (reader == NULL)
        return NULL;
    int rate;
    guint64 announced = _umk_audio_reader_get_n_announced(reader, &rate);
    gboolean known = announced > 0 && (double) announced < UMK_AUDIO_MAX_SECONDS * rate;
    g_autofree float *whole = NULL;
    gsize n = 0;
    if (!known) {
        whole = _umk_audio_decode(item, 0, 0, run, &n, &rate, error);
        if (whole == NULL)
            return NULL;
        announced = n;
    }
    guint n_columns = (guint) MIN((guint64) CLAMP(size, 1, 65536), announced);
    g_autofree float *peaks = g_new0(float, 2 * (gsize) n_columns);
    Peaks state = {.peaks = peaks, .n_columns = n_columns, .n_total = announced};
    if (whole != NULL) {
        add_samples(&state, whole, n);
    } else {
        g_autofree float *block = g_new(float, BLOCK_SAMPLES);
        do {
            if (!umk_run_check(run, error) ||
                !_umk_audio_reader_read(reader, block, BLOCK_SAMPLES, &n, error))
                return NULL;
            add_samples(&state, block, n);
        } while (n > 0);
    }
    for (gsize i = 0; i < 2 * (gsize) n_columns; i++)
        peaks[i] = CLAMP(peaks[i], -1.0f, 1.0f);
    g_autoptr(GBytes) bytes = g_bytes_new(peaks, 2 * n_columns * sizeof(float));
    return umk_preview_new_waveform(n_columns, bytes, (double) state.n_seen / rate);
}

const UmkPreviewOps _umk_waveform_preview = {
    .struct_size = sizeof(UmkPreviewOps),
    .id = "waveform",
    .modality = UMK_MODALITY_AUDIO,
    .preview = waveform,
};
