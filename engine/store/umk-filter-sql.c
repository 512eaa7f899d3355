/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree as an SQL expression over `items`. Nothing a person wrote becomes SQL: names of
 * fields and values are bound. Every test is 0 or 1, so that SQL's third truth value
 * never arises and agrees with umk-filter-match.c. */
#include "store/umk-filter-private.h"

#include "store/umk-fold-private.h"

#include <string.h>

typedef struct {
    GString *sql;
    GPtrArray *values;
} Writer;

static void
bind_text(Writer *self, char *text)
{
    UmkFilterValue *value = g_new0(UmkFilterValue, 1);

    value->type = UMK_FILTER_TEXT;
    value->text = text;
    g_ptr_array_add(self->values, value);
}

static void
bind_number(Writer *self, double number)
{
    UmkFilterValue *value = g_new0(UmkFilterValue, 1);

    value->type = UMK_FILTER_NUMBER;
    value->number = number;
    g_ptr_array_add(self->values, value);
}

static void
bind_date(Writer *self, gint64 seconds)
{
    UmkFilterValue *value = g_new0(UmkFilterValue, 1);

    value->type = UMK_FILTER_DATE;
    value->from = seconds;
    g_ptr_array_add(self->values, value);
}

/* ---- fields ----------------------------------------------------------------------- */

static const char *
column_of(const char *field)
{
    static const struct {
        const char *field, *sql;
    } columns[] = {
        {"id", "items.id"},
        {"modality", "(CASE items.modality WHEN 0 THEN 'text' WHEN 1 THEN 'image'"
                     " WHEN 2 THEN 'audio' WHEN 3 THEN 'graph' END)"},
        {"label", "items.label"},
        {"caption", "items.caption"},
        {"path", "items.path"},
        {"text", "items.text"},
        {"model", "(SELECT models.id FROM models WHERE models.model = items.model)"},
        {"frame", "(SELECT frames.name FROM frames WHERE frames.frame = items.frame)"},
        {"added", "items.added"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(columns); i++)
        if (strcmp(columns[i].field, field) == 0)
            return columns[i].sql;
    return NULL;
}

/* SQLite's paths compare a name with the bytes of the JSON, so one that JSON writes with
 * escapes is found by going through the members. */
static gboolean
is_plain(const char *field)
{
    for (const char *p = field; *p != '\0'; p++)
        if (*p == '"' || *p == '\\' || (guchar) *p < 0x20 || *p == 0x7f)
            return FALSE;
    return *field != '\0';
}

static void
write_field(Writer *self, const char *field)
{
    const char *column = column_of(field);

    if (column != NULL) {
        g_string_append(self->sql, column);
    } else if (is_plain(field)) {
        g_string_append(self->sql, "json_extract(items.fields, ?)");
        bind_text(self, g_strdup_printf("$.\"%s\"", field));
    } else {
        g_string_append(self->sql, "(SELECT member.value FROM json_each(items.fields)"
                                   " AS member WHERE member.key = ?)");
        bind_text(self, g_strdup(field));
    }
}

/* ---- tests ------------------------------------------------------------------------ */

static const char *
sign_of(UmkFilterKind kind)
{
    switch (kind) {
    case UMK_FILTER_LT:
        return "<";
    case UMK_FILTER_LE:
        return "<=";
    case UMK_FILTER_GT:
        return ">";
    case UMK_FILTER_GE:
        return ">=";
    case UMK_FILTER_AND:
    case UMK_FILTER_OR:
    case UMK_FILTER_NOT:
    case UMK_FILTER_EQ:
    case UMK_FILTER_IN:
    case UMK_FILTER_CONTAINS:
    case UMK_FILTER_LIKE:
    case UMK_FILTER_IS_NULL:
    default:
        return "=";
    }
}

/* A date is a period [from, to): later means not before its end. */
static void
write_date(Writer *self,
           UmkFilterKind kind,
           const char *field,
           const UmkFilterValue *date)
{
    g_string_append(self->sql, "IFNULL(umk_date(");
    write_field(self, field);
    switch (kind) {
    case UMK_FILTER_LT:
        g_string_append(self->sql, ") < ?, 0)");
        bind_date(self, date->from);
        break;
    case UMK_FILTER_LE:
        g_string_append(self->sql, ") < ?, 0)");
        bind_date(self, date->to);
        break;
    case UMK_FILTER_GT:
        g_string_append(self->sql, ") >= ?, 0)");
        bind_date(self, date->to);
        break;
    case UMK_FILTER_GE:
        g_string_append(self->sql, ") >= ?, 0)");
        bind_date(self, date->from);
        break;
    case UMK_FILTER_AND:
    case UMK_FILTER_OR:
    case UMK_FILTER_NOT:
    case UMK_FILTER_EQ:
    case UMK_FILTER_IN:
    case UMK_FILTER_CONTAINS:
    case UMK_FILTER_LIKE:
    case UMK_FILTER_IS_NULL:
    default:
        g_string_append(self->sql, ") BETWEEN ? AND ?, 0)");
        bind_date(self, date->from);
        bind_date(self, date->to - 1);
        break;
    }
}

static void
write_comparison(Writer *self, const UmkFilterNode *test, const UmkFilterValue *value)
{
    gboolean number = value->type == UMK_FILTER_NUMBER;

    if (value->type == UMK_FILTER_DATE) {
        write_date(self, test->kind, test->field, value);
        return;
    }
    g_string_append(self->sql, number ? "IFNULL(umk_number(" : "IFNULL((");
    write_field(self, test->field);
    g_string_append_printf(self->sql, ") %s ?, 0)", sign_of(test->kind));
    if (number)
        bind_number(self, value->number);
    else
        bind_text(self, g_strdup(value->text));
}

/* All values of one type at once; dates, which are periods, one by one. */
static void
write_in(Writer *self, const UmkFilterNode *test)
{
    g_string_append(self->sql, "(0");
    for (int type = UMK_FILTER_TEXT; type <= UMK_FILTER_NUMBER; type++) {
        guint n = 0;

        for (guint i = 0; i < test->values->len; i++) {
            const UmkFilterValue *value = test->values->pdata[i];

            if ((int) value->type != type)
                continue;
            if (n++ == 0) {
                g_string_append(self->sql, type == UMK_FILTER_NUMBER
                                               ? " OR IFNULL(umk_number("
                                               : " OR IFNULL((");
                write_field(self, test->field);
                g_string_append(self->sql, ") IN (?");
            } else {
                g_string_append(self->sql, ", ?");
            }
            if (type == UMK_FILTER_NUMBER)
                bind_number(self, value->number);
            else
                bind_text(self, g_strdup(value->text));
        }
        if (n > 0)
            g_string_append(self->sql, "), 0)");
    }
    for (guint i = 0; i < test->values->len; i++) {
        const UmkFilterValue *value = test->values->pdata[i];

        if (value->type == UMK_FILTER_DATE) {
            g_string_append(self->sql, " OR ");
            write_date(self, UMK_FILTER_EQ, test->field, value);
        }
    }
    g_string_append(self->sql, ")");
}

static void
write_test(Writer *self, const UmkFilterNode *test)
{
    const UmkFilterValue *value = test->values->len > 0 ? test->values->pdata[0] : NULL;

    if (test->kind == UMK_FILTER_IS_NULL) {
        write_field(self, test->field);
        g_string_append(self->sql, " IS NULL");
    } else if (test->kind == UMK_FILTER_IN) {
        write_in(self, test);
    } else if (test->kind == UMK_FILTER_CONTAINS || test->kind == UMK_FILTER_LIKE) {
        g_string_append(self->sql,
                        test->kind == UMK_FILTER_LIKE ? "umk_like(" : "umk_contains(");
        write_field(self, test->field);
        g_string_append(self->sql, ", ?)");
        bind_text(self, _umk_fold(value->text, -1));
    } else {
        write_comparison(self, test, value);
    }
}

static void
write_node(Writer *self, const UmkFilterNode *node)
{
    if (node->children == NULL) {
        g_string_append(self->sql, "(");
        write_test(self, node);
        g_string_append(self->sql, ")");
        return;
    }
    g_string_append(self->sql, node->kind == UMK_FILTER_NOT ? "(NOT " : "(");
    for (guint i = 0; i < node->children->len; i++) {
        if (i > 0)
            g_string_append(self->sql, node->kind == UMK_FILTER_OR ? " OR " : " AND ");
        write_node(self, node->children->pdata[i]);
    }
    g_string_append(self->sql, ")");
}

char *
_umk_filter_to_sql(UmkFilterNode *root, GPtrArray **values)
{
    Writer writer = {.sql = g_string_new(NULL),
                     .values = g_ptr_array_new_with_free_func(
                         (GDestroyNotify) _umk_filter_value_free)};

    write_node(&writer, root);
    *values = writer.values;
    return g_string_free(writer.sql, FALSE);
}

gboolean
_umk_filter_bind(sqlite3_stmt *statement, GPtrArray *values)
{
    int code = SQLITE_OK;

    for (guint i = 0; i < values->len && code == SQLITE_OK; i++) {
        const UmkFilterValue *value = values->pdata[i];
        int at = (int) i + 1;

        code = value->type == UMK_FILTER_NUMBER
                   ? sqlite3_bind_double(statement, at, value->number)
               : value->type == UMK_FILTER_DATE
                   ? sqlite3_bind_int64(statement, at, value->from)
                   : sqlite3_bind_text(statement, at, value->text, -1, SQLITE_STATIC);
    }
    return code == SQLITE_OK;
}

/* ---- functions -------------------------------------------------------------------- */

static void
number_function(sqlite3_context *context, int n, sqlite3_value **args)
{
    const char *text = (const char *) sqlite3_value_text(args[0]);
    double number;

    if (text != NULL && _umk_filter_read_number(text, &number))
        sqlite3_result_double(context, number);
}

static void
date_function(sqlite3_context *context, int n, sqlite3_value **args)
{
    const char *text = (const char *) sqlite3_value_text(args[0]);
    gint64 from, to;

    if (text != NULL && _umk_filter_read_date(text, &from, &to))
        sqlite3_result_int64(context, from);
}

static void
contains_function(sqlite3_context *context, int n, sqlite3_value **args)
{
    const char *text = (const char *) sqlite3_value_text(args[0]);
    const char *sought = (const char *) sqlite3_value_text(args[1]);
    g_autofree char *folded = text != NULL ? _umk_fold(text, -1) : NULL;

    sqlite3_result_int(context, folded != NULL && strstr(folded, sought) != NULL);
}

static void
like_function(sqlite3_context *context, int n, sqlite3_value **args)
{
    const char *text = (const char *) sqlite3_value_text(args[0]);
    const char *pattern = (const char *) sqlite3_value_text(args[1]);
    g_autofree char *folded = text != NULL ? _umk_fold(text, -1) : NULL;

    sqlite3_result_int(context, folded != NULL && _umk_filter_like(folded, pattern));
}

gboolean
_umk_filter_add_functions(sqlite3 *db)
{
    static const struct {
        const char *name;
        int n_args;
        void (*function)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = {{"umk_number", 1, number_function},
                     {"umk_date", 1, date_function},
                     {"umk_contains", 2, contains_function},
                     {"umk_like", 2, like_function}};

    for (gsize i = 0; i < G_N_ELEMENTS(functions); i++)
        if (sqlite3_create_function(db, functions[i].name, functions[i].n_args,
                                    SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
                                    functions[i].function, NULL, NULL) != SQLITE_OK)
            return FALSE;
    return TRUE;
}
