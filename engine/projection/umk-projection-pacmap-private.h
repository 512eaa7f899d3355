/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pairs of PaCMAP. */
#pragma once

#include <umekomi/umk-matrix.h>

#include "core/umk-run-private.h"

G_BEGIN_DECLS

enum { UMK_PACMAP_NEAR, UMK_PACMAP_MID, UMK_PACMAP_FAR, UMK_PACMAP_N_KINDS };

/* Every pair stands in both its rows, so that a row sums its forces alone. */
typedef struct {
    gsize *offsets; /* (n + 1) */
    guint32 *ids;
} UmkPacmapList;

typedef struct {
    gsize n;
    UmkPacmapList lists[UMK_PACMAP_N_KINDS];
} UmkPacmapPairs;

/* At least two rows. Counts are for each row; what there are not enough rows for is left
 * out. */
UmkPacmapPairs *_umk_pacmap_pairs_new(UmkMatrix *vectors,
                                      guint n_near,
                                      guint n_mid,
                                      guint n_far,
                                      guint64 seed,
                                      UmkRun *run,
                                      GError **error);
void _umk_pacmap_pairs_free(UmkPacmapPairs *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkPacmapPairs, _umk_pacmap_pairs_free)

G_END_DECLS
