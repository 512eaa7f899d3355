/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens into a tree, by recursive descent over the grammar of the header. Every error
 * names the column and what was expected there. */
#include "store/umk-filter-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

typedef struct {
    const UmkFilterToken *at;
    guint n_tests;
    guint depth;
} Parser;

const char *const _umk_filter_fields[] = {"id",   "modality", "label", "caption", "path",
                                          "text", "model",    "frame", "added",   NULL};

/* ---- the tree --------------------------------------------------------------------- */

void
_umk_filter_value_free(UmkFilterValue *value)
{
    g_free(value->text);
    g_free(value);
}

void
_umk_filter_node_free(UmkFilterNode *node)
{
    g_clear_pointer(&node->children, g_ptr_array_unref);
    g_clear_pointer(&node->values, g_ptr_array_unref);
    g_free(node->field);
    g_free(node);
}

static UmkFilterNode *
node_new(UmkFilterKind kind)
{
    UmkFilterNode *node = g_new0(UmkFilterNode, 1);

    node->kind = kind;
    if (kind < UMK_FILTER_EQ)
        node->children =
            g_ptr_array_new_with_free_func((GDestroyNotify) _umk_filter_node_free);
    else
        node->values =
            g_ptr_array_new_with_free_func((GDestroyNotify) _umk_filter_value_free);
    return node;
}

/* node of kind with one child more; takes both. */
static UmkFilterNode *
join(UmkFilterKind kind, UmkFilterNode *left, UmkFilterNode *right)
{
    UmkFilterNode *node = left;

    if (left->kind != kind || kind == UMK_FILTER_NOT) {
        node = node_new(kind);
        g_ptr_array_add(node->children, left);
    }
    if (right != NULL)
        g_ptr_array_add(node->children, right);
    return node;
}

static UmkFilterNode *
test_like(const UmkFilterNode *test, UmkFilterKind kind)
{
    UmkFilterNode *node = node_new(kind);

    node->field = g_strdup(test->field);
    node->column = test->column;
    return node;
}

/* ---- tokens ----------------------------------------------------------------------- */

static gboolean
is_word(const Parser *self, const char *word)
{
    return self->at->kind == UMK_FILTER_TOKEN_WORD &&
           g_ascii_strcasecmp(self->at->text, word) == 0;
}

static gboolean
take_word(Parser *self, const char *word)
{
    if (!is_word(self, word))
        return FALSE;
    self->at++;
    return TRUE;
}

static gboolean
take_sign(Parser *self, const char *sign)
{
    if (self->at->kind != UMK_FILTER_TOKEN_SIGN || strcmp(self->at->text, sign) != 0)
        return FALSE;
    self->at++;
    return TRUE;
}

static gboolean
expected(const Parser *self, const char *what, GError **error)
{
    if (self->at->kind == UMK_FILTER_TOKEN_END)
        return _umk_filter_fail(error, self->at->column, _("it ends where %s should be"),
                                what);
    return _umk_filter_fail(error, self->at->column, _("“%s” stands where %s should be"),
                            self->at->text, what);
}

/* ---- values ----------------------------------------------------------------------- */

static UmkFilterValue *
parse_value(Parser *self, GError **error)
{
    g_autoptr(UmkFilterValue) value = g_new0(UmkFilterValue, 1);
    const UmkFilterToken *token = self->at;

    value->column = token->column;
    switch (token->kind) {
    case UMK_FILTER_TOKEN_TEXT:
        value->type = UMK_FILTER_TEXT;
        break;
    case UMK_FILTER_TOKEN_NUMBER:
        value->type = UMK_FILTER_NUMBER;
        _umk_filter_read_number(token->text, &value->number);
        break;
    case UMK_FILTER_TOKEN_DATE:
        value->type = UMK_FILTER_DATE;
        _umk_filter_read_date(token->text, &value->from, &value->to);
        break;
    case UMK_FILTER_TOKEN_WORD:
        _umk_filter_fail(error, token->column,
                         _("text stands in quotes: write \"%s\", not %s"), token->text,
                         token->text);
        return NULL;
    case UMK_FILTER_TOKEN_END:
    case UMK_FILTER_TOKEN_NAME:
    case UMK_FILTER_TOKEN_SIGN:
    default:
        expected(self, _("a text in quotes, a number or a date"), error);
        return NULL;
    }
    value->text = g_strdup(token->text);
    self->at++;
    return g_steal_pointer(&value);
}

static gboolean
add_value(Parser *self, UmkFilterNode *test, GError **error)
{
    UmkFilterValue *value = parse_value(self, error);

    if (value == NULL)
        return FALSE;
    g_ptr_array_add(test->values, value);
    return TRUE;
}

static gboolean
add_text(Parser *self, UmkFilterNode *test, GError **error)
{
    if (self->at->kind == UMK_FILTER_TOKEN_TEXT)
        return add_value(self, test, error);
    return expected(self, _("a text in quotes"), error);
}

static gboolean
add_list(Parser *self, UmkFilterNode *test, GError **error)
{
    if (!take_sign(self, "("))
        return expected(self, _("“(” and a list of values"), error);
    do
        if (!add_value(self, test, error))
            return FALSE;
    while (take_sign(self, ","));
    return take_sign(self, ")") || expected(self, _("“,” or “)”"), error);
}

/* ---- tests ------------------------------------------------------------------------ */

static gboolean
parse_comparison(Parser *self, UmkFilterNode *test, gboolean *negated)
{
    static const struct {
        const char *sign;
        UmkFilterKind kind;
    } signs[] = {
        {"=", UMK_FILTER_EQ},  {"==", UMK_FILTER_EQ}, {"!=", UMK_FILTER_EQ},
        {"<>", UMK_FILTER_EQ}, {"<", UMK_FILTER_LT},  {"<=", UMK_FILTER_LE},
        {">", UMK_FILTER_GT},  {">=", UMK_FILTER_GE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(signs); i++) {
        if (!take_sign(self, signs[i].sign))
            continue;
        test->kind = signs[i].kind;
        *negated = strcmp(signs[i].sign, "!=") == 0 || strcmp(signs[i].sign, "<>") == 0;
        return TRUE;
    }
    return FALSE;
}

/* a between x and y: two tests of one field. */
static UmkFilterNode *
parse_between(Parser *self, const UmkFilterNode *test, GError **error)
{
    g_autoptr(UmkFilterNode) low = test_like(test, UMK_FILTER_GE);
    g_autoptr(UmkFilterNode) high = test_like(test, UMK_FILTER_LE);

    if (!add_value(self, low, error))
        return NULL;
    if (!take_word(self, "and")) {
        expected(self, _("“and”"), error);
        return NULL;
    }
    if (!add_value(self, high, error))
        return NULL;
    self->n_tests++;
    return join(UMK_FILTER_AND, g_steal_pointer(&low), g_steal_pointer(&high));
}

/* What follows the field; *test may be replaced. */
static gboolean
parse_predicate(Parser *self, UmkFilterNode **test, gboolean *negated, GError **error)
{
    if (parse_comparison(self, *test, negated))
        return add_value(self, *test, error);
    if (take_word(self, "is")) {
        *negated = take_word(self, "not");
        (*test)->kind = UMK_FILTER_IS_NULL;
        return take_word(self, "null") || expected(self, _("“null”"), error);
    }
    *negated = take_word(self, "not");
    if (take_word(self, "between")) {
        UmkFilterNode *both = parse_between(self, *test, error);

        if (both == NULL)
            return FALSE;
        _umk_filter_node_free(*test);
        *test = both;
        return TRUE;
    }
    if (take_word(self, "in")) {
        (*test)->kind = UMK_FILTER_IN;
        return add_list(self, *test, error);
    }
    if (take_word(self, "contains")) {
        (*test)->kind = UMK_FILTER_CONTAINS;
        return add_text(self, *test, error);
    }
    if (take_word(self, "like")) {
        (*test)->kind = UMK_FILTER_LIKE;
        return add_text(self, *test, error);
    }
    return expected(self,
                    _("a comparison (=, !=, <, <=, >, >=, in, between, contains, like, "
                      "is null)"),
                    error);
}

/* A modality that is none would silently find nothing. */
static gboolean
check_modality(const UmkFilterNode *test, GError **error)
{
    UmkModality modality;

    if (test->field == NULL || strcmp(test->field, "modality") != 0 ||
        (test->kind != UMK_FILTER_EQ && test->kind != UMK_FILTER_IN))
        return TRUE;
    for (guint i = 0; i < test->values->len; i++) {
        const UmkFilterValue *value = test->values->pdata[i];

        if (!umk_modality_from_name(value->text, &modality))
            return _umk_filter_fail(
                error, value->column,
                _("“%s” is not a modality; they are text, image, audio and graph"),
                value->text);
    }
    return TRUE;
}

static UmkFilterNode *
parse_test(Parser *self, GError **error)
{
    g_autoptr(UmkFilterNode) test = node_new(UMK_FILTER_EQ);
    const UmkFilterToken *token = self->at;
    gboolean negated = FALSE;

    if (token->kind != UMK_FILTER_TOKEN_WORD && token->kind != UMK_FILTER_TOKEN_NAME &&
        token->kind != UMK_FILTER_TOKEN_TEXT) {
        expected(self, _("the name of a field"), error);
        return NULL;
    }
    if (++self->n_tests > UMK_FILTER_MAX_TESTS) {
        _umk_filter_fail(error, token->column, _("it has more than %d comparisons"),
                         UMK_FILTER_MAX_TESTS);
        return NULL;
    }
    test->field = g_strdup(token->text);
    test->column = token->column;
    self->at++;
    if (!parse_predicate(self, &test, &negated, error) || !check_modality(test, error))
        return NULL;
    if (negated)
        return join(UMK_FILTER_NOT, g_steal_pointer(&test), NULL);
    return g_steal_pointer(&test);
}

/* ---- conditions ------------------------------------------------------------------- */

static UmkFilterNode *parse_any(Parser *self, GError **error);

static UmkFilterNode *
parse_one(Parser *self, GError **error)
{
    g_autoptr(UmkFilterNode) inner = NULL;

    if (self->depth > UMK_FILTER_MAX_DEPTH) {
        _umk_filter_fail(error, self->at->column,
                         _("brackets and “not” are nested more than %d deep"),
                         UMK_FILTER_MAX_DEPTH);
        return NULL;
    }
    /* A field may be called "not": then a comparison follows it. */
    if (is_word(self, "not") && self->at[1].kind != UMK_FILTER_TOKEN_END &&
        !(self->at[1].kind == UMK_FILTER_TOKEN_SIGN && self->at[1].text[0] != '(')) {
        self->at++;
        self->depth++;
        inner = parse_one(self, error);
        self->depth--;
        return inner != NULL ? join(UMK_FILTER_NOT, g_steal_pointer(&inner), NULL) : NULL;
    }
    if (!take_sign(self, "("))
        return parse_test(self, error);
    self->depth++;
    inner = parse_any(self, error);
    self->depth--;
    if (inner != NULL && !take_sign(self, ")")) {
        expected(self, _("“and”, “or” or “)”"), error);
        return NULL;
    }
    return g_steal_pointer(&inner);
}

static UmkFilterNode *
parse_all(Parser *self, GError **error)
{
    g_autoptr(UmkFilterNode) all = parse_one(self, error);

    while (all != NULL && take_word(self, "and")) {
        UmkFilterNode *next = parse_one(self, error);

        if (next == NULL)
            return NULL;
        all = join(UMK_FILTER_AND, g_steal_pointer(&all), next);
    }
    return g_steal_pointer(&all);
}

static UmkFilterNode *
parse_any(Parser *self, GError **error)
{
    g_autoptr(UmkFilterNode) any = parse_all(self, error);

    while (any != NULL && take_word(self, "or")) {
        UmkFilterNode *next = parse_all(self, error);

        if (next == NULL)
            return NULL;
        any = join(UMK_FILTER_OR, g_steal_pointer(&any), next);
    }
    return g_steal_pointer(&any);
}

UmkFilterNode *
_umk_filter_parse(const char *data, gsize len, GError **error)
{
    g_autoptr(GArray) tokens = _umk_filter_tokenize(data, len, error);
    g_autoptr(UmkFilterNode) root = NULL;
    Parser parser = {0};

    if (tokens == NULL)
        return NULL;
    parser.at = (const UmkFilterToken *) tokens->data;
    root = parse_any(&parser, error);
    if (root != NULL && parser.at->kind != UMK_FILTER_TOKEN_END) {
        expected(&parser, _("“and”, “or” or the end"), error);
        return NULL;
    }
    return g_steal_pointer(&root);
}
