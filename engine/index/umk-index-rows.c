/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows, slots and who is alive; told in the header. It knows no metric and no index. */
#include "index/umk-index-rows-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

UmkIndexRows *
_umk_index_rows_new(UmkMatrix *base)
{
    UmkIndexRows *self = g_new0(UmkIndexRows, 1);

    self->base = umk_matrix_ref(base);
    self->n_base = self->n_rows = self->n_live = umk_matrix_get_n_rows(base);
    self->n_dims = umk_matrix_get_n_cols(base);
    self->base_data = self->n_base > 0 ? umk_matrix_get_row(base, 0, NULL) : NULL;
    return self;
}

void
_umk_index_rows_free(UmkIndexRows *self)
{
    umk_matrix_unref(self->base);
    g_free(self->tail);
    g_free(self->tail_rows);
    g_free(self->slots);
    g_free(self->live);
    g_free(self);
}

static gboolean
too_large(GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("There is no memory for more vectors in the index"));
    return FALSE;
}

static gboolean
grow(gpointer *array, gsize count, gsize size, GError **error)
{
    gpointer bigger = g_try_realloc_n(*array, MAX(count, 1), size);

    if (bigger == NULL)
        return too_large(error);
    *array = bigger;
    return TRUE;
}

static gboolean
need_tail(UmkIndexRows *self, gsize more, GError **error)
{
    gsize room = self->n_tail + more, n_floats;

    if (self->n_base + room >= UMK_INDEX_NO_ROW)
        return too_large(error);
    if (room <= self->tail_room)
        return TRUE;
    room = MAX(room, self->tail_room + self->tail_room / 2);
    if (!_umk_size_mul(room, self->n_dims, &n_floats))
        return too_large(error);
    if (!grow((gpointer *) &self->tail, n_floats, sizeof *self->tail, error) ||
        !grow((gpointer *) &self->tail_rows, room, sizeof *self->tail_rows, error))
        return FALSE;
    self->tail_room = room;
    return TRUE;
}

static void
push_tail(UmkIndexRows *self, guint32 row, const float *floats)
{
    if (self->n_dims > 0)
        memcpy(self->tail + self->n_tail * self->n_dims, floats,
               self->n_dims * sizeof *floats);
    self->tail_rows[self->n_tail++] = row;
}

/* After an update rows and slots part; from then on they are told apart by a table. */
static gboolean
need_slots(UmkIndexRows *self, gsize n_rows, GError **error)
{
    gboolean fresh = self->slots == NULL;

    if (!grow((gpointer *) &self->slots, n_rows, sizeof *self->slots, error))
        return FALSE;
    for (gsize row = 0; fresh && row < self->n_rows; row++)
        self->slots[row] = (guint32) row;
    return TRUE;
}

gboolean
_umk_index_rows_append(UmkIndexRows *self, UmkMatrix *vectors, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), first = self->n_rows;

    if (!need_tail(self, n, error) ||
        (self->slots != NULL && !need_slots(self, first + n, error)) ||
        (self->live != NULL &&
         !grow((gpointer *) &self->live, first + n, sizeof *self->live, error)))
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        if (self->slots != NULL)
            self->slots[first + i] = (guint32) (self->n_base + self->n_tail);
        if (self->live != NULL)
            self->live[first + i] = 1;
        push_tail(self, (guint32) (first + i), umk_matrix_get_row(vectors, i, NULL));
    }
    self->n_rows += n;
    self->n_live += n;
    return TRUE;
}

void
_umk_index_rows_truncate(UmkIndexRows *self, gsize n_rows)
{
    while (self->n_rows > n_rows) {
        gsize row = --self->n_rows;

        self->n_live -= self->live == NULL || self->live[row];
        self->tail_rows[_umk_index_rows_slot(self, row) - self->n_base] =
            UMK_INDEX_NO_ROW;
    }
    while (self->n_tail > 0 && self->tail_rows[self->n_tail - 1] == UMK_INDEX_NO_ROW)
        self->n_tail--;
}

/* A row that was in the tail already is written where it lies. */
gboolean
_umk_index_rows_replace(
    UmkIndexRows *self, const guint32 *rows, gsize n, UmkMatrix *vectors, GError **error)
{
    if (!need_tail(self, n, error) || !need_slots(self, self->n_rows, error))
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        gsize slot = self->slots[rows[i]];
        const float *floats = umk_matrix_get_row(vectors, i, NULL);

        if (slot >= self->n_base) {
            memcpy(self->tail + (slot - self->n_base) * self->n_dims, floats,
                   self->n_dims * sizeof *floats);
        } else {
            self->slots[rows[i]] = (guint32) (self->n_base + self->n_tail);
            push_tail(self, rows[i], floats);
        }
        if (self->live != NULL && !self->live[rows[i]]) {
            self->live[rows[i]] = 1;
            self->n_live++;
        }
    }
    return TRUE;
}

gboolean
_umk_index_rows_need_live(UmkIndexRows *self, GError **error)
{
    if (self->live != NULL)
        return TRUE;
    if (!grow((gpointer *) &self->live, self->n_rows, sizeof *self->live, error))
        return FALSE;
    memset(self->live, 1, self->n_rows);
    return TRUE;
}

void
_umk_index_rows_kill(UmkIndexRows *self, guint32 row)
{
    self->n_live -= self->live[row];
    self->live[row] = 0;
}

gsize
_umk_index_rows_memory(const UmkIndexRows *self)
{
    gsize bytes = self->tail_room * (self->n_dims * sizeof(float) + sizeof(guint32));

    bytes += self->slots != NULL ? self->n_rows * sizeof *self->slots : 0;
    return bytes + (self->live != NULL ? self->n_rows : 0);
}
