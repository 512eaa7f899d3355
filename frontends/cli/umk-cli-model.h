/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The subcommands of `model`: one file each, one line each in umk-cli-model.c. */
#pragma once

#include "umk-cli.h"

/* Parses the options of a subcommand and wants exactly one argument, or from least to
 * most of them; the arguments are argv[1] … */
UmkCliExit umk_cli_model_parse(UmkCli *cli,
                               const UmkCliCommand *command,
                               const GOptionEntry *entries,
                               int least,
                               int most,
                               int *argc,
                               char ***argv);
/* A member of an object, or NULL; of the wrong kind counts as absent. */
const char *umk_cli_model_get_string(JsonObject *object, const char *key);
gint64 umk_cli_model_get_int(JsonObject *object, const char *key);
JsonArray *umk_cli_model_get_array(JsonObject *object, const char *key);
JsonObject *umk_cli_model_get_object(JsonObject *object, const char *key);
