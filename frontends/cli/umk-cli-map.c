/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map: a projection, as numbers or as a drawn map with its recipe inside. */
#include "umk-cli.h"

#include <stdio.h>
#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_map = {
    "map", "SOURCE --method NAME --output FILE.{npy,csv,svg,png,pdf}",
    N_("Project vectors to two or three dimensions and draw the map"),
    "  umekomi map photos.ume --method pca --output map.svg\n"
    "  umekomi map vectors.npy --method umap --neighbors 30 --output coords.npy\n",
    run};

typedef struct {
    char *method, *output, *ids, *color;
    gboolean labels, supervised;
} Options;

static gboolean
is_picture(const char *path)
{
    return g_str_has_suffix(path, ".svg") || g_str_has_suffix(path, ".png") ||
           g_str_has_suffix(path, ".pdf");
}

/* Codes of all items; those without a label get a category of their own at the end. */
static GBytes *
label_codes(UmkCollection *collection, char ***names, GError **error)
{
    g_auto(GStrv) known = NULL;
    g_autoptr(GBytes) bytes = umk_collection_dup_labels(collection, &known, error);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    gsize size;
    guint32 *codes;
    guint n_known;

    if (bytes == NULL)
        return NULL;
    n_known = g_strv_length(known);
    codes = g_memdup2(g_bytes_get_data(bytes, &size), g_bytes_get_size(bytes));
    for (gsize i = 0; i < size / sizeof *codes; i++)
        codes[i] = MIN(codes[i], n_known);
    g_strv_builder_addv(builder, (const char **) known);
    g_strv_builder_add(builder, _("no label"));
    *names = g_strv_builder_end(builder);
    return g_bytes_new_take(codes, size);
}

/* What each row is coloured by: its label, or its modality where there are no labels. */
static gboolean
categorise(const Options *o,
           const UmkCliSource *source,
           UmkCliChart *chart,
           GBytes **codes,
           GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    g_autoptr(GBytes) all = NULL;
    gboolean by_label = o->color != NULL && g_str_equal(o->color, "label");
    const guint64 *rows;
    guint32 *picked;

    if (source->collection == NULL)
        return TRUE;
    picked = g_new(guint32, n + 1);
    rows = g_bytes_get_data(source->rows, NULL);
    if (by_label) {
        all = label_codes(source->collection, &chart->category_names, error);
        for (gsize i = 0; all != NULL && i < n; i++)
            picked[i] = ((const guint32 *) g_bytes_get_data(all, NULL))[rows[i]];
    } else {
        all = umk_collection_dup_modalities(source->collection, error);
        chart->category_names = g_new0(char *, UMK_N_MODALITIES + 1);
        for (guint m = 0; m < UMK_N_MODALITIES; m++)
            chart->category_names[m] = g_strdup(umk_modality_get_name((UmkModality) m));
        for (gsize i = 0; all != NULL && i < n; i++)
            picked[i] = ((const guint8 *) g_bytes_get_data(all, NULL))[rows[i]];
    }
    *codes = g_bytes_new_take(picked, n * sizeof *picked);
    chart->categories = g_bytes_get_data(*codes, NULL);
    return all != NULL;
}

/* The labels of the rows, -1 where there is none. */
static GBytes *
row_labels(const UmkCliSource *source, GError **error)
{
    g_autoptr(GBytes) all = NULL;
    gsize n = umk_matrix_get_n_rows(source->vectors);
    const guint64 *rows;
    gint32 *picked;

    if (source->collection == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                            _("Only a collection has labels to lay items out by"));
        return NULL;
    }
    all = umk_collection_dup_labels(source->collection, NULL, error);
    if (all == NULL)
        return NULL;
    rows = g_bytes_get_data(source->rows, NULL);
    picked = g_new(gint32, n + 1);
    for (gsize i = 0; i < n; i++)
        picked[i] = ((const gint32 *) g_bytes_get_data(all, NULL))[rows[i]];
    return g_bytes_new_take(picked, n * sizeof *picked);
}

static UmkProjection *
fit(UmkCli *cli,
    const Options *o,
    const char *method,
    const UmkCliSource *source,
    UmkParams *params,
    GError **error)
{
    g_autoptr(UmkFitting) fitting = umk_fitting_new();
    g_autoptr(GBytes) labels = NULL;

    if (o->supervised) {
        labels = row_labels(source, error);
        if (labels == NULL)
            return NULL;
        umk_fitting_set_labels(fitting, labels);
    }
    return umk_projection_fit_live(method, source->vectors, params, fitting,
                                   cli->cancellable, umk_cli_progress, cli, error);
}

static char *
make_subtitle(UmkProjection *projection, gsize n)
{
    gsize n_explained;
    const double *explained = umk_projection_get_explained(projection, &n_explained);

    if (n_explained >= 2)
        return g_strdup_printf(
            _("%s of %zu items · axes keep %.1f %% and %.1f %% of the variance"),
            umk_projection_get_title(umk_projection_get_method(projection)), n,
            explained[0] * 100, explained[1] * 100);
    return g_strdup_printf(
        _("%s of %zu items"),
        umk_projection_get_title(umk_projection_get_method(projection)), n);
}

static gboolean
draw(const Options *o,
     const char *path,
     const UmkCliSource *source,
     UmkProjection *projection,
     GError **error)
{
    g_autoptr(UmkMatrix) coords = umk_matrix_ref(umk_projection_get_coords(projection));
    g_autofree char *subtitle = make_subtitle(projection, umk_matrix_get_n_rows(coords));
    g_autofree char *provenance = umk_projection_to_json(projection);
    g_autofree char *title = g_path_get_basename(path);
    g_autoptr(GBytes) codes = NULL;
    UmkCliChart chart = {
        .coords = coords, .title = title, .subtitle = subtitle, .provenance = provenance};
    g_auto(GStrv) captions = NULL;
    gboolean ok;

    if (o->labels) {
        gsize n = umk_matrix_get_n_rows(coords);

        captions = g_new0(char *, n + 1);
        for (gsize i = 0; i < n; i++) {
            g_autoptr(UmkItem) item = NULL;

            if (source->collection != NULL)
                item = umk_collection_dup_item(
                    source->collection,
                    ((const guint64 *) g_bytes_get_data(source->rows, NULL))[i], NULL);
            captions[i] =
                g_strdup(item && umk_item_get_caption(item) ? umk_item_get_caption(item)
                                                            : source->names[i]);
        }
        chart.names = captions;
    }
    ok = categorise(o, source, &chart, &codes, error) &&
         umk_cli_chart_draw(&chart, o->output, error);
    g_strfreev(chart.category_names);
    return ok;
}

static gboolean
write_result(const Options *o,
             const char *path,
             const UmkCliSource *source,
             UmkProjection *projection,
             GError **error)
{
    if (is_picture(o->output))
        return draw(o, path, source, projection, error);
    return umk_vectors_write(o->output, umk_projection_get_coords(projection),
                             (const char *const *) source->names, "f32", error);
}

static void
print_result(UmkCli *cli, UmkProjection *projection)
{
    g_autofree char *json = umk_projection_to_json(projection);
    gsize n;
    const double *explained = umk_projection_get_explained(projection, &n);

    if (cli->json) {
        puts(json);
        return;
    }
    for (gsize i = 0; i < n; i++)
        umk_cli_message(cli, _("Axis %u keeps %.2f %% of the variance"), (guint) i + 1,
                        explained[i] * 100);
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    Options o = {0};
    const GOptionEntry entries[] = {{"method", 0, 0, G_OPTION_ARG_STRING, &o.method,
                                     N_("Projection (default pca)"), "NAME"},
                                    {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
                                     N_("Coordinates or a picture"), "FILE"},
                                    {"ids", 0, 0, G_OPTION_ARG_FILENAME, &o.ids,
                                     N_("Names of the rows of an npy, one a line"),
                                     "FILE"},
                                    {"color", 0, 0, G_OPTION_ARG_STRING, &o.color,
                                     N_("modality (default) or label"), "WHAT"},
                                    {"labels", 0, 0, G_OPTION_ARG_NONE, &o.labels,
                                     N_("Write names beside points"), NULL},
                                    {"supervised", 0, 0, G_OPTION_ARG_NONE, &o.supervised,
                                     N_("Draw items of one label together (umap)"), NULL},
                                    {NULL}};
    const char *method = "pca";
    g_auto(UmkCliSource) source = {0};
    g_autoptr(UmkParams) params = NULL;
    g_autoptr(UmkProjection) projection = NULL;
    g_autoptr(GError) error = NULL;
    GOptionContext *options = umk_cli_options_new(cli, &umk_cli_command_map, NULL);
    const UmkParamSpec *specs;
    gsize n_specs = 0;
    UmkCliExit code;

    for (int i = 1; i < argc; i++) {
        if (g_str_equal(argv[i], "--method") && i + 1 < argc)
            method = argv[i + 1];
        else if (g_str_has_prefix(argv[i], "--method="))
            method = argv[i] + strlen("--method=");
    }
    specs = umk_projection_get_params(method, &n_specs);
    if (specs == NULL) {
        g_auto(GStrv) methods = umk_projection_list_methods();
        g_autofree char *all = g_strjoinv(", ", methods);

        g_option_context_free(options);
        return umk_cli_usage(&umk_cli_command_map,
                             _("there is no projection “%s”; there are: %s"), method,
                             all);
    }
    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_main_entries(options, entries, GETTEXT_PACKAGE);
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code != UMK_CLI_OK)
        return code;
    if (argc != 2 || o.output == NULL)
        return umk_cli_usage(&umk_cli_command_map, _("give one source and --output"));
    if (umk_params_has(params, "seed") && !umk_params_is_set(params, "seed") &&
        !umk_params_set_double(params, "seed", (double) cli->seed, &error))
        return umk_cli_usage(&umk_cli_command_map, "%s", error->message);
    if (!umk_cli_source_open(cli, argv[1], o.ids, &source, &error) ||
        !umk_cli_axes_resolve(method, params, source.names, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, NULL);
    projection = fit(cli, &o, method, &source, params, &error);
    if (projection == NULL || !write_result(&o, argv[1], &source, projection, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    print_result(cli, projection);
    return UMK_CLI_OK;
}
