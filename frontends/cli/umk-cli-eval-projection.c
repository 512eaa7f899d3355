/* SPDX-License-Identifier: GPL-3.0-or-later */
/* eval projection: how well a map shows its vectors. */
#include "umk-cli-eval.h"

#include <math.h>
#include <stdio.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_eval_projection = {
    "eval projection", "SOURCE MAP.npy [--labels FILE] [--against MAP2.npy]",
    N_("How well a map shows the vectors it was made from"),
    "  umekomi eval projection vectors.npy map.npy --labels labels.txt\n"
    "  umekomi eval projection photos.ume map.npy --against other-seed.npy --json\n",
    run};

typedef struct {
    char *labels, *metric, *points;
    char **against;
    int k;
} Options;

static void
options_clear(Options *o)
{
    g_free(o->labels);
    g_free(o->metric);
    g_free(o->points);
    g_strfreev(o->against);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* Codes in the order in which the labels first occur; an empty line is no label. */
static GBytes *
read_labels(const char *path, gsize n_rows, GError **error)
{
    g_auto(GStrv) lines = umk_cli_read_lines(path, error);
    g_autoptr(GHashTable) codes = g_hash_table_new(g_str_hash, g_str_equal);
    gint32 *labels;
    gsize n;

    if (lines == NULL)
        return NULL;
    n = g_strv_length(lines);
    if (n != n_rows) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%s has %zu lines, there are %zu vectors"), path, n, n_rows);
        return NULL;
    }
    labels = g_new(gint32, n + 1);
    for (gsize i = 0; i < n; i++) {
        gpointer code;

        if (lines[i][0] == '\0') {
            labels[i] = -1;
        } else if (g_hash_table_lookup_extended(codes, lines[i], NULL, &code)) {
            labels[i] = GPOINTER_TO_INT(code);
        } else {
            labels[i] = (gint32) g_hash_table_size(codes);
            g_hash_table_insert(codes, lines[i], GINT_TO_POINTER(labels[i]));
        }
    }
    return g_bytes_new_take(labels, n * sizeof *labels);
}

/* The labels of the rows that have a vector. */
static GBytes *
collection_labels(const UmkCliSource *source, GError **error)
{
    g_autoptr(GBytes) all = umk_collection_dup_labels(source->collection, NULL, error);
    gsize n = umk_matrix_get_n_rows(source->vectors);
    const guint64 *rows = g_bytes_get_data(source->rows, NULL);
    gint32 *labels;

    if (all == NULL)
        return NULL;
    labels = g_new(gint32, n + 1);
    for (gsize i = 0; i < n; i++)
        labels[i] = ((const gint32 *) g_bytes_get_data(all, NULL))[rows[i]];
    return g_bytes_new_take(labels, n * sizeof *labels);
}

static void
add_figure(JsonBuilder *builder, const char *name, double value)
{
    json_builder_set_member_name(builder, name);
    if (isnan(value))
        json_builder_add_null_value(builder);
    else
        json_builder_add_double_value(builder, value);
}

static void
print_json(const UmkMapQuality *quality, const Options *o, const double *differences)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "n_items");
    json_builder_add_int_value(builder, (gint64) quality->n_rows);
    json_builder_set_member_name(builder, "n_sample");
    json_builder_add_int_value(builder, (gint64) quality->n_sample);
    json_builder_set_member_name(builder, "k");
    json_builder_add_int_value(builder, quality->k);
    add_figure(builder, "trustworthiness", quality->trustworthiness);
    add_figure(builder, "continuity", quality->continuity);
    add_figure(builder, "preservation", quality->preservation);
    add_figure(builder, "triplets", quality->triplets);
    add_figure(builder, "silhouette", quality->silhouette);
    add_figure(builder, "label_accuracy", quality->label_accuracy);
    if (o->against != NULL) {
        json_builder_set_member_name(builder, "difference");
        json_builder_begin_object(builder);
        for (gsize i = 0; o->against[i] != NULL; i++)
            add_figure(builder, o->against[i], differences[i]);
        json_builder_end_object(builder);
    }
    json_builder_end_object(builder);
    umk_cli_print_json(builder);
}

static void
print_figure(const char *name, double value, const char *meaning)
{
    if (!isnan(value))
        printf("%-16s  %.4f  %s\n", name, value, meaning);
}

static void
print_table(const UmkMapQuality *quality, const Options *o, const double *differences)
{
    print_figure("trustworthiness", quality->trustworthiness,
                 _("neighbours on the map are true neighbours (1 is best)"));
    print_figure("continuity", quality->continuity,
                 _("true neighbours are neighbours on the map (1 is best)"));
    print_figure("preservation", quality->preservation,
                 _("share of the nearest that stayed the nearest"));
    print_figure("triplets", quality->triplets,
                 _("share of distances whose order is kept (0.5 is chance)"));
    print_figure("silhouette", quality->silhouette,
                 _("how far the labels lie apart (-1 to 1)"));
    print_figure("label-accuracy", quality->label_accuracy,
                 _("items whose neighbours bear their label"));
    for (gsize i = 0; o->against != NULL && o->against[i] != NULL; i++) {
        g_autofree char *meaning =
            g_strdup_printf(_("difference from %s (0 is the same)"), o->against[i]);

        print_figure("difference", differences[i], meaning);
    }
}

static gboolean
compare(const Options *o, UmkMatrix *coords, double *differences, GError **error)
{
    for (gsize i = 0; o->against != NULL && o->against[i] != NULL; i++) {
        g_autoptr(UmkMatrix) other = umk_vectors_read(o->against[i], NULL, error);

        if (other == NULL)
            return FALSE;
        differences[i] = umk_eval_map_difference(coords, other, error);
        if (differences[i] < 0) {
            g_prefix_error(error, "%s: ", o->against[i]);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean
write_points(UmkCli *cli,
             const Options *o,
             const UmkCliSource *source,
             UmkMatrix *coords,
             UmkMetric metric,
             GError **error)
{
    g_autoptr(UmkMatrix) points = NULL;

    if (o->points == NULL)
        return TRUE;
    points = umk_eval_map_points(source->vectors, coords, metric, (guint) o->k,
                                 cli->cancellable, umk_cli_progress, cli, error);
    return points != NULL && umk_vectors_write(o->points, points, NULL, "f32", error);
}

static UmkCliExit
measure(UmkCli *cli, const Options *o, UmkMetric metric, char **argv)
{
    g_auto(UmkCliSource) source = {0};
    g_autoptr(UmkMatrix) coords = NULL;
    g_autoptr(GBytes) labels = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree double *differences =
        g_new0(double, (o->against ? g_strv_length(o->against) : 0) + 1);
    UmkMapQuality quality;

    if (!umk_cli_source_open(cli, argv[1], NULL, &source, &error))
        return umk_cli_fail(cli, error);
    coords = umk_vectors_read(argv[2], NULL, &error);
    if (coords == NULL)
        return umk_cli_fail(cli, error);
    if (o->labels != NULL)
        labels = read_labels(o->labels, umk_matrix_get_n_rows(source.vectors), &error);
    else if (source.collection != NULL)
        labels = collection_labels(&source, &error);
    if (error != NULL)
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, NULL);
    if (!umk_eval_map(source.vectors, coords, metric, (guint) o->k, labels,
                      (guint64) cli->seed, &quality, cli->cancellable, umk_cli_progress,
                      cli, &error) ||
        !compare(o, coords, differences, &error) ||
        !write_points(cli, o, &source, coords, metric, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    if (cli->json)
        print_json(&quality, o, differences);
    else
        print_table(&quality, o, differences);
    return UMK_CLI_OK;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    g_auto(Options) o = {.k = 15};
    const GOptionEntry entries[] = {
        {"k", 'k', 0, G_OPTION_ARG_INT, &o.k,
         N_("Size of the neighbourhoods (default 15)"), "N"},
        {"metric", 0, 0, G_OPTION_ARG_STRING, &o.metric,
         N_("What is near among the vectors: euclidean (default) or cosine"), "NAME"},
        {"labels", 0, 0, G_OPTION_ARG_FILENAME, &o.labels,
         N_("Labels of the rows, one a line (default: those of the collection)"), "FILE"},
        {"against", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.against,
         N_("Another map of the same items, to tell how far they differ"), "MAP2.npy"},
        {"points", 0, 0, G_OPTION_ARG_FILENAME, &o.points,
         N_("Write the share of kept neighbours of each row"), "FILE.npy"},
        {NULL}};
    UmkMetric metric = UMK_METRIC_EUCLIDEAN;
    UmkCliExit code =
        umk_cli_eval_parse(cli, &umk_cli_eval_projection, entries, 2, &argc, &argv);

    if (code != UMK_CLI_OK)
        return code;
    if (o.k < 1)
        return umk_cli_usage(&umk_cli_eval_projection, _("-k takes a number from 1"));
    if (o.metric != NULL &&
        (!umk_metric_from_name(o.metric, &metric) || metric == UMK_METRIC_DOT))
        return umk_cli_usage(&umk_cli_eval_projection,
                             _("--metric is euclidean or cosine, not “%s”"), o.metric);
    return measure(cli, &o, metric, argv);
}
