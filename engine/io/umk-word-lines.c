/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines and numbers of word vectors written as text. Numbers are read by the exact short
 * way where 19 digits and a power of ten up to 22 allow it (Clinger 1990), by strtod
 * elsewhere. */
#include "io/umk-word-lines-private.h"

#include <string.h>

#define SNIFF_LINES 20

/* Numbers */

/* FALSE if the slice is not one number as a whole. */
static gboolean
parse_slow(UmkSlice field, float *value)
{
    char copy[128], *stop;
    gsize n = (gsize) (field.end - field.at);

    if (n == 0 || n >= sizeof copy)
        return FALSE;
    memcpy(copy, field.at, n);
    copy[n] = '\0';
    *value = (float) g_ascii_strtod(copy, &stop);
    return stop == copy + n;
}

gboolean
_umk_word_parse_number(UmkSlice field, float *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *at = field.at;
    guint64 digits = 0;
    int n_digits = 0, n_behind = 0;
    gboolean negative = at < field.end && *at == '-', behind = FALSE;
    double number;

    for (at += negative; at < field.end; at++) {
        if (*at == '.' && !behind) {
            behind = TRUE;
            continue;
        }
        if (!g_ascii_isdigit(*at) || ++n_digits > 18)
            return parse_slow(field, value);
        digits = digits * 10 + (guint64) (*at - '0');
        n_behind += behind;
    }
    if (n_digits == 0 || digits > (G_GUINT64_CONSTANT(1) << 53))
        return parse_slow(field, value);
    number = (double) digits / powers[n_behind];
    *value = (float) (negative ? -number : number);
    return TRUE;
}

/* Lines */

static gboolean
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The next line without its end; FALSE behind the last. */
gboolean
_umk_word_next_line(UmkSlice *rest, UmkSlice *line)
{
    const char *stop;

    if (rest->at >= rest->end)
        return FALSE;
    stop = memchr(rest->at, '\n', (gsize) (rest->end - rest->at));
    line->at = rest->at;
    line->end = stop ? stop : rest->end;
    rest->at = stop ? stop + 1 : rest->end;
    while (line->end > line->at && (line->end[-1] == '\r' || is_blank(line->end[-1])))
        line->end--;
    return TRUE;
}

gsize
_umk_word_count_fields(UmkSlice line)
{
    gsize n = 0;

    for (const char *at = line.at; at < line.end; at++)
        n += !is_blank(*at) && (at == line.at || is_blank(at[-1]));
    return n;
}

/* The last field of the line, which loses it and the blanks before it. */
UmkSlice
_umk_word_take_last(UmkSlice *line)
{
    UmkSlice field = {line->end, line->end};

    while (field.at > line->at && !is_blank(field.at[-1]))
        field.at--;
    line->end = field.at;
    while (line->end > line->at && is_blank(line->end[-1]))
        line->end--;
    return field;
}

/* d numbers from the right into row; what is left of the line is the word. */
gboolean
_umk_word_parse_line(UmkSlice *line, float *row, gsize n_dims)
{
    for (gsize j = n_dims; j-- > 0;) {
        if (!_umk_word_parse_number(_umk_word_take_last(line), &row[j]))
            return FALSE;
    }
    return TRUE;
}

static gboolean
is_count(UmkSlice field, gsize *value)
{
    gsize n = (gsize) (field.end - field.at);

    *value = 0;
    for (const char *at = field.at; at < field.end; at++) {
        if (!g_ascii_isdigit(*at))
            return FALSE;
        *value = *value * 10 + (gsize) (*at - '0');
    }
    return n > 0 && n <= 18;
}

/* "n d" */
gboolean
_umk_word_parse_header(UmkSlice line, gsize *n_rows, gsize *n_dims)
{
    if (_umk_word_count_fields(line) != 2)
        return FALSE;
    return is_count(_umk_word_take_last(&line), n_dims) &&
           is_count(_umk_word_take_last(&line), n_rows);
}

/* Numbers at the end of a line, of which the first field is no part. */
static gsize
count_numbers(UmkSlice line)
{
    gsize n = 0;
    float value;

    for (; line.at < line.end; n++) {
        if (!_umk_word_parse_number(_umk_word_take_last(&line), &value))
            return n;
    }
    return n > 0 ? n - 1 : 0;
}

/* Without a header: what most of the first lines end with. Words may hold blanks or be
 * numbers, and a line may be broken. */
gsize
_umk_word_sniff_dims(UmkSlice rest)
{
    gsize counts[SNIFF_LINES], n = 0, best = 0, n_best = 0;
    UmkSlice line;

    while (n < SNIFF_LINES && _umk_word_next_line(&rest, &line)) {
        if (line.at < line.end)
            counts[n++] = count_numbers(line);
    }
    for (gsize i = 0; i < n; i++) {
        gsize n_same = 0;

        for (gsize j = 0; j < n; j++)
            n_same += counts[j] == counts[i];
        if (n_same > n_best) {
            n_best = n_same;
            best = counts[i];
        }
    }
    return best;
}

gboolean
_umk_word_is_text(UmkSlice rest, gsize n_dims)
{
    UmkSlice line;
    float value;

    if (!_umk_word_next_line(&rest, &line) || _umk_word_count_fields(line) < n_dims + 1)
        return FALSE;
    for (gsize j = 0; j < n_dims; j++) {
        if (!_umk_word_parse_number(_umk_word_take_last(&line), &value))
            return FALSE;
    }
    return TRUE;
}
