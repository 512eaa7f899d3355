/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token ids to the vectors an encoder starts from. */
#include "modalities/text/umk-token-table-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#include "linalg/umk-kernels-private.h"

static gboolean
look_up_text(
    const UmkTokenTable *self, const guint32 *ids, gsize n, float *hidden, GError **error)
{
    if (n > self->n_positions) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("A text has %zu tokens, the model takes at most %zu"), n,
                    self->n_positions);
        return FALSE;
    }
    for (gsize i = 0; i < n; i++) {
        float *row = hidden + i * self->n_dims;

        if (ids[i] >= self->n_vocabulary) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The tokenizer gives token %u, but the model knows only "
                          "%zu"),
                        ids[i], self->n_vocabulary);
            return FALSE;
        }
        memcpy(row, self->words + ids[i] * self->n_dims, self->n_dims * sizeof *row);
        if (self->type != NULL)
            _umk_kernel_add(row, self->type, self->n_dims);
        _umk_kernel_add(row, self->positions + i * self->n_dims, self->n_dims);
    }
    return TRUE;
}

gboolean
_umk_token_table_look_up(const UmkTokenTable *self,
                         const guint32 *ids,
                         const guint32 *offsets,
                         gsize n_texts,
                         float *hidden,
                         GError **error)
{
    for (gsize i = 0; i < n_texts; i++)
        if (!look_up_text(self, ids + offsets[i], offsets[i + 1] - offsets[i],
                          hidden + offsets[i] * self->n_dims, error))
            return FALSE;
    return TRUE;
}
