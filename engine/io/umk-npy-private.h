/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NumPy's array file, as far as vectors need it.
 *
 *   "\x93NUMPY" major minor  header-length (2 bytes LE in 1.x, 4 in 2.x and 3.x)
 *   {'descr': '<f4', 'fortran_order': False, 'shape': (n, d), }  padded with blanks, "\n"
 *   the numbers
 *
 * Read: one or two dimensions, f2 f4 f8 i1 u1 i4 i8 of either byte order, C or Fortran
 * order. One dimension is one row. Written: f4, f2, i1, u1, packed bits, i8 (ids). */
#pragma once

#include <umekomi/umk-matrix.h>

UmkMatrix *_umk_npy_parse(GBytes *bytes, GError **error);
/* Whether the header is sound and all its numbers follow; they are not looked at. */
gboolean _umk_npy_check(GBytes *bytes, GError **error);
/* Whether its numbers are single bytes, and then whether they have a sign. */
gboolean _umk_npy_is_bytes(GBytes *bytes, gboolean *is_signed);
/* Where the ranges of a file of codes stand: NAME.ranges.npy beside NAME.npy. */
char *_umk_npy_ranges_path(const char *path);
/* What u8 or i8 codes stood for, from their ranges (2, n_dims): the middle of each step.
 */
UmkMatrix *
_umk_npy_decode(UmkMatrix *codes, UmkMatrix *ranges, gboolean is_signed, GError **error);
/* A number type that can be written. Those with ranges follow sentence-transformers: with
 * the least and the greatest value of each dimension over the calibration vectors,
 *
 *   step = (max - min) / 255,  u8 = trunc((x - min) / step),  i8 = trunc((x - min) / step
 * - 128)
 *
 * trunc towards zero; outside the range the nearest end, and a dimension that never
 * varies gives the lowest value. ubinary packs x > 0 eight to a byte, the first in the
 * highest bit; binary is that minus 128. */
typedef struct {
    const char *name;
    const char *descr;
    gboolean ranged;
    gsize (*row_size)(gsize n_dims); /* in bytes */
    /* ranges (2, n_dims): least, greatest; for those that ask for it */
    void (*convert)(const float *row, gsize n_dims, const float *ranges, guint8 *out);
} UmkNpyType;

/* Row numbers, "<i8": written as they are, never from floats, so not found by name. */
extern const UmkNpyType _umk_npy_ids;
const UmkNpyType *_umk_npy_type_find(const char *name, GError **error);
/* Of the same length for any number of rows below 10^20. */
GByteArray *_umk_npy_header(const UmkNpyType *type, gsize n_rows, gsize n_dims);
void _umk_npy_ranges_start(float *ranges, gsize n_dims);
void _umk_npy_ranges_add(float *ranges, gsize n_dims, const float *row);

/* The whole file; ranges are those of the matrix itself. */
GByteArray *_umk_npy_format(UmkMatrix *matrix, const char *dtype, GError **error);
GByteArray *_umk_npy_format_ids(gsize n_rows, gsize n_cols, const gint64 *ids);
