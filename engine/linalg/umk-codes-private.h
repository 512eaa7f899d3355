/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of compact codes: 8-bit rows and 1-bit rows, as nearest-neighbour search reads
 * them. All are integers, so every variant (plain, AVX2, AVX-512 with VNNI) gives the
 * same numbers. Codes are -127 … 127, never -128; rows are padded with zeros to whole
 * multiples of UMK_CODE_PAD bytes. Kernels only: nothing here allocates. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_CODE_PAD 32

typedef enum {
    UMK_CODES_PLAIN,
    UMK_CODES_AVX2,
    UMK_CODES_VNNI,
} UmkCodesLevel;

typedef struct {
    /* out[i] = query . row i, of n_rows that lie stride bytes apart */
    void (*dot_run)(
        const gint8 *query, const gint8 *codes, gsize stride, gsize n_rows, gint32 *out);
    /* out[i] = query . row ids[i], of rows that lie pitch bytes apart */
    void (*dot_some)(const gint8 *query,
                     const gint8 *codes,
                     gsize pitch,
                     gsize stride,
                     const guint32 *ids,
                     gsize n_ids,
                     gint32 *out);
    /* out[i] = number of bits in which row i differs, of rows of n_words words */
    void (*differ_run)(const guint64 *query,
                       const guint64 *rows,
                       gsize n_words,
                       gsize n_rows,
                       guint16 *out);
} UmkCodeKernels;

/* What this machine can run at most. */
UmkCodesLevel _umk_codes_best_level(void);
const UmkCodeKernels *_umk_codes_kernels(UmkCodesLevel level);

/* Bytes a row of n_dims takes. */
static inline gsize
_umk_code_stride(gsize n_dims)
{
    return (n_dims + UMK_CODE_PAD - 1) / UMK_CODE_PAD * UMK_CODE_PAD;
}

/* The row in 8 bits: x ~ scale * code, scale = max |x| / 127, rounded to nearest. The
 * rest of stride is set to zero. Returns the scale, 0 for a zero row. */
float _umk_code_from_floats(const float *x, gsize n_dims, gint8 *code);
/* sum of code^2 */
gint32 _umk_code_square(const gint8 *code, gsize stride);
/* Bit i is set where x_i > 0. */
void _umk_code_bits(const float *x, gsize n_dims, guint64 *words);

extern const UmkCodeKernels _umk_code_kernels_avx2;
extern const UmkCodeKernels _umk_code_kernels_vnni;

G_END_DECLS
