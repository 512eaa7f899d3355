/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The byte-level pre-tokenizer of GPT-2: words by its pattern, and every byte written as
 * a character that can be seen, so that any text has pieces. Bytes that can be seen in
 * Latin-1 are themselves, the others follow from U+0100 on in their order. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-pattern-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

typedef struct {
    struct {
        char bytes[2];
        guint8 length;
    } of[256];
} UmkByteLetters;

typedef struct {
    gboolean add_prefix_space;
    UmkPattern *pattern; /* NULL: not to be cut */
    UmkByteLetters letters;
} UmkByteLevel;

static gboolean
is_visible(guint byte)
{
    return (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

static void
letters_init(UmkByteLetters *self)
{
    gunichar next = 0x100;

    for (guint byte = 0; byte < 256; byte++) {
        gunichar letter = is_visible(byte) ? byte : next++;
        char utf8[6];

        self->of[byte].length = (guint8) g_unichar_to_utf8(letter, utf8);
        self->of[byte].bytes[0] = utf8[0];
        self->of[byte].bytes[1] = utf8[1];
    }
}

static void
letters_put(const UmkByteLetters *self, const char *text, gsize length, GString *out)
{
    for (gsize i = 0; i < length; i++) {
        guint8 byte = (guint8) text[i];

        if (self->of[byte].length == 1)
            g_string_append_c(out, self->of[byte].bytes[0]);
        else
            g_string_append_len(out, self->of[byte].bytes, 2);
    }
}

static void
byte_level_free(gpointer data)
{
    UmkByteLevel *self = data;

    g_clear_pointer(&self->pattern, _umk_pattern_free);
    g_free(self);
}

static gpointer
byte_level_load(JsonObject *config, GError **error)
{
    gboolean add_prefix_space = TRUE, use_regex = TRUE;
    UmkByteLevel *self;

    if (!_umk_json_get_boolean(config, "add_prefix_space", add_prefix_space,
                               &add_prefix_space, error) ||
        !_umk_json_get_boolean(config, "use_regex", use_regex, &use_regex, error))
        return NULL;
    self = g_new0(UmkByteLevel, 1);
    self->add_prefix_space = add_prefix_space;
    if (use_regex)
        self->pattern = _umk_pattern_new_from_regex(UMK_PATTERN_GPT2, NULL);
    letters_init(&self->letters);
    return self;
}

static void
add_word(const UmkByteLevel *self, const char *word, gsize length, UmkTokenizerWords *out)
{
    if (length == 0)
        return;
    letters_put(&self->letters, word, length, out->bytes);
    g_array_append_val(out->ends, out->bytes->len);
}

static void
byte_level_split(gconstpointer data,
                 const char *text,
                 gsize length,
                 UmkTokenizerWords *out)
{
    const UmkByteLevel *self = data;
    g_autoptr(GString) prefixed = NULL;
    gsize at = 0, start, end;

    if (self->add_prefix_space && length > 0 && *text != ' ') {
        prefixed = g_string_sized_new(length + 2);
        g_string_append_c(prefixed, ' ');
        g_string_append_len(prefixed, text, (gssize) length);
        text = prefixed->str;
        length = prefixed->len;
    }
    while (self->pattern != NULL &&
           _umk_pattern_next(self->pattern, text, length, at, &start, &end)) {
        add_word(self, text + at, start - at, out);
        add_word(self, text + start, end - start, out);
        at = end;
    }
    add_word(self, text + at, length - at, out);
}

const UmkPreTokenizerOps _umk_byte_level_pre_tokenizer = {.type = "ByteLevel",
                                                          .load = byte_level_load,
                                                          .free = byte_level_free,
                                                          .split = byte_level_split};

/* The same writing as a normalizer, which cuts nothing. */

static gpointer
letters_load(JsonObject *config, GError **error)
{
    UmkByteLetters *self = g_new0(UmkByteLetters, 1);

    letters_init(self);
    return self;
}

static void
letters_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    letters_put(self, text, length, out);
}

const UmkNormalizerOps _umk_byte_level_normalizer = {.type = "ByteLevel",
                                                     .load = letters_load,
                                                     .free = g_free,
                                                     .normalize = letters_normalize};
