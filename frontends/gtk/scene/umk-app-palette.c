/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of colours and how they fade while something else stands out. */
#include "umk-app-palette.h"

static const guint32 light[UMK_APP_N_COLOURS] = {
    0x0072b2, 0xd55e00, 0x009e73, 0xb8579b, 0xe69f00, 0x3fa0dd, 0xa89a00,
    0x4a4a4a, 0x00476f, 0x8a3d00, 0x006b4e, 0x7d3a69, 0x9c6c00, 0x8cc7ec,
    0x6e6500, 0x8a8a8a, 0x9a9996, 0x9a9996, 0x0a5a9c, 0x3f8fcb, 0x86b9de,
    0xbab7b2, 0xe9b077, 0xdc7d2c, 0xa84300,
};
static const guint32 dark_ones[UMK_APP_N_COLOURS] = {
    0x3b9fdc, 0xe8711a, 0x1fb88c, 0xd586b2, 0xf0ad1e, 0x7cc6f0, 0xf0e442,
    0xd0d0d0, 0x8fc4ea, 0xf2a36b, 0x7fd9bd, 0xe8b8d4, 0xf7d58c, 0x2f7fb0,
    0xb8ae20, 0xa0a0a0, 0x7d7b7a, 0x7d7b7a, 0x7cc6ff, 0x4497d2, 0x356c93,
    0x6f6d6b, 0x93602f, 0xd67d2b, 0xffb56b,
};

UmkAppColour
umk_app_palette_get(guint colour, gboolean dark)
{
    guint32 rgb = (dark ? dark_ones : light)[MIN(colour, UMK_APP_N_COLOURS - 1)];

    return (UmkAppColour){(float) (rgb >> 16 & 255) / 255, (float) (rgb >> 8 & 255) / 255,
                          (float) (rgb & 255) / 255, 1};
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
