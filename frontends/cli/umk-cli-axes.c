/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map --method axes: formulas of names become formulas of rows, which is what the engine
 * takes. Names stand apart from + and - by blanks, from one another within a set by
 * commas; a name with any of these in it goes into double quotes. "0.5 * name" has a
 * weight. */
#include "umk-cli.h"

#include <string.h>

static GHashTable *
number_names(char **names)
{
    GHashTable *rows = g_hash_table_new(g_str_hash, g_str_equal);

    for (gsize i = 0; names[i] != NULL; i++)
        if (!g_hash_table_contains(rows, names[i]))
            g_hash_table_insert(rows, names[i], GSIZE_TO_POINTER(i));
    return rows;
}

static gboolean
is_operator(const char *p)
{
    return (*p == '+' || *p == '-') && (p[1] == ' ' || p[1] == '\0');
}

/* The length of the name at p without the blanks behind it. */
static gsize
name_length(const char *p)
{
    gsize end = 0;

    while (p[end] != '\0' && p[end] != ',' &&
           !(end > 0 && p[end - 1] == ' ' && is_operator(p + end)))
        end++;
    while (end > 0 && p[end - 1] == ' ')
        end--;
    return end;
}

static gboolean
append_row(GString *rows, GHashTable *numbers, const char *name, GError **error)
{
    gpointer row;

    if (!g_hash_table_lookup_extended(numbers, name, NULL, &row)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no item “%s”; names stand apart from + and - by blanks"),
                    name);
        return FALSE;
    }
    g_string_append_printf(rows, "%zu", GPOINTER_TO_SIZE(row));
    return TRUE;
}

/* The length of a number with the asterisk behind it, as the engine reads a weight; 0 for
 * anything else. */
static gsize
weight_length(const char *p)
{
    char *end;

    if (!g_ascii_isdigit(*p))
        return 0;
    g_ascii_strtod(p, &end);
    while (*end == ' ')
        end++;
    return *end == '*' ? (gsize) (end + 1 - p) : 0;
}

static char *
to_rows(const char *formula, GHashTable *numbers, GError **error)
{
    g_autoptr(GString) rows = g_string_new(NULL);

    for (const char *p = formula; *p != '\0';) {
        g_autofree char *name = NULL;
        gsize skip = weight_length(p), n;

        if (skip > 0) {
            g_string_append_len(rows, p, (gssize) skip);
            p += skip;
            continue;
        }
        if (*p == ' ' || *p == ',' || is_operator(p)) {
            g_string_append_c(rows, *p++);
            continue;
        }
        if (*p == '"' && strchr(p + 1, '"') != NULL) {
            n = (gsize) (strchr(p + 1, '"') - p - 1);
            skip = n + 2;
            name = g_strndup(p + 1, n);
        } else {
            n = skip = name_length(p);
            name = g_strndup(p, n);
        }
        if (!append_row(rows, numbers, name, error))
            return NULL;
        p += skip;
    }
    return g_string_free(g_steal_pointer(&rows), FALSE);
}

/* Does nothing for other methods. */
gboolean
umk_cli_axes_resolve(const char *method, UmkParams *params, char **names, GError **error)
{
    static const char *const axes[] = {"x", "y", "z"};
    g_autoptr(GHashTable) numbers = NULL;

    if (!g_str_equal(method, "axes"))
        return TRUE;
    numbers = number_names(names);
    for (gsize i = 0; i < G_N_ELEMENTS(axes); i++) {
        g_autofree char *rows =
            to_rows(umk_params_get_string(params, axes[i]), numbers, error);

        if (rows == NULL || !umk_params_set(params, axes[i], rows, error))
            return FALSE;
    }
    return TRUE;
}
