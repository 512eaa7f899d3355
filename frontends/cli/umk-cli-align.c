/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train align: joins vectors to a space. With --pairs a head is trained on a file of
 * pairs (umk-cli-align-pairs.c); here, anchors are read from two files of vectors, or a
 * head that was trained before is put into a collection. */
#include "umk-cli-align.h"

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_train_align = {
    "train",
    "align --from MODEL --to SPACE --pairs FILE.tsv --output FOLDER | align COLLECTION "
    "--frame NAME (--from A.npy --to B.npy | --head FILE)",
    N_("Join the vectors of a model to another space, by pairs of what belongs together"),
    "  umekomi train align --from my-clip --to all-MiniLM-L6-v2 --pairs pairs.tsv "
    "--output joined\n"
    "  umekomi train align --from mine --to photos.ume --pairs pairs.tsv --head mlp "
    "--output joined\n"
    "  umekomi train align photos.ume --frame my-model --from mine.npy --to theirs.npy\n"
    "  umekomi train align photos.ume --frame my-model --head joined/space.safetensors\n",
    run};

static gboolean
align(UmkCli *cli,
      UmkSpace *space,
      const char *frame,
      const char *from,
      const char *to,
      UmkParams *params,
      GError **error)
{
    g_autoptr(UmkMatrix) a = umk_vectors_read(from, NULL, error);
    g_autoptr(UmkMatrix) b = a ? umk_vectors_read(to, NULL, error) : NULL;

    return b != NULL &&
           umk_space_align(space, frame, a, b, params, cli->cancellable, error);
}

static gboolean
align_head(UmkSpace *space, const char *frame, const char *head, GError **error)
{
    g_autoptr(GMappedFile) file = g_mapped_file_new(head, FALSE, error);
    g_autoptr(GBytes) bytes = file ? g_mapped_file_get_bytes(file) : NULL;

    if (bytes == NULL)
        return FALSE;
    if (umk_space_align_head(space, frame, bytes, error))
        return TRUE;
    g_prefix_error(error, "%s: ", head);
    return FALSE;
}

static UmkCliExit
run_anchors(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *frame = NULL, *from = NULL, *to = NULL, *head = NULL, *report = NULL;
    const GOptionEntry entries[] = {
        {"frame", 0, 0, G_OPTION_ARG_STRING, &frame,
         N_("Frame to join, as info names it"), "NAME"},
        {"from", 0, 0, G_OPTION_ARG_FILENAME, &from, N_("Anchors as the frame has them"),
         "A.npy"},
        {"to", 0, 0, G_OPTION_ARG_FILENAME, &to,
         N_("The same anchors, row by row, as the space has them"), "B.npy"},
        {"head", 0, 0, G_OPTION_ARG_FILENAME, &head,
         N_("Take a linear map from a safetensors file instead"), "FILE"},
        {NULL}};
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkSpace) space = NULL;
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options =
        umk_cli_options_new(cli, &umk_cli_command_train_align, NULL);
    gsize n_specs;
    const UmkParamSpec *specs = umk_space_get_align_params(&n_specs);
    UmkCliExit code;

    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (argc != 3 || frame == NULL || *frame == '\0' ||
        (head == NULL) == (from == NULL) || (from == NULL) != (to == NULL))
        return umk_cli_usage(&umk_cli_command_train_align,
                             _("give --from, --to, --pairs and --output; or give a "
                               "collection, --frame, and "
                               "--from with --to or --head"));
    collection = umk_collection_open(argv[2], UMK_OPEN_WRITE, &error);
    if (collection == NULL)
        return umk_cli_fail(cli, error);
    bytes = umk_space_to_bytes(umk_collection_get_space(collection));
    space = umk_space_new_from_bytes(bytes, &error);
    if (space == NULL ||
        !(head != NULL ? align_head(space, frame, head, &error)
                       : align(cli, space, frame, from, to, params, &error)) ||
        !umk_collection_set_space(collection, space, &error) ||
        !umk_collection_commit(collection, &error))
        return umk_cli_fail(cli, error);
    report = umk_space_dup_report(space, frame);
    if (report != NULL)
        printf("%s\n", report);
    umk_cli_message(cli, _("“%s” is joined to the space “%s”"), frame,
                    umk_space_get_name(space));
    return UMK_CLI_OK;
}

/* The two ways share the words --from, --to and --head, which mean different things. */
static gboolean
wants_pairs(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (g_str_has_prefix(argv[i], "--pairs") || g_str_equal(argv[i], "--help") ||
            g_str_equal(argv[i], "-h") || g_str_equal(argv[i], "--help-all"))
            return TRUE;
    return FALSE;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    return wants_pairs(argc, argv) ? umk_cli_align_pairs(cli, argc, argv)
                                   : run_anchors(cli, argc, argv);
}
