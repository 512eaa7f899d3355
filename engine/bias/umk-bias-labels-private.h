/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels of rows as numbers. Labels are in the order of their bytes, so that a result
 * does not depend on the order of the rows. */
#pragma once

#include "bias/umk-bias-input-private.h"

G_BEGIN_DECLS

/* The columns that some measure reads; NULL-terminated. */
extern const char *const _umk_bias_columns[];

typedef struct {
    const char **names; /* (n) borrowed from the column */
    gsize n;
    gint32 *codes; /* (n_rows) -1 where the label is empty */
    gsize *sizes;  /* (n) rows of each label */
} UmkBiasLabels;

void _umk_bias_labels_init(UmkBiasLabels *self, const char *const *column, gsize n_rows);
void _umk_bias_labels_clear(UmkBiasLabels *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkBiasLabels, _umk_bias_labels_clear)

/* FALSE with an error that names the measure when the column is not there. */
gboolean _umk_bias_labels_read(UmkBiasLabels *self,
                               const UmkBiasInput *input,
                               const char *measure,
                               const char *column,
                               GError **error);

G_END_DECLS
