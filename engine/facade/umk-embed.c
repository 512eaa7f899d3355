/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items to vectors: sorts items by modality, embeds those that are alike once, asks the
 * cache, cuts the rest into pieces, gives each worker a session of its own, and finds out
 * which item of a failed piece was the bad one. Because every embedder gives an item the
 * same vector in any piece, threads do not matter. */
#include "facade/umk-embed-private.h"
#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "store/umk-vector-cache-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define DEFAULT_HINT 8

/* One call. */
typedef struct {
    UmkModel *model;
    UmkItems *items;
    UmkVectorCache *cache; /* or NULL */
    gsize *first;          /* of each item, the first one like it */
    float *out;            /* (n items, n_dims) */
    char **messages;       /* one an item, NULL where all went well */
    UmkEmbedCounts counts;
    UmkRun *run;
    gsize n_done;
} Call;

/* Its items of one modality that have to be embedded. */
typedef struct {
    Call *call;
    const UmkTower *tower;
    UmkItem **items;
    gsize *positions; /* of those items in the caller's list */
    gsize n;
    guint8 *keys; /* (n, UMK_VECTOR_CACHE_KEY); an item without one has zeros */
    const GArray *pieces;
    gpointer *sessions; /* one a worker, made when first needed */
    atomic_size_t done;
    atomic_bool cancelled;
} Job;

static gboolean
all_finite(const float *row, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (!isfinite(row[i]))
            return FALSE;
    return TRUE;
}

/* One call of the embedder; the rows are scattered to where the caller wants them. */
static gboolean
embed_run(Job *job, gpointer session, gsize begin, gsize end, float *rows, GError **error)
{
    gsize n_dims = job->tower->n_dims;

    memset(rows, 0, (end - begin) * n_dims * sizeof *rows);
    if (!job->tower->ops->session_embed(session, job->items + begin, end - begin, rows,
                                        n_dims, job->call->run, error))
        return FALSE;
    for (gsize i = begin; i < end; i++) {
        const float *row = rows + (i - begin) * n_dims;

        if (!all_finite(row, n_dims)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The model gave a vector that is not finite"));
            return FALSE;
        }
        memcpy(job->call->out + job->positions[i] * n_dims, row, n_dims * sizeof *row);
    }
    return TRUE;
}

static void
embed_piece(Job *job, const UmkEmbedPiece *piece, guint worker)
{
    gsize begin = piece->begin, end = piece->end;
    g_autofree float *rows = g_new(float, (end - begin) * job->tower->n_dims);
    gpointer *session = &job->sessions[worker];
    g_autoptr(GError) error = NULL;

    if (atomic_load(&job->cancelled) || !umk_run_check(job->call->run, NULL)) {
        atomic_store(&job->cancelled, TRUE);
        return;
    }
    if (*session == NULL)
        *session = job->tower->ops->session_new(job->tower->model, &error);
    if (*session == NULL || !embed_run(job, *session, begin, end, rows, &error)) {
        for (gsize i = begin; i < end; i++) {
            g_autoptr(GError) single = NULL;

            if (end - begin == 1 || *session == NULL)
                single = g_error_copy(error);
            else
                embed_run(job, *session, i, i + 1, rows, &single);
            if (single != NULL)
                job->call->messages[job->positions[i]] = g_strdup(single->message);
        }
    }
    atomic_fetch_add(&job->done, end - begin);
    umk_run_report(job->call->run, _("Embedding"),
                   (double) atomic_load(&job->done) /
                       (double) umk_items_get_n_items(job->call->items));
}

static void
embed_pieces(gsize begin, gsize end, guint worker, gpointer data)
{
    Job *job = data;

    for (gsize i = begin; i < end; i++)
        embed_piece(job, &g_array_index(job->pieces, UmkEmbedPiece, i), worker);
}

static void
end_sessions(Job *job, guint n_workers)
{
    UmkEmbedCounts *counts = &job->call->counts;

    for (guint i = 0; i < n_workers; i++) {
        UmkEmbedCounts own = {0};

        if (job->sessions[i] == NULL)
            continue;
        if (job->tower->ops->session_get_counts != NULL)
            job->tower->ops->session_get_counts(job->sessions[i], &own);
        counts->n_texts += own.n_texts;
        counts->n_truncated += own.n_truncated;
        counts->n_tokens += own.n_tokens;
        counts->longest = MAX(counts->longest, own.longest);
        job->tower->ops->session_free(job->sessions[i]);
    }
}

/* What the cache knows is taken from it; the others stay in the job, with their keys. */
static void
take_from_cache(Job *job)
{
    gsize n_dims = job->tower->n_dims, kept = 0;
    g_autoptr(GBytes) start =
        _umk_embed_key_start(job->call->model, job->tower, job->call->cache);

    if (start == NULL)
        return;
    job->keys = g_new0(guint8, (job->n + 1) * UMK_VECTOR_CACHE_KEY);
    _umk_vector_cache_begin(job->call->cache);
    for (gsize i = 0; i < job->n; i++) {
        guint8 *key = job->keys + kept * UMK_VECTOR_CACHE_KEY;
        float *row = job->call->out + job->positions[i] * n_dims;

        if (_umk_embed_key(start, job->items[i], key) &&
            _umk_vector_cache_get(job->call->cache, key, n_dims, row) &&
            all_finite(row, n_dims)) {
            job->call->counts.n_cached++;
            memset(key, 0, UMK_VECTOR_CACHE_KEY);
            continue;
        }
        job->items[kept] = job->items[i];
        job->positions[kept++] = job->positions[i];
    }
    _umk_vector_cache_end(job->call->cache);
    job->n = kept;
}

static void
give_to_cache(const Job *job)
{
    static const guint8 none[UMK_VECTOR_CACHE_KEY];
    gsize n_dims = job->tower->n_dims;

    _umk_vector_cache_begin(job->call->cache);
    for (gsize i = 0; i < job->n; i++) {
        const guint8 *key = job->keys + i * UMK_VECTOR_CACHE_KEY;
        gsize at = job->positions[i];

        if (job->call->messages[at] == NULL && memcmp(key, none, sizeof none) != 0)
            _umk_vector_cache_put(job->call->cache, key, n_dims,
                                  job->call->out + at * n_dims);
    }
    _umk_vector_cache_end(job->call->cache);
}

static gboolean
embed_job(Job *job, GError **error)
{
    guint n_workers = _umk_pool_n_threads();
    gsize hint = job->tower->ops->batch_hint ? job->tower->ops->batch_hint : DEFAULT_HINT;
    g_autofree gpointer *sessions = g_new0(gpointer, n_workers);
    g_autoptr(GArray) pieces = NULL;

    if (job->call->cache != NULL)
        take_from_cache(job);
    pieces = _umk_embed_plan(job->items, job->n, hint, n_workers);
    job->pieces = pieces;
    job->sessions = sessions;
    /* A single piece runs outside the loop, so that what is inside may be parallel. */
    if (pieces->len == 1)
        embed_pieces(0, 1, 0, job);
    else
        _umk_parallel_for(pieces->len, 1, embed_pieces, job);
    end_sessions(job, n_workers);
    if (atomic_load(&job->cancelled)) {
        umk_run_check(job->call->run, error);
        if (error != NULL && *error == NULL)
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _("Cancelled"));
        return FALSE;
    }
    if (job->keys != NULL)
        give_to_cache(job);
    return TRUE;
}

static gboolean
embed_modality(Call *call, UmkModality modality, GError **error)
{
    gsize n_items = umk_items_get_n_items(call->items), n_mine = 0;
    g_autofree UmkItem **mine = g_new(UmkItem *, n_items);
    g_autofree gsize *positions = g_new(gsize, n_items);
    Job job = {.call = call, .items = mine, .positions = positions};
    gboolean ok;

    for (gsize i = 0; i < n_items; i++) {
        if (umk_item_get_modality(umk_items_get(call->items, i)) != modality)
            continue;
        n_mine++;
        if (call->first[i] != i)
            continue;
        mine[job.n] = umk_items_get(call->items, i);
        positions[job.n++] = i;
    }
    if (n_mine == 0)
        return TRUE;
    job.tower = _umk_model_get_tower(call->model, modality, call->run, error);
    if (job.tower == NULL)
        return FALSE;
    atomic_store(&job.done, call->n_done);
    ok = embed_job(&job, error);
    g_free(job.keys);
    call->n_done += n_mine;
    return ok;
}

static void
copy_repeats(Call *call, gsize n_dims)
{
    gsize n_items = umk_items_get_n_items(call->items);

    for (gsize i = 0; i < n_items; i++) {
        gsize first = call->first[i];

        if (first == i)
            continue;
        memcpy(call->out + i * n_dims, call->out + first * n_dims,
               n_dims * sizeof(float));
        call->messages[i] = g_strdup(call->messages[first]);
        call->counts.n_repeated++;
    }
}

/* The length of the vectors, after every tower that is needed has been loaded. */
static gboolean
load_towers(Call *call, gsize *n_dims, GError **error)
{
    gboolean wanted[UMK_N_MODALITIES] = {FALSE};

    *n_dims = 0;
    for (gsize i = 0; i < umk_items_get_n_items(call->items); i++)
        wanted[umk_item_get_modality(umk_items_get(call->items, i))] = TRUE;
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        const UmkTower *tower;

        if (!wanted[m])
            continue;
        tower = _umk_model_get_tower(call->model, (UmkModality) m, call->run, error);
        if (tower == NULL)
            return FALSE;
        *n_dims = tower->n_dims;
    }
    if (*n_dims == 0)
        *n_dims = umk_model_get_n_dims(call->model);
    return TRUE;
}

static UmkMatrix *
embed(Call *call, GError **error)
{
    gsize n_items = umk_items_get_n_items(call->items), n_dims, count;
    g_autoptr(GBytes) bytes = NULL;
    g_autofree gsize *first = _umk_embed_find_repeats(call->items);

    if (!load_towers(call, &n_dims, error))
        return NULL;
    if (!_umk_size_mul(n_items, n_dims, &count))
        count = G_MAXSIZE;
    call->out =
        _umk_alloc_aligned(count, sizeof *call->out, _("A matrix of vectors"), error);
    if (call->out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(call->out, count * sizeof *call->out);
    memset(call->out, 0, count * sizeof *call->out);
    call->first = first;
    for (guint m = 0; m < UMK_N_MODALITIES; m++)
        if (!embed_modality(call, (UmkModality) m, error))
            return NULL;
    copy_repeats(call, n_dims);
    umk_run_report(call->run, _("Embedding"), 1.0);
    return umk_matrix_new_from_bytes(n_items, n_dims, bytes, error);
}

/**
 * umk_model_embed:
 * @self: a model
 * @items: what to embed; modalities may be mixed
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * A vector depends on its item alone: batch, order and number of threads change no bit.
 *
 * Returns: (transfer full): (n_items, n_dims), in the order of @items; an error at the
 * first item that cannot be embedded
 */
UmkMatrix *
umk_model_embed(UmkModel *self,
                UmkItems *items,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkMatrix) matrix = NULL;

    g_return_val_if_fail(self != NULL && items != NULL, NULL);
    matrix = umk_model_embed_each(self, items, failures, cancellable, progress,
                                  progress_data, error);
    for (guint i = 0; matrix != NULL && i < failures->len; i++) {
        if (failures->pdata[i] != NULL) {
            const char *path = umk_item_get_path(umk_items_get(items, i));
            const char *why = failures->pdata[i];

            if (path != NULL)
                g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, "%s%s%s",
                            strstr(why, path) ? "" : path, strstr(why, path) ? "" : ": ",
                            why);
            else
                g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("Item %u: %s"),
                            i + 1, why);
            return NULL;
        }
    }
    return g_steal_pointer(&matrix);
}

/**
 * umk_model_embed_each:
 * @self: a model
 * @items: what to embed; modalities may be mixed
 * @failures: (element-type utf8): an empty array with g_free() as its free function; gets
 * one entry an item, %NULL where all went well
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error that concerns the whole
 *
 * Goes on past items that cannot be embedded: their rows are zero and @failures says why.
 *
 * Returns: (transfer full): (n_items, n_dims), in the order of @items
 */
UmkMatrix *
umk_model_embed_each(UmkModel *self,
                     UmkItems *items,
                     GPtrArray *failures,
                     GCancellable *cancellable,
                     UmkProgressFunc progress,
                     gpointer progress_data,
                     GError **error)
{
    return umk_model_embed_counted(self, items, NULL, NULL, failures, cancellable,
                                   progress, progress_data, error);
}

/**
 * umk_model_embed_counted:
 * @self: a model
 * @items: what to embed; modalities may be mixed
 * @cache: (nullable): vectors made before, in this process or another; new ones are added
 * @counts: (out caller-allocates) (optional): what it came to; texts whose vector came
 *   from the cache or from an item like them are not read and not counted as texts
 * @failures: (element-type utf8): an empty array with g_free() as its free function; gets
 *   one entry an item, %NULL where all went well
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error that concerns the whole
 *
 * umk_model_embed_each() with a cache and an account. A vector from the cache has the
 * bits that embedding the item again would give.
 *
 * Returns: (transfer full): (n_items, n_dims), in the order of @items
 */
UmkMatrix *
umk_model_embed_counted(UmkModel *self,
                        UmkItems *items,
                        UmkVectorCache *cache,
                        UmkEmbedCounts *counts,
                        GPtrArray *failures,
                        GCancellable *cancellable,
                        UmkProgressFunc progress,
                        gpointer progress_data,
                        GError **error)
{
    g_auto(UmkRun) run = {0};
    Call call = {.model = self, .items = items, .cache = cache, .run = &run};
    UmkMatrix *matrix;

    g_return_val_if_fail(self != NULL && items != NULL && failures != NULL, NULL);
    g_return_val_if_fail(failures->len == 0, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    g_ptr_array_set_size(failures, (int) umk_items_get_n_items(items));
    call.messages = (char **) failures->pdata;
    matrix = embed(&call, error);
    if (matrix != NULL && counts != NULL)
        *counts = call.counts;
    return matrix;
}
