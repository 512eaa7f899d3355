/* SPDX-License-Identifier: GPL-3.0-or-later */
/* add: files, folders, tables and graphs into a collection. */
#include "umk-cli.h"

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_add = {
    "add", "COLLECTION PATH…", N_("Add pictures, sounds, texts, tables and graphs"),
    "  umekomi add photos.ume ~/Pictures ~/Sounds notes.csv friends.edgelist\n"
    "  umekomi add papers.ume abstracts.tsv --text-column abstract --label-column "
    "field\n",
    run};

static void
print_json(UmkIngestReport *report)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        json_builder_set_member_name(builder, umk_modality_get_name((UmkModality) m));
        json_builder_add_int_value(
            builder, (gint64) umk_ingest_report_get_n_added(report, (UmkModality) m));
    }
    json_builder_set_member_name(builder, "skipped");
    json_builder_add_int_value(builder, (gint64) umk_ingest_report_get_n_skipped(report));
    json_builder_set_member_name(builder, "failed");
    json_builder_add_int_value(builder,
                               (gint64) umk_ingest_report_get_n_failures(report));
    json_builder_end_object(builder);
    umk_cli_print_json(builder);
}

static void
print_table(UmkCli *cli, UmkIngestReport *report)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_auto(GStrv) notes = umk_ingest_report_list_notes(report);
    gsize total = 0;

    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        gsize n = umk_ingest_report_get_n_added(report, (UmkModality) m);

        total += n;
        if (n > 0)
            g_string_append_printf(line, "%s%zu %s", line->len ? ", " : "", n,
                                   umk_modality_get_name((UmkModality) m));
    }
    for (gsize i = 0; notes[i] != NULL; i++)
        umk_cli_message(cli, "%s", notes[i]);
    if (umk_ingest_report_get_n_skipped(report) > 0)
        umk_cli_message(cli, _("%zu files of no known kind were passed over"),
                        umk_ingest_report_get_n_skipped(report));
    umk_cli_message(cli, _("Added %zu items (%s)"), total, total ? line->str : _("none"));
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autofree char *errors = NULL;
    gboolean skip = FALSE;
    const GOptionEntry entries[] = {{"errors", 0, 0, G_OPTION_ARG_FILENAME, &errors,
                                     N_("Save the list of failures"), "FILE"},
                                    {"skip-errors", 0, 0, G_OPTION_ARG_NONE, &skip,
                                     N_("Exit 0 even if some failed"), NULL},
                                    {NULL}};
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkIngestReport) report = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options;
    UmkCliExit code;
    gsize n_specs;
    const UmkParamSpec *specs = umk_ingest_get_params(&n_specs);

    params = umk_params_new(specs, n_specs);
    options = umk_cli_options_new(cli, &umk_cli_command_add, NULL);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (argc < 3)
        return umk_cli_usage(&umk_cli_command_add,
                             _("give a collection and what to add"));
    collection = umk_collection_open(argv[1], UMK_OPEN_WRITE, &error);
    if (collection == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, NULL);
    report = umk_collection_ingest(collection, umk_registry_get_default(),
                                   (const char *const *) argv + 2, params,
                                   cli->cancellable, umk_cli_progress, cli, &error);
    if (report == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    if (cli->json)
        print_json(report);
    print_table(cli, report);
    for (gsize i = 0; i < umk_ingest_report_get_n_failures(report); i++) {
        const char *path;
        const char *why = umk_ingest_report_get_failure(report, i, &path);

        umk_cli_add_failure(cli, path, why);
    }
    return umk_cli_finish(cli, errors, skip);
}
