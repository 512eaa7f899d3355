/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A writer is killed at random moments, the collection opened again, and everything in it
 * compared bit for bit with a model. What batch n does depends on n alone, so the model
 * for any commit sequence can be replayed; the writer tells each committed batch through
 * a pipe, and the collection must hold exactly the batches up to the last one told, or
 * that and the one in flight. UMEKOMI_KILLS sets how many kills (50). */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_DIMS 40
#define N_IDS  1500
#define SEED   20261123

/* versions[id] is the batch that wrote it last, 0 when there is no such item. */
typedef struct {
    guint64 versions[N_IDS];
} Model;

static void
make_vector(guint64 id, guint64 version, float *out)
{
    UmkRng rng;

    _umk_rng_init(&rng, id, version);
    for (gsize i = 0; i < N_DIMS; i++)
        out[i] = (float) _umk_rng_normal(&rng);
}

static char *
make_id(guint64 id)
{
    return g_strdup_printf("item-%" G_GUINT64_FORMAT, id);
}

static gboolean
is_compaction(guint64 batch)
{
    return batch % 37 == 0;
}

/* What batch does: ids[0 .. n) are written, ids[n .. n + n_removed) removed. */
static gsize
plan(guint64 batch, guint64 *ids, gsize *n_removed)
{
    UmkRng rng;
    gsize n;

    _umk_rng_init(&rng, SEED, batch);
    n = 1 + (gsize) _umk_rng_below(&rng, batch % 3 == 0 ? 300 : 20);
    *n_removed = (gsize) _umk_rng_below(&rng, 8);
    for (gsize i = 0; i < n + *n_removed; i++)
        ids[i] = _umk_rng_below(&rng, N_IDS);
    return n;
}

static void
play(Model *model, guint64 batch)
{
    guint64 ids[512];
    gsize n, n_removed;

    if (is_compaction(batch))
        return;
    n = plan(batch, ids, &n_removed);
    for (gsize i = 0; i < n; i++)
        model->versions[ids[i]] = batch;
    for (gsize i = n; i < n + n_removed; i++)
        model->versions[ids[i]] = 0;
}

/* ---- the writer, in a process of its own
 * ------------------------------------------------ */

static void
run_batch(UmkCollection *collection, guint64 batch)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autoptr(GError) error = NULL;
    guint64 ids[512];
    gsize n_removed, n = plan(batch, ids, &n_removed);
    g_autofree float *values = g_new(float, n *N_DIMS);

    for (gsize i = 0; i < n; i++) {
        g_autofree char *id = make_id(ids[i]);
        g_autoptr(UmkItem) item = umk_item_new_for_text(id);

        umk_item_set_id(item, id);
        umk_items_append(items, item);
        make_vector(ids[i], batch, values + i * N_DIMS);
    }
    vectors = umk_matrix_new_from_data(n, N_DIMS, values, NULL);
    if (!umk_collection_append(collection, "m", items, vectors, &error))
        g_error("%s", error->message);
    for (gsize i = n; i < n + n_removed; i++) {
        g_autofree char *id = make_id(ids[i]);

        umk_collection_remove(collection, id, NULL);
    }
    if (!umk_collection_commit(collection, &error))
        g_error("%s", error->message);
}

static void
write_until_killed(const char *path, int acks)
{
    g_autoptr(GError) error = NULL;
    UmkCollection *collection = umk_collection_open(path, UMK_OPEN_WRITE, &error);

    if (collection == NULL)
        g_error("%s", error->message);
    for (;;) {
        guint64 batch = umk_collection_get_sequence(collection) + 1;

        if (!is_compaction(batch))
            run_batch(collection, batch);
        else if (!umk_collection_compact(collection, NULL, NULL, NULL, &error))
            g_error("%s", error->message);
        if (write(acks, &batch, sizeof batch) != sizeof batch)
            _exit(1);
    }
}

/* ---- the judge
 * ------------------------------------------------------------------------------ */

static void
assert_equals_model(UmkCollection *collection, const Model *model)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) problems = umk_collection_verify(collection, NULL, NULL, NULL, &error);
    g_autoptr(UmkMatrix) vectors = NULL;
    gsize n_items = 0;

    g_assert_no_error(error);
    if (problems[0] != NULL)
        g_test_message("%s", problems[0]);
    g_assert_cmpuint(g_strv_length(problems), ==, 0);
    vectors = umk_collection_get_vectors(collection, NULL, NULL, &error);
    g_assert_no_error(error);
    for (guint64 id = 0; id < N_IDS; id++) {
        g_autofree char *name = make_id(id);
        float values[N_DIMS];
        gsize row;

        g_assert_true(umk_collection_find(collection, name, &row) ==
                      (model->versions[id] != 0));
        if (model->versions[id] == 0)
            continue;
        make_vector(id, model->versions[id], values);
        g_assert_cmpmem(umk_matrix_get_row(vectors, row, NULL), sizeof values, values,
                        sizeof values);
        n_items++;
    }
    g_assert_cmpuint(umk_collection_get_n_items(collection), ==, n_items);
}

/* Lets a writer run, kills it, returns the last batch it told of (0: none). */
static guint64
run_and_kill(const char *path, gulong microseconds)
{
    guint64 batch, last = 0;
    int pipe_ends[2], status;
    pid_t child;

    g_assert_cmpint(pipe(pipe_ends), ==, 0);
    child = fork();
    g_assert_cmpint(child, >=, 0);
    if (child == 0) {
        close(pipe_ends[0]);
        write_until_killed(path, pipe_ends[1]);
        _exit(0);
    }
    close(pipe_ends[1]);
    /* Most are let get to work first, however busy the machine; some die while opening.
     */
    if (microseconds % 4 != 0)
        poll(&(struct pollfd){.fd = pipe_ends[0], .events = POLLIN}, 1, 5000);
    g_usleep(microseconds);
    g_assert_cmpint(kill(child, SIGKILL), ==, 0);
    while (read(pipe_ends[0], &batch, sizeof batch) == sizeof batch)
        last = batch;
    close(pipe_ends[0]);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return last;
}

static void
test_kill(void)
{
    const char *asked = g_getenv("UMEKOMI_KILLS");
    guint n_kills = asked != NULL ? (guint) atoi(asked) : 50;
    g_autofree char *folder = g_dir_make_tmp("umekomi-kill-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "kill.ume", NULL);
    g_autofree Model *model = g_new0(Model, 1);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    guint64 played = 1, told = 1, n_told_kills = 0, n_in_flight = 0;
    UmkRng rng;

    {
        g_autoptr(UmkSpace) space = umk_space_new("s", N_DIMS, UMK_METRIC_DOT);
        g_autoptr(UmkCollection) collection = NULL;

        g_assert_true(umk_space_join(space, "f", N_DIMS, NULL));
        collection = umk_collection_create(path, space, NULL);
        g_assert_true(umk_collection_add_model(collection, "m", "f", N_DIMS, NULL, NULL));
        g_assert_true(umk_collection_commit(collection, NULL));
    }
    _umk_rng_init(&rng, (guint64) g_get_real_time(), 0);
    for (guint i = 0; i < n_kills; i++) {
        guint64 last = run_and_kill(path, 1000 + (gulong) _umk_rng_below(&rng, 90000));
        g_autoptr(GError) error = NULL;
        g_autoptr(UmkCollection) collection = NULL;
        guint64 sequence;

        told = MAX(told, last);
        n_told_kills += last != 0;
        collection =
            umk_collection_open(path, i % 2 ? UMK_OPEN_READ : UMK_OPEN_WRITE, &error);
        g_assert_no_error(error);
        sequence = umk_collection_get_sequence(collection);
        g_assert_cmpuint(sequence, >=, told);
        g_assert_cmpuint(sequence, <=, told + 1);
        n_in_flight += sequence > told;
        told = sequence;
        while (played < sequence)
            play(model, ++played);
        assert_equals_model(collection, model);
    }
    g_test_message("%u kills, %" G_GUINT64_FORMAT
                   " with acknowledged batches, %" G_GUINT64_FORMAT
                   " caught between commit and acknowledgement, %" G_GUINT64_FORMAT
                   " batches in all",
                   n_kills, n_told_kills, n_in_flight, played);
    g_assert_cmpuint(played, >, n_kills / 4);
    g_assert_cmpint(system(command), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/kill", test_kill);
    return g_test_run();
}
