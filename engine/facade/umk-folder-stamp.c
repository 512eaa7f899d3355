/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tells that the files of a model are still the same ones, without reading them. */
#include "facade/umk-folder-stamp-private.h"

#include <inttypes.h>
#include <sys/stat.h>

#define MAX_DEPTH 3 /* of folders within a model */

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *) a, *(const char *const *) b);
}

static void
stamp_folder(GChecksum *sum, const char *folder, guint depth)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
        g_ptr_array_add(names, g_build_filename(folder, name, NULL));
    if (dir == NULL)
        g_ptr_array_add(names, g_strdup(folder)); /* a model of one file */
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *line = NULL;
        struct stat info;

        if (stat(names->pdata[i], &info) != 0)
            continue;
        if (S_ISDIR(info.st_mode)) {
            if (depth < MAX_DEPTH)
                stamp_folder(sum, names->pdata[i], depth + 1);
            continue;
        }
        line = g_strdup_printf("%s\n%" PRId64 " %" PRId64 " %ld %" PRIu64 "\n",
                               (const char *) names->pdata[i], (gint64) info.st_size,
                               (gint64) info.st_mtim.tv_sec, info.st_mtim.tv_nsec,
                               (guint64) info.st_ino);
        g_checksum_update(sum, (const guchar *) line, -1);
    }
}

void
_umk_folder_stamp(GChecksum *sum, const char *folder)
{
    stamp_folder(sum, folder, 0);
}
