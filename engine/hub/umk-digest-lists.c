/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server says a model consists of: a SHA256SUMS file, or the listing of the
 * Hugging Face interface. Nothing in them is believed before it is checked: a name may
 * not leave the folder, a digest has the right length, the number of files is bounded. */
#include "hub/umk-digests-private.h"
#include "io/umk-json-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

/* what this engine reads, and what people want beside it */
static const char *const wanted_endings[] = {".safetensors", ".json", ".txt", ".model",
                                             ".md",          ".gguf", ".npy", ".jsonl"};
static const char *const unwanted_folders[] = {"onnx/", "openvino/", "coreml/", "tf/",
                                               "flax/", "original/", "gguf/"};

static gboolean
is_digest(const char *text, gsize length, gsize wanted)
{
    if (length != wanted)
        return FALSE;
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isxdigit(text[i]))
            return FALSE;
    return TRUE;
}

static gboolean
parse_line(GPtrArray *files, const char *line, guint number, GError **error)
{
    const char *blank = strchr(line, ' ');
    g_autofree char *digest = NULL;
    const char *name;

    if (blank == NULL || !is_digest(line, (gsize) (blank - line), 64) ||
        (blank[1] != ' ' && blank[1] != '*')) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("line %u is not a SHA-256 digest, two blanks and a name"), number);
        return FALSE;
    }
    digest = g_ascii_strdown(line, blank - line);
    name = blank + 2;
    if (g_str_has_prefix(name, "./"))
        name += 2;
    if (!_umk_file_name_is_safe(name)) {
        g_autofree char *shown = g_strescape(name, NULL);

        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("line %u: “%s” is not the name of a file inside the folder"),
                    number, shown);
        return FALSE;
    }
    g_ptr_array_add(files, _umk_file_digest_new(name, -1, UMK_DIGEST_SHA256, digest));
    return TRUE;
}

GPtrArray *
_umk_sums_parse(const char *data, gsize length, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(_umk_file_digest_free);
    g_autofree char *text = g_strndup(data, length);
    guint number = 0;

    for (char *line = text, *end; line != NULL && line[0] != '\0'; line = end) {
        end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        number++;
        g_strchomp(line);
        if (line[0] == '\0')
            continue;
        if (files->len >= UMK_DIGESTS_MAX_FILES) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("more than %u files are listed"), UMK_DIGESTS_MAX_FILES);
            return NULL;
        }
        if (!parse_line(files, line, number, error))
            return NULL;
    }
    if (files->len == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("no file is listed"));
        return NULL;
    }
    return g_steal_pointer(&files);
}

static gboolean
is_wanted(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(unwanted_folders); i++)
        if (g_str_has_prefix(name, unwanted_folders[i]))
            return FALSE;
    if (g_str_has_prefix(name, "LICENSE"))
        return TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(wanted_endings); i++)
        if (g_str_has_suffix(name, wanted_endings[i]))
            return TRUE;
    return FALSE;
}

/* One of "siblings": {"rfilename", "size", "blobId", "lfs": {"sha256", "size"}} */
static gboolean
parse_sibling(GPtrArray *files, JsonNode *node, GError **error)
{
    const char *name, *blob, *sha256 = "";
    JsonObject *object, *lfs;
    gsize size;

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("an entry of “siblings” is not an object"));
        return FALSE;
    }
    object = json_node_get_object(node);
    if (!_umk_json_get_string(object, "rfilename", "", &name, error) ||
        !_umk_json_get_string(object, "blobId", "", &blob, error) ||
        !_umk_json_get_size(object, "size", 0, G_MAXINT64, &size, error) ||
        !_umk_json_get_object(object, "lfs", &lfs, error) ||
        (lfs != NULL && !_umk_json_get_string(lfs, "sha256", "", &sha256, error)))
        return FALSE;
    if (!_umk_file_name_is_safe(name) || !is_wanted(name))
        return TRUE; /* .gitattributes and the like */
    if (is_digest(sha256, strlen(sha256), 64))
        g_ptr_array_add(
            files, _umk_file_digest_new(name, (gint64) size, UMK_DIGEST_SHA256, sha256));
    else if (is_digest(blob, strlen(blob), 40))
        g_ptr_array_add(
            files, _umk_file_digest_new(name, (gint64) size, UMK_DIGEST_GIT_SHA1, blob));
    else {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("no digest is given for “%s”"), name);
        return FALSE;
    }
    return TRUE;
}

GPtrArray *
_umk_hub_listing_parse(const char *data, gsize length, char **commit, GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(_umk_file_digest_free);
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *root;
    JsonArray *siblings;
    const char *sha;

    parser = _umk_json_parse(data, length, &root, error);
    if (parser == NULL || !_umk_json_get_string(root, "sha", "", &sha, error) ||
        !_umk_json_get_array(root, "siblings", &siblings, error))
        return NULL;
    if (siblings == NULL || !is_digest(sha, strlen(sha), 40)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“sha” and “siblings”, the commit and its files, are needed"));
        return NULL;
    }
    if (json_array_get_length(siblings) > UMK_DIGESTS_MAX_FILES) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("more than %u files are listed"), UMK_DIGESTS_MAX_FILES);
        return NULL;
    }
    for (guint i = 0; i < json_array_get_length(siblings); i++)
        if (!parse_sibling(files, json_array_get_element(siblings, i), error))
            return NULL;
    *commit = g_strdup(sha);
    return g_steal_pointer(&files);
}
