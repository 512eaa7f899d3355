/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model quantize: a copy of a model with its linear maps in eight bits, and which of them
 * had to stay as they were. */
#include "umk-cli-model.h"

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_model_quantize = {
    "model quantize", "MODEL --output FOLDER",
    N_("Write a copy of a model in 8 bits, and say what that costs in accuracy"),
    "  umekomi model quantize all-MiniLM-L6-v2 --output ~/models/minilm-int8\n"
    "  umekomi embed --model ~/models/minilm-int8 --precision int8 dog --output v.npy\n",
    run};

static void
print_result(JsonObject *result, const char *folder)
{
    JsonArray *layers = umk_cli_model_get_array(result, "f32_layers");
    guint n = layers ? json_array_get_length(layers) : 0;

    printf("%-16s %s\n", _("Folder"), folder);
    printf("%-16s %.6f\n", _("Mean cosine"),
           json_object_get_double_member_with_default(result, "cosine_mean", 0));
    printf("%-16s %.6f\n", _("Least cosine"),
           json_object_get_double_member_with_default(result, "cosine_min", 0));
    if (n == 0)
        printf("%-16s %s\n", _("Left in f32"), _("no layer"));
    for (guint i = 0; i < n; i++)
        printf("%-16s %s\n", i == 0 ? _("Left in f32") : "",
               json_array_get_string_element(layers, i));
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    char *output = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
         N_("Where to write the copy; nothing may be there yet"), "FOLDER"},
        {NULL}};
    UmkCliExit code =
        umk_cli_model_parse(cli, &umk_cli_model_quantize, entries, 1, 1, &argc, &argv);
    g_autofree char *folder = output;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *json = NULL;

    if (code != UMK_CLI_OK)
        return code;
    if (folder == NULL)
        return umk_cli_usage(&umk_cli_model_quantize, _("--output is needed"));
    model = umk_model_load(umk_registry_get_default(), argv[1], NULL, cli->cancellable,
                           &error);
    if (model == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, "");
    json = umk_model_quantize(model, folder, cli->cancellable, umk_cli_progress, cli,
                              &error);
    umk_cli_progress_end(cli);
    root = json ? json_from_string(json, &error) : NULL;
    if (root == NULL)
        return umk_cli_fail(cli, error);
    if (cli->json)
        puts(json);
    else
        print_result(json_node_get_object(root), folder);
    return UMK_CLI_OK;
}
