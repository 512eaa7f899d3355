/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colours of the map: Okabe and Ito's eight, which colour-blind eyes tell apart, then the
 * same hues in two other lightnesses; grey for the rest; a ramp with a middle and one
 * that grows evenly lighter. A dark and a light surface get slightly different ones. */
#pragma once

#include <gdk/gdk.h>

#include "umk-app-stamps.h"

G_BEGIN_DECLS

/* Numbers of the palette's entries, in this order. */
#define UMK_APP_N_CATEGORIES 24u
#define UMK_APP_OTHERS       24u
#define UMK_APP_NO_LABEL     25u
#define UMK_APP_RAMP         26u /* from one side through neutral to the other */
#define UMK_APP_N_RAMP       7u
#define UMK_APP_SCALE        33u /* from low to high */
#define UMK_APP_N_SCALE      31u
#define UMK_APP_N_COLOURS    64u

UmkAppColour umk_app_palette_get(guint colour, gboolean dark);
/* share: 0 for the lowest value, 1 for the highest. */
UmkAppColour umk_app_palette_get_scale(double share, gboolean dark);
void umk_app_palette_fill(UmkAppColour *palette, gboolean dark, float alpha, float grey);
GdkRGBA umk_app_palette_rgba(guint colour, gboolean dark);

G_END_DECLS
