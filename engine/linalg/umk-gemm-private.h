/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single-precision matrix product against weights that are packed once and used often.
 * Every output element is one chain of additions over k = 0, 1, 2 … whatever the number
 * of rows, so a row's result has the same bits in any batch. The kernels that fuse
 * multiply and add (AVX-512, AVX2) agree with each other bit for bit as well; the plain
 * one rounds twice a step unless the compiler's target has a fused operation. */
#pragma once

#include <umekomi/umk-types.h>

#include "linalg/umk-kernels-private.h"

#define UMK_GEMM_COLUMNS 16 /* columns of one packed panel */

/* What happens to each finished sum: bias, then the activation, then what out held. It is
 * done panel by panel, while the numbers are in the first-level cache. */
typedef struct {
    const float *bias; /* (n); NULL: none */
    UmkActivation activation;
    gboolean add; /* out += instead of out =; without an activation only */
} UmkGemmEnd;

/* n columns rounded up to whole panels */
static inline gsize
_umk_gemm_whole_panels(gsize n)
{
    return (n + UMK_GEMM_COLUMNS - 1) / UMK_GEMM_COLUMNS * UMK_GEMM_COLUMNS;
}

/* Floats from row to row for scratch rows of n: an odd number of cache lines, so that
 * equal columns of many rows, which a product writes and reads one after the other, do
 * not fight for the same few places of the caches. */
static inline gsize
_umk_gemm_row_stride(gsize n)
{
    enum { LINE = 64 / sizeof(float) };

    return ((n + LINE - 1) / LINE | 1) * LINE;
}

typedef struct _UmkPacked UmkPacked;

/* Row n of w holds the n-th output's weights, as checkpoints store them: (n, k). */
UmkPacked *_umk_packed_new(const float *w, gsize n, gsize k);
/* The same with room for n outputs, filled in parts: rows first … first + n_rows - 1. */
UmkPacked *_umk_packed_new_empty(gsize n, gsize k);
void _umk_packed_fill(UmkPacked *self, gsize first, const float *w, gsize n_rows);
void _umk_packed_free(UmkPacked *self);
gsize _umk_packed_get_n(const UmkPacked *self);
gsize _umk_packed_get_k(const UmkPacked *self);

/* out (m, n) = a (m, k) * w^T + bias; rows of out lie out_stride floats apart. */
void _umk_gemm_packed(const float *a,
                      gsize m,
                      const UmkPacked *w,
                      const float *bias_or_null,
                      float *out,
                      gsize out_stride);
/* The same with rows of a lying a_stride floats apart. */
void _umk_gemm_packed_strided(const float *a,
                              gsize a_stride,
                              gsize m,
                              const UmkPacked *w,
                              const float *bias_or_null,
                              float *out,
                              gsize out_stride);

/* out (m, n) = a (m, k) * w^T with the ending given */
void _umk_gemm_packed_end(const float *a,
                          gsize a_stride,
                          gsize m,
                          const UmkPacked *w,
                          const UmkGemmEnd *end,
                          float *out,
                          gsize out_stride);

/* The same for the outputs first … first + n - 1 only; first is a multiple of
 * UMK_GEMM_SPLIT. out is where output 0 belongs, bias likewise. */
#define UMK_GEMM_SPLIT 32
void _umk_gemm_packed_part(const float *a,
                           gsize a_stride,
                           gsize m,
                           const UmkPacked *w,
                           gsize first,
                           gsize n,
                           const UmkGemmEnd *end,
                           float *out,
                           gsize out_stride);

/* Operands that change every call (attention) are packed into memory of the caller. */
gsize _umk_gemm_pack_size(gsize n, gsize k); /* in floats */
/* src (n, k) */
void
_umk_gemm_pack_rows(const float *src, gsize src_stride, gsize n, gsize k, float *dst);
/* src (k, n), that is, already transposed */
void
_umk_gemm_pack_columns(const float *src, gsize src_stride, gsize n, gsize k, float *dst);
void _umk_gemm_raw(const float *a,
                   gsize a_stride,
                   gsize m,
                   const float *packed,
                   gsize n,
                   gsize k,
                   const float *bias_or_null,
                   float *out,
                   gsize out_stride);

typedef enum { UMK_GEMM_PLAIN, UMK_GEMM_AVX2, UMK_GEMM_AVX512 } UmkGemmKind;

/* For tests and benchmarks: what this processor can run, what runs, and a way to choose.
 * Choosing while another thread computes is the caller's mistake. */
gboolean _umk_gemm_supports(UmkGemmKind kind);
UmkGemmKind _umk_gemm_get_kind(void);
void _umk_gemm_set_kind(UmkGemmKind kind);
const char *_umk_gemm_kind_name(UmkGemmKind kind);
