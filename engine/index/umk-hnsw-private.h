/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hierarchical navigable small-world graph over 8-bit codes (Malkov and Yashunin,
 * "Efficient and robust approximate nearest neighbor search using hierarchical navigable
 * small world graphs", 2018).
 *
 * Where this one differs from the paper:
 * - The graph lives in a working space in which every metric is half the squared
 *   Euclidean distance: cosine on normalised vectors, the inner product by one more
 *   dimension that makes all lengths equal (Bachrach et al. 2014). The mean is taken
 *   away, then each vector becomes 8-bit codes and a scale. Distances are those of the
 *   codes; what is found is scored again in float32 by the caller.
 * - Nodes come in batches: each looks for its neighbours in the graph as it was before
 *   the batch and among those before it in the batch, then links are made target by
 *   target in a fixed order. So the graph does not depend on the number of threads.
 * - Vectors with the same codes are one node with a chain of rows.
 * - A finished graph is laid out so that neighbours lie together. Nodes that come later
 *   lie behind, as they come; when they are more than the others all is laid out anew.
 * - Removed nodes are cut out and the gap is mended from their own links; nothing points
 *   to them afterwards. What the start cannot reach is linked in again. */
#pragma once

#include "index/umk-ahead-private.h"
#include "index/umk-index-ops-private.h"
#include "linalg/umk-codes-private.h"

#include <pthread.h>

G_BEGIN_DECLS

#define UMK_HNSW_NONE      G_MAXUINT32
#define UMK_HNSW_MAX_LEVEL 15
#define UMK_HNSW_SAME      254 /* level of a row in the chain of another */
#define UMK_HNSW_ABSENT    255 /* level of a row that is not in the graph */
#define UMK_HNSW_EFFORTS   12

typedef struct {
    float scale; /* w ~ scale * code */
    float half;  /* half the squared length of that */
} UmkHnswTerm;

typedef struct {
    float dist;
    guint32 node; /* row at level 0, upper number above; top bit: looked at */
} UmkHnswCandidate;

/* What one search in one thread writes to. */
typedef struct {
    guint64 *seen;   /* a bit a node: small enough for the nearest cache */
    gsize room;      /* nodes */
    guint32 *marked; /* (marked_room) whose bits are set */
    guint n_marked;
    guint marked_room;
    UmkHnswCandidate *pool; /* (pool_room), nearest first */
    guint n_pool;
    guint pool_room;
    UmkHnswCandidate *more; /* (more_room), for the builder */
    guint more_room;
    float *work;   /* (n_work) */
    gint8 *code;   /* (stride) */
    guint32 *ids;  /* (ids_room) */
    guint32 *rows; /* (ids_room) */
    gint32 *dots;  /* (ids_room) */
    guint ids_room;
} UmkHnswScratch;

typedef struct {
    guint32 ef;
    float recall;
} UmkHnswEffort;

typedef struct {
    UmkIndexRows *vectors;
    UmkMetric metric;
    guint m;
    guint ef_construction;
    guint64 seed;
    const UmkCodeKernels *kernels;
    gsize n_dims;     /* of the vectors */
    gsize n_work;     /* of the working space */
    gsize stride;     /* bytes of a code */
    gsize pitch;      /* from code to code: its term lies behind each, so that both come
                         with one page */
    gsize term_pitch; /* the same, but in old files, where terms lie by themselves */
    float *mean;      /* (n_work) */
    double sphere;    /* inner product: largest squared length; 0: no further dimension */

    gsize n_nodes; /* rows it knows of */
    gsize room;
    gsize n_graph;  /* rows that are nodes */
    gint8 *codes;   /* (n_nodes), pitch apart */
    gint8 *terms;   /* (n_nodes) UmkHnswTerm, term_pitch apart */
    guint32 *links; /* (n_nodes, 2 m), ended by UMK_HNSW_NONE */
    guint8 *levels; /* (n_nodes) */
    guint32 *same;  /* (n_nodes) next row of the chain; NULL: there is none */

    guint32 *order; /* (n_nodes) the row that lies there; NULL: every row at its own
                       place. Where there is one, "row" means place all over here, but
                       for the rows that are put in and removed. */
    gsize n_laid;   /* the first places, among whose nodes neighbours lie together */

    gsize n_upper; /* nodes of level 1 and above have numbers of their own */
    gsize upper_room;
    guint32 *upper_rows; /* (n_upper); UMK_HNSW_NONE: removed */
    guint32 *upper_at;   /* (n_upper), where in pool: level lists of m numbers */
    gsize n_pool;
    gsize pool_room;
    guint32 *pool;

    guint32 entry; /* upper number, or row where entry_level is 0; or UMK_HNSW_NONE */
    guint entry_level;
    gsize n_unchecked; /* nodes that came or went since all were known to be reached */

    guint measured_k;
    guint n_efforts;
    UmkHnswEffort efforts[UMK_HNSW_EFFORTS];

    GBytes *keep;            /* the arrays lie in it and are not ours; NULL: they are */
    UmkAhead *ahead;         /* of keep; NULL where the arrays are ours */
    UmkAhead *vectors_ahead; /* of the vectors, likewise */
    gpointer head;           /* what the last save wrote of all this, lent to it */
    pthread_mutex_t scratch_lock;
    GPtrArray *scratches;
} UmkHnsw;

/* ---- umk-hnsw.c: the working space and memory ---- */

UmkHnsw *
_umk_hnsw_new(const UmkIndexSource *source, guint m, guint ef_construction, guint64 seed);
void _umk_hnsw_free(UmkHnsw *self);
gboolean _umk_hnsw_learn_space(UmkHnsw *self, UmkRun *run, GError **error);
void _umk_hnsw_set_work(UmkHnsw *self, gsize n_work);
/* The arrays become its own and hold n_nodes more rows. */
gboolean _umk_hnsw_reserve(UmkHnsw *self, gsize n_nodes, GError **error);
/* NULL when there is none; for arrays that walks jump about in. */
gpointer _umk_hnsw_alloc_walked(gsize n_bytes);
gboolean _umk_hnsw_need_same(UmkHnsw *self, GError **error);
void _umk_hnsw_encode(const UmkHnsw *self,
                      const float *x,
                      gboolean is_query,
                      float *work,
                      gint8 *code,
                      UmkHnswTerm *term);
/* A number for a node of this level, with empty lists. */
gboolean _umk_hnsw_add_upper(
    UmkHnsw *self, guint32 row, guint level, guint32 *upper, GError **error);
guint32 _umk_hnsw_find_upper(const UmkHnsw *self, guint32 row);
UmkHnswScratch *_umk_hnsw_take_scratch(UmkHnsw *self);
void _umk_hnsw_give_scratch(UmkHnsw *self, UmkHnswScratch *scratch);
gsize _umk_hnsw_memory(const UmkHnsw *self);

static inline gint8 *
_umk_hnsw_code(const UmkHnsw *self, gsize row)
{
    return self->codes + row * self->pitch;
}

static inline UmkHnswTerm *
_umk_hnsw_term(const UmkHnsw *self, gsize row)
{
    return (UmkHnswTerm *) (gpointer) (self->terms + row * self->term_pitch);
}

static inline guint
_umk_hnsw_cap(const UmkHnsw *self, guint level)
{
    return level == 0 ? 2 * self->m : self->m;
}

static inline guint32 *
_umk_hnsw_links(const UmkHnsw *self, guint level, guint32 node)
{
    return level == 0 ? self->links + (gsize) node * 2 * self->m
                      : self->pool + self->upper_at[node] + (gsize) (level - 1) * self->m;
}

static inline gsize
_umk_hnsw_n_at(const UmkHnsw *self, guint level)
{
    return level == 0 ? self->n_nodes : self->n_upper;
}

static inline guint32
_umk_hnsw_row(const UmkHnsw *self, guint level, guint32 node)
{
    return level == 0 ? node : self->upper_rows[node];
}

static inline float
_umk_hnsw_dist(UmkHnswTerm a, UmkHnswTerm b, gint32 dot)
{
    return a.half + b.half - a.scale * b.scale * (float) dot;
}

static inline gboolean
_umk_hnsw_nearer(UmkHnswCandidate a, UmkHnswCandidate b)
{
    return a.dist < b.dist || (a.dist == b.dist && a.node < b.node);
}

static inline guint32
_umk_hnsw_row_at(const UmkHnsw *self, guint32 place)
{
    return self->order != NULL ? self->order[place] : place;
}

/* ---- umk-hnsw-order.c ---- */

/* Lays out a finished graph so that neighbours lie together. */
void _umk_hnsw_make_order(UmkHnsw *self);
/* The same when most nodes have come since. */
void _umk_hnsw_renew_order(UmkHnsw *self);
/* What a file said becomes an order; taken is room for n_nodes. */
void _umk_hnsw_check_order(UmkHnsw *self, guint8 *taken);
/* Where rows lie; FALSE: there is no memory to find out. */
gboolean
_umk_hnsw_find_places(const UmkHnsw *self, const guint32 *rows, gsize n, guint32 *places);
/* (n_nodes) the place of each row; NULL: there is no memory for it */
guint32 *_umk_hnsw_invert_order(const UmkHnsw *self);

/* ---- umk-hnsw-search.c ---- */

/* Leaves in scratch->pool the nearest nodes found at a level, at most ef, nearest first;
 * skip is a row that shall not be looked at, or UMK_HNSW_NONE. */
void _umk_hnsw_beam(const UmkHnsw *self,
                    UmkHnswScratch *scratch,
                    const gint8 *code,
                    UmkHnswTerm term,
                    guint level,
                    guint32 start,
                    guint ef,
                    guint32 skip);
/* From the entry down to a level, always to the nearest; the node of that level. */
guint32 _umk_hnsw_descend(const UmkHnsw *self,
                          UmkHnswScratch *scratch,
                          const gint8 *code,
                          UmkHnswTerm term,
                          guint level);

/* ---- umk-hnsw-build.c ---- */

/* Rows whose floats are in place; they are encoded and linked. */
gboolean _umk_hnsw_insert(
    UmkHnsw *self, const guint32 *rows, gsize n, UmkRun *run, GError **error);
/* The same for places of rows with codes and chains, after all links were dropped. */
void _umk_hnsw_relink(UmkHnsw *self, const guint32 *places, gsize n);
/* Keeps of n candidates, nearest first, those that no kept one is nearer to than they are
 * to the node (the paper's algorithm 4); the first n_fixed are kept whatever they are.
 * Writes at most cap numbers. */
guint _umk_hnsw_select(const UmkHnsw *self,
                       UmkHnswScratch *scratch,
                       guint level,
                       const UmkHnswCandidate *candidates,
                       guint n,
                       guint n_fixed,
                       guint cap,
                       guint32 *kept);
void _umk_hnsw_sort(UmkHnswCandidate *candidates, gsize n);
void _umk_hnsw_write_links(
    UmkHnsw *self, guint level, guint32 node, const guint32 *links, guint n);

/* ---- umk-hnsw-repair.c ---- */

void _umk_hnsw_remove(UmkHnsw *self, const guint32 *rows, gsize n);
void _umk_hnsw_choose_entry(UmkHnsw *self);
/* Links in what the entry does not reach; does it at once or when enough has changed. */
void _umk_hnsw_reach_all(UmkHnsw *self, gboolean at_once);

/* ---- umk-hnsw-file.c ---- */

void _umk_hnsw_save(gconstpointer index, GArray *sections);
gpointer _umk_hnsw_open(const UmkIndexSource *source,
                        const UmkIndexSection *sections,
                        gsize n_sections,
                        GBytes *keep,
                        GError **error);

G_END_DECLS
