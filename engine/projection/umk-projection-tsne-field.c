/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Repulsion of t-SNE by convolution on a grid, after Linderman, Rachh, Hoskins,
 * Steinerberger and Kluger, "Fast interpolation-based t-SNE for improved visualization of
 * single-cell RNA-seq data", 2019.
 *
 * Two things differ from the paper. The sums of q² dx and q² dy are convolutions with odd
 * kernels of their own instead of differences of two large sums, so one forward transform
 * serves all three potentials and single precision is enough. And points are tied to the
 * grid by cubic B-splines over the 4 × 4 nodes around them, whose smoothing is divided
 * out of the kernels' transforms (Essmann and others, "A smooth particle mesh Ewald
 * method", 1995, section 2), instead of by the polynomials of fixed boxes: the kernels'
 * spectra fall off as exp(-|k|), so that a grid half as fine is ten times as exact. The
 * spacing is a power of two, so that kernels are transformed again only when the grid has
 * to grow.
 *
 * Every sum has one order, whatever the number of threads: points are binned by strips of
 * grid rows, even strips are filled first, odd ones after. Transforms may differ in the
 * last bits between processors, for FFTW picks its code by what there is. */
#include "projection/umk-projection-tsne-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <fftw3.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#define MAX_SPACING 0.5f /* between nodes; q changes over a distance of 1 */
#define MIN_NODES   48   /* over the wider side of a map that is still small */
#define MAX_NODES   1536 /* a side; wider maps get a wider spacing */
#define MAX_EXTENT  1e6f /* no map is so wide that its steps were not too large */
#define MARGIN                                                                           \
    6              /* nodes beyond the outermost point; the splines reach round the edge \
                    */
#define STRIP    8 /* grid rows of one task */
#define BATCH    8 /* columns transformed together: 64 bytes of a row */
#define N_FIELDS 3

/* FFTW's planner, alone of its functions, must not run twice at once. */
static pthread_mutex_t planner_lock = PTHREAD_MUTEX_INITIALIZER;

struct _UmkTsneField {
    gsize size;    /* of the transform, a side */
    gsize n_nodes; /* a side that carry points; at most size / 2 */
    gsize n_freqs; /* size / 2 + 1 */
    gsize stride;  /* complex numbers from row to row */
    float spacing, origin[2];
    float *charges;              /* (size, 2 stride): transformed in place */
    float *potentials[N_FIELDS]; /* likewise */
    float *kernels; /* (size, stride, 4): q real; q² dx, q² dy imaginary; 0 */
    float *across;  /* (n_freqs): smoothing along a row */
    fftwf_plan row_forward, row_backward, col_forward, col_backward;
    /* points by strip of grid rows */
    gsize *strip_offsets; /* (n_strips + 1) */
    guint32 *order;       /* (n) */
    gsize n_order;
    const float *y;
    UmkRun *run;
};

UmkTsneField *
_umk_tsne_field_new(void)
{
    return g_new0(UmkTsneField, 1);
}

static void
drop_grid(UmkTsneField *self)
{
    fftwf_plan *plans[] = {&self->row_forward, &self->row_backward, &self->col_forward,
                           &self->col_backward};

    pthread_mutex_lock(&planner_lock);
    for (gsize i = 0; i < G_N_ELEMENTS(plans); i++) {
        if (*plans[i] != NULL)
            fftwf_destroy_plan(*plans[i]);
        *plans[i] = NULL;
    }
    pthread_mutex_unlock(&planner_lock);
    g_clear_pointer(&self->charges, _umk_free_aligned);
    for (gsize i = 0; i < N_FIELDS; i++)
        g_clear_pointer(&self->potentials[i], _umk_free_aligned);
    g_clear_pointer(&self->kernels, _umk_free_aligned);
    g_clear_pointer(&self->strip_offsets, g_free);
    g_clear_pointer(&self->across, g_free);
    self->size = 0;
}

void
_umk_tsne_field_free(UmkTsneField *self)
{
    if (self == NULL)
        return;
    drop_grid(self);
    g_free(self->order);
    g_free(self);
}

/* ---- the grid --------------------------------------------------------------------- */

/* The next size with no prime factor above 5, even. */
static gsize
good_size(gsize n)
{
    for (gsize size = MAX(n + n % 2, 16);; size += 2) {
        gsize rest = size;

        for (gsize factor = 2; factor <= 5; factor += factor == 2 ? 1 : 2)
            while (rest % factor == 0)
                rest /= factor;
        if (rest == 1)
            return size;
    }
}

static gboolean
plan(UmkTsneField *self)
{
    int size = (int) self->size, stride = (int) self->stride;
    fftwf_complex *complexes = (fftwf_complex *) (gpointer) self->charges;

    pthread_mutex_lock(&planner_lock);
    self->row_forward =
        fftwf_plan_dft_r2c_1d(size, self->charges, complexes, FFTW_ESTIMATE);
    self->row_backward =
        fftwf_plan_dft_c2r_1d(size, complexes, self->charges, FFTW_ESTIMATE);
    self->col_forward =
        fftwf_plan_many_dft(1, &size, BATCH, complexes, NULL, stride, 1, complexes, NULL,
                            stride, 1, FFTW_FORWARD, FFTW_ESTIMATE);
    self->col_backward =
        fftwf_plan_many_dft(1, &size, BATCH, complexes, NULL, stride, 1, complexes, NULL,
                            stride, 1, FFTW_BACKWARD, FFTW_ESTIMATE);
    pthread_mutex_unlock(&planner_lock);
    return self->row_forward && self->row_backward && self->col_forward &&
           self->col_backward;
}

static gboolean
make_grid(UmkTsneField *self, gsize size, GError **error)
{
    gsize count;

    drop_grid(self);
    self->size = size;
    self->n_nodes = size / 2;
    self->n_freqs = size / 2 + 1;
    self->stride = (self->n_freqs + BATCH - 1) / BATCH * BATCH;
    count = size * self->stride * 2;
    self->charges = _umk_alloc_aligned(count, sizeof(float), _("The grid"), error);
    for (gsize i = 0; i < N_FIELDS && (i == 0 ? self->charges : self->potentials[i - 1]);
         i++)
        self->potentials[i] =
            _umk_alloc_aligned(count, sizeof(float), _("The grid"), error);
    if (self->potentials[N_FIELDS - 1] == NULL)
        return FALSE;
    self->kernels = _umk_alloc_aligned(2 * count, sizeof(float), _("The grid"), error);
    if (self->kernels == NULL)
        return FALSE;
    self->across = g_new(float, self->n_freqs);
    self->strip_offsets = g_new0(gsize, self->n_nodes / STRIP + 3);
    memset(self->charges, 0, count * sizeof(float));
    if (plan(self))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED,
                _("There is no Fourier transform of %zu points"), size);
    return FALSE;
}

/* ---- transforms ------------------------------------------------------------------- */

static void
row_to_frequencies(const UmkTsneField *self, float *grid, gsize row)
{
    float *at = grid + row * self->stride * 2;

    fftwf_execute_dft_r2c(self->row_forward, at, (fftwf_complex *) (gpointer) at);
}

static void
columns(const UmkTsneField *self, fftwf_plan columns_plan, float *grid, gsize batch)
{
    fftwf_complex *at = (fftwf_complex *) (gpointer) (grid + batch * BATCH * 2);

    fftwf_execute_dft(columns_plan, at, at);
}

/* ---- kernels ---------------------------------------------------------------------- */

typedef struct {
    UmkTsneField *self;
    guint field;
} KernelWork;

static void
kernel_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const KernelWork *work = data;
    UmkTsneField *self = work->self;
    gsize size = self->size;

    for (gsize row = begin; row < end; row++) {
        float *out = self->charges + row * self->stride * 2;
        float dy =
            (row <= size / 2 ? (float) row : (float) row - (float) size) * self->spacing;

        for (gsize col = 0; col < size; col++) {
            float dx = (col <= size / 2 ? (float) col : (float) col - (float) size) *
                       self->spacing;
            float q = 1.0f / (1.0f + dx * dx + dy * dy);

            out[col] = work->field == 0 ? q : q * q * (work->field == 1 ? dx : dy);
        }
        /* An odd kernel has no value half-way round, where +size/2 is -size/2. */
        if (work->field == 1)
            out[size / 2] = 0.0f;
        if (work->field == 2 && row == size / 2)
            memset(out, 0, size * sizeof *out);
        row_to_frequencies(self, self->charges, row);
    }
}

static void
kernel_columns(gsize begin, gsize end, guint worker, gpointer data)
{
    const KernelWork *work = data;

    for (gsize batch = begin; batch < end; batch++)
        columns(work->self, work->self->col_forward, work->self->charges, batch);
}

/* What spreading by splines and reading by splines together do to a frequency. */
static double
smoothing(gsize frequency, gsize size)
{
    double one = (2.0 + cos(2.0 * G_PI * (double) frequency / (double) size)) / 3.0;

    return one * one;
}

static void
keep_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const KernelWork *work = data;
    UmkTsneField *self = work->self;
    double scale = 1.0 / ((double) self->size * (double) self->size);

    for (gsize row = begin; row < end; row++) {
        double along = smoothing(row, self->size) / scale;

        for (gsize f = 0; f < self->n_freqs; f++) {
            gsize at = row * self->stride + f;

            self->kernels[4 * at + work->field] =
                (float) ((double) self->charges[2 * at + (work->field > 0)] /
                         (along * (double) self->across[f]));
        }
    }
}

/* The kernels' transforms, without the smoothing and with the 1 / size² of the way there
 * and back. */
static void
make_kernels(UmkTsneField *self)
{
    for (gsize f = 0; f < self->n_freqs; f++)
        self->across[f] = (float) smoothing(f, self->size);
    memset(self->kernels, 0, self->size * self->stride * 4 * sizeof(float));
    for (guint field = 0; field < N_FIELDS; field++) {
        KernelWork work = {self, field};

        _umk_parallel_for(self->size, 16, kernel_rows, &work);
        _umk_parallel_for(self->stride / BATCH, 1, kernel_columns, &work);
        _umk_parallel_for(self->size, 16, keep_rows, &work);
    }
}

static gboolean
lay_grid(UmkTsneField *self, const float *y, gsize n, GError **error)
{
    float low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    float spacing = MAX_SPACING, extent;
    gsize n_needed, size;

    for (gsize i = 0; i < n; i++)
        for (int c = 0; c < 2; c++) {
            low[c] = MIN(low[c], y[2 * i + (gsize) c]);
            high[c] = MAX(high[c], y[2 * i + (gsize) c]);
        }
    extent = MAX(high[0] - low[0], high[1] - low[1]);
    if (!(extent <= MAX_EXTENT)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                    _("The map flew apart; try a lower learning rate"));
        return FALSE;
    }
    while (extent < spacing * MIN_NODES && spacing > 1e-6f)
        spacing /= 2.0f;
    while (extent > spacing * (MAX_NODES - 2 * MARGIN - 2))
        spacing *= 2.0f;
    n_needed = (gsize) (extent / spacing) + 2 * MARGIN + 2;
    size = self->size;
    /* A little room, so that a growing map does not ask for a new grid at every step. */
    if (n_needed * 2 > size || n_needed * 3 < size)
        size = good_size(n_needed * 2 + n_needed / 8);
    for (int c = 0; c < 2; c++)
        self->origin[c] = (low[c] + high[c]) * 0.5f -
                          (float) (size / 2) * 0.5f * spacing + 0.25f * spacing;
    if (size == self->size && spacing == self->spacing)
        return TRUE;
    if (size != self->size && !make_grid(self, size, error))
        return FALSE;
    self->spacing = spacing;
    make_kernels(self);
    return TRUE;
}

/* ---- points and nodes -------------------------------------------------------------- */

/* The node before the one below a coordinate, and the weights of four from there on: the
 * cubic B-spline. */
static inline gsize
locate(const UmkTsneField *self, float value, int axis, float *weights)
{
    float at = (value - self->origin[axis]) / self->spacing, t;
    float last = (float) self->n_nodes - 2.0f;
    gsize node;

    at = at < 1.0f ? 1.0f : at > last ? last : at;
    node = (gsize) at;
    node = MIN(node, self->n_nodes - 3);
    t = at - (float) node;
    weights[0] = (1.0f - t) * (1.0f - t) * (1.0f - t) * (1.0f / 6.0f);
    weights[1] = ((3.0f * t - 6.0f) * t * t + 4.0f) * (1.0f / 6.0f);
    weights[2] = (((3.0f - 3.0f * t) * t + 3.0f) * t + 1.0f) * (1.0f / 6.0f);
    weights[3] = t * t * t * (1.0f / 6.0f);
    return node - 1;
}

static inline gsize
strip_of(const UmkTsneField *self, const float *place)
{
    float weights[4];

    return locate(self, place[1], 1, weights) / STRIP;
}

static gboolean
bin_points(UmkTsneField *self, gsize n, GError **error)
{
    gsize n_strips = self->n_nodes / STRIP + 1;
    g_autofree gsize *at = NULL;

    if (n > self->n_order) {
        g_free(self->order);
        self->n_order = 0;
        self->order = _umk_alloc(n, sizeof *self->order, _("The order of points"), error);
        if (self->order == NULL)
            return FALSE;
        self->n_order = n;
    }
    memset(self->strip_offsets, 0, (n_strips + 1) * sizeof *self->strip_offsets);
    for (gsize i = 0; i < n; i++)
        self->strip_offsets[strip_of(self, self->y + 2 * i) + 1]++;
    for (gsize i = 0; i < n_strips; i++)
        self->strip_offsets[i + 1] += self->strip_offsets[i];
    at = g_memdup2(self->strip_offsets, n_strips * sizeof *at);
    for (gsize i = 0; i < n; i++)
        self->order[at[strip_of(self, self->y + 2 * i)]++] = (guint32) i;
    return TRUE;
}

static void
spread_strip(UmkTsneField *self, gsize strip)
{
    for (gsize i = self->strip_offsets[strip]; i < self->strip_offsets[strip + 1]; i++) {
        const float *place = self->y + 2 * (gsize) self->order[i];
        float wx[4], wy[4];
        gsize col = locate(self, place[0], 0, wx), row = locate(self, place[1], 1, wy);

        for (gsize r = 0; r < 4; r++) {
            float *out = self->charges + (row + r) * self->stride * 2 + col;

            for (gsize c = 0; c < 4; c++)
                out[c] += wy[r] * wx[c];
        }
    }
}

static void
spread_even(gsize begin, gsize end, guint worker, gpointer data)
{
    for (gsize i = begin; i < end; i++)
        spread_strip(data, 2 * i);
}

static void
spread_odd(gsize begin, gsize end, guint worker, gpointer data)
{
    for (gsize i = begin; i < end; i++)
        spread_strip(data, 2 * i + 1);
}

static void
transform_charges(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkTsneField *self = data;

    for (gsize row = begin; row < end; row++)
        row_to_frequencies(self, self->charges, row);
}

/* Times the three kernels: a real one, then two imaginary ones. */
static void
multiply(const UmkTsneField *self, gsize batch)
{
    for (gsize row = 0; row < self->size; row++) {
        gsize first = row * self->stride + batch * BATCH;

        for (gsize at = first; at < first + BATCH; at++) {
            const float *kernel = self->kernels + 4 * at;
            float re = self->charges[2 * at], im = self->charges[2 * at + 1];

            self->potentials[0][2 * at] = re * kernel[0];
            self->potentials[0][2 * at + 1] = im * kernel[0];
            self->potentials[1][2 * at] = -im * kernel[1];
            self->potentials[1][2 * at + 1] = re * kernel[1];
            self->potentials[2][2 * at] = -im * kernel[2];
            self->potentials[2][2 * at + 1] = re * kernel[2];
        }
    }
}

static void
convolve(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkTsneField *self = data;

    for (gsize batch = begin; batch < end && umk_run_check(self->run, NULL); batch++) {
        columns(self, self->col_forward, self->charges, batch);
        multiply(self, batch);
        for (guint field = 0; field < N_FIELDS; field++)
            columns(self, self->col_backward, self->potentials[field], batch);
    }
}

static void
transform_back(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkTsneField *self = data;

    for (gsize task = begin; task < end; task++) {
        float *at =
            self->potentials[task % N_FIELDS] + task / N_FIELDS * self->stride * 2;

        fftwf_execute_dft_c2r(self->row_backward, (fftwf_complex *) (gpointer) at, at);
    }
}

gboolean
_umk_tsne_field_update(
    UmkTsneField *self, const float *y, gsize n, UmkRun *run, GError **error)
{
    gsize n_strips;

    if (!umk_run_check(run, error) || !lay_grid(self, y, n, error))
        return FALSE;
    self->y = y;
    self->run = run;
    n_strips = self->n_nodes / STRIP + 1;
    if (!bin_points(self, n, error))
        return FALSE;
    memset(self->charges, 0, self->size * self->stride * 2 * sizeof(float));
    _umk_parallel_for((n_strips + 1) / 2, 1, spread_even, self);
    _umk_parallel_for(n_strips / 2, 1, spread_odd, self);
    _umk_parallel_for(self->n_nodes, 8, transform_charges, self);
    _umk_parallel_for(self->stride / BATCH, 1, convolve, self);
    if (!umk_run_check(run, error))
        return FALSE;
    _umk_parallel_for(self->n_nodes * N_FIELDS, 8 * N_FIELDS, transform_back, self);
    return TRUE;
}

void
_umk_tsne_field_read(const UmkTsneField *self, const float *place, float *out)
{
    float wx[4], wy[4];
    gsize col = locate(self, place[0], 0, wx), row = locate(self, place[1], 1, wy);

    for (guint field = 0; field < N_FIELDS; field++) {
        const float *grid = self->potentials[field] + row * self->stride * 2 + col;
        float sum = 0.0f;

        for (gsize r = 0; r < 4; r++, grid += self->stride * 2)
            sum += wy[r] * ((wx[0] * grid[0] + wx[1] * grid[1]) +
                            (wx[2] * grid[2] + wx[3] * grid[3]));
        out[field] = sum;
    }
}
