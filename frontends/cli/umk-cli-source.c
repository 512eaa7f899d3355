/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A SOURCE argument: a collection folder or a file of vectors, read alike. */
#include "umk-cli.h"

#include <stdio.h>
#include <string.h>

char **
umk_cli_read_lines(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    gsize len;
    const char *p;

    if (g_str_equal(path, "-")) {
        g_autoptr(GString) all = g_string_new(NULL);
        char buffer[65536];
        gsize n;

        while ((n = fread(buffer, 1, sizeof buffer, stdin)) > 0)
            g_string_append_len(all, buffer, (gssize) n);
        len = all->len;
        text = g_string_free(g_steal_pointer(&all), FALSE);
    } else if (!g_file_get_contents(path, &text, &len, error)) {
        return NULL;
    }
    for (p = text; p < text + len;) {
        const char *end = memchr(p, '\n', (gsize) (text + len - p));
        gsize n = end ? (gsize) (end - p) : (gsize) (text + len - p);

        if (n > 0 && p[n - 1] == '\r')
            g_ptr_array_add(lines, g_utf8_make_valid(p, (gssize) n - 1));
        else
            g_ptr_array_add(lines, g_utf8_make_valid(p, (gssize) n));
        p += n + 1;
    }
    g_ptr_array_add(lines, NULL);
    return (char **) g_ptr_array_free(g_steal_pointer(&lines), FALSE);
}

static gboolean
open_collection(UmkCli *cli, const char *path, UmkCliSource *source, GError **error)
{
    const guint64 *rows;
    gsize n;

    source->collection = umk_collection_open(path, UMK_OPEN_READ, error);
    if (source->collection == NULL)
        return FALSE;
    source->vectors = umk_collection_get_vectors(source->collection, &source->rows,
                                                 cli->cancellable, error);
    if (source->vectors == NULL)
        return FALSE;
    n = umk_matrix_get_n_rows(source->vectors);
    rows = g_bytes_get_data(source->rows, NULL);
    source->names = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++)
        source->names[i] = umk_collection_dup_id(source->collection, rows[i]);
    return TRUE;
}

static gboolean
name_rows(UmkCliSource *source, const char *ids_file, GError **error)
{
    gsize n = umk_matrix_get_n_rows(source->vectors), n_names = 0;

    if (ids_file != NULL) {
        g_clear_pointer(&source->names, g_strfreev);
        source->names = umk_cli_read_lines(ids_file, error);
        if (source->names == NULL)
            return FALSE;
    }
    if (source->names != NULL) {
        n_names = g_strv_length(source->names);
        if (n_names == n)
            return TRUE;
        g_set_error(error, UMK_ERROR, UMK_ERROR_DIMENSION,
                    _("%s names %zu rows, the file has %zu vectors"),
                    ids_file ? ids_file : _("The file"), n_names, n);
        return FALSE;
    }
    source->names = g_new0(char *, n + 1);
    for (gsize i = 0; i < n; i++)
        source->names[i] = g_strdup_printf("%zu", i);
    return TRUE;
}

gboolean
umk_cli_source_is_file(const char *path)
{
    return g_file_test(path, G_FILE_TEST_IS_REGULAR) ||
           (!g_file_test(path, G_FILE_TEST_EXISTS) && strstr(path, ".npz:") != NULL &&
            umk_vectors_probe(path));
}

gboolean
umk_cli_source_open(UmkCli *cli,
                    const char *path,
                    const char *ids_file,
                    UmkCliSource *source,
                    GError **error)
{
    *source = (UmkCliSource){0};
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return open_collection(cli, path, source, error);
    source->vectors = umk_vectors_read(path, &source->names, error);
    return source->vectors != NULL && umk_matrix_check_finite(source->vectors, error) &&
           name_rows(source, ids_file, error);
}

void
umk_cli_source_clear(UmkCliSource *source)
{
    g_clear_pointer(&source->collection, umk_collection_unref);
    g_clear_pointer(&source->vectors, umk_matrix_unref);
    g_clear_pointer(&source->names, g_strfreev);
    g_clear_pointer(&source->rows, g_bytes_unref);
    g_clear_pointer(&source->digest, g_free);
}
