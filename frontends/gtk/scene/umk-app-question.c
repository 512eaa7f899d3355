/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A formula is recognised by a sign between blanks and by names that no other name stands
 * beside: "king - man" is one, "a man - and his dog" is not; a vector by a number after
 * its bracket. */
#include "umk-app-question.h"

#include "umk-app-pattern.h"

#include <glib/gi18n.h>
#include <string.h>
#include <umekomi/umekomi.h>

static const char *const names[] = {"any",  "meaning", "words", "pattern",
                                    "item", "formula", "vector"};

const char *
umk_app_ask_get_name(UmkAppAsk ask)
{
    return ask < UMK_APP_N_ASKS ? names[ask] : names[0];
}

UmkAppAsk
umk_app_ask_from_name(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (g_strcmp0(name, names[i]) == 0)
            return (UmkAppAsk) i;
    return UMK_APP_ASK_ANY;
}

const char *
umk_app_ask_get_title(UmkAppAsk ask)
{
    switch (ask) {
    case UMK_APP_ASK_MEANING:
        return _("Meaning");
    case UMK_APP_ASK_WORDS:
        return _("Words");
    case UMK_APP_ASK_PATTERN:
        return _("Pattern");
    case UMK_APP_ASK_ITEM:
        return _("Item");
    case UMK_APP_ASK_FORMULA:
        return _("Formula");
    case UMK_APP_ASK_VECTOR:
        return _("Vector");
    case UMK_APP_ASK_ANY:
    case UMK_APP_N_ASKS:
    default:
        return _("Automatic");
    }
}

/* ---- formulas -----------------------------------------------------------------------
 */

static gboolean
is_sign(gunichar c)
{
    return c == '+' || c == '-' || c == 0x2212;
}

/* Signs that an input method writes wide, outside quotes; as many characters as before.
 */
static char *
narrow_signs(const char *text)
{
    static const struct {
        gunichar wide;
        char narrow;
    } signs[] = {{0xff0b, '+'}, {0xff0d, '-'}, {0xff0a, '*'}, {0xff0f, '/'},
                 {0xff08, '('}, {0xff09, ')'}, {0x3000, ' '}, {0x201c, '"'},
                 {0x201d, '"'}, {0xff02, '"'}, {0xff3b, '['}, {0xff3d, ']'},
                 {0xff0c, ','}};
    GString *out = g_string_new(NULL);
    gunichar quote = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p), was = c;

        for (guint i = 0; i < G_N_ELEMENTS(signs); i++)
            if (c == signs[i].wide && (quote == 0 || signs[i].narrow == '"'))
                c = (guchar) signs[i].narrow;
        if (quote == 0 && (c == '"' || c == '`'))
            quote = c;
        else if (c == quote)
            quote = 0;
        else if (quote != 0)
            c = was;
        g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

/* Behind the quote's end, or at the end of the text. */
static const char *
skip_quoted(const char *p)
{
    char quote = *p;

    for (p++; *p != '\0' && *p != quote; p++)
        ;
    return *p != '\0' ? p + 1 : p;
}

static gboolean
is_number(const char *start, const char *end)
{
    for (; start < end; start++)
        if (!g_ascii_isdigit(*start) && *start != '.' && *start != '*')
            return FALSE;
    return TRUE;
}

static gboolean
ends_word(const char *p)
{
    gunichar c = g_utf8_get_char(p);

    return c == 0 || g_unichar_isspace(c) || c == '(' || c == ')' || c == '"' || c == '`';
}

/* text: with narrow signs. */
static gboolean
looks_like_formula(const char *text)
{
    gboolean any_sign = FALSE, any_name = FALSE, behind_name = FALSE;

    for (const char *p = text; *p != '\0';) {
        const char *start = p;
        gunichar c = g_utf8_get_char(p);

        if (g_unichar_isspace(c) || c == '(' || c == ')') {
            p = g_utf8_next_char(p);
            continue;
        }
        if (is_sign(c) && ends_word(g_utf8_next_char(p))) {
            any_sign |= any_name;
            behind_name = FALSE;
            p = g_utf8_next_char(p);
            continue;
        }
        if (c == '"' || c == '`')
            p = skip_quoted(p);
        else
            while (!ends_word(p))
                p = g_utf8_next_char(p);
        if (is_number(start, p) || *start == '/' || *start == '*')
            continue;
        if (behind_name)
            return FALSE;
        any_name = behind_name = TRUE;
    }
    return any_sign;
}

/* ---- the modes ----------------------------------------------------------------------
 */

/* "[0.1, …", but not "[sic] a text". */
static gboolean
looks_like_vector(const char *narrow)
{
    if (*narrow != '[')
        return FALSE;
    while (*narrow == '[' || g_unichar_isspace(g_utf8_get_char(narrow)))
        narrow = g_utf8_next_char(narrow);
    if (is_sign(g_utf8_get_char(narrow)))
        narrow = g_utf8_next_char(narrow);
    return *narrow == '\0' || *narrow == '.' || g_ascii_isdigit(*narrow);
}

static UmkAppAsk
guess(const char *text, const char *narrow)
{
    if (looks_like_vector(narrow))
        return UMK_APP_ASK_VECTOR;
    if (*text == '#')
        return UMK_APP_ASK_ITEM;
    if (*text == '/')
        return UMK_APP_ASK_PATTERN;
    if (*narrow == '=' || looks_like_formula(narrow))
        return UMK_APP_ASK_FORMULA;
    if (*narrow == '"')
        return UMK_APP_ASK_WORDS;
    return UMK_APP_ASK_MEANING;
}

/* What stood behind a colon begins anew. */
static char *
dup_sentence(const char *text)
{
    GString *out = g_string_new(NULL);

    if (*text != '\0') {
        g_string_append_unichar(out, g_unichar_totitle(g_utf8_get_char(text)));
        g_string_append(out, g_utf8_next_char(text));
    }
    return g_string_free(out, FALSE);
}

/* skipped: characters of the entry before the text. */
static void
read_formula(UmkAppQuestion *self, const char *narrow, guint skipped)
{
    g_autoptr(GError) error = NULL;
    const char *sum = *narrow == '=' ? narrow + 1 : narrow, *behind;
    guint column = 0;

    self->text = g_strdup(sum);
    if (*sum == '\0' || umk_formula_check(sum, &column, &error))
        return;
    behind = strstr(error->message, ": ");
    self->problem = dup_sentence(behind != NULL ? behind + 2 : error->message);
    self->column = column + skipped + (guint) (sum - narrow);
}

static void
read_pattern(UmkAppQuestion *self, const char *text, guint skipped)
{
    g_autoptr(UmkAppPattern) pattern = NULL;
    g_autoptr(GError) error = NULL;
    gboolean marked = *text == '/';
    gsize len = strlen(text);
    guint column = 0;

    if (marked && len > 1 && text[len - 1] == '/' && text[len - 2] != '\\') {
        self->text = g_strndup(text + 1, len - 2);
    } else {
        self->text = g_strdup(marked ? text + 1 : text);
        if (marked && len > 1) {
            self->problem = g_strdup(_("A pattern ends with “/”, as in /apples?/"));
            self->column = skipped + (guint) g_utf8_strlen(text, -1) + 1;
            return;
        }
    }
    if (*self->text == '\0')
        return;
    pattern = umk_app_pattern_new(self->text, &column, &error);
    if (pattern != NULL)
        return;
    self->problem = dup_sentence(error->message);
    self->column = column > 0 ? column + skipped + (marked ? 1 : 0) : 0;
}

/* A bracket alone is the beginning of something. */
static void
read_vector(UmkAppQuestion *self, const char *narrow, guint skipped)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkMatrix) row = NULL;
    const char *behind;
    guint column = 0;

    self->text = g_strdup(g_str_equal(narrow, "[") ? "" : narrow);
    if (*self->text == '\0')
        return;
    row = umk_vectors_parse(narrow, &column, &error);
    if (row != NULL) {
        self->n_dims = (guint) umk_matrix_get_n_cols(row);
        return;
    }
    behind = strstr(error->message, ": ");
    self->problem = dup_sentence(behind != NULL ? behind + 2 : error->message);
    self->column = column > 0 ? column + skipped : 0;
}

/* The marks about words are any quotes; those inside stay. */
static char *
strip_quotes(const char *narrow)
{
    gsize len = strlen(narrow);

    if (*narrow != '"')
        return g_strdup(narrow);
    if (len > 1 && narrow[len - 1] == '"')
        return g_strstrip(g_strndup(narrow + 1, len - 2));
    return g_strstrip(g_strdup(narrow + 1));
}

/* entry: valid UTF-8. */
UmkAppQuestion *
umk_app_question_parse(const char *entry, UmkAppAsk chosen)
{
    UmkAppQuestion *self = g_new0(UmkAppQuestion, 1);
    g_autofree char *stripped = g_strdup(entry);
    g_autofree char *narrow = NULL;
    const char *text;
    guint skipped;

    g_strchomp(stripped);
    for (text = stripped; g_unichar_isspace(g_utf8_get_char(text));)
        text = g_utf8_next_char(text);
    skipped = (guint) g_utf8_strlen(stripped, text - stripped);
    narrow = narrow_signs(text);
    self->ask = chosen == UMK_APP_ASK_ANY ? guess(text, narrow) : chosen;
    switch (self->ask) {
    case UMK_APP_ASK_ITEM:
        self->text = g_strdup(*text == '#' ? text + 1 : text);
        break;
    case UMK_APP_ASK_PATTERN:
        read_pattern(self, text, skipped);
        break;
    case UMK_APP_ASK_FORMULA:
        read_formula(self, narrow, skipped);
        break;
    case UMK_APP_ASK_VECTOR:
        read_vector(self, narrow, skipped);
        break;
    case UMK_APP_ASK_WORDS:
        self->text = strip_quotes(narrow);
        break;
    case UMK_APP_ASK_MEANING:
    case UMK_APP_ASK_ANY:
    case UMK_APP_N_ASKS:
    default:
        self->text = *narrow == '"' ? strip_quotes(narrow) : g_strdup(text);
    }
    return self;
}

UmkAppQuestion *
umk_app_question_new_for_vector(const char *path)
{
    UmkAppQuestion *self = g_new0(UmkAppQuestion, 1);

    self->ask = UMK_APP_ASK_VECTOR;
    self->text = g_filename_display_basename(path);
    self->path = g_strdup(path);
    return self;
}

void
umk_app_question_free(UmkAppQuestion *self)
{
    g_free(self->text);
    g_free(self->path);
    g_free(self->problem);
    g_free(self);
}
