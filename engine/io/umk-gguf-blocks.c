/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Blocks of quantised numbers to floats. */
#include "io/umk-gguf-blocks-private.h"

#include <string.h>

#include "core/umk-half-private.h"
#include "io/umk-gguf-private.h"
#include "io/umk-safetensors-private.h"

#define SMALL 32  /* numbers in a block */
#define LARGE 256 /* in one of the types called K */

static float
half(const guint8 *at)
{
    guint16 bits;

    memcpy(&bits, at, sizeof bits);
    return _umk_half_to_float(bits);
}

static void
read_q8_0(const guint8 *block, float *out)
{
    float d = half(block);

    for (guint i = 0; i < SMALL; i++)
        out[i] = d * (float) (gint8) block[2 + i];
}

static void
read_q4_0(const guint8 *block, float *out)
{
    const guint8 *q = block + 2;
    float d = half(block);

    for (guint i = 0; i < SMALL / 2; i++) {
        out[i] = d * (float) ((int) (q[i] & 15) - 8);
        out[i + SMALL / 2] = d * (float) ((int) (q[i] >> 4) - 8);
    }
}

static void
read_q4_1(const guint8 *block, float *out)
{
    const guint8 *q = block + 4;
    float d = half(block), m = half(block + 2);

    for (guint i = 0; i < SMALL / 2; i++) {
        out[i] = d * (float) (q[i] & 15) + m;
        out[i + SMALL / 2] = d * (float) (q[i] >> 4) + m;
    }
}

/* The fifth bit of number i stands in bit i. */
static guint
fifth(const guint8 *bits, guint i)
{
    return (guint) (bits[i / 8] >> (i % 8) & 1) << 4;
}

static void
read_q5_0(const guint8 *block, float *out)
{
    const guint8 *bits = block + 2, *q = block + 6;
    float d = half(block);

    for (guint i = 0; i < SMALL / 2; i++) {
        guint j = i + SMALL / 2;

        out[i] = d * (float) ((int) ((q[i] & 15u) | fifth(bits, i)) - 16);
        out[j] = d * (float) ((int) ((guint) (q[i] >> 4) | fifth(bits, j)) - 16);
    }
}

static void
read_q5_1(const guint8 *block, float *out)
{
    const guint8 *bits = block + 4, *q = block + 8;
    float d = half(block), m = half(block + 2);

    for (guint i = 0; i < SMALL / 2; i++) {
        guint j = i + SMALL / 2;

        out[i] = d * (float) ((q[i] & 15u) | fifth(bits, i)) + m;
        out[j] = d * (float) ((guint) (q[i] >> 4) | fifth(bits, j)) + m;
    }
}

/* The eight pairs of 6 bits in 12 bytes: of the first four the low bits of bytes 0 to 3
 * and 4 to 7, of the others the nibbles of bytes 8 to 11 with the two bits left over. */
static void
read_pair(const guint8 *at, guint i, guint *scale, guint *least)
{
    if (i < 4) {
        *scale = at[i] & 63u;
        *least = at[i + 4] & 63u;
        return;
    }
    *scale = (at[i + 4] & 15u) | (guint) (at[i - 4] >> 6) << 4;
    *least = (guint) (at[i + 4] >> 4) | (guint) (at[i] >> 6) << 4;
}

/* Q4_K and Q5_K: bits is NULL where there is no fifth bit. */
static void
read_k(const guint8 *block, const guint8 *bits, const guint8 *q, float *out)
{
    float d = half(block), m = half(block + 2);

    for (guint run = 0; run < LARGE / SMALL; run++) {
        guint scale, least;
        float factor, offset;

        read_pair(block + 4, run, &scale, &least);
        factor = d * (float) scale;
        offset = m * (float) least;
        for (guint i = 0; i < SMALL; i++) {
            guint8 byte = q[run / 2 * SMALL + i];
            guint value = run % 2 == 0 ? byte & 15u : byte >> 4;

            if (bits != NULL)
                value |= (guint) (bits[i] >> run & 1) << 4;
            out[run * SMALL + i] = factor * (float) value - offset;
        }
    }
}

static void
read_q4_k(const guint8 *block, float *out)
{
    read_k(block, NULL, block + 16, out);
}

static void
read_q5_k(const guint8 *block, float *out)
{
    read_k(block, block + 16, block + 48, out);
}

static void
read_q6_k(const guint8 *block, float *out)
{
    const guint8 *low = block, *high = block + 128, *scales = block + 192;
    float d = half(block + 208);

    for (guint i = 0; i < LARGE; i++) {
        /* Two halves of 128; in each, four runs of 32. */
        guint part = i / 128, run = i % 128 / 32, j = i % 32;
        guint8 byte = low[part * 64 + run % 2 * 32 + j];
        guint value = run < 2 ? byte & 15u : byte >> 4;

        value |= (guint) (high[part * 32 + j] >> (2 * run) & 3) << 4;
        out[i] = d * (float) (gint8) scales[i / 16] * (float) ((int) value - 32);
    }
}

static const struct {
    guint32 type;
    guint n_elements, n_bytes;
    void (*read)(const guint8 *block, float *out);
} blocks[] = {
    {UMK_GGUF_TENSOR_Q8_0, SMALL, 34, read_q8_0},
    {UMK_GGUF_TENSOR_Q4_0, SMALL, 18, read_q4_0},
    {UMK_GGUF_TENSOR_Q4_1, SMALL, 20, read_q4_1},
    {UMK_GGUF_TENSOR_Q5_0, SMALL, 22, read_q5_0},
    {UMK_GGUF_TENSOR_Q5_1, SMALL, 24, read_q5_1},
    {UMK_GGUF_TENSOR_Q4_K, LARGE, 144, read_q4_k},
    {UMK_GGUF_TENSOR_Q5_K, LARGE, 176, read_q5_k},
    {UMK_GGUF_TENSOR_Q6_K, LARGE, 210, read_q6_k},
};

static UmkDType
get_plain(guint32 type)
{
    switch (type) {
    case UMK_GGUF_TENSOR_F32:
        return UMK_DTYPE_F32;
    case UMK_GGUF_TENSOR_F16:
        return UMK_DTYPE_F16;
    case UMK_GGUF_TENSOR_BF16:
        return UMK_DTYPE_BF16;
    default:
        return UMK_DTYPE_OTHER;
    }
}

gboolean
_umk_gguf_blocks_known(guint32 type)
{
    for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++)
        if (blocks[i].type == type)
            return TRUE;
    return get_plain(type) != UMK_DTYPE_OTHER;
}

gboolean
_umk_gguf_blocks_to_float(guint32 type, const guint8 *src, gsize n_elements, float *dst)
{
    for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++) {
        if (blocks[i].type != type)
            continue;
        for (gsize b = 0; b < n_elements / blocks[i].n_elements; b++)
            blocks[i].read(src + b * blocks[i].n_bytes, dst + b * blocks[i].n_elements);
        return TRUE;
    }
    return get_plain(type) != UMK_DTYPE_OTHER &&
           _umk_dtype_to_float(get_plain(type), src, n_elements, dst);
}
