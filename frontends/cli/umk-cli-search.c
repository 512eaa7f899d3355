/* SPDX-License-Identifier: GPL-3.0-or-later */
/* search: nearest items of a collection, by meaning, words, picture, sound, item, formula
 * or vector, among those that a condition is true of. */
#include "umk-cli.h"

#include <stdio.h>
#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_search = {
    "search",
    "SOURCE (TEXT | --image FILE | --audio FILE | --item ID | --formula SUM |\n"
    "         --vector FILE.npy|NUMBERS | --words WORDS)",
    N_("Find the items nearest to words, a picture, a sound or an item"),
    "  umekomi search photos.ume \"a dog on grass\" -k 5 --modality image\n"
    "  umekomi search photos.ume \"red bicycle\" --hybrid --where 'year >= 2020'\n"
    "  umekomi search words.vec --formula 'king - man + woman'\n",
    run};

typedef struct {
    char *image, *audio, *item, *vector, *formula, *words, *modality, *where, *metadata;
    char *index;
    int k, ef;
    double recall;
    gboolean exact, hybrid;
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

/* ---- a collection ----------------------------------------------------------------- */

static UmkMatrix *
embed_query(UmkCli *cli, UmkCollection *collection, UmkItem *query, GError **error)
{
    g_autoptr(UmkModel) model =
        umk_collection_load_model(collection, umk_registry_get_default(),
                                  umk_item_get_modality(query), cli->cancellable, error);

    if (model == NULL)
        return NULL;
    umk_cli_judge(cli, model, query);
    return umk_collection_embed_query(collection, model, query, cli->cancellable, error);
}

/* A formula's own items are not among its answers. */
static UmkMatrix *
embed_formula(UmkCli *cli,
              UmkCollection *collection,
              UmkSearch *search,
              const char *text,
              GError **error)
{
    g_autoptr(UmkFormula) formula = umk_formula_new(text, error);
    g_autoptr(GBytes) rows = NULL;
    UmkMatrix *sum;
    const guint64 *named;
    gsize size;

    if (formula == NULL)
        return NULL;
    sum = umk_collection_embed_formula(collection, umk_registry_get_default(), formula,
                                       &rows, cli->cancellable, error);
    if (sum == NULL)
        return NULL;
    named = g_bytes_get_data(rows, &size);
    for (gsize i = 0; i < size / sizeof *named; i++)
        umk_search_exclude(search, named[i]);
    return sum;
}

/* A file, or numbers in brackets that no file is called. */
static UmkMatrix *
read_vectors(const char *argument, GError **error)
{
    return *argument == '[' && !g_file_test(argument, G_FILE_TEST_EXISTS)
               ? umk_vectors_parse(argument, NULL, error)
               : umk_vectors_read(argument, NULL, error);
}

/* What the question looks for besides words; FALSE with an error. */
static gboolean
set_query(UmkCli *cli,
          UmkCollection *collection,
          UmkSearch *search,
          const Options *o,
          const char *text,
          GError **error)
{
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(UmkItem) query = NULL;
    gsize row;

    if (o->item != NULL) {
        if (!umk_collection_find(collection, o->item, &row)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("%s: there is no item “%s”"),
                        umk_collection_get_path(collection), o->item);
            return FALSE;
        }
        umk_search_set_item(search, row);
        return TRUE;
    }
    if (o->vector != NULL) {
        vectors = read_vectors(o->vector, error);
    } else if (o->formula != NULL) {
        vectors = embed_formula(cli, collection, search, o->formula, error);
    } else if (o->image != NULL || o->audio != NULL || text != NULL) {
        query = o->image   ? umk_item_new_for_file(UMK_MODALITY_IMAGE, o->image)
                : o->audio ? umk_item_new_for_file(UMK_MODALITY_AUDIO, o->audio)
                           : umk_item_new_for_text(text);
        vectors = embed_query(cli, collection, query, error);
    } else {
        return TRUE;
    }
    umk_search_set_vectors(search, vectors);
    return vectors != NULL;
}

static UmkSearch *
make_search(UmkCli *cli,
            UmkCollection *collection,
            const Options *o,
            const char *text,
            guint mask,
            GError **error)
{
    g_autoptr(UmkSearch) search = umk_search_new(collection);
    g_autoptr(UmkFilter) filter = NULL;

    if (o->where != NULL) {
        filter = umk_filter_new(o->where, error);
        if (filter == NULL)
            return NULL;
        umk_search_set_filter(search, filter);
    }
    umk_search_set_modalities(search, mask);
    umk_search_set_index(search, o->exact ? "exact" : o->index);
    umk_search_set_effort(search, o->recall, (guint) o->ef);
    if (o->words != NULL || o->hybrid)
        umk_search_set_words(search, o->words != NULL ? o->words : text);
    return set_query(cli, collection, search, o, text, error) ? g_steal_pointer(&search)
                                                              : NULL;
}

static void
add_text(JsonBuilder *builder, const char *name, const char *text)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, text != NULL ? text : "");
}

static void
print_hit(
    UmkCli *cli, guint query, guint rank, float score, UmkItem *item, const char *plan)
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
        add_text(builder, "id", umk_item_get_id(item));
        add_text(builder, "modality", modality);
        add_text(builder, "caption", caption);
        add_text(builder, "label", umk_item_get_label(item));
        add_text(builder, "plan", plan);
        umk_cli_add_knowledge(cli, builder);
        json_builder_end_object(builder);
        umk_cli_print_json(builder);
        return;
    }
    printf("%4u  %7.4f  %-6s %-40s  %s\n", rank, (double) score, modality, id, shown);
}

static UmkCliExit
print_hits(UmkCli *cli, UmkCollection *collection, UmkHits *hits, const char *plan)
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
            print_hit(cli, (guint) q, rank + 1, score, item, plan);
        }
    }
    return UMK_CLI_OK;
}

static UmkCliExit
search_collection(
    UmkCli *cli, const char *path, const Options *o, const char *text, guint mask)
{
    g_autoptr(UmkCollection) collection = NULL;
    g_autoptr(UmkSearch) search = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *plan = NULL;

    collection = umk_collection_open(path, UMK_OPEN_READ, &error);
    if (collection != NULL)
        search = make_search(cli, collection, o, text, mask, &error);
    if (search == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, "");
    hits = umk_search_run(search, (guint) o->k, cli->cancellable, umk_cli_progress, cli,
                          &error);
    umk_cli_progress_end(cli);
    if (hits == NULL)
        return umk_cli_fail(cli, error);
    plan = umk_search_dup_plan(search);
    if (!cli->json)
        umk_cli_message(cli, _("Search: %s"), plan);
    return print_hits(cli, collection, hits, plan);
}

/* ---- a file of vectors ------------------------------------------------------------ */

typedef struct {
    UmkCliSource source;
    UmkItems *items;  /* one a row */
    GArray *excluded; /* gsize */
    UmkMatrix *query;
    GBytes *allowed; /* or NULL */
} File;

static void
file_clear(File *file)
{
    umk_cli_source_clear(&file->source);
    g_clear_pointer(&file->items, umk_items_unref);
    g_clear_pointer(&file->excluded, g_array_unref);
    g_clear_pointer(&file->query, umk_matrix_unref);
    g_clear_pointer(&file->allowed, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(File, file_clear)

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

static gboolean
find_row(File *file, const char *name, guint64 *row)
{
    char **names = file->source.names;
    gsize at = 0;

    while (names[at] != NULL && !g_str_equal(names[at], name))
        at++;
    if (names[at] == NULL)
        return FALSE;
    g_array_append_val(file->excluded, at);
    *row = at;
    return TRUE;
}

static UmkMatrix *
sum_rows(File *file, const char *path, const char *text, GError **error)
{
    g_autoptr(UmkFormula) formula = umk_formula_new(text, error);
    g_autoptr(UmkMatrix) terms = NULL;
    g_autofree guint64 *rows = NULL;
    gsize n;

    if (formula == NULL)
        return NULL;
    n = umk_formula_get_n_terms(formula);
    rows = g_new(guint64, n + 1);
    for (gsize i = 0; i < n; i++) {
        const char *name = umk_formula_get_term(formula, i, NULL);

        if (find_row(file, name, &rows[i]))
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                    strpbrk(name, "-/") != NULL
                        ? _("The formula, column %u: %s has no “%s”; a minus between "
                            "names has blanks around it")
                        : _("The formula, column %u: %s has no “%s”"),
                    umk_formula_get_column(formula, i), path, name);
        return NULL;
    }
    terms = umk_matrix_select_rows(file->source.vectors, rows, n, error);
    return terms != NULL ? umk_formula_combine(formula, terms, error) : NULL;
}

static gboolean
set_file_query(UmkCli *cli,
               File *file,
               const char *path,
               const Options *o,
               const char *text,
               GError **error)
{
    guint64 row;

    if (o->vector != NULL) {
        file->query = read_vectors(o->vector, error);
    } else if (o->formula != NULL) {
        file->query = sum_rows(file, path, o->formula, error);
    } else if (o->item != NULL) {
        if (find_row(file, o->item, &row))
            file->query = umk_matrix_select_rows(file->source.vectors, &row, 1, error);
        else
            g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND,
                        _("%s: there is no item “%s”"), path, o->item);
    } else if (text != NULL && !o->hybrid) {
        file->query = embed_words(cli, path, text, error);
    } else {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("%s is a file of vectors: search it with words, --item, --formula "
                      "or --vector"),
                    path);
    }
    return file->query != NULL;
}

/* Items to be shown and asked conditions of: from the table beside, else the names. */
static gboolean
read_items(File *file, const Options *o, GError **error)
{
    gsize n = umk_matrix_get_n_rows(file->source.vectors);

    if (o->metadata != NULL) {
        file->items = umk_vectors_read_metadata(o->metadata, n, error);
        for (gsize i = 0; file->items != NULL && i < n; i++)
            if (umk_item_get_id(umk_items_get(file->items, i)) == NULL)
                umk_item_set_id(umk_items_get(file->items, i), file->source.names[i]);
        return file->items != NULL;
    }
    if (o->where == NULL)
        return TRUE;
    file->items = umk_items_new();
    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(file->source.names[i]);

        umk_item_set_id(item, file->source.names[i]);
        umk_items_append(file->items, item);
    }
    return TRUE;
}

static gboolean
find_allowed(File *file, const Options *o, GError **error)
{
    gsize n = umk_matrix_get_n_rows(file->source.vectors);
    g_autoptr(UmkFilter) filter = NULL;
    g_autoptr(GBytes) matches = NULL;
    guint8 *rows;

    if (o->where != NULL) {
        filter = umk_filter_new(o->where, error);
        matches = filter != NULL ? umk_filter_match(filter, file->items, error) : NULL;
        if (matches == NULL)
            return FALSE;
    }
    if (matches == NULL && file->excluded->len == 0)
        return TRUE;
    rows = g_malloc(n + 1);
    if (matches != NULL)
        memcpy(rows, g_bytes_get_data(matches, NULL), n);
    else
        memset(rows, 1, n);
    for (guint i = 0; i < file->excluded->len; i++)
        rows[g_array_index(file->excluded, gsize, i)] = 0;
    file->allowed = g_bytes_new_take(rows, n);
    return TRUE;
}

static UmkItem *
dup_row_item(File *file, gsize row)
{
    UmkItem *item;

    if (file->items != NULL)
        return umk_item_ref(umk_items_get(file->items, row));
    item = umk_item_new_for_text(file->source.names[row]);
    umk_item_set_id(item, file->source.names[row]);
    return item;
}

static UmkCliExit
search_file(UmkCli *cli, const char *path, const Options *o, const char *text)
{
    g_auto(File) file = {.excluded = g_array_new(FALSE, FALSE, sizeof(gsize))};
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GError) error = NULL;

    if (!umk_cli_source_open(cli, path, NULL, &file.source, &error) ||
        !set_file_query(cli, &file, path, o, text, &error) ||
        !read_items(&file, o, &error) || !find_allowed(&file, o, &error))
        return umk_cli_fail(cli, error);
    index = umk_index_build("exact", file.source.vectors, UMK_METRIC_COSINE, NULL,
                            cli->cancellable, NULL, NULL, &error);
    if (index != NULL)
        hits = umk_index_search(index, file.query, (guint) o->k, file.allowed,
                                cli->cancellable, &error);
    if (hits == NULL)
        return umk_cli_fail(cli, error);
    for (gsize q = 0; q < umk_hits_get_n_queries(hits); q++) {
        for (guint rank = 0; rank < umk_hits_get_n_hits(hits, q); rank++) {
            float score;
            gsize row = umk_hits_get(hits, q, rank, &score);
            g_autoptr(UmkItem) item = dup_row_item(&file, row);

            print_hit(cli, (guint) q, rank + 1, score, item,
                      _("vectors compared exactly"));
        }
    }
    return UMK_CLI_OK;
}

/* ---- the command ------------------------------------------------------------------ */

/* What is wrong with the options, or NULL. */
static const char *
find_fault(const Options *o, gboolean is_file)
{
    if (o->k < 1 || o->k > 1000000)
        return _("-k takes a number from 1 to 1000000");
    if (o->recall < 0 || o->recall > 1)
        return _("--recall takes a share from 0 to 1");
    if (o->ef < 0 || o->ef > 1000000)
        return _("--ef takes a number from 1 to 1000000");
    if (o->index != NULL && !g_str_equal(o->index, "exact") &&
        !g_str_equal(o->index, "hnsw"))
        return _("--index is exact or hnsw");
    if (is_file && (o->words != NULL || o->hybrid))
        return _("--words and --hybrid need a collection");
    if (!is_file && o->metadata != NULL)
        return _("--metadata belongs to a file of vectors; a collection has its own");
    return NULL;
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
        {"formula", 0, 0, G_OPTION_ARG_STRING, &o.formula,
         N_("Search by a sum of items and words, such as 'king - man + woman'"), "SUM"},
        {"vector", 0, 0, G_OPTION_ARG_FILENAME, &o.vector,
         N_("Search by the vectors of a file, or by one such as '[0.12, -0.3]'"), "FILE"},
        {"words", 0, 0, G_OPTION_ARG_STRING, &o.words,
         N_("Rank by these words in captions and texts; with one of the above, fuse "
            "both"),
         "WORDS"},
        {"hybrid", 0, 0, G_OPTION_ARG_NONE, &o.hybrid,
         N_("Rank by the meaning of TEXT and by its words, and fuse both"), NULL},
        {"k", 'k', 0, G_OPTION_ARG_INT, &o.k, N_("How many hits (default 10)"), "N"},
        {"modality", 'm', 0, G_OPTION_ARG_STRING, &o.modality,
         N_("Only these: text, image, audio, graph; joined by commas"), "M"},
        {"where", 0, 0, G_OPTION_ARG_STRING, &o.where,
         N_("Only items of which a condition is true, such as 'label = \"x\" and year > "
            "1990'"),
         "CONDITION"},
        {"metadata", 0, 0, G_OPTION_ARG_FILENAME, &o.metadata,
         N_("For a file of vectors: a table with one row a vector"), "FILE.csv"},
        {"index", 0, 0, G_OPTION_ARG_STRING, &o.index,
         N_("exact or hnsw (default: by the number of items)"), "NAME"},
        {"exact", 0, 0, G_OPTION_ARG_NONE, &o.exact,
         N_("Compare with every item, as --index exact"), NULL},
        {"recall", 0, 0, G_OPTION_ARG_DOUBLE, &o.recall,
         N_("Share of the true neighbours that hnsw should find"), "R"},
        {"ef", 0, 0, G_OPTION_ARG_INT, &o.ef,
         N_("How many candidates hnsw keeps (default: what --recall needs)"), "N"},
        {NULL}};
    g_autoptr(GError) error = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_search, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);
    const char *text, *fault;
    gboolean is_file;
    guint mask, n_queries;

    if (code != UMK_CLI_OK)
        return code;
    text = argc == 3 ? argv[2] : NULL;
    n_queries = (text != NULL) + (o.image != NULL) + (o.audio != NULL) +
                (o.item != NULL) + (o.vector != NULL) + (o.formula != NULL);
    if (argc < 2 || argc > 3 || n_queries > 1 || (n_queries == 0 && o.words == NULL))
        return umk_cli_usage(&umk_cli_command_search,
                             _("give a source and one thing to search by"));
    if (o.hybrid && text == NULL && o.words == NULL)
        return umk_cli_usage(&umk_cli_command_search,
                             _("--hybrid takes its words from TEXT or --words"));
    if (!parse_mask(o.modality, &mask, &error))
        return umk_cli_usage(&umk_cli_command_search, "%s", error->message);
    is_file = umk_cli_source_is_file(argv[1]);
    fault = find_fault(&o, is_file);
    if (fault != NULL)
        return umk_cli_usage(&umk_cli_command_search, "%s", fault);
    return is_file ? search_file(cli, argv[1], &o, text)
                   : search_collection(cli, argv[1], &o, text, mask);
}
