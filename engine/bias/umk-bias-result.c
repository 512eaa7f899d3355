/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How measures write their results: every figure in the same shape, and null with a
 * reason where something is not defined. */
#include "bias/umk-bias-ops-private.h"

#include <math.h>

void
_umk_bias_add_number(JsonBuilder *result, const char *member, double value)
{
    json_builder_set_member_name(result, member);
    if (isfinite(value))
        json_builder_add_double_value(result, value);
    else
        json_builder_add_null_value(result);
}

static void
add_string(JsonBuilder *result, const char *member, const char *value)
{
    json_builder_set_member_name(result, member);
    json_builder_add_string_value(result, value);
}

static void
add_if_finite(JsonBuilder *result, const char *member, double value)
{
    if (isfinite(value))
        _umk_bias_add_number(result, member, value);
}

static void
add_interval(JsonBuilder *result, const UmkBiasInterval *interval)
{
    json_builder_begin_object(result);
    add_string(result, "over", interval->over);
    add_string(result, "method", interval->method);
    _umk_bias_add_number(result, "level", interval->level);
    _umk_bias_add_number(result, "low", interval->low);
    _umk_bias_add_number(result, "high", interval->high);
    if (interval->replicates > 0) {
        json_builder_set_member_name(result, "replicates");
        json_builder_add_int_value(result, (gint64) interval->replicates);
    }
    json_builder_end_object(result);
}

void
_umk_bias_add_figure(JsonBuilder *result, const UmkBiasFigure *figure)
{
    json_builder_begin_object(result);
    add_string(result, "id", figure->id);
    _umk_bias_add_number(result, "value", figure->value);
    if (!isfinite(figure->value) && figure->undefined != NULL)
        add_string(result, "undefined", figure->undefined);
    if (figure->headline) {
        json_builder_set_member_name(result, "headline");
        json_builder_add_boolean_value(result, TRUE);
    }
    if (figure->is_count) {
        json_builder_set_member_name(result, "count");
        json_builder_add_boolean_value(result, TRUE);
    }
    add_if_finite(result, "neutral", figure->neutral);
    add_if_finite(result, "least", figure->least);
    add_if_finite(result, "most", figure->most);
    if (figure->n_intervals > 0) {
        json_builder_set_member_name(result, "intervals");
        json_builder_begin_array(result);
        for (gsize i = 0; i < figure->n_intervals; i++)
            add_interval(result, &figure->intervals[i]);
        json_builder_end_array(result);
    }
    json_builder_end_object(result);
}

void
_umk_bias_add_test(JsonBuilder *result, const UmkBiasTest *test)
{
    json_builder_begin_object(result);
    add_string(result, "of", test->of);
    add_string(result, "alternative", test->alternative);
    _umk_bias_add_number(result, "p", test->p);
    if (!isfinite(test->p) && test->undefined != NULL)
        add_string(result, "undefined", test->undefined);
    add_string(result, "method", test->method);
    json_builder_set_member_name(result, "n");
    json_builder_add_int_value(result, (gint64) test->n);
    if (isfinite(test->p_low) && isfinite(test->p_high)) {
        json_builder_set_member_name(result, "p_interval");
        json_builder_begin_array(result);
        json_builder_add_double_value(result, test->p_low);
        json_builder_add_double_value(result, test->p_high);
        json_builder_end_array(result);
    }
    json_builder_end_object(result);
}

void
_umk_bias_add_item(
    JsonBuilder *result, const char *role, const char *name, double value, double without)
{
    json_builder_begin_object(result);
    add_string(result, "role", role);
    add_string(result, "name", name);
    _umk_bias_add_number(result, "value", value);
    _umk_bias_add_number(result, "without", without);
    json_builder_end_object(result);
}
