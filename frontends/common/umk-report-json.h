/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The members of an audit, whatever stands in them: what has another type than expected
 * is as good as absent. Texts that people wrote come out safe to show. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* NULL where there is none; @object may be NULL. */
JsonObject *_umk_report_json_object(JsonObject *object, const char *member);
JsonArray *_umk_report_json_array(JsonObject *object, const char *member);
/* A code or an id, to compare with. */
const char *_umk_report_json_code(JsonObject *object, const char *member);
gboolean _umk_report_json_number(JsonObject *object, const char *member, double *value);
gboolean _umk_report_json_flag(JsonObject *object, const char *member);
/* To show. */
char *_umk_report_json_dup_text(JsonObject *object, const char *member);

guint _umk_report_json_n(JsonArray *array);
JsonObject *_umk_report_json_object_at(JsonArray *array, guint i);
const char *_umk_report_json_code_at(JsonArray *array, guint i);
gboolean _umk_report_json_number_at(JsonArray *array, guint i, double *value);

/* Control characters, line separators and marks that turn the direction of text become
 * visible; a text from right to left is fenced off from what surrounds it. */
char *_umk_report_safe_text(const char *text);

G_END_DECLS
