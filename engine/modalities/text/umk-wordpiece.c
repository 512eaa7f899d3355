/* SPDX-License-Identifier: GPL-3.0-or-later */
/* WordPiece: from the left the longest piece that fits, pieces inside a word with a
 * prefix; a word that cannot be covered is unknown as a whole. The hash of every prefix
 * of the rest is made in one pass, then looked up from the longest down. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_CHARS 100 /* a longer word is unknown, unless the file says otherwise */

typedef struct {
    UmkVocab *vocab;
    guint32 unknown;
    char *prefix;
    gsize prefix_length;
    guint64 prefix_hash;
    gsize max_chars;
    gsize longest; /* bytes of the longest piece, the prefix not counted */
} UmkWordPiece;

static void
wordpiece_free(gpointer data)
{
    UmkWordPiece *self = data;

    _umk_vocab_free(self->vocab);
    g_free(self->prefix);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkWordPiece, wordpiece_free)

static gpointer
wordpiece_load(JsonObject *config, const UmkTokenBulk *bulk, GError **error)
{
    const char *unknown = "[UNK]", *prefix = "##";
    gsize max_chars = MAX_CHARS;
    g_autoptr(UmkWordPiece) self = NULL;
    UmkVocab *vocab;

    if (!_umk_json_get_string(config, "unk_token", unknown, &unknown, error) ||
        !_umk_json_get_string(config, "continuing_subword_prefix", prefix, &prefix,
                              error) ||
        !_umk_json_get_size(config, "max_input_chars_per_word", max_chars, G_MAXINT,
                            &max_chars, error))
        return NULL;
    vocab = _umk_token_bulk_read_vocab(bulk, config, error);
    if (vocab == NULL)
        return NULL;
    self = g_new0(UmkWordPiece, 1);
    self->vocab = vocab;
    self->prefix = g_strdup(prefix);
    self->prefix_length = strlen(prefix);
    self->prefix_hash =
        _umk_vocab_hash(UMK_VOCAB_HASH_START, prefix, self->prefix_length);
    self->max_chars = max_chars;
    self->longest = _umk_vocab_get_longest(vocab);
    self->unknown = _umk_vocab_find(vocab, unknown, strlen(unknown));
    if (self->unknown == UMK_VOCAB_NONE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The vocabulary lacks the unknown token “%.60s”"), unknown);
        return NULL;
    }
    return g_steal_pointer(&self);
}

static const UmkVocab *
wordpiece_get_vocab(gconstpointer data)
{
    return ((const UmkWordPiece *) data)->vocab;
}

/* Bytes of the longest piece the rest of the word begins with; 0 if there is none. */
static gsize
match_longest(const UmkWordPiece *self,
              const char *rest,
              gsize length,
              gboolean inside,
              guint64 *hashes,
              guint32 *id)
{
    guint64 hash = inside ? self->prefix_hash : UMK_VOCAB_HASH_START;
    const char *prefix = inside ? self->prefix : "";
    gsize prefix_length = inside ? self->prefix_length : 0;
    gsize n = MIN(length, self->longest);

    for (gsize i = 0; i < n; i++)
        hashes[i] = hash = _umk_vocab_hash_byte(hash, (guint8) rest[i]);
    for (; n > 0; n--) {
        *id = _umk_vocab_find_hashed(self->vocab, hashes[n - 1], prefix, prefix_length,
                                     rest, n);
        if (*id != UMK_VOCAB_NONE)
            return n;
    }
    return 0;
}

/* Characters, counted no further than the limit. */
static gboolean
is_too_long(const char *word, gsize length, gsize max_chars)
{
    gsize n_chars = 0;

    if (length <= max_chars)
        return FALSE;
    for (gsize i = 0; i < length && n_chars <= max_chars; i++)
        n_chars += (word[i] & 0xc0) != 0x80;
    return n_chars > max_chars;
}

#define ON_STACK 512

static void
wordpiece_tokenize(
    gconstpointer data, gpointer cache, const char *word, gsize length, GArray *ids_out)
{
    const UmkWordPiece *self = data;
    guint64 stack[ON_STACK];
    g_autofree guint64 *heap = NULL;
    guint64 *hashes = stack;
    guint n_before = ids_out->len;
    gsize at = 0, n;
    guint32 id;

    if (is_too_long(word, length, self->max_chars)) {
        g_array_append_val(ids_out, self->unknown);
        return;
    }
    if (MIN(length, self->longest) > ON_STACK)
        hashes = heap = g_new(guint64, MIN(length, self->longest));
    for (; at < length; at += n) {
        n = match_longest(self, word + at, length - at, at > 0, hashes, &id);
        if (n == 0) {
            g_array_set_size(ids_out, n_before);
            id = self->unknown;
            n = length - at;
        }
        g_array_append_val(ids_out, id);
    }
}

static guint32
wordpiece_get_unknown(gconstpointer self)
{
    return ((const UmkWordPiece *) self)->unknown;
}

const UmkTokenModelOps _umk_wordpiece_token_model = {
    .type = "WordPiece",
    .load = wordpiece_load,
    .free = wordpiece_free,
    .get_vocab = wordpiece_get_vocab,
    .tokenize = wordpiece_tokenize,
    .get_unknown = wordpiece_get_unknown,
};
