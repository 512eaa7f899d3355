/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train meter: teaches a model to say when it is asked about something it does not know.
 */
#include "umk-cli.h"

#include <stdio.h>

extern const UmkCliCommand umk_cli_command_train_meter;

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_train_meter = {
    "train",
    "meter MODEL --concepts FILE [--held-out FILE] [--strange FILE] [--modality image]",
    N_("Make the meter that tells what a model knows from what it does not"),
    "  umekomi train meter ~/models/mine --concepts names.txt\n"
    "  umekomi train meter ~/models/mine --concepts taught.txt --held-out untaught.txt "
    "--strange nonsense.txt --json\n"
    "  umekomi train meter ~/models/mine --concepts pictures.txt --modality image\n",
    run};

/* One text, or one file of another modality, a line; blank lines left out. */
static UmkItems *
read_items(const char *path, UmkModality modality, GError **error)
{
    g_auto(GStrv) lines = umk_cli_read_lines(path, error);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(UmkItems) items = umk_items_new();

    if (lines == NULL)
        return NULL;
    for (gsize i = 0; lines[i] != NULL; i++) {
        g_autoptr(UmkItem) item = NULL;

        if (*lines[i] == '\0' || !g_hash_table_add(seen, lines[i]))
            continue;
        item = modality == UMK_MODALITY_TEXT ? umk_item_new_for_text(lines[i])
                                             : umk_item_new_for_file(modality, lines[i]);
        umk_items_append(items, item);
    }
    return g_steal_pointer(&items);
}

static void
print_report(UmkCli *cli, const char *report)
{
    g_autoptr(JsonNode) root = json_from_string(report, NULL);
    JsonObject *object = json_node_get_object(root);

    if (cli->json) {
        printf("%s\n", report);
        return;
    }
    printf("%-28s %d\n", _("Concepts"),
           (int) json_object_get_int_member(object, "n_concepts"));
    printf("%-28s %d\n", _("Held out"),
           (int) json_object_get_int_member(object, "n_held_out"));
    printf("%-28s %.4f\n", _("At the edge beyond"),
           json_object_get_double_member(object, "edge"));
    printf("%-28s %.4f\n", _("Outside beyond"),
           json_object_get_double_member(object, "outside"));
    if (!json_object_has_member(object, "auc"))
        return;
    printf("%-28s %.4f\n", _("Strange farther (AUC)"),
           json_object_get_double_member(object, "auc"));
    printf("%-28s %.1f %%\n", _("Strange called outside"),
           100 * json_object_get_double_member(object, "strange_outside"));
    printf("%-28s %.1f %%\n", _("… or at the edge"),
           100 * json_object_get_double_member(object, "strange_edge_or_outside"));
}

static char *
make(UmkCli *cli,
     const char *name,
     const char *const *files,
     UmkModality modality,
     const char *output,
     UmkParams *params,
     GError **error)
{
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), name, NULL, cli->cancellable, error);
    g_autoptr(UmkItems) concepts = NULL, held_out = NULL, strange = NULL;

    if (model == NULL || (concepts = read_items(files[0], modality, error)) == NULL ||
        (files[1] != NULL &&
         (held_out = read_items(files[1], modality, error)) == NULL) ||
        (files[2] != NULL && (strange = read_items(files[2], modality, error)) == NULL))
        return NULL;
    umk_cli_progress_start(cli, (double) umk_items_get_n_items(concepts), _("items"));
    return umk_model_make_meter(model, concepts, held_out, strange, output, params,
                                cli->cancellable, umk_cli_progress, cli, error);
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *concepts = NULL, *held_out = NULL, *strange = NULL, *output = NULL;
    g_autofree char *modality_name = NULL;
    UmkModality modality = UMK_MODALITY_TEXT;
    const GOptionEntry entries[] = {
        {"concepts", 0, 0, G_OPTION_ARG_FILENAME, &concepts,
         N_("What the model was taught, a text a line"), "FILE"},
        {"held-out", 0, 0, G_OPTION_ARG_FILENAME, &held_out,
         N_("Texts of the same kind that it was not taught (default: a tenth of the "
            "concepts)"),
         "FILE"},
        {"strange", 0, 0, G_OPTION_ARG_FILENAME, &strange,
         N_("Texts of other kinds, to measure the meter by"), "FILE"},
        {"modality", 0, 0, G_OPTION_ARG_STRING, &modality_name,
         N_("Of what the lists are: text, or image or audio, then a file a line"),
         "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
         N_("Where to write (default: into the model's folder)"), "FILE"},
        {NULL}};
    g_autoptr(UmkParams) params = NULL;
    g_autofree char *report = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options =
        umk_cli_options_new(cli, &umk_cli_command_train_meter, NULL);
    gsize n_specs;
    const UmkParamSpec *specs = umk_model_get_meter_params(&n_specs);
    UmkCliExit code;

    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (argc != 3 || concepts == NULL)
        return umk_cli_usage(&umk_cli_command_train_meter,
                             _("give a model and --concepts"));
    if (modality_name != NULL && (!umk_modality_from_name(modality_name, &modality) ||
                                  modality == UMK_MODALITY_GRAPH))
        return umk_cli_usage(&umk_cli_command_train_meter,
                             _("“%s” is not a modality that a meter is made for; they "
                               "are text, image and audio"),
                             modality_name);
    if (!umk_params_is_set(params, "seed") &&
        !umk_params_set_double(params, "seed", (double) cli->seed, &error))
        return umk_cli_usage(&umk_cli_command_train_meter, "%s", error->message);
    report = make(cli, argv[2], (const char *const[]){concepts, held_out, strange},
                  modality, output, params, &error);
    if (report == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    print_report(cli, report);
    return UMK_CLI_OK;
}
