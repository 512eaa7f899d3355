/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train: vectors made from data. One row of a table a trainer. */
#include "umk-cli.h"

#include <stdio.h>
#include <string.h>

extern const UmkCliCommand umk_cli_command_train_align, umk_cli_command_train_meter,
    umk_cli_command_train_merge, umk_cli_command_train_distill;

/* Trainers with a file of their own. */
static const struct {
    const char *name;
    const UmkCliCommand *command;
} trainers[] = {
    {"align", &umk_cli_command_train_align},
    {"distill", &umk_cli_command_train_distill},
    {"merge", &umk_cli_command_train_merge},
    {"meter", &umk_cli_command_train_meter},
};

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_train = {
    "train",
    "node2vec GRAPH --output FILE.{npy,vec,csv} | align … | distill … | merge … | meter "
    "…",
    N_("Make vectors of a graph's nodes, join, merge and distil models"),
    "  umekomi train node2vec friends.edgelist --output friends.vec\n"
    "  umekomi train node2vec web.graphml --p 0.25 --q 4 --dims 64 --output web.npy\n"
    "  umekomi train align --help\n",
    run};

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *output = NULL;
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
         N_("Where to write; npy gets its names in FILE.ids.txt"), "FILE"},
        {NULL}};
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkItem) graph = NULL;
    g_autoptr(UmkItems) nodes = NULL;
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) names = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options;
    gsize n_specs;
    const UmkParamSpec *specs = umk_train_get_node2vec_params(&n_specs);
    UmkCliExit code;

    for (gsize i = 0; argc > 1 && i < G_N_ELEMENTS(trainers); i++)
        if (g_str_equal(argv[1], trainers[i].name))
            return trainers[i].command->run(cli, argc, argv);
    options = umk_cli_options_new(cli, &umk_cli_command_train, NULL);
    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (argc != 3 || output == NULL || !g_str_equal(argv[1], "node2vec"))
        return umk_cli_usage(&umk_cli_command_train,
                             _("give node2vec, one graph and --output"));
    if (umk_params_has(params, "seed") && !umk_params_is_set(params, "seed") &&
        !umk_params_set_double(params, "seed", (double) cli->seed, &error))
        return umk_cli_usage(&umk_cli_command_train, "%s", error->message);
    graph = umk_item_new_for_file(UMK_MODALITY_GRAPH, argv[2]);
    umk_cli_progress_start(cli, 0, NULL);
    vectors = umk_train_node2vec(graph, params, &nodes, cli->cancellable,
                                 umk_cli_progress, cli, &error);
    if (vectors == NULL)
        return umk_cli_fail(cli, error);
    for (gsize i = 0; i < umk_items_get_n_items(nodes); i++)
        g_strv_builder_add(builder, umk_item_get_text(umk_items_get(nodes, i)));
    names = g_strv_builder_end(builder);
    if (!umk_vectors_write(output, vectors, (const char *const *) names, "f32", &error))
        return umk_cli_fail(cli, error);
    if (g_str_has_suffix(output, ".npy")) {
        g_autofree char *file = g_strconcat(output, ".ids.txt", NULL);
        g_autofree char *text = g_strjoinv("\n", names);

        if (!umk_cli_write_text(file, text, -1, &error))
            return umk_cli_fail(cli, error);
    }
    umk_cli_message(cli, _("%s: %zu nodes × %zu"), output, umk_matrix_get_n_rows(vectors),
                    umk_matrix_get_n_cols(vectors));
    return UMK_CLI_OK;
}
