/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands, in the order of the help. One line a command. */
#include "umk-cli.h"

#define COMMANDS(X)                                                                      \
    X(create)                                                                            \
    X(add)                                                                               \
    X(search)                                                                            \
    X(map)                                                                               \
    X(cluster)                                                                           \
    X(audit)                                                                             \
    X(explore)                                                                           \
    X(info)                                                                              \
    X(verify)                                                                            \
    X(compact)                                                                           \
    X(debias)                                                                            \
    X(export)                                                                            \
    X(knn)                                                                               \
    X(eval)                                                                              \
    X(embed)                                                                             \
    X(rerank)                                                                            \
    X(tokenize)                                                                          \
    X(features)                                                                          \
    X(train)                                                                             \
    X(model)

#define DECLARE(name) extern const UmkCliCommand umk_cli_command_##name;
COMMANDS(DECLARE)

#define ENTRY(name) &umk_cli_command_##name,
const UmkCliCommand *const umk_cli_commands[] = {COMMANDS(ENTRY) NULL};
