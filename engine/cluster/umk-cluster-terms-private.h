/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which words tell a cluster from the others. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One word that stands in a text of a cluster. */
typedef struct {
    guint32 cluster;
    guint32 term;
} UmkClusterToken;

typedef struct {
    guint32 cluster;
    guint32 term;
    guint32 count;
    double weight;
} UmkClusterTerm;

/* Sorts the tokens. An array of UmkClusterTerm: clusters ascending, in each the heaviest
 * term first, equal ones by count, then by term. */
GArray *_umk_cluster_terms_weigh(UmkClusterToken *tokens,
                                 gsize n_tokens,
                                 guint32 n_terms,
                                 guint32 n_clusters);

G_END_DECLS
