/* SPDX-License-Identifier: GPL-3.0-or-later */
/* p-values of several tests, adjusted for their number. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    UMK_CORRECTION_BONFERRONI,
    UMK_CORRECTION_SIDAK,
    UMK_CORRECTION_HOLM,
    UMK_CORRECTION_HOCHBERG,
    UMK_CORRECTION_BENJAMINI_HOCHBERG,
    UMK_CORRECTION_BENJAMINI_YEKUTIELI,
} UmkCorrection;

/* A p that is not a number belongs to no test and stays what it is; the others make up
 * the family. In the order of p, at most 1. adjusted may be p. */
void _umk_correct(UmkCorrection correction, const double *p, gsize n, double *adjusted);

G_END_DECLS
