/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The memory of a graph and the working space its distances are taken in; it makes no
 * link and follows none. */
#include "index/umk-hnsw-private.h"

#include <umekomi/umk-error.h>

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE  ((gsize) 2 << 20)
#define MEAN_CHUNK 4096 /* rows whose sum is one partial sum */
#define SAME_LENGTH                                                                      \
    1e-3 /* vectors whose lengths differ less need no further dimension                  \
          */

/* Before there are codes. */
void
_umk_hnsw_set_work(UmkHnsw *self, gsize n_work)
{
    self->n_work = n_work;
    self->stride = _umk_code_stride(n_work);
    self->pitch = self->term_pitch = self->stride + sizeof(UmkHnswTerm);
}

static void
set_codes(UmkHnsw *self, gint8 *codes)
{
    self->pitch = self->term_pitch = self->stride + sizeof(UmkHnswTerm);
    self->codes = codes;
    self->terms = codes + self->stride;
}

UmkHnsw *
_umk_hnsw_new(const UmkIndexSource *source, guint m, guint ef_construction, guint64 seed)
{
    UmkHnsw *self = g_new0(UmkHnsw, 1);

    self->vectors = source->rows;
    self->metric = source->metric;
    self->m = m;
    self->ef_construction = ef_construction;
    self->seed = seed;
    self->kernels = _umk_codes_kernels(_umk_codes_best_level());
    self->n_dims = source->rows->n_dims;
    _umk_hnsw_set_work(self, self->n_dims);
    self->entry = UMK_HNSW_NONE;
    pthread_mutex_init(&self->scratch_lock, NULL);
    self->scratches = g_ptr_array_new();
    return self;
}

static void
scratch_free(UmkHnswScratch *scratch)
{
    g_free(scratch->seen);
    g_free(scratch->marked);
    g_free(scratch->pool);
    g_free(scratch->more);
    g_free(scratch->work);
    _umk_free_aligned(scratch->code);
    g_free(scratch->ids);
    g_free(scratch->rows);
    g_free(scratch->dots);
    g_free(scratch);
}

static void
drop_file(UmkHnsw *self)
{
    g_clear_pointer(&self->ahead, _umk_ahead_free);
    g_clear_pointer(&self->vectors_ahead, _umk_ahead_free);
    g_clear_pointer(&self->keep, g_bytes_unref);
}

void
_umk_hnsw_free(UmkHnsw *self)
{
    for (guint i = 0; i < self->scratches->len; i++)
        scratch_free(self->scratches->pdata[i]);
    g_ptr_array_unref(self->scratches);
    pthread_mutex_destroy(&self->scratch_lock);
    if (self->keep == NULL) {
        _umk_free_aligned(self->codes);
        _umk_free_aligned(self->links);
        g_free(self->levels);
        g_free(self->same);
        g_free(self->order);
        g_free(self->upper_rows);
        g_free(self->upper_at);
        g_free(self->pool);
    }
    drop_file(self);
    g_free(self->mean);
    g_free(self->head);
    g_free(self);
}

/* ---- the working space ------------------------------------------------------------ */

/* x as the working space holds it, before the mean is taken away. A query has nothing of
 * the dimension that evens out lengths. TRUE for a vector that has no direction where one
 * is needed. */
static gboolean
to_work(const UmkHnsw *self, const float *x, gboolean is_query, float *work)
{
    UmkDistanceLevel level = _umk_distance_best_level();
    float squared = 0.0f;

    if (self->n_dims > 0)
        memcpy(work, x, self->n_dims * sizeof *work);
    if (self->metric == UMK_METRIC_EUCLIDEAN)
        return FALSE;
    _umk_distance_self(level, x, self->n_dims, 1, self->n_dims, &squared);
    if (self->metric == UMK_METRIC_DOT) {
        if (self->n_work > self->n_dims)
            work[self->n_dims] =
                is_query ? 0.0f : (float) sqrt(MAX(0.0, self->sphere - (double) squared));
        return FALSE;
    }
    if (!(squared > 0.0f))
        return TRUE;
    for (gsize i = 0; i < self->n_dims; i++)
        work[i] = (float) ((double) x[i] / sqrt((double) squared));
    return FALSE;
}

/* A vector without direction is as far from every other as one at a right angle. */
void
_umk_hnsw_encode(const UmkHnsw *self,
                 const float *x,
                 gboolean is_query,
                 float *work,
                 gint8 *code,
                 UmkHnswTerm *term)
{
    gboolean lost = to_work(self, x, is_query, work);

    for (gsize i = 0; i < self->n_work; i++)
        work[i] -= self->mean[i];
    term->scale = _umk_code_from_floats(work, self->n_work, code);
    term->half =
        0.5f * term->scale * term->scale * (float) _umk_code_square(code, self->stride);
    if (lost)
        term->half += 0.5f;
}

typedef struct {
    const UmkHnsw *self;
    double *sums;    /* (n_chunks, n_work) */
    double *longest; /* (n_chunks) */
    double *least;   /* (n_chunks) */
    UmkRun *run;
} Learning;

static void
learn_lengths(gsize begin, gsize end, guint worker, gpointer data)
{
    Learning *learning = data;
    const UmkIndexRows *rows = learning->self->vectors;
    double longest = 0, least = INFINITY;

    for (gsize row = begin; row < end; row++) {
        float squared;

        _umk_distance_self(_umk_distance_best_level(), _umk_index_rows_get(rows, row),
                           rows->n_dims, 1, rows->n_dims, &squared);
        longest = MAX(longest, (double) squared);
        least = MIN(least, (double) squared);
    }
    learning->longest[begin / MEAN_CHUNK] = longest;
    learning->least[begin / MEAN_CHUNK] = least;
}

static void
learn_sums(gsize begin, gsize end, guint worker, gpointer data)
{
    Learning *learning = data;
    const UmkHnsw *self = learning->self;
    double *sums = learning->sums + begin / MEAN_CHUNK * self->n_work;
    g_autofree float *work = g_new(float, self->n_work + 1);

    if (!umk_run_check(learning->run, NULL))
        return;
    for (gsize row = begin; row < end; row++) {
        to_work(self, _umk_index_rows_get(self->vectors, row), FALSE, work);
        for (gsize i = 0; i < self->n_work; i++)
            sums[i] += (double) work[i];
    }
}

/* Vectors of about one length are compared by angle alone; others get the dimension. */
static void
learn_sphere(UmkHnsw *self, Learning *learning, gsize n_chunks)
{
    double longest = 0, least = INFINITY;

    _umk_parallel_for(self->vectors->n_rows, MEAN_CHUNK, learn_lengths, learning);
    for (gsize i = 0; i < n_chunks; i++) {
        longest = MAX(longest, learning->longest[i]);
        least = MIN(least, learning->least[i]);
    }
    if (n_chunks == 0 || least >= longest * (1 - SAME_LENGTH))
        return;
    self->sphere = longest;
    _umk_hnsw_set_work(self, self->n_dims + 1);
}

gboolean
_umk_hnsw_learn_space(UmkHnsw *self, UmkRun *run, GError **error)
{
    gsize n = self->vectors->n_rows, n_chunks = (n + MEAN_CHUNK - 1) / MEAN_CHUNK;
    g_autofree double *longest = g_new0(double, n_chunks + 1);
    g_autofree double *least = g_new0(double, n_chunks + 1);
    g_autofree double *sums = NULL;
    Learning learning = {.self = self, .longest = longest, .least = least, .run = run};

    if (self->metric == UMK_METRIC_DOT)
        learn_sphere(self, &learning, n_chunks);
    learning.sums = sums = _umk_alloc(n_chunks + 1, self->n_work * sizeof *sums,
                                      _("The mean of the vectors"), error);
    if (sums == NULL)
        return FALSE;
    self->mean = g_new0(float, self->n_work + 1);
    _umk_parallel_for(n, MEAN_CHUNK, learn_sums, &learning);
    if (!umk_run_check(run, error))
        return FALSE;
    for (gsize i = 0; i < self->n_work && n > 0; i++) {
        double sum = 0;

        for (gsize chunk = 0; chunk < n_chunks; chunk++)
            sum += sums[chunk * self->n_work + i];
        self->mean[i] = (float) (sum / (double) n);
    }
    return TRUE;
}

/* ---- memory ----------------------------------------------------------------------- */

static gboolean
grow(gpointer *array, gsize count, gsize size, GError **error)
{
    gpointer bigger = g_try_realloc_n(*array, MAX(count, 1), size);

    if (bigger == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory for a graph of %zu nodes"), count);
        return FALSE;
    }
    *array = bigger;
    return TRUE;
}

/* A walk touches a page for nearly every node, so large arrays are put on large pages
 * where the system has them; they have to be asked for before the first touch. */
gpointer
_umk_hnsw_alloc_walked(gsize n_bytes)
{
    gsize alignment = n_bytes >= HUGE_PAGE ? HUGE_PAGE : UMK_ALIGN;
    gsize whole = (n_bytes / alignment + 1) * alignment;
    gpointer memory;

    if (whole < n_bytes)
        return NULL;
    memory = aligned_alloc(alignment, whole);
#ifdef MADV_HUGEPAGE
    if (memory != NULL && alignment == HUGE_PAGE)
        madvise(memory, whole, MADV_HUGEPAGE);
#endif
    return memory;
}

/* Keeps the first n_nodes elements. */
static gboolean
grow_walked(const UmkHnsw *self, gpointer *array, gsize room, gsize size, GError **error)
{
    gsize n_bytes;
    gpointer bigger =
        _umk_size_mul(room, size, &n_bytes) ? _umk_hnsw_alloc_walked(n_bytes) : NULL;

    if (bigger == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_TOO_LARGE,
                    _("There is no memory for a graph of %zu nodes"), room);
        return FALSE;
    }
    if (self->n_nodes > 0)
        memcpy(bigger, *array, self->n_nodes * size);
    _umk_free_aligned(*array);
    *array = bigger;
    return TRUE;
}

/* As g_malloc(): what was mapped has to fit once more. */
static gpointer
alloc_or_end(gsize n_bytes)
{
    gpointer memory = _umk_hnsw_alloc_walked(n_bytes);

    if (memory == NULL)
        g_error("no memory for %zu bytes of a graph", n_bytes);
    return memory;
}

static gpointer
copy_walked(gconstpointer from, gsize n_bytes)
{
    gpointer copy = alloc_or_end(n_bytes);

    if (n_bytes > 0)
        memcpy(copy, from, n_bytes);
    return copy;
}

/* With the terms of an old file brought to their codes. */
static gint8 *
copy_codes(const UmkHnsw *self)
{
    gsize pitch = self->stride + sizeof(UmkHnswTerm), n = self->n_nodes;
    gint8 *copy;

    if (self->pitch == pitch)
        return copy_walked(self->codes, n * pitch);
    copy = alloc_or_end(n * pitch);
    for (gsize row = 0; row < n; row++) {
        memcpy(copy + row * pitch, _umk_hnsw_code(self, row), self->stride);
        memcpy(copy + row * pitch + self->stride, _umk_hnsw_term(self, row),
               sizeof(UmkHnswTerm));
    }
    return copy;
}

/* Numbers whose lists are not where they can be are given up, then links to nodes that
 * are not of their level. */
static void
drop_strange_lists(UmkHnsw *self, guint8 *has_number)
{
    for (gsize i = 0; i < self->n_upper; i++) {
        guint32 row = self->upper_rows[i];
        gboolean good =
            row < self->n_nodes && self->levels[row] > 0 &&
            self->levels[row] <= UMK_HNSW_MAX_LEVEL && !has_number[row] &&
            (guint64) self->upper_at[i] + (guint64) self->levels[row] * self->m <=
                self->n_pool;

        if (good)
            has_number[row] = TRUE;
        else
            self->upper_rows[i] = UMK_HNSW_NONE;
    }
    for (guint32 i = 0; i < self->n_upper; i++) {
        guint32 row = self->upper_rows[i];

        for (guint level = 1; row != UMK_HNSW_NONE && level <= self->levels[row];
             level++) {
            guint32 *links = _umk_hnsw_links(self, level, i);

            for (guint j = 0; j < self->m; j++) {
                guint32 other =
                    links[j] < self->n_upper ? self->upper_rows[links[j]] : UMK_HNSW_NONE;

                if (other == UMK_HNSW_NONE || self->levels[other] < level)
                    links[j] = UMK_HNSW_NONE;
            }
        }
    }
}

/* The next of a chain is a row of a chain, and of one alone. */
static void
drop_strange_chain(UmkHnsw *self, guint32 row, guint8 *has_previous)
{
    guint32 next = self->same[row];

    if (next < self->n_nodes && self->levels[next] == UMK_HNSW_SAME &&
        !has_previous[next])
        has_previous[next] = TRUE;
    else
        self->same[row] = UMK_HNSW_NONE;
}

/* What a file said is followed with care while it is only read; whoever changes the graph
 * relies on it. */
static void
drop_strange_links(UmkHnsw *self)
{
    g_autofree guint8 *has_number = g_malloc0(self->n_nodes + 1);

    for (guint32 row = 0; row < self->n_nodes; row++) {
        guint32 *links = _umk_hnsw_links(self, 0, row);

        for (guint i = 0; i < 2 * self->m; i++)
            if (links[i] >= self->n_nodes || self->levels[links[i]] > UMK_HNSW_MAX_LEVEL)
                links[i] = UMK_HNSW_NONE;
        if (self->same != NULL)
            drop_strange_chain(self, row, has_number);
    }
    memset(has_number, 0, self->n_nodes);
    drop_strange_lists(self, has_number);
    for (gsize row = 0; row < self->n_nodes; row++)
        if (self->levels[row] <= UMK_HNSW_MAX_LEVEL && !has_number[row])
            self->levels[row] = 0;
    if (self->order != NULL)
        _umk_hnsw_check_order(self, has_number);
    _umk_hnsw_choose_entry(self);
}

/* Copies of arrays that lie in a file, made before the first change. */
static void
own_arrays(UmkHnsw *self)
{
    gsize n = self->n_nodes;

    if (self->keep == NULL)
        return;
    set_codes(self, copy_codes(self));
    self->links = copy_walked(self->links, n * 2 * self->m * sizeof *self->links);
    self->levels = g_memdup2(self->levels, n);
    if (self->same != NULL)
        self->same = g_memdup2(self->same, n * sizeof *self->same);
    if (self->order != NULL)
        self->order = g_memdup2(self->order, n * sizeof *self->order);
    self->upper_rows =
        g_memdup2(self->upper_rows, self->n_upper * sizeof *self->upper_rows);
    self->upper_at = g_memdup2(self->upper_at, self->n_upper * sizeof *self->upper_at);
    self->pool = g_memdup2(self->pool, self->n_pool * sizeof *self->pool);
    self->room = n;
    self->upper_room = self->n_upper;
    self->pool_room = self->n_pool;
    drop_strange_links(self);
    drop_file(self);
}

gboolean
_umk_hnsw_reserve(UmkHnsw *self, gsize n_nodes, GError **error)
{
    gsize room = n_nodes, cap = 2 * (gsize) self->m;
    gboolean grown;

    own_arrays(self);
    if (room <= self->room)
        return TRUE;
    if (self->n_nodes > 0)
        room = MAX(room, self->room + self->room / 4);
    grown = grow_walked(self, (gpointer *) &self->codes, room, self->pitch, error);
    set_codes(self, self->codes);
    if (!grown ||
        !grow_walked(self, (gpointer *) &self->links, room, cap * sizeof *self->links,
                     error) ||
        !grow((gpointer *) &self->levels, room, 1, error) ||
        (self->same != NULL &&
         !grow((gpointer *) &self->same, room, sizeof *self->same, error)) ||
        (self->order != NULL &&
         !grow((gpointer *) &self->order, room, sizeof *self->order, error)))
        return FALSE;
    self->room = room;
    return TRUE;
}

gboolean
_umk_hnsw_need_same(UmkHnsw *self, GError **error)
{
    if (self->same != NULL)
        return TRUE;
    if (!grow((gpointer *) &self->same, self->room, sizeof *self->same, error))
        return FALSE;
    for (gsize i = 0; i < self->room; i++)
        self->same[i] = UMK_HNSW_NONE;
    return TRUE;
}

gboolean
_umk_hnsw_add_upper(
    UmkHnsw *self, guint32 row, guint level, guint32 *upper, GError **error)
{
    gsize n_links = (gsize) level * self->m;

    if (self->n_upper == self->upper_room) {
        gsize room = MAX(64, self->n_upper + self->n_upper / 8);

        if (!grow((gpointer *) &self->upper_rows, room, sizeof(guint32), error) ||
            !grow((gpointer *) &self->upper_at, room, sizeof(guint32), error))
            return FALSE;
        self->upper_room = room;
    }
    if (self->n_pool + n_links > self->pool_room) {
        gsize room = MAX(1024, self->n_pool + self->n_pool / 8 + n_links);

        if (room >= UMK_HNSW_NONE ||
            !grow((gpointer *) &self->pool, room, sizeof(guint32), error))
            return FALSE;
        self->pool_room = room;
    }
    *upper = (guint32) self->n_upper;
    self->upper_rows[self->n_upper] = row;
    self->upper_at[self->n_upper++] = (guint32) self->n_pool;
    for (gsize i = 0; i < n_links; i++)
        self->pool[self->n_pool++] = UMK_HNSW_NONE;
    return TRUE;
}

/* Only one node in m has a number, and only removing asks. */
guint32
_umk_hnsw_find_upper(const UmkHnsw *self, guint32 row)
{
    for (gsize i = 0; i < self->n_upper; i++)
        if (self->upper_rows[i] == row)
            return (guint32) i;
    return UMK_HNSW_NONE;
}

gsize
_umk_hnsw_memory(const UmkHnsw *self)
{
    gsize row = self->stride + sizeof(UmkHnswTerm) + 2 * self->m * sizeof(guint32) + 1;
    gsize n = self->keep != NULL ? self->n_nodes : self->room;
    gsize n_upper = self->keep != NULL ? self->n_upper : self->upper_room;
    gsize n_pool = self->keep != NULL ? self->n_pool : self->pool_room;

    row += self->same != NULL ? sizeof *self->same : 0;
    row += self->order != NULL ? sizeof *self->order : 0;
    return n * row + n_upper * 2 * sizeof(guint32) + n_pool * sizeof(guint32) +
           self->n_work * sizeof(float) + sizeof *self;
}

/* ---- scratch ---------------------------------------------------------------------- */

UmkHnswScratch *
_umk_hnsw_take_scratch(UmkHnsw *self)
{
    UmkHnswScratch *scratch = NULL;

    pthread_mutex_lock(&self->scratch_lock);
    if (self->scratches->len > 0)
        scratch = g_ptr_array_steal_index_fast(self->scratches, self->scratches->len - 1);
    pthread_mutex_unlock(&self->scratch_lock);
    if (scratch == NULL) {
        scratch = g_new0(UmkHnswScratch, 1);
        scratch->work = g_new(float, self->n_work + 1);
        scratch->code =
            aligned_alloc(UMK_ALIGN, self->stride + UMK_ALIGN - self->stride % UMK_ALIGN);
        g_assert(scratch->code != NULL);
    }
    if (scratch->room < self->n_nodes) {
        scratch->room = self->n_nodes + self->n_nodes / 8 + 64;
        g_free(scratch->seen);
        scratch->seen = g_new0(guint64, scratch->room / 64 + 1);
        scratch->n_marked = 0;
    }
    return scratch;
}

void
_umk_hnsw_give_scratch(UmkHnsw *self, UmkHnswScratch *scratch)
{
    pthread_mutex_lock(&self->scratch_lock);
    g_ptr_array_add(self->scratches, scratch);
    pthread_mutex_unlock(&self->scratch_lock);
}
