/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A published model's preprocessor_config.json: what its feature extractor was told. Each
 * family starts from its extractor's own defaults and picks the fields it knows. */
#pragma once

#include <umekomi/umekomi.h>

typedef struct {
    int rate;         /* sampling_rate, Hz */
    int feature_size; /* mel bands for some extractors, 1 for others */
    int n_mels;       /* num_mel_bins */
    int n_fft;        /* n_fft, fft_window_size */
    int hop_length;
    int max_frames;     /* max_length, a number of rows */
    double max_seconds; /* chunk_length, max_length_s */
    double f_min;       /* frequency_min */
    double f_max;       /* frequency_max */
    gboolean normalize; /* do_normalize */
    double mean;
    double std;
    char truncation[16]; /* "rand_trunc", "fusion", "" */
    char padding[16];    /* "repeatpad", "repeat", "pad", "" */
} UmkExtractorConfig;

/* Keys that are absent keep what config holds already. Every number is checked against a
 * limit; words are only checked for their length, as each family knows its own. */
gboolean _umk_extractor_config_parse(UmkExtractorConfig *config,
                                     const guint8 *data,
                                     gsize length,
                                     GError **error);
