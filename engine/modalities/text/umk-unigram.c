/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Unigram (Kudo 2018): of all ways to cover a text with pieces the one whose scores sum
 * highest, found from left to right (Viterbi). What no piece covers is unknown at a score
 * below all others, a run of it one token. Where every way passes through one place, what
 * lies before is settled and given out, so that a long text needs little memory. */
#include "modalities/text/umk-unigram-private.h"

#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-cache-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-private.h"
#include "modalities/text/umk-tokenizer-trie-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define UNKNOWN_PENALTY 10.0
#define SETTLE          1024 /* bytes not given out before the way is settled */
#define MAX_PIECE       65535

typedef struct {
    double score;
    guint32 id;
    guint32 kind; /* UmkPieceKind */
} UmkUnigramPiece;

typedef struct {
    UmkVocab *vocab;
    UmkTrie *trie; /* values are places in pieces */
    UmkUnigramPiece *pieces;
    double unknown_score, highest;
    guint32 unknown;
    guint32 bytes[256]; /* ids of <0x00> …, or UMK_VOCAB_NONE */
    gboolean byte_fallback, is_single;
} UmkUnigram;

/* The best way to a place: where its last piece begins. */
typedef struct {
    double score;
    guint32 length; /* of the last piece, 0: no way leads here */
    guint32 piece;  /* UMK_TRIE_NONE: unknown */
} UmkUnigramNode;

typedef struct {
    GArray *nodes; /* UmkUnigramNode, by place */
    GArray *path;  /* guint32, ends of pieces */
    gsize unknown; /* where a run of unknown characters began, or G_MAXSIZE */
    guint64 work;
    UmkWordCache *words;
} UmkUnigramCache;

/* Loading */

static void
unigram_free(gpointer data)
{
    UmkUnigram *self = data;

    _umk_vocab_free(self->vocab);
    _umk_trie_free(self->trie);
    g_free(self->pieces);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkUnigram, unigram_free)

static gboolean
is_searched(UmkPieceKind kind)
{
    return kind == UMK_PIECE_NORMAL || kind == UMK_PIECE_USER_DEFINED ||
           kind == UMK_PIECE_UNUSED;
}

static gboolean
add_piece(UmkUnigram *self, gsize i, const UmkPieceSpec *spec, GError **error)
{
    if (spec->length > MAX_PIECE || !isfinite(spec->score)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Piece %zu has no finite score or more than %d bytes"), i,
                    MAX_PIECE);
        return FALSE;
    }
    self->pieces[i] = (UmkUnigramPiece){spec->score, spec->id, spec->kind};
    return _umk_vocab_add(self->vocab, spec->bytes, spec->length, spec->id, error);
}

static void
find_bytes(UmkUnigram *self)
{
    for (guint byte = 0; byte < 256; byte++) {
        char name[8];

        g_snprintf(name, sizeof name, "<0x%02X>", byte);
        self->bytes[byte] = _umk_vocab_find(self->vocab, name, 6);
    }
}

gpointer
_umk_unigram_new(const UmkPieceSpec *pieces,
                 gsize n_pieces,
                 const UmkUnigramOptions *options,
                 GError **error)
{
    g_autoptr(UmkUnigram) self = g_new0(UmkUnigram, 1);
    g_autofree UmkTrieKey *keys = g_new(UmkTrieKey, n_pieces + 1);
    double lowest = 0;
    gsize n_keys = 0;
    gboolean any = FALSE;

    self->vocab = _umk_vocab_new();
    self->pieces = g_new(UmkUnigramPiece, n_pieces + 1);
    self->unknown = options->unknown;
    self->byte_fallback = options->byte_fallback;
    self->is_single = options->is_single;
    for (gsize i = 0; i < n_pieces; i++) {
        const UmkPieceSpec *spec = &pieces[i];

        if (!add_piece(self, i, spec, error))
            return NULL;
        if (is_searched(spec->kind))
            keys[n_keys++] = (UmkTrieKey){spec->bytes, spec->length, (guint32) i};
        if (spec->kind != UMK_PIECE_NORMAL)
            continue;
        lowest = any ? MIN(lowest, spec->score) : spec->score;
        self->highest = any ? MAX(self->highest, spec->score) : spec->score;
        any = TRUE;
    }
    find_bytes(self);
    self->unknown_score = lowest - UNKNOWN_PENALTY;
    if (self->is_single)
        self->unknown_score = (double) (float) self->unknown_score;
    self->trie = _umk_trie_new(keys, n_keys, error);
    return self->trie != NULL ? g_steal_pointer(&self) : NULL;
}

/* ["piece", score] */
static gboolean
read_piece(JsonNode *node, UmkPieceSpec *spec)
{
    JsonArray *pair = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    JsonNode *text, *score;

    if (pair == NULL || json_array_get_length(pair) != 2)
        return FALSE;
    text = json_array_get_element(pair, 0);
    score = json_array_get_element(pair, 1);
    if (!JSON_NODE_HOLDS_VALUE(text) || !JSON_NODE_HOLDS_VALUE(score) ||
        json_node_get_value_type(score) == G_TYPE_STRING)
        return FALSE;
    spec->bytes = json_node_get_string(text);
    spec->score = json_node_get_double(score);
    spec->length = spec->bytes != NULL ? strlen(spec->bytes) : 0;
    return spec->bytes != NULL;
}

/* Pieces as they are read; their bytes are places in text until all are there. */
typedef struct {
    GArray *pieces; /* UmkPieceSpec */
    GString *text;
} UmkUnigramList;

static void
list_clear(UmkUnigramList *self)
{
    g_array_unref(self->pieces);
    g_string_free(self->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkUnigramList, list_clear)

static gboolean
list_add(const char *piece, gsize length, double score, gpointer data, GError **error)
{
    UmkUnigramList *self = data;
    UmkPieceSpec spec = {NULL, length, score, UMK_PIECE_NORMAL, self->pieces->len};

    g_string_append_len(self->text, piece, (gssize) length);
    g_array_append_val(self->pieces, spec);
    return TRUE;
}

static gboolean
read_list(UmkUnigramList *self, JsonObject *config, GError **error)
{
    JsonArray *list = NULL;
    guint n;

    if (!_umk_json_get_array(config, "vocab", &list, error))
        return FALSE;
    n = list != NULL ? json_array_get_length(list) : 0;
    for (guint i = 0; i < n; i++) {
        UmkPieceSpec spec;

        if (!read_piece(json_array_get_element(list, i), &spec)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Piece %u is not a pair of text and score"), i);
            return FALSE;
        }
        list_add(spec.bytes, spec.length, spec.score, self, NULL);
    }
    return TRUE;
}

static gpointer
unigram_load(JsonObject *config, const UmkTokenBulk *bulk, GError **error)
{
    UmkUnigramOptions options = {UMK_VOCAB_NONE, FALSE, FALSE};
    g_auto(UmkUnigramList)
        list = {g_array_new(FALSE, FALSE, sizeof(UmkPieceSpec)), g_string_new(NULL)};
    gsize unknown = G_MAXUINT32, at = 0;

    if (!_umk_json_get_size(config, "unk_id", unknown, UMK_TOKENIZER_MAX_VOCAB, &unknown,
                            error) ||
        !_umk_json_get_boolean(config, "byte_fallback", FALSE, &options.byte_fallback,
                               error))
        return NULL;
    if (bulk != NULL ? !_umk_token_bulk_read_scores(bulk, list_add, &list, error)
                     : !read_list(&list, config, error))
        return NULL;
    if (list.pieces->len == 0 ||
        (unknown != G_MAXUINT32 && unknown >= list.pieces->len)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“vocab” is missing, or “unk_id” is not in it"));
        return NULL;
    }
    options.unknown = (guint32) unknown;
    for (guint i = 0; i < list.pieces->len; i++) {
        UmkPieceSpec *spec = &g_array_index(list.pieces, UmkPieceSpec, i);

        spec->bytes = list.text->str + at;
        at += spec->length;
    }
    return _umk_unigram_new((const UmkPieceSpec *) (gpointer) list.pieces->data,
                            list.pieces->len, &options, error);
}

static const UmkVocab *
unigram_get_vocab(gconstpointer data)
{
    return ((const UmkUnigram *) data)->vocab;
}

/* Cache */

static gpointer
unigram_cache_new(gconstpointer self)
{
    UmkUnigramCache *cache = g_new0(UmkUnigramCache, 1);

    cache->nodes = g_array_new(FALSE, TRUE, sizeof(UmkUnigramNode));
    cache->path = g_array_new(FALSE, FALSE, sizeof(guint32));
    cache->words = _umk_word_cache_new();
    return cache;
}

static void
unigram_cache_free(gpointer data)
{
    UmkUnigramCache *cache = data;

    g_array_unref(cache->nodes);
    g_array_unref(cache->path);
    _umk_word_cache_free(cache->words);
    g_free(cache);
}

static guint64
unigram_get_work(gconstpointer cache)
{
    return ((const UmkUnigramCache *) cache)->work;
}

/* Giving out */

static void
put_unknown(const UmkUnigram *self, const char *run, gsize n, GArray *ids_out)
{
    gboolean has_bytes = self->byte_fallback;

    for (gsize i = 0; i < n && has_bytes; i++)
        has_bytes = self->bytes[(guint8) run[i]] != UMK_VOCAB_NONE;
    for (gsize i = 0; i < n && has_bytes; i++)
        g_array_append_val(ids_out, self->bytes[(guint8) run[i]]);
    if (!has_bytes && self->unknown != UMK_VOCAB_NONE)
        g_array_append_val(ids_out, self->unknown);
}

static void
end_unknown(const UmkUnigram *self,
            UmkUnigramCache *cache,
            const char *word,
            gsize at,
            GArray *ids_out)
{
    if (cache->unknown != G_MAXSIZE)
        put_unknown(self, word + cache->unknown, at - cache->unknown, ids_out);
    cache->unknown = G_MAXSIZE;
}

/* Gives out the way to the place n behind origin. */
static void
settle(const UmkUnigram *self,
       UmkUnigramCache *cache,
       const char *word,
       gsize origin,
       gsize n,
       GArray *ids_out)
{
    const UmkUnigramNode *nodes = (const UmkUnigramNode *) (gpointer) cache->nodes->data;

    g_array_set_size(cache->path, 0);
    for (gsize at = n; at > 0; at -= nodes[at].length) {
        guint32 end = (guint32) at;

        g_array_append_val(cache->path, end);
    }
    for (guint i = cache->path->len; i-- > 0;) {
        guint32 end = g_array_index(cache->path, guint32, i);
        gsize begin = origin + end - nodes[end].length;

        if (nodes[end].piece == UMK_TRIE_NONE) {
            if (cache->unknown == G_MAXSIZE)
                cache->unknown = begin;
            continue;
        }
        end_unknown(self, cache, word, begin, ids_out);
        g_array_append_val(ids_out, self->pieces[nodes[end].piece].id);
    }
}

/* Searching */

static inline double
round_score(const UmkUnigram *self, double score)
{
    return self->is_single ? (double) (float) score : score;
}

static inline double
piece_score(const UmkUnigram *self, const UmkUnigramPiece *piece, gsize length)
{
    if (piece->kind == UMK_PIECE_USER_DEFINED)
        return (double) length * self->highest - 0.1;
    return piece->score;
}

static inline void
offer(const UmkUnigram *self,
      UmkUnigramNode *node,
      double score,
      gsize length,
      guint32 piece)
{
    if (node->length != 0 && !(score > node->score))
        return;
    *node = (UmkUnigramNode){round_score(self, score), (guint32) length, piece};
}

/* Every piece that begins at the place; how far the longest reaches. */
static gsize
search_at(const UmkUnigram *self,
          UmkUnigramCache *cache,
          const char *at,
          gsize left,
          gsize n_char,
          UmkUnigramNode *here)
{
    guint32 node = 0;
    gboolean has_char = FALSE;
    gsize reach = n_char, i;

    for (i = 0; i < left && _umk_trie_step(self->trie, &node, (guint8) at[i]); i++) {
        guint32 value = self->trie->nodes[node].value;
        const UmkUnigramPiece *piece;

        if (value == UMK_TRIE_NONE)
            continue;
        piece = &self->pieces[value];
        if (piece->kind == UMK_PIECE_UNUSED)
            continue;
        offer(self, here + i + 1, piece_score(self, piece, i + 1) + here->score, i + 1,
              value);
        has_char = has_char || i + 1 == n_char;
        reach = MAX(reach, i + 1);
    }
    if (!has_char)
        offer(self, here + n_char, round_score(self, self->unknown_score + here->score),
              n_char, UMK_TRIE_NONE);
    cache->work += i + 1;
    return reach;
}

/* A new origin, at which score is the score of the best way. */
static void
restart(UmkUnigramCache *cache, double score)
{
    g_array_set_size(cache->nodes, 0);
    g_array_set_size(cache->nodes, 1);
    g_array_index(cache->nodes, UmkUnigramNode, 0).score = score;
}

static void
encode_word(const UmkUnigram *self,
            UmkUnigramCache *cache,
            const char *word,
            gsize length,
            GArray *ids_out)
{
    gsize longest = MAX(_umk_vocab_get_longest(self->vocab), 4);
    gsize origin = 0, at = 0, reach = 0; /* reach: where the furthest piece ends */

    cache->unknown = G_MAXSIZE;
    restart(cache, 0);
    while (at < length) {
        const char *next = word + at;
        gsize n_nodes, far;

        if (reach == at && at - origin >= SETTLE) {
            double score = g_array_index(cache->nodes, UmkUnigramNode, at - origin).score;

            settle(self, cache, word, origin, at - origin, ids_out);
            restart(cache, score);
            origin = at;
        }
        n_nodes = at - origin + MIN(length - at, longest) + 1;
        if (cache->nodes->len < n_nodes)
            g_array_set_size(cache->nodes, (guint) n_nodes);
        (void) _umk_char_next(&next);
        far = search_at(self, cache, word + at, length - at, (gsize) (next - word) - at,
                        &g_array_index(cache->nodes, UmkUnigramNode, at - origin));
        reach = MAX(reach, at + far);
        at = (gsize) (next - word);
    }
    settle(self, cache, word, origin, length - origin, ids_out);
    end_unknown(self, cache, word, length, ids_out);
}

static void
unigram_tokenize(gconstpointer data,
                 gpointer cache_data,
                 const char *word,
                 gsize length,
                 GArray *ids_out)
{
    const UmkUnigram *self = data;
    UmkUnigramCache *cache = cache_data;
    guint begin = ids_out->len;
    guint64 hash;

    if (length > UMK_WORD_CACHE_BYTES) {
        encode_word(self, cache, word, length, ids_out);
        return;
    }
    hash = _umk_vocab_hash(UMK_VOCAB_HASH_START, word, length);
    if (_umk_word_cache_get(cache->words, hash, word, length, ids_out))
        return;
    encode_word(self, cache, word, length, ids_out);
    _umk_word_cache_put(cache->words, hash, word, length, ids_out, begin);
}

static guint32
unigram_get_unknown(gconstpointer self)
{
    return ((const UmkUnigram *) self)->unknown;
}

const UmkTokenModelOps _umk_unigram_token_model = {
    .type = "Unigram",
    .load = unigram_load,
    .free = unigram_free,
    .get_vocab = unigram_get_vocab,
    .cache_new = unigram_cache_new,
    .cache_free = unigram_cache_free,
    .get_work = unigram_get_work,
    .tokenize = unigram_tokenize,
    .get_unknown = unigram_get_unknown,
};
