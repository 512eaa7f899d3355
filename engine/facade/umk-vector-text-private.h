/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One vector as people write and programs print it:
 *
 *   vector := numbers | "[" vector "]"         at most two brackets deep
 *   numbers := NUMBER { ( "," | ";" | blanks ) NUMBER }
 *   NUMBER := [ sign ] digits [ "." digits ] [ "e" [ sign ] digits ], the point always
 * "."
 *
 * so [0.12, -0.3], [0.12 -0.3] and [[0.12, -0.3]] are one and the same. */
#pragma once

#include <umekomi/umk-matrix.h>

#define UMK_VECTOR_TEXT_MAX_BYTES (2u << 20)
#define UMK_VECTOR_TEXT_MAX_DIMS  65536u

/* column: set when it fails, in characters from 1, or NULL. */
UmkMatrix *
_umk_vector_text_parse(const char *data, gsize size, guint *column, GError **error);
