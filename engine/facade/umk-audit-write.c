/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An audit as JSON, schema umekomi-audit/1: everything a report needs, in codes that are
 * the same in every language. */
#include "facade/umk-audit-private.h"

#include "linalg/umk-gemm-private.h"

#include <umekomi/umk-matrix.h>
#include <umekomi/umk-model.h>
#include <umekomi/umk-version.h>

#include <math.h>
#include <string.h>

#define FEW_ITEMS 8

void
_umk_audit_add_number(JsonBuilder *out, const char *member, double value)
{
    json_builder_set_member_name(out, member);
    if (isfinite(value))
        json_builder_add_double_value(out, value);
    else
        json_builder_add_null_value(out);
}

void
_umk_audit_add_text(JsonBuilder *out, const char *member, const char *value)
{
    json_builder_set_member_name(out, member);
    if (value != NULL)
        json_builder_add_string_value(out, value);
    else
        json_builder_add_null_value(out);
}

void
_umk_audit_add_texts(JsonBuilder *out, const char *member, GPtrArray *texts)
{
    json_builder_set_member_name(out, member);
    json_builder_begin_array(out);
    for (guint i = 0; i < texts->len; i++)
        json_builder_add_string_value(out, texts->pdata[i]);
    json_builder_end_array(out);
}

void
_umk_audit_add_interval(JsonBuilder *out, const char *member, double low, double high)
{
    json_builder_set_member_name(out, member);
    if (!isfinite(low) || !isfinite(high)) {
        json_builder_add_null_value(out);
        return;
    }
    json_builder_begin_array(out);
    json_builder_add_double_value(out, low);
    json_builder_add_double_value(out, high);
    json_builder_end_array(out);
}

static void
add_int(JsonBuilder *out, const char *member, gint64 value)
{
    json_builder_set_member_name(out, member);
    json_builder_add_int_value(out, value);
}

static void
add_boolean(JsonBuilder *out, const char *member, gboolean value)
{
    json_builder_set_member_name(out, member);
    json_builder_add_boolean_value(out, value);
}

static void
add_node(JsonBuilder *out, const char *member, JsonNode *node)
{
    json_builder_set_member_name(out, member);
    if (node != NULL)
        json_builder_add_value(out, json_node_copy(node));
    else
        json_builder_add_null_value(out);
}

/* The English text as member, and all languages as members where there is more than one:
 * a report takes its own language's. */
static void
add_title(JsonBuilder *out,
          const char *member,
          const char *members,
          JsonNode *node,
          const char *fallback)
{
    const char *text = _umk_audit_text(node, NULL);

    _umk_audit_add_text(out, member, text != NULL ? text : fallback);
    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node))
        add_node(out, members, node);
}

/* ---- source and sets -------------------------------------------------------------- */

static gboolean
is_normalized(UmkMatrix *vectors)
{
    gsize n = umk_matrix_get_n_rows(vectors), d;

    for (gsize i = 0; i < n; i++) {
        const float *row = umk_matrix_get_row(vectors, i, &d);
        double squared = 0;

        for (gsize j = 0; j < d; j++)
            squared += (double) row[j] * (double) row[j];
        if (fabs(squared - 1) > 1e-3)
            return FALSE;
    }
    return n > 0;
}

static gboolean
add_source(JsonBuilder *out, const UmkAuditWork *work, GError **error)
{
    UmkAuditSource *source = work->source;
    UmkMatrix *vectors = source->vectors != NULL ? source->vectors : work->background;
    g_autofree char *digest = _umk_audit_source_dup_digest(source, error);

    if (digest == NULL)
        return FALSE;
    json_builder_set_member_name(out, "source");
    json_builder_begin_object(out);
    _umk_audit_add_text(out, "path", source->path);
    _umk_audit_add_text(out, "kind", source->kind);
    add_int(out, "n",
            source->vectors != NULL ? (gint64) umk_matrix_get_n_rows(source->vectors)
                                    : 0);
    add_int(out, "dims",
            vectors != NULL         ? (gint64) umk_matrix_get_n_cols(vectors)
            : source->model != NULL ? (gint64) umk_model_get_n_dims(source->model)
                                    : 0);
    _umk_audit_add_text(out, "digest", digest);
    _umk_audit_add_text(out, "model",
                        source->model != NULL ? umk_model_get_id(source->model) : NULL);
    add_boolean(out, "normalized", vectors != NULL && is_normalized(vectors));
    json_builder_end_object(out);
    return TRUE;
}

static const char *
modality_of(const UmkAuditFound *found)
{
    const char *name = NULL;

    for (guint i = 0; i < found->modalities->len; i++) {
        const char *own =
            umk_modality_get_name(g_array_index(found->modalities, UmkModality, i));

        if (name != NULL && strcmp(name, own) != 0)
            return "mixed";
        name = own;
    }
    return name != NULL                   ? name
           : found->set->modality != NULL ? found->set->modality
                                          : "text";
}

static void
add_matched(JsonBuilder *out, const UmkAuditFound *found)
{
    json_builder_set_member_name(out, "matched");
    json_builder_begin_array(out);
    for (guint i = 0; i + 1 < found->matched->len; i += 2) {
        json_builder_begin_object(out);
        _umk_audit_add_text(out, "item", found->matched->pdata[i]);
        _umk_audit_add_text(out, "as", found->matched->pdata[i + 1]);
        json_builder_end_object(out);
    }
    json_builder_end_array(out);
}

static void
add_set(JsonBuilder *out, const UmkAuditFound *found)
{
    const UmkAuditSet *set = found->set;

    json_builder_begin_object(out);
    _umk_audit_add_text(out, "id", set->id);
    add_title(out, "title", "titles", set->title, set->id);
    _umk_audit_add_text(out, "language", set->language);
    _umk_audit_add_text(out, "modality", modality_of(found));
    _umk_audit_add_text(out, "source", set->source);
    _umk_audit_add_text(out, "licence", set->licence);
    add_title(out, "rationale", "rationales", set->rationale, NULL);
    if (set->where != NULL)
        _umk_audit_add_text(out, "where", set->where);
    _umk_audit_add_text(out, "digest", found->digest);
    json_builder_set_member_name(out, "items");
    json_builder_begin_array(out);
    for (gsize i = 0; found->asked[i] != NULL; i++)
        json_builder_add_string_value(out, found->asked[i]);
    json_builder_end_array(out);
    _umk_audit_add_texts(out, "missing", found->missing);
    _umk_audit_add_texts(out, "duplicates", found->duplicates);
    add_matched(out, found);
    add_boolean(out, "embedded", found->n_embedded > 0);
    add_boolean(out, "sentences", found->in_sentences);
    add_boolean(out, "control", set->control);
    json_builder_end_object(out);
}

static void
add_languages(JsonBuilder *out, const UmkAuditWork *work)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    json_builder_set_member_name(out, "languages");
    json_builder_begin_array(out);
    for (guint i = 0; i < work->found->len; i++) {
        const UmkAuditFound *found = work->found->pdata[i];

        if (found->set->language != NULL && g_hash_table_add(seen, found->set->language))
            json_builder_add_string_value(out, found->set->language);
    }
    json_builder_end_array(out);
}

/* ---- tests ------------------------------------------------------------------------ */

void
_umk_audit_write_roles(JsonBuilder *out, const UmkAuditTest *test)
{
    json_builder_set_member_name(out, "roles");
    json_builder_begin_object(out);
    for (guint i = 0; i < test->roles->len; i++) {
        const UmkAuditRole *role = test->roles->pdata[i];

        _umk_audit_add_text(out, role->role, role->set);
    }
    json_builder_end_object(out);
}

static void
add_verdict(JsonBuilder *out, const UmkAuditOutcome *outcome)
{
    json_builder_set_member_name(out, "adjusted");
    json_builder_begin_object(out);
    _umk_audit_add_number(out, "p", outcome->p);
    _umk_audit_add_number(out, "holm", outcome->holm);
    _umk_audit_add_number(out, "bh", outcome->bh);
    json_builder_end_object(out);
    json_builder_set_member_name(out, "verdict");
    json_builder_begin_object(out);
    _umk_audit_add_text(out, "code", outcome->verdict);
    _umk_audit_add_texts(out, "reasons", outcome->reasons);
    json_builder_end_object(out);
}

static void
add_test(JsonBuilder *out, const UmkAuditOutcome *outcome)
{
    const UmkAuditTest *test = outcome->test;

    json_builder_begin_object(out);
    _umk_audit_add_text(out, "id", test->id);
    add_title(out, "title", "titles", test->title, test->id);
    _umk_audit_add_text(out, "measure", test->measure);
    _umk_audit_write_roles(out, test);
    add_node(out, "params", outcome->params);
    _umk_audit_add_text(out, "reference", test->reference);
    add_boolean(out, "control", test->control);
    _umk_audit_add_texts(out, "overlap", outcome->overlap);
    _umk_audit_add_texts(out, "shared", outcome->shared);
    _umk_audit_add_texts(out, "unpaired", outcome->unpaired);
    add_node(out, "result", outcome->result);
    _umk_audit_add_text(out, "error", outcome->failure);
    add_verdict(out, outcome);
    json_builder_end_object(out);
}

void
_umk_audit_write_tests(JsonBuilder *out, const UmkAuditWork *work, GPtrArray *outcomes)
{
    json_builder_set_member_name(out, "tests");
    json_builder_begin_array(out);
    for (guint i = 0; i < outcomes->len; i++)
        add_test(out, outcomes->pdata[i]);
    json_builder_end_array(out);
}

/* ---- limits ----------------------------------------------------------------------- */

static gboolean
any_set(const UmkAuditWork *work, gboolean (*holds)(const UmkAuditFound *found))
{
    for (guint i = 0; i < work->found->len; i++)
        if (holds(work->found->pdata[i]))
            return TRUE;
    return FALSE;
}

static gboolean
any_test(const UmkAuditWork *work, gboolean (*holds)(const UmkAuditOutcome *outcome))
{
    for (guint i = 0; i < work->outcomes->len; i++)
        if (holds(work->outcomes->pdata[i]))
            return TRUE;
    return FALSE;
}

static gboolean
is_small(const UmkAuditFound *found)
{
    return found->names->len < FEW_ITEMS;
}

static gboolean
is_folded(const UmkAuditFound *found)
{
    return found->matched->len > 0;
}

static gboolean
is_in_part_embedded(const UmkAuditFound *found)
{
    return found->n_embedded > 0 && found->n_embedded < found->names->len;
}

static gboolean
is_in_sentences(const UmkAuditFound *found)
{
    return found->in_sentences;
}

static gboolean
stands_alone(const UmkAuditFound *found)
{
    return found->n_embedded > 0 && !found->in_sentences && !found->set->files;
}

static gboolean
lacks_model(const UmkAuditFound *found)
{
    return found->no_model && !found->misfit && found->missing->len > 0;
}

static gboolean
lacks_join(const UmkAuditFound *found)
{
    return found->misfit && found->missing->len > 0;
}

static gboolean
has_overlap(const UmkAuditOutcome *outcome)
{
    return outcome->overlap->len > 0 || outcome->shared->len > 0;
}

static gboolean
has_unpaired(const UmkAuditOutcome *outcome)
{
    return outcome->unpaired->len > 0;
}

static gboolean
has_failed(const UmkAuditOutcome *outcome)
{
    return outcome->failure != NULL;
}

/* A test of sets that should differ in nothing, and they do. */
static gboolean
is_loud_control(const UmkAuditOutcome *outcome)
{
    return outcome->test->control && (strcmp(outcome->verdict, "clear") == 0 ||
                                      strcmp(outcome->verdict, "fragile") == 0);
}

static gboolean
plays_a_role(const UmkAuditWork *work, const char *set)
{
    for (guint i = 0; i < work->outcomes->len; i++) {
        const UmkAuditTest *test =
            ((const UmkAuditOutcome *) work->outcomes->pdata[i])->test;

        for (guint j = 0; j < test->roles->len; j++)
            if (strcmp(((const UmkAuditRole *) test->roles->pdata[j])->set, set) == 0)
                return TRUE;
    }
    return FALSE;
}

/* A debias that was fitted on sets of the tests themselves. */
static gboolean
is_fitted_here(const UmkAuditWork *work)
{
    UmkAuditTest *fitted = _umk_audit_debias_test(work->spec);
    gboolean here = FALSE;

    for (guint i = 0; i < fitted->roles->len; i++)
        here |= plays_a_role(work, ((const UmkAuditRole *) fitted->roles->pdata[i])->set);
    _umk_audit_test_free(fitted);
    return here;
}

static void
add_limits(JsonBuilder *out, const UmkAuditWork *work)
{
    const UmkAuditOptions *options = &work->spec->options;
    gboolean sentences = any_set(work, is_in_sentences);
    const struct {
        const char *code;
        gboolean holds;
    } limits[] = {
        {"control-not-neutral", any_test(work, is_loud_control)},
        {"small-sets", any_set(work, is_small)},
        {"loose-match", any_set(work, is_folded)},
        {"part-embedded", any_set(work, is_in_part_embedded)},
        {"words-alone", any_set(work, stands_alone)},
        {"in-sentences", sentences},
        {"no-sentences", options->sentences && !sentences},
        {"no-text-model", any_set(work, lacks_model)},
        {"model-not-joined", any_set(work, lacks_join)},
        {"controls-from-lists", work->from_lists},
        {"overlap", any_test(work, has_overlap)},
        {"incomplete-pairs", any_test(work, has_unpaired)},
        {"tests-failed", any_test(work, has_failed)},
        {"not-corrected",
         work->outcomes->len > 1 && strcmp(options->correction, "none") == 0},
        {"debias-hides", work->debias != NULL},
        {"debias-fitted-here", work->debias != NULL && is_fitted_here(work)},
        {"remains-few", work->remains_few},
        {"remains-at-chance", work->remains_at_chance},
    };

    json_builder_set_member_name(out, "limits");
    json_builder_begin_array(out);
    for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
        if (limits[i].holds)
            json_builder_add_string_value(out, limits[i].code);
    json_builder_end_array(out);
}

/* ---- the whole -------------------------------------------------------------------- */

static void
add_options(JsonBuilder *out, const UmkAuditOptions *options)
{
    json_builder_set_member_name(out, "options");
    json_builder_begin_object(out);
    _umk_audit_add_number(out, "alpha", options->alpha);
    _umk_audit_add_number(out, "level", options->level);
    _umk_audit_add_number(out, "permutations",
                          options->permutations != G_MAXUINT ? options->permutations
                                                             : (double) NAN);
    _umk_audit_add_number(out, "replicates",
                          options->replicates != G_MAXUINT ? options->replicates
                                                           : (double) NAN);
    _umk_audit_add_text(out, "correction", options->correction);
    add_boolean(out, "sentences", options->sentences);
    json_builder_end_object(out);
}

static void
add_head(JsonBuilder *out, const UmkAuditWork *work)
{
    UmkAuditSpec *spec = work->spec;
    const char *title = spec->title;

    if (title == NULL && work->outcomes->len == 1)
        title = _umk_audit_text(
            ((const UmkAuditOutcome *) work->outcomes->pdata[0])->test->title, NULL);
    _umk_audit_add_text(out, "schema", UMK_AUDIT_SCHEMA);
    _umk_audit_add_text(out, "title", title != NULL ? title : work->source->path);
    _umk_audit_add_text(out, "question", spec->question);
    _umk_audit_add_text(out, "auditor", spec->auditor);
    _umk_audit_add_text(out, "date", spec->date);
    _umk_audit_add_text(out, "command", spec->command);
    json_builder_set_member_name(out, "umekomi");
    json_builder_begin_object(out);
    _umk_audit_add_text(out, "version", umk_get_version());
    _umk_audit_add_text(out, "kernels", _umk_gemm_kind_name(_umk_gemm_get_kind()));
    json_builder_end_object(out);
    add_int(out, "seed", (gint64) work->seed);
    add_languages(out, work);
}

UmkAudit *
_umk_audit_write(UmkAuditWork *work, GError **error)
{
    g_autoptr(JsonBuilder) out = json_builder_new();

    json_builder_begin_object(out);
    add_head(out, work);
    if (!add_source(out, work, error))
        return NULL;
    add_options(out, &work->spec->options);
    json_builder_set_member_name(out, "sets");
    json_builder_begin_array(out);
    for (guint i = 0; i < work->found->len; i++)
        add_set(out, work->found->pdata[i]);
    json_builder_end_array(out);
    _umk_audit_write_tests(out, work, work->outcomes);
    add_node(out, "debias", work->debias);
    add_node(out, "against", NULL);
    add_limits(out, work);
    json_builder_end_object(out);
    return _umk_audit_new_take(json_builder_get_root(out));
}
