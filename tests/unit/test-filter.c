/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The filter language: random conditions over random items, answered by a collection, in
 * memory, and by an evaluator here that shares no code with either; what each error
 * says and where. */
#include <umekomi/umekomi.h>

#include "core/umk-rng-private.h"
#include "store/umk-filter-private.h"

#include <glib/gstdio.h>

#include <string.h>

#define N_ITEMS      300
#define N_CONDITIONS 400

static UmkRng rng;

static guint
below(guint n)
{
    return (guint) _umk_rng_below(&rng, n);
}

/* ---- items ------------------------------------------------------------------------ */

static const char *const words[] = {"cat", "Dog", "ＣＡＴ", "猫", "", "a cat, a dog"};
static const char *const years[] = {"1999", "2020", "2020.0", "-3e2", "soon", ""};
static const char *const dates[] = {
    "2020", "2020-02", "2020-02-29", "2020-02-29T12:00", "2021-06-01 08:30:15+09:00",
    "never"};
static const char *const odd[] = {"x", "it's", "\"q\""};

static UmkItem *
make_item(guint number)
{
    g_autofree char *id = g_strdup_printf("item %u", number);
    UmkItem *item = below(2) ? umk_item_new_for_text(words[below(6)])
                             : umk_item_new_for_file(UMK_MODALITY_IMAGE, "/p.png");

    umk_item_set_id(item, id);
    if (below(3))
        umk_item_set_label(item, words[below(6)]);
    if (below(3))
        umk_item_set_caption(item, words[below(6)]);
    if (below(3))
        umk_item_set_field(item, "year", years[below(6)]);
    if (below(3))
        umk_item_set_field(item, "撮影日", dates[below(6)]);
    if (below(3))
        umk_item_set_field(item, "a \"b\" `c`\\", odd[below(3)]);
    return item;
}

static UmkItems *
make_items(void)
{
    UmkItems *items = umk_items_new();

    for (guint i = 0; i < N_ITEMS; i++) {
        g_autoptr(UmkItem) item = make_item(i);

        umk_items_append(items, item);
    }
    return items;
}

static UmkCollection *
make_collection(const char *path, UmkItems *items)
{
    g_autoptr(UmkSpace) space = umk_space_new("s", 2, UMK_METRIC_COSINE);
    g_autofree float *values = g_new0(float, 2 * N_ITEMS);
    g_autoptr(UmkMatrix) vectors = NULL;
    UmkCollection *collection;

    g_assert_true(umk_space_join(space, "f", 2, NULL));
    collection = umk_collection_create(path, space, NULL);
    vectors = umk_matrix_new_from_data(N_ITEMS, 2, values, NULL);
    g_assert_true(umk_collection_add_model(collection, "m", "f", 2, NULL, NULL));
    g_assert_true(umk_collection_append(collection, "m", items, vectors, NULL));
    g_assert_true(umk_collection_commit(collection, NULL));
    return collection;
}

/* ---- an evaluator of its own ------------------------------------------------------ */

static const char *
value_of(UmkItem *item, guint field)
{
    switch (field) {
    case 0:
        return umk_item_get_label(item);
    case 1:
        return umk_item_get_caption(item);
    case 2:
        return umk_item_get_modality(item) == UMK_MODALITY_TEXT ? "text" : "image";
    case 3:
        return umk_item_get_field(item, "year");
    case 4:
        return umk_item_get_field(item, "撮影日");
    default:
        return umk_item_get_field(item, "a \"b\" `c`\\");
    }
}

static const char *const spellings[] = {"label", "\"caption\"", "modality",
                                        "YEAR",  "撮影日",      "`a \"b\" ``c``\\`"};

/* Seconds at the start of what a date says, -1 for what is none. */
static gint64
seconds_of(const char *text)
{
    static const struct {
        const char *text, *whole;
    } known[] = {{"2020", "2020-01-01T00:00:00Z"},
                 {"2020-02", "2020-02-01T00:00:00Z"},
                 {"2020-02-29", "2020-02-29T00:00:00Z"},
                 {"2020-02-29T12:00", "2020-02-29T12:00:00Z"},
                 {"2021-06-01 08:30:15+09:00", "2021-05-31T23:30:15Z"},
                 {"2020-03-01", "2020-03-01T00:00:00Z"},
                 {"2020-02-29T12:01", "2020-02-29T12:01:00Z"},
                 {"1999", "1999-01-01T00:00:00Z"}};

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        g_autoptr(GDateTime) time = NULL;

        if (strcmp(known[i].text, text) != 0)
            continue;
        time = g_date_time_new_from_iso8601(known[i].whole, NULL);
        return g_date_time_to_unix(time);
    }
    return -1;
}

static int
sign(double x)
{
    return x < 0 ? -1 : x > 0;
}

/* Order of an item's text and a value: -1, 0, 1, or 2 where they cannot be compared. */
static int
order_of(const char *text, guint type, guint which)
{
    static const double numbers[] = {1999, 2020, -300, 0.5};
    static const char *const from[] = {"2020-02-29", "2020-02-29T12:00", "2020-02"};
    static const char *const to[] = {"2020-03-01", "2020-02-29T12:01", "2020-03-01"};
    double number;
    char rest;

    if (type == 0)
        return sign(strcmp(text, words[which % 6]));
    if (type == 1)
        return sscanf(text, "%lf%c", &number, &rest) == 1
                   ? sign(number - numbers[which % 4])
                   : 2;
    if (seconds_of(text) < 0)
        return 2;
    return seconds_of(text) < seconds_of(from[which % 3])  ? -1
           : seconds_of(text) >= seconds_of(to[which % 3]) ? 1
                                                           : 0;
}

static void
print_value(GString *out, guint type, guint which)
{
    static const char *const numbers[] = {"1999", "2.02e3", "-300", ".5"};
    static const char *const literals[] = {"2020-02-29", "2020-02-29T12:00", "2020-02"};

    if (type == 0)
        g_string_append_printf(out, which % 2 ? "'%s'" : "\"%s\"", words[which % 6]);
    else
        g_string_append(out, type == 1 ? numbers[which % 4] : literals[which % 3]);
}

/* Case and width of the few letters that the items use. */
static char *
plain(const char *text)
{
    g_autoptr(GString) out = g_string_new(text);

    g_string_replace(out, "Ｃ", "c", 0);
    g_string_replace(out, "Ａ", "a", 0);
    g_string_replace(out, "Ｔ", "t", 0);
    g_string_ascii_down(out);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Writes a random condition and computes what it is of each item. */
static void make_condition(GString *out, UmkItems *items, guint8 *truth, guint depth);

static void
make_comparison(GString *out, UmkItems *items, guint8 *truth, guint field, guint type)
{
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">=", "==", "<>"};
    guint which = below(6), op = below(8);

    g_string_append_printf(out, " %s ", signs[op]);
    print_value(out, type, which);
    for (guint i = 0; i < N_ITEMS; i++) {
        const char *text = value_of(umk_items_get(items, i), field);
        int order = text != NULL ? order_of(text, type, which) : 2;

        switch (op) {
        case 0:
        case 6:
            truth[i] = order == 0;
            break;
        case 1:
        case 7:
            truth[i] = order != 0;
            break;
        case 2:
            truth[i] = order == -1;
            break;
        case 3:
            truth[i] = order == -1 || order == 0;
            break;
        case 4:
            truth[i] = order == 1;
            break;
        default:
            truth[i] = order == 1 || order == 0;
            break;
        }
    }
}

static void
make_list(GString *out, UmkItems *items, guint8 *truth, guint field, gboolean not )
{
    guint n = 1 + below(4);

    memset(truth, 0, N_ITEMS);
    g_string_append(out, not ? " Not IN (" : " in(");
    for (guint j = 0; j < n; j++) {
        guint type = below(3), which = below(6);

        g_string_append(out, j > 0 ? " , " : "");
        print_value(out, type, which);
        for (guint i = 0; i < N_ITEMS; i++) {
            const char *text = value_of(umk_items_get(items, i), field);

            truth[i] |= text != NULL && order_of(text, type, which) == 0;
        }
    }
    g_string_append(out, ")");
    for (guint i = 0; i < N_ITEMS; i++)
        truth[i] ^= not ;
}

static void
make_test(GString *out, UmkItems *items, guint8 *truth)
{
    static const char *const parts[] = {"cat", "ＤＯＧ", "猫"};
    guint field = below(6), kind = below(6), which = below(3), type = below(3);
    gboolean not = below(2);
    g_autofree char *sought = plain(parts[which]);

    /* A modality must be one. */
    if (field == 2)
        kind = 5;
    if (field == 3)
        g_string_append(out, "year");
    else
        g_string_append(out, spellings[field]);
    if (kind <= 1) {
        make_comparison(out, items, truth, field, type);
        return;
    }
    if (kind == 2) {
        make_list(out, items, truth, field, not );
        return;
    }
    if (kind == 3)
        g_string_append_printf(out, not ? " not contains '%s'" : " contains '%s'",
                               which == 1 ? "ＤＯｇ" : parts[which]);
    else if (kind == 4)
        g_string_append_printf(out, not ? " not like '_%%%s'" : " like '_%%%s'",
                               parts[which]);
    else
        g_string_append(out, not ? " is not null" : " is null");
    for (guint i = 0; i < N_ITEMS; i++) {
        const char *text = value_of(umk_items_get(items, i), field);
        g_autofree char *shown = text != NULL ? plain(text) : NULL;
        gboolean is;

        if (which == 1) {
            g_free(sought);
            sought = g_strdup("dog");
        }
        if (kind == 5)
            is = text == NULL;
        else if (kind == 3)
            is = shown != NULL && strstr(shown, sought) != NULL;
        else
            is = shown != NULL && g_str_has_suffix(shown, sought) &&
                 strlen(shown) > strlen(sought);
        truth[i] = is ^ not ;
    }
}

static void
make_condition(GString *out, UmkItems *items, guint8 *truth, guint depth)
{
    guint kind = depth < 4 ? below(4) : 3;
    guint8 other[N_ITEMS];

    if (kind == 3) {
        make_test(out, items, truth);
        return;
    }
    g_string_append(out, kind == 2 ? "not (" : "(");
    make_condition(out, items, truth, depth + 1);
    if (kind < 2) {
        g_string_append(out, kind == 0 ? ") and (" : ") OR (");
        make_condition(out, items, other, depth + 1);
        for (guint i = 0; i < N_ITEMS; i++)
            truth[i] = kind == 0 ? truth[i] & other[i] : truth[i] | other[i];
    } else {
        for (guint i = 0; i < N_ITEMS; i++)
            truth[i] = !truth[i];
    }
    g_string_append(out, ")");
}

static void
test_random(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "f.ume", NULL);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    g_autoptr(UmkItems) items = NULL;
    g_autoptr(UmkCollection) collection = NULL;
    gsize n_true = 0;

    _umk_rng_init(&rng, 7, 0);
    items = make_items();
    collection = make_collection(path, items);
    for (guint i = 0; i < N_CONDITIONS; i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(UmkFilter) filter = NULL, again = NULL;
        g_autoptr(GBytes) in_memory = NULL, in_store = NULL, of_again = NULL;
        g_autofree char *spelling = NULL;
        g_autoptr(GError) error = NULL;
        guint8 truth[N_ITEMS];

        make_condition(text, items, truth, 0);
        filter = umk_filter_new(text->str, &error);
        if (error != NULL)
            g_error("%s: %s", text->str, error->message);
        in_memory = umk_filter_match(filter, items, NULL);
        in_store = umk_collection_match(collection, filter, NULL, &error);
        if (error != NULL)
            g_error("%s: %s", text->str, error->message);
        spelling = umk_filter_to_string(filter);
        again = umk_filter_new(spelling, &error);
        g_assert_no_error(error);
        of_again = umk_filter_match(again, items, NULL);
        for (guint j = 0; j < N_ITEMS; j++)
            if (((const guint8 *) g_bytes_get_data(in_memory, NULL))[j] != truth[j] ||
                ((const guint8 *) g_bytes_get_data(in_store, NULL))[j] != truth[j])
                g_error("%s: item %u: %u in memory, %u in the store, should be %u",
                        text->str, j,
                        ((const guint8 *) g_bytes_get_data(in_memory, NULL))[j],
                        ((const guint8 *) g_bytes_get_data(in_store, NULL))[j], truth[j]);
        g_assert_true(g_bytes_equal(of_again, in_memory));
        for (guint j = 0; j < N_ITEMS; j++)
            n_true += truth[j];
    }
    /* Neither all nor nothing is true of all. */
    g_assert_cmpuint(n_true, >, N_CONDITIONS * N_ITEMS / 5);
    g_assert_cmpuint(n_true, <, N_CONDITIONS * N_ITEMS * 4 / 5);
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_cmpint(system(command), ==, 0);
}

/* ---- errors ----------------------------------------------------------------------- */

static void
test_errors(void)
{
    static const struct {
        const char *text, *column, *says;
    } cases[] = {
        {"", "column 1:", "it ends where the name of a field should be"},
        {"year >= ", "column 9:", "a text in quotes, a number or a date"},
        {"年 ! 3", "column 3:", "“!” means nothing here"},
        {"modality = image", "column 12:", "write \"image\""},
        {"modality = \"smell\"", "column 12:", "text, image, audio and graph"},
        {"(a = 1", "column 7:", "“and”, “or” or “)”"},
        {"a = 1 b = 2", "column 7:", "“b” stands where"},
        {"a = \"x", "column 5:", "the quote \" has no end"},
        {"a = 2020-13-01", "column 5:", "neither a number nor a date"},
        {"a in 3", "column 6:", "“(” and a list"},
        {"a in (3; 4)", "column 8:", "“;” means nothing"},
        {"a contains 3", "column 12:", "a text in quotes"},
        {"a is 3", "column 6:", "“null”"},
        {"a between 3 or 4", "column 13:", "“and”"},
        {"= 3", "column 1:", "the name of a field"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(umk_filter_new(cases[i].text, &error));
        g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
        if (strstr(error->message, cases[i].column) == NULL ||
            strstr(error->message, cases[i].says) == NULL)
            g_error("%s: %s", cases[i].text, error->message);
    }
}

static void
test_limits(void)
{
    g_autoptr(GString) deep = g_string_new(NULL), wide = g_string_new("a = 1");
    g_autoptr(UmkFilter) filter = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 100000 / 2; i++)
        g_string_append(deep, "(");
    g_assert_null(umk_filter_new(deep->str, &error));
    g_assert_nonnull(strstr(error->message, "nested"));
    g_clear_error(&error);
    for (guint i = 1; i < UMK_FILTER_MAX_TESTS; i++)
        g_string_append(wide, " or a = 1");
    filter = umk_filter_new(wide->str, &error);
    g_assert_no_error(error);
    g_string_append(wide, " or a = 1");
    g_assert_null(umk_filter_new(wide->str, &error));
    g_assert_nonnull(strstr(error->message, "more than 500 comparisons"));
}

static void
test_unknown_field(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "f.ume", NULL);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    g_autoptr(UmkItems) items = make_items();
    g_autoptr(UmkCollection) collection = make_collection(path, items);
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"yaer > 3", "column 1: there is no field “yaer” here; did you "
                     "mean “year”?"},
        {"label = 'x' or  modalty = 'text'", "column 17: there is no field “modalty”"},
        {"something = 3",
         "there are id, modality, label, caption, path, text, model, frame, "
         "added, a \"b\" `c`\\, year, 撮影日"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkFilter) filter = umk_filter_new(cases[i].text, NULL);
        g_autoptr(GError) error = NULL, in_memory = NULL;

        g_assert_null(umk_collection_match(collection, filter, NULL, &error));
        if (strstr(error->message, cases[i].says) == NULL)
            g_error("%s: %s", cases[i].text, error->message);
        g_assert_null(umk_filter_match(filter, items, &in_memory));
        /* The last lists the fields, and items in memory are looked at in their order. */
        if (i < 2)
            g_assert_cmpstr(in_memory->message, ==, error->message);
    }
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_cmpint(system(command), ==, 0);
}

/* 500 tests joined in a row are still within what SQLite takes. */
static void
test_long(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "f.ume", NULL);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    g_autoptr(UmkItems) items = make_items();
    g_autoptr(UmkCollection) collection = make_collection(path, items);
    g_autoptr(GString) text = g_string_new("year in (2020-01-01)");
    g_autoptr(UmkFilter) filter = NULL;
    g_autoptr(GBytes) all = NULL;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;
    gsize n;

    for (guint i = 1; i < UMK_FILTER_MAX_TESTS; i++)
        g_string_append_printf(text, " or not year not between %u and 2030", i + 1600);
    /* A between is two. */
    g_assert_null(umk_filter_new(text->str, NULL));
    g_string_truncate(text, 0);
    for (guint i = 0; i < UMK_FILTER_MAX_DEPTH; i++)
        g_string_append(text, "(");
    g_string_append(text, "id contains 'item'");
    for (guint i = 0; i < UMK_FILTER_MAX_DEPTH; i++)
        g_string_append(text, ")");
    for (guint i = 1; i < UMK_FILTER_MAX_TESTS; i++)
        g_string_append_printf(text, " and id != 'item -%u'", i);
    filter = umk_filter_new(text->str, &error);
    g_assert_no_error(error);
    all = umk_collection_match(collection, filter, NULL, &error);
    g_assert_no_error(error);
    n = g_bytes_get_size(all);
    g_assert_cmpuint(n, ==, N_ITEMS);
    for (gsize i = 0; i < n; i++)
        g_assert_cmpuint(((const guint8 *) g_bytes_get_data(all, NULL))[i], ==, 1);
    g_cancellable_cancel(cancellable);
    g_assert_null(umk_collection_match(collection, filter, cancellable, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_cmpint(system(command), ==, 0);
}

static void
test_model_and_time(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "f.ume", NULL);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    g_autoptr(UmkItems) items = make_items();
    g_autoptr(UmkCollection) collection = make_collection(path, items);
    static const struct {
        const char *text;
        guint8 first;
    } cases[] = {{"model = 'm' and frame = 'f'", 1},
                 {"model = 'n'", 0},
                 {"added > 2020-01-01 and added < 2999-01-01", 1},
                 {"added < 2020-01-01", 0},
                 {"id = 'item 0'", 1}};

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkFilter) filter = umk_filter_new(cases[i].text, NULL);
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) rows = umk_collection_match(collection, filter, NULL, &error);

        g_assert_no_error(error);
        g_assert_cmpuint(*(const guint8 *) g_bytes_get_data(rows, NULL), ==,
                         cases[i].first);
    }
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_cmpint(system(command), ==, 0);
}

/* A kept answer goes with the state it was about. */
static void
test_kept(void)
{
    g_autofree char *folder = g_dir_make_tmp("umekomi-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "f.ume", NULL);
    g_autofree char *command = g_strdup_printf("rm -r '%s'", folder);
    g_autoptr(UmkItems) items = make_items();
    g_autoptr(UmkCollection) collection = make_collection(path, items);
    g_autoptr(UmkFilter) filter = umk_filter_new("id in ('item 1', 'item 3')", NULL);

    for (guint i = 0; i < 2; i++) {
        g_autoptr(GBytes) first = umk_collection_match(collection, filter, NULL, NULL);
        g_autoptr(GBytes) again = umk_collection_match(collection, filter, NULL, NULL);
        const guint8 *marks = g_bytes_get_data(first, NULL);

        g_assert_true(g_bytes_equal(first, again));
        g_assert_cmpuint(g_bytes_get_size(first), ==, N_ITEMS - i);
        g_assert_cmpuint(marks[1], ==, i == 0);
        g_assert_cmpuint(marks[3 - i], ==, 1);
        g_assert_true(i > 0 || umk_collection_remove(collection, "item 1", NULL));
    }
    g_clear_pointer(&collection, umk_collection_unref);
    g_assert_cmpint(system(command), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    _umk_rng_init(&rng, 1, 0);
    g_test_add_func("/filter/random", test_random);
    g_test_add_func("/filter/errors", test_errors);
    g_test_add_func("/filter/limits", test_limits);
    g_test_add_func("/filter/unknown-field", test_unknown_field);
    g_test_add_func("/filter/long", test_long);
    g_test_add_func("/filter/model-and-time", test_model_and_time);
    g_test_add_func("/filter/kept", test_kept);
    return g_test_run();
}
