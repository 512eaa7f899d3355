/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Permutation tests of figures that are more than a difference of sums. */
#pragma once

#include "bias/umk-resample-private.h"

G_BEGIN_DECLS

/* The first figure when the items of two neighbouring groups are dealt anew, n times;
 * both groups count through the items of the first, then those of the second. */
double *_umk_shuffle(const UmkResample *pooled,
                     gsize first_group,
                     gsize n,
                     guint64 seed,
                     UmkRun *run,
                     GError **error);
/* p = (1 + as large as found) / (1 + n), or no p when nothing was drawn. */
UmkBiasTest _umk_shuffle_test(const char *of,
                              const char *alternative,
                              double found,
                              const double *values,
                              gsize n,
                              double level,
                              const char *undefined);

/* Each value may as well have the other sign: the test of a mean of differences of pairs
 * (Fisher's randomisation test). All signs up to this many values, else n random ones.
 * What is no number is left out. means (n_means): of all signs looked at, to be freed. */
#define UMK_SIGNS_COUNTED 20
gboolean _umk_sign_tests(const char *of,
                         const double *values,
                         gsize n_values,
                         gsize n,
                         double level,
                         guint64 seed,
                         const char *undefined,
                         UmkBiasTest tests[2],
                         double **means,
                         gsize *n_means,
                         UmkRun *run,
                         GError **error);

G_END_DECLS
