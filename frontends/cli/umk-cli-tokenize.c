/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tokenize: token ids of texts, one text a line. */
#include "umk-cli.h"

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_tokenize = {
    "tokenize", "--model M (TEXT… | --input FILE)", N_("Show the tokens of texts"),
    "  umekomi tokenize --model starter --tokens \"a red apple\"\n"
    "  umekomi tokenize --model ~/models/all-MiniLM-L6-v2 --input texts.txt\n",
    run};

static gboolean
tokenize(UmkCli *cli,
         UmkModel *model,
         const char *text,
         gboolean show,
         GString *out,
         GError **error)
{
    g_autofree guint32 *ids = NULL;
    g_auto(GStrv) pieces = NULL;
    gsize n_ids;

    if (!umk_model_tokenize(model, text, &ids, &n_ids, &pieces, error))
        return FALSE;
    if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();
        g_autoptr(JsonNode) root = NULL;
        g_autofree char *line = NULL;

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "ids");
        json_builder_begin_array(builder);
        for (gsize i = 0; i < n_ids; i++)
            json_builder_add_int_value(builder, ids[i]);
        json_builder_end_array(builder);
        json_builder_set_member_name(builder, "tokens");
        json_builder_begin_array(builder);
        for (gsize i = 0; i < n_ids; i++)
            json_builder_add_string_value(builder, pieces[i]);
        json_builder_end_array(builder);
        json_builder_end_object(builder);
        root = json_builder_get_root(builder);
        line = json_to_string(root, FALSE);
        g_string_append_printf(out, "%s\n", line);
        return TRUE;
    }
    for (gsize i = 0; i < n_ids; i++) {
        if (show) {
            g_autofree char *piece = umk_cli_escape(pieces[i]);

            g_string_append_printf(out, "%s%s", i ? " " : "", piece);
        } else {
            g_string_append_printf(out, "%s%u", i ? " " : "", ids[i]);
        }
    }
    g_string_append_c(out, '\n');
    return TRUE;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *model_name = NULL;
    g_autofree char *input = NULL;
    g_autofree char *output = NULL;
    gboolean show = FALSE;
    const GOptionEntry entries[] = {{"model", 0, 0, G_OPTION_ARG_STRING, &model_name,
                                     N_("Model folder or name"), "M"},
                                    {"input", 0, 0, G_OPTION_ARG_FILENAME, &input,
                                     N_("One text a line; - is stdin"), "FILE"},
                                    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
                                     N_("Instead of stdout"), "FILE"},
                                    {"tokens", 0, 0, G_OPTION_ARG_NONE, &show,
                                     N_("Print the pieces, not the ids"), NULL},
                                    {NULL}};
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    g_auto(GStrv) values = NULL;
    GOptionContext *options =
        umk_cli_options_new(cli, &umk_cli_command_tokenize, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (model_name == NULL || (argc > 1) == (input != NULL))
        return umk_cli_usage(&umk_cli_command_tokenize,
                             _("give --model and texts or --input"));
    values = input ? umk_cli_read_lines(input, &error) : g_strdupv(argv + 1);
    if (values == NULL)
        return umk_cli_fail(cli, error);
    model = umk_model_load(umk_registry_get_default(), model_name, NULL, cli->cancellable,
                           &error);
    if (model == NULL)
        return umk_cli_fail(cli, error);
    for (gsize i = 0; values[i] != NULL; i++) {
        if (g_cancellable_set_error_if_cancelled(cli->cancellable, &error) ||
            !tokenize(cli, model, values[i], show, out, &error))
            return umk_cli_fail(cli, error);
    }
    if (output != NULL) {
        if (!umk_cli_write_text(output, out->str, (gssize) out->len, &error))
            return umk_cli_fail(cli, error);
    } else {
        fputs(out->str, stdout);
    }
    return UMK_CLI_OK;
}
