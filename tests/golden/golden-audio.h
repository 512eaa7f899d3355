/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts that the golden tests of the audio families share. Tolerances are those of the
 * cases' case.json or tighter: cosine 0.99999 and 2e-5 a number, from given features and
 * from the file alike. */
#pragma once

#include "golden-npy.h"

#include <math.h>

#include "umk-audio-model-private.h"

#include <umekomi/umekomi.h>

#define GOLDEN_MODELS "golden_models/models"

static inline double
golden_cosine(const float *a, const float *b, gsize n)
{
    double ab = 0.0, aa = 0.0, bb = 0.0;

    for (gsize i = 0; i < n; i++) {
        ab += (double) a[i] * (double) b[i];
        aa += (double) a[i] * (double) a[i];
        bb += (double) b[i] * (double) b[i];
    }
    return ab / sqrt(aa * bb);
}

static inline UmkItem *
golden_clip(const char *sounds, gsize i)
{
    g_autofree char *path = g_strdup_printf("%s/audio/g%zu.wav", sounds, i);

    return umk_item_new_for_file(UMK_MODALITY_AUDIO, path);
}

static inline gpointer
golden_load(const UmkEmbedderOps *ops, const char *folder)
{
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_autoptr(GError) error = NULL;
    gpointer model = ops->model_load(path, NULL, NULL, &error);

    g_assert_no_error(error);
    return model;
}

/* Vectors made of given features against the unit vectors (or, before scaling, the raw
 * ones) of the case. */
static inline void
golden_check_vector(const char *what, const float *got, const float *want, gsize n)
{
    g_autofree float *a = g_memdup2(got, n * sizeof *a);
    g_autofree float *b = g_memdup2(want, n * sizeof *b);
    double worst, cosine = golden_cosine(got, want, n);

    _umk_kernel_normalize(a, n);
    _umk_kernel_normalize(b, n);
    worst = golden_max_difference(a, b, n);
    g_test_message("%s: cosine %.9f, largest difference %.2e", what, cosine, worst);
    g_assert_cmpfloat(cosine, >=, 0.99999);
    g_assert_cmpfloat(worst, <=, 2e-5);
}

/* Rows of values that are not vectors of unit length, like hidden states. */
static inline void
golden_check_values(
    const char *what, const float *got, const float *want, gsize n, double most)
{
    double worst = golden_max_difference(got, want, n);

    g_test_message("%s: largest difference %.2e", what, worst);
    g_assert_cmpfloat(worst, <=, most);
}

static inline UmkMatrix *
golden_embed(UmkModel *model, UmkItems *items)
{
    g_autoptr(GError) error = NULL;
    UmkMatrix *matrix = umk_model_embed(model, items, NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    return matrix;
}

/* The linear maps in whole numbers: close to f32, though these networks are far narrower
 * than any that is used. */
static inline void
golden_check_int8(const char *path, UmkItems *items, UmkMatrix *want)
{
    gsize n_specs, d = umk_matrix_get_n_cols(want);
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) got = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(umk_params_parse(params, "precision=int8", &error));
    model = umk_model_load(umk_registry_get_default(), path, params, NULL, &error);
    g_assert_no_error(error);
    got = golden_embed(model, items);
    for (gsize i = 0; i < umk_matrix_get_n_rows(want); i++) {
        double cosine = golden_cosine(umk_matrix_get_row(got, i, NULL),
                                      umk_matrix_get_row(want, i, NULL), d);

        g_test_message("int8: cosine %.6f", cosine);
        g_assert_cmpfloat(cosine, >=, 0.995);
        g_assert_cmpfloat(cosine, <, 1.0); /* it did something */
    }
}

/* From the files through the public functions, and the same bits alone, in another order
 * and on another number of threads. */
static inline void
golden_check_files(const char *folder, const char *sounds, const char *vectors)
{
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItems) backwards = umk_items_new();
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkMatrix) got = NULL;
    g_autoptr(UmkMatrix) turned = NULL;
    g_autoptr(GError) error = NULL;
    GoldenArray want = golden_read(folder, vectors);
    gsize n = want.n_rows, d = want.n_cols;

    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkItem) one = golden_clip(sounds, i);
        g_autoptr(UmkItem) other = golden_clip(sounds, n - 1 - i);

        umk_items_append(items, one);
        umk_items_append(backwards, other);
    }
    model = umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    g_assert_no_error(error);
    got = golden_embed(model, items);
    g_assert_cmpuint(umk_matrix_get_n_cols(got), ==, d);
    umk_set_n_threads(1);
    turned = golden_embed(model, backwards);
    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(got, i, NULL);
        g_autoptr(UmkItems) alone = umk_items_new();
        g_autoptr(UmkMatrix) single = NULL;

        golden_check_vector(vectors, row, want.f + i * d, d);
        g_assert_cmpmem(umk_matrix_get_row(turned, n - 1 - i, NULL), d * sizeof *row, row,
                        d * sizeof *row);
        umk_items_append(alone, umk_items_get(items, i));
        single = golden_embed(model, alone);
        g_assert_cmpmem(umk_matrix_get_row(single, 0, NULL), d * sizeof *row, row,
                        d * sizeof *row);
    }
    umk_set_n_threads(0);
    golden_check_int8(path, items, got);
    golden_clear(&want);
}
