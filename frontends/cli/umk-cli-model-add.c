/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model add: makes a folder known by name. */
#include "umk-cli-model.h"

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_model_add = {
    "model add", "FOLDER|FILE [--name NAME] [--copy]",
    N_("Make a model folder known by name, and note the digests of its files"),
    "  umekomi model add ~/models/all-MiniLM-L6-v2\n"
    "  umekomi model add /mnt/stick/ruri-v3-30m --name ruri --copy\n",
    run};

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    char *name = NULL;
    gboolean copy = FALSE;
    const GOptionEntry entries[] = {
        {"name", 0, 0, G_OPTION_ARG_STRING, &name,
         N_("What to call it (default: as it is called)"), "NAME"},
        {"copy", 0, 0, G_OPTION_ARG_NONE, &copy,
         N_("Copy it; without it, it is linked and must stay where it is"), NULL},
        {NULL}};
    UmkCliExit code =
        umk_cli_model_parse(cli, &umk_cli_model_add, entries, 1, 1, &argc, &argv);
    g_autoptr(GError) error = NULL;
    g_autofree char *known = NULL;
    g_autofree char *given = name;

    if (code != UMK_CLI_OK)
        return code;
    umk_cli_progress_start(cli, 0, "");
    known = umk_hub_add(argv[1], name, copy ? UMK_HUB_COPY : UMK_HUB_DEFAULT,
                        cli->cancellable, umk_cli_progress, cli, &error);
    if (known == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    umk_cli_message(cli, _("Added “%s”; use it with --model %s"), known, known);
    return UMK_CLI_OK;
}
