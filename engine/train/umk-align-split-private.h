/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which pairs a head learns from, which choose when to stop, and which only measure. */
#pragma once

#include <umekomi/umk-types.h>

G_BEGIN_DECLS

typedef enum {
    UMK_PART_TRAIN,
    UMK_PART_VALIDATION, /* penalty and stopping are chosen on these */
    UMK_PART_TEST,       /* seen by nothing but the final measure */
    UMK_N_PARTS
} UmkPart;

/* Numbers different rows: groups (n) gets for each row the number of the first row equal
 * to it, counted from 0 in order of appearance. Returns how many are different. */
gsize _umk_group_rows(const float *rows, gsize n, gsize n_dims, guint32 *groups);

/* Fills parts (n). Pairs that share a source or a target stay together, directly or
 * through others, so that no part knows an answer of another. The test part takes the
 * share asked for of all, the validation part its share of what is left. */
gboolean _umk_align_split(const guint32 *from,
                          const guint32 *to,
                          gsize n,
                          double test_share,
                          double validation_share,
                          guint64 seed,
                          guint8 *parts,
                          GError **error);

G_END_DECLS
