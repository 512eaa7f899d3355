/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the double array. Places that are free form a ring; a node with one child takes
 * the oldest of them, a node with several tries the newest few and then opens a new block
 * of 256, where any set of bytes fits. */
#include "modalities/text/umk-tokenizer-trie-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_NODES ((gsize) 1 << 26)
#define N_TRIES   48

/* Keys begin .. end have depth bytes in common and continue below node. */
typedef struct {
    guint32 node;
    gsize depth, begin, end;
} UmkTrieTask;

typedef struct {
    UmkTrie *trie;
    guint32 *next, *previous; /* ring of free places through 0, which is never free */
    gsize n_allocated;
    GArray *tasks;
} UmkTrieBuilder;

void
_umk_trie_free(UmkTrie *self)
{
    if (self == NULL)
        return;
    g_free(self->nodes);
    g_free(self);
}

static gboolean
grow(UmkTrieBuilder *self, GError **error)
{
    UmkTrie *trie = self->trie;
    gsize begin = trie->n_nodes;

    if (begin + 256 > MAX_NODES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The vocabulary needs more than %zu nodes"), MAX_NODES);
        return FALSE;
    }
    if (begin + 256 > self->n_allocated) {
        self->n_allocated = MAX(self->n_allocated * 2, 4096);
        trie->nodes = g_renew(UmkTrieNode, trie->nodes, self->n_allocated);
        self->next = g_renew(guint32, self->next, self->n_allocated);
        self->previous = g_renew(guint32, self->previous, self->n_allocated);
    }
    if (begin == 0)
        self->next[0] = self->previous[0] = 0;
    for (guint32 i = (guint32) begin; i < begin + 256; i++) {
        guint32 last = self->previous[0];

        trie->nodes[i] = (UmkTrieNode){0, UMK_TRIE_NONE, UMK_TRIE_NONE};
        if (i == 0)
            continue;
        self->next[last] = self->previous[0] = i;
        self->previous[i] = last;
        self->next[i] = 0;
    }
    trie->n_nodes += 256;
    return TRUE;
}

static gboolean
is_free(const UmkTrieBuilder *self, guint32 at)
{
    return at != 0 && self->trie->nodes[at].parent == UMK_TRIE_NONE;
}

static void
take(UmkTrieBuilder *self, guint32 at, guint32 parent)
{
    self->next[self->previous[at]] = self->next[at];
    self->previous[self->next[at]] = self->previous[at];
    self->trie->nodes[at].parent = parent;
}

static gboolean
find_base(
    UmkTrieBuilder *self, const guint8 *labels, guint n, guint32 *base, GError **error)
{
    guint32 at = n > 1 ? self->previous[0] : self->next[0];
    guint i;

    for (guint tries = 0; at != 0 && tries < N_TRIES; tries++) {
        *base = at ^ labels[0];
        for (i = 1; i < n && is_free(self, *base ^ labels[i]); i++)
            ;
        if (i >= n)
            return TRUE;
        at = self->previous[at];
    }
    *base = (guint32) self->trie->n_nodes;
    return grow(self, error);
}

/* The children of one node. */
static gboolean
expand(UmkTrieBuilder *self, const UmkTrieKey *keys, UmkTrieTask task, GError **error)
{
    guint8 labels[256];
    gsize begins[257];
    guint n = 0;
    guint32 base;

    for (; task.begin < task.end && keys[task.begin].length == task.depth; task.begin++)
        self->trie->nodes[task.node].value = keys[task.begin].value;
    for (gsize i = task.begin; i < task.end; i++) {
        guint8 label = (guint8) keys[i].bytes[task.depth];

        if (n == 0 || labels[n - 1] != label) {
            labels[n] = label;
            begins[n++] = i;
        }
    }
    begins[n] = task.end;
    if (n == 0)
        return TRUE;
    if (!find_base(self, labels, n, &base, error))
        return FALSE;
    self->trie->nodes[task.node].base = base;
    for (guint i = 0; i < n; i++) {
        UmkTrieTask child = {base ^ labels[i], task.depth + 1, begins[i], begins[i + 1]};

        take(self, child.node, task.node);
        g_array_append_val(self->tasks, child);
    }
    return TRUE;
}

static int
compare_keys(const void *a, const void *b)
{
    const UmkTrieKey *x = a, *y = b;
    int order = memcmp(x->bytes, y->bytes, MIN(x->length, y->length));

    if (order != 0)
        return order;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return x->value < y->value ? -1 : x->value > y->value;
}

UmkTrie *
_umk_trie_new(UmkTrieKey *keys, gsize n_keys, GError **error)
{
    g_autoptr(UmkTrie) trie = g_new0(UmkTrie, 1);
    g_autoptr(GArray) tasks = g_array_new(FALSE, FALSE, sizeof(UmkTrieTask));
    UmkTrieBuilder builder = {trie, NULL, NULL, 0, tasks};
    UmkTrieTask task = {0, 0, 0, n_keys};
    gboolean ok;

    if (n_keys > 0)
        qsort(keys, n_keys, sizeof *keys, compare_keys);
    while (task.begin < n_keys && keys[task.begin].length == 0)
        task.begin++;
    ok = grow(&builder, error);
    g_array_append_val(tasks, task);
    while (ok && tasks->len > 0) {
        task = g_array_index(tasks, UmkTrieTask, tasks->len - 1);
        g_array_set_size(tasks, tasks->len - 1);
        ok = expand(&builder, keys, task, error);
    }
    g_free(builder.next);
    g_free(builder.previous);
    if (!ok)
        return NULL;
    trie->nodes = g_renew(UmkTrieNode, trie->nodes, trie->n_nodes);
    return g_steal_pointer(&trie);
}

guint32
_umk_trie_match(const UmkTrie *self, const char *text, gsize n, gsize *length)
{
    guint32 node = 0, found = UMK_TRIE_NONE;

    for (gsize i = 0; i < n && _umk_trie_step(self, &node, (guint8) text[i]); i++) {
        if (self->nodes[node].value == UMK_TRIE_NONE)
            continue;
        found = self->nodes[node].value;
        *length = i + 1;
    }
    return found;
}
