/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NumPy's array file, as far as vectors need it.
 *
 *   "\x93NUMPY" major minor  header-length (2 bytes LE in 1.x, 4 in 2.x and 3.x)
 *   {'descr': '<f4', 'fortran_order': False, 'shape': (n, d), }  padded with blanks, "\n"
 *   the numbers
 *
 * Read: one or two dimensions, f2 f4 f8 i1 u1 i4 i8 of either byte order, C or Fortran
 * order. One dimension is one row. Written: f4, f2, i1, packed bits (u1), i8 (ids). */
#pragma once

#include <umekomi/umk-matrix.h>

UmkMatrix *_umk_npy_parse(GBytes *bytes, GError **error);
GByteArray *_umk_npy_format(UmkMatrix *matrix, const char *dtype, GError **error);
GByteArray *_umk_npy_format_ids(gsize n_rows, gsize n_cols, const gint64 *ids);
