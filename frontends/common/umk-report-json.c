/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading an audit without trusting it. json-glib complains on the console about members
 * of another type, so types are looked at first. */
#include "umk-report-json.h"

#include <math.h>

static JsonNode *
find(JsonObject *object, const char *member)
{
    return object != NULL ? json_object_get_member(object, member) : NULL;
}

static JsonObject *
to_object(JsonNode *node)
{
    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                        : NULL;
}

static const char *
to_code(JsonNode *node)
{
    if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
        json_node_get_value_type(node) != G_TYPE_STRING)
        return NULL;
    return json_node_get_string(node);
}

static gboolean
to_number(JsonNode *node, double *value)
{
    GType type = node != NULL && JSON_NODE_HOLDS_VALUE(node)
                     ? json_node_get_value_type(node)
                     : G_TYPE_INVALID;
    double found;

    if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
        return FALSE;
    found = json_node_get_double(node);
    if (!(fabs(found) <= 1e100)) /* nothing measured is beyond */
        return FALSE;
    *value = found;
    return TRUE;
}

JsonObject *
_umk_report_json_object(JsonObject *object, const char *member)
{
    return to_object(find(object, member));
}

JsonArray *
_umk_report_json_array(JsonObject *object, const char *member)
{
    JsonNode *node = find(object, member);

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

const char *
_umk_report_json_code(JsonObject *object, const char *member)
{
    return to_code(find(object, member));
}

gboolean
_umk_report_json_number(JsonObject *object, const char *member, double *value)
{
    return to_number(find(object, member), value);
}

gboolean
_umk_report_json_flag(JsonObject *object, const char *member)
{
    JsonNode *node = find(object, member);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
           json_node_get_value_type(node) == G_TYPE_BOOLEAN &&
           json_node_get_boolean(node);
}

/* NULL for none and for an empty one. */
char *
_umk_report_json_dup_text(JsonObject *object, const char *member)
{
    const char *text = _umk_report_json_code(object, member);

    return text != NULL && *text != '\0' ? _umk_report_safe_text(text) : NULL;
}

guint
_umk_report_json_n(JsonArray *array)
{
    return array != NULL ? json_array_get_length(array) : 0;
}

JsonObject *
_umk_report_json_object_at(JsonArray *array, guint i)
{
    return i < _umk_report_json_n(array) ? to_object(json_array_get_element(array, i))
                                         : NULL;
}

const char *
_umk_report_json_code_at(JsonArray *array, guint i)
{
    return i < _umk_report_json_n(array) ? to_code(json_array_get_element(array, i))
                                         : NULL;
}

gboolean
_umk_report_json_number_at(JsonArray *array, guint i, double *value)
{
    return i < _umk_report_json_n(array) &&
           to_number(json_array_get_element(array, i), value);
}

static gboolean
is_hidden(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);

    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xfeff ||
           type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR ||
           type == G_UNICODE_UNASSIGNED || type == G_UNICODE_PRIVATE_USE || c == 0x061c ||
           c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || (c >= 0xe0000 && c <= 0xe007f);
}

/* The blocks of Hebrew, Arabic and their neighbours. */
static gboolean
is_right_to_left(gunichar c)
{
    return (c >= 0x0590 && c <= 0x08ff) || (c >= 0xfb1d && c <= 0xfdff) ||
           (c >= 0xfe70 && c <= 0xfefe) || (c >= 0x10800 && c <= 0x10fff) ||
           (c >= 0x1e800 && c <= 0x1efff);
}

char *
_umk_report_safe_text(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    gboolean right_to_left = FALSE;
    GString *out = g_string_new(NULL);

    for (const char *p = valid; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (is_hidden(c))
            g_string_append_printf(out, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
        right_to_left |= is_right_to_left(c);
    }
    if (right_to_left) { /* first-strong isolate … pop isolate */
        g_string_prepend(out, "\u2068");
        g_string_append(out, "\u2069");
    }
    return g_string_free(out, FALSE);
}
