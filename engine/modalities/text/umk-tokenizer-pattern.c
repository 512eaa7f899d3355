/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Patterns. A scanner gets the bytes from where it may match to the end of the text and
 * says where the first match begins and ends; each follows the alternatives of its
 * expression in their order, as a backtracking engine tries them. */
#include "modalities/text/umk-tokenizer-pattern-private.h"

#include "modalities/text/umk-ruby-regex-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef gboolean (*UmkScanFunc)(const char *at,
                                const char *end,
                                const char **match_start,
                                const char **match_end);

struct _UmkPattern {
    UmkScanFunc scan;
    char *literal;
    gsize literal_length;
    GRegex *regex;
};

static inline UmkCharClass
class_at(const char *at)
{
    return _umk_char_classify(_umk_char_next(&at));
}

/* Behind the run of one class, at most n_max characters. */
static inline const char *
skip_class(const char *at, const char *end, UmkCharClass class, gsize n_max)
{
    while (at < end && n_max-- > 0) {
        const char *next = at;

        if (_umk_char_classify(_umk_char_next(&next)) != class)
            break;
        at = next;
    }
    return at;
}

/* 's 't 're 've 'm 'll 'd at the apostrophe; 0 if there is none of them. With fold also
 * in capitals, and the long s, which folds to s. */
static gsize
match_contraction(const char *at, const char *end, gboolean fold)
{
    gsize left = (gsize) (end - at);
    char a, b;

    if (left < 2 || *at != '\'')
        return 0;
    if (fold && left >= 3 && memcmp(at + 1, "\xc5\xbf", 2) == 0)
        return 3;
    a = fold ? g_ascii_tolower(at[1]) : at[1];
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return 2;
    if (left < 3)
        return 0;
    b = fold ? g_ascii_tolower(at[2]) : at[2];
    return ((a == 'r' || a == 'v') && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}

/* \s+(?!\S)|\s+ : leaves the last blank to what follows, if there is more than one. */
static const char *
match_blanks(const char *at, const char *end)
{
    const char *last = at, *next = at;

    while (next < end && class_at(next) == UMK_CHAR_SPACE) {
        last = next;
        (void) _umk_char_next(&next);
    }
    return next == end || last == at ? next : last;
}

static gboolean
scan_gpt2(const char *at,
          const char *end,
          const char **match_start,
          const char **match_end)
{
    gsize n = match_contraction(at, end, FALSE);
    const char *word = *at == ' ' && at + 1 < end ? at + 1 : at;
    UmkCharClass class = class_at(word);

    *match_start = at;
    if (n > 0)
        *match_end = at + n;
    else if (class == UMK_CHAR_SPACE)
        *match_end = match_blanks(at, end);
    else
        *match_end = skip_class(word, end, class, G_MAXSIZE);
    return TRUE;
}

/* [\r\n]* behind the last newline of the white space that begins at the place:
 * \s*[\r\n]+. NULL if it holds none. */
static const char *
match_newlines(const char *at, const char *end)
{
    const char *found = NULL;

    while (at < end && class_at(at) == UMK_CHAR_SPACE) {
        gunichar c = _umk_char_next(&at);

        if (c == '\r' || c == '\n')
            found = at;
    }
    return found;
}

/* The pattern of Llama 3 and Qwen, which differ in the digits of a number. */
static const char *
match_llama3(const char *at, const char *end, gsize n_digits)
{
    gsize n = match_contraction(at, end, TRUE);
    UmkCharClass class = class_at(at);
    const char *second = at, *word, *newlines;
    gboolean is_newline = *at == '\r' || *at == '\n';

    (void) _umk_char_next(&second);
    if (n > 0)
        return at + n;
    if (class == UMK_CHAR_LETTER)
        return skip_class(at, end, class, G_MAXSIZE);
    if (class == UMK_CHAR_NUMBER)
        return skip_class(at, end, class, n_digits);
    if (!is_newline && second < end && class_at(second) == UMK_CHAR_LETTER)
        return skip_class(second, end, UMK_CHAR_LETTER, G_MAXSIZE);
    word = *at == ' ' && second < end ? second : at;
    if (class_at(word) == UMK_CHAR_OTHER) {
        word = skip_class(word, end, UMK_CHAR_OTHER, G_MAXSIZE);
        while (word < end && (*word == '\r' || *word == '\n'))
            word++;
        return word;
    }
    newlines = match_newlines(at, end);
    return newlines != NULL ? newlines : match_blanks(at, end);
}

static gboolean
scan_llama3(const char *at,
            const char *end,
            const char **match_start,
            const char **match_end)
{
    *match_start = at;
    *match_end = match_llama3(at, end, 3);
    return TRUE;
}

static gboolean
scan_qwen(const char *at,
          const char *end,
          const char **match_start,
          const char **match_end)
{
    *match_start = at;
    *match_end = match_llama3(at, end, 1);
    return TRUE;
}

static gboolean
scan_clip(const char *at,
          const char *end,
          const char **match_start,
          const char **match_end)
{
    UmkCharClass class;
    gsize n;

    at = skip_class(at, end, UMK_CHAR_SPACE, G_MAXSIZE);
    if (at == end)
        return FALSE;
    *match_start = at;
    class = class_at(at);
    n = match_contraction(at, end, FALSE);
    if (n > 0)
        *match_end = at + n;
    else
        *match_end = skip_class(at, end, class, class == UMK_CHAR_NUMBER ? 1 : G_MAXSIZE);
    return TRUE;
}

static gboolean
scan_blanks(const char *at,
            const char *end,
            const char **match_start,
            const char **match_end)
{
    while (at < end && class_at(at) != UMK_CHAR_SPACE)
        (void) _umk_char_next(&at);
    *match_start = at;
    *match_end = skip_class(at, end, UMK_CHAR_SPACE, G_MAXSIZE);
    return *match_end > at;
}

#define LLAMA3(digits)                                                                   \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits                 \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"

static const struct {
    const char *regex;
    UmkScanFunc scan;
} known[] = {
    {UMK_PATTERN_GPT2, scan_gpt2},
    {LLAMA3("\\p{N}{1,3}"), scan_llama3},
    {LLAMA3("\\p{N}"), scan_qwen},
    {"'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+", scan_clip},
    {"\\s+", scan_blanks},
};

UmkPattern *
_umk_pattern_new_from_regex(const char *regex, GError **error)
{
    g_autoptr(UmkPattern) self = g_new0(UmkPattern, 1);
    g_autoptr(GError) trouble = NULL;
    g_autofree char *translated = NULL, *with_properties = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (strcmp(regex, known[i].regex) == 0) {
            self->scan = known[i].scan;
            return g_steal_pointer(&self);
        }
    }
    translated = _umk_ruby_regex_translate(regex, error);
    if (translated == NULL)
        return NULL;
    with_properties = g_strconcat("(*UCP)", translated, NULL);
    /* As the Ruby syntax of Oniguruma has it: ^ and $ at every line, \n ends one. */
    self->regex = g_regex_new(with_properties,
                              G_REGEX_OPTIMIZE | G_REGEX_MULTILINE | G_REGEX_NEWLINE_LF,
                              0, &trouble);
    if (self->regex == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The regular expression “%.200s” is not understood: %s"), regex,
                    trouble->message);
        return NULL;
    }
    return g_steal_pointer(&self);
}

static UmkPattern *
new_from_string(const char *string, GError **error)
{
    UmkPattern *self;

    if (*string == '\0') {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("The pattern is empty"));
        return NULL;
    }
    self = g_new0(UmkPattern, 1);
    self->literal = g_strdup(string);
    self->literal_length = strlen(string);
    return self;
}

static const char *
get_string(JsonNode *node)
{
    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node)
                                                       : NULL;
}

UmkPattern *
_umk_pattern_new(JsonNode *config, GError **error)
{
    const char *string = config != NULL ? get_string(config) : NULL;
    const char *regex = NULL;

    if (config != NULL && JSON_NODE_HOLDS_OBJECT(config)) {
        JsonObject *object = json_node_get_object(config);

        string = get_string(json_object_get_member(object, "String"));
        regex = get_string(json_object_get_member(object, "Regex"));
    }
    if (regex != NULL)
        return _umk_pattern_new_from_regex(regex, error);
    if (string != NULL)
        return new_from_string(string, error);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("“pattern” must hold a String or a Regex"));
    return NULL;
}

void
_umk_pattern_free(UmkPattern *self)
{
    if (self == NULL)
        return;
    g_free(self->literal);
    g_clear_pointer(&self->regex, g_regex_unref);
    g_free(self);
}

static gboolean
next_of_regex(const UmkPattern *self,
              const char *text,
              gsize length,
              gsize from,
              gboolean or_empty,
              gsize *match_start,
              gsize *match_end)
{
    g_autoptr(GMatchInfo) info = NULL;
    int start, end;

    /* A match that takes too many steps ends as none. */
    if (!g_regex_match_full(self->regex, text, (gssize) length, (int) from, 0, &info,
                            NULL))
        return FALSE;
    do {
        if (g_match_info_fetch_pos(info, 0, &start, &end) && (or_empty || end > start)) {
            *match_start = (gsize) start;
            *match_end = (gsize) end;
            return TRUE;
        }
    } while (g_match_info_next(info, NULL));
    return FALSE;
}

gboolean
_umk_pattern_next(const UmkPattern *self,
                  const char *text,
                  gsize length,
                  gsize from,
                  gsize *match_start,
                  gsize *match_end)
{
    const char *start, *end;

    if (from >= length)
        return FALSE;
    if (self->regex != NULL)
        return next_of_regex(self, text, length, from, FALSE, match_start, match_end);
    if (self->literal != NULL) {
        start = memmem(text + from, length - from, self->literal, self->literal_length);
        if (start == NULL)
            return FALSE;
        end = start + self->literal_length;
    } else if (!self->scan(text + from, text + length, &start, &end)) {
        return FALSE;
    }
    *match_start = (gsize) (start - text);
    *match_end = (gsize) (end - text);
    return TRUE;
}

gboolean
_umk_pattern_next_or_empty(const UmkPattern *self,
                           const char *text,
                           gsize length,
                           gsize from,
                           gsize *match_start,
                           gsize *match_end)
{
    if (self->regex == NULL || from > length)
        return _umk_pattern_next(self, text, length, from, match_start, match_end);
    return next_of_regex(self, text, length, from, TRUE, match_start, match_end);
}
