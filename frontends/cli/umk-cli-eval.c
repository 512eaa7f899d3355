/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval: how good a result is. Finds the kind of result and leaves the rest to it. */
#include "umk-cli-eval.h"

#include <stdio.h>
#include <string.h>

#define KINDS(X) X(projection) X(clustering) X(similarity) X(analogy) X(starter)

#define DECLARE(name) extern const UmkCliCommand umk_cli_eval_##name;
KINDS(DECLARE)

#define ENTRY(name) &umk_cli_eval_##name,
static const UmkCliCommand *const kinds[] = {KINDS(ENTRY) NULL};

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_eval = {
    "eval", "KIND SOURCE …", N_("Measure how good a result is"),
    "  umekomi eval projection photos.npy map.npy\n"
    "  umekomi eval projection photos.npy map.npy --labels kinds.txt --json\n",
    run};

UmkCliExit
umk_cli_eval_parse(UmkCli *cli,
                   const UmkCliCommand *command,
                   const GOptionEntry *entries,
                   int n,
                   int *argc,
                   char ***argv)
{
    GOptionContext *options = umk_cli_options_new(cli, command, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, argc, argv);

    if (code != UMK_CLI_OK)
        return code;
    if (*argc - 1 < n)
        return umk_cli_usage(command, _("an argument is missing"));
    if (*argc - 1 > n)
        return umk_cli_usage(command, _("“%s” is one argument too many"), (*argv)[n + 1]);
    return UMK_CLI_OK;
}

static void
print_help(void)
{
    printf("%s\n\n%s\n\n%s\n", _("Usage: umekomi eval KIND [OPTION…] [ARGUMENT…]"),
           _(umk_cli_command_eval.summary), _("Kinds:"));
    for (gsize i = 0; kinds[i] != NULL; i++)
        printf("  %-10s  %s\n", kinds[i]->name + strlen("eval "), _(kinds[i]->summary));
    printf("\n%s\n%s\n%s\n", _("Examples:"), umk_cli_command_eval.examples,
           _("“umekomi eval KIND --help” tells more."));
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    if (argc >= 2 && (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") ||
                      g_str_equal(argv[1], "--help-all"))) {
        print_help();
        return UMK_CLI_OK;
    }
    for (gsize i = 0; argc >= 2 && kinds[i] != NULL; i++) {
        if (g_str_equal(kinds[i]->name + strlen("eval "), argv[1])) {
            argv[1] = (char *) g_intern_string(kinds[i]->name);
            return kinds[i]->run(cli, argc - 1, argv + 1);
        }
    }
    if (argc < 2)
        return umk_cli_usage(&umk_cli_command_eval, _("say what to measure"));
    return umk_cli_usage(&umk_cli_command_eval,
                         _("“%s” is no kind of result that can be measured"), argv[1]);
}
