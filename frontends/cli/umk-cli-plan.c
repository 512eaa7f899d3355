/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the tests of a recall table's plan, and measures them. */
#include "umk-cli-plan.h"

#include <math.h>
#include <string.h>

#define MAX_PLAN_SIZE (64 << 20)
#define MAX_ROWS      (1u << 24) /* of a test */

static void
list_free(gpointer data)
{
    UmkCliPlanList *self = data;

    g_free(self->name);
    g_free(self->package);
    g_free(self->missing);
    g_clear_pointer(&self->items, umk_items_unref);
    g_clear_pointer(&self->vectors, umk_matrix_unref);
    g_free(self);
}

static void
test_free(gpointer data)
{
    UmkCliPlanTest *self = data;

    g_free(self->test);
    g_free(self->language);
    g_free(self->query_rows);
    g_free(self->candidate_rows);
    g_free(self->right);
    g_free(self);
}

void
umk_cli_plan_free(UmkCliPlan *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->lists, g_hash_table_unref);
    g_clear_pointer(&self->tests, g_ptr_array_unref);
    g_free(self);
}

gboolean
umk_cli_plan_fail(GError **error, const char *what)
{
    g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                _("Not the plan of an evaluation: %s"), what);
    return FALSE;
}

static const char *
get_string(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node)
                                                       : NULL;
}

static JsonArray *
get_array(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

/* ---- tests ------------------------------------------------------------------------- */

/* first and count of a row or a run of rows; FALSE where it is neither. */
static gboolean
read_run(JsonNode *node, gint64 *first, gint64 *count)
{
    JsonArray *run = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

    *count = 1;
    if (run != NULL) {
        if (json_array_get_length(run) != 2 ||
            !JSON_NODE_HOLDS_VALUE(json_array_get_element(run, 0)) ||
            !JSON_NODE_HOLDS_VALUE(json_array_get_element(run, 1)))
            return FALSE;
        *count = json_array_get_int_element(run, 1);
        node = json_array_get_element(run, 0);
    }
    if (!JSON_NODE_HOLDS_VALUE(node))
        return FALSE;
    *first = json_node_get_int(node);
    return TRUE;
}

/* Row numbers below most; NULL without an error where there are none. */
static guint64 *
read_rows(JsonObject *object, const char *name, gsize most, gsize *n, GError **error)
{
    JsonArray *array = get_array(object, name);
    g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(guint64));

    *n = most;
    if (array == NULL)
        return NULL;
    for (guint i = 0; i < json_array_get_length(array); i++) {
        gint64 first, count;

        if (!read_run(json_array_get_element(array, i), &first, &count) || first < 0 ||
            count < 1 || (guint64) first >= most ||
            (guint64) count > most - (guint64) first ||
            (guint64) rows->len + (guint64) count > MAX_ROWS) {
            umk_cli_plan_fail(error, _("a row is outside of its list"));
            return NULL;
        }
        for (guint64 row = (guint64) first; row < (guint64) (first + count); row++)
            g_array_append_val(rows, row);
    }
    *n = rows->len;
    if (*n == 0)
        return g_new0(guint64, 1);
    return (guint64 *) (void *) g_array_steal(rows, NULL);
}

/* The answers of the queries, by row among the candidates; NULL without an error where
 * query i is answered by candidate i. */
static guint64 *
read_right(UmkCliPlanTest *test, JsonObject *object, gsize *n, GError **error)
{
    const char *as = get_string(object, "right");

    if (as == NULL)
        return read_rows(object, "right", test->n_candidates, n, error);
    if (!g_str_equal(as, "query_rows") || test->query_rows == NULL) {
        umk_cli_plan_fail(error, _("“right” is neither rows nor “query_rows”"));
        return NULL;
    }
    *n = test->n_queries;
    for (gsize i = 0; i < *n; i++) {
        if (test->query_rows[i] >= test->n_candidates) {
            umk_cli_plan_fail(error, _("a row is outside of its list"));
            return NULL;
        }
    }
    return g_memdup2(test->query_rows, MAX(*n, 1) * sizeof(guint64));
}

static void
read_published(UmkCliPlanTest *test, JsonObject *object)
{
    static const char *const names[] = {"recall_at_1", "recall_at_5", "recall_at_10"};
    JsonNode *node = json_object_get_member(object, "published");

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        JsonNode *value =
            node != NULL && JSON_NODE_HOLDS_OBJECT(node)
                ? json_object_get_member(json_node_get_object(node), names[i])
                : NULL;

        test->published[i] = value != NULL && JSON_NODE_HOLDS_VALUE(value)
                                 ? json_node_get_double(value)
                                 : (double) NAN;
    }
}

static gboolean
read_test(UmkCliPlan *self, JsonNode *node, GError **error)
{
    UmkCliPlanTest *test = g_new0(UmkCliPlanTest, 1);
    g_autofree guint64 *right = NULL;
    JsonObject *object;
    GError *problem = NULL;
    const char *name, *language;
    gsize n_right;

    g_ptr_array_add(self->tests, test);
    if (!JSON_NODE_HOLDS_OBJECT(node))
        return umk_cli_plan_fail(error, _("a test is no object"));
    object = json_node_get_object(node);
    name = get_string(object, "test");
    language = get_string(object, "language");
    test->test = g_strdup(name ? name : "");
    test->language = g_strdup(language ? language : "-");
    name = get_string(object, "queries");
    test->queries = name ? g_hash_table_lookup(self->lists, name) : NULL;
    name = get_string(object, "candidates");
    test->candidates = name ? g_hash_table_lookup(self->lists, name) : NULL;
    if (test->queries == NULL || test->candidates == NULL)
        return umk_cli_plan_fail(error, _("a test names a list that is not there"));
    test->query_rows = read_rows(object, "query_rows", test->queries->n_items,
                                 &test->n_queries, &problem);
    if (problem == NULL)
        test->candidate_rows =
            read_rows(object, "candidate_rows", test->candidates->n_items,
                      &test->n_candidates, &problem);
    if (problem == NULL)
        right = read_right(test, object, &n_right, &problem);
    if (problem != NULL) {
        g_propagate_error(error, problem);
        return FALSE;
    }
    if (right != NULL ? n_right != test->n_queries : test->n_queries > test->n_candidates)
        return umk_cli_plan_fail(error, _("a test has no right answer for each query"));
    if (right != NULL) {
        test->right = g_new(guint32, n_right + 1);
        for (gsize i = 0; i < n_right; i++)
            test->right[i] = (guint32) right[i];
    }
    read_published(test, object);
    return TRUE;
}

static gboolean
parse(UmkCliPlan *self,
      JsonObject *root,
      const char *assets,
      const char *const *roots,
      GError **error)
{
    JsonNode *node = json_object_get_member(root, "lists");
    JsonArray *tests = get_array(root, "tests");
    g_autoptr(GList) names = NULL;
    JsonObject *lists;

    if (g_strcmp0(get_string(root, "format"), "umekomi-evaluation/1") != 0)
        return umk_cli_plan_fail(error, _("it does not call itself one"));
    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node) || tests == NULL)
        return umk_cli_plan_fail(error, _("it has no lists or no tests"));
    lists = json_node_get_object(node);
    names = json_object_get_members(lists);
    for (GList *l = names; l != NULL; l = l->next) {
        UmkCliPlanList *list = g_new0(UmkCliPlanList, 1);

        list->name = g_strdup(l->data);
        g_hash_table_insert(self->lists, list->name, list);
        if (!umk_cli_plan_read_list(list, json_object_get_member(lists, l->data), assets,
                                    roots, error))
            return FALSE;
    }
    for (guint i = 0; i < json_array_get_length(tests); i++)
        if (!read_test(self, json_array_get_element(tests, i), error))
            return FALSE;
    return TRUE;
}

UmkCliPlan *
umk_cli_plan_read(const char *path,
                  const char *assets,
                  const char *const *roots,
                  GError **error)
{
    g_autoptr(UmkCliPlan) self = g_new0(UmkCliPlan, 1);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autofree char *text = NULL;
    JsonNode *root;
    gsize length;

    self->lists = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, list_free);
    self->tests = g_ptr_array_new_with_free_func(test_free);
    if (!g_file_get_contents(path, &text, &length, error))
        return NULL;
    if (length > MAX_PLAN_SIZE) {
        umk_cli_plan_fail(error, _("it is too large"));
        return NULL;
    }
    if (!json_parser_load_from_data(parser, text, (gssize) length, error)) {
        g_prefix_error(error, "%s: ", path);
        return NULL;
    }
    root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root)
            ? umk_cli_plan_fail(error, _("it is no JSON object"))
            : parse(self, json_node_get_object(root), assets, roots, error))
        return g_steal_pointer(&self);
    g_prefix_error(error, "%s: ", path);
    return NULL;
}

char **
umk_cli_plan_list_packages(UmkCliPlan *self)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    GHashTableIter iter;
    gpointer list;

    g_hash_table_iter_init(&iter, self->lists);
    while (g_hash_table_iter_next(&iter, NULL, &list)) {
        char *package = ((UmkCliPlanList *) list)->package;

        if (package != NULL && g_hash_table_add(seen, package))
            g_strv_builder_add(builder, package);
    }
    return g_strv_builder_end(builder);
}

/* ---- measuring --------------------------------------------------------------------- */

static UmkMatrix *
take_rows(UmkCliPlanList *list, const guint64 *rows, gsize n, GError **error)
{
    return rows != NULL ? umk_matrix_select_rows(list->vectors, rows, n, error)
                        : umk_matrix_ref(list->vectors);
}

static gboolean
measure(UmkCli *cli, UmkCliPlanTest *test, GError **error)
{
    g_autoptr(UmkMatrix) queries =
        take_rows(test->queries, test->query_rows, test->n_queries, error);
    g_autoptr(UmkMatrix) candidates =
        queries
            ? take_rows(test->candidates, test->candidate_rows, test->n_candidates, error)
            : NULL;

    test->measured =
        candidates != NULL &&
        umk_recall_measure(queries, candidates, test->right, UMK_METRIC_COSINE,
                           &test->recall, cli->cancellable, error);
    return test->measured;
}

static gboolean
embed(UmkCli *cli, UmkModel *model, UmkCliPlanList *list, GError **error)
{
    if (list->vectors == NULL)
        list->vectors = umk_model_embed(model, list->items, cli->cancellable,
                                        umk_cli_progress, cli, error);
    return list->vectors != NULL;
}

gboolean
umk_cli_plan_measure(UmkCli *cli, UmkCliPlan *self, UmkModel *model, GError **error)
{
    for (guint i = 0; i < self->tests->len; i++) {
        UmkCliPlanTest *test = self->tests->pdata[i];

        if (test->queries->items == NULL || test->candidates->items == NULL)
            continue;
        if (!embed(cli, model, test->queries, error) ||
            !embed(cli, model, test->candidates, error) || !measure(cli, test, error)) {
            g_prefix_error(error, "%s: ", test->test);
            return FALSE;
        }
    }
    return TRUE;
}
