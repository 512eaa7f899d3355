/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fit that was stopped and goes on ends in the bytes of one that was not. Damaged
 * checkpoints and those of something else are refused. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <string.h>

#define N 400
#define D 8

static UmkMatrix *
make_vectors(void)
{
    float x[N * D];
    UmkRng rng;

    _umk_rng_init(&rng, 3, 0);
    for (gsize i = 0; i < N * D; i++)
        x[i] = (float) (_umk_rng_normal(&rng) + (double) (i / D % 5));
    return umk_matrix_new_from_data(N, D, x, NULL);
}

typedef struct {
    guint n_seen;
    guint wanted;
    GBytes *kept;
} Keep;

static void
keep(GBytes *checkpoint, gpointer data)
{
    Keep *self = data;

    if (self->n_seen++ == self->wanted)
        self->kept = g_bytes_ref(checkpoint);
}

static UmkProjection *
fit(const char *method, const char *options, Keep *keeper, GBytes *from, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_projection_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(UmkFitting) fitting = umk_fitting_new();
    g_autoptr(UmkMatrix) vectors = make_vectors();

    g_assert_true(umk_params_parse(params, options, NULL));
    if (keeper != NULL)
        umk_fitting_set_checkpoint_func(fitting, 0, keep, keeper, NULL);
    if (!umk_fitting_set_checkpoint(fitting, from, error))
        return NULL;
    return umk_projection_fit_live(method, vectors, params, fitting, NULL, NULL, NULL,
                                   error);
}

static void
assert_same(UmkProjection *a, UmkProjection *b)
{
    UmkMatrix *x = umk_projection_get_coords(a), *y = umk_projection_get_coords(b);
    gsize d = umk_matrix_get_n_cols(x);

    g_assert_cmpmem(umk_matrix_get_row(x, 0, NULL), N * d * sizeof(float),
                    umk_matrix_get_row(y, 0, NULL), N * d * sizeof(float));
}

static void
test_goes_on(void)
{
    static const char *const cases[][2] = {
        {"umap", "epochs=120"},
        {"umap", "epochs=120,densmap=true,dims=3"},
        {"tsne", "iterations=80,early-iterations=40,perplexity=10"},
        {"tsne", "iterations=30,early-iterations=60,perplexity=10,dims=3"},
        {"pacmap", "iterations=50"},
    };

    for (guint c = 0; c < G_N_ELEMENTS(cases); c++)
        for (guint wanted = 0; wanted < 40; wanted += 19) {
            g_autoptr(GError) error = NULL;
            Keep keeper = {.wanted = wanted};
            g_autoptr(UmkProjection) whole =
                fit(cases[c][0], cases[c][1], &keeper, NULL, &error);
            g_autoptr(UmkProjection) plain =
                fit(cases[c][0], cases[c][1], NULL, NULL, &error);
            g_autoptr(UmkProjection) rest = NULL;

            g_assert_no_error(error);
            assert_same(whole, plain);
            if (keeper.kept == NULL) /* epochs of one batch */
                continue;
            rest = fit(cases[c][0], cases[c][1], NULL, keeper.kept, &error);
            g_assert_no_error(error);
            assert_same(whole, rest);
            g_bytes_unref(keeper.kept);
        }
}

static GBytes *
make_checkpoint(void)
{
    Keep keeper = {0};
    g_autoptr(UmkProjection) whole = fit("pacmap", "iterations=20", &keeper, NULL, NULL);

    g_assert_nonnull(whole);
    return keeper.kept;
}

static void
test_of_something_else(void)
{
    g_autoptr(GBytes) kept = make_checkpoint();
    static const char *const others[][2] = {{"pacmap", "iterations=21"},
                                            {"pacmap", "iterations=20,seed=1"},
                                            {"umap", ""},
                                            {"pca", ""}};

    for (guint c = 0; c < G_N_ELEMENTS(others); c++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(fit(others[c][0], others[c][1], NULL, kept, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    }
}

static void
test_damaged(void)
{
    g_autoptr(GBytes) kept = make_checkpoint();
    gsize size;
    const guint8 *good = g_bytes_get_data(kept, &size);

    for (gsize at = 0; at < size; at += at < 100 ? 1 : 997) {
        g_autofree guint8 *bad = g_memdup2(good, size);
        g_autoptr(GBytes) changed = NULL;
        g_autoptr(GBytes) cut = g_bytes_new(good, at);
        g_autoptr(GError) first = NULL;
        g_autoptr(GError) second = NULL;

        bad[at] ^= 0x41;
        changed = g_bytes_new(bad, size);
        g_assert_null(fit("pacmap", "iterations=20", NULL, changed, &first));
        g_assert_error(first, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_assert_null(fit("pacmap", "iterations=20", NULL, cut, &second));
        g_assert_error(second, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/checkpoint/goes-on", test_goes_on);
    g_test_add_func("/checkpoint/of-something-else", test_of_something_else);
    g_test_add_func("/checkpoint/damaged", test_damaged);
    return g_test_run();
}
