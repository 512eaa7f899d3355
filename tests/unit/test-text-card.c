/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a folder and the table of known models say of prompts, tasks and lengths. */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>

#include <string.h>

#include "modalities/text/umk-text-card-private.h"

static void
write_file(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* A folder of that name with these files; any may be NULL. */
static UmkTextCard
read_card(const char *name, const char *config, const char *prompts, const char *readme)
{
    static const char *const files[] = {"config.json",
                                        "config_sentence_transformers.json", "README.md"};
    const char *contents[] = {config, prompts, readme};
    g_autofree char *parent = g_dir_make_tmp("umekomi-card-XXXXXX", NULL);
    g_autofree char *folder = g_build_filename(parent, name, NULL);
    UmkTextCard card;
    GError *error = NULL;

    g_mkdir(folder, 0700);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
        if (contents[i] != NULL)
            write_file(folder, files[i], contents[i]);
    g_assert_true(_umk_text_card_read(&card, folder, &error));
    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, files[i], NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
    g_rmdir(parent);
    return card;
}

static void
expect_task(const char *folder, UmkTextTask task, const char *text)
{
    UmkTextCard card = read_card(folder, NULL, NULL, NULL);

    g_test_message("%s, %s", folder, _umk_text_task_get_name(task));
    g_assert_cmpstr(_umk_text_card_get_task(&card, task, NULL), ==, text);
    _umk_text_card_clear(&card);
}

static void
test_known(void)
{
    expect_task("multilingual-e5-small", UMK_TEXT_TASK_QUERY, "query: ");
    expect_task("multilingual-e5-small", UMK_TEXT_TASK_DOCUMENT, "passage: ");
    expect_task("multilingual-e5-large-instruct", UMK_TEXT_TASK_DOCUMENT, "");
    expect_task("nomic-embed-text-v1.5", UMK_TEXT_TASK_CLUSTERING, "clustering: ");
    expect_task("nomic-embed-text-v1.5", UMK_TEXT_TASK_SIMILARITY, NULL);
    expect_task("ruri-v3-310m", UMK_TEXT_TASK_QUERY, "検索クエリ: ");
    expect_task("ruri-v3-310m", UMK_TEXT_TASK_DOCUMENT, "検索文書: ");
    expect_task("ruri-v3-310m", UMK_TEXT_TASK_CLASSIFICATION, "トピック: ");
    expect_task("ruri-base-v2", UMK_TEXT_TASK_QUERY, "クエリ: ");
    expect_task("BGE-small-EN-v1.5", UMK_TEXT_TASK_QUERY,
                "Represent this sentence for searching relevant passages: ");
    expect_task("Qwen3-Embedding-0.6B", UMK_TEXT_TASK_QUERY,
                "Instruct: Given a web search query, retrieve relevant passages that "
                "answer the query\nQuery:");
    expect_task("all-MiniLM-L6-v2", UMK_TEXT_TASK_QUERY, NULL);
}

/* The names a model may go by, and the folder's own word before the table's. */
static void
test_names(void)
{
    UmkTextCard card =
        read_card("x", "{\"_name_or_path\":\"intfloat/e5-base\"}", NULL, NULL);

    g_assert_cmpstr(_umk_text_card_get_task(&card, UMK_TEXT_TASK_QUERY, NULL), ==,
                    "query: ");
    _umk_text_card_clear(&card);
    card =
        read_card("x", NULL, NULL, "---\nlanguage: ja\n---\n# cl-nagoya/ruri-v3-30m\n");
    g_assert_cmpstr(_umk_text_card_get_task(&card, UMK_TEXT_TASK_DOCUMENT, NULL), ==,
                    "検索文書: ");
    _umk_text_card_clear(&card);
    card = read_card("models--intfloat--e5-small-v2", NULL, NULL, NULL);
    g_assert_cmpstr(_umk_text_card_get_task(&card, UMK_TEXT_TASK_QUERY, NULL), ==,
                    "query: ");
    _umk_text_card_clear(&card);
    card = read_card("x", "{\"model_type\":\"nomic_bert\"}", NULL, NULL);
    g_assert_true(card.known->norm_before_cut);
    _umk_text_card_clear(&card);
    card = read_card("e5-small", NULL,
                     "{\"prompts\":{\"query\":\"Q \",\"passage\":\"P \",\"s2s_query\":"
                     "\"S \"},\"default_prompt_name\":\"query\"}",
                     NULL);
    g_assert_cmpstr(_umk_text_card_get_task(&card, UMK_TEXT_TASK_QUERY, NULL), ==, "Q ");
    g_assert_cmpstr(_umk_text_card_get_task(&card, UMK_TEXT_TASK_DOCUMENT, NULL), ==,
                    "P ");
    g_assert_cmpstr(_umk_text_card_get_task(&card, UMK_TEXT_TASK_SIMILARITY, NULL), ==,
                    "S ");
    g_assert_cmpstr(card.default_prompt, ==, "query");
    _umk_text_card_clear(&card);
}

static void
expect_no_task(UmkTextCard *card, const char *task, const char *part)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(_umk_text_card_require_task(card, task, &error));
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, part));
}

static void
test_missing_task(void)
{
    UmkTextCard card = read_card("nomic-embed-text-v1", NULL, NULL, NULL);

    expect_no_task(&card, "similarity", "query, document, classification, clustering");
    _umk_text_card_clear(&card);
    card = read_card("x", NULL, NULL, NULL);
    expect_no_task(&card, "query", "no prompts for tasks");
    _umk_text_card_clear(&card);
}

/* Whether n of n_full may be kept; part of what is said otherwise. */
static void
check_dims(UmkTextCard *card, gsize n, gsize n_full, const char *part)
{
    g_autoptr(GError) error = NULL;
    gboolean ok = _umk_text_card_check_dims(card, n, n_full, &error);

    g_assert_true(ok == (part == NULL));
    if (part != NULL) {
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, part));
    }
}

static void
test_dims(void)
{
    UmkTextCard card = read_card("nomic-embed-text-v1.5", NULL, NULL, NULL);

    check_dims(&card, 256, 768, NULL);
    check_dims(&card, 768, 768, NULL);
    check_dims(&card, 100, 768, "have 768, 512, 256, 128, 64 numbers, not 100");
    _umk_text_card_clear(&card);
    card = read_card("qwen3-embedding-0.6b", NULL, NULL, NULL);
    check_dims(&card, 333, 1024, NULL);
    check_dims(&card, 31, 1024, "cut to 32 … 1024 numbers, not to 31");
    _umk_text_card_clear(&card);
    card = read_card("all-MiniLM-L6-v2", NULL, NULL, NULL);
    check_dims(&card, 384, 384, NULL);
    check_dims(&card, 128, 384, "not trained to have its vectors cut");
    _umk_text_card_clear(&card);
}

static void
test_folder_dims(void)
{
    UmkTextCard card = read_card("x", "{\"matryoshka_dims\":[64,32]}", NULL, NULL);

    check_dims(&card, 32, 128, NULL);
    check_dims(&card, 33, 128, "have 128, 64, 32 numbers");
    _umk_text_card_clear(&card);
    card = read_card("x", NULL, "{\"truncate_dim\":96}", NULL);
    check_dims(&card, 96, 128, NULL);
    _umk_text_card_clear(&card);
    card = read_card("x", NULL, NULL,
                     "---\ntags:\n- loss:MatryoshkaLoss\n---\n# x\n```json\n{\n"
                     "  \"matryoshka_dims\": [\n    128,\n    48,\n    24\n  ]\n}\n");
    check_dims(&card, 48, 128, NULL);
    check_dims(&card, 50, 128, "have 128, 48, 24 numbers");
    _umk_text_card_clear(&card);
    card = read_card("x", NULL, NULL, "---\ntags:\n- matryoshka\n---\n# x\n");
    check_dims(&card, 50, 128, NULL);
    _umk_text_card_clear(&card);
    card = read_card("x", NULL, NULL, "# x\n- matryoshka dolls\n\"matryoshka_dims\": [x");
    check_dims(&card, 50, 128, "not trained");
    _umk_text_card_clear(&card);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text-card/known", test_known);
    g_test_add_func("/text-card/names", test_names);
    g_test_add_func("/text-card/missing-task", test_missing_task);
    g_test_add_func("/text-card/dims", test_dims);
    g_test_add_func("/text-card/folder-dims", test_folder_dims);
    return g_test_run();
}
