/* SPDX-License-Identifier: GPL-3.0-or-later */
/* System calls of the vector file with their errors put into one sentence each. */

#include "store/umk-file-ops-private.h"

#include <umekomi/umk-error.h>

#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <unistd.h>

static int
system_grow(int fd, off_t from, off_t length)
{
    int result = fallocate(fd, 0, from, length);

    /* Not every file system can reserve; writing will then tell when it is full. */
    return result < 0 && (errno == EOPNOTSUPP || errno == ENOSYS) ? 0 : result;
}

/* A hint: what it does not do, the later sync does. */
static int
system_start(int fd, off_t from, off_t length)
{
    return sync_file_range(fd, from, length, SYNC_FILE_RANGE_WRITE);
}

const UmkFileOps _umk_file_ops_system = {
    .pwrite = pwrite,
    .fdatasync = fdatasync,
    .fsync = fsync,
    .grow = system_grow,
    .start = system_start,
    .ftruncate = ftruncate,
};

gboolean
_umk_file_set_error(GError **error, int code, const char *what, const char *path)
{
    g_set_error(error, G_IO_ERROR, (gint) g_io_error_from_errno(code), "%s “%s”: %s",
                what, path, g_strerror(code));
    return FALSE;
}

gboolean
_umk_file_write_all(const UmkFileOps *ops,
                    int fd,
                    gconstpointer data,
                    gsize length,
                    guint64 at,
                    const char *path,
                    GError **error)
{
    const guint8 *bytes = data;

    while (length > 0) {
        ssize_t n = ops->pwrite(fd, bytes, MIN(length, (gsize) 1 << 30), (off_t) at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return _umk_file_set_error(error, n < 0 ? errno : ENOSPC, _("Cannot write"),
                                       path);
        bytes += n;
        length -= (gsize) n;
        at += (guint64) n;
    }
    return TRUE;
}

gboolean
_umk_file_read_all(
    int fd, gpointer data, gsize length, guint64 at, const char *path, GError **error)
{
    guint8 *bytes = data;

    while (length > 0) {
        ssize_t n = pread(fd, bytes, MIN(length, (gsize) 1 << 30), (off_t) at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return _umk_file_set_error(error, errno, _("Cannot read"), path);
        if (n == 0) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("“%s” ends at byte %" PRIu64 ", %zu bytes too early"), path, at,
                        length);
            return FALSE;
        }
        bytes += n;
        length -= (gsize) n;
        at += (guint64) n;
    }
    return TRUE;
}

gboolean
_umk_file_sync_folder(const UmkFileOps *ops, const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    gboolean done;

    if (fd < 0)
        return _umk_file_set_error(error, errno, _("Cannot open"), path);
    /* Some file systems refuse to sync a folder; they order renames by themselves. */
    done = ops->fsync(fd) == 0 || errno == EINVAL;
    if (!done)
        _umk_file_set_error(error, errno, _("Cannot sync"), path);
    close(fd);
    return done;
}

gboolean
_umk_file_replace_parts(const UmkFileOps *ops,
                        const char *path,
                        const UmkFilePart *parts,
                        gsize n_parts,
                        GError **error)
{
    g_autofree char *temporary = g_strdup_printf("%s.XXXXXX", path);
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0666);
    gboolean done = TRUE;
    guint64 at = 0;

    if (fd < 0)
        return _umk_file_set_error(error, errno, _("Cannot create"), temporary);
    for (gsize i = 0; i < n_parts && done; at += parts[i++].length)
        done = _umk_file_write_all(ops, fd, parts[i].data, parts[i].length, at, temporary,
                                   error);
    if (done && ops->fdatasync(fd) < 0)
        done = _umk_file_set_error(error, errno, _("Cannot sync"), temporary);
    close(fd);
    if (done && g_rename(temporary, path) < 0)
        done = _umk_file_set_error(error, errno, _("Cannot rename a file to"), path);
    if (!done) {
        g_unlink(temporary);
        return FALSE;
    }
    return _umk_file_sync_folder(ops, folder, error);
}

gboolean
_umk_file_replace(const UmkFileOps *ops,
                  const char *path,
                  gconstpointer head,
                  gsize head_length,
                  gconstpointer body,
                  gsize body_length,
                  GError **error)
{
    UmkFilePart parts[] = {{head, head_length}, {body, body_length}};

    return _umk_file_replace_parts(ops, path, parts, G_N_ELEMENTS(parts), error);
}
