/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON from files nobody vouches for: bounded in size, depth and number of values before
 * it is parsed, and read through getters that say which key is wrong and what was
 * expected. */
#pragma once

#include <json-glib/json-glib.h>

#include <umekomi/umk-types.h>

/* The root object, kept alive by the parser that is returned; NULL on error. */
JsonParser *
_umk_json_parse(const char *data, gsize length, JsonObject **root, GError **error);
/* The same with an array at the root. */
JsonParser *
_umk_json_parse_array(const char *data, gsize length, JsonArray **root, GError **error);

/* Absent or null gives the fallback; a wrong type or a number out of range is an error.
 */
gboolean _umk_json_get_size(JsonObject *object,
                            const char *key,
                            gsize fallback,
                            gsize most,
                            gsize *value,
                            GError **error);
gboolean _umk_json_get_number(
    JsonObject *object, const char *key, double fallback, double *value, GError **error);
gboolean _umk_json_get_boolean(JsonObject *object,
                               const char *key,
                               gboolean fallback,
                               gboolean *value,
                               GError **error);
/* Borrowed from the object. */
gboolean _umk_json_get_string(JsonObject *object,
                              const char *key,
                              const char *fallback,
                              const char **value,
                              GError **error);
/* NULL without an error when absent. */
gboolean _umk_json_get_object(JsonObject *object,
                              const char *key,
                              JsonObject **value,
                              GError **error);
gboolean _umk_json_get_array(JsonObject *object,
                             const char *key,
                             JsonArray **value,
                             GError **error);
