/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trie over bytes in a double array (Aoe 1989, with XOR in place of addition): finds
 * every key that a text begins with, one array look-up a byte. Made once, then only
 * read. */
#pragma once

#include <umekomi/umk-types.h>

#define UMK_TRIE_NONE ((guint32) -1)

typedef struct {
    const char *bytes;
    gsize length;
    guint32 value;
} UmkTrieKey;

typedef struct {
    guint32 base;   /* child by byte b is at base ^ b */
    guint32 parent; /* UMK_TRIE_NONE: nothing here */
    guint32 value;  /* UMK_TRIE_NONE: no key ends here */
} UmkTrieNode;

typedef struct _UmkTrie UmkTrie;

struct _UmkTrie {
    UmkTrieNode *nodes; /* node 0 is the root; the number is a multiple of 256 */
    gsize n_nodes;
};

/* Sorts the keys. Empty keys are left out; of equal ones the highest value counts. */
UmkTrie *_umk_trie_new(UmkTrieKey *keys, gsize n_keys, GError **error);
void _umk_trie_free(UmkTrie *self);
/* The value of the longest key that the text begins with, and its length. */
guint32 _umk_trie_match(const UmkTrie *self, const char *text, gsize n, gsize *length);

/* Moves on by one byte; FALSE where no key goes on so. */
static inline gboolean
_umk_trie_step(const UmkTrie *self, guint32 *node, guint8 byte)
{
    guint32 next = self->nodes[*node].base ^ byte;

    if (self->nodes[next].parent != *node)
        return FALSE;
    *node = next;
    return TRUE;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkTrie, _umk_trie_free)
