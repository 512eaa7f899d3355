/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A condition on one figure of an audit, as a build that must stop on bias states it:
 * "weat-6.effect-size > 0.5", "ja-name-career.holm < 0.01", "weat-6.verdict = clear". */
#include "facade/umk-audit-private.h"

#include "core/umk-nearest-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

typedef struct {
    char *test, *figure, *operator, * value;
} Condition;

static void
condition_clear(Condition *condition)
{
    g_free(condition->test);
    g_free(condition->figure);
    g_free(condition->operator);
    g_free(condition->value);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Condition, condition_clear)

static gboolean
parse(const char *text, Condition *condition, GError **error)
{
    static const char *const operators[] = {">=", "<=", "!=", ">", "<", "="};
    gsize at = strcspn(text, "<>=!");
    g_autofree char *left = g_strstrip(g_strndup(text, at));
    char *dot = strrchr(left, '.');

    for (gsize i = 0; dot != NULL && i < G_N_ELEMENTS(operators); i++) {
        if (!g_str_has_prefix(text + at, operators[i]))
            continue;
        condition->test = g_strndup(left, (gsize) (dot - left));
        condition->figure = g_strdup(dot + 1);
        condition->operator= g_strdup(operators[i]);
        condition->value = g_strstrip(g_strdup(text + at + strlen(operators[i])));
        if (condition->test[0] != '\0' && condition->figure[0] != '\0' &&
            condition->value[0] != '\0')
            return TRUE;
        break;
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("“%s” is no condition; it should be as “weat-6.effect-size > 0.5”"),
                text);
    return FALSE;
}

static const char *
id_of(JsonObject *object)
{
    return json_object_get_string_member_with_default(object, "id", "");
}

static JsonObject *
find_by_id(JsonArray *array, const char *id, GPtrArray *known)
{
    for (guint i = 0; array != NULL && i < json_array_get_length(array); i++) {
        JsonNode *node = json_array_get_element(array, i);

        if (!JSON_NODE_HOLDS_OBJECT(node))
            continue;
        if (strcmp(id_of(json_node_get_object(node)), id) == 0)
            return json_node_get_object(node);
        g_ptr_array_add(known, (gpointer) id_of(json_node_get_object(node)));
    }
    return NULL;
}

static JsonArray *
array_of(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static JsonObject *
object_of(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                        : NULL;
}

static void
not_found(GError **error, const char *what, const char *id, GPtrArray *known)
{
    const char *nearest =
        _umk_nearest_word(id, (const char *const *) known->pdata, known->len);
    g_autofree char *all = NULL;

    g_ptr_array_add(known, NULL);
    all = g_strjoinv(", ", (char **) known->pdata);
    if (nearest != NULL)
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("The audit has no %s “%s”; did you mean “%s”?"), what, id, nearest);
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    _("The audit has no %s “%s”; there are: %s"), what, id, all);
}

static gboolean
compare(double found, const char *operator, double value)
{
    gboolean less = found<value, more = found> value;

    switch (operator[0]) {
    case '<':
        return operator[1] == '=' ? !more : less;
    case '>':
        return operator[1] == '=' ? !less : more;
    case '!':
        return less || more;
    default:
        return !less && !more;
    }
}

/* FALSE with an error when there is no such figure; NaN when it is undefined. */
static gboolean
find_number(JsonObject *test, const char *name, double *number, GError **error)
{
    JsonObject *adjusted = object_of(test, "adjusted");
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    JsonObject *figure;

    *number = (double) NAN;
    if (adjusted != NULL && json_object_has_member(adjusted, name)) {
        *number = _umk_audit_number(adjusted, name);
        return TRUE;
    }
    if (object_of(test, "result") == NULL) /* undefined, and with it all figures */
        return TRUE;
    figure = find_by_id(array_of(object_of(test, "result"), "figures"), name, known);
    if (figure == NULL) {
        g_ptr_array_add(known, (gpointer) "p");
        g_ptr_array_add(known, (gpointer) "holm");
        g_ptr_array_add(known, (gpointer) "bh");
        g_ptr_array_add(known, (gpointer) "verdict");
        not_found(error, _("figure"), name, known);
        return FALSE;
    }
    *number = _umk_audit_number(figure, "value");
    return TRUE;
}

static gboolean
judge_verdict(JsonObject *test,
              const Condition *condition,
              gboolean *holds,
              char **found,
              GError **error)
{
    static const char *const codes[] = {"clear", "fragile", "none-seen", "undefined",
                                        NULL};
    JsonObject *verdict = object_of(test, "verdict");
    const char *code =
        verdict != NULL
            ? json_object_get_string_member_with_default(verdict, "code", "undefined")
            : "undefined";

    if (!g_strv_contains(codes, condition->value) ||
        strchr("<>", condition->operator[0]) != NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                    _("A verdict is = or != clear, fragile, none-seen or undefined, not "
                      "“%s %s”"),
                    condition->operator, condition->value);
        return FALSE;
    }
    *holds = (strcmp(code, condition->value) == 0) == (condition->operator[0] == '=');
    if (found != NULL)
        *found = g_strdup(code);
    return TRUE;
}

/**
 * umk_audit_judge:
 * @self: an audit
 * @condition: TEST.FIGURE, an operator (>, >=, <, <=, =, !=) and a number; the figure is
 *   one of the test's, or “p”, “holm”, “bh”, or “verdict” with a verdict's code
 * @holds: (out): whether it holds
 * @found: (out) (optional) (transfer full): the value that was found
 * @error: return location for an error
 *
 * Fails with %UMK_ERROR_NOT_FOUND where there is no such test or figure, and with
 * %UMK_ERROR_FAILED where the figure is undefined: what was not measured neither holds
 * nor fails to hold.
 *
 * Returns: whether the condition could be judged
 */
gboolean
umk_audit_judge(
    UmkAudit *self, const char *condition, gboolean *holds, char **found, GError **error)
{
    g_auto(Condition) parsed = {0};
    g_autoptr(GPtrArray) known = g_ptr_array_new();
    char digits[G_ASCII_DTOSTR_BUF_SIZE], *end;
    JsonObject *test;
    double value, number;

    g_return_val_if_fail(self != NULL && condition != NULL && holds != NULL, FALSE);
    if (!parse(condition, &parsed, error))
        return FALSE;
    test = find_by_id(array_of(_umk_audit_get_root(self), "tests"), parsed.test, known);
    if (test == NULL) {
        not_found(error, _("test"), parsed.test, known);
        return FALSE;
    }
    if (strcmp(parsed.figure, "verdict") == 0)
        return judge_verdict(test, &parsed, holds, found, error);
    value = g_ascii_strtod(parsed.value, &end);
    if (*end != '\0' || isnan(value)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM, _("“%s”: “%s” is not a number"),
                    condition, parsed.value);
        return FALSE;
    }
    if (!find_number(test, parsed.figure, &number, error))
        return FALSE;
    if (isnan(number)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_FAILED, _("%s.%s is undefined"),
                    parsed.test, parsed.figure);
        return FALSE;
    }
    *holds = compare(number, parsed.operator, value);
    if (found != NULL)
        *found = g_strdup(g_ascii_formatd(digits, sizeof digits, "%.6g", number));
    return TRUE;
}
