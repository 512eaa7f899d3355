/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Precompiled normalizer of a tokenizer.json: a character map of SentencePiece,
 * applied as the tokenizers library does, which is not as SentencePiece does. It goes by
 * grapheme clusters; one of fewer than six bytes is replaced as a whole by what the
 * shortest key it begins with stands for, in any other each character is on its own. So
 * only clusters of fewer than six bytes have to be found exactly: no pair of flags, no
 * Hangul syllable of parts and no joined emoji is that short. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-charsmap-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#define SHORT_CLUSTER 6 /* bytes */

static gboolean
is_prepended(gunichar c)
{
    return (c >= 0x600 && c <= 0x605) || c == 0x6dd || c == 0x70f || c == 0x890 ||
           c == 0x891 || c == 0x8e2 || c == 0xd4e || c == 0x110bd || c == 0x110cd ||
           c == 0x111c2 || c == 0x111c3;
}

/* Spacing marks that do not join, of the Myanmar and Tai Tham scripts. */
static gboolean
is_apart(gunichar c)
{
    return c == 0x102b || c == 0x102c || c == 0x1038 || (c >= 0x1062 && c <= 0x1064) ||
           (c >= 0x1067 && c <= 0x106d) || c == 0x1083 || (c >= 0x1087 && c <= 0x108c) ||
           c == 0x108f || (c >= 0x109a && c <= 0x109c) || c == 0x1a61 || c == 0x1a63 ||
           c == 0x1a64 || c == 0xaa7b || c == 0xaa7d;
}

/* Joins what stands before it. */
static gboolean
is_joining(gunichar c)
{
    GUnicodeType type;

    if (c < 0x300)
        return FALSE;
    if (c == 0x200c || c == 0x200d || c == 0xff9e || c == 0xff9f || c == 0xe33 ||
        c == 0xeb3)
        return TRUE;
    type = g_unichar_type(c);
    return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_ENCLOSING_MARK ||
           (type == G_UNICODE_SPACING_MARK && !is_apart(c));
}

/* Stands alone. */
static gboolean
is_breaking(gunichar c)
{
    GUnicodeType type;

    if (c >= ' ' && c < 0x7f)
        return FALSE;
    if (c == 0x200c || c == 0x200d || is_prepended(c))
        return FALSE;
    type = g_unichar_type(c);
    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
           type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

/* Behind the cluster that begins at the place. */
static const char *
skip_cluster(const char *at, const char *end)
{
    gunichar c = _umk_char_next(&at);

    if (c == '\r' && at < end && *at == '\n')
        return at + 1;
    if (is_breaking(c))
        return at;
    while (at < end) {
        const char *next = at;

        if ((guint8) *at < 0x80 && !is_prepended(c))
            break;
        if (is_prepended(c) ? is_breaking(_umk_char_next(&next))
                            : !is_joining(_umk_char_next(&next)))
            break;
        c = _umk_char_next(&at);
    }
    return at;
}

static void
put_chars(const UmkCharsmap *self, const char *at, const char *end, GString *out)
{
    while (at < end) {
        const char *start = at, *found;
        gsize n;

        (void) _umk_char_next(&at);
        found = _umk_charsmap_match(self, start, (gsize) (at - start), FALSE, &n);
        if (found != NULL)
            g_string_append(out, found);
        else
            g_string_append_len(out, start, at - start);
    }
}

static void
precompiled_normalize(gconstpointer data, const char *text, gsize length, GString *out)
{
    const UmkCharsmap *self = data;
    const char *at = text, *end = text + length;

    while (at < end) {
        const char *start = at, *found = NULL;
        gsize n;

        at = skip_cluster(at, end);
        if (at - start < SHORT_CLUSTER)
            found = _umk_charsmap_match(self, start, (gsize) (at - start), FALSE, &n);
        if (found != NULL)
            g_string_append(out, found);
        else
            put_chars(self, start, at, out);
    }
}

static gpointer
precompiled_load(JsonObject *config, GError **error)
{
    const char *text = NULL;
    g_autofree guint8 *data = NULL;
    gsize length;

    if (!_umk_json_get_string(config, "precompiled_charsmap", text, &text, error))
        return NULL;
    if (text == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“precompiled_charsmap” is missing"));
        return NULL;
    }
    data = g_base64_decode(text, &length);
    return _umk_charsmap_new(data, length, error);
}

static void
precompiled_free(gpointer self)
{
    _umk_charsmap_free(self);
}

const UmkNormalizerOps _umk_precompiled_normalizer = {.type = "Precompiled",
                                                      .load = precompiled_load,
                                                      .free = precompiled_free,
                                                      .normalize = precompiled_normalize};
