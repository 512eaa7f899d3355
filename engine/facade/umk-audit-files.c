/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Specs and sets from files and bytes, tables of sets, and a spec as JSON again. The file
 * decides what it is by its first character: JSON begins with a brace. */
#include "facade/umk-audit-private.h"

#include "io/umk-table-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

/* ---- tables ----------------------------------------------------------------------- */

typedef struct {
    UmkAuditSet *set;
    GPtrArray *items;
    GArray *values;
} Gathered;

typedef struct {
    UmkTable *table;
    gssize set, item, modality, value, language;
    GPtrArray *gathered; /* of Gathered, in the order of first sight */
    GHashTable *by_id;
} Reader;

static void
free_gathered(gpointer data)
{
    Gathered *self = data;

    if (self->set != NULL)
        _umk_audit_set_free(self->set);
    g_ptr_array_unref(self->items);
    g_array_unref(self->values);
    g_free(self);
}

static Gathered *
get_set(Reader *self, const char *id)
{
    Gathered *gathered = g_hash_table_lookup(self->by_id, id);

    if (gathered != NULL)
        return gathered;
    gathered = g_new0(Gathered, 1);
    gathered->set = g_new0(UmkAuditSet, 1);
    gathered->set->id = g_strdup(id);
    gathered->items = g_ptr_array_new_with_free_func(g_free);
    gathered->values = g_array_new(FALSE, FALSE, sizeof(double));
    g_ptr_array_add(self->gathered, gathered);
    g_hash_table_insert(self->by_id, gathered->set->id, gathered);
    return gathered;
}

static const char *
cell(const Reader *self, gsize row, gssize column)
{
    const char *text =
        column >= 0 ? _umk_table_get_cell(self->table, row, (gsize) column) : NULL;

    return text != NULL && text[0] != '\0' ? text : NULL;
}

/* A column that is one for a whole set: the first row says it, others must agree. */
static gboolean
agree(const Reader *self,
      gsize row,
      char **slot,
      gboolean first,
      const char *text,
      GError **error)
{
    if (first) {
        *slot = g_strdup(text);
        return TRUE;
    }
    if (text == NULL || g_strcmp0(*slot, text) == 0)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("line %zu: a set has one modality and one language, "
                  "here are “%s” and “%s”"),
                (gsize) _umk_table_get_line(self->table, row), *slot != NULL ? *slot : "",
                text);
    return FALSE;
}

static gboolean
read_row(Reader *self, gsize row, GError **error)
{
    const char *id = cell(self, row, self->set), *item = cell(self, row, self->item);
    const char *value = cell(self, row, self->value);
    Gathered *gathered;
    gboolean first;

    if (id == NULL || item == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("line %zu: the set or the item is empty"),
                    (gsize) _umk_table_get_line(self->table, row));
        return FALSE;
    }
    gathered = get_set(self, id);
    first = gathered->items->len == 0;
    if (!agree(self, row, &gathered->set->modality, first,
               cell(self, row, self->modality), error) ||
        !agree(self, row, &gathered->set->language, first,
               cell(self, row, self->language), error))
        return FALSE;
    g_ptr_array_add(gathered->items, g_strdup(item));
    if (value != NULL) {
        char *end;
        double number = g_ascii_strtod(value, &end);

        if (*end != '\0' || !isfinite(number)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("line %zu: the value “%s” is not a number"),
                        (gsize) _umk_table_get_line(self->table, row), value);
            return FALSE;
        }
        g_array_append_val(gathered->values, number);
    }
    if (gathered->values->len > 0 && gathered->values->len != gathered->items->len) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("line %zu: some items of the set “%s” have a "
                      "value and some have none"),
                    (gsize) _umk_table_get_line(self->table, row), id);
        return FALSE;
    }
    return TRUE;
}

static gboolean
check_modality(const UmkAuditSet *set, GError **error)
{
    UmkModality modality;

    if (set->modality == NULL || umk_modality_from_name(set->modality, &modality))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("the set “%s”: “%s” is not a modality; they are text, image, audio and "
                  "graph"),
                set->id, set->modality);
    return FALSE;
}

static gboolean
take_sets(Reader *self, UmkAuditSpec *spec, GError **error)
{
    for (guint i = 0; i < self->gathered->len; i++) {
        Gathered *gathered = self->gathered->pdata[i];
        UmkAuditSet *set = gathered->set;

        if (!check_modality(set, error))
            return FALSE;
        g_ptr_array_add(gathered->items, NULL);
        set->items = g_strdupv((char **) gathered->items->pdata);
        if (set->language == NULL)
            set->language = g_strdup(spec->language);
        if (gathered->values->len > 0)
            set->values =
                g_memdup2(gathered->values->data, gathered->values->len * sizeof(double));
        gathered->set = NULL;
        if (!_umk_audit_spec_take_set(spec, set, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
_umk_audit_parse_table(
    UmkAuditSpec *self, const char *data, gsize length, gboolean tabs, GError **error)
{
    g_autoptr(UmkTable) table =
        _umk_table_parse(data, length, tabs ? UMK_TABLE_TSV : UMK_TABLE_CSV, error);
    g_autoptr(GPtrArray) gathered = g_ptr_array_new_with_free_func(free_gathered);
    g_autoptr(GHashTable) by_id = g_hash_table_new(g_str_hash, g_str_equal);
    const char *const *problems;
    Reader reader = {.table = table, .gathered = gathered, .by_id = by_id};

    if (table == NULL)
        return FALSE;
    problems = _umk_table_get_problems(table);
    if (problems[0] != NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, problems[0]);
        return FALSE;
    }
    reader.set = _umk_table_find_column(table, "set");
    reader.item = _umk_table_find_column(table, "item");
    reader.modality = _umk_table_find_column(table, "modality");
    reader.value = _umk_table_find_column(table, "value");
    reader.language = _umk_table_find_column(table, "language");
    if (reader.set < 0 || reader.item < 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("a table of sets has the columns “set” and “item”, and if "
                              "you like “modality”, “value” and “language”"));
        return FALSE;
    }
    for (gsize i = 0; i < _umk_table_get_n_rows(table); i++)
        if (!read_row(&reader, i, error))
            return FALSE;
    return take_sets(&reader, self, error);
}

/* ---- bytes and files -------------------------------------------------------------- */

static gboolean
is_json(const char *data, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if (!g_ascii_isspace(data[i]))
            return data[i] == '{';
    return FALSE;
}

static gboolean
has_tab_first(const char *data, gsize length)
{
    const char *end = memchr(data, '\n', length);

    return memchr(data, '\t', end != NULL ? (gsize) (end - data) : length) != NULL;
}

/**
 * umk_audit_spec_new_from_data:
 * @data: (array length=length) (element-type guint8): a spec as JSON
 * @length: bytes of it
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_INVALID_DATA where the text is no spec; a key nobody knows is
 * named with the nearest one.
 *
 * Returns: (transfer full): the spec
 */
UmkAuditSpec *
umk_audit_spec_new_from_data(const char *data, gsize length, GError **error)
{
    g_autoptr(UmkAuditSpec) self = umk_audit_spec_new();

    g_return_val_if_fail(data != NULL || length == 0, NULL);
    if (!_umk_audit_parse(self, data, length, FALSE, error))
        return NULL;
    return g_steal_pointer(&self);
}

/**
 * umk_audit_spec_new_from_file:
 * @path: (type filename): a spec as JSON
 * @error: return location for an error
 *
 * Relative paths in it start at the file's folder.
 *
 * Returns: (transfer full): the spec
 */
UmkAuditSpec *
umk_audit_spec_new_from_file(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    UmkAuditSpec *self;
    gsize length;

    g_return_val_if_fail(path != NULL, NULL);
    if (!g_file_get_contents(path, &text, &length, error))
        return NULL;
    self = umk_audit_spec_new_from_data(text, length, error);
    if (self == NULL) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    self->folder = g_path_get_dirname(path);
    return self;
}

/**
 * umk_audit_spec_add_sets_from_data:
 * @self: a spec
 * @data: (array length=length) (element-type guint8): JSON with “sets”, or a table (CSV
 *   or TSV) with the columns “set” and “item”, and if you like “modality”, “value” and
 *   “language”
 * @length: bytes of it
 * @error: return location for an error
 *
 * Returns: %FALSE with %UMK_ERROR_INVALID_DATA where it is neither
 */
gboolean
umk_audit_spec_add_sets_from_data(UmkAuditSpec *self,
                                  const char *data,
                                  gsize length,
                                  GError **error)
{
    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(data != NULL || length == 0, FALSE);
    if (is_json(data, length))
        return _umk_audit_parse(self, data, length, TRUE, error);
    return _umk_audit_parse_table(self, data != NULL ? data : "", length,
                                  length > 0 && has_tab_first(data, length), error);
}

/**
 * umk_audit_spec_add_sets_from_file:
 * @self: a spec
 * @path: (type filename): as of umk_audit_spec_add_sets_from_data()
 * @error: return location for an error
 *
 * Returns: %FALSE where the file is neither
 */
gboolean
umk_audit_spec_add_sets_from_file(UmkAuditSpec *self, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    g_return_val_if_fail(self != NULL && path != NULL, FALSE);
    if (!g_file_get_contents(path, &text, &length, error))
        return FALSE;
    if (umk_audit_spec_add_sets_from_data(self, text, length, error))
        return TRUE;
    g_prefix_error(error, "%s: ", path);
    return FALSE;
}

/* ---- a spec as JSON --------------------------------------------------------------- */

static void
add_node(JsonBuilder *out, const char *member, JsonNode *node)
{
    if (node == NULL)
        return;
    json_builder_set_member_name(out, member);
    json_builder_add_value(out, json_node_copy(node));
}

static void
add_text(JsonBuilder *out, const char *member, const char *value)
{
    if (value == NULL)
        return;
    json_builder_set_member_name(out, member);
    json_builder_add_string_value(out, value);
}

static void
add_true(JsonBuilder *out, const char *member, gboolean value)
{
    if (!value)
        return;
    json_builder_set_member_name(out, member);
    json_builder_add_boolean_value(out, TRUE);
}

static void
add_set(JsonBuilder *out, const UmkAuditSet *set)
{
    json_builder_begin_object(out);
    add_text(out, "id", set->id);
    add_node(out, "title", set->title);
    add_text(out, "language", set->language);
    add_text(out, "modality", set->modality);
    add_text(out, "source", set->source);
    add_text(out, "licence", set->licence);
    add_node(out, "rationale", set->rationale);
    add_text(out, "template", set->template);
    add_text(out, "where", set->where);
    add_text(out, "pairs_with", set->pairs_with);
    add_true(out, "control", set->control);
    if (set->items != NULL) {
        json_builder_set_member_name(out, set->files ? "files" : "items");
        json_builder_begin_array(out);
        for (gsize i = 0; set->items[i] != NULL; i++)
            json_builder_add_string_value(out, set->items[i]);
        json_builder_end_array(out);
    }
    if (set->values != NULL) {
        json_builder_set_member_name(out, "values");
        json_builder_begin_array(out);
        for (gsize i = 0; set->items[i] != NULL; i++)
            json_builder_add_double_value(out, set->values[i]);
        json_builder_end_array(out);
    }
    json_builder_end_object(out);
}

static void
add_pairs(JsonBuilder *out, const char *member, char **pairs)
{
    if (pairs == NULL || pairs[0] == NULL)
        return;
    json_builder_set_member_name(out, member);
    json_builder_begin_object(out);
    for (gsize i = 0; pairs[i] != NULL; i += 2)
        add_text(out, pairs[i], pairs[i + 1]);
    json_builder_end_object(out);
}

static void
add_test(JsonBuilder *out, const UmkAuditTest *test)
{
    json_builder_begin_object(out);
    add_text(out, "id", test->id);
    add_node(out, "title", test->title);
    add_text(out, "measure", test->measure);
    json_builder_set_member_name(out, "roles");
    json_builder_begin_object(out);
    for (guint i = 0; i < test->roles->len; i++) {
        const UmkAuditRole *role = test->roles->pdata[i];

        add_text(out, role->role, role->set);
    }
    json_builder_end_object(out);
    add_pairs(out, "params", test->params);
    add_text(out, "reference", test->reference);
    add_true(out, "control", test->control);
    json_builder_end_object(out);
}

static void
add_options(JsonBuilder *out, const UmkAuditOptions *options)
{
    json_builder_set_member_name(out, "options");
    json_builder_begin_object(out);
    json_builder_set_member_name(out, "alpha");
    json_builder_add_double_value(out, options->alpha);
    json_builder_set_member_name(out, "level");
    json_builder_add_double_value(out, options->level);
    if (options->permutations != G_MAXUINT) {
        json_builder_set_member_name(out, "permutations");
        json_builder_add_int_value(out, options->permutations);
    }
    if (options->replicates != G_MAXUINT) {
        json_builder_set_member_name(out, "replicates");
        json_builder_add_int_value(out, options->replicates);
    }
    add_text(out, "correction", options->correction);
    add_true(out, "sentences", options->sentences);
    json_builder_end_object(out);
}

/**
 * umk_audit_spec_to_json:
 * @self: a spec
 *
 * Returns: (transfer full): the spec as umk_audit_spec_new_from_data() reads it
 */
char *
umk_audit_spec_to_json(UmkAuditSpec *self)
{
    g_autoptr(JsonBuilder) out = json_builder_new();
    g_autoptr(JsonNode) root = NULL;

    g_return_val_if_fail(self != NULL, NULL);
    json_builder_begin_object(out);
    add_text(out, "title", self->title);
    add_text(out, "question", self->question);
    add_text(out, "auditor", self->auditor);
    add_text(out, "date", self->date);
    add_text(out, "language", self->language);
    add_text(out, "similarity", self->similarity);
    add_text(out, "analogies", self->analogies);
    json_builder_set_member_name(out, "sets");
    json_builder_begin_array(out);
    for (guint i = 0; i < self->sets->len; i++)
        add_set(out, self->sets->pdata[i]);
    json_builder_end_array(out);
    json_builder_set_member_name(out, "tests");
    json_builder_begin_array(out);
    for (guint i = 0; i < self->tests->len; i++)
        add_test(out, self->tests->pdata[i]);
    json_builder_end_array(out);
    add_options(out, &self->options);
    if (self->debias != NULL) {
        json_builder_set_member_name(out, "debias");
        json_builder_begin_object(out);
        add_text(out, "method", self->debias);
        add_pairs(out, "roles", self->debias_roles);
        add_pairs(out, "params", self->debias_params);
        json_builder_end_object(out);
    }
    add_pairs(out, "columns", self->columns);
    add_node(out, "templates", self->templates);
    json_builder_end_object(out);
    root = json_builder_get_root(out);
    return json_to_string(root, TRUE);
}
