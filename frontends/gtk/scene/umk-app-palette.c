/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of colours and how they fade while something else stands out. */
#include "umk-app-palette.h"

/* Okabe and Ito's eight, a little darker on a light surface; then what the mixing below
 * does not tell apart well enough. */
static const guint32 base_light[8] = {0x0072b2, 0xd55e00, 0x009e73, 0xb8579b,
                                      0xe69f00, 0x3fa0dd, 0xa89a00, 0x4a4a4a};
static const guint32 base_dark[8] = {0x3b9fdc, 0xe8711a, 0x1fb88c, 0xd586b2,
                                     0xf0ad1e, 0x7cc6f0, 0xf0e442, 0xd0d0d0};
static const guint32 browns[2][2] = {{0x7a5230, 0xcba57c}, {0xc9a27e, 0x8a6444}};
static const guint32 greys[2] = {0x9a9996, 0x7d7b7a};
static const guint32 ramps[2][UMK_APP_N_RAMP] = {
    {0x0a5a9c, 0x3f8fcb, 0x86b9de, 0xbab7b2, 0xe9b077, 0xdc7d2c, 0xa84300},
    {0x7cc6ff, 0x4497d2, 0x356c93, 0x6f6d6b, 0x93602f, 0xd67d2b, 0xffb56b}};
/* Viridis (van der Walt and Smith 2015), whose steps look even to any eye. */
static const guint32 viridis[11] = {0x440154, 0x482475, 0x414487, 0x355f8d,
                                    0x2a788e, 0x21918c, 0x22a884, 0x44bf70,
                                    0x7ad151, 0xbddf26, 0xfde725};

static UmkAppColour
unpack(guint32 rgb)
{
    return (UmkAppColour){(float) (rgb >> 16 & 255) / 255, (float) (rgb >> 8 & 255) / 255,
                          (float) (rgb & 255) / 255, 1};
}

static UmkAppColour
mix(UmkAppColour a, UmkAppColour b, float share)
{
    return (UmkAppColour){a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share,
                          a.b + (b.b - a.b) * share, 1};
}

/* First away from the surface, then towards it. */
static UmkAppColour
get_category(guint category, gboolean dark)
{
    UmkAppColour own = unpack((dark ? base_dark : base_light)[category % 8]);
    UmkAppColour black = {0, 0, 0, 1}, white = {1, 1, 1, 1};
    guint round = category / 8;

    if (round == 0)
        return own;
    if (category % 8 == 7)
        return unpack(browns[dark ? 1 : 0][round - 1]);
    return (round == 1) == (dark != 0) ? mix(own, white, 0.5f) : mix(own, black, 0.42f);
}

/* It begins where it can be seen on a dark surface, and ends there on a light one. */
UmkAppColour
umk_app_palette_get_scale(double share, gboolean dark)
{
    double low = dark ? 0.18 : 0, high = dark ? 1 : 0.95;
    double at = (low + CLAMP(share, 0, 1) * (high - low)) * (G_N_ELEMENTS(viridis) - 1);
    guint step = MIN((guint) at, G_N_ELEMENTS(viridis) - 2);

    return mix(unpack(viridis[step]), unpack(viridis[step + 1]),
               (float) (at - (double) step));
}

UmkAppColour
umk_app_palette_get(guint colour, gboolean dark)
{
    if (colour < UMK_APP_N_CATEGORIES)
        return get_category(colour, dark);
    if (colour < UMK_APP_RAMP)
        return unpack(greys[dark ? 1 : 0]);
    if (colour < UMK_APP_SCALE)
        return unpack(ramps[dark ? 1 : 0][colour - UMK_APP_RAMP]);
    return umk_app_palette_get_scale(
        MIN(colour - UMK_APP_SCALE, UMK_APP_N_SCALE - 1) / (UMK_APP_N_SCALE - 1.0), dark);
}

/* palette: UMK_APP_N_COLOURS entries, of that opacity, mixed with grey by that share. */
void
umk_app_palette_fill(UmkAppColour *palette, gboolean dark, float alpha, float grey)
{
    float level = dark ? 0.45f : 0.62f;

    for (guint i = 0; i < UMK_APP_N_COLOURS; i++) {
        UmkAppColour c = umk_app_palette_get(i, dark);

        palette[i] =
            (UmkAppColour){c.r + (level - c.r) * grey, c.g + (level - c.g) * grey,
                           c.b + (level - c.b) * grey, alpha};
    }
}

GdkRGBA
umk_app_palette_rgba(guint colour, gboolean dark)
{
    UmkAppColour c = umk_app_palette_get(colour, dark);

    return (GdkRGBA){c.r, c.g, c.b, 1};
}
