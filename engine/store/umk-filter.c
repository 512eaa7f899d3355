/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public face of the filter language: a tree that is parsed once and never changes.
 */
#include "store/umk-filter-private.h"

#include <string.h>

G_DEFINE_BOXED_TYPE(UmkFilter, umk_filter, umk_filter_ref, umk_filter_unref)

/**
 * umk_filter_new:
 * @text: a condition, for example `modality = "image" and year >= 2020`
 * @error: return location for an error
 *
 * Comparisons `= != < <= > >=`, `in (…)`, `between … and …`, `contains "…"`, `like "…"`
 * and `is null`, each also with `not`, joined by `and`, `or`, `not` and brackets. A field
 * is `id`, `modality`, `label`, `caption`, `path`, `text`, `model`, `frame`, `added` or
 * one that came with the items; a name that is not letters, digits, `_` and `.` stands in
 * backquotes. Text stands in quotes and is compared by code points; against a number or a
 * date (`2020-12-31`, `2020-12-31T23:59`) a field's text is read as one. `contains` and
 * `like` (`%` any run, `_` any one character) see no case and no width.
 *
 * A comparison is false where the item has no such field, and `not` turns it round.
 *
 * An error names the column, in characters from 1.
 *
 * Returns: (transfer full): the filter
 */
UmkFilter *
umk_filter_new(const char *text, GError **error)
{
    UmkFilterNode *root;
    UmkFilter *self;

    g_return_val_if_fail(text != NULL, NULL);
    root = _umk_filter_parse(text, strlen(text), error);
    if (root == NULL)
        return NULL;
    self = g_new0(UmkFilter, 1);
    g_atomic_ref_count_init(&self->refs);
    self->root = root;
    return self;
}

/**
 * umk_filter_ref:
 * @self: a filter
 *
 * Returns: (transfer full): @self
 */
UmkFilter *
umk_filter_ref(UmkFilter *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_filter_unref:
 * @self: (transfer full): a filter
 */
void
umk_filter_unref(UmkFilter *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    _umk_filter_node_free(self->root);
    g_free(self);
}

/* ---- back into text --------------------------------------------------------------- */

static void
append_quoted(GString *out, const char *text, char quote)
{
    g_string_append_c(out, quote);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == quote)
            g_string_append_c(out, quote);
        g_string_append_c(out, *p);
    }
    g_string_append_c(out, quote);
}

static void
append_value(GString *out, const UmkFilterValue *value)
{
    if (value->type == UMK_FILTER_TEXT)
        append_quoted(out, value->text, '"');
    else
        g_string_append(out, value->text);
}

static void
append_test(GString *out, const UmkFilterNode *test)
{
    static const char *const signs[] = {
        [UMK_FILTER_EQ] = "=",           [UMK_FILTER_LT] = "<",
        [UMK_FILTER_LE] = "<=",          [UMK_FILTER_GT] = ">",
        [UMK_FILTER_GE] = ">=",          [UMK_FILTER_IN] = "in (",
        [UMK_FILTER_LIKE] = "like",      [UMK_FILTER_CONTAINS] = "contains",
        [UMK_FILTER_IS_NULL] = "is null"};

    append_quoted(out, test->field, '`');
    g_string_append_printf(out, " %s", signs[test->kind]);
    for (guint i = 0; i < test->values->len; i++) {
        if (test->kind != UMK_FILTER_IN)
            g_string_append_c(out, ' ');
        else if (i > 0)
            g_string_append(out, ", ");
        append_value(out, test->values->pdata[i]);
    }
    if (test->kind == UMK_FILTER_IN)
        g_string_append_c(out, ')');
}

static void
append_node(GString *out, const UmkFilterNode *node)
{
    if (node->children == NULL) {
        append_test(out, node);
        return;
    }
    g_string_append(out, node->kind == UMK_FILTER_NOT ? "not (" : "(");
    for (guint i = 0; i < node->children->len; i++) {
        if (i > 0)
            g_string_append(out, node->kind == UMK_FILTER_OR ? " or " : " and ");
        append_node(out, node->children->pdata[i]);
    }
    g_string_append_c(out, ')');
}

/**
 * umk_filter_to_string:
 * @self: a filter
 *
 * Returns: (transfer full): the condition in one fixed spelling, which umk_filter_new()
 *   reads as the same
 */
char *
umk_filter_to_string(UmkFilter *self)
{
    GString *out;

    g_return_val_if_fail(self != NULL, NULL);
    out = g_string_new(NULL);
    append_node(out, self->root);
    return g_string_free(out, FALSE);
}

/* ---- fields ----------------------------------------------------------------------- */

static void
list_fields(const UmkFilterNode *node, GPtrArray *names)
{
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        list_fields(node->children->pdata[i], names);
    if (node->field != NULL &&
        !g_ptr_array_find_with_equal_func(names, node->field, g_str_equal, NULL))
        g_ptr_array_add(names, g_strdup(node->field));
}

/**
 * umk_filter_list_fields:
 * @self: a filter
 *
 * Returns: (transfer full) (array zero-terminated=1): the fields it looks at, each once,
 *   in the order they are first met
 */
char **
umk_filter_list_fields(UmkFilter *self)
{
    GPtrArray *names;

    g_return_val_if_fail(self != NULL, NULL);
    names = g_ptr_array_new();
    list_fields(self->root, names);
    g_ptr_array_add(names, NULL);
    return (char **) g_ptr_array_free(names, FALSE);
}
