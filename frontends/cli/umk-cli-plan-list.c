/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lists of a recall table's plan: texts, and files and glyphs one by one or several
 * at once. Looks for their material. */
#include "umk-cli-plan.h"

static const char *
get_string(JsonNode *node, const char *name)
{
    JsonNode *member = json_object_get_member(json_node_get_object(node), name);

    return member != NULL && JSON_NODE_HOLDS_VALUE(member) ? json_node_get_string(member)
                                                           : NULL;
}

/* The names of several files or glyphs; NULL where it is one item. */
static JsonArray *
get_several(JsonNode *node)
{
    static const char *const names[] = {"files", "glyphs"};

    for (guint i = 0; i < G_N_ELEMENTS(names) && JSON_NODE_HOLDS_OBJECT(node); i++) {
        JsonNode *member = json_object_get_member(json_node_get_object(node), names[i]);

        if (member != NULL && JSON_NODE_HOLDS_ARRAY(member))
            return json_node_get_array(member);
    }
    return NULL;
}

static UmkItem *
item_of_file(const char *file, const char *assets, const char *const *roots)
{
    UmkModality modality;
    g_autofree char *path =
        g_path_is_absolute(file) ? g_strdup(file) : g_build_filename(assets, file, NULL);

    if (!umk_modality_of_file(path, &modality))
        return NULL;
    for (gsize i = 0; !g_file_test(path, G_FILE_TEST_EXISTS); i++) {
        if (roots[i] == NULL || !g_path_is_absolute(file))
            return NULL;
        g_free(path);
        path = g_build_filename(roots[i], file, NULL);
    }
    return umk_item_new_for_file(modality, path);
}

static UmkItem *
item_of_glyph(const char *glyph)
{
    g_autoptr(GBytes) bytes = umk_cli_draw_glyph(glyph);

    return bytes != NULL ? umk_item_new_for_bytes(UMK_MODALITY_IMAGE, bytes) : NULL;
}

/* Of a file or a glyph. NULL: the material is missing, and the list says so. */
static UmkItem *
read_material(UmkCliPlanList *list,
              const char *file,
              const char *glyph,
              const char *package,
              const char *assets,
              const char *const *roots)
{
    UmkItem *item =
        file != NULL ? item_of_file(file, assets, roots) : item_of_glyph(glyph);

    if (item == NULL) {
        list->missing = g_strdup(file ? file : glyph);
        list->package = g_strdup(file ? package : "fonts-noto-color-emoji");
    }
    return item;
}

/* Adds what a node says; clears the items where material is missing. */
static gboolean
add_one(UmkCliPlanList *list,
        JsonNode *node,
        const char *assets,
        const char *const *roots,
        GError **error)
{
    const char *text = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
    g_autoptr(UmkItem) item = NULL;

    if (text != NULL) {
        item = umk_item_new_for_text(text);
    } else {
        const char *file, *glyph;

        if (!JSON_NODE_HOLDS_OBJECT(node))
            return umk_cli_plan_fail(error, _("an item is neither a text nor an object"));
        file = get_string(node, "file");
        glyph = get_string(node, "glyph");
        if (file == NULL && glyph == NULL)
            return umk_cli_plan_fail(error, _("an item has no “file” and no “glyph”"));
        item =
            read_material(list, file, glyph, get_string(node, "package"), assets, roots);
    }
    if (item != NULL)
        umk_items_append(list->items, item);
    else
        g_clear_pointer(&list->items, umk_items_unref);
    return TRUE;
}

static gboolean
add_several(UmkCliPlanList *list,
            JsonNode *node,
            JsonArray *names,
            const char *assets,
            const char *const *roots,
            GError **error)
{
    const char *folder = get_string(node, "folder");
    gboolean files = json_object_has_member(json_node_get_object(node), "files");

    for (guint i = 0; list->items != NULL && i < json_array_get_length(names); i++) {
        JsonNode *element = json_array_get_element(names, i);
        const char *name =
            JSON_NODE_HOLDS_VALUE(element) ? json_node_get_string(element) : NULL;
        g_autofree char *path = NULL;
        g_autoptr(UmkItem) item = NULL;

        if (name == NULL || (files && folder == NULL))
            return umk_cli_plan_fail(error, _("an item has no “file” and no “glyph”"));
        path = files ? g_build_filename(folder, name, NULL) : NULL;
        item =
            read_material(list, path, name, get_string(node, "package"), assets, roots);
        if (item != NULL)
            umk_items_append(list->items, item);
        else
            g_clear_pointer(&list->items, umk_items_unref);
    }
    return TRUE;
}

gboolean
umk_cli_plan_read_list(UmkCliPlanList *list,
                       JsonNode *node,
                       const char *assets,
                       const char *const *roots,
                       GError **error)
{
    JsonArray *array = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    guint n = array != NULL ? json_array_get_length(array) : 0;

    for (guint i = 0; i < n; i++) {
        JsonArray *several = get_several(json_array_get_element(array, i));

        list->n_items += several != NULL ? json_array_get_length(several) : 1;
    }
    if (list->n_items == 0)
        return umk_cli_plan_fail(error, _("a list is empty or no array"));
    list->items = umk_items_new();
    for (guint i = 0; list->items != NULL && i < n; i++) {
        JsonNode *element = json_array_get_element(array, i);
        JsonArray *several = get_several(element);

        if (several != NULL ? !add_several(list, element, several, assets, roots, error)
                            : !add_one(list, element, assets, roots, error))
            return FALSE;
    }
    return TRUE;
}
