/* SPDX-License-Identifier: GPL-3.0-or-later */
/* xoshiro256** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators",
 * 2021), seeded by splitmix64 from a seed and a stream number, so that every walk, item
 * or shard can have a generator of its own that does not depend on the order of work. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 s[4];
} UmkRng;

void _umk_rng_init(UmkRng *rng, guint64 seed, guint64 stream);
double _umk_rng_normal(UmkRng *rng);

static inline guint64
_umk_rng_next_u64(UmkRng *rng)
{
    guint64 *s = rng->s;
    guint64 x = s[1] * 5, result = ((x << 7) | (x >> 57)) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* [0, 1), 53 bits */
static inline double
_umk_rng_uniform(UmkRng *rng)
{
    return (double) (_umk_rng_next_u64(rng) >> 11) * 0x1.0p-53;
}

/* 0 .. n-1 by multiplication (Lemire 2019) without the rejection step: the bias is below
 * n / 2^64 and no test can see it. */
static inline guint64
_umk_rng_below(UmkRng *rng, guint64 n)
{
    return (guint64) (((unsigned __int128) _umk_rng_next_u64(rng) * n) >> 64);
}
