/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the window writes and reads, without a window: cells, files that are whole or not
 * there, pictures, tables of strangers, sessions. */
#include "umk-app-import.h"
#include "umk-app-intake.h"
#include "umk-app-items-file.h"
#include "umk-app-session-blobs.h"
#include "umk-app-session.h"
#include "umk-app-sink.h"
#include "umk-app-table.h"

#include "umk-chart.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static char *
path_of(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static char *
write_file(const char *name, const char *text, gssize size)
{
    char *path = path_of(name);

    g_assert_true(g_file_set_contents(path, text, size, NULL));
    return path;
}

/* ---- cells ---------------------------------------------------------------------------
 */

static void
test_cells(void)
{
    static const struct {
        const char *text, *cell;
        char separator;
        gboolean guarded;
    } cases[] = {
        {"plain", "plain", ',', TRUE},
        {"", "", ',', TRUE},
        {"a,b", "\"a,b\"", ',', TRUE},
        {"a,b", "a,b", '\t', TRUE},
        {"say \"hi\"", "\"say \"\"hi\"\"\"", ',', TRUE},
        {"\"\"", "\"\"\"\"\"\"", ',', TRUE},
        {"two\nlines", "\"two\nlines\"", ',', TRUE},
        {"=1+1", "'=1+1", ',', TRUE},
        {"=1+1", "=1+1", ',', FALSE},
        {"@SUM(A1)", "'@SUM(A1)", ',', TRUE},
        {"-2", "-2", ',', TRUE}, /* a number is no formula */
        {"+1e3", "+1e3", ',', TRUE},
        {"-2+3", "'-2+3", ',', TRUE},
        {"=\"a\"", "\"'=\"\"a\"\"\"", ',', TRUE},
        {"\tx", "\"'\tx\"", '\t', TRUE},
        {"日本", "日本", ',', TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) line = g_string_new(NULL);

        umk_app_items_append_cell(line, cases[i].text, cases[i].separator,
                                  cases[i].guarded);
        g_assert_cmpstr(line->str, ==, cases[i].cell);
    }
}

static void
test_sink(void)
{
    g_autofree char *path = write_file("kept.txt", "before", -1);
    g_autofree char *text = NULL;
    g_autofree char *after = NULL;
    g_autoptr(GError) error = NULL;
    UmkAppSink *sink = umk_app_sink_open(path, NULL);
    g_autoptr(GDir) dir = NULL;
    const char *name;
    guint n = 0;

    umk_app_sink_write(sink, "half", 4);
    umk_app_sink_abandon(sink);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "before");
    sink = umk_app_sink_open(path, NULL);
    umk_app_sink_write(sink, "after", 5);
    g_assert_true(umk_app_sink_commit(sink, NULL));
    g_assert_true(g_file_get_contents(path, &after, NULL, NULL));
    g_assert_cmpstr(after, ==, "after");
    dir = g_dir_open(folder, 0, NULL);
    while ((name = g_dir_read_name(dir)) != NULL)
        n += g_str_has_suffix(name, ".part");
    g_assert_cmpuint(n, ==, 0);
    g_assert_null(umk_app_sink_open("/nowhere/file", &error));
    g_assert_nonnull(strstr(error->message, "/nowhere/file"));
}

/* ---- pictures ------------------------------------------------------------------------
 */

static void
test_chart(void)
{
    static const char *const formats[] = {"png", "svg", "pdf"};
    g_autofree float *at = g_new(float, 2 * 6000);
    g_autoptr(UmkMatrix) coords = NULL;
    UmkChart chart = {.title = "a \001 <title> & \xe2\x80\xae",
                      .subtitle = "sub",
                      .provenance = "{\"recipe\":\"日\"}",
                      .missing = G_MAXUINT32};

    for (guint i = 0; i < 2 * 6000; i++)
        at[i] = (float) ((i * 7919) % 1000) / 1000;
    coords = umk_matrix_new_from_data(6000, 2, at, NULL);
    chart.coords = coords;
    for (guint i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_autoptr(GBytes) one = umk_chart_to_bytes(&chart, formats[i], NULL);
        g_autoptr(GBytes) two = umk_chart_to_bytes(&chart, formats[i], NULL);
        gsize size;
        const char *data = g_bytes_get_data(one, &size);

        g_assert_true(g_bytes_equal(one, two));
        if (i == 0)
            g_assert_nonnull(memmem(data, size, "iTXtDescription", 15));
        if (i == 1) { /* many points are an image in a drawing; no character breaks XML */
            g_assert_nonnull(memmem(data, size, "<image", 6));
            g_assert_nonnull(memmem(data, size, "<metadata>{&quot;recipe", 23));
            g_assert_nonnull(memmem(data, size, "\\x01 &lt;title&gt; &amp; \\u202e", 30));
        }
        chart.dark = TRUE;
        g_assert_false(g_bytes_equal(one, umk_chart_to_bytes(&chart, formats[i], NULL)));
        chart.dark = FALSE;
    }
}

/* ---- tables --------------------------------------------------------------------------
 */

static void
check_table(const char *name,
            const char *text,
            gssize size,
            char separator,
            gboolean header,
            guint n_columns,
            gsize n_rows,
            gint text_column)
{
    g_autofree char *path = write_file(name, text, size);
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkAppTable) table = umk_app_table_preview(path, NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpint(table->format.separator, ==, separator);
    g_assert_cmpint(table->format.header, ==, header);
    g_assert_cmpuint(table->n_columns, ==, n_columns);
    g_assert_cmpuint(table->n_rows, ==, n_rows);
    for (guint c = 0; c < n_columns; c++)
        g_assert_cmpint(table->roles[c] == UMK_APP_ROLE_TEXT, ==,
                        (gint) c == text_column);
}

static void
test_tables(void)
{
    check_table("a.csv", "id,text,label\n1,\"a, b\nc\",x\n2,d,y\n", -1, ',', TRUE, 3, 2,
                1);
    check_table("b.csv", "1;one thing;0.5\n2;another;0.7\n", -1, ';', FALSE, 3, 2, 1);
    check_table("c.tsv", "name\tyear\nIris\t1999\n", -1, '\t', TRUE, 2, 1, 0);
    check_table(
        "d.jsonl",
        "{\"title\":\"x\",\"n\":3}\nnot json\n{\"n\":4,\"title\":\"y\",\"z\":[1]}\n", -1,
        '\0', TRUE, 3, 2, 0);
    check_table("e.csv", "\xef\xbb\xbftext,note\r\nhello,there\r\n", -1, ',', TRUE, 2, 1,
                0);
    check_table("f.csv", "one\ntwo\nthree\n", -1, ',', FALSE, 1, 3, 0);
}

static void
test_encodings(void)
{
    static const char *const encodings[] = {"CP932", "EUC-JP", "ISO-2022-JP", "UTF-16",
                                            "UTF-8"};

    for (guint i = 0; i < G_N_ELEMENTS(encodings); i++) {
        gsize size;
        g_autofree char *bytes =
            g_convert("text,label\nこれはペンです,物\nねこがいる,動物\n", -1,
                      encodings[i], "UTF-8", NULL, &size, NULL);
        g_autofree char *path = write_file("encoded.csv", bytes, (gssize) size);
        g_autoptr(UmkAppTable) table = umk_app_table_preview(path, NULL, NULL);

        g_assert_nonnull(table);
        g_assert_cmpstr(table->format.encoding, ==, encodings[i]);
        g_assert_cmpstr(((char **) table->rows->pdata[1])[0], ==, "ねこがいる");
    }
}

/* Any bytes at all are read or refused. */
static void
test_table_noise(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(6);
    static const char alphabet[] = "a1,;\"\"\n\n\t\r{}:[]\xe3\x81\x82\xff\xfe\x1b$B";

    for (guint round = 0; round < 500; round++) {
        char text[200];
        gsize n = (gsize) g_rand_int_range(rand, 0, sizeof text);
        g_autofree char *path = NULL;
        g_autoptr(UmkAppTable) table = NULL;
        g_autoptr(GError) error = NULL;

        for (gsize i = 0; i < n; i++)
            text[i] = alphabet[g_rand_int_range(rand, 0, sizeof alphabet)];
        path = write_file(round % 2 ? "noise.csv" : "noise.jsonl", text, (gssize) n);
        table = umk_app_table_preview(path, NULL, &error);
        g_assert_true((table != NULL) == (error == NULL));
    }
}

static void
test_recognise(void)
{
    static const struct {
        const char *name, *text;
        gboolean vectors;
    } cases[] = {
        {"w.txt", "the 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0\n", TRUE},
        {"p.txt", "The cat sat on the mat with 10 other cats and 2 dogs\n", FALSE},
        {"n.txt", "10 20\n30 apples\n", FALSE},
        {"v.txt", "2 3\na 1 2 3\nb 4 5 6\n", TRUE},
        {"b.bin", "3 4\nabc", TRUE},
        {"x.bin", "\177ELF", FALSE},
        {"e.txt", "", FALSE},
        {"a.npy", "anything", TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = write_file(cases[i].name, cases[i].text, -1);

        g_assert_cmpint(umk_app_intake_is_vectors(path), ==, cases[i].vectors);
    }
}

/* ---- sessions ------------------------------------------------------------------------
 */

static void
test_blobs(void)
{
    guint8 keep[131];
    g_autoptr(UmkAppRows) rows = NULL;
    g_autoptr(UmkAppRows) again = NULL;
    g_autofree char *text = NULL;

    for (guint i = 0; i < sizeof keep; i++)
        keep[i] = i % 7 == 3;
    rows = umk_app_rows_new_from_mask(sizeof keep, keep);
    text = umk_app_blob_from_rows(rows);
    again = umk_app_blob_to_rows(text, sizeof keep);
    g_assert_true(umk_app_rows_equal(rows, again));
    g_assert_null(umk_app_blob_to_rows(text, 500));
    g_assert_null(umk_app_blob_to_rows("nonsense", sizeof keep));
    g_assert_null(umk_app_blob_to_rows(NULL, sizeof keep));
}

static void
test_places(void)
{
    const float at[] = {0, 1, 2, 3, 4, 5};
    const guint64 of[] = {2, 0, 4};
    g_autoptr(UmkMatrix) coords = umk_matrix_new_from_data(3, 2, at, NULL);
    g_autoptr(GBytes) rows = g_bytes_new(of, sizeof of);
    g_autoptr(UmkAppLayout) layout = umk_app_layout_new("x", "X", coords, rows, 5);
    g_autofree char *name = umk_app_blob_save_places(layout, folder, "s", NULL);
    g_autofree char *path = path_of(name);
    g_autofree char *data = NULL;
    g_autoptr(UmkMatrix) read = NULL;
    g_autoptr(GBytes) read_rows = NULL;
    gsize size;

    g_assert_true(umk_app_blob_load_places(path, 5, &read, &read_rows, NULL));
    g_assert_true(g_bytes_equal(rows, read_rows));
    g_assert_cmpuint(umk_matrix_get_n_rows(read), ==, 3);
    g_assert_false(umk_app_blob_load_places(path, 3, &read, &read_rows, NULL));
    g_assert_true(g_file_get_contents(path, &data, &size, NULL));
    for (gsize cut = 0; cut < size; cut += 5) {
        g_assert_true(g_file_set_contents(path, data, (gssize) cut, NULL));
        g_assert_false(umk_app_blob_load_places(path, 5, &read, &read_rows, NULL));
    }
}

/* Whatever a file holds, reading it ends well. */
static void
test_session_noise(void)
{
    static const char good[] =
        "{\"version\":1,\"path\":\"/p\",\"uuid\":\"u\",\"n_items\":70,\"time\":1,"
        "\"view\":[0,1,2],\"layout\":{\"places\":\"../"
        "x\",\"method\":\"m\",\"title\":\"t\"},"
        "\"colour\":{\"key\":\"field:a\",\"rows\":\"\",\"classes\":[{\"name\":\"n\"},3]},"
        "\"filters\":[{\"name\":\"a\",\"rows\":\"x\"},7,{}],\"selection\":\"zz\","
        "\"look\":{\"points\":\"yes\",\"opacity\":9}}";
    g_autoptr(GRand) rand = g_rand_new_with_seed(5);
    g_autofree char *path = write_file("noise.json", good, -1);
    g_autoptr(UmkAppSession) session = umk_app_session_load(path, NULL);

    g_assert_nonnull(session);
    g_assert_null(session->layout);
    g_assert_null(session->selection);
    g_assert_cmpfloat(session->look.opacity, ==, 1);
    for (guint round = 0; round < 2000; round++) {
        g_autofree char *text = g_strdup(good);
        g_autoptr(UmkAppSession) other = NULL;

        for (guint i = 0; i < 1 + round % 4; i++)
            text[g_rand_int_range(rand, 0, sizeof good - 1)] =
                "0\"[]{}:,x-\001"[g_rand_int_range(rand, 0, 11)];
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        other = umk_app_session_load(path, NULL);
    }
}

static void
test_new_path(void)
{
    g_autofree char *first = umk_app_import_make_path(folder, "a/b");
    g_autofree char *second = NULL;

    g_assert_true(g_str_has_suffix(first, "/a-b.ume"));
    g_assert_cmpint(g_mkdir(first, 0755), ==, 0);
    second = umk_app_import_make_path(folder, "a/b");
    g_assert_true(g_str_has_suffix(second, "/a-b 2.ume"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("umekomi-files-XXXXXX", NULL);
    g_test_add_func("/files/cells", test_cells);
    g_test_add_func("/files/sink", test_sink);
    g_test_add_func("/files/chart", test_chart);
    g_test_add_func("/files/tables", test_tables);
    g_test_add_func("/files/encodings", test_encodings);
    g_test_add_func("/files/table-noise", test_table_noise);
    g_test_add_func("/files/recognise", test_recognise);
    g_test_add_func("/files/blobs", test_blobs);
    g_test_add_func("/files/places", test_places);
    g_test_add_func("/files/session-noise", test_session_noise);
    g_test_add_func("/files/new-path", test_new_path);
    return g_test_run();
}
