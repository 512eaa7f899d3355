/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts that the golden tests of the image families share. Tolerances are those of the
 * cases' case.json: pixels max 0.02 and mean 0.002, vectors from given pixels cosine
 * 0.99999 and 2e-5 a number, vectors from the file cosine 0.999. */
#pragma once

#include "golden-npy.h"

#include <math.h>

#include "umk-picture-private.h"
#include "umk-vit-private.h"

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

static inline void
golden_normalize(const float *a, gsize n, float *out)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += (double) a[i] * (double) a[i];
    for (gsize i = 0; i < n; i++)
        out[i] = (float) ((double) a[i] / sqrt(sum));
}

/* images/a.png … in the order of the arrays; NULL past the last. */
static inline char *
golden_image(const char *folder, gsize i)
{
    static const char *const suffixes[] = {"png", "jpg"};

    for (gsize s = 0; s < G_N_ELEMENTS(suffixes); s++) {
        char *path =
            g_strdup_printf("%s/images/%c.%s", folder, (char) ('a' + i), suffixes[s]);

        if (g_file_test(path, G_FILE_TEST_EXISTS))
            return path;
        g_free(path);
    }
    return NULL;
}

/* (3, height, width) -> (height, width, 3) */
static inline float *
golden_channels_last(const float *planes, gsize height, gsize width)
{
    gsize n = height * width;
    float *pixels = g_new(float, n * 3);

    for (gsize i = 0; i < n; i++)
        for (gsize c = 0; c < 3; c++)
            pixels[i * 3 + c] = planes[c * n + i];
    return pixels;
}

static inline void
golden_check_pixels(const char *folder, const UmkPreprocess *preprocess)
{
    GoldenArray want = golden_read(folder, "pixel_values.npy");
    gsize n = want.shape[1] * want.shape[2] * want.shape[3];
    double worst = 0.0;

    for (gsize i = 0; i < want.shape[0]; i++) {
        g_autofree char *path = golden_image(folder, i);
        g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_IMAGE, path);
        g_autoptr(GError) error = NULL;
        g_autofree float *got = NULL, *given = NULL;
        gsize width, height;
        double sum = 0.0, most;

        got = _umk_picture_pixels_for_item(item, preprocess, &width, &height, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(height, ==, want.shape[2]);
        g_assert_cmpuint(width, ==, want.shape[3]);
        given = golden_channels_last(want.f + i * n, height, width);
        most = golden_max_difference(got, given, n);
        for (gsize k = 0; k < n; k++)
            sum += fabs((double) got[k] - (double) given[k]);
        g_assert_cmpfloat(most, <=, 0.02);
        g_assert_cmpfloat(sum / (double) n, <=, 0.002);
        worst = fmax(worst, most);
    }
    g_test_message("pixel_values: largest difference %g", worst);
    golden_clear(&want);
}

/* Rows of raw against what encode makes of the pixels of another case. */
static inline void
golden_check_encoder_within(const char *folder,
                            const UmkImageModel *model,
                            const char *pixels_folder,
                            const char *pixels_name,
                            const char *raw_name,
                            double tolerance)
{
    GoldenArray pixels = golden_read(pixels_folder, pixels_name);
    GoldenArray raw = golden_read(folder, raw_name);
    gsize height = pixels.shape[2], width = pixels.shape[3], n = 3 * height * width;
    gsize d = raw.shape[1];
    g_autofree float *got = g_new(float, d);
    g_autofree float *want = g_new(float, d);
    UmkArena arena = {0};
    double worst = 0.0;

    g_assert_cmpuint(d, ==, model->n_dims);
    for (gsize i = 0; i < raw.shape[0]; i++) {
        g_autofree float *given = golden_channels_last(pixels.f + i * n, height, width);
        g_autoptr(GError) error = NULL;

        model->encode(model, (const float *const *) &given, 1, height, width, &arena, got,
                      &error);
        g_assert_no_error(error);
        g_assert_cmpfloat(golden_cosine(got, raw.f + i * d, d), >=, 0.99999);
        golden_normalize(got, d, got);
        golden_normalize(raw.f + i * d, d, want);
        worst = fmax(worst, golden_max_difference(got, want, d));
    }
    g_test_message("%s: largest difference after normalisation %g", raw_name, worst);
    g_assert_cmpfloat(worst, <=, tolerance);
    /* The first image sized the arena; no later one may have had to. */
    g_assert_cmpuint(arena.n_grown, ==, 1);
    _umk_arena_clear(&arena);
    golden_clear(&pixels);
    golden_clear(&raw);
}

static inline void
golden_check_encoder(const char *folder,
                     const UmkImageModel *model,
                     const char *pixels_name,
                     const char *raw_name)
{
    golden_check_encoder_within(folder, model, folder, pixels_name, raw_name, 2e-5);
}

/* The whole way, through the public interface: module, file, vector. Every image alone
 * and all in one call must give the same bits. */
static inline void
golden_check_files_within(const char *folder,
                          const char *embedder,
                          const char *l2_name,
                          double tolerance)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), path, NULL, NULL, &error);
    GoldenArray want = golden_read(folder, l2_name);
    gsize d = want.shape[1];
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) all = NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(umk_model_get_embedder(model, UMK_MODALITY_IMAGE), ==, embedder);
    for (gsize i = 0; i < want.shape[0]; i++) {
        g_autofree char *image = golden_image(folder, i);
        g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_IMAGE, image);

        umk_items_append(items, item);
    }
    all = umk_model_embed(model, items, NULL, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_cols(all), ==, d);
    for (gsize i = 0; i < want.shape[0]; i++) {
        const float *row = umk_matrix_get_row(all, i, NULL);
        g_autoptr(UmkItems) one = umk_items_new();
        g_autoptr(UmkMatrix) alone = NULL;

        g_assert_cmpfloat(golden_cosine(row, want.f + i * d, d), >=, 0.999);
        g_assert_cmpfloat(golden_max_difference(row, want.f + i * d, d), <=, tolerance);
        umk_items_append(one, umk_items_get(items, i));
        alone = umk_model_embed(model, one, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_cmpmem(row, d * sizeof(float), umk_matrix_get_row(alone, 0, NULL),
                        d * sizeof(float));
    }
    golden_clear(&want);
}

static inline void
golden_check_files(const char *folder, const char *embedder, const char *l2_name)
{
    golden_check_files_within(folder, embedder, l2_name, 2e-5);
}

/* int8 and bf16 keep to the golden vectors, and to the bits whatever the company. */
static inline void
golden_check_precisions(const char *folder, const char *l2_name)
{
    static const char *const precisions[] = {"int8", "bf16"};
    g_autofree char *path = g_build_filename(folder, "model", NULL);
    GoldenArray want = golden_read(folder, l2_name);
    gsize d = want.shape[1], n_specs;
    const UmkParamSpec *specs = umk_model_get_param_specs(&n_specs);

    for (gsize p = 0; p < G_N_ELEMENTS(precisions); p++) {
        g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
        g_autoptr(UmkItems) items = umk_items_new();
        g_autoptr(UmkModel) model = NULL;
        g_autoptr(UmkMatrix) all = NULL;
        g_autoptr(GError) error = NULL;
        double least = 1;

        g_assert_true(umk_params_set(params, "precision", precisions[p], &error));
        model = umk_model_load(umk_registry_get_default(), path, params, NULL, &error);
        g_assert_no_error(error);
        for (gsize i = 0; i < want.shape[0]; i++) {
            g_autofree char *image = golden_image(folder, i);
            g_autoptr(UmkItem) item = umk_item_new_for_file(UMK_MODALITY_IMAGE, image);

            umk_items_append(items, item);
        }
        all = umk_model_embed(model, items, NULL, NULL, NULL, &error);
        g_assert_no_error(error);
        for (gsize i = 0; i < want.shape[0]; i++) {
            const float *row = umk_matrix_get_row(all, i, NULL);
            g_autoptr(UmkItems) one = umk_items_new();
            g_autoptr(UmkMatrix) alone = NULL;

            least = fmin(least, golden_cosine(row, want.f + i * d, d));
            umk_items_append(one, umk_items_get(items, i));
            alone = umk_model_embed(model, one, NULL, NULL, NULL, &error);
            g_assert_no_error(error);
            g_assert_cmpmem(row, d * sizeof(float), umk_matrix_get_row(alone, 0, NULL),
                            d * sizeof(float));
        }
        g_test_message("%s: least cosine %g", precisions[p], least);
        g_assert_cmpfloat(least, >=, p == 0 ? 0.995 : 0.9999);
        g_assert_cmpfloat(least, <, 1 - 1e-9); /* it was not f32 */
    }
    golden_clear(&want);
}
