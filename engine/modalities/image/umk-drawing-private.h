/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SVG drawings as pictures. */
#pragma once

#include <glib.h>
#include <vips/vips.h>

G_BEGIN_DECLS

/* The drawing with its alpha, at the size it says it has or, if its shortest edge is
 * under want_edge, as much larger; the caller owns it. */
VipsImage *_umk_drawing_load(VipsSource *source, gsize want_edge, GError **error);

G_END_DECLS
