/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names on a map at two levels. The layout, not the vectors, is clustered, since a name
 * has to stand where its items are seen: k-means into small clusters, their centers by
 * Ward's method into regions. Each is named by its telling words, or by the items nearest
 * to its center. */
#include "umk-chart-page.h"

#define ITEMS_A_CLUSTER   24
#define MAX_CLUSTERS      48
#define CLUSTERS_A_REGION 5
#define MAX_REGIONS       9
#define REGION_WORDS      3
#define LONGEST           32 /* characters of one item's name */

typedef struct {
    GArray *labels;
    UmkChartRegions *regions;
    UmkMatrix *flat;
    char **names, **texts; /* texts: NULL where names are no words */
    guint64 seed;
    GCancellable *cancellable;
} Naming;

/* ---- what a cluster is called
 * --------------------------------------------------------- */

static char *
join_members(UmkClusters *clusters, guint cluster, char **names, guint n_words)
{
    gsize n;
    g_autofree guint64 *rows = umk_clusters_dup_members(clusters, cluster, &n);
    g_autoptr(GString) joined = g_string_new(NULL);

    for (gsize i = 0; i < MIN(n, n_words); i++) {
        const char *name = names[rows[i]];
        glong length = g_utf8_strlen(name, -1);
        g_autofree char *start = g_utf8_substring(name, 0, MIN(length, LONGEST));

        g_string_append_printf(joined, "%s%s%s", i > 0 ? ", " : "", start,
                               length > LONGEST ? "…" : "");
    }
    return g_string_free(g_steal_pointer(&joined), FALSE);
}

/* texts, one a row, may be NULL; names of the rows are never. One name a cluster. */
char **
umk_chart_name_clusters(UmkClusters *clusters,
                        char **texts,
                        char **names,
                        guint n_words,
                        GCancellable *cancellable,
                        GError **error)
{
    gsize n_texts = 0;
    char **result;

    if (texts != NULL)
        umk_clusters_get_labels(clusters, &n_texts);
    result = umk_clusters_dup_names(clusters, (const char *const *) texts, n_texts,
                                    n_words, cancellable, error);
    for (guint c = 0; result != NULL && result[c] != NULL; c++) {
        if (*result[c] != '\0')
            continue;
        g_free(result[c]);
        result[c] = join_members(clusters, c, names, n_words);
    }
    return result;
}

/* ---- labels
 * --------------------------------------------------------------------------- */

static void
label_clear(gpointer data)
{
    g_free(((UmkChartLabel *) data)->text);
}

GArray *
umk_chart_labels_new(void)
{
    GArray *labels = g_array_new(FALSE, FALSE, sizeof(UmkChartLabel));

    g_array_set_clear_func(labels, label_clear);
    return labels;
}

void
umk_chart_labels_add(GArray *labels,
                     const char *text,
                     const float *at,
                     double weight,
                     UmkChartLabelLevel level)
{
    UmkChartLabel label = {.text = umk_chart_escape(text),
                           .x = (double) at[0],
                           .y = (double) at[1],
                           .weight = weight,
                           .level = level};

    g_array_append_val(labels, label);
}

static int
compare_labels(const void *a, const void *b)
{
    const UmkChartLabel *x = a, *y = b;

    if (x->level != y->level)
        return x->level < y->level ? -1 : 1;
    return x->weight > y->weight ? -1 : x->weight < y->weight;
}

void
umk_chart_labels_sort(GArray *labels)
{
    g_array_sort(labels, compare_labels);
}

/* ---- groups
 * --------------------------------------------------------------------------- */

static UmkClusters *
group(const Naming *self, const char *method, UmkMatrix *points, gsize k, GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_cluster_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    if (!umk_params_set_double(params, "clusters", (double) k, error))
        return NULL;
    return umk_cluster_fit(method, points, params, self->seed, self->cancellable, NULL,
                           NULL, error);
}

/* A name stands at the medoid, where there is a point for certain. */
static gboolean
label_clusters(const Naming *self, UmkClusters *clusters, GError **error)
{
    guint n;
    const guint64 *sizes = umk_clusters_get_sizes(clusters, &n);
    const guint64 *medoids = umk_clusters_get_medoids(clusters, &n);
    g_auto(GStrv) called =
        umk_chart_name_clusters(clusters, self->texts, self->names,
                                self->texts != NULL ? 2 : 1, self->cancellable, error);

    for (guint c = 0; called != NULL && c < n; c++)
        umk_chart_labels_add(self->labels, called[c],
                             umk_matrix_get_row(self->flat, medoids[c], NULL),
                             (double) sizes[c], UMK_CHART_LABEL_CLUSTER);
    return called != NULL;
}

/* Clusters whose centers lie together make a region; k-means from nothing would cut
 * across the small ones. NULL with no error: there are too few. */
static UmkClusters *
find_regions(const Naming *self, UmkClusters *clusters, GError **error)
{
    guint n = MIN(MAX_REGIONS, umk_clusters_get_n_clusters(clusters) / CLUSTERS_A_REGION);

    return n < 2 ? NULL
                 : group(self, "hierarchical", umk_clusters_get_centers(clusters), n,
                         error);
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
label_regions(const Naming *self, const gint32 *of_row, guint n_regions, GError **error)
{
    gsize n = umk_matrix_get_n_rows(self->flat);
    g_autofree double *sums = g_new0(double, 3 * n_regions);
    g_auto(GStrv) called =
        umk_cluster_name_labels(of_row, (const char *const *) self->texts, n, n_regions,
                                REGION_WORDS, self->cancellable, error);

    if (called == NULL)
        return FALSE;
    for (gsize i = 0; i < n; i++) {
        const float *at = umk_matrix_get_row(self->flat, i, NULL);

        sums[3 * of_row[i]] += (double) at[0];
        sums[3 * of_row[i] + 1] += (double) at[1];
        sums[3 * of_row[i] + 2] += 1;
    }
    for (guint r = 0; r < n_regions; r++) {
        float at[2] = {(float) (sums[3 * r] / sums[3 * r + 2]),
                       (float) (sums[3 * r + 1] / sums[3 * r + 2])};

        umk_chart_labels_add(self->labels, called[r], at, sums[3 * r + 2],
                             UMK_CHART_LABEL_REGION);
    }
    return TRUE;
}

/* Largest first, each by the name of its largest cluster. */
static void
rank_regions(const Naming *self,
             UmkClusters *clusters,
             UmkClusters *parts_of,
             const gint32 *of_row)
{
    UmkChartRegions *regions = self->regions;
    gsize n, n_parts;
    guint n_regions = umk_clusters_get_n_clusters(parts_of), n_clusters;
    const gint32 *parts = umk_clusters_get_labels(parts_of, &n_parts);
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
    regions->names = g_new0(char *, n_regions + 1);
    for (guint c = 0; c < n_clusters; c++) { /* clusters come by size */
        char **name = regions->names + ranks[parts[c]];

        if (*name == NULL)
            *name = g_strdup_printf(_("around “%s”"), self->names[medoids[c]]);
    }
    regions->of_row = g_new(guint32, n + 1);
    for (gsize i = 0; i < n; i++)
        regions->of_row[i] = ranks[of_row[i]];
}

gboolean
umk_chart_name_groups(GArray *labels,
                      UmkChartRegions *regions,
                      UmkMatrix *flat,
                      char **names,
                      gboolean have_texts,
                      guint64 seed,
                      GCancellable *cancellable,
                      GError **error)
{
    Naming self = {labels, regions,    flat, names, have_texts ? names : NULL,
                   seed,   cancellable};
    gsize n = umk_matrix_get_n_rows(flat);
    gsize k = MIN(MAX_CLUSTERS, MAX(n / ITEMS_A_CLUSTER, 1));
    g_autoptr(UmkClusters) clusters = group(&self, "kmeans", flat, k, error);
    g_autoptr(UmkClusters) parts = NULL;
    g_autoptr(GError) failure = NULL;
    g_autofree gint32 *of_row = NULL;

    if (clusters == NULL || (labels != NULL && !label_clusters(&self, clusters, error)))
        return FALSE;
    parts = find_regions(&self, clusters, &failure);
    if (failure != NULL) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return FALSE;
    }
    if (parts == NULL)
        return TRUE;
    of_row = regions_of_rows(clusters, parts);
    if (regions != NULL)
        rank_regions(&self, clusters, parts, of_row);
    return labels == NULL || !have_texts ||
           label_regions(&self, of_row, umk_clusters_get_n_clusters(parts), error);
}
