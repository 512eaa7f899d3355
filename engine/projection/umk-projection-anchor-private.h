/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps of several models that can be looked at side by side: a fit begins where another
 * map has the same items, and its layout is then turned onto that map. */
#pragma once

#include "projection/umk-projection-ops-private.h"

G_BEGIN_DECLS

#define UMK_TURN_MAX_DIMS 3

/* y = x turn + shift, over the first n_dims of each. */
typedef struct {
    gsize n_dims;
    double turn[UMK_TURN_MAX_DIMS * UMK_TURN_MAX_DIMS];
    double shift[UMK_TURN_MAX_DIMS];
    gsize n_known;     /* items that both maps have */
    double difference; /* umk_eval_map_difference() over those */
} UmkProjectionTurn;

/* anchor: (n_rows, n_dims) finite, or NaN in the rows of items that the other map has
 * not; these get places from the plane of largest variance, laid over the anchor. */
UmkMatrix *_umk_anchor_make_start(UmkMatrix *vectors,
                                  UmkMatrix *anchor,
                                  UmkRun *run,
                                  GError **error);
/* Distances stay as they are: nothing is scaled. */
gboolean _umk_anchor_find_turn(UmkMatrix *coords,
                               UmkMatrix *anchor,
                               UmkProjectionAlign align,
                               UmkProjectionTurn *turn,
                               GError **error);
UmkMatrix *
_umk_anchor_turn(const UmkProjectionTurn *turn, UmkMatrix *coords, GError **error);

G_END_DECLS
