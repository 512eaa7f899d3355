/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Byte-pair encoding as SentencePiece has it: of all neighbours that are a piece when put
 * together the pair of the highest score merges first, the leftmost of equal ones. Where
 * no piece holds a blank behind something else, no merge goes across the beginning of a
 * word, so that words are taken one by one and those that repeat come from a cache. */
#include "modalities/text/umk-sp-model-private.h"
#include "modalities/text/umk-tokenizer-cache-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-trie-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_DEPTH 64 /* of taking unused pieces apart */

typedef struct {
    float score;
    guint32 kind; /* UmkPieceKind; 0: no piece has the id */
} UmkSpBpePiece;

typedef struct {
    UmkVocab *vocab;
    UmkSpBpePiece *pieces; /* by id */
    UmkTrie *kept;         /* pieces that users defined, never merged; NULL: none */
    guint32 unknown;
    guint32 bytes[256];
    gboolean byte_fallback;
    gboolean by_words;
} UmkSpBpe;

typedef struct {
    const char *at;
    gsize length; /* 0: merged into another */
    gint32 previous, next;
    gboolean is_kept;
} UmkSpSymbol;

typedef struct {
    float score;
    guint32 left, right;
    gsize length;
} UmkSpPair;

typedef struct {
    GArray *symbols;   /* UmkSpSymbol */
    GArray *heap;      /* UmkSpPair */
    GHashTable *apart; /* id of an unused piece to the length of its left part */
    UmkWordCache *words;
    guint64 work;
} UmkSpBpeCache;

/* Loading */

static void
sp_bpe_free(gpointer data)
{
    UmkSpBpe *self = data;

    _umk_vocab_free(self->vocab);
    _umk_trie_free(self->kept);
    g_free(self->pieces);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkSpBpe, sp_bpe_free)

/* A blank behind something else. */
static gboolean
has_inner_space(const UmkPieceSpec *piece)
{
    gsize at = 0;

    while (at + UMK_SP_N_SPACE <= piece->length &&
           memcmp(piece->bytes + at, UMK_SP_SPACE, UMK_SP_N_SPACE) == 0)
        at += UMK_SP_N_SPACE;
    return memmem(piece->bytes + at, piece->length - at, UMK_SP_SPACE, UMK_SP_N_SPACE) !=
           NULL;
}

static gboolean
add_pieces(UmkSpBpe *self, const UmkSpModel *model, GError **error)
{
    for (gsize i = 0; i < model->n_pieces; i++) {
        const UmkPieceSpec *piece = &model->pieces[i];

        if (!_umk_vocab_add(self->vocab, piece->bytes, piece->length, piece->id, error))
            return FALSE;
        if (!isfinite(piece->score)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Piece %zu has no finite score"), i);
            return FALSE;
        }
        if (piece->kind != UMK_PIECE_CONTROL && has_inner_space(piece))
            self->by_words = FALSE;
    }
    self->pieces = g_new0(UmkSpBpePiece, _umk_vocab_get_size(self->vocab));
    for (gsize i = 0; i < model->n_pieces; i++)
        self->pieces[model->pieces[i].id] =
            (UmkSpBpePiece){(float) model->pieces[i].score, model->pieces[i].kind};
    return TRUE;
}

static gboolean
keep_pieces(UmkSpBpe *self, const UmkSpModel *model, GError **error)
{
    g_autofree UmkTrieKey *keys = g_new(UmkTrieKey, model->n_pieces + 1);
    gsize n = 0;

    for (gsize i = 0; i < model->n_pieces; i++)
        if (model->pieces[i].kind == UMK_PIECE_USER_DEFINED)
            keys[n++] = (UmkTrieKey){model->pieces[i].bytes, model->pieces[i].length, 0};
    if (n == 0)
        return TRUE;
    self->kept = _umk_trie_new(keys, n, error);
    return self->kept != NULL;
}

gpointer
_umk_sp_bpe_new(const UmkSpModel *model, GError **error)
{
    g_autoptr(UmkSpBpe) self = g_new0(UmkSpBpe, 1);

    self->vocab = _umk_vocab_new();
    self->unknown = model->unknown;
    self->byte_fallback = model->byte_fallback;
    self->by_words = TRUE;
    if (!add_pieces(self, model, error) || !keep_pieces(self, model, error))
        return NULL;
    if (_umk_vocab_find(self->vocab, UMK_SP_SPACE, UMK_SP_N_SPACE) == UMK_VOCAB_NONE)
        self->by_words = FALSE;
    for (guint byte = 0; byte < 256; byte++) {
        char name[8];

        g_snprintf(name, sizeof name, "<0x%02X>", byte);
        self->bytes[byte] = _umk_vocab_find(self->vocab, name, 6);
    }
    return g_steal_pointer(&self);
}

static const UmkVocab *
sp_bpe_get_vocab(gconstpointer data)
{
    return ((const UmkSpBpe *) data)->vocab;
}

static gpointer
sp_bpe_cache_new(gconstpointer self)
{
    UmkSpBpeCache *cache = g_new0(UmkSpBpeCache, 1);

    cache->symbols = g_array_new(FALSE, FALSE, sizeof(UmkSpSymbol));
    cache->heap = g_array_new(FALSE, FALSE, sizeof(UmkSpPair));
    cache->apart = g_hash_table_new(NULL, NULL);
    cache->words = _umk_word_cache_new();
    return cache;
}

static void
sp_bpe_cache_free(gpointer data)
{
    UmkSpBpeCache *cache = data;

    g_array_unref(cache->symbols);
    g_array_unref(cache->heap);
    g_hash_table_unref(cache->apart);
    _umk_word_cache_free(cache->words);
    g_free(cache);
}

static guint64
sp_bpe_get_work(gconstpointer cache)
{
    return ((const UmkSpBpeCache *) cache)->work;
}

/* The id of a piece that a text may hold. */
static guint32
find_piece(const UmkSpBpe *self, const char *at, gsize length)
{
    guint32 id = _umk_vocab_find(self->vocab, at, length);
    guint32 kind = id != UMK_VOCAB_NONE ? self->pieces[id].kind : 0;

    return kind == UMK_PIECE_NORMAL || kind == UMK_PIECE_USER_DEFINED ||
                   kind == UMK_PIECE_UNUSED
               ? id
               : UMK_VOCAB_NONE;
}

/* Merging */

static inline gboolean
is_before(const UmkSpPair *a, const UmkSpPair *b)
{
    return a->score > b->score || (a->score == b->score && a->left < b->left);
}

static void
heap_push(GArray *heap, UmkSpPair pair)
{
    guint at = heap->len;
    UmkSpPair *all;

    g_array_append_val(heap, pair);
    all = (UmkSpPair *) (gpointer) heap->data;
    for (; at > 0 && is_before(&pair, &all[(at - 1) / 2]); at = (at - 1) / 2)
        all[at] = all[(at - 1) / 2];
    all[at] = pair;
}

static UmkSpPair
heap_pop(GArray *heap)
{
    UmkSpPair *all = (UmkSpPair *) (gpointer) heap->data;
    UmkSpPair top = all[0], last = all[heap->len - 1];
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
push_pair(const UmkSpBpe *self, UmkSpBpeCache *cache, gint32 left, gint32 right)
{
    const UmkSpSymbol *all = (const UmkSpSymbol *) (gpointer) cache->symbols->data;
    UmkSpPair pair;
    guint32 id;

    if (left < 0 || right < 0 || all[left].is_kept || all[right].is_kept)
        return;
    pair.length = all[left].length + all[right].length;
    if (pair.length > _umk_vocab_get_longest(self->vocab))
        return;
    id = find_piece(self, all[left].at, pair.length);
    if (id == UMK_VOCAB_NONE)
        return;
    pair.left = (guint32) left;
    pair.right = (guint32) right;
    pair.score = self->pieces[id].score;
    heap_push(cache->heap, pair);
    if (self->pieces[id].kind == UMK_PIECE_UNUSED)
        g_hash_table_insert(cache->apart, GUINT_TO_POINTER(id),
                            GSIZE_TO_POINTER(all[left].length));
}

static void
split_symbols(const UmkSpBpe *self, GArray *symbols, const char *word, gsize length)
{
    const char *at = word, *end = word + length;

    g_array_set_size(symbols, 0);
    while (at < end) {
        UmkSpSymbol symbol = {at, 0, (gint32) symbols->len - 1, -1, FALSE};

        symbol.is_kept =
            self->kept != NULL && _umk_trie_match(self->kept, at, (gsize) (end - at),
                                                  &symbol.length) != UMK_TRIE_NONE;
        if (symbol.is_kept)
            at += symbol.length;
        else
            (void) _umk_char_next(&at);
        symbol.length = (gsize) (at - symbol.at);
        if (symbols->len > 0)
            g_array_index(symbols, UmkSpSymbol, symbols->len - 1).next =
                (gint32) symbols->len;
        g_array_append_val(symbols, symbol);
    }
}

static void
merge_symbols(const UmkSpBpe *self, UmkSpBpeCache *cache)
{
    UmkSpSymbol *all = (UmkSpSymbol *) (gpointer) cache->symbols->data;

    g_array_set_size(cache->heap, 0);
    cache->work += cache->symbols->len;
    for (guint i = 1; i < cache->symbols->len; i++)
        push_pair(self, cache, (gint32) i - 1, (gint32) i);
    for (; cache->heap->len > 0; cache->work++) {
        UmkSpPair pair = heap_pop(cache->heap);
        UmkSpSymbol *left = &all[pair.left], *right = &all[pair.right];

        if (left->length == 0 || right->length == 0 ||
            left->length + right->length != pair.length)
            continue;
        left->length = pair.length;
        left->next = right->next;
        if (right->next >= 0)
            all[right->next].previous = (gint32) pair.left;
        right->length = 0;
        push_pair(self, cache, left->previous, (gint32) pair.left);
        push_pair(self, cache, (gint32) pair.left, left->next);
    }
}

/* Giving out */

typedef struct {
    GArray *ids;
    gboolean after_unknown;
} UmkSpOutput;

static void
put_unknown(const UmkSpBpe *self, UmkSpOutput *out, const char *at, gsize length)
{
    gboolean has_bytes = self->byte_fallback;

    for (gsize i = 0; i < length && has_bytes; i++)
        has_bytes = self->bytes[(guint8) at[i]] != UMK_VOCAB_NONE;
    for (gsize i = 0; i < length && has_bytes; i++)
        g_array_append_val(out->ids, self->bytes[(guint8) at[i]]);
    if (!has_bytes && !out->after_unknown && self->unknown != UMK_VOCAB_NONE)
        g_array_append_val(out->ids, self->unknown);
    out->after_unknown = !has_bytes;
}

static void
put_symbol(const UmkSpBpe *self,
           const UmkSpBpeCache *cache,
           UmkSpOutput *out,
           const char *at,
           gsize length,
           guint depth)
{
    guint32 id = find_piece(self, at, length);
    gsize n_left = 0;

    if (id == UMK_VOCAB_NONE) {
        put_unknown(self, out, at, length);
        return;
    }
    if (self->pieces[id].kind == UMK_PIECE_UNUSED && depth < MAX_DEPTH)
        n_left =
            GPOINTER_TO_SIZE(g_hash_table_lookup(cache->apart, GUINT_TO_POINTER(id)));
    if (n_left > 0 && n_left < length) {
        put_symbol(self, cache, out, at, n_left, depth + 1);
        put_symbol(self, cache, out, at + n_left, length - n_left, depth + 1);
        return;
    }
    g_array_append_val(out->ids, id);
    out->after_unknown = FALSE;
}

static void
encode_word(const UmkSpBpe *self,
            UmkSpBpeCache *cache,
            const char *word,
            gsize length,
            GArray *ids_out)
{
    UmkSpOutput out = {ids_out, FALSE};
    const UmkSpSymbol *all;

    split_symbols(self, cache->symbols, word, length);
    merge_symbols(self, cache);
    all = (const UmkSpSymbol *) (gpointer) cache->symbols->data;
    for (gint32 at = cache->symbols->len > 0 ? 0 : -1; at >= 0; at = all[at].next)
        put_symbol(self, cache, &out, all[at].at, all[at].length, 0);
    if (g_hash_table_size(cache->apart) > 0)
        g_hash_table_remove_all(cache->apart);
}

/* Behind the word that begins at the place: blanks, then all up to the next blank. */
static const char *
skip_word(const char *at, const char *end)
{
    const char *blank;

    while (end - at >= UMK_SP_N_SPACE && memcmp(at, UMK_SP_SPACE, UMK_SP_N_SPACE) == 0)
        at += UMK_SP_N_SPACE;
    blank = memmem(at, (gsize) (end - at), UMK_SP_SPACE, UMK_SP_N_SPACE);
    return blank != NULL ? blank : end;
}

static void
sp_bpe_tokenize(gconstpointer data,
                gpointer cache_data,
                const char *text,
                gsize length,
                GArray *ids_out)
{
    const UmkSpBpe *self = data;
    UmkSpBpeCache *cache = cache_data;
    const char *end = text + length;

    while (text < end) {
        const char *stop = self->by_words ? skip_word(text, end) : end;
        gsize n = (gsize) (stop - text);
        guint begin = ids_out->len;
        guint64 hash;

        if (n > UMK_WORD_CACHE_BYTES) {
            encode_word(self, cache, text, n, ids_out);
        } else {
            hash = _umk_vocab_hash(UMK_VOCAB_HASH_START, text, n);
            if (!_umk_word_cache_get(cache->words, hash, text, n, ids_out)) {
                encode_word(self, cache, text, n, ids_out);
                _umk_word_cache_put(cache->words, hash, text, n, ids_out, begin);
            }
        }
        text = stop;
    }
}

static guint32
sp_bpe_get_unknown(gconstpointer self)
{
    return ((const UmkSpBpe *) self)->unknown;
}

const UmkTokenModelOps _umk_sp_bpe_token_model = {
    .type = "SentencePieceBPE",
    .free = sp_bpe_free,
    .get_vocab = sp_bpe_get_vocab,
    .cache_new = sp_bpe_cache_new,
    .cache_free = sp_bpe_cache_free,
    .get_work = sp_bpe_get_work,
    .tokenize = sp_bpe_tokenize,
    .get_unknown = sp_bpe_get_unknown,
};
