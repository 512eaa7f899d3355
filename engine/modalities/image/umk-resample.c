/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two-pass separable resampling with the fixed-point rules of Pillow's Resample.c:
 * weights computed in double, rounded to 22 fractional bits; sums start at one half;
 * rows first, rounded to 8 bits, then columns. All integer sums are taken modulo 2^32,
 * so splitting a weight in two 16-bit halves (the AVX2 rows) changes nothing. The column
 * pass adds each finished row to the output rows that want it: memory does not grow
 * with the input. This file knows nothing of files or colour. */

#include "umk-resample-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <umekomi/umekomi.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define UMK_RESAMPLE_AVX2 1
#endif

#define N_CHANNELS   3
#define WEIGHT_BITS  22
#define ROWS_AT_ONCE 4

typedef double (*FilterFunc)(double x);

/* Weights of one axis: output i is the sum over j < n[i] of weight[i][j] * in[first[i]+j]
 */
typedef struct {
    gsize n_out;
    gsize n_taps;   /* room for one output, a multiple of four */
    gint32 *first;  /* (n_out) */
    gint32 *n;      /* (n_out) */
    gint32 *weight; /* (n_out, n_taps) */
} Taps;

typedef void (*RowsFunc)(const Taps *taps,
                         const gint16 *halves,
                         const guint8 *in,
                         gsize stride,
                         gsize n_rows,
                         guint8 *out);

struct _UmkResampler {
    UmkResampleShape shape;
    guint8 *out;
    gboolean nearest;
    gboolean pass_x, pass_y;
    Taps x, y;
    gint16 *halves; /* x weights as (n_out, n_taps / 4, {low, high}, 4) */
    RowsFunc rows_func;
    guint8 *rows;  /* (ROWS_AT_ONCE, width, 3) */
    guint32 *sums; /* (height, width * 3), only if pass_y */
    gsize row;     /* next input row */
    gsize first_row, end_row;
    gsize y_open; /* first output row not yet written */
};

/* ---- filters ---------------------------------------------------------------------- */

static double
filter_box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double
filter_bilinear(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double
filter_hamming(double x)
{
    x = fabs(x);
    if (x == 0.0)
        return 1.0;
    if (x >= 1.0)
        return 0.0;
    x *= G_PI;
    return sin(x) / x * (0.54 + 0.46 * cos(x));
}

static double
filter_bicubic(double x)
{
    const double a = -0.5;

    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static double
sinc(double x)
{
    if (x == 0.0)
        return 1.0;
    x *= G_PI;
    return sin(x) / x;
}

static double
filter_lanczos(double x)
{
    return -3.0 <= x && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
}

static const struct {
    FilterFunc func;
    double support;
} filters[UMK_RESAMPLE_N_FILTERS] = {
    [UMK_RESAMPLE_NEAREST] = {NULL, 0.0},
    [UMK_RESAMPLE_LANCZOS] = {filter_lanczos, 3.0},
    [UMK_RESAMPLE_BILINEAR] = {filter_bilinear, 1.0},
    [UMK_RESAMPLE_BICUBIC] = {filter_bicubic, 2.0},
    [UMK_RESAMPLE_BOX] = {filter_box, 0.5},
    [UMK_RESAMPLE_HAMMING] = {filter_hamming, 1.0},
};

/* ---- weights ---------------------------------------------------------------------- */

static void
taps_clear(Taps *taps)
{
    g_free(taps->first);
    g_free(taps->n);
    g_free(taps->weight);
}

static gboolean
too_large(GError **error, gsize in_size, gsize out_size)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("Resizing a side of %zu pixels to %zu needs too much memory"), in_size,
                out_size);
    return FALSE;
}

static gint32
fixed_point(double weight)
{
    return (gint32) ((weight < 0 ? -0.5 : 0.5) + weight * (1 << WEIGHT_BITS));
}

/* Weights of the outputs begin … begin + n_out - 1 of an axis in_size -> out_size. */
static gboolean
taps_init(Taps *taps,
          UmkResample filter,
          gsize in_size,
          gsize out_size,
          gsize begin,
          gsize n_out,
          GError **error)
{
    double scale = (double) in_size / (double) out_size;
    double stretch = MAX(scale, 1.0);
    double support = filters[filter].support * stretch;
    gsize n_taps = ((gsize) ceil(support) * 2 + 1 + 3) / 4 * 4;
    g_autofree double *exact = g_try_new(double, n_taps);

    if (n_taps > G_MAXSIZE / sizeof(gint32) / 4 / n_out)
        return too_large(error, in_size, out_size);
    taps->n_out = n_out;
    taps->n_taps = n_taps;
    taps->first = g_try_new0(gint32, n_out);
    taps->n = g_try_new0(gint32, n_out);
    taps->weight = g_try_new0(gint32, n_out * n_taps);
    if (!exact || !taps->first || !taps->n || !taps->weight)
        return too_large(error, in_size, out_size);

    for (gsize i = 0; i < n_out; i++) {
        double center = ((double) (begin + i) + 0.5) * scale;
        gint32 first = (gint32) (center - support + 0.5);
        gint32 end = (gint32) (center + support + 0.5);
        double sum = 0.0;

        first = MAX(first, 0);
        end = MIN(end, (gint32) in_size);
        for (gint32 j = 0; j < end - first; j++) {
            exact[j] = filters[filter].func((j + first - center + 0.5) * (1.0 / stretch));
            sum += exact[j];
        }
        for (gint32 j = 0; j < end - first; j++)
            taps->weight[i * n_taps + (gsize) j] =
                fixed_point(sum != 0.0 ? exact[j] / sum : exact[j]);
        taps->first[i] = first;
        taps->n[i] = end - first;
    }
    return TRUE;
}

/* Nearest neighbour as Pillow's affine scaler: the position is accumulated. */
static gboolean
taps_init_nearest(
    Taps *taps, gsize in_size, gsize out_size, gsize begin, gsize n_out, GError **error)
{
    double scale = (double) in_size / (double) out_size;
    double position = scale * 0.5;

    taps->n_out = n_out;
    taps->first = g_try_new0(gint32, n_out);
    if (!taps->first)
        return too_large(error, in_size, out_size);
    for (gsize i = 0; i < begin + n_out; i++, position += scale) {
        if (i >= begin)
            taps->first[i - begin] = MIN((gint32) position, (gint32) in_size - 1);
    }
    return TRUE;
}

/* ---- rows ------------------------------------------------------------------------- */

static inline guint8
clip8(guint32 sum)
{
    gint32 value = (gint32) sum >> WEIGHT_BITS;

    return (guint8) CLAMP(value, 0, 255);
}

static void
rows_plain(const Taps *taps,
           G_GNUC_UNUSED const gint16 *halves,
           const guint8 *in,
           gsize stride,
           gsize n_rows,
           guint8 *out)
{
    for (gsize r = 0; r < n_rows; r++) {
        for (gsize i = 0; i < taps->n_out; i++) {
            const guint8 *p = in + r * stride + (gsize) taps->first[i] * N_CHANNELS;
            const gint32 *w = taps->weight + i * taps->n_taps;
            guint32 sum[N_CHANNELS] = {1u << (WEIGHT_BITS - 1), 1u << (WEIGHT_BITS - 1),
                                       1u << (WEIGHT_BITS - 1)};

            for (gsize j = 0; j < (gsize) taps->n[i]; j++, p += N_CHANNELS) {
                sum[0] += (guint32) w[j] * p[0];
                sum[1] += (guint32) w[j] * p[1];
                sum[2] += (guint32) w[j] * p[2];
            }
            for (guint c = 0; c < N_CHANNELS; c++)
                *out++ = clip8(sum[c]);
        }
    }
}

#ifdef UMK_RESAMPLE_AVX2
/* Each weight w = high * 2^15 + low with 0 <= low < 2^15. */
static gint16 *
split_weights(const Taps *taps)
{
    gint16 *halves = g_try_new(gint16, taps->n_out * taps->n_taps * 2);

    for (gsize i = 0; halves && i < taps->n_out * taps->n_taps; i++) {
        gint16 *group = halves + i / 4 * 8;

        group[i % 4] = (gint16) (taps->weight[i] & 0x7fff);
        group[4 + i % 4] = (gint16) (taps->weight[i] >> 15);
    }
    return halves;
}

/* Sums of the low halves and of the high halves, red green blue - in each 128-bit lane */
__attribute__((target("avx2"))) static inline void
store_pixel_avx2(__m256i low, __m256i high, guint8 *out)
{
    __m256i both = _mm256_add_epi32(low, _mm256_slli_epi32(high, 15));
    __m128i sum =
        _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    __m128i value = _mm_srai_epi32(
        _mm_add_epi32(sum, _mm_set1_epi32(1 << (WEIGHT_BITS - 1))), WEIGHT_BITS);
    guint32 packed;

    value = _mm_packus_epi16(_mm_packs_epi32(value, value), value);
    packed = (guint32) _mm_cvtsi128_si32(value);
    memcpy(out, &packed, N_CHANNELS);
}

/* Four input pixels a step: words r0 r1 g0 g1 b0 b1 0 0 | r2 r3 g2 g3 b2 b3 0 0. */
__attribute__((target("avx2"))) static void
rows_avx2(const Taps *taps,
          const gint16 *halves,
          const guint8 *in,
          gsize stride,
          gsize n_rows,
          guint8 *out)
{
    const __m256i spread =
        _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1,
                         9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    const __m256i pairs = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
    gsize out_stride = taps->n_out * N_CHANNELS;

    if (n_rows != ROWS_AT_ONCE) {
        rows_plain(taps, halves, in, stride, n_rows, out);
        return;
    }
    for (gsize i = 0; i < taps->n_out; i++) {
        const guint8 *p = in + (gsize) taps->first[i] * N_CHANNELS;
        const gint16 *w = halves + i * taps->n_taps * 2;
        __m256i low[ROWS_AT_ONCE], high[ROWS_AT_ONCE];

        for (guint r = 0; r < ROWS_AT_ONCE; r++)
            low[r] = high[r] = _mm256_setzero_si256();
        for (gint32 j = 0; j < taps->n[i]; j += 4, w += 8, p += 4 * N_CHANNELS) {
            gint64 w_low, w_high;
            __m256i wl, wh;

            memcpy(&w_low, w, sizeof w_low);
            memcpy(&w_high, w + 4, sizeof w_high);
            wl = _mm256_permutevar8x32_epi32(_mm256_set1_epi64x(w_low), pairs);
            wh = _mm256_permutevar8x32_epi32(_mm256_set1_epi64x(w_high), pairs);
            for (guint r = 0; r < ROWS_AT_ONCE; r++) {
                __m128i raw = _mm_loadu_si128((const void *) (p + r * stride));
                __m256i v = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(raw), spread);

                low[r] = _mm256_add_epi32(low[r], _mm256_madd_epi16(v, wl));
                high[r] = _mm256_add_epi32(high[r], _mm256_madd_epi16(v, wh));
            }
        }
        for (guint r = 0; r < ROWS_AT_ONCE; r++)
            store_pixel_avx2(low[r], high[r], out + r * out_stride + i * N_CHANNELS);
    }
}
#endif

/* ---- columns ---------------------------------------------------------------------- */

static void
add_row(guint32 *restrict sums, const guint8 *restrict row, guint32 weight, gsize n)
{
    for (gsize i = 0; i < n; i++)
        sums[i] += weight * row[i];
}

static void
store_row(const guint32 *restrict sums, guint8 *restrict out, gsize n)
{
    for (gsize i = 0; i < n; i++)
        out[i] = clip8(sums[i]);
}

/* Gives one row, already of the final width, to every output row that it reaches. */
static void
spread_row(UmkResampler *self, const guint8 *row)
{
    const Taps *y = &self->y;
    gsize n = self->shape.width * N_CHANNELS;
    gint32 at = (gint32) self->row;

    if (!self->pass_y) {
        memcpy(self->out + (self->row - self->shape.y) * n, row, n);
        return;
    }
    for (gsize i = self->y_open; i < y->n_out && y->first[i] <= at; i++) {
        guint32 *sums = self->sums + i * n;
        gint32 j = at - y->first[i];

        if (j >= y->n[i])
            continue;
        if (j == 0) {
            for (gsize k = 0; k < n; k++)
                sums[k] = 1u << (WEIGHT_BITS - 1);
        }
        add_row(sums, row, (guint32) y->weight[i * y->n_taps + (gsize) j], n);
        if (j == y->n[i] - 1) {
            store_row(sums, self->out + i * n, n);
            if (i == self->y_open)
                self->y_open++;
        }
    }
}

static void
push_nearest(UmkResampler *self, const guint8 *row)
{
    gsize width = self->shape.width;

    for (gsize i = self->y_open;
         i < self->shape.height && self->y.first[i] == (gint32) self->row;
         i++, self->y_open++) {
        guint8 *out = self->out + i * width * N_CHANNELS;

        for (gsize j = 0; j < width; j++)
            memcpy(out + j * N_CHANNELS, row + (gsize) self->x.first[j] * N_CHANNELS,
                   N_CHANNELS);
    }
}

/* ---- object ----------------------------------------------------------------------- */

static gboolean
shape_is_sane(const UmkResampleShape *s)
{
    const gsize max = UMK_RESAMPLE_MAX_SIDE;

    /* Only the part inside the window must be small; the rest of the resized image is
     * never made, and may be long when a thin picture is enlarged. */
    return s->in_width >= 1 && s->in_height >= 1 && s->in_width <= max &&
           s->in_height <= max && s->width >= 1 && s->height >= 1 && s->width <= max &&
           s->height <= max && s->out_width <= G_MAXINT32 &&
           s->out_height <= G_MAXINT32 && s->x <= s->out_width &&
           s->width <= s->out_width - s->x && s->y <= s->out_height &&
           s->height <= s->out_height - s->y;
}

static gboolean
init_passes(UmkResampler *self, UmkResample filter, GError **error)
{
    const UmkResampleShape *s = &self->shape;

    if (self->nearest)
        return taps_init_nearest(&self->x, s->in_width, s->out_width, s->x, s->width,
                                 error) &&
               taps_init_nearest(&self->y, s->in_height, s->out_height, s->y, s->height,
                                 error);
    if (self->pass_x &&
        !taps_init(&self->x, filter, s->in_width, s->out_width, s->x, s->width, error))
        return FALSE;
    if (self->pass_y) {
        if (!taps_init(&self->y, filter, s->in_height, s->out_height, s->y, s->height,
                       error))
            return FALSE;
        self->sums = g_try_malloc_n(s->height * N_CHANNELS * 4, s->width);
        if (!self->sums)
            return too_large(error, s->in_height, s->out_height);
    }
    self->rows = g_try_malloc_n(ROWS_AT_ONCE * N_CHANNELS, s->width);
    self->rows_func = rows_plain;
#ifdef UMK_RESAMPLE_AVX2
    if (self->pass_x && __builtin_cpu_supports("avx2")) {
        self->halves = split_weights(&self->x);
        if (self->halves)
            self->rows_func = rows_avx2;
    }
#endif
    return self->rows ? TRUE : too_large(error, s->in_width, s->out_width);
}

static void
find_rows(UmkResampler *self)
{
    const UmkResampleShape *s = &self->shape;

    if (self->nearest) {
        self->first_row = (gsize) self->y.first[0];
        self->end_row = (gsize) self->y.first[s->height - 1] + 1;
    } else if (self->pass_y) {
        gsize last = s->height - 1;

        self->first_row = (gsize) self->y.first[0];
        self->end_row = (gsize) (self->y.first[last] + self->y.n[last]);
    } else {
        self->first_row = s->y;
        self->end_row = s->y + s->height;
    }
    self->row = self->first_row;
}

UmkResampler *
_umk_resampler_new(UmkResample filter,
                   const UmkResampleShape *shape,
                   guint8 *out,
                   GError **error)
{
    g_autoptr(UmkResampler) self = NULL;

    g_assert((guint) filter < UMK_RESAMPLE_N_FILTERS);
    if (!shape_is_sane(shape)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("Cannot resize an image of %zux%zu pixels to %zux%zu"),
                    shape->in_width, shape->in_height, shape->out_width,
                    shape->out_height);
        return NULL;
    }
    self = g_new0(UmkResampler, 1);
    self->shape = *shape;
    self->out = out;
    self->nearest = filter == UMK_RESAMPLE_NEAREST;
    self->pass_x = shape->in_width != shape->out_width;
    self->pass_y = shape->in_height != shape->out_height;
    if (!init_passes(self, filter, error))
        return NULL;
    find_rows(self);
    return g_steal_pointer(&self);
}

void
_umk_resampler_free(UmkResampler *self)
{
    if (!self)
        return;
    taps_clear(&self->x);
    taps_clear(&self->y);
    g_free(self->halves);
    g_free(self->rows);
    g_free(self->sums);
    g_free(self);
}

gsize
_umk_resampler_get_first_row(const UmkResampler *self)
{
    return self->first_row;
}

gsize
_umk_resampler_get_end_row(const UmkResampler *self)
{
    return self->end_row;
}

void
_umk_resampler_force_plain(UmkResampler *self)
{
    self->rows_func = rows_plain;
}

void
_umk_resampler_push(UmkResampler *self, const guint8 *rows, gsize stride, gsize n_rows)
{
    gsize n_left = self->end_row - self->row;
    gsize row_size = self->shape.width * N_CHANNELS;

    n_rows = MIN(n_rows, n_left);
    for (gsize done = 0; done < n_rows;) {
        const guint8 *in = rows + done * stride;
        gsize n = MIN(n_rows - done, ROWS_AT_ONCE);

        if (self->nearest || !self->pass_x)
            n = 1;
        else
            self->rows_func(&self->x, self->halves, in, stride, n, self->rows);
        for (gsize r = 0; r < n; r++, self->row++) {
            if (self->nearest)
                push_nearest(self, in);
            else if (self->pass_x)
                spread_row(self, self->rows + r * row_size);
            else
                spread_row(self, in + self->shape.x * N_CHANNELS);
        }
        done += n;
    }
}
