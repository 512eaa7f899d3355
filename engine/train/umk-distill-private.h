/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of token vectors whose means come near given vectors of texts. */
#pragma once

#include "core/umk-run-private.h"

G_BEGIN_DECLS

/* The tokens of texts: those of text i are ids[offsets[i]] … ids[offsets[i + 1] - 1]. */
typedef struct {
    const guint32 *ids;
    const gsize *offsets; /* (n_texts + 1) */
    gsize n_texts;
    gsize n_tokens; /* every id is below */
} UmkTokenTexts;

/* Changes table (n_tokens, n_dims) so that the mean of a text's rows comes near its row
 * of targets (n_texts, n_dims): least squares with a penalty on the change, which is pull
 * times the mean number of texts' worth of weight a used token has. Tokens that no text
 * has stay as they are. The same bits on any number of threads. */
gboolean _umk_distill_refine(const UmkTokenTexts *texts,
                             const float *targets,
                             gsize n_dims,
                             double pull,
                             guint n_steps,
                             UmkRun *run,
                             float *table,
                             GError **error);

/* out (n_dims) = mean of the rows of a text; zeros of a text without tokens. */
void _umk_distill_mean(const UmkTokenTexts *texts,
                       gsize text,
                       const float *table,
                       gsize n_dims,
                       double *out);

G_END_DECLS
