/* SPDX-License-Identifier: GPL-3.0-or-later */
/* node2vec walks (Grover and Leskovec, KDD 2016, eq. 2) by rejection sampling on CSR
 * (Yang et al., "KnightKing", SOSP 2019): no table per edge, so memory is that of the
 * graph.
 *
 * Standing on v, come from t, the walk goes to x with weight w(v,x) * a(t,x), where a is
 * 1/p for x = t, 1 when there is an arc t -> x, and 1/q otherwise. (The authors' script
 * asks for an arc x -> t instead; on undirected graphs that is the same, on directed ones
 * we follow the paper, whose distance is measured from t.) One trial proposes x by the
 * first-order weights and accepts it with a(t,x) / M, M = max(1, 1/q). If 1/p > M the
 * part of the return arc above M is a mass of its own, w(v,t) * (1/p - M), so that a
 * small p costs no trials. After MAX_TRIALS rejections the exact law is evaluated once;
 * trials are independent, so this changes the cost and not the law.
 *
 * Each walk has a generator of its own, and INTERLEAVE walks advance together so that
 * the cache misses of one hide behind the work of the others. */
#include "modalities/graph/umk-walks-private.h"

#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <string.h>

#define INTERLEAVE   16
#define MAX_TRIALS   64
#define WALK_CHUNK   64
#define ALIAS_CHUNK  1024
#define START_STREAM G_GUINT64_CONSTANT(0x9e3779b97f4a7c15)

typedef struct {
    guint32 keep;  /* out of 2^32 */
    guint32 alias; /* place in the node's list */
} UmkAlias;

struct _UmkWalker {
    UmkGraph *graph;
    UmkWalkParams params;
    UmkAlias *aliases;     /* (n_arcs), NULL when unweighted */
    double *totals;        /* (n_nodes) sum of weights, NULL unless needed */
    gboolean first_order;  /* p = q = 1 */
    gboolean extra_return; /* 1/p > M */
    double envelope;       /* M */
    guint64 return_below;  /* accept x = t when 32 random bits are below */
    guint64 near_below;    /* ... when t -> x */
    guint64 far_below;     /* ... when not */
    guint64 keys[4];       /* of the start permutation */
    guint permutation_bits;
};

/* One walk under way. */
typedef struct {
    UmkRng rng;
    guint32 *out;
    guint32 previous;
    guint32 current;
    guint32 first, degree; /* of current */
    guint32 candidate;
    guint32 arc; /* by which current was entered */
    guint length;
    guint trials;
    guint64 coin; /* 32 bits drawn with the candidate */
} UmkStep;

/* ---- tables ---------------------------------------------------------------------- */

/* Vose's alias method on one node's list. small and large have room for the degree. */
static void
build_alias(
    const float *weights, guint32 n, UmkAlias *out, double *scaled, guint32 *stack)
{
    double sum = 0.0;
    gsize n_small = 0, n_large = 0;

    for (guint32 i = 0; i < n; i++)
        sum += (double) weights[i];
    for (guint32 i = 0; i < n; i++) {
        scaled[i] = (double) weights[i] * (double) n / sum;
        if (scaled[i] < 1.0)
            stack[n_small++] = i;
        else
            stack[n - ++n_large] = i;
    }
    while (n_small > 0 && n_large > 0) {
        guint32 s = stack[--n_small];
        guint32 l = stack[n - n_large];

        out[s].keep = (guint32) MIN(scaled[s] * 0x1p32, (double) G_MAXUINT32);
        out[s].alias = l;
        scaled[l] -= 1.0 - scaled[s];
        if (scaled[l] < 1.0) {
            n_large--;
            stack[n_small++] = l;
        }
    }
    while (n_large > 0) {
        guint32 l = stack[n - n_large--];

        out[l] = (UmkAlias){G_MAXUINT32, l};
    }
    while (n_small > 0) {
        guint32 s = stack[--n_small];

        out[s] = (UmkAlias){G_MAXUINT32, s};
    }
}

static void
build_aliases(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkWalker *self = data;
    const UmkGraph *graph = self->graph;
    guint32 widest = 0;
    g_autofree double *scaled = NULL;
    g_autofree guint32 *stack = NULL;

    for (gsize v = begin; v < end; v++)
        widest = MAX(widest, _umk_graph_get_degree(graph, (guint32) v));
    scaled = g_new(double, (gsize) widest + 1);
    stack = g_new(guint32, (gsize) widest + 1);
    for (gsize v = begin; v < end; v++) {
        guint32 first = graph->offsets[v];
        guint32 degree = _umk_graph_get_degree(graph, (guint32) v);
        double total = 0.0;

        if (degree > 0)
            build_alias(graph->weights + first, degree, self->aliases + first, scaled,
                        stack);
        for (guint32 i = 0; i < degree; i++)
            total += (double) graph->weights[first + i];
        self->totals[v] = total;
    }
}

static guint64
mix(guint64 x)
{
    x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* A permutation of 0 .. n_nodes-1 for each round: four Feistel rounds over the next even
 * power of two, walked until inside (Black and Rogaway 2002). No memory. */
static guint32
start_node(const UmkWalker *self, guint64 walk)
{
    guint32 n = self->graph->n_nodes;
    guint64 round = walk / n;
    guint64 x = walk % n;
    guint half = self->permutation_bits / 2;
    guint64 mask = (G_GUINT64_CONSTANT(1) << half) - 1;

    do {
        guint64 left = x >> half, right = x & mask;

        for (guint i = 0; i < 4; i++) {
            guint64 next =
                left ^ (mix(right + self->keys[i] + round * START_STREAM) & mask);

            left = right;
            right = next;
        }
        x = (left << half) | right;
    } while (x >= n);
    return (guint32) x;
}

static guint64
threshold(double probability)
{
    return (guint64) (probability * 0x1p32 + 0.5);
}

UmkWalker *
_umk_walker_new(UmkGraph *graph, const UmkWalkParams *params, GError **error)
{
    g_autoptr(UmkWalker) self = g_new0(UmkWalker, 1);
    double p = 1.0 / params->return_p, q = 1.0 / params->in_out_q;
    UmkRng rng;

    self->graph = _umk_graph_ref(graph);
    self->params = *params;
    self->first_order = !(p < 1.0 || p > 1.0 || q < 1.0 || q > 1.0);
    self->envelope = MAX(1.0, q);
    self->extra_return = p > self->envelope;
    self->return_below = threshold(MIN(p / self->envelope, 1.0));
    self->near_below = threshold(1.0 / self->envelope);
    self->far_below = threshold(q / self->envelope);
    _umk_rng_init(&rng, params->seed, START_STREAM);
    for (guint i = 0; i < G_N_ELEMENTS(self->keys); i++)
        self->keys[i] = _umk_rng_next_u64(&rng);
    self->permutation_bits = 2;
    while ((G_GUINT64_CONSTANT(1) << self->permutation_bits) < graph->n_nodes)
        self->permutation_bits += 2;
    if (graph->weights != NULL) {
        self->aliases = g_try_new(UmkAlias, MAX(graph->n_arcs, 1));
        self->totals = g_try_new(double, MAX(graph->n_nodes, 1));
        if (self->aliases == NULL || self->totals == NULL) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                        _("No memory for the sampling tables of %u arcs"), graph->n_arcs);
            return NULL;
        }
        _umk_parallel_for(graph->n_nodes, ALIAS_CHUNK, build_aliases, self);
    }
    return g_steal_pointer(&self);
}

void
_umk_walker_free(UmkWalker *self)
{
    if (self == NULL)
        return;
    _umk_graph_unref(self->graph);
    g_free(self->aliases);
    g_free(self->totals);
    g_free(self);
}

guint64
_umk_walker_get_n_walks(const UmkWalker *self)
{
    return (guint64) self->graph->n_nodes * self->params.n_walks;
}

/* ---- one step -------------------------------------------------------------------- */

static inline gboolean
list_has(const guint32 *list, guint32 n, guint32 wanted)
{
    const guint32 *base = list;

    if (n == 0)
        return FALSE;
    while (n > 1) {
        guint32 half = n / 2;

        base = base[half] <= wanted ? base + half : base;
        n -= half;
    }
    return *base == wanted;
}

/* Is there an arc from -> to? */
static inline gboolean
is_adjacent(const UmkGraph *graph, guint32 from, guint32 to)
{
    guint32 n = _umk_graph_get_degree(graph, from);

    if (graph->symmetric) {
        guint32 m = _umk_graph_get_degree(graph, to);

        if (m < n)
            return list_has(graph->targets + graph->offsets[to], m, from);
    }
    return list_has(graph->targets + graph->offsets[from], n, to);
}

/* Draws a place in the list of the current node by the first-order weights. */
static inline guint32
propose(const UmkWalker *self, UmkStep *step)
{
    guint64 bits = _umk_rng_next_u64(&step->rng);
    guint32 place = (guint32) (((bits >> 32) * step->degree) >> 32);

    step->coin = bits & G_MAXUINT32;
    if (self->aliases != NULL) {
        const UmkAlias *alias = &self->aliases[step->first + place];

        if (step->coin >= alias->keep && alias->keep != G_MAXUINT32)
            place = alias->alias;
        if (!self->first_order)
            step->coin = _umk_rng_next_u64(&step->rng) >> 32;
    }
    return step->first + place;
}

static inline double
arc_weight(const UmkGraph *graph, guint32 arc)
{
    return graph->weights != NULL ? (double) graph->weights[arc] : 1.0;
}

/* The part of the return arc above the envelope; TRUE when this trial takes it. */
static gboolean
try_return(const UmkWalker *self, UmkStep *step)
{
    const UmkGraph *graph = self->graph;
    double total =
        graph->weights != NULL ? self->totals[step->current] : (double) step->degree;
    double extra = 1.0 / self->params.return_p - self->envelope;
    gint64 arc = -1;

    if (graph->symmetric) {
        extra *= arc_weight(graph, step->arc);
    } else {
        arc = _umk_graph_find_arc(graph, step->current, step->previous);
        extra *= arc >= 0 ? arc_weight(graph, (guint32) arc) : 0.0;
    }
    if (!(extra > 0.0))
        return FALSE;
    total *= self->envelope;
    return _umk_rng_uniform(&step->rng) * (total + extra) >= total;
}

/* The exact law, evaluated once. */
static guint32
draw_exactly(const UmkWalker *self, UmkStep *step)
{
    const UmkGraph *graph = self->graph;
    double near = 1.0, far = 1.0 / self->params.in_out_q,
           back = 1.0 / self->params.return_p;
    double sum = 0.0, at = 0.0;

    for (int pass = 0; pass < 2; pass++) {
        double wanted = pass == 1 ? _umk_rng_uniform(&step->rng) * sum : 0.0;

        for (guint32 i = step->first; i < step->first + step->degree; i++) {
            guint32 x = graph->targets[i];
            double bias = x == step->previous                     ? back
                          : is_adjacent(graph, step->previous, x) ? near
                                                                  : far;

            at += bias * arc_weight(graph, i);
            if (pass == 1 && at > wanted)
                return i;
        }
        sum = at;
        at = 0.0;
    }
    return step->first + step->degree - 1;
}

static inline void
enter(const UmkWalker *self, UmkStep *step, guint32 arc)
{
    const UmkGraph *graph = self->graph;

    step->previous = step->current;
    step->arc = arc;
    step->current = graph->targets[arc];
    step->out[step->length++] = step->current;
    step->trials = 0;
    __builtin_prefetch(&graph->offsets[step->current]);
}

/* First half of a trial: a candidate, and prefetches for what its test will touch. */
static inline void
trial_begin(const UmkWalker *self, UmkStep *step)
{
    step->candidate = propose(self, step);
    __builtin_prefetch(&self->graph->targets[step->candidate]);
}

/* Second half; TRUE when the walk has moved. */
static inline gboolean
trial_end(const UmkWalker *self, UmkStep *step)
{
    const UmkGraph *graph = self->graph;
    guint32 arc = step->candidate;
    guint32 x = graph->targets[arc];

    if (self->first_order || step->length == 1) {
        enter(self, step, arc);
        return TRUE;
    }
    if (self->extra_return && try_return(self, step)) {
        gint64 back = _umk_graph_find_arc(graph, step->current, step->previous);

        enter(self, step, (guint32) back);
        return TRUE;
    }
    if (x == step->previous ? step->coin < self->return_below
        : step->coin < MIN(self->near_below, self->far_below) ? TRUE
        : step->coin >= MAX(self->near_below, self->far_below)
            ? FALSE
            : is_adjacent(graph, step->previous, x) ==
                  (self->near_below > self->far_below)) {
        enter(self, step, arc);
        return TRUE;
    }
    if (++step->trials < MAX_TRIALS)
        return FALSE;
    enter(self, step, draw_exactly(self, step));
    return TRUE;
}

/* Reads the row of the node just entered; FALSE at the end of the walk. */
static inline gboolean
arrive(const UmkWalker *self, UmkStep *step)
{
    const UmkGraph *graph = self->graph;

    if (step->length == self->params.walk_length)
        return FALSE;
    step->first = graph->offsets[step->current];
    step->degree = graph->offsets[step->current + 1] - step->first;
    if (step->degree > 0)
        return TRUE;
    while (step->length < self->params.walk_length)
        step->out[step->length++] = UMK_WALK_END;
    return FALSE;
}

static void
begin_walk(const UmkWalker *self, UmkStep *step, guint64 walk, guint32 *out)
{
    _umk_rng_init(&step->rng, self->params.seed, walk);
    step->out = out;
    step->current = start_node(self, walk);
    step->previous = step->current;
    step->length = 1;
    step->trials = 0;
    out[0] = step->current;
}

void
_umk_walker_fill(const UmkWalker *self, guint64 first, gsize count, guint32 *out)
{
    UmkStep steps[INTERLEAVE];
    gsize n_active = 0, next = 0;

    for (;;) {
        /* Walks that moved read their new row; finished ones make place. */
        for (gsize i = 0; i < n_active;) {
            if (steps[i].trials > 0 || arrive(self, &steps[i])) {
                trial_begin(self, &steps[i]);
                i++;
            } else {
                steps[i] = steps[--n_active];
            }
        }
        while (n_active < INTERLEAVE && next < count) {
            UmkStep *step = &steps[n_active];

            begin_walk(self, step, first + next, out + next * self->params.walk_length);
            next++;
            if (arrive(self, step)) {
                trial_begin(self, step);
                n_active++;
            }
        }
        if (n_active == 0)
            return;
        for (gsize i = 0; i < n_active; i++)
            trial_end(self, &steps[i]);
    }
}

/* ---- on the pool ----------------------------------------------------------------- */

typedef struct {
    const UmkWalker *walker;
    guint64 first;
    guint32 *out;
    guint64 *hashes; /* one a chunk */
} UmkWalkJob;

static void
fill_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkWalkJob *job = data;

    _umk_walker_fill(job->walker, job->first + begin, end - begin,
                     job->out + begin * job->walker->params.walk_length);
}

void
_umk_walker_fill_parallel(const UmkWalker *self, guint64 first, gsize count, guint32 *out)
{
    UmkWalkJob job = {self, first, out, NULL};

    _umk_parallel_for(count, WALK_CHUNK, fill_chunk, &job);
}

static void
hash_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    UmkWalkJob *job = data;
    gsize length = job->walker->params.walk_length;
    g_autofree guint32 *walks = g_new(guint32, (end - begin) * length);
    guint64 sum = 0;

    _umk_walker_fill(job->walker, begin, end - begin, walks);
    for (gsize i = 0; i < end - begin; i++) {
        guint64 hash = mix(begin + i + 1);

        for (gsize j = 0; j < length; j++)
            hash = mix(hash ^ walks[i * length + j]);
        sum += hash;
    }
    job->hashes[begin / WALK_CHUNK] = sum;
}

guint64
_umk_walker_hash(const UmkWalker *self)
{
    guint64 n_walks = _umk_walker_get_n_walks(self);
    gsize n_chunks = (gsize) ((n_walks + WALK_CHUNK - 1) / WALK_CHUNK);
    g_autofree guint64 *hashes = g_new0(guint64, n_chunks + 1);
    UmkWalkJob job = {self, 0, NULL, hashes};
    guint64 sum = 0;

    _umk_parallel_for((gsize) n_walks, WALK_CHUNK, hash_chunk, &job);
    for (gsize i = 0; i < n_chunks; i++)
        sum += hashes[i];
    return sum;
}
