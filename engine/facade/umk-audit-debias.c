/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same tests once more on vectors that a debias has changed, what the change costs,
 * and what of the association remains. The source itself is never touched. */
#include "facade/umk-audit-private.h"

#include <umekomi/umk-debias.h>
#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-params.h>

#include <glib/gi18n-lib.h>

#include <string.h>

/* The sets a debias is fitted on, as a test that is never run: the spec's roles, or the
 * target sets of the first test. */
UmkAuditTest *
_umk_audit_debias_test(UmkAuditSpec *spec)
{
    UmkAuditTest *test = _umk_audit_test_new(spec->debias, spec->debias);
    const UmkAuditTest *first = spec->tests->pdata[0];

    for (gsize i = 0; spec->debias_roles != NULL && spec->debias_roles[i] != NULL; i += 2)
        _umk_audit_test_add_role(test, spec->debias_roles[i], spec->debias_roles[i + 1]);
    for (guint i = 0; test->roles->len < 2 && i < first->roles->len; i++) {
        const UmkAuditRole *role = first->roles->pdata[i];

        if (strcmp(role->role, "x") == 0 || strcmp(role->role, "y") == 0)
            _umk_audit_test_add_role(test, role->role, role->set);
    }
    return test;
}

static UmkParams *
make_params(UmkAuditSpec *spec, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_debias_get_params(spec->debias, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    for (gsize i = 0; spec->debias_params != NULL && spec->debias_params[i] != NULL;
         i += 2)
        if (!umk_params_set(params, spec->debias_params[i], spec->debias_params[i + 1],
                            error))
            return NULL;
    return g_steal_pointer(&params);
}

/* Before anything is measured: the method, its options, its sets. */
gboolean
_umk_audit_debias_check(UmkAuditSpec *spec, GError **error)
{
    g_autoptr(UmkParams) params = NULL;
    g_auto(GStrv) methods = NULL, roles = NULL;
    g_autofree char *all = NULL;

    if (spec->debias == NULL)
        return TRUE;
    methods = umk_debias_list_methods();
    all = g_strjoinv(", ", methods);
    if (!g_strv_contains((const char *const *) methods, spec->debias)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("There is no way of taking bias out called “%s”; there are: %s"),
                    spec->debias, all);
        return FALSE;
    }
    params = make_params(spec, error);
    if (params == NULL) {
        g_prefix_error(error, "%s: ", spec->debias);
        return FALSE;
    }
    roles = umk_debias_list_roles(spec->debias, FALSE);
    for (gsize i = 0; spec->debias_roles != NULL && spec->debias_roles[i] != NULL;
         i += 2) {
        if (!g_strv_contains((const char *const *) roles, spec->debias_roles[i])) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("%s has no role “%s”"),
                        spec->debias, spec->debias_roles[i]);
            return FALSE;
        }
        if (_umk_audit_spec_find_set(spec, spec->debias_roles[i + 1], error) == NULL)
            return FALSE;
    }
    return TRUE;
}

/* ---- the changed vectors ---------------------------------------------------------- */

static char **
names_of(const UmkAuditFound *found)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (guint i = 0; i < found->names->len; i++)
        g_strv_builder_add(builder, found->names->pdata[i]);
    return g_strv_builder_end(builder);
}

static UmkMatrix *
change_set(UmkDebias *debias, const UmkAuditFound *found, UmkRun *run, GError **error)
{
    g_auto(GStrv) names = names_of(found);

    return umk_debias_apply(debias, found->vectors, (const char *const *) names,
                            run->cancellable, error);
}

static void
unref_matrix(gpointer matrix)
{
    if (matrix != NULL)
        umk_matrix_unref(matrix);
}

static void
view_clear(UmkAuditView *view)
{
    g_clear_pointer(&view->sets, g_ptr_array_unref);
    g_clear_pointer(&view->background, umk_matrix_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkAuditView, view_clear)

static gboolean
view_init(UmkAuditView *view,
          UmkAuditWork *work,
          UmkDebias *debias,
          UmkRun *run,
          GError **error)
{
    view->debias = debias;
    view->sets = g_ptr_array_new_with_free_func(unref_matrix);
    for (guint i = 0; i < work->found->len; i++) {
        const UmkAuditFound *found = work->found->pdata[i];
        UmkMatrix *changed = NULL;

        if (found->vectors != NULL) {
            changed = change_set(debias, found, run, error);
            if (changed == NULL)
                return FALSE;
        }
        g_ptr_array_add(view->sets, changed);
    }
    if (work->background == NULL)
        return TRUE;
    view->background = umk_debias_apply(debias, work->background,
                                        (const char *const *) work->background_names,
                                        run->cancellable, error);
    return view->background != NULL;
}

/* ---- what remains ----------------------------------------------------------------- */

/* Measures of Gonen and Goldberg (2019). */
static const char *const behind[] = {"cluster-bias", "neighbour-bias", "probe-bias",
                                     NULL};

gboolean
_umk_audit_looks_behind(const char *measure)
{
    return g_strv_contains(behind, measure);
}

static gboolean
has_note(JsonNode *result, const char *code)
{
    JsonObject *object = json_node_get_object(result);
    JsonArray *notes = json_object_has_member(object, "notes")
                           ? json_object_get_array_member(object, "notes")
                           : NULL;

    for (guint i = 0; notes != NULL && i < json_array_get_length(notes); i++)
        if (g_strcmp0(json_array_get_string_element(notes, i), code) == 0)
            return TRUE;
    return FALSE;
}

/* Few vectors leave no most biased words to choose: the items are then nearly all there
 * are, and most of them lean to no side. Clusters that chance would give as well before
 * the debias cannot get worse by it. */
static void
note_limits(UmkAuditWork *work, const char *measure, JsonNode *result)
{
    work->remains_few |= has_note(result, "fewer-items");
    work->remains_at_chance |=
        strcmp(measure, "cluster-bias") == 0 &&
        _umk_audit_figure_low(result, "cluster-accuracy-before") <= 0.5;
}

static void
add_remaining(JsonBuilder *out, JsonNode *result)
{
    UmkAuditHeadline headline;
    g_autofree char *before = NULL;

    _umk_audit_headline_read(result, &headline);
    if (headline.id == NULL)
        return;
    before = g_strconcat(headline.id, "-before", NULL);
    json_builder_begin_object(out);
    _umk_audit_add_text(out, "id", headline.id);
    _umk_audit_add_number(out, "before", _umk_audit_figure_value(result, before));
    _umk_audit_add_number(out, "after", headline.value);
    _umk_audit_add_interval(out, "interval", headline.low, headline.high);
    if (headline.undefined != NULL)
        _umk_audit_add_text(out, "undefined", headline.undefined);
    json_builder_end_object(out);
}

/* On the rows of the source behind the debias. */
static gboolean
write_remains(UmkAuditWork *work,
              UmkBiasInput *input,
              UmkDebias *debias,
              JsonBuilder *out,
              UmkRun *run,
              GError **error)
{
    if (!umk_bias_input_set_debias(input, debias, error))
        return FALSE;
    json_builder_set_member_name(out, "remains");
    json_builder_begin_array(out);
    for (gsize i = 0; work->source->vectors != NULL && behind[i] != NULL; i++) {
        g_autofree char *text = NULL;
        g_autoptr(JsonNode) result = NULL;
        g_autoptr(GError) inner = NULL;

        if (umk_bias_get_title(behind[i]) == NULL)
            continue;
        text = umk_bias_measure(behind[i], input, NULL, work->seed, run->cancellable,
                                NULL, NULL, &inner);
        if (g_error_matches(inner, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
            g_propagate_error(error, g_steal_pointer(&inner));
            return FALSE;
        }
        result = text != NULL ? json_from_string(text, NULL) : NULL;
        if (result == NULL)
            continue;
        note_limits(work, behind[i], result);
        add_remaining(out, result);
    }
    json_builder_end_array(out);
    return TRUE;
}

/* ---- the whole -------------------------------------------------------------------- */

static void
write_head(JsonBuilder *out, UmkDebias *debias, UmkParams *params, UmkAuditTest *test)
{
    g_autofree char *used = umk_params_to_json(params);
    g_autofree char *made = umk_debias_to_json(debias);
    JsonNode *node = made != NULL ? json_from_string(made, NULL) : NULL;

    _umk_audit_add_text(out, "method", umk_debias_get_method(debias));
    json_builder_set_member_name(out, "params");
    json_builder_add_value(out, json_from_string(used, NULL));
    _umk_audit_write_roles(out, test);
    json_builder_set_member_name(out, "map");
    if (node != NULL)
        json_builder_add_value(out, node);
    else
        json_builder_add_null_value(out);
}

static gboolean
run_again(UmkAuditWork *work,
          const UmkAuditView *view,
          JsonBuilder *out,
          UmkRun *run,
          GError **error)
{
    g_autoptr(GPtrArray) outcomes = NULL;

    work->view = view;
    outcomes = _umk_audit_run_tests(work, run, error);
    work->view = NULL;
    if (outcomes != NULL)
        _umk_audit_write_tests(out, work, outcomes);
    return outcomes != NULL;
}

/* A set that cannot be used makes the debias impossible, and with it what was asked. */
static UmkBiasInput *
make_input(UmkAuditWork *work, UmkAuditTest *test, GError **error)
{
    UmkAuditOutcome *outcome = _umk_audit_outcome_new(test);
    UmkBiasInput *input = _umk_audit_make_input(work, outcome, error);

    if (input == NULL && outcome->undefined != NULL)
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED, _("%s cannot be fitted: %s"),
                    test->id, umk_audit_describe(outcome->undefined));
    _umk_audit_outcome_free(outcome);
    return input;
}

static gboolean
debias_and_write(
    UmkAuditWork *work, UmkAuditTest *test, JsonBuilder *out, UmkRun *run, GError **error)
{
    g_autoptr(UmkBiasInput) input = make_input(work, test, error);
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkDebias) debias = NULL;
    g_auto(UmkRun) fitting = {0}, testing = {0}, costs = {0};
    g_auto(UmkAuditView) view = {0};

    if (input == NULL)
        return FALSE;
    _umk_run_init_stage(&fitting, run, 0, 0.2);
    _umk_run_init_stage(&testing, run, 0.2, 0.7);
    _umk_run_init_stage(&costs, run, 0.7, 1);
    umk_run_report(&fitting, _("Taking bias out"), 0);
    params = make_params(work->spec, error);
    if (params != NULL)
        debias = umk_debias_fit(test->measure, input, params, work->seed,
                                run->cancellable, NULL, NULL, error);
    if (debias == NULL || !view_init(&view, work, debias, &fitting, error))
        return FALSE;
    write_head(out, debias, params, test);
    return run_again(work, &view, out, &testing, error) &&
           _umk_audit_write_costs(out, work, view.background, &costs, error) &&
           write_remains(work, input, debias, out, &costs, error);
}

gboolean
_umk_audit_debias(UmkAuditWork *work, UmkRun *run, GError **error)
{
    g_autoptr(JsonBuilder) out = json_builder_new();
    UmkAuditTest *test;
    gboolean done;

    if (work->spec->debias == NULL)
        return TRUE;
    test = _umk_audit_debias_test(work->spec);
    json_builder_begin_object(out);
    done = debias_and_write(work, test, out, run, error);
    _umk_audit_test_free(test);
    if (!done)
        return FALSE;
    json_builder_end_object(out);
    work->debias = json_builder_get_root(out);
    return TRUE;
}
