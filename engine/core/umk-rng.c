/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Seeding, and normal numbers by the polar method (Marsaglia 1964). */
#include "core/umk-rng-private.h"

#include <math.h>

static guint64
splitmix64(guint64 *state)
{
    guint64 z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void
_umk_rng_init(UmkRng *rng, guint64 seed, guint64 stream)
{
    guint64 mixed = stream, state = seed;

    state ^= splitmix64(&mixed);
    for (int i = 0; i < 4; i++)
        rng->s[i] = splitmix64(&state);
}

/* Mean 0, deviation 1. Draws two uniforms at least and keeps no second value, so that the
 * state alone decides what comes next. */
double
_umk_rng_normal(UmkRng *rng)
{
    double u, v, s;

    do {
        u = 2.0 * _umk_rng_uniform(rng) - 1.0;
        v = 2.0 * _umk_rng_uniform(rng) - 1.0;
        s = u * u + v * v;
    } while (s >= 1.0 || s == 0.0);
    return u * sqrt(-2.0 * log(s) / s);
}
