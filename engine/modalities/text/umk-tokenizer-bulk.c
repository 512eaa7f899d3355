/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader of the three shapes that a vocabulary and its merges have in JSON. */
#include "modalities/text/umk-tokenizer-bulk-private.h"

#include "io/umk-json-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_DEPTH 64

typedef struct {
    const char *start, *at, *end;
    GString *decoded[2]; /* texts with escapes */
} UmkBulkReader;

/* Finding */

static const char *
skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    return at;
}

/* Behind the text that begins at the quote; NULL: it does not end. */
static const char *
skip_text(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '"')
            return at + 1;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

/* Behind the value at the place; NULL: it does not end, or is nested too deep. */
static const char *
skip_value(const char *at, const char *end)
{
    guint depth = 0;

    while (at != NULL && at < end) {
        if (*at == '"') {
            at = skip_text(at, end);
        } else if (*at == '{' || *at == '[') {
            if (++depth > MAX_DEPTH)
                return NULL;
            at++;
        } else if (*at == '}' || *at == ']') {
            if (depth == 0)
                return at;
            depth--;
            at++;
        } else if (depth == 0 && *at == ',') {
            return at;
        } else {
            at++;
            continue;
        }
        if (depth == 0 && at != NULL)
            return at;
    }
    return NULL;
}

static gboolean
is_key(const char *key, const char *key_end, const char *name)
{
    gsize n = strlen(name);

    return (gsize) (key_end - key) == n + 2 && memcmp(key + 1, name, n) == 0;
}

/* The next member of an object: its key with the quotes, its value. Leaves *at behind it;
 * FALSE at the end and where the text is broken. */
static gboolean
next_member(const char **at,
            const char *end,
            const char **key,
            const char **key_end,
            const char **value,
            const char **value_end)
{
    *key = skip_blanks(*at, end);
    if (*key < end && **key == ',')
        *key = skip_blanks(*key + 1, end);
    if (*key == end || **key != '"')
        return FALSE;
    *key_end = skip_text(*key, end);
    if (*key_end == NULL)
        return FALSE;
    *value = skip_blanks(*key_end, end);
    if (*value == end || **value != ':')
        return FALSE;
    *value = skip_blanks(*value + 1, end);
    *value_end = skip_value(*value, end);
    *at = *value_end;
    return *value_end != NULL;
}

static const char *
find_member(const char *object, const char *end, const char *name, const char **value_end)
{
    const char *at = object + 1, *key, *key_end, *value, *found = NULL, *stop;

    if (object >= end || *object != '{')
        return NULL;
    while (next_member(&at, end, &key, &key_end, &value, &stop)) {
        if (!is_key(key, key_end, name))
            continue;
        if (found != NULL) /* twice: which counts is for the parser to say */
            return NULL;
        found = value;
        *value_end = stop;
    }
    return found;
}

gboolean
_umk_token_bulk_find(const char *data, gsize length, UmkTokenBulk *bulk, GString *rest)
{
    const char *end = data + length, *model, *model_end, *at = data;
    const char *spans[2][2];
    guint first;

    memset(bulk, 0, sizeof *bulk);
    if (!g_utf8_validate_len(data, length, NULL))
        return FALSE;
    model = find_member(skip_blanks(data, end), end, "model", &model_end);
    if (model == NULL)
        return FALSE;
    bulk->vocab = find_member(model, model_end, "vocab", &bulk->vocab_end);
    bulk->merges = find_member(model, model_end, "merges", &bulk->merges_end);
    if (bulk->vocab == NULL || (*bulk->vocab != '{' && *bulk->vocab != '['))
        return FALSE;
    if (bulk->merges != NULL && *bulk->merges != '[')
        bulk->merges = NULL;
    first = bulk->merges != NULL && bulk->merges < bulk->vocab;
    spans[first][0] = bulk->vocab;
    spans[first][1] = bulk->vocab_end;
    spans[!first][0] = bulk->merges;
    spans[!first][1] = bulk->merges_end;
    for (guint i = 0; i < 2; i++) {
        if (spans[i][0] == NULL)
            continue;
        g_string_append_len(rest, at, spans[i][0] - at);
        g_string_append(rest, "null");
        at = spans[i][1];
    }
    g_string_append_len(rest, at, end - at);
    return TRUE;
}

/* Reading */

static gboolean
broken(const UmkBulkReader *self, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("The vocabulary or its merges are broken at byte %zu of them"),
                (gsize) (self->at - self->start));
    return FALSE;
}

/* Takes the character if it is the next. */
static gboolean
take(UmkBulkReader *self, char c)
{
    self->at = skip_blanks(self->at, self->end);
    if (self->at == self->end || *self->at != c)
        return FALSE;
    self->at++;
    return TRUE;
}

/* The four digits at the place; -1: they are none. */
static gint32
read_digits(const char *at, const char *end)
{
    gint32 number = 0;

    if (end - at < 4)
        return -1;
    for (guint i = 0; i < 4; i++) {
        if (!g_ascii_isxdigit(at[i]))
            return -1;
        number = number * 16 + g_ascii_xdigit_value(at[i]);
    }
    return number;
}

/* "u" and what follows the backslash. */
static gboolean
decode_number(UmkBulkReader *self, GString *out)
{
    gint32 c = read_digits(self->at + 1, self->end), low;

    if (c < 0 || (c >= 0xdc00 && c <= 0xdfff))
        return FALSE;
    self->at += 5;
    if (c >= 0xd800 && c <= 0xdbff) {
        if (self->end - self->at < 6 || self->at[0] != '\\' || self->at[1] != 'u')
            return FALSE;
        low = read_digits(self->at + 2, self->end);
        if (low < 0xdc00 || low > 0xdfff)
            return FALSE;
        self->at += 6;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    }
    g_string_append_unichar(out, (gunichar) c);
    return TRUE;
}

static gboolean
decode_escape(UmkBulkReader *self, GString *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *found;

    self->at++;
    if (self->at == self->end || *self->at == '\0')
        return FALSE;
    if (*self->at == 'u')
        return decode_number(self, out);
    found = strchr(from, *self->at);
    if (found == NULL)
        return FALSE;
    g_string_append_c(out, to[found - from]);
    self->at++;
    return TRUE;
}

/* A text, lent until the next one of the same slot is read. */
static gboolean
read_text(
    UmkBulkReader *self, guint slot, const char **text, gsize *length, GError **error)
{
    GString *decoded = self->decoded[slot];
    const char *begin;

    if (!take(self, '"'))
        return broken(self, error);
    begin = self->at;
    while (self->at < self->end && *self->at != '"' && *self->at != '\\')
        self->at++;
    *text = begin;
    *length = (gsize) (self->at - begin);
    if (self->at < self->end && *self->at == '"') {
        self->at++;
        return TRUE;
    }
    g_string_truncate(decoded, 0);
    g_string_append_len(decoded, begin, self->at - begin);
    while (self->at < self->end && *self->at != '"') {
        if (*self->at != '\\')
            g_string_append_c(decoded, *self->at++);
        else if (!decode_escape(self, decoded))
            return broken(self, error);
    }
    *text = decoded->str;
    *length = decoded->len;
    return take(self, '"') || broken(self, error);
}

/* Separators: FALSE at the closing character, which is taken; *ok FALSE where something
 * else stands. */
static gboolean
next_item(UmkBulkReader *self, char closing, gboolean is_first, gboolean *ok)
{
    *ok = TRUE;
    if (take(self, closing))
        return FALSE;
    if (!is_first)
        *ok = take(self, ',');
    return *ok;
}

static void
reader_init(UmkBulkReader *self, const char *start, const char *end)
{
    self->start = self->at = start;
    self->end = end;
    self->decoded[0] = g_string_new(NULL);
    self->decoded[1] = g_string_new(NULL);
}

static void
reader_clear(UmkBulkReader *self)
{
    g_string_free(self->decoded[0], TRUE);
    g_string_free(self->decoded[1], TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkBulkReader, reader_clear)

static gboolean
read_id(UmkBulkReader *self, guint32 *id)
{
    guint64 number = 0;
    const char *begin;

    self->at = skip_blanks(self->at, self->end);
    begin = self->at;
    while (self->at < self->end && g_ascii_isdigit(*self->at) && number <= G_MAXUINT32)
        number = number * 10 + (guint64) (*self->at++ - '0');
    *id = (guint32) number;
    return self->at > begin && number <= G_MAXUINT32;
}

static UmkVocab *
read_member(JsonObject *config, GError **error)
{
    JsonObject *pieces = NULL;

    if (!_umk_json_get_object(config, "vocab", &pieces, error))
        return NULL;
    if (pieces != NULL)
        return _umk_vocab_new_from_json(pieces, error);
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("“vocab” is missing"));
    return NULL;
}

UmkVocab *
_umk_token_bulk_read_vocab(const UmkTokenBulk *self, JsonObject *config, GError **error)
{
    g_autoptr(UmkVocab) vocab = _umk_vocab_new();
    g_auto(UmkBulkReader) reader;
    gboolean ok;

    reader_init(&reader, NULL, NULL);
    if (self == NULL)
        return read_member(config, error);
    reader.start = reader.at = self->vocab;
    reader.end = self->vocab_end;
    if (!take(&reader, '{')) {
        broken(&reader, error);
        return NULL;
    }
    for (gboolean is_first = TRUE; next_item(&reader, '}', is_first, &ok);
         is_first = FALSE) {
        const char *piece;
        gsize length;
        guint32 id;

        if (!read_text(&reader, 0, &piece, &length, error))
            return NULL;
        if (!take(&reader, ':') || !read_id(&reader, &id)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The vocabulary gives “%.*s” no valid id"),
                        (int) MIN(length, 60), piece);
            return NULL;
        }
        if (!_umk_vocab_add(vocab, piece, length, id, error))
            return NULL;
    }
    if (!ok)
        broken(&reader, error);
    return ok ? g_steal_pointer(&vocab) : NULL;
}

/* A number ends before the bracket that closes the span, so strtod does too. */
static gboolean
read_score(UmkBulkReader *self, double *score)
{
    char *stop;

    self->at = skip_blanks(self->at, self->end);
    if (self->at == self->end || (*self->at != '-' && !g_ascii_isdigit(*self->at)))
        return FALSE;
    *score = g_ascii_strtod(self->at, &stop);
    self->at = stop;
    return stop <= self->end;
}

gboolean
_umk_token_bulk_read_scores(const UmkTokenBulk *self,
                            UmkBulkPieceFunc call,
                            gpointer data,
                            GError **error)
{
    g_auto(UmkBulkReader) reader;
    gboolean ok;

    reader_init(&reader, self->vocab, self->vocab_end);
    if (!take(&reader, '['))
        return broken(&reader, error);
    for (gboolean is_first = TRUE; next_item(&reader, ']', is_first, &ok);
         is_first = FALSE) {
        const char *piece;
        gsize length;
        double score;

        if (!take(&reader, '['))
            return broken(&reader, error);
        if (!read_text(&reader, 0, &piece, &length, error))
            return FALSE;
        if (!take(&reader, ',') || !read_score(&reader, &score) || !take(&reader, ']'))
            return broken(&reader, error);
        if (!call(piece, length, score, data, error))
            return FALSE;
    }
    return ok || broken(&reader, error);
}

/* One text with a blank between its halves. */
static gboolean
split_merge(const char *text, gsize length, const char **right, gsize *n_left)
{
    const char *blank = memchr(text, ' ', length);

    if (blank == NULL ||
        memchr(blank + 1, ' ', length - 1 - (gsize) (blank - text)) != NULL)
        return FALSE;
    *n_left = (gsize) (blank - text);
    *right = blank + 1;
    return TRUE;
}

gboolean
_umk_token_bulk_read_merges(const UmkTokenBulk *self,
                            UmkBulkMergeFunc call,
                            gpointer data,
                            GError **error)
{
    g_auto(UmkBulkReader) reader;
    guint n_merges = 0;
    gboolean ok;

    reader_init(&reader, self->merges, self->merges_end);
    if (!take(&reader, '['))
        return broken(&reader, error);
    for (gboolean is_first = TRUE; next_item(&reader, ']', is_first, &ok);
         is_first = FALSE) {
        gboolean is_pair = take(&reader, '[');
        const char *left, *right;
        gsize n_left, n_right;

        if (!read_text(&reader, 0, &left, &n_left, error))
            return FALSE;
        if (is_pair) {
            if (!take(&reader, ',') || !read_text(&reader, 1, &right, &n_right, error) ||
                !take(&reader, ']'))
                return (error != NULL && *error != NULL) ? FALSE : broken(&reader, error);
        } else {
            gsize n = n_left;

            if (!split_merge(left, n, &right, &n_left)) {
                g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("Merge %u is not a pair of pieces"), n_merges);
                return FALSE;
            }
            n_right = n - n_left - 1;
        }
        if (!call(left, n_left, right, n_right, data, error))
            return FALSE;
        n_merges++;
    }
    return ok || broken(&reader, error);
}
