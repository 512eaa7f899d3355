/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An audit from spec and source to what every test found. */
#include "facade/umk-audit-private.h"

#include <umekomi/umk-error.h>
#include <umekomi/umk-matrix.h>
#include <umekomi/umk-params.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

void
_umk_audit_outcome_free(UmkAuditOutcome *outcome)
{
    g_clear_pointer(&outcome->result, json_node_unref);
    g_clear_pointer(&outcome->params, json_node_unref);
    g_free(outcome->failure);
    g_ptr_array_unref(outcome->overlap);
    g_ptr_array_unref(outcome->shared);
    g_ptr_array_unref(outcome->unpaired);
    g_ptr_array_unref(outcome->reasons);
    g_free(outcome);
}

UmkAuditOutcome *
_umk_audit_outcome_new(const UmkAuditTest *test)
{
    UmkAuditOutcome *outcome = g_new0(UmkAuditOutcome, 1);

    outcome->test = test;
    outcome->overlap = g_ptr_array_new_with_free_func(g_free);
    outcome->shared = g_ptr_array_new_with_free_func(g_free);
    outcome->unpaired = g_ptr_array_new_with_free_func(g_free);
    outcome->reasons = g_ptr_array_new_with_free_func(g_free);
    outcome->p = outcome->holm = outcome->bh = (double) NAN;
    return outcome;
}

const UmkAuditFound *
_umk_audit_work_get(const UmkAuditWork *work, const char *set)
{
    for (guint i = 0; i < work->found->len; i++) {
        const UmkAuditFound *found = work->found->pdata[i];

        if (strcmp(found->set->id, set) == 0)
            return found;
    }
    return NULL;
}

/* ---- tests ------------------------------------------------------------------------ */

/* As much of it as the measure takes: a million permutations are enough where each has to
 * be kept, whatever others are asked for. */
static double
bring_into_range(const UmkParamSpec *specs, gsize n_specs, const char *name, double value)
{
    for (gsize i = 0; i < n_specs; i++)
        if (strcmp(specs[i].name, name) == 0)
            return CLAMP(value, specs[i].min, specs[i].max);
    return value;
}

/* What the audit says for all tests, where the measure has such an option and the test
 * does not say otherwise. */
static gboolean
set_common(UmkParams *params,
           const UmkParamSpec *specs,
           gsize n_specs,
           const UmkAuditOptions *options,
           GError **error)
{
    const struct {
        const char *name;
        double value;
        gboolean given;
    } common[] = {
        {"alpha", options->alpha, TRUE},
        {"level", options->level, TRUE},
        {"permutations", options->permutations, options->permutations != G_MAXUINT},
        {"replicates", options->replicates, options->replicates != G_MAXUINT},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(common); i++)
        if (common[i].given && umk_params_has(params, common[i].name) &&
            !umk_params_is_set(params, common[i].name) &&
            !umk_params_set_double(
                params, common[i].name,
                bring_into_range(specs, n_specs, common[i].name, common[i].value), error))
            return FALSE;
    return TRUE;
}

static UmkParams *
make_params(const UmkAuditTest *test, const UmkAuditOptions *options, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(test->measure, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    for (gsize i = 0; test->params != NULL && test->params[i] != NULL; i += 2)
        if (!umk_params_set(params, test->params[i], test->params[i + 1], error))
            return NULL;
    return set_common(params, specs, n_specs, options, error) ? g_steal_pointer(&params)
                                                              : NULL;
}

typedef struct {
    UmkRun *run;
    const char *title;
} Teller;

static void
tell(const char *stage, double fraction, gpointer data)
{
    const Teller *teller = data;

    umk_run_report(teller->run, teller->title, fraction);
}

/* FALSE only when the audit cannot go on. */
static gboolean
run_test(UmkAuditWork *work, UmkAuditOutcome *outcome, UmkRun *run, GError **error)
{
    const UmkAuditTest *test = outcome->test;
    const char *title = _umk_audit_text(test->title, NULL);
    Teller teller = {.run = run, .title = title != NULL ? title : test->id};
    g_autoptr(GError) inner = NULL;
    g_autoptr(UmkBiasInput) input = _umk_audit_make_input(work, outcome, &inner);
    g_autoptr(UmkParams) params = NULL;
    g_autofree char *used = NULL, *text = NULL;
    UmkAuditHeadline headline;

    if (input == NULL && outcome->undefined != NULL)
        return TRUE;
    if (input != NULL)
        params = make_params(test, &work->spec->options, &inner);
    if (params != NULL) {
        used = umk_params_to_json(params);
        outcome->params = json_from_string(used, NULL);
        text = umk_bias_measure(test->measure, input, params, work->seed,
                                run->cancellable, tell, &teller, &inner);
    }
    if (g_error_matches(inner, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error(error, g_steal_pointer(&inner));
        return FALSE;
    }
    if (text == NULL) {
        outcome->failure = g_strdup(inner->message);
        return TRUE;
    }
    outcome->result = json_from_string(text, error);
    if (outcome->result == NULL)
        return FALSE;
    _umk_audit_headline_read(outcome->result, &headline);
    if (!isnan(headline.value)) /* what has no figure is not of the family either */
        outcome->p = headline.p;
    return TRUE;
}

GPtrArray *
_umk_audit_run_tests(UmkAuditWork *work, UmkRun *run, GError **error)
{
    g_autoptr(GPtrArray) outcomes =
        g_ptr_array_new_with_free_func((GDestroyNotify) _umk_audit_outcome_free);
    GPtrArray *tests = work->spec->tests;

    for (guint i = 0; i < tests->len; i++) {
        UmkAuditOutcome *outcome = _umk_audit_outcome_new(tests->pdata[i]);
        g_auto(UmkRun) stage = {0};

        g_ptr_array_add(outcomes, outcome);
        _umk_run_init_stage(&stage, run, (double) i / tests->len,
                            (double) (i + 1) / tests->len);
        if (!umk_run_check(run, error) || !run_test(work, outcome, &stage, error))
            return NULL;
    }
    _umk_audit_correct(outcomes);
    for (guint i = 0; i < outcomes->len; i++)
        _umk_audit_judge_outcome(outcomes->pdata[i], &work->spec->options);
    return g_steal_pointer(&outcomes);
}

/* ---- sets ------------------------------------------------------------------------- */

static gboolean
find_sets_of(UmkAuditWork *work,
             UmkAuditLookup *lookup,
             const UmkAuditTest *test,
             UmkRun *run,
             GError **error)
{
    for (guint i = 0; i < test->roles->len; i++) {
        const UmkAuditRole *role = test->roles->pdata[i];
        const UmkAuditSet *set;
        UmkAuditFound *found;

        if (!umk_run_check(run, error))
            return FALSE;
        if (_umk_audit_work_get(work, role->set) != NULL)
            continue;
        set = _umk_audit_spec_find_set(work->spec, role->set, error);
        found = set != NULL ? _umk_audit_lookup_find(lookup, set, run, error) : NULL;
        if (found == NULL)
            return FALSE;
        g_ptr_array_add(work->found, found);
    }
    return TRUE;
}

static gboolean
find_sets(UmkAuditWork *work, UmkAuditLookup *lookup, UmkRun *run, GError **error)
{
    GPtrArray *tests = work->spec->tests;
    UmkAuditTest *test;
    gboolean done;

    for (guint i = 0; i < tests->len; i++) {
        umk_run_report(run, _("Finding the items"), (double) i / tests->len);
        if (!find_sets_of(work, lookup, tests->pdata[i], run, error))
            return FALSE;
    }
    if (work->spec->debias == NULL)
        return TRUE;
    test = _umk_audit_debias_test(work->spec);
    done = find_sets_of(work, lookup, test, run, error);
    _umk_audit_test_free(test);
    return done;
}

gboolean
_umk_audit_has_language(const UmkAuditWork *work, const char *language)
{
    for (guint i = 0; i < work->found->len; i++)
        if (g_strcmp0(((const UmkAuditFound *) work->found->pdata[i])->set->language,
                      language) == 0)
            return TRUE;
    return FALSE;
}

/* A model has no rows that chance could draw from: words of the control lists of the
 * same languages stand in for them. A measure leaves out what is in its own sets. */
static gboolean
embed_background(UmkAuditWork *work, UmkAuditLookup *lookup, UmkRun *run, GError **error)
{
    UmkAuditSpec *library = _umk_audit_spec_get_library(work->spec, error);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    g_autoptr(GByteArray) data = g_byte_array_new();
    g_autoptr(GBytes) bytes = NULL;
    gsize n = 0, d = 0;

    if (library == NULL)
        return FALSE;
    for (guint i = 0; i < library->sets->len; i++) {
        const UmkAuditSet *set = library->sets->pdata[i];
        UmkAuditFound *found;

        if (!set->control || !_umk_audit_has_language(work, set->language))
            continue;
        found = _umk_audit_lookup_find(lookup, set, run, error);
        if (found == NULL)
            return FALSE;
        for (guint j = 0; j < found->names->len; j++)
            g_strv_builder_add(names, found->names->pdata[j]);
        if (found->vectors != NULL) {
            gsize size;
            gconstpointer rows =
                g_bytes_get_data(umk_matrix_get_bytes(found->vectors), &size);

            g_byte_array_append(data, rows, (guint) size);
            n += found->names->len;
            d = umk_matrix_get_n_cols(found->vectors);
        }
        _umk_audit_found_free(found);
    }
    if (n == 0)
        return TRUE;
    bytes = g_byte_array_free_to_bytes(g_steal_pointer(&data));
    work->background = umk_matrix_new_from_bytes(n, d, bytes, error);
    work->background_names = g_strv_builder_end(names);
    work->from_lists = TRUE;
    return work->background != NULL;
}

static gboolean
read_columns(UmkAuditWork *work, GError **error)
{
    char **columns = work->spec->columns;

    for (gsize i = 0; columns != NULL && columns[i] != NULL; i += 2) {
        char **labels = _umk_audit_source_dup_column(work->source, columns[i + 1], error);

        if (labels == NULL)
            return FALSE;
        g_hash_table_replace(work->columns, g_strdup(columns[i]), labels);
    }
    return TRUE;
}

static void
work_clear(UmkAuditWork *work)
{
    g_ptr_array_unref(work->found);
    g_clear_pointer(&work->background, umk_matrix_unref);
    g_strfreev(work->background_names);
    g_hash_table_unref(work->columns);
    g_clear_pointer(&work->outcomes, g_ptr_array_unref);
    g_clear_pointer(&work->debias, json_node_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkAuditWork, work_clear)

static gboolean
prepare(UmkAuditWork *work, UmkRun *run, GError **error)
{
    g_autoptr(UmkAuditLookup) lookup = _umk_audit_lookup_new(work->spec, work->source);

    if (!find_sets(work, lookup, run, error) || !read_columns(work, error))
        return FALSE;
    if (work->source->vectors == NULL)
        return embed_background(work, lookup, run, error);
    work->background = umk_matrix_ref(work->source->vectors);
    work->background_names = g_strdupv(work->source->names);
    return TRUE;
}

/**
 * umk_audit_run:
 * @spec: what is to be tested
 * @source: on which vectors
 * @seed: of what is random
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call) (closure progress_data): called now and then
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Runs every test of @spec, corrects their headline p-values for their number (Holm, and
 * Benjamini and Hochberg) and gives each a verdict. A figure that has no test against
 * chance has no p and is not counted in that number. What cannot be measured (a set of
 * which less than two items are there, no spread) is no error: the test is undefined in
 * the result, with the reason.
 *
 * An item that is in two opposed sets of a test (x and y, a and b) says nothing of their
 * difference and is left out of both; the result names it. An item that is in a target
 * and an attribute set is kept and named. Of two sets that are pairs, a member without
 * its partner is left out and named.
 *
 * The verdict looks at the headline figure, its two-sided p where there is one, and its
 * interval with most resampled, targets and attributes; of several methods the interval
 * that holds them all.
 *
 * - “undefined”: the figure is not defined; or it has neither a p nor both an interval
 *   and a value that means “no association”.
 * - “none-seen”: p is not below alpha; without a p, the interval includes the neutral
 *   value. It is never called unbiased: the reasons say so, and the result says what
 *   these sets could have shown.
 * - “fragile”: p is below alpha, or there is no p but an interval that excludes the
 *   neutral value; and one of these fails, which the reasons name: there is a p, and it
 *   stays below alpha after correction; there is an interval and it excludes the neutral
 *   value; the figure is larger than random control sets give (their share as large is at
 *   most alpha), where the measure has such controls; no single item that is left out
 *   brings the figure to the other side of the neutral value; and at least half of the
 *   items of every set took part.
 * - “clear”: p is below alpha and all of these hold.
 *
 * With a debias, the tests are run once more on the changed vectors. Measures of what
 * remains (cluster-bias, neighbour-bias, probe-bias) keep the direction and the items of
 * the vectors as they were, and look at those items behind the debias: a direction found
 * anew would choose other items, and its figure would compare with nothing.
 *
 * The same spec, source and seed give the same bytes on any number of threads.
 *
 * Returns: (transfer full): what was found
 */
UmkAudit *
umk_audit_run(UmkAuditSpec *spec,
              UmkAuditSource *source,
              guint64 seed,
              GCancellable *cancellable,
              UmkProgressFunc progress,
              gpointer progress_data,
              GError **error)
{
    g_auto(UmkRun) run = {0};
    g_auto(UmkRun) finding = {0};
    g_auto(UmkRun) testing = {0};
    g_auto(UmkRun) again = {0};
    g_auto(UmkAuditWork) work = {
        .spec = spec,
        .source = source,
        .seed = seed,
        .found = g_ptr_array_new_with_free_func((GDestroyNotify) _umk_audit_found_free),
        .columns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) g_strfreev)};
    double share;

    _umk_run_init(&run, cancellable, progress, progress_data);
    g_return_val_if_fail(spec != NULL, NULL);
    g_return_val_if_fail(source != NULL, NULL);
    share = source->vectors == NULL ? 0.4 : 0.1;
    _umk_run_init_stage(&finding, &run, 0, share);
    _umk_run_init_stage(&testing, &run, share, spec->debias != NULL ? 0.6 : 1);
    if (!_umk_audit_spec_check(spec, error) || !prepare(&work, &finding, error))
        return NULL;
    _umk_run_init_stage(&again, &run, 0.6, 1);
    work.outcomes = _umk_audit_run_tests(&work, &testing, error);
    if (work.outcomes == NULL || !_umk_audit_debias(&work, &again, error))
        return NULL;
    return _umk_audit_write(&work, error);
}
