/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of `audit`: what is printed, what is written. */
#pragma once

#include "umk-cli.h"

/* Sets and tests that come with the program. */
gboolean umk_cli_audit_list(UmkCli *cli, const char *language, GError **error);
/* A table for people, and what it rests on. */
void umk_cli_audit_print(UmkAudit *audit, const char *language);
/* One JSON object on one line. */
gboolean umk_cli_audit_print_json(UmkAudit *audit, GError **error);
gboolean umk_cli_audit_can_write(const char *path);
gboolean umk_cli_audit_write(UmkAudit *audit,
                             const char *path,
                             const char *language,
                             GError **error);
/* The arguments that make the same audit again, as one line for a shell. */
char *umk_cli_audit_command(int argc, char **argv);

/* "ja" of "ja_JP.UTF-8"; what the environment asks for when nothing was said. */
char *umk_cli_audit_dup_language(const char *language);
/* A title in the language, or in English, or what stands in "title". */
const char *umk_cli_audit_title(JsonObject *object, const char *language);
