/* SPDX-License-Identifier: GPL-3.0-or-later */
/* audit: what is written to files, and the command that makes it again. */
#include "umk-cli-audit.h"

#include "umk-report.h"

#include <stdio.h>
#include <string.h>

static gboolean
has_suffix(const char *path, const char *suffix)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);

    return g_str_has_suffix(lower, suffix);
}

gboolean
umk_cli_audit_can_write(const char *path)
{
    return has_suffix(path, ".json") || has_suffix(path, ".html") ||
           has_suffix(path, ".htm") || has_suffix(path, ".pdf");
}

gboolean
umk_cli_audit_print_json(UmkAudit *audit, GError **error)
{
    g_autoptr(JsonNode) node = json_from_string(umk_audit_get_json(audit, NULL), error);
    g_autofree char *line = node != NULL ? json_to_string(node, FALSE) : NULL;

    if (line != NULL)
        puts(line);
    return line != NULL;
}

gboolean
umk_cli_audit_write(UmkAudit *audit,
                    const char *path,
                    const char *language,
                    GError **error)
{
    gsize length;
    const char *json = umk_audit_get_json(audit, &length);
    g_autofree char *own = umk_cli_audit_dup_language(language);

    if (has_suffix(path, ".json"))
        return umk_cli_write_text(path, json, (gssize) length, error);
    return umk_report_write(json, length, path, umk_report_has_language(own) ? own : "en",
                            error);
}

/* How many arguments from here do not change what is found: 0, 1, or 2 with a value. */
static int
count_idle(const char *argument)
{
    static const char *const alone[] = {"--quiet", "-q", "--json", NULL};
    static const char *const valued[] = {"--threads", "--report", "--fail-on", NULL};

    if (g_strv_contains(alone, argument))
        return 1;
    for (gsize i = 0; valued[i] != NULL; i++) {
        gsize length = strlen(valued[i]);

        if (strcmp(argument, valued[i]) == 0)
            return 2;
        if (strncmp(argument, valued[i], length) == 0 && argument[length] == '=')
            return 1;
    }
    return 0;
}

/* A word that no shell changes stays as it is. */
static char *
quote(const char *word)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:=+@%";

    return word[0] != '\0' && strspn(word, plain) == strlen(word) ? g_strdup(word)
                                                                  : g_shell_quote(word);
}

char *
umk_cli_audit_command(int argc, char **argv)
{
    GString *command = g_string_new("umekomi audit");

    for (int i = 1; i < argc;) {
        int n = count_idle(argv[i]);

        if (n == 0) {
            g_autofree char *valid = g_utf8_make_valid(argv[i], -1);
            g_autofree char *word = quote(valid);

            g_string_append_printf(command, " %s", word);
            n = 1;
        }
        i += n;
    }
    return g_string_free(command, FALSE);
}
