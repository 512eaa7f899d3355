/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tokenizer: its four stages, the added tokens around them, and the way of a text
 * through them. What a call needs besides is a scratch set, taken from and given back to
 * a few slots without a lock; a set serves one thread at a time. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-private.h"

#include "modalities/text/umk-tokenizer-added-private.h"
#include "modalities/text/umk-tokenizer-build-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <stdatomic.h>
#include <string.h>

#define N_SLOTS    16
#define MAX_ADDED  65536
#define KEEP_BYTES ((gsize) 1 << 20) /* a scratch set that grew beyond is not kept */

typedef struct {
    GString *clean, *normalized;
    GArray *parts, *normal_parts; /* UmkAddedPart */
    UmkTokenizerWords words;
    gpointer cache; /* of the model */
} UmkScratch;

struct _UmkTokenizer {
    atomic_int n_refs;
    UmkNormalizer normalizer;      /* ops NULL: none */
    UmkPreTokenizer pre_tokenizer; /* ops NULL: a text is one word */
    const UmkTokenModelOps *model_ops;
    gpointer model;
    UmkTokenFrame frame;
    UmkAddedTokens *raw;    /* looked for in the text as it came */
    UmkAddedTokens *normal; /* looked for in the normalized text */
    UmkVocab *added;        /* pieces of added tokens */
    _Atomic(UmkScratch *) slots[N_SLOTS];
};

/* Scratch */

static UmkScratch *
scratch_new(const UmkTokenizer *self)
{
    UmkScratch *scratch = g_new0(UmkScratch, 1);

    scratch->clean = g_string_new(NULL);
    scratch->normalized = g_string_new(NULL);
    scratch->parts = g_array_new(FALSE, FALSE, sizeof(UmkAddedPart));
    scratch->normal_parts = g_array_new(FALSE, FALSE, sizeof(UmkAddedPart));
    _umk_tokenizer_words_init(&scratch->words);
    if (self->model_ops->cache_new != NULL)
        scratch->cache = self->model_ops->cache_new(self->model);
    return scratch;
}

static void
scratch_free(const UmkTokenizer *self, UmkScratch *scratch)
{
    if (scratch == NULL)
        return;
    g_string_free(scratch->clean, TRUE);
    g_string_free(scratch->normalized, TRUE);
    g_array_unref(scratch->parts);
    g_array_unref(scratch->normal_parts);
    _umk_tokenizer_words_clear(&scratch->words);
    if (scratch->cache != NULL)
        self->model_ops->cache_free(scratch->cache);
    g_free(scratch);
}

static UmkScratch *
scratch_take(UmkTokenizer *self)
{
    for (guint i = 0; i < N_SLOTS; i++) {
        UmkScratch *scratch = atomic_exchange(&self->slots[i], NULL);

        if (scratch != NULL)
            return scratch;
    }
    return scratch_new(self);
}

static void
scratch_give_back(UmkTokenizer *self, UmkScratch *scratch)
{
    gsize size = scratch->clean->allocated_len + scratch->normalized->allocated_len +
                 scratch->words.bytes->allocated_len;

    for (guint i = 0; i < N_SLOTS && size <= KEEP_BYTES && scratch != NULL; i++) {
        UmkScratch *none = NULL;

        if (atomic_compare_exchange_strong(&self->slots[i], &none, scratch))
            scratch = NULL;
    }
    scratch_free(self, scratch);
}

/* Life */

UmkTokenizer *
_umk_tokenizer_ref(UmkTokenizer *self)
{
    atomic_fetch_add(&self->n_refs, 1);
    return self;
}

void
_umk_tokenizer_unref(UmkTokenizer *self)
{
    if (self == NULL || atomic_fetch_sub(&self->n_refs, 1) > 1)
        return;
    for (guint i = 0; i < N_SLOTS; i++)
        scratch_free(self, atomic_load(&self->slots[i]));
    _umk_normalizer_clear(&self->normalizer);
    _umk_pre_tokenizer_clear(&self->pre_tokenizer);
    if (self->model != NULL)
        self->model_ops->free(self->model);
    g_array_unref(self->frame.before);
    g_array_unref(self->frame.after);
    g_array_unref(self->frame.pair);
    _umk_added_tokens_free(self->raw);
    _umk_added_tokens_free(self->normal);
    _umk_vocab_free(self->added);
    g_free(self);
}

static UmkTokenizer *
new_empty(void)
{
    UmkTokenizer *self = g_new0(UmkTokenizer, 1);

    atomic_init(&self->n_refs, 1);
    for (guint i = 0; i < N_SLOTS; i++)
        atomic_init(&self->slots[i], NULL);
    self->frame.before = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->frame.after = g_array_new(FALSE, FALSE, sizeof(guint32));
    self->frame.pair = g_array_new(FALSE, FALSE, sizeof(UmkFramePart));
    self->raw = _umk_added_tokens_new();
    self->normal = _umk_added_tokens_new();
    self->added = _umk_vocab_new();
    return self;
}

UmkTokenizer *
_umk_tokenizer_new_from_parts(UmkTokenizerParts *parts, GError **error)
{
    g_autoptr(UmkTokenizer) self = new_empty();

    self->normalizer = parts->normalizer;
    self->pre_tokenizer = parts->pre_tokenizer;
    self->model_ops = parts->model_ops;
    self->model = g_steal_pointer(&parts->model);
    parts->normalizer.ops = NULL;
    parts->pre_tokenizer.ops = NULL;
    g_array_append_vals(self->frame.before, parts->frame.before->data,
                        parts->frame.before->len);
    g_array_append_vals(self->frame.after, parts->frame.after->data,
                        parts->frame.after->len);
    g_array_append_vals(self->frame.pair, parts->frame.pair->data,
                        parts->frame.pair->len);
    for (guint i = 0; i < parts->added->len; i++) {
        const UmkAddedToken *token = &g_array_index(parts->added, UmkAddedToken, i);

        _umk_added_tokens_add(self->raw, token);
        if (!_umk_vocab_add(self->added, token->content, token->length, token->id, error))
            return NULL;
    }
    if (!_umk_added_tokens_seal(self->raw, error) ||
        !_umk_added_tokens_seal(self->normal, error))
        return NULL;
    return g_steal_pointer(&self);
}

/* Loading */

static gboolean
add_token(UmkTokenizer *self, JsonObject *config, GError **error)
{
    UmkAddedToken token = {NULL, 0, 0, FALSE, FALSE, FALSE};
    const char *content = NULL;
    gboolean normalized = FALSE;
    g_autoptr(GString) text = g_string_new(NULL);
    gsize id;
    guint32 known;

    if (!_umk_json_get_string(config, "content", content, &content, error) ||
        !_umk_json_get_size(config, "id", G_MAXSIZE, UMK_TOKENIZER_MAX_VOCAB, &id,
                            error) ||
        !_umk_json_get_boolean(config, "single_word", token.single_word,
                               &token.single_word, error) ||
        !_umk_json_get_boolean(config, "lstrip", token.strip_left, &token.strip_left,
                               error) ||
        !_umk_json_get_boolean(config, "rstrip", token.strip_right, &token.strip_right,
                               error) ||
        !_umk_json_get_boolean(config, "normalized", normalized, &normalized, error))
        return FALSE;
    if (content == NULL || id == G_MAXSIZE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("An added token lacks its content or its id"));
        return FALSE;
    }
    known = _umk_vocab_find(self->model_ops->get_vocab(self->model), content,
                            strlen(content));
    token.id = known != UMK_VOCAB_NONE ? known : (guint32) id;
    if (normalized && self->normalizer.ops != NULL)
        self->normalizer.ops->normalize(self->normalizer.self, content, strlen(content),
                                        text);
    else
        g_string_append(text, content);
    token.content = text->str;
    token.length = text->len;
    _umk_added_tokens_add(normalized ? self->normal : self->raw, &token);
    return _umk_vocab_add(self->added, content, strlen(content), token.id, error);
}

static gboolean
load_added(UmkTokenizer *self, JsonObject *config, GError **error)
{
    JsonArray *tokens = NULL;
    guint n;

    if (!_umk_json_get_array(config, "added_tokens", &tokens, error))
        return FALSE;
    n = tokens != NULL ? json_array_get_length(tokens) : 0;
    if (n > MAX_ADDED) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The tokenizer adds %u tokens, the limit is %u"), n, MAX_ADDED);
        return FALSE;
    }
    for (guint i = 0; i < n; i++) {
        JsonNode *node = json_array_get_element(tokens, i);

        if (!JSON_NODE_HOLDS_OBJECT(node)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Added token %u is not an object"), i);
            return FALSE;
        }
        if (!add_token(self, json_node_get_object(node), error))
            return FALSE;
    }
    return _umk_added_tokens_seal(self->raw, error) &&
           _umk_added_tokens_seal(self->normal, error);
}

static gboolean
load_model(UmkTokenizer *self,
           JsonObject *config,
           const UmkTokenBulk *bulk,
           GError **error)
{
    JsonObject *model = NULL;

    if (!_umk_json_get_object(config, "model", &model, error))
        return FALSE;
    if (model == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("“model” is missing"));
        return FALSE;
    }
    /* The oldest files name no type. */
    if (!json_object_has_member(model, "type") && json_object_has_member(model, "merges"))
        self->model_ops = &_umk_bpe_token_model;
    else
        self->model_ops = _umk_token_model_find(model, error);
    if (self->model_ops == NULL)
        return FALSE;
    self->model = self->model_ops->load(model, bulk, error);
    if (self->model == NULL)
        g_prefix_error(error, "%s: ", self->model_ops->type);
    return self->model != NULL;
}

static UmkTokenizer *
build(JsonObject *config, const UmkTokenBulk *bulk, GError **error)
{
    g_autoptr(UmkTokenizer) self = new_empty();
    JsonObject *normalizer = NULL, *pre_tokenizer = NULL, *post_processor = NULL;

    if (!_umk_json_get_object(config, "normalizer", &normalizer, error) ||
        !_umk_json_get_object(config, "pre_tokenizer", &pre_tokenizer, error) ||
        !_umk_json_get_object(config, "post_processor", &post_processor, error))
        return NULL;
    if (normalizer != NULL && !_umk_normalizer_load(&self->normalizer, normalizer, error))
        return NULL;
    if (pre_tokenizer != NULL &&
        !_umk_pre_tokenizer_load(&self->pre_tokenizer, pre_tokenizer, error))
        return NULL;
    if (!load_model(self, config, bulk, error))
        return NULL;
    if (!_umk_post_processor_load(post_processor, &self->frame, error))
        return NULL;
    if (!load_added(self, config, error))
        return NULL;
    return g_steal_pointer(&self);
}

UmkTokenizer *
_umk_tokenizer_build(JsonObject *config, GError **error)
{
    return build(config, NULL, error);
}

UmkTokenizer *
_umk_tokenizer_new_from_json(const char *data, gsize length, GError **error)
{
    g_autoptr(JsonParser) parser = NULL;
    g_autoptr(GString) rest = g_string_new(NULL);
    UmkTokenBulk bulk;
    JsonObject *root;

    if (length > UMK_TOKENIZER_MAX_FILE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The tokenizer has %zu bytes, the limit is %zu"), length,
                    UMK_TOKENIZER_MAX_FILE);
        return NULL;
    }
    if (length > 0 && _umk_token_bulk_find(data, length, &bulk, rest)) {
        parser = _umk_json_parse(rest->str, rest->len, &root, error);
        return parser ? build(root, &bulk, error) : NULL;
    }
    parser = _umk_json_parse(data, length, &root, error);
    return parser ? build(root, NULL, error) : NULL;
}

/* Encoding */

/* Bytes of the well-formed character there, 0 if there is none. */
static gsize
check_char(const char *at, gsize left)
{
    gunichar c = g_utf8_get_char_validated(at, (gssize) left);

    if (*at == '\0')
        return 1;
    return c >= (gunichar) -2 ? 0 : (gsize) g_unichar_to_utf8(c, NULL);
}

/* The text itself if it is well-formed. */
static const char *
clean(const char *text, gsize *length, GString *out)
{
    const char *end = text + *length, *at;

    if (g_utf8_validate_len(text, *length, &at))
        return text;
    g_string_truncate(out, 0);
    g_string_append_len(out, text, at - text);
    while (at < end) {
        gsize n = check_char(at, (gsize) (end - at));

        if (n > 0)
            g_string_append_len(out, at, (gssize) n);
        else
            g_string_append(out, "\xef\xbf\xbd");
        at += MAX(n, 1);
    }
    *length = out->len;
    return out->str;
}

/* Text between added tokens: to words, to ids, until there are more than enough. */
static void
encode_plain(const UmkTokenizer *self,
             UmkScratch *scratch,
             const char *text,
             gsize length,
             gboolean at_start,
             gsize enough,
             GArray *ids)
{
    UmkTokenizerWords *words = &scratch->words;

    g_string_truncate(words->bytes, 0);
    g_array_set_size(words->ends, 0);
    words->at_start = at_start;
    if (self->pre_tokenizer.ops != NULL)
        self->pre_tokenizer.ops->split(self->pre_tokenizer.self, text, length, words);
    else
        _umk_tokenizer_words_add(words, text, length);
    for (guint i = 0; i < words->ends->len && ids->len <= enough; i++) {
        gsize n;
        const char *word = _umk_tokenizer_words_get(words, i, &n);

        self->model_ops->tokenize(self->model, scratch->cache, word, n, ids);
    }
}

static void
encode_segment(const UmkTokenizer *self,
               UmkScratch *scratch,
               const char *text,
               gsize length,
               gboolean at_start,
               gsize enough,
               GArray *ids)
{
    if (self->normalizer.ops != NULL) {
        g_string_truncate(scratch->normalized, 0);
        self->normalizer.ops->normalize(self->normalizer.self, text, length,
                                        scratch->normalized);
        text = scratch->normalized->str;
        length = scratch->normalized->len;
    }
    g_array_set_size(scratch->normal_parts, 0);
    _umk_added_tokens_cut(self->normal, text, length, scratch->normal_parts);
    for (guint i = 0; i < scratch->normal_parts->len && ids->len <= enough; i++) {
        UmkAddedPart part = g_array_index(scratch->normal_parts, UmkAddedPart, i);

        if (part.is_token)
            g_array_append_val(ids, part.id);
        else
            encode_plain(self, scratch, text + part.start, part.end - part.start,
                         at_start && part.start == 0, enough, ids);
    }
}

/* A whole text, without special tokens. */
static void
encode_text(UmkTokenizer *self, const char *text, gsize length, gsize enough, GArray *ids)
{
    UmkScratch *scratch = scratch_take(self);

    text = clean(text, &length, scratch->clean);
    g_array_set_size(scratch->parts, 0);
    _umk_added_tokens_cut(self->raw, text, length, scratch->parts);
    for (guint i = 0; i < scratch->parts->len && ids->len <= enough; i++) {
        UmkAddedPart part = g_array_index(scratch->parts, UmkAddedPart, i);

        if (part.is_token)
            g_array_append_val(ids, part.id);
        else
            encode_segment(self, scratch, text + part.start, part.end - part.start,
                           part.start == 0, enough, ids);
    }
    scratch_give_back(self, scratch);
}

static gboolean
check_length(gsize n, GError **error)
{
    if (n <= UMK_TOKENIZER_MAX_TEXT)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                _("The text has %zu bytes, the limit is %zu"), n, UMK_TOKENIZER_MAX_TEXT);
    return FALSE;
}

static gboolean
check_room(gsize max_tokens, gsize n_special, GError **error)
{
    if (max_tokens == 0 || max_tokens >= n_special)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("A limit of %zu tokens has no room for the %zu special ones"),
                max_tokens, n_special);
    return FALSE;
}

/* Leaves at most room of the ids behind begin; how many went. */
static gsize
cut(GArray *ids, guint begin, gsize room, UmkTruncationSide side)
{
    gsize n = ids->len - begin;

    if (n <= room)
        return 0;
    if (side == UMK_TRUNCATE_LEFT)
        g_array_remove_range(ids, begin, (guint) (n - room));
    else
        g_array_set_size(ids, (guint) (begin + room));
    return n - room;
}

/* *n_cut is exact only where all is set. */
static gboolean
encode(UmkTokenizer *self,
       const char *text,
       gssize length,
       gsize max_tokens,
       UmkTruncationSide side,
       gboolean all,
       GArray *ids_out,
       gsize *n_cut,
       GError **error)
{
    gsize n = length < 0 ? strlen(text) : (gsize) length;
    gsize n_special = _umk_tokenizer_get_n_special(self);
    gsize room = max_tokens > 0 ? max_tokens - n_special : G_MAXUINT, enough = G_MAXUINT;
    guint begin;

    if (!check_length(n, error) || !check_room(max_tokens, n_special, error))
        return FALSE;
    g_array_append_vals(ids_out, self->frame.before->data, self->frame.before->len);
    begin = ids_out->len;
    if (max_tokens > 0 && !all && side == UMK_TRUNCATE_RIGHT)
        enough = begin + room;
    encode_text(self, text, n, enough, ids_out);
    *n_cut = cut(ids_out, begin, room, side);
    g_array_append_vals(ids_out, self->frame.after->data, self->frame.after->len);
    return TRUE;
}

gboolean
_umk_tokenizer_encode(UmkTokenizer *self,
                      const char *text,
                      gssize length,
                      gsize max_tokens,
                      GArray *ids_out,
                      gboolean *truncated,
                      GError **error)
{
    gsize n_cut;

    if (!encode(self, text, length, max_tokens, UMK_TRUNCATE_RIGHT, FALSE, ids_out,
                &n_cut, error))
        return FALSE;
    if (truncated != NULL)
        *truncated = n_cut > 0;
    return TRUE;
}

gboolean
_umk_tokenizer_encode_side(UmkTokenizer *self,
                           const char *text,
                           gssize length,
                           gsize max_tokens,
                           UmkTruncationSide side,
                           GArray *ids_out,
                           gsize *n_cut,
                           GError **error)
{
    gsize ignored;

    return encode(self, text, length, max_tokens, side, n_cut != NULL, ids_out,
                  n_cut != NULL ? n_cut : &ignored, error);
}

gboolean
_umk_tokenizer_encode_bare(UmkTokenizer *self,
                           const char *text,
                           gssize length,
                           gsize max_tokens,
                           GArray *ids_out,
                           gboolean *truncated,
                           GError **error)
{
    gsize n = length < 0 ? strlen(text) : (gsize) length, n_cut = 0;
    guint begin = ids_out->len;

    if (!check_length(n, error))
        return FALSE;
    encode_text(self, text, n, max_tokens > 0 ? begin + max_tokens : G_MAXUINT, ids_out);
    if (max_tokens > 0)
        n_cut = cut(ids_out, begin, max_tokens, UMK_TRUNCATE_RIGHT);
    if (truncated != NULL)
        *truncated = n_cut > 0;
    return TRUE;
}

/* How a room is shared: the shorter text is cut only where it has more than half. */
static void
share_room(gsize room, gsize n_first, gsize n_second, gsize *first, gsize *second)
{
    gboolean first_longer = n_first > n_second;
    gsize shorter = MIN(MIN(n_first, n_second), room / 2);

    *first = first_longer ? room - shorter : shorter;
    *second = room - *first;
}

static void
put_pair(
    UmkTokenizer *self, GArray *first, GArray *second, GArray *ids_out, GArray *types_out)
{
    for (guint i = 0; i < self->frame.pair->len; i++) {
        const UmkFramePart *part = &g_array_index(self->frame.pair, UmkFramePart, i);
        guint n_before = ids_out->len;

        if (part->kind == UMK_FRAME_TOKEN)
            g_array_append_val(ids_out, part->id);
        else if (part->kind == UMK_FRAME_FIRST)
            g_array_append_vals(ids_out, first->data, first->len);
        else
            g_array_append_vals(ids_out, second->data, second->len);
        for (guint j = n_before; types_out != NULL && j < ids_out->len; j++)
            g_array_append_val(types_out, part->type);
    }
}

gboolean
_umk_tokenizer_encode_pair(UmkTokenizer *self,
                           const char *first,
                           const char *second,
                           gsize max_tokens,
                           UmkTruncationSide side,
                           GArray *ids_out,
                           GArray *types_out,
                           gsize *n_cut,
                           GError **error)
{
    g_autoptr(GArray) a = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GArray) b = g_array_new(FALSE, FALSE, sizeof(guint32));
    gsize n_special = self->frame.pair->len - 2, room_a = G_MAXUINT, room_b = G_MAXUINT;
    gsize went;

    if (self->frame.pair->len == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The tokenizer does not say how two texts are put together"));
        return FALSE;
    }
    if (!check_length(strlen(first), error) || !check_length(strlen(second), error) ||
        !check_room(max_tokens, n_special, error))
        return FALSE;
    encode_text(self, first, strlen(first), G_MAXUINT, a);
    encode_text(self, second, strlen(second), G_MAXUINT, b);
    if (max_tokens > 0 && a->len + b->len > max_tokens - n_special)
        share_room(max_tokens - n_special, a->len, b->len, &room_a, &room_b);
    went = cut(a, 0, room_a, side) + cut(b, 0, room_b, side);
    put_pair(self, a, b, ids_out, types_out);
    if (n_cut != NULL)
        *n_cut = went;
    return TRUE;
}

/* Looking up */

const char *
_umk_tokenizer_get_piece(UmkTokenizer *self, guint32 id)
{
    const char *piece = _umk_vocab_get_piece(self->added, id);

    return piece ? piece
                 : _umk_vocab_get_piece(self->model_ops->get_vocab(self->model), id);
}

gboolean
_umk_tokenizer_find_piece(UmkTokenizer *self, const char *piece, guint32 *id)
{
    guint32 found = _umk_vocab_find(self->added, piece, strlen(piece));

    if (found == UMK_VOCAB_NONE)
        found = _umk_vocab_find(self->model_ops->get_vocab(self->model), piece,
                                strlen(piece));
    if (found != UMK_VOCAB_NONE && id != NULL)
        *id = found;
    return found != UMK_VOCAB_NONE;
}

gboolean
_umk_tokenizer_get_unknown(UmkTokenizer *self, guint32 *id)
{
    *id = self->model_ops->get_unknown != NULL ? self->model_ops->get_unknown(self->model)
                                               : UMK_VOCAB_NONE;
    return *id != UMK_VOCAB_NONE;
}

guint32
_umk_tokenizer_get_vocab_size(UmkTokenizer *self)
{
    return MAX(_umk_vocab_get_size(self->added),
               _umk_vocab_get_size(self->model_ops->get_vocab(self->model)));
}

gsize
_umk_tokenizer_get_n_special(UmkTokenizer *self)
{
    return self->frame.before->len + self->frame.after->len;
}
