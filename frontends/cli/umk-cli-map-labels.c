/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names on a map at two levels. The layout, not the vectors, is clustered, since a name
 * has to stand where its items are seen: k-means into small clusters, their centers by
 * Ward's method into regions. Each is named by its telling words, or by the items nearest
 * to its center. */
#include "umk-cli-map.h"

#include <math.h>
#include <string.h>

#define ITEMS_A_CLUSTER   24
#define MAX_CLUSTERS      48
#define CLUSTERS_A_REGION 5
#define MAX_REGIONS       9
#define REGION_WORDS      3
#define NAME_ALL          150 /* so few items are all named */
#define MAX_ITEM_LABELS   4000

static UmkClusters *
group(const char *method, UmkMatrix *points, gsize k, UmkCli *cli, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_cluster_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    if (!umk_params_set_double(params, "clusters", (double) k, error))
        return NULL;
    return umk_cluster_fit(method, points, params, (guint64) cli->seed, cli->cancellable,
                           NULL, NULL, error);
}

static UmkMatrix *
flatten(UmkMatrix *coords, GError **error)
{
    gsize n = umk_matrix_get_n_rows(coords);
    g_autofree float *flat = g_new(float, 2 * n + 1);

    for (gsize i = 0; i < n; i++)
        memcpy(flat + 2 * i, umk_matrix_get_row(coords, i, NULL), 2 * sizeof *flat);
    return umk_matrix_new_from_data(n, 2, flat, error);
}

/* What a row is called: its caption, its text, or its id. */
static char **
load_texts(const UmkCliMapOptions *o,
           const UmkCliSource *source,
           gboolean *found,
           GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors);
    g_auto(GStrv) captions = NULL, texts = NULL, lines = NULL;
    char **picked;

    *found = TRUE;
    if (o->texts != NULL) {
        lines = umk_cli_read_lines(o->texts, error);
        if (lines != NULL && g_strv_length(lines) != n)
            g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                        _("%s has %u lines, the source has %zu vectors"), o->texts,
                        g_strv_length(lines), n);
        return lines != NULL && g_strv_length(lines) == n ? g_steal_pointer(&lines)
                                                          : NULL;
    }
    if (source->collection == NULL) {
        *found = FALSE;
        return g_strdupv(source->names);
    }
    captions = umk_collection_dup_column(source->collection, "caption", NULL);
    texts = umk_collection_dup_column(source->collection, "text", NULL);
    *found = captions != NULL || texts != NULL;
    picked = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++) {
        gsize row = ((const guint64 *) g_bytes_get_data(source->rows, NULL))[i];
        const char *text = captions != NULL ? captions[row] : "";

        if (*text == '\0' && texts != NULL)
            text = texts[row];
        picked[i] = g_strdup(*text != '\0' ? text : source->names[i]);
    }
    return picked;
}

static void
add_label(UmkCliMapLook *self,
          const char *text,
          const float *at,
          double weight,
          UmkCliLabelLevel level)
{
    UmkCliLabel label = {.text = umk_cli_escape(text),
                         .x = (double) at[0],
                         .y = (double) at[1],
                         .weight = weight,
                         .level = level};

    g_array_append_val(self->chart.labels, label);
}

static int
compare_labels(const void *a, const void *b, gpointer data)
{
    const UmkCliLabel *x = a, *y = b;

    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return x->weight > y->weight ? -1 : x->weight < y->weight;
}

/* A name stands at the medoid, where there is a point for certain. */
static gboolean
label_clusters(UmkCliMapLook *self,
               UmkClusters *clusters,
               UmkMatrix *flat,
               char **texts,
               char **names,
               guint n_words,
               UmkCliLabelLevel level,
               UmkCli *cli,
               GError **error)
{
    guint n;
    const guint64 *sizes = umk_clusters_get_sizes(clusters, &n);
    const guint64 *medoids = umk_clusters_get_medoids(clusters, &n);
    g_auto(GStrv) called =
        umk_cli_name_clusters(clusters, texts, names, n_words, cli->cancellable, error);

    for (guint c = 0; called != NULL && c < n; c++)
        add_label(self, called[c], umk_matrix_get_row(flat, medoids[c], NULL),
                  (double) sizes[c], level);
    return called != NULL;
}

/* Clusters whose centers lie together make a region; k-means from nothing would cut
 * across the small ones. NULL with no error: there are too few. */
static UmkClusters *
find_regions(UmkClusters *clusters, UmkCli *cli, GError **error)
{
    guint n = MIN(MAX_REGIONS, umk_clusters_get_n_clusters(clusters) / CLUSTERS_A_REGION);

    return n < 2
               ? NULL
               : group("hierarchical", umk_clusters_get_centers(clusters), n, cli, error);
}

/* (n) the region of each row */
static gint32 *
regions_of_rows(UmkClusters *clusters, UmkClusters *regions)
{
    gsize n, n_parts;
    const gint32 *labels = umk_clusters_get_labels(clusters, &n);
    const gint32 *parts = umk_clusters_get_labels(regions, &n_parts);
    gint32 *of_row = g_new(gint32, n + 1);

    for (gsize i = 0; i < n; i++)
        of_row[i] = labels[i] < 0 ? -1 : parts[labels[i]];
    return of_row;
}

static gboolean
label_regions(UmkCliMapLook *self,
              const gint32 *of_row,
              guint n_regions,
              UmkMatrix *flat,
              char **texts,
              UmkCli *cli,
              GError **error)
{
    gsize n = umk_matrix_get_n_rows(flat);
    g_autofree double *sums = g_new0(double, 3 * n_regions);
    g_auto(GStrv) called =
        umk_cluster_name_labels(of_row, (const char *const *) texts, n, n_regions,
                                REGION_WORDS, cli->cancellable, error);

    if (called == NULL)
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        const float *at = umk_matrix_get_row(flat, i, NULL);

        sums[3 * of_row[i]] += (double) at[0];
        sums[3 * of_row[i] + 1] += (double) at[1];
        sums[3 * of_row[i] + 2] += 1;
    }
    for (guint r = 0; r < n_regions; r++) {
        float at[2] = {(float) (sums[3 * r] / sums[3 * r + 2]),
                       (float) (sums[3 * r + 1] / sums[3 * r + 2])};

        add_label(self, called[r], at, sums[3 * r + 2], UMK_CLI_LABEL_REGION);
    }
    return TRUE;
}

/* Regions as colours, largest first, each by the name of its largest cluster. */
static void
color_regions(UmkCliMapLook *self,
              UmkClusters *clusters,
              UmkClusters *regions,
              const gint32 *of_row,
              char **texts)
{
    gsize n, n_parts;
    guint n_regions = umk_clusters_get_n_clusters(regions), n_clusters;
    const gint32 *parts = umk_clusters_get_labels(regions, &n_parts);
    const guint64 *medoids = umk_clusters_get_medoids(clusters, &n_clusters);
    g_autofree guint64 *sizes = g_new0(guint64, n_regions);
    g_autofree guint32 *ranks = g_new0(guint32, n_regions);

    umk_clusters_get_labels(clusters, &n);
    for (gsize i = 0; i < n; i++)
        sizes[of_row[i]]++;
    for (guint r = 0; r < n_regions; r++)
        for (guint other = 0; other < n_regions; other++)
            ranks[r] +=
                sizes[other] > sizes[r] || (sizes[other] == sizes[r] && other < r);
    self->chart.category_names = g_new0(char *, n_regions + 1);
    for (guint c = 0; c < n_clusters; c++) { /* clusters come by size */
        char **name = self->chart.category_names + ranks[parts[c]];

        if (*name == NULL)
            *name = g_strdup_printf(_("around “%s”"), texts[medoids[c]]);
    }
    self->categories = g_new(guint32, n + 1);
    for (gsize i = 0; i < n; i++)
        self->categories[i] = ranks[of_row[i]];
    self->chart.categories = self->categories;
    self->color_name = g_strdup(_("Region of the map"));
    self->chart.color_name = self->color_name;
}

static void
label_items(UmkCliMapLook *self, UmkMatrix *flat, char **texts)
{
    gsize n = MIN(umk_matrix_get_n_rows(flat), MAX_ITEM_LABELS);

    for (gsize i = 0; i < n; i++)
        add_label(self, texts[i], umk_matrix_get_row(flat, i, NULL), 1,
                  UMK_CLI_LABEL_ITEM);
}

static gboolean
make_groups(UmkCliMapLook *self,
            UmkMatrix *flat,
            char **texts,
            gboolean have_texts,
            gboolean named,
            UmkCli *cli,
            GError **error)
{
    gsize n = umk_matrix_get_n_rows(flat);
    gsize k = MIN(MAX_CLUSTERS, MAX(n / ITEMS_A_CLUSTER, 1));
    g_autoptr(UmkClusters) clusters = group("kmeans", flat, k, cli, error);
    g_autoptr(UmkClusters) regions = NULL;
    g_autoptr(GError) failure = NULL;
    g_autofree gint32 *of_row = NULL;

    if (clusters == NULL ||
        (named && !label_clusters(self, clusters, flat, have_texts ? texts : NULL, texts,
                                  have_texts ? 2 : 1, UMK_CLI_LABEL_CLUSTER, cli, error)))
        return FALSE;
    regions = find_regions(clusters, cli, &failure);
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (regions == NULL)
        return TRUE;
    of_row = regions_of_rows(clusters, regions);
    if (self->color_regions)
        color_regions(self, clusters, regions, of_row, texts);
    return !named || !have_texts ||
           label_regions(self, of_row, umk_clusters_get_n_clusters(regions), flat, texts,
                         cli, error);
}

gboolean
umk_cli_map_set_labels(UmkCliMapLook *self,
                       UmkCli *cli,
                       const UmkCliMapOptions *options,
                       const UmkCliSource *source,
                       GError **error)
{
    const char *what = options->labels;
    g_autoptr(UmkMatrix) flat = flatten(self->coords, error);
    g_auto(GStrv) texts = NULL;
    gboolean have_texts, named;
    gsize n;

    if (flat == NULL)
        return FALSE;
    n = umk_matrix_get_n_rows(flat);
    if (what == NULL)
        what = n <= NAME_ALL ? "items" : "clusters";
    if ((g_str_equal(what, "none") && !self->color_regions) || n == 0)
        return TRUE;
    texts = load_texts(options, source, &have_texts, error);
    if (texts == NULL)
        return FALSE;
    self->chart.labels = g_array_new(FALSE, FALSE, sizeof(UmkCliLabel));
    named = g_str_equal(what, "clusters") || g_str_equal(what, "both");
    if ((named || self->color_regions) &&
        !make_groups(self, flat, texts, have_texts, named, cli, error))
        return FALSE;
    if (g_str_equal(what, "items") || g_str_equal(what, "both"))
        label_items(self, flat, texts);
    g_array_sort_with_data(self->chart.labels, compare_labels, NULL);
    return TRUE;
}
