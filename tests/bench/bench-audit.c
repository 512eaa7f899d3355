/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Association tests: WEAT with 100,000 sampled permutations on four sets of 25 rows of
 * 300 dimensions on one thread, exact counts up to 40 items, the ten tests of
 * Caliskan's sizes with bootstrap, influence and random sets from 100,000 rows, and a
 * whole audit of a file of 100,000 rows with clustering bias, without and with a debias.
 * `meson test -C build --benchmark -v audit` */
#include <umekomi/umekomi.h>

#include "bias/umk-partition-private.h"
#include "core/umk-rng-private.h"

#include <glib/gstdio.h>

#include <stdio.h>
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
measure_by(const char *name, UmkBiasInput *input, const char *options)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(name, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autofree char *text = NULL;

    umk_params_parse(params, options, NULL);
    text = umk_bias_measure(name, input, params, 42, NULL, NULL, NULL, NULL);
    g_assert(text != NULL);
}

static void
measure(UmkBiasInput *input, const char *options)
{
    measure_by("weat", input, options);
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

/* Many items with many attributes, each item by itself. */
static void
bench_items(void)
{
    static const gsize sizes[] = {300, 0, 300, 300};
    g_autoptr(UmkBiasInput) input = make_input(NULL, NULL, sizes);
    gint64 from = g_get_monotonic_time();
    double cpu = cpu_seconds();

    measure_by("sc-weat", input, "controls=0");
    report("sc-weat, 300 items, 600 attributes", from, cpu);
}

/* word2vec's text form; rows lean to either side of the first two axes. */
static char *
write_vocabulary(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-bench-XXXXXX", NULL);
    char *path = g_build_filename(folder, "words.vec", NULL);
    FILE *file = fopen(path, "w");
    UmkRng rng;

    g_assert(file != NULL);
    _umk_rng_init(&rng, 11, 0);
    fprintf(file, "%d %d\n", BACKGROUND, D);
    for (guint i = 0; i < BACKGROUND; i++) {
        fprintf(file, "w%u", i);
        for (guint j = 0; j < D; j++)
            fprintf(file, " %.5f",
                    _umk_rng_normal(&rng) + (j < 2 ? (i % 2 == 0 ? 1.5 : -1.5) : 0.0));
        fputc('\n', file);
    }
    g_assert(fclose(file) == 0);
    return path;
}

static void
add_set(UmkAuditSpec *spec, const char *id, guint first, guint step, guint n)
{
    g_auto(GStrv) items = g_new0(char *, n + 1);

    for (guint i = 0; i < n; i++)
        items[i] = g_strdup_printf("w%u", first + i * step);
    g_assert(
        umk_audit_spec_add_set(spec, id, NULL, NULL, (const char *const *) items, NULL));
}

static UmkAuditSpec *
make_spec(gboolean debias)
{
    UmkAuditSpec *spec = umk_audit_spec_new();

    for (guint s = 0; s < 4; s++)
        add_set(spec, roles[s], 100 * s + s % 2, 2, 10);
    g_assert(
        umk_audit_spec_add_test(spec, "weat", "weat", "x=x y=y a=a b=b", NULL, NULL));
    g_assert(
        umk_audit_spec_add_test(spec, "clusters", "cluster-bias", "x=x y=y", NULL, NULL));
    g_assert(!debias || umk_audit_spec_set_debias(spec, "leace", "x=x y=y", NULL, NULL));
    return spec;
}

/* As the command line does it: the file is read, the audit is run and is JSON. */
static void
bench_vocabulary(void)
{
    g_autofree char *path = write_vocabulary(), *folder = g_path_get_dirname(path);
    g_auto(GStrv) names = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    gint64 from = g_get_monotonic_time();
    double cpu = cpu_seconds();

    vectors = umk_vectors_read(path, &names, NULL);
    g_assert(vectors != NULL);
    report("audit 100,000x300: the file is read", from, cpu);
    for (guint debias = 0; debias < 2; debias++) {
        g_autoptr(UmkAuditSpec) spec = make_spec(debias == 1);
        g_autoptr(UmkAuditSource) source = NULL;
        g_autoptr(UmkAudit) audit = NULL;

        from = g_get_monotonic_time();
        cpu = cpu_seconds();
        source = umk_audit_source_new_for_vectors(vectors, (const char *const *) names,
                                                  path, NULL);
        audit = umk_audit_run(spec, source, 42, NULL, NULL, NULL, NULL);
        g_assert(audit != NULL && umk_audit_get_json(audit, NULL) != NULL);
        report(debias == 0 ? "audit 100,000x300: association, clusters"
                           : "audit 100,000x300: the same, leace, costs, what remains",
               from, cpu);
    }
    g_remove(path);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    bench_items();
    if (argc > 1 && g_str_equal(argv[1], "items"))
        return 0;
    bench_sampled();
    for (gsize n = 28; n <= 40; n += 4)
        bench_exact(n);
    bench_ten();
    bench_vocabulary();
    return 0;
}
