/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the JSON object a collection keeps of each model. Names it knows are translated,
 * others are shown as they stand: a newer engine may record more than this window knows.
 */
#include "umk-app-provenance.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

static const char *
translate_name(const char *name)
{
    static const char *const known[][2] = {
        {"name", N_("Model")},          {"id", N_("Model")},
        {"version", N_("Version")},     {"frame", N_("Frame")},
        {"license", N_("Licence")},     {"digest", N_("Digest")},
        {"path", N_("Folder")},         {"n_dims", N_("Dimensions")},
        {"space", N_("Space")},         {"created", N_("Made on")},
        {"time", N_("Made on")},        {"method", N_("Method")},
        {"embedders", N_("Embedders")}, {"towers", N_("Embedders")},
        {"params", N_("Options")},      {"parameters", N_("Options")},
        {"seed", N_("Seed")},           {"preprocessing", N_("Preprocessing")},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(name, known[i][0]))
            return _(known[i][1]);
    return name;
}

static char *
value_text(JsonNode *node)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *value;
    GString *all;

    if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
        return g_strdup(json_node_get_string(node));
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return json_to_string(node, FALSE);
    all = g_string_new(NULL);
    json_object_iter_init_ordered(&iter, json_node_get_object(node));
    while (json_object_iter_next_ordered(&iter, &name, &value)) {
        g_autofree char *text = value_text(value);

        g_string_append_printf(all, "%s%s %s", all->len > 0 ? ", " : "", name, text);
    }
    return g_string_free(all, FALSE);
}

static void
add(GPtrArray *pairs, const char *name, char *value)
{
    g_ptr_array_add(pairs, g_strdup(name));
    g_ptr_array_add(pairs, value);
}

/* Returns: names and values in turn. */
GPtrArray *
umk_app_provenance_of(UmkAppSource *source, guint32 row)
{
    UmkCollection *collection = umk_app_source_get_collection(source);
    g_autofree char *model = umk_collection_dup_item_model(collection, row);
    g_autofree char *json =
        model ? umk_collection_dup_model_provenance(collection, model) : NULL;
    g_autoptr(JsonNode) root = json ? json_from_string(json, NULL) : NULL;
    GPtrArray *pairs = g_ptr_array_new_with_free_func(g_free);
    JsonObjectIter iter;
    const char *name;
    JsonNode *value;

    if (model == NULL)
        return pairs;
    add(pairs, _("Model"), g_strdup(model));
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root))
        return pairs;
    json_object_iter_init_ordered(&iter, json_node_get_object(root));
    while (json_object_iter_next_ordered(&iter, &name, &value)) {
        char *text = value_text(value);

        if (g_strcmp0(text, model) == 0)
            g_free(text);
        else
            add(pairs, translate_name(name), text);
    }
    return pairs;
}
