/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which kinds of items lie apart on a map: of two kinds that do, hardly an item has one
 * of the other kind among its nearest of the two. Distances between them then say less
 * than distances within one. */
#pragma once

#include <umekomi/umekomi.h>

G_BEGIN_DECLS

typedef struct {
    guint8 seen;                    /* bit m: there are enough of modality m to tell */
    guint8 apart[UMK_N_MODALITIES]; /* bit m: that this one lies apart from */
} UmkAppGap;

/* places: (n, 2 or 3), finite; kinds: a modality a row. Time grows with the square. */
void umk_app_gap_measure(UmkMatrix *places, const guint8 *kinds, UmkAppGap *gap);
/* Whether any two kinds lie apart. */
gboolean umk_app_gap_is_any(const UmkAppGap *gap);
/* One sentence; NULL where none lie apart. */
char *umk_app_gap_dup_text(const UmkAppGap *gap);

G_END_DECLS
