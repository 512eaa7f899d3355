/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Byte-pair encoding (Sennrich et al. 2016): a word begins as its characters, and of all
 * neighbours that may merge the pair learnt earliest does, the leftmost first. Short
 * words are searched for that pair, long ones keep a heap; both give the same pieces. A
 * cache of whole words spares most of the work, since words repeat. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-cache-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    guint64 pair; /* left << 32 | right */
    guint32 rank;
    guint32 id; /* UMK_VOCAB_NONE: an empty slot */
} UmkMerge;

typedef struct {
    UmkVocab *vocab;
    UmkMerge *merges;
    guint64 mask; /* slots - 1 */
    guint32 n_merges;
    guint32 unknown; /* or UMK_VOCAB_NONE: unknown characters vanish */
    gboolean fuse_unknown, ignore_merges, byte_fallback;
    char *prefix; /* of characters inside a word */
    char *suffix; /* of the last one */
    gsize prefix_length, suffix_length;
} UmkBpe;

typedef struct {
    guint32 id;
    gint32 previous, next; /* -1: none */
    gboolean gone;
} UmkSymbol;

typedef struct {
    guint32 rank;
    guint32 at;
    guint32 id;
} UmkCandidate;

#define SHORT_WORD 24 /* symbols; above, the heap is faster */

typedef struct {
    GArray *symbols; /* UmkSymbol */
    GArray *heap;    /* UmkCandidate */
    UmkWordCache *words;
    guint64 work;
} UmkBpeCache;

/* Merges */

static inline guint64
mix(guint64 pair)
{
    pair *= G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
    return pair ^ (pair >> 29);
}

static inline const UmkMerge *
find_merge(const UmkBpe *self, guint32 left, guint32 right)
{
    guint64 pair = (guint64) left << 32 | right;

    for (guint64 at = mix(pair) & self->mask; self->merges[at].id != UMK_VOCAB_NONE;
         at = (at + 1) & self->mask) {
        if (self->merges[at].pair == pair)
            return &self->merges[at];
    }
    return NULL;
}

static void
put_merge(UmkBpe *self, guint64 pair, guint32 rank, guint32 id)
{
    guint64 at = mix(pair) & self->mask;

    while (self->merges[at].id != UMK_VOCAB_NONE && self->merges[at].pair != pair)
        at = (at + 1) & self->mask;
    self->merges[at] = (UmkMerge){pair, rank, id};
}

/* Loading */

static void
bpe_free(gpointer data)
{
    UmkBpe *self = data;

    _umk_vocab_free(self->vocab);
    g_free(self->merges);
    g_free(self->prefix);
    g_free(self->suffix);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkBpe, bpe_free)

/* An entry is "a b" or ["a", "b"]. */
static gboolean
get_pair(JsonNode *node, char **left, char **right)
{
    if (JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *pair = json_node_get_array(node);
        const char *a = NULL, *b = NULL;

        if (json_array_get_length(pair) != 2)
            return FALSE;
        if (JSON_NODE_HOLDS_VALUE(json_array_get_element(pair, 0)))
            a = json_node_get_string(json_array_get_element(pair, 0));
        if (JSON_NODE_HOLDS_VALUE(json_array_get_element(pair, 1)))
            b = json_node_get_string(json_array_get_element(pair, 1));
        *left = g_strdup(a);
        *right = g_strdup(b);
        return a != NULL && b != NULL;
    }
    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_string(node) != NULL) {
        const char *text = json_node_get_string(node);
        const char *blank = strchr(text, ' ');

        if (blank == NULL || strchr(blank + 1, ' ') != NULL)
            return FALSE;
        *left = g_strndup(text, (gsize) (blank - text));
        *right = g_strdup(blank + 1);
        return TRUE;
    }
    return FALSE;
}

static void
alloc_merges(UmkBpe *self, gsize n_slots)
{
    self->mask = n_slots - 1;
    self->merges = g_new(UmkMerge, n_slots);
    for (gsize i = 0; i < n_slots; i++)
        self->merges[i] = (UmkMerge){0, 0, UMK_VOCAB_NONE};
}

static void
grow_merges(UmkBpe *self)
{
    g_autofree UmkMerge *old = self->merges;
    gsize n_old = self->mask + 1;

    alloc_merges(self, n_old * 2);
    for (gsize i = 0; i < n_old; i++)
        if (old[i].id != UMK_VOCAB_NONE)
            put_merge(self, old[i].pair, old[i].rank, old[i].id);
}

/* The next merge, in the order of their ranks. */
static gboolean
add_merge(const char *left,
          gsize n_left,
          const char *right,
          gsize n_right,
          gpointer data,
          GError **error)
{
    UmkBpe *self = data;
    gsize skip = n_right >= self->prefix_length &&
                         memcmp(right, self->prefix, self->prefix_length) == 0
                     ? self->prefix_length
                     : 0;
    guint64 hash = _umk_vocab_hash(UMK_VOCAB_HASH_START, left, n_left);
    guint32 a = _umk_vocab_find(self->vocab, left, n_left);
    guint32 b = _umk_vocab_find(self->vocab, right, n_right);
    guint32 merged = _umk_vocab_find_hashed(
        self->vocab, _umk_vocab_hash(hash, right + skip, n_right - skip), left, n_left,
        right + skip, n_right - skip);

    if (a == UMK_VOCAB_NONE || b == UMK_VOCAB_NONE || merged == UMK_VOCAB_NONE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Merge %u of “%.*s” and “%.*s” needs a piece that the vocabulary "
                      "lacks"),
                    self->n_merges, (int) MIN(n_left, 60), left, (int) MIN(n_right, 60),
                    right);
        return FALSE;
    }
    if ((gsize) self->n_merges * 2 > self->mask)
        grow_merges(self);
    put_merge(self, (guint64) a << 32 | b, self->n_merges++, merged);
    return TRUE;
}

static gboolean
load_merges(UmkBpe *self, JsonArray *merges, GError **error)
{
    guint n = merges != NULL ? json_array_get_length(merges) : 0;

    for (guint i = 0; i < n; i++) {
        g_autofree char *left = NULL, *right = NULL;

        if (!get_pair(json_array_get_element(merges, i), &left, &right)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Merge %u is not a pair of pieces"), i);
            return FALSE;
        }
        if (!add_merge(left, strlen(left), right, strlen(right), self, error))
            return FALSE;
    }
    return TRUE;
}

static gpointer
bpe_load(JsonObject *config, const UmkTokenBulk *bulk, GError **error)
{
    g_autoptr(UmkBpe) self = g_new0(UmkBpe, 1);
    const char *unknown = NULL, *prefix = "", *suffix = "";
    JsonArray *merges = NULL;

    self->unknown = UMK_VOCAB_NONE;
    if (!_umk_json_get_string(config, "unk_token", unknown, &unknown, error) ||
        !_umk_json_get_string(config, "continuing_subword_prefix", prefix, &prefix,
                              error) ||
        !_umk_json_get_string(config, "end_of_word_suffix", suffix, &suffix, error) ||
        !_umk_json_get_boolean(config, "fuse_unk", self->fuse_unknown,
                               &self->fuse_unknown, error) ||
        !_umk_json_get_boolean(config, "ignore_merges", self->ignore_merges,
                               &self->ignore_merges, error) ||
        !_umk_json_get_boolean(config, "byte_fallback", self->byte_fallback,
                               &self->byte_fallback, error) ||
        !_umk_json_get_array(config, "merges", &merges, error))
        return NULL;
    self->prefix = g_strdup(prefix);
    self->suffix = g_strdup(suffix);
    self->prefix_length = strlen(prefix);
    self->suffix_length = strlen(suffix);
    self->vocab = _umk_token_bulk_read_vocab(bulk, config, error);
    if (self->vocab == NULL)
        return NULL;
    alloc_merges(self, 256);
    if (bulk != NULL && bulk->merges != NULL
            ? !_umk_token_bulk_read_merges(bulk, add_merge, self, error)
            : !load_merges(self, merges, error))
        return NULL;
    if (unknown != NULL)
        self->unknown = _umk_vocab_find(self->vocab, unknown, strlen(unknown));
    return g_steal_pointer(&self);
}

static const UmkVocab *
bpe_get_vocab(gconstpointer data)
{
    return ((const UmkBpe *) data)->vocab;
}

static gpointer
bpe_cache_new(gconstpointer self)
{
    UmkBpeCache *cache = g_new0(UmkBpeCache, 1);

    cache->symbols = g_array_new(FALSE, FALSE, sizeof(UmkSymbol));
    cache->heap = g_array_new(FALSE, FALSE, sizeof(UmkCandidate));
    cache->words = _umk_word_cache_new();
    return cache;
}

static void
bpe_cache_free(gpointer data)
{
    UmkBpeCache *cache = data;

    g_array_unref(cache->symbols);
    g_array_unref(cache->heap);
    _umk_word_cache_free(cache->words);
    g_free(cache);
}

static guint64
bpe_get_work(gconstpointer cache)
{
    return ((const UmkBpeCache *) cache)->work;
}

/* A word to symbols */

static void
add_symbol(GArray *symbols, guint32 id)
{
    gint32 at = (gint32) symbols->len;
    UmkSymbol symbol = {id, at - 1, -1, FALSE};

    if (at > 0)
        g_array_index(symbols, UmkSymbol, at - 1).next = at;
    g_array_append_val(symbols, symbol);
}

static guint32
find_char(
    const UmkBpe *self, const char *at, gsize n, gboolean is_first, gboolean is_last)
{
    char name[256];
    gsize n_prefix = is_first ? 0 : self->prefix_length;
    gsize n_suffix = is_last ? self->suffix_length : 0;

    if (n_prefix + n_suffix == 0)
        return _umk_vocab_find(self->vocab, at, n);
    if (n_prefix + n + n_suffix > sizeof name)
        return UMK_VOCAB_NONE;
    memcpy(name, self->prefix, n_prefix);
    memcpy(name + n_prefix, at, n);
    memcpy(name + n_prefix + n, self->suffix, n_suffix);
    return _umk_vocab_find(self->vocab, name, n_prefix + n + n_suffix);
}

/* The bytes of a character as <0x00> pieces, all or none. */
static gboolean
add_bytes(const UmkBpe *self, const char *at, gsize n, GArray *symbols)
{
    guint32 ids[4];

    if (!self->byte_fallback)
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        char name[8];

        g_snprintf(name, sizeof name, "<0x%02X>", (guint8) at[i]);
        ids[i] = _umk_vocab_find(self->vocab, name, 6);
        if (ids[i] == UMK_VOCAB_NONE)
            return FALSE;
    }
    for (gsize i = 0; i < n; i++)
        add_symbol(symbols, ids[i]);
    return TRUE;
}

static void
split_chars(const UmkBpe *self, const char *word, gsize length, GArray *symbols)
{
    const char *at = word, *end = word + length;
    gboolean after_unknown = FALSE;

    g_array_set_size(symbols, 0);
    while (at < end) {
        const char *start = at;
        guint32 id;

        (void) _umk_char_next(&at);
        id = find_char(self, start, (gsize) (at - start), start == word, at == end);
        if (id != UMK_VOCAB_NONE) {
            add_symbol(symbols, id);
            after_unknown = FALSE;
        } else if (add_bytes(self, start, (gsize) (at - start), symbols)) {
            after_unknown = FALSE;
        } else if (self->unknown != UMK_VOCAB_NONE) {
            if (!after_unknown || !self->fuse_unknown)
                add_symbol(symbols, self->unknown);
            after_unknown = TRUE;
        }
    }
}

/* Merging */

static void
merge_at(GArray *symbols, guint32 at, guint32 id)
{
    UmkSymbol *all = (UmkSymbol *) (gpointer) symbols->data;
    gint32 right = all[at].next;

    all[at].id = id;
    all[at].next = all[right].next;
    all[right].gone = TRUE;
    if (all[at].next >= 0)
        all[all[at].next].previous = (gint32) at;
}

static void
merge_short(const UmkBpe *self, GArray *symbols)
{
    const UmkSymbol *all = (const UmkSymbol *) (gpointer) symbols->data;

    for (;;) {
        const UmkMerge *best = NULL;
        gint32 best_at = 0;

        for (gint32 at = 0; symbols->len > 0 && all[at].next >= 0; at = all[at].next) {
            const UmkMerge *merge = find_merge(self, all[at].id, all[all[at].next].id);

            if (merge != NULL && (best == NULL || merge->rank < best->rank)) {
                best = merge;
                best_at = at;
            }
        }
        if (best == NULL)
            return;
        merge_at(symbols, (guint32) best_at, best->id);
    }
}

static inline gboolean
is_before(const UmkCandidate *a, const UmkCandidate *b)
{
    return a->rank < b->rank || (a->rank == b->rank && a->at < b->at);
}

static void
heap_push(GArray *heap, UmkCandidate candidate)
{
    UmkCandidate *all;
    guint at = heap->len;

    g_array_append_val(heap, candidate);
    all = (UmkCandidate *) (gpointer) heap->data;
    while (at > 0 && is_before(&candidate, &all[(at - 1) / 2])) {
        all[at] = all[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    all[at] = candidate;
}

static UmkCandidate
heap_pop(GArray *heap)
{
    UmkCandidate *all = (UmkCandidate *) (gpointer) heap->data;
    UmkCandidate top = all[0], last = all[heap->len - 1];
    guint n = heap->len - 1, at = 0;

    g_array_set_size(heap, n);
    for (;;) {
        guint child = 2 * at + 1;

        if (child + 1 < n && is_before(&all[child + 1], &all[child]))
            child++;
        if (child >= n || !is_before(&all[child], &last))
            break;
        all[at] = all[child];
        at = child;
    }
    if (n > 0)
        all[at] = last;
    return top;
}

static void
push_pair(const UmkBpe *self, GArray *symbols, GArray *heap, gint32 at)
{
    const UmkSymbol *all = (const UmkSymbol *) (gpointer) symbols->data;
    const UmkMerge *merge;

    if (at < 0 || all[at].next < 0)
        return;
    merge = find_merge(self, all[at].id, all[all[at].next].id);
    if (merge != NULL)
        heap_push(heap, (UmkCandidate){merge->rank, (guint32) at, merge->id});
}

static void
merge_long(const UmkBpe *self, GArray *symbols, GArray *heap, guint64 *work)
{
    const UmkSymbol *all = (const UmkSymbol *) (gpointer) symbols->data;

    g_array_set_size(heap, 0);
    for (guint i = 0; i + 1 < symbols->len; i++)
        push_pair(self, symbols, heap, (gint32) i);
    for (; heap->len > 0; (*work)++) {
        UmkCandidate candidate = heap_pop(heap);
        const UmkSymbol *symbol = &all[candidate.at];
        const UmkMerge *merge;

        if (symbol->gone || symbol->next < 0)
            continue;
        merge = find_merge(self, symbol->id, all[symbol->next].id);
        if (merge == NULL || merge->id != candidate.id || merge->rank != candidate.rank)
            continue;
        merge_at(symbols, candidate.at, candidate.id);
        push_pair(self, symbols, heap, symbol->previous);
        push_pair(self, symbols, heap, (gint32) candidate.at);
    }
}

static void
encode_word(const UmkBpe *self,
            UmkBpeCache *cache,
            const char *word,
            gsize length,
            GArray *ids_out)
{
    const UmkSymbol *all;

    split_chars(self, word, length, cache->symbols);
    cache->work += cache->symbols->len;
    if (cache->symbols->len <= SHORT_WORD)
        merge_short(self, cache->symbols);
    else
        merge_long(self, cache->symbols, cache->heap, &cache->work);
    all = (const UmkSymbol *) (gpointer) cache->symbols->data;
    for (gint32 at = cache->symbols->len > 0 ? 0 : -1; at >= 0; at = all[at].next)
        g_array_append_val(ids_out, all[at].id);
}

static void
bpe_tokenize(gconstpointer data,
             gpointer cache_data,
             const char *word,
             gsize length,
             GArray *ids_out)
{
    const UmkBpe *self = data;
    UmkBpeCache *cache = cache_data;
    guint64 hash = _umk_vocab_hash(UMK_VOCAB_HASH_START, word, length);
    guint begin = ids_out->len;

    if (self->ignore_merges) {
        guint32 id = _umk_vocab_find_hashed(self->vocab, hash, word, length, "", 0);

        if (id != UMK_VOCAB_NONE) {
            g_array_append_val(ids_out, id);
            return;
        }
    }
    if (_umk_word_cache_get(cache->words, hash, word, length, ids_out))
        return;
    encode_word(self, cache, word, length, ids_out);
    _umk_word_cache_put(cache->words, hash, word, length, ids_out, begin);
}

static guint32
bpe_get_unknown(gconstpointer self)
{
    return ((const UmkBpe *) self)->unknown;
}

const UmkTokenModelOps _umk_bpe_token_model = {
    .type = "BPE",
    .load = bpe_load,
    .free = bpe_free,
    .get_vocab = bpe_get_vocab,
    .cache_new = bpe_cache_new,
    .cache_free = bpe_cache_free,
    .get_work = bpe_get_work,
    .tokenize = bpe_tokenize,
    .get_unknown = bpe_get_unknown,
};
