/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Framing, spectrum, mel bands, logarithm, cepstrum: one code path, steered by an
 * UmkFeatureConfig. A stream keeps no more of the signal than a frame needs, so an hour
 * costs the same memory as a second apart from the rows themselves.
 *
 * The transform runs in double precision (it costs 10 % more than single here) because
 * quiet bands of a loud frame would otherwise drown in rounding; what follows is float.
 * FFTW plans are made with FFTW_ESTIMATE, which does not measure: the same plan, and so
 * the same bits, every time. Only planning is locked, execution is not. */
#include "umk-frontend-private.h"

#include "umk-frontend-kernels-private.h"
#include "umk-mel-private.h"

#include <fftw3.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

/* Rows of one clip may fill at most 4 GiB. */
#define MAX_VALUES (G_GUINT64_CONSTANT(1) << 30)

struct _UmkFrontend {
    gint ref_count; /* atomic */
    UmkFeatureConfig config;
    gsize n_bins;
    gsize n_out;  /* coefficients before deltas */
    gsize n_dct;  /* rows of dct, 0 for bands */
    gint64 n_pad; /* how far before the signal frame 0 begins */
    gboolean centred;
    gboolean whole_clip; /* something needs to see all frames first */
    double *window;      /* (frame_length), times scale */
    UmkMelBank *bank;
    float *dct; /* (n_dct, n_mels), lifter folded in */
    fftw_plan plan;
};

struct _UmkFrontendStream {
    UmkFrontend *frontend;
    /* the signal: samples[0] is sample number base */
    GArray *samples;
    guint64 base;
    guint64 n_seen;
    gboolean ended;
    guint64 next_frame;
    /* the block of frames under way */
    gsize n_lanes;
    double *input;
    double *spectrum;
    float *power; /* (n_bins, lanes) */
    float *bands; /* (n_mels, lanes) */
    float *cepstrum;
    float energy[UMK_LANES];
    float *edge_frame;
    /* results: rows, or whole blocks of bands and energies until the clip is known */
    GArray *rows;
};

static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

static double *
make_window(const UmkFeatureConfig *c)
{
    gsize n = (gsize) c->frame_length;
    gboolean periodic =
        c->window == UMK_WINDOW_HANN_PERIODIC || c->window == UMK_WINDOW_HAMMING_PERIODIC;
    double step = 2.0 * G_PI / (double) MAX(periodic ? n : n - 1, 1);
    double *window = g_new(double, n);
    for (gsize i = 0; i < n; i++) {
        double cosine = cos(step * (double) i);
        double w = 1.0;
        if (c->window == UMK_WINDOW_HAMMING || c->window == UMK_WINDOW_HAMMING_PERIODIC)
            w = 0.54 - 0.46 * cosine;
        else if (c->window != UMK_WINDOW_RECTANGULAR)
            w = 0.5 - 0.5 * cosine;
        if (c->window == UMK_WINDOW_POVEY)
            w = pow(w, 0.85);
        window[i] = w * c->scale;
    }
    return window;
}

static double
lifter_weight(const UmkFeatureConfig *c, gsize n)
{
    if (c->lifter <= 0)
        return 1.0;
    double shift = c->lifter_kind == UMK_LIFTER_LIBROSA ? 1.0 : 0.0;
    return 1.0 + c->lifter / 2.0 * sin(G_PI * ((double) n + shift) / c->lifter);
}

/* DCT-II, its rows in the order of the output. */
static void
make_dct(UmkFrontend *self)
{
    const UmkFeatureConfig *c = &self->config;
    gsize n = (gsize) c->n_mels;
    gboolean skip_zeroth = c->zeroth != UMK_ZEROTH_FIRST;
    self->n_dct = (gsize) c->n_mfcc;
    self->n_out = self->n_dct;
    if (c->zeroth == UMK_ZEROTH_ENERGY_FIRST)
        self->n_dct--;
    if (c->zeroth == UMK_ZEROTH_LAST || c->zeroth == UMK_ZEROTH_ENERGY_LAST)
        self->n_out++;
    if (c->zeroth == UMK_ZEROTH_LAST)
        self->n_dct++;
    self->dct = g_new(float, MAX(self->n_dct, 1) * n);
    for (gsize r = 0; r < self->n_dct; r++) {
        gsize order = r + (skip_zeroth ? 1 : 0);
        if (c->zeroth == UMK_ZEROTH_LAST && r + 1 == self->n_dct)
            order = 0;
        double weight = sqrt(2.0 / (double) n) * lifter_weight(c, order);
        if (order == 0 && c->dct == UMK_DCT_ORTHO)
            weight *= G_SQRT2 / 2.0;
        for (gsize m = 0; m < n; m++)
            self->dct[r * n + m] =
                (float) (weight *
                         cos(G_PI * (double) order * ((double) m + 0.5) / (double) n));
    }
}

UmkFrontend *
_umk_frontend_new(const UmkFeatureConfig *config)
{
    UmkFrontend *self = g_new0(UmkFrontend, 1);
    self->ref_count = 1;
    self->config = *config;
    const UmkFeatureConfig *c = &self->config;
    self->n_bins = (gsize) c->n_fft / 2 + 1;
    self->window = make_window(c);
    self->bank = _umk_mel_bank_new(c);
    self->n_out = (gsize) c->n_mels;
    if (c->cepstrum)
        make_dct(self);
    self->whole_clip = c->range > 0;
    self->centred = c->framing != UMK_FRAMING_SNIP;
    if (c->framing == UMK_FRAMING_CENTER)
        self->n_pad = c->n_fft / 2 - (c->n_fft - c->frame_length) / 2;
    else if (c->framing == UMK_FRAMING_MID_HOP)
        self->n_pad = c->frame_length / 2 - c->hop_length / 2;

    double *in = fftw_alloc_real((gsize) c->n_fft);
    fftw_complex *out = fftw_alloc_complex(self->n_bins);
    pthread_mutex_lock(&planner_lock);
    self->plan = fftw_plan_dft_r2c_1d(c->n_fft, in, out, FFTW_ESTIMATE);
    pthread_mutex_unlock(&planner_lock);
    fftw_free(in);
    fftw_free(out);
    return self;
}

UmkFrontend *
_umk_frontend_ref(UmkFrontend *self)
{
    g_atomic_int_inc(&self->ref_count);
    return self;
}

void
_umk_frontend_unref(UmkFrontend *self)
{
    if (self == NULL || !g_atomic_int_dec_and_test(&self->ref_count))
        return;
    pthread_mutex_lock(&planner_lock);
    fftw_destroy_plan(self->plan);
    pthread_mutex_unlock(&planner_lock);
    _umk_mel_bank_free(self->bank);
    g_free(self->window);
    g_free(self->dct);
    g_free(self);
}

gsize
_umk_frontend_get_n_coeffs(const UmkFrontend *self)
{
    return self->n_out * (gsize) (self->config.cepstrum ? 1 + self->config.deltas : 1);
}

int
_umk_frontend_get_rate(const UmkFrontend *self)
{
    return self->config.rate;
}

UmkFrontendStream *
_umk_frontend_stream_new(UmkFrontend *frontend)
{
    UmkFrontendStream *self = g_new0(UmkFrontendStream, 1);
    const UmkFeatureConfig *c = &frontend->config;
    gsize n_mels = (gsize) c->n_mels;
    self->frontend = _umk_frontend_ref(frontend);
    self->samples = g_array_new(FALSE, FALSE, sizeof(float));
    self->rows = g_array_new(FALSE, FALSE, sizeof(float));
    self->input = fftw_alloc_real((gsize) c->n_fft);
    memset(self->input, 0, (gsize) c->n_fft * sizeof(double));
    self->spectrum = (double *) fftw_alloc_complex(frontend->n_bins);
    gsize lanes = UMK_LANES * sizeof(float);
    self->power = g_aligned_alloc0(frontend->n_bins, lanes, lanes);
    self->bands = g_aligned_alloc0(n_mels, lanes, lanes);
    self->cepstrum = g_aligned_alloc0(MAX(frontend->n_dct, 1), lanes, lanes);
    self->edge_frame = g_new(float, c->frame_length);
    return self;
}

void
_umk_frontend_stream_free(UmkFrontendStream *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->samples);
    g_array_unref(self->rows);
    fftw_free(self->input);
    fftw_free(self->spectrum);
    g_aligned_free(self->power);
    g_aligned_free(self->bands);
    g_aligned_free(self->cepstrum);
    g_free(self->edge_frame);
    _umk_frontend_unref(self->frontend);
    g_free(self);
}

/* Bands and energies of the block -> rows of coefficients at out. */
static void
emit_block(const UmkFrontend *f,
           const float *bands,
           const float *energy,
           gsize n_lanes,
           float *cepstrum,
           float *out)
{
    const UmkFeatureConfig *c = &f->config;
    const float *from = bands;
    gsize n_rows = f->n_out;
    float *to = out;
    if (c->cepstrum) {
        _umk_kernel_transform(f->dct, f->n_dct, (gsize) c->n_mels, bands, cepstrum);
        from = cepstrum;
        n_rows = f->n_dct;
        if (c->zeroth == UMK_ZEROTH_ENERGY_FIRST) {
            for (gsize l = 0; l < n_lanes; l++)
                out[l * f->n_out] = energy[l];
            to = out + 1;
        } else if (c->zeroth == UMK_ZEROTH_ENERGY_LAST) {
            for (gsize l = 0; l < n_lanes; l++)
                out[l * f->n_out + f->n_out - 1] = energy[l];
        }
    }
    for (gsize l = 0; l < n_lanes; l++)
        for (gsize r = 0; r < n_rows; r++)
            to[l * f->n_out + r] = from[r * UMK_LANES + l];
}

/* y = (max(x, low) + offset) * gain, on a block */
static void
scale_block(const UmkFeatureConfig *c, float *bands, gsize n_lanes, float low)
{
    gsize n_mels = (gsize) c->n_mels;
    float offset = (float) c->offset, gain = (float) c->gain;
    for (gsize m = 0; m < n_mels; m++)
        for (gsize l = 0; l < n_lanes; l++) {
            float *x = &bands[m * UMK_LANES + l];
            *x = (MAX(*x, low) + offset) * gain;
        }
}

/* Blocks wait here as n_mels * lanes bands and one line of energies. */
static gsize
block_size(const UmkFrontend *f)
{
    return ((gsize) f->config.n_mels + 1) * UMK_LANES;
}

static gboolean
flush_block(UmkFrontendStream *self, GError **error)
{
    const UmkFrontend *f = self->frontend;
    const UmkFeatureConfig *c = &f->config;
    gsize n = self->n_lanes;
    if (n == 0)
        return TRUE;
    gsize grow = f->whole_clip ? block_size(f) : n * f->n_out;
    if (self->rows->len + (guint64) grow > MAX_VALUES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The clip is too long: its features would fill more than %u MiB"),
                    (guint) (MAX_VALUES * sizeof(float) / (1024 * 1024)));
        return FALSE;
    }
    static const double factors[] = {1.0, 1.0 / G_LN10, 10.0 / G_LN10, 0};
    _umk_kernel_bands(f->bank, self->power, (float) c->floor,
                      c->floor_kind == UMK_FLOOR_ADD, (float) factors[c->log],
                      self->bands);
    gsize at = self->rows->len;
    g_array_set_size(self->rows, (guint) (at + grow));
    float *to = &g_array_index(self->rows, float, at);
    if (f->whole_clip) {
        memcpy(to, self->bands, (grow - UMK_LANES) * sizeof(float));
        memcpy(to + grow - UMK_LANES, self->energy, UMK_LANES * sizeof(float));
    } else {
        if (c->offset != 0.0 || c->gain != 1.0)
            scale_block(c, self->bands, n, -G_MAXFLOAT);
        emit_block(f, self->bands, self->energy, n, self->cepstrum, to);
    }
    self->n_lanes = 0;
    return TRUE;
}

/* Sample number of a position that may lie beyond the ends. */
static guint64
fold(gint64 i, gint64 n, int edge)
{
    gint64 period = edge == UMK_EDGE_REFLECT ? 2 * (n - 1) : 2 * n;
    if (period == 0)
        return 0;
    i %= period;
    if (i < 0)
        i += period;
    if (i < n)
        return (guint64) i;
    return (guint64) (edge == UMK_EDGE_REFLECT ? period - i : period - 1 - i);
}

/* The frame's samples: straight from the buffer, or put together at an edge. */
static const float *
frame_samples(UmkFrontendStream *self, gint64 start)
{
    const UmkFeatureConfig *c = &self->frontend->config;
    const float *have = (const float *) (gpointer) self->samples->data;
    gint64 total = (gint64) self->n_seen, n = c->frame_length;
    if (start >= 0 && start + n <= total)
        return have + (start - (gint64) self->base);
    for (gint64 i = 0; i < n; i++) {
        gint64 at = start + i;
        float x = 0;
        if ((at >= 0 && at < total) || c->edge != UMK_EDGE_ZERO) {
            guint64 from =
                at >= 0 && at < total ? (guint64) at : fold(at, total, c->edge);
            x = have[from - self->base];
        }
        self->edge_frame[i] = x;
    }
    return self->edge_frame;
}

static gboolean
process_frame(UmkFrontendStream *self, gint64 start, GError **error)
{
    const UmkFrontend *f = self->frontend;
    const UmkFeatureConfig *c = &f->config;
    gsize n = (gsize) c->frame_length, lane = self->n_lanes;
    const float *x = frame_samples(self, start);
    gboolean energy = c->cepstrum && (c->zeroth == UMK_ZEROTH_ENERGY_FIRST ||
                                      c->zeroth == UMK_ZEROTH_ENERGY_LAST);
    if (energy || c->remove_dc || c->preemphasis != 0.0) {
        double e = 0;
        _umk_kernel_prepare(x, f->window, n, c->remove_dc != 0, c->preemphasis,
                            energy ? &e : NULL, self->input);
        if (energy)
            self->energy[lane] =
                (float) log(MAX(e * c->scale * c->scale, c->energy_floor));
    } else {
        _umk_kernel_window(x, f->window, n, self->input);
    }
    fftw_execute_dft_r2c(f->plan, self->input, (fftw_complex *) self->spectrum);
    _umk_kernel_power(self->spectrum, f->n_bins, c->spectrum == UMK_SPECTRUM_MAGNITUDE,
                      self->power + lane);
    if (++self->n_lanes == UMK_LANES)
        return flush_block(self, error);
    return TRUE;
}

static gint64
frame_start(const UmkFrontend *f, guint64 frame)
{
    return (gint64) (frame * (guint64) f->config.hop_length) - f->n_pad;
}

/* Runs every frame whose samples are all known, then lets go of what no frame needs. */
static gboolean
run_frames(UmkFrontendStream *self, guint64 n_frames, GError **error)
{
    const UmkFrontend *f = self->frontend;
    gint64 n = f->config.frame_length;
    while (self->next_frame < n_frames) {
        gint64 start = frame_start(f, self->next_frame);
        gint64 last = MAX(start + n - 1, -start);
        if (!self->ended && last >= (gint64) self->n_seen)
            break;
        if (!process_frame(self, start, error))
            return FALSE;
        self->next_frame++;
    }
    gint64 next = frame_start(f, self->next_frame);
    gint64 keep = MIN(next, (gint64) self->n_seen - n - 1);
    gint64 drop = keep - (gint64) self->base;
    /* Moving the tail costs time too: wait until most of the buffer is dead. */
    if (drop > (gint64) self->samples->len / 2) {
        g_array_remove_range(self->samples, 0, (guint) drop);
        self->base += (guint64) drop;
    }
    return TRUE;
}

gboolean
_umk_frontend_stream_push(UmkFrontendStream *self,
                          const float *samples,
                          gsize n_samples,
                          GError **error)
{
    /* In pieces, so that a caller with a whole clip does not double its memory. */
    const gsize piece = 16384;
    while (n_samples > 0) {
        gsize n = MIN(n_samples, piece);
        g_array_append_vals(self->samples, samples, (guint) n);
        self->n_seen += n;
        samples += n;
        n_samples -= n;
        if (!run_frames(self, G_MAXUINT64, error))
            return FALSE;
    }
    return TRUE;
}

static guint64
count_frames(const UmkFrontendStream *self)
{
    const UmkFeatureConfig *c = &self->frontend->config;
    guint64 n = self->n_seen, hop = (guint64) c->hop_length;
    guint64 length = (guint64) c->frame_length;
    if (n == 0)
        return 0;
    if (c->framing == UMK_FRAMING_CENTER)
        return n / hop + (c->drop_last ? 0 : 1);
    if (c->framing == UMK_FRAMING_MID_HOP)
        return (n + hop / 2) / hop;
    return n < length ? 0 : 1 + (n - length) / hop;
}

/* The blocks that waited for the clip's maximum. */
static float *
finish_blocks(UmkFrontendStream *self, gsize n_frames)
{
    const UmkFrontend *f = self->frontend;
    const UmkFeatureConfig *c = &f->config;
    gsize size = block_size(f), n_mels = (gsize) c->n_mels;
    float *blocks = (float *) (gpointer) self->rows->data;
    float max = -G_MAXFLOAT;
    for (gsize at = 0; at < n_frames; at += UMK_LANES) {
        const float *block = blocks + at / UMK_LANES * size;
        gsize n = MIN(UMK_LANES, n_frames - at);
        for (gsize m = 0; m < n_mels; m++)
            for (gsize l = 0; l < n; l++)
                max = MAX(max, block[m * UMK_LANES + l]);
    }
    float low = max - (float) c->range;
    float *out = g_new(float, n_frames * f->n_out);
    for (gsize at = 0; at < n_frames; at += UMK_LANES) {
        const float *block = blocks + at / UMK_LANES * size;
        gsize n = MIN(UMK_LANES, n_frames - at);
        /* The waiting blocks are only 16-byte aligned; the kernel wants full lanes. */
        memcpy(self->bands, block, (size - UMK_LANES) * sizeof(float));
        scale_block(c, self->bands, n, low);
        emit_block(f, self->bands, block + size - UMK_LANES, n, self->cepstrum,
                   out + at * f->n_out);
    }
    return out;
}

static void
normalize_clip(float *rows, gsize n)
{
    double sum = 0, squares = 0;
    for (gsize i = 0; i < n; i++)
        sum += (double) rows[i];
    double mean = sum / (double) n;
    for (gsize i = 0; i < n; i++)
        squares += ((double) rows[i] - mean) * ((double) rows[i] - mean);
    double scale = 1.0 / (sqrt(squares / (double) n) + 1e-5);
    for (gsize i = 0; i < n; i++)
        rows[i] = (float) (((double) rows[i] - mean) * scale);
}

static void
subtract_means(float *rows, gsize n_frames, gsize n)
{
    for (gsize j = 0; j < n; j++) {
        double sum = 0;
        for (gsize t = 0; t < n_frames; t++)
            sum += (double) rows[t * n + j];
        float mean = (float) (sum / (double) n_frames);
        for (gsize t = 0; t < n_frames; t++)
            rows[t * n + j] -= mean;
    }
}

/* HTK Book eq. 5.16: regression over width frames each side, end frames repeated. */
static float *
append_deltas(const float *rows, gsize n_frames, gsize n, guint orders, gsize width)
{
    gsize stride = n * (orders + 1);
    float *out = g_new(float, n_frames *stride);
    double norm = 0;
    for (gsize w = 1; w <= width; w++)
        norm += 2.0 * (double) (w * w);
    for (gsize t = 0; t < n_frames; t++)
        memcpy(out + t * stride, rows + t * n, n * sizeof(float));
    for (guint o = 1; o <= orders; o++) {
        const float *from = out + (o - 1) * n;
        for (gsize t = 0; t < n_frames; t++)
            for (gsize j = 0; j < n; j++) {
                double sum = 0;
                for (gsize w = 1; w <= width; w++) {
                    gsize after = MIN(t + w, n_frames - 1), before = t > w ? t - w : 0;
                    sum += (double) w * ((double) from[after * stride + j] -
                                         (double) from[before * stride + j]);
                }
                out[t * stride + o * n + j] = (float) (sum / norm);
            }
    }
    return out;
}

float *
_umk_frontend_stream_finish(UmkFrontendStream *self, gsize *n_frames, GError **error)
{
    const UmkFrontend *f = self->frontend;
    const UmkFeatureConfig *c = &f->config;
    if (c->pad_short && self->n_seen > 0 && self->n_seen <= (guint64) c->n_fft / 2) {
        g_autofree float *zeros = g_new0(float, c->n_fft);
        if (!_umk_frontend_stream_push(self, zeros, (gsize) c->n_fft - self->n_seen,
                                       error))
            return NULL;
    }
    self->ended = TRUE;
    guint64 n = count_frames(self);
    if (n == 0) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
            _("The sound is too short: it has %" PRIu64 " samples and a frame needs %d"),
            self->n_seen, f->centred ? c->hop_length : c->frame_length);
        return NULL;
    }
    if (!run_frames(self, n, error) || !flush_block(self, error))
        return NULL;
    gsize count = (gsize) n;
    g_autofree float *rows = f->whole_clip
                                 ? finish_blocks(self, count)
                                 : (float *) (gpointer) g_array_steal(self->rows, NULL);
    if (c->normalize == UMK_NORMALIZE_CLIP)
        normalize_clip(rows, count * f->n_out);
    else if (c->normalize == UMK_NORMALIZE_MEAN)
        subtract_means(rows, count, f->n_out);
    *n_frames = count;
    if (c->cepstrum && c->deltas > 0)
        return append_deltas(rows, count, f->n_out, (guint) c->deltas,
                             (gsize) c->delta_width);
    return g_steal_pointer(&rows);
}
