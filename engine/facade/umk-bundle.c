/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads umekomi-model.json, which joins several ordinary model folders ("towers") that
 * share one space. A folder without it is a model by itself, named after the folder.
 *
 *   {"format": "umekomi-bundle/1", "name": ..., "version": ..., "space": ..., "n_dims":
 * ..., "license": ..., "towers": {"text": "text", "image": "image", ...}}
 */
#include "facade/umk-bundle-private.h"
#include "io/umk-json-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

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

/* A tower is a plain subfolder; anything that could lead out of the bundle is refused. */
static gboolean
read_towers(UmkBundle *bundle, const char *path, JsonObject *towers, GError **error)
{
    g_autoptr(GList) names = json_object_get_members(towers);

    for (GList *l = names; l != NULL; l = l->next) {
        const char *folder;
        UmkModality modality;

        if (!_umk_json_get_string(towers, l->data, "", &folder, error))
            return FALSE;
        if (!umk_modality_from_name(l->data, &modality)) {
            g_set_error(
                error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("“%s” is not a modality; they are text, image, audio and graph"),
                (const char *) l->data);
            return FALSE;
        }
        if (folder[0] == '\0' || strchr(folder, '/') || folder[0] == '.') {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("the tower “%s” should be the name of a subfolder"),
                        (const char *) l->data);
            return FALSE;
        }
        bundle->folders[modality] = g_build_filename(path, folder, NULL);
    }
    return TRUE;
}

static gboolean
parse(UmkBundle *bundle, const char *path, const char *data, gsize length, GError **error)
{
    g_autoptr(JsonParser) parser = NULL;
    const char *format, *name, *version, *license, *frame;
    JsonObject *object, *towers;

    parser = _umk_json_parse(data, length, &object, error);
    if (parser == NULL || !_umk_json_get_string(object, "format", "", &format, error))
        return FALSE;
    if (!g_str_equal(format, FORMAT)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("the format is “%s”, this version reads “%s”"), format, FORMAT);
        return FALSE;
    }
    if (!_umk_json_get_string(object, "name", "", &name, error) ||
        !_umk_json_get_string(object, "version", "", &version, error) ||
        !_umk_json_get_string(object, "license", "", &license, error) ||
        !_umk_json_get_string(object, "space", name, &frame, error) ||
        !_umk_json_get_object(object, "towers", &towers, error))
        return FALSE;
    if (name[0] == '\0' || towers == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“name” and “towers”, the subfolder of each modality, are needed"));
        return FALSE;
    }
    bundle->id = g_strdup(name);
    bundle->version = g_strdup(version);
    bundle->license = g_strdup(license);
    bundle->frame = g_strdup(frame);
    return read_towers(bundle, path, towers, error);
}

/* What the text of an umekomi-model.json in folder path says. */
UmkBundle *
_umk_bundle_parse(const char *path, const char *data, gsize length, GError **error)
{
    g_autoptr(UmkBundle) bundle = g_new0(UmkBundle, 1);

    return parse(bundle, path, data, length, error) ? g_steal_pointer(&bundle) : NULL;
}

/* Reads the description of a model folder; no weights. */
UmkBundle *
_umk_bundle_read(const char *path, GError **error)
{
    g_autoptr(UmkBundle) bundle = g_new0(UmkBundle, 1);
    g_autofree char *file = g_build_filename(path, "umekomi-model.json", NULL);
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);

    if (g_file_test(file, G_FILE_TEST_EXISTS)) {
        g_autoptr(GMappedFile) map = g_mapped_file_new(file, FALSE, error);

        if (map == NULL)
            return NULL;
        if (!parse(bundle, path, g_mapped_file_get_contents(map),
                   g_mapped_file_get_length(map), error)) {
            g_prefix_error(error, "%s: ", file);
            return NULL;
        }
        return g_steal_pointer(&bundle);
    }
    bundle->id = g_path_get_basename(absolute);
    bundle->version = g_strdup("");
    bundle->license = g_strdup("");
    bundle->frame = g_strdup(bundle->id);
    for (guint i = 0; i < UMK_N_MODALITIES; i++)
        bundle->folders[i] = g_strdup(path);
    return g_steal_pointer(&bundle);
}
