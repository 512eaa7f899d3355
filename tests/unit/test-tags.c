/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tags as values: on and off, read from a column, patched into one without loss. */
#include "umk-app-tags.h"

static gsize
count(UmkAppTags *tags, const char *name)
{
    UmkAppRows *rows = umk_app_tags_get_rows(tags, name);

    return rows != NULL ? umk_app_rows_get_n_chosen(rows) : 0;
}

static void
test_on_and_off(void)
{
    static const guint32 some[] = {1, 3, 70}, other[] = {3, 4};
    g_autoptr(UmkAppRows) first = umk_app_rows_new(100, some, 3);
    g_autoptr(UmkAppRows) second = umk_app_rows_new(100, other, 2);
    g_autoptr(UmkAppTags) none = umk_app_tags_new(100);
    g_autoptr(UmkAppTags) one = umk_app_tags_with(none, "good", first);
    g_autoptr(UmkAppTags) more = umk_app_tags_with(one, "good", second);
    g_autoptr(UmkAppTags) two = umk_app_tags_with(more, "bad", second);
    g_autoptr(UmkAppTags) less = umk_app_tags_without(two, "good", first);
    g_autoptr(UmkAppTags) gone = umk_app_tags_without(less, "bad", second);

    g_assert_cmpuint(umk_app_tags_get_n_tags(none), ==, 0);
    g_assert_cmpuint(count(one, "good"), ==, 3);
    g_assert_cmpuint(count(more, "good"), ==, 4);
    g_assert_cmpstr(umk_app_tags_get_name(two, 0), ==, "bad");
    g_assert_cmpstr(umk_app_tags_get_name(two, 1), ==, "good");
    g_assert_cmpuint(count(less, "good"), ==, 1);
    g_assert_true(umk_app_rows_contains(umk_app_tags_get_rows(less, "good"), 4));
    g_assert_cmpuint(umk_app_tags_get_n_tags(gone), ==, 1);
    g_assert_cmpuint(count(one, "good"), ==, 3);
}

static void
test_column(void)
{
    static const char *const values[] = {"a,b", "", " b , c,", "a", "猫,a", NULL};
    g_autoptr(UmkAppTags) tags = umk_app_tags_new_from_column(5, values);
    g_autoptr(UmkAppTags) none = umk_app_tags_new_from_column(5, NULL);

    g_assert_cmpuint(umk_app_tags_get_n_tags(tags), ==, 4);
    g_assert_cmpuint(count(tags, "a"), ==, 3);
    g_assert_cmpuint(count(tags, "b"), ==, 2);
    g_assert_cmpuint(count(tags, "猫"), ==, 1);
    g_assert_cmpuint(umk_app_tags_get_n_tags(none), ==, 0);
}

static void
check_patch(const char *value, const char *more, const char *less, const char *expected)
{
    const char *const on[] = {more, NULL}, *const off[] = {less, NULL};
    g_autofree char *patched = umk_app_tag_patch(value, on, off);

    g_assert_cmpstr(patched, ==, expected);
}

/* What others wrote stays. */
static void
test_patch(void)
{
    check_patch(NULL, "a", NULL, "a");
    check_patch("", NULL, NULL, NULL);
    check_patch("theirs", "a", NULL, "theirs,a");
    check_patch("theirs,a", NULL, "a", "theirs");
    check_patch("a", NULL, "a", NULL);
    check_patch("a,b", "a", NULL, "a,b");
    check_patch("a,b", "b", "a", "b");
}

static void
test_tidy(void)
{
    g_autofree char *plain = umk_app_tag_tidy("  good  ");
    g_autofree char *comma = umk_app_tag_tidy("a,b\nc");
    g_autofree char *none = umk_app_tag_tidy("  ,");
    g_autofree char *many = g_strnfill(5000, 'x');
    g_autofree char *bounded = umk_app_tag_tidy(many);

    g_assert_cmpstr(plain, ==, "good");
    g_assert_cmpstr(comma, ==, "a b c");
    g_assert_null(none);
    g_assert_cmpuint(g_utf8_strlen(bounded, -1), ==, 60);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tags/on-and-off", test_on_and_off);
    g_test_add_func("/tags/column", test_column);
    g_test_add_func("/tags/patch", test_patch);
    g_test_add_func("/tags/tidy", test_tidy);
    return g_test_run();
}
