/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where weights come from and how they are to be held. This layer knows no file format:
 * io/umk-weights-private.h gives functions that fit. */
#pragma once

#include <umekomi/umk-params.h>
#include <umekomi/umk-types.h>

#include "io/umk-safetensors-private.h"

/* Arithmetic of the linear maps. Embeddings, norms, softmax, pooling and convolutions
 * are f32 always.
 *  - F32: every sum in float.
 *  - BF16: weights rounded to bfloat16 (nearest even), half the memory.
 *  - INT8: weights of each output as -127 … 127 times a scale, each row of the input as
 *    0 … 255 less a zero point, whole-number sums (linalg/umk-gemm-int8-private.h). */
typedef enum { UMK_PRECISION_F32, UMK_PRECISION_BF16, UMK_PRECISION_INT8 } UmkPrecision;

/* get borrows from the source; release says that a borrowed tensor has been copied and
 * its memory is not needed any more. */
typedef struct {
    gpointer source;
    const char *prefix; /* put before every name; may be "" */
    gboolean (*has)(gpointer source, const char *name);
    const float *(*get)(gpointer source,
                        const char *name,
                        const gsize *shape,
                        guint n_axes,
                        GError **error);
    void (*release)(gpointer source, const float *data);
    gboolean transposed; /* weights of linear maps are stored (n_in, n_out), as GPT-2's */
    UmkPrecision precision; /* of the linear maps; 0 is f32 */
    /* Optional: a matrix as it is stored, FALSE where it has to be got. */
    gboolean (*get_stored)(gpointer source,
                           const char *name,
                           const gsize shape[2],
                           UmkStoredRows *rows);
    const char *f32_layers; /* names, separated by commas, that stay f32; may be NULL */
} UmkTensors;

/* Sets precision and f32_layers from the options "precision" and "f32-layers" of a
 * model, as far as the bag has them; params (may be NULL) must outlive the binding. */
void _umk_tensors_set_params(UmkTensors *self, UmkParams *params);
/* What a linear map of this name (without ".weight") is to be held as. */
UmkPrecision _umk_tensors_get_precision(const UmkTensors *self, const char *name);

gboolean _umk_tensors_has(const UmkTensors *self, const char *name);
const float *_umk_tensors_get(const UmkTensors *self,
                              const char *name,
                              const gsize *shape,
                              guint n_axes,
                              GError **error);
/* FALSE where the matrix has to be got; nothing is released. */
gboolean _umk_tensors_get_stored(const UmkTensors *self,
                                 const char *name,
                                 const gsize shape[2],
                                 UmkStoredRows *rows);
void _umk_tensors_release(const UmkTensors *self, const float *data);
/* A copy that outlives the source; release with g_free. */
float *_umk_tensors_dup_vector(const UmkTensors *self,
                               const char *name,
                               gsize n,
                               GError **error);
