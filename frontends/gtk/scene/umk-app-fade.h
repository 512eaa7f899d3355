/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How faint the layers of the map are: opacities by the layers' keys, and the level that
 * comes of them for every row. Immutable once it is shared; the layers' panel makes it,
 * which knows whose rows are in which layer. NULL stands for nothing faint. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *key;
    double opacity; /* above 0 to 1 */
} UmkAppFadeLayer;

typedef struct {
    gatomicrefcount references;
    gsize n_rows;
    GArray *layers; /* UmkAppFadeLayer: those that are faint */
    guint8 *levels; /* (n_rows) see umk_app_fade_level() */
} UmkAppFade;

/* Takes levels. */
UmkAppFade *umk_app_fade_new(gsize n_rows, guint8 *levels);
/* Before it is shared. */
void umk_app_fade_add(UmkAppFade *self, const char *key, double opacity);
UmkAppFade *umk_app_fade_ref(UmkAppFade *self);
void umk_app_fade_unref(UmkAppFade *self);
/* 1 where the layer is not faint; self: or NULL. */
double umk_app_fade_get(const UmkAppFade *self, const char *key);
/* The level of an opacity, 0 to UMK_APP_N_FAINT - 1, and back. */
guint8 umk_app_fade_level(double opacity);
double umk_app_fade_opacity(guint8 level);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppFade, umk_app_fade_unref)

G_END_DECLS
