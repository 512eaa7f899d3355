/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound files and sound in memory as one channel of float samples. */
#pragma once

#include <umekomi/umekomi.h>
#include <umekomi/umk-plugin.h>

/* Declared limits: what a lying header may make us do. */
#define UMK_AUDIO_MAX_SECONDS  86400.0
#define UMK_AUDIO_MIN_RATE     100
#define UMK_AUDIO_MAX_RATE     768000
#define UMK_AUDIO_MAX_CHANNELS 64

/* One pass over one sound; belongs to one thread. */
typedef struct _UmkAudioReader UmkAudioReader;

/* rate 0 keeps the rate of the file. */
UmkAudioReader *_umk_audio_reader_new_for_item(UmkItem *item, int rate, GError **error);
UmkAudioReader *_umk_audio_reader_new_for_data(
    const guint8 *data, gsize length, const char *name, int rate, GError **error);
void _umk_audio_reader_free(UmkAudioReader *self);
int _umk_audio_reader_get_rate(const UmkAudioReader *self);
/* Frames the file announces, at the file's own rate. */
guint64 _umk_audio_reader_get_n_announced(const UmkAudioReader *self, int *file_rate);
/* Fills at most n_samples; 0 is the end. FALSE is an error. */
gboolean _umk_audio_reader_read(
    UmkAudioReader *self, float *samples, gsize n_samples, gsize *n_read, GError **error);

/* The whole sound, at most max_seconds of it (0: the limit above). */
float *_umk_audio_decode(UmkItem *item,
                         int rate,
                         double max_seconds,
                         UmkRun *run,
                         gsize *n_samples,
                         int *out_rate,
                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAudioReader, _umk_audio_reader_free)
