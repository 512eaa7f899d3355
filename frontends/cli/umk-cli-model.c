/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model: the models on this machine. Finds the subcommand and leaves the rest to it. */
#include "umk-cli-model.h"

#include <stdio.h>
#include <string.h>

#define SUBCOMMANDS(X)                                                                   \
    X(list)                                                                              \
    X(show)                                                                              \
    X(add)                                                                               \
    X(pull)                                                                              \
    X(remove)                                                                            \
    X(verify)                                                                            \
    X(bench)                                                                             \
    X(quantize)

#define DECLARE(name) extern const UmkCliCommand umk_cli_model_##name;
SUBCOMMANDS(DECLARE)

#define ENTRY(name) &umk_cli_model_##name,
static const UmkCliCommand *const subcommands[] = {SUBCOMMANDS(ENTRY) NULL};

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_model = {
    "model", "list | show | add | pull | remove | verify | bench | quantize …",
    N_("List, describe, add, check and measure the models on this machine"),
    "  umekomi model add ~/models/all-MiniLM-L6-v2\n"
    "  umekomi model show all-MiniLM-L6-v2\n",
    run};

UmkCliExit
umk_cli_model_parse(UmkCli *cli,
                    const UmkCliCommand *command,
                    const GOptionEntry *entries,
                    int least,
                    int most,
                    int *argc,
                    char ***argv)
{
    GOptionContext *options = umk_cli_options_new(cli, command, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, argc, argv);

    if (code != UMK_CLI_OK)
        return code;
    if (*argc - 1 < least)
        return umk_cli_usage(command, _("an argument is missing"));
    if (*argc - 1 > most)
        return umk_cli_usage(command, _("“%s” is one argument too many"),
                             (*argv)[most + 1]);
    return UMK_CLI_OK;
}

static JsonNode *
get_member(JsonObject *object, const char *key, JsonNodeType type)
{
    JsonNode *node = object ? json_object_get_member(object, key) : NULL;

    return node != NULL && json_node_get_node_type(node) == type ? node : NULL;
}

const char *
umk_cli_model_get_string(JsonObject *object, const char *key)
{
    JsonNode *node = get_member(object, key, JSON_NODE_VALUE);

    return node ? json_node_get_string(node) : NULL;
}

gint64
umk_cli_model_get_int(JsonObject *object, const char *key)
{
    JsonNode *node = get_member(object, key, JSON_NODE_VALUE);

    return node ? json_node_get_int(node) : 0;
}

JsonArray *
umk_cli_model_get_array(JsonObject *object, const char *key)
{
    JsonNode *node = get_member(object, key, JSON_NODE_ARRAY);

    return node ? json_node_get_array(node) : NULL;
}

JsonObject *
umk_cli_model_get_object(JsonObject *object, const char *key)
{
    JsonNode *node = get_member(object, key, JSON_NODE_OBJECT);

    return node ? json_node_get_object(node) : NULL;
}

static void
print_help(void)
{
    printf("%s\n\n%s\n\n%s\n", _("Usage: umekomi model SUBCOMMAND [OPTION…] [ARGUMENT…]"),
           _(umk_cli_command_model.summary), _("Subcommands:"));
    for (gsize i = 0; subcommands[i] != NULL; i++)
        printf("  %-9s  %s\n", subcommands[i]->name + strlen("model "),
               _(subcommands[i]->summary));
    printf("\n%s\n%s\n%s\n", _("Examples:"), umk_cli_command_model.examples,
           _("“umekomi model SUBCOMMAND --help” tells more."));
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    if (argc >= 2 && (g_str_equal(argv[1], "--help") || g_str_equal(argv[1], "-h") ||
                      g_str_equal(argv[1], "--help-all"))) {
        print_help();
        return UMK_CLI_OK;
    }
    for (gsize i = 0; argc >= 2 && subcommands[i] != NULL; i++) {
        if (g_str_equal(subcommands[i]->name + strlen("model "), argv[1])) {
            argv[1] = (char *) g_intern_string(subcommands[i]->name);
            return subcommands[i]->run(cli, argc - 1, argv + 1);
        }
    }
    if (argc < 2)
        return umk_cli_usage(&umk_cli_command_model, _("say what to do with models"));
    return umk_cli_usage(&umk_cli_command_model,
                         _("“%s” is nothing that can be done with models"), argv[1]);
}
