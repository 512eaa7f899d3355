/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tokenizer of a GGUF file. "tokenizer.ggml.model" is "bert": WordPiece, whose pieces
 * the converters write the other way about: U+2581 stands before a piece that begins a
 * word, and nothing before one that continues it. The file does not say whether texts are
 * put in lower case: they are, unless a piece has a capital letter. */
#include "modalities/text/umk-gguf-model-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#include "modalities/text/umk-tokenizer-build-private.h"

#define WORD_MARK "\xe2\x96\x81"

static gboolean
is_special(const char *piece, gsize length)
{
    return length >= 2 && piece[0] == '[' && piece[length - 1] == ']';
}

static gboolean
has_capital(const char *piece, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (g_ascii_isupper(piece[i]))
            return TRUE;
    return FALSE;
}

/* The pieces as a vocab.txt. */
static GString *
make_vocab(const UmkGgufValue *tokens, gboolean *cased, GError **error)
{
    g_autoptr(GString) vocab = g_string_new(NULL);
    const guint8 *at = tokens->data;

    *cased = FALSE;
    for (gsize i = 0; i < tokens->n; i++) {
        gsize length;
        const char *piece = _umk_gguf_next_string(&at, &length);
        gsize n_mark = strlen(WORD_MARK);

        if (length > 0 && (memchr(piece, '\n', length) != NULL ||
                           memchr(piece, '\0', length) != NULL)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Token %zu of the GGUF file holds a line break or a NUL"), i);
            return NULL;
        }
        if (is_special(piece, length)) {
            g_string_append_len(vocab, piece, (gssize) length);
        } else {
            *cased = *cased || has_capital(piece, length);
            if (length >= n_mark && memcmp(piece, WORD_MARK, n_mark) == 0)
                g_string_append_len(vocab, piece + n_mark, (gssize) (length - n_mark));
            else
                g_string_append_len(g_string_append(vocab, "##"), piece, (gssize) length);
        }
        g_string_append_c(vocab, '\n');
    }
    return g_steal_pointer(&vocab);
}

static char *
dup_piece(const UmkGgufValue *tokens, gsize id)
{
    const guint8 *at = tokens->data;
    const char *piece = "";
    gsize length = 0;

    for (gsize i = 0; i <= id; i++)
        piece = _umk_gguf_next_string(&at, &length);
    return g_utf8_make_valid(piece, (gssize) length);
}

typedef struct {
    const char *member;  /* of tokenizer_config.json */
    const char *keys[3]; /* the first one that is there counts; NULL: no more */
    gsize fallback;      /* what llama.cpp takes where the file has none */
} Special;

static const Special specials[] = {
    {"cls_token", {"tokenizer.ggml.cls_token_id", "tokenizer.ggml.bos_token_id"}, 101},
    {"sep_token",
     {"tokenizer.ggml.seperator_token_id", "tokenizer.ggml.separator_token_id",
      "tokenizer.ggml.eos_token_id"},
     102},
    {"unk_token", {"tokenizer.ggml.unknown_token_id"}, 100},
    {"pad_token", {"tokenizer.ggml.padding_token_id"}, 0},
    {"mask_token", {"tokenizer.ggml.mask_token_id"}, 103},
};

static gboolean
set_special(const UmkGguf *gguf,
            const UmkGgufValue *tokens,
            const Special *special,
            JsonObject *config,
            GError **error)
{
    gsize id = special->fallback;
    g_autofree char *piece = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(special->keys) && special->keys[i] != NULL; i++) {
        if (_umk_gguf_find(gguf, special->keys[i]) == NULL)
            continue;
        if (!_umk_gguf_get_size(gguf, special->keys[i], 0, G_MAXUINT32, &id, error))
            return FALSE;
        if (id >= tokens->n) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” is %zu, but there are %zu tokens"), special->keys[i], id,
                        tokens->n);
            return FALSE;
        }
        break;
    }
    if (id >= tokens->n)
        return TRUE; /* the tokenizer's own names are looked for */
    piece = dup_piece(tokens, id);
    if (is_special(piece, strlen(piece)))
        json_object_set_string_member(config, special->member, piece);
    return TRUE;
}

static UmkTokenizer *
make_wordpiece(const UmkGguf *gguf, const UmkGgufValue *tokens, GError **error)
{
    g_autoptr(JsonObject) config = json_object_new();
    g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
    g_autoptr(GString) vocab = NULL;
    g_autofree char *text = NULL;
    gboolean cased;

    vocab = make_vocab(tokens, &cased, error);
    if (vocab == NULL)
        return NULL;
    json_object_set_boolean_member(config, "do_lower_case", !cased);
    for (gsize i = 0; i < G_N_ELEMENTS(specials); i++)
        if (!set_special(gguf, tokens, &specials[i], config, error))
            return NULL;
    json_node_set_object(node, config);
    text = json_to_string(node, FALSE);
    return _umk_tokenizer_new_from_vocab(vocab->str, vocab->len, text, strlen(text),
                                         error);
}

static const struct {
    const char *model;
    UmkTokenizer *(*make)(const UmkGguf *gguf,
                          const UmkGgufValue *tokens,
                          GError **error);
} kinds[] = {
    {"bert", make_wordpiece},
};

UmkTokenizer *
_umk_gguf_make_tokenizer(const UmkGguf *gguf, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    g_autofree char *model = NULL;
    const UmkGgufValue *tokens;

    if (!_umk_gguf_dup_string(gguf, "tokenizer.ggml.model", "", &model, error) ||
        !_umk_gguf_get_array(gguf, "tokenizer.ggml.tokens", UMK_GGUF_STRING, &tokens,
                             error))
        return NULL;
    if (tokens == NULL || tokens->n == 0 || tokens->n > UMK_TOKENIZER_MAX_VOCAB) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The GGUF file has %zu tokens, expected 1 to %u"),
                    tokens != NULL ? tokens->n : 0, UMK_TOKENIZER_MAX_VOCAB);
        return NULL;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(model, kinds[i].model) == 0)
            return kinds[i].make(gguf, tokens, error);
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", kinds[i].model);
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("“tokenizer.ggml.model” is “%.60s”; known ones are: %s"), model,
                known->str);
    return NULL;
}
