/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a batch is cut into pieces of work: every item once, enough pieces for the threads,
 * none of them too small, the dearest first. And which items are alike. */
#include <umekomi/umekomi.h>

#include "facade/umk-embed-private.h"

static GPtrArray *
make_texts(gsize n, gsize length)
{
    GPtrArray *items = g_ptr_array_new_with_free_func((GDestroyNotify) umk_item_unref);

    for (gsize i = 0; i < n; i++) {
        g_autofree char *text = g_strnfill(length + i % 7, 'x');

        g_ptr_array_add(items, umk_item_new_for_text(text));
    }
    return items;
}

static GArray *
plan(GPtrArray *items, gsize hint, guint n_threads)
{
    GArray *pieces =
        _umk_embed_plan((UmkItem *const *) items->pdata, items->len, hint, n_threads);
    g_autofree guint8 *seen = g_new0(guint8, items->len + 1);

    for (guint i = 0; i < pieces->len; i++) {
        UmkEmbedPiece piece = g_array_index(pieces, UmkEmbedPiece, i);

        g_assert_cmpuint(piece.begin, <, piece.end);
        g_assert_cmpuint(piece.end - piece.begin, <=, hint);
        if (i > 0)
            g_assert_cmpuint(piece.cost, <=,
                             g_array_index(pieces, UmkEmbedPiece, i - 1).cost);
        for (gsize k = piece.begin; k < piece.end; k++)
            g_assert_cmpuint(seen[k]++, ==, 0);
    }
    for (guint k = 0; k < items->len; k++)
        g_assert_cmpuint(seen[k], ==, 1);
    return pieces;
}

static void
expect_pieces(GPtrArray *items, gsize hint, guint n_threads, guint least, guint most)
{
    g_autoptr(GArray) pieces = plan(items, hint, n_threads);

    g_assert_cmpuint(pieces->len, >=, least);
    g_assert_cmpuint(pieces->len, <=, most);
    g_ptr_array_unref(items);
}

static void
test_texts(void)
{
    expect_pieces(make_texts(0, 0), 256, 2, 0, 0);
    expect_pieces(make_texts(1, 20), 256, 2, 1, 1);
    expect_pieces(make_texts(4, 20), 256, 2, 1, 1);   /* not worth a thread */
    expect_pieces(make_texts(2, 2000), 256, 2, 2, 2); /* one each */
    expect_pieces(make_texts(4, 400), 256, 2, 2, 4);  /* both are busy */
    expect_pieces(make_texts(1000, 400), 256, 1, 150, 250);
    expect_pieces(make_texts(1000, 10), 16, 2, 63, 70); /* the embedder asked for 16 */
}

/* With more than one thread the last pieces are small, so that all end together. */
static void
test_tail(void)
{
    g_autoptr(GPtrArray) items = make_texts(1000, 100);
    g_autoptr(GArray) pieces = plan(items, 256, 2);
    const UmkEmbedPiece *p = (const UmkEmbedPiece *) (gconstpointer) pieces->data;

    g_assert_cmpuint(p[0].cost, >=, 500);
    g_assert_cmpuint(p[pieces->len - 1].cost, <=, 80);
}

static void
test_others(void)
{
    g_autoptr(GPtrArray) items =
        g_ptr_array_new_with_free_func((GDestroyNotify) umk_item_unref);
    g_autoptr(GArray) one = NULL;
    g_autoptr(GArray) two = NULL;

    for (guint i = 0; i < 8; i++)
        g_ptr_array_add(items, umk_item_new_for_file(UMK_MODALITY_IMAGE, "x.png"));
    one = plan(items, 8, 1);
    two = plan(items, 8, 2);
    g_assert_cmpuint(one->len, ==, 1);
    g_assert_cmpuint(two->len, >=, 2);
}

static void
test_alike(void)
{
    static const char *const texts[] = {"a", "b", "a", "", "b", "", "a "};
    static const gsize expected[] = {0, 1, 0, 3, 1, 3, 6, 7, 7, 9};
    g_autoptr(UmkItems) items = umk_items_new();
    g_autofree gsize *first = NULL;
    UmkItem *more[] = {umk_item_new_for_file(UMK_MODALITY_IMAGE, "a"),
                       umk_item_new_for_file(UMK_MODALITY_IMAGE, "a"),
                       umk_item_new_for_file(UMK_MODALITY_AUDIO, "a")};

    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_text(texts[i]);

        umk_items_append(items, item);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(more); i++) {
        umk_items_append(items, more[i]);
        umk_item_unref(more[i]);
    }
    first = _umk_embed_find_repeats(items);
    g_assert_cmpmem(first, sizeof expected, expected, sizeof expected);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/embed-plan/texts", test_texts);
    g_test_add_func("/embed-plan/tail", test_tail);
    g_test_add_func("/embed-plan/others", test_others);
    g_test_add_func("/embed-plan/alike", test_alike);
    return g_test_run();
}
