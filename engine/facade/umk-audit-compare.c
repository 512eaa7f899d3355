/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An audit beside an earlier one: which headline figures changed, and whether that is
 * more than the choice of items explains. The method is in the comment of
 * umk_audit_compare(). The jackknife of several samples is Arvesen's (1969). */
#include "facade/umk-audit-private.h"

#include "stats/umk-distributions-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

typedef struct {
    const char *id, *figure;
    double before, after, neutral;
    double difference, low, high, error_size, p, holm;
    const char *changed;
    GPtrArray *reasons; /* CODE, static */
} Change;

static void
free_change(gpointer data)
{
    Change *change = data;

    g_ptr_array_unref(change->reasons);
    g_free(change);
}

static JsonObject *
as_object(JsonNode *node)
{
    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                        : NULL;
}

static JsonObject *
object_of(JsonObject *object, const char *member)
{
    return as_object(object != NULL ? json_object_get_member(object, member) : NULL);
}

static JsonArray *
array_of(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static guint
length_of(JsonArray *array)
{
    return array != NULL ? json_array_get_length(array) : 0;
}

static const char *
text_of(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
                   json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static JsonObject *
find_by_id(JsonObject *audit, const char *member, const char *id)
{
    JsonArray *array = array_of(audit, member);

    for (guint i = 0; id != NULL && i < length_of(array); i++) {
        JsonObject *object = as_object(json_array_get_element(array, i));

        if (g_strcmp0(text_of(object, "id"), id) == 0)
            return object;
    }
    return NULL;
}

/* ---- whether two tests measure the same ------------------------------------------- */

/* Options that say how surely something is known, not what is measured. */
static gboolean
is_precision(const char *option)
{
    static const char *const names[] = {
        "alpha", "level", "permutations", "replicates", "controls", "exact-limit", NULL};

    return g_strv_contains(names, option);
}

static gboolean
same_params(JsonObject *one, JsonObject *other)
{
    g_autoptr(GList) names = one != NULL ? json_object_get_members(one) : NULL;

    if ((one == NULL) != (other == NULL) ||
        (one != NULL && json_object_get_size(one) != json_object_get_size(other)))
        return FALSE;
    for (GList *l = names; l != NULL; l = l->next) {
        JsonNode *value = json_object_get_member(other, l->data);

        if (value == NULL)
            return FALSE;
        if (!is_precision(l->data) &&
            !json_node_equal(json_object_get_member(one, l->data), value))
            return FALSE;
    }
    return TRUE;
}

static gboolean
same_texts(JsonArray *one, JsonArray *other)
{
    if (length_of(one) != length_of(other))
        return FALSE;
    for (guint i = 0; i < length_of(one); i++)
        if (!json_node_equal(json_array_get_element(one, i),
                             json_array_get_element(other, i)))
            return FALSE;
    return TRUE;
}

/* NULL when the sets of a test are the same items, found alike. */
static const char *
compare_sets(JsonObject *now, JsonObject *then, JsonObject *test, JsonObject *old)
{
    JsonObject *roles = object_of(test, "roles"), *others = object_of(old, "roles");
    g_autoptr(GList) names = roles != NULL ? json_object_get_members(roles) : NULL;

    if (roles == NULL || others == NULL ||
        json_object_get_size(roles) != json_object_get_size(others))
        return "roles-differ";
    for (GList *l = names; l != NULL; l = l->next) {
        JsonObject *one = find_by_id(now, "sets", text_of(roles, l->data));
        JsonObject *other = find_by_id(then, "sets", text_of(others, l->data));

        if (one == NULL || other == NULL)
            return "roles-differ";
        if (g_strcmp0(text_of(one, "digest"), text_of(other, "digest")) != 0)
            return "sets-differ";
        if (!same_texts(array_of(one, "missing"), array_of(other, "missing")))
            return "coverage-differs";
    }
    return NULL;
}

static const char *
compare_tests(JsonObject *now, JsonObject *then, JsonObject *test, JsonObject *old)
{
    if (g_strcmp0(text_of(test, "measure"), text_of(old, "measure")) != 0)
        return "measure-differs";
    if (!same_params(object_of(test, "params"), object_of(old, "params")))
        return "params-differ";
    return compare_sets(now, then, test, old);
}

/* ---- how sure a difference is ----------------------------------------------------- */

typedef struct {
    double sum, squares;
    guint n;
} Group;

/* role and name of an item as one key */
static char *
item_key(JsonObject *item)
{
    const char *role = text_of(item, "role"), *name = text_of(item, "name");

    return role != NULL && name != NULL ? g_strconcat(role, "/", name, NULL) : NULL;
}

static GHashTable *
influences(JsonObject *result)
{
    GHashTable *table = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    JsonArray *items = array_of(result, "items");

    for (guint i = 0; i < length_of(items); i++) {
        JsonObject *item = as_object(json_array_get_element(items, i));
        double without = _umk_audit_number(item, "without");
        char *key = item != NULL ? item_key(item) : NULL;

        if (key != NULL)
            g_hash_table_replace(table, key, g_memdup2(&without, sizeof without));
    }
    return table;
}

/* Standard error of the difference by leaving out the same item from both figures; NaN
 * when an item is not in both or its influence is not known. */
static double
paired_error(JsonObject *result, JsonObject *old)
{
    g_autoptr(GHashTable) before = influences(old);
    g_autoptr(GHashTable) groups =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    JsonArray *items = array_of(result, "items");
    GHashTableIter iter;
    gpointer value;
    double variance = 0;

    if (length_of(items) == 0 || length_of(items) != g_hash_table_size(before))
        return (double) NAN;
    for (guint i = 0; i < length_of(items); i++) {
        JsonObject *item = as_object(json_array_get_element(items, i));
        g_autofree char *key = item != NULL ? item_key(item) : NULL;
        const double *then = key != NULL ? g_hash_table_lookup(before, key) : NULL;
        double d =
            then != NULL ? _umk_audit_number(item, "without") - *then : (double) NAN;
        Group *group;

        if (isnan(d))
            return (double) NAN;
        group = g_hash_table_lookup(groups, text_of(item, "role"));
        if (group == NULL) {
            group = g_new0(Group, 1);
            g_hash_table_insert(groups, (gpointer) text_of(item, "role"), group);
        }
        group->sum += d;
        group->squares += d * d;
        group->n++;
    }
    g_hash_table_iter_init(&iter, groups);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const Group *group = value;
        double spread = group->squares - group->sum * group->sum / group->n;

        if (group->n < 2)
            return (double) NAN;
        variance += (group->n - 1.0) / group->n * MAX(0.0, spread);
    }
    return sqrt(variance);
}

static double
normal_tail(double z) /* two-sided */
{
    return erfc(fabs(z) / G_SQRT2);
}

/* z with a two-sided tail of 1 - level */
static double
normal_half_width(double level)
{
    return _umk_normal_quantile(0.5 + level / 2);
}

static double
interval_error(const UmkAuditHeadline *headline)
{
    return (headline->high - headline->low) / (2 * normal_half_width(headline->level));
}

static void
because(Change *change, const char *code)
{
    g_ptr_array_add(change->reasons, (gpointer) code);
}

static void
measure_error(Change *change,
              JsonObject *test,
              JsonObject *old,
              const UmkAuditHeadline *now,
              const UmkAuditHeadline *then)
{
    double paired = paired_error(object_of(test, "result"), object_of(old, "result"));

    if (!isnan(paired)) {
        because(change, "paired-items");
        change->error_size = paired;
    } else if (!isnan(now->low) && !isnan(then->low)) {
        because(change, "unpaired-intervals");
        change->error_size = hypot(interval_error(now), interval_error(then));
    }
}

/* ---- one test --------------------------------------------------------------------- */

static Change *
compare_one(JsonObject *now, JsonObject *then, JsonObject *test, double level)
{
    JsonObject *old = find_by_id(then, "tests", text_of(test, "id"));
    Change *change = g_new0(Change, 1);
    UmkAuditHeadline after, before;
    const char *reason;

    change->id = text_of(test, "id");
    change->reasons = g_ptr_array_new();
    change->changed = "not-comparable";
    change->before = change->after = change->difference = change->neutral = change->low =
        change->high = change->error_size = change->p = change->holm = (double) NAN;
    _umk_audit_headline_read(json_object_get_member(test, "result"), &after);
    change->after = after.value;
    change->figure = after.id;
    if (old == NULL) {
        because(change, "test-missing");
        return change;
    }
    _umk_audit_headline_read(json_object_get_member(old, "result"), &before);
    change->before = before.value;
    change->neutral = after.neutral;
    reason = compare_tests(now, then, test, old);
    if (reason == NULL && g_strcmp0(after.id, before.id) != 0 && !isnan(before.value) &&
        !isnan(after.value))
        reason = "measure-differs";
    if (reason != NULL)
        because(change, reason);
    if (isnan(before.value))
        because(change, "undefined-before");
    if (isnan(after.value))
        because(change, "undefined-after");
    change->difference = after.value - before.value;
    if (change->reasons->len > 0)
        return change;
    measure_error(change, test, old, &after, &before);
    if (isnan(change->error_size) ||
        (change->error_size == 0.0 && change->difference != 0.0)) {
        g_ptr_array_set_size(change->reasons, 0);
        because(change, "no-spread-known");
        return change;
    }
    change->p =
        change->error_size > 0 ? normal_tail(change->difference / change->error_size) : 1;
    change->low = change->difference - normal_half_width(level) * change->error_size;
    change->high = change->difference + normal_half_width(level) * change->error_size;
    return change;
}

/* Holm's correction by the same code as an audit's. */
static void
correct(GPtrArray *changes)
{
    g_autoptr(GPtrArray) outcomes =
        g_ptr_array_new_with_free_func((GDestroyNotify) _umk_audit_outcome_free);

    for (guint i = 0; i < changes->len; i++) {
        UmkAuditOutcome *outcome = _umk_audit_outcome_new(NULL);

        outcome->p = ((const Change *) changes->pdata[i])->p;
        g_ptr_array_add(outcomes, outcome);
    }
    _umk_audit_correct(outcomes);
    for (guint i = 0; i < changes->len; i++)
        ((Change *) changes->pdata[i])->holm =
            ((const UmkAuditOutcome *) outcomes->pdata[i])->holm;
}

static void
decide(Change *change, double alpha)
{
    double neutral = isnan(change->neutral) ? 0 : change->neutral;
    double before = change->before - neutral, after = change->after - neutral;

    if (isnan(change->p))
        return;
    if (change->holm >= alpha) {
        change->changed = "no-change-seen";
        return;
    }
    if (isnan(change->neutral))
        change->changed = change->difference > 0 ? "grew" : "shrank";
    else
        change->changed = fabs(after) >= fabs(before) ? "grew" : "shrank";
    if (!isnan(change->neutral) && before * after < 0)
        because(change, "turned");
}

/* ---- writing ---------------------------------------------------------------------- */

static void
add_change(JsonBuilder *out, const Change *change)
{
    json_builder_begin_object(out);
    _umk_audit_add_text(out, "id", change->id);
    _umk_audit_add_text(out, "figure", change->figure);
    _umk_audit_add_number(out, "before", change->before);
    _umk_audit_add_number(out, "after", change->after);
    _umk_audit_add_number(out, "difference", change->difference);
    _umk_audit_add_interval(out, "interval", change->low, change->high);
    _umk_audit_add_number(out, "p", change->p);
    _umk_audit_add_number(out, "holm", change->holm);
    _umk_audit_add_text(out, "changed", change->changed);
    _umk_audit_add_texts(out, "reasons", change->reasons);
    json_builder_end_object(out);
}

static void
add_differences(JsonBuilder *out, JsonObject *now, JsonObject *then)
{
    const struct {
        const char *member, *code;
    } parts[] = {
        {"options", "options-differ"},
        {"seed", "seed-differs"},
        {"umekomi", "version-differs"},
    };

    json_builder_set_member_name(out, "reasons");
    json_builder_begin_array(out);
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
        JsonNode *one = json_object_get_member(now, parts[i].member);
        JsonNode *other = json_object_get_member(then, parts[i].member);
        g_autofree char *text = one != NULL ? json_to_string(one, FALSE) : NULL;
        g_autofree char *old = other != NULL ? json_to_string(other, FALSE) : NULL;

        if (g_strcmp0(text, old) != 0)
            json_builder_add_string_value(out, parts[i].code);
    }
    json_builder_end_array(out);
}

static JsonNode *
write_against(GPtrArray *changes,
              JsonObject *now,
              JsonObject *then,
              UmkAudit *earlier,
              const char *path)
{
    g_autoptr(JsonBuilder) out = json_builder_new();
    g_autofree char *digest = NULL, *full = NULL;
    gboolean comparable = FALSE;
    const char *text;
    gsize length;

    text = umk_audit_get_json(earlier, &length);
    digest =
        g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *) text, length);
    full = g_strconcat("sha256:", digest, NULL);
    for (guint i = 0; i < changes->len; i++)
        comparable |= !isnan(((const Change *) changes->pdata[i])->p);
    json_builder_begin_object(out);
    _umk_audit_add_text(out, "path", path);
    _umk_audit_add_text(out, "digest", full);
    _umk_audit_add_text(out, "date", text_of(then, "date"));
    json_builder_set_member_name(out, "comparable");
    json_builder_add_boolean_value(out, comparable);
    add_differences(out, now, then);
    json_builder_set_member_name(out, "tests");
    json_builder_begin_array(out);
    for (guint i = 0; i < changes->len; i++)
        add_change(out, changes->pdata[i]);
    json_builder_end_array(out);
    json_builder_end_object(out);
    return json_builder_get_root(out);
}

/* A number of the options, or what it is when nobody says. */
static double
option_of(JsonObject *audit, const char *name, double fallback)
{
    double value = _umk_audit_number(object_of(audit, "options"), name);

    return value > 0 && value < 1 ? value : fallback;
}

/**
 * umk_audit_compare:
 * @self: an audit
 * @earlier: an audit of before
 * @path: (nullable): what the report calls the earlier one
 * @error: return location for an error
 *
 * Matches tests by id. They are comparable when measure and options are the same and
 * every role is played by the same items, of which the same were found; otherwise the
 * result says what differs.
 *
 * The difference of two headline figures is judged item by item where both audits hold
 * the figure without each item: from both the same item is left out, and the spread of
 * these differences, set by set, is the jackknife's standard error of the difference
 * (Arvesen 1969). This is a paired comparison: what both vectors share cancels. Where
 * influences are not known, the standard errors that both intervals imply are added as if
 * the audits were independent, which is careful: real differences may go unseen. p is of
 * the normal distribution, two-sided, corrected by Holm for the number of tests; the
 * interval is of the audit's level and not corrected.
 *
 * “grew” and “shrank” are said of the distance from the value that means no association,
 * when the corrected p is below alpha; “no-change-seen” when it is not.
 *
 * Returns: (transfer full): the audit with “against” filled
 */
UmkAudit *
umk_audit_compare(UmkAudit *self, UmkAudit *earlier, const char *path, GError **error)
{
    g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(free_change);
    g_autoptr(JsonNode) root = NULL;
    JsonObject *now, *then;
    JsonArray *tests;
    double alpha, level;

    g_return_val_if_fail(self != NULL && earlier != NULL, NULL);
    root = json_from_string(umk_audit_get_json(self, NULL), error);
    if (root == NULL)
        return NULL;
    now = json_node_get_object(root);
    then = _umk_audit_get_root(earlier);
    alpha = option_of(now, "alpha", 0.05);
    level = option_of(now, "level", 0.95);
    tests = array_of(now, "tests");
    for (guint i = 0; i < length_of(tests); i++) {
        JsonObject *test = as_object(json_array_get_element(tests, i));

        if (test != NULL)
            g_ptr_array_add(changes, compare_one(now, then, test, level));
    }
    correct(changes);
    for (guint i = 0; i < changes->len; i++)
        decide(changes->pdata[i], alpha);
    json_object_set_member(now, "against",
                           write_against(changes, now, then, earlier, path));
    return _umk_audit_new_take(g_steal_pointer(&root));
}
