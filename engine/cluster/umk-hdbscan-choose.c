/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a tree of merges to clusters: condense it (McInnes and Healy, "Accelerated
 * hierarchical density based clustering", 2017, algorithm 3), weigh each cluster by its
 * excess of mass, the sum of lambda - lambda of birth over its rows with lambda = 1 /
 * distance, and choose the set of largest weight (Campello et al. 2013, algorithm 3) or
 * the leaves. The whole is never a cluster, nor by weight what ends where it begins: rows
 * that are all equally far are joined in some order, which makes no groups of them. Equal
 * rows would have an infinite lambda; it is held finite, so that no sum is. */
#include "cluster/umk-hdbscan-private.h"

#include <math.h>

#define LEAST_DISTANCE 1e-30
#define NONE           G_MAXUINT32

typedef struct {
    guint32 parent;
    guint32 size;
    double birth;
    double stability;
    double death; /* the largest lambda at which something left it */
    double below; /* best weight of what is inside it */
    gboolean chosen;
    gboolean has_children;
    gint32 number;
} Cluster;

typedef struct {
    const UmkMerge *merges;
    gsize n;
    guint min_size;
    GArray *clusters; /* Cluster; 0 is the whole, a parent comes before its children */
    guint32 *owner;   /* (2 n - 1) cluster of each node of the tree */
    double *left_at;  /* (2 n - 1) lambda at which a node fell out; 0: it did not */
} Tree;

static Cluster *
cluster_at(const Tree *self, guint32 i)
{
    return &g_array_index(self->clusters, Cluster, i);
}

static guint32
size_of(const Tree *self, guint32 node)
{
    return node < self->n ? 1 : self->merges[node - self->n].size;
}

static void
leave(Tree *self, guint32 node, guint32 owner, double lambda)
{
    Cluster *cluster = cluster_at(self, owner);
    guint32 size = size_of(self, node);

    self->owner[node] = owner;
    self->left_at[node] = lambda;
    cluster->stability += (lambda - cluster->birth) * (double) size;
    cluster->death = fmax(cluster->death, lambda);
}

static void
give_birth(Tree *self, guint32 node, guint32 parent, double lambda)
{
    Cluster child = {.parent = parent, .size = size_of(self, node), .birth = lambda};
    Cluster *cluster = cluster_at(self, parent);

    cluster->stability += (lambda - cluster->birth) * (double) child.size;
    cluster->death = fmax(cluster->death, lambda);
    cluster->has_children = TRUE;
    self->owner[node] = self->clusters->len;
    g_array_append_val(self->clusters, child);
}

static void
split(Tree *self, guint32 node)
{
    const UmkMerge *merge = self->merges + (node - self->n);
    guint32 owner = self->owner[node], children[2] = {merge->a, merge->b};
    double lambda = 1.0 / fmax(merge->height, LEAST_DISTANCE);
    gboolean large[2];

    for (int i = 0; i < 2; i++) {
        large[i] = size_of(self, children[i]) >= self->min_size;
        if (self->left_at[node] > 0.0) { /* already outside: so is what is below */
            self->owner[children[i]] = owner;
            self->left_at[children[i]] = self->left_at[node];
        }
    }
    if (self->left_at[node] > 0.0)
        return;
    for (int i = 0; i < 2; i++) {
        if (!large[i])
            leave(self, children[i], owner, lambda);
        else if (large[1 - i])
            give_birth(self, children[i], owner, lambda);
        else
            self->owner[children[i]] = owner;
    }
}

static void
condense(Tree *self)
{
    Cluster whole = {.parent = NONE, .size = (guint32) self->n};

    g_array_append_val(self->clusters, whole);
    for (gsize node = 2 * self->n - 2; node >= self->n; node--)
        split(self, (guint32) node);
}

static void
choose_stable(Tree *self)
{
    for (guint32 i = self->clusters->len; i-- > 1;) {
        Cluster *cluster = cluster_at(self, i), *parent;

        cluster->chosen =
            cluster->stability > 0 && !(cluster->below > cluster->stability);
        parent = cluster_at(self, cluster->parent);
        parent->below += cluster->chosen ? cluster->stability : cluster->below;
    }
}

static void
choose_leaves(Tree *self)
{
    for (guint32 i = 1; i < self->clusters->len; i++)
        cluster_at(self, i)->chosen = !cluster_at(self, i)->has_children;
}

/* What lies inside a chosen cluster goes by its number. */
static guint
number_clusters(Tree *self)
{
    gint32 next = 0;

    for (guint32 i = 0; i < self->clusters->len; i++) {
        Cluster *cluster = cluster_at(self, i);

        cluster->number = -1;
        if (i > 0 && cluster_at(self, cluster->parent)->number >= 0) {
            Cluster *parent = cluster_at(self, cluster->parent);

            cluster->number = parent->number;
            cluster->death = parent->death;
        } else if (cluster->chosen) {
            cluster->number = next++;
        }
    }
    return (guint) next;
}

guint
_umk_hdbscan_choose(const UmkMerge *merges,
                    gsize n,
                    const UmkHdbscanChoice *choice,
                    gint32 *labels,
                    float *probabilities)
{
    g_autoptr(GArray) clusters = g_array_new(FALSE, FALSE, sizeof(Cluster));
    g_autofree guint32 *owner = g_new0(guint32, 2 * n);
    g_autofree double *left_at = g_new0(double, 2 * n);
    Tree self = {merges, n, MAX(choice->min_cluster_size, 2), clusters, owner, left_at};
    guint n_clusters;

    condense(&self);
    if (choice->leaves)
        choose_leaves(&self);
    else
        choose_stable(&self);
    n_clusters = number_clusters(&self);
    for (gsize i = 0; i < n; i++) {
        const Cluster *cluster = cluster_at(&self, owner[i]);

        labels[i] = cluster->number;
        probabilities[i] =
            cluster->number < 0 ? 0.0f : (float) fmin(1.0, left_at[i] / cluster->death);
    }
    return n_clusters;
}
