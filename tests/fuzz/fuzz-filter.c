/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conditions: what parses has a spelling that parses into the same, is answered in
 * memory, and is SQL that SQLite accepts. */
#include <umekomi/umekomi.h>

#include "store/umk-filter-private.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_sql(UmkFilterNode *root)
{
    static sqlite3 *db;
    g_autoptr(GPtrArray) values = NULL;
    g_autofree char *condition = _umk_filter_to_sql(root, &values);
    g_autofree char *sql = g_strdup_printf("SELECT item FROM items WHERE %s", condition);
    sqlite3_stmt *statement = NULL;

    if (db == NULL) {
        g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
        g_assert_true(_umk_filter_add_functions(db));
        sqlite3_exec(db,
                     "CREATE TABLE models (model, id); CREATE TABLE frames (frame, name);"
                     "CREATE TABLE items (item, id, frame, model, modality, added, label,"
                     " caption, path, text, fields);"
                     "INSERT INTO items VALUES (1, 'i', 1, 1, 0, '2020-01-01T00:00:00Z',"
                     " NULL, 'a cat', NULL, 't', '{\"year\":\"2020\",\"a b\":\"x\"}')",
                     NULL, NULL, NULL);
    }
    g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), ==, SQLITE_OK);
    g_assert_cmpint(sqlite3_bind_parameter_count(statement), ==, values->len);
    g_assert_true(_umk_filter_bind(statement, values));
    while (sqlite3_step(statement) == SQLITE_ROW)
        ;
    g_assert_cmpint(sqlite3_finalize(statement), ==, SQLITE_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(UmkFilterNode) root = _umk_filter_parse((const char *) data, size, NULL);
    g_autofree char *text = g_strndup((const char *) data, size);
    g_autoptr(UmkFilter) filter = umk_filter_new(text, NULL);
    g_autoptr(UmkFilter) again = NULL;
    g_autoptr(UmkItems) items = umk_items_new();
    g_autoptr(UmkItem) item = umk_item_new_for_text("t");
    g_autoptr(GBytes) matches = NULL;
    g_autofree char *spelling = NULL, *same = NULL;

    if (root != NULL)
        check_sql(root);
    if (filter == NULL)
        return 0;
    spelling = umk_filter_to_string(filter);
    /* The fixed spelling is longer, and may be longer than is read. */
    if (strlen(spelling) <= UMK_FILTER_MAX_BYTES) {
        again = umk_filter_new(spelling, NULL);
        if (again != NULL) {
            same = umk_filter_to_string(again);
            g_assert_cmpstr(same, ==, spelling);
        }
    }
    umk_item_set_caption(item, "a cat");
    umk_item_set_field(item, "year", "2020");
    umk_items_append(items, item);
    matches = umk_filter_match(filter, items, NULL);
    if (matches != NULL)
        g_assert_cmpuint(g_bytes_get_size(matches), ==, 1);
    return 0;
}
