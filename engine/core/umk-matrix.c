/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An immutable row-major float32 matrix over GBytes. It does no arithmetic. */
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-matrix-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <string.h>

struct _UmkMatrix {
    gatomicrefcount refs;
    gsize n_rows;
    gsize n_cols;
    GBytes *bytes;
    const float *data; /* (n_rows, n_cols), inside bytes */
};

G_DEFINE_BOXED_TYPE(UmkMatrix, umk_matrix, umk_matrix_ref, umk_matrix_unref)

/**
 * umk_matrix_new_from_bytes:
 * @n_rows: rows
 * @n_cols: columns
 * @bytes: row-major native float32, n_rows × n_cols of them, not copied
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_DIMENSION if the bytes are not as many as the shape says.
 *
 * Returns: (transfer full): a matrix that shares @bytes
 */
UmkMatrix *
umk_matrix_new_from_bytes(gsize n_rows, gsize n_cols, GBytes *bytes, GError **error)
{
    UmkMatrix *self;
    gsize size, count, expected;
    gconstpointer data;

    g_return_val_if_fail(bytes != NULL, NULL);
    data = g_bytes_get_data(bytes, &size);
    if (!_umk_size_mul(n_rows, n_cols, &count) ||
        !_umk_size_mul(count, sizeof(float), &expected) || expected != size) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("A %zu × %zu float matrix was given %zu bytes"), n_rows, n_cols,
                    size);
        return NULL;
    }
    if ((gsize) data % sizeof(float) != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The bytes of a matrix must start on a multiple of 4"));
        return NULL;
    }
    self = g_new0(UmkMatrix, 1);
    g_atomic_ref_count_init(&self->refs);
    self->n_rows = n_rows;
    self->n_cols = n_cols;
    self->bytes = g_bytes_ref(bytes);
    self->data = data;
    return self;
}

/**
 * umk_matrix_new_from_data:
 * @n_rows: rows
 * @n_cols: columns
 * @data: (array): n_rows × n_cols numbers, copied
 * @error: return location for an error
 *
 * Returns: (transfer full): a matrix with a copy of @data on a 64-byte border
 */
UmkMatrix *
umk_matrix_new_from_data(gsize n_rows, gsize n_cols, const float *data, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    gsize count;
    float *copy;

    g_return_val_if_fail(data != NULL || n_rows == 0 || n_cols == 0, NULL);
    if (!_umk_size_mul(n_rows, n_cols, &count))
        count = G_MAXSIZE;
    copy = _umk_alloc_aligned(count, sizeof(float), _("A matrix"), error);
    if (copy == NULL)
        return NULL;
    if (count > 0)
        memcpy(copy, data, count * sizeof(float));
    bytes = _umk_bytes_new_aligned(copy, count * sizeof(float));
    return umk_matrix_new_from_bytes(n_rows, n_cols, bytes, error);
}

/**
 * umk_matrix_ref:
 * @self: a matrix
 *
 * Returns: (transfer full): @self
 */
UmkMatrix *
umk_matrix_ref(UmkMatrix *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_matrix_unref:
 * @self: (transfer full): a matrix
 */
void
umk_matrix_unref(UmkMatrix *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_bytes_unref(self->bytes);
    g_free(self);
}

/**
 * umk_matrix_get_n_rows:
 * @self: a matrix
 *
 * Returns: how many rows
 */
gsize
umk_matrix_get_n_rows(UmkMatrix *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_rows;
}

/**
 * umk_matrix_get_n_cols:
 * @self: a matrix
 *
 * Returns: how many columns
 */
gsize
umk_matrix_get_n_cols(UmkMatrix *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_cols;
}

/**
 * umk_matrix_get_row:
 * @self: a matrix
 * @row: which row; row 0 is also the start of the whole matrix
 * @n_cols: (out) (optional): where to put the number of columns
 *
 * Returns: (array length=n_cols) (transfer none): the row, valid while @self lives
 */
const float *
umk_matrix_get_row(UmkMatrix *self, gsize row, gsize *n_cols)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(row < self->n_rows || (row == 0 && self->n_rows == 0), NULL);
    if (n_cols != NULL)
        *n_cols = self->n_cols;
    return self->data + row * self->n_cols;
}

/**
 * umk_matrix_get_bytes:
 * @self: a matrix
 *
 * Returns: (transfer none): its numbers; may be a mapped file
 */
GBytes *
umk_matrix_get_bytes(UmkMatrix *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->bytes;
}

/**
 * umk_matrix_select_rows:
 * @self: a matrix
 * @rows: (array length=n_rows): which rows, in what order
 * @n_rows: how many
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_DIMENSION if a row is not there.
 *
 * Returns: (transfer full): a new matrix with copies of those rows
 */
UmkMatrix *
umk_matrix_select_rows(UmkMatrix *self, const guint64 *rows, gsize n_rows, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    gsize count;
    float *out;

    g_return_val_if_fail(self != NULL, NULL);
    if (!_umk_size_mul(n_rows, self->n_cols, &count))
        count = G_MAXSIZE;
    out = _umk_alloc_aligned(count, sizeof(float), _("A matrix"), error);
    if (out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(out, count * sizeof(float));
    for (gsize i = 0; i < n_rows; i++) {
        if (rows[i] >= self->n_rows) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                        _("Row %" PRIu64 " was asked of a matrix of %zu rows"), rows[i],
                        self->n_rows);
            return NULL;
        }
        memcpy(out + i * self->n_cols, self->data + rows[i] * self->n_cols,
               self->n_cols * sizeof(float));
    }
    return umk_matrix_new_from_bytes(n_rows, self->n_cols, bytes, error);
}

#define FINITE_BLOCK 64
#define FINITE_CHUNK ((gsize) 1 << 20) /* numbers of one task */

/* The bits of numbers without their signs are in the order of their sizes; infinity is
 * the first that is not finite, and NaN comes after it. */
#define SIZE_BITS 0x7fffffffu

/* Without a branch a number, so that compilers take many at once: what reaches the limit
 * carries into the sign. */
static gboolean
is_good_block(const float *values, guint32 limit)
{
    guint32 bits[FINITE_BLOCK], any = 0;

    memcpy(bits, values, sizeof bits);
    for (gsize i = 0; i < FINITE_BLOCK; i++)
        any |= (bits[i] & SIZE_BITS) + (0x80000000u - limit);
    return (any & 0x80000000u) == 0;
}

static guint32
size_bits(float value)
{
    guint32 bits;

    memcpy(&bits, &value, sizeof bits);
    return bits & SIZE_BITS;
}

/* The first of n numbers whose size reaches the limit, n if none does. */
static gsize
find_bad(const float *values, gsize n, guint32 limit)
{
    for (gsize i = 0; i < n; i++) {
        while (i + FINITE_BLOCK <= n && is_good_block(values + i, limit))
            i += FINITE_BLOCK;
        if (i < n && size_bits(values[i]) >= limit)
            return i;
    }
    return n;
}

typedef struct {
    const float *values;
    guint32 limit;
    atomic_size_t first; /* of those that reach it */
} RangeWork;

static void
check_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    RangeWork *work = data;
    gsize at = begin + find_bad(work->values + begin, end - begin, work->limit),
          first = atomic_load(&work->first);

    while (at < end && at < first &&
           !atomic_compare_exchange_weak(&work->first, &first, at))
        ;
}

static gboolean
check_below(UmkMatrix *self, float limit, GError **error)
{
    RangeWork work = {.values = self->data, .limit = size_bits(limit)};
    gsize count = self->n_rows * self->n_cols, at;

    atomic_init(&work.first, count);
    _umk_parallel_for(count, FINITE_CHUNK, check_chunk, &work);
    at = atomic_load(&work.first);
    if (at == count)
        return TRUE;
    if (!isfinite(self->data[at]))
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Row %zu, column %zu is not a finite number"), at / self->n_cols,
                    at % self->n_cols);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Row %zu, column %zu is %g; distances can be taken between numbers "
                      "up to %g"),
                    at / self->n_cols, at % self->n_cols, (double) self->data[at],
                    (double) limit);
    return FALSE;
}

/**
 * umk_matrix_check_finite:
 * @self: a matrix
 * @error: return location for an error
 *
 * The border check of every function that takes vectors from outside.
 *
 * Returns: %FALSE with %UMK_ERROR_INVALID_DATA if a number is NaN or infinite
 */
gboolean
umk_matrix_check_finite(UmkMatrix *self, GError **error)
{
    g_return_val_if_fail(self != NULL, FALSE);
    return check_below(self, INFINITY, error);
}

gboolean
_umk_matrix_check_range(UmkMatrix *self, GError **error)
{
    double limit = 0x1p62 / sqrt((double) MAX(self->n_cols, 1));

    return check_below(self, (float) limit, error);
}
