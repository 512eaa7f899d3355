/* SPDX-License-Identifier: GPL-3.0-or-later */
/* train distill: a small, fast student of a text model, made from the user's own texts.
 */
#include "umk-cli.h"

#include <stdio.h>

extern const UmkCliCommand umk_cli_command_train_distill;

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_train_distill = {
    "train", "distill --teacher MODEL --texts FILE --output FOLDER",
    N_("Make a small, fast student of a text model from your own texts"),
    "  umekomi train distill --teacher all-MiniLM-L6-v2 --texts mails.txt --output "
    "small\n"
    "  umekomi train distill --teacher e5-large --texts notes.txt --dims 128 --output "
    "tiny "
    "--json\n",
    run};

/* One text a line, each once. */
static UmkItems *
read_texts(const char *path, GError **error)
{
    g_auto(GStrv) lines = umk_cli_read_lines(path, error);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(UmkItems) items = umk_items_new();

    for (gsize i = 0; lines != NULL && lines[i] != NULL; i++) {
        g_autoptr(UmkItem) item = NULL;

        if (*lines[i] == '\0' || !g_hash_table_add(seen, lines[i]))
            continue;
        item = umk_item_new_for_text(lines[i]);
        umk_items_append(items, item);
    }
    return lines != NULL ? g_steal_pointer(&items) : NULL;
}

static void
print_row(JsonObject *report, const char *name, const char *title)
{
    JsonObject *row = json_object_get_object_member(report, name);

    printf("%-10s %9.3f %9.3f\n", title, json_object_get_double_member(row, "spearman"),
           json_object_get_double_member(row, "neighbours_at_10"));
}

static void
print_report(UmkCli *cli, const char *text)
{
    g_autoptr(JsonNode) root = json_from_string(text, NULL);
    JsonObject *report = json_node_get_object(root);

    if (cli->json) {
        g_autofree char *line = json_to_string(root, FALSE);

        printf("%s\n", line);
        return;
    }
    printf("%-10s %9s %9s\n", "", "Spearman", _("nearest"));
    print_row(report, "before", _("pooled"));
    print_row(report, "after", _("refined"));
    print_row(report, "chance", _("chance"));
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *teacher = NULL, *texts = NULL, *output = NULL, *report = NULL;
    const GOptionEntry entries[] = {
        {"teacher", 0, 0, G_OPTION_ARG_FILENAME, &teacher, N_("The model to learn from"),
         "MODEL"},
        {"texts", 0, 0, G_OPTION_ARG_FILENAME, &texts,
         N_("Texts of the kind the student is for, one a line"), "FILE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_("Folder to write"),
         "FOLDER"},
        {NULL}};
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkItems) items = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options =
        umk_cli_options_new(cli, &umk_cli_command_train_distill, NULL);
    gsize n_specs;
    const UmkParamSpec *specs = umk_train_get_distill_params(&n_specs);
    UmkCliExit code;

    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (argc != 2 || teacher == NULL || texts == NULL || output == NULL)
        return umk_cli_usage(&umk_cli_command_train_distill,
                             _("give --teacher, --texts and --output"));
    if (!umk_params_is_set(params, "seed") &&
        !umk_params_set_double(params, "seed", (double) cli->seed, &error))
        return umk_cli_usage(&umk_cli_command_train_distill, "%s", error->message);
    model = umk_model_load(umk_registry_get_default(), teacher, NULL, cli->cancellable,
                           &error);
    items = model ? read_texts(texts, &error) : NULL;
    if (items == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, (double) umk_items_get_n_items(items), _("texts"));
    report = umk_train_distill(model, items, output, params, cli->cancellable,
                               umk_cli_progress, cli, &error);
    if (report == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    print_report(cli, report);
    return UMK_CLI_OK;
}
