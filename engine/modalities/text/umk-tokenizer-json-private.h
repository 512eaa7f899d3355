/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading the JSON of tokenizer files: bounded before it is parsed, and members whose
 * type is checked, since a file may say anything. */
#pragma once

#include <json-glib/json-glib.h>
#include <umekomi/umk-types.h>

/* Refuses what is too long, nested too deep or holds too many values, before json-glib
 * (which recurses and allocates for each) sees it. The content must be an object. */
JsonNode *_umk_tokenizer_json_parse(const char *data, gsize length, GError **error);

/* Each sets *value only if the member is there and is not null; a member of another type
 * is an error. */
gboolean _umk_tokenizer_json_get_boolean(JsonObject *object,
                                         const char *name,
                                         gboolean *value,
                                         GError **error);
gboolean _umk_tokenizer_json_get_int(JsonObject *object,
                                     const char *name,
                                     gint64 *value,
                                     GError **error);
gboolean _umk_tokenizer_json_get_string(JsonObject *object,
                                        const char *name,
                                        const char **value,
                                        GError **error);
gboolean _umk_tokenizer_json_get_object(JsonObject *object,
                                        const char *name,
                                        JsonObject **value,
                                        GError **error);
gboolean _umk_tokenizer_json_get_array(JsonObject *object,
                                       const char *name,
                                       JsonArray **value,
                                       GError **error);
