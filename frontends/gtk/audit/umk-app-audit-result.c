/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the JSON of an audit to what is drawn. The JSON itself stays, for the report. */
#include "umk-app-audit-result.h"

#include <json-glib/json-glib.h>
#include <math.h>

static JsonObject *
get_object(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                        : NULL;
}

static JsonArray *
get_array(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static double
get_number(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_double(node)
                                                       : (double) NAN;
}

static char *
dup_text(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_VALUE(node)
               ? g_strdup(json_node_get_string(node))
               : NULL;
}

static char **
dup_texts(JsonArray *array)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++)
        g_strv_builder_add(builder, json_array_get_string_element(array, i));
    return g_strv_builder_end(builder);
}

static void
clear_item(gpointer data)
{
    UmkAppAuditItem *item = data;

    g_free(item->role);
    g_free(item->name);
}

static void
clear_figures(UmkAppAuditFigures *self)
{
    g_free(self->verdict);
    g_free(self->figure);
    g_free(self->undefined);
    g_free(self->error);
    g_strfreev(self->reasons);
}

static JsonObject *
find_headline(JsonObject *result)
{
    JsonArray *figures = get_array(result, "figures");

    for (guint i = 0; figures != NULL && i < json_array_get_length(figures); i++) {
        JsonObject *figure = json_array_get_object_element(figures, i);

        if (json_object_get_boolean_member_with_default(figure, "headline", FALSE))
            return figure;
    }
    return NULL;
}

static void
read_intervals(UmkAppAuditFigures *self, JsonObject *headline)
{
    JsonArray *intervals = get_array(headline, "intervals");

    self->narrow_low = self->narrow_high = self->wide_low = self->wide_high =
        (double) NAN;
    for (guint i = 0; intervals != NULL && i < json_array_get_length(intervals); i++) {
        JsonObject *interval = json_array_get_object_element(intervals, i);
        double low = get_number(interval, "low"), high = get_number(interval, "high");

        if (isnan(low) || isnan(high))
            continue;
        if (!(high - low >= self->narrow_high - self->narrow_low)) {
            self->narrow_low = low;
            self->narrow_high = high;
        }
        if (!(high - low <= self->wide_high - self->wide_low)) {
            self->wide_low = low;
            self->wide_high = high;
        }
    }
}

static void
read_figures(UmkAppAuditFigures *self, JsonObject *test)
{
    JsonObject *result = get_object(test, "result");
    JsonObject *headline = find_headline(result);
    JsonObject *control = get_object(result, "control");
    JsonObject *verdict = get_object(test, "verdict");

    self->value = get_number(headline, "value");
    self->defined = !isnan(self->value);
    self->neutral = get_number(headline, "neutral");
    self->has_neutral = !isnan(self->neutral);
    self->least = get_number(headline, "least");
    self->most = get_number(headline, "most");
    read_intervals(self, headline);
    self->control_low = get_number(control, "low");
    self->control_high = get_number(control, "high");
    self->p = get_number(get_object(test, "adjusted"), "p");
    self->holm = get_number(get_object(test, "adjusted"), "holm");
    self->verdict = dup_text(verdict, "code");
    self->reasons = dup_texts(get_array(verdict, "reasons"));
    self->figure = dup_text(headline, "id");
    self->undefined = dup_text(headline, "undefined");
    self->error = dup_text(test, "error");
    /* without a result the verdict says why */
    if (!self->defined && self->undefined == NULL && self->error == NULL)
        self->undefined = g_strdup(self->reasons[0]);
}

static void
read_items(UmkAppAuditResult *self, JsonObject *test)
{
    JsonArray *items = get_array(get_object(test, "result"), "items");

    for (guint i = 0; items != NULL && i < json_array_get_length(items); i++) {
        JsonObject *object = json_array_get_object_element(items, i);
        UmkAppAuditItem item = {dup_text(object, "role"), dup_text(object, "name"),
                                get_number(object, "value"),
                                get_number(object, "without")};

        if (item.role != NULL && item.name != NULL)
            g_array_append_val(self->items, item);
        else
            clear_item(&item);
    }
}

static void
read_missing(UmkAppAuditResult *self, JsonObject *root)
{
    JsonArray *sets = get_array(root, "sets");

    for (guint i = 0; sets != NULL && i < json_array_get_length(sets); i++) {
        JsonObject *set = json_array_get_object_element(sets, i);
        char *id = dup_text(set, "id");

        if (id != NULL)
            g_hash_table_replace(self->missing, id, dup_texts(get_array(set, "missing")));
    }
}

static JsonObject *
first_test(JsonObject *object)
{
    JsonArray *tests = get_array(object, "tests");

    return tests != NULL && json_array_get_length(tests) > 0
               ? json_array_get_object_element(tests, 0)
               : NULL;
}

UmkAppAuditResult *
umk_app_audit_result_new(const char *json, gsize length, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(UmkAppAuditResult) self = NULL;
    JsonObject *root, *debias, *after;

    if (!json_parser_load_from_data(parser, json, (gssize) length, error))
        return NULL;
    self = g_new0(UmkAppAuditResult, 1);
    g_atomic_ref_count_init(&self->refs);
    self->json = g_bytes_new(json, length);
    self->items = g_array_new(FALSE, FALSE, sizeof(UmkAppAuditItem));
    g_array_set_clear_func(self->items, clear_item);
    self->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) g_strfreev);
    root = json_node_get_object(json_parser_get_root(parser));
    debias = get_object(root, "debias");
    after = first_test(debias);
    read_figures(&self->before, first_test(root));
    read_items(self, first_test(root));
    read_missing(self, root);
    self->shared = dup_texts(get_array(first_test(root), "overlap"));
    self->unpaired = dup_texts(get_array(first_test(root), "unpaired"));
    self->debias = dup_text(debias, "method");
    self->has_after = after != NULL;
    read_figures(&self->after, after);
    return g_steal_pointer(&self);
}

UmkAppAuditResult *
umk_app_audit_result_ref(UmkAppAuditResult *self)
{
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

void
umk_app_audit_result_unref(UmkAppAuditResult *self)
{
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    g_bytes_unref(self->json);
    clear_figures(&self->before);
    clear_figures(&self->after);
    g_free(self->debias);
    g_array_unref(self->items);
    g_hash_table_unref(self->missing);
    g_strfreev(self->shared);
    g_strfreev(self->unpaired);
    g_free(self);
}
