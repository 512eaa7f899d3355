/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Codes of half precision, 16 bits a number, with the query as it is. Every row has its
 * own power of two, which puts its largest number at 2^14 to 2^15: whatever is finite
 * fits (65504 is the most a half can hold, and a row of large numbers is as good as any),
 * and only what is 2^-28 of the largest loses more than the last bit of eleven. So
 *
 *   |r| <= (2^-11 + sqrt(n) 2^-39) |x|
 *
 * and a row that was of half precision to begin with is kept as it was. No row is
 * refused: the floats are there for whoever needs them, the scan and what is scored
 * again. */
#include "index/umk-flat-kind-private.h"

#include "core/umk-half-private.h"
#include "linalg/umk-half-dot-private.h"

#include <math.h>
#include <string.h>

#define PART 256 /* numbers that are rounded at a time; a multiple of the lanes */

static gsize
padded(gsize n_coded)
{
    return (n_coded + UMK_HALF_LANES - 1) / UMK_HALF_LANES * UMK_HALF_LANES;
}

static gsize
half_stride(gsize n_coded)
{
    return padded(n_coded) * sizeof(guint16);
}

/* Of the power of two. What is coded can be next to nothing where more dimensions follow;
 * its power stops where 1 / power is a float. */
static int
exponent_of(const float *x, gsize n)
{
    float largest = 0;
    int exponent = 0;

    for (gsize i = 0; i < n; i++)
        largest = MAX(largest, fabsf(x[i]));
    frexpf(largest, &exponent); /* largest < 2^exponent */
    return largest > 0 ? MAX(exponent - 15, -100) : 0;
}

static float
half_encode(const UmkFlatCodes *self, float *rest, gpointer code, float *coded)
{
    UmkHalfLevel level = _umk_half_best_level();
    guint16 *halves = code;
    int exponent = exponent_of(rest, self->n_coded);
    float up = ldexpf(1, -exponent), scale = ldexpf(1, exponent), part[PART];

    memset(halves, 0, self->stride);
    for (gsize at = 0; at < self->n_coded; at += PART) {
        gsize n = MIN(PART, self->n_coded - at);

        for (gsize i = 0; i < n; i++)
            part[i] = rest[at + i] * up;
        _umk_half_from_floats(level, part, n, halves + at);
        _umk_half_to_floats(level, halves + at, n, part);
        for (gsize i = 0; i < n; i++)
            rest[at + i] -= part[i] * scale;
    }
    *coded = 0; /* the query is not coded: |u| = 0 */
    return scale;
}

static void
half_prepare(UmkFlatQuery *query, float *rest)
{
    const UmkFlatCodes *self = query->self;
    gsize n = self->n_coded, n_padded = padded(n);
    float *code = query->code;

    query->scale = 1;
    for (gsize i = 0; i < n_padded; i++)
        code[i] = i < n ? rest[i] : 0;
    memset(rest, 0, self->vectors->n_dims * sizeof *rest);
}

static void
half_compare(UmkFlatQuery *query, gsize row, gsize n, float *dots)
{
    const UmkFlatCodes *self = query->self;

    _umk_half_dot(_umk_half_dot_best_level())(
        query->code, (const guint16 *) (gconstpointer) (self->codes + row * self->stride),
        self->stride / sizeof(guint16), n, dots);
}

const UmkFlatKind _umk_flat_half = {
    .stride = half_stride,
    .query_bytes = sizeof(float) / sizeof(guint16),
    .encode = half_encode,
    .prepare = half_prepare,
    .compare = half_compare,
};
