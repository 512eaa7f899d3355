/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of measures: runs one and finds what it says. */
#pragma once

#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>

#include <math.h>
#include <string.h>

static inline char *
bias_text(const char *measure, UmkBiasInput *input, const char *options, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_bias_get_params(measure, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);
    g_autoptr(GError) local = NULL;

    umk_params_parse(params, options, &local);
    g_assert_no_error(local);
    return umk_bias_measure(measure, input, params, 42, NULL, NULL, NULL, error);
}

static inline JsonNode *
bias_measure(const char *measure, UmkBiasInput *input, const char *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = bias_text(measure, input, options, &error);
    JsonNode *node;

    g_assert_no_error(error);
    g_assert_null(strstr(text, "nan"));
    g_assert_null(strstr(text, "inf"));
    node = json_from_string(text, &error);
    g_assert_no_error(error);
    return node;
}

static inline JsonObject *
bias_find(JsonNode *result, const char *array, const char *member, const char *value)
{
    JsonArray *all = json_object_get_array_member(json_node_get_object(result), array);

    g_assert_nonnull(all);
    for (guint i = 0; i < json_array_get_length(all); i++) {
        JsonObject *one = json_array_get_object_element(all, i);

        if (g_str_equal(json_object_get_string_member(one, member), value))
            return one;
    }
    g_error("no %s “%s”", array, value);
}

static inline JsonObject *
bias_figure(JsonNode *result, const char *id)
{
    return bias_find(result, "figures", "id", id);
}

static inline JsonObject *
bias_row(JsonNode *result, const char *label)
{
    return bias_find(result, "rows", "label", label);
}

static inline double
bias_value(JsonNode *result, const char *id)
{
    JsonObject *figure = bias_figure(result, id);

    g_assert_false(json_object_get_null_member(figure, "value"));
    return json_object_get_double_member(figure, "value");
}

static inline double
bias_p(JsonNode *result, const char *of)
{
    return json_object_get_double_member(bias_find(result, "tests", "of", of), "p");
}

static inline void
bias_assert_figure(JsonNode *result, const char *id, double expected, double tolerance)
{
    double value = bias_value(result, id);

    if (!(fabs(value - expected) <= tolerance))
        g_error("%s is %.17g, expected %.17g", id, value, expected);
}

/* Null, with a reason that has words. */
static inline void
bias_assert_undefined(JsonNode *result, const char *id, const char *reason)
{
    JsonObject *figure = bias_figure(result, id);

    g_assert_true(json_object_get_null_member(figure, "value"));
    g_assert_cmpstr(json_object_get_string_member(figure, "undefined"), ==, reason);
    g_assert_cmpstr(umk_bias_describe(reason), !=, reason);
}

static inline gboolean
bias_has_note(JsonNode *result, const char *note)
{
    JsonArray *notes =
        json_object_get_array_member(json_node_get_object(result), "notes");

    for (guint i = 0; i < json_array_get_length(notes); i++)
        if (g_str_equal(json_array_get_string_element(notes, i), note)) {
            g_assert_cmpstr(umk_bias_describe(note), !=, note);
            return TRUE;
        }
    return FALSE;
}

static inline void
bias_assert_error(const char *measure,
                  UmkBiasInput *input,
                  UmkError code,
                  const char *named)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = bias_text(measure, input, "", &error);

    g_assert_error(error, UMK_ERROR, (int) code);
    g_assert_null(text);
    g_assert_nonnull(strstr(error->message, named));
}

static inline void
bias_assert_words(JsonNode *result, const char *array, const char *member)
{
    JsonObject *root = json_node_get_object(result);
    JsonArray *all = json_object_has_member(root, array)
                         ? json_object_get_array_member(root, array)
                         : NULL;

    for (guint i = 0; all != NULL && i < json_array_get_length(all); i++) {
        const char *code = member == NULL
                               ? json_array_get_string_element(all, i)
                               : json_object_get_string_member(
                                     json_array_get_object_element(all, i), member);

        if (g_str_equal(umk_bias_describe(code), code))
            g_error("no words for “%s”", code);
    }
}

/* Figures, columns, curves, notes and what intervals are over: all have words. */
static inline void
bias_assert_described(JsonNode *result)
{
    JsonArray *figures =
        json_object_get_array_member(json_node_get_object(result), "figures");

    bias_assert_words(result, "figures", "id");
    bias_assert_words(result, "series", "id");
    bias_assert_words(result, "columns", NULL);
    bias_assert_words(result, "notes", NULL);
    for (guint i = 0; i < json_array_get_length(figures); i++) {
        JsonObject *figure = json_array_get_object_element(figures, i);
        JsonArray *intervals = json_object_has_member(figure, "intervals")
                                   ? json_object_get_array_member(figure, "intervals")
                                   : NULL;

        for (guint j = 0; intervals != NULL && j < json_array_get_length(intervals);
             j++) {
            const char *over = json_object_get_string_member(
                json_array_get_object_element(intervals, j), "over");

            g_assert_cmpstr(umk_bias_describe(over), !=, over);
        }
    }
}

/* The same bytes on 1 and on 2 threads. */
static inline void
bias_assert_threads(const char *measure, UmkBiasInput *input, const char *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *one = NULL, *two = NULL;

    umk_set_n_threads(1);
    one = bias_text(measure, input, options, &error);
    g_assert_no_error(error);
    umk_set_n_threads(2);
    two = bias_text(measure, input, options, &error);
    g_assert_no_error(error);
    umk_set_n_threads(0);
    g_assert_cmpstr(one, ==, two);
}
