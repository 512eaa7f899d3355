/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tokenizer from the metadata of a GGUF file, by "tokenizer.ggml.model": bert is
 * WordPiece with a mark at the beginning of words in place of one inside, gpt2 byte-level
 * BPE, llama byte-pair encoding and t5 Unigram as SentencePiece has them. */
#include "modalities/text/umk-sp-model-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define KEY(name) "tokenizer.ggml." name

/* What every vocabulary has. */
typedef struct {
    GPtrArray *tokens;         /* char *, by id */
    const UmkGgufValue *types; /* UmkPieceKind; NULL: all are normal */
} UmkGgufVocab;

static void
vocab_clear(UmkGgufVocab *self)
{
    g_clear_pointer(&self->tokens, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkGgufVocab, vocab_clear)

static gboolean
read_vocab(const UmkGguf *gguf, UmkGgufVocab *self, GError **error)
{
    const UmkGgufValue *tokens;
    const guint8 *at;

    if (!_umk_gguf_get_array(gguf, KEY("tokens"), UMK_GGUF_STRING, &tokens, error) ||
        !_umk_gguf_get_array(gguf, KEY("token_type"), UMK_GGUF_I32, &self->types, error))
        return FALSE;
    if (tokens == NULL || tokens->n == 0 || tokens->n > UMK_TOKENIZER_MAX_VOCAB ||
        (self->types != NULL && self->types->n != tokens->n)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The file has %zu tokens with %zu types, expected 1 to %u and as "
                      "many"),
                    tokens ? tokens->n : 0, self->types ? self->types->n : 0,
                    UMK_TOKENIZER_MAX_VOCAB);
        return FALSE;
    }
    self->tokens = g_ptr_array_new_with_free_func(g_free);
    at = tokens->data;
    for (gsize i = 0; i < tokens->n; i++) {
        gsize n;
        const char *token = _umk_gguf_next_string(&at, &n);

        if (memchr(token, '\0', n) != NULL || !g_utf8_validate_len(token, n, NULL)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Token %zu is not valid UTF-8"), i);
            return FALSE;
        }
        g_ptr_array_add(self->tokens, g_strndup(token, n));
    }
    return TRUE;
}

static UmkPieceKind
get_kind(const UmkGgufVocab *self, gsize i)
{
    double type = self->types ? _umk_gguf_get_element(self->types, i) : 1;

    return type >= UMK_PIECE_NORMAL && type <= UMK_PIECE_BYTE ? (UmkPieceKind) type
                                                              : UMK_PIECE_NORMAL;
}

/* The token whose id the entry holds; NULL without an error where there is no entry. */
static gboolean
get_token(const UmkGguf *gguf,
          const UmkGgufVocab *vocab,
          const char *key,
          const char **token,
          gsize *id,
          GError **error)
{
    *token = NULL;
    if (!_umk_gguf_get_size(gguf, key, G_MAXSIZE, vocab->tokens->len - 1, id, error))
        return FALSE;
    if (*id != G_MAXSIZE)
        *token = vocab->tokens->pdata[*id];
    return TRUE;
}

/* begin and end where the file wants them, around one text and around two. */
static gboolean
set_frame(const UmkGguf *gguf,
          const UmkGgufVocab *vocab,
          gboolean begin,
          gboolean end,
          UmkTokenizerParts *parts,
          GError **error)
{
    static const char *const single[] = {"f", "bf", "fe", "bfe"};
    static const char *const pair[] = {"fs", "bfbs", "fese", "bfeese"};
    const char *token;
    gsize begin_id, end_id;
    guint which;

    if (!_umk_gguf_get_boolean(gguf, KEY("add_bos_token"), begin, &begin, error) ||
        !_umk_gguf_get_boolean(gguf, KEY("add_eos_token"), end, &end, error) ||
        !get_token(gguf, vocab, KEY("bos_token_id"), &token, &begin_id, error) ||
        !get_token(gguf, vocab, KEY("eos_token_id"), &token, &end_id, error))
        return FALSE;
    if ((begin && begin_id == G_MAXSIZE) || (end && end_id == G_MAXSIZE)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The file wants a token around texts but does not say which"));
        return FALSE;
    }
    which = (begin ? 1u : 0) + (end ? 2u : 0);
    _umk_tokenizer_parts_set_frame(parts, single[which], pair[which], (guint32) begin_id,
                                   (guint32) end_id, FALSE);
    return TRUE;
}

/* bert */

/* As a vocab.txt has it: a mark inside words, none at their beginning. */
static void
put_bert_line(GString *lines, const char *token)
{
    if (g_str_has_prefix(token, UMK_SP_SPACE))
        g_string_append(lines, token + UMK_SP_N_SPACE);
    else if (*token == '[' && token[strlen(token) - 1] == ']')
        g_string_append(lines, token);
    else
        g_string_append_printf(lines, "##%s", token);
    g_string_append_c(lines, '\n');
}

static gboolean
has_capital(const char *token)
{
    while (*token != '\0' && !g_ascii_isupper(*token))
        token++;
    return *token != '\0';
}

/* Files do not say whether texts are put in lower case: they are, unless a piece has a
 * capital letter. */
static UmkTokenizer *
build_bert(const UmkGguf *gguf, const UmkGgufVocab *vocab, GError **error)
{
    /* The first that is there counts; the misspelt name is the one that files have. */
    static const char *const keys[][2] = {
        {KEY("unknown_token_id"), "unk_token"},
        {KEY("padding_token_id"), "pad_token"},
        {KEY("cls_token_id"), "cls_token"},
        {KEY("separator_token_id"), "sep_token"},
        {KEY("seperator_token_id"), "sep_token"},
        {KEY("mask_token_id"), "mask_token"},
        {KEY("bos_token_id"), "cls_token"},
        {KEY("eos_token_id"), "sep_token"},
    };
    g_autoptr(JsonNode) config = json_node_new(JSON_NODE_OBJECT);
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autofree char *text = NULL;
    JsonObject *object = json_object_new();
    gboolean cased = FALSE;

    json_node_take_object(config, object);
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *token;
        gsize id;

        if (!get_token(gguf, vocab, keys[i][0], &token, &id, error))
            return NULL;
        if (token != NULL && !json_object_has_member(object, keys[i][1]))
            json_object_set_string_member(object, keys[i][1], token);
    }
    for (guint i = 0; i < vocab->tokens->len; i++) {
        const char *token = vocab->tokens->pdata[i];

        cased = cased || (*token != '[' && has_capital(token));
        if (*token == '\0' || strpbrk(token, "\r\n") != NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Token %u is empty or holds a line end"), i);
            return NULL;
        }
        put_bert_line(lines, token);
    }
    json_object_set_boolean_member(object, "do_lower_case", !cased);
    text = json_to_string(config, FALSE);
    return _umk_tokenizer_new_from_vocab(lines->str, lines->len, text, strlen(text),
                                         error);
}

/* gpt2 */

#define LLAMA3(digits)                                                                   \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits                 \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

/* By "tokenizer.ggml.pre"; NULL: the pattern of GPT-2. */
static const struct {
    const char *name, *regex;
    gboolean ignore_merges, begin;
} patterns[] = {
    {"gpt-2", NULL, FALSE, FALSE},
    {"phi-2", NULL, FALSE, FALSE},
    {"mpt", NULL, FALSE, FALSE},
    {"olmo", NULL, FALSE, FALSE},
    {"roberta-bpe", NULL, FALSE, TRUE},
    {"jina-v1-en", NULL, FALSE, TRUE},
    {"jina-v2-code", NULL, FALSE, TRUE},
    {"jina-v2-de", NULL, FALSE, TRUE},
    {"jina-v2-es", NULL, FALSE, TRUE},
    {"llama-bpe", LLAMA3("\\p{N}{1,3}"), TRUE, TRUE},
    {"llama3", LLAMA3("\\p{N}{1,3}"), TRUE, TRUE},
    {"qwen2", LLAMA3("\\p{N}"), FALSE, FALSE},
};

static gssize
find_pattern(const UmkGguf *gguf, GError **error)
{
    g_autofree char *name = NULL;
    g_autoptr(GString) known = g_string_new(NULL);

    if (!_umk_gguf_dup_string(gguf, KEY("pre"), "gpt-2", &name, error))
        return -1;
    for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++) {
        if (strcmp(name, patterns[i].name) == 0)
            return (gssize) i;
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", patterns[i].name);
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("No pre-tokenizer of GGUF files is called “%.60s”; there are: %s"),
                name, known->str);
    return -1;
}

static gboolean
set_pattern(UmkTokenizerParts *parts, const char *regex, GError **error)
{
    g_autoptr(JsonNode) node = NULL;
    JsonObject *split, *pattern;

    if (regex == NULL) {
        node =
            json_from_string("{\"type\":\"ByteLevel\",\"add_prefix_space\":false}", NULL);
        return _umk_pre_tokenizer_load(&parts->pre_tokenizer, json_node_get_object(node),
                                       error);
    }
    node = json_from_string(
        "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"behavior\":"
        "\"Isolated\",\"pattern\":{}},{\"type\":\"ByteLevel\",\"add_prefix_space\":false,"
        "\"use_regex\":false}]}",
        NULL);
    split = json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(node), "pretokenizers"), 0);
    pattern = json_object_get_object_member(split, "pattern");
    json_object_set_string_member(pattern, "Regex", regex);
    return _umk_pre_tokenizer_load(&parts->pre_tokenizer, json_node_get_object(node),
                                   error);
}

/* The configuration of the BPE stage. */
static JsonObject *
make_bpe(const UmkGguf *gguf, const UmkGgufVocab *vocab, GError **error)
{
    g_autoptr(JsonObject) config = json_object_new();
    JsonObject *pieces = json_object_new();
    JsonArray *list = json_array_new();
    const UmkGgufValue *merges;
    const guint8 *at;

    json_object_set_object_member(config, "vocab", pieces);
    json_object_set_array_member(config, "merges", list);
    for (guint i = 0; i < vocab->tokens->len; i++)
        json_object_set_int_member(pieces, vocab->tokens->pdata[i], i);
    if (!_umk_gguf_get_array(gguf, KEY("merges"), UMK_GGUF_STRING, &merges, error))
        return NULL;
    at = merges != NULL ? merges->data : NULL;
    for (gsize i = 0; merges != NULL && i < merges->n; i++) {
        gsize n;
        const char *merge = _umk_gguf_next_string(&at, &n);
        g_autofree char *copy = g_strndup(merge, n);

        if (!g_utf8_validate(copy, -1, NULL)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Merge %zu is not valid UTF-8"), i);
            return NULL;
        }
        json_array_add_string_element(list, copy);
    }
    return g_steal_pointer(&config);
}

static void
add_special(const UmkGgufVocab *vocab, UmkTokenizerParts *parts)
{
    for (guint i = 0; i < vocab->tokens->len; i++) {
        UmkPieceKind kind = get_kind(vocab, i);

        if ((kind == UMK_PIECE_CONTROL || kind == UMK_PIECE_USER_DEFINED) &&
            *(const char *) vocab->tokens->pdata[i] != '\0')
            _umk_tokenizer_parts_add_token(parts, vocab->tokens->pdata[i], i, FALSE,
                                           FALSE);
    }
}

static UmkTokenizer *
build_gpt2(const UmkGguf *gguf, const UmkGgufVocab *vocab, GError **error)
{
    g_auto(UmkTokenizerParts) parts;
    g_autoptr(JsonObject) config = NULL;
    gssize which;

    _umk_tokenizer_parts_init(&parts);
    which = find_pattern(gguf, error);
    config = which >= 0 ? make_bpe(gguf, vocab, error) : NULL;
    if (config == NULL || !set_pattern(&parts, patterns[which].regex, error))
        return NULL;
    json_object_set_boolean_member(config, "ignore_merges",
                                   patterns[which].ignore_merges);
    parts.model_ops = &_umk_bpe_token_model;
    parts.model = parts.model_ops->load(config, NULL, error);
    if (parts.model == NULL)
        return NULL;
    add_special(vocab, &parts);
    if (!set_frame(gguf, vocab, patterns[which].begin,
                   strcmp(patterns[which].name, "roberta-bpe") == 0 ||
                       g_str_has_prefix(patterns[which].name, "jina-"),
                   &parts, error))
        return NULL;
    return _umk_tokenizer_new_from_parts(&parts, error);
}

/* llama and t5 */

static gboolean
read_scores(const UmkGguf *gguf,
            const UmkGgufVocab *vocab,
            UmkSpModel *model,
            GError **error)
{
    const UmkGgufValue *scores;

    if (!_umk_gguf_get_array(gguf, KEY("scores"), UMK_GGUF_F32, &scores, error))
        return FALSE;
    if (scores == NULL || scores->n != vocab->tokens->len) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The file has %u tokens but %zu scores"), vocab->tokens->len,
                    scores ? scores->n : 0);
        return FALSE;
    }
    model->n_pieces = scores->n;
    model->pieces = g_new(UmkPieceSpec, scores->n);
    for (gsize i = 0; i < scores->n; i++) {
        const char *token = vocab->tokens->pdata[i];

        model->pieces[i] =
            (UmkPieceSpec){token, strlen(token), _umk_gguf_get_element(scores, i),
                           get_kind(vocab, i), (guint32) i};
    }
    return TRUE;
}

static gboolean
read_charsmap(const UmkGguf *gguf, UmkSpModel *model, GError **error)
{
    const UmkGgufValue *map = _umk_gguf_find(gguf, KEY("precompiled_charsmap"));

    if (map == NULL)
        return TRUE;
    if (!map->is_array || (map->type != UMK_GGUF_U8 && map->type != UMK_GGUF_I8)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The character map of the file is not an array of bytes"));
        return FALSE;
    }
    model->charsmap = map->n > 0 ? map->data : NULL;
    model->n_charsmap = map->n;
    return TRUE;
}

static UmkTokenizer *
build_sentencepiece(const UmkGguf *gguf,
                    const UmkGgufVocab *vocab,
                    UmkSpType type,
                    GError **error)
{
    g_auto(UmkTokenizerParts) parts;
    g_autoptr(UmkSpModel) model = g_new0(UmkSpModel, 1);
    gboolean is_bpe = type == UMK_SP_BPE;
    const char *token;
    gsize unknown;

    _umk_tokenizer_parts_init(&parts);
    model->type = type;
    model->byte_fallback = is_bpe;
    model->escape_whitespaces = TRUE;
    if (!_umk_gguf_get_boolean(gguf, KEY("add_space_prefix"), TRUE,
                               &model->add_dummy_prefix, error) ||
        !_umk_gguf_get_boolean(gguf, KEY("remove_extra_whitespaces"), FALSE,
                               &model->remove_extra_whitespaces, error) ||
        !get_token(gguf, vocab, KEY("unknown_token_id"), &token, &unknown, error) ||
        !read_scores(gguf, vocab, model, error) || !read_charsmap(gguf, model, error))
        return NULL;
    model->unknown = unknown == G_MAXSIZE ? UMK_VOCAB_NONE : (guint32) unknown;
    if (!_umk_sp_model_build(model, &parts, error))
        return NULL;
    add_special(vocab, &parts);
    if (!set_frame(gguf, vocab, is_bpe, !is_bpe, &parts, error))
        return NULL;
    return _umk_tokenizer_new_from_parts(&parts, error);
}

UmkTokenizer *
_umk_tokenizer_new_from_gguf(const UmkGguf *gguf, GError **error)
{
    g_auto(UmkGgufVocab) vocab = {NULL, NULL};
    g_autofree char *model = NULL;

    if (!_umk_gguf_dup_string(gguf, KEY("model"), "", &model, error) ||
        !read_vocab(gguf, &vocab, error))
        return NULL;
    if (strcmp(model, "bert") == 0)
        return build_bert(gguf, &vocab, error);
    if (strcmp(model, "gpt2") == 0)
        return build_gpt2(gguf, &vocab, error);
    if (strcmp(model, "llama") == 0)
        return build_sentencepiece(gguf, &vocab, UMK_SP_BPE, error);
    if (strcmp(model, "t5") == 0)
        return build_sentencepiece(gguf, &vocab, UMK_SP_UNIGRAM, error);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("No tokenizer of GGUF files is called “%.60s”; there are: bert, gpt2, "
                  "llama, t5"),
                model);
    return NULL;
}
