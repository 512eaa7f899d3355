/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Position embeddings of a patch grid, for grids of another size than the trained one. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (from_h, from_w, d) -> (to_h, to_w, d), bicubic with a = -0.75, half-pixel centres, no
 * antialiasing: what interpolate_pos_encoding does. Equal sizes are copied. */
void _umk_positions_interpolate(const float *from,
                                gsize from_h,
                                gsize from_w,
                                float *to,
                                gsize to_h,
                                gsize to_w,
                                gsize d);

G_END_DECLS
