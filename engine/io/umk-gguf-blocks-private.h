/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The number types of GGUF tensors as floats. A quantised type packs 32 or 256 numbers in
 * a block with its scales (little endian, "d" and "m" being F16):
 *
 *   Q8_0  d, 32 i8                          d · q
 *   Q4_0  d, 32 nibbles                     d · (q − 8)
 *   Q4_1  d, m, 32 nibbles                  d · q + m
 *   Q5_0  d, 32 fifth bits, 32 nibbles      d · (q − 16)
 *   Q5_1  d, m, 32 fifth bits, 32 nibbles   d · q + m
 *   Q4_K  d, m, 8 pairs of 6 bits (s, t), 256 nibbles               d · s · q − m · t
 *   Q5_K  d, m, 8 pairs of 6 bits (s, t), 256 fifth bits, nibbles   d · s · q − m · t
 *   Q6_K  256 nibbles, 256 pairs of bits, 16 i8 (s), d              d · s · (q − 32)
 *
 * Of nibbles the low ones of a run come first, then the high ones. */
#pragma once

#include <umekomi/umk-types.h>

/* FALSE: a type that is not read here. n_elements is a multiple of the type's block,
 * which the reader of the file has checked. */
gboolean
_umk_gguf_blocks_to_float(guint32 type, const guint8 *src, gsize n_elements, float *dst);
gboolean _umk_gguf_blocks_known(guint32 type);
