/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads umekomi-model.json, which joins several ordinary model folders ("towers") that
 * share one space. A folder without it is a model by itself, named after the folder.
 *
 *   {"format": "umekomi-bundle/1", "name": ..., "version": ..., "space": ..., "n_dims":
 * ..., "license": ..., "towers": {"text": "text", "image": "image", ...}}
 */
#include "facade/umk-bundle-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include <string.h>

#define FORMAT "umekomi-bundle/1"

void
_umk_bundle_free(UmkBundle *bundle)
{
    g_free(bundle->id);
    g_free(bundle->version);
    g_free(bundle->license);
    g_free(bundle->frame);
    for (guint i = 0; i < UMK_N_MODALITIES; i++)
        g_free(bundle->folders[i]);
    g_free(bundle);
}

static char *
dup_member(JsonObject *object, const char *name, const char *otherwise)
{
    JsonNode *node = json_object_get_member(object, name);

    if (node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
        json_node_get_value_type(node) == G_TYPE_STRING)
        return g_strdup(json_node_get_string(node));
    return g_strdup(otherwise);
}

/* A tower is a plain subfolder; anything that could lead out of the bundle is refused. */
static gboolean
read_towers(UmkBundle *bundle, const char *path, JsonObject *towers, GError **error)
{
    g_autoptr(GList) names = json_object_get_members(towers);

    for (GList *l = names; l != NULL; l = l->next) {
        g_autofree char *folder = dup_member(towers, l->data, NULL);
        UmkModality modality;

        if (!umk_modality_from_name(l->data, &modality)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("%s/umekomi-model.json: “%s” is not a modality; they are text, "
                          "image, audio and graph"),
                        path, (const char *) l->data);
            return FALSE;
        }
        if (folder == NULL || folder[0] == '\0' || strchr(folder, '/') ||
            folder[0] == '.') {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("%s/umekomi-model.json: the tower “%s” should be the name of a "
                          "subfolder"),
                        path, (const char *) l->data);
            return FALSE;
        }
        bundle->folders[modality] = g_build_filename(path, folder, NULL);
    }
    return TRUE;
}

static gboolean
parse(UmkBundle *bundle, const char *path, const char *file, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autofree char *format = NULL;
    JsonObject *object;
    JsonNode *root, *towers;

    if (!json_parser_load_from_file(parser, file, error)) {
        g_prefix_error(error, "%s: ", file);
        return FALSE;
    }
    root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%s: expected a JSON object"), file);
        return FALSE;
    }
    object = json_node_get_object(root);
    format = dup_member(object, "format", "");
    if (!g_str_equal(format, FORMAT)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("%s: the format is “%s”, this version reads “%s”"), file, format,
                    FORMAT);
        return FALSE;
    }
    towers = json_object_get_member(object, "towers");
    if (towers == NULL || !JSON_NODE_HOLDS_OBJECT(towers)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("%s: “towers” should name the subfolder of each modality"), file);
        return FALSE;
    }
    bundle->is_bundle = TRUE;
    bundle->id = dup_member(object, "name", NULL);
    if (bundle->id == NULL || bundle->id[0] == '\0') {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("%s: “name” is missing"),
                    file);
        return FALSE;
    }
    bundle->version = dup_member(object, "version", "");
    bundle->license = dup_member(object, "license", "");
    bundle->frame = dup_member(object, "space", bundle->id);
    return read_towers(bundle, path, json_node_get_object(towers), error);
}

/* Reads the description of a model folder; no weights. */
UmkBundle *
_umk_bundle_read(const char *path, GError **error)
{
    g_autoptr(UmkBundle) bundle = g_new0(UmkBundle, 1);
    g_autofree char *file = g_build_filename(path, "umekomi-model.json", NULL);
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);

    if (g_file_test(file, G_FILE_TEST_EXISTS))
        return parse(bundle, path, file, error) ? g_steal_pointer(&bundle) : NULL;
    bundle->id = g_path_get_basename(absolute);
    bundle->version = g_strdup("");
    bundle->license = g_strdup("");
    bundle->frame = g_strdup(bundle->id);
    for (guint i = 0; i < UMK_N_MODALITIES; i++)
        bundle->folders[i] = g_strdup(path);
    return g_steal_pointer(&bundle);
}
