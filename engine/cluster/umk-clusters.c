/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clustering gives back: labels, sizes, centres, medoids, and how it was made. */
#include "cluster/umk-clusters-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

G_DEFINE_BOXED_TYPE(UmkClusters, umk_clusters, umk_clusters_ref, umk_clusters_unref)

UmkClusters *
_umk_clusters_new(const char *method, UmkParams *params, guint64 seed)
{
    UmkClusters *self = g_new0(UmkClusters, 1);

    g_atomic_ref_count_init(&self->refs);
    self->method = method;
    self->params = umk_params_ref(params);
    self->seed = seed;
    return self;
}

/**
 * umk_clusters_ref:
 * @self: clusters
 *
 * Returns: (transfer full): @self
 */
UmkClusters *
umk_clusters_ref(UmkClusters *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_atomic_ref_count_inc(&self->refs);
    return self;
}

/**
 * umk_clusters_unref:
 * @self: (transfer full): clusters
 */
void
umk_clusters_unref(UmkClusters *self)
{
    g_return_if_fail(self != NULL);
    if (!g_atomic_ref_count_dec(&self->refs))
        return;
    umk_params_unref(self->params);
    g_clear_pointer(&self->facts, json_node_unref);
    g_clear_pointer(&self->centers, umk_matrix_unref);
    g_free(self->labels);
    g_free(self->probabilities);
    g_free(self->sizes);
    g_free(self->medoids);
    g_free(self->squared);
    g_free(self);
}

gboolean
_umk_clusters_alloc(UmkClusters *self, gsize n_rows, GError **error)
{
    self->labels = _umk_alloc(n_rows, sizeof(gint32), _("The labels"), error);
    if (self->labels == NULL)
        return FALSE;
    self->probabilities = _umk_alloc(n_rows, sizeof(float), _("The labels"), error);
    if (self->probabilities == NULL)
        return FALSE;
    self->n_rows = n_rows;
    for (gsize i = 0; i < n_rows; i++) {
        self->labels[i] = UMK_CLUSTER_NOISE;
        self->probabilities[i] = 1.0f;
    }
    return TRUE;
}

/* ---- numbers by size -------------------------------------------------------------- */

typedef struct {
    gint32 label;
    gsize first;
    guint64 size;
} Group;

static int
compare_groups(const void *a, const void *b)
{
    const Group *x = a, *y = b;

    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

static void
renumber(UmkClusters *self)
{
    g_autofree Group *groups = NULL;
    g_autofree gint32 *numbers = NULL;
    gint32 n_labels = 0;

    for (gsize i = 0; i < self->n_rows; i++)
        n_labels = MAX(n_labels, self->labels[i] + 1);
    groups = g_new0(Group, n_labels + 1);
    numbers = g_new0(gint32, n_labels + 1);
    for (gsize i = 0; i < self->n_rows; i++) {
        gint32 label = self->labels[i];

        if (label < 0) {
            self->n_noise++;
            self->probabilities[i] = 0.0f;
        } else if (groups[label].size++ == 0) {
            groups[label].first = i;
        }
    }
    for (gint32 label = 0; label < n_labels; label++)
        groups[label].label = label;
    qsort(groups, (size_t) n_labels, sizeof *groups, compare_groups);
    self->sizes = g_new0(guint64, n_labels + 1);
    for (gint32 i = 0; i < n_labels && groups[i].size > 0; i++) {
        numbers[groups[i].label] = i;
        self->sizes[self->n_clusters++] = groups[i].size;
    }
    for (gsize i = 0; i < self->n_rows; i++)
        if (self->labels[i] >= 0)
            self->labels[i] = numbers[self->labels[i]];
}

/* ---- centres and medoids ---------------------------------------------------------- */

typedef struct {
    const UmkClusters *clusters;
    const float *rows; /* (n, d) */
    gsize d;
    double *sums; /* (n_clusters, d) */
} SumWork;

static void
sum_columns(gsize begin, gsize end, guint worker, gpointer data)
{
    SumWork *work = data;

    for (gsize i = 0; i < work->clusters->n_rows; i++) {
        gint32 label = work->clusters->labels[i];
        const float *row = work->rows + i * work->d;
        double *sums = work->sums + (gsize) MAX(label, 0) * work->d;

        for (gsize j = begin; label >= 0 && j < end; j++)
            sums[j] += (double) row[j];
    }
}

/* (n_clusters, d) */
static float *
find_means(const UmkClusters *self, UmkMatrix *vectors, GError **error)
{
    gsize d = umk_matrix_get_n_cols(vectors), k = self->n_clusters, count;
    SumWork work = {.clusters = self, .d = d};
    g_autofree double *sums = NULL;
    float *means;

    if (!_umk_size_mul(k, MAX(d, 1), &count))
        count = G_MAXSIZE / sizeof(double);
    sums = _umk_alloc(count, sizeof(double), _("The centers"), error);
    if (sums == NULL)
        return NULL;
    means = _umk_alloc_aligned(count, sizeof(float), _("The centers"), error);
    if (means == NULL)
        return NULL;
    work.sums = sums;
    if (self->n_rows > 0) {
        work.rows = umk_matrix_get_row(vectors, 0, NULL);
        _umk_parallel_for(d, 32, sum_columns, &work);
    }
    for (gsize c = 0; c < k; c++)
        for (gsize j = 0; j < d; j++)
            means[c * d + j] = (float) (sums[c * d + j] / (double) self->sizes[c]);
    return means;
}

typedef struct {
    const UmkClusters *clusters;
    const float *rows;  /* (n, d) */
    const float *means; /* (n_clusters, d) */
    gsize d;
    double *squared; /* (n) */
} MedoidWork;

static void
measure_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    MedoidWork *work = data;

    for (gsize i = begin; i < end; i++) {
        gint32 label = work->clusters->labels[i];
        const float *row = work->rows + i * work->d;
        const float *mean = work->means + (gsize) MAX(label, 0) * work->d;
        double sum = 0.0;

        for (gsize j = 0; label >= 0 && j < work->d; j++) {
            double difference = (double) row[j] - (double) mean[j];

            sum += difference * difference;
        }
        work->squared[i] = sum;
    }
}

static gboolean
find_medoids(UmkClusters *self, UmkMatrix *used, GError **error)
{
    MedoidWork work = {.clusters = self, .d = umk_matrix_get_n_cols(used)};
    float *means = find_means(self, used, error);
    double *squared;

    if (means == NULL)
        return FALSE;
    squared = _umk_alloc(self->n_rows, sizeof(double), _("The medoids"), error);
    self->squared = squared;
    if (squared == NULL) {
        _umk_free_aligned(means);
        return FALSE;
    }
    work.means = means;
    work.squared = squared;
    if (self->n_rows > 0) {
        work.rows = umk_matrix_get_row(used, 0, NULL);
        _umk_parallel_for(self->n_rows, 1024, measure_rows, &work);
    }
    self->medoids = g_new0(guint64, self->n_clusters + 1);
    for (guint c = 0; c < self->n_clusters; c++)
        self->medoids[c] = G_MAXUINT64;
    for (gsize i = 0; i < self->n_rows; i++) {
        guint64 *best = self->medoids + MAX(self->labels[i], 0);

        if (self->labels[i] >= 0 && (*best == G_MAXUINT64 || squared[i] < squared[*best]))
            *best = i;
    }
    _umk_free_aligned(means);
    return TRUE;
}

gboolean
_umk_clusters_finish(
    UmkClusters *self, UmkMatrix *vectors, UmkMatrix *used, UmkRun *run, GError **error)
{
    gsize d = umk_matrix_get_n_cols(vectors);
    g_autoptr(GBytes) bytes = NULL;
    float *means;

    renumber(self);
    means = find_means(self, vectors, error);
    if (means == NULL)
        return FALSE;
    bytes = _umk_bytes_new_aligned(means, self->n_clusters * d * sizeof(float));
    self->centers = umk_matrix_new_from_bytes(self->n_clusters, d, bytes, error);
    return self->centers != NULL && umk_run_check(run, error) &&
           find_medoids(self, used, error);
}

/* ---- getters ---------------------------------------------------------------------- */

/**
 * umk_clusters_get_method:
 * @self: clusters
 *
 * Returns: (transfer none): name of the method that made them
 */
const char *
umk_clusters_get_method(UmkClusters *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->method;
}

/**
 * umk_clusters_get_n_clusters:
 * @self: clusters
 *
 * Returns: how many there are; labels run from 0 to one less
 */
guint
umk_clusters_get_n_clusters(UmkClusters *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_clusters;
}

/**
 * umk_clusters_get_n_noise:
 * @self: clusters
 *
 * Returns: how many rows belong to no cluster
 */
gsize
umk_clusters_get_n_noise(UmkClusters *self)
{
    g_return_val_if_fail(self != NULL, 0);
    return self->n_noise;
}

/**
 * umk_clusters_get_labels:
 * @self: clusters
 * @n_rows: (out): how many
 *
 * Returns: (array length=n_rows) (transfer none): the cluster of each row, or
 *   %UMK_CLUSTER_NOISE
 */
const gint32 *
umk_clusters_get_labels(UmkClusters *self, gsize *n_rows)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(n_rows != NULL, NULL);
    *n_rows = self->n_rows;
    return self->labels;
}

/**
 * umk_clusters_get_probabilities:
 * @self: clusters
 * @n_rows: (out): how many
 *
 * Methods that do not tell say 1 for every row of a cluster.
 *
 * Returns: (array length=n_rows) (transfer none): how surely each row belongs to its
 *   cluster, 0 to 1; 0 for noise
 */
const float *
umk_clusters_get_probabilities(UmkClusters *self, gsize *n_rows)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(n_rows != NULL, NULL);
    *n_rows = self->n_rows;
    return self->probabilities;
}

/**
 * umk_clusters_get_sizes:
 * @self: clusters
 * @n_clusters: (out): how many
 *
 * Returns: (array length=n_clusters) (transfer none): rows of each cluster
 */
const guint64 *
umk_clusters_get_sizes(UmkClusters *self, guint *n_clusters)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(n_clusters != NULL, NULL);
    *n_clusters = self->n_clusters;
    return self->sizes;
}

/**
 * umk_clusters_get_medoids:
 * @self: clusters
 * @n_clusters: (out): how many
 *
 * Returns: (array length=n_clusters) (transfer none): of each cluster the row nearest to
 *   its center, the one to show for all
 */
const guint64 *
umk_clusters_get_medoids(UmkClusters *self, guint *n_clusters)
{
    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(n_clusters != NULL, NULL);
    *n_clusters = self->n_clusters;
    return self->medoids;
}

typedef struct {
    double squared;
    guint64 row;
} Member;

static int
compare_members(const void *a, const void *b)
{
    const Member *x = a, *y = b;

    if (x->squared != y->squared)
        return x->squared < y->squared ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/**
 * umk_clusters_dup_members:
 * @self: clusters
 * @cluster: one of them
 * @n_members: (out): how many
 *
 * Returns: (array length=n_members) (transfer full): its rows, the one nearest to the
 *   center first
 */
guint64 *
umk_clusters_dup_members(UmkClusters *self, guint cluster, gsize *n_members)
{
    g_autofree Member *members = NULL;
    guint64 *rows;
    gsize n = 0;

    g_return_val_if_fail(self != NULL, NULL);
    g_return_val_if_fail(cluster < self->n_clusters, NULL);
    g_return_val_if_fail(n_members != NULL, NULL);
    members = g_new(Member, self->sizes[cluster]);
    for (gsize i = 0; i < self->n_rows; i++)
        if (self->labels[i] == (gint32) cluster)
            members[n++] = (Member){self->squared[i], i};
    qsort(members, n, sizeof *members, compare_members);
    rows = g_new(guint64, n);
    for (gsize i = 0; i < n; i++)
        rows[i] = members[i].row;
    *n_members = n;
    return rows;
}

/**
 * umk_clusters_get_centers:
 * @self: clusters
 *
 * Returns: (transfer none): the mean of each cluster's vectors, one row a cluster
 */
UmkMatrix *
umk_clusters_get_centers(UmkClusters *self)
{
    g_return_val_if_fail(self != NULL, NULL);
    return self->centers;
}

/**
 * umk_clusters_to_json:
 * @self: clusters
 *
 * Returns: (transfer full): a JSON object that tells how they were made: "method",
 *   "params", "seed", "n_items", "n_clusters", "n_noise", "sizes", and what the method
 *   knows of the result
 */
char *
umk_clusters_to_json(UmkClusters *self)
{
    g_autoptr(JsonNode) root = NULL, params = NULL;
    g_autoptr(JsonObject) object = NULL;
    g_autofree char *params_json = NULL;
    JsonArray *sizes;
    JsonObjectIter iter;
    const char *name;
    JsonNode *value;

    g_return_val_if_fail(self != NULL, NULL);
    object = json_object_new();
    sizes = json_array_new();
    params_json = umk_params_to_json(self->params);
    params = json_from_string(params_json, NULL);
    json_object_set_string_member(object, "method", self->method);
    if (params != NULL)
        json_object_set_member(object, "params", g_steal_pointer(&params));
    json_object_set_int_member(object, "seed", (gint64) self->seed);
    json_object_set_int_member(object, "n_items", (gint64) self->n_rows);
    json_object_set_int_member(object, "n_clusters", self->n_clusters);
    json_object_set_int_member(object, "n_noise", (gint64) self->n_noise);
    for (guint c = 0; c < self->n_clusters; c++)
        json_array_add_int_element(sizes, (gint64) self->sizes[c]);
    json_object_set_array_member(object, "sizes", sizes);
    json_object_iter_init(&iter, json_node_get_object(self->facts));
    while (json_object_iter_next(&iter, &name, &value))
        json_object_set_member(object, name, json_node_copy(value));
    root = json_node_init_object(json_node_alloc(), object);
    return json_to_string(root, FALSE);
}
