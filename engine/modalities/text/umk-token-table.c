/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Token ids to the vectors an encoder starts from. */
#include "modalities/text/umk-token-table-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#include "linalg/umk-kernels-private.h"

#define AHEAD 8  /* tokens between asking for a row and reading it */
#define LINE  64 /* bytes that come at once */

static gboolean
check_token(const UmkTokenTable *self, guint32 id, guint8 type, GError **error)
{
    if (id >= self->n_vocabulary) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The tokenizer gives token %u, but the model knows only "
                      "%zu"),
                    id, self->n_vocabulary);
        return FALSE;
    }
    if (self->types != NULL && type >= self->n_types) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The tokenizer gives token type %u, but the model knows only "
                      "%zu"),
                    (guint) type, self->n_types);
        return FALSE;
    }
    return TRUE;
}

/* The row of positions of a token, *next being that of the next one that counts. */
static gsize
take_position(const UmkTokenTable *self, guint32 id, gsize *next)
{
    if (self->first_position > 0 && id == self->pad)
        return self->first_position - 1;
    return (*next)++;
}

/* The table is larger than the caches and its rows are read in no order: no processor
 * guesses the next one. */
static void
bring_near(const UmkTokenTable *self, guint32 id)
{
    const gsize size =
        self->words != NULL ? self->n_dims * sizeof *self->words : self->stored.row_size;
    const guint8 *table =
        self->words != NULL ? (const guint8 *) self->words : self->stored.data;

    for (gsize i = 0; id < self->n_vocabulary && i < size; i += LINE)
        __builtin_prefetch(table + id * size + i);
}

static gboolean
look_up_text(const UmkTokenTable *self,
             const guint32 *ids,
             const guint8 *types,
             gsize n,
             float *hidden,
             GError **error)
{
    gsize next = self->first_position;

    if (n > self->max_tokens) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("A text has %zu tokens, the model takes at most %zu"), n,
                    self->max_tokens);
        return FALSE;
    }
    for (gsize i = 0; i < MIN(n, AHEAD); i++)
        bring_near(self, ids[i]);
    for (gsize i = 0; i < n; i++) {
        float *row = hidden + i * self->n_dims;
        guint8 type = types != NULL ? types[i] : 0;

        if (!check_token(self, ids[i], type, error))
            return FALSE;
        if (i + AHEAD < n)
            bring_near(self, ids[i + AHEAD]);
        if (self->words != NULL)
            memcpy(row, self->words + ids[i] * self->n_dims, self->n_dims * sizeof *row);
        else
            _umk_dtype_to_float(self->stored.dtype,
                                self->stored.data + ids[i] * self->stored.row_size,
                                self->n_dims, row);
        if (self->types != NULL)
            _umk_kernel_add(row, self->types + type * self->n_dims, self->n_dims);
        if (self->positions != NULL)
            _umk_kernel_add(
                row, self->positions + take_position(self, ids[i], &next) * self->n_dims,
                self->n_dims);
    }
    return TRUE;
}

gboolean
_umk_token_table_look_up(const UmkTokenTable *self,
                         const guint32 *ids,
                         const guint8 *types,
                         const guint32 *offsets,
                         gsize n_texts,
                         float *hidden,
                         GError **error)
{
    for (gsize i = 0; i < n_texts; i++)
        if (!look_up_text(
                self, ids + offsets[i], types != NULL ? types + offsets[i] : NULL,
                offsets[i + 1] - offsets[i], hidden + offsets[i] * self->n_dims, error))
            return FALSE;
    return TRUE;
}
