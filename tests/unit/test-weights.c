/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Safetensors: what a sound file gives, and one clear sentence for each kind of broken
 * one. */
#include "io/umk-weights-private.h"

#include <umekomi/umekomi.h>

#include <glib/gstdio.h>

#include <math.h>
#include <string.h>

static GBytes *
make_file(const char *header, const void *data, gsize size)
{
    GByteArray *file = g_byte_array_new();
    guint64 n = GUINT64_TO_LE((guint64) strlen(header));

    g_byte_array_append(file, (const guint8 *) &n, 8);
    g_byte_array_append(file, (const guint8 *) header, (guint) strlen(header));
    if (size > 0)
        g_byte_array_append(file, data, (guint) size);
    return g_byte_array_free_to_bytes(file);
}

static UmkWeights *
open_bytes(const char *header, const void *data, gsize size, GError **error)
{
    g_autoptr(GBytes) bytes = make_file(header, data, size);

    return _umk_weights_new_from_bytes(bytes, "test", error);
}

static void
check_values(UmkWeights *weights, const char *name, const float *expected, gsize n)
{
    GError *error = NULL;
    const float *values = _umk_weights_get(weights, name, &n, 1, &error);

    g_assert_no_error(error);
    g_assert_cmpmem(values, n * sizeof(float), expected, n * sizeof(float));
}

static void
test_types(void)
{
    const float f32[2] = {1.5f, -2.25f};
    const double f64[2] = {1.5, -2.25};
    const guint16 f16[2] = {0x3e00, 0xc080}, bf16[2] = {0x3fc0, 0xc010};
    const gint8 i8[2] = {3, -5};
    const float scale = 0.5f, scaled[2] = {1.5f, -2.5f};
    guint8 data[64];
    g_autoptr(UmkWeights) weights = NULL;
    GError *error = NULL;

    memcpy(data, f32, 8);
    memcpy(data + 8, f64, 16);
    memcpy(data + 24, f16, 4);
    memcpy(data + 28, bf16, 4);
    memcpy(data + 32, &scale, 4);
    memcpy(data + 36, i8, 2);
    weights = open_bytes(
        "{\"__metadata__\":{\"format\":\"pt\"},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
        "\"b\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[8,24]},"
        "\"c\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[24,28]},"
        "\"d\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[28,32]},"
        "\"e.scale\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[32,36]},"
        "\"e\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[36,38]},"
        "\"f\":{\"dtype\":\"F8_E4M3\",\"shape\":[2],\"data_offsets\":[38,40]},"
        "\"none\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[40,40]}}",
        data, 40, &error);
    g_assert_no_error(error);
    check_values(weights, "a", f32, 2);
    check_values(weights, "b", f32, 2);
    check_values(weights, "c", f32, 2);
    check_values(weights, "d", f32, 2);
    check_values(weights, "e", scaled, 2);
    g_assert_null(_umk_weights_get(weights, "f", NULL, 0, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    g_clear_error(&error);
    g_assert_null(_umk_weights_get(weights, "absent", NULL, 0, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
}

/* Every half: zero, subnormals, normals, infinity, NaN. */
static void
test_half(void)
{
    for (guint bits = 0; bits < 65536; bits++) {
        guint16 half = (guint16) bits;
        int exponent = (int) (bits >> 10 & 31);
        double fraction = bits & 1023, expected;
        float value;

        expected =
            exponent == 0 ? ldexp(fraction, -24) : ldexp(fraction + 1024, exponent - 25);
        if (bits & 0x8000)
            expected = -expected;
        g_assert_true(
            _umk_dtype_to_float(UMK_DTYPE_F16, (const guint8 *) &half, 1, &value));
        if (exponent < 31)
            g_assert_cmpfloat((double) value, ==, expected);
        else if (fraction == 0)
            g_assert_true(isinf(value) && (value < 0) == ((bits & 0x8000) != 0));
        else
            g_assert_true(isnan(value));
    }
}

static void
test_shape(void)
{
    const float data[6] = {1, 2, 3, 4, 5, 6};
    const gsize right[2] = {2, 3}, wrong[2] = {3, 2};
    GError *error = NULL;
    g_autoptr(UmkWeights) weights =
        open_bytes("{\"w\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}",
                   data, 24, &error);

    g_assert_no_error(error);
    g_assert_nonnull(_umk_weights_get(weights, "w", right, 2, &error));
    g_assert_null(_umk_weights_get(weights, "w", wrong, 2, &error));
    g_assert_cmpstr(error->message, ==,
                    "test: tensor “w” has shape [2, 3], expected [3, 2]");
    g_clear_error(&error);
}

/* An odd header length leaves the floats off their border: they are copied. */
static void
test_unaligned(void)
{
    const float data[2] = {1, 2};
    g_autoptr(UmkWeights) weights =
        open_bytes("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}  ",
                   data, 8, NULL);

    check_values(weights, "w", data, 2);
    _umk_weights_release(weights, _umk_weights_get(weights, "w", NULL, 0, NULL));
    check_values(weights, "w", data, 2);
}

static const struct {
    const char *what;
    const char *header;
    gsize size;
    const char *part; /* of the message */
} broken[] = {
    {"json", "{\"w\":", 8, "JSON text is broken"},
    {"array", "[]", 8, "not an object"},
    {"empty", "", 8, "not an object"},
    {"range", "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7,
     "ends at data byte 8, but the file holds only 7"},
    {"size", "{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8,
     "has 8 bytes, expected 12"},
    {"overlap",
     "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
     "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
     8, "inside tensor"},
    {"backwards", "{\"w\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,4]}}", 8,
     "valid pair of data offsets"},
    {"negative", "{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}", 8,
     "impossible size on axis 0"},
    {"overflow",
     "{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,2],\"data_offsets\":[0,"
     "0]}}",
     8, "impossible size on axis 1"},
    {"bytes-overflow",
     "{\"w\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}}",
     8, "has 0 bytes"},
    {"fraction", "{\"w\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,8]}}", 8,
     "impossible size on axis 0"},
    {"shape", "{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "has no shape"},
    {"axes",
     "{\"w\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,2],\"data_offsets\":[0,8]}}",
     8, "has no shape of at most 8"},
    {"dtype", "{\"w\":{\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "has no dtype"},
    {"entry", "{\"w\":3}", 8, "is not an object"},
};

static void
test_broken(void)
{
    const guint8 data[16] = {0};

    for (gsize i = 0; i < G_N_ELEMENTS(broken); i++) {
        GError *error = NULL;
        UmkWeights *weights = open_bytes(broken[i].header, data, broken[i].size, &error);

        g_test_message("%s: %s", broken[i].what,
                       error != NULL ? error->message : "no error");
        g_assert_null(weights);
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_assert_true(g_str_has_prefix(error->message, "test: "));
        g_assert_nonnull(strstr(error->message, broken[i].part));
        g_assert_null(strchr(error->message, '\n'));
        g_error_free(error);
    }
}

static void
test_short(void)
{
    static const guint8 lie[16] = {255, 255, 0, 0, 0, 0, 0, 0, '{', '}'};
    static const guint8 huge[16] = {255, 255, 255, 255, 255, 255, 255, 255};
    GError *error = NULL;

    g_assert_null(_umk_safetensors_parse(lie, 3, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    g_assert_null(_umk_safetensors_parse(lie, sizeof lie, &error));
    g_assert_nonnull(strstr(error->message, "claims 65535 bytes, but only 8 follow"));
    g_clear_error(&error);
    g_assert_null(_umk_safetensors_parse(huge, sizeof huge, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
}

static void
test_deep(void)
{
    static const char *const starts[] = {"{\"w\":", "/*\"*/{\"w\":", "//\"\n{\"w\":"};
    static const char *const parts[] = {"nested deeper", "“/” at byte 0",
                                        "“/” at byte 0"};

    for (gsize s = 0; s < G_N_ELEMENTS(starts); s++) {
        GString *header = g_string_new(starts[s]);
        GError *error = NULL;

        for (guint i = 0; i < 1000000; i++)
            g_string_append_c(header, '[');
        g_assert_null(open_bytes(header->str, "", 0, &error));
        g_assert_nonnull(strstr(error->message, parts[s]));
        g_clear_error(&error);
        g_string_free(header, TRUE);
    }
}

static void
write_file(const char *folder, const char *name, GBytes *bytes)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    gsize length;
    const char *data = g_bytes_get_data(bytes, &length);

    g_assert_true(g_file_set_contents(path, data, (gssize) length, NULL));
}

static void
write_text(const char *folder, const char *name, const char *text)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

    write_file(folder, name, bytes);
}

static void
expect_index_error(const char *folder, const char *index, const char *part)
{
    GError *error = NULL;

    write_text(folder, "model.safetensors.index.json", index);
    g_assert_null(_umk_weights_open_folder(folder, &error));
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, part));
    g_error_free(error);
}

static void
test_folder(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-weights-XXXXXX", NULL);
    const float data[2] = {1, 2};
    g_autoptr(GBytes) shard = make_file(
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", data, 8);
    UmkWeights *weights;
    GError *error = NULL;
    const char *names[] = {"one.safetensors", "model.safetensors.index.json"};

    g_assert_null(_umk_weights_open_folder(folder, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    write_file(folder, "one.safetensors", shard);
    expect_index_error(folder, "{}", "no “weight_map”");
    expect_index_error(folder, "{\"weight_map\":{\"w\":\"../one.safetensors\"}}",
                       "not a plain file name");
    expect_index_error(folder, "{\"weight_map\":{\"w\":\"two.safetensors\"}}",
                       "two.safetensors");
    expect_index_error(folder, "{\"weight_map\":{\"v\":\"one.safetensors\"}}",
                       "where the index puts it");
    expect_index_error(folder, "{\"weight_map\":{\"v\":7}}", "is not a text");
    write_text(folder, "model.safetensors.index.json",
               "{\"weight_map\":{\"w\":\"one.safetensors\"}}");
    weights = _umk_weights_open_folder(folder, &error);
    g_assert_no_error(error);
    check_values(weights, "w", data, 2);
    _umk_weights_free(weights);
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder, names[i], NULL);

        g_remove(path);
    }
    g_rmdir(folder);
}

/* A pickle is not read, and the sentence says what to do. */
static void
test_pickled(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-weights-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "pytorch_model.bin", NULL);
    g_autofree char *better = g_build_filename(folder, "model.safetensors", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    g_assert_true(_umk_weights_are_pickled(folder));
    g_assert_null(_umk_weights_open_folder(folder, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED);
    g_assert_nonnull(strstr(error->message, "convert it to model.safetensors"));
    g_assert_true(g_file_set_contents(better, "x", 1, NULL));
    g_assert_false(_umk_weights_are_pickled(folder));
    g_remove(path);
    g_remove(better);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/weights/types", test_types);
    g_test_add_func("/weights/half", test_half);
    g_test_add_func("/weights/shape", test_shape);
    g_test_add_func("/weights/unaligned", test_unaligned);
    g_test_add_func("/weights/broken", test_broken);
    g_test_add_func("/weights/short", test_short);
    g_test_add_func("/weights/deep", test_deep);
    g_test_add_func("/weights/folder", test_folder);
    g_test_add_func("/weights/pickled", test_pickled);
    return g_test_run();
}
