/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The BERT normalizer in one pass: controls out and white space to blanks, blanks around
 * Chinese characters, accents off (canonical decomposition without the nonspacing marks),
 * lower case. In the order of the reference; ASCII goes a short way. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

typedef struct {
    gboolean clean_text, handle_chinese_chars, strip_accents, lowercase;
    char ascii[128]; /* what a character becomes; those with drop set vanish */
    gboolean drop[128];
} UmkBertNormalizer;

typedef struct {
    const UmkBertNormalizer *config;
    GString *out;
    GArray
        *marks; /* gunichar; kept marks that wait for canonical order, made on demand */
} UmkBertPass;

static gpointer
bert_load(JsonObject *config, GError **error)
{
    g_autofree UmkBertNormalizer *self = g_new0(UmkBertNormalizer, 1);

    self->clean_text = self->handle_chinese_chars = self->lowercase = TRUE;
    if (!_umk_json_get_boolean(config, "clean_text", self->clean_text, &self->clean_text,
                               error) ||
        !_umk_json_get_boolean(config, "handle_chinese_chars", self->handle_chinese_chars,
                               &self->handle_chinese_chars, error) ||
        !_umk_json_get_boolean(config, "lowercase", self->lowercase, &self->lowercase,
                               error))
        return NULL;
    self->strip_accents = self->lowercase;
    if (!_umk_json_get_boolean(config, "strip_accents", self->strip_accents,
                               &self->strip_accents, error))
        return NULL;
    for (guint c = 0; c < 128; c++) {
        gboolean is_blank = c == '\t' || c == '\n' || c == '\r';

        self->drop[c] = self->clean_text && !is_blank && g_ascii_iscntrl((char) c);
        self->ascii[c] = self->lowercase ? g_ascii_tolower((char) c) : (char) c;
        if (self->clean_text && is_blank)
            self->ascii[c] = ' ';
    }
    return g_steal_pointer(&self);
}

/* The reference writes 0x2b920 where the block begins at 0x2b820. */
static gboolean
is_chinese(gunichar c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) ||
           (c >= 0x20000 && c <= 0x2a6df) || (c >= 0x2a700 && c <= 0x2b73f) ||
           (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static void
put(UmkBertPass *pass, gunichar c)
{
    if (pass->config->lowercase)
        _umk_char_append_lower(c, pass->out);
    else
        g_string_append_unichar(pass->out, c);
}

static gint
compare_class(gconstpointer a, gconstpointer b)
{
    return g_unichar_combining_class(*(const gunichar *) a) -
           g_unichar_combining_class(*(const gunichar *) b);
}

static inline void
flush_marks(UmkBertPass *pass)
{
    if (G_LIKELY(pass->marks == NULL || pass->marks->len == 0))
        return;
    g_array_sort(pass->marks, compare_class); /* stable */
    for (guint i = 0; i < pass->marks->len; i++)
        put(pass, g_array_index(pass->marks, gunichar, i));
    g_array_set_size(pass->marks, 0);
}

/* Marks that stay (those which are not "nonspacing") are put in canonical order. */
static void
put_decomposed(UmkBertPass *pass, gunichar c)
{
    gunichar parts[G_UNICHAR_MAX_DECOMPOSITION_LENGTH];
    gsize n = g_unichar_fully_decompose(c, FALSE, parts, G_N_ELEMENTS(parts));

    for (gsize i = 0; i < n; i++) {
        gboolean is_mark = g_unichar_combining_class(parts[i]) != 0;

        if (!is_mark)
            flush_marks(pass);
        if (_umk_char_is_bert_mark(parts[i]))
            continue;
        if (is_mark) {
            if (pass->marks == NULL)
                pass->marks = g_array_new(FALSE, FALSE, sizeof(gunichar));
            g_array_append_val(pass->marks, parts[i]);
        } else {
            put(pass, parts[i]);
        }
    }
}

static void
put_wide(UmkBertPass *pass, gunichar c)
{
    const UmkBertNormalizer *config = pass->config;
    gboolean chinese = config->handle_chinese_chars && is_chinese(c);

    if (config->clean_text) {
        if (c == 0xfffd || _umk_char_is_bert_control(c))
            return;
        if (_umk_char_is_space(c))
            c = ' ';
    }
    if (chinese) {
        flush_marks(pass);
        g_string_append_c(pass->out, ' ');
    }
    if (config->strip_accents)
        put_decomposed(pass, c);
    else
        put(pass, c);
    if (chinese) {
        flush_marks(pass);
        g_string_append_c(pass->out, ' ');
    }
}

static void
bert_normalize(gconstpointer data, const char *text, gsize length, GString *out)
{
    const UmkBertNormalizer *self = data;
    UmkBertPass pass = {self, out, NULL};
    const char *at = text, *end = text + length;

    while (at < end) {
        guint8 byte = (guint8) *at;

        if (byte < 0x80) {
            at++;
            if (self->drop[byte])
                continue;
            flush_marks(&pass);
            g_string_append_c(out, self->ascii[byte]);
        } else {
            put_wide(&pass, _umk_char_next(&at));
        }
    }
    flush_marks(&pass);
    g_clear_pointer(&pass.marks, g_array_unref);
}

const UmkNormalizerOps _umk_bert_normalizer = {
    .type = "BertNormalizer",
    .load = bert_load,
    .free = g_free,
    .normalize = bert_normalize,
};
