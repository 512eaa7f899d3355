/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clusters are called: by their telling words, or where there are none by the names
 * of the items nearest to their centers. */
#include "umk-cli.h"

#define LONGEST 32 /* characters of one item's name */

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
umk_cli_name_clusters(UmkClusters *clusters,
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
