/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Added tokens in a trie. Most texts hold no byte that any of them begins with. */
#include "modalities/text/umk-tokenizer-added-private.h"

#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-trie-private.h"

#include <string.h>

struct _UmkAddedTokens {
    GArray *tokens; /* UmkAddedToken */
    UmkTrie *trie;  /* places in tokens; NULL: there are none */
};

static void
clear_token(gpointer data)
{
    g_free(((UmkAddedToken *) data)->content);
}

UmkAddedTokens *
_umk_added_tokens_new(void)
{
    UmkAddedTokens *self = g_new0(UmkAddedTokens, 1);

    self->tokens = g_array_new(FALSE, FALSE, sizeof(UmkAddedToken));
    g_array_set_clear_func(self->tokens, clear_token);
    return self;
}

void
_umk_added_tokens_free(UmkAddedTokens *self)
{
    if (self == NULL)
        return;
    g_array_unref(self->tokens);
    _umk_trie_free(self->trie);
    g_free(self);
}

void
_umk_added_tokens_add(UmkAddedTokens *self, const UmkAddedToken *token)
{
    UmkAddedToken copy = *token;

    if (token->length == 0)
        return;
    copy.content = g_memdup2(token->content, token->length);
    g_array_append_val(self->tokens, copy);
}

gboolean
_umk_added_tokens_seal(UmkAddedTokens *self, GError **error)
{
    g_autofree UmkTrieKey *keys = g_new(UmkTrieKey, self->tokens->len + 1);

    if (self->tokens->len == 0)
        return TRUE;
    for (guint i = 0; i < self->tokens->len; i++) {
        const UmkAddedToken *token = &g_array_index(self->tokens, UmkAddedToken, i);

        keys[i] = (UmkTrieKey){token->content, token->length, i};
    }
    self->trie = _umk_trie_new(keys, self->tokens->len, error);
    return self->trie != NULL;
}

static const UmkAddedToken *
match_at(const UmkAddedTokens *self, const char *at, gsize left)
{
    gsize length;
    guint32 i = _umk_trie_match(self->trie, at, left, &length);

    return i != UMK_TRIE_NONE ? &g_array_index(self->tokens, UmkAddedToken, i) : NULL;
}

static const char *
char_before(const char *text, const char *at)
{
    do
        at--;
    while (at > text && (*at & 0xc0) == 0x80);
    return at;
}

static gboolean
is_alone(const char *text, const char *start, const char *stop, const char *end)
{
    const char *before = start > text ? char_before(text, start) : NULL;

    if (before != NULL && _umk_char_is_word(_umk_char_next(&before)))
        return FALSE;
    return stop == end || !_umk_char_is_word(_umk_char_next(&stop));
}

static void
add_part(GArray *parts,
         const char *text,
         const char *start,
         const char *stop,
         const UmkAddedToken *token)
{
    UmkAddedPart part = {(gsize) (start - text), (gsize) (stop - text), token != NULL,
                         token != NULL ? token->id : 0};

    if (token != NULL || stop > start)
        g_array_append_val(parts, part);
}

void
_umk_added_tokens_cut(const UmkAddedTokens *self,
                      const char *text,
                      gsize length,
                      GArray *parts_out)
{
    const char *end = text + length, *at = text, *rest = text;

    while (at < end && self->trie != NULL) {
        const UmkAddedToken *token = match_at(self, at, (gsize) (end - at));
        const char *start = at, *stop;

        if (token == NULL) {
            at++;
            continue;
        }
        at = stop = start + token->length;
        if (token->single_word && !is_alone(text, start, stop, end))
            continue;
        while (token->strip_left && start > rest) {
            const char *before = char_before(text, start), *next = before;

            if (before < rest || !_umk_char_is_space(_umk_char_next(&next)))
                break;
            start = before;
        }
        while (token->strip_right && stop < end) {
            const char *next = stop;

            if (!_umk_char_is_space(_umk_char_next(&next)))
                break;
            stop = next;
        }
        start = MAX(start, rest);
        add_part(parts_out, text, rest, start, NULL);
        add_part(parts_out, text, start, stop, token);
        rest = MAX(rest, stop);
        at = MAX(at, stop); /* nothing is looked for in what was taken along */
    }
    add_part(parts_out, text, rest, end, NULL);
}
