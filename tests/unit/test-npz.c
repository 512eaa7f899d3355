/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archives made here byte by byte: what no program would write. Those that NumPy writes
 * are read in tests/cli/npz.case and stand among the seeds of the fuzz target. */
#include "io/umk-npz-private.h"
#include "io/umk-zip-private.h"

#include <umekomi/umekomi.h>

#include <gio/gio.h>

#include <string.h>

#define LIMIT ((gsize) 1 << 20)

/* What a member claims; what differs from the truth is what a test is about. */
typedef struct {
    const char *name;
    guint method, flags;
    gint64 size_more; /* beyond the truth */
    guint crc_change;
} Claim;

static void
put(GByteArray *out, guint64 value, guint n)
{
    for (guint i = 0; i < n; i++) {
        guint8 byte = (guint8) (value >> (8 * i));

        g_byte_array_append(out, &byte, 1);
    }
}

static void
put_bytes(GByteArray *out, gconstpointer data, gsize n)
{
    g_byte_array_append(out, data, (guint) n);
}

/* Bit by bit, unlike the reader's. */
static guint32
crc32_of(const guint8 *data, gsize n)
{
    guint32 crc = 0xffffffffu;

    for (gsize i = 0; i < n; i++) {
        crc ^= data[i];
        for (guint bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
    }
    return ~crc;
}

static GByteArray *
deflate(const guint8 *data, gsize n)
{
    g_autoptr(GConverter) converter =
        G_CONVERTER(g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_RAW, 9));
    GByteArray *out = g_byte_array_new();
    gsize read, written;

    g_byte_array_set_size(out, (guint) n + 1024);
    g_assert_cmpint(g_converter_convert(converter, data, n, out->data, out->len,
                                        G_CONVERTER_INPUT_AT_END, &read, &written, NULL),
                    ==, G_CONVERTER_FINISHED);
    g_byte_array_set_size(out, (guint) written);
    return out;
}

static GBytes *
archive(const Claim *claim, const guint8 *data, gsize n)
{
    g_autoptr(GByteArray) packed = claim->method == 8 ? deflate(data, n) : NULL;
    GByteArray *out = g_byte_array_new();
    gsize n_packed = packed ? packed->len : n, start;
    guint32 size = (guint32) ((gint64) n + claim->size_more);
    guint32 crc = crc32_of(data, n) ^ claim->crc_change;

    put(out, 0x04034b50u, 4);
    put(out, 0, 22);
    put(out, strlen(claim->name), 2);
    put(out, 0, 2);
    put_bytes(out, claim->name, strlen(claim->name));
    put_bytes(out, packed ? packed->data : data, n_packed);
    start = out->len;
    put(out, 0x02014b50u, 4);
    put(out, 0, 4);
    put(out, claim->flags, 2);
    put(out, claim->method, 2);
    put(out, 0, 4);
    put(out, crc, 4);
    put(out, n_packed, 4);
    put(out, size, 4);
    put(out, strlen(claim->name), 2);
    put(out, 0, 16);
    put_bytes(out, claim->name, strlen(claim->name));
    put(out, 0x06054b50u, 4);
    put(out, 0, 4);
    put(out, 1, 2);
    put(out, 1, 2);
    put(out, out->len - 12 - start, 4);
    put(out, start, 4);
    put(out, 0, 2);
    return g_byte_array_free_to_bytes(out);
}

static GByteArray *
npy(const char *descr, const char *shape, gconstpointer data, gsize n)
{
    GByteArray *out = g_byte_array_new();
    g_autofree char *text = g_strdup_printf(
        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);
    g_autofree char *padded = g_strdup_printf("%-117s\n", text);

    put_bytes(out, "\x93NUMPY\x01\x00\x76\x00", 10);
    put_bytes(out, padded, 118);
    put_bytes(out, data, n);
    return out;
}

static const float six[6] = {0, 1, 2, -3, 0.5f, 0.25f};

static UmkMatrix *
parse(const Claim *claim, gsize limit, GError **error)
{
    g_autoptr(GByteArray) array = npy("<f4", "(3, 2)", six, sizeof six);
    g_autoptr(GBytes) bytes = archive(claim, array->data, array->len);

    return _umk_npz_parse(bytes, NULL, limit, NULL, error);
}

static void
test_read(void)
{
    for (guint method = 0; method <= 8; method += 8) {
        Claim claim = {"a.npy", .method = method};
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkMatrix) matrix = parse(&claim, LIMIT, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(umk_matrix_get_n_rows(matrix), ==, 3);
        g_assert_cmpmem(umk_matrix_get_row(matrix, 0, NULL), sizeof six, six, sizeof six);
    }
}

static void
test_lies(void)
{
    static const struct {
        Claim claim;
        gsize limit;
        gint code;
        const char *text;
    } cases[] = {
        {{"a.npy", .flags = 1}, LIMIT, UMK_ERROR_NOT_SUPPORTED, "encrypted"},
        {{"a.npy", .method = 12}, LIMIT, UMK_ERROR_NOT_SUPPORTED, "method 12"},
        {{"a.npy", .crc_change = 1}, LIMIT, UMK_ERROR_INVALID_DATA, "checksum"},
        {{"a.npy", 8, .crc_change = 1}, LIMIT, UMK_ERROR_INVALID_DATA, "checksum"},
        {{"a.npy", .size_more = 1}, LIMIT, UMK_ERROR_INVALID_DATA, "sizes differ"},
        {{"a.npy", 8, .size_more = 1}, LIMIT, UMK_ERROR_INVALID_DATA, "as long as"},
        {{"a.npy", 8, .size_more = -1}, LIMIT, UMK_ERROR_INVALID_DATA, "as long as"},
        {{"a.npy", 8, .size_more = 1 << 24},
         G_MAXSIZE,
         UMK_ERROR_INVALID_DATA,
         "more bytes than it can hold"},
        {{"a.npy", 8}, 100, UMK_ERROR_TOO_LARGE, "152"},
        {{"a.txt"}, LIMIT, UMK_ERROR_INVALID_DATA, "no arrays"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkMatrix) matrix = parse(&cases[i].claim, cases[i].limit, &error);

        g_test_message("case %zu: %s", i, error ? error->message : "read");
        g_assert_null(matrix);
        g_assert_error(error, UMK_ERROR, cases[i].code);
        g_assert_nonnull(strstr(error->message, cases[i].text));
    }
}

/* A type that has to become float32 takes that as well: 6 numbers of one byte are 6 and
 * 24 bytes. */
static void
test_room(void)
{
    static const gint8 bytes[6] = {1, 2, 3, 4, 5, 6};
    g_autoptr(GByteArray) array = npy("|i1", "(3, 2)", bytes, sizeof bytes);
    Claim claim = {"a.npy"};
    g_autoptr(GBytes) file = archive(&claim, array->data, array->len);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) matrix = _umk_npz_parse(file, NULL, 23, NULL, &error);

    g_assert_null(matrix);
    g_assert_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE);
    matrix = _umk_npz_parse(file, NULL, 24, NULL, NULL);
    g_assert_cmpfloat(umk_matrix_get_row(matrix, 2, NULL)[1], ==, 6);
}

/* Cut anywhere, it is an error and nothing worse: its end is missing. */
static void
test_cut(void)
{
    g_autoptr(GByteArray) array = npy("<f4", "(3, 2)", six, sizeof six);
    Claim claim = {"a.npy", 8};
    g_autoptr(GBytes) whole = archive(&claim, array->data, array->len);

    for (gsize n = 0; n < g_bytes_get_size(whole); n++) {
        g_autoptr(GBytes) part = g_bytes_new(g_bytes_get_data(whole, NULL), n);
        g_autoptr(GError) error = NULL;

        g_assert_false(_umk_npz_check(part, NULL, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    }
    g_assert_true(_umk_npz_check(whole, NULL, NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/npz/read", test_read);
    g_test_add_func("/npz/lies", test_lies);
    g_test_add_func("/npz/room", test_room);
    g_test_add_func("/npz/cut", test_cut);
    return g_test_run();
}
