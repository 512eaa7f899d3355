/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Principal components of wide data: randomised subspace iteration (Halko, Martinsson and
 * Tropp, "Finding structure with randomness", 2011, algorithm 4.4) on Xᵀ·X, which is
 * never formed. A turn is two products with a block of centred rows, Y = X·B and Z +=
 * Xᵀ·Y, in float within a block and double across; then Rayleigh-Ritz and QR in double.
 * It stops when the variance that the wanted directions hold has settled, not after a
 * fixed number of turns, for flat spectra need more of them. */
#include "linalg/umk-pca-parts-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <glib/gi18n-lib.h>

#include <cblas.h>
#include <math.h>
#include <string.h>

#define MAX_TURNS  60
#define TOLERANCE  1e-6 /* growth of the variance held in one turn, relative */
#define ROW_CHUNK  128
#define DIMS_CHUNK 128

typedef struct {
    const UmkPcaInput *input;
    gsize width;
    double *basis, *image, *rotated; /* (n_dims, width) */
    double *small, *values, *tau;
    float *basis_f32; /* (n_dims, width) */
    float *part;      /* (n_dims, width), of one block */
    float *block;     /* (UMK_PCA_BLOCK_ROWS, n_dims) */
    float *along;     /* (UMK_PCA_BLOCK_ROWS, width) */
    gsize n;          /* rows in the block */
    double squares;   /* of all centred values */
} State;

static void
state_clear(State *state)
{
    _umk_free_aligned(state->basis);
    _umk_free_aligned(state->basis_f32);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(State, state_clear)

static gboolean
state_init(State *state, const UmkPcaInput *input, gsize k, GError **error)
{
    gsize d = input->n_dims, w = MIN(k + UMK_PCA_SPARE_VECTORS, MIN(input->n_rows, d));
    gsize rows = MIN(UMK_PCA_BLOCK_ROWS, input->n_rows), floats, doubles;

    *state = (State){.input = input, .width = w};
    if (!_umk_size_mul(d, 3 * w, &doubles) || !_umk_size_mul(d, 2 * w + rows, &floats))
        doubles = floats = G_MAXSIZE / sizeof(double) / 2;
    state->basis = _umk_alloc_aligned(doubles + w * w + 2 * w, sizeof(double),
                                      _("The principal components"), error);
    if (state->basis == NULL)
        return FALSE;
    state->image = state->basis + d * w;
    state->rotated = state->image + d * w;
    state->small = state->rotated + d * w;
    state->values = state->small + w * w;
    state->tau = state->values + w;
    state->basis_f32 = _umk_alloc_aligned(floats + rows * w, sizeof(float),
                                          _("The principal components"), error);
    if (state->basis_f32 == NULL)
        return FALSE;
    state->part = state->basis_f32 + d * w;
    state->block = state->part + d * w;
    state->along = state->block + rows * d;
    return TRUE;
}

static void
multiply_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    State *state = data;
    int d = (int) state->input->n_dims, w = (int) state->width;

    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int) (end - begin), w, d,
                1.0f, state->block + begin * state->input->n_dims, d, state->basis_f32, w,
                0.0f, state->along + begin * state->width, w);
}

static void
multiply_dims(gsize begin, gsize end, guint worker, gpointer data)
{
    State *state = data;
    int d = (int) state->input->n_dims, w = (int) state->width;

    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int) (end - begin), w,
                (int) state->n, 1.0f, state->block + begin, d, state->along, w, 0.0f,
                state->part + begin * state->width, w);
    for (gsize i = begin * state->width; i < end * state->width; i++)
        state->image[i] += (double) state->part[i];
}

static double
sum_squares(const float *values, gsize n)
{
    double sums[4] = {0.0, 0.0, 0.0, 0.0};

    for (gsize i = 0; i < n; i++)
        sums[i % 4] += (double) values[i] * (double) values[i];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* image = Xᵀ·X·basis / (n - 1); on the first turn the total variance as well. */
static gboolean
apply(State *state, const double *mean, gboolean first_turn, GError **error)
{
    const UmkPcaInput *input = state->input;
    gsize d = input->n_dims, size = d * state->width;

    for (gsize i = 0; i < size; i++)
        state->basis_f32[i] = (float) state->basis[i];
    memset(state->image, 0, size * sizeof *state->image);
    for (gsize first = 0; first < input->n_rows; first += UMK_PCA_BLOCK_ROWS) {
        if (!umk_run_check(input->run, error))
            return FALSE;
        state->n = MIN(UMK_PCA_BLOCK_ROWS, input->n_rows - first);
        _umk_pca_centre_f32(input, mean, first, state->n, state->block);
        if (first_turn)
            state->squares += sum_squares(state->block, state->n * d);
        _umk_parallel_for(state->n, ROW_CHUNK, multiply_rows, state);
        _umk_parallel_for(d, DIMS_CHUNK, multiply_dims, state);
    }
    for (gsize i = 0; i < size; i++)
        state->image[i] /= (double) (input->n_rows - 1);
    return TRUE;
}

gboolean
_umk_pca_randomised(const UmkPcaInput *input, UmkPca *pca, gsize k, GError **error)
{
    g_auto(State) state = {0};
    gsize d = input->n_dims, w;
    double held = 0.0, before;
    UmkRng rng;

    if (!state_init(&state, input, k, error))
        return FALSE;
    w = state.width;
    _umk_rng_init(&rng, 0x756d656b6f6d69, 1);
    for (gsize i = 0; i < d * w; i++)
        state.basis[i] = _umk_rng_normal(&rng);
    for (guint turn = 0; turn < MAX_TURNS; turn++) {
        if (!_umk_pca_orthonormalise(state.basis, d, w, state.tau))
            return _umk_pca_not_converged(error);
        if (!apply(&state, pca->mean, turn == 0, error))
            return FALSE;
        if (!_umk_pca_rotate(state.basis, state.image, d, w, state.small, state.values,
                             state.rotated))
            return _umk_pca_not_converged(error);
        before = held;
        held = 0.0;
        for (gsize i = w - k; i < w; i++)
            held += MAX(state.values[i], 0.0);
        umk_run_report(input->run, _("Principal components"),
                       (double) (turn + 1) / (double) (MAX_TURNS / 3));
        if (turn > 0 && held - before <= TOLERANCE * held)
            break;
        memcpy(state.basis, state.image, d * w * sizeof *state.basis);
    }
    pca->total = state.squares / (double) (input->n_rows - 1);
    for (gsize i = 0; i < k; i++) {
        pca->variance[i] = state.values[w - 1 - i];
        for (gsize j = 0; j < d; j++)
            pca->basis[i * d + j] = state.rotated[j * w + w - 1 - i];
    }
    return TRUE;
}
