/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Position embeddings of a patch grid, for grids of another size than the trained one. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (from_h, from_w, d) -> (to_h, to_w, d), bicubic, half-pixel centres: what
 * interpolate_pos_encoding does. Without antialiasing a = -0.75; with it a = -0.5, and
 * where the grid shrinks the kernel grows. Equal sizes are copied. */
void _umk_positions_interpolate(const float *from,
                                gsize from_h,
                                gsize from_w,
                                float *to,
                                gsize to_h,
                                gsize to_w,
                                gsize d,
                                gboolean antialias);

G_END_DECLS
