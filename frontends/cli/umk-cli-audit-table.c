/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit: what was found as a table for people: one line a test, then what the verdicts
 * mean, what changed, what was missing and what the audit does not show. */
#include "umk-cli-audit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static JsonObject *
as_object(JsonNode *node)
{
    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node)
                                                        : NULL;
}

static JsonObject *
object_of(JsonObject *object, const char *member)
{
    return as_object(object != NULL ? json_object_get_member(object, member) : NULL);
}

static JsonArray *
array_of(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static guint
length_of(JsonArray *array)
{
    return array != NULL ? json_array_get_length(array) : 0;
}

static double
number_of(JsonObject *object, const char *member)
{
    JsonNode *node = object != NULL ? json_object_get_member(object, member) : NULL;
    GType type = node != NULL && JSON_NODE_HOLDS_VALUE(node)
                     ? json_node_get_value_type(node)
                     : G_TYPE_INVALID;

    return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double(node)
                                                         : (double) NAN;
}

static const char *
text_of(JsonObject *object, const char *member)
{
    return object != NULL
               ? json_object_get_string_member_with_default(object, member, NULL)
               : NULL;
}

/* ---- figures of one test ---------------------------------------------------------- */

static JsonObject *
find_headline(JsonObject *test)
{
    JsonArray *figures = array_of(object_of(test, "result"), "figures");
    JsonObject *first = NULL;

    for (guint i = 0; i < length_of(figures); i++) {
        JsonObject *figure = as_object(json_array_get_element(figures, i));

        if (first == NULL)
            first = figure;
        if (figure != NULL &&
            json_object_get_boolean_member_with_default(figure, "headline", FALSE))
            return figure;
    }
    return first;
}

/* Over most groups; the first method of them. */
static JsonObject *
find_interval(JsonObject *figure)
{
    JsonArray *intervals = array_of(figure, "intervals");
    JsonObject *best = NULL;
    gsize length = 0;

    for (guint i = 0; i < length_of(intervals); i++) {
        JsonObject *interval = as_object(json_array_get_element(intervals, i));
        const char *over = text_of(interval, "over");

        if (over != NULL && strlen(over) > length && !isnan(number_of(interval, "low"))) {
            best = interval;
            length = strlen(over);
        }
    }
    return best;
}

static char *
format_number(double value)
{
    return isnan(value) ? g_strdup("–") : g_strdup_printf("%.4f", value);
}

static char *
format_interval(JsonObject *figure)
{
    JsonObject *interval = find_interval(figure);

    return interval != NULL ? g_strdup_printf("[%.3f, %.3f]", number_of(interval, "low"),
                                              number_of(interval, "high"))
                            : g_strdup("–");
}

/* Small ones keep their size, others four digits. */
static char *
format_p(double p)
{
    return isnan(p)    ? g_strdup("–")
           : p < 0.001 ? g_strdup_printf("%.2e", p)
                       : g_strdup_printf("%.4f", p);
}

static JsonObject *
find_set(JsonObject *root, const char *id)
{
    JsonArray *sets = array_of(root, "sets");

    for (guint i = 0; id != NULL && i < length_of(sets); i++) {
        JsonObject *set = as_object(json_array_get_element(sets, i));

        if (g_strcmp0(text_of(set, "id"), id) == 0)
            return set;
    }
    return NULL;
}

/* Items found of items asked for, over the sets of a test. */
static char *
format_coverage(JsonObject *root, JsonObject *test)
{
    JsonObject *roles = object_of(test, "roles");
    g_autoptr(GList) names = roles != NULL ? json_object_get_members(roles) : NULL;
    guint asked = 0, missing = 0;

    for (GList *l = names; l != NULL; l = l->next) {
        JsonObject *set = find_set(root, text_of(roles, l->data));

        asked += length_of(array_of(set, "items"));
        missing += length_of(array_of(set, "missing"));
    }
    if (asked == 0) /* the measure looks at rows, not at sets */
        return g_strdup("–");
    return g_strdup_printf("%u/%u", asked - MIN(asked, missing), asked);
}

static const char *
short_verdict(const char *code)
{
    static const struct {
        const char *code, *words;
    } words[] = {{"clear", N_("clear")},
                 {"fragile", N_("fragile")},
                 {"none-seen", N_("none seen")},
                 {"undefined", N_("undefined")}};

    for (gsize i = 0; code != NULL && i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i].code, code) == 0)
            return _(words[i].words);
    return code != NULL ? code : "–";
}

static char *
format_verdict(JsonObject *test)
{
    JsonObject *verdict = object_of(test, "verdict");
    JsonArray *reasons = array_of(verdict, "reasons");
    GString *out = g_string_new(short_verdict(text_of(verdict, "code")));

    for (guint i = 0; i < length_of(reasons); i++)
        g_string_append_printf(
            out, "%s%s", i == 0 ? ": " : "; ",
            umk_audit_describe(json_array_get_string_element(reasons, i)));
    return g_string_free(out, FALSE);
}

/* ---- tables ----------------------------------------------------------------------- */

/* Rows of cells, columns as wide as their widest cell; the last is not padded. */
typedef struct {
    GPtrArray *rows; /* of GStrv */
    guint n_left;    /* columns that are aligned to the left */
} Table;

static Table
table_new(guint n_left)
{
    return (Table){.rows = g_ptr_array_new_with_free_func((GDestroyNotify) g_strfreev),
                   .n_left = n_left};
}

/* Takes the cells. */
static void
table_add(Table *table, char **cells)
{
    for (gsize i = 0; cells[i] != NULL; i++) {
        char *clean = umk_cli_escape(cells[i]);

        g_free(cells[i]);
        cells[i] = clean;
    }
    g_ptr_array_add(table->rows, cells);
}

static int
width_of(const char *text)
{
    int width = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

static void
table_print(Table *table)
{
    guint n = table->rows->len > 0 ? g_strv_length(table->rows->pdata[0]) : 0;
    g_autofree int *widths = g_new0(int, n + 1);

    for (guint i = 0; i < table->rows->len; i++)
        for (guint j = 0; j < n; j++)
            widths[j] = MAX(widths[j], width_of(((char **) table->rows->pdata[i])[j]));
    for (guint i = 0; i < table->rows->len; i++) {
        char **cells = table->rows->pdata[i];

        for (guint j = 0; j < n; j++) {
            int pad = widths[j] - width_of(cells[j]);
            gboolean last = j + 1 == n, left = j < table->n_left || last;

            printf("%*s%s%*s%s", left ? 0 : pad, "", cells[j], left && !last ? pad : 0,
                   "", last ? "\n" : "  ");
        }
    }
    g_ptr_array_unref(table->rows);
}

static char **
make_cells(const char *first, ...)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    va_list args;

    va_start(args, first);
    for (const char *cell = first; cell != NULL; cell = va_arg(args, const char *))
        g_strv_builder_add(builder, cell);
    va_end(args);
    return g_strv_builder_end(builder);
}

/* A figure that no p goes with, because its measure has no test against chance. */
static gboolean
is_untested(JsonObject *test)
{
    return !isnan(number_of(find_headline(test), "value")) &&
           isnan(number_of(object_of(test, "adjusted"), "p"));
}

static void
add_test(Table *table, JsonObject *root, JsonObject *test, const char *correction)
{
    JsonObject *figure = find_headline(test), *adjusted = object_of(test, "adjusted");
    g_autofree char *value = format_number(number_of(figure, "value"));
    g_autofree char *interval = format_interval(figure);
    g_autofree char *p =
        is_untested(test) ? g_strdup(_("no test")) : format_p(number_of(adjusted, "p"));
    g_autofree char *corrected = format_p(number_of(adjusted, correction));
    g_autofree char *coverage = format_coverage(root, test);
    g_autofree char *verdict = format_verdict(test);

    table_add(table,
              make_cells(text_of(test, "id") != NULL ? text_of(test, "id") : "",
                         text_of(figure, "id") != NULL ? text_of(figure, "id") : "–",
                         value, interval, p, corrected, coverage, verdict, NULL));
}

static const char *
correction_of(JsonObject *root)
{
    const char *name = text_of(object_of(root, "options"), "correction");

    return g_strcmp0(name, "bh") == 0     ? "bh"
           : g_strcmp0(name, "none") == 0 ? "p"
                                          : "holm";
}

static void
print_tests(JsonObject *root, JsonArray *tests)
{
    const char *correction = correction_of(root);
    const char *heading = strcmp(correction, "holm") == 0 ? _("p (Holm)")
                          : strcmp(correction, "bh") == 0 ? _("p (BH)")
                                                          : _("p (uncorrected)");
    Table table = table_new(2);

    table_add(&table, make_cells(_("test"), _("figure"), _("value"), _("interval"), "p",
                                 heading, _("items"), _("verdict"), NULL));
    for (guint i = 0; i < length_of(tests); i++) {
        JsonObject *test = as_object(json_array_get_element(tests, i));

        if (test != NULL)
            add_test(&table, root, test, correction);
    }
    table_print(&table);
}

/* ---- what surrounds it ------------------------------------------------------------ */

static void
print_sentence(const char *code)
{
    /* Translators: a sentence and the mark that ends it. */
    printf(_("%s."), umk_audit_describe(code));
    putchar('\n');
}

/* The sentences of the verdicts that were given, each once. */
static void
print_meanings(JsonArray *tests)
{
    static const char *const codes[] = {"clear", "fragile", "none-seen", "undefined"};

    for (gsize i = 0; i < G_N_ELEMENTS(codes); i++)
        for (guint j = 0; j < length_of(tests); j++) {
            JsonObject *test = as_object(json_array_get_element(tests, j));

            if (g_strcmp0(text_of(object_of(test, "verdict"), "code"), codes[i]) != 0)
                continue;
            print_sentence(codes[i]);
            break;
        }
}

static void
print_names(JsonObject *set, const char *member, const char *what, const char *language)
{
    JsonArray *names = array_of(set, member);
    g_autoptr(GString) all = g_string_new(NULL);
    g_autofree char *clean = NULL, *title = NULL;

    if (length_of(names) == 0)
        return;
    for (guint i = 0; i < length_of(names); i++)
        g_string_append_printf(all, "%s%s", i > 0 ? ", " : "",
                               json_array_get_string_element(names, i));
    clean = umk_cli_escape(all->str);
    title = umk_cli_escape(umk_cli_audit_title(set, language));
    printf("  %s: %s: %s\n", title, what, clean);
}

static void
print_coverage(JsonObject *root, JsonArray *tests, const char *language)
{
    JsonArray *sets = array_of(root, "sets");

    for (guint i = 0; i < length_of(sets); i++) {
        JsonObject *set = as_object(json_array_get_element(sets, i));

        if (set == NULL)
            continue;
        print_names(set, "missing", _("missing"), language);
        print_names(set, "duplicates", _("more than once"), language);
    }
    for (guint i = 0; i < length_of(tests); i++) {
        JsonObject *test = as_object(json_array_get_element(tests, i));

        if (test == NULL)
            continue;
        print_names(test, "overlap", _("in opposed sets, left out of both"), language);
        print_names(test, "shared", _("in two sets, kept"), language);
        print_names(test, "unpaired", _("without its partner, left out"), language);
    }
}

static void
print_limits(JsonObject *root)
{
    JsonArray *limits = array_of(root, "limits");

    for (guint i = 0; i < length_of(limits); i++)
        print_sentence(json_array_get_string_element(limits, i));
}

static void
print_changes(JsonObject *root)
{
    JsonObject *against = object_of(root, "against");
    JsonArray *tests = array_of(against, "tests");
    Table table = table_new(1);

    if (against == NULL) {
        g_ptr_array_unref(table.rows);
        return;
    }
    printf("\n%s\n", _("Against the earlier audit:"));
    table_add(&table, make_cells(_("test"), _("before"), _("after"), _("difference"),
                                 _("interval"), _("p (Holm)"), _("change"), NULL));
    for (guint i = 0; i < length_of(tests); i++) {
        JsonObject *test = as_object(json_array_get_element(tests, i));
        g_autofree char *before = format_number(number_of(test, "before"));
        g_autofree char *after = format_number(number_of(test, "after"));
        g_autofree char *difference = format_number(number_of(test, "difference"));
        g_autofree char *p = format_p(number_of(test, "holm")), *interval = NULL;
        g_autoptr(GString) change = g_string_new(
            umk_audit_describe(text_of(test, "changed") ? text_of(test, "changed") : ""));
        JsonArray *bounds = array_of(test, "interval");
        JsonArray *reasons = array_of(test, "reasons");

        interval = length_of(bounds) == 2
                       ? g_strdup_printf("[%.3f, %.3f]",
                                         json_array_get_double_element(bounds, 0),
                                         json_array_get_double_element(bounds, 1))
                       : g_strdup("–");
        for (guint j = 0; j < length_of(reasons); j++)
            g_string_append_printf(
                change, "%s%s", j == 0 ? ": " : "; ",
                umk_audit_describe(json_array_get_string_element(reasons, j)));
        table_add(&table,
                  make_cells(text_of(test, "id") ? text_of(test, "id") : "", before,
                             after, difference, interval, p, change->str, NULL));
    }
    table_print(&table);
}

static void
print_costs(JsonObject *debias, const char *member)
{
    JsonArray *costs = array_of(debias, member);

    for (guint i = 0; i < length_of(costs); i++) {
        JsonObject *cost = as_object(json_array_get_element(costs, i));
        g_autofree char *before = format_number(number_of(cost, "before"));
        g_autofree char *after = format_number(number_of(cost, "after"));

        printf("  %s: %s → %s\n",
               text_of(cost, "id") != NULL ? umk_audit_describe(text_of(cost, "id")) : "",
               before, after);
    }
}

static void
print_debias(JsonObject *root)
{
    JsonObject *debias = object_of(root, "debias");
    const char *method = text_of(debias, "method");

    if (debias == NULL)
        return;
    printf("\n");
    printf(_("After taking bias out by %s:\n"), method != NULL ? method : "?");
    print_tests(root, array_of(debias, "tests"));
    print_costs(debias, "costs");
    print_costs(debias, "remains");
}

void
umk_cli_audit_print(UmkAudit *audit, const char *language)
{
    g_autoptr(JsonNode) node = json_from_string(umk_audit_get_json(audit, NULL), NULL);
    JsonObject *root = as_object(node);
    JsonArray *tests = array_of(root, "tests");

    print_tests(root, tests);
    print_debias(root);
    print_changes(root);
    printf("\n");
    print_meanings(tests);
    print_coverage(root, tests, language);
    print_limits(root);
}
