/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a vector is from everything a model was taught. Distances are cosines after the
 * model's own concepts were whitened (mean taken out, every direction brought to the same
 * spread), because in a small model all texts share a few strong directions that say
 * nothing about what is known. Only the strongest directions are kept: the rest is noise
 * that a whitening would make as loud as they are. A vector's distance is the mean over
 * its nearest concepts; its score the share of held-out concepts, known in kind but not
 * in the file, that are nearer. Above one quantile of theirs a vector is at the edge,
 * above another outside.
 *
 * A meter by norm keeps no concepts. It takes the length of a vector before it was
 * brought to 1: a tower that was taught to prefer nothing when it is shown what means
 * nothing (Dhamija, Günther and Boult 2018, the entropic open-set loss) answers that with
 * short vectors. Its distance is one over the length.
 *
 * As bytes, little-endian:
 *
 *   8 bytes  "UMKMETR2"
 *   u32      n_dims, n_concepts, n_nearest, n_quantiles (2 or more), n_axes (to n_dims);
 *            by norm: 1, 0, 1, n_quantiles, 0, and nothing after the quantiles
 *   f32      edge, outside: the two thresholds, as distances
 *   f32      n_quantiles distances of held-out concepts, ascending, evenly spaced shares
 *   f32      mean (n_dims)
 *   f32      whitening (n_axes, n_dims): row i gives direction i
 *   f32      scale (n_concepts)
 *   i8       concepts (n_concepts, n_axes): whitened, of length 1, divided by their scale
 *
 * "UMKMETR1", which is still read, has no n_axes and keeps all directions.
 * Nothing in a file is believed before it is checked; its length must be exact. */
#pragma once

#include "core/umk-run-private.h"

#include <umekomi/umk-matrix.h>

G_BEGIN_DECLS

#define UMK_METER_MAX_DIMS     4096
#define UMK_METER_MAX_CONCEPTS (1u << 20)

typedef struct {
    guint32 n_dims, n_axes, n_nearest, n_quantiles;
    guint32 n_concepts; /* 0: by norm */
    float edge, outside;
    float *quantiles; /* (n_quantiles) */
    float *mean;      /* (n_dims) */
    float *whitening; /* (n_axes, n_dims) */
    float *scales;    /* (n_concepts) */
    gint8 *concepts;  /* (n_concepts, n_axes) */
} UmkMeter;

void _umk_meter_free(UmkMeter *self);

/* Concepts are what is known; held_out are of the same kind, and not among them. At most
 * n_axes directions are kept. The shares of held-out concepts that may lie beyond the
 * thresholds: edge > outside. */
UmkMeter *_umk_meter_build(UmkMatrix *concepts,
                           UmkMatrix *held_out,
                           guint n_nearest,
                           guint n_axes,
                           double edge_share,
                           double outside_share,
                           UmkRun *run,
                           GError **error);

/* By norm: held_out (n, 1) lengths of vectors of items that were not taught. */
UmkMeter *_umk_meter_build_norm(UmkMatrix *held_out,
                                double edge_share,
                                double outside_share,
                                UmkRun *run,
                                GError **error);

/* (n_rows) distances, 0 to 2, a zero or unknown direction at 1; by norm from lengths
 * (n_rows, 1), 0 and more. FALSE when cancelled. */
gboolean _umk_meter_measure(const UmkMeter *self,
                            UmkMatrix *vectors,
                            UmkRun *run,
                            double *distances,
                            GError **error);
/* 0 (nearer than all held-out concepts) to 1 */
double _umk_meter_score(const UmkMeter *self, double distance);

UmkMeter *_umk_meter_parse(const guint8 *data, gsize length, GError **error);
GBytes *_umk_meter_to_bytes(const UmkMeter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkMeter, _umk_meter_free)

G_END_DECLS
