/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model pull: the one command that uses the network. */
#include "umk-cli-model.h"

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_model_pull = {
    "model pull", "(ORG/NAME[@REVISION] | URL) [--name NAME]",
    N_("Download a model, check its digests, and make it known by name"),
    "  umekomi model pull sentence-transformers/all-MiniLM-L6-v2\n"
    "  umekomi model pull https://models.example.org/ruri-v3-30m --name ruri\n",
    run};

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    char *name = NULL;
    gboolean allow_http = FALSE;
    const GOptionEntry entries[] = {
        {"name", 0, 0, G_OPTION_ARG_STRING, &name,
         N_("What to call it (default: the last part of where it is)"), "NAME"},
        {"allow-http", 0, 0, G_OPTION_ARG_NONE, &allow_http,
         N_("Allow plain http from other machines, which anyone on the way can change"),
         NULL},
        {NULL}};
    UmkCliExit code =
        umk_cli_model_parse(cli, &umk_cli_model_pull, entries, 1, 1, &argc, &argv);
    g_autoptr(GError) error = NULL;
    g_autofree char *known = NULL;
    g_autofree char *given = name;

    if (code != UMK_CLI_OK)
        return code;
    umk_cli_progress_start(cli, 0, "");
    known = umk_hub_pull(argv[1], name, allow_http ? UMK_HUB_ALLOW_HTTP : UMK_HUB_DEFAULT,
                         cli->cancellable, umk_cli_progress, cli, &error);
    if (known == NULL) {
        code = umk_cli_fail(cli, error);
        if (code == UMK_CLI_CANCELLED)
            umk_cli_message(cli, _("Say the same again to go on where it stopped"));
        return code;
    }
    umk_cli_progress_end(cli);
    umk_cli_message(cli, _("Added “%s”; use it with --model %s"), known, known);
    return UMK_CLI_OK;
}
