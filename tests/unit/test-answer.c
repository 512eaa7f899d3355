/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which results the window shows as they are, under a line, or only when asked to. */
#include "umk-app-answer.h"

static void
test_decide(void)
{
    static const struct {
        UmkKnowledge knowledge;
        UmkAppShow first, anyway;
    } cases[] = {
        {UMK_KNOWLEDGE_UNKNOWN, UMK_APP_SHOW_RESULTS, UMK_APP_SHOW_RESULTS},
        {UMK_KNOWLEDGE_INSIDE, UMK_APP_SHOW_RESULTS, UMK_APP_SHOW_RESULTS},
        {UMK_KNOWLEDGE_EDGE, UMK_APP_SHOW_NOTED, UMK_APP_SHOW_NOTED},
        {UMK_KNOWLEDGE_OUTSIDE, UMK_APP_SHOW_WITHHELD, UMK_APP_SHOW_WARNED},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        UmkKnowledge knowledge = cases[i].knowledge;

        g_assert_cmpint(umk_app_answer_decide(knowledge, 1, FALSE), ==, cases[i].first);
        g_assert_cmpint(umk_app_answer_decide(knowledge, 60, TRUE), ==, cases[i].anyway);
        g_assert_cmpint(umk_app_answer_decide(knowledge, 0, FALSE), ==,
                        UMK_APP_SHOW_NOTHING);
        g_assert_cmpint(umk_app_answer_decide(knowledge, 0, TRUE), ==,
                        UMK_APP_SHOW_NOTHING);
    }
}

static void
test_value(void)
{
    static const char *const known[] = {"dog", "cat", NULL};
    g_autoptr(GListStore) rows = g_list_store_new(G_TYPE_OBJECT);
    g_autoptr(UmkAppAnswer) some =
        umk_app_answer_new(G_LIST_MODEL(rows), UMK_KNOWLEDGE_OUTSIDE, "toy", known);
    g_autoptr(UmkAppAnswer) none =
        umk_app_answer_new(G_LIST_MODEL(rows), UMK_KNOWLEDGE_INSIDE, NULL, NULL);

    g_assert_true(umk_app_answer_get_rows(some) == G_LIST_MODEL(rows));
    g_assert_cmpint(umk_app_answer_get_knowledge(some), ==, UMK_KNOWLEDGE_OUTSIDE);
    g_assert_cmpstr(umk_app_answer_get_model(some), ==, "toy");
    g_assert_true(g_strv_equal(umk_app_answer_get_known(some), known));
    g_assert_null(umk_app_answer_get_known(none)[0]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/answer/decide", test_decide);
    g_test_add_func("/answer/value", test_value);
    return g_test_run();
}
