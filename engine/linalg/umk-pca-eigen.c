/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Eigenvectors of a symmetric matrix: from LAPACK up to UMK_PCA_EIGEN_LIMIT, or, where
 * two or three are wanted, from linalg/umk-pca-krylov.c if that settles; above, the few
 * that are wanted come from subspace iteration with a fixed start. */
#include "linalg/umk-left-thread-private.h"
#include "linalg/umk-pca-parts-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define THREAD_FROM    400      /* size from which the work may be left */
#define LOOK_EVERY     10000000 /* nanoseconds between looks at the run */
#define MAX_ITERATIONS 400
#define TOLERANCE      1e-10 /* change of an eigenvalue, relative */

void
_umk_pca_mirror(double *square, gsize size, double factor)
{
    for (gsize row = 0; row < size; row++)
        for (gsize col = row; col < size; col++) {
            double value = square[row * size + col] * factor;

            square[row * size + col] = square[col * size + row] = value;
        }
}

gboolean
_umk_pca_not_converged(GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_CONVERGED,
                _("The principal components did not settle"));
    return FALSE;
}

/* ---- by LAPACK -----------------------------------------------------------------------
 */

/* LAPACK cannot be told to stop: 2,048 square takes seconds. So it works in a thread of
 * its own on memory of its own, and whoever is cancelled leaves it to itself. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    gboolean done, left; /* under the lock */
    gboolean ok;
    lapack_int size, k;
    double *square;  /* (size, size), lost */
    double *values;  /* (size), ascending */
    double *columns; /* (k, size) */
    lapack_int *support;
} Eigen;

static void
eigen_free(Eigen *self)
{
    if (self == NULL)
        return;
    _umk_free_aligned(self->square);
    _umk_free_aligned(self->values);
    g_free(self->support);
    pthread_mutex_destroy(&self->lock);
    pthread_cond_destroy(&self->ended);
    g_free(self);
}

static Eigen *
eigen_new(const double *square, gsize size, gsize k, GError **error)
{
    Eigen *self = g_new0(Eigen, 1);

    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->ended, NULL);
    self->size = (lapack_int) size;
    self->k = (lapack_int) k;
    self->support = g_new(lapack_int, 2 * size);
    self->square =
        _umk_alloc_aligned(size * size, sizeof(double), _("Eigenvectors"), error);
    if (self->square != NULL)
        self->values =
            _umk_alloc_aligned(size + size * k, sizeof(double), _("Eigenvectors"), error);
    if (self->values == NULL) {
        eigen_free(self);
        return NULL;
    }
    self->columns = self->values + size;
    memcpy(self->square, square, size * size * sizeof *square);
    return self;
}

/* Column order is the same matrix, for it is symmetric, and spares a transposition. */
static void
eigen_solve(Eigen *self)
{
    lapack_int n = self->size, n_found = 0;
    lapack_int info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'U', n, self->square, n,
                                     0.0, 0.0, n - self->k + 1, n, 0.0, &n_found,
                                     self->values, self->columns, n, self->support);

    self->ok = info == 0 && n_found == self->k;
}

static void *
eigen_thread(void *data)
{
    Eigen *self = data;
    gboolean left;

    eigen_solve(self);
    pthread_mutex_lock(&self->lock);
    self->done = TRUE;
    left = self->left;
    pthread_cond_signal(&self->ended);
    pthread_mutex_unlock(&self->lock);
    if (left) {
        eigen_free(self);
        _umk_left_thread_ended();
    }
    return NULL;
}

/* FALSE: the run was cancelled, and the thread frees what it works on. */
static gboolean
eigen_wait(Eigen *self, UmkRun *run, pthread_t thread)
{
    gboolean done;

    pthread_mutex_lock(&self->lock);
    while (!self->done && !self->left) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOOK_EVERY;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&self->ended, &self->lock, &until);
        if (!self->done && !umk_run_check(run, NULL)) {
            self->left = TRUE;
            _umk_left_thread_add(thread); /* before it can end */
        }
    }
    done = self->done;
    pthread_mutex_unlock(&self->lock);
    return done;
}

/* The k largest eigenvalues, descending, and their vectors, (k, size). */
static gboolean
eigen_dense(const double *square,
            gsize size,
            gsize k,
            double *values,
            double *vectors,
            UmkRun *run,
            GError **error)
{
    Eigen *self = eigen_new(square, size, k, error);
    pthread_t thread;
    gboolean ok;

    if (self == NULL)
        return FALSE;
    if (size < THREAD_FROM || pthread_create(&thread, NULL, eigen_thread, self) != 0) {
        eigen_solve(self);
    } else {
        pthread_detach(thread);
        if (!eigen_wait(self, run, thread))
            return umk_run_check(run, error);
    }
    for (gsize i = 0; self->ok && i < k; i++) {
        values[i] = self->values[k - 1 - i];
        memcpy(vectors + i * size, self->columns + (k - 1 - i) * size,
               size * sizeof(double));
    }
    ok = self->ok;
    eigen_free(self);
    return ok || _umk_pca_not_converged(error);
}

/* ---- by subspace iteration -----------------------------------------------------------
 */

typedef struct {
    const double *square;
    gsize size;
    gsize width;
    const double *from; /* (size, width) */
    double *to;         /* (size, width) */
} ApplyWork;

static void
apply_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    ApplyWork *work = data;

    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) (end - begin),
                (int) work->width, (int) work->size, 1.0,
                work->square + begin * work->size, (int) work->size, work->from,
                (int) work->width, 0.0, work->to + begin * work->width,
                (int) work->width);
}

gboolean
_umk_pca_orthonormalise(double *basis, gsize size, gsize width, double *tau)
{
    lapack_int m = (lapack_int) size, n = (lapack_int) width;

    return LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, m, n, basis, n, tau) == 0 &&
           LAPACKE_dorgqr(LAPACK_ROW_MAJOR, m, n, n, basis, n, tau) == 0;
}

/* Rayleigh-Ritz: turns the basis into the best eigenvectors within its span. */
gboolean
_umk_pca_rotate(const double *basis,
                const double *image,
                gsize size,
                gsize width,
                double *small,
                double *values,
                double *rotated)
{
    int n = (int) size, w = (int) width;

    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, w, w, n, 1.0, basis, w, image, w,
                0.0, small, w);
    _umk_pca_mirror(small, width, 1.0);
    if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', w, small, w, values) != 0)
        return FALSE;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, w, w, 1.0, basis, w, small,
                w, 0.0, rotated, w);
    return TRUE;
}

static gboolean
eigen_few(const double *square,
          gsize size,
          gsize k,
          double *values,
          double *vectors,
          UmkRun *run,
          GError **error)
{
    gsize width = MIN(size, k + UMK_PCA_SPARE_VECTORS);
    double *memory = _umk_alloc_aligned(size * width * 3 + width * width + 3 * width,
                                        sizeof(double), _("Eigenvectors"), error);
    double *basis = memory, *image, *rotated, *small, *tau, *now, *before;
    gboolean settled = FALSE, done = memory != NULL;
    UmkRng rng;

    if (!done)
        return FALSE;
    image = basis + size * width;
    rotated = image + size * width;
    small = rotated + size * width;
    tau = small + width * width;
    now = tau + width;
    before = now + width;
    _umk_rng_init(&rng, 0x756d656b6f6d69, 0);
    for (gsize i = 0; i < size * width; i++)
        basis[i] = _umk_rng_normal(&rng);
    done =
        _umk_pca_orthonormalise(basis, size, width, tau) || _umk_pca_not_converged(error);
    for (guint turn = 0; done && !settled && turn < MAX_ITERATIONS; turn++) {
        ApplyWork work = {square, size, width, basis, image};

        if (!umk_run_check(run, error)) {
            done = FALSE;
            break;
        }
        _umk_parallel_for(size, 256, apply_rows, &work);
        if (!_umk_pca_rotate(basis, image, size, width, small, now, rotated)) {
            done = _umk_pca_not_converged(error);
            break;
        }
        settled = turn > 0;
        for (gsize i = width - k; i < width; i++)
            settled &= fabs(now[i] - before[i]) <= TOLERANCE * fabs(now[width - 1]);
        memcpy(before, now, width * sizeof *now);
        memcpy(basis, image, size * width * sizeof *basis);
        done = settled || _umk_pca_orthonormalise(basis, size, width, tau) ||
               _umk_pca_not_converged(error);
    }
    /* Not settled after so many turns means neighbouring values that no layout tells
     * apart: what there is spans the right directions. */
    for (gsize i = 0; i < k && done; i++) {
        values[i] = now[width - 1 - i];
        for (gsize j = 0; j < size; j++)
            vectors[i * size + j] = rotated[j * width + width - 1 - i];
    }
    _umk_free_aligned(memory);
    return done;
}

gboolean
_umk_pca_eigen(double *square,
               gsize size,
               gsize k,
               double *values,
               double *vectors,
               UmkRun *run,
               GError **error)
{
    gboolean settled = FALSE;

    umk_run_report(run, _("Principal components"), 0.9);
    if (size > UMK_PCA_EIGEN_LIMIT)
        return eigen_few(square, size, k, values, vectors, run, error);
    if (size >= UMK_PCA_KRYLOV_SIZE && k <= UMK_PCA_KRYLOV_MOST &&
        !_umk_pca_krylov(square, size, k, values, vectors, &settled, run, error))
        return FALSE;
    return settled || eigen_dense(square, size, k, values, vectors, run, error);
}
