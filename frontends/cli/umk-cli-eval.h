/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kinds of `eval`: one file each, one line each in umk-cli-eval.c. */
#pragma once

#include "umk-cli.h"

/* Parses the options of a kind and wants exactly n arguments: argv[1] … argv[n]. */
UmkCliExit umk_cli_eval_parse(UmkCli *cli,
                              const UmkCliCommand *command,
                              const GOptionEntry *entries,
                              int n,
                              int *argc,
                              char ***argv);
