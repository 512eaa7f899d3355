/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small upright picture for the eye: quick, not exact. */

#pragma once

#include <umekomi/umk-plugin.h>

G_BEGIN_DECLS

#define UMK_THUMBNAIL_MAX_SIZE 2048

/* RGBA, not premultiplied, of at most size pixels a side. */
guint8 *_umk_thumbnail_read(
    UmkItem *item, guint size, guint *width, guint *height, GError **error);

G_END_DECLS
