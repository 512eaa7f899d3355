/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tells one audio feature convention from another. Every preset is a value of this
 * struct, every option of the command line one of its fields; the front end has a single
 * code path that reads it. */
#pragma once

#include <umekomi/umekomi.h>

typedef enum {
    UMK_FRAMING_SNIP,    /* only frames that lie inside the signal           */
    UMK_FRAMING_CENTER,  /* frame f is centred on sample f * hop             */
    UMK_FRAMING_MID_HOP, /* frame f is centred on sample (f + 1/2) * hop     */
} UmkFraming;

typedef enum {
    UMK_EDGE_ZERO,
    UMK_EDGE_REFLECT,   /* d c b | a b c d | c b a   */
    UMK_EDGE_SYMMETRIC, /* c b a | a b c d | d c b   */
} UmkEdge;

typedef enum {
    UMK_WINDOW_HANN_PERIODIC,
    UMK_WINDOW_HANN,
    UMK_WINDOW_HAMMING_PERIODIC,
    UMK_WINDOW_HAMMING,
    UMK_WINDOW_POVEY,
    UMK_WINDOW_RECTANGULAR,
} UmkWindow;

typedef enum { UMK_SPECTRUM_POWER, UMK_SPECTRUM_MAGNITUDE } UmkSpectrum;
typedef enum { UMK_MEL_SLANEY, UMK_MEL_HTK } UmkMelScale;

typedef enum {
    UMK_TRIANGLE_HZ,  /* straight in Hz                                        */
    UMK_TRIANGLE_MEL, /* straight in mel, the Nyquist bin left out             */
    UMK_TRIANGLE_HTK, /* straight in mel, edge bins rounded as HTK does        */
} UmkTriangle;

typedef enum { UMK_MEL_NORM_NONE, UMK_MEL_NORM_AREA } UmkMelNorm;
typedef enum { UMK_LOG_NATURAL, UMK_LOG_10, UMK_LOG_DB, UMK_LOG_NONE } UmkLog;
typedef enum { UMK_FLOOR_MAX, UMK_FLOOR_ADD } UmkFloor;
typedef enum { UMK_DCT_ORTHO, UMK_DCT_HTK } UmkDct;
typedef enum { UMK_LIFTER_HTK, UMK_LIFTER_LIBROSA } UmkLifter;
typedef enum { UMK_NORMALIZE_NONE, UMK_NORMALIZE_CLIP, UMK_NORMALIZE_MEAN } UmkNormalize;

typedef enum {
    UMK_ZEROTH_FIRST,        /* c0 c1 ... c(n-1)      */
    UMK_ZEROTH_LAST,         /* c1 ... cn c0          */
    UMK_ZEROTH_ENERGY_FIRST, /* E c1 ... c(n-1)       */
    UMK_ZEROTH_ENERGY_LAST,  /* c1 ... cn E           */
    UMK_ZEROTH_NONE,         /* c1 ... cn             */
} UmkZeroth;

typedef struct {
    /* signal */
    int rate;     /* Hz; 0 keeps the rate of the file */
    double scale; /* samples of +-1 are multiplied by it */
    /* frames */
    int n_fft;        /* 0: the least power of two that holds a frame */
    int frame_length; /* samples; 0: from frame_ms, and when that is 0 too, n_fft */
    double frame_ms;
    int hop_length; /* samples; 0: from hop_ms */
    double hop_ms;
    int framing;
    int edge;
    int drop_last;
    int remove_dc;
    double preemphasis;
    int window;
    /* spectrum and bands */
    int spectrum;
    int n_mels;
    double f_min;
    double f_max; /* 0: half the rate */
    int mel_scale;
    int triangle;
    int mel_norm;
    double warp; /* vocal tract length factor; 1 is none */
    double warp_low;
    double warp_high;
    /* logarithm */
    int log;
    double floor;
    int floor_kind;
    double range;  /* keep values within this of the clip's maximum; 0 is off */
    double offset; /* then (x + offset) * gain */
    double gain;
    int normalize;
    /* cepstrum */
    int n_mfcc;
    int dct;
    double lifter;
    int lifter_kind;
    int zeroth;
    double energy_floor;
    int deltas; /* how many orders are appended */
    int delta_width;
    /* not options: bands or cepstrum; zeros after a sound no longer than half an FFT */
    gboolean cepstrum;
    gboolean pad_short;
} UmkFeatureConfig;

extern const char *const _umk_feature_preset_names[];

/* The options; those that only a cepstrum has come last. */
#define UMK_FEATURE_N_SPECS      38
#define UMK_FEATURE_N_BAND_SPECS 30
extern const UmkParamSpec _umk_feature_specs[];

gboolean _umk_feature_config_from_preset(UmkFeatureConfig *config,
                                         const char *preset,
                                         gboolean cepstrum,
                                         GError **error);
gboolean
_umk_feature_config_apply(UmkFeatureConfig *config, UmkParams *params, GError **error);
gboolean _umk_feature_config_resolve(UmkFeatureConfig *config, int rate, GError **error);
