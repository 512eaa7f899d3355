/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Orthonormal vectors and eigenvectors of small symmetric matrices (Golub and Van Loan,
 * "Matrix Computations", sections 5.2.8 and 8.5). */
#include "projection/umk-projection-umap-small-private.h"

#include "linalg/umk-distance-private.h"

#include <math.h>

#define MAX_SWEEPS 30
#define VANISHED   1e-6 /* share of a vector's length that is rounding */

static void
scale_by(float *vector, gsize n, double scale)
{
    for (gsize i = 0; i < n; i++)
        vector[i] = (float) ((double) vector[i] * scale);
}

static double
length_of(const float *vector, gsize n)
{
    return sqrt((double) _umk_distance_dot(vector, vector, n));
}

void
_umk_umap_orthonormalise(float *vectors, gsize n_vectors, gsize n)
{
    for (gsize v = 0; v < n_vectors; v++) {
        float *vector = vectors + v * n;
        double length = length_of(vector, n), left;

        scale_by(vector, n, length > 0.0 ? 1.0 / length : 0.0);
        for (int pass = 0; pass < 2; pass++)
            for (gsize u = 0; u < v; u++) {
                float along = _umk_distance_dot(vector, vectors + u * n, n);

                for (gsize i = 0; i < n; i++)
                    vector[i] -= along * vectors[u * n + i];
            }
        left = length_of(vector, n);
        scale_by(vector, n, left > VANISHED ? 1.0 / left : 0.0);
    }
}

static void
rotate(double *matrix, gsize n, double *vectors, gsize p, gsize q)
{
    double apq = matrix[p * n + q], theta, t, c, s;

    if (apq == 0.0)
        return;
    theta = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * apq);
    t = (theta >= 0.0 ? 1.0 : -1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
    c = 1.0 / sqrt(t * t + 1.0);
    s = t * c;
    for (gsize i = 0; i < n; i++) {
        double a = matrix[i * n + p], b = matrix[i * n + q];

        matrix[i * n + p] = c * a - s * b;
        matrix[i * n + q] = s * a + c * b;
    }
    for (gsize i = 0; i < n; i++) {
        double a = matrix[p * n + i], b = matrix[q * n + i];
        double u = vectors[p * n + i], v = vectors[q * n + i];

        matrix[p * n + i] = c * a - s * b;
        matrix[q * n + i] = s * a + c * b;
        vectors[p * n + i] = c * u - s * v;
        vectors[q * n + i] = s * u + c * v;
    }
}

static void
swap_rows(double *matrix, gsize n, double *vectors, gsize i, gsize j)
{
    double swap = matrix[i * n + i];

    matrix[i * n + i] = matrix[j * n + j];
    matrix[j * n + j] = swap;
    for (gsize c = 0; c < n; c++) {
        swap = vectors[i * n + c];
        vectors[i * n + c] = vectors[j * n + c];
        vectors[j * n + c] = swap;
    }
}

void
_umk_umap_eigen(double *matrix, gsize n, double *vectors)
{
    for (gsize i = 0; i < n * n; i++)
        vectors[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
    for (int sweep = 0; sweep < MAX_SWEEPS; sweep++)
        for (gsize p = 0; p + 1 < n; p++)
            for (gsize q = p + 1; q < n; q++)
                rotate(matrix, n, vectors, p, q);
    for (gsize i = 0; i + 1 < n; i++)
        for (gsize j = i + 1; j < n; j++)
            if (matrix[j * n + j] > matrix[i * n + i])
                swap_rows(matrix, n, vectors, i, j);
}
