/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The contrastive loss of a batch of pairs, and its gradient. */
#pragma once

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

/* Row i of the guesses belongs to row i of the targets, and as well to every row j that
 * shares its source or its target. */
typedef struct {
    const float *guesses; /* (n, n_dims), of any length */
    const float *targets; /* (n, n_dims); of length 1 under the cosine */
    const guint32 *from;  /* (n) which source; equal numbers are the same one */
    const guint32 *to;    /* (n) which target */
    gsize n, n_dims;
    UmkMetric metric;
    double log_scale; /* log of 1 / temperature */
} UmkContrastBatch;

/* The mean loss of a pair. gradient (n, n_dims) and d_log_scale may both be NULL. */
double _umk_contrast(const UmkContrastBatch *batch,
                     float *gradient,
                     double *d_log_scale,
                     GCancellable *cancellable);

G_END_DECLS
