/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the engine asks of matrices besides what everybody may. */
#pragma once

#include <umekomi/umk-matrix.h>

G_BEGIN_DECLS

/* As umk_matrix_check_finite(), for whoever takes distances in float: besides, no number
 * is so large that the square of a distance between two rows overflows, which is beyond
 * 2^62 / sqrt(n_cols). */
gboolean _umk_matrix_check_range(UmkMatrix *self, GError **error);

G_END_DECLS
