/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders that are written whole: under another name first, then renamed. */
#include "facade/umk-output-folder-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include <errno.h>

#define MAX_DEPTH 4

static gboolean
fail(const char *path, GError **error)
{
    g_set_error(error, G_FILE_ERROR, (gint) g_file_error_from_errno(errno), "%s: %s",
                path, g_strerror(errno));
    return FALSE;
}

static void
remove_folder(const char *path, guint depth)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        if (g_file_test(child, G_FILE_TEST_IS_DIR) &&
            !g_file_test(child, G_FILE_TEST_IS_SYMLINK) && depth < MAX_DEPTH)
            remove_folder(child, depth + 1);
        else
            g_unlink(child);
    }
    g_rmdir(path);
}

gboolean
_umk_output_folder_begin(UmkOutputFolder *self, const char *path, GError **error)
{
    g_autofree char *partial = g_strconcat(path, ".partial", NULL);

    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED, _("%s is there already"),
                    path);
        return FALSE;
    }
    if (g_mkdir(partial, 0777) != 0)
        return fail(partial, error);
    self->path = g_strdup(path);
    self->partial = g_steal_pointer(&partial);
    return TRUE;
}

gboolean
_umk_output_folder_finish(UmkOutputFolder *self, GError **error)
{
    if (g_rename(self->partial, self->path) != 0)
        return fail(self->path, error);
    g_clear_pointer(&self->partial, g_free);
    return TRUE;
}

void
_umk_output_folder_clear(UmkOutputFolder *self)
{
    if (self->partial != NULL)
        remove_folder(self->partial, 0);
    g_free(self->partial);
    g_free(self->path);
}
