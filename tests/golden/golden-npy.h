/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For golden tests: finds a case in the shared data and reads its NPY arrays (version 1,
 * little-endian float32 or int32; int64 is cut to int32). Anything else fails the test.
 */
#pragma once

#include <glib.h>

#include <stdlib.h>
#include <string.h>

typedef struct {
    gsize shape[4];
    guint n_axes;
    gsize n_rows; /* of the first axis              */
    gsize n_cols; /* product of the other axes, or 1 */
    union {
        const float *f;
        const gint32 *i;
    };
    char *file;
} GoldenArray;

static inline char *
golden_path(const char *set, const char *name)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");

    return g_build_filename(shared != NULL ? shared : "../shared", set, name, NULL);
}

/* The folder of a case, or NULL after a message that the test is skipped. */
static inline char *
golden_case(const char *set, const char *name)
{
    char *path = golden_path(set, name);

    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return path;
    g_test_skip_printf("no shared data at %s", path);
    g_free(path);
    return NULL;
}

static inline gboolean
golden_exists(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* A table stored column by column. */
static inline void
golden_transpose(GoldenArray *array)
{
    const guint32 *from = (const guint32 *) (gconstpointer) array->file;
    guint32 *to = g_new(guint32, array->n_rows * array->n_cols);

    g_assert_cmpuint(array->n_axes, ==, 2);
    for (gsize i = 0; i < array->n_rows; i++)
        for (gsize j = 0; j < array->n_cols; j++)
            to[i * array->n_cols + j] = from[j * array->n_rows + i];
    g_free(array->file);
    array->file = (char *) to;
}

static inline GoldenArray
golden_read(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *header = NULL;
    GError *error = NULL;
    GoldenArray array = {0};
    gsize length, start, n;
    gboolean is_long;
    const char *shape;
    char *end;

    g_file_get_contents(path, &array.file, &length, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(length, >=, 10);
    start = 10 + ((guint8) array.file[8] | (gsize) (guint8) array.file[9] << 8);
    g_assert_cmpuint(length, >=, start);
    header = g_strndup(array.file + 10, start - 10);
    is_long = strstr(header, "'<i8'") != NULL;
    g_assert_true(is_long || strstr(header, "'<f4'") != NULL ||
                  strstr(header, "'<i4'") != NULL);
    shape = strstr(header, "'shape': (");
    g_assert_nonnull(shape);
    array.n_cols = 1;
    for (end = (char *) shape + 10; *end != ')' && array.n_axes < 4; array.n_axes++) {
        array.shape[array.n_axes] = strtoul(end, &end, 10);
        if (array.n_axes > 0)
            array.n_cols *= array.shape[array.n_axes];
        end += strspn(end, ", ");
    }
    array.n_rows = array.n_axes > 0 ? array.shape[0] : 1;
    n = array.n_rows * array.n_cols;
    g_assert_cmpuint(length - start, ==, n * (is_long ? 8 : 4));
    memmove(array.file, array.file + start, length - start);
    for (gsize i = 0; is_long && i < n; i++) /* the low half of each */
        memmove(array.file + i * 4, array.file + i * 8, 4);
    if (strstr(header, "'fortran_order': True") != NULL && array.n_axes > 1)
        golden_transpose(&array);
    array.f = (const float *) (gconstpointer) array.file;
    return array;
}

static inline void
golden_clear(GoldenArray *array)
{
    g_clear_pointer(&array->file, g_free);
}

static inline double
golden_max_difference(const float *a, const float *b, gsize n)
{
    double most = 0;

    for (gsize i = 0; i < n; i++) {
        double difference = (double) a[i] - (double) b[i];

        /* a NaN must not pass */
        if (!(difference <= most && -difference <= most))
            most = difference < 0 ? -difference : difference;
    }
    return most;
}

static inline double
golden_largest(const float *x, gsize n)
{
    double most = 0;

    for (gsize i = 0; i < n; i++)
        most = MAX(most, x[i] < 0 ? -(double) x[i] : (double) x[i]);
    return most;
}
