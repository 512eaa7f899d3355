/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The normalizer of SentencePiece: replaces by the longest keys of the character map,
 * leaves pieces that users defined as they are, joins runs of blanks, puts one in front
 * and writes blanks as U+2581. */
#include "modalities/text/umk-charsmap-private.h"
#include "modalities/text/umk-sp-model-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-trie-private.h"

#include <string.h>

typedef struct {
    UmkCharsmap *map; /* or NULL */
    UmkTrie *kept;    /* pieces that users defined; NULL: none */
    gboolean add_dummy_prefix, remove_extra_whitespaces, whitespace_as_suffix;
    const char *space;
    gsize n_space;
} UmkSpNormalizer;

static void
sp_free(gpointer data)
{
    UmkSpNormalizer *self = data;

    _umk_charsmap_free(self->map);
    _umk_trie_free(self->kept);
    g_free(self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkSpNormalizer, sp_free)

static gboolean
keep_pieces(UmkSpNormalizer *self, const UmkSpModel *model, GError **error)
{
    g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(UmkTrieKey));

    for (gsize i = 0; i < model->n_pieces; i++) {
        const UmkPieceSpec *piece = &model->pieces[i];
        UmkTrieKey key = {piece->bytes, piece->length, 0};

        if (piece->kind == UMK_PIECE_USER_DEFINED)
            g_array_append_val(keys, key);
    }
    if (keys->len == 0)
        return TRUE;
    self->kept = _umk_trie_new((UmkTrieKey *) (gpointer) keys->data, keys->len, error);
    return self->kept != NULL;
}

gboolean
_umk_sp_normalizer_new(const UmkSpModel *model, UmkNormalizer *normalizer, GError **error)
{
    g_autoptr(UmkSpNormalizer) self = g_new0(UmkSpNormalizer, 1);

    self->add_dummy_prefix = model->add_dummy_prefix;
    self->remove_extra_whitespaces = model->remove_extra_whitespaces;
    self->whitespace_as_suffix = model->whitespace_as_suffix;
    self->space = model->escape_whitespaces ? UMK_SP_SPACE : " ";
    self->n_space = strlen(self->space);
    if (model->charsmap != NULL) {
        self->map = _umk_charsmap_new(model->charsmap, model->n_charsmap, error);
        if (self->map == NULL)
            return FALSE;
    }
    if (!keep_pieces(self, model, error))
        return FALSE;
    normalizer->ops = &_umk_sp_normalizer;
    normalizer->self = g_steal_pointer(&self);
    return TRUE;
}

/* What the beginning of the text becomes; moves on behind it. */
static const char *
next_part(const UmkSpNormalizer *self, const char **at, const char *end, gsize *n)
{
    const char *start = *at, *found;
    gsize left = (gsize) (end - start), length;

    if (self->kept != NULL &&
        _umk_trie_match(self->kept, start, left, &length) != UMK_TRIE_NONE) {
        *at += length;
        *n = length;
        return start;
    }
    found = self->map != NULL ? _umk_charsmap_match(self->map, start, left, TRUE, &length)
                              : NULL;
    if (found != NULL) {
        *at += length;
        *n = strlen(found);
        return found;
    }
    (void) _umk_char_next(at);
    *n = (gsize) (*at - start);
    return start;
}

static void
put_part(const UmkSpNormalizer *self, const char *part, gsize n, GString *out)
{
    for (gsize i = 0; i < n; i++) {
        if (part[i] == ' ')
            g_string_append_len(out, self->space, (gssize) self->n_space);
        else
            g_string_append_c(out, part[i]);
    }
}

static gboolean
ends_with_space(const UmkSpNormalizer *self, const GString *out, gsize begin)
{
    return out->len >= begin + self->n_space &&
           memcmp(out->str + out->len - self->n_space, self->space, self->n_space) == 0;
}

static void
sp_normalize(gconstpointer data, const char *text, gsize length, GString *out)
{
    const UmkSpNormalizer *self = data;
    const char *at = text, *end = text + length;
    gboolean after_space = self->remove_extra_whitespaces;
    gsize begin = out->len, n;

    /* Blanks in front go before it is known whether anything is left. */
    while (self->remove_extra_whitespaces && at < end) {
        const char *next = at;
        const char *part = next_part(self, &next, end, &n);

        if (n != 1 || *part != ' ')
            break;
        at = next;
    }
    if (at == end)
        return;
    if (self->add_dummy_prefix && !self->whitespace_as_suffix)
        g_string_append_len(out, self->space, (gssize) self->n_space);
    while (at < end) {
        const char *part = next_part(self, &at, end, &n);

        while (after_space && n > 0 && *part == ' ') {
            part++;
            n--;
        }
        put_part(self, part, n, out);
        if (n > 0)
            after_space = part[n - 1] == ' ' && self->remove_extra_whitespaces;
        else if (!self->remove_extra_whitespaces)
            after_space = FALSE;
    }
    while (self->remove_extra_whitespaces && ends_with_space(self, out, begin))
        g_string_truncate(out, out->len - self->n_space);
    if (self->add_dummy_prefix && self->whitespace_as_suffix)
        g_string_append_len(out, self->space, (gssize) self->n_space);
}

const UmkNormalizerOps _umk_sp_normalizer = {
    .type = "SentencePiece", .free = sp_free, .normalize = sp_normalize};
