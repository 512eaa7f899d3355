/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of heads. One line a head. */
#include "train/umk-head-private.h"

#include <string.h>

extern const UmkHeadOps _umk_head_linear, _umk_head_procrustes, _umk_head_ridge,
    _umk_head_mlp;

const UmkHeadOps *const _umk_heads[] = {
    &_umk_head_linear, &_umk_head_procrustes, &_umk_head_ridge, &_umk_head_mlp, NULL,
};

const UmkHeadOps *
_umk_head_find(const char *name)
{
    for (gsize i = 0; _umk_heads[i] != NULL; i++)
        if (strcmp(_umk_heads[i]->name, name) == 0)
            return _umk_heads[i];
    return NULL;
}

gsize
_umk_head_count_weights(const UmkHeadOps *ops, const UmkHeadShape *shape)
{
    UmkHeadBlock blocks[UMK_HEAD_MAX_BLOCKS];
    guint n_blocks = ops->list_blocks(shape, blocks);
    gsize n = 0;

    for (guint i = 0; i < n_blocks; i++)
        n += blocks[i].rows * blocks[i].cols;
    return n;
}
