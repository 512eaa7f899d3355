/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes the notes on a model.
 *
 *   {"format": "umekomi-record/1", "source": ..., "added": ...,
 *    "files": [{"name": "config.json", "size": 612, "sha256": "…"}, …]}
 */
#include "hub/umk-model-record-private.h"
#include "hub/umk-digests-private.h"
#include "hub/umk-model-folders-private.h"
#include "io/umk-json-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define FORMAT "umekomi-record/1"

UmkModelRecord *
_umk_model_record_new(const char *source, GPtrArray *files)
{
    UmkModelRecord *self = g_new0(UmkModelRecord, 1);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();

    self->source = g_strdup(source);
    self->added = g_date_time_format_iso8601(now);
    self->files = g_ptr_array_ref(files);
    return self;
}

void
_umk_model_record_free(UmkModelRecord *self)
{
    g_free(self->source);
    g_free(self->added);
    g_clear_pointer(&self->files, g_ptr_array_unref);
    g_free(self);
}

static gboolean
parse_file(GPtrArray *files, JsonNode *node, GError **error)
{
    const char *name = "", *digest = "";
    gsize size = 0;

    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node)) {
        JsonObject *object = json_node_get_object(node);

        if (!_umk_json_get_string(object, "name", "", &name, error) ||
            !_umk_json_get_string(object, "sha256", "", &digest, error) ||
            !_umk_json_get_size(object, "size", 0, G_MAXINT64, &size, error))
            return FALSE;
    }
    if (!_umk_file_name_is_safe(name) || strlen(digest) != 64) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("entry %u of “files” has no proper name and SHA-256 digest"),
                    files->len + 1);
        return FALSE;
    }
    g_ptr_array_add(files,
                    _umk_file_digest_new(name, (gint64) size, UMK_DIGEST_SHA256, digest));
    return TRUE;
}

UmkModelRecord *
_umk_model_record_parse(const char *data, gsize length, GError **error)
{
    g_autoptr(UmkModelRecord) self = g_new0(UmkModelRecord, 1);
    g_autoptr(JsonParser) parser = NULL;
    const char *format, *source, *added;
    JsonObject *root;
    JsonArray *files;

    parser = _umk_json_parse(data, length, &root, error);
    if (parser == NULL || !_umk_json_get_string(root, "format", "", &format, error) ||
        !_umk_json_get_string(root, "source", "", &source, error) ||
        !_umk_json_get_string(root, "added", "", &added, error) ||
        !_umk_json_get_array(root, "files", &files, error))
        return NULL;
    if (!g_str_equal(format, FORMAT)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("the format is “%s”, this version reads “%s”"), format, FORMAT);
        return NULL;
    }
    self->source = g_strdup(source);
    self->added = g_strdup(added);
    self->files = g_ptr_array_new_with_free_func(_umk_file_digest_free);
    for (guint i = 0; files != NULL && i < json_array_get_length(files); i++)
        if (!parse_file(self->files, json_array_get_element(files, i), error))
            return NULL;
    return g_steal_pointer(&self);
}

char *
_umk_model_record_to_json(const UmkModelRecord *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "format");
    json_builder_add_string_value(builder, FORMAT);
    json_builder_set_member_name(builder, "source");
    json_builder_add_string_value(builder, self->source);
    json_builder_set_member_name(builder, "added");
    json_builder_add_string_value(builder, self->added);
    json_builder_set_member_name(builder, "files");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->files->len; i++) {
        const UmkFileDigest *file = self->files->pdata[i];

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "name");
        json_builder_add_string_value(builder, file->name);
        json_builder_set_member_name(builder, "size");
        json_builder_add_int_value(builder, file->size);
        json_builder_set_member_name(builder, "sha256");
        json_builder_add_string_value(builder, file->digest);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    return json_to_string(root, TRUE);
}

char *
_umk_model_record_path(const char *name)
{
    g_autofree char *store = _umk_model_store_folder();
    g_autofree char *file = g_strconcat(name, ".json", NULL);

    return g_build_filename(store, ".records", file, NULL);
}

UmkModelRecord *
_umk_model_record_read(const char *name, GError **error)
{
    g_autofree char *path = _umk_model_record_path(name);
    g_autofree char *data = NULL;
    UmkModelRecord *self;
    gsize length;

    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return NULL;
    if (!g_file_get_contents(path, &data, &length, error))
        return NULL;
    self = _umk_model_record_parse(data, length, error);
    if (self == NULL)
        g_prefix_error(error, "%s: ", path);
    return self;
}

gboolean
_umk_model_record_write(const UmkModelRecord *self, const char *name, GError **error)
{
    g_autofree char *path = _umk_model_record_path(name);
    g_autofree char *folder = g_path_get_dirname(path);
    g_autofree char *json = _umk_model_record_to_json(self);

    g_mkdir_with_parents(folder, 0755); /* what fails then is the writing */
    return g_file_set_contents_full(
        path, json, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
        0644, error);
}
