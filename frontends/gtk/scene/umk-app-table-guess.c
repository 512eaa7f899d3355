/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Encodings by what converts and reads like Japanese, separators by how evenly they cut,
 * headers by their words, roles by names first and contents after. */
#include "umk-app-table-guess.h"

#include <string.h>
#include <umekomi/umekomi.h>

#define LINES 20u

static const char *const encodings[] = {"UTF-8",  "CP932",  "EUC-JP", "ISO-2022-JP",
                                        "UTF-16", "CP1252", NULL};

const char *const *
umk_app_table_list_encodings(void)
{
    return encodings;
}

/* ---- encoding ------------------------------------------------------------------------
 */

static gsize
count_kana(const char *text)
{
    gsize n = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        n += c >= 0x3041 && c <= 0x30fe;
    }
    return n;
}

/* How many kana the bytes hold if this is their encoding; -1: it is not. */
static gssize
try_encoding(const char *data, gsize size, const char *encoding)
{
    gsize n_read = 0;
    g_autofree char *text =
        g_convert(data, (gssize) size, "UTF-8", encoding, &n_read, NULL, NULL);

    if (text == NULL && n_read + 4 >= size && n_read > 0) /* cut inside a character */
        text = g_convert(data, (gssize) n_read, "UTF-8", encoding, NULL, NULL, NULL);
    return text != NULL ? (gssize) count_kana(text) : -1;
}

const char *
umk_app_table_guess_encoding(const char *data, gsize size)
{
    const char *end;
    gssize best = 0;
    const char *found = "CP1252";

    if (size >= 2 &&
        (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0))
        return "UTF-16";
    if (memmem(data, size, "\x1b$B", 3) != NULL)
        return "ISO-2022-JP";
    if (g_utf8_validate(data, (gssize) size, &end) || end + 4 >= data + size)
        return "UTF-8";
    for (gsize i = 1; i <= 2; i++) {
        gssize kana = try_encoding(data, size, encodings[i]);

        if (kana > best) {
            best = kana;
            found = encodings[i];
        }
    }
    return found;
}

/* ---- separator -----------------------------------------------------------------------
 */

/* The least number of cuts in the first lines: one that cuts them all is likely. */
static guint
least_cuts(const char *text, gsize n, char separator)
{
    guint least = G_MAXUINT, lines = 0, cuts = 0;

    for (gsize i = 0; i < n && lines < LINES; i++) {
        cuts += text[i] == separator;
        if (text[i] != '\n' && i + 1 < n)
            continue;
        least = MIN(least, cuts);
        cuts = 0;
        lines++;
    }
    return least == G_MAXUINT ? 0 : least;
}

char
umk_app_table_guess_separator(const char *path, const char *text, gsize n)
{
    static const char candidates[] = {'\t', ',', ';', '|'};
    g_autofree char *lower = g_ascii_strdown(path, -1);
    guint best = 0;
    char found = g_str_has_suffix(lower, ".tsv") ? '\t' : ',';

    if (g_str_has_suffix(lower, ".jsonl") || g_str_has_suffix(lower, ".ndjson"))
        return '\0';
    if (g_str_has_suffix(lower, ".tsv"))
        return found;
    for (gsize i = 0; i < G_N_ELEMENTS(candidates); i++) {
        guint cuts = least_cuts(text, n, candidates[i]);

        if (cuts > best) {
            best = cuts;
            found = candidates[i];
        }
    }
    return found;
}

/* ---- header and roles ----------------------------------------------------------------
 */

static const char *const texts[] = {"text",    "sentence", "caption", "title",
                                    "content", "word",     "name",    NULL};
static const char *const paths[] = {"path",  "file",  "file_name", "filename", "image",
                                    "audio", "sound", "picture",   NULL};
static const char *const labels[] = {"label", "category", "class", "tag", NULL};
static const char *const ids[] = {"id", "uuid", "key", NULL};

static gboolean
is_one_of(const char *name, const char *const *names)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);

    return g_strv_contains(names, g_strstrip(lower));
}

static gboolean
is_number(const char *text)
{
    char *end;

    g_ascii_strtod(text, &end);
    return end != text && *end == '\0';
}

static gboolean
are_names(char **cells)
{
    guint n = g_strv_length(cells);

    for (guint i = 0; i < n; i++) {
        g_strstrip(cells[i]);
        if (is_one_of(cells[i], texts) || is_one_of(cells[i], paths) ||
            is_one_of(cells[i], labels) || is_one_of(cells[i], ids))
            return TRUE;
    }
    for (guint i = 0; i < n; i++) {
        if (*cells[i] == '\0' || strlen(cells[i]) > 40 || is_number(cells[i]))
            return FALSE;
        for (guint k = 0; k < i; k++)
            if (g_str_equal(cells[k], cells[i]))
                return FALSE;
    }
    return n >= 2;
}

gboolean
umk_app_table_guess_header(const char *text, gsize n, char separator)
{
    const char cut[] = {separator, '\0'};
    const char *stop = memchr(text, '\n', n);
    g_autofree char *first = NULL;
    g_auto(GStrv) cells = NULL;

    if (separator == '\0')
        return TRUE;
    first = g_strndup(text, stop != NULL ? (gsize) (stop - text) : n);
    g_strdelimit(first, "\"\r", ' ');
    cells = g_strsplit(first, cut, 512);
    return are_names(cells);
}

/* The file is there, seen from the table's folder. */
static gboolean
names_files(const UmkAppTable *table, guint column)
{
    g_autofree char *folder = g_path_get_dirname(table->path);
    guint n = 0;

    for (guint r = 0; r < table->rows->len; r++) {
        char **cells = table->rows->pdata[r];
        g_autofree char *path = g_build_filename(folder, cells[column], NULL);
        UmkModality modality;

        if (*cells[column] == '\0' || !umk_modality_of_file(cells[column], &modality))
            continue;
        n += g_file_test(g_path_is_absolute(cells[column]) ? cells[column] : path,
                         G_FILE_TEST_IS_REGULAR);
    }
    return n * 2 > table->rows->len;
}

static gsize
count_letters(const UmkAppTable *table, guint column)
{
    gsize n = 0;

    for (guint r = 0; r < table->rows->len; r++) {
        char **cells = table->rows->pdata[r];

        for (const char *p = cells[column]; *p != '\0'; p = g_utf8_next_char(p))
            n += g_unichar_isalpha(g_utf8_get_char(p)) != 0;
    }
    return n;
}

static void
take_first(const UmkAppTable *table,
           UmkAppRole *roles,
           const char *const *names,
           UmkAppRole role)
{
    for (gsize i = 0; names[i] != NULL; i++)
        for (guint c = 0; c < table->n_columns; c++)
            if (roles[c] == UMK_APP_ROLE_FIELD &&
                g_ascii_strcasecmp(table->columns[c], names[i]) == 0) {
                roles[c] = role;
                return;
            }
}

UmkAppRole *
umk_app_table_guess_roles(const UmkAppTable *table)
{
    UmkAppRole *roles = g_new0(UmkAppRole, table->n_columns + 1);
    gboolean has_files = FALSE, has_text = FALSE;
    gsize most = 0;
    guint longest = 0;

    take_first(table, roles, ids, UMK_APP_ROLE_ID);
    take_first(table, roles, labels, UMK_APP_ROLE_LABEL);
    for (guint c = 0; c < table->n_columns && !has_files; c++)
        if (roles[c] == UMK_APP_ROLE_FIELD && names_files(table, c)) {
            roles[c] = UMK_APP_ROLE_PATH;
            has_files = TRUE;
        }
    take_first(table, roles, texts, UMK_APP_ROLE_TEXT);
    for (guint c = 0; c < table->n_columns; c++) {
        gsize letters = count_letters(table, c);

        has_text = has_text || roles[c] == UMK_APP_ROLE_TEXT;
        if (roles[c] == UMK_APP_ROLE_FIELD && letters > most) {
            most = letters;
            longest = c;
        }
    }
    if (!has_files && !has_text && most > 0)
        roles[longest] = UMK_APP_ROLE_TEXT;
    return roles;
}
