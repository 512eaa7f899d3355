/* SPDX-License-Identifier: GPL-3.0-or-later */
/* create: an empty collection in a space. */
#include "umk-cli.h"

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_create = {
    "create", "COLLECTION [--model NAME]", N_("Make an empty collection"),
    "  umekomi create photos.ume\n"
    "  umekomi create papers.ume --model ~/models/all-MiniLM-L6-v2\n",
    run};

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *model_name = NULL;
    g_autofree char *space_name = NULL;
    const GOptionEntry entries[] = {
        {"model", 0, 0, G_OPTION_ARG_STRING, &model_name,
         N_("Model whose space the collection has (default: starter)"), "M"},
        {"space", 0, 0, G_OPTION_ARG_STRING, &space_name,
         N_("Name of the space (default: that of the model)"), "NAME"},
        {NULL}};
    g_autoptr(UmkModel) model = NULL;
    g_autoptr(UmkSpace) space = NULL;
    g_autoptr(UmkCollection) collection = NULL;
    g_autofree char *json = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_create, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (argc != 2)
        return umk_cli_usage(&umk_cli_command_create, _("give one folder to make"));
    model =
        umk_model_load(umk_registry_get_default(), model_name ? model_name : "starter",
                       NULL, cli->cancellable, &error);
    if (model == NULL)
        return umk_cli_fail(cli, error);
    if (umk_model_get_n_dims(model) == 0) {
        /* Ask the text tower for its reason; there is none if a model embeds no text. */
        g_autoptr(UmkItems) none = umk_items_new();
        g_autoptr(UmkItem) word = umk_item_new_for_text("x");
        g_autoptr(UmkMatrix) vector = NULL;

        umk_items_append(none, word);
        vector = umk_model_embed(model, none, cli->cancellable, NULL, NULL, &error);
        return umk_cli_fail(cli, error);
    }
    space = umk_space_new(space_name ? space_name : umk_model_get_frame(model),
                          umk_model_get_n_dims(model), UMK_METRIC_COSINE);
    if (!umk_space_join(space, umk_model_get_frame(model), umk_model_get_n_dims(model),
                        &error))
        return umk_cli_fail(cli, error);
    collection = umk_collection_create(argv[1], space, &error);
    if (collection == NULL)
        return umk_cli_fail(cli, error);
    /* The model is remembered, so that `add` finds it again. */
    json = umk_model_to_json(model);
    if (!umk_collection_add_model(collection, umk_model_get_id(model),
                                  umk_model_get_frame(model), umk_model_get_n_dims(model),
                                  json, &error) ||
        !umk_collection_commit(collection, &error))
        return umk_cli_fail(cli, error);
    umk_cli_message(cli, _("Made %s: space “%s”, %zu dimensions, cosine"), argv[1],
                    umk_space_get_name(space), umk_space_get_n_dims(space));
    return UMK_CLI_OK;
}
