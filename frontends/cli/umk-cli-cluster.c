/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cluster: groups of items, with names; as a table, a file of labels, a column. */
#include "umk-cli.h"

#include "umk-chart.h"

#include <stdio.h>
#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_cluster = {
    "cluster",
    "SOURCE --method kmeans|hierarchical|hdbscan [--output FILE.{csv,tsv,json,npy}]",
    N_("Group items that lie together, and name the groups"),
    "  umekomi cluster photos.ume --method hdbscan --min-cluster-size 10 --column group\n"
    "  umekomi cluster vectors.npy --method kmeans -k 20 --output labels.npy\n",
    run};

#define NOT_GIVEN G_MININT /* -k */

typedef struct {
    char *method, *output, *ids, *texts, *column;
    int k, n_words;
} Options;

typedef struct {
    const Options *options;
    const UmkCliSource *source;
    UmkClusters *clusters;
    char **names; /* one a cluster */
} Result;

/* What the names are made of: a caption or a text for each row, or NULL. */
static char **
load_texts(const Options *o, const UmkCliSource *source, GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    g_auto(GStrv) captions = NULL, texts = NULL;
    const guint64 *rows;
    char **picked;

    if (o->texts != NULL) {
        g_auto(GStrv) lines = umk_cli_read_lines(o->texts, error);

        if (lines != NULL && g_strv_length(lines) != n) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                        _("%s has %u lines, the source has %zu vectors"), o->texts,
                        g_strv_length(lines), n);
            return NULL;
        }
        return g_steal_pointer(&lines);
    }
    if (source->collection == NULL)
        return NULL;
    captions = umk_collection_dup_column(source->collection, "caption", NULL);
    texts = umk_collection_dup_column(source->collection, "text", NULL);
    rows = g_bytes_get_data(source->rows, NULL);
    picked = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++) {
        const char *caption = captions != NULL ? captions[rows[i]] : "";

        if (*caption == '\0' && texts != NULL)
            caption = texts[rows[i]];
        picked[i] = g_strdup(caption);
    }
    return picked;
}

static void
print_json(const Result *r)
{
    guint n;
    const guint64 *sizes = umk_clusters_get_sizes(r->clusters, &n);
    const guint64 *medoids = umk_clusters_get_medoids(r->clusters, &n);
    g_autofree char *recipe = umk_clusters_to_json(r->clusters);

    for (guint c = 0; c < n; c++) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "cluster");
        json_builder_add_int_value(builder, c);
        json_builder_set_member_name(builder, "size");
        json_builder_add_int_value(builder, (gint64) sizes[c]);
        json_builder_set_member_name(builder, "name");
        json_builder_add_string_value(builder, r->names[c]);
        json_builder_set_member_name(builder, "medoid");
        json_builder_add_string_value(builder, r->source->names[medoids[c]]);
        json_builder_end_object(builder);
        umk_cli_print_json(builder);
    }
    puts(recipe);
}

static void
print_table(const Result *r)
{
    guint n;
    const guint64 *sizes = umk_clusters_get_sizes(r->clusters, &n);
    const guint64 *medoids = umk_clusters_get_medoids(r->clusters, &n);
    gsize n_noise = umk_clusters_get_n_noise(r->clusters);

    printf("%8s  %8s  %s\n", _("cluster"), _("items"), _("name [medoid]"));
    for (guint c = 0; c < n; c++) {
        g_autofree char *name = umk_cli_escape(r->names[c]);
        g_autofree char *medoid = umk_cli_escape(r->source->names[medoids[c]]);

        printf("%8u  %8" G_GUINT64_FORMAT "  %s [%s]\n", c, sizes[c], name, medoid);
    }
    if (n_noise > 0)
        printf("%8s  %8zu  %s\n", "–", n_noise, _("in no cluster"));
}

/* ---- files ------------------------------------------------------------------------ */

static const char *
name_of(const Result *r, gint32 label)
{
    return label >= 0 ? r->names[label] : "";
}

static gboolean
write_npy(const Result *r, GError **error)
{
    gsize n;
    const gint32 *labels = umk_clusters_get_labels(r->clusters, &n);
    g_autofree gint64 *wide = g_new(gint64, n + 1);

    for (gsize i = 0; i < n; i++)
        wide[i] = labels[i];
    return umk_vectors_write_ids(r->options->output, n, 0, wide, error);
}

/* A cell: quoted in CSV where it must be; TSV has no quotes, so blanks stand in. */
static void
append_cell(GString *out, const char *text, char separator)
{
    g_autofree char *clean = umk_cli_escape(text);

    if (separator == ',' && strpbrk(clean, ",\"") != NULL) {
        g_autoptr(GString) quoted = g_string_new(clean);

        g_string_replace(quoted, "\"", "\"\"", 0);
        g_string_append_printf(out, "\"%s\"", quoted->str);
        return;
    }
    g_string_append(out, clean);
}

static gboolean
write_table(const Result *r, char separator, GError **error)
{
    gsize n;
    const gint32 *labels = umk_clusters_get_labels(r->clusters, &n);
    const float *probabilities = umk_clusters_get_probabilities(r->clusters, &n);
    g_autoptr(GString) out = g_string_new(NULL);

    g_string_printf(out, "id%ccluster%cname%cprobability\n", separator, separator,
                    separator);
    for (gsize i = 0; i < n; i++) {
        char digits[G_ASCII_DTOSTR_BUF_SIZE];

        append_cell(out, r->source->names[i], separator);
        g_string_append_printf(out, "%c%d%c", separator, labels[i], separator);
        append_cell(out, name_of(r, labels[i]), separator);
        g_ascii_formatd(digits, sizeof digits, "%.6g", (double) probabilities[i]);
        g_string_append_printf(out, "%c%s\n", separator, digits);
    }
    return umk_cli_write_text(r->options->output, out->str, (gssize) out->len, error);
}

static void
add_members(const Result *r, JsonBuilder *builder)
{
    gsize n;
    const gint32 *labels = umk_clusters_get_labels(r->clusters, &n);
    const float *probabilities = umk_clusters_get_probabilities(r->clusters, &n);

    json_builder_set_member_name(builder, "items");
    json_builder_begin_array(builder);
    for (gsize i = 0; i < n; i++) {
        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "id");
        json_builder_add_string_value(builder, r->source->names[i]);
        json_builder_set_member_name(builder, "cluster");
        json_builder_add_int_value(builder, labels[i]);
        json_builder_set_member_name(builder, "probability");
        json_builder_add_double_value(builder, (double) probabilities[i]);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
}

static gboolean
write_json(const Result *r, GError **error)
{
    g_autofree char *recipe = umk_clusters_to_json(r->clusters), *text = NULL;
    g_autoptr(JsonNode) root = NULL;
    g_autoptr(JsonBuilder) builder = json_builder_new();
    guint n;
    const guint64 *sizes = umk_clusters_get_sizes(r->clusters, &n);
    const guint64 *medoids = umk_clusters_get_medoids(r->clusters, &n);

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "recipe");
    json_builder_add_value(builder, json_from_string(recipe, NULL));
    json_builder_set_member_name(builder, "clusters");
    json_builder_begin_array(builder);
    for (guint c = 0; c < n; c++) {
        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "name");
        json_builder_add_string_value(builder, r->names[c]);
        json_builder_set_member_name(builder, "size");
        json_builder_add_int_value(builder, (gint64) sizes[c]);
        json_builder_set_member_name(builder, "medoid");
        json_builder_add_string_value(builder, r->source->names[medoids[c]]);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    add_members(r, builder);
    json_builder_end_object(builder);
    root = json_builder_get_root(builder);
    text = json_to_string(root, FALSE);
    return umk_cli_write_text(r->options->output, text, -1, error);
}

static gboolean
write_output(const Result *r, GError **error)
{
    const char *path = r->options->output;

    if (path == NULL)
        return TRUE;
    if (g_str_has_suffix(path, ".npy"))
        return write_npy(r, error);
    if (g_str_has_suffix(path, ".json"))
        return write_json(r, error);
    return write_table(r, g_str_has_suffix(path, ".tsv") ? '\t' : ',', error);
}

static gboolean
is_known_format(const char *path)
{
    return g_str_has_suffix(path, ".npy") || g_str_has_suffix(path, ".json") ||
           g_str_has_suffix(path, ".csv") || g_str_has_suffix(path, ".tsv");
}

/* Rows without a vector in the space keep what they have in the column: nothing. */
static gboolean
store_column(const Result *r, const char *path, GError **error)
{
    g_autoptr(UmkCollection) collection =
        umk_collection_open(path, UMK_OPEN_WRITE, error);
    g_autofree const char **values = NULL;
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    const guint64 *rows = g_bytes_get_data(r->source->rows, NULL);
    gsize n, n_items;
    const gint32 *labels = umk_clusters_get_labels(r->clusters, &n);

    if (collection == NULL)
        return FALSE;
    n_items = umk_collection_get_n_items(collection);
    values = g_new0(const char *, n_items + 1);
    for (gsize i = 0; i < n; i++) {
        char *text;

        if (labels[i] < 0 || rows[i] >= n_items)
            continue;
        text = *r->names[labels[i]] != '\0' ? g_strdup(r->names[labels[i]])
                                            : g_strdup_printf("%d", labels[i]);
        g_ptr_array_add(texts, text);
        values[rows[i]] = text;
    }
    return umk_collection_set_column(collection, r->options->column, values, n_items,
                                     error) &&
           umk_collection_commit(collection, error);
}

/* ---- the command ------------------------------------------------------------------ */

static gboolean
set_defaults(const Options *o,
             const UmkCliSource *source,
             UmkParams *params,
             GError **error)
{
    UmkSpace *space =
        source->collection != NULL ? umk_collection_get_space(source->collection) : NULL;

    if (o->k != NOT_GIVEN && !umk_params_set_double(params, "clusters", o->k, error))
        return FALSE;
    if (space != NULL && !umk_params_is_set(params, "metric") &&
        umk_space_get_metric(space) == UMK_METRIC_COSINE)
        return umk_params_set(params, "metric", "cosine", error);
    return TRUE;
}

static UmkCliExit
cluster(UmkCli *cli, const Options *o, const char *path, UmkParams *params)
{
    g_auto(UmkCliSource) source = {0};
    g_autoptr(UmkClusters) clusters = NULL;
    g_auto(GStrv) texts = NULL, names = NULL;
    g_autoptr(GError) error = NULL;
    Result result = {.options = o, .source = &source};

    if (!umk_cli_source_open(cli, path, o->ids, &source, &error) ||
        !set_defaults(o, &source, params, &error))
        return umk_cli_fail(cli, error);
    texts = load_texts(o, &source, &error);
    if (error != NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, NULL);
    clusters = umk_cluster_fit(o->method, source.vectors, params, (guint64) cli->seed,
                               cli->cancellable, umk_cli_progress, cli, &error);
    if (clusters == NULL)
        return umk_cli_fail(cli, error);
    names = umk_chart_name_clusters(clusters, texts, source.names, (guint) o->n_words,
                                    cli->cancellable, &error);
    result.clusters = clusters;
    result.names = names;
    if (names == NULL || !write_output(&result, &error) ||
        (o->column != NULL && !store_column(&result, path, &error)))
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    if (cli->json)
        print_json(&result);
    else
        print_table(&result);
    return UMK_CLI_OK;
}

/* The method's options join the command's, so its name is looked for first. */
static const char *
find_method(int argc, char **argv)
{
    const char *method = "kmeans";

    for (int i = 1; i < argc; i++) {
        if (g_str_equal(argv[i], "--method") && i + 1 < argc)
            method = argv[i + 1];
        else if (g_str_has_prefix(argv[i], "--method="))
            method = argv[i] + strlen("--method=");
    }
    return method;
}

static UmkCliExit
check(const Options *o, int argc, char **argv, UmkParams *params)
{
    const UmkCliCommand *command = &umk_cli_command_cluster;

    if (argc != 2)
        return umk_cli_usage(command, _("give one source"));
    if (o->output != NULL && !is_known_format(o->output))
        return umk_cli_usage(
            command, _("%s: labels are written to csv, tsv, json or npy"), o->output);
    if (o->k != NOT_GIVEN && !umk_params_has(params, "clusters"))
        return umk_cli_usage(command, _("%s finds the number of clusters by itself"),
                             o->method);
    if (o->column != NULL && !g_file_test(argv[1], G_FILE_TEST_IS_DIR))
        return umk_cli_usage(command, _("--column needs a collection"));
    if (o->n_words < 1 || o->n_words > 20)
        return umk_cli_usage(command, _("--words takes a number from 1 to 20"));
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    Options o = {.k = NOT_GIVEN, .n_words = 3};
    g_autofree char *named = NULL;
    const GOptionEntry entries[] = {
        {"method", 0, 0, G_OPTION_ARG_STRING, &named,
         N_("kmeans (default), hierarchical or hdbscan"), "NAME"},
        {"k", 'k', 0, G_OPTION_ARG_INT, &o.k, N_("How many clusters, as --clusters"),
         "N"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
         N_("The cluster of each item"), "FILE"},
        {"column", 0, 0, G_OPTION_ARG_STRING, &o.column,
         N_("Store the names of the clusters in this column of the collection"), "NAME"},
        {"texts", 0, 0, G_OPTION_ARG_FILENAME, &o.texts,
         N_("Texts to name the clusters by, one a line (default: captions and texts of "
            "the collection)"),
         "FILE"},
        {"words", 0, 0, G_OPTION_ARG_INT, &o.n_words, N_("Words of a name (default 3)"),
         "N"},
        {"ids", 0, 0, G_OPTION_ARG_FILENAME, &o.ids,
         N_("Names of the rows of an npy, one a line"), "FILE"},
        {NULL}};
    const char *method = find_method(argc, argv);
    g_autoptr(UmkParams) params = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_cluster, NULL);
    const UmkParamSpec *specs;
    gsize n_specs = 0;
    UmkCliExit code;

    specs = umk_cluster_get_params(method, &n_specs);
    if (specs == NULL) {
        g_auto(GStrv) methods = umk_cluster_list_methods();
        g_autofree char *all = g_strjoinv(", ", methods);

        g_option_context_free(options);
        return umk_cli_usage(&umk_cli_command_cluster,
                             _("there is no way of clustering “%s”; there are: %s"),
                             method, all);
    }
    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    o.method = g_strdup(method);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code == UMK_CLI_OK)
        code = check(&o, argc, argv, params);
    if (code == UMK_CLI_OK)
        code = cluster(cli, &o, argv[1], params);
    g_free(o.method);
    g_free(o.output);
    g_free(o.column);
    g_free(o.texts);
    g_free(o.ids);
    return code;
}
