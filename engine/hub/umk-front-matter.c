/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the card of a model. A card is advice for people; nothing is computed from it, so
 * what cannot be understood is left out and is no error. */
#include "hub/umk-front-matter-private.h"

#include <string.h>

#define MAX_CARD   (256u << 10)
#define MAX_VALUES 512

static char *
dup_scalar(const char *text)
{
    g_autofree char *value = g_utf8_make_valid(text, -1);
    gsize length;

    g_strstrip(value);
    length = strlen(value);
    if (length >= 2 && (value[0] == '"' || value[0] == '\'') &&
        value[length - 1] == value[0])
        return g_strndup(value + 1, length - 2);
    return g_steal_pointer(&value);
}

static void
add_value(GPtrArray *values, const char *text)
{
    g_autofree char *value = dup_scalar(text);

    /* a mapping is not a value */
    if (value[0] != '\0' && values->len < MAX_VALUES && value[0] != '{')
        g_ptr_array_add(values, g_steal_pointer(&value));
}

static void
add_flow(GPtrArray *values, const char *text)
{
    const char *end = strrchr(text, ']');
    g_autofree char *inside =
        g_strndup(text + 1, end ? (gsize) (end - text - 1) : strlen(text + 1));
    g_auto(GStrv) parts = g_strsplit(inside, ",", MAX_VALUES);

    for (gsize i = 0; parts[i] != NULL; i++)
        add_value(values, parts[i]);
}

static void
finish(GHashTable *card, char **key, GPtrArray **values)
{
    if (*key != NULL) {
        g_ptr_array_add(*values, NULL);
        g_hash_table_insert(card, g_steal_pointer(key), g_ptr_array_free(*values, FALSE));
        *values = NULL;
    }
}

static void
read_line(GHashTable *card, const char *line, char **key, GPtrArray **values)
{
    const char *colon = strchr(line, ':');

    if (line[0] == '-' && line[1] == ' ' && *key != NULL) {
        add_value(*values, line + 2);
        return;
    }
    if (g_str_has_prefix(line, "  - ") && *key != NULL) {
        add_value(*values, line + 4);
        return;
    }
    if (g_ascii_isspace(line[0]) || line[0] == '#' || line[0] == '-' || colon == NULL ||
        colon == line || (colon[1] != '\0' && colon[1] != ' '))
        return;
    finish(card, key, values);
    *key = g_strndup(line, (gsize) (colon - line));
    *values = g_ptr_array_new_with_free_func(NULL);
    {
        g_autofree char *rest = g_strdup(colon + 1);

        g_strstrip(rest);
        if (rest[0] == '[')
            add_flow(*values, rest);
        else if (rest[0] != '|' && rest[0] != '>')
            add_value(*values, rest);
    }
}

static void
free_values(gpointer values)
{
    g_strfreev(values);
}

GHashTable *
_umk_front_matter_parse(const char *data, gsize length)
{
    GHashTable *card =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_values);
    g_autofree char *text = g_strndup(data, MIN(length, MAX_CARD));
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GPtrArray *values = NULL;
    char *key = NULL;

    if (lines[0] == NULL || !g_str_equal(g_strchomp(lines[0]), "---"))
        return card;
    for (gsize i = 1; lines[i] != NULL; i++) {
        g_strchomp(lines[i]);
        if (g_str_equal(lines[i], "---"))
            break;
        read_line(card, lines[i], &key, &values);
    }
    finish(card, &key, &values);
    return card;
}
