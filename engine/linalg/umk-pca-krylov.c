/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The few largest eigenvectors of a symmetric matrix by block Lanczos (Golub and
 * Underwood, "The block Lanczos method for computing eigenvalues", 1977), every block
 * made orthogonal to all before it, twice. The matrix is read once a step, where LAPACK
 * turns it into a tridiagonal one first. It goes on until the residual is what LAPACK's
 * own rounding leaves; what does not get there in a few dozen steps, or has no further
 * direction to go, is left to LAPACK. */
#include "linalg/umk-pca-parts-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#define MAX_STEPS  48
#define LOOK_EVERY 4     /* steps */
#define ROW_CHUNK  56    /* rows of the matrix a task reads, once for each vector */
#define RESIDUAL   1e-14 /* of the largest eigenvalue: a few units of the last place */
#define NO_LENGTH  1e-13 /* of it: what is left of a block is rounding */

typedef struct {
    const double *square; /* (size, size) */
    gsize size;
    gsize width; /* vectors of a block: as many equal eigenvalues are told apart */
    gsize n;     /* vectors of the basis */
    gsize room;
    double *basis;  /* (room, size), orthonormal rows */
    double *image;  /* (width, size), of the last block */
    double *inside; /* (room, room), the matrix as the basis sees it, lower half */
    double *turned; /* (room, room) eigenvectors of that */
    double *parts;  /* (width, room) */
    double *rest;   /* (width, width), how far the last image reaches out of the basis */
    double *values; /* (room), ascending */
} Krylov;

static void
krylov_clear(Krylov *self)
{
    _umk_free_aligned(self->basis);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Krylov, krylov_clear)

static gboolean
krylov_init(Krylov *self, const double *square, gsize size, gsize k, GError **error)
{
    gsize room = MAX_STEPS * k;

    *self = (Krylov){.square = square, .size = size, .width = k, .room = room};
    self->basis = _umk_alloc_aligned((room + 2 * k) * size + 2 * room * room + k * room +
                                         k * k + room,
                                     sizeof(double), _("Eigenvectors"), error);
    if (self->basis == NULL)
        return FALSE;
    self->image = self->basis + (room + k) * size;
    self->inside = self->image + k * size;
    self->turned = self->inside + room * room;
    self->parts = self->turned + room * room;
    self->rest = self->parts + k * room;
    self->values = self->rest + k * k;
    return TRUE;
}

static void
apply_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Krylov *self = data;
    int size = (int) self->size;

    for (gsize i = 0; i < self->width; i++)
        cblas_dgemv(CblasRowMajor, CblasNoTrans, (int) (end - begin), size, 1.0,
                    self->square + begin * self->size, size,
                    self->basis + (self->n - self->width + i) * self->size, 1, 0.0,
                    self->image + i * self->size + begin, 1);
}

/* What of the block, (width, size), lies along the basis is taken out of it. */
static void
take_out(const Krylov *self, double *block, double *parts)
{
    int w = (int) self->width, n = (int) self->n, size = (int) self->size;

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, w, n, size, 1.0, block, size,
                self->basis, size, 0.0, parts, n);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, w, size, n, -1.0, parts, n,
                self->basis, size, 1.0, block, size);
}

/* Rows made orthonormal one after the other; rest (width, width) is what they were in
 * terms of what they are. FALSE: one of them has no length to speak of. */
static gboolean
orthonormalise(const Krylov *self, double *block, double least)
{
    gsize w = self->width;
    int size = (int) self->size;

    memset(self->rest, 0, w * w * sizeof *self->rest);
    for (gsize i = 0; i < w; i++) {
        double *row = block + i * self->size, length;

        for (guint turn = 0; turn < 2; turn++)
            for (gsize j = 0; j < i; j++) {
                double along = cblas_ddot(size, row, 1, block + j * self->size, 1);

                cblas_daxpy(size, -along, block + j * self->size, 1, row, 1);
                self->rest[i * w + j] += along;
            }
        length = cblas_dnrm2(size, row, 1);
        self->rest[i * w + i] = length;
        if (!(length > least))
            return FALSE;
        cblas_dscal(size, 1.0 / length, row, 1);
    }
    return TRUE;
}

/* The image of the last block: its part within the basis to inside, what is left to
 * the place behind the basis. */
static gboolean
step(Krylov *self)
{
    gsize w = self->width, first = self->n - w;
    double *next = self->basis + self->n * self->size, scale = 0.0;

    _umk_parallel_for(self->size, ROW_CHUNK, apply_rows, self);
    memcpy(next, self->image, w * self->size * sizeof *next);
    take_out(self, next, self->parts);
    for (gsize i = 0; i < w; i++) {
        memcpy(self->inside + (first + i) * self->room, self->parts + i * self->n,
               (first + i + 1) * sizeof(double));
        scale =
            MAX(scale, cblas_dnrm2((int) self->size, self->image + i * self->size, 1));
    }
    take_out(self, next, self->parts);
    return orthonormalise(self, next, NO_LENGTH * scale);
}

/* How far the k best of the basis are from being eigenvectors, as share of the largest
 * value; negative: LAPACK gave up. */
static double
look(Krylov *self)
{
    gsize n = self->n, w = self->width;
    double worst = 0.0;

    for (gsize i = 0; i < n; i++)
        memcpy(self->turned + i * n, self->inside + i * self->room,
               (i + 1) * sizeof(double));
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'L', (lapack_int) n, self->turned,
                      (lapack_int) n, self->values) != 0)
        return -1.0;
    for (gsize c = n - w; c < n; c++) {
        double squared = 0.0;

        for (gsize j = 0; j < w; j++) {
            double sum = 0.0;

            for (gsize i = j; i < w; i++)
                sum += self->rest[i * w + j] * self->turned[(n - w + i) * n + c];
            squared += sum * sum;
        }
        worst = MAX(worst, sqrt(squared));
    }
    return worst / MAX(fabs(self->values[n - 1]), G_MINDOUBLE);
}

static void
hand_over(const Krylov *self, double *values, double *vectors)
{
    gsize n = self->n, size = self->size;

    for (gsize i = 0; i < self->width; i++) {
        double *to = vectors + i * size;

        values[i] = self->values[n - 1 - i];
        cblas_dgemv(CblasRowMajor, CblasTrans, (int) n, (int) size, 1.0, self->basis,
                    (int) size, self->turned + n - 1 - i, (int) n, 0.0, to, 1);
        cblas_dscal((int) size, 1.0 / cblas_dnrm2((int) size, to, 1), to, 1);
    }
}

gboolean
_umk_pca_krylov(const double *square,
                gsize size,
                gsize k,
                double *values,
                double *vectors,
                gboolean *settled,
                UmkRun *run,
                GError **error)
{
    g_auto(Krylov) self = {0};
    UmkRng rng;

    g_assert(k > 0 && MAX_STEPS * k < size);
    *settled = FALSE;
    if (!krylov_init(&self, square, size, k, error))
        return FALSE;
    _umk_rng_init(&rng, 0x756d656b6f6d69, 3);
    for (gsize i = 0; i < k * size; i++)
        self.basis[i] = _umk_rng_normal(&rng);
    (void) orthonormalise(&self, self.basis, 0.0);
    for (guint at = 1; at < MAX_STEPS; at++) {
        double residual;

        self.n += k;
        if (!umk_run_check(run, error))
            return FALSE;
        if (!step(&self))
            return TRUE;
        if (at % LOOK_EVERY != 0)
            continue;
        residual = look(&self);
        if (residual < 0.0)
            return TRUE;
        if (residual < RESIDUAL) {
            hand_over(&self, values, vectors);
            *settled = TRUE;
            return TRUE;
        }
    }
    return TRUE;
}
