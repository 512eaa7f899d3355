/* SPDX-License-Identifier: GPL-3.0-or-later */
/* features: signal features of a file with named conventions. */
#include "umk-cli.h"

#include <stdio.h>
#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_features = {
    "features", "FEATURE [--preset NAME] FILE --output OUT.npy",
    N_("Compute signal features such as MFCC"),
    "  umekomi features mfcc --preset librosa speech.wav --output mfcc.npy\n"
    "  umekomi features logmel --preset whisper speech.wav --output mel.npy\n",
    run};

static UmkCliExit
list(UmkRegistry *registry)
{
    g_auto(GStrv) names = umk_features_list(registry);

    for (gsize i = 0; names[i] != NULL; i++) {
        g_auto(GStrv) presets = umk_features_list_presets(registry, names[i]);
        g_autofree char *all = g_strjoinv(", ", presets);

        printf("%-10s %s\n", names[i], all);
    }
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *preset = NULL;
    g_autofree char *output = NULL;
    gboolean list_all = FALSE;
    const GOptionEntry entries[] = {
        {"preset", 0, 0, G_OPTION_ARG_STRING, &preset, N_("Whose conventions"), "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("Where to write them"),
         "FILE.npy"},
        {"list", 0, 0, G_OPTION_ARG_NONE, &list_all,
         N_("List the features and their presets"), NULL},
        {NULL}};
    UmkRegistry *registry = umk_registry_get_default();
    /* The options follow the feature's own table, so its name is looked for first. */
    const char *feature = argc > 1 && argv[1][0] != '-' ? argv[1] : NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_features, NULL);
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkItem) item = NULL;
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(GError) error = NULL;
    const UmkParamSpec *specs = NULL;
    UmkModality modality = UMK_MODALITY_AUDIO;
    gsize n_specs = 0;
    UmkCliExit code;

    if (feature != NULL)
        specs = umk_features_get_params(registry, feature, &n_specs);
    if (specs != NULL) {
        params = umk_params_new(specs, n_specs);
        umk_cli_options_add_params(options, params);
    }
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (list_all)
        return list(registry);
    if (argc != 3 || output == NULL)
        return umk_cli_usage(
            &umk_cli_command_features,
            _("give a feature, a file and --output; --list names the features"));
    umk_modality_of_file(argv[2], &modality);
    item = umk_item_new_for_file(modality, argv[2]);
    matrix = umk_features_compute(registry, argv[1], preset, item, params,
                                  cli->cancellable, &error);
    if (matrix == NULL) {
        if (strstr(error->message, argv[2]) == NULL)
            g_prefix_error(&error, "%s: ", argv[2]);
        if (g_error_matches(error, UMK_ERROR, UMK_ERROR_PARAM))
            return umk_cli_usage(&umk_cli_command_features, "%s", error->message);
        return umk_cli_fail(cli, error);
    }
    if (!umk_vectors_write(output, matrix, NULL, "f32", &error))
        return umk_cli_fail(cli, error);
    umk_cli_message(cli, _("%s: %zu frames × %zu"), output, umk_matrix_get_n_rows(matrix),
                    umk_matrix_get_n_cols(matrix));
    return UMK_CLI_OK;
}
