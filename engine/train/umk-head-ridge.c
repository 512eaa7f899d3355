/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The head "ridge": x W + b by least squares with a penalty on W (Hoerl and Kennard
 * 1970), of ten penalties a decade apart the one that held-out pairs like best. */
#include "train/umk-head-private.h"

#include <math.h>

#define LEAST_PENALTY 1e-6 /* in units of the mean variance of the inputs */

double
_umk_head_get_penalty(guint which)
{
    return LEAST_PENALTY * pow(10.0, which);
}

gboolean
_umk_head_start_ridge(const UmkHeadShape *shape,
                      UmkHeadPairs *pairs,
                      guint which,
                      float *weights,
                      GError **error)
{
    if (pairs->ridge == NULL)
        pairs->ridge = _umk_ridge_new(pairs->x, pairs->y, pairs->n, shape->n_in,
                                      shape->n_out, error);
    return pairs->ridge != NULL &&
           _umk_ridge_solve(pairs->ridge,
                            _umk_head_get_penalty(which) *
                                _umk_ridge_get_scale(pairs->ridge),
                            weights, weights + shape->n_in * shape->n_out, error);
}

const UmkHeadOps _umk_head_ridge = {
    .name = "ridge",
    .n_starts = UMK_HEAD_PENALTIES,
    .list_blocks = _umk_head_list_affine,
    .start = _umk_head_start_ridge,
    .cache_size = _umk_head_no_cache,
    .forward = _umk_head_forward_affine,
    .export = _umk_head_export_affine,
};
