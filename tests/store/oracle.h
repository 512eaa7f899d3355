/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a collection should hold: what batch n does depends on n alone, so the state after
 * any commit sequence can be replayed and compared bit for bit. */
#pragma once

#include <umekomi/umekomi.h>

#define ORACLE_DIMS 40
#define ORACLE_IDS  1500

/* versions[id] is the batch that wrote it last, 0 when there is no such item. */
typedef struct {
    guint64 versions[ORACLE_IDS];
    guint64 played;
} Oracle;

/* An empty collection with its first commit made. */
void oracle_create(const char *path);
/* Batch n is a compaction instead. */
gboolean oracle_is_compaction(guint64 batch);
/* Appends, removes and commits, or compacts. */
gboolean oracle_run_batch(UmkCollection *collection, guint64 batch, GError **error);
/* Plays the batches up to sequence, then compares everything with them. */
void oracle_assert_equals(Oracle *self, UmkCollection *collection, guint64 sequence);
