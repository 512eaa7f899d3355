/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an audit found: one JSON document, read-only, from a run or from an earlier file.
 */
#include "facade/umk-audit-private.h"

#include "io/umk-json-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

struct _UmkAudit {
    gatomicrefcount refs;
    JsonNode *root;
    char *text;
    gsize length;
};

G_DEFINE_BOXED_TYPE(UmkAudit, umk_audit, umk_audit_ref, umk_audit_unref)

UmkAudit *
_umk_audit_new_take(JsonNode *root)
{
    UmkAudit *self = g_new0(UmkAudit, 1);
    g_autofree char *text = NULL;

    g_atomic_ref_count_init(&self->refs);
    json_node_seal(root);
    self->root = root;
    text = json_to_string(root, TRUE);
    self->text = g_strconcat(text, "\n", NULL);
    self->length = strlen(self->text);
    return self;
}

JsonObject *
_umk_audit_get_root(UmkAudit *self)
{
    return json_node_get_object(self->root);
}

/**
 * umk_audit_new_from_data:
 * @data: (array length=length) (element-type guint8): an audit as JSON
 * @length: bytes of it
 * @error: return location for an error
 *
 * Returns: (transfer full): the audit; umk_audit_get_json() gives the same bytes again
 */
UmkAudit *
umk_audit_new_from_data(const char *data, gsize length, GError **error)
{
    g_autoptr(JsonParser) parser = NULL;
    JsonObject *root, *source;
    JsonArray *tests, *sets;
    const char *schema;
    UmkAudit *self;

    g_return_val_if_fail(data != NULL || length == 0, NULL);
    parser = _umk_json_parse(data, length, &root, error);
    if (parser == NULL || !_umk_json_get_string(root, "schema", "", &schema, error))
        return NULL;
    if (strcmp(schema, UMK_AUDIT_SCHEMA) != 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_VERSION,
                    _("The schema is “%s”, this version reads “%s”"), schema,
                    UMK_AUDIT_SCHEMA);
        return NULL;
    }
    if (!_umk_json_get_array(root, "tests", &tests, error) ||
        !_umk_json_get_array(root, "sets", &sets, error) ||
        !_umk_json_get_object(root, "source", &source, error))
        return NULL;
    if (tests == NULL || sets == NULL || source == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("An audit has “source”, “sets” and “tests”"));
        return NULL;
    }
    self = g_new0(UmkAudit, 1);
    g_atomic_ref_count_init(&self->refs);
    self->root = json_node_copy(json_parser_get_root(parser));
    self->text = g_strndup(data, length);
    self->length = length;
    return self;
}

/**
 * umk_audit_new_from_file:
 * @path: (type filename): an audit as JSON
 * @error: return location for an error
 *
 * Returns: (transfer full): the audit
 */
UmkAudit *
umk_audit_new_from_file(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    UmkAudit *self;
    gsize length;

    g_return_val_if_fail(path != NULL, NULL);
    if (!g_file_get_contents(path, &text, &length, error))
        return NULL;
    self = umk_audit_new_from_data(text, length, error);
    if (self == NULL)
        g_prefix_error(error, "%s: ", path);
    return self;
}

/**
 * umk_audit_ref:
 * @self: an audit
 *
 * Returns: (transfer full): @self
 */
UmkAudit *
umk_audit_ref(UmkAudit *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_audit_unref:
 * @self: (transfer full): an audit
 *
 * Gives up one reference.
 */
void
umk_audit_unref(UmkAudit *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    json_node_unref(self->root);
    g_free(self->text);
    g_free(self);
}

/**
 * umk_audit_get_json:
 * @self: an audit
 * @length: (out) (optional): bytes of it
 *
 * Returns: (transfer none): the audit as JSON of the schema umekomi-audit/1
 */
const char *
umk_audit_get_json(UmkAudit *self, gsize *length)
{
    g_return_val_if_fail(self != NULL, NULL);
    if (length != NULL)
        *length = self->length;
    return self->text;
}
