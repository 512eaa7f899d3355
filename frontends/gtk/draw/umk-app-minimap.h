/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The whole map in a small picture. */
#pragma once

#include "umk-app-splat.h"

G_BEGIN_DECLS

/* canvas: made by umk_app_canvas_init(), filled here, premultiplied B8G8R8A8 on nothing.
 * palette: as of the map. view: set to what is seen, so that a frame can be laid over it;
 * its yaw and pitch stay as they are. */
void umk_app_minimap_draw(UmkAppCanvas *canvas,
                          const UmkAppPoints *points,
                          const UmkAppLooks *looks,
                          const UmkAppColour *palette,
                          guint n_colours,
                          UmkAppView *view);

G_END_DECLS
