/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train merge: one model from several of a family, by a mean of their weights or by task
 * arithmetic. */
#include "umk-cli.h"

#include <stdio.h>

extern const UmkCliCommand umk_cli_command_train_merge;

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_train_merge = {
    "train", "merge MODEL… --output FOLDER [--weights 0.5,0.5] [--task-arithmetic BASE]",
    N_("Merge the weights of models of one family"),
    "  umekomi train merge mine-a mine-b --weights 0.7,0.3 --output merged\n"
    "  umekomi train merge tuned-a tuned-b --task-arithmetic base --weights 0.5,0.5 "
    "--output merged\n",
    run};

/* "0.5,0.5"; NULL and an error unless there is one for each model. */
static double *
parse_weights(const char *text, guint n, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);
    g_autofree double *weights = g_new0(double, n);

    if (g_strv_length(parts) == n) {
        guint i;

        for (i = 0; i < n; i++) {
            char *end;

            weights[i] = g_ascii_strtod(g_strstrip(parts[i]), &end);
            if (end == parts[i] || *end != '\0')
                break;
        }
        if (i == n)
            return g_steal_pointer(&weights);
    }
    g_set_error(error, UMK_ERROR, UMK_ERROR_PARAM,
                _("--weights takes %u numbers joined by commas, not “%s”"), n, text);
    return NULL;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *weights_text = NULL, *base = NULL, *output = NULL, *report = NULL;
    const GOptionEntry entries[] = {
        {"weights", 'w', 0, G_OPTION_ARG_STRING, &weights_text,
         N_("How much of each model (default: equal shares, or 1 each beyond a base)"),
         "W,W…"},
        {"task-arithmetic", 0, 0, G_OPTION_ARG_FILENAME, &base,
         N_("Add what each model has learnt beyond this one"), "BASE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("Folder to write"),
         "FOLDER"},
        {NULL}};
    g_autofree double *weights = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options =
        umk_cli_options_new(cli, &umk_cli_command_train_merge, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (argc < 3 || output == NULL)
        return umk_cli_usage(&umk_cli_command_train_merge,
                             _("give models of one family and --output"));
    if (weights_text != NULL) {
        weights = parse_weights(weights_text, (guint) argc - 2, &error);
        if (weights == NULL)
            return umk_cli_usage(&umk_cli_command_train_merge, "%s", error->message);
    }
    umk_cli_progress_start(cli, 0, NULL);
    report = umk_train_merge(umk_registry_get_default(), (const char *const *) argv + 2,
                             weights, base, output, cli->cancellable, umk_cli_progress,
                             cli, &error);
    if (report == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    if (cli->json) {
        g_autoptr(JsonNode) root = json_from_string(report, NULL);
        g_autofree char *line = json_to_string(root, FALSE);

        printf("%s\n", line);
    } else {
        printf("%s\n", report);
    }
    umk_cli_message(cli, _("Merged %d models into %s"), argc - 2, output);
    return UMK_CLI_OK;
}
