/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model that crash tests compare a collection with. */
#include "oracle.h"

#include "core/umk-rng-private.h"

#define SEED 20261123

static void
make_vector(guint64 id, guint64 version, float *out)
{
    UmkRng rng;

    _umk_rng_init(&rng, id, version);
    for (gsize i = 0; i < ORACLE_DIMS; i++)
        out[i] = (float) _umk_rng_normal(&rng);
}

static char *
make_id(guint64 id)
{
    return g_strdup_printf("item-%" G_GUINT64_FORMAT, id);
}

gboolean
oracle_is_compaction(guint64 batch)
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
        ids[i] = _umk_rng_below(&rng, ORACLE_IDS);
    return n;
}

static void
play(Oracle *self, guint64 batch)
{
    guint64 ids[512];
    gsize n, n_removed;

    if (oracle_is_compaction(batch))
        return;
    n = plan(batch, ids, &n_removed);
    for (gsize i = 0; i < n; i++)
        self->versions[ids[i]] = batch;
    for (gsize i = n; i < n + n_removed; i++)
        self->versions[ids[i]] = 0;
}

void
oracle_create(const char *path)
{
    g_autoptr(UmkSpace) space = umk_space_new("s", ORACLE_DIMS, UMK_METRIC_DOT);
    g_autoptr(UmkCollection) collection = NULL;

    g_assert_true(umk_space_join(space, "f", ORACLE_DIMS, NULL));
    collection = umk_collection_create(path, space, NULL);
    g_assert_true(
        umk_collection_add_model(collection, "m", "f", ORACLE_DIMS, NULL, NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
}

gboolean
oracle_run_batch(UmkCollection *collection, guint64 batch, GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) vectors = NULL;
    g_autofree float *values = NULL;
    guint64 ids[512];
    gsize n, n_removed;

    if (oracle_is_compaction(batch))
        return umk_collection_compact(collection, NULL, NULL, NULL, error);
    n = plan(batch, ids, &n_removed);
    values = g_new(float, n *ORACLE_DIMS);
    for (gsize i = 0; i < n; i++) {
        g_autofree char *id = make_id(ids[i]);
        g_autoptr(UmkItem) item = umk_item_new_for_text(id);

        umk_item_set_id(item, id);
        umk_items_append(items, item);
        make_vector(ids[i], batch, values + i * ORACLE_DIMS);
    }
    vectors = umk_matrix_new_from_data(n, ORACLE_DIMS, values, NULL);
    if (!umk_collection_append(collection, "m", items, vectors, error))
        return FALSE;
    for (gsize i = n; i < n + n_removed; i++) {
        g_autofree char *id = make_id(ids[i]);

        umk_collection_remove(collection, id, NULL);
    }
    return umk_collection_commit(collection, error);
}

void
oracle_assert_equals(Oracle *self, UmkCollection *collection, guint64 sequence)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) problems = umk_collection_verify(collection, NULL, NULL, NULL, &error);
    g_autoptr(UmkMatrix) vectors = NULL;
    gsize n_items = 0;

    while (self->played < sequence)
        play(self, ++self->played);
    g_assert_no_error(error);
    if (problems[0] != NULL)
        g_test_message("%s", problems[0]);
    g_assert_cmpuint(g_strv_length(problems), ==, 0);
    vectors = umk_collection_get_vectors(collection, NULL, NULL, &error);
    g_assert_no_error(error);
    for (guint64 id = 0; id < ORACLE_IDS; id++) {
        g_autofree char *name = make_id(id);
        float values[ORACLE_DIMS];
        gsize row;

        g_assert_true(umk_collection_find(collection, name, &row) ==
                      (self->versions[id] != 0));
        if (self->versions[id] == 0)
            continue;
        make_vector(id, self->versions[id], values);
        g_assert_cmpmem(umk_matrix_get_row(vectors, row, NULL), sizeof values, values,
                        sizeof values);
        n_items++;
    }
    g_assert_cmpuint(umk_collection_get_n_items(collection), ==, n_items);
}
