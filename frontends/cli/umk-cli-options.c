/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of a command: the common ones, its own, and those that a table of UmkParamSpec
 * describes, so that a flag's name, range, default and help stand in one place. */
#include "umk-cli.h"

#include <stdio.h>
#include <string.h>

/* GOption hands "--name" to one callback; the bag of parameters is its data. */
static gboolean
set_param(const char *option, const char *value, gpointer data, GError **error)
{
    UmkParams *params = data;
    g_autoptr(GError) local = NULL;
    const char *name = option + strspn(option, "-");
    gboolean ok;

    if (value == NULL && g_str_has_prefix(name, "no-"))
        ok = umk_params_set(params, name + 3, "no", &local);
    else
        ok = umk_params_set(params, name, value ? value : "yes", &local);
    if (!ok)
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            local->message);
    return ok;
}

static char *
describe(const UmkParamSpec *spec)
{
    const char *help = g_dgettext(GETTEXT_PACKAGE, spec->help);

    switch (spec->type) {
    case UMK_PARAM_INT:
    case UMK_PARAM_DOUBLE:
        return g_strdup_printf(_("%s (%g to %g, default %g)"), help, spec->min, spec->max,
                               spec->def);
    case UMK_PARAM_CHOICE: {
        g_autofree char *words = g_strjoinv("|", (char **) spec->choices);

        return g_strdup_printf(_("%s (%s, default %s)"), help, words,
                               spec->choices[(gsize) spec->def]);
    }
    case UMK_PARAM_BOOL:
    case UMK_PARAM_STRING:
    default:
        return g_strdup(help);
    }
}

static const char *
placeholder(UmkParamType type)
{
    return type == UMK_PARAM_CHOICE ? "WORD" : type == UMK_PARAM_STRING ? "TEXT" : "N";
}

void
umk_cli_options_add_params(GOptionContext *context, UmkParams *params)
{
    static const char *const none[] = {NULL};

    umk_cli_options_add_params_except(context, params, none);
}

/* Adds one option for each row of the parameters' table but those that a command has of
 * its own; a switch that is on by default becomes --no-NAME. */
void
umk_cli_options_add_params_except(GOptionContext *context,
                                  UmkParams *params,
                                  const char *const *except)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_params_get_specs(params, &n_specs);
    GOptionGroup *group = g_option_group_new("method", _("Method options:"),
                                             _("Show method options"), params, NULL);

    for (gsize i = 0; i < n_specs; i++) {
        GOptionEntry entry[2] = {0};
        gboolean on = specs[i].type == UMK_PARAM_BOOL && specs[i].def != 0;

        if (g_strv_contains(except, specs[i].name))
            continue;
        /* These strings live as long as the program: GOption does not copy them. */
        entry[0].long_name = g_intern_string(specs[i].name);
        if (on) {
            g_autofree char *no = g_strconcat("no-", specs[i].name, NULL);

            entry[0].long_name = g_intern_string(no);
        }
        entry[0].arg = G_OPTION_ARG_CALLBACK;
        entry[0].flags = specs[i].type == UMK_PARAM_BOOL ? G_OPTION_FLAG_NO_ARG : 0;
        entry[0].arg_data = (gpointer) (void (*)(void)) set_param;
        if (on) {
            g_autofree char *text =
                g_strdup_printf(_("Switch off: %s"), _(specs[i].help));

            entry[0].description = g_intern_string(text);
        } else {
            g_autofree char *text = describe(&specs[i]);

            entry[0].description = g_intern_string(text);
        }
        entry[0].arg_description =
            specs[i].type == UMK_PARAM_BOOL ? NULL : placeholder(specs[i].type);
        g_option_group_add_entries(group, entry);
    }
    g_option_context_set_main_group(context, group);
}

GOptionContext *
umk_cli_options_new(UmkCli *cli,
                    const UmkCliCommand *command,
                    const GOptionEntry *entries)
{
    const GOptionEntry common[] = {
        {"threads", 0, 0, G_OPTION_ARG_INT, &cli->threads,
         N_("Number of threads (default: one a core); results do not depend on it"), "N"},
        {"seed", 0, 0, G_OPTION_ARG_INT64, &cli->seed,
         N_("Seed of everything random (default 42)"), "N"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &cli->quiet, N_("No progress, no remarks"),
         NULL},
        {"json", 0, 0, G_OPTION_ARG_NONE, &cli->json, N_("One JSON object a line"), NULL},
        {NULL}};
    GOptionContext *context = g_option_context_new(command->usage);
    GOptionGroup *group = g_option_group_new("common", _("Common options:"),
                                             _("Show common options"), NULL, NULL);
    g_autofree char *examples = g_strdup_printf(
        "%s\n%s", _("Examples:"), command->examples ? command->examples : "");

    g_option_context_set_summary(context, _(command->summary));
    g_option_context_set_description(context, examples);
    g_option_context_set_translation_domain(context, GETTEXT_PACKAGE);
    if (entries != NULL)
        g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
    g_option_group_add_entries(group, common);
    g_option_group_set_translation_domain(group, GETTEXT_PACKAGE);
    g_option_context_add_group(context, group);
    return context;
}

/* Takes the context. UMK_CLI_OK to go on. */
UmkCliExit
umk_cli_options_parse(UmkCli *cli, GOptionContext *context, int *argc, char ***argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *program = g_strdup_printf("umekomi %s", (*argv)[0]);
    gboolean ok;

    g_set_prgname(program);
    ok = g_option_context_parse(context, argc, argv, &error);
    g_option_context_free(context);
    g_set_prgname("umekomi");
    if (!ok) {
        fprintf(stderr, "umekomi: %s\n", error->message);
        return UMK_CLI_USAGE;
    }
    if (cli->threads < 0) {
        fprintf(stderr, "umekomi: %s\n", _("--threads takes a number from 1"));
        return UMK_CLI_USAGE;
    }
    if (cli->threads > 0)
        umk_set_n_threads((guint) cli->threads);
    /* A "--" that ended the options is no argument. */
    if (*argc > 1 && g_str_equal((*argv)[1], "--")) {
        memmove(*argv + 1, *argv + 2, (gsize) (*argc - 1) * sizeof **argv);
        (*argc)--;
    }
    return UMK_CLI_OK;
}

UmkCliExit
umk_cli_usage(const UmkCliCommand *command, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    fprintf(stderr, "umekomi: %s\n", message);
    fprintf(stderr, _("Usage: umekomi %s %s\n"), command->name, command->usage);
    return UMK_CLI_USAGE;
}

gboolean
umk_cli_parse_size(const char *text, guint64 *size)
{
    static const char units[] = "KMGT";
    char *end;
    guint64 n = g_ascii_strtoull(text, &end, 10);
    const char *unit = *end != '\0' ? strchr(units, g_ascii_toupper(*end)) : NULL;

    if (!g_ascii_isdigit(text[0]) || n > (guint64) 1 << 50)
        return FALSE;
    if (unit != NULL) {
        n <<= 10 * (unit - units + 1);
        end++;
        if (*end == 'i')
            end++;
    }
    if (*end == 'B')
        end++;
    *size = n;
    return *end == '\0' && n > 0 && n < (guint64) 1 << 60;
}
