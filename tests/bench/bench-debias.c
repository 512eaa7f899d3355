/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What remains of a bias in a vocabulary of 100,000 × 300: seconds of fitting and of
 * applying each debias, and of each measure that looks through one. JSON lines;
 * arguments: rows (100000), dimensions (300). The bar is 20 s for an audit with
 * clustering bias. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define N_PAIRS 10

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
report(const char *what, const char *id, Watch from)
{
    Watch to = now();

    g_print("{\"bench\":\"debias\",\"what\":\"%s\",\"id\":\"%s\",\"wall\":%.3f,"
            "\"cpu\":%.3f,\"threads\":%u}\n",
            what, id, to.wall - from.wall, to.cpu - from.cpu, umk_get_n_threads());
}

/* Rows lean to one side or the other along two directions; the first pairs define. */
static UmkBiasInput *
make_input(UmkMatrix *rows)
{
    static const char *const roles[] = {"x", "y"};
    gsize n = umk_matrix_get_n_rows(rows), d = umk_matrix_get_n_cols(rows);
    g_auto(GStrv) names = g_new0(char *, n + 1);
    UmkBiasInput *input;

    for (gsize i = 0; i < n; i++)
        names[i] = g_strdup_printf("w%zu", i);
    input = umk_bias_input_new(rows, (const char *const *) names);
    for (gsize side = 0; side < 2; side++) {
        g_autofree float *set = g_new(float, N_PAIRS *d);
        const char *set_names[N_PAIRS + 1] = {NULL};
        g_autoptr(UmkMatrix) matrix = NULL;

        for (gsize i = 0; i < N_PAIRS; i++) {
            memcpy(set + i * d, umk_matrix_get_row(rows, 2 * i + side, NULL),
                   d * sizeof *set);
            set_names[i] = names[2 * i + side];
        }
        matrix = umk_matrix_new_from_data(N_PAIRS, d, set, NULL);
        umk_bias_input_add_set(input, roles[side], NULL, matrix, set_names, NULL);
    }
    return input;
}

static UmkMatrix *
make_rows(gsize n, gsize d)
{
    float *values = g_new(float, n *d);
    g_autoptr(GBytes) bytes = g_bytes_new_take(values, n * d * sizeof *values);
    UmkRng rng;

    _umk_rng_init(&rng, 1, 0);
    for (gsize i = 0; i < n; i++) {
        double side = i < 2 * N_PAIRS ? (i % 2 ? -3.0 : 3.0) : _umk_rng_normal(&rng);

        for (gsize j = 0; j < d; j++)
            values[i * d + j] = (float) (_umk_rng_normal(&rng) + (j < 2 ? side : 0.0));
    }
    return umk_matrix_new_from_bytes(n, d, bytes, NULL);
}

int
main(int argc, char **argv)
{
    static const char *const measures[] = {"cluster-bias", "probe-bias",
                                           "neighbour-bias"};
    gsize n = argc > 1 ? (gsize) atol(argv[1]) : 100000;
    gsize d = argc > 2 ? (gsize) atol(argv[2]) : 300;
    g_autoptr(UmkMatrix) rows = make_rows(n, d);
    g_autoptr(UmkBiasInput) input = make_input(rows);
    g_auto(GStrv) methods = umk_debias_list_methods();

    for (gsize i = 0; methods[i] != NULL; i++) {
        Watch start = now();
        g_autoptr(UmkDebias) debias =
            umk_debias_fit(methods[i], input, NULL, 42, NULL, NULL, NULL, NULL);
        g_autoptr(UmkMatrix) out = NULL;

        report("fit", methods[i], start);
        start = now();
        out = umk_debias_apply(debias, rows, NULL, NULL, NULL);
        report("apply", methods[i], start);
        if (i == 0)
            umk_bias_input_set_debias(input, debias, NULL);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(measures); i++) {
        Watch start = now();
        g_autofree char *result =
            umk_bias_measure(measures[i], input, NULL, 42, NULL, NULL, NULL, NULL);

        report("measure", measures[i], start);
        g_assert(result != NULL);
    }
    return 0;
}
