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

/* A block of rows less the shift, both ways: columns as rows to multiply with, and in
 * panels of 16 columns to multiply. */
typedef struct {
    const UmkPcaInput *input;
    float *shift;    /* (n_dims) */
    gsize first, n;  /* rows of the block */
    gsize stride;    /* floats from column to column: whole lines, an odd number of
                        them, so that rows of a tile do not crowd one set of a cache */
    float *columns;  /* (n_dims, stride) */
    float *panels;   /* (n_dims / 16, n, 16), zeros beyond n_dims */
    float *products; /* (workers, STRIP, n_dims) */
    float *turned;   /* (workers, n_dims, GROUP), the rows, their sum */
    double *total;   /* (n_dims), of all rows so far */
    double *sums;    /* (groups of a block, n_dims) */
    double *square;
} FloatWork;

/* The row less the shift, which is added to the sum of its group. */
static void
shift_row(
    const FloatWork *work, const float *values, double scale, float *out, float *sum)
{
    const float *shift = work->shift;
    gsize d = work->input->n_dims;
    float factor = (float) scale;

    for (gsize j = 0; j < d; j++) {
        float value = values[j] * factor - shift[j];

        out[j] = value;
        sum[j] += value;
    }
}

static void
lay_out_panel(const float *rows, gsize d, gsize n_rows, gsize width, float *to)
{
    if (width == UMK_GEMM_COLUMNS) {
        for (gsize i = 0; i < n_rows; i++)
            memcpy(to + i * UMK_GEMM_COLUMNS, rows + i * d,
                   UMK_GEMM_COLUMNS * sizeof *to);
        return;
    }
    memset(to, 0, n_rows * UMK_GEMM_COLUMNS * sizeof *to);
    for (gsize i = 0; i < n_rows; i++)
        memcpy(to + i * UMK_GEMM_COLUMNS, rows + i * d, width * sizeof *to);
}

/* Rows of one group to columns and panels. */
static void
lay_out_group(const FloatWork *work, gsize row, gsize n_rows, float *rows, float *turned)
{
    gsize d = work->input->n_dims;

    _umk_gemm_pack_rows(rows, d, n_rows, d, turned);
    for (gsize j = 0; j < d; j++)
        memcpy(work->columns + j * work->stride + row, turned + j * GROUP,
               GROUP * sizeof(float));
    for (gsize j = 0; j < d; j += UMK_GEMM_COLUMNS)
        lay_out_panel(rows + j, d, n_rows, MIN(UMK_GEMM_COLUMNS, d - j),
                      work->panels + j * work->n + row * UMK_GEMM_COLUMNS);
}

static void
lay_out(gsize begin, gsize end, guint worker, gpointer data)
{
    const FloatWork *work = data;
    const UmkPcaInput *input = work->input;
    gsize d = input->n_dims;
    float *turned = work->turned + (gsize) worker * (2 * GROUP + 1) * d;
    float *rows = turned + GROUP * d, *sum = rows + GROUP * d;

    for (gsize row = begin; row < end; row += GROUP) {
        double *sums = work->sums + row / GROUP * d;
        gsize n_rows = MIN(GROUP, end - row);

        memset(sum, 0, d * sizeof *sum);
        for (gsize i = 0; i < n_rows; i++) {
            const float *values = input->rows + (work->first + row + i) * input->stride;

            shift_row(work, values, _umk_pca_row_scale(values, d, input->unit_rows),
                      rows + i * d, sum);
        }
        for (gsize j = 0; j < d; j++)
            sums[j] = (double) sum[j];
        lay_out_group(work, row, n_rows, rows, turned);
    }
}

static void
multiply_part(
    const FloatWork *work, gsize begin, gsize n_rows, gsize at, gsize n, float *out)
{
    _umk_gemm_raw(work->columns + begin * work->stride, work->stride, n_rows,
                  work->panels + (begin + at) * work->n, n, work->n, NULL, out + at,
                  work->input->n_dims - begin);
}

/* One strip of the square from its diagonal to the right border. */
static void
multiply_strip(gsize begin, gsize end, guint worker, gpointer data)
{
    const FloatWork *work = data;
    gsize d = work->input->n_dims, n = end - begin, width = d - begin;
    float *out = work->products + (gsize) worker * STRIP * d;

    for (gsize at = 0; at < n; at += UMK_GEMM_COLUMNS)
        multiply_part(work, begin, MIN(at + UMK_GEMM_COLUMNS, n), at,
                      MIN(UMK_GEMM_COLUMNS, n - at), out);
    if (width > n)
        multiply_part(work, begin, n, n, width - n, out);
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
    gsize n_groups = (rows + GROUP - 1) / GROUP, turned = (2 * GROUP + 1) * d;
    gsize n_panels = _umk_gemm_whole_panels(d);

    *work =
        (FloatWork){.input = input, .stride = (n_groups | 1) * GROUP, .square = square};
    work->columns = _umk_alloc_aligned(work->stride * d + rows * n_panels +
                                           workers * (STRIP * d + turned) + d,
                                       sizeof(float), _("A block of rows"), error);
    if (work->columns == NULL)
        return FALSE;
    work->panels = work->columns + work->stride * d;
    work->products = work->panels + rows * n_panels;
    work->turned = work->products + workers * STRIP * d;
    work->shift = work->turned + workers * turned;
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
    _umk_free_aligned(work->columns);
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
