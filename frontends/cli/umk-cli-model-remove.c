/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model remove: takes a model out of the user's store. */
#include "umk-cli-model.h"

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_model_remove = {
    "model remove", "NAME",
    N_("Remove an added model; of a linked one only the link is removed"),
    "  umekomi model remove all-MiniLM-L6-v2\n"
    "  umekomi model remove ruri\n",
    run};

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    UmkCliExit code =
        umk_cli_model_parse(cli, &umk_cli_model_remove, NULL, 1, 1, &argc, &argv);
    g_autoptr(GError) error = NULL;

    if (code != UMK_CLI_OK)
        return code;
    if (!umk_hub_remove(argv[1], &error))
        return umk_cli_fail(cli, error);
    umk_cli_message(cli, _("Removed “%s”"), argv[1]);
    return UMK_CLI_OK;
}
