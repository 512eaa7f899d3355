/* SPDX-License-Identifier: GPL-3.0-or-later */
/* search: nearest items of a collection, by words, picture, sound, item or vector. */
#include "umk-cli.h"

#include <stdio.h>
#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_search = {
    "search",
    "SOURCE (TEXT | --image FILE | --audio FILE | --item ID | --vector FILE.npy)",
    N_("Find the items nearest to words, a picture, a sound or an item"),
    "  umekomi search photos.ume \"a dog on grass\" -k 5 --modality image\n"
    "  umekomi search photos.ume --audio bark.wav\n",
    run};

typedef struct {
    char *image, *audio, *item, *vector, *modality;
    int k;
    gboolean exact;
} Options;

static gboolean
parse_mask(const char *text, guint *mask, GError **error)
{
    g_auto(GStrv) names = NULL;

    *mask = UMK_MODALITY_ALL;
    if (text == NULL)
        return TRUE;
    *mask = 0;
    names = g_strsplit(text, ",", -1);
    for (gsize i = 0; names[i] != NULL; i++) {
        UmkModality modality;

        if (!umk_modality_from_name(g_strstrip(names[i]), &modality)) {
            g_set_error(
                error, UMK_ERROR, UMK_ERROR_PARAM,
                _("“%s” is not a modality; they are text, image, audio and graph"),
                names[i]);
            return FALSE;
        }
        *mask |= 1u << modality;
    }
    return TRUE;
}

static UmkHits *
search_query(UmkCli *cli,
             UmkCollection *collection,
             UmkItem *query,
             guint k,
             guint mask,
             GError **error)
{
    g_autoptr(UmkModel) model =
        umk_collection_load_model(collection, umk_registry_get_default(),
                                  umk_item_get_modality(query), cli->cancellable, error);
    g_autoptr(UmkMatrix) vector = NULL;

    if (model == NULL)
        return NULL;
    umk_cli_judge(cli, model, query);
    vector =
        umk_collection_embed_query(collection, model, query, cli->cancellable, error);
    return vector ? umk_collection_search(collection, vector, k, mask, cli->cancellable,
                                          error)
                  : NULL;
}

static UmkHits *
search(UmkCli *cli,
       UmkCollection *collection,
       const Options *o,
       const char *text,
       guint mask,
       GError **error)
{
    g_autoptr(UmkItem) query = NULL;
    gsize row;

    if (o->item != NULL) {
        if (!umk_collection_find(collection, o->item, &row)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("%s: there is no item “%s”"),
                        umk_collection_get_path(collection), o->item);
            return NULL;
        }
        return umk_collection_search_item(collection, row, (guint) o->k, mask,
                                          cli->cancellable, error);
    }
    if (o->vector != NULL) {
        g_autoptr(UmkMatrix) vectors = umk_vectors_read(o->vector, NULL, error);

        return vectors ? umk_collection_search(collection, vectors, (guint) o->k, mask,
                                               cli->cancellable, error)
                       : NULL;
    }
    query = o->image   ? umk_item_new_for_file(UMK_MODALITY_IMAGE, o->image)
            : o->audio ? umk_item_new_for_file(UMK_MODALITY_AUDIO, o->audio)
                       : umk_item_new_for_text(text);
    return search_query(cli, collection, query, (guint) o->k, mask, error);
}

static void
print_hit(UmkCli *cli, guint query, guint rank, float score, UmkItem *item)
{
    const char *modality = umk_modality_get_name(umk_item_get_modality(item));
    const char *caption = umk_item_get_caption(item);
    g_autofree char *id = umk_cli_escape(umk_item_get_id(item));
    g_autofree char *shown = umk_cli_escape(caption ? caption : "");

    if (cli->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "query");
        json_builder_add_int_value(builder, query);
        json_builder_set_member_name(builder, "rank");
        json_builder_add_int_value(builder, rank);
        json_builder_set_member_name(builder, "score");
        json_builder_add_double_value(builder, (double) score);
        json_builder_set_member_name(builder, "id");
        json_builder_add_string_value(builder, umk_item_get_id(item));
        json_builder_set_member_name(builder, "modality");
        json_builder_add_string_value(builder, modality);
        json_builder_set_member_name(builder, "caption");
        json_builder_add_string_value(builder, caption ? caption : "");
        json_builder_set_member_name(builder, "label");
        json_builder_add_string_value(
            builder, umk_item_get_label(item) ? umk_item_get_label(item) : "");
        umk_cli_add_knowledge(cli, builder);
        json_builder_end_object(builder);
        umk_cli_print_json(builder);
        return;
    }
    printf("%4u  %7.4f  %-6s %-40s  %s\n", rank, (double) score, modality, id, shown);
}

static UmkCliExit
print_hits(UmkCli *cli, UmkCollection *collection, UmkHits *hits)
{
    for (gsize q = 0; q < umk_hits_get_n_queries(hits); q++) {
        if (umk_hits_get_n_hits(hits, q) == 0)
            umk_cli_message(cli, _("Nothing found"));
        for (guint rank = 0; rank < umk_hits_get_n_hits(hits, q); rank++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(UmkItem) item = NULL;
            float score;
            gsize row = umk_hits_get(hits, q, rank, &score);

            item = umk_collection_dup_item(collection, row, &error);
            if (item == NULL)
                return umk_cli_fail(cli, error);
            print_hit(cli, (guint) q, rank + 1, score, item);
        }
    }
    return UMK_CLI_OK;
}

/* A file of word vectors is the model of its own words. */
static UmkMatrix *
embed_words(UmkCli *cli, const char *path, const char *text, GError **error)
{
    g_autoptr(UmkModel) model =
        umk_model_load(umk_registry_get_default(), path, NULL, cli->cancellable, error);
    g_autoptr(UmkItem) item = umk_item_new_for_text(text);
    g_autoptr(UmkItems) items = umk_items_new();

    if (model == NULL)
        return NULL;
    if (!umk_model_has_modality(model, UMK_MODALITY_TEXT)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s is a file of vectors without words: search it with --item or "
                      "--vector"),
                    path);
        return NULL;
    }
    umk_items_append(items, item);
    return umk_model_embed(model, items, cli->cancellable, NULL, NULL, error);
}

static UmkCliExit
search_file(UmkCli *cli, const char *path, const Options *o, const char *text)
{
    g_auto(UmkCliSource) source = {0};
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkMatrix) query = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GError) error = NULL;
    guint64 row = 0;
    guint rank = 0;

    if (!umk_cli_source_open(cli, path, NULL, &source, &error))
        return umk_cli_fail(cli, error);
    if (o->vector != NULL) {
        query = umk_vectors_read(o->vector, NULL, &error);
    } else if (o->item != NULL) {
        while (source.names[row] != NULL && !g_str_equal(source.names[row], o->item))
            row++;
        if (source.names[row] == NULL)
            g_set_error(&error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("%s: there is no item “%s”"), path, o->item);
        else
            query = umk_matrix_select_rows(source.vectors, &row, 1, &error);
    } else if (text != NULL) {
        query = embed_words(cli, path, text, &error);
    } else {
        g_set_error(&error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s is a file of vectors: search it with words, --item or "
                      "--vector"),
                    path);
    }
    if (query != NULL)
        index = umk_index_build("exact", source.vectors, UMK_METRIC_COSINE, NULL,
                                cli->cancellable, NULL, NULL, &error);
    if (index != NULL)
        hits = umk_index_search(index, query, (guint) o->k + (o->item != NULL), NULL,
                                cli->cancellable, &error);
    if (hits == NULL)
        return umk_cli_fail(cli, error);
    for (guint i = 0; i < umk_hits_get_n_hits(hits, 0) && rank < (guint) o->k; i++) {
        float score;
        gsize hit = umk_hits_get(hits, 0, i, &score);
        g_autoptr(UmkItem) item = NULL;

        if (o->item != NULL && hit == row)
            continue;
        item = umk_item_new_for_text(source.names[hit]);
        umk_item_set_id(item, source.names[hit]);
        print_hit(cli, 0, ++rank, score, item);
    }
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    Options o = {.k = 10};
    const GOptionEntry entries[] = {
        {"image", 0, 0, G_OPTION_ARG_FILENAME, &o.image, N_("Search by a picture"),
         "FILE"},
        {"audio", 0, 0, G_OPTION_ARG_FILENAME, &o.audio, N_("Search by a sound"), "FILE"},
        {"item", 0, 0, G_OPTION_ARG_STRING, &o.item,
         N_("Search by an item that is there"), "ID"},
        {"vector", 0, 0, G_OPTION_ARG_FILENAME, &o.vector, N_("Search by vectors"),
         "FILE.npy"},
        {"k", 'k', 0, G_OPTION_ARG_INT, &o.k, N_("How many hits (default 10)"), "N"},
        {"modality", 'm', 0, G_OPTION_ARG_STRING, &o.modality,
         N_("Only these: text, image, audio, graph; joined by commas"), "M"},
        {"exact", 0, 0, G_OPTION_ARG_NONE, &o.exact,
         N_("Compare with every item (always so)"), NULL},
        {NULL}};
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_search, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);
    guint mask, n_queries;

    if (code != UMK_CLI_OK)
        return code;
    n_queries = (argc == 3) + (o.image != NULL) + (o.audio != NULL) + (o.item != NULL) +
                (o.vector != NULL);
    if (argc < 2 || argc > 3 || n_queries != 1)
        return umk_cli_usage(&umk_cli_command_search,
                             _("give a source and one thing to search by"));
    if (o.k < 1 || o.k > 1000000)
        return umk_cli_usage(&umk_cli_command_search,
                             _("-k takes a number from 1 to 1000000"));
    if (!parse_mask(o.modality, &mask, &error))
        return umk_cli_usage(&umk_cli_command_search, "%s", error->message);
    if (g_file_test(argv[1], G_FILE_TEST_IS_REGULAR))
        return search_file(cli, argv[1], &o, argc == 3 ? argv[2] : NULL);
    collection = umk_collection_open(argv[1], UMK_OPEN_READ, &error);
    if (collection == NULL)
        return umk_cli_fail(cli, error);
    hits = search(cli, collection, &o, argc == 3 ? argv[2] : NULL, mask, &error);
    if (hits == NULL)
        return umk_cli_fail(cli, error);
    return print_hits(cli, collection, hits);
}
