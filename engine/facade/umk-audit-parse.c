/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a spec, or a family of word sets, from JSON. A key that nobody knows is an error
 * that names its place and the nearest key: a typo must not quietly change an audit.
 *
 *   {"title": …, "question": …, "auditor": …, "date": …, "language": "en",
 *    "sets": [{"id": …, "title": text | {"en": text, "ja": text}, "language": …,
 *              "items": [text …] | "files": [path …] | "where": condition,
 *              "modality": …, "values": [number …], "template": "… %s …",
 *              "pairs_with": SET, "source": …, "licence": …,
 *              "rationale": as title, "control": bool}],
 *    "tests": ["weat-6", {"id": …, "title": …, "measure": …, "roles": {"x": SET …},
 *              "params": {name: value}, "reference": …, "control": bool}],
 *    "options": {"alpha": …, "level": …, "permutations": …, "replicates": …,
 *                "correction": …, "sentences": bool},
 *    "debias": METHOD | {"method": …, "roles": {"x": SET …}, "params": {…}},
 *    "similarity": path, "analogies": path,
 *    "columns": {"group": field …}, "templates": {"en": "This is %s."}} */
#include "facade/umk-audit-private.h"

#include "core/umk-nearest-private.h"
#include "io/umk-json-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_LENGTH ((gsize) 64 << 20)
#define MAX_ITEMS  100000
#define MAX_TEXT   100000

typedef struct {
    UmkAuditSpec *spec;
    const char *language, *licence, *source; /* of sets that say none */
} Family;

static const char *const top_keys[] = {
    "format",  "title",     "question",   "auditor",   "date",    "language",
    "licence", "source",    "sets",       "tests",     "options", "debias",
    "columns", "templates", "similarity", "analogies",
};
static const char *const set_keys[] = {
    "id",    "title", "language", "modality", "source",   "licence",    "rationale",
    "items", "files", "where",    "values",   "template", "pairs_with", "control",
};
static const char *const test_keys[] = {
    "id", "title", "measure", "roles", "params", "reference", "control",
};
static const char *const option_keys[] = {
    "alpha", "level", "permutations", "replicates", "correction", "sentences",
};
static const char *const debias_keys[] = {"method", "roles", "params"};

static gboolean
check_keys(JsonObject *object,
           const char *const *keys,
           gsize n_keys,
           const char *where,
           GError **error)
{
    g_autoptr(GList) members = json_object_get_members(object);

    for (GList *l = members; l != NULL; l = l->next) {
        const char *nearest, *key = l->data;
        gboolean known = FALSE;

        for (gsize i = 0; i < n_keys && !known; i++)
            known = strcmp(keys[i], key) == 0;
        if (known)
            continue;
        nearest = _umk_nearest_word(key, keys, n_keys);
        if (nearest != NULL)
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("%s: there is no key “%s”; did you mean “%s”?"), where, key,
                        nearest);
        else
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("%s: there is no key “%s”"), where, key);
        return FALSE;
    }
    return TRUE;
}

static gboolean
wrong(GError **error, const char *key, const char *expected)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("“%s” is not %s"), key,
                expected);
    return FALSE;
}

static gboolean
is_text(JsonNode *node)
{
    return JSON_NODE_HOLDS_VALUE(node) &&
           json_node_get_value_type(node) == G_TYPE_STRING &&
           strlen(json_node_get_string(node)) <= MAX_TEXT;
}

/* A copy that outlives the parser. */
static JsonNode *
keep(JsonNode *node)
{
    JsonNode *copy = json_node_copy(node);

    json_node_set_parent(copy, NULL);
    json_node_seal(copy);
    return copy;
}

/* A text or an object of texts by language. */
static gboolean
read_text(JsonObject *object, const char *key, JsonNode **text, GError **error)
{
    JsonNode *node = json_object_get_member(object, key);
    g_autoptr(GList) values = NULL;

    if (node == NULL || json_node_is_null(node))
        return TRUE;
    if (!is_text(node) && !JSON_NODE_HOLDS_OBJECT(node))
        return wrong(error, key, _("a text or an object of texts by language"));
    if (JSON_NODE_HOLDS_OBJECT(node))
        values = json_object_get_values(json_node_get_object(node));
    for (GList *l = values; l != NULL; l = l->next)
        if (!is_text(l->data))
            return wrong(error, key, _("a text or an object of texts by language"));
    g_clear_pointer(text, json_node_unref);
    *text = keep(node);
    return TRUE;
}

const char *
_umk_audit_text(JsonNode *node, const char *language)
{
    JsonObject *object;
    g_autoptr(GList) members = NULL;

    if (node == NULL)
        return NULL;
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return json_node_get_string(node);
    object = json_node_get_object(node);
    if (language != NULL && json_object_has_member(object, language))
        return json_object_get_string_member(object, language);
    if (json_object_has_member(object, "en"))
        return json_object_get_string_member(object, "en");
    members = json_object_get_members(object);
    return members != NULL ? json_object_get_string_member(object, members->data) : NULL;
}

static gboolean
read_string(JsonObject *object,
            const char *key,
            const char *fallback,
            char **text,
            GError **error)
{
    const char *value;

    if (!_umk_json_get_string(object, key, fallback, &value, error))
        return FALSE;
    if (value != NULL && strlen(value) > MAX_TEXT)
        return wrong(error, key, _("a text of a sensible length"));
    if (value != NULL) {
        g_free(*text);
        *text = g_strdup(value);
    }
    return TRUE;
}

static gboolean
read_texts(JsonObject *object, const char *key, char ***texts, GError **error)
{
    JsonArray *array;
    guint n;

    if (!_umk_json_get_array(object, key, &array, error))
        return FALSE;
    if (array == NULL)
        return TRUE;
    n = json_array_get_length(array);
    if (n > MAX_ITEMS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("“%s” has %u items, at most %u are read"), key, n, MAX_ITEMS);
        return FALSE;
    }
    *texts = g_new0(char *, n + 1);
    for (guint i = 0; i < n; i++) {
        JsonNode *node = json_array_get_element(array, i);

        if (!is_text(node) || json_node_get_string(node)[0] == '\0') {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s”: item %u is not a text, or is empty"), key, i + 1);
            return FALSE;
        }
        (*texts)[i] = g_strdup(json_node_get_string(node));
    }
    return TRUE;
}

/* ---- sets ------------------------------------------------------------------------- */

static gboolean
read_values(JsonObject *object, UmkAuditSet *set, GError **error)
{
    JsonArray *array;
    guint n;

    if (!_umk_json_get_array(object, "values", &array, error))
        return FALSE;
    if (array == NULL)
        return TRUE;
    n = json_array_get_length(array);
    if (set->items == NULL || n != g_strv_length(set->items)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("there are %u values and %u items"), n,
                    set->items != NULL ? g_strv_length(set->items) : 0);
        return FALSE;
    }
    set->values = g_new0(double, n + 1);
    for (guint i = 0; i < n; i++) {
        JsonNode *node = json_array_get_element(array, i);
        GType type =
            JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;

        if (type != G_TYPE_INT64 && type != G_TYPE_DOUBLE)
            return wrong(error, "values", _("an array of numbers"));
        set->values[i] = json_node_get_double(node);
    }
    return TRUE;
}

static gboolean
check_template(const char *template, GError **error)
{
    const char *percent = template != NULL ? strchr(template, '%') : NULL;

    if (template == NULL ||
        (percent != NULL && percent[1] == 's' && strchr(percent + 2, '%') == NULL))
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("the sentence “%s” should hold %%s once, where the word goes"),
                template);
    return FALSE;
}

static gboolean
check_set(const UmkAuditSet *set, GError **error)
{
    UmkModality modality;

    if (set->id == NULL || set->id[0] == '\0') {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("a set needs an “id”"));
        return FALSE;
    }
    if ((set->items != NULL) + (set->where != NULL) != 1) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("the set “%s” needs one of “items”, “files” and “where”"), set->id);
        return FALSE;
    }
    if (set->modality != NULL && !umk_modality_from_name(set->modality, &modality)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("“%s” is not a modality; they are text, image, audio and graph"),
                    set->modality);
        return FALSE;
    }
    return check_template(set->template, error);
}

static gboolean
read_set(const Family *family, JsonObject *object, UmkAuditSet *set, GError **error)
{
    g_auto(GStrv) files = NULL;

    if (!read_string(object, "id", NULL, &set->id, error) ||
        !read_text(object, "title", &set->title, error) ||
        !read_text(object, "rationale", &set->rationale, error) ||
        !read_string(object, "language", family->language, &set->language, error) ||
        !read_string(object, "source", family->source, &set->source, error) ||
        !read_string(object, "licence", family->licence, &set->licence, error) ||
        !read_string(object, "modality", NULL, &set->modality, error) ||
        !read_string(object, "where", NULL, &set->where, error) ||
        !read_string(object, "template", NULL, &set->template, error) ||
        !read_texts(object, "items", &set->items, error) ||
        !read_texts(object, "files", &files, error) ||
        !read_string(object, "pairs_with", NULL, &set->pairs_with, error) ||
        !_umk_json_get_boolean(object, "control", FALSE, &set->control, error))
        return FALSE;
    if (files != NULL && set->items != NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("give “items” or “files”, not both"));
        return FALSE;
    }
    if (files != NULL) {
        set->items = g_steal_pointer(&files);
        set->files = TRUE;
    }
    return read_values(object, set, error) && check_set(set, error);
}

static gboolean
read_sets(const Family *family, JsonArray *array, GError **error)
{
    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        g_autofree char *where = g_strdup_printf("sets[%u]", i);
        JsonObject *object;
        UmkAuditSet *set;

        if (!JSON_NODE_HOLDS_OBJECT(node))
            return wrong(error, where, _("an object"));
        object = json_node_get_object(node);
        if (!check_keys(object, set_keys, G_N_ELEMENTS(set_keys), where, error))
            return FALSE;
        set = g_new0(UmkAuditSet, 1);
        if (!read_set(family, object, set, error)) {
            g_prefix_error(error, "%s: ", where);
            _umk_audit_set_free(set);
            return FALSE;
        }
        if (!_umk_audit_spec_take_set(family->spec, set, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- tests ------------------------------------------------------------------------ */

/* A value as a parameter takes it; NULL when it is no plain value. */
static char *
value_to_text(JsonNode *node)
{
    if (!JSON_NODE_HOLDS_VALUE(node))
        return NULL;
    if (json_node_get_value_type(node) == G_TYPE_STRING)
        return g_strdup(json_node_get_string(node));
    return json_to_string(node, FALSE);
}

static char **
read_pairs(JsonObject *object, const char *key, GError **error)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autoptr(GList) members = NULL;
    JsonObject *pairs;

    if (!_umk_json_get_object(object, key, &pairs, error))
        return NULL;
    members = pairs != NULL ? json_object_get_members(pairs) : NULL;
    for (GList *l = members; l != NULL; l = l->next) {
        g_autofree char *value = value_to_text(json_object_get_member(pairs, l->data));

        if (value == NULL || value[0] == '\0') {
            wrong(error, l->data, _("a text or a number"));
            return NULL;
        }
        g_strv_builder_add_many(builder, (const char *) l->data, value, NULL);
    }
    return g_strv_builder_end(builder);
}

static gboolean
read_roles(JsonObject *object, UmkAuditTest *test, GError **error)
{
    g_auto(GStrv) pairs = read_pairs(object, "roles", error);

    if (pairs == NULL)
        return FALSE;
    for (gsize i = 0; pairs[i] != NULL; i += 2)
        _umk_audit_test_add_role(test, pairs[i], pairs[i + 1]);
    return TRUE;
}

static gboolean
read_test(JsonObject *object, UmkAuditTest *test, GError **error)
{
    if (!read_string(object, "id", NULL, &test->id, error) ||
        !read_string(object, "measure", NULL, &test->measure, error) ||
        !read_string(object, "reference", NULL, &test->reference, error) ||
        !read_text(object, "title", &test->title, error) ||
        !_umk_json_get_boolean(object, "control", FALSE, &test->control, error) ||
        !read_roles(object, test, error))
        return FALSE;
    if (test->id == NULL || test->measure == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                            _("a test needs an “id” and a “measure”"));
        return FALSE;
    }
    test->params = read_pairs(object, "params", error);
    return test->params != NULL;
}

static gboolean
read_tests(const Family *family, JsonArray *array, GError **error)
{
    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);
        g_autofree char *where = g_strdup_printf("tests[%u]", i);
        UmkAuditTest *test;

        if (is_text(node)) {
            if (umk_audit_spec_add_known_test(family->spec, json_node_get_string(node),
                                              error))
                continue;
            g_prefix_error(error, "%s: ", where);
            return FALSE;
        }
        if (!JSON_NODE_HOLDS_OBJECT(node))
            return wrong(error, where, _("the name of a test or an object"));
        if (!check_keys(json_node_get_object(node), test_keys, G_N_ELEMENTS(test_keys),
                        where, error))
            return FALSE;
        test = _umk_audit_test_new(NULL, NULL);
        if (!read_test(json_node_get_object(node), test, error)) {
            g_prefix_error(error, "%s: ", where);
            _umk_audit_test_free(test);
            return FALSE;
        }
        if (!_umk_audit_spec_take_test(family->spec, test, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- the rest --------------------------------------------------------------------- */

static gboolean
read_number_option(UmkAuditOptions *options,
                   const char *name,
                   const char *text,
                   GError **error)
{
    struct {
        const char *name;
        double *number;
        guint *count;
        double least, most;
    } known[] = {
        {"alpha", &options->alpha, NULL, 1e-9, 0.5},
        {"level", &options->level, NULL, 0.5, 1 - 1e-9},
        {"permutations", NULL, &options->permutations, 1, 1e9},
        {"replicates", NULL, &options->replicates, 0, 1e7},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        char *end;
        double value = g_ascii_strtod(text, &end);

        if (strcmp(known[i].name, name) != 0)
            continue;
        if (end == text || *end != '\0' || !(value >= known[i].least) ||
            !(value <= known[i].most) ||
            (known[i].count != NULL && value != (double) (guint) value)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("Option “%s” takes a number from %.15g to %.15g, not “%s”"),
                        name, known[i].least, known[i].most, text);
            return FALSE;
        }
        if (known[i].number != NULL)
            *known[i].number = value;
        else
            *known[i].count = (guint) value;
        return TRUE;
    }
    g_assert_not_reached();
}

gboolean
_umk_audit_set_option(UmkAuditOptions *options,
                      const char *name,
                      const char *value,
                      GError **error)
{
    static const char *const corrections[] = {"holm", "bh", "none", NULL};
    static const char *const words[] = {"true", "yes", "1", "false", "no", "0", NULL};
    const char *nearest;

    if (strcmp(name, "correction") == 0) {
        if (!g_strv_contains(corrections, value)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("Option “correction” is holm, bh or none, not “%s”"), value);
            return FALSE;
        }
        g_free(options->correction);
        options->correction = g_strdup(value);
        return TRUE;
    }
    if (strcmp(name, "sentences") == 0) {
        if (!g_strv_contains(words, value)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("Option “%s” is yes or no, not “%s”"), name, value);
            return FALSE;
        }
        options->sentences = strchr("ty1", value[0]) != NULL;
        return TRUE;
    }
    for (gsize i = 0; i < G_N_ELEMENTS(option_keys); i++)
        if (strcmp(option_keys[i], name) == 0)
            return read_number_option(options, name, value, error);
    nearest = _umk_nearest_word(name, option_keys, G_N_ELEMENTS(option_keys));
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("An audit has no option “%s”; did you mean “%s”?"), name,
                nearest != NULL ? nearest : option_keys[0]);
    return FALSE;
}

static gboolean
read_options(UmkAuditSpec *spec, JsonObject *root, GError **error)
{
    g_auto(GStrv) pairs = NULL;
    JsonObject *options;

    if (!_umk_json_get_object(root, "options", &options, error))
        return FALSE;
    if (options != NULL &&
        !check_keys(options, option_keys, G_N_ELEMENTS(option_keys), "options", error))
        return FALSE;
    pairs = read_pairs(root, "options", error);
    if (pairs == NULL)
        return FALSE;
    for (gsize i = 0; pairs[i] != NULL; i += 2)
        if (!_umk_audit_set_option(&spec->options, pairs[i], pairs[i + 1], error))
            return FALSE;
    return TRUE;
}

static gboolean
read_debias(UmkAuditSpec *spec, JsonObject *root, GError **error)
{
    JsonNode *node = json_object_get_member(root, "debias");
    JsonObject *object;
    const char *method;
    char **pairs, **roles;

    if (node == NULL || json_node_is_null(node))
        return TRUE;
    if (is_text(node))
        return umk_audit_spec_set_debias(spec, json_node_get_string(node), NULL, NULL,
                                         error);
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return wrong(error, "debias", _("the name of a method or an object"));
    object = json_node_get_object(node);
    if (!check_keys(object, debias_keys, G_N_ELEMENTS(debias_keys), "debias", error) ||
        !_umk_json_get_string(object, "method", NULL, &method, error))
        return FALSE;
    roles = read_pairs(object, "roles", error);
    pairs = roles != NULL ? read_pairs(object, "params", error) : NULL;
    if (pairs == NULL) {
        g_strfreev(roles);
        return FALSE;
    }
    g_free(spec->debias);
    g_strfreev(spec->debias_roles);
    g_strfreev(spec->debias_params);
    spec->debias_roles = roles;
    spec->debias = g_strdup(method);
    spec->debias_params = pairs;
    return method != NULL || wrong(error, "method", _("the name of a method"));
}

static gboolean
read_columns(UmkAuditSpec *spec, JsonObject *root, GError **error)
{
    g_auto(GStrv) pairs = read_pairs(root, "columns", error);

    for (gsize i = 0; pairs != NULL && pairs[i] != NULL; i += 2)
        if (!umk_audit_spec_set_column(spec, pairs[i], pairs[i + 1], error))
            return FALSE;
    return pairs != NULL;
}

/* Sentences of several families join: the first of a language stays. */
static gboolean
read_templates(UmkAuditSpec *spec, JsonObject *root, GError **error)
{
    g_autoptr(JsonObject) all = json_object_new();
    g_auto(GStrv) pairs = read_pairs(root, "templates", error);
    JsonObject *old =
        spec->templates != NULL ? json_node_get_object(spec->templates) : NULL;
    g_autoptr(GList) members = old != NULL ? json_object_get_members(old) : NULL;

    if (pairs == NULL || pairs[0] == NULL)
        return pairs != NULL;
    for (gsize i = 0; pairs[i] != NULL; i += 2) {
        if (!check_template(pairs[i + 1], error))
            return FALSE;
        json_object_set_string_member(all, pairs[i], pairs[i + 1]);
    }
    for (GList *l = members; l != NULL; l = l->next)
        json_object_set_string_member(all, l->data,
                                      json_object_get_string_member(old, l->data));
    g_clear_pointer(&spec->templates, json_node_unref);
    spec->templates = json_node_init_object(json_node_alloc(), all);
    return TRUE;
}

static gboolean
read_head(Family *family, JsonObject *root, GError **error)
{
    UmkAuditSpec *spec = family->spec;
    g_autoptr(JsonNode) title = NULL;

    if (!read_text(root, "title", &title, error) ||
        !read_string(root, "question", NULL, &spec->question, error) ||
        !read_string(root, "auditor", NULL, &spec->auditor, error) ||
        !read_string(root, "date", NULL, &spec->date, error) ||
        !read_string(root, "similarity", NULL, &spec->similarity, error) ||
        !read_string(root, "analogies", NULL, &spec->analogies, error) ||
        !_umk_json_get_string(root, "language", spec->language, &family->language,
                              error) ||
        !_umk_json_get_string(root, "licence", NULL, &family->licence, error) ||
        !_umk_json_get_string(root, "source", NULL, &family->source, error))
        return FALSE;
    if (title != NULL) {
        g_free(spec->title);
        spec->title = g_strdup(_umk_audit_text(title, family->language));
    }
    return TRUE;
}

gboolean
_umk_audit_parse(UmkAuditSpec *self,
                 const char *data,
                 gsize length,
                 gboolean sets_only,
                 GError **error)
{
    g_autoptr(JsonParser) parser = NULL;
    Family family = {.spec = self};
    JsonArray *sets, *tests;
    JsonObject *root;

    if (length > MAX_LENGTH) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("The spec has %zu bytes, at most %zu are read"), length,
                    MAX_LENGTH);
        return FALSE;
    }
    parser = _umk_json_parse(data, length, &root, error);
    if (parser == NULL ||
        !check_keys(root, top_keys, G_N_ELEMENTS(top_keys), _("the spec"), error) ||
        !_umk_json_get_array(root, "sets", &sets, error) ||
        !_umk_json_get_array(root, "tests", &tests, error))
        return FALSE;
    if (sets_only)
        return _umk_json_get_string(root, "language", self->language, &family.language,
                                    error) &&
               _umk_json_get_string(root, "licence", NULL, &family.licence, error) &&
               _umk_json_get_string(root, "source", NULL, &family.source, error) &&
               read_sets(&family, sets, error);
    return read_head(&family, root, error) && read_options(self, root, error) &&
           read_debias(self, root, error) && read_columns(self, root, error) &&
           read_templates(self, root, error) && read_sets(&family, sets, error) &&
           read_tests(&family, tests, error);
}
