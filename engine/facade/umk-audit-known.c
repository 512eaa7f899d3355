/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets and tests that come with the program (assets/audit), how a spec finds them, and
 * whether a spec as a whole can be run. */
#include "facade/umk-audit-private.h"

#include "core/umk-nearest-private.h"
#include "hub/umk-model-folders-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-params.h>

#include <glib/gi18n-lib.h>

#include <string.h>

static int
compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static gboolean
load_family(UmkAuditSpec *library, const char *path, GError **error)
{
    g_autofree char *text = NULL;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, error))
        return FALSE;
    if (_umk_audit_parse(library, text, length, FALSE, error))
        return TRUE;
    g_prefix_error(error, "%s: ", path);
    return FALSE;
}

UmkAuditSpec *
_umk_audit_library_load(GError **error)
{
    g_autoptr(UmkAuditSpec) library = _umk_audit_spec_new_empty();
    g_autofree char *folder = _umk_asset_find("audit");
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = NULL;
    const char *name;

    if (folder == NULL) /* a program without its assets: own sets still work */
        return g_steal_pointer(&library);
    dir = g_dir_open(folder, 0, error);
    if (dir == NULL)
        return NULL;
    while ((name = g_dir_read_name(dir)) != NULL)
        if (g_str_has_suffix(name, ".json"))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(paths, compare_texts);
    for (guint i = 0; i < paths->len; i++)
        if (!load_family(library, paths->pdata[i], error))
            return NULL;
    g_clear_pointer(&library->title, g_free);
    return g_steal_pointer(&library);
}

UmkAuditSpec *
_umk_audit_spec_get_library(UmkAuditSpec *self, GError **error)
{
    if (self->library == NULL)
        self->library = _umk_audit_library_load(error);
    return self->library;
}

static const UmkAuditSet *
look_up_set(const UmkAuditSpec *spec, const char *id)
{
    for (guint i = 0; i < spec->sets->len; i++) {
        const UmkAuditSet *set = spec->sets->pdata[i];

        if (strcmp(set->id, id) == 0)
            return set;
    }
    return NULL;
}

/* ": did you mean …?", or nothing. */
static char *
suggest(const char *id, GPtrArray *known)
{
    const char *nearest =
        _umk_nearest_word(id, (const char *const *) known->pdata, known->len);

    return nearest != NULL ? g_strdup_printf(_("; did you mean “%s”?"), nearest)
                           : g_strdup("");
}

const UmkAuditSet *
_umk_audit_spec_find_set(UmkAuditSpec *self, const char *id, GError **error)
{
    const UmkAuditSet *set = look_up_set(self, id);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    g_autofree char *hint = NULL;
    UmkAuditSpec *library;

    if (set != NULL)
        return set;
    library = _umk_audit_spec_get_library(self, error);
    if (library == NULL)
        return NULL;
    set = look_up_set(library, id);
    if (set != NULL)
        return set;
    for (guint i = 0; i < self->sets->len; i++)
        g_ptr_array_add(known, ((const UmkAuditSet *) self->sets->pdata[i])->id);
    for (guint i = 0; i < library->sets->len; i++)
        g_ptr_array_add(known, ((const UmkAuditSet *) library->sets->pdata[i])->id);
    hint = suggest(id, known);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("There is no set “%s”%s"), id,
                hint);
    return NULL;
}

const UmkAuditTest *
_umk_audit_spec_find_known_test(UmkAuditSpec *self, const char *id, GError **error)
{
    UmkAuditSpec *library = _umk_audit_spec_get_library(self, error);
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    g_autofree char *hint = NULL;

    if (library == NULL)
        return NULL;
    for (guint i = 0; i < library->tests->len; i++) {
        const UmkAuditTest *test = library->tests->pdata[i];

        if (strcmp(test->id, id) == 0)
            return test;
        g_ptr_array_add(known, test->id);
    }
    hint = suggest(id, known);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND, _("There is no test “%s”%s"), id,
                hint);
    return NULL;
}

/* ---- whether it can be run -------------------------------------------------------- */

static gboolean
check_measure(const UmkAuditTest *test, GError **error)
{
    g_auto(GStrv) measures = NULL;
    g_autofree char *all = NULL, *hint = NULL;
    const char *nearest;

    if (umk_bias_get_title(test->measure) != NULL)
        return TRUE;
    measures = umk_bias_list_measures();
    nearest = _umk_nearest_word(test->measure, (const char *const *) measures,
                                g_strv_length(measures));
    all = g_strjoinv(", ", measures);
    hint = nearest != NULL ? g_strdup_printf(_("did you mean “%s”?"), nearest)
                           : g_strdup_printf(_("there are: %s"), all);
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                _("The test “%s”: there is no measure “%s”; %s"), test->id, test->measure,
                hint);
    return FALSE;
}

static gboolean
has_role(const UmkAuditTest *test, const char *role)
{
    for (guint i = 0; i < test->roles->len; i++)
        if (strcmp(((const UmkAuditRole *) test->roles->pdata[i])->role, role) == 0)
            return TRUE;
    return FALSE;
}

static gboolean
check_roles(UmkAuditSpec *self, const UmkAuditTest *test, GError **error)
{
    g_auto(GStrv) roles = umk_bias_list_roles(test->measure, FALSE);
    g_auto(GStrv) required = umk_bias_list_roles(test->measure, TRUE);
    g_autofree char *all = g_strjoinv(", ", roles);

    for (guint i = 0; i < test->roles->len; i++) {
        const UmkAuditRole *role = test->roles->pdata[i];

        if (!g_strv_contains((const char *const *) roles, role->role)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("The test “%s”: %s has no role “%s”; there are: %s"), test->id,
                        test->measure, role->role, all);
            return FALSE;
        }
        if (_umk_audit_spec_find_set(self, role->set, error) == NULL) {
            g_prefix_error(error, _("The test “%s”, role “%s”: "), test->id, role->role);
            return FALSE;
        }
    }
    for (gsize i = 0; required[i] != NULL; i++)
        if (!has_role(test, required[i])) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                        _("The test “%s”: %s needs a set in the role “%s”"), test->id,
                        test->measure, required[i]);
            return FALSE;
        }
    return TRUE;
}

/* Options are wrong before anything is measured, not an hour later. */
static gboolean
check_params(const UmkAuditTest *test, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(test->measure, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    for (gsize i = 0; test->params != NULL && test->params[i] != NULL; i += 2)
        if (!umk_params_set(params, test->params[i], test->params[i + 1], error)) {
            g_prefix_error(error, _("The test “%s”: "), test->id);
            return FALSE;
        }
    return TRUE;
}

gboolean
_umk_audit_spec_check(UmkAuditSpec *self, GError **error)
{
    if (self->tests->len == 0) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_PARAM,
                            _("There is nothing to test; name a test or add one"));
        return FALSE;
    }
    for (guint i = 0; i < self->tests->len; i++) {
        const UmkAuditTest *test = self->tests->pdata[i];

        if (!check_measure(test, error) || !check_roles(self, test, error) ||
            !check_params(test, error))
            return FALSE;
    }
    return _umk_audit_debias_check(self, error);
}

/* ---- lists ------------------------------------------------------------------------ */

static gboolean
is_in_language(const UmkAuditSpec *library, const char *id, const char *language)
{
    const UmkAuditSet *set = look_up_set(library, id);

    return language == NULL || (set != NULL && g_strcmp0(set->language, language) == 0);
}

/**
 * umk_audit_list_tests:
 * @language: (nullable): only tests of sets in this language, as “ja”
 * @error: return location for an error
 *
 * Returns: (transfer full) (array zero-terminated=1): tests that come with the program
 */
char **
umk_audit_list_tests(const char *language, GError **error)
{
    g_autoptr(UmkAuditSpec) library = _umk_audit_library_load(error);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    if (library == NULL)
        return NULL;
    for (guint i = 0; i < library->tests->len; i++) {
        const UmkAuditTest *test = library->tests->pdata[i];
        const UmkAuditRole *first = test->roles->pdata[0];

        if (is_in_language(library, first->set, language))
            g_strv_builder_add(builder, test->id);
    }
    return g_strv_builder_end(builder);
}

/**
 * umk_audit_list_sets:
 * @language: (nullable): only sets in this language, as “ja”
 * @error: return location for an error
 *
 * Returns: (transfer full) (array zero-terminated=1): sets that come with the program
 */
char **
umk_audit_list_sets(const char *language, GError **error)
{
    g_autoptr(UmkAuditSpec) library = _umk_audit_library_load(error);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    if (library == NULL)
        return NULL;
    for (guint i = 0; i < library->sets->len; i++) {
        const UmkAuditSet *set = library->sets->pdata[i];

        if (is_in_language(library, set->id, language))
            g_strv_builder_add(builder, set->id);
    }
    return g_strv_builder_end(builder);
}

/**
 * umk_audit_dup_library:
 * @error: return location for an error
 *
 * Returns: (transfer full): all sets and tests that come with the program, with titles
 *   and reasons in every language they have, as a JSON object with “sets” and “tests”
 */
char *
umk_audit_dup_library(GError **error)
{
    g_autoptr(UmkAuditSpec) library = _umk_audit_library_load(error);

    return library != NULL ? umk_audit_spec_to_json(library) : NULL;
}
