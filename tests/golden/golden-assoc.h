/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads golden values that are kept as JSON, in double: numbers, lists, tables. */
#pragma once

#include <json-glib/json-glib.h>

#include <math.h>

/* NULL, with the test marked as skipped, when the shared data are absent. */
static inline JsonParser *
golden_json(const char *name)
{
    const char *shared = g_getenv("UMEKOMI_SHARED");
    g_autofree char *path =
        g_build_filename(shared ? shared : "/nonexistent", "golden", name, NULL);
    g_autoptr(GError) error = NULL;
    JsonParser *parser = json_parser_new();

    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_test_skip("the shared reference data are absent");
        g_object_unref(parser);
        return NULL;
    }
    json_parser_load_from_file(parser, path, &error);
    g_assert_no_error(error);
    return parser;
}

static inline JsonObject *
golden_root(JsonParser *parser)
{
    return json_node_get_object(json_parser_get_root(parser));
}

static inline double
golden_tolerance(JsonParser *parser)
{
    return json_object_get_double_member(
        json_object_get_object_member(golden_root(parser), "tolerance"), "abs");
}

static inline JsonArray *
golden_cases(JsonParser *parser)
{
    return json_object_get_array_member(golden_root(parser), "cases");
}

/* Free with g_free(). */
static inline double *
golden_list(JsonObject *object, const char *member, gsize *n)
{
    JsonArray *array = json_object_get_array_member(object, member);
    double *values;

    *n = json_array_get_length(array);
    values = g_new(double, *n + 1);
    for (guint i = 0; i < *n; i++)
        values[i] = json_array_get_double_element(array, i);
    return values;
}

/* (n, d); free with g_free(). */
static inline double *
golden_table(JsonObject *object, const char *member, gsize *n, gsize *d)
{
    JsonArray *rows = json_object_get_array_member(object, member);
    double *values;

    *n = json_array_get_length(rows);
    *d = json_array_get_length(json_array_get_array_element(rows, 0));
    values = g_new(double, *n **d);
    for (gsize i = 0; i < *n; i++)
        for (gsize j = 0; j < *d; j++)
            values[i * *d + j] = json_array_get_double_element(
                json_array_get_array_element(rows, (guint) i), (guint) j);
    return values;
}

static inline void
golden_compare(const double *values,
               JsonObject *object,
               const char *member,
               double within)
{
    gsize n;
    g_autofree double *expected = golden_list(object, member, &n);

    for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat(fabs(values[i] - expected[i]), <=, within);
}

/* null means: not defined. */
static inline void
golden_compare_one(double value, JsonObject *object, const char *member, double within)
{
    if (json_object_get_null_member(object, member))
        g_assert_true(isnan(value));
    else
        g_assert_cmpfloat(fabs(value - json_object_get_double_member(object, member)), <=,
                          within);
}
