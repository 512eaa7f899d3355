/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An npy file that grows row by row, so that no more than a few rows are ever in memory.
 * It is written beside its target under a name of its own; finishing puts the number of
 * rows into the header, syncs and renames. Number types that need the range of every
 * dimension first write float32, and are converted when the last row is there. */
#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-vectors.h>

#include "core/umk-alloc-private.h"
#include "io/umk-npy-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_DIMS ((gsize) 1 << 24)
#define BLOCK    ((gsize) 1 << 18) /* bytes converted at a time */

struct _UmkVectorWriter {
    gatomicrefcount refs;
    const UmkNpyType *type;
    gsize n_dims, n_rows;
    char *path;
    char *part; /* what is being written; NULL once it has its name */
    int fd;
    float *ranges;       /* (2, n_dims) */
    gboolean calibrated; /* the ranges are given, not gathered */
};

G_DEFINE_BOXED_TYPE(UmkVectorWriter,
                    umk_vector_writer,
                    umk_vector_writer_ref,
                    umk_vector_writer_unref)

static gboolean
fail(const char *path, GError **error)
{
    int number = errno;

    g_set_error(error, G_IO_ERROR, g_io_error_from_errno(number), "%s: %s", path,
                g_strerror(number));
    return FALSE;
}

/* A new file in the folder of path; *name gets its name. */
static int
open_part(const char *path, char **name, GError **error)
{
    for (guint i = 0; i < 100; i++) {
        g_autofree char *try =
            g_strdup_printf("%s.%06x.part", path, g_random_int_range(0, 1 << 24));
        int fd = g_open(try, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

        if (fd >= 0) {
            *name = g_steal_pointer(&try);
            return fd;
        }
        if (errno != EEXIST)
            break;
    }
    fail(path, error);
    return -1;
}

static gboolean
write_all(int fd, const void *data, gsize size, const char *path, GError **error)
{
    const guint8 *at = data;

    while (size > 0) {
        gssize n = write(fd, at, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail(path, error);
        at += n;
        size -= (gsize) n;
    }
    return TRUE;
}

static gboolean
write_header(UmkVectorWriter *self, int fd, const UmkNpyType *type, GError **error)
{
    g_autoptr(GByteArray) header = _umk_npy_header(type, self->n_rows, self->n_dims);

    return write_all(fd, header->data, header->len, self->path, error);
}

/* What is written now: float32 as long as the ranges are still being gathered. */
static const UmkNpyType *
current_type(const UmkVectorWriter *self)
{
    return self->type->ranged && !self->calibrated ? _umk_npy_type_find("f32", NULL)
                                                   : self->type;
}

/* The range of each dimension over some vectors. A file of ranges has two rows and is its
 * own range, so both may be given. */
static gboolean
set_ranges(UmkVectorWriter *self, UmkMatrix *calibration, GError **error)
{
    gsize n = umk_matrix_get_n_rows(calibration);

    if (umk_matrix_get_n_cols(calibration) != self->n_dims || n == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("The calibration has %zu × %zu numbers; vectors of %zu are needed"),
                    n, umk_matrix_get_n_cols(calibration), self->n_dims);
        return FALSE;
    }
    for (gsize i = 0; i < n; i++)
        _umk_npy_ranges_add(self->ranges, self->n_dims,
                            umk_matrix_get_row(calibration, i, NULL));
    self->calibrated = TRUE;
    return TRUE;
}

static UmkVectorWriter *
writer_new(const char *path,
           gsize n_dims,
           const UmkNpyType *type,
           UmkMatrix *calibration,
           GError **error)
{
    g_autoptr(UmkVectorWriter) self = g_new0(UmkVectorWriter, 1);

    g_atomic_ref_count_init(&self->refs);
    self->fd = -1;
    self->n_dims = n_dims;
    self->path = g_strdup(path);
    self->type = type;
    if (n_dims == 0 || n_dims > MAX_DIMS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%s: vectors of %zu numbers cannot be written"), path, n_dims);
        return NULL;
    }
    self->ranges = g_new(float, 2 * n_dims);
    _umk_npy_ranges_start(self->ranges, n_dims);
    if (calibration != NULL && !set_ranges(self, calibration, error))
        return NULL;
    self->fd = open_part(path, &self->part, error);
    if (self->fd < 0 || !write_header(self, self->fd, current_type(self), error))
        return NULL;
    return g_steal_pointer(&self);
}

/**
 * umk_vector_writer_new:
 * @path: (type filename): an npy file; it appears when the writer is finished
 * @n_dims: length of the vectors
 * @dtype: "f32", "f16", "i8", "u8", "binary" or "ubinary"
 * @calibration: (nullable): vectors whose least and greatest value in each dimension are
 *   the range of "i8" and "u8"; %NULL for those that are written
 * @error: return location for an error
 *
 * The small types are those of sentence-transformers. With step = (max − min) / 255 of
 * each dimension, "u8" is (x − min) / step and "i8" is (x − min) / step − 128, both cut
 * towards zero; values outside the range get its nearest end. "ubinary" is one bit a
 * number, set where x > 0, eight a byte with the first in the highest bit; "binary" is
 * that minus 128, as signed bytes.
 *
 * Returns: (transfer full): a writer; dropping it unfinished leaves nothing behind
 */
UmkVectorWriter *
umk_vector_writer_new(const char *path,
                      gsize n_dims,
                      const char *dtype,
                      UmkMatrix *calibration,
                      GError **error)
{
    const UmkNpyType *type;

    g_return_val_if_fail(path != NULL && dtype != NULL, NULL);
    type = _umk_npy_type_find(dtype, error);
    return type != NULL ? writer_new(path, n_dims, type, calibration, error) : NULL;
}

/**
 * umk_vector_writer_new_for_ids:
 * @path: (type filename): an npy file; it appears when the writer is finished
 * @n_cols: numbers a row
 * @error: return location for an error
 *
 * For row numbers, as neighbours are: int64, with umk_vector_writer_append_ids().
 *
 * Returns: (transfer full): a writer; dropping it unfinished leaves nothing behind
 */
UmkVectorWriter *
umk_vector_writer_new_for_ids(const char *path, gsize n_cols, GError **error)
{
    g_return_val_if_fail(path != NULL, NULL);
    return writer_new(path, n_cols, &_umk_npy_ids, NULL, error);
}

/**
 * umk_vector_writer_ref:
 * @self: a writer
 *
 * Returns: (transfer full): @self
 */
UmkVectorWriter *
umk_vector_writer_ref(UmkVectorWriter *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_vector_writer_unref:
 * @self: (transfer full): a writer
 *
 * An unfinished file is removed.
 */
void
umk_vector_writer_unref(UmkVectorWriter *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    if (self->fd >= 0)
        close(self->fd);
    if (self->part != NULL)
        g_unlink(self->part);
    g_free(self->part);
    g_free(self->path);
    g_free(self->ranges);
    g_free(self);
}

/* n rows at a stride of n_dims, converted and written behind what is there. */
static gboolean
write_rows(UmkVectorWriter *self,
           int fd,
           const UmkNpyType *type,
           const float *rows,
           gsize n,
           GError **error)
{
    gsize size = type->row_size(self->n_dims), most = MAX(BLOCK / size, 1);
    g_autofree guint8 *block = g_malloc(MIN(n, most) * size + 1);

    for (gsize i = 0; i < n; i += most) {
        gsize now = MIN(most, n - i);

        for (gsize k = 0; k < now; k++)
            type->convert(rows + (i + k) * self->n_dims, self->n_dims, self->ranges,
                          block + k * size);
        if (!write_all(fd, block, now * size, self->path, error))
            return FALSE;
    }
    return TRUE;
}

/**
 * umk_vector_writer_append:
 * @self: a writer that is not finished
 * @rows: n rows of n_dims numbers
 * @error: return location for an error
 *
 * Returns: %FALSE if they could not be written
 */
gboolean
umk_vector_writer_append(UmkVectorWriter *self, UmkMatrix *rows, GError **error)
{
    gsize n;

    g_return_val_if_fail(self != NULL && rows != NULL && self->part != NULL, FALSE);
    g_return_val_if_fail(self->type->convert != NULL, FALSE);
    n = umk_matrix_get_n_rows(rows);
    if (n == 0)
        return TRUE;
    if (umk_matrix_get_n_cols(rows) != self->n_dims) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%s: vectors of %zu numbers were begun, these have %zu"),
                    self->path, self->n_dims, umk_matrix_get_n_cols(rows));
        return FALSE;
    }
    for (gsize i = 0; self->type->ranged && !self->calibrated && i < n; i++)
        _umk_npy_ranges_add(self->ranges, self->n_dims,
                            umk_matrix_get_row(rows, i, NULL));
    if (!write_rows(self, self->fd, current_type(self), umk_matrix_get_row(rows, 0, NULL),
                    n, error))
        return FALSE;
    self->n_rows += n;
    return TRUE;
}

/**
 * umk_vector_writer_append_ids:
 * @self: a writer of umk_vector_writer_new_for_ids() that is not finished
 * @ids: (array): n_rows × n_cols numbers
 * @n_rows: how many rows
 * @error: return location for an error
 *
 * Returns: %FALSE if they could not be written
 */
gboolean
umk_vector_writer_append_ids(UmkVectorWriter *self,
                             const gint64 *ids,
                             gsize n_rows,
                             GError **error)
{
    g_return_val_if_fail(self != NULL && self->part != NULL, FALSE);
    g_return_val_if_fail(self->type == &_umk_npy_ids, FALSE);
    g_return_val_if_fail(ids != NULL || n_rows == 0, FALSE);
    if (!write_all(self->fd, ids, n_rows * self->n_dims * sizeof *ids, self->path, error))
        return FALSE;
    self->n_rows += n_rows;
    return TRUE;
}

/**
 * umk_vector_writer_get_n_rows:
 * @self: a writer
 *
 * Returns: how many rows were appended
 */
gsize
umk_vector_writer_get_n_rows(UmkVectorWriter *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_rows;
}

/**
 * umk_vector_writer_dup_ranges_path:
 * @self: a writer
 *
 * A file of "i8" or "u8" has its ranges beside it: `NAME.ranges.npy`, float32 of shape
 * (2, n_dims), the least values and the greatest. It can be the calibration of later
 * files.
 *
 * Returns: (transfer full) (nullable) (type filename): that file; %NULL for other types
 */
char *
umk_vector_writer_dup_ranges_path(UmkVectorWriter *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->type->ranged ? _umk_npy_ranges_path(self->path) : NULL;
}

/* The float32 file again, in its final type; takes the place of the part. */
static gboolean
convert(UmkVectorWriter *self, GError **error)
{
    gsize size = self->n_dims * sizeof(float), most = MAX(BLOCK / size, 1);
    g_autofree float *rows = g_malloc(most * size);
    g_autofree char *part = NULL;
    int fd = open_part(self->path, &part, error);
    g_autoptr(GByteArray) header =
        _umk_npy_header(current_type(self), self->n_rows, self->n_dims);
    gboolean ok = fd >= 0 && write_header(self, fd, self->type, error);

    if (ok && lseek(self->fd, header->len, SEEK_SET) < 0)
        ok = fail(self->path, error);
    for (gsize i = 0; ok && i < self->n_rows; i += most) {
        gsize now = MIN(most, self->n_rows - i), done = 0;

        while (ok && done < now * size) {
            gssize n = read(self->fd, (guint8 *) rows + done, now * size - done);

            if (n < 0 && errno == EINTR)
                continue;
            if (n == 0)
                errno = EIO;
            if (n <= 0)
                ok = fail(self->path, error);
            else
                done += (gsize) n;
        }
        ok = ok && write_rows(self, fd, self->type, rows, now, error);
    }
    if (!ok) {
        if (fd >= 0)
            close(fd);
        if (part != NULL)
            g_unlink(part);
        return FALSE;
    }
    close(self->fd);
    g_unlink(self->part);
    g_free(self->part);
    self->part = g_steal_pointer(&part);
    self->fd = fd;
    return TRUE;
}

static gboolean
write_ranges(UmkVectorWriter *self, GError **error)
{
    g_autofree char *path = umk_vector_writer_dup_ranges_path(self);
    g_autoptr(GBytes) bytes = g_bytes_new(self->ranges, 2 * self->n_dims * sizeof(float));
    g_autoptr(UmkMatrix) ranges = NULL;

    if (path == NULL)
        return TRUE;
    if (self->n_rows == 0 && !self->calibrated) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%s: without vectors there are no ranges for “%s”"), self->path,
                    self->type->name);
        return FALSE;
    }
    ranges = umk_matrix_new_from_bytes(2, self->n_dims, bytes, error);
    return ranges != NULL && umk_vectors_write(path, ranges, NULL, "f32", error);
}

/**
 * umk_vector_writer_finish:
 * @self: a writer that is not finished
 * @error: return location for an error
 *
 * Returns: %FALSE if the file could not be completed; then there is no new file
 */
gboolean
umk_vector_writer_finish(UmkVectorWriter *self, GError **error)
{
    g_return_val_if_fail(self != NULL && self->part != NULL, FALSE);
    if ((self->type->ranged && !self->calibrated && !convert(self, error)))
        return FALSE;
    if (lseek(self->fd, 0, SEEK_SET) < 0)
        return fail(self->path, error);
    if (!write_header(self, self->fd, self->type, error))
        return FALSE;
    if (fsync(self->fd) != 0)
        return fail(self->path, error);
    if (!write_ranges(self, error))
        return FALSE;
    if (g_rename(self->part, self->path) != 0)
        return fail(self->path, error);
    g_clear_pointer(&self->part, g_free);
    return TRUE;
}
