/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How each drawn point looks just now: beside the points, in their order, because places
 * are shared and looks are the map's own. Two bytes a point. Shared by reference with the
 * threads that draw: who wants to change looks asks for writable ones first. */
#pragma once

#include "umk-app-points.h"

G_BEGIN_DECLS

typedef enum {
    UMK_APP_LOOK_MARKED = 1 << 0, /* stands out */
    UMK_APP_LOOK_HIDDEN = 1 << 1  /* is not picked, and drawn only as context */
} UmkAppLookFlags;
#define UMK_APP_LOOK_FLAGS  3u  /* all of them; the two bits above hold the shape */
#define UMK_APP_LOOK_SHAPES 12u /* and the four above those how faint the point is */
#define UMK_APP_N_FAINT                                                                  \
    16u /* of faintness: level l lacks l sixteenths of its weight                        \
         */

typedef struct {
    gatomicrefcount references;
    gsize n_points;
    guint8 *colour; /* number of a palette entry */
    guint8 *flags;  /* UmkAppLookFlags, the shape, and the level */
    gsize n_marked, n_hidden, n_faded;
} UmkAppLooks;

UmkAppLooks *umk_app_looks_new(const UmkAppPoints *points);
UmkAppLooks *umk_app_looks_ref(UmkAppLooks *self);
void umk_app_looks_free(UmkAppLooks *self); /* drops a reference */
/* Takes looks and gives them back, or a copy while others hold them too. */
UmkAppLooks *umk_app_looks_make_writable(UmkAppLooks *self);
void umk_app_looks_set_shapes(UmkAppLooks *self,
                              const UmkAppPoints *points,
                              const guint8 *shape_of_row);
void umk_app_looks_set_colours(UmkAppLooks *self,
                               const UmkAppPoints *points,
                               const guint8 *colour_of_row);
/* level_of_row: NULL for nothing faint. */
void umk_app_looks_set_levels(UmkAppLooks *self,
                              const UmkAppPoints *points,
                              const guint8 *level_of_row);
/* These stand out from now on and no others; n_rows 0 ends it. */
void umk_app_looks_mark(UmkAppLooks *self,
                        const UmkAppPoints *points,
                        const guint32 *rows,
                        gsize n_rows);
/* words: row r at bit r % 64 of word r / 64, set for what is drawn; NULL: everything. */
void umk_app_looks_show(UmkAppLooks *self,
                        const UmkAppPoints *points,
                        const guint64 *words,
                        gsize n_words);

static inline guint
umk_app_looks_get_shape(const UmkAppLooks *self, gsize at)
{
    return self->flags[at] >> 2 & 3u;
}

static inline guint
umk_app_looks_get_level(const UmkAppLooks *self, gsize at)
{
    return self->flags[at] >> 4;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkAppLooks, umk_app_looks_free)

G_END_DECLS
