/* SPDX-License-Identifier: GPL-3.0-or-later */
/* model verify: whether a model is what it was and computes what it should. */
#include "umk-cli-model.h"

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_model_verify = {
    "model verify", "MODEL [--reference FOLDER]",
    N_("Check digests, weights, a forward pass and reference vectors of a model"),
    "  umekomi model verify starter\n"
    "  umekomi model verify ~/models/bert --reference ~/models/bert-vectors\n",
    run};

static gboolean
print_check(UmkCli *cli, JsonObject *check)
{
    gboolean good = json_object_get_boolean_member_with_default(check, "ok", FALSE);
    const char *subject = umk_cli_model_get_string(check, "subject");
    g_autofree char *what = NULL;
    g_autofree char *detail = NULL;

    if (cli->json) {
        g_autoptr(JsonNode) node = json_node_new(JSON_NODE_OBJECT);
        g_autofree char *line = NULL;

        json_node_set_object(node, check);
        line = json_to_string(node, FALSE);
        puts(line);
        return good;
    }
    what = umk_cli_escape(subject);
    detail = umk_cli_escape(umk_cli_model_get_string(check, "detail"));
    printf("%-4s %-10s %s%s%s\n", good ? _("ok") : _("BAD"),
           umk_cli_model_get_string(check, "check"), what, what[0] ? ": " : "", detail);
    return good;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    char *reference = NULL;
    const GOptionEntry entries[] = {
        {"reference", 0, 0, G_OPTION_ARG_FILENAME, &reference,
         N_("Folder with reference vectors (default: the model's “reference”)"),
         "FOLDER"},
        {NULL}};
    UmkCliExit code =
        umk_cli_model_parse(cli, &umk_cli_model_verify, entries, 1, 1, &argc, &argv);
    g_autofree char *given = reference;
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autofree char *json = NULL;
    guint n_bad = 0;
    JsonArray *checks;

    if (code != UMK_CLI_OK)
        return code;
    model = umk_model_load(umk_registry_get_default(), argv[1], NULL, cli->cancellable,
                           &error);
    if (model == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, "");
    json = umk_model_check(model, reference, cli->cancellable, umk_cli_progress, cli,
                           &error);
    umk_cli_progress_end(cli);
    root = json ? json_from_string(json, &error) : NULL;
    if (root == NULL)
        return umk_cli_fail(cli, error);
    checks = json_node_get_array(root);
    for (guint i = 0; i < json_array_get_length(checks); i++)
        n_bad += !print_check(cli, json_array_get_object_element(checks, i));
    if (n_bad > 0) {
        fflush(stdout);
        g_set_error(&error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    g_dngettext(GETTEXT_PACKAGE, "%s: %u check failed",
                                "%s: %u checks failed", n_bad),
                    argv[1], n_bad);
        return umk_cli_fail(cli, error);
    }
    umk_cli_message(cli, _("%s is sound"), argv[1]);
    return UMK_CLI_OK;
}
