/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model list: what can be had by name. Reads descriptions, no weights. */
#include "umk-cli-model.h"

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_model_list = {"model list", "[--embedders]",
                                          N_("List the models on this machine"),
                                          "  umekomi model list\n"
                                          "  umekomi model list --embedders --json\n",
                                          run};

static void
print_model(UmkCli *cli, const char *name, const char *path)
{
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), name, NULL, NULL, NULL);
    const char *version = model ? umk_model_get_version(model) : "?";
    g_autofree char *source = umk_hub_dup_source(name);

    if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "name");
        json_builder_add_string_value(builder, name);
        json_builder_set_member_name(builder, "version");
        json_builder_add_string_value(builder, version);
        json_builder_set_member_name(builder, "path");
        json_builder_add_string_value(builder, path);
        json_builder_set_member_name(builder, "source");
        json_builder_add_string_value(builder, source ? source : "");
        json_builder_end_object(builder);
        umk_cli_print_json(builder);
    } else {
        g_autofree char *shown = umk_cli_escape(name);
        g_autofree char *where = umk_cli_escape(source ? source : path);

        printf("%-32s %-6s %s\n", shown, version[0] ? version : "–", where);
    }
}

/* What kinds of models can be run here, whether or not one is on this machine. */
static void
list_embedders(UmkCli *cli)
{
    UmkRegistry *registry = umk_registry_get_default();
    g_auto(GStrv) ids = umk_registry_list_embedders(registry);

    for (gsize i = 0; ids[i] != NULL; i++) {
        const char *title = umk_registry_get_embedder_title(registry, ids[i]);
        UmkModality modality = UMK_MODALITY_TEXT;

        umk_registry_get_embedder_modality(registry, ids[i], &modality);
        if (cli->json) {
            g_autoptr(JsonBuilder) builder = json_builder_new();

            json_builder_begin_object(builder);
            json_builder_set_member_name(builder, "embedder");
            json_builder_add_string_value(builder, ids[i]);
            json_builder_set_member_name(builder, "modality");
            json_builder_add_string_value(builder, umk_modality_get_name(modality));
            json_builder_set_member_name(builder, "title");
            json_builder_add_string_value(builder, title);
            json_builder_end_object(builder);
            umk_cli_print_json(builder);
        } else {
            printf("%-16s %-6s %s\n", ids[i], umk_modality_get_name(modality), title);
        }
    }
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    gboolean embedders = FALSE;
    const GOptionEntry entries[] = {
        {"embedders", 0, 0, G_OPTION_ARG_NONE, &embedders,
         N_("List the kinds of models that can be run instead"), NULL},
        {NULL}};
    UmkCliExit code =
        umk_cli_model_parse(cli, &umk_cli_model_list, entries, 0, 0, &argc, &argv);
    g_auto(GStrv) names = NULL;

    if (code != UMK_CLI_OK)
        return code;
    if (embedders) {
        list_embedders(cli);
        return UMK_CLI_OK;
    }
    names = umk_registry_list_models(umk_registry_get_default());
    for (gsize i = 0; names[i] != NULL; i++) {
        g_autofree char *path =
            umk_registry_find_model(umk_registry_get_default(), names[i], NULL);

        print_model(cli, names[i], path ? path : "");
    }
    if (names[0] == NULL)
        umk_cli_message(
            cli, _("No model is installed; a model folder can be given by its path"));
    return UMK_CLI_OK;
}
