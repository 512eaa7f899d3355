/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Class-based TF-IDF (Grootendorst, "BERTopic: Neural topic modeling with a class-based
 * TF-IDF procedure", 2022, eq. 2): all texts of a cluster are one document; the weight of
 * term t in cluster c is tf(t, c) log(1 + A / f(t)), with tf its share of the cluster's
 * words, f its number in all clusters and A the mean number of words of a cluster. */
#include "cluster/umk-cluster-terms-private.h"

#include <math.h>
#include <stdlib.h>

static int
compare_tokens(const void *a, const void *b)
{
    const UmkClusterToken *x = a, *y = b;

    if (x->cluster != y->cluster)
        return x->cluster < y->cluster ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

static int
compare_terms(const void *a, const void *b)
{
    const UmkClusterTerm *x = a, *y = b;

    if (x->cluster != y->cluster)
        return x->cluster < y->cluster ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return x->term < y->term ? -1 : x->term > y->term;
}

GArray *
_umk_cluster_terms_weigh(UmkClusterToken *tokens,
                         gsize n_tokens,
                         guint32 n_terms,
                         guint32 n_clusters)
{
    GArray *terms = g_array_new(FALSE, FALSE, sizeof(UmkClusterTerm));
    g_autofree gsize *in_all = g_new0(gsize, n_terms + 1);
    g_autofree gsize *in_cluster = g_new0(gsize, n_clusters + 1);
    double mean = (double) n_tokens / MAX(n_clusters, 1);

    if (n_tokens > 0)
        qsort(tokens, n_tokens, sizeof *tokens, compare_tokens);
    for (gsize i = 0; i < n_tokens; i++) {
        in_all[tokens[i].term]++;
        in_cluster[tokens[i].cluster]++;
    }
    for (gsize i = 0; i < n_tokens;) {
        UmkClusterTerm term = {.cluster = tokens[i].cluster, .term = tokens[i].term};

        for (; i < n_tokens && tokens[i].cluster == term.cluster &&
               tokens[i].term == term.term;
             i++)
            term.count++;
        term.weight = (double) term.count / (double) in_cluster[term.cluster] *
                      log(1.0 + mean / (double) in_all[term.term]);
        g_array_append_val(terms, term);
    }
    if (terms->len > 0)
        qsort(terms->data, terms->len, sizeof(UmkClusterTerm), compare_terms);
    return terms;
}
