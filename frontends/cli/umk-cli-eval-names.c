/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of a test as rows of a source: exactly, else without regard to case. What is
 * missing is remembered, for it is told. */
#include "umk-cli-eval.h"

#include "umk-config.h"

#include <stdlib.h>

static void
remember(GHashTable *table, char *name, gsize row)
{
    if (g_hash_table_contains(table, name))
        g_free(name); /* the first of equal names */
    else
        g_hash_table_insert(table, name, GSIZE_TO_POINTER(row + 1));
}

void
umk_cli_names_init(UmkCliNames *self, char **names)
{
    self->exact = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->folded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (gsize i = 0; names[i] != NULL; i++) {
        remember(self->exact, g_strdup(names[i]), i);
        remember(self->folded, g_utf8_casefold(names[i], -1), i);
    }
}

void
umk_cli_names_clear(UmkCliNames *self)
{
    g_clear_pointer(&self->exact, g_hash_table_unref);
    g_clear_pointer(&self->folded, g_hash_table_unref);
    g_clear_pointer(&self->missing, g_hash_table_unref);
}

gint64
umk_cli_names_find(UmkCliNames *self, const char *name)
{
    gsize found = GPOINTER_TO_SIZE(g_hash_table_lookup(self->exact, name));

    if (found == 0) {
        g_autofree char *folded = g_utf8_casefold(name, -1);

        found = GPOINTER_TO_SIZE(g_hash_table_lookup(self->folded, folded));
    }
    if (found == 0)
        g_hash_table_add(self->missing, g_strdup(name));
    return (gint64) found - 1;
}

static int
compare(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

/* Sorted; free the array only. */
static char **
list_missing(UmkCliNames *self, guint *n)
{
    char **names = (char **) g_hash_table_get_keys_as_array(self->missing, n);

    qsort(names, *n, sizeof *names, compare);
    return names;
}

void
umk_cli_names_tell_missing(UmkCli *cli, UmkCliNames *self)
{
    g_autoptr(GString) text = g_string_new(NULL);
    guint n;
    g_autofree char **names = list_missing(self, &n);

    if (n == 0)
        return;
    for (guint i = 0; i < n && i < UMK_CLI_MISSING_SHOWN; i++) {
        g_autofree char *shown = umk_cli_escape(names[i]);

        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", shown);
    }
    if (n > UMK_CLI_MISSING_SHOWN)
        g_string_append(text, ", …");
    umk_cli_message(cli,
                    g_dngettext(GETTEXT_PACKAGE, "%u name has no vector: %s",
                                "%u names have no vector: %s", n),
                    n, text->str);
}

void
umk_cli_names_add_missing(UmkCliNames *self, JsonBuilder *builder)
{
    guint n;
    g_autofree char **names = list_missing(self, &n);

    json_builder_set_member_name(builder, "missing");
    json_builder_begin_array(builder);
    for (guint i = 0; i < n; i++)
        json_builder_add_string_value(builder, names[i]);
    json_builder_end_array(builder);
}

void
umk_cli_eval_add_figure(JsonBuilder *builder, const char *name, double value)
{
    json_builder_set_member_name(builder, name);
    if (value == value)
        json_builder_add_double_value(builder, value);
    else
        json_builder_add_null_value(builder);
}
