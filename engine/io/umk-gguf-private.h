/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The GGUF format, versions 2 and 3, little-endian: "GGUF", u32 version, u64 number of
 * tensors, u64 number of metadata entries; each entry a string key (u64 length, bytes),
 * u32 type and the value (an array is u32 element type, u64 count, elements); then each
 * tensor as string name, u32 axes, u64 sizes (the fastest first), u32 type, u64 offset
 * from the data, which begin at the next multiple of "general.alignment" (32).
 *
 * Everything is checked against the length of the file before it is believed; what is
 * returned points into the bytes and lives as long as the reader. */
#pragma once

#include <umekomi/umk-types.h>

#define UMK_GGUF_MAX_AXES 4

typedef enum {
    UMK_GGUF_U8,
    UMK_GGUF_I8,
    UMK_GGUF_U16,
    UMK_GGUF_I16,
    UMK_GGUF_U32,
    UMK_GGUF_I32,
    UMK_GGUF_F32,
    UMK_GGUF_BOOL,
    UMK_GGUF_STRING,
    UMK_GGUF_ARRAY,
    UMK_GGUF_U64,
    UMK_GGUF_I64,
    UMK_GGUF_F64
} UmkGgufType;

/* The types of tensors that this library has a use for, by their number in the file; any
 * other keeps its number, and its size is not known. */
typedef enum {
    UMK_GGUF_TENSOR_F32 = 0,
    UMK_GGUF_TENSOR_F16 = 1,
    UMK_GGUF_TENSOR_Q4_0 = 2,
    UMK_GGUF_TENSOR_Q4_1 = 3,
    UMK_GGUF_TENSOR_Q5_0 = 6,
    UMK_GGUF_TENSOR_Q5_1 = 7,
    UMK_GGUF_TENSOR_Q8_0 = 8,
    UMK_GGUF_TENSOR_Q4_K = 12,
    UMK_GGUF_TENSOR_Q5_K = 13,
    UMK_GGUF_TENSOR_Q6_K = 14,
    UMK_GGUF_TENSOR_BF16 = 30
} UmkGgufTensorType;

typedef struct {
    char *key;
    UmkGgufType type; /* of the elements where is_array is set */
    gboolean is_array;
    gsize n;            /* elements; 1 unless is_array is set */
    const guint8 *data; /* the first element */
} UmkGgufValue;

typedef struct {
    char *name;
    guint32 type;          /* UmkGgufTensorType, or a number without a name here */
    const char *type_name; /* NULL where the type is not known */
    guint n_axes;
    gsize shape[UMK_GGUF_MAX_AXES]; /* the slowest axis first, as in safetensors */
    gsize n_elements;
    gsize begin; /* from the start of the file */
    gsize size;  /* bytes; 0 where the type is not known */
} UmkGgufTensor;

typedef struct _UmkGguf UmkGguf;

UmkGguf *_umk_gguf_new(GBytes *bytes, GError **error);
void _umk_gguf_free(UmkGguf *self);

/* NULL if there is none. */
const UmkGgufValue *_umk_gguf_find(const UmkGguf *self, const char *key);
/* An absent key gives the fallback; a wrong type or a number out of range is an error. */
gboolean _umk_gguf_get_size(const UmkGguf *self,
                            const char *key,
                            gsize fallback,
                            gsize most,
                            gsize *value,
                            GError **error);
gboolean _umk_gguf_get_number(
    const UmkGguf *self, const char *key, double fallback, double *value, GError **error);
gboolean _umk_gguf_get_boolean(const UmkGguf *self,
                               const char *key,
                               gboolean fallback,
                               gboolean *value,
                               GError **error);
/* A copy, which is valid UTF-8 and holds no NUL. */
gboolean _umk_gguf_dup_string(const UmkGguf *self,
                              const char *key,
                              const char *fallback,
                              char **value,
                              GError **error);
/* An array whose elements have the type; absent is NULL without an error. */
gboolean _umk_gguf_get_array(const UmkGguf *self,
                             const char *key,
                             UmkGgufType type,
                             const UmkGgufValue **value,
                             GError **error);
/* The string at *at, which is data of an array of strings at first and is moved on. Not
 * NUL-terminated; any bytes. */
const char *_umk_gguf_next_string(const guint8 **at, gsize *length);
/* Element i of an array of any number type. */
double _umk_gguf_get_element(const UmkGgufValue *value, gsize i);

gsize _umk_gguf_get_n_tensors(const UmkGguf *self);
const UmkGgufTensor *_umk_gguf_get_tensor(const UmkGguf *self, gsize i);
const UmkGgufTensor *_umk_gguf_find_tensor(const UmkGguf *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkGguf, _umk_gguf_free)
