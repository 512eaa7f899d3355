/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the reference arrays under UMEKOMI_SHARED and compares with them. */
#pragma once

#include <glib.h>

#include <math.h>
#include <string.h>

typedef struct {
    gsize n_axes;
    gsize shape[4];
    gsize n; /* numbers in all */
    float *data;
} GoldenArray;

/* NULL, with the test marked as skipped, when the shared data are absent. */
static inline char *
golden_folder(const char *name)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    char *path = g_build_filename(shared ? shared : "/nonexistent", name, NULL);

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return path;
    g_free(path);
    g_test_skip("the shared reference data are absent");
    return NULL;
}

/* Version 1 of the format, '<f4' in C order. */
static inline GoldenArray
golden_read(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *file = NULL;
    GoldenArray array = {.n = 1};
    gsize length, begin;
    char *at;

    g_assert_true(g_file_get_contents(path, &file, &length, NULL));
    g_assert_true(length > 10 && memcmp(file, "\x93NUMPY\1", 7) == 0);
    begin = 10 + (guint8) file[8] + ((gsize) (guint8) file[9] << 8);
    g_assert_nonnull(g_strstr_len(file + 10, (gssize) begin - 10, "'<f4'"));
    at = strchr(g_strstr_len(file + 10, (gssize) begin - 10, "'shape'"), '(') + 1;
    while (*at != ')') {
        array.shape[array.n_axes] = g_ascii_strtoull(at, &at, 10);
        array.n *= array.shape[array.n_axes++];
        at += strspn(at, ", ");
    }
    g_assert_cmpuint(length, ==, begin + array.n * sizeof(float));
    array.data = g_memdup2(file + begin, array.n * sizeof(float));
    return array;
}

static inline void
golden_clear(GoldenArray *array)
{
    g_clear_pointer(&array->data, g_free);
}

static inline double
golden_max_difference(const float *a, const float *b, gsize n)
{
    double most = 0.0;

    for (gsize i = 0; i < n; i++)
        most = fmax(most, fabs((double) a[i] - (double) b[i]));
    return most;
}

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
golden_normalize(float *a, gsize n)
{
    double sum = 0.0;

    for (gsize i = 0; i < n; i++)
        sum += (double) a[i] * (double) a[i];
    for (gsize i = 0; i < n; i++)
        a[i] = (float) ((double) a[i] / sqrt(sum));
}
