/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Added tokens, sorted by first byte and falling length, so that the first which fits is
 * the longest. Most texts hold no byte that any of them begins with. */
#include "modalities/text/umk-tokenizer-added-private.h"

#include "modalities/text/umk-tokenizer-chars-private.h"

#include <string.h>

struct _UmkAddedTokens {
    GArray *tokens;     /* UmkAddedToken */
    guint32 first[257]; /* tokens that begin with byte b: first[b] .. first[b + 1] */
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

static gint
compare_tokens(gconstpointer a, gconstpointer b)
{
    const UmkAddedToken *x = a, *y = b;
    guint8 first_x = (guint8) x->content[0], first_y = (guint8) y->content[0];

    if (first_x != first_y)
        return first_x < first_y ? -1 : 1;
    return x->length > y->length ? -1 : x->length < y->length;
}

void
_umk_added_tokens_seal(UmkAddedTokens *self)
{
    guint at = 0;

    g_array_sort(self->tokens, compare_tokens);
    for (guint byte = 0; byte < 257; byte++) {
        while (at < self->tokens->len && byte < 256 &&
               (guint8) g_array_index(self->tokens, UmkAddedToken, at).content[0] < byte)
            at++;
        self->first[byte] = byte < 256 ? at : self->tokens->len;
    }
}

static const UmkAddedToken *
match_at(const UmkAddedTokens *self, const char *at, gsize left)
{
    guint8 byte = (guint8) *at;

    for (guint32 i = self->first[byte]; i < self->first[byte + 1]; i++) {
        const UmkAddedToken *token = &g_array_index(self->tokens, UmkAddedToken, i);

        if (token->length <= left && memcmp(token->content, at, token->length) == 0)
            return token;
    }
    return NULL;
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

    while (at < end && self->tokens->len > 0) {
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
    }
    add_part(parts_out, text, rest, end, NULL);
}
