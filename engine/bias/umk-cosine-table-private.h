/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cosines of all targets with all attributes, once and in double: permutations,
 * bootstraps and leaving out look at nothing else. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define UMK_NO_SPREAD                                                                    \
    1e-12 /* of the largest cosine: what rounding leaves of a constant */

enum { UMK_SET_X, UMK_SET_Y, UMK_SET_A, UMK_SET_B, UMK_N_SETS };

typedef struct {
    gsize sizes[UMK_N_SETS];
    gsize n_targets;    /* x, then y */
    gsize n_attributes; /* a, then b */
    double *cosines;    /* (n_attributes, n_targets) */
    double most;        /* the largest magnitude among them */
} UmkCosineTable;

/* rows[set] (sizes[set], d), each of length 1 or zero; a set may be empty. */
gboolean _umk_cosine_table_init(UmkCosineTable *self,
                                const double *const rows[UMK_N_SETS],
                                const gsize sizes[UMK_N_SETS],
                                gsize d,
                                GError **error);
void _umk_cosine_table_clear(UmkCosineTable *self);
/* (n_targets) mean cosine with a minus mean cosine with b; an empty set adds nothing. */
void _umk_cosine_table_associate(const UmkCosineTable *self, double *associations);
/* (n_attributes) mean cosine with x minus mean cosine with y. */
void _umk_cosine_table_associate_back(const UmkCosineTable *self, double *associations);
/* In a fixed order that lets four products run at once. */
double _umk_dot_in_double(const double *a, const double *b, gsize d);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkCosineTable, _umk_cosine_table_clear)

G_END_DECLS
