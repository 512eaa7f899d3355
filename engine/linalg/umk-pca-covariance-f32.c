/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The covariance of many rows: a block of them in float, blocks in double. A block loses
 * no more than the rows themselves lost when they were rounded to float. Rows are read
 * once: they are moved by about their mean first, and by the rest at the end. Every sum
 * is made by one task in one order. */
#include "linalg/umk-pca-parts-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-gemm-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define STRIP      48   /* columns of the covariance that one task makes: eight tiles */
#define GROUP      16   /* rows that are turned at a time, whole lines of a cache */
#define FLOAT_ROWS 1536 /* rows of a block: twice what a product sums in one go */
#define N_GUESSED  1024 /* rows that the shift is the mean of */
#define GUESS_RUN  16   /* of them that lie together */

/* A block of rows less the shift, in panels of 16 columns, to multiply; the columns of
 * one strip at a time as rows, to multiply with. */
typedef struct {
    const UmkPcaInput *input;
    float *shift;    /* (n_dims), zeros beyond */
    gsize first, n;  /* rows of the block */
    gsize stride;    /* floats from column to column: whole lines, an odd number of
                        them, so that rows of a tile do not crowd one set of a cache */
    float *columns;  /* (workers, STRIP, stride) */
    float *panels;   /* (n_dims / 16, n, 16), zeros beyond n_dims */
    float *products; /* (workers, STRIP, n_dims) */
    float *turned;   /* (workers, GROUP, GROUP) */
    float *group;    /* (workers, n_dims), the sum of a group */
    double *total;   /* (n_dims), of all rows so far */
    double *sums;    /* (groups of a block, n_dims) */
    double *square;
} FloatWork;

/* Sixteen numbers of a row less the shift, which is added to the sum of its group. */
static inline void
shift_some(const float *values, float factor, const float *shift, float *out, float *sum)
{
    for (gsize j = 0; j < UMK_GEMM_COLUMNS; j++) {
        float value = values[j] * factor - shift[j];

        out[j] = value;
        sum[j] += value;
    }
}

/* A row to its panels. */
static void
shift_row(const FloatWork *work, const float *values, double scale, gsize row, float *sum)
{
    gsize d = work->input->n_dims, whole = d / UMK_GEMM_COLUMNS * UMK_GEMM_COLUMNS;
    float *to = work->panels + row * UMK_GEMM_COLUMNS;

    for (gsize j = 0; j < whole; j += UMK_GEMM_COLUMNS)
        shift_some(values + j, (float) scale, work->shift + j, to + j * work->n, sum + j);
    if (whole < d) {
        float rest[UMK_GEMM_COLUMNS] = {0};

        memcpy(rest, values + whole, (d - whole) * sizeof *rest);
        shift_some(rest, (float) scale, work->shift + whole, to + whole * work->n,
                   sum + whole);
    }
}

static void
lay_out(gsize begin, gsize end, guint worker, gpointer data)
{
    const FloatWork *work = data;
    const UmkPcaInput *input = work->input;
    gsize d = input->n_dims, n_panels = _umk_gemm_whole_panels(d);
    float *sum = work->group + (gsize) worker * n_panels;

    for (gsize row = begin; row < end; row += GROUP) {
        double *sums = work->sums + row / GROUP * d;

        memset(sum, 0, n_panels * sizeof *sum);
        for (gsize i = row; i < MIN(row + GROUP, end); i++) {
            const float *values = input->rows + (work->first + i) * input->stride;

            shift_row(work, values, _umk_pca_row_scale(values, d, input->unit_rows), i,
                      sum);
        }
        for (gsize j = 0; j < d; j++)
            sums[j] = (double) sum[j];
    }
}

/* Columns of a panel as rows; what lies behind the last row is not looked at. */
static void
turn_panel(const FloatWork *work, const float *panel, float *turned, float *columns)
{
    for (gsize row = 0; row < work->n; row += GROUP) {
        _umk_gemm_pack_rows(panel + row * UMK_GEMM_COLUMNS, UMK_GEMM_COLUMNS,
                            MIN(GROUP, work->n - row), UMK_GEMM_COLUMNS, turned);
        for (gsize j = 0; j < UMK_GEMM_COLUMNS; j++)
            memcpy(columns + j * work->stride + row, turned + j * GROUP,
                   GROUP * sizeof *columns);
    }
}

static void
multiply_part(const FloatWork *work,
              const float *columns,
              gsize n_rows,
              gsize first,
              gsize n,
              float *out,
              gsize out_stride)
{
    _umk_gemm_raw(columns, work->stride, n_rows, work->panels + first * work->n, n,
                  work->n, NULL, out, out_stride);
}

/* One strip of the square from its diagonal to the right border. Its columns are turned
 * here, by whoever multiplies with them: they stay in the cache of one core. */
static void
multiply_strip(gsize begin, gsize end, guint worker, gpointer data)
{
    const FloatWork *work = data;
    gsize d = work->input->n_dims, n = end - begin, width = d - begin;
    float *out = work->products + (gsize) worker * STRIP * d;
    float *columns = work->columns + (gsize) worker * STRIP * work->stride;
    float *turned = work->turned + (gsize) worker * GROUP * UMK_GEMM_COLUMNS;

    for (gsize at = 0; at < n; at += UMK_GEMM_COLUMNS)
        turn_panel(work, work->panels + (begin + at) * work->n, turned,
                   columns + at * work->stride);
    for (gsize at = 0; at < n; at += UMK_GEMM_COLUMNS)
        multiply_part(work, columns, MIN(at + UMK_GEMM_COLUMNS, n), begin + at,
                      MIN(UMK_GEMM_COLUMNS, n - at), out + at, width);
    if (width > n)
        multiply_part(work, columns, n, end, width - n, out + n, width);
    for (gsize row = 0; row < n; row++) {
        const float *sums = out + row * width;
        double *to = work->square + (begin + row) * d + begin;

        for (gsize col = row; col < width; col++)
            to[col] += (double) sums[col];
    }
}

static void
add_block(FloatWork *work)
{
    gsize d = work->input->n_dims, n_groups = (work->n + GROUP - 1) / GROUP;

    _umk_parallel_for(work->n, 4 * GROUP, lay_out, work);
    _umk_parallel_for(d, STRIP, multiply_strip, work);
    for (gsize group = 0; group < n_groups; group++)
        for (gsize j = 0; j < d; j++)
            work->total[j] += work->sums[group * d + j];
}

/* About the mean, from short runs of rows all over: what is summed is then small where
 * the rows lie far from the origin. The rest of the way is taken out afterwards. */
static void
guess_mean(const UmkPcaInput *input, double *sums, float *shift)
{
    gsize d = input->n_dims, run = MIN(input->n_rows, GUESS_RUN);
    UmkRng rng;

    _umk_rng_init(&rng, 0x756d656b6f6d69, 2);
    memset(sums, 0, d * sizeof *sums);
    for (gsize i = 0, first = 0; i < N_GUESSED; i++) {
        const float *values;
        double scale;

        if (i % run == 0)
            first = _umk_rng_below(&rng, input->n_rows - run + 1);
        values = input->rows + (first + i % run) * input->stride;
        scale = _umk_pca_row_scale(values, d, input->unit_rows);
        for (gsize j = 0; j < d; j++)
            sums[j] += (double) values[j] * scale;
    }
    for (gsize j = 0; j < d; j++)
        shift[j] = (float) (sums[j] / N_GUESSED);
}

/* From squares around the shift to those around the mean. */
static void
move_to_mean(FloatWork *work, double *mean)
{
    gsize d = work->input->n_dims;
    double n = (double) work->input->n_rows, *rest = work->total;

    for (gsize j = 0; j < d; j++) {
        rest[j] /= n;
        mean[j] = (double) work->shift[j] + rest[j];
    }
    for (gsize row = 0; row < d; row++)
        for (gsize col = row; col < d; col++)
            work->square[row * d + col] -= n * rest[row] * rest[col];
}

static gboolean
float_work_init(
    FloatWork *work, const UmkPcaInput *input, gsize rows, double *square, GError **error)
{
    gsize d = input->n_dims, workers = _umk_pool_n_threads();
    gsize n_groups = (rows + GROUP - 1) / GROUP, n_panels = _umk_gemm_whole_panels(d);
    gsize stride = (n_groups | 1) * GROUP, n_turned = GROUP * UMK_GEMM_COLUMNS;
    gsize n_worker = STRIP * stride + STRIP * d + n_turned + n_panels;

    *work = (FloatWork){.input = input, .stride = stride, .square = square};
    work->panels = _umk_alloc_aligned(rows * n_panels + workers * n_worker + n_panels,
                                      sizeof(float), _("A block of rows"), error);
    if (work->panels == NULL)
        return FALSE;
    work->columns = work->panels + rows * n_panels;
    work->products = work->columns + workers * STRIP * stride;
    work->turned = work->products + workers * STRIP * d;
    work->group = work->turned + workers * n_turned;
    work->shift = work->group + workers * n_panels;
    work->total =
        _umk_alloc_aligned((n_groups + 1) * d, sizeof *work->total, _("The mean"), error);
    if (work->total == NULL)
        return FALSE;
    work->sums = work->total + d;
    return TRUE;
}

static void
float_work_clear(FloatWork *work)
{
    _umk_free_aligned(work->panels);
    _umk_free_aligned(work->total);
}

gboolean
_umk_pca_covariance_f32(const UmkPcaInput *input,
                        double *mean,
                        double *square,
                        GError **error)
{
    gsize d = input->n_dims, rows = MIN(FLOAT_ROWS, input->n_rows);
    FloatWork work;
    gboolean done = float_work_init(&work, input, rows, square, error);

    if (done) {
        guess_mean(input, work.total, work.shift);
        memset(work.total, 0, d * sizeof *work.total);
    }
    for (; work.first < input->n_rows && done; work.first += work.n) {
        work.n = MIN(rows, input->n_rows - work.first);
        umk_run_report(input->run, _("Principal components"),
                       0.9 * (double) work.first / (double) input->n_rows);
        done = umk_run_check(input->run, error);
        if (done)
            add_block(&work);
    }
    if (done)
        move_to_mean(&work, mean);
    float_work_clear(&work);
    return done;
}
