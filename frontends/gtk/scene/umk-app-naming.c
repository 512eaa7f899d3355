/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crowds are found among a sample of the places on the map, by density where the map has
 * clumps, else by cutting it into cells. The engine names them from the items' titles. Of
 * a collection in two scripts a crowd is named in that of the reader, if it has any such
 * titles. */
#include "umk-app-naming.h"

#include "umk-app-lens.h"
#include "umk-app-titles.h"

#include <glib/gi18n.h>

#include <stdlib.h>
#include <string.h>

#define SAMPLE    4000u /* places looked at */
#define N_WORDS   3u    /* of a name */
#define SAMPLES   8u    /* neighbours that make a place dense */
#define MEMBERS   64u   /* rows kept of a crowd */
#define READABLE  6u    /* one in so many titles is in the reader's script */
#define FEW       3u    /* crowds that are too few for a level */
#define MOST_FINE 60u
#define SEED      1u

/* ---- values --------------------------------------------------------------------------
 */

static void
crowd_clear(gpointer data)
{
    UmkAppCrowd *crowd = data;

    g_free(crowd->text);
    g_free(crowd->members);
}

static UmkAppNaming *
naming_new(void)
{
    UmkAppNaming *self = g_new0(UmkAppNaming, 1);

    g_atomic_ref_count_init(&self->references);
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++) {
        self->levels[l] = g_array_new(FALSE, FALSE, sizeof(UmkAppCrowd));
        g_array_set_clear_func(self->levels[l], crowd_clear);
    }
    return self;
}

UmkAppNaming *
umk_app_naming_ref(UmkAppNaming *self)
{
    g_atomic_ref_count_inc(&self->references);
    return self;
}

void
umk_app_naming_unref(UmkAppNaming *self)
{
    if (self == NULL || !g_atomic_ref_count_dec(&self->references))
        return;
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++)
        g_array_unref(self->levels[l]);
    g_free(self);
}

static int
compare_doubles(gconstpointer a, gconstpointer b)
{
    const double *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* The median of each axis: a few members far off do not pull it away. */
gboolean
umk_app_crowd_find_middle(const UmkAppCrowd *self,
                          const UmkAppPoints *points,
                          const UmkAppView *view,
                          double *x,
                          double *y)
{
    double xs[MEMBERS], ys[MEMBERS];
    gsize n = 0;

    for (gsize i = 0; i < MIN(self->n_members, MEMBERS); i++)
        n += umk_app_points_see(points, view, self->members[i], &xs[n], &ys[n]);
    if (n == 0)
        return FALSE;
    qsort(xs, n, sizeof *xs, compare_doubles);
    qsort(ys, n, sizeof *ys, compare_doubles);
    *x = xs[n / 2];
    *y = ys[n / 2];
    return TRUE;
}

/* ---- what is looked at ---------------------------------------------------------------
 */

typedef struct {
    UmkAppSource *source;
    UmkAppLayout *layout;
    gboolean japanese; /* the reader's script */
    gsize n;
    guint32 *rows;
    char **own, **other; /* titles in the reader's script, and all the rest */
    UmkMatrix *places;
} Work;

static void
work_free(gpointer data)
{
    Work *work = data;

    for (gsize i = 0; work->own != NULL && i < work->n; i++) {
        g_free(work->own[i]);
        g_free(work->other[i]);
    }
    g_free(work->own);
    g_free(work->other);
    g_free(work->rows);
    umk_matrix_unref(work->places);
    umk_app_layout_unref(work->layout);
    g_object_unref(work->source);
    g_free(work);
}

/* Of a file its name without what says its kind. */
static char *
title_of(UmkItem *item)
{
    const char *caption = umk_item_get_caption(item), *text = umk_item_get_text(item);
    const char *words = caption != NULL && *caption != '\0' ? caption : text;
    g_autofree char *name = NULL;
    char *dot;

    if (words != NULL)
        return g_utf8_make_valid(words, (gssize) strnlen(words, 2000));
    if (umk_item_get_path(item) == NULL)
        return NULL;
    name = g_path_get_basename(umk_item_get_path(item));
    dot = strrchr(name, '.');
    if (dot != NULL && dot != name)
        *dot = '\0';
    return g_utf8_make_valid(g_strdelimit(name, "_-", ' '), -1);
}

static gboolean
read_titles(Work *work, UmkAppJob *job, GCancellable *cancellable, GError **error)
{
    UmkCollection *collection = umk_app_source_get_collection(work->source);

    for (gsize i = 0; i < work->n; i++) {
        g_autoptr(UmkItem) item = NULL;
        char *title;

        if (i % 64 == 0) {
            if (g_cancellable_set_error_if_cancelled(cancellable, error))
                return FALSE;
            umk_app_job_progress(_("Reading titles"), 0.5 * (double) i / (double) work->n,
                                 job);
        }
        item = umk_collection_dup_item(collection, work->rows[i], NULL);
        title = item != NULL ? title_of(item) : NULL;
        if (title != NULL && umk_app_text_is_japanese(title) == work->japanese)
            work->own[i] = title;
        else
            work->other[i] = title;
    }
    return TRUE;
}

/* Every so many of the points, which lie in the order of the plane: the sample is as
 * dense as they are. */
static gboolean
take_sample(Work *work, GError **error)
{
    const UmkAppPoints *points = work->layout->points;
    gsize n = MIN(points->n_points, SAMPLE), d;
    g_autofree float *places = g_new(float, 3 * n + 3);

    d = umk_matrix_get_n_cols(work->layout->coords) == 3 ? 3 : 2;
    work->n = n;
    work->rows = g_new(guint32, n + 1);
    work->own = g_new0(char *, n + 1);
    work->other = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++) {
        gsize at = (gsize) ((double) i * (double) points->n_points / (double) n);
        double place[3];

        work->rows[i] = points->row[at];
        umk_app_points_get(points, at, &place[0], &place[1], &place[2]);
        for (gsize k = 0; k < d; k++)
            places[d * i + k] = (float) place[k];
    }
    work->places = umk_matrix_new_from_data(n, d, places, error);
    return work->places != NULL;
}

/* ---- finding and naming --------------------------------------------------------------
 */

static UmkClusters *
cluster(Work *work,
        const char *method,
        const char *options,
        GCancellable *cancellable,
        GError **error)
{
    gsize n_specs;
    const UmkParamSpec *specs = umk_cluster_get_params(method, &n_specs);
    g_autoptr(UmkParams) params = umk_params_new(specs, n_specs);

    if (!umk_params_parse(params, options, error))
        return NULL;
    return umk_cluster_fit(method, work->places, params, SEED, cancellable, NULL, NULL,
                           error);
}

/* By density if that finds enough crowds and does not call most of the map noise. */
static UmkClusters *
find_crowds(Work *work, guint level, GCancellable *cancellable, GError **error)
{
    guint n = (guint) work->n;
    guint smallest = MAX(level == 0 ? n / 30 : n / 160, 5);
    guint cells = level == 0 ? CLAMP(n / 40, FEW, 9) : CLAMP(n / 14, FEW, 48);
    guint most = level == 0 ? 14 : MOST_FINE, found;
    g_autofree char *by_density =
        g_strdup_printf("min-cluster-size=%u min-samples=%u", smallest, SAMPLES);
    g_autofree char *by_cells = g_strdup_printf("clusters=%u", MIN(cells, n));
    g_autoptr(UmkClusters) dense =
        cluster(work, "hdbscan", by_density, cancellable, error);

    if (dense == NULL)
        return NULL;
    found = umk_clusters_get_n_clusters(dense);
    if (found >= (level == 0 ? FEW : 2 * FEW) && found <= most &&
        umk_clusters_get_n_noise(dense) * 2 < work->n)
        return g_steal_pointer(&dense);
    return cluster(work, "kmeans", by_cells, cancellable, error);
}

static gboolean
is_taken(GArray *crowds, const char *text)
{
    for (guint i = 0; i < crowds->len; i++)
        if (g_str_equal(g_array_index(crowds, UmkAppCrowd, i).text, text))
            return TRUE;
    return FALSE;
}

/* Some of the rows of a cluster, evenly taken. */
static void
keep_members(UmkAppCrowd *crowd, UmkClusters *clusters, guint at, const Work *work)
{
    gsize n;
    g_autofree guint64 *members = umk_clusters_dup_members(clusters, at, &n);

    crowd->n_members = MIN(n, MEMBERS);
    crowd->members = g_new(guint32, crowd->n_members + 1);
    for (gsize i = 0; i < crowd->n_members; i++)
        crowd->members[i] = work->rows[members[i * n / crowd->n_members]];
}

typedef struct {
    guint64 n;
    guint cluster;
} Size;

static int
compare_sizes(gconstpointer a, gconstpointer b)
{
    const Size *x = a, *y = b;

    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return x->cluster < y->cluster ? -1 : 1;
}

/* Whether enough of a cluster is in the reader's script to be named in it. */
static gboolean
is_readable(UmkClusters *clusters, guint at, const Work *work)
{
    gsize n, n_own = 0, n_all = 0;
    g_autofree guint64 *members = umk_clusters_dup_members(clusters, at, &n);

    for (gsize i = 0; i < n; i++) {
        n_own += work->own[members[i]] != NULL;
        n_all += work->own[members[i]] != NULL || work->other[members[i]] != NULL;
    }
    return n_own * READABLE >= n_all;
}

/* The largest first; of two with one name only the larger. */
static void
fill_level(GArray *crowds, UmkClusters *clusters, char **names, char **spare, Work *work)
{
    guint n;
    const guint64 *sizes = umk_clusters_get_sizes(clusters, &n);
    g_autofree Size *order = g_new(Size, n + 1);

    for (guint c = 0; c < n; c++)
        order[c] = (Size){sizes[c], c};
    qsort(order, n, sizeof *order, compare_sizes);
    for (guint i = 0; i < n; i++) {
        guint c = order[i].cluster;
        gboolean own = *spare[c] == '\0' || is_readable(clusters, c, work);
        const char *text = own ? names[c] : spare[c];
        UmkAppCrowd crowd = {.n_items = order[i].n};

        crowd.text = umk_app_text_set_commas(g_strdup(text));
        if (*text == '\0' || is_taken(crowds, crowd.text)) {
            g_free(crowd.text);
            continue;
        }
        keep_members(&crowd, clusters, c, work);
        g_array_append_val(crowds, crowd);
    }
}

static gboolean
name_level(
    Work *work, guint level, GArray *crowds, GCancellable *cancellable, GError **error)
{
    g_autoptr(UmkClusters) clusters = find_crowds(work, level, cancellable, error);
    g_auto(GStrv) names = NULL;
    g_auto(GStrv) spare = NULL;

    if (clusters == NULL)
        return FALSE;
    names = umk_clusters_dup_names(clusters, (const char *const *) work->own, work->n,
                                   N_WORDS, cancellable, error);
    if (names == NULL)
        return FALSE;
    spare = umk_clusters_dup_names(clusters, (const char *const *) work->other, work->n,
                                   N_WORDS, cancellable, error);
    if (spare == NULL)
        return FALSE;
    fill_level(crowds, clusters, names, spare, work);
    return TRUE;
}

static gpointer
find_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Work *work = data;
    g_autoptr(UmkAppNaming) naming = naming_new();

    if (!take_sample(work, error))
        return NULL;
    if (work->n < 2 * FEW)
        return g_steal_pointer(&naming);
    if (!read_titles(work, job, cancellable, error))
        return NULL;
    for (guint l = 0; l < UMK_APP_N_LEVELS; l++) {
        umk_app_job_progress(_("Naming crowds"), 0.5 + 0.25 * l, job);
        if (!name_level(work, l, naming->levels[l], cancellable, error))
            return NULL;
    }
    return g_steal_pointer(&naming);
}

UmkAppJob *
umk_app_naming_find(UmkAppSource *source,
                    UmkAppLayout *layout,
                    const char *language,
                    UmkAppJobDone done,
                    GObject *owner)
{
    Work *work = g_new0(Work, 1);

    work->source = g_object_ref(source);
    work->layout = umk_app_layout_ref(layout);
    work->japanese = g_str_has_prefix(language, "ja");
    return umk_app_job_start(_("Naming what lies together"), find_work, work, work_free,
                             (GDestroyNotify) umk_app_naming_unref, done, owner);
}
