/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The linear algebra of erasing a concept: LEACE, the projector onto a common null space,
 * half-sibling regression. All give x - left' (right (x - mean)) in double. */
#pragma once

#include "bias/umk-groups-private.h"

G_BEGIN_DECLS

typedef struct {
    gsize d, rank;
    double *mean;  /* (d), or NULL: zero */
    double *left;  /* (rank, d): its columns one after the other */
    double *right; /* (rank, d) */
    gsize covariance_rank;
} UmkErasure;

/* The least change, in the metric of the covariance, after which no linear function of x
 * covaries with the group: P = I - W⁺ U U' W, W = Sxx^(-1/2), U = left singular vectors
 * of W Sxz (Belrose et al., "LEACE: Perfect linear concept erasure in closed form", 2023,
 * theorem 4.3; no shrinkage, no constraint on the trace). background (n, d) rows, or
 * NULL, are taken into Sxx beside the groups; the erasure of the groups is exact either
 * way. */
gboolean _umk_leace(UmkErasure *self,
                    const UmkGroups *groups,
                    UmkMatrix *background,
                    gboolean unit,
                    UmkRun *run,
                    GError **error);
/* x minus its part in the span of the rows (n, d): I - Q'Q. */
gboolean
_umk_erase_span(UmkErasure *self, const double *rows, gsize n, gsize d, GError **error);
/* I - D (D'D + ridge I)^-1 D' with D (d, n) the rows as columns: what the concept's words
 * explain of a word by ridge regression (Yang and Feng, "A causal inference method for
 * reducing gender bias in word embedding relations", 2020). ridge > 0. */
gboolean _umk_half_sibling(
    UmkErasure *self, const double *rows, gsize n, gsize d, double ridge, GError **error);
void _umk_erasure_clear(UmkErasure *self);
/* out may be x. */
void _umk_erasure_apply(const UmkErasure *self, const double *x, double *out);
/* Hands the map over. */
void _umk_erasure_give(UmkErasure *self, UmkDebias *to);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkErasure, _umk_erasure_clear)

G_END_DECLS
