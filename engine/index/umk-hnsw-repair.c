/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Taking nodes out of the graph and closing the gaps. Every node that pointed to a
 * removed one is offered what that one pointed to (Singh et al., "FreshDiskANN", 2021,
 * algorithm 4) beside the links it keeps. A removed row whose chain lives on hands its
 * node to the next of the chain. Where a large part goes at once, the rest is linked anew
 * from its codes. */
#include "index/umk-hnsw-private.h"

#include "core/umk-pool-private.h"

#include <string.h>

#define MEND_CHUNK  512
#define ANEW_SHARE  4     /* more than one in this many removed: link anew */
#define SMALL       20000 /* nodes that are checked after every change    */
#define CHECK_SHARE 100   /* larger ones: after a change of one in this many */

/* ---- removal ---------------------------------------------------------------------- */

typedef struct {
    UmkHnsw *self;
    guint8 *gone;   /* (n_nodes) rows that leave the graph        */
    guint32 *heirs; /* (n_nodes) who took the node; NULL: nobody had to */
} Removal;

static guint32
heir_of(const Removal *removal, guint32 row)
{
    return removal->heirs != NULL && removal->heirs[row] != UMK_HNSW_NONE
               ? removal->heirs[row]
               : row;
}

/* Chains lose their removed rows; a node that is removed goes to its heir. */
static void
settle_chains(Removal *removal)
{
    UmkHnsw *self = removal->self;
    guint8 *gone = removal->gone;

    removal->heirs = g_new(guint32, self->n_nodes + 1);
    memset(removal->heirs, 0xff, self->n_nodes * sizeof(guint32));
    for (gsize row = 0; row < self->n_nodes; row++)
        while (self->same[row] != UMK_HNSW_NONE && gone[self->same[row]]) {
            guint32 lost = self->same[row];

            self->same[row] = self->same[lost];
            if (self->levels[lost] == UMK_HNSW_SAME) {
                self->same[lost] = UMK_HNSW_NONE;
                self->levels[lost] = UMK_HNSW_ABSENT;
            }
        }
    for (guint32 row = 0; row < self->n_nodes; row++) {
        guint32 heir = self->same[row];

        if (!gone[row] || self->levels[row] > UMK_HNSW_MAX_LEVEL || heir == UMK_HNSW_NONE)
            continue;
        removal->heirs[row] = heir;
        self->levels[heir] = self->levels[row];
        self->levels[row] = UMK_HNSW_ABSENT;
        memcpy(_umk_hnsw_links(self, 0, heir), _umk_hnsw_links(self, 0, row),
               2 * self->m * sizeof(guint32));
        if (self->levels[heir] > 0)
            self->upper_rows[_umk_hnsw_find_upper(self, row)] = heir;
        else if (self->entry_level == 0 && self->entry == row)
            self->entry = heir;
        self->same[row] = UMK_HNSW_NONE;
        gone[row] = FALSE;
        _umk_hnsw_write_links(self, 0, row, NULL, 0);
    }
}

static gboolean
is_gone(const Removal *removal, guint level, guint32 node)
{
    guint32 row = _umk_hnsw_row(removal->self, level, node);

    return row == UMK_HNSW_NONE || removal->gone[row];
}

static gboolean
contains(const guint32 *nodes, guint n, guint32 node)
{
    for (guint i = 0; i < n; i++)
        if (nodes[i] == node)
            return TRUE;
    return FALSE;
}

static UmkHnswCandidate
candidate_of(const UmkHnsw *self, guint level, guint32 node, guint32 other)
{
    guint32 row = _umk_hnsw_row(self, level, node);
    guint32 other_row = _umk_hnsw_row(self, level, other);
    gint32 dot;

    self->kernels->dot_some(_umk_hnsw_code(self, row), self->codes, self->pitch,
                            self->stride, &other_row, 1, &dot);
    return (UmkHnswCandidate){
        _umk_hnsw_dist(*_umk_hnsw_term(self, row), *_umk_hnsw_term(self, other_row), dot),
        other};
}

/* To found go the links kept, then what the removed ones pointed to. Returns how many;
 * n_kept of them are kept. */
static guint
gather(const Removal *removal, guint level, guint32 node, guint32 *found, guint *n_kept)
{
    const UmkHnsw *self = removal->self;
    guint cap = _umk_hnsw_cap(self, level), n = 0;
    const guint32 *links = _umk_hnsw_links(self, level, node);

    for (guint i = 0; i < cap && links[i] != UMK_HNSW_NONE; i++) {
        guint32 other = level == 0 ? heir_of(removal, links[i]) : links[i];

        if (other != node && !is_gone(removal, level, other))
            found[n++] = other;
    }
    *n_kept = n;
    for (guint i = 0; i < cap && links[i] != UMK_HNSW_NONE; i++) {
        const guint32 *beyond;

        if (level == 0 ? heir_of(removal, links[i]) != links[i] : FALSE)
            continue;
        if (!is_gone(removal, level, links[i]))
            continue;
        beyond = _umk_hnsw_links(self, level, links[i]);
        for (guint j = 0; j < cap && beyond[j] != UMK_HNSW_NONE; j++) {
            guint32 other = level == 0 ? heir_of(removal, beyond[j]) : beyond[j];

            if (other != node && !is_gone(removal, level, other) &&
                !contains(found, n, other))
                found[n++] = other;
        }
    }
    return n;
}

static void
mend(const Removal *removal, guint level, guint32 node, UmkHnswScratch *scratch)
{
    UmkHnsw *self = removal->self;
    guint cap = _umk_hnsw_cap(self, level), n, n_kept;
    g_autofree guint32 *found = g_new(guint32, cap + (gsize) cap * cap);
    g_autofree UmkHnswCandidate *candidates = NULL;

    n = gather(removal, level, node, found, &n_kept);
    candidates = g_new(UmkHnswCandidate, n + 1);
    for (guint i = 0; i < n; i++)
        candidates[i] = candidate_of(self, level, node, found[i]);
    _umk_hnsw_sort(candidates + n_kept, n - n_kept);
    n = _umk_hnsw_select(self, scratch, level, candidates, n, n_kept, cap, found);
    _umk_hnsw_write_links(self, level, node, found, n);
}

static gboolean
needs_mending(const Removal *removal, guint level, guint32 node)
{
    const UmkHnsw *self = removal->self;
    guint cap = _umk_hnsw_cap(self, level);
    const guint32 *links = _umk_hnsw_links(self, level, node);

    for (guint i = 0; i < cap && links[i] != UMK_HNSW_NONE; i++)
        if (is_gone(removal, level, links[i]) ||
            (level == 0 && heir_of(removal, links[i]) != links[i]))
            return TRUE;
    return FALSE;
}

static void
mend_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Removal *removal = data;
    UmkHnsw *self = removal->self;
    UmkHnswScratch *scratch = _umk_hnsw_take_scratch(self);

    for (gsize row = begin; row < end; row++)
        if (self->levels[row] <= UMK_HNSW_MAX_LEVEL && !removal->gone[row] &&
            needs_mending(removal, 0, (guint32) row))
            mend(removal, 0, (guint32) row, scratch);
    _umk_hnsw_give_scratch(self, scratch);
}

static void
mend_upper(Removal *removal)
{
    UmkHnsw *self = removal->self;
    UmkHnswScratch *scratch = _umk_hnsw_take_scratch(self);

    for (guint32 upper = 0; upper < self->n_upper; upper++) {
        if (is_gone(removal, 1, upper))
            continue;
        for (guint level = 1; level <= self->levels[self->upper_rows[upper]]; level++)
            if (needs_mending(removal, level, upper))
                mend(removal, level, upper, scratch);
    }
    _umk_hnsw_give_scratch(self, scratch);
}

/* The highest node that is left, or the first of all. */
void
_umk_hnsw_choose_entry(UmkHnsw *self)
{
    self->entry = UMK_HNSW_NONE;
    self->entry_level = 0;
    for (guint32 upper = 0; upper < self->n_upper; upper++) {
        guint32 row = self->upper_rows[upper];

        if (row != UMK_HNSW_NONE && self->levels[row] > self->entry_level) {
            self->entry = upper;
            self->entry_level = self->levels[row];
        }
    }
    for (guint32 row = 0; row < self->n_nodes && self->entry == UMK_HNSW_NONE; row++)
        if (self->levels[row] <= UMK_HNSW_MAX_LEVEL)
            self->entry = row;
}

static void
clear_gone(Removal *removal)
{
    UmkHnsw *self = removal->self;

    for (guint32 upper = 0; upper < self->n_upper; upper++)
        if (is_gone(removal, 1, upper))
            self->upper_rows[upper] = UMK_HNSW_NONE;
    for (guint32 row = 0; row < self->n_nodes; row++)
        if (removal->gone[row]) {
            self->levels[row] = UMK_HNSW_ABSENT;
            _umk_hnsw_write_links(self, 0, row, NULL, 0);
        }
}

/* All links are dropped and the nodes that stay are put in again, in order of rows; the
 * chains stay as they are. */
static void
link_anew(Removal *removal)
{
    UmkHnsw *self = removal->self;
    g_autofree guint32 *rows = g_new(guint32, self->n_graph + 1);
    g_autofree guint32 *places = NULL;
    gsize n = 0;

    clear_gone(removal);
    if (self->order != NULL)
        places = _umk_hnsw_invert_order(self);
    for (guint32 i = 0; i < self->n_nodes; i++) {
        guint32 row = places != NULL ? places[i] : i;

        if (self->levels[row] <= UMK_HNSW_MAX_LEVEL)
            rows[n++] = row;
    }
    self->n_graph = self->n_upper = self->n_pool = 0;
    self->entry = UMK_HNSW_NONE;
    self->entry_level = 0;
    for (gsize i = 0; i < n; i++)
        self->levels[rows[i]] = UMK_HNSW_ABSENT;
    _umk_hnsw_relink(self, rows, n);
}

void
_umk_hnsw_remove(UmkHnsw *self, const guint32 *rows, gsize n)
{
    g_autofree guint8 *gone = NULL;
    g_autofree guint8 *marked = NULL;
    g_autofree guint32 *heirs = NULL;
    Removal removal = {.self = self};
    gsize n_gone = 0;

    if (n == 0 || !_umk_hnsw_reserve(self, self->n_nodes, NULL))
        return;
    removal.gone = gone = g_malloc0(self->n_nodes + 1);
    marked = g_malloc0(self->n_nodes + 1);
    for (gsize i = 0; i < n; i++)
        marked[rows[i]] = TRUE;
    for (guint32 place = 0; place < self->n_nodes; place++)
        gone[place] = marked[_umk_hnsw_row_at(self, place)] &&
                      self->levels[place] != UMK_HNSW_ABSENT;
    if (self->same != NULL)
        settle_chains(&removal);
    heirs = removal.heirs;
    for (gsize row = 0; row < self->n_nodes; row++) {
        gone[row] = gone[row] && self->levels[row] <= UMK_HNSW_MAX_LEVEL;
        n_gone += gone[row];
    }
    if (n_gone > self->n_graph / ANEW_SHARE) {
        link_anew(&removal);
        return;
    }
    _umk_parallel_for(self->n_nodes, MEND_CHUNK, mend_rows, &removal);
    mend_upper(&removal);
    clear_gone(&removal);
    self->n_graph -= n_gone;
    _umk_hnsw_choose_entry(self);
    self->n_unchecked += n_gone;
    _umk_hnsw_reach_all(self, FALSE);
}

/* ---- reach ------------------------------------------------------------------------ */

typedef struct {
    UmkHnsw *self;
    guint32 *parents; /* (n_nodes) by whom a node was reached; NONE: it was not */
    guint32 *queue;   /* (n_nodes) */
} Reach;

static void
spread(Reach *reach, guint32 from, guint32 parent)
{
    UmkHnsw *self = reach->self;
    gsize head = 0, tail = 0;

    reach->parents[from] = parent;
    reach->queue[tail++] = from;
    while (head < tail) {
        guint32 row = reach->queue[head++];
        const guint32 *links = _umk_hnsw_links(self, 0, row);

        for (guint i = 0; i < 2 * self->m && links[i] != UMK_HNSW_NONE; i++)
            if (reach->parents[links[i]] == UMK_HNSW_NONE) {
                reach->parents[links[i]] = row;
                reach->queue[tail++] = links[i];
            }
    }
}

/* A free place in the node's list, or that of the farthest link by which nothing is
 * reached; NULL where every link is needed. */
static guint32 *
find_place(const Reach *reach, guint32 node)
{
    const UmkHnsw *self = reach->self;
    guint32 *links = _umk_hnsw_links(self, 0, node), *place = NULL;
    float farthest = 0;

    for (guint i = 0; i < 2 * self->m; i++) {
        float dist;

        if (links[i] == UMK_HNSW_NONE)
            return links + i;
        if (reach->parents[links[i]] == node)
            continue;
        dist = candidate_of(self, 0, node, links[i]).dist;
        if (place == NULL || dist > farthest) {
            place = links + i;
            farthest = dist;
        }
    }
    return place;
}

static void
attach(Reach *reach, guint32 row, UmkHnswScratch *scratch)
{
    UmkHnsw *self = reach->self;
    const gint8 *code = _umk_hnsw_code(self, row);
    guint32 start = _umk_hnsw_descend(self, scratch, code, *_umk_hnsw_term(self, row), 0);

    _umk_hnsw_beam(self, scratch, code, *_umk_hnsw_term(self, row), 0, start,
                   self->ef_construction, UMK_HNSW_NONE);
    for (guint i = 0; i < scratch->n_pool; i++) {
        guint32 near = scratch->pool[i].node, *place;

        if (near == row || reach->parents[near] == UMK_HNSW_NONE)
            continue;
        place = find_place(reach, near);
        if (place == NULL)
            continue;
        *place = row;
        if (_umk_hnsw_links(self, 0, row)[0] == UMK_HNSW_NONE)
            _umk_hnsw_write_links(self, 0, row, &near, 1);
        spread(reach, row, near);
        return;
    }
}

void
_umk_hnsw_reach_all(UmkHnsw *self, gboolean at_once)
{
    Reach reach = {.self = self};
    UmkHnswScratch *scratch;
    guint32 start = self->entry;

    if (self->entry == UMK_HNSW_NONE || (!at_once && self->n_graph > SMALL &&
                                         self->n_unchecked < self->n_graph / CHECK_SHARE))
        return;
    self->n_unchecked = 0;
    reach.parents = g_try_new(guint32, self->n_nodes);
    reach.queue = g_try_new(guint32, self->n_nodes);
    if (reach.parents != NULL && reach.queue != NULL) {
        memset(reach.parents, 0xff, self->n_nodes * sizeof(guint32));
        if (self->entry_level > 0)
            start = _umk_hnsw_row(self, 1, start);
        spread(&reach, start, start);
        scratch = _umk_hnsw_take_scratch(self);
        for (guint32 row = 0; row < self->n_nodes; row++)
            if (self->levels[row] <= UMK_HNSW_MAX_LEVEL &&
                reach.parents[row] == UMK_HNSW_NONE)
                attach(&reach, row, scratch);
        _umk_hnsw_give_scratch(self, scratch);
    }
    g_free(reach.parents);
    g_free(reach.queue);
}
