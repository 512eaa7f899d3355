/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pre-tokenizers that only cut: by white space, punctuation, digits, a pattern, and
 * the sequence of several. */
#include "io/umk-json-private.h"
#include "modalities/text/umk-tokenizer-chars-private.h"
#include "modalities/text/umk-tokenizer-pattern-private.h"
#include "modalities/text/umk-tokenizer-stages-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

static gpointer
load_nothing(JsonObject *config, GError **error)
{
    return GINT_TO_POINTER(TRUE);
}

/* BERT: white space goes, each punctuation mark stands alone. */

static void
bert_split(gconstpointer self, const char *text, gsize length, UmkTokenizerWords *out)
{
    const char *at = text, *end = text + length, *word = text;

    while (at < end) {
        const char *start = at;
        gunichar c = _umk_char_next(&at);
        UmkCharClass class = _umk_char_classify(c);
        gboolean is_punctuation =
            class == UMK_CHAR_OTHER && _umk_char_is_bert_punctuation(c);

        if (class != UMK_CHAR_SPACE && !is_punctuation)
            continue;
        _umk_tokenizer_words_add(out, word, (gsize) (start - word));
        if (is_punctuation)
            _umk_tokenizer_words_add(out, start, (gsize) (at - start));
        word = at;
    }
    _umk_tokenizer_words_add(out, word, (gsize) (end - word));
}

const UmkPreTokenizerOps _umk_bert_pre_tokenizer = {
    .type = "BertPreTokenizer", .load = load_nothing, .split = bert_split};

/* White space only */

static void
whitespace_split(gconstpointer self,
                 const char *text,
                 gsize length,
                 UmkTokenizerWords *out)
{
    const char *at = text, *end = text + length, *word = text;

    while (at < end) {
        const char *start = at;

        if (!_umk_char_is_space(_umk_char_next(&at)))
            continue;
        _umk_tokenizer_words_add(out, word, (gsize) (start - word));
        word = at;
    }
    _umk_tokenizer_words_add(out, word, (gsize) (end - word));
}

const UmkPreTokenizerOps _umk_whitespace_split_pre_tokenizer = {
    .type = "WhitespaceSplit", .load = load_nothing, .split = whitespace_split};

/* Runs of \w+ and of [^\w\s]+ */

static void
word_runs(gconstpointer self, const char *text, gsize length, UmkTokenizerWords *out)
{
    const char *at = text, *end = text + length, *word = text;
    guint kind = 0;

    while (at < end) {
        const char *start = at;
        gunichar c = _umk_char_next(&at);
        guint now = _umk_char_is_space(c) ? 0 : _umk_char_is_word(c) ? 1 : 2;

        if (now != kind) {
            if (kind != 0)
                _umk_tokenizer_words_add(out, word, (gsize) (start - word));
            word = start;
            kind = now;
        }
    }
    if (kind != 0)
        _umk_tokenizer_words_add(out, word, (gsize) (end - word));
}

const UmkPreTokenizerOps _umk_whitespace_pre_tokenizer = {
    .type = "Whitespace", .load = load_nothing, .split = word_runs};

/* What becomes of a match. Removed: it goes. Isolated: it is a word. Merged: it is part
 * of the word before or behind. Contiguous: matches side by side are one word. */
typedef enum {
    UMK_SPLIT_REMOVED,
    UMK_SPLIT_ISOLATED,
    UMK_SPLIT_MERGED_WITH_PREVIOUS,
    UMK_SPLIT_MERGED_WITH_NEXT,
    UMK_SPLIT_CONTIGUOUS
} UmkSplitBehavior;

static const char *const behaviors[] = {"Removed", "Isolated", "MergedWithPrevious",
                                        "MergedWithNext", "Contiguous"};

static gboolean
load_behavior(JsonObject *config, UmkSplitBehavior *behavior, GError **error)
{
    const char *name = behaviors[*behavior];

    if (!_umk_json_get_string(config, "behavior", name, &name, error))
        return FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(behaviors); i++) {
        if (g_strcmp0(name, behaviors[i]) == 0) {
            *behavior = (UmkSplitBehavior) i;
            return TRUE;
        }
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("No behavior is called “%.60s”"), name);
    return FALSE;
}

/* Takes the parts of a text from left to right and joins them as the behavior says. */
typedef struct {
    UmkSplitBehavior behavior;
    UmkTokenizerWords *out;
    const char *word; /* parts not yet given out; NULL for none */
    const char *word_end;
    gboolean was_match;
} UmkJoiner;

static void
joiner_flush(UmkJoiner *self)
{
    if (self->word != NULL)
        _umk_tokenizer_words_add(self->out, self->word,
                                 (gsize) (self->word_end - self->word));
    self->word = NULL;
}

static void
joiner_take(UmkJoiner *self, const char *part, const char *part_end, gboolean is_match)
{
    gboolean joins = FALSE;

    if (part == part_end)
        return;
    if (self->behavior == UMK_SPLIT_REMOVED && is_match)
        return;
    if (self->word != NULL) {
        if (self->behavior == UMK_SPLIT_CONTIGUOUS)
            joins = is_match == self->was_match;
        else if (self->behavior == UMK_SPLIT_MERGED_WITH_PREVIOUS)
            joins = is_match && !self->was_match;
        else if (self->behavior == UMK_SPLIT_MERGED_WITH_NEXT)
            joins = self->was_match && !is_match;
    }
    if (!joins) {
        joiner_flush(self);
        self->word = part;
    }
    self->word_end = part_end;
    self->was_match = is_match;
}

/* Split */

typedef struct {
    UmkPattern *pattern;
    UmkSplitBehavior behavior;
    gboolean invert;
} UmkSplit;

static void
split_free(gpointer data)
{
    UmkSplit *self = data;

    g_clear_pointer(&self->pattern, _umk_pattern_free);
    g_free(self);
}

static gpointer
split_load(JsonObject *config, GError **error)
{
    UmkSplit loaded = {NULL, UMK_SPLIT_ISOLATED, FALSE};

    if (!_umk_json_get_boolean(config, "invert", loaded.invert, &loaded.invert, error) ||
        !load_behavior(config, &loaded.behavior, error))
        return NULL;
    loaded.pattern = _umk_pattern_new(json_object_get_member(config, "pattern"), error);
    return loaded.pattern != NULL ? g_memdup2(&loaded, sizeof loaded) : NULL;
}

static void
split_split(gconstpointer data, const char *text, gsize length, UmkTokenizerWords *out)
{
    const UmkSplit *self = data;
    UmkJoiner joiner = {self->behavior, out, NULL, NULL, FALSE};
    gsize at = 0, start, end;

    while (_umk_pattern_next(self->pattern, text, length, at, &start, &end)) {
        joiner_take(&joiner, text + at, text + start, self->invert);
        joiner_take(&joiner, text + start, text + end, !self->invert);
        at = end;
    }
    joiner_take(&joiner, text + at, text + length, self->invert);
    joiner_flush(&joiner);
}

const UmkPreTokenizerOps _umk_split_pre_tokenizer = {
    .type = "Split", .load = split_load, .free = split_free, .split = split_split};

/* Punctuation and digits: a class of characters in place of a pattern */

typedef struct {
    gboolean (*is_match)(gunichar c);
    UmkSplitBehavior behavior;
} UmkClassSplit;

static gboolean
is_digit(gunichar c)
{
    return _umk_char_classify(c) == UMK_CHAR_NUMBER;
}

static gpointer
punctuation_load(JsonObject *config, GError **error)
{
    UmkClassSplit loaded = {_umk_char_is_bert_punctuation, UMK_SPLIT_ISOLATED};

    if (!load_behavior(config, &loaded.behavior, error))
        return NULL;
    return g_memdup2(&loaded, sizeof loaded);
}

static gpointer
digits_load(JsonObject *config, GError **error)
{
    UmkClassSplit loaded = {is_digit, UMK_SPLIT_CONTIGUOUS};
    gboolean individual = FALSE;

    if (!_umk_json_get_boolean(config, "individual_digits", individual, &individual,
                               error))
        return NULL;
    if (individual)
        loaded.behavior = UMK_SPLIT_ISOLATED;
    return g_memdup2(&loaded, sizeof loaded);
}

static void
class_split(gconstpointer data, const char *text, gsize length, UmkTokenizerWords *out)
{
    const UmkClassSplit *self = data;
    UmkJoiner joiner = {self->behavior, out, NULL, NULL, FALSE};
    const char *at = text, *end = text + length, *other = text;

    while (at < end) {
        const char *start = at;

        if (!self->is_match(_umk_char_next(&at)))
            continue;
        joiner_take(&joiner, other, start, FALSE);
        joiner_take(&joiner, start, at, TRUE);
        other = at;
    }
    joiner_take(&joiner, other, end, FALSE);
    joiner_flush(&joiner);
}

const UmkPreTokenizerOps _umk_punctuation_pre_tokenizer = {.type = "Punctuation",
                                                           .load = punctuation_load,
                                                           .free = g_free,
                                                           .split = class_split};
const UmkPreTokenizerOps _umk_digits_pre_tokenizer = {
    .type = "Digits", .load = digits_load, .free = g_free, .split = class_split};

/* One character as a delimiter, which goes */

static gpointer
delimiter_load(JsonObject *config, GError **error)
{
    const char *delimiter = NULL;

    if (!_umk_json_get_string(config, "delimiter", delimiter, &delimiter, error))
        return NULL;
    if (delimiter == NULL || g_utf8_strlen(delimiter, -1) != 1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“delimiter” must be one character"));
        return NULL;
    }
    return GUINT_TO_POINTER(g_utf8_get_char(delimiter));
}

static void
delimiter_split(gconstpointer self,
                const char *text,
                gsize length,
                UmkTokenizerWords *out)
{
    gunichar delimiter = GPOINTER_TO_UINT(self);
    const char *at = text, *end = text + length, *word = text;

    while (at < end) {
        const char *start = at;

        if (_umk_char_next(&at) != delimiter)
            continue;
        _umk_tokenizer_words_add(out, word, (gsize) (start - word));
        word = at;
    }
    _umk_tokenizer_words_add(out, word, (gsize) (end - word));
}

const UmkPreTokenizerOps _umk_delimiter_pre_tokenizer = {
    .type = "CharDelimiterSplit", .load = delimiter_load, .split = delimiter_split};

/* Scripts: Japanese is one, blanks belong to whatever is beside them. */

static GUnicodeScript
get_script(gunichar c)
{
    GUnicodeScript script = g_unichar_get_script(c);

    if (c == ' ')
        return G_UNICODE_SCRIPT_UNKNOWN;
    if (c == 0x30fc || script == G_UNICODE_SCRIPT_HIRAGANA ||
        script == G_UNICODE_SCRIPT_KATAKANA)
        return G_UNICODE_SCRIPT_HAN;
    return script;
}

static void
scripts_split(gconstpointer self, const char *text, gsize length, UmkTokenizerWords *out)
{
    const char *at = text, *end = text + length, *word = text;
    GUnicodeScript before = G_UNICODE_SCRIPT_UNKNOWN;

    while (at < end) {
        const char *start = at;
        GUnicodeScript script = get_script(_umk_char_next(&at));

        if (script == G_UNICODE_SCRIPT_UNKNOWN)
            continue;
        if (script != before) {
            _umk_tokenizer_words_add(out, word, (gsize) (start - word));
            word = start;
        }
        before = script;
    }
    _umk_tokenizer_words_add(out, word, (gsize) (end - word));
}

const UmkPreTokenizerOps _umk_scripts_pre_tokenizer = {
    .type = "UnicodeScripts", .load = load_nothing, .split = scripts_split};

/* Several, each cutting the words of the one before */

static void
sequence_free(gpointer self)
{
    g_array_unref(self);
}

static gpointer
sequence_load(JsonObject *config, GError **error)
{
    g_autoptr(GArray) self = g_array_new(FALSE, FALSE, sizeof(UmkPreTokenizer));
    JsonArray *parts = NULL;

    g_array_set_clear_func(self, (GDestroyNotify) _umk_pre_tokenizer_clear);
    if (!_umk_json_get_array(config, "pretokenizers", &parts, error))
        return NULL;
    for (guint i = 0; parts != NULL && i < json_array_get_length(parts); i++) {
        JsonNode *node = json_array_get_element(parts, i);
        UmkPreTokenizer part = {NULL, NULL};

        if (!JSON_NODE_HOLDS_OBJECT(node)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("Part %u is not an object"), i);
            return NULL;
        }
        if (!_umk_pre_tokenizer_load(&part, json_node_get_object(node), error))
            return NULL;
        g_array_append_val(self, part);
    }
    return g_steal_pointer(&self);
}

static void
sequence_split(gconstpointer data, const char *text, gsize length, UmkTokenizerWords *out)
{
    const GArray *self = data;
    UmkTokenizerWords words[2];
    gboolean at_start = out->at_start;
    guint now = 0;

    _umk_tokenizer_words_init(&words[0]);
    _umk_tokenizer_words_init(&words[1]);
    _umk_tokenizer_words_add(&words[0], text, length);
    for (guint i = 0; i < self->len; i++) {
        const UmkPreTokenizer *part = &g_array_index(self, UmkPreTokenizer, i);
        UmkTokenizerWords *from = &words[now],
                          *to = i + 1 < self->len ? &words[!now] : out;

        if (to != out) {
            g_string_truncate(to->bytes, 0);
            g_array_set_size(to->ends, 0);
        }
        for (guint j = 0; j < from->ends->len; j++) {
            gsize n;
            const char *word = _umk_tokenizer_words_get(from, j, &n);

            to->at_start = at_start && j == 0;
            part->ops->split(part->self, word, n, to);
        }
        now = !now;
    }
    if (self->len == 0)
        _umk_tokenizer_words_add(out, text, length);
    _umk_tokenizer_words_clear(&words[0]);
    _umk_tokenizer_words_clear(&words[1]);
}

const UmkPreTokenizerOps _umk_sequence_pre_tokenizer = {.type = "Sequence",
                                                        .load = sequence_load,
                                                        .free = sequence_free,
                                                        .split = sequence_split};
