/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Places for new rows on a finished map of UMAP. */
#pragma once

#include "projection/umk-projection-umap-private.h"

G_BEGIN_DECLS

typedef struct _UmkUmapPlacer UmkUmapPlacer;

/* Keeps vectors and coords, takes graph (its distances are not used). Cheap: what
 * searching needs is made when it is first asked for. */
UmkUmapPlacer *_umk_umap_placer_new(UmkMatrix *vectors,
                                    UmkMatrix *coords,
                                    UmkMetric metric,
                                    UmkKnnGraph *graph,
                                    double mean_distance,
                                    const UmkUmapLayoutParams *params);
void _umk_umap_placer_free(UmkUmapPlacer *self);
UmkMatrix *
_umk_umap_placer_place(UmkUmapPlacer *self, UmkMatrix *vectors, GError **error);

G_END_DECLS
