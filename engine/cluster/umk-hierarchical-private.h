/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of hierarchical clustering, before it is cut. */
#pragma once

#include "cluster/umk-cluster-ops-private.h"
#include "cluster/umk-merges-private.h"

G_BEGIN_DECLS

typedef enum {
    UMK_LINKAGE_WARD,
    UMK_LINKAGE_AVERAGE,
    UMK_LINKAGE_COMPLETE,
    UMK_LINKAGE_SINGLE,
} UmkLinkage;

#define UMK_HIERARCHICAL_LIMIT 32768 /* rows: their distances take 2 GiB */

/* n - 1 merges by height, to be freed with g_free; NULL is an error. */
UmkMerge *_umk_hierarchical_merges(const UmkClusterInput *input,
                                   UmkLinkage linkage,
                                   UmkRun *run,
                                   GError **error);

G_END_DECLS
