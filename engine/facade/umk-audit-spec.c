/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is to be tested, put together call by call: by a parser, a command line or a
 * window. Owned by one thread until an audit runs. */
#include "facade/umk-audit-private.h"

#include "bias/umk-bias-labels-private.h"
#include "core/umk-nearest-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-params.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define MAX_SETS  10000
#define MAX_TESTS 1000

G_DEFINE_BOXED_TYPE(UmkAuditSpec,
                    umk_audit_spec,
                    umk_audit_spec_ref,
                    umk_audit_spec_unref)

void
_umk_audit_set_free(UmkAuditSet *set)
{
    g_free(set->id);
    g_clear_pointer(&set->title, json_node_unref);
    g_clear_pointer(&set->rationale, json_node_unref);
    g_free(set->language);
    g_free(set->source);
    g_free(set->licence);
    g_free(set->template);
    g_free(set->where);
    g_free(set->modality);
    g_free(set->pairs_with);
    g_strfreev(set->items);
    g_free(set->values);
    g_free(set);
}

static void
free_role(gpointer data)
{
    UmkAuditRole *role = data;

    g_free(role->role);
    g_free(role->set);
    g_free(role);
}

void
_umk_audit_test_free(UmkAuditTest *test)
{
    g_free(test->id);
    g_clear_pointer(&test->title, json_node_unref);
    g_free(test->measure);
    g_ptr_array_unref(test->roles);
    g_strfreev(test->params);
    g_free(test->reference);
    g_free(test);
}

UmkAuditTest *
_umk_audit_test_new(const char *id, const char *measure)
{
    UmkAuditTest *test = g_new0(UmkAuditTest, 1);

    test->id = g_strdup(id);
    test->measure = g_strdup(measure);
    test->roles = g_ptr_array_new_with_free_func(free_role);
    return test;
}

void
_umk_audit_test_add_role(UmkAuditTest *test, const char *role, const char *set)
{
    UmkAuditRole *entry = g_new0(UmkAuditRole, 1);

    entry->role = g_strdup(role);
    entry->set = g_strdup(set);
    g_ptr_array_add(test->roles, entry);
}

UmkAuditTest *
_umk_audit_test_copy(const UmkAuditTest *test)
{
    UmkAuditTest *copy = _umk_audit_test_new(test->id, test->measure);

    for (guint i = 0; i < test->roles->len; i++) {
        const UmkAuditRole *role = test->roles->pdata[i];

        _umk_audit_test_add_role(copy, role->role, role->set);
    }
    copy->title = test->title != NULL ? json_node_ref(test->title) : NULL;
    copy->params = g_strdupv(test->params);
    copy->reference = g_strdup(test->reference);
    copy->control = test->control;
    return copy;
}

UmkAuditSpec *
_umk_audit_spec_new_empty(void)
{
    UmkAuditSpec *self = g_new0(UmkAuditSpec, 1);

    g_atomic_ref_count_init(&self->refs);
    self->sets = g_ptr_array_new_with_free_func((GDestroyNotify) _umk_audit_set_free);
    self->tests = g_ptr_array_new_with_free_func((GDestroyNotify) _umk_audit_test_free);
    self->options = (UmkAuditOptions){.alpha = 0.05,
                                      .level = 0.95,
                                      .permutations = G_MAXUINT,
                                      .replicates = G_MAXUINT,
                                      .correction = g_strdup("holm")};
    return self;
}

/**
 * umk_audit_spec_new:
 *
 * Returns: (transfer full): a spec without sets and tests
 */
UmkAuditSpec *
umk_audit_spec_new(void)
{
    return _umk_audit_spec_new_empty();
}

/**
 * umk_audit_spec_ref:
 * @self: a spec
 *
 * Returns: (transfer full): @self
 */
UmkAuditSpec *
umk_audit_spec_ref(UmkAuditSpec *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_audit_spec_unref:
 * @self: (transfer full): a spec
 *
 * Gives up one reference.
 */
void
umk_audit_spec_unref(UmkAuditSpec *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_free(self->title);
    g_free(self->question);
    g_free(self->auditor);
    g_free(self->date);
    g_free(self->command);
    g_free(self->language);
    g_free(self->folder);
    g_free(self->similarity);
    g_free(self->analogies);
    g_ptr_array_unref(self->sets);
    g_ptr_array_unref(self->tests);
    g_clear_pointer(&self->templates, json_node_unref);
    g_free(self->options.correction);
    g_free(self->debias);
    g_strfreev(self->debias_roles);
    g_strfreev(self->debias_params);
    g_strfreev(self->columns);
    g_clear_pointer(&self->library, umk_audit_spec_unref);
    g_free(self);
}

/* ---- what is said of the whole ---------------------------------------------------- */

static char **
text_of(UmkAuditSpec *self, const char *name)
{
    struct {
        const char *name;
        char **text;
    } texts[] = {
        {"title", &self->title},         {"question", &self->question},
        {"auditor", &self->auditor},     {"date", &self->date},
        {"command", &self->command},     {"language", &self->language},
        {"folder", &self->folder},       {"similarity", &self->similarity},
        {"analogies", &self->analogies},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
        if (strcmp(texts[i].name, name) == 0)
            return texts[i].text;
    return NULL;
}

/**
 * umk_audit_spec_set:
 * @self: a spec
 * @name: “title”, “question”, “auditor”, “date” (as 2026-11-26), “command”, “language”
 *   (of sets that say none), “folder” (where relative paths start), “similarity” and
 *   “analogies” (files by which the costs of a debias are measured: two words and a
 *   score, four words a line), or an option:
 *   “alpha”, “level”, “permutations”, “replicates”, “correction” (holm, bh, none),
 *   “sentences” (yes: texts are embedded within a sentence of their language)
 * @value: (nullable): its value as text; %NULL takes a text away
 * @error: return location for an error
 *
 * The date is nobody's but the caller's: an audit reads no clock, so that it can be made
 * again to the byte.
 *
 * Returns: %FALSE with %UMK_ERROR_PARAM if there is no such name or it cannot be that
 */
gboolean
umk_audit_spec_set(UmkAuditSpec *self,
                   const char *name,
                   const char *value,
                   GError **error)
{
    char **text;

    g_return_val_if_fail(self != NULL && name != NULL, FALSE);
    text = text_of(self, name);
    if (text == NULL)
        return _umk_audit_set_option(&self->options, name, value != NULL ? value : "",
                                     error);
    if (value != NULL && !g_utf8_validate(value, -1, NULL)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("“%s” is not valid UTF-8"),
                    name);
        return FALSE;
    }
    g_free(*text);
    *text = g_strdup(value);
    return TRUE;
}

/**
 * umk_audit_spec_get:
 * @self: a spec
 * @name: a text of umk_audit_spec_set()
 *
 * Returns: (nullable) (transfer none): the text, %NULL if it was not set
 */
const char *
umk_audit_spec_get(UmkAuditSpec *self, const char *name)
{
    char **text;

    g_return_val_if_fail(self != NULL && name != NULL, NULL);
    text = text_of(self, name);
    return text != NULL ? *text : NULL;
}

/* "name=value, name=value" as name, value, … */
static char **
split_assignments(const char *assignments, GError **error)
{
    g_auto(GStrv) parts = g_strsplit_set(assignments, ", \t\n", -1);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (gsize i = 0; parts[i] != NULL; i++) {
        char *equals = strchr(parts[i], '=');

        if (parts[i][0] == '\0')
            continue;
        if (equals == NULL || equals == parts[i] || equals[1] == '\0') {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("“%s” should be a name, “=” and its value"), parts[i]);
            return NULL;
        }
        *equals = '\0';
        g_strv_builder_add_many(builder, parts[i], equals + 1, NULL);
    }
    return g_strv_builder_end(builder);
}

/**
 * umk_audit_spec_set_debias:
 * @self: a spec
 * @method: (nullable): a way to take bias out; %NULL for none
 * @roles: (nullable): which sets it is fitted on, as "x=ja-definitional-male …"; %NULL
 *   for the target sets of the first test
 * @params: (nullable): its options, as "name=value" pairs
 * @error: return location for an error
 *
 * Every test is then run a second time on vectors that the method has changed.
 *
 * Returns: %FALSE with %UMK_ERROR_PARAM if @roles or @params are not pairs
 */
gboolean
umk_audit_spec_set_debias(UmkAuditSpec *self,
                          const char *method,
                          const char *roles,
                          const char *params,
                          GError **error)
{
    g_auto(GStrv) sets = NULL;
    char **pairs;

    g_return_val_if_fail(self != NULL, FALSE);
    sets = split_assignments(roles != NULL ? roles : "", error);
    pairs = sets != NULL ? split_assignments(params != NULL ? params : "", error) : NULL;
    if (pairs == NULL)
        return FALSE;
    g_free(self->debias);
    g_strfreev(self->debias_roles);
    g_strfreev(self->debias_params);
    self->debias_roles = g_steal_pointer(&sets);
    self->debias = g_strdup(method);
    self->debias_params = pairs;
    return TRUE;
}

static gboolean
check_column_role(const char *role, GError **error)
{
    gsize n = g_strv_length((char **) _umk_bias_columns);
    g_autofree char *all = g_strjoinv(", ", (char **) _umk_bias_columns);
    const char *nearest = _umk_nearest_word(role, _umk_bias_columns, n);

    if (g_strv_contains(_umk_bias_columns, role))
        return TRUE;
    if (nearest != NULL)
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("No measure reads a column for “%s”; did you mean “%s”?"), role,
                    nearest);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("No measure reads a column for “%s”; there are: %s"), role, all);
    return FALSE;
}

/**
 * umk_audit_spec_set_column:
 * @self: a spec
 * @role: what a measure calls it: “group”, “identity” …
 * @column: the field of the items that holds it
 * @error: return location for an error
 *
 * Returns: %FALSE with %UMK_ERROR_PARAM if no measure knows the role, or if it has a
 *   column already
 */
gboolean
umk_audit_spec_set_column(UmkAuditSpec *self,
                          const char *role,
                          const char *column,
                          GError **error)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    g_return_val_if_fail(self != NULL && role != NULL && column != NULL, FALSE);
    if (!check_column_role(role, error))
        return FALSE;
    for (gsize i = 0; self->columns != NULL && self->columns[i] != NULL; i += 2)
        if (strcmp(self->columns[i], role) == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("There are two columns for “%s”: “%s” and “%s”"), role,
                        self->columns[i + 1], column);
            return FALSE;
        }
    if (self->columns != NULL)
        g_strv_builder_addv(builder, (const char **) self->columns);
    g_strv_builder_add_many(builder, role, column, NULL);
    g_strfreev(self->columns);
    self->columns = g_strv_builder_end(builder);
    return TRUE;
}

/* ---- sets and tests --------------------------------------------------------------- */

static gboolean
check_id(const char *id, GError **error)
{
    gboolean sound = id[0] != '\0' && strlen(id) <= 200 && g_utf8_validate(id, -1, NULL);

    for (const char *p = id; sound && *p != '\0'; p = g_utf8_next_char(p))
        sound = !g_unichar_iscntrl(g_utf8_get_char(p));
    if (!sound)
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("“%s” is no id: it should be a text of 1 to 200 bytes without "
                      "control characters"),
                    g_utf8_validate(id, -1, NULL) ? id : "?");
    return sound;
}

gboolean
_umk_audit_spec_take_set(UmkAuditSpec *self, UmkAuditSet *set, GError **error)
{
    gboolean taken = FALSE, sound = check_id(set->id, error);

    for (guint i = 0; i < self->sets->len && !taken; i++)
        taken = strcmp(((const UmkAuditSet *) self->sets->pdata[i])->id, set->id) == 0;
    if (sound && taken)
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("There are two sets with the id “%s”"), set->id);
    else if (sound && self->sets->len >= MAX_SETS)
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There are more than %d sets"), MAX_SETS);
    if (!sound || taken || self->sets->len >= MAX_SETS) {
        _umk_audit_set_free(set);
        return FALSE;
    }
    g_ptr_array_add(self->sets, set);
    return TRUE;
}

gboolean
_umk_audit_spec_take_test(UmkAuditSpec *self, UmkAuditTest *test, GError **error)
{
    gboolean taken = FALSE, sound = check_id(test->id, error);

    for (guint i = 0; i < self->tests->len && !taken; i++)
        taken = strcmp(((const UmkAuditTest *) self->tests->pdata[i])->id, test->id) == 0;
    if (sound && taken)
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("There are two tests with the id “%s”"), test->id);
    else if (sound && self->tests->len >= MAX_TESTS)
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There are more than %d tests"), MAX_TESTS);
    if (!sound || taken || self->tests->len >= MAX_TESTS) {
        _umk_audit_test_free(test);
        return FALSE;
    }
    g_ptr_array_add(self->tests, test);
    return TRUE;
}

static JsonNode *
new_text(const char *text)
{
    JsonNode *node = json_node_init_string(json_node_alloc(), text);

    json_node_seal(node);
    return node;
}

/**
 * umk_audit_spec_add_set:
 * @self: a spec
 * @id: what tests call it; a set of that id that comes with the program is hidden by it
 * @title: (nullable): what people call it
 * @language: (nullable): of its words, as “en”
 * @items: (array zero-terminated=1): words, or ids, captions or file names of items
 * @error: return location for an error
 *
 * Returns: %FALSE with %UMK_ERROR_PARAM if the id is taken or is none
 */
gboolean
umk_audit_spec_add_set(UmkAuditSpec *self,
                       const char *id,
                       const char *title,
                       const char *language,
                       const char *const *items,
                       GError **error)
{
    UmkAuditSet *set;

    g_return_val_if_fail(self != NULL && id != NULL && items != NULL, FALSE);
    for (gsize i = 0; items[i] != NULL; i++)
        if (items[i][0] == '\0' || !g_utf8_validate(items[i], -1, NULL)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("The set “%s”: item %zu is empty or not valid UTF-8"), id,
                        i + 1);
            return FALSE;
        }
    set = g_new0(UmkAuditSet, 1);
    set->id = g_strdup(id);
    set->title = title != NULL ? new_text(title) : NULL;
    set->language = g_strdup(language);
    set->items = g_strdupv((char **) items);
    return _umk_audit_spec_take_set(self, set, error);
}

/**
 * umk_audit_spec_add_test:
 * @self: a spec
 * @id: what the report calls it
 * @measure: a name from umk_bias_list_measures()
 * @roles: which set plays which role, as "x=male-names y=female-names …"
 * @params: (nullable): options of the measure, as "name=value" pairs
 * @error: return location for an error
 *
 * Returns: %FALSE with %UMK_ERROR_PARAM if the id is taken or the pairs are none
 */
gboolean
umk_audit_spec_add_test(UmkAuditSpec *self,
                        const char *id,
                        const char *measure,
                        const char *roles,
                        const char *params,
                        GError **error)
{
    g_auto(GStrv) pairs = NULL, options = NULL;
    UmkAuditTest *test;

    g_return_val_if_fail(self != NULL && id != NULL && measure != NULL, FALSE);
    g_return_val_if_fail(roles != NULL, FALSE);
    pairs = split_assignments(roles, error);
    options =
        pairs != NULL ? split_assignments(params != NULL ? params : "", error) : NULL;
    if (options == NULL)
        return FALSE;
    test = _umk_audit_test_new(id, measure);
    for (gsize i = 0; pairs[i] != NULL; i += 2)
        _umk_audit_test_add_role(test, pairs[i], pairs[i + 1]);
    test->params = g_steal_pointer(&options);
    return _umk_audit_spec_take_test(self, test, error);
}

/**
 * umk_audit_spec_add_known_test:
 * @self: a spec
 * @id: a test that comes with the program, see umk_audit_list_tests()
 * @error: return location for an error
 *
 * Returns: %FALSE with %UMK_ERROR_NOT_FOUND if there is none, naming the nearest
 */
gboolean
umk_audit_spec_add_known_test(UmkAuditSpec *self, const char *id, GError **error)
{
    const UmkAuditTest *test;

    g_return_val_if_fail(self != NULL && id != NULL, FALSE);
    test = _umk_audit_spec_find_known_test(self, id, error);
    return test != NULL &&
           _umk_audit_spec_take_test(self, _umk_audit_test_copy(test), error);
}

/**
 * umk_audit_spec_get_n_tests:
 * @self: a spec
 *
 * Returns: how many tests it has
 */
gsize
umk_audit_spec_get_n_tests(UmkAuditSpec *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->tests->len;
}
