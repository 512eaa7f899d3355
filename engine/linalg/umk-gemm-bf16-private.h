/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix product with weights rounded to bfloat16 (nearest, ties to even), in half the
 * memory. Where the processor has no bfloat16 arithmetic the weights become float again,
 * a panel at a time, and all else is as in umk-gemm-private.h: the result has the bits of
 * the f32 product with rounded weights. With AVX512-BF16 the input is rounded too and
 * pairs of products are summed by one instruction, so the bits differ from other
 * processors', by an error of the same size. Either way a row does not depend on its
 * batch. */
#pragma once

#include "linalg/umk-gemm-private.h"

typedef struct _UmkPackedBf16 UmkPackedBf16;

UmkPackedBf16 *_umk_packed_bf16_new_empty(gsize n, gsize k);
void
_umk_packed_bf16_fill(UmkPackedBf16 *self, gsize first, const float *w, gsize n_rows);
void _umk_packed_bf16_free(UmkPackedBf16 *self);

void _umk_gemm_bf16(const float *a,
                    gsize a_stride,
                    gsize m,
                    const UmkPackedBf16 *w,
                    const UmkGemmEnd *end,
                    float *out,
                    gsize out_stride);

/* Nearest bfloat16, ties to even; NaN stays NaN. */
guint16 _umk_bf16_from_float(float x);

/* Whether the processor's bfloat16 instructions are used; for tests. */
gboolean _umk_gemm_bf16_is_native(void);
