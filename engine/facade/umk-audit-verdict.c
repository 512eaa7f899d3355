/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From figures to one of four words and the reasons for it. The rules are in the comment
 * of umk_audit_run(). */
#include "facade/umk-audit-private.h"

#include <math.h>
#include <string.h>

double
_umk_audit_number(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;
    GType type = node != NULL && JSON_NODE_HOLDS_VALUE(node)
                     ? json_node_get_value_type(node)
                     : G_TYPE_INVALID;

    return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double(node)
                                                         : (double) NAN;
}

/* A text member, or NULL. */
static const char *
get_text(JsonObject *object, const char *member)
{
    JsonNode *node = json_object_get_member(object, member);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
                   json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static JsonArray *
get_array(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

/* NULL past the end and for what is no object. */
static JsonObject *
get_element(JsonArray *array, guint i)
{
    JsonNode *node = array != NULL && i < json_array_get_length(array)
                         ? json_array_get_element(array, i)
                         : NULL;

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                        : NULL;
}

static guint
length_of(JsonArray *array)
{
    return array != NULL ? json_array_get_length(array) : 0;
}

static JsonObject *
find_headline(JsonObject *result)
{
    JsonArray *figures = get_array(result, "figures");

    for (guint i = 0; i < length_of(figures); i++) {
        JsonObject *figure = get_element(figures, i);
        JsonNode *flag =
            figure != NULL ? json_object_get_member(figure, "headline") : NULL;

        if (flag != NULL && JSON_NODE_HOLDS_VALUE(flag) &&
            json_node_get_value_type(flag) == G_TYPE_BOOLEAN &&
            json_node_get_boolean(flag))
            return figure;
    }
    return get_element(figures, 0);
}

/* More is resampled in "targets-and-attributes" than in "targets". */
static gboolean
is_wider(const char *over, const char *than)
{
    return than == NULL || (over != NULL && strlen(over) > strlen(than));
}

/* The interval over most groups; of several methods the first, widened to hold them all,
 * so that no choice of method makes a finding. */
static void
read_interval(UmkAuditHeadline *headline)
{
    JsonArray *intervals = get_array(headline->figure, "intervals");

    for (guint i = 0; i < length_of(intervals); i++) {
        JsonObject *interval = get_element(intervals, i);
        double low = _umk_audit_number(interval, "low");
        double high = _umk_audit_number(interval, "high");
        const char *over = interval != NULL ? get_text(interval, "over") : NULL;

        if (isnan(low) || isnan(high) || over == NULL)
            continue;
        if (is_wider(over, headline->over)) {
            headline->over = over;
            headline->low = low;
            headline->high = high;
            headline->level = _umk_audit_number(interval, "level");
        } else if (strcmp(over, headline->over) == 0) {
            headline->low = MIN(headline->low, low);
            headline->high = MAX(headline->high, high);
        }
    }
}

/* Two-sided where there is one: an audit does not know beforehand which way a bias goes.
 */
static void
read_p(JsonObject *result, UmkAuditHeadline *headline)
{
    JsonArray *tests = get_array(result, "tests");

    for (guint i = 0; i < length_of(tests); i++) {
        JsonObject *test = get_element(tests, i);
        const char *of = test != NULL ? get_text(test, "of") : NULL;
        const char *side = test != NULL ? get_text(test, "alternative") : NULL;
        double p = _umk_audit_number(test, "p");

        if (of == NULL || g_strcmp0(of, headline->id) != 0 || isnan(p))
            continue;
        if (isnan(headline->p) || g_strcmp0(side, "two-sided") == 0)
            headline->p = p;
    }
}

void
_umk_audit_headline_read(JsonNode *result, UmkAuditHeadline *headline)
{
    JsonObject *object = result != NULL && JSON_NODE_HOLDS_OBJECT(result)
                             ? json_node_get_object(result)
                             : NULL;
    const double none = (double) NAN;

    *headline = (UmkAuditHeadline){.value = none,
                                   .neutral = none,
                                   .least = none,
                                   .most = none,
                                   .low = none,
                                   .high = none,
                                   .level = none,
                                   .p = none};
    headline->figure = find_headline(object);
    if (headline->figure == NULL)
        return;
    headline->id = get_text(headline->figure, "id");
    headline->undefined = get_text(headline->figure, "undefined");
    headline->value = _umk_audit_number(headline->figure, "value");
    headline->neutral = _umk_audit_number(headline->figure, "neutral");
    headline->least = _umk_audit_number(headline->figure, "least");
    headline->most = _umk_audit_number(headline->figure, "most");
    read_interval(headline);
    read_p(object, headline);
}

static JsonObject *
find_figure(JsonNode *result, const char *id)
{
    JsonArray *figures = get_array(
        JSON_NODE_HOLDS_OBJECT(result) ? json_node_get_object(result) : NULL, "figures");

    for (guint i = 0; i < length_of(figures); i++) {
        JsonObject *figure = get_element(figures, i);

        if (figure != NULL && g_strcmp0(get_text(figure, "id"), id) == 0)
            return figure;
    }
    return NULL;
}

double
_umk_audit_figure_value(JsonNode *result, const char *id)
{
    return _umk_audit_number(find_figure(result, id), "value");
}

double
_umk_audit_figure_low(JsonNode *result, const char *id)
{
    UmkAuditHeadline around = {.figure = find_figure(result, id), .low = (double) NAN};

    read_interval(&around);
    return around.low;
}

/* ---- judging ---------------------------------------------------------------------- */

static void
because(UmkAuditOutcome *outcome, const char *code)
{
    g_ptr_array_add(outcome->reasons, g_strdup(code));
}

static gboolean
excludes_neutral(const UmkAuditHeadline *headline)
{
    return headline->low > headline->neutral || headline->high < headline->neutral;
}

static void
check_control(UmkAuditOutcome *outcome, double value, double alpha)
{
    JsonObject *result = json_node_get_object(outcome->result);
    JsonNode *node = json_object_get_member(result, "control");
    JsonObject *control =
        node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    double share = _umk_audit_number(control, "as_large");
    double low = _umk_audit_number(control, "low");
    double high = _umk_audit_number(control, "high");

    if (control == NULL)
        return; /* the measure has no such check */
    if (isnan(share) && isnan(low))
        because(outcome, "control-undefined");
    else if (isnan(share) ? value >= low && value <= high : share > alpha)
        because(outcome, "not-larger-than-controls");
}

/* Whether the figure without some one item lies on the other side of neutral. */
static gboolean
hangs_on_one_item(const UmkAuditOutcome *outcome, const UmkAuditHeadline *headline)
{
    JsonArray *items = get_array(json_node_get_object(outcome->result), "items");

    for (guint i = 0; i < length_of(items); i++) {
        double without = _umk_audit_number(get_element(items, i), "without");

        if (!isnan(without) &&
            (without - headline->neutral) * (headline->value - headline->neutral) <= 0)
            return TRUE;
    }
    return FALSE;
}

static void
check_strength(UmkAuditOutcome *outcome,
               const UmkAuditHeadline *headline,
               const UmkAuditOptions *options)
{
    if (isnan(headline->low))
        because(outcome, "no-interval");
    else if (!isnan(headline->neutral) && !excludes_neutral(headline))
        because(outcome, "interval-includes-neutral");
    check_control(outcome, headline->value, options->alpha);
    if (!isnan(headline->neutral) && hangs_on_one_item(outcome, headline))
        because(outcome, "hangs-on-one-item");
    if (outcome->half_missing)
        because(outcome, "half-missing");
}

static void
say_nothing_seen(UmkAuditOutcome *outcome, const UmkAuditHeadline *headline)
{
    JsonObject *result = json_node_get_object(outcome->result);
    JsonNode *node = json_object_get_member(result, "detectable");

    outcome->verdict = "none-seen";
    because(outcome, isnan(outcome->p) ? "interval-includes-neutral" : "p-not-small");
    if (!isnan(outcome->p) && excludes_neutral(headline))
        because(outcome, "interval-disagrees");
    if (node != NULL && JSON_NODE_HOLDS_OBJECT(node) &&
        !isnan(_umk_audit_number(json_node_get_object(node), "effect")))
        because(outcome, "smaller-not-detectable");
}

static double
corrected(const UmkAuditOutcome *outcome, const UmkAuditOptions *options)
{
    if (strcmp(options->correction, "holm") == 0)
        return outcome->holm;
    return strcmp(options->correction, "bh") == 0 ? outcome->bh : outcome->p;
}

void
_umk_audit_judge_outcome(UmkAuditOutcome *outcome, const UmkAuditOptions *options)
{
    UmkAuditHeadline headline;

    _umk_audit_headline_read(outcome->result, &headline);
    g_ptr_array_set_size(outcome->reasons, 0);
    outcome->verdict = "undefined";
    if (outcome->result == NULL || isnan(headline.value)) {
        because(outcome, outcome->undefined != NULL   ? outcome->undefined
                         : outcome->failure != NULL   ? "measure-failed"
                         : headline.undefined != NULL ? headline.undefined
                                                      : "no-figure");
        return;
    }
    if (isnan(outcome->p) && (isnan(headline.neutral) || isnan(headline.low))) {
        because(outcome, isnan(headline.neutral) ? "no-neutral" : "no-test");
        return;
    }
    if (isnan(outcome->p) ? !excludes_neutral(&headline) : outcome->p >= options->alpha) {
        say_nothing_seen(outcome, &headline);
        return;
    }
    if (isnan(outcome->p))
        because(outcome, "untested");
    else if (corrected(outcome, options) >= options->alpha)
        because(outcome, "not-after-correction");
    check_strength(outcome, &headline, options);
    outcome->verdict = outcome->reasons->len > 0 ? "fragile" : "clear";
}
