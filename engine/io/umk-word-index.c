/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hash table of words in a file. */
#include "io/umk-word-index-private.h"
#include "core/umk-alloc-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_WORDS (1u << 30)
#define FEWEST    1024u

void
_umk_word_index_init(UmkWordIndex *self, const char *data)
{
    memset(self, 0, sizeof *self);
    self->data = data;
    self->begins = g_array_new(FALSE, FALSE, sizeof(guint64));
    self->lengths = g_array_new(FALSE, FALSE, sizeof(guint32));
}

void
_umk_word_index_clear(UmkWordIndex *self)
{
    g_clear_pointer(&self->begins, g_array_unref);
    g_clear_pointer(&self->lengths, g_array_unref);
    g_clear_pointer(&self->slots, g_free);
}

/* FNV-1a, its low bits stirred so that they can pick a slot. */
static guint32
hash_word(const char *word, gsize length)
{
    guint64 hash = G_GUINT64_CONSTANT(0xcbf29ce484222325);

    for (gsize i = 0; i < length; i++)
        hash = (hash ^ (guint8) word[i]) * G_GUINT64_CONSTANT(0x100000001b3);
    return (guint32) (hash ^ (hash >> 32));
}

const char *
_umk_word_index_get(const UmkWordIndex *self, guint32 word, gsize *length)
{
    *length = g_array_index(self->lengths, guint32, word);
    return self->data + g_array_index(self->begins, guint64, word);
}

/* The slot of a word, or the free one it would get. */
static guint32 *
find_slot(const UmkWordIndex *self, const char *word, gsize length)
{
    guint32 mask = self->n_slots - 1;

    for (guint32 i = hash_word(word, length) & mask;; i = (i + 1) & mask) {
        guint32 found = self->slots[i];
        gsize n;
        const char *known;

        if (found == 0)
            return &self->slots[i];
        known = _umk_word_index_get(self, found - 1, &n);
        if (n == length && memcmp(known, word, n) == 0)
            return &self->slots[i];
    }
}

static gboolean
grow(UmkWordIndex *self, GError **error)
{
    guint32 n_slots = MAX(self->n_slots * 2, FEWEST);
    guint32 *slots = _umk_alloc(n_slots, sizeof *slots, _("The index of words"), error);

    if (slots == NULL)
        return FALSE;
    g_free(self->slots);
    self->slots = slots;
    self->n_slots = n_slots;
    for (guint32 i = 0; i < self->n; i++) {
        gsize length;
        const char *word = _umk_word_index_get(self, i, &length);
        guint32 *slot = find_slot(self, word, length);

        if (*slot == 0)
            *slot = i + 1;
    }
    return TRUE;
}

gboolean
_umk_word_index_add(UmkWordIndex *self, const char *word, gsize length, GError **error)
{
    guint64 begin = (guint64) (word - self->data);
    guint32 n = (guint32) length, *slot;

    if (self->n >= MAX_WORDS || length > G_MAXUINT32) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The file has more than %u words"), MAX_WORDS);
        return FALSE;
    }
    if (self->n >= self->n_slots / 2 && !grow(self, error))
        return FALSE;
    slot = find_slot(self, word, length);
    if (*slot == 0)
        *slot = self->n + 1;
    g_array_append_val(self->begins, begin);
    g_array_append_val(self->lengths, n);
    self->n++;
    return TRUE;
}

guint32
_umk_word_index_find(const UmkWordIndex *self, const char *word, gsize length)
{
    if (self->n == 0)
        return G_MAXUINT32;
    return *find_slot(self, word, length) - 1; /* 0 - 1: not there */
}
