/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Affinities of t-SNE over the nearest neighbours alone (van der Maaten, "Accelerating
 * t-SNE using tree-based algorithms", 2014, equations 6 and 7): p(j|i) with the bandwidth
 * that gives the wanted perplexity, p_ij = (p(j|i) + p(i|j)) / 2 n. */
#include "projection/umk-projection-tsne-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define MAX_HALVINGS 100
#define TOLERANCE    1e-5 /* of the entropy, in nats */
#define CHUNK        512
#define CHECK_EVERY  262144 /* neighbours between two looks at cancelling */

/* ---- one row ---------------------------------------------------------------------- */

/* Fills p with unnormalised affinities and returns their sum and their entropy. */
static double
weigh(const float *distances, guint k, double beta, double *p, double *entropy)
{
    double nearest = (double) distances[0] * (double) distances[0], sum = 0.0, mean = 0.0;

    for (guint j = 0; j < k; j++) {
        double squared = (double) distances[j] * (double) distances[j] - nearest;

        p[j] = exp(-beta * squared);
        sum += p[j];
        mean += p[j] * squared;
    }
    *entropy = log(sum) + beta * mean / sum;
    return sum;
}

void
_umk_tsne_row_affinity(const float *distances, guint k, double perplexity, double *p)
{
    double wanted = log(perplexity), beta = 1.0, low = 0.0, high = INFINITY;
    double spread, entropy, sum = 1.0;

    if (k == 0)
        return;
    spread = (double) distances[k - 1] * (double) distances[k - 1] -
             (double) distances[0] * (double) distances[0];
    if (spread > 0.0)
        beta = 1.0 / spread;
    for (guint turn = 0; turn < MAX_HALVINGS; turn++) {
        sum = weigh(distances, k, beta, p, &entropy);
        if (fabs(entropy - wanted) < TOLERANCE)
            break;
        if (entropy > wanted)
            low = beta;
        else
            high = beta;
        beta = isinf(high) ? beta * 2.0 : (low + high) / 2.0;
        if (!isfinite(beta))
            break;
    }
    for (guint j = 0; j < k; j++)
        p[j] /= sum;
}

/* ---- all rows --------------------------------------------------------------------- */

typedef struct {
    const UmkKnnGraph *graph;
    double perplexity;
    guint32 *ids; /* (n, k), each row ascending */
    float *p;     /* (n, k), beside them */
    gsize *in_offsets;
    guint32 *in_rows; /* (n k): rows that have this one as neighbour, ascending */
    float *in_p;
    UmkTsneAffinity *out;
    UmkRun *run;
} Work;

static void
sort_row(guint32 *ids, float *p, guint k)
{
    for (guint i = 1; i < k; i++) {
        guint32 id = ids[i];
        float value = p[i];
        guint j = i;

        for (; j > 0 && ids[j - 1] > id; j--) {
            ids[j] = ids[j - 1];
            p[j] = p[j - 1];
        }
        ids[j] = id;
        p[j] = value;
    }
}

static void
weigh_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    guint k = work->graph->k;
    g_autofree double *p = g_new(double, k + 1);

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize row = begin; row < end; row++) {
        guint32 *ids = work->ids + row * k;

        _umk_tsne_row_affinity(work->graph->distances + row * k, k, work->perplexity, p);
        memcpy(ids, work->graph->ids + row * k, k * sizeof *ids);
        for (guint j = 0; j < k; j++)
            work->p[row * k + j] = (float) p[j];
        sort_row(ids, work->p + row * k, k);
    }
}

/* Neighbours turned about, by counting: rows are met in ascending order. */
static gboolean
turn_about(Work *work, GError **error)
{
    gsize n = work->graph->n, k = work->graph->k;
    g_autofree gsize *at = NULL;

    for (gsize i = 0; i < n * k; i++)
        work->in_offsets[work->ids[i] + 1]++;
    for (gsize i = 0; i < n; i++)
        work->in_offsets[i + 1] += work->in_offsets[i];
    at = g_memdup2(work->in_offsets, n * sizeof *at);
    for (gsize i = 0; i < n * k; i++) {
        gsize slot = at[work->ids[i]]++;

        if (i % CHECK_EVERY == 0 && !umk_run_check(work->run, error))
            return FALSE;
        work->in_rows[slot] = (guint32) (i / k);
        work->in_p[slot] = work->p[i];
    }
    return TRUE;
}

/* Merges a row's neighbours with those that have it as neighbour; writes nothing where
 * cols is NULL. Returns how many there are. */
static gsize
merge_row(const Work *work, gsize row, guint32 *cols, float *p)
{
    gsize k = work->graph->k, a = row * k, a_end = a + k, n = 0;
    gsize b = work->in_offsets[row], b_end = work->in_offsets[row + 1];
    float scale = (float) (0.5 / (double) work->graph->n);

    while (a < a_end || b < b_end) {
        guint32 from_a = a < a_end ? work->ids[a] : G_MAXUINT32;
        guint32 from_b = b < b_end ? work->in_rows[b] : G_MAXUINT32;
        guint32 col = MIN(from_a, from_b);
        float sum = 0.0f;

        if (from_a == col)
            sum += work->p[a++];
        if (from_b == col)
            sum += work->in_p[b++];
        if (cols != NULL) {
            cols[n] = col;
            p[n] = sum * scale;
        }
        n++;
    }
    return n;
}

static void
count_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;

    for (gsize row = begin; row < end; row++)
        work->out->offsets[row + 1] = merge_row(work, row, NULL, NULL);
}

static void
merge_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;

    for (gsize row = begin; row < end; row++) {
        gsize at = work->out->offsets[row];

        merge_row(work, row, work->out->cols + at, work->out->p + at);
    }
}

static gboolean
symmetrise(Work *work, GError **error)
{
    UmkTsneAffinity *out = work->out;

    if (!turn_about(work, error))
        return FALSE;
    _umk_parallel_for(out->n, CHUNK, count_rows, work);
    for (gsize i = 0; i < out->n; i++)
        out->offsets[i + 1] += out->offsets[i];
    out->cols = _umk_alloc(out->offsets[out->n] + 1, sizeof *out->cols,
                           _("The affinities"), error);
    if (out->cols == NULL)
        return FALSE;
    out->p =
        _umk_alloc(out->offsets[out->n] + 1, sizeof *out->p, _("The affinities"), error);
    if (out->p == NULL)
        return FALSE;
    _umk_parallel_for(out->n, CHUNK, merge_rows, work);
    return umk_run_check(work->run, error);
}

UmkTsneAffinity *
_umk_tsne_affinity_new(const UmkKnnGraph *graph,
                       double perplexity,
                       UmkRun *run,
                       GError **error)
{
    g_autoptr(UmkTsneAffinity) self = g_new0(UmkTsneAffinity, 1);
    gsize n = graph->n, count = n * graph->k;
    g_autofree guint32 *ids =
        _umk_alloc(2 * count + 1, sizeof *ids, _("The affinities"), error);
    g_autofree float *p =
        ids ? _umk_alloc(2 * count + 1, sizeof *p, _("The affinities"), error) : NULL;
    g_autofree gsize *in_offsets = g_new0(gsize, n + 1);
    Work work = {.graph = graph,
                 .perplexity = perplexity,
                 .ids = ids,
                 .p = p,
                 .in_offsets = in_offsets,
                 .in_rows = ids + count,
                 .in_p = p + count,
                 .out = self,
                 .run = run};

    if (p == NULL)
        return NULL;
    self->n = n;
    self->offsets = g_new0(gsize, n + 1);
    _umk_parallel_for(n, CHUNK, weigh_rows, &work);
    if (!umk_run_check(run, error) || !symmetrise(&work, error))
        return NULL;
    return g_steal_pointer(&self);
}

void
_umk_tsne_affinity_free(UmkTsneAffinity *self)
{
    if (self == NULL)
        return;
    g_free(self->offsets);
    g_free(self->cols);
    g_free(self->p);
    g_free(self);
}
