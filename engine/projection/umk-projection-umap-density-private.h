/* SPDX-License-Identifier: GPL-3.0-or-later */
/* densMAP: what the layout adds so that dense parts of the data are dense on the map. */
#pragma once

#include "projection/umk-projection-umap-kernel-private.h"
#include "projection/umk-projection-umap-private.h"

G_BEGIN_DECLS

typedef struct _UmkUmapDensities UmkUmapDensities;

/* From the graph of neighbours that the edges came from; edges lighter than least do not
 * count. weight: how much density counts beside UMAP's own forces. */
UmkUmapDensities *_umk_umap_densities_new(const UmkUmapEdges *edges,
                                          const UmkKnnGraph *graph,
                                          float least,
                                          double weight,
                                          UmkRun *run,
                                          GError **error);
void _umk_umap_densities_free(UmkUmapDensities *self);
/* The logarithms of the rows' local radii (n), for tests. */
const double *_umk_umap_densities_get_radii(const UmkUmapDensities *self);
/* Measures the map as it stands: coords (n, stride) lie by place, place[i] is that of row
 * i. What density points to holds until the next call; its edge weights are the
 * caller's. FALSE when the run was cancelled. */
gboolean _umk_umap_densities_update(UmkUmapDensities *self,
                                    const float *coords,
                                    gsize n_dims,
                                    const guint32 *places,
                                    UmkUmapCurve curve,
                                    UmkUmapDensity *density,
                                    UmkRun *run);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkUmapDensities, _umk_umap_densities_free)

G_END_DECLS
