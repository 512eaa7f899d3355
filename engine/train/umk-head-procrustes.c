/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head "procrustes": the rotation, one common factor and shift that bring x nearest
 * to y (Schönemann 1966). It cannot bend, so a few dozen pairs are enough. */
#include "train/umk-head-private.h"

static gboolean
start(const UmkHeadShape *shape,
      UmkHeadPairs *pairs,
      guint which,
      float *weights,
      GError **error)
{
    return _umk_procrustes_solve(pairs->x, pairs->y, pairs->n, shape->n_in, shape->n_out,
                                 weights, weights + shape->n_in * shape->n_out, error);
}

const UmkHeadOps _umk_head_procrustes = {
    .name = "procrustes",
    .n_starts = 1,
    .list_blocks = _umk_head_list_affine,
    .start = start,
    .cache_size = _umk_head_no_cache,
    .forward = _umk_head_forward_affine,
    .export = _umk_head_export_affine,
};
