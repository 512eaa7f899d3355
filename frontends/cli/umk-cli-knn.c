/* SPDX-License-Identifier: GPL-3.0-or-later */
/* knn: nearest neighbours in batch; ids and scores as npy. */
#include "umk-cli.h"

#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_knn = {
    "knn", "SOURCE [--queries Q.npy] -k N --output IDS.npy [--scores S.npy]",
    N_("Nearest neighbours of many vectors at once"),
    "  umekomi knn vectors.npy -k 15 --output ids.npy --scores scores.npy\n"
    "  umekomi knn vectors.npy --queries queries.npy -k 10 --metric dot --output "
    "ids.npy\n",
    run};

typedef struct {
    char *queries, *index, *metric, *output, *scores;
    int k;
} Options;

/* Rows with fewer than k hits are filled with -1 and the lowest score. */
static UmkCliExit
write_hits(UmkCli *cli, const Options *o, UmkHits *hits)
{
    gsize n = umk_hits_get_n_queries(hits), k = (gsize) o->k;
    g_autofree gint64 *ids = g_try_new(gint64, n * k + 1);
    g_autofree float *scores = g_try_new(float, n *k + 1);
    g_autoptr(UmkMatrix) matrix = NULL;
    g_autoptr(GError) error = NULL;

    if (ids == NULL || scores == NULL) {
        g_set_error(&error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory for the result"));
        return umk_cli_fail(cli, error);
    }
    for (gsize q = 0; q < n; q++) {
        for (guint rank = 0; rank < k; rank++) {
            gsize at = q * k + rank;

            ids[at] = -1;
            scores[at] = -G_MAXFLOAT;
            if (rank < umk_hits_get_n_hits(hits, q))
                ids[at] = (gint64) umk_hits_get(hits, q, rank, &scores[at]);
        }
    }
    if (!umk_vectors_write_ids(o->output, n, k, ids, &error))
        return umk_cli_fail(cli, error);
    if (o->scores != NULL) {
        matrix = umk_matrix_new_from_data(n, k, scores, &error);
        if (matrix == NULL || !umk_vectors_write(o->scores, matrix, NULL, "f32", &error))
            return umk_cli_fail(cli, error);
    }
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    Options o = {.k = 10};
    const GOptionEntry entries[] = {
        {"queries", 0, 0, G_OPTION_ARG_FILENAME, &o.queries,
         N_("Vectors to look for (default: every vector of the source, itself included)"),
         "FILE.npy"},
        {"k", 'k', 0, G_OPTION_ARG_INT, &o.k, N_("How many neighbours (default 10)"),
         "N"},
        {"index", 0, 0, G_OPTION_ARG_STRING, &o.index, N_("Method (default exact)"),
         "NAME"},
        {"metric", 0, 0, G_OPTION_ARG_STRING, &o.metric,
         N_("cosine (default), dot or euclidean"), "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
         N_("Rows of the neighbours, int64"), "FILE.npy"},
        {"scores", 0, 0, G_OPTION_ARG_FILENAME, &o.scores, N_("Their scores, float32"),
         "FILE.npy"},
        {NULL}};
    g_auto(UmkCliSource) source = {0};
    g_autoptr(UmkMatrix) queries = NULL;
    g_autoptr(UmkIndex) index = NULL;
    g_autoptr(UmkHits) hits = NULL;
    g_autoptr(GError) error = NULL;
    UmkMetric metric = UMK_METRIC_COSINE;
    gint64 start;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_knn, entries);
    UmkCliExit code = umk_cli_options_parse(cli, options, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (argc != 2 || o.output == NULL || o.k < 1)
        return umk_cli_usage(&umk_cli_command_knn, _("give one source, -k and --output"));
    if (o.metric != NULL && !umk_metric_from_name(o.metric, &metric))
        return umk_cli_usage(&umk_cli_command_knn,
                             _("--metric is cosine, dot or euclidean, not “%s”"),
                             o.metric);
    if (!umk_cli_source_open(cli, argv[1], NULL, &source, &error))
        return umk_cli_fail(cli, error);
    queries = o.queries ? umk_vectors_read(o.queries, NULL, &error)
                        : umk_matrix_ref(source.vectors);
    if (queries == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, (double) umk_matrix_get_n_rows(queries), _("queries"));
    start = g_get_monotonic_time();
    index = umk_index_build(o.index ? o.index : "exact", source.vectors, metric, NULL,
                            cli->cancellable, umk_cli_progress, cli, &error);
    if (index != NULL)
        hits =
            umk_index_search(index, queries, (guint) o.k, NULL, cli->cancellable, &error);
    if (hits == NULL)
        return umk_cli_fail(cli, error);
    umk_cli_message(cli, _("%zu queries against %zu vectors in %.2f s"),
                    umk_matrix_get_n_rows(queries), umk_matrix_get_n_rows(source.vectors),
                    (double) (g_get_monotonic_time() - start) / 1e6);
    return write_hits(cli, &o, hits);
}
