/* SPDX-License-Identifier: GPL-3.0-or-later */
/* knn: nearest neighbours in batch; ids and scores as npy. Queries are taken a part at a
 * time and answers written as they come, so that neither has to fit into memory. */
#include "umk-cli.h"

#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_knn = {
    "knn", "SOURCE [--queries Q.npy] -k N --output IDS.npy [--scores S.npy]",
    N_("Nearest neighbours of many vectors at once"),
    "  umekomi knn vectors.npy -k 15 --output ids.npy --scores scores.npy\n"
    "  umekomi knn vectors.npy --queries queries.npy -k 10 --index hnsw --recall 0.99 "
    "--output ids.npy\n"
    "  umekomi knn vectors.npy --queries one.npy -k 10 --codes f16 --output ids.npy\n"
    "  umekomi knn bits.npy -k 10 --index bits --output ids.npy\n"
    "  umekomi knn arrays.npz:train -k 10 --output ids.npy\n",
    run};

#define PART_BYTES ((gsize) 16 << 20) /* of queries and of answers at a time */

typedef struct {
    char *queries, *index, *metric, *output, *scores;
    int k, ef;
    double recall;
    const char *method; /* the index's name */
    UmkParams *params;  /* what it is built with */
} Options;

typedef struct {
    const Options *options;
    UmkVectorWriter *ids, *scores; /* scores or NULL */
    char *plan;                    /* of the last part */
    double recall;
} Output;

static void
output_clear(Output *output)
{
    g_clear_pointer(&output->ids, umk_vector_writer_unref);
    g_clear_pointer(&output->scores, umk_vector_writer_unref);
    g_free(output->plan);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Output, output_clear)

static gboolean
output_open(Output *output, const Options *o, GError **error)
{
    output->options = o;
    output->ids = umk_vector_writer_new_for_ids(o->output, (gsize) o->k, error);
    if (output->ids != NULL && o->scores != NULL)
        output->scores =
            umk_vector_writer_new(o->scores, (gsize) o->k, "f32", NULL, error);
    return output->ids != NULL && (o->scores == NULL || output->scores != NULL);
}

/* Rows with fewer than k hits are filled with -1 and the lowest score. */
static gboolean
output_add(Output *output, UmkHits *hits, GError **error)
{
    gsize n = umk_hits_get_n_queries(hits), k = (gsize) output->options->k;
    g_autofree gint64 *ids = g_new(gint64, n * k + 1);
    g_autofree float *scores = g_new(float, n *k + 1);
    g_autoptr(UmkMatrix) matrix = NULL;

    for (gsize q = 0; q < n; q++) {
        guint n_hits = umk_hits_get_n_hits(hits, q);

        for (guint rank = 0; rank < k; rank++) {
            gsize at = q * k + rank;

            ids[at] = -1;
            scores[at] = -G_MAXFLOAT;
            if (rank < n_hits)
                ids[at] = (gint64) umk_hits_get(hits, q, rank, &scores[at]);
        }
    }
    g_free(output->plan);
    output->plan = g_strdup(umk_hits_get_plan(hits));
    output->recall = umk_hits_get_recall(hits);
    if (!umk_vector_writer_append_ids(output->ids, ids, n, error))
        return FALSE;
    if (output->scores == NULL)
        return TRUE;
    matrix = umk_matrix_new_from_data(n, k, scores, error);
    return matrix != NULL && umk_vector_writer_append(output->scores, matrix, error);
}

static gboolean
output_finish(Output *output, GError **error)
{
    return umk_vector_writer_finish(output->ids, error) &&
           (output->scores == NULL || umk_vector_writer_finish(output->scores, error));
}

/* ---- searching -------------------------------------------------------------------- */

static UmkMatrix *
slice(UmkMatrix *matrix, gsize first, gsize n, GError **error)
{
    gsize n_cols = umk_matrix_get_n_cols(matrix), row = n_cols * sizeof(float);
    g_autoptr(GBytes) part =
        g_bytes_new_from_bytes(umk_matrix_get_bytes(matrix), first * row, n * row);

    return umk_matrix_new_from_bytes(n, n_cols, part, error);
}

static gboolean
search_all(
    UmkCli *cli, UmkIndex *index, UmkMatrix *queries, Output *output, GError **error)
{
    const Options *o = output->options;
    gsize n = umk_matrix_get_n_rows(queries);
    gsize row = umk_matrix_get_n_cols(queries) * sizeof(float) +
                (gsize) o->k * (sizeof(gint64) + sizeof(float));
    gsize part = CLAMP(PART_BYTES / row, 1, 8192);

    for (gsize first = 0; first < n; first += part) {
        g_autoptr(UmkMatrix) some = slice(queries, first, MIN(part, n - first), error);
        g_autoptr(UmkHits) hits = NULL;

        if (some != NULL)
            hits = umk_index_search_tuned(index, some, (guint) o->k, NULL, o->recall,
                                          (guint) o->ef, cli->cancellable, error);
        if (hits == NULL || !output_add(output, hits, error))
            return FALSE;
        umk_cli_progress(_("Searching"), (double) MIN(first + part, n) / (double) n, cli);
    }
    return output_finish(output, error);
}

/* Vectors alone: a collection's items need not be named for this. */
static UmkMatrix *
read_vectors(UmkCli *cli, const char *path, GError **error)
{
    g_autoptr(UmkCollection) collection = NULL;

    if (!g_file_test(path, G_FILE_TEST_IS_DIR))
        return umk_vectors_read(path, NULL, error);
    collection = umk_collection_open(path, UMK_OPEN_READ, error);
    return collection != NULL
               ? umk_collection_get_vectors(collection, NULL, cli->cancellable, error)
               : NULL;
}

static gboolean
check_dims(const Options *o, UmkMatrix *vectors, UmkMatrix *queries, GError **error)
{
    gsize n = umk_matrix_get_n_cols(vectors), n_queries = umk_matrix_get_n_cols(queries);

    if (n == n_queries || umk_matrix_get_n_rows(queries) == 0 ||
        umk_matrix_get_n_rows(vectors) == 0)
        return TRUE;
    g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                _("%s: its vectors have %zu numbers, those searched %zu"), o->queries,
                n_queries, n);
    return FALSE;
}

static UmkCliExit
find_neighbours(UmkCli *cli, const char *path, const Options *o, UmkMetric metric)
{
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(UmkMatrix) queries = NULL;
    g_autoptr(UmkIndex) index = NULL;
    g_auto(Output) output = {0};
    g_autoptr(GError) error = NULL;
    gint64 start, built;
    gboolean done;

    vectors = read_vectors(cli, path, &error);
    if (vectors != NULL)
        queries = o->queries ? umk_vectors_read(o->queries, NULL, &error)
                             : umk_matrix_ref(vectors);
    if (queries == NULL || !check_dims(o, vectors, queries, &error) ||
        !output_open(&output, o, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, (double) umk_matrix_get_n_rows(queries), _("queries"));
    start = g_get_monotonic_time();
    index = umk_index_build(o->method, vectors, metric, o->params, cli->cancellable,
                            umk_cli_progress, cli, &error);
    built = g_get_monotonic_time();
    done = index != NULL && search_all(cli, index, queries, &output, &error);
    umk_cli_progress_end(cli);
    if (!done)
        return umk_cli_fail(cli, error);
    if (g_str_equal(o->method, "hnsw"))
        umk_cli_message(cli, _("The index was made in %.2f s"),
                        (double) (built - start) / 1e6);
    umk_cli_message(cli, _("%zu queries against %zu vectors in %.2f s; %s"),
                    umk_matrix_get_n_rows(queries), umk_matrix_get_n_rows(vectors),
                    (double) (g_get_monotonic_time() - built) / 1e6,
                    output.plan != NULL ? output.plan : "-");
    if (output.plan != NULL && output.recall >= 0 && output.recall < 1)
        umk_cli_message(cli, _("Recall measured on the vectors themselves: %.3f"),
                        output.recall);
    return UMK_CLI_OK;
}

/* The index decides which options there are. */
static const char *
find_index(int argc, char **argv)
{
    const char *index = "exact";

    for (int i = 1; i < argc; i++) {
        if (g_str_equal(argv[i], "--index") && i + 1 < argc)
            index = argv[i + 1];
        else if (g_str_has_prefix(argv[i], "--index="))
            index = argv[i] + strlen("--index=");
    }
    return g_intern_string(index); /* parsing may free the arguments */
}

static UmkCliExit
check(const Options *o, int argc)
{
    const UmkCliCommand *command = &umk_cli_command_knn;

    if (argc != 2 || o->output == NULL || o->k < 1 || o->k > 1000000)
        return umk_cli_usage(command, _("give one source, -k and --output"));
    if (!(o->recall >= 0 && o->recall <= 1))
        return umk_cli_usage(command, _("--recall takes a share from 0 to 1"));
    if (o->ef < 0 || o->ef > 1000000)
        return umk_cli_usage(command, _("--ef takes a number from 1 to 1000000"));
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    static const char *const own[] = {"recall", "seed", NULL};
    g_auto(GStrv) methods = umk_index_list_methods();
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(GError) error = NULL;
    const UmkParamSpec *specs;
    gsize n_specs;
    Options o = {.k = 10, .method = find_index(argc, argv)};
    const GOptionEntry entries[] = {
        {"queries", 0, 0, G_OPTION_ARG_FILENAME, &o.queries,
         N_("Vectors to look for (default: every vector of the source, itself included)"),
         "FILE.npy"},
        {"k", 'k', 0, G_OPTION_ARG_INT, &o.k, N_("How many neighbours (default 10)"),
         "N"},
        {"index", 0, 0, G_OPTION_ARG_STRING, &o.index,
         N_("exact (default), hnsw, which is faster and may miss some, or bits, for "
            "vectors "
            "of the data type binary"),
         "NAME"},
        {"ef", 0, 0, G_OPTION_ARG_INT, &o.ef,
         N_("How many candidates hnsw keeps (default: what --recall needs)"), "N"},
        {"recall", 0, 0, G_OPTION_ARG_DOUBLE, &o.recall,
         N_("Share of the true neighbours that hnsw should find, measured first"), "R"},
        {"metric", 0, 0, G_OPTION_ARG_STRING, &o.metric,
         N_("cosine (default), dot or euclidean"), "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
         N_("Rows of the neighbours, int64"), "FILE.npy"},
        {"scores", 0, 0, G_OPTION_ARG_FILENAME, &o.scores, N_("Their scores, float32"),
         "FILE.npy"},
        {NULL}};
    UmkMetric metric = UMK_METRIC_COSINE;
    GOptionContext *options;
    UmkCliExit code;

    if (!g_strv_contains((const char *const *) methods, o.method)) {
        g_autofree char *all = g_strjoinv(", ", methods);

        return umk_cli_usage(&umk_cli_command_knn,
                             _("there is no index “%s”; there are: %s"), o.method, all);
    }
    specs = umk_index_get_params(o.method, &n_specs);
    o.params = params = umk_params_new(specs, n_specs);
    options = umk_cli_options_new(cli, &umk_cli_command_knn, NULL);
    umk_cli_options_add_params_except(options, params, own);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code == UMK_CLI_OK)
        code = check(&o, argc);
    if (code != UMK_CLI_OK)
        return code;
    if (umk_params_has(params, "seed") &&
        !umk_params_set_double(params, "seed", (double) cli->seed, &error))
        return umk_cli_usage(&umk_cli_command_knn, "%s", error->message);
    if (o.metric != NULL && !umk_metric_from_name(o.metric, &metric))
        return umk_cli_usage(&umk_cli_command_knn,
                             _("--metric is cosine, dot or euclidean, not “%s”"),
                             o.metric);
    return find_neighbours(cli, argv[1], &o, metric);
}
