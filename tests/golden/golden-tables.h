/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For golden tests: tables of numbers in the cases of golden-json.h. */
#pragma once

#include "golden-json.h"

static inline double
golden_table_tolerance(JsonNode *root)
{
    JsonObject *tolerance =
        json_object_get_object_member(json_node_get_object(root), "tolerance");

    return json_object_get_double_member(tolerance, "abs");
}

static inline JsonObject *
golden_table_case(JsonNode *root, guint i)
{
    JsonArray *cases = json_object_get_array_member(json_node_get_object(root), "cases");

    return json_array_get_object_element(cases, i);
}

static inline void
golden_table_flatten(JsonNode *node, GArray *out)
{
    double value;

    if (JSON_NODE_HOLDS_ARRAY(node)) {
        JsonArray *array = json_node_get_array(node);

        for (guint i = 0; i < json_array_get_length(array); i++)
            golden_table_flatten(json_array_get_element(array, i), out);
        return;
    }
    value = json_node_get_double(node);
    g_array_append_val(out, value);
}

/* All numbers of a member, however nested, in order. */
static inline double *
golden_table_numbers(JsonObject *object, const char *member, gsize *n)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(double));

    g_assert_true(json_object_has_member(object, member));
    golden_table_flatten(json_object_get_member(object, member), out);
    if (n != NULL)
        *n = out->len;
    return (double *) g_array_free(out, FALSE);
}

static inline void
golden_table_compare(const char *what,
                     const double *got,
                     const double *expected,
                     gsize n,
                     double tolerance)
{
    for (gsize i = 0; i < n; i++)
        if (!(fabs(got[i] - expected[i]) <= tolerance))
            g_error("%s: number %zu is %.17g, expected %.17g within %g", what, i, got[i],
                    expected[i], tolerance);
}
