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

/* Names of a test as rows of a source; those that are missing are told. */
#define UMK_CLI_MISSING_SHOWN 12

typedef struct {
    GHashTable *exact, *folded; /* name -> row + 1 */
    GHashTable *missing;        /* names that were asked for in vain */
} UmkCliNames;

void umk_cli_names_init(UmkCliNames *self, char **names);
void umk_cli_names_clear(UmkCliNames *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(UmkCliNames, umk_cli_names_clear)
/* -1: there is none. */
gint64 umk_cli_names_find(UmkCliNames *self, const char *name);
void umk_cli_names_tell_missing(UmkCli *cli, UmkCliNames *self);
void umk_cli_names_add_missing(UmkCliNames *self, JsonBuilder *builder);
/* A member whose value is null when it is NaN. */
void umk_cli_eval_add_figure(JsonBuilder *builder, const char *name, double value);
