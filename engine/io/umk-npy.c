/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes NumPy's array file; see the header for the format. */
#include "io/umk-npy-private.h"
#include "core/umk-alloc-private.h"
#include "core/umk-half-private.h"
#include "io/umk-npy-header-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

typedef struct {
    char kind; /* 'f', 'i', 'u' */
    guint size;
    gboolean swap; /* other byte order than this machine's */
    gboolean fortran;
    gsize n_rows, n_cols;
    gsize data; /* offset of the numbers */
} Header;

static void
invalid(GError **error, const char *why)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not a readable npy file: %s"), why);
}

static gboolean
parse_header(const guint8 *data, gsize size, Header *h, GError **error)
{
    static const char *const known[] = {"f2", "f4", "f8", "i1", "u1", "i4", "i8", NULL};
    g_autofree char *type = NULL;
    UmkNpyHeader said;
    gsize count, bytes;

    if (!_umk_npy_header_parse(data, size, &said, error))
        return FALSE;
    type = g_strdup_printf("%c%zu", said.kind, said.size);
    if (!g_strv_contains(known, type))
        return _umk_npy_refuse_type(&said, error);
    if (said.n_dims > 2) {
        invalid(error, _("its shape should have one or two dimensions"));
        return FALSE;
    }
    *h = (Header){said.kind, (guint) said.size, said.swap, said.fortran, 1, 1, said.data};
    if (said.n_dims == 2)
        h->n_rows = said.dims[0];
    if (said.n_dims > 0)
        h->n_cols = said.dims[said.n_dims - 1];
    if (!_umk_size_mul(h->n_rows, h->n_cols, &count) ||
        !_umk_size_mul(count, h->size, &bytes) || bytes > size - h->data) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The npy file says %zu × %zu numbers of %u bytes, but only %zu "
                      "bytes follow"),
                    h->n_rows, h->n_cols, h->size, size - h->data);
        return FALSE;
    }
    return TRUE;
}

static float
read_number(const guint8 *at, const Header *h)
{
    guint8 b[8];

    for (guint i = 0; i < h->size; i++)
        b[i] = at[h->swap ? h->size - 1 - i : i];
    switch (h->kind * 16 + (int) h->size) {
    case 'f' * 16 + 2: {
        guint16 v;
        memcpy(&v, b, 2);
        return _umk_half_to_float(v);
    }
    case 'f' * 16 + 4: {
        float v;
        memcpy(&v, b, 4);
        return v;
    }
    case 'f' * 16 + 8: {
        double v;
        memcpy(&v, b, 8);
        return (float) v;
    }
    case 'i' * 16 + 1:
        return (float) (gint8) b[0];
    case 'u' * 16 + 1:
        return (float) b[0];
    case 'i' * 16 + 4: {
        gint32 v;
        memcpy(&v, b, 4);
        return (float) v;
    }
    default: {
        gint64 v;
        memcpy(&v, b, 8);
        return (float) v;
    }
    }
}

/* Of a number that became infinite: whether it was one that no float can hold. */
static gboolean
is_too_large(const guint8 *at, const Header *h, gsize row, gsize col, GError **error)
{
    guint8 b[8];
    double v;

    if (h->kind != 'f' || h->size != sizeof v)
        return FALSE;
    for (guint i = 0; i < sizeof v; i++)
        b[i] = at[h->swap ? sizeof v - 1 - i : i];
    memcpy(&v, b, sizeof v);
    if (!isfinite(v))
        return FALSE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("Row %zu, column %zu is %g, more than a number of 32 bits can hold"),
                row, col, v);
    return TRUE;
}

gboolean
_umk_npy_check(GBytes *bytes, GError **error)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    Header h = {0};

    return parse_header(data, size, &h, error);
}

gboolean
_umk_npy_is_bytes(GBytes *bytes, gboolean *is_signed)
{
    gsize size;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    Header h = {0};

    if (!parse_header(data, size, &h, NULL) || h.size != 1)
        return FALSE;
    *is_signed = h.kind == 'i';
    return TRUE;
}

/* The array as a matrix; float32 in C order on a multiple of 4 is shared, not copied. */
UmkMatrix *
_umk_npy_parse(GBytes *bytes, GError **error)
{
    gsize size, count;
    const guint8 *data = g_bytes_get_data(bytes, &size);
    g_autoptr(GBytes) numbers = NULL;
    Header h = {0};
    float *out;

    if (!parse_header(data, size, &h, error))
        return NULL;
    count = h.n_rows * h.n_cols;
    if (h.kind == 'f' && h.size == 4 && !h.swap && !h.fortran &&
        ((gsize) data + h.data) % sizeof(float) == 0) {
        numbers = g_bytes_new_from_bytes(bytes, h.data, count * sizeof(float));
        return umk_matrix_new_from_bytes(h.n_rows, h.n_cols, numbers, error);
    }
    out = _umk_alloc_aligned(count, sizeof *out, _("The array"), error);
    if (out == NULL)
        return NULL;
    numbers = _umk_bytes_new_aligned(out, count * sizeof *out);
    if (h.kind == 'f' && h.size == 2 && !h.swap && !h.fortran) {
        _umk_half_to_floats(_umk_half_best_level(), data + h.data, count, out);
        return umk_matrix_new_from_bytes(h.n_rows, h.n_cols, numbers, error);
    }
    for (gsize i = 0; i < h.n_rows; i++) {
        for (gsize j = 0; j < h.n_cols; j++) {
            gsize at = h.fortran ? j * h.n_rows + i : i * h.n_cols + j;
            const guint8 *from = data + h.data + at * h.size;
            float value = read_number(from, &h);

            if (isinf(value) && is_too_large(from, &h, i, j, error))
                return NULL;
            out[i * h.n_cols + j] = value;
        }
    }
    return umk_matrix_new_from_bytes(h.n_rows, h.n_cols, numbers, error);
}

static GByteArray *
begin_shape(const char *descr, const char *shape)
{
    GByteArray *out = g_byte_array_new();
    g_autoptr(GString) header = g_string_new(NULL);
    guint8 start[10] = "\x93NUMPY\x01\x00";

    g_string_printf(header, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
                    descr, shape);
    while ((sizeof start + header->len + 1) % 64 != 0)
        g_string_append_c(header, ' ');
    g_string_append_c(header, '\n');
    start[8] = (guint8) (header->len & 255);
    start[9] = (guint8) (header->len >> 8);
    g_byte_array_append(out, start, sizeof start);
    g_byte_array_append(out, (const guint8 *) header->str, (guint) header->len);
    return out;
}

static GByteArray *
begin(const char *descr, gsize n_rows, gsize n_cols)
{
    g_autofree char *shape = g_strdup_printf("%zu, %zu", n_rows, n_cols);

    return begin_shape(descr, shape);
}

/* ---- number types ---- */

static gsize
size_f32(gsize n)
{
    return 4 * n;
}

static gsize
size_f16(gsize n)
{
    return 2 * n;
}

static gsize
size_byte(gsize n)
{
    return n;
}

static gsize
size_bits(gsize n)
{
    return (n + 7) / 8;
}

static void
to_f32(const float *row, gsize n, const float *ranges, guint8 *out)
{
    memcpy(out, row, n * sizeof *row); /* little-endian: see the build file */
}

static void
to_f16(const float *row, gsize n, const float *ranges, guint8 *out)
{
    _umk_half_from_floats(_umk_half_best_level(), row, n, out);
}

/* Where a number stands in its range, 0 to 255, in float32 like the reference. */
static float
place(float x, const float *ranges, gsize n, gsize j)
{
    float step = (ranges[n + j] - ranges[j]) / 255.0f;

    return step > 0 ? (x - ranges[j]) / step : 0;
}

static void
to_u8(const float *row, gsize n, const float *ranges, guint8 *out)
{
    for (gsize j = 0; j < n; j++)
        out[j] = (guint8) CLAMP(place(row[j], ranges, n, j), 0.0f, 255.0f);
}

static void
to_i8(const float *row, gsize n, const float *ranges, guint8 *out)
{
    for (gsize j = 0; j < n; j++) {
        float value = place(row[j], ranges, n, j) - 128.0f;

        out[j] = (guint8) (gint8) CLAMP(value, -128.0f, 127.0f);
    }
}

static void
to_bits(const float *row, gsize n, const float *ranges, guint8 *out)
{
    memset(out, 0, size_bits(n));
    for (gsize j = 0; j < n; j++)
        out[j / 8] = (guint8) (out[j / 8] | (row[j] > 0) << (7 - j % 8));
}

static void
to_signed_bits(const float *row, gsize n, const float *ranges, guint8 *out)
{
    to_bits(row, n, ranges, out);
    for (gsize j = 0; j < size_bits(n); j++)
        out[j] ^= 0x80u; /* minus 128 */
}

static gsize
size_id(gsize n_dims)
{
    return n_dims * sizeof(gint64);
}

const UmkNpyType _umk_npy_ids = {"i64", "<i8", FALSE, size_id, NULL};

static const UmkNpyType types[] = {
    {"f32", "<f4", FALSE, size_f32, to_f32},
    {"f16", "<f2", FALSE, size_f16, to_f16},
    {"i8", "|i1", TRUE, size_byte, to_i8},
    {"u8", "|u1", TRUE, size_byte, to_u8},
    {"binary", "|i1", FALSE, size_bits, to_signed_bits},
    {"ubinary", "|u1", FALSE, size_bits, to_bits},
};

const UmkNpyType *
_umk_npy_type_find(const char *name, GError **error)
{
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_str_equal(types[i].name, name))
            return &types[i];
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("The number type is f32, f16, i8, u8, binary or ubinary, not “%s”"),
                name);
    return NULL;
}

GByteArray *
_umk_npy_header(const UmkNpyType *type, gsize n_rows, gsize n_dims)
{
    gsize width = type->row_size(1) > 1 ? n_dims : type->row_size(n_dims);

    return begin(type->descr, n_rows, width);
}

void
_umk_npy_ranges_start(float *ranges, gsize n_dims)
{
    for (gsize j = 0; j < n_dims; j++) {
        ranges[j] = INFINITY;
        ranges[n_dims + j] = -INFINITY;
    }
}

void
_umk_npy_ranges_add(float *ranges, gsize n_dims, const float *row)
{
    for (gsize j = 0; j < n_dims; j++) {
        ranges[j] = MIN(ranges[j], row[j]);
        ranges[n_dims + j] = MAX(ranges[n_dims + j], row[j]);
    }
}

GByteArray *
_umk_npy_format(UmkMatrix *matrix, const char *dtype, GError **error)
{
    gsize n = umk_matrix_get_n_rows(matrix), d = umk_matrix_get_n_cols(matrix), size;
    const UmkNpyType *type = _umk_npy_type_find(dtype, error);
    g_autofree float *ranges = g_new(float, 2 * d);
    GByteArray *out;
    guint start;

    if (type == NULL)
        return NULL;
    if (!_umk_size_mul(n, type->row_size(d), &size) || size > G_MAXUINT - 4096) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("A file of %zu × %zu numbers is more than can be written at once"),
                    n, d);
        return NULL;
    }
    _umk_npy_ranges_start(ranges, d);
    for (gsize i = 0; type->ranged && i < n; i++)
        _umk_npy_ranges_add(ranges, d, umk_matrix_get_row(matrix, i, NULL));
    out = _umk_npy_header(type, n, d);
    start = out->len;
    g_byte_array_set_size(out, start + (guint) size);
    for (gsize i = 0; i < n; i++)
        type->convert(umk_matrix_get_row(matrix, i, NULL), d, ranges,
                      out->data + start + i * type->row_size(d));
    return out;
}

GByteArray *
_umk_npy_format_ids(gsize n_rows, gsize n_cols, const gint64 *ids)
{
    g_autofree char *list = g_strdup_printf("%zu,", n_rows);
    GByteArray *out =
        n_cols > 0 ? begin("<i8", n_rows, n_cols) : begin_shape("<i8", list);

    g_byte_array_append(out, (const guint8 *) ids,
                        (guint) (n_rows * MAX(n_cols, 1) * sizeof *ids));
    return out;
}
