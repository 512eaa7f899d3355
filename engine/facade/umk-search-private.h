/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the search share. */
#pragma once

#include <umekomi/umk-index.h>

G_BEGIN_DECLS

/* Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009, SIGIR, "Reciprocal rank
 * fusion outperforms Condorcet and individual rank learning methods"): a row's score is
 * the sum over the lists that have it of 1 / (60 + rank), ranks from 1. */
#define UMK_RANK_CONSTANT 60.0

typedef struct {
    guint64 row;
    double score;
} UmkRanked;

/* lists of rows, best first; lengths (n_lists). GArray of UmkRanked: score descending,
 * then row. */
GArray *_umk_fuse_ranks(const guint64 *const *lists, const gsize *lengths, gsize n_lists);

G_END_DECLS
