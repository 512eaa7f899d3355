/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The user's store of models and the lists that come with them. Nothing here opens a
 * connection. */
#include <umekomi/umekomi.h>

#include <glib/gstdio.h>
#include <string.h>

#include "hub/umk-digests-private.h"
#include "hub/umk-fetch-private.h"
#include "hub/umk-front-matter-private.h"
#include "hub/umk-hf-cache-private.h"
#include "hub/umk-model-record-private.h"
#include "hub/umk-model-store-private.h"

#define ONES "1111111111111111111111111111111111111111111111111111111111111111"

static char *root; /* a temporary folder; XDG_DATA_HOME lies in it */

static void
write_file(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *
make_model(const char *name)
{
    char *folder = g_build_filename(root, name, NULL);

    write_file(folder, "config.json", "{\"model_type\":\"bert\"}");
    write_file(folder, "1_Pooling/config.json", "{}");
    return folder;
}

static void
test_names(void)
{
    g_assert_true(_umk_file_name_is_safe("config.json"));
    g_assert_true(_umk_file_name_is_safe("2_Dense/model.safetensors"));
    g_assert_false(_umk_file_name_is_safe(""));
    g_assert_false(_umk_file_name_is_safe("/etc/passwd"));
    g_assert_false(_umk_file_name_is_safe("a/../b"));
    g_assert_false(_umk_file_name_is_safe("a//b"));
    g_assert_false(_umk_file_name_is_safe(".git/config"));
    g_assert_false(_umk_file_name_is_safe("a\\b"));
    g_assert_false(_umk_file_name_is_safe("a\nb"));
    g_assert_true(_umk_model_name_check("all-MiniLM-L6-v2", NULL));
    g_assert_false(_umk_model_name_check("..", NULL));
    g_assert_false(_umk_model_name_check("a/b", NULL));
    g_assert_false(_umk_model_name_check("-rf", NULL));
}

static void
test_sums(void)
{
    static const char good[] = ONES "  config.json\n" ONES " *./sub/a.json\n";
    static const char *const bad[] = {"", "xyz  a\n", ONES " a\n", ONES "  ../a\n",
                                      "1" ONES "  a\n"};
    g_autoptr(GPtrArray) files = _umk_sums_parse(good, strlen(good), NULL);
    const UmkFileDigest *second;

    g_assert_nonnull(files);
    g_assert_cmpuint(files->len, ==, 2);
    second = files->pdata[1];
    g_assert_cmpstr(second->name, ==, "sub/a.json");
    g_assert_cmpstr(second->digest, ==, ONES);
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(_umk_sums_parse(bad[i], strlen(bad[i]), &error));
        g_assert_nonnull(error);
    }
}

static void
test_listing(void)
{
    static const char text[] =
        "{\"sha\":\"0123456789abcdef0123456789abcdef01234567\",\"siblings\":["
        "{\"rfilename\":\"config.json\",\"size\":3,\"blobId\":"
        "\"0123456789abcdef0123456789abcdef01234567\"},"
        "{\"rfilename\":\"model.safetensors\",\"size\":9,\"blobId\":\"x\","
        "\"lfs\":{\"sha256\":\"" ONES "\"}},"
        "{\"rfilename\":\"onnx/model.json\",\"size\":9,\"blobId\":\"x\"},"
        "{\"rfilename\":\"pytorch_model.bin\",\"size\":9,\"blobId\":\"x\"}]}";
    g_autofree char *commit = NULL;
    g_autoptr(GPtrArray) files =
        _umk_hub_listing_parse(text, strlen(text), &commit, NULL);

    g_assert_nonnull(files);
    g_assert_cmpuint(files->len, ==, 2);
    g_assert_cmpstr(commit, ==, "0123456789abcdef0123456789abcdef01234567");
    g_assert_cmpint(((UmkFileDigest *) files->pdata[0])->kind, ==, UMK_DIGEST_GIT_SHA1);
    g_assert_cmpint(((UmkFileDigest *) files->pdata[1])->kind, ==, UMK_DIGEST_SHA256);
    g_assert_cmpint(((UmkFileDigest *) files->pdata[1])->size, ==, 9);
}

/* git's digest of an empty and of a small blob, as git itself gives them */
static void
test_git_digest(void)
{
    g_autofree char *path = g_build_filename(root, "blob", NULL);
    g_autofree char *digest = NULL;

    g_assert_true(g_file_set_contents(path, "hello\n", -1, NULL));
    digest = _umk_digest_of_file(path, UMK_DIGEST_GIT_SHA1, NULL, NULL);
    g_assert_cmpstr(digest, ==, "ce013625030ba8dba906f756967f9e9ca394464a");
}

static void
test_card(void)
{
    static const char text[] = "---\nlicense: apache-2.0\nlanguage:\n- en\n- \"ja\"\n"
                               "tags: [a, 'b']\nmodel-index:\n- name: z\n  results: []\n"
                               "---\nlicense: other\n";
    g_autoptr(GHashTable) card = _umk_front_matter_parse(text, strlen(text));
    g_autoptr(GHashTable) none = _umk_front_matter_parse("# Title\n", 8);
    char **values = g_hash_table_lookup(card, "license");

    g_assert_cmpstr(values[0], ==, "apache-2.0");
    values = g_hash_table_lookup(card, "language");
    g_assert_cmpuint(g_strv_length(values), ==, 2);
    g_assert_cmpstr(values[1], ==, "ja");
    values = g_hash_table_lookup(card, "tags");
    g_assert_cmpstr(values[1], ==, "b");
    g_assert_cmpuint(g_hash_table_size(none), ==, 0);
}

static void
test_addresses(void)
{
    g_assert_true(_umk_fetch_check_url("https://example.org/x", FALSE, NULL));
    g_assert_true(_umk_fetch_check_url("http://127.0.0.1:80/x", FALSE, NULL));
    g_assert_true(_umk_fetch_check_url("http://[::1]/x", FALSE, NULL));
    g_assert_true(_umk_fetch_check_url("http://localhost/x", FALSE, NULL));
    g_assert_true(_umk_fetch_check_url("http://example.org/x", TRUE, NULL));
    g_assert_false(_umk_fetch_check_url("http://example.org/x", FALSE, NULL));
    g_assert_false(_umk_fetch_check_url("http://127.0.0.1.example.org/", FALSE, NULL));
    g_assert_false(_umk_fetch_check_url("http://localhost@example.org/", FALSE, NULL));
    g_assert_false(_umk_fetch_check_url("file:///etc/passwd", TRUE, NULL));
    g_assert_false(_umk_fetch_check_url("example.org", TRUE, NULL));
}

static void
test_add_and_remove(gconstpointer data)
{
    UmkHubFlags flags = (UmkHubFlags) GPOINTER_TO_INT(data);
    g_autofree char *folder = make_model(flags ? "copied" : "linked");
    g_autofree char *store = umk_hub_get_folder();
    g_autofree char *name = umk_hub_add(folder, "mine", flags, NULL, NULL, NULL, NULL);
    g_autofree char *again = NULL;
    g_autofree char *found = NULL;
    g_autofree char *source = NULL;
    g_autoptr(UmkModelRecord) record = _umk_model_record_read("mine", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr(name, ==, "mine");
    found = umk_registry_find_model(umk_registry_get_default(), "mine", NULL);
    g_assert_true(g_str_has_prefix(found, store));
    g_assert_true(g_file_test(found, G_FILE_TEST_IS_SYMLINK) == (flags == 0));
    g_assert_nonnull(record);
    g_assert_cmpuint(record->files->len, ==, 2);
    source = umk_hub_dup_source("mine");
    g_assert_cmpstr(source, ==, folder);
    again = umk_hub_add(folder, "mine", flags, NULL, NULL, NULL, &error);
    g_assert_null(again);
    g_assert_error(error, UMK_ERROR, UMK_ERROR_PARAM);
    g_assert_true(umk_hub_remove("mine", NULL));
    g_assert_false(g_file_test(found, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR));
    g_assert_false(umk_hub_remove("mine", NULL));
}

static void
test_cancelled(void)
{
    g_autofree char *folder = make_model("stopped");
    g_autofree char *found = NULL;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    g_autoptr(GError) error = NULL;

    g_cancellable_cancel(cancellable);
    g_assert_null(
        umk_hub_add(folder, NULL, UMK_HUB_COPY, cancellable, NULL, NULL, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    found = umk_registry_find_model(umk_registry_get_default(), "stopped", NULL);
    g_assert_null(found);
}

static void
test_hf_cache(void)
{
    g_autofree char *cache = g_build_filename(root, "hf", NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = NULL;

    write_file(cache, "models--org--tiny/snapshots/aaa/config.json", "{}");
    write_file(cache, "models--org--tiny/snapshots/bbb/config.json", "{}");
    write_file(cache, "models--org--tiny/refs/main", "aaa\n");
    write_file(cache, "models--org--empty/refs/main", "ccc");
    _umk_hf_cache_list(names);
    g_assert_cmpuint(names->len, ==, 1);
    g_assert_cmpstr(names->pdata[0], ==, "org/tiny");
    path = _umk_hf_cache_find("org/tiny");
    g_assert_true(g_str_has_suffix(path, "/aaa"));
    g_assert_null(_umk_hf_cache_find("org/empty"));
    g_assert_null(_umk_hf_cache_find("../tiny"));
    g_assert_null(_umk_hf_cache_find("org/../tiny"));
    g_assert_null(_umk_hf_cache_find("tiny"));
}

int
main(int argc, char **argv)
{
    int result;

    root = g_dir_make_tmp("umekomi-hub-XXXXXX", NULL);
    {
        g_autofree char *data = g_build_filename(root, "data", NULL);
        g_autofree char *hf = g_build_filename(root, "hf", NULL);

        g_setenv("XDG_DATA_HOME", data, TRUE);
        g_setenv("HF_HUB_CACHE", hf, TRUE);
    }
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hub/names", test_names);
    g_test_add_func("/hub/sums", test_sums);
    g_test_add_func("/hub/listing", test_listing);
    g_test_add_func("/hub/git-digest", test_git_digest);
    g_test_add_func("/hub/card", test_card);
    g_test_add_func("/hub/addresses", test_addresses);
    g_test_add_data_func("/hub/link", GINT_TO_POINTER(UMK_HUB_DEFAULT),
                         test_add_and_remove);
    g_test_add_data_func("/hub/copy", GINT_TO_POINTER(UMK_HUB_COPY), test_add_and_remove);
    g_test_add_func("/hub/cancelled", test_cancelled);
    g_test_add_func("/hub/hf-cache", test_hf_cache);
    result = g_test_run();
    _umk_delete_tree(root, NULL);
    g_free(root);
    return result;
}
