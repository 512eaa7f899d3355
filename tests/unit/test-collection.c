/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A collection as its users see it: what goes in comes out bit for bit, rows and ids
 * agree through updates and removals, and trouble is an error and never a loss. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "store/umk-collection-private.h"
#include "store/umk-crc32c-private.h"
#include "store/umk-vector-file-private.h"

#include <glib/gstdio.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_DIMS 24
#define FRAME  "frame one"
#define MODEL  "model-1"

typedef struct {
    char *folder;
    char *path;
} Place;

static void
set_up(Place *place, gconstpointer data)
{
    place->folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    place->path = g_build_filename(place->folder, "test.ume", NULL);
}

static void
remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR) &&
            !g_file_test(child, G_FILE_TEST_IS_SYMLINK))
            remove_tree(child);
        else
            g_unlink(child);
    }
    g_clear_pointer(&dir, g_dir_close);
    g_rmdir(path);
}

static void
tear_down(Place *place, gconstpointer data)
{
    remove_tree(place->folder);
    g_free(place->folder);
    g_free(place->path);
}

static UmkCollection *
create(Place *place)
{
    g_autoptr(UmkSpace) space = umk_space_new("space-1", N_DIMS, UMK_METRIC_COSINE);
    g_autoptr(GError) error = NULL;
    UmkCollection *collection;

    g_assert_true(umk_space_join(space, FRAME, N_DIMS, &error));
    collection = umk_collection_create(place->path, space, &error);
    g_assert_no_error(error);
    g_assert_true(umk_collection_add_model(collection, MODEL, FRAME, N_DIMS,
                                           "{\"version\":\"1\"}", &error));
    return collection;
}

static UmkCollection *
open_collection(Place *place, UmkOpenMode mode)
{
    g_autoptr(GError) error = NULL;
    UmkCollection *collection = umk_collection_open(place->path, mode, &error);

    g_assert_no_error(error);
    return collection;
}

/* The vector of an item's n-th version, so that a test needs to remember nothing. */
static void
make_vector(guint64 item, guint64 version, gsize n_dims, float *out)
{
    UmkRng rng;

    _umk_rng_init(&rng, item, version);
    for (gsize i = 0; i < n_dims; i++)
        out[i] = (float) _umk_rng_normal(&rng);
}

static UmkItem *
make_item(guint64 number, guint64 version)
{
    g_autofree char *id = g_strdup_printf("item/%" G_GUINT64_FORMAT " é", number);
    g_autofree char *text = g_strdup_printf(
        "text %" G_GUINT64_FORMAT " v%" G_GUINT64_FORMAT, number, version);
    UmkItem *item = number % 3 == 0 ? umk_item_new_for_text(text)
                    : number % 3 == 1
                        ? umk_item_new_for_file(UMK_MODALITY_IMAGE, "/a b.png")
                        : umk_item_new_for_node(text);

    umk_item_set_id(item, id);
    umk_item_set_caption(item, text);
    if (number % 2 == 0)
        umk_item_set_label(item, number % 4 == 0 ? "four" : "two");
    umk_item_set_field(item, "year", number % 5 == 0 ? "1990" : "2000 \"x\"\n");
    return item;
}

static gboolean
append(UmkCollection *collection, guint64 first, gsize n, guint64 version, GError **error)
{
    g_autoptr(UmkItems) items = umk_items_new();
    g_autofree float *values = g_new(float, n *N_DIMS + 1);
    g_autoptr(UmkMatrix) vectors = NULL;

    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkItem) item = make_item(first + i, version);

        umk_items_append(items, item);
        make_vector(first + i, version, N_DIMS, values + i * N_DIMS);
    }
    vectors = umk_matrix_new_from_data(n, N_DIMS, values, NULL);
    return umk_collection_append(collection, MODEL, items, vectors, error);
}

static void
append_ok(UmkCollection *collection, guint64 first, gsize n, guint64 version)
{
    g_autoptr(GError) error = NULL;

    append(collection, first, n, version, &error);
    g_assert_no_error(error);
}

static void
commit_ok(UmkCollection *collection)
{
    g_autoptr(GError) error = NULL;

    umk_collection_commit(collection, &error);
    g_assert_no_error(error);
}

static void
assert_healthy(UmkCollection *collection)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) problems = umk_collection_verify(collection, NULL, NULL, NULL, &error);

    g_assert_no_error(error);
    if (problems[0] != NULL)
        g_test_message("%s", problems[0]);
    g_assert_cmpuint(g_strv_length(problems), ==, 0);
}

/* Row holds this version of item number, in every way of reading it. */
static void
assert_row(UmkCollection *collection, gsize row, guint64 number, guint64 version)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkItem) expected = make_item(number, version), item = NULL;
    g_autofree char *id = umk_collection_dup_id(collection, row), *frame = NULL;
    g_autoptr(UmkMatrix) vector = NULL, vectors = NULL;
    g_autoptr(GBytes) rows = NULL;
    float values[N_DIMS];
    gsize found;

    make_vector(number, version, N_DIMS, values);
    g_assert_cmpstr(id, ==, umk_item_get_id(expected));
    g_assert_true(umk_collection_find(collection, id, &found));
    g_assert_cmpuint(found, ==, row);
    item = umk_collection_dup_item(collection, row, &error);
    g_assert_no_error(error);
    g_assert_cmpint(umk_item_get_modality(item), ==, umk_item_get_modality(expected));
    g_assert_cmpstr(umk_item_get_caption(item), ==, umk_item_get_caption(expected));
    g_assert_cmpstr(umk_item_get_label(item), ==, umk_item_get_label(expected));
    g_assert_cmpstr(umk_item_get_text(item), ==, umk_item_get_text(expected));
    g_assert_cmpstr(umk_item_get_path(item), ==, umk_item_get_path(expected));
    g_assert_cmpstr(umk_item_get_field(item, "year"), ==,
                    umk_item_get_field(expected, "year"));
    vector = umk_collection_dup_item_vector(collection, row, &frame, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(frame, ==, FRAME);
    g_assert_cmpmem(umk_matrix_get_row(vector, 0, NULL), sizeof values, values,
                    sizeof values);
    vectors = umk_collection_get_vectors(collection, &rows, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(((const guint64 *) g_bytes_get_data(rows, NULL))[row], ==, row);
    g_assert_cmpmem(umk_matrix_get_row(vectors, row, NULL), sizeof values, values,
                    sizeof values);
}

/* ---- parts ------------------------------------------------------------------------ */

static void
test_crc(void)
{
    guint8 bytes[300];

    /* RFC 3720, appendix B.4. */
    memset(bytes, 0, 32);
    g_assert_cmphex(_umk_crc32c(0, bytes, 32), ==, 0x8a9136aa);
    memset(bytes, 0xff, 32);
    g_assert_cmphex(_umk_crc32c(0, bytes, 32), ==, 0x62a8ab43);
    g_assert_cmphex(_umk_crc32c(0, "123456789", 9), ==, 0xe3069283);
    for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8) (i * 37 + 11);
    for (gsize n = 0; n <= sizeof bytes; n++) {
        guint32 split =
            _umk_crc32c(_umk_crc32c(0, bytes, n / 3), bytes + n / 3, n - n / 3);

        g_assert_cmphex(_umk_crc32c(0, bytes, n), ==, _umk_crc32c_plain(0, bytes, n));
        g_assert_cmphex(_umk_crc32c(0, bytes, n), ==, split);
    }
}

/* ---- round trips ------------------------------------------------------------------ */

static void
test_round_trip(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);
    g_auto(GStrv) models = NULL, labels = NULL;
    g_autofree char *provenance = NULL, *uuid = NULL;
    g_autoptr(GBytes) modalities = NULL, label_rows = NULL;
    g_autoptr(GError) error = NULL;
    const gint32 *label;

    uuid = g_strdup(umk_collection_get_uuid(collection));
    append_ok(collection, 0, 1, 0);
    append_ok(collection, 1, 2999, 0);
    commit_ok(collection);
    assert_healthy(collection);
    g_clear_pointer(&collection, umk_collection_unref);

    for (int mode = UMK_OPEN_READ; mode <= UMK_OPEN_WRITE; mode++) {
        collection = open_collection(place, (UmkOpenMode) mode);
        g_assert_cmpuint(umk_collection_get_n_items(collection), ==, 3000);
        g_assert_cmpuint(umk_collection_get_sequence(collection), ==, 1);
        g_assert_cmpstr(umk_collection_get_uuid(collection), ==, uuid);
        g_assert_cmpstr(umk_space_get_name(umk_collection_get_space(collection)), ==,
                        "space-1");
        for (gsize row = 0; row < 3000; row += row < 10 ? 1 : 149)
            assert_row(collection, row, row, 0);
        assert_row(collection, 2999, 2999, 0);
        assert_healthy(collection);
        if (mode == UMK_OPEN_READ)
            g_clear_pointer(&collection, umk_collection_unref);
    }
    g_assert_false(umk_collection_find(collection, "item/3000 é", NULL));
    g_assert_null(umk_collection_dup_id(collection, 3000));
    g_assert_null(umk_collection_dup_item(collection, 3000, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_null(umk_collection_dup_item_vector(collection, 3000, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);

    models = umk_collection_list_models(collection);
    g_assert_cmpuint(g_strv_length(models), ==, 1);
    provenance = umk_collection_dup_model_provenance(collection, MODEL);
    g_assert_cmpstr(provenance, ==, "{\"version\":\"1\"}");
    modalities = umk_collection_dup_modalities(collection, NULL);
    g_assert_cmpuint(g_bytes_get_size(modalities), ==, 3000);
    g_assert_cmpuint(((const guint8 *) g_bytes_get_data(modalities, NULL))[4], ==,
                     UMK_MODALITY_IMAGE);
    label_rows = umk_collection_dup_labels(collection, &labels, NULL);
    g_assert_cmpuint(g_strv_length(labels), ==, 2);
    label = g_bytes_get_data(label_rows, NULL);
    g_assert_cmpint(label[1], ==, -1);
    g_assert_cmpstr(labels[label[4]], ==, "four");
    g_assert_cmpstr(labels[label[6]], ==, "two");
}

static void
test_update_remove_compact(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);
    g_autoptr(UmkMatrix) before = NULL;
    g_autofree float *copy = NULL;
    g_autoptr(GError) error = NULL;

    append_ok(collection, 0, 2500, 0);
    commit_ok(collection);
    before = umk_collection_get_vectors(collection, NULL, NULL, NULL);
    copy = g_memdup2(umk_matrix_get_row(before, 0, NULL), 2500 * N_DIMS * sizeof(float));
    append_ok(collection, 100, 50, 1);   /* replaced */
    append_ok(collection, 2400, 200, 1); /* half of it new */
    g_assert_true(umk_collection_remove(collection, "item/0 é", &error));
    g_assert_true(umk_collection_remove(collection, "item/1200 é", &error));
    g_assert_false(umk_collection_remove(collection, "item/1200 é", &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    commit_ok(collection);

    for (int turn = 0; turn < 3; turn++) {
        g_assert_cmpuint(umk_collection_get_n_items(collection), ==, 2598);
        assert_row(collection, 0, 1, 0);
        assert_row(collection, 98, 99, 0);
        assert_row(collection, 99, 100, 1);
        assert_row(collection, 148, 149, 1);
        assert_row(collection, 149, 150, 0);
        assert_row(collection, 1198, 1199, 0);
        assert_row(collection, 1199, 1201, 0);
        assert_row(collection, 2398, 2400, 1);
        assert_row(collection, 2597, 2599, 1);
        assert_healthy(collection);
        if (turn == 0) {
            g_clear_pointer(&collection, umk_collection_unref);
            collection = open_collection(place, UMK_OPEN_WRITE);
        } else if (turn == 1) {
            umk_collection_compact(collection, NULL, NULL, NULL, &error);
            g_assert_no_error(error);
        }
    }
    /* A matrix handed out is not touched by what came after. */
    g_assert_cmpmem(umk_matrix_get_row(before, 0, NULL), 2500 * N_DIMS * sizeof(float),
                    copy, 2500 * N_DIMS * sizeof(float));
    g_assert_true(umk_collection_compact(collection, NULL, NULL, NULL, NULL));
    append_ok(collection, 5000, 10, 0);
    commit_ok(collection);
    assert_row(collection, 2598, 5000, 0);
    assert_healthy(collection);
}

static void
test_same_id_twice_in_batch(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) a = make_item(1, 0), b = make_item(1, 7);
    float values[2 * N_DIMS];
    g_autoptr(UmkMatrix) vectors = NULL;

    make_vector(1, 0, N_DIMS, values);
    make_vector(1, 7, N_DIMS, values + N_DIMS);
    vectors = umk_matrix_new_from_data(2, N_DIMS, values, NULL);
    umk_items_append(items, a);
    umk_items_append(items, b);
    g_assert_true(umk_collection_append(collection, MODEL, items, vectors, NULL));
    commit_ok(collection);
    g_assert_cmpuint(umk_collection_get_n_items(collection), ==, 1);
    assert_row(collection, 0, 1, 7);
    assert_healthy(collection);
}

static void
test_uncommitted_is_lost(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);

    append_ok(collection, 0, 10, 0);
    commit_ok(collection);
    append_ok(collection, 10, 2000, 0);
    append_ok(collection, 3, 2, 1);
    g_assert_cmpuint(umk_collection_get_n_items(collection), ==, 2010);
    assert_row(collection, 2009, 2009, 0);
    assert_row(collection, 4, 4, 1);
    g_clear_pointer(&collection, umk_collection_unref);
    collection = open_collection(place, UMK_OPEN_WRITE);
    g_assert_cmpuint(umk_collection_get_n_items(collection), ==, 10);
    assert_row(collection, 4, 4, 0);
    assert_healthy(collection);
    append_ok(collection, 50, 5, 0);
    commit_ok(collection);
    assert_row(collection, 10, 50, 0);
    assert_healthy(collection);
}

/* ---- several frames --------------------------------------------------------------- */

static void
test_frames(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) other = NULL, vectors = NULL, frame = NULL;
    g_autoptr(GBytes) rows = NULL, frame_rows = NULL;
    g_autoptr(GError) error = NULL;
    float values[3 * 5];

    append_ok(collection, 0, 4, 0);
    g_assert_true(
        umk_collection_add_model(collection, "walks", "frame/two", 5, NULL, &error));
    g_assert_false(
        umk_collection_add_model(collection, "walks", "frame/two", 6, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_false(
        umk_collection_add_model(collection, "walks", FRAME, N_DIMS, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_clear_error(&error);
    for (guint i = 0; i < 3; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_node("n");
        g_autofree char *id = g_strdup_printf("node %u", i);

        umk_item_set_id(item, id);
        umk_items_append(items, item);
        make_vector(i, 99, 5, values + i * 5);
    }
    other = umk_matrix_new_from_data(3, 5, values, NULL);
    g_assert_true(umk_collection_append(collection, "walks", items, other, &error));
    append_ok(collection, 4, 2, 0);
    commit_ok(collection);
    g_clear_pointer(&collection, umk_collection_unref);
    collection = open_collection(place, UMK_OPEN_READ);

    /* Nothing joins the second frame to the space, so its items are left out. */
    vectors = umk_collection_get_vectors(collection, &rows, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_matrix_get_n_rows(vectors), ==, 6);
    g_assert_cmpuint(((const guint64 *) g_bytes_get_data(rows, NULL))[4], ==, 7);
    frame = umk_collection_get_frame_vectors(collection, "frame/two", &frame_rows, NULL,
                                             &error);
    g_assert_no_error(error);
    g_assert_true(
        g_bytes_equal(umk_matrix_get_bytes(frame), umk_matrix_get_bytes(other)));
    g_assert_cmpuint(((const guint64 *) g_bytes_get_data(frame_rows, NULL))[2], ==, 6);
    g_assert_null(
        umk_collection_get_frame_vectors(collection, "none", NULL, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    assert_healthy(collection);
}

/* A frame with an aligner goes through it, and the result is kept until the next commit.
 */
static void
test_aligned_frame(Place *place, gconstpointer data)
{
    enum { N = 12000, D = 5 };
    g_autoptr(UmkCollection) collection = create(place);
    g_autofree float *from = g_new(float, N *D), *to = g_new(float, 60 * N_DIMS);
    g_autofree char *kept = g_build_filename(place->path, "derived", "space.umd", NULL);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkMatrix) all = NULL, anchors = NULL, targets = NULL, expected = NULL;
    g_autoptr(UmkMatrix) first = NULL, again = NULL, damaged = NULL;
    g_autoptr(GBytes) rows = NULL, kept_rows = NULL, file_space = NULL;
    g_autoptr(UmkSpace) space = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize size;

    for (guint i = 0; i < N; i++) {
        g_autoptr(UmkItem) item = umk_item_new_for_node("n");
        g_autofree char *id = g_strdup_printf("node %u", i);

        umk_item_set_id(item, id);
        umk_items_append(items, item);
        make_vector(i, 1, D, from + i * D);
    }
    for (guint i = 0; i < 60; i++)
        for (guint j = 0; j < N_DIMS; j++)
            to[i * N_DIMS + j] = from[i * D + j % D] * (float) (1 + j % 3);
    all = umk_matrix_new_from_data(N, D, from, NULL);
    anchors = umk_matrix_new_from_data(60, D, from, NULL);
    targets = umk_matrix_new_from_data(60, N_DIMS, to, NULL);
    file_space = umk_space_to_bytes(umk_collection_get_space(collection));
    space = umk_space_new_from_bytes(file_space, &error);
    g_assert_no_error(error);
    g_assert_true(umk_space_align(space, "walks", anchors, targets, NULL, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(
        umk_collection_add_model(collection, "walks", "walks", D, NULL, &error));
    g_assert_true(umk_collection_append(collection, "walks", items, all, &error));
    g_assert_true(umk_collection_set_space(collection, space, &error));
    commit_ok(collection);

    first = umk_collection_get_vectors(collection, &rows, NULL, &error);
    g_assert_no_error(error);
    expected = umk_space_map(space, "walks", all, &error);
    g_assert_true(
        g_bytes_equal(umk_matrix_get_bytes(first), umk_matrix_get_bytes(expected)));
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
    g_clear_pointer(&collection, umk_collection_unref);

    collection = open_collection(place, UMK_OPEN_READ);
    again = umk_collection_get_vectors(collection, &kept_rows, NULL, &error);
    g_assert_true(
        g_bytes_equal(umk_matrix_get_bytes(first), umk_matrix_get_bytes(again)));
    g_assert_true(g_bytes_equal(rows, kept_rows));
    g_clear_pointer(&collection, umk_collection_unref);

    /* A damaged copy is made anew, not believed. */
    g_assert_true(g_file_get_contents(kept, &bytes, &size, NULL));
    bytes[size / 2] ^= 4;
    g_assert_true(g_file_set_contents(kept, bytes, (gssize) size, NULL));
    collection = open_collection(place, UMK_OPEN_READ);
    damaged = umk_collection_get_vectors(collection, NULL, NULL, &error);
    g_assert_true(
        g_bytes_equal(umk_matrix_get_bytes(first), umk_matrix_get_bytes(damaged)));
}

/* ---- layouts ---------------------------------------------------------------------- */

static void
test_layouts(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);
    g_autoptr(UmkMatrix) coords =
        umk_matrix_new_from_data(2, 2, (float[4]){1, 2, 3, 4}, NULL);
    g_autoptr(UmkMatrix) loaded = NULL;
    g_autofree char *recipe = NULL, *second = NULL;
    g_autoptr(GError) error = NULL;

    append_ok(collection, 0, 2, 0);
    g_assert_false(umk_collection_save_layout(collection, "pca", coords, "{}", &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_FAILED);
    g_clear_error(&error);
    commit_ok(collection);
    g_assert_null(umk_collection_load_layout(collection, "pca", NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_true(
        umk_collection_save_layout(collection, "../p/ca", coords, "{\"a\":1}", &error));
    g_clear_pointer(&collection, umk_collection_unref);
    collection = open_collection(place, UMK_OPEN_READ);
    loaded = umk_collection_load_layout(collection, "../p/ca", &recipe, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(recipe, ==, "{\"a\":1}");
    g_assert_true(
        g_bytes_equal(umk_matrix_get_bytes(loaded), umk_matrix_get_bytes(coords)));
    g_assert_false(umk_collection_save_layout(collection, "pca", coords, "{}", &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_READ_ONLY);
    g_clear_error(&error);
    g_clear_pointer(&collection, umk_collection_unref);

    collection = open_collection(place, UMK_OPEN_WRITE);
    append_ok(collection, 2, 1, 0);
    commit_ok(collection);
    g_assert_null(umk_collection_load_layout(collection, "../p/ca", &second, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_null(second);
}

/* Which item each row of a layout is now: after others came, went and were replaced. */
static void
test_earlier_layouts(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);
    g_autoptr(UmkMatrix) coords =
        umk_matrix_new_from_data(5, 2, (float[10]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, NULL);
    static const guint64 same[] = {0, 1, 2, 3, 4};
    static const guint64 changed[] = {0, G_MAXUINT64, 1, G_MAXUINT64, 3};
    g_autofree char *file = NULL, *bytes = NULL;
    g_autoptr(GError) error = NULL;
    GBytes *none = NULL;
    gsize n_bytes;

    append_ok(collection, 0, 5, 0);
    commit_ok(collection);
    g_assert_true(umk_collection_save_layout(collection, "a", coords, "{}", &error));
    for (guint round = 0; round < 4; round++) {
        const guint64 *expected = round < 2 ? same : changed;
        g_autoptr(UmkMatrix) loaded = NULL;
        g_autoptr(GBytes) rows = NULL;
        g_autofree char *recipe = NULL;
        gsize size;

        if (round == 1) /* new ones, which have no place */
            append_ok(collection, 5, 4, 0);
        if (round == 2) {
            g_assert_true(umk_collection_remove(collection, "item/1 é", &error));
            g_assert_true(umk_collection_remove(collection, "item/8 é", &error));
            append_ok(collection, 3, 1, 7); /* another vector */
        }
        if (round == 3)
            append_ok(collection, 20, 3, 0);
        if (round > 0)
            commit_ok(collection);
        loaded =
            umk_collection_load_earlier_layout(collection, "a", &rows, &recipe, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(recipe, ==, "{}");
        g_assert_true(
            g_bytes_equal(umk_matrix_get_bytes(loaded), umk_matrix_get_bytes(coords)));
        g_assert_cmpmem(g_bytes_get_data(rows, &size), size, expected, sizeof same);
    }
    /* numbers of items mean others now, even to a file that was kept elsewhere */
    file = g_build_filename(place->path, "derived", "layout-a.umd", NULL);
    g_assert_true(g_file_get_contents(file, &bytes, &n_bytes, &error));
    g_assert_true(umk_collection_compact(collection, NULL, NULL, NULL, &error));
    g_assert_true(g_file_set_contents(file, bytes, (gssize) n_bytes, &error));
    g_assert_null(
        umk_collection_load_earlier_layout(collection, "a", &none, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
    g_assert_null(none);
}

/* ---- traits ------------------------------------------------------------------------ */

static void
run_sql(Place *place, const char *sql)
{
    g_autofree char *meta = g_build_filename(place->path, "meta.sqlite", NULL);
    sqlite3 *db;

    g_assert_cmpint(sqlite3_open(meta, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close(db);
}

/* Modalities and labels as make_item() gives them, or no label at all. */
static void
check_traits(Place *place, gsize n, gboolean labelled)
{
    g_autoptr(UmkCollection) collection = open_collection(place, UMK_OPEN_READ);
    g_auto(GStrv) names = NULL;
    g_autoptr(GBytes) modalities = umk_collection_dup_modalities(collection, NULL);
    g_autoptr(GBytes) labels = umk_collection_dup_labels(collection, &names, NULL);
    static const guint8 kinds[] = {UMK_MODALITY_TEXT, UMK_MODALITY_IMAGE,
                                   UMK_MODALITY_GRAPH};
    const guint8 *of = g_bytes_get_data(modalities, NULL);
    const gint32 *at = g_bytes_get_data(labels, NULL);

    g_assert_cmpuint(g_bytes_get_size(modalities), ==, n);
    g_assert_cmpuint(g_bytes_get_size(labels), ==, n * sizeof *at);
    g_assert_cmpuint(g_strv_length(names), ==, labelled ? 2 : 0);
    for (gsize i = 0; i < n; i++) {
        g_assert_cmpuint(of[i], ==, kinds[i % 3]);
        if (i % 2 == 1 || !labelled)
            g_assert_cmpint(at[i], ==, -1);
        else
            g_assert_cmpstr(names[at[i]], ==, i % 4 == 0 ? "four" : "two");
    }
}

/* What is kept with a layout of many items is what the database says, is used instead of
 * it, and is not believed once it is damaged or of another state. */
static void
test_traits(Place *place, gconstpointer data)
{
    const gsize n = 20000;
    g_autofree char *file = g_build_filename(place->path, "derived", "traits.umd", NULL);
    g_autofree float *values = g_new0(float, 2 * n);
    g_autoptr(UmkMatrix) coords = umk_matrix_new_from_data(n, 2, values, NULL);
    g_autoptr(UmkCollection) collection = create(place);
    g_autofree char *content = NULL;
    gsize size;

    g_assert_true(append(collection, 0, n - 1, 0, NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
    g_assert_true(umk_collection_save_layout(collection, "a", coords, "{}", NULL));
    g_assert_false(g_file_test(file, G_FILE_TEST_EXISTS)); /* not a row an item */
    g_assert_true(append(collection, n - 1, 1, 0, NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
    g_assert_true(umk_collection_save_layout(collection, "a", coords, "{}", NULL));
    g_clear_pointer(&collection, umk_collection_unref);
    check_traits(place, n, TRUE);
    run_sql(place, "UPDATE items SET label = NULL");
    check_traits(place, n, TRUE); /* the file was read */
    g_assert_true(g_file_get_contents(file, &content, &size, NULL));
    content[size / 2] ^= 1;
    g_assert_true(g_file_set_contents(file, content, (gssize) size, NULL));
    check_traits(place, n, FALSE);
    content[size / 2] ^= 1;
    g_assert_true(g_file_set_contents(file, content, (gssize) size, NULL));
    check_traits(place, n, TRUE);
    collection = open_collection(place, UMK_OPEN_WRITE);
    g_assert_true(append(collection, n, 1, 0, NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
    g_clear_pointer(&collection, umk_collection_unref);
    run_sql(place, "UPDATE items SET label = NULL");
    check_traits(place, n + 1, FALSE);
}

/* ---- readers and writers ---------------------------------------------------------- */

static void
test_one_writer_many_readers(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) writer = create(place), reader = NULL, late = NULL;
    g_autoptr(GError) error = NULL;

    append_ok(writer, 0, 100, 0);
    commit_ok(writer);
    g_assert_null(umk_collection_open(place->path, UMK_OPEN_WRITE, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_BUSY);
    g_clear_error(&error);
    reader = open_collection(place, UMK_OPEN_READ);
    append_ok(writer, 100, 100, 0);
    g_assert_true(umk_collection_remove(writer, "item/5 é", &error));
    commit_ok(writer);
    late = open_collection(place, UMK_OPEN_READ);
    g_assert_cmpuint(umk_collection_get_n_items(reader), ==, 100);
    g_assert_cmpuint(umk_collection_get_n_items(late), ==, 199);
    assert_row(reader, 5, 5, 0);
    assert_row(late, 5, 6, 0);
    g_assert_true(umk_collection_compact(writer, NULL, NULL, NULL, &error));
    g_assert_no_error(error);
    assert_row(reader, 5, 5, 0);
    assert_row(late, 198, 199, 0);
    assert_healthy(reader);
    assert_healthy(writer);

    g_assert_false(append(reader, 500, 1, 0, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_READ_ONLY);
    g_clear_error(&error);
    g_assert_false(umk_collection_commit(reader, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_READ_ONLY);
    g_clear_pointer(&writer, umk_collection_unref);
    writer = open_collection(place, UMK_OPEN_WRITE);
}

/* A reader leaves the folder as it found it. */
static void
test_no_traces(Place *place, gconstpointer data)
{
    g_autofree char *log = g_build_filename(place->path, "meta.sqlite-wal", NULL);
    g_autofree char *shared = g_build_filename(place->path, "meta.sqlite-shm", NULL);
    g_autoptr(UmkCollection) collection = create(place), second = NULL;

    append_ok(collection, 0, 5, 0);
    commit_ok(collection);
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_false(g_file_test(log, G_FILE_TEST_EXISTS));
    collection = open_collection(place, UMK_OPEN_READ);
    second = open_collection(place, UMK_OPEN_READ);
    g_clear_pointer(&collection, umk_collection_unref);
    assert_row(second, 4, 4, 0);
    g_clear_pointer(&second, umk_collection_unref);
    g_assert_false(g_file_test(log, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(shared, G_FILE_TEST_EXISTS));
}

/* ---- refused input ---------------------------------------------------------------- */

static void
test_refusals(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);
    g_autoptr(UmkSpace) space = umk_space_new("s", 3, UMK_METRIC_DOT);
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) nameless = umk_item_new_for_text("x"), item = make_item(1, 0);
    float values[N_DIMS] = {1, 2, NAN};
    g_autoptr(UmkMatrix) nan = umk_matrix_new_from_data(1, N_DIMS, values, NULL);
    g_autoptr(UmkMatrix) thin = umk_matrix_new_from_data(1, 2, values, NULL);
    g_autoptr(UmkMatrix) two = umk_matrix_new_from_data(2, 1, values, NULL);
    g_autoptr(GError) error = NULL;
    static const int expected[] = {UMK_ERROR_INVALID_DATA, UMK_ERROR_DIMENSION,
                                   UMK_ERROR_DIMENSION};
    UmkMatrix *wrong[] = {nan, thin, two};

    append_ok(collection, 1, 1, 0);
    commit_ok(collection);
    umk_items_append(items, item);
    for (gsize i = 0; i < 3; i++) {
        g_assert_false(umk_collection_append(collection, MODEL, items, wrong[i], &error));
        g_assert_error(error, UMK_ERROR, expected[i]);
        g_clear_error(&error);
    }
    g_assert_false(umk_collection_append(collection, "stranger", items, nan, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_clear_pointer(&items, umk_items_unref);
    items = umk_items_new();
    umk_items_append(items, nameless);
    values[2] = 0;
    g_clear_pointer(&nan, umk_matrix_unref);
    nan = umk_matrix_new_from_data(1, N_DIMS, values, NULL);
    g_assert_false(umk_collection_append(collection, MODEL, items, nan, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_clear_error(&error);
    g_assert_false(umk_collection_add_model(collection, "m", "f", 0, NULL, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_DIMENSION);
    g_clear_error(&error);
    g_assert_null(umk_collection_create(place->path, space, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS);
    g_clear_error(&error);
    g_assert_null(umk_collection_create("/proc/nowhere/x.ume", space, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    assert_row(collection, 0, 1, 0);
    assert_healthy(collection);
}

static void
test_not_a_collection(Place *place, gconstpointer data)
{
    g_autofree char *meta = g_build_filename(place->folder, "meta.sqlite", NULL);
    g_autoptr(GError) error = NULL;
    sqlite3 *db;

    for (int mode = UMK_OPEN_READ; mode <= UMK_OPEN_WRITE; mode++) {
        g_unlink(meta);
        g_assert_null(umk_collection_open(place->path, (UmkOpenMode) mode, &error));
        g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
        g_clear_error(&error);
        g_assert_false(umk_collection_probe(place->folder));
        g_assert_null(umk_collection_open(place->folder, (UmkOpenMode) mode, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_clear_error(&error);
        g_assert_true(
            g_file_set_contents(meta, "this is not a database at all, no", -1, NULL));
        g_assert_null(umk_collection_open(place->folder, (UmkOpenMode) mode, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_clear_error(&error);
        g_unlink(meta);
        g_assert_cmpint(sqlite3_open(meta, &db), ==, SQLITE_OK);
        g_assert_cmpint(sqlite3_exec(db, "CREATE TABLE t (a)", NULL, NULL, NULL), ==,
                        SQLITE_OK);
        sqlite3_close(db);
        g_assert_null(umk_collection_open(place->folder, (UmkOpenMode) mode, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_clear_error(&error);
    }
}

static void
test_newer_version(Place *place, gconstpointer data)
{
    g_autofree char *meta = g_build_filename(place->path, "meta.sqlite", NULL);
    g_autoptr(GError) error = NULL;
    sqlite3 *db;

    umk_collection_unref(create(place));
    g_assert_cmpint(sqlite3_open(meta, &db), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_exec(db, "PRAGMA user_version = 99", NULL, NULL, NULL), ==,
                    SQLITE_OK);
    sqlite3_close(db);
    g_assert_null(umk_collection_open(place->path, UMK_OPEN_READ, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_VERSION);
}

/* ---- damage ----------------------------------------------------------------------- */

static char *
vector_path(Place *place)
{
    return g_build_filename(place->path, "vectors", "frame_one.umv", NULL);
}

static void
test_truncated(Place *place, gconstpointer data)
{
    g_autofree char *path = vector_path(place);
    g_autoptr(UmkCollection) collection = create(place);
    g_autoptr(GError) error = NULL;
    GStatBuf info;

    append_ok(collection, 0, 1500, 0);
    commit_ok(collection);
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_cmpint(g_stat(path, &info), ==, 0);
    for (off_t size = info.st_size - 1; size > 0; size = size * 2 / 3) {
        g_assert_cmpint(truncate(path, size), ==, 0);
        g_assert_null(umk_collection_open(place->path, UMK_OPEN_READ, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA);
        g_clear_error(&error);
    }
    g_unlink(path);
    g_assert_null(umk_collection_open(place->path, UMK_OPEN_READ, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* Every flipped bit is either told at opening or found by verify, and never a signal. */
static void
test_flipped_bits(Place *place, gconstpointer data)
{
    g_autofree char *path = vector_path(place), *bytes = NULL;
    g_autoptr(UmkCollection) collection = create(place);
    gsize size, head = 4096 + 1024 * UMK_SLOT_HEAD;
    UmkRng rng;

    append_ok(collection, 0, 100, 0);
    commit_ok(collection);
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    _umk_rng_init(&rng, 8, 0);
    for (guint round = 0; round < 64 + 300; round++) {
        gsize at = round < 64  ? round
                   : round % 2 ? 4096 + _umk_rng_below(&rng, 100 * UMK_SLOT_HEAD)
                               : head + _umk_rng_below(&rng, size - head);
        g_autoptr(GError) error = NULL;
        char kept = bytes[at];

        bytes[at] ^= (char) (1 << round % 8);
        g_assert_true(g_file_set_contents(path, bytes, (gssize) size, NULL));
        bytes[at] = kept;
        collection = umk_collection_open(place->path, UMK_OPEN_READ, &error);
        if (round < 64) {
            g_assert_null(collection);
            g_assert_nonnull(error);
        } else {
            g_auto(GStrv) problems =
                umk_collection_verify(collection, NULL, NULL, NULL, NULL);

            g_assert_cmpuint(g_strv_length(problems), ==, 1);
        }
        g_clear_pointer(&collection, umk_collection_unref);
    }
}

static volatile double read_sum; /* so that reading is not optimised away */

static void
try_everything(Place *place)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkCollection) collection =
        umk_collection_open(place->path, UMK_OPEN_READ, &error);
    g_autoptr(UmkMatrix) vectors = NULL, one = NULL;
    g_autoptr(GBytes) modalities = NULL, labels = NULL;
    g_auto(GStrv) problems = NULL;
    double sum = 0;

    if (collection == NULL) {
        g_assert_nonnull(error);
        return;
    }
    problems = umk_collection_verify(collection, NULL, NULL, NULL, NULL);
    modalities = umk_collection_dup_modalities(collection, NULL);
    labels = umk_collection_dup_labels(collection, NULL, NULL);
    vectors = umk_collection_get_vectors(collection, NULL, NULL, NULL);
    for (gsize row = 0; vectors != NULL && row < umk_matrix_get_n_rows(vectors); row++)
        sum += (double) umk_matrix_get_row(vectors, row, NULL)[0];
    for (gsize row = 0; row < 5; row++) {
        g_autoptr(UmkItem) item = umk_collection_dup_item(collection, row, NULL);
        g_autoptr(UmkMatrix) vector =
            umk_collection_dup_item_vector(collection, row, NULL, NULL);
    }
    read_sum = sum;
}

static void
test_damaged_database(Place *place, gconstpointer data)
{
    g_autofree char *path = g_build_filename(place->path, "meta.sqlite", NULL),
                    *bytes = NULL;
    g_autoptr(UmkCollection) collection = create(place);
    gsize size;
    UmkRng rng;

    append_ok(collection, 0, 60, 0);
    commit_ok(collection);
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    _umk_rng_init(&rng, 3, 0);
    for (guint round = 0; round < 150; round++) {
        gsize at = _umk_rng_below(&rng, round % 3 == 0 ? 100 : size);
        char kept = bytes[at];

        bytes[at] = (char) _umk_rng_below(&rng, 256);
        g_assert_true(g_file_set_contents(
            path, bytes, (gssize) (round % 5 == 0 ? _umk_rng_below(&rng, size) : size),
            NULL));
        bytes[at] = kept;
        try_everything(place);
    }
}

/* ---- failing system calls --------------------------------------------------------- */

static guint n_calls, failing_call;
static int failure_kind; /* 0 ENOSPC, 1 EIO, 2 a short write */

static gboolean
fails_now(void)
{
    return ++n_calls == failing_call;
}

static int
failure(void)
{
    errno = failure_kind == 1 ? EIO : ENOSPC;
    return -1;
}

static ssize_t
failing_pwrite(int fd, const void *bytes, size_t length, off_t at)
{
    if (!fails_now())
        return pwrite(fd, bytes, length, at);
    if (failure_kind == 2 && length > 1)
        return pwrite(fd, bytes, length / 2, at);
    return failure();
}

static int
failing_fdatasync(int fd)
{
    return fails_now() ? failure() : fdatasync(fd);
}

static int
failing_grow(int fd, off_t from, off_t length)
{
    return fails_now() ? failure() : fallocate(fd, 0, from, length);
}

static int
hint_only(int fd, off_t from, off_t length)
{
    return 0;
}

static const UmkFileOps failing_ops = {
    .pwrite = failing_pwrite,
    .fdatasync = failing_fdatasync,
    .fsync = failing_fdatasync,
    .grow = failing_grow,
    .start = hint_only,
    .ftruncate = ftruncate,
};

/* For every n: the n-th call fails, and the collection is what it was or what it was to
 * become, and goes on working. */
static void
test_every_call_fails(Place *place, gconstpointer data)
{
    umk_collection_unref(create(place));
    for (failure_kind = 0; failure_kind < 3; failure_kind++) {
        gboolean reached = TRUE;

        for (guint nth = 1; reached; nth++) {
            g_autoptr(UmkCollection) collection = NULL;
            g_autoptr(GError) error = NULL;
            gboolean done;

            remove_tree(place->path);
            collection = create(place);
            append_ok(collection, 0, 1020, 0);
            commit_ok(collection);
            g_clear_pointer(&collection, umk_collection_unref);
            n_calls = 0;
            failing_call = nth;
            collection = _umk_collection_open_with(place->path, UMK_OPEN_WRITE,
                                                   &failing_ops, &error);
            g_assert_no_error(error);
            done = append(collection, 1010, 30, 1, &error) &&
                   umk_collection_commit(collection, &error);
            g_assert_true(done == (error == NULL));
            reached = n_calls >= nth;
            failing_call = 0;
            g_assert_true(done || reached);
            g_assert_cmpuint(umk_collection_get_n_items(collection), ==,
                             done ? 1040 : 1020);
            /* Where the batch failed before commit, commit still has nothing to add. */
            commit_ok(collection);
            assert_row(collection, 1015, 1015, done ? 1 : 0);
            assert_healthy(collection);
            append_ok(collection, 1010, 30, 2);
            commit_ok(collection);
            g_clear_pointer(&collection, umk_collection_unref);
            collection = open_collection(place, UMK_OPEN_READ);
            g_assert_cmpuint(umk_collection_get_n_items(collection), ==, 1040);
            assert_row(collection, 1009, 1009, 0);
            assert_row(collection, 1015, 1015, 2);
            assert_healthy(collection);
        }
    }
}

/* A limit on file size stands in for a full disk: SQLite's writes meet it as well. */
static void
test_full_disk(Place *place, gconstpointer data)
{
    g_autoptr(UmkCollection) collection = create(place);
    g_autoptr(GError) error = NULL;
    struct rlimit old, tight;
    guint64 n = 0;

    append_ok(collection, 0, 500, 0);
    commit_ok(collection);
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
    tight = old;
    tight.rlim_cur = 2 << 20;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &tight), ==, 0);
    for (n = 500; n < 200000 && error == NULL; n += 500)
        if (append(collection, n, 500, 0, &error))
            umk_collection_commit(collection, &error);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    n -= 500;
    g_assert_cmpuint(umk_collection_get_n_items(collection), ==, n);
    commit_ok(collection);
    assert_row(collection, n - 1, n - 1, 0);
    append_ok(collection, n, 100, 0);
    commit_ok(collection);
    g_clear_pointer(&collection, umk_collection_unref);
    collection = open_collection(place, UMK_OPEN_READ);
    g_assert_cmpuint(umk_collection_get_n_items(collection), ==, n + 100);
    assert_healthy(collection);
}

/* ---- read-only folders ------------------------------------------------------------ */

static void
set_writable(Place *place, gboolean writable)
{
    static const char *const folders[] = {"", "vectors", "derived"};

    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = g_build_filename(place->path, folders[i], NULL);

        g_chmod(path, writable ? 0755 : 0555);
    }
}

/* For root nothing is read-only, so a child gives up its rights first. */
static int
read_as_nobody(Place *place)
{
    g_autoptr(UmkCollection) collection = NULL, writer = NULL;
    g_autoptr(GError) error = NULL;

    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 77;
    collection = umk_collection_open(place->path, UMK_OPEN_READ, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(umk_collection_get_n_items(collection), ==, 50);
    assert_row(collection, 49, 49, 0);
    assert_healthy(collection);
    writer = umk_collection_open(place->path, UMK_OPEN_WRITE, &error);
    g_assert_null(writer);
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
    return 0;
}

/* Both as a clean folder and as a killed writer left it, its log not yet taken in. */
static void
test_read_only(Place *place, gconstpointer data)
{
    for (int killed = FALSE; killed <= TRUE; killed++) {
        pid_t child = fork();
        int status;

        g_assert_cmpint(child, >=, 0);
        if (child == 0) {
            UmkCollection *collection = create(place);

            append_ok(collection, 0, 50, 0);
            commit_ok(collection);
            if (!killed)
                umk_collection_unref(collection);
            _exit(0);
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
        g_chmod(place->folder, 0755);
        set_writable(place, FALSE);
        child = fork();
        if (child == 0)
            _exit(read_as_nobody(place));
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        set_writable(place, TRUE);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
            g_test_skip("cannot give up root's rights");
            return;
        }
        g_assert_cmpint(status, ==, 0);
        remove_tree(place->path);
    }
}

#define ADD(name, function)                                                              \
    g_test_add("/collection/" name, Place, NULL, set_up, function, tear_down)

/* What a getter lends may be handed back. */
static void
test_own_field(void)
{
    g_autoptr(UmkItem) item = umk_item_new_for_text("word");
    g_auto(GStrv) names = NULL;

    umk_item_set_field(item, "language", "en");
    umk_item_set_field(item, "source", "words.tsv");
    umk_item_set_field(item, "language", umk_item_get_field(item, "language"));
    g_assert_cmpstr(umk_item_get_field(item, "language"), ==, "en");
    g_assert_cmpstr(umk_item_get_field(item, "source"), ==, "words.tsv");
    umk_item_set_field(item, "language", NULL);
    names = umk_item_list_fields(item);
    g_assert_cmpuint(g_strv_length(names), ==, 1);
}

/* Rows of many blocks, mapped one behind the other, are those that were written; twice at
 * once, for the second mapping finds the room of the first taken. */
static void
test_map_blocks(void)
{
    const gsize n = 5 * UMK_VECTOR_FILE_BLOCK + 37, d = 4;
    g_autofree char *folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "rows.umv", NULL);
    g_autofree float *rows = g_new(float, n *d);
    g_autofree guint64 *items = g_new0(guint64, n);
    static const guint8 uuid[16] = {1};

    for (gsize i = 0; i < n * d; i++)
        rows[i] = (float) i;
    {
        g_autoptr(UmkVectorFile) file =
            _umk_vector_file_create(&_umk_file_ops_system, path, uuid, 1, d, NULL);
        g_autoptr(GBytes) first = NULL, second = NULL;

        g_assert_true(_umk_vector_file_write_rows(file, rows, n, NULL));
        g_assert_true(_umk_vector_file_append(file, rows, items, 1, n, NULL));
        first = _umk_vector_file_map(file, NULL);
        second = _umk_vector_file_map(file, NULL);
        for (guint turn = 0; turn < 2; turn++) {
            gsize size;
            gconstpointer data = g_bytes_get_data(turn == 0 ? first : second, &size);

            g_assert_cmpmem(data, size, rows, n * d * sizeof *rows);
        }
    }
    g_unlink(path);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/collection/crc", test_crc);
    ADD("round-trip", test_round_trip);
    ADD("update-remove-compact", test_update_remove_compact);
    ADD("same-id-twice-in-batch", test_same_id_twice_in_batch);
    ADD("uncommitted-is-lost", test_uncommitted_is_lost);
    ADD("frames", test_frames);
    ADD("aligned-frame", test_aligned_frame);
    ADD("layouts", test_layouts);
    ADD("earlier-layouts", test_earlier_layouts);
    ADD("traits", test_traits);
    ADD("one-writer-many-readers", test_one_writer_many_readers);
    ADD("no-traces", test_no_traces);
    ADD("refusals", test_refusals);
    ADD("not-a-collection", test_not_a_collection);
    ADD("newer-version", test_newer_version);
    ADD("truncated", test_truncated);
    ADD("flipped-bits", test_flipped_bits);
    ADD("damaged-database", test_damaged_database);
    ADD("every-call-fails", test_every_call_fails);
    ADD("full-disk", test_full_disk);
    ADD("read-only", test_read_only);
    g_test_add_func("/collection/own-field", test_own_field);
    g_test_add_func("/collection/map-blocks", test_map_blocks);
    return g_test_run();
}
