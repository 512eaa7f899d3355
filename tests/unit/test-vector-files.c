/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of vectors that grow row by row: every number type beside values worked out by
 * hand, calibration, and that an unfinished file leaves nothing behind. */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>

#include <string.h>
#include <unistd.h>

#define HEADER 128

static char *folder;

static char *
in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static UmkMatrix *
make_matrix(const float *values, gsize n, gsize d)
{
    g_autoptr(GBytes) bytes = g_bytes_new(values, n * d * sizeof *values);
    GError *error = NULL;
    UmkMatrix *matrix = umk_matrix_new_from_bytes(n, d, bytes, &error);

    g_assert_no_error(error);
    return matrix;
}

/* Rows one by one through a writer; the file's content. */
static GBytes *
write_rows(const char *dtype, UmkMatrix *calibration, const float *rows, gsize n, gsize d)
{
    g_autofree char *path = in_folder("rows.npy");
    g_autoptr(UmkVectorWriter) writer = NULL;
    GError *error = NULL;
    char *data;
    gsize length;

    writer = umk_vector_writer_new(path, d, dtype, calibration, &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkMatrix) row = make_matrix(rows + i * d, 1, d);

        g_assert_true(umk_vector_writer_append(writer, row, &error));
        g_assert_no_error(error);
    }
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_cmpuint(umk_vector_writer_get_n_rows(writer), ==, n);
    g_assert_true(umk_vector_writer_finish(writer, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(path, &data, &length, NULL));
    g_unlink(path);
    return g_bytes_new_take(data, length);
}

static void
expect_bytes(GBytes *file, const char *descr, gsize n, gsize width, const void *expected)
{
    gsize size;
    const char *data = g_bytes_get_data(file, &size);
    g_autofree char *shape = g_strdup_printf("(%zu, %zu)", n, width);
    g_autofree char *header = g_strndup(data + 10, HEADER - 10);

    g_assert_nonnull(strstr(header, descr));
    g_assert_nonnull(strstr(header, shape));
    g_assert_cmpmem(data + HEADER, size - HEADER, expected, size - HEADER);
}

static const float three[3][2] = {{0, -1}, {1, 1}, {0.5f, 0.25f}};

/* step 1/255 and 2/255; 0.5 stands at 127.5, 0.25 at 159.375, and the greatest value, in
 * float32, just below 255: NumPy says the same of the same formula */
static void
test_ranges(void)
{
    static const gint8 i8[6] = {-128, -128, 126, 126, 0, 31};
    static const guint8 u8[6] = {0, 0, 254, 254, 127, 159};
    g_autoptr(GBytes) as_i8 = write_rows("i8", NULL, three[0], 3, 2);
    g_autofree char *path = in_folder("rows.ranges.npy");
    g_autoptr(UmkMatrix) ranges = umk_vectors_read(path, NULL, NULL);
    g_autoptr(GBytes) as_u8 = write_rows("u8", NULL, three[0], 3, 2);

    g_assert_cmpuint(g_bytes_get_size(as_i8), ==, HEADER + 6);
    expect_bytes(as_i8, "'|i1'", 3, 2, i8);
    expect_bytes(as_u8, "'|u1'", 3, 2, u8);
    g_assert_nonnull(ranges);
    g_assert_cmpfloat(umk_matrix_get_row(ranges, 0, NULL)[1], ==, -1);
    g_assert_cmpfloat(umk_matrix_get_row(ranges, 1, NULL)[0], ==, 1);
}

/* Ranges of another batch: what lies outside gets the nearest end; a dimension without
 * any width the lowest value. */
static void
test_calibration(void)
{
    static const float earlier[2][2] = {{0, 2}, {0.5f, 2}};
    static const gint8 expected[6] = {-128, -128, 127, -128, 126, -128};
    g_autoptr(UmkMatrix) calibration = make_matrix(earlier[0], 2, 2);
    g_autoptr(UmkMatrix) narrow = make_matrix(earlier[0], 4, 1);
    g_autoptr(GBytes) file = write_rows("i8", calibration, three[0], 3, 2);
    g_autofree char *path = in_folder("bad.npy");
    g_autoptr(GError) error = NULL;

    expect_bytes(file, "'|i1'", 3, 2, expected);
    g_assert_null(umk_vector_writer_new(path, 2, "i8", narrow, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
}

static void
test_bits(void)
{
    static const float rows[2][9] = {{1, -1, 0, 2, -2, 3, 0, 1, 1},
                                     {-1, -1, -1, -1, -1, -1, -1, -1, 0}};
    static const guint8 bits[4] = {0x95, 0x80, 0, 0};
    static const gint8 shifted[4] = {0x95 - 128, 0, -128, -128};
    g_autoptr(GBytes) ubinary = write_rows("ubinary", NULL, rows[0], 2, 9);
    g_autoptr(GBytes) binary = write_rows("binary", NULL, rows[0], 2, 9);

    g_assert_cmpuint(g_bytes_get_size(ubinary), ==, HEADER + 4);
    expect_bytes(ubinary, "'|u1'", 2, 2, bits);
    expect_bytes(binary, "'|i1'", 2, 2, shifted);
}

static void
test_floats(void)
{
    static const guint16 halves[6] = {0, 0xbc00, 0x3c00, 0x3c00, 0x3800, 0x3400};
    g_autoptr(GBytes) f32 = write_rows("f32", NULL, three[0], 3, 2);
    g_autoptr(GBytes) f16 = write_rows("f16", NULL, three[0], 3, 2);

    g_assert_cmpuint(g_bytes_get_size(f32), ==, HEADER + sizeof three);
    expect_bytes(f32, "'<f4'", 3, 2, three);
    expect_bytes(f16, "'<f2'", 3, 2, halves);
}

/* The whole at once gives the file that row by row gives. */
static void
test_at_once(void)
{
    static const char *const types[] = {"f32", "f16", "i8", "u8", "binary", "ubinary"};
    g_autoptr(UmkMatrix) all = make_matrix(three[0], 3, 2);
    g_autofree char *path = in_folder("once.npy");

    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GBytes) rows = write_rows(types[i], NULL, three[0], 3, 2);
        g_autofree char *data = NULL;
        gsize length;

        g_assert_true(umk_vectors_write(path, all, NULL, types[i], NULL));
        g_assert_true(g_file_get_contents(path, &data, &length, NULL));
        g_assert_cmpmem(data, length, g_bytes_get_data(rows, NULL),
                        g_bytes_get_size(rows));
    }
    g_unlink(path);
}

static guint
count_files(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    guint n = 0;

    while (g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

static void
test_unfinished(void)
{
    g_autofree char *path = in_folder("never.npy");
    g_autoptr(UmkMatrix) row = make_matrix(three[0], 1, 2);
    g_autoptr(UmkMatrix) other = make_matrix(three[0], 1, 1);
    g_autoptr(GError) error = NULL;
    guint before = count_files();
    UmkVectorWriter *writer = umk_vector_writer_new(path, 2, "i8", NULL, &error);

    g_assert_no_error(error);
    g_assert_true(umk_vector_writer_append(writer, row, &error));
    g_assert_cmpuint(count_files(), ==, before + 1);
    g_assert_false(umk_vector_writer_append(writer, other, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    umk_vector_writer_unref(writer);
    g_assert_cmpuint(count_files(), ==, before);
}

static void
test_bad(void)
{
    g_autofree char *path = in_folder("bad.npy");
    g_autofree char *nowhere = in_folder("no/where.npy");
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkVectorWriter) writer = NULL;

    g_assert_null(umk_vector_writer_new(path, 2, "f8", NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_clear_error(&error);
    g_assert_null(umk_vector_writer_new(nowhere, 2, "f32", NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    g_clear_error(&error);
    /* no vectors, no ranges */
    writer = umk_vector_writer_new(path, 2, "i8", NULL, &error);
    g_assert_no_error(error);
    g_assert_false(umk_vector_writer_finish(writer, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* A file that was cut off is known by its beginning and its size; a format without a
 * size only by its name. */
static void
test_check(void)
{
    g_autofree char *path = in_folder("cut.npy"), *text = in_folder("any.vec");
    g_autoptr(UmkMatrix) matrix = umk_matrix_new_from_data(3, 2, three[0], NULL);
    GError *error = NULL;

    g_assert_true(umk_vectors_write(path, matrix, NULL, "f32", NULL));
    g_assert_true(umk_vectors_check(path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(truncate(path, HEADER + 23), ==, 0);
    g_assert_false(umk_vectors_check(path, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_nonnull(strstr(error->message, "3 × 2"));
    g_assert_nonnull(strstr(error->message, "23"));
    g_clear_error(&error);
    g_assert_false(umk_vectors_check("vectors.xyz", &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(text, "?", 1, NULL));
    g_assert_true(umk_vectors_check(text, NULL));
    g_unlink(path);
    g_unlink(text);
}

int
main(int argc, char **argv)
{
    int code;
    g_autofree char *ranges = NULL;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-vectors-XXXXXX", NULL);
    g_test_add_func("/vector-files/ranges", test_ranges);
    g_test_add_func("/vector-files/calibration", test_calibration);
    g_test_add_func("/vector-files/bits", test_bits);
    g_test_add_func("/vector-files/floats", test_floats);
    g_test_add_func("/vector-files/at-once", test_at_once);
    g_test_add_func("/vector-files/unfinished", test_unfinished);
    g_test_add_func("/vector-files/bad", test_bad);
    g_test_add_func("/vector-files/check", test_check);
    code = g_test_run();
    ranges = in_folder("rows.ranges.npy");
    g_unlink(ranges);
    g_rmdir(folder);
    g_free(folder);
    return code;
}
