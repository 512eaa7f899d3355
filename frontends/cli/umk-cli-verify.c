/* SPDX-License-Identifier: GPL-3.0-or-later */
/* verify and compact: the health of a collection. */
#include "umk-cli.h"

#include <stdio.h>

static UmkCliExit run_verify(UmkCli *cli, int argc, char **argv);
static UmkCliExit run_compact(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_verify = {"verify", "COLLECTION",
                                              N_("Check every checksum of a collection"),
                                              "  umekomi verify photos.ume\n"
                                              "  umekomi verify photos.ume --json\n",
                                              run_verify};

const UmkCliCommand umk_cli_command_compact = {
    "compact", "COLLECTION", N_("Give back the space of removed and replaced items"),
    "  umekomi compact photos.ume\n"
    "  umekomi compact photos.ume --quiet\n",
    run_compact};

static UmkCollection *
open_one(UmkCli *cli,
         const UmkCliCommand *command,
         UmkOpenMode mode,
         int argc,
         char **argv,
         UmkCliExit *code)
{
    g_autoptr(GError) error = NULL;
    GOptionContext *options = umk_cli_options_new(cli, command, NULL);
    UmkCollection *collection;

    *code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (*code != UMK_CLI_OK)
        return NULL;
    if (argc != 2) {
        *code = umk_cli_usage(command, _("give one collection"));
        return NULL;
    }
    collection = umk_collection_open(argv[1], mode, &error);
    if (collection == NULL)
        *code = umk_cli_fail(cli, error);
    return collection;
}

static UmkCliExit
run_verify(UmkCli *cli, int argc, char **argv)
{
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) problems = NULL;
    UmkCliExit code;

    collection = open_one(cli, &umk_cli_command_verify, UMK_OPEN_READ, argc, argv, &code);
    if (collection == NULL)
        return code;
    umk_cli_progress_start(cli, (double) umk_collection_get_n_items(collection),
                           _("items"));
    problems = umk_collection_verify(collection, cli->cancellable, umk_cli_progress, cli,
                                     &error);
    if (problems == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    for (gsize i = 0; problems[i] != NULL; i++) {
        g_autofree char *shown = umk_cli_escape(problems[i]);

        puts(shown);
    }
    if (problems[0] == NULL) {
        umk_cli_message(cli, _("%zu items, all sound"),
                        umk_collection_get_n_items(collection));
        return UMK_CLI_OK;
    }
    return UMK_CLI_FAILED;
}

static UmkCliExit
run_compact(UmkCli *cli, int argc, char **argv)
{
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(GError) error = NULL;
    UmkCliExit code;

    collection =
        open_one(cli, &umk_cli_command_compact, UMK_OPEN_WRITE, argc, argv, &code);
    if (collection == NULL)
        return code;
    umk_cli_progress_start(cli, 0, NULL);
    if (!umk_collection_compact(collection, cli->cancellable, umk_cli_progress, cli,
                                &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    return UMK_CLI_OK;
}
