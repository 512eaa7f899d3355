/* SPDX-License-Identifier: GPL-3.0-or-later */
/* info: what is in a collection or a file of vectors, with provenance. */
#include "umk-cli.h"

#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_info = {
    "info", "SOURCE", N_("Tell what is in a collection or a file of vectors"),
    "  umekomi info photos.ume\n"
    "  umekomi info vectors.npy --json\n"
    "  umekomi info arrays.npz:train\n",
    run};

static void
count_modalities(UmkCollection *collection, gsize counts[UMK_N_MODALITIES])
{
    g_autoptr(GBytes) bytes = umk_collection_dup_modalities(collection, NULL);
    gsize n = 0;
    const guint8 *of = bytes ? g_bytes_get_data(bytes, &n) : NULL;

    for (gsize i = 0; i < n; i++)
        counts[of[i]]++;
}

static void
add_json(JsonBuilder *builder, const char *name, const char *json)
{
    JsonNode *node = json ? json_from_string(json, NULL) : NULL;

    json_builder_set_member_name(builder, name);
    if (node != NULL)
        json_builder_add_value(builder, node);
    else
        json_builder_add_null_value(builder);
}

static void
add_debiases(JsonBuilder *builder, UmkCollection *collection)
{
    g_auto(GStrv) names = umk_collection_list_debiases(collection);

    json_builder_set_member_name(builder, "debiases");
    json_builder_begin_array(builder);
    for (gsize i = 0; names[i] != NULL; i++) {
        g_autoptr(UmkDebias) debias =
            umk_collection_load_debias(collection, names[i], NULL);
        g_autofree char *recipe = debias != NULL ? umk_debias_to_json(debias) : NULL;

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "name");
        json_builder_add_string_value(builder, names[i]);
        add_json(builder, "recipe", recipe);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static void
print_debiases(UmkCollection *collection)
{
    g_auto(GStrv) names = umk_collection_list_debiases(collection);

    for (gsize i = 0; names[i] != NULL; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkDebias) debias =
            umk_collection_load_debias(collection, names[i], &error);
        g_autofree char *name = umk_cli_escape(names[i]);
        const char *method = debias != NULL ? umk_debias_get_method(debias) : NULL;
        const char *title = method != NULL ? umk_debias_get_title(method) : NULL;

        if (title == NULL)
            title = method;
        printf("%-12s %s (%s)\n", _("Debias"), name,
               title != NULL ? title : error->message);
    }
}

static void
print_json(UmkCollection *collection, const gsize *counts)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    g_auto(GStrv) models = umk_collection_list_models(collection);
    UmkSpace *space = umk_collection_get_space(collection);

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "path");
    json_builder_add_string_value(builder, umk_collection_get_path(collection));
    json_builder_set_member_name(builder, "uuid");
    json_builder_add_string_value(builder, umk_collection_get_uuid(collection));
    json_builder_set_member_name(builder, "items");
    json_builder_add_int_value(builder, (gint64) umk_collection_get_n_items(collection));
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        json_builder_set_member_name(builder, umk_modality_get_name((UmkModality) m));
        json_builder_add_int_value(builder, (gint64) counts[m]);
    }
    json_builder_set_member_name(builder, "space");
    json_builder_add_string_value(builder, umk_space_get_name(space));
    json_builder_set_member_name(builder, "n_dims");
    json_builder_add_int_value(builder, (gint64) umk_space_get_n_dims(space));
    json_builder_set_member_name(builder, "metric");
    json_builder_add_string_value(builder,
                                  umk_metric_get_name(umk_space_get_metric(space)));
    json_builder_set_member_name(builder, "models");
    json_builder_begin_array(builder);
    for (gsize i = 0; models[i] != NULL; i++) {
        g_autofree char *frame = umk_collection_dup_model_frame(collection, models[i]);
        g_autofree char *made =
            umk_collection_dup_model_provenance(collection, models[i]);
        g_autofree char *report = umk_space_dup_report(space, frame);

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "id");
        json_builder_add_string_value(builder, models[i]);
        json_builder_set_member_name(builder, "frame");
        json_builder_add_string_value(builder, frame);
        json_builder_set_member_name(builder, "joined");
        json_builder_add_boolean_value(builder, umk_space_has_frame(space, frame));
        add_json(builder, "aligner", report);
        add_json(builder, "provenance", made);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    add_debiases(builder, collection);
    json_builder_end_object(builder);
    umk_cli_print_json(builder);
}

static void
print_table(UmkCollection *collection, const gsize *counts)
{
    g_auto(GStrv) models = umk_collection_list_models(collection);
    UmkSpace *space = umk_collection_get_space(collection);
    g_autofree char *path = umk_cli_escape(umk_collection_get_path(collection));

    printf("%-12s %s\n", _("Collection"), path);
    printf("%-12s %s, %zu %s, %s\n", _("Space"), umk_space_get_name(space),
           umk_space_get_n_dims(space), _("dimensions"),
           umk_metric_get_name(umk_space_get_metric(space)));
    printf("%-12s %zu", _("Items"), umk_collection_get_n_items(collection));
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        if (counts[m] > 0)
            printf("%s %zu %s", m ? "," : ":", counts[m],
                   umk_modality_get_name((UmkModality) m));
    putchar('\n');
    for (gsize i = 0; models[i] != NULL; i++) {
        g_autofree char *frame = umk_collection_dup_model_frame(collection, models[i]);
        g_autofree char *made =
            umk_collection_dup_model_provenance(collection, models[i]);
        g_autofree char *id = umk_cli_escape(models[i]);

        printf("%-12s %s (%s)\n", _("Model"), id,
               umk_space_has_frame(space, frame) ? _("joined to the space")
                                                 : _("not joined to the space"));
        printf("%-12s %s\n", "", made ? made : "");
    }
    print_debiases(collection);
}

static UmkCliExit
info_vectors(UmkCli *cli, const char *path)
{
    g_auto(UmkCliSource) source = {0};
    g_autoptr(GError) error = NULL;
    gsize n, d;

    if (!umk_cli_source_open(cli, path, NULL, &source, &error))
        return umk_cli_fail(cli, error);
    n = umk_matrix_get_n_rows(source.vectors);
    d = umk_matrix_get_n_cols(source.vectors);
    if (cli->json)
        printf("{\"vectors\":%zu,\"n_dims\":%zu}\n", n, d);
    else
        printf("%zu × %zu\n", n, d);
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(GError) error = NULL;
    gsize counts[UMK_N_MODALITIES] = {0};
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_info, NULL);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (argc != 2)
        return umk_cli_usage(&umk_cli_command_info, _("give one source"));
    if (umk_cli_source_is_file(argv[1]))
        return info_vectors(cli, argv[1]);
    collection = umk_collection_open(argv[1], UMK_OPEN_READ, &error);
    if (collection == NULL)
        return umk_cli_fail(cli, error);
    count_modalities(collection, counts);
    if (cli->json)
        print_json(collection, counts);
    else
        print_table(collection, counts);
    return UMK_CLI_OK;
}
