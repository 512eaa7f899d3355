/* SPDX-License-Identifier: GPL-3.0-or-later */
/* map: a projection, as numbers or as a drawn map with its recipe inside. */
#include "umk-cli-map.h"

#include <glib/gstdio.h>

#include <stdio.h>
#include <string.h>

static UmkCliExit run(UmkCli *cli, int argc, char **argv);

const UmkCliCommand umk_cli_command_map = {
    "map", "SOURCE --method NAME --output FILE.{npy,csv,svg,png,pdf}",
    N_("Project vectors to two or three dimensions and draw the map"),
    "  umekomi map photos.ume --method umap --color year --output map.svg\n"
    "  umekomi map more.npy --method umap --place-on map.npy --output more-map.npy\n",
    run};

static gboolean
is_picture(const char *path)
{
    return g_str_has_suffix(path, ".svg") || g_str_has_suffix(path, ".png") ||
           g_str_has_suffix(path, ".pdf");
}

void
umk_cli_map_look_clear(UmkCliMapLook *self)
{
    g_clear_pointer(&self->chart.labels, g_array_unref);
    g_clear_pointer(&self->chart.category_names, g_strfreev);
    g_free(self->chart.axes[0]);
    g_free(self->chart.axes[1]);
    g_clear_pointer(&self->coords, umk_matrix_unref);
    g_clear_pointer(&self->shapes, g_bytes_unref);
    g_free(self->categories);
    g_free(self->values);
    g_free(self->title);
    g_free(self->subtitle);
    g_free(self->caption);
    g_free(self->provenance);
    g_free(self->color_name);
}

static gboolean
draw(UmkCli *cli,
     const UmkCliMapOptions *o,
     const char *path,
     char **arguments,
     const UmkCliSource *source,
     UmkParams *params,
     UmkProjection *projection,
     UmkMatrix *coords,
     GError **error)
{
    g_auto(UmkCliMapLook) look = {0};

    look.coords = umk_matrix_ref(coords);
    look.chart.coords = look.coords;
    look.chart.dark = g_str_equal(o->theme, "dark");
    if (!umk_cli_map_measure(&look, cli, source, params, error))
        return FALSE;
    umk_cli_map_set_words(&look, cli, o, path, arguments, source, projection);
    return umk_cli_map_set_colors(&look, o, source, error) &&
           umk_cli_map_set_labels(&look, cli, o, source, error) &&
           umk_chart_draw(&look.chart, o->output, error);
}

static gboolean
write_result(UmkCli *cli,
             const UmkCliMapOptions *o,
             const char *path,
             char **arguments,
             const UmkCliSource *source,
             UmkParams *params,
             UmkProjection *projection,
             UmkMatrix *coords,
             GError **error)
{
    if (is_picture(o->output))
        return draw(cli, o, path, arguments, source, params, projection, coords, error);
    return umk_vectors_write(o->output, coords, (const char *const *) source->names,
                             "f32", error);
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

/* The method's options join the command's, so its name is looked for first. */
static const char *
find_method(int argc, char **argv)
{
    const char *method = "pca";

    for (int i = 1; i < argc; i++) {
        if (g_str_equal(argv[i], "--method") && i + 1 < argc)
            method = argv[i + 1];
        else if (g_str_has_prefix(argv[i], "--method="))
            method = argv[i] + strlen("--method=");
    }
    return method;
}

/* "--labels" alone asks for the names of items. */
static gboolean
set_labels(const char *option, const char *value, gpointer data, GError **error)
{
    UmkCliMapOptions *o = data;
    const char *const known[] = {"none", "clusters", "items", "both", NULL};

    if (value != NULL && !g_strv_contains(known, value)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    _("--labels=%s: there are none, clusters, items, both"), value);
        return FALSE;
    }
    g_free(o->labels);
    o->labels = g_strdup(value != NULL ? value : "items");
    return TRUE;
}

static UmkCliExit
check(const UmkCliMapOptions *o, int argc)
{
    if (argc != 2 || o->output == NULL)
        return umk_cli_usage(&umk_cli_command_map, _("give one source and --output"));
    if (!g_str_equal(o->theme, "light") && !g_str_equal(o->theme, "dark"))
        return umk_cli_usage(&umk_cli_command_map,
                             _("there is no theme “%s”; there are: light, dark"),
                             o->theme);
    if (o->checkpoint_every < 0)
        return umk_cli_usage(&umk_cli_command_map,
                             _("--checkpoint-every=%d: seconds, 0 or more"),
                             o->checkpoint_every);
    if (o->place_on != NULL &&
        (o->align_to != NULL || o->checkpoint != NULL || o->supervised || o->center))
        return umk_cli_usage(
            &umk_cli_command_map,
            _("--place-on lays nothing out anew: it goes with none of --align-to, "
              "--checkpoint, --supervised and --center-modalities"));
    return UMK_CLI_OK;
}

/* A method that has a seed of its own takes the common one. */
static gboolean
take_seed(UmkCli *cli, UmkParams *params, GError **error)
{
    if (!umk_params_has(params, "seed"))
        return TRUE;
    if (umk_params_is_set(params, "seed")) {
        cli->seed = umk_params_get_int(params, "seed");
        return TRUE;
    }
    return umk_params_set_double(params, "seed", (double) cli->seed, error);
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

/* The modality of each row. */
static GBytes *
row_modalities(const UmkCliSource *source, GError **error)
{
    g_autoptr(GBytes) all = NULL;
    gsize n = umk_matrix_get_n_rows(source->vectors);
    const guint64 *rows;
    guint8 *picked;

    if (source->collection == NULL) {
        g_set_error_literal(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                            _("Only a collection tells of what modality its rows are"));
        return NULL;
    }
    all = umk_collection_dup_modalities(source->collection, error);
    if (all == NULL)
        return NULL;
    rows = g_bytes_get_data(source->rows, NULL);
    picked = g_new(guint8, n + 1);
    for (gsize i = 0; i < n; i++)
        picked[i] = ((const guint8 *) g_bytes_get_data(all, NULL))[rows[i]];
    return g_bytes_new_take(picked, n);
}

static UmkProjection *
fit(UmkCli *cli,
    const UmkCliMapOptions *o,
    const char *method,
    const UmkCliSource *source,
    UmkParams *params,
    GError **error)
{
    g_autoptr(UmkFitting) fitting = umk_fitting_new();
    g_autoptr(GBytes) labels = NULL, groups = NULL;
    g_autoptr(UmkMatrix) anchor = NULL;

    if (o->align_to != NULL) {
        anchor = umk_cli_map_read_anchor(cli, o->align_to, source, FALSE, error);
        if (anchor == NULL)
            return NULL;
        umk_fitting_set_anchor(fitting, anchor);
    }
    if (o->checkpoint != NULL && !umk_cli_map_take_checkpoint(cli, o, fitting, error))
        return NULL;
    if (o->supervised) {
        labels = row_labels(source, error);
        if (labels == NULL)
            return NULL;
        umk_fitting_set_labels(fitting, labels);
    }
    if (o->center) {
        groups = row_modalities(source, error);
        if (groups == NULL)
            return NULL;
        umk_fitting_set_groups(fitting, groups);
    }
    return umk_projection_fit_live(method, source->vectors, params, fitting,
                                   cli->cancellable, umk_cli_progress, cli, error);
}

static UmkCliExit
map(UmkCli *cli,
    const UmkCliMapOptions *o,
    const char *path,
    char **arguments,
    const char *method,
    UmkParams *params)
{
    g_auto(UmkCliSource) source = {0};
    g_autoptr(UmkProjection) projection = NULL;
    g_autoptr(UmkMatrix) coords = NULL;
    g_autoptr(GError) error = NULL;

    if (!umk_cli_source_open(cli, path, o->ids, &source, &error) ||
        !umk_cli_axes_resolve(method, params, source.names, &error))
        return umk_cli_fail(cli, error);
    if (!take_seed(cli, params, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_start(cli, 0, NULL);
    if (o->place_on != NULL) {
        projection = umk_cli_map_place(cli, o, method, &source, params, &coords, &error);
    } else {
        projection = fit(cli, o, method, &source, params, &error);
        if (projection != NULL)
            coords = umk_matrix_ref(umk_projection_get_coords(projection));
    }
    if (projection == NULL || !write_result(cli, o, path, arguments, &source, params,
                                            projection, coords, &error))
        return umk_cli_fail(cli, error);
    umk_cli_progress_end(cli);
    if (o->checkpoint != NULL)
        g_unlink(o->checkpoint);
    print_result(cli, projection);
    return UMK_CLI_OK;
}

static void
clear_options(UmkCliMapOptions *o)
{
    g_free(o->method);
    g_free(o->output);
    g_free(o->ids);
    g_free(o->color);
    g_free(o->labels);
    g_free(o->title);
    g_free(o->texts);
    g_free(o->theme);
    g_free(o->align_to);
    g_free(o->place_on);
    g_free(o->checkpoint);
}

static GOptionGroup *
make_group(UmkCliMapOptions *o)
{
    const GOptionEntry entries[] = {
        {"method", 0, 0, G_OPTION_ARG_STRING, &o->method, N_("Projection (default pca)"),
         "NAME"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
         N_("Coordinates or a picture"), "FILE"},
        {"ids", 0, 0, G_OPTION_ARG_FILENAME, &o->ids,
         N_("Names of the rows of an npy, one a line"), "FILE"},
        {"color", 0, 0, G_OPTION_ARG_STRING, &o->color,
         N_("Colour by a column of the collection (default: label, else modality), by "
            "@FILE with a value a line, by region of the map, or none; numbers get a "
            "ramp"),
         "WHAT"},
        {"labels", 0, G_OPTION_FLAG_OPTIONAL_ARG, G_OPTION_ARG_CALLBACK,
         (gpointer) (void (*)(void)) set_labels,
         N_("Names on the map: none, clusters (default), items, or both; alone: items"),
         "WHICH"},
        {"texts", 0, 0, G_OPTION_ARG_FILENAME, &o->texts,
         N_("Texts to name clusters and items by, one a line (default: captions and "
            "texts "
            "of the collection)"),
         "FILE"},
        {"title", 0, 0, G_OPTION_ARG_STRING, &o->title,
         N_("Title of the picture (default: name of the source)"), "TEXT"},
        {"theme", 0, 0, G_OPTION_ARG_STRING, &o->theme, N_("light (default) or dark"),
         "NAME"},
        {"align-to", 0, 0, G_OPTION_ARG_FILENAME, &o->align_to,
         N_("Lay the map over an earlier one of the same items (coordinates, matched by "
            "name), to compare two models"),
         "FILE"},
        {"place-on", 0, 0, G_OPTION_ARG_FILENAME, &o->place_on,
         N_("Lay nothing out anew: items of this earlier map (coordinates, matched by "
            "name, without names row by row) keep their places, the others are placed "
            "among them"),
         "FILE"},
        {"checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &o->checkpoint,
         N_("Keep the fit in this file while it runs, go on from it if it is there, and "
            "delete it when the map is done"),
         "FILE"},
        {"checkpoint-every", 0, 0, G_OPTION_ARG_INT, &o->checkpoint_every,
         N_("Seconds between checkpoints (default 30)"), "N"},
        {"supervised", 0, 0, G_OPTION_ARG_NONE, &o->supervised,
         N_("Draw items of one label together (umap)"), NULL},
        {"center-modalities", 0, 0, G_OPTION_ARG_NONE, &o->center,
         N_("Take the mean of its modality off each vector first, so that pictures and "
            "texts do not lie in regions of their own"),
         NULL},
        {NULL}};
    GOptionGroup *group = g_option_group_new("map", _("Options of the map:"),
                                             _("Show options of the map"), o, NULL);

    g_option_group_add_entries(group, entries);
    g_option_group_set_translation_domain(group, GETTEXT_PACKAGE);
    return group;
}

static UmkCliExit
run(UmkCli *cli, int argc, char **argv)
{
    UmkCliMapOptions o = {.theme = g_strdup("light"), .checkpoint_every = 30};
    const char *method = find_method(argc, argv);
    g_auto(GStrv) arguments = g_strdupv(argv);
    g_autoptr(UmkParams) params = NULL;
    GOptionContext *options;
    const UmkParamSpec *specs;
    gsize n_specs = 0;
    UmkCliExit code;

    specs = umk_projection_get_params(method, &n_specs);
    if (specs == NULL) {
        g_auto(GStrv) methods = umk_projection_list_methods();
        g_autofree char *all = g_strjoinv(", ", methods);

        clear_options(&o);
        return umk_cli_usage(&umk_cli_command_map,
                             _("there is no projection “%s”; there are: %s"), method,
                             all);
    }
    options = umk_cli_options_new(cli, &umk_cli_command_map, NULL);
    params = umk_params_new(specs, n_specs);
    umk_cli_options_add_params(options, params);
    g_option_context_add_group(options, make_group(&o));
    method = g_intern_string(method); /* parsing may free the arguments */
    code = umk_cli_options_parse(cli, options, &argc, &argv);
    if (code == UMK_CLI_OK)
        code = check(&o, argc);
    if (code == UMK_CLI_OK)
        code = map(cli, &o, argv[1], arguments, method, params);
    clear_options(&o);
    return code;
}
