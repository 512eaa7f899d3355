/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random projection trees (Dasgupta and Freund 2008; the split between two random rows is
 * that of Annoy). A node is cut at the median along the difference of two of its rows, so
 * that all leaves of all trees have the same size give or take one, and everything is
 * whole numbers: the same trees on every processor. */
#include "index/umk-knn-forest-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <glib/gi18n-lib.h>

#define CHECK_EVERY 4096 /* rows projected between looks at the run */
#define N_TRIES     5    /* to find two rows that differ */

typedef struct {
    UmkKnnForest *forest;
    const UmkKnnCodes *codes;
    const UmkKnnKernels *kernels;
    guint64 seed;
    UmkRun *run;
    gint out_of_memory;
} Work;

static gint64
key_of(gint32 projection, guint32 row)
{
    return (gint64) projection * 4294967296 + (gint64) row;
}

/* First position of a node's rows at a depth: halves, the second one rounded up. */
static gsize
position(gsize n, gsize index, guint depth)
{
    return (gsize) (((unsigned __int128) n * index) >> depth);
}

void
_umk_knn_forest_leaf(const UmkKnnForest *self, gsize leaf, gsize *begin, gsize *end)
{
    *begin = position(self->n, leaf, self->depth);
    *end = position(self->n, leaf + 1, self->depth);
}

/* Puts the `middle` smallest in front (Hoare 1961). Keys differ, as rows do. */
static void
select_keys(gint64 *keys, gsize n, gsize middle)
{
    gssize low = 0, high = (gssize) n - 1, wanted = (gssize) middle;

    while (low < high) {
        gint64 pivot = keys[(low + high) / 2];
        gssize i = low, j = high;

        while (i <= j) {
            while (keys[i] < pivot)
                i++;
            while (keys[j] > pivot)
                j--;
            if (i <= j) {
                gint64 swap = keys[i];

                keys[i++] = keys[j];
                keys[j--] = swap;
            }
        }
        if (wanted <= j)
            high = j;
        else if (wanted >= i)
            low = i;
        else
            return;
    }
}

static void
choose_rows(const Work *work,
            const guint32 *rows,
            gsize n,
            UmkRng *rng,
            UmkKnnSplit *split,
            gint8 *normal)
{
    gsize width = work->codes->width;

    for (int try = 0; try < N_TRIES; try++) {
        const guint8 *a, *b;
        gboolean differ = FALSE;

        split->a = rows[_umk_rng_below(rng, n)];
        split->b = rows[_umk_rng_below(rng, n)];
        a = _umk_knn_codes_get(work->codes, split->a);
        b = _umk_knn_codes_get(work->codes, split->b);
        for (gsize i = 0; i < width; i++) {
            normal[i] = (gint8) ((gint32) a[i] - (gint32) b[i]);
            differ |= normal[i] != 0;
        }
        if (differ)
            return;
    }
}

static gboolean
split_node(const Work *work,
           guint32 *rows,
           gsize n,
           gsize middle,
           UmkRng *rng,
           UmkKnnSplit *split,
           gint64 *keys,
           gint8 *normal)
{
    choose_rows(work, rows, n, rng, split, normal);
    for (gsize i = 0; i < n; i++) {
        const guint8 *code = _umk_knn_codes_get(work->codes, rows[i]);

        if (i % CHECK_EVERY == 0 && !umk_run_check(work->run, NULL))
            return FALSE;
        if (i + 4 < n)
            __builtin_prefetch(_umk_knn_codes_get(work->codes, rows[i + 4]));
        keys[i] =
            key_of(work->kernels->project(code, normal, work->codes->width), rows[i]);
    }
    select_keys(keys, n, middle);
    split->threshold = G_MAXINT64;
    for (gsize i = 0; i < n; i++) {
        rows[i] = (guint32) (guint64) keys[i];
        if (i >= middle)
            split->threshold = MIN(split->threshold, keys[i]);
    }
    return TRUE;
}

static void
grow_tree(const Work *work, guint number, gint64 *keys, gint8 *normal)
{
    const UmkKnnForest *forest = work->forest;
    UmkKnnTree *tree = &forest->trees[number];

    for (gsize i = 0; i < forest->n; i++)
        tree->order[i] = (guint32) i;
    for (guint depth = 0; depth < forest->depth; depth++)
        for (gsize i = 0; i < (gsize) 1 << depth; i++) {
            gsize begin = position(forest->n, i, depth);
            gsize end = position(forest->n, i + 1, depth);
            gsize middle = position(forest->n, 2 * i + 1, depth + 1);
            gsize node = ((gsize) 1 << depth) - 1 + i;
            UmkRng rng;

            _umk_rng_init(&rng, work->seed, ((guint64) number << 40) + node);
            if (!split_node(work, tree->order + begin, end - begin, middle - begin, &rng,
                            &tree->splits[node], keys, normal))
                return;
        }
}

static void
grow_trees(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    g_autofree gint64 *keys = _umk_alloc(work->forest->n, sizeof(gint64), "keys", NULL);
    gint8 *normal = _umk_alloc_aligned(work->codes->width, 1, "keys", NULL);

    if (keys == NULL || normal == NULL)
        g_atomic_int_set(&work->out_of_memory, TRUE);
    for (gsize i = begin; i < end && !work->out_of_memory; i++) {
        grow_tree(work, (guint) i, keys, normal);
        umk_run_report(work->run, _("Growing trees"),
                       (double) (i + 1) / (double) work->forest->n_trees);
    }
    _umk_free_aligned(normal);
}

static gboolean
allocate(UmkKnnForest *self, GError **error)
{
    self->trees = g_new0(UmkKnnTree, self->n_trees);
    for (guint t = 0; t < self->n_trees; t++) {
        self->trees[t].order =
            _umk_alloc(self->n, sizeof(guint32), _("The trees"), error);
        if (self->trees[t].order == NULL)
            return FALSE;
        self->trees[t].splits =
            _umk_alloc(self->n_leaves, sizeof(UmkKnnSplit), _("The trees"), error);
        if (self->trees[t].splits == NULL)
            return FALSE;
    }
    return TRUE;
}

UmkKnnForest *
_umk_knn_forest_new(const UmkKnnCodes *codes,
                    guint n_trees,
                    gsize leaf_size,
                    guint64 seed,
                    UmkRun *run,
                    GError **error)
{
    g_autoptr(UmkKnnForest) self = g_new0(UmkKnnForest, 1);
    Work work = {.forest = self,
                 .codes = codes,
                 .kernels = _umk_knn_kernels(FALSE),
                 .seed = seed,
                 .run = run};

    self->n = codes->n;
    self->n_trees = n_trees;
    while ((codes->n >> self->depth) > leaf_size)
        self->depth++;
    self->n_leaves = (gsize) 1 << self->depth;
    if (!allocate(self, error))
        return NULL;
    _umk_parallel_for(n_trees, 1, grow_trees, &work);
    if (work.out_of_memory) {
        _umk_alloc(G_MAXSIZE, 1, _("The trees"), error);
        return NULL;
    }
    return umk_run_check(run, error) ? g_steal_pointer(&self) : NULL;
}

void
_umk_knn_forest_free(UmkKnnForest *self)
{
    if (self == NULL)
        return;
    for (guint t = 0; t < self->n_trees; t++) {
        g_free(self->trees[t].order);
        g_free(self->trees[t].splits);
    }
    g_free(self->trees);
    g_free(self);
}

gsize
_umk_knn_forest_find(const UmkKnnForest *self,
                     guint tree,
                     const UmkKnnCodes *codes,
                     const guint8 *code)
{
    const UmkKnnKernels *kernels = _umk_knn_kernels(FALSE);
    gsize node = 0;

    for (guint depth = 0; depth < self->depth; depth++) {
        const UmkKnnSplit *split = &self->trees[tree].splits[node];
        /* Codes below 128 serve as signed bytes. */
        gint32 along =
            kernels->project(code, (const gint8 *) _umk_knn_codes_get(codes, split->a),
                             codes->width) -
            kernels->project(code, (const gint8 *) _umk_knn_codes_get(codes, split->b),
                             codes->width);

        node = 2 * node + 1 + (key_of(along, 0) >= split->threshold);
    }
    return node - (self->n_leaves - 1);
}
