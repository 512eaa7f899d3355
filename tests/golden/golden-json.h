/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For golden tests: a JSON file of cases in the shared data, and its numbers. */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include <math.h>

/* NULL after a message that the test is skipped. */
static inline JsonNode *
golden_json(const char *name)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *path =
        g_build_filename(shared != NULL ? shared : "../shared", "golden", name, NULL);
    g_autofree char *text = NULL;
    GError *error = NULL;
    JsonNode *root;

    if (!g_file_get_contents(path, &text, NULL, NULL)) {
        g_test_skip_printf("no shared data at %s", path);
        return NULL;
    }
    root = json_from_string(text, &error);
    g_assert_no_error(error);
    return root;
}

static inline JsonArray *
golden_json_cases(JsonNode *root)
{
    JsonArray *cases = json_object_get_array_member(json_node_get_object(root), "cases");

    g_assert_cmpuint(json_array_get_length(cases), >, 0);
    return cases;
}

/* NaN for null. */
static inline double
golden_json_number(JsonObject *object, const char *member)
{
    g_assert_true(json_object_has_member(object, member));
    return json_object_get_null_member(object, member)
               ? (double) NAN
               : json_object_get_double_member(object, member);
}

static inline double *
golden_json_numbers(JsonObject *object, const char *member, gsize *n)
{
    JsonArray *array = json_object_get_array_member(object, member);
    double *numbers;

    g_assert_nonnull(array);
    *n = json_array_get_length(array);
    numbers = g_new(double, *n + 1);
    for (guint i = 0; i < *n; i++)
        numbers[i] = json_array_get_double_element(array, i);
    return numbers;
}

static inline void
golden_json_compare(const char *what, double value, double expected, double tolerance)
{
    if (isnan(value) && isnan(expected))
        return;
    if (!(fabs(value - expected) <= tolerance))
        g_error("%s is %.17g, expected %.17g", what, value, expected);
}
