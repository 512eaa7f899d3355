/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter language inside: tokens, tree, and the two ways a tree is answered, which
 * agree on every item: SQL with bound parameters for a collection, and in C for items in
 * memory.
 *
 *   condition  := all { "or" all }
 *   all        := one { "and" one }
 *   one        := "not" one | "(" condition ")" | test
 *   test       := FIELD ( "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" ) VALUE
 *               | FIELD [ "not" ] "in" "(" VALUE { "," VALUE } ")"
 *               | FIELD [ "not" ] "between" VALUE "and" VALUE
 *               | FIELD [ "not" ] ( "contains" | "like" ) TEXT
 *               | FIELD "is" [ "not" ] "null"
 *   FIELD      := letters, digits, "_" and "." from a letter or "_" on; or any name in
 *                 `…`, "…" or '…'
 *   VALUE      := TEXT in "…" or '…' (the quote doubled inside) | NUMBER | DATE
 *
 * A test is true or false, never unknown: false if the item has no such field or its
 * value cannot be read as what it is compared with. "!=" and "not …" are true exactly
 * where "=" and the test are false. */
#pragma once

#include <umekomi/umk-filter.h>
#include <umekomi/umk-item.h>

#include <gio/gio.h>
#include <sqlite3.h>

G_BEGIN_DECLS

#define UMK_FILTER_MAX_BYTES 65536
#define UMK_FILTER_MAX_TESTS 500 /* SQLite refuses expressions 1,000 deep */
#define UMK_FILTER_MAX_DEPTH 64

typedef enum {
    UMK_FILTER_TOKEN_END,
    UMK_FILTER_TOKEN_WORD, /* a bare name or a keyword */
    UMK_FILTER_TOKEN_NAME, /* in backquotes */
    UMK_FILTER_TOKEN_TEXT,
    UMK_FILTER_TOKEN_NUMBER,
    UMK_FILTER_TOKEN_DATE,
    UMK_FILTER_TOKEN_SIGN /* an operator, a bracket or a comma */
} UmkFilterTokenKind;

typedef struct {
    UmkFilterTokenKind kind;
    char *text;   /* what it says, unquoted */
    guint column; /* in characters, from 1 */
} UmkFilterToken;

/* All tokens, the last one END. GArray of UmkFilterToken, which clears them. */
GArray *_umk_filter_tokenize(const char *data, gsize len, GError **error);
gboolean _umk_filter_fail(GError **error, guint column, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

typedef enum { UMK_FILTER_TEXT, UMK_FILTER_NUMBER, UMK_FILTER_DATE } UmkFilterType;

typedef struct {
    UmkFilterType type;
    char *text; /* as written, unquoted */
    double number;
    gint64 from, to; /* seconds since 1970: the period [from, to) a date names */
    guint column;
} UmkFilterValue;

typedef enum {
    UMK_FILTER_AND,
    UMK_FILTER_OR,
    UMK_FILTER_NOT,
    UMK_FILTER_EQ, /* tests from here on */
    UMK_FILTER_LT,
    UMK_FILTER_LE,
    UMK_FILTER_GT,
    UMK_FILTER_GE,
    UMK_FILTER_IN,
    UMK_FILTER_CONTAINS,
    UMK_FILTER_LIKE,
    UMK_FILTER_IS_NULL
} UmkFilterKind;

typedef struct {
    UmkFilterKind kind;
    GPtrArray *children; /* UmkFilterNode; of AND, OR and NOT */
    char *field;         /* of a test */
    guint column;
    GPtrArray *values; /* UmkFilterValue; of a test, none for IS_NULL */
} UmkFilterNode;

struct _UmkFilter {
    gatomicrefcount refs;
    UmkFilterNode *root;
};

UmkFilterNode *_umk_filter_parse(const char *data, gsize len, GError **error);
void _umk_filter_node_free(UmkFilterNode *node);
void _umk_filter_value_free(UmkFilterValue *value);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFilterNode, _umk_filter_node_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UmkFilterValue, _umk_filter_value_free)

/* Fields every item has a place for, NULL-terminated. */
extern const char *const _umk_filter_fields[];
/* The name nearest to a misspelt one, or NULL if none is near. */
const char *_umk_filter_nearest(const char *name, const char *const *names);

/* Sets the error for a field that is none of names, the nearest one named; FALSE. */
gboolean
_umk_filter_no_field(const UmkFilterNode *test, const char *const *names, GError **error);

/* How a field's text is read; FALSE where it is no number or date. */
gboolean _umk_filter_read_number(const char *text, double *number);
gboolean _umk_filter_read_date(const char *text, gint64 *from, gint64 *to);
/* Both folded. In a pattern % is any run of characters, _ any one, \ takes the next as it
 * is. */
gboolean _umk_filter_like(const char *text, const char *pattern);

/* SQL over the table items; values in the order of its question marks. */
char *_umk_filter_to_sql(UmkFilterNode *root, GPtrArray **values);
/* The functions that SQL uses. */
gboolean _umk_filter_add_functions(sqlite3 *db);
gboolean _umk_filter_bind(sqlite3_stmt *statement, GPtrArray *values);

G_END_DECLS
