/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels in UMAP: the supervised variant that its authors publish with the program, the
 * intersection of the fuzzy set with that of equal labels. Edges between different
 * labels lose exp(-2.5 / (1 - weight)), edges to items of unknown label exp(-1); then
 * each row's strongest edge is brought back to 1 and the directions are united again. */
#include "projection/umk-projection-umap-private.h"

#include "core/umk-alloc-private.h"
#include "projection/umk-projection-umap-math-private.h"

#include <glib/gi18n-lib.h>

#define UNKNOWN_DISTANCE 1.0

gboolean
_umk_umap_apply_labels(
    UmkUmapEdges *edges, const gint32 *labels, double weight, UmkRun *run, GError **error)
{
    g_autofree float *largest =
        _umk_alloc(edges->n + 1, sizeof(float), _("The weights"), error);
    float unknown = (float) _umk_umap_exp(-UNKNOWN_DISTANCE);
    float far = weight < 1.0 ? (float) _umk_umap_exp(-2.5 / (1.0 - weight)) : 0.0f;

    if (largest == NULL)
        return FALSE;
    for (gsize e = 0; e < edges->n_edges; e++) {
        guint32 head = edges->heads[e], tail = edges->tails[e];
        float w = edges->weights[e];

        if (labels[head] < 0 || labels[tail] < 0)
            w *= unknown;
        else if (labels[head] != labels[tail])
            w *= far;
        edges->weights[e] = w;
        largest[head] = MAX(largest[head], w);
        largest[tail] = MAX(largest[tail], w);
    }
    for (gsize e = 0; e < edges->n_edges; e++) {
        float w = edges->weights[e], a, b;

        if (!(w > 0.0f))
            continue;
        a = w / largest[edges->heads[e]];
        b = w / largest[edges->tails[e]];
        edges->weights[e] = a + b - a * b;
    }
    return umk_run_check(run, error);
}
