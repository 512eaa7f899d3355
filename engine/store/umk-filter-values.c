/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a text is worth when it is compared: as a number, as a date, against a pattern. */
#include "store/umk-filter-private.h"

#include <math.h>
#include <string.h>

#define DAY (24 * 60 * 60)

gboolean
_umk_filter_read_number(const char *text, double *number)
{
    const char *start = text;
    char *end;
    double value;

    while (g_ascii_isspace(*start))
        start++;
    /* Not what strtod takes besides: "inf", "nan", hexadecimal. */
    if (strspn(start, "+-.0123456789eE") == 0 || strpbrk(start, "xXnN") != NULL)
        return FALSE;
    value = g_ascii_strtod(start, &end);
    if (end == start || !isfinite(value))
        return FALSE;
    while (g_ascii_isspace(*end))
        end++;
    if (*end != '\0')
        return FALSE;
    *number = value;
    return TRUE;
}

/* n digits; moves on behind them. */
static gboolean
take_digits(const char **at, guint n, guint *value)
{
    *value = 0;
    for (guint i = 0; i < n; i++) {
        if (!g_ascii_isdigit((*at)[i]))
            return FALSE;
        *value = *value * 10 + (guint) ((*at)[i] - '0');
    }
    *at += n;
    return TRUE;
}

static gboolean
take(const char **at, char c)
{
    if (**at != c)
        return FALSE;
    (*at)++;
    return TRUE;
}

/* Seconds of the day and of the period, behind a date. */
static gboolean
read_time(const char **at, gint64 *seconds, gint64 *period)
{
    guint hour, minute, second = 0, offset_hour, offset_minute = 0;

    if (!take_digits(at, 2, &hour) || !take(at, ':') || !take_digits(at, 2, &minute))
        return FALSE;
    *period = 60;
    if (take(at, ':')) {
        if (!take_digits(at, 2, &second))
            return FALSE;
        *period = 1;
        if (take(at, '.'))
            while (g_ascii_isdigit(**at))
                (*at)++;
    }
    if (hour > 23 || minute > 59 || second > 60)
        return FALSE;
    *seconds = ((gint64) hour * 60 + minute) * 60 + second;
    if (take(at, 'Z') || **at == '\0')
        return TRUE;
    if (**at == '+' || **at == '-') {
        gint64 sign = **at == '+' ? 1 : -1;

        (*at)++;
        if (!take_digits(at, 2, &offset_hour))
            return FALSE;
        take(at, ':');
        if (**at != '\0' && !take_digits(at, 2, &offset_minute))
            return FALSE;
        *seconds -= sign * ((gint64) offset_hour * 60 + offset_minute) * 60;
        return TRUE;
    }
    return FALSE;
}

/* Days from 1970-01-01 to a valid date. */
static gint64
days_to(guint year, guint month, guint day)
{
    GDate date, origin;

    g_date_clear(&date, 1);
    g_date_clear(&origin, 1);
    g_date_set_dmy(&date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
    g_date_set_dmy(&origin, 1, G_DATE_JANUARY, 1970);
    return g_date_days_between(&origin, &date);
}

/* ISO 8601 from the year to the second, in UTC unless it says else. */
gboolean
_umk_filter_read_date(const char *text, gint64 *from, gint64 *to)
{
    const char *at = text;
    guint year, month = 1, day = 1;
    gint64 seconds = 0, period;

    if (!take_digits(&at, 4, &year) || year == 0)
        return FALSE;
    if (*at == '\0') {
        *from = days_to(year, 1, 1) * DAY;
        *to = *from + (g_date_is_leap_year((GDateYear) year) ? 366 : 365) * (gint64) DAY;
        return TRUE;
    }
    if (!take(&at, '-') || !take_digits(&at, 2, &month) || month < 1 || month > 12)
        return FALSE;
    period =
        (gint64) g_date_get_days_in_month((GDateMonth) month, (GDateYear) year) * DAY;
    if (*at != '\0') {
        if (!take(&at, '-') || !take_digits(&at, 2, &day) ||
            !g_date_valid_dmy((GDateDay) day, (GDateMonth) month, (GDateYear) year))
            return FALSE;
        period = DAY;
        if ((take(&at, 'T') || take(&at, ' ')) && !read_time(&at, &seconds, &period))
            return FALSE;
        if (*at != '\0')
            return FALSE;
    }
    *from = days_to(year, month, day) * DAY + seconds;
    *to = *from + period;
    return TRUE;
}

/* Goes back to the last % only: what stood before it need not be tried again. */
gboolean
_umk_filter_like(const char *text, const char *pattern)
{
    const char *again_text = NULL, *again_pattern = NULL;

    while (*text != '\0' || *pattern != '\0') {
        const char *literal = pattern;

        if (*pattern == '%') {
            again_pattern = ++pattern;
            again_text = text;
            continue;
        }
        if (*pattern == '\\' && pattern[1] != '\0')
            literal++;
        if (*text != '\0' && *pattern != '\0' &&
            ((*pattern == '_') || g_utf8_get_char(text) == g_utf8_get_char(literal))) {
            text = g_utf8_next_char(text);
            pattern = g_utf8_next_char(literal);
            continue;
        }
        if (again_text == NULL || *again_text == '\0')
            return FALSE;
        again_text = text = g_utf8_next_char(again_text);
        pattern = again_pattern;
    }
    return TRUE;
}

/* ---- names ------------------------------------------------------------------------ */

/* Levenshtein's distance in characters, with neighbours changed places as one step. */
static guint
distance(const gunichar *a, glong n_a, const gunichar *b, glong n_b)
{
    g_autofree guint *rows = g_new0(guint, 3 * (gsize) (n_b + 1));
    guint *before = rows, *last = rows + n_b + 1, *row = rows + 2 * (n_b + 1);

    for (glong j = 0; j <= n_b; j++)
        last[j] = (guint) j;
    for (glong i = 1; i <= n_a; i++) {
        guint *turn = before;

        row[0] = (guint) i;
        for (glong j = 1; j <= n_b; j++) {
            guint best = MIN(last[j], row[j - 1]) + 1;

            best = MIN(best, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = MIN(best, before[j - 2] + 1);
            row[j] = best;
        }
        before = last;
        last = row;
        row = turn;
    }
    return last[n_b];
}

const char *
_umk_filter_nearest(const char *name, const char *const *names)
{
    g_autofree char *folded = g_utf8_casefold(name, -1);
    glong n;
    g_autofree gunichar *given = g_utf8_to_ucs4_fast(folded, -1, &n);
    const char *nearest = NULL;
    guint least = (guint) n / 3 + 1;

    if (n > 64)
        return NULL;
    for (gsize i = 0; names[i] != NULL; i++) {
        g_autofree char *other = g_utf8_casefold(names[i], -1);
        glong n_other;
        g_autofree gunichar *letters = g_utf8_to_ucs4_fast(other, -1, &n_other);
        guint d = n_other <= 64 ? distance(given, n, letters, n_other) : G_MAXUINT;

        if (d <= least && (nearest == NULL || d < least)) {
            least = d;
            nearest = names[i];
        }
    }
    return nearest;
}
