/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A writer is killed at random moments, the collection opened again, and everything in it
 * compared bit for bit with a model. What batch n does depends on n alone, so the model
 * for any commit sequence can be replayed; the writer tells each committed batch through
 * a pipe, and the collection must hold exactly the batches up to the last one told, or
 * that and the one in flight. UMEKOMI_KILLS sets how many kills (50). */
#include "oracle.h"

#include "core/umk-rng-private.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the writer, in a process of its own ------------------------------------------ */

static void
write_until_killed(const char *path, int acks)
{
    g_autoptr(GError) error = NULL;
    UmkCollection *collection = umk_collection_open(path, UMK_OPEN_WRITE, &error);

    if (collection == NULL)
        g_error("%s", error->message);
    for (;;) {
        guint64 batch = umk_collection_get_sequence(collection) + 1;

        if (!oracle_run_batch(collection, batch, &error))
            g_error("%s", error->message);
        if (write(acks, &batch, sizeof batch) != sizeof batch)
            _exit(1);
    }
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
    g_autofree Oracle *oracle = g_new0(Oracle, 1);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    guint64 told = 1, n_told_kills = 0, n_in_flight = 0;
    UmkRng rng;

    oracle_create(path);
    oracle->played = 1;
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
        oracle_assert_equals(oracle, collection, sequence);
    }
    g_test_message("%u kills, %" G_GUINT64_FORMAT
                   " with acknowledged batches, %" G_GUINT64_FORMAT
                   " caught between commit and acknowledgement, %" G_GUINT64_FORMAT
                   " batches in all",
                   n_kills, n_told_kills, n_in_flight, oracle->played);
    g_assert_cmpuint(oracle->played, >, n_kills / 4);
    g_assert_cmpint(system(command), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/kill", test_kill);
    return g_test_run();
}
