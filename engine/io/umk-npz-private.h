/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NumPy's archive of arrays (savez, savez_compressed): a zip whose members are npy files.
 *
 * The vectors are the member that is asked for, or the only array of two dimensions, of
 * floats if there are others, or else the only one of one dimension, which is one row.
 * Where several could be meant the error names them. Names of the rows are those of a
 * member "names", "words" or "labels" that holds as many strings as there are rows. */
#pragma once

#include <umekomi/umk-matrix.h>

/* @member: without ".npy", or NULL; @limit: bytes that may be unpacked at once. */
UmkMatrix *_umk_npz_parse(
    GBytes *bytes, const char *member, gsize limit, char ***names, GError **error);
/* The names of those that could be meant. */
char **_umk_npz_list(GBytes *bytes, GError **error);
/* Whether there is an array to read; no numbers are unpacked. */
gboolean _umk_npz_check(GBytes *bytes, const char *member, GError **error);
