/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of a collection: a derived file
 *
 *   derived/hnsw.FRAME.SEQUENCE.SLOTS.umi
 *
 * over the slots of the one frame that is the space, made from the commit SEQUENCE when
 * there were SLOTS of them; the same is in its stamp with the collection's UUID and the
 * metric. A later commit adds the slots that came and takes out those that were buried;
 * it is written anew when enough has changed. What does not match is as if it were not
 * there. */
#pragma once

#include <umekomi/umk-collection.h>
#include <umekomi/umk-index.h>

#include "core/umk-run-private.h"
#include "store/umk-slots-private.h"

G_BEGIN_DECLS

/* Below it a scan answers at once and no graph is looked for; see the manual. */
#define UMK_SEARCH_INDEX_ROWS 200000

typedef struct {
    gatomicrefcount refs;
    UmkIndex *index; /* over the slots */
    UmkSlots slots;
} UmkSearchIndex;

void _umk_search_index_unref(UmkSearchIndex *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkSearchIndex, _umk_search_index_unref)

/* The graph as of now. If there is none it is made where build says so; else *found is
 * NULL, as it is where a collection can have none. */
gboolean _umk_search_index_find(UmkCollection *collection,
                                gboolean build,
                                UmkSearchIndex **found,
                                UmkRun *run,
                                GError **error);

G_END_DECLS
