/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compact codes beside the vectors of an exact index, for single queries: a scan of the
 * codes leaves few rows, and those are scored in float32. What is proved of the answer
 * stands in umk-flat-kind-private.h. */
#pragma once

#include "index/umk-index-ops-private.h"

G_BEGIN_DECLS

typedef struct _UmkFlatCodes UmkFlatCodes;

/* The kinds of codes by name, "none" the first; ends with NULL. */
extern const char *const _umk_flat_names[];

/* n_coded: the first so many dimensions are coded; 0: all. n_again: rows scored again; 0:
 * as many as the proof asks for, or, where nothing is proved, as seem right. */
UmkFlatCodes *_umk_flat_codes_new(UmkIndexRows *vectors,
                                  UmkMetric metric,
                                  const char *name,
                                  gsize n_coded,
                                  guint n_again,
                                  UmkRun *run,
                                  GError **error);
void _umk_flat_codes_free(UmkFlatCodes *self);
gboolean _umk_flat_codes_take(
    UmkFlatCodes *self, const guint32 *rows, gsize n, UmkRun *run, GError **error);
gsize _umk_flat_codes_memory(const UmkFlatCodes *self);
/* Whether every answer is the scan's own. */
gboolean _umk_flat_codes_is_exact(const UmkFlatCodes *self);
/* One query. FALSE without an error: too many rows were left, a scan is cheaper. */
gboolean _umk_flat_codes_search(const UmkFlatCodes *self,
                                const UmkIndexQuery *query,
                                UmkIndexAnswer *answer,
                                UmkRun *run,
                                GError **error);

G_END_DECLS
