/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours of the map: Okabe and Ito's eight, which colour-blind eyes tell apart, then the
 * same hues lighter and darker. A dark and a light surface get slightly different ones.
 */
#pragma once

#include <gdk/gdk.h>

#include "umk-app-stamps.h"

G_BEGIN_DECLS

#define UMK_APP_N_COLOURS 25u /* distinct ones, "others", "no label", a ramp */
#define UMK_APP_OTHERS    16u
#define UMK_APP_NO_LABEL  17u
#define UMK_APP_RAMP      18u /* from one side through neutral to the other */
#define UMK_APP_N_RAMP    7u

UmkAppColour umk_app_palette_get(guint colour, gboolean dark);
void umk_app_palette_fill(UmkAppColour *palette, gboolean dark, float alpha, float grey);
GdkRGBA umk_app_palette_rgba(guint colour, gboolean dark);

G_END_DECLS
