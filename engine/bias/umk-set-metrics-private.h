/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Figures of sets of rows, each as the bootstrap looks at it: RND, ECT, MAC, RIPA, RNSB.
 */
#pragma once

#include "bias/umk-bias-association-private.h"

G_BEGIN_DECLS

/* Relative norm distance and embedding coherence: groups x, y, a. */
enum { UMK_RND_EUCLIDEAN, UMK_RND_COSINE, UMK_RND_N_FIGURES };
UmkResample _umk_rnd_resample(const UmkBiasSets *sets);
/* (UMK_RND_N_FIGURES, n_a) */
void _umk_rnd_per_attribute(const UmkBiasSets *sets, double *values);
UmkResample _umk_ect_resample(const UmkBiasSets *sets);
/* (2, n_a) cosines with the mean of x, and with that of y */
void _umk_ect_per_attribute(const UmkBiasSets *sets, double *values);

/* Mean average cosine distance: groups x, y, a, b; y and b may be empty. */
UmkResample _umk_mac_resample(const UmkCosineTable *table);

/* Relational inner product association: groups pairs, attributes. */
typedef struct {
    gsize n_pairs, n_attributes;
    double *products; /* (n_attributes, n_pairs); NaN where a pair is twice the same */
} UmkRipa;

void _umk_ripa_init(UmkRipa *self, const UmkBiasSets *sets);
void _umk_ripa_clear(UmkRipa *self);
UmkResample _umk_ripa_resample(const UmkRipa *self);
/* Over the pairs: mean and standard deviation with n, as published. */
void _umk_ripa_of_attribute(const UmkRipa *self,
                            gsize attribute,
                            double *mean,
                            double *deviation);

/* Relative negative sentiment bias: groups x, y, a, b; a is the positive class. */
typedef struct {
    gsize sizes[UMK_N_SETS];
    double *kernel;   /* (n_attributes, n_attributes) products of the attributes */
    double *cross;    /* (n_targets, n_attributes) products of targets and attributes */
    double *negative; /* (n_targets) the share of the negative class */
    gboolean penalised;
    gboolean dealt; /* picks of a and b count through both, and say who is positive */
} UmkRnsb;

gboolean _umk_rnsb_init(UmkRnsb *self,
                        const UmkBiasSets *sets,
                        gboolean penalise_intercept,
                        GError **error);
void _umk_rnsb_clear(UmkRnsb *self);
UmkResample _umk_rnsb_resample(const UmkRnsb *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkRipa, _umk_ripa_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkRnsb, _umk_rnsb_clear)

G_END_DECLS
