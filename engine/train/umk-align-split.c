/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pairs as a graph of sources and targets: its connected components, found by union-find,
 * are shuffled and dealt out whole. */
#include "train/umk-align-split-private.h"

#include "core/umk-rng-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>

#define MIN_COMPONENTS 8
#define STREAM         7 /* of the seed; the trainer draws from others */

gsize
_umk_group_rows(const float *rows, gsize n, gsize n_dims, guint32 *groups)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(
        g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
    gsize n_groups = 0;

    for (gsize i = 0; i < n; i++) {
        g_autoptr(GBytes) key =
            g_bytes_new_static(rows + i * n_dims, n_dims * sizeof(float));
        gpointer found = g_hash_table_lookup(seen, key);

        if (found == NULL) {
            found = GSIZE_TO_POINTER(++n_groups);
            g_hash_table_insert(seen, g_bytes_ref(key), found);
        }
        groups[i] = (guint32) (GPOINTER_TO_SIZE(found) - 1);
    }
    return n_groups;
}

static guint32
find_root(guint32 *parents, guint32 node)
{
    while (parents[node] != node) {
        parents[node] = parents[parents[node]];
        node = parents[node];
    }
    return node;
}

/* components (n) gets each pair's number, in order of appearance. */
static gsize
find_components(const guint32 *from, const guint32 *to, gsize n, guint32 *components)
{
    g_autofree guint32 *parents = g_new(guint32, n);
    g_autofree guint32 *first_from = g_new(guint32, n);
    g_autofree guint32 *first_to = g_new(guint32, n);
    g_autofree guint32 *numbers = g_new(guint32, n);
    gsize n_components = 0;

    for (gsize i = 0; i < n; i++)
        first_from[i] = first_to[i] = numbers[i] = G_MAXUINT32;
    for (gsize i = 0; i < n; i++) {
        guint32 *const seen[] = {&first_from[from[i]], &first_to[to[i]]};

        parents[i] = (guint32) i;
        for (guint side = 0; side < G_N_ELEMENTS(seen); side++) {
            if (*seen[side] == G_MAXUINT32)
                *seen[side] = (guint32) i;
            else
                parents[find_root(parents, (guint32) i)] =
                    find_root(parents, *seen[side]);
        }
    }
    for (gsize i = 0; i < n; i++) {
        guint32 root = find_root(parents, (guint32) i);

        if (numbers[root] == G_MAXUINT32)
            numbers[root] = (guint32) n_components++;
        components[i] = numbers[root];
    }
    return n_components;
}

gboolean
_umk_align_split(const guint32 *from,
                 const guint32 *to,
                 gsize n,
                 double test_share,
                 double validation_share,
                 guint64 seed,
                 guint8 *parts,
                 GError **error)
{
    g_autofree guint32 *components = g_new(guint32, MAX(n, 1));
    gsize n_components = find_components(from, to, n, components);
    g_autofree gsize *sizes = g_new0(gsize, MAX(n_components, 1));
    g_autofree guint32 *order = g_new(guint32, MAX(n_components, 1));
    g_autofree guint8 *dealt = g_new0(guint8, MAX(n_components, 1));
    gsize n_test = 0, n_validation = 0, want_test, want_validation, at = 0;
    UmkRng rng;

    if (n_components < MIN_COMPONENTS) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("Pairs that have nothing in common are needed to hold some out: at "
                      "least %d groups of them; there are %zu in %zu pairs"),
                    MIN_COMPONENTS, n_components, n);
        return FALSE;
    }
    _umk_rng_init(&rng, seed, STREAM);
    for (gsize i = 0; i < n_components; i++) {
        gsize j = (gsize) _umk_rng_below(&rng, i + 1);

        order[i] = order[j];
        order[j] = (guint32) i;
    }
    for (gsize i = 0; i < n; i++)
        sizes[components[i]]++;
    want_test = (gsize) MAX(1.0, floor(test_share * (double) n + 0.5));
    /* two components at least stay to learn from, one to validate on */
    for (; at + 3 < n_components && n_test < want_test; at++) {
        dealt[order[at]] = UMK_PART_TEST;
        n_test += sizes[order[at]];
    }
    want_validation =
        (gsize) MAX(1.0, floor(validation_share * (double) (n - n_test) + 0.5));
    for (; at + 2 < n_components && n_validation < want_validation; at++) {
        dealt[order[at]] = UMK_PART_VALIDATION;
        n_validation += sizes[order[at]];
    }
    for (gsize i = 0; i < n; i++)
        parts[i] = dealt[components[i]];
    return TRUE;
}
