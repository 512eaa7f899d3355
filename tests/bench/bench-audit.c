/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Association tests: WEAT with 100,000 sampled permutations on four sets of 25 rows of
 * 300 dimensions on one thread, exact counts up to 40 items, and the ten tests of
 * Caliskan's sizes with bootstrap, influence and random sets from 100,000 rows.
 * `meson test -C build --benchmark -v audit` */
#include <umekomi/umekomi.h>

#include "bias/umk-partition-private.h"
#include "core/umk-rng-private.h"

#include <time.h>

#define D          300
#define BACKGROUND 100000

static const char *const roles[] = {"x", "y", "a", "b"};

static double
cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static UmkMatrix *
random_rows(gsize n, guint64 seed)
{
    float *values = g_new(float, n *D);
    g_autoptr(GBytes) bytes = g_bytes_new_take(values, n * D * sizeof *values);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < n * D; i++)
        values[i] = (float) _umk_rng_normal(&rng);
    return umk_matrix_new_from_bytes(n, D, bytes, NULL);
}

static GStrv
make_names(const char *stem, gsize n)
{
    char **names = g_new0(char *, n + 1);

    for (gsize i = 0; i < n; i++)
        names[i] = g_strdup_printf("%s%zu", stem, i);
    return names;
}

static UmkBiasInput *
make_input(UmkMatrix *background, const char *const *names, const gsize sizes[4])
{
    UmkBiasInput *input = umk_bias_input_new(background, names);

    for (gsize s = 0; s < 4; s++) {
        g_autoptr(UmkMatrix) rows = random_rows(sizes[s], s + 1);
        g_auto(GStrv) own = make_names(roles[s], sizes[s]);

        umk_bias_input_add_set(input, roles[s], NULL, rows, (const char *const *) own,
                               NULL);
    }
    return input;
}

static void
measure(UmkBiasInput *input, const char *options)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params("weat", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autofree char *text = NULL;

    umk_params_parse(params, options, NULL);
    text = umk_bias_measure("weat", input, params, 42, NULL, NULL, NULL, NULL);
    g_assert(text != NULL);
}

static void
report(const char *what, gint64 from, double cpu)
{
    g_print("{\"bench\":\"audit\",\"what\":\"%s\",\"wall\":%.4f,\"cpu\":%.4f,"
            "\"threads\":%u}\n",
            what, (double) (g_get_monotonic_time() - from) / 1e6, cpu_seconds() - cpu,
            umk_get_n_threads());
}

static void
bench_sampled(void)
{
    static const gsize sizes[] = {25, 25, 25, 25};
    g_autoptr(UmkBiasInput) input = make_input(NULL, NULL, sizes);

    umk_set_n_threads(1);
    for (guint round = 0; round < 3; round++) {
        gint64 from = g_get_monotonic_time();
        double cpu = cpu_seconds();

        measure(input, "permutations=100000,replicates=0,controls=0");
        report("weat 25x300, 100,000 permutations", from, cpu);
    }
    umk_set_n_threads(0);
}

static void
bench_exact(gsize n)
{
    g_autofree char *what = g_strdup_printf("exact, %zu items", n);
    double values[UMK_PARTITION_ITEMS];
    UmkPartitionInput input = {.values = values,
                               .n = n,
                               .n_first = n / 2,
                               .tolerance = 1e-12,
                               .exact_items = UMK_PARTITION_ITEMS};
    g_auto(UmkRun) run = {0};
    UmkPartitionTest test;
    gint64 from;
    double cpu;
    UmkRng rng;

    _umk_rng_init(&rng, n, 0);
    for (gsize i = 0; i < n; i++)
        values[i] = _umk_rng_normal(&rng);
    _umk_run_init(&run, NULL, NULL, NULL);
    from = g_get_monotonic_time();
    cpu = cpu_seconds();
    g_assert(_umk_partition_test(&input, &test, &run, NULL));
    report(what, from, cpu);
}

/* The sizes of the ten tests of 2017. */
static void
bench_ten(void)
{
    static const gsize sizes[10][4] = {
        {25, 25, 25, 25}, {25, 25, 25, 25}, {32, 32, 25, 25}, {16, 16, 25, 25},
        {16, 16, 8, 8},   {8, 8, 8, 8},     {8, 8, 8, 8},     {8, 8, 8, 8},
        {6, 6, 7, 7},     {8, 8, 8, 8}};
    g_autoptr(UmkMatrix) background = random_rows(BACKGROUND, 7);
    g_auto(GStrv) names = make_names("word", BACKGROUND);
    g_autoptr(GPtrArray) inputs =
        g_ptr_array_new_with_free_func((GDestroyNotify) umk_bias_input_unref);
    gint64 from;
    double cpu;

    for (gsize i = 0; i < G_N_ELEMENTS(sizes); i++)
        g_ptr_array_add(inputs,
                        make_input(background, (const char *const *) names, sizes[i]));
    from = g_get_monotonic_time();
    cpu = cpu_seconds();
    for (guint i = 0; i < inputs->len; i++)
        measure(inputs->pdata[i], "");
    report("ten tests, bootstrap 10,000, influence, random sets", from, cpu);
}

int
main(void)
{
    bench_sampled();
    for (gsize n = 28; n <= 40; n += 4)
        bench_exact(n);
    bench_ten();
    return 0;
}
