/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vectors an index searches: the matrix it was built over, never written to, and a
 * tail in memory for what was inserted or changed since. A row is a vector's number and
 * stays; a slot is where its floats lie. Until something changes, slot = row and nothing
 * but the matrix is held. */
#pragma once

#include <umekomi/umk-matrix.h>

G_BEGIN_DECLS

#define UMK_INDEX_NO_ROW G_MAXUINT32

typedef struct {
    UmkMatrix *base;
    const float *base_data; /* (n_base, n_dims) */
    gsize n_dims;
    gsize n_base;
    gsize n_rows;
    gsize n_live;
    float *tail; /* (n_tail, n_dims) */
    gsize n_tail;
    gsize tail_room;
    guint32 *tail_rows; /* (n_tail) whose floats; UMK_INDEX_NO_ROW if nobody's */
    guint32 *slots;     /* (n_rows); NULL: slot = row */
    guint8 *live;       /* (n_rows), 1 or 0; NULL: all are */
} UmkIndexRows;

UmkIndexRows *_umk_index_rows_new(UmkMatrix *base);
void _umk_index_rows_free(UmkIndexRows *self);
/* New rows at the end, alive. Nothing is changed when it fails. */
gboolean _umk_index_rows_append(UmkIndexRows *self, UmkMatrix *vectors, GError **error);
/* Takes the last rows away again. */
void _umk_index_rows_truncate(UmkIndexRows *self, gsize n_rows);
/* New floats for rows that stand; a row that was removed lives again. */
gboolean _umk_index_rows_replace(
    UmkIndexRows *self, const guint32 *rows, gsize n, UmkMatrix *vectors, GError **error);
gboolean _umk_index_rows_need_live(UmkIndexRows *self, GError **error);
void _umk_index_rows_kill(UmkIndexRows *self, guint32 row); /* after need_live */
gsize _umk_index_rows_memory(const UmkIndexRows *self);

static inline gsize
_umk_index_rows_slot(const UmkIndexRows *self, gsize row)
{
    return self->slots != NULL ? self->slots[row] : row;
}

static inline const float *
_umk_index_rows_get(const UmkIndexRows *self, gsize row)
{
    gsize slot = _umk_index_rows_slot(self, row);

    return slot < self->n_base ? self->base_data + slot * self->n_dims
                               : self->tail + (slot - self->n_base) * self->n_dims;
}

static inline gboolean
_umk_index_rows_is_live(const UmkIndexRows *self, gsize row)
{
    return row < self->n_rows && (self->live == NULL || self->live[row]);
}

/* The row whose floats lie in a slot, or UMK_INDEX_NO_ROW. */
static inline guint32
_umk_index_rows_owner(const UmkIndexRows *self, gsize slot)
{
    if (slot >= self->n_base)
        return self->tail_rows[slot - self->n_base];
    return self->slots == NULL || self->slots[slot] == slot ? (guint32) slot
                                                            : UMK_INDEX_NO_ROW;
}

G_END_DECLS
