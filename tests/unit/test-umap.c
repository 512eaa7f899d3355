/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UMAP's own arithmetic against the C library's, its layout on 1 to 8 threads and from
 * every copy of the inner loop, its quality on clusters that are known, what is
 * degenerate, and stopping and going on. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "projection/umk-projection-umap-kernel-private.h"
#include "projection/umk-projection-umap-math-private.h"

#include <math.h>
#include <string.h>

#define N_CLUSTERS 6

/* Row i belongs to cluster i % N_CLUSTERS. */
static UmkMatrix *
clusters(gsize n, gsize n_dims, guint64 seed)
{
    g_autofree float *values = g_new(float, n *n_dims + 1);
    g_autofree float *centres = g_new(float, N_CLUSTERS *n_dims + 1);
    UmkRng rng;

    _umk_rng_init(&rng, seed, 0);
    for (gsize i = 0; i < N_CLUSTERS * n_dims; i++)
        centres[i] = (float) _umk_rng_normal(&rng) * 3;
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < n_dims; j++)
            values[i * n_dims + j] =
                centres[i % N_CLUSTERS * n_dims + j] + (float) _umk_rng_normal(&rng);
    return umk_matrix_new_from_data(n, n_dims, values, NULL);
}

static UmkProjection *
fit(UmkMatrix *vectors, const char *options, UmkFitting *fitting, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params("umap", &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    g_assert_true(umk_params_parse(params, options, error));
    return umk_projection_fit_live("umap", vectors, params, fitting, NULL, NULL, NULL,
                                   error);
}

static GBytes *
bytes_of(UmkMatrix *vectors, const char *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkProjection) projection = fit(vectors, options, NULL, &error);

    g_assert_no_error(error);
    return g_bytes_ref(umk_matrix_get_bytes(umk_projection_get_coords(projection)));
}

/* ---- arithmetic -------------------------------------------------------------------- */

static void
test_functions(void)
{
    for (double x = -700.0; x < 700.0; x += 0.37) {
        double expected = exp(x);

        g_assert_cmpfloat(fabs(_umk_umap_exp(x) - expected), <=, 4e-16 * expected);
    }
    g_assert_true(_umk_umap_exp(0.0) == 1.0 && _umk_umap_exp(-1e9) == 0.0);
    for (double x = 1e-12; x < 1e12; x *= 1.037)
        g_assert_cmpfloat(fabs(_umk_umap_log(x) - log(x)), <=,
                          4e-16 * MAX(1.0, fabs(log(x))));
    g_assert_true(_umk_umap_log(1.0) == 0.0);
}

/* ---- determinism ------------------------------------------------------------------- */

/* 1,500 points are four blocks, 5,000 eight; the threads outnumber the pairs. */
static void
test_threads(void)
{
    static const char *const options[] = {
        "epochs=40", "epochs=20,dims=3", "epochs=20,metric=cosine,start=spectral",
        "epochs=10,negatives=2,start=random", "epochs=20,densmap=yes"};
    static const guint threads[] = {1, 2, 8};
    g_autoptr(UmkMatrix) vectors = clusters(5000, 12, 3);

    for (gsize o = 0; o < G_N_ELEMENTS(options); o++) {
        g_autoptr(GBytes) first = NULL;

        for (gsize t = 0; t < G_N_ELEMENTS(threads); t++) {
            g_autoptr(GBytes) bytes = NULL;

            umk_set_n_threads(threads[t]);
            bytes = bytes_of(vectors, options[o]);
            if (first == NULL)
                first = g_steal_pointer(&bytes);
            else
                g_assert_true(g_bytes_equal(first, bytes));
        }
        umk_set_n_threads(0);
    }
}

static void
test_seeds(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(300, 5, 3);
    g_autoptr(GBytes) one = bytes_of(vectors, "seed=1"),
                      again = bytes_of(vectors, "seed=1"),
                      other = bytes_of(vectors, "seed=2");

    g_assert_true(g_bytes_equal(one, again));
    g_assert_false(g_bytes_equal(one, other));
}

#if defined(__x86_64__)
static void
compare_kernels(const UmkUmapKernels *kernels)
{
    static const char *const options[] = {
        "epochs=30", "epochs=15,dims=3", "epochs=15,negatives=3,min-dist=0.9",
        "epochs=20,densmap=yes", "epochs=20,densmap=yes,dims=3"};
    g_autoptr(UmkMatrix) vectors = clusters(1500, 8, 4), few = clusters(90, 8, 4);

    for (gsize o = 0; o < G_N_ELEMENTS(options); o++)
        for (int small = 0; small < 2; small++) {
            g_autoptr(GBytes) plain = NULL, fast = NULL;

            _umk_umap_set_kernels(&_umk_umap_kernels_plain);
            plain = bytes_of(small ? few : vectors, options[o]);
            _umk_umap_set_kernels(kernels);
            fast = bytes_of(small ? few : vectors, options[o]);
            _umk_umap_set_kernels(NULL);
            g_assert_true(g_bytes_equal(plain, fast));
        }
}

static void
test_avx2(void)
{
    if (__builtin_cpu_supports("avx2"))
        compare_kernels(&_umk_umap_kernels_avx2);
    else
        g_test_skip("no AVX2");
}

static void
test_avx512(void)
{
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
        compare_kernels(&_umk_umap_kernels_avx512);
    else
        g_test_skip("no AVX-512");
}
#endif

/* ---- quality ----------------------------------------------------------------------- */

/* The share of points whose nearest point on the map is of their own cluster. Clusters
 * three deviations apart in twelve dimensions do not touch, so all but a few must be. */
static double
share_at_home(UmkMatrix *coords)
{
    gsize n = umk_matrix_get_n_rows(coords), dims, n_home = 0;

    for (gsize i = 0; i < n; i++) {
        const float *a = umk_matrix_get_row(coords, i, &dims);
        float nearest = INFINITY;
        gsize best = i;

        for (gsize j = 0; j < n; j++) {
            const float *b = umk_matrix_get_row(coords, j, NULL);
            float d = 0;

            for (gsize c = 0; c < dims; c++)
                d += (a[c] - b[c]) * (a[c] - b[c]);
            if (j != i && d < nearest) {
                nearest = d;
                best = j;
            }
        }
        n_home += best % N_CLUSTERS == i % N_CLUSTERS;
    }
    return (double) n_home / (double) n;
}

static void
test_clusters(void)
{
    static const char *const options[] = {"dims=2",        "dims=3",
                                          "metric=cosine", "start=spectral",
                                          "start=random",  "min-dist=0.01,neighbors=30"};

    for (gsize size = 120; size <= 1800; size *= 15)
        for (gsize o = 0; o < G_N_ELEMENTS(options); o++) {
            g_autoptr(UmkMatrix) vectors = clusters(size, 12, 9);
            g_autoptr(UmkProjection) projection = fit(vectors, options[o], NULL, NULL);

            g_assert_cmpfloat(share_at_home(umk_projection_get_coords(projection)), >=,
                              0.98);
        }
}

/* Logarithm of the mean distance to the ten nearest. */
static double
log_radius(UmkMatrix *m, gsize row)
{
    float best[10];
    double sum = 0;
    gsize d;

    for (int r = 0; r < 10; r++)
        best[r] = INFINITY;
    for (gsize i = 0; i < umk_matrix_get_n_rows(m); i++) {
        const float *a = umk_matrix_get_row(m, row, &d),
                    *b = umk_matrix_get_row(m, i, NULL);
        float squared = 0;
        int at = 9;

        for (gsize j = 0; j < d; j++)
            squared += (a[j] - b[j]) * (a[j] - b[j]);
        if (i == row || squared >= best[9])
            continue;
        for (; at > 0 && best[at - 1] > squared; at--)
            best[at] = best[at - 1];
        best[at] = squared;
    }
    for (int r = 0; r < 10; r++)
        sum += sqrt((double) best[r]);
    return log(sum / 10);
}

static double
correlation(const double *x, const double *y, gsize n)
{
    double sx = 0, sy = 0, xx = 0, yy = 0, xy = 0, m = (double) n;

    for (gsize i = 0; i < n; i++) {
        sx += x[i];
        sy += y[i];
        xx += x[i] * x[i];
        yy += y[i] * y[i];
        xy += x[i] * y[i];
    }
    return (m * xy - sx * sy) / sqrt((m * xx - sx * sx) * (m * yy - sy * sy));
}

/* Clusters of one to six times the spread: densMAP is for their radii to show. The
 * authors report correlations of 0.6 to 0.9 where UMAP has about none. */
static void
test_density(void)
{
    static const char *const options[] = {"epochs=200", "epochs=200,densmap=yes"};
    gsize n = 600;
    g_autofree float *values = g_new(float, n * 6);
    g_autofree double *data = g_new(double, n), *map = g_new(double, n);
    double found[2];
    g_autoptr(UmkMatrix) vectors = NULL;
    UmkRng rng;

    _umk_rng_init(&rng, 5, 0);
    for (gsize i = 0; i < n; i++)
        for (gsize j = 0; j < 6; j++)
            values[i * 6 + j] = (float) (j == i % 6 ? 60 : 0) +
                                (float) (1 + i % 6) * (float) _umk_rng_normal(&rng);
    vectors = umk_matrix_new_from_data(n, 6, values, NULL);
    for (gsize i = 0; i < n; i++)
        data[i] = log_radius(vectors, i);
    for (int o = 0; o < 2; o++) {
        g_autoptr(UmkProjection) projection = fit(vectors, options[o], NULL, NULL);

        for (gsize i = 0; i < n; i++)
            map[i] = log_radius(umk_projection_get_coords(projection), i);
        found[o] = correlation(data, map, n);
    }
    g_test_message("correlation of radii: UMAP %.2f, densMAP %.2f", found[0], found[1]);
    g_assert_cmpfloat(found[1], >=, 0.6);
    g_assert_cmpfloat(found[1], >, found[0]);
}

/* ---- bad and degenerate input ------------------------------------------------------ */

static void
test_degenerate(void)
{
    for (gsize n = 0; n < 12; n++)
        for (gsize d = 1; d < 3; d++)
            for (int equal = 0; equal < 2; equal++) {
                g_autofree float *values = g_new0(float, n *d + 1);
                g_autoptr(UmkMatrix) vectors = NULL;
                g_autoptr(UmkProjection) projection = NULL;
                g_autoptr(GError) error = NULL;

                for (gsize i = 0; i < n * d && !equal; i++)
                    values[i] = (float) (i * i % 7);
                vectors = umk_matrix_new_from_data(n, d, values, NULL);
                projection =
                    fit(vectors, d == 1 ? "metric=cosine" : "neighbors=30,densmap=yes",
                        NULL, &error);
                g_assert_no_error(error);
                g_assert_cmpuint(
                    umk_matrix_get_n_rows(umk_projection_get_coords(projection)), ==, n);
                g_assert_true(
                    umk_matrix_check_finite(umk_projection_get_coords(projection), NULL));
            }
}

static void
test_bad_options(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(40, 4, 1), wrong = clusters(39, 2, 1);
    g_autoptr(UmkFitting) labels = umk_fitting_new(), start = umk_fitting_new();
    g_autoptr(GBytes) three = g_bytes_new_static("\0\0\0\0\0\0\0\0\0\0\0\0", 12);
    g_autoptr(GError) error = NULL;

    g_assert_null(fit(vectors, "min-dist=2", NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_clear_error(&error);
    umk_fitting_set_labels(labels, three);
    g_assert_null(fit(vectors, "", labels, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    umk_fitting_set_start(start, wrong, 0);
    g_assert_null(fit(vectors, "", start, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_null(
        umk_projection_fit_live("pca", vectors, NULL, start, NULL, NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
}

/* One class, and none that is known, leave the map finite and complete. */
static void
test_labels(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(240, 4, 1);

    for (int kind = 0; kind < 3; kind++) {
        g_autofree gint32 *labels = g_new(gint32, 240);
        g_autoptr(UmkFitting) fitting = umk_fitting_new();
        g_autoptr(UmkProjection) projection = NULL;
        g_autoptr(GBytes) bytes = NULL;

        for (int i = 0; i < 240; i++)
            labels[i] = kind == 0 ? 7 : kind == 1 ? -1 : i % N_CLUSTERS;
        bytes = g_bytes_new(labels, 240 * sizeof *labels);
        umk_fitting_set_labels(fitting, bytes);
        projection = fit(vectors, "label-weight=1", fitting, NULL);
        g_assert_true(
            umk_matrix_check_finite(umk_projection_get_coords(projection), NULL));
        if (kind == 2)
            g_assert_cmpfloat(share_at_home(umk_projection_get_coords(projection)), >=,
                              0.98);
    }
}

/* ---- live -------------------------------------------------------------------------- */

typedef struct {
    GCancellable *cancellable;
    UmkMatrix *kept;
    guint kept_epoch;
    guint n_layouts;
    guint cancel_at; /* number of the layout */
    gint64 cancelled;
} Watch;

static void
watch_layout(UmkMatrix *layout, guint epoch, guint n_epochs, gpointer data)
{
    Watch *watch = data;

    g_assert_cmpuint(epoch, <=, n_epochs);
    g_assert_true(umk_matrix_check_finite(layout, NULL));
    if (epoch > 0 && epoch < n_epochs && watch->kept == NULL) {
        watch->kept = umk_matrix_ref(layout);
        watch->kept_epoch = epoch;
    }
    if (watch->n_layouts++ == watch->cancel_at && watch->cancellable != NULL) {
        g_cancellable_cancel(watch->cancellable);
        watch->cancelled = g_get_monotonic_time();
    }
}

/* A layout that was handed out goes on to the bytes of one that was not stopped. */
static void
test_resume(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(3000, 8, 6), newest = NULL;
    g_autoptr(UmkFitting) whole = umk_fitting_new(), rest = umk_fitting_new();
    g_autoptr(UmkProjection) first = NULL, second = NULL;
    Watch watch = {.cancel_at = G_MAXUINT};
    guint epoch, n_epochs;

    umk_fitting_set_layout_func(whole, watch_layout, &watch, NULL);
    first = fit(vectors, "epochs=300", whole, NULL);
    newest = umk_fitting_dup_layout(whole, &epoch, &n_epochs);
    g_assert_true(epoch == 300 && n_epochs == 300);
    g_assert_true(g_bytes_equal(umk_matrix_get_bytes(newest),
                                umk_matrix_get_bytes(umk_projection_get_coords(first))));
    g_assert_nonnull(watch.kept);
    umk_fitting_set_start(rest, watch.kept, watch.kept_epoch);
    second = fit(vectors, "epochs=300", rest, NULL);
    g_assert_true(g_bytes_equal(umk_matrix_get_bytes(umk_projection_get_coords(first)),
                                umk_matrix_get_bytes(umk_projection_get_coords(second))));
    umk_matrix_unref(watch.kept);
}

static void
test_cancel(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(3000, 8, 6);

    for (guint at = 0; at < 3; at++) {
        g_autoptr(GCancellable) cancellable = g_cancellable_new();
        g_autoptr(UmkFitting) fitting = umk_fitting_new();
        g_autoptr(GError) error = NULL;
        Watch watch = {.cancellable = cancellable, .cancel_at = at};

        umk_fitting_set_layout_func(fitting, watch_layout, &watch, NULL);
        g_assert_null(umk_projection_fit_live("umap", vectors, NULL, fitting, cancellable,
                                              NULL, NULL, &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        g_assert_cmpuint(watch.n_layouts, ==, at + 1);
        g_clear_pointer(&watch.kept, umk_matrix_unref);
    }
}

typedef struct {
    UmkFitting *fitting;
    gint resumed;
} Pause;

static gpointer
resume_later(gpointer data)
{
    Pause *pause = data;

    g_usleep(60000);
    g_atomic_int_set(&pause->resumed, TRUE);
    umk_fitting_resume(pause->fitting);
    return NULL;
}

static void
test_pause(void)
{
    g_autoptr(UmkMatrix) vectors = clusters(400, 8, 6);
    g_autoptr(UmkFitting) fitting = umk_fitting_new();
    g_autoptr(UmkProjection) projection = NULL;
    g_autoptr(GBytes) expected = bytes_of(vectors, "epochs=50");
    Pause pause = {.fitting = fitting};
    GThread *thread;

    umk_fitting_pause(fitting);
    thread = g_thread_new("resume", resume_later, &pause);
    projection = fit(vectors, "epochs=50", fitting, NULL);
    g_assert_true(g_atomic_int_get(&pause.resumed));
    g_assert_true(g_bytes_equal(
        expected, umk_matrix_get_bytes(umk_projection_get_coords(projection))));
    g_thread_join(thread);
}

/* ---- new points -------------------------------------------------------------------- */

/* Of 4,000 rows of 200 dimensions, so that they are found along the graph. */
static void
test_transform(void)
{
    g_autoptr(UmkMatrix) all = clusters(4200, 200, 11), vectors = NULL, fresh = NULL,
                         batch = NULL, known = NULL;
    g_autofree guint64 *rows = g_new(guint64, 4200);
    g_autoptr(UmkProjection) projection = NULL;
    UmkMatrix *coords;
    guint n_home = 0;

    for (guint64 i = 0; i < 4200; i++)
        rows[i] = i;
    vectors = umk_matrix_select_rows(all, rows, 4000, NULL);
    fresh = umk_matrix_select_rows(all, rows + 4000, 200, NULL);
    projection = fit(vectors, "epochs=60", NULL, NULL);
    coords = umk_projection_get_coords(projection);
    batch = umk_projection_transform(projection, fresh, NULL);
    for (gsize i = 0; i < 200; i++) {
        g_autoptr(UmkMatrix) row = umk_matrix_select_rows(fresh, rows + i, 1, NULL);
        g_autoptr(UmkMatrix) alone = umk_projection_transform(projection, row, NULL);
        const float *a = umk_matrix_get_row(batch, i, NULL);
        float nearest = INFINITY;
        gsize best = 0;

        g_assert_cmpmem(a, 8, umk_matrix_get_row(alone, 0, NULL), 8);
        for (gsize j = 0; j < 4000; j++) {
            const float *b = umk_matrix_get_row(coords, j, NULL);
            float d = (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]);

            if (d < nearest) {
                nearest = d;
                best = j;
            }
        }
        n_home += best % N_CLUSTERS == (4000 + i) % N_CLUSTERS;
    }
    g_assert_cmpuint(n_home, >=, 198); /* the clusters do not touch */
    known = umk_projection_transform(projection, vectors, NULL);
    g_assert_true(
        g_bytes_equal(umk_matrix_get_bytes(known), umk_matrix_get_bytes(coords)));
}

static void
test_transform_few(void)
{
    for (gsize n = 0; n < 4; n++) {
        g_autoptr(UmkMatrix) vectors = clusters(n, 5, 1), fresh = clusters(3, 5, 2);
        g_autoptr(UmkProjection) projection = fit(vectors, "", NULL, NULL);
        g_autoptr(UmkMatrix) places = NULL;
        g_autoptr(GError) error = NULL;

        if (n == 0) {
            g_assert_cmpuint(umk_matrix_get_n_rows(umk_projection_get_coords(projection)),
                             ==, 0);
            continue;
        }
        places = umk_projection_transform(projection, fresh, &error);
        g_assert_no_error(error);
        g_assert_true(umk_matrix_check_finite(places, NULL));
        g_assert_cmpuint(umk_matrix_get_n_rows(places), ==, 3);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/umap/functions", test_functions);
    g_test_add_func("/umap/threads", test_threads);
    g_test_add_func("/umap/seeds", test_seeds);
#if defined(__x86_64__)
    g_test_add_func("/umap/avx2", test_avx2);
    g_test_add_func("/umap/avx512", test_avx512);
#endif
    g_test_add_func("/umap/clusters", test_clusters);
    g_test_add_func("/umap/density", test_density);
    g_test_add_func("/umap/degenerate", test_degenerate);
    g_test_add_func("/umap/bad-options", test_bad_options);
    g_test_add_func("/umap/labels", test_labels);
    g_test_add_func("/umap/resume", test_resume);
    g_test_add_func("/umap/cancel", test_cancel);
    g_test_add_func("/umap/pause", test_pause);
    g_test_add_func("/umap/transform", test_transform);
    g_test_add_func("/umap/transform-few", test_transform_few);
    return g_test_run();
}
