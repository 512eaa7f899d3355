/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes the mean of its group off each row. groups: a byte a row; n_groups: those that
 * have rows. A row that is alone in its group becomes the origin. */
#pragma once

#include <umekomi/umk-matrix.h>

G_BEGIN_DECLS

UmkMatrix *_umk_projection_center(UmkMatrix *vectors,
                                  GBytes *groups,
                                  guint *n_groups,
                                  GError **error);

G_END_DECLS
