/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plain normalizers: Unicode forms, lower case, accents, ends, replacement, a prefix,
 * and the sequence of several. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-pattern-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

static gpointer
load_nothing(JsonObject *config, GError **error)
{
    return GINT_TO_POINTER(TRUE);
}

/* Unicode forms. Below quick_limit no character changes in any text. The time that GLib
 * takes grows with the square of the length, and it stops at NUL, so the text goes to it
 * in parts that end where no form can join what is on both sides. */

#define MIN_PART 128  /* bytes */
#define MAX_PART 1024 /* a run of marks is cut here all the same */

/* Begins something new in every form: not a mark, nor what becomes one, nor a part of a
 * Hangul syllable but its first. */
static gboolean
is_boundary(gunichar c)
{
    if (c < 0x300)
        return TRUE;
    if ((c >= 0x1160 && c <= 0x11ff) || (c >= 0x3131 && c <= 0x318e) ||
        (c >= 0xff9e && c <= 0xffdc))
        return FALSE;
    return !g_unichar_ismark(c) && g_unichar_combining_class(c) == 0;
}

static const char *
end_part(const char *at, const char *end)
{
    const char *begin = at;

    while (at < end && *at != '\0') {
        const char *next = at;
        gunichar c = _umk_char_next(&next);

        if (at - begin >= MAX_PART || (at - begin >= MIN_PART && is_boundary(c)))
            break;
        at = next;
    }
    return at;
}

static void
put_form(const char *text,
         gsize length,
         GNormalizeMode mode,
         gunichar quick_limit,
         GString *out)
{
    const char *at = text, *end = text + length;
    gboolean quick = TRUE;

    while (at < end && quick)
        quick = _umk_char_next(&at) < quick_limit;
    if (quick) {
        g_string_append_len(out, text, (gssize) length);
        return;
    }
    while (text < end) {
        const char *stop = end_part(text, end);
        g_autofree char *part = g_utf8_normalize(text, stop - text, mode);

        g_string_append(out, part != NULL ? part : "");
        if (stop < end && *stop == '\0') {
            g_string_append_c(out, '\0');
            stop++;
        }
        text = stop;
    }
}

static void
nfc_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    put_form(text, length, G_NORMALIZE_NFC, 0x300, out);
}

static void
nfd_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    put_form(text, length, G_NORMALIZE_NFD, 0xc0, out);
}

static void
nfkc_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    put_form(text, length, G_NORMALIZE_NFKC, 0xa0, out);
}

static void
nfkd_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    put_form(text, length, G_NORMALIZE_NFKD, 0xa0, out);
}

const UmkNormalizerOps _umk_nfc_normalizer = {
    .type = "NFC", .load = load_nothing, .normalize = nfc_normalize};
const UmkNormalizerOps _umk_nfd_normalizer = {
    .type = "NFD", .load = load_nothing, .normalize = nfd_normalize};
const UmkNormalizerOps _umk_nfkc_normalizer = {
    .type = "NFKC", .load = load_nothing, .normalize = nfkc_normalize};
const UmkNormalizerOps _umk_nfkd_normalizer = {
    .type = "NFKD", .load = load_nothing, .normalize = nfkd_normalize};

/* Lower case */

static void
lowercase_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    const char *at = text, *end = text + length;

    while (at < end) {
        gunichar c = _umk_char_next(&at);

        if (c < 128)
            g_string_append_c(out, g_ascii_tolower((char) c));
        else
            _umk_char_append_lower(c, out);
    }
}

const UmkNormalizerOps _umk_lowercase_normalizer = {
    .type = "Lowercase", .load = load_nothing, .normalize = lowercase_normalize};

/* What training of neural translation cleans: controls go, other blanks become one. */

static gboolean
is_nmt_removed(gunichar c)
{
    return (c >= 1 && c <= 8) || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f ||
           c == 0x8f || c == 0x9f;
}

static gboolean
is_nmt_blank(gunichar c)
{
    return c == 9 || c == 0xa || c == 0xc || c == 0xd || c == 0x1680 ||
           (c >= 0x200b && c <= 0x200f) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
           c == 0xfeff || c == 0xfffd;
}

static void
nmt_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    const char *at = text, *end = text + length;

    while (at < end) {
        const char *start = at;
        gunichar c = _umk_char_next(&at);

        if (is_nmt_removed(c))
            continue;
        if (is_nmt_blank(c))
            g_string_append_c(out, ' ');
        else
            g_string_append_len(out, start, at - start);
    }
}

const UmkNormalizerOps _umk_nmt_normalizer = {
    .type = "Nmt", .load = load_nothing, .normalize = nmt_normalize};

/* Accents: every mark, whatever it was attached to. */

static void
strip_accents_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    const char *at = text, *end = text + length;

    while (at < end) {
        const char *start = at;

        if (!g_unichar_ismark(_umk_char_next(&at)))
            g_string_append_len(out, start, at - start);
    }
}

const UmkNormalizerOps _umk_strip_accents_normalizer = {
    .type = "StripAccents", .load = load_nothing, .normalize = strip_accents_normalize};

/* White space off the ends */

typedef struct {
    gboolean left, right;
} UmkStrip;

static gpointer
strip_load(JsonObject *config, GError **error)
{
    g_autofree UmkStrip *self = g_new0(UmkStrip, 1);

    self->left = self->right = TRUE;
    if (!_umk_json_get_boolean(config, "strip_left", self->left, &self->left, error) ||
        !_umk_json_get_boolean(config, "strip_right", self->right, &self->right, error))
        return NULL;
    return g_steal_pointer(&self);
}

static void
strip_normalize(gconstpointer data, const char *text, gsize length, GString *out)
{
    const UmkStrip *self = data;
    const char *at = text, *end = text + length, *first = NULL, *last = text;

    while (at < end) {
        const char *start = at;

        if (_umk_char_is_space(_umk_char_next(&at)))
            continue;
        if (first == NULL)
            first = start;
        last = at;
    }
    if (first == NULL) /* all of it is white space */
        first = self->left ? end : text;
    if (!self->left)
        first = text;
    if (!self->right)
        last = end;
    if (last > first)
        g_string_append_len(out, first, last - first);
}

const UmkNormalizerOps _umk_strip_normalizer = {
    .type = "Strip", .load = strip_load, .free = g_free, .normalize = strip_normalize};

/* Replacement of every match */

typedef struct {
    UmkPattern *pattern;
    char *content;
} UmkReplace;

static void
replace_free(gpointer data)
{
    UmkReplace *self = data;

    g_clear_pointer(&self->pattern, _umk_pattern_free);
    g_free(self->content);
    g_free(self);
}

static gpointer
replace_load(JsonObject *config, GError **error)
{
    g_autoptr(UmkPattern) pattern = NULL;
    const char *content = "";
    UmkReplace *self;

    if (!_umk_json_get_string(config, "content", content, &content, error))
        return NULL;
    pattern = _umk_pattern_new(json_object_get_member(config, "pattern"), error);
    if (pattern == NULL)
        return NULL;
    self = g_new0(UmkReplace, 1);
    self->pattern = g_steal_pointer(&pattern);
    self->content = g_strdup(content);
    return self;
}

static void
replace_normalize(gconstpointer data, const char *text, gsize length, GString *out)
{
    const UmkReplace *self = data;
    gsize at = 0, from = 0, start, end;

    while (_umk_pattern_next_or_empty(self->pattern, text, length, from, &start, &end)) {
        const char *next = text + end;

        /* No empty match where the one before ended. */
        if (end > start || start > at || at == 0) {
            g_string_append_len(out, text + at, (gssize) (start - at));
            g_string_append(out, self->content);
            at = end;
        }
        if (end == start && end == length)
            break;
        if (end == start)
            (void) _umk_char_next(&next);
        from = (gsize) (next - text);
    }
    g_string_append_len(out, text + at, (gssize) (length - at));
}

const UmkNormalizerOps _umk_replace_normalizer = {.type = "Replace",
                                                  .load = replace_load,
                                                  .free = replace_free,
                                                  .normalize = replace_normalize};

/* A prefix */

static gpointer
prepend_load(JsonObject *config, GError **error)
{
    const char *prefix = "";

    if (!_umk_json_get_string(config, "prepend", prefix, &prefix, error))
        return NULL;
    return g_strdup(prefix);
}

static void
prepend_normalize(gconstpointer self, const char *text, gsize length, GString *out)
{
    if (length > 0)
        g_string_append(out, self);
    g_string_append_len(out, text, (gssize) length);
}

const UmkNormalizerOps _umk_prepend_normalizer = {.type = "Prepend",
                                                  .load = prepend_load,
                                                  .free = g_free,
                                                  .normalize = prepend_normalize};

/* Several, one after the other */

static void
sequence_free(gpointer self)
{
    g_array_unref(self);
}

static gpointer
sequence_load(JsonObject *config, GError **error)
{
    g_autoptr(GArray) self = g_array_new(FALSE, FALSE, sizeof(UmkNormalizer));
    JsonArray *parts = NULL;

    g_array_set_clear_func(self, (GDestroyNotify) _umk_normalizer_clear);
    if (!_umk_json_get_array(config, "normalizers", &parts, error))
        return NULL;
    for (guint i = 0; parts != NULL && i < json_array_get_length(parts); i++) {
        JsonNode *node = json_array_get_element(parts, i);
        UmkNormalizer part = {NULL, NULL};

        if (!JSON_NODE_HOLDS_OBJECT(node)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Part %u is not an object"), i);
            return NULL;
        }
        if (!_umk_normalizer_load(&part, json_node_get_object(node), error))
            return NULL;
        g_array_append_val(self, part);
    }
    return g_steal_pointer(&self);
}

void
_umk_normalizer_join(UmkNormalizer *self, const UmkNormalizer *parts, guint n_parts)
{
    GArray *sequence = g_array_new(FALSE, FALSE, sizeof(UmkNormalizer));

    g_array_set_clear_func(sequence, (GDestroyNotify) _umk_normalizer_clear);
    g_array_append_vals(sequence, parts, n_parts);
    *self = (UmkNormalizer){&_umk_sequence_normalizer, sequence};
}

static void
sequence_normalize(gconstpointer data, const char *text, gsize length, GString *out)
{
    const GArray *self = data;
    g_autoptr(GString) a = g_string_sized_new(length + 16);
    g_autoptr(GString) b = g_string_sized_new(length + 16);

    g_string_append_len(a, text, (gssize) length);
    for (guint i = 0; i < self->len; i++) {
        const UmkNormalizer *part = &g_array_index(self, UmkNormalizer, i);
        GString *swap = a;

        g_string_truncate(b, 0);
        part->ops->normalize(part->self, a->str, a->len, b);
        a = b;
        b = swap;
    }
    g_string_append_len(out, a->str, (gssize) a->len);
}

const UmkNormalizerOps _umk_sequence_normalizer = {.type = "Sequence",
                                                   .load = sequence_load,
                                                   .free = sequence_free,
                                                   .normalize = sequence_normalize};
