/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model: the models on this machine. */
#include "umk-cli.h"

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_model = {
    "model", "list | show MODEL", N_("List the models on this machine, or show one"),
    "  umekomi model list\n"
    "  umekomi model show starter\n",
    run};

static UmkCliExit
list(UmkCli *cli, UmkRegistry *registry)
{
    g_auto(GStrv) names = umk_registry_list_models(registry);

    for (gsize i = 0; names[i] != NULL; i++) {
        g_autoptr(UmkModel) model = umk_model_load(registry, names[i], NULL, NULL, NULL);
        g_autofree char *path = umk_registry_find_model(registry, names[i], NULL);

        if (cli->json) {
            g_autoptr(JsonBuilder) builder = json_builder_new();

            json_builder_begin_object(builder);
            json_builder_set_member_name(builder, "name");
            json_builder_add_string_value(builder, names[i]);
            json_builder_set_member_name(builder, "path");
            json_builder_add_string_value(builder, path ? path : "");
            json_builder_end_object(builder);
            umk_cli_print_json(builder);
        } else {
            printf("%-28s %-10s %s\n", names[i],
                   model ? umk_model_get_version(model) : "?", path ? path : "");
        }
    }
    if (names[0] == NULL)
        umk_cli_message(
            cli, _("No model is installed; a model folder can be given by its path"));
    return UMK_CLI_OK;
}

static UmkCliExit
show(UmkCli *cli, UmkRegistry *registry, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkModel) model =
        umk_model_load(registry, name, NULL, cli->cancellable, &error);
    gboolean any = FALSE;

    if (model == NULL)
        return umk_cli_fail(cli, error);
    if (cli->json) {
        g_autofree char *json = umk_model_to_json(model);

        puts(json);
        return UMK_CLI_OK;
    }
    printf("%-12s %s %s\n", _("Model"), umk_model_get_id(model),
           umk_model_get_version(model));
    printf("%-12s %s\n", _("Folder"),
           umk_model_get_path(model) ? umk_model_get_path(model) : "–");
    printf("%-12s %s\n", _("Space"), umk_model_get_frame(model));
    printf("%-12s %zu\n", _("Dimensions"), umk_model_get_n_dims(model));
    if (umk_model_get_license(model)[0] != '\0')
        printf("%-12s %s\n", _("Licence"), umk_model_get_license(model));
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        const char *embedder = umk_model_get_embedder(model, (UmkModality) m);

        if (embedder == NULL)
            continue;
        any = TRUE;
        printf("%-12s %s: %s (%s)\n", _("Tower"), umk_modality_get_name((UmkModality) m),
               embedder, umk_registry_get_embedder_title(registry, embedder));
    }
    if (!any) {
        g_set_error(&error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s: no tower of this model can be used here"), name);
        return umk_cli_fail(cli, error);
    }
    {
        g_autofree char *digest = umk_model_dup_digest(model, NULL);

        printf("%-12s %s\n", "SHA-256", digest ? digest : "?");
    }
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_model, NULL);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (argc == 2 && g_str_equal(argv[1], "list"))
        return list(cli, umk_registry_get_default());
    if (argc == 3 && g_str_equal(argv[1], "show"))
        return show(cli, umk_registry_get_default(), argv[2]);
    return umk_cli_usage(&umk_cli_command_model, _("say list, or show and a model"));
}
