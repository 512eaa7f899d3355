/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A filter answered item by item in memory, for vectors without a collection. */
#include "store/umk-filter-private.h"

#include "store/umk-fold-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

static const char *
get_field(UmkItem *item, const char *name)
{
    if (strcmp(name, "id") == 0)
        return umk_item_get_id(item);
    if (strcmp(name, "modality") == 0)
        return umk_modality_get_name(umk_item_get_modality(item));
    if (strcmp(name, "label") == 0)
        return umk_item_get_label(item);
    if (strcmp(name, "caption") == 0)
        return umk_item_get_caption(item);
    if (strcmp(name, "path") == 0)
        return umk_item_get_path(item);
    if (strcmp(name, "text") == 0)
        return umk_item_get_text(item);
    return umk_item_get_field(item, name);
}

static gboolean
holds(UmkFilterKind kind, gboolean less, gboolean equal)
{
    switch (kind) {
    case UMK_FILTER_LT:
        return less;
    case UMK_FILTER_LE:
        return less || equal;
    case UMK_FILTER_GT:
        return !less && !equal;
    case UMK_FILTER_GE:
        return !less;
    case UMK_FILTER_EQ:
    case UMK_FILTER_IN:
        return equal;
    case UMK_FILTER_AND:
    case UMK_FILTER_OR:
    case UMK_FILTER_NOT:
    case UMK_FILTER_CONTAINS:
    case UMK_FILTER_LIKE:
    case UMK_FILTER_IS_NULL:
    default:
        return FALSE;
    }
}

static gboolean
compare(UmkFilterKind kind, const char *text, const UmkFilterValue *value)
{
    double number;
    gint64 from, to;
    int order;

    switch (value->type) {
    case UMK_FILTER_NUMBER:
        return _umk_filter_read_number(text, &number) &&
               holds(kind, number < value->number, number == value->number);
    case UMK_FILTER_DATE:
        return _umk_filter_read_date(text, &from, &to) &&
               holds(kind, from < value->from, from >= value->from && from < value->to);
    case UMK_FILTER_TEXT:
    default:
        order = strcmp(text, value->text);
        return holds(kind, order < 0, order == 0);
    }
}

static gboolean
search_text(const UmkFilterNode *test, const char *text)
{
    const UmkFilterValue *value = test->values->pdata[0];
    g_autofree char *folded = _umk_fold(text, -1);
    g_autofree char *sought = _umk_fold(value->text, -1);

    return test->kind == UMK_FILTER_LIKE ? _umk_filter_like(folded, sought)
                                         : strstr(folded, sought) != NULL;
}

static gboolean
match_test(const UmkFilterNode *test, UmkItem *item)
{
    const char *text = get_field(item, test->field);

    if (test->kind == UMK_FILTER_IS_NULL)
        return text == NULL;
    if (text == NULL)
        return FALSE;
    if (test->kind == UMK_FILTER_CONTAINS || test->kind == UMK_FILTER_LIKE)
        return search_text(test, text);
    for (guint i = 0; i < test->values->len; i++)
        if (compare(test->kind, text, test->values->pdata[i]))
            return TRUE;
    return FALSE;
}

static gboolean
match(const UmkFilterNode *node, UmkItem *item)
{
    if (node->children == NULL)
        return match_test(node, item);
    if (node->kind == UMK_FILTER_NOT)
        return !match(node->children->pdata[0], item);
    /* The first child that decides, decides. */
    for (guint i = 0; i < node->children->len; i++)
        if (match(node->children->pdata[i], item) == (node->kind == UMK_FILTER_OR))
            return node->kind == UMK_FILTER_OR;
    return node->kind == UMK_FILTER_AND;
}

/* ---- names ------------------------------------------------------------------------ */

#define MAX_SHOWN 20 /* fields named in an error */

gboolean
_umk_filter_no_field(const UmkFilterNode *test, const char *const *names, GError **error)
{
    const char *nearest = _umk_filter_nearest(test->field, names);
    g_autoptr(GString) all = g_string_new(NULL);

    if (nearest != NULL)
        return _umk_filter_fail(error, test->column,
                                _("there is no field “%s” here; did you mean “%s”?"),
                                test->field, nearest);
    for (gsize i = 0; names[i] != NULL && i < MAX_SHOWN; i++)
        g_string_append_printf(all, "%s%s", i > 0 ? ", " : "", names[i]);
    return _umk_filter_fail(error, test->column,
                            _("there is no field “%s” here; there are %s"), test->field,
                            all->str);
}

static char **
list_names(UmkItems *items)
{
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (gsize i = 0; _umk_filter_fields[i] != NULL; i++)
        g_strv_builder_add(names, _umk_filter_fields[i]);
    for (gsize i = 0; i < umk_items_get_n_items(items); i++) {
        g_auto(GStrv) fields = umk_item_list_fields(umk_items_get(items, i));

        for (gsize j = 0; fields != NULL && fields[j] != NULL; j++)
            if (g_hash_table_add(seen, g_strdup(fields[j])))
                g_strv_builder_add(names, fields[j]);
    }
    return g_strv_builder_end(names);
}

static gboolean
check_names(const UmkFilterNode *node, const char *const *names, GError **error)
{
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        if (!check_names(node->children->pdata[i], names, error))
            return FALSE;
    return node->field == NULL || g_strv_contains(names, node->field) ||
           _umk_filter_no_field(node, names, error);
}

/**
 * umk_filter_match:
 * @self: a filter
 * @items: items in memory
 * @error: return location for an error
 *
 * Answers a filter without a collection. Items in memory have no model, frame and time of
 * adding: those fields are as if they were not there. A field that no item has is an
 * error that names the nearest one there is.
 *
 * Returns: (transfer full): one byte an item, 1 where the filter is true
 */
GBytes *
umk_filter_match(UmkFilter *self, UmkItems *items, GError **error)
{
    g_auto(GStrv) names = NULL;
    gsize n;
    guint8 *matches;

    g_return_val_if_fail(self != NULL && items != NULL, NULL);
    names = list_names(items);
    if (!check_names(self->root, (const char *const *) names, error))
        return NULL;
    n = umk_items_get_n_items(items);
    matches = g_malloc(n + 1);
    for (gsize i = 0; i < n; i++)
        matches[i] = match(self->root, umk_items_get(items, i));
    return g_bytes_new_take(matches, n);
}
