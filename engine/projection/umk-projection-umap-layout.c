/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The layout of UMAP by stochastic gradient descent that is the same on any number of
 * threads. Points are dealt into blocks at random. An epoch is a tournament: in each
 * round every block meets one other and the edges between the two are followed, in place
 * and with both ends moving; a last round follows the edges inside the blocks. Pairs of
 * one round touch nothing in common, so they may run at once; a pair waits for its two
 * blocks and for nobody else. Far points are drawn from the block that was met, which is
 * a random sample of all. Whether an edge is due in an epoch follows from its number and
 * weight alone: there are no counters. */
#include "projection/umk-projection-umap-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "projection/umk-projection-umap-density-private.h"
#include "projection/umk-projection-umap-kernel-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#define MAX_BLOCKS   1024
#define BLOCK_POINTS 16384 /* of two dimensions: two blocks are half a 512 kB cache */
#define FEW_POINTS   256   /* so few that events are followed one by one */
#define CHECK_EVERY  65536 /* edges sorted between looks at the run */
#define BATCH_TIME   12000 /* microseconds of epochs between layouts handed out */
#define DENSE_SHARE  0.3   /* of the epochs, the last, in which density counts */

/* On a cache line of its own. */
typedef struct {
    atomic_uint rounds; /* that the block has finished */
    char rest[60];
} BlockState;

typedef struct {
    const UmkUmapLayoutParams *params;
    const UmkUmapKernels *kernels;
    gsize n;
    gsize n_blocks; /* 1, or even */
    gsize block;    /* points of a block, the last may have fewer */
    gsize stride;
    guint32 *order;  /* (n) the point at each place */
    guint32 *places; /* (n) the place of each point */
    float *coords;   /* (n, stride) by place */

    float *anchor; /* (n, stride) by place, NULL: there is none */

    gsize n_buckets; /* pairs of blocks, a block with itself included */
    gsize *offsets;  /* (n_buckets + 1) */
    guint32 *heads;  /* by bucket: places in the lower block … */
    guint32 *tails;  /* … and in the higher */
    guint32 *increments;
    float *weights;         /* likewise, where density counts */
    UmkUmapDensity density; /* of the map as the epoch began */
    gboolean dense;         /* density counts in this epoch */

    gsize n_workers;
    gsize n_scratch;   /* events of one worker */
    guint32 *scratch;  /* (n_workers, n_scratch) */
    BlockState *state; /* (n_blocks) */
    guint first_epoch; /* of the batch */
    UmkRun *run;
} Layout;

/* ---- blocks and edges ------------------------------------------------------------- */

static gsize
choose_n_blocks(gsize n)
{
    gsize n_blocks = 16;

    if (n < 1024)
        return 1;
    if (n < 16384)
        return n < 4096 ? 4 : 8;
    while (n_blocks < MAX_BLOCKS && n / n_blocks > BLOCK_POINTS)
        n_blocks *= 2;
    return n_blocks;
}

static gsize
bucket_of(const Layout *layout, gsize low, gsize high)
{
    return low * layout->n_blocks - low * (low + 1) / 2 + high;
}

static void
shuffle(Layout *layout)
{
    UmkRng rng;

    _umk_rng_init(&rng, layout->params->seed, 0x756d6170);
    for (gsize i = 0; i < layout->n; i++)
        layout->order[i] = (guint32) i;
    for (gsize i = layout->n; i > 1; i--) {
        gsize j = _umk_rng_below(&rng, i);
        guint32 swap = layout->order[i - 1];

        layout->order[i - 1] = layout->order[j];
        layout->order[j] = swap;
    }
    for (gsize i = 0; i < layout->n; i++)
        layout->places[layout->order[i]] = (guint32) i;
}

static void
place_edge(
    const Layout *layout, const UmkUmapEdges *edges, gsize i, guint32 *low, guint32 *high)
{
    guint32 head = layout->places[edges->heads[i]],
            tail = layout->places[edges->tails[i]];

    *low = MIN(head, tail);
    *high = MAX(head, tail);
}

/* Edges so light that they would not be due once are left out. */
static gboolean
sort_edges(Layout *layout, const UmkUmapEdges *edges, float least, double scale)
{
    g_autofree gsize *at = g_new0(gsize, layout->n_buckets + 1);
    guint32 low, high;

    for (gsize i = 0; i < edges->n_edges; i++) {
        if (i % CHECK_EVERY == 0 && !umk_run_check(layout->run, NULL))
            return FALSE;
        if (!(edges->weights[i] >= least))
            continue;
        place_edge(layout, edges, i, &low, &high);
        layout
            ->offsets[bucket_of(layout, low / layout->block, high / layout->block) + 1]++;
    }
    for (gsize b = 0; b < layout->n_buckets; b++) {
        layout->offsets[b + 1] += layout->offsets[b];
        at[b] = layout->offsets[b];
    }
    for (gsize i = 0; i < edges->n_edges; i++) {
        gsize to;

        if (i % CHECK_EVERY == 0 && !umk_run_check(layout->run, NULL))
            return FALSE;
        if (!(edges->weights[i] >= least))
            continue;
        place_edge(layout, edges, i, &low, &high);
        to = at[bucket_of(layout, low / layout->block, high / layout->block)]++;
        layout->heads[to] = low;
        layout->tails[to] = high;
        layout->increments[to] =
            (guint32) MIN((double) edges->weights[i] * scale, 4294967295.0);
        if (layout->weights != NULL)
            layout->weights[to] = edges->weights[i];
    }
    return TRUE;
}

static float
heaviest(const UmkUmapEdges *edges)
{
    float weight = 0.0f;

    for (gsize i = 0; i < edges->n_edges; i++)
        weight = MAX(weight, edges->weights[i]);
    return weight;
}

/* ---- one pair of blocks in one epoch ---------------------------------------------- */

static guint64
mix(guint64 z)
{
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void
seed_lanes(const Layout *layout, guint epoch, gsize bucket, guint side, guint32 *state)
{
    guint64 key = mix(layout->params->seed + 0x9e3779b97f4a7c15u * (epoch + 1));

    key = mix(key ^ ((guint64) bucket * 2 + side + 1) * 0xd1342543de82ef95u);
    for (int i = 0; i < UMK_UMAP_LANES; i += 2) {
        key = mix(key + 0x9e3779b97f4a7c15u);
        state[i] = (guint32) key | 1;
        state[i + 1] = (guint32) (key >> 32) | 1;
    }
}

static void
follow(const Layout *layout,
       guint epoch,
       gsize bucket,
       guint side,
       gsize others,
       const guint32 *events,
       gsize n_events)
{
    const UmkUmapLayoutParams *params = layout->params;
    gsize first = layout->offsets[bucket], from = others * layout->block;
    const guint32 *ends[2] = {layout->heads + first, layout->tails + first};
    UmkUmapDensity density = layout->density;
    UmkUmapStep step = {
        .places = layout->coords,
        .heads = ends[side],
        .tails = ends[1 - side],
        .events = events,
        .n_events = n_events,
        .one_by_one = layout->n < FEW_POINTS,
        .other_first = (guint32) from,
        .other_count = (guint32) MIN(layout->block, layout->n - from),
        .n_negatives = params->n_negatives,
        .a = (float) params->curve.a,
        .b = (float) params->curve.b,
        .repulsion = (float) params->repulsion,
        .rate = (float) (params->learning_rate *
                         (1.0 - (double) epoch / (double) params->n_epochs)),
    };

    if (layout->dense) {
        density.weights = layout->weights + first;
        step.density = &density;
    }
    seed_lanes(layout, epoch, bucket, side, step.state);
    if (params->n_dims == 2)
        layout->kernels->step_2d(&step);
    else
        layout->kernels->step_3d(&step);
}

/* Both directions of each edge are events: first with the heads in the lower block. */
static void
meet(const Layout *layout, guint epoch, gsize low, gsize high, guint worker)
{
    gsize bucket = bucket_of(layout, low, high), first = layout->offsets[bucket];
    gsize n = layout->offsets[bucket + 1] - first, n_events;
    guint32 *events = layout->scratch + worker * layout->n_scratch;

    if (n == 0)
        return;
    n_events = layout->kernels->collect(layout->increments + first, n, epoch + 1,
                                        (guint32) first, events);
    if (n_events == 0)
        return;
    for (guint i = 0; i < UMK_UMAP_LANES; i++)
        events[n_events + i] = events[0];
    follow(layout, epoch, bucket, 0, high, events, n_events);
    follow(layout, epoch, bucket, 1, low, events, n_events);
}

/* ---- the tournament --------------------------------------------------------------- */

static gsize
tasks_of_epoch(const Layout *layout)
{
    return layout->n_buckets;
}

/* Pair number `pair` of a round by the circle method: the last block stays, the others go
 * round. After n_blocks - 1 rounds each has met each. */
static void
find_pair(const Layout *layout, gsize round, gsize pair, gsize *low, gsize *high)
{
    gsize n = layout->n_blocks - 1, one, other;

    if (round == n) {
        *low = *high = pair;
        return;
    }
    one = pair == 0 ? n : (round + pair) % n;
    other = (round + n - pair) % n;
    *low = MIN(one, other);
    *high = MAX(one, other);
}

/* Tasks are taken in order, so what one waits for is being worked on by somebody, for
 * some microseconds as a rule. Who has waited longer than that shares a core with the one
 * waited for, and sleeps: yielding alone left a machine with more threads than cores, or
 * with other work, turning in this loop. */
static void
wait_for(const Layout *layout, gsize block, guint round)
{
    guint spins = 0;

    while (atomic_load_explicit(&layout->state[block].rounds, memory_order_acquire) !=
           round) {
        if (++spins < 2000) {
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        } else if (spins < 2020) {
            sched_yield();
        } else {
            g_usleep(50);
        }
    }
}

/* Once an epoch, after all forces, each point is drawn to its place on another map by a
 * share that falls with the learning rate. Aligned UMAP of the authors' program adds such
 * a term to every event instead; once an epoch costs nothing and says what a weight is.
 */
static void
draw_to_anchor(const Layout *layout, guint epoch, gsize block)
{
    const UmkUmapLayoutParams *params = layout->params;
    gsize first = block * layout->block * layout->stride,
          end = MIN((block + 1) * layout->block, layout->n) * layout->stride;
    float share = (float) (params->anchor_weight *
                           (1.0 - (double) epoch / (double) params->n_epochs));

    for (gsize i = first; i < end; i++)
        if (!isnan(layout->anchor[i]))
            layout->coords[i] += share * (layout->anchor[i] - layout->coords[i]);
}

static void
run_task(gsize begin, gsize end, guint worker, gpointer data)
{
    Layout *layout = data;
    gsize per_round = MAX(layout->n_blocks / 2, 1), n_rounds = layout->n_blocks;
    guint epoch = layout->first_epoch + (guint) (begin / tasks_of_epoch(layout));
    gsize task = begin % tasks_of_epoch(layout);
    gsize round = MIN(task / per_round, n_rounds - 1), low, high;
    guint turn = (guint) (epoch * n_rounds + round);

    find_pair(layout, round, task - round * per_round, &low, &high);
    wait_for(layout, low, turn);
    wait_for(layout, high, turn);
    if (umk_run_check(layout->run, NULL))
        meet(layout, epoch, low, high, worker);
    if (low == high && layout->anchor != NULL)
        draw_to_anchor(layout, epoch, low);
    atomic_store_explicit(&layout->state[low].rounds, turn + 1, memory_order_release);
    atomic_store_explicit(&layout->state[high].rounds, turn + 1, memory_order_release);
}

/* ---- places ----------------------------------------------------------------------- */

static void
take_places(Layout *layout, const float *places)
{
    gsize n_dims = layout->params->n_dims;

    for (gsize i = 0; i < layout->n; i++)
        for (gsize c = 0; c < n_dims; c++)
            layout->coords[i * layout->stride + c] =
                places[layout->order[i] * n_dims + c];
}

static gboolean
take_anchor(Layout *layout, GError **error)
{
    const UmkUmapLayoutParams *params = layout->params;

    if (params->anchor == NULL || params->anchor_weight <= 0.0)
        return TRUE;
    layout->anchor = _umk_alloc_aligned(layout->n * layout->stride, sizeof(float),
                                        _("The layout"), error);
    if (layout->anchor == NULL)
        return FALSE;
    for (gsize i = 0; i < layout->n; i++)
        for (gsize c = 0; c < layout->stride; c++)
            layout->anchor[i * layout->stride + c] =
                c < params->n_dims ? params->anchor[layout->order[i] * params->n_dims + c]
                                   : NAN;
    return TRUE;
}

static void
give_places(const Layout *layout, float *places)
{
    gsize n_dims = layout->params->n_dims;

    for (gsize i = 0; i < layout->n; i++) {
        const float *from = layout->coords + (gsize) layout->places[i] * layout->stride;

        memcpy(places + i * n_dims, from, n_dims * sizeof(float));
    }
}

float
_umk_umap_least_weight(const UmkUmapEdges *edges, guint n_epochs)
{
    return heaviest(edges) / (float) n_epochs;
}

static gboolean
prepare(Layout *layout, const UmkUmapEdges *edges, GError **error)
{
    float weight = heaviest(edges),
          least = _umk_umap_least_weight(edges, layout->params->n_epochs);
    gsize largest = 0;

    if (!sort_edges(layout, edges, least, weight > 0.0f ? 0x1p32 / (double) weight : 0.0))
        return umk_run_check(layout->run, error);
    for (gsize b = 0; b < layout->n_buckets; b++)
        largest = MAX(largest, layout->offsets[b + 1] - layout->offsets[b]);
    layout->n_workers = _umk_pool_n_threads();
    layout->n_scratch = (largest + 64) / 16 * 16;
    layout->scratch = _umk_alloc_aligned(layout->n_workers * layout->n_scratch,
                                         sizeof(guint32), _("The layout"), error);
    return layout->scratch != NULL;
}

static gboolean
allocate(Layout *layout, gsize n_edges, GError **error)
{
    layout->n_blocks = choose_n_blocks(layout->n);
    layout->block = (layout->n + layout->n_blocks - 1) / layout->n_blocks;
    layout->n_buckets = layout->n_blocks * (layout->n_blocks + 1) / 2;
    layout->stride = UMK_UMAP_STRIDE(layout->params->n_dims);
    layout->offsets = g_new0(gsize, layout->n_buckets + 1);
    layout->order = _umk_alloc(layout->n, sizeof(guint32), _("The layout"), error);
    if (layout->order == NULL)
        return FALSE;
    layout->places = _umk_alloc(layout->n, sizeof(guint32), _("The layout"), error);
    if (layout->places == NULL)
        return FALSE;
    layout->coords = _umk_alloc_aligned(layout->n * layout->stride, sizeof(float),
                                        _("The layout"), error);
    if (layout->coords == NULL)
        return FALSE;
    layout->state = _umk_alloc_aligned(layout->n_blocks, sizeof(BlockState), "", error);
    if (layout->state == NULL)
        return FALSE;
    layout->heads = _umk_alloc_aligned(n_edges, sizeof(guint32), _("The edges"), error);
    if (layout->heads == NULL)
        return FALSE;
    layout->tails = _umk_alloc_aligned(n_edges, sizeof(guint32), _("The edges"), error);
    if (layout->tails == NULL)
        return FALSE;
    layout->increments =
        _umk_alloc_aligned(n_edges, sizeof(guint32), _("The edges"), error);
    if (layout->increments == NULL || layout->params->densities == NULL)
        return layout->increments != NULL;
    layout->weights = _umk_alloc_aligned(n_edges, sizeof(float), _("The edges"), error);
    return layout->weights != NULL;
}

static void
layout_clear(Layout *layout)
{
    g_free(layout->offsets);
    g_free(layout->order);
    g_free(layout->places);
    _umk_free_aligned(layout->coords);
    _umk_free_aligned(layout->anchor);
    _umk_free_aligned(layout->state);
    _umk_free_aligned(layout->heads);
    _umk_free_aligned(layout->tails);
    _umk_free_aligned(layout->increments);
    _umk_free_aligned(layout->weights);
    _umk_free_aligned(layout->scratch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Layout, layout_clear)

/* The first epoch in which density counts, or past the last. */
static guint
first_dense(const Layout *layout)
{
    guint n = layout->params->n_epochs;

    return layout->params->densities != NULL ? (guint) ((1.0 - DENSE_SHARE) * n) : n;
}

/* How many epochs go into one parallel loop; the result does not depend on it. Where
 * density counts, the map is measured before each. */
static guint
next_batch(const Layout *layout, gint64 took, guint n_before)
{
    gint64 wanted = took > 0 ? (gint64) n_before * BATCH_TIME / took : 64;
    guint end = first_dense(layout);

    if (layout->first_epoch >= end)
        return 1;
    return (guint) CLAMP(wanted, 1, (gint64) MIN(end - layout->first_epoch, 64));
}

/* FALSE when the run was cancelled. */
static gboolean
run_epochs(Layout *layout, guint n_epochs)
{
    const UmkUmapLayoutParams *params = layout->params;

    layout->dense = layout->first_epoch >= first_dense(layout);
    if (layout->dense &&
        !_umk_umap_densities_update(params->densities, layout->coords, params->n_dims,
                                    layout->places, params->curve, &layout->density,
                                    layout->run))
        return FALSE;
    _umk_parallel_for(n_epochs * tasks_of_epoch(layout), 1, run_task, layout);
    layout->first_epoch += n_epochs;
    return umk_run_check(layout->run, NULL);
}

gboolean
_umk_umap_layout(const UmkUmapEdges *edges,
                 const UmkUmapLayoutParams *params,
                 float *places,
                 UmkUmapWantFunc want,
                 UmkUmapLayoutFunc show,
                 gpointer data,
                 UmkRun *run,
                 GError **error)
{
    g_auto(Layout) layout = {.params = params,
                             .kernels = _umk_umap_get_kernels(),
                             .n = edges->n,
                             .first_epoch = params->first_epoch,
                             .run = run};
    guint batch = 1;

    if (edges->n_edges == 0 || params->first_epoch >= params->n_epochs)
        return umk_run_check(run, error);
    if (!allocate(&layout, edges->n_edges, error))
        return FALSE;
    shuffle(&layout);
    if (!take_anchor(&layout, error) || !prepare(&layout, edges, error))
        return FALSE;
    for (gsize i = 0; i < layout.n_blocks; i++)
        atomic_init(&layout.state[i].rounds,
                    (guint) (params->first_epoch * layout.n_blocks));
    take_places(&layout, places);
    while (layout.first_epoch < params->n_epochs) {
        gint64 began = g_get_monotonic_time();

        if (!run_epochs(&layout, batch))
            return umk_run_check(run, error);
        if (show != NULL && want(data)) {
            give_places(&layout, places);
            show(places, layout.first_epoch, params->n_epochs, data);
        }
        umk_run_report(run, _("Laying out"),
                       (double) layout.first_epoch / (double) params->n_epochs);
        if (layout.first_epoch < params->n_epochs)
            batch = next_batch(&layout, g_get_monotonic_time() - began, batch);
    }
    give_places(&layout, places);
    return TRUE;
}
