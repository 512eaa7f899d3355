/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the points of UMAP stand before the first epoch. The default is the plane of the
 * two largest variances, found from a sample of rows by subspace iteration (Halko,
 * Martinsson and Tropp 2011, algorithm 4.4, with a Rayleigh-Ritz step): a start needs no
 * digits, but it must be the same bits on every processor, which LAPACK does not promise.
 * The exact PCA is a projection of its own. */
#include "projection/umk-projection-umap-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "linalg/umk-distance-private.h"
#include "projection/umk-projection-umap-small-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_SAMPLE 4096
#define N_VECTORS  8 /* of the subspace; three are needed at most */
#define N_STEPS    12
#define CHUNK      1024
#define NOISE      1e-4

typedef struct {
    UmkMatrix *vectors;
    gsize n_dims; /* of the vectors */
    gboolean unit_rows;
    gsize n_sample;
    float *rows;    /* (n_sample, n_dims), mean taken off */
    float *columns; /* (n_dims, n_sample) */
    float *mean;    /* (n_dims) */
    float *basis;   /* (N_VECTORS, n_dims) */
    float *images;  /* (N_VECTORS, n_sample) */
    UmkRun *run;
} Pca;

static float
inverse_length(const float *row, gsize n_dims)
{
    float squared;

    _umk_distance_self(_umk_distance_best_level(), row, n_dims, 1, n_dims, &squared);
    return squared > 0.0f ? 1.0f / sqrtf(squared) : 0.0f;
}

static void
read_sample(Pca *pca)
{
    gsize n = umk_matrix_get_n_rows(pca->vectors), d = pca->n_dims;
    g_autofree double *sums = g_new0(double, d + 1);

    for (gsize i = 0; i < pca->n_sample; i++) {
        const float *from = umk_matrix_get_row(pca->vectors, i * n / pca->n_sample, NULL);
        float scale = pca->unit_rows ? inverse_length(from, d) : 1.0f;
        float *to = pca->rows + i * d;

        for (gsize j = 0; j < d; j++) {
            to[j] = from[j] * scale;
            sums[j] += (double) to[j];
        }
    }
    for (gsize j = 0; j < d; j++)
        pca->mean[j] = (float) (sums[j] / (double) pca->n_sample);
    for (gsize i = 0; i < pca->n_sample; i++)
        for (gsize j = 0; j < d; j++)
            pca->rows[i * d + j] -= pca->mean[j];
}

static void
transpose_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const Pca *pca = data;

    for (gsize j = begin; j < end; j++)
        for (gsize i = 0; i < pca->n_sample; i++)
            pca->columns[j * pca->n_sample + i] = pca->rows[i * pca->n_dims + j];
}

/* out (N_VECTORS, n) = products of the vectors (N_VECTORS, d) with rows (n, d). */
typedef struct {
    const float *rows, *vectors;
    float *out;
    gsize n, d;
} Product;

static void
multiply_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const Product *p = data;

    _umk_distance_block(_umk_distance_best_level(), UMK_DISTANCE_DOT, p->vectors, p->d,
                        N_VECTORS, p->rows + begin * p->d, p->d, end - begin, p->d,
                        p->out + begin, p->n);
}

static void
multiply(const float *rows, gsize n, gsize d, const float *vectors, float *out)
{
    Product product = {.rows = rows, .vectors = vectors, .out = out, .n = n, .d = d};

    _umk_parallel_for(n, 64, multiply_chunk, &product);
}

static gboolean
iterate(Pca *pca)
{
    UmkRng rng;

    _umk_rng_init(&rng, 1, 0);
    for (gsize i = 0; i < N_VECTORS * pca->n_dims; i++)
        pca->basis[i] = (float) (_umk_rng_uniform(&rng) - 0.5);
    for (int step = 0; step < N_STEPS; step++) {
        _umk_umap_orthonormalise(pca->basis, N_VECTORS, pca->n_dims);
        multiply(pca->rows, pca->n_sample, pca->n_dims, pca->basis, pca->images);
        if (!umk_run_check(pca->run, NULL))
            return FALSE;
        if (step + 1 < N_STEPS)
            multiply(pca->columns, pca->n_dims, pca->n_sample, pca->images, pca->basis);
    }
    return TRUE;
}

/* The largest directions within the subspace, to directions (n_wanted, n_dims). */
static void
pick_directions(const Pca *pca, gsize n_wanted, float *directions)
{
    double gram[N_VECTORS * N_VECTORS], vectors[N_VECTORS * N_VECTORS];

    for (gsize a = 0; a < N_VECTORS; a++)
        for (gsize b = 0; b <= a; b++)
            gram[a * N_VECTORS + b] = gram[b * N_VECTORS + a] =
                (double) _umk_distance_dot(pca->images + a * pca->n_sample,
                                           pca->images + b * pca->n_sample,
                                           pca->n_sample);
    _umk_umap_eigen(gram, N_VECTORS, vectors);
    for (gsize c = 0; c < n_wanted; c++) {
        float *direction = directions + c * pca->n_dims, largest = 0.0f;

        for (gsize j = 0; j < pca->n_dims; j++) {
            double sum = 0.0;

            for (gsize v = 0; v < N_VECTORS; v++)
                sum +=
                    vectors[c * N_VECTORS + v] * (double) pca->basis[v * pca->n_dims + j];
            direction[j] = (float) sum;
            if (fabsf(direction[j]) > fabsf(largest))
                largest = direction[j];
        }
        for (gsize j = 0; largest < 0.0f && j < pca->n_dims; j++)
            direction[j] = -direction[j];
    }
}

typedef struct {
    const Pca *pca;
    const float *directions;
    gsize n_wanted;
    double centre[3];
    float *places;
} Place;

static void
place_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const Place *place = data;
    const Pca *pca = place->pca;
    const float *rows = umk_matrix_get_row(pca->vectors, begin, NULL);
    float out[3 * CHUNK];

    if (!umk_run_check(pca->run, NULL))
        return;
    _umk_distance_block(_umk_distance_best_level(), UMK_DISTANCE_DOT, place->directions,
                        pca->n_dims, place->n_wanted, rows, pca->n_dims, end - begin,
                        pca->n_dims, out, CHUNK);
    for (gsize i = 0; i < end - begin; i++) {
        float scale =
            pca->unit_rows ? inverse_length(rows + i * pca->n_dims, pca->n_dims) : 1.0f;

        for (gsize c = 0; c < place->n_wanted; c++)
            place->places[(begin + i) * place->n_wanted + c] =
                (float) ((double) out[c * CHUNK + i] * (double) scale - place->centre[c]);
    }
}

static void
place_all(const Pca *pca, const float *directions, gsize n_wanted, float *places)
{
    Place place = {
        .pca = pca, .directions = directions, .n_wanted = n_wanted, .places = places};

    for (gsize c = 0; c < n_wanted; c++)
        place.centre[c] = (double) _umk_distance_dot(directions + c * pca->n_dims,
                                                     pca->mean, pca->n_dims);
    _umk_parallel_for(umk_matrix_get_n_rows(pca->vectors), CHUNK, place_chunk, &place);
}

static gboolean
allocate(Pca *pca, GError **error)
{
    gsize n = pca->n_sample, d = pca->n_dims;
    const char *what = _("The start of the layout");

    pca->rows = _umk_alloc_aligned(n * d, sizeof(float), what, error);
    if (pca->rows == NULL)
        return FALSE;
    pca->columns = _umk_alloc_aligned(n * d, sizeof(float), what, error);
    if (pca->columns == NULL)
        return FALSE;
    pca->images = _umk_alloc_aligned(N_VECTORS * n, sizeof(float), what, error);
    if (pca->images == NULL)
        return FALSE;
    /* The basis, and after it what becomes the directions. */
    pca->basis = _umk_alloc_aligned((N_VECTORS + 3) * d, sizeof(float), what, error);
    if (pca->basis == NULL)
        return FALSE;
    pca->mean = _umk_alloc_aligned(d, sizeof(float), what, error);
    return pca->mean != NULL;
}

static void
pca_clear(Pca *pca)
{
    _umk_free_aligned(pca->rows);
    _umk_free_aligned(pca->columns);
    _umk_free_aligned(pca->images);
    _umk_free_aligned(pca->basis);
    _umk_free_aligned(pca->mean);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Pca, pca_clear)

gboolean
_umk_umap_start_pca(UmkMatrix *vectors,
                    gboolean unit_rows,
                    gsize n_dims,
                    guint64 seed,
                    float *places,
                    UmkRun *run,
                    GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors);
    g_auto(Pca) pca = {.vectors = vectors,
                       .n_dims = umk_matrix_get_n_cols(vectors),
                       .unit_rows = unit_rows,
                       .n_sample = MIN(n, MAX_SAMPLE),
                       .run = run};

    if (n == 0 || pca.n_dims == 0)
        return TRUE;
    if (!allocate(&pca, error))
        return FALSE;
    read_sample(&pca);
    _umk_parallel_for(pca.n_dims, 16, transpose_chunk, &pca);
    if (iterate(&pca)) {
        float *directions = pca.basis + N_VECTORS * pca.n_dims;

        pick_directions(&pca, n_dims, directions);
        place_all(&pca, directions, n_dims, places);
        _umk_umap_scale_start(places, n, n_dims, 10.0, seed);
    }
    return umk_run_check(run, error);
}

void
_umk_umap_start_random(gsize n, gsize n_dims, guint64 seed, float *places)
{
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0x73746172);
    for (gsize i = 0; i < n * n_dims; i++)
        places[i] = (float) (20.0 * _umk_rng_uniform(&rng) - 10.0);
}

void
_umk_umap_scale_start(float *places, gsize n, gsize n_dims, double extent, guint64 seed)
{
    double largest = 0.0, scale;
    UmkRng rng;

    for (gsize i = 0; i < n * n_dims; i++)
        largest = MAX(largest, fabs((double) places[i]));
    scale = largest > 0.0 ? extent / largest : 0.0;
    _umk_rng_init(&rng, seed, 0x6e6f6973);
    for (gsize i = 0; i < n * n_dims; i++)
        places[i] = (float) ((double) places[i] * scale +
                             NOISE * (2.0 * _umk_rng_uniform(&rng) - 1.0));
}
