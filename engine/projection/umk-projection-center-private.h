/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the mean of its group off each row. groups: a byte a row. A row that is alone in
 * its group becomes the origin. */
#pragma once

#include <umekomi/umk-matrix.h>

G_BEGIN_DECLS

/* The mean of each group that has rows, (n_groups, n_dims), by group; of: a byte a mean.
 */
UmkMatrix *_umk_projection_find_means(UmkMatrix *vectors,
                                      GBytes *groups,
                                      GBytes **of,
                                      GError **error);
UmkMatrix *_umk_projection_center(
    UmkMatrix *vectors, GBytes *groups, UmkMatrix *means, GBytes *of, GError **error);

G_END_DECLS
