/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random-triplet accuracy: does the map order the distances from a to b and from a to c
 * as the vectors do? A figure of the whole picture, where 0.5 is chance. (Wang, Huang,
 * Rudin and Shaposhnik, "Understanding how dimension reduction tools work", 2021, sec. 3)
 */
#include "eval/umk-eval-map-private.h"

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <math.h>

#define CHUNK 1024 /* triplets that share a generator */

typedef struct {
    UmkMatrix *high, *low;
    gboolean cosine;
    guint64 seed;
    guint32 *right; /* a count for each chunk */
} Work;

static double
squared(const float *a, const float *b, gsize n_dims)
{
    double sum = 0.0;

    for (gsize i = 0; i < n_dims; i++) {
        double d = (double) a[i] - (double) b[i];

        sum += d * d;
    }
    return sum;
}

/* 1 - cos; a zero vector is at distance 1 from everything. */
static double
cosine_distance(const float *a, const float *b, gsize n_dims)
{
    double dot = 0.0, aa = 0.0, bb = 0.0;

    for (gsize i = 0; i < n_dims; i++) {
        dot += (double) a[i] * (double) b[i];
        aa += (double) a[i] * (double) a[i];
        bb += (double) b[i] * (double) b[i];
    }
    return aa > 0.0 && bb > 0.0 ? 1.0 - dot / sqrt(aa * bb) : 1.0;
}

/* -1, 0 or 1: is b or c nearer to a? */
static int
order(UmkMatrix *matrix, const gsize *triplet, gboolean cosine)
{
    gsize n_dims;
    const float *a = umk_matrix_get_row(matrix, triplet[0], &n_dims);
    const float *b = umk_matrix_get_row(matrix, triplet[1], NULL);
    const float *c = umk_matrix_get_row(matrix, triplet[2], NULL);
    double to_b = cosine ? cosine_distance(a, b, n_dims) : squared(a, b, n_dims);
    double to_c = cosine ? cosine_distance(a, c, n_dims) : squared(a, c, n_dims);

    return (to_b > to_c) - (to_b < to_c);
}

static void
draw(UmkRng *rng, gsize n, gsize *triplet)
{
    do {
        for (guint i = 0; i < 3; i++)
            triplet[i] = (gsize) _umk_rng_below(rng, n);
    } while (triplet[0] == triplet[1] || triplet[0] == triplet[2] ||
             triplet[1] == triplet[2]);
}

static void
compare(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    UmkRng rng;

    _umk_rng_init(&rng, work->seed, begin / CHUNK);
    for (gsize i = begin; i < end; i++) {
        gsize triplet[3];

        draw(&rng, umk_matrix_get_n_rows(work->high), triplet);
        work->right[begin / CHUNK] +=
            order(work->high, triplet, work->cosine) == order(work->low, triplet, FALSE);
    }
}

double
_umk_eval_triplets(
    UmkMatrix *high, UmkMatrix *low, gboolean cosine, gsize n_triplets, guint64 seed)
{
    gsize n_chunks = (n_triplets + CHUNK - 1) / CHUNK, sum = 0;
    g_autofree guint32 *right = g_new0(guint32, n_chunks);
    Work work = {high, low, cosine, seed, right};

    _umk_parallel_for(n_triplets, CHUNK, compare, &work);
    for (gsize i = 0; i < n_chunks; i++)
        sum += right[i];
    return (double) sum / (double) n_triplets;
}
