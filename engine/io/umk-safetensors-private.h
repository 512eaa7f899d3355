/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The safetensors format: eight bytes of little-endian header length N, N bytes of JSON
 * (an object of tensor name to {"dtype", "shape", "data_offsets": [begin, end]}, offsets
 * counted from the end of the header, and an optional "__metadata__"), then the tensors,
 * little-endian and row-major. Nothing in a header is believed before it is checked. */
#pragma once

#include <umekomi/umk-types.h>

#define UMK_TENSOR_MAX_AXES 8

typedef enum {
    UMK_DTYPE_OTHER, /* a type this library has no use for; its bytes are skipped */
    UMK_DTYPE_F64,
    UMK_DTYPE_F32,
    UMK_DTYPE_F16,
    UMK_DTYPE_BF16,
    UMK_DTYPE_I64,
    UMK_DTYPE_I32,
    UMK_DTYPE_I16,
    UMK_DTYPE_I8,
    UMK_DTYPE_U8,
    UMK_DTYPE_BOOL
} UmkDType;

typedef struct {
    char *name;
    char *dtype_name;
    UmkDType dtype;
    guint n_axes;
    gsize shape[UMK_TENSOR_MAX_AXES];
    gsize n_elements;
    gsize begin; /* from the start of the data */
    gsize size;  /* bytes */
} UmkTensor;

/* The rows of a matrix as a file holds them; _umk_dtype_to_float reads one. */
typedef struct {
    UmkDType dtype;
    const guint8 *data; /* NULL: there are none */
    gsize row_size;     /* bytes */
} UmkStoredRows;

/* (element-type UmkTensor): in file order, checked against length. */
GPtrArray *_umk_safetensors_parse(const guint8 *data, gsize length, GError **error);
/* "[2, 3]" */
char *_umk_shape_to_string(const gsize *shape, guint n_axes);
/* n_elements numbers of the tensor at src as float; FALSE for types without numbers. */
gboolean
_umk_dtype_to_float(UmkDType dtype, const guint8 *src, gsize n_elements, float *dst);
