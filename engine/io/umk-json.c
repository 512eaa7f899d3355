/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guarded JSON. json-glib's parser calls itself for every level of nesting, so the depth
 * is counted first. */
#include "io/umk-json-private.h"

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include <umekomi/umk-error.h>

#define MAX_DEPTH  64
#define MAX_LENGTH ((gsize) 512 << 20)
#define MAX_VALUES ((gsize) 16 << 20) /* json-glib needs some 150 bytes for each */

/* The number of a \u escape, whose backslash is at the place; -1 if it is none. */
static gint32
read_escape(const char *at, const char *end)
{
    gint32 number = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        if (!g_ascii_isxdigit(at[i]))
            return -1;
        number = number * 16 + g_ascii_xdigit_value(at[i]);
    }
    return number;
}

/* Bytes of the escape at the place, 0 if it is broken. json-glib would make a text of it
 * that is not UTF-8. */
static gsize
check_escape(const char *at, const char *end)
{
    gint32 first, second;

    if (end - at < 2 || strchr("\"\\/bfnrtu", at[1]) == NULL || at[1] == '\0')
        return 0;
    if (at[1] != 'u')
        return 2;
    first = read_escape(at, end);
    if (first < 0 || (first >= 0xdc00 && first <= 0xdfff))
        return 0;
    if (first < 0xd800 || first > 0xdfff)
        return 6;
    second = read_escape(at + 6, end);
    return second >= 0xdc00 && second <= 0xdfff ? 12 : 0;
}

static gboolean
check_text(const char *data, gsize length, GError **error)
{
    gsize depth = 0, n_values = 0;
    gboolean quoted = FALSE;
    const char *end;

    if (length > MAX_LENGTH) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The JSON text has %zu bytes, at most %zu are read"), length,
                    MAX_LENGTH);
        return FALSE;
    }
    if (!g_utf8_validate_len(data, length, &end)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The JSON text is not valid UTF-8 at byte %zu"),
                    (gsize) (end - data));
        return FALSE;
    }
    for (gsize i = 0; i < length; i++) {
        char c = data[i];

        if (quoted) {
            if (c == '\\') {
                gsize n = check_escape(data + i, data + length);

                if (n == 0) {
                    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                                _("The JSON text has a broken escape at byte "
                                  "%zu"),
                                i);
                    return FALSE;
                }
                i += n - 1;
            } else if (c == '"') {
                quoted = FALSE;
            }
        } else if (c == '"') {
            quoted = TRUE;
        } else if (c == '[' || c == '{') {
            depth++;
            n_values++;
        } else if (c == ',') {
            n_values++;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        } else if (c == '/' || c == '#' || c == '\'') {
            /* json-glib reads comments; a quote in one would hide what follows from us */
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The JSON text is broken: “%c” at byte %zu"), c, i);
            return FALSE;
        }
        if (n_values > MAX_VALUES) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("The JSON text has more than %zu values"), MAX_VALUES);
            return FALSE;
        }
        if (depth > MAX_DEPTH) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The JSON text is nested deeper than %d levels at byte "
                          "%zu"),
                        MAX_DEPTH, i);
            return FALSE;
        }
    }
    return TRUE;
}

static JsonParser *
parse(const char *data, gsize length, JsonNodeType type, GError **error)
{
    g_autoptr(JsonParser) parser = NULL;
    g_autoptr(GError) inner = NULL;
    JsonNode *root;

    if (data == NULL) { /* an empty file, mapped */
        data = "";
        length = 0;
    }
    if (!check_text(data, length, error))
        return NULL;
    parser = json_parser_new_immutable();
    if (!json_parser_load_from_data(parser, data, (gssize) length, &inner)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The JSON text is broken: %s"), inner->message);
        return NULL;
    }
    root = json_parser_get_root(parser);
    if (root == NULL || json_node_get_node_type(root) != type) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    type == JSON_NODE_OBJECT ? _("The JSON text is not an object")
                                             : _("The JSON text is not an array"));
        return NULL;
    }
    return g_steal_pointer(&parser);
}

JsonParser *
_umk_json_parse(const char *data, gsize length, JsonObject **root, GError **error)
{
    JsonParser *parser = parse(data, length, JSON_NODE_OBJECT, error);

    if (parser != NULL)
        *root = json_node_get_object(json_parser_get_root(parser));
    return parser;
}

JsonParser *
_umk_json_parse_array(const char *data, gsize length, JsonArray **root, GError **error)
{
    JsonParser *parser = parse(data, length, JSON_NODE_ARRAY, error);

    if (parser != NULL)
        *root = json_node_get_array(json_parser_get_root(parser));
    return parser;
}

/* NULL when absent or null */
static JsonNode *
member(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);

    return node == NULL || json_node_is_null(node) ? NULL : node;
}

static gboolean
wrong_type(const char *key, const char *expected, GError **error)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("“%s” is not %s"), key,
                expected);
    return FALSE;
}

static gboolean
is_number(JsonNode *node)
{
    GType type =
        JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;

    return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE;
}

gboolean
_umk_json_get_size(JsonObject *object,
                   const char *key,
                   gsize fallback,
                   gsize most,
                   gsize *value,
                   GError **error)
{
    JsonNode *node = member(object, key);
    double number;

    if (node == NULL) {
        *value = fallback;
        return TRUE;
    }
    if (!is_number(node))
        return wrong_type(key, _("a number"), error);
    number = json_node_get_double(node);
    if (!(number >= 0 && number <= (double) most && floor(number) == number)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is %g, expected a whole number from 0 to %zu"), key, number,
                    most);
        return FALSE;
    }
    *value = (gsize) number;
    return TRUE;
}

gboolean
_umk_json_get_number(
    JsonObject *object, const char *key, double fallback, double *value, GError **error)
{
    JsonNode *node = member(object, key);

    if (node != NULL && !is_number(node))
        return wrong_type(key, _("a number"), error);
    *value = node == NULL ? fallback : json_node_get_double(node);
    return TRUE;
}

gboolean
_umk_json_get_boolean(JsonObject *object,
                      const char *key,
                      gboolean fallback,
                      gboolean *value,
                      GError **error)
{
    JsonNode *node = member(object, key);

    if (node != NULL && (!JSON_NODE_HOLDS_VALUE(node) ||
                         json_node_get_value_type(node) != G_TYPE_BOOLEAN))
        return wrong_type(key, _("true or false"), error);
    *value = node == NULL ? fallback : json_node_get_boolean(node);
    return TRUE;
}

gboolean
_umk_json_get_string(JsonObject *object,
                     const char *key,
                     const char *fallback,
                     const char **value,
                     GError **error)
{
    JsonNode *node = member(object, key);

    if (node != NULL &&
        (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_STRING))
        return wrong_type(key, _("a text"), error);
    *value = node == NULL ? fallback : json_node_get_string(node);
    return TRUE;
}

gboolean
_umk_json_get_object(JsonObject *object,
                     const char *key,
                     JsonObject **value,
                     GError **error)
{
    JsonNode *node = member(object, key);

    if (node != NULL && !JSON_NODE_HOLDS_OBJECT(node))
        return wrong_type(key, _("an object"), error);
    *value = node == NULL ? NULL : json_node_get_object(node);
    return TRUE;
}

gboolean
_umk_json_get_array(JsonObject *object,
                    const char *key,
                    JsonArray **value,
                    GError **error)
{
    JsonNode *node = member(object, key);

    if (node != NULL && !JSON_NODE_HOLDS_ARRAY(node))
        return wrong_type(key, _("an array"), error);
    *value = node == NULL ? NULL : json_node_get_array(node);
    return TRUE;
}
