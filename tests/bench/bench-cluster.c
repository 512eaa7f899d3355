/* SPDX-License-Identifier: GPL-3.0-or-later */
/* k-means: seconds of the start, of a fixed number of iterations, and of a whole fit.
 * Arguments: an npy (default: 20,000 rows of 384 dimensions around 200 places), clusters
 * (100). tests/bench/clusters runs it beside scikit-learn and faiss. */
#include <umekomi/umekomi.h>

#include "cluster/umk-kmeans-private.h"
#include "core/umk-rng-private.h"

#include <stdlib.h>
#include <time.h>

#define N        20000
#define D        384
#define PLACES   200
#define N_STEPS  20
#define NO_LIMIT 100000

static UmkMatrix *
make_rows(void)
{
    float *values = g_new(float, (gsize) N *D);
    g_autofree float *places = g_new(float, (gsize) PLACES *D);
    g_autoptr(GBytes) bytes = g_bytes_new_take(values, (gsize) N * D * sizeof *values);
    UmkRng rng;

    _umk_rng_init(&rng, 1, 0);
    for (gsize i = 0; i < (gsize) PLACES * D; i++)
        places[i] = (float) _umk_rng_normal(&rng);
    for (gsize i = 0; i < N; i++) {
        const float *place = places + _umk_rng_below(&rng, PLACES) * D;

        for (gsize j = 0; j < D; j++)
            values[i * D + j] = place[j] + (float) _umk_rng_normal(&rng);
    }
    return umk_matrix_new_from_bytes(N, D, bytes, NULL);
}

typedef struct {
    double wall, cpu;
} Watch;

static Watch
now(void)
{
    struct timespec cpu;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return (Watch){(double) g_get_monotonic_time() / 1e6,
                   (double) cpu.tv_sec + (double) cpu.tv_nsec / 1e9};
}

static void
report(const char *what, Watch from, const UmkKmeansFit *fit, gsize n)
{
    Watch to = now();

    g_print("{\"bench\":\"kmeans\",\"what\":\"%s\",\"wall\":%.3f,\"cpu\":%.3f,"
            "\"iterations\":%u,\"inertia\":%.9g,\"products\":%.3f,\"threads\":%u}\n",
            what, to.wall - from.wall, to.cpu - from.cpu, fit->n_iterations, fit->inertia,
            fit->n_iterations > 0 ? (double) fit->n_products /
                                        ((double) n * (double) fit->k * fit->n_iterations)
                                  : 0.0,
            umk_get_n_threads());
}

/* The first k rows as the start, as scikit-learn is told to. */
static gboolean
start_with_first(UmkKmeans *problem, UmkKmeansFit *fit)
{
    fit->k = problem->k;
    fit->centers = g_new(float, problem->k * problem->d);
    for (gsize c = 0; c < problem->k; c++)
        for (gsize j = 0; j < problem->d; j++)
            fit->centers[c * problem->d + j] =
                problem->rows[c * problem->d + j] - problem->mean[j];
    return TRUE;
}

int
main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) rows =
        argc > 1 ? umk_vectors_read(argv[1], NULL, &error) : make_rows();
    gsize k = argc > 2 ? (gsize) atoi(argv[2]) : 100, n;

    if (rows == NULL) {
        g_printerr("%s\n", error->message);
        return 1;
    }
    n = umk_matrix_get_n_rows(rows);
    for (guint round = 0; round < 2; round++) {
        g_auto(UmkKmeans) problem = {0};
        g_auto(UmkKmeansFit) fit = {0};
        g_auto(UmkRun) run = {0};
        g_autofree guint32 *sample = NULL;
        gsize n_sample = 0;
        UmkRng rng;
        Watch from = now();

        _umk_run_init(&run, NULL, NULL, NULL);
        _umk_rng_init(&rng, 42, 0);
        if (!_umk_kmeans_init(&problem, umk_matrix_get_row(rows, 0, NULL), n,
                              umk_matrix_get_n_cols(rows), k, &run, NULL))
            return 1;
        problem.max_iterations = round == 0 ? N_STEPS : NO_LIMIT;
        problem.tolerance = round == 0 ? 0 : 1e-4;
        if (round == 1)
            sample = _umk_kmeans_draw(&problem, &rng, &n_sample);
        if (round == 0
                ? !start_with_first(&problem, &fit)
                : !_umk_kmeans_choose(&problem, sample, n_sample, &rng, &fit, NULL))
            return 1;
        if (round == 1)
            report("start", from, &fit, n);
        if (!_umk_kmeans_lloyd(&problem, &fit, NULL))
            return 1;
        report(round == 0 ? "20 iterations" : "fit", from, &fit, n);
    }
    return 0;
}
