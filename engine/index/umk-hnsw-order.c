/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order in which nodes lie. Rows come as they come; a walk goes from neighbour to
 * neighbour. So a finished graph is laid out anew, a node among its neighbours, and a
 * walk finds most of what it looks at on few pages. Which row a node is, is one more
 * array. What comes later lies behind, and is laid out when it has become the most. */
#include "index/umk-hnsw-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <string.h>

#define CHUNK 4096 /* nodes that one task moves */
#define BLOCK 240  /* nodes that grow from one, some ten pages of codes; a guint8 */

/* ---- finding ---------------------------------------------------------------------- */

/* A row that members of a block link to, once for each of them. */
typedef struct {
    guint32 row;
    guint32 next; /* seen by as many */
} Seen;

typedef struct {
    const UmkHnsw *self;
    guint32 *order; /* (n_nodes) rows in their new places, the first n_placed */
    guint8 *state;  /* (n_nodes) */
    guint8 *score;  /* (n_nodes) members of the block that link to it */
    guint32 *front; /* (n_nodes) rows seen from a block that was full */
    Seen *seen;     /* (BLOCK, 2 m) */
    gsize n_placed, n_front, n_taken, n_seen;
    guint32 first[BLOCK + 1], last[BLOCK + 1]; /* of seen, for each score */
    guint top;                                 /* highest score there may be */
} Growth;

enum { UNSEEN, IN_FRONT, PLACED };

static void
place(Growth *growth, guint32 row)
{
    growth->state[row] = PLACED;
    growth->order[growth->n_placed++] = row;
}

static void
put_in_front(Growth *growth, guint32 row)
{
    if (growth->state[row] != UNSEEN)
        return;
    growth->state[row] = IN_FRONT;
    growth->front[growth->n_front++] = row;
}

/* Every row that a member leads to is one step nearer to being the next. */
static void
see_around(Growth *growth, guint32 member)
{
    const UmkHnsw *self = growth->self;
    const guint32 *links = _umk_hnsw_links(self, 0, member);
    guint cap = _umk_hnsw_cap(self, 0);

    for (guint j = 0; j < cap && links[j] < self->n_nodes; j++) {
        guint32 row = links[j], at = (guint32) growth->n_seen;
        guint score;

        if (growth->state[row] == PLACED)
            continue;
        score = ++growth->score[row];
        growth->seen[growth->n_seen++] = (Seen){row, UMK_HNSW_NONE};
        if (growth->first[score] == UMK_HNSW_NONE)
            growth->first[score] = at;
        else
            growth->seen[growth->last[score]].next = at;
        growth->last[score] = at;
        growth->top = MAX(growth->top, score);
    }
}

/* The row that most members link to, of several the one that got there first. */
static guint32
take_nearest(Growth *growth)
{
    for (; growth->top > 0; growth->top--)
        while (growth->first[growth->top] != UMK_HNSW_NONE) {
            Seen seen = growth->seen[growth->first[growth->top]];

            growth->first[growth->top] = seen.next;
            if (growth->state[seen.row] != PLACED &&
                growth->score[seen.row] == growth->top)
                return seen.row;
        }
    return UMK_HNSW_NONE;
}

/* A block grows from a row by those that its members link to most: a walk that looks at
 * one of them looks at the others. What is left over waits in front. */
static void
grow_block(Growth *growth, guint32 row)
{
    growth->n_seen = 0;
    growth->top = 0;
    memset(growth->first, 0xff, sizeof growth->first);
    for (guint n = 0; n < BLOCK && row != UMK_HNSW_NONE; n++) {
        place(growth, row);
        see_around(growth, row);
        row = take_nearest(growth);
    }
    for (gsize i = 0; i < growth->n_seen; i++) {
        growth->score[growth->seen[i].row] = 0;
        put_in_front(growth, growth->seen[i].row);
    }
}

static void
grow_from_front(Growth *growth)
{
    for (; growth->n_taken < growth->n_front; growth->n_taken++)
        if (growth->state[growth->front[growth->n_taken]] == IN_FRONT)
            grow_block(growth, growth->front[growth->n_taken]);
}

static void
put_links_in_front(Growth *growth, guint32 row)
{
    const UmkHnsw *self = growth->self;
    const guint32 *links = _umk_hnsw_links(self, 0, row);
    guint cap = _umk_hnsw_cap(self, 0);

    for (guint j = 0; j < cap && links[j] < self->n_nodes; j++)
        put_in_front(growth, links[j]);
}

/* What leads down from the start is looked at by every walk: it comes first. Last come
 * rows that no link leads to, as those in chains. */
static void
grow_all(Growth *growth)
{
    const UmkHnsw *self = growth->self;
    gsize n_upper;

    for (guint32 row = 0; row < self->n_nodes; row++)
        if (self->levels[row] > 1 && self->levels[row] <= UMK_HNSW_MAX_LEVEL)
            place(growth, row);
    n_upper = growth->n_placed;
    for (gsize i = 0; i < n_upper; i++)
        put_links_in_front(growth, growth->order[i]);
    grow_from_front(growth);
    for (guint32 row = 0; row < self->n_nodes; row++)
        if (growth->state[row] != PLACED && self->levels[row] <= UMK_HNSW_MAX_LEVEL) {
            grow_block(growth, row);
            grow_from_front(growth);
        }
    for (guint32 row = 0; row < self->n_nodes; row++)
        if (growth->state[row] != PLACED)
            place(growth, row);
}

/* ---- moving ----------------------------------------------------------------------- */

/* What shall lie at i lies at from[i] now. */
static void
permute(gpointer array, gsize size, const guint32 *from, gsize n, guint8 *done)
{
    g_autofree guint8 *first = g_malloc(MAX(size, 1));
    guint8 *bytes = array;

    memset(done, FALSE, n);
    for (gsize start = 0; start < n; start++) {
        gsize at = start;

        if (done[start] || from[start] == start)
            continue;
        memcpy(first, bytes + start * size, size);
        for (; from[at] != start; at = from[at]) {
            memcpy(bytes + at * size, bytes + from[at] * size, size);
            done[at] = TRUE;
        }
        memcpy(bytes + at * size, first, size);
        done[at] = TRUE;
    }
}

typedef struct {
    const guint8 *from_bytes;
    guint8 *to_bytes;
    gsize size;
    const guint32 *from;
    guint32 *numbers;
    const guint32 *to;
    gsize n_nodes;
} Moving;

static void
gather_some(gsize begin, gsize end, guint worker, gpointer data)
{
    const Moving *self = data;

    for (gsize i = begin; i < end; i++)
        memcpy(self->to_bytes + i * self->size,
               self->from_bytes + self->from[i] * self->size, self->size);
}

/* Into memory that holds room elements, if there is any; else where they are. */
static gpointer
move_array(gpointer array, gpointer other, gsize size, const Moving *all, guint8 *done)
{
    Moving moving = *all;

    if (other == NULL) {
        permute(array, size, all->from, all->n_nodes, done);
        return array;
    }
    moving.from_bytes = array;
    moving.to_bytes = other;
    moving.size = size;
    _umk_parallel_for(all->n_nodes, CHUNK, gather_some, &moving);
    return other;
}

static void
rename_some(gsize begin, gsize end, guint worker, gpointer data)
{
    const Moving *self = data;

    for (gsize i = begin; i < end; i++)
        if (self->numbers[i] < self->n_nodes)
            self->numbers[i] = self->to[self->numbers[i]];
}

static void
rename_all(guint32 *numbers, gsize n, const Moving *all)
{
    Moving moving = *all;

    moving.numbers = numbers;
    _umk_parallel_for(n, 32 * CHUNK, rename_some, &moving);
}

static gpointer
move_walked(
    const UmkHnsw *self, gpointer array, gsize size, const Moving *all, guint8 *done)
{
    gpointer other = _umk_hnsw_alloc_walked(self->room * size),
             moved = move_array(array, other, size, all, done);

    if (moved == other)
        _umk_free_aligned(array);
    return moved;
}

static gpointer
move_plain(
    const UmkHnsw *self, gpointer array, gsize size, const Moving *all, guint8 *done)
{
    gpointer other = g_try_malloc_n(MAX(self->room, 1), size),
             moved = move_array(array, other, size, all, done);

    if (moved == other)
        g_free(array);
    return moved;
}

/* Everything that lies node by node, and every number of a node of level 0; from and to
 * are inverse. */
static void
rearrange(UmkHnsw *self, const guint32 *from, const guint32 *to, guint8 *done)
{
    Moving all = {.from = from, .to = to, .n_nodes = self->n_nodes};
    gsize n = self->n_nodes, cap = _umk_hnsw_cap(self, 0);

    self->codes = move_walked(self, self->codes, self->pitch, &all, done);
    self->terms = self->codes + self->stride;
    self->links = move_walked(self, self->links, cap * sizeof *self->links, &all, done);
    self->levels = move_plain(self, self->levels, sizeof *self->levels, &all, done);
    rename_all(self->links, n * cap, &all);
    rename_all(self->upper_rows, self->n_upper, &all);
    if (self->same != NULL) {
        self->same = move_plain(self, self->same, sizeof *self->same, &all, done);
        rename_all(self->same, n, &all);
    }
    if (self->entry_level == 0)
        rename_all(&self->entry, 1, &all);
}

guint32 *
_umk_hnsw_invert_order(const UmkHnsw *self)
{
    guint32 *places = g_try_new(guint32, self->n_nodes + 1);

    for (guint32 i = 0; places != NULL && i < self->n_nodes; i++)
        places[self->order[i]] = i;
    return places;
}

gboolean
_umk_hnsw_find_places(const UmkHnsw *self, const guint32 *rows, gsize n, guint32 *places)
{
    g_autofree guint32 *all = NULL;

    for (gsize i = 0; i < n; i++) {
        places[i] = rows[i];
        if (self->order == NULL || self->order[rows[i]] == rows[i])
            continue;
        if (all == NULL)
            all = _umk_hnsw_invert_order(self);
        if (all == NULL)
            return FALSE;
        places[i] = all[rows[i]];
    }
    return TRUE;
}

void
_umk_hnsw_make_order(UmkHnsw *self)
{
    g_autofree guint8 *state = g_try_malloc0(self->n_nodes + 1);
    g_autofree guint8 *score = g_try_malloc0(self->n_nodes + 1);
    g_autofree Seen *seen = g_try_new(Seen, BLOCK * 2 * self->m);
    g_autofree guint32 *front = g_try_new(guint32, self->n_nodes + 1);
    g_autofree guint32 *order = g_try_new(guint32, self->room + 1);
    Growth growth = {.self = self,
                     .order = order,
                     .state = state,
                     .score = score,
                     .front = front,
                     .seen = seen};

    g_assert(self->keep == NULL);
    /* Without the memory for it, nodes stay as they lie. */
    if (state == NULL || score == NULL || seen == NULL || front == NULL || order == NULL)
        return;
    grow_all(&growth);
    for (guint32 i = 0; i < self->n_nodes; i++)
        front[order[i]] = i;
    rearrange(self, order, front, state);
    for (gsize i = 0; i < self->n_nodes; i++)
        order[i] = _umk_hnsw_row_at(self, order[i]);
    g_free(self->order);
    self->order = g_steal_pointer(&order);
    self->n_laid = self->n_nodes;
}

void
_umk_hnsw_renew_order(UmkHnsw *self)
{
    if (self->n_laid < self->n_nodes / 2)
        _umk_hnsw_make_order(self);
}

/* What is no row, or a row for the second time, takes one that none has. */
void
_umk_hnsw_check_order(UmkHnsw *self, guint8 *taken)
{
    guint32 *order = self->order;
    gsize n = self->n_nodes, next = 0;

    memset(taken, FALSE, n);
    for (gsize i = 0; i < n; i++) {
        if (order[i] < n && !taken[order[i]])
            taken[order[i]] = TRUE;
        else
            order[i] = UMK_HNSW_NONE;
    }
    for (gsize i = 0; i < n; i++) {
        if (order[i] != UMK_HNSW_NONE)
            continue;
        while (taken[next])
            next++;
        order[i] = (guint32) next;
        taken[next] = TRUE;
    }
    for (self->n_laid = n;
         self->n_laid > 0 && order[self->n_laid - 1] == self->n_laid - 1;)
        self->n_laid--;
}
