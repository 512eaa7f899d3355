/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a text in the search box is taken for, where it goes wrong, and patterns that fold
 * both sides and never hang. */
#include "umk-app-pattern.h"
#include "umk-app-question.h"

#include <gio/gio.h>
#include <string.h>

static void
test_modes(void)
{
    static const struct {
        const char *entry;
        UmkAppAsk ask;
        const char *text;
    } cases[] = {
        {"apples and pears", UMK_APP_ASK_MEANING, "apples and pears"},
        {"  a dog ", UMK_APP_ASK_MEANING, "a dog"},
        {"", UMK_APP_ASK_MEANING, ""},
        {"“apple”", UMK_APP_ASK_WORDS, "apple"},
        {"\"ice cream\"", UMK_APP_ASK_WORDS, "ice cream"},
        {"\"ice", UMK_APP_ASK_WORDS, "ice"},
        {"\"", UMK_APP_ASK_WORDS, ""},
        {"/ap+les?/", UMK_APP_ASK_PATTERN, "ap+les?"},
        {"/", UMK_APP_ASK_PATTERN, ""},
        {"//", UMK_APP_ASK_PATTERN, ""},
        {"#en/dog/0", UMK_APP_ASK_ITEM, "en/dog/0"},
        {"#12", UMK_APP_ASK_ITEM, "12"},
        {"king - man + woman", UMK_APP_ASK_FORMULA, "king - man + woman"},
        {"king − man", UMK_APP_ASK_FORMULA, "king − man"},
        {"王　－　男　＋　女", UMK_APP_ASK_FORMULA, "王 - 男 + 女"},
        {"\"New York\" - \"U.S.\" + Japan", UMK_APP_ASK_FORMULA,
         "\"New York\" - \"U.S.\" + Japan"},
        {"2*red + 0.5 blue", UMK_APP_ASK_FORMULA, "2*red + 0.5 blue"},
        {"(king + queen) / 2 - man", UMK_APP_ASK_FORMULA, "(king + queen) / 2 - man"},
        {"=king", UMK_APP_ASK_FORMULA, "king"},
        {"t-shirt", UMK_APP_ASK_MEANING, "t-shirt"},
        {"C++ program", UMK_APP_ASK_MEANING, "C++ program"},
        {"a man - and his dog", UMK_APP_ASK_MEANING, "a man - and his dog"},
        {"- cat", UMK_APP_ASK_MEANING, "- cat"},
        {"犬", UMK_APP_ASK_MEANING, "犬"},
        {"[0.12, -0.3]", UMK_APP_ASK_VECTOR, "[0.12, -0.3]"},
        {"  [[−.5 2e-3]] ", UMK_APP_ASK_VECTOR, "[[−.5 2e-3]]"},
        {"［1，2］", UMK_APP_ASK_VECTOR, "[1,2]"},
        {"[", UMK_APP_ASK_VECTOR, ""},
        {"[sic] a dog", UMK_APP_ASK_MEANING, "[sic] a dog"},
        {"0.12, -0.3", UMK_APP_ASK_MEANING, "0.12, -0.3"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkAppQuestion) question =
            umk_app_question_parse(cases[i].entry, UMK_APP_ASK_ANY);

        g_test_message("%s", cases[i].entry);
        g_assert_cmpint(question->ask, ==, cases[i].ask);
        g_assert_cmpstr(question->text, ==, cases[i].text);
        g_assert_null(question->problem);
        g_assert_cmpuint(question->column, ==, 0);
    }
}

/* What a person chose is taken, whatever it looks like. */
static void
test_chosen(void)
{
    static const struct {
        const char *entry;
        UmkAppAsk ask;
        const char *text;
    } cases[] = {
        {"king - man", UMK_APP_ASK_MEANING, "king - man"},
        {"king", UMK_APP_ASK_FORMULA, "king"},
        {"#12", UMK_APP_ASK_WORDS, "#12"},
        {"apples?", UMK_APP_ASK_PATTERN, "apples?"},
        {"/apples?/", UMK_APP_ASK_PATTERN, "apples?"},
        {"12", UMK_APP_ASK_ITEM, "12"},
        {"/x/", UMK_APP_ASK_MEANING, "/x/"},
        {"\"ice cream\"", UMK_APP_ASK_MEANING, "ice cream"},
        {"0.12 -0.3", UMK_APP_ASK_VECTOR, "0.12 -0.3"},
        {"[1, 2]", UMK_APP_ASK_WORDS, "[1, 2]"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkAppQuestion) question =
            umk_app_question_parse(cases[i].entry, cases[i].ask);

        g_assert_cmpint(question->ask, ==, cases[i].ask);
        g_assert_cmpstr(question->text, ==, cases[i].text);
        g_assert_null(question->problem);
    }
}

static void
test_problems(void)
{
    static const struct {
        const char *entry;
        UmkAppAsk ask;
        guint column;
    } cases[] = {
        {"king - man +", UMK_APP_ASK_FORMULA, 13},
        {"  king - * man", UMK_APP_ASK_FORMULA, 10},
        {"王 － 男 ＋", UMK_APP_ASK_FORMULA, 8},
        {"=(king", UMK_APP_ASK_FORMULA, 7},
        {"king + \"man", UMK_APP_ASK_FORMULA, 8},
        {"/abc", UMK_APP_ASK_PATTERN, 5},
        {"/a(b/", UMK_APP_ASK_PATTERN, 5},
        {"/[a/", UMK_APP_ASK_PATTERN, 4},
        {"[0.1, x, 2]", UMK_APP_ASK_VECTOR, 7},
        {"  [0.1, 2", UMK_APP_ASK_VECTOR, 10},
        {"［1，，2］", UMK_APP_ASK_VECTOR, 4},
        {"[1] [2]", UMK_APP_ASK_VECTOR, 5},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(UmkAppQuestion) question =
            umk_app_question_parse(cases[i].entry, UMK_APP_ASK_ANY);

        g_test_message("%s", cases[i].entry);
        g_assert_cmpint(question->ask, ==, cases[i].ask);
        g_assert_nonnull(question->problem);
        g_assert_cmpuint(strlen(question->problem), >, 5);
        g_assert_cmpuint(question->column, ==, cases[i].column);
    }
}

static void
test_names(void)
{
    for (guint ask = 0; ask < UMK_APP_N_ASKS; ask++) {
        g_assert_cmpint(umk_app_ask_from_name(umk_app_ask_get_name((UmkAppAsk) ask)), ==,
                        ask);
        g_assert_cmpuint(strlen(umk_app_ask_get_title((UmkAppAsk) ask)), >, 2);
    }
    g_assert_cmpint(umk_app_ask_from_name("frobnicate"), ==, UMK_APP_ASK_ANY);
}

static gboolean
matches(const char *pattern, const char *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(UmkAppPattern) compiled = umk_app_pattern_new(pattern, NULL, &error);
    gboolean gave_up = FALSE, found;

    g_assert_no_error(error);
    found = umk_app_pattern_match(compiled, text, &gave_up);
    g_assert_false(gave_up);
    return found;
}

static void
test_folding(void)
{
    g_assert_true(matches("ap+le", "APPLE"));
    g_assert_true(matches("ａｐｐｌｅ", "apple"));
    g_assert_true(matches("apple", "ＡＰＰＬＥ"));
    g_assert_true(matches("ねこ", "ネコ"));
    g_assert_true(matches("ネコ", "ねこ"));
    g_assert_true(matches("ﾈｺ", "ねこ"));
    g_assert_true(matches("ガ", "ｶﾞ"));
    g_assert_true(matches("^[ア-ン]+$", "ねこ"));
    g_assert_true(matches("STRASSE", "straße"));
    g_assert_true(matches("\\bdog\\b", "a dog."));
    g_assert_false(matches("\\Bdog", "a dog."));
    g_assert_true(matches("（1）", "picture (1)"));
    g_assert_false(matches("^dog$", "hot dog"));
    g_assert_true(matches("\\p{Katakana}", "ネコ"));
    g_assert_true(matches("caf.", "CAFÉ"));
    g_assert_false(matches("cat", "dog"));
}

/* Nested repeats would take longer than the sun burns. */
static void
test_limits(void)
{
    g_autofree char *many = g_strnfill(40000, 'a');
    g_autoptr(UmkAppPattern) slow = umk_app_pattern_new("(a+)+$", NULL, NULL);
    g_autoptr(UmkAppPattern) greedy =
        umk_app_pattern_new("(*LIMIT_MATCH=4000000000)(a|aa)+[bd]", NULL, NULL);
    g_autofree char *text = g_strconcat(many, "b", NULL);
    g_autofree char *no_end = g_strconcat(many, "c", NULL);
    g_autofree char *pattern = g_strnfill(1001, 'x');
    g_autoptr(GTimer) timer = g_timer_new();
    gboolean gave_up = FALSE;

    g_assert_nonnull(slow);
    g_assert_false(umk_app_pattern_match(slow, text, &gave_up));
    g_assert_true(gave_up);
    gave_up = FALSE;
    if (greedy != NULL) {
        g_assert_false(umk_app_pattern_match(greedy, no_end, &gave_up));
        g_assert_true(gave_up);
    }
    g_assert_cmpfloat(g_timer_elapsed(timer, NULL), <, 5);
    g_assert_null(umk_app_pattern_new(pattern, NULL, NULL));
    g_assert_false(umk_app_pattern_match(slow, "\xff\xfe", &gave_up));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/question/modes", test_modes);
    g_test_add_func("/question/chosen", test_chosen);
    g_test_add_func("/question/problems", test_problems);
    g_test_add_func("/question/names", test_names);
    g_test_add_func("/pattern/folding", test_folding);
    g_test_add_func("/pattern/limits", test_limits);
    return g_test_run();
}
