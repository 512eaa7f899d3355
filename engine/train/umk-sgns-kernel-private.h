/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loop of skip-gram: one run of pairs against one block of rows. */
#pragma once

#include "core/umk-rng-private.h"

G_BEGIN_DECLS

typedef struct {
    guint32 input;  /* row in the block of inputs: the context word */
    guint32 output; /* row in the block of outputs: the centre word */
} UmkSgnsPair;

typedef struct {
    guint32 keep;
    guint32 alias;
} UmkSgnsNoise;

typedef struct {
    float *inputs;             /* (rows, stride), 64-byte aligned */
    float *outputs;            /* (rows, stride) */
    gsize stride;              /* floats, a multiple of 16 */
    const UmkSgnsNoise *noise; /* (n_noise), alias table over the rows of outputs */
    gsize n_noise;
    guint n_negatives;
    UmkRng rng;
    double loss; /* summed over the sampled pairs */
    guint64 n_loss;
} UmkSgnsBlock;

/* The learning rate goes from rate_from to rate_to over the run. */
typedef void (*UmkSgnsKernel)(UmkSgnsBlock *block,
                              const UmkSgnsPair *pairs,
                              gsize n_pairs,
                              float rate_from,
                              float rate_to);

/* The fastest one this machine can run, or by name ("plain", "avx2", "avx512"; NULL when
 * it cannot run here). */
UmkSgnsKernel _umk_sgns_kernel_get(const char *name);

G_END_DECLS
