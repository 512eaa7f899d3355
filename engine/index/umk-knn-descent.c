/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NN-descent (Dong, Charikar and Li, "Efficient K-Nearest Neighbor Graph Construction for
 * Generic Similarity Measures", 2011) in a form that does not depend on the number of
 * threads: a pass reads the lists as they stood before it and each list is written by one
 * task alone. Paths of two steps are tried only if one of them is new. */
#include "index/umk-knn-descent-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <glib/gi18n-lib.h>

#include <string.h>

#define N_FORWARD 14 /* of a list, as steps of a path */
#define N_BACK    8  /* lists that a row stands in, likewise */
#define N_CENTRES (12 + N_BACK)
#define TABLE     1024 /* slots for rows already seen; a power of two */
#define MAX_FOUND 320  /* candidates of one row in one pass */
#define CHUNK     256
#define MARK      0x80000000u

/* ---- lists ------------------------------------------------------------------------ */

gboolean
_umk_knn_lists_init(UmkKnnLists *self, gsize n, guint length, GError **error)
{
    gsize count;

    *self = (UmkKnnLists){.n = n, .length = length};
    if (!_umk_size_mul(n, length, &count))
        count = G_MAXSIZE / sizeof(guint64);
    self->entries =
        _umk_alloc_aligned(count, sizeof(guint64), _("The neighbours"), error);
    if (self->entries == NULL)
        return FALSE;
    for (gsize i = 0; i < count; i++)
        self->entries[i] = UMK_KNN_EMPTY;
    return TRUE;
}

void
_umk_knn_lists_clear(UmkKnnLists *self)
{
    g_clear_pointer(&self->entries, _umk_free_aligned);
}

void
_umk_knn_list_insert(guint64 *list, guint length, guint32 squared, guint32 row)
{
    guint64 key = ((guint64) squared << 32) | row;
    guint at = length - 1;

    if (key >= (list[at] & ~UMK_KNN_NEW))
        return;
    while (at > 0 && (list[at - 1] & ~UMK_KNN_NEW) > key)
        at--;
    if (at > 0 && (list[at - 1] & ~UMK_KNN_NEW) == key)
        return;
    memmove(list + at + 1, list + at, (length - 1 - at) * sizeof *list);
    list[at] = key | UMK_KNN_NEW;
}

/* ---- leaves ----------------------------------------------------------------------- */

typedef struct {
    UmkKnnLists *lists;
    const UmkKnnCodes *codes;
    const UmkKnnKernels *kernels;
    const UmkKnnForest *forest;
    const guint32 *order;
    guint32 *forward; /* (n, N_FORWARD), marked where new */
    guint32 *back;    /* (n, N_BACK), likewise */
    guint8 *n_back;   /* (n) */
    gint n_done;
    UmkRun *run;
} Work;

static void
compare_row(const Work *work, const guint32 *rows, gsize i, gsize n)
{
    const UmkKnnCodes *codes = work->codes;
    const guint8 *code = _umk_knn_codes_get(codes, rows[i]);
    guint length = work->lists->length;
    guint64 *list = work->lists->entries + (gsize) rows[i] * length;

    for (gsize j = i + 1; j < n; j += 4) {
        const guint8 *others[4];
        guint32 squared[4];
        gsize n_now = MIN(n - j, 4);

        for (gsize t = 0; t < 4; t++)
            others[t] = _umk_knn_codes_get(codes, rows[j + MIN(t, n_now - 1)]);
        work->kernels->distance_4(code, others, codes->width, squared);
        for (gsize t = 0; t < n_now; t++) {
            _umk_knn_list_insert(list, length, squared[t], rows[j + t]);
            _umk_knn_list_insert(work->lists->entries + (gsize) rows[j + t] * length,
                                 length, squared[t], rows[i]);
        }
    }
}

static void
compare_leaves(gsize begin, gsize end, guint worker, gpointer data)
{
    const Work *work = data;

    for (gsize leaf = begin; leaf < end; leaf++) {
        gsize first, last;

        if (!umk_run_check(work->run, NULL))
            return;
        _umk_knn_forest_leaf(work->forest, leaf, &first, &last);
        for (gsize i = 0; i + 1 < last - first; i++)
            compare_row(work, work->order + first, i, last - first);
    }
}

gboolean
_umk_knn_lists_add_leaves(UmkKnnLists *self,
                          const UmkKnnCodes *codes,
                          const UmkKnnForest *forest,
                          UmkRun *run,
                          GError **error)
{
    Work work = {.lists = self,
                 .codes = codes,
                 .kernels = _umk_knn_kernels(FALSE),
                 .forest = forest,
                 .run = run};

    for (guint t = 0; t < forest->n_trees; t++) {
        work.order = forest->trees[t].order;
        _umk_parallel_for(forest->n_leaves, 4, compare_leaves, &work);
        if (!umk_run_check(run, error))
            return FALSE;
        umk_run_report(run, _("Comparing neighbours in trees"),
                       (double) (t + 1) / (double) forest->n_trees);
    }
    return TRUE;
}

/* ---- one pass --------------------------------------------------------------------- */

static void
freeze_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Work *work = data;
    guint n_used = MIN(work->lists->length, N_FORWARD);

    for (gsize i = begin; i < end; i++) {
        guint64 *list = work->lists->entries + i * work->lists->length;
        guint32 *forward = work->forward + i * N_FORWARD;

        for (guint r = 0; r < N_FORWARD; r++)
            forward[r] = MARK - 1;
        for (guint r = 0; r < n_used; r++) {
            forward[r] = (guint32) list[r];
            list[r] &= ~UMK_KNN_NEW;
        }
    }
}

/* The nearest of those that list a row come first, then by number. */
static gboolean
turn_round(const Work *work)
{
    memset(work->n_back, 0, work->lists->n);
    for (guint r = 0; r < N_FORWARD; r++) {
        if (!umk_run_check(work->run, NULL))
            return FALSE;
        for (gsize i = 0; i < work->lists->n; i++) {
            guint32 entry = work->forward[i * N_FORWARD + r], to = entry & ~MARK;

            if (to == MARK - 1 || work->n_back[to] == N_BACK)
                continue;
            work->back[(gsize) to * N_BACK + work->n_back[to]++] =
                (guint32) i | (entry & MARK);
        }
    }
    return TRUE;
}

typedef struct {
    guint32 table[TABLE]; /* row + 1, 0 where empty */
    guint32 found[MAX_FOUND];
    guint n_found;
} Seen;

/* TRUE the first time. */
static gboolean
mark_seen(Seen *seen, guint32 row)
{
    guint32 at = (row * 0x9e3779b1u) >> 22;

    while (seen->table[at] != 0) {
        if (seen->table[at] == row + 1)
            return FALSE;
        at = (at + 1) % TABLE;
    }
    seen->table[at] = row + 1;
    return TRUE;
}

static void
consider(Seen *seen, guint32 row)
{
    if (row != MARK - 1 && seen->n_found < MAX_FOUND && mark_seen(seen, row))
        seen->found[seen->n_found++] = row;
}

static void
find_candidates(const Work *work, guint32 row, Seen *seen)
{
    const guint32 *forward = work->forward + (gsize) row * N_FORWARD;
    const guint32 *back = work->back + (gsize) row * N_BACK;
    const guint64 *list = work->lists->entries + (gsize) row * work->lists->length;
    guint32 centres[N_CENTRES];
    guint n_centres = 0;

    memset(seen->table, 0, sizeof seen->table);
    seen->n_found = 0;
    mark_seen(seen, row);
    for (guint r = 0; r < MIN(work->lists->length, 64); r++)
        mark_seen(seen, (guint32) (list[r] & ~UMK_KNN_NEW));
    for (guint r = 0; r < N_CENTRES - N_BACK; r++)
        if ((forward[r] & ~MARK) != MARK - 1)
            centres[n_centres++] = forward[r];
    for (guint r = 0; r < work->n_back[row]; r++) {
        centres[n_centres++] = back[r];
        consider(seen, back[r] & ~MARK);
    }
    for (guint c = 0; c < n_centres; c++) {
        const guint32 *ids = work->forward + (gsize) (centres[c] & ~MARK) * N_FORWARD;

        for (guint r = 0; r < N_FORWARD; r++)
            if ((ids[r] | centres[c]) & MARK)
                consider(seen, ids[r] & ~MARK);
    }
}

static void
prefetch_code(const guint8 *code, gsize width)
{
    for (gsize i = 0; i < MIN(width, 1024); i += 64)
        __builtin_prefetch(code + i);
}

static void
improve_row(const Work *work, guint32 row, Seen *seen)
{
    const UmkKnnCodes *codes = work->codes;
    guint64 *list = work->lists->entries + (gsize) row * work->lists->length;
    const guint8 *code = _umk_knn_codes_get(codes, row);

    find_candidates(work, row, seen);
    for (guint i = 0; i < seen->n_found; i++) {
        if (i + 2 < seen->n_found)
            prefetch_code(_umk_knn_codes_get(codes, seen->found[i + 2]), codes->width);
        _umk_knn_list_insert(
            list, work->lists->length,
            work->kernels->distance(code, _umk_knn_codes_get(codes, seen->found[i]),
                                    codes->width),
            seen->found[i]);
    }
}

static void
improve_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    Work *work = data;
    Seen seen;

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize i = begin; i < end; i++)
        improve_row(work, work->order[i], &seen);
    umk_run_report(work->run, _("Comparing neighbours of neighbours"),
                   (double) (gsize) (g_atomic_int_add(&work->n_done, 1) + 1) * CHUNK /
                       (double) work->lists->n);
}

gboolean
_umk_knn_lists_improve(UmkKnnLists *self,
                       const UmkKnnCodes *codes,
                       const guint32 *order,
                       UmkRun *run,
                       GError **error)
{
    g_autofree guint32 *forward =
        _umk_alloc(self->n * N_FORWARD, sizeof(guint32), _("The neighbours"), error);
    g_autofree guint32 *back =
        forward != NULL
            ? _umk_alloc(self->n * N_BACK, sizeof(guint32), _("The neighbours"), error)
            : NULL;
    g_autofree guint8 *n_back =
        back != NULL ? _umk_alloc(self->n, 1, _("The neighbours"), error) : NULL;
    Work work = {.lists = self,
                 .codes = codes,
                 .kernels = _umk_knn_kernels(FALSE),
                 .order = order,
                 .forward = forward,
                 .back = back,
                 .n_back = n_back,
                 .run = run};

    if (n_back == NULL)
        return FALSE;
    _umk_parallel_for(self->n, 4096, freeze_rows, &work);
    if (turn_round(&work))
        _umk_parallel_for(self->n, CHUNK, improve_rows, &work);
    return umk_run_check(run, error);
}
