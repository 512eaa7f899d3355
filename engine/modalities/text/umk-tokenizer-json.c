/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounded JSON and typed members, see the header. */
#include "modalities/text/umk-tokenizer-json-private.h"

#include "modalities/text/umk-tokenizer-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_DEPTH  64
#define MAX_VALUES ((gsize) 3 * UMK_TOKENIZER_MAX_VOCAB)

/* Depth and number of values from the brackets and commas outside strings. */
static gboolean
check_bounds(const char *data, gsize length, GError **error)
{
    gsize depth = 0, n_values = 0;
    gboolean quoted = FALSE;

    for (gsize i = 0; i < length; i++) {
        switch (data[i]) {
        case '"':
            quoted = !quoted;
            break;
        case '\\':
            i += quoted;
            break;
        case '[':
        case '{':
            if (!quoted && ++depth > MAX_DEPTH) {
                g_set_error(
                    error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("JSON nested deeper than %d levels at byte %" G_GSIZE_FORMAT),
                    MAX_DEPTH, i);
                return FALSE;
            }
            n_values += !quoted;
            break;
        case ']':
        case '}':
            depth -= !quoted && depth > 0;
            break;
        case ',':
            n_values += !quoted;
            break;
        default:
            break;
        }
    }
    if (n_values > MAX_VALUES) {
        g_set_error(
            error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
            _("JSON with %" G_GSIZE_FORMAT " values, the limit is %" G_GSIZE_FORMAT),
            n_values, MAX_VALUES);
        return FALSE;
    }
    return TRUE;
}

JsonNode *
_umk_tokenizer_json_parse(const char *data, gsize length, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) trouble = NULL;
    JsonNode *root;

    if (length > UMK_TOKENIZER_MAX_FILE) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The tokenizer has %" G_GSIZE_FORMAT
                      " bytes, the limit is %" G_GSIZE_FORMAT),
                    length, UMK_TOKENIZER_MAX_FILE);
        return NULL;
    }
    if (!check_bounds(data, length, error))
        return NULL;
    /* An empty text is no error to json-glib. */
    if (length > 0 &&
        !json_parser_load_from_data(parser, data, (gssize) length, &trouble)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("Not valid JSON: %s"),
                    trouble->message);
        return NULL;
    }
    root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The JSON of a tokenizer must be an object"));
        return NULL;
    }
    return json_node_ref(root);
}

/* NULL without an error: absent or null. */
static JsonNode *
get_member(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && !JSON_NODE_HOLDS_NULL(node) ? node : NULL;
}

static gboolean
check_type(gboolean right, const char *name, const char *type, GError **error)
{
    if (!right)
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("“%s” must be %s"), name,
                    type);
    return right;
}

static gboolean
holds(JsonNode *node, GType type)
{
    return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == type;
}

gboolean
_umk_tokenizer_json_get_boolean(JsonObject *object,
                                const char *name,
                                gboolean *value,
                                GError **error)
{
    JsonNode *node = get_member(object, name);

    if (node == NULL)
        return TRUE;
    if (!check_type(holds(node, G_TYPE_BOOLEAN), name, _("true or false"), error))
        return FALSE;
    *value = json_node_get_boolean(node);
    return TRUE;
}

gboolean
_umk_tokenizer_json_get_int(JsonObject *object,
                            const char *name,
                            gint64 *value,
                            GError **error)
{
    JsonNode *node = get_member(object, name);

    if (node == NULL)
        return TRUE;
    if (!check_type(holds(node, G_TYPE_INT64), name, _("a whole number"), error))
        return FALSE;
    *value = json_node_get_int(node);
    return TRUE;
}

gboolean
_umk_tokenizer_json_get_string(JsonObject *object,
                               const char *name,
                               const char **value,
                               GError **error)
{
    JsonNode *node = get_member(object, name);

    if (node == NULL)
        return TRUE;
    if (!check_type(holds(node, G_TYPE_STRING), name, _("a string"), error))
        return FALSE;
    *value = json_node_get_string(node);
    return TRUE;
}

gboolean
_umk_tokenizer_json_get_object(JsonObject *object,
                               const char *name,
                               JsonObject **value,
                               GError **error)
{
    JsonNode *node = get_member(object, name);

    if (node == NULL)
        return TRUE;
    if (!check_type(JSON_NODE_HOLDS_OBJECT(node), name, _("an object"), error))
        return FALSE;
    *value = json_node_get_object(node);
    return TRUE;
}

gboolean
_umk_tokenizer_json_get_array(JsonObject *object,
                              const char *name,
                              JsonArray **value,
                              GError **error)
{
    JsonNode *node = get_member(object, name);

    if (node == NULL)
        return TRUE;
    if (!check_type(JSON_NODE_HOLDS_ARRAY(node), name, _("an array"), error))
        return FALSE;
    *value = json_node_get_array(node);
    return TRUE;
}
