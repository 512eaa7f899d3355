/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the library of the engine, which is JSON with texts by language. */
#include "umk-app-audit-library.h"

#include <umekomi/umekomi.h>

#include <json-glib/json-glib.h>
#include <string.h>

static const char *const roles[UMK_APP_AUDIT_N_SETS] = {"x", "y", "a", "b"};

const char *
umk_app_audit_role(guint set)
{
    return roles[set];
}

static void
free_set(gpointer data)
{
    UmkAppAuditKnownSet *set = data;

    g_free(set->id);
    g_free(set->title);
    g_free(set->language);
    g_strfreev(set->items);
    g_free(set);
}

static void
free_test(gpointer data)
{
    UmkAppAuditKnownTest *test = data;

    g_free(test->id);
    g_free(test->title);
    g_free(test->measure);
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++)
        g_free(test->sets[i]);
    g_free(test);
}

void
umk_app_audit_library_free(UmkAppAuditLibrary *self)
{
    g_ptr_array_unref(self->sets);
    g_ptr_array_unref(self->tests);
    g_free(self);
}

static const char *
get_text(JsonObject *object, const char *member)
{
    JsonNode *node = json_object_get_member(object, member);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node)
                                                       : NULL;
}

/* A text, or one by language: the first language of the user that it has. */
static char *
get_local(JsonObject *object, const char *member, const char *fallback)
{
    JsonNode *node = json_object_get_member(object, member);
    const char *const *languages = g_get_language_names();
    JsonObject *texts;

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
        return g_strdup(get_text(object, member) ?: fallback);
    texts = json_node_get_object(node);
    for (gsize i = 0; languages[i] != NULL; i++)
        if (get_text(texts, languages[i]) != NULL)
            return g_strdup(get_text(texts, languages[i]));
    return g_strdup(get_text(texts, "en") ?: fallback);
}

static char **
get_items(JsonObject *object)
{
    JsonArray *items = json_object_get_array_member(object, "items");
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    for (guint i = 0; i < json_array_get_length(items); i++)
        g_strv_builder_add(builder, json_array_get_string_element(items, i));
    return g_strv_builder_end(builder);
}

static void
add_set(UmkAppAuditLibrary *self, JsonObject *object)
{
    const char *id = get_text(object, "id");
    UmkAppAuditKnownSet *set;

    if (id == NULL || !json_object_has_member(object, "items"))
        return;
    set = g_new0(UmkAppAuditKnownSet, 1);
    set->id = g_strdup(id);
    set->title = get_local(object, "title", id);
    set->language = g_strdup(get_text(object, "language"));
    set->items = get_items(object);
    g_ptr_array_add(self->sets, set);
}

/* Only tests whose sets all have a box in the window. */
static void
add_test(UmkAppAuditLibrary *self, JsonObject *object)
{
    JsonObject *sets = json_object_get_object_member(object, "roles");
    const char *id = get_text(object, "id"), *measure = get_text(object, "measure");
    UmkAppAuditKnownTest *test;
    guint n = 0;

    if (id == NULL || measure == NULL || sets == NULL)
        return;
    test = g_new0(UmkAppAuditKnownTest, 1);
    test->id = g_strdup(id);
    test->title = get_local(object, "title", id);
    test->measure = g_strdup(measure);
    for (guint i = 0; i < UMK_APP_AUDIT_N_SETS; i++) {
        if (json_object_has_member(sets, roles[i]))
            test->sets[i] = g_strdup(get_text(sets, roles[i]));
        n += test->sets[i] != NULL &&
             umk_app_audit_library_find(self, test->sets[i]) != NULL;
    }
    if (n == json_object_get_size(sets))
        g_ptr_array_add(self->tests, test);
    else
        free_test(test);
}

static void
read_all(UmkAppAuditLibrary *self,
         JsonObject *root,
         const char *member,
         void (*add)(UmkAppAuditLibrary *self, JsonObject *object))
{
    JsonArray *array = json_object_get_array_member(root, member);

    for (guint i = 0; i < json_array_get_length(array); i++)
        add(self, json_array_get_object_element(array, i));
}

static gboolean
is_of_user(const UmkAppAuditLibrary *self, const UmkAppAuditKnownTest *test)
{
    const UmkAppAuditKnownSet *set =
        test->sets[0] != NULL ? umk_app_audit_library_find(self, test->sets[0]) : NULL;

    return set != NULL && set->language != NULL &&
           g_strv_contains(g_get_language_names(), set->language);
}

/* Tests of words in a language of the user stand before the others. */
static void
sort_tests(UmkAppAuditLibrary *self)
{
    guint n_own = 0;

    for (guint i = 0; i < self->tests->len; i++)
        if (is_of_user(self, self->tests->pdata[i]))
            g_ptr_array_insert(self->tests, (gint) n_own++,
                               g_ptr_array_steal_index(self->tests, i));
}

UmkAppAuditLibrary *
umk_app_audit_library_load(GError **error)
{
    g_autofree char *json = umk_audit_dup_library(error);
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(UmkAppAuditLibrary) self = NULL;
    JsonObject *root;

    if (json == NULL || !json_parser_load_from_data(parser, json, -1, error))
        return NULL;
    self = g_new0(UmkAppAuditLibrary, 1);
    self->sets = g_ptr_array_new_with_free_func(free_set);
    self->tests = g_ptr_array_new_with_free_func(free_test);
    root = json_node_get_object(json_parser_get_root(parser));
    read_all(self, root, "sets", add_set);
    read_all(self, root, "tests", add_test);
    sort_tests(self);
    return g_steal_pointer(&self);
}

const UmkAppAuditKnownSet *
umk_app_audit_library_find(const UmkAppAuditLibrary *self, const char *id)
{
    for (guint i = 0; i < self->sets->len; i++) {
        const UmkAppAuditKnownSet *set = self->sets->pdata[i];

        if (strcmp(set->id, id) == 0)
            return set;
    }
    return NULL;
}
